"""The step that sends, with channels of the test's own and the clock as an argument: what happens in between.

A process that dies is an exception that nobody catches: the attempt that was written down gets no end.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from produsent import altinnressurs, epost, inndata, paaminnelse_sms, sms
from tjeneste import BAKERIET, RESSURS, ROOT

from server import beskjed, demo, kalenderavtale, noedbrems, notifikasjoner, oppgave, saker, sletting, varsling
from server.config import Produsent
from server.database import Database
from server.kanal import KanalError, Melding, Utfall
from server.register import Kall
from server.tid import Klokke, Varighet, parse_tidspunkt, til_oslo
from server.utboks import Utboks
from server.varsling import Kanal, Regler

NAA = parse_tidspunkt("2030-01-07T11:00:00Z")  # a Monday, 12:00 in Oslo
SEKUND, TIME, DOEGN = 1_000_000, 3600 * 1_000_000, 86_400 * 1_000_000
REGLER = Regler(send_ved_tvil=False, kvote_per_doegn=0, for_gammelt_etter=DOEGN)
FAGER = Produsent(id="fager", applikasjoner=("a:b:c",), merkelapper=("fager",), ressurser=("test-fager",))
ALLE_SLAG = ("SMS", "EPOST", "ALTINNRESSURS", "ALTINNTJENESTE")

BORTE = KanalError("no answer", kode="borte")
AVVIST = KanalError("no such number", kode="avvist", permanent=True)
USIKKER = KanalError("no answer", kode="taus", usikker=True)


class Doed(BaseException):
    """The process ends here."""


class Nabo:
    """A channel that does what is in `neste`, one call at a time, and then takes everything."""

    def __init__(self, *neste: BaseException | Callable[[], object] | str) -> None:
        self.neste = list(neste)
        self.meldinger: list[Melding] = []
        self.utfall: list[Utfall | KanalError | None] = []
        self.spurt: list[str] = []

    def send(self, melding: Melding) -> str | None:
        self.meldinger.append(melding)
        gjoer = self.neste.pop(0) if self.neste else None
        if isinstance(gjoer, BaseException):
            raise gjoer
        if callable(gjoer):
            gjoer()
        return gjoer if isinstance(gjoer, str) else None

    def kvittering(self, ordre_id: str) -> Utfall | None:
        self.spurt.append(ordre_id)
        utfall = self.utfall.pop(0) if self.utfall else Utfall(None)
        if isinstance(utfall, KanalError):
            raise utfall
        return utfall

    def kanal(self, **egenskaper: Any) -> Kanal:
        return Kanal("nabo", ALLE_SLAG, self.send, self.kvittering, **egenskaper)


@pytest.fixture
def database(tmp_path: Path) -> Any:
    database = Database(tmp_path / "a.db", ROOT / "schema.sql")
    yield database
    database.close()


def kall(database: Database, now: int = NAA) -> Kall:
    return Kall(database, now, "a:b:c", FAGER, altinn2=True)


def ny_beskjed(database: Database, *varsler: dict[str, Any], now: int = NAA, ekstern_id: str = "1") -> str:
    felter = _lest(inndata(ekstern_id=ekstern_id, eksterneVarsler=list(varsler)))
    svar = beskjed.ny_beskjed(kall(database, now), felter)
    notifikasjon_id: str = svar["id"]
    return notifikasjon_id


def ny_avtale(database: Database, *varsler: dict[str, Any], now: int = NAA) -> str:
    saker.ny_sak(
        kall(database, now),
        grupperingsid="sak-1",
        merkelapp="fager",
        virksomhetsnummer=BAKERIET,
        mottakere=[RESSURS],
        tittel="Sak",
        initiell_status="MOTTATT",
    )
    svar = kalenderavtale.ny_kalenderavtale(
        kall(database, now),
        virksomhetsnummer=BAKERIET,
        grupperingsid="sak-1",
        merkelapp="fager",
        ekstern_id="avtale-1",
        tekst="Dialogmøte",
        lenke="",
        mottakere=[RESSURS],
        start_tidspunkt=NAA + 100 * DOEGN,
        eksterne_varsler=_lest(list(varsler)),
    )
    avtale_id: str = svar["id"]
    return avtale_id


def avlys(database: Database, avtale_id: str, now: int = NAA) -> None:
    kalenderavtale.oppdater_kalenderavtale(kall(database, now), id=avtale_id, ny_tilstand="AVLYST")


def _lest(inndata: Any) -> Any:
    """As the GraphQL layer hands it on: times are numbers."""
    if isinstance(inndata, dict):
        return {
            n: parse_tidspunkt(v) if n == "tidspunkt" and isinstance(v, str) else _lest(v) for n, v in inndata.items()
        }
    return [_lest(verdi) for verdi in inndata] if isinstance(inndata, list) else inndata


def send(database: Database, kanal: Kanal, now: int = NAA, regler: Regler = REGLER) -> int:
    """All that is due; how many turns it took."""
    antall = 0
    while (forfall := varsling.neste_forfall(database, kanal)) is not None and forfall <= now:
        assert varsling.behandle_neste(database, kanal, regler, now), "what is due is done"
        antall += 1
        assert antall < 1000
    assert varsling.behandle_neste(database, kanal, regler, now) is False
    return antall


def statuser(database: Database) -> list[str]:
    return [status for (status,) in database.read().execute("SELECT status FROM eksternt_varsel ORDER BY nr")]


def holdte(database: Database) -> list[dict[str, Any]]:
    return varsling.holdte(database.read(), NAA)


def forsoek(database: Database) -> list[tuple[Any, ...]]:
    """(number, seconds after NAA, outcome) of every attempt."""
    return (
        database.read()
        .execute(
            "SELECT forsoek, (startet - ?) / 1000000, utfall FROM varselforsoek ORDER BY varsel_nr, forsoek", (NAA,)
        )
        .fetchall()
    )


def ventetid_s(database: Database, now: int) -> float:
    """How long until the only varsel is looked at again."""
    send_etter = database.read().execute("SELECT send_etter FROM eksternt_varsel WHERE status = 'NY'").get
    return float(send_etter - now) / SEKUND


# ── Attempts ──


def test_attempt_is_written_down_before_the_channel_is_called(database: Database) -> None:
    def se_etter() -> None:
        assert forsoek(database) == [(1, 0, None)]
        assert not database.read().in_transaction
        with database.write():  # the channel is called outside any transaction
            pass

    ny_beskjed(database, sms())
    nabo = Nabo(se_etter)
    assert send(database, nabo.kanal()) == 1
    assert (forsoek(database), statuser(database)) == ([(1, 0, "OK")], ["SENDT"])


def test_message_has_what_was_ordered(database: Database) -> None:
    ny_beskjed(database, sms("+4740000000", "Hei"), epost(), altinnressurs())
    nabo = Nabo()
    send(database, nabo.kanal())
    ider = [varsel_id for (varsel_id,) in database.read().execute("SELECT id FROM eksternt_varsel ORDER BY nr")]
    assert nabo.meldinger == [
        Melding(ider[0], "SMS", "+4740000000", BAKERIET, None, None, "Hei", "fager"),
        Melding(
            ider[1], "EPOST", "ola@eksempel.no", BAKERIET, "En oppgave", "<p>Du har fått en oppgave.</p>", None, "fager"
        ),
        Melding(
            ider[2],
            "ALTINNRESSURS",
            "test-fager",
            BAKERIET,
            "En oppgave. ",
            "<p>Til alle med tilgang.</p>",
            "Til alle med tilgang, som SMS.",
            "fager",
        ),
    ]


def test_passing_fault_is_tried_again_with_growing_pauses_and_the_same_key(database: Database) -> None:
    ny_beskjed(database, sms())
    nabo = Nabo(*12 * [BORTE])
    now, pauser = NAA, []
    for _ in range(12):
        send(database, nabo.kanal(), now)
        pauser.append(ventetid_s(database, now))
        now += round(pauser[-1] * SEKUND)
    send(database, nabo.kanal(), now)
    for pause, ventet in zip(pauser, [30, 60, 120, 240, 480, *7 * [600]], strict=True):
        assert 0.8 * ventet <= pause <= 1.2 * ventet
    assert len(set(pauser)) > 6, "not all at the same time"
    assert (len(nabo.meldinger), len(set(nabo.meldinger))) == (13, 1)
    assert [utfall for _, _, utfall in forsoek(database)] == [*12 * ["borte"], "OK"]
    assert statuser(database) == ["SENDT"]


@pytest.mark.parametrize(
    ("bedt_om", "fra", "til"),
    [(0.0, 24, 36), (5.0, 24, 36), (90.0, 90, 90), (1800.0, 1800, 1800), (86_400.0, 3600, 3600)],
)
def test_who_asks_for_time_gets_it_but_not_for_ever(database: Database, bedt_om: float, fra: int, til: int) -> None:
    ny_beskjed(database, sms())
    send(database, Nabo(KanalError("slow down", kode="429", vent_s=bedt_om)).kanal())
    assert fra <= ventetid_s(database, NAA) <= til


def test_refusal_is_the_end(database: Database) -> None:
    ny_beskjed(database, sms(), sms())
    nabo = Nabo(AVVIST)
    send(database, nabo.kanal())
    assert statuser(database) == ["FEILET", "SENDT"]
    db = database.read()
    assert db.execute("SELECT feilkode, feilmelding FROM eksternt_varsel WHERE nr = 1").get == ("avvist", str(AVVIST))
    assert db.execute("SELECT innhold ->> 'feilkode' FROM hendelse WHERE type = 'EksterntVarselFeilet'").get == "avvist"


def test_one_that_is_tried_again_lets_the_others_pass(database: Database) -> None:
    ny_beskjed(database, *(sms(f"4000010{nr}") for nr in range(5)))
    nabo = Nabo(BORTE, BORTE)
    send(database, nabo.kanal())
    assert statuser(database) == ["NY", "NY", "SENDT", "SENDT", "SENDT"]
    send(database, nabo.kanal(), NAA + 60 * SEKUND)
    assert set(statuser(database)) == {"SENDT"}


def test_fault_of_ours_in_a_channel_ends_no_varsel_and_holds_up_no_other(database: Database) -> None:
    ny_beskjed(database, sms("40000101"), sms("40000102"))
    nabo = Nabo(TypeError("a mistake"))
    with pytest.raises(TypeError):
        varsling.behandle_neste(database, nabo.kanal(), REGLER, NAA)
    send(database, nabo.kanal())  # the attempt that was cut off is planned anew
    assert statuser(database) == ["NY", "SENDT"]
    send(database, nabo.kanal(), NAA + 60 * SEKUND)
    assert statuser(database) == ["SENDT", "SENDT"]


# ── Nobody knows whether it went out ──


def _i_tvil(hendelse: BaseException, database: Database, kanal: Kanal, now: int, regler: Regler) -> None:
    """Send once, in such a way that the outcome is unknown; if the process died, it comes back."""
    try:
        varsling.behandle_neste(database, kanal, regler, now)
    except Doed:
        assert varsling.behandle_neste(database, kanal, regler, now)


TVIL = {"answer lost": USIKKER, "process killed": Doed()}


@pytest.mark.parametrize("hendelse", TVIL.values(), ids=TVIL)
@pytest.mark.parametrize(
    ("egenskaper", "ved_tvil", "ganger"),
    [
        ({"idempotent": False}, False, 1),
        ({"idempotent": False}, True, 2),
        ({"idempotent": False, "gjentas": True}, False, 2),
        ({"idempotent": False, "gjentas": True}, True, 2),
        ({}, False, 9),
        ({}, True, 9),
    ],
    ids=["ikke_send", "send", "e-mail", "e-mail, send", "tells repetitions", "tells repetitions, send"],
)
def test_how_often_it_is_handed_over_when_the_answer_is_always_lost(
    database: Database, hendelse: BaseException, egenskaper: dict[str, bool], ved_tvil: bool, ganger: int
) -> None:
    ny_beskjed(database, sms())
    nabo = Nabo(*9 * [hendelse])
    regler, now = Regler(ved_tvil, 0, DOEGN), NAA
    for _ in range(9):
        if statuser(database) == ["NY"]:
            _i_tvil(hendelse, database, nabo.kanal(**egenskaper), now, regler)
            now += TIME
    assert len(nabo.meldinger) == ganger
    assert len({melding.varsel_id for melding in nabo.meldinger}) == 1
    if ganger < 9:
        assert statuser(database) == ["FEILET"]
        assert database.read().execute("SELECT feilkode FROM eksternt_varsel").get == "ukjent_utfall"
    else:
        send(database, nabo.kanal(**egenskaper), now)
        assert statuser(database) == ["SENDT"]


@pytest.mark.parametrize("hendelse", TVIL.values(), ids=TVIL)
def test_one_loss_of_an_answer_is_made_good_by_one_repetition(database: Database, hendelse: BaseException) -> None:
    ny_beskjed(database, epost())
    nabo = Nabo(BORTE, hendelse, BORTE)  # certain faults do not count
    kanal, now = nabo.kanal(idempotent=False, gjentas=True), NAA
    send(database, kanal, now)
    for _ in range(3):
        now += TIME
        _i_tvil(hendelse, database, kanal, now, REGLER)
    assert (statuser(database), len(nabo.meldinger)) == (["SENDT"], 4)


def test_repetition_after_a_crash_waits_first(database: Database) -> None:
    """The other side may still be at work on the first."""
    ny_beskjed(database, sms())
    nabo = Nabo(Doed())
    with pytest.raises(Doed):
        varsling.behandle_neste(database, nabo.kanal(), REGLER, NAA)
    assert send(database, nabo.kanal(), NAA + SEKUND) == 1
    assert len(nabo.meldinger) == 1
    assert 24 <= ventetid_s(database, NAA + SEKUND) <= 36
    assert forsoek(database) == [(1, 0, "usikker avbrutt")]


def test_one_that_was_cut_off_long_ago_is_not_sent_unseen(database: Database) -> None:
    ny_beskjed(database, sms())
    nabo = Nabo(Doed())
    with pytest.raises(Doed):
        varsling.behandle_neste(database, nabo.kanal(), REGLER, NAA)
    send(database, nabo.kanal(), NAA + 3 * DOEGN)
    send(database, nabo.kanal(), NAA + 4 * DOEGN)
    assert len(nabo.meldinger) == 1
    assert len(holdte(database)) == 1
    (holdt,) = holdte(database)
    assert varsling.avgjoer_holdte(database, NAA + 4 * DOEGN, send=[holdt["varselId"]], dropp=[]) == 1
    send(database, nabo.kanal(), NAA + 4 * DOEGN)
    assert (statuser(database), len(nabo.meldinger)) == (["SENDT"], 2)


def proev(database: Database, nabo: Nabo, fra: int, til: int) -> int:
    """All that is due, each at its time, until it is held or sent or the time is up: when that was."""
    while fra < til and not holdte(database) and "NY" in statuser(database):
        send(database, nabo.kanal(), fra)
        fra = max(fra, varsling.neste_forfall(database, nabo.kanal()) or fra)
    return min(fra, til)


def test_neighbour_that_is_away_for_more_than_a_day_is_a_reason_to_hold_back(database: Database) -> None:
    """However often it has been tried meanwhile: an SMS three days late is not sent unseen."""
    ny_beskjed(database, sms())
    borte = Nabo(*1000 * [BORTE])
    naar = proev(database, borte, NAA, NAA + 3 * DOEGN)
    assert NAA + DOEGN < naar < NAA + DOEGN + TIME and len(borte.meldinger) > 100
    (holdt,) = holdte(database)
    assert (holdt["planlagt"], holdt["grunn"]) == (NAA, "for_gammelt")
    nabo = Nabo()
    assert send(database, nabo.kanal(), NAA + 3 * DOEGN) == 0

    # A human who lets it go gives it a day more; what was planned is remembered.
    bestemt = NAA + 3 * DOEGN
    assert varsling.avgjoer_holdte(database, bestemt, send=[holdt["varselId"]], dropp=[]) == 1
    assert bestemt + DOEGN < proev(database, borte, bestemt, NAA + 9 * DOEGN) < bestemt + DOEGN + TIME
    assert [varsel["planlagt"] for varsel in holdte(database)] == [NAA]
    assert nabo.meldinger == []


def test_neighbour_that_is_away_for_a_day_is_waited_for(database: Database) -> None:
    ny_beskjed(database, sms())
    now = proev(database, Nabo(*1000 * [BORTE]), NAA, NAA + 23 * TIME)
    proev(database, Nabo(), now, NAA + DOEGN)
    assert statuser(database) == ["SENDT"]


@pytest.mark.parametrize(("borte_til", "status"), [(8, "SENDT"), (9, "SENDT"), (10, "NY")])
def test_window_that_closes_makes_nothing_too_old_at_once(database: Database, borte_til: int, status: str) -> None:
    """A fault on Friday afternoon: there is the first hour of Monday's window to make it good."""
    fredag, mandag = (parse_tidspunkt(f"2030-01-{dag}T00:00:00+01:00") for dag in ("11", "14"))
    ny_beskjed(database, sms(sendevindu="NKS_AAPNINGSTID"), now=fredag + 14 * TIME)
    now = proev(database, Nabo(*1000 * [BORTE]), fredag + 14 * TIME, mandag + borte_til * TIME)
    assert now >= mandag + 8 * TIME
    proev(database, Nabo(), now, mandag + 20 * TIME)
    assert (statuser(database), len(holdte(database))) == ([status], int(status == "NY"))


@pytest.mark.parametrize(("senere", "sendes"), [(3 * TIME, True), (5 * TIME, False)])
def test_time_under_the_brake_does_not_make_older(database: Database, senere: int, sendes: bool) -> None:
    """20 hours late when the brake is put on is 20 hours late when it is taken off."""
    ny_beskjed(database, sms())
    proev(database, Nabo(*1000 * [BORTE]), NAA, NAA + 20 * TIME)
    noedbrems.sett(database, True, NAA + 20 * TIME)
    noedbrems.sett(database, False, NAA + 20 * TIME + 10 * DOEGN)
    nabo = Nabo()
    send(database, nabo.kanal(), NAA + 20 * TIME + 10 * DOEGN + senere)
    assert (len(nabo.meldinger), len(holdte(database))) == ((1, 0) if sendes else (0, 1))


def test_clock_that_has_gone_back_under_the_brake_makes_nothing_older(database: Database) -> None:
    ny_beskjed(database, sms())
    noedbrems.sett(database, True, NAA + 400 * DOEGN)
    noedbrems.sett(database, False, NAA + TIME)
    assert send(database, Nabo().kanal(), NAA + TIME) == 1
    assert statuser(database) == ["SENDT"]


# ── Cancelled, deleted or emptied while the channel works ──


@pytest.mark.parametrize(
    ("saa", "status", "kode"),
    [
        (None, "SENDT", None),
        (AVVIST, "FEILET", "avvist"),
        (BORTE, "KANSELLERT", None),
        (USIKKER, "FEILET", "ukjent_utfall"),
        (Doed(), "FEILET", "ukjent_utfall"),
    ],
    ids=["taken", "refused", "not reached", "answer lost", "process killed"],
)
def test_cancellation_while_it_is_being_sent_stops_the_next_attempt(
    database: Database, saa: BaseException | None, status: str, kode: str | None
) -> None:
    avtale_id = ny_avtale(database, sms())

    def avlys_imens() -> None:
        avlys(database, avtale_id)
        assert statuser(database) == ["NY"], "nobody knows yet"
        if saa:
            raise saa

    nabo = Nabo(avlys_imens)
    try:
        varsling.behandle_neste(database, nabo.kanal(), REGLER, NAA)
    except Doed:
        pass
    send(database, nabo.kanal(), NAA)
    send(database, nabo.kanal(), NAA + DOEGN)
    assert (statuser(database), len(nabo.meldinger)) == ([status], 1)
    db = database.read()
    assert db.execute("SELECT feilkode FROM eksternt_varsel").get == kode
    assert db.execute("SELECT count(*) FROM hendelse WHERE type LIKE 'EksterntVarsel%'").get == 1


def test_one_that_a_channel_has_accepted_cannot_be_recalled(database: Database) -> None:
    avtale_id = ny_avtale(database, sms())
    nabo = Nabo("ordre-1")
    send(database, nabo.kanal())
    avlys(database, avtale_id)
    assert statuser(database) == ["NY"]
    send(database, nabo.kanal(), NAA + TIME)
    assert (statuser(database), nabo.spurt) == (["SENDT"], ["ordre-1"])


@pytest.mark.parametrize("saa", [None, AVVIST, BORTE], ids=["taken", "refused", "not reached"])
def test_deletion_while_it_is_being_sent_erases_when_it_is_final(database: Database, saa: KanalError | None) -> None:
    beskjed_id = ny_beskjed(database, sms())

    def slett_imens() -> None:
        sletting.hard_delete_notifikasjon(kall(database), id=beskjed_id)
        if saa:
            raise saa

    nabo = Nabo(slett_imens)
    send(database, nabo.kanal())
    send(database, nabo.kanal(), NAA + DOEGN // 2)
    assert statuser(database) == ["FEILET" if saa is AVVIST else "SENDT"]
    assert {melding.mottaker for melding in nabo.meldinger} == {"40000000"}, "it is sent all the same"
    rad = database.read().execute("SELECT mottaker, sms_tekst, feilmelding FROM eksternt_varsel").get
    assert rad == (None, None, None)


def test_emptying_the_database_while_one_is_being_sent_leaves_what_comes_after_alone(database: Database) -> None:
    """The new varsel has the row number of the old one."""

    def toem_imens() -> None:
        demo.toem(database)
        ny_beskjed(database, sms("40000102", tidspunkt="2030-01-08T12:00"))

    ny_beskjed(database, sms("40000101"))
    nabo = Nabo(toem_imens)
    varsling.behandle_neste(database, nabo.kanal(), REGLER, NAA)
    assert (statuser(database), forsoek(database)) == (["NY"], [])
    send(database, nabo.kanal(), NAA + DOEGN)
    assert [melding.mottaker for melding in nabo.meldinger] == ["40000101", "40000102"]


def test_answer_is_written_although_the_database_is_busy(database: Database) -> None:
    """An answer cannot be asked for again: one that is lost would be a message that may be sent twice."""
    opptatt, ferdig = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write():
            opptatt.set()
            ferdig.wait(10)

    holder = threading.Thread(target=hold)

    def opptatt_imens() -> None:
        holder.start()
        opptatt.wait(10)
        threading.Timer(2.3, ferdig.set).start()  # more than a request would wait

    ny_beskjed(database, sms())
    varsling.behandle_neste(database, Nabo(opptatt_imens).kanal(idempotent=False), REGLER, NAA)
    holder.join(10)
    assert (statuser(database), forsoek(database)) == (["SENDT"], [(1, 0, "OK")])


# ── Receipts ──


def test_receipt_is_looked_for_with_growing_pauses(database: Database) -> None:
    ny_beskjed(database, sms())
    nabo = Nabo("ordre-1")
    nabo.utfall = [None, BORTE, None, None, None, None, None]
    send(database, nabo.kanal())
    now, pauser = NAA, []
    while statuser(database) == ["NY"]:
        pauser.append(ventetid_s(database, now))
        now += round(pauser[-1] * SEKUND)
        assert send(database, nabo.kanal(), now) == 1
    assert pauser == [15, 60, 120, 300, 600, 600, 600, 600]
    assert (statuser(database), len(nabo.meldinger), len(nabo.spurt)) == (["SENDT"], 1, 8)


def test_receipt_that_says_no_is_a_failure_with_its_code(database: Database) -> None:
    beskjed_id = ny_beskjed(database, sms())
    nabo = Nabo("ordre-1")
    nabo.utfall = [Utfall("SMS_Failed_Expired", "Destinasjon: 40000000")]
    send(database, nabo.kanal())
    send(database, nabo.kanal(), NAA + TIME)
    db = database.read()
    assert db.execute("SELECT status, feilkode, feilmelding FROM eksternt_varsel").get == (
        "FEILET",
        "SMS_Failed_Expired",
        "Destinasjon: 40000000",
    )
    assert "40000000" not in str(db.execute("SELECT innhold FROM hendelse WHERE type = 'EksterntVarselFeilet'").get), (
        "the code is told, not the address"
    )
    sletting.hard_delete_notifikasjon(kall(database), id=beskjed_id)
    assert db.execute("SELECT feilkode, feilmelding, mottaker FROM eksternt_varsel").get == (
        "SMS_Failed_Expired",
        None,
        None,
    )


def test_receipt_is_looked_for_outside_the_window_and_however_late(database: Database) -> None:
    ny_beskjed(database, sms(sendevindu="NKS_AAPNINGSTID"))
    nabo = Nabo("ordre-1")
    send(database, nabo.kanal())
    send(database, nabo.kanal(), NAA + 5 * DOEGN)  # a Saturday
    assert (statuser(database), holdte(database)) == (["SENDT"], [])


def test_brake_stops_receipts_too(database: Database) -> None:
    ny_beskjed(database, sms(), sms())
    nabo = Nabo("ordre-1")
    varsling.behandle_neste(database, nabo.kanal(), REGLER, NAA)
    noedbrems.sett(database, True, NAA)
    assert varsling.neste_forfall(database, nabo.kanal()) is None
    assert varsling.behandle_neste(database, nabo.kanal(), REGLER, NAA + TIME) is False
    assert (nabo.spurt, len(nabo.meldinger)) == ([], 1)
    noedbrems.sett(database, False, NAA + TIME)
    send(database, nabo.kanal(), NAA + TIME)
    assert statuser(database) == ["SENDT", "SENDT"]


def test_what_was_too_late_before_the_brake_waits_for_a_human_after_it(database: Database) -> None:
    """As after a restore: it was due long ago, and may have gone out then."""
    ny_beskjed(database, sms("40000101"), sms("40000102", tidspunkt=NAA + 3 * DOEGN))
    noedbrems.sett(database, True, NAA + 2 * DOEGN)
    noedbrems.sett(database, False, NAA + 9 * DOEGN)
    nabo = Nabo()
    send(database, nabo.kanal(), NAA + 9 * DOEGN)
    assert [melding.mottaker for melding in nabo.meldinger] == ["40000102"]
    assert len(holdte(database)) == 1


def test_human_decides_about_nothing_that_a_channel_has_been_handed(database: Database) -> None:
    """Under the brake too: it may have gone out."""
    ny_beskjed(database, sms("40000101"), sms("40000102"), sms("40000103"))
    nabo = Nabo("ordre-1", Doed())
    varsling.behandle_neste(database, nabo.kanal(), REGLER, NAA)
    with pytest.raises(Doed):
        varsling.behandle_neste(database, nabo.kanal(), REGLER, NAA)
    noedbrems.sett(database, True, NAA)
    ider = [varsel_id for (varsel_id,) in database.read().execute("SELECT id FROM eksternt_varsel ORDER BY nr")]
    assert [varsel["varselId"] for varsel in varsling.holdte(database.read(), NAA + TIME)] == ider[2:]
    assert varsling.antall_holdte(database.read(), NAA + TIME) == {"for_gammelt": 0, "noedbrems": 1}
    assert varsling.avgjoer_holdte(database, NAA + TIME, send=[], dropp=ider) == 1
    assert statuser(database) == ["NY", "NY", "KANSELLERT"]
    noedbrems.sett(database, False, NAA + TIME)
    send(database, nabo.kanal(), NAA + TIME)
    send(database, nabo.kanal(), NAA + 2 * TIME)
    assert statuser(database) == ["SENDT", "SENDT", "KANSELLERT"]


# ── The outbox ──


@pytest.mark.parametrize("vises", [True, False])
def test_outbox_that_nobody_can_look_into_forgets_with_the_varsel(database: Database, vises: bool) -> None:
    utboks = Utboks(database, Klokke(NAA), vises=vises)
    kanal = Kanal("utboks", ALLE_SLAG, utboks.send)
    slettes = ny_beskjed(database, sms("40000101"), sms("40000102", tidspunkt=til_oslo(NAA + TIME)))
    ny_beskjed(database, sms("40000103"), ekstern_id="2")

    def mottakere() -> list[str]:
        return [melding["mottaker"] for melding in utboks.meldinger(None, 0)]

    send(database, kanal)
    assert mottakere() == ["40000101", "40000103"]
    sletting.hard_delete_notifikasjon(kall(database), id=slettes)
    assert mottakere() == (["40000101", "40000103"] if vises else ["40000103"])
    send(database, kanal, NAA + TIME)  # what was ordered goes out, and is forgotten at once
    assert statuser(database) == 3 * ["SENDT"]
    assert mottakere() == (["40000101", "40000103", "40000102"] if vises else ["40000103"])


# ── Quota ──


def test_quota_counts_what_a_channel_has_accepted_but_not_yet_delivered(database: Database) -> None:
    """Receipts come later: a thousand orders must not slip through before the first of them."""
    ny_beskjed(database, *(sms(f"4000010{nr}") for nr in range(6)))
    regler = Regler(send_ved_tvil=False, kvote_per_doegn=2, for_gammelt_etter=3 * DOEGN)
    nabo = Nabo(*(f"ordre-{nr}" for nr in range(6)))
    send(database, nabo.kanal(), NAA, regler)
    assert len(nabo.meldinger) == 2
    nabo.utfall = [Utfall("SMS_Failed")]  # what failed is given back
    for minutter in range(0, 24 * 60, 10):
        send(database, nabo.kanal(), NAA + minutter * 60 * SEKUND, regler)
    assert len(nabo.meldinger) == 3
    send(database, nabo.kanal(), NAA + 26 * TIME, regler)
    assert len(nabo.meldinger) >= 4


# ── Påminnelser ──


def _ny_oppgave(database: Database, ekstern_id: str, *, now: int = NAA, **varsel: Any) -> Any:
    """One that is reminded of after a minute."""
    paaminnelse = {
        "tidspunkt": {"etterOpprettelse": Varighet(mikrosekunder=60 * SEKUND)},
        "eksterneVarsler": [paaminnelse_sms(**varsel)],
    }
    return oppgave.ny_oppgave(kall(database, now), inndata(ekstern_id=ekstern_id, paaminnelse=paaminnelse))


def test_varsler_of_a_deleted_oppgave_are_no_part_of_the_next_paaminnelse(database: Database) -> None:
    """Row numbers come again: the påminnelse of the second oppgave has that of the first one's, which is gone."""
    kveld = NAA + 8 * TIME  # the window has closed, so that the first waits
    foerste = _ny_oppgave(database, "1", now=kveld, tlf="40000101", sendevindu="NKS_AAPNINGSTID")
    assert notifikasjoner.paaminn_neste(database, kveld + 60 * SEKUND)
    sletting.hard_delete_notifikasjon(kall(database, kveld + 61 * SEKUND), id=foerste["id"])
    felter: Any = {"now": kveld + 62 * SEKUND, "tlf": "40000102", "sendevindu": "NKS_AAPNINGSTID"}
    andre = _ny_oppgave(database, "2", **felter)
    assert len(andre["paaminnelse"]["eksterne_varsler"]) == 1
    assert _ny_oppgave(database, "2", **felter) == andre
    oppgave.oppgave_endre_paaminnelse(kall(database, kveld + 63 * SEKUND), id=andre["id"])
    assert statuser(database) == ["NY", "KANSELLERT"]
    nabo = Nabo()
    send(database, nabo.kanal(), NAA + 21 * TIME)
    assert [melding.mottaker for melding in nabo.meldinger] == ["40000101"]


def test_paaminnelse_that_comes_late_has_varsler_that_are_late(database: Database) -> None:
    _ny_oppgave(database, "1")
    nabo, now = Nabo(), NAA + 3 * DOEGN
    assert notifikasjoner.paaminn_neste(database, now)
    send(database, nabo.kanal(), now)
    assert (len(nabo.meldinger), len(holdte(database))) == (0, 1)


def test_paaminnelse_ordered_for_a_time_that_has_passed_is_not_late(database: Database) -> None:
    oppgave.ny_oppgave(
        kall(database),
        inndata(
            opprettet=NAA - 30 * DOEGN,
            paaminnelse={
                "tidspunkt": {"etterOpprettelse": Varighet(dager=1)},
                "eksterneVarsler": [paaminnelse_sms()],
            },
        ),
    )
    nabo = Nabo()
    assert notifikasjoner.paaminn_neste(database, NAA + SEKUND)
    send(database, nabo.kanal(), NAA + SEKUND)
    assert (len(nabo.meldinger), statuser(database)) == (1, ["SENDT"])
