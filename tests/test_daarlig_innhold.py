"""Texts, times and numbers that are allowed, or nearly, and that no caseworker would write.

What is accepted comes back unchanged; what is not is refused for its reason; and none of it is a fault of ours.
"""

from typing import Any

import pytest
from produsent import NY_BESKJED, NY_KALENDERAVTALE, NY_OPPGAVE, ny_oppgave, ny_sak, sms
from tjeneste import BAKERIET, DAGNY, RESSURS, Tjeneste, leder

ROMSLIG_S = 5  # for what takes a few hundredths on a machine that does nothing else


def notifikasjon(tekst: str = "Hei") -> dict[str, Any]:
    return {
        "mottakere": [RESSURS],
        "notifikasjon": {"merkelapp": "fager", "tekst": tekst, "lenke": "#"},
        "metadata": {"virksomhetsnummer": BAKERIET, "eksternId": "ekstern-1"},
    }


def antall_notifikasjoner(tjeneste: Tjeneste) -> int:
    return int(tjeneste.rader("SELECT count(*) FROM notifikasjon")[0][0])


# ── Texts ──

RARE = {
    "NUL": "a\0b",
    "control characters": "\x01\x1b[31m\x7f",
    "line breaks": "a\r\nb\n\u2028",
    "RTL override": "\u202eabc",
    "zero width": "a\u200b\u200d\ufeffb",
    "NFD": "æ\u0061\u030a",
    "noncharacters": "\ufffe\uffff\U0010ffff",
    "emoji with ZWJ": "👩‍👩‍👧",
    "digits of others": "١٢٣٤٥٦٧٨٩٠١",
    "markup": "<script>alert(1)</script>",
    "a template": "{{7*7}} ${7*7}",
    "a formula": "=cmd()|' /C calc'!A0",
    "wildcards": "%_",
    "SQL": "'; DROP TABLE sak; --",
    "search syntax": '" OR * NEAR(',
    "empty": "",
    "blank": " \t ",
}


@pytest.mark.parametrize("tekst", RARE.values(), ids=RARE)
def test_odd_text_comes_back_as_it_was(tjeneste: Tjeneste, tekst: str) -> None:
    """Or is refused where there are rules for it; it is never changed, and never found as something else."""
    tjeneste.tilgang(DAGNY, BAKERIET, tekst)
    leder_og_ressurs = [RESSURS, leder(tekst, tekst)]
    sak = ny_sak(tjeneste, grupperingsid=tekst, tittel=tekst, lenke=tekst, nesteSteg=tekst, tilleggsinformasjon=tekst,
                 overstyrStatustekstMed=tekst, mottakere=leder_og_ressurs)  # fmt: skip
    oppgave = ny_oppgave(tjeneste, tekst=tekst, lenke=tekst, ekstern_id=tekst, grupperingsid=tekst,
                         mottakere=leder_og_ressurs, eksterneVarsler=[sms(tekst=tekst)])  # fmt: skip
    assert (sak["__typename"], oppgave["__typename"]) == ("NySakVellykket", "NyOppgaveVellykket")
    data = tjeneste.produsent(
        """
        query ($id: ID!, $tekst: String!) {
            hentSak(id: $id) { ... on HentetSak { sak { grupperingsid tittel lenke nesteSteg tilleggsinformasjon } } }
            hentSakMedGrupperingsid(grupperingsid: $tekst merkelapp: "fager") { ... on HentetSak { sak { id } } }
            mineNotifikasjoner(grupperingsid: $tekst) {
                ... on NotifikasjonConnection { edges { node { ... on Oppgave { metadata { eksternId } } } } }
            }
        }
        """,
        {"id": sak["id"], "tekst": tekst},
    )
    assert set(data["hentSak"]["sak"].values()) == {tekst}
    assert data["hentSakMedGrupperingsid"]["sak"]["id"] == sak["id"]
    assert [e["node"]["metadata"]["eksternId"] for e in data["mineNotifikasjoner"]["edges"]] == [tekst]
    bruker = tjeneste.bruker(
        DAGNY,
        """
        query ($orgnr: String!, $tekst: String!) {
            saker(virksomhetsnummer: $orgnr tekstsoek: $tekst) { saker { tittel } }
            ingen: saker(virksomhetsnummer: $tekst tekstsoek: $tekst sakstyper: [$tekst]) { saker { tittel } }
            sakByGrupperingsid(merkelapp: "fager" grupperingsid: $tekst) { sak { tittel } }
        }
        """,
        {"orgnr": BAKERIET, "tekst": tekst},
    )
    assert bruker["sakByGrupperingsid"]["sak"]["tittel"] == tekst
    assert bruker["ingen"]["saker"] == []
    ny_sak(tjeneste, grupperingsid="en annen", tittel="x", overstyrStatustekstMed="x")
    assert [s["tittel"] for s in bruker["saker"]["saker"]] == [tekst]


@pytest.mark.parametrize("tekst", ["%", "_", "'", '"', "\\", "*", "x OR z", "[ab]"])
def test_search_takes_every_character_for_itself(tjeneste: Tjeneste, tekst: str) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    for nr, tittel in enumerate(("x z", f"a{tekst}b")):
        ny_sak(tjeneste, grupperingsid=str(nr), tittel=tittel)
    svar = tjeneste.bruker(
        DAGNY,
        "query ($o: String!, $t: String!) { saker(virksomhetsnummer: $o tekstsoek: $t) { saker { tittel } } }",
        {"o": BAKERIET, "t": tekst},
    )
    assert [sak["tittel"] for sak in svar["saker"]["saker"]] == [f"a{tekst}b"]


@pytest.mark.parametrize(
    ("tekst", "godtas"), [("😀" * 150, True), ("😀" * 150 + "a", False), ("å" * 300, True), ("a\u030a" * 151, False)]
)
def test_length_of_a_text_is_counted_in_utf16(tjeneste: Tjeneste, tekst: str, godtas: bool) -> None:
    svar = tjeneste.produsent_svar(NY_BESKJED, {"nyBeskjed": notifikasjon(tekst=tekst)}).json()
    assert ("errors" not in svar) == godtas


@pytest.mark.parametrize(
    "tlf",
    [
        *("+4790000000\n", "90000000 ", "9000 0000", "٩٠٠٠٠٠٠٠", "+46701234567", "12345678", "4790000000"),
        *("tel:90000000", "90000000,91000000", "9" * 5_000),
    ],
    ids=lambda tlf: repr(tlf[:20]),
)
def test_number_that_is_not_one_mobile_phone_is_refused(tjeneste: Tjeneste, tlf: str) -> None:
    svar = tjeneste.produsent_svar(NY_OPPGAVE, {"nyOppgave": notifikasjon() | {"eksterneVarsler": [sms(tlf)]}}).json()
    assert svar["data"] is None
    assert "Kontaktinfo.tlf" in svar["errors"][0]["message"]
    assert antall_notifikasjoner(tjeneste) == 0


@pytest.mark.parametrize(
    "adresse",
    [
        *(
            "a@b.no, c@d.no",
            "a@b.no\r\nBcc: c@d.no",
            "a@b.no\n",
            "a b@c.no",
            "<a@b.no>",
            "A <a@b.no>",
            "a@b",
            "@b.no",
            "a@",
        ),
        *("a@b.n0", "a\0@b.no", "a@b.no?bcc=c@d.no", "=?utf-8?q?a?=@b.no\r\nX: y", "a@" + "b" * 100_000, "a" * 100_000),
    ],
    ids=lambda adresse: repr(adresse[:30]),
)
def test_address_that_is_not_one_address_is_refused(tjeneste: Tjeneste, adresse: str) -> None:
    epost = {
        "epost": {
            "mottaker": {"kontaktinfo": {"epostadresse": adresse}},
            "epostTittel": "Hei",
            "epostHtmlBody": "Hei",
            "sendetidspunkt": {"sendevindu": "LOEPENDE"},
        }
    }
    svar = tjeneste.produsent_svar(NY_OPPGAVE, {"nyOppgave": notifikasjon() | {"eksterneVarsler": [epost]}})
    assert svar.json()["data"] is None
    assert "Kontaktinfo.epostadresse" in svar.json()["errors"][0]["message"]
    assert svar.elapsed.total_seconds() < ROMSLIG_S
    assert antall_notifikasjoner(tjeneste) == 0


# ── Times ──

TIDER = [
    *("0000-01-01T00:00Z", "0001-01-01T00:00", "-0001-01-01T00:00Z", "9999-12-31T23:59:59.999999Z"),
    *("+999999999-12-31T23:59:59Z", "-999999999-01-01T00:00", "2020-01-01T00:00+18:00", "1883-11-18T12:00"),
    *("2024-03-31T02:30", "2016-12-31T23:59:59Z"),
]


@pytest.mark.parametrize("tid", TIDER)
def test_time_far_away_is_stored_and_read(tjeneste: Tjeneste, tid: str) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    lokal = tid.removesuffix("Z").removesuffix("+18:00")
    ny_sak(tjeneste, tidspunkt=tid, hardDelete={"den": "+999999999-12-31T23:59:59.999999999"})
    opprettet = ny_oppgave(tjeneste, opprettet=tid, eksterneVarsler=[sms(tidspunkt=lokal)], grupperingsid="sak-1")
    assert opprettet["__typename"] == "NyOppgaveVellykket"
    avtale = {"eksternId": "avtale", "tekst": "t", "lenke": "#", "startTidspunkt": lokal, "sluttTidspunkt": lokal}
    sted = {"virksomhetsnummer": BAKERIET, "grupperingsid": "sak-1", "merkelapp": "fager", "mottakere": [RESSURS]}
    assert tjeneste.produsent_svar(NY_KALENDERAVTALE, avtale | sted).status_code == 200
    tjeneste.utvikling("POST", "/dev/jobber")
    svar = tjeneste.bruker(
        DAGNY,
        """{
            notifikasjoner {
                notifikasjoner {
                    ... on Oppgave { opprettetTidspunkt sorteringTidspunkt }
                    ... on Kalenderavtale { startTidspunkt }
                }
            }
            kommendeKalenderavtaler(virksomhetsnumre: ["910825526"]) { avtaler { startTidspunkt sluttTidspunkt } }
            saker(virksomhetsnummer: "910825526") {
                saker { sisteStatus { tidspunkt } tidslinje { __typename } frister }
            }
        }""",
    )
    assert svar["notifikasjoner"]["notifikasjoner"]


@pytest.mark.parametrize(
    "varighet", ["P", "PT", "P-1D", "PT-1H", "P99999999Y", "P-99999999Y", "P2147483647M", "PT999999999999S"]
)
def test_odd_duration_is_no_fault(tjeneste: Tjeneste, varighet: str) -> None:
    varsel = {"paaminnelse": {"tidspunkt": {"etterOpprettelse": varighet}}}
    for opprettet in ("2020-01-01T00:00Z", "-999999999-01-01T00:00Z", "+999999999-12-31T23:59:59Z"):
        metadata = notifikasjon()["metadata"] | {"hardDelete": {"om": varighet}, "opprettetTidspunkt": opprettet}
        for felter in (varsel, {"frist": "2030-01-01", "paaminnelse": {"tidspunkt": {"foerFrist": varighet}}}, {}):
            svar = tjeneste.produsent_svar(NY_OPPGAVE, {"nyOppgave": notifikasjon() | {"metadata": metadata} | felter})
            assert svar.status_code == 200
            assert "uventet feil" not in svar.text
    tjeneste.utvikling("POST", "/dev/jobber")


@pytest.mark.parametrize("antall", [-(2**31), -2, -1, 0, 1, 10_000, 10_001, 2**31 - 1])
def test_page_of_any_size_is_no_fault(tjeneste: Tjeneste, antall: int) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    ny_sak(tjeneste)
    ny_oppgave(tjeneste, grupperingsid="sak-1")
    for svar in (
        tjeneste.produsent_svar("query ($n: Int) { mineNotifikasjoner(first: $n) { __typename } }", {"n": antall}),
        tjeneste.bruker_svar(
            DAGNY,
            'query ($n: Int) { saker(virksomhetsnummer: "910825526" limit: $n offset: $n) { totaltAntallSaker } }',
            {"n": antall},
        ),
    ):
        assert svar.status_code == 200
        assert "uventet feil" not in svar.text


@pytest.mark.parametrize(
    "peker",
    ["", "x", "Y3VyMA", "Y3VyLTE=", "Y3VyMS41", "Y3Vy" + "OTk5" * 10, "Y3Vy", "\0", "Y3VyMA==" * 1_000, "Y3Vy2aE="],
)
def test_cursor_that_was_made_up_is_no_fault(tjeneste: Tjeneste, peker: str) -> None:
    ny_oppgave(tjeneste)
    svar = tjeneste.produsent_svar("query ($p: String) { mineNotifikasjoner(after: $p) { __typename } }", {"p": peker})
    assert svar.status_code == 200
    assert "uventet feil" not in svar.text
