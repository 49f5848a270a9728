"""No caller may take the time of all: who calls too often is sent away for a while, and who trickles is cut off."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
import waitress
from tjeneste import DAGNY, FAGER, NILS, TILTAK, Tjeneste, kjoerende
from waitress import wasyncore

from server import takt
from server.takt import Takt
from server.web import Kanal

GRENSER = {
    "utvikling.grenser": "true",
    "grenser.produsent_per_s": "0.001",
    "grenser.produsent_samlet": "3",
    "grenser.bruker_per_s": "0.001",
    "grenser.bruker_samlet": "2",
}


@pytest.fixture(scope="module")
def med_grenser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    with kjoerende(tmp_path_factory.mktemp("takt") / "test.db", verdier=GRENSER) as tjeneste:
        yield tjeneste


def hvem(tjeneste: Tjeneste, **person: str) -> requests.Response:
    api = "bruker" if "bruker" in person else "produsent"
    return tjeneste.post(f"/{api}/api/graphql", "{ whoami }", token=tjeneste.token(**person))


def test_who_calls_too_often_is_told_when_to_come_back(med_grenser: Tjeneste) -> None:
    for person, samlet in (({"produsent": FAGER}, 3), ({"bruker": DAGNY}, 2)):
        assert [hvem(med_grenser, **person).status_code for _ in range(samlet)] == [200] * samlet
        svar = hvem(med_grenser, **person)
        assert (svar.status_code, list(svar.json())) == (429, ["error"])
        assert 900 < int(svar.headers["Retry-After"]) <= 1000
    tekst = requests.get(f"{med_grenser.url}/internal/metrics", timeout=30).text
    assert 'notifikasjon_for_ofte_total{api="bruker"} 1.0' in tekst


def test_others_are_not_concerned(med_grenser: Tjeneste) -> None:
    for person in ({"produsent": TILTAK}, {"bruker": NILS}):
        assert hvem(med_grenser, **person).status_code == 200


def test_development_mode_is_without_limits_unless_they_are_asked_for(tjeneste: Tjeneste) -> None:
    assert {hvem(tjeneste, bruker=DAGNY).status_code for _ in range(100)} == {200}


def test_a_bucket_fills_at_its_rate_and_not_above_its_size() -> None:
    naa = 0.0
    grense = Takt(2, 3, lambda: naa)

    def ventetider(hvor_mange: int) -> list[float]:
        return [grense.vent_s("en") for _ in range(hvor_mange)]

    assert ventetider(5) == [0, 0, 0, 0.5, 0.5]
    naa = 0.25
    assert ventetider(1) == [0.25], "calls that are refused cost nothing"
    naa = 0.5
    assert ventetider(2) == [0, 0.5]
    naa = 1_000_000.0
    assert ventetider(4) == [0, 0, 0, 0.5]
    assert grense.vent_s("en annen") == 0


def test_callers_that_are_remembered_are_limited_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takt, "MAKS_HUSKET", 2)
    grense = Takt(1, 1, lambda: 0.0)
    assert [grense.vent_s(navn) for navn in ("en", "to", "to", "tre")] == [0, 0, 1, 0]
    assert [grense.vent_s(navn) for navn in ("tre", "to", "en")] == [1, 1, 0], "en was away longest, and is forgotten"


# ── Time to arrive ──


@contextmanager
def utaalmodig() -> Iterator[int]:
    """The port of a server that lets a request take three seconds to arrive, and looks each second."""

    def app(environ: dict[str, object], start_response: object) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "0")])  # type: ignore[operator]
        return [b""]

    server = waitress.create_server(app, host="127.0.0.1", port=0, channel_timeout=3, cleanup_interval=1)
    server.channel_class = Kanal
    traad = threading.Thread(target=lambda: server.asyncore.loop(timeout=0.1, map=server._map))
    traad.start()
    try:
        yield server.effective_port
    finally:
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        traad.join(10)
        server.task_dispatcher.shutdown()


@pytest.mark.parametrize(
    "begynnelse",
    [b"GET / HTTP/1.1\r\nX: ", b"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n"],
    ids=["headers", "body"],
)
def test_request_that_trickles_in_is_cut_off(begynnelse: bytes) -> None:
    """A byte now and then is not silence, and would else keep the connection for ever."""
    with utaalmodig() as port, socket.create_connection(("127.0.0.1", port), timeout=0.1) as forbindelse:
        forbindelse.sendall(begynnelse)
        for _ in range(200):
            try:
                forbindelse.sendall(b"x")
                if forbindelse.recv(1000) == b"":
                    return
            except TimeoutError:
                continue
            except ConnectionError:
                return
    pytest.fail("after twenty seconds it may still go on")


def test_connection_that_is_used_again_is_not_cut_off() -> None:
    """Each request has its own time, however long the connection has been there."""
    with utaalmodig() as port, socket.create_connection(("127.0.0.1", port), timeout=0.3) as forbindelse:
        for _ in range(15):
            forbindelse.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert forbindelse.recv(1000).startswith(b"HTTP/1.1 200")
            with pytest.raises(TimeoutError):
                forbindelse.recv(1000)
