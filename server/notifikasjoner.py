"""What beskjed, oppgave and kalenderavtale share: making one, finding one, showing one to its producer.

merkelapp + eksternId is the identity over all three kinds: the same again gives the same id, another content a
Duplikat. Equality is with what is stored now, so an oppgave that has been done is no longer equal to the call that made
it.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import apsw

from server import hendelse, paaminnelse, saker, tid, tilgang, varsling
from server.database import Database
from server.feil import DuplikatEksternIdOgMerkelapp, ManglerMottaker, NotifikasjonFinnesIkke, UgyldigMottaker
from server.identitet import les_id, ny_id
from server.inndata import EksterntVarsel, FutureTemporal, Inndata, Mottaker, Paaminnelse
from server.rader import rader
from server.register import Kall

Rad = dict[str, Any]

_KOLONNER = """nr, id, type, produsent_id, merkelapp, ekstern_id, virksomhetsnummer, grupperingsid, tekst, lenke,
    tilstand, opprettet_tidspunkt, frist, start_tidspunkt, slutt_tidspunkt, adresse, postnummer, poststed, digitalt,
    slettes_tidspunkt, kan_paaminnes, varsler_avtrykk"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ny:
    """A notifikasjon about to be made. What only some kinds have stands in `felter`, by column."""

    type: str
    merkelapp: str
    ekstern_id: str
    virksomhetsnummer: str
    grupperingsid: str | None
    tekst: str
    lenke: str
    mottakere: list[Mottaker]
    maa_vaere_paa_saken: list[Mottaker]
    opprettet_tidspunkt: int
    hard_delete: FutureTemporal | None
    eksterne_varsler: list[EksterntVarsel]
    paaminnelse: Paaminnelse | None = None
    paaminnelse_tidspunkt: int | None = None
    felter: Rad = field(default_factory=dict)
    inndata: Inndata


def opprett(kall: Kall, ny: Ny) -> Rad:
    """Make it, or find that it is there already: the id, the ids of its varsler, and of those of its påminnelse.

    Raises what the result union of its kind names, in the platform's order.
    """
    if not ny.mottakere:
        raise ManglerMottaker(f"{ny.type.lower()}.mottakere: en {ny.type.lower()} skal ha minst 1 mottaker")
    kall.krev_mottakere(ny.mottakere)
    kall.krev_merkelapp(ny.merkelapp)
    varsler = [varsel.bestilling() for varsel in ny.eksterne_varsler]
    paaminnelsesvarsler = [v.bestilling() for v in ny.paaminnelse.eksterne_varsler] if ny.paaminnelse else []
    kall.si_fra(varsling.brudd_paa_vilkaarene([*varsler, *paaminnelsesvarsler]))
    avtrykk = varsling.avtrykk(kall.database.noekkel, varsler, paaminnelsesvarsler)
    with kall.database.write() as db:
        if ny.grupperingsid is not None:
            _krev_mottakere_paa_saken(db, ny)
        if eksisterende := _finn_koordinat(db, ny.merkelapp, ny.ekstern_id):
            if not _er_lik(db, eksisterende, ny, avtrykk):
                raise DuplikatEksternIdOgMerkelapp(
                    f"Merkelapp '{ny.merkelapp}' og eksternId '{ny.ekstern_id}' er brukt av en annen notifikasjon.",
                    id_til_eksisterende=eksisterende["id"],
                )
            return _vellykket(
                ny,
                eksisterende["id"],
                _varsler_ved_opprettelse(db, eksisterende["id"]),
                paaminnelse.varsler_ved_opprettelse(db, eksisterende["nr"]),
            )
        return _vellykket(ny, *_skriv(db, kall, ny, avtrykk))


# ── Queries ──


def hent_notifikasjon(kall: Kall, id: str) -> Rad:
    notifikasjon_id = les_id(id)
    _ = kall.produsent
    db = kall.database.read()
    notifikasjon = finn(db, id=notifikasjon_id)
    kall.krev_merkelapp(notifikasjon["merkelapp"])
    return {"__typename": "HentetNotifikasjon", "notifikasjon": som_produsenten_ser(db, [notifikasjon])[0]}


def side(
    db: apsw.Connection, merkelapper: Iterable[str], grupperingsid: str | None, hopp: int, antall: int
) -> list[Rad]:
    """`antall` notifikasjoner after the first `hopp`, in the order they were made."""
    lapper = tuple(dict.fromkeys(merkelapper))
    if not lapper:
        return []
    return rader(
        db.execute(
            f"""
            SELECT {_KOLONNER} FROM notifikasjon
             WHERE merkelapp IN (SELECT value FROM carray(?)) AND (?2 IS NULL OR grupperingsid = ?2)
             ORDER BY nr LIMIT ? OFFSET ?
            """,
            (apsw.carray(lapper), grupperingsid, antall, hopp),
        )
    )


def som_produsenten_ser(db: apsw.Connection, notifikasjoner: list[Rad]) -> list[Rad]:
    """Rows as the Notifikasjon union, with mottakere and varsler."""
    if not notifikasjoner:
        return []
    noekler: defaultdict[int, list[str]] = defaultdict(list)
    for nr, noekkel in db.execute(
        """
        SELECT m.notifikasjon_nr, t.noekkel FROM carray(?) k
          CROSS JOIN mottaker m ON m.notifikasjon_nr = k.value CROSS JOIN tilgang t ON t.tilgang_nr = m.tilgang_nr
         ORDER BY m.notifikasjon_nr, m.rekkefoelge
        """,
        (apsw.carray(array("q", (notifikasjon["nr"] for notifikasjon in notifikasjoner))),),
    ):
        noekler[nr].append(noekkel)
    varsler: defaultdict[str, list[Rad]] = defaultdict(list)
    for notifikasjon_id, varsel_id, status in db.execute(
        """
        SELECT v.notifikasjon_id, v.id, v.status FROM carray(?) k
          CROSS JOIN eksternt_varsel v ON v.notifikasjon_id = k.value
         WHERE v.opphav IN ('OPPRETTELSE', 'OPPDATERING') ORDER BY v.nr
        """,
        (apsw.carray(tuple(notifikasjon["id"] for notifikasjon in notifikasjoner)),),
    ):
        varsler[notifikasjon_id].append({"id": varsel_id, "status": status})
    return [_node(n, tilgang.som_mottakere(noekler[n["nr"]]), varsler[n["id"]]) for n in notifikasjoner]


def _node(notifikasjon: Rad, mottakere: list[Rad], varsler: list[Rad]) -> Rad:
    innhold = notifikasjon
    if notifikasjon["type"] == "Kalenderavtale":
        innhold = notifikasjon | {"lokasjon": lokasjon(notifikasjon), "digitalt": bool(notifikasjon["digitalt"])}
    return {
        "__typename": notifikasjon["type"],
        "mottaker": mottakere[0],
        "mottakere": mottakere,
        "metadata": notifikasjon,
        notifikasjon["type"].lower(): innhold,
        "eksterne_varsler": varsler,
    }


# ── For the three kinds ──


def finn(db: apsw.Connection, *, id: str = "", merkelapp: str = "", ekstern_id: str = "", type: str = "") -> Rad:
    """The notifikasjon with this id, or with this merkelapp and ekstern_id. Raises NotifikasjonFinnesIkke.

    With `type`, one of another kind counts as not found.
    """
    if id:
        hvilken = f"id '{id}'"
        funnet = next(iter(rader(db.execute(f"SELECT {_KOLONNER} FROM notifikasjon WHERE id = ?", (id,)))), None)
    else:
        hvilken = f"merkelapp '{merkelapp}' og eksternId '{ekstern_id}'"
        funnet = _finn_koordinat(db, merkelapp, ekstern_id)
    if funnet is None:
        raise NotifikasjonFinnesIkke(f"Det finnes ingen notifikasjon med {hvilken}.")
    if type:
        krev_type(funnet, type)
    return funnet


def krev_type(notifikasjon: Rad, type: str) -> None:
    if notifikasjon["type"] != type:
        raise NotifikasjonFinnesIkke(f"Notifikasjonen med id '{notifikasjon['id']}' er ikke en {type.lower()}.")


def lokasjon(rad: Rad) -> Rad | None:
    return {k: rad[k] for k in ("adresse", "postnummer", "poststed")} if rad["adresse"] is not None else None


def erstatt_paaminnelse(
    db: apsw.Connection, kall: Kall, notifikasjon: Rad, ny: Paaminnelse | None, instant: int | None
) -> None:
    """Withdraw the påminnelse that has not fired, and order another if one is given."""
    paaminnelse.fjern(db, kall.now, notifikasjon["nr"])
    if ny is not None and instant is not None:
        kall.si_fra(varsling.brudd_paa_vilkaarene(varsel.bestilling() for varsel in ny.eksterne_varsler))
        paaminnelse.bestill(
            db,
            kall.now,
            ny,
            instant,
            notifikasjon["nr"],
            varsling.Eier(notifikasjon["id"], notifikasjon["produsent_id"], notifikasjon["virksomhetsnummer"]),
        )


def neste_paaminnelse(database: Database) -> int | None:
    """When the next påminnelse fires."""
    tidspunkt: int | None = (
        database.read().execute("SELECT min(tidspunkt) FROM paaminnelse WHERE tilstand = 'BESTILT'").get
    )
    return tidspunkt


def paaminn_neste(database: Database, now: int) -> bool:
    """Step: fire the påminnelse that has been due longest, once. Return False if none is due.

    The notifikasjon is new again to everybody, and sorts by the instant that was planned, not by when this runs.
    """
    with database.write() as db:
        return paaminn(db, database.noekkel, now)


def paaminn(db: apsw.Connection, noekkel: bytes, now: int, notifikasjon_nr: int | None = None) -> bool:
    """The same within a transaction, of one notifikasjon if that is given. `noekkel` is the database's."""
    forfalt = rader(
        db.execute(
            """
            SELECT p.nr AS paaminnelse_nr, p.tidspunkt, n.nr, n.id, n.merkelapp, n.grupperingsid, n.tilstand,
                   n.kan_paaminnes
              FROM paaminnelse p JOIN notifikasjon n ON n.nr = p.notifikasjon_nr
             WHERE p.tilstand = 'BESTILT' AND p.tidspunkt <= ?1 AND (?2 IS NULL OR p.notifikasjon_nr = ?2)
             ORDER BY p.tidspunkt, p.nr LIMIT 1
            """,
            (now, notifikasjon_nr),
        )
    )
    for bestilt in forfalt:
        nr, tidspunkt = bestilt["nr"], bestilt["tidspunkt"]
        if not _kan_paaminnes(db, noekkel, bestilt):
            paaminnelse.fjern(db, now, nr)
            continue
        paaminnelse.utloes(db, now, bestilt["paaminnelse_nr"])
        db.execute("UPDATE notifikasjon SET paaminnelse_tidspunkt = ? WHERE nr = ?", (tidspunkt, nr))
        db.execute("UPDATE mottaker SET sortering = ? WHERE notifikasjon_nr = ?", (tidspunkt, nr))
        db.execute("DELETE FROM bruker_klikk WHERE notifikasjon_nr = ?", (nr,))
        saker.notifikasjon_endret(db, bestilt["merkelapp"], bestilt["grupperingsid"], flytt_til=tidspunkt)
        fortell(db, now, hendelse.SYSTEM, bestilt, "PaaminnelseOpprettet", {"tidspunkt": tid.format_utc(tidspunkt)})
    return bool(forfalt)


def fortell(db: apsw.Connection, now: int, hvem: str, notifikasjon: Rad, type: str, innhold: Rad) -> None:
    """Add to the history of a notifikasjon."""
    hendelse.skriv(
        db,
        type,
        notifikasjon["id"],
        now,
        hvem,
        innhold,
        merkelapp=notifikasjon["merkelapp"],
        grupperingsid=notifikasjon["grupperingsid"],
    )


# ── Details ──


def _finn_koordinat(db: apsw.Connection, merkelapp: str, ekstern_id: str) -> Rad | None:
    treff = db.execute(
        f"SELECT {_KOLONNER} FROM notifikasjon WHERE merkelapp = ? AND ekstern_id = ?", (merkelapp, ekstern_id)
    )
    return next(iter(rader(treff)), None)


def _kan_paaminnes(db: apsw.Connection, noekkel: bytes, notifikasjon: Rad) -> bool:
    """Not when it is done or avlyst, and not when the sak that it names is deleted. One may be ordered all the same."""
    if notifikasjon["tilstand"] in ("UTFOERT", "AVLYST") or not notifikasjon["kan_paaminnes"]:
        return False
    grupperingsid = notifikasjon["grupperingsid"]
    return grupperingsid is None or not saker.er_slettet(db, noekkel, notifikasjon["merkelapp"], grupperingsid)


def _krev_mottakere_paa_saken(db: apsw.Connection, ny: Ny) -> None:
    """Raises UgyldigMottaker. `mottaker`, the single one, is exempt on the platform, and so here."""
    assert ny.grupperingsid is not None
    sak = saker.finn_koordinat(db, ny.merkelapp, ny.grupperingsid)
    if sak is None:
        return
    paa_saken = set(saker.mottakernoekler(db, sak["nr"]))
    paa_saken.update([ogsaa for noekkel in paa_saken for ogsaa in tilgang.ogsaa_godtatt(noekkel)])
    if any(tilgang.noekkel(m, ny.virksomhetsnummer) not in paa_saken for m in ny.maa_vaere_paa_saken):
        raise UgyldigMottaker(
            f"Saken med grupperingsid '{ny.grupperingsid}' har ikke alle mottakerne som notifikasjonen har."
        )


def _er_lik(db: apsw.Connection, eksisterende: Rad, ny: Ny, avtrykk: bytes) -> bool:
    """Whether `ny` is a retry. opprettetTidspunkt, hardDelete and the time of a påminnelse do not count."""
    navn = ("type", "virksomhetsnummer", "grupperingsid", "tekst", "lenke")
    if any(eksisterende[n] != getattr(ny, n) for n in navn):
        return False
    if any(eksisterende[kolonne] != verdi for kolonne, verdi in ny.felter.items()):
        return False
    if eksisterende["varsler_avtrykk"] != avtrykk:
        return False
    mottakere = db.execute(
        "SELECT t.noekkel FROM mottaker m JOIN tilgang t ON t.tilgang_nr = m.tilgang_nr WHERE m.notifikasjon_nr = ?",
        (eksisterende["nr"],),
    )
    return {noekkel for (noekkel,) in mottakere} == {tilgang.noekkel(m, ny.virksomhetsnummer) for m in ny.mottakere}


def _skriv(db: apsw.Connection, kall: Kall, ny: Ny, avtrykk: bytes) -> tuple[str, list[str], list[str]]:
    produsent_id = kall.produsent.id
    notifikasjon_id = ny_id(kall.now)
    rad = {
        "id": notifikasjon_id,
        "type": ny.type,
        "produsent_id": produsent_id,
        "merkelapp": ny.merkelapp,
        "ekstern_id": ny.ekstern_id,
        "virksomhetsnummer": ny.virksomhetsnummer,
        "grupperingsid": ny.grupperingsid,
        "tekst": ny.tekst,
        "lenke": ny.lenke,
        "opprettet_tidspunkt": ny.opprettet_tidspunkt,
        "slettes_tidspunkt": ny.hard_delete.tidspunkt(ny.opprettet_tidspunkt) if ny.hard_delete else None,
        "varsler_avtrykk": avtrykk,
        **{"tilstand": None, "frist": None, "start_tidspunkt": None, "slutt_tidspunkt": None},
        **{"adresse": None, "postnummer": None, "poststed": None, "digitalt": None},
        **ny.felter,
    }
    nr = db.execute(
        """
        INSERT INTO notifikasjon (
            id, type, produsent_id, merkelapp, ekstern_id, virksomhetsnummer, grupperingsid, tekst, lenke, tilstand,
            opprettet_tidspunkt, frist, start_tidspunkt, slutt_tidspunkt, adresse, postnummer, poststed, digitalt,
            slettes_tidspunkt, varsler_avtrykk)
        VALUES (
            :id, :type, :produsent_id, :merkelapp, :ekstern_id, :virksomhetsnummer, :grupperingsid, :tekst, :lenke,
            :tilstand, :opprettet_tidspunkt, :frist, :start_tidspunkt, :slutt_tidspunkt, :adresse, :postnummer,
            :poststed, :digitalt, :slettes_tidspunkt, :varsler_avtrykk)
        RETURNING nr
        """,
        rad,
    ).get
    noekler = [tilgang.noekkel(mottaker, ny.virksomhetsnummer) for mottaker in ny.mottakere]
    db.executemany(
        """
        INSERT INTO mottaker (tilgang_nr, sortering, notifikasjon_nr, rekkefoelge, start_tidspunkt)
        VALUES (?, ?, ?, ?, ?)
        """,
        [
            (tilgang_nr, ny.opprettet_tidspunkt, nr, rekkefoelge, rad["start_tidspunkt"])
            for rekkefoelge, tilgang_nr in enumerate(tilgang.nummer(db, noekler))
        ],
    )
    eier = varsling.Eier(notifikasjon_id, produsent_id, ny.virksomhetsnummer)
    bestillinger = [varsel.bestilling() for varsel in ny.eksterne_varsler]
    varsler = varsling.bestill(db, kall.now, eier, bestillinger, "OPPRETTELSE")
    paaminnelsesvarsler: list[str] = []
    if ny.paaminnelse is not None and ny.paaminnelse_tidspunkt is not None:
        paaminnelsesvarsler = paaminnelse.bestill(
            db, kall.now, ny.paaminnelse, ny.paaminnelse_tidspunkt, nr, eier, ved_opprettelse=True
        )
    saker.notifikasjon_endret(db, ny.merkelapp, ny.grupperingsid, flytt_til=ny.opprettet_tidspunkt)
    fortell(db, kall.now, produsent_id, rad, f"{ny.type}Opprettet", ny.inndata.til_historien())
    return notifikasjon_id, varsler, paaminnelsesvarsler


def _varsler_ved_opprettelse(db: apsw.Connection, notifikasjon_id: str) -> list[str]:
    return [
        varsel_id
        for (varsel_id,) in db.execute(
            "SELECT id FROM eksternt_varsel WHERE notifikasjon_id = ? AND opphav = 'OPPRETTELSE' ORDER BY nr",
            (notifikasjon_id,),
        )
    ]


def _vellykket(ny: Ny, notifikasjon_id: str, varsler: list[str], paaminnelsesvarsler: list[str]) -> Rad:
    return {
        "__typename": f"Ny{ny.type}Vellykket",
        "id": notifikasjon_id,
        "eksterne_varsler": [{"id": varsel_id} for varsel_id in varsler],
        "paaminnelse": {"eksterne_varsler": [{"id": varsel_id} for varsel_id in paaminnelsesvarsler]}
        if ny.paaminnelse
        else None,
    }
