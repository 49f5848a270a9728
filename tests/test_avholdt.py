"""Kalenderavtaler are held when their start has passed, and what that does and does not do."""

from typing import Any

import pytest
from bruker import bjella, klikk, kommende, saker
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
from tjeneste import BAKERIET, DAGNY, RESSURS, Tjeneste

from server import tid

NAA = "2028-01-10T12:00:00Z"


@pytest.fixture(autouse=True)
def _dagny_og_klokka(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    tjeneste.tilgang(DAGNY, BAKERIET)
    ny_sak(tjeneste)


def tilstand(tjeneste: Tjeneste, avtale_id: str) -> str:
    svar: str = hent(tjeneste, avtale_id)["notifikasjon"]["kalenderavtale"]["tilstand"]
    return svar


def etter(start: str) -> str:
    """The first instant at which it has begun: a start that is now has not passed."""
    return tid.format_utc(tid.parse_tidspunkt(start) + 1)


# startTidspunkt as given -> the instant
START = {
    "2028-01-10T12:00:00Z": "2028-01-10T12:00:00Z",  # now
    "2028-01-10T13:00": "2028-01-10T12:00:00Z",
    "2028-01-10T12:00:00.000001Z": "2028-01-10T12:00:00.000001Z",
    "2028-02-01T10:00": "2028-02-01T09:00:00Z",
    "2028-06-01T10:00": "2028-06-01T08:00:00Z",
    "2028-06-01T10:00:00-05:00": "2028-06-01T15:00:00Z",
    "2028-02-29T23:59:59.999999": "2028-02-29T22:59:59.999999Z",
    "2028-03-26T01:59:59.999999": "2028-03-26T00:59:59.999999Z",
    "2028-03-26T02:30": "2028-03-26T01:30:00Z",  # skipped: half past three
    "2028-03-26T03:00": "2028-03-26T01:00:00Z",
    "2028-10-29T02:30": "2028-10-29T00:30:00Z",  # twice: the first
    "2028-10-29T02:30+01:00": "2028-10-29T01:30:00Z",  # the second
    "2028-12-31T23:59:59.999999999": "2028-12-31T22:59:59.999999Z",  # what is finer is cut off
}


@pytest.mark.parametrize(("start", "instant"), START.items())
def test_an_appointment_is_held_when_its_start_is_past_and_not_when_it_is_now(
    tjeneste: Tjeneste, start: str, instant: str
) -> None:
    avtale_id = ny_kalenderavtale(tjeneste, startTidspunkt=start)["id"]
    tjeneste.klokke(instant)
    assert tilstand(tjeneste, avtale_id) == "VENTER_SVAR_FRA_ARBEIDSGIVER" and av_seg_selv(tjeneste) == []
    tjeneste.klokke(etter(instant))
    assert tilstand(tjeneste, avtale_id) == "AVHOLDT"
    assert av_seg_selv(tjeneste) == [("KalenderavtaleOppdatert", "avtale-1", etter(instant))]


def test_the_end_does_not_matter(tjeneste: Tjeneste) -> None:
    avtale_id = ny_kalenderavtale(tjeneste, startTidspunkt="2028-02-01T10:00", sluttTidspunkt="2029-02-01T10:00")["id"]
    tjeneste.klokke("2028-02-01T09:00:00.000001Z")
    assert tilstand(tjeneste, avtale_id) == "AVHOLDT"


def test_several_are_held_in_the_order_of_their_starts(tjeneste: Tjeneste) -> None:
    for ekstern_id, start in (("a", "2028-02-03"), ("b", "2028-02-01"), ("c", "2028-02-02"), ("d", "2028-02-01")):
        ny_kalenderavtale(tjeneste, eksternId=ekstern_id, startTidspunkt=f"{start}T10:00")
    tjeneste.klokke("2028-06-01T00:00Z")
    assert [(ekstern_id, naar) for _, ekstern_id, naar in av_seg_selv(tjeneste)] == [
        ("b", "2028-02-01T09:00:00.000001Z"),
        ("d", "2028-02-01T09:00:00.000001Z"),
        ("c", "2028-02-02T09:00:00.000001Z"),
        ("a", "2028-02-03T09:00:00.000001Z"),
    ]


def test_one_that_began_long_ago_is_held_now(tjeneste: Tjeneste) -> None:
    avtale_id = ny_kalenderavtale(tjeneste, startTidspunkt="2001-01-01T00:00Z")["id"]
    tjeneste.utvikling("POST", "/dev/jobber")
    assert av_seg_selv(tjeneste) == [("KalenderavtaleOppdatert", "avtale-1", NAA)]
    assert tjeneste.rader(
        "SELECT aggregat_id, merkelapp, grupperingsid, innhold FROM hendelse WHERE hvem = 'system'"
    ) == [(avtale_id, "fager", "sak-1", '{"tilstand":"AVHOLDT"}')]


# ── Who is held, and how often ──

# tilstand at creation, updates after the start -> how often it was held, and what it is in the end
GANGER: dict[str, tuple[str | None, list[str], int, str]] = {
    "it waits for an answer": (None, [], 1, "AVHOLDT"),
    "it is held already": ("AVHOLDT", [], 0, "AVHOLDT"),
    "it is off": ("AVLYST", [], 0, "AVLYST"),
    "a late answer": (None, ["nyTilstand: ARBEIDSGIVER_HAR_GODTATT"], 2, "AVHOLDT"),
    "three late answers": (
        None,
        [f"nyTilstand: ARBEIDSGIVER_VIL_{x}" for x in ("AVLYSE", "ENDRE_TID_ELLER_STED", "AVLYSE")],
        4,
        "AVHOLDT",
    ),
    "a late word without a state": (None, ['nyTekst: "Takk for sist"', 'nyLenke: "https://ny"'], 1, "AVHOLDT"),
    "off after all": (None, ["nyTilstand: AVLYST"], 1, "AVLYST"),
    "off, then on": (None, ["nyTilstand: AVLYST", "nyTilstand: ARBEIDSGIVER_HAR_GODTATT"], 2, "AVHOLDT"),
    "held by the producer too": (None, ["nyTilstand: AVHOLDT"], 1, "AVHOLDT"),
    "off from the beginning, then on": ("AVLYST", ["nyTilstand: VENTER_SVAR_FRA_ARBEIDSGIVER"], 1, "AVHOLDT"),
}


@pytest.mark.parametrize(("foerst", "oppdateringer", "ganger", "sist"), GANGER.values(), ids=GANGER)
def test_any_open_state_after_the_start_is_held_once_more(
    tjeneste: Tjeneste, foerst: str | None, oppdateringer: list[str], ganger: int, sist: str
) -> None:
    avtale_id = ny_kalenderavtale(tjeneste, startTidspunkt="2028-02-01T10:00", tilstand=foerst)["id"]
    tjeneste.klokke("2028-02-01T10:00Z")
    for oppdatering in oppdateringer:
        mutasjon(tjeneste, "oppdaterKalenderavtale", f'id: "{avtale_id}" {oppdatering}')
        tjeneste.utvikling("POST", "/dev/jobber")
        tjeneste.utvikling("POST", "/dev/jobber")
    assert len(av_seg_selv(tjeneste)) == ganger
    assert tilstand(tjeneste, avtale_id) == sist


def test_off_before_its_start_it_is_never_held_and_on_again_it_is(tjeneste: Tjeneste) -> None:
    av, paa = (ny_kalenderavtale(tjeneste, eksternId=e, startTidspunkt="2028-02-01T10:00")["id"] for e in ("av", "på"))
    for avtale_id in (av, paa):
        mutasjon(tjeneste, "oppdaterKalenderavtale", f'id: "{avtale_id}" nyTilstand: AVLYST')
    mutasjon(tjeneste, "oppdaterKalenderavtale", f'id: "{paa}" nyTilstand: ARBEIDSGIVER_HAR_GODTATT')
    tjeneste.klokke("2028-06-01T00:00Z")
    assert (tilstand(tjeneste, av), tilstand(tjeneste, paa)) == ("AVLYST", "AVHOLDT")
    assert [ekstern_id for _, ekstern_id, _ in av_seg_selv(tjeneste)] == ["på"]


@pytest.mark.parametrize("felt", ["hardDeleteNotifikasjon", "hardDeleteSakByGrupperingsid"])
def test_what_is_deleted_is_not_held(tjeneste: Tjeneste, felt: str) -> None:
    ny_sak(tjeneste, grupperingsid="sak-2")
    avtale_id = ny_kalenderavtale(tjeneste, startTidspunkt="2028-02-01T10:00")["id"]
    ny_kalenderavtale(tjeneste, eksternId="annen", grupperingsid="sak-2", startTidspunkt="2028-02-01T10:00")
    navn = f'id: "{avtale_id}"' if felt == "hardDeleteNotifikasjon" else 'merkelapp: "fager" grupperingsid: "sak-1"'
    mutasjon(tjeneste, felt, navn)
    tjeneste.klokke("2028-06-01T00:00Z")
    assert av_seg_selv(tjeneste) == [("KalenderavtaleOppdatert", "annen", "2028-02-01T09:00:00.000001Z")]


# ── What it does to the view ──


def test_clicks_place_words_and_sak_stay_as_they_were(tjeneste: Tjeneste) -> None:
    felter: dict[str, Any] = {
        "tekst": "møte",
        "startTidspunkt": "2028-02-01T10:00",
        "lokasjon": {"adresse": "Kaia 1", "postnummer": "0001", "poststed": "Oslo"},
        "erDigitalt": True,
    }
    avtale_id = ny_kalenderavtale(tjeneste, **felter)["id"]
    tjeneste.klokke("2028-01-11T00:00Z")
    ny_beskjed(tjeneste, ekstern_id="2", tekst="nyere")
    klikk(tjeneste, avtale_id)

    def vist() -> Any:
        return [{k: v for k, v in n.items() if k != "avtaletilstand"} for n in bjella(tjeneste)]

    foer, endret = vist(), tjeneste.rader("SELECT sist_endret_tidspunkt FROM sak")
    hentet = hent(tjeneste, avtale_id)["notifikasjon"]
    assert len(kommende(tjeneste, BAKERIET)) == 1
    assert saker(tjeneste)["oppgaveTilstandInfo"] == [{"tilstand": "NY", "antall": 1}], "it waits for an answer"
    tjeneste.klokke("2028-02-02T00:00Z")
    assert vist() == foer and foer[1]["brukerKlikk"]["klikketPaa"] is True
    assert [n.get("avtaletilstand") for n in bjella(tjeneste)] == [None, "AVHOLDT"]
    assert tjeneste.rader("SELECT sist_endret_tidspunkt FROM sak") == endret
    assert kommende(tjeneste, BAKERIET) == [] and saker(tjeneste)["oppgaveTilstandInfo"] == []
    hentet["kalenderavtale"]["tilstand"] = "AVHOLDT"
    assert hent(tjeneste, avtale_id)["notifikasjon"] == hentet, "to the producer nothing else has changed"


def test_its_varsler_are_still_sent_and_a_fired_paaminnelse_stands(tjeneste: Tjeneste) -> None:
    """A varsel with a time after the start, and one that the start's own påminnelse has ordered for Monday."""
    ny_kalenderavtale(
        tjeneste,
        startTidspunkt="2028-01-15T10:00",  # a Saturday
        eksterneVarsler=[sms(tekst="etterpå", tidspunkt="2028-01-16T10:00")],
        paaminnelse={
            "tidspunkt": {"foerStartTidspunkt": "P"},
            "eksterneVarsler": [
                paaminnelse_sms(tekst="nå begynner det"),
                paaminnelse_sms(tekst="mandag", sendevindu="NKS_AAPNINGSTID"),
            ],
        },
    )
    tjeneste.klokke("2028-02-01T00:00Z")
    assert av_seg_selv(tjeneste) == [
        ("PaaminnelseOpprettet", "avtale-1", "2028-01-15T09:00:00Z"),
        ("KalenderavtaleOppdatert", "avtale-1", "2028-01-15T09:00:00.000001Z"),
    ]
    assert utboks(tjeneste) == [
        ("nå begynner det", "2028-01-15T09:00:00Z"),
        ("etterpå", "2028-01-16T09:00:00Z"),
        ("mandag", "2028-01-17T07:30:00Z"),
    ]
    assert bjella(tjeneste)[0]["paaminnelseTidspunkt"] == "2028-01-15T09:00:00Z"


def test_it_leaves_oppgaver_of_the_same_sak_alone(tjeneste: Tjeneste) -> None:
    oppgave_id = ny_oppgave(tjeneste, grupperingsid="sak-1", mottakere=[RESSURS])["id"]
    ny_kalenderavtale(tjeneste, startTidspunkt="2028-02-01T10:00")
    tjeneste.klokke("2028-06-01T00:00Z")
    assert hent(tjeneste, oppgave_id)["notifikasjon"]["oppgave"]["tilstand"] == "NY"
    assert saker(tjeneste)["oppgaveTilstandInfo"] == [{"tilstand": "NY", "antall": 1}]


# ── Clocks ──


def test_a_clock_set_backwards_does_not_bring_it_back(tjeneste: Tjeneste) -> None:
    avtale_id = ny_kalenderavtale(tjeneste, startTidspunkt="2028-02-01T10:00")["id"]
    tjeneste.klokke("2028-02-02T00:00Z")
    for klokken in (NAA, "2028-02-03T00:00Z"):
        tjeneste.klokke(klokken)
        assert tilstand(tjeneste, avtale_id) == "AVHOLDT"
    assert len(av_seg_selv(tjeneste)) == 1


def test_answered_while_the_clock_is_back_it_waits_for_its_start_again(tjeneste: Tjeneste) -> None:
    avtale_id = ny_kalenderavtale(tjeneste, startTidspunkt="2028-02-01T10:00")["id"]
    tjeneste.klokke("2028-02-02T00:00Z")
    tjeneste.klokke(NAA)
    mutasjon(tjeneste, "oppdaterKalenderavtale", f'id: "{avtale_id}" nyTilstand: ARBEIDSGIVER_HAR_GODTATT')
    tjeneste.klokke("2028-02-01T09:00Z")
    assert tilstand(tjeneste, avtale_id) == "ARBEIDSGIVER_HAR_GODTATT"
    tjeneste.klokke("2028-02-01T09:00:00.000001Z")
    assert tilstand(tjeneste, avtale_id) == "AVHOLDT"
