"""Frister: an oppgave expires when its day is over in Oslo, and what that does and does not do."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from bruker import bjella, klikk, sak_by_grupperingsid, saker
from produsent import (
    av_seg_selv,
    hent,
    mutasjon,
    ny_beskjed,
    ny_oppgave,
    ny_sak,
    paaminnelse_sms,
    sms,
    utboks,
)
from tjeneste import BAKERIET, DAGNY, FAGER, RESSURS, ROOT, Tjeneste

from server import config, oppgave, tid
from server.database import Database
from server.register import Kall, Register

NAA = "2028-01-10T12:00:00Z"


@pytest.fixture(autouse=True)
def _dagny_og_klokka(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    tjeneste.tilgang(DAGNY, BAKERIET)


def mikro(tidspunkt: str, antall: int = 1) -> str:
    return tid.format_utc(tid.parse_tidspunkt(tidspunkt) + antall)


def tilstand(tjeneste: Tjeneste, notifikasjon_id: str) -> str:
    svar: str = hent(tjeneste, notifikasjon_id)["notifikasjon"]["oppgave"]["tilstand"]
    return svar


# frist -> the midnight in Oslo that ends it
MIDNATT = {
    "2028-01-10": "2028-01-10T23:00:00Z",  # the day of the order
    "2028-02-28": "2028-02-28T23:00:00Z",
    "2028-02-29": "2028-02-29T23:00:00Z",  # leap day
    "2029-02-28": "2029-02-28T23:00:00Z",
    "2028-03-25": "2028-03-25T23:00:00Z",
    "2028-03-26": "2028-03-26T22:00:00Z",  # a day of 23 hours
    "2028-06-30": "2028-06-30T22:00:00Z",
    "2028-10-28": "2028-10-28T22:00:00Z",
    "2028-10-29": "2028-10-29T23:00:00Z",  # a day of 25 hours
    "2028-12-31": "2028-12-31T23:00:00Z",
}


@pytest.mark.parametrize(("frist", "midnatt"), MIDNATT.items())
def test_an_oppgave_expires_at_midnight_in_oslo(tjeneste: Tjeneste, frist: str, midnatt: str) -> None:
    oppgave_id = ny_oppgave(tjeneste, frist=frist)["id"]
    tjeneste.klokke(mikro(midnatt, -1))
    assert tilstand(tjeneste, oppgave_id) == "NY" and av_seg_selv(tjeneste) == []
    tjeneste.klokke(midnatt)
    assert tilstand(tjeneste, oppgave_id) == "UTGAATT"
    assert av_seg_selv(tjeneste) == [("OppgaveUtgaatt", "ekstern-1", midnatt)]
    (vist,) = bjella(tjeneste)
    assert (vist["tilstand"], vist["utgaattTidspunkt"], vist["frist"]) == ("UTGAATT", mikro(midnatt, -1), frist)


def test_midnight_in_oslo_is_not_midnight_utc(tjeneste: Tjeneste) -> None:
    """At half past twelve at night in summer it is still yesterday in UTC."""
    tjeneste.klokke("2028-06-30T22:30:00Z")
    utgaar, staar = (ny_oppgave(tjeneste, ekstern_id=f, frist=f)["id"] for f in ("2028-06-30", "2028-07-01"))
    tjeneste.utvikling("POST", "/dev/jobber")
    assert (tilstand(tjeneste, utgaar), tilstand(tjeneste, staar)) == ("UTGAATT", "NY")


def test_one_that_expires_late_says_the_end_of_its_day_all_the_same(tjeneste: Tjeneste) -> None:
    ny_oppgave(tjeneste, frist="2027-07-01", grupperingsid="sak-1")
    tjeneste.utvikling("POST", "/dev/jobber")
    assert av_seg_selv(tjeneste) == [("OppgaveUtgaatt", "ekstern-1", NAA)]
    assert bjella(tjeneste)[0]["utgaattTidspunkt"] == "2027-07-01T21:59:59.999999Z"
    assert tjeneste.rader("SELECT hvem, merkelapp, grupperingsid, innhold FROM hendelse WHERE type LIKE '%Utg%'") == [
        ("system", "fager", "sak-1", '{"utgaattTidspunkt":"2027-07-01T21:59:59.999999Z"}')
    ]


def test_several_expire_in_the_order_of_their_frister(tjeneste: Tjeneste) -> None:
    for ekstern_id, frist in (("a", "2028-02-03"), ("b", "2028-02-01"), ("c", "2028-02-02"), ("d", "2028-02-01")):
        ny_oppgave(tjeneste, ekstern_id=ekstern_id, frist=frist)
    ny_oppgave(tjeneste, ekstern_id="uten frist")
    tjeneste.klokke("2028-06-01T00:00Z")
    assert av_seg_selv(tjeneste) == [
        ("OppgaveUtgaatt", "b", "2028-02-01T23:00:00Z"),
        ("OppgaveUtgaatt", "d", "2028-02-01T23:00:00Z"),
        ("OppgaveUtgaatt", "c", "2028-02-02T23:00:00Z"),
        ("OppgaveUtgaatt", "a", "2028-02-03T23:00:00Z"),
    ]


def test_hundreds_expire_at_one_midnight(tjeneste: Tjeneste) -> None:
    for nr in range(130):
        ny_oppgave(tjeneste, ekstern_id=str(nr), frist="2028-02-01")
    tjeneste.klokke("2028-02-01T23:00Z")
    assert av_seg_selv(tjeneste) == [("OppgaveUtgaatt", str(nr), "2028-02-01T23:00:00Z") for nr in range(130)]


# ── What becomes of it before ──

# mutations before the frist 2028-02-01 -> when it expires, if ever
FOER: dict[str, tuple[list[tuple[str, str]], str | None]] = {
    "done": ([("oppgaveUtfoert", "")], None),
    "done though it says later": ([("oppgaveUtfoert", 'utfoertTidspunkt: "2029-01-01T00:00Z"')], None),
    "expired by hand": ([("oppgaveUtgaatt", "")], None),
    "expired by hand, done": ([("oppgaveUtgaatt", ""), ("oppgaveUtfoert", "")], None),
    "done, then more time": ([("oppgaveUtfoert", ""), ("oppgaveUtsettFrist", 'nyFrist: "2028-02-02"')], None),
    "more time": ([("oppgaveUtsettFrist", 'nyFrist: "2028-02-02"')], "2028-02-02T23:00:00Z"),
    "more time twice": (
        [("oppgaveUtsettFrist", 'nyFrist: "2028-02-02"'), ("oppgaveUtsettFrist", 'nyFrist: "2028-02-29"')],
        "2028-02-29T23:00:00Z",
    ),
    "the same frist again": ([("oppgaveUtsettFrist", 'nyFrist: "2028-02-01"')], "2028-02-01T23:00:00Z"),
    "an earlier one is refused": ([("oppgaveUtsettFrist", 'nyFrist: "2028-01-31"')], "2028-02-01T23:00:00Z"),
    "expired by hand, then more time": (
        [("oppgaveUtgaatt", ""), ("oppgaveUtsettFrist", 'nyFrist: "2028-02-02"')],
        "2028-02-02T23:00:00Z",
    ),
    "more time, then done": ([("oppgaveUtsettFrist", 'nyFrist: "2028-02-02"'), ("oppgaveUtfoert", "")], None),
    "deleted": ([("hardDeleteNotifikasjon", "")], None),
}


@pytest.mark.parametrize(("mutasjoner", "utgaar"), FOER.values(), ids=FOER)
def test_what_happens_before_decides(tjeneste: Tjeneste, mutasjoner: list[tuple[str, str]], utgaar: str | None) -> None:
    oppgave_id = ny_oppgave(tjeneste, frist="2028-02-01")["id"]
    ny_oppgave(tjeneste, ekstern_id="en annen", frist="2028-02-01")
    for felt, argumenter in mutasjoner:
        mutasjon(tjeneste, felt, f'id: "{oppgave_id}" {argumenter}')
    tjeneste.klokke("2028-12-01T00:00Z")
    utgaatt = {ekstern_id: naar for _, ekstern_id, naar in av_seg_selv(tjeneste)}
    assert len(av_seg_selv(tjeneste)) == len(utgaatt), "each once"
    assert utgaatt == {"en annen": "2028-02-01T23:00:00Z"} | ({"ekstern-1": utgaar} if utgaar else {})


def test_with_its_sak_it_is_gone_before_it_expires(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste, hardDelete={"om": "P5D"})
    for frist in ("2028-01-13", "2028-02-01"):
        ny_oppgave(tjeneste, ekstern_id=frist, frist=frist, grupperingsid="sak-1")
    tjeneste.klokke("2028-06-01T00:00Z")
    assert [(type_, naar) for type_, _, naar in av_seg_selv(tjeneste)] == [
        ("OppgaveUtgaatt", "2028-01-13T23:00:00Z"),
        *[("HardDelete", "2028-01-15T12:00:00Z")] * 3,
    ]


def test_under_a_deleted_sak_an_oppgave_still_expires(tjeneste: Tjeneste) -> None:
    """It has no sak, and no påminnelse; but it is there, and has a frist."""
    mutasjon(tjeneste, "hardDeleteSak", f'id: "{ny_sak(tjeneste)["id"]}"')
    ny_oppgave(tjeneste, grupperingsid="sak-1", frist="2028-02-01")
    tjeneste.klokke("2028-06-01T00:00Z")
    assert av_seg_selv(tjeneste) == [("OppgaveUtgaatt", "ekstern-1", "2028-02-01T23:00:00Z")]


# ── At the same midnight ──


def test_at_midnight_the_last_paaminnelse_comes_first_and_a_deletion_last(tjeneste: Tjeneste) -> None:
    """The påminnelse is at the last microsecond of the frist's day; the deletion at the midnight that ends it."""
    ny_oppgave(
        tjeneste,
        frist="2028-02-01",
        hard_delete={"den": "2028-02-02T00:00"},
        eksterneVarsler=[sms(tekst="midnatt", tidspunkt="2028-02-02T00:00")],
        paaminnelse={"tidspunkt": {"foerFrist": "P"}, "eksterneVarsler": [paaminnelse_sms(tekst="siste sjanse")]},
    )
    tjeneste.klokke("2028-06-01T00:00Z")
    assert [(type_, naar) for type_, _, naar in av_seg_selv(tjeneste)] == [
        ("PaaminnelseOpprettet", "2028-02-01T22:59:59.999999Z"),
        ("OppgaveUtgaatt", "2028-02-01T23:00:00Z"),
        ("HardDelete", "2028-02-01T23:00:00Z"),
    ]
    assert utboks(tjeneste) == [
        ("siste sjanse", "2028-02-01T22:59:59.999999Z"),
        ("midnatt", "2028-02-01T23:00:00Z"),
    ]


def test_a_paaminnelse_that_is_not_due_at_expiry_is_dropped_with_its_varsler(tjeneste: Tjeneste) -> None:
    """As far as one can be: a påminnelse after the frist is refused, so only expiry by hand comes before it."""
    bestilt = {"tidspunkt": {"foerFrist": "P"}, "eksterneVarsler": [paaminnelse_sms()]}
    oppgave_id = ny_oppgave(tjeneste, frist="2028-02-01", paaminnelse=bestilt)["id"]
    mutasjon(tjeneste, "oppgaveUtgaatt", f'id: "{oppgave_id}"')
    assert tjeneste.rader("SELECT status FROM eksternt_varsel") == [("KANSELLERT",)]
    tjeneste.klokke("2028-06-01T00:00Z")
    assert av_seg_selv(tjeneste) == [] and utboks(tjeneste) == []


# ── What it does to the view ──


def test_clicks_place_and_sak_stay_as_they_were(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    oppgave_id = ny_oppgave(tjeneste, grupperingsid="sak-1", frist="2028-02-01", tekst="utgår")["id"]
    tjeneste.klokke("2028-01-11T00:00Z")
    ny_beskjed(tjeneste, ekstern_id="2", tekst="nyere")
    klikk(tjeneste, oppgave_id)

    def vist() -> Any:
        return [(n["tekst"], n["sorteringTidspunkt"], n["brukerKlikk"]["klikketPaa"]) for n in bjella(tjeneste)]

    foer, endret = vist(), tjeneste.rader("SELECT sist_endret_tidspunkt FROM sak")
    assert sak_by_grupperingsid(tjeneste)["sak"]["frister"] == ["2028-02-01"]
    assert saker(tjeneste)["oppgaveTilstandInfo"] == [{"tilstand": "NY", "antall": 1}]
    tjeneste.klokke("2028-06-01T00:00Z")
    assert vist() == foer == [("nyere", "2028-01-11T00:00:00Z", False), ("utgår", NAA, True)]
    assert tjeneste.rader("SELECT sist_endret_tidspunkt FROM sak") == endret
    sak = sak_by_grupperingsid(tjeneste)["sak"]
    assert sak["frister"] == [] and [o["tilstand"] for o in sak["oppgaver"]] == ["UTGAATT"]
    assert saker(tjeneste)["oppgaveTilstandInfo"] == [{"tilstand": "UTGAATT", "antall": 1}]


def test_its_link_stays_and_its_varsler_are_still_sent(tjeneste: Tjeneste) -> None:
    ny_oppgave(tjeneste, frist="2028-02-01", eksterneVarsler=[sms(tekst="senere", tidspunkt="2028-03-01T10:00")])
    tjeneste.klokke("2028-02-15T00:00Z")
    assert bjella(tjeneste)[0]["lenke"] == "https://eksempel.no/oppgave"
    tjeneste.klokke("2028-06-01T00:00Z")
    assert utboks(tjeneste) == [("senere", "2028-03-01T09:00:00Z")]


# ── Clocks ──


def test_a_clock_set_backwards_neither_reopens_nor_expires_again(tjeneste: Tjeneste) -> None:
    oppgave_id = ny_oppgave(tjeneste, frist="2028-02-01")["id"]
    tjeneste.klokke("2028-02-02T00:00Z")
    for klokken in (NAA, "2028-02-03T00:00Z"):
        tjeneste.klokke(klokken)
        assert tilstand(tjeneste, oppgave_id) == "UTGAATT"
    assert len(av_seg_selv(tjeneste)) == 1


def test_reopened_while_the_clock_is_back_it_expires_a_second_time(tjeneste: Tjeneste) -> None:
    oppgave_id = ny_oppgave(tjeneste, frist="2028-02-01")["id"]
    tjeneste.klokke("2028-02-02T00:00Z")
    tjeneste.klokke(NAA)
    mutasjon(tjeneste, "oppgaveUtsettFrist", f'id: "{oppgave_id}" nyFrist: "2028-02-01"')
    tjeneste.utvikling("POST", "/dev/jobber")
    assert tilstand(tjeneste, oppgave_id) == "NY"
    tjeneste.klokke("2028-02-01T23:00Z")
    assert [naar for *_, naar in av_seg_selv(tjeneste)] == ["2028-02-01T23:00:00Z"] * 2


def test_paaminnelse_comes_before_the_expiry_that_is_asked_for_first(tmp_path: Path) -> None:
    """An oppgave made when both were past: the worker may learn of the one and not yet of the other."""
    register = Register(config.load(ROOT / "config.toml").produsent)
    now = tid.parse_tidspunkt("2030-06-03T10:00Z")
    with closing(Database(tmp_path / "a.db", ROOT / "schema.sql")) as database:
        kall = Kall(database, now, FAGER, register.finn(FAGER), True)
        svar = oppgave.ny_oppgave(
            kall,
            {
                "mottakere": [RESSURS],
                "notifikasjon": {"merkelapp": "fager", "tekst": "Sen", "lenke": ""},
                "metadata": {
                    "virksomhetsnummer": BAKERIET,
                    "eksternId": "sen",
                    "opprettetTidspunkt": tid.parse_tidspunkt("2030-05-01T10:00Z"),
                },
                "frist": "2030-06-01",
                "paaminnelse": {"tidspunkt": {"konkret": tid.parse_lokal("2030-05-20T12:00")}},
            },
        )
        while oppgave.utgaa_neste(database, now):
            pass
        hendelser = database.read().execute(
            "SELECT type FROM hendelse WHERE aggregat_id = ? AND hvem = 'system' ORDER BY nr", (svar["id"],)
        )
        assert [type_ for (type_,) in hendelser] == ["PaaminnelseOpprettet", "OppgaveUtgaatt"]
