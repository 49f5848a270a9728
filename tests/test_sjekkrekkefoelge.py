"""Which of several things that are wrong with a call is told: the order of the checks, operation by operation.

Each row breaks a step and as many later ones as can be broken at once; the first of them must win. Creations, queries
and oppdaterKalenderavtale ask first who is calling; all others ask first whether the thing exists.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from produsent import (
    NY_BESKJED,
    NY_KALENDERAVTALE,
    NY_OPPGAVE,
    NY_SAK,
    inndata,
    mutasjon,
    ny_beskjed,
    ny_kalenderavtale,
    ny_oppgave,
    ny_sak,
)
from tjeneste import ANNE, BAKERIET, FAGER, RESSURS, TILTAK, UKJENT, Tjeneste, leder

UKJENT_ID = "00000000-0000-4000-8000-000000000000"
FREMMED: dict[str, Any] = {"altinnRessurs": {"ressursId": "nav_fremmed"}}
TILTAKSRESSURS: dict[str, Any] = {"altinnRessurs": {"ressursId": "nav_tiltak_mentor"}}
FOR_LANG = "x" * 301


@dataclass
class Verden:
    """One of each, of the producer fager; and a sak of another producer, with the same grupperingsid."""

    tjeneste: Tjeneste
    sak: str
    beskjed: str
    oppgave: str
    avtale: str


@pytest.fixture
def verden(tjeneste: Tjeneste) -> Verden:
    sak = ny_sak(tjeneste)["id"]
    ny_sak(tjeneste, merkelapp="Tiltak", mottakere=[TILTAKSRESSURS], applikasjon=TILTAK)
    return Verden(
        tjeneste,
        sak,
        ny_beskjed(tjeneste, ekstern_id="beskjed-1")["id"],
        ny_oppgave(tjeneste, ekstern_id="oppgave-1", frist="2999-02-01")["id"],
        ny_kalenderavtale(tjeneste, startTidspunkt="2999-01-01T10:00")["id"],
    )


def utfall(tjeneste: Tjeneste, query: str, variables: dict[str, Any] | None = None, applikasjon: str = FAGER) -> str:
    """The type of the answer, or the message of its first GraphQL error."""
    svar = tjeneste.produsent_svar(query, variables, applikasjon=applikasjon).json()
    if svar.get("errors"):
        return str(svar["errors"][0]["message"])
    (verdi,) = svar["data"].values()
    return str(verdi["__typename"])


def kjoer(verden: Verden, kall: str, applikasjon: str = FAGER, *, type_: str = "mutation") -> str:
    for navn in ("sak", "beskjed", "oppgave", "avtale"):
        kall = kall.replace(f"<{navn}>", f'id: "{getattr(verden, navn)}"')
    kall = kall.replace("<ingen>", f'id: "{UKJENT_ID}"').replace("<ugyldig>", 'id: "x"')
    return utfall(verden.tjeneste, f"{type_} {{ {kall} {{ __typename }} }}", applikasjon=applikasjon)


IKKE_UUID = "unhandled exception java.lang.IllegalArgumentException: id er ikke en gyldig UUID"


# ── Queries ──


@pytest.mark.parametrize(
    ("kall", "applikasjon", "ventet"),
    [
        ("hentNotifikasjon(<ugyldig>)", UKJENT, IKKE_UUID),
        ("hentNotifikasjon(<ingen>)", UKJENT, "UkjentProdusent"),
        ("hentNotifikasjon(<oppgave>)", UKJENT, "UkjentProdusent"),
        ("hentNotifikasjon(<ingen>)", TILTAK, "NotifikasjonFinnesIkke"),
        ("hentNotifikasjon(<sak>)", TILTAK, "NotifikasjonFinnesIkke"),
        ("hentNotifikasjon(<oppgave>)", TILTAK, "UgyldigMerkelapp"),
        ("hentSak(<ugyldig>)", UKJENT, IKKE_UUID),
        ("hentSak(<ingen>)", UKJENT, "UkjentProdusent"),
        ("hentSak(<sak>)", UKJENT, "UkjentProdusent"),
        ("hentSak(<ingen>)", TILTAK, "SakFinnesIkke"),
        ("hentSak(<sak>)", TILTAK, "UgyldigMerkelapp"),
        ('hentSakMedGrupperingsid(merkelapp: "x" grupperingsid: "x")', UKJENT, "UkjentProdusent"),
        ('hentSakMedGrupperingsid(merkelapp: "fager" grupperingsid: "x")', TILTAK, "SakFinnesIkke"),
        ('hentSakMedGrupperingsid(merkelapp: "fager" grupperingsid: "sak-1")', TILTAK, "UgyldigMerkelapp"),
    ],
)
def test_queries_for_one_thing(verden: Verden, kall: str, applikasjon: str, ventet: str) -> None:
    assert kjoer(verden, kall, applikasjon, type_="query") == ventet


@pytest.mark.parametrize(
    ("argumenter", "applikasjon", "ventet"),
    [
        ('first: 10001 merkelapp: "x" merkelapper: ["x"] after: "x"', UKJENT, "Exception while fetching data"),
        ('first: 10000 merkelapp: "x" merkelapper: ["x"] after: "x"', UKJENT, "UkjentProdusent"),
        ('merkelapp: "x" merkelapper: ["x"] after: "x"', FAGER, "UgyldigMerkelapp"),
        ('merkelapper: ["fager", "x"] after: "x"', FAGER, "UgyldigMerkelapp"),
        ('merkelapper: ["fager"] after: "x"', FAGER, "unhandled exception java.lang.NumberFormatException"),
    ],
)
def test_mine_notifikasjoner(verden: Verden, argumenter: str, applikasjon: str, ventet: str) -> None:
    assert kjoer(verden, f"mineNotifikasjoner({argumenter})", applikasjon, type_="query").startswith(ventet)


# ── Creations: what is wrong is put right, one thing at a time ──


def stiger(tjeneste: Tjeneste, query: str, lag: Any, trinn: list[tuple[str, dict[str, Any]]]) -> None:
    """`trinn`: what the call gives, and then what puts that right. `applikasjon` is FAGER unless it is said."""
    felter: dict[str, Any] = {}
    for ventet, rettelse in trinn:
        felter |= rettelse
        applikasjon = felter.get("applikasjon", FAGER)
        variables = lag({k: v for k, v in felter.items() if k != "applikasjon"})
        assert utfall(tjeneste, query, variables, applikasjon).startswith(ventet), (ventet, felter)


def test_ny_sak(verden: Verden) -> None:
    stiger(
        verden.tjeneste,
        NY_SAK,
        lambda felter: {"virksomhetsnummer": BAKERIET, "initiellStatus": "MOTTATT"} | felter,
        [
            (
                "Exception while fetching data (/nySak) : MottakerInput",
                {
                    "applikasjon": UKJENT,
                    "mottakere": [{}],
                    "hardDelete": {},
                    "tittel": FOR_LANG,
                    "tilleggsinformasjon": FOR_LANG,
                    "merkelapp": "Tiltak",
                    "grupperingsid": "sak-1",
                },
            ),
            ("Exception while fetching data (/nySak) : FutureTemporalInput", {"mottakere": []}),
            ("Exception while fetching data (/nySak) : sak.tittel", {"hardDelete": None}),
            ("Exception while fetching data (/nySak) : sak.tilleggsinformasjon", {"tittel": "En annen"}),
            ("UkjentProdusent", {"tilleggsinformasjon": None}),
            ("sak.mottakere: en sak skal ha minst 1 mottaker", {"applikasjon": FAGER}),
            ("UgyldigMottaker", {"mottakere": [RESSURS, FREMMED]}),
            ("UgyldigMerkelapp", {"mottakere": [RESSURS]}),
            ("DuplikatGrupperingsid", {"merkelapp": "fager"}),
            ("NySakVellykket", {"tittel": "Søknad om fritak"}),
        ],
    )


def test_a_live_sak_is_compared_before_a_deleted_one_is_remembered(verden: Verden) -> None:
    mutasjon(verden.tjeneste, "hardDeleteSak", f'id: "{verden.sak}"')
    lag = {"virksomhetsnummer": BAKERIET, "initiellStatus": "MOTTATT", "tittel": "", "grupperingsid": "sak-1"}
    for felter, ventet in (
        ({"merkelapp": "fager", "mottakere": []}, "sak.mottakere"),
        ({"merkelapp": "fager", "mottakere": [FREMMED]}, "UgyldigMottaker"),
        ({"merkelapp": "fager", "mottakere": [RESSURS]}, "DuplikatGrupperingsidEtterDelete"),
    ):
        assert utfall(verden.tjeneste, NY_SAK, lag | felter).startswith(ventet)


@pytest.mark.parametrize(("slag", "query"), [("Beskjed", NY_BESKJED), ("Oppgave", NY_OPPGAVE)])
def test_ny_beskjed_and_ny_oppgave(verden: Verden, slag: str, query: str) -> None:
    paaminnelse: list[tuple[str, dict[str, Any]]] = []
    brutt: dict[str, Any] = {
        "applikasjon": UKJENT,
        "mottaker": {},
        "mottakere": [],
        "tekst": FOR_LANG,
        "hard_delete": {},
        "eksterneVarsler": [{}],
        "merkelapp": "Tiltak",
        "grupperingsid": "sak-1",
        "ekstern_id": "avtale-1",
    }
    conv = f"Exception while fetching data (/ny{slag}) : "
    if slag == "Oppgave":
        brutt["paaminnelse"] = {"tidspunkt": {"foerStartTidspunkt": "P1D"}}
        paaminnelse = [("UgyldigPaaminnelseTidspunkt", {"applikasjon": FAGER})]
    stiger(
        verden.tjeneste,
        query,
        lambda felter: {f"ny{slag}": inndata(**felter)},
        [
            (f"{conv}MottakerInput", brutt),
            (f"{conv}notifikasjon.tekst", {"mottaker": None}),
            (f"{conv}FutureTemporalInput", {"tekst": "En annen"}),
            (f"{conv}EksterntVarselInput", {"hard_delete": None}),
            ("UkjentProdusent", {"eksterneVarsler": []}),
            *paaminnelse,
            (
                f"{slag.lower()}.mottakere: en {slag.lower()} skal ha minst 1 mottaker",
                {"paaminnelse": None} if slag == "Oppgave" else {"applikasjon": FAGER},
            ),
            ("UgyldigMottaker", {"mottakere": [leder(), FREMMED]}),
            ("UgyldigMerkelapp", {"mottakere": [leder()]}),
            ("UgyldigMottaker", {"merkelapp": "fager"}),  # not on the sak
            ("DuplikatEksternIdOgMerkelapp", {"mottakere": [RESSURS]}),
            (f"Ny{slag}Vellykket", {"ekstern_id": "ny"}),
        ],
    )


def test_ny_kalenderavtale(verden: Verden) -> None:
    conv = "Exception while fetching data (/nyKalenderavtale) : "
    stiger(
        verden.tjeneste,
        NY_KALENDERAVTALE,
        lambda felter: {"virksomhetsnummer": BAKERIET, "lenke": "", "startTidspunkt": "2999-01-01T10:00"} | felter,
        [
            (
                f"{conv}MottakerInput",
                {
                    "applikasjon": UKJENT,
                    "mottakere": [{}],
                    "tekst": FOR_LANG,
                    "hardDelete": {},
                    "merkelapp": "Tiltak",
                    "grupperingsid": "ingen",
                    "eksternId": "oppgave-1",
                    "sluttTidspunkt": "2998-01-01T10:00",
                    "paaminnelse": {"tidspunkt": {"foerFrist": "P1D"}},
                },
            ),
            (f"{conv}FutureTemporalInput", {"mottakere": []}),
            (f"{conv}kalenderavtale.tekst", {"hardDelete": None}),
            ("UkjentProdusent", {"tekst": ""}),
            ("SakFinnesIkke", {"applikasjon": FAGER}),
            ("UgyldigKalenderavtale", {"grupperingsid": "sak-1"}),  # its end
            ("UgyldigKalenderavtale", {"sluttTidspunkt": None}),  # its påminnelse
            ("kalenderavtale.mottakere: en kalenderavtale skal ha minst 1 mottaker", {"paaminnelse": None}),
            ("UgyldigMottaker", {"mottakere": [FREMMED]}),
            ("UgyldigMerkelapp", {"mottakere": [leder()]}),
            ("UgyldigMottaker", {"merkelapp": "fager"}),  # not on the sak
            ("DuplikatEksternIdOgMerkelapp", {"mottakere": [RESSURS]}),
            ("NyKalenderavtaleVellykket", {"eksternId": "ny"}),
        ],
    )


def test_a_retry_is_held_against_the_sak_again(verden: Verden) -> None:
    """What was made before the sak may not be acceptable after it, although it is the same call."""
    felter: dict[str, Any] = {"ekstern_id": "ny", "grupperingsid": "sak-2", "mottakere": [leder()]}
    ny_beskjed(verden.tjeneste, **felter)
    ny_sak(verden.tjeneste, grupperingsid="sak-2")
    assert ny_beskjed(verden.tjeneste, **felter)["__typename"] == "UgyldigMottaker"


# ── Changes of a sak ──

LANGT = "x" * 141
STRENGT = "hardDelete: { nyTid: {} strategi: FORLENG }"
SAK_1 = 'merkelapp: "fager" grupperingsid: "sak-1"'
SAK_0 = 'merkelapp: "ikke-min" grupperingsid: "sak-0"'


@pytest.mark.parametrize(
    ("kall", "applikasjon", "ventet"),
    [
        ("nyStatusSak(<ugyldig> nyStatus: FERDIG)", UKJENT, IKKE_UUID),
        (f"nyStatusSak(<ingen> nyStatus: FERDIG {STRENGT})", UKJENT, "Exception while fetching data"),
        (f"nyStatusSakByGrupperingsid({SAK_0} nyStatus: FERDIG {STRENGT})", UKJENT, "Exception while fetching data"),
        ("nesteStegSak(<ugyldig>)", UKJENT, IKKE_UUID),
        (f'tilleggsinformasjonSak(<ingen> tilleggsinformasjon: "{LANGT}")', UKJENT, "Exception while fetching data"),
        (
            f'tilleggsinformasjonSakByGrupperingsid({SAK_0} tilleggsinformasjon: "{LANGT}")',
            UKJENT,
            "Exception while fetching data",
        ),
        *[
            (kall.replace("<>", hvilken), applikasjon, ventet)
            for kall in ("nyStatusSak(<> nyStatus: FERDIG)", "nesteStegSak(<>)", "tilleggsinformasjonSak(<>)")
            for hvilken, applikasjon, ventet in (
                ("<ingen>", UKJENT, "SakFinnesIkke"),
                ("<oppgave>", UKJENT, "SakFinnesIkke"),
                ("<sak>", UKJENT, "UkjentProdusent"),
                ("<sak>", TILTAK, "UgyldigMerkelapp"),
            )
        ],
        *[
            (kall.replace("<>", hvilken), applikasjon, ventet)
            for kall in (
                "nyStatusSakByGrupperingsid(<> nyStatus: FERDIG)",
                "nesteStegSakByGrupperingsid(<>)",
                "tilleggsinformasjonSakByGrupperingsid(<>)",
            )
            for hvilken, applikasjon, ventet in (
                (SAK_0, UKJENT, "SakFinnesIkke"),
                (SAK_0, FAGER, "SakFinnesIkke"),
                (SAK_1, UKJENT, "UkjentProdusent"),
                (SAK_1, TILTAK, "UgyldigMerkelapp"),
            )
        ],
    ],
)
def test_changes_of_a_sak(verden: Verden, kall: str, applikasjon: str, ventet: str) -> None:
    assert kjoer(verden, kall, applikasjon).startswith(ventet)


def test_a_key_is_looked_at_last(verden: Verden) -> None:
    assert kjoer(verden, 'nyStatusSak(<sak> idempotencyKey: "n" nyStatus: FERDIG)') == "NyStatusSakVellykket"
    annet = 'nyStatusSak(<sak> idempotencyKey: "n" nyStatus: MOTTATT)'
    assert kjoer(verden, annet, UKJENT) == "UkjentProdusent"
    assert kjoer(verden, annet, TILTAK) == "UgyldigMerkelapp"
    assert kjoer(verden, annet) == "Konflikt"
    # A used key does not save an input that breaks a rule.
    assert kjoer(verden, 'tilleggsinformasjonSak(<sak> idempotencyKey: "n")') == "TilleggsinformasjonSakVellykket"
    langt = f'tilleggsinformasjonSak(<sak> idempotencyKey: "n" tilleggsinformasjon: "{ANNE}")'
    assert kjoer(verden, langt).startswith("Exception while fetching data")


# ── Changes of an oppgave ──

OPPGAVE_1 = 'merkelapp: "fager" eksternId: "oppgave-1"'
BESKJED_1 = 'merkelapp: "fager" eksternId: "beskjed-1"'
INGEN_1 = 'merkelapp: "ikke-min" eksternId: "ingen"'
UMULIG = 'paaminnelse: { tidspunkt: { foerStartTidspunkt: "P1D" } }'
BRUTT = "paaminnelse: { tidspunkt: {} }"
UTFOERT = [
    *("oppgaveUtfoert", "oppgaveUtfoertByEksternId", "oppgaveUtfoertByEksternId_V2"),
    *("oppgaveUtgaatt", "oppgaveUtgaattByEksternId"),
]


def hvilke(felt: str) -> dict[str, str]:
    if "ByEksternId" in felt:
        return {"ingen": INGEN_1, "beskjed": BESKJED_1, "oppgave": OPPGAVE_1}
    return {"ingen": "<ingen>", "beskjed": "<beskjed>", "oppgave": "<oppgave>"}


@pytest.mark.parametrize("felt", UTFOERT)
def test_utfoert_and_utgaatt(verden: Verden, felt: str) -> None:
    h = hvilke(felt)
    for argumenter, applikasjon, ventet in (
        (f"{h['ingen']} {STRENGT}", UKJENT, "Exception while fetching data"),
        (h["ingen"], UKJENT, "NotifikasjonFinnesIkke"),
        (h["beskjed"], UKJENT, "NotifikasjonFinnesIkke"),
        (h["oppgave"], UKJENT, "UkjentProdusent"),
        (h["oppgave"], TILTAK, "UgyldigMerkelapp"),
    ):
        assert kjoer(verden, f"{felt}({argumenter})", applikasjon).startswith(ventet)
    kjoer(verden, "oppgaveUtfoert(<oppgave>)")
    assert kjoer(verden, f"{felt}({h['oppgave']})", TILTAK) == "UgyldigMerkelapp"
    ventet = "OppgavenErAlleredeUtfoert" if "Utgaatt" in felt else "OppgaveUtfoertVellykket"
    assert kjoer(verden, f"{felt}({h['oppgave']})") == ventet


@pytest.mark.parametrize("felt", ["oppgaveUtsettFrist", "oppgaveUtsettFristByEksternId"])
def test_utsett_frist(verden: Verden, felt: str) -> None:
    h = hvilke(felt)
    tidligere, senere = 'nyFrist: "2999-01-01"', 'nyFrist: "2999-03-01"'
    rader = [
        # The påminnelse is read after the notifikasjon is found, and before it is seen to be no oppgave.
        (f"{h['ingen']} {tidligere} {BRUTT}", UKJENT, "NotifikasjonFinnesIkke"),
        (f"{h['beskjed']} {tidligere} {BRUTT}", UKJENT, "Exception while fetching data"),
        (f"{h['beskjed']} {tidligere} {UMULIG}", UKJENT, "NotifikasjonFinnesIkke"),
        (f"{h['oppgave']} {tidligere} {UMULIG}", UKJENT, "UkjentProdusent"),
        (f"{h['oppgave']} {tidligere} {UMULIG}", TILTAK, "UgyldigMerkelapp"),
        (f"{h['oppgave']} {tidligere} {UMULIG}", FAGER, "Konflikt"),
        (f"{h['oppgave']} {senere} {UMULIG}", FAGER, "UgyldigPaaminnelseTidspunkt"),
        (f"{h['oppgave']} {senere}", FAGER, "OppgaveUtsettFristVellykket"),
    ]
    if "ByEksternId" not in felt:
        rader.append((f"<ugyldig> {tidligere} {BRUTT}", UKJENT, IKKE_UUID))
    for argumenter, applikasjon, ventet in rader:
        assert kjoer(verden, f"{felt}({argumenter})", applikasjon).startswith(ventet), argumenter


@pytest.mark.parametrize("felt", ["oppgaveEndrePaaminnelse", "oppgaveEndrePaaminnelseByEksternId"])
def test_endre_paaminnelse(verden: Verden, felt: str) -> None:
    h = hvilke(felt)
    rader = [
        (f"{h['ingen']} {BRUTT}", UKJENT, "NotifikasjonFinnesIkke"),
        (f"{h['beskjed']} {BRUTT}", UKJENT, "Exception while fetching data"),
        (f"{h['beskjed']} {UMULIG}", UKJENT, "NotifikasjonFinnesIkke"),
        (f"{h['oppgave']} {UMULIG}", UKJENT, "UkjentProdusent"),
        (f"{h['oppgave']} {UMULIG}", TILTAK, "UgyldigMerkelapp"),
        (f"{h['oppgave']} {UMULIG}", FAGER, "UgyldigPaaminnelseTidspunkt"),
        (f'{h["oppgave"]} idempotencyKey: "n"', FAGER, "OppgaveEndrePaaminnelseVellykket"),
        (f'{h["oppgave"]} idempotencyKey: "n" {UMULIG}', TILTAK, "UgyldigMerkelapp"),
        (f'{h["oppgave"]} idempotencyKey: "n" {UMULIG}', FAGER, "OppgaveEndrePaaminnelseVellykket"),
        (f'{h["oppgave"]} idempotencyKey: "n" {BRUTT}', FAGER, "Exception while fetching data"),
    ]
    if "ByEksternId" not in felt:
        rader.append((f"<ugyldig> {BRUTT}", UKJENT, IKKE_UUID))
    for argumenter, applikasjon, ventet in rader:
        assert kjoer(verden, f"{felt}({argumenter})", applikasjon).startswith(ventet), argumenter


# ── Changes of a kalenderavtale ──


@pytest.mark.parametrize("felt", ["oppdaterKalenderavtale", "oppdaterKalenderavtaleByEksternId"])
def test_oppdater_kalenderavtale(verden: Verden, felt: str) -> None:
    h = hvilke(felt)
    avtale = 'merkelapp: "fager" eksternId: "avtale-1"' if "ByEksternId" in felt else "<avtale>"
    umulig = 'paaminnelse: { tidspunkt: { foerFrist: "P1D" } }'
    rader = [
        (
            f'{h["ingen"]} nyTekst: "{FOR_LANG}" {BRUTT}',
            UKJENT,
            f"Exception while fetching data (/{felt}) : Paaminnelse",
        ),
        (f'{h["ingen"]} nyTekst: "{FOR_LANG}"', UKJENT, f"Exception while fetching data (/{felt}) : kalenderavtale"),
        (f"{h['ingen']} {umulig}", UKJENT, "UkjentProdusent"),
        (f"{h['oppgave']} {umulig}", UKJENT, "UkjentProdusent"),
        (f"{h['ingen']} {umulig}", TILTAK, "NotifikasjonFinnesIkke"),
        (f"{h['oppgave']} {umulig}", TILTAK, "NotifikasjonFinnesIkke"),
        (f"{avtale} {umulig}", TILTAK, "UgyldigMerkelapp"),
        (f"{avtale} {umulig}", FAGER, "UgyldigKalenderavtale"),
        (f'{avtale} idempotencyKey: "n" {umulig}', FAGER, "UgyldigKalenderavtale"),
        (f'{avtale} idempotencyKey: "n"', FAGER, "OppdaterKalenderavtaleVellykket"),
        (f'{avtale} idempotencyKey: "n" {umulig}', FAGER, "OppdaterKalenderavtaleVellykket"),
    ]
    if "ByEksternId" not in felt:
        rader.append(("<ugyldig>", UKJENT, IKKE_UUID))
    for argumenter, applikasjon, ventet in rader:
        assert kjoer(verden, f"{felt}({argumenter})", applikasjon).startswith(ventet), argumenter


# ── Deletions ──


@pytest.mark.parametrize("hard", ["hard", "soft"])
@pytest.mark.parametrize(
    ("felt", "ingen", "den"),
    [
        ("DeleteNotifikasjon", "<ingen>", "<oppgave>"),
        ("DeleteNotifikasjon", "<sak>", "<oppgave>"),
        ("DeleteNotifikasjonByEksternId", INGEN_1, OPPGAVE_1),
        ("DeleteNotifikasjonByEksternId_V2", INGEN_1, OPPGAVE_1),
        ("DeleteSak", "<ingen>", "<sak>"),
        ("DeleteSak", "<oppgave>", "<sak>"),
        ("DeleteSakByGrupperingsid", SAK_0, SAK_1),
    ],
)
def test_deletions(verden: Verden, hard: str, felt: str, ingen: str, den: str) -> None:
    felt = hard + felt
    finnes_ikke = "SakFinnesIkke" if "Sak" in felt else "NotifikasjonFinnesIkke"
    if "By" not in felt:
        assert kjoer(verden, f"{felt}(<ugyldig>)", UKJENT) == IKKE_UUID
    for argumenter, applikasjon, ventet in (
        (ingen, UKJENT, finnes_ikke),
        (ingen, TILTAK, finnes_ikke),
        (den, UKJENT, "UkjentProdusent"),
        (den, TILTAK, "UgyldigMerkelapp"),
        (den, FAGER, "Vellykket"),
        (den, UKJENT, finnes_ikke),
    ):
        assert kjoer(verden, f"{felt}({argumenter})", applikasjon).endswith(ventet)
