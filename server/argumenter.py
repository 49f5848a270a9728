"""The way in: variables and arguments of an operation, coerced by functions made once from the schema's types.

Only what is right goes this way. At the first thing that is not (a type that does not fit, an unknown field, a text
that is no date) it gives up with `Uregelrett`, and graphql-core coerces the same again, for its defaults and the exact
words of its errors.
"""

from collections.abc import Callable
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    get_argument_values,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_scalar_type,
    type_from_ast,
)
from graphql.language import DirectiveNode, Visitor, visit

Leser = Callable[[Any], Any]

_INT32 = range(-(2**31), 2**31)


class Uregelrett(Exception):
    """Not for the fast way."""


class Variabler:
    """The variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operasjon: OperationDefinitionNode) -> None:
        self._lesere: list[tuple[str, Leser, bool]] = []
        self._regelrett = True
        for definisjon in operasjon.variable_definitions or ():
            type_ = type_from_ast(schema, definisjon.type)
            if definisjon.default_value is not None or type_ is None:
                self._regelrett = False
                return
            navn = definisjon.variable.name.value
            self._lesere.append((navn, leser(type_), is_non_null_type(type_)))  # type: ignore[arg-type]

    def les(self, gitt: dict[str, Any]) -> dict[str, Any]:
        """The values by name; those not given are not there. Raises Uregelrett."""
        if not self._regelrett:
            raise Uregelrett
        verdier = {}
        for navn, les, maa_gis in self._lesere:
            if navn in gitt:
                verdier[navn] = les(gitt[navn])
            elif maa_gis:
                raise Uregelrett
        return verdier


def argumentleser(felt: GraphQLField, node: FieldNode) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
    """From the variables' values to the field's arguments; None if that takes more than looking them up.

    What it returns raises Uregelrett when a variable that must be there is not.
    """
    gitt = {argument.name.value: argument.value for argument in node.arguments or ()}
    faste: dict[str, Any] = {}
    variable: list[tuple[str, str, bool]] = []
    for navn, argument in felt.args.items():
        verdi = gitt.get(navn)
        if isinstance(verdi, VariableNode):
            variable.append((navn, verdi.name.value, is_non_null_type(argument.type)))
        elif verdi is None or not _har_variabel(verdi):
            continue
        else:
            return None
    try:
        bare_faste = FieldNode(
            name=node.name, arguments=tuple(a for a in node.arguments or () if not isinstance(a.value, VariableNode))
        )
        uten_variable = GraphQLField(
            felt.type, {navn: arg for navn, arg in felt.args.items() if navn not in {v[0] for v in variable}}
        )
        faste = get_argument_values(uten_variable, bare_faste)
    except GraphQLError:
        return None
    standard = {navn for navn, argument in felt.args.items() if argument.default is not None}
    if not variable:
        return lambda _verdier: faste

    def les(verdier: dict[str, Any]) -> dict[str, Any]:
        argumenter = dict(faste)
        for navn, variabel, maa_gis in variable:
            if variabel in verdier:
                verdi = verdier[variabel]
                if verdi is None and maa_gis:
                    raise Uregelrett
                argumenter[navn] = verdi
            elif maa_gis or navn in standard:
                raise Uregelrett
        return argumenter

    return les


def leser(type_: GraphQLInputType) -> Leser:
    """A function from a JSON value to what graphql-core would make of it, or Uregelrett for all that is not plain."""
    if is_non_null_type(type_):
        inni = leser(type_.of_type)
        return lambda verdi: _ulovlig() if verdi is None else inni(verdi)
    if is_list_type(type_):
        element = leser(type_.of_type)

        def les_liste(verdi: Any) -> Any:
            if verdi is None:
                return None
            return [element(v) for v in verdi] if isinstance(verdi, list) else [element(verdi)]

        return les_liste
    if is_input_object_type(type_):
        return _objektleser(type_)
    if is_enum_type(type_):
        navn = frozenset(type_.values)
        return lambda verdi: verdi if verdi is None or (isinstance(verdi, str) and verdi in navn) else _ulovlig()
    assert is_scalar_type(type_)
    if type_.name in _SKALARER:
        return _SKALARER[type_.name]
    egen = type_.coerce_input_value

    def les_skalar(verdi: Any) -> Any:
        try:
            return None if verdi is None else egen(verdi)
        except GraphQLError:
            raise Uregelrett from None

    return les_skalar


def _objektleser(type_: Any) -> Leser:
    lesere: list[tuple[str, Leser, bool, bool]] | None = None  # made at the first use: types may refer to each other

    def les(verdi: Any) -> Any:
        nonlocal lesere
        if verdi is None:
            return None
        if lesere is None:
            lesere = [
                (navn, leser(felt.type), is_non_null_type(felt.type), felt.default is not None)
                for navn, felt in type_.fields.items()
            ]
        if not isinstance(verdi, dict):
            raise Uregelrett
        objekt = {}
        igjen = len(verdi)
        for navn, les_felt, maa_gis, har_standard in lesere:
            if navn in verdi:
                objekt[navn] = les_felt(verdi[navn])
                igjen -= 1
            elif har_standard:
                objekt[navn] = _standard(type_, navn)
            elif maa_gis:
                raise Uregelrett
        if igjen:  # a field that the type does not have
            raise Uregelrett
        return objekt

    return les


def _standard(type_: Any, navn: str) -> Any:
    """A default of our schemas is an empty list; any other is left to graphql-core."""
    literal = type_.fields[navn].default.literal
    if literal is None or literal.kind != "list_value" or literal.values:
        raise Uregelrett
    return []


def _ulovlig() -> Any:
    raise Uregelrett


def _tekst(verdi: Any) -> Any:
    return verdi if verdi is None or isinstance(verdi, str) else _ulovlig()


def _id(verdi: Any) -> Any:
    if isinstance(verdi, int) and not isinstance(verdi, bool):
        return str(verdi)
    return _tekst(verdi)


def _heltall(verdi: Any) -> Any:
    if verdi is None or (isinstance(verdi, int) and not isinstance(verdi, bool) and verdi in _INT32):
        return verdi
    raise Uregelrett


def _boolsk(verdi: Any) -> Any:
    return verdi if verdi is None or isinstance(verdi, bool) else _ulovlig()


_SKALARER: dict[str, Leser] = {"String": _tekst, "ID": _id, "Int": _heltall, "Boolean": _boolsk}


def _har_variabel(node: Any) -> bool:
    if isinstance(node, VariableNode):
        return True
    if node.kind == "list_value":
        return any(_har_variabel(verdi) for verdi in node.values)
    if node.kind == "object_value":
        return any(_har_variabel(felt.value) for felt in node.fields)
    return False


def variabler_i_direktiver(document: DocumentNode) -> list[str]:
    """The names of those that @skip and @include ask, in the order of the document."""

    class Finn(Visitor):
        def __init__(self) -> None:
            super().__init__()
            self.navn: dict[str, None] = {}

        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    self.navn[argument.value.name.value] = None

    finn = Finn()
    visit(document, finn)
    return list(finn.navn)
