"""Who leads whom: intake of the feed's messages. Only active relations are stored, so a row is the right to see."""

from typing import Annotated, Any

import apsw
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from server import tilgang
from server.feil import Innfeil
from server.identitet import les_id


class UgyldigMelding(ValueError):
    """A message that cannot be understood; nothing of its batch is stored."""


def _uuid(tekst: str) -> str:
    try:
        return les_id(tekst)
    except Innfeil as error:
        raise ValueError(str(error)) from None


class Melding(BaseModel):
    """One message, in the shape of the topic teamsykmelding.syfo-narmesteleder-leesah. Other fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Annotated[str, AfterValidator(_uuid), Field(alias="narmesteLederId")]
    ansatt_fnr: str = Field(alias="fnr")
    leder_fnr: str = Field(alias="narmesteLederFnr")
    virksomhetsnummer: str = Field(alias="orgnummer")
    aktiv_tom: str | None = Field(None, alias="aktivTom")


_MELDINGER: TypeAdapter[list[Melding]] = TypeAdapter(list[Melding])


def les(innhold: Any) -> list[Melding]:
    """One message or a list of them. Raises UgyldigMelding, which says where, and not what was there."""
    try:
        return _MELDINGER.validate_python(innhold if isinstance(innhold, list) else [innhold])
    except ValidationError as error:
        feil = error.errors(include_input=False, include_url=False)[0]
        raise UgyldigMelding(f"melding {'.'.join(map(str, feil['loc']))}: {feil['msg']}") from None


def ta_imot(db: apsw.Connection, meldinger: list[Melding]) -> None:
    """Store or remove relations, in order. With an aktivTom, even one to come, the relation is over."""
    for melding in meldinger:
        if melding.aktiv_tom is not None:
            db.execute("DELETE FROM naermeste_leder WHERE id = ?", (melding.id,))
            continue
        noekkel = tilgang.naermeste_leder_noekkel(melding.leder_fnr, melding.ansatt_fnr, melding.virksomhetsnummer)
        db.execute(
            """
            INSERT INTO naermeste_leder (id, leder_fnr, ansatt_fnr, virksomhetsnummer, noekkel)
                VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (id) DO UPDATE SET leder_fnr = ?2, ansatt_fnr = ?3, virksomhetsnummer = ?4, noekkel = ?5
            """,
            (melding.id, melding.leder_fnr, melding.ansatt_fnr, melding.virksomhetsnummer, noekkel),
        )
