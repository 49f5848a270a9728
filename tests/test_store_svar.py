"""Answers larger than anybody reads, and clients that ask for much and do not read it: nobody else waits."""

import json
import socket
from collections.abc import Iterator

import pytest
import requests
from graphql import get_introspection_query
from produsent import NY_BESKJED
from tjeneste import BAKERIET, DAGNY, FAGER, RESSURS, Tjeneste, kjoerende, raa_post

from server import bruker, plan
from server.tid import Klokke

BRUKER, PRODUSENT = "/bruker/api/graphql", "/produsent/api/graphql"
ANTALL, LENKE = 200, "https://eksempel.no/" + 5_000 * "x"


@pytest.fixture(scope="module", params=[True, False], ids=["threads of ours", "stock waitress"])
def mye(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Tjeneste]:
    """A bell of a million characters, for Dagny: thirty are more than waitress keeps for a client."""
    verdier = {} if request.param else {"server.egne_traader": "false"}
    with kjoerende(tmp_path_factory.mktemp("mye") / "test.db", verdier=verdier) as tjeneste:
        tjeneste.tilgang(DAGNY, BAKERIET)
        for nr in range(ANTALL):
            beskjed = {
                "mottakere": [RESSURS],
                "notifikasjon": {"merkelapp": "fager", "tekst": "Hei", "lenke": LENKE},
                "metadata": {"virksomhetsnummer": BAKERIET, "eksternId": str(nr)},
            }
            assert "errors" not in tjeneste.produsent(NY_BESKJED, {"nyBeskjed": beskjed})
        yield tjeneste


def bjeller(antall: int, felter: str = "lenke") -> str:
    en = f"notifikasjoner {{ notifikasjoner {{ ... on Beskjed {{ {felter} }} }} }}"
    return "{" + " ".join(f"a{nr}: {en}" for nr in range(antall)) + "}"


def som_bytes(tjeneste: Tjeneste, sti: str, query: str, **hvem: str) -> bytes:
    data = json.dumps({"query": query}).encode()
    return raa_post(sti, data, f"Authorization: Bearer {tjeneste.token(**hvem)}", "Content-Type: application/json")


def ventetid_s(tjeneste: Tjeneste) -> float:
    """Until somebody else is answered."""
    klokke = Klokke()
    foer = klokke.monotonic()
    assert requests.get(f"{tjeneste.url}/internal/alive", timeout=20).status_code == 200
    tjeneste.bruker(DAGNY, "{ whoami }")
    return klokke.monotonic() - foer


def aapne(tjeneste: Tjeneste, data: bytes) -> socket.socket:
    vert, port = tjeneste.url.removeprefix("http://").split(":")
    forbindelse = socket.create_connection((vert, int(port)), timeout=20)
    forbindelse.sendall(data)
    return forbindelse


@pytest.mark.parametrize("api", ["bruker", "produsent"])
def test_client_that_asks_on_and_does_not_read_stops_nobody(mye: Tjeneste, api: str) -> None:
    """Its first answers fill what we keep for it; the request behind them finds no room."""
    if api == "bruker":
        mange = som_bytes(mye, BRUKER, bjeller(30), bruker=DAGNY)
    else:
        felter = "... on NotifikasjonConnection { edges { node { ... on Beskjed { beskjed { lenke } } } } }"
        query = "{" + " ".join(f"a{nr}: mineNotifikasjoner {{ {felter} }}" for nr in range(30)) + "}"
        mange = som_bytes(mye, PRODUSENT, query, produsent=FAGER)
    forbindelser = [aapne(mye, mange + mange + mange) for _ in range(10)]
    try:
        for _ in range(5):
            assert ventetid_s(mye) < 10
    finally:
        for forbindelse in forbindelser:
            forbindelse.close()
    assert ventetid_s(mye) < 10


def test_client_that_reads_in_the_end_gets_all_of_a_large_answer(mye: Tjeneste) -> None:
    with aapne(mye, som_bytes(mye, BRUKER, bjeller(20), bruker=DAGNY)) as forbindelse:
        ventetid_s(mye)
        mottatt = b""
        while not mottatt.endswith(b"}]}}}"):
            mottatt += forbindelse.recv(1 << 20)
    svar = json.loads(mottatt.partition(b"\r\n\r\n")[2])
    assert {len(bjelle["notifikasjoner"]) for bjelle in svar["data"].values()} == {ANTALL}


@pytest.mark.parametrize(
    "query",
    [
        bjeller(30, "...F") + "fragment F on Beskjed {" + " ".join(f"b{nr}: lenke" for nr in range(40)) + "}",
        bjeller(30, "...F") + "fragment F on Beskjed {" + " ".join(f"b{nr}: id" for nr in range(200)) + "}",
        bjeller(1, " ".join(f"b{nr}: id" for nr in range(300))),
        "{ whoami __schema { ...A } } fragment B on __Schema { queryType { name } }"
        + f"fragment A on __Schema {{ {300 * '...B '} }}",
    ],
    ids=["characters", "values", "fields", "without a plan"],
)  # fmt: skip
def test_answer_that_would_be_too_large_is_not_made(mye: Tjeneste, query: str) -> None:
    klokke = Klokke()
    foer = klokke.monotonic()
    svar = mye.bruker_svar(DAGNY, query)
    assert klokke.monotonic() - foer < 5
    assert "svaret blir for stort" in svar.json()["errors"][0]["message"]
    assert svar.json().get("data") is None


def test_tools_that_ask_for_the_schema_are_answered(mye: Tjeneste) -> None:
    for query in (get_introspection_query(), get_introspection_query(input_value_deprecation=True)):
        assert "errors" not in mye.bruker_svar(DAGNY, query).json()


def test_conditions_do_not_make_plans_without_end() -> None:
    betingelser = " ".join(f"$v{nr}: Boolean!" for nr in range(8))
    felter = " ".join(f"a{nr}: whoami @include(if: $v{nr})" for nr in range(8))
    query = f"query ({betingelser}) {{ __typename {felter} }}"
    for nr in range(256):
        variables = {f"v{bit}": bool(nr >> bit & 1) for bit in range(8)}
        svar = bruker.API.utfoer(query, variables, None, None if nr == 0 else _Noen(), "")
        assert len(svar["data"]) == 1 + nr.bit_count()
    dokument = bruker.API._dokument(query)
    assert not isinstance(dokument, dict)
    (planer,) = dokument.planer.values()
    assert len(planer._planer) <= plan.MAKS_PLANER


class _Noen:
    fnr = DAGNY
