"""The load: requests over kept-alive connections, each with one request under way, and how long the answers took.

Sockets and epoll in one thread, with requests that are ready bytes: about 15 µs of our own per request, so that a fast
server is not measured through a slow client. We run in another process than what is measured.
"""

import contextlib
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from statistics import median

from bench.process import Process

Foresporsler = Callable[[], Iterator[bytes]]  # whole HTTP requests, without end


@dataclass(slots=True)
class Maaling:
    """What is asked, of whom, over how many connections; and what came of it, round by round.

    `samtidig` is what goes on meanwhile.
    """

    navn: str
    process: Process
    foresporsler: Foresporsler
    krav: bytes  # what an answer contains when it is one
    forbindelser: int
    samtidig: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext
    per_s: list[float] = field(default_factory=list)
    ns: list[int] = field(default_factory=list)  # of each answer, in all rounds
    cpu_s: float = 0

    def runde(self, sekunder: float) -> None:
        cpu = self.process.cpu_s()
        with self.samtidig():
            ns, varighet = self._kjoer(sekunder)
        self.cpu_s += self.process.cpu_s() - cpu
        self.per_s.append(len(ns) / varighet)
        self.ns += ns

    def varm_opp(self, sekunder: float) -> None:
        """A round that does not count. Node needs some thousand requests before its compiler has done what it can."""
        self._kjoer(sekunder)

    def _kjoer(self, sekunder: float) -> tuple[list[int], float]:
        return _kjoer(self.process.port, self.foresporsler(), self.krav, self.forbindelser, sekunder)

    @property
    def median_per_s(self) -> float:
        return median(self.per_s)

    def ms(self, andel: float) -> float:
        return sorted(self.ns)[min(len(self.ns) - 1, int(len(self.ns) * andel))] / 1e6

    @property
    def cpu_us(self) -> float:
        """Processor time of the server for one request, the first of each connection included."""
        return self.cpu_s * 1e6 / (len(self.ns) + self.forbindelser * len(self.per_s))


def maal(maalinger: list[Maaling], runder: int, sekunder: float) -> None:
    """Take turns, so that whatever else the machine does hits all alike; forwards and backwards, against drift."""
    for maaling in maalinger:
        maaling.varm_opp(sekunder)
    for runde in range(runder):
        for maaling in maalinger if runde % 2 == 0 else reversed(maalinger):
            maaling.runde(sekunder)


class FeilSvar(RuntimeError):
    """Not the answer that was asked for, or none."""


class Forbindelse:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.settimeout(None)  # with one, Python asks the kernel before each call; epoll has done that
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.svar = bytearray()
        self.lengde = 0  # of the whole answer, when its header has come
        self.sendt = 0

    def send(self, foresporsel: bytes) -> None:
        self.svar.clear()
        self.lengde = 0
        self.sendt = time.perf_counter_ns()
        self.socket.sendall(foresporsel)

    def les(self, krav: bytes) -> bool:
        """Whether the answer is complete now. Raises FeilSvar if it is not the right one."""
        bit = self.socket.recv(1 << 18)
        self.svar += bit
        if not self.lengde and (hode := self.svar.find(b"\r\n\r\n") + 4) >= 4:
            start = self.svar[:hode].lower().index(b"content-length:") + 15
            self.lengde = hode + int(self.svar[start : self.svar.index(b"\r", start)])
        ferdig = 0 < self.lengde == len(self.svar)
        if not bit or (ferdig and not (self.svar.startswith(b"HTTP/1.1 200") and krav in self.svar)):
            raise FeilSvar(f"wrong answer: {bytes(self.svar[:2000])!r}")
        return ferdig


def _kjoer(
    port: int, foresporsler: Iterator[bytes], krav: bytes, antall: int, sekunder: float
) -> tuple[list[int], float]:
    """(ns of each answer, seconds that they took together). Each connection is used once before that."""
    forbindelser = [Forbindelse(port) for _ in range(antall)]
    try:
        _snakk(forbindelser, foresporsler, krav, 0)
        start = time.perf_counter_ns()
        ns = _snakk(forbindelser, foresporsler, krav, sekunder)
        return ns, (time.perf_counter_ns() - start) / 1e9
    finally:
        for forbindelse in forbindelser:
            forbindelse.socket.close()


def _snakk(forbindelser: list[Forbindelse], foresporsler: Iterator[bytes], krav: bytes, sekunder: float) -> list[int]:
    """Ask on all, and again at each answer until the time is out; return when all have been answered."""
    poll = select.epoll()
    av_fd = {forbindelse.socket.fileno(): forbindelse for forbindelse in forbindelser}
    slutt = time.perf_counter_ns() + int(sekunder * 1e9)
    for fd, forbindelse in av_fd.items():
        poll.register(fd, select.EPOLLIN)
        forbindelse.send(next(foresporsler))
    ns: list[int] = []
    venter = len(av_fd)
    while venter:
        if not (klare := poll.poll(60)):
            raise FeilSvar("no answer for a minute")
        for fd, _ in klare:
            forbindelse = av_fd[fd]
            if not forbindelse.les(krav):
                continue
            naa = time.perf_counter_ns()
            ns.append(naa - forbindelse.sendt)
            if naa < slutt:
                forbindelse.send(next(foresporsler))
            else:
                venter -= 1
    poll.close()
    return ns
