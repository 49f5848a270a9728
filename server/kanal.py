"""What a channel is handed and what it may answer. A channel is a module with a function that sends one message and
waits.

Everything that decides what happens next stands in KanalError: whether trying again can help, and whether the message
may have gone out although the answer was lost.
"""

from typing import NamedTuple


class Melding(NamedTuple):
    """One varsel as a channel needs it. `mottaker` is a number, an address, a resource, or an Altinn 2 code:edition."""

    varsel_id: str  # the idempotency key
    kanal: str  # SMS | EPOST | ALTINNRESSURS | ALTINNTJENESTE
    mottaker: str
    virksomhetsnummer: str
    tittel: str | None
    tekst: str | None  # of an e-mail, HTML
    sms_tekst: str | None
    produsent_id: str


class Utfall(NamedTuple):
    """A final receipt. `kode` is None when the message was delivered."""

    kode: str | None
    detaljer: str | None = None  # contains addresses: never logged


class KanalError(Exception):
    """The message was not accepted, or nobody knows. The text says why, and never to whom."""

    def __init__(
        self,
        message: str,
        *,
        kode: str,
        permanent: bool = False,
        usikker: bool = False,
        vent_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kode = kode
        self.permanent = permanent  # the same message will be refused again
        self.usikker = usikker  # it may have been accepted: the answer was lost on the way
        self.vent_s = vent_s  # what the other side asks us to wait, if it does
