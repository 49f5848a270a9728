"""The user API: this file is its table of contents. What a field promises is in bruker.graphql."""

from pathlib import Path

from server import bjelle, saksoversikt
from server.graphql_api import GraphQLApi
from server.tilgang import Bruker


def whoami(bruker: Bruker) -> str:
    return bruker.fnr


API = GraphQLApi(
    Path(__file__).with_suffix(".graphql"),
    query={
        "whoami": whoami,
        "notifikasjoner": bjelle.notifikasjoner,
        "notifikasjonerSistLest": bjelle.notifikasjoner_sist_lest,
        "kommendeKalenderavtaler": bjelle.kommende_kalenderavtaler,
        "saker": saksoversikt.saker,
        "sakById": saksoversikt.sak_by_id,
        "sakByGrupperingsid": saksoversikt.sak_by_grupperingsid,
        "sakstyper": saksoversikt.sakstyper,
    },
    mutation={
        "notifikasjonKlikketPaa": bjelle.notifikasjon_klikket_paa,
        "notifikasjonerSistLest": bjelle.sett_sist_lest,
    },
    former=dict.fromkeys(("Beskjed", "Oppgave", "Kalenderavtale"), bjelle.NOTIFIKASJON),
)
