"""Documents that no human would write, made from the schemas: whatever is asked is answered, and is no fault of ours.

They name what is there as often as not, so that they get past the first check.
"""

import json
import re
from itertools import pairwise
from typing import Any

import hypothesis
import pytest
from graphql import build_schema
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from hypothesis_graphql import Mode, from_schema, nodes
from produsent import epost, ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak, sms
from tjeneste import ANNE, BAKERIET, DAGNY, FAGER, NILS, ROOT, Tjeneste, leder

VARIGHETER = ["P", "PT1H", "P1D", "P-1D", "P1Y2M3W4DT5H6M7.8S", "P99999999Y"]
TIDER = ["2020-01-01T00:00Z", "2030-06-01T12:00:00.123456789+02:00", "2024-03-31T02:30", "+999999999-12-31T23:59Z"]
SKALARER = {
    "ISO8601DateTime": st.sampled_from(TIDER),
    "ISO8601LocalDateTime": st.sampled_from(["2020-01-01T00:00", "2030-06-01T12:00:00.5", "2024-03-31T02:30"]),
    "ISO8601Date": st.sampled_from(["0000-01-01", "2020-01-01", "2030-06-01", "9999-12-31"]),
    "ISO8601Duration": st.sampled_from(VARIGHETER),
}
KJENT = [
    "fager",
    "fager2",
    "Tiltak",
    "test-fager",
    "sak-1",
    "ekstern-1",
    "avtale-1",
    BAKERIET,
    NILS,
    ANNE,
    "40000000",
    "a@b.no",
]

# What a message never has in it: Python's names for things, and of what was not foreseen.
PYTHON = re.compile(r"NoneType|<class|object at 0x|Traceback|\w+Error\b|uventet feil|\bdict\b|\btuple\b|\bstr\b")


def strategi(api: str, ider: list[str], mode: Mode) -> st.SearchStrategy[Any]:
    schema = build_schema((ROOT / "server" / f"{api}.graphql").read_text(encoding="utf-8"))
    skalarer = {navn: verdier.map(nodes.String) for navn, verdier in SKALARER.items() if navn in schema.type_map}
    tekster = st.one_of(st.sampled_from(KJENT), st.sampled_from(KJENT), st.text(max_size=20))
    skalarer["String"] = tekster.map(nodes.String)
    skalarer["ID"] = st.one_of(st.sampled_from(ider), st.sampled_from(ider), st.uuids().map(str), st.text()).map(
        nodes.String
    )
    if mode is Mode.NEGATIVE:
        return from_schema(schema, custom_scalars=skalarer, mode=mode)
    rot = [felt for type_ in (schema.query_type, schema.mutation_type) if type_ for felt in type_.fields]
    # One or two fields at the root at a time: with all of them, most of the time goes into making the document.
    felter = st.sampled_from([(felt,) for felt in rot] + list(pairwise(rot)))
    return felter.flatmap(lambda felter: from_schema(schema, fields=felter, custom_scalars=skalarer))


def innhold(tjeneste: Tjeneste) -> list[str]:
    """Ids of one of everything, which Dagny sees and Fager owns."""
    tjeneste.tilgang(DAGNY, BAKERIET)
    tjeneste.naermeste_leder(leder=DAGNY)
    alle = [{"altinnRessurs": {"ressursId": "test-fager"}}, leder(DAGNY)]
    sak = ny_sak(tjeneste, mottakere=alle)
    oppgave = ny_oppgave(
        tjeneste, mottakere=alle, grupperingsid="sak-1", frist="2030-01-01", eksterneVarsler=[sms(), epost()],
        paaminnelse={"tidspunkt": {"foerFrist": "P1D"}},
    )  # fmt: skip
    beskjed = ny_beskjed(tjeneste, ekstern_id="ekstern-2", grupperingsid="sak-1")
    avtale = ny_kalenderavtale(tjeneste, mottakere=alle)
    return [sak["id"], oppgave["id"], beskjed["id"], avtale["id"]]


@pytest.mark.parametrize(("api", "antall"), [("produsent", 200), ("bruker", 100)])
def test_valid_document_is_no_fault(tjeneste: Tjeneste, api: str, antall: int) -> None:
    ider = innhold(tjeneste)

    @hypothesis.settings(max_examples=antall, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(strategi(api, ider, Mode.POSITIVE))
    def proev(dokument: str) -> None:
        svar = spoer(tjeneste, api, dokument)
        klasser = [feil["extensions"]["classification"] for feil in svar.get("errors", [])]
        assert "data" in svar or all("Validation error : " in feil["message"] for feil in svar["errors"]), svar
        for foer, etter in zip([None, *klasser], klasser, strict=False):
            # It accompanies an exception under an alias, or the lack of a mottaker; alone, it would be our fault.
            assert etter != "NullValueInNonNullableField" or foer == "DataFetchingException", svar

    proev()


@pytest.mark.parametrize(("api", "antall"), [("produsent", 150), ("bruker", 80)])
def test_document_that_breaks_the_schema_is_told_so(tjeneste: Tjeneste, api: str, antall: int) -> None:
    ider = innhold(tjeneste)

    @hypothesis.settings(max_examples=antall, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(strategi(api, ider, Mode.NEGATIVE))
    def proev(dokument: str) -> None:
        svar = spoer(tjeneste, api, dokument)
        assert list(svar) == ["errors"]

    proev()


def spoer(tjeneste: Tjeneste, api: str, dokument: str) -> dict[str, Any]:
    token = tjeneste.token(**({"produsent": FAGER} if api == "produsent" else {"bruker": DAGNY}))
    fikk = tjeneste.post(f"/{api}/api/graphql", dokument, token=token)
    assert fikk.status_code == 200, fikk.text
    svar: dict[str, Any] = json.loads(fikk.content)
    for feil in svar.get("errors", []):
        assert not PYTHON.search(feil["message"]), feil
    return svar
