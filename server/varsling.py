"""SMS, e-mail and messages through Altinn: ordered in the transaction of their notifikasjon or påminnelse, sent in
time.

NY -> SENDT, FEILET or KANSELLERT, each told in the history in the same transaction. A varsel of a påminnelse has no
send_etter until the påminnelse fires. What has been ordered is sent whatever becomes of its notifikasjon; only a
kalenderavtale cancels its varsler.

Sending: an attempt is written down, the channel is called outside any transaction, the result is written. Each channel
has one thread, so an attempt without an end, found by it, was cut off by a crash: a channel that tells repetitions gets
the same key again; e-mail goes once more with the same Message-ID; for the rest `ved_tvil` decides.
"""

import hashlib
import logging
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import apsw
import orjson

from server import hendelse, noedbrems, sendevindu, tid
from server.database import Database, DatabaseOpptatt
from server.identitet import ny_id
from server.inndata import Bestilling
from server.kanal import KanalError, Melding, Utfall
from server.rader import rader

log = logging.getLogger(__name__)

Rad = dict[str, Any]

SEKUND = 1_000_000
TIME = 3600 * SEKUND
MAKS_PAUSE_S = 600  # between attempts; a neighbour may ask for more
MAKS_ETTERSPURT_S = 3600  # how much more: nobody's mistake silences a varsel for days
MAKS_I_TVIL = 2  # attempts that may each have reached the recipient, where repeating is accepted at all
VENT_PAA_DATABASEN = 30  # turns of database.WAIT_S to write what a channel has answered: it cannot be asked again
KVITTERING_S = (15, 60, 120, 300, 600)  # pauses between looks for a receipt; the last one repeats
UKJENT_UTFALL = "ukjent_utfall"
USIKKER = "usikker "  # before the code of an attempt that may have reached the recipient
KANSELLERES = "kanselleres"  # in the place of an attempt's outcome: the varsel was cancelled while it went on
HENDELSE = {
    "SENDT": "EksterntVarselVellykket",
    "FEILET": "EksterntVarselFeilet",
    "KANSELLERT": "EksterntVarselKansellert",
}


class Eier(NamedTuple):
    """Whose varsel it is."""

    notifikasjon_id: str
    produsent_id: str
    virksomhetsnummer: str


@dataclass(frozen=True, slots=True)
class Regler:
    """The settings of [varsling] that are not a channel's own."""

    send_ved_tvil: bool
    kvote_per_doegn: int
    for_gammelt_etter: int  # µs


@dataclass(frozen=True, slots=True)
class Kanal:
    """A way out, for some kinds of varsler.

    `send` returns an order id if the receipt comes later; `kvittering` is then asked for it.
    """

    navn: str
    slag: tuple[str, ...]  # what it is the way out for: SMS, EPOST, ALTINNRESSURS, ALTINNTJENESTE
    send: Callable[[Melding], str | None]
    kvittering: Callable[[str], Utfall | None] | None = None
    idempotent: bool = True  # it tells a repetition, and may be handed the same varsel as often as need be
    gjentas: bool = False  # if not: one repetition is better than none, whatever `ved_tvil` says


# ── Ordering ──


def bestill(
    db: apsw.Connection,
    now: int,
    eier: Eier,
    varsler: Iterable[Bestilling],
    opphav: str,
    *,
    paaminnelse_nr: int | None = None,
    forelder_nr: int | None = None,
) -> list[str]:
    """Order the varsler and return their ids, in order. Those of a påminnelse wait for it."""
    ids = []
    for varsel in varsler:
        varsel_id = ny_id(now)
        ids.append(varsel_id)
        venter = opphav == "PAAMINNELSE"
        planlagt = None if venter else sendevindu.neste(varsel.sendevindu, varsel.sendetidspunkt, now)
        db.execute(
            """
            INSERT INTO eksternt_varsel (
                id, notifikasjon_id, produsent_id, virksomhetsnummer, paaminnelse_nr, forelder_nr, opphav, kanal,
                mottaker, tittel, tekst, sms_tekst, sendevindu, sendetidspunkt, planlagt_tidspunkt, forsinket_fra,
                send_etter, bestilt_tidspunkt)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (varsel_id, *eier, paaminnelse_nr, forelder_nr, opphav, *varsel, planlagt, planlagt, planlagt, now),
        )
    return ids


def begynn(db: apsw.Connection, now: int, paaminnelse_nr: int) -> None:
    """The påminnelse has fired: its varsler are planned from when it was due, so that one that comes late is late."""
    for varsel in rader(
        db.execute(
            """
            SELECT v.nr, v.sendevindu, v.sendetidspunkt, max(p.tidspunkt, v.bestilt_tidspunkt) AS skulle_komme
              FROM eksternt_varsel v JOIN paaminnelse p ON p.nr = v.paaminnelse_nr
             WHERE v.paaminnelse_nr = ? AND v.status = 'NY' AND v.send_etter IS NULL
            """,
            (paaminnelse_nr,),
        )
    ):
        fra = min(varsel["skulle_komme"], now)
        planlagt = sendevindu.neste(varsel["sendevindu"], varsel["sendetidspunkt"], fra)
        db.execute(
            "UPDATE eksternt_varsel SET planlagt_tidspunkt = ?1, forsinket_fra = ?1, send_etter = ?1 WHERE nr = ?2",
            (planlagt, varsel["nr"]),
        )


def kanseller(db: apsw.Connection, now: int, notifikasjon_id: str) -> None:
    """Cancel what a notifikasjon has ordered and not yet sent, but for påminnelser that have not fired.

    One that the channel is being handed right now is told as SENDT or FEILET, as it turns out, and not tried again. One
    that has been divided among people is cancelled if nothing has reached any of them.
    """
    db.execute(
        """
        UPDATE varselforsoek SET utfall = ? WHERE avsluttet IS NULL
           AND varsel_nr IN (SELECT nr FROM eksternt_varsel WHERE notifikasjon_id = ? AND status = 'NY')
        """,
        (KANSELLERES, notifikasjon_id),
    )
    _kanseller(
        db,
        now,
        """
        v.notifikasjon_id = ? AND v.status = 'NY' AND v.send_etter IS NOT NULL AND v.ordre_id IS NULL
           AND NOT EXISTS (SELECT 1 FROM varselforsoek f WHERE f.varsel_nr = v.nr AND f.avsluttet IS NULL)
        """,
        notifikasjon_id,
    )
    _kanseller(
        db,
        now,
        """
        v.notifikasjon_id = ? AND v.status = 'NY'
           AND EXISTS (SELECT 1 FROM eksternt_varsel b WHERE b.forelder_nr = v.nr)
           AND NOT EXISTS (SELECT 1 FROM eksternt_varsel b WHERE b.forelder_nr = v.nr AND b.status <> 'KANSELLERT')
        """,
        notifikasjon_id,
    )


def kanseller_paaminnelse(db: apsw.Connection, now: int, paaminnelse_nr: int) -> None:
    """Cancel the varsler of a påminnelse that will not fire."""
    _kanseller(db, now, "v.paaminnelse_nr = ? AND v.status = 'NY' AND v.send_etter IS NULL", paaminnelse_nr)


def avtrykk(noekkel: bytes, varsler: Sequence[Bestilling], paaminnelse: Sequence[Bestilling]) -> bytes:
    """A hash of what was ordered, which tells a retry from a change also when the contact data has been erased.

    Keyed, since a phone number alone could be guessed from its hash.
    """
    bestilt = orjson.dumps([varsler, paaminnelse], default=list)
    return hashlib.blake2b(bestilt, key=noekkel, digest_size=32).digest()


_VILKAAR = [
    (re.compile(r"(?<!\d)\d{6} ?\d{5}(?!\d)"), "et fødselsnummer"),
    (re.compile(r"nav\.no", re.I), "«nav.no»"),
    (re.compile(r"https?:|www\.|\bhref\s*=", re.I), "en lenke"),
]


def brudd_paa_vilkaarene(varsler: Iterable[Bestilling]) -> list[str]:
    """What the terms of use say that no text to the outside may contain, and these do: a sentence for each."""
    funn = []
    for nr, varsel in enumerate(varsler, 1):
        for felt, tekst in (("tittel", varsel.tittel), ("e-posttekst", varsel.tekst), ("SMS-tekst", varsel.sms_tekst)):
            funn += [
                f"Eksternt varsel {nr}: {felt} inneholder {hva}."
                for regel, hva in _VILKAAR
                if regel.search(tekst or "")
            ]
    return list(dict.fromkeys(funn))


# ── Sending ──


def neste_forfall(database: Database, kanal: Kanal) -> int | None:
    """When this channel has something to do next; None while the brake is on."""
    db = database.read()
    if noedbrems.er_paa(db):
        return None
    tidspunkter = [
        tidspunkt
        for slag in kanal.slag
        if (
            tidspunkt := db.execute(
                """
                SELECT min(send_etter) FROM eksternt_varsel
                 WHERE kanal = ? AND status = 'NY' AND holdt = 0 AND send_etter IS NOT NULL
                """,
                (slag,),
            ).get
        )
        is not None
    ]
    return min(tidspunkter, default=None)


def behandle_neste(database: Database, kanal: Kanal, regler: Regler, now: int) -> bool:
    """Step: send the varsel that has waited longest for this channel, or look for its receipt. False if none is due."""
    with database.write() as db:
        varsel = _forfalt(db, kanal, now)
        if varsel is None:
            return False
        if varsel["avbrutt"]:
            _etter_avbrudd(db, kanal, regler, varsel, now)
            return True
        if varsel["ordre_id"] is None:
            if _utsatt(db, regler, varsel, now):
                return True
            varsel["forsoek"] += 1
            db.execute("UPDATE eksternt_varsel SET forsoek = ? WHERE nr = ?", (varsel["forsoek"], varsel["nr"]))
            db.execute(
                "INSERT INTO varselforsoek (varsel_nr, forsoek, startet) VALUES (?, ?, ?)",
                (varsel["nr"], varsel["forsoek"], now),
            )

    # No transaction is open while we wait for the channel.
    if varsel["ordre_id"] is None:
        _send(database, kanal, regler, varsel, now)
    else:
        _se_etter_kvittering(database, kanal, varsel, now)
    return True


def glem_kontaktdata(db: apsw.Connection, notifikasjon_id: str) -> None:
    """Erase to whom and with what words, of a deleted notifikasjon's varsler that are final; the others need it.

    The outbox forgets it too, where nobody can look into it or empty it.
    """
    db.execute(f"UPDATE eksternt_varsel SET {_TOMT} WHERE notifikasjon_id = ? AND status <> 'NY'", (notifikasjon_id,))
    db.execute(
        """
        DELETE FROM melding WHERE vises = 0
           AND varsel_id IN (SELECT id FROM eksternt_varsel WHERE notifikasjon_id = ? AND status <> 'NY')
        """,
        (notifikasjon_id,),
    )


def glem_gamle_kontaktdata(database: Database, now: int, dager: int) -> None:
    """Erase the same of everything that has been final for this long; the outbox too."""
    eldst = tid.minus(now, tid.Varighet(dager=dager))
    with database.write() as db:
        db.execute(
            f"UPDATE eksternt_varsel SET {_TOMT} WHERE avsluttet_tidspunkt < ? AND mottaker IS NOT NULL", (eldst,)
        )
        db.execute("DELETE FROM melding WHERE tidspunkt < ?", (eldst,))


# ── For humans ──


def eldste_ventende_s(db: apsw.Connection, now: int) -> float:
    """How long ago the varsel that is most late should have been delivered, whatever keeps it; 0 if none is late."""
    planlagt = db.execute(
        """
        SELECT min(planlagt_tidspunkt) FROM eksternt_varsel
         WHERE kanal IN ('SMS', 'EPOST', 'ALTINNRESSURS', 'ALTINNTJENESTE') AND status = 'NY' AND holdt = 0
           AND send_etter IS NOT NULL
        """
    ).get
    return 0.0 if planlagt is None else max(now - planlagt, 0) / SEKUND


def mislykkes(db: apsw.Connection, now: int, minutter: int) -> list[str]:
    """The kinds of varsler that have failed for this long without one getting out; none while the brake is on.

    Neither what waits for its window, its quota or its receipt is a fault, nor one recipient who cannot be reached.
    """
    if noedbrems.er_paa(db):
        return []
    proevd = db.execute(
        """
        SELECT v.kanal, max(f.startet)
          FROM eksternt_varsel v JOIN varselforsoek f ON f.varsel_nr = v.nr AND f.forsoek = 1
         WHERE v.kanal IN ('SMS', 'EPOST', 'ALTINNRESSURS', 'ALTINNTJENESTE') AND v.status = 'NY' AND v.holdt = 0
           AND v.send_etter <= ? AND v.ordre_id IS NULL AND f.startet <= ?
         GROUP BY v.kanal
        """,
        (now + MAKS_ETTERSPURT_S * SEKUND, now - minutter * 60 * SEKUND),
    ).fetchall()
    sendt = """
        SELECT 1 FROM eksternt_varsel
         WHERE mottaker IS NOT NULL AND avsluttet_tidspunkt >= ? AND status = 'SENDT' AND kanal = ? LIMIT 1
    """
    return [str(kanal) for kanal, sist in proevd if not db.execute(sendt, (sist, kanal)).get]


# What a human may decide about: what is too old to be sent unseen, and what is due and kept by the brake. Not what a
# channel has been handed: that may have gone out.
_HOLDTE = """
    SELECT nr, id, notifikasjon_id, kanal, planlagt_tidspunkt, 'for_gammelt' AS grunn
      FROM eksternt_varsel WHERE holdt = 1 AND status = 'NY'
    UNION ALL
    SELECT nr, id, notifikasjon_id, kanal, planlagt_tidspunkt, 'noedbrems' FROM eksternt_varsel
     WHERE EXISTS (SELECT 1 FROM bryter WHERE navn = 'noedbrems')
       AND kanal IN ('SMS', 'EPOST', 'ALTINNRESSURS', 'ALTINNTJENESTE') AND status = 'NY' AND holdt = 0
       AND send_etter <= ? AND ordre_id IS NULL
       AND NOT EXISTS (SELECT 1 FROM varselforsoek f WHERE f.varsel_nr = eksternt_varsel.nr AND f.avsluttet IS NULL)
"""


def holdte(db: apsw.Connection, now: int) -> list[Rad]:
    """What waits for a human, and why: ids and times, no contact data."""
    return rader(
        db.execute(
            f"""
            SELECT id AS "varselId", notifikasjon_id AS "notifikasjonId", kanal, planlagt_tidspunkt AS planlagt, grunn
              FROM ({_HOLDTE}) ORDER BY nr
            """,
            (now,),
        )
    )


def antall_holdte(db: apsw.Connection, now: int) -> dict[str, int]:
    """How many there are, by why."""
    antall = dict(db.execute(f"SELECT grunn, count(*) FROM ({_HOLDTE}) GROUP BY grunn", (now,)))
    return {grunn: antall.get(grunn, 0) for grunn in ("for_gammelt", "noedbrems")}


def avgjoer_holdte(database: Database, now: int, *, send: Sequence[str], dropp: Sequence[str]) -> int:
    """Send these after all, as soon as the brake allows, and drop those. Returns how many there were."""
    antall = 0
    with database.write() as db:
        venter = {varsel["varselId"] for varsel in holdte(db, now)}
        sendes = [varsel_id for varsel_id in dict.fromkeys(send) if varsel_id in venter]
        for varsel_id in sendes:
            db.execute(
                "UPDATE eksternt_varsel SET holdt = 0, send_etter = ?1, forsinket_fra = ?1 WHERE id = ?2",
                (now, varsel_id),
            )
        venter.difference_update(sendes)
        for varsel_id in dropp:
            if varsel_id in venter:
                antall += _kanseller(db, now, "v.id = ? AND v.status = 'NY'", varsel_id)
    return antall + len(sendes)


# ── Details ──

_TOMT = "mottaker = NULL, tittel = NULL, tekst = NULL, sms_tekst = NULL, feilmelding = NULL"


def _kanseller(db: apsw.Connection, now: int, hvilke: str, binding: object) -> int:
    varsler = rader(
        db.execute(f"SELECT v.id, v.notifikasjon_id, v.forelder_nr FROM eksternt_varsel v WHERE {hvilke}", (binding,))
    )
    for varsel in varsler:
        _avslutt(db, varsel, now, "KANSELLERT")
    return len(varsler)


def _avslutt(db: apsw.Connection, varsel: Rad, now: int, status: str, utfall: Utfall | None = None) -> None:
    """The end of a varsel: its status, the history, and no contact data if its notifikasjon is gone."""
    kode, detaljer = utfall or (None, None)
    db.execute(
        """
        UPDATE eksternt_varsel
           SET status = ?, feilkode = ?, feilmelding = ?, avsluttet_tidspunkt = ?, send_etter = NULL
         WHERE id = ? AND status = 'NY'
        """,
        (status, kode, detaljer, now, varsel["id"]),
    )
    if not db.execute("SELECT 1 FROM notifikasjon WHERE id = ?", (varsel["notifikasjon_id"],)).get:
        glem_kontaktdata(db, varsel["notifikasjon_id"])
    elif varsel["forelder_nr"] is None:
        innhold = {"varselId": varsel["id"]} | ({"feilkode": kode} if kode else {})
        hendelse.skriv(db, HENDELSE[status], varsel["notifikasjon_id"], now, hendelse.SYSTEM, innhold)


def _forfalt(db: apsw.Connection, kanal: Kanal, now: int) -> Rad | None:
    """The varsel of this channel that has waited longest. `avbrutt`: its last attempt has no end."""
    if noedbrems.er_paa(db):
        return None
    forfalt: list[Rad] = []
    for slag in kanal.slag:
        forfalt += rader(
            db.execute(
                """
                SELECT v.nr, v.id, v.notifikasjon_id, v.forelder_nr, v.produsent_id, v.virksomhetsnummer, v.kanal,
                       v.mottaker, v.tittel, v.tekst, v.sms_tekst, v.sendevindu, v.sendetidspunkt, v.send_etter,
                       v.forsinket_fra, v.forsoek, v.ordre_id, f.varsel_nr IS NOT NULL AS avbrutt
                  FROM eksternt_varsel v LEFT JOIN varselforsoek f ON f.varsel_nr = v.nr AND f.avsluttet IS NULL
                 WHERE v.kanal = ? AND v.status = 'NY' AND v.holdt = 0 AND v.send_etter <= ?
                 ORDER BY v.send_etter, v.nr LIMIT 1
                """,
                (slag, now),
            )
        )
    return min(forfalt, key=lambda v: (v["send_etter"], v["nr"]), default=None)


def _utsatt(db: apsw.Connection, regler: Regler, varsel: Rad, now: int) -> bool:
    """Whether it has to wait after all: too old, its window has closed, or its producer has used its quota."""
    if _holdt(db, regler, varsel, now):
        return True
    aapner = sendevindu.neste(varsel["sendevindu"], varsel["sendetidspunkt"], now)
    if aapner <= now and regler.kvote_per_doegn and _brukt(db, varsel["produsent_id"], now) >= regler.kvote_per_doegn:
        aapner = now + TIME
        log.warning("producer %s has used its quota: varsel %s waits", varsel["produsent_id"], varsel["id"])
    if aapner > now:
        db.execute("UPDATE eksternt_varsel SET send_etter = ? WHERE nr = ?", (aapner, varsel["nr"]))
    return aapner > now


def _holdt(db: apsw.Connection, regler: Regler, varsel: Rad, now: int) -> bool:
    """Whether it should have been sent too long ago, whatever has kept it, and now waits for a human.

    One that meets a closed window when its time is up has the first hour of the next one, too.
    """
    frist = varsel["forsinket_fra"] + regler.for_gammelt_etter
    aapner = sendevindu.neste(varsel["sendevindu"], varsel["sendetidspunkt"], frist)
    if now <= (frist if aapner <= frist else aapner + TIME):
        return False
    db.execute("UPDATE eksternt_varsel SET holdt = 1 WHERE nr = ?", (varsel["nr"],))
    log.warning("varsel %s is too old to be sent unseen: see /internal/holdte", varsel["id"])
    return True


def _brukt(db: apsw.Connection, produsent_id: str, now: int) -> int:
    """How many have been sent in 24 hours, and have been accepted by a channel that has yet to give its receipt."""
    antall: int = db.execute(
        """
        SELECT (SELECT count(*) FROM eksternt_varsel
                 WHERE produsent_id = ?1 AND status = 'SENDT' AND avsluttet_tidspunkt > ?2)
             + (SELECT count(*) FROM eksternt_varsel
                 WHERE kanal IN ('SMS', 'EPOST', 'ALTINNRESSURS', 'ALTINNTJENESTE') AND send_etter <= ?3
                   AND status = 'NY' AND holdt = 0 AND ordre_id IS NOT NULL AND produsent_id = ?1)
        """,
        (produsent_id, now - 24 * TIME, now + KVITTERING_S[-1] * SEKUND),
    ).get
    return antall


def _send(database: Database, kanal: Kanal, regler: Regler, varsel: Rad, now: int) -> None:
    melding = Melding(varsel["id"], *(varsel[felt] for felt in Melding._fields[1:]))
    ordre_id: str | None = None
    feil: KanalError | None = None
    try:
        ordre_id = kanal.send(melding)
    except KanalError as error:
        feil = error

    def skriv(db: apsw.Connection) -> None:
        if feil is not None:
            _etter_feil(db, kanal, regler, varsel, now, feil)
            return
        _avslutt_forsoek(db, varsel, now, "OK")
        if ordre_id is None:
            _avslutt(db, varsel, now, "SENDT")
        else:
            db.execute(
                "UPDATE eksternt_varsel SET ordre_id = ?, forsoek = 0, send_etter = ? WHERE id = ?",
                (ordre_id, now + KVITTERING_S[0] * SEKUND, varsel["id"]),
            )

    _skriv_svaret(database, skriv)


def _skriv_svaret(database: Database, skriv: Callable[[apsw.Connection], None]) -> None:
    """Write down what a channel has answered, also if the database has no turn for us at once."""
    for runde in range(VENT_PAA_DATABASEN):
        try:
            with database.write() as db:
                skriv(db)
            return
        except DatabaseOpptatt:
            if runde == VENT_PAA_DATABASEN - 1:
                raise


def _se_etter_kvittering(database: Database, kanal: Kanal, varsel: Rad, now: int) -> None:
    assert kanal.kvittering
    try:
        utfall = kanal.kvittering(varsel["ordre_id"])
    except KanalError as error:
        log.warning("varsel %s: no receipt yet (%s)", varsel["id"], error.kode)
        utfall = None
    with database.write() as db:
        if utfall is not None:
            _avslutt(db, varsel, now, "SENDT" if utfall.kode is None else "FEILET", utfall)
        else:
            pause = KVITTERING_S[min(varsel["forsoek"] + 1, len(KVITTERING_S) - 1)]
            db.execute(
                "UPDATE eksternt_varsel SET forsoek = forsoek + 1, send_etter = ? WHERE id = ?",
                (now + pause * SEKUND, varsel["id"]),
            )


def _etter_avbrudd(db: apsw.Connection, kanal: Kanal, regler: Regler, varsel: Rad, now: int) -> None:
    error = KanalError("the process ended while it was being sent", kode="avbrutt", usikker=True)
    _etter_feil(db, kanal, regler, varsel, now, error)


def _etter_feil(db: apsw.Connection, kanal: Kanal, regler: Regler, varsel: Rad, now: int, error: KanalError) -> None:
    """Give up, or plan the next attempt. What may have gone out is sent again only if that is safe, or asked for."""
    kansellert = _avslutt_forsoek(db, varsel, now, error.kode, usikker=error.usikker)
    if error.permanent:
        log.error("varsel %s failed: %s", varsel["id"], error.kode)
        _avslutt(db, varsel, now, "FEILET", Utfall(error.kode, str(error)))
    elif error.usikker and (kansellert or not _kan_gjentas(db, kanal, regler, varsel)):
        log.error("varsel %s: nobody knows whether it was sent (%s)", varsel["id"], error.kode)
        _avslutt(db, varsel, now, "FEILET", Utfall(UKJENT_UTFALL, str(error)))
    elif kansellert:
        _avslutt(db, varsel, now, "KANSELLERT")
    elif not _holdt(db, regler, varsel, now):  # it may have been cut off long ago
        pause = max(ventetid_s(varsel["forsoek"], random.random()), min(error.vent_s or 0, MAKS_ETTERSPURT_S))
        log.warning("varsel %s: %s, trying again in %.0f s", varsel["id"], error.kode, pause)
        db.execute("UPDATE eksternt_varsel SET send_etter = ? WHERE id = ?", (now + int(pause * SEKUND), varsel["id"]))


def _kan_gjentas(db: apsw.Connection, kanal: Kanal, regler: Regler, varsel: Rad) -> bool:
    if kanal.idempotent:
        return True
    i_tvil = db.execute(
        "SELECT count(*) FROM varselforsoek WHERE varsel_nr = ? AND utfall LIKE ?", (varsel["nr"], f"{USIKKER}%")
    ).get
    return (kanal.gjentas or regler.send_ved_tvil) and bool(i_tvil < MAKS_I_TVIL)


def ventetid_s(forsoek: int, tilfeldig: float) -> float:
    """Pause after `forsoek` failed attempts: 30 s, 1, 2, 4 … 10 min, give or take 20 % (`tilfeldig` 0 to 1)."""
    return float(min(30 * 2 ** (min(forsoek, 10) - 1), MAKS_PAUSE_S)) * (0.8 + 0.4 * tilfeldig)


def _avslutt_forsoek(db: apsw.Connection, varsel: Rad, now: int, utfall: str, *, usikker: bool = False) -> bool:
    """The end of an attempt. Returns whether the varsel was cancelled while it went on."""
    hvilket = "varsel_nr = (SELECT nr FROM eksternt_varsel WHERE id = ?) AND avsluttet IS NULL"
    tidligere = db.execute(f"SELECT utfall FROM varselforsoek WHERE {hvilket}", (varsel["id"],)).get
    db.execute(
        f"UPDATE varselforsoek SET avsluttet = ?, utfall = ? WHERE {hvilket}",
        (now, f"{USIKKER if usikker else ''}{utfall}", varsel["id"]),
    )
    return bool(tidligere == KANSELLERES)
