"""Answers that are given again: only as long as a new one would say the same."""

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bruker import KLIKK, KOMMENDE, NOTIFIKASJONER, SAKER, bjella
from produsent import mutasjon, ny_beskjed, ny_oppgave, ny_sak
from tjeneste import ANNE, BAKERIET, DAGNY, NILS, RESSURS, ROOT, Tjeneste, kjoerende, leder

from server.altinn import Oppslag
from server.database import Database
from server.huskede_svar import MAKS_ALLE, MAKS_ETT, HuskedeSvar
from server.tilgang import Bruker, Tilganger

SIST_LEST = "mutation { notifikasjonerSistLest(tidspunkt: %s) { tidspunkt } }"
BJELLE = "{ notifikasjoner { feilAltinn notifikasjoner { ... on Beskjed { tekst brukerKlikk { klikketPaa } } } } }"


def gjenbrukt(tjeneste: Tjeneste) -> int:
    """How many questions have been answered with a kept answer."""
    maalt = tjeneste.http.get(f"{tjeneste.url}/internal/metrics", timeout=30).text
    return int(float(re.search(r"^notifikasjon_huskede_svar_total (\S+)$", maalt, re.M)[1]))  # type: ignore[index]


def spoer(tjeneste: Tjeneste, query: str, fnr: str = DAGNY, **variables: Any) -> tuple[bytes, int]:
    """The answer, and how many kept ones were used for it."""
    foer = gjenbrukt(tjeneste)
    svar = tjeneste.bruker_svar(fnr, query, variables).content
    return svar, gjenbrukt(tjeneste) - foer


def test_bell_that_asks_again_gets_the_same_answer_without_a_look(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    ny_beskjed(tjeneste, tekst="Velkommen")
    foerste, brukt = spoer(tjeneste, BJELLE)
    assert (b"Velkommen" in foerste, brukt) == (True, 0)
    assert spoer(tjeneste, BJELLE) == (foerste, 1)
    assert spoer(tjeneste, BJELLE) == (foerste, 1)


def test_whatever_is_stored_ends_what_is_kept(tjeneste: Tjeneste) -> None:
    """Also what the answer does not tell of: it is not worth the risk to know the difference."""
    tjeneste.tilgang(DAGNY, BAKERIET)
    ny_beskjed(tjeneste, tekst="Velkommen")
    spoer(tjeneste, BJELLE)
    ny_sak(tjeneste, virksomhetsnummer="811076732")
    assert spoer(tjeneste, BJELLE)[1] == 0
    assert spoer(tjeneste, BJELLE)[1] == 1


def test_mutation_that_stores_nothing_ends_nothing(tjeneste: Tjeneste) -> None:
    """Anybody can send one."""
    tjeneste.tilgang(DAGNY, BAKERIET)
    beskjed = ny_beskjed(tjeneste)
    spoer(tjeneste, BJELLE)
    ny_beskjed(tjeneste)  # is there already
    assert mutasjon(tjeneste, "hardDeleteSak", f'id: "{beskjed["id"]}"')["__typename"] == "SakFinnesIkke"
    tjeneste.post("/produsent/api/graphql", "mutation { whoami }", token="feil")
    tjeneste.http.post(f"{tjeneste.url}/produsent/api/graphql", data="mutation", timeout=30)
    assert spoer(tjeneste, BJELLE)[1] == 1


def test_one_person_never_gets_the_answer_of_another(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    tjeneste.tilgang(NILS, "811076732")
    ny_beskjed(tjeneste, tekst="Til bakeriet")
    for _ in range(2):
        assert b"Til bakeriet" in spoer(tjeneste, BJELLE, DAGNY)[0]
        assert b"Til bakeriet" not in spoer(tjeneste, BJELLE, NILS)[0]


def test_access_that_is_taken_away_takes_the_kept_answer_with_it(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    ny_beskjed(tjeneste, tekst="Til bakeriet")
    spoer(tjeneste, BJELLE)
    tjeneste.tilgang(DAGNY, "811076732")
    assert b"Til bakeriet" not in spoer(tjeneste, BJELLE)[0]


@pytest.mark.parametrize(
    ("query", "hvorfor"),
    [
        (KOMMENDE, "depends on the time"),
        ("{ whoami notifikasjoner { feilAltinn finnesIkke } }", "is an error"),
        ("{ __typename whoami }", "asks for nothing that is stored"),
        (SIST_LEST % '"2026-11-25T08:00:00Z"', "is a mutation"),
        ('mutation { notifikasjonKlikketPaa(id: "11111111-1111-4111-8111-111111111111") { __typename } }', "changes"),
    ],
)
def test_this_is_never_kept(tjeneste: Tjeneste, query: str, hvorfor: str) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    ny_beskjed(tjeneste)
    variables: dict[str, Any] = {"virksomhetsnumre": [BAKERIET]} if query == KOMMENDE else {}
    assert [spoer(tjeneste, query, **variables)[1] for _ in range(3)] == [0, 0, 0], hvorfor


def test_answer_that_may_lack_something_is_not_kept(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET, isError=True)
    ny_beskjed(tjeneste)
    for _ in range(3):
        svar, brukt = spoer(tjeneste, BJELLE)
        assert (b'"feilAltinn":true' in svar, brukt) == (True, 0)


def test_token_that_is_no_good_gets_no_kept_answer(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    spoer(tjeneste, BJELLE)
    assert tjeneste.post("/bruker/api/graphql", BJELLE, {}, token="nei").status_code == 401


def test_setting_turns_it_off(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "test.db", verdier={"server.husk_svar": "false"}) as tjeneste:
        tjeneste.tilgang(DAGNY, BAKERIET)
        assert [spoer(tjeneste, BJELLE)[1] for _ in range(3)] == [0, 0, 0]


# ── Never stale ──


def test_kept_answer_says_what_a_new_one_would_after_anything_that_may_happen(tjeneste: Tjeneste) -> None:
    """A question that was never asked before, for a comment in it, is answered anew: the kept answers must agree."""
    tall = random.Random(20261125)
    tjeneste.klokke("2026-11-25T10:00:00+01:00")
    tjeneste.tilgang(DAGNY, BAKERIET)
    saker: list[str] = []
    laget: list[tuple[str, str]] = []
    nummer = iter(range(10_000))

    def sak() -> None:
        saker.append(f"sak-{next(nummer)}")
        ny_sak(tjeneste, grupperingsid=saker[-1], mottakere=[RESSURS, leder()])

    def notifikasjon() -> None:
        lag: Callable[..., dict[str, Any]] = tall.choice([ny_beskjed, ny_oppgave])
        felter: dict[str, Any] = {"ekstern_id": f"id-{next(nummer)}", "grupperingsid": tall.choice(saker)}
        felter["mottakere"] = [tall.choice([RESSURS, leder()])]
        if lag is ny_oppgave:
            felter |= {"frist": "2026-11-28"}
        svar = lag(tjeneste, **felter)
        assert "id" in svar, svar
        laget.append((svar["id"], "Oppgave" if lag is ny_oppgave else "Beskjed"))

    def endre() -> None:
        if not laget:
            return
        id, slag = tall.choice(laget)
        match tall.randrange(4):
            case 0:
                mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{id}"')
            case 1 if slag == "Oppgave":
                mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{id}"')
            case 2:
                tjeneste.bruker(DAGNY, KLIKK, {"id": id})
            case _:
                bjella(tjeneste, NILS)

    def tilgang() -> None:
        tjeneste.tilgang(DAGNY, *tall.sample([BAKERIET, "811076732"], tall.randrange(3)))

    def nl() -> None:
        tjeneste.naermeste_leder(leder=tall.choice([NILS, DAGNY]), ansatt=ANNE)

    def lest() -> None:
        tjeneste.bruker(DAGNY, SIST_LEST % f'"2026-11-25T0{tall.randrange(10)}:00:00Z"')

    def tid() -> None:
        tjeneste.utvikling("POST", "/dev/klokke", {"frem": "PT8H"})

    sak()
    spoersmaal = (NOTIFIKASJONER, SAKER, "{ notifikasjonerSistLest { ... on NotifikasjonerSistLest { tidspunkt } } }")
    sammenlignet = 0
    for steg in range(120):
        tall.choices([sak, notifikasjon, endre, tilgang, nl, lest, tid], [1, 4, 4, 1, 1, 1, 1])[0]()
        for query in spoersmaal:
            variables = {"virksomhetsnumre": [BAKERIET], "limit": 100} if query == SAKER else {}
            for fnr in (DAGNY, NILS):
                husket = tjeneste.bruker_svar(fnr, query, variables).content
                assert tjeneste.bruker_svar(fnr, query, variables).content == husket
                assert tjeneste.bruker_svar(fnr, f"{query} # {steg}", variables).content == husket, (steg, query)
                sammenlignet += 1
    assert sammenlignet == 720
    assert gjenbrukt(tjeneste) > 200


# ── The limits ──


@pytest.fixture
def database(tmp_path: Path) -> Any:
    database = Database(tmp_path / "test.db", ROOT / "schema.sql")
    yield database
    database.close()


def test_kept_answer_lives_no_longer_than_the_look_up_of_access_behind_it(database: Database) -> None:
    klokke = [0.0]
    tilganger = Tilganger(database, lambda: klokke[0], 300, 10, lambda _fnr, _token: Oppslag(frozenset(), False))
    huskede = HuskedeSvar(database, tilganger)

    def husk() -> None:
        bruker = Bruker(database, 0, DAGNY, tilganger)
        assert not bruker.innsyn.feil_altinn
        huskede.husk(bruker, b"sp", database.antall_lagret, b"svar")

    husk()
    klokke[0] = 299.9
    assert huskede.finn(DAGNY, b"sp") == b"svar"
    klokke[0] = 300.0
    assert huskede.finn(DAGNY, b"sp") is None
    Bruker(database, 0, DAGNY, tilganger).innsyn  # noqa: B018  # looked up anew, and may be another
    assert huskede.finn(DAGNY, b"sp") is None

    husk()
    assert huskede.finn(DAGNY, b"sp") == b"svar"
    tilganger.glem(DAGNY)
    assert huskede.finn(DAGNY, b"sp") is None


def test_what_is_kept_has_a_limit(database: Database) -> None:
    tilganger = Tilganger(database, lambda: 0.0, 300, 10, lambda _fnr, _token: Oppslag(frozenset(), False))
    huskede = HuskedeSvar(database, tilganger)
    bruker = Bruker(database, 0, DAGNY, tilganger)
    assert not bruker.innsyn.feil_altinn
    huskede.husk(bruker, b"for stor", database.antall_lagret, b"x" * MAKS_ETT)
    assert huskede.finn(DAGNY, b"for stor") is None

    plass = MAKS_ALLE // (MAKS_ETT // 2)
    for nr in range(plass + 10):
        huskede.husk(bruker, b"%06d" % nr, database.antall_lagret, b"x" * (MAKS_ETT // 2 - 6))
    assert [huskede.finn(DAGNY, b"%06d" % nr) is None for nr in (0, 9, 10, plass + 9)] == [True, True, False, False]
