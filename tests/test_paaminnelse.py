"""Påminnelser in time: when they fire, what they do to everybody's view, and when they do not fire."""

from typing import Any

import pytest
from bruker import bjella, klikk, saker, titler
from produsent import (
    av_seg_selv,
    hent,
    mutasjon,
    ny_beskjed,
    ny_kalenderavtale,
    ny_oppgave,
    ny_sak,
    paaminnelse_sms,
    sms,
    utboks,
)
from tjeneste import BAKERIET, DAGNY, NILS, RESSURS, Tjeneste, leder

from server import tid

NAA = "2028-01-10T12:00:00Z"  # a Monday, before a leap day
SAK = 'merkelapp: "fager" grupperingsid: "sak-1"'


@pytest.fixture(autouse=True)
def _dagny_og_klokka(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    tjeneste.tilgang(DAGNY, BAKERIET)


def om(varighet: str, *varsler: Any) -> dict[str, Any]:
    return {"tidspunkt": {"etterOpprettelse": varighet}, "eksterneVarsler": list(varsler)}


def om_gql(varighet: str, varsel: str = "") -> str:
    varsler = (
        f'eksterneVarsler: {{ sms: {{ mottaker: {{ kontaktinfo: {{ tlf: "40000000" }} }} smsTekst: "{varsel}" '
        "sendevindu: LOEPENDE } }"
    )
    tidspunkt = f'tidspunkt: {{ etterOpprettelse: "{varighet}" }}'
    return f"paaminnelse: {{ {tidspunkt} {varsler if varsel else ''} }}"


def like_foer(tidspunkt: str) -> str:
    return tid.format_utc(tid.parse_tidspunkt(tidspunkt) - 1)


def utloest(tjeneste: Tjeneste) -> list[tuple[str | None, str]]:
    """(eksternId, when) of those that have fired, in order."""
    return [(ekstern_id, naar) for type_, ekstern_id, naar in av_seg_selv(tjeneste) if type_ == "PaaminnelseOpprettet"]


# ── The instant ──

# opprettet, frist, when -> the instant
FOR_OPPGAVE: list[tuple[str, str | None, dict[str, str], str]] = [
    (NAA, None, {"konkret": "2028-02-01T08:00"}, "2028-02-01T07:00:00Z"),
    (NAA, None, {"konkret": "2028-07-01T08:00"}, "2028-07-01T06:00:00Z"),
    (NAA, None, {"konkret": "2028-02-29T23:59:59.999999"}, "2028-02-29T22:59:59.999999Z"),
    (NAA, None, {"konkret": "2028-03-01T00:00"}, "2028-02-29T23:00:00Z"),
    (NAA, None, {"konkret": "2028-03-26T02:30"}, "2028-03-26T01:30:00Z"),  # skipped: half past three
    (NAA, None, {"konkret": "2028-10-29T02:30"}, "2028-10-29T00:30:00Z"),  # twice: the first
    (NAA, None, {"konkret": "2028-10-29T03:00"}, "2028-10-29T02:00:00Z"),
    ("2028-01-31T11:00:00Z", None, {"etterOpprettelse": "P1M"}, "2028-02-29T11:00:00Z"),
    ("2029-01-31T11:00:00Z", None, {"etterOpprettelse": "P1M"}, "2029-02-28T11:00:00Z"),
    ("2028-01-30T11:00:00Z", None, {"etterOpprettelse": "P1M1D"}, "2028-03-01T11:00:00Z"),
    ("2028-02-29T11:00:00Z", None, {"etterOpprettelse": "P1Y"}, "2029-02-28T11:00:00Z"),
    ("2028-02-29T11:00:00Z", None, {"etterOpprettelse": "P4Y"}, "2032-02-29T11:00:00Z"),
    ("2028-03-25T11:00:00Z", None, {"etterOpprettelse": "P1D"}, "2028-03-26T11:00:00Z"),  # noon, and then one o'clock
    ("2028-12-31T23:30:00Z", None, {"etterOpprettelse": "PT29M59.999999S"}, "2028-12-31T23:59:59.999999Z"),
    (NAA, None, {"etterOpprettelse": "PT0.000001S"}, "2028-01-10T12:00:00.000001Z"),
    (NAA, "2028-03-31", {"foerFrist": "P1M"}, "2028-02-29T22:59:59.999999Z"),
    (NAA, "2029-03-31", {"foerFrist": "P1M"}, "2029-02-28T22:59:59.999999Z"),
    (NAA, "2028-06-01", {"foerFrist": "P"}, "2028-06-01T21:59:59.999999Z"),
    (NAA, "2028-03-26", {"foerFrist": "PT1H"}, "2028-03-26T20:59:59.999999Z"),
    (NAA, "2028-03-26", {"foerFrist": "PT22H"}, "2028-03-26T00:59:59.999999Z"),  # 22 hours on the clock, 21 in truth
    (NAA, "2028-10-29", {"foerFrist": "PT22H"}, "2028-10-28T23:59:59.999999Z"),
    (NAA, "2028-03-27", {"foerFrist": "PT45H30M"}, "2028-03-26T01:29:59.999999Z"),  # 02:29:59 was skipped
    (NAA, "2028-11-05", {"foerFrist": "P7D"}, "2028-10-29T22:59:59.999999Z"),
]
# start, when -> the instant
FOR_AVTALE: list[tuple[str, dict[str, str], str]] = [
    ("2028-06-01T10:00", {"foerStartTidspunkt": "PT1H"}, "2028-06-01T07:00:00Z"),
    ("2028-06-01T10:00", {"foerStartTidspunkt": "P"}, "2028-06-01T08:00:00Z"),
    ("2028-06-01T10:00", {"konkret": "2028-06-01T10:00"}, "2028-06-01T08:00:00Z"),
    ("2028-03-26T10:00", {"foerStartTidspunkt": "P1D"}, "2028-03-25T09:00:00Z"),  # ten o'clock the day before
    ("2028-03-26T10:00", {"foerStartTidspunkt": "PT24H"}, "2028-03-25T09:00:00Z"),
    ("2028-03-27T02:30", {"foerStartTidspunkt": "P1D"}, "2028-03-26T01:30:00Z"),
    ("2028-03-31T10:00", {"foerStartTidspunkt": "P1M"}, "2028-02-29T09:00:00Z"),
    ("2029-02-28T10:00", {"foerStartTidspunkt": "P1Y"}, "2028-02-28T09:00:00Z"),
    ("2028-10-29T02:30+01:00", {"foerStartTidspunkt": "P"}, "2028-10-29T00:30:00Z"),  # the clock shows it twice
    ("2028-10-29T12:00", {"etterOpprettelse": "P9M"}, "2028-10-10T12:00:00Z"),
]


@pytest.mark.parametrize(("opprettet", "frist", "naar", "instant"), FOR_OPPGAVE, ids=str)
def test_an_oppgave_is_new_again_from_the_planned_instant_on(
    tjeneste: Tjeneste, opprettet: str, frist: str | None, naar: dict[str, str], instant: str
) -> None:
    ny_oppgave(tjeneste, ekstern_id="o", opprettet=opprettet, frist=frist, paaminnelse={"tidspunkt": naar})
    _fyrer_fra(tjeneste, "o", opprettet, instant)


@pytest.mark.parametrize(("start", "naar", "instant"), FOR_AVTALE, ids=str)
def test_a_kalenderavtale_is_new_again_from_the_planned_instant_on(
    tjeneste: Tjeneste, start: str, naar: dict[str, str], instant: str
) -> None:
    ny_sak(tjeneste)
    ny_kalenderavtale(tjeneste, eksternId="a", startTidspunkt=start, paaminnelse={"tidspunkt": naar})
    _fyrer_fra(tjeneste, "a", NAA, instant)


def _fyrer_fra(tjeneste: Tjeneste, ekstern_id: str, opprettet: str, instant: str) -> None:
    tjeneste.klokke(like_foer(instant))
    assert av_seg_selv(tjeneste) == []
    (vist,) = bjella(tjeneste)
    assert (vist["paaminnelseTidspunkt"], vist["sorteringTidspunkt"]) == (None, opprettet)
    tjeneste.klokke(instant)
    assert av_seg_selv(tjeneste) == [("PaaminnelseOpprettet", ekstern_id, instant)]
    (vist,) = bjella(tjeneste)
    assert vist["paaminnelseTidspunkt"] == vist["sorteringTidspunkt"] == instant
    assert vist["opprettetTidspunkt"] == opprettet


def test_one_that_is_late_already_fires_at_once_and_counts_from_when_it_was_planned(tjeneste: Tjeneste) -> None:
    """It sorts and moves its sak by the plan; the history tells when it happened."""
    ny_sak(tjeneste, tidspunkt="2027-06-01T00:00Z")
    ny_sak(tjeneste, grupperingsid="annen", tittel="Annen", tidspunkt="2027-12-01T00:00Z")
    ny_beskjed(tjeneste, ekstern_id="eldre", tekst="eldre", opprettet="2027-08-31T00:00Z")
    ny_beskjed(tjeneste, ekstern_id="nyere", tekst="nyere", opprettet="2027-09-02T00:00Z")
    gammel = {"opprettet": "2027-07-01T10:00Z", "grupperingsid": "sak-1", "tekst": "sen"}
    ny_oppgave(tjeneste, paaminnelse=om("P2M"), **gammel)
    tjeneste.utvikling("POST", "/dev/jobber")
    assert utloest(tjeneste) == [("ekstern-1", NAA)]
    assert [n["tekst"] for n in bjella(tjeneste)] == ["nyere", "sen", "eldre"]
    assert bjella(tjeneste)[1]["paaminnelseTidspunkt"] == "2027-09-01T10:00:00Z"
    assert titler(saker(tjeneste)) == ["Annen", "Søknad om fritak"]
    assert tjeneste.rader("SELECT sist_endret_tidspunkt FROM sak WHERE grupperingsid = 'sak-1'") == [
        (tid.parse_tidspunkt("2027-09-01T10:00Z"),)
    ]


def test_a_sak_is_never_moved_back(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    ny_oppgave(tjeneste, grupperingsid="sak-1", paaminnelse=om("P1D"))
    mutasjon(tjeneste, "nyStatusSak", f'id: "{sak_id}" nyStatus: FERDIG tidspunkt: "2028-01-12T00:00Z"')
    tjeneste.klokke("2028-01-20T00:00Z")
    assert len(utloest(tjeneste)) == 1
    assert tjeneste.rader("SELECT sist_endret_tidspunkt FROM sak") == [(tid.parse_tidspunkt("2028-01-12T00:00Z"),)]


def test_several_fire_in_order_of_time_and_at_one_instant_in_the_order_they_were_ordered(tjeneste: Tjeneste) -> None:
    for ekstern_id, varighet in (("a", "P3D"), ("b", "P1D"), ("c", "P2D"), ("d", "P1D"), ("e", "PT24H")):
        ny_oppgave(tjeneste, ekstern_id=ekstern_id, paaminnelse=om(varighet))
    tjeneste.klokke("2028-02-01T00:00Z")
    assert utloest(tjeneste) == [
        ("b", "2028-01-11T12:00:00Z"),
        ("d", "2028-01-11T12:00:00Z"),
        ("e", "2028-01-11T12:00:00Z"),
        ("c", "2028-01-12T12:00:00Z"),
        ("a", "2028-01-13T12:00:00Z"),
    ]


# ── What it does ──


def test_it_is_bold_again_to_all_who_clicked_and_to_no_other_notifikasjon(tjeneste: Tjeneste) -> None:
    tjeneste.naermeste_leder()
    paaminnet = ny_oppgave(tjeneste, ekstern_id="1", paaminnelse=om("P1D"), mottakere=[RESSURS, leder()])["id"]
    annen = ny_oppgave(tjeneste, ekstern_id="2", mottakere=[RESSURS, leder()])["id"]
    for fnr in (DAGNY, NILS):
        for notifikasjon_id in (paaminnet, annen):
            klikk(tjeneste, notifikasjon_id, fnr)
    tjeneste.klokke("2028-01-11T12:00Z")
    for fnr in (DAGNY, NILS):
        sett = {n["id"]: n["brukerKlikk"]["klikketPaa"] for n in bjella(tjeneste, fnr)}
        assert sett == {paaminnet: False, annen: True}

    # A click after it stays.
    klikk(tjeneste, paaminnet)
    tjeneste.klokke("2028-01-20T12:00Z")
    assert {n["id"]: n["brukerKlikk"]["klikketPaa"] for n in bjella(tjeneste)}[paaminnet] is True


def test_the_producer_sees_nothing_of_it(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    start = {"startTidspunkt": "2028-06-01T10:00"}
    ider = [
        ny_oppgave(tjeneste, frist="2028-02-01", paaminnelse=om("P1D"))["id"],
        ny_kalenderavtale(tjeneste, paaminnelse=om("P1D", paaminnelse_sms()), **start)["id"],
    ]
    foer = [hent(tjeneste, i) for i in ider]
    tjeneste.klokke("2028-01-12T00:00Z")
    assert len(utloest(tjeneste)) == 2
    assert [hent(tjeneste, i) for i in ider] == foer


def test_the_history_tells_what_was_planned_and_which_sak(tjeneste: Tjeneste) -> None:
    oppgave_id = ny_oppgave(tjeneste, opprettet="2027-07-01T10:00Z", grupperingsid="sak-1", paaminnelse=om("P1D"))["id"]
    tjeneste.utvikling("POST", "/dev/jobber")
    assert tjeneste.rader(
        """
        SELECT aggregat_id, merkelapp, grupperingsid, tidspunkt, innhold FROM hendelse
         WHERE type = 'PaaminnelseOpprettet'
        """
    ) == [(oppgave_id, "fager", "sak-1", tid.parse_tidspunkt(NAA), '{"tidspunkt":"2027-07-02T10:00:00Z"}')]


# ── Replaced, removed, re-ordered ──


def test_after_changes_each_oppgave_is_reminded_by_its_last_order_only(tjeneste: Tjeneste) -> None:
    """a and b change places, c loses its own, d gets one; e's is moved with its frist, and f's is dropped with it."""
    for ekstern_id, varighet in (("a", "P1D"), ("b", "P9D"), ("c", "P2D"), ("d", None), ("e", "P3D"), ("f", "P3D")):
        bestilt = om(varighet, paaminnelse_sms(tekst=f"{ekstern_id} først")) if varighet else None
        ny_oppgave(tjeneste, ekstern_id=ekstern_id, frist="2028-01-31", paaminnelse=bestilt)

    def endre(ekstern_id: str, felt: str, argumenter: str) -> None:
        navn = f'merkelapp: "fager" eksternId: "{ekstern_id}"'
        assert mutasjon(tjeneste, f"{felt}ByEksternId", f"{navn} {argumenter}")["__typename"].endswith("Vellykket")

    endre("a", "oppgaveEndrePaaminnelse", om_gql("P8D", "a sist"))
    endre("b", "oppgaveEndrePaaminnelse", om_gql("P4D"))
    endre("b", "oppgaveEndrePaaminnelse", om_gql("P1D", "b sist"))
    endre("c", "oppgaveEndrePaaminnelse", "")
    endre("d", "oppgaveEndrePaaminnelse", om_gql("P5D"))
    endre("e", "oppgaveUtsettFrist", f'nyFrist: "2028-02-10" {om_gql("P30D", "e sist")}')
    endre("f", "oppgaveUtsettFrist", 'nyFrist: "2028-02-10"')

    tjeneste.klokke("2028-03-01T00:00Z")
    assert utloest(tjeneste) == [
        ("b", "2028-01-11T12:00:00Z"),
        ("d", "2028-01-15T12:00:00Z"),
        ("a", "2028-01-18T12:00:00Z"),
        ("e", "2028-02-09T12:00:00Z"),
    ]
    assert utboks(tjeneste) == [
        ("b sist", "2028-01-11T12:00:00Z"),
        ("a sist", "2028-01-18T12:00:00Z"),
        ("e sist", "2028-02-09T12:00:00Z"),
    ]


@pytest.mark.parametrize("felt", ["oppgaveEndrePaaminnelse", "oppgaveUtsettFrist"])
def test_moved_to_a_time_that_has_passed_it_fires_at_once(tjeneste: Tjeneste, felt: str) -> None:
    oppgave_id = ny_oppgave(tjeneste, paaminnelse=om("P20D"))["id"]
    tjeneste.klokke("2028-01-15T12:00:00Z")
    ny_frist = 'nyFrist: "2028-03-01"' if "Utsett" in felt else ""
    mutasjon(tjeneste, felt, f'id: "{oppgave_id}" {ny_frist} {om_gql("P1D")}')
    tjeneste.utvikling("POST", "/dev/jobber")
    assert utloest(tjeneste) == [("ekstern-1", "2028-01-15T12:00:00Z")]
    assert bjella(tjeneste)[0]["paaminnelseTidspunkt"] == "2028-01-11T12:00:00Z"
    tjeneste.klokke("2028-02-28T00:00:00Z")
    assert len(utloest(tjeneste)) == 1


def test_another_one_after_it_has_fired_makes_it_new_once_more(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    oppgave_id = ny_oppgave(tjeneste, grupperingsid="sak-1", paaminnelse=om("P1D", paaminnelse_sms(tekst="en")))["id"]
    tjeneste.klokke("2028-01-11T12:00Z")
    klikk(tjeneste, oppgave_id)
    mutasjon(tjeneste, "oppgaveEndrePaaminnelse", f'id: "{oppgave_id}" {om_gql("P2D", "to")}')
    assert bjella(tjeneste)[0]["brukerKlikk"]["klikketPaa"] is True
    tjeneste.klokke("2028-01-12T12:00Z")
    vist = bjella(tjeneste)[0]
    assert (vist["brukerKlikk"]["klikketPaa"], vist["paaminnelseTidspunkt"]) == (False, "2028-01-12T12:00:00Z")
    assert [naar for _, naar in utloest(tjeneste)] == ["2028-01-11T12:00:00Z", "2028-01-12T12:00:00Z"]
    assert [tekst for tekst, _ in utboks(tjeneste)] == ["en", "to"]


def test_a_kalenderavtale_can_get_another_until_it_is_held(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    avtale_id = ny_kalenderavtale(tjeneste, startTidspunkt="2028-01-20T10:00", paaminnelse=om("P5D"))["id"]
    mutasjon(tjeneste, "oppdaterKalenderavtale", f'id: "{avtale_id}" {om_gql("P3D")}')
    tjeneste.klokke("2028-02-01T00:00Z")
    assert av_seg_selv(tjeneste) == [
        ("PaaminnelseOpprettet", "avtale-1", "2028-01-13T12:00:00Z"),
        ("KalenderavtaleOppdatert", "avtale-1", "2028-01-20T09:00:00.000001Z"),
    ]


def test_reopened_with_a_later_frist_only_a_new_order_fires(tjeneste: Tjeneste) -> None:
    """Expiry takes what waits with it; it does not come back with the oppgave."""
    uten, med = (
        ny_oppgave(tjeneste, ekstern_id=e, frist="2028-02-10", paaminnelse=om("P20D"))["id"] for e in ("uten", "med")
    )
    for oppgave_id in (uten, med):
        mutasjon(tjeneste, "oppgaveUtgaatt", f'id: "{oppgave_id}"')
    mutasjon(tjeneste, "oppgaveUtsettFrist", f'id: "{uten}" nyFrist: "2028-02-10"')
    mutasjon(tjeneste, "oppgaveUtsettFrist", f'id: "{med}" nyFrist: "2028-02-10" {om_gql("P20D")}')
    tjeneste.klokke("2028-02-05T00:00Z")
    assert utloest(tjeneste) == [("med", "2028-01-30T12:00:00Z")]


# ── Not for what is over ──

OVER = {
    "done": ("oppgaveUtfoert", 'id: "{o}"'),
    "expired": ("oppgaveUtgaatt", 'id: "{o}"'),
    "deleted": ("hardDeleteNotifikasjon", 'id: "{o}"'),
    "deleted by the old name": ("softDeleteNotifikasjon", 'id: "{o}"'),
    "with its sak": ("hardDeleteSak", 'id: "{s}"'),
    "a deleted appointment": ("hardDeleteNotifikasjon", 'id: "{a}"'),
    "avlyst": ("oppdaterKalenderavtale", 'id: "{a}" nyTilstand: AVLYST'),
}


@pytest.mark.parametrize(("felt", "argumenter"), OVER.values(), ids=OVER)
def test_what_is_over_is_neither_reminded_nor_heard_of(tjeneste: Tjeneste, felt: str, argumenter: str) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    bestilt = om("P5D", paaminnelse_sms(tekst="aldri"))
    ider = {
        "s": sak_id,
        "o": ny_oppgave(tjeneste, ekstern_id="o", grupperingsid="sak-1", paaminnelse=bestilt)["id"],
        "a": ny_kalenderavtale(tjeneste, eksternId="a", paaminnelse=bestilt)["id"],
    }
    ny_oppgave(tjeneste, ekstern_id="en annen", paaminnelse=om("P5D", paaminnelse_sms(tekst="en annen")))
    assert mutasjon(tjeneste, felt, argumenter.format(**ider))["__typename"].endswith("Vellykket")
    tjeneste.klokke("2028-02-01T00:00Z")

    over = {"o", "a"} if felt == "hardDeleteSak" else {"a"} if "{a}" in argumenter else {"o"}
    assert {e for e, _ in utloest(tjeneste)} == {"o", "a", "en annen"} - over
    assert {tekst for tekst, _ in utboks(tjeneste)} == {"aldri", "en annen"} - ({"aldri"} if len(over) == 2 else set())
    assert len(utboks(tjeneste)) == 3 - len(over)


@pytest.mark.parametrize("slettet_av", ["a producer", "time"])
def test_what_is_made_under_a_deleted_sak_is_never_reminded(tjeneste: Tjeneste, slettet_av: str) -> None:
    if slettet_av == "time":
        ny_sak(tjeneste, hardDelete={"om": "P1D"})
        tjeneste.klokke("2028-01-11T12:00Z")
    else:
        mutasjon(tjeneste, "hardDeleteSak", f'id: "{ny_sak(tjeneste)["id"]}"')
    bestilt = om("P5D", paaminnelse_sms(tekst="aldri"))
    oppgave_id = ny_oppgave(tjeneste, ekstern_id="o", grupperingsid="sak-1", paaminnelse=bestilt)["id"]
    ny_oppgave(tjeneste, ekstern_id="annen merkelapp", merkelapp="fager2", grupperingsid="sak-1", paaminnelse=om("P5D"))
    ny_oppgave(tjeneste, ekstern_id="annen sak", grupperingsid="sak-2", paaminnelse=om("P5D"))
    mutasjon(tjeneste, "oppgaveEndrePaaminnelse", f'id: "{oppgave_id}" {om_gql("P6D", "heller ikke")}')
    tjeneste.klokke("2028-02-01T00:00Z")
    assert [e for e, _ in utloest(tjeneste)] == ["annen merkelapp", "annen sak"]
    assert utboks(tjeneste) == []
    assert tjeneste.rader("SELECT DISTINCT status FROM eksternt_varsel") == [("KANSELLERT",)]


def test_a_sak_deleted_before_its_oppgave_is_due_takes_the_orders_with_it(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste, hardDelete={"om": "P4D"})
    for dager in (3, 4, 5):  # at the same instant a påminnelse comes first
        bestilt = om(f"P{dager}D", paaminnelse_sms(tekst=f"dag {dager}"))
        ny_oppgave(tjeneste, ekstern_id=str(dager), grupperingsid="sak-1", paaminnelse=bestilt)
    tjeneste.klokke("2028-02-01T00:00Z")
    assert [(type_, naar) for type_, _, naar in av_seg_selv(tjeneste)] == [
        ("PaaminnelseOpprettet", "2028-01-13T12:00:00Z"),
        ("PaaminnelseOpprettet", "2028-01-14T12:00:00Z"),
        *[("HardDelete", "2028-01-14T12:00:00Z")] * 4,
    ]
    # What a fired one has ordered is sent, though its notifikasjon is gone by then.
    assert utboks(tjeneste) == [("dag 3", "2028-01-13T12:00:00Z"), ("dag 4", "2028-01-14T12:00:00Z")]
    assert tjeneste.rader("SELECT count(*) FROM paaminnelse") == [(0,)]
    assert tjeneste.rader("SELECT status, mottaker FROM eksternt_varsel") == [("SENDT", None)] * 2


# ── Varsler of its own ──


def test_its_varsler_go_out_at_the_planned_time_among_the_others(tjeneste: Tjeneste) -> None:
    """Two påminnelser, one with a window; a varsel with a time of its own, and one that another window holds back."""
    ny_oppgave(
        tjeneste,
        ekstern_id="1",
        eksterneVarsler=[sms(tekst="kl. 10.30", tidspunkt="2028-01-15T10:30")],
        # 2028-01-15T09:00Z is ten o'clock on a Saturday
        paaminnelse={
            "tidspunkt": {"konkret": "2028-01-15T10:00"},
            "eksterneVarsler": [
                paaminnelse_sms(tekst="straks"),
                paaminnelse_sms(tekst="mandag", sendevindu="NKS_AAPNINGSTID"),
                paaminnelse_sms(tekst="dagtid", sendevindu="DAGTID_IKKE_SOENDAG"),
            ],
        },
    )
    ny_oppgave(
        tjeneste,
        ekstern_id="2",
        paaminnelse={
            "tidspunkt": {"konkret": "2028-01-15T10:15"},
            "eksterneVarsler": [paaminnelse_sms(tekst="kl. 10.15")],
        },
    )
    tjeneste.klokke("2028-01-15T09:59:59.999999")
    assert utboks(tjeneste) == []
    tjeneste.klokke("2028-02-01T00:00Z")
    assert utboks(tjeneste) == [
        ("straks", "2028-01-15T09:00:00Z"),
        ("dagtid", "2028-01-15T09:00:00Z"),
        ("kl. 10.15", "2028-01-15T09:15:00Z"),
        ("kl. 10.30", "2028-01-15T09:30:00Z"),
        ("mandag", "2028-01-17T07:30:00Z"),
    ]


@pytest.mark.parametrize(
    ("konkret", "sendt"),
    [
        ("2028-03-26T03:00", "2028-03-27T06:30:00Z"),  # the Sunday on which summer time begins; 08:30 is 06:30Z now
        ("2028-10-29T12:00", "2028-10-30T07:30:00Z"),
        ("2028-02-29T08:29:59.999999", "2028-02-29T07:30:00Z"),
        ("2028-02-29T14:30:59.999999", "2028-02-29T13:30:59.999999Z"),
        ("2028-02-29T14:31", "2028-03-01T07:30:00Z"),
        ("2028-12-29T14:31", "2029-01-01T07:30:00Z"),  # a holiday, which is a day like any other
    ],
)
def test_a_window_is_reckoned_from_when_it_fires(tjeneste: Tjeneste, konkret: str, sendt: str) -> None:
    bestilt = {
        "tidspunkt": {"konkret": konkret},
        "eksterneVarsler": [paaminnelse_sms(tekst="nks", sendevindu="NKS_AAPNINGSTID")],
    }
    ny_oppgave(tjeneste, paaminnelse=bestilt)
    tjeneste.klokke(like_foer(sendt))
    assert utboks(tjeneste) == []
    tjeneste.klokke("2029-02-01T00:00Z")
    assert utboks(tjeneste) == [("nks", sendt)]


def test_varsler_that_have_begun_are_sent_though_the_oppgave_is_done_meanwhile(tjeneste: Tjeneste) -> None:
    # 13:00 on a Saturday; the window opens on Monday
    varsel = paaminnelse_sms(tekst="mandag", sendevindu="NKS_AAPNINGSTID")
    oppgave_id = ny_oppgave(tjeneste, frist="2028-01-20", paaminnelse=om("P5D", varsel))["id"]
    tjeneste.klokke("2028-01-15T13:00Z")
    for felt, argumenter in (
        ("oppgaveEndrePaaminnelse", om_gql("P9D", "aldri")),
        ("oppgaveUtsettFrist", 'nyFrist: "2028-02-20"'),
        ("oppgaveUtfoert", ""),
    ):
        mutasjon(tjeneste, felt, f'id: "{oppgave_id}" {argumenter}')
    tjeneste.klokke("2028-02-01T00:00Z")
    assert utboks(tjeneste) == [("mandag", "2028-01-17T07:30:00Z")]


def test_those_of_a_deleted_oppgave_are_never_taken_for_another_one_s(tjeneste: Tjeneste) -> None:
    """Row numbers come again; what waits to be sent for a deleted oppgave is nobody's but its own."""
    varsel = paaminnelse_sms(tekst="den slettede", sendevindu="NKS_AAPNINGSTID")
    slettet = ny_oppgave(tjeneste, paaminnelse=om("P5D", varsel))
    tjeneste.klokke("2028-01-15T12:00Z")  # a Saturday: it has fired, and waits for Monday
    mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{slettet["id"]}"')

    ny, gjentatt = (
        ny_oppgave(tjeneste, ekstern_id="ny", paaminnelse=om("PT1H", paaminnelse_sms(tekst="den nye")))
        for _ in range(2)
    )
    assert len(ny["paaminnelse"]["eksterneVarsler"]) == 1 and gjentatt == ny
    annen = ny_oppgave(tjeneste, ekstern_id="annen", paaminnelse=om("PT1H"))["id"]
    tjeneste.klokke("2028-01-15T13:00Z")
    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{ny["id"]}"')
    mutasjon(tjeneste, "oppgaveEndrePaaminnelse", f'id: "{annen}"')
    assert utboks(tjeneste) == [("den nye", "2028-01-15T13:00:00Z")]
    tjeneste.klokke("2028-02-01T00:00Z")
    assert utboks(tjeneste)[1:] == [("den slettede", "2028-01-17T07:30:00Z")]


def test_withdrawing_one_never_cancels_those_of_a_deleted_oppgave(tjeneste: Tjeneste) -> None:
    varsel = paaminnelse_sms(tekst="den slettede", sendevindu="NKS_AAPNINGSTID")
    slettet = ny_oppgave(tjeneste, paaminnelse=om("P5D", varsel))
    tjeneste.klokke("2028-01-15T12:00Z")
    mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{slettet["id"]}"')
    ny = ny_oppgave(tjeneste, ekstern_id="ny", paaminnelse=om("P9D"))["id"]
    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{ny}"')
    tjeneste.klokke("2028-02-01T00:00Z")
    assert utboks(tjeneste) == [("den slettede", "2028-01-17T07:30:00Z")]


# ── Clocks ──


def test_a_clock_set_backwards_repeats_nothing(tjeneste: Tjeneste) -> None:
    oppgave_id = ny_oppgave(tjeneste, paaminnelse=om("P1D", paaminnelse_sms(tekst="én gang")))["id"]
    tjeneste.klokke("2028-01-12T00:00Z")
    klikk(tjeneste, oppgave_id)
    for klokken in (NAA, "2028-01-13T00:00Z", "2027-01-01T00:00Z", "2028-02-01T00:00Z"):
        tjeneste.klokke(klokken)
    assert utloest(tjeneste) == [("ekstern-1", "2028-01-11T12:00:00Z")]
    assert utboks(tjeneste) == [("én gang", "2028-01-11T12:00:00Z")]
    assert bjella(tjeneste)[0]["brukerKlikk"]["klikketPaa"] is True


def test_what_is_ordered_while_the_clock_is_back_fires_at_its_time(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2028-06-01T00:00Z")
    tjeneste.klokke("2028-01-20T00:00Z")
    ny_oppgave(tjeneste, paaminnelse=om("P1D"))
    tjeneste.klokke("2028-01-20T23:59:59.999999Z")
    assert utloest(tjeneste) == []
    tjeneste.klokke("2028-06-01T00:00Z")
    assert utloest(tjeneste) == [("ekstern-1", "2028-01-21T00:00:00Z")]


@pytest.mark.parametrize("steg", ["PT1H", "P1D", "P1M", "P1Y"])
def test_it_makes_no_difference_in_which_steps_the_clock_is_moved(tjeneste: Tjeneste, steg: str) -> None:
    for nr, varighet in enumerate(["PT30M", "P1D", "P2M", "P1Y", "PT1H", "P1M"]):
        ny_oppgave(tjeneste, ekstern_id=str(nr), paaminnelse=om(varighet, paaminnelse_sms(tekst=str(nr))))
    for _ in range(24 if steg == "PT1H" else 3):
        tjeneste.utvikling("POST", "/dev/klokke", {"frem": steg})
    tjeneste.klokke("2029-02-01T00:00Z")
    ventet = [
        ("0", "2028-01-10T12:30:00Z"),
        ("4", "2028-01-10T13:00:00Z"),
        ("1", "2028-01-11T12:00:00Z"),
        ("5", "2028-02-10T12:00:00Z"),
        ("2", "2028-03-10T12:00:00Z"),
        ("3", "2029-01-10T12:00:00Z"),
    ]
    assert utloest(tjeneste) == ventet
    assert utboks(tjeneste) == ventet
