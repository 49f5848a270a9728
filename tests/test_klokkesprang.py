"""A clock that has been moved sends nothing: the emergency brake goes on before anything is believed to be due."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from produsent import sms
from test_varsling_steg import DOEGN, NAA, SEKUND, TIME, ny_beskjed
from tjeneste import ROOT

from server import bakgrunn, config, noedbrems
from server.database import Database
from server.noedbrems import Sprangvakt
from server.tid import Klokke, til_oslo
from server.utboks import Utboks
from server.worker import Steg


class EgenKlokke(Klokke):
    """Time passes on both clocks; somebody moves only the one on the wall. In microseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.vegg, self.gaatt = NAA, 17 * TIME

    def gaa(self, tid: int) -> None:
        self.vegg, self.gaatt = self.vegg + tid, self.gaatt + tid

    def ekte_mikrosekunder(self) -> int:
        return self.vegg

    def ekte_sekunder(self) -> float:
        return self.vegg / SEKUND

    def monotonic(self) -> float:
        return self.gaatt / SEKUND


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "a.db", ROOT / "schema.sql")
    yield database
    database.close()


@pytest.fixture
def klokke() -> EgenKlokke:
    return EgenKlokke()


def steget(database: Database, klokke: EgenKlokke, *, utvikling: bool = False) -> Steg:
    """The step that sends, put together as notifikasjon.py does it."""
    vakt = None if utvikling else Sprangvakt(database, klokke)
    (steg,) = bakgrunn.sending(
        database, klokke, config.Varsling(), Utboks(database, klokke, vises=utvikling), ROOT, vakt=vakt
    ).values()
    return steg


def runde(steg: Steg, klokke: EgenKlokke) -> None:
    """What a turn of the thread does."""
    while (forfall := steg.forfall()) is not None and forfall <= klokke.now():
        assert steg.gjoer(klokke.now())


def sendt(database: Database) -> int:
    antall: int = database.read().execute("SELECT count(*) FROM melding").get
    return antall


@pytest.mark.parametrize("sprang", [2 * TIME, 400 * DOEGN, -2 * TIME, -400 * DOEGN], ids=lambda s: f"{s / TIME} h")
def test_clock_that_jumps_puts_the_brake_on_and_says_why(
    database: Database, klokke: EgenKlokke, caplog: pytest.LogCaptureFixture, sprang: int
) -> None:
    steg = steget(database, klokke)
    ny_beskjed(
        database, sms("40000101", tidspunkt=til_oslo(NAA + TIME)), sms("40000102", tidspunkt=til_oslo(NAA - 9 * TIME))
    )
    runde(steg, klokke)
    klokke.gaa(SEKUND)
    klokke.vegg += sprang
    with caplog.at_level(logging.ERROR):
        runde(steg, klokke)
    assert (sendt(database), noedbrems.er_paa(database.read())) == (1, True)
    (linje,) = caplog.messages
    assert f"{sprang / TIME:+.1f} hours" in linje
    for hvordan in ("GET /internal/holdte", 'POST {"paa": false} to /internal/noedbrems'):
        assert hvordan in linje

    # A human puts the clock right and takes the brake off: it does not go on again, and all is sent at its time.
    klokke.vegg -= sprang
    caplog.clear()
    runde(steg, klokke)
    noedbrems.sett(database, False, klokke.now())
    runde(steg, klokke)
    assert (sendt(database), noedbrems.er_paa(database.read())) == (1, False)
    klokke.gaa(TIME)
    runde(steg, klokke)
    assert sendt(database) == 2


def test_clock_that_jumps_between_the_look_and_the_sending_is_seen(database: Database, klokke: EgenKlokke) -> None:
    steg = steget(database, klokke)
    ny_beskjed(database, sms(tidspunkt=til_oslo(NAA + TIME)))
    assert steg.forfall() == NAA + TIME
    klokke.vegg += 2 * TIME
    assert steg.gjoer(klokke.now()) is False
    assert (sendt(database), steg.forfall()) == (0, None)


def test_what_jumped_is_right_after_all(database: Database, klokke: EgenKlokke) -> None:
    """The clock was wrong before: whoever takes the brake off is not asked again."""
    steg = steget(database, klokke)
    ny_beskjed(database, sms(tidspunkt=til_oslo(NAA + TIME)))
    klokke.vegg += 2 * TIME
    runde(steg, klokke)
    noedbrems.sett(database, False, klokke.now())
    runde(steg, klokke)
    assert sendt(database) == 1


@pytest.mark.parametrize("rettes", [0, TIME, -TIME])
def test_time_that_passes_and_small_corrections_are_no_jump(
    database: Database, klokke: EgenKlokke, rettes: int
) -> None:
    steg = steget(database, klokke)
    ny_beskjed(database, sms(tidspunkt=til_oslo(NAA + 50 * TIME)))
    for _ in range(6):
        klokke.gaa(10 * TIME)
        klokke.vegg += rettes
        runde(steg, klokke)
    assert (sendt(database), noedbrems.er_paa(database.read())) == (1, False)


def test_laptop_that_slept_goes_on_in_development_mode(database: Database, klokke: EgenKlokke) -> None:
    steg = steget(database, klokke, utvikling=True)
    ny_beskjed(database, sms(tidspunkt=til_oslo(NAA + TIME)))
    klokke.vegg += 8 * TIME
    runde(steg, klokke)
    assert (sendt(database), noedbrems.er_paa(database.read())) == (1, False)
