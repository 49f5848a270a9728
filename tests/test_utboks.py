"""The outbox: what would have been sent, as anybody can see it, and recipients that behave as on a bad day."""

import threading
from pathlib import Path
from typing import Any

import pytest
import requests
from produsent import altinnressurs, altinntjeneste, epost, hent, mutasjon, ny_beskjed, sms, varselstatuser
from tjeneste import BAKERIET, FISKERIET, Tjeneste, driftsoppsett, kjoerende

from server import tid

NAA = "2030-01-07T11:00:00Z"  # a Monday, 12:00 in Oslo
ALLE_SLAG = [sms(), epost(), altinnressurs(), altinntjeneste()]


@pytest.fixture
def mandag(tjeneste: Tjeneste) -> Tjeneste:
    """The clock stands, so that what is due goes out and the rest waits until it is moved."""
    tjeneste.klokke(NAA)
    return tjeneste


def utboks(tjeneste: Tjeneste, **valg: str) -> Any:
    svar = tjeneste.http.get(f"{tjeneste.url}/dev/utboks", params=valg, timeout=30)
    assert svar.status_code == 200, svar.text
    return svar.json()


def jobber(tjeneste: Tjeneste) -> None:
    tjeneste.utvikling("POST", "/dev/jobber")


def frem(tjeneste: Tjeneste, varighet: str) -> str:
    naa: str = tjeneste.utvikling("POST", "/dev/klokke", {"frem": varighet})["tid"]
    return naa


# ── What a message looks like ──


def test_message_of_each_kind_has_the_documented_keys(mandag: Tjeneste) -> None:
    beskjed = ny_beskjed(mandag, eksterneVarsler=ALLE_SLAG)
    jobber(mandag)
    ider = [varsel["id"] for varsel in beskjed["eksterneVarsler"]]
    felles = {
        "tidspunkt": NAA,
        "notifikasjonId": beskjed["id"],
        "virksomhetsnummer": BAKERIET,
        "planlagtTidspunkt": NAA,
        "bestiltTidspunkt": NAA,
        "opphav": "OPPRETTELSE",
        "sendevindu": "LOEPENDE",
        "sendetidspunkt": None,
    }
    assert utboks(mandag) == [
        felles
        | {
            "varselId": ider[0],
            "kanal": "SMS",
            "mottaker": "40000000",
            "tittel": None,
            "tekst": "Du har fått en oppgave.",
            "smsTekst": None,
        },
        felles
        | {
            "varselId": ider[1],
            "kanal": "EPOST",
            "mottaker": "ola@eksempel.no",
            "tittel": "En oppgave",
            "tekst": "<p>Du har fått en oppgave.</p>",
            "smsTekst": None,
        },
        felles
        | {
            "varselId": ider[2],
            "kanal": "ALTINN",
            "mottaker": "test-fager",
            "tittel": "En oppgave. ",
            "tekst": "<p>Til alle med tilgang.</p>",
            "smsTekst": "Til alle med tilgang, som SMS.",
        },
        felles
        | {
            "varselId": ider[3],
            "kanal": "ALTINN",
            "mottaker": "4936:1",
            "tittel": "Tittelen er også SMS-en",
            "tekst": "<p>Til alle med tjenesten.</p>",
            "smsTekst": "Tittelen er også SMS-en",
        },
    ]


@pytest.mark.parametrize(
    ("gitt", "sendt"), [("Hei", "Hei. "), ("Hei. ", "Hei. "), ("Hei.", "Hei.. "), ("Hei ", "Hei . ")]
)
def test_title_to_a_resource_ends_as_a_sentence_and_no_other_does(mandag: Tjeneste, gitt: str, sendt: str) -> None:
    ny_beskjed(mandag, eksterneVarsler=[altinnressurs(tittel=gitt), epost(tittel=gitt)])
    jobber(mandag)
    assert [melding["tittel"] for melding in utboks(mandag)] == [sendt, gitt]


def test_message_tells_when_it_was_planned_and_when_it_went(mandag: Tjeneste) -> None:
    ny_beskjed(
        mandag,
        eksterneVarsler=[
            sms("40000003", sendevindu="NKS_AAPNINGSTID"),
            sms("40000004", tidspunkt="2030-01-08T03:00:00"),
            sms("40000005", tidspunkt="2030-01-01T03:00:00"),
        ],
    )
    jobber(mandag)
    frem(mandag, "P1D")
    kolonner = ("mottaker", "sendevindu", "sendetidspunkt", "planlagtTidspunkt", "tidspunkt")
    assert [tuple(melding[k] for k in kolonner) for melding in utboks(mandag)] == [
        ("40000003", "NKS_AAPNINGSTID", None, NAA, NAA),
        ("40000005", "SPESIFISERT", "2030-01-01T02:00:00Z", NAA, NAA),
        ("40000004", "SPESIFISERT", "2030-01-08T02:00:00Z", "2030-01-08T02:00:00Z", "2030-01-08T02:00:00Z"),
    ]


def test_messages_are_in_the_order_they_went_out(mandag: Tjeneste) -> None:
    ny_beskjed(
        mandag,
        eksterneVarsler=[sms(f"4000010{time}", tidspunkt=f"2030-01-08T{time:02}:00:00") for time in (7, 3, 9, 1, 5)],
    )
    frem(mandag, "P1D")
    assert [melding["mottaker"][-1] for melding in utboks(mandag)] == list("13579")


def test_texts_are_kept_as_they_were_given(mandag: Tjeneste) -> None:
    tekst = 'Ærlig talt, "Åse" & <Øyvind>\n😀 \u200f {til} %s =cmd()'
    ny_beskjed(mandag, eksterneVarsler=[sms(tekst=tekst), epost(tittel=tekst, html=f"<script>{tekst}</script>")])
    jobber(mandag)
    en, to = utboks(mandag)
    assert (en["tekst"], to["tittel"], to["tekst"]) == (tekst, tekst, f"<script>{tekst}</script>")


# ── Looking, waiting, deleting ──


def test_messages_to_one_recipient(mandag: Tjeneste) -> None:
    ny_beskjed(mandag, eksterneVarsler=[sms(), sms("+4740000000"), epost(), epost("åse@blåbær.no"), altinnressurs()])
    jobber(mandag)
    for til, antall in (
        ("40000000", 1),
        ("+4740000000", 1),
        ("åse@blåbær.no", 1),
        ("test-fager", 1),
        ("4000000", 0),
        ("", 0),
        ("40000000' OR 1", 0),
    ):
        funnet = utboks(mandag, til=til)
        assert [melding["mottaker"] for melding in funnet] == antall * [til]
    url = f"{mandag.url}/dev/utboks?til=+4740000000"  # written by hand: a blank to whoever reads it by the book
    assert [melding["mottaker"] for melding in mandag.http.get(url, timeout=30).json()] == ["+4740000000"]
    assert len(utboks(mandag)) == 5


def test_who_waits_is_answered_when_the_first_message_comes(mandag: Tjeneste) -> None:
    ny_beskjed(mandag, eksterneVarsler=[sms(tidspunkt="2030-01-07T13:00:00"), epost()])
    funnet: list[Any] = []

    def vent() -> None:
        svar = mandag.http.get(f"{mandag.url}/dev/utboks", params={"til": "40000000", "vent": "20"}, timeout=30)
        funnet.extend(svar.json())

    traad = threading.Thread(target=vent)
    traad.start()
    requests.post(f"{mandag.url}/dev/klokke", json={"frem": "PT1H"}, timeout=30)  # the session of `mandag` waits
    traad.join(15)
    assert [melding["mottaker"] for melding in funnet] == ["40000000"]


def test_who_waits_in_vain_is_answered_with_nothing(mandag: Tjeneste) -> None:
    foer = tid.Klokke().monotonic()
    assert utboks(mandag, til="40000000", vent="0.3") == []
    assert 0.3 <= tid.Klokke().monotonic() - foer < 5


def test_what_is_there_is_answered_without_waiting(mandag: Tjeneste) -> None:
    ny_beskjed(mandag, eksterneVarsler=[sms()])
    foer = tid.Klokke().monotonic()
    assert len(utboks(mandag, vent="20")) == 1, "and a varsel that is due goes out because somebody waits for it"
    assert tid.Klokke().monotonic() - foer < 10


@pytest.mark.parametrize("vent", ["lenge", "5s", "1,5"])
def test_a_wait_that_is_no_number_is_refused(tjeneste: Tjeneste, vent: str) -> None:
    svar = tjeneste.http.get(f"{tjeneste.url}/dev/utboks", params={"vent": vent}, timeout=30)
    assert svar.status_code == 400 and "sekunder" in svar.json()["error"]


def test_emptying_forgets_the_messages_and_sends_none_again(mandag: Tjeneste) -> None:
    beskjed = ny_beskjed(mandag, eksterneVarsler=[sms(), epost()])
    jobber(mandag)
    mandag.utvikling("DELETE", "/dev/utboks")
    assert utboks(mandag) == []
    frem(mandag, "P2D")
    assert utboks(mandag) == []
    assert varselstatuser(mandag, beskjed["id"]) == ["SENDT", "SENDT"], "what was sent stays sent"
    ny_beskjed(mandag, ekstern_id="2", eksterneVarsler=[sms()])
    jobber(mandag)
    assert len(utboks(mandag)) == 1


def test_messages_outlive_a_restart_and_their_notifikasjon(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "a.db") as tjeneste:
        tjeneste.klokke(NAA)
        beskjed = ny_beskjed(tjeneste, virksomhetsnummer=FISKERIET, eksterneVarsler=[sms()])
        jobber(tjeneste)
        mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{beskjed["id"]}"')
        foer = utboks(tjeneste)
    with kjoerende(tmp_path / "a.db") as tjeneste:
        assert utboks(tjeneste) == foer
        assert [melding["virksomhetsnummer"] for melding in foer] == [FISKERIET]


@pytest.mark.parametrize(
    ("varsling", "advares_om"),
    [
        ("", ["sms", "epost", "altinn"]),
        ('[varsling]\nepost = "smtp"', ["sms", "altinn"]),
        ('[varsling]\nsms = "gateway"\nepost = "smtp"\naltinn = "kontaktregister"', []),
    ],
    ids=str,
)
def test_who_is_sent_nothing_for_real_is_told_at_start(tmp_path: Path, varsling: str, advares_om: list[str]) -> None:
    oppsett = driftsoppsett(tmp_path / "test.db", "http://127.0.0.1:1", varsling)
    with kjoerende(tmp_path / "test.db", config=oppsett) as drift:
        advarsler = [linje for linje in drift.logg if "WARNING" in linje]
    assert len(advarsler) == len(advares_om)
    for navn, advarsel in zip(advares_om, advarsler, strict=True):
        assert f'[varsling] {navn} = "utboks"' in advarsel and "set it to" in advarsel


def test_outbox_of_development_mode_needs_no_warning(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "test.db") as tjeneste:
        assert not [linje for linje in tjeneste.logg if "WARNING" in linje]


# ── Recipients that behave as others do on a bad day ──


@pytest.mark.parametrize("varsel", [sms("40000001"), sms("+4799990001"), epost("feil@eksempel.no")], ids=str)
def test_recipient_that_fails_for_good(mandag: Tjeneste, varsel: dict[str, Any]) -> None:
    beskjed = ny_beskjed(mandag, eksterneVarsler=[varsel, sms()])
    jobber(mandag)
    assert varselstatuser(mandag, beskjed["id"]) == ["FEILET", "SENDT"]
    frem(mandag, "P2D")
    assert [melding["mottaker"] for melding in utboks(mandag)] == ["40000000"]
    assert mandag.rader("SELECT forsoek, utfall FROM varselforsoek WHERE varsel_nr = 1") == [(1, "utboks_feil")]
    assert mandag.rader("SELECT feilkode FROM eksternt_varsel ORDER BY nr") == [("utboks_feil",), (None,)]


@pytest.mark.parametrize("varsel", [sms("40000002"), epost("midlertidig@eksempel.no")], ids=str)
def test_recipient_that_fails_twice_is_tried_with_growing_pauses(mandag: Tjeneste, varsel: dict[str, Any]) -> None:
    """Pauses of 30 and 60 s, give or take a fifth, on the clock that the test moves."""
    beskjed = ny_beskjed(mandag, eksterneVarsler=[varsel])
    jobber(mandag)
    for varighet, status in (("PT23.9S", "NY"), ("PT48S", "NY"), ("PT36.3S", "SENDT")):
        assert varselstatuser(mandag, beskjed["id"]) == ["NY"]
        frem(mandag, varighet)
        assert varselstatuser(mandag, beskjed["id"]) == [status]
    forsoek = mandag.rader("SELECT startet, utfall FROM varselforsoek ORDER BY forsoek")
    assert [utfall for _, utfall in forsoek] == ["utboks_midlertidig", "utboks_midlertidig", "OK"]
    foerste, andre, tredje = (startet / 1_000_000 for startet, _ in forsoek)
    assert 24 <= andre - foerste <= 36 and 48 <= tredje - andre <= 72
    assert [melding["tidspunkt"] for melding in utboks(mandag)] == [tid.format_utc(forsoek[2][0])]
    assert utboks(mandag)[0]["planlagtTidspunkt"] == NAA


def test_recipient_that_fails_holds_up_no_other(mandag: Tjeneste) -> None:
    beskjed = ny_beskjed(mandag, eksterneVarsler=[sms("40000002"), sms("40000001"), sms(), epost()])
    jobber(mandag)
    assert varselstatuser(mandag, beskjed["id"]) == ["NY", "FEILET", "SENDT", "SENDT"]
    frem(mandag, "PT3M")
    assert varselstatuser(mandag, beskjed["id"]) == ["SENDT", "FEILET", "SENDT", "SENDT"]


def test_only_numbers_and_addresses_behave_so(mandag: Tjeneste) -> None:
    """A resource, a service or an address may end or begin as it likes."""
    varsler = [
        altinnressurs("nav_ressurs_0001"),
        altinntjeneste("5516", "0001"),
        altinnressurs("feil@ressurs"),
        epost("0001@eksempel.no"),
        epost("ingen.feil@eksempel.no"),
        sms("90000010"),
    ]
    beskjed = ny_beskjed(mandag, eksterneVarsler=varsler)
    jobber(mandag)
    assert varselstatuser(mandag, beskjed["id"]) == len(varsler) * ["SENDT"]


def test_retry_in_a_window_that_has_closed_waits_for_the_next(mandag: Tjeneste) -> None:
    mandag.klokke("2030-01-07T13:30:45Z")  # 14:30:45 in Oslo, the last minute of the window
    beskjed = ny_beskjed(mandag, eksterneVarsler=[sms("40000002", sendevindu="NKS_AAPNINGSTID")])
    jobber(mandag)
    frem(mandag, "PT17H59M")
    assert hent(mandag, beskjed["id"])["notifikasjon"]["eksterneVarsler"][0]["status"] == "NY"
    frem(mandag, "PT5M")
    (melding,) = utboks(mandag)
    assert "2030-01-08T07:30:00Z" < melding["tidspunkt"] < "2030-01-08T07:32:00Z"
    assert varselstatuser(mandag, beskjed["id"]) == ["SENDT"]
