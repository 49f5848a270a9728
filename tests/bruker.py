"""A person's calls, with every field selected: a test looks at what matters to it."""

from typing import Any

from tjeneste import BAKERIET, DAGNY, Tjeneste

Svar = dict[str, Any]

_FELLES = "id merkelapp tekst lenke opprettetTidspunkt sorteringTidspunkt brukerKlikk { id klikketPaa }"
_FELLES += " virksomhet { virksomhetsnummer navn } sak { tittel tilleggsinformasjon }"
_AVTALE = "avtaletilstand startTidspunkt sluttTidspunkt lokasjon { adresse postnummer poststed } digitalt"

NOTIFIKASJONER = f"""{{
    notifikasjoner {{
        notifikasjoner {{
            __typename
            ... on Beskjed {{ {_FELLES} }}
            ... on Oppgave {{ {_FELLES} tilstand frist paaminnelseTidspunkt utgaattTidspunkt utfoertTidspunkt }}
            ... on Kalenderavtale {{ {_FELLES} {_AVTALE} paaminnelseTidspunkt }}
        }}
        feilAltinn feilDigiSyfo
    }}
}}"""

KOMMENDE = f"""query kommende($virksomhetsnumre: [String!]!) {{
    kommendeKalenderavtaler(virksomhetsnumre: $virksomhetsnumre) {{
        avtaler {{ __typename {_FELLES} {_AVTALE} paaminnelseTidspunkt }}
        feilAltinn feilDigiSyfo
    }}
}}"""

_SAK = f"""
    id virksomhet {{ virksomhetsnummer navn }} tittel lenke merkelapp sisteStatus {{ type tekst tidspunkt }} frister
    oppgaver {{ tilstand frist paaminnelseTidspunkt }} nesteSteg tilleggsinformasjon
    tidslinje {{
        __typename
        ... on OppgaveTidslinjeElement {{
            id tekst opprettetTidspunkt tilstand paaminnelseTidspunkt utgaattTidspunkt utfoertTidspunkt frist lenke
        }}
        ... on BeskjedTidslinjeElement {{ id tekst opprettetTidspunkt lenke }}
        ... on KalenderavtaleTidslinjeElement {{ id tekst {_AVTALE} lenke }}
    }}
"""

SAKER = f"""query saker(
    $virksomhetsnumre: [String!] $virksomhetsnummer: String $offset: Int $limit: Int $tekstsoek: String
    $sakstyper: [String!] $oppgaveTilstand: [OppgaveTilstand!] $oppgaveFilter: [OppgaveFilterType!]
    $sortering: SakSortering! = NYESTE
) {{
    saker(
        virksomhetsnumre: $virksomhetsnumre virksomhetsnummer: $virksomhetsnummer offset: $offset limit: $limit
        tekstsoek: $tekstsoek sakstyper: $sakstyper oppgaveTilstand: $oppgaveTilstand oppgaveFilter: $oppgaveFilter
        sortering: $sortering
    ) {{
        saker {{ {_SAK} }}
        totaltAntallSaker sakstyper {{ navn antall }} oppgaveTilstandInfo {{ tilstand antall }}
        oppgaveFilterInfo {{ filterType antall }} feilAltinn
    }}
}}"""

SAK_BY_ID = f"query sak($id: ID!) {{ sakById(id: $id) {{ sak {{ {_SAK} }} feilAltinn }} }}"

SAK_BY_GRUPPERINGSID = f"""query sak($merkelapp: String! $grupperingsid: String!) {{
    sakByGrupperingsid(merkelapp: $merkelapp grupperingsid: $grupperingsid) {{ sak {{ {_SAK} }} feilAltinn }}
}}"""

KLIKK = """mutation klikk($id: ID!) {
    notifikasjonKlikketPaa(id: $id) {
        __typename ... on BrukerKlikk { id klikketPaa } ... on UgyldigId { feilmelding }
    }
}"""


def bjella(tjeneste: Tjeneste, fnr: str = DAGNY) -> list[Svar]:
    """What the bell shows, from the top."""
    liste: list[Svar] = bjella_svar(tjeneste, fnr)["notifikasjoner"]
    return liste


def bjella_svar(tjeneste: Tjeneste, fnr: str = DAGNY) -> Svar:
    svar: Svar = tjeneste.bruker(fnr, NOTIFIKASJONER)["notifikasjoner"]
    return svar


def kommende(tjeneste: Tjeneste, *virksomhetsnumre: str, fnr: str = DAGNY) -> list[Svar]:
    liste: list[Svar] = kommende_svar(tjeneste, *virksomhetsnumre, fnr=fnr)["avtaler"]
    return liste


def kommende_svar(tjeneste: Tjeneste, *virksomhetsnumre: str, fnr: str = DAGNY) -> Svar:
    svar: Svar = tjeneste.bruker(fnr, KOMMENDE, {"virksomhetsnumre": list(virksomhetsnumre)})["kommendeKalenderavtaler"]
    return svar


def saker(tjeneste: Tjeneste, fnr: str = DAGNY, **argumenter: Any) -> Svar:
    """A page of saksoversikten: BAKERIET's, and all on one page, unless the arguments say otherwise."""
    if not {"virksomhetsnumre", "virksomhetsnummer"} & argumenter.keys():
        argumenter["virksomhetsnumre"] = [BAKERIET]
    svar: Svar = tjeneste.bruker(fnr, SAKER, {"limit": 1000} | argumenter)["saker"]
    return svar


def titler(svar: Svar) -> list[str]:
    return [sak["tittel"] for sak in svar["saker"]]


def sak_by_id(tjeneste: Tjeneste, sak_id: str, fnr: str = DAGNY) -> Svar:
    """{"sak", "feilAltinn"}"""
    svar: Svar = tjeneste.bruker(fnr, SAK_BY_ID, {"id": sak_id})["sakById"]
    return svar


def sak_by_grupperingsid(
    tjeneste: Tjeneste, grupperingsid: str = "sak-1", merkelapp: str = "fager", fnr: str = DAGNY
) -> Svar:
    """{"sak", "feilAltinn"}"""
    variables = {"merkelapp": merkelapp, "grupperingsid": grupperingsid}
    svar: Svar = tjeneste.bruker(fnr, SAK_BY_GRUPPERINGSID, variables)["sakByGrupperingsid"]
    return svar


def sakstyper(tjeneste: Tjeneste, fnr: str = DAGNY) -> list[str]:
    return [sakstype["navn"] for sakstype in tjeneste.bruker(fnr, "{ sakstyper { navn } }")["sakstyper"]]


def klikk(tjeneste: Tjeneste, notifikasjon_id: str, fnr: str = DAGNY) -> Svar:
    svar: Svar = tjeneste.bruker(fnr, KLIKK, {"id": notifikasjon_id})["notifikasjonKlikketPaa"]
    return svar


def paaminnelse(konkret: str) -> Svar:
    """PaaminnelseInput at this time on Oslo's clock."""
    return {"tidspunkt": {"konkret": konkret}, "eksterneVarsler": []}
