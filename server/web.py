"""The front door: from HTTP to the two APIs and back, the pages, and what the platform underneath asks for.

Who is calling is settled before the body is looked at. Whatever comes in gets an answer in JSON or none at all, with
the correlation id; a 200 means that GraphQL answered, and what it says is stored.
"""

import logging
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import bottle
import orjson
from bottle import HTTPResponse, request
from prometheus_client import CollectorRegistry, generate_latest
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask

from server import besvarte_kall, bruker, config, naermeste_leder, noedbrems, produsent, tid, varsling
from server.database import Database, DatabaseOpptatt
from server.egen_utsteder import Utsteder
from server.graphql_api import GraphQLApi, UgyldigForespoersel, UventetFeil
from server.huskede_svar import HuskedeSvar
from server.innlogging import Innlogging, Uautentisert
from server.log import KORRELASJON
from server.maaling import Maaling
from server.oekt import Oekter, Paalogging
from server.register import Kall, Register
from server.stroem import AAPNING, HODER, Stroemmer
from server.takt import Takt
from server.tid import Klokke
from server.tilgang import Bruker, Tilganger
from server.tilgangsfil import Tilgangsfil
from server.utboks import Utboks
from server.worker import Worker

log = logging.getLogger(__name__)

OEKT = "notifikasjon_oekt"  # the session cookie, in development
MAKS_BODY = 1 << 20  # bytes; the largest legal mutation is far below 100 KB
MAKS_HODE = 32 << 10
MAKS_MELDINGER = 10_000  # about naermeste leder in one body; real ones fill it at 3,000
NDJSON = "application/x-ndjson"
BEHOLD = "notifikasjon.behold"  # in environ: gives the connection to a stream, where the server can do without it
MONITOR = '<endringer>; rel="monitor"'  # RFC 5989: where changes are told of, relative to the API's address

SIKKERHETSHODER = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_KORRELASJONSHODER = ("X_REQUEST_ID", "X_CORRELATION_ID", "CALL_ID", "CALLID", "CALL__ID")  # the last: see _Leser
_CALL_ID = re.compile(rb"(?im)^call_id:[ \t]*([^\r\n]*?)[ \t]*\r?$")
_KORRELASJON = re.compile(r"[a-z0-9+/=-]{0,1000}")

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Tjeneste:
    """All that a request may need, made once by notifikasjon.py. `utsteder` is there in development mode only.

    `paalogging` is there if there is somebody to log in with.
    """

    settings: config.Config
    database: Database
    klokke: Klokke
    innlogging: Innlogging
    utsteder: Utsteder | None
    oekter: Oekter
    paalogging: Paalogging | None
    register: Register
    tilganger: Tilganger
    worker: Worker
    utboks: Utboks
    static: Path
    tilgangsfil: Tilgangsfil | None = None  # where access comes from a file
    savn: Callable[[str], object] | None = None  # told the number of a virksomhet whose name is missing
    stroemmer: Stroemmer | None = None  # None: there is no live update


class Avvist(Exception):
    """A request that does not get as far as GraphQL."""

    def __init__(self, status: int, feil: str = "", hoder: dict[str, str] | None = None) -> None:
        super().__init__(feil)
        self.svar = json_svar({"error": feil}, status, hoder) if feil else HTTPResponse(b"", status, hoder or {})


def build(tjeneste: Tjeneste, *flere: Callable[[bottle.Bottle, Tjeneste], None]) -> Wsgi:
    """The WSGI application. Each of `flere` adds routes."""
    app = bottle.Bottle()
    app.install(_vern)
    registry = CollectorRegistry()
    maaling = Maaling(
        registry,
        tjeneste.worker,
        tjeneste.database,
        tjeneste.klokke,
        tjeneste.stroemmer,
        tjeneste.settings.varsling.meld_fra_etter_minutter,
    )
    doer = _Doer(tjeneste, maaling)

    app.route("/produsent/api/graphql", "POST", lambda: doer.svar("produsent"))
    app.route("/bruker/api/graphql", "POST", lambda: doer.svar("bruker"))
    app.route("/api/graphql", "POST", lambda: doer.svar(None))
    for sti in ("/bruker/api", "/api"):
        app.route(f"{sti}/endringer", "GET", doer.endringer)
        app.route(f"{sti}/graphql", "OPTIONS", lambda: doer.preflight("POST"))
        app.route(f"{sti}/endringer", "OPTIONS", lambda: doer.preflight("GET"))
    app.route("/produsent/api/graphql", "OPTIONS", _ingen_preflight)
    app.route("/produsent/sdl", "GET", lambda: _tekst(produsent.API.sdl))
    app.route("/bruker/sdl", "GET", lambda: _tekst(bruker.API.sdl))
    app.route("/internal/alive", "GET", lambda: _helse([]))
    app.route("/internal/ready", "GET", lambda: _helse(maaling.mangler()))
    app.route("/internal/noedbrems", "GET", lambda: _noedbrems(tjeneste))
    app.route("/internal/noedbrems", "POST", lambda: _sett_noedbrems(tjeneste))
    app.route("/internal/holdte", "GET", lambda: json_svar(_holdte(tjeneste)))
    app.route("/internal/holdte", "POST", lambda: _avgjoer_holdte(tjeneste))
    app.route("/internal/naermesteleder", "POST", lambda: _naermesteleder(tjeneste))
    app.route("/internal/metrics", "GET", lambda: _tekst(generate_latest(registry).decode()))
    # A page has an address of its own, and some are not for everybody.
    app.route("/static/<sti:path>", "GET", lambda sti: side(tjeneste, sti.removesuffix(".html")))
    for legg_til in flere:
        legg_til(app, tjeneste)
    app.default_error_handler = lambda _error: b""
    return _ramme(app)


def json_svar(innhold: Any, status: int = 200, hoder: dict[str, str] | None = None) -> HTTPResponse:
    body = innhold if isinstance(innhold, bytes) else orjson.dumps(innhold)
    return HTTPResponse(body, status, {"Content-Type": "application/json", **(hoder or {})})


def side(tjeneste: Tjeneste, sti: str) -> HTTPResponse:
    """A file of static/, with what a browser needs to know to be safe with it."""
    svar = bottle.static_file(sti, root=str(tjeneste.static))
    svar.headers.update(SIKKERHETSHODER)
    svar.headers["Cache-Control"] = "no-cache"  # asks each time, and is told 304: an upgrade shows at once
    return svar


def les_json() -> Any:
    """The body. Raises Avvist (415, 400)."""
    _krev_json()
    try:
        return orjson.loads(les_body())
    except orjson.JSONDecodeError as error:
        raise Avvist(400, f"kroppen er ikke gyldig JSON: {error.msg} (tegn {error.pos})") from None


def _krev_json() -> None:
    if _innholdstype() != "application/json":
        raise Avvist(415, "Content-Type må være application/json")


def _innholdstype() -> str:
    innholdstype: str = request.environ.get("CONTENT_TYPE", "")
    return innholdstype.partition(";")[0].strip().lower()


def les_body() -> bytes:
    """The body, which waitress has received whole and measured before we were called."""
    if "notifikasjon.body" not in request.environ:
        request.environ["notifikasjon.body"] = request.environ["wsgi.input"].read()
    body: bytes = request.environ["notifikasjon.body"]
    return body


def krev_eget_opphav(tillatte: Iterable[str] = ()) -> str | None:
    """The origin of a foreign page that is allowed to call, or None. Raises Avvist (403) for one that is not."""
    opphav = request.environ.get("HTTP_ORIGIN")
    if opphav is None or opphav.partition("://")[2] == request.environ.get("HTTP_HOST"):
        return None
    if opphav not in tillatte:
        raise Avvist(403)
    return str(opphav)


def krev_denne_maskinen(tjeneste: Tjeneste) -> None:
    """Refuse a Host that is no name of this machine, but may have been made to point here. Raises Avvist (403)."""
    vert = request.environ.get("HTTP_HOST", "")
    navn = vert.rsplit(":", 1)[0] if not vert.endswith("]") else vert
    if not tjeneste.settings.utvikling.tillat_nettverk and not config.er_denne_maskinen(navn.strip("[]")):
        raise Avvist(403, "svarer bare på localhost; se [utvikling] tillat_nettverk")


def _krev_ikke_fremmed_side(tjeneste: Tjeneste) -> None:
    """Where no token is asked for. Programs bring no origin, and may call by any name. Raises Avvist (403)."""
    if "HTTP_ORIGIN" in request.environ:
        krev_denne_maskinen(tjeneste)
        krev_eget_opphav()


def kapsel_navn(tjeneste: Tjeneste, navn: str = OEKT) -> str:
    """Of a cookie. With `__Host-`, browsers take it over https only, for this very host."""
    return navn if tjeneste.utsteder else f"__Host-{navn}"


class _Doer:
    """The way in for GraphQL."""

    def __init__(self, tjeneste: Tjeneste, maaling: Maaling) -> None:
        self._t = tjeneste
        self._maaling = maaling
        server = tjeneste.settings.server
        self._verter = [(vert, "produsent") for vert in server.produsent_verter]
        self._verter += [(vert, "bruker") for vert in server.bruker_verter]
        self._opphav = server.tillatte_opphav
        self._husket = HuskedeSvar(tjeneste.database, tjeneste.tilganger) if server.husk_svar else None
        self._kapsel = kapsel_navn(tjeneste)
        self._takt: dict[str, Takt] = {}
        if tjeneste.settings.utvikling.grenser or not tjeneste.settings.utvikling.aktiv:
            g, monotonic = tjeneste.settings.grenser, tjeneste.klokke.monotonic
            self._takt["produsent"] = Takt(g.produsent_per_s, g.produsent_samlet, monotonic)
            self._takt["bruker"] = Takt(g.bruker_per_s, g.bruker_samlet, monotonic)

    def preflight(self, metode: str) -> HTTPResponse:
        """Cookies never cross origins: a foreign page brings a token. Without an origin it is no preflight."""
        opphav = krev_eget_opphav(self._opphav)
        if "HTTP_ORIGIN" not in request.environ:
            raise Avvist(405, hoder={"Allow": metode})
        hoder = {
            "Access-Control-Allow-Origin": opphav,
            "Access-Control-Allow-Methods": metode,
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": "600",
        }
        return HTTPResponse(b"", 204, hoder if opphav else {})

    def svar(self, api: str | None) -> HTTPResponse:
        """The answer to one POST. `api` is None for the path that both share."""
        opphav = krev_eget_opphav(self._opphav)
        authorization = request.environ.get("HTTP_AUTHORIZATION")
        api = api or self._velg(authorization)
        with self._maaling.tid[api].time():
            try:
                svar = self._produsent(authorization) if api == "produsent" else self._bruker(authorization, opphav)
            except Uautentisert:
                svar = self._skjema(produsent.API if api == "produsent" else bruker.API)
            except Avvist as avvist:  # a page on another origin may read what is wrong, too
                svar = avvist.svar
            except UventetFeil as feil:  # told like any other error of GraphQL, but nothing of it is kept
                self._t.database.meld_skade(feil.__cause__)
                svar = json_svar(feil.svar)
        return _til_opphav(svar, opphav)

    def endringer(self) -> HTTPResponse:
        """A stream that tells when something has changed for whoever asks, or 204: there is none to be had now."""
        opphav = krev_eget_opphav(self._opphav)
        try:
            svar = self._endringer(opphav)
        except Uautentisert:
            svar = HTTPResponse(b"", 401, {})
        except Avvist as avvist:
            svar = avvist.svar
        return _til_opphav(svar, opphav)

    def _endringer(self, fremmed: str | None) -> HTTPResponse:
        t, authorization = self._t, request.environ.get("HTTP_AUTHORIZATION")
        oekt = None if fremmed else request.get_cookie(self._kapsel)
        person = t.innlogging.bruker(authorization, oekt)
        if "text/event-stream" not in request.environ.get("HTTP_ACCEPT", "").lower():
            raise Avvist(406)  # pictures and links on pages of others, which may come with the cookie, do not say that
        behold = request.environ.get(BEHOLD)
        if t.stroemmer is None or behold is None or request.method != "GET":
            return HTTPResponse(b"", 204, {})

        def gyldig() -> bool:
            try:
                return t.innlogging.svarer_straks(authorization) and t.innlogging.bruker(authorization, oekt) == person
            except Uautentisert:
                return False

        stroem = t.stroemmer.plass(person.fnr, person.token, gyldig)
        if stroem is None:
            return HTTPResponse(b"", 204, {})
        behold(stroem)
        return HTTPResponse(iter([AAPNING]), 200, HODER)

    def _krev_takt(self, api: str, hvem: str) -> None:
        """Raises Avvist (429)."""
        if self._takt and (vent_s := self._takt[api].vent_s(hvem)):
            self._maaling.for_ofte[api].inc()
            raise Avvist(429, "for mange kall, vent litt", {"Retry-After": str(ceil(vent_s))})

    def _velg(self, authorization: str | None) -> str:
        vert = request.environ.get("HTTP_HOST", "").lower()
        for begynnelse, api in self._verter:
            if vert.startswith(begynnelse):
                return api
        return self._t.innlogging.slag(authorization) or "bruker"

    def _produsent(self, authorization: str | None) -> HTTPResponse:
        applikasjon = self._t.innlogging.produsent(authorization).navn
        self._krev_takt("produsent", applikasjon)
        query, variables, operation_name = _les_graphql()
        kall = Kall(
            self._t.database,
            self._t.klokke.now(),
            applikasjon,
            self._t.register.finn(applikasjon),
            self._t.settings.tilgang.altinn2 == "godta",
            self._t.settings.varsling.streng,
            krev_vilkaar=not self._t.settings.utvikling.aktiv,
        )

        def utfoer() -> bytes:
            return _utfoer(produsent.API, query, variables, operation_name, kall)

        noekkel = request.environ.get("HTTP_IDEMPOTENCY_KEY")
        if noekkel is None or not _er_mutasjon(produsent.API, query, operation_name):
            return json_svar(utfoer())
        if not 0 < len(noekkel) <= besvarte_kall.MAKS_NOEKKEL:
            raise Avvist(400, f"Idempotency-Key må ha 1 til {besvarte_kall.MAKS_NOEKKEL} tegn")
        if not kall.er_kjent:  # nothing is done, and the same call is to succeed when that has been put right
            return json_svar(utfoer())
        try:
            svar = besvarte_kall.en_gang(self._t.database, applikasjon, noekkel, les_body(), kall.now, utfoer)
        except besvarte_kall.AnnetInnhold:
            raise Avvist(422, "Idempotency-Key er brukt før, med et annet innhold") from None
        return json_svar(svar)

    def _bruker(self, authorization: str | None, fremmed: str | None) -> HTTPResponse:
        # A page of another origin brings a token. Whoever brings one is who it says.
        oekt = None if fremmed or authorization is not None else request.get_cookie(self._kapsel)
        person = self._t.innlogging.bruker(authorization, oekt)
        self._krev_takt("bruker", person.fnr)
        _krev_json_begge_veier()
        t, body = self._t, les_body()
        innhold = self._husket.finn(person.fnr, body) if self._husket else None
        if innhold is None:
            lagret = t.database.antall_lagret
            query, variables, operation_name = _les_graphql()
            kall = Bruker(t.database, t.klokke.now(), person.fnr, t.tilganger, person.token, t.savn)
            innhold = _utfoer(bruker.API, query, variables, operation_name, kall)
            # Errors may tell of the call that they came in; and no answer to a mutation is another's.
            if self._husket and b'"errors":' not in innhold and not _er_mutasjon(bruker.API, query, operation_name):
                self._husket.husk(kall, body, lagret, innhold)
        else:
            self._maaling.huskede.inc()
        svar = json_svar(innhold)
        if t.stroemmer is not None:
            svar.headers["Link"] = MONITOR
        return svar

    def _skjema(self, api: GraphQLApi) -> HTTPResponse:
        """Without a token: the schema, in development mode, to code generators. Everybody else gets 401."""
        if self._t.utsteder is not None and "HTTP_AUTHORIZATION" not in request.environ:
            try:
                query, variables, operation_name = _les_graphql()
                if api.er_introspeksjon(query):
                    return json_svar(_utfoer(api, query, variables, operation_name, None))
            except Avvist:
                pass
        return HTTPResponse(b"", 401, {})


def _ingen_preflight() -> HTTPResponse:
    """Producers call from no page: a foreign origin is refused, and for the rest there is no such method."""
    krev_eget_opphav()
    raise Avvist(405, hoder={"Allow": "POST"})


def _til_opphav(svar: HTTPResponse, opphav: str | None) -> HTTPResponse:
    if opphav:
        svar.headers["Access-Control-Allow-Origin"] = opphav
        svar.headers["Access-Control-Expose-Headers"] = "Link"
    return svar


def _krev_json_begge_veier() -> None:
    """Raises Avvist (406, 415)."""
    accept = request.environ.get("HTTP_ACCEPT", "").lower() or "*/*"
    if not any(slag in accept for slag in ("*/*", "application/*", "json")):
        raise Avvist(406)
    _krev_json()


def _les_graphql() -> tuple[str, dict[str, Any] | None, str | None]:
    """(query, variables, operationName). Raises Avvist (406, 415, 400)."""
    _krev_json_begge_veier()
    innhold = les_json()
    if not isinstance(innhold, dict):
        raise Avvist(400, "kroppen må være ett JSON-objekt; flere forespørsler i én er ikke støttet")
    query, variables, operation_name = (innhold.get(navn) for navn in ("query", "variables", "operationName"))
    if not isinstance(query, str):
        raise Avvist(400, "query mangler, eller er ikke en tekst")
    if not (variables is None or isinstance(variables, dict)):
        raise Avvist(400, "variables må være et objekt")
    if not (operation_name is None or isinstance(operation_name, str)):
        raise Avvist(400, "operationName må være en tekst")
    return query, variables, operation_name or None  # "" is what some clients send for none


def _utfoer(
    api: GraphQLApi, query: str, variables: dict[str, Any] | None, operation_name: str | None, kall: Any
) -> bytes:
    try:
        return orjson.dumps(
            api.utfoer(query, variables, operation_name, kall, request.environ["notifikasjon.korrelasjon"])
        )
    except UgyldigForespoersel as error:
        raise Avvist(400, str(error)) from None


def _er_mutasjon(api: GraphQLApi, query: str, operation_name: str | None) -> bool:
    try:
        return api.er_mutasjon(query, operation_name)
    except UgyldigForespoersel as error:
        raise Avvist(400, str(error)) from None


def _noedbrems(tjeneste: Tjeneste) -> HTTPResponse:
    return json_svar({"paa": noedbrems.er_paa(tjeneste.database.read())})


def _sett_noedbrems(tjeneste: Tjeneste) -> HTTPResponse:
    _krev_ikke_fremmed_side(tjeneste)
    match les_json():
        case {"paa": bool(paa), **annet} if not annet:
            noedbrems.sett(tjeneste.database, paa, tjeneste.klokke.now())
        case _:
            raise Avvist(400, 'gi {"paa": true} eller {"paa": false}')
    log.warning("the emergency brake is %s", "on" if paa else "off")
    tjeneste.worker.vekk()
    return _noedbrems(tjeneste)


def _holdte(tjeneste: Tjeneste) -> list[dict[str, Any]]:
    holdte = varsling.holdte(tjeneste.database.read(), tjeneste.klokke.now())
    return [holdt | {"planlagt": tid.format_utc(holdt["planlagt"])} for holdt in holdte]


def _avgjoer_holdte(tjeneste: Tjeneste) -> HTTPResponse:
    """Send or drop what waits; "alle" means all that waits now."""
    _krev_ikke_fremmed_side(tjeneste)
    valg = les_json()
    if not (isinstance(valg, dict) and valg and valg.keys() <= {"send", "dropp"}):
        raise Avvist(400, 'gi {"send": [varselId, …], "dropp": [varselId, …]}, eller "alle" i stedet for en liste')
    alle = [holdt["varselId"] for holdt in _holdte(tjeneste)]
    send, dropp = (alle if valg.get(navn) == "alle" else valg.get(navn, []) for navn in ("send", "dropp"))
    if not all(isinstance(liste, list) and all(isinstance(i, str) for i in liste) for liste in (send, dropp)):
        raise Avvist(400, "send og dropp må være lister av varselId")
    antall = varsling.avgjoer_holdte(tjeneste.database, tjeneste.klokke.now(), send=send, dropp=dropp)
    tjeneste.worker.vekk()
    return json_svar({"antall": antall})


def _naermesteleder(tjeneste: Tjeneste) -> HTTPResponse:
    """From the programs that [naermeste_leder] lists; in development mode, from anybody."""
    if tjeneste.settings.utvikling.aktiv and "HTTP_AUTHORIZATION" not in request.environ:
        _krev_ikke_fremmed_side(tjeneste)
        return ta_imot_naermeste_ledere(tjeneste)
    try:
        applikasjon = tjeneste.innlogging.produsent(request.environ.get("HTTP_AUTHORIZATION")).navn
    except Uautentisert:
        raise Avvist(401) from None
    settings = tjeneste.settings
    if applikasjon not in settings.naermeste_leder.applikasjoner and not settings.utvikling.aktiv:
        raise Avvist(403, f"Applikasjonen '{applikasjon}' kan ikke fortelle om nærmeste leder.")
    return ta_imot_naermeste_ledere(tjeneste)


def ta_imot_naermeste_ledere(tjeneste: Tjeneste) -> HTTPResponse:
    """Messages of the feed: all or nothing, or with ?hopp_over=true those that can be used."""
    hopp_over = request.query.hopp_over or "false"
    if hopp_over not in ("true", "false"):
        raise Avvist(400, "hopp_over er true eller false")
    if _innholdstype() == NDJSON:
        innhold = les_body().split(b"\n")
    else:
        lest = les_json()
        if lest is None:  # in a list it is a record without a value; alone it is a mistake
            raise Avvist(400, "kroppen må være en melding eller en liste av dem")
        innhold = lest if isinstance(lest, list) else [lest]
    if len(innhold) > MAKS_MELDINGER:
        raise Avvist(413, f"høyst {MAKS_MELDINGER} meldinger på en gang")
    meldinger, ubrukelige = naermeste_leder.les_hver(innhold)
    if ubrukelige and hopp_over == "false":
        hvilke = "; ".join(f"melding {en.nummer}: {en.feil}" for en in ubrukelige[:20])
        flere = f"; og {len(ubrukelige) - 20} til" if len(ubrukelige) > 20 else ""
        raise Avvist(400, f"ingenting er lagret. {hvilke}{flere}")
    with tjeneste.database.write() as db:
        naermeste_leder.ta_imot(db, meldinger)
    log.info("naermeste leder: %d messages taken in, %d skipped", len(meldinger), len(ubrukelige))
    return json_svar({"mottatt": len(meldinger), "hoppet_over": [en._asdict() for en in ubrukelige]})


def _helse(mangler: list[str]) -> HTTPResponse:
    return HTTPResponse("\n".join(mangler), 503 if mangler else 200, {"Content-Type": "text/plain; charset=utf-8"})


def _tekst(tekst: str) -> HTTPResponse:
    return HTTPResponse(tekst, 200, {"Content-Type": "text/plain; charset=utf-8"})


def _vern(callback: Callable[..., Any]) -> Callable[..., Any]:
    """Around every route: what is raised becomes an answer."""

    def vernet(*args: Any, **kwargs: Any) -> Any:
        try:
            return callback(*args, **kwargs)
        except Avvist as avvist:
            return avvist.svar
        except DatabaseOpptatt:
            return json_svar({"error": "databasen er opptatt, prøv igjen"}, 503, {"Retry-After": "1"})
        except bottle.HTTPResponse:
            raise
        except Exception:
            korrelasjon = request.environ["notifikasjon.korrelasjon"]
            log.exception("unexpected fault at %s %s, %s", request.method, request.path, korrelasjon)
            return json_svar({"error": "unexpected error"}, 500)

    return vernet


def _ramme(app: bottle.Bottle) -> Wsgi:
    """Around every request: the correlation id in and out, what caches must know, and no exception past this point."""

    def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        korrelasjon = environ["notifikasjon.korrelasjon"] = korrelasjon_i(lambda hode: environ.get(f"HTTP_{hode}"))
        KORRELASJON.set(korrelasjon)

        def start(status: str, hoder: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*hoder, ("Vary", "Origin"), ("X-Correlation-ID", korrelasjon)], exc_info)

        return app.wsgi(environ, start)  # type: ignore[no-any-return]

    return wsgi


def korrelasjon_i(les: Callable[[str], str | None]) -> str:
    """The first of the caller's ids that is one, else a new one."""
    for hode in _KORRELASJONSHODER:
        if (verdi := les(hode)) is not None and _KORRELASJON.fullmatch(verdi):
            return verdi
    h = os.urandom(16).hex()  # a UUID of version 4, in a quarter of uuid4's time
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"


class _Avvisning(ErrorTask):  # type: ignore[misc]
    """The answer to what waitress cannot read as a request, or will not: no body, as ours."""

    def execute(self) -> None:
        self.status, _, _ = self.request.error.to_response()
        self.response_headers.append(("X-Correlation-ID", korrelasjon_i(self.request.headers.get)))
        self.set_close_on_finish()
        self.content_length = 0
        self.write(b"")


class _Leser(HTTPRequestParser):  # type: ignore[misc]
    """waitress drops every header with an underscore, which would be the same to WSGI as one with a hyphen.

    The platform knows `call_id` beside `call-id`, so that one is kept, under a name of its own.
    """

    def parse_header(self, header_plus: bytes) -> None:
        """Raises ParsingError (400)."""
        try:
            super().parse_header(header_plus)
        except ValueError:  # `http://[x`, or a length of 5,000 digits: waitress would hang up, and log a traceback
            raise ParsingError("a target that is no address, or a length that is no number") from None
        if b"_" in header_plus and (treff := _CALL_ID.search(header_plus)):
            self.headers["CALL__ID"] = treff[1].decode("latin-1")


class Kanal(HTTPChannel):  # type: ignore[misc]
    """A connection, for waitress to use. A request must arrive whole within channel_timeout."""

    parser_class = _Leser
    error_task_class = _Avvisning
    last_activity: float

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Where waitress waits for the client to read, whoever's thread it is, there is nobody to wait for.

        Who asks for more, with that much yet to be read, is hung up on.
        """
        if self.total_outbufs_len > self.adj.outbuf_high_watermark:
            self.will_close = True
            self.server.pull_trigger()

    def handle_read(self) -> None:
        """waitress counts from the last byte, so who sends one now and then could keep the connection for ever."""
        sist, underveis = self.last_activity, self.request
        super().handle_read()
        if underveis is not None and underveis is self.request:
            self.last_activity = sist
