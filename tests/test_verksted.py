"""The workbench's own answers: what a producer has made, who can see it and why. The page is in another file."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from produsent import epost, mutasjon, ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak, paaminnelse_sms, sms
from tjeneste import (
    ANNE,
    BAKERIET,
    DAGNY,
    FAGER,
    FISKERIET,
    NILS,
    REGINE,
    RESSURS,
    TILTAK,
    TJENESTE,
    ULLA,
    Tjeneste,
    driftsoppsett,
    kjoerende,
    leder,
)

Svar = dict[str, Any]
ALF = "30829033445"  # whose look-up fails
FREMMED = "13917512340"  # in no file
INGENS_ID = "11111111-1111-4111-8111-111111111111"


def laget(tjeneste: Tjeneste, soek: str = "", side: int | str = 1, produsent: str = "fager") -> Svar:
    svar: Svar = tjeneste.utvikling("GET", f"/dev/produsenter/{produsent}/laget?soek={quote(soek)}&side={side}")
    return svar


def navn(svar: Svar) -> list[str]:
    """What is on the page, from the top: a sak by its title, else the notifikasjon by its text."""
    return [et["sak"]["tittel"] if et["sak"] else et["notifikasjoner"][0]["tekst"] for et in svar["laget"]]


def innsyn(tjeneste: Tjeneste, id: str) -> Svar:
    svar: Svar = tjeneste.utvikling("GET", f"/dev/laget/{id}/innsyn")
    return svar


def hvem(tjeneste: Tjeneste, id: str) -> list[list[str]]:
    """For each mottaker, those who match it."""
    return [mottaker["personer"] for mottaker in innsyn(tjeneste, id)["mottakere"]]


# ── Who may call ──


def test_producers_are_those_of_config_with_their_rights(tjeneste: Tjeneste) -> None:
    svar = tjeneste.utvikling("GET", "/dev/produsenter")
    fager = next(p for p in svar["produsenter"] if p["id"] == "fager")
    assert FAGER in fager["applikasjoner"]
    assert "Inntektsmelding sykepenger" in fager["merkelapper"]
    assert (fager["ressurser"], fager["tjenester"], fager["naermesteLeder"]) == (["test-fager"], ["4936:1"], True)
    assert (svar["virksomheter"], svar["ledere"]) == ([], [])


def test_known_virksomheter_and_ledere_are_proposed(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, FISKERIET, BAKERIET)
    tjeneste.naermeste_leder()
    svar = tjeneste.utvikling("GET", "/dev/produsenter")
    assert [virksomhet["navn"] for virksomhet in svar["virksomheter"]] == ["BAKERIET AS", "FISKERIET AS"]
    assert svar["ledere"] == [{"naermesteLederFnr": NILS, "ansattFnr": ANNE, "virksomhetsnummer": BAKERIET}]
    assert svar["personer"][NILS] == "Nils Nærmeste"


# ── What has been made ──


def test_producer_that_has_made_nothing_has_an_empty_page(tjeneste: Tjeneste) -> None:
    assert laget(tjeneste) == {"treff": 0, "side": 1, "sider": 1, "laget": [], "slettet": []}


def test_sak_has_its_notifikasjoner_and_others_stand_alone_newest_first(tjeneste: Tjeneste) -> None:
    ny_beskjed(tjeneste, ekstern_id="b1", tekst="Den eldste")
    ny_sak(tjeneste, tittel="Saken")
    ny_oppgave(tjeneste, ekstern_id="o1", tekst="Alene", opprettet="2001-01-01T00:00:00Z")
    ny_oppgave(tjeneste, ekstern_id="o2", tekst="I saken", grupperingsid="sak-1")
    ny_kalenderavtale(tjeneste)

    svar = laget(tjeneste)

    assert (navn(svar), svar["treff"]) == (["Saken", "Alene", "Den eldste"], 3)
    assert [n["tekst"] for n in svar["laget"][0]["notifikasjoner"]] == ["Dialogmøte", "I saken"]
    assert svar["laget"][0]["antall"] == 2


def test_all_that_is_planned_is_told(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2026-06-01T08:00:00Z")
    ny_sak(tjeneste, hardDelete={"den": "2028-01-01T00:00"}, nesteSteg="Vent på svar")
    mutasjon(tjeneste, "nyStatusSakByGrupperingsid", 'merkelapp: "fager" grupperingsid: "sak-1" nyStatus: FERDIG')
    ny_kalenderavtale(tjeneste, sluttTidspunkt="2030-06-03T11:00")
    ny_oppgave(
        tjeneste,
        grupperingsid="sak-1",
        frist="2026-07-01",
        hard_delete={"den": "2027-01-01T00:00"},
        paaminnelse={"tidspunkt": {"foerFrist": "P3D"}, "eksterneVarsler": [paaminnelse_sms()]},
    )
    (kort,) = laget(tjeneste)["laget"]
    sak, (oppgave, avtale) = kort["sak"], kort["notifikasjoner"]
    assert (sak["status"], sak["slettesTidspunkt"], sak["nesteSteg"]) == (
        "FERDIG",
        "2027-12-31T23:00:00Z",
        "Vent på svar",
    )
    assert (oppgave["tilstand"], oppgave["frist"]) == ("NY", "2026-07-01")
    assert (oppgave["paaminnelse"], oppgave["paaminnelseTidspunkt"][:10]) == ("BESTILT", "2026-06-28")
    assert oppgave["slettesTidspunkt"] == "2026-12-31T23:00:00Z"
    assert [varsel["opphav"] for varsel in oppgave["varsler"]] == ["PAAMINNELSE"]
    assert (avtale["startTidspunkt"], avtale["sluttTidspunkt"]) == ("2030-06-03T08:00:00Z", "2030-06-03T09:00:00Z")
    assert avtale["tilstand"] == "VENTER_SVAR_FRA_ARBEIDSGIVER"


def test_varsler_tell_how_they_went_and_not_to_whom(tjeneste: Tjeneste) -> None:
    ny_beskjed(tjeneste, eksterneVarsler=[sms("40000000"), sms("40000001"), epost("ola.nordmann@eksempel.no")])
    tjeneste.utvikling("POST", "/dev/jobber")
    svar = laget(tjeneste)
    sendt, feilet, brev = svar["laget"][0]["notifikasjoner"][0]["varsler"]
    assert (sendt["status"], sendt["kanal"], sendt["mottaker"]) == ("SENDT", "SMS", "••••••00")
    assert sendt["planlagtTidspunkt"] and sendt["avsluttetTidspunkt"]
    assert (feilet["status"], feilet["feilkode"]) == ("FEILET", "utboks_feil")
    assert (brev["kanal"], brev["mottaker"]) == ("EPOST", "o•••@eksempel.no")
    assert not any(hemmelig in str(svar) for hemmelig in ("40000000", "40000001", "ola.nordmann"))


def test_of_what_is_deleted_is_left_what_it_was_when_and_by_whom(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2026-06-01T08:00:00Z")
    ny_oppgave(tjeneste, ekstern_id="o", tekst="Hemmelig", hard_delete={"om": "P1D"})
    beskjed = ny_beskjed(tjeneste, ekstern_id="b", tekst="Hemmelig")["id"]
    mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{beskjed}"')
    tjeneste.klokke("2026-06-03T08:00:00Z")
    svar = laget(tjeneste)
    assert svar["laget"] == []
    assert [(s["type"], s["slettetTidspunkt"], s["hvem"]) for s in svar["slettet"]] == [
        ("OppgaveOpprettet", "2026-06-02T08:00:00Z", "system"),
        ("BeskjedOpprettet", "2026-06-01T08:00:00Z", "fager"),
    ]
    assert laget(tjeneste, produsent="toi")["slettet"] == []


def test_what_is_deleted_is_gone(tjeneste: Tjeneste) -> None:
    sak, beskjed = ny_sak(tjeneste)["id"], ny_beskjed(tjeneste)["id"]
    mutasjon(tjeneste, "hardDeleteSak", f'id: "{sak}"')
    assert navn(laget(tjeneste)) == ["Gå og gjør det"]
    mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{beskjed}"')
    assert laget(tjeneste)["laget"] == []


def test_others_have_lists_of_their_own(tjeneste: Tjeneste) -> None:
    ny_beskjed(tjeneste)
    assert laget(tjeneste, produsent="arbeidsgiver-tiltak")["treff"] == 0
    ressurs = {"altinnRessurs": {"ressursId": "nav_tiltak_mentor"}}
    ny_beskjed(tjeneste, applikasjon=TILTAK, merkelapp="Mentor", mottakere=[ressurs])
    assert [laget(tjeneste, produsent=p)["treff"] for p in ("fager", "arbeidsgiver-tiltak")] == [1, 1]


def test_notifikasjon_in_the_sak_of_another_stands_alone_and_says_whose_sak(tjeneste: Tjeneste) -> None:
    ressurs = {"altinnRessurs": {"ressursId": "nav_sykepenger_inntektsmelding"}}
    hag = "dev-gcp:helsearbeidsgiver:im-notifikasjon"
    ny_sak(tjeneste, applikasjon=hag, merkelapp="Inntektsmelding", tittel="Deres sak", mottakere=[ressurs])
    felter = {"merkelapp": "Inntektsmelding", "grupperingsid": "sak-1", "ekstern_id": "1"}
    svar = ny_beskjed(tjeneste, applikasjon=FAGER, mottakere=[], mottaker=RESSURS, **felter)
    assert svar["__typename"] == "NyBeskjedVellykket"

    (mitt,), (deres,) = (laget(tjeneste, produsent=p)["laget"] for p in ("fager", "helsearbeidsgiver"))

    assert (mitt["sak"], mitt["notifikasjoner"][0]["sak"]) == (None, "Deres sak")
    assert mitt["notifikasjoner"][0]["sakensProdusent"] == "helsearbeidsgiver"
    assert (deres["sak"]["tittel"], deres["notifikasjoner"][0]["produsentId"]) == ("Deres sak", "fager")


@pytest.mark.parametrize(
    ("soek", "treff"),
    [
        ("søknad", ["Søknad om TILSKUDD"]),
        ("TILSKUDD søk", ["Søknad om TILSKUDD"]),
        ("sak-æ", ["Søknad om TILSKUDD"]),
        ("i saken", ["Søknad om TILSKUDD"]),
        ("o-2", ["Noe helt annet"]),
        (FISKERIET, ["Noe helt annet"]),
        ("%", []),
        ("'", []),
        ("tilskudd annet", []),
        ("  ", ["Noe helt annet", "Søknad om TILSKUDD"]),
    ],
)
def test_search_finds_words_of_texts_and_keys(tjeneste: Tjeneste, soek: str, treff: list[str]) -> None:
    ny_sak(tjeneste, grupperingsid="sak-Æ", tittel="Søknad om TILSKUDD")
    ny_oppgave(tjeneste, ekstern_id="o-1", grupperingsid="sak-Æ", tekst="Ligger i saken")
    ny_oppgave(tjeneste, ekstern_id="o-2", tekst="Noe helt annet", virksomhetsnummer=FISKERIET)
    assert navn(laget(tjeneste, soek)) == treff


def test_search_finds_a_whole_id_and_no_part_of_one(tjeneste: Tjeneste) -> None:
    id = ny_beskjed(tjeneste)["id"]
    assert laget(tjeneste, id)["treff"] == laget(tjeneste, id.upper())["treff"] == 1
    assert laget(tjeneste, id[:8])["treff"] == 0


def test_list_has_pages_and_a_sak_shows_its_newest(tjeneste: Tjeneste) -> None:
    for nr in range(23):
        ny_beskjed(tjeneste, ekstern_id=f"b{nr}", tekst=f"Nummer {nr}")
    foerste, siste = laget(tjeneste), laget(tjeneste, side=3)
    assert (foerste["treff"], foerste["sider"], len(foerste["laget"])) == (23, 3, 10)
    assert navn(foerste)[0] == "Nummer 22"
    assert navn(siste) == ["Nummer 2", "Nummer 1", "Nummer 0"]
    assert laget(tjeneste, side=999)["side"] == 3

    ny_sak(tjeneste)
    for nr in range(23):
        ny_beskjed(tjeneste, ekstern_id=f"s{nr}", tekst=f"I saken {nr}", grupperingsid="sak-1")
    kort = laget(tjeneste)["laget"][0]
    assert (kort["antall"], len(kort["notifikasjoner"])) == (23, 20)
    assert kort["notifikasjoner"][0]["tekst"] == "I saken 22"


def test_page_shows_so_many_varsler_of_each_and_is_not_slow(tjeneste: Tjeneste) -> None:
    for nr in range(10):
        ny_sak(tjeneste, grupperingsid=f"sak-{nr}")
        ny_oppgave(tjeneste, ekstern_id=f"o{nr}", grupperingsid=f"sak-{nr}", eksterneVarsler=[sms()] * 30)
    svar = tjeneste.http.get(f"{tjeneste.url}/dev/produsenter/fager/laget", timeout=30)
    assert [len(kort["notifikasjoner"][0]["varsler"]) for kort in svar.json()["laget"]] == [20] * 10
    assert svar.elapsed.total_seconds() < 1


@pytest.mark.parametrize("side", ["0", "-1", "x", "1.5", "99999999", "²"])
def test_page_that_is_no_number_is_refused(tjeneste: Tjeneste, side: str) -> None:
    svar = tjeneste.http.get(f"{tjeneste.url}/dev/produsenter/fager/laget", params={"side": side}, timeout=30)
    assert (svar.status_code, svar.json()) == (400, {"error": "side er et nummer fra 1 og oppover"})


def test_unknown_producer_is_told_so(tjeneste: Tjeneste) -> None:
    for id in ("ukjent", "f%C3%A6ger", "fager%00"):
        assert tjeneste.http.get(f"{tjeneste.url}/dev/produsenter/{id}/laget", timeout=30).status_code == 404


# ── Who can see it, and why ──


def test_person_is_named_beside_the_access_that_matches(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    tjeneste.tilgang(REGINE, BAKERIET, ressurser=("4936:1",))
    tjeneste.naermeste_leder()
    oppgave = ny_oppgave(tjeneste, mottakere=[RESSURS, TJENESTE, leder()])["id"]
    assert innsyn(tjeneste, oppgave) == {
        "mottakere": [
            {
                "slag": "AltinnRessursMottaker",
                "virksomhetsnummer": BAKERIET,
                "hva": "test-fager",
                "personer": ["Dagny Leder"],
            },
            {
                "slag": "AltinnMottaker",
                "virksomhetsnummer": BAKERIET,
                "hva": "4936:1",
                "personer": ["Regine Regnskap"],
            },
            {
                "slag": "NaermesteLederMottaker",
                "virksomhetsnummer": BAKERIET,
                "leder": "Nils Nærmeste",
                "ansatt": "019277 •••••",
                "personer": ["Nils Nærmeste"],
            },
        ],
        "ukjent": [],
        "flere": False,
    }


def test_those_who_are_told_to_see_it_are_those_who_do(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    tjeneste.tilgang(REGINE, FISKERIET)
    tjeneste.naermeste_leder(leder=ULLA)
    for nr, mottaker in enumerate([RESSURS, TJENESTE, leder(), leder(ULLA)]):
        id = ny_beskjed(tjeneste, ekstern_id=f"b{nr}", mottakere=[mottaker])["id"]
        spoerring = "{ notifikasjoner { notifikasjoner { ... on Beskjed { id } } } }"
        ser = [
            fnr
            for fnr in (DAGNY, NILS, REGINE, ULLA)
            if {"id": id} in tjeneste.bruker(fnr, spoerring)["notifikasjoner"]["notifikasjoner"]
        ]
        assert sum(map(len, hvem(tjeneste, id))) == len(ser), mottaker


def test_recipient_that_nobody_matches_has_nobody(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, FISKERIET)
    oppgave = ny_oppgave(tjeneste, mottakere=[RESSURS, leder()])["id"]
    assert hvem(tjeneste, oppgave) == [[], []]


def test_access_that_is_given_or_taken_shows_at_once(tjeneste: Tjeneste) -> None:
    sak = ny_sak(tjeneste)["id"]
    assert hvem(tjeneste, sak) == [[]]
    tjeneste.tilgang(DAGNY, BAKERIET)
    assert hvem(tjeneste, sak) == [["Dagny Leder"]]
    tjeneste.tilgang(DAGNY)
    assert hvem(tjeneste, sak) == [[]]


def test_others_with_access_are_found_and_not_by_their_whole_fnr(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(FREMMED, BAKERIET)
    tjeneste.naermeste_leder(leder=FREMMED)
    oppgave = ny_oppgave(tjeneste, mottakere=[RESSURS, leder(FREMMED)])["id"]
    svar = innsyn(tjeneste, oppgave)
    assert [m["personer"] for m in svar["mottakere"]] == [["139175 •••••"], ["139175 •••••"]]
    assert not any(fnr in str(svar) for fnr in (FREMMED, ANNE))


def test_person_whose_look_up_fails_is_named_as_unknown(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(ALF, BAKERIET, isError=True)
    beskjed = ny_beskjed(tjeneste)["id"]
    assert innsyn(tjeneste, beskjed)["ukjent"] == ["Alf Altinnfeil"]


def test_only_so_many_are_asked_about(tjeneste: Tjeneste) -> None:
    beskjed = ny_beskjed(tjeneste)["id"]
    for nr in range(51):
        tjeneste.tilgang(f"139175{nr:05}", BAKERIET)
    svar = innsyn(tjeneste, beskjed)
    assert (len(svar["mottakere"][0]["personer"]), svar["flere"]) == (50, True)


@pytest.mark.parametrize(("id", "status"), [(INGENS_ID, 404), ("x", 400), (DAGNY, 400)])
def test_innsyn_in_what_is_not_there_is_refused(tjeneste: Tjeneste, id: str, status: int) -> None:
    svar = tjeneste.http.get(f"{tjeneste.url}/dev/laget/{id}/innsyn", timeout=30)
    assert svar.status_code == status
    assert DAGNY not in svar.text


# ── Who may ask ──


def test_what_is_told_of_persons_is_kept_nowhere(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste, mottakere=[leder()])["id"]
    for sti in ("/dev/produsenter", "/dev/produsenter/fager/laget", f"/dev/laget/{sak_id}/innsyn"):
        svar = tjeneste.http.get(tjeneste.url + sti, timeout=30)
        assert (svar.status_code, svar.headers["Cache-Control"]) == (200, "no-store"), sti


STIER = ["/verksted", "/dev/produsenter", "/dev/produsenter/fager/laget", f"/dev/laget/{INGENS_ID}/innsyn"]


@pytest.mark.parametrize("sti", STIER)
def test_foreign_page_is_kept_out_of_the_workbench(tjeneste: Tjeneste, sti: str) -> None:
    for hoder in ({"Origin": "https://eksempel.no"}, {"Host": "eksempel.no"}):
        svar = tjeneste.http.get(tjeneste.url + sti, headers=hoder, timeout=30)
        assert svar.status_code == 403, hoder
        assert "fager" not in svar.text


def test_workbench_is_not_there_outside_development_mode(tmp_path: Path) -> None:
    database = tmp_path / "test.db"
    with kjoerende(database, config=driftsoppsett(database, "http://127.0.0.1:1")) as tjeneste:
        for sti in [*STIER, "/static/verksted.html"]:
            svar = requests.get(tjeneste.url + sti, timeout=30)
            assert (svar.status_code, svar.content) == (404, b""), sti


def test_page_lets_no_script_or_style_of_its_own_run_inline(tjeneste: Tjeneste) -> None:
    svar = tjeneste.http.get(f"{tjeneste.url}/verksted", timeout=30)
    assert "default-src 'self'" in svar.headers["Content-Security-Policy"]
    assert "style=" not in svar.text
