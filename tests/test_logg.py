"""The log: ids and never people, whatever is sent to the service and wherever it fails."""

import json
import logging
import re
import subprocess
import sys
import timeit
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import apsw
import pytest
import requests
from produsent import altinnressurs, epost, ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak, paaminnelse_sms, sms
from tjeneste import ANNE, BAKERIET, DAGNY, FAGER, NILS, RESSURS, ROOT, Tjeneste, leder

from server import log

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJwaWQiOiIxNTg0NTUxMjM0NSJ9.c2lnbmF0dXI_-x"
UUID = "01a21233-8e77-7141-b096-a15845512345"  # eleven digits in a row


@pytest.mark.parametrize(
    ("tekst", "maskert"),
    [
        (ANNE, "<fnr>"),
        (f"fnr={ANNE}, {NILS}", "fnr=<fnr>, <fnr>"),
        (f"{ANNE[:6]} {ANNE[6:]}", "<fnr>"),
        (f"{ANNE[:6]}\u00a0{ANNE[6:]}", "<fnr>"),
        (f"{ANNE[:6]}-{ANNE[6:]}", "<fnr>"),
        (f"{ANNE[:6]}.{ANNE[6:]}", "<fnr>"),
        (f"a{ANNE}b", "a<fnr>b"),
        (f"/dev/tilganger/{ANNE}", "/dev/tilganger/<fnr>"),
        (f'{{"pid": "{ANNE}"}}', '{"pid": "<fnr>"}'),
        (f"{ANNE}-{UUID}", f"<fnr>-{UUID}"),
        ("90000000", "<telefon>"),
        ("tlf. 400 00 000.", "tlf. <telefon>."),
        ("40 00 00 00", "<telefon>"),
        ("+4790000000", "<telefon>"),
        ("+47 900 00 000", "<telefon>"),
        ("004790000000", "<telefon>"),
        ("+4721000000", "<telefon>"),
        ("ola.nordmann+x@eksempel.no", "<epost>"),
        ("<mailto:åse@bør.example>", "<mailto:<epost>>"),
        (f"{ANNE}@eksempel.no", "<epost>"),
        (TOKEN, "<token>"),
        (f"Authorization: Bearer {TOKEN}", "Authorization: Bearer <token>"),
        (f"notifikasjon_oekt={TOKEN}; annen=1", "notifikasjon_oekt=<token>; annen=1"),
        (TOKEN.rpartition(".")[0] + ".", "<token>"),
    ],
)
def test_people_are_masked(tekst: str, maskert: str) -> None:
    assert log.masker(tekst) == maskert


@pytest.mark.parametrize(
    "tekst",
    [
        UUID,
        UUID.upper(),
        "15845512-3451-7141-b096-158455123451",
        "90000000-0000-4000-8000-40000000000a",
        "2026-11-25 10:08:35,327",
        "2026-11-25T10:08:35.327123Z",
        BAKERIET,
        f"virksomhet {BAKERIET}, 910825607",
        "1790000000000000",  # an instant in µs
        "178467651234567890123456",
        "123456789012",
        "1234567890",
        "80000000",
        "21000000",
        "12345678",
        "4936:1",
        "10.0.0.1:40000",
        "sha256:3f4a90000000",
        "step paaminnelse failed, trying again in 2 s",
        "dev-gcp:fager:notifikasjon-test-produsent",
        "eyJ",
        "a@b",
    ],
)
def test_ids_and_ordinary_numbers_are_not_masked(tekst: str) -> None:
    assert log.masker(tekst) == tekst


def test_masking_a_long_line_takes_no_time() -> None:
    """In the length of the line, not in its square."""
    for tekst in ("a" * 300_000, "eyJ" * 100_000, "1" * 300_000, "+47 " * 75_000, "a@" * 150_000, "12345 " * 50_000):
        assert timeit.timeit(lambda tekst=tekst: log.masker(tekst), number=1) < 2, tekst[:10]  # type: ignore[misc]


# ── Where it may stand ──


@pytest.fixture
def logger() -> Iterator[tuple[logging.Logger, list[str]]]:
    linjer: list[str] = []

    class Samler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            linjer.append(self.format(record))

    logger = logging.Logger("test")
    samler = Samler()
    samler.setFormatter(log.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger.addHandler(samler)
    yield logger, linjer
    samler.close()


HEMMELIG = (ANNE, f"{NILS[:6]} {NILS[6:]}", "90000000", "+4740000000", "ola@eksempel.no", TOKEN)


def test_message_and_arguments_are_masked(logger: tuple[logging.Logger, list[str]]) -> None:
    loggen, linjer = logger
    for hemmelig in HEMMELIG:
        loggen.info(f"som tekst {hemmelig}")
        loggen.info("som argument %s", hemmelig)
        loggen.info("som %r", {"ordbok": [hemmelig]})
        loggen.info("som %(navn)s", {"navn": hemmelig})
    assert not [h for h in HEMMELIG for linje in linjer if h in linje]
    assert len(linjer) == 4 * len(HEMMELIG)


def test_exception_its_cause_and_its_context_are_masked(logger: tuple[logging.Logger, list[str]]) -> None:
    loggen, linjer = logger
    for hemmelig in HEMMELIG:
        try:
            try:
                try:
                    raise KeyError(hemmelig)
                except KeyError:
                    raise ValueError(f"sammenheng {hemmelig}")  # noqa: B904  the context is what is tested
            except ValueError as error:
                error.add_note(f"merknad {hemmelig}")
                raise RuntimeError("ytterst", hemmelig) from error
        except RuntimeError:
            loggen.exception("feilet for %s", hemmelig, stack_info=True)
    assert not [h for h in HEMMELIG for linje in linjer if h in linje]
    assert all(linje.count("Traceback") == 3 for linje in linjer)


# ── The whole service ──


@pytest.fixture
def loggen(tmp_path: Path) -> Path:
    return tmp_path / "logg.txt"


@pytest.fixture
def snakkesalig(tmp_path: Path, loggen: Path) -> Iterator[Tjeneste]:
    """A service that logs as much as it can, to a file; its channels lead nowhere."""
    innhold = (ROOT / "config.toml").read_text(encoding="utf-8")
    for fra, til in (
        ("demodata = true", "demodata = false"),
        ('loggnivaa = "INFO"', 'loggnivaa = "DEBUG"'),
        ("port = 1025", "port = 9"),
        ('epost = "utboks"', 'epost = "smtp"'),
    ):
        innhold = innhold.replace(fra, til, 1)
    (tmp_path / "config.toml").write_text(innhold, encoding="utf-8")
    kommando = [sys.executable, str(ROOT / "notifikasjon.py"), "--config", str(tmp_path / "config.toml"), "--port", "0"]
    with loggen.open("w", encoding="utf-8") as ut:
        process = subprocess.Popen([*kommando, "--database", "test.db"], stderr=ut, text=True)
    try:
        yield Tjeneste(process, _url(process, loggen), tmp_path / "test.db")
    finally:
        process.terminate()
        process.wait(20)


def _url(process: "subprocess.Popen[str]", loggen: Path) -> str:
    while process.poll() is None:
        if treff := re.search(r"ready at http://localhost:(\d+)", loggen.read_text(encoding="utf-8")):
            return f"http://127.0.0.1:{treff[1]}"
    raise AssertionError(loggen.read_text(encoding="utf-8"))


def slutt(tjeneste: Tjeneste, loggen: Path) -> str:
    """All that the service has logged."""
    tjeneste.process.terminate()
    assert tjeneste.process.wait(20) == 0
    return loggen.read_text(encoding="utf-8")


KANARIER = {
    "fnr": "24886023456",
    "fnr with a space": "248860 23456",
    "number": "92345678",
    "number with a country": "+4793456789",
    "address": "kanari.fugl@eksempel.example",
    "token": "eyJrYW5hcmk.eyJrYW5hcmkiOjF9.a2FuYXJp",
}
MERKER = ("24886023456", "248860 23456", "92345678", "93456789", "kanari", "eyJrYW5hcmk")


def test_nothing_that_is_sent_in_is_found_in_the_log(snakkesalig: Tjeneste, loggen: Path) -> None:
    t = snakkesalig
    t.tilgang(DAGNY, BAKERIET)
    for nr, kanari in enumerate(KANARIER.values()):
        _i_alle_felter(t, kanari, nr)
        _i_alle_feil(t, kanari)
    t.utvikling("POST", "/dev/jobber")
    logget = slutt(t, loggen)
    # There is a log to look in: a line for each varsel that carries one of them, and of those that are not let in.
    assert logget.count("trying again") >= len(KANARIER)
    assert "token refused" in logget
    assert "uncaptured" not in logget
    assert "token refused" in logget
    assert not [linje for linje in logget.splitlines() for merke in MERKER if merke in linje]


def _i_alle_felter(t: Tjeneste, kanari: str, nr: int) -> None:
    """Through every text that may hold it; refusals are as good as acceptance here."""
    felles: dict[str, Any] = {"lenke": kanari, "mottakere": [RESSURS, leder(kanari, kanari)]}
    sted = {"adresse": kanari, "postnummer": kanari, "poststed": kanari}
    minn = {"tidspunkt": {"etterOpprettelse": "P1D"}, "eksterneVarsler": [paaminnelse_sms(kanari)]}
    varsler = [sms(kanari, kanari), sms("92345678", kanari), epost(kanari, kanari, kanari)]
    varsler += [epost("kanari.fugl@eksempel.example", kanari, kanari), altinnressurs("test-fager", kanari)]
    sak = {"nesteSteg": kanari, "overstyrStatustekstMed": kanari, "virksomhetsnummer": kanari}
    forsoek: list[tuple[Callable[..., object], dict[str, Any]]] = [
        (ny_sak, felles | sak | {"grupperingsid": kanari, "tittel": kanari, "tilleggsinformasjon": kanari}),
        (ny_sak, felles | sak | {"grupperingsid": kanari}),
        (ny_sak, felles | {"grupperingsid": f"{nr}", "merkelapp": kanari}),
        (ny_beskjed, felles | {"tekst": kanari, "ekstern_id": kanari}),
        (ny_beskjed, felles | {"ekstern_id": kanari, "grupperingsid": kanari}),
        (ny_beskjed, felles | {"ekstern_id": f"m{nr}", "merkelapp": kanari}),
        (ny_kalenderavtale, felles | {"grupperingsid": kanari, "eksternId": f"k{kanari}", "lokasjon": sted}),
        (ny_oppgave, felles | {"ekstern_id": f"p{kanari}", "paaminnelse": minn}),
        *((ny_oppgave, felles | {"ekstern_id": f"{i}{kanari}", "eksterneVarsler": [v]}) for i, v in enumerate(varsler)),
    ]
    for ny, felter in forsoek:
        with suppress(AssertionError):  # a GraphQL error
            ny(t, **felter)
    soek = "query ($t: String!) { saker(virksomhetsnummer: $t tekstsoek: $t sakstyper: [$t]) { totaltAntallSaker } }"
    t.bruker(DAGNY, soek, {"t": kanari})
    t.bruker_svar(DAGNY, "query ($t: ID!) { sakById(id: $t) { feilAltinn } }", {"t": kanari})


def _i_alle_feil(t: Tjeneste, kanari: str) -> None:
    """Through what is refused before it is anything."""
    heltall = "query ($v: Int) { mineNotifikasjoner(first: $v) { __typename } }"
    bearer = {"Authorization": f"Bearer {t.token(produsent=FAGER)}"}
    for data in (
        kanari,
        f'{{"{kanari}',
        json.dumps({"query": kanari}),
        json.dumps({"query": "{ whoami }", "operationName": kanari}),
        json.dumps({"query": f'{{ hentSak(id: "{kanari}") {{ __typename }} }}'}),
        json.dumps({"query": heltall, "variables": {"v": kanari}}),
    ):
        for hoder in (bearer, {"Authorization": f"Bearer {kanari}"}, {}):
            hoder = hoder | {"Content-Type": "application/json"}
            requests.post(f"{t.url}/produsent/api/graphql", data=data, headers=hoder, timeout=10)
    hoder = {"X-Request-ID": kanari, "User-Agent": kanari, "Idempotency-Key": kanari}
    hoder["Cookie"] = f"notifikasjon_oekt={kanari}"
    for metode, sti in (
        ("GET", f"/{kanari}"),
        ("POST", f"/static/{kanari}"),
        ("GET", f"/static/{kanari}"),
        ("GET", f"/fake/tokenx?pid={kanari}"),
        ("GET", f"/dev/meg?{kanari}"),
        ("GET", f"/dev/utboks?til={kanari}"),
        ("PUT", f"/dev/tilganger/{kanari}"),
        ("POST", "/bruker/api/graphql"),
    ):
        requests.request(metode, t.url + sti, headers=hoder, json={"hierarki": kanari}, timeout=10)
    melding = {"narmesteLederId": kanari, "fnr": kanari, "narmesteLederFnr": kanari, "orgnummer": kanari}
    requests.post(f"{t.url}/dev/naermesteleder", json=melding, timeout=10)
    requests.post(f"{t.url}/dev/velg-person", data={"fnr": kanari}, timeout=10)
    requests.post(f"{t.url}/tokenx/token", data={"grant_type": kanari, "client_id": kanari}, timeout=10)
    for linje in (
        f"{kanari} / HTTP/1.1",
        f"GET http://[{kanari} HTTP/1.1",
        f"GET / HTTP/{kanari}",
        f"GET / HTTP/1.1\r\n{kanari}",
        f"POST / HTTP/1.1\r\nContent-Length: {kanari}",
    ):
        t.raatt(f"{linje}\r\n\r\n".encode())


def test_fault_of_ours_is_logged_with_the_id_that_the_caller_is_told_and_without_people(
    snakkesalig: Tjeneste, loggen: Path
) -> None:
    """Tables that go away under it stand for all that cannot happen."""
    t = snakkesalig
    ny_oppgave(t, ekstern_id="24886023456")
    db = apsw.Connection(str(t.database))
    try:
        db.set_busy_timeout(5000)
        for tabell in ("sist_lest", "altinn_svar", "brukt_noekkel"):
            db.execute(f"DROP TABLE {tabell}")
    finally:
        db.close()

    mutasjon = 'mutation { notifikasjonerSistLest(tidspunkt: "2026-01-01T00:00Z") { tidspunkt } }'
    svar = t.post(
        "/bruker/api/graphql", mutasjon, token=t.token(bruker="24886023456"), headers={"X-Request-ID": "kall-1"}
    )
    (feil,) = svar.json()["errors"]
    assert svar.status_code == 200
    assert "kall-1" in feil["message"]
    assert feil["path"] == ["notifikasjonerSistLest"]
    assert "sist_lest" not in svar.text

    hoder = {"X-Request-ID": "kall-2"}
    svar = t.http.put(f"{t.url}/dev/tilganger/24886023456", json={"hierarki": []}, headers=hoder, timeout=10)
    assert (svar.status_code, svar.json()) == (500, {"error": "unexpected error"})
    assert svar.headers["X-Correlation-ID"] == "kall-2"
    assert t.produsent("{ whoami }") == {"whoami": FAGER}

    logget = slutt(t, loggen)
    assert "unexpected fault in notifikasjonerSistLest, kall-1" in logget
    assert "unexpected fault at PUT /dev/tilganger/<fnr>, kall-2" in logget
    assert logget.count("no such table") >= 2
    assert "24886023456" not in logget
