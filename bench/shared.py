"""What the parts share: processes that are started when first asked for and stopped at the end, and the verdicts."""

import contextlib
import itertools
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from bench import asking, fill, node, process
from bench.load import Forbindelse, Foresporsler, Maaling, maal
from bench.process import Process, Tjeneste
from bench.targets import Dom

ET_SVAR = b'"NyBeskjedVellykket"'


class Omfang(NamedTuple):
    """How much is done: `stoerrelser` are notifikasjoner stored, `midt` the one that throughput is measured with."""

    stoerrelser: list[int]
    midt: int
    stor: int
    runder: int
    sekunder: float  # of each round
    starter: int
    skrevet_foer: int  # beskjeder, before the steady mixed load
    blandet_s: float  # of that
    profil_s: float


FULLT = Omfang([1_000, 100_000, 1_000_000], 100_000, 1_000_000, 5, 1.0, 5, 60_000, 180, 5)
RASKT = Omfang([1_000], 1_000, 1_000, 2, 0.4, 2, 1_000, 12, 1)


@dataclass
class Benk:
    omfang: Omfang
    mappe: Path
    slutt: contextlib.ExitStack
    dommer: list[Dom] = field(default_factory=list)
    _tjenester: dict[int, Tjeneste] = field(default_factory=dict)
    _kopier: Iterator[int] = field(default_factory=itertools.count)

    def doem(self, *dommer: Dom) -> None:
        print()
        for dom in dommer:
            print(dom)
        self.dommer += dommer

    def maal(self, maalinger: list[Maaling]) -> None:
        maal(maalinger, self.omfang.runder, self.omfang.sekunder)

    # ── The service ──

    def tjeneste(self, antall: int) -> Tjeneste:
        """The service with so much stored, keeping no answers. To be read only: the file is kept for the next time."""
        if antall not in self._tjenester:
            file = process.config(self.mappe, fill.fylt(antall), husk_svar=False)
            self._tjenester[antall] = self.slutt.enter_context(Tjeneste(file))
        return self._tjenester[antall]

    def skrivbar(self, *program: str) -> AbstractContextManager[Tjeneste]:
        """The service as it is run, with a copy of what is stored that may be written to."""
        kopi = self.mappe / f"skrives-{next(self._kopier)}.db"
        shutil.copyfile(fill.fylt(self.omfang.midt), kopi)

        @contextlib.contextmanager
        def tjeneste() -> Iterator[Tjeneste]:
            with Tjeneste(process.config(self.mappe, kopi, husk_svar=True), *program) as tjeneste:
                yield tjeneste
            kopi.unlink()

        return tjeneste()

    # ── What it is compared with ──

    @cached_property
    def gulv(self) -> Process:
        return self.slutt.enter_context(process.gulv())

    def gulvet(self, forbindelser: int) -> Maaling:
        return Maaling("F: Bottle + waitress alone", self.gulv, _GULV, b'"whoami"', forbindelser)

    @cached_property
    def _node(self) -> str | None:
        try:
            return node.klargjoer()
        except node.ManglerNode as error:
            print(f"Node's peers are left out: {error}\n")
            return None

    def peer(self, *arguments: str) -> Process | None:
        """One of bench/peers, running; None where Node is missing, which has been told then."""
        return self.slutt.enter_context(node.peer(self._node, *arguments)) if self._node else None

    def apollo_med_konstanter(self, person: fill.Person, antall: int) -> Process | None:
        """Apollo Server 5 with the first of what the service answers this person."""
        tjeneste = self.tjeneste(self.omfang.midt)
        svar = tjeneste.post(asking.BRUKER, asking.bjella(), tjeneste.bruker_token(person.fnr))
        del svar["data"]["notifikasjoner"]["notifikasjoner"][antall:]
        file = self.mappe / f"svar-{antall}.json"
        file.write_text(json.dumps(svar), encoding="utf-8")
        return self.peer("apollo.mjs", "bruker", str(fill.ROOT / "server/bruker.graphql"), str(file))


_GULV = asking.den_samme("/", {"query": asking.WHOAMI})


def bruker(
    navn: str, tjeneste: Tjeneste, person: fill.Person, innhold: dict[str, Any], krav: bytes, forbindelser: int
) -> Maaling:
    foresporsler = asking.den_samme(asking.BRUKER, innhold, tjeneste.bruker_token(person.fnr))
    return Maaling(navn, tjeneste, foresporsler, krav, forbindelser)


BELL = b'"notifikasjoner":{'


def bell(tjeneste: Tjeneste, person: fill.Person, forbindelser: int) -> Maaling:
    vist = tjeneste.post(asking.BRUKER, asking.bjella(), tjeneste.bruker_token(person.fnr))["data"]["notifikasjoner"]
    if (antall := len(vist["notifikasjoner"])) != person.i_bjella:
        raise RuntimeError(f"the bell of {person.navn} has {antall} items, not {person.i_bjella}")
    return bruker(f"bell, {person.navn}", tjeneste, person, asking.bjella(), BELL, forbindelser)


def peers_bell(navn: str, peer: Process, forbindelser: int) -> Maaling:
    """The very same document, where nobody needs to log in."""
    return Maaling(navn, peer, asking.den_samme("/", asking.bjella()), BELL, forbindelser)


def ny_beskjed(navn: str, process: Process, beskjeder: Foresporsler, forbindelser: int) -> Maaling:
    return Maaling(navn, process, beskjeder, ET_SVAR, forbindelser)


def forhold(maaling: Maaling, til: Maaling) -> float:
    return maaling.median_per_s / til.median_per_s


@contextlib.contextmanager
def en_skriver(tjeneste: Tjeneste) -> Iterator[None]:
    """Somebody else's nyBeskjed in the middle of each second."""
    beskjeder = asking.nye_beskjeder(tjeneste.produsent_token())()
    ferdig = threading.Event()

    def skriv() -> None:
        pause: float = 0.5
        while not ferdig.wait(pause):
            forbindelse = Forbindelse(tjeneste.port)
            with contextlib.closing(forbindelse.socket):
                forbindelse.send(next(beskjeder))
                while not forbindelse.les(ET_SVAR):
                    pass
            pause = 1

    traad = threading.Thread(target=skriv, daemon=True)
    traad.start()
    try:
        yield
    finally:
        ferdig.set()
        traad.join()
