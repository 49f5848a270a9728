"""The documentation as a client gets it: the schemas as JSON, the pages in both modes, the terms of use.

What it looks like, and the console, is for a browser: test_dokumentasjon_i_nettleser.py, test_konsoll_i_nettleser.py.
"""

import re
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_client_schema, build_schema, introspection_from_schema, print_schema
from tjeneste import ROOT, Tjeneste, driftsoppsett, kjoerende

SIDER = ["/api", "/api/produsent", "/api/bruker", "/api/konsoll", "/vilkaar"]
SKJEMAER = ["/produsent/skjema.json", "/bruker/skjema.json"]
FILER = ["api.html", "api-dokumentasjon.html", "konsoll.html", "vilkaar.html"]
CSP = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"


@pytest.fixture(scope="module")
def drift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    """The service outside development mode, with nobody to log in with."""
    database = Path(tmp_path_factory.mktemp("drift")) / "test.db"
    with kjoerende(database, config=driftsoppsett(database, "http://127.0.0.1:1")) as tjeneste:
        yield tjeneste


def sdl(api: str) -> GraphQLSchema:
    return build_schema((ROOT / "server" / f"{api}.graphql").read_text(encoding="utf-8"))


# ── The schema as JSON ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("api", ["produsent", "bruker"])
def test_skjema_is_the_introspection_of_the_sdl(tjeneste: Tjeneste, api: str) -> None:
    svar = tjeneste.http.get(f"{tjeneste.url}/{api}/skjema.json")

    assert (svar.status_code, svar.headers["Content-Type"]) == (200, "application/json")
    assert svar.json() == introspection_from_schema(sdl(api))
    assert print_schema(build_client_schema(svar.json())) == print_schema(sdl(api))


def test_skjema_has_what_the_pages_need(tjeneste: Tjeneste) -> None:
    typer = {
        t["name"]: t for t in tjeneste.http.get(f"{tjeneste.url}/produsent/skjema.json").json()["__schema"]["types"]
    }

    mutasjoner = {felt["name"]: felt for felt in typer["Mutation"]["fields"]}
    assert mutasjoner["oppgaveUtfoertByEksternId"]["deprecationReason"].startswith(
        "Bruk `oppgaveUtfoertByEksternId_V2`"
    )
    assert {a["name"]: a["defaultValue"] for a in mutasjoner["oppgaveUtfoert"]["args"]}["nyLenke"] == "null"
    mottaker = {felt["name"]: felt for felt in typer["MottakerInput"]["inputFields"]}
    assert mottaker["altinn"]["isDeprecated"] is True
    assert {felt["name"]: felt for felt in typer["NyBeskjedInput"]["inputFields"]}["mottakere"]["defaultValue"] == "[]"


@pytest.mark.parametrize("sti", SKJEMAER)
def test_skjema_that_is_known_is_not_sent_again(tjeneste: Tjeneste, sti: str) -> None:
    foerste = tjeneste.http.get(tjeneste.url + sti)
    etag = foerste.headers["ETag"]
    assert foerste.headers["Cache-Control"] == "no-cache"

    for kjent in (etag, f'"noe-annet", W/{etag}'):
        svar = tjeneste.http.get(tjeneste.url + sti, headers={"If-None-Match": kjent})
        assert (svar.status_code, svar.content, svar.headers["ETag"]) == (304, b"", etag)
    assert tjeneste.http.get(tjeneste.url + sti, headers={"If-None-Match": '"et-annet"'}).content == foerste.content


def test_skjemaer_are_told_apart_by_their_etags(tjeneste: Tjeneste) -> None:
    assert len({tjeneste.http.get(tjeneste.url + sti).headers["ETag"] for sti in SKJEMAER}) == 2


def test_skjema_is_the_same_in_both_modes(tjeneste: Tjeneste, drift: Tjeneste) -> None:
    for sti in SKJEMAER:
        ute, inne = drift.http.get(drift.url + sti), tjeneste.http.get(tjeneste.url + sti)
        assert (ute.content, ute.headers["ETag"]) == (inne.content, inne.headers["ETag"])


# ── The pages ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sti", SIDER)
def test_pages_are_for_everybody_in_both_modes(tjeneste: Tjeneste, drift: Tjeneste, sti: str) -> None:
    for hvor in (tjeneste, drift):
        svar = hvor.http.get(hvor.url + sti)
        assert (svar.status_code, svar.headers["Content-Type"]) == (200, "text/html; charset=UTF-8")
        assert svar.headers["Content-Security-Policy"] == CSP
        assert svar.headers["X-Content-Type-Options"] == "nosniff"
        assert '<html lang="nb">' in svar.text
        assert 'data-side="/api"' in svar.text


@pytest.mark.parametrize("fil", FILER)
def test_pages_have_only_what_the_policy_allows(fil: str) -> None:
    html = (ROOT / "static" / fil).read_text(encoding="utf-8")

    assert (
        re.findall(
            r"<script(?![^>]*\bsrc=\"/)[^>]*>|<style|\sstyle=|\son\w+=|javascript:|https?://(?!eksempel\.no|localhost)",
            html,
        )
        == []
    )
    for adresse in re.findall(r'(?:src|<link[^>]* href)="([^"]+)"', html):
        if adresse.startswith("/static/"):
            assert (ROOT / adresse[1:]).is_file(), adresse


@pytest.mark.parametrize("fil", FILER)
def test_links_of_the_pages_lead_somewhere(tjeneste: Tjeneste, fil: str) -> None:
    html = (ROOT / "static" / fil).read_text(encoding="utf-8")
    meny = (ROOT / "static" / "undermeny.js").read_text(encoding="utf-8")
    steder = {*re.findall(r'<a [^>]*href="([^"]+)"', html), *re.findall(r'\["(/[^"]*)", "', meny)}
    assert {*SIDER} <= steder
    for sted in steder:
        sti, _, anker = unescape(sted).partition("#")
        if not sti:
            assert f'id="{anker}"' in html, sted
            continue
        assert tjeneste.http.get(tjeneste.url + sti).status_code == 200, sted
        if anker and sti in ("/api/produsent", "/api/bruker"):
            type_, _, felt = anker.partition(".")
            funnet = sdl(sti.rpartition("/")[2]).type_map[type_]
            assert not felt or felt in funnet.fields, sted  # type: ignore[attr-defined]


def test_commands_of_the_first_call_work_in_their_order(tjeneste: Tjeneste) -> None:
    html = (ROOT / "static" / "api.html").read_text(encoding="utf-8")
    steg = html.partition('data-naar="utvikling"')[2].partition("</ol>")[0]
    kommandoer = "\n".join(unescape(kode) for kode in re.findall(r"<pre[^>]*><code>(.*?)</code>", steg, re.S))
    assert kommandoer.count("curl") == 3
    kommandoer = kommandoer.replace("http://localhost:8080", tjeneste.url)

    kjoering = subprocess.run(["bash", "-euc", kommandoer], capture_output=True, text=True, timeout=60)

    assert kjoering.returncode == 0, kjoering.stderr
    assert '{"whoami":"dev-gcp:fager:notifikasjon-test-produsent"}' in kjoering.stdout
    assert "NyOppgaveVellykket" in kjoering.stdout


# ── The terms of use ──────────────────────────────────────────────────────────────────────────────────────────────


def test_terms_are_led_to_from_where_they_matter() -> None:
    assert "[bruksvilkårene](/vilkaar)" in (sdl("produsent").type_map["UkjentProdusent"].description or "")
    assert "/vilkaar" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert '"/vilkaar"' in (ROOT / "static" / "undermeny.js").read_text(encoding="utf-8")
    for fil in FILER:
        assert 'src="/static/undermeny.js"' in (ROOT / "static" / fil).read_text(encoding="utf-8")


def test_terms_say_how_they_are_accepted_as_the_settings_have_it(tmp_path: Path) -> None:
    """The example there, in place of the producer of another file of settings, is one that the service starts with."""
    html = (ROOT / "static" / "vilkaar.html").read_text(encoding="utf-8")
    [eksempel] = re.findall(r"<pre[^>]*><code>(.*?)</code>", html, re.S)
    config = driftsoppsett(tmp_path / "test.db", "http://127.0.0.1:1")
    innhold = config.read_text(encoding="utf-8")
    config.write_text(
        re.sub(r"\[\[produsent\]\].*?(?=\[tilgang\])", unescape(eksempel) + "\n", innhold, flags=re.S), encoding="utf-8"
    )

    with kjoerende(tmp_path / "test.db", config=config) as tjeneste:
        assert tjeneste.http.get(f"{tjeneste.url}/internal/alive").status_code == 200
    assert "vilkaar_godtatt" in eksempel
