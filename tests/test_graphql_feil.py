"""GraphQL errors, in the shape that the platform's clients know. All of them come with status 200.

`data` is not there at all when nothing was executed, and null when something was.
"""

import json
from typing import Any

import pytest
from produsent import hent, ny_beskjed, ny_sak
from tjeneste import ANNE, DAGNY, NILS, TILTAK, UKJENT, Tjeneste

INGEN_ID = "00000000-0000-4000-8000-000000000000"
HENT_SAK = '{ hentSakMedGrupperingsid(grupperingsid: "%s" merkelapp: "%s") { ... on Error { feilmelding } } }'
RESSURS = 'mottakere: [{ altinnRessurs: { ressursId: "test-fager" } }]'


def mutasjon(kall: str, utvalg: str = "__typename ... on Error { feilmelding }") -> str:
    return f"mutation {{ {kall} {{ {utvalg} }} }}"


def ny_sak_kall(mer: str = RESSURS, *, merkelapp: str = "fager", tittel: str = "t") -> str:
    fast = 'grupperingsid: "g" virksomhetsnummer: "910825526" initiellStatus: MOTTATT'
    return f'nySak({fast} merkelapp: "{merkelapp}" tittel: "{tittel}" {mer})'


def svar(tjeneste: Tjeneste, dokument: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """The whole answer; whatever is wrong, it is well-formed and says nothing of what we are made of."""
    fikk = tjeneste.produsent_svar(dokument, variables)
    assert fikk.status_code == 200
    innhold: dict[str, Any] = fikk.json()
    for feil in innhold["errors"]:
        assert list(feil) == [n for n in ("message", "locations", "path", "extensions") if n in feil]
        assert list(feil["extensions"]) == ["classification"]
        assert not {"None", "True", "False"} & set(feil["message"].replace(".", " ").split()), feil["message"]
        assert not any(
            ord_ in feil["message"] for ord_ in ("Traceback", "<class", "object at 0x", "Undefined,", "sys.")
        )
    return innhold


def klasser(innhold: dict[str, Any]) -> list[str]:
    return [feil["extensions"]["classification"] for feil in innhold["errors"]]


# ── Nothing is executed ──


@pytest.mark.parametrize(
    ("dokument", "sted"),
    [
        ("", (1, 1)),
        (" ", (1, 2)),
        ("# bare en kommentar", (1, 20)),
        ("{", (1, 2)),
        ("{ whoami", (1, 9)),
        ("{ whoami } }", (1, 12)),
        ("\n{ } ", (2, 3)),
        ("{ hentSak(id: 1) { } }", (1, 20)),
        ("hei", (1, 1)),
        ("{ whoami(a:) }", (1, 12)),
        ('{ hentSak(id: "\\x") { __typename } }', (1, 16)),
        ("{ a: 15845512345 }", (1, 6)),
        ("{ whoami \u0000 }", (1, 10)),
    ],
)
def test_document_that_cannot_be_read(tjeneste: Tjeneste, dokument: str, sted: tuple[int, int]) -> None:
    innhold = svar(tjeneste, dokument)
    assert list(innhold) == ["errors"]
    (feil,) = innhold["errors"]
    assert feil["extensions"] == {"classification": "InvalidSyntax"}
    assert feil["message"].startswith("Invalid syntax : ")
    assert feil["locations"] == [{"line": sted[0], "column": sted[1]}]
    assert "path" not in feil


@pytest.mark.parametrize(
    ("dokument", "regel", "sti"),
    [
        ("{ nei }", "FieldUndefined", "nei"),
        ("{ mineNotifikasjoner { ... on Error { nei } } }", "FieldUndefined", "mineNotifikasjoner/nei"),
        ("{ whoami(a: 1) }", "UnknownArgument", "whoami"),
        ("{ hentSak { __typename } }", "MissingFieldArgument", "hentSak"),
        ("{ hentSak(id: 1) }", "SubselectionRequired", "hentSak"),
        ("{ whoami { lengde } }", "SubselectionNotAllowed", "whoami"),
        ("{ hentSak(id: null) { __typename } }", "WrongType", "hentSak"),
        ("{ hentSak(id: true) { __typename } }", "WrongType", "hentSak"),
        ('{ mineNotifikasjoner(first: "1") { __typename } }', "WrongType", "mineNotifikasjoner"),
        ("{ mineNotifikasjoner(first: 2147483648) { __typename } }", "WrongType", "mineNotifikasjoner"),
        (f"{{ mineNotifikasjoner(first: {'9' * 5000}) {{ __typename }} }}", "WrongType", "mineNotifikasjoner"),
        ("{ mineNotifikasjoner(merkelapp: 1) { __typename } }", "WrongType", "mineNotifikasjoner"),
        (mutasjon(ny_sak_kall(f"{RESSURS} tidspunkt: []")), "WrongType", "nySak"),
        (mutasjon(ny_sak_kall(f"{RESSURS} tidspunkt: {{}}")), "WrongType", "nySak"),
        (f"mutation {{ {ny_sak_kall()} }}", "SubselectionRequired", "nySak"),
        (mutasjon(ny_sak_kall("")), "MissingFieldArgument", "nySak"),
        (mutasjon(ny_sak_kall("mottakere: null")), "WrongType", "nySak"),
        (mutasjon(ny_sak_kall("mottakere: [null]")), "WrongType", "nySak"),
        (mutasjon(ny_sak_kall("mottakere: [{ nei: 1 }]")), "WrongType", "nySak"),
        (mutasjon(ny_sak_kall(f"{RESSURS} tidspunkt: 1")), "WrongType", "nySak"),
        (mutasjon(ny_sak_kall(f"{RESSURS} tidspunkt: NAA")), "WrongType", "nySak"),
        (mutasjon(ny_sak_kall(RESSURS + ' tidspunkt: "i går"')), "WrongType", "nySak"),
        (mutasjon(ny_sak_kall(RESSURS + ' hardDelete: { om: "1D" }')), "WrongType", "nySak"),
        (mutasjon(ny_sak_kall(RESSURS + ' tittel: "igjen"')), "DuplicateArgumentNames", "nySak"),
        ("mutation { nyStatusSak(id: 1 nyStatus: FERDIGG) { __typename } }", "WrongType", "nyStatusSak"),
        ('mutation { nyStatusSak(id: 1 nyStatus: "FERDIG") { __typename } }', "WrongType", "nyStatusSak"),
        ("query ($a: Int) { whoami }", "UnusedVariable", ""),
        ("{ mineNotifikasjoner(first: $a) { __typename } }", "UndefinedVariable", "mineNotifikasjoner"),
        ("query ($a: ID) { mineNotifikasjoner(first: $a) { __typename } }", "VariableTypeMismatch", ""),
        ("query ($a: Nei) { mineNotifikasjoner(first: $a) { __typename } }", "UnknownType", ""),
        ("query ($a: Sak) { mineNotifikasjoner(first: $a) { __typename } }", "NonInputTypeOnVariable", ""),
        ("query ($a: Int $a: Int) { mineNotifikasjoner(first: $a) { __typename } }", "DuplicateVariableName", ""),
        ("{ ...F }", "UndefinedFragment", ""),
        ("{ whoami } fragment F on Query { whoami }", "UnusedFragment", ""),
        ("{ ...F } fragment F on Query { ...F }", "FragmentCycle", ""),
        ("{ ...F } fragment F on Query { whoami } fragment F on Query { whoami }", "DuplicateFragmentName", ""),
        ("{ ... on Sak { id } }", "InvalidFragmentType", ""),
        ("{ ... on SaksStatus { id } }", "FragmentTypeConditionInvalid", ""),
        ("{ whoami @nei }", "UnknownDirective", "whoami"),
        ("{ a: whoami  a: __typename }", "FieldsConflict", "whoami"),
        ("{ whoami } { whoami }", "LoneAnonymousOperationViolation", ""),
        ("query A { whoami } query A { whoami }", "DuplicateOperationName", ""),
        ("{ whoami } type Nei { a: Int }", "NonExecutableDefinition", ""),
    ],
)  # fmt: skip
def test_document_that_the_schema_does_not_allow(tjeneste: Tjeneste, dokument: str, regel: str, sti: str) -> None:
    innhold = svar(tjeneste, dokument)
    assert list(innhold) == ["errors"]
    assert set(klasser(innhold)) == {"ValidationError"}
    assert any(f["message"].startswith(f"Validation error ({regel}@[{sti}]) : ") for f in innhold["errors"]), innhold
    for feil in innhold["errors"]:
        assert feil["locations"]
        assert "path" not in feil
        assert len(feil["message"]) < 600


@pytest.mark.parametrize(
    "variables", [{}, {"v": None}, {"v": 1.5}, {"v": True}, {"v": ["x"]}, {"v": {"x": "y"}}, {"V": "x"}]
)
def test_variable_that_does_not_fit(tjeneste: Tjeneste, variables: dict[str, Any]) -> None:
    innhold = svar(tjeneste, "query ($v: ID!) { whoami hentSak(id: $v) { __typename } }", variables)
    assert list(innhold) == ["errors"]
    (feil,) = innhold["errors"]
    assert feil["extensions"] == {"classification": "ValidationError"}
    assert "$v" in feil["message"]
    assert feil["locations"] == [{"line": 1, "column": 8}]
    assert "path" not in feil


@pytest.mark.parametrize(
    ("typen", "argument", "verdi"),
    [
        ("Int", "first", "1"),
        ("Int", "first", 1.5),
        ("Int", "first", 2**31),
        ("Int", "first", 10**300),
        ("Int", "first", False),
        ("String", "after", 1),
        ("[String!]", "merkelapper", [None]),
        ("[String!]", "merkelapper", ["a", 1]),
        ("[String!]", "merkelapper", {"a": "b"}),
    ],
)
def test_variable_of_another_type_is_not_converted(tjeneste: Tjeneste, typen: str, argument: str, verdi: Any) -> None:
    dokument = f"query ($v: {typen}) {{ mineNotifikasjoner({argument}: $v) {{ __typename }} }}"
    innhold = svar(tjeneste, dokument, {"v": verdi})
    assert list(innhold) == ["errors"]
    assert klasser(innhold) == ["ValidationError"]


@pytest.mark.parametrize(
    "verdi",
    [
        *(1, 1.5, True, [], {}, "", "i går", "2020-02-30T00:00Z", "2020-01-01", "2020-01-01T24:00Z"),
        *("2020-01-01T00:00+18:01", "2020-01-01T00:00[Europe/Oslo]", "2020-01-01 00:00Z", "0" * 5000),
    ],
)
def test_scalar_of_ours_that_cannot_be_read(tjeneste: Tjeneste, verdi: Any) -> None:
    """The same for a variable and for a literal, but for the words that say where."""
    kall = ny_sak_kall(f"{RESSURS} tidspunkt: $v")
    som_variabel = svar(tjeneste, f"mutation ($v: ISO8601DateTime) {{ {kall} {{ __typename }} }}", {"v": verdi})
    som_literal = svar(tjeneste, mutasjon(kall.replace("$v", json.dumps(verdi))))
    for innhold in (som_variabel, som_literal):
        assert list(innhold) == ["errors"]
        assert klasser(innhold) == ["ValidationError"]
        assert innhold["errors"][0]["locations"]
        assert "ISO8601DateTime" in innhold["errors"][0]["message"]
    assert tjeneste.rader("SELECT count(*) FROM sak") == [(0,)]


@pytest.mark.parametrize("felt", ["ukjent", "mottakere", ANNE])
def test_unknown_field_of_an_input_is_named(tjeneste: Tjeneste, felt: str) -> None:
    dokument = f"mutation ($m: MottakerInput!) {{ {ny_sak_kall('mottakere: [$m]')} {{ __typename }} }}"
    innhold = svar(tjeneste, dokument, {"m": {"altinnRessurs": {"ressursId": "test-fager"}, felt: 1}})
    assert list(innhold) == ["errors"]
    assert klasser(innhold) == ["ValidationError"]
    (feil,) = innhold["errors"]
    assert feil["message"].endswith(f"not to include unknown field '{'<fnr>' if felt == ANNE else felt}'.")
    assert "locations" not in feil


def test_null_in_a_variable_that_may_be_null_for_an_argument_that_may_not(tjeneste: Tjeneste) -> None:
    """Schemas allow it where the variable or the argument has a default."""
    kalenderavtale = """mutation ($v: [EksterntVarselInput!]) { nyKalenderavtale(
        mottakere: [] virksomhetsnummer: "1" eksternId: "1" grupperingsid: "1" merkelapp: "fager" tekst: "" lenke: ""
        startTidspunkt: "2030-01-01T00:00" eksterneVarsler: $v) { __typename } }"""
    for innhold in (
        svar(tjeneste, kalenderavtale, {"v": None}),
        svar(tjeneste, 'query ($v: ID = "1") { hentSak(id: $v) { __typename } }', {"v": None}),
        tjeneste.bruker_svar(
            DAGNY, "query ($v: SakSortering) { saker(sortering: $v) { feilAltinn } }", {"v": None}
        ).json(),
    ):
        assert list(innhold) == ["errors"]
        assert klasser(innhold) == ["ValidationError"]
        assert "null" in innhold["errors"][0]["message"]


@pytest.mark.parametrize("betingelse", ["skip", "include"])
def test_null_is_no_condition(tjeneste: Tjeneste, betingelse: str) -> None:
    dokument = f"query ($v: Boolean = true) {{ whoami @{betingelse}(if: $v) }}"
    assert svar(tjeneste, dokument, {"v": None})["errors"]
    assert tjeneste.produsent(dokument, {}).keys() == ({"whoami"} if betingelse == "include" else set())


@pytest.mark.parametrize("dokument", ["subscription { whoami }", "subscription S { nei }"])
def test_subscription_is_not_supported(tjeneste: Tjeneste, dokument: str) -> None:
    innhold = svar(tjeneste, dokument)
    assert list(innhold) == ["errors"]
    assert klasser(innhold) == ["OperationNotSupported"]


def test_many_errors_of_validation_are_cut_short(tjeneste: Tjeneste) -> None:
    innhold = svar(tjeneste, f"{{ {' '.join(f'nei{nr}' for nr in range(500))} }}")
    assert 1 < len(innhold["errors"]) <= 21


def test_suggestions_of_names_are_not_given(tjeneste: Tjeneste) -> None:
    innhold = svar(tjeneste, "{ whoam }")
    assert "whoami" not in innhold["errors"][0]["message"]


# ── A resolver has raised ──


@pytest.mark.parametrize(
    ("operasjon", "kall", "tekst"),
    [
        ("mutation", ny_sak_kall(f"{RESSURS} hardDelete: {{}}"), "(Ingen felt er satt)"),
        ("mutation", ny_sak_kall(tittel="t" * 141), "antall=141, maks=140"),
        ("mutation", ny_sak_kall(tittel=f"for {ANNE}"), "personnummer (11 siffer)"),
        ("mutation", ny_sak_kall("mottakere: [{}]"), "MottakerInput"),
        ("query", "mineNotifikasjoner(first: 10001)", "upToIncluding=10000"),
    ],
)
@pytest.mark.parametrize("alias", ["", "a"])
def test_broken_rule_of_an_input(tjeneste: Tjeneste, operasjon: str, kall: str, tekst: str, alias: str) -> None:
    navn = alias or kall.partition("(")[0]
    innhold = svar(tjeneste, f"{operasjon} {{\n  {f'{alias}: ' if alias else ''}{kall} {{ __typename }}\n}}")
    (feil,) = innhold["errors"]
    assert list(innhold) == ["errors", "data"]
    assert innhold["data"] is None
    assert feil["message"].startswith(f"Exception while fetching data (/{navn}) : ")
    assert tekst in feil["message"]
    assert feil["locations"] == [{"line": 2, "column": 3}]
    assert feil["path"] == [navn]
    assert klasser(innhold) == ["DataFetchingException"]


@pytest.mark.parametrize("alias", ["", "a: "])
def test_no_recipient_is_told_with_two_errors(tjeneste: Tjeneste, alias: str) -> None:
    innhold = svar(tjeneste, mutasjon(alias + ny_sak_kall("mottakere: []")))
    assert innhold["data"] is None
    ren, null = innhold["errors"]
    assert sorted(ren) == ["extensions", "message"]
    assert "minst 1 mottaker" in ren["message"]
    assert ren["extensions"] == {"classification": "DataFetchingException"}
    assert null["path"] == [alias.rstrip(": ") or "nySak"]
    assert null["extensions"] == {"classification": "NullValueInNonNullableField"}


@pytest.mark.parametrize(
    "id_", ["x", "", "00000000-0000-4000-8000-00000000000", f"{{{INGEN_ID}}}", "a" * 5000, "\\u0000"]
)
@pytest.mark.parametrize("felt", ["hentSak", "hentNotifikasjon", "hardDeleteSak", "oppgaveUtfoert"])
def test_id_that_is_no_uuid(tjeneste: Tjeneste, felt: str, id_: str) -> None:
    operasjon = "query" if felt.startswith("hent") else "mutation"
    innhold = svar(tjeneste, f'{operasjon} {{ {felt}(id: "{id_}") {{ __typename }} }}')
    (feil,) = innhold["errors"]
    assert innhold["data"] is None
    assert feil["message"].startswith("unhandled exception java.lang.")
    assert sorted(feil) == ["extensions", "message", "path"]
    assert feil["path"] == [felt]
    assert klasser(innhold) == ["DataFetchingException"]


def test_exception_under_an_alias_is_told_with_the_name_and_then_the_alias(tjeneste: Tjeneste) -> None:
    innhold = svar(tjeneste, '{ a: hentSak(id: "x") { __typename } }')
    assert innhold["data"] is None
    assert klasser(innhold) == ["DataFetchingException", "NullValueInNonNullableField"]
    assert [feil["path"] for feil in innhold["errors"]] == [["hentSak"], ["a"]]


def test_one_failing_field_takes_the_others_along(tjeneste: Tjeneste) -> None:
    innhold = svar(tjeneste, '{ whoami hentSak(id: "x") { __typename } mineNotifikasjoner { __typename } }')
    assert innhold["data"] is None
    assert len(innhold["errors"]) == 1


def test_every_failing_field_of_a_query_is_told(tjeneste: Tjeneste) -> None:
    dokument = '{ hentSak(id: "x") { __typename } whoami hentNotifikasjon(id: "y") { __typename } }'
    innhold = svar(tjeneste, dokument)
    assert innhold["data"] is None
    assert [feil["path"] for feil in innhold["errors"]] == [["hentSak"], ["hentNotifikasjon"]]


def test_mutations_before_the_failing_one_stay_and_later_ones_are_not_tried(tjeneste: Tjeneste) -> None:
    foerste, andre = ny_beskjed(tjeneste, ekstern_id="1")["id"], ny_beskjed(tjeneste, ekstern_id="2")["id"]
    dokument = f"""
        mutation {{
            en: hardDeleteNotifikasjon(id: "{foerste}") {{ __typename }}
            to: hardDeleteNotifikasjon(id: "x") {{ __typename }}
            tre: hardDeleteNotifikasjon(id: "{andre}") {{ __typename }}
        }}
    """
    assert svar(tjeneste, dokument)["data"] is None
    assert hent(tjeneste, foerste)["__typename"] == "NotifikasjonFinnesIkke"
    assert hent(tjeneste, andre)["__typename"] == "HentetNotifikasjon"


def test_typed_error_does_not_stop_the_mutations_after_it(tjeneste: Tjeneste) -> None:
    sak = ny_sak(tjeneste)["id"]
    data = tjeneste.produsent(
        f"""
        mutation {{
            en: hardDeleteSak(id: "{INGEN_ID}") {{ __typename }}
            to: hardDeleteSak(id: "{sak}") {{ __typename }}
        }}
        """
    )
    assert data == {"en": {"__typename": "SakFinnesIkke"}, "to": {"__typename": "HardDeleteSakVellykket"}}


def test_unknown_producer_is_a_typed_error_and_may_ask_who_it_is(tjeneste: Tjeneste) -> None:
    data = tjeneste.produsent(
        "{ whoami mineNotifikasjoner { __typename ... on Error { feilmelding } } }", applikasjon=UKJENT
    )
    assert data["whoami"] == UKJENT
    assert data["mineNotifikasjoner"]["__typename"] == "UkjentProdusent"
    assert UKJENT in data["mineNotifikasjoner"]["feilmelding"]


def test_user_api_tells_the_same_way(tjeneste: Tjeneste) -> None:
    for dokument, felt in (
        ("{ saker { totaltAntallSaker } }", "saker"),
        ('{ sakById(id: "x") { feilAltinn } }', "sakById"),
        ('mutation { notifikasjonKlikketPaa(id: "x") { __typename } }', "notifikasjonKlikketPaa"),
    ):
        innhold = tjeneste.bruker_svar(DAGNY, dokument).json()
        (feil,) = innhold["errors"]
        assert list(innhold) == ["errors", "data"]
        assert innhold["data"] is None
        assert feil["message"].startswith("unhandled exception java.lang.")
        assert sorted(feil) == ["extensions", "message", "path"]
        assert feil["path"] == [felt]
        assert feil["extensions"] == {"classification": "DataFetchingException"}
    innhold = tjeneste.bruker_svar(DAGNY, "{ nei }").json()
    assert list(innhold) == ["errors"]
    assert klasser(innhold) == ["ValidationError"]


# ── People ──


@pytest.mark.parametrize(
    ("dokument", "variables"),
    [
        (f"{{ {ANNE} }}", {}),
        (f'{{ "{ANNE}" }}', {}),
        (f"{{ a{ANNE} }}", {}),
        (f"{{ mineNotifikasjoner(first: {DAGNY}) {{ __typename }} }}", {}),
        (f'{{ mineNotifikasjoner(first: "{ANNE}") {{ __typename }} }}', {}),
        (f'{{ mineNotifikasjoner(after: "{ANNE}") {{ __typename }} }}', {}),
        (f'{{ mineNotifikasjoner(merkelapp: "{ANNE}") {{ ... on Error {{ feilmelding }} }} }}', {}),
        (f'{{ hentSak(id: "{ANNE}") {{ __typename }} }}', {}),
        (f"{{ hentSak(id: {DAGNY}) {{ __typename }} }}", {}),
        (HENT_SAK % (ANNE, "fager"), {}),
        (HENT_SAK % ("g", NILS), {}),
        (mutasjon(f'softDeleteNotifikasjonByEksternId_V2(eksternId: "{ANNE}" merkelapp: "fager")'), {}),
        ("query ($v: Int) { mineNotifikasjoner(first: $v) { __typename } }", {"v": DAGNY}),
        ("query ($v: Int) { mineNotifikasjoner(first: $v) { __typename } }", {"v": int(DAGNY)}),
        ("query ($v: ID!) { hentSak(id: $v) { __typename } }", {"v": {ANNE: NILS}}),
        ("query ($v: ID!) { hentSak(id: $v) { __typename } }", {"v": f"{ANNE[:6]} {ANNE[6:]}"}),
        (mutasjon(ny_sak_kall(RESSURS.replace("test-fager", ANNE))), {}),
        (mutasjon(ny_sak_kall(f'{RESSURS} tidspunkt: "{ANNE}"')), {}),
        (mutasjon(ny_sak_kall(merkelapp=ANNE)), {}),
        (mutasjon(ny_sak_kall(tittel=ANNE)), {}),
    ],
)
def test_no_error_repeats_a_national_id(tjeneste: Tjeneste, dokument: str, variables: dict[str, Any]) -> None:
    tekst = tjeneste.produsent_svar(dokument, variables).text
    assert "errors" in tekst or "feilmelding" in tekst
    for fnr in (ANNE, NILS, DAGNY):
        assert fnr not in tekst


def test_leader_who_is_not_allowed_is_not_named(tjeneste: Tjeneste) -> None:
    leder = f'mottakere: [{{ naermesteLeder: {{ naermesteLederFnr: "{NILS}" ansattFnr: "{ANNE}" }} }}]'
    fikk = tjeneste.produsent_svar(mutasjon(ny_sak_kall(leder, merkelapp="Tiltak")), applikasjon=TILTAK)
    assert fikk.json()["data"]["nySak"]["__typename"] == "UgyldigMottaker"
    assert NILS not in fikk.text
    assert ANNE not in fikk.text


def test_id_of_an_item_is_told_whole(tjeneste: Tjeneste) -> None:
    """Twelve digits at the end of a UUID are no national id, nor is a letter and eleven."""
    for id_ in (INGEN_ID, "01a21233-8e77-7141-b096-a15845512345", "15845512-3451-7141-b096-15845512345a"):
        feilmelding = hent(tjeneste, id_)["feilmelding"]
        assert id_ in feilmelding


def test_value_that_is_repeated_is_cut_short(tjeneste: Tjeneste) -> None:
    dokument = "query ($v: [String!]) { mineNotifikasjoner(merkelapper: $v) { __typename } }"
    lang = tjeneste.produsent_svar(dokument, {"v": [{"x" * 100_000: "y" * 100_000}]})
    assert len(lang.content) < 1_000
    ukjent = mutasjon(ny_sak_kall('mottakere: [{ nei: "%s" }]' % ("x" * 100_000)))
    assert len(tjeneste.produsent_svar(ukjent).content) < 2_000
