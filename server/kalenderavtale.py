"""Kalenderavtaler: an appointment within a sak. Any state may follow any; when its start passes it becomes AVHOLDT.

Only a kalenderavtale cancels varsler that it has ordered: when it is avlyst, or when an update brings new ones.
"""

from typing import Any

from server import notifikasjoner, paaminnelse, saker, varsling
from server.database import Database
from server.feil import UgyldigKalenderavtale
from server.hendelse import SYSTEM
from server.identitet import les_id
from server.inndata import NyKalenderavtale, OppdaterKalenderavtale
from server.rader import rader
from server.register import Kall

Rad = dict[str, Any]


def ny_kalenderavtale(kall: Kall, **felter: Any) -> Rad:
    avtale = NyKalenderavtale.model_validate(felter, context={"altinn2": kall.altinn2})
    _ = kall.produsent
    with kall.database.write() as db:
        saker.finn(db, merkelapp=avtale.merkelapp, grupperingsid=avtale.grupperingsid)
        if avtale.slutt_tidspunkt is not None and avtale.slutt_tidspunkt < avtale.start_tidspunkt:
            raise UgyldigKalenderavtale("sluttTidspunkt kan ikke være før startTidspunkt.")
        return notifikasjoner.opprett(kall, _ny(kall, avtale))


def oppdater_kalenderavtale(kall: Kall, id: str, **felter: Any) -> Rad:
    inndata = OppdaterKalenderavtale.model_validate(felter, context={"altinn2": kall.altinn2})
    return _oppdater(kall, inndata, id=les_id(id))


def oppdater_kalenderavtale_by_ekstern_id(kall: Kall, merkelapp: str, ekstern_id: str, **felter: Any) -> Rad:
    inndata = OppdaterKalenderavtale.model_validate(felter, context={"altinn2": kall.altinn2})
    return _oppdater(kall, inndata, merkelapp=merkelapp, ekstern_id=ekstern_id)


def neste_start(database: Database) -> int | None:
    """When the next open kalenderavtale has begun."""
    start: int | None = (
        database.read()
        .execute(
            """
        SELECT min(start_tidspunkt) FROM notifikasjon
         WHERE type = 'Kalenderavtale' AND tilstand NOT IN ('AVLYST', 'AVHOLDT')
        """
        )
        .get
    )
    return None if start is None else start + 1


def avhold_neste(database: Database, now: int) -> bool:
    """Step: mark the open kalenderavtale whose start passed first. Return False if there is none."""
    with database.write() as db:
        startet = rader(
            db.execute(
                """
                SELECT nr, id, merkelapp, grupperingsid FROM notifikasjon
                 WHERE type = 'Kalenderavtale' AND tilstand NOT IN ('AVLYST', 'AVHOLDT') AND start_tidspunkt < ?
                 ORDER BY start_tidspunkt, nr LIMIT 1
                """,
                (now,),
            )
        )
        for avtale in startet:
            db.execute("UPDATE notifikasjon SET tilstand = 'AVHOLDT' WHERE nr = ?", (avtale["nr"],))
            saker.notifikasjon_endret(db, avtale["merkelapp"], avtale["grupperingsid"])
            notifikasjoner.fortell(db, now, SYSTEM, avtale, "KalenderavtaleOppdatert", {"tilstand": "AVHOLDT"})
    return bool(startet)


def _oppdater(kall: Kall, inndata: OppdaterKalenderavtale, **hvilken: str) -> Rad:
    _ = kall.produsent
    with kall.database.write() as db:
        avtale = notifikasjoner.finn(db, type="Kalenderavtale", **hvilken)
        kall.krev_merkelapp(avtale["merkelapp"])
        if saker.er_ny_noekkel(db, avtale["id"], "oppdaterKalenderavtale", inndata.idempotency_key):
            instant = _paaminnelse_tidspunkt(avtale, inndata)
            avlyst = inndata.ny_tilstand == "AVLYST"
            sted = inndata.ny_lokasjon
            slettes = avtale["slettes_tidspunkt"]
            db.execute(
                """
                UPDATE notifikasjon
                   SET tilstand = coalesce(:tilstand, tilstand), tekst = coalesce(:tekst, tekst),
                       lenke = coalesce(:lenke, lenke), digitalt = coalesce(:digitalt, digitalt),
                       adresse = coalesce(:adresse, adresse), postnummer = coalesce(:postnummer, postnummer),
                       poststed = coalesce(:poststed, poststed), slettes_tidspunkt = :slettes,
                       kan_paaminnes = min(kan_paaminnes, :kan_paaminnes)
                 WHERE nr = :nr
                """,
                {
                    "nr": avtale["nr"],
                    "tilstand": inndata.ny_tilstand,
                    "tekst": inndata.ny_tekst,
                    "lenke": inndata.ny_lenke,
                    "digitalt": None if inndata.ny_er_digitalt is None else int(inndata.ny_er_digitalt),
                    "adresse": sted.adresse if sted else None,
                    "postnummer": sted.postnummer if sted else None,
                    "poststed": sted.poststed if sted else None,
                    "slettes": inndata.hard_delete.tidspunkt(slettes, kall.now) if inndata.hard_delete else slettes,
                    "kan_paaminnes": int(not avlyst),
                },
            )
            if inndata.eksterne_varsler or avlyst:
                varsling.kanseller(db, kall.now, avtale["id"])
            varsler = [varsel.bestilling() for varsel in inndata.eksterne_varsler]
            kall.si_fra(varsling.brudd_paa_vilkaarene(varsler))
            eier = varsling.Eier(avtale["id"], kall.produsent.id, avtale["virksomhetsnummer"])
            varsling.bestill(db, kall.now, eier, varsler, "OPPDATERING")
            if avlyst:
                paaminnelse.fjern(db, kall.now, avtale["nr"])
            elif inndata.paaminnelse:
                # Once avlyst, always without: a påminnelse is then accepted and never fires.
                ny = inndata.paaminnelse if avtale["kan_paaminnes"] else None
                notifikasjoner.erstatt_paaminnelse(db, kall, avtale, ny, instant)
            saker.notifikasjon_endret(db, avtale["merkelapp"], avtale["grupperingsid"])
            innhold = inndata.til_historien()
            if innhold.keys() - {"eksterneVarsler", "idempotencyKey"} or inndata.eksterne_varsler:
                notifikasjoner.fortell(db, kall.now, kall.produsent.id, avtale, "KalenderavtaleOppdatert", innhold)
    return {"__typename": "OppdaterKalenderavtaleVellykket", "id": avtale["id"]}


def _ny(kall: Kall, avtale: NyKalenderavtale) -> notifikasjoner.Ny:
    """Raises UgyldigKalenderavtale if the time of its påminnelse is impossible."""
    instant = None
    if avtale.paaminnelse:
        grenser = paaminnelse.Grenser(kall.now, start=avtale.start_tidspunkt)
        instant = paaminnelse.tidspunkt(avtale.paaminnelse, grenser, UgyldigKalenderavtale)
    sted = avtale.lokasjon
    return notifikasjoner.Ny(
        type="Kalenderavtale",
        merkelapp=avtale.merkelapp,
        ekstern_id=avtale.ekstern_id,
        virksomhetsnummer=avtale.virksomhetsnummer,
        grupperingsid=avtale.grupperingsid,
        tekst=avtale.tekst,
        lenke=avtale.lenke,
        mottakere=avtale.mottakere,
        maa_vaere_paa_saken=avtale.mottakere,
        opprettet_tidspunkt=kall.now,
        hard_delete=avtale.hard_delete,
        eksterne_varsler=avtale.eksterne_varsler,
        paaminnelse=avtale.paaminnelse,
        paaminnelse_tidspunkt=instant,
        felter={
            "tilstand": avtale.tilstand or "VENTER_SVAR_FRA_ARBEIDSGIVER",
            "start_tidspunkt": avtale.start_tidspunkt,
            "slutt_tidspunkt": avtale.slutt_tidspunkt,
            "adresse": sted.adresse if sted else None,
            "postnummer": sted.postnummer if sted else None,
            "poststed": sted.poststed if sted else None,
            "digitalt": int(avtale.er_digitalt or False),
        },
        inndata=avtale,
    )


def _paaminnelse_tidspunkt(avtale: Rad, inndata: OppdaterKalenderavtale) -> int | None:
    """Raises UgyldigKalenderavtale. With AVLYST a påminnelse is ignored, whatever it says."""
    if inndata.paaminnelse is None or inndata.ny_tilstand == "AVLYST":
        return None
    grenser = paaminnelse.Grenser(avtale["opprettet_tidspunkt"], start=avtale["start_tidspunkt"])
    return paaminnelse.tidspunkt(inndata.paaminnelse, grenser, UgyldigKalenderavtale)
