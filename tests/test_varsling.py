"""Varsler from order to end, as the producer sees them; the channel is the outbox.

A varsel that waits for the window of NKS on a Sunday is how these tests hold one back: until Monday 08:30.
"""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import apsw
import pytest
from produsent import (
    NY_BESKJED,
    altinnressurs,
    altinntjeneste,
    epost,
    graphql_feil,
    hent,
    inndata,
    mutasjon,
    ny_beskjed,
    ny_kalenderavtale,
    ny_oppgave,
    ny_sak,
    paaminnelse_sms,
    sms,
    varselstatuser,
)
from tjeneste import DAGNY, FAGER, ROOT, TILTAK, Tjeneste, kjoerende

from server import tid

SOENDAG = "2030-01-06T12:00"  # in Oslo, as all times here without Z
MANDAG_0830 = "2030-01-07T07:30:00Z"
NKS = {"sendevindu": "NKS_AAPNINGSTID"}

Svar = dict[str, Any]


@pytest.fixture
def soendag(tjeneste: Tjeneste) -> Tjeneste:
    tjeneste.klokke(SOENDAG)
    return tjeneste


def jobber(tjeneste: Tjeneste) -> None:
    tjeneste.utvikling("POST", "/dev/jobber")


def utboks(tjeneste: Tjeneste) -> dict[str, str]:
    """Recipient -> when its message went out."""
    meldinger = tjeneste.utvikling("GET", "/dev/utboks")
    funnet = {melding["mottaker"]: melding["tidspunkt"] for melding in meldinger}
    assert len(funnet) == len(meldinger), "nobody has got two"
    return funnet


def historie(tjeneste: Tjeneste, notifikasjon_id: str) -> list[tuple[str, str, str]]:
    """(type, varselId, who) of what the history tells of the varsler."""
    return tjeneste.rader(
        """
        SELECT type, innhold ->> 'varselId', hvem FROM hendelse
         WHERE aggregat_id = ? AND type LIKE 'EksterntVarsel%' ORDER BY nr
        """,
        notifikasjon_id,
    )


def noedbrems(tjeneste: Tjeneste, paa: bool) -> None:
    assert tjeneste.utvikling("POST", "/internal/noedbrems", {"paa": paa}) == {"paa": paa}


# ── The status that the producer sees ──


NYE: dict[str, Callable[..., Svar]] = {
    "beskjed": ny_beskjed,
    "oppgave": ny_oppgave,
    "kalenderavtale": lambda tjeneste, **felter: (ny_sak(tjeneste), ny_kalenderavtale(tjeneste, **felter))[1],
}


@pytest.mark.parametrize("ny", NYE.values(), ids=NYE)
def test_varsler_of_every_kind_of_notifikasjon_end_as_sendt_or_feilet(soendag: Tjeneste, ny: Any) -> None:
    varsler = [sms(), sms("40000001"), epost(), altinnressurs(), altinntjeneste(), sms("40000003", **NKS)]
    notifikasjon = ny(soendag, eksterneVarsler=varsler)
    jobber(soendag)
    statuser = ["SENDT", "FEILET", "SENDT", "SENDT", "SENDT", "NY"]
    assert varselstatuser(soendag, notifikasjon["id"]) == statuser
    soendag.klokke("2030-01-07T08:30")
    assert varselstatuser(soendag, notifikasjon["id"]) == [*statuser[:5], "SENDT"]
    ider = [varsel["id"] for varsel in notifikasjon["eksterneVarsler"]]
    vist = hent(soendag, notifikasjon["id"])["notifikasjon"]["eksterneVarsler"]
    assert [varsel["id"] for varsel in vist] == ider, "as they were answered"
    assert sorted(historie(soendag, notifikasjon["id"])) == sorted(
        (f"EksterntVarsel{'Feilet' if nr == 1 else 'Vellykket'}", varsel_id, "system")
        for nr, varsel_id in enumerate(ider)
    )
    assert soendag.rader("SELECT innhold ->> 'feilkode' FROM hendelse WHERE type = 'EksterntVarselFeilet'") == [
        ("utboks_feil",)
    ]


def test_status_in_lists_of_the_producer(soendag: Tjeneste) -> None:
    ny_beskjed(soendag, eksterneVarsler=[sms(), sms("40000003", **NKS)])
    jobber(soendag)
    svar = soendag.produsent(
        """
        query { mineNotifikasjoner(merkelapp: "fager") { ... on NotifikasjonConnection {
            edges { node { ... on Beskjed { eksterneVarsler { status } } } }
        } } }
        """
    )
    (kant,) = svar["mineNotifikasjoner"]["edges"]
    assert [varsel["status"] for varsel in kant["node"]["eksterneVarsler"]] == ["SENDT", "NY"]


@pytest.mark.parametrize(
    ("naar", "sendes"),
    [
        ({"sendevindu": "LOEPENDE"}, "2030-01-06T11:00:00Z"),
        ({"sendevindu": "NKS_AAPNINGSTID"}, MANDAG_0830),
        ({"sendevindu": "DAGTID_IKKE_SOENDAG"}, "2030-01-07T08:00:00Z"),
        ({"tidspunkt": "2030-01-06T12:00:00"}, "2030-01-06T11:00:00Z"),
        ({"tidspunkt": "2030-01-06T11:59:59"}, "2030-01-06T11:00:00Z"),
        ({"tidspunkt": "2001-01-01T01:01"}, "2030-01-06T11:00:00Z"),
        ({"tidspunkt": "2030-01-06T12:00:00.000001"}, "2030-01-06T11:00:00.000001Z"),
        ({"tidspunkt": "2030-01-06T23:30"}, "2030-01-06T22:30:00Z"),  # a Sunday night: no window applies
        ({"tidspunkt": "2030-03-31T02:30"}, "2030-03-31T01:00:00Z"),  # is skipped that night: at 03:00
        ({"tidspunkt": "2030-10-27T02:30"}, "2030-10-27T00:30:00Z"),  # comes twice
        ({"tidspunkt": "2032-02-29T12:00"}, "2032-02-29T11:00:00Z"),
    ],
    ids=str,
)
def test_varsel_is_new_until_its_time_and_sent_at_it(soendag: Tjeneste, naar: Svar, sendes: str) -> None:
    beskjed = ny_beskjed(soendag, eksterneVarsler=[sms(**naar)])
    jobber(soendag)
    if tid.parse_tidspunkt(sendes) > tid.fra_oslo(tid.parse_lokal(SOENDAG)):
        assert (varselstatuser(soendag, beskjed["id"]), utboks(soendag)) == (["NY"], {})
        foer = tid.format_utc(tid.parse_tidspunkt(sendes) - 1)
        soendag.klokke(foer)
        assert varselstatuser(soendag, beskjed["id"]) == ["NY"]
        soendag.klokke(sendes)
    assert varselstatuser(soendag, beskjed["id"]) == ["SENDT"]
    soendag.klokke("2033-01-01T00:00")
    assert utboks(soendag) == {"40000000": sendes}


def test_varsel_for_a_time_that_never_comes_waits_for_ever(soendag: Tjeneste) -> None:
    beskjed = ny_beskjed(soendag, eksterneVarsler=[sms(tidspunkt="+999999999-12-31T23:59:59")])
    soendag.klokke("2090-01-01T00:00")
    assert varselstatuser(soendag, beskjed["id"]) == ["NY"]


def test_varsler_of_a_paaminnelse_begin_when_it_comes(soendag: Tjeneste) -> None:
    oppgave = ny_oppgave(
        soendag,
        paaminnelse={
            "tidspunkt": {"konkret": "2030-01-08T20:00"},  # a Tuesday
            "eksterneVarsler": [
                paaminnelse_sms("40000003"),
                paaminnelse_sms("40000004", sendevindu="NKS_AAPNINGSTID"),
                paaminnelse_sms("40000001"),
            ],
        },
    )
    soendag.klokke("2030-01-08T19:59:59")
    assert utboks(soendag) == {}
    assert soendag.rader("SELECT DISTINCT status, send_etter FROM eksternt_varsel") == [("NY", None)]
    soendag.klokke("2030-01-20T00:00")
    assert utboks(soendag) == {"40000003": "2030-01-08T19:00:00Z", "40000004": "2030-01-09T07:30:00Z"}
    assert varselstatuser(soendag, oppgave["id"]) == [], "the API has no place for them"
    ider = [varsel["id"] for varsel in oppgave["paaminnelse"]["eksterneVarsler"]]
    assert sorted(historie(soendag, oppgave["id"])) == sorted(
        (f"EksterntVarsel{utfall}", varsel_id, "system")
        for varsel_id, utfall in zip(ider, ("Vellykket", "Vellykket", "Feilet"), strict=True)
    )


def test_varsler_of_an_update_are_shown_after_those_before_and_sent(soendag: Tjeneste) -> None:
    ny_sak(soendag)
    avtale = ny_kalenderavtale(soendag, eksterneVarsler=[sms()])
    jobber(soendag)
    _oppdater(soendag, avtale["id"], sms("40000003", **NKS), sms("40000001"))
    jobber(soendag)
    assert varselstatuser(soendag, avtale["id"]) == ["SENDT", "NY", "FEILET"]
    soendag.klokke("2030-01-08T00:00")
    assert varselstatuser(soendag, avtale["id"]) == ["SENDT", "SENDT", "FEILET"]


# ── What becomes of a varsel when something happens to its notifikasjon ──
#
# Each row of the matrix begins on a Sunday with a notifikasjon that has a varsel of its own (…10) and one of a
# påminnelse that has fired (…20), both waiting for Monday, and a påminnelse to come on Tuesday (…30). The action may
# bring …40.

EGET, UTLOEST, KOMMENDE, NYTT = "40000010", "40000020", "40000030", "40000040"


def _paaminnelse(konkret: str, tlf: str) -> Svar:
    return {"tidspunkt": {"konkret": konkret}, "eksterneVarsler": [paaminnelse_sms(tlf, sendevindu="NKS_AAPNINGSTID")]}


def _oppgave(tjeneste: Tjeneste, **felter: Any) -> Svar:
    tjeneste.klokke("2030-01-06T10:00")
    oppgave = ny_oppgave(
        tjeneste,
        **{"frist": "2030-02-01", "grupperingsid": "sak-1"} | felter,
        eksterneVarsler=[sms(EGET, **NKS)],
        paaminnelse=_paaminnelse("2030-01-06T11:00", UTLOEST),
    )
    tjeneste.klokke(SOENDAG)
    _mutasjon(
        tjeneste, "oppgaveEndrePaaminnelse", oppgave["id"], paaminnelse=_paaminnelse("2030-01-08T11:00", KOMMENDE)
    )
    return oppgave


def _avtale(tjeneste: Tjeneste, **felter: Any) -> Svar:
    tjeneste.klokke("2030-01-06T10:00")
    avtale = ny_kalenderavtale(
        tjeneste, eksterneVarsler=[sms(EGET, **NKS)], paaminnelse=_paaminnelse("2030-01-06T11:00", UTLOEST), **felter
    )
    tjeneste.klokke(SOENDAG)
    _mutasjon(tjeneste, "oppdaterKalenderavtale", avtale["id"], paaminnelse=_paaminnelse("2030-01-08T11:00", KOMMENDE))
    return avtale


VARIABLER = {
    "paaminnelse": "PaaminnelseInput",
    "eksterneVarsler": "[EksterntVarselInput!]!",
    "nyTilstand": "KalenderavtaleTilstand",
    "nyFrist": "ISO8601Date!",
    "idempotencyKey": "String",
}


def _mutasjon(tjeneste: Tjeneste, felt: str, notifikasjon_id: str, **variabler: Any) -> None:
    typer = " ".join(f"${navn}: {VARIABLER[navn]}" for navn in variabler)
    argumenter = " ".join(f"{navn}: ${navn}" for navn in variabler)
    query = f"mutation m({typer}) {{ {felt}(id: {_tekst(notifikasjon_id)} {argumenter}) {{ __typename }} }}"
    svar = tjeneste.produsent(query if variabler else query.replace("m()", "m"), variabler)
    assert svar[felt]["__typename"].endswith("Vellykket"), svar


def _tekst(tekst: str) -> str:
    return f'"{tekst}"'


def _oppdater(tjeneste: Tjeneste, avtale_id: str, *varsler: Svar, **felter: Any) -> None:
    _mutasjon(tjeneste, "oppdaterKalenderavtale", avtale_id, eksterneVarsler=list(varsler), **felter)


def _gjoer(felt: str, **variabler: Any) -> Callable[[Tjeneste, str], None]:
    return lambda tjeneste, notifikasjon_id: _mutasjon(tjeneste, felt, notifikasjon_id, **variabler)


def _klikk(tjeneste: Tjeneste, notifikasjon_id: str) -> None:
    tjeneste.tilgang(DAGNY, "910825526")
    svar = tjeneste.bruker(
        DAGNY, f"mutation {{ notifikasjonKlikketPaa(id: {_tekst(notifikasjon_id)}) {{ __typename }} }}"
    )
    assert svar["notifikasjonKlikketPaa"]["__typename"] == "BrukerKlikk"


def _slett_sak(felt: str) -> Callable[[Tjeneste, str], None]:
    def slett(tjeneste: Tjeneste, notifikasjon_id: str) -> None:
        assert mutasjon(tjeneste, felt, 'merkelapp: "fager" grupperingsid: "sak-1"')["id"]

    return slett


NY_PAAMINNELSE = _paaminnelse("2030-01-08T11:00", NYTT)
ALLE = {EGET, UTLOEST, KOMMENDE}

MATRISE: dict[str, tuple[Callable[..., Svar], Callable[[Tjeneste, str], None], set[str]]] = {
    "nothing happens": (_oppgave, lambda *_: None, ALLE),
    "utført": (_oppgave, _gjoer("oppgaveUtfoert"), {EGET, UTLOEST}),
    "utgått": (_oppgave, _gjoer("oppgaveUtgaatt"), {EGET, UTLOEST}),
    "later frist": (_oppgave, _gjoer("oppgaveUtsettFrist", nyFrist="2030-03-01"), {EGET, UTLOEST}),
    "later frist with påminnelse": (
        _oppgave,
        _gjoer("oppgaveUtsettFrist", nyFrist="2030-03-01", paaminnelse=NY_PAAMINNELSE),
        {EGET, UTLOEST, NYTT},
    ),
    "påminnelse removed": (_oppgave, _gjoer("oppgaveEndrePaaminnelse"), {EGET, UTLOEST}),
    "påminnelse replaced": (
        _oppgave,
        _gjoer("oppgaveEndrePaaminnelse", paaminnelse=NY_PAAMINNELSE),
        {EGET, UTLOEST, NYTT},
    ),
    "click": (_oppgave, _klikk, ALLE),
    "hard delete of the oppgave": (_oppgave, _gjoer("hardDeleteNotifikasjon"), {EGET, UTLOEST}),
    "soft delete of the oppgave": (_oppgave, _gjoer("softDeleteNotifikasjon"), {EGET, UTLOEST}),
    "hard delete of the sak of the oppgave": (_oppgave, _slett_sak("hardDeleteSakByGrupperingsid"), {EGET, UTLOEST}),
    "soft delete of the sak of the oppgave": (_oppgave, _slett_sak("softDeleteSakByGrupperingsid"), {EGET, UTLOEST}),
    "update without varsler": (_avtale, _gjoer("oppdaterKalenderavtale", nyTilstand="ARBEIDSGIVER_VIL_AVLYSE"), ALLE),
    "update with påminnelse": (
        _avtale,
        _gjoer("oppdaterKalenderavtale", paaminnelse=NY_PAAMINNELSE),
        {EGET, UTLOEST, NYTT},
    ),
    "update with varsler": (
        _avtale,
        _gjoer("oppdaterKalenderavtale", eksterneVarsler=[sms(NYTT, **NKS)]),
        {KOMMENDE, NYTT},
    ),
    "avlyst": (_avtale, _gjoer("oppdaterKalenderavtale", nyTilstand="AVLYST"), set()),
    "avlyst with varsler": (
        _avtale,
        _gjoer("oppdaterKalenderavtale", nyTilstand="AVLYST", eksterneVarsler=[sms(NYTT, **NKS)]),
        {NYTT},
    ),
    "avlyst with påminnelse": (
        _avtale,
        _gjoer("oppdaterKalenderavtale", nyTilstand="AVLYST", paaminnelse=NY_PAAMINNELSE),
        set(),
    ),
    "hard delete of the kalenderavtale": (_avtale, _gjoer("hardDeleteNotifikasjon"), {EGET, UTLOEST}),
    "hard delete of the sak of the kalenderavtale": (
        _avtale,
        _slett_sak("hardDeleteSakByGrupperingsid"),
        {EGET, UTLOEST},
    ),
}


@pytest.mark.parametrize(("lag", "handling", "sendes"), MATRISE.values(), ids=MATRISE)
def test_what_is_sent_and_what_is_cancelled_at_once(
    tjeneste: Tjeneste, lag: Any, handling: Any, sendes: set[str]
) -> None:
    tjeneste.klokke("2030-01-06T09:00")
    ny_sak(tjeneste)
    notifikasjon_id = lag(tjeneste)["id"]
    assert {rad.mottaker for rad in varsler(tjeneste)} == ALLE
    handling(tjeneste, notifikasjon_id)

    # What is not to be sent is cancelled, or gone with what was deleted, at once; and that is told.
    assert {rad.mottaker for rad in varsler(tjeneste) if rad.status == "NY"} == sendes
    avlyst = {rad.id for rad in varsler(tjeneste) if rad.status == "KANSELLERT"}
    fortalt = historie(tjeneste, notifikasjon_id)
    assert {varsel_id for type_, varsel_id, _ in fortalt if type_ == "EksterntVarselKansellert"} == avlyst
    slettet = hent(tjeneste, notifikasjon_id)["__typename"] == "NotifikasjonFinnesIkke"
    vises = [rad for rad in varsler(tjeneste) if rad.opphav != "PAAMINNELSE"]
    if not slettet:
        assert varselstatuser(tjeneste, notifikasjon_id) == [rad.status for rad in vises]

    tjeneste.klokke("2030-01-12T00:00")
    assert set(utboks(tjeneste)) == sendes
    if slettet:
        tomme = {rad._replace(id="", opphav="") for rad in varsler(tjeneste)}
        assert tomme == {Varsel(None, "", "", "SENDT", None, None, None)}, "and no contact data is left"
    else:
        ventet = ["SENDT" if rad.status == "NY" else rad.status for rad in vises]
        assert varselstatuser(tjeneste, notifikasjon_id) == ventet


class Varsel(NamedTuple):
    mottaker: str | None
    id: str
    opphav: str
    status: str
    tittel: str | None
    tekst: str | None
    sms_tekst: str | None


def varsler(tjeneste: Tjeneste) -> list[Varsel]:
    rader = tjeneste.rader(f"SELECT {', '.join(Varsel._fields)} FROM eksternt_varsel ORDER BY nr")
    return [Varsel(*rad) for rad in rader]


def test_varsler_of_an_oppgave_whose_frist_passes_are_still_sent(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-01-06T10:00")
    oppgave = ny_oppgave(
        tjeneste,
        frist="2030-01-06",
        eksterneVarsler=[sms(EGET, **NKS)],
        paaminnelse=_paaminnelse("2030-01-06T11:00", UTLOEST),
    )
    tjeneste.klokke("2030-01-07T00:00")
    assert hent(tjeneste, oppgave["id"])["notifikasjon"]["oppgave"]["tilstand"] == "UTGAATT"
    assert varselstatuser(tjeneste, oppgave["id"]) == ["NY"]
    tjeneste.klokke("2030-01-07T08:30")
    assert utboks(tjeneste) == {EGET: MANDAG_0830, UTLOEST: MANDAG_0830}
    assert varselstatuser(tjeneste, oppgave["id"]) == ["SENDT"]


def test_varsler_of_a_kalenderavtale_that_has_begun_are_still_sent(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-01-06T10:00")
    ny_sak(tjeneste)
    avtale = ny_kalenderavtale(
        tjeneste,
        startTidspunkt="2030-01-06T11:30",
        eksterneVarsler=[sms(EGET, **NKS)],
        paaminnelse=_paaminnelse("2030-01-06T11:00", UTLOEST),
    )
    tjeneste.klokke(SOENDAG)
    assert hent(tjeneste, avtale["id"])["notifikasjon"]["kalenderavtale"]["tilstand"] == "AVHOLDT"
    tjeneste.klokke("2030-01-07T08:30")
    assert utboks(tjeneste) == {EGET: MANDAG_0830, UTLOEST: MANDAG_0830}


@pytest.mark.parametrize("hva", ["oppgave", "sak"])
def test_varsler_are_still_sent_after_a_deletion_at_its_time(tjeneste: Tjeneste, hva: str) -> None:
    tjeneste.klokke("2030-01-06T10:00")
    ny_sak(tjeneste, hardDelete={"den": "2030-01-06T13:00"} if hva == "sak" else None)
    oppgave = ny_oppgave(
        tjeneste,
        grupperingsid="sak-1",
        hard_delete={"den": "2030-01-06T13:00"} if hva == "oppgave" else None,
        eksterneVarsler=[sms(EGET, **NKS)],
        paaminnelse=_paaminnelse("2030-01-06T13:00", UTLOEST),
    )
    tjeneste.klokke("2030-01-06T13:00")
    assert hent(tjeneste, oppgave["id"])["__typename"] == "NotifikasjonFinnesIkke"
    tjeneste.klokke("2030-01-10T00:00")
    assert utboks(tjeneste) == {EGET: MANDAG_0830, UTLOEST: MANDAG_0830}, "the påminnelse came at that very instant"


def test_paaminnelse_of_what_is_deleted_before_it_comes_sends_nothing(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-01-06T10:00")
    ny_oppgave(
        tjeneste, hard_delete={"den": "2030-01-06T12:59:59"}, paaminnelse=_paaminnelse("2030-01-06T13:00", UTLOEST)
    )
    tjeneste.klokke("2030-01-10T00:00")
    assert utboks(tjeneste) == {}
    assert tjeneste.rader("SELECT * FROM eksternt_varsel") == []


@pytest.mark.parametrize("tlf", ["40000000", "40000001"])
def test_nothing_recalls_what_is_final(soendag: Tjeneste, tlf: str) -> None:
    ny_sak(soendag)
    avtale = ny_kalenderavtale(soendag, eksterneVarsler=[sms(tlf)])
    jobber(soendag)
    foer = varselstatuser(soendag, avtale["id"])
    _mutasjon(soendag, "oppdaterKalenderavtale", avtale["id"], nyTilstand="AVLYST")
    assert varselstatuser(soendag, avtale["id"]) == foer == ["SENDT" if tlf == "40000000" else "FEILET"]
    assert len(historie(soendag, avtale["id"])) == 1


def test_one_that_is_between_two_attempts_is_cancelled(soendag: Tjeneste) -> None:
    ny_sak(soendag)
    avtale = ny_kalenderavtale(soendag, eksterneVarsler=[sms("40000002")])
    jobber(soendag)
    assert soendag.rader("SELECT utfall FROM varselforsoek") == [("utboks_midlertidig",)]
    _mutasjon(soendag, "oppdaterKalenderavtale", avtale["id"], nyTilstand="AVLYST")
    assert varselstatuser(soendag, avtale["id"]) == ["KANSELLERT"]
    soendag.klokke("2030-01-10T00:00")
    assert utboks(soendag) == {}
    assert soendag.rader("SELECT count(*) FROM varselforsoek") == [(1,)]


# ── Retries ──


def test_repeated_call_orders_nothing_more_before_and_after_sending(soendag: Tjeneste) -> None:
    felter: Svar = {
        "opprettet": "2030-01-06T12:00:00+01:00",
        "eksterneVarsler": [sms(), sms("40000003", **NKS), sms("40000001")],
        "paaminnelse": _paaminnelse("2030-01-06T13:00", UTLOEST),
    }
    foerste = ny_oppgave(soendag, **felter)
    assert ny_oppgave(soendag, **felter) == foerste
    for tidspunkt in (SOENDAG, "2030-01-06T13:00", "2030-01-08T00:00", "2030-03-08T00:00"):
        soendag.klokke(tidspunkt)
        assert ny_oppgave(soendag, **felter) == foerste
    assert soendag.rader("SELECT count(*) FROM eksternt_varsel") == [(4,)]
    assert set(utboks(soendag)) == {"40000000", "40000003", UTLOEST}


@pytest.mark.parametrize(
    "endret",
    [
        {"eksterneVarsler": []},
        {"eksterneVarsler": [sms(), sms()]},
        {"eksterneVarsler": [sms("40000003")]},
        {"eksterneVarsler": [sms(tekst="En annen tekst")]},
        {"eksterneVarsler": [sms(**NKS)]},
        {"eksterneVarsler": [sms(tidspunkt="2030-01-06T12:00")]},
        {"eksterneVarsler": [epost()]},
        {"paaminnelse": _paaminnelse("2030-01-06T13:00", UTLOEST)},
    ],
    ids=str,
)
def test_call_with_other_varsler_is_another_call_and_orders_none(soendag: Tjeneste, endret: Svar) -> None:
    felter: Svar = {"eksterneVarsler": [sms()]}
    foerste = ny_oppgave(soendag, **felter)
    svar = ny_oppgave(soendag, **felter | endret)
    assert (svar["__typename"], svar["idTilEksisterende"]) == ("DuplikatEksternIdOgMerkelapp", foerste["id"])
    assert soendag.rader("SELECT count(*) FROM eksternt_varsel") == [(1,)]


@pytest.mark.parametrize("hoder", [{}, {"Idempotency-Key": "n-1"}], ids=["without header", "with Idempotency-Key"])
def test_call_made_eight_times_at_once_orders_once(soendag: Tjeneste, hoder: dict[str, str]) -> None:
    soendag.token(produsent=FAGER)
    variabler = {"nyBeskjed": inndata(eksterneVarsler=[sms(), epost(), altinnressurs()])}
    with ThreadPoolExecutor(8) as traader:
        svar = list(traader.map(lambda _: soendag.produsent_svar(NY_BESKJED, variabler, headers=hoder).text, range(8)))
    assert len(set(svar)) == 1 and "NyBeskjedVellykket" in svar[0]
    jobber(soendag)
    assert soendag.rader("SELECT status, count(*) FROM eksternt_varsel GROUP BY status") == [("SENDT", 3)]
    assert len(utboks(soendag)) == 3


def test_update_made_again_with_its_key_orders_and_cancels_nothing(soendag: Tjeneste) -> None:
    ny_sak(soendag)
    avtale = ny_kalenderavtale(soendag, eksterneVarsler=[sms(EGET, **NKS)])
    for _ in range(3):
        _oppdater(soendag, avtale["id"], sms(NYTT, **NKS), idempotencyKey="n-1")
        assert varselstatuser(soendag, avtale["id"]) == ["KANSELLERT", "NY"]
    soendag.klokke("2030-01-08T00:00")
    _oppdater(soendag, avtale["id"], sms(NYTT, **NKS), idempotencyKey="n-1")
    assert varselstatuser(soendag, avtale["id"]) == ["KANSELLERT", "SENDT"]
    assert utboks(soendag) == {NYTT: MANDAG_0830}


def test_refused_call_orders_nothing(soendag: Tjeneste) -> None:
    """The varsler are in the same transaction as what they belong to."""
    assert ny_beskjed(soendag, merkelapp="Tiltak", eksterneVarsler=[sms()])["__typename"] == "UgyldigMerkelapp"
    ny_sak(soendag)
    assert (
        ny_kalenderavtale(soendag, eksterneVarsler=[sms()], sluttTidspunkt="2030-06-03T09:00")["__typename"]
        == "UgyldigKalenderavtale"
    )
    avtale = ny_kalenderavtale(soendag)
    umulig = {"tidspunkt": {"foerFrist": "P1D"}, "eksterneVarsler": [paaminnelse_sms()]}
    svar = soendag.produsent(
        """
        mutation m($id: ID!, $p: PaaminnelseInput, $v: [EksterntVarselInput!]!) {
            oppdaterKalenderavtale(id: $id paaminnelse: $p eksterneVarsler: $v) { __typename }
        }
        """,
        {"id": avtale["id"], "p": umulig, "v": [sms()]},
    )
    assert svar["oppdaterKalenderavtale"]["__typename"] == "UgyldigKalenderavtale"
    assert soendag.rader("SELECT * FROM eksternt_varsel") == []


# ── Contact data ──


HEMMELIG = "Hemmelighetsfull"


def _hemmelige(tlf: str = "40000000") -> list[Svar]:
    return [
        sms(tlf, f"SMS {HEMMELIG}"),
        epost(f"{HEMMELIG}@eksempel.no", f"Tittel {HEMMELIG}", f"<p>{HEMMELIG}</p>"),
        sms("40000001", f"Feiler {HEMMELIG}"),
    ]


def test_contact_data_of_a_deleted_notifikasjon_is_gone_from_the_file(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "a.db") as tjeneste:
        tjeneste.klokke(SOENDAG)
        beskjed = ny_beskjed(tjeneste, eksterneVarsler=[*_hemmelige(), sms("40000009", HEMMELIG, **NKS)])
        jobber(tjeneste)
        tjeneste.utvikling("DELETE", "/dev/utboks")
        mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{beskjed["id"]}"')
        assert tjeneste.rader("SELECT mottaker FROM eksternt_varsel WHERE mottaker IS NOT NULL") == [("40000009",)]
        tjeneste.klokke("2030-01-08T00:00")
        assert utboks(tjeneste) == {"40000009": MANDAG_0830}
        tjeneste.utvikling("DELETE", "/dev/utboks")
        assert tjeneste.rader("SELECT status FROM eksternt_varsel ORDER BY nr") == [
            ("SENDT",), ("SENDT",), ("FEILET",), ("SENDT",)
        ]  # fmt: skip
    fil = (tmp_path / "a.db").read_bytes()
    assert not (tmp_path / "a.db-wal").exists()
    for rest in (HEMMELIG, "40000000", "40000001", "40000009"):
        assert rest.encode() not in fil, rest


@pytest.mark.parametrize(("dager", "borte"), [(6, False), (8, True)])
def test_contact_data_is_kept_for_so_many_days_after_the_result(tmp_path: Path, dager: int, borte: bool) -> None:
    valg: Svar = {"verdier": {"varsling.slett_kontaktdata_etter_dager": "7"}}
    with kjoerende(tmp_path / "a.db", **valg) as tjeneste:
        tjeneste.klokke(SOENDAG)
        felter: Svar = {
            "ekstern_id": "1",
            "opprettet": "2030-01-06T12:00:00+01:00",
            "eksterneVarsler": _hemmelige(),
            "paaminnelse": {
                "tidspunkt": {"konkret": "2030-01-06T12:00"},
                "eksterneVarsler": [paaminnelse_sms(UTLOEST, HEMMELIG)],
            },
        }
        oppgave = ny_oppgave(tjeneste, **felter)
        venter = ny_beskjed(tjeneste, ekstern_id="2", eksterneVarsler=[sms("40000009", tidspunkt="2031-01-01T00:00")])
        tjeneste.klokke(tid.format_utc(tid.parse_tidspunkt("2030-01-06T11:00:00Z") + dager * 86_400_000_000))
    with kjoerende(tmp_path / "a.db", **valg) as tjeneste:  # which begins with its housekeeping
        for _ in range(100):
            if not borte or not tjeneste.rader("SELECT 1 FROM melding"):
                break
            tjeneste.utvikling("GET", "/dev/utboks?vent=0.05&til=x")
        assert varselstatuser(tjeneste, oppgave["id"]) == ["SENDT", "SENDT", "FEILET"], "what is told stays"
        assert varselstatuser(tjeneste, venter["id"]) == ["NY"]
        assert ny_oppgave(tjeneste, **felter) == oppgave, "and a retry is still known as one"
    fil = (tmp_path / "a.db").read_bytes()
    for rest in (HEMMELIG, "40000000", "40000001", UTLOEST):
        assert (rest.encode() in fil) != borte, rest
    assert b"40000009" in fil, "what has yet to be sent keeps its own"


# ── The emergency brake ──


def test_brake_holds_sending_and_nothing_else(soendag: Tjeneste) -> None:
    ny_sak(soendag)
    assert soendag.utvikling("GET", "/internal/noedbrems") == {"paa": False}
    noedbrems(soendag, True)
    avtale = ny_kalenderavtale(soendag, eksterneVarsler=[sms(EGET)])
    beskjed = ny_beskjed(soendag, eksterneVarsler=[sms(), sms("40000001"), sms("40000003", **NKS)])
    oppgave = ny_oppgave(soendag, ekstern_id="2", frist="2030-01-06", paaminnelse=_paaminnelse(SOENDAG, UTLOEST))
    _mutasjon(soendag, "oppdaterKalenderavtale", avtale["id"], nyTilstand="AVLYST")
    soendag.klokke("2030-01-07T09:00")
    assert utboks(soendag) == {}
    assert varselstatuser(soendag, avtale["id"]) == ["KANSELLERT"], "at once, also now"
    assert varselstatuser(soendag, beskjed["id"]) == ["NY", "NY", "NY"]
    assert hent(soendag, oppgave["id"])["notifikasjon"]["oppgave"]["tilstand"] == "UTGAATT"
    noedbrems(soendag, False)
    jobber(soendag)
    naa = "2030-01-07T08:00:00Z"
    assert utboks(soendag) == {"40000000": naa, "40000003": naa, UTLOEST: naa}
    assert varselstatuser(soendag, beskjed["id"]) == ["SENDT", "FEILET", "SENDT"]


def test_window_that_closed_while_the_brake_was_on_is_waited_for(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-01-07T10:00")
    noedbrems(tjeneste, True)
    beskjed = ny_beskjed(tjeneste, eksterneVarsler=[sms(**NKS), sms("40000003")])
    tjeneste.klokke("2030-01-07T14:31")
    noedbrems(tjeneste, False)
    jobber(tjeneste)
    assert varselstatuser(tjeneste, beskjed["id"]) == ["NY", "SENDT"]
    tjeneste.klokke("2030-01-09T00:00")
    assert utboks(tjeneste) == {"40000003": "2030-01-07T13:31:00Z", "40000000": "2030-01-08T07:30:00Z"}


def test_nothing_grows_too_old_under_the_brake(tjeneste: Tjeneste) -> None:
    """Whoever takes it off knows what waits."""
    tjeneste.klokke("2030-01-07T10:00")
    noedbrems(tjeneste, True)
    beskjed = ny_beskjed(tjeneste, eksterneVarsler=[sms(), epost(), altinnressurs(), sms("40000003", **NKS)])
    tjeneste.klokke("2030-03-01T10:00")
    noedbrems(tjeneste, True)  # once more: it has been on since the first time
    noedbrems(tjeneste, False)
    jobber(tjeneste)
    assert tjeneste.utvikling("GET", "/internal/holdte") == []
    assert set(utboks(tjeneste).values()) == {"2030-03-01T09:00:00Z"}
    assert varselstatuser(tjeneste, beskjed["id"]) == 4 * ["SENDT"]


def test_what_the_brake_keeps_is_listed_and_can_be_dropped(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-01-07T10:00")
    noedbrems(tjeneste, True)
    varsler = [sms(), sms("40000003"), sms("40000004"), sms("40000005", tidspunkt="2030-01-07T12:00")]
    oppgave = ny_oppgave(
        tjeneste, eksterneVarsler=varsler, paaminnelse={"tidspunkt": {"konkret": "2030-01-09T10:00"},
                                                        "eksterneVarsler": [paaminnelse_sms(KOMMENDE)]},
    )  # fmt: skip
    ider = [varsel["id"] for varsel in oppgave["eksterneVarsler"]]
    jobber(tjeneste)
    venter = tjeneste.utvikling("GET", "/internal/holdte")
    assert venter[0] == {
        "varselId": ider[0],
        "notifikasjonId": oppgave["id"],
        "kanal": "SMS",
        "planlagt": "2030-01-07T09:00:00Z",
        "grunn": "noedbrems",
    }
    assert [varsel["varselId"] for varsel in venter] == ider[:3], "what is not yet due is kept by nothing"

    valg = {"send": [ider[0]], "dropp": [ider[1], ider[3]]}
    assert tjeneste.utvikling("POST", "/internal/holdte", valg) == {"antall": 2}
    jobber(tjeneste)
    assert utboks(tjeneste) == {}, "the brake is on"
    assert varselstatuser(tjeneste, oppgave["id"]) == ["NY", "KANSELLERT", "NY", "NY"]
    assert historie(tjeneste, oppgave["id"]) == [("EksterntVarselKansellert", ider[1], "system")]
    noedbrems(tjeneste, False)
    jobber(tjeneste)
    assert set(utboks(tjeneste)) == {"40000000", "40000004"}


def test_new_beginning_is_without_the_brake(tjeneste: Tjeneste) -> None:
    noedbrems(tjeneste, True)
    tjeneste.utvikling("POST", "/dev/nullstill")
    assert tjeneste.utvikling("GET", "/internal/noedbrems") == {"paa": False}


@pytest.mark.parametrize("body", [{}, {"paa": 1}, {"paa": "true"}, {"paa": True, "annet": 1}, [], None, True], ids=str)
def test_brake_takes_only_yes_or_no(tjeneste: Tjeneste, body: Any) -> None:
    svar = tjeneste.http.post(f"{tjeneste.url}/internal/noedbrems", json=body, timeout=30)
    assert svar.status_code in (400, 415), svar.text
    assert tjeneste.utvikling("GET", "/internal/noedbrems") == {"paa": False}


def test_page_of_another_origin_cannot_touch_the_brake_or_what_is_held(tjeneste: Tjeneste) -> None:
    for sti, body in (("noedbrems", {"paa": True}), ("holdte", {"send": "alle"})):
        svar = tjeneste.http.post(
            f"{tjeneste.url}/internal/{sti}", json=body, headers={"Origin": "https://ond.eksempel.no"}, timeout=30
        )
        assert svar.status_code == 403
    assert tjeneste.utvikling("GET", "/internal/noedbrems") == {"paa": False}


def test_brake_outlives_a_restart(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "a.db") as tjeneste:
        assert tjeneste.utvikling("GET", "/internal/noedbrems") == {"paa": False}, "off in a new database"
        noedbrems(tjeneste, True)
        beskjed = ny_beskjed(tjeneste, eksterneVarsler=[sms()])
    with kjoerende(tmp_path / "a.db") as tjeneste:
        assert tjeneste.utvikling("GET", "/internal/noedbrems") == {"paa": True}
        jobber(tjeneste)
        assert varselstatuser(tjeneste, beskjed["id"]) == ["NY"]


def test_restored_backup_sends_nothing_until_it_is_told_to(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "a.db") as tjeneste:
        tjeneste.klokke("2030-01-07T10:00")
        ny_beskjed(tjeneste, ekstern_id="0", eksterneVarsler=[sms("40000099")])
        jobber(tjeneste)
        for nr in range(25):  # all due at noon, in the window: 500 with the one of a påminnelse
            varsler = [sms(f"41{i:02}{nr:02}99", tidspunkt="2030-01-07T12:00") for i in range(20 if nr else 19)]
            ny_beskjed(tjeneste, ekstern_id=f"b{nr}", eksterneVarsler=varsler)
        ny_oppgave(tjeneste, paaminnelse=_paaminnelse("2030-01-07T12:00", UTLOEST))
        _verb(tmp_path, "backup", tmp_path / "kopi.db")
    (tmp_path / "a.db").rename(tmp_path / "gammel.db")
    _verb(tmp_path, "gjenopprett", tmp_path / "kopi.db")
    with kjoerende(tmp_path / "a.db") as tjeneste:
        assert tjeneste.utvikling("GET", "/internal/noedbrems") == {"paa": True}
        tjeneste.klokke("2030-01-07T13:00")
        assert list(utboks(tjeneste)) == ["40000099"]
        assert tjeneste.rader("SELECT count(*) FROM eksternt_varsel WHERE status = 'NY'") == [(500,)]
        venter = tjeneste.utvikling("GET", "/internal/holdte")
        assert [varsel["grunn"] for varsel in venter] == 500 * ["noedbrems"]
        noedbrems(tjeneste, False)
        jobber(tjeneste)
        assert len(utboks(tjeneste)) == 501, "each once"
        assert tjeneste.utvikling("GET", "/internal/holdte") == []
        assert tjeneste.rader("SELECT DISTINCT status FROM eksternt_varsel") == [("SENDT",)]


def _verb(mappe: Path, verb: str, fil: Path) -> None:
    kommando = [sys.executable, str(ROOT / "notifikasjon.py"), verb, str(fil)]
    kommando += ["--config", str(mappe / "a.toml"), "--database", str(mappe / "a.db")]
    ferdig = subprocess.run(kommando, capture_output=True, text=True, timeout=60)
    assert ferdig.returncode == 0, ferdig.stderr


# ── A process that was down ──


def _stod_stille(database: Path, til: str) -> None:
    """The clock of a service that is not running has gone on meanwhile."""
    db = apsw.Connection(str(database))
    db.execute("UPDATE bryter SET verdi = ? WHERE navn = 'klokke'", (tid.fra_oslo(tid.parse_lokal(til)),))
    assert db.changes() == 1
    db.close()


def test_what_became_due_while_the_process_was_down_is_sent_when_it_starts(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "a.db") as tjeneste:
        tjeneste.klokke("2030-01-06T20:00")
        varsler = [
            sms("40000003", **NKS),
            sms("40000004", tidspunkt="2030-01-07T03:00"),
            sms("40000005", sendevindu="DAGTID_IKKE_SOENDAG"),
            sms("40000006", tidspunkt="2030-01-07T18:00"),
        ]
        oppgave = ny_oppgave(tjeneste, eksterneVarsler=varsler, paaminnelse=_paaminnelse("2030-01-07T12:00", UTLOEST))
    _stod_stille(tmp_path / "a.db", "2030-01-07T15:00")
    with kjoerende(tmp_path / "a.db") as tjeneste:
        jobber(tjeneste)
        naa = "2030-01-07T14:00:00Z"
        assert utboks(tjeneste) == {"40000004": naa, "40000005": naa}, "the window of NKS has closed again"
        tjeneste.klokke("2030-01-10T00:00")
        igjen = {"40000003": "2030-01-08T07:30:00Z", "40000006": "2030-01-07T17:00:00Z"}
        assert utboks(tjeneste) == {"40000004": naa, "40000005": naa, **igjen, UTLOEST: "2030-01-08T07:30:00Z"}
        assert varselstatuser(tjeneste, oppgave["id"]) == 4 * ["SENDT"]


def test_what_is_more_than_a_day_late_waits_for_a_human(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "a.db") as tjeneste:
        tjeneste.klokke("2030-01-07T10:00")
        varsler = [sms(f"4000010{nr}", tidspunkt=f"2030-01-07T12:0{nr}") for nr in range(4)] + [
            sms("40000105", tidspunkt="2030-01-08T13:00"),
            sms("40000106", tidspunkt="2030-02-01T00:00"),
        ]
        oppgave = ny_oppgave(tjeneste, eksterneVarsler=varsler, paaminnelse=_paaminnelse("2030-01-07T12:30", UTLOEST))
        ider = [varsel["id"] for varsel in oppgave["eksterneVarsler"]]
        paaminnelse_id = oppgave["paaminnelse"]["eksterneVarsler"][0]["id"]
    _stod_stille(tmp_path / "a.db", "2030-01-08T12:59")
    with kjoerende(tmp_path / "a.db") as tjeneste:
        jobber(tjeneste)
        tjeneste.klokke("2030-01-08T14:00")
        assert set(utboks(tjeneste)) == {"40000105"}
        holdte = tjeneste.utvikling("GET", "/internal/holdte")
        assert holdte == [
            {
                "varselId": varsel_id,
                "notifikasjonId": oppgave["id"],
                "kanal": "SMS",
                "planlagt": planlagt,
                "grunn": "for_gammelt",
            }
            for varsel_id, planlagt in [
                *((ider[nr], f"2030-01-07T11:0{nr}:00Z") for nr in range(4)),
                (paaminnelse_id, "2030-01-07T11:30:00Z"),
            ]
        ]
        assert varselstatuser(tjeneste, oppgave["id"]) == ["NY", "NY", "NY", "NY", "SENDT", "NY"]

        # Some are sent after all, some are dropped; what is not held is not touched.
        valg = {"send": [ider[1], ider[5], paaminnelse_id], "dropp": [ider[2], "finnes-ikke", ider[4]]}
        assert tjeneste.utvikling("POST", "/internal/holdte", valg) == {"antall": 3}
        jobber(tjeneste)
        assert set(utboks(tjeneste)) == {"40000105", "40000101", UTLOEST}
        assert varselstatuser(tjeneste, oppgave["id"]) == ["NY", "SENDT", "KANSELLERT", "NY", "SENDT", "NY"]
        assert historie(tjeneste, oppgave["id"])[-1][:2] in {
            ("EksterntVarselVellykket", paaminnelse_id),
            ("EksterntVarselVellykket", ider[1]),
        }
        assert ("EksterntVarselKansellert", ider[2], "system") in historie(tjeneste, oppgave["id"])

        # Held ones survive a restart, and an oppgave that is deleted.
        mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{oppgave["id"]}"')
    with kjoerende(tmp_path / "a.db") as tjeneste:
        assert [holdt["varselId"] for holdt in tjeneste.utvikling("GET", "/internal/holdte")] == [ider[0], ider[3]]
        assert tjeneste.utvikling("POST", "/internal/holdte", {"dropp": "alle"}) == {"antall": 2}
        assert tjeneste.utvikling("GET", "/internal/holdte") == []
        jobber(tjeneste)
        assert set(utboks(tjeneste)) == {"40000105", "40000101", UTLOEST}
        assert tjeneste.rader("SELECT mottaker FROM eksternt_varsel WHERE mottaker IS NOT NULL") == [("40000106",)], (
            "the rest is final, and its oppgave is gone"
        )


def test_everything_held_can_be_sent_in_its_window(tmp_path: Path) -> None:
    verdier = {"varsling.for_gammelt_etter_timer": "1"}
    with kjoerende(tmp_path / "a.db", verdier=verdier) as tjeneste:
        tjeneste.klokke("2030-01-07T07:00")
        ny_beskjed(tjeneste, eksterneVarsler=[sms("40000005", **NKS), sms("40000006", tidspunkt="2030-01-07T08:30")])
        ny_beskjed(tjeneste, ekstern_id="2", eksterneVarsler=[sms("40000003", tidspunkt="2030-01-07T14:00")])
    _stod_stille(tmp_path / "a.db", "2030-01-07T15:00")
    with kjoerende(tmp_path / "a.db", verdier=verdier) as tjeneste:
        jobber(tjeneste)
        assert utboks(tjeneste) == {"40000003": "2030-01-07T14:00:00Z"}, "an hour is not more than an hour"
        assert len(tjeneste.utvikling("GET", "/internal/holdte")) == 2
        assert tjeneste.utvikling("POST", "/internal/holdte", {"send": "alle"}) == {"antall": 2}
        tjeneste.klokke("2030-01-10T00:00")
        sendt = utboks(tjeneste)
        assert (sendt["40000006"], sendt["40000005"]) == ("2030-01-07T14:00:00Z", "2030-01-08T07:30:00Z")


def test_held_varsel_is_cancelled_with_its_kalenderavtale(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "a.db") as tjeneste:
        tjeneste.klokke("2030-01-07T10:00")
        ny_sak(tjeneste)
        avtale = ny_kalenderavtale(tjeneste, eksterneVarsler=[sms(tidspunkt="2030-01-07T12:00")])
    _stod_stille(tmp_path / "a.db", "2030-01-09T00:00")
    with kjoerende(tmp_path / "a.db") as tjeneste:
        jobber(tjeneste)
        assert len(tjeneste.utvikling("GET", "/internal/holdte")) == 1
        _mutasjon(tjeneste, "oppdaterKalenderavtale", avtale["id"], nyTilstand="AVLYST")
        assert varselstatuser(tjeneste, avtale["id"]) == ["KANSELLERT"]
        assert tjeneste.utvikling("GET", "/internal/holdte") == []


@pytest.mark.parametrize(
    "body", [{}, [], None, "alle", {"send": "noen"}, {"send": [1]}, {"slett": []}, {"send": [], "x": []}], ids=str
)
def test_decision_about_the_held_must_be_understood(tjeneste: Tjeneste, body: Any) -> None:
    svar = tjeneste.http.post(f"{tjeneste.url}/internal/holdte", json=body, timeout=30)
    assert svar.status_code in (400, 415), svar.text


# ── Quota ──


def test_producer_that_has_used_its_quota_waits_and_the_others_do_not(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "a.db", verdier={"varsling.kvote_per_doegn": "3"}) as tjeneste:
        tjeneste.klokke("2030-01-07T10:00")
        varsler = [sms(f"4000010{nr}") for nr in range(8)] + [sms("40000001")]
        beskjed = ny_beskjed(tjeneste, eksterneVarsler=varsler)
        annen = ny_beskjed(
            tjeneste,
            applikasjon=TILTAK,
            merkelapp="Tiltak",
            mottakere=[{"altinnRessurs": {"ressursId": "nav_tiltak_mentor"}}],
            eksterneVarsler=[sms("40000200")],
        )
        jobber(tjeneste)
        assert varselstatuser(tjeneste, beskjed["id"]) == ["SENDT"] * 3 + ["NY"] * 6
        (status,) = tjeneste.rader("SELECT status FROM eksternt_varsel WHERE id = ?", annen["eksterneVarsler"][0]["id"])
        assert status == ("SENDT",)
        tjeneste.klokke("2030-01-08T09:59")
        assert varselstatuser(tjeneste, beskjed["id"]).count("SENDT") == 3
        tjeneste.klokke("2030-01-08T10:59")  # an hour is how often it is looked at
        assert varselstatuser(tjeneste, beskjed["id"]).count("SENDT") == 6
        tjeneste.klokke("2030-01-10T12:00")
        assert varselstatuser(tjeneste, beskjed["id"]).count("SENDT") == 6, "the rest is too late by now"
        assert len(tjeneste.utvikling("GET", "/internal/holdte")) == 3
        assert tjeneste.utvikling("POST", "/internal/holdte", {"send": "alle"}) == {"antall": 3}
        jobber(tjeneste)
        assert varselstatuser(tjeneste, beskjed["id"]) == ["SENDT"] * 8 + ["FEILET"]
        assert len(utboks(tjeneste)) == 9


# ── Terms of use ──


BRUDD = [
    (sms(tekst="Logg inn på nav.no"), ["Eksternt varsel 1: SMS-tekst inneholder «nav.no»."]),
    (sms(tekst="Se https://eksempel.no"), ["Eksternt varsel 1: SMS-tekst inneholder en lenke."]),
    (sms(tekst="Gjelder 15845512345"), ["Eksternt varsel 1: SMS-tekst inneholder et fødselsnummer."]),
    (sms(tekst="Gjelder 158455 12345."), ["Eksternt varsel 1: SMS-tekst inneholder et fødselsnummer."]),
    (
        epost(tittel="Fra NAV.NO", html='<a href = "x">her</a>'),
        ["Eksternt varsel 1: tittel inneholder «nav.no».", "Eksternt varsel 1: e-posttekst inneholder en lenke."],
    ),
    (
        epost(html="<p>Se http://www.nav.no</p>"),
        [
            "Eksternt varsel 1: e-posttekst inneholder «nav.no».",
            "Eksternt varsel 1: e-posttekst inneholder en lenke.",
        ],
    ),
]


@pytest.mark.parametrize(("varsel", "advarsler"), BRUDD, ids=str)
def test_breach_of_the_terms_is_told_beside_the_answer(soendag: Tjeneste, varsel: Svar, advarsler: list[str]) -> None:
    for _ in ("ordered", "repeated"):
        svar = soendag.produsent_svar(NY_BESKJED, {"nyBeskjed": inndata(eksterneVarsler=[varsel])}).json()
        assert svar["data"]["nyBeskjed"]["__typename"] == "NyBeskjedVellykket"
        assert svar["extensions"] == {"advarsler": advarsler}
    jobber(soendag)
    assert len(utboks(soendag)) == 1


@pytest.mark.parametrize(
    "varsel",
    [
        sms(),
        sms(tekst="Fra Nav. No er det på tide"),
        sms(tekst="Ring 55 55 33 33, saksnummer 1234567890 eller 123456789012"),
        epost(html="<p>Logg inn på Min side – arbeidsgiver</p>"),
        altinnressurs(),
        altinntjeneste(),
    ],
    ids=str,
)
def test_texts_that_keep_the_terms_are_not_remarked_on(soendag: Tjeneste, varsel: Svar) -> None:
    svar = soendag.produsent_svar(NY_BESKJED, {"nyBeskjed": inndata(eksterneVarsler=[varsel])}).json()
    assert list(svar) == ["data"]


def test_varsler_of_paaminnelser_and_updates_are_read_as_well(soendag: Tjeneste) -> None:
    ny_sak(soendag)
    avtale = ny_kalenderavtale(soendag)
    oppgave = ny_oppgave(soendag, frist="2030-02-01")
    paaminnelse = {"tidspunkt": {"etterOpprettelse": "P1D"}, "eksterneVarsler": [paaminnelse_sms(tekst="nav.no")]}
    for felt, notifikasjon_id, variabler in (
        ("oppdaterKalenderavtale", avtale["id"], {"eksterneVarsler": [sms(tekst="nav.no")]}),
        ("oppdaterKalenderavtale", avtale["id"], {"paaminnelse": paaminnelse}),
        ("oppgaveEndrePaaminnelse", oppgave["id"], {"paaminnelse": paaminnelse}),
        ("oppgaveUtsettFrist", oppgave["id"], {"nyFrist": "2030-03-01", "paaminnelse": paaminnelse}),
    ):
        typer = " ".join(f"${navn}: {VARIABLER[navn]}" for navn in variabler)
        argumenter = " ".join(f"{navn}: ${navn}" for navn in variabler)
        svar = soendag.produsent_svar(
            f"mutation m({typer}) {{ {felt}(id: {_tekst(notifikasjon_id)} {argumenter}) {{ __typename }} }}", variabler
        ).json()
        assert svar["extensions"] == {"advarsler": ["Eksternt varsel 1: SMS-tekst inneholder «nav.no»."]}, felt


def test_strict_service_refuses_a_breach_and_stores_nothing(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "a.db", verdier={"varsling.streng": "true"}) as tjeneste:
        ny_sak(tjeneste)
        avtale = ny_kalenderavtale(tjeneste)
        for varsel, advarsler in BRUDD:
            (feil,) = graphql_feil(tjeneste, NY_BESKJED, {"nyBeskjed": inndata(eksterneVarsler=[varsel])})
            assert advarsler[0] in feil["message"]
        (feil,) = graphql_feil(
            tjeneste,
            """
            mutation m($id: ID!, $v: [EksterntVarselInput!]!) {
                oppdaterKalenderavtale(id: $id nyTilstand: AVLYST eksterneVarsler: $v) { __typename }
            }
            """,
            {"id": avtale["id"], "v": [sms(tekst="nav.no")]},
        )
        assert "«nav.no»" in feil["message"]
        assert tjeneste.rader("SELECT count(*) FROM eksternt_varsel") == [(0,)]
        assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(1,)]
        assert hent(tjeneste, avtale["id"])["notifikasjon"]["kalenderavtale"]["tilstand"] != "AVLYST"
        assert ny_beskjed(tjeneste, eksterneVarsler=[sms(), epost()])["__typename"] == "NyBeskjedVellykket"
