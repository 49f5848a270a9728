"""Messages about who leads whom, over HTTP and from a file: who may tell, what counts, what becomes of a bad one."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from bruker import bjella
from naboer import Kall, Nettsted, Svar, svar
from produsent import ny_beskjed
from tjeneste import ANNE, BAKERIET, DAGNY, FAGER, FISKERIET, NILS, ROOT, TILTAK, UKJENT, Tjeneste, kjoerende, leder

import notifikasjon
from server.tid import Klokke

STI = "/internal/naermesteleder"
JSON, NDJSON = "application/json", "application/x-ndjson"
EN, TO, TRE = (f"{n * 8}-1111-4111-8111-111111111111" for n in "123")

Rader = list[tuple[str, str, str, str]]


def melding(id: str = EN, leder: str = NILS, **felter: Any) -> dict[str, Any]:
    """As the topic has it."""
    return {
        "narmesteLederId": id,
        "fnr": ANNE,
        "narmesteLederFnr": leder,
        "narmesteLederTelefonnummer": "90000000",
        "narmesteLederEpost": "nils@eksempel.no",
        "orgnummer": BAKERIET,
        "aktivFom": "2020-01-01",
        "aktivTom": None,
        "arbeidsgiverForskutterer": True,
        "timestamp": "2020-01-01T12:00:00.000Z",
        "status": "NY_LEDER",
    } | felter


def slutt(id: str = EN, **felter: Any) -> dict[str, Any]:
    return melding(id, aktivTom="2024-01-31", status="DEAKTIVERT_LEDER") | felter


def fortell(
    tjeneste: Tjeneste, innhold: Any, *, type: str = JSON, token: str | None = None, sti: str = STI
) -> requests.Response:
    """`innhold` is what becomes JSON, or the body as it is."""
    token = tjeneste.token(produsent=FAGER) if token is None else token
    body = innhold if isinstance(innhold, bytes) else json.dumps(innhold).encode()
    hoder = {"Content-Type": type} | ({"Authorization": token if " " in token else f"Bearer {token}"} if token else {})
    return requests.post(tjeneste.url + sti, data=body, headers=hoder, timeout=30)


def linjer(*innhold: Any) -> bytes:
    return b"".join((en if isinstance(en, bytes) else json.dumps(en).encode()) + b"\n" for en in innhold)


def lagret(tjeneste: Tjeneste) -> Rader:
    return tjeneste.rader("SELECT id, leder_fnr, ansatt_fnr, virksomhetsnummer FROM naermeste_leder ORDER BY id")


def feil(tjeneste: Tjeneste, innhold: Any, **annet: Any) -> str:
    """The reason of a 400, which has nothing else, and no people in it."""
    svar = fortell(tjeneste, innhold, **annet)
    assert (svar.status_code, list(svar.json())) == (400, ["error"]), svar.text
    for hemmelig in (ANNE, NILS, DAGNY, "90000000", "nils@eksempel.no"):
        assert hemmelig not in svar.text
    grunn: str = svar.json()["error"]
    return grunn


# ── Who may tell ──


@pytest.fixture(scope="module")
def uten_utvikling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    """Development mode off; a Texas says that each token is what it is called."""

    class Texas(Nettsted):
        def behandle(self, kall: Kall) -> Svar:
            spurt = {navn: verdi for navn, (verdi,) in parse_qs(kall.kropp.decode()).items()}
            token, utsteder = spurt["token"], spurt["identity_provider"]
            if utsteder == "azuread" and token.count(":") == 2:
                return svar(200, {"active": True, "azp_name": token})
            if utsteder == "tokenx" and token.isdigit():
                return svar(200, {"active": True, "pid": token, "acr": "idporten-loa-high"})
            return svar(200, {"active": False})

    with Texas() as texas:
        verdier = {
            "utvikling.aktiv": "false",
            "texas.introspection_url": f'"{texas.url}/introspect"',
            "naermeste_leder.applikasjoner": f'["{TILTAK}"]',
            "tilgang.altinn": '"fil"',
        }
        database = tmp_path_factory.mktemp("nl") / "test.db"
        database.with_name("tilganger.toml").touch()  # nobody sees anything but as a leder
        with kjoerende(database, verdier=verdier) as tjeneste:
            yield tjeneste


def test_development_mode_takes_it_from_anybody(tjeneste: Tjeneste, uten_utvikling: Tjeneste) -> None:
    assert fortell(tjeneste, melding(), token="").json() == {"mottatt": 1, "hoppet_over": []}
    assert fortell(uten_utvikling, melding(), token="").status_code == 401
    assert (len(lagret(tjeneste)), lagret(uten_utvikling)) == (1, [])


@pytest.mark.parametrize("token", ["nei", "Basic ZGFnbnk6aGVtbWVsaWc=", "bruker"])
def test_nobody_without_an_applications_token_may_tell(
    tjeneste: Tjeneste, uten_utvikling: Tjeneste, token: str
) -> None:
    for en, personens in ((tjeneste, tjeneste.token(bruker=DAGNY)), (uten_utvikling, DAGNY)):
        svar = fortell(en, melding(), token=personens if token == "bruker" else token)
        assert (svar.status_code, svar.content) == (401, b"")
        assert lagret(en) == []


def test_only_listed_applications_may_tell(uten_utvikling: Tjeneste) -> None:
    for applikasjon in (FAGER, UKJENT):
        svar = fortell(uten_utvikling, melding(), token=applikasjon)
        assert (svar.status_code, list(svar.json())) == (403, ["error"])
        assert applikasjon in svar.json()["error"]
    assert lagret(uten_utvikling) == []
    assert fortell(uten_utvikling, melding(), token=TILTAK).json() == {"mottatt": 1, "hoppet_over": []}
    assert len(lagret(uten_utvikling)) == 1
    fortell(uten_utvikling, slutt(), token=TILTAK)
    assert fortell(uten_utvikling, melding(), sti="/dev/naermesteleder", token=TILTAK).status_code == 404


def test_any_application_may_tell_in_development_mode(tjeneste: Tjeneste) -> None:
    for applikasjon in (FAGER, UKJENT):
        assert fortell(tjeneste, melding(), token=tjeneste.token(produsent=applikasjon)).status_code == 200
    assert fortell(tjeneste, melding(), sti="/dev/naermesteleder", token="").json() == {"mottatt": 1, "hoppet_over": []}


# ── What counts ──


def test_leder_sees_at_the_next_look_and_no_longer_than_told(tjeneste: Tjeneste) -> None:
    beskjed = ny_beskjed(tjeneste, mottakere=[leder()])["id"]
    for innhold, synlig in (
        (melding(), True),
        (slutt(), False),
        (melding(), True),
        (melding(aktivTom="2999-12-31"), False),  # it ends when it is told, not when it says
        (slutt(), False),
        (melding(aktivFom="2999-01-01"), True),
        (melding(leder=DAGNY), False),
    ):
        assert fortell(tjeneste, innhold).status_code == 200
        assert [n["id"] for n in bjella(tjeneste, NILS)] == ([beskjed] if synlig else [])
    assert bjella(tjeneste, DAGNY) == []  # hers to lead now, but it was addressed to another leader


def test_one_message_a_list_and_lines_are_the_same(tjeneste: Tjeneste) -> None:
    alle = [melding(EN), None, slutt(TO), melding(TRE, DAGNY, orgnummer=FISKERIET)]
    ventet = [(EN, NILS, ANNE, BAKERIET), (TRE, DAGNY, ANNE, FISKERIET)]
    med_crlf = linjer(*alle).replace(b"\n", b"\r\n")
    for innhold, type, mottatt in (
        (alle, JSON, 3),
        (alle, "Application/JSON; charset=utf-8", 3),
        (linjer(*alle), NDJSON, 3),
        (linjer(*alle).rstrip(), f"{NDJSON}; charset=utf-8", 3),
        (b"\n \n" + med_crlf + b"\n", NDJSON, 3),
        (b"", NDJSON, 0),
        ([], JSON, 0),
        ([None], JSON, 0),
    ):
        svar = fortell(tjeneste, innhold, type=type)
        assert (svar.status_code, svar.json()) == (200, {"mottatt": mottatt, "hoppet_over": []})
        assert lagret(tjeneste) == (ventet if mottatt else [])
        fortell(tjeneste, [slutt(id) for id in (EN, TO, TRE)])
    for en in alle:
        if en:
            fortell(tjeneste, en)
    assert lagret(tjeneste) == ventet


def test_feed_told_again_from_its_start_gives_the_same_rows(tjeneste: Tjeneste) -> None:
    feeden = [
        melding(EN, DAGNY),
        melding(TO),
        slutt(EN),
        melding(TRE, DAGNY),
        melding(EN, orgnummer=FISKERIET),
        slutt(TO),
        melding(TRE),
        slutt("44444444-1111-4111-8111-111111111111"),
    ]
    ventet = [(EN, NILS, ANNE, FISKERIET), (TRE, NILS, ANNE, BAKERIET)]
    for ganger in (feeden, feeden, feeden * 3):
        fortell(tjeneste, ganger)
        assert lagret(tjeneste) == ventet
    for stykke in (feeden[:3], feeden[3:], feeden[:5], feeden[3:]):
        fortell(tjeneste, linjer(*stykke), type=NDJSON)
    assert lagret(tjeneste) == ventet


def test_id_is_the_same_in_capitals(tjeneste: Tjeneste) -> None:
    id = "abcdefab-1111-4111-8111-111111111111"
    fortell(tjeneste, [melding(id), melding(id.upper())])
    assert lagret(tjeneste) == [(id, NILS, ANNE, BAKERIET)]
    fortell(tjeneste, slutt(id.upper()))
    assert lagret(tjeneste) == []


def test_fields_beside_are_of_no_concern(tjeneste: Tjeneste) -> None:
    noedvendig = {"narmesteLederId": EN, "fnr": ANNE, "narmesteLederFnr": NILS, "orgnummer": BAKERIET}
    for en in (noedvendig, melding(status=17, aktivFom={"a": []}, nytt=[1]), noedvendig | {ANNE: NILS}):
        assert fortell(tjeneste, en).status_code == 200
        assert lagret(tjeneste) == [(EN, NILS, ANNE, BAKERIET)]


# ── What cannot be used ──

UBRUKELIGE: list[tuple[Any, str]] = [
    ({}, "narmesteLederId mangler, fnr mangler, narmesteLederFnr mangler, orgnummer mangler"),
    ([], "er ikke et objekt"),
    (17, "er ikke et objekt"),
    (ANNE, "er ikke et objekt"),
    ([melding()], "er ikke et objekt"),
    ({ANNE: NILS} | melding(fnr=None), "fnr er ikke en tekst"),
    (melding(fnr=int(DAGNY)), "fnr er ikke en tekst"),
    (melding(fnr=f"{ANNE} "), "fnr er ikke bare sifre"),
    (melding(fnr=f"{ANNE}\n"), "fnr er ikke bare sifre"),
    (melding(fnr="٠" * 11), "fnr er ikke bare sifre"),
    (melding(narmesteLederFnr=""), "narmesteLederFnr er ikke bare sifre"),
    (melding(orgnummer=f"{BAKERIET}A"), "orgnummer er ikke bare sifre"),
    (melding(narmesteLederId=NILS), "narmesteLederId er ikke en UUID"),
    (melding(narmesteLederId=EN.replace("-", "")), "narmesteLederId er ikke en UUID"),
    (melding(aktivTom=""), "aktivTom er ikke en dato som 2026-12-31"),
    (melding(aktivTom="2026-02-30"), "aktivTom er ikke en dato som 2026-12-31"),
    (melding(aktivTom=[2026, 1, 31]), "aktivTom er ikke en tekst"),
    (melding(aktivTom=False), "aktivTom er ikke en tekst"),
    (slutt(fnr="x", orgnummer="-1"), "fnr er ikke bare sifre, orgnummer er ikke bare sifre"),
]


@pytest.mark.parametrize(("ubrukelig", "grunn"), UBRUKELIGE, ids=lambda del_: del_ if isinstance(del_, str) else "")
def test_message_that_cannot_be_used_is_told_by_number_and_stops_all(
    tjeneste: Tjeneste, ubrukelig: Any, grunn: str
) -> None:
    fortell(tjeneste, melding(TO))
    foer = lagret(tjeneste)
    for innhold, type in (
        ([melding(), None, ubrukelig, slutt(TO)], JSON),
        (linjer(melding(), b"", ubrukelig, slutt(TO)), NDJSON),
    ):
        assert feil(tjeneste, innhold, type=type) == f"ingenting er lagret. melding 3: {grunn}"
        assert lagret(tjeneste) == foer


@pytest.mark.parametrize(("ubrukelig", "grunn"), UBRUKELIGE, ids=lambda del_: del_ if isinstance(del_, str) else "")
def test_message_that_cannot_be_used_is_skipped_when_asked(tjeneste: Tjeneste, ubrukelig: Any, grunn: str) -> None:
    for innhold, type in (
        ([ubrukelig, melding(), None, ubrukelig, slutt(TO)], JSON),
        (linjer(ubrukelig, melding(), b"", ubrukelig, slutt(TO)), NDJSON),
    ):
        fortell(tjeneste, [slutt(EN), melding(TO)])
        svar = fortell(tjeneste, innhold, type=type, sti=f"{STI}?hopp_over=true")
        assert svar.status_code == 200
        hoppet_over = [{"nummer": 1, "feil": grunn}, {"nummer": 4, "feil": grunn}]
        assert svar.json() == {"mottatt": 2, "hoppet_over": hoppet_over}
        assert lagret(tjeneste) == [(EN, NILS, ANNE, BAKERIET)]


@pytest.mark.parametrize(
    "linje", [b"{", b"nei", b"{}{}", b'"\xff"', b"[" * 2000, json.dumps(melding()).encode() + b"x"]
)
def test_line_that_is_no_json_is_told_by_number(tjeneste: Tjeneste, linje: bytes) -> None:
    innhold = linjer(melding(), linje, melding(TO))
    assert feil(tjeneste, innhold, type=NDJSON) == "ingenting er lagret. melding 2: er ikke gyldig JSON"
    svar = fortell(tjeneste, innhold, type=NDJSON, sti=f"{STI}?hopp_over=true")
    assert svar.json() == {"mottatt": 2, "hoppet_over": [{"nummer": 2, "feil": "er ikke gyldig JSON"}]}


def test_many_that_cannot_be_used_are_counted(tjeneste: Tjeneste) -> None:
    grunn = feil(tjeneste, [melding(), *[17] * 30])
    assert "melding 2: " in grunn and "melding 21: " in grunn and "melding 22: " not in grunn
    assert grunn.endswith("; og 10 til")


@pytest.mark.parametrize("innhold", [b"null", b"", b"{", b"nei", b'"x"', b"17", b"[[]]", b"\xff"])
def test_body_that_is_neither_a_message_nor_a_list_is_refused(tjeneste: Tjeneste, innhold: bytes) -> None:
    assert feil(tjeneste, innhold)


def test_body_of_another_kind_is_refused(tjeneste: Tjeneste) -> None:
    for type in ("text/plain", "", "application/x-www-form-urlencoded", "application/ndjson"):
        assert fortell(tjeneste, melding(), type=type).status_code == 415
    assert lagret(tjeneste) == []


def test_skipping_is_asked_for_in_so_many_words(tjeneste: Tjeneste) -> None:
    for verdi in ("ja", "1", "True"):
        assert "hopp_over" in feil(tjeneste, [melding(), 17], sti=f"{STI}?hopp_over={verdi}")
    assert feil(tjeneste, [melding(), 17], sti=f"{STI}?hopp_over=false")
    assert lagret(tjeneste) == []


def test_body_that_is_too_large_is_refused(tjeneste: Tjeneste) -> None:
    assert fortell(tjeneste, [None] * 10_000).json() == {"mottatt": 0, "hoppet_over": []}
    svar = fortell(tjeneste, [None] * 10_001)
    assert (svar.status_code, list(svar.json())) == (413, ["error"])
    stor = linjer(melding(merknad="x" * (1 << 20)))
    assert fortell(tjeneste, stor, type=NDJSON).status_code == 413
    assert lagret(tjeneste) == []


def test_full_body_is_stored_whole(tjeneste: Tjeneste) -> None:
    alle = [melding(f"{nr:08x}-1111-4111-8111-111111111111") for nr in range(2500)]
    assert fortell(tjeneste, linjer(*alle), type=NDJSON).json() == {"mottatt": 2500, "hoppet_over": []}
    assert len(lagret(tjeneste)) == 2500


# ── From a file ──

Kjoer = Callable[..., tuple[int, str, str]]


@pytest.fixture
def kjoer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Kjoer:
    """The program on a database of its own: (exit code, out, err)."""
    (tmp_path / "a.toml").write_text("", encoding="utf-8")

    def kjoer(*argumenter: str | Path) -> tuple[int, str, str]:
        kode = 0
        try:
            notifikasjon.main([*map(str, argumenter), "--config", str(tmp_path / "a.toml"), "--database", "a.db"])
        except SystemExit as ferdig:
            kode = int(str(ferdig.code))
        return kode, *capsys.readouterr()

    return kjoer


def i_filen(tmp_path: Path) -> Rader:
    return lagret(Tjeneste(None, "", tmp_path / "a.db"))  # type: ignore[arg-type]  # there is no process


def mange(antall: int) -> list[dict[str, Any]]:
    return [melding(f"{nr:08x}-1111-4111-8111-111111111111") for nr in range(antall)]


def test_bad_line_far_into_a_file_stops_all_of_it(tmp_path: Path, kjoer: Kjoer) -> None:
    fil = tmp_path / "feed"
    fil.write_bytes(linjer(*mange(2400), melding(fnr="x"), b"{", melding()))
    kode, ut, feil = kjoer("naermesteleder", fil)
    assert (kode, ut) == (2, "")
    assert feil.splitlines() == [
        f"notifikasjon: {fil}:2401: fnr er ikke bare sifre",
        f"{fil}:2402: er ikke gyldig JSON",
        "nothing is stored; --hopp-over skips such lines",
    ]
    assert i_filen(tmp_path) == []


def test_bad_lines_of_a_file_are_skipped_when_asked(tmp_path: Path, kjoer: Kjoer) -> None:
    fil = tmp_path / "feed"
    fil.write_bytes(linjer(b"{", *mange(1500), b"", melding(fnr="x"), None, *mange(2)))
    feil = [f"{fil}:1: er ikke gyldig JSON", f"{fil}:1503: fnr er ikke bare sifre"]
    for _ in range(2):
        kode, ut, err = kjoer("naermesteleder", fil, "--hopp-over")
        assert (kode, ut, err.splitlines()) == (0, "1502 messages, 2 skipped\n", feil)
        assert len(i_filen(tmp_path)) == 1500


def test_other_verbs_skip_nothing(tmp_path: Path, kjoer: Kjoer) -> None:
    for verb in (("sjekk",), ("kontakt", tmp_path / "feed"), ()):
        kode, _, feil = kjoer(*verb, "--hopp-over")
        assert kode == 2 and "usage:" in feil and "--hopp-over" in feil
    assert not (tmp_path / "a.db").exists()


def test_long_feed_through_a_pipe_takes_little_memory(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("", encoding="utf-8")
    skript = (
        "import sys, resource, notifikasjon; notifikasjon.main(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )

    def toppen(innhold: bytes) -> int:
        """KiB at most. The tables are the same, so that only the reading differs."""
        argumenter = ["naermesteleder", "-", "--config", str(tmp_path / "a.toml"), "--database", "a.db"]
        svar = subprocess.run(
            [sys.executable, "-c", skript, *argumenter],
            input=innhold,
            capture_output=True,
            timeout=60,
            check=True,
            cwd=ROOT,
        )
        antall, topp = svar.stdout.splitlines()
        assert antall == b"%d messages" % innhold.count(b"\n")
        return int(topp)

    tusen = linjer(*mange(1000))
    begynt = Klokke().monotonic()
    assert toppen(tusen * 40) - toppen(tusen) < 8 * 1024  # 14 MB of text, and several times that as objects
    assert Klokke().monotonic() - begynt < 30
    assert len(i_filen(tmp_path)) == 1000
    assert os.stat(tmp_path / "a.db").st_size < 1 << 20
