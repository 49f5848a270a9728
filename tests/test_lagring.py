"""When nothing can be stored, or the file is not what it was: nobody is told otherwise, and /internal/ready tells."""

import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest
import requests
from bruker import KLIKK, bjella
from produsent import NY_BESKJED, inndata, ny_beskjed, sms
from prometheus_client.parser import text_string_to_metric_families
from tjeneste import BAKERIET, DAGNY, FAGER, RESSURS, ROOT, Tjeneste, kjoerende

from server.database import Database
from server.tid import Klokke

SIDE = 4096


def klar(tjeneste: Tjeneste) -> tuple[int, str]:
    svar = requests.get(f"{tjeneste.url}/internal/ready", timeout=10)
    return svar.status_code, svar.text


def vent_paa_klar(tjeneste: Tjeneste, frist_s: float = 30) -> None:
    klokke = Klokke()
    slutt = klokke.monotonic() + frist_s
    while klar(tjeneste) != (200, ""):
        assert klokke.monotonic() < slutt, klar(tjeneste)


def feilet(tjeneste: Tjeneste) -> float:
    tekst = requests.get(f"{tjeneste.url}/internal/metrics", timeout=10).text
    (maaling,) = [m for m in text_string_to_metric_families(tekst) if m.name == "notifikasjon_lagring_feilet"]
    return maaling.samples[0].value


def forsoek(tjeneste: Tjeneste, klikket_id: str) -> dict[str, requests.Response]:
    """A mutation each way that there is."""
    beskjed = inndata(
        mottakere=[RESSURS],
        notifikasjon={"merkelapp": "fager", "tekst": "Hei", "lenke": "https://a.no"},
        metadata={"virksomhetsnummer": BAKERIET, "eksternId": "forsoek"},
    )
    produsent, bruker = tjeneste.token(produsent=FAGER), tjeneste.token(bruker=DAGNY)
    ny, noekkel = {"nyBeskjed": beskjed}, {"Idempotency-Key": "a"}
    return {
        "producer": tjeneste.post("/produsent/api/graphql", NY_BESKJED, ny, token=produsent),
        "with a key": tjeneste.post("/produsent/api/graphql", NY_BESKJED, ny, token=produsent, headers=noekkel),
        "the shared path": tjeneste.post("/api/graphql", NY_BESKJED, ny, token=produsent),
        "user": tjeneste.post("/bruker/api/graphql", KLIKK, {"id": klikket_id}, token=bruker),
    }


def avvises(svar: dict[str, requests.Response]) -> None:
    for hvordan, ett in svar.items():
        assert (ett.status_code, ett.headers.get("Retry-After")) == (503, "1"), (hvordan, ett.status_code, ett.text)
        assert ett.json().keys() == {"error"}, hvordan


@contextmanager
def full_disk(tjeneste: Tjeneste) -> Iterator[None]:
    """No file of the process may grow; as on a full disk, what is there can be read."""
    pid, (_, tak) = tjeneste.process.pid, resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, tak))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (tak, tak))


# ── A full disk ──


@pytest.mark.parametrize("egne_traader", ["true", "false"])
def test_full_disk_is_told_to_all_and_over_when_it_is_over(tmp_path: Path, egne_traader: str) -> None:
    with kjoerende(tmp_path / "a.db", verdier={"server.egne_traader": egne_traader}) as tjeneste:
        tjeneste.tilgang(DAGNY, BAKERIET)
        beskjed = ny_beskjed(tjeneste, ekstern_id="foer")
        tjeneste.token(bruker=DAGNY), tjeneste.token(produsent=FAGER)
        assert (klar(tjeneste), feilet(tjeneste)) == ((200, ""), 0)

        with full_disk(tjeneste):
            for _ in range(3):
                avvises(forsoek(tjeneste, beskjed["id"]))
            status, hvorfor = klar(tjeneste)
            assert status == 503 and "could not be written" in hvorfor
            assert feilet(tjeneste) >= 3
            assert [b["id"] for b in bjella(tjeneste)] == [beskjed["id"]], "who reads notices nothing"
            # What stores nothing succeeds, and that is no sign of anything.
            tjeneste.produsent('mutation { softDeleteSak(id: "11111111-1111-4111-8111-111111111111") { __typename } }')
            assert klar(tjeneste)[0] == 503
        vent_paa_klar(tjeneste)  # also if nobody calls

        assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(1,)]
        assert tjeneste.rader("SELECT count(*) FROM bruker_klikk") == [(0,)]
        for hvordan, svar in forsoek(tjeneste, beskjed["id"]).items():
            assert svar.status_code == 200 and "errors" not in svar.json(), hvordan
        assert klar(tjeneste) == (200, "")
    assert len(re.findall(r"could not be written", "".join(tjeneste.logg))) >= 3
    assert "".join(tjeneste.logg).count("Traceback") <= 2, "the whole story once a minute, else a line"


# ── A file that is moved or replaced while it is in use ──


def test_database_that_is_moved_away_takes_nothing_more_and_harms_no_other(tmp_path: Path) -> None:
    fil = tmp_path / "a.db"
    with kjoerende(fil) as tjeneste:
        tjeneste.tilgang(DAGNY, BAKERIET)
        beskjed = ny_beskjed(tjeneste, ekstern_id="foer")
        subprocess.run([*_program(fil), "backup", str(tmp_path / "kopi.db")], check=True, stdout=subprocess.DEVNULL)
        (tmp_path / "gammel").mkdir()
        for navn in ("a.db", "a.db-wal", "a.db-shm", "a.db.lock"):
            (tmp_path / navn).rename(tmp_path / "gammel" / navn)
        status, hvorfor = klar(tjeneste)
        assert status == 503 and "is gone" in hvorfor and str(fil) in hvorfor
        avvises(forsoek(tjeneste, beskjed["id"]))

        subprocess.run(
            [*_program(fil), "gjenopprett", str(tmp_path / "kopi.db")], check=True, stdout=subprocess.DEVNULL
        )
        status, hvorfor = klar(tjeneste)
        assert status == 503 and "has been replaced" in hvorfor
        avvises(forsoek(tjeneste, beskjed["id"]))
        with kjoerende(fil) as ny:  # the lock was moved away, too
            ny.tilgang(DAGNY, BAKERIET)
            ny_beskjed(ny, ekstern_id="etter")
            tjeneste.process.terminate()
            tjeneste.process.wait(20)
            assert Path(f"{fil}-wal").stat().st_size > 0, "which belongs to the new one"
            assert len(bjella(ny)) == 2
        with kjoerende(fil) as ny:
            assert len(bjella(ny)) == 2
    assert "has been replaced" in "".join(tjeneste.logg)
    assert _antall(tmp_path / "gammel" / "a.db") == 1


def test_database_that_is_put_back_is_used_again(tmp_path: Path) -> None:
    fil = tmp_path / "a.db"
    with kjoerende(fil) as tjeneste:
        tjeneste.token(produsent=FAGER)
        fil.rename(tmp_path / "b.db")
        assert klar(tjeneste)[0] == 503
        (tmp_path / "b.db").rename(fil)
        assert klar(tjeneste) == (200, "")
        ny_beskjed(tjeneste)


# ── A backup that is put in place by hand ──


def test_backup_put_in_place_by_hand_sends_nothing_unseen(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "a.db", verdier={"bakgrunn.pause_s": "0.05"}) as tjeneste:
        ny_beskjed(tjeneste, eksterneVarsler=[sms(tidspunkt="2020-01-01T00:00")])
        tjeneste.utvikling("POST", "/internal/noedbrems", {"paa": True})
    for navn, hva in (("kopi.db", "backup"), ("andre.db", "backup")):
        subprocess.run([*_program(tmp_path / "a.db"), hva, str(tmp_path / navn)], check=True, stdout=subprocess.DEVNULL)
    for navn in ("kopi.db", "andre.db"):  # as if it had been made before the brake was on
        db = apsw.Connection(str(tmp_path / navn))
        db.execute("DELETE FROM bryter; UPDATE eksternt_varsel SET status = 'NY', send_etter = bestilt_tidspunkt")
        db.close()

    shutil.copy(tmp_path / "kopi.db", tmp_path / "b.db")
    with kjoerende(tmp_path / "b.db", verdier={"bakgrunn.pause_s": "0.05"}) as tjeneste:
        assert tjeneste.utvikling("GET", "/internal/noedbrems") == {"paa": True}
        assert re.search(r'WARNING .* emergency brake is on: POST {"paa": false} to', "".join(tjeneste.logg))
        tjeneste.utvikling("POST", "/dev/jobber")
        assert tjeneste.utvikling("GET", "/dev/utboks") == []
        tjeneste.utvikling("POST", "/internal/noedbrems", {"paa": False})
    with kjoerende(tmp_path / "b.db") as tjeneste:
        assert tjeneste.utvikling("GET", "/internal/noedbrems") == {"paa": False}, "once is enough"

    shutil.copy(tmp_path / "andre.db", tmp_path / "c.db")
    sjekk = subprocess.run([*_program(tmp_path / "c.db"), "sjekk"], capture_output=True, text=True)
    assert sjekk.returncode == 0 and "brake is on" in sjekk.stderr, "else it would be no copy when it is served"
    with kjoerende(tmp_path / "c.db") as tjeneste:
        assert tjeneste.utvikling("GET", "/internal/noedbrems") == {"paa": True}


def test_new_database_and_one_that_was_killed_have_no_brake_on(tmp_path: Path) -> None:
    for _ in range(2):
        with kjoerende(tmp_path / "a.db") as tjeneste:
            assert tjeneste.utvikling("GET", "/internal/noedbrems") == {"paa": False}
            ny_beskjed(tjeneste)
            tjeneste.process.kill()
            tjeneste.process.wait(10)


# ── Damage ──


@pytest.mark.parametrize("av_hvem", ["reader", "writer"])
def test_damage_that_is_met_while_serving_is_told(tmp_path: Path, av_hvem: str) -> None:
    fil = tmp_path / "a.db"
    with kjoerende(fil) as tjeneste:
        beskjed = ny_beskjed(tjeneste)
    with kjoerende(fil) as tjeneste:
        tjeneste.tilgang(DAGNY, BAKERIET)
        tjeneste.token(bruker=DAGNY), tjeneste.token(produsent=FAGER)
        assert klar(tjeneste) == (200, "")
        _oedelegg(fil, "notifikasjon")
        if av_hvem == "reader":
            tjeneste.bruker_svar(DAGNY, "{ notifikasjoner { notifikasjoner { __typename } } }")
        else:
            avvises({"producer": forsoek(tjeneste, beskjed["id"])["producer"]})
        status, hvorfor = klar(tjeneste)
        assert status == 503 and "is damaged" in hvorfor
        assert requests.get(f"{tjeneste.url}/internal/metrics", timeout=10).status_code == 200


def test_damage_after_a_clean_end_is_found_at_the_start(tmp_path: Path) -> None:
    fil = tmp_path / "a.db"
    Database(fil, ROOT / "schema.sql").close()
    assert not Path(f"{fil}-wal").exists()
    _oedelegg(fil, "notifikasjon")
    start = _start(fil)
    assert start.returncode == 2 and "restore a backup" in start.stderr and "Traceback" not in start.stderr


# ── A file that cannot be written ──


def test_write_protected_file_is_refused_at_the_start(tmp_path: Path) -> None:
    fil = tmp_path / "a.db"
    Database(fil, ROOT / "schema.sql").close()
    fil.chmod(0o444)
    # Root may write to what it likes, unless that is taken from it.
    start = _start(fil, *(["setpriv", "--inh-caps=-all", "--bounding-set=-all"] if fil.owner() == "root" else []))
    assert start.returncode == 2, start.stderr
    assert start.stderr.startswith(f"notifikasjon: {fil} is write-protected")
    assert "Traceback" not in start.stderr


# ── Details ──


def _program(fil: Path) -> list[str]:
    return [
        sys.executable,
        str(ROOT / "notifikasjon.py"),
        "--config",
        str(ROOT / "config.toml"),
        "--database",
        str(fil),
    ]


def _start(fil: Path, *foran: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*foran, *_program(fil), "--port", "0"], capture_output=True, text=True, timeout=30)


def _antall(fil: Path) -> int:
    db = apsw.Connection(str(fil), flags=apsw.SQLITE_OPEN_READONLY)
    antall: int = db.execute("SELECT count(*) FROM notifikasjon").get
    db.close()
    return antall


def _oedelegg(fil: Path, tabell: str) -> None:
    """Write nonsense over the root page of this table, past SQLite."""
    db = apsw.Connection(str(fil), flags=apsw.SQLITE_OPEN_READONLY)
    rot: int = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (tabell,)).get
    db.close()
    with fil.open("r+b") as innhold:
        innhold.seek((rot - 1) * SIDE)
        innhold.write(SIDE * b"\xaa")
