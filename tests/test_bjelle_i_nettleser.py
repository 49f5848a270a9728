"""The bell as a person meets it: the real server, Chromium, and what is seen and pressed.

The server's clock stands at Wednesday 25 November 2026, 10:00 in Oslo; the page asks it for the time.
"""

import re

import pytest
from bruker import bjella
from nettleser import Nettleser
from playwright.sync_api import Locator, Page, expect
from produsent import mutasjon, ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak
from tjeneste import BAKERIET, DAGNY, REGINE, Tjeneste

RED = "rgb(195, 0, 0)"
GREY = "rgb(82, 89, 98)"


@pytest.fixture(autouse=True)
def wednesday_morning(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2026-11-25T10:00:00+01:00")


@pytest.fixture
def dagny(tjeneste: Tjeneste) -> str:
    tjeneste.tilgang(DAGNY, BAKERIET)
    return DAGNY


@pytest.fixture
def regine(tjeneste: Tjeneste) -> str:
    tjeneste.tilgang(REGINE, BAKERIET)
    return REGINE


def bjelle(side: Page, nye: str = "") -> Locator:
    """The button, with what it says of new ones: "ingen nye", "1 nytt", "12 nye"."""
    return side.get_by_role("button", name=f"Varsler, {nye}", exact=bool(nye))


def sirkel(side: Page) -> Locator:
    return side.locator("notifikasjon-bjelle .antall")


def panel(side: Page) -> Locator:
    return side.get_by_role("dialog", name="Varsler")


def varsel(side: Page, tekst: str) -> Locator:
    """The link or button of the notification with that text."""
    return panel(side).get_by_role("article").filter(has_text=tekst).locator(".varsel")


# ── Seeing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_page_of_the_chosen_person_opens_with_the_bell(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    navn = next(person["navn"] for person in tjeneste.utvikling("GET", "/dev/personer") if person["fnr"] == dagny)
    side = nettleser.vindu()
    side.goto("/")
    expect(side.get_by_text("Utviklingsmodus – ingen ekte data")).to_be_visible()

    side.get_by_role("button", name=navn).click()

    expect(side).to_have_url(f"{tjeneste.url}/min-side")
    expect(side.get_by_text("Utviklingsmodus – ingen ekte data")).to_be_visible()
    expect(side.get_by_role("banner").get_by_text(navn)).to_be_visible()
    expect(bjelle(side)).to_be_visible()


def test_logging_out_leads_to_the_choice_of_person(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    side = nettleser.som(dagny)

    side.get_by_role("button", name="Logg ut").click()

    expect(side).to_have_url(f"{tjeneste.url}/")
    assert side.request.get("/dev/meg").status == 401


def test_new_oppgave_has_a_red_circle_with_its_number_until_the_bell_is_opened(
    tjeneste: Tjeneste, nettleser: Nettleser, dagny: str
) -> None:
    side = nettleser.som(dagny)
    expect(bjelle(side, "ingen nye")).to_be_visible()

    ny_oppgave(tjeneste, tekst="Signer avtalen", frist="2026-11-30")
    side.reload()

    expect(bjelle(side, "1 nytt")).to_be_visible()
    expect(sirkel(side)).to_have_text("1")
    expect(sirkel(side)).to_be_visible()
    expect(sirkel(side)).to_have_css("background-color", RED)

    bjelle(side).click()
    expect(varsel(side, "Signer avtalen")).to_contain_text("BAKERIET AS")
    expect(varsel(side, "Signer avtalen")).to_contain_text("I dag 10.00")
    expect(varsel(side, "Signer avtalen")).to_contain_text("Frist 30. nov. 2026")
    expect(bjelle(side, "ingen nye")).to_be_visible()
    expect(sirkel(side)).to_be_hidden()

    side.reload()
    expect(bjelle(side, "ingen nye")).to_be_visible()


def test_open_page_finds_a_new_oppgave_by_itself(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    side = nettleser.vindu()
    side.clock.install()
    side.request.post("/dev/velg-person", form={"fnr": dagny})
    side.goto("/min-side")
    expect(bjelle(side, "ingen nye")).to_be_visible()

    ny_oppgave(tjeneste)
    side.clock.fast_forward("00:11")

    expect(bjelle(side, "1 nytt")).to_be_visible()


def test_circle_says_nine_plus_and_the_name_says_how_many(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    for nummer in range(12):
        ny_beskjed(tjeneste, ekstern_id=f"beskjed-{nummer}")

    side = nettleser.som(dagny)

    expect(bjelle(side, "12 nye")).to_be_visible()
    expect(sirkel(side)).to_have_text("9+")


def test_done_oppgave_is_not_among_the_new_ones(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    ny_beskjed(tjeneste, ekstern_id="beskjed")
    side = nettleser.som(dagny)
    bjelle(side).click()
    expect(bjelle(side, "ingen nye")).to_be_visible()

    tjeneste.klokke("2026-11-25T11:00:00+01:00")
    oppgave = ny_oppgave(tjeneste, ekstern_id="oppgave")
    side.reload()
    expect(bjelle(side, "1 nytt")).to_be_visible()

    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{oppgave["id"]}"')
    side.reload()
    expect(bjelle(side, "ingen nye")).to_be_visible()


def test_click_makes_it_read_for_that_person_only(
    tjeneste: Tjeneste, nettleser: Nettleser, dagny: str, regine: str
) -> None:
    ny_oppgave(tjeneste, tekst="Signer avtalen", lenke=f"{tjeneste.url}/?avtale")
    dagnys = nettleser.som(dagny)
    bjelle(dagnys).click()
    expect(varsel(dagnys, "Signer avtalen").get_by_text("Signer avtalen")).to_have_css("font-weight", "600")

    varsel(dagnys, "Signer avtalen").click()
    expect(dagnys).to_have_url(f"{tjeneste.url}/?avtale")
    dagnys.goto("/min-side")
    bjelle(dagnys).click()

    expect(varsel(dagnys, "Signer avtalen").get_by_text("Signer avtalen")).to_have_css("font-weight", "400")
    expect(varsel(dagnys, "Signer avtalen")).not_to_contain_text("Ikke besøkt")
    assert bjella(tjeneste, dagny)[0]["brukerKlikk"]["klikketPaa"] is True

    regines = nettleser.som(regine)
    bjelle(regines).click()
    expect(varsel(regines, "Signer avtalen").get_by_text("Signer avtalen")).to_have_css("font-weight", "600")
    expect(varsel(regines, "Signer avtalen")).to_contain_text("Ikke besøkt")
    assert bjella(tjeneste, regine)[0]["brukerKlikk"]["klikketPaa"] is False


def test_done_oppgave_is_grey_and_says_so_for_everybody(
    tjeneste: Tjeneste, nettleser: Nettleser, dagny: str, regine: str
) -> None:
    oppgave = ny_oppgave(tjeneste, tekst="Signer avtalen")
    sider = [nettleser.som(dagny), nettleser.som(regine)]
    for side in sider:
        bjelle(side).click()
        expect(varsel(side, "Signer avtalen")).not_to_contain_text("Oppgave utført")

    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{oppgave["id"]}"')

    for side in sider:
        side.reload()
        bjelle(side).click()
        expect(varsel(side, "Signer avtalen")).to_contain_text("Oppgave utført i dag")
        expect(varsel(side, "Signer avtalen").get_by_text("Signer avtalen")).to_have_css("color", GREY)


def test_kalenderavtale_says_when_and_where(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    ny_sak(tjeneste, grupperingsid="sak-1", tittel="Oppfølging av Minni", tilleggsinformasjon="Født 120489")
    ny_kalenderavtale(
        tjeneste,
        grupperingsid="sak-1",
        tekst="Dialogmøte",
        startTidspunkt="2026-11-28T07:10:00+01:00",
        sluttTidspunkt="2026-11-28T08:10:00+01:00",
        lokasjon={"adresse": "Storgata 1", "postnummer": "8373", "poststed": "Ballstad"},
        erDigitalt=True,
    )

    side = nettleser.som(dagny)
    bjelle(side).click()

    for tekst in (
        "Oppfølging av Minni",
        "Født 120489",
        "28. november kl. 07.10 – 08.10",
        "Digitalt møte",
        "Storgata 1, 8373 Ballstad",
        "Svar på invitasjonen",
    ):
        expect(varsel(side, "Dialogmøte").get_by_text(tekst)).to_be_visible()


def test_today_becomes_yesterday_at_midnight_in_oslo(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    ny_beskjed(tjeneste, tekst="Velkommen")
    side = nettleser.som(dagny)
    bjelle(side).click()
    expect(varsel(side, "Velkommen")).to_contain_text("I dag 10.00")

    tjeneste.klokke("2026-11-26T00:00:01+01:00")
    bjelle(side).click()
    bjelle(side).click()

    expect(varsel(side, "Velkommen")).to_contain_text("I går 10.00")


def test_bell_without_notifications_says_so(nettleser: Nettleser, dagny: str) -> None:
    side = nettleser.som(dagny)
    expect(bjelle(side, "ingen nye")).to_be_visible()

    bjelle(side).click()

    expect(panel(side).get_by_text("Ingen varsler")).to_be_visible()


def test_trouble_in_altinn_is_told_also_when_the_list_is_empty(
    tjeneste: Tjeneste, nettleser: Nettleser, dagny: str
) -> None:
    tjeneste.tilgang(dagny, isError=True)
    side = nettleser.som(dagny)

    bjelle(side).click()

    expect(panel(side).get_by_text("Vi opplever ustabilitet med Altinn")).to_be_visible()


# ── Keys and pointer ──────────────────────────────────────────────────────────────────────────────────────────────


def test_bell_is_used_by_keyboard_alone(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    for time, tekst in enumerate(["tredje", "andre", "første"]):
        ny_beskjed(tjeneste, tekst=tekst, lenke="#lest", ekstern_id=tekst, opprettet=f"2026-11-24T1{time}:00:00+01:00")
    side = nettleser.som(dagny)
    expect(bjelle(side)).to_have_attribute("aria-expanded", "false")

    bjelle(side).focus()
    side.keyboard.press("Enter")
    expect(bjelle(side)).to_have_attribute("aria-expanded", "true")
    expect(varsel(side, "første")).to_be_focused()

    for key, tekst in (
        ("ArrowDown", "andre"),
        ("ArrowDown", "tredje"),
        ("ArrowDown", "tredje"),
        ("ArrowUp", "andre"),
        ("End", "tredje"),
        ("Home", "første"),
        ("ArrowDown", "andre"),
    ):
        side.keyboard.press(key)
        expect(varsel(side, tekst)).to_be_focused()

    lukk = panel(side).get_by_role("button", name="Lukk")
    saker = panel(side).get_by_role("link", name="Søk og filtrer på alle saker")
    for key, maal in (
        ("Tab", saker),
        ("Tab", lukk),
        ("Tab", varsel(side, "andre")),
        ("Shift+Tab", lukk),
        ("Shift+Tab", saker),
        ("Shift+Tab", varsel(side, "andre")),
    ):
        side.keyboard.press(key)
        expect(maal).to_be_focused()

    side.keyboard.press("Enter")
    expect(side).to_have_url(re.compile("#lest$"))
    expect(varsel(side, "andre")).not_to_contain_text("Ikke besøkt")


def test_escape_closes_and_gives_the_focus_back(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    ny_beskjed(tjeneste, tekst="Velkommen")
    side = nettleser.som(dagny)
    bjelle(side).click()
    expect(varsel(side, "Velkommen")).to_be_focused()

    side.keyboard.press("Escape")

    expect(panel(side)).to_be_hidden()
    expect(bjelle(side)).to_be_focused()


def test_click_outside_closes(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    ny_beskjed(tjeneste, tekst="Velkommen")
    side = nettleser.som(dagny)
    bjelle(side).click()
    panel(side).get_by_role("heading", name="Varsler").click()
    expect(panel(side)).to_be_visible()

    side.get_by_role("heading", name="Velkommen").click()

    expect(panel(side)).to_be_hidden()


def test_panel_covers_a_small_screen(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    ny_oppgave(tjeneste, tekst="et_ord_uten_mellomrom_som_er_bredere_enn_skjermen_på_en_telefon_og_må_brytes")
    side = nettleser.som(dagny, width=390, height=844)
    assert side.evaluate("document.documentElement.scrollWidth") == 390

    bjelle(side).click()
    expect(panel(side)).to_have_css("animation-name", "vis")
    side.wait_for_function(
        """() => document.querySelector("notifikasjon-bjelle").shadowRoot
                .getAnimations().every((animation) => animation.playState !== "running")"""
    )
    assert panel(side).bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert varsel(side, "et_ord").evaluate("(varsel) => varsel.scrollWidth <= varsel.clientWidth")

    panel(side).get_by_role("button", name="Lukk").click()
    expect(panel(side)).to_be_hidden()
    expect(bjelle(side)).to_be_focused()


# ── What producers and networks may do to it ──────────────────────────────────────────────────────────────────────


def test_markup_in_a_text_is_shown_as_text(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    ondsinnet = "<script>document.title = 'tatt'</script><img src=x onerror=\"document.title = 'tatt'\">"
    ny_oppgave(tjeneste, tekst=ondsinnet)
    side = nettleser.som(dagny)
    tittel = side.title()

    bjelle(side).click()

    expect(varsel(side, "document.title").get_by_text("<script>")).to_have_text(ondsinnet)
    assert panel(side).locator("script, img").count() == 0
    assert side.title() == tittel


@pytest.mark.parametrize("lenke", ["javascript:document.title='tatt'", " JaVaScRiPt:document.title='tatt'", "data:,x"])
def test_link_that_is_not_to_a_page_is_not_followed(
    tjeneste: Tjeneste, nettleser: Nettleser, dagny: str, lenke: str
) -> None:
    ny_oppgave(tjeneste, tekst="Signer avtalen", lenke=lenke)
    side = nettleser.som(dagny)
    tittel = side.title()
    bjelle(side).click()

    assert varsel(side, "Signer avtalen").get_attribute("href") is None
    varsel(side, "Signer avtalen").click()

    expect(varsel(side, "Signer avtalen")).not_to_contain_text("Ikke besøkt")
    assert (side.url, side.title()) == (f"{tjeneste.url}/min-side", tittel)


def test_logged_out_bell_says_so_and_stops_asking(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    ny_beskjed(tjeneste, tekst="Velkommen")
    side = nettleser.vindu()
    side.clock.install()
    side.request.post("/dev/velg-person", form={"fnr": dagny})
    side.goto("/min-side")
    expect(bjelle(side, "1 nytt")).to_be_visible()

    side.request.post("/dev/logg-ut")
    side.clock.fast_forward("00:11")
    bjelle(side).click()
    expect(panel(side).get_by_text("Du er logget ut. Last siden på nytt.")).to_be_visible()
    expect(varsel(side, "Velkommen")).to_be_visible()

    requests: list[str] = []
    side.on("request", lambda request: requests.append(request.url))
    side.clock.run_for("20:00")
    bjelle(side).click()
    assert requests == []
    assert nettleser.feil and all("401" in feil for feil in nettleser.feil)
    nettleser.feil.clear()


def test_unreachable_server_is_told_and_asked_again(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    ny_beskjed(tjeneste, tekst="Velkommen")
    side = nettleser.vindu()
    side.clock.install()
    side.request.post("/dev/velg-person", form={"fnr": dagny})
    side.goto("/min-side")
    expect(bjelle(side, "1 nytt")).to_be_visible()

    side.route("**/bruker/api/graphql", lambda route: route.abort())
    bjelle(side).click()
    expect(panel(side).get_by_text("Vi får ikke hentet nye varsler akkurat nå")).to_be_visible()
    expect(varsel(side, "Velkommen")).to_be_visible()

    side.unroute("**/bruker/api/graphql")
    side.clock.fast_forward("00:07")  # the first pause after a failure is 4 to 6 seconds
    expect(panel(side).get_by_text("Vi får ikke hentet")).to_be_hidden()
    assert nettleser.feil and all("ERR_FAILED" in feil for feil in nettleser.feil)
    nettleser.feil.clear()


def test_pages_keep_their_own_content_security_policy(tjeneste: Tjeneste, nettleser: Nettleser, dagny: str) -> None:
    ny_oppgave(tjeneste, tekst="Signer avtalen")
    side = nettleser.som(dagny)
    for path, shown in (("/", side.locator(".kort").first), ("/min-side", bjelle(side, "1 nytt"))):
        response = side.goto(path)
        assert response is not None
        policy = response.headers["content-security-policy"]
        assert "default-src 'self'" in policy and "unsafe-inline" not in policy
        expect(shown).to_be_visible()

    bjelle(side).click()
    expect(varsel(side, "Signer avtalen")).to_have_css("display", "flex")  # the style sheet of the bell is in force

    assert nettleser.feil == []
