"""nyStatusSak, nesteStegSak and tilleggsinformasjonSak, by id and by grupperingsid."""

from itertools import product
from typing import Any

import pytest
from produsent import hent_sak, mutasjon, ny_oppgave, ny_sak, slettetider
from tjeneste import DAGNY, TILTAK, UKJENT, Tjeneste

NAA = "2030-01-07T12:00:00Z"
STATUSER = "id statuser { status tidspunkt overstyrStatusTekstMed }"

# How a sak may be named: the suffix of the mutation, and its arguments.
NAVN = {"": 'id: "{id}"', "ByGrupperingsid": 'merkelapp: "fager" grupperingsid: "sak-1"'}

paa_begge_maater = pytest.mark.parametrize("suffiks", NAVN, ids=["by id", "by grupperingsid"])


class Sak:
    """One sak and one way to name it."""

    def __init__(self, tjeneste: Tjeneste, suffiks: str, **felter: Any) -> None:
        self.tjeneste, self.suffiks = tjeneste, suffiks
        self.id: str = ny_sak(tjeneste, **felter)["id"]

    def endre(self, felt: str, argumenter: str = "", valg: str = "id", **annet: Any) -> dict[str, Any]:
        navn = NAVN[self.suffiks].format(id=self.id)
        return mutasjon(self.tjeneste, felt + self.suffiks, f"{navn} {argumenter}", valg=valg, **annet)

    def status(self, argumenter: str) -> dict[str, Any]:
        return self.endre("nyStatusSak", argumenter, valg=STATUSER)

    def naa(self) -> dict[str, Any]:
        sak: dict[str, Any] = hent_sak(self.tjeneste, self.id)["sak"]
        return sak

    def hendelser(self) -> list[str]:
        return [type_ for (type_,) in self.tjeneste.rader("SELECT type FROM hendelse ORDER BY nr")]


# ── Status ──


@paa_begge_maater
def test_a_status_is_answered_with_its_own_id_and_all_statuses(tjeneste: Tjeneste, suffiks: str) -> None:
    tjeneste.klokke(NAA)
    sak = Sak(tjeneste, suffiks)
    tjeneste.klokke("2030-01-07T12:00:01Z")
    svar = sak.status('nyStatus: UNDER_BEHANDLING overstyrStatustekstMed: "I gang"')
    assert svar["__typename"] == "NyStatusSakVellykket"
    assert svar["id"] != sak.id
    assert svar["statuser"] == [
        {"status": "UNDER_BEHANDLING", "tidspunkt": "2030-01-07T12:00:01Z", "overstyrStatusTekstMed": "I gang"},
        {"status": "MOTTATT", "tidspunkt": NAA, "overstyrStatusTekstMed": None},
    ]
    assert tjeneste.rader("SELECT id FROM sak_status ORDER BY nr DESC LIMIT 1") == [(svar["id"],)]
    assert sak.naa()["sisteStatus"] == "UNDER_BEHANDLING"
    assert sak.hendelser() == ["SakOpprettet", "NyStatusSak"]


def test_any_status_may_follow_any(tjeneste: Tjeneste) -> None:
    alle = ("MOTTATT", "UNDER_BEHANDLING", "FERDIG")
    sak = Sak(tjeneste, "")
    for fra, til in product(alle, alle):
        sak.status(f"nyStatus: {fra}")
        assert sak.status(f"nyStatus: {til}")["__typename"] == "NyStatusSakVellykket"
        assert sak.naa()["sisteStatus"] == til


def test_statuses_are_ordered_by_the_time_given_else_received(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    sak = Sak(tjeneste, "")
    for status, tidspunkt in (
        ("UNDER_BEHANDLING", 'tidspunkt: "2030-01-08T13:00"'),
        ("FERDIG", 'tidspunkt: "2030-01-07T13:00"'),  # the very instant of the sak
        ("MOTTATT", 'tidspunkt: "2029-01-01T00:00Z"'),
    ):
        svar = sak.status(f"nyStatus: {status} {tidspunkt}")
    assert [(s["status"], s["tidspunkt"]) for s in svar["statuser"]] == [
        ("UNDER_BEHANDLING", "2030-01-08T12:00:00Z"),
        ("FERDIG", NAA),  # of two at the same time, the later call is first
        ("MOTTATT", NAA),
        ("MOTTATT", "2029-01-01T00:00:00Z"),
    ]
    assert sak.naa()["sisteStatus"] == "MOTTATT", "the one received last, whatever its time"


@paa_begge_maater
def test_without_a_key_each_call_is_a_new_status(tjeneste: Tjeneste, suffiks: str) -> None:
    sak = Sak(tjeneste, suffiks)
    ider = {sak.status("nyStatus: FERDIG")["id"] for _ in range(3)}
    assert len(ider) == 3
    assert len(sak.status("nyStatus: FERDIG idempotencyKey: null")["statuser"]) == 5


@paa_begge_maater
def test_a_used_key_gives_the_status_that_there_is(tjeneste: Tjeneste, suffiks: str) -> None:
    sak = Sak(tjeneste, suffiks)
    argumenter = 'idempotencyKey: "n" nyStatus: FERDIG overstyrStatustekstMed: "Slutt" tidspunkt: "2030-01-01T10:00"'
    svar = sak.status(argumenter)
    likt = argumenter.replace("2030-01-01T10:00", "2030-01-01T09:00Z")
    for retry in (argumenter, likt):
        assert sak.status(retry)["id"] == svar["id"]
    assert tjeneste.rader("SELECT count(*) FROM sak_status") == [(2,)]
    assert sak.hendelser() == ["SakOpprettet", "NyStatusSak"]


@pytest.mark.parametrize(
    "argumenter",
    [
        'nyStatus: MOTTATT overstyrStatustekstMed: "Slutt" tidspunkt: "2030-01-01T10:00"',
        'nyStatus: FERDIG overstyrStatustekstMed: "slutt" tidspunkt: "2030-01-01T10:00"',
        'nyStatus: FERDIG overstyrStatustekstMed: "" tidspunkt: "2030-01-01T10:00"',
        'nyStatus: FERDIG tidspunkt: "2030-01-01T10:00"',
        'nyStatus: FERDIG overstyrStatustekstMed: "Slutt" tidspunkt: "2030-01-01T10:01"',
        'nyStatus: FERDIG overstyrStatustekstMed: "Slutt"',
    ],
)
def test_a_used_key_with_another_content_is_a_conflict(tjeneste: Tjeneste, argumenter: str) -> None:
    sak = Sak(tjeneste, "")
    sak.status('idempotencyKey: "n" nyStatus: FERDIG overstyrStatustekstMed: "Slutt" tidspunkt: "2030-01-01T10:00"')
    assert sak.status(f'idempotencyKey: "n" {argumenter}')["__typename"] == "Konflikt"
    assert sak.hendelser() == ["SakOpprettet", "NyStatusSak"]


def test_link_and_deletion_are_neither_compared_nor_applied_on_a_used_key(tjeneste: Tjeneste) -> None:
    sak = Sak(tjeneste, "")
    svar = sak.status('idempotencyKey: "n" nyStatus: FERDIG')
    retry = 'nyLenkeTilSak: "https://ny" hardDelete: { nyTid: { om: "P1D" } strategi: OVERSKRIV }'
    assert sak.status(f'idempotencyKey: "n" nyStatus: FERDIG {retry}')["id"] == svar["id"]
    assert tjeneste.rader("SELECT ny_lenke, slettes_tidspunkt FROM sak") == [(None, None)]


def test_keys_belong_to_one_sak(tjeneste: Tjeneste) -> None:
    saker = [Sak(tjeneste, ""), Sak(tjeneste, "", grupperingsid="sak-2")]
    ider = [[sak.status('idempotencyKey: "n" nyStatus: FERDIG')["id"] for _ in range(2)] for sak in saker]
    assert ider[0][0] == ider[0][1] != ider[1][0] == ider[1][1]
    assert [sak.naa()["sisteStatus"] for sak in saker] == ["FERDIG", "FERDIG"]


def test_a_key_may_be_any_text(tjeneste: Tjeneste) -> None:
    sak = Sak(tjeneste, "")
    for noekkel in ("", "initial", "INITIELL", " ", "🔑"):
        svar = sak.status(f'idempotencyKey: "{noekkel}" nyStatus: FERDIG overstyrStatustekstMed: "{noekkel}"')
        assert svar["__typename"] == "NyStatusSakVellykket", noekkel
        assert sak.status(f'idempotencyKey: "{noekkel}" nyStatus: MOTTATT')["__typename"] == "Konflikt"


def test_a_new_link_is_for_the_user_only(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, "910825526")
    sak = Sak(tjeneste, "", lenke="https://gammel")
    sak.status('nyStatus: FERDIG nyLenkeTilSak: "https://ny"')
    sak.status("nyStatus: FERDIG")
    assert sak.naa()["lenke"] == "https://gammel"
    query = '{ saker(virksomhetsnumre: ["910825526"]) { saker { lenke } } }'
    assert tjeneste.bruker(DAGNY, query)["saker"]["saker"] == [{"lenke": "https://ny"}]
    assert ny_sak(tjeneste, lenke="https://gammel")["id"] == sak.id


STRATEGIER = [
    # planned before, strategy, new -> deleted at
    (None, "FORLENG", '{ den: "2030-03-01T01:00" }', "2030-03-01T00:00:00Z"),
    (None, "OVERSKRIV", '{ den: "2030-03-01T01:00" }', "2030-03-01T00:00:00Z"),
    ("2030-02-01T01:00", "FORLENG", '{ den: "2030-01-20T01:00" }', "2030-02-01T00:00:00Z"),
    ("2030-02-01T01:00", "FORLENG", '{ den: "2030-02-20T01:00" }', "2030-02-20T00:00:00Z"),
    ("2030-02-01T01:00", "OVERSKRIV", '{ den: "2030-01-20T01:00" }', "2030-01-20T00:00:00Z"),
    ("2030-02-01T01:00", "OVERSKRIV", '{ den: "2030-02-20T01:00" }', "2030-02-20T00:00:00Z"),
    ("2030-02-01T01:00", "OVERSKRIV", '{ om: "P1D" }', "2030-01-08T12:00:00Z"),
    ("+12020-01-01T00:00", "OVERSKRIV", '{ om: "P1D" }', "2030-01-08T12:00:00Z"),
    ("2030-02-01T01:00", "OVERSKRIV", '{ den: "+999999999-12-31T23:59:59.999999999" }', None),
    ("+999999999-12-31T23:59:59.999999999", "FORLENG", '{ om: "P1D" }', None),
]


@pytest.mark.parametrize(("planlagt", "strategi", "ny_tid", "ventet"), STRATEGIER)
def test_a_status_moves_the_deletion(
    tjeneste: Tjeneste, planlagt: str | None, strategi: str, ny_tid: str, ventet: str | None
) -> None:
    tjeneste.klokke(NAA)
    sak = Sak(tjeneste, "", hardDelete={"den": planlagt} if planlagt else None)
    sak.status(f"nyStatus: FERDIG hardDelete: {{ nyTid: {ny_tid} strategi: {strategi} }}")
    sak.status("nyStatus: FERDIG")  # without hardDelete the plan stands
    _slettes_da(tjeneste, ventet)


def test_a_duration_is_reckoned_from_the_time_of_the_status(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    sak = Sak(tjeneste, "")
    hard_delete = 'hardDelete: { nyTid: { om: "P1M" } strategi: OVERSKRIV }'
    sak.status(f'nyStatus: FERDIG tidspunkt: "2030-01-31T23:30Z" {hard_delete}')
    _slettes_da(tjeneste, "2030-02-28T23:30:00Z")


def _slettes_da(tjeneste: Tjeneste, tidspunkt: str | None) -> None:
    tjeneste.klokke(tidspunkt or "2999-01-01T00:00:00Z")
    assert slettetider(tjeneste) == ([tidspunkt] if tidspunkt else [])


# ── Neste steg and tilleggsinformasjon: the same rules ──

TEKSTER = {"nesteStegSak": "nesteSteg", "tilleggsinformasjonSak": "tilleggsinformasjon"}
paa_begge_tekster = pytest.mark.parametrize("felt", TEKSTER)


@paa_begge_maater
@paa_begge_tekster
def test_a_text_is_set_and_cleared(tjeneste: Tjeneste, suffiks: str, felt: str) -> None:
    navn = TEKSTER[felt]
    sak = Sak(tjeneste, suffiks, **{navn: "fra først av"})
    for argumenter, ventet in (
        (f'{navn}: "a"', "a"),
        (f'{navn}: ""', ""),
        (f"{navn}: null", None),
        (f'{navn}: "b"', "b"),
        ("", None),
    ):
        assert sak.endre(felt, argumenter) == {"__typename": f"{felt[0].upper()}{felt[1:]}Vellykket", "id": sak.id}
        assert sak.naa()[navn] == ventet
    andre = "tilleggsinformasjon" if navn == "nesteSteg" else "nesteSteg"
    assert sak.naa()[andre] is None
    assert sak.hendelser() == ["SakOpprettet", *[f"{felt[0].upper()}{felt[1:]}"] * 5]


@paa_begge_maater
@paa_begge_tekster
def test_a_used_key_changes_nothing_whatever_the_content(tjeneste: Tjeneste, suffiks: str, felt: str) -> None:
    navn = TEKSTER[felt]
    sak = Sak(tjeneste, suffiks)
    sak.endre(felt, f'idempotencyKey: "n" {navn}: "første"')
    for retry in (f'{navn}: "første"', f'{navn}: "andre"', ""):
        assert sak.endre(felt, f'idempotencyKey: "n" {retry}')["id"] == sak.id
        assert sak.naa()[navn] == "første"
    assert len(sak.hendelser()) == 2
    sak.endre(felt, f'idempotencyKey: "n2" {navn}: "andre"')
    assert sak.naa()[navn] == "andre"


@paa_begge_tekster
def test_without_a_key_a_text_is_always_written(tjeneste: Tjeneste, felt: str) -> None:
    navn = TEKSTER[felt]
    sak = Sak(tjeneste, "")
    for tekst in ("a", "b", "a", "a"):
        sak.endre(felt, f'idempotencyKey: null {navn}: "{tekst}"')
        assert sak.naa()[navn] == tekst
    assert len(sak.hendelser()) == 5


def test_each_kind_of_change_has_keys_of_its_own(tjeneste: Tjeneste) -> None:
    sak = Sak(tjeneste, "")
    sak.status('idempotencyKey: "n" nyStatus: FERDIG')
    sak.endre("nesteStegSak", 'idempotencyKey: "n" nesteSteg: "a"')
    sak.endre("tilleggsinformasjonSak", 'idempotencyKey: "n" tilleggsinformasjon: "b"')
    naa = sak.naa()
    assert (naa["sisteStatus"], naa["nesteSteg"], naa["tilleggsinformasjon"]) == ("FERDIG", "a", "b")


@paa_begge_tekster
def test_both_ways_to_name_a_sak_share_its_keys(tjeneste: Tjeneste, felt: str) -> None:
    navn = TEKSTER[felt]
    sak = Sak(tjeneste, "")
    sak.endre(felt, f'idempotencyKey: "n" {navn}: "a"')
    sak.suffiks = "ByGrupperingsid"
    sak.endre(felt, f'idempotencyKey: "n" {navn}: "b"')
    assert sak.naa()[navn] == "a"


@paa_begge_tekster
def test_keys_of_texts_belong_to_one_sak(tjeneste: Tjeneste, felt: str) -> None:
    navn = TEKSTER[felt]
    for sak in (Sak(tjeneste, ""), Sak(tjeneste, "", grupperingsid="sak-2")):
        sak.endre(felt, f'idempotencyKey: "n" {navn}: "a"')
        assert sak.naa()[navn] == "a"


def test_a_key_of_a_refused_call_is_not_used_up(tjeneste: Tjeneste) -> None:
    sak = Sak(tjeneste, "", merkelapp="fager2")
    nekt = sak.endre("nesteStegSak", 'idempotencyKey: "n" nesteSteg: "a"', applikasjon=TILTAK)
    assert nekt["__typename"] == "UgyldigMerkelapp"
    sak.endre("nesteStegSak", 'idempotencyKey: "n" nesteSteg: "b"')
    assert sak.naa()["nesteSteg"] == "b"


# ── All three ──

ENDRINGER = {"nyStatusSak": "nyStatus: FERDIG", "nesteStegSak": "", "tilleggsinformasjonSak": ""}


@pytest.mark.parametrize(("felt", "argumenter"), ENDRINGER.items(), ids=ENDRINGER)
def test_a_sak_that_is_not_there_is_named(tjeneste: Tjeneste, felt: str, argumenter: str) -> None:
    ukjent = "00000000-0000-4000-8000-000000000000"
    for navn, spor in ((f'id: "{ukjent}"', [ukjent]), ('merkelapp: "m" grupperingsid: "g-7"', ["'m'", "'g-7'"])):
        suffiks = "" if "id:" in navn[:3] else "ByGrupperingsid"
        svar = mutasjon(tjeneste, felt + suffiks, f"{navn} {argumenter}")
        assert svar["__typename"] == "SakFinnesIkke"
        assert all(s in svar["feilmelding"] for s in spor)


@paa_begge_maater
@pytest.mark.parametrize(("felt", "argumenter"), ENDRINGER.items(), ids=ENDRINGER)
def test_a_deleted_sak_is_not_found(tjeneste: Tjeneste, suffiks: str, felt: str, argumenter: str) -> None:
    sak = Sak(tjeneste, suffiks)
    mutasjon(tjeneste, "hardDeleteSak", f'id: "{sak.id}"')
    assert sak.endre(felt, argumenter)["__typename"] == "SakFinnesIkke"


@pytest.mark.parametrize(("felt", "argumenter"), ENDRINGER.items(), ids=ENDRINGER)
def test_a_notifikasjon_is_no_sak(tjeneste: Tjeneste, felt: str, argumenter: str) -> None:
    oppgave_id = ny_oppgave(tjeneste)["id"]
    assert mutasjon(tjeneste, felt, f'id: "{oppgave_id}" {argumenter}')["__typename"] == "SakFinnesIkke"


@pytest.mark.parametrize(("felt", "argumenter"), ENDRINGER.items(), ids=ENDRINGER)
def test_the_merkelapp_decides_who_may_change(tjeneste: Tjeneste, felt: str, argumenter: str) -> None:
    sak = Sak(tjeneste, "")
    assert sak.endre(felt, argumenter, applikasjon=TILTAK)["__typename"] == "UgyldigMerkelapp"
    assert sak.endre(felt, argumenter, applikasjon=UKJENT)["__typename"] == "UkjentProdusent"
    sak.suffiks = "ByGrupperingsid"
    assert sak.endre(felt, argumenter, applikasjon=TILTAK)["__typename"] == "UgyldigMerkelapp"
    assert sak.hendelser() == ["SakOpprettet"]


@pytest.mark.parametrize(("felt", "argumenter"), ENDRINGER.items(), ids=ENDRINGER)
def test_an_id_may_be_written_in_capitals(tjeneste: Tjeneste, felt: str, argumenter: str) -> None:
    sak = Sak(tjeneste, "")
    svar = mutasjon(tjeneste, felt, f'id: "{sak.id.upper()}" {argumenter}')
    assert svar["__typename"].endswith("Vellykket")
    assert felt == "nyStatusSak" or svar["id"] == sak.id
