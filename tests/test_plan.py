"""The compiled way through an operation gives what graphql-core's own executor gives, whatever is asked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import build_schema, coerce_input_value, parse, type_from_ast
from graphql.language import parse_type
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries
from tjeneste import BAKERIET, DAGNY, FAGER, ROOT, kjoerende

from server import argumenter, bruker, config, produsent
from server.database import Database
from server.graphql_api import GraphQLApi
from server.register import Kall, Register
from server.tid import Klokke, parse_tidspunkt
from server.tilgang import Bruker, Tilganger

NOW = parse_tidspunkt("2026-11-25T10:00:00Z")
MANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    fil = Path(tmp_path_factory.mktemp("plan")) / "demo.db"
    with kjoerende(fil, demodata=True):
        pass
    database = Database(fil, ROOT / "schema.sql")
    yield database
    database.close()


def som_bruker(database: Database) -> Bruker:
    return Bruker(database, NOW, DAGNY, Tilganger(database, Klokke().monotonic, 300, 10))


def som_produsent(database: Database) -> Kall:
    register = Register(config.load(ROOT / "config.toml").produsent)
    return Kall(database, NOW, FAGER, register.finn(FAGER), True)


def sammenlign(api: GraphQLApi, kall: Any, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """The answer, after it was found to be graphql-core's too."""
    svar: dict[str, Any] = orjson.loads(orjson.dumps(api.utfoer(query, variables, None, kall, "korrelasjon")))
    data, errors = api.utfoer_uten_plan(parse(query), variables, None, kall)
    if errors:
        assert len(svar["errors"]) >= len(errors), (svar, errors)
        assert svar.get("data") == data
    else:
        assert svar == {"data": data}
        assert list(_noekler(svar["data"])) == list(_noekler(data))
    return svar


def har_plan(api: GraphQLApi, kall: Any, query: str, variables: dict[str, Any] | None = None) -> bool:
    dokument = api._dokument(query)
    assert not isinstance(dokument, dict), dokument
    (planer,) = dokument.planer.values()
    return planer.utfoer(kall, variables or {}) is not None


@MANY
@given(
    query=queries((ROOT / "server" / "bruker.graphql").read_text(encoding="utf-8"), custom_scalars={}, allow_null=False)
)
def test_random_queries_of_the_user_api(demo: Database, query: str) -> None:
    sammenlign(bruker.API, som_bruker(demo), query)


@MANY
@given(
    query=queries(
        (ROOT / "server" / "produsent.graphql").read_text(encoding="utf-8"), custom_scalars={}, allow_null=False
    )
)
def test_random_queries_of_the_producer_api(demo: Database, query: str) -> None:
    sammenlign(produsent.API, som_produsent(demo), query)


SAK = "saker(virksomhetsnummer: $v)"
DOKUMENTER: list[tuple[str, dict[str, Any]]] = [
    ("{ __typename notifikasjoner { __typename notifikasjoner { __typename ... on Oppgave { __typename id } } } }", {}),
    ("{ a: notifikasjoner { feilAltinn } b: notifikasjoner { feilDigiSyfo feilAltinn } }", {}),
    (
        """query ($v: String $med: Boolean! $uten: Boolean = false) {
            saker(virksomhetsnummer: $v) {
                saker @include(if: $med) { id tittel @skip(if: $uten) sisteStatus { tekst } }
                totaltAntallSaker @skip(if: $med)
                saker { tidslinje { ...T } }
            }
        }
        fragment T on TidslinjeElement {
            __typename
            ... on OppgaveTidslinjeElement { id tekst frist ...F }
            ... on BeskjedTidslinjeElement { tekst id lenke }
            ... on KalenderavtaleTidslinjeElement { startTidspunkt lokasjon { adresse } digitalt }
        }
        fragment F on OppgaveTidslinjeElement { tilstand paaminnelseTidspunkt utgaattTidspunkt id }""",
        {"v": BAKERIET, "med": True},
    ),
    (
        """query ($v: [String!]!) {
            kommendeKalenderavtaler(virksomhetsnumre: $v) { avtaler { virksomhet { navn } sak { tittel } } } }""",
        {"v": [BAKERIET]},
    ),
    ("query ($v: [String!]!) { kommendeKalenderavtaler(virksomhetsnumre: $v) { feilAltinn } }", {"v": BAKERIET}),
    (
        "query ($n: Int) { saker(virksomhetsnumre: [], limit: $n) { totaltAntallSaker sakstyper { antall } } }",
        {"n": None},
    ),
    (
        """query ($f: [OppgaveFilterType!]) { saker(virksomhetsnummer: "910825526", oppgaveFilter: $f, limit: 100) {
            saker { oppgaver { tilstand frist } frister } oppgaveFilterInfo { filterType antall } } }""",
        {"f": ["TILSTAND_NY"]},
    ),
]


@pytest.mark.parametrize("med", [True, False])
@pytest.mark.parametrize(("query", "variables"), DOKUMENTER)
def test_documents_as_code_generators_write_them_have_a_plan(
    demo: Database, query: str, variables: dict[str, Any], med: bool
) -> None:
    variables = variables | ({"med": med} if "med" in variables else {})
    assert har_plan(bruker.API, som_bruker(demo), query, variables)
    assert "errors" not in sammenlign(bruker.API, som_bruker(demo), query, variables)


@pytest.mark.parametrize("query", ["{ __schema { queryType { name } } }", '{ __type(name: "Sak") { name } whoami }'])
def test_introspection_goes_to_graphql_core(demo: Database, query: str) -> None:
    assert not har_plan(bruker.API, som_bruker(demo), query)
    assert "errors" not in sammenlign(bruker.API, som_bruker(demo), query)


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ('{ sakById(id: "nei") { feilAltinn } }', {}),
        ("query ($id: ID!) { x: sakById(id: $id) { feilAltinn } }", {"id": "nei"}),
        ("{ notifikasjoner { feilAltinn } saker { totaltAntallSaker } }", {}),
        ("query ($id: ID!) { sakById(id: $id) { feilAltinn } }", {}),
        ("query ($id: ID!) { sakById(id: $id) { feilAltinn } }", {"id": None}),
        ('query ($n: Int) { saker(virksomhetsnummer: "1", limit: $n) { totaltAntallSaker } }', {"n": "3"}),
        ('query ($n: Int) { saker(virksomhetsnummer: "1", limit: $n) { totaltAntallSaker } }', {"n": 2**31}),
        (
            'query ($s: SakSortering!) { saker(virksomhetsnummer: "1", sortering: $s) { totaltAntallSaker } }',
            {"s": "X"},
        ),
    ],
)
def test_errors_are_those_of_graphql_core(demo: Database, query: str, variables: dict[str, Any]) -> None:
    assert sammenlign(bruker.API, som_bruker(demo), query, variables)["errors"]


# ── Coercion of variables ──

SCHEMA = build_schema((ROOT / "server" / "produsent.graphql").read_text(encoding="utf-8"))
TYPER = [
    "NyBeskjedInput!",
    "[MottakerInput!]!",
    "FutureTemporalInput",
    "[String!]",
    "ID!",
    "Int",
    "SaksStatus!",
    "LokasjonInput",
]
SKALARER = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("MOTTATT")
FELTER = st.sampled_from(
    """mottaker mottakere notifikasjon metadata altinnRessurs ressursId merkelapp tekst lenke virksomhetsnummer
    eksternId den om adresse postnummer poststed x""".split()
)
VERDIER = st.recursive(
    SKALARER, lambda inni: st.lists(inni, max_size=3) | st.dictionaries(FELTER, inni, max_size=4), max_leaves=12
)
RIKTIG = st.fixed_dictionaries(
    {
        "notifikasjon": st.fixed_dictionaries({"merkelapp": st.text(), "tekst": st.text(), "lenke": st.text()}),
        "metadata": st.fixed_dictionaries(
            {"virksomhetsnummer": st.text(), "eksternId": st.text()}, optional={"grupperingsid": st.none() | st.text()}
        ),
    },
    optional={"mottakere": VERDIER, "mottaker": VERDIER, "eksterneVarsler": st.just([]) | VERDIER},
)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(type_navn=st.sampled_from(TYPER), verdi=VERDIER | RIKTIG)
def test_what_is_coerced_is_what_graphql_core_makes_of_it(type_navn: str, verdi: Any) -> None:
    type_ = type_from_ast(SCHEMA, parse_type(type_navn))
    riktig = coerce_input_value(verdi, type_)  # type: ignore[arg-type]
    try:
        vaar = argumenter.leser(type_)(verdi)  # type: ignore[arg-type]
    except argumenter.Uregelrett:
        return  # graphql-core is asked: its answer is right by definition
    assert vaar == riktig


def _noekler(verdi: Any) -> Iterator[str]:
    """Every key, in order: the order of an answer is that of the question."""
    if isinstance(verdi, dict):
        for noekkel, inni in verdi.items():
            yield noekkel
            yield from _noekler(inni)
    elif isinstance(verdi, list):
        for inni in verdi:
            yield from _noekler(inni)
