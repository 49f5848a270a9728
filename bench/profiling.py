"""Where the time goes, as text in bench/profiler: `python -m bench profil`. Not among the parts that are run unasked.

cProfile makes each call of a Python function dearer by about as much as a cheap function costs, and leaves C functions
as they are. So the figures tell where to look, and not what would be won.
"""

import contextlib
import os
import pstats
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import asking, fill, process
from bench.load import Maaling
from bench.parts import saksoversikten
from bench.process import Tjeneste
from bench.shared import Benk, bell, ny_beskjed

MAPPE = fill.ROOT / "bench/profiler"
LINJER = 30
# What a thread does that has nothing to do.
VENTER = re.compile(r"'poll' of 'select|'get' of '_queue.SimpleQueue'")

_Rad = tuple[float, float, float, str]  # µs of its own, µs with what it calls, calls: each per request


def profil(benk: Benk) -> None:
    """Where the time goes, function by function."""
    midt, stor = benk.omfang.midt, benk.omfang.stor
    _profil(benk, "bell-12", midt, lambda tjeneste: bell(tjeneste, fill.TOLV, 16))
    _profil(benk, "bell-200", midt, lambda tjeneste: bell(tjeneste, fill.ALLTID_200, 16))
    _profil(benk, "saker-50x5", stor, lambda tjeneste: saksoversikten(tjeneste, fill.FEMTI, 1))
    _profil(benk, "saker-1000x5", stor, lambda tjeneste: saksoversikten(tjeneste, fill.TUSEN, 1))
    with contextlib.ExitStack() as slutt:
        stats = benk.mappe / "nybeskjed-64"
        tjeneste = slutt.enter_context(benk.skrivbar("-m", "bench.profiled", str(stats), "mutasjoner"))
        nye = asking.nye_beskjeder(tjeneste.produsent_token())
        maaling = ny_beskjed("nyBeskjed", tjeneste, nye, 64)
        maaling.runde(benk.omfang.profil_s)
        slutt.close()  # it writes when it ends
        _skriv(benk, stats, maaling, midt, "mutasjoner")


def _profil(benk: Benk, navn: str, antall: int, lag: Callable[[Tjeneste], Maaling]) -> None:
    stats = benk.mappe / navn
    config = process.config(benk.mappe, fill.fylt(antall), husk_svar=False)
    with Tjeneste(config, "-m", "bench.profiled", str(stats), "loekke") as tjeneste:
        maaling = lag(tjeneste)
        maaling.runde(benk.omfang.profil_s)
    _skriv(benk, stats, maaling, antall, "loekke")


def _skriv(benk: Benk, stats: Path, maaling: Maaling, antall: int, traad: str) -> None:
    foresporsler = len(maaling.ns) + maaling.forbindelser
    rader = list(_rader(stats, foresporsler))
    last = os.getloadavg()[0]  # of the whole machine, of which one is ours
    alt = sum(egen for egen, _, _, hva in rader if not VENTER.search(hva))
    tekst = "\n".join(
        [
            f"{maaling.navn}: {antall:,} stored, {maaling.forbindelser} connections, thread {traad!r}",
            f"{foresporsler:,} requests, {alt:,.0f} µs each under cProfile, idle time left out; load {last:.1f}",
            *_tabell("of its own", sorted(rader, reverse=True)),
            *_tabell("with what it calls", sorted(filter(_er_vaar, rader), key=lambda rad: rad[1], reverse=True)),
            "",
        ]
    )
    if benk.omfang.midt < 100_000:
        print(tekst)
        return
    file = MAPPE / f"{stats.name}.txt"
    file.write_text(tekst, encoding="utf-8")
    print(file.relative_to(fill.ROOT))


def _tabell(hva: str, rader: list[_Rad]) -> list[str]:
    linjer = [f"{egen:9.1f}{i_alt:11.1f}{kall:10.2f}  {navn}" for egen, i_alt, kall, navn in rader[:LINJER]]
    return ["", f"By time {hva}, per request:", "", "   own µs     all µs     calls  function", *linjer]


def _er_vaar(rad: _Rad) -> bool:
    """Not what is around all that we do: it would fill the table, and tell nothing."""
    return not rad[3].startswith(("waitress/", "bottle.py"))


def _rader(stats: Path, foresporsler: int) -> Iterator[_Rad]:
    alle: dict[tuple[str, int, str], tuple[int, int, float, float, Any]] = pstats.Stats(str(stats)).stats  # type: ignore[attr-defined]
    for (fil, linje, funksjon), (_, kall, egen, i_alt, _) in alle.items():
        navn = re.sub(r" at 0x[0-9a-f]+", "", funksjon)
        if fil != "~":
            navn = f"{_uten_maskinen(fil)}:{linje} {navn}"
        yield egen * 1e6 / foresporsler, i_alt * 1e6 / foresporsler, kall / foresporsler, navn


def _uten_maskinen(fil: str) -> str:
    """The path as it is on any machine: from the repository, site-packages or the standard library."""
    if "site-packages/" in fil:
        return fil.rpartition("site-packages/")[2]
    for rot in (str(fill.ROOT), f"{sys.base_prefix}/lib/python{sys.version_info.major}.{sys.version_info.minor}"):
        if fil.startswith(f"{rot}/"):
            return fil[len(rot) + 1 :]
    return Path(fil).name
