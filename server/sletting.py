"""Deleting: at a producer's word or at the time ordered beforehand, for good. Soft delete is the same under another
name.

A sak takes with it every notifikasjon with its merkelapp and grupperingsid, whoever made them, and its coordinate can
never be used again. Deleted means gone: rows, contact data that is no longer needed, keys that name people, and the
content of the history. Varsler that have been ordered are still sent.
"""

from typing import Any

import apsw

from server import hendelse, notifikasjoner, saker, tilgang, varsling
from server.database import Database
from server.hendelse import SYSTEM
from server.identitet import les_id
from server.rader import rader
from server.register import Kall

Rad = dict[str, Any]


def hard_delete_sak(kall: Kall, id: str) -> Rad:
    return _sak(kall, "HardDeleteSakVellykket", id=les_id(id))


def soft_delete_sak(kall: Kall, id: str) -> Rad:
    return _sak(kall, "SoftDeleteSakVellykket", id=les_id(id))


def hard_delete_sak_by_grupperingsid(kall: Kall, merkelapp: str, grupperingsid: str) -> Rad:
    return _sak(kall, "HardDeleteSakVellykket", merkelapp=merkelapp, grupperingsid=grupperingsid)


def soft_delete_sak_by_grupperingsid(kall: Kall, merkelapp: str, grupperingsid: str) -> Rad:
    return _sak(kall, "SoftDeleteSakVellykket", merkelapp=merkelapp, grupperingsid=grupperingsid)


def hard_delete_notifikasjon(kall: Kall, id: str) -> Rad:
    return _notifikasjon(kall, "HardDeleteNotifikasjonVellykket", id=les_id(id))


def soft_delete_notifikasjon(kall: Kall, id: str) -> Rad:
    return _notifikasjon(kall, "SoftDeleteNotifikasjonVellykket", id=les_id(id))


def hard_delete_notifikasjon_by_ekstern_id(kall: Kall, merkelapp: str, ekstern_id: str) -> Rad:
    return _notifikasjon(kall, "HardDeleteNotifikasjonVellykket", merkelapp=merkelapp, ekstern_id=ekstern_id)


def soft_delete_notifikasjon_by_ekstern_id(kall: Kall, merkelapp: str, ekstern_id: str) -> Rad:
    return _notifikasjon(kall, "SoftDeleteNotifikasjonVellykket", merkelapp=merkelapp, ekstern_id=ekstern_id)


def neste_sletting(database: Database) -> int | None:
    """When the next sak or notifikasjon is to be deleted."""
    tidspunkt: int | None = (
        database.read()
        .execute(
            """
        SELECT min(tidspunkt) FROM (
            SELECT min(slettes_tidspunkt) AS tidspunkt FROM sak WHERE slettes_tidspunkt IS NOT NULL
            UNION ALL
            SELECT min(slettes_tidspunkt) FROM notifikasjon WHERE slettes_tidspunkt IS NOT NULL)
        """
        )
        .get
    )
    return tidspunkt


def slett_neste(database: Database, now: int) -> bool:
    """Step: delete the sak or notifikasjon whose time came first. Return False if none is due."""
    with database.write() as db:
        forfalt = rader(
            db.execute(
                """
                SELECT 'sak' AS hva, slettes_tidspunkt, id, nr, merkelapp, grupperingsid FROM sak
                 WHERE slettes_tidspunkt <= ?1
                UNION ALL
                SELECT 'notifikasjon', slettes_tidspunkt, id, nr, merkelapp, grupperingsid FROM notifikasjon
                 WHERE slettes_tidspunkt <= ?1
                 ORDER BY slettes_tidspunkt, nr LIMIT 1
                """,
                (now,),
            )
        )
        for rad in forfalt:
            if rad["hva"] == "sak":
                _slett_sak(db, database.noekkel, now, SYSTEM, rad)
            else:
                _slett_notifikasjon(db, now, SYSTEM, rad)
                saker.notifikasjon_endret(db, rad["merkelapp"], rad["grupperingsid"])
    return bool(forfalt)


def _sak(kall: Kall, typename: str, **hvilken: str) -> Rad:
    with kall.database.write() as db:
        sak = saker.finn(db, **hvilken)
        kall.krev_merkelapp(sak["merkelapp"])
        _slett_sak(db, kall.database.noekkel, kall.now, kall.produsent.id, sak)
    return {"__typename": typename, "id": sak["id"]}


def _notifikasjon(kall: Kall, typename: str, **hvilken: str) -> Rad:
    with kall.database.write() as db:
        notifikasjon = notifikasjoner.finn(db, **hvilken)
        kall.krev_merkelapp(notifikasjon["merkelapp"])
        _slett_notifikasjon(db, kall.now, kall.produsent.id, notifikasjon)
        saker.notifikasjon_endret(db, notifikasjon["merkelapp"], notifikasjon["grupperingsid"])
    return {"__typename": typename, "id": notifikasjon["id"]}


def _slett_sak(db: apsw.Connection, noekkel: bytes, now: int, hvem: str, sak: Rad) -> None:
    for notifikasjon in rader(
        db.execute(
            "SELECT nr, id FROM notifikasjon WHERE merkelapp = ? AND grupperingsid = ?",
            (sak["merkelapp"], sak["grupperingsid"]),
        )
    ):
        _slett_notifikasjon(db, now, hvem, notifikasjon)
    numre = [nr for (nr,) in db.execute("SELECT tilgang_nr FROM sak_mottaker WHERE sak_nr = ?", (sak["nr"],))]
    db.execute("DELETE FROM brukt_noekkel WHERE eier_id = ?", (sak["id"],))
    db.execute("DELETE FROM sak WHERE nr = ?", (sak["nr"],))
    tilgang.glem_ubrukte(db, numre)
    db.execute(
        "INSERT OR IGNORE INTO slettet_sak VALUES (?)",
        (saker.koordinat_avtrykk(noekkel, sak["merkelapp"], sak["grupperingsid"]),),
    )
    hendelse.visk_ut(db, sak["id"])
    hendelse.skriv(db, "HardDelete", sak["id"], now, hvem, {})


def _slett_notifikasjon(db: apsw.Connection, now: int, hvem: str, notifikasjon: Rad) -> None:
    nr, notifikasjon_id = notifikasjon["nr"], notifikasjon["id"]
    numre = [n for (n,) in db.execute("SELECT tilgang_nr FROM mottaker WHERE notifikasjon_nr = ?", (nr,))]
    # What has yet to fire is dropped; what is final needs its contact data no more; what waits to be sent keeps it.
    db.execute(
        "DELETE FROM eksternt_varsel WHERE notifikasjon_id = ? AND status = 'NY' AND send_etter IS NULL",
        (notifikasjon_id,),
    )
    # Its påminnelser are deleted with it, and their numbers used again: nobody else may find these varsler by them.
    db.execute("UPDATE eksternt_varsel SET paaminnelse_nr = NULL WHERE notifikasjon_id = ?", (notifikasjon_id,))
    varsling.glem_kontaktdata(db, notifikasjon_id)
    db.execute("DELETE FROM brukt_noekkel WHERE eier_id = ?", (notifikasjon_id,))
    db.execute("DELETE FROM notifikasjon WHERE nr = ?", (nr,))
    tilgang.glem_ubrukte(db, numre)
    hendelse.visk_ut(db, notifikasjon_id)
    hendelse.skriv(db, "HardDelete", notifikasjon_id, now, hvem, {})
