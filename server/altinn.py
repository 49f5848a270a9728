"""Altinn: what a person may see, and the names of virksomheter. Here from tables of our own, in the shape of the real
answer.

The answer is kept as it was given and read anew at each look-up, so one that cannot be understood is a failed look-up,
as it would be over the network.
"""

from typing import NamedTuple

import apsw
import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.database import Database

# Altinn 2 service code:edition -> the resources that replaced it. A sak addressed to the service accepts them.
ERSTATTERE = {
    "5810:1": ["nav_permittering-og-nedbemmaning_innsyn-i-alle-innsendte-meldinger"],
    "5867:1": ["nav_sosialtjenester_digisos-avtale"],
    "3403:1": ["nav_forebygge-og-redusere-sykefravar_sykefravarsstatistikk"],
    "3403:2": ["nav_forebygge-og-redusere-sykefravar_sykefravarsstatistikk"],
    "5332:1": ["nav_tiltak_arbeidstrening"],
    "5332:2": ["nav_tiltak_arbeidstrening"],
    "2896:87": ["nav_utbetaling_endre-kontonummer-refusjon-arbeidsgiver"],
    "5516:1": ["nav_tiltak_midlertidig-lonnstilskudd"],
    "5516:2": ["nav_tiltak_varig-lonnstilskudd"],
    "5516:3": ["nav_tiltak_sommerjobb"],
    "5516:4": ["nav_tiltak_mentor"],
    "5516:5": ["nav_tiltak_inkluderingstilskudd"],
    "5516:6": ["nav_tiltak_varig-tilrettelagt-arbeid-ordinaer"],
    "5516:7": ["nav_tiltak_adressesperre"],
    "5278:1": ["nav_tiltak_tilskuddsbrev"],
    "5384:1": ["nav_tiltak_ekspertbistand"],
    "4936:1": [
        "nav_foreldrepenger_inntektsmelding",
        "nav_sykepenger_inntektsmelding",
        "nav_sykepenger_fritak-arbeidsgiverperiode",
        "nav_sykdom-i-familien_inntektsmelding",
    ],
    "5441:1": ["nav_arbeidsforhold_aa-registeret-innsyn-arbeidsgiver"],
    "5441:2": ["nav_arbeidsforhold_aa-registeret-brukerstotte"],
    "5719:1": ["nav_arbeidsforhold_aa-registeret-sok-tilgang"],
    "5723:1": ["nav_arbeidsforhold_aa-registeret-oppslag-samarbeidspartnere"],
    "5078:1": ["nav_rekruttering_kandidater"],
    "5902:1": ["nav_yrkesskade_skademelding"],
}


class Oppslag(NamedTuple):
    """(virksomhetsnummer, ressurs or code:edition) pairs. `feil`: some or all of the access may be missing."""

    par: frozenset[tuple[str, str]]
    feil: bool


class _Enhet(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    orgnr: str
    navn: str
    underenheter: list["_Enhet"]
    altinn3_tilganger: list[str] = Field(alias="altinn3Tilganger")
    altinn2_tilganger: list[str] = Field(alias="altinn2Tilganger")


class _Svar(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    is_error: bool = Field(False, alias="isError")
    hierarki: list[_Enhet]


def slaa_opp(database: Database, fnr: str) -> Oppslag:
    """What the person may see. A person who is not in the tables sees nothing, and that is no error."""
    svar = database.read().execute("SELECT svar FROM altinn_svar WHERE fnr = ?", (fnr,)).get
    if svar is None:
        return Oppslag(frozenset(), False)
    try:
        forstaatt = _Svar.model_validate_json(svar)
    except ValidationError:
        return Oppslag(frozenset(), True)
    par = frozenset(
        (enhet.orgnr, tilgang)
        for enhet in _alle(forstaatt.hierarki)
        for tilgang in (*enhet.altinn2_tilganger, *enhet.altinn3_tilganger)
    )
    return Oppslag(par, forstaatt.is_error)


def lagre(db: apsw.Connection, fnr: str, svar: object) -> None:
    """Make this Altinn's answer for the person. The names in it become the names of those virksomheter."""
    db.execute(
        "INSERT INTO altinn_svar (fnr, svar) VALUES (?1, ?2) ON CONFLICT (fnr) DO UPDATE SET svar = ?2",
        (fnr, orjson.dumps(svar).decode()),
    )
    try:
        enheter = _alle(_Svar.model_validate(svar).hierarki)
    except ValidationError:
        return
    db.executemany(
        """
        INSERT INTO virksomhet (virksomhetsnummer, navn) VALUES (?1, ?2)
            ON CONFLICT (virksomhetsnummer) DO UPDATE SET navn = ?2 WHERE navn <> ?2
        """,
        [(enhet.orgnr, enhet.navn) for enhet in enheter],
    )


def _alle(enheter: list[_Enhet]) -> list[_Enhet]:
    """All units of the tree. Access is by exact unit: nothing is inherited up or down."""
    funnet: list[_Enhet] = []
    koe = list(enheter)
    while koe:
        enhet = koe.pop()
        funnet.append(enhet)
        koe.extend(enhet.underenheter)
    return funnet
