"""The rules for input that the SDL cannot state: each with its label and tokens, and the shape of the error.

Clients show these messages to the people who debug them, and some look for the tokens.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from produsent import NY_BESKJED, NY_SAK, graphql_feil, hent, inndata, ny_beskjed, ny_oppgave, paaminnelse_sms, sms
from tjeneste import ANNE, BAKERIET, DAGNY, NILS, RESSURS, ROOT, TJENESTE, UKJENT, Tjeneste, kjoerende, leder

UKJENT_ID = "00000000-0000-4000-8000-000000000000"
Variabler = dict[str, Any]


def brudd(tjeneste: Tjeneste, query: str, variables: Variabler | None = None, **annet: Any) -> str:
    """The rule that a call breaks. Its field has the alias `felt`."""
    (feil,) = graphql_feil(tjeneste, query, variables, **annet)
    foran = "Exception while fetching data (/felt) : "
    assert feil["message"].startswith(foran), feil
    assert feil["path"] == ["felt"]
    assert feil["extensions"] == {"classification": "DataFetchingException"}
    (sted,) = feil["locations"]
    linje = query.splitlines()[sted["line"] - 1]
    assert linje[sted["column"] - 1 :].startswith("felt:")
    assert feil.keys() == {"message", "locations", "path", "extensions"}
    regel: str = feil["message"].removeprefix(foran)
    return regel


def slipper_gjennom(tjeneste: Tjeneste, query: str, variables: Variabler | None = None) -> str:
    """The type of the answer, which may be a typed error: the input was accepted."""
    svar: str = tjeneste.produsent(query, variables)["felt"]["__typename"]
    return svar


# ── Texts ──

_SAK = f"""merkelapp: "fager" grupperingsid: "g" virksomhetsnummer: "{BAKERIET}" initiellStatus: MOTTATT
    mottakere: {{ altinnRessurs: {{ ressursId: "test-fager" }} }}"""
_NOTIFIKASJON = f"""mottaker: {{ altinnRessurs: {{ ressursId: "test-fager" }} }}
    metadata: {{ virksomhetsnummer: "{BAKERIET}" eksternId: "e" }}
    notifikasjon: {{ merkelapp: "fager" lenke: "" tekst: $t }}"""
_AVTALE = f"""merkelapp: "fager" grupperingsid: "g" virksomhetsnummer: "{BAKERIET}" eksternId: "e" lenke: ""
    mottakere: {{ altinnRessurs: {{ ressursId: "test-fager" }} }} startTidspunkt: "2030-01-01T10:00" """

# field and arguments -> label and the longest that is allowed
TEKSTER = {
    f"nyBeskjed(nyBeskjed: {{ {_NOTIFIKASJON} }})": ("notifikasjon.tekst", 300),
    f"nyOppgave(nyOppgave: {{ {_NOTIFIKASJON} }})": ("notifikasjon.tekst", 300),
    f"nyKalenderavtale({_AVTALE} tekst: $t)": ("kalenderavtale.tekst", 300),
    f'oppdaterKalenderavtale(id: "{UKJENT_ID}" nyTekst: $t)': ("kalenderavtale.tekst", 300),
    'oppdaterKalenderavtaleByEksternId(merkelapp: "fager" eksternId: "e" nyTekst: $t)': ("kalenderavtale.tekst", 300),
    f"nySak({_SAK} tittel: $t)": ("sak.tittel", 140),
    f'nySak({_SAK} tittel: "" tilleggsinformasjon: $t)': ("sak.tilleggsinformasjon", 140),
    f'tilleggsinformasjonSak(id: "{UKJENT_ID}" tilleggsinformasjon: $t)': ("tilleggsinformasjon", 140),
    'tilleggsinformasjonSakByGrupperingsid(merkelapp: "fager" grupperingsid: "g" tilleggsinformasjon: $t)': (
        "tilleggsinformasjon",
        140,
    ),
}
for_hver_tekst = pytest.mark.parametrize(
    ("felt", "etikett", "maks"),
    [(felt, *regel) for felt, regel in TEKSTER.items()],
    ids=[felt.partition("(")[0] for felt in TEKSTER],
)


def tekstkall(felt: str) -> str:
    return f"mutation m($t: String!) {{\n    felt: {felt} {{ __typename }}\n}}"


@for_hver_tekst
def test_a_text_that_is_too_long(tjeneste: Tjeneste, felt: str, etikett: str, maks: int) -> None:
    for tekst, antall in (
        ("x" * (maks + 1), maks + 1),
        ("æ" * (maks + 1), maks + 1),
        ("🎉" * (maks // 2) + "x", maks + 1),  # counted as UTF-16
        ("1" * (maks + 5), maks + 5),  # the length is told before the digits
    ):
        regel = brudd(tjeneste, tekstkall(felt), {"t": tekst})
        assert regel.startswith(f"{etikett}: ")
        assert f"antall={antall}, maks={maks}" in regel


@for_hver_tekst
def test_a_text_with_eleven_digits(tjeneste: Tjeneste, felt: str, etikett: str, maks: int) -> None:
    for tekst in (ANNE, f"Gjelder {ANNE}.", "123456789012345", "x01234567890x", "\n00000000000"):
        regel = brudd(tjeneste, tekstkall(felt), {"t": tekst})
        assert regel.startswith(f"{etikett}: ") and "personnummer (11 siffer)" in regel
        assert tekst not in regel, "the message does not repeat it"


@for_hver_tekst
def test_texts_that_are_allowed(tjeneste: Tjeneste, felt: str, etikett: str, maks: int) -> None:
    for tekst in ("", " ", "x" * maks, "🎉" * (maks // 2), "1234567890", "123456 78901", "1234567890a1", "１" * 11):
        slipper_gjennom(tjeneste, tekstkall(felt), {"t": tekst})


# ── Exactly one of ──

# Where varsler may stand: a document with $v, and how $v is made of one varsel.
_PAAMINNELSE = {"tidspunkt": {"etterOpprettelse": "P1D"}}


def _dokument(type_: str, felt: str) -> str:
    return f"mutation m($v: {type_}) {{\n    felt: {felt} {{ __typename }}\n}}"


Doerer = dict[str, tuple[str, Callable[[Any], Any]]]

VARSELDOERER: Doerer = {
    "nyBeskjed": (_dokument("NyBeskjedInput!", "nyBeskjed(nyBeskjed: $v)"), lambda v: inndata(eksterneVarsler=[v])),
    "nyOppgave": (_dokument("NyOppgaveInput!", "nyOppgave(nyOppgave: $v)"), lambda v: inndata(eksterneVarsler=[v])),
    "nyKalenderavtale": (
        _dokument("[EksterntVarselInput!]!", f'nyKalenderavtale({_AVTALE} tekst: "" eksterneVarsler: $v)'),
        lambda v: [v],
    ),
    "oppdaterKalenderavtale": (
        _dokument("[EksterntVarselInput!]!", f'oppdaterKalenderavtale(id: "{UKJENT_ID}" eksterneVarsler: $v)'),
        lambda v: [v],
    ),
}


def _med_varsel(varsel: Any) -> Any:
    return _PAAMINNELSE | {"eksterneVarsler": [varsel]}


PAAMINNELSESDOERER: Doerer = {
    "nyOppgave": (
        _dokument("NyOppgaveInput!", "nyOppgave(nyOppgave: $v)"),
        lambda v: inndata(ekstern_id="e2", paaminnelse=_med_varsel(v)),
    ),
    "nyKalenderavtale": (
        _dokument("PaaminnelseInput", f'nyKalenderavtale({_AVTALE} tekst: "" paaminnelse: $v)'),
        _med_varsel,
    ),
    "oppdaterKalenderavtale": (
        _dokument("PaaminnelseInput", f'oppdaterKalenderavtale(id: "{UKJENT_ID}" paaminnelse: $v)'),
        _med_varsel,
    ),
    "oppgaveUtsettFrist": (
        _dokument(
            "PaaminnelseInput",
            'oppgaveUtsettFristByEksternId(merkelapp: "fager" eksternId: "e" nyFrist: "2030-01-01" paaminnelse: $v)',
        ),
        _med_varsel,
    ),
    "oppgaveEndrePaaminnelse": (
        _dokument(
            "PaaminnelseInput",
            'oppgaveEndrePaaminnelseByEksternId(merkelapp: "fager" eksternId: "e" paaminnelse: $v)',
        ),
        _med_varsel,
    ),
}
for_hver_varseldoer = pytest.mark.parametrize(("query", "lag"), VARSELDOERER.values(), ids=VARSELDOERER)
for_hver_paaminnelsesdoer = pytest.mark.parametrize(
    ("query", "lag"), PAAMINNELSESDOERER.values(), ids=PAAMINNELSESDOERER
)

SMS = sms()["sms"]
EPOST = {
    "mottaker": {"kontaktinfo": {"epostadresse": "a@b.no"}},
    "epostTittel": "",
    "epostHtmlBody": "",
    "sendetidspunkt": {"sendevindu": "LOEPENDE"},
}
RESSURSVARSEL = {
    "mottaker": {"ressursId": "r"},
    "epostTittel": "",
    "epostHtmlBody": "",
    "smsTekst": "",
    "sendetidspunkt": {"sendevindu": "LOEPENDE"},
}
TJENESTEVARSEL = {
    "mottaker": TJENESTE["altinn"],
    "tittel": "",
    "innhold": "",
    "sendetidspunkt": {"sendevindu": "LOEPENDE"},
}


def i_paaminnelse(varsel: Variabler) -> Variabler:
    return {k: v for k, v in varsel.items() if k != "sendetidspunkt"} | {"sendevindu": "LOEPENDE"}


INGEN = "(Ingen felt er satt)"
VARSLER: list[tuple[Variabler, str]] = [
    ({}, INGEN),
    ({"sms": None, "epost": None, "altinnressurs": None, "altinntjeneste": None}, INGEN),
    ({"epost": EPOST, "sms": SMS}, "(sms, epost er gitt)"),
    ({"altinnressurs": RESSURSVARSEL, "sms": SMS}, "(sms, altinnressurs er gitt)"),
    ({"altinnressurs": RESSURSVARSEL, "epost": EPOST, "sms": SMS}, "(sms, epost, altinnressurs er gitt)"),
]


@for_hver_varseldoer
def test_a_varsel_is_of_exactly_one_kind(tjeneste: Tjeneste, query: str, lag: Any) -> None:
    for varsel, token in VARSLER:
        regel = brudd(tjeneste, query, {"v": lag(varsel)})
        assert regel.startswith("EksterntVarselInput: ") and regel.endswith(token)
    for navn, verdi in (
        ("sms", SMS),
        ("epost", EPOST),
        ("altinnressurs", RESSURSVARSEL),
        ("altinntjeneste", TJENESTEVARSEL),
    ):
        slipper_gjennom(tjeneste, query, {"v": lag({navn: verdi, "epost": verdi if navn == "epost" else None})})


@for_hver_paaminnelsesdoer
def test_a_varsel_of_a_paaminnelse_is_of_exactly_one_kind(tjeneste: Tjeneste, query: str, lag: Any) -> None:
    ny_oppgave(tjeneste, ekstern_id="e")
    for varsel, token in VARSLER:
        verdi = {navn: i_paaminnelse(v) if v else None for navn, v in varsel.items()}
        regel = brudd(tjeneste, query, {"v": lag(verdi)})
        assert regel.startswith("PaaminnelseEksterntVarselInput: ") and regel.endswith(token)
    slipper_gjennom(tjeneste, query, {"v": lag({"sms": i_paaminnelse(SMS), "epost": None})})


@for_hver_varseldoer
def test_contact_data_and_time_of_a_varsel_are_given_exactly_once(tjeneste: Tjeneste, query: str, lag: Any) -> None:
    tider = {"tidspunkt": "2030-01-01T10:00", "sendevindu": "LOEPENDE"}
    for varsel, ventet in (
        ({"sms": SMS | {"mottaker": {}}}, f"sms.mottaker: .* {re.escape(INGEN)}"),
        ({"sms": SMS | {"mottaker": {"kontaktinfo": None}}}, f"sms.mottaker: .* {re.escape(INGEN)}"),
        ({"epost": EPOST | {"mottaker": {}}}, f"epost.mottaker: .* {re.escape(INGEN)}"),
        ({"sms": SMS | {"sendetidspunkt": {}}}, f"SendetidspunktInput: .* {re.escape(INGEN)}"),
        ({"epost": EPOST | {"sendetidspunkt": tider}}, r"SendetidspunktInput: .* \(tidspunkt, sendevindu er gitt\)"),
        ({"altinnressurs": RESSURSVARSEL | {"sendetidspunkt": {}}}, "SendetidspunktInput: .*"),
        # What is inside comes first, in the order of the SDL; then what it is inside of.
        ({"sms": SMS, "epost": EPOST | {"mottaker": {}}}, "epost.mottaker: .*"),
        ({"sms": SMS | {"mottaker": {}}, "epost": EPOST | {"mottaker": {}}}, "sms.mottaker: .*"),
        ({"sms": SMS | {"mottaker": {}, "sendetidspunkt": {}}}, "sms.mottaker: .*"),
        ({"epost": EPOST | {"sendetidspunkt": {}}, "altinnressurs": RESSURSVARSEL}, "SendetidspunktInput: .*"),
    ):
        assert re.fullmatch(ventet, brudd(tjeneste, query, {"v": lag(varsel)})), varsel


@for_hver_paaminnelsesdoer
def test_contact_data_of_a_paaminnelse_is_given_exactly_once(tjeneste: Tjeneste, query: str, lag: Any) -> None:
    ny_oppgave(tjeneste, ekstern_id="e")
    for navn, verdi in (("sms", SMS), ("epost", EPOST)):
        varsel = {navn: i_paaminnelse(verdi) | {"mottaker": {}}}
        assert brudd(tjeneste, query, {"v": lag(varsel)}).startswith(f"{navn}.mottaker: ")


MOTTAKERDOERER = {
    "nySak": (NY_SAK.replace("    nySak(", "    felt: nySak("), "mottakere"),
    "nyBeskjed mottaker": (VARSELDOERER["nyBeskjed"][0], "mottaker"),
    "nyBeskjed mottakere": (VARSELDOERER["nyBeskjed"][0], "mottakere"),
    "nyOppgave mottaker": (VARSELDOERER["nyOppgave"][0], "mottaker"),
    "nyOppgave mottakere": (VARSELDOERER["nyOppgave"][0], "mottakere"),
    "nyKalenderavtale": (
        _dokument(
            "[MottakerInput!]!",
            "nyKalenderavtale("
            + _AVTALE.replace('mottakere: { altinnRessurs: { ressursId: "test-fager" } }', "mottakere: $v")
            + ' tekst: "")',
        ),
        "",
    ),
}


@pytest.mark.parametrize(("query", "navn"), MOTTAKERDOERER.values(), ids=MOTTAKERDOERER)
def test_a_recipient_is_of_exactly_one_kind(tjeneste: Tjeneste, query: str, navn: str) -> None:
    for mottaker, token in (
        ({}, INGEN),
        (dict.fromkeys(("altinn", "altinnRessurs", "naermesteLeder")), INGEN),
        (RESSURS | leder(), "(naermesteLeder, altinnRessurs er gitt)"),
    ):
        variables: Variabler = {"v": [mottaker]}
        if "nySak" in query:
            variables = _sak(mottakere=[RESSURS, mottaker])
        elif navn:
            variables = {"v": inndata(**{navn: mottaker if navn == "mottaker" else [RESSURS, mottaker]})}
        regel = brudd(tjeneste, query, variables)
        assert regel.startswith("MottakerInput: ") and regel.endswith(token)
        assert NILS not in regel


def _sak(**felter: Any) -> Variabler:
    return {
        "grupperingsid": "g",
        "merkelapp": "fager",
        "virksomhetsnummer": BAKERIET,
        "mottakere": [RESSURS],
        "tittel": "",
        "initiellStatus": "MOTTATT",
    } | felter


SLETTEDOERER = {
    "nySak": (_dokument("FutureTemporalInput", f'nySak({_SAK} tittel: "" hardDelete: $v)'), False),
    "nyKalenderavtale": (
        _dokument("FutureTemporalInput", f'nyKalenderavtale({_AVTALE} tekst: "" hardDelete: $v)'),
        False,
    ),
    **{
        felt.partition("(")[0]: (_dokument("HardDeleteUpdateInput", felt), True)
        for felt in (
            f'nyStatusSak(id: "{UKJENT_ID}" nyStatus: FERDIG hardDelete: $v)',
            'nyStatusSakByGrupperingsid(merkelapp: "fager" grupperingsid: "x" nyStatus: FERDIG hardDelete: $v)',
            f'oppgaveUtfoert(id: "{UKJENT_ID}" hardDelete: $v)',
            'oppgaveUtfoertByEksternId(merkelapp: "fager" eksternId: "x" hardDelete: $v)',
            'oppgaveUtfoertByEksternId_V2(merkelapp: "fager" eksternId: "x" hardDelete: $v)',
            f'oppgaveUtgaatt(id: "{UKJENT_ID}" hardDelete: $v)',
            'oppgaveUtgaattByEksternId(merkelapp: "fager" eksternId: "x" hardDelete: $v)',
            f'oppdaterKalenderavtale(id: "{UKJENT_ID}" hardDelete: $v)',
            'oppdaterKalenderavtaleByEksternId(merkelapp: "fager" eksternId: "x" hardDelete: $v)',
        )
    },
}


@pytest.mark.parametrize(("query", "er_endring"), SLETTEDOERER.values(), ids=SLETTEDOERER)
def test_a_time_to_delete_is_given_exactly_once(tjeneste: Tjeneste, query: str, er_endring: bool) -> None:
    for tid, token in (
        ({}, INGEN),
        ({"den": None, "om": None}, INGEN),
        ({"om": "P1D", "den": "2030-01-01T10:00"}, "(den, om er gitt)"),
    ):
        regel = brudd(tjeneste, query, {"v": {"nyTid": tid, "strategi": "FORLENG"} if er_endring else tid})
        assert regel.startswith("FutureTemporalInput: ") and regel.endswith(token)
    slipper_gjennom(tjeneste, query, {"v": None})


@pytest.mark.parametrize("slag", ["nyBeskjed", "nyOppgave"])
def test_a_time_to_delete_a_notifikasjon_is_given_exactly_once(tjeneste: Tjeneste, slag: str) -> None:
    regel = brudd(tjeneste, VARSELDOERER[slag][0], {"v": inndata(hard_delete={})})
    assert regel.startswith("FutureTemporalInput: ") and regel.endswith(INGEN)


@for_hver_paaminnelsesdoer
def test_the_time_of_a_paaminnelse_is_given_exactly_once(tjeneste: Tjeneste, query: str, lag: Any) -> None:
    ny_oppgave(tjeneste, ekstern_id="e")
    alle = {
        "konkret": "2030-01-01T10:00",
        "etterOpprettelse": "P1D",
        "foerFrist": "P1D",
        "foerStartTidspunkt": "P1D",
    }
    for tidspunkt, token in (
        ({}, INGEN),
        (dict.fromkeys(alle), INGEN),
        (alle, f"({', '.join(alle)} er gitt)"),
        ({"foerFrist": "P1D", "etterOpprettelse": "P1D"}, "(etterOpprettelse, foerFrist er gitt)"),
    ):
        verdi: Variabler = {"tidspunkt": tidspunkt, "eksterneVarsler": [{}]}  # what comes first is told first
        regel = brudd(tjeneste, query, {"v": inndata(paaminnelse=verdi) if "nyOppgave" in query else verdi})
        assert regel.startswith("PaaminnelseTidspunktInput: ") and regel.endswith(token)


# ── Contact data ──

TELEFON: list[tuple[str, tuple[str, ...] | None]] = [
    # tlf, and what must be in the message, or None if it is fine
    ("40000000", None),
    ("99999999", None),
    ("+4740000000", None),
    ("004799999999", None),
    ("41999999", None),
    ("45000000", None),
    ("45359999", None),
    ("45370000", None),
    ("48999999", None),
    ("00474700474", ()),
    ("", ("blank",)),
    (" \t\n", ("blank",)),
    ("400000000", ()),
    ("4000000", ()),
    ("30000000", ()),
    ("4740000000", ()),
    ("+4640000000", ()),
    ("+47 40000000", ()),
    (" 40000000", ()),
    ("40000000\n", ()),
    ("400 00 000", ()),
    ("４0000000", ()),
    ("42000000", ("4200xxxx", "NKOM E164")),
    ("+4742000000", ("4200xxxx", "NKOM E164")),
    ("004744999999", ("4499xxxx", "NKOM E164")),
    ("45360000", ("4536xxxx", "NKOM E164")),
    ("45369999", ("4536xxxx", "NKOM E164")),
    ("49000000", ("4900xxxx", "NKOM E164")),
    ("49999999", ("4999xxxx", "NKOM E164")),
    ("42004712", ("4200xxxx", "NKOM E164")),  # slips through on the platform, which removes the prefix anywhere
]


@pytest.mark.parametrize(("tlf", "tokens"), TELEFON, ids=[repr(tlf) for tlf, _ in TELEFON])
def test_a_phone_number(tjeneste: Tjeneste, tlf: str, tokens: tuple[str, ...] | None) -> None:
    doerer = [(VARSELDOERER["nyBeskjed"], sms(tlf)), (PAAMINNELSESDOERER["nyOppgave"], paaminnelse_sms(tlf))]
    for (query, lag), varsel in doerer:
        if tokens is None:
            assert slipper_gjennom(tjeneste, query, {"v": lag(varsel)}).endswith("Vellykket")
        else:
            regel = brudd(tjeneste, query, {"v": lag(varsel)})
            assert regel.startswith("Kontaktinfo.tlf: ") and all(token in regel for token in tokens)
            assert not tlf.strip() or tlf not in regel


EPOSTADRESSER: list[tuple[str, bool]] = [
    ("a@b.no", True),
    ("ola.nordmann+post_%-1@sub.eksempel-1.museum", True),
    ("åse.ødegård@blåbær.no", True),
    ("ψηφία٣@домен.рф", True),
    ("a@b..no", True),
    ("a@.b.no", True),
    ("-@-.aa", True),
    ("", False),
    ("  ", False),
    ("a", False),
    ("@b.no", False),
    ("a@b", False),
    ("a@b.n", False),
    ("a@b.n1", False),
    ("a@b.²²", False),
    ("a@b.no.", False),
    ("a@@b.no", False),
    ("a@b_c.no", False),
    ("o'hara@b.no", False),
    (" a@b.no", False),
    ("a@b.no ", False),
    ("a@b.no\n", False),
    ("a b@c.no", False),
    ("Ola <a@b.no>", False),
    ("a@b.no,c@d.no", False),
]


@pytest.mark.parametrize(("adresse", "gyldig"), EPOSTADRESSER, ids=[repr(adresse) for adresse, _ in EPOSTADRESSER])
def test_an_email_address(tjeneste: Tjeneste, adresse: str, gyldig: bool) -> None:
    epost = EPOST | {"mottaker": {"kontaktinfo": {"epostadresse": adresse}}}
    for (query, lag), varsel in (
        (VARSELDOERER["nyBeskjed"], {"epost": epost}),
        (PAAMINNELSESDOERER["nyOppgave"], {"epost": i_paaminnelse(epost)}),
    ):
        if gyldig:
            assert slipper_gjennom(tjeneste, query, {"v": lag(varsel)}).endswith("Vellykket")
        else:
            regel = brudd(tjeneste, query, {"v": lag(varsel)})
            assert regel.startswith("Kontaktinfo.epostadresse: ")
            assert ("blank" in regel) == (not adresse.strip())
            assert len(adresse.strip()) < 6 or adresse not in regel


def test_an_address_that_is_hard_to_refuse_is_refused_quickly(tjeneste: Tjeneste) -> None:
    query, lag = VARSELDOERER["nyBeskjed"]
    for adresse in ("a" * 50_000, "a@" + "a." * 25_000, "a@" + "a.bb" * 15_000 + "!", "a@." + "a" * 50_000 + "1"):
        epost = EPOST | {"mottaker": {"kontaktinfo": {"epostadresse": adresse}}}
        assert brudd(tjeneste, query, {"v": lag({"epost": epost})}).startswith("Kontaktinfo.epostadresse: ")


@pytest.mark.parametrize(
    ("felter", "ventet"),
    [
        # The SDL's order: mottaker, mottakere, notifikasjon, frist, metadata, eksterneVarsler, paaminnelse.
        (("mottaker", "mottakere", "tekst", "hard_delete", "eksterneVarsler", "paaminnelse"), "MottakerInput"),
        (("tekst", "hard_delete", "eksterneVarsler", "paaminnelse"), "notifikasjon.tekst"),
        (("hard_delete", "eksterneVarsler", "paaminnelse"), "FutureTemporalInput"),
        (("eksterneVarsler", "paaminnelse"), "EksterntVarselInput"),
        (("paaminnelse",), "PaaminnelseTidspunktInput"),
    ],
)
def test_the_first_violation_is_told(tjeneste: Tjeneste, felter: tuple[str, ...], ventet: str) -> None:
    brutt: Variabler = {
        "mottaker": {},
        "mottakere": [RESSURS | leder()],
        "tekst": ANNE,
        "hard_delete": {},
        "eksterneVarsler": [sms(), {}],
        "paaminnelse": {"tidspunkt": {}},
    }
    query = VARSELDOERER["nyOppgave"][0]
    assert brudd(tjeneste, query, {"v": inndata(**{f: brutt[f] for f in felter})}).startswith(f"{ventet}: ")


def test_the_title_of_a_sak_is_checked_after_what_is_nested(tjeneste: Tjeneste) -> None:
    query = MOTTAKERDOERER["nySak"][0]
    brutt: Variabler = {"tittel": ANNE, "tilleggsinformasjon": ANNE, "hardDelete": {}, "mottakere": [{}]}
    for fjern, ventet in (
        ("mottakere", "MottakerInput"),
        ("hardDelete", "FutureTemporalInput"),
        ("tittel", "sak.tittel"),
        ("tilleggsinformasjon", "sak.tilleggsinformasjon"),
    ):
        assert brudd(tjeneste, query, _sak(**brutt)).startswith(f"{ventet}: ")
        del brutt[fjern]


def test_the_text_of_an_appointment_is_checked_after_what_is_nested(tjeneste: Tjeneste) -> None:
    for felt in (
        f'nyKalenderavtale({_AVTALE} tekst: "{ANNE}"',
        f'oppdaterKalenderavtale(id: "{UKJENT_ID}" nyTekst: "{ANNE}"',
    ):
        hard_delete = "{}" if "ny" == felt[:2] else "{ nyTid: {} strategi: FORLENG }"
        for tillegg, ventet in (
            (f"hardDelete: {hard_delete}", "FutureTemporalInput"),
            ("eksterneVarsler: {}", "EksterntVarselInput"),
            ("paaminnelse: { tidspunkt: {} }", "PaaminnelseTidspunktInput"),
            ("", "kalenderavtale.tekst"),
        ):
            query = f"mutation {{\n    felt: {felt} {tillegg}) {{ __typename }}\n}}"
            assert brudd(tjeneste, query).startswith(f"{ventet}: ")


def test_a_broken_rule_is_told_without_an_alias_too(tjeneste: Tjeneste) -> None:
    (feil,) = graphql_feil(tjeneste, NY_BESKJED, {"nyBeskjed": inndata(tekst=ANNE)})
    assert feil["message"].startswith("Exception while fetching data (/nyBeskjed) : notifikasjon.tekst: ")
    assert feil["path"] == ["nyBeskjed"]


def test_a_refused_input_leaves_nothing(tjeneste: Tjeneste) -> None:
    graphql_feil(tjeneste, NY_BESKJED, {"nyBeskjed": inndata(tekst=ANNE)})
    graphql_feil(tjeneste, NY_BESKJED, {"nyBeskjed": inndata(mottakere=[])})
    for tabell in ("notifikasjon", "hendelse", "tilgang", "eksternt_varsel"):
        assert tjeneste.rader(f"SELECT count(*) FROM {tabell}") == [(0,)]


# ── What the SDL refuses: no data at all ──


def avvist(tjeneste: Tjeneste, query: str, variables: Variabler | None = None) -> list[dict[str, Any]]:
    svar = tjeneste.produsent_svar(query, variables).json()
    assert "data" not in svar
    assert {feil["extensions"]["classification"] for feil in svar["errors"]} == {"ValidationError"}
    assert not any("path" in feil for feil in svar["errors"])
    feil: list[dict[str, Any]] = svar["errors"]
    return feil


SKALARER = {
    "ISO8601DateTime": (
        'nyStatusSak(id: "x" nyStatus: FERDIG tidspunkt: $v)',
        ["", "2030-01-01", "2030-01-01 10:00", "2030-01-01T24:00", "2030-02-30T10:00", "2030-01-01T10:00[Europe/Oslo]"],
    ),
    "ISO8601LocalDateTime": (
        'nyStatusSak(id: "x" nyStatus: FERDIG hardDelete: { nyTid: { den: $v } strategi: FORLENG })',
        ["2030-01-01T10:00Z", "2030-01-01T10:00+01:00", "2030-01-01"],
    ),
    "ISO8601Date": (
        'oppgaveUtsettFrist(id: "x" nyFrist: $v)',
        ["2030-1-2", "20300102", "2030-01-01T10:00", "2030-01-01Z", "2030-02-29"],
    ),
    "ISO8601Duration": (
        'nyStatusSak(id: "x" nyStatus: FERDIG hardDelete: { nyTid: { om: $v } strategi: FORLENG })',
        ["", "-P1D", "p1d", "P1H", "P1.5D", "PT1.5H", "P1DT1D", " P1D"],
    ),
}


@pytest.mark.parametrize(("type_", "felt", "verdier"), [(t, *v) for t, v in SKALARER.items()], ids=SKALARER)
def test_a_bad_scalar(tjeneste: Tjeneste, type_: str, felt: str, verdier: list[Any]) -> None:
    nullbar = "!" if type_ == "ISO8601Date" else ""
    for verdi in (*verdier, 5, 5.0, True, {}):
        (feil,) = avvist(tjeneste, f"mutation m($v: {type_}{nullbar}) {{ {felt} {{ __typename }} }}", {"v": verdi})
        assert feil["locations"]
        literal = json.dumps(verdi)
        feil_i_dokumentet = avvist(tjeneste, f"mutation {{ {felt.replace('$v', literal)} {{ __typename }} }}")
        assert feil_i_dokumentet[0]["message"].startswith("Validation error (")


@pytest.mark.parametrize(
    "query",
    [
        "mutation { nyBeskjed(nyBeskjed: { notifikasjon: null metadata: null }) { __typename } }",
        "mutation { nyBeskjed { __typename } }",
        "mutation { ukjent }",
        'mutation { oppgaveUtfoertByEksternId_V2(merkelapp: "fager" eksternId: 5) { __typename } }',
        'mutation { nyStatusSak(id: "x" nyStatus: UKJENT) { __typename } }',
        'mutation { nyStatusSak(id: "x" nyStatus: "FERDIG") { __typename } }',
        'mutation { hardDeleteSak(id: "x") }',
        f'mutation {{ oppdaterKalenderavtale(id: "{UKJENT_ID}" eksterneVarsler: null) {{ __typename }} }}',
        'query { hentSak(id: "x") { ... on NySakVellykket { id } } }',
        "query { mineNotifikasjoner(first: 99999999999) { __typename } }",
    ],
)
def test_a_document_that_the_schema_does_not_allow(tjeneste: Tjeneste, query: str) -> None:
    feil = avvist(tjeneste, query)
    assert all(f["message"].startswith("Validation error (") and f["locations"] for f in feil)


def test_variables_that_do_not_fit(tjeneste: Tjeneste) -> None:
    daarlige: list[Any] = [
        None,
        [],
        "x",
        {},
        inndata(ukjentFelt=1),
        inndata() | {"mottakere": None},
        inndata() | {"eksterneVarsler": None},
        inndata(tekst=5),
        inndata(ekstern_id=5),
        inndata(opprettet=5),
    ]
    for verdi in daarlige:
        assert len(avvist(tjeneste, NY_BESKJED, {"nyBeskjed": verdi})) == 1
    assert len(avvist(tjeneste, NY_BESKJED)) == 1


def test_an_empty_document_is_bad_syntax(tjeneste: Tjeneste) -> None:
    for query in ("", "{", "mutation { }", "ikke graphql", '{ hentSak(id: "}'):
        svar = tjeneste.produsent_svar(query).json()
        assert "data" not in svar
        assert svar["errors"][0]["extensions"] == {"classification": "InvalidSyntax"}


# ── Numbers and nulls ──


def test_an_id_may_be_a_number_where_it_is_a_key(tjeneste: Tjeneste) -> None:
    ny_oppgave(tjeneste, ekstern_id="-7")
    query = 'mutation { felt: oppgaveUtfoertByEksternId(merkelapp: "fager" eksternId: -7) { __typename } }'
    assert slipper_gjennom(tjeneste, query) == "OppgaveUtfoertVellykket"


@pytest.mark.parametrize(
    "felt",
    [
        "nyStatusSak(id: {} nyStatus: FERDIG)",
        "nesteStegSak(id: {})",
        "tilleggsinformasjonSak(id: {})",
        "oppgaveUtfoert(id: {})",
        "oppgaveUtgaatt(id: {})",
        'oppgaveUtsettFrist(id: {} nyFrist: "2030-01-01")',
        "oppgaveEndrePaaminnelse(id: {})",
        "oppdaterKalenderavtale(id: {})",
        "hardDeleteNotifikasjon(id: {})",
        "softDeleteNotifikasjon(id: {})",
        "hardDeleteSak(id: {})",
        "softDeleteSak(id: {})",
    ],
)
def test_an_id_that_is_no_uuid_is_an_unhandled_exception(tjeneste: Tjeneste, felt: str) -> None:
    navn = felt.partition("(")[0]
    for verdi in ("5", '"x"', f'"{UKJENT_ID[:-1]}"', f'"{UKJENT_ID}0"'):
        for applikasjon in ("dev-gcp:fager:notifikasjon-test-produsent", UKJENT):
            query = f"mutation {{ {felt.replace('{}', verdi)} {{ __typename }} }}"
            (feil,) = graphql_feil(tjeneste, query, applikasjon=applikasjon)
            assert feil["message"].startswith("unhandled exception java.lang.IllegalArgumentException: ")
            assert feil["path"] == [navn] and "locations" not in feil
            assert feil["extensions"] == {"classification": "DataFetchingException"}


# ── Texts of errors never tell who it is about ──


def test_a_variable_that_does_not_fit_is_refused_without_repeating_it(tjeneste: Tjeneste) -> None:
    mottakere: list[Any] = [
        {"naermesteLeder": {"naermesteLederFnr": NILS, "ansatt": ANNE}},
        {"naermesteLeder": {"naermesteLederFnr": NILS}},
        {"naermesteLeder": [NILS, ANNE]},
        {"naermesteLeder": NILS},
        {"naermesteLeder": {"naermesteLederFnr": int(DAGNY), "ansattFnr": int(DAGNY)}},
        {"naermesteLeder": {"naermesteLederFnr": NILS, "ansattFnr": ANNE, "ansattFødselsnummer": ANNE}},
        {"altinnRessurs": {"ressursId": {"fnr": ANNE}}},
    ]
    for mottaker in mottakere:
        for feil in avvist(tjeneste, NY_BESKJED, {"nyBeskjed": inndata(mottakere=[mottaker])}):
            assert not any(fnr in feil["message"] for fnr in (NILS, ANNE, DAGNY)), feil


def test_a_literal_that_does_not_fit_is_refused_without_repeating_it(tjeneste: Tjeneste) -> None:
    for mottaker in (
        f'{{ naermesteLeder: {{ naermesteLederFnr: "{NILS}" }} }}',
        f'{{ naermesteLeder: {{ naermesteLederFnr: "{NILS}" ansatt: "{ANNE}" }} }}',
        f'{{ naermesteLeder: "{NILS}" }}',
        f"{{ naermesteLeder: {{ naermesteLederFnr: {DAGNY} ansattFnr: {DAGNY} }} }}",
    ):
        for feil in avvist(tjeneste, f"mutation {{ nySak(mottakere: [{mottaker}]) {{ __typename }} }}"):
            assert not any(fnr in feil["message"] for fnr in (NILS, ANNE, DAGNY)), feil


def test_an_fnr_that_was_sent_as_a_number_is_not_repeated(tjeneste: Tjeneste) -> None:
    verdi = inndata(mottakere=[{"naermesteLeder": {"naermesteLederFnr": int(ANNE), "ansattFnr": NILS}}])
    for feil in avvist(tjeneste, NY_BESKJED, {"nyBeskjed": verdi}):
        assert str(int(ANNE)) not in feil["message"]


# ── [tilgang] altinn2 = "avvis": as on the platform today ──


@pytest.fixture(scope="module")
def uten_altinn2(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    mappe = Path(tmp_path_factory.mktemp("uten_altinn2"))
    innhold = (ROOT / "config.toml").read_text(encoding="utf-8")
    innhold = re.sub(r'(?m)^altinn2 = "godta"', 'altinn2 = "avvis"', innhold)
    innhold = re.sub(r"(?m)^demodata = true", "demodata = false", innhold)
    (mappe / "config.toml").write_text(innhold, encoding="utf-8")
    with kjoerende(mappe / "test.db", config=mappe / "config.toml") as tjeneste:
        yield tjeneste


def test_altinn_2_can_be_refused_by_configuration(uten_altinn2: Tjeneste) -> None:
    query = MOTTAKERDOERER["nySak"][0]
    for mottaker in (TJENESTE, TJENESTE | RESSURS, RESSURS | leder() | TJENESTE):
        assert brudd(uten_altinn2, query, _sak(mottakere=[mottaker])) == "MottakerInput: altinn er ikke lenger støttet."
    for query, navn in MOTTAKERDOERER.values():
        if navn and "nySak" not in query:
            verdi = inndata(**{navn: TJENESTE if navn == "mottaker" else [RESSURS, TJENESTE]})
            regel = brudd(uten_altinn2, query, {"v": verdi})
            assert regel == "MottakerInput: altinn er ikke lenger støttet."
    regel = brudd(uten_altinn2, MOTTAKERDOERER["nyKalenderavtale"][0], {"v": [TJENESTE]})
    assert regel == "MottakerInput: altinn er ikke lenger støttet."


@for_hver_varseldoer
def test_altinn_2_varsler_can_be_refused_by_configuration(uten_altinn2: Tjeneste, query: str, lag: Any) -> None:
    for varsel in ({"altinntjeneste": TJENESTEVARSEL}, {"altinntjeneste": TJENESTEVARSEL, "sms": SMS}):
        regel = brudd(uten_altinn2, query, {"v": lag(varsel)})
        assert regel == "EksterntVarselInput: altinntjeneste er ikke lenger støttet."
    slipper_gjennom(uten_altinn2, query, {"v": lag({"altinntjeneste": None, "sms": SMS})})


@for_hver_paaminnelsesdoer
def test_altinn_2_in_a_paaminnelse_can_be_refused_by_configuration(
    uten_altinn2: Tjeneste, query: str, lag: Any
) -> None:
    ny_oppgave(uten_altinn2, ekstern_id="e")
    regel = brudd(uten_altinn2, query, {"v": lag({"altinntjeneste": i_paaminnelse(TJENESTEVARSEL)})})
    assert regel == "PaaminnelseEksterntVarselInput: altinntjeneste er ikke lenger støttet."


def test_altinn_2_is_accepted_otherwise(tjeneste: Tjeneste) -> None:
    beskjed = ny_beskjed(tjeneste, mottakere=[TJENESTE], eksterneVarsler=[{"altinntjeneste": TJENESTEVARSEL}])
    mottakere = hent(tjeneste, beskjed["id"])["notifikasjon"]["mottakere"]
    assert mottakere == [TJENESTE["altinn"] | {"__typename": "AltinnMottaker", "virksomhetsnummer": BAKERIET}]
    assert len(beskjed["eksterneVarsler"]) == 1
