"""The background threads: no domain in them. A step knows when it is due next, and does one due thing; here they take
turns.

What is due is a row, so nothing is lost with the process. Things happen in the order of their times, whichever step
they belong to, also after a pause and when the test clock is moved over many of them. A step that fails waits longer
each time and holds up no other; `mangler` says so to /internal/ready.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from server.tid import Klokke

log = logging.getLogger(__name__)

MAKS_VENT_S = 60  # between attempts of a step that fails
TAALMODIGHET_S = 1  # with a neighbour, while the clock is moved
TID = "tid"  # the thread of all that happens in our own database
FORSINKET_S = 45  # of failing, or of a turn that does not end, before /internal/ready tells: within a minute, so less


@dataclass(frozen=True, slots=True)
class Steg:
    """`forfall()` is the instant of the first thing due, or None; `gjoer(now)` does it, and returns whether it did.

    Steps of the same `traad` take turns. A step that waits for a neighbour has a thread of its own, so that it holds up
    no other.
    """

    forfall: Callable[[], int | None]
    gjoer: Callable[[int], bool]
    traad: str = TID


@dataclass(frozen=True, slots=True)
class Stell:
    """Housekeeping: done every so many seconds of real time, and not waited for by anybody.

    What waits for a neighbour has a thread of its own, where no step is.
    """

    gjoer: Callable[[int], object]
    hver_s: float
    traad: str = TID


@dataclass(slots=True)
class _Status:
    ikke_foer: float = 0.0  # monotonic
    feil_paa_rad: int = 0
    feilet_siden: float = 0.0  # monotonic


@dataclass(slots=True)
class _Traad:
    """One thread; `laas` is held while it works, and by requests that want all that is due done.

    `livstegn` is when a turn of its steps last began, also if a request took it. While it `hviler` none is expected.
    """

    thread: threading.Thread
    vekk: threading.Event
    laas: threading.Lock
    livstegn: float  # monotonic
    hviler: bool = False


class Worker:
    def __init__(self, klokke: Klokke, steg: Mapping[str, Steg], stell: Mapping[str, Stell], pause_s: float) -> None:
        self._klokke, self._steg, self._stell, self._pause_s = klokke, steg, stell, pause_s
        self._status = {navn: _Status() for navn in (*steg, *stell)}
        self._stopp = threading.Event()
        med_steg = dict.fromkeys([TID, *(s.traad for s in steg.values())])
        self._traader = {
            navn: _Traad(
                threading.Thread(target=self._run, args=(navn,), name=navn, daemon=True),
                threading.Event(),
                threading.Lock(),
                klokke.monotonic(),
            )
            for navn in dict.fromkeys([*med_steg, *(s.traad for s in stell.values())])
        }
        self._med_steg = [self._traader[navn] for navn in med_steg]
        self.antall_feil = dict.fromkeys(self._status, 0)

    def start(self) -> None:
        for traad in self._traader.values():
            traad.thread.start()

    def stopp(self) -> None:
        """Let the steps that run finish, and end the threads."""
        self._stopp.set()
        self.vekk()
        for traad in self._traader.values():
            if traad.thread.is_alive():
                traad.thread.join(10)

    def vekk(self) -> None:
        for traad in self._traader.values():
            traad.vekk.set()

    def gjoer_alt(self) -> None:
        """Do all that is due now, also what a failing step has been waiting with; return when nothing is left."""
        with self._alle():
            self._gjoer_forfalt(self._steg)

    def flytt_klokke(self, maal: int | None) -> None:
        """Stop the clock at `maal`, or with None let it go; everything due on the way there happens at its own time."""
        with self._alle():
            slutt = self._klokke.ekte_mikrosekunder() if maal is None else maal
            blant = dict(self._steg)
            while (neste := self._neste(blant)) is not None and neste[0] <= slutt:
                if self._stopp.is_set():  # time stands where the work was left
                    return
                self._klokke.stopp(max(neste[0], self._klokke.now()))
                foer = self._klokke.monotonic()
                self._gjoer_forfalt(blant)
                # A neighbour that does not answer is not waited for again and again on the way.
                if blant[neste[1]].traad != TID and self._klokke.monotonic() - foer > TAALMODIGHET_S:
                    del blant[neste[1]]
            if maal is None:
                self._klokke.slipp()
            else:
                self._klokke.stopp(maal)
            self._gjoer_forfalt(self._steg)

    def neste_forfall(self) -> int | None:
        """When the next thing will happen."""
        neste = self._neste(self._steg)
        return neste[0] if neste else None

    def mangler(self) -> list[str]:
        """What is wrong, in words; empty when all is well."""
        naa = self._klokke.monotonic()
        feil = [
            f"step {navn} has failed {status.feil_paa_rad} times in a row"
            for navn, status in self._status.items()
            if status.feil_paa_rad and naa - status.feilet_siden > FORSINKET_S
        ]
        for navn, traad in self._traader.items():
            if not traad.thread.is_alive():
                feil.append(f"background thread {navn} is not running")
            elif not traad.hviler and naa - traad.livstegn > FORSINKET_S:
                feil.append(f"background thread {navn} has been busy for {naa - traad.livstegn:.0f} s")
        return feil

    def _run(self, navn: str) -> None:
        traad = self._traader[navn]
        steg = {navn_: s for navn_, s in self._steg.items() if s.traad == navn}
        stell = {navn_: s for navn_, s in self._stell.items() if s.traad == navn}
        while not self._stopp.is_set():
            traad.vekk.clear()  # before the work, so that a call during it is not lost
            traad.livstegn, traad.hviler = self._klokke.monotonic(), False
            with traad.laas:
                self._gjoer_forfalt(steg)
                for hva, stellet in stell.items():
                    self._gjoer_stell(hva, stellet)
                traad.hviler = True
            traad.vekk.wait(self._pause_s)

    @contextmanager
    def _alle(self) -> Iterator[None]:
        """All steps at rest, and none waiting after a fault."""
        with ExitStack() as laaser:
            for traad in self._med_steg:
                laaser.enter_context(traad.laas)
            for navn in self._steg:
                self._status[navn].ikke_foer = 0.0
            yield

    def _gjoer_forfalt(self, blant: Mapping[str, Steg]) -> None:
        while not self._stopp.is_set():
            for traad in {s.traad for s in blant.values()}:
                self._traader[traad].livstegn = self._klokke.monotonic()
            neste = self._neste(blant)
            now = self._klokke.now()  # read once: the real one may jump back
            if neste is None or neste[0] > now:
                return
            forfall, navn = neste
            steg = blant[navn]
            try:
                if not steg.gjoer(now) and steg.forfall() == forfall:
                    raise RuntimeError(f"step {navn} is due, and does nothing")
            except Exception:  # a fault in one step must end neither the thread nor the round
                self._feilet(navn)
            else:
                self._status[navn].feil_paa_rad = 0

    def _neste(self, blant: Mapping[str, Steg]) -> tuple[int, str] | None:
        """The first thing due, in time and then in the order of the steps; one that waits after a fault is left out."""
        naa, now = self._klokke.monotonic(), self._klokke.now()
        forfall = []
        for navn, steg in blant.items():
            if self._status[navn].ikke_foer > naa:
                continue
            try:
                tidspunkt = steg.forfall()
            except Exception:
                self._feilet(navn)
                continue
            if tidspunkt is not None:
                forfall.append((tidspunkt, navn))
            if tidspunkt is None or tidspunkt > now:
                self._status[navn].feil_paa_rad = 0  # what it could not do is no longer there to be done
        return min(forfall, key=lambda f: f[0], default=None)

    def _gjoer_stell(self, navn: str, stell: Stell) -> None:
        status = self._status[navn]
        if self._stopp.is_set() or self._klokke.monotonic() < status.ikke_foer:
            return
        try:
            stell.gjoer(self._klokke.now())
        except Exception:
            self._feilet(navn)
        else:
            status.feil_paa_rad = 0
            status.ikke_foer = self._klokke.monotonic() + stell.hver_s

    def _feilet(self, navn: str) -> None:
        status, naa = self._status[navn], self._klokke.monotonic()
        status.feilet_siden = status.feilet_siden if status.feil_paa_rad else naa
        status.feil_paa_rad += 1
        self.antall_feil[navn] += 1
        vent = min(2 ** min(status.feil_paa_rad, 10), MAKS_VENT_S)
        status.ikke_foer = naa + vent
        log.exception("step %s failed, trying again in %s s", navn, vent)
