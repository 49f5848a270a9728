"""What time should do, for the simulation: plain objects, and all that is to happen as one heap ordered by time.

It shares no code with the server, so that the two are wrong in the same way only by chance.
"""

import calendar
import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")
EPOKE = datetime(1970, 1, 1, tzinfo=UTC)
MIKRO = timedelta(microseconds=1)

# ── Time, once more ──


def instant(lokal: int) -> int:
    """The instant when Oslo's clocks show `lokal`."""
    return ((EPOKE + lokal * MIKRO).replace(tzinfo=OSLO) - EPOKE) // MIKRO


def paa_klokka(tidspunkt: int) -> int:
    return ((EPOKE + tidspunkt * MIKRO).astimezone(OSLO).replace(tzinfo=UTC) - EPOKE) // MIKRO


def dato(tidspunkt: int) -> date:
    return (EPOKE + tidspunkt * MIKRO).astimezone(OSLO).date()


def klokka(dag: date, timer: int = 0, minutter: int = 0) -> int:
    """The instant when it is so much in Oslo that day; midnight, which begins it, if nothing is said."""
    return instant((datetime(dag.year, dag.month, dag.day, timer, minutter, tzinfo=UTC) - EPOKE) // MIKRO)


def flytt(t: int, varighet: tuple[int, int, int], fortegn: int = 1) -> int:
    """So many months, days and microseconds later (or earlier, with -1), on the line that `t` is on."""
    maaneder, dager, mikro = varighet
    dt = EPOKE + t * MIKRO
    aar, maaned = divmod(dt.year * 12 + dt.month - 1 + fortegn * maaneder, 12)
    dt = dt.replace(year=aar, month=maaned + 1, day=min(dt.day, calendar.monthrange(aar, maaned + 1)[1]))
    return (dt + fortegn * (timedelta(days=dager) + mikro * MIKRO) - EPOKE) // MIKRO


VINDUER = {"NKS_AAPNINGSTID": (5, (8, 30), (14, 31)), "DAGTID_IKKE_SOENDAG": (6, (9, 0), (16, 1))}


def aapner(vindu: str, tidspunkt: int | None, now: int) -> int:
    """The first instant from now on at which it may be sent: looks at one day after the other."""
    if vindu == "SPESIFISERT":
        assert tidspunkt is not None
        return max(now, tidspunkt)
    if vindu == "LOEPENDE":
        return now
    ukedager, fra, til = VINDUER[vindu]
    for dag in (dato(now) + timedelta(days=d) for d in range(9)):
        if dag.weekday() < ukedager:
            if now < klokka(dag, *til):
                return max(now, klokka(dag, *fra))
    raise AssertionError


# ── The model ──


@dataclass(eq=False, slots=True)
class Varsel:
    id: str
    nr: int
    eier: "Notifikasjon"
    vindu: str
    tidspunkt: int | None
    bestilt: int
    feiler: bool
    send_etter: int | None = None
    status: str = "NY"


@dataclass(eq=False, slots=True)
class Paaminnelse:
    nr: int
    tidspunkt: int
    varsler: list[Varsel]


@dataclass(eq=False, slots=True)
class Notifikasjon:
    id: str
    nr: int
    slag: str
    merkelapp: str
    ekstern_id: str
    gruppe: str | None
    opprettet: int
    seere: frozenset[str]
    lag: Callable[[], Any]  # the call that made it, to be repeated
    svar: Any = None  # what it was answered
    tilstand: str | None = None
    frist: date | None = None
    start: int | None = None
    slettes: int | None = None
    kan_paaminnes: bool = True
    paaminnelse: Paaminnelse | None = None
    paaminnet: int | None = None
    utfoert: int | None = None
    utgaatt: int | None = None
    klikk: set[str] = field(default_factory=set)
    varsler: list[Varsel] = field(default_factory=list)
    finnes: bool = True


@dataclass(eq=False, slots=True)
class Sak:
    id: str
    nr: int
    merkelapp: str
    gruppe: str
    endret: int
    slettes: int | None = None
    finnes: bool = True


class Hendelse(NamedTuple):
    tidspunkt: int
    type: str
    id: str


class Modell:
    """What should be there, and what should have happened by itself."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.nr = itertools.count(1)
        self.saker: dict[tuple[str, str], Sak] = {}
        self.notifikasjoner: dict[str, Notifikasjon] = {}
        self.i_gruppe: dict[tuple[str, str], list[Notifikasjon]] = {}
        self.slettede: dict[tuple[str, str], None] = {}  # in order: a set's would be another one in each run
        self.venter: dict[str, Varsel] = {}  # planned, and not final
        self.hendelser: list[Hendelse] = []  # of today
        self.utboks: list[tuple[Varsel, int]] = []  # of today
        self.skjedd: Counter[str] = Counter()
        self._koe: list[tuple[int, int, int, int, Any]] = []
        self._loepenr = itertools.count()

    # What will happen, by time and then by the order of the steps. Entries that no longer hold are passed over.

    def planlegg(self, tidspunkt: int | None, steg: int, nr: int, hva: Any) -> None:
        if tidspunkt is not None:
            heapq.heappush(self._koe, (tidspunkt, steg, nr, next(self._loepenr), hva))

    def gaa_til(self, maal: int) -> None:
        while self._koe and self._koe[0][0] <= maal:
            tidspunkt, steg, _, _, hva = heapq.heappop(self._koe)
            foer, self.now = self.now, max(self.now, tidspunkt)
            if not (self._fyr, self._utgaa, self._hold, self._slett, self._send)[steg](tidspunkt, hva):
                self.now = foer
        self.now = maal

    def _fyr(self, tidspunkt: int, hva: tuple[Notifikasjon, Paaminnelse]) -> bool:
        n, p = hva
        if not n.finnes or n.paaminnelse is not p:
            return False
        if n.tilstand in ("UTFOERT", "AVLYST") or not n.kan_paaminnes or self._under_slettet(n):
            self.trekk_paaminnelse(n)
            return True
        n.paaminnelse, n.paaminnet = None, tidspunkt
        n.klikk.clear()
        self.flytt_sak(n, tidspunkt)
        self.skjer("PaaminnelseOpprettet", n)
        for varsel in p.varsler:
            self.start_varsel(varsel, min(max(tidspunkt, varsel.bestilt), self.now))
        return True

    def _utgaa(self, tidspunkt: int, n: Notifikasjon) -> bool:
        if not n.finnes or n.tilstand != "NY" or n.frist is None or klokka(n.frist + timedelta(days=1)) != tidspunkt:
            return False
        self.utgaa(n, tidspunkt - 1)
        self.skjer("OppgaveUtgaatt", n)
        return True

    def _hold(self, tidspunkt: int, n: Notifikasjon) -> bool:
        if not n.finnes or n.tilstand in ("AVLYST", "AVHOLDT"):
            return False
        n.tilstand = "AVHOLDT"
        self.skjer("KalenderavtaleOppdatert", n)
        return True

    def _slett(self, tidspunkt: int, hva: Notifikasjon | Sak) -> bool:
        if not hva.finnes or hva.slettes != tidspunkt:
            return False
        for borte in self.slett_sak(hva) if isinstance(hva, Sak) else self.slett(hva):
            self.skjer("HardDelete", borte)
        return True

    def _send(self, tidspunkt: int, v: Varsel) -> bool:
        if v.status != "NY" or v.send_etter != tidspunkt:
            return False
        senere = aapner(v.vindu, v.tidspunkt, self.now)
        if senere > self.now:
            self._vent(v, senere)
            return True
        v.status, v.send_etter = "FEILET" if v.feiler else "SENDT", None
        del self.venter[v.id]
        if not v.feiler:
            self.utboks.append((v, self.now))
        if v.eier.finnes:
            self.skjer("EksterntVarselFeilet" if v.feiler else "EksterntVarselVellykket", v.eier)
        return True

    def skjer(self, type: str, hva: Notifikasjon | Sak) -> None:
        self.hendelser.append(Hendelse(self.now, type, hva.id))
        self.skjedd[type] += 1

    # Orders

    def ny_sak(self, sak: Sak) -> None:
        self.saker[sak.merkelapp, sak.gruppe] = sak
        self.slettes(sak, sak.slettes)

    def ny(self, n: Notifikasjon) -> None:
        self.notifikasjoner[n.id] = n
        if n.gruppe is not None:
            self.i_gruppe.setdefault((n.merkelapp, n.gruppe), []).append(n)
        self.flytt_sak(n, n.opprettet)
        self.planlegg_alt(n)

    def planlegg_alt(self, n: Notifikasjon) -> None:
        if n.frist is not None:
            self.planlegg(klokka(n.frist + timedelta(days=1)), 1, n.nr, n)
        if n.start is not None:
            self.planlegg(n.start + 1, 2, n.nr, n)
        self.slettes(n, n.slettes)

    def slettes(self, hva: Notifikasjon | Sak, tidspunkt: int | None) -> None:
        hva.slettes = tidspunkt
        self.planlegg(tidspunkt, 3, hva.nr, hva)

    def flytt_sak(self, n: Notifikasjon, til: int) -> None:
        if n.gruppe is not None and (sak := self.saker.get((n.merkelapp, n.gruppe))):
            sak.endret = max(sak.endret, til)

    def bestill_paaminnelse(self, n: Notifikasjon, tidspunkt: int, varsler: list[Varsel]) -> None:
        n.paaminnelse = Paaminnelse(next(self.nr), tidspunkt, varsler)
        self.planlegg(tidspunkt, 0, n.paaminnelse.nr, (n, n.paaminnelse))

    def trekk_paaminnelse(self, n: Notifikasjon) -> None:
        if n.paaminnelse:
            for varsel in n.paaminnelse.varsler:
                self._kanseller(varsel)
            n.paaminnelse = None

    def start_varsel(self, v: Varsel, fra: int) -> None:
        self._vent(v, aapner(v.vindu, v.tidspunkt, fra))

    def _vent(self, v: Varsel, til: int) -> None:
        v.send_etter = til
        self.venter[v.id] = v
        self.planlegg(til, 4, v.nr, v)

    def kanseller(self, n: Notifikasjon) -> None:
        for varsel in n.varsler:
            if varsel.status == "NY" and varsel.send_etter is not None:
                self._kanseller(varsel)

    def _kanseller(self, v: Varsel) -> None:
        v.status, v.send_etter = "KANSELLERT", None
        self.venter.pop(v.id, None)
        self.skjer("EksterntVarselKansellert", v.eier)

    def utgaa(self, n: Notifikasjon, tidspunkt: int) -> None:
        n.tilstand, n.utgaatt = "UTGAATT", tidspunkt
        self.trekk_paaminnelse(n)

    def slett(self, n: Notifikasjon) -> list[Notifikasjon | Sak]:
        """What is gone, in order. Its waiting varsler stay."""
        n.finnes = False
        n.paaminnelse = None
        del self.notifikasjoner[n.id]
        if n.gruppe is not None:
            self.i_gruppe[n.merkelapp, n.gruppe].remove(n)
        return [n]

    def slett_sak(self, sak: Sak) -> list[Notifikasjon | Sak]:
        sak.finnes = False
        del self.saker[sak.merkelapp, sak.gruppe]
        self.slettede[sak.merkelapp, sak.gruppe] = None
        borte = [b for n in list(self.i_gruppe.get((sak.merkelapp, sak.gruppe), ())) for b in self.slett(n)]
        return [*borte, sak]

    def maske(self, sak: Sak) -> int:
        """Which states its oppgaver have: a bit for each, and one of the upper three if it has been reminded too."""
        bit = {"NY": 1, "VENTER_SVAR_FRA_ARBEIDSGIVER": 1, "UTFOERT": 2, "UTGAATT": 4}
        maske = 0
        for n in self.i_gruppe.get((sak.merkelapp, sak.gruppe), ()):
            maske |= bit.get(n.tilstand or "", 0) * (9 if n.paaminnet is not None else 1)
        return maske

    def _under_slettet(self, n: Notifikasjon) -> bool:
        return n.gruppe is not None and (n.merkelapp, n.gruppe) in self.slettede
