"""The producer register and what it allows: who is calling, with which merkelapper, to whom.

There is no ownership: any producer with an item's merkelapp may read, change and delete it.

A request holds the producer that it found at its start, so the register may be replaced at any time.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

from server import config, tid
from server.config import Config, ConfigError, Produsent
from server.database import Database
from server.feil import UgyldigInndata, UgyldigMerkelapp, UgyldigMottaker, UkjentProdusent
from server.inndata import Mottaker

log = logging.getLogger(__name__)


class Register:
    """Application name -> producer. An application that is not in it may only ask who it is."""

    def __init__(self, produsenter: Iterable[Produsent]) -> None:
        self.bytt(produsenter)

    def bytt(self, produsenter: Iterable[Produsent]) -> None:
        """From the next request on, these are the producers."""
        self._av_applikasjon = {navn: produsent for produsent in produsenter for navn in produsent.applikasjoner}

    def finn(self, applikasjon: str) -> Produsent | None:
        return self._av_applikasjon.get(applikasjon)

    def ressurser(self, produsent_id: str) -> tuple[str, ...]:
        """What it may use of Altinn 3; nothing if it is no longer in the register."""
        return next((p.ressurser for p in self._av_applikasjon.values() if p.id == produsent_id), ())


class Registerfil:
    """Lets the register follow the file of settings. All else there waits for a restart, and the log says what."""

    def __init__(self, register: Register, settings: Config, fil: Path, les: Callable[[], Config]) -> None:
        """`settings` are in use; `les` reads them anew, and raises ConfigError."""
        self._register, self._settings, self._fil, self._les = register, settings, fil, les
        self._produsenter = settings.produsent
        self._sett = config.stempel(fil)
        self._lest: object = self  # no stamp: what changed while the program started is read at the first look
        self._bedt = False

    def be_om_lesing(self) -> None:
        """Read at the next look. For a signal handler: it takes no lock, and wakes nobody."""
        self._bedt = True

    def se_etter(self) -> None:
        """Read the file if it has changed. One that cannot be used changes nothing, and is told of once."""
        stempel, bedt = config.stempel(self._fil), self._bedt
        self._bedt = False
        if not bedt and (stempel == self._lest or stempel != self._sett):
            self._sett = stempel  # it may still be being written: it is read when it has stood still for a while
            return
        self._lest = self._sett = stempel
        try:
            nye = self._les()
        except ConfigError as error:
            log.error("the register of producers stays as it was: %s", error)
            return
        self._register.bytt(nye.produsent)
        foer, etter = ({p.id: p for p in produsenter} for produsenter in (self._produsenter, nye.produsent))
        self._produsenter = nye.produsent
        endret = sorted(id for id in foer.keys() | etter.keys() if foer.get(id) != etter.get(id))
        if endret or bedt:
            log.info("the register has %d producers; changed: %s", len(etter), ", ".join(endret) or "none")
        if venter := config.ulike(self._settings, nye, unntatt=["produsent"]):
            log.warning("a restart is needed for what else has changed in %s: %s", self._fil, ", ".join(venter))


@dataclass(frozen=True, slots=True)
class Kall:
    """One request from a producer. `now` is the same for all that it does."""

    database: Database
    now: int
    applikasjon: str
    registrert: Produsent | None
    altinn2: bool
    streng: bool = False  # refuse varsler that break the terms of use
    krev_vilkaar: bool = False  # refuse producers that have not accepted them
    advarsler: list[str] = field(default_factory=list)  # told beside the answer

    @property
    def produsent(self) -> Produsent:
        """Raises UkjentProdusent."""
        if self.registrert is None:
            raise UkjentProdusent(self.applikasjon)
        if self.krev_vilkaar and not _har_godtatt(self.registrert.vilkaar_godtatt, self.now):
            raise UkjentProdusent(self.applikasjon, "er registrert, men bruksvilkårene er ikke godtatt")
        return self.registrert

    @property
    def er_kjent(self) -> bool:
        """Whether it may do more than ask who it is."""
        try:
            _ = self.produsent
        except UkjentProdusent:
            return False
        return True

    def krev_merkelapp(self, merkelapp: str) -> None:
        """Raises UkjentProdusent or UgyldigMerkelapp."""
        if merkelapp not in self.produsent.merkelapper:
            lovlige = ", ".join(self.produsent.merkelapper)
            raise UgyldigMerkelapp(f"Merkelappen '{merkelapp}' er ikke blant produsentens: {lovlige}.")

    def krev_mottakere(self, mottakere: Iterable[Mottaker]) -> None:
        """Raises UkjentProdusent or UgyldigMottaker. The text names a ressurs or tjeneste, never a person."""
        for mottaker in mottakere:
            if mottaker.altinn_ressurs:
                ressurs = mottaker.altinn_ressurs.ressurs_id
                lovlig, hva = ressurs in self.produsent.ressurser, f"Altinn-ressursen '{ressurs}'"
            elif mottaker.altinn:
                tjeneste = f"{mottaker.altinn.service_code}:{mottaker.altinn.service_edition}"
                lovlig, hva = tjeneste in self.produsent.tjenester, f"Altinn-tjenesten '{tjeneste}'"
            else:
                lovlig, hva = self.produsent.naermeste_leder, "nærmeste leder"
            if not lovlig:
                raise UgyldigMottaker(f"Produsenten kan ikke bruke {hva} som mottaker. Lovlige: {self._lovlige()}.")

    def si_fra(self, brudd: Iterable[str]) -> None:
        """Warn of what breaks the terms of use. Raises UgyldigInndata if that is not tolerated."""
        for setning in brudd:
            if self.streng:
                raise UgyldigInndata(f"Bruksvilkårene tillater ikke dette. {setning}")
            self.advarsler.append(setning)

    def _lovlige(self) -> str:
        lovlige = [*self.produsent.ressurser, *self.produsent.tjenester]
        return ", ".join([*lovlige, "nærmeste leder"] if self.produsent.naermeste_leder else lovlige) or "ingen"


def _har_godtatt(dato: date | None, now: int) -> bool:
    return dato is not None and _begynnelsen_av(dato) <= now


@lru_cache
def _begynnelsen_av(dato: date) -> int:
    """Midnight in Oslo."""
    return tid.fra_oslo(tid.parse_lokal(f"{dato}T00:00"))
