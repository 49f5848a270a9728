"""Who leads whom: intake of the feed's messages. Only active relations are stored, so a row is the right to see.

A message is about one relation, and the last one about it counts: a feed may be told again from its start. What is
wrong with a message is told by its number, and without anything from it, since all of it is about people.
"""

from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple

import apsw
import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from server import tid, tilgang
from server.feil import Innfeil
from server.identitet import les_id

FORM = {  # what a field that is no other text has to be
    "narmesteLederId": "er ikke en UUID",
    "fnr": "er ikke bare sifre",
    "narmesteLederFnr": "er ikke bare sifre",
    "orgnummer": "er ikke bare sifre",
    "aktivTom": "er ikke en dato som 2026-12-31",
}


class Ubrukelig(NamedTuple):
    """A message that cannot be used: which one, counted from 1, and why."""

    nummer: int
    feil: str


def _uuid(tekst: str) -> str:
    try:
        return les_id(tekst)
    except Innfeil as error:
        raise ValueError(str(error)) from None


# Producers are not held to 9 and 11 digits when they name somebody, so the two must be able to meet here.
Tall = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]


class Melding(BaseModel):
    """One message, in the shape of the topic teamsykmelding.syfo-narmesteleder-leesah. Other fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Annotated[str, AfterValidator(_uuid), Field(alias="narmesteLederId")]
    ansatt_fnr: Tall = Field(alias="fnr")
    leder_fnr: Tall = Field(alias="narmesteLederFnr")
    virksomhetsnummer: Tall = Field(alias="orgnummer")
    aktiv_tom: Annotated[str, AfterValidator(tid.parse_dato)] | None = Field(None, alias="aktivTom")


def les(innhold: Any) -> list[Melding]:
    """One message or a list of them. Raises ValueError if any cannot be used."""
    meldinger, ubrukelige = les_hver(innhold if isinstance(innhold, list) else [innhold])
    if ubrukelige:
        raise ValueError(f"melding {ubrukelige[0].nummer}: {ubrukelige[0].feil}")
    return meldinger


def les_hver(innhold: Iterable[Any], foerste: int = 1) -> tuple[list[Melding], list[Ubrukelig]]:
    """Those that can be used, and those that cannot. Each is read JSON, or the bytes of one line.

    A record without a value (null), or an empty line, is neither.
    """
    meldinger, ubrukelige = [], []
    for nummer, en in enumerate(innhold, foerste):
        try:
            verdi = en if not isinstance(en, bytes) else orjson.loads(en) if en.strip() else None
            if verdi is not None:
                meldinger.append(Melding.model_validate(verdi))
        except ValidationError as error:
            ubrukelige.append(Ubrukelig(nummer, _grunn(error)))
        except orjson.JSONDecodeError:
            ubrukelige.append(Ubrukelig(nummer, "er ikke gyldig JSON"))
    return meldinger, ubrukelige


def ta_imot(db: apsw.Connection, meldinger: Iterable[Melding]) -> None:
    """Store or remove relations, in order. With an aktivTom, even one to come, the relation is over."""
    siste = {melding.id: melding for melding in meldinger}.values()
    db.executemany("DELETE FROM naermeste_leder WHERE id = ?", [(m.id,) for m in siste if m.aktiv_tom is not None])
    db.executemany(
        """
        INSERT INTO naermeste_leder (id, leder_fnr, ansatt_fnr, virksomhetsnummer, noekkel)
            VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (id) DO UPDATE SET leder_fnr = ?2, ansatt_fnr = ?3, virksomhetsnummer = ?4, noekkel = ?5
                WHERE noekkel <> ?5
        """,
        [
            (
                m.id,
                m.leder_fnr,
                m.ansatt_fnr,
                m.virksomhetsnummer,
                tilgang.naermeste_leder_noekkel(m.leder_fnr, m.ansatt_fnr, m.virksomhetsnummer),
            )
            for m in siste
            if m.aktiv_tom is None
        ],
    )


def _grunn(error: ValidationError) -> str:
    """What is wrong, in words of our own: pydantic's may repeat what was there."""
    grunner = []
    for feil in error.errors(include_url=False, include_context=False, include_input=False):
        felt = str(feil["loc"][0]) if feil["loc"] else ""
        match feil["type"]:
            case "missing":
                grunner.append(f"{felt} mangler")
            case "string_type":
                grunner.append(f"{felt} er ikke en tekst")
            case _:
                grunner.append(f"{felt} {FORM[felt]}" if felt else "er ikke et objekt")
    return ", ".join(grunner)
