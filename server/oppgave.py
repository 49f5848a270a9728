"""Oppgaver: NY -> UTFOERT or UTGAATT; a later frist makes an UTGAATT one NY again. UTFOERT is for good.

A frist is a date: the oppgave expires when that day is over in Oslo.
"""

from typing import Any

import apsw

from server import notifikasjoner, paaminnelse, saker, tid
from server.database import Database
from server.feil import Konflikt, OppgavenErAlleredeUtfoert
from server.hendelse import SYSTEM
from server.identitet import les_id
from server.inndata import (
    HardDeleteUpdate,
    NyOppgave,
    OppgaveEndrePaaminnelse,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    OppgaveUtsettFrist,
)
from server.rader import rader
from server.register import Kall

Rad = dict[str, Any]


def ny_oppgave(kall: Kall, ny_oppgave: dict[str, Any]) -> Rad:
    oppgave = NyOppgave.model_validate(ny_oppgave, context={"altinn2": kall.altinn2})
    _ = kall.produsent
    metadata = oppgave.metadata
    opprettet = kall.now if metadata.opprettet_tidspunkt is None else metadata.opprettet_tidspunkt
    instant = None
    if oppgave.paaminnelse:
        instant = paaminnelse.tidspunkt(oppgave.paaminnelse, paaminnelse.Grenser(opprettet, frist=oppgave.frist))
    return notifikasjoner.opprett(
        kall,
        notifikasjoner.Ny(
            type="Oppgave",
            merkelapp=oppgave.notifikasjon.merkelapp,
            ekstern_id=metadata.ekstern_id,
            virksomhetsnummer=metadata.virksomhetsnummer,
            grupperingsid=metadata.grupperingsid,
            tekst=oppgave.notifikasjon.tekst,
            lenke=oppgave.notifikasjon.lenke,
            mottakere=[*([oppgave.mottaker] if oppgave.mottaker else []), *oppgave.mottakere],
            maa_vaere_paa_saken=oppgave.mottakere,
            opprettet_tidspunkt=opprettet,
            hard_delete=metadata.hard_delete,
            eksterne_varsler=oppgave.eksterne_varsler,
            paaminnelse=oppgave.paaminnelse,
            paaminnelse_tidspunkt=instant,
            felter={"tilstand": "NY", "frist": oppgave.frist},
            inndata=oppgave,
        ),
    )


def oppgave_utfoert(kall: Kall, id: str, **felter: Any) -> Rad:
    inndata = OppgaveUtfoert.model_validate(felter)
    return _utfoert(kall, inndata, id=les_id(id))


def oppgave_utfoert_by_ekstern_id(kall: Kall, merkelapp: str, ekstern_id: str, **felter: Any) -> Rad:
    return _utfoert(kall, OppgaveUtfoert.model_validate(felter), merkelapp=merkelapp, ekstern_id=ekstern_id)


def oppgave_utgaatt(kall: Kall, id: str, **felter: Any) -> Rad:
    inndata = OppgaveUtgaatt.model_validate(felter)
    return _utgaatt(kall, inndata, id=les_id(id))


def oppgave_utgaatt_by_ekstern_id(kall: Kall, merkelapp: str, ekstern_id: str, **felter: Any) -> Rad:
    return _utgaatt(kall, OppgaveUtgaatt.model_validate(felter), merkelapp=merkelapp, ekstern_id=ekstern_id)


def oppgave_utsett_frist(kall: Kall, id: str, **felter: Any) -> Rad:
    return _utsett_frist(kall, felter, id=les_id(id))


def oppgave_utsett_frist_by_ekstern_id(kall: Kall, merkelapp: str, ekstern_id: str, **felter: Any) -> Rad:
    return _utsett_frist(kall, felter, merkelapp=merkelapp, ekstern_id=ekstern_id)


def oppgave_endre_paaminnelse(kall: Kall, id: str, **felter: Any) -> Rad:
    return _endre_paaminnelse(kall, felter, id=les_id(id))


def oppgave_endre_paaminnelse_by_ekstern_id(kall: Kall, merkelapp: str, ekstern_id: str, **felter: Any) -> Rad:
    return _endre_paaminnelse(kall, felter, merkelapp=merkelapp, ekstern_id=ekstern_id)


def neste_frist(database: Database) -> int | None:
    """When the next NY oppgave expires: at midnight in Oslo, as its frist's day ends."""
    frist = (
        database.read()
        .execute("SELECT min(frist) FROM notifikasjon WHERE type = 'Oppgave' AND tilstand = 'NY' AND frist IS NOT NULL")
        .get
    )
    return None if frist is None else tid.fra_oslo(tid.slutt_paa_dagen(frist)) + 1


def utgaa_neste(database: Database, now: int) -> bool:
    """Step: expire the NY oppgave whose frist passed first, or fire its påminnelse. Return False if there is none."""
    with database.write() as db:
        forfalt = rader(
            db.execute(
                """
                SELECT nr, id, merkelapp, grupperingsid, frist FROM notifikasjon
                 WHERE type = 'Oppgave' AND tilstand = 'NY' AND frist < ? ORDER BY frist, nr LIMIT 1
                """,
                (tid.oslo_dato(now),),
            )
        )
        for oppgave in forfalt:
            # Of an oppgave made when both were past, the worker may see the frist alone; its påminnelse comes first.
            if notifikasjoner.paaminn(db, database.noekkel, now, oppgave["nr"]):
                continue
            tidspunkt = tid.fra_oslo(tid.slutt_paa_dagen(oppgave["frist"]))
            _sett_utgaatt(db, now, oppgave, tidspunkt, ny_lenke=None)
            notifikasjoner.fortell(
                db, now, SYSTEM, oppgave, "OppgaveUtgaatt", {"utgaattTidspunkt": tid.format_utc(tidspunkt)}
            )
    return bool(forfalt)


# ── Details ──


def _utfoert(kall: Kall, inndata: OppgaveUtfoert, **hvilken: str) -> Rad:
    with kall.database.write() as db:
        oppgave = notifikasjoner.finn(db, type="Oppgave", **hvilken)
        kall.krev_merkelapp(oppgave["merkelapp"])
        db.execute(
            """
            UPDATE notifikasjon
               SET tilstand = 'UTFOERT', utfoert_tidspunkt = :tidspunkt, ny_lenke = coalesce(:ny_lenke, ny_lenke),
                   slettes_tidspunkt = :slettes
             WHERE nr = :nr
            """,
            {
                "nr": oppgave["nr"],
                "tidspunkt": kall.now if inndata.utfoert_tidspunkt is None else inndata.utfoert_tidspunkt,
                "ny_lenke": inndata.ny_lenke,
                "slettes": _slettes(kall, oppgave, inndata.hard_delete),
            },
        )
        paaminnelse.fjern(db, kall.now, oppgave["nr"])
        saker.notifikasjon_endret(db, oppgave["merkelapp"], oppgave["grupperingsid"])
        _fortell(db, kall, oppgave, "OppgaveUtfoert", inndata)
    return {"__typename": "OppgaveUtfoertVellykket", "id": oppgave["id"]}


def _utgaatt(kall: Kall, inndata: OppgaveUtgaatt, **hvilken: str) -> Rad:
    with kall.database.write() as db:
        oppgave = notifikasjoner.finn(db, type="Oppgave", **hvilken)
        kall.krev_merkelapp(oppgave["merkelapp"])
        if oppgave["tilstand"] == "UTFOERT":
            raise OppgavenErAlleredeUtfoert("Oppgaven er utført, og kan ikke utgå.")
        tidspunkt = kall.now if inndata.utgaatt_tidspunkt is None else inndata.utgaatt_tidspunkt
        _sett_utgaatt(db, kall.now, oppgave, tidspunkt, ny_lenke=inndata.ny_lenke)
        db.execute(
            "UPDATE notifikasjon SET slettes_tidspunkt = ? WHERE nr = ?",
            (_slettes(kall, oppgave, inndata.hard_delete), oppgave["nr"]),
        )
        _fortell(db, kall, oppgave, "OppgaveUtgaatt", inndata)
    return {"__typename": "OppgaveUtgaattVellykket", "id": oppgave["id"]}


def _utsett_frist(kall: Kall, felter: Rad, **hvilken: str) -> Rad:
    with kall.database.write() as db:
        oppgave = notifikasjoner.finn(db, **hvilken)
        inndata = OppgaveUtsettFrist.model_validate(felter, context={"altinn2": kall.altinn2})
        notifikasjoner.krev_type(oppgave, "Oppgave")
        kall.krev_merkelapp(oppgave["merkelapp"])
        if oppgave["frist"] is not None and oppgave["frist"] > inndata.ny_frist:
            raise Konflikt("Ny frist er tidligere enn fristen som oppgaven har.")
        instant = _paaminnelse_tidspunkt(inndata.paaminnelse, oppgave, inndata.ny_frist)
        if oppgave["tilstand"] != "UTFOERT":  # what is done stays done, to the producer and to the user
            db.execute(
                """
                UPDATE notifikasjon
                   SET tilstand = 'NY', frist = ?, utgaatt_tidspunkt = NULL, paaminnelse_tidspunkt = NULL
                 WHERE nr = ?
                """,
                (inndata.ny_frist, oppgave["nr"]),
            )
            db.execute(
                "UPDATE mottaker SET sortering = ? WHERE notifikasjon_nr = ?",
                (oppgave["opprettet_tidspunkt"], oppgave["nr"]),
            )
            notifikasjoner.erstatt_paaminnelse(db, kall, oppgave, inndata.paaminnelse, instant)
            saker.notifikasjon_endret(db, oppgave["merkelapp"], oppgave["grupperingsid"])
            _fortell(db, kall, oppgave, "FristUtsatt", inndata)
    return {"__typename": "OppgaveUtsettFristVellykket", "id": oppgave["id"]}


def _endre_paaminnelse(kall: Kall, felter: Rad, **hvilken: str) -> Rad:
    with kall.database.write() as db:
        oppgave = notifikasjoner.finn(db, **hvilken)
        inndata = OppgaveEndrePaaminnelse.model_validate(felter, context={"altinn2": kall.altinn2})
        notifikasjoner.krev_type(oppgave, "Oppgave")
        kall.krev_merkelapp(oppgave["merkelapp"])
        if saker.er_ny_noekkel(db, oppgave["id"], "oppgaveEndrePaaminnelse", inndata.idempotency_key):
            instant = _paaminnelse_tidspunkt(inndata.paaminnelse, oppgave, oppgave["frist"])
            if oppgave["tilstand"] != "UTFOERT":
                notifikasjoner.erstatt_paaminnelse(db, kall, oppgave, inndata.paaminnelse, instant)
            _fortell(db, kall, oppgave, "OppgavePaaminnelseEndret", inndata)
    return {"__typename": "OppgaveEndrePaaminnelseVellykket", "id": oppgave["id"]}


def _sett_utgaatt(db: apsw.Connection, now: int, oppgave: Rad, tidspunkt: int, ny_lenke: str | None) -> None:
    db.execute(
        """
        UPDATE notifikasjon
           SET tilstand = 'UTGAATT', utgaatt_tidspunkt = ?, ny_lenke = coalesce(?, ny_lenke)
         WHERE nr = ?
        """,
        (tidspunkt, ny_lenke, oppgave["nr"]),
    )
    paaminnelse.fjern(db, now, oppgave["nr"])
    saker.notifikasjon_endret(db, oppgave["merkelapp"], oppgave["grupperingsid"])


def _paaminnelse_tidspunkt(ny: Any, oppgave: Rad, frist: str | None) -> int | None:
    return paaminnelse.tidspunkt(ny, paaminnelse.Grenser(oppgave["opprettet_tidspunkt"], frist=frist)) if ny else None


def _slettes(kall: Kall, oppgave: Rad, hard_delete: HardDeleteUpdate | None) -> Any:
    planlagt = oppgave["slettes_tidspunkt"]
    return hard_delete.tidspunkt(planlagt, kall.now) if hard_delete else planlagt


def _fortell(db: apsw.Connection, kall: Kall, oppgave: Rad, type: str, inndata: Any) -> None:
    innhold = inndata.til_historien()
    notifikasjoner.fortell(db, kall.now, kall.produsent.id, oppgave, type, innhold)
