"""Errors told to callers: the class name is the type in the SDL, so renaming a class breaks the contract.

`Feil` becomes a member of the result union. `UgyldigInndata` and `Innfeil` become GraphQL errors (no data): the first
for a rule that an input breaks, the second for what the platform reports as an exception of its own.
"""

from typing import Any


class Feil(Exception):
    """A typed error: an answer, not a fault."""

    def __init__(self, feilmelding: str, **felter: Any) -> None:
        super().__init__(feilmelding)
        self.felter = felter

    def som_resultat(self) -> dict[str, Any]:
        return {"__typename": type(self).__name__, "feilmelding": str(self), **self.felter}


class UkjentProdusent(Feil):
    """The token is valid, but its application is not in the register, or has not accepted the terms of use."""

    def __init__(self, applikasjon: str, grunn: str = "er ikke registrert som produsent") -> None:
        super().__init__(f"Applikasjonen '{applikasjon}' {grunn}.")


class UkjentRolle(Feil):
    """In the contract only; no rule of today gives it."""


class UgyldigMerkelapp(Feil):
    """The producer is not registered with this merkelapp."""


class UgyldigMottaker(Feil):
    """The producer may not address this mottaker, or the sak does not have it."""


class UgyldigKalenderavtale(Feil):
    """The times of a kalenderavtale, or of its påminnelse, contradict each other."""


class UgyldigPaaminnelseTidspunkt(Feil):
    """A påminnelse before creation, after the frist, or relative to what is not there."""


class DuplikatEksternIdOgMerkelapp(Feil):
    """Another notifikasjon has this eksternId and merkelapp. Field: id_til_eksisterende."""


class DuplikatGrupperingsid(Feil):
    """Another sak has this grupperingsid and merkelapp. Field: id_til_eksisterende."""


class DuplikatGrupperingsidEtterDelete(Feil):
    """A deleted sak had this grupperingsid and merkelapp."""


class SakFinnesIkke(Feil):
    """No such sak, or it has been deleted."""


class NotifikasjonFinnesIkke(Feil):
    """No such notifikasjon of the kind asked for, or it has been deleted."""


class OppgavenErAlleredeUtfoert(Feil):
    """An oppgave that is done cannot expire."""


class Konflikt(Feil):
    """The idempotency key was used with another content, or the frist would move backwards."""


class UgyldigInndata(Exception):
    """An input breaks a rule that the SDL cannot state."""


class ManglerMottaker(UgyldigInndata):
    """No mottaker at all. The platform reports this with two errors."""


class Innfeil(Exception):
    """What the platform reports as an unhandled exception; `java` is the class name that clients may look for."""

    def __init__(self, message: str, java: str = "java.lang.IllegalArgumentException") -> None:
        super().__init__(message)
        self.java = java
