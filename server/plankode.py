"""The source of a plan: from the selections of a document to functions that read rows and write them as JSON.

The code is made of f-strings. What a document decides is in their fixed parts: names, which in GraphQL have letters,
digits and underscores only.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from math import inf
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.language import BooleanValueNode, DirectiveNode

from server import tid
from server.feil import UgyldigInndata

# How objects are read when they are rows of SQLite and not dicts: field -> number of the column, a function of the row,
# or the form of an object in the same row. "__typename" is there if the type belongs to a union; without a value in the
# column FINNES there is no object.
Form = Mapping[str, "int | Callable[[Sequence[Any]], Any] | Form"]
FINNES = "__finnes"

MAKS_FELTER = 250  # asked of each element of a list, and below it
MAKS_FELTER_UTEN_PLAN = 500  # in all, where there is no plan; tools that ask for the schema use 230

# What writes the values of a scalar as JSON. Enums are texts, and so are the scalars that are not named.
_SKRIVERE = {"Boolean": '("true" if {} else "false")', "Int": "str({})", "ISO8601DateTime": "tidspunkt({})"}
_TEKST = "tekst({})"
_KREVER_VERDI = (_TEKST, "tidspunkt({})")  # these raise TypeError for None


class NullDerDetIkkeErLov(Exception):
    """A value is missing that the schema promises: only graphql-core can say where."""


class UtenPlan(Exception):
    """Something unusual, for graphql-core."""


class ForMye(UgyldigInndata):
    """The answer would be larger than anybody reads, and others would wait for it."""

    def __init__(self) -> None:
        super().__init__("svaret blir for stort: be om færre felter, eller om mindre sider")


class _Igjen(threading.local):
    """How many more values the answer that this thread makes may have."""

    verdier: float = inf

    def av(self, liste: list[Any], felter: int) -> list[Any]:
        """The list, when it has been counted. Raises ForMye."""
        self.verdier -= len(liste) * felter
        if self.verdier < 0:
            raise ForMye
        return liste


igjen = _Igjen()


class Kode:
    """The source being written: `f1`, `f2` … take a value and return it as JSON, `v1` … hold one while it is looked at.

    A *piece* is a part of an f-string: fixed text, or an expression in braces. It has no ' and no backslash in it.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        fragmenter: Mapping[str, FragmentDefinitionNode],
        variabler: Mapping[str, Any],
        snake: Callable[[str], str],
        former: Mapping[str, Form],
    ) -> None:
        self._schema, self._fragmenter, self._variabler, self._snake = schema, fragmenter, variabler, snake
        self._former = former
        self._navnerom: dict[str, Any] = {"mangler": _mangler, "tekst": encode_basestring, "tidspunkt": _tidspunkt}
        self._navnerom |= {"komma": ",".join, "av": igjen.av, "str": str, "__builtins__": {}}
        self._linjer: list[str] = []
        self._kjente: dict[tuple[str, tuple[int, ...]], str] = {}  # pieces
        self._funksjoner: dict[str, str] = {}  # by their piece
        self._nr = 0

    def samle(self, type_: GraphQLObjectType, utvalg: Iterable[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """Response key -> its fields, for an object of this type, in the order of the answer."""
        felter: dict[str, list[FieldNode]] = {}
        besoekt: set[str] = set()

        def gaa(selection_set: SelectionSetNode) -> None:
            for valg in selection_set.selections:
                if not self._med(valg.directives or ()):
                    continue
                if isinstance(valg, FieldNode):
                    felter.setdefault(valg.alias.value if valg.alias else valg.name.value, []).append(valg)
                elif isinstance(valg, FragmentSpreadNode):
                    fragment = self._fragmenter[valg.name.value]
                    if valg.name.value not in besoekt and self._gjelder(fragment.type_condition.name.value, type_):
                        besoekt.add(valg.name.value)
                        gaa(fragment.selection_set)
                elif isinstance(valg, InlineFragmentNode):
                    if valg.type_condition is None or self._gjelder(valg.type_condition.name.value, type_):
                        gaa(valg.selection_set)

        for selection_set in utvalg:
            gaa(selection_set)
        return felter

    def rot(self, type_: GraphQLOutputType, noder: list[FieldNode]) -> str:
        return self._funksjon(f"{{{self._verdi(type_, 'r', noder)}}}")

    def oversett(self) -> dict[str, Any]:
        exec(compile("\n".join(self._linjer), "<plan>", "exec"), self._navnerom)
        return self._navnerom

    def _verdi(self, type_: GraphQLOutputType, kilde: str, noder: list[FieldNode]) -> str:
        """An expression: JSON for the value that the expression `kilde` gives."""
        ellers = '"null"'
        if is_non_null_type(type_):
            type_, ellers = type_.of_type, "mangler()"
        skriver = _SKRIVERE.get(type_.name, _TEKST) if is_leaf_type(type_) else ""
        if skriver in _KREVER_VERDI and ellers != '"null"':
            return skriver.format(kilde)
        v = self._nytt("v")
        if skriver:
            ja = skriver.format(v)
        elif is_list_type(type_):
            element = self._verdi(type_.of_type, "i", noder)
            felter = 1 + sum(self.antall_felter(node.selection_set) for node in noder if node.selection_set)
            if felter > MAKS_FELTER:
                raise ForMye
            ja = f"{self._funksjon(f'[{{komma([{element} for i in av(r, {felter})])}}]')}({v})"
        elif is_abstract_type(type_):
            mulige = self._schema.get_possible_types(type_)
            grener = ", ".join(
                f"{t.name!r}: {self._funksjon(self._objekt(t, noder, self._former.get(t.name)))}" for t in mulige
            )
            tabell = self._nytt("t")
            self._linjer.append(f"{tabell} = {{{grener}}}")
            ja = f"{tabell}[{v}[{_konstant(self._sted('__typename', self._former.get(mulige[0].name)))}]]({v})"
        elif is_object_type(type_):
            ja = f"{self._funksjon(self._objekt(type_, noder, self._former.get(type_.name)))}({v})"
        else:
            raise UtenPlan
        return f"({ja} if ({v} := {kilde}) is not None else {ellers})"

    def _objekt(self, type_: GraphQLObjectType, noder: list[FieldNode], form: Form | None) -> str:
        """The piece that makes an object of these selections from the row `r`."""
        utvalg = [node.selection_set for node in noder if node.selection_set]
        kjent = (type_.name, (id(form), *map(id, utvalg)))
        if kjent not in self._kjente:
            deler = []
            for noekkel, felter in self.samle(type_, utvalg).items():
                navn = felter[0].name.value
                if navn == "__typename":
                    deler.append(f'"{noekkel}":"{type_.name}"')
                    continue
                felt = type_.fields[navn]
                if felt.args:
                    raise UtenPlan
                deler.append(f'"{noekkel}":{self._felt(felt.type, self._sted(navn, form), felter)}')
            self._kjente[kjent] = f"{{{{{','.join(deler)}}}}}"
        return self._kjente[kjent]

    def _felt(self, type_: Any, sted: Any, noder: list[FieldNode]) -> str:
        """A piece: JSON for the field that stands there in the row `r`."""
        if isinstance(sted, Mapping):
            objekt = self._objekt(type_.of_type if is_non_null_type(type_) else type_, noder, sted)
            if FINNES not in sted:
                return objekt
            return f'{{{self._funksjon(objekt)}(r) if r[{sted[FINNES]}] is not None else "null"}}'
        if not callable(sted):
            return f"{{{self._verdi(type_, f'r[{_konstant(sted)}]', noder)}}}"
        funksjon = self._nytt("h")
        self._navnerom[funksjon] = sted
        return f"{{{self._verdi(type_, f'{funksjon}(r)', noder)}}}"

    def _funksjon(self, bit: str) -> str:
        """The name of a function from `r` to this piece."""
        if bit not in self._funksjoner:
            self._funksjoner[bit] = self._nytt("f")
            self._linjer.append(f"def {self._funksjoner[bit]}(r):\n    return f'{bit}'")
        return self._funksjoner[bit]

    def antall_felter(self, utvalg: SelectionSetNode) -> int:
        """How many fields there are in it, whatever type they are of; a fragment counts each time that it is used."""
        antall = 0
        for valg in utvalg.selections:
            if isinstance(valg, FragmentSpreadNode):
                antall += self.antall_felter(self._fragmenter[valg.name.value].selection_set)
            else:
                antall += isinstance(valg, FieldNode)
                inni: SelectionSetNode | None = getattr(valg, "selection_set", None)
                antall += self.antall_felter(inni) if inni else 0
            if antall > MAKS_FELTER_UTEN_PLAN:  # fragments in fragments: it could be a million
                break
        return antall

    def _sted(self, navn: str, form: Form | None) -> Any:
        noekkel = navn if navn == "__typename" else self._snake(navn)
        return form[noekkel] if form else noekkel

    def _gjelder(self, betingelse: str, type_: GraphQLObjectType) -> bool:
        navngitt = self._schema.type_map[betingelse]
        return navngitt is type_ or (is_abstract_type(navngitt) and self._schema.is_sub_type(navngitt, type_))

    def _med(self, direktiver: Iterable[DirectiveNode]) -> bool:
        """Whether @skip and @include let it be a part of the answer."""
        for direktiv in direktiver:
            if direktiv.name.value not in ("skip", "include"):
                raise UtenPlan
            (argument,) = direktiv.arguments or ()
            if isinstance(argument.value, VariableNode):
                verdi = self._variabler[argument.value.name.value]
            else:
                assert isinstance(argument.value, BooleanValueNode)
                verdi = argument.value.value
            if verdi is (direktiv.name.value == "skip"):
                return False
        return True

    def _nytt(self, slag: str) -> str:
        self._nr += 1
        return f"{slag}{self._nr}"


def _mangler() -> None:
    raise NullDerDetIkkeErLov


def _konstant(sted: int | str) -> str:
    return f'"{sted}"' if isinstance(sted, str) else str(sted)


@lru_cache(maxsize=16_384)  # the same instants are told again and again, each several times in an answer
def _tidspunkt(verdi: int | str) -> str:
    return f'"{verdi if isinstance(verdi, str) else tid.format_utc(verdi)}"'
