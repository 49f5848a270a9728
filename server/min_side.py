"""What the pages of who is logged in need besides the users' API: which virksomheter they have, and their filters.

The API wants to be told the virksomheter, which a front end on the platform knows from elsewhere. Here they are those
where something is addressed to a key that the person holds: out of a thousand, only those with anything to show. A
filter belongs to whoever saved it, so it is always found by its id and the person together.
"""

import re
from typing import Annotated, Any, Literal, cast

import apsw
import bottle
import orjson
from bottle import HTTPResponse, request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from server.identitet import ny_id
from server.innlogging import Person, Uautentisert
from server.rader import rader
from server.web import Avvist, Tjeneste, json_svar, kapsel_navn, krev_eget_opphav, les_json

MAKS_FILTRE = 30  # of one person
MAKS_NAVN = 60  # characters
MAKS_FILTER = 4096  # bytes: some 300 virksomheter
_FNR = re.compile(r"(?<!\d)\d{6}[ .]?\d{5}(?!\d)")
_INGEN_LAGRING = {"Cache-Control": "no-store"}


def _uten_foedselsnummer(tekst: str) -> str:
    if _FNR.search(tekst):
        raise ValueError("kan ikke inneholde et fødselsnummer")
    return tekst


def _synlig(tekst: str) -> str:
    if not tekst.isprintable():
        raise ValueError("kan bare inneholde synlige tegn")
    return tekst


def _ett_mellomrom(verdi: Any) -> Any:
    return " ".join(verdi.split()) if isinstance(verdi, str) else verdi


_Tekst = Annotated[str, BeforeValidator(_ett_mellomrom), AfterValidator(_synlig), AfterValidator(_uten_foedselsnummer)]


class Filter(BaseModel):
    """What saksoversikten can be filtered by, in the names of the users' API. Empty means everything."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, strict=True)

    tekstsoek: Annotated[_Tekst, Field(max_length=200)] = ""
    virksomhetsnumre: list[Annotated[str, Field(pattern="^[0-9]{9}$")]] = []
    sakstyper: list[Annotated[str, Field(min_length=1), AfterValidator(_uten_foedselsnummer)]] = []
    oppgave_filter: (
        Literal["TILSTAND_NY", "TILSTAND_UTFOERT", "TILSTAND_UTGAATT", "TILSTAND_NY_MED_PAAMINNELSE_UTLOEST"] | None
    ) = None
    sortering: Literal["NYESTE", "ELDSTE"] = "NYESTE"


class NavngittFilter(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    navn: Annotated[_Tekst, Field(min_length=1, max_length=MAKS_NAVN)]
    filter: Filter


def ruter(app: bottle.Bottle, tjeneste: Tjeneste) -> None:
    """Add the routes. Where nobody can log in there are none."""
    if tjeneste.paalogging is None:
        return
    m = _MinSide(tjeneste)
    app.route("/min-side/virksomheter", "GET", m.virksomheter)
    app.route("/min-side/filtre", "GET", m.filtre)
    app.route("/min-side/filtre", "POST", m.lagre)
    app.route("/min-side/filtre/<id>", "PUT", m.endre)
    app.route("/min-side/filtre/<id>", "DELETE", m.slett)


class _MinSide:
    def __init__(self, tjeneste: Tjeneste) -> None:
        self._t = tjeneste
        self._kapsel = kapsel_navn(tjeneste)

    def virksomheter(self) -> HTTPResponse:
        person = self._person()
        innsyn = self._t.tilganger.innsyn(person.fnr, person.token)
        numre = sorted({*innsyn.av_virksomhet, *(nummer for _, nummer in innsyn.naermeste_leder)})
        virksomheter = [{"virksomhetsnummer": nummer, "navn": navn} for nummer, navn in self._navn(numre)]
        svar = {"virksomheter": virksomheter, "feilAltinn": innsyn.feil_altinn}
        return json_svar(svar, hoder=_INGEN_LAGRING)

    def _navn(self, numre: list[str]) -> list[tuple[str, str]]:
        if not numre:
            return []
        kjente = self._t.database.read().execute(
            "SELECT virksomhetsnummer, navn FROM virksomhet WHERE virksomhetsnummer IN (SELECT value FROM carray(?))",
            (apsw.carray(tuple(numre)),),
        )
        navn = dict(cast(list[tuple[str, str]], kjente.fetchall()))
        if self._t.savn is not None:
            for nummer in numre:
                if not navn.get(nummer):
                    self._t.savn(nummer)
        return [(nummer, navn.get(nummer, "")) for nummer in numre]

    def filtre(self) -> HTTPResponse:
        lagrede = self._t.database.read().execute(
            "SELECT id, navn, filter FROM lagret_filter WHERE fnr = ? ORDER BY id", (self._person().fnr,)
        )
        return json_svar({"filtre": [_som_json(filter) for filter in rader(lagrede)]}, hoder=_INGEN_LAGRING)

    def lagre(self) -> HTTPResponse:
        fnr, (navn, filter) = self._person().fnr, _les_filter()
        rad = {"id": ny_id(self._t.klokke.now()), "navn": navn, "filter": filter}
        with self._t.database.write() as db:
            if db.execute("SELECT count(*) FROM lagret_filter WHERE fnr = ?", (fnr,)).get >= MAKS_FILTRE:
                raise Avvist(409, f"Du kan ha høyst {MAKS_FILTRE} lagrede filtre. Slett et du ikke bruker.")
            _krev_nytt_navn(db, fnr, navn)
            db.execute(
                "INSERT INTO lagret_filter (id, fnr, navn, filter) VALUES (:id, :fnr, :navn, :filter)",
                rad | {"fnr": fnr},
            )
        return json_svar(_som_json(rad), 201)

    def endre(self, id: str) -> HTTPResponse:
        fnr, (navn, filter) = self._person().fnr, _les_filter()
        rad = {"id": id, "navn": navn, "filter": filter}
        with self._t.database.write() as db:
            _krev_nytt_navn(db, fnr, navn, utenom=id)
            db.execute(
                "UPDATE lagret_filter SET navn = :navn, filter = :filter WHERE id = :id AND fnr = :fnr",
                rad | {"fnr": fnr},
            )
            if not db.changes():
                raise Avvist(404)
        return json_svar(_som_json(rad))

    def slett(self, id: str) -> HTTPResponse:
        fnr = self._person().fnr
        with self._t.database.write() as db:
            db.execute("DELETE FROM lagret_filter WHERE id = ? AND fnr = ?", (id, fnr))
            if not db.changes():
                raise Avvist(404)
        return HTTPResponse(b"", 204)

    def _person(self) -> Person:
        """Who is logged in, on a page of our own. Raises Avvist (403, 401)."""
        krev_eget_opphav()
        try:
            return self._t.innlogging.bruker(None, request.get_cookie(self._kapsel))
        except Uautentisert:
            raise Avvist(401) from None


def _les_filter() -> tuple[str, str]:
    """(navn, filter as JSON). Raises Avvist (415, 400, 413)."""
    try:
        lest = NavngittFilter.model_validate(les_json())
    except ValidationError as error:
        feil = error.errors(include_url=False, include_input=False)[0]
        grunn = str(feil["ctx"]["error"]) if feil["type"] == "value_error" else "kan ikke brukes"
        raise Avvist(400, f"{'.'.join(map(str, feil['loc'])) or 'kroppen'} {grunn}") from None
    filter = orjson.dumps(lest.filter.model_dump(by_alias=True))
    if len(filter) > MAKS_FILTER:
        raise Avvist(413, f"et filter kan være på høyst {MAKS_FILTER} byte")
    return lest.navn, filter.decode()


def _krev_nytt_navn(db: apsw.Connection, fnr: str, navn: str, utenom: str = "") -> None:
    """Raises Avvist (409)."""
    if db.execute("SELECT 1 FROM lagret_filter WHERE fnr = ? AND navn = ? AND id <> ?", (fnr, navn, utenom)).get:
        raise Avvist(409, f"Du har et filter som heter «{navn}» fra før. Velg et annet navn.")


def _som_json(rad: dict[str, Any]) -> dict[str, Any]:
    return rad | {"filter": orjson.Fragment(rad["filter"])}
