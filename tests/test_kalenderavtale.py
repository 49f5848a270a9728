"""nyKalenderavtale and oppdaterKalenderavtale*: an appointment within a sak."""

from itertools import product
from typing import Any

import pytest
from produsent import (
    FEIL,
    graphql_feil,
    hent,
    mutasjon,
    ny_beskjed,
    ny_kalenderavtale,
    ny_oppgave,
    ny_sak,
    paaminnelse_sms,
    slettetider,
    sms,
)
from tjeneste import ANNE, BAKERIET, FISKERIET, RESSURS, TILTAK, UKJENT, Tjeneste, leder

from server import tid

NAA = "2030-01-07T12:00:00Z"
TILSTANDER = (
    "VENTER_SVAR_FRA_ARBEIDSGIVER",
    "ARBEIDSGIVER_VIL_AVLYSE",
    "ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED",
    "ARBEIDSGIVER_HAR_GODTATT",
    "AVLYST",
    "AVHOLDT",
)
STED = {"adresse": "Storgata 1", "postnummer": "0155", "poststed": "Oslo"}
ANNET_STED = {"adresse": "Torget", "postnummer": "", "poststed": "Bergen"}
VARSEL = """{ sms: {
    mottaker: { kontaktinfo: { tlf: "99999999" } } smsTekst: "Ny" sendetidspunkt: { tidspunkt: "2999-01-01T00:00" }
} }"""
SENT = {"tidspunkt": "2999-01-01T00:00"}  # a time at which nothing is sent while a test runs

FELT = {
    "oppdaterKalenderavtale": 'id: "{id}"',
    "oppdaterKalenderavtaleByEksternId": 'merkelapp: "fager" eksternId: "avtale-1"',
}
for_hvert_felt = pytest.mark.parametrize("felt", FELT)


class Avtale:
    def __init__(self, tjeneste: Tjeneste, felt: str = "oppdaterKalenderavtale", **felter: Any) -> None:
        self.tjeneste, self.felt = tjeneste, felt
        ny_sak(tjeneste, mottakere=[RESSURS, leder()])
        self.svar = ny_kalenderavtale(tjeneste, **felter)
        self.id: str = self.svar.get("id", "")

    def oppdater(self, argumenter: str = "", **annet: Any) -> dict[str, Any]:
        return mutasjon(self.tjeneste, self.felt, f"{FELT[self.felt].format(id=self.id)} {argumenter}", **annet)

    def node(self) -> dict[str, Any]:
        node: dict[str, Any] = hent(self.tjeneste, self.id)["notifikasjon"]
        return node

    def naa(self) -> dict[str, Any]:
        naa: dict[str, Any] = self.node()["kalenderavtale"]
        return naa

    def varsler(self) -> list[str]:
        return [varsel["status"] for varsel in self.node()["eksterneVarsler"]]

    def paaminnelser(self) -> list[tuple[str, str]]:
        rader = self.tjeneste.rader("SELECT tidspunkt, tilstand FROM paaminnelse ORDER BY nr")
        return [(tid.format_utc(tidspunkt), tilstand) for tidspunkt, tilstand in rader]

    def antall_oppdateringer(self) -> int:
        ((antall,),) = self.tjeneste.rader("SELECT count(*) FROM hendelse WHERE type = 'KalenderavtaleOppdatert'")
        return int(antall)


def om(varighet: str, *varsler: Any) -> dict[str, Any]:
    return {"tidspunkt": {"etterOpprettelse": varighet}, "eksterneVarsler": list(varsler)}


# ── nyKalenderavtale ──


def test_a_kalenderavtale_is_read_back_as_it_was_given(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    avtale = Avtale(
        tjeneste,
        tekst="Møte",
        startTidspunkt="2030-06-03T10:00",
        sluttTidspunkt="2030-06-03T12:00+01:00",
        lokasjon=STED,
        erDigitalt=True,
        tilstand="ARBEIDSGIVER_HAR_GODTATT",
        mottakere=[RESSURS, leder()],
        eksterneVarsler=[sms(**SENT), sms("99999999", **SENT)],
        paaminnelse=om("P1D", paaminnelse_sms()),
    )
    assert avtale.svar["__typename"] == "NyKalenderavtaleVellykket"
    paaminnelsesvarsler = [varsel["id"] for varsel in avtale.svar["paaminnelse"]["eksterneVarsler"]]
    assert tjeneste.rader("SELECT id FROM eksternt_varsel WHERE opphav = 'PAAMINNELSE'") == [(paaminnelsesvarsler[0],)]
    node = avtale.node()
    assert [m["__typename"] for m in node["mottakere"]] == ["NaermesteLederMottaker", "AltinnRessursMottaker"]
    assert node["metadata"] == {
        "id": avtale.id,
        "eksternId": "avtale-1",
        "grupperingsid": "sak-1",
        "opprettetTidspunkt": NAA,
    }
    assert [v["id"] for v in node["eksterneVarsler"]] == [v["id"] for v in avtale.svar["eksterneVarsler"]]
    assert node["kalenderavtale"] == {
        "merkelapp": "fager",
        "tekst": "Møte",
        "lenke": "https://eksempel.no/avtale",
        "startTidspunkt": "2030-06-03T08:00:00Z",
        "sluttTidspunkt": "2030-06-03T11:00:00Z",
        "lokasjon": STED,
        "digitalt": True,
        "tilstand": "ARBEIDSGIVER_HAR_GODTATT",
    }
    assert tjeneste.rader("SELECT type, hvem, merkelapp, grupperingsid FROM hendelse ORDER BY nr")[1:] == [
        ("KalenderavtaleOpprettet", "fager", "fager", "sak-1")
    ]


@pytest.mark.parametrize(
    "felter",
    [{}, dict.fromkeys(("sluttTidspunkt", "lokasjon", "erDigitalt", "tilstand", "paaminnelse", "hardDelete"))],
    ids=["left out", "null"],
)
def test_what_is_left_out_or_null_has_its_default(tjeneste: Tjeneste, felter: dict[str, Any]) -> None:
    avtale = Avtale(tjeneste, **felter)
    assert avtale.svar["paaminnelse"] is None and avtale.svar["eksterneVarsler"] == []
    naa = avtale.naa()
    assert {navn: naa[navn] for navn in ("sluttTidspunkt", "lokasjon", "digitalt", "tilstand")} == {
        "sluttTidspunkt": None,
        "lokasjon": None,
        "digitalt": False,
        "tilstand": "VENTER_SVAR_FRA_ARBEIDSGIVER",
    }


@pytest.mark.parametrize("tilstand", TILSTANDER)
def test_any_state_may_be_the_first(tjeneste: Tjeneste, tilstand: str) -> None:
    assert Avtale(tjeneste, tilstand=tilstand).naa()["tilstand"] == tilstand


@pytest.mark.parametrize(
    ("start", "slutt", "gyldig"),
    [
        ("2030-06-03T10:00", "2030-06-03T10:00", True),
        ("2030-06-03T10:00", "2030-06-03T09:59:59.999999", False),
        ("2030-06-03T10:00+02:00", "2030-06-03T09:30+01:00", True),
        ("2030-06-03T10:00+02:00", "2030-06-03T08:30+01:00", False),
        ("1999-06-03T10:00", "1999-06-04T10:00", True),
    ],
)
def test_an_appointment_does_not_end_before_it_begins(tjeneste: Tjeneste, start: str, slutt: str, gyldig: bool) -> None:
    svar = Avtale(tjeneste, startTidspunkt=start, sluttTidspunkt=slutt).svar
    assert svar["__typename"] == ("NyKalenderavtaleVellykket" if gyldig else "UgyldigKalenderavtale")


def test_an_appointment_needs_its_sak(tjeneste: Tjeneste) -> None:
    svar = ny_kalenderavtale(tjeneste)
    assert svar["__typename"] == "SakFinnesIkke"
    assert "'sak-1'" in svar["feilmelding"] and "'fager'" in svar["feilmelding"]
    ny_sak(tjeneste, merkelapp="fager2")
    assert ny_kalenderavtale(tjeneste)["__typename"] == "SakFinnesIkke"
    ny_sak(tjeneste)
    assert ny_kalenderavtale(tjeneste)["__typename"] == "NyKalenderavtaleVellykket"
    mutasjon(tjeneste, "hardDeleteSakByGrupperingsid", 'merkelapp: "fager" grupperingsid: "sak-1"')
    assert ny_kalenderavtale(tjeneste)["__typename"] == "SakFinnesIkke"


@pytest.mark.parametrize(
    "felter",
    [
        {"mottakere": [RESSURS, leder(ansatt_fnr="1")]},
        {"virksomhetsnummer": FISKERIET},
        {"mottakere": [{"altinnRessurs": {"ressursId": "nav_fremmed"}}]},
    ],
    ids=["not on the sak", "another virksomhet", "not the producer's"],
)
def test_recipients_must_be_among_those_of_the_sak(tjeneste: Tjeneste, felter: dict[str, Any]) -> None:
    svar = Avtale(tjeneste, **felter).svar
    assert svar["__typename"] == "UgyldigMottaker"
    assert ANNE not in svar["feilmelding"]


def test_no_recipient_at_all_gives_two_graphql_errors(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    query = f"""
    mutation {{
        min: nyKalenderavtale(
            virksomhetsnummer: "{BAKERIET}" grupperingsid: "sak-1" merkelapp: "fager" eksternId: "1" tekst: "" lenke: ""
            mottakere: [] startTidspunkt: "2030-06-03T10:00"
        ) {{ __typename {FEIL} }}
    }}
    """
    foerste, andre = graphql_feil(tjeneste, query)
    assert "minst 1 mottaker" in foerste["message"] and "path" not in foerste
    assert andre["path"] == ["min"]


def test_what_is_not_checked_may_be_anything(tjeneste: Tjeneste) -> None:
    rart: dict[str, Any] = {
        "eksternId": "",
        "lenke": ANNE,
        "tekst": "",
        "lokasjon": {"adresse": "", "postnummer": "ikke et nummer", "poststed": ANNE},
    }
    avtale = Avtale(tjeneste, **rart)
    assert avtale.naa()["lokasjon"] == rart["lokasjon"]
    assert ny_kalenderavtale(tjeneste, **rart) == avtale.svar


# When it is made is always the time of the call. Its start is 2030-06-03 in summer time.
PAAMINNELSER = [
    ({"konkret": "2030-01-07T13:00"}, "2030-01-07T12:00:00Z"),
    ({"konkret": "2030-01-07T12:59:59"}, None),
    ({"konkret": "2030-06-03T10:00"}, "2030-06-03T08:00:00Z"),
    ({"konkret": "2030-06-03T10:00:00.000001"}, None),
    ({"etterOpprettelse": "P"}, "2030-01-07T12:00:00Z"),
    ({"etterOpprettelse": "P1M"}, "2030-02-07T12:00:00Z"),
    ({"etterOpprettelse": "P6M"}, None),
    ({"etterOpprettelse": "PT-1S"}, None),
    ({"foerStartTidspunkt": "P"}, "2030-06-03T08:00:00Z"),
    ({"foerStartTidspunkt": "P4M"}, "2030-02-03T09:00:00Z"),  # ten o'clock in Oslo in winter too
    ({"foerStartTidspunkt": "PT48H"}, "2030-06-01T08:00:00Z"),
    ({"foerStartTidspunkt": "PT-1S"}, None),
    ({"foerStartTidspunkt": "P5M"}, None),
    ({"foerFrist": "P1D"}, None),
]


@pytest.mark.parametrize(("naar", "ventet"), PAAMINNELSER, ids=str)
def test_the_time_of_a_paaminnelse(tjeneste: Tjeneste, naar: dict[str, str], ventet: str | None) -> None:
    tjeneste.klokke(NAA)
    avtale = Avtale(tjeneste, paaminnelse={"tidspunkt": naar})
    if ventet is None:
        assert avtale.svar["__typename"] == "UgyldigKalenderavtale"
        assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(0,)]
    else:
        assert avtale.svar["paaminnelse"] == {"eksterneVarsler": []}
        assert avtale.paaminnelser() == [(ventet, "BESTILT")]


def test_a_paaminnelse_fires(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    avtale = Avtale(tjeneste, paaminnelse={"tidspunkt": {"foerStartTidspunkt": "P"}})
    tjeneste.klokke("2030-06-03T09:00:00Z")
    assert avtale.paaminnelser() == [("2030-06-03T08:00:00Z", "UTLOEST")]
    assert avtale.naa()["tilstand"] == "AVHOLDT"


def test_an_appointment_that_is_made_avlyst_never_reminds(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    avtale = Avtale(tjeneste, tilstand="AVLYST", paaminnelse=om("P1D", paaminnelse_sms()))
    assert len(avtale.svar["paaminnelse"]["eksterneVarsler"]) == 1
    tjeneste.klokke("2030-02-01T00:00:00Z")
    assert avtale.paaminnelser() == [("2030-01-08T12:00:00Z", "ERSTATTET")]
    assert tjeneste.rader("SELECT status FROM eksternt_varsel") == [("KANSELLERT",)]


def test_an_appointment_that_is_made_avlyst_reminds_if_it_is_opened_in_time(tjeneste: Tjeneste) -> None:
    """For good is only what an update has made AVLYST."""
    tjeneste.klokke(NAA)
    avtale = Avtale(tjeneste, tilstand="AVLYST", paaminnelse=om("P1D", paaminnelse_sms()))
    avtale.oppdater("nyTilstand: VENTER_SVAR_FRA_ARBEIDSGIVER")
    tjeneste.klokke("2030-02-01T00:00:00Z")
    assert avtale.paaminnelser() == [("2030-01-08T12:00:00Z", "UTLOEST")]


@pytest.mark.parametrize(
    ("hard_delete", "ventet"),
    [
        ({"om": "P1M"}, "2030-02-07T12:00:00Z"),
        ({"den": "2030-07-01T00:00"}, "2030-06-30T22:00:00Z"),
        ({"den": "2001-01-01T00:00"}, NAA),
        ({"den": "+999999999-12-31T23:59:59.999999999"}, None),
    ],
    ids=str,
)
def test_hard_delete_is_reckoned_from_the_call(
    tjeneste: Tjeneste, hard_delete: dict[str, str], ventet: str | None
) -> None:
    tjeneste.klokke(NAA)
    avtale = Avtale(tjeneste, hardDelete=hard_delete)
    tjeneste.klokke("2999-01-01T00:00:00Z")
    assert slettetider(tjeneste) == ([ventet] if ventet else [])
    assert hent(tjeneste, avtale.id)["__typename"] == ("NotifikasjonFinnesIkke" if ventet else "HentetNotifikasjon")


# ── Held ──


@pytest.mark.parametrize("tilstand", TILSTANDER)
def test_an_appointment_is_held_when_its_start_has_passed(tjeneste: Tjeneste, tilstand: str) -> None:
    tjeneste.klokke(NAA)
    avtale = Avtale(tjeneste, tilstand=tilstand, startTidspunkt="2030-02-01T10:00")
    tjeneste.klokke("2030-02-01T09:00:00Z")
    assert avtale.naa()["tilstand"] == tilstand
    tjeneste.klokke("2030-02-01T09:00:01Z")
    assert avtale.naa()["tilstand"] == ("AVLYST" if tilstand == "AVLYST" else "AVHOLDT")


def test_an_open_state_after_the_start_is_held_again(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    avtale = Avtale(tjeneste, startTidspunkt="2030-01-01T10:00")
    tjeneste.utvikling("POST", "/dev/jobber")
    assert avtale.naa()["tilstand"] == "AVHOLDT"
    avtale.oppdater("nyTilstand: ARBEIDSGIVER_HAR_GODTATT")
    tjeneste.utvikling("POST", "/dev/jobber")
    assert avtale.naa()["tilstand"] == "AVHOLDT"
    avtale.oppdater("nyTilstand: AVLYST")
    tjeneste.utvikling("POST", "/dev/jobber")
    assert avtale.naa()["tilstand"] == "AVLYST"
    assert tjeneste.rader("SELECT hvem FROM hendelse WHERE type = 'KalenderavtaleOppdatert' ORDER BY nr") == [
        ("system",),
        ("fager",),
        ("system",),
        ("fager",),
    ]


# ── oppdaterKalenderavtale ──

ENDRINGER: dict[str, tuple[str, dict[str, Any]]] = {
    "nyTilstand": ("nyTilstand: ARBEIDSGIVER_VIL_AVLYSE", {"tilstand": "ARBEIDSGIVER_VIL_AVLYSE"}),
    "nyTekst": ('nyTekst: "En annen"', {"tekst": "En annen"}),
    "an empty nyTekst": ('nyTekst: ""', {"tekst": ""}),
    "nyLenke": ('nyLenke: "https://ny"', {"lenke": "https://ny"}),
    "nyLokasjon": (
        'nyLokasjon: { adresse: "Torget" postnummer: "" poststed: "Bergen" }',
        {"lokasjon": ANNET_STED},
    ),
    "nyErDigitalt": ("nyErDigitalt: false", {"digitalt": False}),
}


@for_hvert_felt
@pytest.mark.parametrize(("argumenter", "ventet"), ENDRINGER.values(), ids=ENDRINGER)
def test_only_what_is_given_changes(tjeneste: Tjeneste, felt: str, argumenter: str, ventet: dict[str, Any]) -> None:
    avtale = Avtale(tjeneste, felt, lokasjon=STED, erDigitalt=True)
    foer = avtale.naa()
    assert avtale.oppdater(argumenter) == {"__typename": "OppdaterKalenderavtaleVellykket", "id": avtale.id}
    assert avtale.naa() == foer | ventet
    assert avtale.antall_oppdateringer() == 1
    nuller = "nyTilstand: null nyTekst: null nyLenke: null nyLokasjon: null nyErDigitalt: null paaminnelse: null"
    avtale.oppdater(f"{nuller} hardDelete: null idempotencyKey: null")
    assert avtale.naa() == foer | ventet, "null clears nothing"


@for_hvert_felt
def test_a_call_that_changes_nothing_succeeds(tjeneste: Tjeneste, felt: str) -> None:
    avtale = Avtale(tjeneste, felt)
    for argumenter in ("", "eksterneVarsler: []", 'idempotencyKey: "n"'):
        assert avtale.oppdater(argumenter)["id"] == avtale.id
    assert avtale.antall_oppdateringer() == 0
    assert ny_kalenderavtale(tjeneste) == avtale.svar, "and a retry of the creation still does"


def test_any_state_may_follow_any(tjeneste: Tjeneste) -> None:
    avtale = Avtale(tjeneste)
    for fra, til in product(TILSTANDER, TILSTANDER):
        avtale.oppdater(f"nyTilstand: {fra}")
        assert avtale.oppdater(f"nyTilstand: {til}")["id"] == avtale.id
        assert avtale.naa()["tilstand"] == til


@for_hvert_felt
def test_new_varsler_cancel_those_that_are_not_sent(tjeneste: Tjeneste, felt: str) -> None:
    avtale = Avtale(tjeneste, felt, eksterneVarsler=[sms(**SENT)], paaminnelse=om("P1D", paaminnelse_sms()))
    avtale.oppdater(f"eksterneVarsler: [{VARSEL}, {VARSEL}]")
    assert avtale.varsler() == ["KANSELLERT", "NY", "NY"], "at once, and the new ones are shown"
    avtale.oppdater(f"eksterneVarsler: {VARSEL}")
    assert avtale.varsler() == ["KANSELLERT", "KANSELLERT", "KANSELLERT", "NY"]
    assert [tilstand for _, tilstand in avtale.paaminnelser()] == ["BESTILT"], "what has not fired stands"
    assert ny_kalenderavtale(tjeneste, eksterneVarsler=[sms(**SENT)], paaminnelse=om("P1D", paaminnelse_sms())) == (
        avtale.svar
    )


def test_an_update_without_varsler_cancels_none(tjeneste: Tjeneste) -> None:
    avtale = Avtale(tjeneste, eksterneVarsler=[sms(**SENT)])
    avtale.oppdater('nyTekst: "En annen" nyTilstand: ARBEIDSGIVER_VIL_AVLYSE')
    assert avtale.varsler() == ["NY"]


def test_the_varsler_of_a_fired_paaminnelse_are_cancelled_too(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-01-06T12:00:00Z")  # a Sunday
    avtale = Avtale(tjeneste, paaminnelse=om("PT1H", paaminnelse_sms(sendevindu="DAGTID_IKKE_SOENDAG")))
    tjeneste.klokke("2030-01-06T14:00:00Z")
    assert avtale.paaminnelser() == [("2030-01-06T13:00:00Z", "UTLOEST")]
    assert tjeneste.rader("SELECT status FROM eksternt_varsel") == [("NY",)]
    avtale.oppdater(f"eksterneVarsler: {VARSEL}")
    assert tjeneste.rader("SELECT status FROM eksternt_varsel ORDER BY nr") == [("KANSELLERT",), ("NY",)]


@for_hvert_felt
def test_avlyst_cancels_everything_and_orders_what_it_brings(tjeneste: Tjeneste, felt: str) -> None:
    tjeneste.klokke(NAA)
    avtale = Avtale(tjeneste, felt, eksterneVarsler=[sms(**SENT)], paaminnelse=om("P1D", paaminnelse_sms()))
    # Its own påminnelse is ignored, also an impossible one.
    umulig = 'paaminnelse: { tidspunkt: { foerFrist: "P1D" } }'
    assert avtale.oppdater(f"nyTilstand: AVLYST eksterneVarsler: {VARSEL} {umulig}")["id"] == avtale.id
    assert avtale.varsler() == ["KANSELLERT", "NY"]
    assert avtale.paaminnelser() == [("2030-01-08T12:00:00Z", "ERSTATTET")]
    assert tjeneste.rader("SELECT status FROM eksternt_varsel WHERE opphav = 'PAAMINNELSE'") == [("KANSELLERT",)]

    # Never again a påminnelse, though the appointment is on again.
    avtale.oppdater("nyTilstand: ARBEIDSGIVER_HAR_GODTATT")
    avtale.oppdater('paaminnelse: { tidspunkt: { etterOpprettelse: "P2D" } }')
    tjeneste.klokke("2030-02-01T00:00:00Z")
    assert "UTLOEST" not in dict(avtale.paaminnelser()).values()


@for_hvert_felt
def test_an_update_with_only_a_paaminnelse_is_applied(tjeneste: Tjeneste, felt: str) -> None:
    tjeneste.klokke(NAA)
    avtale = Avtale(tjeneste, felt, paaminnelse=om("P1D", paaminnelse_sms()))
    avtale.oppdater('nyTekst: "En annen"')
    assert [tilstand for _, tilstand in avtale.paaminnelser()] == ["BESTILT"], "without one, what waits stands"
    avtale.oppdater('paaminnelse: { tidspunkt: { foerStartTidspunkt: "P1D" } }')
    assert avtale.paaminnelser() == [("2030-01-08T12:00:00Z", "ERSTATTET"), ("2030-06-02T08:00:00Z", "BESTILT")]
    assert avtale.antall_oppdateringer() == 2
    assert avtale.varsler() == []


@for_hvert_felt
@pytest.mark.parametrize(
    ("naar", "gyldig"),
    [
        ('konkret: "2030-01-07T13:00"', True),
        ('konkret: "2030-01-07T12:59:59"', False),
        ('konkret: "2030-06-03T10:00:01"', False),
        ('etterOpprettelse: "P"', True),
        ('foerStartTidspunkt: "P5M"', False),
        ('foerFrist: "P1D"', False),
    ],
)
def test_the_time_of_another_paaminnelse(tjeneste: Tjeneste, felt: str, naar: str, gyldig: bool) -> None:
    tjeneste.klokke(NAA)
    avtale = Avtale(tjeneste, felt)
    tjeneste.klokke("2030-02-01T00:00:00Z")  # what counts is when it was made
    svar = avtale.oppdater(f'nyTekst: "En annen" paaminnelse: {{ tidspunkt: {{ {naar} }} }}')
    assert svar["__typename"] == ("OppdaterKalenderavtaleVellykket" if gyldig else "UgyldigKalenderavtale")
    assert avtale.naa()["tekst"] == ("En annen" if gyldig else "Dialogmøte"), "all or nothing"


@for_hvert_felt
def test_a_used_key_changes_nothing_whatever_the_content(tjeneste: Tjeneste, felt: str) -> None:
    avtale = Avtale(tjeneste, felt)
    avtale.oppdater(f'idempotencyKey: "n" nyTekst: "En annen" eksterneVarsler: {VARSEL}')
    for retry in (
        f'nyTekst: "En annen" eksterneVarsler: {VARSEL}',
        'nyTekst: "En tredje" nyTilstand: AVLYST hardDelete: { nyTid: { om: "P" } strategi: OVERSKRIV }',
        'paaminnelse: { tidspunkt: { foerFrist: "P1D" } }',
    ):
        assert avtale.oppdater(f'idempotencyKey: "n" {retry}')["id"] == avtale.id
    assert avtale.naa()["tekst"] == "En annen"
    assert avtale.varsler() == ["NY"]
    assert avtale.antall_oppdateringer() == 1
    avtale.oppdater('idempotencyKey: "n2" nyTekst: "En tredje"')
    assert avtale.naa()["tekst"] == "En tredje"


def test_without_a_key_varsler_are_ordered_each_time(tjeneste: Tjeneste) -> None:
    avtale = Avtale(tjeneste)
    for _ in range(3):
        avtale.oppdater(f"eksterneVarsler: {VARSEL}")
    assert avtale.varsler() == ["KANSELLERT", "KANSELLERT", "NY"]
    assert avtale.antall_oppdateringer() == 3


def test_a_key_of_a_refused_call_is_not_used_up(tjeneste: Tjeneste) -> None:
    avtale = Avtale(tjeneste)
    umulig = 'paaminnelse: { tidspunkt: { foerFrist: "P1D" } }'
    assert avtale.oppdater(f'idempotencyKey: "n" {umulig}')["__typename"] == "UgyldigKalenderavtale"
    assert avtale.oppdater('idempotencyKey: "n"', applikasjon=TILTAK)["__typename"] == "UgyldigMerkelapp"
    avtale.oppdater('idempotencyKey: "n" nyTekst: "En annen"')
    assert avtale.naa()["tekst"] == "En annen"


@for_hvert_felt
@pytest.mark.parametrize(
    ("planlagt", "strategi", "ny_tid", "ventet"),
    [
        (None, "FORLENG", '{ om: "P1M" }', "2030-02-07T12:00:00Z"),
        ("2030-02-01T01:00", "FORLENG", '{ om: "P1D" }', "2030-02-01T00:00:00Z"),
        ("2030-02-01T01:00", "FORLENG", '{ den: "2030-02-01T01:00:01" }', "2030-02-01T00:00:01Z"),
        ("2030-02-01T01:00", "OVERSKRIV", '{ om: "P1D" }', "2030-01-08T12:00:00Z"),
        ("2030-02-01T01:00", "OVERSKRIV", '{ den: "+999999999-12-31T23:59:59.999999999" }', None),
    ],
)
def test_the_deletion_is_moved(
    tjeneste: Tjeneste, felt: str, planlagt: str | None, strategi: str, ny_tid: str, ventet: str | None
) -> None:
    tjeneste.klokke(NAA)
    avtale = Avtale(tjeneste, felt, hardDelete={"den": planlagt} if planlagt else None)
    avtale.oppdater(f"hardDelete: {{ nyTid: {ny_tid} strategi: {strategi} }}")
    avtale.oppdater('nyTekst: "Planen står"')
    tjeneste.klokke("2999-01-01T00:00:00Z")
    assert slettetider(tjeneste) == ([ventet] if ventet else [])


@for_hvert_felt
def test_an_appointment_that_is_not_there_is_named(tjeneste: Tjeneste, felt: str) -> None:
    ukjent = "00000000-0000-4000-8000-000000000000"
    sak_id = ny_sak(tjeneste)["id"]
    oppgave_id = ny_oppgave(tjeneste, ekstern_id="oppgave-1")["id"]
    beskjed_id = ny_beskjed(tjeneste, ekstern_id="beskjed-1")["id"]
    if felt.endswith("ByEksternId"):
        navn = [("fager", "oppgave-1"), ("fager", "beskjed-1"), ("fager", "e-7"), ("fager2", "avtale-1")]
        hvilke = [(f'merkelapp: "{m}" eksternId: "{e}"', e) for m, e in navn]
    else:
        hvilke = [(f'id: "{i}"', i) for i in (oppgave_id, beskjed_id, ukjent, sak_id)]
    ny_kalenderavtale(tjeneste)
    for hvilken, spor in hvilke:
        svar = mutasjon(tjeneste, felt, f'{hvilken} nyTekst: "En annen"')
        assert svar["__typename"] == "NotifikasjonFinnesIkke"
        assert spor in svar["feilmelding"] or "er ikke en kalenderavtale" in svar["feilmelding"]


@for_hvert_felt
def test_the_merkelapp_decides_who_may_update(tjeneste: Tjeneste, felt: str) -> None:
    avtale = Avtale(tjeneste, felt)
    assert avtale.oppdater('nyTekst: "En annen"', applikasjon=TILTAK)["__typename"] == "UgyldigMerkelapp"
    assert avtale.oppdater('nyTekst: "En annen"', applikasjon=UKJENT)["__typename"] == "UkjentProdusent"
    mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{avtale.id}"')
    assert avtale.oppdater('nyTekst: "En annen"')["__typename"] == "NotifikasjonFinnesIkke"
