"""The SQLite file: refuses to start on shaky ground, gives each thread a reader, and lets writers share a COMMIT.

`Database.write` is the only way to write. The one thing to know before changing it: its `with` returns after COMMIT has
returned, so whatever is answered after the block survives kill -9 and power loss. Nothing may be answered inside it.
"""

import copy
import fcntl
import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import apsw

log = logging.getLogger(__name__)

MIGRASJONER: tuple[str, ...] = ()  # append only: number n brings user_version from n to n + 1 (counted from 1)
WAIT_S = 2  # for the turn to write; clients give up later than this, so they hear 503 rather than nothing
BATCH_MEMBERS, BATCH_S = 128, 0.05  # a COMMIT for more saves nothing; nobody waits much longer than this for the last
BUSY_MS = 5000  # only a foreign process, such as a shell, can make SQLite itself wait
QUICK_CHECK_BYTES = 256 << 20  # takes about a second; a larger file is for sjekk()
FULL_ACCOUNT_S = 60  # between tracebacks of what cannot be stored; in between it is a line each time
SHARED: dict[str, str | int] = {"busy_timeout": BUSY_MS, "cache_size": -65536, "mmap_size": 1 << 30, "temp_store": 2}
SHARED |= {"trusted_schema": 0}
# synchronous 2 is FULL: NORMAL loses acknowledged writes at a power cut. A WAL that grows is slower to sync.
WRITER: dict[str, str | int] = {"journal_mode": "wal", "synchronous": 2, "wal_autocheckpoint": 1000}
# The writer looks twice at a page before it builds on it; to readers that costs a quarter of the bell, at each fetch.
WRITER |= {"secure_delete": 1, "foreign_keys": 1, "cell_size_check": 1}


DAMAGE = (apsw.CorruptError, apsw.NotADBError)
# What the disk, the file or its rights are to blame for, and not the statement.
CANNOT_STORE = (apsw.FullError, apsw.IOError, apsw.ReadOnlyError, apsw.CantOpenError, *DAMAGE)


class DatabaseError(Exception):
    """The database cannot be opened, copied or written; the message says what to do."""


class DatabaseOpptatt(DatabaseError):
    """Not stored now: writers are queueing for longer than WAIT_S, or storing fails. Trying again is safe."""


def krev_sqlite(version: str) -> None:
    """Raises DatabaseError for a SQLite that can corrupt a WAL database when a checkpoint meets a writer."""
    if version not in ("3.44.6", "3.50.7") and tuple(map(int, version.split("."))) < (3, 51, 3):
        raise DatabaseError(f"SQLite {version} can damage the database: install apsw 3.51.3 or newer")


class _Batch:
    """An open transaction that several blocks share. Only the holder of the turn touches it, but for wait()."""

    def __init__(self, changes: int) -> None:
        self.changes = changes  # that the connection had made before
        self.started = time.monotonic()
        self.members = 0
        self.stored = False  # some block has succeeded: there is something to commit
        self.error: Exception | None = None
        self.done = threading.Event()

    def wait(self) -> None:
        """Return when the batch is committed. Raises what stopped it: a copy, as each thread adds its own traceback."""
        self.done.wait()
        if self.error:
            raise copy.copy(self.error) from self.error


class Database:
    """One SQLite file, held by one process.

    How write() works. `_holder` has the *turn*, the right to use the writer connection; the others stand in `_queue`,
    first come first served, each asleep on a lock of its own. `_mutex` guards these two, never while SQLite works.
    The open transaction, `_batch`, goes with the turn:

        take the turn; BEGIN IMMEDIATE unless a batch is open; SAVEPOINT, the block, RELEASE; leave; sleep until COMMIT
        leave, if somebody waits and the batch is small and young: hand on the turn with the batch open
        leave, otherwise: COMMIT, wake the members of the batch, hand on the turn without a batch (or set it free)

    A block that fails is undone alone. Its error goes out at once, unless others had stored something in the batch: it
    may tell of that ("exists already"), so it waits for the COMMIT like any other answer. All members raise if BEGIN or
    COMMIT fails, also because SQLite has rolled back everything (disk full: nothing is left to commit). What is the
    disk's fault is raised as DatabaseOpptatt, and `mangler` says so until something has been stored again.
    """

    def __init__(
        self,
        file: Path,
        schema: Path,
        *,
        migrations: Sequence[str] = MIGRASJONER,
        ved_kopi: Callable[["Database"], None] = lambda _: None,
    ) -> None:
        """Raises DatabaseError if the file is in use, damaged, foreign, too new, or does not obey our settings.

        `ved_kopi` is called if the file is a copy, made by backup(), that has never been in use. It counts as one until
        that has returned, also if this start fails or is cut off.
        """
        krev_sqlite(apsw.sqlite_lib_version())
        self._file = file.resolve()
        self._mutex = threading.Lock()
        self._holder: int | None = None
        self._queue: deque[tuple[int, threading.Lock]] = deque()
        self._batch: _Batch | None = None
        self._closed = False
        self.antall_lagret = 0  # transactions with something in them since the start; grows when COMMIT has returned
        self.antall_feilet = 0  # times that something could not be stored
        self._lagringsfeil = ""  # why nothing could be stored the last time
        self._skade = ""  # that the file has been found damaged
        self._full_account = float("-inf")  # monotonic: of the last traceback of what could not be stored
        self._lagret = threading.Condition()
        self._local = threading.local()
        self._connections: weakref.WeakSet[apsw.Connection] = weakref.WeakSet()  # an ended thread's closes itself
        self._inode = (0, 0)
        self._flock = _lock(self._file)
        try:
            self._file.touch(0o600)
            self._inode = _inode(self._file)
            size, kopi = self._file.stat().st_size, _er_kopi(self._file)
            self._writer = self._connect(WRITER | {"journal_mode": "delete"} if kopi else WRITER)
            if self._writer.readonly("main"):
                raise DatabaseError(f"{file} is write-protected: let us write to it (chmod u+w)")
            if size < QUICK_CHECK_BYTES and (fault := self._writer.pragma("quick_check", 1)) != "ok":
                raise DatabaseError(f"{file} is damaged ({fault}): restore a backup")
            self._migrate(schema, migrations)
            self.noekkel = self.hemmelighet("database", lambda: os.urandom(32))
            if kopi:
                ved_kopi(self)
                _set(self._writer, "journal_mode", "wal")  # from here on it is no copy
        except BaseException as error:
            self.close()
            if isinstance(error, apsw.Error | OSError):
                raise DatabaseError(f"{file}: {error}. Stop other users of it, or restore a backup") from error
            raise

    def _connect(self, pragmas: dict[str, str | int]) -> apsw.Connection:
        if flyttet := self._flyttet():  # or a reader would see another file than the writer
            raise DatabaseOpptatt(flyttet)
        db = apsw.Connection(str(self._file), flags=apsw.SQLITE_OPEN_READWRITE, statementcachesize=256)
        for name, value in (SHARED | pragmas).items():
            _set(db, name, value)
        if db.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0) or db.config(apsw.SQLITE_DBCONFIG_DQS_DDL, 0):
            raise DatabaseError('SQLite takes "x" for a text and cannot be told not to: install a standard apsw')
        # Otherwise a kept statement is planned anew each time a value is bound that the plan could depend on, which
        # takes longer than most of them run. None of ours should depend on a value.
        db.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        with self._mutex:
            if self._closed:
                raise DatabaseError("the database is closed")
            self._connections.add(db)
        return db

    def _migrate(self, schema: Path, migrations: Sequence[str]) -> None:
        newest, version = 1 + len(migrations), self._writer.pragma("user_version")
        if version > newest:
            raise DatabaseError(
                f"{self._file} has version {version}, this program only {newest}: start a newer program"
            )
        if version == 0 and self._writer.execute("SELECT EXISTS (SELECT 1 FROM sqlite_schema)").get:
            raise DatabaseError(f"{self._file} is the database of another program: choose another file")
        scripts = migrations[version - 1 :] if version else [schema.read_text(encoding="utf-8")]
        _set(self._writer, "foreign_keys", 0)  # else rebuilding a table deletes, by cascade, what refers to it
        for number, script in enumerate(scripts, newest - len(scripts) + 1):
            with self.write() as db:
                db.execute(script).fetchall()
                if db.execute("PRAGMA foreign_key_check").fetchall():
                    raise DatabaseError(f"migration to version {number} would break references: nothing is changed")
                db.execute(f"PRAGMA user_version = {number}")
        _set(self._writer, "foreign_keys", 1)

    def read(self) -> apsw.Connection:
        """This thread's reader: sees what is committed, never waits, cannot write. Rows are plain tuples."""
        reader: apsw.Connection | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = self._connect({"query_only": 1})
        return reader

    def vent_paa_lagring(self, siden: int, timeout_s: float) -> int:
        """`antall_lagret`, as soon as it is above `siden`, or when the time is up."""
        with self._lagret:
            self._lagret.wait_for(lambda: self.antall_lagret > siden, timeout_s)
            return self.antall_lagret

    def mangler(self) -> list[str]:
        """Why nothing can be stored, or nothing that will last, in words; empty when all is well."""
        return [feil for feil in (self._flyttet() or self._lagringsfeil, self._skade) if feil]

    def meld_skade(self, error: BaseException | None) -> None:
        """Remember, for `mangler`, what a read has met, if it is that the file is damaged."""
        if isinstance(error, DAMAGE) and not self._skade:
            self._skade = f"{self._file} is damaged ({error}): run sjekk, or restore a backup"
            log.error("%s", self._skade)

    def proev(self) -> None:
        """Store something if the last attempt failed: where nobody writes, nobody would see that it works again."""
        if self._lagringsfeil:
            with suppress(DatabaseOpptatt), self.write() as db:
                db.execute("UPDATE hemmelighet SET verdi = verdi WHERE navn = 'database'")

    def hemmelighet(self, navn: str, lag: Callable[[], bytes]) -> bytes:
        """The secret with this name. `lag` makes it the first time; it may be slow, being outside the transaction."""
        verdi = self.read().execute("SELECT verdi FROM hemmelighet WHERE navn = ?", (navn,)).get
        if verdi is None:
            ny = lag()
            sql = """INSERT INTO hemmelighet (navn, verdi) VALUES (?, ?)
                     ON CONFLICT DO UPDATE SET verdi = hemmelighet.verdi RETURNING verdi"""
            with self.write() as db:  # another thread may have been first: its secret counts
                verdi = db.execute(sql, (navn, ny)).get
        return bytes(verdi)

    @contextmanager
    def write(self) -> Iterator[apsw.Connection]:
        """A transaction: stored when the block has ended, undone on any exception. At most 50 ms of work, no network.

        Inside another write() of the same thread it is a part of that one, undone alone if it fails. Fetch every row
        of a RETURNING: a statement in progress cannot be committed. Raises DatabaseOpptatt if the turn does not come.
        Plain `with connection:` will not do: apsw waits for SQLite's lock there without releasing the GIL.
        """
        db, me = self._writer, threading.get_ident()
        if self._holder == me:
            if not db.in_transaction:  # a fault that somebody swallowed; from here each statement would be on its own
                raise DatabaseError("the transaction has been rolled back already")
            with self._block(db):
                yield db
            return
        try:
            self._take_turn(me)
            batch = self._join_batch()
            with self._block(db):
                yield db
            batch.stored = True
        except BaseException as error:
            if self._holder == me:  # otherwise the turn never came
                seen = self._batch if self._batch and self._batch.stored and db.in_transaction else None
                self._leave()
                if seen and isinstance(error, Exception):
                    seen.wait()
            raise
        self._leave()
        batch.wait()

    def _take_turn(self, me: int, limit_s: float = WAIT_S) -> None:
        (bell := threading.Lock()).acquire()
        with self._mutex:
            self._queue.append((me, bell))
            if self._holder is None:
                self._pass_turn()
        try:
            bell.acquire(timeout=limit_s)
        finally:
            with self._mutex:  # the turn may have come in the very moment that the time ran out
                if self._holder != me:
                    self._queue.remove((me, bell))
        if self._holder != me:
            raise DatabaseOpptatt(f"could not write within {limit_s} s: too many writers, or a slow disk; try again")

    def _pass_turn(self) -> None:  # call it with _mutex held
        self._holder = None
        if self._queue:
            self._holder, bell = self._queue.popleft()
            bell.release()

    def _join_batch(self) -> _Batch:
        if self._closed:
            raise DatabaseError("the database is closed")
        if self._batch is None:
            if flyttet := self._flyttet():
                raise self._ikke_lagret(DatabaseError(flyttet))
            self._batch = _Batch(self._writer.total_changes())
            try:
                self._writer.execute("BEGIN IMMEDIATE")
            except apsw.BusyError as error:
                raise DatabaseOpptatt(f"another program is writing to {self._file}: close it") from error
            except CANNOT_STORE as error:
                raise self._ikke_lagret(error) from error
        self._batch.members += 1
        return self._batch

    def _leave(self) -> None:
        batch = self._batch
        if batch and self._writer.in_transaction and batch.members < BATCH_MEMBERS:
            with self._mutex:
                if self._queue and time.monotonic() - batch.started < BATCH_S:
                    self._pass_turn()
                    return
        try:
            self._end_batch()
        finally:
            with self._mutex:
                self._pass_turn()

    def _end_batch(self) -> None:
        batch, self._batch = self._batch, None
        if batch is None:
            return
        try:
            if batch.stored and batch.error is None:
                self._writer.execute("COMMIT")
                if self._writer.total_changes() > batch.changes:  # a COMMIT of nothing succeeds on a full disk, too
                    self._lagringsfeil = ""
                    with self._lagret:
                        self.antall_lagret += 1
                        self._lagret.notify_all()
        except CANNOT_STORE as error:
            batch.error = self._ikke_lagret(error)
        except apsw.Error as error:
            batch.error = error
        finally:
            if self._writer.in_transaction:  # not committed, for whatever reason
                batch.error = batch.error or DatabaseError("the transaction was rolled back")
                with suppress(apsw.Error):  # it may have ended meanwhile
                    self._writer.execute("ROLLBACK")
            batch.done.set()

    @contextmanager
    def _block(self, db: apsw.Connection) -> Iterator[None]:
        """A part of the transaction, undone alone if it fails. If that cannot be, the whole transaction is ended."""
        db.execute("SAVEPOINT blokk")  # the same name at each level: SQLite takes the innermost
        try:
            yield
            db.execute("RELEASE blokk")
        except BaseException as error:
            try:
                db.execute("ROLLBACK TO blokk")
                db.execute("RELEASE blokk")
            except apsw.Error:
                with suppress(apsw.Error):  # fails if SQLite has done it already
                    db.execute("ROLLBACK")
            if isinstance(error, CANNOT_STORE):
                raise self._ikke_lagret(error) from error
            raise

    def _ikke_lagret(self, error: apsw.Error | DatabaseError) -> DatabaseOpptatt:
        """What whoever has the turn is told; it is remembered, and told to the log."""
        self.antall_feilet += 1
        self._lagringsfeil = f"{self._file} could not be written: {error}"
        self.meld_skade(error)
        now = time.monotonic()
        full_account = now - self._full_account >= FULL_ACCOUNT_S
        if full_account:
            self._full_account = now
        log.error("%s", self._lagringsfeil, exc_info=error if full_account else None)
        opptatt = DatabaseOpptatt(self._lagringsfeil)
        if self._batch and not self._writer.in_transaction:  # SQLite has rolled back what the others had stored, too
            self._batch.error = opptatt
        return opptatt

    def _flyttet(self) -> str:
        """That our file is no longer where it was: what we write now would be lost. Empty when all is well."""
        try:
            if _inode(self._file) == self._inode:
                return ""
            hva = "has been replaced"
        except OSError as error:
            hva = f"is gone ({error.strerror})"
        return f"{self._file} {hva} while in use: put ours back, or restart to use what is there now"

    @contextmanager
    def _alone(self, limit_s: float = WAIT_S) -> Iterator[None]:
        """The turn, but no transaction: an open batch is committed first."""
        me = threading.get_ident()
        assert self._holder != me, "inside write()"
        try:
            self._take_turn(me, limit_s)
            self._end_batch()
            yield
        finally:
            if self._holder == me:
                self._leave()

    def optimize(self) -> None:
        with self._alone():
            self._writer.execute("PRAGMA optimize = 0x10002").fetchall()  # 0x10000: also tables that only readers read

    def checkpoint(self) -> bool:
        """Move the WAL into the file and empty it. False if a reader was in the way: try again later."""
        with self._alone():
            self._writer.set_busy_timeout(100)  # nobody can write while a checkpoint waits for readers
            try:
                return self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0][0] == 0
            finally:
                self._writer.set_busy_timeout(BUSY_MS)

    def sjekk(self) -> list[str]:
        """What is wrong with the file; empty if nothing is. Takes seconds per GB."""
        db = self.read()
        faults = [str(row[0]) for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
        orphans = db.execute("PRAGMA foreign_key_check")
        return faults or [f"{table} row {row} refers to what is not in {parent}" for table, row, parent, _ in orphans]

    def backup(self, target: Path) -> None:
        """Copy what is committed into one new file; writers go on. Raises DatabaseError."""
        kopier(self.read(), target)

    def close(self) -> None:
        """Wait for those who write, then close everything. The last connection to close empties and removes the WAL."""
        with self._alone(limit_s=-1):
            if self._closed:
                return
            with self._mutex:
                self._closed = True
            flyttet = self._flyttet()
            for db in list(self._connections):
                with suppress(apsw.Error):  # a reader that is at work in its thread closes when the thread ends
                    if flyttet:  # the WAL would be removed by its name, which another's may have now
                        db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
                    db.close()
            os.close(self._flock)


@contextmanager
def laast(file: Path) -> Iterator[None]:
    """Keep servers, and all others, from the database with this name. Raises DatabaseError."""
    flock = _lock(file.resolve())
    try:
        yield
    finally:
        os.close(flock)


def kopier(source: apsw.Connection, target: Path) -> None:
    """Copy a database into one new file, checked and synced. Raises DatabaseError; then there is no file."""
    try:
        target.touch(0o600, exist_ok=False)  # empty until all is copied: SQLite does it in one transaction
        try:
            with closing(apsw.Connection(str(target), flags=apsw.SQLITE_OPEN_READWRITE)) as db:
                with db.backup("main", source, "main") as copying:
                    copying.step()  # all pages, from one snapshot
                _set(db, "journal_mode", "delete")  # one file, readable from a disk that is write-protected
                if (fault := db.pragma("integrity_check")) != "ok":
                    raise DatabaseError(f"the copy is damaged ({fault}): run sjekk on the database")
            for path in (target, target.parent):
                descriptor = os.open(path, os.O_RDONLY)
                os.fsync(descriptor)
                os.close(descriptor)
        except BaseException:
            target.unlink()
            raise
    except (apsw.Error, OSError) as error:
        raise DatabaseError(f"no backup was made to {target}: {error}") from error


def _set(db: apsw.Connection, name: str, value: str | int) -> None:
    """One pragma at a time, read back: several in one execute() stop at the first that returns a row."""
    db.pragma(name, value)
    if (actual := db.pragma(name)) != value:
        raise DatabaseError(f"SQLite answers {actual} to PRAGMA {name} = {value}: use a local disk and a standard apsw")


def _inode(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_dev, status.st_ino


def _er_kopi(file: Path) -> bool:
    """Whether it is as kopier() leaves it. What has been in use is in WAL mode, which stands in the file itself."""
    with file.open("rb") as content:
        header = content.read(20)
    return header[:16] == b"SQLite format 3\0" and header[18:19] != b"\2"


def _lock(file: Path) -> int:
    """The flock that keeps others out. On a file of its own: closing the database file would drop SQLite's locks."""
    try:
        flock = os.open(f"{file}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(flock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(flock, 20, 0).decode().strip()
        os.close(flock)
        raise DatabaseError(f"{file} is in use by process {pid}: stop that one, or choose another file") from None
    except OSError as error:
        raise DatabaseError(f"cannot lock ({error}): create the directory, or let us write there") from error
    os.pwrite(flock, f"{os.getpid():<19}\n".encode(), 0)
    return flock
