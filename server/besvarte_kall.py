"""The HTTP header Idempotency-Key: a mutation that was answered is answered the same again, byte for byte.

The answer is stored in the transaction of what it tells of, so a producer that never got it can ask again and is told.
"""

import hashlib
from collections.abc import Callable

from server.database import Database
from server.tid import Varighet, minus

MAKS_NOEKKEL = 255  # characters


class AnnetInnhold(Exception):
    """The key was used with another body."""


def en_gang(
    database: Database, produsent: str, noekkel: str, body: bytes, now: int, utfoer: Callable[[], bytes]
) -> bytes:
    """The stored answer to this body, or that of `utfoer`, which is then stored. Raises AnnetInnhold."""
    avtrykk = hashlib.sha256(body).digest()
    with database.write() as db:
        kjent = db.execute(
            "SELECT avtrykk, svar FROM besvart_kall WHERE produsent = ? AND noekkel = ?", (produsent, noekkel)
        ).fetchone()
        if kjent:
            if kjent[0] != avtrykk:
                raise AnnetInnhold
            return bytes(kjent[1])
        svar = utfoer()
        db.execute("INSERT INTO besvart_kall VALUES (?, ?, ?, ?, ?)", (produsent, noekkel, avtrykk, svar, now))
        return svar


def rydd(database: Database, now: int, dager: int) -> None:
    """Forget answers older than this."""
    eldst = minus(now, Varighet(0, dager, 0))
    with database.write() as db:
        db.execute("DELETE FROM besvart_kall WHERE tidspunkt < ?", (eldst,))
