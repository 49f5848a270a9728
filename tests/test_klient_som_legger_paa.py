"""A client that hangs up, or sends in halves: what came whole is carried out, what did not is as if never sent.

A browser that follows a link drops the click that it has just sent, so this is what every click looks like.
"""

import json
import socket
from concurrent.futures import ThreadPoolExecutor

from produsent import NY_BESKJED, ny_beskjed
from tjeneste import BAKERIET, DAGNY, FAGER, RESSURS, Tjeneste, raa_post

PRODUSENT, BRUKER = "/produsent/api/graphql", "/bruker/api/graphql"


def _mutasjon(tjeneste: Tjeneste, ekstern_id: str) -> bytes:
    beskjed = {
        "mottakere": [RESSURS],
        "notifikasjon": {"merkelapp": "fager", "tekst": "Hei", "lenke": "#"},
        "metadata": {"virksomhetsnummer": BAKERIET, "eksternId": ekstern_id},
    }
    data = json.dumps({"query": NY_BESKJED, "variables": {"nyBeskjed": beskjed}}).encode()
    token = tjeneste.token(produsent=FAGER)
    return raa_post(PRODUSENT, data, f"Authorization: Bearer {token}", "Content-Type: application/json")


def _send_og_legg_paa(tjeneste: Tjeneste, data: bytes) -> None:
    vert, port = tjeneste.url.removeprefix("http://").split(":")
    with socket.create_connection((vert, int(port)), timeout=10) as forbindelse:
        forbindelse.sendall(data)


def _vent_paa(tjeneste: Tjeneste, sql: str, antall: int) -> None:
    """Until the count is that; the requests in between are what it waits for."""
    for _ in range(500):
        if tjeneste.rader(sql) == [(antall,)]:
            return
        tjeneste.http.get(f"{tjeneste.url}/internal/alive", timeout=10)
    assert tjeneste.rader(sql) == [(antall,)]


def test_mutation_is_carried_out_although_the_client_has_hung_up(tjeneste: Tjeneste) -> None:
    for nr in range(20):
        _send_og_legg_paa(tjeneste, _mutasjon(tjeneste, f"lagt-paa-{nr}"))
    _vent_paa(tjeneste, "SELECT count(*) FROM notifikasjon", 20)


def test_mutation_that_had_to_wait_is_carried_out_although_the_client_has_hung_up(tjeneste: Tjeneste) -> None:
    """All threads are busy when it comes, so that the service sees the end of the connection before its turn."""
    tung = f"{{ __schema {{ types {{ {' '.join(f'a{i}: fields {{ name }}' for i in range(150))} }} }} }}"
    with ThreadPoolExecutor(10) as traader:
        tunge = [traader.submit(tjeneste.produsent_svar, tung) for _ in range(10)]
        for nr in range(10):
            _send_og_legg_paa(tjeneste, _mutasjon(tjeneste, f"lagt-paa-{nr}"))
        assert {svar.result().status_code for svar in tunge} == {200}
    _vent_paa(tjeneste, "SELECT count(*) FROM notifikasjon", 10)


def test_click_is_stored_although_the_page_has_gone(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    beskjed = ny_beskjed(tjeneste)
    data = json.dumps(
        {"query": f'mutation {{ notifikasjonKlikketPaa(id: "{beskjed["id"]}") {{ __typename }} }}'}
    ).encode()
    token = tjeneste.token(bruker=DAGNY)
    _send_og_legg_paa(
        tjeneste, raa_post(BRUKER, data, f"Authorization: Bearer {token}", "Content-Type: application/json")
    )
    _vent_paa(tjeneste, "SELECT count(*) FROM bruker_klikk", 1)


def test_client_that_says_it_will_send_no_more_is_answered(tjeneste: Tjeneste) -> None:
    for nr in range(10):
        assert b"NyBeskjedVellykket" in tjeneste.raatt(_mutasjon(tjeneste, f"halv-{nr}"))


def test_body_that_never_comes_whole_stores_nothing(tjeneste: Tjeneste) -> None:
    data = _mutasjon(tjeneste, "halv")
    for del_ in (len(data) - 1, len(data) // 2, data.index(b"\r\n\r\n") + 4):
        assert tjeneste.raatt(data[:del_]) == b""
    assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(0,)]


def test_requests_in_a_row_on_one_connection_are_all_answered(tjeneste: Tjeneste) -> None:
    svar = tjeneste.raatt(b"".join(_mutasjon(tjeneste, f"rad-{nr}") for nr in range(5)))
    assert svar.count(b"NyBeskjedVellykket") == 5
