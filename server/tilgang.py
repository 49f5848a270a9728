"""Who may see what, worked out at each look: the keys that a person holds, and the keys that items ask for.

A key is a row in `tilgang`; items refer to it by number, so access is one indexed join. A person's Altinn keys are kept
for a few minutes and numbers are added to them as items begin to ask; numbers are never reused, so a number that is
kept can only ever mean the key it was read for. Nærmeste leder is read anew every time.

A look-up may take seconds, so access is never asked for inside a transaction.
"""

from array import array
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from math import inf
from threading import BoundedSemaphore, Lock
from typing import Any, cast

import apsw
import orjson

from server import altinn
from server.altinn import SlaaOpp
from server.database import Database
from server.inndata import Mottaker

VENT_S = 5  # for a look-up of the same person that is under way; a bell asks again after ten seconds

# ── Keys of items ──


def noekkel(mottaker: Mottaker, virksomhetsnummer: str) -> str:
    """The canonical text of what a mottaker of this virksomhet must hold."""
    if mottaker.altinn_ressurs:
        return _tekst("R", virksomhetsnummer, mottaker.altinn_ressurs.ressurs_id)
    if mottaker.altinn:
        return _tekst("S", virksomhetsnummer, f"{mottaker.altinn.service_code}:{mottaker.altinn.service_edition}")
    assert mottaker.naermeste_leder
    leder = mottaker.naermeste_leder
    return naermeste_leder_noekkel(leder.naermeste_leder_fnr, leder.ansatt_fnr, virksomhetsnummer)


def naermeste_leder_noekkel(leder_fnr: str, ansatt_fnr: str, virksomhetsnummer: str) -> str:
    return _tekst("N", leder_fnr, ansatt_fnr, virksomhetsnummer)


def ogsaa_godtatt(noekkel: str) -> list[str]:
    """Keys that an item of a sak with this key may have besides: the resources that replaced an Altinn 2 service."""
    slag, *deler = orjson.loads(noekkel)
    return [_tekst("R", deler[0], ressurs) for ressurs in altinn.ERSTATTERE.get(deler[1], [])] if slag == "S" else []


def nummer(db: apsw.Connection, noekler: Iterable[str]) -> list[int]:
    """The number of each key, made if it is new. Same order, without repetition."""
    numre = []
    for tekst in dict.fromkeys(noekler):
        kjent = db.execute("SELECT tilgang_nr FROM tilgang WHERE noekkel = ?", (tekst,)).get
        if kjent is None:
            kjent = db.execute("INSERT INTO tilgang (noekkel) VALUES (?) RETURNING tilgang_nr", (tekst,)).get
        numre.append(kjent)
    return numre


def glem_ubrukte(db: apsw.Connection, numre: Collection[int]) -> None:
    """Erase those of the keys that no item asks for any more: a key may name people."""
    db.executemany(
        """
        DELETE FROM tilgang WHERE tilgang_nr = ?1
           AND NOT EXISTS (SELECT 1 FROM mottaker WHERE tilgang_nr = ?1)
           AND NOT EXISTS (SELECT 1 FROM sak_mottaker WHERE tilgang_nr = ?1)
        """,
        [(nr,) for nr in numre],
    )


def som_mottakere(noekler: Iterable[str]) -> list[dict[str, Any]]:
    """Keys as the Mottaker union: Altinn 2 first, then nærmeste leder, then ressurser; else in the order given."""
    mottakere = [_som_mottaker(*orjson.loads(noekkel)) for noekkel in noekler]
    rekkefoelge = ("AltinnMottaker", "NaermesteLederMottaker", "AltinnRessursMottaker")
    return sorted(mottakere, key=lambda mottaker: rekkefoelge.index(mottaker["__typename"]))


def _som_mottaker(slag: str, *deler: str) -> dict[str, Any]:
    if slag == "R":
        return {"__typename": "AltinnRessursMottaker", "virksomhetsnummer": deler[0], "ressurs_id": deler[1]}
    if slag == "S":
        code, _, edition = deler[1].rpartition(":")
        return {
            "__typename": "AltinnMottaker",
            "virksomhetsnummer": deler[0],
            "service_code": code,
            "service_edition": edition,
        }
    return {
        "__typename": "NaermesteLederMottaker",
        "naermeste_leder_fnr": deler[0],
        "ansatt_fnr": deler[1],
        "virksomhetsnummer": deler[2],
    }


def _tekst(*deler: str) -> str:
    return orjson.dumps(deler).decode()


# ── Keys of people ──


@dataclass(frozen=True, slots=True)
class Innsyn:
    """What a person may see right now: numbers of keys, by virksomhet. feil_altinn: there may be more.

    `utloeper` is when the look-up behind it has to be made again, in monotonic seconds; it names the look-up, too.
    """

    av_virksomhet: dict[str, list[int]]
    naermeste_leder: list[tuple[int, str]]
    feil_altinn: bool
    utloeper: float

    def numre(self, virksomhetsnumre: Collection[str] | None = None) -> "array[int]":
        """For SQLite's carray: all keys, or those of some virksomheter."""
        oensket = None if virksomhetsnumre is None else dict.fromkeys(virksomhetsnumre)
        if oensket is None:
            valgte: Iterable[list[int]] = self.av_virksomhet.values()
        else:
            valgte = [self.av_virksomhet.get(nummer, []) for nummer in oensket]
        numre = array("q", (nr for liste in valgte for nr in liste))
        numre.extend(nr for nr, vnr in self.naermeste_leder if oensket is None or vnr in oensket)
        return numre


@dataclass(slots=True)
class _Kjent:
    laas: Lock = field(default_factory=Lock)
    slaas_opp_siden: float = inf  # monotonic, while it is
    utloeper: float = -inf
    versjon: int = 0
    noekler: dict[str, str] = field(default_factory=dict)  # key -> virksomhetsnummer
    av_virksomhet: dict[str, list[int]] = field(default_factory=dict)
    lest_til: int = 0
    feil: bool = False


class Tilganger:
    """Everybody's access. A look-up that failed is not kept."""

    def __init__(
        self,
        database: Database,
        monotonic: Callable[[], float],
        cache_s: int,
        cache_antall: int,
        slaa_opp: SlaaOpp | None = None,
        versjon: Callable[[], int] = lambda: 0,
        maks_ventende: int = 64,
    ) -> None:
        """Without `slaa_opp`: the embedded Altinn. What was looked up at another `versjon` is looked up again.

        `maks_ventende` threads at most wait for look-ups that others make.
        """
        self._database, self._monotonic, self._cache_s, self._cache_antall = database, monotonic, cache_s, cache_antall
        self._spoer_om = slaa_opp or partial(altinn.slaa_opp, database)
        self._versjon = versjon
        self._ventende = BoundedSemaphore(maks_ventende)
        self._kjente: OrderedDict[str, _Kjent] = OrderedDict()
        self._laas = Lock()

    def innsyn(self, fnr: str, token: str | None = None) -> Innsyn:
        """`token` is the person's own, for those who must show it to be told."""
        with self._laas:
            kjent = self._kjente.setdefault(fnr, _Kjent())
            self._kjente.move_to_end(fnr)
            if len(self._kjente) > self._cache_antall:
                self._kjente.popitem(last=False)
        av_virksomhet, feil, utloeper = self._innsyn_i(kjent, fnr, token)
        naermeste_leder = self._database.read().execute(
            """
            SELECT t.tilgang_nr, n.virksomhetsnummer FROM naermeste_leder n JOIN tilgang t ON t.noekkel = n.noekkel
             WHERE n.leder_fnr = ?
            """,
            (fnr,),
        )
        return Innsyn(av_virksomhet, cast(list[tuple[int, str]], naermeste_leder.fetchall()), feil, utloeper)

    def gjelder(self, fnr: str, innsyn: Innsyn) -> bool:
        """Whether this came from the look-up that is still in force. What has been stored since may add to it."""
        kjent = self._kjente.get(fnr)
        return (
            kjent is not None
            and self._monotonic() < kjent.utloeper == innsyn.utloeper
            and kjent.versjon == self._versjon()
        )

    def glem(self, fnr: str | None = None) -> None:
        """Forget what is kept for a person, or for all."""
        with self._laas:
            if fnr is None:
                self._kjente.clear()
            else:
                self._kjente.pop(fnr, None)

    def _innsyn_i(self, kjent: _Kjent, fnr: str, token: str | None) -> tuple[dict[str, list[int]], bool, float]:
        """Numbers by virksomhet, whether there may be more, and until when. People wait for their own look-up only."""
        if not kjent.laas.acquire(blocking=False) and not self._vent(kjent):
            return {}, True, -inf
        try:
            versjon = self._versjon()
            if kjent.utloeper <= self._monotonic() or kjent.versjon != versjon:
                self._slaa_opp(fnr, token, kjent)
                kjent.versjon = versjon
            self._finn_nye(kjent)
            if kjent.feil:  # those who wait are content with it, those who come later are not
                with self._laas:
                    if self._kjente.get(fnr) is kjent:
                        del self._kjente[fnr]
            return kjent.av_virksomhet, kjent.feil, kjent.utloeper
        finally:
            kjent.laas.release()

    def _vent(self, kjent: _Kjent) -> bool:
        """Whether the look-up that another thread makes came to an end.

        One that has gone on for VENT_S is not waited for: a person with many windows would else take every thread.
        """
        if not self._ventende.acquire(blocking=False):
            return False
        try:
            return kjent.laas.acquire(timeout=min(VENT_S, max(0, kjent.slaas_opp_siden + VENT_S - self._monotonic())))
        finally:
            self._ventende.release()

    def _slaa_opp(self, fnr: str, token: str | None, kjent: _Kjent) -> None:
        kjent.slaas_opp_siden = spurt = self._monotonic()
        try:
            oppslag = self._spoer_om(fnr, token)
        finally:
            kjent.slaas_opp_siden = inf
        kjent.noekler = {
            _tekst(slag, virksomhetsnummer, tilgang): virksomhetsnummer
            for virksomhetsnummer, tilgang in oppslag.par
            for slag in ("RS" if ":" in tilgang else "R")  # Altinn 2 and 3 share one name space
        }
        kjent.av_virksomhet, kjent.lest_til, kjent.feil = {}, 0, oppslag.feil
        kjent.utloeper = spurt + self._cache_s - oppslag.alder_s  # what is told was true when it was asked for

    def _finn_nye(self, kjent: _Kjent) -> None:
        """Add the numbers of keys that items have begun to ask for since the last look."""
        if not kjent.noekler:
            return
        db = self._database.read()
        siste = db.execute("SELECT max(tilgang_nr) FROM tilgang").get or 0
        if siste <= kjent.lest_til:
            return
        if siste - kjent.lest_til < len(kjent.noekler):
            rader = db.execute(
                "SELECT tilgang_nr, noekkel FROM tilgang WHERE tilgang_nr BETWEEN ? AND ?", (kjent.lest_til + 1, siste)
            )
        else:
            rader = db.execute(
                """
                SELECT t.tilgang_nr, t.noekkel FROM carray(?) k CROSS JOIN tilgang t ON t.noekkel = k.value
                 WHERE t.tilgang_nr BETWEEN ? AND ?
                """,
                (apsw.carray(tuple(kjent.noekler)), kjent.lest_til + 1, siste),
            )
        nye: defaultdict[str, list[int]] = defaultdict(list)
        for nr, tekst in rader:
            if (virksomhetsnummer := kjent.noekler.get(tekst)) is not None:
                nye[virksomhetsnummer].append(nr)
        kjent.lest_til = siste
        if nye:  # a new dict: an Innsyn that was handed out is not changed under its reader
            kjent.av_virksomhet = {**kjent.av_virksomhet} | {
                virksomhet: kjent.av_virksomhet.get(virksomhet, []) + numre for virksomhet, numre in nye.items()
            }


@dataclass(slots=True)
class Bruker:
    """One request from a person. `now` is the same for all that it does; access is looked up once, when needed.

    `savn` is told the number of each virksomhet whose name is missing, if there is anybody to ask for it.
    """

    database: Database
    _now: int
    fnr: str
    tilganger: Tilganger
    token: str | None = field(default=None, repr=False)
    savn: Callable[[str], object] | None = None
    brukt_innsyn: Innsyn | None = None  # the access that was looked up
    har_sett_klokka: bool = False  # the answer depends on when it was asked for

    @property
    def now(self) -> int:
        self.har_sett_klokka = True
        return self._now

    @property
    def innsyn(self) -> Innsyn:
        if self.brukt_innsyn is None:
            self.brukt_innsyn = self.tilganger.innsyn(self.fnr, self.token)
        return self.brukt_innsyn

    def savn_navn(self, virksomhetsnumre: Iterable[str]) -> None:
        """The person is shown something of these, whose names are not known."""
        if self.savn is not None:
            for virksomhetsnummer in virksomhetsnumre:
                self.savn(virksomhetsnummer)
