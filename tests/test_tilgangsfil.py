"""Access from a file: what it may say, that a change counts without a restart, and that a bad file changes nothing."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from bruker import bjella, bjella_svar, saker
from produsent import altinnressurs, ny_beskjed, ny_sak
from tjeneste import BAKERIET, DAGNY, FISKERIET, NILS, ROOT, TJENESTE, ULLA, Tjeneste, kjoerende

from server import tilgang
from server.altinn import Oppslag
from server.config import ConfigError
from server.database import Database
from server.tid import Klokke
from server.tilgang import Tilganger
from server.tilgangsfil import Tilgangsfil

VIRKSOMHETER = f'[virksomheter]\n{BAKERIET} = "BAKERIET AS"\n{FISKERIET} = "FISKERIET AS"\n'
PERSON = f'[[person]]\nfnr = "{DAGNY}"\n'
GIR = f'[[person.tilgang]]\nvirksomheter = ["{BAKERIET}"]\n'
DAGNYS = f'{PERSON}\n{GIR}ressurser = ["test-fager"]\n'
INGEN = Oppslag(frozenset(), False)
PAR = frozenset({(BAKERIET, "test-fager")})


class StiltKlokke(Klokke):
    sekunder = 1000.0

    def monotonic(self) -> float:
        return self.sekunder


@pytest.fixture
def fil(tmp_path: Path) -> Path:
    return tmp_path / "tilganger.toml"


@pytest.fixture
def klokke() -> StiltKlokke:
    return StiltKlokke()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.db", ROOT / "schema.sql")
    yield database
    database.close()


@pytest.fixture
def les(fil: Path, klokke: StiltKlokke) -> Callable[[str], Tilgangsfil]:
    def les(innhold: str) -> Tilgangsfil:
        skriv(fil, innhold)
        return Tilgangsfil(fil, klokke.monotonic)

    return les


def skriv(fil: Path, innhold: str) -> None:
    """As one should: a new file with the old name."""
    ny = fil.with_suffix(".ny")
    ny.write_text(innhold, encoding="utf-8")
    ny.rename(fil)


def kontakter(database: Database) -> list[Any]:
    return database.read().execute("SELECT fnr, epostadresse, tlf FROM kontakt ORDER BY fnr").fetchall()


def navn(database: Database) -> list[Any]:
    return database.read().execute("SELECT navn FROM virksomhet ORDER BY navn").fetchall()


# ── What it says ──


def test_each_person_sees_what_the_file_says(les: Callable[[str], Tilgangsfil]) -> None:
    tilganger = les(
        f"""
        {VIRKSOMHETER}
        [[person]]
        fnr = "{DAGNY}"
        navn = "Dagny Leder"
        epostadresse = "dagny@eksempel.no"
        tlf = "40000000"
        [[person.tilgang]]
        virksomheter = ["{BAKERIET}", "{FISKERIET}"]
        ressurser = ["a", "b"]
        [[person.tilgang]]
        virksomheter = ["{BAKERIET}"]
        tjenester = ["4936:1"]
        [[person]]
        fnr = "{NILS}"
        """
    )
    par = {(virksomhet, ressurs) for virksomhet in (BAKERIET, FISKERIET) for ressurs in "ab"} | {(BAKERIET, "4936:1")}
    assert tilganger.slaa_opp(DAGNY) == Oppslag(frozenset(par), False)
    assert tilganger.slaa_opp(NILS) == tilganger.slaa_opp(ULLA) == INGEN


def test_file_may_say_nothing(les: Callable[[str], Tilgangsfil]) -> None:
    assert les("").slaa_opp(DAGNY) == INGEN


@pytest.mark.parametrize(
    ("innhold", "linje", "noekkel", "ventet"),
    [
        ("[virksomhter]\n", 1, "virksomhter", "not permitted"),
        ('[virksomheter]\n91082552 = "A"\n', 2, "virksomheter.91082552", "pattern"),
        ('[virksomheter]\n"910825526" = ""\n', 2, "virksomheter.910825526", "at least 1"),
        ('[virksomheter]\n"9108 5526" = "A"\n', 1, "virksomheter.9108 5526", "pattern"),
        ("[virksomheter]\n910825526 = 1\n", 2, "virksomheter.910825526", "string"),
        ("[person]\n", 1, "person", "array"),
        (f'{VIRKSOMHETER}[[person]]\nnavn = "Dagny"\n', 4, "person.0.fnr", "required"),
        ('\n[[person]]\nfnr = "1"\n', 3, "person.0.fnr", "pattern"),
        (f"[[person]]\nfnr = {DAGNY}\n", 2, "person.0.fnr", "string"),
        (f"{PERSON}rolle = 1\n", 3, "person.0.rolle", "not permitted"),
        (f"{PERSON}{PERSON}", 4, "person.1.fnr", "above already"),
        (f'{PERSON}tlf = "22334455"\n', 3, "person.0.tlf", "mobilnummer"),
        (f'{PERSON}tlf = "40000000"\nepostadresse = "dagny"\n', 4, "person.0.epostadresse", "e-postadresse"),
        (f'{VIRKSOMHETER}{PERSON}{GIR}ressurser = ["4936:1"]\n', 8, "person.0.tilgang.0.ressurser.0", "pattern"),
        (f'{VIRKSOMHETER}{PERSON}{GIR}tjenester = ["4936"]\n', 8, "person.0.tilgang.0.tjenester.0", "pattern"),
        (f'{VIRKSOMHETER}{PERSON}{GIR}tjenester = "4936:1"\n', 8, "person.0.tilgang.0.tjenester", "array"),
        (f"{VIRKSOMHETER}{PERSON}{GIR}", 6, "person.0.tilgang.0", "nothing to see"),
        (f"{VIRKSOMHETER}{PERSON}{GIR}ressurser = []\n", 6, "person.0.tilgang.0", "nothing to see"),
        (f'{PERSON}[[person.tilgang]]\nressurser = ["a"]\n', 3, "person.0.tilgang.0.virksomheter", "required"),
        (f'{DAGNYS}', 5, "person.0.tilgang.0.virksomheter", f"{BAKERIET} is not in [virksomheter]"),
        (
            f'{VIRKSOMHETER}{DAGNYS}[[person]]\nfnr = "{NILS}"\n'
            f'{GIR}ressurser = ["a"]\n{GIR.replace(BAKERIET, "810825472")}ressurser = ["b"]\n',
            16,
            "person.1.tilgang.1.virksomheter",
            "810825472 is not in",
        ),
    ],
)  # fmt: skip
def test_file_that_cannot_be_used_is_told_of_with_the_line(
    les: Callable[[str], Tilgangsfil], fil: Path, innhold: str, linje: int, noekkel: str, ventet: str
) -> None:
    with pytest.raises(ConfigError) as feil:
        les(innhold)
    melding = str(feil.value).splitlines()[0]
    assert melding.startswith(f"{fil}:{linje}: {noekkel}"), melding
    assert ventet in melding
    assert DAGNY not in melding and NILS not in melding


def test_every_mistake_is_told_at_once(les: Callable[[str], Tilgangsfil]) -> None:
    with pytest.raises(ConfigError) as feil:
        les(f'{PERSON}tlf = "1"\n{PERSON}\n{GIR}')
    assert len(str(feil.value).splitlines()) == 4


@pytest.mark.parametrize(("innhold", "ventet"), [("[person\n", "at line 1"), (None, "No such file")])
def test_program_does_not_start_without_a_file_that_can_be_used(
    fil: Path, tmp_path: Path, innhold: str | None, ventet: str
) -> None:
    if innhold is not None:
        skriv(fil, innhold)
    settings = tmp_path / "min.toml"
    settings.write_text('[server]\nport = 0\n[utvikling]\naktiv = true\n[tilgang]\naltinn = "fil"\n', encoding="utf-8")
    kommando = [sys.executable, str(ROOT / "notifikasjon.py"), "--config", str(settings)]
    svar = subprocess.run(kommando, capture_output=True, text=True, timeout=30, check=False)
    assert svar.returncode == 2
    assert svar.stderr.startswith(f"notifikasjon: {fil}") and ventet in svar.stderr
    assert len(svar.stderr.splitlines()) == 1


# ── When it changes ──


def test_change_counts_at_the_next_look_a_second_later(
    les: Callable[[str], Tilgangsfil], fil: Path, database: Database, klokke: StiltKlokke
) -> None:
    tilgangsfil = les(VIRKSOMHETER)
    with database.write() as db:
        tilgang.nummer(db, [f'["R","{BAKERIET}","test-fager"]'])
    tilganger = Tilganger(database, klokke.monotonic, 300, 10, tilgangsfil.slaa_opp, tilgangsfil.versjon)

    assert tilganger.innsyn(DAGNY).av_virksomhet == {}
    skriv(fil, VIRKSOMHETER + DAGNYS)
    klokke.sekunder += 0.5
    assert tilganger.innsyn(DAGNY).av_virksomhet == {}
    klokke.sekunder += 0.5
    assert list(tilganger.innsyn(DAGNY).av_virksomhet) == [BAKERIET]
    skriv(fil, VIRKSOMHETER)
    klokke.sekunder += 1
    assert tilganger.innsyn(DAGNY).av_virksomhet == {}


def test_file_that_is_the_same_is_not_read_again(
    les: Callable[[str], Tilgangsfil], fil: Path, klokke: StiltKlokke
) -> None:
    tilgangsfil = les(VIRKSOMHETER)
    foer = tilgangsfil.versjon()
    for _ in range(3):
        klokke.sekunder += 10
        assert tilgangsfil.versjon() == foer
    os.utime(fil, (1, 1))
    klokke.sekunder += 10
    assert tilgangsfil.versjon() == foer + 1


@pytest.mark.parametrize("innhold", ["[person\n", PERSON * 2, "\0", "a = " + "[" * 100_000, None])
def test_bad_file_changes_nothing_and_is_told_of_once(
    les: Callable[[str], Tilgangsfil],
    fil: Path,
    database: Database,
    klokke: StiltKlokke,
    caplog: pytest.LogCaptureFixture,
    innhold: str | None,
) -> None:
    tilgangsfil = les(f'{VIRKSOMHETER}{PERSON}tlf = "40000000"\n{GIR}ressurser = ["test-fager"]\n')
    tilgangsfil.lagre_endringer(database)
    if innhold is None:
        fil.unlink()
    else:
        skriv(fil, innhold)
    for _ in range(3):
        klokke.sekunder += 1
        tilgangsfil.versjon()
        tilgangsfil.lagre_endringer(database)
        assert tilgangsfil.slaa_opp(DAGNY) == Oppslag(PAR, False)
        assert kontakter(database) == [(DAGNY, None, "40000000")]
    assert [post.levelno for post in caplog.records] == [logging.ERROR]
    assert str(fil) in caplog.text

    skriv(fil, VIRKSOMHETER)
    klokke.sekunder += 1
    tilgangsfil.lagre_endringer(database)
    assert tilgangsfil.slaa_opp(DAGNY) == INGEN
    assert kontakter(database) == []


def test_names_and_contact_data_follow_the_file(
    les: Callable[[str], Tilgangsfil], fil: Path, database: Database, klokke: StiltKlokke
) -> None:
    with database.write() as db:
        db.execute("INSERT INTO kontakt VALUES (?, 'ulla@eksempel.no', NULL)", (ULLA,))
        db.execute("INSERT INTO virksomhet VALUES (?, 'GAMMELT NAVN')", (BAKERIET,))
    tilgangsfil = les(f'{VIRKSOMHETER}{PERSON}epostadresse = "d@eksempel.no"\ntlf = "+4740000000"\n')
    tilgangsfil.lagre_endringer(database)
    assert kontakter(database) == [(DAGNY, "d@eksempel.no", "+4740000000")]
    assert navn(database) == [("BAKERIET AS",), ("FISKERIET AS",)]

    skriv(fil, f'{VIRKSOMHETER.replace("FISKERIET", "FISK")}{PERSON}[[person]]\nfnr = "{NILS}"\ntlf = "40000001"\n')
    klokke.sekunder += 1
    tilgangsfil.lagre_endringer(database)
    assert kontakter(database) == [(NILS, None, "40000001")]
    assert navn(database) == [("BAKERIET AS",), ("FISK AS",)]


def test_unchanged_file_is_not_written_again(les: Callable[[str], Tilgangsfil], database: Database) -> None:
    tilgangsfil = les(f'{VIRKSOMHETER}{PERSON}tlf = "40000000"\n')
    tilgangsfil.lagre_endringer(database)
    with database.write() as db:
        db.execute("DELETE FROM kontakt")
    tilgangsfil.lagre_endringer(database)
    assert kontakter(database) == []


# ── The service ──


@pytest.fixture(scope="module")
def _med_fil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    mappe = tmp_path_factory.mktemp("fil")
    skriv(mappe / "tilganger.toml", "")
    verdier = {"tilgang.altinn": '"fil"', "varsling.altinn": '"kontaktregister"'}
    with kjoerende(mappe / "test.db", verdier=verdier) as tjeneste:
        yield tjeneste


@pytest.fixture
def med_fil(_med_fil: Tjeneste) -> Tjeneste:
    _med_fil.utvikling("POST", "/dev/nullstill")
    return _med_fil


def gi(tjeneste: Tjeneste, innhold: str, *, ferdig: Callable[[], object]) -> None:
    """Write the file, and come back when it counts: within a few seconds."""
    skriv(tjeneste.database.with_name("tilganger.toml"), innhold)
    slutt = Klokke().monotonic() + 10
    while not ferdig():
        assert Klokke().monotonic() < slutt
        threading.Event().wait(0.01)


def test_people_see_what_the_file_lets_them(med_fil: Tjeneste) -> None:
    beskjed = ny_beskjed(med_fil, mottakere=[TJENESTE])
    sak = ny_sak(med_fil, virksomhetsnummer=FISKERIET)
    innhold = f"""
        {VIRKSOMHETER}
        {PERSON}
        {GIR}
        tjenester = ["4936:1"]
        [[person.tilgang]]
        virksomheter = ["{FISKERIET}"]
        ressurser = ["test-fager"]
    """
    gi(med_fil, innhold, ferdig=lambda: bjella(med_fil, DAGNY))

    (vist,) = bjella(med_fil, DAGNY)
    assert vist["id"] == beskjed["id"]
    gi(med_fil, innhold, ferdig=lambda: bjella(med_fil, DAGNY)[0]["virksomhet"]["navn"] == "BAKERIET AS")
    assert [s["id"] for s in saker(med_fil, DAGNY, virksomhetsnummer=FISKERIET)["saker"]] == [sak["id"]]
    assert bjella_svar(med_fil, ULLA) == {"notifikasjoner": [], "feilAltinn": False, "feilDigiSyfo": False}

    gi(med_fil, VIRKSOMHETER, ferdig=lambda: not bjella(med_fil, DAGNY))


def test_everybody_with_access_is_reached_as_the_file_says(med_fil: Tjeneste) -> None:
    innhold = f'{VIRKSOMHETER}{PERSON}epostadresse = "dagny@eksempel.no"\n{GIR}ressurser = ["test-fager"]\n'
    innhold += f'[[person]]\nfnr = "{NILS}"\ntlf = "40000001"\n'
    innhold += f'{GIR.replace(BAKERIET, FISKERIET)}ressurser = ["test-fager"]\n'
    gi(med_fil, innhold, ferdig=lambda: len(med_fil.rader("SELECT * FROM kontakt")) == 2)
    ny_beskjed(med_fil, eksterneVarsler=[altinnressurs()])

    meldinger = med_fil.utvikling("GET", "/dev/utboks?vent=10")
    assert [melding["mottaker"] for melding in meldinger] == ["dagny@eksempel.no"]


def test_other_programs_are_told_the_same(med_fil: Tjeneste) -> None:
    hoder = {"Authorization": f"Bearer {med_fil.token(bruker=DAGNY)}"}

    def svar() -> dict[str, Any]:
        innhold: dict[str, Any] = requests.post(f"{med_fil.url}/altinn-tilganger", headers=hoder, timeout=10).json()
        return innhold

    innhold = f'{VIRKSOMHETER}{PERSON}{GIR}ressurser = ["a"]\ntjenester = ["4936:1"]\n'
    gi(med_fil, innhold, ferdig=lambda: BAKERIET in svar()["tilgangTilOrgNr"].get("a", []))
    assert svar() == {
        "isError": False,
        "hierarki": [
            {
                "orgnr": BAKERIET,
                "navn": "BAKERIET AS",
                "organisasjonsform": "",
                "erSlettet": False,
                "roller": [],
                "altinn3Tilganger": ["a"],
                "altinn2Tilganger": ["4936:1"],
                "underenheter": [],
            }
        ],
        "orgNrTilTilganger": {BAKERIET: ["4936:1", "a"]},
        "tilgangTilOrgNr": {"4936:1": [BAKERIET], "a": [BAKERIET]},
    }


def test_emptied_database_knows_what_is_in_the_file(med_fil: Tjeneste) -> None:
    innhold = f'{VIRKSOMHETER}{PERSON}tlf = "40000000"\n'
    gi(med_fil, innhold, ferdig=lambda: med_fil.rader("SELECT tlf FROM kontakt") == [("40000000",)])
    med_fil.utvikling("POST", "/dev/nullstill")
    assert med_fil.rader("SELECT fnr, tlf FROM kontakt") == [(DAGNY, "40000000")]
    assert len(med_fil.rader("SELECT * FROM virksomhet")) == 2


def test_access_cannot_be_set_beside_the_file(med_fil: Tjeneste) -> None:
    svar = requests.put(f"{med_fil.url}/dev/tilganger/{DAGNY}", json={"hierarki": []}, timeout=10)
    assert svar.status_code == 409
    assert "fil" in svar.json()["error"]


def test_thousand_virksomheter_for_one_person(med_fil: Tjeneste) -> None:
    numre = [f"8{nr:08}" for nr in range(1000)]
    innhold = "[virksomheter]\n" + "".join(f'{nummer} = "AS {nummer}"\n' for nummer in numre)
    innhold += f"{PERSON}[[person.tilgang]]\nvirksomheter = {numre}\nressurser = ['test-fager', 'a', 'b', 'c', 'd']\n"
    beskjed = ny_beskjed(med_fil, virksomhetsnummer=numre[-1])
    gi(med_fil, innhold, ferdig=lambda: bjella(med_fil, DAGNY))
    assert [n["id"] for n in bjella(med_fil, DAGNY)] == [beskjed["id"]]
