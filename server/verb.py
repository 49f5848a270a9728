"""What is done to a database from the command line, without serving it. Each verb takes the lock that a server takes.

`backup` is the exception: it is for while the server runs, so it reads as another process and touches nothing.
"""

import logging
import os
import re
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import apsw
import orjson

from server import kontaktregister, naermeste_leder, noedbrems
from server.database import Database, DatabaseError, kopier, laast
from server.feil import UgyldigInndata
from server.tid import Klokke

log = logging.getLogger(__name__)

BUNKE = 1_000  # messages read at a time
SEND_IGJEN = 'POST {"paa": false} to /internal/noedbrems to send again'


class VerbError(Exception):
    """The verb could not do what was asked; the message says why, with file and line."""


def backup(database: Path, _schema: Path, fil: Path) -> None:
    """A checked copy in one file, also while the server writes."""
    if not database.exists():
        raise DatabaseError(f"{database} does not exist")
    with _aapne_database(database) as db:
        db.set_busy_timeout(5000)
        kopier(db, fil)
    print(f"{database} -> {fil}")


def gjenopprett(database: Path, schema: Path, fil: Path) -> None:
    """Put a backup where there is no database, with the emergency brake on: nothing is sent unseen.

    It gets its name when the brake is on, so that an interruption leaves no database that sends.
    """
    with laast(database):  # a server whose file has been moved away is a server still
        for rest in (database, Path(f"{database}-wal"), Path(f"{database}-journal")):
            if rest.exists():  # SQLite would add an old WAL to the new file
                raise DatabaseError(f"{rest} exists: move it away first")
        if not fil.exists():
            raise DatabaseError(f"{fil} does not exist")
        uferdig = Path(f"{database}.gjenopprettes")
        uferdig.unlink(missing_ok=True)
        try:
            with _aapne_database(fil) as db:
                kopier(db, uferdig)
            with closing(Database(uferdig, schema)) as gjenopprettet:
                _brems(gjenopprettet)
            uferdig.rename(database)
        finally:
            for rest in (uferdig, Path(f"{uferdig}-wal"), Path(f"{uferdig}-shm"), Path(f"{uferdig}.lock")):
                rest.unlink(missing_ok=True)
    print(f"{fil} -> {database}, with the brake on: {SEND_IGJEN}")


def brems_kopi(database: Database) -> None:
    """For a backup that somebody has put in place by hand: as `gjenopprett` does, let nothing be sent unseen."""
    _brems(database)
    log.warning("the database is a backup, so the emergency brake is on: %s", SEND_IGJEN)


def _brems(database: Database) -> None:
    noedbrems.sett(database, True, Klokke().now())


def sjekk(database: Path, schema: Path, _fil: None) -> None:
    """Every page, index and reference. Raises VerbError if anything is wrong."""
    if not database.exists():  # else it would be made, and found faultless
        raise DatabaseError(f"{database} does not exist")
    with closing(_bruk(database, schema)) as db:
        if feil := db.sjekk():
            raise VerbError("\n".join(feil))
    print(f"{database}: ok, {os.stat(database).st_size} bytes")


def naermesteleder(database: Path, schema: Path, fil: Path, *, hopp_over: bool = False) -> None:
    """One message of the feed on each line. All or nothing, unless those that cannot be used are to be skipped.

    One transaction, and a batch in memory at a time: the file may be as large as the disk has room for once more.
    """
    foerste, mottatt, hoppet_over = 1, 0, 0
    with _aapne(fil) as linjer, closing(_bruk(database, schema)) as db, db.write() as skriver:
        while bunke := list(islice(linjer, BUNKE)):
            meldinger, ubrukelige = naermeste_leder.les_hver(bunke, foerste)
            feil = [f"{fil}:{nummer}: {grunn}" for nummer, grunn in ubrukelige]
            if feil and not hopp_over:
                raise VerbError("\n".join([*feil, "nothing is stored; --hopp-over skips such lines"]))
            for linje in feil:
                print(linje, file=sys.stderr)
            naermeste_leder.ta_imot(skriver, meldinger)
            foerste, mottatt, hoppet_over = foerste + len(bunke), mottatt + len(meldinger), hoppet_over + len(feil)
    print(f"{mottatt} messages" + (f", {hoppet_over} skipped" if hopp_over else ""))


def kontakt(database: Path, schema: Path, fil: Path) -> None:
    """One person on each line: {"fnr", "epostadresse", "tlf"}. All or nothing."""
    kontakter = []
    for nummer, innhold in _linjer(fil):
        try:
            fnr = innhold.pop("fnr")
            if not re.fullmatch(r"[0-9]{11}", fnr):
                raise ValueError("fnr")
            kontakter.append((fnr, kontaktregister.Kontakt.model_validate(innhold)))
        except UgyldigInndata as error:
            raise VerbError(f"{fil}:{nummer}: {error}") from None
        except (AttributeError, KeyError, TypeError, ValueError):
            raise VerbError(f'{fil}:{nummer}: give {{"fnr": "11 digits", "epostadresse": "…", "tlf": "…"}}') from None
    with closing(_bruk(database, schema)) as db, db.write() as skriver:
        for fnr, hvordan in kontakter:
            kontaktregister.lagre(skriver, fnr, hvordan)
    print(f"{len(kontakter)} people")


VERB: dict[str, Callable[..., None]] = {
    "backup": backup,
    "gjenopprett": gjenopprett,
    "sjekk": sjekk,
    "naermesteleder": naermesteleder,
    "kontakt": kontakt,
}
MED_FIL = [verb for verb in VERB if verb != "sjekk"]


def _bruk(database: Path, schema: Path) -> Database:
    """As a server would: a copy that a verb has used could not be told from a database that has been served."""
    return Database(database, schema, ved_kopi=brems_kopi)


def _aapne_database(fil: Path) -> AbstractContextManager[apsw.Connection]:
    """To read only, beside others. Raises DatabaseError."""
    try:
        return closing(apsw.Connection(str(fil), flags=apsw.SQLITE_OPEN_READONLY))
    except apsw.Error as error:
        raise DatabaseError(f"{fil} cannot be opened: {error}") from error


def _aapne(fil: Path) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if str(fil) == "-" else fil.open("rb")


def _linjer(fil: Path) -> list[tuple[int, Any]]:
    """(number, content) of each line of an NDJSON file that is not empty."""
    innhold = []
    with _aapne(fil) as linjer:
        for nummer, linje in enumerate(linjer, 1):
            if linje.strip():
                try:
                    innhold.append((nummer, orjson.loads(linje)))
                except orjson.JSONDecodeError as error:
                    raise VerbError(f"{fil}:{nummer}: not JSON: {error.msg}") from None
    return innhold
