"""Steady mixed load: so many requests per second, whether the service keeps up or not.

The other parts wait for an answer before they ask again, so a server that stops for a second is asked nothing in that
second. Here each request has its planned time, drawn beforehand, and the answer's time is counted from that.
"""

import random
import select
import time
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from bench import asking, fill
from bench.load import FeilSvar, Forbindelse
from bench.process import Tjeneste
from bench.shared import BELL, ET_SVAR, Benk, ny_beskjed
from bench.targets import hoeyst

BJELLER, MUTASJONER = 50, 10  # per second
FRIST_S = 10  # for the last answers
HVILE_S = 20  # then a connection is given up, as clients do, before the server closes it


class _Planlagt(NamedTuple):
    naar: float  # seconds from the start
    slag: str
    foresporsel: bytes
    krav: bytes


def blandet(benk: Benk) -> None:
    """50 bells and 10 nyBeskjed per second, at times drawn beforehand; half of the mutations are seen in the bells."""
    varighet = benk.omfang.blandet_s
    with benk.skrivbar() as tjeneste:
        last = _Last(tjeneste)
        # SQLite keeps the pages that it has written, up to 64 MB; until it has so many, memory grows.
        nye = asking.nye_beskjeder(tjeneste.produsent_token())
        foer = ny_beskjed("", tjeneste, nye, 64)
        while len(foer.ns) < benk.omfang.skrevet_foer:
            foer.runde(1)
        last.kjoer(varighet / 36)
        minne = [tjeneste.minne_mb()]
        last.toem()
        for _ in range(2):
            last.kjoer(varighet / 2)
            minne.append(tjeneste.minne_mb())
    print(f"{'':46}{'answers':>9}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}")
    for slag, ns in last.ns.items():
        print(f"{slag:46}{len(ns):9,}{_ms(ns, 0.5):9.2f}{_ms(ns, 0.99):9.2f}{_ms(ns, 1):9.2f}")
    egne = [alt - fil for alt, fil in minne]
    print("\nMB at the start, in the middle, at the end: ", end="")
    print(", ".join(f"{alt:.0f} ({fil:.0f} of it mapped pages of the file)" for alt, fil in minne))
    print(f"errors: {last.feil}{f', the first: {last.foerste_feil}' if last.feil else ''}")
    alle = [n for ns in last.ns.values() for n in ns]
    benk.doem(
        hoeyst("S9", f"{varighet:.0f} s of 50 bells and 10 nyBeskjed per second, p99", _ms(alle, 0.99), 50, "ms"),
        hoeyst("S9", "errors", last.feil, 0, ""),
        hoeyst("S9", "memory at the end to the start, without mapped pages", egne[-1] / egne[0], 1.1, "×"),
    )


class _Last:
    """Connections as they are needed, and what came of all requests so far."""

    def __init__(self, tjeneste: Tjeneste) -> None:
        self._port = tjeneste.port
        self._ledige: list[Forbindelse] = []
        self._rng = random.Random(1)
        bell = [
            next(asking.den_samme(asking.BRUKER, asking.bjella(), tjeneste.bruker_token(person.fnr))())
            for person in fill.PERSONER
        ]
        token = tjeneste.produsent_token()
        deres = [fill.VIRKSOMHETER[person.virksomheter[0]] for person in fill.PERSONER]
        self._bell = bell
        self._beskjeder = [asking.nye_beskjeder(token, deres, fill.HOLDT)(), asking.nye_beskjeder(token)()]
        self.toem()

    def toem(self) -> None:
        self.ns: dict[str, list[int]] = {"bell, of the five in turn": [], "nyBeskjed": []}
        self.feil = 0
        self.foerste_feil = ""

    def kjoer(self, sekunder: float) -> None:
        plan = deque(self._plan(sekunder))
        under_arbeid: dict[int, tuple[Forbindelse, _Planlagt]] = {}
        start = time.perf_counter()
        while plan or under_arbeid:
            naa = time.perf_counter() - start
            if naa > sekunder + FRIST_S:
                self._feilet(f"{len(under_arbeid)} without answer", len(under_arbeid))
                return
            while plan and plan[0].naar <= naa:
                self._spoer(plan.popleft(), under_arbeid)
            vent = max(0.0, plan[0].naar - (time.perf_counter() - start)) if plan else 1.0
            klare, _, _ = select.select(list(under_arbeid), [], [], vent)  # counts in µs, where epoll counts in ms
            for fd in klare:
                self._les(fd, under_arbeid, start)

    def _plan(self, sekunder: float) -> Iterator[_Planlagt]:
        """As many independent people: the times between are drawn, and so is which of the two it is."""
        naar = 0.0
        bell_slag, ny_slag = self.ns
        nr = ny = 0
        while (naar := naar + self._rng.expovariate(BJELLER + MUTASJONER)) < sekunder:
            if self._rng.random() * (BJELLER + MUTASJONER) < BJELLER:
                nr += 1
                yield _Planlagt(naar, bell_slag, self._bell[nr % len(self._bell)], BELL)
            else:
                ny += 1
                yield _Planlagt(naar, ny_slag, next(self._beskjeder[ny % 2]), ET_SVAR)

    def _spoer(self, planlagt: _Planlagt, under_arbeid: dict[int, tuple[Forbindelse, _Planlagt]]) -> None:
        try:
            forbindelse = self._ledig()
            forbindelse.send(planlagt.foresporsel)
            under_arbeid[forbindelse.socket.fileno()] = forbindelse, planlagt
        except OSError as error:
            self._feilet(str(error))

    def _ledig(self) -> Forbindelse:
        while self._ledige:
            forbindelse = self._ledige.pop()
            if time.perf_counter_ns() - forbindelse.sendt < HVILE_S * 1e9:
                return forbindelse
            forbindelse.socket.close()
        return Forbindelse(self._port)

    def _les(self, fd: int, under_arbeid: dict[int, tuple[Forbindelse, _Planlagt]], start: float) -> None:
        forbindelse, planlagt = under_arbeid[fd]
        try:
            if not forbindelse.les(planlagt.krav):
                return
            self.ns[planlagt.slag].append(int((time.perf_counter() - start - planlagt.naar) * 1e9))
            self._ledige.append(forbindelse)
        except (OSError, FeilSvar) as error:
            self._feilet(str(error)[:300])
            forbindelse.socket.close()
        del under_arbeid[fd]

    def _feilet(self, hva: str, antall: int = 1) -> None:
        self.feil += antall
        self.foerste_feil = self.foerste_feil or hva


def _ms(ns: list[int], andel: float) -> float:
    return sorted(ns)[min(len(ns) - 1, int(len(ns) * andel))] / 1e6 if ns else 0.0
