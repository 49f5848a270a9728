"""The background threads, with small steps of the test's own: order, faults, pauses, and a clock that is moved."""

import threading
from bisect import insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tjeneste import ROOT

from server import config, web
from server.database import Database
from server.innlogging import Innlogging
from server.oekt import Oekter
from server.register import Register
from server.tid import Klokke
from server.tilgang import Tilganger
from server.utboks import Utboks
from server.worker import TID, Steg, Stell, Worker

NAA = 1_900_000_000_000_000
SEKUND = 1_000_000
MINUTT, DOEGN = 60 * SEKUND, 86_400 * SEKUND
VENT_S = 10  # for what happens in another thread; only a failing test waits this long

Logg = list[tuple[str, int, int]]


class StiltKlokke(Klokke):
    """Both clocks stand still until the test moves them."""

    def __init__(self) -> None:
        super().__init__(NAA)
        self.sekunder = 1000.0

    def monotonic(self) -> float:
        return self.sekunder

    def ekte_mikrosekunder(self) -> int:
        return NAA


class Gjoeremaal:
    """A step over a list of instants. What it does stands in `logg`: its name, the instant, and now."""

    def __init__(self, navn: str, logg: Logg, *tidspunkter: int, traad: str = TID) -> None:
        self.navn, self.logg, self.tidspunkter, self.traad = navn, logg, sorted(tidspunkter), traad
        self.feil: Exception | None = None
        self.forsoekt = threading.Semaphore(0)
        self.runder = threading.Semaphore(0)
        self.i_gang, self.videre = threading.Event(), threading.Event()
        self.videre.set()
        self.etterpaa: Callable[[int], None] = lambda now: None

    def legg_til(self, tidspunkt: int) -> None:
        insort(self.tidspunkter, tidspunkt)

    def steg(self) -> Steg:
        return Steg(self.forfall, self.gjoer, self.traad)

    def forfall(self) -> int | None:
        self.runder.release()
        return self.tidspunkter[0] if self.tidspunkter else None

    def gjoer(self, now: int) -> bool:
        self.i_gang.set()
        assert self.videre.wait(VENT_S)
        self.forsoekt.release()
        if self.feil:
            raise self.feil
        if not self.tidspunkter or self.tidspunkter[0] > now:
            return False
        self.logg.append((self.navn, self.tidspunkter.pop(0), now))
        self.etterpaa(now)
        return True

    def er_forsoekt(self) -> bool:
        return self.forsoekt.acquire(timeout=VENT_S)

    def noen_runder(self) -> None:
        """Return when the thread has been round at least once from now on."""
        while self.runder.acquire(blocking=False):
            pass
        assert all(self.runder.acquire(timeout=VENT_S) for _ in range(3))


def lag(klokke: Klokke, *gjoeremaal: Gjoeremaal, pause_s: float = 60, **stell: Stell) -> Worker:
    return Worker(klokke, {g.navn: g.steg() for g in gjoeremaal}, stell, pause_s)


@contextmanager
def i_gang(worker: Worker) -> Iterator[None]:
    worker.start()
    try:
        yield
    finally:
        worker.stopp()


@pytest.fixture
def klokke() -> StiltKlokke:
    return StiltKlokke()


@pytest.fixture
def logg() -> Logg:
    return []


# ── Order ──


def test_what_is_due_happens_in_order_of_time_whichever_step_it_belongs_to(klokke: StiltKlokke, logg: Logg) -> None:
    a = Gjoeremaal("a", logg, NAA - 1, NAA - 5, NAA + 1)
    b = Gjoeremaal("b", logg, NAA - 3, NAA)
    lag(klokke, a, b).gjoer_alt()
    assert logg == [("a", NAA - 5, NAA), ("b", NAA - 3, NAA), ("a", NAA - 1, NAA), ("b", NAA, NAA)]
    assert a.tidspunkter == [NAA + 1], "not due yet"


def test_at_one_instant_the_order_is_that_of_the_steps(klokke: StiltKlokke, logg: Logg) -> None:
    gjoeremaal = [Gjoeremaal(navn, logg, NAA, NAA) for navn in ("c", "a", "b")]
    lag(klokke, *gjoeremaal).gjoer_alt()
    assert [navn for navn, *_ in logg] == ["c", "c", "a", "a", "b", "b"]


def test_the_thread_keeps_the_same_order_after_a_pause(klokke: StiltKlokke, logg: Logg) -> None:
    a, b = Gjoeremaal("a", logg, NAA - 2), Gjoeremaal("b", logg, NAA - 3, NAA - 1)
    worker = lag(klokke, a, b)
    with i_gang(worker):
        assert b.er_forsoekt() and a.er_forsoekt() and b.er_forsoekt()
    assert [navn for navn, *_ in logg] == ["b", "a", "b"]


def test_the_first_thing_that_will_happen_is_known(klokke: StiltKlokke, logg: Logg) -> None:
    worker = lag(klokke, Gjoeremaal("a", logg, NAA + 7), Gjoeremaal("b", logg, NAA + 5), Gjoeremaal("c", logg))
    assert worker.neste_forfall() == NAA + 5
    assert lag(klokke, Gjoeremaal("c", logg)).neste_forfall() is None


# ── A clock that is moved ──


def test_on_the_way_everything_happens_at_its_own_time(klokke: StiltKlokke, logg: Logg) -> None:
    a = Gjoeremaal("a", logg, NAA + DOEGN, NAA + 3 * DOEGN)
    b = Gjoeremaal("b", logg, NAA + 2 * DOEGN, NAA + 3 * DOEGN + 1, traad="nabo")
    lag(klokke, a, b).flytt_klokke(NAA + 3 * DOEGN)
    assert logg == [(navn, t, t) for navn, t in (("a", NAA + DOEGN), ("b", NAA + 2 * DOEGN), ("a", NAA + 3 * DOEGN))]
    assert (klokke.now(), klokke.stoppet) == (NAA + 3 * DOEGN, True)
    assert b.tidspunkter == [NAA + 3 * DOEGN + 1], "after the goal"


def test_what_one_thing_leads_to_happens_on_the_way_too(klokke: StiltKlokke, logg: Logg) -> None:
    a, b = Gjoeremaal("a", logg, NAA + 10, NAA + 30), Gjoeremaal("b", logg)
    a.etterpaa = lambda now: b.legg_til(now + 15)
    lag(klokke, a, b).flytt_klokke(NAA + 100)
    assert logg == [(navn, NAA + t, NAA + t) for navn, t in (("a", 10), ("b", 25), ("a", 30), ("b", 45))]


def test_what_was_late_already_happens_now_and_not_in_the_past(klokke: StiltKlokke, logg: Logg) -> None:
    lag(klokke, Gjoeremaal("a", logg, NAA - DOEGN, NAA + 1)).flytt_klokke(NAA + 2)
    assert logg == [("a", NAA - DOEGN, NAA), ("a", NAA + 1, NAA + 1)]


def test_moved_back_nothing_happens_and_nothing_twice(klokke: StiltKlokke, logg: Logg) -> None:
    worker = lag(klokke, Gjoeremaal("a", logg, NAA + 1, NAA + 5))
    worker.flytt_klokke(NAA + 2)
    for maal in (NAA - DOEGN, NAA + 2, NAA):
        worker.flytt_klokke(maal)
        assert klokke.now() == maal
    assert logg == [("a", NAA + 1, NAA + 1)]
    worker.flytt_klokke(NAA + 9)
    assert logg[1:] == [("a", NAA + 5, NAA + 5)]


def test_let_go_the_clock_passes_what_was_due_in_real_time_meanwhile(klokke: StiltKlokke, logg: Logg) -> None:
    klokke.stopp(NAA - DOEGN)
    a = Gjoeremaal("a", logg, NAA - 2, NAA - 1, NAA + 1)
    lag(klokke, a).flytt_klokke(None)
    assert logg == [("a", NAA - 2, NAA - 2), ("a", NAA - 1, NAA - 1)]
    assert not klokke.stoppet and klokke.now() == NAA


@pytest.mark.parametrize(("bruker_s", "kalt"), [(0.5, 144), (1.5, 2)])
def test_a_slow_neighbour_is_not_waited_for_again_and_again(
    klokke: StiltKlokke, logg: Logg, bruker_s: float, kalt: int
) -> None:
    """It tries each ten minutes, as a step does when it is refused; nothing else is left out."""
    nabo = Gjoeremaal("nabo", logg, NAA + 10 * MINUTT, traad="nabo")
    a = Gjoeremaal("a", logg, *(NAA + time * 60 * MINUTT for time in range(1, 25)))

    def svarer_ikke(now: int) -> None:
        klokke.sekunder += bruker_s
        nabo.legg_til(now + 10 * MINUTT)

    nabo.etterpaa = svarer_ikke
    lag(klokke, a, nabo).flytt_klokke(NAA + DOEGN)
    assert [navn for navn, *_ in logg].count("nabo") == kalt, "at the end it is, since nothing may be due then"
    assert [(t, now) for navn, t, now in logg if navn == "a"] == [
        (NAA + time * 60 * MINUTT, NAA + time * 60 * MINUTT) for time in range(1, 25)
    ]


def test_a_slow_step_of_our_own_is_not_left_out(klokke: StiltKlokke, logg: Logg) -> None:
    a = Gjoeremaal("a", logg, NAA + 1, NAA + 2, NAA + 3)

    def er_treg(_now: int) -> None:
        klokke.sekunder += 5

    a.etterpaa = er_treg
    lag(klokke, a).flytt_klokke(NAA + 10)
    assert [now for *_, now in logg] == [NAA + 1, NAA + 2, NAA + 3]


def test_a_step_that_fails_does_not_stop_the_clock(klokke: StiltKlokke, logg: Logg) -> None:
    a, b = Gjoeremaal("a", logg, NAA + 1), Gjoeremaal("b", logg, NAA + 1, NAA + 2)
    a.feil = ValueError("as asked")
    worker = lag(klokke, a, b)
    worker.flytt_klokke(NAA + 10)
    assert klokke.now() == NAA + 10 and [navn for navn, *_ in logg] == ["b", "b"]
    assert worker.antall_feil == {"a": 1, "b": 0}
    a.feil = None
    worker.gjoer_alt()
    assert logg[2:] == [("a", NAA + 1, NAA + 10)], "late, and not lost"


def test_the_clock_is_moved_when_no_thread_is_at_work(klokke: StiltKlokke, logg: Logg) -> None:
    nabo = Gjoeremaal("nabo", logg, NAA, traad="nabo")
    nabo.videre.clear()
    worker = lag(klokke, nabo, Gjoeremaal("a", logg, NAA + 5))
    with i_gang(worker):
        assert nabo.i_gang.wait(VENT_S)
        flytter = threading.Thread(target=worker.flytt_klokke, args=(NAA + 10,))
        flytter.start()
        assert klokke.now() == NAA, "the neighbour is being called"
        nabo.videre.set()
        flytter.join(VENT_S)
    assert logg == [("nabo", NAA, NAA), ("a", NAA + 5, NAA + 5)]


# ── Faults ──


def test_an_exception_delays_only_its_own_step_and_longer_each_time(klokke: StiltKlokke, logg: Logg) -> None:
    syk, frisk = Gjoeremaal("syk", logg, NAA), Gjoeremaal("frisk", logg)
    syk.feil = RuntimeError("as asked")
    worker = lag(klokke, syk, frisk, pause_s=0.001)
    with i_gang(worker):
        for antall, vent_s in enumerate([2, 4, 8, 16, 32, 60, 60, 60], 1):
            assert syk.er_forsoekt()
            frisk.legg_til(NAA)
            assert frisk.er_forsoekt(), "the others go on"
            for ventet_s in (0.0, vent_s - 0.1):
                klokke.sekunder += ventet_s
                frisk.noen_runder()
                assert not syk.forsoekt.acquire(blocking=False)
            assert worker.antall_feil == {"syk": antall, "frisk": 0}
            klokke.sekunder += 0.1
        assert syk.er_forsoekt()
        syk.feil = None
        klokke.sekunder += 60
        assert syk.er_forsoekt()
        frisk.noen_runder()
        assert worker.mangler() == []
    assert ("syk", NAA, NAA) in logg and worker.antall_feil["syk"] == 9


def test_after_a_success_the_pauses_are_short_again(klokke: StiltKlokke, logg: Logg) -> None:
    syk, frisk = Gjoeremaal("syk", logg), Gjoeremaal("frisk", logg)
    worker = lag(klokke, syk, frisk, pause_s=0.001)
    with i_gang(worker):
        for _ in range(3):
            syk.feil = RuntimeError("as asked")
            syk.legg_til(NAA)
            assert syk.er_forsoekt()
            frisk.noen_runder()
            syk.feil = None
            klokke.sekunder += 2
            assert syk.er_forsoekt()
            frisk.noen_runder()
    assert len(logg) == 3


def test_a_step_that_fails_is_told_within_a_minute_until_it_succeeds(klokke: StiltKlokke, logg: Logg) -> None:
    a = Gjoeremaal("a", logg, NAA)
    a.feil = RuntimeError("as asked")
    worker = lag(klokke, a)
    for sekunder, meldt in ((0, False), (30, False), (29.9, True), (3600, True)):
        klokke.sekunder += sekunder
        worker.gjoer_alt()
        assert any("step a has failed" in mangel for mangel in worker.mangler()) == meldt
    assert "step a has failed 4 times in a row" in worker.mangler()
    a.feil = None
    worker.gjoer_alt()
    assert not any("failed" in mangel for mangel in worker.mangler())
    assert worker.antall_feil == {"a": 4}


def test_a_step_is_well_again_when_what_it_could_not_do_is_gone(klokke: StiltKlokke, logg: Logg) -> None:
    a = Gjoeremaal("a", logg, NAA)
    a.feil = RuntimeError("as asked")
    worker = lag(klokke, a)
    worker.gjoer_alt()
    a.tidspunkter[:] = [NAA + 1]  # as when its notifikasjon is deleted
    klokke.sekunder += 100
    worker.gjoer_alt()
    assert not any("failed" in mangel for mangel in worker.mangler())


def test_a_step_that_does_not_know_when_it_is_due_fails_alone(klokke: StiltKlokke, logg: Logg) -> None:
    def vet_ikke() -> int | None:
        raise OSError("as asked")

    a = Gjoeremaal("a", logg, NAA)
    worker = Worker(klokke, {"vet ikke": Steg(vet_ikke, lambda now: True), "a": a.steg()}, {}, 60)
    worker.gjoer_alt()
    assert logg == [("a", NAA, NAA)]
    assert worker.antall_feil == {"vet ikke": 1, "a": 0}
    assert worker.neste_forfall() is None
    klokke.sekunder += 60
    assert any("vet ikke has failed" in mangel for mangel in worker.mangler())


def test_a_step_that_is_due_and_does_nothing_is_a_fault_and_no_busy_loop(klokke: StiltKlokke, logg: Logg) -> None:
    a = Gjoeremaal("a", logg, NAA)
    worker = Worker(klokke, {"lat": Steg(lambda: NAA - 1, lambda now: False), "a": a.steg()}, {}, 60)
    worker.gjoer_alt()
    worker.flytt_klokke(NAA + DOEGN)
    assert logg == [("a", NAA, NAA)] and klokke.now() == NAA + DOEGN
    assert worker.antall_feil["lat"] == 2
    klokke.sekunder += 60
    assert "step lat has failed 2 times in a row" in worker.mangler()


def test_a_step_whose_work_was_taken_by_somebody_else_has_not_failed(klokke: StiltKlokke, logg: Logg) -> None:
    a = Gjoeremaal("a", logg, NAA)

    def sletter(now: int) -> bool:
        a.tidspunkter.clear()
        return a.gjoer(now)

    worker = Worker(klokke, {"a": Steg(a.forfall, sletter)}, {}, 60)
    worker.gjoer_alt()
    assert worker.antall_feil == {"a": 0}


def test_no_fault_ends_the_thread(klokke: StiltKlokke, logg: Logg) -> None:
    feil: list[Exception] = [MemoryError(), RecursionError(), KeyError("x"), StopIteration(), OSError(28, "full")]
    syk, frisk = Gjoeremaal("syk", logg, NAA), Gjoeremaal("frisk", logg)
    syk.feil = feil[0]
    worker = lag(klokke, syk, frisk, pause_s=0.001)
    with i_gang(worker):
        for neste in [*feil[1:], None]:
            assert syk.er_forsoekt()
            frisk.noen_runder()
            syk.feil = neste
            klokke.sekunder += 60
        assert syk.er_forsoekt()
        frisk.legg_til(NAA)
        assert frisk.er_forsoekt()
    assert [navn for navn, *_ in logg] == ["syk", "frisk"]


def test_a_step_that_never_comes_back_is_told_within_a_minute_and_holds_up_no_other_thread(
    klokke: StiltKlokke, logg: Logg
) -> None:
    henger, a = Gjoeremaal("henger", logg, NAA, traad="nabo"), Gjoeremaal("a", logg)
    henger.videre.clear()
    worker = lag(klokke, henger, a, pause_s=0.001)
    with i_gang(worker):
        assert henger.i_gang.wait(VENT_S)
        a.legg_til(NAA)
        assert a.er_forsoekt()
        assert worker.mangler() == []
        klokke.sekunder += 59.9
        a.noen_runder()
        assert worker.mangler() == ["background thread nabo has been busy for 60 s"]
        henger.videre.set()
        assert henger.er_forsoekt()
        henger.noen_runder()
        assert worker.mangler() == []


def test_a_long_pause_is_no_fault(klokke: StiltKlokke, logg: Logg) -> None:
    a = Gjoeremaal("a", logg, NAA)
    worker = lag(klokke, a, pause_s=60)
    with i_gang(worker):
        assert a.er_forsoekt()
        worker.gjoer_alt()  # waits for the round to end
        klokke.sekunder += 59
        assert worker.mangler() == []


def test_a_thread_that_does_not_run_is_told(klokke: StiltKlokke, logg: Logg) -> None:
    worker = lag(klokke, Gjoeremaal("a", logg), Gjoeremaal("b", logg, traad="nabo"))
    alle = [f"background thread {navn} is not running" for navn in (TID, "nabo")]
    assert worker.mangler() == alle
    with i_gang(worker):
        assert worker.mangler() == []
    assert worker.mangler() == alle


# ── Stopping and waking ──


def test_stopping_lets_the_step_that_runs_finish_and_begins_no_other(klokke: StiltKlokke, logg: Logg) -> None:
    a = Gjoeremaal("a", logg, NAA - 2, NAA - 1)
    a.videre.clear()
    worker = lag(klokke, a)
    worker.start()
    assert a.i_gang.wait(VENT_S)
    stopper = threading.Thread(target=worker.stopp)
    stopper.start()
    assert logg == [] and stopper.is_alive()
    assert worker._stopp.wait(VENT_S)
    a.videre.set()
    stopper.join(VENT_S)
    assert not stopper.is_alive()
    assert logg == [("a", NAA - 2, NAA)] and a.tidspunkter == [NAA - 1]


def test_stopping_while_the_clock_is_moved_ends_the_move_where_it_is(klokke: StiltKlokke, logg: Logg) -> None:
    a = Gjoeremaal("a", logg, *(NAA + dag * DOEGN for dag in range(1, 10)))
    worker = lag(klokke, a)
    a.etterpaa = lambda now: worker.stopp() if now == NAA + 3 * DOEGN else None
    worker.flytt_klokke(NAA + 100 * DOEGN)
    assert len(logg) == 3 and klokke.now() == NAA + 3 * DOEGN, "what is left is still ahead when it starts again"


def test_stopping_what_was_never_started_or_twice_is_fine(klokke: StiltKlokke, logg: Logg) -> None:
    worker = lag(klokke, Gjoeremaal("a", logg))
    worker.stopp()
    worker.stopp()


def test_a_wake_up_is_worth_no_more_waiting(klokke: StiltKlokke, logg: Logg) -> None:
    a, b = Gjoeremaal("a", logg), Gjoeremaal("b", logg, traad="nabo")
    worker = lag(klokke, a, b, pause_s=3600)
    with i_gang(worker):
        for antall in range(1, 4):
            for gjoeremaal in (a, b):
                gjoeremaal.legg_til(NAA)
            worker.vekk()
            assert a.er_forsoekt() and b.er_forsoekt(), f"wake-up {antall}"


def test_a_wake_up_during_the_work_is_not_lost(klokke: StiltKlokke, logg: Logg) -> None:
    a, b = Gjoeremaal("a", logg, NAA), Gjoeremaal("b", logg, NAA)
    b.videre.clear()
    worker = lag(klokke, a, b, pause_s=3600)
    b.etterpaa = lambda now: worker.vekk()
    with i_gang(worker):
        assert a.er_forsoekt() and b.i_gang.wait(VENT_S)
        for gjoeremaal in (a, b):
            while gjoeremaal.runder.acquire(blocking=False):
                pass
        b.videre.set()
        assert b.er_forsoekt()
        # One look ends the round in which b was done, and one belongs to the round after it.
        assert a.runder.acquire(timeout=VENT_S) and a.runder.acquire(timeout=VENT_S)


# ── Housekeeping ──


def test_housekeeping_comes_every_so_often_and_its_faults_are_its_own(klokke: StiltKlokke, logg: Logg) -> None:
    ganger: list[int] = []
    a = Gjoeremaal("a", logg)

    def feiler(_now: int) -> None:
        raise RuntimeError("as asked")

    worker = lag(klokke, a, pause_s=0.001, rydder=Stell(ganger.append, 600), feiler=Stell(feiler, 600))
    with i_gang(worker):
        for antall in (1, 2, 3):
            a.noen_runder()
            assert ganger == [NAA] * antall
            klokke.sekunder += 599.9
            a.noen_runder()
            assert len(ganger) == antall
            klokke.sekunder += 0.1
        a.noen_runder()
        a.legg_til(NAA)
        assert a.er_forsoekt()
        assert worker.antall_feil["feiler"] > 3 and worker.antall_feil["rydder"] == 0
        assert [mangel for mangel in worker.mangler() if "step feiler has failed" in mangel]
    assert logg == [("a", NAA, NAA)]


# ── Where it shows ──


def test_it_shows_in_ready_and_in_the_metrics(klokke: StiltKlokke, logg: Logg, tmp_path: Path) -> None:
    settings = config.load(ROOT / "config.toml")
    database = Database(tmp_path / "test.db", ROOT / "schema.sql")
    syk, frisk = Gjoeremaal("paaminnelse", logg, NAA), Gjoeremaal("utgaatt", logg)
    syk.feil = RuntimeError("as asked")
    worker = lag(klokke, syk, frisk, pause_s=0.001)
    app = web.build(
        web.Tjeneste(
            settings=settings,
            database=database,
            klokke=klokke,
            innlogging=Innlogging([], klokke),
            utsteder=None,
            oekter=Oekter(database, klokke, 12, "test"),
            paalogging=None,
            register=Register(settings.produsent),
            tilganger=Tilganger(database, klokke.monotonic, settings.tilgang.cache_s, settings.tilgang.cache_antall),
            worker=worker,
            utboks=Utboks(database, klokke),
            static=ROOT / "static",
        )
    )
    try:
        with i_gang(worker):
            assert syk.er_forsoekt()
            frisk.noen_runder()
            assert les(app, "/internal/ready") == ("200 OK", "")
            klokke.sekunder += 59.9
            frisk.noen_runder()
            status, grunn = les(app, "/internal/ready")
            assert status == "503 Service Unavailable" and "step paaminnelse has failed 2 times in a row" in grunn
            _, maalinger = les(app, "/internal/metrics")
            assert 'notifikasjon_steg_feil_total{steg="paaminnelse"} 2.0' in maalinger
            assert 'notifikasjon_steg_feil_total{steg="utgaatt"} 0.0' in maalinger
            assert "notifikasjon_bakgrunn_mangler 1.0" in maalinger

            syk.feil = None
            klokke.sekunder += 60
            assert syk.er_forsoekt() and syk.er_forsoekt()
            frisk.noen_runder()
            assert les(app, "/internal/ready") == ("200 OK", "")
    finally:
        database.close()


def les(app: web.Wsgi, sti: str) -> tuple[str, str]:
    """Status and body."""
    svar: list[str] = []

    def start(status: str, hoder: list[tuple[str, str]], exc_info: Any = None) -> None:
        svar.append(status)

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": sti, "SERVER_NAME": "localhost", "SERVER_PORT": "80"}
    body = b"".join(app(environ | {"wsgi.url_scheme": "http"}, start))
    return svar[0], body.decode()
