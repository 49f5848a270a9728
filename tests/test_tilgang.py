"""Who may see what: worked out at each look, by the exact virksomhet, and without ever failing the query."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bruker import (
    bjella,
    bjella_svar,
    klikk,
    kommende,
    kommende_svar,
    sak_by_grupperingsid,
    sak_by_id,
    saker,
    sakstyper,
    titler,
)
from produsent import mutasjon, ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak
from tjeneste import (
    ANNE,
    BAKERIET,
    DAGNY,
    FISKERIET,
    NILS,
    RESSURS,
    TILTAK,
    TJENESTE,
    ULLA,
    Tjeneste,
    altinn_svar,
    leder,
)

from server import altinn, tilgang
from server.database import Database
from server.inndata import Mottaker
from server.tilgang import Tilganger

ROOT = Path(__file__).parent.parent
RELASJONER = [f"{nr}1111111-1111-4111-8111-111111111111" for nr in range(1, 4)]
MENTOR = {"altinnRessurs": {"ressursId": "nav_tiltak_mentor"}}

Enhet = dict[str, Any]


def alt(tjeneste: Tjeneste, fnr: str) -> set[str]:
    """Ids, and merkelapper for sakstyper, of all that any query shows the person, from BAKERIET and FISKERIET."""
    sett = {n["id"] for n in bjella(tjeneste, fnr)}
    for virksomhet in (BAKERIET, FISKERIET):
        sett |= {n["id"] for n in kommende(tjeneste, virksomhet, fnr=fnr)}
        sett |= {sak["id"] for sak in saker(tjeneste, fnr, virksomhetsnummer=virksomhet)["saker"]}
    return sett | set(sakstyper(tjeneste, fnr))


def ett_av_hvert(tjeneste: Tjeneste, virksomhetsnummer: str = BAKERIET, **felter: Any) -> set[str]:
    """What `alt` tells of a sak and one notifikasjon of each kind."""
    felter |= {"virksomhetsnummer": virksomhetsnummer}
    laget = [
        ny_sak(tjeneste, grupperingsid=virksomhetsnummer, **felter),
        ny_kalenderavtale(tjeneste, grupperingsid=virksomhetsnummer, eksternId=f"k{virksomhetsnummer}", **felter),
        ny_beskjed(tjeneste, ekstern_id=f"b{virksomhetsnummer}", **felter),
        ny_oppgave(tjeneste, ekstern_id=f"o{virksomhetsnummer}", **felter),
    ]
    return {"fager", *(ting["id"] for ting in laget)}


def enhet(orgnr: str, navn: str, *ressurser: str, under: tuple[Enhet, ...] = ()) -> Enhet:
    svar: Enhet = altinn_svar(orgnr, ressurser=ressurser)["hierarki"][0]
    return svar | {"navn": navn, "underenheter": list(under)}


# ── Altinn ──


def test_resource_in_the_virksomhet_is_access(tjeneste: Tjeneste) -> None:
    laget = ett_av_hvert(tjeneste)
    tjeneste.tilgang(DAGNY, BAKERIET)

    assert alt(tjeneste, DAGNY) == laget
    assert alt(tjeneste, ULLA) == set()


@pytest.mark.parametrize(
    ("virksomheter", "ressurser"),
    [
        ((FISKERIET,), ("test-fager",)),
        ((BAKERIET,), ("test-fage", "test-fager2", "TEST-FAGER", "4936:1", "")),
        ((BAKERIET[:-1], f"{BAKERIET}0", ""), ("test-fager",)),
        ((BAKERIET,), ()),
    ],
    ids=["another virksomhet", "other resources", "nearly the virksomhet", "nothing in it"],
)
def test_only_the_exact_pair_is_access(
    tjeneste: Tjeneste, virksomheter: tuple[str, ...], ressurser: tuple[str, ...]
) -> None:
    ett_av_hvert(tjeneste)
    tjeneste.tilgang(DAGNY, *virksomheter, ressurser=ressurser)

    assert alt(tjeneste, DAGNY) == set()
    assert bjella_svar(tjeneste)["feilAltinn"] is False


def test_altinn_2_service_is_access(tjeneste: Tjeneste) -> None:
    laget = ett_av_hvert(tjeneste, mottakere=[TJENESTE])
    for fnr, ressurser in (
        (DAGNY, ("4936:1",)),
        (NILS, ("4936:2", "4936", "4936:", ":1", "493:61", "test-fager")),
    ):
        tjeneste.tilgang(fnr, BAKERIET, ressurser=ressurser)

    assert alt(tjeneste, DAGNY) == laget
    assert alt(tjeneste, NILS) == set()


def test_altinn_2_and_3_share_a_name_space(tjeneste: Tjeneste) -> None:
    laget = ett_av_hvert(tjeneste, mottakere=[TJENESTE]) | ett_av_hvert(tjeneste, FISKERIET)
    ombyttet = enhet(BAKERIET, "BAKERIET AS") | {"altinn3Tilganger": ["4936:1"]}
    fisk = enhet(FISKERIET, "FISKERIET AS") | {"altinn2Tilganger": ["test-fager"]}
    tjeneste.tilgang(DAGNY, hierarki=[ombyttet, fisk])

    assert alt(tjeneste, DAGNY) == laget


@pytest.mark.parametrize("adressert_til", [BAKERIET, FISKERIET])
def test_nothing_is_inherited_up_or_down(tjeneste: Tjeneste, adressert_til: str) -> None:
    laget = ett_av_hvert(tjeneste, adressert_til)
    over = enhet(BAKERIET, "OVER", "test-fager", under=(enhet(FISKERIET, "UNDER"),))
    under = enhet(
        BAKERIET, "OVER", under=(enhet("811111111", "MELLOM", under=(enhet(FISKERIET, "UNDER", "test-fager"),)),)
    )
    tjeneste.tilgang(DAGNY, hierarki=[over])
    tjeneste.tilgang(ULLA, hierarki=[under])

    assert alt(tjeneste, DAGNY) == (laget if adressert_til == BAKERIET else set())
    assert alt(tjeneste, ULLA) == (laget if adressert_til == FISKERIET else set())


def test_access_gained_and_lost_between_two_looks(tjeneste: Tjeneste) -> None:
    laget = ett_av_hvert(tjeneste)
    assert alt(tjeneste, DAGNY) == set()
    tjeneste.tilgang(DAGNY, BAKERIET)
    assert alt(tjeneste, DAGNY) == laget
    tjeneste.tilgang(DAGNY, FISKERIET)
    assert alt(tjeneste, DAGNY) == set()
    tjeneste.tilgang(DAGNY, FISKERIET, BAKERIET)
    assert alt(tjeneste, DAGNY) == laget


def test_access_that_is_remembered_covers_what_is_made_later(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET, FISKERIET)
    assert alt(tjeneste, DAGNY) == set()

    laget = ett_av_hvert(tjeneste)
    assert alt(tjeneste, DAGNY) == laget
    laget |= ett_av_hvert(tjeneste, FISKERIET)
    assert alt(tjeneste, DAGNY) == laget


def test_key_of_deleted_things_does_not_open_others(tjeneste: Tjeneste) -> None:
    """The last key is erased with the last thing that asked for it, while people's access is remembered."""
    tjeneste.tilgang(DAGNY, BAKERIET)
    beskjed = ny_beskjed(tjeneste)
    assert alt(tjeneste, DAGNY) == {beskjed["id"]}
    mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{beskjed["id"]}"')
    assert tjeneste.rader("SELECT * FROM tilgang") == []

    ny_beskjed(tjeneste, ekstern_id="fiskeriets", virksomhetsnummer=FISKERIET)
    assert alt(tjeneste, DAGNY) == set()
    igjen = ny_beskjed(tjeneste, ekstern_id="bakeriets")
    assert alt(tjeneste, DAGNY) == {igjen["id"]}


# ── Nærmeste leder ──


def test_naermeste_leder_sees_what_is_about_the_ansatt(tjeneste: Tjeneste) -> None:
    laget = ett_av_hvert(tjeneste, mottakere=[leder()])
    tjeneste.naermeste_leder()

    assert alt(tjeneste, NILS) == laget
    assert alt(tjeneste, ANNE) == set()
    assert bjella_svar(tjeneste, NILS)["feilDigiSyfo"] is False


@pytest.mark.parametrize(
    "relasjon",
    [
        {"virksomhetsnummer": FISKERIET},
        {"ansatt": ULLA},
        {"leder": DAGNY},
        {"leder": ANNE, "ansatt": NILS},
    ],
    ids=["another virksomhet", "another ansatt", "another leder", "the other way round"],
)
def test_only_the_exact_relation_is_access(tjeneste: Tjeneste, relasjon: dict[str, str]) -> None:
    ett_av_hvert(tjeneste, mottakere=[leder()])
    tjeneste.naermeste_leder(**relasjon)

    for fnr in (NILS, DAGNY, ANNE, ULLA):
        assert alt(tjeneste, fnr) == set()


@pytest.mark.parametrize("aktiv_tom", ["2001-01-31", "2101-01-31"])
def test_relation_with_an_end_is_over_at_once(tjeneste: Tjeneste, aktiv_tom: str) -> None:
    laget = ett_av_hvert(tjeneste, mottakere=[leder()])
    tjeneste.naermeste_leder()
    assert alt(tjeneste, NILS) == laget
    tjeneste.naermeste_leder(aktiv_tom=aktiv_tom)
    assert alt(tjeneste, NILS) == set()


def test_end_of_an_unknown_relation_changes_nothing(tjeneste: Tjeneste) -> None:
    laget = ett_av_hvert(tjeneste, mottakere=[leder()])
    tjeneste.naermeste_leder()
    tjeneste.naermeste_leder(id=RELASJONER[1], aktiv_tom="2001-01-31")

    assert alt(tjeneste, NILS) == laget


def test_changed_relation_replaces_the_one_before(tjeneste: Tjeneste) -> None:
    hos_nils = ett_av_hvert(tjeneste, mottakere=[leder()])
    hos_dagny = ett_av_hvert(tjeneste, FISKERIET, mottakere=[leder(DAGNY, ULLA)])
    tjeneste.naermeste_leder()
    assert (alt(tjeneste, NILS), alt(tjeneste, DAGNY)) == (hos_nils, set())
    tjeneste.naermeste_leder(leder=DAGNY, ansatt=ULLA, virksomhetsnummer=FISKERIET)
    assert (alt(tjeneste, NILS), alt(tjeneste, DAGNY)) == (set(), hos_dagny)


def test_the_same_relation_under_several_ids_lasts_until_the_last(tjeneste: Tjeneste) -> None:
    ett_av_hvert(tjeneste, mottakere=[leder()])
    for relasjon in RELASJONER:
        tjeneste.naermeste_leder(id=relasjon)

    for relasjon in RELASJONER:
        assert len(bjella(tjeneste, NILS)) == 3
        assert len(kommende(tjeneste, BAKERIET, fnr=NILS)) == 1
        assert saker(tjeneste, NILS)["totaltAntallSaker"] == 1
        tjeneste.naermeste_leder(id=relasjon, aktiv_tom="2001-01-31")
    assert alt(tjeneste, NILS) == set()


def test_relations_in_one_message_take_effect_in_order(tjeneste: Tjeneste) -> None:
    laget = ett_av_hvert(tjeneste, mottakere=[leder()])
    melding = {"fnr": ANNE, "narmesteLederFnr": NILS, "orgnummer": BAKERIET, "narmesteLederId": RELASJONER[0]}
    slutt = melding | {"aktivTom": "2001-01-31", "status": "DEAKTIVERT_LEDER"}

    tjeneste.utvikling("POST", "/dev/naermesteleder", [melding, slutt])
    assert alt(tjeneste, NILS) == set()
    tjeneste.utvikling("POST", "/dev/naermesteleder", [slutt, melding | {"aktivFom": "2101-01-01", "aktivTom": None}])
    assert alt(tjeneste, NILS) == laget


# ── Several mottakere ──


def test_any_mottaker_is_enough_and_several_show_it_once(tjeneste: Tjeneste) -> None:
    laget = ett_av_hvert(tjeneste, mottakere=[RESSURS, TJENESTE, leder(), leder(NILS, ULLA)])
    tjeneste.naermeste_leder()
    tjeneste.tilgang(ULLA, BAKERIET, ressurser=("4936:1",))
    tjeneste.tilgang(DAGNY, BAKERIET, BAKERIET, ressurser=("test-fager", "test-fager", "4936:1"))
    tjeneste.naermeste_leder(id=RELASJONER[1], leder=NILS, ansatt=ULLA)

    for fnr in (DAGNY, NILS, ULLA):
        assert alt(tjeneste, fnr) == laget
        assert len(bjella(tjeneste, fnr)) == 3
        assert len(kommende(tjeneste, BAKERIET, BAKERIET, fnr=fnr)) == 1
        svar = saker(tjeneste, fnr, virksomhetsnumre=[BAKERIET, BAKERIET])
        assert (svar["totaltAntallSaker"], len(svar["saker"])) == (1, 1)
        assert svar["sakstyper"] == [{"navn": "fager", "antall": 1}]
        assert svar["oppgaveTilstandInfo"] == [{"tilstand": "NY", "antall": 1}]
        assert sakstyper(tjeneste, fnr) == ["fager"]


def test_sak_and_notifikasjon_have_each_their_mottakere(tjeneste: Tjeneste) -> None:
    oppgave = ny_oppgave(tjeneste, grupperingsid="sak-1", mottakere=[leder()], frist="2030-05-20")
    sak = ny_sak(tjeneste)
    tjeneste.naermeste_leder()
    tjeneste.tilgang(DAGNY, BAKERIET)

    assert alt(tjeneste, NILS) == {oppgave["id"]}
    assert alt(tjeneste, DAGNY) == {sak["id"], "fager"}
    assert (
        sak_by_id(tjeneste, sak["id"], NILS)
        == sak_by_grupperingsid(tjeneste, fnr=NILS)
        == {"sak": None, "feilAltinn": False}
    )
    # Whoever sees the sak sees all of it.
    svar = saker(tjeneste)
    assert [element["id"] for element in svar["saker"][0]["tidslinje"]] == [oppgave["id"]]
    assert (svar["saker"][0]["frister"], svar["oppgaveTilstandInfo"]) == (
        ["2030-05-20"],
        [{"tilstand": "NY", "antall": 1}],
    )


def test_sak_of_another_virksomhet_is_not_among_the_ones_asked_for(tjeneste: Tjeneste) -> None:
    ett_av_hvert(tjeneste)
    ett_av_hvert(tjeneste, FISKERIET)
    tjeneste.tilgang(DAGNY, BAKERIET, FISKERIET)

    for spurt in ([BAKERIET], [FISKERIET]):
        assert [
            sak["virksomhet"]["virksomhetsnummer"] for sak in saker(tjeneste, virksomhetsnumre=spurt)["saker"]
        ] == spurt
        assert [a["virksomhet"]["virksomhetsnummer"] for a in kommende(tjeneste, *spurt)] == spurt


def test_access_of_two_producers(tjeneste: Tjeneste) -> None:
    tiltak = ny_sak(tjeneste, applikasjon=TILTAK, merkelapp="Mentor", mottakere=[MENTOR])
    ny_sak(tjeneste, grupperingsid="sak-2")
    tjeneste.tilgang(DAGNY, BAKERIET, ressurser=("nav_tiltak_mentor",))

    assert alt(tjeneste, DAGNY) == {tiltak["id"], "Mentor"}


# ── Altinn fails ──


def test_partial_answer_is_shown_and_marked(tjeneste: Tjeneste) -> None:
    laget = ett_av_hvert(tjeneste)
    tjeneste.tilgang(DAGNY, BAKERIET, isError=True)

    assert alt(tjeneste, DAGNY) == laget
    _alle_melder_feil(tjeneste, DAGNY)
    assert sak_by_grupperingsid(tjeneste, BAKERIET)["sak"] is not None


UGYLDIGE = {
    "no JSON object": "feil",
    "a list": [],
    "no hierarki": {"isError": False},
    "hierarki is null": {"hierarki": None},
    "a unit without name": {"hierarki": [{n: v for n, v in enhet(BAKERIET, "", "test-fager").items() if n != "navn"}]},
    "access is null": {"hierarki": [enhet(BAKERIET, "B", "test-fager") | {"altinn2Tilganger": None}]},
    "orgnr is a number": {"hierarki": [enhet(BAKERIET, "B", "test-fager") | {"orgnr": int(BAKERIET)}]},
    "a bad unit further down": {"hierarki": [enhet(BAKERIET, "B", "test-fager", under=({"orgnr": FISKERIET},))]},
}


@pytest.mark.parametrize("svar", UGYLDIGE.values(), ids=UGYLDIGE.keys())
def test_malformed_answer_is_no_access_and_an_error(tjeneste: Tjeneste, svar: Any) -> None:
    ett_av_hvert(tjeneste)
    som_leder = ny_beskjed(tjeneste, ekstern_id="leder", mottakere=[leder(DAGNY)])
    ny_sak(tjeneste, grupperingsid="leder", tittel="Som leder", mottakere=[leder(DAGNY)])
    tjeneste.naermeste_leder(leder=DAGNY)
    tjeneste.tilgang(DAGNY, BAKERIET)
    assert len(bjella(tjeneste)) == 4

    tjeneste.utvikling("PUT", f"/dev/tilganger/{DAGNY}", svar)

    assert [n["id"] for n in bjella(tjeneste)] == [som_leder["id"]]
    assert titler(saker(tjeneste)) == ["Som leder"]
    assert kommende(tjeneste, BAKERIET) == []
    assert sak_by_grupperingsid(tjeneste, BAKERIET)["sak"] is None
    assert sakstyper(tjeneste) == ["fager"]
    _alle_melder_feil(tjeneste, DAGNY)

    tjeneste.tilgang(DAGNY, BAKERIET)
    assert len(bjella(tjeneste)) == 4
    assert bjella_svar(tjeneste)["feilAltinn"] is False


def test_fields_that_are_not_needed_are_ignored(tjeneste: Tjeneste) -> None:
    """isError may be missing, and more may be there than is used."""
    laget = ett_av_hvert(tjeneste)
    svar = {
        "hierarki": [
            enhet(BAKERIET, "BAKERIET AS", "test-fager")
            | {"organisasjonsform": "BEDR", "erSlettet": False, "roller": ["DAGL"]}
        ],
        "orgNrTilTilganger": {FISKERIET: ["test-fager"]},
        "tilgangTilOrgNr": {"test-fager": [FISKERIET]},
    }
    ett_av_hvert(tjeneste, FISKERIET)
    tjeneste.utvikling("PUT", f"/dev/tilganger/{DAGNY}", svar)

    assert alt(tjeneste, DAGNY) == laget
    assert bjella_svar(tjeneste)["feilAltinn"] is False


def test_person_that_altinn_does_not_know_sees_nothing_and_that_is_no_error(tjeneste: Tjeneste) -> None:
    ett_av_hvert(tjeneste)

    assert bjella_svar(tjeneste, ULLA) == {"notifikasjoner": [], "feilAltinn": False, "feilDigiSyfo": False}
    assert saker(tjeneste, ULLA) == {
        "saker": [],
        "totaltAntallSaker": 0,
        "sakstyper": [],
        "oppgaveTilstandInfo": [],
        "oppgaveFilterInfo": [],
        "feilAltinn": False,
    }


def test_clicks_follow_access(tjeneste: Tjeneste) -> None:
    beskjed = ny_beskjed(tjeneste)["id"]
    assert klikk(tjeneste, beskjed)["__typename"] == "UgyldigId"
    tjeneste.tilgang(DAGNY, BAKERIET)
    assert klikk(tjeneste, beskjed)["__typename"] == "BrukerKlikk"
    tjeneste.tilgang(DAGNY)
    assert klikk(tjeneste, beskjed)["__typename"] == "UgyldigId"
    tjeneste.tilgang(DAGNY, BAKERIET, isError=True)
    assert [n["brukerKlikk"]["klikketPaa"] for n in bjella(tjeneste)] == [True]


def _alle_melder_feil(tjeneste: Tjeneste, fnr: str) -> None:
    assert bjella_svar(tjeneste, fnr)["feilAltinn"] is True
    assert bjella_svar(tjeneste, fnr)["feilDigiSyfo"] is False
    assert kommende_svar(tjeneste, BAKERIET, fnr=fnr)["feilAltinn"] is True
    assert kommende_svar(tjeneste, BAKERIET, fnr=fnr)["feilDigiSyfo"] is False
    assert saker(tjeneste, fnr)["feilAltinn"] is True
    assert sak_by_grupperingsid(tjeneste, "ukjent", fnr=fnr)["feilAltinn"] is True
    assert sak_by_id(tjeneste, RELASJONER[0], fnr)["feilAltinn"] is True


# ── Names of virksomheter ──


def test_names_come_from_anybodys_altinn_answer(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-05-01T12:00Z")
    for virksomhet in (BAKERIET, FISKERIET):
        ett_av_hvert(tjeneste, virksomhet, mottakere=[leder()])
    tjeneste.naermeste_leder()
    tjeneste.naermeste_leder(id=RELASJONER[1], virksomhetsnummer=FISKERIET)

    def navn() -> set[tuple[str, str]]:
        ting = [
            *bjella(tjeneste, NILS),
            *kommende(tjeneste, BAKERIET, FISKERIET, fnr=NILS),
            *saker(tjeneste, NILS, virksomhetsnumre=[BAKERIET, FISKERIET])["saker"],
        ]
        assert len(ting) == 10
        return {(t["virksomhet"]["virksomhetsnummer"], t["virksomhet"]["navn"]) for t in ting}

    assert navn() == {(BAKERIET, ""), (FISKERIET, "")}
    tjeneste.tilgang(ULLA, hierarki=[enhet(BAKERIET, "BAKER HANSEN AS", under=(enhet(FISKERIET, "FISK & SØNN"),))])
    assert navn() == {(BAKERIET, "BAKER HANSEN AS"), (FISKERIET, "FISK & SØNN")}
    tjeneste.tilgang(DAGNY, hierarki=[enhet(BAKERIET, "BAKER OLSEN AS")])
    assert navn() == {(BAKERIET, "BAKER OLSEN AS"), (FISKERIET, "FISK & SØNN")}


# ── What is remembered, with a clock of its own: real time is what it is kept by ──

FAGER_KEY = Mottaker.model_validate({"altinnRessurs": {"ressursId": "test-fager"}})


class _Tid:
    naa = 1000.0

    def __call__(self) -> float:
        return self.naa


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.db", ROOT / "schema.sql")
    yield database
    database.close()


def _svar(database: Database, fnr: str, svar: Any) -> None:
    """Altinn answers something else from now on, and nobody is told."""
    with database.write() as db:
        altinn.lagre(db, fnr, svar)


def _nummer(database: Database, virksomhetsnummer: str) -> int:
    with database.write() as db:
        (nummer,) = tilgang.nummer(db, [tilgang.noekkel(FAGER_KEY, virksomhetsnummer)])
    return nummer


def test_name_space_is_shared_also_by_a_resource_named_like_a_service(database: Database) -> None:
    tilganger = Tilganger(database, _Tid(), cache_s=300, cache_antall=10)
    ressurs = Mottaker.model_validate({"altinnRessurs": {"ressursId": "4936:1"}})
    tjeneste = Mottaker.model_validate(TJENESTE)
    with database.write() as db:
        numre = tilgang.nummer(db, [tilgang.noekkel(mottaker, BAKERIET) for mottaker in (ressurs, tjeneste)])
        altinn.lagre(db, DAGNY, altinn_svar(BAKERIET, ressurser=("4936:1",)))

    assert len(set(numre)) == 2
    assert sorted(tilganger.innsyn(DAGNY).numre()) == sorted(numre)


def test_answer_is_remembered_for_its_time(database: Database) -> None:
    klokke = _Tid()
    tilganger = Tilganger(database, klokke, cache_s=300, cache_antall=10)
    bakeriet, fiskeriet = _nummer(database, BAKERIET), _nummer(database, FISKERIET)
    _svar(database, DAGNY, altinn_svar(BAKERIET))
    assert list(tilganger.innsyn(DAGNY).numre()) == [bakeriet]

    _svar(database, DAGNY, altinn_svar(FISKERIET))
    klokke.naa += 299
    assert list(tilganger.innsyn(DAGNY).numre()) == [bakeriet]
    klokke.naa += 1
    assert list(tilganger.innsyn(DAGNY).numre()) == [fiskeriet]
    _svar(database, DAGNY, altinn_svar())
    tilganger.glem(DAGNY)
    assert list(tilganger.innsyn(DAGNY).numre()) == []


@pytest.mark.parametrize("feil", ["tull", altinn_svar(BAKERIET) | {"isError": True}], ids=["failed", "partial"])
def test_failed_look_up_is_tried_again_at_the_next_look(database: Database, feil: Any) -> None:
    tilganger = Tilganger(database, _Tid(), cache_s=300, cache_antall=10)
    nummer = _nummer(database, FISKERIET)
    _svar(database, DAGNY, feil)
    assert tilganger.innsyn(DAGNY).feil_altinn

    _svar(database, DAGNY, altinn_svar(FISKERIET))
    innsyn = tilganger.innsyn(DAGNY)
    assert (list(innsyn.numre()), innsyn.feil_altinn) == ([nummer], False)


def test_the_least_recently_seen_is_forgotten_first(database: Database) -> None:
    tilganger = Tilganger(database, _Tid(), cache_s=300, cache_antall=2)
    nummer = _nummer(database, BAKERIET)
    for fnr in (DAGNY, NILS, ULLA):
        _svar(database, fnr, altinn_svar())
    for fnr in (DAGNY, NILS, DAGNY, ULLA):
        assert not tilganger.innsyn(fnr).numre()
    for fnr in (DAGNY, NILS, ULLA):
        _svar(database, fnr, altinn_svar(BAKERIET))

    assert list(tilganger.innsyn(DAGNY).numre()) == []
    assert list(tilganger.innsyn(NILS).numre()) == [nummer]


def test_new_key_of_a_virksomhet_is_added_to_those_it_has(database: Database) -> None:
    tilganger = Tilganger(database, _Tid(), cache_s=300, cache_antall=10)
    _svar(database, DAGNY, altinn_svar(BAKERIET, ressurser=("test-fager", "4936:1", "ubrukt")))
    foerste = _nummer(database, BAKERIET)
    assert list(tilganger.innsyn(DAGNY).numre()) == [foerste]

    with database.write() as db:
        (andre,) = tilgang.nummer(db, [tilgang.noekkel(Mottaker.model_validate(TJENESTE), BAKERIET)])
    assert sorted(tilganger.innsyn(DAGNY).numre()) == [foerste, andre]
    assert sorted(tilganger.innsyn(DAGNY).numre([BAKERIET])) == [foerste, andre]


def test_keys_are_found_once_however_many_are_new(database: Database) -> None:
    """Few new keys are read one by one among those of the person, many are looked up by the person's."""
    tilganger = Tilganger(database, _Tid(), cache_s=300, cache_antall=10)
    virksomheter = [str(810_000_000 + nr) for nr in range(30)]
    _svar(database, DAGNY, altinn_svar(*virksomheter[::2]))
    numre: dict[str, int] = {}
    for bolk in (virksomheter[:3], virksomheter[3:4], virksomheter[4:]):
        numre |= {virksomhet: _nummer(database, virksomhet) for virksomhet in bolk}
        ventet = {nummer for virksomhet, nummer in numre.items() if virksomhet in virksomheter[::2]}
        assert set(tilganger.innsyn(DAGNY).numre()) == ventet
    assert list(tilganger.innsyn(DAGNY).numre([virksomheter[2], virksomheter[2], virksomheter[1], "ukjent"])) == [
        numre[virksomheter[2]]
    ]
