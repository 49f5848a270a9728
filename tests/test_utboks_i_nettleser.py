"""The outbox as people see it: what would have been sent, when and why then, whatever stands in it.

The service's clock stands at Saturday 28 November 2026, 14:30 in Oslo.
"""

from typing import Any

import pytest
from nettleser import Nettleser
from playwright.sync_api import Dialog, Locator, Page, expect
from produsent import ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak, paaminnelse_sms, sms
from tjeneste import Tjeneste

LANGT = "et_ord_uten_mellomrom_som_er_bredere_enn_skjermen_på_en_telefon_og_må_brytes"


@pytest.fixture(autouse=True)
def saturday_afternoon(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2026-11-28T14:30:00")


def epost(
    adresse: str = "post@bakeriet.example", *, tittel: str = "Ny oppgave", html: str = "<p>Logg inn for å se den.</p>"
) -> dict[str, Any]:
    return {
        "epost": {
            "mottaker": {"kontaktinfo": {"epostadresse": adresse}},
            "epostTittel": tittel,
            "epostHtmlBody": html,
            "sendetidspunkt": {"sendevindu": "LOEPENDE"},
        }
    }


def send(tjeneste: Tjeneste, *varsler: dict[str, Any], ekstern_id: str = "ekstern-1") -> str:
    """Order these with a beskjed, and let what can go now go. Returns the id of the beskjed."""
    notifikasjon_id: str = ny_beskjed(tjeneste, ekstern_id=ekstern_id, eksterneVarsler=list(varsler))["id"]
    tjeneste.utvikling("POST", "/dev/jobber")
    return notifikasjon_id


def aapne(nettleser: Nettleser, adresse: str = "/utboks", **vindu: int) -> Page:
    side = nettleser.vindu(**vindu)
    side.goto(adresse)
    expect(side.get_by_text("Henter meldinger")).to_be_hidden()
    return side


def brev(side: Page, mottaker: str = "") -> Locator:
    return side.get_by_role("article", name=mottaker)


def mottakere(side: Page) -> list[str]:
    return brev(side).get_by_role("heading", level=2).all_inner_texts()


def soek(side: Page) -> Locator:
    return side.get_by_role("searchbox", name="Søk i mottakere og tekster")


# ── Seeing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_empty_outbox_says_so_and_how_to_try_what_fails(nettleser: Nettleser) -> None:
    side = aapne(nettleser)

    expect(side.get_by_role("heading", name="Utboksen er tom")).to_be_visible()
    for tekst in ("0001", "feil@…", "0002", "midlertidig@…"):
        expect(side.get_by_text(tekst, exact=True)).to_be_visible()
    expect(side.get_by_role("button", name="Tøm utboksen")).to_be_hidden()


def test_sms_is_shown_with_whom_when_and_what(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    notifikasjon_id = send(tjeneste, sms("40000000", "Du har fått\nen <b>oppgave</b>."))

    side = aapne(nettleser)

    for tekst in ("SMS", "lørdag 28. november 2026 kl. 14.30", "Du har fått\nen <b>oppgave</b>.", "910825526"):
        expect(brev(side, "40000000")).to_contain_text(tekst)
    expect(brev(side, "40000000").get_by_text("Som planlagt")).to_be_visible()
    expect(side.get_by_role("status")).to_have_text("1 melding")
    expect(brev(side).get_by_role("link", name=notifikasjon_id)).to_be_visible()


def test_reason_for_its_time_is_told(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    send(
        tjeneste,
        sms("40000003", sendevindu="LOEPENDE"),
        sms("40000004", sendevindu="NKS_AAPNINGSTID"),
        sms("40000005", sendevindu="DAGTID_IKKE_SOENDAG"),
        sms("40000006", tidspunkt="2026-11-29T23:15:00"),
        sms("40000007", tidspunkt="2026-11-28T14:00:00"),
    )
    tjeneste.klokke("2026-12-01T12:00:00")

    side = aapne(nettleser)

    bestilt = "Bestilt lørdag 28. november 2026 kl. 14.30, da notifikasjonen ble opprettet"
    for mottaker, hvorfor in (
        ("40000003", "løpende: med en gang, hele døgnet."),
        ("40000004", "åpningstiden for NKS begynner mandag 30. november 2026 kl. 08.30."),
        ("40000005", "det er i dagtid utenom søndag (mandag–lørdag 09.00–16.00)."),
        ("40000006", "ønsket tidspunkt: søndag 29. november 2026 kl. 23.15."),
        ("40000007", "ønsket tidspunkt var passert: lørdag 28. november 2026 kl. 14.00."),
    ):
        expect(brev(side, mottaker).get_by_text(bestilt)).to_have_text(f"{bestilt}; {hvorfor}")
        expect(brev(side, mottaker).get_by_text("Som planlagt")).to_be_visible()


def test_sms_of_a_paaminnelse_says_that_it_is_one(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    varsler = [paaminnelse_sms("40000004"), paaminnelse_sms("40000005", sendevindu="NKS_AAPNINGSTID")]
    paaminnelse = {"tidspunkt": {"konkret": "2026-11-29T07:15:00"}, "eksterneVarsler": varsler}
    ny_oppgave(tjeneste, paaminnelse=paaminnelse)
    tjeneste.klokke("2026-12-01T12:00:00")

    side = aapne(nettleser)

    bestilt = "Påminnelse, bestilt lørdag 28. november 2026 kl. 14.30"
    expect(brev(side).get_by_text(f"{bestilt}; løpende: da påminnelsen kom.")).to_be_visible()
    expect(brev(side, "40000005")).to_contain_text(f"{bestilt}; første tid i åpningstiden for NKS")
    expect(brev(side, "40000005")).to_contain_text("mandag 30. november 2026 kl. 08.30")


def test_sms_of_a_changed_kalenderavtale_says_so(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_sak(tjeneste)
    avtale = ny_kalenderavtale(tjeneste)["id"]
    tjeneste.produsent(
        """
        mutation ($id: ID!, $varsler: [EksterntVarselInput!]!) {
            oppdaterKalenderavtale(id: $id, nyTekst: "Nytt møte", eksterneVarsler: $varsler) { __typename }
        }
        """,
        {"id": avtale, "varsler": [sms()]},
    )
    tjeneste.utvikling("POST", "/dev/jobber")

    side = aapne(nettleser)

    expect(brev(side)).to_contain_text("da kalenderavtalen ble endret; løpende")


def test_sms_that_got_through_at_the_third_attempt_is_late_and_says_so(
    tjeneste: Tjeneste, nettleser: Nettleser
) -> None:
    send(tjeneste, sms("40000002"))
    tjeneste.klokke("2026-11-28T15:00:00")

    side = aapne(nettleser)

    expect(brev(side, "40000002")).to_contain_text("Det gikk 1 minutt")
    expect(brev(side, "40000002")).to_contain_text("etter planen")
    expect(brev(side, "40000002").get_by_text("Som planlagt")).to_be_hidden()


def test_newest_is_on_top_and_the_rest_comes_on_demand(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    for nr in range(4):
        send(tjeneste, *(sms(f"400{nr}{i:04}") for i in range(10, 25)), ekstern_id=f"beskjed-{nr}")

    side = aapne(nettleser)

    expect(side.get_by_role("status")).to_have_text("60 meldinger")
    assert len(mottakere(side)) == 50
    assert mottakere(side)[0] == "40030024"
    side.get_by_role("button", name="Vis flere").click()
    assert len(mottakere(side)) == 60
    assert mottakere(side)[-1] == "40000010"
    expect(side.get_by_role("button", name="Vis flere")).to_be_hidden()


def test_new_message_comes_by_itself_and_takes_neither_focus_nor_text(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    send(tjeneste, sms("40000003", "Velkommen"))
    side = nettleser.vindu()
    side.clock.install()  # puts scripts into frames too, so there is no e-mail here
    side.goto("/utboks")
    soek(side).fill("e")
    gammelt = brev(side, "40000003").element_handle()
    assert gammelt is not None

    send(tjeneste, sms("40000004", "Enda en"), ekstern_id="ny")
    side.clock.fast_forward("00:06")

    expect(side.get_by_role("status")).to_have_text("2 meldinger")
    assert mottakere(side) == ["40000004", "40000003"]
    expect(soek(side)).to_be_focused()
    expect(soek(side)).to_have_value("e")
    assert gammelt.evaluate("(brev) => brev.isConnected")


# ── Searching ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_search_and_kanal_choose_and_are_in_the_address(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    send(
        tjeneste,
        sms("40000003", "Møtet er flyttet"),
        sms("40000004", "Signer avtalen"),
        epost("dagny@bakeriet.example", tittel="Møte", html="<p>Møtet er <b>avlyst</b>.</p>"),
        epost("regine@regnskap.example", tittel="Avtale", html="<p>Signer <i>avtalen</i> innen fredag.</p>"),
    )
    side = aapne(nettleser)
    assert len(mottakere(side)) == 4

    soek(side).fill("AVTALEN sig")
    expect(side.get_by_role("status")).to_have_text("2 av 4 meldinger")
    assert mottakere(side) == ["regine@regnskap.example", "40000004"]
    side.get_by_role("radio", name="E-post").check(force=True)
    assert mottakere(side) == ["regine@regnskap.example"]
    expect(side).to_have_url(f"{tjeneste.url}/utboks?soek=AVTALEN+sig&kanal=EPOST")

    side.reload()
    expect(soek(side)).to_have_value("AVTALEN sig")
    expect(side.get_by_role("radio", name="E-post")).to_be_checked()
    expect(side.get_by_role("status")).to_have_text("1 av 4 meldinger")

    soek(side).fill("finnes ikke")
    expect(side.get_by_text("Ingen meldinger passer med søket.")).to_be_visible()
    side.get_by_role("button", name="Vis alle meldinger").click()
    assert len(mottakere(side)) == 4
    expect(side).to_have_url(f"{tjeneste.url}/utboks")


def test_notifikasjon_leads_to_all_its_messages(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    send(tjeneste, sms("40000003"), sms("40000004"))
    notifikasjon_id = send(tjeneste, sms("40000005"), sms("40000006"), ekstern_id="en annen")
    side = aapne(nettleser)

    brev(side, "40000005").get_by_role("link", name=notifikasjon_id).click()

    expect(side.get_by_role("status")).to_have_text("2 av 4 meldinger")
    assert mottakere(side) == ["40000006", "40000005"]


# ── What stands in an e-mail ──────────────────────────────────────────────────────────────────────────────────────


def test_email_is_shown_in_a_frame_without_rights(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    send(tjeneste, epost(tittel="Ny oppgave", html="<h1>Hei</h1><p>Du har <b>en oppgave</b> &amp; en frist.</p>"))

    side = aapne(nettleser)

    ramme = brev(side).locator("iframe")
    assert ramme.get_attribute("sandbox") == ""
    assert ramme.get_attribute("title") == "Innholdet i e-posten: Ny oppgave"
    expect(brev(side).get_by_role("heading", name="Ny oppgave")).to_be_visible()
    expect(ramme.content_frame.get_by_role("heading", name="Hei")).to_be_visible()
    expect(ramme.content_frame.get_by_text("Du har en oppgave & en frist.")).to_be_visible()
    expect(ramme.content_frame.get_by_text("en oppgave", exact=True)).to_have_css("font-weight", "700")
    assert ramme.content_frame.locator("html").evaluate("(html) => html.scrollHeight <= innerHeight")


def test_hostile_email_does_nothing_and_its_words_are_shown(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ondsinnet = """
        <html><head><style>p { display: none }</style><meta http-equiv="refresh" content="0;url=https://eksempel.no/1">
        <base href="https://eksempel.no/"></head>
        <body onload="alert(1)" style="background: url(https://eksempel.no/2)">
        <script>top.document.title = 'tatt'; alert(2)</script>
        <img src="https://eksempel.no/3.png" onerror="alert(3)" alt="Logoen">
        <svg onload="alert(4)"><script>alert(5)</script></svg>
        <iframe src="https://eksempel.no/6"></iframe><object data="https://eksempel.no/7"></object>
        <a href="javascript:alert(8)">Trykk her</a> <a href="https://eksempel.no/9" target="_top">Les mer</a>
        <form action="https://eksempel.no/10"><input name="pin"><button>Send</button></form>
        <p style="color: red">Du har en oppgave.</p>
        </body></html>"""
    send(tjeneste, epost(html=ondsinnet))
    side = nettleser.vindu()
    dialoger: list[str] = []
    adresser: list[str] = []

    def lukk(dialog: Dialog) -> None:
        dialoger.append(dialog.message)
        dialog.dismiss()

    side.on("dialog", lukk)
    side.on("request", lambda request: adresser.append(request.url))

    side.goto("/utboks")
    innhold = brev(side).locator("iframe").content_frame
    expect(innhold.get_by_text("Du har en oppgave.")).to_be_visible()
    expect(innhold.get_by_text("[Logoen]")).to_be_visible()
    innhold.get_by_text("Trykk her (javascript:alert(8))").click()
    innhold.get_by_text("Les mer (https://eksempel.no/9)").click()
    side.get_by_text("Vis kilden").click()
    expect(side.get_by_text("Vises uten stiler, skript, bilder")).to_be_visible()
    expect(side.get_by_text("top.document.title = 'tatt'")).to_be_visible()

    assert innhold.locator("script, img, style, svg, iframe, form, input, [href]:not(link), [onload]").count() == 0
    assert dialoger == []
    assert [adresse for adresse in adresser if not adresse.startswith((tjeneste.url, "about:"))] == []
    assert (side.title(), side.url) == ("Utboks – Notifikasjoner for arbeidsgivere", f"{tjeneste.url}/utboks")
    assert nettleser.feil == []


HTML = [
    ("bare tekst", "bare tekst"),
    ("1 < 2 &lt; 3 > 2", "1 &lt; 2 &lt; 3 &gt; 2"),
    ("<P Class=x>a</P  >", "<p>a</p>"),
    ("<ul><li>a<li>b</ul>", "<ul><li>a<li>b</ul>"),
    ("<td colspan='2' width=3>a</td>", '<td colspan="2">a</td>'),
    ('<td colspan="2&quot;<x>">a', '<td colspan="2&quot;&lt;x&gt;">a'),
    ("<b title='>' onclick=\"a>b\">a</b>", "<b>a</b>"),
    ("<b/onclick=x/>a</b>", "<b>a</b>"),
    ("a<!-- <b> --><!-->b<!--->c", "abc"),
    ("a<!doctype html><?xml?></ b>c", "ac"),
    ("a<!-- aldri lukket <b>", "a"),
    ("a<b title='aldri lukket>c", "a"),
    ("a<script>b</scriptet></b></SCRIPT >c", "ac"),
    ("a<textarea><b></textarea>c<title>d</title>", "ac"),
    ("a<style>b", "a"),
    ("<ukjent>a</ukjent>", "a"),
    ("<img alt='et \"<b>\"'>", "[et &quot;&lt;b&gt;&quot;]"),
    ("<a href=https://x.no>her</a>", "<a>her (https://x.no)</a>"),
    ("<a href=https://x.no>https://x.no</a>", "<a>https://x.no</a>"),
    ("<a name=topp>her</a>", "<a>her</a>"),
    ("&<i>lt;script&gt;</i>", "&<i>lt;script&gt;</i>"),
    ("<scr<script>ipt>a</script>b", "ipt&gt;ab"),
    ("<svg><p>a</p><style><img src=x onerror=y></style></svg>", "<p>a</p>"),
    ("a\u00a0<\u00a0b>", "a\u00a0&lt;\u00a0b&gt;"),
]


def test_html_is_made_harmless(nettleser: Nettleser) -> None:
    side = aapne(nettleser)

    rens = (
        "async (alle) => { const { rens } = await import('/static/epost.js'); return alle.map((h) => rens(h).html); }"
    )
    assert list(zip((html for html, _ in HTML), side.evaluate(rens, [html for html, _ in HTML]), strict=True)) == HTML


def test_altinn_message_has_both_an_email_and_an_sms(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    send(
        tjeneste,
        {
            "altinnressurs": {
                "mottaker": {"ressursId": "test-fager"},
                "epostTittel": "Til alle",
                "epostHtmlBody": "<p>Se Min side.</p>",
                "smsTekst": "Se Min side på nett.",
                "sendetidspunkt": {"sendevindu": "LOEPENDE"},
            }
        },
    )

    side = aapne(nettleser)

    expect(brev(side, "Alle med tilgangen test-fager")).to_contain_text("Altinn")
    expect(brev(side).locator("iframe").content_frame.get_by_text("Se Min side.")).to_be_visible()
    expect(brev(side).get_by_text("Se Min side på nett.")).to_be_visible()


# ── Emptying, failing and small screens ───────────────────────────────────────────────────────────────────────────


def test_outbox_is_emptied_by_keyboard_after_a_question(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    send(tjeneste, sms("40000003"), sms("40000004"))
    side = aapne(nettleser)
    knapp = side.get_by_role("button", name="Tøm utboksen")
    spoersmaal = side.get_by_role("dialog", name="Tømme utboksen?")

    knapp.focus()
    side.keyboard.press("Enter")
    expect(spoersmaal).to_contain_text("2 meldinger blir borte herfra.")
    expect(spoersmaal.get_by_role("button", name="Avbryt")).to_be_focused()
    side.keyboard.press("Escape")
    expect(spoersmaal).to_be_hidden()
    expect(knapp).to_be_focused()
    assert len(tjeneste.utvikling("GET", "/dev/utboks")) == 2

    for tast in ("Enter", "Tab", "Enter"):
        side.keyboard.press(tast)
    expect(side.get_by_role("heading", name="Utboksen er tom")).to_be_visible()
    expect(side.get_by_role("main")).to_be_focused()
    expect(brev(side)).to_have_count(0)
    assert tjeneste.utvikling("GET", "/dev/utboks") == []


def test_service_that_does_not_answer_is_told_and_asked_again(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    send(tjeneste, sms("40000003"))
    side = nettleser.vindu()
    side.clock.install()
    side.route("**/dev/utboks", lambda route: route.abort())
    side.goto("/utboks")
    expect(side.get_by_role("alert")).to_contain_text("Vi får ikke hentet meldingene.")
    expect(side.get_by_text("Utboksen er tom")).to_be_hidden()

    side.unroute("**/dev/utboks")
    side.clock.fast_forward("00:06")

    expect(brev(side, "40000003")).to_be_visible()
    expect(side.get_by_role("alert")).to_be_hidden()
    assert nettleser.feil and all("ERR_FAILED" in feil for feil in nettleser.feil)
    nettleser.feil.clear()


def test_emptying_that_fails_stays_told_until_it_is_tried_again(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    send(tjeneste, sms("40000003"))
    side = nettleser.vindu()
    side.clock.install()
    side.goto("/utboks")
    side.route("**/dev/utboks", lambda route: route.abort() if route.request.method == "DELETE" else route.continue_())
    side.get_by_role("button", name="Tøm utboksen").click()
    side.get_by_role("button", name="Ja, tøm").click()
    expect(side.get_by_text("Vi fikk ikke tømt utboksen.")).to_be_visible()
    with side.expect_response("**/dev/utboks"):
        side.clock.run_for(5_000)
    expect(side.get_by_text("Vi fikk ikke tømt utboksen.")).to_be_visible()

    side.unroute("**/dev/utboks")
    side.get_by_role("button", name="Tøm utboksen").click()
    side.get_by_role("button", name="Ja, tøm").click()
    expect(side.get_by_text("Utboksen er tom")).to_be_visible()
    expect(side.get_by_text("Vi fikk ikke tømt utboksen.")).to_be_hidden()
    nettleser.feil.clear()


def test_national_id_in_the_search_stays_out_of_the_address(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    send(tjeneste, sms("40000003"))
    side = aapne(nettleser, "/utboks?soek=Hei")
    soek(side).fill("019277 12344")
    expect(side).to_have_url(f"{tjeneste.url}/utboks")


def test_narrow_screen_is_not_scrolled_sideways(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    bred = f"<table><tr><td>{LANGT}</td><td>{LANGT}</td></tr></table><pre>{LANGT}{LANGT}</pre>"
    send(tjeneste, sms("40000003", LANGT), epost(f"{'a' * 60}@bakeriet.example", tittel=LANGT, html=bred))

    side = aapne(nettleser, width=390, height=844)

    side.get_by_text("Vis kilden").click()
    assert side.evaluate("document.documentElement.scrollWidth") == 390
    for tekst in brev(side).all():
        assert tekst.evaluate("(brev) => brev.scrollWidth <= brev.clientWidth")
