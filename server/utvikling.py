"""The development surface: be anybody, move time, set access, empty the database. Registered in development mode only.

It has no lock on its doors, so it answers only to its own pages and to programs, and only under a name of this machine.
"""

import re
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import bottle
import orjson
from bottle import HTTPResponse, request
from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from server import altinn, demo, egen_utsteder, innlogging, kontaktregister, oekt, sider, tid
from server.database import Database
from server.egen_utsteder import UgyldigGrant, Utsteder
from server.feil import UgyldigInndata
from server.rader import rader
from server.web import (
    Avvist,
    Tjeneste,
    json_svar,
    kapsel_navn,
    krev_denne_maskinen,
    krev_eget_opphav,
    les_body,
    les_json,
    side,
    ta_imot_naermeste_ledere,
)

_ISSUER = f"<issuer:re:{egen_utsteder.UTSTEDER_NAVN}>"
_FNR = re.compile(r"[0-9]{11}")
MAKS_VENT_S = 30  # for a message in the outbox
KLOKKE = "klokke"  # in table bryter: where a moved clock stands, so that a restart does not move it back


def ruter(app: bottle.Bottle, tjeneste: Tjeneste) -> None:
    """Add the routes."""
    utsteder = tjeneste.utsteder
    assert utsteder
    u = _Utvikling(tjeneste, utsteder)
    for metode, sti, funksjon in (
        ("GET", "/", lambda: side(tjeneste, "index.html")),
        ("GET", "/dev/personer", u.personer),
        ("GET", "/dev/meg", u.meg),
        ("POST", "/dev/velg-person", u.velg_person),
        ("POST", "/dev/logg-ut", u.logg_ut),
        ("POST", "/dev/token", u.token),
        ("GET", "/dev/klokke", u.klokke),
        ("PUT", "/dev/klokke", u.stopp_klokke),
        ("POST", "/dev/klokke", u.flytt_klokke),
        ("DELETE", "/dev/klokke", u.slipp_klokke),
        ("POST", "/dev/jobber", u.jobber),
        ("GET", "/dev/forfall", u.forfall),
        ("GET", "/dev/hendelser", u.hendelser),
        ("GET", "/klokke", lambda: side(tjeneste, "klokke.html")),
        ("GET", "/utboks", lambda: side(tjeneste, "utboks.html")),
        ("GET", "/dev/utboks", u.utboks),
        ("DELETE", "/dev/utboks", u.toem_utboks),
        ("PUT", "/dev/kontakt/<fnr>", u.kontakt),
        ("PUT", "/dev/tilganger/<fnr>", u.tilganger),
        ("POST", "/dev/naermesteleder", lambda: ta_imot_naermeste_ledere(tjeneste)),
        ("POST", "/dev/nullstill", u.nullstill),
        ("POST", "/altinn-tilganger", u.altinn_tilganger),
        ("POST", "/m2m/altinn-tilganger", u.altinn_tilganger_m2m),
        ("GET", "/fake/tokenx", u.fake_tokenx),
        ("GET", "/fake/aad", u.fake_aad),
        ("GET", f"/{_ISSUER}/.well-known/openid-configuration", lambda issuer: json_svar(utsteder.metadata(issuer))),
        ("GET", f"/{_ISSUER}/jwks", lambda issuer: json_svar(utsteder.jwks())),
        ("POST", f"/{_ISSUER}/token", u.veksle),
        ("GET", f"/{_ISSUER}/authorize", u.autoriser),
        ("GET", f"/{_ISSUER}/endsession", u.avslutt),
    ):
        app.route(sti, metode, vaktet(tjeneste, funksjon))


def vaktet(tjeneste: Tjeneste, funksjon: Any) -> Any:
    """Keep foreign pages out, also those whose name has been made to point at this machine."""

    def vaktet(*args: Any, **kwargs: Any) -> Any:
        krev_denne_maskinen(tjeneste)
        krev_eget_opphav()
        return funksjon(*args, **kwargs)

    return vaktet


class _Utvikling:
    def __init__(self, tjeneste: Tjeneste, utsteder: Utsteder) -> None:
        self._t = tjeneste
        self._utsteder = utsteder

    # ── People ──

    def personer(self) -> HTTPResponse:
        return json_svar([{"fnr": p.fnr, "navn": p.navn, "rolle": p.rolle} for p in self._t.settings.person])

    def meg(self) -> HTTPResponse:
        try:
            fnr = self._t.innlogging.bruker(None, request.get_cookie(kapsel_navn(self._t))).fnr
        except innlogging.Uautentisert:
            raise Avvist(401) from None
        person = next((p for p in self._t.settings.person if p.fnr == fnr), None)
        return json_svar({"fnr": fnr, "navn": person.navn if person else fnr, "rolle": person.rolle if person else ""})

    def velg_person(self) -> HTTPResponse:
        fnr = _fnr(_skjema().get("fnr", ""))
        self._t.oekter.slett(request.get_cookie(kapsel_navn(self._t)))
        return sider.innlogget(self._t, self._t.oekter.ny(fnr))

    def logg_ut(self) -> HTTPResponse:
        self._t.oekter.slett(request.get_cookie(kapsel_navn(self._t)))
        return HTTPResponse(b"", 303, {"Location": "/", "Set-Cookie": sider.fjern(self._t)})

    # ── Tokens ──

    def token(self) -> HTTPResponse:
        match les_json():
            case {"produsent": str(applikasjon), **annet} if not annet and applikasjon.count(":") == 2:
                token = self._utsteder.token_for_applikasjon(applikasjon)
            case {"bruker": str(fnr), **annet} if not annet:
                token = self._utsteder.token_for_bruker(_fnr(fnr))
            case _:
                raise Avvist(400, 'gi {"produsent": "cluster:namespace:app"} eller {"bruker": "fnr, 11 sifre"}')
        return json_svar({"access_token": token, "expires_in": egen_utsteder.TOKEN_TTL_S, "token_type": "Bearer"})

    def fake_tokenx(self) -> HTTPResponse:
        acr = request.query.acr or "idporten-loa-high"
        return _token(self._utsteder.token_for_bruker(_fnr(request.query.pid), acr=acr))

    def fake_aad(self) -> HTTPResponse:
        if not request.query.azp:
            raise Avvist(400, "azp mangler: cluster:namespace:app")
        return _token(self._utsteder.token_for_applikasjon(request.query.azp))

    def veksle(self, issuer: str) -> HTTPResponse:
        skjema = _skjema()
        if request.auth:
            skjema.setdefault("client_id", unquote_plus(request.auth[0]))  # OAuth has it encoded, for its colons
        try:
            return json_svar(self._utsteder.veksle(skjema, issuer), hoder={"Cache-Control": "no-store"})
        except UgyldigGrant as error:
            return json_svar({"error": error.kode, "error_description": str(error)}, 400)

    def autoriser(self, issuer: str) -> HTTPResponse:
        """OpenID's authorization endpoint: a page to choose whom to log in as. The choice comes back as login_hint."""
        felter = {navn: request.query.getunicode(navn, "") for navn in request.query}
        try:
            self._utsteder.sjekk(felter)
            if not (fnr := felter.get("login_hint")):
                return side(self._t, "logg-inn.html")
            kode = self._utsteder.kode_for_bruker(_fnr(fnr), issuer, felter)
        except UgyldigGrant as error:
            raise Avvist(400, f"{error.kode}: {error}") from None
        svar = {"code": kode, "state": felter.get("state", "")}
        return HTTPResponse(b"", 303, {"Location": oekt.med(felter["redirect_uri"], svar), "Cache-Control": "no-store"})

    def avslutt(self, issuer: str) -> HTTPResponse:
        """OpenID's end of a session, of which there is none here."""
        tilbake = request.query.getunicode("post_logout_redirect_uri", "")
        if not tilbake.startswith(("http://", "https://")):
            tilbake = "/"
        elif not egen_utsteder.er_adresse(tilbake):
            raise Avvist(400, "post_logout_redirect_uri kan ikke være en adresse")
        return HTTPResponse(b"", 303, {"Location": tilbake})

    # ── Time ──

    def klokke(self) -> HTTPResponse:
        klokke = self._t.klokke
        return json_svar({"tid": tid.format_utc(klokke.now()), "stoppet": klokke.stoppet})

    def stopp_klokke(self) -> HTTPResponse:
        return self._flytt(_les(tid.parse_tidspunkt, les_json(), "tid", "2026-12-01T08:00:00Z"))

    def flytt_klokke(self) -> HTTPResponse:
        return self._flytt(tid.pluss(self._t.klokke.now(), _les(tid.parse_varighet, les_json(), "frem", "P7DT2H")))

    def slipp_klokke(self) -> HTTPResponse:
        return self._flytt(None)

    def jobber(self) -> HTTPResponse:
        self._t.worker.gjoer_alt()
        return HTTPResponse(b"", 204)

    def forfall(self) -> HTTPResponse:
        """When the next thing will happen by itself, and what the last thing that happened was."""
        neste = self._t.worker.neste_forfall()
        siste = self._t.database.read().execute("SELECT coalesce(max(nr), 0) FROM hendelse").get
        return json_svar({"neste": None if neste is None else tid.format_utc(neste), "sisteHendelse": siste})

    def hendelser(self) -> HTTPResponse:
        """The history after number `etter`, at most 200, with the words of what it was about if that is still there."""
        try:
            etter = tid.begrens(int(request.query.etter or 0))
        except ValueError:
            raise Avvist(400, "etter er nummeret på en hendelse") from None
        funnet = rader(
            self._t.database.read().execute(
                """
                SELECT h.nr, h.type, h.aggregat_id, h.tidspunkt, h.hvem, coalesce(n.tekst, s.tittel) AS tekst,
                       coalesce(n.merkelapp, s.merkelapp) AS merkelapp
                  FROM hendelse h
                  LEFT JOIN notifikasjon n ON n.id = h.aggregat_id LEFT JOIN sak s ON s.id = h.aggregat_id
                 WHERE h.nr > ? ORDER BY h.nr LIMIT 200
                """,
                (etter,),
            )
        )
        return json_svar([camel(hendelse) for hendelse in funnet])

    def _flytt(self, maal: int | None) -> HTTPResponse:
        self._t.worker.flytt_klokke(maal)
        lagre_klokke(self._t)
        return self.klokke()

    # ── What would have been sent ──

    def utboks(self) -> HTTPResponse:
        """The messages; `til` is one recipient, `vent` is how many seconds to wait for the first one."""
        try:
            vent_s = min(max(float(request.query.vent or 0), 0), MAKS_VENT_S)
        except ValueError:
            raise Avvist(400, "vent er et antall sekunder") from None
        self._t.worker.vekk()
        til = request.query.getunicode("til")
        if til is not None and til.startswith(" "):  # a number's + that was not escaped
            til = f"+{til.strip()}"
        meldinger = self._t.utboks.meldinger(til, vent_s)
        return json_svar([camel(melding) for melding in meldinger])

    def toem_utboks(self) -> HTTPResponse:
        self._t.utboks.toem()
        return HTTPResponse(b"", 204)

    def kontakt(self, fnr: str) -> HTTPResponse:
        """How to reach a person, for the channel kontaktregister; {} forgets it."""
        try:
            kontakt = kontaktregister.Kontakt.model_validate(les_json())
        except (ValidationError, UgyldigInndata) as error:
            hva = str(error) if isinstance(error, UgyldigInndata) else 'gi {"epostadresse": "…", "tlf": "…"}'
            raise Avvist(400, hva) from None
        with self._t.database.write() as db:
            kontaktregister.lagre(db, _fnr(fnr), kontakt)
        return HTTPResponse(b"", 204)

    # ── Access and data ──

    def altinn_tilganger(self) -> HTTPResponse:
        """What the service of that name answers the person whose token it is: our embedded access, or the file's."""
        try:
            fnr = self._t.innlogging.bruker(request.environ.get("HTTP_AUTHORIZATION", ""), None).fnr
        except innlogging.Uautentisert:
            raise Avvist(401) from None
        return self._altinn_svar(fnr, les_json() if les_body() else {})

    def altinn_tilganger_m2m(self) -> HTTPResponse:
        """The same for anybody, to a producer."""
        try:
            self._t.innlogging.produsent(request.environ.get("HTTP_AUTHORIZATION"))
        except innlogging.Uautentisert:
            raise Avvist(401) from None
        match les_json():
            case {"fnr": str(fnr), **annet}:
                return self._altinn_svar(_fnr(fnr), annet)
        raise Avvist(400, 'gi {"fnr": "11 sifre"}')

    def _altinn_svar(self, fnr: str, spoersmaal: Any) -> HTTPResponse:
        if self._t.settings.tilgang.altinn == "http":
            raise Avvist(404, "[tilgang] altinn = 'http': spør tjenesten som er satt opp der")
        try:
            filter = altinn.Filter.model_validate(spoersmaal.get("filter") or {})
        except (ValidationError, AttributeError):
            raise Avvist(
                400, 'gi {"filter": {"altinn2Tilganger": […], "altinn3Tilganger": […], "inkluderSlettede": false}}'
            ) from None
        fil = self._t.tilgangsfil
        svar = fil.svar(fnr) if fil else altinn.lagret_svar(self._t.database, fnr)
        return json_svar(altinn.besvar(svar, filter))

    def tilganger(self, fnr: str) -> HTTPResponse:
        if (kilde := self._t.settings.tilgang.altinn) != "innebygd":
            raise Avvist(409, f"[tilgang] altinn = '{kilde}': tilgangene her brukes ikke")
        svar = les_json()
        try:
            with self._t.database.write() as db:
                altinn.lagre(db, _fnr(fnr), svar)
        except orjson.JSONEncodeError:  # it writes less deep than it reads
            raise Avvist(400, "svaret er for dypt") from None
        self._t.tilganger.glem(fnr)
        return HTTPResponse(b"", 204)

    def nullstill(self) -> HTTPResponse:
        demo.toem(self._t.database)
        if self._t.tilgangsfil:
            self._t.tilgangsfil.lagre(self._t.database)
        self._t.tilganger.glem()
        return HTTPResponse(b"", 204)


def lagret_klokke(database: Database) -> int | None:
    """Where the clock was stopped before the restart, if it was."""
    tidspunkt: int | None = database.read().execute("SELECT verdi FROM bryter WHERE navn = ?", (KLOKKE,)).get
    return tidspunkt


def lagre_klokke(tjeneste: Tjeneste) -> None:
    with tjeneste.database.write() as db:
        if tjeneste.klokke.stoppet:
            db.execute("INSERT OR REPLACE INTO bryter VALUES (?, ?)", (KLOKKE, tjeneste.klokke.now()))
        else:
            db.execute("DELETE FROM bryter WHERE navn = ?", (KLOKKE,))


def _skjema() -> dict[str, str]:
    """The fields of a form. Raises Avvist (415, 400)."""
    if not request.environ.get("CONTENT_TYPE", "").lower().startswith("application/x-www-form-urlencoded"):
        raise Avvist(415, "Content-Type må være application/x-www-form-urlencoded")
    try:
        return dict(parse_qsl(les_body().decode(), keep_blank_values=True, errors="strict", max_num_fields=50))
    except ValueError:
        raise Avvist(400, "kroppen er ikke et gyldig skjema") from None


def _token(token: str) -> HTTPResponse:
    return HTTPResponse(token, 200, {"Content-Type": "text/plain", "Cache-Control": "no-store"})


def _fnr(tekst: str) -> str:
    if not _FNR.fullmatch(tekst):
        raise Avvist(400, "et fødselsnummer har 11 sifre")
    return tekst


def _les(leser: Any, innhold: Any, navn: str, eksempel: str) -> Any:
    try:
        return leser(innhold[navn])
    except (KeyError, TypeError, ValueError):
        raise Avvist(400, f'gi {{"{navn}": "{eksempel}"}}') from None


def camel(melding: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON: camelCase, instants as text."""
    return {
        to_camel(navn): tid.format_utc(verdi) if navn.endswith("tidspunkt") and verdi is not None else verdi
        for navn, verdi in melding.items()
    }
