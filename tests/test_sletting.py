"""Deleting: the ten mutations, what goes with a sak, and that nothing about people stays."""

from pathlib import Path
from typing import Any

import pytest
from produsent import (
    NY_BESKJED,
    altinnressurs,
    epost,
    hent,
    hent_sak,
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
from tjeneste import (
    ANNE,
    BAKERIET,
    DAGNY,
    FISKERIET,
    NILS,
    RESSURS,
    TILTAK,
    TJENESTE,
    UKJENT,
    Tjeneste,
    driftsoppsett,
    kjoerende,
    leder,
)

from server import tid
from server.tid import Klokke

NAA = "2030-01-07T12:00:00Z"
UKJENT_ID = "00000000-0000-4000-8000-000000000000"
SALESFORCE = "dev-external:teamcrm:salesforce"

AV_NOTIFIKASJON = {
    "hardDeleteNotifikasjon": 'id: "{id}"',
    "softDeleteNotifikasjon": 'id: "{id}"',
    "hardDeleteNotifikasjonByEksternId": 'merkelapp: "fager" eksternId: "{noekkel}"',
    "softDeleteNotifikasjonByEksternId": 'merkelapp: "fager" eksternId: "{noekkel}"',
    "hardDeleteNotifikasjonByEksternId_V2": 'merkelapp: "fager" eksternId: "{noekkel}"',
    "softDeleteNotifikasjonByEksternId_V2": 'merkelapp: "fager" eksternId: "{noekkel}"',
}
AV_SAK = {
    "hardDeleteSak": 'id: "{id}"',
    "softDeleteSak": 'id: "{id}"',
    "hardDeleteSakByGrupperingsid": 'merkelapp: "fager" grupperingsid: "{noekkel}"',
    "softDeleteSakByGrupperingsid": 'merkelapp: "fager" grupperingsid: "{noekkel}"',
}
SLAG = ["Beskjed", "Oppgave", "Kalenderavtale"]


def typenavn(felt: str) -> str:
    rot = felt.split("By")[0]
    return f"{rot[0].upper()}{rot[1:]}Vellykket"


def lag(tjeneste: Tjeneste, slag: str, **felter: Any) -> str:
    """One with the key n-1; a kalenderavtale gets its sak."""
    if slag == "Kalenderavtale":
        ny_sak(tjeneste)
        return str(ny_kalenderavtale(tjeneste, eksternId="n-1", **felter)["id"])
    funksjon = ny_beskjed if slag == "Beskjed" else ny_oppgave
    return str(funksjon(tjeneste, ekstern_id="n-1", **felter)["id"])


# ── A notifikasjon ──


@pytest.mark.parametrize("slag", SLAG)
@pytest.mark.parametrize(("felt", "argumenter"), AV_NOTIFIKASJON.items(), ids=AV_NOTIFIKASJON)
def test_a_deleted_notifikasjon_is_gone(tjeneste: Tjeneste, slag: str, felt: str, argumenter: str) -> None:
    annen_id = ny_beskjed(tjeneste, ekstern_id="n-2")["id"]
    slettet_id = lag(tjeneste, slag)
    argumenter = argumenter.format(id=slettet_id, noekkel="n-1")
    assert mutasjon(tjeneste, felt, argumenter) == {"__typename": typenavn(felt), "id": slettet_id}
    assert mutasjon(tjeneste, felt, argumenter)["__typename"] == "NotifikasjonFinnesIkke", "also for a repeated call"
    assert hent(tjeneste, slettet_id)["__typename"] == "NotifikasjonFinnesIkke"
    query = """{ mineNotifikasjoner { ... on NotifikasjonConnection { edges { node { __typename
        ... on Beskjed { metadata { id } } ... on Oppgave { metadata { id } } ... on Kalenderavtale { metadata { id } }
    } } } } }"""
    noder = [edge["node"]["metadata"]["id"] for edge in tjeneste.produsent(query)["mineNotifikasjoner"]["edges"]]
    assert noder == [annen_id]
    if slag == "Kalenderavtale":
        assert ny_sak(tjeneste)["__typename"] == "NySakVellykket", "the sak is not touched"


@pytest.mark.parametrize(("felt", "argumenter"), AV_NOTIFIKASJON.items(), ids=AV_NOTIFIKASJON)
def test_what_is_not_there_is_named(tjeneste: Tjeneste, felt: str, argumenter: str) -> None:
    sak_id = ny_sak(tjeneste, grupperingsid="n-1")["id"]
    for hvilken in (UKJENT_ID, sak_id):
        svar = mutasjon(tjeneste, felt, argumenter.format(id=hvilken, noekkel="n-1"))
        assert svar["__typename"] == "NotifikasjonFinnesIkke"
        assert (hvilken if "By" not in felt else "'n-1'") in svar["feilmelding"]


@pytest.mark.parametrize(("felt", "argumenter"), AV_NOTIFIKASJON.items(), ids=AV_NOTIFIKASJON)
def test_the_merkelapp_decides_who_may_delete(tjeneste: Tjeneste, felt: str, argumenter: str) -> None:
    argumenter = argumenter.format(id=lag(tjeneste, "Beskjed"), noekkel="n-1")
    assert mutasjon(tjeneste, felt, argumenter, applikasjon=TILTAK)["__typename"] == "UgyldigMerkelapp"
    assert mutasjon(tjeneste, felt, argumenter, applikasjon=UKJENT)["__typename"] == "UkjentProdusent"
    assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(1,)]


@pytest.mark.parametrize("felt", [felt for felt in AV_NOTIFIKASJON if felt.endswith("ByEksternId")])
def test_an_ekstern_id_of_type_id_may_be_a_number(tjeneste: Tjeneste, felt: str) -> None:
    beskjed_id = ny_beskjed(tjeneste, ekstern_id="42")["id"]
    assert mutasjon(tjeneste, felt, 'merkelapp: "fager" eksternId: 42')["id"] == beskjed_id


def test_another_producer_with_the_merkelapp_may_delete(tjeneste: Tjeneste) -> None:
    mottakere = [{"altinnRessurs": {"ressursId": "nav_tiltak_arbeidstrening"}}]
    felter: dict[str, Any] = {"merkelapp": "Arbeidstrening", "mottakere": mottakere, "applikasjon": TILTAK}
    beskjed_id = ny_beskjed(tjeneste, **felter)["id"]
    svar = mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{beskjed_id}"', applikasjon=SALESFORCE)
    assert svar["id"] == beskjed_id
    assert tjeneste.rader("SELECT hvem FROM hendelse ORDER BY nr") == [
        ("arbeidsgiver-tiltak",),
        ("arbeidsgiver-dialog",),
    ]


# ── A sak ──


@pytest.mark.parametrize(("felt", "argumenter"), AV_SAK.items(), ids=AV_SAK)
def test_a_sak_takes_its_notifikasjoner_with_it(tjeneste: Tjeneste, felt: str, argumenter: str) -> None:
    foer_saken = ny_beskjed(tjeneste, ekstern_id="1", grupperingsid="sak-1", mottakere=[leder()])["id"]
    sak_id = ny_sak(tjeneste)["id"]
    med = [
        foer_saken,
        ny_oppgave(tjeneste, ekstern_id="2", grupperingsid="sak-1")["id"],
        ny_kalenderavtale(tjeneste)["id"],
        ny_beskjed(
            tjeneste,
            ekstern_id="3",
            grupperingsid="sak-1",
            virksomhetsnummer=FISKERIET,
            mottakere=[],
            mottaker=RESSURS,
        )["id"],
    ]
    annen_sak = ny_sak(tjeneste, grupperingsid="sak-2")["id"]
    uten = [
        ny_oppgave(tjeneste, ekstern_id="4", grupperingsid="sak-2")["id"],
        ny_oppgave(tjeneste, ekstern_id="5")["id"],
        ny_oppgave(tjeneste, ekstern_id="6", grupperingsid="sak-1", merkelapp="fager2")["id"],
    ]
    argumenter = argumenter.format(id=sak_id, noekkel="sak-1")
    assert mutasjon(tjeneste, felt, argumenter) == {"__typename": typenavn(felt), "id": sak_id}
    assert [hent(tjeneste, n)["__typename"] for n in med] == ["NotifikasjonFinnesIkke"] * 4
    assert [hent(tjeneste, n)["__typename"] for n in uten] == ["HentetNotifikasjon"] * 3
    assert hent_sak(tjeneste, sak_id)["__typename"] == "SakFinnesIkke"
    assert hent_sak(tjeneste, annen_sak)["__typename"] == "HentetSak"
    assert mutasjon(tjeneste, felt, argumenter)["__typename"] == "SakFinnesIkke"

    # Afterwards: no sak again, but notifikasjoner, which belong to none.
    assert ny_sak(tjeneste)["__typename"] == "DuplikatGrupperingsidEtterDelete"
    assert ny_kalenderavtale(tjeneste)["__typename"] == "SakFinnesIkke"
    ny = ny_oppgave(tjeneste, ekstern_id="2", grupperingsid="sak-1", mottakere=[leder()])
    assert ny["__typename"] == "NyOppgaveVellykket" and ny["id"] not in med
    assert ny_beskjed(tjeneste, ekstern_id="avtale-1", grupperingsid="sak-1")["__typename"] == "NyBeskjedVellykket"


@pytest.mark.parametrize(("felt", "argumenter"), AV_SAK.items(), ids=AV_SAK)
def test_a_sak_that_is_not_there_is_named(tjeneste: Tjeneste, felt: str, argumenter: str) -> None:
    beskjed_id = ny_beskjed(tjeneste, ekstern_id="n-1", grupperingsid="n-1")["id"]
    for hvilken in (UKJENT_ID, beskjed_id):
        svar = mutasjon(tjeneste, felt, argumenter.format(id=hvilken, noekkel="n-1"))
        assert svar["__typename"] == "SakFinnesIkke"
        assert (hvilken if "By" not in felt else "'n-1'") in svar["feilmelding"]
    assert hent(tjeneste, beskjed_id)["__typename"] == "HentetNotifikasjon"


@pytest.mark.parametrize(("felt", "argumenter"), AV_SAK.items(), ids=AV_SAK)
def test_the_merkelapp_decides_who_may_delete_a_sak(tjeneste: Tjeneste, felt: str, argumenter: str) -> None:
    argumenter = argumenter.format(id=ny_sak(tjeneste)["id"], noekkel="sak-1")
    assert mutasjon(tjeneste, felt, argumenter, applikasjon=TILTAK)["__typename"] == "UgyldigMerkelapp"
    assert mutasjon(tjeneste, felt, argumenter, applikasjon=UKJENT)["__typename"] == "UkjentProdusent"
    feil_merkelapp = mutasjon(tjeneste, "hardDeleteSakByGrupperingsid", 'merkelapp: "Tiltak" grupperingsid: "sak-1"')
    assert feil_merkelapp["__typename"] == "SakFinnesIkke"
    assert tjeneste.rader("SELECT count(*) FROM sak") == [(1,)]


def test_a_sak_with_hundreds_of_notifikasjoner_is_deleted_whole(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    for foerste in range(0, 300, 30):
        felter = " ".join(
            f"""n{nr}: nyOppgave(nyOppgave: {{
                mottakere: {{ altinnRessurs: {{ ressursId: "test-fager" }} }}
                notifikasjon: {{ merkelapp: "fager" tekst: "" lenke: "" }}
                metadata: {{ virksomhetsnummer: "{BAKERIET}" eksternId: "{nr}" grupperingsid: "sak-1" }}
            }}) {{ __typename }}"""
            for nr in range(foerste, foerste + 30)
        )
        tjeneste.produsent(f"mutation {{ {felter} }}")
    assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(300,)]
    assert mutasjon(tjeneste, "hardDeleteSak", f'id: "{sak_id}"')["id"] == sak_id
    assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(0,)]


# ── Ahead of time ──


def test_scheduled_deletions_happen_in_order_and_with_the_cascade(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    ny_sak(tjeneste, hardDelete={"om": "P3D"})
    i_saken = ny_oppgave(tjeneste, ekstern_id="1", grupperingsid="sak-1", hard_delete={"om": "P9D"})["id"]
    foerst = ny_beskjed(tjeneste, ekstern_id="2", grupperingsid="sak-1", hard_delete={"om": "P1D"})["id"]
    tjeneste.klokke("2030-01-09T00:00:00Z")
    assert hent(tjeneste, foerst)["__typename"] == "NotifikasjonFinnesIkke"
    assert hent(tjeneste, i_saken)["__typename"] == "HentetNotifikasjon"
    assert ny_sak(tjeneste)["__typename"] == "NySakVellykket", "a notifikasjon does not touch its sak"
    tjeneste.klokke("2030-02-01T00:00:00Z")
    assert slettetider(tjeneste) == ["2030-01-08T12:00:00Z", "2030-01-10T12:00:00Z", "2030-01-10T12:00:00Z"]
    assert tjeneste.rader("SELECT DISTINCT hvem FROM hendelse WHERE type = 'HardDelete'") == [("system",)]
    assert ny_sak(tjeneste)["__typename"] == "DuplikatGrupperingsidEtterDelete"


# ── What stays, and what does not ──


def test_ordered_varsler_are_still_sent_but_no_paaminnelse_comes(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-01-06T12:00:00Z")  # a Sunday, so that one waits
    beskjed = ny_oppgave(
        tjeneste,
        eksterneVarsler=[sms(sendevindu="NKS_AAPNINGSTID"), sms("99999999", tidspunkt="2999-01-01T00:00")],
        paaminnelse={"tidspunkt": {"etterOpprettelse": "P1D"}, "eksterneVarsler": [paaminnelse_sms()]},
    )
    mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{beskjed["id"]}"')
    assert tjeneste.rader("SELECT opphav, status, mottaker FROM eksternt_varsel ORDER BY nr") == [
        ("OPPRETTELSE", "NY", "40000000"),
        ("OPPRETTELSE", "NY", "99999999"),
    ], "what waits to be sent needs its contact data"
    assert tjeneste.rader("SELECT count(*) FROM paaminnelse") == [(0,)]


def test_contact_data_of_cancelled_varsler_is_erased_with_their_notifikasjon(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    avtale_id = ny_kalenderavtale(
        tjeneste, eksterneVarsler=[sms("99999999", "Hemmelig", tidspunkt="2999-01-01T00:00")]
    )["id"]
    mutasjon(tjeneste, "oppdaterKalenderavtale", f'id: "{avtale_id}" nyTilstand: AVLYST')
    mutasjon(tjeneste, "hardDeleteSakByGrupperingsid", 'merkelapp: "fager" grupperingsid: "sak-1"')
    assert tjeneste.rader("SELECT status, mottaker, tittel, tekst, sms_tekst FROM eksternt_varsel") == [
        ("KANSELLERT", None, None, None, None)
    ]
    assert not _finnes(tjeneste, "99999999") and not _finnes(tjeneste, "Hemmelig")


def test_contact_data_of_sent_varsler_is_erased_with_their_notifikasjon(tjeneste: Tjeneste) -> None:
    ny_beskjed(tjeneste, eksterneVarsler=[sms("99999998", "Hemmelig", sendevindu="LOEPENDE")])
    tjeneste.utvikling("POST", "/dev/jobber")
    assert tjeneste.rader("SELECT status FROM eksternt_varsel") == [("SENDT",)]
    mutasjon(tjeneste, "hardDeleteNotifikasjonByEksternId_V2", 'merkelapp: "fager" eksternId: "ekstern-1"')
    assert tjeneste.rader("SELECT status, mottaker, tittel, tekst, sms_tekst FROM eksternt_varsel") == [
        ("SENDT", None, None, None, None)
    ]


def test_a_key_that_names_people_is_erased_with_the_last_item_that_asks_for_it(tjeneste: Tjeneste) -> None:
    nr = ny_sak(tjeneste, mottakere=[leder(), RESSURS])["id"]
    ny_beskjed(tjeneste, ekstern_id="1", mottakere=[leder()])
    ny_beskjed(tjeneste, ekstern_id="2", mottakere=[leder(), TJENESTE])
    for argumenter, igjen in (
        (("hardDeleteNotifikasjonByEksternId_V2", 'merkelapp: "fager" eksternId: "2"'), True),
        (("hardDeleteSak", f'id: "{nr}"'), True),
        (("hardDeleteNotifikasjonByEksternId_V2", 'merkelapp: "fager" eksternId: "1"'), False),
    ):
        mutasjon(tjeneste, *argumenter)
        assert bool(tjeneste.rader("SELECT 1 FROM tilgang WHERE noekkel LIKE ?", f"%{ANNE}%")) == igjen
    assert tjeneste.rader("SELECT * FROM tilgang") == []


def test_the_key_of_a_sak_deleted_with_its_notifikasjoner_is_erased(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste, mottakere=[leder()])["id"]
    for nr in range(3):
        ny_oppgave(tjeneste, ekstern_id=str(nr), grupperingsid="sak-1", mottakere=[leder()])
    mutasjon(tjeneste, "softDeleteSak", f'id: "{sak_id}"')
    assert tjeneste.rader("SELECT * FROM tilgang") == []


def test_an_erased_key_never_comes_back_as_another(tjeneste: Tjeneste) -> None:
    ny_beskjed(tjeneste, mottakere=[leder()])
    ((foer,),) = tjeneste.rader("SELECT tilgang_nr FROM tilgang")
    mutasjon(tjeneste, "hardDeleteNotifikasjonByEksternId_V2", 'merkelapp: "fager" eksternId: "ekstern-1"')
    ny_beskjed(tjeneste, mottakere=[leder(DAGNY)])
    ((etter,),) = tjeneste.rader("SELECT tilgang_nr FROM tilgang")
    assert etter > foer


def test_the_history_keeps_that_it_happened_and_erases_what(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    ny_sak(tjeneste)
    mutasjon(tjeneste, "nesteStegSakByGrupperingsid", 'merkelapp: "fager" grupperingsid: "sak-1" nesteSteg: "Vent"')
    ny_oppgave(tjeneste, ekstern_id="1", grupperingsid="sak-1")
    mutasjon(tjeneste, "oppgaveUtfoertByEksternId_V2", 'merkelapp: "fager" eksternId: "1"')
    ny_beskjed(tjeneste, ekstern_id="2")
    mutasjon(tjeneste, "hardDeleteSakByGrupperingsid", 'merkelapp: "fager" grupperingsid: "sak-1"')
    rader = tjeneste.rader("SELECT type, hvem, merkelapp, grupperingsid, innhold IS NULL FROM hendelse ORDER BY nr")
    assert rader == [
        ("SakOpprettet", "fager", None, None, 1),
        ("NesteStegSak", "fager", None, None, 1),
        ("OppgaveOpprettet", "fager", None, None, 1),
        ("OppgaveUtfoert", "fager", None, None, 1),
        ("BeskjedOpprettet", "fager", "fager", None, 0),
        ("HardDelete", "fager", None, None, 0),
        ("HardDelete", "fager", None, None, 0),
    ]
    assert {innhold for (innhold,) in tjeneste.rader("SELECT innhold FROM hendelse WHERE type = 'HardDelete'")} == {
        "{}"
    }
    assert len(tjeneste.rader("SELECT DISTINCT aggregat_id FROM hendelse")) == 3
    assert {t for (t,) in tjeneste.rader("SELECT tidspunkt FROM hendelse")} == {tid.parse_tidspunkt(NAA)}


def test_nothing_of_what_was_deleted_can_be_found_in_any_table(tjeneste: Tjeneste) -> None:
    hemmelig = "Fortrolig-7"
    sak_id = ny_sak(
        tjeneste,
        grupperingsid=hemmelig,
        mottakere=[leder()],
        tittel=hemmelig,
        tilleggsinformasjon=hemmelig,
        lenke=hemmelig,
        nesteSteg=hemmelig,
        overstyrStatustekstMed=hemmelig,
    )["id"]
    mutasjon(
        tjeneste,
        "nyStatusSak",
        f'id: "{sak_id}" nyStatus: FERDIG nyLenkeTilSak: "{hemmelig}" overstyrStatustekstMed: "{hemmelig}" '
        f'idempotencyKey: "{hemmelig}"',
    )
    for felt in ("nesteStegSak", "tilleggsinformasjonSak"):
        mutasjon(tjeneste, felt, f'id: "{sak_id}" idempotencyKey: "{hemmelig}"')
    felter: dict[str, Any] = {"tekst": hemmelig, "lenke": hemmelig, "mottakere": [leder()], "grupperingsid": hemmelig}
    oppgave_id = ny_oppgave(
        tjeneste,
        ekstern_id=f"{hemmelig}1",
        paaminnelse={
            "tidspunkt": {"etterOpprettelse": "P1D"},
            "eksterneVarsler": [paaminnelse_sms("99999999", hemmelig)],
        },
        **felter,
    )["id"]
    mutasjon(tjeneste, "oppgaveEndrePaaminnelse", f'id: "{oppgave_id}" idempotencyKey: "{hemmelig}"')
    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{oppgave_id}" nyLenke: "{hemmelig}"')
    avtale_id = ny_kalenderavtale(
        tjeneste,
        eksternId=f"{hemmelig}2",
        lokasjon={"adresse": hemmelig, "postnummer": hemmelig, "poststed": hemmelig},
        eksterneVarsler=[sms("99999999", hemmelig, tidspunkt="2999-01-01T00:00")],
        **felter,
    )["id"]
    mutasjon(tjeneste, "oppdaterKalenderavtale", f'id: "{avtale_id}" nyTilstand: AVLYST idempotencyKey: "{hemmelig}"')
    tjeneste.naermeste_leder()
    klikk = f'mutation {{ notifikasjonKlikketPaa(id: "{oppgave_id}") {{ __typename }} }}'
    assert tjeneste.bruker(NILS, klikk)["notifikasjonKlikketPaa"]["__typename"] == "BrukerKlikk"
    assert _finnes(tjeneste, hemmelig) and _finnes(tjeneste, NILS)

    mutasjon(tjeneste, "hardDeleteSak", f'id: "{sak_id}"')
    for spor in (hemmelig, hemmelig.lower(), "99999999"):
        assert not _finnes(tjeneste, spor)
    # What stays of people is that they lead each other, which is not ours to delete.
    assert _tabeller_med(tjeneste, NILS) == _tabeller_med(tjeneste, ANNE) == ["naermeste_leder"]


def test_nothing_of_what_was_deleted_can_be_found_in_the_files(
    tjeneste: Tjeneste, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of answers kept for Idempotency-Key, and of the outbox, which nobody sees outside development mode."""
    hemmelig = "Fortrolig-7"
    oppsett = driftsoppsett(tmp_path / "test.db", tjeneste.url.replace("127.0.0.1", "localhost"))
    with kjoerende(tmp_path / "test.db", config=oppsett) as drift:
        monkeypatch.setattr(drift, "token", tjeneste.token)

        def en_gang(noekkel: str, query: str, variables: dict[str, Any] | None = None) -> bytes:
            hoder = {"Idempotency-Key": f"{hemmelig}-{noekkel}"}
            return drift.produsent_svar(query, variables, headers=hoder).content

        def filer() -> bytes:
            return b"".join(fil.read_bytes() for fil in sorted(tmp_path.glob("test.db*")))

        ny_sak(drift, grupperingsid=hemmelig, tittel=hemmelig, overstyrStatustekstMed=hemmelig)
        status = f"""mutation {{ nyStatusSakByGrupperingsid(
            merkelapp: "fager" grupperingsid: "{hemmelig}" nyStatus: FERDIG overstyrStatustekstMed: "{hemmelig}"
        ) {{ ... on NyStatusSakVellykket {{ statuser {{ overstyrStatusTekstMed }} }} }} }}"""
        ukjent = f"""mutation {{ hardDeleteSakByGrupperingsid(merkelapp: "fager" grupperingsid: "{hemmelig}2") {{
            ... on SakFinnesIkke {{ feilmelding }} }} }}"""
        varsler = [
            sms("40001234", hemmelig),
            epost(f"{hemmelig}@eksempel.no", hemmelig),
            altinnressurs(tittel=hemmelig),
        ]
        felter = inndata(ekstern_id=hemmelig, grupperingsid=hemmelig, tekst=hemmelig, eksterneVarsler=varsler)
        kall = [("a", status, None), ("b", ukjent, None), ("c", NY_BESKJED, {"nyBeskjed": felter})]
        svar = [en_gang(*et_kall) for et_kall in kall]
        assert svar[0].count(hemmelig.encode()) == 2 and hemmelig.encode() in svar[1] and b"Vellykket" in svar[2]
        klokke = Klokke()
        frist = klokke.monotonic() + 20
        while drift.rader("SELECT count(*) FROM eksternt_varsel WHERE status = 'SENDT'") != [(3,)]:
            assert klokke.monotonic() < frist
            drift.http.get(f"{drift.url}/internal/alive", timeout=10)  # takes its time
        assert drift.rader("SELECT count(*) FROM melding") == [(3,)]
        assert hemmelig.encode() in filer() and b"40001234" in filer()

        slett = f"""mutation {{ hardDeleteSakByGrupperingsid(merkelapp: "fager" grupperingsid: "{hemmelig}") {{
            __typename }} }}"""
        kall.append(("d", slett, None))
        svar.append(en_gang(*kall[-1]))
        assert b"HardDeleteSakVellykket" in svar[-1]
        assert drift.rader("SELECT * FROM melding") == []
        assert not any(_finnes(drift, spor) for spor in (hemmelig, hemmelig.lower(), "40001234"))
        assert [en_gang(*et_kall) for et_kall in kall] == svar, "who asks again is told what it was told"
        assert drift.rader("SELECT (SELECT count(*) FROM sak) + (SELECT count(*) FROM notifikasjon)") == [(0,)]
    logg = "".join(drift.logg).encode()
    for spor in (hemmelig, hemmelig.lower(), "40001234"):  # an end is a checkpoint
        assert spor.encode() not in filer() + logg


def _finnes(tjeneste: Tjeneste, spor: str) -> bool:
    return bool(_tabeller_med(tjeneste, spor))


def _tabeller_med(tjeneste: Tjeneste, spor: str) -> list[str]:
    """But for the sessions: whoever has logged in stays so, whatever is deleted, also in the tests before."""
    tabeller = [navn for (navn,) in tjeneste.rader("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    tabeller.remove("oekt")
    return [navn for navn in tabeller if spor in str(tjeneste.rader(f"SELECT * FROM {navn}"))]
