"""Which parts are run, with how much, and the verdicts at the end. Nothing here fails because something is slow."""

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from bench import node, parts, process
from bench.profiling import profil
from bench.shared import FULLT, RASKT, Benk
from bench.size import stoerrelse
from bench.steady import blandet

DELER: dict[str, Callable[[Benk], None]] = {
    "start": parts.start,
    "whoami": parts.whoami,
    "bjella": parts.bjella,
    "igjen": parts.igjen,
    "vekst": parts.vekst,
    "saker": parts.saker,
    "nybeskjed": parts.nybeskjed,
    "disk": parts.disk,
    "blandet": blandet,
    "stoerrelse": stoerrelse,
}
NAAR_NEVNT: dict[str, Callable[[Benk], None]] = {"profil": profil}  # it measures nothing, and writes files


def main() -> None:
    alle = DELER | NAAR_NEVNT
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "deler", nargs="*", metavar="del", help=f"of {', '.join(alle)}; all but profil if none is named"
    )
    parser.add_argument("--rask", action="store_true", help="only 1,000 notifikasjoner stored, and few rounds")
    parser.add_argument("--skriv", type=Path, metavar="FILE", help="write what is told to this file as well")
    valg = parser.parse_args()
    if ukjente := [navn for navn in valg.deler if navn not in alle]:
        parser.error(f"no such part: {', '.join(ukjente)}")
    with contextlib.ExitStack() as slutt:
        if valg.skriv:
            file = slutt.enter_context(valg.skriv.open("w", encoding="utf-8"))
            slutt.enter_context(contextlib.redirect_stdout(_Begge(sys.stdout, file)))
        mappe = Path(slutt.enter_context(tempfile.TemporaryDirectory(prefix="notifikasjon-bench-")))
        kjoer(Benk(RASKT if valg.rask else FULLT, mappe, slutt), {navn: alle[navn] for navn in valg.deler or DELER})


def kjoer(benk: Benk, deler: dict[str, Callable[[Benk], None]]) -> None:
    omfang = benk.omfang
    begynt = time.perf_counter()
    print(f"{_maskinen(benk.mappe)}; {omfang.runder} rounds of {omfang.sekunder} s, {omfang.midt:,} stored")
    print(f"Peers: {node.versjoner()}")
    process.skill_lasten_fra_tjeneren()
    for navn, gjoer in deler.items():
        print(f"\n── {navn}: {gjoer.__doc__} Load {os.getloadavg()[0]:.1f}.\n", flush=True)
        gjoer(benk)
    if benk.dommer:
        print("\n── The targets\n")
        if omfang is RASKT:
            print("With --rask less is stored than they are for, and rounds are short.\n")
        for dom in sorted(benk.dommer, key=lambda dom: int(dom.nummer[1:])):
            print(dom)
    print(f"\n{time.perf_counter() - begynt:.0f} s")


class _Begge:
    """What is written to it goes to both."""

    def __init__(self, *filer: TextIO) -> None:
        self._filer = filer

    def write(self, tekst: str) -> int:
        for fil in self._filer:
            fil.write(tekst)
        return len(tekst)

    def flush(self) -> None:
        for fil in self._filer:
            fil.flush()


def _maskinen(mappe: Path) -> str:
    """What the figures depend on: processors, others' load, and how long the disk takes to keep something."""
    ns = []
    with open(mappe / "fsync", "wb") as file:
        for _ in range(100):
            file.write(b"x" * 4096)
            file.flush()
            start = time.perf_counter_ns()
            os.fdatasync(file.fileno())
            ns.append(time.perf_counter_ns() - start)
    return f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, fsync {statistics.median(ns) / 1e6:.2f} ms"


if __name__ == "__main__":
    main()
