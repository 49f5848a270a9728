"""Saksoversikten as a person meets it: searching, filtering, turning pages, and filters that are saved.

The service's clock stands at Wednesday 25 November 2026, 10:00 in Oslo; the page asks it for the time.
"""

import re
from typing import Any

import pytest
from bruker import saker
from nettleser import Nettleser
from playwright.sync_api import Locator, Page, expect
from produsent import mutasjon, ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak
from tjeneste import BAKERIET, DAGNY, FISKERIET, REGINE, TILTAK, Tjeneste

LANGT = "et_ord_uten_mellomrom_som_er_bredere_enn_skjermen_på_en_telefon_og_må_brytes"
FNR = "01927712344"


@pytest.fixture(autouse=True)
def wednesday_morning(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2026-11-25T10:00:00+01:00")
    tjeneste.tilgang(DAGNY, BAKERIET, FISKERIET)


def aapne(nettleser: Nettleser, adresse: str = "/saksoversikt", fnr: str = DAGNY, **vindu: int) -> Page:
    side = nettleser.vindu(**vindu)
    side.request.post("/dev/velg-person", form={"fnr": fnr})
    side.goto(adresse)
    expect(side.get_by_text("Henter saker")).to_be_hidden()
    return side


def sak(tjeneste: Tjeneste, tittel: str, **felter: Any) -> str:
    """A sak with its title as grupperingsid too. The later told, the later changed. Returns its id."""
    sak_id: str = ny_sak(tjeneste, **{"grupperingsid": tittel, "tittel": tittel} | felter)["id"]
    return sak_id


def mange(tjeneste: Tjeneste, antall: int) -> None:
    for nummer in range(1, antall + 1):
        sak(tjeneste, f"Sak nummer {nummer}", tidspunkt=f"2026-11-{1 + nummer // 10:02}T{10 + nummer % 10}:00:00Z")


def innhold(side: Page) -> Locator:
    """The page without the bell, which has a search of its own."""
    return side.get_by_role("main")


def kort(side: Page, tittel: str = "") -> Locator:
    return innhold(side).get_by_role("article", name=tittel)


def titler(side: Page) -> Locator:
    return kort(side).get_by_role("heading", level=3)


def soek(side: Page) -> Locator:
    return innhold(side).get_by_role("searchbox", name="Søk i saker")


def status(side: Page) -> Locator:
    return side.locator("#status")


def knapp(side: Page, navn: str) -> Locator:
    return innhold(side).get_by_role("button", name=navn)


def valg(side: Page, navn: str) -> Locator:
    """The label of a choice, with its count."""
    return innhold(side).locator("label.valg").filter(has_text=re.compile(rf"^\s*{navn}\s*[\d\s]*$"))


# ── Seeing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_sak_is_shown_with_where_it_stands_and_what_comes_next(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak(
        tjeneste,
        "Dialogmøte",
        nesteSteg="Vi venter på svaret.",
        tilleggsinformasjon="Født 120489",
        overstyrStatustekstMed="Innkalt",
        lenke="https://eksempel.no/sak",
    )
    sted = {"adresse": "Storgata 1", "postnummer": "8373", "poststed": "Ballstad"}
    ny_kalenderavtale(
        tjeneste, grupperingsid="Dialogmøte", tekst="Møt opp", startTidspunkt="2026-12-01T09:00", lokasjon=sted
    )
    ny_oppgave(
        tjeneste, grupperingsid="Dialogmøte", tekst="Skriv planen", frist="2026-11-30", lenke="https://eksempel.no/sak"
    )
    ny_oppgave(tjeneste, grupperingsid="Dialogmøte", tekst="Uten frist", ekstern_id="to")
    ny_beskjed(tjeneste, grupperingsid="Dialogmøte", tekst="Velkommen", ekstern_id="tre")

    side = aapne(nettleser)

    for tekst in (
        "BAKERIET AS",
        "Født 120489",
        "Innkalt",
        "I dag kl. 10.00",
        "Neste steg: Vi venter på svaret.",
        "Skriv planen",
        "Frist 30. nov. 2026",
        "Møt opp",
        "Tirsdag 1. desember kl. 09.00",
        "Svar på invitasjonen",
        "og 1 til",
        "fager",
    ):
        expect(kort(side, "Dialogmøte")).to_contain_text(tekst, ignore_case=True)
    expect(kort(side)).not_to_contain_text("Velkommen")
    assert kort(side).locator(".foran li").all_inner_texts()[0].startswith("Skriv planen")
    expect(kort(side).get_by_role("link", name="Gå til saken – Dialogmøte")).to_have_attribute(
        "href", "https://eksempel.no/sak"
    )
    expect(kort(side).get_by_role("link", name="Skriv planen")).to_be_hidden()  # it leads where the sak does
    expect(kort(side).get_by_role("link", name="Møt opp")).to_have_attribute("href", "https://eksempel.no/avtale")
    expect(status(side)).to_have_text("1 sak")


def test_title_leads_to_the_page_of_the_sak_and_back_to_the_same_list(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak_id = sak(tjeneste, "Søknad om fritak")
    side = aapne(nettleser, "/saksoversikt?tekstsoek=fritak&sortering=ELDSTE")

    kort(side).get_by_role("link", name="Søknad om fritak").click()
    expect(side).to_have_url(f"{tjeneste.url}/sak?saksid={sak_id}")
    innhold(side).get_by_role("link", name="Saksoversikt").click()

    expect(side).to_have_url(f"{tjeneste.url}/saksoversikt?tekstsoek=fritak&sortering=ELDSTE")
    expect(titler(side)).to_have_text(["Søknad om fritak"])


def test_person_without_saker_is_told_so(nettleser: Nettleser) -> None:
    side = aapne(nettleser)

    expect(side.get_by_role("heading", name="Du har ingen saker")).to_be_visible()
    expect(soek(side)).to_be_hidden()


def test_markup_in_a_title_is_shown_as_text(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ondsinnet = "<script>document.title = 'tatt'</script><img src=x onerror=\"document.title = 'tatt'\">"
    sak(tjeneste, ondsinnet, grupperingsid="1", nesteSteg=ondsinnet, tilleggsinformasjon=ondsinnet)

    side = aapne(nettleser, f"/saksoversikt?tekstsoek={'script'}&sakstype={'<b>x</b>'}")
    knapp(side, "Fjern <b>x</b>").click()

    expect(titler(side)).to_have_text([ondsinnet])
    assert innhold(side).locator("script, img").count() == 0
    assert side.title() == "Saksoversikt – Min side – arbeidsgiver"


@pytest.mark.parametrize("lenke", ["javascript:document.title='tatt'", "data:,x"])
def test_link_that_is_not_to_a_page_is_not_offered(tjeneste: Tjeneste, nettleser: Nettleser, lenke: str) -> None:
    sak(tjeneste, "Fritak", lenke=lenke)
    ny_oppgave(tjeneste, grupperingsid="Fritak", tekst="Signer", lenke=lenke.replace("x", "y"))

    side = aapne(nettleser)

    expect(kort(side)).to_contain_text("Signer")
    assert [a.get_attribute("href") for a in kort(side).get_by_role("link").all()] == [
        f"/sak?saksid={saker(tjeneste)['saker'][0]['id']}"
    ]


# ── Searching and filtering ───────────────────────────────────────────────────────────────────────────────────────


def test_search_is_made_while_typing_and_undone_by_back(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    for tittel in ("Fritak for bakeren", "Refusjon for bakeren", "Refusjon for fiskeren"):
        sak(tjeneste, tittel)
    side = aapne(nettleser)
    expect(status(side)).to_have_text("3 saker")

    soek(side).press_sequentially("refusjon", delay=20)
    expect(status(side)).to_have_text("2 saker")
    soek(side).press_sequentially(" bak", delay=20)
    expect(status(side)).to_have_text("1 sak")
    expect(side).to_have_url(f"{tjeneste.url}/saksoversikt?tekstsoek=refusjon+bak")
    expect(soek(side)).to_be_focused()

    side.go_back()  # all that was typed in one go is one step
    expect(side).to_have_url(f"{tjeneste.url}/saksoversikt")
    expect(soek(side)).to_have_value("")
    expect(status(side)).to_have_text("3 saker")
    side.go_forward()
    expect(soek(side)).to_have_value("refusjon bak")
    expect(status(side)).to_have_text("1 sak")


def test_enter_searches_at_once(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak(tjeneste, "Fritak")
    sak(tjeneste, "Refusjon")
    side = nettleser.vindu()
    side.request.post("/dev/velg-person", form={"fnr": DAGNY})
    side.clock.install(time="2026-11-25T10:00:00+01:00")
    side.goto("/saksoversikt")
    expect(status(side)).to_have_text("2 saker")
    side.clock.pause_at("2026-11-25T10:01:00+01:00")  # so no pause in the typing comes to an end

    soek(side).fill("fritak")
    soek(side).press("Enter")

    expect(status(side)).to_have_text("1 sak")
    expect(side).to_have_url(f"{tjeneste.url}/saksoversikt?tekstsoek=fritak")


def test_filters_have_counts_and_the_address_says_them(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_oppgave(tjeneste, grupperingsid="En", ekstern_id="1")
    sak(tjeneste, "En")
    oppgave = ny_oppgave(tjeneste, grupperingsid="To", ekstern_id="2")["id"]
    sak(tjeneste, "To")
    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{oppgave}"')
    tjeneste.tilgang(DAGNY, BAKERIET, FISKERIET, ressurser=("test-fager", "nav_tiltak_tiltaksrefusjon"))
    refusjon = {"altinnRessurs": {"ressursId": "nav_tiltak_tiltaksrefusjon"}}
    sak(
        tjeneste,
        "Tre",
        applikasjon=TILTAK,
        merkelapp="Tiltaksrefusjon",
        mottakere=[refusjon],
        virksomhetsnummer=FISKERIET,
    )
    side = aapne(nettleser)

    expect(valg(side, "Noe å gjøre")).to_have_text(re.compile(r"\D1\s*$"))
    expect(valg(side, "Utført")).to_have_text(re.compile(r"\D1\s*$"))
    expect(valg(side, "Utgått")).to_have_text(re.compile(r"\D0\s*$"))
    expect(valg(side, "fager")).to_have_text(re.compile(r"\D2\s*$"))
    expect(valg(side, "Tiltaksrefusjon")).to_have_text(re.compile(r"\D1\s*$"))

    valg(side, "Noe å gjøre").click()
    expect(status(side)).to_have_text("1 sak")
    expect(titler(side)).to_have_text(["En"])
    expect(valg(side, "Tiltaksrefusjon")).to_have_text(re.compile(r"\D0\s*$"))
    valg(side, "Alle saker").click()
    valg(side, "Tiltaksrefusjon").click()
    expect(status(side)).to_have_text("1 sak")
    expect(titler(side)).to_have_text(["Tre"])
    valg(side, "Tiltaksrefusjon").click()
    valg(side, "BAKERIET AS").click()
    expect(status(side)).to_have_text("2 saker")
    innhold(side).get_by_role("combobox", name="Sorter").select_option("ELDSTE")
    expect(side).to_have_url(f"{tjeneste.url}/saksoversikt?virksomhet={BAKERIET}&sortering=ELDSTE")
    expect(kort(side).first).to_contain_text("En")

    lenke = f"/saksoversikt?oppgave=TILSTAND_NY&sakstype=fager&virksomhet={BAKERIET}+{FISKERIET}"
    delt = aapne(nettleser, lenke)
    expect(titler(delt)).to_have_text(["En"])
    for navn in ("Noe å gjøre", "fager", "BAKERIET AS", "FISKERIET AS"):
        expect(valg(delt, navn).locator("input")).to_be_checked()


def test_active_filters_are_taken_off_one_by_one_or_all_at_once(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak(tjeneste, "Fritak")
    sak(tjeneste, "Havna", virksomhetsnummer=FISKERIET)
    side = aapne(nettleser, f"/saksoversikt?tekstsoek=finnes+ikke&oppgave=TILSTAND_UTGAATT&virksomhet={FISKERIET}")
    expect(side.get_by_role("heading", name="Ingen saker passer")).to_be_visible()

    knapp(side, "Fjern «finnes ikke»").focus()
    side.keyboard.press("Enter")
    expect(knapp(side, "Fjern Utgått")).to_be_focused()
    side.keyboard.press("Enter")
    expect(knapp(side, "Fjern FISKERIET AS")).to_be_focused()
    expect(status(side)).to_have_text("1 sak")
    expect(soek(side)).to_have_value("")
    side.keyboard.press("Enter")
    expect(soek(side)).to_be_focused()
    expect(status(side)).to_have_text("2 saker")
    expect(side).to_have_url(f"{tjeneste.url}/saksoversikt")

    side.go_back()
    expect(status(side)).to_have_text("1 sak")
    knapp(side, "Nullstill").click()
    expect(status(side)).to_have_text("2 saker")
    soek(side).fill("finnes ikke")
    knapp(side, "Nullstill filtrene").click()
    expect(status(side)).to_have_text("2 saker")


def test_virksomhet_is_found_among_many(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    numre = [f"3104{nummer:05}" for nummer in range(60)]
    tjeneste.tilgang(REGINE, *numre)
    for nummer in numre:
        sak(tjeneste, f"Sak i {nummer}", virksomhetsnummer=nummer)
    side = aapne(nettleser, fnr=REGINE)
    finn = innhold(side).get_by_role("searchbox", name="Finn virksomhet")
    expect(side.get_by_text("Viser 50 av 60.")).to_be_visible()

    finn.fill("as 00042")
    expect(innhold(side).get_by_role("group", name="Virksomhet").get_by_role("checkbox")).to_have_count(1)
    finn.press("Tab")
    side.keyboard.press("Space")

    expect(status(side)).to_have_text("1 sak")
    expect(titler(side)).to_have_text(["Sak i 310400042"])
    expect(innhold(side).get_by_role("checkbox", name="AS 310400042")).to_be_focused()
    finn.fill("")
    expect(innhold(side).get_by_role("checkbox").and_(side.locator("#virksomhetsliste input")).first).to_be_checked()


def test_national_id_in_a_search_stays_out_of_the_address(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak(tjeneste, "Fritak")
    side = aapne(nettleser)

    soek(side).fill(f"{FNR[:6]} {FNR[6:]}")
    soek(side).press("Enter")
    expect(status(side)).to_have_text("0 saker")
    assert FNR[6:] not in side.url
    knapp(side, "Nullstill filtrene").click()
    expect(status(side)).to_have_text("1 sak")

    side.go_back()
    expect(soek(side)).to_have_value(f"{FNR[:6]} {FNR[6:]}")
    expect(status(side)).to_have_text("0 saker")
    knapp(side, "Lagre filteret").click()
    side.get_by_role("textbox", name="Navn").fill("Hemmelig")
    side.keyboard.press("Enter")
    expect(side.get_by_text("Et søk med fødselsnummer kan ikke lagres.")).to_be_visible()
    assert nettleser.feil and all("400" in feil for feil in nettleser.feil)
    nettleser.feil.clear()


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_pages_are_turned_by_keyboard_and_by_back(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    mange(tjeneste, 65)
    side = aapne(nettleser)
    sider = innhold(side).get_by_role("navigation", name="Sider med saker")
    expect(status(side)).to_have_text("Viser 1–30 av 65 saker")
    expect(titler(side).first).to_have_text("Sak nummer 65")
    expect(sider.get_by_role("link", name="Side 1")).to_have_attribute("aria-current", "page")

    sider.get_by_role("link", name="Neste").focus()
    side.keyboard.press("Enter")
    expect(status(side)).to_have_text("Viser 31–60 av 65 saker")
    expect(side.get_by_role("heading", name="Saker", exact=True)).to_be_focused()
    expect(side).to_have_url(f"{tjeneste.url}/saksoversikt?side=2")
    expect(titler(side).first).to_have_text("Sak nummer 35")
    sider.get_by_role("link", name="Side 3").click()
    expect(status(side)).to_have_text("Viser 61–65 av 65 saker")
    expect(sider.get_by_role("link", name="Neste")).to_be_hidden()

    side.go_back()
    expect(status(side)).to_have_text("Viser 31–60 av 65 saker")
    soek(side).fill("65")
    expect(status(side)).to_have_text("1 sak")
    expect(side).to_have_url(f"{tjeneste.url}/saksoversikt?tekstsoek=65")
    expect(sider).to_be_hidden()


def test_page_that_is_no_longer_there_becomes_the_last(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    mange(tjeneste, 31)

    side = aapne(nettleser, "/saksoversikt?side=99999999999999999999")

    expect(status(side)).to_have_text("Viser 31–31 av 31 saker")
    expect(side).to_have_url(f"{tjeneste.url}/saksoversikt?side=2")


# ── Saved filters ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_saved_filter_is_there_for_the_same_person_only(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_oppgave(tjeneste, grupperingsid="Fritak")
    sak(tjeneste, "Fritak")
    sak(tjeneste, "Refusjon")
    tjeneste.tilgang(REGINE, BAKERIET)
    side = aapne(nettleser, "/saksoversikt?oppgave=TILSTAND_NY&tekstsoek=fri")
    expect(side.get_by_role("heading", name="Lagrede filtre")).to_be_hidden()

    knapp(side, "Lagre filteret").click()
    side.get_by_role("dialog").get_by_role("textbox", name="Navn").fill("Haster")
    side.keyboard.press("Enter")
    expect(knapp(side, "Haster").first).to_be_focused()
    expect(innhold(side).get_by_role("button", name="Haster", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(knapp(side, "Lagre filteret")).to_be_hidden()

    annet = aapne(nettleser)
    expect(status(annet)).to_have_text("2 saker")
    annet.get_by_role("button", name="Haster", exact=True).click()
    expect(status(annet)).to_have_text("1 sak")
    expect(annet).to_have_url(f"{tjeneste.url}/saksoversikt?tekstsoek=fri&oppgave=TILSTAND_NY")
    regines = aapne(nettleser, fnr=REGINE)
    expect(status(regines)).to_have_text("2 saker")
    expect(regines.get_by_role("heading", name="Lagrede filtre")).to_be_hidden()


def test_saved_filter_is_renamed_and_deleted_by_keyboard(nettleser: Nettleser, tjeneste: Tjeneste) -> None:
    sak(tjeneste, "Fritak")
    side = aapne(nettleser, "/saksoversikt?tekstsoek=fritak")
    for filternavn, ord in (("Haster", "fritak"), ("Kan vente", "fri")):
        soek(side).fill(ord)
        knapp(side, "Lagre filteret").click()
        side.get_by_role("textbox", name="Navn").fill(filternavn)
        side.keyboard.press("Enter")
        expect(innhold(side).get_by_role("button", name=filternavn, exact=True)).to_be_focused()

    side.keyboard.press("Tab")
    expect(knapp(side, "Gi «Kan vente» nytt navn")).to_be_focused()
    side.keyboard.press("Enter")
    navn = side.get_by_role("dialog", name="Gi filteret nytt navn").get_by_role("textbox", name="Navn")
    expect(navn).to_have_value("Kan vente")
    expect(navn).to_be_focused()
    navn.fill("Haster")
    side.keyboard.press("Enter")
    expect(side.get_by_text("Du har et filter som heter «Haster» fra før. Velg et annet navn.")).to_be_visible()
    expect(navn).to_be_focused()
    navn.fill("")
    side.keyboard.press("Enter")
    expect(side.get_by_text("Skriv et navn.")).to_be_visible()
    navn.fill("Har tid")
    side.keyboard.press("Enter")
    expect(innhold(side).get_by_role("button", name="Har tid", exact=True)).to_be_focused()

    for _ in range(2):
        side.keyboard.press("Tab")
    side.keyboard.press("Enter")
    spoersmaal = side.get_by_role("dialog", name="Slette filteret «Har tid»?")
    expect(spoersmaal.get_by_role("button", name="Avbryt")).to_be_focused()
    side.keyboard.press("Escape")
    expect(knapp(side, "Slett filteret «Har tid»")).to_be_focused()
    for tast in ("Enter", "Tab", "Enter"):
        side.keyboard.press(tast)
    expect(spoersmaal).to_be_hidden()
    expect(innhold(side).get_by_role("button", name="Haster", exact=True)).to_be_focused()
    expect(innhold(side).get_by_role("button", name="Har tid", exact=True)).to_be_hidden()
    assert tjeneste.rader("SELECT navn FROM lagret_filter") == [("Haster",)]
    assert nettleser.feil and all("409" in feil for feil in nettleser.feil)
    nettleser.feil.clear()


def test_filter_is_saved_once_however_often_enter_is_pressed(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    side = aapne(nettleser, "/saksoversikt?oppgave=TILSTAND_NY&tekstsoek=x")
    holdt: list[Any] = []
    side.route("**/min-side/filtre", lambda route: holdt.append(route))
    knapp(side, "Lagre filteret").click()
    navn = side.get_by_role("textbox", name="Navn")
    navn.fill("Haster")
    side.keyboard.press("Enter")
    expect(side.get_by_role("button", name="Lagre", exact=True)).to_be_disabled()
    side.keyboard.press("Enter")
    navn.press("Escape")  # whoever does not wait
    side.wait_for_function("() => !document.getElementById('navngi').open")
    knapp(side, "Lagre filteret").click()
    navn.fill("Et annet")

    holdt[0].continue_()

    expect(side.locator("#lagrede-liste .bruk")).to_have_text(["Haster"])
    expect(navn).to_have_value("Et annet")  # that dialogue is about another
    expect(navn).to_be_visible()
    assert len(holdt) == 1
    assert tjeneste.rader("SELECT navn FROM lagret_filter") == [("Haster",)]


def test_name_that_is_taken_is_told_also_while_a_national_id_is_searched_for(
    tjeneste: Tjeneste, nettleser: Nettleser
) -> None:
    sak(tjeneste, "Fritak")
    side = aapne(nettleser)
    for filternavn in ("Haster", "Kan vente"):
        soek(side).fill(filternavn)
        knapp(side, "Lagre filteret").click()
        side.get_by_role("textbox", name="Navn").fill(filternavn)
        side.keyboard.press("Enter")
        expect(innhold(side).get_by_role("button", name=filternavn, exact=True)).to_be_focused()
    soek(side).fill(FNR)
    expect(side.get_by_role("button", name=f"Fjern «{FNR}»")).to_be_visible()

    knapp(side, "Gi «Kan vente» nytt navn").click()
    side.get_by_role("textbox", name="Navn").fill("Haster")
    side.keyboard.press("Enter")

    expect(side.get_by_role("alert").filter(has_text="Du har et filter som heter «Haster» fra før.")).to_be_visible()
    nettleser.feil.clear()  # the browser tells of the 409


# ── When things go wrong, and small screens ───────────────────────────────────────────────────────────────────────


def test_trouble_in_altinn_is_told_and_what_is_known_is_shown(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak(tjeneste, "Fritak")
    tjeneste.tilgang(DAGNY, BAKERIET, isError=True)
    side = aapne(nettleser)
    expect(side.get_by_text("Noen saker kan mangle. Det du ser, er riktig.")).to_be_visible()
    expect(titler(side)).to_have_text(["Fritak"])

    tjeneste.tilgang(DAGNY, isError=True)
    side.reload()
    expect(side.get_by_text("Vi ser ikke hvilke virksomheter du har tilgang til")).to_be_visible()
    expect(side.get_by_text("Du har ingen saker")).to_be_hidden()

    tjeneste.tilgang(DAGNY, BAKERIET)
    knapp(side, "Prøv igjen").click()
    expect(kort(side, "Fritak")).to_be_visible()
    expect(side.get_by_text("Altinn svarer ikke")).to_be_hidden()


@pytest.mark.parametrize("hva", ["**/bruker/api/graphql", "**/min-side/virksomheter"])
def test_service_that_does_not_answer_is_told_and_can_be_asked_again(
    tjeneste: Tjeneste, nettleser: Nettleser, hva: str
) -> None:
    sak(tjeneste, "Fritak")
    side = nettleser.vindu()
    side.request.post("/dev/velg-person", form={"fnr": DAGNY})
    side.route(hva, lambda route: route.abort())
    side.goto("/saksoversikt")
    expect(innhold(side).get_by_role("alert")).to_contain_text("Vi får ikke hentet sakene akkurat nå.")
    expect(side.get_by_text("Du har ingen saker")).to_be_hidden()

    side.unroute(hva)
    knapp(side, "Prøv igjen").click()

    expect(kort(side, "Fritak")).to_be_visible()
    expect(knapp(side, "Prøv igjen")).to_be_hidden()
    assert nettleser.feil and all("ERR_FAILED" in feil for feil in nettleser.feil)
    nettleser.feil.clear()


def test_after_an_error_the_choices_are_those_of_the_address_without_old_counts(
    tjeneste: Tjeneste, nettleser: Nettleser
) -> None:
    sak(tjeneste, "Fritak")
    sak(tjeneste, "Refusjon", merkelapp="Inntektsmelding")
    side = aapne(nettleser)
    expect(valg(side, "fager")).to_contain_text("1")
    side.route("**/bruker/api/graphql", lambda route: route.abort())

    valg(side, "fager").click()
    expect(innhold(side).get_by_role("alert")).to_contain_text("Vi får ikke hentet sakene akkurat nå.")
    expect(side.get_by_role("checkbox", name="fager")).to_be_checked()
    expect(valg(side, "fager").locator(".antall")).to_be_hidden()
    expect(valg(side, "Utført").locator(".antall")).to_be_hidden()
    side.get_by_role("button", name="Fjern fager").click()
    expect(side.get_by_role("checkbox", name="fager")).not_to_be_checked()
    expect(innhold(side).get_by_role("alert")).to_contain_text("Vi får ikke hentet sakene akkurat nå.")

    side.unroute("**/bruker/api/graphql")
    valg(side, "Noe å gjøre").click()
    expect(innhold(side).get_by_role("alert")).to_be_empty()
    expect(valg(side, "Utført").locator(".antall")).to_have_text("0")
    nettleser.feil.clear()


def test_attempt_that_fails_again_says_so_and_keeps_the_focus(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak_id = sak(tjeneste, "Fritak")
    for adresse in ("/saksoversikt", "/min-side", f"/sak?saksid={sak_id}"):
        side = nettleser.vindu()
        side.request.post("/dev/velg-person", form={"fnr": DAGNY})
        side.route("**/bruker/api/graphql", lambda route: route.abort())
        side.goto(adresse)
        for _ in range(2):
            knapp(side, "Prøv igjen").press("Enter")
            expect(innhold(side).get_by_role("alert")).to_contain_text("Det gikk ikke nå heller.")
            expect(knapp(side, "Prøv igjen")).to_be_focused()
            expect(knapp(side, "Prøv igjen")).to_be_enabled()
        side.unroute("**/bruker/api/graphql")
        knapp(side, "Prøv igjen").press("Enter")
        expect(innhold(side).get_by_role("alert")).to_be_empty()
        expect(innhold(side).get_by_text("Fritak").first).to_be_visible()
    nettleser.feil.clear()


def test_answer_that_comes_too_late_does_not_replace_a_newer(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak(tjeneste, "Fritak")
    sak(tjeneste, "Refusjon")
    side = aapne(nettleser)
    holdt: list[Any] = []
    side.route(
        "**/bruker/api/graphql",
        lambda route: (
            holdt.append(route) if '"tekstsoek":"fri"' in (route.request.post_data or "") else route.continue_()
        ),
    )
    soek(side).fill("fri")
    soek(side).press("Enter")
    side.wait_for_function("() => document.getElementById('liste').ariaBusy === 'true'")
    soek(side).fill("refusjon")
    soek(side).press("Enter")
    expect(status(side)).to_have_text("1 sak")
    expect(titler(side)).to_have_text(["Refusjon"])

    with side.expect_response("**/bruker/api/graphql"):
        holdt[0].continue_()
    side.evaluate("() => new Promise((ferdig) => requestAnimationFrame(() => setTimeout(ferdig)))")
    expect(titler(side)).to_have_text(["Refusjon"])


def test_who_comes_back_after_a_while_sees_what_is_new_and_keeps_the_focus(
    tjeneste: Tjeneste, nettleser: Nettleser
) -> None:
    sak(tjeneste, "Fritak")
    side = nettleser.vindu()
    side.clock.install()
    side.request.post("/dev/velg-person", form={"fnr": DAGNY})
    side.goto("/saksoversikt")
    lenke = kort(side, "Fritak").get_by_role("link", name="Fritak", exact=True)
    lenke.focus()

    sak(tjeneste, "Refusjon")
    ny_oppgave(tjeneste, grupperingsid="Fritak", tekst="Svar nå")
    side.clock.fast_forward("01:01")
    side.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")

    expect(status(side)).to_have_text("2 saker")
    expect(kort(side, "Fritak")).to_contain_text("Svar nå")  # another card than before
    expect(lenke).to_be_focused()


def test_page_is_used_by_keyboard_alone(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_oppgave(tjeneste, grupperingsid="Fritak")
    sak(tjeneste, "Fritak")
    sak(tjeneste, "Havna", virksomhetsnummer=FISKERIET)
    side = aapne(nettleser)

    soek(side).focus()
    side.keyboard.press("Tab")
    expect(innhold(side).get_by_role("radio", name="Alle saker")).to_be_focused()
    side.keyboard.press("ArrowDown")
    expect(status(side)).to_have_text("1 sak")
    expect(innhold(side).get_by_role("radio", name="Noe å gjøre").first).to_be_focused()
    side.keyboard.press("ArrowUp")
    expect(status(side)).to_have_text("2 saker")
    side.keyboard.press("Tab")
    side.keyboard.press("Space")
    expect(innhold(side).get_by_role("checkbox", name="BAKERIET AS")).to_be_focused()
    expect(status(side)).to_have_text("1 sak")
    for maal in (
        innhold(side).get_by_role("checkbox", name="FISKERIET AS"),
        innhold(side).get_by_role("combobox", name="Sorter"),
        knapp(side, "Fjern BAKERIET AS"),
        knapp(side, "Nullstill"),
        knapp(side, "Lagre filteret"),
        kort(side).get_by_role("link", name="Fritak", exact=True),
    ):
        side.keyboard.press("Tab")
        expect(maal).to_be_focused()


def test_narrow_screen_is_not_scrolled_sideways(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak(
        tjeneste,
        LANGT,
        nesteSteg=LANGT,
        tilleggsinformasjon=LANGT,
        overstyrStatustekstMed=LANGT,
        lenke="https://eksempel.no",
    )
    ny_oppgave(tjeneste, grupperingsid=LANGT, tekst=LANGT, frist="2026-12-01")
    mange(tjeneste, 31)
    side = aapne(nettleser, f"/saksoversikt?sakstype={LANGT}&sakstype=fager", width=390, height=844)
    expect(kort(side).first).to_be_visible()
    expect(innhold(side).get_by_role("radio", name="Utført")).to_be_hidden()

    knapp(side, "Filtre (2)").click()

    expect(innhold(side).get_by_role("radio", name="Utført")).to_be_visible()
    assert side.evaluate("document.documentElement.scrollWidth") == 390
    knapp(side, "Lagre filteret").click()
    side.get_by_role("textbox", name="Navn").fill(LANGT)
    side.keyboard.press("Enter")
    expect(side.get_by_role("dialog")).to_be_hidden()
    assert side.evaluate("document.documentElement.scrollWidth") == 390
    for boks in kort(side).all():
        assert boks.evaluate("(kort) => kort.scrollWidth <= kort.clientWidth")
