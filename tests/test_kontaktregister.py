"""A varsel to everybody with an access, where there is no Altinn to ask: each of them by e-mail if known, else SMS."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from produsent import (
    altinnressurs,
    altinntjeneste,
    mutasjon,
    ny_beskjed,
    ny_kalenderavtale,
    ny_oppgave,
    ny_sak,
    sms,
    varselstatuser,
)
from tjeneste import ANNE, BAKERIET, DAGNY, FISKERIET, NILS, REGINE, ROOT, ULLA, Tjeneste, kjoerende

from server import noedbrems, varsling
from server.database import Database
from server.kanal import Melding
from server.kontaktregister import Kontaktregister
from server.tid import Klokke, parse_tidspunkt
from server.varsling import Kanal, Regler

NAA = "2030-01-07T11:00:00Z"  # a Monday
VERDIER = {"varsling.altinn": '"kontaktregister"'}


@pytest.fixture(scope="module")
def _felles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    with kjoerende(Path(tmp_path_factory.mktemp("kontakt")) / "a.db", verdier=VERDIER) as tjeneste:
        yield tjeneste


@pytest.fixture
def tjeneste(_felles: Tjeneste) -> Tjeneste:
    _felles.utvikling("DELETE", "/dev/klokke")
    _felles.utvikling("POST", "/dev/nullstill")
    _felles.klokke(NAA)
    return _felles


def kontakt(tjeneste: Tjeneste, fnr: str, **kontaktdata: str) -> None:
    tjeneste.utvikling("PUT", f"/dev/kontakt/{fnr}", kontaktdata)


def bakeriets_folk(tjeneste: Tjeneste) -> None:
    """Dagny and Nils have test-fager in BAKERIET; Regine has 4936:1 there; Anne test-fager elsewhere; Ulla nothing."""
    tjeneste.tilgang(DAGNY, BAKERIET, ressurser=("test-fager", "noe-annet"))
    tjeneste.tilgang(NILS, FISKERIET, BAKERIET)
    tjeneste.tilgang(REGINE, BAKERIET, ressurser=("4936:1", "4936:2"))
    tjeneste.tilgang(ANNE, FISKERIET)
    kontakt(tjeneste, DAGNY, epostadresse="dagny@eksempel.no", tlf="40000101")
    kontakt(tjeneste, NILS, tlf="40000102")
    kontakt(tjeneste, REGINE, epostadresse="regine@eksempel.no")
    kontakt(tjeneste, ANNE, epostadresse="anne@eksempel.no")
    kontakt(tjeneste, ULLA, tlf="40000103")


def utboks(tjeneste: Tjeneste) -> list[tuple[str, str, str | None, str]]:
    return [
        (melding["kanal"], melding["mottaker"], melding["tittel"], melding["tekst"])
        for melding in tjeneste.utvikling("GET", "/dev/utboks")
    ]


def jobber(tjeneste: Tjeneste) -> None:
    tjeneste.utvikling("POST", "/dev/jobber")


# ── To whom ──


def test_everybody_with_the_resource_is_told_by_email_if_known_else_sms(tjeneste: Tjeneste) -> None:
    bakeriets_folk(tjeneste)
    beskjed = ny_beskjed(tjeneste, eksterneVarsler=[altinnressurs(tittel="Hei")])
    jobber(tjeneste)
    assert sorted(utboks(tjeneste)) == [
        ("EPOST", "dagny@eksempel.no", "Hei. ", "<p>Til alle med tilgang.</p>"),
        ("SMS", "40000102", None, "Til alle med tilgang, som SMS."),
    ]
    assert varselstatuser(tjeneste, beskjed["id"]) == ["NY"], "until it is looked up how it went with each"
    tjeneste.utvikling("POST", "/dev/klokke", {"frem": "PT15S"})
    assert varselstatuser(tjeneste, beskjed["id"]) == ["SENDT"]


def test_everybody_with_the_service_is_told(tjeneste: Tjeneste) -> None:
    bakeriets_folk(tjeneste)
    tjeneste.tilgang(ULLA, BAKERIET, ressurser=("4936:1",))
    ny_beskjed(tjeneste, eksterneVarsler=[altinntjeneste("4936", "1")])
    jobber(tjeneste)
    assert sorted(utboks(tjeneste)) == [
        ("EPOST", "regine@eksempel.no", "Tittelen er også SMS-en", "<p>Til alle med tjenesten.</p>"),
        ("SMS", "40000103", None, "Tittelen er også SMS-en"),
    ]


def test_access_is_in_the_virksomhet_itself(tjeneste: Tjeneste) -> None:
    """Not in the one above it, nor in those below."""
    enhet = {"altinn2Tilganger": [], "navn": "Enhet"}
    under = [enhet | {"orgnr": BAKERIET, "underenheter": [], "altinn3Tilganger": ["test-fager"]}]
    over = enhet | {"orgnr": "810825472", "underenheter": under, "altinn3Tilganger": ["bare-over"]}
    tjeneste.tilgang(DAGNY, hierarki=[over])
    kontakt(tjeneste, DAGNY, tlf="40000101")
    for nr, (virksomhet, ressurs, antall) in enumerate(
        [
            (BAKERIET, "test-fager", 1),
            ("810825472", "test-fager", 1),
            (BAKERIET, "bare-over", 1),
            (BAKERIET, "TEST-FAGER", 1),
        ]
    ):
        ny_beskjed(
            tjeneste,
            ekstern_id=str(nr),
            virksomhetsnummer=virksomhet,
            eksterneVarsler=[altinnressurs(ressurs)],
        )
        jobber(tjeneste)
        assert len(utboks(tjeneste)) == antall


def test_access_counts_when_it_is_sent_not_when_it_was_ordered(tjeneste: Tjeneste) -> None:
    bakeriets_folk(tjeneste)
    ny_beskjed(tjeneste, eksterneVarsler=[altinnressurs(tidspunkt="2030-01-08T12:00")])
    tjeneste.tilgang(NILS)
    kontakt(tjeneste, DAGNY, tlf="40000109")
    tjeneste.klokke("2030-01-08T12:00")
    assert [rad[:2] for rad in utboks(tjeneste)] == [("SMS", "40000109")]


def test_person_whose_access_cannot_be_looked_up_is_left_out(tjeneste: Tjeneste) -> None:
    bakeriets_folk(tjeneste)
    tjeneste.utvikling("PUT", f"/dev/tilganger/{DAGNY}", {"hierarki": "not a list"})
    ny_beskjed(tjeneste, eksterneVarsler=[altinnressurs()])
    jobber(tjeneste)
    assert [rad[1] for rad in utboks(tjeneste)] == ["40000102"]


def test_nobody_known_is_a_failure_with_its_reason(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)  # has access, but nobody knows how to reach her
    kontakt(tjeneste, ULLA, tlf="40000103")  # is known, but has no access
    beskjed = ny_beskjed(tjeneste, eksterneVarsler=[altinnressurs(), altinntjeneste(), sms()])
    jobber(tjeneste)
    assert varselstatuser(tjeneste, beskjed["id"]) == ["FEILET", "FEILET", "SENDT"]
    assert tjeneste.rader("SELECT DISTINCT feilkode FROM eksternt_varsel WHERE status = 'FEILET'") == [
        ("ingen_kontaktdata",)
    ]


def test_window_of_the_varsel_holds_for_everybody(tjeneste: Tjeneste) -> None:
    bakeriets_folk(tjeneste)
    tjeneste.klokke("2030-01-07T16:30")
    ny_beskjed(tjeneste, eksterneVarsler=[altinnressurs(sendevindu="NKS_AAPNINGSTID")])
    tjeneste.klokke("2030-01-08T08:29")
    assert utboks(tjeneste) == []
    tjeneste.klokke("2030-01-08T08:30")
    assert len(utboks(tjeneste)) == 2


# ── How it ends ──


@pytest.mark.parametrize(
    ("adresser", "status"),
    [
        (("feil@eksempel.no", "feil@eksempel.net"), "FEILET"),
        (("feil@eksempel.no", "ok@eksempel.no"), "SENDT"),
        (("midlertidig@eksempel.no", "feil@eksempel.no"), "SENDT"),
    ],
    ids=str,
)
def test_it_is_sendt_if_anybody_was_reached(tjeneste: Tjeneste, adresser: tuple[str, str], status: str) -> None:
    for fnr, adresse in zip((DAGNY, NILS), adresser, strict=True):
        tjeneste.tilgang(fnr, BAKERIET)
        kontakt(tjeneste, fnr, epostadresse=adresse)
    beskjed = ny_beskjed(tjeneste, eksterneVarsler=[altinnressurs()])
    jobber(tjeneste)
    assert varselstatuser(tjeneste, beskjed["id"]) == ["NY"], "nothing is told before all is known"
    tjeneste.utvikling("POST", "/dev/klokke", {"frem": "PT10M"})
    assert varselstatuser(tjeneste, beskjed["id"]) == [status]
    hendelser = tjeneste.rader("SELECT type, innhold ->> 'varselId' FROM hendelse WHERE type LIKE 'EksterntVarsel%'")
    type_ = "EksterntVarselVellykket" if status == "SENDT" else "EksterntVarselFeilet"
    assert hendelser == [(type_, beskjed["eksterneVarsler"][0]["id"])], "the history tells of what was ordered, once"


def test_producer_sees_what_it_ordered_and_not_its_parts(tjeneste: Tjeneste) -> None:
    bakeriets_folk(tjeneste)
    felter: Any = {"eksterneVarsler": [altinnressurs(), sms()]}
    beskjed = ny_beskjed(tjeneste, **felter)
    tjeneste.utvikling("POST", "/dev/klokke", {"frem": "PT1M"})
    assert varselstatuser(tjeneste, beskjed["id"]) == ["SENDT", "SENDT"]
    assert ny_beskjed(tjeneste, **felter) == beskjed
    assert len(utboks(tjeneste)) == 3


def test_nobodys_contact_data_is_left_when_the_notifikasjon_is_gone(tjeneste: Tjeneste) -> None:
    bakeriets_folk(tjeneste)
    beskjed = ny_beskjed(tjeneste, eksterneVarsler=[altinnressurs()])
    mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{beskjed["id"]}"')
    tjeneste.utvikling("POST", "/dev/klokke", {"frem": "PT1M"})
    assert len(utboks(tjeneste)) == 2, "it was sent all the same"
    assert set(tjeneste.rader("SELECT status, mottaker, tittel, tekst, sms_tekst FROM eksternt_varsel")) == {
        ("SENDT", None, None, None, None)
    }


def test_cancellation_reaches_those_who_have_not_been_told(tjeneste: Tjeneste) -> None:
    for fnr, adresse in ((DAGNY, "midlertidig@eksempel.no"), (NILS, "midlertidig@eksempel.net")):
        tjeneste.tilgang(fnr, BAKERIET)
        kontakt(tjeneste, fnr, epostadresse=adresse)
    ny_sak(tjeneste)
    avtale = ny_kalenderavtale(tjeneste, eksterneVarsler=[altinnressurs()])
    jobber(tjeneste)
    mutasjon(tjeneste, "oppdaterKalenderavtale", f'id: "{avtale["id"]}" nyTilstand: AVLYST')
    assert varselstatuser(tjeneste, avtale["id"]) == ["KANSELLERT"]
    tjeneste.utvikling("POST", "/dev/klokke", {"frem": "P1D"})
    assert utboks(tjeneste) == []
    assert tjeneste.rader("SELECT type, innhold ->> 'varselId' FROM hendelse WHERE type LIKE 'EksterntVarsel%'") == [
        ("EksterntVarselKansellert", avtale["eksterneVarsler"][0]["id"])
    ]


def test_cancellation_comes_too_late_when_somebody_has_been_told(tjeneste: Tjeneste) -> None:
    for fnr, adresse in ((DAGNY, "dagny@eksempel.no"), (NILS, "midlertidig@eksempel.no")):
        tjeneste.tilgang(fnr, BAKERIET)
        kontakt(tjeneste, fnr, epostadresse=adresse)
    ny_sak(tjeneste)
    avtale = ny_kalenderavtale(tjeneste, eksterneVarsler=[altinnressurs()])
    jobber(tjeneste)
    mutasjon(tjeneste, "oppdaterKalenderavtale", f'id: "{avtale["id"]}" nyTilstand: AVLYST')
    assert varselstatuser(tjeneste, avtale["id"]) == ["NY"]
    tjeneste.utvikling("POST", "/dev/klokke", {"frem": "P1D"})
    assert [rad[1] for rad in utboks(tjeneste)] == ["dagny@eksempel.no"], "the other is spared"
    assert varselstatuser(tjeneste, avtale["id"]) == ["SENDT"]


# ── Contact data ──


def test_contact_data_is_replaced_and_forgotten(tjeneste: Tjeneste) -> None:
    kontakt(tjeneste, DAGNY, epostadresse="dagny@eksempel.no", tlf="40000101")
    kontakt(tjeneste, DAGNY, tlf="+4740000102")
    assert tjeneste.rader("SELECT * FROM kontakt") == [(DAGNY, None, "+4740000102")]
    kontakt(tjeneste, DAGNY)
    assert tjeneste.rader("SELECT * FROM kontakt") == []


@pytest.mark.parametrize(
    ("fnr", "body"),
    [
        (DAGNY, {"tlf": "12345678"}),
        (DAGNY, {"tlf": "40000101\n"}),
        (DAGNY, {"tlf": 40000101}),
        (DAGNY, {"epostadresse": "dagny"}),
        (DAGNY, {"epostadresse": "a@b.no, c@d.no"}),
        (DAGNY, {"epostadresse": "a@b.no\r\nBcc: c@d.no"}),
        (DAGNY, {"epost": "a@b.no"}),
        (DAGNY, []),
        (DAGNY, "40000101"),
        ("1584551234", {"tlf": "40000101"}),
        ("dagny", {"tlf": "40000101"}),
    ],
    ids=str,
)
def test_contact_data_that_nothing_could_be_sent_to_is_refused(tjeneste: Tjeneste, fnr: str, body: Any) -> None:
    kontakt(tjeneste, DAGNY, tlf="40000101")
    svar = tjeneste.http.put(f"{tjeneste.url}/dev/kontakt/{fnr}", json=body, timeout=30)
    assert svar.status_code == 400 and svar.json()["error"], svar.text
    assert tjeneste.rader("SELECT * FROM kontakt") == [(DAGNY, None, "40000101")], "what was known is kept"


def test_many_people_with_much_access_hold_up_nobody(tjeneste: Tjeneste) -> None:
    """Their access is read outside the transaction, so that others can write meanwhile."""
    for nr in range(60):
        fnr = f"{nr + 1:02}889900{nr:03}"
        ressurser = tuple(f"ressurs-{i}" for i in range(40))
        tjeneste.tilgang(fnr, BAKERIET, *(f"91{i:07}" for i in range(60)), ressurser=("test-fager", *ressurser))
        kontakt(tjeneste, fnr, tlf=f"410{nr:02}999")
    ny_beskjed(tjeneste, eksterneVarsler=[altinnressurs()])
    for nr in range(10):
        assert ny_oppgave(tjeneste, ekstern_id=f"o{nr}")["__typename"] == "NyOppgaveVellykket"
    jobber(tjeneste)
    assert len({rad[1] for rad in utboks(tjeneste)}) == len(utboks(tjeneste)) == 60


# ── The process dies between dividing it among people and knowing that it did ──


class Doed(BaseException):
    """The process ends here."""


def test_nobody_is_told_twice_by_a_process_that_died_in_between(tmp_path: Path) -> None:
    fil = tmp_path / "a.db"
    with kjoerende(fil, verdier=VERDIER) as tjeneste:
        tjeneste.klokke(NAA)
        bakeriets_folk(tjeneste)
        tjeneste.utvikling("POST", "/internal/noedbrems", {"paa": True})
        beskjed = ny_beskjed(tjeneste, eksterneVarsler=[altinnressurs()])
    database = Database(fil, ROOT / "schema.sql")
    noedbrems.sett(database, False, parse_tidspunkt(NAA))
    register = Kontaktregister(database, Klokke(parse_tidspunkt(NAA)))

    def send_og_doe(melding: Melding) -> str:
        register.send(melding)
        raise Doed

    kanal = Kanal("kontaktregister", ("ALTINNRESSURS",), send_og_doe, register.kvittering)
    with pytest.raises(Doed):
        varsling.behandle_neste(database, kanal, Regler(False, 0, 86_400_000_000), parse_tidspunkt(NAA))
    database.close()

    with kjoerende(fil, verdier=VERDIER) as tjeneste:
        tjeneste.utvikling("POST", "/dev/klokke", {"frem": "PT5M"})
        assert sorted(rad[1] for rad in utboks(tjeneste)) == ["40000102", "dagny@eksempel.no"]
        assert varselstatuser(tjeneste, beskjed["id"]) == ["SENDT"]
        assert tjeneste.rader("SELECT count(*) FROM eksternt_varsel") == [(3,)]
