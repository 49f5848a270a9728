"""Logging in to the pages: with our own issuer in development mode, with one outside, in a browser and by hand."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests
from naboer import LUKK, UGYLDIG_JSON, Gjoer, Svar, doed_port, svar
from nettleser import Nettleser
from openid import BORT, Openid
from playwright.sync_api import Browser, expect
from tjeneste import BAKERIET, DAGNY, FAGER, NILS, ROOT, Tjeneste, driftsoppsett, kjoerende

from server import config, oekt
from server.database import Database
from server.egen_utsteder import EgenLeverandoer, Utsteder
from server.innlogging import Person
from server.oekt import INNLOGGING_S, InnloggingError, Oekter, Paalogging
from server.tid import Klokke

OEKT, INNLOGGING = "__Host-notifikasjon_oekt", "__Host-notifikasjon_innlogging"
TIMER = 3600
BESKJED = f"""mutation {{
    nyBeskjed(nyBeskjed: {{
        mottakere: [{{altinnRessurs: {{ressursId: "test-fager"}}}}]
        notifikasjon: {{merkelapp: "fager", tekst: "Velkommen hjem", lenke: ""}}
        metadata: {{virksomhetsnummer: "{BAKERIET}", eksternId: "1"}}
    }}) {{ __typename }}
}}"""


def adresse(tjeneste: Tjeneste) -> str:
    """As it names itself, and as browsers are sent to it."""
    return tjeneste.url.replace("127.0.0.1", "localhost")


class Bruker:
    """Somebody with a browser that does nothing by itself. It sends Secure cookies, as browsers do to localhost."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.kapsler: dict[str, str] = {}

    def gaa(self, sted: str, metode: str = "GET", **hoder: str) -> requests.Response:
        alle = {"Cookie": "; ".join(f"{navn}={verdi}" for navn, verdi in self.kapsler.items())} | hoder
        url = sted if "://" in sted else self.url + sted
        with requests.Session() as http:
            svar = http.request(metode, url, headers=alle, allow_redirects=False, timeout=30)
        for kapsel in satt(svar):
            navn, verdi = re.match("([^=]+)=([^;]*)", kapsel).groups()  # type: ignore[union-attr]
            if "Max-Age=0" in kapsel:
                self.kapsler.pop(navn, None)
            else:
                self.kapsler[navn] = verdi
        return svar

    def logg_inn(self) -> requests.Response:
        """All of it. What the last step answers."""
        til_utsteder = self.gaa("/logg-inn").headers["Location"]
        with requests.Session() as http:
            tilbake = http.get(til_utsteder, allow_redirects=False, timeout=30).headers["Location"]
        return self.gaa(tilbake)

    def hvem(self) -> str | None:
        svar = requests.post(
            f"{self.url}/bruker/api/graphql",
            json={"query": "{ whoami }"},
            headers={"Cookie": "; ".join(f"{navn}={verdi}" for navn, verdi in self.kapsler.items())},
            timeout=30,
        )
        return svar.json()["data"]["whoami"] if svar.status_code == 200 else None


def satt(svar: requests.Response) -> list[str]:
    """Each header Set-Cookie."""
    return list(svar.raw.headers.getlist("Set-Cookie"))


@pytest.fixture(scope="module")
def openid() -> Iterator[Openid]:
    with Openid() as openid:
        yield openid


@pytest.fixture(scope="module")
def drift(openid: Openid, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    """A service with development mode off, whose people log in with the issuer."""
    database = tmp_path_factory.mktemp("drift") / "test.db"
    innlogging = f'[innlogging]\nissuer = "{openid.url}"\nklient_hemmelighet_file = "hemmelig.txt"'
    database.with_name("hemmelig.txt").write_text("et hemmelig ord: ø\n", encoding="utf-8")
    with kjoerende(database, config=driftsoppsett(database, "http://127.0.0.1:1", innlogging)) as tjeneste:
        yield tjeneste


@pytest.fixture
def bruker(openid: Openid, drift: Tjeneste) -> Bruker:
    openid.avvik, openid.fnr = {}, DAGNY
    openid.neste.clear()
    openid.kall.clear()
    return Bruker(adresse(drift))


# ── The whole way, in a browser ──


def test_person_logs_in_with_the_issuer_of_development_mode(nettleser: Nettleser) -> None:
    side = nettleser.vindu()
    side.goto("/logg-inn")
    expect(side.get_by_role("heading", name="Hvem vil du logge inn som?")).to_be_visible()
    side.get_by_role("link", name="Dagny Leder").click()
    side.wait_for_url("**/min-side")
    expect(side.get_by_text("Dagny Leder")).to_be_visible()
    side.get_by_role("button", name="Varsler, ").wait_for()

    side.get_by_role("button", name="Logg ut").click()
    expect(side.get_by_role("heading", name="Hvem vil du være?")).to_be_visible()
    side.goto("/min-side")
    expect(side.get_by_role("heading", name="Hvem vil du være?")).to_be_visible()


def test_person_logs_in_with_an_issuer_outside(chromium: Browser, tjeneste: Tjeneste, tmp_path: Path) -> None:
    """A process in development mode is the issuer of one that is not: the same way as with any issuer."""
    utsteder = adresse(tjeneste)
    innlogging = f'[innlogging]\nissuer = "{utsteder}/idporten"'
    oppsett = driftsoppsett(tmp_path / "test.db", utsteder, innlogging)
    with kjoerende(tmp_path / "test.db", config=oppsett) as drift:
        drift.post("/produsent/api/graphql", BESKJED, token=tjeneste.token(produsent=FAGER))
        windows = Nettleser(chromium, adresse(drift))
        side = windows.vindu()
        side.goto("/")
        side.get_by_role("link", name="Dagny Leder").click()
        side.wait_for_url(f"{windows.url}/min-side")
        side.get_by_role("button", name="Varsler, 1 ny").click()
        expect(side.get_by_text("Velkommen hjem")).to_be_visible()
        (kapsel,) = side.context.cookies(windows.url)
        assert (kapsel["name"], kapsel["secure"], kapsel["httpOnly"], kapsel["sameSite"]) == (OEKT, True, True, "Lax")
        assert drift.rader("SELECT fnr FROM oekt") == [(DAGNY,)]
        expect(side.get_by_text("Utviklingsmodus")).to_have_count(0)

        side.get_by_role("button", name="Logg ut").click()
        side.wait_for_url("**/utlogget")
        expect(side.get_by_role("heading", name="Du er logget ut")).to_be_visible()
        assert side.context.cookies(windows.url) == []
        assert drift.rader("SELECT fnr FROM oekt") == []
        side.get_by_role("link", name="Logg inn igjen").click()
        expect(side.get_by_role("link", name="Nils Nærmeste")).to_be_visible()
        windows.close()
        assert not windows.feil, windows.feil


def test_login_that_fails_is_told_and_can_be_tried_again(
    chromium: Browser, bruker: Bruker, openid: Openid, drift: Tjeneste
) -> None:
    openid.avvik = {"acr": "idporten-loa-low"}
    windows = Nettleser(chromium, bruker.url)
    side = windows.vindu()
    side.goto("/min-side")
    expect(side.get_by_role("heading", name="Vi fikk ikke logget deg inn")).to_be_visible()
    openid.avvik = {}
    side.get_by_role("link", name="Prøv igjen").click()
    side.wait_for_url("**/min-side")
    side.get_by_role("button", name="Varsler").wait_for()
    windows.close()
    assert [feil for feil in windows.feil if "400" not in feil] == []


# ── Step by step ──


def test_browser_is_sent_to_the_issuer_with_all_that_it_must_know(bruker: Bruker, openid: Openid) -> None:
    svar = bruker.gaa("/logg-inn")
    assert (svar.status_code, svar.content, svar.headers["Cache-Control"]) == (303, b"", "no-store")
    sted = urlsplit(svar.headers["Location"])
    assert f"{sted.scheme}://{sted.netloc}{sted.path}" == f"{openid.url}/authorize"
    felter = {navn: verdi for navn, [verdi] in parse_qs(sted.query, strict_parsing=True).items()}
    tilfeldig = [felter.pop(navn) for navn in ("state", "nonce", "code_challenge")]
    assert felter == {
        "response_type": "code",
        "client_id": "notifikasjon",
        "redirect_uri": f"{bruker.url}/logg-inn/svar",
        "scope": "openid",
        "acr_values": "idporten-loa-high",
        "code_challenge_method": "S256",
    }
    assert all(len(verdi) >= 43 for verdi in tilfeldig) and len(set(tilfeldig)) == 3
    (kapsel,) = satt(svar)
    navn, *egenskaper = kapsel.split("; ")
    assert navn.startswith(f"{INNLOGGING}=")
    assert set(egenskaper) == {"Path=/", "HttpOnly", "SameSite=Lax", "Secure", f"Max-Age={INNLOGGING_S}"}
    assert tilfeldig[1] not in kapsel and tilfeldig[2] not in kapsel


def test_no_two_logins_are_alike(bruker: Bruker) -> None:
    steder = [parse_qs(urlsplit(bruker.gaa("/logg-inn").headers["Location"]).query) for _ in range(2)]
    for navn in ("state", "nonce", "code_challenge"):
        assert steder[0][navn] != steder[1][navn]


def test_person_comes_back_with_a_session(bruker: Bruker, drift: Tjeneste) -> None:
    assert bruker.hvem() is None
    svar = bruker.logg_inn()
    assert (svar.status_code, svar.headers["Location"]) == (303, "/min-side")
    ny, bort = satt(svar)
    assert set(ny.split("; ")[1:]) == {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"}
    assert bort.startswith(f"{INNLOGGING}=;") and "Max-Age=0" in bort
    assert bruker.kapsler.keys() == {OEKT}
    assert bruker.hvem() == DAGNY
    side = bruker.gaa("/min-side")
    assert (side.status_code, side.headers["Content-Type"]) == (200, "text/html; charset=UTF-8")
    assert "form-action 'self'" in side.headers["Content-Security-Policy"]


def test_client_proves_itself_with_its_secret(bruker: Bruker, openid: Openid) -> None:
    bruker.logg_inn()
    (kall,) = [kall for kall in openid.kall if kall.sti == "/token"]
    klient = requests.models.PreparedRequest()
    klient.prepare("GET", "http://a", auth=("notifikasjon", "et+hemmelig+ord%3A+%C3%B8"))
    assert kall.hoder["authorization"] == klient.headers["Authorization"]
    assert b"client_id=notifikasjon" in kall.kropp and b"code_verifier=" in kall.kropp
    assert b"hemmelig" not in kall.kropp


def test_nothing_that_lets_one_in_is_stored(bruker: Bruker, drift: Tjeneste) -> None:
    bruker.logg_inn()
    hemmelig = bruker.kapsler[OEKT].encode()
    assert len(hemmelig) == 43
    for fil in drift.database.parent.glob("test.db*"):
        innhold = fil.read_bytes()
        assert hemmelig not in innhold and b"et-token-for" not in innhold


def test_new_login_ends_the_old_session(bruker: Bruker) -> None:
    bruker.logg_inn()
    gammel = dict(bruker.kapsler)
    bruker.logg_inn()
    assert bruker.hvem() == DAGNY
    bruker.kapsler = gammel
    assert bruker.hvem() is None


def test_pages_are_behind_the_login(bruker: Bruker) -> None:
    assert bruker.gaa("/").headers["Location"] == "/min-side"
    assert bruker.gaa("/min-side").headers["Location"] == "/logg-inn"
    for sti in ("/static/bjelle.js", "/static/stil.css", "/static/ikon.svg", "/oppsett.js", "/utlogget"):
        assert bruker.gaa(sti).status_code == 200
    assert bruker.gaa("/oekt").status_code == 401


def test_login_leads_to_the_page_that_was_asked_for(bruker: Bruker) -> None:
    sak = "/sak?merkelapp=Sykemelding%20%C3%A5&grupperingsid=1"
    assert bruker.gaa(sak).headers["Location"] == "/logg-inn"
    assert bruker.logg_inn().headers["Location"] == sak
    assert bruker.gaa(sak).status_code == 200
    assert bruker.logg_inn().headers["Location"] == "/min-side"


@pytest.mark.parametrize(
    "til",
    ["https://ond.example/min-side", "//ond.example/sak", "/\\ond.example", "/min-side%0D%0AX: y", "/internal/alive"],
)
def test_login_leads_nowhere_else(bruker: Bruker, til: str) -> None:
    bruker.kapsler["__Host-notifikasjon_til"] = quote(til, safe="")
    assert bruker.logg_inn().headers["Location"] == "/min-side"


def test_page_is_told_no_more_than_the_mode(bruker: Bruker) -> None:
    bruker.logg_inn()
    assert bruker.gaa("/oppsett.js").text == "const OPPSETT = { utvikling: false };\n"
    assert bruker.gaa("/oekt").json() == {"navn": None, "rolle": None}


@pytest.mark.parametrize(
    "sti",
    ["/klokke", "/utboks", "/dev/meg", "/dev/personer", "/dev/velg-person", "/dev/logg-ut", "/idporten/authorize",
     "/idporten/endsession", "/static/index.html", "/static/klokke.html", "/static/utboks.html", "/static/hjem.html"],
)  # fmt: skip
def test_pages_of_development_mode_are_not_there(bruker: Bruker, sti: str) -> None:
    for metode in ("GET", "POST"):
        svar = bruker.gaa(sti, metode)
        assert (svar.status_code, svar.content) in ((404, b""), (405, b""))


# ── What must not let anybody in ──


def kom_tilbake(bruker: Bruker) -> str:
    """Where the issuer sends the browser after a login."""
    til_utsteder = bruker.gaa("/logg-inn").headers["Location"]
    with requests.Session() as http:
        return http.get(til_utsteder, allow_redirects=False, timeout=30).headers["Location"]


def feilet(bruker: Bruker, svar: requests.Response, status: int = 400) -> bool:
    assert (svar.status_code, svar.headers["Cache-Control"]) == (status, "no-store")
    assert "Vi fikk ikke logget deg inn" in svar.text
    return OEKT not in bruker.kapsler and bruker.hvem() is None


def test_answer_without_the_cookie_is_refused(bruker: Bruker) -> None:
    tilbake = kom_tilbake(bruker)
    bruker.kapsler.clear()
    assert feilet(bruker, bruker.gaa(tilbake))


def test_somebody_elses_answer_is_refused(bruker: Bruker, openid: Openid) -> None:
    """As when a page sends somebody on with a code of its own, so that they work in its account."""
    andres = kom_tilbake(bruker)
    kom_tilbake(bruker)
    assert feilet(bruker, bruker.gaa(andres))
    assert openid.antall("/token") == 0


@pytest.mark.parametrize("endring", ["forged", "cut", "empty", "garbage", "old form"])
def test_cookie_of_the_login_must_be_ours(bruker: Bruker, endring: str) -> None:
    tilbake = kom_tilbake(bruker)
    kapsel = bruker.kapsler[INNLOGGING]
    bruker.kapsler[INNLOGGING] = {
        "forged": "x" + kapsel[1:] if kapsel[0] != "x" else "y" + kapsel[1:],
        "cut": kapsel.rpartition(".")[0],
        "empty": "",
        "garbage": "%C3%B8\xff..",
        "old form": kapsel.replace(".", "|"),
    }[endring]
    assert feilet(bruker, bruker.gaa(tilbake))


def test_code_is_used_once(bruker: Bruker) -> None:
    tilbake = kom_tilbake(bruker)
    kapsler = dict(bruker.kapsler)
    assert bruker.gaa(tilbake).status_code == 303
    bruker.kapsler = kapsler
    assert feilet(bruker, bruker.gaa(tilbake), 503)


@pytest.mark.parametrize(
    "spoersmaal",
    ["", "code=kode-0", "state=x", "error=access_denied", "code=kode-0&state=", "code=x&state=%FF", "state=x&state=y"],
)
def test_answer_that_belongs_to_no_login_is_refused(bruker: Bruker, spoersmaal: str) -> None:
    kom_tilbake(bruker)
    assert feilet(bruker, bruker.gaa(f"/logg-inn/svar?{spoersmaal}"))


def test_person_may_regret(bruker: Bruker, openid: Openid) -> None:
    state = parse_qs(urlsplit(kom_tilbake(bruker)).query)["state"][0]
    assert feilet(bruker, bruker.gaa(f"/logg-inn/svar?error=access_denied&state={state}&error_description={DAGNY}"))
    assert openid.antall("/token") == 0


@pytest.mark.parametrize(
    ("avvik", "status"),
    [
        ({"nonce": "en annen"}, 400),
        ({"nonce": BORT}, 400),
        ({"aud": "en annen"}, 400),
        ({"aud": ["notifikasjon", "en annen"]}, 400),
        ({"aud": BORT}, 400),
        ({"iss": "https://login.eksempel.no"}, 400),
        ({"exp": 1}, 400),
        ({"exp": BORT}, 400),
        ({"acr": "idporten-loa-substantial"}, 400),
        ({"acr": "Level4"}, 400),
        ({"acr": BORT}, 400),
        ({"pid": "1"}, 400),
        ({"pid": BORT}, 400),
        ({"id_token": BORT}, 400),
        ({"id_token": 1}, 400),
        ({"id_token": "x.y.z"}, 400),
    ],
    ids=str,
)
def test_id_token_that_is_not_right_is_refused(
    bruker: Bruker, openid: Openid, avvik: dict[str, Any], status: int
) -> None:
    openid.avvik = avvik
    assert feilet(bruker, bruker.logg_inn(), status)


def test_id_token_signed_by_another_is_refused(bruker: Bruker, openid: Openid) -> None:
    openid.avvik = {"id_token": openid.token(nr=1, aud="notifikasjon", pid=DAGNY, acr="idporten-loa-high")}
    assert feilet(bruker, bruker.logg_inn())


def test_audience_may_be_a_list_of_us_alone(bruker: Bruker, openid: Openid) -> None:
    openid.avvik = {"aud": ["notifikasjon"]}
    assert bruker.logg_inn().status_code == 303
    assert bruker.hvem() == DAGNY


@pytest.mark.parametrize("feil", [svar(500), svar(400, {"error": "invalid_client"}), svar(200, []), UGYLDIG_JSON, LUKK])
def test_issuer_that_does_not_exchange_the_code_lets_nobody_in(
    bruker: Bruker, openid: Openid, feil: Svar | Gjoer
) -> None:
    tilbake = kom_tilbake(bruker)
    openid.neste.append(feil)
    assert feilet(bruker, bruker.gaa(tilbake), 503)


def test_issuer_that_is_away_is_told(tmp_path: Path) -> None:
    innlogging = f'[innlogging]\nissuer = "http://127.0.0.1:{doed_port()}"'
    oppsett = driftsoppsett(tmp_path / "test.db", "http://127.0.0.1:1", innlogging)
    with kjoerende(tmp_path / "test.db", config=oppsett) as tjeneste:
        bruker = Bruker(adresse(tjeneste))
        assert feilet(bruker, bruker.gaa("/logg-inn"), 503)
        assert bruker.kapsler == {}
        ut = bruker.gaa("/logg-ut", "POST")
        assert (ut.status_code, ut.headers["Location"]) == (303, "/utlogget")


# ── Out again ──


def test_logging_out_ends_the_session_here_and_there(bruker: Bruker, openid: Openid, drift: Tjeneste) -> None:
    bruker.logg_inn()
    kapsler = dict(bruker.kapsler)
    foer = drift.rader("SELECT count(*) FROM oekt")[0][0]
    svar = bruker.gaa("/logg-ut", "POST", Origin=bruker.url)
    assert svar.status_code == 200 and "Du er logget ut" in svar.text
    sekunder, _, sted = svar.headers["Refresh"].partition("; url=")
    assert sekunder == "0"
    assert sted.startswith(f"{openid.url}/endsession?")
    assert parse_qs(urlsplit(sted).query) == {
        "client_id": ["notifikasjon"],
        "post_logout_redirect_uri": [f"{bruker.url}/utlogget"],
    }
    assert bruker.kapsler == {}
    bruker.kapsler = kapsler
    assert bruker.hvem() is None
    assert drift.rader("SELECT count(*) FROM oekt") == [(foer - 1,)]


def test_another_origin_cannot_log_anybody_out(bruker: Bruker) -> None:
    bruker.logg_inn()
    for opphav in ("https://eksempel.no", "null", bruker.url.replace("localhost", "127.0.0.1")):
        assert bruker.gaa("/logg-ut", "POST", Origin=opphav).status_code == 403
    assert bruker.gaa("/logg-ut").status_code == 405
    assert bruker.hvem() == DAGNY


# ── Sessions ──


class StiltKlokke(Klokke):
    sekunder: float = 1_790_000_000

    def ekte_sekunder(self) -> float:
        return self.sekunder

    def ekte_mikrosekunder(self) -> int:
        return int(self.sekunder * 1_000_000)


@pytest.fixture
def klokke() -> StiltKlokke:
    return StiltKlokke()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.db", ROOT / "schema.sql")
    yield database
    database.close()


def test_session_lasts_as_long_as_it_is_set_to(database: Database, klokke: StiltKlokke) -> None:
    oekter = Oekter(database, klokke, varighet_timer=12, hvem_gaar_god="utsteder")
    id = oekter.ny(DAGNY)
    klokke.sekunder += 12 * TIMER - 0.001
    assert oekter.finn(id) == Person(DAGNY)
    klokke.sekunder += 0.001
    assert oekter.finn(id) is None
    oekt.rydd(database, klokke.ekte_mikrosekunder())
    assert database.read().execute("SELECT count(*) FROM oekt").get == 0


def test_session_with_a_token_ends_with_it(database: Database, klokke: StiltKlokke) -> None:
    oekter = Oekter(database, klokke, varighet_timer=12, hvem_gaar_god="utsteder")
    id, lang = oekter.ny(DAGNY, "eyJ.et.token", 600), oekter.ny(NILS, "eyJ.et.token", 48 * TIMER)
    assert oekter.finn(id) == Person(DAGNY, "eyJ.et.token")
    klokke.sekunder += 600
    assert oekter.finn(id) is None
    klokke.sekunder += 12 * TIMER - 601
    assert oekter.finn(lang) == Person(NILS, "eyJ.et.token")
    klokke.sekunder += 1
    assert oekter.finn(lang) is None


def test_sessions_that_are_not_over_are_left_alone(database: Database, klokke: StiltKlokke) -> None:
    oekter = Oekter(database, klokke, varighet_timer=1, hvem_gaar_god="utsteder")
    gammel = oekter.ny(DAGNY)
    klokke.sekunder += TIMER - 1
    ny = oekter.ny(NILS)
    oekt.rydd(database, klokke.ekte_mikrosekunder())
    assert oekter.finn(gammel) == Person(DAGNY)
    klokke.sekunder += 1
    oekt.rydd(database, klokke.ekte_mikrosekunder())
    assert (oekter.finn(gammel), oekter.finn(ny)) == (None, Person(NILS))


def test_session_counts_only_with_who_vouched_for_it(openid: Openid, tmp_path: Path) -> None:
    """Anybody can be anybody in development mode; the same database may be for real afterwards."""
    database = tmp_path / "test.db"

    def drift(utsteder: Openid) -> AbstractContextManager[Tjeneste]:
        innlogging = f'[innlogging]\nissuer = "{utsteder.url}"'
        return kjoerende(database, config=driftsoppsett(database, "http://127.0.0.1:1", innlogging))

    def hvem(tjeneste: Tjeneste, navn: str, verdi: str) -> str | None:
        bruker = Bruker(adresse(tjeneste))
        bruker.kapsler[navn] = verdi
        return bruker.hvem()

    with kjoerende(database) as utvikling:
        svar = requests.post(f"{utvikling.url}/dev/velg-person", data={"fnr": DAGNY}, allow_redirects=False, timeout=30)
        valgt = svar.cookies["notifikasjon_oekt"]
        assert hvem(utvikling, "notifikasjon_oekt", valgt) == DAGNY
    openid.avvik, openid.fnr = {}, NILS
    with drift(openid) as tjeneste:
        assert hvem(tjeneste, OEKT, valgt) is None
        bruker = Bruker(adresse(tjeneste))
        bruker.logg_inn()
        innlogget = bruker.kapsler[OEKT]
    with drift(openid) as tjeneste:
        assert hvem(tjeneste, OEKT, innlogget) == NILS, "a restart logs nobody out"
    with Openid() as annen, drift(annen) as tjeneste:
        assert hvem(tjeneste, OEKT, innlogget) is None
    with kjoerende(database) as utvikling:
        assert hvem(utvikling, "notifikasjon_oekt", innlogget) is None
        assert hvem(utvikling, "notifikasjon_oekt", valgt) == DAGNY


@pytest.mark.parametrize("id", ["", "x", "\ud800", "ø" * 5_000, "' OR 1=1 --", None])
def test_anything_else_is_no_session(database: Database, klokke: StiltKlokke, id: str | None) -> None:
    oekter = Oekter(database, klokke, varighet_timer=1, hvem_gaar_god="utsteder")
    oekter.ny(DAGNY)
    assert id is None or oekter.finn(id) is None
    oekter.slett(id)
    assert database.read().execute("SELECT count(*) FROM oekt").get == 1


def test_login_must_be_finished_within_ten_minutes(database: Database, klokke: StiltKlokke) -> None:
    oekter = Oekter(database, klokke, varighet_timer=1, hvem_gaar_god="utsteder")
    utsteder = Utsteder(database.hemmelighet, "http://localhost", klokke)
    paalogging = Paalogging(
        EgenLeverandoer(utsteder),
        config.Innlogging(),
        "",
        "http://localhost",
        oekter,
        klokke,
        database.noekkel,
        med_token=True,
    )

    def tilbake(spoersmaal: dict[str, str]) -> dict[str, str]:
        return {"code": utsteder.kode_for_bruker(DAGNY, "idporten", spoersmaal), "state": spoersmaal["state"]}

    for sekunder, for_sent in ((INNLOGGING_S - 1, False), (INNLOGGING_S, True)):
        sted, kapsel = paalogging.start()
        spoersmaal = {navn: verdi for navn, [verdi] in parse_qs(urlsplit(sted).query).items()}
        klokke.sekunder += sekunder
        svar = tilbake(spoersmaal)
        if for_sent:
            with pytest.raises(InnloggingError, match="too long"):
                paalogging.fullfoer(svar, kapsel)
        else:
            person = oekter.finn(paalogging.fullfoer(svar, kapsel))
            assert person and person.fnr == DAGNY and person.token, "kept, to be exchanged on their behalf"


# ── Development mode ──


def test_login_begins_where_its_cookie_will_be_read(tjeneste: Tjeneste) -> None:
    bruker = Bruker(tjeneste.url)
    svar = bruker.gaa("/logg-inn")
    assert (svar.headers["Location"], bruker.kapsler) == (f"{adresse(tjeneste)}/logg-inn", {})
    (kapsel,) = satt(bruker.gaa(f"{adresse(tjeneste)}/logg-inn"))
    assert kapsel.startswith("notifikasjon_innlogging=") and "Secure" not in kapsel


def test_issuer_shows_nothing_to_a_program_that_cannot_be_answered(tjeneste: Tjeneste) -> None:
    for spoersmaal in ("", "client_id=a", "client_id=a&response_type=code&redirect_uri=javascript:alert(1)"):
        svar = requests.get(f"{tjeneste.url}/idporten/authorize?{spoersmaal}", timeout=30)
        assert (svar.status_code, list(svar.json())) == (400, ["error"])
    god = "client_id=a&response_type=code&redirect_uri=http://localhost:3000/svar%3Fa=b"
    assert requests.get(f"{tjeneste.url}/idporten/authorize?{god}", timeout=30).status_code == 200
    svar = requests.get(
        f"{tjeneste.url}/idporten/authorize?{god}&login_hint={DAGNY}&state=%C3%B8", timeout=30, allow_redirects=False
    )
    assert re.fullmatch(r"http://localhost:3000/svar\?a=b&code=[\w-]{43}&state=%C3%B8", svar.headers["Location"])
    assert requests.get(f"{tjeneste.url}/idporten/authorize?{god}&login_hint=1", timeout=30).status_code == 400


def test_issuer_sends_back_those_who_log_out(tjeneste: Tjeneste) -> None:
    for tilbake, sted in (("http://localhost:3000/ut", "http://localhost:3000/ut"), ("", "/"), ("javascript:x", "/")):
        svar = requests.get(
            f"{tjeneste.url}/idporten/endsession",
            params={"post_logout_redirect_uri": tilbake},
            timeout=30,
            allow_redirects=False,
        )
        assert (svar.status_code, svar.headers["Location"]) == (303, sted)


# ── The bell elsewhere ──


def test_page_of_an_allowed_origin_brings_a_token_and_no_session(
    openid: Openid, tjeneste: Tjeneste, tmp_path: Path
) -> None:
    """Such a page may be of the same site, whose cookies browsers send along."""
    venn = "https://min-side.eksempel.no"
    tillegg = f'[server]\ntillatte_opphav = ["{venn}"]\n[innlogging]\nissuer = "{openid.url}"'
    oppsett = driftsoppsett(tmp_path / "test.db", adresse(tjeneste), tillegg)
    openid.avvik, openid.fnr = {}, DAGNY
    with kjoerende(tmp_path / "test.db", config=oppsett) as drift:
        bruker = Bruker(adresse(drift))
        bruker.logg_inn()
        assert bruker.hvem() == DAGNY
        kapsel = {"Cookie": f"{OEKT}={bruker.kapsler[OEKT]}"}
        token = tjeneste.token(bruker=NILS)
        for hoder, status, delt in (
            (kapsel | {"Origin": venn}, 401, venn),
            (kapsel | {"Origin": venn, "Authorization": f"Bearer {token}"}, 200, venn),
            (kapsel | {"Origin": "https://eksempel.no"}, 403, None),
            (kapsel | {"Origin": bruker.url}, 200, None),
        ):
            svar = requests.post(
                f"{bruker.url}/bruker/api/graphql", json={"query": "{ whoami }"}, headers=hoder, timeout=30
            )
            assert (svar.status_code, svar.headers.get("Access-Control-Allow-Origin")) == (status, delt)
            assert "Access-Control-Allow-Credentials" not in svar.headers
