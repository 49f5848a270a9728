"""A validated operation made into Python: functions that read rows and write them as JSON, with no objects in between.

graphql-core's executor is right and slow: it decides again for every field of every row what was decided when the
document was validated. What is unusual (introspection, other directives than @skip and @include, arguments below the
root) has no plan and goes to it; tests hold the two equal on random documents.
"""

from collections.abc import Callable, Mapping
from math import inf
from typing import Any, NamedTuple

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    OperationType,
    VariableValues,
    get_argument_values,
    get_variable_values,
)

from server.argumenter import Uregelrett, Variabler, argumentleser, variabler_i_direktiver
from server.plankode import MAKS_FELTER_UTEN_PLAN, Form, ForMye, Kode, NullDerDetIkkeErLov, UtenPlan, igjen

Kaller = Callable[[Any, dict[str, Any]], Any]  # (call, arguments) -> the root field's value
MAKS_PLANER = 64  # of one operation; each takes some 70 KB, and twenty conditions could make a million
# One answer to a query. Producers may ask for pages of 10,000, so it is far above what a person's page needs.
MAKS_VERDIER = 1_000_000
MAKS_TEGN = 32_000_000


class _Rotfelt(NamedTuple):
    noekkel: str
    node: FieldNode
    felt: GraphQLField
    argumenter: Callable[[dict[str, Any]], dict[str, Any]] | None
    kall: Kaller
    som_json: Callable[[Any], str]

    def feil(self, error: Exception) -> GraphQLError:
        return GraphQLError(str(error), [self.node], path=[self.noekkel], original_error=error)


class Planer:
    """The plans of one operation: one for each set of values that its @skip and @include may have."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operasjon: OperationDefinitionNode,
        kall: Mapping[str, Kaller],
        snake: Callable[[str], str],
        former: Mapping[str, Form],
    ) -> None:
        self._schema, self._operasjon, self._kall, self._snake = schema, operasjon, kall, snake
        self._former = former
        self._fragmenter = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._betingelser = variabler_i_direktiver(document)
        self._variabler = Variabler(schema, operasjon)
        self._planer: dict[tuple[Any, ...], list[_Rotfelt] | None] = {}

    def utfoer(self, kall: Any, variables: dict[str, Any]) -> tuple[dict[str, Any] | None, list[GraphQLError]] | None:
        """(data, errors) as graphql-core would give them, what is in data as JSON; None if there is no plan.

        Raises NullDerDetIkkeErLov. An error without a path is one of the variables.
        """
        kjerne: VariableValues | None = None  # graphql-core's own, where the fast way will not do
        try:
            verdier = self._variabler.les(variables)
        except Uregelrett:
            lest = self._les_variabler(variables)
            if isinstance(lest, list):
                return None, lest
            kjerne, verdier = lest, lest.coerced
        noekkel = tuple(verdier.get(navn) for navn in self._betingelser)
        if None in noekkel:  # for graphql-core to refuse
            return None
        try:
            plan = self._plan(noekkel, verdier)
        except ForMye as error:
            return None, [GraphQLError(str(error))]
        if plan is None:
            return None
        data: dict[str, Any] = {}
        feil: list[GraphQLError] = []  # of a query all are told; what comes after a mutation that failed is not done
        mutasjon = self._operasjon.operation is OperationType.MUTATION
        igjen.verdier = inf if mutasjon else MAKS_VERDIER  # what has been done must be told
        tegn = 0
        for rotfelt in plan:
            try:
                try:
                    argumenter = rotfelt.argumenter(verdier) if rotfelt.argumenter and kjerne is None else None
                except Uregelrett:
                    argumenter = None
                if argumenter is None:
                    kjerne = kjerne or self._les_variabler(variables)  # type: ignore[assignment]  # they fit: see above
                    try:
                        argumenter = get_argument_values(rotfelt.felt, rotfelt.node, kjerne, hide_suggestions=True)
                    except GraphQLError as error:  # null in a variable that may be null, for an argument that may not
                        return None, [error]
                verdi = rotfelt.kall(kall, argumenter)
            except Exception as error:  # every root field that can raise is non-null, so there is no data
                feil.append(rotfelt.feil(error))
                if mutasjon:
                    break
                continue
            try:
                json = rotfelt.som_json(verdi)
                tegn += len(json)
                if tegn > MAKS_TEGN and not mutasjon:
                    raise ForMye
            except ForMye as error:
                return None, [rotfelt.feil(error)]
            except TypeError as error:  # None, where the code would have a text
                raise NullDerDetIkkeErLov from error
            data[rotfelt.noekkel] = orjson.Fragment(json)
        return (None, feil) if feil else (data, [])

    def _plan(self, noekkel: tuple[Any, ...], variabler: dict[str, Any]) -> list[_Rotfelt] | None:
        """Raises ForMye."""
        if noekkel not in self._planer:
            if len(self._planer) >= MAKS_PLANER:
                self._planer.clear()
            plan = self._planer[noekkel] = self._lag(variabler)
            return plan
        return self._planer[noekkel]

    def _les_variabler(self, variables: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        return get_variable_values(self._schema, self._operasjon.variable_definitions or [], variables, 50, True)

    def _lag(self, variabler: dict[str, Any]) -> list[_Rotfelt] | None:
        rot = self._schema.get_root_type(self._operasjon.operation)
        if rot is None or self._operasjon.operation is OperationType.SUBSCRIPTION:
            return None
        kode = Kode(self._schema, self._fragmenter, variabler, self._snake, self._former)
        try:
            felter = []
            for noekkel, noder in kode.samle(rot, [self._operasjon.selection_set]).items():
                navn = noder[0].name.value
                if navn.startswith("__") and navn != "__typename":
                    raise UtenPlan
                felt = GraphQLField(GraphQLString) if navn == "__typename" else rot.fields[navn]
                felter.append((noekkel, noder[0], felt, kode.rot(felt.type, noder)))
            funksjoner = kode.oversett()
        except UtenPlan:
            if kode.antall_felter(self._operasjon.selection_set) > MAKS_FELTER_UTEN_PLAN:
                raise ForMye from None
            return None
        return [
            _Rotfelt(
                noekkel,
                node,
                felt,
                argumentleser(felt, node),
                self._kall.get(node.name.value, lambda _kall, _argumenter: rot.name),  # else it is __typename
                funksjoner[som_json],
            )
            for noekkel, node, felt, som_json in felter
        ]
