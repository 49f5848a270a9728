"""Access over HTTP: what is asked of the service and how its answers are taken, kept and shared; and our own answer."""

import logging
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
import requests
from bruker import bjella, bjella_svar, klikk, kommende_svar, sak_by_grupperingsid, saker, sakstyper
from naboer import DRYPP, HENG, LUKK, Gjoer, Kall, Nettsted, Svar, doed_port, svar
from produsent import ny_beskjed, ny_sak
from tjeneste import (
    ANNE,
    BAKERIET,
    DAGNY,
    FAGER,
    FISKERIET,
    NILS,
    ROOT,
    ULLA,
    Tjeneste,
    altinn_svar,
    kjoerende,
    leder,
)

from server import altinn_tilganger, bjelle, config, saksoversikt, tilgang
from server.altinn import Oppslag
from server.altinn_tilganger import INGEN, AltinnTilganger
from server.database import Database
from server.tid import Klokke
from server.tilgang import Bruker, Tilganger

TJENESTEN, VEKSLING = "/altinn-tilganger", "/texas/exchange"
AUDIENCE = "test:fager:arbeidsgiver-altinn-tilganger"
PAR = frozenset({(BAKERIET, "test-fager")})


class Tilgangstjeneste(Nettsted):
    """Somebody else's service, and the exchange of tokens for it: "x" becomes "obo x"."""

    def __init__(self) -> None:
        super().__init__()
        self.svar: dict[str, Any] = altinn_svar(BAKERIET)
        self.neste_veksling: deque[Svar | Gjoer] = deque()

    def gjoer(self, kall: Kall) -> Svar | Gjoer:
        if kall.sti != VEKSLING:
            return super().gjoer(kall)
        self.kall.append(kall)
        token = parse_qs(kall.kropp.decode())["user_token"][0]
        vekslet = svar(200, {"access_token": f"obo-{token}", "expires_in": 3600, "token_type": "Bearer"})
        return self.neste_veksling.popleft() if self.neste_veksling else vekslet

    def behandle(self, kall: Kall) -> Svar:
        if not kall.hoder["authorization"].startswith("Bearer obo-"):
            return svar(401)
        return svar(200, self.svar)

    def kall_til(self, sti: str) -> list[Kall]:
        return [kall for kall in self.kall if kall.sti == sti]


class StiltKlokke(Klokke):
    """Real time and monotonic time, moved together."""

    def __init__(self) -> None:
        super().__init__()
        self.sekunder = 1_000_000.0

    def monotonic(self) -> float:
        return self.sekunder

    def ekte_mikrosekunder(self) -> int:
        return int(self.sekunder * 1_000_000)


@pytest.fixture(autouse=True)
def _utaalmodig(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(altinn_tilganger, "PAUSE_S", 0.01)


@pytest.fixture
def nabo() -> Iterator[Tilgangstjeneste]:
    with Tilgangstjeneste() as nabo:
        yield nabo


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.db", ROOT / "schema.sql")
    yield database
    database.close()


@pytest.fixture
def klokke() -> StiltKlokke:
    return StiltKlokke()


@pytest.fixture
def klient(nabo: Tilgangstjeneste, database: Database, klokke: StiltKlokke) -> AltinnTilganger:
    return ny_klient(nabo, database, klokke)


def ny_klient(
    nabo: Tilgangstjeneste, database: Database, klokke: Klokke, *, cache_s: int = 300, **annet: Any
) -> AltinnTilganger:
    felter = {"base_url": nabo.url, "audience": AUDIENCE, "token_url": nabo.url + VEKSLING, "timeout_s": 5.0}
    return AltinnTilganger(config.TilgangHttp.model_validate(felter | annet), database, klokke, cache_s)


def lagrede(database: Database) -> list[Any]:
    return database.read().execute("SELECT fnr, par, hentet_tidspunkt FROM altinn_mellomlager").fetchall()


def navn(database: Database) -> dict[str, str]:
    rader: Any = database.read().execute("SELECT virksomhetsnummer, navn FROM virksomhet")
    return dict(rader)


# ── What is asked ──


def test_users_token_is_exchanged_for_one_that_the_service_takes(
    nabo: Tilgangstjeneste, klient: AltinnTilganger
) -> None:
    assert klient.slaa_opp(DAGNY, "eyJ.a.b") == Oppslag(PAR, False)
    veksling, spoersmaal = nabo.kall

    assert (veksling.metode, veksling.sti) == ("POST", VEKSLING)
    assert parse_qs(veksling.kropp.decode()) == {
        "target": [AUDIENCE],
        "user_token": ["eyJ.a.b"],
        "identity_provider": ["tokenx"],
    }
    assert veksling.hoder["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in veksling.hoder

    assert (spoersmaal.metode, spoersmaal.sti, spoersmaal.kropp) == ("POST", TJENESTEN, b"")
    assert spoersmaal.hoder["authorization"] == "Bearer obo-eyJ.a.b"
    assert spoersmaal.hoder["accept"] == "application/json"
    assert len(spoersmaal.hoder["x_correlation_id"]) == 36


def test_access_is_every_pair_in_the_tree(nabo: Tilgangstjeneste, klient: AltinnTilganger) -> None:
    datter = altinn_svar(FISKERIET, ressurser=("4936:1", "a", "b"))["hierarki"][0]
    mor = altinn_svar(BAKERIET, ressurser=("c", "a"))["hierarki"][0] | {"roller": ["DAGL"], "underenheter": [datter]}
    nabo.svar = {"hierarki": [mor], "ukjent": 1}

    par = {(FISKERIET, "4936:1"), (FISKERIET, "a"), (FISKERIET, "b"), (BAKERIET, "c"), (BAKERIET, "a")}
    assert klient.slaa_opp(DAGNY, "t") == Oppslag(frozenset(par), False)


def test_partial_answer_is_used_but_not_kept(
    nabo: Tilgangstjeneste, klient: AltinnTilganger, database: Database
) -> None:
    nabo.svar = altinn_svar(BAKERIET) | {"isError": True}
    assert klient.slaa_opp(DAGNY, "t") == Oppslag(PAR, True)
    assert lagrede(database) == []
    assert navn(database) == {BAKERIET: "BAKERIET AS"}

    nabo.svar = altinn_svar(BAKERIET, FISKERIET)
    assert klient.slaa_opp(DAGNY, "t") == Oppslag(PAR | {(FISKERIET, "test-fager")}, False)


# ── What goes wrong ──


def uten(felt: str) -> dict[str, Any]:
    hele = altinn_svar(BAKERIET)
    return {"hierarki": [{navn: verdi for navn, verdi in hele["hierarki"][0].items() if navn != felt}]}


def med(**felter: object) -> dict[str, Any]:
    return {"hierarki": [altinn_svar(BAKERIET)["hierarki"][0] | felter]}


GALE_FELT: list[dict[str, Any]] = [
    {"orgnr": 910825526},
    {"orgnr": None},
    {"navn": None},
    {"underenheter": None},
    {"altinn3Tilganger": ["a", 1]},
    {"altinn2Tilganger": "a"},
    {"underenheter": [{}]},
]
GALE_SVAR: list[Any] = [{}, {"hierarki": None}, {"hierarki": [], "isError": "nei"}, [], None, "ja", 1]
DYP = b'{"hierarki":' + b'[{"orgnr":"1","navn":"","altinn3Tilganger":[],"altinn2Tilganger":[],"underenheter":' * 5000


@pytest.mark.parametrize(
    "innhold",
    [
        *[svar(200, uten(felt)) for felt in altinn_svar(BAKERIET)["hierarki"][0]],
        *[svar(200, med(**felt)) for felt in GALE_FELT],
        *[svar(200, innhold) for innhold in GALE_SVAR],
        *[Svar(200, kropp) for kropp in (b"<html>", b"\xff", b'{"hierarki": [', DYP)],
        *[svar(status, altinn_svar(BAKERIET)) for status in (201, 204, 301, 400, 401, 403, 404, 418, 429)],
    ],
)
def test_answer_that_is_not_the_one_agreed_on_is_no_access(
    nabo: Tilgangstjeneste, klient: AltinnTilganger, database: Database, innhold: Svar
) -> None:
    nabo.neste.append(innhold)
    assert klient.slaa_opp(DAGNY, "t") == INGEN
    assert len(nabo.kall_til(TJENESTEN)) == 1
    assert lagrede(database) == []
    assert klient.slaa_opp(DAGNY, "t") == Oppslag(PAR, False)


KORT = Svar(200, b'{"hierarki": []', (("Content-Length", "100"),), LUKK)


@pytest.mark.parametrize("gjoer", [svar(500), svar(503, retry_after="0"), LUKK, KORT], ids=str)
def test_passing_fault_is_tried_four_times(
    nabo: Tilgangstjeneste, klient: AltinnTilganger, database: Database, gjoer: Svar | Gjoer
) -> None:
    nabo.neste.extend([gjoer] * 3)
    assert klient.slaa_opp(DAGNY, "t") == Oppslag(PAR, False)
    nabo.kall.clear()
    nabo.neste.extend([gjoer] * 4)
    assert klient.slaa_opp(ULLA, "t") == INGEN
    assert len(nabo.kall_til(TJENESTEN)) == 4
    assert len(lagrede(database)) == 1


@pytest.mark.parametrize("gjoer", [HENG, DRYPP])
def test_service_that_does_not_come_to_an_end_is_given_its_time(
    nabo: Tilgangstjeneste, database: Database, klokke: StiltKlokke, gjoer: Gjoer
) -> None:
    klient = ny_klient(nabo, database, klokke, timeout_s=0.1)
    nabo.neste.extend([gjoer, gjoer])
    assert klient.slaa_opp(DAGNY, "t") == Oppslag(PAR, False)
    nabo.neste.extend([gjoer] * 4)
    assert klient.slaa_opp(ULLA, "t") == INGEN


def test_retry_after_is_waited_for_if_people_can_wait_for_it(nabo: Tilgangstjeneste, klient: AltinnTilganger) -> None:
    ekte = Klokke()
    for sekunder, antall, ventet in (("1", 2, (1, 5)), ("6", 1, (0, 1)), ("3600", 1, (0, 1))):
        nabo.kall.clear()
        nabo.neste.append(svar(503, retry_after=sekunder))
        foer = ekte.monotonic()
        klient.slaa_opp(sekunder, "t")
        assert len(nabo.kall_til(TJENESTEN)) == antall
        assert ventet[0] <= ekte.monotonic() - foer < ventet[1]


def test_service_that_is_not_there_is_no_access(
    nabo: Tilgangstjeneste, database: Database, klokke: StiltKlokke
) -> None:
    for adresse in (f"http://127.0.0.1:{doed_port()}", "http://a..b", "https://" + nabo.url[7:]):
        assert ny_klient(nabo, database, klokke, base_url=adresse).slaa_opp(DAGNY, "t") == INGEN
        assert ny_klient(nabo, database, klokke, token_url=adresse).slaa_opp(DAGNY, "t") == INGEN
    assert nabo.kall_til(TJENESTEN) == []


@pytest.mark.parametrize(
    "gjoer",
    [
        svar(400, {"error": "invalid_request", "error_description": "no"}),
        svar(401),
        svar(200, {}),
        svar(200, {"access_token": ""}),
        svar(200, {"access_token": None}),
        svar(200, {"access_token": "a\r\nX-Mer: b"}),
        svar(200, {"access_token": "æ"}),
        svar(200, ["a"]),
        Svar(200, b"<html>"),
    ],
)
def test_exchange_that_is_refused_is_no_access(nabo: Tilgangstjeneste, klient: AltinnTilganger, gjoer: Svar) -> None:
    nabo.neste_veksling.append(gjoer)
    assert klient.slaa_opp(DAGNY, "t") == INGEN
    assert [kall.sti for kall in nabo.kall] == [VEKSLING]


@pytest.mark.parametrize("gjoer", [svar(500, {"error": "server_error"}), LUKK], ids=str)
def test_exchange_is_tried_six_times(nabo: Tilgangstjeneste, klient: AltinnTilganger, gjoer: Svar | Gjoer) -> None:
    nabo.neste_veksling.extend([gjoer] * 5)
    assert klient.slaa_opp(DAGNY, "t") == Oppslag(PAR, False)
    nabo.kall.clear()
    nabo.neste_veksling.extend([gjoer] * 6)
    assert klient.slaa_opp(ULLA, "t") == INGEN
    assert [kall.sti for kall in nabo.kall] == [VEKSLING] * 6


def test_neither_people_nor_tokens_are_logged(
    nabo: Tilgangstjeneste, klient: AltinnTilganger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="server")
    nabo.neste_veksling.append(svar(400, {"error": "invalid_grant", "error_description": f"{DAGNY} hemmelig"}))
    klient.slaa_opp(DAGNY, "hemmelig")
    nabo.neste += [svar(403, {"hemmelig": DAGNY}), svar(200, {"hierarki": [{"hemmelig": DAGNY}]})]
    nabo.neste += [LUKK] * 4
    for _ in range(3):
        assert klient.slaa_opp(DAGNY, "hemmelig") == INGEN
    assert len(caplog.records) == 4
    assert DAGNY not in caplog.text and "hemmelig" not in caplog.text
    assert "invalid_grant" in caplog.text and "403" in caplog.text


def test_session_without_a_token_is_told_what_is_kept_or_nothing(
    nabo: Tilgangstjeneste, klient: AltinnTilganger
) -> None:
    assert klient.slaa_opp(DAGNY, None) == INGEN
    assert nabo.kall == []
    klient.slaa_opp(DAGNY, "t")
    assert klient.slaa_opp(DAGNY, None) == Oppslag(PAR, False)


# ── What is kept ──


def test_answer_is_kept_for_its_time_and_over_a_restart(
    nabo: Tilgangstjeneste, klient: AltinnTilganger, database: Database, klokke: StiltKlokke
) -> None:
    assert klient.slaa_opp(DAGNY, "t").alder_s == 0
    nabo.svar = altinn_svar(FISKERIET)
    nabo.kall.clear()

    klokke.sekunder += 299
    for igjen in (klient, ny_klient(nabo, database, klokke)):
        assert igjen.slaa_opp(DAGNY, "t") == Oppslag(PAR, False, 299)
    assert nabo.kall == []
    klokke.sekunder += 1
    assert klient.slaa_opp(DAGNY, "t") == Oppslag(frozenset({(FISKERIET, "test-fager")}), False)


def test_empty_answer_is_kept_too(nabo: Tilgangstjeneste, klient: AltinnTilganger) -> None:
    nabo.svar = altinn_svar()
    for _ in range(2):
        assert klient.slaa_opp(DAGNY, "t") == Oppslag(frozenset(), False)
    assert len(nabo.kall_til(TJENESTEN)) == 1


def test_answer_from_the_future_is_not_used(
    nabo: Tilgangstjeneste, klient: AltinnTilganger, klokke: StiltKlokke
) -> None:
    klient.slaa_opp(DAGNY, "t")
    klokke.sekunder -= 3600
    klient.slaa_opp(DAGNY, "t")
    assert len(nabo.kall_til(TJENESTEN)) == 2


def test_without_a_cache_nothing_is_written(nabo: Tilgangstjeneste, database: Database, klokke: StiltKlokke) -> None:
    klient = ny_klient(nabo, database, klokke, cache_s=0)
    for _ in range(2):
        assert klient.slaa_opp(DAGNY, "t") == Oppslag(PAR, False)
    assert len(nabo.kall_til(TJENESTEN)) == 2
    assert lagrede(database) == []


def test_old_answers_are_erased(klient: AltinnTilganger, database: Database, klokke: StiltKlokke) -> None:
    klient.slaa_opp(DAGNY, "t")
    klokke.sekunder += 200
    klient.slaa_opp(ULLA, "t")
    klokke.sekunder += 100
    altinn_tilganger.rydd(database, klokke.ekte_mikrosekunder(), 300)
    assert [fnr for fnr, *_ in lagrede(database)] == [ULLA]


def test_answer_that_cannot_be_kept_is_used_all_the_same(
    nabo: Tilgangstjeneste, klient: AltinnTilganger, database: Database
) -> None:
    with database.write() as db:
        db.execute("CREATE TRIGGER fullt BEFORE INSERT ON virksomhet BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    for antall in (1, 2):
        assert klient.slaa_opp(DAGNY, "t") == Oppslag(PAR, False)
        assert len(nabo.kall_til(TJENESTEN)) == antall


def test_names_in_the_answers_replace_those_known(
    nabo: Tilgangstjeneste, klient: AltinnTilganger, database: Database
) -> None:
    with database.write() as db:
        db.execute("INSERT INTO virksomhet VALUES (?, 'GAMMELT'), (?, 'KJENT')", (BAKERIET, FISKERIET))
    nabo.svar = {"hierarki": [*med(navn="NYTT")["hierarki"], *altinn_svar(FISKERIET)["hierarki"]]}
    nabo.svar["hierarki"][1]["navn"] = " "
    klient.slaa_opp(DAGNY, "t")
    assert navn(database) == {BAKERIET: "NYTT", FISKERIET: "KJENT"}


def test_what_no_virksomhet_is_called_is_access_like_any_other(nabo: Tilgangstjeneste, klient: AltinnTilganger) -> None:
    rart = '\0 "\\ 😀 \u2028'
    nabo.svar = med(orgnr=rart, navn=rart, altinn3Tilganger=[rart, ""])
    for _ in range(2):
        assert klient.slaa_opp(DAGNY, "t").par == {(rart, rart), (rart, "")}
    assert len(nabo.kall_til(TJENESTEN)) == 1


# ── Together with what is remembered ──


def ser(tilganger: Tilganger, fnr: str = DAGNY) -> tuple[set[str], bool]:
    """Virksomheter, of those that items ask for, and whether there may be more."""
    innsyn = tilganger.innsyn(fnr, "t")
    return set(innsyn.av_virksomhet), innsyn.feil_altinn


@pytest.fixture
def spurte_noekler(database: Database) -> None:
    with database.write() as db:
        tilgang.nummer(db, [f'["R","{nummer}","test-fager"]' for nummer in (BAKERIET, FISKERIET)])


@pytest.mark.usefixtures("spurte_noekler")
@pytest.mark.parametrize("omstart_etter_s", [None, 0, 1, 150, 299])
def test_change_is_seen_at_the_next_look_after_the_time_and_not_before(
    nabo: Tilgangstjeneste, database: Database, klokke: StiltKlokke, omstart_etter_s: int | None
) -> None:
    def start() -> Tilganger:
        return Tilganger(database, klokke.monotonic, 300, 10, ny_klient(nabo, database, klokke).slaa_opp)

    tilganger, begynte = start(), klokke.sekunder
    assert ser(tilganger) == ({BAKERIET}, False)
    nabo.svar = altinn_svar(FISKERIET)
    if omstart_etter_s is not None:
        klokke.sekunder = begynte + omstart_etter_s
        tilganger = start()
        assert ser(tilganger) == ({BAKERIET}, False)

    klokke.sekunder = begynte + 299.9
    assert ser(tilganger) == ({BAKERIET}, False)
    klokke.sekunder = begynte + 300
    assert ser(tilganger) == ({FISKERIET}, False)
    assert len(nabo.kall_til(TJENESTEN)) == 2


@pytest.mark.usefixtures("spurte_noekler")
def test_time_a_slow_answer_takes_is_part_of_its_age(database: Database, klokke: StiltKlokke) -> None:
    svar = [BAKERIET, FISKERIET]

    def treg(_fnr: str, _token: str | None) -> Oppslag:
        klokke.sekunder += 20
        return Oppslag(frozenset({(svar.pop(0), "test-fager")}), False)

    tilganger = Tilganger(database, klokke.monotonic, 300, 10, treg)
    assert ser(tilganger) == ({BAKERIET}, False)
    klokke.sekunder += 279
    assert ser(tilganger) == ({BAKERIET}, False)
    klokke.sekunder += 1
    assert ser(tilganger) == ({FISKERIET}, False)


@pytest.mark.usefixtures("spurte_noekler")
def test_failed_look_up_is_made_again_at_the_next_look(
    nabo: Tilgangstjeneste, database: Database, klokke: StiltKlokke
) -> None:
    tilganger = Tilganger(database, klokke.monotonic, 300, 10, ny_klient(nabo, database, klokke).slaa_opp)
    for feil in (svar(403), svar(200, {})):
        nabo.neste.append(feil)
        assert ser(tilganger) == (set(), True)
    nabo.neste.append(svar(200, altinn_svar(BAKERIET) | {"isError": True}))
    assert ser(tilganger) == ({BAKERIET}, True)
    assert ser(tilganger) == ({BAKERIET}, False)
    assert len(nabo.kall_til(TJENESTEN)) == 4


class Venter:
    """A look-up that is under way until it is let go."""

    def __init__(self, oppslag: Oppslag) -> None:
        self.oppslag = oppslag
        self.spurte: list[str] = []
        self.begynt, self.slipp = threading.Event(), threading.Event()

    def slaa_opp(self, fnr: str, _token: str | None) -> Oppslag:
        self.spurte.append(fnr)
        self.begynt.set()
        assert self.slipp.wait(10)
        return self.oppslag


def til(betingelse: Callable[[], object]) -> None:
    """Come back when it holds."""
    slutt = Klokke().monotonic() + 10
    while not betingelse():
        assert Klokke().monotonic() < slutt
        threading.Event().wait(0.01)


@contextmanager
def i_traader(*arbeid: Callable[[], Any]) -> Iterator[list[Any]]:
    """Futures of work that goes on meanwhile."""
    with ThreadPoolExecutor(len(arbeid)) as traader:
        yield [traader.submit(a) for a in arbeid]


@pytest.mark.usefixtures("spurte_noekler")
@pytest.mark.parametrize("feil", [False, True])
def test_all_who_ask_for_a_person_share_one_look_up(database: Database, feil: bool) -> None:
    venter = Venter(Oppslag(PAR, feil))
    tilganger = Tilganger(database, Klokke().monotonic, 300, 10, venter.slaa_opp)
    with i_traader(*[lambda: ser(tilganger)] * 8) as svarene:
        assert venter.begynt.wait(10)
        venter.slipp.set()
        assert {(*sorted(sett), feilet) for sett, feilet in (s.result(10) for s in svarene)} == {(BAKERIET, feil)}
    assert venter.spurte[1:] == [] or feil  # a failure is for those who waited


@pytest.mark.usefixtures("spurte_noekler")
def test_people_wait_for_their_own_look_up_only(database: Database) -> None:
    venter = Venter(Oppslag(PAR, False))

    def slaa_opp(fnr: str, token: str | None) -> Oppslag:
        return venter.slaa_opp(fnr, token) if fnr == DAGNY else Oppslag(PAR, False)

    tilganger = Tilganger(database, Klokke().monotonic, 300, 10, slaa_opp)
    with i_traader(lambda: ser(tilganger)) as (dagny,):
        assert venter.begynt.wait(10)
        assert ser(tilganger, ULLA) == ({BAKERIET}, False)
        assert not dagny.done()
        venter.slipp.set()
        assert dagny.result(10) == ({BAKERIET}, False)


@pytest.mark.usefixtures("spurte_noekler")
def test_nobody_waits_for_a_look_up_that_has_gone_on_for_long(database: Database, klokke: StiltKlokke) -> None:
    venter = Venter(Oppslag(PAR, False))
    tilganger = Tilganger(database, klokke.monotonic, 300, 10, venter.slaa_opp)
    with i_traader(lambda: ser(tilganger)) as (foerste,):
        assert venter.begynt.wait(10)
        klokke.sekunder += tilgang.VENT_S
        assert ser(tilganger) == (set(), True)
        assert venter.spurte == [DAGNY]
        venter.slipp.set()
        assert foerste.result(10) == ({BAKERIET}, False)
    assert ser(tilganger) == ({BAKERIET}, False)
    assert venter.spurte == [DAGNY]


def test_few_wait_for_a_service_that_hangs(
    nabo: Tilgangstjeneste, database: Database, klokke: StiltKlokke, monkeypatch: pytest.MonkeyPatch
) -> None:
    klient = ny_klient(nabo, database, klokke, samtidige=1, timeout_s=30.0)
    nabo.neste.append(HENG)
    with i_traader(lambda: klient.slaa_opp(DAGNY, "t")) as (hengende,):
        til(lambda: nabo.kall_til(TJENESTEN))
        monkeypatch.setattr(altinn_tilganger, "KOE_S", 0.05)
        assert klient.slaa_opp(ULLA, "t") == INGEN
        monkeypatch.setattr(altinn_tilganger, "KOE_S", 30)
        with i_traader(*[lambda fnr=fnr: klient.slaa_opp(fnr, "t") for fnr in (NILS, ULLA)]) as to:
            forbi = next(as_completed(to, timeout=10))
            assert forbi.result() == INGEN  # one queues, and there is no room for two
            assert len(nabo.kall_til(TJENESTEN)) == 1
            nabo.slipp.set()
            assert {en.result(10) for en in (*to, hengende) if en is not forbi} == {Oppslag(PAR, False)}
    assert klient.slaa_opp(ULLA, "t").par == PAR


def test_few_wait_for_a_look_up_of_the_same_person(database: Database) -> None:
    venter = Venter(Oppslag(PAR, False))
    tilganger = Tilganger(database, Klokke().monotonic, 300, 10, venter.slaa_opp, maks_ventende=1)
    with i_traader(*[lambda: tilganger.innsyn(DAGNY).feil_altinn] * 3) as tre:
        forbi = next(as_completed(tre, timeout=10))
        assert forbi.result() is True
        venter.slipp.set()
        assert [en.result(10) for en in tre if en is not forbi] == [False, False]
    assert venter.spurte == [DAGNY]


def test_access_is_never_asked_for_inside_a_transaction(database: Database, klokke: StiltKlokke) -> None:
    """Whoever asks holds up no writer."""
    sett = []

    def slaa_opp(fnr: str, _token: str | None) -> Oppslag:
        def skriv() -> None:
            with database.write() as db:
                db.execute("INSERT OR REPLACE INTO sist_lest VALUES (?, 0)", (fnr,))

        with i_traader(skriv) as (skriver,):
            skriver.result(10)
        sett.append(fnr)
        return Oppslag(PAR, False)

    tilganger = Tilganger(database, klokke.monotonic, 0, 10, slaa_opp)
    uuid = "11111111-1111-4111-8111-111111111111"
    kall: list[Callable[[Bruker], Any]] = [
        bjelle.notifikasjoner,
        lambda b: bjelle.kommende_kalenderavtaler(b, [BAKERIET]),
        lambda b: bjelle.notifikasjon_klikket_paa(b, uuid),
        lambda b: saksoversikt.saker(b, "NYESTE", [BAKERIET]),
        lambda b: saksoversikt.sak_by_id(b, uuid),
        lambda b: saksoversikt.sak_by_grupperingsid(b, "fager", "1"),
        saksoversikt.sakstyper,
    ]
    for nr, gjoer in enumerate(kall, 1):
        gjoer(Bruker(database, 0, DAGNY, tilganger))
        assert len(sett) == nr


def test_token_is_not_in_what_is_printed_of_a_request(database: Database) -> None:
    bruker = Bruker(database, 0, DAGNY, Tilganger(database, lambda: 0.0, 300, 10), "hemmelig")
    assert "hemmelig" not in repr(bruker)


def test_http_library_is_not_read_before_it_is_needed() -> None:
    kode = "import notifikasjon, sys; print('requests' in sys.modules)"
    svar = subprocess.run(
        [sys.executable, "-c", kode], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert svar.stdout == "False\n"


# ── A service of ours that asks another service of ours ──


class Texas(Nettsted):
    """Gives a person's token of one service for that person's token of another."""

    def __init__(self, vertskap: Tjeneste) -> None:
        super().__init__()
        self._vertskap = vertskap

    def behandle(self, kall: Kall) -> Svar:
        token = parse_qs(kall.kropp.decode())["user_token"][0]
        fnr = jwt.decode(token, options={"verify_signature": False})["pid"]
        nytt = requests.post(f"{self._vertskap.url}/dev/token", json={"bruker": fnr}, timeout=10).json()
        return svar(200, nytt)


@contextmanager
def som_spoer(url: str, token_url: str, fil: Path, **verdier: str) -> Iterator[Tjeneste]:
    felles = {
        "tilgang.altinn": '"http"',
        "tilgang.http.base_url": f'"{url}"',
        "tilgang.http.token_url": f'"{token_url}"',
        "tilgang.http.audience": f'"{AUDIENCE}"',
    }
    with kjoerende(fil, verdier=felles | {navn.replace("__", "."): verdi for navn, verdi in verdier.items()}) as t:
        yield t


@pytest.fixture(scope="module")
def texas(_felles_tjeneste: Tjeneste) -> Iterator[Texas]:
    with Texas(_felles_tjeneste) as texas:
        yield texas


@pytest.fixture(scope="module")
def _spoerrende(
    _felles_tjeneste: Tjeneste, texas: Texas, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tjeneste]:
    fil = tmp_path_factory.mktemp("spoer") / "test.db"
    with som_spoer(_felles_tjeneste.url, texas.url, fil, tilgang__cache_s="300") as spoerrende:
        yield spoerrende


@pytest.fixture
def spoerrende(_spoerrende: Tjeneste, tjeneste: Tjeneste) -> Tjeneste:
    """A service that has its access from the other one, `tjeneste`."""
    _spoerrende.utvikling("POST", "/dev/nullstill")
    return _spoerrende


def test_every_query_sees_what_the_other_service_says(spoerrende: Tjeneste, tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    sak = ny_sak(spoerrende)
    beskjed = ny_beskjed(spoerrende)

    assert [n["id"] for n in bjella(spoerrende, DAGNY)] == [beskjed["id"]]
    assert bjella(spoerrende, DAGNY)[0]["virksomhet"]["navn"] == "BAKERIET AS"
    assert [s["id"] for s in saker(spoerrende, DAGNY)["saker"]] == [sak["id"]]
    assert sak_by_grupperingsid(spoerrende)["sak"]["id"] == sak["id"]
    assert sakstyper(spoerrende, DAGNY) == ["fager"]
    assert kommende_svar(spoerrende, BAKERIET)["feilAltinn"] is False
    assert klikk(spoerrende, beskjed["id"])["__typename"] == "BrukerKlikk"
    assert bjella_svar(spoerrende, ULLA) == {"notifikasjoner": [], "feilAltinn": False, "feilDigiSyfo": False}


def test_failure_over_there_leaves_what_is_known_here(spoerrende: Tjeneste, tjeneste: Tjeneste) -> None:
    tjeneste.utvikling("PUT", f"/dev/tilganger/{NILS}", {"hierarki": "nei"})
    spoerrende.naermeste_leder()
    om_anne = ny_beskjed(spoerrende, mottakere=[leder()])
    ny_beskjed(spoerrende, ekstern_id="2")

    svar = bjella_svar(spoerrende, NILS)
    assert [n["id"] for n in svar["notifikasjoner"]] == [om_anne["id"]]
    assert svar["feilAltinn"] is True

    tjeneste.tilgang(NILS, BAKERIET, isError=True)
    svar = bjella_svar(spoerrende, NILS)
    assert (len(svar["notifikasjoner"]), svar["feilAltinn"]) == (2, True)
    tjeneste.tilgang(NILS, BAKERIET)
    assert bjella_svar(spoerrende, NILS)["feilAltinn"] is False


def test_access_of_an_accountant_with_a_thousand_virksomheter(spoerrende: Tjeneste, tjeneste: Tjeneste) -> None:
    numre = [f"8{nr:08}" for nr in range(1000)]
    ressurser = ("test-fager", "4936:1", *(f"nav_en-ressurs-med-langt-navn-{nr}" for nr in range(3)))
    tjeneste.tilgang(DAGNY, *numre, ressurser=ressurser)
    beskjeder = {ny_beskjed(spoerrende, ekstern_id=nr, virksomhetsnummer=nr)["id"] for nr in (numre[0], numre[-1])}
    ny_beskjed(spoerrende, ekstern_id="annen", virksomhetsnummer=BAKERIET)

    foer = Klokke().monotonic()
    assert {n["id"] for n in bjella(spoerrende, DAGNY)} == beskjeder
    assert Klokke().monotonic() - foer < 5
    assert spoerrende.rader("SELECT count(*) FROM virksomhet") == [(1000,)]
    ((par,),) = spoerrende.rader("SELECT sum(json_array_length(value)) FROM altinn_mellomlager, json_each(par)")
    assert par == 5000


def test_change_over_there_is_seen_here_in_time(tjeneste: Tjeneste, texas: Texas, tmp_path: Path) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    ekte = Klokke()
    with som_spoer(tjeneste.url, texas.url, tmp_path / "test.db", tilgang__cache_s="1") as spoerrende:
        ny_beskjed(spoerrende)
        spurt_etter = ekte.monotonic()
        assert len(bjella(spoerrende, DAGNY)) == 1
        spurt_foer = ekte.monotonic()
        tjeneste.tilgang(DAGNY, FISKERIET)
        while True:
            sett, svart = len(bjella(spoerrende, DAGNY)), ekte.monotonic()
            if sett == 0:
                assert svart >= spurt_etter + 1
                break
            assert svart < spurt_foer + 1 + 5


def test_restart_keeps_what_was_told(tjeneste: Tjeneste, texas: Texas, tmp_path: Path) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    with som_spoer(tjeneste.url, texas.url, tmp_path / "test.db") as spoerrende:
        ny_beskjed(spoerrende)
        assert len(bjella(spoerrende, DAGNY)) == 1
        gammelt_token = spoerrende.token(bruker=DAGNY)
    doed = f"http://127.0.0.1:{doed_port()}"
    with som_spoer(doed, doed, tmp_path / "test.db") as spoerrende:
        svar = bjella_svar(spoerrende, DAGNY)
        assert (len(svar["notifikasjoner"]), svar["feilAltinn"]) == (1, False)
        assert bjella_svar(spoerrende, ULLA)["feilAltinn"] is True
        assert gammelt_token not in str(spoerrende.rader("SELECT * FROM altinn_mellomlager"))


def test_correlation_id_of_the_request_is_passed_on(nabo: Tilgangstjeneste, tmp_path: Path) -> None:
    with som_spoer(nabo.url, nabo.url + VEKSLING, tmp_path / "test.db", tilgang__cache_s="0") as spoerrende:
        for sendt in ("abc-1", None):
            hoder = {"X-Request-ID": sendt} if sendt else {}
            svar = spoerrende.bruker_svar(DAGNY, "{ sakstyper { navn } }", headers=hoder)
            assert (
                nabo.kall[-1].hoder["x_correlation_id"]
                == svar.headers["X-Correlation-ID"]
                == (sendt or nabo.kall[-1].hoder["x_correlation_id"])
            )


def test_producers_are_served_while_the_service_hangs(nabo: Tilgangstjeneste, tmp_path: Path) -> None:
    nabo.neste.extend([HENG] * 100)
    fil = tmp_path / "test.db"
    with som_spoer(nabo.url, nabo.url + VEKSLING, fil, tilgang__http__samtidige="4") as spoerrende:
        folk = [f"0{nr}850012345" for nr in range(1, 9)] * 3
        tokens = {fnr: spoerrende.token(bruker=fnr) for fnr in folk}
        spoerrende.token(produsent=FAGER)

        def se(fnr: str) -> None:
            hoder, sp = {"Authorization": f"Bearer {tokens[fnr]}"}, {"query": "{ notifikasjoner { feilAltinn } }"}
            requests.post(f"{spoerrende.url}/bruker/api/graphql", json=sp, headers=hoder, timeout=30)

        with i_traader(*[lambda fnr=fnr: se(fnr) for fnr in folk]) as sett:
            til(lambda: len(nabo.kall_til(TJENESTEN)) == 4)
            for nr in range(20):
                foer = Klokke().monotonic()
                ny_beskjed(spoerrende, ekstern_id=str(nr))
                assert Klokke().monotonic() - foer < 1
            svart = islice(as_completed(sett, timeout=15), len(folk) - 4)  # the four wait for the service
            assert len(list(svart)) == 20
            nabo.slipp.set()
            nabo.neste.clear()


# ── Our answer ──


def spoer_oss(tjeneste: Tjeneste, fnr: str = DAGNY, **annet: Any) -> Any:
    hoder = {"Authorization": f"Bearer {tjeneste.token(bruker=fnr)}"}
    svar = requests.post(tjeneste.url + TJENESTEN, json=annet or None, headers=hoder, timeout=10)
    assert svar.status_code == 200, svar.text
    return svar.json()


def node(orgnr: str, *tilganger: str, under: tuple[Any, ...] = (), **annet: Any) -> dict[str, Any]:
    enhet: dict[str, Any] = altinn_svar(orgnr, ressurser=tilganger)["hierarki"][0]
    return enhet | {"organisasjonsform": "", "erSlettet": False, "roller": [], "underenheter": list(under)} | annet


def test_our_answer_has_all_that_callers_expect(tjeneste: Tjeneste) -> None:
    assert spoer_oss(tjeneste) == {"isError": False, "hierarki": [], "orgNrTilTilganger": {}, "tilgangTilOrgNr": {}}

    datter = altinn_svar(FISKERIET, ressurser=("4936:1", "a"))["hierarki"][0]
    mor = altinn_svar(BAKERIET, ressurser=("a",))["hierarki"][0] | {"underenheter": [datter], "roller": ["DAGL"]}
    tjeneste.utvikling("PUT", f"/dev/tilganger/{DAGNY}", {"hierarki": [mor]})
    assert spoer_oss(tjeneste) == {
        "isError": False,
        "hierarki": [node(BAKERIET, "a", under=(node(FISKERIET, "4936:1", "a"),), roller=["DAGL"])],
        "orgNrTilTilganger": {BAKERIET: ["a"], FISKERIET: ["4936:1", "a"]},
        "tilgangTilOrgNr": {"a": [BAKERIET, FISKERIET], "4936:1": [FISKERIET]},
    }


def test_partial_access_is_told_as_such(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET, isError=True)
    svar = spoer_oss(tjeneste)
    assert svar["isError"] is True
    assert svar["orgNrTilTilganger"] == {BAKERIET: ["test-fager"]}


@pytest.mark.parametrize("svar", [{}, [], "x", {"hierarki": 1}, {"hierarki": [{"orgnr": "1"}]}])
def test_answer_that_cannot_be_understood_is_passed_on(tjeneste: Tjeneste, svar: Any) -> None:
    tjeneste.utvikling("PUT", f"/dev/tilganger/{DAGNY}", svar)
    assert spoer_oss(tjeneste) == svar


SYK, FORELDRE, FRITAK = (
    "nav_sykepenger_inntektsmelding",
    "nav_foreldrepenger_inntektsmelding",
    "nav_tiltak_ekspertbistand",
)


@pytest.mark.parametrize(
    ("filter", "ventet"),
    [
        ({}, {"1": ["4936:1", SYK, FORELDRE], "2": ["5384:1", FRITAK, SYK], "3": [SYK], "4": [], "5": ["x"]}),
        ({"inkluderSlettede": False}, {"1": None, "2": None, "3": [SYK], "4": [], "5": ["x"]}),
        ({"altinn3Tilganger": [SYK]}, {"1": ["4936:1", SYK], "2": [SYK]}),
        ({"altinn2Tilganger": ["4936:1"]}, {"1": ["4936:1", SYK, FORELDRE]}),
        ({"altinn3Tilganger": ["x"]}, {"4": [], "5": ["x"]}),
        ({"altinn3Tilganger": ["x"], "altinn2Tilganger": ["5384:1"]}, {"2": ["5384:1", FRITAK], "4": [], "5": ["x"]}),
        ({"altinn3Tilganger": [SYK], "inkluderSlettede": True}, {"1": ["4936:1", SYK], "2": [SYK], "3": [SYK]}),
        ({"altinn3Tilganger": ["ukjent"]}, {}),
    ],
)
def test_filter_keeps_what_is_asked_for_and_what_it_has_replaced(
    tjeneste: Tjeneste, filter: dict[str, Any], ventet: dict[str, Any]
) -> None:
    hierarki = [
        node("1", "4936:1", SYK, FORELDRE),
        node("2", "5384:1", FRITAK, SYK),
        node("3", SYK, erSlettet=True),
        node("4", under=(node("5", "x"),)),
    ]
    tjeneste.utvikling("PUT", f"/dev/tilganger/{DAGNY}", {"hierarki": hierarki})

    svar = spoer_oss(tjeneste, filter=filter)["orgNrTilTilganger"]
    assert {nr: liste if ventet.get(nr) else ventet.get(nr) for nr, liste in svar.items()} == ventet


def test_producer_may_ask_for_anybody(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET, FISKERIET)
    hoder = {"Authorization": f"Bearer {tjeneste.token(produsent=FAGER)}"}

    def spoer(**kropp: Any) -> requests.Response:
        return requests.post(f"{tjeneste.url}/m2m{TJENESTEN}", json=kropp, headers=hoder, timeout=10)

    assert spoer(fnr=DAGNY).json() == spoer_oss(tjeneste)
    assert spoer(fnr=DAGNY, filter={"altinn3Tilganger": ["x"]}).json()["hierarki"] == []
    assert [spoer(**kropp).status_code for kropp in ({}, {"fnr": 1}, {"fnr": "1"}, {"fnr": DAGNY, "filter": 1})] == [
        400
    ] * 4


@pytest.mark.parametrize("kropp", [[], None, "x", {"filter": 1}, {"filter": {"altinn2Tilganger": "x"}}])
def test_question_that_cannot_be_understood_is_refused(tjeneste: Tjeneste, kropp: Any) -> None:
    hoder = {"Authorization": f"Bearer {tjeneste.token(bruker=DAGNY)}", "Content-Type": "application/json"}
    data = "null" if kropp is None else None
    svar = requests.post(tjeneste.url + TJENESTEN, json=kropp, data=data, headers=hoder, timeout=10)
    assert (svar.status_code, list(svar.json())) == (400, ["error"])


def test_each_door_opens_for_its_own_tokens(tjeneste: Tjeneste) -> None:
    dagny, fager = tjeneste.token(bruker=DAGNY), tjeneste.token(produsent=FAGER)
    oekt = requests.post(f"{tjeneste.url}/dev/velg-person", data={"fnr": DAGNY}, timeout=10, allow_redirects=False)
    for sti, token in ((TJENESTEN, fager), (f"/m2m{TJENESTEN}", dagny), (TJENESTEN, "x"), (TJENESTEN, None)):
        hoder = {"Authorization": f"Bearer {token}"} if token else {}
        svar = requests.post(
            tjeneste.url + sti, json={"fnr": ANNE}, headers=hoder, cookies=dict(oekt.cookies), timeout=10
        )
        assert (svar.status_code, svar.content) == (401, b"")


def test_service_with_access_from_another_has_no_answer_of_its_own(spoerrende: Tjeneste) -> None:
    hoder = {"Authorization": f"Bearer {spoerrende.token(bruker=DAGNY)}"}
    assert requests.post(spoerrende.url + TJENESTEN, headers=hoder, timeout=10).status_code == 404
    svar = requests.put(f"{spoerrende.url}/dev/tilganger/{DAGNY}", json=altinn_svar(BAKERIET), timeout=10)
    assert (svar.status_code, list(svar.json())) == (409, ["error"])


# ── Settings ──


@pytest.mark.parametrize(
    ("innhold", "ventet"),
    [
        ("", "token_url"),
        ('token_url = "http://texas/exchange"', "audience"),
        ('token_url = "texas/exchange"\naudience = "a"', "tilgang.http.token_url"),
        ('token_url = "http://texas"\naudience = "a"\nsamtidige = 0', "samtidige"),
        ('token_url = "http://texas"\naudience = "a"\nbase_url = "arbeidsgiver-altinn-tilganger"', "base_url"),
        ('token_url = "http://texas"\naudience = "a"\n[varsling]\naltinn = "kontaktregister"', "kontaktregister"),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, innhold: str, ventet: str) -> None:
    fil = tmp_path / "test.toml"
    fil.write_text(f'[tilgang]\naltinn = "http"\n[tilgang.http]\n{innhold}\n', encoding="utf-8")
    with pytest.raises(config.ConfigError, match=ventet):
        config.load(fil)
