"""SMS through an HTTP gateway: one POST for one message, in the words that the gateway wants (`mal`).

What the answer means is decided by one question: can the gateway have taken the message? Then the failure is `usikker`,
and a gateway that cannot tell a repetition must not be sent one behind anybody's back.
"""

import re
from typing import Any

import orjson

from server import config
from server.kanal import KanalError, Melding
from server.texas import IkkeSvar, Svar, spoer

_FELT = re.compile(r"\{([A-Za-z_]+)\}")
_PLASSHOLDERE = {"til", "tekst", "varselId"}
_NORSK = re.compile(r"(?:\+47|0047)?([0-9]{8})")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")

# Of the 4xx, those that say nothing about the message: our settings, or that the same key is being worked on.
_PASSERER = {401, 403, 404, 407, 408, 409, 425, 429}
# Something in between has answered, or the answer to a POST that was carried out is to be had elsewhere.
_USIKRE = {302, 303, 502, 504}


def send(innstillinger: config.Gateway, melding: Melding, autorisasjon: str) -> None:
    """Raises KanalError."""
    if melding.sms_tekst is None:
        raise KanalError("there is no text to send", kode="gateway_innhold", permanent=True)
    verdier = {"til": _e164(melding.mottaker), "tekst": melding.sms_tekst, "varselId": melding.varsel_id}
    hoder = {
        "Content-Type": "application/json",
        **innstillinger.hoder,
        **({"Authorization": autorisasjon} if autorisasjon else {}),
        "Idempotency-Key": melding.varsel_id,
    }
    kropp = _fyll_ut(innstillinger.mal, verdier).encode()
    try:
        svar = spoer("POST", innstillinger.url, hoder, kropp, innstillinger.timeout_s)
    except IkkeSvar as error:
        raise KanalError(f"SMS gateway: {error}", kode=f"gateway_{error.hva}", usikker=error.sendt) from None

    if svar.vellykket:
        if not _bekreftet(innstillinger, svar):
            raise KanalError(
                f"the SMS gateway answered {svar.status} without what means success", kode="gateway_svar", usikker=True
            )
        return
    raise KanalError(
        f"the SMS gateway answered {svar.status}",
        kode=f"gateway_{svar.status}",
        permanent=400 <= svar.status < 500 and svar.status not in _PASSERER,
        usikker=svar.status in _USIKRE,
        vent_s=svar.vent_s() if svar.status in (429, 503) else None,
    )


def sjekk_mal(mal: str) -> None:
    """Raises ValueError if the template is not JSON with any text in it, or does not say what to whom."""
    brukt = set(_FELT.findall(mal))
    if ukjente := brukt - _PLASSHOLDERE:
        raise ValueError(f"unknown placeholder {{{min(ukjente)}}}; there are {{til}}, {{tekst}} and {{varselId}}")
    if mangler := {"til", "tekst"} - brukt:
        raise ValueError(f"{{{min(mangler)}}} is missing")
    try:
        orjson.loads(_fyll_ut(mal, dict.fromkeys(_PLASSHOLDERE, 'a "b"\\\n😀')))
    except ValueError:
        raise ValueError('not JSON: each placeholder must stand between double quotes, as in {"to": "{til}"}') from None


def _fyll_ut(mal: str, verdier: dict[str, str]) -> str:
    """In one pass: what looks like a placeholder in a text is text."""
    return _FELT.sub(lambda treff: _i_json(verdier[treff[1]]) if treff[1] in verdier else treff[0], mal)


def _i_json(tekst: str) -> str:
    """As it stands between the quotes of a JSON string."""
    return orjson.dumps(tekst.encode("utf-8", "replace").decode()).decode()[1:-1]


def _bekreftet(innstillinger: config.Gateway, svar: Svar) -> bool:
    """Whether the answer says what it has to; a part of the path that is a number picks from a list."""
    if not innstillinger.vellykket_felt:
        return True
    verdi: Any = svar.json()
    for navn in innstillinger.vellykket_felt.split("."):
        if isinstance(verdi, list) and navn.isdecimal() and int(navn) < len(verdi):
            verdi = verdi[int(navn)]
        elif isinstance(verdi, dict) and navn in verdi:
            verdi = verdi[navn]
        else:
            return False
    fasit = innstillinger.vellykket_verdi
    return verdi == fasit if isinstance(verdi, str) else orjson.dumps(verdi).decode() == fasit


def _e164(nummer: str) -> str:
    if treff := _NORSK.fullmatch(nummer):
        return f"+47{treff[1]}"
    if _E164.fullmatch(nummer):
        return nummer
    raise KanalError("not a phone number", kode="gateway_mottaker", permanent=True)
