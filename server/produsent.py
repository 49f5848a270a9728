"""The producer API: this file is its table of contents. What a field promises is in produsent.graphql."""

import binascii
import re
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

from server import beskjed, kalenderavtale, notifikasjoner, oppgave, saker, sletting
from server.feil import Innfeil, UgyldigInndata, UgyldigMerkelapp
from server.graphql_api import GraphQLApi
from server.register import Kall

STANDARD_ANTALL, MAKS_ANTALL = 1_000, 10_000  # of notifikasjoner on a page


def whoami(kall: Kall) -> str:
    return kall.applikasjon


def mine_notifikasjoner(
    kall: Kall,
    first: int | None = None,
    after: str | None = None,
    merkelapp: str | None = None,
    merkelapper: list[str] | None = None,
    grupperingsid: str | None = None,
) -> dict[str, Any]:
    antall = STANDARD_ANTALL if first is None else first
    if antall > MAKS_ANTALL:
        raise UgyldigInndata(f"first: for stor side (verdi={antall}, upToIncluding={MAKS_ANTALL}).")
    produsent = kall.produsent
    if merkelapp is not None and merkelapper is not None:
        raise UgyldigMerkelapp("Bruk enten merkelapp eller merkelapper, ikke begge.")
    lapper = [merkelapp] if merkelapp is not None else produsent.merkelapper if merkelapper is None else merkelapper
    for lapp in lapper:
        kall.krev_merkelapp(lapp)
    hopp = 0 if after is None else _les_peker(after)
    antall = max(antall, 0)
    db = kall.database.read()
    rader = notifikasjoner.side(db, lapper, grupperingsid, hopp, antall + 1)
    noder = notifikasjoner.som_produsenten_ser(db, rader[:antall])
    edges = [{"node": node, "cursor": _peker(hopp + i)} for i, node in enumerate(noder, start=1)]
    return {
        "__typename": "NotifikasjonConnection",
        "edges": edges,
        "page_info": {
            "has_next_page": 0 < antall < len(rader),  # who asks for none, and goes on until there are no more, ends
            "end_cursor": edges[-1]["cursor"] if edges else _peker(0),
        },
    }


def _peker(antall: int) -> str:
    return b64encode(f"cur{antall}".encode()).decode()


def _les_peker(peker: str) -> int:
    """How many to skip. Raises Innfeil if the text is no cursor."""
    try:
        tekst = b64decode(peker, validate=True).decode("ascii").replace("cur", "")
    except (binascii.Error, ValueError):
        tekst = ""
    if not re.fullmatch(r"[0-9]{1,18}", tekst):
        raise Innfeil("after er ikke en gyldig peker", "java.lang.NumberFormatException")
    return int(tekst)


API = GraphQLApi(
    Path(__file__).with_suffix(".graphql"),
    query={
        "whoami": whoami,
        "mineNotifikasjoner": mine_notifikasjoner,
        "hentNotifikasjon": notifikasjoner.hent_notifikasjon,
        "hentSak": saker.hent_sak,
        "hentSakMedGrupperingsid": saker.hent_sak_med_grupperingsid,
    },
    mutation={
        "nySak": saker.ny_sak,
        "nyStatusSak": saker.ny_status_sak,
        "nyStatusSakByGrupperingsid": saker.ny_status_sak_by_grupperingsid,
        "nesteStegSak": saker.neste_steg_sak,
        "nesteStegSakByGrupperingsid": saker.neste_steg_sak_by_grupperingsid,
        "tilleggsinformasjonSak": saker.tilleggsinformasjon_sak,
        "tilleggsinformasjonSakByGrupperingsid": saker.tilleggsinformasjon_sak_by_grupperingsid,
        "nyBeskjed": beskjed.ny_beskjed,
        "nyOppgave": oppgave.ny_oppgave,
        "oppgaveUtfoert": oppgave.oppgave_utfoert,
        "oppgaveUtfoertByEksternId": oppgave.oppgave_utfoert_by_ekstern_id,
        "oppgaveUtfoertByEksternId_V2": oppgave.oppgave_utfoert_by_ekstern_id,
        "oppgaveUtgaatt": oppgave.oppgave_utgaatt,
        "oppgaveUtgaattByEksternId": oppgave.oppgave_utgaatt_by_ekstern_id,
        "oppgaveUtsettFrist": oppgave.oppgave_utsett_frist,
        "oppgaveUtsettFristByEksternId": oppgave.oppgave_utsett_frist_by_ekstern_id,
        "oppgaveEndrePaaminnelse": oppgave.oppgave_endre_paaminnelse,
        "oppgaveEndrePaaminnelseByEksternId": oppgave.oppgave_endre_paaminnelse_by_ekstern_id,
        "nyKalenderavtale": kalenderavtale.ny_kalenderavtale,
        "oppdaterKalenderavtale": kalenderavtale.oppdater_kalenderavtale,
        "oppdaterKalenderavtaleByEksternId": kalenderavtale.oppdater_kalenderavtale_by_ekstern_id,
        "softDeleteSak": sletting.soft_delete_sak,
        "softDeleteSakByGrupperingsid": sletting.soft_delete_sak_by_grupperingsid,
        "hardDeleteSak": sletting.hard_delete_sak,
        "hardDeleteSakByGrupperingsid": sletting.hard_delete_sak_by_grupperingsid,
        "softDeleteNotifikasjon": sletting.soft_delete_notifikasjon,
        "softDeleteNotifikasjonByEksternId": sletting.soft_delete_notifikasjon_by_ekstern_id,
        "softDeleteNotifikasjonByEksternId_V2": sletting.soft_delete_notifikasjon_by_ekstern_id,
        "hardDeleteNotifikasjon": sletting.hard_delete_notifikasjon,
        "hardDeleteNotifikasjonByEksternId": sletting.hard_delete_notifikasjon_by_ekstern_id,
        "hardDeleteNotifikasjonByEksternId_V2": sletting.hard_delete_notifikasjon_by_ekstern_id,
    },
)
