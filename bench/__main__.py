"""The parts of the benchmark, and the table that they make. Nothing here fails because something is slow."""

import argparse
import contextlib
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from bench import asking, fill, process
from bench.load import Maaling, maal
from bench.process import Process, Tjeneste
from server.demo import REGINE

BRUKER, PRODUSENT = "/bruker/api/graphql", "/produsent/api/graphql"


class Omfang(NamedTuple):
    """How much is done: `stoerrelser` are notifikasjoner stored, `midt` the one that throughput is measured with."""

    stoerrelser: list[int]
    midt: int
    stor: int
    runder: int
    sekunder: float  # of each round
    starter: int


FULLT = Omfang([1_000, 100_000, 1_000_000], 100_000, 1_000_000, 5, 1.0, 5)
RASKT = Omfang([1_000], 1_000, 1_000, 2, 0.4, 2)


@dataclass
class Benk:
    """What the parts share: processes that are started when first asked for, and stopped at the end."""

    omfang: Omfang
    mappe: Path
    slutt: contextlib.ExitStack
    _tjenester: dict[int, Tjeneste] = field(default_factory=dict)
    _tokens: dict[tuple[int, str], str] = field(default_factory=dict)

    @cached_property
    def gulv(self) -> Process:
        return self.slutt.enter_context(process.gulv())

    def tjeneste(self, antall: int) -> Tjeneste:
        """The service with so much stored: to be read only, since the file is kept for the next time."""
        if antall not in self._tjenester:
            tjeneste = Tjeneste(process.config(self.mappe, fill.fylt(antall)))
            self.slutt.callback(tjeneste.stopp)
            self._tjenester[antall] = tjeneste
        return self._tjenester[antall]

    def bruker(
        self, navn: str, antall: int, person: fill.Person, innhold: Any, krav: bytes, forbindelser: int
    ) -> Maaling:
        tjeneste = self.tjeneste(antall)
        if (tjeneste.port, person.fnr) not in self._tokens:
            self._tokens[tjeneste.port, person.fnr] = tjeneste.bruker_token(person.fnr)
        foresporsler = asking.den_samme(BRUKER, innhold, self._tokens[tjeneste.port, person.fnr])
        return Maaling(navn, tjeneste, foresporsler, krav, forbindelser)

    def gulvet(self, forbindelser: int) -> Maaling:
        return Maaling("F: Bottle + waitress alone", self.gulv, _GULV, b'"whoami"', forbindelser)

    def maal(self, maalinger: list[Maaling]) -> None:
        maal(maalinger, self.omfang.runder, self.omfang.sekunder)


_GULV = asking.den_samme("/", {"query": asking.WHOAMI})


# ── The parts ──


def start(benk: Benk) -> None:
    """Time to ready, and memory."""
    print(f"{'':46}{'ready s':>9}{'min–max':>12}{'MB':>7}{'+ used':>8}   target")
    demo = benk.mappe / "demo"
    demo.mkdir()
    med_demo = process.config_med_demodata(demo)

    def tom_mappe() -> Path:
        for file in demo.glob("*.db*"):
            file.unlink()
        return med_demo

    stor = benk.omfang.stor
    fylt = process.config(benk.mappe, fill.fylt(stor))
    starter = [  # name, config, the person with most, target
        ("first start, makes the demo data", tom_mappe, REGINE, "S8: ≤ 0.8 s, ≤ 75 MB (first goal: 1.5 s, 90 MB)"),
        ("demo data", lambda: med_demo, REGINE, "S8: ≤ 0.8 s, ≤ 75 MB (first goal: 1.5 s, 90 MB)"),
        (f"{stor:,} stored", lambda: fylt, fill.TUSEN.fnr, "S8, at 1,000,000: ≤ 1.5 s, ≤ 150 MB"),
    ]
    for start_ in starter:
        _start(benk, *start_)
    print("MB is resident memory when ready; + used, after tokens and 20 bells of the person with most")


def _start(benk: Benk, navn: str, lag: Callable[[], Path], fnr: str, maal: str) -> None:
    tider, minne, brukt = [], [], []
    for _ in range(benk.omfang.starter):
        with contextlib.ExitStack() as slutt:
            tjeneste = Tjeneste(lag())
            slutt.callback(tjeneste.stopp)
            tider.append(tjeneste.klar_s)
            minne.append(tjeneste.minne_mb()[0])
            token = tjeneste.bruker_token(fnr)
            for _ in range(20):
                tjeneste.post(BRUKER, asking.bjella(), token)
            brukt.append(tjeneste.minne_mb())
    spenn = f"{min(tider):.2f}–{max(tider):.2f}"
    alt, fil = (statistics.median(tall) for tall in zip(*brukt, strict=True))
    print(
        f"{navn:46}{statistics.median(tider):9.2f}{spenn:>12}{statistics.median(minne):7.0f}{alt:8.0f}   {maal}"
        + (f"  ({fil:.0f} MB of it mapped pages of the file)" if fil > 1 else "")
    )


def whoami(benk: Benk) -> None:
    """The thinnest GraphQL request there is."""
    maalinger = []
    for n in (1, 16, 64):
        innhold = {"query": asking.WHOAMI}
        maalinger += [
            benk.gulvet(n),
            benk.bruker("whoami", benk.omfang.midt, fill.TOLV, innhold, b'{"data":{"whoami":', n),
        ]
    benk.maal(maalinger)
    _gjennomstroemning(maalinger, {})


def bjella(benk: Benk) -> None:
    """The bell as the widget asks for it: throughput, and how it grows with what is stored."""
    midt = benk.omfang.midt
    maalinger = []
    for n in (1, 16, 64):
        maalinger += [
            benk.gulvet(n),
            _bell(benk, midt, fill.TOLV, n),
            _bell(benk, midt, fill.ALLTID_200, n),
        ]
    benk.maal(maalinger)
    _gjennomstroemning(maalinger, {("bell, 12 items", 16): "S2: ≥ 0.4 F", ("bell, 12 items", 64): "S2: ≥ 0.4 F"})
    print()
    _vekst(
        benk,
        {
            f"bell, {person.navn}": [_bell(benk, antall, person, 1) for antall in benk.omfang.stoerrelser]
            for person in fill.PERSONER
        },
        {
            f"bell, {fill.EN.navn}": "S6: growth ≤ 2",
            f"bell, {fill.FEMTI.navn}": "S6: growth ≤ 2",
            f"bell, {fill.TUSEN.navn}": "S6: ≤ 10 ms at 1,000,000",
        },
    )


def _bell(benk: Benk, antall: int, person: fill.Person, forbindelser: int) -> Maaling:
    maaling = benk.bruker(
        f"bell, {person.navn}", antall, person, asking.bjella(), b'{"data":{"notifikasjoner":{', forbindelser
    )
    return maaling


def saker(benk: Benk) -> None:
    """A page of saksoversikten with all its counts, one caller at a time."""
    soek: dict[str, dict[str, Any]] = {
        "all": {},
        "filtered": {"sakstyper": fill.MERKELAPPER[:3], "oppgaveFilter": ["TILSTAND_NY"]},
        "searched": {"tekstsoek": "dialogmøte havgap"},
    }
    rader = {
        f"saker {navn}, {person.navn}": [
            benk.bruker("saker", antall, person, asking.saker(person, **filtre), b'{"data":{"saker":{', 1)
            for antall in benk.omfang.stoerrelser
        ]
        for person in (fill.EN, fill.FEMTI, fill.TUSEN)
        for navn, filtre in soek.items()
    }
    maal_ = {fill.FEMTI.navn: "S7: ≤ 5 ms at 1,000,000", fill.TUSEN.navn: "S7: ≤ 40 ms at 1,000,000"}
    _vekst(benk, rader, {navn: maal_.get(navn.partition(", ")[2], "") for navn in rader})


def nybeskjed(benk: Benk) -> None:
    """nyBeskjed with ids that are new, each answered when it is on the disk."""
    kopi = benk.mappe / "skrives.db"
    shutil.copyfile(fill.fylt(benk.omfang.midt), kopi)
    tjeneste = Tjeneste(process.config(benk.mappe, kopi))
    benk.slutt.callback(tjeneste.stopp)
    nye = asking.nye_beskjeder(tjeneste.produsent_token())
    maalinger = []
    for n in (1, 16, 64):
        maalinger += [benk.gulvet(n), Maaling("nyBeskjed", tjeneste, nye, b'"NyBeskjedVellykket"', n)]
    benk.maal(maalinger)
    _gjennomstroemning(maalinger, {})


DELER: dict[str, Callable[[Benk], None]] = {
    "start": start,
    "whoami": whoami,
    "bjella": bjella,
    "saker": saker,
    "nybeskjed": nybeskjed,
}


# ── The tables ──


def _gjennomstroemning(maalinger: list[Maaling], maal_: dict[tuple[str, int], str]) -> None:
    """Each beside the floor with as many connections."""
    gulv = {maaling.forbindelser: maaling for maaling in maalinger if maaling.navn.startswith("F:")}
    print(
        f"{'':34}{'conn.':>6}{'req/s':>9}{'min–max':>15}{'p50 ms':>9}{'p99 ms':>9}{'× F':>7}{'CPU µs':>8}{'× F':>7}"
        "   target"
    )
    for m in sorted(maalinger, key=lambda m: [n.navn for n in maalinger].index(m.navn)):
        f = gulv[m.forbindelser]
        spenn = f"{min(m.per_s):,.0f}–{max(m.per_s):,.0f}"
        print(
            f"{m.navn:34}{m.forbindelser:6}{m.median_per_s:9,.0f}{spenn:>15}{m.ms(0.5):9.2f}{m.ms(0.99):9.2f}"
            f"{m.median_per_s / f.median_per_s:7.2f}{m.cpu_us:8.0f}{f.cpu_us / m.cpu_us:7.2f}"
            f"   {maal_.get((m.navn, m.forbindelser), '')}"
        )


def _vekst(benk: Benk, rader: dict[str, list[Maaling]], maal_: dict[str, str]) -> None:
    """The same with more and more stored, over one connection."""
    maal([maaling for rad in rader.values() for maaling in rad], benk.omfang.runder, benk.omfang.sekunder / 2)
    stoerrelser = benk.omfang.stoerrelser
    print(
        f"{'p50 / p99 ms (CPU ms) by stored':34}"
        + "".join(f"{n:>24,}" for n in stoerrelser)
        + f"{'growth (CPU)':>15}   target"
    )
    for navn, rad in rader.items():
        celler = "".join(f"{f'{m.ms(0.5):.2f} / {m.ms(0.99):.2f} ({m.cpu_us / 1000:.2f})':>24}" for m in rad)
        vekst = f"{rad[-1].ms(0.5) / rad[0].ms(0.5):.1f} ({rad[-1].cpu_us / rad[0].cpu_us:.1f})"
        print(f"{navn:34}{celler}{vekst:>15}   {maal_.get(navn, '')}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("deler", nargs="*", metavar="del", help=f"of {', '.join(DELER)}; all if none is named")
    parser.add_argument("--rask", action="store_true", help="only 1,000 notifikasjoner stored, and few rounds")
    valg = parser.parse_args()
    if ukjente := [navn for navn in valg.deler if navn not in DELER]:
        parser.error(f"no such part: {', '.join(ukjente)}")
    omfang = RASKT if valg.rask else FULLT
    begynt = time.perf_counter()
    with contextlib.ExitStack() as slutt:
        mappe = Path(slutt.enter_context(tempfile.TemporaryDirectory(prefix="notifikasjon-bench-")))
        benk = Benk(omfang, mappe, slutt)
        for antall in omfang.stoerrelser:
            fill.fylt(antall)
        print(f"{_maskinen(mappe)}; {omfang.runder} rounds of {omfang.sekunder} s, {omfang.midt:,} stored")
        for navn in valg.deler or DELER:
            print(f"\n── {navn}: {DELER[navn].__doc__} load {os.getloadavg()[0]:.1f}\n")
            DELER[navn](benk)
    print(f"\n{time.perf_counter() - begynt:.0f} s")


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
