"""A call that is repeated: field by field what makes it another call, eight at once, and the header Idempotency-Key."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import requests
from produsent import (
    NY_BESKJED,
    hent,
    inndata,
    mutasjon,
    ny_beskjed,
    ny_kalenderavtale,
    ny_oppgave,
    ny_sak,
    paaminnelse_sms,
    sms,
)
from tjeneste import ANNE, BAKERIET, FAGER, FISKERIET, RESSURS, TILTAK, TJENESTE, Tjeneste, leder

NAA = "2030-01-07T12:00:00Z"
FAGER_V2 = "dev-gcp:fager:notifikasjon-test-produsent-v2"
SENT = {"tidspunkt": "2999-01-01T00:00"}

EPOST: dict[str, Any] = {
    "mottaker": {"kontaktinfo": {"epostadresse": "a@b.no"}},
    "epostTittel": "Tittel",
    "epostHtmlBody": "Innhold",
    "sendetidspunkt": SENT,
}
RESSURSVARSEL: dict[str, Any] = {
    "mottaker": {"ressursId": "r"},
    "epostTittel": "Tittel",
    "epostHtmlBody": "Innhold",
    "smsTekst": "SMS",
    "sendetidspunkt": SENT,
}
TJENESTEVARSEL: dict[str, Any] = {
    "mottaker": TJENESTE["altinn"],
    "tittel": "Tittel",
    "innhold": "Innhold",
    "sendetidspunkt": SENT,
}
VARSLER: list[dict[str, Any]] = [
    sms(**SENT),
    {"epost": EPOST},
    {"altinnressurs": RESSURSVARSEL},
    {"altinntjeneste": TJENESTEVARSEL},
]


def med(nr: int, **endring: Any) -> list[dict[str, Any]]:
    """VARSLER, with something else in one of them."""
    ((slag, innhold),) = VARSLER[nr].items()
    return [*VARSLER[:nr], {slag: innhold | endring}, *VARSLER[nr + 1 :]]


def paaminnelse(*varsler: dict[str, Any], **tidspunkt: str) -> dict[str, Any]:
    return {"tidspunkt": tidspunkt or {"etterOpprettelse": "P1D"}, "eksterneVarsler": list(varsler)}


FELLES: dict[str, Any] = {"mottakere": [RESSURS, leder()], "grupperingsid": "sak-1", "eksterneVarsler": VARSLER}

# What each kind is made with, and the function that makes it.
Funksjon = Callable[..., dict[str, Any]]
SLAG: dict[str, tuple[Funksjon, dict[str, Any]]] = {
    "beskjed": (ny_beskjed, FELLES | {"mottaker": TJENESTE}),
    "oppgave": (
        ny_oppgave,
        FELLES | {"frist": "2999-06-01", "paaminnelse": paaminnelse(paaminnelse_sms(), paaminnelse_sms("99999999"))},
    ),
    "kalenderavtale": (
        ny_kalenderavtale,
        FELLES
        | {
            "eksternId": "ekstern-1",
            "startTidspunkt": "2999-06-03T10:00",
            "sluttTidspunkt": "2999-06-03T11:00",
            "lokasjon": {"adresse": "Storgata 1", "postnummer": "0155", "poststed": "Oslo"},
            "paaminnelse": paaminnelse(paaminnelse_sms()),
        },
    ),
}
for_hvert_slag = pytest.mark.parametrize("slag", SLAG)


def lag(tjeneste: Tjeneste, slag: str, **endring: Any) -> dict[str, Any]:
    funksjon, felter = SLAG[slag]
    return funksjon(tjeneste, **felter | endring)


def med_sak(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste, mottakere=[RESSURS, leder(), TJENESTE])


# ── The same call ──

LIKT: dict[str, dict[str, Any]] = {
    "verbatim": {},
    "recipients in another order": {"mottakere": [leder(), RESSURS]},
    "a recipient twice": {"mottakere": [RESSURS, leder(), leder(), RESSURS]},
    "the title as it is stored": {"eksterneVarsler": med(2, epostTittel="Tittel. ")},
    "contact data with an fnr": {
        "eksterneVarsler": med(0, mottaker={"kontaktinfo": {"tlf": "40000000", "fnr": ANNE}}),
    },
}


@for_hvert_slag
@pytest.mark.parametrize("endring", LIKT.values(), ids=LIKT)
def test_the_same_again_is_answered_the_same(tjeneste: Tjeneste, slag: str, endring: dict[str, Any]) -> None:
    med_sak(tjeneste)
    svar = lag(tjeneste, slag)
    foer = hent(tjeneste, svar["id"])
    antall = "SELECT (SELECT count(*) FROM hendelse), (SELECT count(*) FROM eksternt_varsel)"
    rader = tjeneste.rader(antall)
    assert svar["__typename"] == f"Ny{slag.capitalize()}Vellykket"
    assert len(svar["eksterneVarsler"]) == 4
    assert lag(tjeneste, slag, **endring) == svar
    assert hent(tjeneste, svar["id"]) == foer
    assert tjeneste.rader(antall) == rader


@pytest.mark.parametrize("slag", ["beskjed", "oppgave"])
@pytest.mark.parametrize(
    "endring",
    [
        {"opprettet": "2001-01-01T00:00Z"},
        {"hard_delete": {"om": "P1D"}},
        {"opprettet": "2001-01-01T00:00Z", "hard_delete": {"den": "2999-01-01T00:00"}},
    ],
    ids=str,
)
def test_when_it_was_made_and_is_deleted_does_not_count(tjeneste: Tjeneste, slag: str, endring: dict[str, Any]) -> None:
    med_sak(tjeneste)
    svar = lag(tjeneste, slag)
    assert lag(tjeneste, slag, **endring) == svar
    assert tjeneste.rader("SELECT slettes_tidspunkt, opprettet_tidspunkt < 1000000000000000 FROM notifikasjon") == [
        (None, 0)
    ], "and is not changed"


def test_when_an_appointment_is_deleted_does_not_count(tjeneste: Tjeneste) -> None:
    med_sak(tjeneste)
    svar = lag(tjeneste, "kalenderavtale")
    assert lag(tjeneste, "kalenderavtale", hardDelete={"om": "P1D"}) == svar
    assert lag(tjeneste, "kalenderavtale", startTidspunkt="2999-06-03T08:00Z", erDigitalt=False) == svar
    assert lag(tjeneste, "kalenderavtale", tilstand="VENTER_SVAR_FRA_ARBEIDSGIVER") == svar
    assert tjeneste.rader("SELECT slettes_tidspunkt FROM notifikasjon") == [(None,)]


@pytest.mark.parametrize("slag", ["oppgave", "kalenderavtale"])
def test_the_time_of_a_paaminnelse_does_not_count(tjeneste: Tjeneste, slag: str) -> None:
    med_sak(tjeneste)
    svar = lag(tjeneste, slag)
    varsler = SLAG[slag][1]["paaminnelse"]["eksterneVarsler"]
    rader = tjeneste.rader("SELECT tidspunkt FROM paaminnelse")
    for tidspunkt in ({"etterOpprettelse": "P2D"}, {"konkret": "2999-01-01T10:00"}):
        assert lag(tjeneste, slag, paaminnelse=paaminnelse(*varsler, **tidspunkt)) == svar
    assert tjeneste.rader("SELECT tidspunkt FROM paaminnelse") == rader


@pytest.mark.parametrize("slag", ["oppgave", "kalenderavtale"])
def test_that_there_is_a_paaminnelse_does_not_count_only_its_varsler(tjeneste: Tjeneste, slag: str) -> None:
    med_sak(tjeneste)
    uten = lag(tjeneste, slag, paaminnelse=None)
    assert uten["paaminnelse"] is None
    igjen = lag(tjeneste, slag, paaminnelse=paaminnelse())
    assert igjen == uten | {"paaminnelse": {"eksterneVarsler": []}}, "the answer tells of the one that was asked for"
    assert tjeneste.rader("SELECT count(*) FROM paaminnelse") == [(0,)]


def test_after_another_paaminnelse_the_same_again_is_still_the_same(tjeneste: Tjeneste) -> None:
    med_sak(tjeneste)
    svar = lag(tjeneste, "oppgave")
    for argumenter in ('paaminnelse: { tidspunkt: { etterOpprettelse: "P3D" } }', ""):
        mutasjon(tjeneste, "oppgaveEndrePaaminnelse", f'id: "{svar["id"]}" {argumenter}')
        assert lag(tjeneste, "oppgave") == svar


@for_hvert_slag
def test_after_its_varsler_are_sent_the_same_again_is_still_the_same(tjeneste: Tjeneste, slag: str) -> None:
    med_sak(tjeneste)
    straks = {"sendetidspunkt": {"sendevindu": "LOEPENDE"}}
    felter = {"eksterneVarsler": [sms("40000001"), sms("40000002"), {"epost": EPOST | straks}]}
    svar = lag(tjeneste, slag, **felter)
    tjeneste.utvikling("POST", "/dev/jobber")
    assert lag(tjeneste, slag, **felter) == svar


# ── Another call ──

ANDRE_TEKSTER: dict[str, dict[str, Any]] = {
    "tekst": {"tekst": "En annen"},
    "lenke": {"lenke": "https://annen"},
    "grupperingsid": {"grupperingsid": "sak-2"},
    "one recipient fewer": {"mottakere": [RESSURS]},
    "one recipient more": {"mottakere": [RESSURS, leder(), {"naermesteLeder": leder(ANNE)["naermesteLeder"]}]},
    "another recipient": {"mottakere": [RESSURS, leder(ansatt_fnr="1")]},
}
ANDRE_VARSLER: dict[str, list[dict[str, Any]]] = {
    "no varsler": [],
    "one varsel fewer": VARSLER[:3],
    "one varsel more": [*VARSLER, VARSLER[0]],
    "varsler in another order": VARSLER[::-1],
    "another number": med(0, mottaker={"kontaktinfo": {"tlf": "99999999"}}),
    "the same number written otherwise": med(0, mottaker={"kontaktinfo": {"tlf": "+4740000000"}}),
    "another SMS": med(0, smsTekst="En annen"),
    "an SMS at another time": med(0, sendetidspunkt={"tidspunkt": "2999-01-01T00:01"}),
    "an SMS in a window": med(0, sendetidspunkt={"sendevindu": "LOEPENDE"}),
    "another address": med(1, mottaker={"kontaktinfo": {"epostadresse": "A@b.no"}}),
    "another subject": med(1, epostTittel="En annen"),
    "another e-mail": med(1, epostHtmlBody="Et annet"),
    "another window": med(1, sendetidspunkt={"sendevindu": "NKS_AAPNINGSTID"}),
    "another resource": med(2, mottaker={"ressursId": "r2"}),
    "another subject through Altinn": med(2, epostTittel="En annen"),
    "another e-mail through Altinn": med(2, epostHtmlBody="Et annet"),
    "another SMS through Altinn": med(2, smsTekst="En annen"),
    "another service": med(3, mottaker={"serviceCode": "4936", "serviceEdition": "2"}),
    "another subject through Altinn 2": med(3, tittel="En annen"),
    "another e-mail through Altinn 2": med(3, innhold="Et annet"),
}


def er_duplikat(svar: dict[str, Any], eksisterende: str) -> bool:
    return (svar["__typename"], svar.get("idTilEksisterende")) == ("DuplikatEksternIdOgMerkelapp", eksisterende)


@for_hvert_slag
def test_another_content_is_refused(tjeneste: Tjeneste, slag: str) -> None:
    ny_sak(tjeneste, mottakere=[RESSURS, leder(), TJENESTE, leder(ANNE), leder(ansatt_fnr="1")])
    ny_sak(tjeneste, grupperingsid="sak-2", mottakere=[RESSURS, leder()])
    svar = lag(tjeneste, slag)
    foer = hent(tjeneste, svar["id"]), tjeneste.rader("SELECT count(*) FROM hendelse")
    for navn, endring in ANDRE_TEKSTER.items():
        assert er_duplikat(lag(tjeneste, slag, **endring), svar["id"]), navn
    for navn, varsler in ANDRE_VARSLER.items():
        assert er_duplikat(lag(tjeneste, slag, eksterneVarsler=varsler), svar["id"]), navn
    assert (hent(tjeneste, svar["id"]), tjeneste.rader("SELECT count(*) FROM hendelse")) == foer
    assert lag(tjeneste, slag) == svar


@pytest.mark.parametrize("slag", ["beskjed", "oppgave"])
def test_another_virksomhet_or_sak_or_single_recipient_is_refused(tjeneste: Tjeneste, slag: str) -> None:
    svar = lag(tjeneste, slag)
    for endring in (
        {"virksomhetsnummer": FISKERIET},
        {"grupperingsid": None},
        {"grupperingsid": ""},
        {"mottaker": leder(ansatt_fnr="1")},
        {"mottakere": [*FELLES["mottakere"], leder(ansatt_fnr="1")]},
    ):
        assert er_duplikat(lag(tjeneste, slag, **endring), svar["id"]), endring


ANDRE_PAAMINNELSER: dict[str, list[dict[str, Any]]] = {
    "no varsler": [],
    "one more": [paaminnelse_sms(), paaminnelse_sms("99999999"), paaminnelse_sms()],
    "another order": [paaminnelse_sms("99999999"), paaminnelse_sms()],
    "another number": [paaminnelse_sms("48000000"), paaminnelse_sms("99999999")],
    "another text": [paaminnelse_sms(tekst="En annen"), paaminnelse_sms("99999999")],
    "another window": [paaminnelse_sms(sendevindu="NKS_AAPNINGSTID"), paaminnelse_sms("99999999")],
}


@pytest.mark.parametrize("slag", ["oppgave", "kalenderavtale"])
def test_other_varsler_in_the_paaminnelse_are_refused(tjeneste: Tjeneste, slag: str) -> None:
    med_sak(tjeneste)
    like = paaminnelse(paaminnelse_sms(), paaminnelse_sms("99999999"))
    svar = lag(tjeneste, slag, paaminnelse=like)
    for navn, varsler in ANDRE_PAAMINNELSER.items():
        assert er_duplikat(lag(tjeneste, slag, paaminnelse=paaminnelse(*varsler)), svar["id"]), navn
    assert er_duplikat(lag(tjeneste, slag, paaminnelse=None), svar["id"])
    assert lag(tjeneste, slag, paaminnelse=like) == svar


def test_a_varsel_does_not_move_between_creation_and_paaminnelse_unseen(tjeneste: Tjeneste) -> None:
    i_opprettelsen: dict[str, Any] = {"eksterneVarsler": [sms()], "paaminnelse": paaminnelse()}
    i_paaminnelsen: dict[str, Any] = {
        "eksterneVarsler": [],
        "paaminnelse": paaminnelse(paaminnelse_sms(tekst="Du har fått en oppgave.")),
    }
    svar = ny_oppgave(tjeneste, **i_opprettelsen)
    assert er_duplikat(ny_oppgave(tjeneste, **i_paaminnelsen), svar["id"])


@pytest.mark.parametrize("frist", ["2999-06-02", "2999-05-31", None])
def test_another_frist_is_refused(tjeneste: Tjeneste, frist: str | None) -> None:
    svar = lag(tjeneste, "oppgave")
    assert er_duplikat(lag(tjeneste, "oppgave", frist=frist), svar["id"])


@pytest.mark.parametrize(
    "endring",
    [
        {"tilstand": "ARBEIDSGIVER_HAR_GODTATT"},
        {"startTidspunkt": "2999-06-03T10:00:00.000001"},
        {"sluttTidspunkt": "2999-06-03T11:01"},
        {"sluttTidspunkt": None},
        {"erDigitalt": True},
        {"lokasjon": None},
        {"lokasjon": {"adresse": "Storgata 2", "postnummer": "0155", "poststed": "Oslo"}},
        {"lokasjon": {"adresse": "Storgata 1", "postnummer": "0156", "poststed": "Oslo"}},
        {"lokasjon": {"adresse": "Storgata 1", "postnummer": "0155", "poststed": "Bergen"}},
    ],
    ids=str,
)
def test_another_appointment_is_refused(tjeneste: Tjeneste, endring: dict[str, Any]) -> None:
    med_sak(tjeneste)
    svar = lag(tjeneste, "kalenderavtale")
    assert er_duplikat(lag(tjeneste, "kalenderavtale", **endring), svar["id"])


@pytest.mark.parametrize(
    ("felt", "argumenter", "likt"),
    [
        ("oppgaveUtfoert", "", False),
        ("oppgaveUtgaatt", "", False),
        ("oppgaveUtsettFrist", 'nyFrist: "2999-06-02"', False),
        ("oppgaveUtsettFrist", 'nyFrist: "2999-06-01"', True),
    ],
)
def test_an_oppgave_is_compared_as_it_is_now(tjeneste: Tjeneste, felt: str, argumenter: str, likt: bool) -> None:
    svar = lag(tjeneste, "oppgave")
    mutasjon(tjeneste, felt, f'id: "{svar["id"]}" {argumenter}')
    igjen = lag(tjeneste, "oppgave")
    assert igjen == svar if likt else er_duplikat(igjen, svar["id"])
    if felt == "oppgaveUtsettFrist" and not likt:
        assert lag(tjeneste, "oppgave", frist="2999-06-02")["id"] == svar["id"]


def test_an_expired_oppgave_is_another(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    svar = ny_oppgave(tjeneste, frist="2030-01-07")
    tjeneste.klokke("2030-01-08T12:00:00Z")
    assert er_duplikat(ny_oppgave(tjeneste, frist="2030-01-07"), svar["id"])


@pytest.mark.parametrize(
    ("argumenter", "endring"),
    [
        ('nyTekst: "En annen"', {"tekst": "En annen"}),
        ('nyLenke: "https://annen"', {"lenke": "https://annen"}),
        ("nyErDigitalt: true", {"erDigitalt": True}),
        ("nyTilstand: ARBEIDSGIVER_HAR_GODTATT", {"tilstand": "ARBEIDSGIVER_HAR_GODTATT"}),
        (
            'nyLokasjon: { adresse: "a" postnummer: "b" poststed: "c" }',
            {"lokasjon": {"adresse": "a", "postnummer": "b", "poststed": "c"}},
        ),
    ],
)
def test_an_appointment_is_compared_as_it_is_now(tjeneste: Tjeneste, argumenter: str, endring: dict[str, Any]) -> None:
    med_sak(tjeneste)
    svar = lag(tjeneste, "kalenderavtale")
    mutasjon(tjeneste, "oppdaterKalenderavtale", f'id: "{svar["id"]}" {argumenter}')
    assert er_duplikat(lag(tjeneste, "kalenderavtale"), svar["id"])
    assert lag(tjeneste, "kalenderavtale", **endring) == svar


@for_hvert_slag
def test_after_deletion_the_same_again_is_new(tjeneste: Tjeneste, slag: str) -> None:
    med_sak(tjeneste)
    svar = lag(tjeneste, slag)
    mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{svar["id"]}"')
    igjen = lag(tjeneste, slag)
    assert igjen["__typename"] == svar["__typename"] and igjen["id"] != svar["id"]
    assert not {v["id"] for v in igjen["eksterneVarsler"]} & {v["id"] for v in svar["eksterneVarsler"]}


# ── What is done once is told once ──

SAK_1 = 'merkelapp: "fager" grupperingsid: "sak-1"'
OPPGAVE_1 = 'merkelapp: "fager" eksternId: "oppgave-1"'
AVTALE_1 = 'merkelapp: "fager" eksternId: "avtale-1"'
_NY = f"""mottakere: {{ altinnRessurs: {{ ressursId: "test-fager" }} }}
    notifikasjon: {{ merkelapp: "fager" tekst: "" lenke: "" }}
    metadata: {{ virksomhetsnummer: "{BAKERIET}" eksternId: "ny" grupperingsid: "sak-1" }}"""
_FELLES = f"""merkelapp: "fager" virksomhetsnummer: "{BAKERIET}"
    mottakere: {{ altinnRessurs: {{ ressursId: "test-fager" }} }}"""

# Every mutation that there is, deprecated ones too: its arguments, and the event that it is told as.
HENDELSER = {
    "nySak": (f'{_FELLES} grupperingsid: "sak-2" tittel: "" initiellStatus: MOTTATT', "SakOpprettet"),
    "nyStatusSak": ("<sak> nyStatus: FERDIG", "NyStatusSak"),
    "nyStatusSakByGrupperingsid": (f"{SAK_1} nyStatus: FERDIG", "NyStatusSak"),
    "nesteStegSak": ("<sak>", "NesteStegSak"),
    "nesteStegSakByGrupperingsid": (SAK_1, "NesteStegSak"),
    "tilleggsinformasjonSak": ("<sak>", "TilleggsinformasjonSak"),
    "tilleggsinformasjonSakByGrupperingsid": (SAK_1, "TilleggsinformasjonSak"),
    "nyBeskjed": (f"nyBeskjed: {{ {_NY} }}", "BeskjedOpprettet"),
    "nyOppgave": (f"nyOppgave: {{ {_NY} }}", "OppgaveOpprettet"),
    "nyKalenderavtale": (
        f'{_FELLES} grupperingsid: "sak-1" eksternId: "ny" tekst: "" lenke: "" startTidspunkt: "2999-01-01T00:00"',
        "KalenderavtaleOpprettet",
    ),
    "oppgaveUtfoert": ("<oppgave>", "OppgaveUtfoert"),
    "oppgaveUtfoertByEksternId": (OPPGAVE_1, "OppgaveUtfoert"),
    "oppgaveUtfoertByEksternId_V2": (OPPGAVE_1, "OppgaveUtfoert"),
    "oppgaveUtgaatt": ("<oppgave>", "OppgaveUtgaatt"),
    "oppgaveUtgaattByEksternId": (OPPGAVE_1, "OppgaveUtgaatt"),
    "oppgaveUtsettFrist": ('<oppgave> nyFrist: "2999-01-01"', "FristUtsatt"),
    "oppgaveUtsettFristByEksternId": (f'{OPPGAVE_1} nyFrist: "2999-01-01"', "FristUtsatt"),
    "oppgaveEndrePaaminnelse": ("<oppgave>", "OppgavePaaminnelseEndret"),
    "oppgaveEndrePaaminnelseByEksternId": (OPPGAVE_1, "OppgavePaaminnelseEndret"),
    "oppdaterKalenderavtale": ('<avtale> nyTekst: "En annen"', "KalenderavtaleOppdatert"),
    "oppdaterKalenderavtaleByEksternId": (f'{AVTALE_1} nyTekst: "En annen"', "KalenderavtaleOppdatert"),
    "hardDeleteNotifikasjon": ("<oppgave>", "HardDelete"),
    "hardDeleteNotifikasjonByEksternId": (OPPGAVE_1, "HardDelete"),
    "hardDeleteNotifikasjonByEksternId_V2": (OPPGAVE_1, "HardDelete"),
    "softDeleteNotifikasjon": ("<avtale>", "HardDelete"),
    "softDeleteNotifikasjonByEksternId": (AVTALE_1, "HardDelete"),
    "softDeleteNotifikasjonByEksternId_V2": (AVTALE_1, "HardDelete"),
    "hardDeleteSak": ("<tom>", "HardDelete"),
    "hardDeleteSakByGrupperingsid": ('merkelapp: "fager2" grupperingsid: "sak-1"', "HardDelete"),
    "softDeleteSak": ("<tom>", "HardDelete"),
    "softDeleteSakByGrupperingsid": ('merkelapp: "fager2" grupperingsid: "sak-1"', "HardDelete"),
}


@pytest.mark.parametrize(("felt", "argumenter", "type_"), [(f, *h) for f, h in HENDELSER.items()], ids=HENDELSER)
def test_each_mutation_is_one_row_of_history(tjeneste: Tjeneste, felt: str, argumenter: str, type_: str) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    hvilke = {
        "<sak>": sak_id,
        "<oppgave>": ny_oppgave(tjeneste, ekstern_id="oppgave-1", grupperingsid="sak-1")["id"],
        "<avtale>": ny_kalenderavtale(tjeneste)["id"],
        "<tom>": ny_sak(tjeneste, merkelapp="fager2")["id"],
    }
    for navn, verdi in hvilke.items():
        argumenter = argumenter.replace(navn, f'id: "{verdi}"')
    ((foer,),) = tjeneste.rader("SELECT max(nr) FROM hendelse")
    svar = mutasjon(tjeneste, felt, argumenter)
    assert svar["__typename"].endswith("Vellykket"), svar
    aggregat = sak_id if "Status" in felt else svar["id"]
    sak = (None, None) if type_ == "HardDelete" else ("fager", "sak-2" if felt == "nySak" else "sak-1")
    sql = "SELECT type, aggregat_id, merkelapp, grupperingsid, hvem FROM hendelse WHERE nr > ?"
    assert tjeneste.rader(sql, foer) == [(type_, aggregat, *sak, "fager")]


def test_every_mutation_is_in_that_table(tjeneste: Tjeneste) -> None:
    felter = tjeneste.produsent("{ __schema { mutationType { fields(includeDeprecated: true) { name } } } }")
    assert {felt["name"] for felt in felter["__schema"]["mutationType"]["fields"]} == HENDELSER.keys()


# ── Eight at once ──


def samtidig(antall: int, gjoer: Callable[[int], Any]) -> list[Any]:
    """The results of `antall` threads that start together."""
    start = Barrier(antall)

    def traad(nr: int) -> Any:
        start.wait(10)
        return gjoer(nr)

    with ThreadPoolExecutor(antall) as traader:
        return list(traader.map(traad, range(antall)))


def post(tjeneste: Tjeneste, body: bytes, *, applikasjon: str = FAGER, noekkel: str | None = None) -> requests.Response:
    """On a connection of its own, which threads cannot share."""
    hoder = {"Content-Type": "application/json", "Authorization": f"Bearer {tjeneste.token(produsent=applikasjon)}"}
    if noekkel is not None:
        hoder["Idempotency-Key"] = noekkel
    return requests.post(f"{tjeneste.url}/produsent/api/graphql", data=body, headers=hoder, timeout=30)


def kropp(query: str, variables: dict[str, Any] | None = None) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


@pytest.mark.parametrize("noekkel", [None, "n-1"], ids=["without header", "with Idempotency-Key"])
def test_eight_calls_at_once_make_one_notifikasjon(tjeneste: Tjeneste, noekkel: str | None) -> None:
    tjeneste.token(produsent=FAGER)
    body = kropp(NY_BESKJED, {"nyBeskjed": inndata(eksterneVarsler=VARSLER, mottakere=[RESSURS, leder()])})
    svar = [s.content for s in samtidig(8, lambda _: post(tjeneste, body, noekkel=noekkel))]
    assert len(set(svar)) == 1 and b"NyBeskjedVellykket" in svar[0]
    for tabell, antall in (
        ("notifikasjon", 1),
        ("hendelse", 1),
        ("eksternt_varsel", 4),
        ("mottaker", 2),
        ("tilgang", 2),
    ):
        assert tjeneste.rader(f"SELECT count(*) FROM {tabell}") == [(antall,)], tabell


def test_eight_different_calls_at_once_make_one_and_seven_duplicates(tjeneste: Tjeneste) -> None:
    tjeneste.token(produsent=FAGER)
    svar = samtidig(
        8,
        lambda nr: post(tjeneste, kropp(NY_BESKJED, {"nyBeskjed": inndata(tekst=str(nr))})).json()["data"]["nyBeskjed"],
    )
    (vinner,) = [s for s in svar if s["__typename"] == "NyBeskjedVellykket"]
    assert sum(er_duplikat(s, vinner["id"]) for s in svar) == 7
    assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(1,)]


def test_eight_statuses_with_one_key_at_once_are_one(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    query = f"""mutation {{
        nyStatusSak(id: "{sak_id}" nyStatus: FERDIG idempotencyKey: "n") {{ ... on NyStatusSakVellykket {{ id }} }}
    }}"""
    svar = samtidig(8, lambda _: post(tjeneste, kropp(query)).content)
    assert len(set(svar)) == 1
    assert tjeneste.rader("SELECT count(*) FROM sak_status") == [(2,)]


def test_eight_deletions_at_once_delete_once(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    query = f'mutation {{ hardDeleteSak(id: "{sak_id}") {{ __typename }} }}'
    svar = samtidig(8, lambda _: post(tjeneste, kropp(query)).json()["data"]["hardDeleteSak"]["__typename"])
    assert sorted(svar) == ["HardDeleteSakVellykket", *["SakFinnesIkke"] * 7]
    assert tjeneste.rader("SELECT count(*) FROM hendelse WHERE type = 'HardDelete'") == [(1,)]


# ── The header Idempotency-Key ──

STATUS = """mutation { nyStatusSakByGrupperingsid(merkelapp: "fager" grupperingsid: "sak-1" nyStatus: FERDIG) {
    __typename ... on NyStatusSakVellykket { id statuser { tidspunkt } } ... on Error { feilmelding }
} }"""


def test_the_same_key_and_body_is_answered_byte_for_byte(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    ny_sak(tjeneste)
    svar = post(tjeneste, kropp(STATUS), noekkel="n")
    tjeneste.klokke("2030-01-08T12:00:00Z")
    for _ in range(3):
        igjen = post(tjeneste, kropp(STATUS), noekkel="n")
        assert (igjen.status_code, igjen.content) == (200, svar.content)
        assert igjen.headers["Content-Type"] == svar.headers["Content-Type"]
    assert tjeneste.rader("SELECT count(*) FROM sak_status") == [(2,)]
    assert post(tjeneste, kropp(STATUS)).content != svar.content, "without it, each call is one of its own"
    assert post(tjeneste, kropp(STATUS), noekkel="n2").content != svar.content
    assert tjeneste.rader("SELECT count(*) FROM sak_status") == [(4,)]


def test_the_answer_stands_though_the_thing_is_deleted(tjeneste: Tjeneste) -> None:
    body = kropp(NY_BESKJED, {"nyBeskjed": inndata()})
    svar = post(tjeneste, body, noekkel="n")
    mutasjon(tjeneste, "hardDeleteNotifikasjonByEksternId_V2", 'merkelapp: "fager" eksternId: "ekstern-1"')
    assert post(tjeneste, body, noekkel="n").content == svar.content
    assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(0,)]


def test_the_same_key_with_another_body_is_refused(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    post(tjeneste, kropp(STATUS), noekkel="n")
    for annen in (kropp(STATUS.replace("FERDIG", "MOTTATT")), kropp(STATUS) + b" ", kropp(STATUS, {"x": 1})):
        svar = post(tjeneste, annen, noekkel="n")
        assert svar.status_code == 422
        assert svar.headers["Content-Type"] == "application/json" and svar.json().keys() == {"error"}
    assert tjeneste.rader("SELECT count(*) FROM sak_status") == [(2,)]


def test_keys_belong_to_one_application(tjeneste: Tjeneste) -> None:
    svar = [
        post(tjeneste, kropp(NY_BESKJED, {"nyBeskjed": inndata(tekst=navn)}), applikasjon=navn, noekkel="n")
        for navn in (FAGER, FAGER_V2, TILTAK)
    ]
    assert [s.status_code for s in svar] == [200] * 3
    assert [s.json()["data"]["nyBeskjed"]["__typename"] for s in svar] == [
        "NyBeskjedVellykket",
        "DuplikatEksternIdOgMerkelapp",
        "UgyldigMottaker",
    ]


def test_errors_are_remembered_too(tjeneste: Tjeneste) -> None:
    svar = post(tjeneste, kropp(STATUS), noekkel="n")
    assert "SakFinnesIkke" in svar.text
    ny_sak(tjeneste)
    assert post(tjeneste, kropp(STATUS), noekkel="n").content == svar.content
    assert "NyStatusSakVellykket" in post(tjeneste, kropp(STATUS), noekkel="n2").text


def test_an_answer_with_a_graphql_error_is_remembered_with_what_came_before_it(tjeneste: Tjeneste) -> None:
    query = """mutation m($a: NyBeskjedInput! $b: NyBeskjedInput!) {
        a: nyBeskjed(nyBeskjed: $a) { __typename } b: nyBeskjed(nyBeskjed: $b) { __typename }
    }"""
    body = kropp(query, {"a": inndata(ekstern_id="1"), "b": inndata(ekstern_id="2", tekst=ANNE)})
    svar = post(tjeneste, body, noekkel="n")
    assert svar.json()["data"] is None
    assert tjeneste.rader("SELECT ekstern_id FROM notifikasjon") == [("1",)]
    mutasjon(tjeneste, "hardDeleteNotifikasjonByEksternId_V2", 'merkelapp: "fager" eksternId: "1"')
    assert post(tjeneste, body, noekkel="n").content == svar.content
    assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(0,)]


def test_a_query_takes_no_notice_of_the_key(tjeneste: Tjeneste) -> None:
    query = '{ hentSakMedGrupperingsid(merkelapp: "fager" grupperingsid: "sak-1") { __typename } }'
    foer = post(tjeneste, kropp(query), noekkel="n")
    ny_sak(tjeneste)
    etter = post(tjeneste, kropp(query), noekkel="n")
    assert foer.content != etter.content
    assert post(tjeneste, kropp("{ whoami }"), noekkel="n").status_code == 200
    assert "NyBeskjedVellykket" in post(tjeneste, kropp(NY_BESKJED, {"nyBeskjed": inndata()}), noekkel="n").text
    assert tjeneste.rader("SELECT count(*) FROM besvart_kall") == [(1,)]


def test_a_document_that_is_not_executed_uses_up_no_key(tjeneste: Tjeneste) -> None:
    for body in (kropp("mutation {"), kropp("mutation { ukjent }")):
        assert post(tjeneste, body, noekkel="n").status_code == 200
    for body in (b"{", b"[]", kropp("mutation a { __typename } mutation b { __typename }")):
        assert post(tjeneste, body, noekkel="n").status_code == 400
    assert "NyBeskjedVellykket" in post(tjeneste, kropp(NY_BESKJED, {"nyBeskjed": inndata()}), noekkel="n").text


@pytest.mark.parametrize("noekkel", ["", "x" * 256])
def test_a_key_that_is_empty_or_too_long_is_refused(tjeneste: Tjeneste, noekkel: str) -> None:
    svar = post(tjeneste, kropp(NY_BESKJED, {"nyBeskjed": inndata()}), noekkel=noekkel)
    assert svar.status_code == 400 and svar.json().keys() == {"error"}
    assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(0,)]


def test_a_key_may_be_255_characters(tjeneste: Tjeneste) -> None:
    assert post(tjeneste, kropp(NY_BESKJED, {"nyBeskjed": inndata()}), noekkel="x" * 255).status_code == 200
