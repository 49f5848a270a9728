"""The front door: which request gets which status, who is let in, and what every answer has in common."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from graphql import GraphQLSchema, build_client_schema, get_introspection_query
from produsent import ny_beskjed, ny_sak
from tjeneste import BAKERIET, DAGNY, FAGER, ROOT, Tjeneste, driftsoppsett, kjoerende, raa_post

PRODUSENT, BRUKER, FELLES = "/produsent/api/graphql", "/bruker/api/graphql", "/api/graphql"
JSON = {"Content-Type": "application/json"}
HVEM = '{"query": "{ whoami }"}'
VENN = "https://min-side.eksempel.no"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def send(
    tjeneste: Tjeneste, metode: str, sti: str, *, data: bytes | str = b"", token: str | None = None, **hoder: str
) -> requests.Response:
    """A request as it is, with `X_Y="…"` for the header X-Y."""
    alle = {navn.replace("_", "-"): verdi for navn, verdi in hoder.items()}
    if token is not None:
        alle["Authorization"] = f"Bearer {token}"
    return requests.request(metode, tjeneste.url + sti, data=data, headers=alle, timeout=30, allow_redirects=False)


def spoer(tjeneste: Tjeneste, sti: str = PRODUSENT, *, data: bytes | str = HVEM, **annet: Any) -> requests.Response:
    """A question in JSON, from FAGER unless another token is given."""
    if "token" not in annet:
        annet["token"] = tjeneste.token(produsent=FAGER)
    return send(tjeneste, "POST", sti, data=data, **({"Content_Type": "application/json"} | annet))


@pytest.fixture(scope="module")
def med_venn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    """A service that lets the pages of one other origin call."""
    database = tmp_path_factory.mktemp("venn") / "test.db"
    innhold = (ROOT / "config.toml").read_text(encoding="utf-8").replace("demodata = true", "demodata = false")
    config = database.with_suffix(".toml")
    config.write_text(
        re.sub(r"(?m)^tillatte_opphav = \[\]", f'tillatte_opphav = ["{VENN}"]', innhold), encoding="utf-8"
    )
    with kjoerende(database, config=config) as tjeneste:
        yield tjeneste


@pytest.fixture(scope="module")
def i_drift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    """A service with development mode off. Nobody is there to give tokens that it believes."""
    database = tmp_path_factory.mktemp("drift") / "test.db"
    with kjoerende(database, config=driftsoppsett(database, "http://127.0.0.1:1")) as tjeneste:
        yield tjeneste


# ── Statuses ──


@pytest.mark.parametrize(
    ("metode", "sti", "status"),
    [
        ("GET", FELLES, 405),
        ("GET", PRODUSENT, 405),
        ("GET", BRUKER, 405),
        ("PUT", FELLES, 405),
        ("DELETE", BRUKER, 405),
        ("PATCH", PRODUSENT, 405),
        ("HEAD", PRODUSENT, 405),
        ("OPTIONS", PRODUSENT, 405),
        ("OPTIONS", BRUKER, 405),
        ("OPTIONS", FELLES, 405),
        ("POST", f"{FELLES}/", 404),
        ("POST", f"{PRODUSENT}/", 404),
        ("POST", "/api", 405),
        ("POST", "/produsent/graphql", 404),
        ("POST", "/API/GRAPHQL", 404),
        ("GET", "/ide", 404),
        ("GET", "/internal", 404),
        ("GET", "/internal/alive/", 404),
        ("POST", "/internal/alive", 405),
        ("POST", "/internal/metrics", 405),
        ("GET", "/static/", 404),
        ("GET", "/static/finnes-ikke.js", 404),
        ("POST", "/static/stil.css", 405),
        ("GET", "/dev", 404),
        ("GET", "/dev/nullstill", 405),
    ],
)
def test_unknown_path_or_method_is_refused_without_words(
    tjeneste: Tjeneste, metode: str, sti: str, status: int
) -> None:
    """Before anybody asks who it is, so a token makes no difference."""
    for token in (None, tjeneste.token(produsent=FAGER)):
        svar = send(tjeneste, metode, sti, token=token)
        assert (svar.status_code, svar.content) == (status, b"")


@pytest.mark.parametrize("sti", [PRODUSENT, BRUKER, FELLES])
@pytest.mark.parametrize("data", [HVEM, "{", "", "[]", '{"query": 1}', "\0", '{"query": "{"}'])
@pytest.mark.parametrize("slag", ["application/json", "text/plain"])
def test_nobody_is_told_nothing_whatever_the_body(tjeneste: Tjeneste, sti: str, data: str, slag: str) -> None:
    svar = send(tjeneste, "POST", sti, data=data, Content_Type=slag, Accept="text/html")
    assert (svar.status_code, svar.content) == (401, b"")
    assert "WWW-Authenticate" not in svar.headers


def test_other_headers_than_a_bearer_token_are_nobody(tjeneste: Tjeneste) -> None:
    token = tjeneste.token(produsent=FAGER)
    for authorization in (token, f"BEARER {token}", f"Basic {token}", "Bearer", "Bearer ", f"Bearer  {token}", ""):
        svar = send(
            tjeneste, "POST", PRODUSENT, data=HVEM, Authorization=authorization, **{"Content_Type": "application/json"}
        )
        assert (svar.status_code, svar.content) == (401, b""), authorization


def test_token_of_the_other_api_is_nobody(tjeneste: Tjeneste) -> None:
    assert spoer(tjeneste, PRODUSENT, token=tjeneste.token(bruker=DAGNY)).status_code == 401
    assert spoer(tjeneste, BRUKER, token=tjeneste.token(produsent=FAGER)).status_code == 401


@pytest.mark.parametrize(
    "slag",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql",
     "application/jsonx", "text/json", "application", "application/json2; application/json"],
)  # fmt: skip
def test_only_json_is_read(tjeneste: Tjeneste, slag: str) -> None:
    for sti, hvem in ((PRODUSENT, {"produsent": FAGER}), (BRUKER, {"bruker": DAGNY})):
        svar = spoer(tjeneste, sti, token=tjeneste.token(**hvem), Content_Type=slag)
        assert (svar.status_code, svar.headers["Content-Type"]) == (415, "application/json")
        assert list(svar.json()) == ["error"]


@pytest.mark.parametrize(
    "slag",
    ["application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON", " application/json "],
)
def test_json_by_its_other_spellings_is_read(tjeneste: Tjeneste, slag: str) -> None:
    data = json.dumps({"query": "{ whoami }"}).encode()
    token = tjeneste.token(produsent=FAGER)
    svar = tjeneste.raatt(raa_post(PRODUSENT, data, f"Authorization: Bearer {token}", f"Content-Type: {slag}"))
    assert svar.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 200),
        ("application/json", 200),
        ("APPLICATION/JSON", 200),
        ("application/*;q=0.1", 200),
        ("application/graphql-response+json,application/json;q=0.9", 200),
        ("text/html, */*;q=0.1", 200),
        ("", 200),
        ("text/html", 406),
        ("image/png, text/*", 406),
    ],
)
def test_answer_in_json_must_be_acceptable(tjeneste: Tjeneste, accept: str, status: int) -> None:
    svar = spoer(tjeneste, Accept=accept)
    assert svar.status_code == status
    assert (svar.content == b"") == (status == 406)


@pytest.mark.parametrize(
    "data",
    ["", "{", "null", "1", '"x"', "[]", '[{"query": "{ whoami }"}]', "{}", '{"query": null}', '{"query": 1}',
     '{"query": ["{ whoami }"]}', '{"query": "{ whoami }", "variables": []}', '{"query": "{whoami}", "variables": "x"}',
     '{"query": "{ whoami }", "operationName": 1}', '{"query": "{ whoami }", "operationName": "Annen"}',
     '{"query": "query A { whoami } query B { whoami }"}',
     '{"query": "query A { whoami } query B { whoami }", "operationName": "C"}',
     '{"query": "query A { whoami } query B { whoami }", "operationName": ""}'],
)  # fmt: skip
def test_malformed_request_is_told_so(tjeneste: Tjeneste, data: str) -> None:
    svar = spoer(tjeneste, data=data)
    assert (svar.status_code, svar.headers["Content-Type"]) == (400, "application/json")
    assert list(svar.json()) == ["error"]


@pytest.mark.parametrize(
    "annet",
    [
        {"variables": None},
        {"variables": {}},
        {"variables": {"ubrukt": 1}},
        {"operationName": None},
        {"operationName": ""},
        {"extensions": {"clientLibrary": {"name": "@apollo/client", "version": "4.1.6"}}},
        {"id": 7, "ukjent": ["x"]},
    ],
)
def test_what_clients_send_along_does_not_matter(tjeneste: Tjeneste, annet: dict[str, Any]) -> None:
    svar = spoer(tjeneste, data=json.dumps({"query": "{ whoami }"} | annet))
    assert svar.json() == {"data": {"whoami": FAGER}}


# ── Which API ──


@pytest.mark.parametrize(
    ("vert", "hvem", "svar"),
    [
        ("ag-notifikasjon-produsent-api.intern.dev.nav.no", {"produsent": FAGER}, FAGER),
        ("ag-notifikasjon-produsent-api.invalid", {"produsent": FAGER}, FAGER),
        ("notifikasjon-produsent-api.fager", {"produsent": FAGER}, FAGER),
        ("notifikasjon-fake-produsent-api:8080", {"produsent": FAGER}, FAGER),
        ("AG-Notifikasjon-Produsent-API.invalid", {"produsent": FAGER}, FAGER),
        ("ag-notifikasjon-bruker-api.nav.no", {"bruker": DAGNY}, DAGNY),
        ("notifikasjon-bruker-api", {"bruker": DAGNY}, DAGNY),
        ("ag-notifikasjon-produsent-api.invalid", {"bruker": DAGNY}, None),
        ("ag-notifikasjon-bruker-api.invalid", {"produsent": FAGER}, None),
        ("localhost", {"produsent": FAGER}, FAGER),
        ("localhost", {"bruker": DAGNY}, DAGNY),
        ("x.ag-notifikasjon-bruker-api.invalid", {"produsent": FAGER}, FAGER),
    ],
)
def test_shared_path_goes_by_host_and_then_by_the_token(
    tjeneste: Tjeneste, vert: str, hvem: dict[str, str], svar: str | None
) -> None:
    fikk = spoer(tjeneste, FELLES, token=tjeneste.token(**hvem), Host=vert)
    if svar is None:
        assert (fikk.status_code, fikk.content) == (401, b"")
    else:
        assert fikk.json() == {"data": {"whoami": svar}}


def test_session_of_a_page_is_for_the_user_api(tjeneste: Tjeneste) -> None:
    with requests.Session() as leser:
        leser.post(f"{tjeneste.url}/dev/velg-person", data={"fnr": DAGNY}, timeout=30)
        for sti in (BRUKER, FELLES):
            svar = leser.post(tjeneste.url + sti, json={"query": "{ whoami }"}, timeout=30)
            assert svar.json() == {"data": {"whoami": DAGNY}}
        assert leser.post(tjeneste.url + PRODUSENT, json={"query": "{ whoami }"}, timeout=30).status_code == 401


# ── The correlation id ──


@pytest.mark.parametrize(
    ("hoder", "svar"),
    [
        ({"X-Request-ID": "abc-123"}, "abc-123"),
        ({"x-request-id": "a+b/c="}, "a+b/c="),
        ({"X-Correlation-ID": "b", "X-Request-ID": "a"}, "a"),
        ({"call-id": "c", "X-Correlation-ID": "b"}, "b"),
        ({"callId": "d", "call-id": "c"}, "c"),
        ({"callId": "d"}, "d"),
        ({"call_id": "e"}, "e"),
        ({"call_id": "e", "callId": "D"}, "e"),
        ({"call_id": "e", "callId": "d"}, "d"),
        ({"CALL_ID": "e\t"}, "e"),
        ({"x_request_id": "a", "X": "call_id: a"}, None),
        ({"X-Request-ID": "Store-Bokstaver", "X-Correlation-ID": "b"}, "b"),
        ({"X-Request-ID": "a_b", "X-Correlation-ID": "a:b", "call-id": "a.b", "callId": "d"}, "d"),
        ({"X-Request-ID": "a b"}, None),
        ({"X-Request-ID": "æ".encode().decode("latin-1")}, None),
        ({"X-Request-ID": "a" * 1000}, "a" * 1000),
        ({"X-Request-ID": "a" * 1001}, None),
        ({"X-Request-ID": DAGNY.replace("1", "A")}, None),
        ({"X-Request-ID": ""}, ""),
        ({}, None),
    ],
)
def test_first_proper_id_of_the_caller_is_answered(tjeneste: Tjeneste, hoder: dict[str, str], svar: str | None) -> None:
    fikk = requests.get(f"{tjeneste.url}/internal/alive", headers=hoder, timeout=30).headers["X-Correlation-ID"]
    assert fikk == svar if svar is not None else UUID.fullmatch(fikk)


def test_new_id_is_another_each_time(tjeneste: Tjeneste) -> None:
    assert len({send(tjeneste, "GET", "/internal/alive").headers["X-Correlation-ID"] for _ in range(5)}) == 5


def test_every_answer_has_the_correlation_id_and_tells_caches_of_origins(tjeneste: Tjeneste) -> None:
    token = tjeneste.token(produsent=FAGER)
    statuser = []
    for metode, sti, annet in (
        ("POST", PRODUSENT, {"data": HVEM, "token": token, "Content_Type": "application/json"}),
        ("POST", PRODUSENT, {}),
        ("POST", PRODUSENT, {"data": "{", "token": token, "Content_Type": "application/json"}),
        ("POST", PRODUSENT, {"data": HVEM, "token": token}),
        ("POST", PRODUSENT, {"data": HVEM, "token": token, "Accept": "text/html"}),
        ("POST", BRUKER, {"Origin": "https://eksempel.no"}),
        ("OPTIONS", BRUKER, {"Origin": tjeneste.url}),
        ("GET", FELLES, {}),
        ("GET", "/", {}),
        ("GET", "/min-side", {}),
        ("GET", "/static/stil.css", {}),
        ("GET", "/static/finnes-ikke", {}),
        ("GET", "/internal/ready", {}),
        ("GET", "/internal/metrics", {}),
        ("GET", "/bruker/sdl", {}),
        ("GET", "/finnes-ikke", {}),
        ("GET", "/dev/klokke", {}),
        ("POST", "/dev/logg-ut", {}),
        ("POST", "/dev/token", {}),
    ):
        svar = send(tjeneste, metode, sti, X_Request_ID="abc", **annet)
        assert svar.headers["X-Correlation-ID"] == "abc", (sti, svar.status_code)
        assert svar.headers["Vary"] == "Origin", (sti, svar.status_code)
        statuser.append(svar.status_code)
    assert {200, 204, 303, 400, 401, 403, 404, 405, 406, 415} <= set(statuser)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", b"400"),
        (b"GET http://[x HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\n", b"413"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 33_000 + b"\r\n\r\n", b"431"),
    ],
    ids=["space before the colon", "half an IPv6 address", "length no number", "body too large", "headers too large"],
)
def test_what_is_no_request_is_refused_in_the_same_way(tjeneste: Tjeneste, data: bytes, status: bytes) -> None:
    hode, _, kropp = tjeneste.raatt(data).partition(b"\r\n\r\n")
    assert hode.split(b" ")[1] == status
    assert re.search(rb"(?i)X-Correlation-ID: [0-9a-f-]{36}", hode)
    assert kropp == b""


# ── Other origins ──


@pytest.mark.parametrize(
    "opphav",
    ["https://eksempel.no", "null", "", "http://localhost", "https://min-side.eksempel.no.evil.example", "file://"],
)
def test_page_of_a_foreign_origin_is_refused(tjeneste: Tjeneste, med_venn: Tjeneste, opphav: str) -> None:
    for t in (tjeneste, med_venn):
        for sti, hvem in ((PRODUSENT, {"produsent": FAGER}), (BRUKER, {"bruker": DAGNY}), (FELLES, {"bruker": DAGNY})):
            svar = spoer(t, sti, token=t.token(**hvem), Origin=opphav)
            assert (svar.status_code, svar.content) == (403, b"")
            assert svar.headers["Vary"] == "Origin"
            assert "Access-Control-Allow-Origin" not in svar.headers
            assert send(t, "OPTIONS", sti, Origin=opphav).status_code == 403


def test_foreign_page_cannot_write_in_the_name_of_the_session(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    beskjed = ny_beskjed(tjeneste)
    with requests.Session() as leser:
        leser.post(f"{tjeneste.url}/dev/velg-person", data={"fnr": DAGNY}, timeout=30)
        klikk = json.dumps({"query": f'mutation {{ notifikasjonKlikketPaa(id: "{beskjed["id"]}") {{ __typename }} }}'})
        for slag, hoder in (("application/json", {"Origin": "https://eksempel.no"}), ("text/plain", {})):
            svar = leser.post(tjeneste.url + BRUKER, data=klikk, headers={"Content-Type": slag, **hoder}, timeout=30)
            assert svar.status_code in (403, 415)
    assert tjeneste.rader("SELECT count(*) FROM bruker_klikk") == [(0,)]


def test_own_page_is_let_in(tjeneste: Tjeneste) -> None:
    svar = spoer(tjeneste, BRUKER, token=tjeneste.token(bruker=DAGNY), Origin=tjeneste.url)
    assert svar.json() == {"data": {"whoami": DAGNY}}
    assert svar.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Origin" not in svar.headers
    assert send(tjeneste, "OPTIONS", BRUKER, Origin=tjeneste.url).status_code == 204
    assert send(tjeneste, "OPTIONS", PRODUSENT, Origin=tjeneste.url).status_code == 405


def test_page_of_an_allowed_origin_is_let_in_with_a_token(med_venn: Tjeneste) -> None:
    preflight = send(
        med_venn, "OPTIONS", BRUKER, Origin=VENN, Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="content-type",
    )  # fmt: skip
    assert (preflight.status_code, preflight.content) == (204, b"")
    assert preflight.headers["Access-Control-Allow-Origin"] == VENN
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "content-type" in preflight.headers["Access-Control-Allow-Headers"].lower()
    assert preflight.headers["Vary"] == "Origin"

    svar = spoer(med_venn, BRUKER, token=med_venn.token(bruker=DAGNY), Origin=VENN)
    assert svar.json() == {"data": {"whoami": DAGNY}}
    assert svar.headers["Access-Control-Allow-Origin"] == VENN
    assert svar.headers["Vary"] == "Origin"
    for hoder in (preflight.headers, svar.headers):
        assert "Access-Control-Allow-Credentials" not in hoder


@pytest.mark.parametrize(("data", "status"), [("{", 400), ("[]", 400), ('{"query": "{"}', 200)])
def test_page_of_an_allowed_origin_may_read_what_is_wrong(med_venn: Tjeneste, data: str, status: int) -> None:
    svar = spoer(med_venn, BRUKER, data=data, token=med_venn.token(bruker=DAGNY), Origin=VENN)
    assert svar.status_code == status
    assert svar.headers["Access-Control-Allow-Origin"] == VENN
    assert spoer(med_venn, BRUKER, token="x", Origin=VENN).headers["Access-Control-Allow-Origin"] == VENN


@pytest.mark.parametrize("opphav", [VENN.replace("https", "http"), f"{VENN}:8443", f"{VENN}/", VENN.upper()])
def test_allowed_origin_is_exact(med_venn: Tjeneste, opphav: str) -> None:
    assert spoer(med_venn, BRUKER, token=med_venn.token(bruker=DAGNY), Origin=opphav).status_code == 403


# ── What an answer looks like ──


def test_answer_is_plain_json_in_utf8(tjeneste: Tjeneste) -> None:
    sak = ny_sak(tjeneste, tittel="Blåbærsyltetøy på flaske 🫐")
    svar = tjeneste.produsent_svar(
        "query ($id: ID!) { hentSak(id: $id) { ... on HentetSak { sak { tittel lenke } } } }", {"id": sak["id"]}
    )
    assert svar.headers["Content-Type"] == "application/json"
    assert svar.content.decode() == (
        '{"data":{"hentSak":{"sak":{"tittel":"Blåbærsyltetøy på flaske 🫐","lenke":null}}}}'
    )


def test_errors_come_before_data(tjeneste: Tjeneste) -> None:
    svar = tjeneste.produsent_svar('{ hentSak(id: "x") { __typename } }')
    assert svar.status_code == 200
    assert list(svar.json()) == ["errors", "data"]


def test_fields_come_in_the_order_they_were_asked_for(tjeneste: Tjeneste) -> None:
    svar = tjeneste.produsent_svar("{ b: whoami  a: whoami  __typename  c: whoami }")
    assert list(svar.json()["data"]) == ["b", "a", "__typename", "c"]


def test_answer_does_not_say_what_serves_it(tjeneste: Tjeneste) -> None:
    for sti in ("/", "/internal/alive", "/finnes-ikke"):
        svar = send(tjeneste, "GET", sti)
        assert not {"Server", "X-Powered-By", "Via"} & set(svar.headers)


@pytest.mark.parametrize("sti", ["/", "/static/bjelle.js", "/static/stil.css", "/static/ikon.svg", "/static/nei.html"])
def test_page_is_served_with_what_keeps_a_browser_safe(tjeneste: Tjeneste, sti: str) -> None:
    hoder = send(tjeneste, "GET", sti).headers
    regler = dict(regel.split(" ", 1) for regel in hoder["Content-Security-Policy"].split("; "))
    assert regler["default-src"] == "'self'"
    assert regler["frame-ancestors"] == regler["base-uri"] == "'none'"
    assert not re.search("unsafe|data:|\\*", hoder["Content-Security-Policy"])
    assert hoder["X-Content-Type-Options"] == "nosniff"
    assert hoder["Cache-Control"] == "no-cache"


def test_unchanged_page_is_not_sent_again(tjeneste: Tjeneste) -> None:
    foer = send(tjeneste, "GET", "/static/bjelle.js")
    svar = send(tjeneste, "GET", "/static/bjelle.js", If_None_Match=foer.headers["ETag"])
    assert (svar.status_code, svar.content) == (304, b"")


@pytest.mark.parametrize("fil", sorted((ROOT / "static").glob("*.html")), ids=lambda fil: fil.name)
def test_page_has_no_script_or_style_of_its_own(fil: Path) -> None:
    """The content security policy would stop it, without a word."""
    html = fil.read_text(encoding="utf-8")
    assert not re.search(r"<style|\bstyle=|\bon[a-z]+=|javascript:|<script(?![^>]*\bsrc=)", html)


@pytest.mark.parametrize(
    "sti",
    ["/static/../config.toml", "/static/..%2fconfig.toml", "/static/%2e%2e/config.toml", "/static/..%5cconfig.toml",
     "/static//etc/passwd", "/static/%00", "/static/bjelle.js%00.txt", "/static/."],
)  # fmt: skip
def test_only_files_of_static_are_served(tjeneste: Tjeneste, sti: str) -> None:
    hode, _, kropp = tjeneste.raatt(f"GET {sti} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()).partition(b"\r\n\r\n")
    assert hode.split(b" ")[1] in (b"403", b"404")
    assert kropp == b""


# ── The schema without a token ──


@pytest.mark.parametrize(
    ("sti", "vert"), [(PRODUSENT, "localhost"), (FELLES, "notifikasjon-fake-produsent-api.invalid")]
)
def test_code_generator_is_given_the_schema_without_a_token(tjeneste: Tjeneste, sti: str, vert: str) -> None:
    for spoersmaal in (get_introspection_query(), get_introspection_query(input_value_deprecation=True)):
        data = json.dumps({"query": spoersmaal, "operationName": "IntrospectionQuery"})
        svar = send(tjeneste, "POST", sti, data=data, Host=vert, Content_Type="application/json")
        schema: GraphQLSchema = build_client_schema(svar.json()["data"])
        assert schema.mutation_type
        assert "nyOppgave" in schema.mutation_type.fields


def test_schema_of_the_user_api_needs_no_token_either(tjeneste: Tjeneste) -> None:
    for sti in (BRUKER, FELLES):
        svar = send(
            tjeneste,
            "POST",
            sti,
            data=json.dumps({"query": get_introspection_query()}),
            **{"Content_Type": "application/json"},
        )
        schema = build_client_schema(svar.json()["data"])
        assert schema.query_type
        assert "notifikasjoner" in schema.query_type.fields


@pytest.mark.parametrize(
    "spoersmaal",
    ["{ __typename whoami }", "{ whoami __schema { queryType { name } } }", "query A { __typename } query B { whoami }",
     "{ ...F } fragment F on Query { whoami }", "mutation { __typename hardDeleteSak(id: 1) { __typename } }",
     "{ __typename }", "mutation { __typename }", "{ nei }", "{", ""],
)  # fmt: skip
def test_schema_is_all_that_is_told_without_a_token(tjeneste: Tjeneste, spoersmaal: str) -> None:
    data = json.dumps({"query": spoersmaal, "operationName": "A" if "query A" in spoersmaal else None})
    svar = send(tjeneste, "POST", PRODUSENT, data=data, Content_Type="application/json")
    assert (svar.status_code, svar.content) == (401, b"")


def test_wrong_token_is_refused_also_for_the_schema(tjeneste: Tjeneste) -> None:
    data = json.dumps({"query": get_introspection_query()})
    for sti in (PRODUSENT, BRUKER, FELLES):
        svar = send(tjeneste, "POST", sti, data=data, token="feil", Content_Type="application/json")
        assert (svar.status_code, svar.content) == (401, b"")


def test_schema_needs_a_token_when_development_mode_is_off(i_drift: Tjeneste) -> None:
    data = json.dumps({"query": get_introspection_query()})
    for sti in (PRODUSENT, BRUKER, FELLES):
        svar = send(i_drift, "POST", sti, data=data, Content_Type="application/json")
        assert (svar.status_code, svar.content) == (401, b"")


def test_sdl_is_served_as_it_is(tjeneste: Tjeneste, i_drift: Tjeneste) -> None:
    for t, api in itertools.product((tjeneste, i_drift), ("produsent", "bruker")):
        svar = send(t, "GET", f"/{api}/sdl")
        assert svar.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert svar.content == (ROOT / "server" / f"{api}.graphql").read_bytes()


# ── Development mode off ──


@pytest.mark.parametrize(
    ("metode", "sti"),
    [
        ("GET", "/"),
        ("GET", "/min-side"),
        ("GET", "/dev/personer"),
        ("POST", "/dev/token"),
        ("POST", "/dev/nullstill"),
        ("PUT", "/dev/klokke"),
        ("GET", f"/fake/tokenx?pid={DAGNY}"),
        ("GET", "/tokenx/jwks"),
        ("POST", "/tokenx/token"),
        ("GET", "/tokenx/.well-known/openid-configuration"),
    ],
)
def test_development_surface_is_not_there_when_it_is_off(i_drift: Tjeneste, metode: str, sti: str) -> None:
    svar = send(i_drift, metode, sti, data="{}", Content_Type="application/json")
    assert (svar.status_code, svar.content) == (404, b"")


def test_token_of_development_mode_is_refused_when_it_is_off(tjeneste: Tjeneste, i_drift: Tjeneste) -> None:
    for sti, hvem in ((PRODUSENT, {"produsent": FAGER}), (BRUKER, {"bruker": DAGNY}), (FELLES, {"bruker": DAGNY})):
        svar = spoer(i_drift, sti, token=tjeneste.token(**hvem))
        assert (svar.status_code, svar.content) == (401, b"")
