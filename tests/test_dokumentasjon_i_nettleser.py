"""The documentation as people see it: everything in the SDL is there, can be found, and can be linked to."""

import json
import re
from typing import Any
from urllib.parse import parse_qs

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    introspection_from_schema,
    parse,
    validate,
)
from nettleser import Nettleser
from playwright.sync_api import Locator, Page, expect
from tjeneste import BAKERIET, DAGNY, ROOT, Tjeneste

INNEBYGDE = {"String", "Int", "Float", "Boolean", "ID"}
APIER = ["produsent", "bruker"]


def sdl(api: str) -> GraphQLSchema:
    return build_schema((ROOT / "server" / f"{api}.graphql").read_text(encoding="utf-8"))


def aapne(nettleser: Nettleser, adresse: str = "/api/produsent", **vindu: int) -> Page:
    side = nettleser.vindu(**vindu)
    side.goto(adresse)
    side.locator("html[data-ferdig]").wait_for()
    return side


def med_skjema(nettleser: Nettleser, skjema: GraphQLSchema, adresse: str = "/api/produsent") -> Page:
    """The page of an API that has this schema."""
    side = nettleser.vindu()
    svar = json.dumps(introspection_from_schema(skjema))
    side.route("**/produsent/skjema.json", lambda route: route.fulfill(body=svar, content_type="application/json"))
    side.goto(adresse)
    side.locator("html[data-ferdig]").wait_for()
    return side


def soek(side: Page) -> Locator:
    return side.get_by_role("searchbox", name="Søk i dokumentasjonen")


def treff(side: Page) -> list[str]:
    """The names of the hits, in their order."""
    return side.get_by_role("region", name=re.compile(r"treff på")).get_by_role("link").all_inner_texts()


def steder(api: str) -> dict[str, str]:
    """The address of each thing in the SDL -> its name."""
    alle: dict[str, str] = {}
    for type_ in sdl(api).type_map.values():
        if type_.name.startswith("__") or type_.name in INNEBYGDE:
            continue
        alle[type_.name] = type_.name
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for navn, felt in type_.fields.items():
                alle[f"{type_.name}.{navn}"] = navn
                alle |= {f"{type_.name}.{navn}.{argument}": argument for argument in felt.args}
        elif isinstance(type_, GraphQLInputObjectType):
            alle |= {f"{type_.name}.{navn}": navn for navn in type_.fields}
        elif isinstance(type_, GraphQLEnumType):
            alle |= {f"{type_.name}.{navn}": navn for navn in type_.values}
    return alle


# ── Everything is there ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("api", APIER)
def test_everything_in_the_sdl_is_on_the_page_and_has_an_address(nettleser: Nettleser, api: str) -> None:
    side = aapne(nettleser, f"/api/{api}")

    paa_siden = side.evaluate(
        """(steder) => Object.fromEntries(steder.map((id) => {
            const ting = document.getElementById(id);
            return [id, ting && (ting.querySelector("h3 code, .feltnavn") ?? ting.querySelector("h2"))?.textContent];
        }))""",
        list(steder(api)),
    )
    assert paa_siden | {"Query": "Query", "Mutation": "Mutation"} == steder(api)
    expect(side.locator("#Query > h2")).to_have_text("Spørringer")
    expect(side.locator("#Mutation > h2")).to_have_text("Mutasjoner")
    ider = side.evaluate("[...document.querySelectorAll('[id]')].map((en) => en.id)")
    assert len(ider) == len(set(ider))


@pytest.mark.parametrize("api", APIER)
def test_every_description_is_on_the_page(nettleser: Nettleser, api: str) -> None:
    """Each word of it, whatever became of the marks."""
    side = aapne(nettleser, f"/api/{api}")
    tekst = " ".join(side.locator("#oppslag").inner_text().split())

    for type_ in sdl(api).type_map.values():
        if type_.name.startswith("__") or type_.name in INNEBYGDE:
            continue
        ting: list[Any] = [type_, *getattr(type_, "fields", getattr(type_, "values", {})).values()]
        ting += [argument for felt in ting[1:] for argument in getattr(felt, "args", {}).values()]
        for en in ting:
            uten = re.sub(r"```.*?```", "\n\n", en.description, flags=re.S)
            uten = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", uten)
            for avsnitt in re.split(r"\n\n|^- |^- ", uten, flags=re.M):
                assert " ".join(re.sub(r"[`*]", "", avsnitt).split()) in tekst, en.description


@pytest.mark.parametrize("api", APIER)
def test_every_link_on_the_page_leads_to_something_there(nettleser: Nettleser, api: str) -> None:
    side = aapne(nettleser, f"/api/{api}")

    assert (
        side.evaluate(
            """[...document.querySelectorAll("main a[href^='#']")].map((en) => en.getAttribute("href").slice(1))
           .filter((id) => !document.getElementById(id))"""
        )
        == []
    )


def test_types_defaults_and_what_must_be_given_are_told(nettleser: Nettleser) -> None:
    side = aapne(nettleser)

    mottakere = side.locator('[id="Mutation.nySak.mottakere"]')
    expect(mottakere).to_contain_text("[MottakerInput!]!")
    expect(mottakere).to_contain_text("påkrevd")
    expect(side.locator('[id="NyBeskjedInput.mottakere"]')).to_contain_text("standard []")
    expect(side.locator('[id="NyBeskjedInput.mottakere"]')).not_to_contain_text("påkrevd")
    expect(side.locator('[id="Mutation.nySak.lenke"]')).not_to_contain_text("påkrevd")
    expect(side.locator('[id="Query.whoami"]')).to_contain_text("SvarString")
    mottakere.get_by_role("link", name="MottakerInput").click()
    expect(side).to_have_url(re.compile("#MottakerInput$"))
    expect(side.get_by_role("article", name="MottakerInput", exact=True)).to_be_in_viewport()


@pytest.mark.parametrize("api", APIER)
def test_everything_deprecated_says_so_and_why(nettleser: Nettleser, api: str) -> None:
    side = aapne(nettleser, f"/api/{api}")
    foreldet = {
        sted: ting.deprecation_reason
        for type_ in sdl(api).type_map.values()
        if not type_.name.startswith("__")
        for navn, felt in getattr(type_, "fields", getattr(type_, "values", {})).items()
        for sted, ting in [
            (f"{type_.name}.{navn}", felt),
            *((f"{type_.name}.{navn}.{a}", arg) for a, arg in getattr(felt, "args", {}).items()),
        ]
        if ting.deprecation_reason
    }
    assert bool(foreldet) is (api == "produsent")
    for sted, grunn in foreldet.items():
        merket = side.locator(f'[id="{sted}"] > .foreldet, [id="{sted}"] > dd > .foreldet')
        expect(merket).to_have_text(f"Foreldet. {grunn.replace('`', '')}")
    assert side.locator(".foreldet").count() == len(foreldet)


def test_union_lists_its_members_and_types_where_they_are_used(nettleser: Nettleser) -> None:
    side = aapne(nettleser)

    union = sdl("produsent").type_map["NySakResultat"]
    assert isinstance(union, GraphQLUnionType)
    for medlem in union.types:
        expect(side.locator("#NySakResultat > .svar").get_by_role("link", name=medlem.name, exact=True)).to_be_visible()
        expect(side.locator('[id="Mutation.nySak"] .svar')).to_contain_text(medlem.name)
    expect(side.locator("#NySakResultat .brukt")).to_have_text("Brukt i Mutation.nySak")
    expect(side.locator("#UgyldigMerkelapp")).to_contain_text("Implementerer Error")


# ── Examples ──────────────────────────────────────────────────────────────────────────────────────────────────────


def konsollens(lenke: str) -> dict[str, str]:
    return {navn: verdi for navn, [verdi] in parse_qs(lenke.partition("#")[2]).items()}


def test_example_of_the_sdl_can_be_tried_in_the_console_and_copied(nettleser: Nettleser, tjeneste: Tjeneste) -> None:
    side = aapne(nettleser)
    side.context.grant_permissions(["clipboard-read", "clipboard-write"])
    oppslag = side.get_by_role("article", name="nySak", exact=True)

    oppslag.get_by_role("button", name="Kopier").click()
    expect(oppslag.get_by_role("button", name="Kopiert")).to_be_visible()
    kopiert = side.evaluate("navigator.clipboard.readText()")
    assert kopiert in (sdl("produsent").mutation_type.fields["nySak"].description or "")  # type: ignore[union-attr]
    oppslag.get_by_role("link", name="Prøv i konsollen").click()

    expect(side.get_by_label("Dokument")).to_have_value(kopiert)
    side.get_by_role("button", name="Kjør").click()
    expect(side.get_by_label("Svaret")).to_contain_text("NySakVellykket")


@pytest.mark.parametrize("api", APIER)
def test_field_without_an_example_has_one_that_is_made(nettleser: Nettleser, api: str) -> None:
    side = aapne(nettleser, f"/api/{api}")
    skjema = sdl(api)

    for rot in (skjema.query_type, skjema.mutation_type):
        assert rot
        for navn, felt in rot.fields.items():
            oppslag = side.locator(f'[id="{rot.name}.{navn}"]')
            laget = oppslag.get_by_text("Eksempel med alle felt i svaret")
            assert laget.count() == (0 if "```graphql" in (felt.description or "") else 1), navn
            if laget.count():
                laget.click()
            eksempel = konsollens(oppslag.get_by_role("link", name="Prøv i konsollen").get_attribute("href") or "")
            assert eksempel["api"] == api
            assert validate(skjema, parse(eksempel["dokument"])) == [], navn


@pytest.mark.parametrize("api", APIER)
def test_examples_made_from_the_schema_are_valid_and_answered(
    nettleser: Nettleser, tjeneste: Tjeneste, api: str
) -> None:
    """Each of them is, so that whoever tries one learns something of the API and nothing of our mistakes."""
    tjeneste.tilgang(DAGNY, BAKERIET)
    skjema = sdl(api)
    eksempler = aapne(nettleser, f"/api/{api}").evaluate(
        """async (api) => {
            const { hentSkjema, eksempel } = await import("/static/skjema.js");
            const skjema = await hentSkjema(api);
            return ["query", "mutation"].flatMap((slag) =>
                skjema[slag].fields.map(({ name }) => ({ navn: name, slag, ...eksempel(skjema, slag, name) })));
        }""",
        api,
    )
    rotfelter = [*skjema.query_type.fields, *skjema.mutation_type.fields]  # type: ignore[union-attr]
    assert [eksempel["navn"] for eksempel in eksempler] == rotfelter

    for eksempel in eksempler:
        dokument, variabler = eksempel["document"], eksempel["variables"]
        assert validate(skjema, parse(dokument)) == [], dokument
        svar = (
            tjeneste.produsent_svar(dokument, variabler)
            if api == "produsent"
            else tjeneste.bruker_svar(DAGNY, dokument, variabler)
        ).json()
        assert "errors" not in svar, (dokument, svar)
        if eksempel["navn"] in ("nySak", "nyBeskjed", "nyOppgave", "nyKalenderavtale"):
            assert svar["data"][eksempel["navn"]]["__typename"].endswith("Vellykket"), svar


def test_members_that_call_two_things_the_same_get_an_alias(nettleser: Nettleser) -> None:
    skjema = build_schema(
        """
        type Query { ting(hvilken: ID!, hvor: [Sted!]!): Ting! }
        type Mutation { gjoer: Boolean }
        enum Sted { HER DER }
        interface Error { feilmelding: String! }
        union Ting = A | B | C | D
        type A { tilstand: Sted! samme: Int mer: A }
        type B { tilstand: String! samme: Int }
        type C implements Error { feilmelding: String! }
        type D implements Error { feilmelding: String! id: ID! }
        """
    )
    side = med_skjema(nettleser, skjema)
    eksempel = side.evaluate(
        """async () => {
            const { hentSkjema, eksempel } = await import("/static/skjema.js");
            return eksempel(await hentSkjema("produsent"), "query", "ting");
        }"""
    )

    assert validate(skjema, parse(eksempel["document"])) == []
    assert "... on B { bTilstand: tilstand samme }" in eksempel["document"]
    assert "... on D { feilmelding id }" in eksempel["document"]
    assert "... on C" not in eksempel["document"]
    assert "... on Error { feilmelding }" in eksempel["document"]
    assert eksempel["variables"]["hvor"] == ["HER"]


# ── Finding ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_search_finds_names_first_and_then_what_is_written(nettleser: Nettleser) -> None:
    side = aapne(nettleser)

    soek(side).fill("nySak")
    expect(side.get_by_role("heading", name="treff på «nySak»")).to_be_visible()
    assert treff(side)[0] == "nySak"
    expect(side.locator("#treffliste mark").first).to_have_text("nySak")
    expect(side.get_by_role("article", name="nySak", exact=True)).to_be_hidden()

    soek(side).fill("UNDER_BEHANDLING")
    assert treff(side)[0] == "UNDER_BEHANDLING"
    soek(side).fill("hardDelete")
    assert "hardDelete" in treff(side)
    soek(side).fill("skjærtorsdag")
    expect(side.get_by_role("heading", name="0 treff på «skjærtorsdag»")).to_be_visible()
    soek(side).fill("emoji tilleggsinformasjon")
    assert treff(side) == []
    soek(side).fill("EMOJI tegn")
    assert set(treff(side)) == {"tittel", "tekst"}
    soek(side).fill("")
    expect(side.get_by_role("article", name="nySak", exact=True)).to_be_attached()


def test_everything_can_be_searched_for_by_its_name(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    soek(side).fill("e")
    alle = int((side.get_by_role("heading", name="treff på «e»").inner_text()).split()[0])
    assert alle > 300
    assert len(treff(side)) == 30
    side.get_by_role("button", name="Vis flere treff").click()
    assert len(treff(side)) == 60

    borte = side.evaluate(
        """(steder) => Object.entries(steder).filter(([sted, navn]) => {
            const [felt, flere] = [document.getElementById("soek"), document.getElementById("flere")];
            felt.value = navn;
            felt.dispatchEvent(new Event("input"));
            while (!flere.hidden) flere.click();
            return ![...document.querySelectorAll("#treffliste a")].some((a) => a.hash === `#${sted}`);
        }).map(([sted]) => sted)""",
        steder("produsent"),
    )
    assert borte == ["Query", "Mutation"]  # they are called what they are on the page


def test_search_is_used_with_the_keyboard_alone(nettleser: Nettleser) -> None:
    side = aapne(nettleser)

    side.keyboard.press("/")
    expect(soek(side)).to_be_focused()
    side.keyboard.type("ny/frist")
    expect(soek(side)).to_have_value("ny/frist")
    side.keyboard.press("Escape")
    expect(soek(side)).to_have_value("")
    side.keyboard.type("nyFrist")
    side.keyboard.press("ArrowDown")
    expect(side.get_by_role("link", name="nyFrist").first).to_be_focused()
    side.keyboard.press("ArrowDown")
    side.keyboard.press("ArrowUp")
    side.keyboard.press("ArrowUp")
    expect(soek(side)).to_be_focused()
    side.keyboard.press("ArrowDown")
    side.keyboard.press("Enter")

    expect(side).to_have_url(re.compile(r"#Mutation\.oppgaveUtsettFrist\.nyFrist$"))
    maalet = side.locator('[id="Mutation.oppgaveUtsettFrist.nyFrist"]')
    expect(maalet).to_be_focused()
    expect(maalet).to_be_in_viewport()
    side.keyboard.press("/")
    expect(soek(side)).to_be_focused()
    expect(soek(side)).to_have_value("nyFrist")


# ── Addresses and the menu ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sted", ["Mutation.nySak", "NySakResultat", "Sak.tittel", "SaksStatus.FERDIG"])
def test_address_of_a_thing_lasts(nettleser: Nettleser, sted: str) -> None:
    side = aapne(nettleser, f"/api/produsent#{sted}")
    maalet = side.locator(f'[id="{sted}"]')
    expect(maalet).to_be_in_viewport()

    side.reload()
    side.locator("html[data-ferdig]").wait_for()

    expect(maalet).to_be_in_viewport()
    assert 0 <= maalet.evaluate("(ting) => ting.getBoundingClientRect().top") < 100


@pytest.mark.parametrize("sted", ["FinnesIkke", "%E0%A4%A", "Mutation.nySak.finnesIkke"])
def test_address_of_nothing_shows_the_documentation_from_its_start(nettleser: Nettleser, sted: str) -> None:
    side = aapne(nettleser, f"/api/produsent#{sted}")

    expect(side.get_by_role("heading", name="Produsent-API")).to_be_in_viewport()
    expect(side.get_by_role("article", name="nySak", exact=True)).to_be_attached()


def test_menu_of_the_documentation_is_the_same_on_all_its_pages(nettleser: Nettleser) -> None:
    steder = {
        "/api": "Kom i gang",
        "/api/produsent": "Produsent-API",
        "/api/bruker": "Bruker-API",
        "/api/konsoll": "Konsoll",
        "/vilkaar": "Bruksvilkår",
    }
    side = nettleser.vindu()
    for sted, her in steder.items():
        side.goto(sted)
        meny = side.get_by_role("main").get_by_role("navigation", name="API-et")
        lenker = meny.get_by_role("link")
        assert {lenke.get_attribute("href"): lenke.inner_text() for lenke in lenker.all()} == steder
        expect(meny.locator("[aria-current=page]")).to_have_text(her)


def test_menu_marks_where_one_is(nettleser: Nettleser) -> None:
    side = aapne(nettleser)
    meny = side.get_by_role("navigation", name="Innhold")

    meny.get_by_role("link", name="nyOppgave", exact=True).click()
    expect(side.get_by_role("article", name="nyOppgave", exact=True)).to_be_in_viewport()
    expect(meny.locator("[aria-current]")).to_have_text("nyOppgave")
    side.locator("#MottakerInput").evaluate("(ting) => ting.scrollIntoView()")
    expect(meny.locator("[aria-current]")).to_have_text("MottakerInput")
    expect(meny.locator("[aria-current]")).to_be_in_viewport()
    side.go_back()
    # Again and again: the browser scrolls to where one was when it is ready.
    oeverst = "() => { scrollTo(0, 0); return document.querySelector('[aria-label=Innhold] [aria-current]').text; }"
    side.wait_for_function(f"() => ({oeverst})() === 'Om spørringer'")
    expect(side.get_by_role("navigation", name="Hovedmeny").locator("[aria-current]")).to_have_text("API")
    expect(side.get_by_role("navigation", name="API-et").locator("[aria-current]")).to_have_text("Produsent-API")


def test_narrow_screen_has_the_menu_folded_and_is_not_scrolled_sideways(nettleser: Nettleser) -> None:
    for adresse in ("/api", "/api/produsent", "/api/bruker", "/vilkaar"):
        side = nettleser.vindu(width=390, height=844)
        side.goto(adresse)
        if adresse.startswith("/api/"):
            side.locator("html[data-ferdig]").wait_for()
            side.evaluate("for (const en of document.querySelectorAll('.laget')) en.open = true")
        assert side.evaluate("document.documentElement.scrollWidth") == 390
        if adresse == "/api/produsent":
            meny = side.get_by_role("navigation", name="Innhold")
            expect(meny).to_be_hidden()
            side.get_by_text("Innhold", exact=True).click()
            meny.get_by_role("link", name="nyBeskjed", exact=True).click()
            expect(meny).to_be_hidden()
            oppslag = side.get_by_role("article", name="nyBeskjed", exact=True)
            expect(oppslag).to_be_in_viewport()
            under = soek(side).evaluate("(felt) => felt.getBoundingClientRect().bottom")
            assert oppslag.evaluate("(ting) => ting.getBoundingClientRect().top") >= under


# ── What others write is text ─────────────────────────────────────────────────────────────────────────────────────

ONDSINNET = """
Se <img src=x onerror=alert(1)> og <script>alert(2)</script>, **<b>fet</b>** og `<i>kode</i>`.

- [skript](javascript:alert(3)) og [data](data:text/html,x) og [god](https://eksempel.no/a) og [egen](/vilkaar)
- punkt to
  over to linjer

```graphql
{ whoami } # </code></pre><img src=x onerror=alert(4)>
```

```
aldri lukket <b>
"""


def test_description_can_be_nothing_but_text(nettleser: Nettleser) -> None:
    skjema = build_schema('type Query { "x" whoami: String @deprecated(reason: "x") }\ntype Mutation { a: Int }')
    assert skjema.query_type
    skjema.query_type.description = ONDSINNET
    skjema.query_type.fields["whoami"].description = ONDSINNET
    skjema.query_type.fields["whoami"].deprecation_reason = "<img src=x onerror=alert(5)> [skript](javascript:alert(6))"

    side = med_skjema(nettleser, skjema)

    oppslag = side.get_by_role("article", name="whoami")
    expect(oppslag).to_contain_text(
        "Se <img src=x onerror=alert(1)> og <script>alert(2)</script>, <b>fet</b> og <i>kode</i>."
    )
    expect(oppslag.locator("strong", has_text="<b>fet</b>")).to_be_visible()
    expect(oppslag.locator("li")).to_have_text(
        [
            "[skript](javascript:alert(3)) og [data](data:text/html,x) og god og egen",
            "punkt to over to linjer",
        ]
    )
    assert oppslag.locator("li a").evaluate_all("(alle) => alle.map((en) => en.href)") == [
        "https://eksempel.no/a",
        f"{nettleser.url}/vilkaar",
    ]
    expect(oppslag.locator("pre").first).to_contain_text("</code></pre><img src=x onerror=alert(4)>")
    expect(oppslag.locator("pre").nth(1)).to_have_text("aldri lukket <b>\n")
    assert side.locator("main img, main script, main b, main i").count() == 0
    soek(side).fill("onerror")
    expect(side.locator("#treffliste li").first).to_contain_text("<img src=x onerror=alert(1)>")
    assert side.locator("main img, main script").count() == 0


MARKDOWN = [
    ("En linje.", "<p>En linje.</p>"),
    ("To\nlinjer.\n\nNytt avsnitt.", "<p>To linjer.</p><p>Nytt avsnitt.</p>"),
    ("**Fet.** *kursiv* `kode`", "<p><strong>Fet.</strong> <em>kursiv</em> <code>kode</code></p>"),
    ("`a * b` og 2 * 3 * 4", "<p><code>a * b</code> og 2 * 3 * 4</p>"),
    ("`**ikke fet**`", "<p><code>**ikke fet**</code></p>"),
    ("**med `kode` i**", "<p><strong>med <code>kode</code> i</strong></p>"),
    (
        "Innledning:\n\n- en\n- to\n  mer\n\nEtter.",
        "<p>Innledning:</p><ul><li>en</li><li>to mer</li></ul><p>Etter.</p>",
    ),
    ("Tett:\n- en", "<p>Tett:</p><ul><li>en</li></ul>"),
    ("```\na\n\n- b\n```\nc", '<pre tabindex="0"><code>a\n\n- b</code></pre><p>c</p>'),
    ("[a](/b) [c](ftp://d)", '<p><a href="/b">a</a> [c](ftp://d)</p>'),
    ("a `uten slutt", "<p>a `uten slutt</p>"),
    ("**uten slutt", "<p>**uten slutt</p>"),
    ("&lt;b&gt; & <b>", "<p>&amp;lt;b&amp;gt; &amp; &lt;b&gt;</p>"),
    ("", ""),
]


def test_markdown_of_the_descriptions_becomes_nodes(nettleser: Nettleser) -> None:
    side = aapne(nettleser, "/api/bruker")

    lag = """async (alle) => {
        const { markdown } = await import("/static/markdown.js");
        return alle.map((tekst) => {
            const boks = document.createElement("div");
            boks.append(...markdown(tekst));
            return boks.innerHTML.replaceAll(' class=""', "");
        });
    }"""
    tekster = [tekst for tekst, _ in MARKDOWN]
    assert list(zip(tekster, side.evaluate(lag, tekster), strict=True)) == MARKDOWN


# ── When the service does not answer ──────────────────────────────────────────────────────────────────────────────


def test_service_that_does_not_answer_is_told_and_can_be_tried_again(nettleser: Nettleser) -> None:
    side = nettleser.vindu()
    side.route("**/skjema.json", lambda route: route.abort())
    side.goto("/api/produsent")
    expect(side.get_by_text("Vi får ikke hentet dokumentasjonen.")).to_be_visible()

    side.unroute("**/skjema.json")
    side.get_by_role("button", name="Prøv igjen").press("Enter")

    expect(side.get_by_role("article", name="whoami")).to_be_visible()
    expect(side.get_by_role("main")).to_be_focused()  # the button is gone
    expect(side.get_by_text("Vi får ikke hentet dokumentasjonen.")).to_be_hidden()
    assert nettleser.feil and all("ERR_FAILED" in feil for feil in nettleser.feil)
    nettleser.feil.clear()
