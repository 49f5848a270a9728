"""The documentation of the two APIs for people: its pages, the console, the terms of use, and the schemas as JSON.

All of it is public, like the SDL that it is made from: nothing here may depend on who asks. The pages draw themselves
from the schema (static/skjema.js), so what is to be said about a field is written in the SDL and nowhere else.
"""

from functools import partial
from hashlib import sha256
from threading import Lock

import bottle
import orjson
from bottle import HTTPResponse, request
from graphql import build_schema, introspection_from_schema

from server import bruker, produsent
from server.graphql_api import GraphQLApi
from server.web import SIKKERHETSHODER, Tjeneste, json_svar, side

APIER = {"produsent": produsent.API, "bruker": bruker.API}
SIDER = {
    "/api": "api.html",
    "/api/produsent": "api-dokumentasjon.html",
    "/api/bruker": "api-dokumentasjon.html",
    "/api/konsoll": "konsoll.html",
    "/vilkaar": "vilkaar.html",
}


def ruter(app: bottle.Bottle, tjeneste: Tjeneste) -> None:
    """Add the routes."""
    for navn, api in APIER.items():
        app.route(f"/{navn}/skjema.json", "GET", _Skjema(api).svar)
    for sti, fil in SIDER.items():
        app.route(sti, "GET", partial(side, tjeneste, fil))


class _Skjema:
    """The answer to the introspection query, as the tools of GraphQL read it. Made when first asked for, then kept."""

    def __init__(self, api: GraphQLApi) -> None:
        self._api = api
        self._laas = Lock()
        self._laget: tuple[bytes, str] | None = None

    def svar(self) -> HTTPResponse:
        innhold, etag = self._innhold()
        hoder = {**SIKKERHETSHODER, "ETag": etag, "Cache-Control": "no-cache"}
        if etag in (request.get_header("If-None-Match") or ""):
            return HTTPResponse(b"", 304, hoder)
        return json_svar(innhold, hoder=hoder)

    def _innhold(self) -> tuple[bytes, str]:
        """The JSON and its ETag."""
        with self._laas:
            if self._laget is None:
                # From the text, not the API's own schema: its scalars have been taught the types of this program.
                innhold = orjson.dumps(introspection_from_schema(build_schema(self._api.sdl, assume_valid_sdl=True)))
                self._laget = innhold, f'"{sha256(innhold).hexdigest()[:32]}"'
            return self._laget
