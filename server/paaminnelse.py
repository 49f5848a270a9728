"""Påminnelser: a notifikasjon that becomes new again at its time, and may send varsler of its own.

BESTILT -> UTLOEST, or ERSTATTET when it is replaced or removed. At most one per notifikasjon is BESTILT. Whether it may
fire is read from the notifikasjon when the time comes: not if it is utført, avlyst or gone.
"""

from dataclasses import dataclass

import apsw

from server import tid, varsling
from server.feil import Feil, UgyldigPaaminnelseTidspunkt
from server.inndata import Paaminnelse
from server.rader import rader


@dataclass(frozen=True, slots=True)
class Grenser:
    """What the time of a påminnelse is reckoned from and must keep within: instants, and the frist as a date."""

    opprettet: int
    frist: str | None = None
    start: int | None = None


def tidspunkt(paaminnelse: Paaminnelse, grenser: Grenser, feil: type[Feil] = UgyldigPaaminnelseTidspunkt) -> int:
    """The instant at which it fires. Raises `feil` if it is before creation, after the frist's day or after the start.

    A time that has passed is allowed: it fires at once.
    """
    valg = paaminnelse.tidspunkt
    slutt = tid.slutt_paa_dagen(grenser.frist) if grenser.frist is not None else None
    if valg.konkret is not None:
        instant = tid.fra_oslo(valg.konkret)
    elif valg.etter_opprettelse is not None:
        instant = tid.pluss(grenser.opprettet, valg.etter_opprettelse)
    elif valg.foer_frist is not None:
        if slutt is None:
            raise feil("Påminnelsen er bestilt i forhold til en frist, men det er ingen frist.")
        instant = tid.fra_oslo(tid.minus(slutt, valg.foer_frist))
    else:
        assert valg.foer_start_tidspunkt is not None
        if grenser.start is None:
            raise feil("Påminnelsen er bestilt i forhold til et starttidspunkt, men det er ikke noe starttidspunkt.")
        instant = tid.fra_oslo(tid.minus(tid.til_oslo(grenser.start), valg.foer_start_tidspunkt))
    if instant < grenser.opprettet:
        raise feil("Påminnelsen kan ikke være før opprettelsestidspunktet.")
    if slutt is not None and instant > tid.fra_oslo(slutt):
        raise feil("Påminnelsen kan ikke være etter fristen.")
    if grenser.start is not None and instant > grenser.start:
        raise feil("Påminnelsen kan ikke være etter starttidspunktet.")
    return instant


def bestill(
    db: apsw.Connection,
    now: int,
    paaminnelse: Paaminnelse,
    instant: int,
    notifikasjon_nr: int,
    eier: varsling.Eier,
    *,
    ved_opprettelse: bool = False,
) -> list[str]:
    """Order a påminnelse and return the ids of its varsler, in order."""
    nr = db.execute(
        "INSERT INTO paaminnelse (notifikasjon_nr, tidspunkt, ved_opprettelse) VALUES (?, ?, ?) RETURNING nr",
        (notifikasjon_nr, instant, int(ved_opprettelse)),
    ).get
    return varsling.bestill(
        db,
        now,
        eier,
        [varsel.bestilling() for varsel in paaminnelse.eksterne_varsler],
        "PAAMINNELSE",
        paaminnelse_nr=nr,
    )


def fjern(db: apsw.Connection, now: int, notifikasjon_nr: int) -> None:
    """Withdraw the påminnelse that has not fired, and its varsler."""
    for paaminnelse in rader(
        db.execute(
            """
            UPDATE paaminnelse SET tilstand = 'ERSTATTET' WHERE notifikasjon_nr = ? AND tilstand = 'BESTILT'
            RETURNING nr
            """,
            (notifikasjon_nr,),
        )
    ):
        varsling.kanseller_paaminnelse(db, now, paaminnelse["nr"])


def utloes(db: apsw.Connection, now: int, nr: int) -> None:
    """Mark a påminnelse as fired; its varsler begin their lives now."""
    db.execute("UPDATE paaminnelse SET tilstand = 'UTLOEST' WHERE nr = ?", (nr,))
    varsling.begynn(db, now, nr)


def varsler_ved_opprettelse(db: apsw.Connection, notifikasjon_nr: int) -> list[str]:
    """Ids of the varsler of the påminnelse that was ordered with the notifikasjon, in order."""
    return [
        varsel_id
        for (varsel_id,) in db.execute(
            """
            SELECT v.id FROM paaminnelse p JOIN eksternt_varsel v ON v.paaminnelse_nr = p.nr
             WHERE p.notifikasjon_nr = ? AND p.ved_opprettelse ORDER BY v.nr
            """,
            (notifikasjon_nr,),
        )
    ]
