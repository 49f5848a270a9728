"""Time: the scalars of the two contracts, the Oslo wall clock, calendar arithmetic, and the only clock.

A point in time (`tidspunkt`) is an int: microseconds since 1970-01-01T00:00Z. A wall-clock value of Oslo (`lokal`) is
an int too, counted as if Oslo were UTC, so that both lines share the arithmetic. The contracts take years up to
±999999999, which datetime cannot hold; the Gregorian calendar, its weekdays and the rule of summer time repeat every
400 years, so a date outside is worked out in a year that datetime has. Only what leaves this module is cut to int64.
"""

import calendar
import re
import time
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, NoReturn
from zoneinfo import ZoneInfo

MIN_TIDSPUNKT, MAX_TIDSPUNKT = -(2**63), 2**63 - 1  # what an INTEGER column holds; near the years ±290000

_SEKUND = 1_000_000  # microseconds
_DOEGN = 86_400 * _SEKUND
_SYKLUS_DAGER = 146_097  # 400 years of the Gregorian calendar
_SYKLUS_S = _SYKLUS_DAGER * 86_400

_OSLO = ZoneInfo("Europe/Oslo")
_EPOKE = datetime(1970, 1, 1)
_EPOKE_OSLO = _EPOKE.replace(tzinfo=_OSLO)
_EPOKE_DAG = _EPOKE.toordinal()

# What datetime can print, in seconds since the epoch.
_FOERSTE_S = (1 - _EPOKE_DAG) * 86_400
_SISTE_S = (date.max.toordinal() - _EPOKE_DAG + 1) * 86_400 - 1

# Before the first there was no time zone (the first known offset is kept), after the last only today's rule.
_FOER_SONER_S = (date(1800, 1, 1).toordinal() - _EPOKE_DAG) * 86_400
_DAGENS_REGEL_S = (date(2400, 1, 1).toordinal() - _EPOKE_DAG) * 86_400


class Varighet(NamedTuple):
    """A duration: a calendar part, whose length depends on where it starts, and a time part."""

    maaneder: int = 0
    dager: int = 0
    mikrosekunder: int = 0


def begrens(mikros: int) -> int:
    return max(MIN_TIDSPUNKT, min(MAX_TIDSPUNKT, mikros))


# Reading. The grammar is java.time's, which producers have always been held to: a sign belongs to a year exactly when
# it does not fit in four digits, and there is no year -0000. [0-9] and not \d, which takes the digits of any script.

_LOKAL = (
    r"([0-9]{4}|\+[0-9]{5,9}|-(?!0+-)[0-9]{4,9})-(0[1-9]|1[0-2])-([0-3][0-9])"
    r"[Tt]([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{0,9}))?)?"
)
# +hh and +hhmm are more than the platform reads, but its guide shows them.
_OFFSET = r"([Zz]|[+-][0-9]{2}(?::?[0-5][0-9]|:[0-5][0-9]:[0-5][0-9])?)"
_REGION = r"\[[A-Za-z][A-Za-z0-9~/._+-]{0,60}\]"

_les_lokal = re.compile(_LOKAL).fullmatch
_les_tidspunkt = re.compile(rf"{_LOKAL}(?:{_OFFSET}(?:{_REGION})?)?").fullmatch
_les_dato = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])-([0-3][0-9])").fullmatch

_TALL = "([+-]?[0-9]{1,19})"
_les_varighet = re.compile(
    rf"P(?:{_TALL}[Yy])?(?:{_TALL}[Mm])?(?:{_TALL}[Ww])?(?:{_TALL}[Dd])?"
    rf"(?:T(?:{_TALL}[Hh])?(?:{_TALL}[Mm])?(?:{_TALL}(?:[.,]([0-9]{{0,9}}))?[Ss])?)?"
).fullmatch


def parse_tidspunkt(tekst: str) -> int:
    """The instant in an ISO8601DateTime; Oslo time if it has no offset. Raises ValueError."""
    match = _les_tidspunkt(tekst)
    if match is None:
        _avvis("Ugyldig tidspunkt. Et gyldig tidspunkt er for eksempel 2024-06-01T10:00:00+02:00.")
    *felter, offset = match.groups()
    lokal = _mikros(*felter)
    # A [Region/City] after the offset changes nothing, not even when the two disagree.
    return fra_oslo(lokal) if offset is None else begrens(lokal - _offset_mikros(offset))


def parse_lokal(tekst: str) -> int:
    """The wall-clock value in an ISO8601LocalDateTime. Raises ValueError."""
    match = _les_lokal(tekst)
    if match is None:
        _avvis("Ugyldig lokalt tidspunkt. Et gyldig er for eksempel 2024-06-01T10:00:00, uten tidssone.")
    return begrens(_mikros(*match.groups()))


def parse_dato(tekst: str) -> str:
    """The ISO8601Date itself, when it is one. Raises ValueError."""
    _dag_i(tekst)
    return tekst


def parse_varighet(tekst: str) -> Varighet:
    """The duration in an ISO8601Duration. Raises ValueError."""
    match = _les_varighet(tekst)
    if match is None:
        _avvis("Ugyldig varighet. En gyldig varighet er for eksempel P1M14D eller P2DT3H4M.")
    *tall, broek = match.groups()
    aar, maaneder, uker, dager, timer, minutter, sekunder = (int(felt or 0) for felt in tall)

    kalenderdel = (aar, maaneder, 7 * uker, dager, 7 * uker + dager)
    tidsdel = (3600 * timer, 60 * minutter, sekunder, 3600 * timer + 60 * minutter + sekunder)
    if not _faar_plass(kalenderdel, bits=32) or not _faar_plass(tidsdel, bits=64):
        _avvis("Ugyldig varighet. Tallene er for store.")

    # The sign is read as text, since the seconds of -0.5 are a plain 0.
    fortegn = -1 if (tall[-1] or "").startswith("-") else 1
    return Varighet(12 * aar + maaneder, kalenderdel[-1], tidsdel[-1] * _SEKUND + fortegn * _broek_mikros(broek))


def _faar_plass(verdier: tuple[int, ...], *, bits: int) -> bool:
    grense = 1 << bits - 1
    return all(-grense <= verdi < grense for verdi in verdier)


def _mikros(aar: str, maaned: str, dag: str, timer: str, minutter: str, sekunder: str | None, broek: str | None) -> int:
    i_doegnet_s = 3600 * int(timer) + 60 * int(minutter) + int(sekunder or 0)
    return _dag(int(aar), int(maaned), int(dag)) * _DOEGN + i_doegnet_s * _SEKUND + _broek_mikros(broek)


def _broek_mikros(broek: str | None) -> int:
    """The digits after the decimal sign as microseconds, truncated."""
    return int(f"{broek:0<6}"[:6]) if broek else 0


@lru_cache(maxsize=256)  # producers write few different ones
def _offset_mikros(offset: str) -> int:
    if offset in "Zz":
        return 0
    sifre = offset[1:].replace(":", "").ljust(6, "0")
    sekunder = 3600 * int(sifre[:2]) + 60 * int(sifre[2:4]) + int(sifre[4:])
    if sekunder > 18 * 3600:
        _avvis("Ugyldig tidspunkt. Forskjellen fra UTC kan være høyst 18 timer.")
    return (-sekunder if offset[0] == "-" else sekunder) * _SEKUND


def _dag_i(dato: str) -> int:
    match = _les_dato(dato)
    if match is None:
        _avvis("Ugyldig dato. En gyldig dato er for eksempel 2024-06-01.")
    aar, maaned, dag = match.groups()
    return _dag(int(aar), int(maaned), int(dag))


def _avvis(melding: str) -> NoReturn:
    # Never with the value: it may be an fnr in the wrong field.
    raise ValueError(melding)


def format_utc(mikros: int) -> str:
    """As `2019-10-12T07:20:50.52Z`: no fraction if it is zero, a sign on years outside 0000 to 9999."""
    return _lokal_tekst(mikros) + "Z"


@lru_cache(maxsize=4_096)
def format_oslo(mikros: int) -> str:
    """As `2024-06-01T10:00:00+02:00`: the instant on the clock of Oslo."""
    offset = _offset_ved(mikros)
    return _lokal_tekst(mikros + offset) + _offset_tekst(offset)


def _lokal_tekst(mikros: int) -> str:
    sekunder, mikro = divmod(mikros, _SEKUND)
    if _FOERSTE_S <= sekunder <= _SISTE_S:
        tekst = (_EPOKE + timedelta(0, sekunder)).isoformat()  # the same text, in two thirds of the time
    else:
        dag_nr, s = divmod(sekunder, 86_400)
        aar, maaned, dag = _sivil(dag_nr)
        aar_tekst = f"{aar:+}" if aar > 9999 else f"{aar:05}" if aar < 0 else f"{aar:04}"
        tekst = f"{aar_tekst}-{maaned:02}-{dag:02}T{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}"
    return f"{tekst}.{mikro:06}".rstrip("0") if mikro else tekst


@lru_cache(maxsize=16)  # Oslo has had few
def _offset_tekst(offset: int) -> str:
    minutter, s = divmod(offset // _SEKUND, 60)  # never west of Greenwich
    return f"+{minutter // 60:02}:{minutter % 60:02}" + (f":{s:02}" if s else "")


def fra_oslo(lokal: int) -> int:
    """The instant when the clocks in Oslo show `lokal`.

    What is skipped in spring is moved forward by the gap; what comes twice in autumn is the first, in summer time.
    """
    offset = _datetime_oslo(lokal).utcoffset()  # fold=0 is exactly this choice
    assert offset is not None
    return begrens(lokal - offset // timedelta(microseconds=1))


def naar_oslo_viser(lokal: int) -> int:
    """The first instant when the clocks in Oslo show `lokal` or more: for what is skipped in spring, its end."""
    tidspunkt = fra_oslo(lokal)
    if til_oslo(tidspunkt) == lokal:
        return tidspunkt
    return begrens(tidspunkt - tidspunkt % (3600 * _SEKUND))  # clocks are moved on the hour


def til_oslo(tidspunkt: int) -> int:
    """What the clocks in Oslo show."""
    return begrens(tidspunkt + _offset_ved(tidspunkt))


def oslo_dato(tidspunkt: int) -> str:
    """The date in Oslo, as `2024-06-01`."""
    return _lokal_tekst(tidspunkt + _offset_ved(tidspunkt)).partition("T")[0]


def slutt_paa_dagen(dato: str) -> int:
    """The last microsecond of the day, as wall-clock time."""
    return (_dag_i(dato) + 1) * _DOEGN - 1


def _offset_ved(tidspunkt: int) -> int:
    utc = _datetime_oslo(tidspunkt)  # fromutc() reads the fields as UTC
    return (_OSLO.fromutc(utc) - utc) // timedelta(microseconds=1)


def _datetime_oslo(mikros: int) -> datetime:
    """The fields of `mikros`, to the second, in a year that zoneinfo can do and where Oslo has the same offsets."""
    sekunder = mikros // _SEKUND
    if sekunder < _FOER_SONER_S:
        sekunder = _FOER_SONER_S
    elif sekunder > _DAGENS_REGEL_S:
        sekunder = _DAGENS_REGEL_S + (sekunder - _DAGENS_REGEL_S) % _SYKLUS_S
    return _EPOKE_OSLO + timedelta(0, sekunder)


def pluss(base: int, varighet: Varighet) -> int:
    """Months first (the 31st is cut to the last of a shorter one), then days, then time, on the line of `base`."""
    maaneder, dager, mikrosekunder = varighet
    if maaneder:
        dag_nr, i_doegnet = divmod(base, _DOEGN)
        aar, maaned, dag = _sivil(dag_nr)
        aar, maaned = divmod(12 * aar + maaned - 1 + maaneder, 12)
        maaned += 1
        base = _dag(aar, maaned, min(dag, calendar.monthrange(aar, maaned)[1])) * _DOEGN + i_doegnet
    return begrens(base + dager * _DOEGN + mikrosekunder)


def minus(base: int, varighet: Varighet) -> int:
    """Months, days, time: the order of pluss(), and therefore not its inverse."""
    return pluss(base, Varighet(-varighet.maaneder, -varighet.dager, -varighet.mikrosekunder))


def _dag(aar: int, maaned: int, dag: int) -> int:
    """Days since 1970-01-01. Raises ValueError if the month has no such day."""
    syklus, aar = divmod(aar - 1, 400)
    try:
        ordinal = date(aar + 1, maaned, dag).toordinal()
    except ValueError:
        _avvis("Datoen finnes ikke.")
    return syklus * _SYKLUS_DAGER + ordinal - _EPOKE_DAG


def _sivil(dag_nr: int) -> tuple[int, int, int]:
    """Year, month and day: the inverse of _dag()."""
    syklus, dager = divmod(dag_nr + _EPOKE_DAG - 1, _SYKLUS_DAGER)
    dato = date.fromordinal(dager + 1)
    return 400 * syklus + dato.year, dato.month, dato.day


class Klokke:
    """The only clock. Development mode moves it; a moved clock stands still until slipp()."""

    def __init__(self, stoppet_paa: int | None = None) -> None:
        self._stoppet_paa = stoppet_paa

    @property
    def stoppet(self) -> bool:
        return self._stoppet_paa is not None

    def now(self) -> int:
        stoppet_paa = self._stoppet_paa  # read once: slipp() may come between the question and the answer
        return self.ekte_mikrosekunder() if stoppet_paa is None else stoppet_paa

    def monotonic(self) -> float:
        """Seconds for leases and time-outs; follows real time also when the clock is stopped."""
        return time.monotonic()

    def ekte_sekunder(self) -> float:
        """Unix time; the expiry of tokens follows it also when the clock has been moved."""
        return time.time()

    def ekte_mikrosekunder(self) -> int:
        """What now() will be once the clock is let go."""
        return time.time_ns() // 1000

    def stopp(self, tidspunkt: int) -> None:
        self._stoppet_paa = begrens(tidspunkt)

    def slipp(self) -> None:
        self._stoppet_paa = None
