"""What the bell shows: a person's newest notifikasjoner, the kalenderavtaler to come, and what has been read.

Access is the join with the person's keys; nothing is filtered afterwards. The bell's number and order come from
`sortering` in `mottaker`, so the 200 are found without looking at any notifikasjon.
"""

import hashlib
from array import array
from collections.abc import Collection
from typing import Any

import apsw

from server import hendelse, tid
from server.identitet import les_id
from server.plankode import FINNES, Form
from server.tilgang import Bruker

Rad = dict[str, Any]

ANTALL = 200  # the platform shows no more
ANTALL_KOMMENDE = 50

# The columns of a notifikasjon as it is shown, whatever its kind. ny_lenke is the user's alone.
_KOLONNER = {
    "type": "n.type",
    "id": "n.id",
    "merkelapp": "n.merkelapp",
    "tekst": "n.tekst",
    "lenke": "coalesce(n.ny_lenke, n.lenke)",
    "tilstand": "n.tilstand",
    "opprettet": "n.opprettet_tidspunkt",
    "sortering": "coalesce(n.paaminnelse_tidspunkt, n.opprettet_tidspunkt)",
    "paaminnelse": "n.paaminnelse_tidspunkt",
    "utgaatt": "n.utgaatt_tidspunkt",
    "utfoert": "n.utfoert_tidspunkt",
    "frist": "n.frist",
    "start": "n.start_tidspunkt",
    "slutt": "n.slutt_tidspunkt",
    "adresse": "n.adresse",
    "postnummer": "n.postnummer",
    "poststed": "n.poststed",
    "digitalt": "n.digitalt",
    "virksomhetsnummer": "n.virksomhetsnummer",
    "navn": "coalesce(v.navn, '')",
    "tittel": "s.tittel",
    "tilleggsinformasjon": "s.tilleggsinformasjon",
    "klikk_id": ":merke || n.id",
    "klikket": "k.notifikasjon_nr IS NOT NULL",
}
_NR = {navn: nr for nr, navn in enumerate(_KOLONNER)}
_START, _SLUTT, _VIRKSOMHETSNUMMER, _NAVN = (_NR[n] for n in ("start", "slutt", "virksomhetsnummer", "navn"))
_RADER = f"""
    SELECT {", ".join(_KOLONNER.values())}{{flere}}
      FROM side
      CROSS JOIN notifikasjon n ON n.nr = side.nr
      LEFT JOIN virksomhet v ON v.virksomhetsnummer = n.virksomhetsnummer
      LEFT JOIN sak s ON s.merkelapp = n.merkelapp AND s.grupperingsid = n.grupperingsid
      LEFT JOIN bruker_klikk k ON k.fnr = :fnr AND k.notifikasjon_nr = n.nr
"""
# A notifikasjon comes once for each of its keys that the person holds. To take them all together before the newest are
# chosen takes twice as long, for who sees many; so :naer rows are looked at, nearly always enough. -1 is all.
NAER = 250
NYESTE = f"""
    WITH naer AS MATERIALIZED (
        SELECT m.notifikasjon_nr AS nr, m.sortering
          FROM carray(:numre) t CROSS JOIN mottaker m ON m.tilgang_nr = t.value
         ORDER BY m.sortering DESC, m.notifikasjon_nr DESC LIMIT :naer
    ), side AS MATERIALIZED (
        SELECT DISTINCT nr, sortering FROM naer ORDER BY sortering DESC, nr DESC LIMIT {ANTALL}
    ) {_RADER.format(flere=", (SELECT count(*) FROM naer)")} ORDER BY side.sortering DESC, side.nr DESC
"""
KOMMENDE = f"""
    WITH side AS MATERIALIZED (
        SELECT DISTINCT n.nr, n.start_tidspunkt AS sortering
          FROM carray(:numre) t
          CROSS JOIN mottaker m ON m.tilgang_nr = t.value AND m.start_tidspunkt > :now
          CROSS JOIN notifikasjon n ON n.nr = m.notifikasjon_nr
         WHERE n.tilstand NOT IN ('AVLYST', 'AVHOLDT')
         ORDER BY n.start_tidspunkt, n.nr LIMIT {ANTALL_KOMMENDE}
    ) {_RADER.format(flere="")} ORDER BY side.sortering, side.nr
"""


def notifikasjoner(bruker: Bruker) -> Rad:
    numre = bruker.innsyn.numre()
    rader = _hent(bruker, NYESTE, numre, {"naer": NAER}) if numre else []
    if rader and len(rader) < ANTALL and rader[0][-1] == NAER:
        rader = _hent(bruker, NYESTE, numre, {"naer": -1})
    return {
        "notifikasjoner": rader,
        "feil_altinn": bruker.innsyn.feil_altinn,
        "feil_digi_syfo": False,
    }


def kommende_kalenderavtaler(bruker: Bruker, virksomhetsnumre: Collection[str]) -> Rad:
    """On the platform this list has never known of clicks, so nobody has clicked."""
    numre = bruker.innsyn.numre(virksomhetsnumre)
    return {
        "avtaler": _hent(bruker, KOMMENDE, numre, {"now": bruker.now, "fnr": ""}) if numre else [],
        "feil_altinn": bruker.innsyn.feil_altinn,
        "feil_digi_syfo": False,
    }


def _hent(bruker: Bruker, sql: str, numre: "array[int]", mer: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of _KOLONNER; what is made of them, and only if it is asked for, stands in NOTIFIKASJON."""
    bindinger = {"numre": apsw.carray(numre), "fnr": bruker.fnr, "merke": _merke(bruker), **mer}
    rader: list[tuple[Any, ...]] = bruker.database.read().execute(sql, bindinger).fetchall()
    bruker.savn_navn(rad[_VIRKSOMHETSNUMMER] for rad in rader if not rad[_NAVN])
    return rader


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
    return {"__typename": "BrukerKlikk", "id": _merke(bruker) + notifikasjon_id, "klikket_paa": True}


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


def _merke(bruker: Bruker) -> str:
    """How each BrukerKlikk.id of the person begins: the same in query and mutation, another for each person, opaque."""
    return hashlib.blake2b(bruker.fnr.encode(), key=bruker.database.noekkel, digest_size=16).hexdigest() + "-"


def oslo(tidspunkt: int | None) -> str | None:
    """Start and end of a kalenderavtale carry Oslo's offset; every other instant is UTC."""
    return None if tidspunkt is None else tid.format_oslo(tidspunkt)


# How the Notifikasjon union, and the three that it may be, are read from a row.
NOTIFIKASJON: Form = {
    "__typename": _NR["type"],
    **{navn: _NR[navn] for navn in ("id", "merkelapp", "tekst", "lenke", "tilstand", "frist", "digitalt")},
    **{f"{navn}_tidspunkt": _NR[navn] for navn in ("opprettet", "sortering", "paaminnelse", "utgaatt", "utfoert")},
    "avtaletilstand": _NR["tilstand"],
    "start_tidspunkt": lambda rad: oslo(rad[_START]),
    "slutt_tidspunkt": lambda rad: oslo(rad[_SLUTT]),
    "lokasjon": {navn: _NR[navn] for navn in ("adresse", "postnummer", "poststed")} | {FINNES: _NR["adresse"]},
    "virksomhet": {navn: _NR[navn] for navn in ("virksomhetsnummer", "navn")},
    "sak": {navn: _NR[navn] for navn in ("tittel", "tilleggsinformasjon")} | {FINNES: _NR["tittel"]},
    "bruker_klikk": {"id": _NR["klikk_id"], "klikket_paa": _NR["klikket"]},
}
