"""Saksoversikten: the saker that a person may see, searched, filtered, counted and sorted; and the page of one sak.

One scan of the person's part of `sak_mottaker` gives every count; the saker of the page are then fetched by number.
Within a sak all its notifikasjoner are shown: access is to the sak, not to each of them.
"""

import heapq
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection
from operator import itemgetter
from typing import Any, cast

import apsw

from server import tid
from server.bjelle import oslo
from server.feil import Innfeil, UgyldigInndata
from server.identitet import les_id
from server.notifikasjoner import lokasjon
from server.rader import rader
from server.saker import MASKE, MED_PAAMINNELSE, STATUSTEKST
from server.tilgang import Bruker

Rad = dict[str, Any]
Kandidat = tuple[int, int, str, int]  # (sist endret, nr, merkelapp, maske): as they are sorted

ANTALL = 3  # saker on a page when the caller does not say
MAKS_ORD = 10  # of a search; the rest is ignored

_BIT = {f"TILSTAND_{tilstand}": bit for tilstand, bit in MASKE.items()}
_PAAMINNELSE_UTLOEST = "TILSTAND_NY_MED_PAAMINNELSE_UTLOEST"

# A sak comes once for each of its keys that the person holds. DISTINCT would take twice the time of a set in Python.
KANDIDATER = """
    SELECT m.sist_endret_tidspunkt, m.sak_nr, m.merkelapp, m.maske
      FROM carray(:numre) t CROSS JOIN sak_mottaker m ON m.tilgang_nr = t.value
"""
# instr, not LIKE: nothing in the words is special. The words are lower-cased in Python, as the text is.
SOEK = f"{KANDIDATER} CROSS JOIN sak s ON s.nr = m.sak_nr WHERE instr(s.soeketekst, :ord0)"


def saker(
    bruker: Bruker,
    sortering: str,
    virksomhetsnumre: list[str] | None = None,
    virksomhetsnummer: str | None = None,
    offset: int | None = None,
    limit: int | None = None,
    tekstsoek: str | None = None,
    sakstyper: list[str] | None = None,
    oppgave_tilstand: list[str] | None = None,
    oppgave_filter: list[str] | None = None,
) -> Rad:
    """None is no filter; an empty list is a filter that nothing passes."""
    if virksomhetsnumre is None:
        if virksomhetsnummer is None:
            raise Innfeil("enten virksomhetsnumre eller virksomhetsnummer må være gitt", "java.lang.Exception")
        virksomhetsnumre = [virksomhetsnummer]
    fra, antall = offset or 0, ANTALL if limit is None else limit
    if fra < 0 or antall < 0:
        raise UgyldigInndata("offset og limit kan ikke være negative")
    if oppgave_filter is None and oppgave_tilstand is not None:
        oppgave_filter = [f"TILSTAND_{tilstand}" for tilstand in oppgave_tilstand]

    numre = bruker.innsyn.numre(virksomhetsnumre)
    with bruker.database.read() as db:  # one snapshot: a number means the same sak throughout, and may be reused after
        kandidater = _kandidater(db, numre, _ord(tekstsoek))
        grupper = Counter(map(itemgetter(2, 3), kandidater))  # (merkelapp, maske): few, however many the saker
        bestaar = {g for g in grupper if oppgave_filter is None or _bestaar(g[1], oppgave_filter)}
        av_type = {g for g in grupper if sakstyper is None or g[0] in sakstyper}
        passer = bestaar & av_type
        treff = kandidater if len(passer) == len(grupper) else [k for k in kandidater if (k[2], k[3]) in passer]
        siden = _hent(db, [nr for _, nr, *_ in _side(treff, fra, antall, sortering)])
    _savn_navn(bruker, siden)

    typer: Counter[str] = Counter()
    tilstander: Counter[str] = Counter()
    paaminnet = 0
    for merkelapp, maske in bestaar:
        typer[merkelapp] += grupper[merkelapp, maske]
    for merkelapp, maske in av_type:
        for navn, bit in MASKE.items():
            if maske & bit:
                tilstander[navn] += grupper[merkelapp, maske]
        if maske & MASKE["NY"] * MED_PAAMINNELSE:
            paaminnet += grupper[merkelapp, maske]
    filtre = {f"TILSTAND_{navn}": antall for navn, antall in tilstander.items()} | {_PAAMINNELSE_UTLOEST: paaminnet}
    return {
        "saker": siden,
        "totalt_antall_saker": len(treff),
        "sakstyper": [{"navn": navn, "antall": typer[navn]} for navn in sorted(typer)],
        "oppgave_tilstand_info": [{"tilstand": n, "antall": tilstander[n]} for n in sorted(tilstander)],
        "oppgave_filter_info": [{"filter_type": n, "antall": filtre[n]} for n in sorted(filtre) if filtre[n]],
        "feil_altinn": bruker.innsyn.feil_altinn,
    }


def sak_by_id(bruker: Bruker, id: str) -> Rad:
    sak_id, innsyn = les_id(id), bruker.innsyn
    with bruker.database.read() as db:
        sak = _en_sak(db, innsyn.numre(), db.execute("SELECT nr FROM sak WHERE id = ?", (sak_id,)).get)
    _savn_navn(bruker, [sak] if sak else [])
    return {"sak": sak, "feil_altinn": innsyn.feil_altinn}


def sak_by_grupperingsid(bruker: Bruker, merkelapp: str, grupperingsid: str) -> Rad:
    innsyn = bruker.innsyn
    with bruker.database.read() as db:
        hvilken = "SELECT nr FROM sak WHERE merkelapp = ? AND grupperingsid = ?"
        sak = _en_sak(db, innsyn.numre(), db.execute(hvilken, (merkelapp, grupperingsid)).get)
    _savn_navn(bruker, [sak] if sak else [])
    return {"sak": sak, "feil_altinn": innsyn.feil_altinn}


def sakstyper(bruker: Bruker) -> list[Rad]:
    """Every merkelapp among the saker that the person may see."""
    numre = bruker.innsyn.numre()
    if not numre:
        return []
    lapper = bruker.database.read().execute(
        """
        SELECT DISTINCT m.merkelapp FROM carray(?) t CROSS JOIN sak_mottaker m ON m.tilgang_nr = t.value
         ORDER BY m.merkelapp
        """,
        (apsw.carray(numre),),
    )
    return [{"navn": merkelapp} for (merkelapp,) in lapper]


def _savn_navn(bruker: Bruker, saker: list[Rad]) -> None:
    bruker.savn_navn(sak["virksomhetsnummer"] for sak in saker if not sak["navn"])


def _kandidater(db: apsw.Connection, numre: "array[int]", ord: list[str]) -> Collection[Kandidat]:
    """Each sak within access, virksomheter and text search, once, in no order."""
    if not numre:
        return []
    sql = SOEK + "".join(f" AND instr(s.soeketekst, :ord{nr})" for nr in range(1, len(ord))) if ord else KANDIDATER
    ordene: dict[str, Any] = {f"ord{nr}": et for nr, et in enumerate(ord)}
    return set(cast(list[Kandidat], db.execute(sql, {"numre": apsw.carray(numre), **ordene}).fetchall()))


def _side(treff: Collection[Kandidat], fra: int, antall: int, sortering: str) -> list[Kandidat]:
    """The saker of a page. Sorting all of them for the first page would take as long as finding them."""
    til = fra + antall
    if til * 4 > len(treff):
        return sorted(treff, reverse=sortering == "NYESTE")[fra:til]
    return (heapq.nlargest if sortering == "NYESTE" else heapq.nsmallest)(til, treff)[fra:]


def _ord(tekstsoek: str | None) -> list[str]:
    """The words that must all occur. Long numbers are cut in twos, so that a date is found however it is written.

    NUL separates too: SQLite would end the word at it.
    """
    ord: list[str] = []
    for bit in re.split(r"[ \t\n\r.,:;\0]", (tekstsoek or "").strip().lower()):
        if re.fullmatch(r"[0-9]{4,}", bit):
            ord.extend(bit[i : i + 2] for i in range(0, len(bit), 2))
        elif bit:
            ord.append(bit)
    return ord[:MAKS_ORD]


def _bestaar(maske: int, oppgave_filter: Collection[str]) -> bool:
    """Whether the sak has an oppgave in one of the states; with a fired påminnelse, if the filter asks for that.

    Asked for alone, a fired påminnelse means a NY oppgave with one, as the counts say (on the platform: nothing).
    """
    tilstander = [navn for navn in oppgave_filter if navn != _PAAMINNELSE_UTLOEST]
    if _PAAMINNELSE_UTLOEST not in oppgave_filter:
        return any(maske & _BIT[navn] for navn in tilstander)
    return any(maske & _BIT[navn] * MED_PAAMINNELSE for navn in tilstander or ["TILSTAND_NY"])


def _en_sak(db: apsw.Connection, numre: "array[int]", nr: int | None) -> Rad | None:
    """Not there, deleted and not allowed are the same answer."""
    synlig = (
        nr is not None
        and len(numre) > 0
        and db.execute(
            "SELECT 1 FROM sak_mottaker WHERE sak_nr = ? AND tilgang_nr IN (SELECT value FROM carray(?)) LIMIT 1",
            (nr, apsw.carray(numre)),
        ).get
    )
    return _hent(db, [nr])[0] if synlig and nr else None


def _hent(db: apsw.Connection, numre: list[int]) -> list[Rad]:
    """The saker with these numbers, in this order, as the Sak type."""
    if not numre:
        return []
    noekler = array("q", numre)
    saker = {
        sak["nr"]: sak
        for sak in rader(
            db.execute(
                """
                SELECT s.nr, s.id, s.tittel, coalesce(s.ny_lenke, s.lenke) AS lenke, s.merkelapp, s.neste_steg,
                       s.tilleggsinformasjon, s.virksomhetsnummer, coalesce(v.navn, '') AS navn, s.opprettet_tidspunkt,
                       st.status, st.overstyr_statustekst_med,
                       coalesce(st.oppgitt_tidspunkt, st.mottatt_tidspunkt) AS status_tidspunkt
                  FROM carray(?) k CROSS JOIN sak s ON s.nr = k.value
                  LEFT JOIN virksomhet v ON v.virksomhetsnummer = s.virksomhetsnummer
                  LEFT JOIN sak_status st ON st.nr = (SELECT max(nr) FROM sak_status WHERE sak_nr = s.nr)
                """,
                (apsw.carray(noekler),),
            )
        )
    }
    tidslinjer = _tidslinjer(db, noekler)
    return [_sak(saker[nr], tidslinjer[nr]) for nr in numre if nr in saker]


def _sak(sak: Rad, tidslinje: list[Rad]) -> Rad:
    status = sak["status"] or "MOTTATT"
    oppgaver = [element for element in tidslinje if element["__typename"] == "OppgaveTidslinjeElement"]
    # Without frist last. The sort is stable: else as the tidslinje.
    oppgaver.sort(key=lambda oppgave: (oppgave["frist"] is None, oppgave["frist"]))
    return sak | {
        "virksomhet": {"virksomhetsnummer": sak["virksomhetsnummer"], "navn": sak["navn"]},
        "siste_status": {
            "type": status,
            "tekst": STATUSTEKST[status]
            if sak["overstyr_statustekst_med"] is None
            else sak["overstyr_statustekst_med"],
            "tidspunkt": sak["opprettet_tidspunkt"] if sak["status_tidspunkt"] is None else sak["status_tidspunkt"],
        },
        "tidslinje": tidslinje,
        "oppgaver": oppgaver,
        "frister": [oppgave["frist"] for oppgave in oppgaver if oppgave["tilstand"] == "NY"],
    }


def _tidslinjer(db: apsw.Connection, sak_numre: "array[int]") -> defaultdict[int, list[Rad]]:
    """The notifikasjoner of each sak, latest first: by creation, and a kalenderavtale by its start.

    As on the platform, the start counts as Oslo's clocks show it: an hour or two later than the instant that it is.
    """
    tidslinjer: defaultdict[int, list[Rad]] = defaultdict(list)
    for rad in rader(
        db.execute(
            """
            SELECT s.nr AS sak_nr, n.type || 'TidslinjeElement' AS __typename, n.id, n.tekst,
                   coalesce(n.ny_lenke, n.lenke) AS lenke, n.tilstand, n.tilstand AS avtaletilstand,
                   n.opprettet_tidspunkt, n.paaminnelse_tidspunkt, n.utgaatt_tidspunkt, n.utfoert_tidspunkt,
                   n.frist, n.start_tidspunkt, n.slutt_tidspunkt, n.adresse, n.postnummer, n.poststed, n.digitalt
              FROM carray(?) k CROSS JOIN sak s ON s.nr = k.value
              CROSS JOIN notifikasjon n ON n.merkelapp = s.merkelapp AND n.grupperingsid = s.grupperingsid
             ORDER BY n.nr DESC
            """,
            (apsw.carray(sak_numre),),
        )
    ):
        start = rad["start_tidspunkt"]
        tidslinjer[rad["sak_nr"]].append(
            rad
            | {
                "plass": rad["opprettet_tidspunkt"] if start is None else tid.til_oslo(start),
                "start_tidspunkt": oslo(start),
                "slutt_tidspunkt": oslo(rad["slutt_tidspunkt"]),
                "lokasjon": lokasjon(rad),
                "digitalt": bool(rad["digitalt"]),
            }
        )
    for tidslinje in tidslinjer.values():
        tidslinje.sort(key=itemgetter("plass"), reverse=True)
    return tidslinjer
