"""What is done from the command line, with its answers and exit codes."""

import io
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import apsw
import orjson
import pytest
from produsent import epost, ny_beskjed, sms, varselstatuser
from tjeneste import ANNE, BAKERIET, DAGNY, NILS, ROOT, Tjeneste, kjoerende

import notifikasjon
from server import verb
from server.database import Database

SCHEMA = ROOT / "schema.sql"


class Ferdig(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def _kommando(database: Path, argumenter: tuple[str | Path, ...]) -> list[str]:
    config = database.with_suffix(".toml")
    if not config.exists():
        config.write_text("[utvikling]\naktiv = true\n", encoding="utf-8")
    return [*map(str, argumenter), "--config", str(config), "--database", str(database)]


def prosess(database: Path, *argumenter: str | Path, stdin: str | None = None) -> Ferdig:
    """As an operator runs it."""
    ferdig = subprocess.run(
        [sys.executable, str(ROOT / "notifikasjon.py"), *_kommando(database, argumenter)],
        capture_output=True,
        text=True,
        timeout=60,
        input=stdin,
    )
    return Ferdig(ferdig.returncode, ferdig.stdout, ferdig.stderr)


def kjoer(database: Path, *argumenter: str | Path) -> Ferdig:
    """The same in this process, which is faster."""
    rot, ut, feil, kode = logging.getLogger(), io.StringIO(), io.StringIO(), 0
    foer = rot.handlers[:], rot.level
    rot.handlers[:] = []  # it sets up its own, and would close these
    try:
        with redirect_stdout(ut), redirect_stderr(feil):
            notifikasjon.main(_kommando(database, argumenter))
    except SystemExit as slutt:
        kode = int(str(slutt.code))
    finally:
        rot.handlers[:], rot.level = foer
    return Ferdig(kode, ut.getvalue(), feil.getvalue())


def mislyktes(ferdig: Ferdig, *ord_: str) -> None:
    """It ended with 2 and one message, that has these words; no traceback."""
    assert ferdig.returncode == 2, ferdig
    assert ferdig.stderr.startswith("notifikasjon: ") and "Traceback" not in ferdig.stderr, ferdig.stderr
    for et_ord in ord_:
        assert et_ord in ferdig.stderr, ferdig.stderr


def lyktes(ferdig: Ferdig) -> str:
    assert (ferdig.returncode, ferdig.stderr) == (0, ""), ferdig
    return ferdig.stdout


def rader(fil: Path, sql: str) -> list[tuple[Any, ...]]:
    db = apsw.Connection(str(fil), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """One that exists, and that nobody uses."""
    Database(tmp_path / "a.db", SCHEMA).close()
    return tmp_path / "a.db"


@pytest.fixture(scope="module")
def i_bruk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    with kjoerende(Path(tmp_path_factory.mktemp("i-bruk")) / "a.db") as tjeneste:
        yield tjeneste


# ── What all have in common ──


def test_version(database: Path) -> None:
    assert lyktes(prosess(database, "versjon")).count(".") == 2


@pytest.mark.parametrize(
    "argumenter",
    [
        ("backup",),
        ("gjenopprett",),
        ("kontakt",),
        ("naermesteleder",),
        ("sjekk", "fil"),
        ("versjon", "fil"),
        ("slett",),
    ],
    ids=" ".join,
)
def test_verb_with_the_wrong_arguments_says_how_it_is_used(database: Path, argumenter: tuple[str, ...]) -> None:
    ferdig = kjoer(database, *argumenter)
    assert ferdig.returncode == 2
    assert ferdig.stderr.startswith("usage: notifikasjon.py") and argumenter[0] in ferdig.stderr


def test_verb_with_settings_that_cannot_be_used_says_where(database: Path) -> None:
    database.with_suffix(".toml").write_text("[server]\nport = 8080\nprot = 1\n", encoding="utf-8")
    mislyktes(kjoer(database, "sjekk"), f"{database.with_suffix('.toml')}:3: server.prot")


@pytest.mark.parametrize("argumenter", [("sjekk",), ("kontakt", "{fil}"), ("naermesteleder", "{fil}")], ids=str)
def test_database_in_use_is_left_alone(i_bruk: Tjeneste, tmp_path: Path, argumenter: tuple[str, ...]) -> None:
    (tmp_path / "fil").write_text(f'{{"fnr": "{DAGNY}", "tlf": "40000000"}}\n', encoding="utf-8")
    if argumenter[0] == "naermesteleder":
        (tmp_path / "fil").write_text(orjson.dumps(_relasjon()).decode(), encoding="utf-8")
    ferdig = prosess(i_bruk.database, *(argument.format(fil=tmp_path / "fil") for argument in argumenter))
    mislyktes(ferdig, f"in use by process {i_bruk.process.pid}")
    assert i_bruk.rader("SELECT (SELECT count(*) FROM kontakt) + (SELECT count(*) FROM naermeste_leder)") == [(0,)]


# ── backup ──


def test_backup_while_others_write_is_one_moment(i_bruk: Tjeneste, tmp_path: Path) -> None:
    """Each notifikasjon in it has its varsler and its place in the history, and what was answered before is there."""
    i_bruk.token(produsent="dev-gcp:fager:notifikasjon-test-produsent")
    ferdig, skrevet = threading.Event(), [0, 0]

    def skriv(hvem: int) -> None:
        while not ferdig.is_set():
            svar = ny_beskjed(i_bruk, ekstern_id=f"{hvem}-{skrevet[hvem]}", eksterneVarsler=[sms(), epost()])
            assert svar["__typename"] == "NyBeskjedVellykket"
            skrevet[hvem] += 1

    traader = [threading.Thread(target=skriv, args=(hvem,)) for hvem in (0, 1)]
    for traad in traader:
        traad.start()
    try:
        for nr in range(3):
            foer = sum(skrevet)
            ut = lyktes(prosess(i_bruk.database, "backup", tmp_path / f"{nr}.db"))
            assert ut == f"{i_bruk.database} -> {tmp_path / f'{nr}.db'}\n"
            etter = sum(skrevet)
            ((antall,),) = rader(tmp_path / f"{nr}.db", "SELECT count(*) FROM notifikasjon")
            assert foer <= antall <= etter + 2 and etter > foer, "and nobody waited for it"
            assert rader(
                tmp_path / f"{nr}.db",
                """
                SELECT (SELECT count(*) FROM eksternt_varsel), (SELECT count(*) FROM mottaker),
                       (SELECT count(*) FROM hendelse WHERE type = 'BeskjedOpprettet')
                """,
            ) == [(2 * antall, antall, antall)]
            assert rader(tmp_path / f"{nr}.db", "PRAGMA integrity_check") == [("ok",)]
    finally:
        ferdig.set()
        for traad in traader:
            traad.join(20)
    assert sorted(fil.name for fil in tmp_path.iterdir()) == ["0.db", "1.db", "2.db"], "one file each"


def test_backup_of_a_process_that_was_killed_has_what_it_answered(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "a.db") as tjeneste:
        ny_beskjed(tjeneste)
        tjeneste.process.kill()
        tjeneste.process.wait(10)
    lyktes(prosess(tmp_path / "a.db", "backup", tmp_path / "kopi.db"))
    assert rader(tmp_path / "kopi.db", "SELECT count(*) FROM notifikasjon") == [(1,)]


def test_backup_that_cannot_be_made_says_why_and_leaves_nothing(database: Path, tmp_path: Path) -> None:
    (tmp_path / "opptatt").write_text("noe annet", encoding="utf-8")
    mislyktes(kjoer(database, "backup", tmp_path / "opptatt"), "no backup was made", "opptatt")
    assert (tmp_path / "opptatt").read_text(encoding="utf-8") == "noe annet"
    mislyktes(kjoer(database, "backup", tmp_path / "finnes-ikke" / "kopi.db"), "no backup was made")
    mislyktes(kjoer(tmp_path / "b.db", "backup", tmp_path / "kopi.db"), "b.db does not exist")
    assert not (tmp_path / "kopi.db").exists() and not (tmp_path / "b.db").exists()


# ── gjenopprett ──


def test_restored_database_has_everything_and_the_brake_on(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "a.db") as tjeneste:
        beskjed = ny_beskjed(tjeneste, eksterneVarsler=[sms(tidspunkt="2999-01-01T00:00")])
    lyktes(kjoer(tmp_path / "a.db", "backup", tmp_path / "kopi.db"))
    ut = lyktes(prosess(tmp_path / "ny.db", "gjenopprett", tmp_path / "kopi.db"))
    assert "brake on" in ut and "/internal/noedbrems" in ut
    assert rader(tmp_path / "ny.db", "SELECT verdi > 0 FROM bryter WHERE navn = 'noedbrems'") == [(1,)]
    assert rader(tmp_path / "kopi.db", "SELECT * FROM bryter WHERE navn = 'noedbrems'") == [], "the backup is as it was"
    assert not [fil for fil in tmp_path.iterdir() if "gjenopprettes" in fil.name]
    with kjoerende(tmp_path / "ny.db") as tjeneste:
        assert varselstatuser(tjeneste, beskjed["id"]) == ["NY"]


@pytest.mark.parametrize("rest", ["", "-wal", "-journal"])
def test_restore_replaces_nothing(database: Path, tmp_path: Path, rest: str) -> None:
    """An old WAL would be added to the new file."""
    lyktes(kjoer(database, "backup", tmp_path / "kopi.db"))
    Path(f"{tmp_path / 'b.db'}{rest}").write_bytes(b"noe annet")
    mislyktes(kjoer(tmp_path / "b.db", "gjenopprett", tmp_path / "kopi.db"), f"b.db{rest} exists: move it away")
    assert Path(f"{tmp_path / 'b.db'}{rest}").read_bytes() == b"noe annet"
    assert (tmp_path / "b.db").exists() == (rest == "")


def test_restore_under_a_server_is_refused_also_when_its_file_has_been_moved(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "a.db") as tjeneste:
        lyktes(prosess(tmp_path / "a.db", "backup", tmp_path / "kopi.db"))
        (tmp_path / "gammel").mkdir()
        for navn in ("a.db", "a.db-wal", "a.db-shm"):
            (tmp_path / navn).rename(tmp_path / "gammel" / navn)
        ferdig = prosess(tmp_path / "a.db", "gjenopprett", tmp_path / "kopi.db")
        mislyktes(ferdig, f"in use by process {tjeneste.process.pid}")
        assert not (tmp_path / "a.db").exists()
    lyktes(prosess(tmp_path / "a.db", "gjenopprett", tmp_path / "kopi.db"))


def test_restore_of_what_is_no_backup_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "tekst").write_text("Dette er ingen database. " * 400, encoding="utf-8")
    (tmp_path / "mappe").mkdir()
    fremmed = apsw.Connection(str(tmp_path / "fremmed"))
    fremmed.execute("CREATE TABLE noe (annet)")
    fremmed.close()
    for fil in ("finnes-ikke", "tekst", "mappe", "fremmed"):
        mislyktes(kjoer(tmp_path / "b.db", "gjenopprett", tmp_path / fil))
    assert sorted(fil.name for fil in tmp_path.iterdir() if not fil.name.endswith(".lock")) == [
        "b.toml", "fremmed", "mappe", "tekst"
    ]  # fmt: skip


def test_restore_that_was_interrupted_can_be_done_again(database: Path, tmp_path: Path) -> None:
    lyktes(kjoer(database, "backup", tmp_path / "kopi.db"))
    (tmp_path / "b.db.gjenopprettes").write_bytes(b"half a file")
    lyktes(kjoer(tmp_path / "b.db", "gjenopprett", tmp_path / "kopi.db"))
    assert rader(tmp_path / "b.db", "SELECT navn FROM bryter") == [("noedbrems",)]


# ── sjekk ──


def test_check_of_a_sound_database(database: Path) -> None:
    assert lyktes(kjoer(database, "sjekk")) == f"{database}: ok, {database.stat().st_size} bytes\n"


def test_check_tells_what_is_wrong(database: Path, tmp_path: Path) -> None:
    db = apsw.Connection(str(database))
    db.pragma("foreign_keys", 0)
    db.execute("INSERT INTO bruker_klikk VALUES ('a', 17)")
    db.close()
    mislyktes(kjoer(database, "sjekk"), "bruker_klikk row", "not in notifikasjon")

    innhold = bytearray(database.read_bytes())
    for side in range(4096, len(innhold), 4096):
        innhold[side : side + 64] = b"\xaa" * 64
    (tmp_path / "b.db").write_bytes(innhold)
    mislyktes(kjoer(tmp_path / "b.db", "sjekk"))


def test_check_of_a_database_that_is_not_there_makes_none(tmp_path: Path) -> None:
    mislyktes(kjoer(tmp_path / "b.db", "sjekk"), "b.db does not exist")
    assert not (tmp_path / "b.db").exists()


# ── naermesteleder ──


def _relasjon(**felter: Any) -> dict[str, Any]:
    return {
        "narmesteLederId": "11111111-1111-4111-8111-111111111111",
        "fnr": ANNE,
        "narmesteLederFnr": NILS,
        "orgnummer": BAKERIET,
        "aktivTom": None,
    } | felter


def test_leaders_are_read_from_a_file_or_from_a_pipe(database: Path, tmp_path: Path) -> None:
    annen = _relasjon(narmesteLederId="22222222-2222-4222-8222-222222222222", narmesteLederFnr=DAGNY)
    linjer = [_relasjon(narmesteLederFnr=DAGNY), annen, _relasjon(), annen | {"aktivTom": "2026-01-01"}]
    tekst = "\n\n".join(orjson.dumps(linje).decode() for linje in linjer) + "\n"
    (tmp_path / "ledere").write_text(tekst, encoding="utf-8")
    assert lyktes(kjoer(database, "naermesteleder", tmp_path / "ledere")) == "4 messages\n"
    siste = [(NILS, ANNE, BAKERIET)]
    assert rader(database, "SELECT leder_fnr, ansatt_fnr, virksomhetsnummer FROM naermeste_leder") == siste
    assert lyktes(prosess(database, "naermesteleder", "-", stdin=tekst)) == "4 messages\n", "once more changes nothing"
    assert rader(database, "SELECT leder_fnr, ansatt_fnr, virksomhetsnummer FROM naermeste_leder") == siste


@pytest.mark.parametrize(
    "linje", [orjson.dumps(_relasjon(fnr="12x")), orjson.dumps({"fnr": ANNE}), b"{", b"17"], ids=bytes.decode
)
def test_leaders_that_cannot_be_read_are_named_by_line_and_none_is_stored(
    database: Path, tmp_path: Path, linje: bytes
) -> None:
    (tmp_path / "ledere").write_bytes(orjson.dumps(_relasjon()) + b"\n\n" + linje + b"\n")
    ferdig = kjoer(database, "naermesteleder", tmp_path / "ledere")
    mislyktes(ferdig, f"{tmp_path / 'ledere'}:3: ")
    assert ANNE not in ferdig.stderr and NILS not in ferdig.stderr
    assert rader(database, "SELECT * FROM naermeste_leder") == []


# ── kontakt ──


def test_contact_data_is_read_from_a_file_or_from_a_pipe(database: Path, tmp_path: Path) -> None:
    (tmp_path / "kontakt").write_text(
        f"""
        {{"fnr": "{DAGNY}", "epostadresse": "dagny@eksempel.no", "tlf": "40000101"}}

        {{"fnr": "{NILS}", "epostadresse": null, "tlf": "+4740000102"}}
        {{"fnr": "{ANNE}", "epostadresse": "åse@blåbær.no"}}
        """,
        encoding="utf-8",
    )
    assert lyktes(kjoer(database, "kontakt", tmp_path / "kontakt")) == "3 people\n"
    assert rader(database, "SELECT * FROM kontakt ORDER BY fnr") == [
        (ANNE, "åse@blåbær.no", None),
        (NILS, None, "+4740000102"),
        (DAGNY, "dagny@eksempel.no", "40000101"),
    ]
    linjer = f'{{"fnr": "{DAGNY}", "tlf": "40000103"}}\n{{"fnr": "{NILS}"}}\n'
    assert lyktes(prosess(database, "kontakt", "-", stdin=linjer)) == "2 people\n"
    assert rader(database, "SELECT * FROM kontakt ORDER BY fnr") == [
        (ANNE, "åse@blåbær.no", None),
        (DAGNY, None, "40000103"),
    ], "the new replaces the old, and a line with neither forgets"


def test_contact_data_that_cannot_be_read_is_named_by_line_and_none_is_stored(database: Path, tmp_path: Path) -> None:
    linjer = f'{{"fnr": "{DAGNY}", "tlf": "40000101"}}\n\n{{"fnr": "{NILS}", "tlf": "12345678"}}\n'
    (tmp_path / "kontakt").write_text(linjer, encoding="utf-8")
    ferdig = kjoer(database, "kontakt", tmp_path / "kontakt")
    mislyktes(ferdig, f"{tmp_path / 'kontakt'}:3: ")
    for hemmelig in ("12345678", NILS, DAGNY):
        assert hemmelig not in ferdig.stderr
    assert rader(database, "SELECT * FROM kontakt") == []
    mislyktes(kjoer(database, "kontakt", tmp_path / "finnes-ikke"), "finnes-ikke")


@pytest.mark.parametrize(
    "linje",
    [
        "{",
        "[]",
        "17",
        '"tekst"',
        "null",
        "{}",
        '{"fnr": 15845512345, "tlf": "40000101"}',
        '{"fnr": null, "tlf": "40000101"}',
        '{"fnr": "1584551234", "tlf": "40000101"}',
        '{"fnr": "15845512345\\n", "tlf": "40000101"}',
        '{"fnr": "15845512345", "telefon": "40000101"}',
        '{"fnr": "15845512345", "tlf": 40000101}',
        '{"fnr": "15845512345", "tlf": ""}',
        '{"fnr": "15845512345", "tlf": "49000000"}',
        '{"fnr": "15845512345", "epostadresse": "a@b.no, c@d.no"}',
        '{"fnr": "15845512345", "epostadresse": ["a@b.no"]}',
    ],
)
def test_line_that_is_no_contact_data_is_refused(tmp_path: Path, linje: str) -> None:
    (tmp_path / "kontakt").write_text(f"\n{linje}\n", encoding="utf-8")
    with pytest.raises(verb.VerbError, match=":2: ") as feil:
        verb.kontakt(tmp_path / "a.db", SCHEMA, tmp_path / "kontakt")
    assert "15845512345" not in str(feil.value) and "40000101" not in str(feil.value)
    assert not (tmp_path / "a.db").exists(), "the file is read first"
