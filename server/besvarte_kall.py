"""The HTTP header Idempotency-Key: a mutation that was answered is answered the same again, byte for byte.

The answer is stored in the transaction of what it tells of, so a producer that never got it can ask again and is told.

An answer may hold the words of many items, also of some that it does not name, so which ones are to go with a deleted
item cannot be known. Therefore none can be read: each is encrypted with a key that only the same call has, by its
header and body. Deleting leaves nothing here for anybody to find; who repeats a call, also after that, is told what it
was told before, and nothing happens twice. That the key does not fit is also how another body shows itself.
"""

import hashlib
import os
from collections.abc import Callable

from server.database import Database
from server.tid import Varighet, minus

MAKS_NOEKKEL = 255  # characters
NONCE_BYTES = 12


class AnnetInnhold(Exception):
    """The key was used with another body."""


def en_gang(
    database: Database, produsent: str, noekkel: str, body: bytes, now: int, utfoer: Callable[[], bytes]
) -> bytes:
    """The stored answer to this body, or that of `utfoer`, which is then stored. Raises AnnetInnhold."""
    hode = noekkel.encode("utf-8", "surrogatepass")
    avtrykk = _avtrykk(database, b"noekkel", hode)
    hemmelig = _avtrykk(database, b"svar", b"%d %b%b" % (len(hode), hode, body))
    with database.write() as db:
        kjent = db.execute(
            "SELECT svar FROM besvart_kall WHERE produsent = ? AND noekkel = ?", (produsent, avtrykk)
        ).fetchone()
        if kjent:
            return _dekrypter(hemmelig, kjent[0])
        svar = utfoer()
        db.execute("INSERT INTO besvart_kall VALUES (?, ?, ?, ?)", (produsent, avtrykk, _krypter(hemmelig, svar), now))
        return svar


def rydd(database: Database, now: int, dager: int) -> None:
    """Forget answers older than this."""
    eldst = minus(now, Varighet(0, dager, 0))
    with database.write() as db:
        db.execute("DELETE FROM besvart_kall WHERE tidspunkt < ?", (eldst,))


def _avtrykk(database: Database, hva: bytes, innhold: bytes) -> bytes:
    return hashlib.blake2b(innhold, key=database.noekkel, person=hva, digest_size=32).digest()


def _krypter(hemmelig: bytes, svar: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(hemmelig).encrypt(nonce, svar, None)


def _dekrypter(hemmelig: bytes, kryptert: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(hemmelig).decrypt(kryptert[:NONCE_BYTES], kryptert[NONCE_BYTES:], None)
    except InvalidTag:
        raise AnnetInnhold from None
