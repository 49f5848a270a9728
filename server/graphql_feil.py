"""GraphQL errors in the shape that the platform's clients know: graphql-java's, which has a classification in
extensions.

`data` is absent, not null, when nothing was executed. Nothing of an unexpected exception reaches the caller but that it
happened.
"""

import logging
import re
from collections.abc import Iterator
from typing import Any

from graphql import DocumentNode, FieldNode, GraphQLError, Node
from graphql.language import FragmentDefinitionNode, OperationDefinitionNode, SelectionSetNode

from server.feil import Innfeil, ManglerMottaker, UgyldigInndata
from server.log import uten_fnr

log = logging.getLogger(__name__)

_LANGT_TALL = re.compile(r"\d{8,}")  # an fnr as a number has lost its leading zero; a phone number has eight
MAKS_MELDING = 500  # characters: graphql-core repeats the value that it does not like, however long

# graphql-core's messages -> graphql-java's name for the rule that was broken; the first that matches.
_REGLER = [
    (re.compile(moenster), navn)
    for moenster, navn in (
        (r"Cannot query field", "FieldUndefined"),
        (r"Unknown argument|Unknown directive argument", "UnknownArgument"),
        (r"Argument .* is required", "MissingFieldArgument"),
        (r"must have a selection of subfields", "SubselectionRequired"),
        (r"must not have a selection", "SubselectionNotAllowed"),
        (r"Unknown type", "UnknownType"),
        (r"Unknown fragment", "UndefinedFragment"),
        (r"Fragment .* is never used", "UnusedFragment"),
        (r"Cannot spread fragment", "FragmentCycle"),
        (r"cannot be spread here", "InvalidFragmentType"),
        (r"cannot condition on non composite", "FragmentTypeConditionInvalid"),
        (r"Variable .* is not defined", "UndefinedVariable"),
        (r"Variable .* is never used", "UnusedVariable"),
        (r"Variable .* used in position", "VariableTypeMismatch"),
        (r"Variable .* cannot be non-input", "NonInputTypeOnVariable"),
        (r"only one variable named", "DuplicateVariableName"),
        (r"anonymous operation must be", "LoneAnonymousOperationViolation"),
        (r"only one operation named", "DuplicateOperationName"),
        (r"only one fragment named", "DuplicateFragmentName"),
        (r"only one argument named", "DuplicateArgumentNames"),
        (r"Fields .* conflict", "FieldsConflict"),
        (r"Unknown directive", "UnknownDirective"),
        (r"not executable", "NonExecutableDefinition"),
    )
]

_UKJENT_FELT = re.compile(r"not to include unknown field '\w+'")
_PYTHONS_GRUNN = re.compile(r", but encountered error '.*?'; found", re.DOTALL)
_PYTHONS_VERDI = re.compile(r"(?<=not to be )None(?=\.$)|(?<=value: )(?:True|False)$")


def syntaksfeil(error: GraphQLError) -> dict[str, Any]:
    """The answer to a document that cannot be parsed, or is too large."""
    return {"errors": [_feil(f"Invalid syntax : {error.message}", "InvalidSyntax", error.locations)]}


def valideringsfeil(errors: list[GraphQLError], document: DocumentNode) -> dict[str, Any]:
    """The answer to a document that the schema does not allow."""
    return {
        "errors": [
            _feil(
                f"Validation error ({_regel(error.message)}@[{'/'.join(_sti(document, error))}]) : {error.message}",
                "ValidationError",
                error.locations,
            )
            for error in errors
        ]
    }


def ikke_tillatt(message: str, classification: str = "ValidationError") -> dict[str, Any]:
    return {"errors": [_feil(message, classification, None)]}


def variabelfeil(errors: list[GraphQLError]) -> dict[str, Any]:
    """The answer to variables that do not fit. Only the first is told, as the platform does.

    Of a field that does not exist neither the place is told, as there, nor the object around it.
    """
    melding, locations = errors[0].message, errors[0].locations
    if ukjent := _UKJENT_FELT.search(melding):
        melding, locations = f"{melding[: ukjent.end()]}.", None
    return {"errors": [_feil(melding, "ValidationError", locations)]}


def utfoeringsfeil(errors: list[GraphQLError], data: dict[str, Any] | None, korrelasjon: str) -> dict[str, Any]:
    """The answer when a resolver raised."""
    return {"errors": [feil for error in errors for feil in _fra_resolver(error, korrelasjon)], "data": data}


def _fra_resolver(error: GraphQLError, korrelasjon: str) -> Iterator[dict[str, Any]]:
    node = error.nodes[0] if error.nodes else None
    path = list(error.path or [])
    felt = node.name.value if isinstance(node, FieldNode) else str(path[0]) if path else ""
    match error.original_error:
        case ManglerMottaker() as aarsak:
            yield _feil(str(aarsak), "DataFetchingException", None)
            yield _null_i_ikke_null(path, felt)
        case UgyldigInndata() as aarsak:
            feil = _feil("", "DataFetchingException", error.locations, path)
            sted = f"/{'/'.join(map(str, path))}"  # and numbers that we tell on purpose
            yield feil | {"message": uten_fnr(f"Exception while fetching data ({sted}) : {aarsak}")}
        case Innfeil() as aarsak:
            yield _feil(f"unhandled exception {aarsak.java}: {aarsak}", "DataFetchingException", None, [felt])
            if path != [felt]:
                yield _null_i_ikke_null(path, felt)
        case None:
            yield _feil(error.message, "NullValueInNonNullableField", error.locations, path)
        case aarsak:
            log.error("unexpected fault in %s, %s", felt, korrelasjon, exc_info=aarsak)
            feil = _feil("", "DataFetchingException", None, [felt])
            hvor = f"uventet feil, se loggen for {korrelasjon}"  # which is looked up: whole, whatever digits it has
            yield feil | {"message": f"unhandled exception java.lang.RuntimeException: {hvor}"}


def _null_i_ikke_null(path: list[str | int], felt: str) -> dict[str, Any]:
    melding = f"The field at path '/{'/'.join(map(str, path))}' was declared as non null, but '{felt}' gave null."
    return _feil(melding, "NullValueInNonNullableField", None, path)


def _feil(message: str, classification: str, locations: Any, path: list[str | int] | None = None) -> dict[str, Any]:
    feil: dict[str, Any] = {"message": _melding(message)}
    if locations:
        feil["locations"] = [{"line": sted.line, "column": sted.column} for sted in locations]
    if path is not None:
        feil["path"] = path
    return feil | {"extensions": {"classification": classification}}


def _melding(message: str) -> str:
    """Without what is Python's own, and without people: the value that is repeated may be a national id."""
    message = _PYTHONS_GRUNN.sub(", found", message)
    message = _PYTHONS_VERDI.sub(lambda treff: {"None": "null"}.get(treff[0], treff[0].lower()), message)
    message = _LANGT_TALL.sub("<tall>", uten_fnr(message))
    return message if len(message) <= MAKS_MELDING else f"{message[:MAKS_MELDING]} …"


def _regel(message: str) -> str:
    return next((navn for moenster, navn in _REGLER if moenster.search(message)), "WrongType")


def _sti(document: DocumentNode, error: GraphQLError) -> list[str]:
    """Names of the fields around the place of an error."""
    if not (error.nodes and error.nodes[0].loc):
        return []
    sted = error.nodes[0].loc.start
    sti: list[str] = []
    node: Node | None = document
    while node is not None:
        barn = _barn(node)
        node = next((b for b in barn if b.loc and b.loc.start <= sted < b.loc.end), None)
        if isinstance(node, FieldNode):
            sti.append(node.name.value)
    return sti


def _barn(node: Node) -> tuple[Node, ...]:
    if isinstance(node, DocumentNode):
        return tuple(node.definitions)
    if isinstance(node, SelectionSetNode):
        return tuple(node.selections)
    if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode):
        return (node.selection_set,)
    inni = getattr(node, "selection_set", None)
    return (inni,) if inni else ()
