"""A producer's calls with defaults: a test gives only what matters to it."""

from typing import Any

from tjeneste import BAKERIET, FAGER, RESSURS, Tjeneste

from server import tid

FEIL = "... on Error { feilmelding }"

Svar = dict[str, Any]


def ny_sak(tjeneste: Tjeneste, *, applikasjon: str = FAGER, **felter: Any) -> Svar:
    variables = {
        "grupperingsid": "sak-1",
        "merkelapp": "fager",
        "virksomhetsnummer": BAKERIET,
        "mottakere": [RESSURS],
        "tittel": "Søknad om fritak",
        "initiellStatus": "MOTTATT",
    } | felter
    svar: Svar = tjeneste.produsent(NY_SAK, variables, applikasjon=applikasjon)["nySak"]
    return svar


def ny_beskjed(tjeneste: Tjeneste, *, applikasjon: str = FAGER, **felter: Any) -> Svar:
    svar: Svar = tjeneste.produsent(NY_BESKJED, {"nyBeskjed": _notifikasjon(**felter)}, applikasjon=applikasjon)[
        "nyBeskjed"
    ]
    return svar


def ny_oppgave(tjeneste: Tjeneste, *, applikasjon: str = FAGER, **felter: Any) -> Svar:
    svar: Svar = tjeneste.produsent(NY_OPPGAVE, {"nyOppgave": _notifikasjon(**felter)}, applikasjon=applikasjon)[
        "nyOppgave"
    ]
    return svar


def ny_kalenderavtale(tjeneste: Tjeneste, *, applikasjon: str = FAGER, **felter: Any) -> Svar:
    variables = {
        "virksomhetsnummer": BAKERIET,
        "grupperingsid": "sak-1",
        "merkelapp": "fager",
        "eksternId": "avtale-1",
        "tekst": "Dialogmøte",
        "lenke": "https://eksempel.no/avtale",
        "mottakere": [RESSURS],
        "startTidspunkt": "2030-06-03T10:00",
    } | felter
    svar: Svar = tjeneste.produsent(NY_KALENDERAVTALE, variables, applikasjon=applikasjon)["nyKalenderavtale"]
    return svar


def mutasjon(tjeneste: Tjeneste, felt: str, argumenter: str, *, applikasjon: str = FAGER, valg: str = "id") -> Svar:
    """A mutation whose success has `valg`: mutasjon(t, "oppgaveUtfoert", 'id: "…"')."""
    navn = _vellykket(felt)
    query = f"mutation {{ {felt}({argumenter}) {{ __typename ... on {navn} {{ {valg} }} {FEIL} }} }}"
    svar: Svar = tjeneste.produsent(query, applikasjon=applikasjon)[felt]
    return svar


def inndata(**felter: Any) -> Svar:
    """NyBeskjedInput or NyOppgaveInput with the defaults of `ny_beskjed`, for a test that writes its own document."""
    return _notifikasjon(**felter)


def graphql_feil(
    tjeneste: Tjeneste, query: str, variables: dict[str, Any] | None = None, *, applikasjon: str = FAGER
) -> list[Svar]:
    """The GraphQL errors of a call that must have them, and therefore no data."""
    svar = tjeneste.produsent_svar(query, variables, applikasjon=applikasjon)
    assert svar.status_code == 200, (svar.status_code, svar.text)
    innhold: Svar = svar.json()
    assert innhold.get("errors") and innhold.get("data") is None, innhold
    feil: list[Svar] = innhold["errors"]
    return feil


def hent(tjeneste: Tjeneste, notifikasjon_id: str, *, applikasjon: str = FAGER) -> Svar:
    """hentNotifikasjon with everything there is."""
    svar: Svar = tjeneste.produsent(HENT_NOTIFIKASJON, {"id": notifikasjon_id}, applikasjon=applikasjon)[
        "hentNotifikasjon"
    ]
    return svar


def hent_sak(tjeneste: Tjeneste, sak_id: str, *, applikasjon: str = FAGER) -> Svar:
    svar: Svar = tjeneste.produsent(HENT_SAK, {"id": sak_id}, applikasjon=applikasjon)["hentSak"]
    return svar


def slettetider(tjeneste: Tjeneste) -> list[str]:
    """When things have been deleted, in order."""
    rader = tjeneste.rader("SELECT tidspunkt FROM hendelse WHERE type = 'HardDelete' ORDER BY nr")
    return [tid.format_utc(tidspunkt) for (tidspunkt,) in rader]


def av_seg_selv(tjeneste: Tjeneste) -> list[tuple[str, str | None, str]]:
    """What time has done, in order, less the varsler: (type, eksternId if it is still there, when)."""
    rader = tjeneste.rader(
        """
        SELECT h.type, n.ekstern_id, h.tidspunkt FROM hendelse h LEFT JOIN notifikasjon n ON n.id = h.aggregat_id
         WHERE h.hvem = 'system' AND h.type NOT LIKE 'EksterntVarsel%' ORDER BY h.nr
        """
    )
    return [(type_, ekstern_id, tid.format_utc(tidspunkt)) for type_, ekstern_id, tidspunkt in rader]


def utboks(tjeneste: Tjeneste) -> list[tuple[str, str]]:
    """(text, when) of what has been sent, in order."""
    return [(melding["tekst"], melding["tidspunkt"]) for melding in tjeneste.utvikling("GET", "/dev/utboks")]


def sms(tlf: str = "40000000", tekst: str = "Du har fått en oppgave.", **sendetidspunkt: Any) -> Svar:
    return {
        "sms": {
            "mottaker": {"kontaktinfo": {"tlf": tlf}},
            "smsTekst": tekst,
            "sendetidspunkt": sendetidspunkt or {"sendevindu": "LOEPENDE"},
        }
    }


def epost(
    adresse: str = "ola@eksempel.no",
    tittel: str = "En oppgave",
    html: str = "<p>Du har fått en oppgave.</p>",
    **naar: Any,
) -> Svar:
    return {
        "epost": {
            "mottaker": {"kontaktinfo": {"epostadresse": adresse}},
            "epostTittel": tittel,
            "epostHtmlBody": html,
            "sendetidspunkt": naar or {"sendevindu": "LOEPENDE"},
        }
    }


def altinnressurs(ressurs: str = "test-fager", tittel: str = "En oppgave", **naar: Any) -> Svar:
    return {
        "altinnressurs": {
            "mottaker": {"ressursId": ressurs},
            "epostTittel": tittel,
            "epostHtmlBody": "<p>Til alle med tilgang.</p>",
            "smsTekst": "Til alle med tilgang, som SMS.",
            "sendetidspunkt": naar or {"sendevindu": "LOEPENDE"},
        }
    }


def altinntjeneste(kode: str = "4936", utgave: str = "1", **naar: Any) -> Svar:
    return {
        "altinntjeneste": {
            "mottaker": {"serviceCode": kode, "serviceEdition": utgave},
            "tittel": "Tittelen er også SMS-en",
            "innhold": "<p>Til alle med tjenesten.</p>",
            "sendetidspunkt": naar or {"sendevindu": "LOEPENDE"},
        }
    }


def varselstatuser(tjeneste: Tjeneste, notifikasjon_id: str) -> list[str]:
    """What the producer sees of the varsler of a notifikasjon, in order."""
    varsler = hent(tjeneste, notifikasjon_id)["notifikasjon"]["eksterneVarsler"]
    return [varsel["status"] for varsel in varsler]


def paaminnelse_sms(tlf: str = "40000000", tekst: str = "Husk oppgaven.", sendevindu: str = "LOEPENDE") -> Svar:
    return {"sms": {"mottaker": {"kontaktinfo": {"tlf": tlf}}, "smsTekst": tekst, "sendevindu": sendevindu}}


def _notifikasjon(
    *,
    merkelapp: str = "fager",
    tekst: str = "Gå og gjør det",
    lenke: str = "https://eksempel.no/oppgave",
    virksomhetsnummer: str = BAKERIET,
    ekstern_id: str = "ekstern-1",
    grupperingsid: str | None = None,
    opprettet: str | None = None,
    hard_delete: Svar | None = None,
    mottakere: list[Svar] | None = None,
    **annet: Any,
) -> Svar:
    """NyBeskjedInput or NyOppgaveInput; `annet` is given as it is (mottaker, frist, eksterneVarsler, paaminnelse)."""
    metadata: Svar = {"virksomhetsnummer": virksomhetsnummer, "eksternId": ekstern_id}
    for navn, verdi in (
        ("grupperingsid", grupperingsid),
        ("opprettetTidspunkt", opprettet),
        ("hardDelete", hard_delete),
    ):
        if verdi is not None:
            metadata[navn] = verdi
    return {
        "mottakere": [RESSURS] if mottakere is None else mottakere,
        "notifikasjon": {"merkelapp": merkelapp, "tekst": tekst, "lenke": lenke},
        "metadata": metadata,
        **annet,
    }


def _vellykket(felt: str) -> str:
    """oppgaveUtfoertByEksternId_V2 -> OppgaveUtfoertVellykket"""
    rot = felt.removesuffix("_V2").removesuffix("ByEksternId").removesuffix("ByGrupperingsid")
    return f"{rot[0].upper()}{rot[1:]}Vellykket"


NY_SAK = f"""
mutation nySak(
    $grupperingsid: String! $merkelapp: String! $virksomhetsnummer: String! $mottakere: [MottakerInput!]!
    $tittel: String! $tilleggsinformasjon: String $lenke: String $initiellStatus: SaksStatus! $nesteSteg: String
    $tidspunkt: ISO8601DateTime $overstyrStatustekstMed: String $hardDelete: FutureTemporalInput
) {{
    nySak(
        grupperingsid: $grupperingsid merkelapp: $merkelapp virksomhetsnummer: $virksomhetsnummer mottakere: $mottakere
        tittel: $tittel tilleggsinformasjon: $tilleggsinformasjon lenke: $lenke initiellStatus: $initiellStatus
        nesteSteg: $nesteSteg tidspunkt: $tidspunkt overstyrStatustekstMed: $overstyrStatustekstMed
        hardDelete: $hardDelete
    ) {{
        __typename
        ... on NySakVellykket {{ id }}
        ... on DuplikatGrupperingsid {{ idTilEksisterende }}
        {FEIL}
    }}
}}
"""

NY_BESKJED = f"""
mutation nyBeskjed($nyBeskjed: NyBeskjedInput!) {{
    nyBeskjed(nyBeskjed: $nyBeskjed) {{
        __typename
        ... on NyBeskjedVellykket {{ id eksterneVarsler {{ id }} }}
        ... on DuplikatEksternIdOgMerkelapp {{ idTilEksisterende }}
        {FEIL}
    }}
}}
"""

NY_OPPGAVE = f"""
mutation nyOppgave($nyOppgave: NyOppgaveInput!) {{
    nyOppgave(nyOppgave: $nyOppgave) {{
        __typename
        ... on NyOppgaveVellykket {{ id eksterneVarsler {{ id }} paaminnelse {{ eksterneVarsler {{ id }} }} }}
        ... on DuplikatEksternIdOgMerkelapp {{ idTilEksisterende }}
        {FEIL}
    }}
}}
"""

NY_KALENDERAVTALE = f"""
mutation nyKalenderavtale(
    $virksomhetsnummer: String! $grupperingsid: String! $merkelapp: String! $eksternId: String! $tekst: String!
    $lenke: String! $mottakere: [MottakerInput!]! $startTidspunkt: ISO8601DateTime! $sluttTidspunkt: ISO8601DateTime
    $lokasjon: LokasjonInput $erDigitalt: Boolean $tilstand: KalenderavtaleTilstand
    $eksterneVarsler: [EksterntVarselInput!]! = [] $paaminnelse: PaaminnelseInput $hardDelete: FutureTemporalInput
) {{
    nyKalenderavtale(
        virksomhetsnummer: $virksomhetsnummer grupperingsid: $grupperingsid merkelapp: $merkelapp eksternId: $eksternId
        tekst: $tekst lenke: $lenke mottakere: $mottakere
        startTidspunkt: $startTidspunkt sluttTidspunkt: $sluttTidspunkt
        lokasjon: $lokasjon erDigitalt: $erDigitalt tilstand: $tilstand eksterneVarsler: $eksterneVarsler
        paaminnelse: $paaminnelse hardDelete: $hardDelete
    ) {{
        __typename
        ... on NyKalenderavtaleVellykket {{ id eksterneVarsler {{ id }} paaminnelse {{ eksterneVarsler {{ id }} }} }}
        ... on DuplikatEksternIdOgMerkelapp {{ idTilEksisterende }}
        {FEIL}
    }}
}}
"""

_MOTTAKER = """
    __typename
    ... on AltinnMottaker { serviceCode serviceEdition virksomhetsnummer }
    ... on NaermesteLederMottaker { naermesteLederFnr ansattFnr virksomhetsnummer }
    ... on AltinnRessursMottaker { virksomhetsnummer ressursId }
"""
_METADATA = "metadata { id eksternId grupperingsid opprettetTidspunkt } eksterneVarsler { id status }"

HENT_NOTIFIKASJON = f"""
query hentNotifikasjon($id: ID!) {{
    hentNotifikasjon(id: $id) {{
        __typename
        ... on HentetNotifikasjon {{
            notifikasjon {{
                __typename
                ... on Beskjed {{
                    mottaker {{ {_MOTTAKER} }} mottakere {{ {_MOTTAKER} }} {_METADATA}
                    beskjed {{ merkelapp tekst lenke }}
                }}
                ... on Oppgave {{
                    mottaker {{ {_MOTTAKER} }} mottakere {{ {_MOTTAKER} }} {_METADATA}
                    oppgave {{ merkelapp tekst lenke tilstand }}
                }}
                ... on Kalenderavtale {{
                    mottakere {{ {_MOTTAKER} }} {_METADATA}
                    kalenderavtale {{
                        merkelapp tekst lenke startTidspunkt sluttTidspunkt lokasjon {{ adresse postnummer poststed }}
                        digitalt tilstand
                    }}
                }}
            }}
        }}
        {FEIL}
    }}
}}
"""

HENT_SAK = f"""
query hentSak($id: ID!) {{
    hentSak(id: $id) {{
        __typename
        ... on HentetSak {{
            sak {{
                id grupperingsid virksomhetsnummer tittel lenke nesteSteg tilleggsinformasjon merkelapp sisteStatus
            }}
        }}
        {FEIL}
    }}
}}
"""
