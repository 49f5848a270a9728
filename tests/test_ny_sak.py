"""nySak: what is stored, when a repeated call is the same call, and which coordinates can never be used again."""

from typing import Any

import pytest
from produsent import FEIL, graphql_feil, hent_sak, mutasjon, ny_beskjed, ny_sak
from tjeneste import ANNE, BAKERIET, FISKERIET, NILS, RESSURS, TILTAK, TJENESTE, UKJENT, Tjeneste, leder

from server import tid

NAA = "2030-01-07T12:00:00Z"
SALESFORCE = "dev-external:teamcrm:salesforce"  # has the merkelapp Arbeidstrening too

ALT: dict[str, Any] = {
    "mottakere": [RESSURS, leder()],
    "tittel": "Søknad om tilskudd",
    "tilleggsinformasjon": "Høsten 2030",
    "lenke": "https://eksempel.no/sak",
    "initiellStatus": "UNDER_BEHANDLING",
    "nesteSteg": "Vi ringer deg.",
    "tidspunkt": "2030-01-01T10:00:00+01:00",
    "overstyrStatustekstMed": "Hos saksbehandler",
}


def test_a_sak_is_read_back_as_it_was_given(tjeneste: Tjeneste) -> None:
    svar = ny_sak(tjeneste, **ALT)

    assert hent_sak(tjeneste, svar["id"]) == {
        "__typename": "HentetSak",
        "sak": {
            "id": svar["id"],
            "grupperingsid": "sak-1",
            "virksomhetsnummer": BAKERIET,
            "tittel": "Søknad om tilskudd",
            "lenke": "https://eksempel.no/sak",
            "nesteSteg": "Vi ringer deg.",
            "tilleggsinformasjon": "Høsten 2030",
            "merkelapp": "fager",
            "sisteStatus": "UNDER_BEHANDLING",
        },
    }


def test_what_is_left_out_is_null(tjeneste: Tjeneste) -> None:
    sak = hent_sak(tjeneste, ny_sak(tjeneste)["id"])["sak"]
    assert {navn: sak[navn] for navn in ("lenke", "nesteSteg", "tilleggsinformasjon")} == {
        "lenke": None,
        "nesteSteg": None,
        "tilleggsinformasjon": None,
    }


def test_the_first_status_has_the_time_and_text_of_the_sak(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    sak_id = ny_sak(tjeneste, **ALT)["id"]
    statuser = mutasjon(
        tjeneste,
        "nyStatusSak",
        f'id: "{sak_id}" nyStatus: FERDIG',
        valg="statuser { status tidspunkt overstyrStatusTekstMed }",
    )["statuser"]
    assert statuser == [
        {"status": "FERDIG", "tidspunkt": NAA, "overstyrStatusTekstMed": None},
        {
            "status": "UNDER_BEHANDLING",
            "tidspunkt": "2030-01-01T09:00:00Z",
            "overstyrStatusTekstMed": "Hos saksbehandler",
        },
    ]


def test_a_new_sak_is_one_row_of_history(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste, **ALT)["id"]
    assert tjeneste.rader("SELECT type, aggregat_id, merkelapp, grupperingsid, hvem FROM hendelse") == [
        ("SakOpprettet", sak_id, "fager", "sak-1", "fager")
    ]


SAMME: dict[str, dict[str, Any]] = {
    "verbatim": {},
    "recipients in another order": {"mottakere": [leder(), RESSURS]},
    "a recipient twice": {"mottakere": [RESSURS, leder(), RESSURS]},
    "the same instant written otherwise": {"tidspunkt": "2030-01-01T09:00:00Z"},
    "another hardDelete": {"hardDelete": {"om": "P1Y"}},
}


@pytest.mark.parametrize("endring", SAMME.values(), ids=SAMME)
def test_a_repeated_sak_gives_the_same_id(tjeneste: Tjeneste, endring: dict[str, Any]) -> None:
    foerste = ny_sak(tjeneste, **ALT)
    assert ny_sak(tjeneste, **ALT | endring) == foerste
    assert tjeneste.rader("SELECT count(*) FROM hendelse") == [(1,)]
    assert tjeneste.rader("SELECT slettes_tidspunkt FROM sak") == [(None,)]


ANNET: dict[str, dict[str, Any]] = {
    "virksomhetsnummer": {"virksomhetsnummer": FISKERIET},
    "tittel": {"tittel": "Søknad om fritak"},
    "tittel in capitals": {"tittel": "SØKNAD OM TILSKUDD"},
    "lenke": {"lenke": "https://eksempel.no/annen"},
    "no lenke": {"lenke": None},
    "an empty lenke": {"lenke": ""},
    "nesteSteg": {"nesteSteg": "Du får brev."},
    "no nesteSteg": {"nesteSteg": None},
    "tilleggsinformasjon": {"tilleggsinformasjon": "Våren 2030"},
    "no tilleggsinformasjon": {"tilleggsinformasjon": None},
    "one recipient fewer": {"mottakere": [RESSURS]},
    "one recipient more": {"mottakere": [RESSURS, leder(), TJENESTE]},
    "another recipient": {"mottakere": [RESSURS, leder(ANNE, NILS)]},
    "initiellStatus": {"initiellStatus": "MOTTATT"},
    "overstyrStatustekstMed": {"overstyrStatustekstMed": "Hos oss"},
    "no overstyrStatustekstMed": {"overstyrStatustekstMed": None},
    "tidspunkt": {"tidspunkt": "2030-01-01T09:00:01Z"},
    "no tidspunkt": {"tidspunkt": None},
}


@pytest.mark.parametrize("endring", ANNET.values(), ids=ANNET)
def test_a_reused_grupperingsid_is_refused(tjeneste: Tjeneste, endring: dict[str, Any]) -> None:
    sak_id = ny_sak(tjeneste, **ALT)["id"]
    foer = hent_sak(tjeneste, sak_id)
    svar = ny_sak(tjeneste, **ALT | endring)
    assert (svar["__typename"], svar["idTilEksisterende"]) == ("DuplikatGrupperingsid", sak_id)
    assert hent_sak(tjeneste, sak_id) == foer
    assert tjeneste.rader("SELECT count(*) FROM hendelse") == [(1,)]


def test_an_empty_lenke_is_not_a_missing_one(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    assert ny_sak(tjeneste, lenke="")["__typename"] == "DuplikatGrupperingsid"


def test_a_repeated_sak_is_compared_with_how_the_sak_is_now(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    mutasjon(tjeneste, "nyStatusSak", f'id: "{sak_id}" nyStatus: FERDIG overstyrStatustekstMed: "Slutt"')
    assert ny_sak(tjeneste)["id"] == sak_id, "later statuses do not count"

    mutasjon(tjeneste, "nesteStegSak", f'id: "{sak_id}" nesteSteg: "Vent"')
    assert ny_sak(tjeneste)["__typename"] == "DuplikatGrupperingsid"
    assert ny_sak(tjeneste, nesteSteg="Vent")["id"] == sak_id

    mutasjon(tjeneste, "tilleggsinformasjonSak", f'id: "{sak_id}" tilleggsinformasjon: "Mer"')
    assert ny_sak(tjeneste, nesteSteg="Vent")["__typename"] == "DuplikatGrupperingsid"
    assert ny_sak(tjeneste, nesteSteg="Vent", tilleggsinformasjon="Mer")["id"] == sak_id


def test_another_producer_may_repeat_the_call(tjeneste: Tjeneste) -> None:
    felter = {
        "merkelapp": "Arbeidstrening",
        "mottakere": [{"altinnRessurs": {"ressursId": "nav_tiltak_arbeidstrening"}}],
    }
    foerste = ny_sak(tjeneste, applikasjon=TILTAK, **felter)
    assert ny_sak(tjeneste, applikasjon=SALESFORCE, **felter) == foerste


def test_the_same_grupperingsid_under_another_merkelapp_is_another_sak(tjeneste: Tjeneste) -> None:
    svar = [ny_sak(tjeneste, merkelapp=merkelapp) for merkelapp in ("fager", "fager2")]
    assert [s["__typename"] for s in svar] == ["NySakVellykket"] * 2
    assert svar[0]["id"] != svar[1]["id"]


SLETTINGER = {
    "hardDeleteSak": 'id: "{id}"',
    "softDeleteSak": 'id: "{id}"',
    "hardDeleteSakByGrupperingsid": 'merkelapp: "fager" grupperingsid: "sak-1"',
    "softDeleteSakByGrupperingsid": 'merkelapp: "fager" grupperingsid: "sak-1"',
}


@pytest.mark.parametrize(("felt", "argumenter"), SLETTINGER.items(), ids=SLETTINGER)
def test_the_coordinate_of_a_deleted_sak_is_burnt(tjeneste: Tjeneste, felt: str, argumenter: str) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    assert mutasjon(tjeneste, felt, argumenter.format(id=sak_id))["id"] == sak_id
    for retry in ({}, {"tittel": "En annen"}):
        assert ny_sak(tjeneste, **retry)["__typename"] == "DuplikatGrupperingsidEtterDelete"
    assert ny_sak(tjeneste, merkelapp="fager2")["__typename"] == "NySakVellykket"


def test_a_scheduled_deletion_burns_the_coordinate_too(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste, hardDelete={"den": "2001-01-01T00:00"})["id"]
    tjeneste.utvikling("POST", "/dev/jobber")
    assert hent_sak(tjeneste, sak_id)["__typename"] == "SakFinnesIkke"
    assert ny_sak(tjeneste)["__typename"] == "DuplikatGrupperingsidEtterDelete"


def test_what_is_remembered_of_a_deleted_sak_cannot_be_read(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste, grupperingsid=ANNE)
    mutasjon(tjeneste, "hardDeleteSakByGrupperingsid", f'merkelapp: "fager" grupperingsid: "{ANNE}"')
    ((avtrykk,),) = tjeneste.rader("SELECT avtrykk FROM slettet_sak")
    assert len(avtrykk) == 32 and ANNE.encode() not in avtrykk


def test_coordinates_that_look_alike_when_joined_are_different(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste, merkelapp="fager2", grupperingsid="x")
    mutasjon(tjeneste, "hardDeleteSakByGrupperingsid", 'merkelapp: "fager2" grupperingsid: "x"')
    assert ny_sak(tjeneste, merkelapp="fager", grupperingsid="2x")["__typename"] == "NySakVellykket"


def test_the_first_forbidden_recipient_is_named(tjeneste: Tjeneste) -> None:
    ulovlige = [{"altinnRessurs": {"ressursId": navn}} for navn in ("nav_foerste", "nav_andre")]
    svar = ny_sak(tjeneste, mottakere=[RESSURS, *ulovlige], merkelapp="ikke-min")
    assert svar["__typename"] == "UgyldigMottaker"
    assert "nav_foerste" in svar["feilmelding"] and "nav_andre" not in svar["feilmelding"]
    assert "test-fager" in svar["feilmelding"], "the allowed ones are told"


@pytest.mark.parametrize(
    "mottaker", [leder(), TJENESTE, {"altinn": {"serviceCode": "4936", "serviceEdition": "2"}}], ids=str
)
def test_kinds_of_recipients_that_the_producer_may_not_use_are_refused(
    tjeneste: Tjeneste, mottaker: dict[str, Any]
) -> None:
    svar = ny_sak(tjeneste, mottakere=[mottaker], merkelapp="Tiltak", applikasjon=TILTAK)
    assert svar["__typename"] == "UgyldigMottaker"
    assert NILS not in svar["feilmelding"] and ANNE not in svar["feilmelding"]


def test_an_altinn_2_service_is_a_recipient_with_code_and_edition(tjeneste: Tjeneste) -> None:
    assert ny_sak(tjeneste, mottakere=[TJENESTE])["__typename"] == "NySakVellykket"
    for kode in ({"serviceCode": "4936", "serviceEdition": "2"}, {"serviceCode": "4937", "serviceEdition": "1"}):
        svar = ny_sak(tjeneste, grupperingsid="sak-2", mottakere=[{"altinn": kode}])
        assert svar["__typename"] == "UgyldigMottaker"
        assert ":".join(kode.values()) in svar["feilmelding"]


def test_a_foreign_merkelapp_is_named_with_the_allowed_ones(tjeneste: Tjeneste) -> None:
    for merkelapp in ("Tiltak", "Fager", "fager ", ""):
        svar = ny_sak(tjeneste, merkelapp=merkelapp)
        assert svar["__typename"] == "UgyldigMerkelapp"
        assert f"'{merkelapp}'" in svar["feilmelding"] and "fager3" in svar["feilmelding"]


def test_an_unknown_application_is_named(tjeneste: Tjeneste) -> None:
    svar = ny_sak(tjeneste, applikasjon=UKJENT)
    assert svar["__typename"] == "UkjentProdusent"
    assert UKJENT in svar["feilmelding"]


def test_no_recipient_at_all_gives_two_graphql_errors(tjeneste: Tjeneste) -> None:
    argumenter = (
        'merkelapp: "m" grupperingsid: "g" virksomhetsnummer: "1" mottakere: [] tittel: "t" initiellStatus: FERDIG'
    )
    feil = graphql_feil(tjeneste, f"mutation {{ min: nySak({argumenter}) {{ __typename }} }}")
    assert "minst 1 mottaker" in feil[0]["message"]
    assert feil[0].keys() == {"message", "extensions"}
    assert feil[0]["extensions"] == {"classification": "DataFetchingException"}
    assert feil[1]["path"] == ["min"]
    assert feil[1]["extensions"] == {"classification": "NullValueInNonNullableField"}
    assert len(feil) == 2


def test_what_is_not_checked_may_be_anything(tjeneste: Tjeneste) -> None:
    rart: dict[str, Any] = {
        "grupperingsid": "",
        "virksomhetsnummer": "ikke et nummer",
        "tittel": "",
        "tilleggsinformasjon": " ",
        "lenke": f"javascript:{ANNE}",
        "nesteSteg": f"{ANNE} " * 500,
        "overstyrStatustekstMed": f"{ANNE} 🎉" * 500,
        "mottakere": [leder("ikke et fnr", "")],
        "tidspunkt": "-0044-03-15T12:00",
    }
    svar = ny_sak(tjeneste, **rart)
    assert svar["__typename"] == "NySakVellykket"
    assert ny_sak(tjeneste, **rart) == svar
    sak = hent_sak(tjeneste, svar["id"])["sak"]
    assert sak["nesteSteg"] == rart["nesteSteg"] and sak["lenke"] == rart["lenke"]


def test_several_hundred_recipients(tjeneste: Tjeneste) -> None:
    mottakere = [leder(ansatt_fnr=str(nr)) for nr in range(700)]
    svar = ny_sak(tjeneste, mottakere=mottakere)
    assert svar["__typename"] == "NySakVellykket"
    assert ny_sak(tjeneste, mottakere=mottakere[::-1]) == svar
    assert tjeneste.rader("SELECT count(*), max(rekkefoelge) FROM sak_mottaker") == [(700, 699)]
    paa_saken = ny_beskjed(tjeneste, grupperingsid="sak-1", mottakere=mottakere[100:600])
    assert paa_saken["__typename"] == "NyBeskjedVellykket"


def _et_sekund_foer(tidspunkt: str) -> str:
    return tid.format_utc(tid.parse_tidspunkt(tidspunkt) - 1_000_000)


SLETTETIDER = [
    ({"den": "2031-07-01T00:00"}, "2031-06-30T22:00:00Z"),
    ({"den": "2031-01-01T00:00"}, "2030-12-31T23:00:00Z"),
    ({"den": "2031-03-30T02:30"}, "2031-03-30T01:30:00Z"),  # does not exist in Oslo: moved forward
    ({"den": "2031-10-26T02:30"}, "2031-10-26T00:30:00Z"),  # comes twice: the first
    ({"om": "P1M"}, "2030-02-28T10:30:00Z"),
    ({"om": "P1DT90M"}, "2030-02-01T12:00:00Z"),
]


@pytest.mark.parametrize(("hard_delete", "ventet"), SLETTETIDER, ids=str)
def test_hard_delete_happens_at_its_instant_reckoned_from_tidspunkt(
    tjeneste: Tjeneste, hard_delete: dict[str, str], ventet: str
) -> None:
    tjeneste.klokke(NAA)
    sak_id = ny_sak(tjeneste, tidspunkt="2030-01-31T11:30", hardDelete=hard_delete)["id"]
    tjeneste.klokke(_et_sekund_foer(ventet))
    assert hent_sak(tjeneste, sak_id)["__typename"] == "HentetSak"
    tjeneste.klokke(ventet)
    assert hent_sak(tjeneste, sak_id)["__typename"] == "SakFinnesIkke"


def test_hard_delete_without_tidspunkt_is_reckoned_from_the_call(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    sak_id = ny_sak(tjeneste, hardDelete={"om": "P1M"})["id"]
    tjeneste.klokke("2030-02-07T11:59:59Z")
    assert hent_sak(tjeneste, sak_id)["__typename"] == "HentetSak"
    tjeneste.klokke("2030-02-07T12:00:00Z")
    assert hent_sak(tjeneste, sak_id)["__typename"] == "SakFinnesIkke"


def test_hard_delete_far_beyond_the_year_9999_means_never(tjeneste: Tjeneste) -> None:
    for i, naar in enumerate(
        [
            {"den": "+999999999-12-31T23:59:59.999999999"},
            {"den": "+12020-01-01T00:00"},
            {"om": "P999999999Y"},
            {"om": "PT2562047788015215H"},
        ]
    ):
        svar = ny_sak(tjeneste, grupperingsid=f"sak-{i}", hardDelete=naar)
        assert svar["__typename"] == "NySakVellykket", (naar, svar)
    tjeneste.klokke("2300-01-01T00:00:00Z")
    assert tjeneste.rader("SELECT count(*) FROM sak") == [(4,)]


def test_single_values_stand_for_lists(tjeneste: Tjeneste) -> None:
    svar = ny_sak(tjeneste, mottakere=RESSURS)
    assert svar["__typename"] == "NySakVellykket"
    literal = 'mottakere: { altinnRessurs: { ressursId: "test-fager" } }'
    query = f"""
    mutation {{
        nySak(
            merkelapp: "fager" grupperingsid: "sak-1" virksomhetsnummer: "{BAKERIET}" {literal}
            tittel: "Søknad om fritak" initiellStatus: MOTTATT
            tidspunkt: null hardDelete: null lenke: null nesteSteg: null tilleggsinformasjon: null
        ) {{ __typename ... on NySakVellykket {{ id }} {FEIL} }}
    }}
    """
    assert tjeneste.produsent(query)["nySak"] == svar, "and explicit null is as good as left out"
