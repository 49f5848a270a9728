"""What the bell shows: a person's newest notifikasjoner, the kalenderavtaler to come, and what has been read.

Access is the join with the person's keys; nothing is filtered afterwards. The bell's number and order come from
`sortering` in `mottaker`, so the 200 are found without looking at any notifikasjon.
"""

import hashlib
from collections.abc import Collection
from typing import Any

import apsw

from server import hendelse, tid
from server.identitet import les_id
from server.notifikasjoner import lokasjon
from server.tilgang import Bruker

Rad = dict[str, Any]

ANTALL = 200  # the platform shows no more
ANTALL_KOMMENDE = 50

# The rows of a page whose numbers stand in `side(nr, sortering)`. ny_lenke is the user's alone.
_RADER = """
    SELECT n.type, n.id, n.merkelapp, n.tekst, coalesce(n.ny_lenke, n.lenke), n.tilstand, n.opprettet_tidspunkt,
           coalesce(n.paaminnelse_tidspunkt, n.opprettet_tidspunkt), n.paaminnelse_tidspunkt, n.utgaatt_tidspunkt,
           n.utfoert_tidspunkt, n.frist, n.start_tidspunkt, n.slutt_tidspunkt, n.adresse, n.postnummer, n.poststed,
           n.digitalt, n.virksomhetsnummer, coalesce(v.navn, ''), s.tittel, s.tilleggsinformasjon,
           k.notifikasjon_nr IS NOT NULL
      FROM side
      CROSS JOIN notifikasjon n ON n.nr = side.nr
      LEFT JOIN virksomhet v ON v.virksomhetsnummer = n.virksomhetsnummer
      LEFT JOIN sak s ON s.merkelapp = n.merkelapp AND s.grupperingsid = n.grupperingsid
      LEFT JOIN bruker_klikk k ON k.fnr = :fnr AND k.notifikasjon_nr = n.nr
"""
NYESTE = f"""
    WITH side AS MATERIALIZED (
        SELECT DISTINCT m.notifikasjon_nr AS nr, m.sortering
          FROM carray(:numre) t CROSS JOIN mottaker m ON m.tilgang_nr = t.value
         ORDER BY m.sortering DESC, m.notifikasjon_nr DESC LIMIT {ANTALL}
    ) {_RADER} ORDER BY side.sortering DESC, side.nr DESC
"""
KOMMENDE = f"""
    WITH side AS MATERIALIZED (
        SELECT DISTINCT n.nr, n.start_tidspunkt AS sortering
          FROM carray(:numre) t
          CROSS JOIN mottaker m ON m.tilgang_nr = t.value AND m.start_tidspunkt > :now
          CROSS JOIN notifikasjon n ON n.nr = m.notifikasjon_nr
         WHERE n.tilstand NOT IN ('AVLYST', 'AVHOLDT')
         ORDER BY n.start_tidspunkt, n.nr LIMIT {ANTALL_KOMMENDE}
    ) {_RADER} ORDER BY side.sortering, side.nr
"""


def notifikasjoner(bruker: Bruker) -> Rad:
    numre = bruker.innsyn.numre()
    rader: list[Any] = []
    if numre:
        db = bruker.database.read()
        rader = db.execute(NYESTE, {"numre": apsw.carray(numre), "fnr": bruker.fnr}).fetchall()
    klikk_id = _klikk_id(bruker)
    vist = [_notifikasjon(klikk_id, *rad) for rad in rader]
    bruker.savn_navn(vist)
    return {
        "notifikasjoner": vist,
        "feil_altinn": bruker.innsyn.feil_altinn,
        "feil_digi_syfo": False,
    }


def kommende_kalenderavtaler(bruker: Bruker, virksomhetsnumre: Collection[str]) -> Rad:
    numre = bruker.innsyn.numre(virksomhetsnumre)
    rader: list[Any] = []
    if numre:
        sted = {"numre": apsw.carray(numre), "now": bruker.now, "fnr": bruker.fnr}
        rader = bruker.database.read().execute(KOMMENDE, sted).fetchall()
    klikk_id = _klikk_id(bruker)
    avtaler = [_notifikasjon(klikk_id, *rad) for rad in rader]
    bruker.savn_navn(avtaler)
    for avtale in avtaler:  # on the platform this list has never known of clicks
        avtale["bruker_klikk"]["klikket_paa"] = False
    return {"avtaler": avtaler, "feil_altinn": bruker.innsyn.feil_altinn, "feil_digi_syfo": False}


def notifikasjon_klikket_paa(bruker: Bruker, id: str) -> Rad:
    """A click is stored once, however often it is told. One may click only on what one may see."""
    notifikasjon_id = les_id(id)
    numre = bruker.innsyn.numre()
    with bruker.database.write() as db:
        treff = (
            numre
            and db.execute(
                """
            SELECT n.nr, n.merkelapp, n.grupperingsid FROM notifikasjon n
             WHERE n.id = :id AND EXISTS (
                   SELECT 1 FROM mottaker m
                    WHERE m.notifikasjon_nr = n.nr AND m.tilgang_nr IN (SELECT value FROM carray(:numre)))
            """,
                {"id": notifikasjon_id, "numre": apsw.carray(numre)},
            ).fetchone()
        )
        if not treff:
            return {"__typename": "UgyldigId", "feilmelding": ""}
        nr, merkelapp, grupperingsid = treff
        db.execute("INSERT OR IGNORE INTO bruker_klikk (fnr, notifikasjon_nr) VALUES (?, ?)", (bruker.fnr, nr))
        if db.changes():
            hendelse.skriv(
                db,
                "BrukerKlikket",
                notifikasjon_id,
                bruker.now,
                "bruker",
                {"fnr": bruker.fnr},
                merkelapp=merkelapp,
                grupperingsid=grupperingsid,
            )
    return {"__typename": "BrukerKlikk", "id": _klikk_id(bruker)(notifikasjon_id), "klikket_paa": True}


def notifikasjoner_sist_lest(bruker: Bruker) -> Rad:
    tidspunkt = bruker.database.read().execute("SELECT tidspunkt FROM sist_lest WHERE fnr = ?", (bruker.fnr,)).get
    return {"__typename": "NotifikasjonerSistLest", "tidspunkt": tidspunkt}


def sett_sist_lest(bruker: Bruker, tidspunkt: int) -> Rad:
    """The last one told wins, also when it is earlier."""
    with bruker.database.write() as db:
        db.execute(
            "INSERT INTO sist_lest (fnr, tidspunkt) VALUES (?1, ?2) ON CONFLICT (fnr) DO UPDATE SET tidspunkt = ?2",
            (bruker.fnr, tidspunkt),
        )
    return {"tidspunkt": tidspunkt}


def _klikk_id(bruker: Bruker) -> Any:
    """notifikasjon id -> BrukerKlikk.id: the same in query and mutation, another for each person, and opaque."""
    forfra = hashlib.blake2b(bruker.fnr.encode(), key=bruker.database.noekkel, digest_size=16)

    def lag(notifikasjon_id: str) -> str:
        avtrykk = forfra.copy()
        avtrykk.update(notifikasjon_id.encode())
        return avtrykk.hexdigest()

    return lag


def _notifikasjon(
    klikk_id: Any,
    type: str,
    id: str,
    merkelapp: str,
    tekst: str,
    lenke: str,
    tilstand: str | None,
    opprettet: int,
    sortering: int,
    paaminnelse: int | None,
    utgaatt: int | None,
    utfoert: int | None,
    frist: str | None,
    start: int | None,
    slutt: int | None,
    adresse: str | None,
    postnummer: str | None,
    poststed: str | None,
    digitalt: int | None,
    virksomhetsnummer: str,
    navn: str,
    tittel: str | None,
    tilleggsinformasjon: str | None,
    klikket: int,
) -> Rad:
    """A row as the Notifikasjon union."""
    felles = {
        "__typename": type,
        "id": id,
        "merkelapp": merkelapp,
        "tekst": tekst,
        "lenke": lenke,
        "opprettet_tidspunkt": opprettet,
        "sortering_tidspunkt": sortering,
        "paaminnelse_tidspunkt": paaminnelse,
        "bruker_klikk": {"id": klikk_id(id), "klikket_paa": bool(klikket)},
        "virksomhet": {"virksomhetsnummer": virksomhetsnummer, "navn": navn},
        "sak": {"tittel": tittel, "tilleggsinformasjon": tilleggsinformasjon} if tittel is not None else None,
    }
    if type == "Oppgave":
        felles |= {"tilstand": tilstand, "utgaatt_tidspunkt": utgaatt, "utfoert_tidspunkt": utfoert, "frist": frist}
    elif type == "Kalenderavtale":
        felles |= {
            "avtaletilstand": tilstand,
            "start_tidspunkt": oslo(start),
            "slutt_tidspunkt": oslo(slutt),
            "lokasjon": lokasjon({"adresse": adresse, "postnummer": postnummer, "poststed": poststed}),
            "digitalt": bool(digitalt),
        }
    return felles


def oslo(tidspunkt: int | None) -> str | None:
    """Start and end of a kalenderavtale carry Oslo's offset; every other instant is UTC."""
    return None if tidspunkt is None else tid.format_oslo(tidspunkt)
