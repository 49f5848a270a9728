"""Mutations that share a transaction, and queries answered by the thread that received them: nobody can tell."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from produsent import NY_BESKJED, NY_SAK, ny_beskjed
from tjeneste import BAKERIET, DAGNY, RESSURS, Tjeneste, kjoerende

BJELLE = "{ notifikasjoner { notifikasjoner { ... on Beskjed { id tekst } } } }"


@pytest.fixture(scope="module", params=[True, False], ids=["own threads", "stock waitress"])
def en_tjeneste(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    fil = Path(tmp_path_factory.mktemp("fordeler")) / "test.db"
    verdier = {} if request.param else {"server.egne_traader": "false"}
    with kjoerende(fil, verdier=verdier) as tjeneste:
        tjeneste.tilgang(DAGNY, BAKERIET)
        yield tjeneste


def beskjed(ekstern_id: str, **annet: Any) -> dict[str, Any]:
    return {
        "mottakere": [RESSURS],
        "notifikasjon": {"merkelapp": "fager", "tekst": annet.get("tekst", ekstern_id), "lenke": ""},
        "metadata": {"virksomhetsnummer": BAKERIET, "eksternId": ekstern_id},
    }


def samtidig(tjeneste: Tjeneste, kroppene: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Their answers, when each is sent by a thread of its own and all wait for the last to be ready."""
    token, start = (
        tjeneste.token(produsent="dev-gcp:fager:notifikasjon-test-produsent"),
        threading.Barrier(len(kroppene)),
    )
    svar: list[dict[str, Any]] = [{} for _ in kroppene]

    def send(nr: int) -> None:
        with requests.Session() as http:
            start.wait()
            hoder = {"Authorization": f"Bearer {token}"}
            svar[nr] = http.post(
                f"{tjeneste.url}/produsent/api/graphql", json=kroppene[nr], headers=hoder, timeout=30
            ).json()

    traader = [threading.Thread(target=send, args=(nr,)) for nr in range(len(kroppene))]
    for traad in traader:
        traad.start()
    for traad in traader:
        traad.join()
    return svar


def test_every_mutation_of_many_at_once_is_answered_with_its_own_answer(en_tjeneste: Tjeneste) -> None:
    kropper = [{"query": NY_BESKJED, "variables": {"nyBeskjed": beskjed(f"mange-{nr}")}} for nr in range(40)]
    ider = [svar["data"]["nyBeskjed"]["id"] for svar in samtidig(en_tjeneste, kropper)]

    lagret = dict(en_tjeneste.rader("SELECT id, ekstern_id FROM notifikasjon WHERE ekstern_id LIKE 'mange-%'"))
    assert [lagret[notifikasjon_id] for notifikasjon_id in ider] == [f"mange-{nr}" for nr in range(40)]


def test_mutation_that_fails_harms_no_other_in_its_transaction(en_tjeneste: Tjeneste) -> None:
    gode = [{"query": NY_BESKJED, "variables": {"nyBeskjed": beskjed(f"god-{nr}")}} for nr in range(12)]
    daarlige: list[dict[str, Any]] = [
        {"query": NY_BESKJED, "variables": {"nyBeskjed": beskjed("daarlig", tekst="x" * 301)}},
        {"query": "mutation { nySak }"},
        {"query": "mutation {"},
        {"query": 'mutation { hardDeleteSak(id: "nei") { __typename } }'},
    ]
    svar = samtidig(en_tjeneste, [kropp for par in zip(gode, daarlige * 3, strict=True) for kropp in par])

    assert [s["data"]["nyBeskjed"]["__typename"] for s in svar[::2]] == ["NyBeskjedVellykket"] * 12
    assert all("errors" in s for s in svar[1::2])
    assert en_tjeneste.rader("SELECT count(*) FROM notifikasjon WHERE ekstern_id LIKE 'god-%'") == [(12,)]
    assert en_tjeneste.rader("SELECT count(*) FROM notifikasjon WHERE ekstern_id = 'daarlig'") == [(0,)]


def test_what_was_answered_is_seen_by_the_next_query(en_tjeneste: Tjeneste) -> None:
    for nr in range(20):
        notifikasjon_id = ny_beskjed(en_tjeneste, ekstern_id=f"straks-{nr}", tekst=f"straks {nr}")["id"]
        bjelle = en_tjeneste.bruker(DAGNY, BJELLE)["notifikasjoner"]["notifikasjoner"]
        assert {"id": notifikasjon_id, "tekst": f"straks {nr}"} in bjelle


def test_same_creation_from_many_at_once_is_made_once(en_tjeneste: Tjeneste) -> None:
    sak = {"grupperingsid": "en", "merkelapp": "fager", "virksomhetsnummer": BAKERIET, "mottakere": [RESSURS]}
    kropp = {"query": NY_SAK, "variables": sak | {"tittel": "Bare én", "initiellStatus": "MOTTATT"}}
    svar = samtidig(en_tjeneste, [kropp] * 16)

    assert {s["data"]["nySak"]["__typename"] for s in svar} == {"NySakVellykket"}
    assert len({s["data"]["nySak"]["id"] for s in svar}) == 1
    assert en_tjeneste.rader("SELECT count(*) FROM sak WHERE grupperingsid = 'en'") == [(1,)]


def test_pipelined_requests_are_answered_in_order(en_tjeneste: Tjeneste) -> None:
    """One connection, five requests without waiting: query, mutation, page, mutation, query."""
    import json
    import socket

    token = en_tjeneste.token(produsent="dev-gcp:fager:notifikasjon-test-produsent")
    bruker = en_tjeneste.token(bruker=DAGNY)

    def post(sti: str, kropp: dict[str, Any], token: str) -> bytes:
        data = json.dumps(kropp).encode()
        return (
            f"POST {sti} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: {len(data)}\r\n\r\n"
        ).encode() + data

    roer = [
        post("/bruker/api/graphql", {"query": "{ a: whoami }"}, bruker),
        post("/produsent/api/graphql", {"query": NY_BESKJED, "variables": {"nyBeskjed": beskjed("roer-1")}}, token),
        b"GET /internal/alive HTTP/1.1\r\nHost: localhost\r\n\r\n",
        post("/produsent/api/graphql", {"query": NY_BESKJED, "variables": {"nyBeskjed": beskjed("roer-2")}}, token),
        post("/bruker/api/graphql", {"query": "{ b: whoami }"}, bruker),
    ]
    vert, port = en_tjeneste.url.removeprefix("http://").split(":")
    with socket.create_connection((vert, int(port)), timeout=20) as forbindelse:
        forbindelse.sendall(b"".join(roer))
        mottatt = b""
        while mottatt.count(b"HTTP/1.1 200") < 5 or not mottatt.endswith(b"}}"):
            bit = forbindelse.recv(65536)
            assert bit, mottatt
            mottatt += bit
    rekkefoelge = [mottatt.index(merke) for merke in (b'{"a":', b"NyBeskjedVellykket", b'{"b":')]
    assert rekkefoelge == sorted(rekkefoelge)
