"""The producer register and what it allows: who is calling, with which merkelapper, to whom.

There is no ownership: any producer with an item's merkelapp may read, change and delete it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from server.config import Produsent
from server.database import Database
from server.feil import UgyldigInndata, UgyldigMerkelapp, UgyldigMottaker, UkjentProdusent
from server.inndata import Mottaker


class Register:
    """Application name -> producer. An application that is not in it may only ask who it is."""

    def __init__(self, produsenter: Iterable[Produsent]) -> None:
        self._av_applikasjon = {navn: produsent for produsent in produsenter for navn in produsent.applikasjoner}

    def finn(self, applikasjon: str) -> Produsent | None:
        return self._av_applikasjon.get(applikasjon)


@dataclass(frozen=True, slots=True)
class Kall:
    """One request from a producer. `now` is the same for all that it does."""

    database: Database
    now: int
    applikasjon: str
    registrert: Produsent | None
    altinn2: bool
    streng: bool = False  # refuse varsler that break the terms of use
    advarsler: list[str] = field(default_factory=list)  # told beside the answer

    @property
    def produsent(self) -> Produsent:
        """Raises UkjentProdusent."""
        if self.registrert is None:
            raise UkjentProdusent(self.applikasjon)
        return self.registrert

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
