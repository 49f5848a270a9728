"""The pages that are there in both modes: those of whoever is logged in, and the way in and out.

Cookies are `__Host-` ones outside development: set over https only, and sent to this very host only. SameSite=Lax keeps
them out of what other sites send, apart from plain links; all that changes something here is a POST besides.
"""

import logging
from functools import partial
from urllib.parse import quote, unquote, urlsplit

import bottle
from bottle import HTTPResponse, request

from server.innlogging import Uautentisert
from server.log import Sjelden
from server.oekt import INNLOGGING_S, InnloggingError, Paalogging
from server.utstedere import UtstederError
from server.web import OEKT, SIKKERHETSHODER, Avvist, Tjeneste, json_svar, kapsel_navn, krev_eget_opphav, side

log = logging.getLogger(__name__)

INNLOGGING = "notifikasjon_innlogging"  # the cookie between the two halves of a login
TIL = "notifikasjon_til"  # the cookie with the page that somebody asked for before they were logged in
MINE = {"/min-side": "min-side.html", "/saksoversikt": "saksoversikt.html", "/sak": "sak.html"}
MAKS_TIL = 1_000  # characters of an address to come back to


def ruter(app: bottle.Bottle, tjeneste: Tjeneste) -> None:
    """Add the routes. Without an issuer to log in with there are no pages of a person's own."""
    app.route("/oppsett.js", "GET", lambda: _oppsett(tjeneste))
    if tjeneste.paalogging is None:
        return
    s = _Sider(tjeneste, tjeneste.paalogging)
    app.route("/logg-inn", "GET", s.logg_inn)
    app.route("/logg-inn/svar", "GET", s.svar)
    app.route("/logg-ut", "POST", s.logg_ut)
    app.route("/utlogget", "GET", lambda: side(tjeneste, "utlogget.html"))
    app.route("/oekt", "GET", s.oekt)
    for sti, fil in MINE.items():
        app.route(sti, "GET", partial(s.min, fil))
    if tjeneste.utsteder is None:  # development mode has its own
        app.route("/", "GET", lambda: _til("/min-side"))


class _Sider:
    def __init__(self, tjeneste: Tjeneste, paalogging: Paalogging) -> None:
        self._t = tjeneste
        self._paalogging = paalogging
        self._kapsel = kapsel_navn(tjeneste, INNLOGGING)
        self._feil = Sjelden(log, tjeneste.klokke.monotonic)

    def min(self, fil: str) -> HTTPResponse:
        """A page of whoever is logged in; others are led to where one logs in, and then back."""
        try:
            self._t.innlogging.bruker(None, request.get_cookie(kapsel_navn(self._t)))
        except Uautentisert:
            svar = _til("/logg-inn" if self._t.utsteder is None else "/")
            sted = request.path + (f"?{request.query_string}" if request.query_string else "")
            svar.add_header("Set-Cookie", sett(self._t, quote(sted, safe="/"), TIL, f"; Max-Age={INNLOGGING_S}"))
            return svar
        return side(self._t, fil)

    def oekt(self) -> HTTPResponse:
        """Who is logged in, as far as we know a name."""
        try:
            fnr = self._t.innlogging.bruker(None, request.get_cookie(kapsel_navn(self._t))).fnr
        except Uautentisert:
            raise Avvist(401) from None
        kjent = next((person for person in self._t.settings.person if person.fnr == fnr), None)
        hoder = {"Cache-Control": "no-store"}
        return json_svar({"navn": kjent and kjent.navn, "rolle": kjent and kjent.rolle}, hoder=hoder)

    def logg_inn(self) -> HTTPResponse:
        eget = urlsplit(self._paalogging.url)
        if self._t.utsteder is not None and request.get_header("Host") != eget.netloc:
            return _til(f"{self._paalogging.url}/logg-inn")  # 127.0.0.1 and localhost do not share cookies
        try:
            sted, kapsel = self._paalogging.start()
        except UtstederError as error:
            return self._feilet(str(error), 503)
        svar = _til(sted)
        svar.add_header("Set-Cookie", sett(self._t, kapsel, INNLOGGING, f"; Max-Age={INNLOGGING_S}"))
        return svar

    def svar(self) -> HTTPResponse:
        """The browser comes back from the issuer. Whatever session it had is over."""
        try:
            oekt = self._paalogging.fullfoer(request.query, request.get_cookie(self._kapsel) or "")
        except InnloggingError as error:
            return self._feilet(str(error), 400)
        except UtstederError as error:
            return self._feilet(str(error), 503)
        self._t.oekter.slett(request.get_cookie(kapsel_navn(self._t)))
        svar = innlogget(self._t, oekt)
        svar.add_header("Set-Cookie", fjern(self._t, INNLOGGING))
        return svar

    def logg_ut(self) -> HTTPResponse:
        krev_eget_opphav()
        self._t.oekter.slett(request.get_cookie(kapsel_navn(self._t)))
        sted = self._paalogging.logg_ut()
        if sted is None:
            svar = _til("/utlogget")
        else:  # not 303: a form may send the browser to this origin only, also by way of a redirect
            svar = side(self._t, "utlogget.html")
            svar.headers["Refresh"] = f"0; url={sted}"
        svar.add_header("Set-Cookie", fjern(self._t))
        return svar

    def _feilet(self, grunn: str, status: int) -> HTTPResponse:
        self._feil.logg(logging.WARNING, "login failed", grunn)
        svar = side(self._t, "innlogging-feilet.html")
        svar.status = status
        svar.headers["Cache-Control"] = "no-store"
        svar.add_header("Set-Cookie", fjern(self._t, INNLOGGING))
        return svar


def innlogget(tjeneste: Tjeneste, oekt: str) -> HTTPResponse:
    """The session begins, on the page that was asked for."""
    kapsel = request.get_cookie(kapsel_navn(tjeneste, TIL))
    til = unquote(kapsel or "")
    egen = til.partition("?")[0] in MINE and len(til) <= MAKS_TIL and til.isprintable()
    svar = _til(quote(til, safe="/?&=%+~:;,@!$'()*-._") if egen else "/min-side")
    svar.add_header("Set-Cookie", sett(tjeneste, oekt))
    if kapsel:
        svar.add_header("Set-Cookie", fjern(tjeneste, TIL))
    return svar


def _oppsett(tjeneste: Tjeneste) -> HTTPResponse:
    """What the pages must know before they are drawn (static/ramme.js). The same for everybody."""
    skript = f"const OPPSETT = {{ utvikling: {str(tjeneste.settings.utvikling.aktiv).lower()} }};\n"
    hoder = {"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "no-cache", **SIKKERHETSHODER}
    return HTTPResponse(skript, 200, hoder)


def sett(tjeneste: Tjeneste, verdi: str, navn: str = OEKT, mer: str = "") -> str:
    """The header Set-Cookie."""
    sikker = "" if tjeneste.utsteder else "; Secure"
    return f"{kapsel_navn(tjeneste, navn)}={verdi}; Path=/; HttpOnly; SameSite=Lax{sikker}{mer}"


def fjern(tjeneste: Tjeneste, navn: str = OEKT) -> str:
    return sett(tjeneste, "", navn, "; Max-Age=0")


def _til(sted: str) -> HTTPResponse:
    return HTTPResponse(b"", 303, {"Location": sted, "Cache-Control": "no-store"})
