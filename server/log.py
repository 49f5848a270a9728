"""Logging: one line for one thing, with ids and never people. What slips through is masked, also in exceptions."""

import logging
import re
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar

KORRELASJON: ContextVar[str] = ContextVar("korrelasjon", default="")  # of the request that this thread works on

LINJE_HVER_S = 1  # of what anybody can cause

# In this order: a token may contain anything, an address may contain digits, and a longer number is not a shorter one.
_MASKER = [
    (re.compile(r"(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*"), "<token>"),
    (re.compile(r"(?<![\w.%+'-])[\w.%+'-]+@[\w.-]+\.\w{2,}"), "<epost>"),
    (re.compile(r"(?<![\w-])(?:\+47|0047) ?\d(?: ?\d){7}(?!\d)"), "<telefon>"),
    (re.compile(r"(?<![\w-])[49]\d(?:\d ?\d\d ?\d{3}|(?: \d\d){3})(?![\w-])"), "<telefon>"),
]
# With UUIDs, which may contain what looks like one.
_FNR = re.compile(r"([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})|(?<!\d)\d{6}[\s.-]?\d{5}(?!\d)", re.IGNORECASE)


def masker(tekst: str) -> str:
    for moenster, erstatning in _MASKER:
        tekst = moenster.sub(erstatning, tekst)
    return uten_fnr(tekst)


def uten_fnr(tekst: str) -> str:
    return _FNR.sub(lambda treff: treff[1] or "<fnr>", tekst)


class Formatter(logging.Formatter):
    """Masks the finished line, so that message, arguments, traceback and causes are all covered."""

    def format(self, record: logging.LogRecord) -> str:
        return masker(super().format(record))


class Sjelden:
    """A kind of line that anybody can cause: once in LINJE_HVER_S at most, and it counts those that were left out."""

    def __init__(self, log: logging.Logger, monotonic: Callable[[], float]) -> None:
        self._log, self._monotonic = log, monotonic
        self._neste, self._utelatt = float("-inf"), 0
        self._laas = threading.Lock()

    def logg(self, nivaa: int, hva: str, grunn: object) -> None:
        if not self._log.isEnabledFor(nivaa):
            return
        with self._laas:
            if (naa := self._monotonic()) < self._neste:
                self._utelatt += 1
                return
            utelatt, self._utelatt, self._neste = self._utelatt, 0, naa + LINJE_HVER_S
        self._log.log(nivaa, "%s: %s%s", hva, grunn, f" (and {utelatt} more since the last line)" if utelatt else "")


def sett_opp(nivaa: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=nivaa, handlers=[handler], force=True)
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it repeats headers that it does not understand
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns at every request that has to wait
