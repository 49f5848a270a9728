"""Altinn: what a person may see, and the names of virksomheter. Here from tables of our own, in the shape of the real
answer.

The answer is kept as it was given and read anew at each look-up, so one that cannot be understood is a failed look-up,
as it would be over the network. `forstaa` is for both; `besvar` is the other side, for those who ask us.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

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
    alder_s: float = 0.0  # since it was true


SlaaOpp = Callable[[str, str | None], Oppslag]  # (fnr, the person's own token if there is one)


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


def slaa_opp(database: Database, fnr: str, _token: str | None = None) -> Oppslag:
    """What the person may see. A person who is not in the tables sees nothing, and that is no error."""
    svar = _lagret(database, fnr)
    if svar is None:
        return Oppslag(frozenset(), False)
    try:
        return forstaa(svar)[0]
    except ValueError:
        return Oppslag(frozenset(), True)


def forstaa(svar: str | bytes) -> tuple[Oppslag, dict[str, str]]:
    """What an answer, in JSON, lets the person see; and the names in it. Raises ValueError."""
    forstaatt = _Svar.model_validate_json(svar)
    enheter = _alle(forstaatt.hierarki)
    par = frozenset(
        (enhet.orgnr, tilgang) for enhet in enheter for tilgang in (*enhet.altinn2_tilganger, *enhet.altinn3_tilganger)
    )
    return Oppslag(par, forstaatt.is_error), _navn(enheter)


def lagre(db: apsw.Connection, fnr: str, svar: object) -> None:
    """Make this Altinn's answer for the person. The names in it become the names of those virksomheter."""
    db.execute(
        "INSERT INTO altinn_svar (fnr, svar) VALUES (?1, ?2) ON CONFLICT (fnr) DO UPDATE SET svar = ?2",
        (fnr, orjson.dumps(svar).decode()),
    )
    try:
        lagre_navn(db, _navn(_alle(_Svar.model_validate(svar).hierarki)).items())
    except ValidationError:
        pass


def lagre_navn(db: apsw.Connection, navn: Iterable[tuple[str, str]]) -> None:
    """(virksomhetsnummer, name): the new name wins."""
    db.executemany(
        """
        INSERT INTO virksomhet (virksomhetsnummer, navn) VALUES (?1, ?2)
            ON CONFLICT (virksomhetsnummer) DO UPDATE SET navn = ?2 WHERE navn <> ?2
        """,
        navn,
    )


def _lagret(database: Database, fnr: str) -> str | None:
    svar: str | None = database.read().execute("SELECT svar FROM altinn_svar WHERE fnr = ?", (fnr,)).get
    return svar


def _navn(enheter: Iterable[_Enhet]) -> dict[str, str]:
    """Those that are one: a blank name does not replace what is known."""
    return {enhet.orgnr: enhet.navn for enhet in enheter if enhet.navn.strip()}


def _alle(enheter: list[_Enhet]) -> list[_Enhet]:
    """All units of the tree. Access is by exact unit: nothing is inherited up or down."""
    funnet: list[_Enhet] = []
    koe = list(enheter)
    while koe:
        enhet = koe.pop()
        funnet.append(enhet)
        koe.extend(enhet.underenheter)
    return funnet


# ── The other side: our answer to those who ask ──


class Filter(BaseModel):
    """Keeps the virksomheter with any of these, and those above them. Without any, everything passes."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    altinn2_tilganger: list[str] = Field([], alias="altinn2Tilganger")
    altinn3_tilganger: list[str] = Field([], alias="altinn3Tilganger")
    inkluder_slettede: bool = Field(False, alias="inkluderSlettede")


_FELTER = {"organisasjonsform": "", "erSlettet": False, "roller": []}  # what real answers always have besides


def lagret_svar(database: Database, fnr: str) -> Any:
    """What the tables say about the person, as it was given."""
    svar = _lagret(database, fnr)
    return {"isError": False, "hierarki": []} if svar is None else orjson.loads(svar)


def besvar(svar: Any, filter: Filter) -> Any:
    """The whole answer, with all that callers may expect in it. One that cannot be understood is given as it is."""
    try:
        is_error = _Svar.model_validate(svar).is_error
    except ValidationError:
        return svar
    hierarki = _med_alle_felter(svar["hierarki"])
    if filter.altinn2_tilganger or filter.altinn3_tilganger:
        hierarki = _slipp_gjennom(hierarki, filter, *_dekket(filter))
    tilganger = {
        enhet["orgnr"]: list(dict.fromkeys([*enhet["altinn2Tilganger"], *enhet["altinn3Tilganger"]]))
        for enhet in _flatt(hierarki)
    }
    numre: dict[str, list[str]] = {}
    for orgnr, liste in tilganger.items():
        for tilgang in liste:
            numre.setdefault(tilgang, []).append(orgnr)
    return {"isError": is_error, "hierarki": hierarki, "orgNrTilTilganger": tilganger, "tilgangTilOrgNr": numre}


def _med_alle_felter(enheter: list[Any]) -> list[Any]:
    return [_FELTER | enhet | {"underenheter": _med_alle_felter(enhet["underenheter"])} for enhet in enheter]


def _dekket(filter: Filter) -> tuple[set[str], set[str]]:
    """(Altinn 2, Altinn 3) that are told of: those asked for, and those that one has replaced by the other."""
    altinn2, altinn3 = set(filter.altinn2_tilganger), set(filter.altinn3_tilganger)
    return (
        altinn2 | {tjeneste for tjeneste, ressurser in ERSTATTERE.items() if altinn3 & set(ressurser)},
        altinn3 | {ressurs for tjeneste in altinn2 for ressurs in ERSTATTERE.get(tjeneste, [])},
    )


def _slipp_gjennom(enheter: list[Any], filter: Filter, altinn2: set[str], altinn3: set[str]) -> list[Any]:
    beholdt = []
    for enhet in enheter:
        if enhet["erSlettet"] and not filter.inkluder_slettede:
            continue
        under = _slipp_gjennom(enhet["underenheter"], filter, altinn2, altinn3)
        treff2 = any(tilgang in filter.altinn2_tilganger for tilgang in enhet["altinn2Tilganger"])
        treff3 = any(tilgang in filter.altinn3_tilganger for tilgang in enhet["altinn3Tilganger"])
        if under or treff2 or treff3:
            beholdt.append(
                enhet
                | {
                    "underenheter": under,
                    "altinn2Tilganger": [tilgang for tilgang in enhet["altinn2Tilganger"] if tilgang in altinn2],
                    "altinn3Tilganger": [tilgang for tilgang in enhet["altinn3Tilganger"] if tilgang in altinn3],
                }
            )
    return beholdt


def _flatt(enheter: list[Any]) -> list[Any]:
    return [en for enhet in enheter for en in (enhet, *_flatt(enhet["underenheter"]))]
