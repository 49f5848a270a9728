"""The bell that hears of news by itself, in several tabs, on pages of others, and without a stream; and its filter.

That the real server tells whom it should is in test_stroem.py. Here it is what is seen in Chromium.
"""

import gzip
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from bruker import bjella
from nettleser import Nettleser
from playwright.sync_api import Browser, Page, expect
from produsent import mutasjon, ny_beskjed, ny_oppgave
from test_bjelle_i_nettleser import bjelle, panel, sirkel, varsel
from test_stroem import antall, vent_paa
from tjeneste import BAKERIET, DAGNY, FISKERIET, ROOT, Tjeneste, kjoerende

STRAKS_MS = 3_000  # what polling alone would not manage: pages here look every ten seconds
MANGE = ["910825526", *(f"3{nr:08}" for nr in range(11))]


@pytest.fixture
def dagny(tjeneste: Tjeneste) -> str:
    tjeneste.tilgang(DAGNY, BAKERIET)
    return DAGNY


def direkte(tjeneste: Tjeneste, stroemmer: int = 1) -> None:
    """Wait until so many streams are open."""
    vent_paa(lambda: antall(tjeneste) == stroemmer)


def fane(nettleser: Nettleser, side: Page) -> Page:
    """One more tab of the same person."""
    ny = side.context.new_page()
    ny.on("pageerror", lambda error: nettleser.feil.append(str(error)))
    ny.goto("/min-side")
    ny.get_by_role("button", name="Varsler, ").wait_for()
    return ny


def skjul(side: Page, skjult: bool) -> None:
    """As if another tab came in front, or this one again."""
    side.evaluate(
        """(skjult) => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => skjult });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        skjult,
    )


# ── Live update ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_new_oppgave_comes_by_itself_and_so_does_what_becomes_of_it(
    tjeneste: Tjeneste, nettleser: Nettleser, dagny: str
) -> None:
    side = nettleser.som(dagny)
    direkte(tjeneste)

    oppgave = ny_oppgave(tjeneste, tekst="Signer avtalen")
    expect(bjelle(side, "1 nytt")).to_be_visible(timeout=STRAKS_MS)

    bjelle(side).click()
    expect(varsel(side, "Signer avtalen")).not_to_contain_text("Oppgave utført")
    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{oppgave["id"]}"')
    expect(varsel(side, "Signer avtalen")).to_contain_text("Oppgave utført", timeout=STRAKS_MS)

    mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{oppgave["id"]}"')
    expect(panel(side).get_by_text("Ingen varsler")).to_be_visible(timeout=STRAKS_MS)


def test_tabs_share_one_stream_and_one_takes_over_after_another(
    tjeneste: Tjeneste, nettleser: Nettleser, dagny: str
) -> None:
    foerste = nettleser.som(dagny)
    andre = fane(nettleser, foerste)
    tredje = fane(nettleser, foerste)
    direkte(tjeneste)

    ny_beskjed(tjeneste, ekstern_id="en")
    for side in (foerste, andre, tredje):
        expect(bjelle(side, "1 nytt")).to_be_visible(timeout=STRAKS_MS)
    assert antall(tjeneste) == 1

    for igjen, nye in (((andre, tredje), "2 nye"), ((tredje,), "3 nye")):
        (foerste if igjen == (andre, tredje) else andre).close()
        direkte(tjeneste)
        ny_beskjed(tjeneste, ekstern_id=nye)
        for side in igjen:
            expect(bjelle(side, nye)).to_be_visible(timeout=STRAKS_MS)


def test_bell_opened_in_one_tab_is_emptied_in_the_other(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    ny_beskjed(tjeneste, tekst="Velkommen", lenke="#lest")
    en = nettleser.som(dagny)
    annen = fane(nettleser, en)
    direkte(tjeneste)
    expect(bjelle(annen, "1 nytt")).to_be_visible()

    bjelle(en).click()
    expect(sirkel(annen)).to_be_hidden(timeout=STRAKS_MS)

    bjelle(annen).click()
    expect(varsel(annen, "Velkommen")).to_contain_text("Ikke besøkt")
    varsel(en, "Velkommen").click()
    expect(varsel(annen, "Velkommen")).not_to_contain_text("Ikke besøkt", timeout=STRAKS_MS)


def test_hidden_tab_lets_go_of_the_stream_and_looks_when_it_is_seen_again(
    tjeneste: Tjeneste, nettleser: Nettleser, dagny: str
) -> None:
    side = nettleser.som(dagny)
    direkte(tjeneste)

    skjul(side, True)
    direkte(tjeneste, 0)
    ny_beskjed(tjeneste)
    skjul(side, False)

    expect(bjelle(side, "1 nytt")).to_be_visible(timeout=STRAKS_MS)
    direkte(tjeneste)


def test_page_that_is_left_leaves_no_stream_behind(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    side = nettleser.som(dagny)
    direkte(tjeneste)

    side.goto("/utboks")

    direkte(tjeneste, 0)


@pytest.mark.parametrize("svar", ["204", "avbrutt"])
def test_without_a_stream_the_bell_looks_now_and_then_and_gets_it_when_it_is_there(
    tjeneste: Tjeneste, nettleser: Nettleser, dagny: str, svar: str
) -> None:
    side = nettleser.vindu()
    side.clock.install()
    if svar == "204":
        side.route("**/endringer", lambda route: route.fulfill(status=204))
    else:
        side.route("**/endringer", lambda route: route.abort())
    side.request.post("/dev/velg-person", form={"fnr": dagny})
    with side.expect_request("**/endringer"):
        side.goto("/min-side")
    expect(bjelle(side, "ingen nye")).to_be_visible()

    ny_beskjed(tjeneste, ekstern_id="en")
    side.clock.fast_forward("00:11")
    expect(bjelle(side, "1 nytt")).to_be_visible()

    side.unroute("**/endringer")
    while antall(tjeneste) == 0:
        side.clock.fast_forward("00:11")
    ny_beskjed(tjeneste, ekstern_id="to")
    vent_paa(lambda: len(bjella(tjeneste)) == 2)
    with side.expect_response("**/bruker/api/graphql"):
        side.wait_for_timeout(300)
        side.clock.fast_forward("00:01")
    expect(bjelle(side, "2 nye")).to_be_visible()
    assert all("ERR_FAILED" in feil for feil in nettleser.feil) and (nettleser.feil == []) == (svar == "204")
    nettleser.feil.clear()


def test_server_that_does_not_say_it_has_a_stream_is_not_asked_for_one(chromium: Browser, tmp_path: Path) -> None:
    with kjoerende(tmp_path / "test.db", verdier={"server.maks_stroemmer": "0"}) as tjeneste:
        tjeneste.tilgang(DAGNY, BAKERIET)
        nettleser = Nettleser(chromium, tjeneste.url)
        side = nettleser.vindu()
        side.clock.install()
        spurt: list[str] = []
        side.on("request", lambda request: spurt.append(request.url))
        side.request.post("/dev/velg-person", form={"fnr": DAGNY})
        side.goto("/min-side")
        expect(bjelle(side, "ingen nye")).to_be_visible()

        ny_beskjed(tjeneste)
        side.clock.fast_forward("00:11")

        expect(bjelle(side, "1 nytt")).to_be_visible()
        assert not [url for url in spurt if "endringer" in url]
        nettleser.close()
        assert nettleser.feil == []


# ── A page of another origin ──────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def annens_side(attributter: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """(its origin, {"tjeneste", "token"} which the test fills in)"""
    deler: dict[str, str] = {}

    class Side(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/favicon.ico":
                self.send_response(204)
                self.end_headers()
                return
            api = f"{deler['tjeneste']}/bruker/api/graphql"
            html = f"""<!doctype html><html lang="nb"><title>En annens side</title>
                <script src="{deler["tjeneste"]}/static/bjelle.js"></script>
                <body><script>
                    const bjelle = document.createElement("notifikasjon-bjelle");
                    bjelle.setAttribute("api", "{api}");
                    if ("{attributter}") bjelle.setAttribute("{attributter}", "");
                    bjelle.hentToken = async () => "{deler["token"]}";
                    document.body.append(bjelle);
                </script></body></html>"""
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Side)
    traad = threading.Thread(target=server.serve_forever, args=(0.05,))
    traad.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", deler
    finally:
        server.shutdown()
        traad.join()
        server.server_close()


@pytest.mark.parametrize("attributter", ["", "uten-stroem"])
def test_bell_on_a_page_of_another_origin_brings_a_token(chromium: Browser, tmp_path: Path, attributter: str) -> None:
    with (
        annens_side(attributter) as (opphav, deler),
        kjoerende(tmp_path / "test.db", verdier={"server.tillatte_opphav": f'["{opphav}"]'}) as tjeneste,
    ):
        tjeneste.tilgang(DAGNY, BAKERIET)
        deler |= {"tjeneste": tjeneste.url, "token": tjeneste.token(bruker=DAGNY)}
        nettleser = Nettleser(chromium, opphav)
        side = nettleser.vindu()
        side.goto("/")
        expect(bjelle(side, "ingen nye")).to_be_visible()

        if attributter:
            side.reload()
            expect(bjelle(side, "ingen nye")).to_be_visible()
            assert antall(tjeneste) == 0
        else:
            direkte(tjeneste)
        ny_beskjed(tjeneste, tekst="Velkommen", lenke="#lest")
        if attributter:
            bjelle(side).click()
        else:
            expect(bjelle(side, "1 nytt")).to_be_visible(timeout=STRAKS_MS)
            bjelle(side).click()
        varsel(side, "Velkommen").click()

        vent_paa(lambda: bjella(tjeneste)[0]["brukerKlikk"]["klikketPaa"])
        nettleser.close()
        assert nettleser.feil == []


# ── Filter on virksomhet ──────────────────────────────────────────────────────────────────────────────────────────


def fyll(tjeneste: Tjeneste, virksomheter: list[str], hver: int = 1) -> None:
    tjeneste.tilgang(DAGNY, *virksomheter)
    for virksomhetsnummer in virksomheter:
        for nr in range(hver):
            navn = f"{virksomhetsnummer}-{nr}"
            ny_beskjed(tjeneste, virksomhetsnummer=virksomhetsnummer, ekstern_id=navn, tekst=f"Til {navn}", lenke="#x")


def test_list_of_two_virksomheter_can_be_narrowed_to_one(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    fyll(tjeneste, [BAKERIET, FISKERIET], hver=4)
    side = nettleser.som(DAGNY)
    bjelle(side).click()
    velger = panel(side).get_by_role("combobox", name="Virksomhet")
    assert velger.locator("option").all_inner_texts() == [
        "Alle virksomheter",
        f"BAKERIET AS {BAKERIET}",
        f"FISKERIET AS {FISKERIET}",
    ]
    expect(panel(side).get_by_role("article")).to_have_count(8)

    velger.select_option(f"FISKERIET AS {FISKERIET}")
    expect(panel(side).get_by_role("article")).to_have_count(4)
    expect(panel(side).get_by_text("BAKERIET AS", exact=True)).to_have_count(0)
    expect(panel(side).get_by_role("status").get_by_text("Viser 4 av 8 varsler")).to_be_visible()

    ny_beskjed(tjeneste, virksomhetsnummer=BAKERIET, ekstern_id="ny")
    expect(bjelle(side, "1 nytt")).to_be_visible()  # the number counts all, whatever is shown
    expect(panel(side).get_by_text("Viser 4 av 9 varsler")).to_be_visible()

    side.reload()
    bjelle(side).click()
    expect(velger).to_have_value(FISKERIET)
    expect(panel(side).get_by_role("article")).to_have_count(4)
    velger.select_option("Alle virksomheter")
    expect(panel(side).get_by_role("article")).to_have_count(9)


def test_short_list_or_one_virksomhet_needs_no_filter(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    fyll(tjeneste, [BAKERIET, FISKERIET], hver=2)
    side = nettleser.som(DAGNY)
    bjelle(side).click()
    expect(panel(side).get_by_role("article")).to_have_count(4)
    expect(panel(side).get_by_role("combobox")).to_have_count(0)
    expect(panel(side).get_by_role("searchbox")).to_have_count(0)


def test_among_many_virksomheter_one_searches_by_name_or_number(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    fyll(tjeneste, MANGE)
    side = nettleser.som(DAGNY)
    bjelle(side).click()
    soek = panel(side).get_by_role("searchbox", name="Virksomhet, navn eller nummer")
    expect(panel(side).get_by_role("combobox")).to_have_count(0)

    for tekst, treff in (
        ("baker", 1),
        ("300 000 00", 10),
        ("300000010", 1),
        ("AS", 12),
        ("BAKERIET AS 910 825 526", 1),
    ):
        soek.fill(tekst)
        expect(panel(side).get_by_role("article")).to_have_count(treff)
    soek.fill("finnes ikke")
    expect(panel(side).get_by_role("article")).to_have_count(0)
    expect(panel(side).get_by_text("Ingen treff")).to_be_visible()

    ny_beskjed(tjeneste, virksomhetsnummer=BAKERIET, ekstern_id="ny")
    expect(panel(side).get_by_text("Viser 0 av 13 varsler")).to_be_visible()
    expect(soek).to_have_value("finnes ikke")  # news do not disturb who is writing
    expect(soek).to_be_focused()

    side.keyboard.press("Escape")
    expect(soek).to_have_value("")
    expect(panel(side).get_by_role("article")).to_have_count(13)
    side.keyboard.press("Escape")
    expect(panel(side)).to_be_hidden()


def test_filter_is_reached_and_used_by_keyboard(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    fyll(tjeneste, MANGE)
    side = nettleser.som(DAGNY)
    bjelle(side).focus()
    side.keyboard.press("Enter")
    soek = panel(side).get_by_role("searchbox")

    side.keyboard.press("Shift+Tab")
    expect(soek).to_be_focused()
    side.keyboard.type("bakeriet")
    expect(panel(side).get_by_role("article")).to_have_count(1)
    side.keyboard.press("Home")
    side.keyboard.press("ArrowDown")
    expect(soek).to_be_focused()  # these keys are the field's
    side.keyboard.press("Tab")
    expect(varsel(side, BAKERIET)).to_be_focused()
    side.keyboard.press("Tab")
    expect(panel(side).get_by_role("link", name=re.compile("alle saker"))).to_be_focused()


def test_filter_that_another_person_left_behind_hides_nothing(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    fyll(tjeneste, [BAKERIET, FISKERIET], hver=4)
    side = nettleser.som(DAGNY)
    side.evaluate("sessionStorage.setItem('notifikasjon-bjelle-filter', '399999999')")
    side.reload()

    bjelle(side).click()

    expect(panel(side).get_by_role("article")).to_have_count(8)


def test_bell_is_small() -> None:
    """170 KB and 36 KB of styles is what the React widget takes, with what it needs."""
    assert len(gzip.compress((ROOT / "static/bjelle.js").read_bytes())) <= 15 * 1024
