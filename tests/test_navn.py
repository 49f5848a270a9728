"""Names of virksomheter: from a register, in the background, so that a register that fails is seen only as names that
are missing.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bruker import bjella, bjella_svar, kommende, sak_by_grupperingsid, sak_by_id, saker
from naboer import DRYPP, HENG, LUKK, Gjoer, Kall, Nettsted, Svar, doed_port, svar
from produsent import ny_beskjed, ny_kalenderavtale, ny_sak
from tjeneste import BAKERIET, DAGNY, FISKERIET, ROOT, Tjeneste, kjoerende, leder

from server import altinn, config, enhetsregister
from server.database import Database
from server.enhetsregister import Enhetsregister
from server.tid import Klokke

HOVEDENHET = "810825472"
TIME = 3600


class Register(Nettsted):
    """Both registers. `navn` is those of NAV's and of hovedenheter, `underenheter` those of the public one's others."""

    def __init__(self) -> None:
        super().__init__()
        self.navn = {BAKERIET: "BAKERIET AS"}
        self.underenheter = {FISKERIET: "FISKERIET AVD HAVNA"}

    def behandle(self, kall: Kall) -> Svar:
        match kall.sti.split("/")[1:]:
            case ["v1", "organisasjon", nummer, "noekkelinfo"] if nummer in self.navn:
                linjer = dict(enumerate(self.navn[nummer].split(), 1))
                navn = {f"navnelinje{nr}": linjer.get(nr) for nr in range(1, 6)}
                return svar(200, {"organisasjonsnummer": "000000000", "navn": navn, "enhetstype": "BEDR"})
            case ["enhetsregisteret", "api", "enheter", nummer] if nummer in self.navn:
                return svar(200, {"organisasjonsnummer": nummer, "navn": self.navn[nummer], "_links": {}})
            case ["enhetsregisteret", "api", "underenheter", nummer] if nummer in self.underenheter:
                return svar(200, {"organisasjonsnummer": nummer, "navn": self.underenheter[nummer]})
        return svar(404, {"status": 404})


class StiltKlokke(Klokke):
    """Real time and monotonic time, moved together."""

    sekunder = 1_000_000.0

    def monotonic(self) -> float:
        return self.sekunder

    def ekte_mikrosekunder(self) -> int:
        return int(self.sekunder * 1_000_000)


@pytest.fixture
def nabo() -> Iterator[Register]:
    with Register() as nabo:
        yield nabo


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.db", ROOT / "schema.sql")
    yield database
    database.close()


@pytest.fixture
def klokke() -> StiltKlokke:
    return StiltKlokke()


def register(nabo: Register, database: Database, klokke: Klokke, kilde: str = "nav", **annet: Any) -> Enhetsregister:
    felter = {"kilde": kilde, "base_url": f"{nabo.url}/", "timeout_s": 5.0} | annet
    return Enhetsregister(config.Navn.model_validate(felter), database, klokke)


def navn(database: Database) -> dict[str, str]:
    rader: Any = database.read().execute("SELECT virksomhetsnummer, navn FROM virksomhet")
    return dict(rader)


def ukjente(database: Database) -> list[str]:
    rader = database.read().execute("SELECT virksomhetsnummer FROM virksomhet_uten_navn ORDER BY 1")
    return [nummer for (nummer,) in rader]


def hent(register: Enhetsregister, *numre: str) -> None:
    for nummer in numre:
        register.savn(nummer)
    register.hent()


# ── What the registers are asked, and how they answer ──


def test_nav_is_asked_for_noekkelinfo(nabo: Register, database: Database, klokke: StiltKlokke) -> None:
    hent(register(nabo, database, klokke), BAKERIET)
    (kall,) = nabo.kall
    assert (kall.metode, kall.sti) == ("GET", f"/v1/organisasjon/{BAKERIET}/noekkelinfo")
    assert kall.hoder["accept"] == "application/json"
    assert "authorization" not in kall.hoder
    assert navn(database) == {BAKERIET: "BAKERIET AS"}


def test_public_register_has_two_kinds_of_virksomheter(nabo: Register, database: Database, klokke: StiltKlokke) -> None:
    hent(register(nabo, database, klokke, "enhetsregisteret"), BAKERIET, FISKERIET)
    sti = "/enhetsregisteret/api"
    assert [kall.sti for kall in nabo.kall] == [
        f"{sti}/enheter/{BAKERIET}",
        f"{sti}/enheter/{FISKERIET}",
        f"{sti}/underenheter/{FISKERIET}",
    ]
    assert navn(database) == {BAKERIET: "BAKERIET AS", FISKERIET: "FISKERIET AVD HAVNA"}


UTEN_NAVN: list[Any] = [{}, [], "x", 1, {"navn": None}]


@pytest.mark.parametrize(
    ("kilde", "innhold", "ventet"),
    [
        ("nav", {"navn": {"navnelinje1": " A ", "navnelinje2": "", "navnelinje3": None, "navnelinje5": "B"}}, "A B"),
        ("nav", {"navn": {"navnelinje1": 1, "navnelinje2": ["x"], "navnelinje4": "C"}}, "C"),
        ("nav", {"navn": {"sammensattnavn": "x", "navnelinje6": "y"}}, ""),
        ("nav", {"navn": "BAKERIET"}, ""),
        ("nav", {"navn": {"navnelinje1": "x" * 1000}}, "x" * 300),
        ("enhetsregisteret", {"navn": " BLÅBÆR 😀 AS "}, "BLÅBÆR 😀 AS"),
        ("enhetsregisteret", {"navn": ""}, ""),
        ("enhetsregisteret", {"navn": {"navnelinje1": "A"}}, ""),
        *[(kilde, innhold, "") for kilde in ("nav", "enhetsregisteret") for innhold in UTEN_NAVN],
    ],
)
def test_name_is_read_from_what_is_answered(
    nabo: Register, database: Database, klokke: StiltKlokke, kilde: str, innhold: Any, ventet: str
) -> None:
    nabo.neste.append(svar(200, innhold))
    hent(register(nabo, database, klokke, kilde), BAKERIET)
    assert navn(database) == ({BAKERIET: ventet} if ventet else {})
    assert ukjente(database) == ([] if ventet else [BAKERIET])
    assert len(nabo.kall) == 1


@pytest.mark.parametrize(
    "nummer", ["", "91082552", "9108255266", "91082552a", " 10825526", "910825526\n", "٩١٠٨٢٥٥٢٦", "../910825"]
)
def test_only_numbers_of_nine_digits_are_asked_for(
    nabo: Register, database: Database, klokke: StiltKlokke, nummer: str
) -> None:
    hent(register(nabo, database, klokke), nummer)
    assert nabo.kall == []


def test_name_that_is_known_is_not_asked_for(nabo: Register, database: Database, klokke: StiltKlokke) -> None:
    with database.write() as db:
        altinn.lagre_navn(db, [(BAKERIET, "BAKERIET FRA ALTINN")])
    hent(register(nabo, database, klokke), BAKERIET, BAKERIET)
    assert nabo.kall == []


def test_name_from_altinn_wins(nabo: Register, database: Database, klokke: StiltKlokke) -> None:
    """Also over one that is on its way."""
    registeret = register(nabo, database, klokke)
    hent(registeret, BAKERIET)
    with database.write() as db:
        altinn.lagre_navn(db, [(BAKERIET, "FRA ALTINN")])
    assert navn(database) == {BAKERIET: "FRA ALTINN"}

    def behandle(kall: Kall) -> Svar:
        with database.write() as db:
            altinn.lagre_navn(db, [(FISKERIET, "FRA ALTINN")])
        return svar(200, {"navn": {"navnelinje1": "FRA REGISTERET"}})

    nabo.behandle = behandle  # type: ignore[method-assign]
    hent(registeret, FISKERIET)
    assert navn(database)[FISKERIET] == "FRA ALTINN"


# ── What the register does not know ──


@pytest.mark.parametrize("status", [400, 404, 410])
def test_number_that_is_unknown_is_left_alone_for_a_day(
    nabo: Register, database: Database, klokke: StiltKlokke, status: int
) -> None:
    nabo.neste.append(svar(status))
    hent(register(nabo, database, klokke), BAKERIET)
    assert ukjente(database) == [BAKERIET]

    klokke.sekunder += 24 * TIME - 1
    hent(register(nabo, database, klokke), BAKERIET)  # after a restart, too
    assert len(nabo.kall) == 1
    klokke.sekunder += 1
    hent(register(nabo, database, klokke), BAKERIET)
    assert (len(nabo.kall), navn(database), ukjente(database)) == (2, {BAKERIET: "BAKERIET AS"}, [])


def test_unknown_number_is_forgotten_in_time(nabo: Register, database: Database, klokke: StiltKlokke) -> None:
    hent(register(nabo, database, klokke), FISKERIET)
    klokke.sekunder += TIME
    hent(register(nabo, database, klokke), HOVEDENHET)
    klokke.sekunder += TIME
    enhetsregister.rydd(database, klokke.ekte_mikrosekunder(), 2)
    assert ukjente(database) == [HOVEDENHET]


# ── A register that fails ──

KORT = Svar(200, b'{"navn":', (("Content-Length", "100"),), LUKK)
STOR = Svar(200, b'{"navn": "' + b"x" * 10_000_000 + b'"}')


@pytest.mark.parametrize(
    "gjoer",
    [*[svar(status) for status in (301, 401, 403, 429, 500, 502, 503)], LUKK, KORT, STOR],
    ids=lambda gjoer: str(gjoer)[:40],
)
def test_register_that_fails_is_asked_again_later(
    nabo: Register, database: Database, klokke: StiltKlokke, gjoer: Svar | Gjoer
) -> None:
    registeret = register(nabo, database, klokke)
    nabo.neste.append(gjoer)
    hent(registeret, BAKERIET)
    registeret.hent()
    assert (len(nabo.kall), navn(database), ukjente(database)) == (1, {}, [])
    klokke.sekunder += 2
    registeret.hent()
    assert navn(database) == {BAKERIET: "BAKERIET AS"}


@pytest.mark.parametrize("gjoer", [HENG, DRYPP])
def test_register_that_does_not_come_to_an_end_is_given_its_time(
    nabo: Register, database: Database, klokke: StiltKlokke, gjoer: Gjoer
) -> None:
    registeret = register(nabo, database, klokke, timeout_s=0.1)
    nabo.neste.append(gjoer)
    hent(registeret, BAKERIET)
    klokke.sekunder += 2
    registeret.hent()
    assert navn(database) == {BAKERIET: "BAKERIET AS"}


def test_pauses_grow_to_ten_minutes_and_end_with_a_success(
    nabo: Register, database: Database, klokke: StiltKlokke, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="server.enhetsregister")
    registeret = register(nabo, database, klokke)
    nabo.neste.extend([svar(500)] * 12)
    registeret.savn(BAKERIET)
    pauser = []
    for antall in range(1, 13):
        begynte = klokke.sekunder
        while len(nabo.kall) < antall:
            registeret.hent()
            klokke.sekunder += 1
        pauser.append(klokke.sekunder - begynte)
    assert [round(pause) for pause in pauser] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]
    assert len(caplog.records) == 12

    klokke.sekunder += 600
    registeret.hent()
    nabo.neste.append(svar(500))
    hent(registeret, HOVEDENHET)
    klokke.sekunder += 2
    registeret.hent()
    assert ukjente(database) == [HOVEDENHET]


def test_register_may_ask_for_a_longer_pause(nabo: Register, database: Database, klokke: StiltKlokke) -> None:
    registeret = register(nabo, database, klokke)
    nabo.neste.append(svar(429, retry_after="3000"))
    hent(registeret, BAKERIET)
    klokke.sekunder += 2999
    registeret.hent()
    assert len(nabo.kall) == 1
    klokke.sekunder += 1
    registeret.hent()
    assert navn(database) == {BAKERIET: "BAKERIET AS"}


def test_register_that_is_not_there(nabo: Register, database: Database, klokke: StiltKlokke) -> None:
    registeret = register(nabo, database, klokke, base_url=f"http://127.0.0.1:{doed_port()}")
    hent(registeret, BAKERIET)
    assert (navn(database), ukjente(database)) == ({}, [])


def test_number_that_makes_the_register_fail_holds_up_no_other(
    nabo: Register, database: Database, klokke: StiltKlokke
) -> None:
    def behandle(kall: Kall) -> Svar:
        return svar(500) if FISKERIET in kall.sti else Register.behandle(nabo, kall)

    nabo.behandle = behandle  # type: ignore[method-assign]
    registeret = register(nabo, database, klokke)
    hent(registeret, FISKERIET, BAKERIET)
    klokke.sekunder += 2
    registeret.hent()
    assert navn(database) == {BAKERIET: "BAKERIET AS"}


def test_a_thousand_numbers_are_asked_for_in_rounds(nabo: Register, database: Database, klokke: StiltKlokke) -> None:
    """The thread shows that it lives between them."""
    numre = [f"8{nr:08}" for nr in range(20)]
    nabo.navn = {nummer: f"AS {nummer}" for nummer in numre}

    def behandle(kall: Kall) -> Svar:
        klokke.sekunder += 1
        return Register.behandle(nabo, kall)

    nabo.behandle = behandle  # type: ignore[method-assign]
    registeret = register(nabo, database, klokke)
    hent(registeret, *numre)
    assert len(navn(database)) == enhetsregister.RUNDE_S
    for _ in range(3):
        registeret.hent()
    assert navn(database) == nabo.navn


def test_queue_of_numbers_has_an_end(
    nabo: Register, database: Database, klokke: StiltKlokke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enhetsregister, "MAKS_SAVNET", 2)
    hent(register(nabo, database, klokke), BAKERIET, FISKERIET, HOVEDENHET)
    assert [kall.sti.split("/")[3] for kall in nabo.kall] == [BAKERIET, FISKERIET]


# ── The service ──


@pytest.fixture(scope="module")
def felles_nabo() -> Iterator[Register]:
    with Register() as nabo:
        yield nabo


@pytest.fixture(scope="module")
def _med_register(felles_nabo: Register, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    verdier = {
        "navn.kilde": '"enhetsregisteret"',
        "navn.base_url": f'"{felles_nabo.url}"',
        "navn.timeout_s": "5",
        "bakgrunn.pause_s": "0.05",
    }
    with kjoerende(Path(tmp_path_factory.mktemp("navn")) / "test.db", verdier=verdier) as tjeneste:
        yield tjeneste


@pytest.fixture
def med_register(_med_register: Tjeneste) -> Tjeneste:
    """DAGNY sees, as naermeste leder, what no answer from Altinn has named."""
    _med_register.utvikling("POST", "/dev/nullstill")
    for nr, virksomhet in enumerate((BAKERIET, FISKERIET, HOVEDENHET)):
        _med_register.naermeste_leder(
            leder=DAGNY, virksomhetsnummer=virksomhet, id=f"{nr}1111111-1111-4111-8111-111111111111"
        )
    return _med_register


HVA: list[tuple[Callable[[Tjeneste], Any], Callable[[Tjeneste, Any], str]]] = [
    (
        lambda t: ny_beskjed(t, mottakere=[leder(DAGNY)], virksomhetsnummer=FISKERIET),
        lambda t, _: bjella(t)[0]["virksomhet"]["navn"],
    ),
    (
        lambda t: (
            ny_sak(t, mottakere=[leder(DAGNY)], virksomhetsnummer=FISKERIET),
            ny_kalenderavtale(t, mottakere=[leder(DAGNY)], virksomhetsnummer=FISKERIET),
        ),
        lambda t, _: kommende(t, FISKERIET)[0]["virksomhet"]["navn"],
    ),
    (
        lambda t: ny_sak(t, mottakere=[leder(DAGNY)], virksomhetsnummer=FISKERIET),
        lambda t, _: saker(t, virksomhetsnummer=FISKERIET)["saker"][0]["virksomhet"]["navn"],
    ),
    (
        lambda t: ny_sak(t, mottakere=[leder(DAGNY)], virksomhetsnummer=FISKERIET),
        lambda t, sak: sak_by_id(t, sak["id"])["sak"]["virksomhet"]["navn"],
    ),
    (
        lambda t: ny_sak(t, mottakere=[leder(DAGNY)], virksomhetsnummer=FISKERIET),
        lambda t, _: sak_by_grupperingsid(t)["sak"]["virksomhet"]["navn"],
    ),
]


@pytest.mark.parametrize(("lag", "se"), HVA, ids=["bell", "kommende", "saker", "sakById", "sakByGrupperingsid"])
def test_name_that_is_missed_is_there_at_a_later_look(
    med_register: Tjeneste, lag: Callable[[Tjeneste], Any], se: Callable[[Tjeneste, Any], str]
) -> None:
    laget = lag(med_register)
    assert se(med_register, laget) == ""
    slutt = Klokke().monotonic() + 10
    while not (sett := se(med_register, laget)):
        assert Klokke().monotonic() < slutt
        threading.Event().wait(0.01)
    assert sett == "FISKERIET AVD HAVNA"


def test_register_that_hangs_delays_neither_queries_nor_the_clock(
    med_register: Tjeneste, felles_nabo: Register
) -> None:
    felles_nabo.neste.append(HENG)
    ny_beskjed(med_register, mottakere=[leder(DAGNY)], virksomhetsnummer=FISKERIET)
    antall = len(felles_nabo.kall)
    bjella(med_register)
    slutt = Klokke().monotonic() + 10
    while len(felles_nabo.kall) == antall:
        assert Klokke().monotonic() < slutt
        threading.Event().wait(0.01)

    foer = Klokke().monotonic()
    for _ in range(20):
        assert bjella_svar(med_register)["notifikasjoner"][0]["virksomhet"]["navn"] == ""
    med_register.klokke("2026-12-01T08:00")
    med_register.utvikling("DELETE", "/dev/klokke")
    assert Klokke().monotonic() - foer < 4
    assert med_register.http.get(f"{med_register.url}/internal/ready", timeout=10).status_code == 200
    felles_nabo.slipp.set()


def test_without_a_register_nobody_is_asked(tjeneste: Tjeneste) -> None:
    tjeneste.naermeste_leder(leder=DAGNY)
    ny_beskjed(tjeneste, mottakere=[leder(DAGNY)])
    assert bjella(tjeneste)[0]["virksomhet"] == {"virksomhetsnummer": BAKERIET, "navn": ""}
