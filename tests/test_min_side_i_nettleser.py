"""Min side as a person meets it: the avtaler to come and the latest saker; and what there is to try on the front page.

The service's clock stands at Wednesday 25 November 2026, 10:00 in Oslo; the page asks it for the time.
"""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from bruker import bjella
from nettleser import Nettleser
from playwright.sync_api import APIResponse, Browser, Locator, Page, Route, expect
from produsent import NY_SAK, ny_kalenderavtale, ny_oppgave, ny_sak
from tjeneste import (
    BAKERIET,
    DAGNY,
    FAGER,
    FISKERIET,
    NILS,
    RESSURS,
    ULLA,
    Tjeneste,
    driftsoppsett,
    kjoerende,
    leder,
)

SAK = {
    "grupperingsid": "sak-1",
    "merkelapp": "fager",
    "virksomhetsnummer": BAKERIET,
    "mottakere": [RESSURS],
    "tittel": "Søknad om fritak",
    "initiellStatus": "MOTTATT",
}
LANGT = "et_ord_uten_mellomrom_som_er_bredere_enn_skjermen_på_en_telefon_og_må_brytes"


@pytest.fixture(autouse=True)
def wednesday_morning(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2026-11-25T10:00:00+01:00")
    tjeneste.tilgang(DAGNY, BAKERIET, FISKERIET)


def aapne(nettleser: Nettleser, fnr: str = DAGNY, **vindu: int) -> Page:
    side = nettleser.som(fnr, **vindu)
    expect(side.locator("#minside")).to_have_attribute("aria-busy", "false")
    return side


def innhold(side: Page) -> Locator:
    return side.get_by_role("main")


def del_av(side: Page, navn: str) -> Locator:
    return innhold(side).get_by_role("region", name=navn)


def avtaler(side: Page, tekst: str = "") -> Locator:
    return del_av(side, "Kommende avtaler").get_by_role("article", name=tekst)


def saker(side: Page, tittel: str = "") -> Locator:
    return del_av(side, "Siste saker").get_by_role("article", name=tittel)


def avtale(tjeneste: Tjeneste, tekst: str, start: str, **felter: Any) -> str:
    notifikasjon_id: str = ny_kalenderavtale(tjeneste, tekst=tekst, eksternId=tekst, startTidspunkt=start, **felter)[
        "id"
    ]
    return notifikasjon_id


# ── Seeing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_person_is_greeted_by_first_name(nettleser: Nettleser) -> None:
    side = aapne(nettleser)

    expect(side.get_by_role("heading", level=1)).to_have_text("Velkommen, Dagny")
    expect(del_av(side, "Kommende avtaler")).to_contain_text("Ingen avtaler")
    expect(del_av(side, "Siste saker")).to_contain_text("Ingen saker")


def test_avtaler_to_come_are_shown_in_order_from_all_virksomheter(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_sak(tjeneste, tittel="Oppfølging")
    ny_sak(tjeneste, grupperingsid="havna", virksomhetsnummer=FISKERIET)
    avtale(tjeneste, "Holdt", "2026-11-25T09:00")
    sted = {"adresse": "Storgata 1", "postnummer": "8373", "poststed": "Ballstad"}
    avtale(tjeneste, "Møt opp", "2026-12-01T09:00", sluttTidspunkt="2026-12-01T10:30", lokasjon=sted)
    avtale(
        tjeneste,
        "På video",
        "2026-11-26T12:00",
        virksomhetsnummer=FISKERIET,
        grupperingsid="havna",
        erDigitalt=True,
        tilstand="ARBEIDSGIVER_HAR_GODTATT",
    )

    side = aapne(nettleser)

    expect(avtaler(side).get_by_role("heading", level=3)).to_have_text(["På video", "Møt opp"])
    for tekst, alt in (
        ("På video", ("FISKERIET AS", "torsdag 26. november kl. 12.00", "Digitalt møte", "Du har takket ja")),
        (
            "Møt opp",
            (
                "BAKERIET AS",
                "Oppfølging",
                "tirsdag 1. desember kl. 09.00–10.30",
                "Storgata 1, 8373 Ballstad",
                "Svar på",
            ),
        ),
    ):
        for en in alt:
            expect(avtaler(side, tekst)).to_contain_text(en)
    expect(avtaler(side, "Møt opp").get_by_role("link")).to_have_attribute("href", "https://eksempel.no/avtale")


def test_avtale_that_is_followed_is_marked_as_clicked(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_sak(tjeneste)
    avtale(tjeneste, "Møt opp", "2026-12-01T09:00", lenke=f"{tjeneste.url}/?svart")
    side = aapne(nettleser)

    avtaler(side, "Møt opp").get_by_role("link").click()
    expect(side).to_have_url(f"{tjeneste.url}/?svart")
    side.go_back()  # which takes longer than the click that was under way
    expect(avtaler(side, "Møt opp")).to_be_visible()

    assert [n["brukerKlikk"]["klikketPaa"] for n in bjella(tjeneste)] == [True]


def test_the_rest_of_many_avtaler_comes_on_demand(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_sak(tjeneste)
    for dag in range(1, 6):
        avtale(tjeneste, f"Møte {dag}", f"2026-12-0{dag}T09:00")
    side = aapne(nettleser)
    expect(avtaler(side)).to_have_count(3)

    innhold(side).get_by_role("button", name="Vis alle 5").focus()
    side.keyboard.press("Enter")

    expect(avtaler(side)).to_have_count(5)
    expect(avtaler(side, "Møte 4").get_by_role("link")).to_be_focused()
    expect(innhold(side).get_by_role("button", name="Vis alle")).to_be_hidden()


def test_latest_saker_are_shown_and_the_rest_is_one_link_away(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    for nummer in range(1, 8):
        ny_sak(tjeneste, grupperingsid=str(nummer), tittel=f"Sak {nummer}", tidspunkt=f"2026-11-1{nummer}T10:00:00Z")
    paaminnelse = {"tidspunkt": {"konkret": "2026-11-24T09:00:00"}}
    ny_oppgave(
        tjeneste, grupperingsid="1", opprettet="2026-11-11T10:00:00Z", frist="2026-12-01", paaminnelse=paaminnelse
    )
    ny_oppgave(tjeneste, grupperingsid="2", opprettet="2026-11-12T10:00:00Z", ekstern_id="2")
    tjeneste.utvikling("POST", "/dev/jobber")

    side = aapne(nettleser)

    titler = saker(side).get_by_role("heading", level=3)
    expect(titler).to_have_text(["Sak 1", "Sak 7", "Sak 6", "Sak 5", "Sak 4"])
    expect(saker(side, "Sak 1")).to_contain_text("Påminnelse – Frist 1. des. 2026")
    del_av(side, "Siste saker").get_by_role("link", name="2 saker med noe å gjøre").click()
    expect(side.locator("#status")).to_have_text("2 saker")
    side.go_back()
    del_av(side, "Siste saker").get_by_role("link", name="1 sak med påminnelse").click()
    expect(side.locator("#status")).to_have_text("1 sak")
    side.go_back()
    del_av(side, "Siste saker").get_by_role("link", name="Alle 7 saker").click()
    expect(side.locator("#status")).to_have_text("7 saker")


def test_naermeste_leder_sees_the_avtaler_of_the_employee(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    tjeneste.naermeste_leder()
    ny_sak(tjeneste, mottakere=[leder()])
    avtale(tjeneste, "Dialogmøte", "2026-12-01T09:00", mottakere=[leder()])

    expect(avtaler(aapne(nettleser, NILS), "Dialogmøte")).to_be_visible()
    expect(del_av(aapne(nettleser, ULLA), "Kommende avtaler")).to_contain_text("Ingen avtaler")


def test_markup_from_a_producer_is_shown_as_text(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ondsinnet = "<script>document.title = 'tatt'</script><img src=x onerror=\"document.title = 'tatt'\">"
    ny_sak(tjeneste, tittel=ondsinnet)
    avtale(tjeneste, ondsinnet, "2026-12-01T09:00", lenke="javascript:document.title='tatt'")

    side = aapne(nettleser)

    expect(avtaler(side).get_by_role("heading")).to_have_text(ondsinnet)
    expect(avtaler(side).get_by_role("link")).to_have_count(0)
    expect(saker(side).get_by_role("heading")).to_have_text(ondsinnet)
    assert innhold(side).locator("script, img").count() == 0
    assert side.title() == "Min side – arbeidsgiver"


# ── Outside development ──────────────────────────────────────────────────────────────────────────────────────────


def test_pages_are_the_same_where_people_log_in_for_real(chromium: Browser, tjeneste: Tjeneste, tmp_path: Path) -> None:
    """A process in development mode is the issuer of one that is not, which knows nobody's name."""
    utsteder = tjeneste.url.replace("127.0.0.1", "localhost")
    oppsett = driftsoppsett(tmp_path / "test.db", utsteder, f'[innlogging]\nissuer = "{utsteder}/idporten"')
    with kjoerende(tmp_path / "test.db", config=oppsett) as drift:
        svar = drift.post("/produsent/api/graphql", NY_SAK, SAK, token=tjeneste.token(produsent=FAGER))
        assert svar.json()["data"]["nySak"]["__typename"] == "NySakVellykket"
        windows = Nettleser(chromium, drift.url.replace("127.0.0.1", "localhost"))
        side = windows.vindu()
        side.goto("/saksoversikt?tekstsoek=fritak")
        side.get_by_role("link", name="Dagny Leder").click()

        expect(side.locator("#status")).to_have_text("1 sak")
        innhold(side).get_by_role("button", name="Lagre filteret").click()
        side.get_by_role("dialog").get_by_role("textbox", name="Navn").fill("Fritak")
        side.keyboard.press("Enter")
        expect(innhold(side).get_by_role("button", name="Fritak", exact=True)).to_be_focused()
        assert drift.rader("SELECT fnr, navn FROM lagret_filter") == [(DAGNY, "Fritak")]
        side.get_by_role("link", name="Min side", exact=True).click()
        expect(side.get_by_role("heading", level=1)).to_have_text("Velkommen")
        saker(side, "Søknad om fritak").get_by_role("link").click()
        expect(side.get_by_role("heading", level=1)).to_have_text("Søknad om fritak")
        expect(side.get_by_text("BAKERIET AS")).to_be_visible()
        windows.close()
        assert windows.feil == []


# ── When things go wrong, and small screens ───────────────────────────────────────────────────────────────────────


def test_trouble_in_altinn_is_told_and_what_is_known_is_shown(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_sak(tjeneste)
    tjeneste.tilgang(DAGNY, BAKERIET, isError=True)
    side = aapne(nettleser)
    expect(side.get_by_text("Noen saker og avtaler kan mangle.")).to_be_visible()
    expect(saker(side, "Søknad om fritak")).to_be_visible()

    tjeneste.tilgang(DAGNY, isError=True)
    side.reload()
    expect(side.get_by_text("Vi ser ikke hvilke virksomheter du har tilgang til")).to_be_visible()
    expect(side.get_by_text("Ingen saker")).to_be_hidden()

    tjeneste.tilgang(DAGNY, BAKERIET)
    innhold(side).get_by_role("button", name="Prøv igjen").click()
    expect(saker(side, "Søknad om fritak")).to_be_visible()
    expect(side.get_by_text("Altinn svarer ikke")).to_be_hidden()


@pytest.mark.parametrize("hva", ["**/bruker/api/graphql", "**/min-side/virksomheter"])
def test_service_that_does_not_answer_is_told_and_can_be_asked_again(
    tjeneste: Tjeneste, nettleser: Nettleser, hva: str
) -> None:
    ny_sak(tjeneste)
    side = nettleser.vindu()
    side.request.post("/dev/velg-person", form={"fnr": DAGNY})
    side.route(hva, lambda route: route.abort())
    side.goto("/min-side")
    expect(innhold(side).get_by_role("alert")).to_contain_text("Vi får ikke hentet sakene og avtalene dine akkurat nå.")
    expect(side.get_by_text("Ingen saker")).to_be_hidden()

    side.unroute(hva)
    innhold(side).get_by_role("button", name="Prøv igjen").click()

    expect(saker(side, "Søknad om fritak")).to_be_visible()
    assert nettleser.feil and all("ERR_FAILED" in feil for feil in nettleser.feil)
    nettleser.feil.clear()


def test_who_comes_back_after_a_while_sees_what_is_new(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_sak(tjeneste)
    side = nettleser.vindu()
    side.clock.install()
    side.request.post("/dev/velg-person", form={"fnr": DAGNY})
    side.goto("/min-side")
    expect(saker(side)).to_have_count(1)

    ny_sak(tjeneste, grupperingsid="ny", tittel="Ny sak")
    side.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    expect(saker(side)).to_have_count(1)
    side.clock.fast_forward("01:01")
    side.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")

    expect(saker(side, "Ny sak")).to_be_visible()


def test_answer_that_comes_too_late_does_not_replace_a_newer(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_sak(tjeneste, tittel="Før")
    side = nettleser.vindu()
    side.clock.install()
    side.request.post("/dev/velg-person", form={"fnr": DAGNY})
    side.goto("/min-side")
    expect(saker(side, "Før")).to_be_visible()
    holdt: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        if "minSide" in (route.request.post_data or "") and not holdt:
            holdt.append((route, route.fetch()))
        else:
            route.continue_()

    side.route("**/bruker/api/graphql", hold)
    se_igjen = "() => document.dispatchEvent(new Event('visibilitychange'))"
    side.clock.fast_forward("01:01")
    side.evaluate(se_igjen)
    while not holdt:
        side.wait_for_timeout(10)

    ny_sak(tjeneste, grupperingsid="ny", tittel="Etter")
    side.evaluate(se_igjen)
    expect(saker(side, "Etter")).to_be_visible()
    route, svar = holdt[0]
    with side.expect_response("**/bruker/api/graphql"):
        route.fulfill(response=svar)
    side.evaluate("() => fetch('/oekt')")  # when that is answered, the one before has been read

    expect(saker(side, "Etter")).to_be_visible()


def test_narrow_screen_is_not_scrolled_sideways(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_sak(tjeneste, tittel=LANGT, tilleggsinformasjon=LANGT)
    sted = {"adresse": LANGT, "postnummer": "8373", "poststed": LANGT}
    avtale(tjeneste, LANGT, "2026-12-01T09:00", lokasjon=sted)

    side = aapne(nettleser, width=390, height=844)

    expect(avtaler(side)).to_be_visible()
    assert side.evaluate("document.documentElement.scrollWidth") == 390


# ── What there is to try ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_the_front_page_gives_to_paste_makes_an_oppgave_that_the_person_sees(
    tjeneste: Tjeneste, nettleser: Nettleser
) -> None:
    side = nettleser.vindu()
    side.goto("/")
    expect(side.get_by_role("heading", name="Prøv selv")).to_be_visible()
    kommandoer = side.get_by_role("group", name="Kommandoer").inner_text()
    assert tjeneste.url in kommandoer

    kjoering = subprocess.run(["bash", "-euc", kommandoer], capture_output=True, text=True, timeout=30)

    assert "NyOppgaveVellykket" in kjoering.stdout, kjoering
    assert [n["tekst"] for n in bjella(tjeneste)] == ["Signer avtalen"]
    smal = nettleser.vindu(width=390, height=844)
    smal.goto("/")
    assert smal.evaluate("document.documentElement.scrollWidth") == 390


def test_copying_that_the_browser_refuses_is_told(nettleser: Nettleser) -> None:
    side = nettleser.vindu()
    side.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('nei'))")
    for adresse, boks in (("/", ".kode"), ("/api", ".kode >> nth=0")):
        side.goto(adresse)
        side.locator(boks).get_by_role("button", name="Kopier").click()
        expect(side.locator(boks).get_by_role("button", name="Ikke kopiert")).to_be_visible()
        expect(side.locator(boks).get_by_role("status")).to_have_text("Nettleseren lot oss ikke kopiere.")


def test_front_page_that_gets_no_persons_tries_again_and_keeps_the_place(nettleser: Nettleser) -> None:
    side = nettleser.vindu()
    side.route("**/dev/personer", lambda route: route.abort())
    side.goto("/")
    expect(side.get_by_text("Vi får ikke hentet personene.")).to_be_visible()
    side.unroute("**/dev/personer")
    side.get_by_role("button", name="Prøv igjen").press("Enter")
    expect(side.get_by_role("button", name="Dagny Leder")).to_be_focused()
    nettleser.feil.clear()
