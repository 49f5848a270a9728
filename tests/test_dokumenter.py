"""Documents as code generators, libraries and people write them."""

from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)
from produsent import hent, ny_kalenderavtale, ny_oppgave, ny_sak
from tjeneste import BAKERIET, DAGNY, FAGER, RESSURS, ROOT, Tjeneste

SKJEMA = {
    api: build_schema((ROOT / "server" / f"{api}.graphql").read_text(encoding="utf-8"))
    for api in ("produsent", "bruker")
}
FELTER = [
    (api, operasjon, felt)
    for api, schema in SKJEMA.items()
    for operasjon, rot in (("query", schema.query_type), ("mutation", schema.mutation_type))
    if rot
    for felt in rot.fields
]


def test_named_operations_are_chosen_by_name(tjeneste: Tjeneste) -> None:
    dokument = """
        query Hvem { hvem: whoami }
        mutation Slett { hardDeleteSak(id: "00000000-0000-4000-8000-000000000000") { __typename } }
        query Annen { annen: whoami }
    """
    for navn, felt in (("Hvem", "hvem"), ("Slett", "hardDeleteSak"), ("Annen", "annen")):
        svar = tjeneste.produsent_svar(dokument, operation_name=navn)
        assert list(svar.json()["data"]) == [felt]


def test_single_named_operation_needs_no_name(tjeneste: Tjeneste) -> None:
    for navn in (None, "", "Hvem"):
        svar = tjeneste.produsent_svar("query Hvem { whoami }", operation_name=navn)
        assert svar.json() == {"data": {"whoami": FAGER}}


def test_document_of_apollo_with_typename_everywhere_is_answered(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    ny_sak(tjeneste)
    ny_oppgave(tjeneste, grupperingsid="sak-1")
    dokument = """
        query bjella {
            notifikasjoner {
                feilAltinn
                notifikasjoner {
                    __typename
                    ... on Oppgave {
                        brukerKlikk { id klikketPaa __typename }
                        virksomhet { navn virksomhetsnummer __typename }
                        sak { tittel tilleggsinformasjon __typename }
                        __typename
                    }
                    ... on Beskjed { id __typename }
                }
                __typename
            }
            __typename
        }
    """
    svar = tjeneste.bruker_svar(DAGNY, dokument, {}, operation_name="bjella").json()["data"]
    (oppgave,) = svar["notifikasjoner"]["notifikasjoner"]
    assert (svar["__typename"], svar["notifikasjoner"]["__typename"], oppgave["__typename"]) == (
        "Query",
        "NotifikasjonerResultat",
        "Oppgave",
    )
    assert (oppgave["brukerKlikk"]["__typename"], oppgave["virksomhet"]["__typename"]) == ("BrukerKlikk", "Virksomhet")
    assert oppgave["sak"] == {"tittel": "Søknad om fritak", "tilleggsinformasjon": None, "__typename": "SakMetadata"}


def test_explicit_null_is_the_same_as_leaving_it_out(tjeneste: Tjeneste) -> None:
    null = ny_sak(
        tjeneste,
        lenke=None,
        nesteSteg=None,
        tidspunkt=None,
        tilleggsinformasjon=None,
        overstyrStatustekstMed=None,
        hardDelete=None,
    )
    assert null["__typename"] == "NySakVellykket"
    assert ny_sak(tjeneste) == null


def test_one_object_may_stand_for_a_list_of_one(tjeneste: Tjeneste) -> None:
    sms = {
        "sms": {
            "mottaker": {"kontaktinfo": {"tlf": "40000000"}},
            "smsTekst": "Hei",
            "sendetidspunkt": {"sendevindu": "LOEPENDE"},
        }
    }
    som_variabel = ny_oppgave(tjeneste, mottakere=None, eksterneVarsler=sms, **{"ekstern_id": "en"})
    assert len(som_variabel["eksterneVarsler"]) == 1
    som_literal = tjeneste.produsent(
        """
        mutation {
            nyBeskjed(nyBeskjed: {
                mottakere: { altinnRessurs: { ressursId: "test-fager" } }
                notifikasjon: { merkelapp: "fager" tekst: "Hei" lenke: "" }
                metadata: { virksomhetsnummer: "910825526" eksternId: "to" }
            }) { __typename ... on NyBeskjedVellykket { id } }
        }
        """
    )["nyBeskjed"]
    assert som_literal["__typename"] == "NyBeskjedVellykket"
    assert hent(tjeneste, som_literal["id"])["__typename"] == "HentetNotifikasjon"


# ── A document for every field, as a code generator makes it ──


def _utvalg(type_: Any, schema: GraphQLSchema, sett: tuple[str, ...] = ()) -> str:
    """Everything there is of a type, __typename first, with a fragment for each member of a union."""
    type_ = get_named_type(type_)
    if not is_composite_type(type_):
        return ""
    if isinstance(type_, GraphQLUnionType):
        innhold = [f"... on {medlem.name} {_utvalg(medlem, schema, sett)}" for medlem in type_.types]
    else:
        # The same field of two members may differ in nullability, so each has its member's name.
        innhold = [
            f"{type_.name}_{navn}: {navn} {_utvalg(felt.type, schema, (*sett, type_.name))}"
            for navn, felt in type_.fields.items()
            if get_named_type(felt.type).name not in sett
        ]
    return f"{{ __typename {' '.join(innhold)} }}"


def _dokument(api: str, operasjon: str, navn: str) -> str:
    felt = _felt(api, operasjon, navn)
    variabler = " ".join(
        f"${navn}: {argument.type if is_required_argument(argument) else get_nullable_type(argument.type)}"
        for navn, argument in felt.args.items()
    )
    argumenter = " ".join(f"{navn}: ${navn}" for navn in felt.args)
    kall = f"{navn}{f'({argumenter})' if argumenter else ''} {_utvalg(felt.type, SKJEMA[api])}"
    return f"{operasjon} Generert{f'({variabler})' if variabler else ''} {{ __typename {kall} }}"


def _felt(api: str, operasjon: str, navn: str) -> GraphQLField:
    rot = SKJEMA[api].query_type if operasjon == "query" else SKJEMA[api].mutation_type
    assert isinstance(rot, GraphQLObjectType)
    felt: GraphQLField = rot.fields[navn]
    return felt


def _verdi(type_: Any) -> Any:
    """The least that is valid: null wherever it may be, and one of those of which there must be one."""
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if isinstance(type_, GraphQLList):
        return [_verdi(type_.of_type)]
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        if type_.name == "MottakerInput":
            return {"altinn": None, "naermesteLeder": None} | RESSURS
        return {
            navn: _verdi(felt.type) if is_required_input_field(felt) or navn == "mottakere" else None
            for navn, felt in type_.fields.items()
            if navn == "mottakere" or is_required_input_field(felt) or not isinstance(felt.type, GraphQLNonNull)
        }
    return {
        "ID": "00000000-0000-4000-8000-000000000000",
        "Int": 1,
        "Boolean": True,
        "ISO8601DateTime": "2030-01-01T00:00:00Z",
        "ISO8601LocalDateTime": "2030-01-01T00:00:00",
        "ISO8601Date": "2030-01-01",
        "ISO8601Duration": "P1D",
    }.get(type_.name, "fager")


@pytest.mark.parametrize(("api", "operasjon", "navn"), FELTER, ids=lambda del_: del_)
def test_generated_document_is_answered_with_least_variables(
    tjeneste: Tjeneste, api: str, operasjon: str, navn: str
) -> None:
    """All nulls explicit; __typename at every level; all that can be asked for; what it names is there."""
    tjeneste.tilgang(DAGNY, BAKERIET)
    ny_sak(tjeneste, grupperingsid="fager")
    ny_oppgave(tjeneste, ekstern_id="fager", grupperingsid="fager", frist="2029-01-01")
    ny_kalenderavtale(tjeneste, eksternId="fager-2", grupperingsid="fager")
    felt = _felt(api, operasjon, navn)
    variabler = {
        navn: _verdi(argument.type) if is_required_argument(argument) else None
        for navn, argument in felt.args.items()
        if is_required_argument(argument) or not isinstance(argument.type, GraphQLNonNull)
    }
    if navn == "saker":
        variabler["virksomhetsnumre"] = [BAKERIET]  # one of the two must be there
    token = tjeneste.token(**({"produsent": FAGER} if api == "produsent" else {"bruker": DAGNY}))
    for _ in ("parsed", "remembered"):
        svar = tjeneste.post(
            f"/{api}/api/graphql", _dokument(api, operasjon, navn), variabler, token=token, operation_name="Generert"
        )
        assert svar.status_code == 200
        assert list(svar.json()) == ["data"], svar.text
        assert list(svar.json()["data"]) == ["__typename", navn]
