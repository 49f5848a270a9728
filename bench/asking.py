"""What is asked, as clients ask it: the bell's own query as Apollo sends it, saksoversikten, a producer's beskjed."""

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from bench import fill
from bench.load import Foresporsler

_FELLES = """
    brukerKlikk { id klikketPaa __typename } virksomhet { navn virksomhetsnummer __typename } lenke tekst merkelapp
    opprettetTidspunkt sorteringTidspunkt id sak { tittel tilleggsinformasjon __typename } __typename
"""
_AVTALE = """
    avtaletilstand startTidspunkt sluttTidspunkt lokasjon { adresse postnummer poststed __typename } digitalt
"""
_OPPGAVE = "tilstand frist paaminnelseTidspunkt utgaattTidspunkt utfoertTidspunkt"

BRUKER, PRODUSENT = "/bruker/api/graphql", "/produsent/api/graphql"
_SERIE, _serier = 10_000_000, itertools.count()  # eksternIds: no two of those who ask use the same

WHOAMI = "{ whoami }"

BJELLA = f"""query hentNotifikasjoner {{
    notifikasjoner {{
        feilAltinn feilDigiSyfo
        notifikasjoner {{
            ... on Beskjed {{ {_FELLES} }}
            ... on Oppgave {{ {_FELLES} {_OPPGAVE} }}
            ... on Kalenderavtale {{ {_FELLES} {_AVTALE} }}
            __typename
        }}
        __typename
    }}
}}"""

SAKER = f"""query saker(
    $virksomhetsnumre: [String!]! $offset: Int $limit: Int $tekstsoek: String $sakstyper: [String!]
    $oppgaveFilter: [OppgaveFilterType!] $sortering: SakSortering!
) {{
    saker(
        virksomhetsnumre: $virksomhetsnumre offset: $offset limit: $limit tekstsoek: $tekstsoek sakstyper: $sakstyper
        oppgaveFilter: $oppgaveFilter sortering: $sortering
    ) {{
        saker {{
            id tittel lenke merkelapp nesteSteg tilleggsinformasjon frister virksomhet {{ navn virksomhetsnummer }}
            sisteStatus {{ type tekst tidspunkt }} oppgaver {{ tilstand frist paaminnelseTidspunkt }}
            tidslinje {{
                __typename
                ... on BeskjedTidslinjeElement {{ id tekst lenke opprettetTidspunkt }}
                ... on OppgaveTidslinjeElement {{ id tekst lenke opprettetTidspunkt {_OPPGAVE} }}
                ... on KalenderavtaleTidslinjeElement {{ id tekst lenke {_AVTALE} }}
            }}
        }}
        totaltAntallSaker sakstyper {{ navn antall }} oppgaveTilstandInfo {{ tilstand antall }}
        oppgaveFilterInfo {{ filterType antall }} feilAltinn
    }}
}}"""
SAKER_PER_SIDE = 30

NY_BESKJED = """mutation nyBeskjed($nyBeskjed: NyBeskjedInput!) {
    nyBeskjed(nyBeskjed: $nyBeskjed) {
        __typename
        ... on NyBeskjedVellykket { id eksterneVarsler { id } }
        ... on DuplikatEksternIdOgMerkelapp { feilmelding idTilEksisterende }
        ... on Error { feilmelding }
    }
}"""


def saker(person: fill.Person, **filtre: Any) -> dict[str, Any]:
    numre = [fill.VIRKSOMHETER[nr] for nr in person.virksomheter]
    variables = {"virksomhetsnumre": numre, "limit": SAKER_PER_SIDE, "sortering": "NYESTE", **filtre}
    return {"operationName": "saker", "variables": variables, "query": SAKER}


def bjella() -> dict[str, Any]:
    return {"operationName": "hentNotifikasjoner", "variables": {}, "query": BJELLA}


def den_samme(sti: str, innhold: Any, token: str = "") -> Foresporsler:
    foresporsel = _http(sti, json.dumps(innhold).encode(), token)
    return lambda: itertools.repeat(foresporsel)


def nye_beskjeder(
    token: str, til: Sequence[str] = fill.ANDRES, ressurser: Sequence[str] = fill.RESSURSER, sti: str = PRODUSENT
) -> Foresporsler:
    """Each with an eksternId that has not been used; unless told otherwise, to what no measured person sees."""
    nyeste = itertools.count(_SERIE * next(_serier))
    rng = random.Random(1)
    # Of the same length all, so that only these three places differ from one request to the next.
    virksomheter, ressurs_bytes = [v.encode() for v in til], [r.encode() for r in ressurser]
    merker = ("ekstern-000000000", fill.VIRKSOMHETER[0], fill.RESSURSER[0])
    beskjed = {
        "mottakere": [{"altinnRessurs": {"ressursId": merker[2]}}],
        "notifikasjon": {
            "merkelapp": fill.MERKELAPPER[0],
            "tekst": "Inntektsmeldingen er mottatt, og behandles så snart den ansatte har søkt.",
            "lenke": "https://eksempel.no/saker/1001",
        },
        "metadata": {"virksomhetsnummer": merker[1], "eksternId": merker[0]},
    }
    innhold = {"query": NY_BESKJED, "variables": {"nyBeskjed": beskjed}, "operationName": "nyBeskjed"}
    hel = _http(sti, json.dumps(innhold).encode(), token)
    foer_ressurs, _, rest = hel.partition(merker[2].encode())
    foer_virksomhet, _, rest = rest.partition(merker[1].encode())
    foer_ekstern_id, _, slutt = rest.partition(merker[0].encode())

    def lag() -> Iterator[bytes]:
        while True:
            ressurs, virksomhet = rng.choice(ressurs_bytes), rng.choice(virksomheter)
            ekstern_id = b"ekstern-%09d" % next(nyeste)
            yield b"".join((foer_ressurs, ressurs, foer_virksomhet, virksomhet, foer_ekstern_id, ekstern_id, slutt))

    return lag


def _http(sti: str, body: bytes, token: str) -> bytes:
    hode = f"POST {sti} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: */*\r\n"
    hode += f"Authorization: Bearer {token}\r\n" if token else ""
    return f"{hode}Content-Length: {len(body)}\r\n\r\n".encode() + body
