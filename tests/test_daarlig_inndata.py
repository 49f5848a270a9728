"""Input that no client of ours sends: none of it is a fault of ours (5xx), stores anything, or keeps others waiting.

The service is the one that all tests share, so whatever does damage to it shows in the tests that follow as well.
"""

import gc
import json
import socket
import tracemalloc
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from produsent import NY_BESKJED, ny_oppgave, ny_sak
from tjeneste import BAKERIET, FAGER, RESSURS, Tjeneste, raa_post

from server import produsent

PRODUSENT, BRUKER = "/produsent/api/graphql", "/bruker/api/graphql"
MIB = 1 << 20
TABELLER = ("sak", "notifikasjon", "eksternt_varsel", "hendelse", "besvart_kall", "tilgang")
ROMSLIG_S = 5  # for what takes a few hundredths on a machine that does nothing else


@pytest.fixture(autouse=True)
def unharmed(tjeneste: Tjeneste) -> Iterator[None]:
    yield
    assert tjeneste.process.poll() is None
    assert tjeneste.http.get(f"{tjeneste.url}/internal/ready", timeout=ROMSLIG_S).status_code == 200
    assert tjeneste.produsent("{ whoami }") == {"whoami": FAGER}


def rader(tjeneste: Tjeneste) -> int:
    return sum(tjeneste.rader(f"SELECT count(*) FROM {tabell}")[0][0] for tabell in TABELLER)


def hoder(tjeneste: Tjeneste) -> tuple[str, str]:
    return f"Authorization: Bearer {tjeneste.token(produsent=FAGER)}", "Content-Type: application/json"


def beskjed(ekstern_id: str = "ekstern-1", tekst: str = "Hei") -> dict[str, Any]:
    return {
        "mottakere": [RESSURS],
        "notifikasjon": {"merkelapp": "fager", "tekst": tekst, "lenke": "#"},
        "metadata": {"virksomhetsnummer": BAKERIET, "eksternId": ekstern_id},
    }


def mutasjon() -> bytes:
    """A body that would store something, if it were read."""
    return json.dumps({"query": NY_BESKJED, "variables": {"nyBeskjed": beskjed()}}).encode()


def send(tjeneste: Tjeneste, data: bytes) -> tuple[int, bytes]:
    """(status, body) for a body in JSON from FAGER."""
    svar = tjeneste.http.post(
        tjeneste.url + PRODUSENT,
        data=data,
        headers=dict(hode.split(": ", 1) for hode in hoder(tjeneste)),
        timeout=30,
    )
    assert svar.elapsed.total_seconds() < ROMSLIG_S
    return svar.status_code, svar.content


# ── HTTP ──


def raa(tjeneste: Tjeneste, hode: str, kropp: bytes, *, lengde: bool = True) -> bytes:
    """A mutation with one more header line."""
    linjer = [f"POST {PRODUSENT} HTTP/1.1", "Host: localhost", *hoder(tjeneste)]
    linjer += [f"Content-Length: {len(kropp)}"] if lengde else []
    return "\r\n".join([*linjer, *([hode] if hode else []), "", ""]).encode("latin-1") + kropp


@pytest.mark.parametrize(
    "hode",
    [
        "Content-Length: 5",
        "Content-Length : 5",
        "Host : x",
        "X-Y",
        ": x",
        "X\tY: z",
        "X Y: z",
        "\x00: x",
        "X: \x00",
        "X: a\rb",
    ],
)
def test_header_that_could_mean_two_things_is_refused(tjeneste: Tjeneste, hode: str) -> None:
    svar = tjeneste.raatt(raa(tjeneste, hode, mutasjon()))
    assert svar.split(b" ")[1] == b"400"
    assert rader(tjeneste) == 0


@pytest.mark.parametrize("lengde", ["", "x", "-1", "+5", "0x10", "1,2", "1e3", "٥".encode().decode("latin-1"), "1 2"])
def test_length_that_is_no_number_is_refused(tjeneste: Tjeneste, lengde: str) -> None:
    svar = tjeneste.raatt(raa(tjeneste, f"Content-Length: {lengde}", mutasjon(), lengde=False))
    assert svar.split(b" ")[1] in (b"400", b"401", b"415")
    assert rader(tjeneste) == 0


def test_length_of_5000_digits_is_refused(tjeneste: Tjeneste) -> None:
    """More than Python makes a number of."""
    svar = tjeneste.raatt(raa(tjeneste, f"Content-Length: {'9' * 5000}", mutasjon(), lengde=False))
    assert svar.split(b" ")[1] == b"400"
    assert rader(tjeneste) == 0


def test_chunks_win_over_a_length(tjeneste: Tjeneste) -> None:
    """One meaning, and the connection has no second request left in it."""
    biter = f"{len(mutasjon()):x}\r\n".encode() + mutasjon() + b"\r\n0\r\n\r\n"
    svar = tjeneste.raatt(raa(tjeneste, "Content-Length: 5\r\nTransfer-Encoding: chunked", biter, lengde=False))
    assert svar.count(b"HTTP/1.1 ") == 1
    assert b"NyBeskjedVellykket" in svar


@pytest.mark.parametrize("koding", ["gzip", "chunked, gzip", "identity", "xchunked", "chunked\t, x"])
def test_unknown_transfer_encoding_is_not_guessed_at(tjeneste: Tjeneste, koding: str) -> None:
    """501 is what HTTP has for this: not a fault, and nothing is read."""
    svar = tjeneste.raatt(raa(tjeneste, f"Transfer-Encoding: {koding}", mutasjon(), lengde=False))
    assert svar.split(b" ")[1] in (b"400", b"501")
    assert svar.endswith(b"\r\n\r\n")
    assert rader(tjeneste) == 0


@pytest.mark.parametrize(
    "biter", [b"zz\r\n", b"-1\r\nx\r\n", b"5;" + b"x" * 40_000, b"5\r\nabcdefgh\r\n0\r\n\r\n", b"\r\n\r\n"]
)
def test_broken_chunks_store_nothing(tjeneste: Tjeneste, biter: bytes) -> None:
    svar = tjeneste.raatt(raa(tjeneste, "Transfer-Encoding: chunked", biter + mutasjon(), lengde=False))
    assert svar == b"" or svar.split(b" ")[1] in (b"400", b"413")
    assert rader(tjeneste) == 0


def test_chunks_without_end_store_nothing(tjeneste: Tjeneste) -> None:
    biter = f"{len(mutasjon()):x}\r\n".encode() + mutasjon() + b"\r\n"
    assert tjeneste.raatt(raa(tjeneste, "Transfer-Encoding: chunked", biter, lengde=False)) == b""
    assert rader(tjeneste) == 0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 1_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",  # TLS
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /\r\n",  # HTTP/0.9
        b"GET / HTTP/1.1\nHost: localhost\n\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"get / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/3.7\r\nHost: localhost\r\n\r\n",
        b"GET \xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://evil.example/internal/alive HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"A" * 40_000,
        b"A" * 20_000 + b" / HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /" + b"%00" * 100 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /%ff%fe HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /static/%ed%a0%80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /internal/alive?" + b"a&" * 10_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /internal/alive HTTP/1.1\r\n" + b"X: y\r\n" * 4_000 + b"\r\n",
        b"GET /internal/alive HTTP/1.1\r\nCookie: " + b";=" * 10_000 + b"\r\n\r\n",
        b"GET /internal/alive HTTP/1.1\r\nHost: " + b"x" * 10_000 + b"\r\n\r\n",
    ],
    ids=lambda data: repr(data[:30]),
)
def test_bytes_that_are_hardly_a_request(tjeneste: Tjeneste, data: bytes) -> None:
    svar = tjeneste.raatt(data)
    assert svar == b"" or int(svar.split(b" ")[1]) < 500
    assert rader(tjeneste) == 0


@pytest.mark.parametrize(
    "kapsel",
    [
        "notifikasjon_oekt",
        "notifikasjon_oekt=",
        'notifikasjon_oekt="\\',
        "notifikasjon_oekt=\xff\xfe",
        "notifikasjon_oekt=" + "." * 20_000,
        "$Version=1; a",
        "expires=1",
        "=",
    ],
    ids=lambda kapsel: repr(kapsel[:30]),
)
def test_cookie_that_is_no_session_is_nobody(tjeneste: Tjeneste, kapsel: str) -> None:
    data = raa_post(BRUKER, b'{"query": "{ whoami }"}', "Content-Type: application/json", "X: y")
    svar = tjeneste.raatt(data.replace(b"X: y", b"Cookie: " + kapsel.encode("latin-1")))
    assert svar.split(b" ")[1] == b"401"


def test_others_are_served_while_400_connections_say_nothing(tjeneste: Tjeneste) -> None:
    adresse = (urlsplit(tjeneste.url).hostname, urlsplit(tjeneste.url).port)
    tause = [socket.create_connection(adresse) for _ in range(400)]
    try:
        for nr, taus in enumerate(tause):
            if nr % 2:
                taus.sendall(b"POST /bruker/api/graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        assert tjeneste.produsent("{ whoami }") == {"whoami": FAGER}
        assert ny_oppgave(tjeneste)["__typename"] == "NyOppgaveVellykket"
    finally:
        for taus in tause:
            taus.close()


# ── JSON ──


@pytest.mark.parametrize(
    "data",
    [
        b'{"query": "\xff"}',
        b'{"query": "\xed\xa0\x80"}',  # a surrogate as UTF-8
        b'\xef\xbb\xbf{"query": "{ whoami }"}',
        '{"query": "{ whoami }"}'.encode("utf-16"),
        b'{"query": "\\ud800"}',
        b'{"query": "{ whoami }", "variables": {"a": "\\udfff\\ud800"}}',
        b'{"query": NaN}',
        b'{"query": "{ whoami }", "variables": {"a": NaN}}',
        b'{"query": "{ whoami }", "variables": {"a": Infinity}}',
        b'{"query": "{ whoami }", "variables": {"a": 1e999}}',
        b'{"query": "{ whoami }", "variables": {"a": ' + b"9" * 5_000 + b"}}",
        b'{"query": "{ whoami }"} {"query": "{ whoami }"}',
        b"{'query': '{ whoami }'}",
        b'{"query": "a\nb"}',
        b'{"query": "\x00"}',
        b"[" * 100_000 + b"]" * 100_000,
        b'{"query": "{ whoami }", "variables": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 500_000,
        b'[{"query": "{ whoami }"}, {"query": "{ whoami }"}]',
        b'"' + b"x" * (MIB - 2) + b'"',
        b" " * MIB,
    ],
    ids=lambda data: repr(data[:40]),
)  # fmt: skip
def test_body_that_is_no_request_is_told_so(tjeneste: Tjeneste, data: bytes) -> None:
    status, kropp = send(tjeneste, data)
    assert status == 400
    assert list(json.loads(kropp)) == ["error"]
    assert len(kropp) < 300


@pytest.mark.parametrize(
    ("data", "svar"),
    [
        (b'{"query": "{ nei }", "query": "{ whoami }"}', FAGER),
        (b'{"query": "{ whoami }", "\\ufffe": "\\u0000", "\xf0\x9f\xab\x90": 18446744073709551616}', FAGER),
        (b'{"query": "{ whoami }", "variables": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}", FAGER),
        (b'{"query": "{ whoami \\u0023 ' + b"x" * (MIB - 100) + b'"}', None),
    ],
    ids=["duplicate key", "odd keys", "900 deep", "a comment of 1 MiB"],
)
def test_body_that_is_only_odd_is_answered(tjeneste: Tjeneste, data: bytes, svar: str | None) -> None:
    status, kropp = send(tjeneste, data)
    assert status == 200
    assert svar is None or json.loads(kropp) == {"data": {"whoami": svar}}


def test_body_may_have_one_mebibyte_and_no_more(tjeneste: Tjeneste) -> None:
    data = b'{"query": "{ whoami }"' + b" " * (MIB - 23) + b"}"
    assert len(data) == MIB
    assert send(tjeneste, data)[0] == 200
    for stoerre in (MIB + 1, 100 * MIB):
        svar = tjeneste.raatt(raa(tjeneste, f"Content-Length: {stoerre}", b"", lengde=False))
        assert svar.split(b" ")[1] == b"413"
    biter = f"{MIB + 1:x}\r\n".encode() + b" " * (MIB + 1) + b"\r\n0\r\n\r\n"
    svar = tjeneste.raatt(raa(tjeneste, "Transfer-Encoding: chunked", biter, lengde=False))
    assert svar == b"" or svar.split(b" ")[1] == b"413"  # it may hang up before all is sent, which loses the answer


def test_large_mutation_is_stored_whole(tjeneste: Tjeneste) -> None:
    """Bottle's own limit, 100 KiB, does not apply."""
    lenke = "#" + "x" * 900_000
    sak = ny_sak(tjeneste, lenke=lenke)
    assert tjeneste.rader("SELECT lenke FROM sak WHERE id = ?", sak["id"]) == [(lenke,)]


# ── Documents ──


def gjenta(mal: str, antall: int, skille: str = " ") -> str:
    return skille.join(mal.replace("#", str(nr)) for nr in range(antall))


def kjede(antall: int, siste: str = "whoami") -> str:
    ledd = " ".join(f"fragment f{nr} on Query {{ ...f{nr + 1} }}" for nr in range(antall))
    return f"{{ ...f0 }} {ledd} fragment f{antall} on Query {{ {siste} }}"


def vifte(antall: int) -> str:
    """2^antall fields, for whoever would count them."""
    ledd = " ".join(f"fragment f{nr} on Query {{ ...f{nr + 1} ...f{nr + 1} }}" for nr in range(antall))
    return f"{{ ...f0 }} {ledd} fragment f{antall} on Query {{ whoami }}"


def rutenett(bredde: int, dybde: int) -> str:
    return f"{{ {('... { ' * dybde + 'whoami' + ' }' * dybde) * bredde} }}"


def fragmenter_mot_hverandre(antall: int) -> str:
    """Each has to be compared with each other."""
    deler = " ".join(f"fragment f{nr} on NotifikasjonConnection {{ edges {{ cursor }} }}" for nr in range(antall))
    return f"{{ mineNotifikasjoner {{ {gjenta('...f#', antall)} }} }} {deler}"


def felter_mot_hverandre(antall: int) -> str:
    return f"{{ {'mineNotifikasjoner { ... on NotifikasjonConnection { edges { cursor } } } ' * antall} }}"


def fragmenter_i_hverandre(antall: int) -> str:
    ledd = " ".join(
        f"fragment f{nr} on NotifikasjonConnection {{ edges {{ cursor }} ...f{nr + 1} ...f{nr + 1} }}"
        for nr in range(antall)
    )
    return f"{{ mineNotifikasjoner {{ ...f0 }} }} {ledd} fragment f{antall} on NotifikasjonConnection {{ __typename }}"


@pytest.mark.parametrize(
    "dokument",
    [
        gjenta("a#: whoami", 10_000).join("{}"),
        gjenta("a#: whoami", 600).join("{}"),
        "whoami ".__mul__(1_990).join("{}"),
        "{ whoami " + "@skip(if: false) " * 10_000 + "}",
        "{ whoami " + "@skip(if: false) " * 300 + "}",
        "{ whoami " + "@nei " * 900 + "}",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        vifte(25),
        vifte(180),
        kjede(150, "nei"),
        kjede(240),
        rutenett(20, 400),
        rutenett(1, 600),
        "query (" + gjenta("$a#: Int", 390) + ") { whoami }",
        "query ($a: " + "[" * 900 + "Int" + "]" * 900 + ") { whoami }",
        "{ mineNotifikasjoner(merkelapper: " + "[" * 900 + "]" * 900 + ") { __typename } }",
        "{ mineNotifikasjoner(merkelapper: " + '["a", ' * 150 + "]" * 150 + ") { __typename } }",
        "mutation { nyBeskjed(nyBeskjed: " + "{ a: " * 900 + "1" + " }" * 900 + ") { __typename } }",
        "{ __schema { types { " + "fields { type { " * 12 + "name" + " } }" * 12 + " } } }",
        "mutation { " + gjenta('a#: hardDeleteSak(id: "x") { __typename }', 180) + " }",
        "{" + "\u202e" * 100_000 + "}",
        '{ mineNotifikasjoner(merkelapp: """' + "\n" * 500_000 + '"" ) }',
        "#" * (MIB - 100),
        "{ whoami(a: " + "9" * 500_000 + ") }",
    ],
    ids=lambda dokument: dokument[:50],
)
def test_document_made_to_be_expensive_is_refused_soon(tjeneste: Tjeneste, dokument: str) -> None:
    status, kropp = send(tjeneste, json.dumps({"query": dokument}).encode())
    assert status == 200
    assert list(json.loads(kropp)) == ["errors"]
    assert len(kropp) < 20_000


@pytest.mark.parametrize(
    "dokument",
    [fragmenter_mot_hverandre(110), fragmenter_i_hverandre(90), fragmenter_i_hverandre(110), felter_mot_hverandre(100)],
    ids=["fragments", "fragments in fragments", "more of them", "fields"],
)
def test_document_made_to_be_expensive_to_compare_is_answered_soon(tjeneste: Tjeneste, dokument: str) -> None:
    """Whether two fields of the same name agree: what validation spends its time on, within the limit on tokens."""
    status, _ = send(tjeneste, json.dumps({"query": dokument}).encode())
    assert status == 200


def test_document_may_be_as_deep_and_wide_as_this(tjeneste: Tjeneste) -> None:
    for dokument in (kjede(100), rutenett(6, 100), gjenta("a#: whoami", 30).join("{}")):
        status, kropp = send(tjeneste, json.dumps({"query": dokument}).encode())
        assert (status, list(json.loads(kropp))) == (200, ["data"])


def test_tokens_are_counted(tjeneste: Tjeneste) -> None:
    for antall, feil in ((1_998, "Validation"), (1_999, "Syntax")):
        _, kropp = send(tjeneste, json.dumps({"query": "{" + " a" * antall + "}"}).encode())
        assert feil in json.loads(kropp)["errors"][0]["message"]


def test_fields_at_the_root_are_counted(tjeneste: Tjeneste) -> None:
    for form in ("{ %s }", "{ ...F } fragment F on Query { %s }", "{ ... on Query { ... { %s } } }"):
        for antall, svar in ((30, "data"), (31, "errors")):
            _, kropp = send(tjeneste, json.dumps({"query": form % gjenta("a#: whoami", antall)}).encode())
            assert list(json.loads(kropp)) == [svar]


def test_mutations_beyond_the_limit_are_none_of_them_carried_out(tjeneste: Tjeneste) -> None:
    enkelt = """
        a#: nySak(
            grupperingsid: "#" merkelapp: "fager" virksomhetsnummer: "910825526" tittel: "t" initiellStatus: MOTTATT
            mottakere: [{ altinnRessurs: { ressursId: "test-fager" } }]
        ) { __typename }
    """
    for antall, lagret in ((31, 0), (30, 30)):
        send(tjeneste, json.dumps({"query": f"mutation {{ {gjenta(enkelt, antall)} }}"}).encode())
        assert tjeneste.rader("SELECT count(*) FROM sak") == [(lagret,)]


def test_depth_of_fields_is_counted_but_not_in_the_schema(tjeneste: Tjeneste) -> None:
    """The deepest that the API has is 7, so depth is tried with the schema and something else beside it."""
    dypt = "__schema { types { fields { type { " + "ofType { " * 8 + "name" + " }" * 12
    for sammen, svar in (("", "data"), ("whoami", "errors")):
        _, kropp = send(tjeneste, json.dumps({"query": f"{{ {sammen} {dypt} }}"}).encode())
        assert list(json.loads(kropp)) == [svar]


# ── Several at once ──


def test_batch_is_refused_and_none_of_it_carried_out(tjeneste: Tjeneste) -> None:
    status, kropp = send(tjeneste, b"[" + mutasjon() + b"," + mutasjon() + b"]")
    assert status == 400
    assert list(json.loads(kropp)) == ["error"]
    assert rader(tjeneste) == 0


def test_long_documents_are_not_remembered() -> None:
    """Of those that are kept there may be 512, and one may have a million characters."""
    tracemalloc.start()
    try:
        for nr in range(4):
            assert not produsent.API.er_introspeksjon(f"{{ whoami }} # {nr}" + "🫐" * 100_000)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 200_000
    finally:
        tracemalloc.stop()
