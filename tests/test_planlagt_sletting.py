"""Deletions that were ordered ahead: when they happen, in which order, what goes with them, and that it is gone."""

from typing import Any

import pytest
from bruker import bjella, klikk, sak_by_grupperingsid, saker, titler
from produsent import (
    av_seg_selv,
    hent,
    hent_sak,
    mutasjon,
    ny_beskjed,
    ny_kalenderavtale,
    ny_oppgave,
    ny_sak,
    paaminnelse_sms,
    slettetider,
    sms,
    utboks,
)
from tjeneste import ANNE, BAKERIET, DAGNY, NILS, RESSURS, Tjeneste, leder

from server import tid

NAA = "2028-01-10T12:00:00Z"


@pytest.fixture(autouse=True)
def _dagny_og_klokka(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    tjeneste.tilgang(DAGNY, BAKERIET)


def like_foer(tidspunkt: str) -> str:
    return tid.format_utc(tid.parse_tidspunkt(tidspunkt) - 1)


# ── The instant ──

# base of `om`, hardDelete -> the instant
TIDER: list[tuple[str, dict[str, str], str]] = [
    (NAA, {"om": "PT0.000001S"}, "2028-01-10T12:00:00.000001Z"),
    ("2028-01-31T11:00:00Z", {"om": "P1M"}, "2028-02-29T11:00:00Z"),
    ("2029-01-31T11:00:00Z", {"om": "P1M"}, "2029-02-28T11:00:00Z"),
    ("2028-02-29T11:00:00Z", {"om": "P1Y"}, "2029-02-28T11:00:00Z"),
    ("2028-02-29T11:00:00Z", {"om": "P4Y"}, "2032-02-29T11:00:00Z"),
    ("2028-05-31T11:00:00Z", {"om": "P1M1D"}, "2028-07-01T11:00:00Z"),
    ("2028-01-31T23:30:00Z", {"om": "P1M"}, "2028-02-29T23:30:00Z"),  # February in Oslo too, but counted in UTC
    ("2028-03-25T11:00:00Z", {"om": "P1D"}, "2028-03-26T11:00:00Z"),  # noon, and then one o'clock
    (NAA, {"den": "2028-03-26T02:30"}, "2028-03-26T01:30:00Z"),  # skipped
    (NAA, {"den": "2028-10-29T02:30"}, "2028-10-29T00:30:00Z"),  # twice: the first
    (NAA, {"den": "2028-02-29T00:00"}, "2028-02-28T23:00:00Z"),
    (NAA, {"den": "2028-12-31T23:59:59.999999"}, "2028-12-31T22:59:59.999999Z"),
]


@pytest.mark.parametrize(("base", "hard_delete", "instant"), TIDER, ids=str)
def test_deleted_from_the_planned_instant_on(
    tjeneste: Tjeneste, base: str, hard_delete: dict[str, str], instant: str
) -> None:
    """Reckoned from opprettetTidspunkt for an oppgave and a beskjed, from tidspunkt for a sak."""
    oppgave_id = ny_oppgave(tjeneste, ekstern_id="o", opprettet=base, hard_delete=hard_delete)["id"]
    beskjed_id = ny_beskjed(tjeneste, ekstern_id="b", opprettet=base, hard_delete=hard_delete)["id"]
    sak_id = ny_sak(tjeneste, tidspunkt=base, hardDelete=hard_delete)["id"]
    tjeneste.klokke(like_foer(instant))
    assert slettetider(tjeneste) == [] and len(bjella(tjeneste)) == 2
    assert titler(saker(tjeneste)) == ["Søknad om fritak"]
    tjeneste.klokke(instant)
    assert slettetider(tjeneste) == [instant] * 3
    assert bjella(tjeneste) == [] and saker(tjeneste)["saker"] == []
    assert [hent(tjeneste, i)["__typename"] for i in (oppgave_id, beskjed_id)] == ["NotifikasjonFinnesIkke"] * 2
    assert hent_sak(tjeneste, sak_id)["__typename"] == "SakFinnesIkke"


@pytest.mark.parametrize(("klokken", "instant"), [("2028-01-31T11:00:00Z", "2028-02-29T11:00:00Z")])
def test_an_appointment_is_reckoned_from_the_call(tjeneste: Tjeneste, klokken: str, instant: str) -> None:
    ny_sak(tjeneste)
    tjeneste.klokke(klokken)
    ny_kalenderavtale(tjeneste, startTidspunkt="2020-01-01T00:00Z", hardDelete={"om": "P1M"})
    tjeneste.klokke("2030-01-01T00:00Z")
    assert slettetider(tjeneste) == [instant]


def test_a_time_that_has_passed_is_now(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste, hardDelete={"den": "2001-01-01T00:00"})
    ny_beskjed(tjeneste, opprettet="2027-01-01T00:00Z", hard_delete={"om": "P1D"})
    tjeneste.utvikling("POST", "/dev/jobber")
    assert slettetider(tjeneste) == [NAA] * 2
    assert tjeneste.rader("SELECT DISTINCT hvem FROM hendelse WHERE type = 'HardDelete'") == [("system",)]


# ── The order ──


def test_the_oldest_is_deleted_first_whatever_it_is(tjeneste: Tjeneste) -> None:
    """Also when they are all late: two years pass in one go, and the deletions that were due before come first."""
    ider = {}
    for nr, dager in enumerate([9, 2, 7, 4]):
        svar = ny_sak(tjeneste, grupperingsid=str(nr), hardDelete={"om": f"P{dager}D"})
        ider[svar["id"]] = dager
    for nr, dager in enumerate([1, 8, 3, 6, 5]):
        svar = ny_beskjed(tjeneste, ekstern_id=str(nr), hard_delete={"om": f"P{dager}D"})
        ider[svar["id"]] = dager
    tjeneste.klokke("2030-01-01T00:00Z")
    slettet = tjeneste.rader("SELECT aggregat_id, tidspunkt FROM hendelse WHERE type = 'HardDelete' ORDER BY nr")
    assert [ider[aggregat_id] for aggregat_id, _ in slettet] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    doegn = 86_400_000_000
    assert [tidspunkt for _, tidspunkt in slettet] == [tid.parse_tidspunkt(NAA) + dag * doegn for dag in range(1, 10)]


def test_there_is_no_limit_to_how_many_go_at_once(tjeneste: Tjeneste) -> None:
    for nr in range(130):
        ny_beskjed(tjeneste, ekstern_id=str(nr), hard_delete={"om": "P1D"})
    tjeneste.klokke("2028-01-11T12:00Z")
    assert slettetider(tjeneste) == ["2028-01-11T12:00:00Z"] * 130
    assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(0,)]


# ── Moved ──

# updates of a sak that is planned to go on 2028-02-01T12:00Z, each on its day -> when it goes
FLYTT = {
    "not moved by a status without one": ([("2028-01-15T00:00Z", "")], "2028-02-01T12:00:00Z"),
    "prolonged": ([("2028-01-15T00:00Z", 'om: "P1M" FORLENG')], "2028-02-15T00:00:00Z"),
    "prolonged twice, the second time by less": (
        [("2028-01-15T00:00Z", 'om: "P2M" FORLENG'), ("2028-01-20T00:00Z", 'om: "P1M" FORLENG')],
        "2028-03-15T00:00:00Z",
    ),
    "not prolonged by an earlier time": ([("2028-01-15T00:00Z", 'om: "P1D" FORLENG')], "2028-02-01T12:00:00Z"),
    "prolonged at the last microsecond": (
        [("2028-02-01T11:59:59.999999Z", 'om: "P1D" FORLENG')],
        "2028-02-02T11:59:59.999999Z",
    ),
    "overwritten by a later": ([("2028-01-15T00:00Z", 'om: "P1M" OVERSKRIV')], "2028-02-15T00:00:00Z"),
    "overwritten by an earlier": ([("2028-01-15T00:00Z", 'om: "P1D" OVERSKRIV')], "2028-01-16T00:00:00Z"),
    "overwritten by a past time": (
        [("2028-01-15T00:00Z", 'den: "2001-01-01T00:00" OVERSKRIV')],
        "2028-01-15T00:00:00Z",
    ),
    "back and forth": (
        [
            ("2028-01-15T00:00Z", 'om: "P1Y" FORLENG'),
            ("2028-01-16T00:00Z", 'den: "2028-02-29T01:00" OVERSKRIV'),
            ("2028-02-28T00:00Z", 'om: "P1D" FORLENG'),
        ],
        "2028-02-29T00:00:00Z",
    ),
    "on a leap day, for a year": ([("2028-01-31T12:00Z", 'om: "P1Y1M" FORLENG')], "2029-02-28T12:00:00Z"),
}


@pytest.mark.parametrize(("oppdateringer", "gaar"), FLYTT.values(), ids=FLYTT)
def test_a_moved_deletion_happens_at_the_new_time_and_not_at_the_old(
    tjeneste: Tjeneste, oppdateringer: list[tuple[str, str]], gaar: str
) -> None:
    sak_id = ny_sak(tjeneste, hardDelete={"om": "P22D"})["id"]
    for klokken, ny_tid in oppdateringer:
        tjeneste.klokke(klokken)
        tidspunkt, _, strategi = ny_tid.rpartition(" ")
        hard_delete = f"hardDelete: {{ nyTid: {{ {tidspunkt} }} strategi: {strategi} }}" if ny_tid else ""
        assert mutasjon(tjeneste, "nyStatusSak", f'id: "{sak_id}" nyStatus: FERDIG {hard_delete}')["id"]
    tjeneste.utvikling("POST", "/dev/jobber")
    tjeneste.klokke("2031-01-01T00:00Z")
    assert slettetider(tjeneste) == [gaar]


def test_done_and_cleaned_up_in_one_call(tjeneste: Tjeneste) -> None:
    """What the guide shows producers: a done oppgave goes after a while, also if it was planned to stay longer."""
    oppgave_id = ny_oppgave(tjeneste, hard_delete={"om": "P2Y"})["id"]
    tjeneste.klokke("2028-01-31T12:00Z")
    mutasjon(
        tjeneste, "oppgaveUtfoert", f'id: "{oppgave_id}" hardDelete: {{ nyTid: {{ om: "P1M" }} strategi: OVERSKRIV }}'
    )
    tjeneste.klokke("2031-01-01T00:00Z")
    assert slettetider(tjeneste) == ["2028-02-29T12:00:00Z"]


# ── What goes with it ──


def test_a_sak_takes_its_notifikasjoner_and_all_that_they_had_before_them(tjeneste: Tjeneste) -> None:
    """Frist, start, påminnelse and a deletion of their own, all later; what was made before the sak goes as well."""
    ny_oppgave(tjeneste, ekstern_id="før saken", grupperingsid="sak-1", frist="2028-03-01", mottakere=[leder()])
    ny_sak(tjeneste, hardDelete={"om": "P1M"})
    bestilt = {"tidspunkt": {"konkret": "2028-02-20T10:00"}, "eksterneVarsler": [paaminnelse_sms(tekst="aldri")]}
    ny_oppgave(tjeneste, grupperingsid="sak-1", frist="2028-03-01", paaminnelse=bestilt, hard_delete={"om": "P1Y"})
    ny_kalenderavtale(
        tjeneste,
        startTidspunkt="2028-03-01T10:00",
        paaminnelse=bestilt,
        eksterneVarsler=[sms("40000000", "bestilt", tidspunkt="2028-04-01T10:00")],
    )
    ny_beskjed(tjeneste, ekstern_id="annen merkelapp", merkelapp="fager2", grupperingsid="sak-1")
    ny_beskjed(tjeneste, ekstern_id="annen sak", grupperingsid="sak-2")
    tjeneste.klokke("2030-01-01T00:00Z")
    assert [(type_, naar) for type_, _, naar in av_seg_selv(tjeneste)] == [("HardDelete", "2028-02-10T12:00:00Z")] * 4
    assert tjeneste.rader("SELECT ekstern_id FROM notifikasjon ORDER BY nr") == [("annen merkelapp",), ("annen sak",)]
    assert tjeneste.rader("SELECT count(*) FROM paaminnelse") == [(0,)]
    assert utboks(tjeneste) == [("bestilt", "2028-04-01T08:00:00Z")], "what was ordered is sent, påminnelser are not"
    assert tjeneste.rader("SELECT status, mottaker, sms_tekst FROM eksternt_varsel") == [("SENDT", None, None)]


def test_a_notifikasjon_leaves_its_sak_and_the_others_in_it(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    ny_oppgave(tjeneste, ekstern_id="1", grupperingsid="sak-1", tekst="går", hard_delete={"om": "P1D"})
    ny_oppgave(tjeneste, ekstern_id="2", grupperingsid="sak-1", tekst="blir", frist="2028-02-01")
    endret = tjeneste.rader("SELECT sist_endret_tidspunkt FROM sak")
    tjeneste.klokke("2028-01-12T00:00Z")
    sak = sak_by_grupperingsid(tjeneste)["sak"]
    assert [element["tekst"] for element in sak["tidslinje"]] == ["blir"]
    assert saker(tjeneste)["oppgaveTilstandInfo"] == [{"tilstand": "NY", "antall": 1}]
    assert tjeneste.rader("SELECT sist_endret_tidspunkt FROM sak") == endret
    tjeneste.klokke("2028-02-02T00:00Z")
    assert saker(tjeneste)["oppgaveTilstandInfo"] == [{"tilstand": "UTGAATT", "antall": 1}]


def test_the_last_oppgave_of_a_sak_takes_its_state_out_of_the_counts(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    ny_oppgave(tjeneste, grupperingsid="sak-1", hard_delete={"om": "P1D"})
    assert saker(tjeneste)["oppgaveTilstandInfo"] == [{"tilstand": "NY", "antall": 1}]
    tjeneste.klokke("2028-01-12T00:00Z")
    assert saker(tjeneste)["oppgaveTilstandInfo"] == [] and titler(saker(tjeneste)) == ["Søknad om fritak"]


def test_names_of_a_deleted_notifikasjon_are_free_and_those_of_a_deleted_sak_are_not(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste, hardDelete={"om": "P1D"})
    foer = ny_oppgave(tjeneste, grupperingsid="sak-1", frist="2028-02-01")["id"]
    tjeneste.klokke("2028-01-12T00:00Z")
    etter = ny_oppgave(tjeneste, grupperingsid="sak-1", frist="2028-02-01")
    assert etter["__typename"] == "NyOppgaveVellykket" and etter["id"] != foer
    assert ny_sak(tjeneste)["__typename"] == "DuplikatGrupperingsidEtterDelete"
    assert ny_kalenderavtale(tjeneste)["__typename"] == "SakFinnesIkke"
    tjeneste.klokke("2028-06-01T00:00Z")
    assert slettetider(tjeneste) == ["2028-01-11T12:00:00Z"] * 2, "the plan went with what it was for"


def test_deleted_by_hand_before_its_time_it_is_deleted_once(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste, hardDelete={"om": "P9D"})["id"]
    beskjed_id = ny_beskjed(tjeneste, hard_delete={"om": "P9D"})["id"]
    mutasjon(tjeneste, "hardDeleteSak", f'id: "{sak_id}"')
    mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{beskjed_id}"')
    tjeneste.klokke("2028-06-01T00:00Z")
    assert slettetider(tjeneste) == [NAA] * 2 and av_seg_selv(tjeneste) == []


# ── Deleted means gone ──


def test_nothing_of_it_can_be_found_in_any_table(tjeneste: Tjeneste) -> None:
    hemmelig, nummer = "Fortrolig-7", "99999999"
    tekster: dict[str, Any] = {"lenke": hemmelig, "grupperingsid": hemmelig, "mottakere": [leder()]}
    sak_id = ny_sak(
        tjeneste,
        tittel=hemmelig,
        overstyrStatustekstMed=hemmelig,
        nesteSteg=hemmelig,
        hardDelete={"om": "P9D"},
        **tekster,
    )["id"]
    bestilt = {"tidspunkt": {"etterOpprettelse": "P1D"}, "eksterneVarsler": [paaminnelse_sms(nummer, hemmelig)]}
    senere = {"tidspunkt": {"etterOpprettelse": "P20D"}, "eksterneVarsler": [paaminnelse_sms(nummer, hemmelig)]}
    for ekstern_id, paaminnelse in (("fyrt", bestilt), ("venter", senere)):
        ny_oppgave(
            tjeneste,
            ekstern_id=f"{hemmelig}-{ekstern_id}",
            tekst=hemmelig,
            frist="2028-01-12",
            paaminnelse=paaminnelse if ekstern_id == "fyrt" else None,
            **tekster,
        )
        ny_kalenderavtale(
            tjeneste,
            eksternId=f"{hemmelig}-avtale-{ekstern_id}",
            tekst=hemmelig,
            startTidspunkt="2028-02-20T10:00",
            lokasjon={"adresse": hemmelig, "postnummer": hemmelig, "poststed": hemmelig},
            eksterneVarsler=[sms(nummer, hemmelig, tidspunkt="2028-01-25T10:00")] if ekstern_id == "venter" else [],
            paaminnelse=paaminnelse,
            **tekster,
        )
    tjeneste.naermeste_leder()
    for notifikasjon in bjella(tjeneste, NILS):
        klikk(tjeneste, notifikasjon["id"], NILS)
    mutasjon(tjeneste, "nesteStegSak", f'id: "{sak_id}" idempotencyKey: "{hemmelig}" nesteSteg: "{hemmelig}"')
    tjeneste.klokke("2028-01-19T11:59:59.999999Z")
    assert {"hendelse", "notifikasjon", "sak", "eksternt_varsel"} <= set(tabeller_med(tjeneste, hemmelig))

    tjeneste.klokke("2028-01-19T12:00Z")
    tjeneste.utvikling("DELETE", "/dev/utboks")  # what went out before is not ours to call back
    assert tabeller_med(tjeneste, hemmelig) == ["eksternt_varsel"], "what has yet to be sent needs its words"
    assert tjeneste.rader("SELECT count(*) FROM eksternt_varsel WHERE mottaker IS NOT NULL") == [(1,)]
    tjeneste.klokke("2028-01-25T10:00")
    assert utboks(tjeneste) == [(hemmelig, "2028-01-25T09:00:00Z")]
    tjeneste.utvikling("DELETE", "/dev/utboks")
    for spor in (hemmelig, hemmelig.lower(), nummer):
        assert tabeller_med(tjeneste, spor) == []
    # What stays of people is that they lead each other, which is not ours to delete.
    assert tabeller_med(tjeneste, NILS) == tabeller_med(tjeneste, ANNE) == ["naermeste_leder"]
    tjeneste.klokke("2028-06-01T00:00Z")
    assert tabeller_med(tjeneste, hemmelig) == []


def test_a_key_that_names_people_is_erased_with_the_last_that_asks_for_it(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste, mottakere=[RESSURS, leder()], hardDelete={"om": "P2D"})
    ny_oppgave(tjeneste, grupperingsid="sak-1", mottakere=[leder()])
    ny_beskjed(tjeneste, ekstern_id="b", mottakere=[leder(), RESSURS], hard_delete={"om": "P1D"})
    ny_beskjed(tjeneste, ekstern_id="c", mottakere=[RESSURS])
    for klokken, navngir in (("2028-01-11T12:00Z", True), ("2028-01-12T12:00Z", False)):
        tjeneste.klokke(klokken)
        assert bool(tjeneste.rader("SELECT 1 FROM tilgang WHERE noekkel LIKE ?", f"%{ANNE}%")) == navngir
    assert len(tjeneste.rader("SELECT * FROM tilgang")) == 1, "the other one is still asked for"
    assert [n["tekst"] for n in bjella(tjeneste)] == ["Gå og gjør det"]


def test_clicks_go_with_it(tjeneste: Tjeneste) -> None:
    beskjed_id = ny_beskjed(tjeneste, hard_delete={"om": "P1D"})["id"]
    klikk(tjeneste, beskjed_id)
    tjeneste.klokke("2028-01-12T00:00Z")
    assert klikk(tjeneste, beskjed_id)["__typename"] == "UgyldigId"
    assert tjeneste.rader("SELECT * FROM bruker_klikk") == []
    assert tjeneste.rader("SELECT type, hvem, innhold FROM hendelse ORDER BY nr") == [
        ("BeskjedOpprettet", "fager", None),
        ("BrukerKlikket", "bruker", None),
        ("HardDelete", "system", "{}"),
    ]


# ── Clocks ──


def test_a_clock_set_backwards_brings_nothing_back_and_deletes_nothing_twice(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste, hardDelete={"om": "P1D"})
    ny_oppgave(tjeneste, grupperingsid="sak-1", frist="2028-02-01")
    ny_beskjed(tjeneste, ekstern_id="b", hard_delete={"om": "P2D"})
    for klokken in ("2028-01-11T12:00Z", NAA, "2028-01-12T11:59Z", NAA, "2028-03-01T00:00Z"):
        tjeneste.klokke(klokken)
    assert slettetider(tjeneste) == ["2028-01-11T12:00:00Z"] * 2 + ["2028-01-12T12:00:00Z"]
    assert bjella(tjeneste) == []


def tabeller_med(tjeneste: Tjeneste, spor: str) -> list[str]:
    """But for the sessions: whoever has logged in stays so, whatever is deleted, also in the tests before."""
    tabeller = [navn for (navn,) in tjeneste.rader("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    tabeller.remove("oekt")
    return [navn for navn in tabeller if spor in str(tjeneste.rader(f"SELECT * FROM {navn}"))]
