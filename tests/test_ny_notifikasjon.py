"""nyBeskjed and nyOppgave: what they share is tested for both, then what an oppgave has besides."""

import re
from typing import Any

import pytest
from produsent import (
    FEIL,
    graphql_feil,
    hent,
    inndata,
    mutasjon,
    ny_beskjed,
    ny_kalenderavtale,
    ny_oppgave,
    ny_sak,
    paaminnelse_sms,
    slettetider,
    sms,
)
from tjeneste import ANNE, BAKERIET, FISKERIET, NILS, RESSURS, TILTAK, TJENESTE, UKJENT, Tjeneste, leder

from server import tid

NAA = "2030-01-07T12:00:00Z"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
HELSEARBEIDSGIVER = "dev-gcp:helsearbeidsgiver:im-notifikasjon"

SLAG = {"beskjed": ny_beskjed, "oppgave": ny_oppgave}
for_begge_slag = pytest.mark.parametrize("slag", SLAG)


def ny(tjeneste: Tjeneste, slag: str, **felter: Any) -> dict[str, Any]:
    return SLAG[slag](tjeneste, **felter)


def node(tjeneste: Tjeneste, notifikasjon_id: str) -> dict[str, Any]:
    notifikasjon: dict[str, Any] = hent(tjeneste, notifikasjon_id)["notifikasjon"]
    return notifikasjon


def ressurs(ressurs_id: str) -> dict[str, Any]:
    return {"altinnRessurs": {"ressursId": ressurs_id}}


# ── What is stored ──


@for_begge_slag
def test_a_notifikasjon_is_read_back_as_it_was_given(tjeneste: Tjeneste, slag: str) -> None:
    tjeneste.klokke(NAA)
    svar = ny(tjeneste, slag, grupperingsid="g", tekst="Hei 🎉", lenke="https://x")
    assert UUID.fullmatch(svar["id"])
    mottaker = {"__typename": "AltinnRessursMottaker", "virksomhetsnummer": BAKERIET, "ressursId": "test-fager"}
    assert node(tjeneste, svar["id"]) == {
        "__typename": slag.capitalize(),
        "mottaker": mottaker,
        "mottakere": [mottaker],
        "metadata": {"id": svar["id"], "eksternId": "ekstern-1", "grupperingsid": "g", "opprettetTidspunkt": NAA},
        "eksterneVarsler": [],
        slag: {"merkelapp": "fager", "tekst": "Hei 🎉", "lenke": "https://x"}
        | ({"tilstand": "NY"} if slag == "oppgave" else {}),
    }


@for_begge_slag
def test_a_new_notifikasjon_is_one_row_of_history(tjeneste: Tjeneste, slag: str) -> None:
    svar = ny(tjeneste, slag, grupperingsid="g")
    ny(tjeneste, slag, grupperingsid="g")
    assert tjeneste.rader("SELECT type, aggregat_id, merkelapp, grupperingsid, hvem FROM hendelse") == [
        (f"{slag.capitalize()}Opprettet", svar["id"], "fager", "g", "fager")
    ]


@for_begge_slag
@pytest.mark.parametrize(
    ("gitt", "ventet"),
    [
        ("2001-12-31T23:59:59.123456789+01:00", "2001-12-31T22:59:59.123456Z"),
        ("2055-06-01T10:00", "2055-06-01T08:00:00Z"),
        ("2024-06-01T10:00+02", "2024-06-01T08:00:00Z"),
        ("2024-06-01T10:00+0200", "2024-06-01T08:00:00Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"),
    ],
)
def test_opprettet_may_be_given_in_the_past_and_in_the_future(
    tjeneste: Tjeneste, slag: str, gitt: str, ventet: str
) -> None:
    svar = ny(tjeneste, slag, opprettet=gitt)
    assert node(tjeneste, svar["id"])["metadata"]["opprettetTidspunkt"] == ventet


@for_begge_slag
def test_recipients_are_shown_by_kind_and_then_as_given(tjeneste: Tjeneste, slag: str) -> None:
    mottakere = [RESSURS, leder("1", "a"), TJENESTE, leder("0", "b"), RESSURS, leder("1", "a")]
    notifikasjon = node(tjeneste, ny(tjeneste, slag, mottaker=RESSURS, mottakere=mottakere)["id"])
    lederne = [
        {
            "__typename": "NaermesteLederMottaker",
            "naermesteLederFnr": fnr,
            "ansattFnr": ansatt,
            "virksomhetsnummer": BAKERIET,
        }
        for fnr, ansatt in (("1", "a"), ("0", "b"))
    ]
    assert notifikasjon["mottakere"] == [
        {
            "__typename": "AltinnMottaker",
            "serviceCode": "4936",
            "serviceEdition": "1",
            "virksomhetsnummer": BAKERIET,
        },
        *lederne,
        {"__typename": "AltinnRessursMottaker", "virksomhetsnummer": BAKERIET, "ressursId": "test-fager"},
    ]
    assert notifikasjon["mottaker"] == notifikasjon["mottakere"][0]


@for_begge_slag
def test_the_single_recipient_counts_with_the_others(tjeneste: Tjeneste, slag: str) -> None:
    alene = ny(tjeneste, slag, ekstern_id="1", mottakere=[], mottaker=leder())
    assert [m["__typename"] for m in node(tjeneste, alene["id"])["mottakere"]] == ["NaermesteLederMottaker"]
    begge = ny(tjeneste, slag, ekstern_id="2", mottakere=[RESSURS], mottaker=leder())
    assert len(node(tjeneste, begge["id"])["mottakere"]) == 2
    assert ny(tjeneste, slag, ekstern_id="2", mottakere=[leder()], mottaker=RESSURS) == begge


@for_begge_slag
def test_several_hundred_recipients(tjeneste: Tjeneste, slag: str) -> None:
    mottakere = [leder(ansatt_fnr=str(nr)) for nr in range(700)]
    svar = ny(tjeneste, slag, mottakere=mottakere)
    assert [m["ansattFnr"] for m in node(tjeneste, svar["id"])["mottakere"]] == [str(nr) for nr in range(700)]
    assert ny(tjeneste, slag, mottakere=[*mottakere[::-1], mottakere[7]]) == svar


@for_begge_slag
def test_a_single_value_stands_for_a_list(tjeneste: Tjeneste, slag: str) -> None:
    svar = ny(tjeneste, slag, mottakere=RESSURS, eksterneVarsler=sms())
    assert len(svar["eksterneVarsler"]) == 1
    navn = f"ny{slag.capitalize()}"
    literal = f"""
    mutation {{
        {navn}({navn}: {{
            mottakere: {{ altinnRessurs: {{ ressursId: "test-fager" }} }}
            notifikasjon: {{ merkelapp: "fager" tekst: "Gå og gjør det" lenke: "https://eksempel.no/oppgave" }}
            metadata: {{
                virksomhetsnummer: "{BAKERIET}" eksternId: "ekstern-1"
                opprettetTidspunkt: null grupperingsid: null hardDelete: null
            }}
            mottaker: null
            eksterneVarsler: {{ sms: {{
                mottaker: {{ kontaktinfo: {{ tlf: "40000000" }} }}
                smsTekst: "Du har fått en oppgave."
                sendetidspunkt: {{ sendevindu: LOEPENDE tidspunkt: null }}
            }} epost: null altinntjeneste: null altinnressurs: null }}
        }}) {{ ... on Ny{slag.capitalize()}Vellykket {{ id }} {FEIL} }}
    }}
    """
    assert tjeneste.produsent(literal)[navn] == {"id": svar["id"]}, "and explicit null is as good as left out"


@for_begge_slag
def test_explicit_null_is_as_good_as_left_out(tjeneste: Tjeneste, slag: str) -> None:
    verdi = inndata(mottaker=None)
    verdi["metadata"] |= {"opprettetTidspunkt": None, "grupperingsid": None, "hardDelete": None}
    if slag == "oppgave":
        verdi |= {"frist": None, "paaminnelse": None}
    navn = f"ny{slag.capitalize()}"
    query = f"mutation m($v: {navn[0].upper()}{navn[1:]}Input!) {{ {navn}({navn}: $v) {{ __typename {FEIL} }} }}"
    assert tjeneste.produsent(query, {"v": verdi})[navn]["__typename"] == f"Ny{slag.capitalize()}Vellykket"


@for_begge_slag
def test_what_is_not_checked_may_be_anything(tjeneste: Tjeneste, slag: str) -> None:
    rart: dict[str, Any] = {
        "virksomhetsnummer": f"{ANNE} er ikke et nummer",
        "ekstern_id": "x" * 5000,
        "grupperingsid": f"'; DROP TABLE notifikasjon; -- {ANNE}",
        "lenke": f"javascript:{ANNE}",
        "tekst": "",
        "mottakere": [leder("", "ikke et fnr")],
        "eksterneVarsler": [
            sms(tekst=f"{ANNE} " * 200),
            {
                "epost": {
                    "mottaker": {"kontaktinfo": {"epostadresse": "a@b.no"}},
                    "epostTittel": "",
                    "epostHtmlBody": f"<script>{ANNE}</script>" * 200,
                    "sendetidspunkt": {"tidspunkt": "1999-01-01T00:00"},
                }
            },
        ],
    }
    svar = ny(tjeneste, slag, **rart)
    assert svar["__typename"] == f"Ny{slag.capitalize()}Vellykket"
    assert ny(tjeneste, slag, **rart) == svar
    assert node(tjeneste, svar["id"])["metadata"]["grupperingsid"] == rart["grupperingsid"]


# ── Whose coordinate it is ──


@for_begge_slag
def test_the_coordinate_is_unique_over_all_three_kinds(tjeneste: Tjeneste, slag: str) -> None:
    ny_sak(tjeneste)
    andre_slag = "oppgave" if slag == "beskjed" else "beskjed"
    foerste = ny(tjeneste, slag, ekstern_id="avtale-1")
    for svar in (ny(tjeneste, andre_slag, ekstern_id="avtale-1"), ny_kalenderavtale(tjeneste)):
        assert (svar["__typename"], svar["idTilEksisterende"]) == ("DuplikatEksternIdOgMerkelapp", foerste["id"])
    assert ny(tjeneste, slag, ekstern_id="avtale-1", merkelapp="fager2")["id"] != foerste["id"]
    avtale = ny_kalenderavtale(tjeneste, eksternId="avtale-2")
    assert ny(tjeneste, slag, ekstern_id="avtale-2")["idTilEksisterende"] == avtale["id"]


@for_begge_slag
def test_the_coordinate_of_a_deleted_notifikasjon_is_free(tjeneste: Tjeneste, slag: str) -> None:
    foerste = ny(tjeneste, slag)
    mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{foerste["id"]}"')
    andre = ny(tjeneste, slag, tekst="En annen")
    assert andre["__typename"] == f"Ny{slag.capitalize()}Vellykket"
    assert andre["id"] != foerste["id"]


# ── The sak that it belongs to ──


@for_begge_slag
def test_recipients_must_be_among_those_of_the_sak(tjeneste: Tjeneste, slag: str) -> None:
    ny_sak(tjeneste, mottakere=[RESSURS, leder()])
    for i, (mottakere, ventet) in enumerate(
        [
            ([RESSURS], "Vellykket"),
            ([leder()], "Vellykket"),
            ([leder(), RESSURS, leder()], "Vellykket"),
            ([RESSURS, leder(ansatt_fnr=NILS)], "UgyldigMottaker"),
            ([leder(leder_fnr=ANNE)], "UgyldigMottaker"),
            ([TJENESTE], "UgyldigMottaker"),
        ]
    ):
        svar = ny(tjeneste, slag, ekstern_id=str(i), grupperingsid="sak-1", mottakere=mottakere)
        assert svar["__typename"].endswith(ventet), mottakere
        assert NILS not in svar.get("feilmelding", "") and ANNE not in svar.get("feilmelding", "")


@for_begge_slag
def test_recipients_are_those_of_the_virksomhet(tjeneste: Tjeneste, slag: str) -> None:
    ny_sak(tjeneste)
    svar = ny(tjeneste, slag, grupperingsid="sak-1", virksomhetsnummer=FISKERIET)
    assert svar["__typename"] == "UgyldigMottaker"
    # The single one is not held against the sak: this is how the platform is, and clients live by it.
    svar = ny(tjeneste, slag, grupperingsid="sak-1", virksomhetsnummer=FISKERIET, mottaker=RESSURS, mottakere=[])
    assert svar["__typename"] == f"Ny{slag.capitalize()}Vellykket"
    svar = ny(tjeneste, slag, ekstern_id="2", grupperingsid="sak-1", mottaker=leder(), mottakere=[RESSURS])
    assert svar["__typename"] == f"Ny{slag.capitalize()}Vellykket"


@for_begge_slag
def test_without_such_a_sak_there_is_nothing_to_compare_with(tjeneste: Tjeneste, slag: str) -> None:
    ny_sak(tjeneste, merkelapp="fager2")
    assert ny(tjeneste, slag, grupperingsid="sak-1", mottakere=[leder()])["__typename"].endswith("Vellykket")
    ny_sak(tjeneste, grupperingsid="sak-2")
    mutasjon(tjeneste, "hardDeleteSakByGrupperingsid", 'merkelapp: "fager" grupperingsid: "sak-2"')
    svar = ny(tjeneste, slag, ekstern_id="2", grupperingsid="sak-2", mottakere=[leder()])
    assert svar["__typename"].endswith("Vellykket")


@for_begge_slag
def test_a_sak_with_an_altinn_2_service_accepts_the_resources_that_replaced_it(tjeneste: Tjeneste, slag: str) -> None:
    felter: dict[str, Any] = {"merkelapp": "Inntektsmelding", "grupperingsid": "sak-1"}
    ny_sak(tjeneste, mottakere=[TJENESTE], **felter)
    felter["mottakere"] = [ressurs("nav_sykepenger_inntektsmelding")]
    svar = ny(tjeneste, slag, applikasjon=HELSEARBEIDSGIVER, **felter)
    assert svar["__typename"].endswith("Vellykket")
    # But not any resource, not elsewhere, and not the other way round.
    assert ny(tjeneste, slag, ekstern_id="2", **felter | {"mottakere": [RESSURS]})["__typename"] == "UgyldigMottaker"
    svar = ny(tjeneste, slag, ekstern_id="3", virksomhetsnummer=FISKERIET, applikasjon=HELSEARBEIDSGIVER, **felter)
    assert svar["__typename"] == "UgyldigMottaker"
    felter["grupperingsid"] = "sak-2"
    ny_sak(tjeneste, applikasjon=HELSEARBEIDSGIVER, **felter)
    svar = ny(tjeneste, slag, ekstern_id="4", **felter | {"mottakere": [TJENESTE]})
    assert svar["__typename"] == "UgyldigMottaker"


# ── Who may ──


@for_begge_slag
def test_a_recipient_that_the_producer_may_not_use_is_named(tjeneste: Tjeneste, slag: str) -> None:
    for felter in ({"mottaker": ressurs("nav_fremmed")}, {"mottakere": [RESSURS, ressurs("nav_fremmed")]}):
        svar = ny(tjeneste, slag, **felter)
        assert svar["__typename"] == "UgyldigMottaker"
        assert "nav_fremmed" in svar["feilmelding"] and "test-fager" in svar["feilmelding"]
    svar = ny(tjeneste, slag, merkelapp="Tiltak", mottakere=[leder()], applikasjon=TILTAK)
    assert svar["__typename"] == "UgyldigMottaker"
    assert NILS not in svar["feilmelding"] and ANNE not in svar["feilmelding"]


@for_begge_slag
def test_the_merkelapp_must_be_the_producers(tjeneste: Tjeneste, slag: str) -> None:
    svar = ny(tjeneste, slag, merkelapp="Tiltak")
    assert svar["__typename"] == "UgyldigMerkelapp"
    assert "'Tiltak'" in svar["feilmelding"] and "fager2" in svar["feilmelding"]


@for_begge_slag
def test_an_unknown_application_is_named(tjeneste: Tjeneste, slag: str) -> None:
    svar = ny(tjeneste, slag, applikasjon=UKJENT)
    assert svar["__typename"] == "UkjentProdusent" and UKJENT in svar["feilmelding"]


@for_begge_slag
def test_no_recipient_at_all_gives_two_graphql_errors(tjeneste: Tjeneste, slag: str) -> None:
    navn = f"ny{slag.capitalize()}"
    query = f"mutation m($v: Ny{slag.capitalize()}Input!) {{ min: {navn}({navn}: $v) {{ __typename }} }}"
    foerste, andre = graphql_feil(tjeneste, query, {"v": inndata(mottakere=[])})
    assert "minst 1 mottaker" in foerste["message"] and foerste.keys() == {"message", "extensions"}
    assert foerste["extensions"]["classification"] == "DataFetchingException"
    assert andre["path"] == ["min"]
    assert andre["extensions"]["classification"] == "NullValueInNonNullableField"


# ── Varsler ──

ALLE_VARSLER: list[dict[str, Any]] = [
    sms("+4799999999", "En SMS", sendevindu="NKS_AAPNINGSTID"),
    {
        "epost": {
            "mottaker": {"kontaktinfo": {"epostadresse": "åse.ødegård@blåbær.no"}},
            "epostTittel": "Tittel",
            "epostHtmlBody": "<p>Innhold</p>",
            "sendetidspunkt": {"sendevindu": "DAGTID_IKKE_SOENDAG"},
        }
    },
    {
        "altinnressurs": {
            "mottaker": {"ressursId": "hva_som_helst"},
            "epostTittel": "Tittel",
            "epostHtmlBody": "<p>Innhold</p>",
            "smsTekst": "En SMS",
            "sendetidspunkt": {"tidspunkt": "2030-07-01T10:00"},
        }
    },
    {
        "altinntjeneste": {
            "mottaker": {"serviceCode": "1234", "serviceEdition": "5"},
            "tittel": "Tittel",
            "innhold": "<p>Innhold</p>",
            "sendetidspunkt": {"sendevindu": "LOEPENDE"},
        }
    },
]


@for_begge_slag
def test_varsler_are_ordered_in_the_order_given(tjeneste: Tjeneste, slag: str) -> None:
    tjeneste.klokke("2030-01-06T12:00:00Z")  # a Sunday: the two with a window wait
    svar = ny(tjeneste, slag, eksterneVarsler=ALLE_VARSLER)
    ider = [varsel["id"] for varsel in svar["eksterneVarsler"]]
    assert len(set(ider)) == 4 and all(UUID.fullmatch(varsel_id) for varsel_id in ider)
    assert [varsel["id"] for varsel in node(tjeneste, svar["id"])["eksterneVarsler"]] == ider
    kolonner = "kanal, mottaker, tittel, tekst, sms_tekst, sendevindu, sendetidspunkt"
    assert tjeneste.rader(f"SELECT id, {kolonner} FROM eksternt_varsel ORDER BY nr") == [
        (ider[0], "SMS", "+4799999999", None, None, "En SMS", "NKS_AAPNINGSTID", None),
        (ider[1], "EPOST", "åse.ødegård@blåbær.no", "Tittel", "<p>Innhold</p>", None, "DAGTID_IKKE_SOENDAG", None),
        (
            ider[2],
            "ALTINNRESSURS",
            "hva_som_helst",
            "Tittel. ",
            "<p>Innhold</p>",
            "En SMS",
            "SPESIFISERT",
            1_909_123_200_000_000,  # 2030-07-01T08:00Z
        ),
        (ider[3], "ALTINNTJENESTE", "1234:5", "Tittel", "<p>Innhold</p>", "Tittel", "LOEPENDE", None),
    ]
    assert {rad for rad in tjeneste.rader("SELECT opphav, virksomhetsnummer, produsent_id FROM eksternt_varsel")} == {
        ("OPPRETTELSE", BAKERIET, "fager")
    }


def test_a_varsel_to_be_sent_later_is_new(tjeneste: Tjeneste) -> None:
    svar = ny_beskjed(tjeneste, eksterneVarsler=[sms(tidspunkt="2999-01-01T00:00")])
    assert node(tjeneste, svar["id"])["eksterneVarsler"] == [{"id": svar["eksterneVarsler"][0]["id"], "status": "NY"}]


@pytest.mark.parametrize(("tittel", "lagret"), [("Hei", "Hei. "), ("Hei.", "Hei.. "), ("Hei. ", "Hei. "), ("", ". ")])
def test_the_title_towards_altinn_ends_as_a_sentence(tjeneste: Tjeneste, tittel: str, lagret: str) -> None:
    varsel = {"altinnressurs": ALLE_VARSLER[2]["altinnressurs"] | {"epostTittel": tittel}}
    ny_beskjed(tjeneste, eksterneVarsler=[varsel])
    assert tjeneste.rader("SELECT tittel FROM eksternt_varsel") == [(lagret,)]


@for_begge_slag
def test_the_fnr_of_contact_data_is_stored_nowhere(tjeneste: Tjeneste, slag: str) -> None:
    varsler: list[dict[str, Any]] = [sms(), dict(ALLE_VARSLER[1])]
    varsler[0]["sms"]["mottaker"]["kontaktinfo"]["fnr"] = ANNE
    varsler[1]["epost"] = varsler[1]["epost"] | {"mottaker": {"kontaktinfo": {"epostadresse": "a@b.no", "fnr": ANNE}}}
    svar = ny(tjeneste, slag, eksterneVarsler=varsler)
    # Other tests may have been logged in as her, to the same service.
    for (tabell,) in tjeneste.rader("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'oekt'"):
        assert ANNE not in str(tjeneste.rader(f"SELECT * FROM {tabell}")), tabell

    del varsler[0]["sms"]["mottaker"]["kontaktinfo"]["fnr"]
    assert ny(tjeneste, slag, eksterneVarsler=varsler) == svar, "and not compared"


# ── Deletion ──


@for_begge_slag
@pytest.mark.parametrize(
    ("hard_delete", "ventet"),
    [
        ({"den": "2030-07-01T00:00"}, "2030-06-30T22:00:00Z"),
        ({"om": "P1M"}, "2030-02-28T23:30:00Z"),
        ({"om": "PT24H"}, "2030-02-01T23:30:00Z"),
    ],
    ids=str,
)
def test_hard_delete_is_reckoned_from_opprettet(
    tjeneste: Tjeneste, slag: str, hard_delete: dict[str, str], ventet: str
) -> None:
    tjeneste.klokke(NAA)
    svar = ny(tjeneste, slag, opprettet="2030-01-31T23:30Z", hard_delete=hard_delete)
    tjeneste.klokke("2030-12-31T00:00:00Z")
    assert hent(tjeneste, svar["id"])["__typename"] == "NotifikasjonFinnesIkke"
    assert slettetider(tjeneste) == [ventet]


@for_begge_slag
def test_hard_delete_without_opprettet_is_reckoned_from_the_call(tjeneste: Tjeneste, slag: str) -> None:
    tjeneste.klokke(NAA)
    ny(tjeneste, slag, hard_delete={"om": "P1D"})
    tjeneste.klokke("2030-12-31T00:00:00Z")
    assert slettetider(tjeneste) == ["2030-01-08T12:00:00Z"]


@for_begge_slag
@pytest.mark.parametrize(
    "hard_delete",
    [{"den": "+999999999-12-31T23:59:59.999999999"}, {"om": "P999999999Y"}, {"om": "PT2562047788015215H"}],
    ids=str,
)
def test_hard_delete_far_beyond_the_year_9999_means_never(
    tjeneste: Tjeneste, slag: str, hard_delete: dict[str, str]
) -> None:
    svar = ny(tjeneste, slag, hard_delete=hard_delete)
    tjeneste.klokke("2999-01-01T00:00:00Z")
    assert hent(tjeneste, svar["id"])["__typename"] == "HentetNotifikasjon"


@for_begge_slag
@pytest.mark.parametrize("hard_delete", [{"den": "1999-01-01T00:00"}, {"om": "P-999999999Y"}, {"om": "P"}], ids=str)
def test_hard_delete_in_the_past_happens_at_once(tjeneste: Tjeneste, slag: str, hard_delete: dict[str, str]) -> None:
    svar = ny(tjeneste, slag, hard_delete=hard_delete)
    assert svar["__typename"].endswith("Vellykket")
    tjeneste.utvikling("POST", "/dev/jobber")
    assert hent(tjeneste, svar["id"])["__typename"] == "NotifikasjonFinnesIkke"


# ── Frist and påminnelse ──


def test_an_oppgave_with_a_past_frist_expires_at_once(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-06-01T22:30:00Z")  # already the 2nd in Oslo
    for ekstern_id, frist, ventet in (("1", "2030-06-01", "UTGAATT"), ("2", "2030-06-02", "NY")):
        svar = ny_oppgave(tjeneste, ekstern_id=ekstern_id, frist=frist)
        assert svar["__typename"] == "NyOppgaveVellykket"
        tjeneste.utvikling("POST", "/dev/jobber")
        assert node(tjeneste, svar["id"])["oppgave"]["tilstand"] == ventet


def test_an_oppgave_expires_when_the_day_of_its_frist_is_over_in_oslo(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    svar = ny_oppgave(tjeneste, frist="2030-06-01")
    tjeneste.klokke("2030-06-01T21:59:59Z")
    assert node(tjeneste, svar["id"])["oppgave"]["tilstand"] == "NY"
    tjeneste.klokke("2030-06-01T22:00:00Z")
    assert node(tjeneste, svar["id"])["oppgave"]["tilstand"] == "UTGAATT"


OPPRETTET = "2030-01-31T23:30Z"  # 1 February 00:30 in Oslo
PAAMINNELSER = [
    # frist, tidspunkt -> instant, or None if it is impossible
    (None, {"konkret": "2030-02-01T00:30"}, "2030-01-31T23:30:00Z"),
    (None, {"konkret": "2030-02-01T00:29:59.999999"}, None),
    (None, {"konkret": "2099-01-01T00:00"}, "2098-12-31T23:00:00Z"),
    ("2030-06-10", {"konkret": "2030-06-10T23:59:59.999999999"}, "2030-06-10T21:59:59.999999Z"),
    ("2030-06-10", {"konkret": "2030-06-11T00:00"}, None),
    (None, {"etterOpprettelse": "P"}, "2030-01-31T23:30:00Z"),
    (None, {"etterOpprettelse": "PT-1S"}, None),
    (None, {"etterOpprettelse": "P1M"}, "2030-02-28T23:30:00Z"),
    (None, {"etterOpprettelse": "P1DT2H"}, "2030-02-02T01:30:00Z"),
    ("2030-02-01", {"etterOpprettelse": "PT23H29M59S"}, "2030-02-01T22:59:59Z"),
    ("2030-02-01", {"etterOpprettelse": "PT23H30M"}, None),
    ("2030-01-31", {"etterOpprettelse": "P"}, None),  # the frist is over when it is made
    ("2030-06-10", {"foerFrist": "P"}, "2030-06-10T21:59:59.999999Z"),
    ("2030-06-10", {"foerFrist": "P3M"}, "2030-03-10T22:59:59.999999Z"),  # winter time there
    ("2030-03-31", {"foerFrist": "PT1H"}, "2030-03-31T20:59:59.999999Z"),
    ("2030-06-10", {"foerFrist": "PT-1S"}, None),
    ("2030-02-01", {"foerFrist": "PT23H29M"}, "2030-01-31T23:30:59.999999Z"),
    ("2030-02-01", {"foerFrist": "P1D"}, None),
    (None, {"foerFrist": "P1D"}, None),
    (None, {"foerStartTidspunkt": "P1D"}, None),
    ("2030-06-10", {"foerStartTidspunkt": "P1D"}, None),
]


@pytest.mark.parametrize(("frist", "naar", "ventet"), PAAMINNELSER, ids=str)
def test_the_time_of_a_paaminnelse(
    tjeneste: Tjeneste, frist: str | None, naar: dict[str, str], ventet: str | None
) -> None:
    tjeneste.klokke(NAA)
    svar = ny_oppgave(tjeneste, opprettet=OPPRETTET, frist=frist, paaminnelse={"tidspunkt": naar})
    if ventet is None:
        assert svar["__typename"] == "UgyldigPaaminnelseTidspunkt"
        assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(0,)]
    else:
        assert svar["__typename"] == "NyOppgaveVellykket"
        assert paaminnelser(tjeneste) == [(ventet, "BESTILT")]


def test_a_paaminnelse_is_not_compared_with_the_time_of_the_call(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2031-01-01T00:00:00Z")
    svar = ny_oppgave(tjeneste, opprettet=OPPRETTET, paaminnelse={"tidspunkt": {"konkret": "2030-03-01T10:00"}})
    assert svar["__typename"] == "NyOppgaveVellykket"
    tjeneste.utvikling("POST", "/dev/jobber")
    assert paaminnelser(tjeneste) == [("2030-03-01T09:00:00Z", "UTLOEST")]


def test_the_varsler_of_a_paaminnelse_are_answered_but_not_shown(tjeneste: Tjeneste) -> None:
    svar = ny_oppgave(
        tjeneste,
        eksterneVarsler=[sms()],
        paaminnelse={
            "tidspunkt": {"etterOpprettelse": "P1D"},
            "eksterneVarsler": [paaminnelse_sms(), paaminnelse_sms("99999999")],
        },
    )
    ider = [varsel["id"] for varsel in svar["paaminnelse"]["eksterneVarsler"]]
    assert tjeneste.rader("SELECT id, mottaker FROM eksternt_varsel WHERE opphav = 'PAAMINNELSE' ORDER BY nr") == [
        (ider[0], "40000000"),
        (ider[1], "99999999"),
    ]
    vist = [varsel["id"] for varsel in node(tjeneste, svar["id"])["eksterneVarsler"]]
    assert vist == [varsel["id"] for varsel in svar["eksterneVarsler"]]


def test_the_answer_tells_of_a_paaminnelse_only_if_there_is_one(tjeneste: Tjeneste) -> None:
    assert ny_oppgave(tjeneste, ekstern_id="1")["paaminnelse"] is None
    svar = ny_oppgave(tjeneste, ekstern_id="2", paaminnelse={"tidspunkt": {"etterOpprettelse": "P1D"}})
    assert svar["paaminnelse"] == {"eksterneVarsler": []}


def paaminnelser(tjeneste: Tjeneste) -> list[tuple[str, str]]:
    rader = tjeneste.rader("SELECT tidspunkt, tilstand FROM paaminnelse ORDER BY nr")
    return [(tid.format_utc(tidspunkt), tilstand) for tidspunkt, tilstand in rader]


# ── Several in one document ──


def test_a_typed_error_does_not_stop_the_mutations_after_it(tjeneste: Tjeneste) -> None:
    query = """
    mutation m($a: NyBeskjedInput! $b: NyBeskjedInput! $c: NyOppgaveInput!) {
        foerst: nyBeskjed(nyBeskjed: $a) { __typename ...feil }
        igjen: nyBeskjed(nyBeskjed: $b) { __typename ...feil ... on Error { melding: feilmelding } }
        sist: nyOppgave(nyOppgave: $c) { __typename ... on NyOppgaveVellykket { id } }
    }
    fragment feil on Error { feilmelding }
    """
    variables = {"a": inndata(tekst="a"), "b": inndata(tekst="b"), "c": inndata(ekstern_id="2")}
    svar = tjeneste.produsent(query, variables)
    assert [verdi["__typename"] for verdi in svar.values()] == [
        "NyBeskjedVellykket",
        "DuplikatEksternIdOgMerkelapp",
        "NyOppgaveVellykket",
    ]
    assert list(svar) == ["foerst", "igjen", "sist"]
    assert svar["igjen"]["melding"] == svar["igjen"]["feilmelding"]
    assert tjeneste.rader("SELECT type FROM hendelse ORDER BY nr") == [("BeskjedOpprettet",), ("OppgaveOpprettet",)]


def test_a_graphql_error_stops_the_mutations_after_it_and_leaves_those_before(tjeneste: Tjeneste) -> None:
    query = """
    mutation m($a: NyBeskjedInput! $b: NyBeskjedInput! $c: NyBeskjedInput!) {
        a: nyBeskjed(nyBeskjed: $a) { __typename }
        b: nyBeskjed(nyBeskjed: $b) { __typename }
        c: nyBeskjed(nyBeskjed: $c) { __typename }
    }
    """
    for feil, ventet in ((inndata(ekstern_id="2", tekst="x" * 301), 1), (inndata(ekstern_id="2", mottakere=[]), 2)):
        variables = {"a": inndata(ekstern_id="1"), "b": feil, "c": inndata(ekstern_id="3")}
        assert len(graphql_feil(tjeneste, query, variables)) == ventet
        assert tjeneste.rader("SELECT ekstern_id FROM notifikasjon") == [("1",)]


def test_mutations_see_what_those_before_them_did(tjeneste: Tjeneste) -> None:
    query = f"""
    mutation m($oppgave: NyOppgaveInput!) {{
        nyOppgave(nyOppgave: $oppgave) {{ __typename }}
        oppgaveUtfoertByEksternId_V2(merkelapp: "fager" eksternId: "ekstern-1") {{ __typename }}
        igjen: nyOppgave(nyOppgave: $oppgave) {{ __typename }}
        hardDeleteNotifikasjonByEksternId_V2(merkelapp: "fager" eksternId: "ekstern-1") {{ __typename }}
        paaNytt: nyOppgave(nyOppgave: $oppgave) {{ __typename {FEIL} }}
    }}
    """
    svar = tjeneste.produsent(query, {"oppgave": inndata()})
    assert [verdi["__typename"] for verdi in svar.values()] == [
        "NyOppgaveVellykket",
        "OppgaveUtfoertVellykket",
        "DuplikatEksternIdOgMerkelapp",
        "HardDeleteNotifikasjonVellykket",
        "NyOppgaveVellykket",
    ]
