"""The workbench as people use it: be a producer, send, see the answer, what was made, and who can see it.

Forms, requests and answers are the page's own; whether a document is right is asked of graphql-core and of the service.
"""

import json
import re
import subprocess
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate
from graphql.execution.values import get_variable_values
from graphql.language import OperationDefinitionNode
from nettleser import Nettleser
from playwright.sync_api import Locator, Page, Request, Route, expect
from produsent import ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak
from tjeneste import BAKERIET, DAGNY, FAGER, ROOT, TILTAK, Tjeneste

SKJEMA: GraphQLSchema = build_schema((ROOT / "server" / "produsent.graphql").read_text(encoding="utf-8"))
VELG_EN = {
    "MottakerInput", "EksterntVarselInput", "PaaminnelseEksterntVarselInput", "SendetidspunktInput",
    "PaaminnelseTidspunktInput", "FutureTemporalInput",
}  # fmt: skip
assert SKJEMA.mutation_type
MUTASJONER = list(SKJEMA.mutation_type.fields)
FIENDTLIG = """<img src=x onerror="document.title='tatt'"><b>"'&amp;"""


@pytest.fixture(autouse=True)
def dagny_sees_the_bakery(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)


def aapne(nettleser: Nettleser, mutasjon: str = "nyOppgave", produsent: str = "fager", **vindu: int) -> Page:
    side = nettleser.vindu(**vindu)
    side.goto(f"/verksted?produsent={produsent}&mutasjon={mutasjon}")
    expect(tittel(side)).to_have_text(mutasjon)
    return side


def tittel(side: Page) -> Locator:
    return side.locator("#skjema-tittel")


def felt(side: Page, navn: str) -> Locator:
    """Not the choice of the same name, if there is one."""
    return side.locator("#skjema").get_by_label(navn, exact=True).and_(side.locator(":not([type=radio])"))


def send(side: Page) -> None:
    side.locator("#skjema").get_by_role("button", name="Send ").click()


def utfall(side: Page) -> Locator:
    return side.locator("#utfall")


def ting(side: Page, navn: str) -> Locator:
    return side.get_by_role("article", name=navn)


def vist(side: Page) -> dict[str, Any]:
    """The request that is shown."""
    return {
        "query": side.locator("#dokument").text_content(),
        "variables": json.loads(side.locator("#variabler").text_content() or ""),
    }


def foresporsler(side: Page) -> list[dict[str, Any]]:
    """Fills with what the page sends to the API."""
    sendt: list[dict[str, Any]] = []

    def note(request: Request) -> None:
        if request.url.endswith("/produsent/api/graphql"):
            sendt.append(json.loads(request.post_data or ""))

    side.on("request", note)
    return sendt


def er_gyldig(foresporsel: dict[str, Any]) -> None:
    """Also the variables, as far as their types are known to graphql-core."""
    dokument = parse(foresporsel["query"])
    assert validate(SKJEMA, dokument) == []
    (operasjon,) = dokument.definitions
    assert isinstance(operasjon, OperationDefinitionNode)
    verdier = get_variable_values(SKJEMA, operasjon.variable_definitions or (), foresporsel["variables"])
    assert not isinstance(verdier, list), verdier


# ── Making something ──


def test_oppgave_with_the_defaults_is_in_the_list_and_in_the_bell_of_who_can_see_it(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    skrevet = felt(side, "tekst").input_value()

    send(side)

    expect(utfall(side)).to_contain_text("Vellykket. nyOppgave svarte NyOppgaveVellykket.")
    expect(utfall(side)).to_contain_text(re.compile(r"\d+ ms"))
    oppgave = ting(side, f"Oppgave: {skrevet}")
    expect(oppgave).to_contain_text("Dagny Leder: ressurs test-fager i 910825526 (Altinn)")
    expect(oppgave).to_contain_text("BAKERIET AS (910825526)")
    bjella = nettleser.som(DAGNY)
    bjella.get_by_role("button", name="Varsler, ").click()
    expect(bjella.get_by_text(skrevet)).to_be_visible()


def test_what_is_shown_is_what_is_sent(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    sendt = foresporsler(side)
    side.get_by_role("button", name="Legg til eksterneVarsler").click()
    felt(side, "tekst").fill("Ærlig «talt» — 'to' \\ \"tre\" $HOME `x`")
    foer = vist(side)

    send(side)
    expect(utfall(side)).to_contain_text("Vellykket")

    assert sendt == [foer]
    er_gyldig(foer)


def test_each_press_makes_something_new(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    side = aapne(nettleser, "nyBeskjed")
    for antall in (1, 2, 3):
        send(side)
        expect(side.locator("#sendte li")).to_have_count(antall)
    assert tjeneste.rader("SELECT count(DISTINCT ekstern_id) FROM notifikasjon") == [(3,)]


def test_key_that_was_typed_stays(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    side = aapne(nettleser, "nyBeskjed")
    felt(side, "eksternId").fill("min-egen")
    send(side)
    expect(utfall(side)).to_contain_text("Vellykket")
    expect(felt(side, "eksternId")).to_have_value("min-egen")
    felt(side, "tekst").fill("Noe annet")
    send(side)
    expect(utfall(side)).to_contain_text("DuplikatEksternIdOgMerkelapp: ")
    expect(utfall(side)).to_contain_text("Den som finnes, har id ")


def test_sak_that_was_made_here_keeps_its_key_for_what_is_made_in_it(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    side = aapne(nettleser, "nySak")
    send(side)
    expect(utfall(side)).to_contain_text("NySakVellykket")
    side.get_by_role("button", name="Ny oppgave: ").click()
    for antall in (2, 3):
        send(side)
        expect(side.locator("#sendte li")).to_have_count(antall)
        expect(utfall(side)).to_contain_text("NyOppgaveVellykket")
    felles = "SELECT count(*) FROM notifikasjon n JOIN sak s ON s.grupperingsid = n.grupperingsid"
    assert tjeneste.rader(felles) == [(2,)]


def test_error_is_told_by_its_name_and_message(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    felt(side, "merkelapp").fill("ikke min")
    send(side)
    expect(utfall(side)).to_contain_text("UgyldigMerkelapp: Merkelappen 'ikke min' er ikke blant produsentens")
    expect(side.locator("#svar")).to_contain_text('"__typename": "UgyldigMerkelapp"')
    assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(0,)]


def test_graphql_error_is_told(nettleser: Nettleser) -> None:
    side = aapne(nettleser, "hardDeleteSak")
    felt(side, "id").fill("ingen-uuid")
    send(side)
    expect(utfall(side)).to_contain_text("GraphQL-feil: ")


def test_warning_beside_the_answer_is_told(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    side.get_by_role("button", name="Legg til eksterneVarsler").click()
    felt(side, "smsTekst").fill("Se nav.no")
    send(side)
    expect(utfall(side)).to_contain_text("Advarsel: ")


def test_other_producer_brings_its_own_rights_and_values(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET, ressurser=("nav_tiltak_arbeidstrening",))
    side = aapne(nettleser)
    side.get_by_role("combobox", name="Produsent", exact=True).select_option("arbeidsgiver-tiltak")
    expect(felt(side, "merkelapp")).to_have_value("Tiltak")
    side.get_by_text("Rettigheter: 8 merkelapper, 11 ressurser").click()
    expect(side.get_by_text("nav_tiltak_mentor", exact=True)).to_be_visible()
    side.get_by_label("Applikasjonen som kaller").select_option(TILTAK)
    side.get_by_role("radio", name="curl").check(force=True)
    expect(side.locator("#curl")).to_contain_text(TILTAK)

    send(side)

    expect(side.get_by_role("article").first).to_contain_text("Dagny Leder: ressurs nav_tiltak_arbeidstrening")
    assert tjeneste.rader("SELECT produsent_id FROM notifikasjon") == [("arbeidsgiver-tiltak",)]


def test_varsel_that_was_ordered_shows_where_it_is(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    side.get_by_role("button", name="Legg til eksterneVarsler").click()
    send(side)
    expect(side.get_by_role("article").first).to_contain_text("SMS til ••••••00")
    tjeneste.utvikling("POST", "/dev/jobber")
    expect(side.get_by_role("article").first).to_contain_text("Sendt SMS til ••••••00")
    assert [melding["mottaker"] for melding in tjeneste.utvikling("GET", "/dev/utboks")] == ["40000000"]


# ── Changing what is there ──


def test_oppgave_is_done_from_the_list(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_oppgave(tjeneste, ekstern_id="annen", tekst="Ikke denne")
    id = ny_oppgave(tjeneste, ekstern_id="denne", tekst="Akkurat denne")["id"]
    ny_oppgave(tjeneste, ekstern_id="tredje", tekst="Heller ikke denne")
    side = aapne(nettleser)

    ting(side, "Oppgave: Akkurat denne").get_by_role("button", name="Utført: ").click()
    expect(tittel(side)).to_be_focused()
    expect(side.locator("#gjelder")).to_have_text("Gjelder oppgaven «Akkurat denne» (fager, denne).")
    expect(felt(side, "id")).to_have_value(id)
    send(side)

    expect(utfall(side)).to_contain_text("OppgaveUtfoertVellykket")
    expect(ting(side, "Oppgave: Akkurat denne").get_by_text("Utført", exact=True).first).to_be_visible()
    assert tjeneste.rader("SELECT ekstern_id FROM notifikasjon WHERE tilstand = 'UTFOERT'") == [("denne",)]


def test_frist_is_postponed_from_the_list(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_oppgave(tjeneste, frist="2040-01-01")
    side = aapne(nettleser)
    side.get_by_role("button", name="Utsett frist: ").click()
    expect(felt(side, "nyFrist")).to_have_value("2040-01-15")
    send(side)
    expect(side.get_by_role("article").first).to_contain_text("15. januar 2040")


def test_what_is_deleted_from_the_list_is_told_of_below_it(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_beskjed(tjeneste)
    side = aapne(nettleser)
    side.get_by_role("button", name="Slett: ").click()
    send(side)
    expect(side.get_by_text("Det fager har laget, er slettet.")).to_be_visible()
    side.get_by_text("Slettet sist (1)").click()
    expect(side.locator("#slettede")).to_contain_text(re.compile("^Beskjed laget .* av fager$"))


def test_kalenderavtale_belongs_to_the_sak_it_was_opened_from(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_sak(tjeneste, grupperingsid="sak-1", tittel="Saken min")
    ny_sak(tjeneste, grupperingsid="sak-2", tittel="En annen sak")
    side = aapne(nettleser)
    side.get_by_role("button", name="Ny avtale: Saken min").click()
    expect(side.locator("#gjelder")).to_have_text("I saken «Saken min» (fager, sak-1).")
    send(side)
    expect(utfall(side)).to_contain_text("NyKalenderavtaleVellykket")
    assert tjeneste.rader("SELECT grupperingsid FROM notifikasjon") == [("sak-1",)]
    expect(side.get_by_role("list", name="I saken Saken min").get_by_role("article")).to_have_count(1)


def test_kalenderavtale_without_a_sak_shows_the_way_to_one(nettleser: Nettleser) -> None:
    side = aapne(nettleser, "nyKalenderavtale")
    expect(side.locator("#gjelder")).to_contain_text("fager har ikke laget noen sak ennå.")
    side.get_by_role("button", name="Lag en med nySak").click()
    send(side)
    expect(utfall(side)).to_contain_text("NySakVellykket")
    side.locator("[data-mutasjon=nyKalenderavtale]").first.click()
    send(side)
    expect(utfall(side)).to_contain_text("NyKalenderavtaleVellykket")


def test_every_mutation_about_something_opens_filled_in_from_the_list(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    """As they stand they are understood; only an oppgave that is done can no longer expire."""
    ny_sak(tjeneste)
    ny_kalenderavtale(tjeneste)
    ny_oppgave(tjeneste, ekstern_id="o-1", grupperingsid="sak-1")
    ny_beskjed(tjeneste, ekstern_id="b-1", grupperingsid="sak-1")
    side = aapne(nettleser)
    aapnet = set()
    for slag in ("Kalenderavtale", "Oppgave", "Beskjed", "Sak"):
        navn = (
            ting(side, f"{slag}: ")
            .first.locator("[data-mutasjon]")
            .evaluate_all("knapper => knapper.map((knapp) => knapp.dataset.mutasjon)")
        )
        for mutasjon in navn:
            knapp = ting(side, f"{slag}: ").first.locator(f"[data-mutasjon={mutasjon}]")
            knapp.evaluate("knapp => knapp.click()")
            expect(tittel(side)).to_have_text(mutasjon)
            aapnet.add(mutasjon)
            er_gyldig(vist(side))
            if "Delete" not in mutasjon:
                send(side)
                expect(utfall(side)).to_contain_text(re.compile(f"{mutasjon} svarte|OppgavenErAlleredeUtfoert"))
                expect(side.locator("#liste")).not_to_have_attribute("aria-busy", "true")
    assert aapnet == set(MUTASJONER) - {"nySak"}


# ── Every mutation ──


def test_every_mutation_can_be_opened_and_gives_a_valid_document(nettleser: Nettleser) -> None:
    """As it begins, and with all that can be added added."""
    side = aapne(nettleser)
    knapper = side.locator("#mutasjoner [data-mutasjon]")
    assert sorted(knapper.evaluate_all("k => k.map((en) => en.dataset.mutasjon)")) == sorted(MUTASJONER)
    for mutasjon in MUTASJONER:
        side.locator(f"#mutasjoner [data-mutasjon={mutasjon}]").evaluate("knapp => knapp.click()")
        expect(tittel(side)).to_have_text(mutasjon)
        er_gyldig(vist(side))
        while (
            chips := side.locator("#skjema .chip[aria-label^='Legg til ']:not([hidden]):not([aria-label*=enda])")
        ).count():
            chips.first.evaluate("chip => chip.click()")
        er_gyldig(vist(side))
        alt = vist(side)
        assert SKJEMA.mutation_type
        assert set(alt["variables"]) == set(SKJEMA.mutation_type.fields[mutasjon].args)


def test_every_choice_of_one_can_be_made_and_is_valid(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    for navn in ("eksterneVarsler", "paaminnelse"):
        side.get_by_role("button", name=f"Legg til {navn}").click()
    side.get_by_role("button", name="Legg til eksterneVarsler").click()
    for valg in (
        "tidspunkt",
        "sendevindu",
        "epost",
        "altinntjeneste",
        "altinnressurs",
        "sms",
        "altinn",
        "naermesteLeder",
    ):
        for radio in side.locator(f"#skjema input[type=radio][value={valg}]").all():
            radio.check()
            er_gyldig(vist(side))
    side.get_by_role("radio", name="foerFrist").check()
    assert vist(side)["variables"]["nyOppgave"]["paaminnelse"]["tidspunkt"] == {"foerFrist": "P3D"}
    assert list(vist(side)["variables"]["nyOppgave"]["mottakere"][0]) == ["naermesteLeder"]


def test_inputs_that_take_one_field_are_those_that_say_so() -> None:
    sier = {
        navn
        for navn, type_ in SKJEMA.type_map.items()
        if navn.endswith("Input") and re.search("nøyaktig ett av feltene", type_.description or "", re.I)
    }
    assert sier == VELG_EN


def test_deprecated_mutations_are_marked_and_folded_away(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    gammel = side.locator("#mutasjoner [data-mutasjon=softDeleteSak]")
    expect(gammel).to_be_hidden()
    side.get_by_text("Utgår (6)").click()
    expect(gammel).to_contain_text("utgår")
    gammel.click()
    expect(side.locator("#om-mutasjonen")).to_contain_text("Utgår. Bruk hardDeleteSak; den gjør det samme.")


def test_list_and_optional_fields_are_added_and_removed(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    assert len(vist(side)["variables"]["nyOppgave"]["mottakere"]) == 1
    side.get_by_role("button", name="Legg til enda en i mottakere").click()
    assert len(vist(side)["variables"]["nyOppgave"]["mottakere"]) == 2
    side.get_by_role("button", name="Fjern mottakere").nth(1).click()
    assert len(vist(side)["variables"]["nyOppgave"]["mottakere"]) == 1
    side.get_by_role("button", name="Fjern frist").click()
    assert "frist" not in vist(side)["variables"]["nyOppgave"]
    expect(side.get_by_role("button", name="Legg til frist")).to_be_focused()


def test_field_that_is_filled_in_wrong_gets_the_focus_and_says_why(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    sendt = foresporsler(side)
    for verdi, hvorfor in (
        ("", "Fyll ut dette feltet."),
        ("1. mai", "Skriv en dato som 2030-01-31."),
        ("2027-02-29", "Den datoen finnes ikke."),
    ):
        felt(side, "frist").fill(verdi)
        send(side)
        expect(felt(side, "frist")).to_be_focused()
        expect(felt(side, "frist")).to_have_attribute("aria-invalid", "true")
        expect(felt(side, "frist")).to_have_accessible_description(re.compile(re.escape(hvorfor)))
        expect(side.locator("#skjemafeil")).to_have_text("Rett 1 felt før du sender.")
    assert sendt == []
    felt(side, "frist").fill("2028-02-29")
    expect(felt(side, "frist")).not_to_have_attribute("aria-invalid", "true")
    send(side)
    expect(utfall(side)).to_contain_text("Vellykket")


@pytest.mark.parametrize(
    ("mutasjon", "navn", "gyldige", "ugyldige"),
    [
        (
            "oppgaveUtfoert",
            "utfoertTidspunkt",
            [
                "2030-01-31T14:30",
                "2030-01-31T14:30:15.123Z",
                "2030-01-31T14:30+01",
                "2030-01-31T14:30+01:00[Europe/Oslo]",
            ],
            ["2030-01-31", "2030-02-30T10:00", "2030-01-31T24:30", "i morgen"],
        ),
        ("nySak", "om", ["P2Y", "P6M", "P1W", "P3DT12H", "PT30M", "PT0.5S"], ["P", "PT", "6M", "P1H", "P1.5D"]),
    ],
)
def test_page_and_service_agree_on_what_can_be_read(
    tjeneste: Tjeneste, nettleser: Nettleser, mutasjon: str, navn: str, gyldige: list[str], ugyldige: list[str]
) -> None:
    ny_oppgave(tjeneste)
    side = aapne(nettleser, mutasjon)
    side.get_by_role("button", name="Legg til hardDelete" if navn == "om" else f"Legg til {navn}").click()
    for verdi in gyldige:
        felt(side, navn).fill(verdi)
        send(side)
        expect(utfall(side)).to_contain_text("Vellykket")
    for verdi in ugyldige:
        felt(side, navn).fill(verdi)
        send(side)
        expect(felt(side, navn)).to_have_attribute("aria-invalid", "true")


# ── The command line ──


def kjoer(kommando: str) -> dict[str, Any]:
    ut = subprocess.run(["bash", "-euc", kommando], capture_output=True, text=True, timeout=30)
    assert ut.returncode == 0, ut.stderr
    svar: dict[str, Any] = json.loads(ut.stdout)
    return svar


def test_shown_curl_command_works_in_a_shell(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    tekst = 'It\'s «æøå» $HOME `id` $(id) \\n !! "x" JSON'
    felt(side, "tekst").fill(tekst)
    side.get_by_role("radio", name="curl").check(force=True)
    kommando = side.locator("#curl").text_content() or ""

    svar = kjoer(kommando)

    assert svar["data"]["nyOppgave"]["__typename"] == "NyOppgaveVellykket"
    assert tjeneste.rader("SELECT tekst FROM notifikasjon") == [(tekst,)]
    assert svar == kjoer(kommando)  # a repetition, with the same key


def test_command_is_copied(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    side.context.grant_permissions(["clipboard-read", "clipboard-write"])
    side.get_by_role("radio", name="curl").check(force=True)
    side.get_by_role("button", name="Kopier kommandoene").click()
    expect(side.get_by_text("Kopiert.")).to_be_visible()
    assert side.evaluate("navigator.clipboard.readText()") == side.locator("#curl").text_content()


def test_request_is_opened_in_the_console_without_any_fnr(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    tjeneste.naermeste_leder()
    side = aapne(nettleser)
    lenke = side.get_by_role("link", name="Åpne i konsollen")
    assert "nyOppgave" in (lenke.get_attribute("href") or "")
    assert BAKERIET in (lenke.get_attribute("href") or "")
    side.locator("#skjema").get_by_role("radio", name="naermesteLeder").check()
    assert not re.search(r"\d{11}", lenke.get_attribute("href") or "")


# ── What has been sent ──


def test_last_ten_that_were_sent_can_be_opened_again(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    side = aapne(nettleser, "nyBeskjed")
    sendt = foresporsler(side)
    for nr in range(11):
        felt(side, "tekst").fill(f"Nummer {nr}")
        send(side)
        expect(side.locator("#sendte li")).to_have_count(min(nr + 1, 10))
        expect(utfall(side)).to_contain_text("Vellykket")
    side.reload()
    expect(side.locator("#sendte li")).to_have_count(10)
    side.get_by_role("button", name="Åpne nyBeskjed").last.click()
    expect(felt(side, "tekst")).to_have_value("Nummer 1")
    assert vist(side) == sendt[1]


# ── The list ──


def test_list_is_searched_and_paged(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    for nr in range(12):
        ny_beskjed(tjeneste, ekstern_id=f"b{nr}", tekst=f"Beskjed nummer {nr}")
    side = aapne(nettleser)
    expect(side.locator("#treff")).to_have_text("12 saker og enkeltstående notifikasjoner, de nyeste først.")
    side.get_by_role("button", name="Eldre").click()
    expect(side.get_by_role("article")).to_have_count(2)
    expect(side.get_by_text("Side 2 av 2")).to_be_visible()
    side.get_by_role("searchbox").fill("nummer 7")
    side.get_by_role("searchbox").press("Enter")
    expect(side.get_by_role("article")).to_have_count(1)
    side.get_by_role("searchbox").fill("finnes ikke")
    side.get_by_role("searchbox").press("Enter")
    expect(side.get_by_text("Ingenting av det fager har laget, passer med «finnes ikke».")).to_be_visible()


def test_search_is_in_the_address_and_lasts_over_a_reload(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    for nr in (7, 8):
        ny_beskjed(tjeneste, ekstern_id=f"b{nr}", tekst=f"Beskjed nummer {nr}")
    side = aapne(nettleser)
    side.get_by_role("searchbox").fill("nummer 7")
    side.get_by_role("searchbox").press("Enter")
    expect(side.get_by_role("article")).to_have_count(1)

    side.reload()
    expect(side.get_by_role("searchbox")).to_have_value("nummer 7")
    expect(side.get_by_role("article")).to_have_count(1)
    side.get_by_role("searchbox").fill("01927712344")
    side.get_by_role("searchbox").press("Enter")
    expect(side.get_by_text("passer med «01927712344»")).to_be_visible()
    assert "soek" not in side.url
    side.locator("#produsent").select_option("arbeidsgiver-tiltak")
    expect(side.get_by_role("searchbox")).to_have_value("")


def test_list_that_comes_too_late_leaves_the_form_alone(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    holdt: list[Route] = []
    side.route("**/arbeidsgiver-tiltak/laget?**", lambda route: holdt.append(route))
    side.locator("#produsent").select_option("arbeidsgiver-tiltak")
    side.locator("#produsent").select_option("fager")
    expect(side.get_by_text("fager har ikke laget noe ennå.")).to_be_visible()
    felt(side, "tekst").fill("Det jeg skriver")

    with side.expect_response("**/arbeidsgiver-tiltak/laget?**"):
        holdt[0].continue_()
    side.evaluate("() => new Promise((ferdig) => setTimeout(ferdig))")

    expect(felt(side, "tekst")).to_have_value("Det jeg skriver")
    expect(side.get_by_text("fager har ikke laget noe ennå.")).to_be_visible()


def test_recipient_that_nobody_matches_is_explained(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    tjeneste.tilgang(DAGNY)
    ny_oppgave(tjeneste)
    side = aapne(nettleser)
    side.get_by_text("Hvem kan se dette, og hvorfor?").click()
    expect(side.get_by_text("Ingen: vi kjenner ikke noen med ressursen test-fager i 910825526.")).to_be_visible()


def test_producer_that_has_made_nothing_is_told_how_to_begin(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    expect(side.get_by_text("fager har ikke laget noe ennå.")).to_be_visible()


def test_text_of_producers_is_only_ever_text(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    tjeneste.utvikling(
        "PUT",
        f"/dev/tilganger/{DAGNY}",
        {
            "isError": False,
            "hierarki": [
                {
                    "orgnr": BAKERIET,
                    "navn": FIENDTLIG,
                    "underenheter": [],
                    "altinn3Tilganger": ["test-fager"],
                    "altinn2Tilganger": [],
                }
            ],
        },
    )
    ny_sak(tjeneste, grupperingsid=FIENDTLIG, tittel=FIENDTLIG, nesteSteg=FIENDTLIG)
    ny_oppgave(tjeneste, ekstern_id=FIENDTLIG, grupperingsid=FIENDTLIG, tekst=FIENDTLIG)
    side = aapne(nettleser, "oppgaveUtfoertByEksternId_V2")
    expect(felt(side, "eksternId")).to_have_value(FIENDTLIG)
    expect(side.get_by_role("heading", name=FIENDTLIG, exact=True)).to_have_count(2)
    send(side)
    expect(utfall(side)).to_contain_text("Vellykket")
    for details in side.locator("#liste details").all():
        details.evaluate("details => (details.open = true)")
    expect(side.get_by_text("Dagny Leder").first).to_be_visible()
    assert side.locator("main img").count() == 0
    assert side.title() == "Verksted – Notifikasjoner for arbeidsgivere"


# ── When it does not work ──


def test_page_without_the_service_says_so_and_tries_again(nettleser: Nettleser) -> None:
    side = nettleser.vindu()
    side.route("**/dev/produsenter", lambda route: route.fulfill(status=503, json={"error": "opptatt"}))
    side.goto("/verksted")
    expect(side.get_by_role("alert").first).to_contain_text("Vi får ikke hentet produsentene og skjemaet.")
    igjen = side.get_by_role("button", name="Prøv igjen")
    igjen.press("Enter")
    expect(igjen).to_be_focused()
    side.unroute("**/dev/produsenter")
    igjen.press("Enter")
    expect(tittel(side)).to_have_text("nyOppgave")
    expect(side.get_by_role("main")).to_be_focused()
    nettleser.feil.clear()  # the browser tells of the 503


def test_call_without_an_answer_keeps_its_key_and_says_that_it_may_be_repeated(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    noekkel = felt(side, "eksternId").input_value()
    side.route("**/produsent/api/graphql", lambda route: route.abort())
    send(side)
    expect(utfall(side)).to_contain_text("Uten svar: Vi vet ikke om det er lagret.")
    expect(felt(side, "eksternId")).to_have_value(noekkel)
    side.unroute("**/produsent/api/graphql")
    send(side)
    expect(utfall(side)).to_contain_text("Vellykket")
    nettleser.feil.clear()


def test_list_that_cannot_be_fetched_says_so_and_the_form_still_works(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    side = nettleser.vindu()

    def avvis(route: Route) -> None:
        route.fulfill(status=500, json={"error": "x"})

    side.route("**/laget?**", avvis)
    side.goto("/verksted")
    expect(side.locator("#liste")).to_contain_text("Vi får ikke hentet det fager har laget.")
    with side.expect_response("**/laget?**"):
        send(side)
    expect(utfall(side)).to_contain_text("Vellykket")
    side.unroute("**/laget?**")
    side.get_by_role("button", name="Prøv igjen").click()
    expect(side.get_by_role("article")).to_have_count(1)
    nettleser.feil.clear()


# ── For everybody ──


@pytest.mark.parametrize(("bredde", "hoeyde"), [(390, 844), (320, 640), (640, 450), (1280, 900)])
def test_page_never_scrolls_sideways(tjeneste: Tjeneste, nettleser: Nettleser, bredde: int, hoeyde: int) -> None:
    langt = "et_ord_uten_mellomrom_som_er_bredere_enn_skjermen_på_en_telefon_og_må_brytes" * 2
    ny_sak(tjeneste, grupperingsid=langt, tittel=langt[:140])
    ny_oppgave(tjeneste, ekstern_id=langt, grupperingsid=langt, tekst=langt)
    side = aapne(nettleser, width=bredde, height=hoeyde)
    for navn in ("eksterneVarsler", "paaminnelse", "hardDelete"):
        side.get_by_role("button", name=f"Legg til {navn}").first.click()
    side.locator("details").evaluate_all("alle => alle.forEach((details) => (details.open = true))")
    send(side)
    expect(utfall(side)).to_contain_text("Vellykket")
    for visning in ("curl", "GraphQL"):
        side.get_by_role("radio", name=visning).check(force=True)
        assert side.evaluate("document.documentElement.scrollWidth") <= bredde


def test_whole_way_by_keyboard(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    """Choose a mutation, change a field, send with Enter, go to what was made, and open what can be done with it."""
    side = aapne(nettleser)
    side.locator("#mutasjoner [data-mutasjon=nyBeskjed]").focus()
    side.keyboard.press("Enter")
    expect(tittel(side)).to_be_focused()
    for _ in range(20):
        side.keyboard.press("Tab")
        if side.evaluate("document.activeElement.name") == "tekst":
            break
    side.keyboard.press("Control+A")
    side.keyboard.type("Skrevet med tastaturet")
    side.keyboard.press("Enter")
    expect(utfall(side)).to_contain_text("Vellykket")
    assert utfall(side).get_attribute("role") == "status"
    expect(felt(side, "tekst")).to_be_focused()
    side.get_by_role("button", name="Se den i lista").focus()
    side.keyboard.press("Enter")
    expect(side.get_by_role("heading", name="Skrevet med tastaturet")).to_be_focused()
    for _ in range(5):
        side.keyboard.press("Tab")
        if "Slett" in (side.evaluate("document.activeElement.textContent") or ""):
            break
    side.keyboard.press("Enter")
    expect(tittel(side)).to_have_text("hardDeleteNotifikasjon")
    side.keyboard.press("Tab")
    while side.evaluate("document.activeElement.name") != "id":
        side.keyboard.press("Tab")
    side.keyboard.press("Enter")
    expect(utfall(side)).to_contain_text("HardDeleteNotifikasjonVellykket")
    assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(0,)]


def test_controls_have_names_and_ids_are_unique(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    ny_sak(tjeneste)
    ny_oppgave(tjeneste, grupperingsid="sak-1")
    side = aapne(nettleser)
    for navn in ("eksterneVarsler", "paaminnelse"):
        side.get_by_role("button", name=f"Legg til {navn}").first.click()
    uten = side.locator("main :is(input, select, textarea)").evaluate_all(
        "alle => alle.filter((et) => !et.labels?.length && !et.ariaLabel).map((et) => et.outerHTML)"
    )
    assert uten == []
    ider = side.locator("[id]").evaluate_all("alle => alle.map((et) => et.id)")
    assert len(ider) == len(set(ider))
    loese = side.locator("[aria-describedby], [aria-labelledby]").evaluate_all(
        """alle => alle.flatMap((et) => ["aria-describedby", "aria-labelledby"]
            .flatMap((navn) => (et.getAttribute(navn) ?? "").split(" ")))
            .filter((id) => id && !document.getElementById(id))"""
    )
    assert loese == []


def test_address_keeps_the_choice_and_has_no_fnr(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    tjeneste.naermeste_leder()
    side = aapne(nettleser)
    adresser: list[str] = []
    side.on("request", lambda request: adresser.append(request.url))
    side.locator("#skjema").get_by_role("radio", name="naermesteLeder").check()
    send(side)
    expect(side.get_by_role("article").first).to_contain_text("Nils Nærmeste: nærmeste leder for 019277 •••••")
    side.locator("#mutasjoner [data-mutasjon=nySak]").click()
    assert re.search(r"\?produsent=fager&mutasjon=nySak$", side.url)
    assert not any(re.search(r"\d{11}", adresse) for adresse in [*adresser, side.url])
    assert FAGER in (side.get_by_label("Applikasjonen som kaller").input_value())
