"""Answers to users that still hold: a bell that asks again is told the same without anybody looking.

An answer holds as long as nothing whatever has been stored since before it was made, and the look-up of the person's
access that it was made from is the one in force. So it can be no staler than an answer that is made anew. What has
looked at the clock, or may be missing something because a neighbour failed, is never kept.
"""

from collections import OrderedDict
from threading import Lock

from server.database import Database
from server.tilgang import Bruker, Innsyn, Tilganger

MAKS_ETT = 256 << 10  # bytes; a full bell has 130,000
MAKS_ALLE = 16 << 20


class HuskedeSvar:
    """By person and body. `lagret` is Database.antall_lagret, read before the answer was made."""

    def __init__(self, database: Database, tilganger: Tilganger) -> None:
        self._database, self._tilganger = database, tilganger
        self._svar: OrderedDict[tuple[str, bytes], tuple[int, Innsyn, bytes]] = OrderedDict()
        self._stoerrelse = 0
        self._laas = Lock()

    def finn(self, fnr: str, body: bytes) -> bytes | None:
        kjent = self._svar.get((fnr, body))  # without the lock: one look-up is atomic
        if kjent is None:
            return None
        lagret, innsyn, svar = kjent
        if lagret != self._database.antall_lagret or not self._tilganger.gjelder(fnr, innsyn):
            return None
        return svar

    def husk(self, bruker: Bruker, body: bytes, lagret: int, svar: bytes) -> None:
        innsyn = bruker.brukt_innsyn
        if innsyn is None or innsyn.feil_altinn or bruker.har_sett_klokka or len(body) + len(svar) > MAKS_ETT:
            return
        noekkel = (bruker.fnr, body)
        with self._laas:
            if (gammelt := self._svar.pop(noekkel, None)) is not None:
                self._stoerrelse -= len(body) + len(gammelt[2])
            self._svar[noekkel] = (lagret, innsyn, svar)
            self._stoerrelse += len(body) + len(svar)
            while self._stoerrelse > MAKS_ALLE:
                (_, eldste), (_, _, dets_svar) = self._svar.popitem(last=False)
                self._stoerrelse -= len(eldste) + len(dets_svar)
