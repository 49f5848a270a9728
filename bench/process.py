"""The processes that are measured: the service, started as its users start it, and the floor. Linux only: /proc.

They have the first processor and the load has the last, or the kernel would move both about, and a server with several
threads would take time from those who measure it.
"""

import contextlib
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from bench import fill

_TIKK = os.sysconf("SC_CLK_TCK")  # per second
_rss = re.compile(r"(?m)^Rss: +(\d+) kB").search
_PROSESSORER = sorted(os.sched_getaffinity(0))


def skill_lasten_fra_tjeneren() -> None:
    """From now on this process, and what it starts by other ways than Process, runs on the last processor alone."""
    os.sched_setaffinity(0, _PROSESSORER[-1:])


@contextlib.contextmanager
def _paa_den_foerste() -> Iterator[None]:
    """What is started within inherits the first processor."""
    foer = os.sched_getaffinity(0)
    os.sched_setaffinity(0, _PROSESSORER[:1])
    try:
        yield
    finally:
        os.sched_setaffinity(0, foer)


class Process:
    """Something that says on stderr which port it is ready at. Use it as a context manager."""

    def __init__(self, *kommando: str, env: Mapping[str, str] | None = None) -> None:
        self._logg: list[str] = []
        with _paa_den_foerste():
            self._popen = subprocess.Popen(kommando, stderr=subprocess.PIPE, text=True, cwd=fill.ROOT, env=env)
        assert self._popen.stderr
        self.port = 0
        for linje in self._popen.stderr:
            self._logg.append(linje)
            if treff := re.search(r"ready at http://localhost:(\d+)", linje):
                self.port = int(treff[1])
                break
        # Read on, or a process with much to tell would come to wait for us.
        self._leser = threading.Thread(target=self._logg.extend, args=(self._popen.stderr,), daemon=True)
        self._leser.start()
        if not self.port:
            self.stopp()
            raise RuntimeError("the process did not start:\n" + "".join(self._logg))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stopp()

    def stopp(self) -> None:
        self._popen.terminate()
        self._popen.wait(20)
        self._leser.join(5)

    def cpu_s(self) -> float:
        """Seconds of processor time since it started, of all its threads."""
        felter = Path(f"/proc/{self._popen.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(felter[11]) + int(felter[12])) / _TIKK

    def minne_mb(self) -> tuple[float, float]:
        """(resident, of which pages of the database file: mapped, and the system's to take back)"""
        smaps = Path(f"/proc/{self._popen.pid}/smaps").read_text()
        alt = fil = 0
        for omraade in re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", smaps):
            if treff := _rss(omraade):
                alt += int(treff[1])
                fil += int(treff[1]) if omraade.partition("\n")[0].endswith(".db") else 0
        return alt / 1024, fil / 1024

    def post(self, sti: str, innhold: Any, token: str = "") -> Any:
        """The answer to one request that is not measured."""
        forbindelse = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(forbindelse):
            hoder = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
            forbindelse.request("POST", sti, json.dumps(innhold).encode(), hoder)
            svar = forbindelse.getresponse()
            tekst = svar.read()
        if svar.status != 200:
            raise RuntimeError(f"{sti}: {svar.status} {tekst!r}")
        return json.loads(tekst)


class Tjeneste(Process):
    """The service. `klar_s` is the time from the start of the process to 200 from /internal/ready.

    `program` is what starts it, where that is not notifikasjon.py itself.
    """

    def __init__(self, config: Path, *program: str) -> None:
        self._tokens: dict[tuple[str, str], str] = {}
        start = time.perf_counter()
        super().__init__(sys.executable, *(program or ["notifikasjon.py"]), "--config", str(config), "--port", "0")
        while not self._klar():
            time.sleep(0.001)
        self.klar_s = time.perf_counter() - start

    def _klar(self) -> bool:
        forbindelse = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(forbindelse):
            forbindelse.request("GET", "/internal/ready")
            return forbindelse.getresponse().status == 200

    def bruker_token(self, fnr: str) -> str:
        return self._token("bruker", fnr)

    def produsent_token(self) -> str:
        return self._token("produsent", fill.APPLIKASJON)

    def _token(self, slag: str, hvem: str) -> str:
        if (slag, hvem) not in self._tokens:
            self._tokens[slag, hvem] = str(self.post("/dev/token", {slag: hvem})["access_token"])
        return self._tokens[slag, hvem]


def gulv() -> Process:
    return Process(sys.executable, "-m", "bench.floor")


def config(mappe: Path, database: Path, *, husk_svar: bool) -> Path:
    """A config.toml for a filled database, with the producer that has filled it.

    `husk_svar`: whether the service may give an answer again that it has kept, instead of making it.
    """
    file = mappe / f"{database.stem}{'' if husk_svar else '-husker-ikke'}.toml"
    file.write_text(
        f"""
{"" if husk_svar else _HUSKER_IKKE}
[database]
file = {json.dumps(str(database))}

[utvikling]
aktiv = true
demodata = false

[[produsent]]
id = "{fill.PRODUSENT_ID}"
applikasjoner = ["{fill.APPLIKASJON}"]
merkelapper = {json.dumps(fill.MERKELAPPER, ensure_ascii=False)}
ressurser = {json.dumps(fill.RESSURSER)}
""",
        encoding="utf-8",
    )
    return file


# A server without the setting keeps no answers, and refuses to start with it.
KAN_HUSKE_SVAR = re.search(r"(?m)^husk_svar\b", (fill.ROOT / "config.toml").read_text(encoding="utf-8")) is not None
_HUSKER_IKKE = "[server]\nhusk_svar = false\n" if KAN_HUSKE_SVAR else ""


def config_med_demodata(mappe: Path) -> Path:
    """The config.toml that everybody begins with. Its database is made beside it."""
    return Path(shutil.copy(fill.ROOT / "config.toml", mappe / "config.toml"))
