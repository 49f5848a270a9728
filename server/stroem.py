"""Live update: streams that say "something has changed" and never what. Who hears it looks for themselves, by the rules
that hold for every look.

One thread of ours holds all streams; nobody else ever waits for them. It wakes when something has been committed, and
asks for each person, in one statement, whether that may concern them. A word too many costs a look, one too few the
time until the next ordinary look, so it may be wrong, but not slow: nothing here asks anybody outside. Where access
comes over the network, what was known when the stream began is used, and newer keys count as the person's.
"""

import logging
import threading
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import apsw

from server.database import Database
from server.tid import Klokke
from server.tilgang import Tilganger

log = logging.getLogger(__name__)

PER_PERSON = 6  # a browser opens no more connections to one server, and the bell needs one for all its tabs
DEMP_S = 1  # between two words to the same person
SE_IGJEN_S = 0.25  # between two looks that find nothing: others may be writing all the time
PUST_S = 0.05  # what is committed within this is one round
RUNDE_S = 0.3  # a new stream is seen to within this, also when nothing is committed
HJERTESLAG_S = 15  # proxies, and waitress, hang up on connections where nothing is said for 30 seconds
MAKS_S = 30 * 60  # of one stream; then the client comes back, and is known anew
OVERLAPP_S = 5  # a stream begins this long ago: what came after the client's own look, and before the stream, is told
INGEN = array("q", (-1,))  # SQLite's carray cannot be empty
ALLE = (1 << 63) - 1  # above the number of every key

HODER = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would else keep what we say until it fills a buffer
}
AAPNING = b"retry: 5000\n\n"
ENDRET = b"event: endret\ndata:\n\n"
SLAG = b":\n\n"  # a comment, to which nobody listens

# Whether what happened in (:siden, :til] may concern who holds these keys, and what they have done themselves. Nothing
# is left of a deleted item to tell whom it concerned. Clicks are private, and varsler are the producer's business.
SPOER = """
    SELECT EXISTS (
               SELECT 1 FROM hendelse h
                WHERE h.nr > :siden AND h.nr <= :til AND h.type NOT GLOB 'EksterntVarsel*' AND h.type <> 'BrukerKlikket'
                  AND (h.type = 'HardDelete'
                       OR EXISTS (SELECT 1 FROM notifikasjon n JOIN mottaker m ON m.notifikasjon_nr = n.nr
                                   WHERE n.id = h.aggregat_id
                                     AND (m.tilgang_nr > :nye OR m.tilgang_nr IN (SELECT value FROM carray(:numre))))
                       OR EXISTS (SELECT 1 FROM sak s JOIN sak_mottaker m ON m.sak_nr = s.nr
                                   WHERE s.id = h.aggregat_id
                                     AND (m.tilgang_nr > :nye OR m.tilgang_nr IN (SELECT value FROM carray(:numre)))))),
           (SELECT count(*) FROM bruker_klikk WHERE fnr = :fnr),
           (SELECT tidspunkt FROM sist_lest WHERE fnr = :fnr)
"""


class Ledning(Protocol):
    """The connection to a client."""

    def er_oppe(self) -> bool: ...
    def er_lest(self) -> bool:
        """Whether all that was said has left us."""

    def si(self, data: bytes) -> None: ...
    def legg_paa(self, *, straks: bool) -> None:
        """`straks`: without waiting for what has yet to leave us."""


class Stroem:
    """One stream, from its place is taken until it is given back."""

    def __init__(
        self, stroemmer: "Stroemmer", fnr: str, gyldig: Callable[[], bool], slutt: float, neste_slag: float
    ) -> None:
        self.fnr = fnr
        self.gyldig = gyldig  # whether the client may still listen; asks nobody outside
        self.slutt, self.neste_slag = slutt, neste_slag
        self.endret = False  # and it has yet to be said
        self.ledning: Ledning | None = None  # while the answer has yet to begin
        self._stroemmer = stroemmer

    def start(self, ledning: Ledning) -> None:
        """The answer has begun, and it is ours from here."""
        self.ledning = ledning

    def slipp(self) -> None:
        """Give back its place. Again does nothing."""
        self._stroemmer.fjern(self)


@dataclass(slots=True)
class _Lytter:
    """A person with streams."""

    numre: "array[int]"
    nye: int  # keys with higher numbers have come into use since
    siden: int  # hendelse that was the last at the last look
    eget: tuple[Any, Any]  # clicks and sist lest
    sett: int = -1  # Database.antall_lagret at the last look
    tidligst: float = 0.0  # of the next look
    stroemmer: list[Stroem] = field(default_factory=list)


class Stroemmer:
    def __init__(
        self,
        database: Database,
        klokke: Klokke,
        tilganger: Tilganger,
        maks: int,
        *,
        tilgang_er_lokal: bool,
        hjerteslag_s: float = HJERTESLAG_S,
        maks_s: float = MAKS_S,
    ) -> None:
        """`tilgang_er_lokal`: whether access is told without asking anybody outside."""
        self._database, self._klokke, self._tilganger, self._maks = database, klokke, tilganger, maks
        self._tilgang_er_lokal = tilgang_er_lokal
        self._hjerteslag_s, self._maks_s = hjerteslag_s, maks_s
        self._lyttere: dict[str, _Lytter] = {}
        self._laas = threading.Lock()  # for _lyttere and what is in them; never held while anything is asked or said
        self.antall = 0
        self._slutt = threading.Event()
        self._merker = deque([(klokke.monotonic(), self._siste_hendelse())])  # last hendelse, about once a second
        self._traad = threading.Thread(target=self._loep, name="stroemmer", daemon=True)
        self._traad.start()

    def plass(self, fnr: str, token: str | None, gyldig: Callable[[], bool]) -> Stroem | None:
        """A place for one more stream, or None if there is none. May wait for access; `token` is the person's own.

        Whoever gets it calls start() or slipp().
        """
        with self._laas:
            if not self._er_ledig(fnr):
                return None
        nye = self._database.read().execute("SELECT max(tilgang_nr) FROM tilgang").get or 0
        numre = self._tilganger.innsyn(fnr, token).numre()
        siden = self._merker[0][1]
        eget = self._eget(fnr)
        naa = self._klokke.monotonic()
        stroem = Stroem(self, fnr, gyldig, naa + self._maks_s, naa + self._hjerteslag_s)
        with self._laas:
            if not self._er_ledig(fnr):
                return None
            lytter = self._lyttere.get(fnr)
            if lytter is None:
                lytter = self._lyttere[fnr] = _Lytter(numre, nye, siden, eget)
            else:  # what is newest is known best, and what is older has yet to be told to the new one
                lytter.numre, lytter.nye, lytter.siden, lytter.sett = numre, nye, min(lytter.siden, siden), -1
            lytter.stroemmer.append(stroem)
            self.antall += 1
        return stroem

    def fjern(self, stroem: Stroem) -> None:
        with self._laas:
            lytter = self._lyttere.get(stroem.fnr)
            if lytter is None or stroem not in lytter.stroemmer:
                return
            lytter.stroemmer.remove(stroem)
            self.antall -= 1
            if not lytter.stroemmer:
                del self._lyttere[stroem.fnr]

    def stopp(self) -> None:
        """Within a second or so. What is open is closed by whoever owns the connections."""
        self._slutt.set()
        self._traad.join(5)

    def _er_ledig(self, fnr: str) -> bool:
        lytter = self._lyttere.get(fnr)
        return self.antall < self._maks and (lytter is None or len(lytter.stroemmer) < PER_PERSON)

    # ── The thread ──

    def _loep(self) -> None:
        lagret, neste = -1, 0.0
        while not self._slutt.wait(PUST_S):
            try:
                lagret = self._database.vent_paa_lagring(lagret, max(0, neste - PUST_S))
                neste = self._runde(lagret)
            except Exception:  # whatever it is: without this thread nobody would hear of anything
                log.exception("a round of the live update failed")
                self._slutt.wait(RUNDE_S)

    def _runde(self, lagret: int) -> float:
        """Tell those whom it may concern what has been committed so far. Returns the seconds until it is due again."""
        naa = self._klokke.monotonic()
        siste = self._siste_hendelse()
        self._merk(naa, siste)
        with self._laas:
            lyttere = list(self._lyttere.items())
        neste = naa + RUNDE_S
        for fnr, lytter in lyttere:
            endret = False
            if lytter.sett < lagret:
                if lytter.tidligst <= naa:
                    endret = self._er_endret(fnr, lytter, lagret, siste)
                    lytter.tidligst = naa + (DEMP_S if endret else SE_IGJEN_S)
                else:
                    neste = min(neste, lytter.tidligst)
            for stroem in list(lytter.stroemmer):
                stroem.endret |= endret
                if stroem.ledning is not None:
                    self._stell(stroem, stroem.ledning, naa)
                    neste = min(neste, stroem.neste_slag)
        return max(0, neste - naa)

    def _er_endret(self, fnr: str, lytter: _Lytter, lagret: int, siste: int) -> bool:
        with self._laas:
            numre, nye, siden, lytter.siden, lytter.sett = lytter.numre, lytter.nye, lytter.siden, siste, lagret
        if self._tilgang_er_lokal:
            numre, nye = self._tilganger.innsyn(fnr).numre(), ALLE
        hva = {"siden": siden, "til": siste, "numre": apsw.carray(numre or INGEN), "nye": nye, "fnr": fnr}
        ((angaar, klikk, lest),) = self._database.read().execute(SPOER, hva).fetchall()
        foer, lytter.eget = lytter.eget, (klikk, lest)
        return bool(angaar) or lytter.eget != foer or siste < siden  # the last: the database has been emptied

    def _stell(self, stroem: Stroem, ledning: Ledning, naa: float) -> None:
        if not ledning.er_oppe():
            stroem.slipp()
            return
        slag = stroem.neste_slag <= naa
        if not (stroem.endret or slag):
            return
        if stroem.slutt <= naa or not stroem.gyldig():
            ledning.legg_paa(straks=False)
            stroem.slipp()
            return
        if slag:
            if not ledning.er_lest():  # so far behind that our side is full: it has stopped listening
                ledning.legg_paa(straks=True)
                stroem.slipp()
                return
            stroem.neste_slag = naa + self._hjerteslag_s
        ledning.si(ENDRET if stroem.endret else SLAG)
        stroem.endret = False

    # ── What has happened ──

    def _siste_hendelse(self) -> int:
        siste: int | None = self._database.read().execute("SELECT max(nr) FROM hendelse").get
        return siste or 0

    def _merk(self, naa: float, siste: int) -> None:
        """Remember what was the last hendelse OVERLAPP_S ago: the first of the marks."""
        if naa - self._merker[-1][0] >= 1:
            self._merker.append((naa, siste))
        while len(self._merker) > 1 and self._merker[1][0] <= naa - OVERLAPP_S:
            self._merker.popleft()

    def _eget(self, fnr: str) -> tuple[Any, Any]:
        db = self._database.read()
        klikk = db.execute("SELECT count(*) FROM bruker_klikk WHERE fnr = ?", (fnr,)).get
        lest = db.execute("SELECT tidspunkt FROM sist_lest WHERE fnr = ?", (fnr,)).get
        return klikk, lest
