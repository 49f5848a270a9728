"""Saker, as producers make and change them; and what notifikasjoner do to the sak that they belong to.

A notifikasjon belongs to the sak with the same merkelapp and grupperingsid, whichever came first. What saksoversikten
sorts and filters by (sist endret, maske) stands both in `sak` and in each `sak_mottaker`; only `_oppdater` changes it.
"""

import hashlib
from typing import Any

import apsw

from server import hendelse, tilgang
from server.feil import (
    DuplikatGrupperingsid,
    DuplikatGrupperingsidEtterDelete,
    Konflikt,
    ManglerMottaker,
    SakFinnesIkke,
)
from server.identitet import les_id, ny_id
from server.inndata import NesteStegSak, NySak, NyStatusSak, TilleggsinformasjonSak
from server.rader import rader
from server.register import Kall

Rad = dict[str, Any]

STATUSTEKST = {"MOTTATT": "Mottatt", "UNDER_BEHANDLING": "Under behandling", "FERDIG": "Ferdig"}

# Bits of `maske`: the sak has an oppgave in this state; the upper three, one whose påminnelse has fired besides.
MASKE = {"NY": 1, "UTFOERT": 2, "UTGAATT": 4}
MED_PAAMINNELSE = 8  # times the bit of the state

_KOLONNER = """nr, id, produsent_id, merkelapp, grupperingsid, virksomhetsnummer, tittel, lenke, neste_steg,
    tilleggsinformasjon, sist_endret_tidspunkt, slettes_tidspunkt, maske"""

# ── Mutations ──


def ny_sak(kall: Kall, **felter: Any) -> Rad:
    sak = NySak.model_validate(felter, context={"altinn2": kall.altinn2})
    produsent = kall.produsent
    if not sak.mottakere:
        raise ManglerMottaker("sak.mottakere: en sak skal ha minst 1 mottaker")
    kall.krev_mottakere(sak.mottakere)
    kall.krev_merkelapp(sak.merkelapp)

    with kall.database.write() as db:
        if eksisterende := finn_koordinat(db, sak.merkelapp, sak.grupperingsid):
            if not _er_lik(db, eksisterende, sak):
                raise DuplikatGrupperingsid(
                    f"Merkelapp '{sak.merkelapp}' og grupperingsid '{sak.grupperingsid}' er brukt av en annen sak.",
                    id_til_eksisterende=eksisterende["id"],
                )
            return {"__typename": "NySakVellykket", "id": eksisterende["id"]}
        if er_slettet(db, kall.database.noekkel, sak.merkelapp, sak.grupperingsid):
            raise DuplikatGrupperingsidEtterDelete(
                f"En slettet sak har hatt merkelapp '{sak.merkelapp}' og grupperingsid '{sak.grupperingsid}'."
            )
        sak_id = _skriv(db, kall, produsent.id, sak)
    return {"__typename": "NySakVellykket", "id": sak_id}


def ny_status_sak(kall: Kall, id: str, **felter: Any) -> Rad:
    status = NyStatusSak.model_validate(felter)
    return _ny_status(kall, status, id=les_id(id))


def ny_status_sak_by_grupperingsid(kall: Kall, grupperingsid: str, merkelapp: str, **felter: Any) -> Rad:
    status = NyStatusSak.model_validate(felter)
    return _ny_status(kall, status, merkelapp=merkelapp, grupperingsid=grupperingsid)


def neste_steg_sak(kall: Kall, id: str, **felter: Any) -> Rad:
    return _neste_steg(kall, NesteStegSak.model_validate(felter), id=les_id(id))


def neste_steg_sak_by_grupperingsid(kall: Kall, grupperingsid: str, merkelapp: str, **felter: Any) -> Rad:
    return _neste_steg(kall, NesteStegSak.model_validate(felter), merkelapp=merkelapp, grupperingsid=grupperingsid)


def tilleggsinformasjon_sak(kall: Kall, id: str, **felter: Any) -> Rad:
    return _tilleggsinformasjon(kall, TilleggsinformasjonSak.model_validate(felter), id=les_id(id))


def tilleggsinformasjon_sak_by_grupperingsid(kall: Kall, grupperingsid: str, merkelapp: str, **felter: Any) -> Rad:
    inndata = TilleggsinformasjonSak.model_validate(felter)
    return _tilleggsinformasjon(kall, inndata, merkelapp=merkelapp, grupperingsid=grupperingsid)


# ── Queries ──


def hent_sak(kall: Kall, id: str) -> Rad:
    return _hent(kall, id=les_id(id))


def hent_sak_med_grupperingsid(kall: Kall, grupperingsid: str, merkelapp: str) -> Rad:
    return _hent(kall, merkelapp=merkelapp, grupperingsid=grupperingsid)


def _hent(kall: Kall, **hvilken: str) -> Rad:
    _ = kall.produsent
    db = kall.database.read()
    sak = finn(db, **hvilken)
    kall.krev_merkelapp(sak["merkelapp"])
    status = db.execute("SELECT status FROM sak_status WHERE sak_nr = ? ORDER BY nr DESC LIMIT 1", (sak["nr"],)).get
    return {"__typename": "HentetSak", "sak": sak | {"siste_status": status}}


# ── For other modules ──


def finn(db: apsw.Connection, *, id: str = "", merkelapp: str = "", grupperingsid: str = "") -> Rad:
    """The sak with this id, or with this merkelapp and grupperingsid. Raises SakFinnesIkke."""
    if id:
        if treff := rader(db.execute(f"SELECT {_KOLONNER} FROM sak WHERE id = ?", (id,))):
            return treff[0]
        raise SakFinnesIkke(f"Det finnes ingen sak med id '{id}'.")
    if sak := finn_koordinat(db, merkelapp, grupperingsid):
        return sak
    raise SakFinnesIkke(f"Det finnes ingen sak med merkelapp '{merkelapp}' og grupperingsid '{grupperingsid}'.")


def finn_koordinat(db: apsw.Connection, merkelapp: str, grupperingsid: str) -> Rad | None:
    treff = db.execute(
        f"SELECT {_KOLONNER} FROM sak WHERE merkelapp = ? AND grupperingsid = ?", (merkelapp, grupperingsid)
    )
    return next(iter(rader(treff)), None)


def mottakernoekler(db: apsw.Connection, sak_nr: int) -> list[str]:
    """The keys that open a sak, in the order its producer gave them."""
    return [
        noekkel
        for (noekkel,) in db.execute(
            """
            SELECT t.noekkel FROM sak_mottaker m JOIN tilgang t ON t.tilgang_nr = m.tilgang_nr
             WHERE m.sak_nr = ? ORDER BY m.rekkefoelge
            """,
            (sak_nr,),
        )
    ]


def notifikasjon_endret(
    db: apsw.Connection, merkelapp: str, grupperingsid: str | None, flytt_til: int | None = None
) -> None:
    """Bring the sak of a notifikasjon, if there is one, up to date with it; move it to `flytt_til`, never back."""
    if grupperingsid is None:
        return
    sak = db.execute(
        "SELECT nr, sist_endret_tidspunkt, maske FROM sak WHERE merkelapp = ? AND grupperingsid = ?",
        (merkelapp, grupperingsid),
    ).fetchone()
    if sak is None:
        return
    nr, sist_endret, maske = sak
    _oppdater(
        db,
        nr,
        (sist_endret, maske),
        (max(sist_endret, flytt_til) if flytt_til is not None else sist_endret, _maske(db, merkelapp, grupperingsid)),
    )


def er_slettet(db: apsw.Connection, noekkel: bytes, merkelapp: str, grupperingsid: str) -> bool:
    """Whether a sak that is deleted had these."""
    avtrykk = koordinat_avtrykk(noekkel, merkelapp, grupperingsid)
    return bool(db.execute("SELECT 1 FROM slettet_sak WHERE avtrykk = ?", (avtrykk,)).get)


def koordinat_avtrykk(noekkel: bytes, merkelapp: str, grupperingsid: str) -> bytes:
    """What is remembered of a deleted sak. Keyed, since a grupperingsid could be guessed from its plain hash."""
    koordinat = f"{len(merkelapp)}:{merkelapp}{grupperingsid}".encode()
    return hashlib.blake2b(koordinat, key=noekkel, digest_size=32).digest()


# ── Details ──


def _er_lik(db: apsw.Connection, sak: Rad, ny: NySak) -> bool:
    """Whether `ny` is a retry: the sak as it is now against what it would be, but for hardDelete and later statuses."""
    status = db.execute(
        """
        SELECT status, overstyr_statustekst_med, oppgitt_tidspunkt FROM sak_status WHERE sak_nr = ? ORDER BY nr LIMIT 1
        """,
        (sak["nr"],),
    ).fetchone()
    return (
        all(
            sak[navn] == getattr(ny, navn)
            for navn in ("virksomhetsnummer", "tittel", "lenke", "neste_steg", "tilleggsinformasjon")
        )
        and status == (ny.initiell_status, ny.overstyr_statustekst_med, ny.tidspunkt)
        and set(mottakernoekler(db, sak["nr"])) == {tilgang.noekkel(m, ny.virksomhetsnummer) for m in ny.mottakere}
    )


def _skriv(db: apsw.Connection, kall: Kall, produsent_id: str, sak: NySak) -> str:
    opprettet = kall.now if sak.tidspunkt is None else sak.tidspunkt
    sak_id = ny_id(kall.now)
    maske = _maske(db, sak.merkelapp, sak.grupperingsid)
    nr = db.execute(
        """
        INSERT INTO sak (
            id, produsent_id, merkelapp, grupperingsid, virksomhetsnummer, tittel, lenke, neste_steg,
            tilleggsinformasjon, opprettet_tidspunkt, sist_endret_tidspunkt, soeketekst, maske, slettes_tidspunkt)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?) RETURNING nr
        """,
        (
            sak_id,
            produsent_id,
            sak.merkelapp,
            sak.grupperingsid,
            sak.virksomhetsnummer,
            sak.tittel,
            sak.lenke,
            sak.neste_steg,
            sak.tilleggsinformasjon,
            opprettet,
            opprettet,
            maske,
            sak.hard_delete.tidspunkt(opprettet) if sak.hard_delete else None,
        ),
    ).get
    noekler = [tilgang.noekkel(mottaker, sak.virksomhetsnummer) for mottaker in sak.mottakere]
    db.executemany(
        """
        INSERT INTO sak_mottaker (tilgang_nr, sist_endret_tidspunkt, sak_nr, merkelapp, maske, rekkefoelge)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        [(t, opprettet, nr, sak.merkelapp, maske, i) for i, t in enumerate(tilgang.nummer(db, noekler))],
    )
    _skriv_status(
        db, kall.now, nr, sak.initiell_status, sak.overstyr_statustekst_med, oppgitt=sak.tidspunkt, idempotency_key=None
    )
    _bygg_soeketekst(db, nr)
    hendelse.skriv(
        db,
        "SakOpprettet",
        sak_id,
        kall.now,
        produsent_id,
        sak.til_historien(),
        merkelapp=sak.merkelapp,
        grupperingsid=sak.grupperingsid,
    )
    return sak_id


def _ny_status(kall: Kall, status: NyStatusSak, **hvilken: str) -> Rad:
    with kall.database.write() as db:
        sak = finn(db, **hvilken)
        kall.krev_merkelapp(sak["merkelapp"])
        if status.idempotency_key is not None and (tidligere := _med_noekkel(db, sak["nr"], status.idempotency_key)):
            status_id, *innhold = tidligere
            if innhold != [status.ny_status, status.overstyr_statustekst_med, status.tidspunkt]:
                raise Konflikt("idempotencyKey er brukt før på denne saken, med et annet innhold.")
        else:
            status_id = _skriv_status(
                db,
                kall.now,
                sak["nr"],
                status.ny_status,
                status.overstyr_statustekst_med,
                oppgitt=status.tidspunkt,
                idempotency_key=status.idempotency_key,
            )
            _flytt(db, kall, sak, status)
        statuser = rader(
            db.execute(
                """
                SELECT status, overstyr_statustekst_med AS overstyr_status_tekst_med,
                       coalesce(oppgitt_tidspunkt, mottatt_tidspunkt) AS tidspunkt
                  FROM sak_status WHERE sak_nr = ? ORDER BY tidspunkt DESC, nr DESC
                """,
                (sak["nr"],),
            )
        )
    return {"__typename": "NyStatusSakVellykket", "id": status_id, "statuser": statuser}


def _flytt(db: apsw.Connection, kall: Kall, sak: Rad, status: NyStatusSak) -> None:
    tidspunkt = kall.now if status.tidspunkt is None else status.tidspunkt
    slettes = sak["slettes_tidspunkt"]
    if status.hard_delete:
        slettes = status.hard_delete.tidspunkt(slettes, tidspunkt)
    db.execute(
        "UPDATE sak SET ny_lenke = coalesce(?, ny_lenke), slettes_tidspunkt = ? WHERE nr = ?",
        (status.ny_lenke_til_sak, slettes, sak["nr"]),
    )
    _bygg_soeketekst(db, sak["nr"])
    gammel = (sak["sist_endret_tidspunkt"], sak["maske"])
    _oppdater(db, sak["nr"], gammel, (max(sak["sist_endret_tidspunkt"], tidspunkt), sak["maske"]))
    _fortell(db, kall, sak, "NyStatusSak", status)


def _neste_steg(kall: Kall, inndata: NesteStegSak, **hvilken: str) -> Rad:
    with kall.database.write() as db:
        sak = finn(db, **hvilken)
        kall.krev_merkelapp(sak["merkelapp"])
        if er_ny_noekkel(db, sak["id"], "nesteStegSak", inndata.idempotency_key):
            db.execute("UPDATE sak SET neste_steg = ? WHERE nr = ?", (inndata.neste_steg, sak["nr"]))
            _fortell(db, kall, sak, "NesteStegSak", inndata)
    return {"__typename": "NesteStegSakVellykket", "id": sak["id"]}


def _tilleggsinformasjon(kall: Kall, inndata: TilleggsinformasjonSak, **hvilken: str) -> Rad:
    with kall.database.write() as db:
        sak = finn(db, **hvilken)
        kall.krev_merkelapp(sak["merkelapp"])
        if er_ny_noekkel(db, sak["id"], "tilleggsinformasjonSak", inndata.idempotency_key):
            db.execute("UPDATE sak SET tilleggsinformasjon = ? WHERE nr = ?", (inndata.tilleggsinformasjon, sak["nr"]))
            _fortell(db, kall, sak, "TilleggsinformasjonSak", inndata)
    return {"__typename": "TilleggsinformasjonSakVellykket", "id": sak["id"]}


def er_ny_noekkel(db: apsw.Connection, eier_id: str, operasjon: str, noekkel: str | None) -> bool:
    """Whether the call is to take effect: it has no key, or one that was not used before on this item. It is now."""
    if noekkel is None:
        return True
    db.execute("INSERT OR IGNORE INTO brukt_noekkel VALUES (?, ?, ?)", (eier_id, operasjon, noekkel))
    return db.changes() == 1


def _med_noekkel(db: apsw.Connection, sak_nr: int, noekkel: str) -> tuple[Any, ...] | None:
    return db.execute(
        """
        SELECT id, status, overstyr_statustekst_med, oppgitt_tidspunkt FROM sak_status
         WHERE sak_nr = ? AND idempotency_key = ?
        """,
        (sak_nr, noekkel),
    ).fetchone()


def _skriv_status(
    db: apsw.Connection,
    now: int,
    sak_nr: int,
    status: str,
    tekst: str | None,
    *,
    oppgitt: int | None,
    idempotency_key: str | None,
) -> str:
    status_id = ny_id(now)
    db.execute(
        """
        INSERT INTO sak_status (
            id, sak_nr, status, overstyr_statustekst_med, oppgitt_tidspunkt, mottatt_tidspunkt, idempotency_key)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        (status_id, sak_nr, status, tekst, oppgitt, now, idempotency_key),
    )
    return status_id


def _bygg_soeketekst(db: apsw.Connection, sak_nr: int) -> None:
    """What one can search by: title, merkelapp, and the statuses that have a text of their own, as on the platform."""
    tittel, merkelapp = db.execute("SELECT tittel, merkelapp FROM sak WHERE nr = ?", (sak_nr,)).fetchone() or ("", "")
    statuser = db.execute(
        """
        SELECT status, overstyr_statustekst_med FROM sak_status
         WHERE sak_nr = ? AND overstyr_statustekst_med IS NOT NULL ORDER BY nr
        """,
        (sak_nr,),
    )
    tekst = " ".join([tittel, merkelapp, *(f"{status} {overstyrt}" for status, overstyrt in statuser)])
    db.execute("UPDATE sak SET soeketekst = ? WHERE nr = ?", (tekst.lower(), sak_nr))


def _maske(db: apsw.Connection, merkelapp: str, grupperingsid: str) -> int:
    """The states of a sak's oppgaver; a kalenderavtale that waits for an answer counts as a new oppgave."""
    maske = 0
    for tilstand, paaminnet in db.execute(
        """
        SELECT DISTINCT tilstand, paaminnelse_tidspunkt IS NOT NULL FROM notifikasjon
         WHERE merkelapp = ? AND grupperingsid = ? AND type <> 'Beskjed'
        """,
        (merkelapp, grupperingsid),
    ):
        bit = MASKE.get("NY" if tilstand == "VENTER_SVAR_FRA_ARBEIDSGIVER" else tilstand, 0)
        maske |= bit | (bit * MED_PAAMINNELSE if paaminnet else 0)
    return maske


def _oppdater(db: apsw.Connection, nr: int, gammel: tuple[int, int], ny: tuple[int, int]) -> None:
    if gammel == ny:
        return
    db.execute("UPDATE sak SET sist_endret_tidspunkt = ?, maske = ? WHERE nr = ?", (*ny, nr))
    db.execute("UPDATE sak_mottaker SET sist_endret_tidspunkt = ?, maske = ? WHERE sak_nr = ?", (*ny, nr))


def _fortell(
    db: apsw.Connection, kall: Kall, sak: Rad, type: str, inndata: NyStatusSak | NesteStegSak | TilleggsinformasjonSak
) -> None:
    hendelse.skriv(
        db,
        type,
        sak["id"],
        kall.now,
        kall.produsent.id,
        inndata.til_historien(),
        merkelapp=sak["merkelapp"],
        grupperingsid=sak["grupperingsid"],
    )
