"""The page of one sak: the same Sak, whichever query it is asked for with, and all that happens within it."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from bruker import paaminnelse, sak_by_grupperingsid, sak_by_id, saker
from produsent import mutasjon, ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak
from tjeneste import BAKERIET, DAGNY, TILTAK, ULLA, Tjeneste, altinn_svar, leder

from server import altinn, saksoversikt, tilgang
from server.database import Database
from server.tilgang import Bruker, Tilganger

pytestmark = pytest.mark.usefixtures("dagny")

UKJENT_ID = "3f1c9c0e-5d0a-4b67-9f0e-2a1d6c8b7e54"


@pytest.fixture
def dagny(tjeneste: Tjeneste) -> None:
    """DAGNY may see what is addressed to BAKERIET; the clock stands."""
    tjeneste.klokke("2030-05-01T12:00Z")
    tjeneste.tilgang(DAGNY, BAKERIET)


def vist(tjeneste: Tjeneste) -> dict[str, Any]:
    """The only sak, the same in all three queries."""
    (sak,) = saker(tjeneste)["saker"]
    assert sak_by_id(tjeneste, sak["id"]) == {"sak": sak, "feilAltinn": False}
    assert sak_by_grupperingsid(tjeneste, merkelapp=sak["merkelapp"]) == {"sak": sak, "feilAltinn": False}
    assert isinstance(sak, dict)
    return sak


# ── The sak itself ──


def test_sak_with_as_little_as_possible(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste, tittel="Søknad")["id"]

    assert vist(tjeneste) == {
        "id": sak_id,
        "virksomhet": {"virksomhetsnummer": BAKERIET, "navn": "BAKERIET AS"},
        "tittel": "Søknad",
        "lenke": None,
        "merkelapp": "fager",
        "sisteStatus": {"type": "MOTTATT", "tekst": "Mottatt", "tidspunkt": "2030-05-01T12:00:00Z"},
        "frister": [],
        "oppgaver": [],
        "nesteSteg": None,
        "tilleggsinformasjon": None,
        "tidslinje": [],
    }


def test_sak_with_all_that_can_be_given(tjeneste: Tjeneste) -> None:
    ny_sak(
        tjeneste,
        lenke="https://eksempel.no/sak",
        nesteSteg="Vent",
        tilleggsinformasjon="Gjelder Siv",
        initiellStatus="UNDER_BEHANDLING",
        overstyrStatustekstMed="Hos saksbehandler",
        tidspunkt="2030-04-01T10:00:00.123456+02:00",
    )

    sak = vist(tjeneste)
    assert (sak["lenke"], sak["nesteSteg"], sak["tilleggsinformasjon"]) == (
        "https://eksempel.no/sak", "Vent", "Gjelder Siv",
    )  # fmt: skip
    assert sak["sisteStatus"] == {
        "type": "UNDER_BEHANDLING",
        "tekst": "Hos saksbehandler",
        "tidspunkt": "2030-04-01T08:00:00.123456Z",
    }


@pytest.mark.parametrize(
    ("status", "tekst"),
    [("MOTTATT", "Mottatt"), ("UNDER_BEHANDLING", "Under behandling"), ("FERDIG", "Ferdig")],
)
def test_text_of_a_status_unless_it_has_its_own(tjeneste: Tjeneste, status: str, tekst: str) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    mutasjon(tjeneste, "nyStatusSak", f'id: "{sak_id}" nyStatus: {status}')
    assert vist(tjeneste)["sisteStatus"] == {"type": status, "tekst": tekst, "tidspunkt": "2030-05-01T12:00:00Z"}
    mutasjon(tjeneste, "nyStatusSak", f'id: "{sak_id}" nyStatus: {status} overstyrStatustekstMed: "Eget"')
    assert vist(tjeneste)["sisteStatus"]["tekst"] == "Eget"


def test_status_received_last_is_shown_whatever_its_time(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    mutasjon(tjeneste, "nyStatusSak", f'id: "{sak_id}" nyStatus: FERDIG tidspunkt: "2031-01-01T00:00Z"')
    mutasjon(tjeneste, "nyStatusSak", f'id: "{sak_id}" nyStatus: UNDER_BEHANDLING tidspunkt: "2020-01-01T00:00Z"')

    assert vist(tjeneste)["sisteStatus"] == {
        "type": "UNDER_BEHANDLING",
        "tekst": "Under behandling",
        "tidspunkt": "2020-01-01T00:00:00Z",
    }


def test_lenke_is_replaced_by_a_new_one_and_never_cleared(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste, lenke="https://eksempel.no/1")["id"]
    for argument, lenke in (
        ("", "https://eksempel.no/1"),
        ('nyLenkeTilSak: "https://eksempel.no/2"', "https://eksempel.no/2"),
        ("nyLenkeTilSak: null", "https://eksempel.no/2"),
        ('nyLenkeTilSak: "https://eksempel.no/3"', "https://eksempel.no/3"),
    ):
        mutasjon(tjeneste, "nyStatusSak", f'id: "{sak_id}" nyStatus: FERDIG {argument}')
        assert vist(tjeneste)["lenke"] == lenke


def test_lenke_can_come_later(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    mutasjon(tjeneste, "nyStatusSak", f'id: "{sak_id}" nyStatus: FERDIG nyLenkeTilSak: "https://eksempel.no/ny"')
    assert vist(tjeneste)["lenke"] == "https://eksempel.no/ny"


@pytest.mark.parametrize("felt", ["nesteSteg", "tilleggsinformasjon"])
def test_field_is_overwritten_and_cleared(tjeneste: Tjeneste, felt: str) -> None:
    sak_id = ny_sak(tjeneste, **{felt: "først"})["id"]
    for argument, verdi in (
        (f'{felt}: "så"', "så"),
        (f"{felt}: null", None),
        (f'{felt}: "igjen"', "igjen"),
        ("", None),
    ):
        mutasjon(tjeneste, f"{felt}Sak", f'id: "{sak_id}" {argument}')
        assert vist(tjeneste)[felt] == verdi


# ── Tidslinje ──


def test_elements_of_the_tidslinje(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    sted = {"adresse": "Kaia 1", "postnummer": "0001", "poststed": "Oslo"}
    beskjed = ny_beskjed(
        tjeneste, ekstern_id="b", grupperingsid="sak-1", tekst="Velkommen", lenke="https://eksempel.no/b"
    )
    tjeneste.klokke("2030-05-02T12:00Z")
    oppgave = ny_oppgave(
        tjeneste, ekstern_id="o", grupperingsid="sak-1", tekst="Gjør", lenke="https://eksempel.no/o", frist="2030-05-20"
    )
    avtale = ny_kalenderavtale(
        tjeneste,
        lokasjon=sted,
        erDigitalt=True,
        startTidspunkt="2030-06-03T10:00",
        sluttTidspunkt="2030-12-03T10:00",
    )

    assert vist(tjeneste)["tidslinje"] == [
        {
            "__typename": "KalenderavtaleTidslinjeElement",
            "id": avtale["id"],
            "tekst": "Dialogmøte",
            "avtaletilstand": "VENTER_SVAR_FRA_ARBEIDSGIVER",
            "startTidspunkt": "2030-06-03T10:00:00+02:00",
            "sluttTidspunkt": "2030-12-03T10:00:00+01:00",
            "lokasjon": sted,
            "digitalt": True,
            "lenke": "https://eksempel.no/avtale",
        },
        {
            "__typename": "OppgaveTidslinjeElement",
            "id": oppgave["id"],
            "tekst": "Gjør",
            "opprettetTidspunkt": "2030-05-02T12:00:00Z",
            "tilstand": "NY",
            "paaminnelseTidspunkt": None,
            "utgaattTidspunkt": None,
            "utfoertTidspunkt": None,
            "frist": "2030-05-20",
            "lenke": "https://eksempel.no/o",
        },
        {
            "__typename": "BeskjedTidslinjeElement",
            "id": beskjed["id"],
            "tekst": "Velkommen",
            "opprettetTidspunkt": "2030-05-01T12:00:00Z",
            "lenke": "https://eksempel.no/b",
        },
    ]


def test_kalenderavtale_of_which_little_is_known(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    ny_kalenderavtale(tjeneste)

    (element,) = vist(tjeneste)["tidslinje"]
    assert (element["sluttTidspunkt"], element["lokasjon"], element["digitalt"]) == (None, None, False)


def test_latest_first_by_creation_and_start(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    for tid in ("2030-01-03", "2030-01-07", "2030-01-01"):
        ny_beskjed(tjeneste, ekstern_id=f"b{tid}", grupperingsid="sak-1", tekst=tid, opprettet=f"{tid}T12:00Z")
    for tid in ("2030-01-04", "2030-01-02"):
        ny_oppgave(tjeneste, ekstern_id=f"o{tid}", grupperingsid="sak-1", tekst=tid, opprettet=f"{tid}T12:00Z")
    for tid in ("2030-01-06", "2030-01-08", "2030-01-05"):
        ny_kalenderavtale(tjeneste, eksternId=f"k{tid}", tekst=tid, startTidspunkt=f"{tid}T12:00Z")

    assert [e["tekst"] for e in vist(tjeneste)["tidslinje"]] == [f"2030-01-0{dag}" for dag in range(8, 0, -1)]


def test_start_of_an_appointment_counts_as_the_clocks_in_oslo_show_it(tjeneste: Tjeneste) -> None:
    """As on the platform: in summer two hours later among the others than it is."""
    ny_sak(tjeneste)
    ny_kalenderavtale(tjeneste, tekst="13:00 i Oslo", startTidspunkt="2030-07-01T13:00")
    for tid in ("2030-07-01T12:59:59Z", "2030-07-01T13:00:01Z", "2030-07-01T11:00:01Z"):
        ny_beskjed(tjeneste, ekstern_id=tid, grupperingsid="sak-1", tekst=tid, opprettet=tid)
    assert [element["tekst"] for element in vist(tjeneste)["tidslinje"]] == [
        "2030-07-01T13:00:01Z",
        "13:00 i Oslo",
        "2030-07-01T12:59:59Z",
        "2030-07-01T11:00:01Z",
    ]


def test_what_happens_to_an_oppgave_does_not_move_it(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    felles = {"grupperingsid": "sak-1", "opprettet": "2030-01-01T12:00Z"}
    paaminnet = ny_oppgave(tjeneste, ekstern_id="1", paaminnelse=paaminnelse("2030-05-10T00:00"), **felles)["id"]
    utfoert = ny_oppgave(tjeneste, ekstern_id="2", **felles | {"opprettet": "2030-01-02T12:00Z"})["id"]
    utgaar = ny_oppgave(tjeneste, ekstern_id="3", frist="2030-05-15", **felles | {"opprettet": "2030-01-03T12:00Z"})[
        "id"
    ]
    foerst = ny_beskjed(tjeneste, ekstern_id="4", **felles | {"opprettet": "2030-01-04T12:00Z"})["id"]

    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{utfoert}" utfoertTidspunkt: "2030-05-12T00:00Z" nyLenke: "ny"')
    tjeneste.klokke("2030-05-20T12:00Z")

    tidslinje = vist(tjeneste)["tidslinje"]
    assert [element["id"] for element in tidslinje] == [foerst, utgaar, utfoert, paaminnet]
    assert [element.get("tilstand") for element in tidslinje] == [None, "UTGAATT", "UTFOERT", "NY"]
    assert tidslinje[1]["utgaattTidspunkt"] == "2030-05-15T21:59:59.999999Z"
    assert (tidslinje[2]["utfoertTidspunkt"], tidslinje[2]["lenke"]) == ("2030-05-12T00:00:00Z", "ny")
    assert tidslinje[3]["paaminnelseTidspunkt"] == "2030-05-09T22:00:00Z"


def test_updated_kalenderavtale_in_the_tidslinje(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    avtale = ny_kalenderavtale(tjeneste)["id"]
    mutasjon(
        tjeneste,
        "oppdaterKalenderavtale",
        f'id: "{avtale}" nyTekst: "Nytt" nyLenke: "ny" nyErDigitalt: true nyTilstand: ARBEIDSGIVER_VIL_AVLYSE',
    )
    (element,) = vist(tjeneste)["tidslinje"]
    assert (element["tekst"], element["lenke"], element["digitalt"]) == ("Nytt", "ny", True)
    assert element["avtaletilstand"] == "ARBEIDSGIVER_VIL_AVLYSE"
    tjeneste.klokke("2030-06-03T10:00:01")
    assert vist(tjeneste)["tidslinje"][0]["avtaletilstand"] == "AVHOLDT"


def test_tidslinje_is_by_merkelapp_and_grupperingsid_whoever_may_see_it(tjeneste: Tjeneste) -> None:
    usynlig = ny_oppgave(tjeneste, ekstern_id="usynlig", grupperingsid="sak-1", mottakere=[leder()])
    ny_sak(tjeneste)
    ny_beskjed(tjeneste, ekstern_id="annen merkelapp", merkelapp="fager2", grupperingsid="sak-1")
    ny_beskjed(tjeneste, ekstern_id="annen grupperingsid", grupperingsid="sak-2")
    ny_beskjed(tjeneste, ekstern_id="ingen")

    assert [element["id"] for element in vist(tjeneste)["tidslinje"]] == [usynlig["id"]]


def test_deleted_notifikasjon_leaves_the_tidslinje(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    for nr in range(2):
        oppgave = ny_oppgave(tjeneste, ekstern_id=str(nr), grupperingsid="sak-1", frist=f"2030-05-2{nr}")
    mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{oppgave["id"]}"')

    sak = vist(tjeneste)
    assert (len(sak["tidslinje"]), sak["frister"]) == (1, ["2030-05-20"])


# ── Oppgaver and frister ──


def test_oppgaver_by_frist_and_then_as_the_tidslinje(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    for nr, (frist, dag) in enumerate(
        [("2030-06-02", 1), (None, 2), ("2030-06-01", 3), (None, 4), ("2030-06-02", 5), ("9999-12-31", 6)]
    ):
        ny_oppgave(
            tjeneste,
            ekstern_id=str(nr),
            grupperingsid="sak-1",
            frist=frist,
            opprettet=f"2030-01-0{dag}T12:00Z",
            paaminnelse=paaminnelse(f"2030-02-0{dag}T01:00"),
        )
    ny_kalenderavtale(tjeneste)
    ny_beskjed(tjeneste, ekstern_id="b", grupperingsid="sak-1")
    tjeneste.utvikling("POST", "/dev/jobber")

    sak = vist(tjeneste)

    dager = [(oppgave["frist"], oppgave["paaminnelseTidspunkt"]) for oppgave in sak["oppgaver"]]
    assert dager == [
        (frist, f"2030-02-0{dag}T00:00:00Z")
        for frist, dag in [
            ("2030-06-01", 3), ("2030-06-02", 5), ("2030-06-02", 1), ("9999-12-31", 6), (None, 4), (None, 2),
        ]
    ]  # fmt: skip
    assert sak["frister"] == ["2030-06-01", "2030-06-02", "2030-06-02", "9999-12-31", None, None]


def test_frister_are_those_of_new_oppgaver(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    ny, uten, utfoert, utgaar = (
        ny_oppgave(tjeneste, ekstern_id=str(nr), grupperingsid="sak-1", frist=frist)["id"]
        for nr, frist in enumerate(["2030-06-03", None, "2030-06-01", "2030-05-15"])
    )
    assert vist(tjeneste)["frister"] == ["2030-05-15", "2030-06-01", "2030-06-03", None]

    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{utfoert}"')
    tjeneste.klokke("2030-05-16T00:00")
    sak = vist(tjeneste)
    assert sak["frister"] == ["2030-06-03", None]
    assert [oppgave["tilstand"] for oppgave in sak["oppgaver"]] == ["UTGAATT", "UTFOERT", "NY", "NY"]

    mutasjon(tjeneste, "oppgaveUtsettFrist", f'id: "{utgaar}" nyFrist: "2030-06-02"')
    mutasjon(tjeneste, "oppgaveUtgaatt", f'id: "{ny}"')
    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{uten}"')
    assert vist(tjeneste)["frister"] == ["2030-06-02"]


# ── Not there ──


def test_not_there_deleted_and_not_allowed_are_the_same(tjeneste: Tjeneste) -> None:
    usynlig = ny_sak(tjeneste, grupperingsid="usynlig", mottakere=[leder()])["id"]
    slettet = ny_sak(tjeneste, grupperingsid="slettet")["id"]
    mutasjon(tjeneste, "hardDeleteSak", f'id: "{slettet}"')

    for sak_id in (usynlig, slettet, UKJENT_ID):
        assert sak_by_id(tjeneste, sak_id) == {"sak": None, "feilAltinn": False}
        assert sak_by_id(tjeneste, sak_id, ULLA) == {"sak": None, "feilAltinn": False}
    for grupperingsid in ("usynlig", "slettet", "", "\0"):
        assert sak_by_grupperingsid(tjeneste, grupperingsid) == {"sak": None, "feilAltinn": False}


def test_sak_is_found_by_both_merkelapp_and_grupperingsid(tjeneste: Tjeneste) -> None:
    for merkelapp in ("fager", "fager2"):
        ny_sak(tjeneste, merkelapp=merkelapp, tittel=merkelapp)

    for merkelapp in ("fager", "fager2"):
        assert sak_by_grupperingsid(tjeneste, merkelapp=merkelapp)["sak"]["tittel"] == merkelapp
    assert sak_by_grupperingsid(tjeneste, merkelapp="fager3")["sak"] is None
    assert sak_by_grupperingsid(tjeneste, "SAK-1")["sak"] is None


def test_id_in_any_case(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    assert sak_by_id(tjeneste, sak_id.upper())["sak"]["id"] == sak_id


@pytest.mark.parametrize("id", ["", "1", UKJENT_ID.replace("-", ""), f"{{{UKJENT_ID}}}", f"{UKJENT_ID}\n", "æ" * 36])
def test_id_that_is_no_uuid_is_an_error(tjeneste: Tjeneste, id: str) -> None:
    svar = tjeneste.bruker_svar(DAGNY, "query ($id: ID!) { sakById(id: $id) { feilAltinn } }", {"id": id}).json()

    assert svar["data"] is None
    assert [(f["path"], f["extensions"]["classification"]) for f in svar["errors"]] == [
        (["sakById"], "DataFetchingException")
    ]


def test_sak_by_id_is_of_any_virksomhet_and_merkelapp(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, "811111111", ressurser=("nav_tiltak_mentor",))
    sak_id = ny_sak(
        tjeneste,
        applikasjon=TILTAK,
        merkelapp="Mentor",
        virksomhetsnummer="811111111",
        mottakere=[{"altinnRessurs": {"ressursId": "nav_tiltak_mentor"}}],
    )["id"]

    assert sak_by_id(tjeneste, sak_id)["sak"]["merkelapp"] == "Mentor"


# ── Somebody writes while one looks ──


class Innimellom:
    """Deletes the only sak, in another thread, after a reader's first statement; then makes another in its place."""

    def __init__(self, database: Database) -> None:
        self._database, self.utsagn = database, 0

    def __call__(self, cursor: apsw.Cursor, sql: str, bindings: Any) -> bool:
        self.utsagn += "SELECT" in sql
        if self.utsagn == 2:
            skriver = threading.Thread(target=self._bytt)
            skriver.start()
            skriver.join()
        return True

    def _bytt(self) -> None:
        with self._database.write() as db:
            db.execute("DELETE FROM sak")
            lag_sak(db, "hemmelig", "S")


def lag_sak(db: apsw.Connection, tittel: str, noekkel: str) -> None:
    db.execute(
        """
        INSERT INTO sak (nr, id, produsent_id, merkelapp, grupperingsid, virksomhetsnummer, tittel, opprettet_tidspunkt,
                         sist_endret_tidspunkt, soeketekst)
        VALUES (1, ?1, 'p', 'fager', ?2, ?3, ?2, 0, 0, ?2)
        """,
        (f"{ord(tittel[0]):08x}{UKJENT_ID[8:]}", tittel, BAKERIET),
    )
    (nummer,) = tilgang.nummer(db, [f'["{noekkel}","{BAKERIET}","test-fager"]'])
    db.execute("INSERT INTO sak_mottaker VALUES (?, 0, 1, 'fager', 0, 0)", (nummer,))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.db", Path(__file__).parent.parent / "schema.sql")
    with database.write() as db:
        altinn.lagre(db, DAGNY, altinn_svar(BAKERIET))
        lag_sak(db, "synlig", "R")
    yield database
    database.close()


def test_one_look_is_at_one_moment(database: Database) -> None:
    """The sak found is not replaced by another with its number, which the person may not see, before it is shown."""
    bruker = Bruker(database, 0, DAGNY, Tilganger(database, lambda: 0.0, 300, 10))
    _ = bruker.innsyn
    visninger: list[Any] = [
        lambda: saksoversikt.saker(bruker, "NYESTE", virksomhetsnummer=BAKERIET)["saker"][0],
        lambda: saksoversikt.sak_by_grupperingsid(bruker, "fager", "synlig")["sak"],
        lambda: saksoversikt.sak_by_id(bruker, f"{ord('s'):08x}{UKJENT_ID[8:]}")["sak"],
    ]
    for vis in visninger:
        database.read().exec_trace = innimellom = Innimellom(database)
        assert vis()["tittel"] == "synlig"
        database.read().exec_trace = None
        assert innimellom.utsagn > 2
        assert database.read().execute("SELECT tittel FROM sak").fetchall() == [("hemmelig",)]
        with database.write() as db:
            db.execute("DELETE FROM sak")
            lag_sak(db, "synlig", "R")
