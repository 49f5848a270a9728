"""The page of one sak as a person meets it: what it is about, its tidslinje, and what one may not see.

The service's clock stands at Wednesday 25 November 2026, 10:00 in Oslo; the page asks it for the time.
"""

from urllib.parse import quote

import pytest
from bruker import bjella
from nettleser import Nettleser
from playwright.sync_api import Locator, Page, expect
from produsent import mutasjon, ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak
from tjeneste import BAKERIET, DAGNY, FISKERIET, ULLA, Tjeneste

LANGT = "et_ord_uten_mellomrom_som_er_bredere_enn_skjermen_på_en_telefon_og_må_brytes"
SAKEN = "https://eksempel.no/sak"


@pytest.fixture(autouse=True)
def wednesday_morning(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2026-11-25T10:00:00+01:00")
    tjeneste.tilgang(DAGNY, BAKERIET)


def aapne(nettleser: Nettleser, adresse: str, fnr: str = DAGNY, **vindu: int) -> Page:
    side = nettleser.vindu(**vindu)
    side.request.post("/dev/velg-person", form={"fnr": fnr})
    side.goto(adresse)
    expect(side.locator("#sak")).to_have_attribute("aria-busy", "false")
    return side


def innhold(side: Page) -> Locator:
    return side.get_by_role("main")


def ting(side: Page, tekst: str = "") -> Locator:
    """What is on the tidslinje, with that text."""
    return innhold(side).locator("ol > li").filter(has_text=tekst)


# ── Seeing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_sak_is_found_by_its_id_and_by_the_names_of_its_producer(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak_id = ny_sak(
        tjeneste,
        grupperingsid="a&b=c d",
        tittel="Fritak fra arbeidsgiverperioden",
        lenke=SAKEN,
        nesteSteg="Du får svar innen tre uker.",
        tilleggsinformasjon="Født 120489",
        initiellStatus="UNDER_BEHANDLING",
        tidspunkt="2026-11-24T08:00:00+01:00",
    )["id"]

    for adresse in (
        f"/sak?saksid={sak_id}",
        f"/sak?saksid={sak_id.upper()}",
        f"/sak?merkelapp=fager&grupperingsid={quote('a&b=c d')}",
    ):
        side = aapne(nettleser, adresse)
        expect(side.get_by_role("heading", level=1)).to_have_text("Fritak fra arbeidsgiverperioden")
        for tekst in (
            "BAKERIET AS",
            BAKERIET,
            "fager",
            "Født 120489",
            "Under behandling",
            "I går kl. 08.00",
            "Du får svar innen tre uker.",
            "Saken har ingen oppgaver, beskjeder eller avtaler ennå.",
        ):
            expect(innhold(side)).to_contain_text(tekst)
        expect(innhold(side).get_by_role("link", name="Gå til saken")).to_have_attribute("href", SAKEN)
        assert side.title() == "Fritak fra arbeidsgiverperioden – Min side – arbeidsgiver"


def test_tidslinje_has_everything_with_state_times_and_place(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    felles = {"grupperingsid": "sak-1"}
    ny_beskjed(tjeneste, tekst="Velkommen", ekstern_id="1", opprettet="2026-11-20T08:00:00+01:00", **felles)
    paaminnelse = {"tidspunkt": {"konkret": "2026-11-24T09:00:00"}}
    ny_oppgave(
        tjeneste,
        tekst="Send papirene",
        ekstern_id="2",
        frist="2026-12-03",
        opprettet="2026-11-21T08:00:00+01:00",
        paaminnelse=paaminnelse,
        **felles,
    )
    utfoert = ny_oppgave(tjeneste, tekst="Signer", ekstern_id="3", opprettet="2026-11-22T08:00:00+01:00", **felles)
    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{utfoert["id"]}"')
    ny_oppgave(
        tjeneste, tekst="For sent", ekstern_id="4", frist="2026-11-23", opprettet="2026-11-23T08:00:00+01:00", **felles
    )
    ny_kalenderavtale(
        tjeneste,
        tekst="Dialogmøte",
        startTidspunkt="2026-12-01T09:00",
        sluttTidspunkt="2026-12-01T10:30",
        lokasjon={"adresse": "Storgata 1", "postnummer": "8373", "poststed": "Ballstad"},
        erDigitalt=True,
    )
    tjeneste.utvikling("POST", "/dev/jobber")

    side = aapne(nettleser, f"/sak?saksid={sak_id}")

    tekster = [ting.locator(".tekst").inner_text() for ting in ting(side).filter(has=side.locator(".tekst")).all()]
    assert tekster == ["Dialogmøte", "For sent", "Signer", "Send papirene", "Velkommen"]
    for tekst, alt in (
        (
            "Dialogmøte",
            (
                "Svar på invitasjonen",
                "tirsdag 1. desember kl. 09.00–10.30",
                "Digitalt møte",
                "Storgata 1, 8373 Ballstad",
            ),
        ),
        ("For sent", ("Utgått oppgave", "Fristen gikk ut 23. nov. 2026")),
        ("Signer", ("Utført oppgave", "Oppgave utført i dag", "Utført i dag kl. 10.00")),
        (
            "Send papirene",
            (
                "Uløst oppgave",
                "Påminnelse – Frist 3. des. 2026",
                "Opprettet 21. nov. 2026 kl. 08.00",
                "Påminnelse i går kl. 09.00",
            ),
        ),
        ("Velkommen", ("Beskjed", "Opprettet 20. nov. 2026 kl. 08.00")),
    ):
        for en in alt:
            expect(ting(side, tekst)).to_contain_text(en)
    expect(innhold(side).locator("dl")).to_contain_text("Frist3. des. 2026")


def test_link_is_shown_only_where_it_leads_elsewhere_than_the_sak(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak_id = ny_sak(tjeneste, lenke=SAKEN)["id"]
    ny_oppgave(tjeneste, grupperingsid="sak-1", tekst="Samme lenke", lenke=SAKEN, ekstern_id="1")
    ny_beskjed(tjeneste, grupperingsid="sak-1", tekst="Annen lenke", lenke=f"{SAKEN}/brev", ekstern_id="2")
    ny_beskjed(tjeneste, grupperingsid="sak-1", tekst="Ingen lenke", lenke="javascript:alert(1)", ekstern_id="3")

    side = aapne(nettleser, f"/sak?saksid={sak_id}")

    expect(ting(side)).to_have_count(3)
    expect(ting(side).get_by_role("link")).to_have_count(1)
    expect(ting(side).get_by_role("link", name="Annen lenke")).to_have_attribute("href", f"{SAKEN}/brev")


def test_links_are_all_shown_when_the_sak_has_none(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    ny_oppgave(tjeneste, grupperingsid="sak-1", tekst="Signer", lenke=SAKEN)

    side = aapne(nettleser, f"/sak?saksid={sak_id}")

    expect(ting(side).get_by_role("link", name="Signer")).to_be_visible()
    expect(innhold(side).get_by_role("link", name="Gå til saken")).to_be_hidden()


def test_link_that_is_followed_marks_the_notifikasjon_as_clicked(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    for ekstern_id in ("fulgt", "urørt"):
        ny_oppgave(
            tjeneste, grupperingsid="sak-1", tekst=ekstern_id, lenke=f"{tjeneste.url}/?gjort", ekstern_id=ekstern_id
        )
    side = aapne(nettleser, f"/sak?saksid={sak_id}")

    ting(side, "fulgt").get_by_role("link").focus()
    side.keyboard.press("Enter")
    expect(side).to_have_url(f"{tjeneste.url}/?gjort")
    side.go_back()  # which takes longer than the click that was under way
    expect(ting(side)).to_have_count(2)

    klikket = {n["tekst"]: n["brukerKlikk"]["klikketPaa"] for n in bjella(tjeneste)}
    assert klikket == {"fulgt": True, "urørt": False}


def test_markup_from_a_producer_is_shown_as_text(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ondsinnet = "<script>document.title = 'tatt'</script><img src=x onerror=\"document.title = 'tatt'\">$&"
    sak_id = ny_sak(
        tjeneste, tittel=ondsinnet, nesteSteg=ondsinnet, tilleggsinformasjon=ondsinnet, overstyrStatustekstMed=ondsinnet
    )["id"]
    ny_oppgave(tjeneste, grupperingsid="sak-1", tekst=ondsinnet)

    side = aapne(nettleser, f"/sak?saksid={sak_id}")

    expect(side.get_by_role("heading", level=1)).to_have_text(ondsinnet)
    expect(ting(side).get_by_role("link")).to_have_text(ondsinnet)
    assert innhold(side).locator("script, img").count() == 0
    assert side.title() == f"{ondsinnet} – Min side – arbeidsgiver"


# ── What cannot be seen ───────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_not_there_and_what_one_may_not_see_look_the_same(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    andres = ny_sak(tjeneste, virksomhetsnummer=FISKERIET, grupperingsid="andres")["id"]
    slettet = ny_sak(tjeneste, grupperingsid="slettet")["id"]
    mutasjon(tjeneste, "hardDeleteSak", f'id: "{slettet}"')

    utseender = set()
    for adresse in (
        f"?saksid={andres}",
        f"?saksid={slettet}",
        "?saksid=11111111-1111-4111-8111-111111111111",
        "?saksid=tull",
        "?saksid=",
        "?merkelapp=fager&grupperingsid=andres",
        "?merkelapp=fager&grupperingsid=slettet",
        "?merkelapp=fager",
        "",
    ):
        side = aapne(nettleser, f"/sak{adresse}")
        expect(side.get_by_role("heading", level=1)).to_have_text("Vi finner ikke saken")
        utseender.add((innhold(side).inner_html(), side.title()))
        side.close()
    assert len(utseender) == 1

    side = aapne(nettleser, f"/sak?saksid={andres}", fnr=ULLA)
    innhold(side).get_by_role("link", name="Til saksoversikten").click()
    expect(side).to_have_url(f"{tjeneste.url}/saksoversikt")


def test_trouble_in_altinn_is_told_instead_of_that_the_sak_is_not_there(
    tjeneste: Tjeneste, nettleser: Nettleser
) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    tjeneste.tilgang(DAGNY, isError=True)
    side = aapne(nettleser, f"/sak?saksid={sak_id}")
    expect(side.get_by_text("Altinn svarer ikke")).to_be_visible()
    expect(side.get_by_text("Vi finner ikke saken")).to_be_hidden()

    tjeneste.tilgang(DAGNY, BAKERIET, isError=True)
    innhold(side).get_by_role("button", name="Prøv igjen").click()
    expect(side.get_by_role("heading", level=1)).to_have_text("Søknad om fritak")
    expect(side.get_by_text("Det du ser, er det vi vet.")).to_be_visible()

    tjeneste.tilgang(DAGNY, BAKERIET)
    innhold(side).get_by_role("button", name="Prøv igjen").click()
    expect(side.get_by_text("Altinn svarer ikke")).to_be_hidden()
    expect(innhold(side)).to_be_focused()  # the button that had it is gone


def test_service_that_does_not_answer_is_told_and_can_be_asked_again(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    side = nettleser.vindu()
    side.request.post("/dev/velg-person", form={"fnr": DAGNY})
    side.route("**/bruker/api/graphql", lambda route: route.abort())
    side.goto(f"/sak?saksid={sak_id}")
    expect(innhold(side).get_by_role("alert")).to_contain_text("Vi får ikke hentet saken akkurat nå.")

    side.unroute("**/bruker/api/graphql")
    innhold(side).get_by_role("button", name="Prøv igjen").click()

    expect(side.get_by_role("heading", level=1)).to_have_text("Søknad om fritak")
    expect(innhold(side).get_by_role("button", name="Prøv igjen")).to_be_hidden()
    assert nettleser.feil and all("ERR_FAILED" in feil for feil in nettleser.feil)
    nettleser.feil.clear()


def test_link_to_a_sak_leads_there_also_for_who_must_log_in_first(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    side = nettleser.vindu()

    side.goto(f"/sak?saksid={sak_id}")
    side.get_by_role("button", name="Dagny Leder").click()

    expect(side.get_by_role("heading", level=1)).to_have_text("Søknad om fritak")
    expect(side).to_have_url(f"{tjeneste.url}/sak?saksid={sak_id}")


def test_who_comes_back_after_a_while_sees_what_is_new(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    side = nettleser.vindu()
    side.clock.install()
    side.request.post("/dev/velg-person", form={"fnr": DAGNY})
    side.goto(f"/sak?saksid={sak_id}")
    expect(side.get_by_role("heading", level=1)).to_have_text("Søknad om fritak")

    ny_oppgave(tjeneste, grupperingsid="sak-1", tekst="Svar nå")
    side.clock.fast_forward("01:01")
    side.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")

    expect(ting(side, "Svar nå").first).to_be_visible()


def test_narrow_screen_is_not_scrolled_sideways(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    sak_id = ny_sak(
        tjeneste,
        tittel=LANGT,
        lenke=SAKEN,
        nesteSteg=LANGT,
        tilleggsinformasjon=LANGT,
        overstyrStatustekstMed=LANGT,
    )["id"]
    ny_oppgave(tjeneste, grupperingsid="sak-1", tekst=LANGT, frist="2026-12-01")
    sted = {"adresse": LANGT, "postnummer": "8373", "poststed": LANGT}
    ny_kalenderavtale(tjeneste, tekst=LANGT, lokasjon=sted)

    side = aapne(nettleser, f"/sak?saksid={sak_id}", width=390, height=844)

    expect(ting(side, LANGT).first).to_be_visible()
    assert side.evaluate("document.documentElement.scrollWidth") == 390
