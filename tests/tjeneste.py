"""The running service, as tests meet it: a process of its own, HTTP in, rows and HTTP out.

Recurring people and virksomheter have the same names everywhere. All fnr are synthetic (month + 80).
"""

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw
import requests

ROOT = Path(__file__).parent.parent

DAGNY = "15845512345"  # daglig leder of BAKERIET
NILS = "03868498765"  # naermeste leder of ANNE
REGINE = "22917054321"  # regnskapsfoerer for many
ULLA = "09889911223"  # has access to nothing
ANNE = "01927712344"  # an employee

BAKERIET = "910825526"
FISKERIET = "910825607"

FAGER = "dev-gcp:fager:notifikasjon-test-produsent"
TILTAK = "dev-gcp:team-tiltak:tiltak-notifikasjon"
UKJENT = "dev-gcp:hvemsomhelst:ukjent"

RESSURS = {"altinnRessurs": {"ressursId": "test-fager"}}
TJENESTE = {"altinn": {"serviceCode": "4936", "serviceEdition": "1"}}


def leder(leder_fnr: str = NILS, ansatt_fnr: str = ANNE) -> dict[str, Any]:
    return {"naermesteLeder": {"naermesteLederFnr": leder_fnr, "ansattFnr": ansatt_fnr}}


class Tjeneste:
    """A process that serves. Start one with `kjoerende`; most tests get theirs from the fixture `tjeneste`."""

    def __init__(self, process: "subprocess.Popen[str]", url: str, database: Path) -> None:
        self.process, self.url, self.database = process, url, database
        self.http = requests.Session()
        self.logg: list[str] = []  # what it has said so far
        self._tokens: dict[str, str] = {}

    # ── The two APIs ──

    def produsent(
        self, query: str, variables: dict[str, Any] | None = None, *, applikasjon: str = FAGER
    ) -> dict[str, Any]:
        """The data. A GraphQL error fails the test."""
        return self._data(self.produsent_svar(query, variables, applikasjon=applikasjon))

    def produsent_svar(
        self, query: str, variables: dict[str, Any] | None = None, *, applikasjon: str = FAGER, **annet: Any
    ) -> requests.Response:
        return self.post("/produsent/api/graphql", query, variables, token=self.token(produsent=applikasjon), **annet)

    def bruker(self, fnr: str, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        return self._data(self.bruker_svar(fnr, query, variables))

    def bruker_svar(
        self, fnr: str, query: str, variables: dict[str, Any] | None = None, **annet: Any
    ) -> requests.Response:
        return self.post("/bruker/api/graphql", query, variables, token=self.token(bruker=fnr), **annet)

    def post(
        self,
        path: str,
        query: str,
        variables: dict[str, Any] | None = None,
        *,
        token: str | None = None,
        operation_name: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        body: dict[str, Any] = {"query": query}
        if variables is not None:
            body["variables"] = variables
        if operation_name is not None:
            body["operationName"] = operation_name
        hoder = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        return self.http.post(self.url + path, json=body, headers=hoder, timeout=30)

    def raatt(self, data: bytes, *, ferdig: bool = True) -> bytes:
        """What comes back for these bytes until the service closes. `ferdig`: tell it that no more will come."""
        vert, port = self.url.removeprefix("http://").split(":")
        with socket.create_connection((vert, int(port)), timeout=10) as forbindelse:
            svar = b""
            with suppress(OSError):  # it may have answered, and closed, before it has read all
                forbindelse.sendall(data)
                if ferdig:
                    forbindelse.shutdown(socket.SHUT_WR)
            with suppress(ConnectionError):
                while mottatt := forbindelse.recv(65536):
                    svar += mottatt
            return svar

    def token(self, **hvem: str) -> str:
        noekkel = json.dumps(hvem)
        if noekkel not in self._tokens:
            self._tokens[noekkel] = self.utvikling("POST", "/dev/token", hvem)["access_token"]
        return self._tokens[noekkel]

    @staticmethod
    def _data(svar: requests.Response) -> dict[str, Any]:
        assert svar.status_code == 200, (svar.status_code, svar.text)
        innhold: dict[str, Any] = svar.json()
        assert "errors" not in innhold, innhold
        data: dict[str, Any] = innhold["data"]
        return data

    # ── The development surface ──

    def utvikling(self, method: str, path: str, json: Any = None) -> Any:
        svar = self.http.request(method, self.url + path, json=json, timeout=60)
        assert svar.status_code < 400, (method, path, svar.status_code, svar.text)
        return svar.json() if svar.content else None

    def klokke(self, tid: str) -> None:
        """Stop the clock there; a time without offset is Oslo's. All that is due by then has happened."""
        self.utvikling("PUT", "/dev/klokke", {"tid": tid})

    def tilgang(
        self, fnr: str, *virksomhetsnumre: str, ressurser: tuple[str, ...] = ("test-fager",), **svar: Any
    ) -> None:
        """Let the person see what is addressed to these resources in these virksomheter."""
        self.utvikling("PUT", f"/dev/tilganger/{fnr}", altinn_svar(*virksomhetsnumre, ressurser=ressurser) | svar)

    def naermeste_leder(
        self,
        *,
        leder: str = NILS,
        ansatt: str = ANNE,
        virksomhetsnummer: str = BAKERIET,
        id: str = "11111111-1111-4111-8111-111111111111",
        aktiv_tom: str | None = None,
    ) -> None:
        melding = {"narmesteLederId": id, "fnr": ansatt, "narmesteLederFnr": leder, "orgnummer": virksomhetsnummer}
        self.utvikling("POST", "/dev/naermesteleder", melding | {"aktivTom": aktiv_tom})

    # ── Rows ──

    def rader(self, sql: str, *bindings: Any) -> list[tuple[Any, ...]]:
        """What stands in the database, read by another process than the one that wrote it."""
        db = apsw.Connection(str(self.database), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            db.set_busy_timeout(5000)
            return db.execute(sql, bindings).fetchall()
        finally:
            db.close()


def raa_post(sti: str, data: bytes, *hoder: str) -> bytes:
    """A request as bytes, for `raatt`."""
    linjer = [f"POST {sti} HTTP/1.1", "Host: localhost", *hoder, f"Content-Length: {len(data)}", "", ""]
    return "\r\n".join(linjer).encode() + data


def altinn_svar(*virksomhetsnumre: str, ressurser: tuple[str, ...] = ("test-fager",)) -> dict[str, Any]:
    """Altinn's answer for somebody with these resources (code:edition for Altinn 2) in each of these virksomheter."""
    enheter = [
        {
            "orgnr": virksomhetsnummer,
            "navn": {BAKERIET: "BAKERIET AS", FISKERIET: "FISKERIET AS"}.get(
                virksomhetsnummer, f"AS {virksomhetsnummer}"
            ),
            "underenheter": [],
            "altinn3Tilganger": [r for r in ressurser if ":" not in r],
            "altinn2Tilganger": [r for r in ressurser if ":" in r],
        }
        for virksomhetsnummer in virksomhetsnumre
    ]
    return {"isError": False, "hierarki": enheter}


def med_verdier(toml: str, verdier: Mapping[str, str]) -> str:
    """The same file with other values, as TOML: {"varsling.gateway.timeout_s": "0.5"}."""
    seksjon, linjer, igjen = "", [], dict(verdier)
    for linje in toml.splitlines():
        if treff := re.match(r"\[([\w.]+)\]", linje):
            seksjon = treff[1]
        elif (treff := re.match(r"(\w+) *=", linje)) and (noekkel := f"{seksjon}.{treff[1]}") in igjen:
            linje = f"{treff[1]} = {igjen.pop(noekkel)}"
        linjer.append(linje)
    assert not igjen, f"not in config.toml: {sorted(igjen)}"
    return "\n".join(linjer)


def driftsoppsett(database: Path, utsteder: str, tillegg: str = "") -> Path:
    """Settings with development mode off, beside the database: access from a file, which lets Dagny see the bakery.

    Tokens are those that a process in development mode gives at `utsteder`, its URL. FAGER may call.
    """
    database.with_name("tilganger.toml").write_text(
        f"""
        [virksomheter]
        {BAKERIET} = "BAKERIET AS"

        [[person]]
        fnr = "{DAGNY}"
        [[person.tilgang]]
        virksomheter = ["{BAKERIET}"]
        ressurser = ["test-fager"]
        """,
        encoding="utf-8",
    )
    config = database.with_suffix(".toml")
    config.write_text(
        f"""
        {tillegg}

        [[utsteder]]
        issuer = "{utsteder}/azuread"
        slag = "produsent"
        audience = "dev-gcp:fager:notifikasjon-produsent-api"

        [[utsteder]]
        issuer = "{utsteder}/tokenx"
        slag = "bruker"
        audience = "dev-gcp:fager:notifikasjon-bruker-api"

        [[produsent]]
        id = "fager"
        applikasjoner = ["{FAGER}"]
        merkelapper = ["fager"]
        ressurser = ["test-fager"]
        vilkaar_godtatt = 2020-01-01

        [tilgang]
        altinn = "fil"
        """,
        encoding="utf-8",
    )
    return config


@contextmanager
def kjoerende(
    database: Path,
    *,
    config: Path | None = None,
    demodata: bool = False,
    tillegg: str = "",
    verdier: Mapping[str, str] | None = None,
) -> Iterator[Tjeneste]:
    """A process with the settings of config.toml, less its demo data, with these `verdier`, plus `tillegg` (TOML)."""
    if config is None:
        innhold = med_verdier((ROOT / "config.toml").read_text(encoding="utf-8"), verdier or {})
        innhold = re.sub(r"(?m)^demodata = true", f"demodata = {str(demodata).lower()}", innhold)
        config = database.with_suffix(".toml")
        config.write_text(f"{innhold}\n{tillegg}", encoding="utf-8")
    process = subprocess.Popen(
        [
            sys.executable,
            str(ROOT / "notifikasjon.py"),
            "--config",
            str(config),
            "--port",
            "0",
            "--database",
            str(database),
        ],
        stdin=subprocess.DEVNULL,  # with a terminal, SIGHUP would end it
        stderr=subprocess.PIPE,
        text=True,
    )
    logg: list[str] = []
    try:
        tjeneste = Tjeneste(process, _klar(process, logg), database)
        tjeneste.logg = logg
        yield tjeneste
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(20)
        assert process.stderr
        process.stderr.close()


def _klar(process: "subprocess.Popen[str]", logg: list[str]) -> str:
    """The URL that the process says it is ready at. What it logs afterwards is read, so that it never has to wait."""
    assert process.stderr
    for linje in process.stderr:
        logg.append(linje)
        if treff := re.search(r"ready at http://localhost:(\d+)", linje):
            threading.Thread(target=_les_videre, args=(process.stderr, logg), daemon=True).start()
            return f"http://127.0.0.1:{treff[1]}"
    raise AssertionError("the service did not start:\n" + "".join(logg))


def _les_videre(stderr: Any, logg: list[str]) -> None:
    try:
        logg.extend(stderr)
    except ValueError:  # closed
        pass
