"""The React bell from npm (@navikt/arbeidsgiver-notifikasjon-widget 7.2.3) against the real server, in Chromium.

It is built by npm.py, and served on our origin, as front ends on the platform do.
Version 8 is not on npm: of that one, what it sends.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bruker import bjella
from playwright.sync_api import Browser, Locator, Page, Response, Route, expect
from produsent import mutasjon, ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak
from tjeneste import BAKERIET, DAGNY, Tjeneste

SIDE = "/npm-bjelle"
HTML = f"""<!doctype html><html lang="nb"><meta charset="utf-8"><title>Min side</title>
    <link rel="icon" href="/static/ikon.svg"><link rel="stylesheet" href="{SIDE}/bjelle.css">
    <body><div id="bjelle" style="float: right"></div><script src="{SIDE}/bjelle.js"></script></body></html>"""


@pytest.fixture
def side(tjeneste: Tjeneste, chromium: Browser, fra_npm: Path) -> Iterator[Page]:
    """Dagny's page with the React bell. The server answers all that it asks, and it complains of nothing but itself."""
    tjeneste.klokke("2026-11-25T10:00:00+01:00")
    tjeneste.tilgang(DAGNY, BAKERIET)
    context = chromium.new_context(base_url=tjeneste.url, timezone_id="Europe/Oslo")  # it shows the browser's own time
    side = context.new_page()
    side.clock.set_fixed_time("2026-11-25T10:00:00+01:00")
    svar: list[Response] = []
    feil: list[str] = []
    side.on("response", lambda et: svar.append(et))
    side.on("console", lambda melding: feil.append(melding.text) if melding.type in ("error", "warning") else None)
    side.on("pageerror", lambda et: feil.append(str(et)))

    def server(route: Route) -> None:
        fil = fra_npm / route.request.url.rpartition("/")[2]
        if fil.suffix in (".js", ".css"):
            route.fulfill(path=fil)
        else:
            route.fulfill(body=HTML, content_type="text/html; charset=utf-8")

    side.route(f"**{SIDE}/**", server)
    side.request.post("/dev/velg-person", form={"fnr": DAGNY})
    yield side
    context.close()
    assert svar and all(et.status == 200 and et.url.startswith(tjeneste.url) for et in svar)
    assert [et for et in feil if "go.apollo.dev/c/err" not in et] == []  # Apollo's words on how it uses Apollo


def aapne(side: Page) -> None:
    with side.expect_response("**/bruker/api/graphql"):
        side.goto(f"{SIDE}/")


def bjelle(side: Page, nye: int) -> Locator:
    return side.get_by_role("button", name=f"Dine varsler, {nye} nye.", exact=True)


def varsler(side: Page) -> Locator:
    return side.get_by_role("dialog").get_by_role("article")


def test_number_is_shown_until_the_bell_is_opened_also_after_a_reload(tjeneste: Tjeneste, side: Page) -> None:
    ny_oppgave(tjeneste, ekstern_id="oppgave", tekst="Signer avtalen")
    ny_beskjed(tjeneste, ekstern_id="beskjed", tekst="Velkommen")
    aapne(side)
    expect(bjelle(side, 2)).to_be_visible()
    expect(bjelle(side, 2)).to_contain_text("2")

    bjelle(side, 2).click()
    expect(varsler(side)).to_have_count(2)
    expect(bjelle(side, 0)).to_be_visible()

    aapne(side)
    expect(bjelle(side, 0)).to_be_visible()
    tjeneste.klokke("2026-11-25T10:05:00+01:00")
    ny_beskjed(tjeneste, ekstern_id="ny")
    aapne(side)
    expect(bjelle(side, 1)).to_be_visible()


def test_each_kind_is_shown_with_its_texts_the_newest_first(tjeneste: Tjeneste, side: Page) -> None:
    ny_sak(tjeneste, grupperingsid="sak-1", tittel="Oppfølging av Minni", tilleggsinformasjon="Født 120489")
    ny_beskjed(tjeneste, ekstern_id="1", tekst="Velkommen", opprettet="2026-11-25T05:05:00+01:00")
    ny_oppgave(
        tjeneste, ekstern_id="2", tekst="Signer avtalen", frist="2026-11-30", opprettet="2026-11-25T06:05:00+01:00"
    )
    ny_oppgave(tjeneste, ekstern_id="3", tekst="Send skjemaet", opprettet="2026-11-25T07:05:00+01:00")
    ny_oppgave(tjeneste, ekstern_id="4", tekst="For sent", opprettet="2026-11-25T08:05:00+01:00")
    ny_kalenderavtale(
        tjeneste,
        eksternId="5",
        tekst="Dialogmøte",
        startTidspunkt="2026-11-28T07:10:00+01:00",
        sluttTidspunkt="2026-11-28T08:10:00+01:00",
    )
    for ekstern_id, felt in (("3", "oppgaveUtfoertByEksternId_V2"), ("4", "oppgaveUtgaattByEksternId")):
        mutasjon(tjeneste, felt, f'merkelapp: "fager", eksternId: "{ekstern_id}"')

    aapne(side)
    bjelle(side, 5).click()  # all, as nothing is known to have been read

    vist = [" ".join(et.split()) for et in varsler(side).all_inner_texts()]
    for et, ventet in zip(
        vist,
        (
            ("Oppfølging av Minni", "Født 120489", "Dialogmøte", "28. november kl. ", "Svar på invitasjonen"),
            ("For sent", "Utgått i dag"),
            ("Send skjemaet", "Utført i dag"),
            ("Signer avtalen", "Frist 30. nov. 2026"),
            ("Velkommen",),
        ),
        strict=True,
    ):
        for tekst in ("BAKERIET AS", *ventet):
            assert tekst in et


def test_click_is_remembered(tjeneste: Tjeneste, side: Page) -> None:
    ny_oppgave(tjeneste, tekst="Signer avtalen", lenke=f"{tjeneste.url}{SIDE}/?avtalen")
    aapne(side)
    bjelle(side, 1).click()
    expect(varsler(side)).to_contain_text("Ikke besøkt")

    varsler(side).get_by_text("Signer avtalen").click()
    side.wait_for_url("**/?avtalen")
    assert bjella(tjeneste)[0]["brukerKlikk"]["klikketPaa"] is True

    aapne(side)
    bjelle(side, 0).click()
    expect(varsler(side)).to_contain_text("Signer avtalen")
    expect(varsler(side)).not_to_contain_text("Ikke besøkt")


def test_trouble_in_altinn_is_told(tjeneste: Tjeneste, side: Page) -> None:
    tjeneste.naermeste_leder(leder=DAGNY)
    ny_beskjed(tjeneste, mottakere=[{"naermesteLeder": {"naermesteLederFnr": DAGNY, "ansattFnr": "01927712344"}}])
    tjeneste.tilgang(DAGNY, isError=True)
    aapne(side)

    bjelle(side, 1).click()

    expect(side.get_by_text("Vi opplever ustabilitet med Altinn")).to_be_visible()
    expect(varsler(side)).to_have_count(1)


def test_version_eight_keeps_sist_lest_at_the_server(tjeneste: Tjeneste) -> None:
    def send(operasjon: str, dokument: str, variables: dict[str, str]) -> dict[str, str | None]:
        bibliotek = {"name": "@apollo/client", "version": "4.1.6"}
        svar = tjeneste.http.post(
            f"{tjeneste.url}/bruker/api/graphql",
            json={
                "operationName": operasjon,
                "variables": variables,
                "extensions": {"clientLibrary": bibliotek},
                "query": dokument,
            },
            headers={
                "Accept": "application/graphql-response+json,application/json;q=0.9",
                "Authorization": f"Bearer {tjeneste.token(bruker=DAGNY)}",
            },
            timeout=10,
        )
        assert svar.status_code == 200
        lest: dict[str, str | None] = svar.json()["data"]["notifikasjonerSistLest"]
        return lest

    hent = """query notifikasjonerSistLest {
        notifikasjonerSistLest { ... on NotifikasjonerSistLest { tidspunkt __typename } __typename }
    }"""
    sett = """mutation notifikasjonerSistLest($tidspunkt: ISO8601DateTime!) {
        notifikasjonerSistLest(tidspunkt: $tidspunkt) { tidspunkt __typename }
    }"""
    lest = {"tidspunkt": "2026-11-25T09:00:00Z", "__typename": "NotifikasjonerSistLest"}

    assert send("notifikasjonerSistLest", hent, {}) == lest | {"tidspunkt": None}
    assert send("notifikasjonerSistLest", sett, {"tidspunkt": "2026-11-25T09:00:00Z"}) == lest
    assert send("notifikasjonerSistLest", hent, {}) == lest
