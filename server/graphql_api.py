"""One GraphQL API: its SDL, a function for each root field, and the way from a document to an answer.

camelCase ends here: functions take and give snake_case, and a field that has no function of its own is read from the
row by its name in snake_case, or as the Form of its type says. Values of the scalars are `tid`'s: instants are µs, a
text is taken to be formatted already. Documents are parsed and validated once and kept by their text.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Undefined,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged

from server import graphql_feil, tid
from server.database import DatabaseOpptatt
from server.feil import Feil, Innfeil, UgyldigInndata
from server.log import uten_fnr
from server.plan import Kaller, Planer
from server.plankode import FINNES, Form, NullDerDetIkkeErLov

MAX_TOKENS = 2_000  # the largest document seen among clients has 161
MAX_DYBDE = 12  # of selections; introspection is exempt
MAX_ROTFELTER = 30  # of one operation: a batch of mutations
MAX_FEIL = 20  # of validation, before it stops
MAX_DOKUMENTER = 512  # kept, valid ones only
MAX_HUSKET = 20_000  # characters of a document that is kept: long ones are padding

# The worst attack within MAX_TOKENS takes 2 s to validate with the library's own budget, 0.3 s with this.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 50_000

Funksjon = Callable[..., Any]


class UgyldigForespoersel(Exception):
    """The request as a whole makes no sense, so there is no GraphQL answer to it."""


class UventetFeil(Exception):
    """A fault of ours. `svar` is what the caller is told; it is not an answer that may be kept."""

    def __init__(self, svar: dict[str, Any]) -> None:
        super().__init__("unexpected fault")
        self.svar = svar


@dataclass(frozen=True, slots=True)
class _Dokument:
    node: DocumentNode
    operasjoner: dict[str | None, OperationDefinitionNode]
    planer: dict[str | None, Planer]
    bare_introspeksjon: bool


class GraphQLApi:
    """Raises ValueError when SDL and functions differ, so that the program does not start."""

    def __init__(
        self,
        sdl: Path,
        *,
        query: Mapping[str, Funksjon],
        mutation: Mapping[str, Funksjon],
        former: Mapping[str, Form] | None = None,
    ) -> None:
        """`former`: the types whose objects are rows of SQLite. The types of a union are all in it, or none."""
        self.sdl = sdl.read_text(encoding="utf-8")
        self._schema = build_schema(self.sdl, assume_valid_sdl=True)
        self._kall: dict[OperationType, dict[str, Kaller]] = {
            OperationType.QUERY: _koble(self._schema.query_type, query, sdl.name),
            OperationType.MUTATION: _koble(self._schema.mutation_type, mutation, sdl.name),
        }
        _skalarer(self._schema)
        self._former = former or {}
        for objekt in self._schema.type_map.values():
            form = self._former.get(objekt.name)
            if isinstance(objekt, GraphQLObjectType) and not objekt.name.startswith("__"):
                for navn, felt in objekt.fields.items():
                    felt.resolve = felt.resolve or _les(form[_snake(navn)] if form else _snake(navn))
            elif isinstance(objekt, GraphQLUnionType) and objekt.types[0].name in self._former:
                objekt.resolve_type = _les(self._former[objekt.types[0].name]["__typename"])
        self._dokumenter: OrderedDict[str, _Dokument] = OrderedDict()
        self._laas = Lock()

    def utfoer(
        self, query: str, variables: dict[str, Any] | None, operation_name: str | None, kall: Any, korrelasjon: str
    ) -> dict[str, Any]:
        """The answer to one request, ready to be written as JSON.

        Raises UgyldigForespoersel if it is unclear which operation is meant, DatabaseOpptatt if the database is, and
        UventetFeil, which has the answer, if something broke that never should.
        """
        dokument = self._dokument(query)
        if isinstance(dokument, dict):
            return dokument
        operasjon = _velg_operasjon(dokument, operation_name)
        try:
            resultat = dokument.planer[operasjon.name.value if operasjon.name else None].utfoer(kall, variables or {})
        except NullDerDetIkkeErLov:
            if operasjon.operation is not OperationType.QUERY:
                raise
            resultat = None
        data, errors = resultat or self.utfoer_uten_plan(dokument.node, variables, operation_name, kall)
        if not errors:
            advarsler = getattr(kall, "advarsler", None)
            return {"data": data} | ({"extensions": {"advarsler": advarsler}} if advarsler else {})
        for error in errors:
            if isinstance(error.original_error, DatabaseOpptatt):
                raise error.original_error
        if data is None and all(error.path is None for error in errors):
            return graphql_feil.variabelfeil(errors)
        svar = graphql_feil.utfoeringsfeil(errors, data, korrelasjon)
        if any(not isinstance(error.original_error, UgyldigInndata | Innfeil) for error in errors):
            raise UventetFeil(svar) from errors[0].original_error
        return svar

    def utfoer_uten_plan(
        self, node: DocumentNode, variables: dict[str, Any] | None, operation_name: str | None, kall: Any
    ) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
        """(data, errors) by graphql-core's own executor."""
        resultat = execute_sync(
            self._schema,
            node,
            context_value=kall,
            variable_values=variables or {},
            operation_name=operation_name,
            hide_suggestions=True,
        )
        return resultat.data, resultat.errors or []

    def er_introspeksjon(self, query: str) -> bool:
        """Whether the document asks for the schema and nothing else."""
        dokument = self._dokument(query)
        return isinstance(dokument, _Dokument) and dokument.bare_introspeksjon

    def er_mutasjon(self, query: str, operation_name: str | None) -> bool:
        """Whether the operation that would be executed is a valid mutation."""
        dokument = self._dokument(query)
        if isinstance(dokument, dict):
            return False
        return _velg_operasjon(dokument, operation_name).operation is OperationType.MUTATION

    def _dokument(self, query: str) -> _Dokument | dict[str, Any]:
        """The validated document, or the answer that says what is wrong with it."""
        with self._laas:
            if kjent := self._dokumenter.get(query):
                self._dokumenter.move_to_end(query)
                return kjent
        try:
            node = parse(query, max_lexical_tokens=MAX_TOKENS, allow_empty_selection_sets=False)
        except GraphQLError as error:
            return graphql_feil.syntaksfeil(error)
        if any(getattr(d, "operation", None) is OperationType.SUBSCRIPTION for d in node.definitions):
            return graphql_feil.ikke_tillatt("Subscriptions are not supported", "OperationNotSupported")
        if errors := validate(self._schema, node, max_errors=MAX_FEIL, hide_suggestions=True):
            return graphql_feil.valideringsfeil(errors, node)
        fragmenter = {d.name.value: d for d in node.definitions if isinstance(d, FragmentDefinitionNode)}
        operasjoner = {
            d.name.value if d.name else None: d for d in node.definitions if isinstance(d, OperationDefinitionNode)
        }
        rotfelter = [_felter(operasjon.selection_set, fragmenter) for operasjon in operasjoner.values()]
        bedt_om = {felt for felter in rotfelter for felt in felter}
        bare_introspeksjon = bedt_om <= {"__schema", "__type", "__typename"} and bedt_om != {"__typename"}
        if any(len(felter) > MAX_ROTFELTER for felter in rotfelter):
            return graphql_feil.ikke_tillatt(f"Validation error : more than {MAX_ROTFELTER} fields at the root")
        dybder: dict[str, int] = {}
        if not bare_introspeksjon and any(
            _dybde(operasjon.selection_set, fragmenter, dybder) > MAX_DYBDE for operasjon in operasjoner.values()
        ):
            return graphql_feil.ikke_tillatt(f"Validation error : selections nest deeper than {MAX_DYBDE}")
        planer = {
            navn: Planer(self._schema, node, operasjon, self._kall[operasjon.operation], _snake, self._former)
            for navn, operasjon in operasjoner.items()
        }
        dokument = _Dokument(node, operasjoner, planer, bare_introspeksjon)
        if len(query) > MAX_HUSKET:
            return dokument
        with self._laas:
            self._dokumenter[query] = dokument
            if len(self._dokumenter) > MAX_DOKUMENTER:
                self._dokumenter.popitem(last=False)
        return dokument


def _velg_operasjon(dokument: _Dokument, navn: str | None) -> OperationDefinitionNode:
    if navn is None and len(dokument.operasjoner) == 1:
        return next(iter(dokument.operasjoner.values()))
    if navn not in dokument.operasjoner or navn is None:
        raise UgyldigForespoersel("operationName må navngi én av operasjonene i dokumentet")
    return dokument.operasjoner[navn]


def _koble(type_: GraphQLObjectType | None, funksjoner: Mapping[str, Funksjon], fil: str) -> dict[str, Kaller]:
    """Each root field's function, also as graphql-core's resolver. Raises ValueError if SDL and functions differ."""
    felter = type_.fields if type_ else {}
    if felter.keys() != funksjoner.keys():
        raise ValueError(f"{fil} and its functions differ: {sorted(felter.keys() ^ funksjoner.keys())}")
    kall = {}
    for navn, felt in felter.items():
        kall[navn] = _kall(funksjoner[navn], {argument: _snake(argument) for argument in felt.args})
        felt.resolve = _resolver(kall[navn])
    return kall


def _kall(funksjon: Funksjon, navn: dict[str, str]) -> Kaller:
    def kall(kontekst: Any, argumenter: dict[str, Any]) -> Any:
        try:
            return funksjon(kontekst, **{navn[argument]: verdi for argument, verdi in argumenter.items()})
        except Feil as feil:
            svar = feil.som_resultat()
            return svar | {"feilmelding": uten_fnr(svar["feilmelding"])}

    return kall


def _resolver(kall: Kaller) -> Funksjon:
    return lambda _rot, info, **argumenter: kall(info.context, argumenter)


def _les(sted: Any) -> Funksjon:
    """The resolver of a field that stands there: a key of the row, or as a Form has it."""
    if isinstance(sted, Mapping):
        return lambda rad, *_: _objekt(rad, sted)
    if callable(sted):
        return lambda rad, *_: sted(rad)
    return lambda rad, *_: rad[sted]


def _objekt(rad: Sequence[Any], form: Form) -> dict[str, Any] | None:
    """The object that stands in the row, on its own."""
    if FINNES in form and rad[form[FINNES]] is None:  # type: ignore[index]
        return None
    return {navn: _les(sted)(rad) for navn, sted in form.items() if navn != FINNES}


def _snake(navn: str) -> str:
    """oppgaveUtfoertByEksternId_V2 -> oppgave_utfoert_by_ekstern_id_v2"""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", navn).lower()


def _skalarer(schema: GraphQLSchema) -> None:
    lesere: dict[str, Callable[[str], Any]] = {
        "ISO8601DateTime": tid.parse_tidspunkt,
        "ISO8601LocalDateTime": tid.parse_lokal,
        "ISO8601Date": tid.parse_dato,
        "ISO8601Duration": tid.parse_varighet,
    }
    for navn, leser in lesere.items():
        if skalar := schema.type_map.get(navn):
            skalar.coerce_input_value = _inn(navn, leser)  # type: ignore[attr-defined]
            skalar.coerce_input_literal = _literal(navn, leser)  # type: ignore[attr-defined]
            skalar.coerce_output_value = _ut  # type: ignore[attr-defined]


def _inn(navn: str, leser: Callable[[str], Any]) -> Callable[..., Any]:
    def les(verdi: Any, node: Any = None) -> Any:
        if not isinstance(verdi, str):
            raise GraphQLError(f"{navn} must be a string", node)
        try:
            return leser(verdi)
        except ValueError as error:
            raise GraphQLError(f"{navn}: {error}", node) from None

    return les


def _literal(navn: str, leser: Callable[[str], Any]) -> Callable[..., Any]:
    les = _inn(navn, leser)
    # Of what is no string, graphql-core knows the place, and says so.
    return lambda node, _variables=None: les(node.value, node) if node.kind == "string_value" else Undefined


def _ut(verdi: Any) -> str:
    return verdi if isinstance(verdi, str) else tid.format_utc(verdi)


def _felter(utvalg: SelectionSetNode, fragmenter: Mapping[str, FragmentDefinitionNode]) -> list[str]:
    """Names of the fields at the root, through fragments; stops counting just above the limit."""
    felter: list[str] = []
    koe = list(utvalg.selections)
    while koe and len(felter) <= MAX_ROTFELTER:
        valg = koe.pop()
        if isinstance(valg, FieldNode):
            felter.append(valg.name.value)
        elif isinstance(valg, FragmentSpreadNode):
            koe.extend(fragmenter[valg.name.value].selection_set.selections)
        else:
            koe.extend(valg.selection_set.selections)  # type: ignore[attr-defined]
    return felter


def _dybde(utvalg: SelectionSetNode, fragmenter: Mapping[str, FragmentDefinitionNode], kjent: dict[str, int]) -> int:
    """How deep fields nest. The document is valid, so fragments have no cycles; each is walked once."""
    dypest = 0
    for valg in utvalg.selections:
        if isinstance(valg, FieldNode):
            dypest = max(dypest, 1 + (_dybde(valg.selection_set, fragmenter, kjent) if valg.selection_set else 0))
        elif isinstance(valg, FragmentSpreadNode):
            navn = valg.name.value
            if navn not in kjent:
                kjent[navn] = _dybde(fragmenter[navn].selection_set, fragmenter, kjent)
            dypest = max(dypest, kjent[navn])
        else:
            dypest = max(dypest, _dybde(valg.selection_set, fragmenter, kjent))  # type: ignore[attr-defined]
    return dypest
