"""The history: what happened, by whom. Written in the transaction of what it tells of; the tables stay the truth for
answers.

The types are the platform's event names folded to ASCII, so that the history can be replayed into it.
"""

from typing import Any

import apsw
import orjson

SYSTEM = "system"  # `hvem`, when time and not a producer did it


def skriv(
    db: apsw.Connection,
    type: str,
    aggregat_id: str,
    now: int,
    hvem: str,
    innhold: dict[str, Any],
    *,
    merkelapp: str | None = None,
    grupperingsid: str | None = None,
) -> None:
    """Add one event. merkelapp and grupperingsid name the sak that it belongs to, if any."""
    db.execute(
        """
        INSERT INTO hendelse (type, aggregat_id, merkelapp, grupperingsid, tidspunkt, hvem, innhold)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        (type, aggregat_id, merkelapp, grupperingsid, now, hvem, orjson.dumps(innhold, default=list).decode()),
    )


def visk_ut(db: apsw.Connection, aggregat_id: str) -> None:
    """Erase what the events of a deleted item tell; that they happened, and when, stays."""
    db.execute(
        "UPDATE hendelse SET innhold = NULL, merkelapp = NULL, grupperingsid = NULL WHERE aggregat_id = ?",
        (aggregat_id,),
    )
