"""The page that moves the clock: what it shows, where it moves to, and what it tells of the way there.

The service's clock stands at Wednesday 25 November 2026, 10:00 in Oslo, unless the test lets it go.
"""

import re

import pytest
from nettleser import Nettleser
from playwright.sync_api import APIResponse, Locator, Page, Route, expect
from produsent import ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak, paaminnelse_sms, sms
from tjeneste import DAGNY, Tjeneste

KLOKKESLETT = re.compile(r"\d\d\.\d\d\.\d\d")


@pytest.fixture(autouse=True)
def wednesday_morning(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2026-11-25T10:00:00+01:00")


@pytest.fixture
def side(nettleser: Nettleser) -> Page:
    page = nettleser.vindu()
    aapne(page)
    return page


def aapne(side: Page) -> None:
    side.goto("/klokke")
    expect(ur(side)).to_contain_text(KLOKKESLETT)


def ur(side: Page) -> Locator:
    return side.get_by_role("region", name="Klokken nå")


def knapp(side: Page, navn: str) -> Locator:
    return side.get_by_role("button", name=navn, exact=True)


def status(side: Page) -> Locator:
    return side.get_by_role("status")


def hendt(side: Page) -> list[str]:
    """What the move that has just ended has passed, in the order in which it happened."""
    region = side.get_by_role("region", name="Dette skjedde på veien")
    expect(region).to_be_visible()
    return [" ".join(tekst.split()) for tekst in region.get_by_role("listitem").all_inner_texts()]


def tid(tjeneste: Tjeneste) -> tuple[str, bool]:
    klokke = tjeneste.utvikling("GET", "/dev/klokke")
    return klokke["tid"], klokke["stoppet"]


# ── Seeing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_clock_is_shown_in_oslo_with_its_weekday(side: Page) -> None:
    expect(ur(side)).to_contain_text("onsdag 25. november 2026")
    expect(ur(side)).to_contain_text("10.00.00")
    expect(ur(side)).to_contain_text("Klokken er stoppet")
    expect(ur(side)).to_contain_text("Ingenting er bestilt frem i tid.")


def test_next_thing_is_told_with_how_long_it_is_until_then(tjeneste: Tjeneste, side: Page) -> None:
    ny_oppgave(tjeneste, frist="2026-11-27")

    side.reload()

    expect(ur(side)).to_contain_text("Neste ting skjer lørdag 28. november 2026 kl. 00.00, om 2 dager og 14 timer.")


def test_clock_that_goes_is_seen_to_go(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    tjeneste.utvikling("DELETE", "/dev/klokke")
    side = nettleser.vindu()
    side.clock.install()
    aapne(side)
    expect(ur(side)).to_contain_text("Klokken går")
    foer = ur(side).inner_text()

    side.clock.run_for("00:03")

    expect(ur(side)).not_to_have_text(foer)


def test_clock_that_somebody_else_moves_is_seen_to_move(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    side = nettleser.vindu()
    side.clock.install()
    aapne(side)

    tjeneste.klokke("2027-02-01T07:15:00+01:00")
    side.clock.fast_forward("00:06")

    expect(ur(side)).to_contain_text("mandag 1. februar 2027")
    expect(ur(side)).to_contain_text("07.15.00")


# ── Moving ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_week_forward_tells_of_the_paaminnelse_its_sms_and_the_expired_oppgave(
    tjeneste: Tjeneste, side: Page
) -> None:
    ny_oppgave(
        tjeneste,
        tekst="Signer avtalen",
        frist="2026-11-30",
        paaminnelse={
            "tidspunkt": {"konkret": "2026-11-28T07:30:00"},
            "eksterneVarsler": [paaminnelse_sms(sendevindu="NKS_AAPNINGSTID")],
        },
    )

    knapp(side, "1 uke frem").click()

    expect(status(side)).to_have_text(
        "Klokken er stilt til onsdag 2. desember 2026 kl. 10.00. 3 ting skjedde. SMS og e-post ligger i utboksen."
    )
    assert hendt(side) == [
        "07.30 Påminnelse ble sendt Signer avtalen fager",
        "08.30 SMS eller e-post ble sendt Signer avtalen fager",
        "00.00 Oppgaven gikk ut Signer avtalen fager",
    ]
    dager = [overskrift.lower() for overskrift in side.get_by_role("heading", level=3).all_inner_texts()]
    assert dager == ["lørdag 28. november 2026", "mandag 30. november 2026", "tirsdag 1. desember 2026"]
    expect(ur(side)).to_contain_text("onsdag 2. desember 2026")
    assert tid(tjeneste) == ("2026-12-02T09:00:00Z", True)
    assert tjeneste.rader("SELECT tilstand FROM notifikasjon") == [("UTGAATT",)]


def test_kalenderavtale_that_is_held_and_what_is_deleted_are_told(tjeneste: Tjeneste, side: Page) -> None:
    ny_sak(tjeneste)
    ny_kalenderavtale(tjeneste, tekst="Dialogmøte", startTidspunkt="2026-11-25T13:00")
    ny_beskjed(tjeneste, hard_delete={"den": "2026-11-26T09:00:00"})

    knapp(side, "1 døgn frem").click()

    expect(status(side)).to_contain_text("2 ting skjedde.")
    assert hendt(side) == ["13.00 Kalenderavtalen ble avholdt Dialogmøte fager", "09.00 Slettet"]


def test_move_on_which_nothing_happens_says_so(tjeneste: Tjeneste, side: Page) -> None:
    knapp(side, "1 time frem").click()

    expect(status(side)).to_have_text(
        "Klokken er stilt til onsdag 25. november 2026 kl. 11.00. Ingenting skjedde på veien."
    )
    expect(side.get_by_text("Dette skjedde på veien")).to_be_hidden()
    assert tid(tjeneste) == ("2026-11-25T10:00:00Z", True)


def test_next_thing_is_moved_to_until_there_is_none(tjeneste: Tjeneste, side: Page) -> None:
    ny_oppgave(tjeneste, frist="2026-11-27", paaminnelse={"tidspunkt": {"konkret": "2026-11-26T08:00:00"}})
    side.reload()

    knapp(side, "Til neste ting som skjer").click()
    expect(status(side)).to_contain_text("torsdag 26. november 2026 kl. 08.00")
    assert hendt(side) == ["08.00 Påminnelse ble sendt Gå og gjør det fager"]
    assert tid(tjeneste) == ("2026-11-26T07:00:00Z", True)

    knapp(side, "Til neste ting som skjer").click()
    expect(status(side)).to_contain_text("lørdag 28. november 2026 kl. 00.00")
    assert hendt(side) == ["00.00 Oppgaven gikk ut Gå og gjør det fager"]
    assert tid(tjeneste) == ("2026-11-27T23:00:00Z", True)

    expect(knapp(side, "Til neste ting som skjer")).to_be_disabled()
    expect(ur(side)).to_contain_text("Ingenting er bestilt frem i tid.")


def test_attempt_to_send_that_fails_is_told_as_one(tjeneste: Tjeneste, side: Page) -> None:
    ny_oppgave(tjeneste, eksterneVarsler=[sms("40000002")])
    tjeneste.utvikling("POST", "/dev/jobber")
    side.reload()

    knapp(side, "Til neste ting som skjer").click()

    expect(status(side)).to_contain_text("Et forsøk på å sende lyktes ikke; det prøves igjen.")


def test_clock_is_set_to_a_time_in_oslo(tjeneste: Tjeneste, side: Page) -> None:
    side.get_by_label("Dato og klokkeslett (norsk tid)").fill("2027-07-01T08:00")
    knapp(side, "Still klokken").click()
    expect(status(side)).to_contain_text("Klokken er stilt til torsdag 1. juli 2027 kl. 08.00.")
    assert tid(tjeneste) == ("2027-07-01T06:00:00Z", True)

    side.get_by_label("Dato og klokkeslett (norsk tid)").fill("2026-11-25T10:00")
    knapp(side, "Still klokken").click()
    expect(status(side)).to_contain_text("Klokken er stilt tilbake til onsdag 25. november 2026 kl. 10.00.")
    assert tid(tjeneste) == ("2026-11-25T09:00:00Z", True)


def test_half_a_time_is_asked_for_again(tjeneste: Tjeneste, side: Page) -> None:
    felt = side.get_by_label("Dato og klokkeslett (norsk tid)")
    felt.fill("")

    knapp(side, "Still klokken").click()

    expect(felt).to_be_focused()
    expect(felt).to_have_attribute("aria-invalid", "true")
    expect(side.get_by_text("Velg både dato og klokkeslett.")).to_be_visible()
    assert tid(tjeneste) == ("2026-11-25T09:00:00Z", True)


def test_real_time_is_gone_back_to(tjeneste: Tjeneste, side: Page) -> None:
    knapp(side, "Tilbake til virkelig tid").click()

    expect(status(side)).to_contain_text("Klokken følger virkelig tid igjen")
    expect(ur(side)).to_contain_text("Klokken går")
    expect(knapp(side, "Tilbake til virkelig tid")).to_be_disabled()
    assert tid(tjeneste)[1] is False


def test_more_events_than_one_answer_holds_are_all_listed(tjeneste: Tjeneste, side: Page) -> None:
    paaminnelse = {"tidspunkt": {"konkret": "2026-11-26T08:00:00"}}
    for nr in range(101):
        ny_oppgave(tjeneste, ekstern_id=f"oppgave-{nr}", frist="2026-11-27", paaminnelse=paaminnelse)

    knapp(side, "1 uke frem").click()

    expect(status(side)).to_contain_text("202 ting skjedde.")
    assert len(hendt(side)) == 202


# ── Waiting, failing, keys and small screens ──────────────────────────────────────────────────────────────────────


def test_nothing_else_can_be_pressed_while_the_clock_moves(tjeneste: Tjeneste, side: Page) -> None:
    underveis: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            underveis.append(route)
        else:
            route.continue_()

    side.route("**/dev/klokke", hold)
    knapp(side, "1 time frem").click()
    expect(status(side)).to_have_text("Flytter klokken …")
    for navn in ("Til neste ting som skjer", "1 time frem", "1 døgn frem", "Still klokken", "Tilbake til virkelig tid"):
        expect(knapp(side, navn)).to_be_disabled()
    knapp(side, "1 time frem").click(force=True)
    knapp(side, "1 døgn frem").click(force=True)

    underveis[0].continue_()

    expect(status(side)).to_contain_text("Klokken er stilt til onsdag 25. november 2026 kl. 11.00.")
    expect(knapp(side, "1 time frem")).to_be_enabled()
    assert len(underveis) == 1
    assert tid(tjeneste) == ("2026-11-25T10:00:00Z", True)


def test_service_that_does_not_answer_is_told(nettleser: Nettleser, side: Page) -> None:
    side.route("**/dev/klokke", lambda route: route.abort())

    knapp(side, "1 time frem").click()

    expect(status(side)).to_contain_text("Vi fikk ikke flyttet klokken.")
    expect(knapp(side, "1 time frem")).to_be_enabled()
    side.unroute("**/dev/klokke")
    knapp(side, "1 time frem").click()
    expect(status(side)).to_contain_text("Klokken er stilt til onsdag 25. november 2026 kl. 11.00.")
    assert nettleser.feil and all("ERR_FAILED" in feil for feil in nettleser.feil)
    nettleser.feil.clear()


def test_time_that_is_written_is_not_taken_away_by_the_next_look(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    side = nettleser.vindu()
    side.clock.install()
    side.goto("/klokke")
    expect(ur(side)).to_contain_text(KLOKKESLETT)
    felt = side.get_by_label("Dato og klokkeslett")
    felt.fill("2026-12-24T17:00")
    knapp(side, "Still klokken").focus()
    tjeneste.klokke("2026-11-25T10:30:00+01:00")
    side.clock.run_for(5_000)
    expect(ur(side)).to_contain_text("10.30")
    expect(felt).to_have_value("2026-12-24T17:00")

    side.keyboard.press("Enter")
    expect(ur(side)).to_contain_text("17.00")
    tjeneste.klokke("2026-12-24T18:00:00+01:00")
    side.clock.run_for(5_000)
    expect(felt).to_have_value("2026-12-24T18:00")  # used, so it follows the clock again


def test_move_without_an_answer_is_not_told_as_one_that_was_not_made(nettleser: Nettleser, side: Page) -> None:
    side.route("**/dev/klokke", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    knapp(side, "1 time frem").click()
    expect(status(side)).to_contain_text("vet ikke om klokken er flyttet")
    side.unroute("**/dev/klokke")

    side.route("**/dev/hendelser?**", lambda route: route.abort())
    knapp(side, "1 time frem").click()
    expect(status(side)).to_have_text(
        "Klokken er stilt til onsdag 25. november 2026 kl. 11.00. Vi får ikke hentet hva som skjedde på veien."
    )
    nettleser.feil.clear()


def test_look_from_before_a_move_does_not_turn_the_clock_back(nettleser: Nettleser) -> None:
    side = nettleser.vindu()
    side.clock.install()
    side.goto("/klokke")
    expect(ur(side)).to_contain_text(KLOKKESLETT)
    holdt: list[tuple[Route, APIResponse]] = []
    side.route("**/dev/klokke", lambda route: holdt.append((route, route.fetch())) if not holdt else route.continue_())
    side.clock.run_for(5_000)
    while not holdt:
        side.wait_for_timeout(10)
    knapp(side, "1 time frem").click()
    expect(ur(side)).to_contain_text("11.00")

    route, svar = holdt[0]
    with side.expect_response("**/dev/klokke"):
        route.fulfill(response=svar)
    side.evaluate("() => fetch('/dev/forfall')")  # when that is answered, the one before has been read
    assert "11.00" in ur(side).inner_text()  # at once: the next look would put it right


def test_keyboard_moves_the_clock_and_keeps_its_place(tjeneste: Tjeneste, side: Page) -> None:
    knapp(side, "1 time frem").focus()
    for time in ("11.00", "12.00"):
        side.keyboard.press("Enter")
        expect(status(side)).to_contain_text(f"kl. {time}.")
        expect(knapp(side, "1 time frem")).to_be_focused()

    side.keyboard.press("Tab")
    expect(knapp(side, "1 døgn frem")).to_be_focused()


def test_narrow_screen_is_not_scrolled_sideways(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_oppgave(
        tjeneste,
        tekst="et_ord_uten_mellomrom_som_er_bredere_enn_skjermen_på_en_telefon_og_må_brytes",
        frist="2026-11-25",
    )
    side = nettleser.vindu(width=390, height=844)
    aapne(side)

    knapp(side, "Til neste ting som skjer").click()

    expect(status(side)).to_contain_text("1 ting skjedde.")
    assert side.evaluate("document.documentElement.scrollWidth") == 390


def test_navigation_is_the_same_on_all_pages(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    side = nettleser.vindu()
    side.request.post("/dev/velg-person", form={"fnr": DAGNY})
    steder = {
        "/": "Velg person",
        "/min-side": "Min side",
        "/saksoversikt": "Saksoversikt",
        "/verksted": "Verksted",
        "/utboks": "Utboks",
        "/klokke": "Klokke",
        "/api": "API",
    }
    for adresse, her in steder.items():
        side.goto(adresse)
        lenker = side.get_by_role("navigation", name="Hovedmeny").get_by_role("link")
        assert lenker.all_inner_texts() == list(steder.values())
        assert [lenke.inner_text() for lenke in lenker.all() if lenke.get_attribute("aria-current") == "page"] == [her]

    lenker.filter(has_text="Utboks").click()
    expect(side).to_have_url(f"{tjeneste.url}/utboks")
