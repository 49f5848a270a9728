"""The GraphQL console: calling as somebody, suggestions, errors with their place, and where a token never goes."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import parse, strip_ignored_characters
from nettleser import Nettleser
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect
from test_sdl_eksempler import eksempler
from tjeneste import BAKERIET, DAGNY, FAGER, TILTAK, Tjeneste, driftsoppsett, kjoerende

SAK = """mutation NySak($tittel: String!, $mottakere: [MottakerInput!]!) {
  nySak(
    grupperingsid: "sak-1", merkelapp: "fager", virksomhetsnummer: "910825526"
    mottakere: $mottakere, tittel: $tittel, initiellStatus: MOTTATT
  ) { __typename ... on NySakVellykket { id } ... on Error { feilmelding } }
}"""
VARIABLER = {"tittel": "Søknad «æøå»", "mottakere": [{"altinnRessurs": {"ressursId": "test-fager"}}]}


def aapne(nettleser: Nettleser, adresse: str = "/api/konsoll", **vindu: int) -> Page:
    side = nettleser.vindu(**vindu)
    side.goto(adresse)
    side.locator("html[data-ferdig]").wait_for()
    return side


def skriv(side: Page, dokument: str, variabler: Any = None) -> None:
    side.get_by_label("Dokument", exact=True).fill(dokument)
    if variabler is not None:
        tekst = variabler if isinstance(variabler, str) else json.dumps(variabler, ensure_ascii=False)
        side.get_by_label("Variabler (JSON)").fill(tekst)


def velg_api(side: Page, api: str) -> None:
    side.get_by_role("radio", name=api).check(force=True)
    expect(side.get_by_label("Kall som").locator("option").first).not_to_have_attribute(
        "value", re.compile(f"^(?!{api.lower()}|oekt)")
    )


def svar(side: Page) -> Any:
    """The answer that is shown, when the call is done."""
    expect(side.get_by_role("button", name="Kjør")).not_to_have_attribute("aria-disabled", "true")
    expect(side.locator("#svarstatus")).to_contain_text("·")
    return json.loads(side.get_by_label("Svaret").inner_text())


def kjoer(side: Page) -> Any:
    side.get_by_role("button", name="Kjør").click()
    return svar(side)


def forslag(side: Page) -> list[str]:
    return side.get_by_role("option").locator(".forslag-navn").all_inner_texts()


def kopiert(side: Page, knapp: str) -> str:
    side.context.grant_permissions(["clipboard-read", "clipboard-write"])
    side.evaluate("navigator.clipboard.writeText('')")
    side.get_by_role("button", name=knapp).click()
    expect(side.locator("#si")).to_have_text("Kopiert.")
    expect(side.get_by_role("button", name="Kopiert").first).to_be_visible()
    tekst: str = side.evaluate("navigator.clipboard.readText()")
    return tekst


# ── Calling ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_person_is_chosen_and_asked_for(nettleser: Nettleser, tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    tjeneste.produsent(SAK, VARIABLER)
    side = aapne(nettleser)

    velg_api(side, "Bruker")
    side.get_by_label("Kall som").select_option(f"bruker {DAGNY}")
    skriv(side, 'query {\n  whoami\n  saker(virksomhetsnumre: ["910825526"]) { saker { tittel } }\n}')
    side.keyboard.press("Control+Enter")

    assert svar(side) == {"data": {"whoami": DAGNY, "saker": {"saker": [{"tittel": "Søknad «æøå»"}]}}}
    expect(side.locator("#svarstatus")).to_have_text(re.compile(r"^200 OK · \d+ ms · \d+ B$"))
    expect(side.locator("#kall button")).to_have_text(re.compile(r"^query\d\d\.\d\d\.\d\d · bruker · 200 · \d+ ms$"))


def test_producer_is_chosen_and_creates_a_sak(nettleser: Nettleser, tjeneste: Tjeneste) -> None:
    side = aapne(nettleser)
    skriv(side, SAK, VARIABLER)

    assert kjoer(side)["data"]["nySak"]["__typename"] == "NySakVellykket"
    assert tjeneste.rader("SELECT tittel FROM sak") == [("Søknad «æøå»",)]

    side.get_by_label("Kall som").select_option(label=TILTAK)
    assert kjoer(side)["data"]["nySak"]["__typename"] == "UgyldigMottaker"
    expect(side.locator("#svarstatus")).to_contain_text("Feilsvar · 200 OK")


def test_any_application_can_be_written(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    side.get_by_label("Kall som").select_option(label="En annen applikasjon …")
    skriv(side, "{ whoami }")
    side.get_by_label("Applikasjon").fill("ikke-et-navn")
    side.get_by_role("button", name="Kjør").click()
    expect(side.get_by_role("alert").first).to_contain_text("Vi fikk ikke noe token: gi {")
    nettleser.feil.clear()  # of the console: 400

    side.get_by_label("Applikasjon").fill("dev-gcp:mitt-team:min-app")
    assert kjoer(side) == {"data": {"whoami": "dev-gcp:mitt-team:min-app"}}
    expect(side.get_by_role("alert").first).to_be_hidden()


def test_session_of_the_browser_is_used_when_asked_for(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    velg_api(side, "Bruker")
    side.get_by_label("Kall som").select_option(label="Den som er innlogget i denne nettleseren")
    skriv(side, "{ whoami }")
    side.get_by_role("button", name="Kjør").click()
    expect(side.get_by_text("Ingen er innlogget i denne nettleseren.")).to_be_visible()
    expect(side.locator("#svarstatus")).to_contain_text("401")
    nettleser.feil.clear()  # of the console: 401

    side.context.request.post("/dev/velg-person", form={"fnr": DAGNY})
    assert kjoer(side) == {"data": {"whoami": DAGNY}}


def test_token_that_is_chosen_is_not_mixed_with_the_session(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    side.context.request.post("/dev/velg-person", form={"fnr": DAGNY})
    velg_api(side, "Bruker")
    side.get_by_label("Kall som").select_option(label="Et token du limer inn")
    skriv(side, "{ whoami }")
    side.get_by_role("button", name="Kjør").click()
    expect(side.get_by_role("alert").first).to_have_text("Lim inn et token først.")
    expect(side.get_by_label("Token")).to_be_focused()

    side.get_by_label("Token").fill("ikke.et.token")
    side.get_by_role("button", name="Kjør").click()
    expect(side.get_by_text("Tokenet ble ikke godtatt.")).to_be_visible()
    nettleser.feil.clear()  # of the console: 401


def test_operation_is_chosen_when_there_are_several(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    valg = side.get_by_label("Operasjon")
    skriv(side, "query En { whoami }")
    expect(valg).to_be_hidden()

    skriv(side, "query En { whoami }\nquery To { hvem: whoami }", "")
    assert valg.locator("option").all_inner_texts() == ["En", "To"]
    valg.select_option("To")
    assert kjoer(side) == {"data": {"hvem": FAGER}}
    side.get_by_label("Dokument", exact=True).focus()
    side.keyboard.press("Control+Home")
    expect(valg).to_have_value("En")


# ── Being told what is wrong ──────────────────────────────────────────────────────────────────────────────────────


def test_error_has_a_place_that_can_be_gone_to(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    skriv(side, "query {\n  whoami\n  finnesIkke\n}")

    assert "FieldUndefined" in kjoer(side)["errors"][0]["message"]
    expect(side.locator("#svarstatus")).to_contain_text("GraphQL-feil · 200 OK")
    expect(side.locator(".editor-numre .feil").first).to_have_text("3")
    side.get_by_role("button", name="Linje 3, tegn 3").click()

    felt = side.get_by_label("Dokument", exact=True)
    expect(felt).to_be_focused()
    assert felt.evaluate("(felt) => felt.value.slice(felt.selectionStart, felt.selectionEnd)") == "finnesIkke"
    side.keyboard.type("whoami")
    expect(side.locator("#dokument-editor .feil")).to_have_count(0)

    skriv(side, "query {\n  whoami(\n")
    assert kjoer(side)["errors"][0]["message"].startswith("Invalid syntax")
    expect(side.get_by_role("button", name="Linje 3, tegn 1")).to_be_visible()


@pytest.mark.parametrize(
    ("variabler", "melding"),
    [
        ('{\n  "a": 1,\n  b: 2\n}', "Variablene er ikke gyldig JSON: se linje 3, tegn 3."),
        ('{"a": ', "Variablene er ikke gyldig JSON: se linje 1, tegn 7."),
        ("[1]", "Variablene må være ett JSON-objekt: { … }."),
        ("null", "Variablene må være ett JSON-objekt: { … }."),
    ],
)
def test_variables_that_are_wrong_are_not_sent(nettleser: Nettleser, variabler: str, melding: str) -> None:
    side = aapne(nettleser)
    sendt: list[Request] = []
    side.on("request", lambda request: sendt.append(request))
    skriv(side, "{ whoami }", variabler)

    side.get_by_role("button", name="Kjør").click()

    expect(side.locator("#variabelfeil")).to_have_text(melding)
    expect(side.get_by_label("Variabler (JSON)")).to_be_focused()
    assert sendt == []
    side.keyboard.type(" ")
    expect(side.locator("#variabelfeil")).to_be_hidden()


def test_service_that_does_not_answer_is_told(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    kjoer(side)
    side.route("**/graphql", lambda route: route.abort())

    side.get_by_role("button", name="Kjør").click()

    expect(side.get_by_role("alert").first).to_have_text("Vi får ikke kontakt med tjenesten. Kjører den?")
    expect(side.get_by_role("button", name="Kjør")).not_to_have_attribute("aria-disabled", "true")
    expect(side.get_by_label("Svaret")).to_be_hidden()  # it was the answer to the call before
    expect(side.locator("#svarstatus")).to_be_empty()
    expect(side.get_by_text("Det kom ikke noe svar.")).to_be_visible()
    assert nettleser.feil and all("ERR_FAILED" in feil for feil in nettleser.feil)
    nettleser.feil.clear()


# ── Suggestions ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_whole_call_is_written_with_suggestions_and_the_keyboard_alone(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    felt = side.get_by_label("Dokument", exact=True)
    skriv(side, "")
    felt.focus()
    side.keyboard.type("{ hentsakmed")
    assert forslag(side) == ["hentSakMedGrupperingsid"]
    valgt = side.get_by_role("listbox", name="Forslag").get_by_role("option", selected=True)
    expect(valgt).to_have_count(1)
    expect(felt).to_have_attribute("aria-activedescendant", valgt.get_attribute("id") or "-")
    expect(side.get_by_role("listbox", name="Forslag")).to_be_visible()
    expect(side.locator(".forslag-om")).to_contain_text("En sak, funnet med produsentens egen nøkkel.")
    side.keyboard.press("Enter")

    assert forslag(side) == ["grupperingsid", "merkelapp"]
    side.keyboard.press("Enter")
    side.keyboard.type('"sak-1" mer')
    side.keyboard.press("Tab")
    side.keyboard.type('"fager"')
    for _ in range(4):
        side.keyboard.press("ArrowRight")
    side.keyboard.press("Control+Space")
    assert forslag(side)[0] == "__typename"
    assert {"... on HentetSak", "... on Error"} < set(forslag(side))
    side.keyboard.press("Enter")
    side.keyboard.type(" ... ")
    side.keyboard.press("Control+Space")
    side.keyboard.type("on Hentet")
    side.keyboard.press("Enter")
    side.keyboard.type("sak")
    expect(side.get_by_role("listbox")).to_be_hidden()  # it is written in full already
    side.keyboard.type(" { ti")
    assert forslag(side) == ["tittel", "tilleggsinformasjon"]
    side.keyboard.press("Escape")
    expect(side.get_by_role("listbox")).to_be_hidden()
    expect(felt).not_to_have_attribute("aria-activedescendant", re.compile("."))
    side.keyboard.type("ttel }")
    side.keyboard.press("Control+End")
    side.keyboard.type(" }")

    skrevet = felt.input_value()
    assert strip_ignored_characters(skrevet) == strip_ignored_characters(
        '{ hentSakMedGrupperingsid(grupperingsid: "sak-1" merkelapp: "fager")'
        " { __typename ... on HentetSak { sak { tittel } } } }"
    )
    side.keyboard.press("Control+Enter")
    assert svar(side)["data"]["hentSakMedGrupperingsid"]["__typename"] == "SakFinnesIkke"


FORSLAG = [
    ("|", ["query", "mutation", "fragment"], []),
    ("query { | }", ["whoami", "hentSak", "mineNotifikasjoner"], ["nySak", "id"]),
    ("mutation M($a: ID) @x { ny| }", ["nySak", "nyBeskjed"], ["hentSak"]),
    ("{ hentSak(id: 1) { ... on HentetSak { sak { | } } } }", ["tittel", "id", "lenke"], ["sak"]),
    ("{ hentSak(id: 1) { | } }", ["__typename", "... on HentetSak", "... on Error"], ["sak", "... on Sak"]),
    ("{ hentSak(id: 1) { ... | } }", ["on HentetSak", "on Error"], ["sak"]),
    ("{ hentSak(id: 1) { ... on | } }", ["HentetSak", "SakFinnesIkke", "Error"], ["Sak", "whoami"]),
    ("{ hentSak(|) }", ["id"], ["merkelapp"]),
    ("{ a: hentSak(id: 1) { ... { | } } }", ["__typename", "... on HentetSak"], []),
    ('mutation { nySak(merkelapp: "a" |) }', ["tittel", "hardDelete"], ["merkelapp"]),
    ("mutation { nySak(initiellStatus: |) }", ["MOTTATT", "FERDIG"], ["tittel"]),
    ("mutation { nySak(mottakere: |) }", ["[ ]"], ["altinnRessurs"]),
    ("mutation { nySak(mottakere: [|]) }", ["{ }"], ["altinnRessurs"]),
    ("mutation { nySak(mottakere: [{ | }]) }", ["altinnRessurs", "naermesteLeder", "altinn"], ["ressursId"]),
    ("mutation { nySak(mottakere: [{ altinnRessurs: { | } }]) }", ["ressursId"], ["altinn"]),
    ('mutation { nySak(hardDelete: { om: "P1Y" } tittel: "}" |) }', ["lenke"], ["tittel", "om"]),
    ("mutation M($a: | ) { x }", ["ID", "SaksStatus", "NyBeskjedInput"], ["Sak", "whoami"]),
    ("mutation M($a: [| ) { x }", ["MottakerInput"], ["Sak"]),
    ("mutation M($s: SaksStatus!, $t: String) { nySak(initiellStatus: |) }", ["$s", "MOTTATT"], ["$t"]),
    ("mutation M($s: SaksStatus!) { nySak(initiellStatus: $|) }", ["$s"], ["MOTTATT"]),
    ("query M($m: Boolean!) { whoami @include(if: |) }", ["$m", "true"], ["hentSak"]),
    ("fragment F on |", ["HentetSak", "Error"], ["MottakerInput"]),
    ("fragment F on HentetSak { | }", ["sak"], ["whoami"]),
    ("query A { whoami } mutation B { | }", ["nySak"], ["whoami"]),
    ("query { whoami # | \n }", [], ["hentSak"]),
    ('query { hentSak(id: "|") { __typename } }', [], ["id"]),
    ("query { finnesIkke { | } }", [], ["whoami"]),
    ("query { finnesIkke(|) }", [], ["id"]),
    ("}}} ) {|", ["whoami"], ["nySak"]),
    ("}}} ) (", [], []),
    ('{ hentSak(id: """blokk } ) """, |', [], ["whoami"]),
]


@pytest.mark.parametrize(("dokument", "med", "uten"), FORSLAG, ids=[dokument for dokument, _, _ in FORSLAG])
def test_suggestions_are_what_may_stand_there(
    forslagsside: Page, dokument: str, med: list[str], uten: list[str]
) -> None:
    gitt = forslagsside.evaluate(
        """async ([tekst, sted]) => {
            const { forslagFor } = await import("/static/konsoll-forslag.js");
            const { hentSkjema } = await import("/static/skjema.js");
            return forslagFor(tekst, sted, await hentSkjema("produsent")).forslag.map(({ navn }) => navn);
        }""",
        [dokument.replace("|", "", 1), dokument.find("|") if "|" in dokument else len(dokument)],
    )
    assert set(med) <= set(gitt)
    assert not set(uten) & set(gitt)
    assert bool(gitt) is bool(med)


@pytest.fixture(scope="module")
def forslagsside(chromium: Browser, _felles_tjeneste: Tjeneste) -> Iterator[Page]:
    """A page that the modules can be loaded from."""
    context = chromium.new_context(base_url=_felles_tjeneste.url)
    side = context.new_page()
    side.goto("/vilkaar")
    yield side
    context.close()


def test_deprecated_fields_come_last_and_are_struck_through(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    skriv(side, "mutation { softDeleteNotifikasjonByEksternId")
    side.get_by_label("Dokument", exact=True).press("Control+Space")
    assert forslag(side)[-1] == "softDeleteNotifikasjonByEksternId_V2"
    expect(side.get_by_role("option").last).to_have_class("utgaar")


def test_tab_indents_and_leaves_after_escape(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    felt = side.get_by_label("Dokument", exact=True)
    skriv(side, "")
    felt.focus()
    side.keyboard.type("{")
    side.keyboard.press("Enter")
    side.keyboard.press("Tab")
    side.keyboard.type("__typename")
    side.keyboard.press("Escape")
    expect(felt).to_have_value("{\n    __typename")
    side.keyboard.press("Shift+Tab")
    expect(felt).not_to_be_focused()

    felt.focus()
    side.keyboard.press("Control+a")
    side.keyboard.press("Shift+Tab")
    expect(felt).to_have_value("{\n  __typename")
    side.keyboard.press("Escape")
    side.keyboard.press("Tab")
    expect(side.get_by_role("button", name="Fyll ut")).to_be_focused()
    felt.focus()
    side.keyboard.press("Control+z")
    expect(felt).to_have_value("{\n    __typename")


def test_variables_that_are_missing_are_filled_in(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    skriv(side, SAK, {"tittel": "Min egen"})

    side.get_by_role("button", name="Fyll ut").click()

    assert json.loads(side.get_by_label("Variabler (JSON)").input_value()) == VARIABLER | {"tittel": "Min egen"}
    assert kjoer(side)["data"]["nySak"]["__typename"] == "NySakVellykket"


def test_example_is_put_in_and_can_be_run(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    assert "oppgaveUtfoertByEksternId" not in side.get_by_label("Sett inn eksempel").locator("option").all_inner_texts()

    side.get_by_label("Sett inn eksempel").select_option("nyBeskjed")

    assert kjoer(side)["data"]["nyBeskjed"]["__typename"] == "NyBeskjedVellykket"


# ── Formatting ────────────────────────────────────────────────────────────────────────────────────────────────────

FORMATERT = [
    ("{whoami}", "{ whoami }\n"),
    ("query{whoami,hentSak(id:1){__typename ...on HentetSak{sak{id tittel}}}}", None),
    (
        "# om\nquery A($a:[ID!]!=[1,2],$b:Int=1)@x(if:true){ # her\n\n\n"
        " a:b(c:{d:$a,e:[{f:1}]}) @include(if:$b)  # der\n}",
        "# om\nquery A($a: [ID!]! = [1, 2], $b: Int = 1) @x(if: true) {\n  # her\n\n"
        "  a: b(c: { d: $a, e: [{ f: 1 }] }) @include(if: $b) # der\n}\n",
    ),
    ('{a(b:"""\n  blokk\n    "inni"\n""")}', None),
    ("query A{a}\n# mellom\nmutation B{b}fragment F on T{...G,c}", None),
    ("{\n  a\n\n\n\n  b\n  # sist\n}", "{\n  a\n\n  b\n  # sist\n}\n"),
    ("{ a(x: EN y: TO, z: null) { b } }", "{\n  a(x: EN, y: TO, z: null) { b }\n}\n"),
    ("{ a { } }", "{\n  a {}\n}\n"),
    ("", "\n"),
]


def formater(side: Page, tekst: str) -> str | None:
    ut: str | None = side.evaluate(
        "async (tekst) => (await import('/static/konsoll-format.js')).formater(tekst)", tekst
    )
    return ut


@pytest.mark.parametrize(("inn", "ut"), FORMATERT)
def test_formatting_changes_nothing_but_white_space(forslagsside: Page, inn: str, ut: str | None) -> None:
    formatert = formater(forslagsside, inn)
    assert formatert is not None
    assert ut is None or formatert == ut
    assert formater(forslagsside, formatert) == formatert
    assert re.findall(r"#.*", formatert) == [kommentar.rstrip() for kommentar in re.findall(r"#.*", inn)]
    if inn and "{ }" not in inn:
        assert strip_ignored_characters(formatert) == strip_ignored_characters(inn)


@pytest.mark.parametrize("fil", ["produsent.graphql", "bruker.graphql"])
def test_formatting_keeps_the_examples_of_the_sdl(forslagsside: Page, fil: str) -> None:
    for eksempel in eksempler(fil):
        for inn in (eksempel, strip_ignored_characters(eksempel)):
            formatert = formater(forslagsside, inn)
            assert formatert is not None
            assert strip_ignored_characters(formatert) == strip_ignored_characters(eksempel)
            assert formater(forslagsside, formatert) == formatert
            assert max(map(len, formatert.splitlines())) <= 120


@pytest.mark.parametrize("inn", ["{ a", "{ a } }", "{ a(b: [1) }", "{ a ^ }"])
def test_document_that_does_not_add_up_is_left_alone(forslagsside: Page, inn: str) -> None:
    assert formater(forslagsside, inn) is None


def test_formatting_can_be_undone(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    skriv(side, "{whoami,b:whoami}", '{"a":1}')

    side.get_by_role("button", name="Formater").click()
    expect(side.get_by_label("Dokument", exact=True)).to_have_value("{ whoami b: whoami }\n")
    expect(side.get_by_label("Variabler (JSON)")).to_have_value('{\n  "a": 1\n}')
    side.get_by_label("Dokument", exact=True).focus()
    side.keyboard.press("Control+z")

    expect(side.get_by_label("Dokument", exact=True)).to_have_value("{whoami,b:whoami}")
    skriv(side, "{ a")
    side.get_by_role("button", name="Formater").click()
    expect(side.get_by_role("button", name="Kan ikke formateres")).to_be_visible()
    expect(side.get_by_label("Dokument", exact=True)).to_have_value("{ a")


# ── What is remembered, and what is not ───────────────────────────────────────────────────────────────────────────


def test_link_brings_the_document_and_runs_nothing(nettleser: Nettleser, tjeneste: Tjeneste) -> None:
    side = aapne(nettleser)
    skriv(side, SAK + "\nquery To { whoami }", VARIABLER)
    side.get_by_label("Operasjon").select_option("To")
    lenke = kopiert(side, "Kopier lenke")
    assert lenke.startswith(f"{tjeneste.url}/api/konsoll#")
    expect(side).to_have_url(lenke)

    sendt: list[str] = []
    annen = nettleser.vindu()
    annen.on("request", lambda request: sendt.append(request.url))
    annen.goto(lenke)
    annen.locator("html[data-ferdig]").wait_for()

    expect(annen.get_by_label("Dokument", exact=True)).to_have_value(SAK + "\nquery To { whoami }")
    assert json.loads(annen.get_by_label("Variabler (JSON)").input_value()) == VARIABLER
    expect(annen.get_by_label("Operasjon")).to_have_value("To")
    assert not [url for url in sendt if url.endswith(("/graphql", "/dev/token"))]
    annen.get_by_label("Dokument", exact=True).press("Control+End")
    annen.keyboard.type(" ")
    expect(annen).to_have_url(f"{tjeneste.url}/api/konsoll")  # it is no longer what the link said


def test_document_of_a_link_is_there_after_a_look_at_the_other_api(nettleser: Nettleser) -> None:
    side = aapne(nettleser, "/api/konsoll#api=produsent&dokument=query+Fra+%7B+whoami+%7D")
    expect(side.get_by_label("Dokument", exact=True)).to_have_value("query Fra { whoami }")
    velg_api(side, "Bruker")
    expect(side.get_by_label("Dokument", exact=True)).not_to_have_value("query Fra { whoami }")
    velg_api(side, "Produsent")
    expect(side.get_by_label("Dokument", exact=True)).to_have_value("query Fra { whoami }")


@pytest.mark.parametrize("fragment", ["api=noe&dokument=x", "dokument=x", "%E0%A4%A", "api=bruker", "a" * 5000])
def test_link_that_makes_no_sense_is_passed_over(nettleser: Nettleser, fragment: str) -> None:
    side = aapne(nettleser, f"/api/konsoll#{fragment}")
    expect(side.get_by_label("Dokument", exact=True)).to_have_value(re.compile("^query MineNotifikasjoner"))


def test_token_is_nowhere_but_in_memory(nettleser: Nettleser, tjeneste: Tjeneste) -> None:
    token = tjeneste.token(produsent=FAGER)
    side = aapne(nettleser)
    side.get_by_label("Kall som").select_option(label="Et token du limer inn")
    side.get_by_label("Token").fill(f"Bearer {token}")
    skriv(side, "query Hvem { whoami }")
    assert kjoer(side) == {"data": {"whoami": FAGER}}
    lenke, curl = kopiert(side, "Kopier lenke"), kopiert(side, "Kopier som curl")

    lagret = side.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])")
    side_ = side.content()
    for hvor in (lagret, lenke, curl, side_, json.dumps(side.context.cookies())):
        assert token not in hvor
        assert token.split(".")[1] not in hvor
    assert "whoami" in lagret  # the document is kept
    assert '"Authorization: Bearer $token"' in curl
    side.reload()
    side.locator("html[data-ferdig]").wait_for()
    expect(side.get_by_label("Token")).to_be_hidden()
    expect(side.get_by_label("Token")).to_have_value("")


def test_call_copied_as_curl_gives_the_same_answer(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    skriv(side, SAK, VARIABLER | {"tittel": "Det er 'sitert' \\ $HOME"})
    her = kjoer(side)

    kjoering = subprocess.run(["bash", "-euc", kopiert(side, "Kopier som curl")], capture_output=True, timeout=30)

    assert json.loads(kjoering.stdout) == her
    velg_api(side, "Bruker")
    side.get_by_label("Kall som").select_option(f"bruker {DAGNY}")
    skriv(side, "{ whoami }", "")
    kjoering = subprocess.run(
        ["bash", "-euc", kopiert(side, "Kopier som curl")],
        capture_output=True,
        timeout=30,
    )
    assert json.loads(kjoering.stdout) == {"data": {"whoami": DAGNY}}


def test_each_api_keeps_its_document_also_over_a_reload(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    dokument = side.get_by_label("Dokument", exact=True)
    skriv(side, "{ produsent: whoami }", '{"a": 1}')
    velg_api(side, "Bruker")
    expect(dokument).to_have_value(re.compile("^query Notifikasjoner"))
    expect(side.get_by_label("Sett inn eksempel").locator("option", has_text="sakById")).to_have_count(1)
    skriv(side, "{ bruker: whoami }")

    side.reload()
    side.locator("html[data-ferdig]").wait_for()

    expect(side.get_by_role("radio", name="Bruker")).to_be_checked()
    expect(dokument).to_have_value("{ bruker: whoami }")
    velg_api(side, "Produsent")
    expect(dokument).to_have_value("{ produsent: whoami }")
    expect(side.get_by_label("Variabler (JSON)")).to_have_value('{"a": 1}')


def test_history_brings_back_the_call_and_its_answer(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    skriv(side, "query Foerste { whoami }")
    kjoer(side)
    velg_api(side, "Bruker")
    skriv(side, "query Andre { __typename }")
    kjoer(side)
    expect(side.locator("#kall .kallnavn")).to_have_text(["Andre", "Foerste"])

    side.get_by_role("button", name="Foerste").click()

    expect(side.get_by_role("radio", name="Produsent")).to_be_checked()
    expect(side.get_by_label("Dokument", exact=True)).to_have_value("query Foerste { whoami }")
    assert svar(side) == {"data": {"whoami": FAGER}}
    velg_api(side, "Bruker")
    expect(side.get_by_label("Dokument", exact=True)).to_have_value("query Andre { __typename }")
    side.get_by_role("button", name="Tøm").click()
    expect(side.get_by_role("heading", name="Historikk")).to_be_hidden()


# ── Everywhere ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_fetched_from_anywhere_else(nettleser: Nettleser, tjeneste: Tjeneste) -> None:
    side = nettleser.vindu()
    fremmede: list[str] = []

    def bare_oss(route: Route) -> None:
        if route.request.url.startswith(tjeneste.url):
            route.continue_()
        else:
            fremmede.append(route.request.url)
            route.abort()

    side.route("**/*", bare_oss)
    for adresse in ("/api", "/api/produsent", "/api/bruker", "/vilkaar", "/api/konsoll"):
        side.goto(adresse)
        if adresse.startswith("/api/"):
            side.locator("html[data-ferdig]").wait_for()
    skriv(side, "{ whoami }")
    assert kjoer(side) == {"data": {"whoami": FAGER}}
    assert fremmede == []


@pytest.fixture(scope="module")
def drift(_felles_tjeneste: Tjeneste, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    """The service outside development mode. It believes the tokens of the one in it."""
    database = Path(tmp_path_factory.mktemp("drift")) / "test.db"
    utsteder = _felles_tjeneste.url.replace("127.0.0.1", "localhost")
    with kjoerende(database, config=driftsoppsett(database, utsteder)) as tjeneste:
        yield tjeneste


def test_outside_development_mode_one_brings_a_token(chromium: Browser, tjeneste: Tjeneste, drift: Tjeneste) -> None:
    context = chromium.new_context(base_url=drift.url)
    side = context.new_page()
    sendt: list[str] = []
    side.on("request", lambda request: sendt.append(request.url))
    side.goto("/api/konsoll")
    side.locator("html[data-ferdig]").wait_for()
    assert side.get_by_label("Kall som").locator("option").all_inner_texts() == ["Et token du limer inn"]

    side.get_by_label("Token").fill(tjeneste.token(produsent=FAGER))
    skriv(side, "{ whoami }")
    side.get_by_label("Token").press("Enter")
    assert svar(side) == {"data": {"whoami": FAGER}}
    assert not [url for url in sendt if "/dev/" in url]

    side.goto("/api")
    expect(side.get_by_role("heading", name="Bli produsent")).to_be_visible()
    expect(side.get_by_text("I utviklingsmodus deler tjenesten ut tokenene selv")).to_be_hidden()
    context.close()


def test_narrow_screen_is_not_scrolled_sideways(nettleser: Nettleser) -> None:
    side = aapne(nettleser, width=390, height=844)
    skriv(side, "{ whoami " + "b" * 300 + "(a: 1) }", {"a": "b" * 300})
    kjoer(side)
    skriv(side, "mutation { nySa", "")
    side.get_by_label("Dokument", exact=True).press("Control+Space")

    expect(side.get_by_role("listbox")).to_be_visible()
    assert side.evaluate("document.documentElement.scrollWidth") == 390
    boks: Locator = side.locator(".forslagsboks")
    assert boks.evaluate("(boks) => boks.getBoundingClientRect().right <= innerWidth")


def test_what_is_typed_lies_over_its_colours(nettleser: Nettleser) -> None:
    """Letter by letter, also when it has been scrolled, and never outside of the editor."""
    for bredde in (1280, 390):
        side = aapne(nettleser, width=bredde, height=844)
        skriv(side, "query Æøå {\n" + '  felt(argument: "æøå") ' * 6 + "# kommentar\n" + "  a\n" * 40 + "}")
        felt, farger = side.locator("#dokument"), side.locator("#dokument-editor .editor-farger")
        stiler = """(en) => {
            const { fontFamily, fontSize, lineHeight, letterSpacing, padding } = getComputedStyle(en);
            return JSON.stringify({ fontFamily, fontSize, lineHeight, letterSpacing, padding });
        }"""
        assert felt.evaluate(stiler) == farger.evaluate(stiler)
        # The text is as wide and high in both, but for the padding at the end, which browsers count or not.
        maal = [en.evaluate("(en) => [en.scrollWidth, en.scrollHeight]") for en in (felt, farger)]
        assert all(abs(a - b) <= 30 for a, b in zip(*maal, strict=True))

        felt.evaluate("(felt) => felt.scrollTo(120, 60)")
        expect(farger).to_have_css("transform", "matrix(1, 0, 0, 1, -120, -60)")
        expect(side.locator("#dokument-editor .editor-numre")).to_have_css("transform", "matrix(1, 0, 0, 1, 0, -60)")
        hjoerner = "(en) => { const { left, top } = en.getBoundingClientRect(); return [left, top]; }"
        assert farger.evaluate(hjoerner) == [x - d for x, d in zip(felt.evaluate(hjoerner), (120, 60), strict=True)]
        expect(side.locator("#dokument-editor .editor-lag")).to_have_css("overflow", "hidden")


def test_documents_of_the_examples_are_parsed_as_they_are_shown(forslagsside: Page) -> None:
    """The console's own reading of a document agrees with the library's."""
    for eksempel in [*eksempler("produsent.graphql"), *eksempler("bruker.graphql")]:
        navn = [d.name.value if d.name else None for d in parse(eksempel).definitions]  # type: ignore[attr-defined]
        lest = forslagsside.evaluate(
            "async (tekst) => (await import('/static/konsoll-forslag.js')).operasjoner(tekst).map((en) => en.navn)",
            eksempel,
        )
        assert lest == navn
