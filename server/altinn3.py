"""Altinn 3 notifications: SMS, e-mail, and "everybody who has this resource in that virksomhet".

An order with an idempotencyId that Altinn knows orders nothing more and gets the first answer again, so no failure here
is `usikker`. Altinn adds statuses without notice: one that is not known here means "not yet", never "delivered".
"""

import logging
import re
from collections.abc import Callable, Collection
from typing import Any, Literal
from urllib.parse import quote

import orjson
from pydantic import BaseModel, Field, ValidationError

from server import altinn, config
from server.kanal import KanalError, Melding, Utfall
from server.texas import IkkeSvar, Svar, Token, TokenError, Utstedt, spoer, utsted
from server.tid import Klokke

log = logging.getLogger(__name__)

SCOPE = "altinn:serviceowner/notifications.create"
MAKS_SVAR = 4 * 1024 * 1024  # a shipment to a resource has a line for each person who has it

_LEVERT = {"SMS_Delivered", "Email_Delivered"}
_FEILET = re.compile(r"[A-Za-z_]*Failed[A-Za-z_]*")
_UNDERVEIS = {"SMS_New", "SMS_Sending", "SMS_Accepted", "Email_New", "Email_Sending", "Email_Succeeded"}
_ORDRE_UNDERVEIS = {"Order_Registered", "Order_Processing", "Order_Processed"}
_ORDRE_STANSET = {"Order_Cancelled", "Order_SendConditionNotMet"}


class _Varsel(BaseModel):
    shipment_id: str = Field(alias="shipmentId", min_length=1)


class _Ordre(BaseModel):
    notification: _Varsel


class _Mottaker(BaseModel):
    status: str
    destination: str | None = None


class _Forsendelse(BaseModel):
    status: str
    recipients: list[_Mottaker] | None = None


class Altinn3:
    def __init__(
        self,
        innstillinger: config.Altinn3,
        klokke: Klokke | None = None,
        ressurser: Callable[[str], Collection[str]] = lambda _produsent_id: (),
    ) -> None:
        """`ressurser`: those that a producer is registered with."""
        self._innstillinger, self._ressurser, klokke = innstillinger, ressurser, klokke or Klokke()
        self._base_url, self._timeout_s = innstillinger.base_url.rstrip("/"), innstillinger.timeout_s
        self._maskinporten = Token(
            lambda: utsted(innstillinger.token_url, SCOPE, "maskinporten", self._timeout_s, klokke), klokke
        )
        self._plattform = Token(self._veksle, klokke)

    def bestill(self, melding: Melding) -> str:
        """Order the message and return the shipment id that its receipt is asked for with. Raises KanalError."""
        ordre = {"idempotencyId": melding.varsel_id, "recipient": self._mottaker(melding)}
        svar = self._kall("POST", "/notifications/api/v1/future/orders", orjson.dumps(ordre))
        if not svar.vellykket:
            raise _avvist(svar, permanent=svar.status in (400, 422))
        try:
            return _Ordre.model_validate_json(svar.innhold or b"").notification.shipment_id
        except ValidationError:
            raise KanalError("Altinn's answer has no shipment", kode="altinn_svar") from None

    def kvittering(self, shipment_id: str) -> Utfall | None:
        """How it went; None while that is not known. Raises KanalError, never permanent: ask again."""
        svar = self._kall("GET", f"/notifications/api/v1/future/shipment/{quote(shipment_id, safe='')}", None)
        if not svar.vellykket:
            raise _avvist(svar, permanent=False)
        try:
            forsendelse = _Forsendelse.model_validate_json(svar.innhold or b"")
        except ValidationError:
            raise KanalError("Altinn's answer is no shipment", kode="altinn_svar") from None
        return _utfall(shipment_id, forsendelse.status, forsendelse.recipients or [])

    def _mottaker(self, melding: Melding) -> dict[str, Any]:
        sms = {"body": melding.sms_tekst, "sender": self._innstillinger.avsender_sms}
        epost = {
            "fromAddress": self._innstillinger.avsender_epost,
            "subject": melding.tittel,
            "body": melding.tekst,
            "contentType": "Html",
        }
        match melding.kanal:
            case "SMS":
                nummer = melding.mottaker if melding.mottaker.startswith(("0047", "+47")) else f"+47{melding.mottaker}"
                return {"recipientSms": {"phoneNumber": nummer, "smsSettings": sms}}
            case "EPOST":
                return {"recipientEmail": {"emailAddress": melding.mottaker, "emailSettings": epost}}
            case _:
                ressurs = melding.mottaker if melding.kanal == "ALTINNRESSURS" else self._erstatter(melding)
                return {
                    "recipientOrganization": {
                        "orgNumber": melding.virksomhetsnummer,
                        "channelSchema": "EmailPreferred",
                        "resourceId": f"urn:altinn:resource:{ressurs}",
                        "resourceAction": "access",
                        "emailSettings": epost,
                        "smsSettings": sms,
                    }
                }

    def _erstatter(self, melding: Melding) -> str:
        """The resource that replaced an Altinn 2 service; of several, the one that the producer uses.

        Raises KanalError.
        """
        kandidater = altinn.ERSTATTERE.get(melding.mottaker, [])
        if len(kandidater) > 1:
            brukt = self._ressurser(melding.produsent_id)
            kandidater = [ressurs for ressurs in kandidater if ressurs in brukt]
        if not kandidater:
            raise KanalError("Altinn 2 is closed: order by resource", kode="altinn2_avviklet", permanent=True)
        return kandidater[0]

    def _kall(self, metode: Literal["GET", "POST"], sti: str, kropp: bytes | None) -> Svar:
        """Altinn's answer. A token that is refused is replaced, once."""
        svar = self._ett_kall(metode, sti, kropp)
        if svar.status in (401, 403):
            self._maskinporten.forkast()
            self._plattform.forkast()
            svar = self._ett_kall(metode, sti, kropp)
        return svar

    def _ett_kall(self, metode: str, sti: str, kropp: bytes | None) -> Svar:
        try:
            hoder = {"Authorization": f"Bearer {self._plattform.hent()}", "Accept": "application/json"}
            if kropp is not None:
                hoder["Content-Type"] = "application/json"
            return spoer(metode, self._base_url + sti, hoder, kropp, self._timeout_s, MAKS_SVAR)
        except TokenError as error:
            raise KanalError(f"no token for Altinn: {error}", kode="altinn_token") from None
        except IkkeSvar as error:
            raise KanalError(f"Altinn: {error}", kode=f"altinn_{error.hva}") from None

    def _veksle(self) -> Utstedt:
        """Altinn's own token for Maskinporten's; it comes as text, or as text in JSON. Raises TokenError."""
        import jwt  # takes 50 ms, and few use Altinn

        url = f"{self._base_url}/authentication/api/v1/exchange/maskinporten"
        hoder = {"Authorization": f"Bearer {self._maskinporten.hent()}"}
        try:
            svar = spoer("GET", url, hoder, None, self._timeout_s)
        except IkkeSvar as error:
            raise TokenError(f"exchange: {error}") from None
        if not svar.vellykket:
            self._maskinporten.forkast()
            raise TokenError(f"the exchange answered {svar.status}")
        token = (svar.innhold or b"").decode("ascii", "replace").strip().strip('"')
        try:
            utloeper = jwt.decode(token, options={"verify_signature": False}).get("exp")
        except (jwt.PyJWTError, ValueError):
            utloeper = None
        return Utstedt(token, utloeper if isinstance(utloeper, int) else 0)


def _avvist(svar: Svar, *, permanent: bool) -> KanalError:
    """The code is the status alone, as in the platform's own events; Altinn's code, if any, is for the log."""
    innhold = svar.json()
    kode = re.fullmatch(r"[A-Z]{2,5}-[0-9]{1,6}", str(innhold.get("code"))) if isinstance(innhold, dict) else None
    return KanalError(
        f"Altinn answered {svar.status}{f' {kode[0]}' if kode else ''}",
        kode=str(svar.status),
        permanent=permanent,
        vent_s=svar.vent_s() if svar.status in (429, 503) else None,
    )


def _utfall(shipment_id: str, status: str, mottakere: list[_Mottaker]) -> Utfall | None:
    if status in _ORDRE_STANSET:
        return Utfall(status)
    if status != "Order_Completed":
        if status not in _ORDRE_UNDERVEIS:
            log.warning("shipment %s has a status that is not known here: %.40r", shipment_id, status)
        return None
    levert = [m for m in mottakere if m.status in _LEVERT]
    feilet = [m for m in mottakere if _FEILET.fullmatch(m.status)]
    if ukjente := {m.status for m in mottakere} - {m.status for m in levert + feilet} - _UNDERVEIS:
        log.warning("shipment %s has recipients of a status not known here: %.40r", shipment_id, min(ukjente))
    if len(levert) + len(feilet) < len(mottakere):
        return None
    if feilet and not levert:
        detaljer = ", ".join(f"Destinasjon: {m.destination}, Status: {m.status}" for m in feilet)
        return Utfall(",".join(sorted({m.status for m in feilet})), detaljer)
    if feilet:
        log.warning("shipment %s reached %s of %s recipients", shipment_id, len(levert), len(mottakere))
    return Utfall(None)
