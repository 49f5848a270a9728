"""What happens to an oppgave after it is made: utført, utgått, another frist, another påminnelse."""

from typing import Any

import pytest
from produsent import (
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
from tjeneste import BAKERIET, DAGNY, TILTAK, UKJENT, Tjeneste

from server import tid

NAA = "2030-01-07T12:00:00Z"
UKJENT_ID = "00000000-0000-4000-8000-000000000000"

# operation -> the names of its fields by id and by eksternId, and an argument that it needs
VARIANTER = {
    "utfoert": ("oppgaveUtfoert", "oppgaveUtfoertByEksternId_V2", ""),
    "utgaatt": ("oppgaveUtgaatt", "oppgaveUtgaattByEksternId", ""),
    "utsett": ("oppgaveUtsettFrist", "oppgaveUtsettFristByEksternId", 'nyFrist: "2030-02-01"'),
    "endre": ("oppgaveEndrePaaminnelse", "oppgaveEndrePaaminnelseByEksternId", ""),
}
FELT = [(felt, noedvendig) for med_id, med_noekkel, noedvendig in VARIANTER.values() for felt in (med_id, med_noekkel)]
FELT.append(("oppgaveUtfoertByEksternId", ""))
for_hvert_felt = pytest.mark.parametrize(("felt", "noedvendig"), FELT, ids=[felt for felt, _ in FELT])


class Oppgave:
    def __init__(self, tjeneste: Tjeneste, **felter: Any) -> None:
        self.tjeneste = tjeneste
        self.id: str = ny_oppgave(tjeneste, **felter)["id"]

    def gjoer(self, felt: str, argumenter: str = "", **annet: Any) -> dict[str, Any]:
        navn = 'merkelapp: "fager" eksternId: "ekstern-1"' if "ByEksternId" in felt else f'id: "{self.id}"'
        return mutasjon(self.tjeneste, felt, f"{navn} {argumenter}", **annet)

    def tilstand(self) -> str:
        tilstand: str = hent(self.tjeneste, self.id)["notifikasjon"]["oppgave"]["tilstand"]
        return tilstand

    def rad(self, kolonner: str) -> tuple[Any, ...]:
        return self.tjeneste.rader(f"SELECT {kolonner} FROM notifikasjon WHERE id = ?", self.id)[0]

    def paaminnelser(self) -> list[tuple[str, str]]:
        rader = self.tjeneste.rader("SELECT tidspunkt, tilstand FROM paaminnelse ORDER BY nr")
        return [(tid.format_utc(tidspunkt), tilstand) for tidspunkt, tilstand in rader]

    def hendelser(self) -> list[tuple[str, str]]:
        """But for what is told of varsler."""
        sql = "SELECT type, hvem FROM hendelse WHERE type NOT LIKE 'EksterntVarsel%' ORDER BY nr"
        return [(type_, hvem) for type_, hvem in self.tjeneste.rader(sql)]


def om(varighet: str, *varsler: Any) -> dict[str, Any]:
    return {"tidspunkt": {"etterOpprettelse": varighet}, "eksterneVarsler": list(varsler)}


# ── All of them ──


@for_hvert_felt
def test_the_answer_is_the_id_of_the_oppgave(tjeneste: Tjeneste, felt: str, noedvendig: str) -> None:
    oppgave = Oppgave(tjeneste)
    svar = oppgave.gjoer(felt, noedvendig)
    assert svar["id"] == oppgave.id
    assert len(oppgave.hendelser()) == 2 and oppgave.hendelser()[1][1] == "fager"


@for_hvert_felt
def test_an_oppgave_that_is_not_there_is_named(tjeneste: Tjeneste, felt: str, noedvendig: str) -> None:
    med_noekkel = "ByEksternId" in felt
    navn = 'merkelapp: "m" eksternId: "e-7"' if med_noekkel else f'id: "{UKJENT_ID}"'
    svar = mutasjon(tjeneste, felt, f"{navn} {noedvendig}")
    assert svar["__typename"] == "NotifikasjonFinnesIkke"
    assert all(spor in svar["feilmelding"] for spor in (["'m'", "'e-7'"] if med_noekkel else [UKJENT_ID]))


@for_hvert_felt
def test_what_is_no_oppgave_is_not_found(tjeneste: Tjeneste, felt: str, noedvendig: str) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    beskjed_id = ny_beskjed(tjeneste, ekstern_id="beskjed-1")["id"]
    avtale_id = ny_kalenderavtale(tjeneste)["id"]
    if "ByEksternId" in felt:
        navn = [f'merkelapp: "fager" eksternId: "{e}"' for e in ("beskjed-1", "avtale-1", "sak-1")]
    else:
        navn = [f'id: "{i}"' for i in (beskjed_id, avtale_id, sak_id)]
    for hvilken in navn:
        assert mutasjon(tjeneste, felt, f"{hvilken} {noedvendig}")["__typename"] == "NotifikasjonFinnesIkke"
    assert tjeneste.rader("SELECT count(*) FROM hendelse") == [(3,)]


@for_hvert_felt
def test_a_deleted_oppgave_is_not_found(tjeneste: Tjeneste, felt: str, noedvendig: str) -> None:
    oppgave = Oppgave(tjeneste)
    oppgave.gjoer("hardDeleteNotifikasjon")
    assert oppgave.gjoer(felt, noedvendig)["__typename"] == "NotifikasjonFinnesIkke"


@for_hvert_felt
def test_the_merkelapp_decides_who_may(tjeneste: Tjeneste, felt: str, noedvendig: str) -> None:
    oppgave = Oppgave(tjeneste)
    assert oppgave.gjoer(felt, noedvendig, applikasjon=TILTAK)["__typename"] == "UgyldigMerkelapp"
    assert oppgave.gjoer(felt, noedvendig, applikasjon=UKJENT)["__typename"] == "UkjentProdusent"
    assert len(oppgave.hendelser()) == 1
    assert oppgave.gjoer(felt, noedvendig, applikasjon="dev-gcp:fager:notifikasjon-test-produsent-v2")["id"]


def test_a_wrong_merkelapp_is_not_found_also_when_it_is_foreign(tjeneste: Tjeneste) -> None:
    Oppgave(tjeneste)
    for merkelapp in ("fager2", "Tiltak", "hva som helst"):
        svar = mutasjon(tjeneste, "oppgaveUtfoertByEksternId_V2", f'merkelapp: "{merkelapp}" eksternId: "ekstern-1"')
        assert svar["__typename"] == "NotifikasjonFinnesIkke"


def test_an_ekstern_id_of_type_id_may_be_a_number(tjeneste: Tjeneste) -> None:
    oppgave = Oppgave(tjeneste, ekstern_id="42")
    assert mutasjon(tjeneste, "oppgaveUtfoertByEksternId", 'merkelapp: "fager" eksternId: 42')["id"] == oppgave.id
    query = 'mutation m($e: ID!) { oppgaveUtfoertByEksternId(merkelapp: "fager" eksternId: $e) { __typename } }'
    svar = tjeneste.produsent(query, {"e": 42})["oppgaveUtfoertByEksternId"]
    assert svar == {"__typename": "OppgaveUtfoertVellykket"}


# ── Which state follows which ──

TIL = {
    "NY": "",
    "UTFOERT": "oppgaveUtfoert",
    "UTGAATT": "oppgaveUtgaatt",
}
OVERGANGER = [
    ("NY", "oppgaveUtfoert", "UTFOERT"),
    ("UTFOERT", "oppgaveUtfoert", "UTFOERT"),
    ("UTGAATT", "oppgaveUtfoert", "UTFOERT"),
    ("NY", "oppgaveUtgaatt", "UTGAATT"),
    ("UTFOERT", "oppgaveUtgaatt", None),
    ("UTGAATT", "oppgaveUtgaatt", "UTGAATT"),
    ("NY", "oppgaveUtsettFrist", "NY"),
    ("UTFOERT", "oppgaveUtsettFrist", "UTFOERT"),
    ("UTGAATT", "oppgaveUtsettFrist", "NY"),
    ("NY", "oppgaveEndrePaaminnelse", "NY"),
    ("UTFOERT", "oppgaveEndrePaaminnelse", "UTFOERT"),
    ("UTGAATT", "oppgaveEndrePaaminnelse", "UTGAATT"),
]


@pytest.mark.parametrize("suffiks", ["", "ByEksternId"])
@pytest.mark.parametrize(("fra", "felt", "til"), OVERGANGER)
def test_transitions(tjeneste: Tjeneste, fra: str, felt: str, til: str | None, suffiks: str) -> None:
    tjeneste.klokke(NAA)
    oppgave = Oppgave(tjeneste)
    if TIL[fra]:
        oppgave.gjoer(TIL[fra])
    assert oppgave.tilstand() == fra
    hele_feltet = felt + suffiks + ("_V2" if felt == "oppgaveUtfoert" and suffiks else "")
    svar = oppgave.gjoer(hele_feltet, 'nyFrist: "2030-02-01"' if felt == "oppgaveUtsettFrist" else "")
    if til is None:
        assert svar["__typename"] == "OppgavenErAlleredeUtfoert"
        assert oppgave.tilstand() == fra
    else:
        assert svar["id"] == oppgave.id
        assert oppgave.tilstand() == til


# ── Utført and utgått ──


@pytest.mark.parametrize(
    ("felt", "navn", "kolonne"),
    [
        ("oppgaveUtfoert", "utfoertTidspunkt", "utfoert_tidspunkt"),
        ("oppgaveUtgaatt", "utgaattTidspunkt", "utgaatt_tidspunkt"),
    ],
)
def test_the_time_is_the_one_given_else_of_the_call(tjeneste: Tjeneste, felt: str, navn: str, kolonne: str) -> None:
    tjeneste.klokke(NAA)
    oppgave = Oppgave(tjeneste)
    for argumenter, ventet in (
        ("", NAA),
        (f'{navn}: "1999-12-31T23:00+01:00"', "1999-12-31T22:00:00Z"),
        (f'{navn}: "2999-06-01T10:00"', "2999-06-01T08:00:00Z"),
        (f"{navn}: null", NAA),
    ):
        oppgave.gjoer(felt, argumenter)
        assert oppgave.rad(kolonne) == (tid.parse_tidspunkt(ventet),)
    assert len(oppgave.hendelser()) == 5, "each call is an event of its own"


@pytest.mark.parametrize(
    "felt", ["oppgaveUtfoert", "oppgaveUtfoertByEksternId_V2", "oppgaveUtgaatt", "oppgaveUtgaattByEksternId"]
)
def test_a_new_link_is_for_the_user_only(tjeneste: Tjeneste, felt: str) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    oppgave = Oppgave(tjeneste, lenke="https://gammel")
    oppgave.gjoer(felt, 'nyLenke: "https://ny"')
    oppgave.gjoer(felt)
    oppgave.gjoer(felt, "nyLenke: null")
    assert hent(tjeneste, oppgave.id)["notifikasjon"]["oppgave"]["lenke"] == "https://gammel"
    query = "{ notifikasjoner { notifikasjoner { ... on Oppgave { lenke } } } }"
    assert tjeneste.bruker(DAGNY, query)["notifikasjoner"]["notifikasjoner"] == [{"lenke": "https://ny"}]


FLYTTINGER = [
    (None, "FORLENG", '{ den: "2030-03-01T01:00" }', "2030-03-01T00:00:00Z"),
    ("2030-02-01T01:00", "FORLENG", '{ om: "P1D" }', "2030-02-01T00:00:00Z"),
    ("2030-02-01T01:00", "FORLENG", '{ om: "P1M" }', "2030-02-07T12:00:00Z"),
    ("2030-02-01T01:00", "OVERSKRIV", '{ om: "P1D" }', "2030-01-08T12:00:00Z"),
    ("2030-02-01T01:00", "OVERSKRIV", '{ den: "2001-01-01T00:00" }', NAA),
    ("2030-02-01T01:00", "OVERSKRIV", '{ den: "+999999999-12-31T23:59:59.999999999" }', None),
]


@pytest.mark.parametrize(
    "felt",
    [
        "oppgaveUtfoert",
        "oppgaveUtfoertByEksternId",
        "oppgaveUtfoertByEksternId_V2",
        "oppgaveUtgaatt",
        "oppgaveUtgaattByEksternId",
    ],
)
@pytest.mark.parametrize(("planlagt", "strategi", "ny_tid", "ventet"), FLYTTINGER)
def test_the_deletion_is_moved(
    tjeneste: Tjeneste, felt: str, planlagt: str | None, strategi: str, ny_tid: str, ventet: str | None
) -> None:
    tjeneste.klokke(NAA)
    oppgave = Oppgave(tjeneste, opprettet="2029-01-01T00:00Z", hard_delete={"den": planlagt} if planlagt else None)
    tidspunkt = "" if "_V2" not in felt else 'utfoertTidspunkt: "2029-06-01T00:00Z"'  # not what `om` is reckoned from
    oppgave.gjoer(felt, f"{tidspunkt} hardDelete: {{ nyTid: {ny_tid} strategi: {strategi} }}")
    oppgave.gjoer("oppgaveUtsettFrist", 'nyFrist: "2030-06-01"')  # cannot change it
    tjeneste.klokke("2999-01-01T00:00:00Z")
    assert slettetider(tjeneste) == ([ventet] if ventet else [])


@pytest.mark.parametrize("felt", ["oppgaveUtfoert", "oppgaveUtgaatt"])
def test_a_paaminnelse_does_not_come_after_the_end_of_an_oppgave(tjeneste: Tjeneste, felt: str) -> None:
    tjeneste.klokke(NAA)
    oppgave = Oppgave(tjeneste, paaminnelse=om("P1D", paaminnelse_sms()))
    oppgave.gjoer(felt)
    tjeneste.klokke("2030-02-01T00:00:00Z")
    assert oppgave.paaminnelser() == [("2030-01-08T12:00:00Z", "ERSTATTET")]
    assert tjeneste.rader("SELECT status FROM eksternt_varsel") == [("KANSELLERT",)]
    assert oppgave.rad("paaminnelse_tidspunkt") == (None,)


@pytest.mark.parametrize(("felt", "noedvendig"), FELT)
def test_ordered_varsler_stand_whatever_becomes_of_the_oppgave(tjeneste: Tjeneste, felt: str, noedvendig: str) -> None:
    oppgave = Oppgave(tjeneste, eksterneVarsler=[sms(tidspunkt="2999-01-01T00:00")])
    oppgave.gjoer(felt, noedvendig)
    (varsel,) = hent(tjeneste, oppgave.id)["notifikasjon"]["eksterneVarsler"]
    assert varsel["status"] == "NY"


def test_only_a_new_oppgave_expires(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    for ekstern_id, felt in (("1", "oppgaveUtfoert"), ("2", "oppgaveUtgaatt"), ("3", None)):
        oppgave = Oppgave(tjeneste, ekstern_id=ekstern_id, frist="2030-01-07")
        if felt:
            oppgave.gjoer(felt, f'{felt.removeprefix("oppgave").lower()}Tidspunkt: "2030-01-01T00:00Z"')
    tjeneste.klokke("2030-02-01T00:00:00Z")
    assert tjeneste.rader("SELECT tilstand, utgaatt_tidspunkt FROM notifikasjon ORDER BY nr") == [
        ("UTFOERT", None),
        ("UTGAATT", tid.parse_tidspunkt("2030-01-01T00:00Z")),
        ("UTGAATT", tid.parse_tidspunkt("2030-01-07T22:59:59.999999Z")),
    ]
    assert tjeneste.rader("SELECT hvem FROM hendelse WHERE type = 'OppgaveUtgaatt' ORDER BY nr") == [
        ("fager",),
        ("system",),
    ]


def test_one_manual_expiry_leaves_the_others_to_expire(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    ny_sak(tjeneste)
    ny_kalenderavtale(tjeneste, startTidspunkt="2030-01-20T10:00")
    andre = [Oppgave(tjeneste, ekstern_id=f"a{i}", frist="2030-01-09") for i in range(3)]
    Oppgave(tjeneste, frist="2030-01-07").gjoer("oppgaveUtgaatt")
    assert [oppgave.tilstand() for oppgave in andre] == ["NY"] * 3
    tjeneste.klokke("2030-02-01T00:00:00Z")
    assert [oppgave.tilstand() for oppgave in andre] == ["UTGAATT"] * 3
    assert tjeneste.rader("SELECT tilstand FROM notifikasjon WHERE type = 'Kalenderavtale'") == [("AVHOLDT",)]


# ── Another frist ──


@pytest.mark.parametrize("felt", ["oppgaveUtsettFrist", "oppgaveUtsettFristByEksternId"])
@pytest.mark.parametrize(
    ("frist", "ny_frist", "ventet"),
    [
        (None, "1999-01-01", "OppgaveUtsettFristVellykket"),
        ("2030-02-01", "2030-02-01", "OppgaveUtsettFristVellykket"),
        ("2030-02-01", "2030-02-02", "OppgaveUtsettFristVellykket"),
        ("2030-02-01", "2030-01-31", "Konflikt"),
        ("1999-01-01", "1999-01-02", "OppgaveUtsettFristVellykket"),
    ],
)
def test_a_frist_moves_forward_only(
    tjeneste: Tjeneste, felt: str, frist: str | None, ny_frist: str, ventet: str
) -> None:
    oppgave = Oppgave(tjeneste, frist=frist)
    assert oppgave.gjoer(felt, f'nyFrist: "{ny_frist}"')["__typename"] == ventet
    assert oppgave.rad("frist") == (frist if ventet == "Konflikt" else ny_frist,)


def test_a_later_frist_reopens_an_expired_oppgave_which_expires_again(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    oppgave = Oppgave(tjeneste, frist="2030-01-08")
    tjeneste.klokke("2030-01-10T00:00:00Z")
    assert oppgave.tilstand() == "UTGAATT"
    oppgave.gjoer("oppgaveUtsettFrist", 'nyFrist: "2030-01-20"')
    assert oppgave.tilstand() == "NY"
    assert oppgave.rad("utgaatt_tidspunkt") == (None,)
    tjeneste.klokke("2030-01-20T22:59:59Z")
    assert oppgave.tilstand() == "NY"
    tjeneste.klokke("2030-01-20T23:00:00Z")
    assert oppgave.tilstand() == "UTGAATT"
    assert [type_ for type_, _ in oppgave.hendelser()] == [
        "OppgaveOpprettet",
        "OppgaveUtgaatt",
        "FristUtsatt",
        "OppgaveUtgaatt",
    ]


def test_a_past_frist_expires_at_once(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    oppgave = Oppgave(tjeneste)
    oppgave.gjoer("oppgaveUtsettFrist", 'nyFrist: "2030-01-06"')
    tjeneste.utvikling("POST", "/dev/jobber")
    assert oppgave.tilstand() == "UTGAATT"


def test_a_done_oppgave_stays_done(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    tjeneste.tilgang(DAGNY, BAKERIET)
    oppgave = Oppgave(tjeneste, frist="2030-02-01")
    oppgave.gjoer("oppgaveUtfoert")
    paaminnelse = 'paaminnelse: { tidspunkt: { foerFrist: "P1D" } }'
    assert oppgave.gjoer("oppgaveUtsettFrist", f'nyFrist: "2030-03-01" {paaminnelse}')["id"] == oppgave.id
    tjeneste.klokke("2030-12-01T00:00:00Z")
    assert oppgave.tilstand() == "UTFOERT"
    assert oppgave.rad("frist, paaminnelse_tidspunkt") == ("2030-02-01", None)
    assert len(oppgave.hendelser()) == 2
    query = "{ notifikasjoner { notifikasjoner { ... on Oppgave { tilstand frist } } } }"
    svar = tjeneste.bruker(DAGNY, query)["notifikasjoner"]["notifikasjoner"]
    assert svar == [{"tilstand": "UTFOERT", "frist": "2030-02-01"}], "to the user too"


def test_moving_the_frist_replaces_the_paaminnelse(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    oppgave = Oppgave(tjeneste, frist="2030-02-01", paaminnelse=om("P1D", paaminnelse_sms()))
    paaminnelse = 'paaminnelse: { tidspunkt: { foerFrist: "P1D" } }'
    oppgave.gjoer("oppgaveUtsettFrist", f'nyFrist: "2030-03-01" {paaminnelse}')
    oppgave.gjoer("oppgaveUtsettFristByEksternId", f'nyFrist: "2030-04-01" {paaminnelse}')
    assert oppgave.paaminnelser() == [
        ("2030-01-08T12:00:00Z", "ERSTATTET"),
        ("2030-02-28T22:59:59.999999Z", "ERSTATTET"),
        ("2030-03-31T21:59:59.999999Z", "BESTILT"),
    ]
    oppgave.gjoer("oppgaveUtsettFrist", 'nyFrist: "2030-04-01"')
    assert {tilstand for _, tilstand in oppgave.paaminnelser()} == {"ERSTATTET"}
    assert tjeneste.rader("SELECT status FROM eksternt_varsel") == [("KANSELLERT",)]


# The påminnelse of a change is held against the frist after it, and against when the oppgave was made.
ENDREDE = [
    ('konkret: "2030-02-10T23:59:59"', True),
    ('konkret: "2030-02-11T00:00"', False),
    ('konkret: "2030-01-01T01:00"', True),
    ('konkret: "2030-01-01T00:59:59"', False),
    ('etterOpprettelse: "P40D"', True),
    ('etterOpprettelse: "P41D"', False),
    ('foerFrist: "P"', True),
    ('foerFrist: "P40D"', True),
    ('foerFrist: "P41D"', False),
    ('foerFrist: "PT-1S"', False),
    ('foerStartTidspunkt: "P1D"', False),
]


@pytest.mark.parametrize("felt", [felt for felt, _ in FELT if "Utsett" in felt or "Endre" in felt])
@pytest.mark.parametrize(("naar", "gyldig"), ENDREDE)
def test_the_time_of_another_paaminnelse(tjeneste: Tjeneste, felt: str, naar: str, gyldig: bool) -> None:
    tjeneste.klokke(NAA)
    # etterOpprettelse P41D is 2030-02-11T00:00Z, an hour into the day after the frist in Oslo
    oppgave = Oppgave(tjeneste, opprettet="2030-01-01T00:00Z", frist="2030-02-10", paaminnelse=om("P7D"))
    frist = 'nyFrist: "2030-02-10"' if "Utsett" in felt else ""
    svar = oppgave.gjoer(felt, f"{frist} paaminnelse: {{ tidspunkt: {{ {naar} }} }}")
    assert (svar["__typename"] == "UgyldigPaaminnelseTidspunkt") == (not gyldig), svar
    assert len(oppgave.paaminnelser()) == (2 if gyldig else 1)
    assert oppgave.paaminnelser()[0] == ("2030-01-08T00:00:00Z", "ERSTATTET" if gyldig else "BESTILT")


def test_without_a_frist_there_is_nothing_before_it(tjeneste: Tjeneste) -> None:
    oppgave = Oppgave(tjeneste)
    paaminnelse = 'paaminnelse: { tidspunkt: { foerFrist: "P1D" } }'
    assert oppgave.gjoer("oppgaveEndrePaaminnelse", paaminnelse)["__typename"] == "UgyldigPaaminnelseTidspunkt"
    svar = oppgave.gjoer("oppgaveUtsettFrist", f'nyFrist: "2999-01-01" {paaminnelse}')
    assert svar["__typename"] == "OppgaveUtsettFristVellykket"
    assert oppgave.gjoer("oppgaveEndrePaaminnelse", paaminnelse)["__typename"] == "OppgaveEndrePaaminnelseVellykket"


# ── Another påminnelse ──


@pytest.mark.parametrize("felt", ["oppgaveEndrePaaminnelse", "oppgaveEndrePaaminnelseByEksternId"])
def test_a_paaminnelse_is_replaced_and_removed(tjeneste: Tjeneste, felt: str) -> None:
    tjeneste.klokke(NAA)
    oppgave = Oppgave(tjeneste, paaminnelse=om("P1D", paaminnelse_sms()))
    oppgave.gjoer(
        felt,
        """paaminnelse: { tidspunkt: { etterOpprettelse: "P2D" } eksterneVarsler: { sms: {
            mottaker: { kontaktinfo: { tlf: "99999999" } } smsTekst: "Husk" sendevindu: LOEPENDE
        } } }""",
    )
    assert oppgave.paaminnelser() == [("2030-01-08T12:00:00Z", "ERSTATTET"), ("2030-01-09T12:00:00Z", "BESTILT")]
    varsler = "SELECT mottaker, status FROM eksternt_varsel ORDER BY nr"
    assert tjeneste.rader(varsler) == [("40000000", "KANSELLERT"), ("99999999", "NY")]
    oppgave.gjoer(felt, "paaminnelse: null")
    assert [tilstand for _, tilstand in oppgave.paaminnelser()] == ["ERSTATTET"] * 2
    assert tjeneste.rader(varsler) == [("40000000", "KANSELLERT"), ("99999999", "KANSELLERT")]
    assert oppgave.hendelser()[1:] == [("OppgavePaaminnelseEndret", "fager")] * 2
    assert hent(tjeneste, oppgave.id)["notifikasjon"]["eksterneVarsler"] == [], "never shown"


def test_a_fired_paaminnelse_is_not_undone(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    oppgave = Oppgave(tjeneste, paaminnelse=om("P1D"))
    tjeneste.klokke("2030-01-09T00:00:00Z")
    oppgave.gjoer("oppgaveEndrePaaminnelse")
    assert oppgave.paaminnelser() == [("2030-01-08T12:00:00Z", "UTLOEST")]


@pytest.mark.parametrize("felt", ["oppgaveEndrePaaminnelse", "oppgaveEndrePaaminnelseByEksternId"])
def test_a_used_key_changes_nothing_whatever_the_content(tjeneste: Tjeneste, felt: str) -> None:
    tjeneste.klokke(NAA)
    oppgave = Oppgave(tjeneste)
    paaminnelse = 'paaminnelse: { tidspunkt: { etterOpprettelse: "P2D" } }'
    oppgave.gjoer(felt, f'idempotencyKey: "n" {paaminnelse}')
    for retry in (paaminnelse, "", 'paaminnelse: { tidspunkt: { etterOpprettelse: "P-1D" } }'):
        assert oppgave.gjoer(felt, f'idempotencyKey: "n" {retry}')["id"] == oppgave.id
    assert oppgave.paaminnelser() == [("2030-01-09T12:00:00Z", "BESTILT")]
    assert len(oppgave.hendelser()) == 2
    annen = Oppgave(tjeneste, ekstern_id="2")
    annen.gjoer("oppgaveEndrePaaminnelse", f'idempotencyKey: "n" {paaminnelse}')
    assert len(annen.paaminnelser()) == 2, "a key belongs to one oppgave"


def test_a_key_of_a_refused_call_is_not_used_up(tjeneste: Tjeneste) -> None:
    oppgave = Oppgave(tjeneste)
    for varighet, ventet in (("P-1D", "UgyldigPaaminnelseTidspunkt"), ("P1D", "OppgaveEndrePaaminnelseVellykket")):
        paaminnelse = f'idempotencyKey: "n" paaminnelse: {{ tidspunkt: {{ etterOpprettelse: "{varighet}" }} }}'
        assert oppgave.gjoer("oppgaveEndrePaaminnelse", paaminnelse)["__typename"] == ventet
    assert len(oppgave.paaminnelser()) == 1


@pytest.mark.parametrize(("felt", "kommer"), [("oppgaveUtfoert", False), ("oppgaveUtgaatt", True)])
def test_paaminnelse_ordered_for_an_ended_oppgave_comes_unless_it_is_done(
    tjeneste: Tjeneste, felt: str, kommer: bool
) -> None:
    tjeneste.klokke(NAA)
    oppgave = Oppgave(tjeneste)
    oppgave.gjoer(felt)
    paaminnelse = 'paaminnelse: { tidspunkt: { etterOpprettelse: "P1D" } }'
    assert oppgave.gjoer("oppgaveEndrePaaminnelse", paaminnelse)["id"] == oppgave.id
    tjeneste.klokke("2030-02-01T00:00:00Z")
    assert (oppgave.rad("paaminnelse_tidspunkt") != (None,)) is kommer
    assert (("PaaminnelseOpprettet", "system") in oppgave.hendelser()) is kommer


def test_a_paaminnelse_does_not_come_for_a_deleted_sak(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    ny_sak(tjeneste)
    mutasjon(tjeneste, "hardDeleteSakByGrupperingsid", 'merkelapp: "fager" grupperingsid: "sak-1"')
    oppgave = Oppgave(tjeneste, grupperingsid="sak-1", paaminnelse=om("P1D", paaminnelse_sms()))
    tjeneste.klokke("2030-02-01T00:00:00Z")
    assert oppgave.rad("paaminnelse_tidspunkt") == (None,)
