"""Live update: who is told that something has changed, who is not, and that open streams are in nobody's way.

A stream is a socket here, so that a test decides when it reads, and when it hangs up.
"""

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests
import waitress
from bruker import bjella, klikk
from produsent import mutasjon, ny_beskjed, ny_sak
from test_altinn_tilganger import VEKSLING, Tilgangstjeneste, som_spoer
from tjeneste import (
    BAKERIET,
    DAGNY,
    FISKERIET,
    NILS,
    REGINE,
    ROOT,
    ULLA,
    Tjeneste,
    altinn_svar,
    driftsoppsett,
    kjoerende,
    leder,
)
from waitress import wasyncore

from server.database import Database
from server.fordeler import Fordeler
from server.stroem import ENDRET, PER_PERSON, Stroemmer
from server.tid import Klokke
from server.tilgang import Tilganger
from server.web import BEHOLD

STI = "/bruker/api/endringer"
STILLE_S = 0.5  # longer than a change takes to be told of
SIST_LEST = "mutation ($t: ISO8601DateTime!) { notifikasjonerSistLest(tidspunkt: $t) { tidspunkt } }"


class Stroem:
    """One GET, whose answer is read as the test likes. All are hung up when the test ends."""

    alle: ClassVar[list["Stroem"]] = []

    def __init__(self, url: str, *hoder: str, sti: str = STI, timeout_s: float = 10) -> None:
        vert, port = url.removeprefix("http://").split(":")
        self.forbindelse = socket.create_connection((vert, int(port)), timeout=timeout_s)
        self.alle.append(self)
        linjer = [f"GET {sti} HTTP/1.1", f"Host: {vert}:{port}", "Accept: text/event-stream", *hoder, "", ""]
        self.forbindelse.sendall("\r\n".join(linjer).encode())
        self._mottatt, self.sagt = b"", b""
        hode = self._les_til(b"\r\n\r\n").decode()
        self.status = int(hode.split(" ")[1])
        self.hoder = {
            navn.lower(): verdi for navn, _, verdi in (linje.partition(": ") for linje in hode.splitlines()[1:])
        }

    def endret(self) -> bytes:
        """All that is said until the next word of a change, with it. Raises TimeoutError, or EOFError at the end."""
        lest = self._les_til(ENDRET)
        self.sagt += lest.removesuffix(ENDRET)
        return lest

    def stille(self, s: float = STILLE_S) -> bool:
        """Whether no change is told of for as long."""
        self.forbindelse.settimeout(s)
        try:
            self.endret()
        except TimeoutError:
            self.sagt, self._mottatt = self.sagt + self._mottatt, b""
            return True
        finally:
            self.forbindelse.settimeout(10)
        return False

    def slutt(self) -> bytes:
        """What is said until the server ends it."""
        while bit := self.forbindelse.recv(65536):
            self._mottatt += bit
        return self._mottatt

    def legg_paa(self) -> None:
        self.forbindelse.close()

    def _les_til(self, merke: bytes) -> bytes:
        while merke not in self._mottatt:
            if not (bit := self.forbindelse.recv(65536)):
                raise EOFError(self._mottatt)
            self._mottatt += bit
        lest, _, self._mottatt = self._mottatt.partition(merke)
        return lest + merke


Aapne = Callable[..., Stroem]


@pytest.fixture(autouse=True)
def _alle_legger_paa() -> Iterator[None]:
    yield
    while Stroem.alle:
        Stroem.alle.pop().legg_paa()


@pytest.fixture
def aapne(tjeneste: Tjeneste) -> Aapne:
    """A stream of that person at the shared service, when it has told of what was done before the test."""
    vent_paa(lambda: antall(tjeneste) == 0)

    def aapne(fnr: str = DAGNY, *hoder: str) -> Stroem:
        stroem = Stroem(tjeneste.url, bearer(tjeneste, fnr), *hoder)
        while not stroem.stille():
            pass
        return stroem

    return aapne


def bearer(tjeneste: Tjeneste, fnr: str = DAGNY) -> str:
    return f"Authorization: Bearer {tjeneste.token(bruker=fnr)}"


def antall(tjeneste: Tjeneste) -> int:
    """Open streams, as the metrics tell."""
    linjer = requests.get(f"{tjeneste.url}/internal/metrics", timeout=10).text.splitlines()
    return int(float(next(linje.split(" ")[1] for linje in linjer if linje.startswith("notifikasjon_stroemmer "))))


def vent_paa(sant: Callable[[], bool], s: float = 5) -> None:
    frist = time.monotonic() + s
    while not sant():
        assert time.monotonic() < frist
        threading.Event().wait(0.02)


def mange_fnr(hvor_mange: int) -> list[str]:
    return [f"{1 + nr % 28:02}81{nr:07}" for nr in range(hvor_mange)]


# ── Who is told ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_new_notifikasjon_is_told_to_those_who_may_see_it_only(tjeneste: Tjeneste, aapne: Aapne) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    tjeneste.tilgang(REGINE, FISKERIET)
    dagny, regine, ulla = aapne(DAGNY), aapne(REGINE), aapne(ULLA)

    ny_beskjed(tjeneste, ekstern_id="beskjed", tekst="Hemmelig", virksomhetsnummer=BAKERIET)
    dagny.endret()

    assert dagny.stille() and regine.stille() and ulla.stille()


def test_stream_says_that_something_has_changed_and_never_what(tjeneste: Tjeneste, aapne: Aapne) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    dagny = aapne()

    ny_beskjed(tjeneste, ekstern_id="beskjed", tekst="Hemmelig", virksomhetsnummer=BAKERIET)

    assert dagny.endret() == b"event: endret\ndata:\n\n"
    assert dagny.sagt.replace(b"\n", b"") == b"retry: 5000"
    assert dagny.hoder["content-type"] == "text/event-stream"
    assert dagny.hoder["cache-control"] == "no-store"
    assert not {"content-length", "transfer-encoding"} & dagny.hoder.keys()


def test_naermeste_leder_is_told(tjeneste: Tjeneste, aapne: Aapne) -> None:
    tjeneste.naermeste_leder()
    nils, dagny = aapne(NILS), aapne(DAGNY)

    ny_beskjed(tjeneste, mottakere=[leder()])

    nils.endret()
    assert dagny.stille()


def test_change_of_a_sak_is_told(tjeneste: Tjeneste, aapne: Aapne) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    sak = ny_sak(tjeneste, grupperingsid="sak-1")
    dagny, ulla = aapne(DAGNY), aapne(ULLA)

    mutasjon(tjeneste, "tilleggsinformasjonSak", f'id: "{sak["id"]}", tilleggsinformasjon: "Nytt"')

    dagny.endret()
    assert ulla.stille()


def test_access_that_came_while_the_stream_was_open_counts(tjeneste: Tjeneste, aapne: Aapne) -> None:
    ulla = aapne(ULLA)
    tjeneste.tilgang(ULLA, BAKERIET)

    ny_beskjed(tjeneste)

    ulla.endret()


def test_click_in_another_tab_is_told_to_nobody_else(tjeneste: Tjeneste, aapne: Aapne) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    tjeneste.tilgang(REGINE, BAKERIET)
    ny_beskjed(tjeneste)
    en, annen, regine = aapne(DAGNY), aapne(DAGNY), aapne(REGINE)

    klikk(tjeneste, bjella(tjeneste)[0]["id"])

    en.endret()
    annen.endret()
    assert regine.stille()


def test_sist_lest_of_another_tab_is_told_to_nobody_else(tjeneste: Tjeneste, aapne: Aapne) -> None:
    dagny, regine = aapne(DAGNY), aapne(REGINE)

    tjeneste.bruker(DAGNY, SIST_LEST, {"t": "2026-11-25T10:00:00Z"})

    dagny.endret()
    assert regine.stille()


def test_deletion_is_told(tjeneste: Tjeneste, aapne: Aapne) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    beskjed = ny_beskjed(tjeneste)
    dagny = aapne()

    mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{beskjed["id"]}"')

    dagny.endret()


def test_paaminnelse_that_fires_is_told(tjeneste: Tjeneste, aapne: Aapne) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    tjeneste.klokke("2026-11-25T10:00:00+01:00")
    tjeneste.produsent(
        """mutation ($m: [MottakerInput!]!) { nyOppgave(nyOppgave: {
            mottakere: $m
            notifikasjon: {merkelapp: "fager", tekst: "Husk", lenke: ""}
            metadata: {virksomhetsnummer: "910825526", eksternId: "oppgave"}
            paaminnelse: {tidspunkt: {konkret: "2026-11-26T10:00:00"}, eksterneVarsler: []}
        }) { ... on NyOppgaveVellykket { id } ... on Error { feilmelding } } }""",
        {"m": [{"altinnRessurs": {"ressursId": "test-fager"}}]},
    )
    dagny = aapne()

    tjeneste.klokke("2026-11-26T10:00:01+01:00")

    dagny.endret()


def test_change_between_the_look_and_the_stream_is_told(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    ny_beskjed(tjeneste)

    stroem = Stroem(tjeneste.url, bearer(tjeneste))

    stroem.endret()


def test_many_changes_at_once_are_few_words(tjeneste: Tjeneste, aapne: Aapne) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    dagny = aapne()

    for nr in range(30):
        ny_beskjed(tjeneste, ekstern_id=f"beskjed-{nr}")
    ord = 0
    while not dagny.stille(1.5):
        ord += 1

    assert 1 <= ord <= 3


# ── Who may listen ────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_valid_token_nothing_is_told(tjeneste: Tjeneste) -> None:
    produsent = f"Authorization: Bearer {tjeneste.token(produsent='dev-gcp:fager:notifikasjon-test-produsent')}"
    for hoder in ((), ("Authorization: Bearer tull",), (produsent,), ("Cookie: notifikasjon_oekt=tull",)):
        svar = Stroem(tjeneste.url, *hoder)
        assert svar.status == 401
    assert antall(tjeneste) == 0


def test_session_is_enough_on_our_own_pages(tjeneste: Tjeneste) -> None:
    with requests.Session() as nettleser:
        nettleser.post(f"{tjeneste.url}/dev/velg-person", data={"fnr": DAGNY}, timeout=10)
        kapsel = f"Cookie: notifikasjon_oekt={nettleser.cookies['notifikasjon_oekt']}"

    stroem = Stroem(tjeneste.url, kapsel)

    assert stroem.status == 200


def test_session_that_ends_takes_its_stream_with_it(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    with requests.Session() as nettleser:
        nettleser.post(f"{tjeneste.url}/dev/velg-person", data={"fnr": DAGNY}, timeout=10)
        stroem = Stroem(tjeneste.url, f"Cookie: notifikasjon_oekt={nettleser.cookies['notifikasjon_oekt']}")
        while not stroem.stille():
            pass
        nettleser.post(f"{tjeneste.url}/dev/logg-ut", timeout=10)

    ny_beskjed(tjeneste)

    assert ENDRET not in stroem.slutt()


def test_page_of_a_foreign_origin_brings_a_token_and_is_on_the_list(tmp_path: Path) -> None:
    kjent, ukjent = "Origin: https://min-side.eksempel.no", "Origin: https://ond.eksempel.no"
    verdier = {"server.tillatte_opphav": '["https://min-side.eksempel.no"]'}
    with kjoerende(tmp_path / "test.db", verdier=verdier) as tjeneste, requests.Session() as nettleser:
        nettleser.post(f"{tjeneste.url}/dev/velg-person", data={"fnr": DAGNY}, timeout=10)
        kapsel = f"Cookie: notifikasjon_oekt={nettleser.cookies['notifikasjon_oekt']}"

        svar = Stroem(tjeneste.url, kjent, bearer(tjeneste))
        assert svar.status == 200
        assert svar.hoder["access-control-allow-origin"] == "https://min-side.eksempel.no"
        assert svar.hoder["vary"] == "Origin"
        assert Stroem(tjeneste.url, kjent, kapsel).status == 401
        assert Stroem(tjeneste.url, ukjent, bearer(tjeneste)).status == 403

        preflight = requests.options(
            f"{tjeneste.url}{STI}",
            headers={"Origin": "https://min-side.eksempel.no", "Access-Control-Request-Method": "GET"},
            timeout=10,
        )
        assert preflight.status_code == 204
        assert preflight.headers["Access-Control-Allow-Methods"] == "GET"
        assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]

        look = tjeneste.bruker_svar(DAGNY, "{ whoami }", headers={"Origin": "https://min-side.eksempel.no"})
        assert look.headers["Access-Control-Expose-Headers"] == "Link"


def test_picture_on_a_page_of_others_opens_no_stream(tjeneste: Tjeneste) -> None:
    hoder = {"Authorization": f"Bearer {tjeneste.token(bruker=DAGNY)}", "Accept": "image/avif,image/webp,*/*"}
    assert requests.get(tjeneste.url + STI, headers=hoder, timeout=10).status_code == 406
    assert antall(tjeneste) == 0


# ── How many ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_person_has_few_streams_and_gets_the_place_back_of_one_that_is_hung_up(
    tjeneste: Tjeneste, aapne: Aapne
) -> None:
    stroemmer = [Stroem(tjeneste.url, bearer(tjeneste)) for _ in range(PER_PERSON)]
    assert [stroem.status for stroem in stroemmer] == [200] * PER_PERSON
    en_for_mye = Stroem(tjeneste.url, bearer(tjeneste))
    assert en_for_mye.status == 204
    assert aapne(REGINE).status == 200

    stroemmer[0].legg_paa()
    vent_paa(lambda: antall(tjeneste) == PER_PERSON)
    assert Stroem(tjeneste.url, bearer(tjeneste)).status == 200


def test_request_behind_a_stream_ends_it(tjeneste: Tjeneste, aapne: Aapne) -> None:
    stroem = aapne()

    stroem.forbindelse.sendall(b"GET /internal/alive HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert b"HTTP/" not in stroem.slutt()
    vent_paa(lambda: antall(tjeneste) == 0)


def test_stream_pipelined_with_another_request_is_all_that_is_answered(tjeneste: Tjeneste) -> None:
    vert = tjeneste.url.removeprefix("http://")
    med_mer = f"{bearer(tjeneste)}\r\n\r\nGET /internal/alive HTTP/1.1\r\nHost: {vert}"

    stroem = Stroem(tjeneste.url, med_mer)

    while not stroem.stille():
        pass
    assert stroem.status == 200 and b"HTTP/" not in stroem.sagt
    stroem.legg_paa()
    vent_paa(lambda: antall(tjeneste) == 0)


def test_hundred_open_streams_are_in_nobodys_way(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "test.db", verdier={"server.maks_stroemmer": "100"}) as tjeneste:
        fnr = mange_fnr(101)
        for en in fnr:
            tjeneste.tilgang(en, BAKERIET)
        stroemmer = [Stroem(tjeneste.url, bearer(tjeneste, en)) for en in fnr]
        assert [stroem.status for stroem in stroemmer] == [200] * 100 + [204]
        assert antall(tjeneste) == 100

        svar: list[int] = []

        def spoer(sti: str) -> None:
            for _ in range(5):
                svar.append(requests.get(tjeneste.url + sti, timeout=5).status_code)

        traader = [threading.Thread(target=spoer, args=(sti,)) for sti in ("/internal/alive", "/bruker/sdl") * 12]
        for traad in traader:
            traad.start()
        for traad in traader:
            traad.join()
        assert svar == [200] * 120

        ny_beskjed(tjeneste)
        spurt = time.monotonic()
        for stroem in stroemmer[:100]:
            stroem.endret()
        assert time.monotonic() - spurt < 2


@pytest.mark.parametrize("verdier", [{"server.egne_traader": "false"}, {"server.maks_stroemmer": "0"}])
def test_where_there_are_no_streams_the_bell_is_told_to_look_for_itself(
    tmp_path: Path, verdier: dict[str, str]
) -> None:
    with kjoerende(tmp_path / "test.db", verdier=verdier) as tjeneste:
        stroem = Stroem(tjeneste.url, bearer(tjeneste))
        assert stroem.status == 204
        assert "Link" not in tjeneste.bruker_svar(DAGNY, "{ whoami }").headers
        assert Stroem(tjeneste.url).status == 401


def test_answers_of_the_user_api_say_where_the_stream_is(tjeneste: Tjeneste) -> None:
    assert tjeneste.bruker_svar(DAGNY, "{ whoami }").headers["Link"] == '<endringer>; rel="monitor"'
    assert "Link" not in tjeneste.produsent_svar("{ whoami { __typename } }").headers
    stroem = Stroem(tjeneste.url, bearer(tjeneste), sti="/api/endringer")  # beside the address that both APIs share
    assert stroem.status == 200


def test_service_with_open_streams_ends_at_once(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "test.db") as tjeneste:
        stroemmer = [Stroem(tjeneste.url, bearer(tjeneste, fnr)) for fnr in mange_fnr(20)]

        tjeneste.process.send_signal(signal.SIGTERM)

        assert tjeneste.process.wait(4) == 0
        for stroem in stroemmer:
            stroem.slutt()
        assert not [linje for linje in tjeneste.logg if "ERROR" in linje or "Traceback" in linje]


# ── With access from elsewhere ────────────────────────────────────────────────────────────────────────────────────


def test_access_from_a_file_is_used(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "utsteder.db") as utsteder:
        config = driftsoppsett(tmp_path / "drift.db", utsteder.url.replace("127.0.0.1", "localhost"))
        with kjoerende(tmp_path / "drift.db", config=config) as tjeneste:
            dagny, ulla = (Stroem(tjeneste.url, bearer(utsteder, fnr)) for fnr in (DAGNY, ULLA))
            assert (dagny.status, ulla.status) == (200, 200)
            produsent = utsteder.token(produsent="dev-gcp:fager:notifikasjon-test-produsent")
            svar = tjeneste.post(
                "/produsent/api/graphql",
                """mutation { nyBeskjed(nyBeskjed: {
                    mottakere: [{altinnRessurs: {ressursId: "test-fager"}}]
                    notifikasjon: {merkelapp: "fager", tekst: "Hei", lenke: ""}
                    metadata: {virksomhetsnummer: "910825526", eksternId: "1"}
                }) { __typename } }""",
                token=produsent,
            )
            assert svar.json()["data"]["nyBeskjed"]["__typename"] == "NyBeskjedVellykket"

            dagny.endret()
            assert ulla.stille()


def test_access_over_the_network_is_asked_for_when_a_stream_begins_and_never_after(tmp_path: Path) -> None:
    with (
        Tilgangstjeneste() as altinn,
        som_spoer(altinn.url, altinn.url + VEKSLING, tmp_path / "test.db", tilgang__cache_s="0") as tjeneste,
    ):
        ny_beskjed(tjeneste, ekstern_id="1")  # from here on there is a key to know
        altinn.svar = altinn_svar(FISKERIET)
        regine = Stroem(tjeneste.url, bearer(tjeneste, REGINE))
        altinn.svar = altinn_svar(BAKERIET)
        dagny = Stroem(tjeneste.url, bearer(tjeneste))
        while not (regine.stille() and dagny.stille()):
            pass
        spurt = len(altinn.kall)

        ny_beskjed(tjeneste, ekstern_id="2")
        dagny.endret()
        assert regine.stille()

        ny_beskjed(tjeneste, ekstern_id="3", virksomhetsnummer=FISKERIET)  # the first with that key: whose is it?
        regine.endret()
        dagny.endret()
        assert len(altinn.kall) == spurt


# ── With a server of the test's own, in a hurry ───────────────────────────────────────────────────────────────────


@contextmanager
def hastig(mappe: Path, aapning: bytes, **tider: float) -> Iterator[tuple[str, Stroemmer]]:
    """A server that answers everything with a stream of Dagny's, which begins with these bytes."""
    klokke = Klokke()
    database = Database(mappe / "test.db", ROOT / "schema.sql")
    tilganger = Tilganger(database, klokke.monotonic, 300, 100)
    stroemmer = Stroemmer(database, klokke, tilganger, 10, tilgang_er_lokal=True, **tider)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        stroem = stroemmer.plass(DAGNY, None, lambda: True)
        assert stroem
        environ[BEHOLD](stroem)
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return iter([aapning])

    klar, deler = threading.Event(), {}

    def serve() -> None:
        fordeler = Fordeler(app, database, 1, svar_selv=False, straks=lambda _: True)
        server = waitress.create_server(app, _dispatcher=fordeler, host="127.0.0.1", port=0)
        fordeler.koble(server)
        deler["server"] = server
        klar.set()
        server.asyncore.loop(map=server._map, use_poll=True)
        fordeler.shutdown()

    traad = threading.Thread(target=serve)
    traad.start()
    klar.wait(5)
    server = deler["server"]
    try:
        yield f"http://127.0.0.1:{server.effective_port}", stroemmer
    finally:
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        traad.join(10)
        stroemmer.stopp()
        database.close()


def test_client_that_does_not_read_is_dropped(tmp_path: Path) -> None:
    with hastig(tmp_path, b":" + b"x" * 20_000_000 + b"\n\n", hjerteslag_s=0.3) as (url, stroemmer):
        stroem = Stroem(url)
        assert stroemmer.antall == 1
        vent_paa(lambda: stroemmer.antall == 0)
        with suppress(ConnectionError):
            assert len(stroem.slutt()) < 20_000_000  # what it had not taken is lost


def test_client_that_reads_hears_the_heart_beat_until_its_time_is_up(tmp_path: Path) -> None:
    with hastig(tmp_path, b"\n", hjerteslag_s=0.1, maks_s=1.0) as (url, stroemmer):
        stroem = Stroem(url)
        assert stroem.slutt().count(b":\n\n") >= 5
        vent_paa(lambda: stroemmer.antall == 0)


def test_client_that_hangs_up_at_once_leaves_no_place_taken(tmp_path: Path) -> None:
    with hastig(tmp_path, b"\n") as (url, stroemmer):
        for _ in range(50):
            vert, port = url.removeprefix("http://").split(":")
            with socket.create_connection((vert, int(port))) as forbindelse:
                forbindelse.sendall(f"GET {STI} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            vent_paa(lambda: stroemmer.antall < 10)
        vent_paa(lambda: stroemmer.antall == 0)
