"""Promises of Database: what is acknowledged is stored, a failing block harms nobody else, shaky ground is refused."""

import os
import random
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from server import database as database_module
from server.database import Database, DatabaseError, DatabaseOpptatt, krev_sqlite

ROOT = Path(__file__).resolve().parent.parent

SCHEMA = """
CREATE TABLE hemmelighet (navn TEXT PRIMARY KEY, verdi BLOB NOT NULL) STRICT;
CREATE TABLE sak (nr INTEGER PRIMARY KEY, tittel TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE oppgave (
    nr      INTEGER PRIMARY KEY,
    sak_nr  INTEGER NOT NULL REFERENCES sak ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) STRICT;
"""


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    path = tmp_path / "schema.sql"
    path.write_text(SCHEMA, encoding="utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "notifikasjon.db"


@pytest.fixture
def database(file: Path, schema: Path) -> Iterator[Database]:
    database = Database(file, schema)
    yield database
    database.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def ny_sak(database: Database, tittel: str) -> None:
    with database.write() as db:
        db.execute("INSERT INTO sak (tittel) VALUES (?)", (tittel,))


def saker(database: Database) -> list[str]:
    return [tittel for (tittel,) in database.read().execute("SELECT tittel FROM sak ORDER BY nr")]


def count_commits(database: Database) -> list[None]:
    """A list that grows by one for each COMMIT."""
    commits: list[None] = []

    def hook() -> bool:
        commits.append(None)
        return False

    with database.write() as db:
        db.set_commit_hook(hook)
    commits.clear()
    return commits


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if condition():
            return
        threading.Event().wait(0.001)
    raise AssertionError("waited in vain")


class Batch:
    """Puts blocks into one batch: each holds the turn until the next one is in the queue."""

    def __init__(self, database: Database, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(database_module, "BATCH_S", 60)  # a slow test machine must not split the batch
        self._database = database
        self._pool = pool

    def run(self, *blocks: Callable[[apsw.Connection], None]) -> list[Future[None]]:
        """All blocks in one batch, in this order, to the end."""
        futures, gates, entered = self.start(*blocks)
        for number, gate in enumerate(gates):
            entered[number].wait(10)
            gate.set()
        for future in futures:
            future.exception(10)
        return futures

    def start(
        self, *blocks: Callable[[apsw.Connection], None]
    ) -> tuple[list[Future[None]], list[threading.Event], list[threading.Event]]:
        """All blocks queued, the first inside and held. Its gate lets a block end, `entered` tells that it began."""
        gates = [threading.Event() for _ in blocks]
        entered = [threading.Event() for _ in blocks]

        def one(number: int) -> None:
            with self._database.write() as db:
                entered[number].set()
                assert gates[number].wait(10)
                blocks[number](db)

        futures = []
        for number in range(len(blocks)):
            futures.append(self._pool.submit(one, number))
            if number == 0:
                assert entered[0].wait(10)
            else:
                wait_for(lambda number=number: len(self._database._queue) == number)  # type: ignore[misc]
        return futures, gates, entered


@pytest.fixture
def batch(database: Database, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> Batch:
    return Batch(database, pool, monkeypatch)


def insert(tittel: str) -> Callable[[apsw.Connection], None]:
    def block(db: apsw.Connection) -> None:
        db.execute("INSERT INTO sak (tittel) VALUES (?)", (tittel,))

    return block


def insert_and_fail(tittel: str) -> Callable[[apsw.Connection], None]:
    def block(db: apsw.Connection) -> None:
        db.execute("INSERT INTO sak (tittel) VALUES (?)", (tittel,))
        raise ValueError(tittel)

    return block


def run_python(script: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# ── Start ──


def test_settings_are_in_force_on_the_writer(database: Database) -> None:
    with database.write() as db:
        actual = {name: db.pragma(name) for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")}
        actual |= {name: db.pragma(name) for name in ("busy_timeout", "wal_autocheckpoint", "cache_size", "temp_store")}
        actual |= {name: db.pragma(name) for name in ("trusted_schema", "cell_size_check")}
        assert db.pragma("mmap_size") > 0
        with pytest.raises(apsw.SQLError):
            db.execute('SELECT "ikke en kolonne"')
    assert actual == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "wal_autocheckpoint": 1000,
        "cache_size": -65536,
        "temp_store": 2,
        "trusted_schema": 0,
        "cell_size_check": 1,
    }


def test_setting_that_does_not_take_is_refused(database: Database) -> None:
    with pytest.raises(DatabaseError, match="page_size"):
        database_module._set(database._writer, "page_size", 8192)  # too late in a WAL database


def test_reader_cannot_write_and_each_thread_has_its_own(database: Database, pool: ThreadPoolExecutor) -> None:
    assert database.read() is database.read()
    assert pool.submit(database.read).result() is not database.read()
    with pytest.raises(apsw.ReadOnlyError):
        database.read().execute("DELETE FROM sak")


def test_files_are_for_their_owner_only(database: Database, file: Path) -> None:
    ny_sak(database, "a")
    for path in (file, Path(f"{file}-wal"), Path(f"{file}.lock")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("version", ["3.44.5", "3.44.7", "3.50.6", "3.51.2", "3.9.9"])
def test_sqlite_that_damages_wal_databases_is_refused(version: str) -> None:
    with pytest.raises(DatabaseError, match=version):
        krev_sqlite(version)


@pytest.mark.parametrize("version", ["3.44.6", "3.50.7", "3.51.3", "3.53.0", "3.100.0", "4.0.0"])
def test_sound_sqlite_is_accepted(version: str) -> None:
    krev_sqlite(version)


OPEN = """
import sys
from pathlib import Path
from server.database import Database, DatabaseError
try:
    Database(Path(sys.argv[1]), Path(sys.argv[2])).close()
except DatabaseError as error:
    sys.exit(str(error))
"""


def test_second_process_is_told_who_has_the_file(database: Database, file: Path, schema: Path) -> None:
    second = run_python(OPEN, file, schema)
    _, stderr = second.communicate(timeout=5)
    assert second.returncode == 1
    assert f"in use by process {os.getpid()}" in stderr

    with pytest.raises(DatabaseError, match="in use"):  # nor twice in one process
        Database(file, schema)

    database.close()
    third = run_python(OPEN, file, schema)
    third.communicate(timeout=5)
    assert third.returncode == 0


def test_missing_directory_is_refused_with_advice(tmp_path: Path, schema: Path) -> None:
    with pytest.raises(DatabaseError, match="create the directory"):
        Database(tmp_path / "finnes-ikke" / "a.db", schema)


def test_file_that_is_no_database_is_refused_and_left_alone(file: Path, schema: Path) -> None:
    file.write_text("noe helt annet" * 100, encoding="utf-8")
    with pytest.raises(DatabaseError, match="not a database"):
        Database(file, schema)
    assert file.read_text(encoding="utf-8").startswith("noe helt annet")


def test_database_of_another_program_is_refused(file: Path, schema: Path) -> None:
    other = apsw.Connection(str(file))
    other.execute("CREATE TABLE noe (a)")
    other.close()
    with pytest.raises(DatabaseError, match="another program"):
        Database(file, schema)


def test_clean_end_leaves_no_wal(database: Database, file: Path) -> None:
    ny_sak(database, "a")
    database.close()
    database.close()
    assert not Path(f"{file}-wal").exists()


DIE_WITH_WAL = """
import os, sys
from pathlib import Path
from server.database import Database
database = Database(Path(sys.argv[1]), Path(sys.argv[2]))
for number in range(200):
    with database.write() as db:
        db.execute("INSERT INTO sak (tittel) VALUES (?)", (f"{number:04}" * 100,))
database.checkpoint()
with database.write() as db:
    db.execute("INSERT INTO oppgave (sak_nr) VALUES (1)")
os._exit(9)
"""


def test_damage_is_found_at_the_start_after_an_unclean_end(file: Path, schema: Path) -> None:
    run_python(DIE_WITH_WAL, file, schema).communicate(timeout=10)
    assert Path(f"{file}-wal").stat().st_size > 0
    size = file.stat().st_size
    with file.open("r+b") as content:
        for page in range(4096 * 8, size, 4096):
            content.seek(page)
            content.write(b"\x0d\xff\xff\xff\xff\xff\xff\xff")
    with pytest.raises(DatabaseError, match="restore a backup"):
        Database(file, schema)


def test_damage_is_found_at_the_start_after_a_clean_end(file: Path, schema: Path) -> None:
    database = Database(file, schema)
    for number in range(100):
        ny_sak(database, f"{number}" * 100)
    database.close()
    with file.open("r+b") as content:
        content.seek(-2048, os.SEEK_END)
        content.write(b"\xff" * 2048)
    with pytest.raises(DatabaseError, match="restore a backup"):
        Database(file, schema)


def test_database_of_another_program_is_left_as_it_is(file: Path, schema: Path) -> None:
    other = apsw.Connection(str(file))
    other.execute("CREATE TABLE noe (a)")
    other.close()
    content = file.read_bytes()
    with pytest.raises(DatabaseError, match="another program"):
        Database(file, schema)
    assert file.read_bytes() == content


def ingen_kopi(_: Database) -> None:
    raise AssertionError("this is no copy")


def test_copy_is_told_of_until_that_has_been_dealt_with(file: Path, schema: Path, tmp_path: Path) -> None:
    """A start that fails in between must not make it look like a database in use."""
    database, kopi, told = Database(file, schema, migrations=[], ved_kopi=ingen_kopi), tmp_path / "kopi.db", []
    ny_sak(database, "a")
    database.backup(kopi)
    database.close()
    Database(file, schema, migrations=[], ved_kopi=ingen_kopi).close()

    def fails(_: Database) -> None:
        raise OSError("as asked")

    with pytest.raises(DatabaseError, match="no such table"):
        Database(kopi, schema, migrations=["DELETE FROM finnes_ikke"])
    with pytest.raises(DatabaseError, match="as asked"):
        Database(kopi, schema, migrations=[NY_KOLONNE], ved_kopi=fails)

    def store(opened: Database) -> None:
        told.append(saker(opened))
        ny_sak(opened, "b")

    database = Database(kopi, schema, migrations=[NY_KOLONNE], ved_kopi=store)
    assert database._writer.pragma("journal_mode") == "wal"
    ny_sak(database, "c")
    assert saker(database) == ["a", "b", "c"]
    database.close()
    Database(kopi, schema, migrations=[NY_KOLONNE], ved_kopi=ingen_kopi).close()
    assert told == [["a"]]


# ── Schema and migrations ──

NY_KOLONNE = "ALTER TABLE sak ADD COLUMN lenke TEXT; UPDATE sak SET lenke = 'https://a.no'"


def user_version(file: Path) -> int:
    db = apsw.Connection(str(file))
    version = db.pragma("user_version")
    db.close()
    assert isinstance(version, int)
    return version


def test_new_database_gets_the_schema_and_no_migration(file: Path, schema: Path) -> None:
    Database(file, schema, migrations=["not even SQL"]).close()
    assert user_version(file) == 2


def test_older_database_is_migrated_once(file: Path, schema: Path) -> None:
    database = Database(file, schema, migrations=[])
    ny_sak(database, "a")
    database.close()

    second = "INSERT INTO sak (tittel) VALUES ('fra migrering')"
    for _ in range(2):
        database = Database(file, schema, migrations=[NY_KOLONNE, second])
        assert saker(database) == ["a", "fra migrering"]
        assert database.read().execute("SELECT lenke FROM sak WHERE tittel = 'a'").get == "https://a.no"
        database.close()
    assert user_version(file) == 3


def test_database_newer_than_the_program_is_refused(file: Path, schema: Path) -> None:
    Database(file, schema, migrations=[NY_KOLONNE]).close()
    with pytest.raises(DatabaseError, match="newer program"):
        Database(file, schema, migrations=[])


def test_failing_migration_changes_nothing(file: Path, schema: Path) -> None:
    Database(file, schema, migrations=[]).close()
    with pytest.raises(DatabaseError, match="no such table"):
        Database(file, schema, migrations=[NY_KOLONNE + "; DELETE FROM finnes_ikke"])
    database = Database(file, schema, migrations=[NY_KOLONNE])  # would fail if the column were there
    database.close()
    assert user_version(file) == 2


def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(file: Path, schema: Path) -> None:
    database = Database(file, schema, migrations=[])
    ny_sak(database, "a")
    with database.write() as db:
        db.execute("INSERT INTO oppgave (sak_nr) VALUES (1)")
    database.close()
    rebuild = """
        CREATE TABLE sak_ny (nr INTEGER PRIMARY KEY, tittel TEXT NOT NULL) STRICT;
        INSERT INTO sak_ny SELECT nr, tittel FROM sak;
        DROP TABLE sak;
        ALTER TABLE sak_ny RENAME TO sak;
    """
    database = Database(file, schema, migrations=[rebuild])
    assert database.read().execute("SELECT count(*) FROM oppgave").get == 1
    database.close()
    with pytest.raises(DatabaseError, match="break references"):
        Database(file, schema, migrations=[rebuild, "DELETE FROM sak"])


DIE_IN_MIGRATION = """
import os, sys
from pathlib import Path
import apsw
from server.database import Database
apsw.connection_hooks.append(lambda db: db.create_scalar_function("avbryt", lambda: os._exit(9), 0))
Database(Path(sys.argv[1]), Path(sys.argv[2]), migrations=[sys.argv[3] + "; SELECT avbryt()"])
"""


def test_migration_killed_in_the_middle_is_done_again(file: Path, schema: Path) -> None:
    Database(file, schema, migrations=[]).close()
    killed = run_python(DIE_IN_MIGRATION, file, schema, NY_KOLONNE)
    killed.communicate(timeout=10)
    assert killed.returncode == 9
    assert user_version(file) == 1

    Database(file, schema, migrations=[NY_KOLONNE]).close()
    assert user_version(file) == 2


# ── Secrets ──


def test_noekkel_is_the_same_after_a_restart_and_different_in_another_database(
    file: Path, schema: Path, tmp_path: Path
) -> None:
    noekler = []
    for path in (file, file, tmp_path / "annen.db"):
        database = Database(path, schema)
        noekler.append(database.noekkel)
        database.close()
    assert len(noekler[0]) == 32
    assert noekler[0] == noekler[1] != noekler[2]


def test_hemmelighet_is_made_once_even_by_threads_at_the_same_time(
    database: Database, pool: ThreadPoolExecutor
) -> None:
    start = threading.Barrier(8)

    def lag() -> bytes:
        start.wait(10)
        return os.urandom(8)

    answers = {future.result() for future in [pool.submit(database.hemmelighet, "utsteder", lag) for _ in range(8)]}
    assert answers == {database.hemmelighet("utsteder", lambda: b"never asked for")}


# ── Transactions ──


def test_block_is_stored_when_it_ends_and_not_seen_before(database: Database) -> None:
    with database.write() as db:
        insert("a")(db)
        assert saker(database) == []
    assert saker(database) == ["a"]


def test_failing_block_stores_nothing(database: Database) -> None:
    with pytest.raises(ValueError, match="a"), database.write() as db:
        insert_and_fail("a")(db)
    ny_sak(database, "b")
    assert saker(database) == ["b"]


def test_failing_block_is_undone_alone_in_its_batch(database: Database, batch: Batch) -> None:
    commits = count_commits(database)
    a, b, c = batch.run(insert("a"), insert_and_fail("b"), insert("c"))
    assert (a.exception(), str(b.exception()), c.exception()) == (None, "b", None)
    assert saker(database) == ["a", "c"]
    assert len(commits) == 1


def test_batch_is_committed_when_its_last_block_fails(database: Database, batch: Batch) -> None:
    a, b = batch.run(insert("a"), insert_and_fail("b"))
    assert (a.exception(), str(b.exception())) == (None, "b")
    assert saker(database) == ["a"]


def test_batch_of_failing_blocks_only_stores_nothing(database: Database, batch: Batch) -> None:
    commits = count_commits(database)
    a, b = batch.run(insert_and_fail("a"), insert_and_fail("b"))
    assert (str(a.exception()), str(b.exception())) == ("a", "b")
    assert commits == []
    ny_sak(database, "c")
    assert saker(database) == ["c"]


def test_nobody_is_answered_before_the_commit_of_the_batch(database: Database, batch: Batch) -> None:
    (a, b), gates, entered = batch.start(insert("a"), insert("b"))
    gates[0].set()
    assert entered[1].wait(10)
    assert not a.done()
    assert saker(database) == []
    gates[1].set()
    assert a.result(10) is b.result(10) is None
    assert saker(database) == ["a", "b"]


def test_error_is_told_at_once_if_nobody_else_has_stored_anything(database: Database, batch: Batch) -> None:
    (a, b), gates, entered = batch.start(insert_and_fail("a"), insert("b"))
    gates[0].set()
    assert entered[1].wait(10)
    assert str(a.exception(10)) == "a"
    gates[1].set()
    assert b.exception(10) is None


def test_error_that_may_tell_of_an_uncommitted_sak_waits_for_it(database: Database, batch: Batch) -> None:
    (a, b, c), gates, entered = batch.start(insert("a"), insert("a"), insert("c"))
    gates[0].set()
    gates[1].set()
    assert entered[2].wait(10)
    assert not a.done()
    assert not b.done()
    gates[2].set()
    assert a.exception(10) is c.exception(10) is None
    assert isinstance(b.exception(10), apsw.ConstraintError)
    assert saker(database) == ["a", "c"]


def test_failing_commit_fails_all_in_the_batch(database: Database, batch: Batch) -> None:
    def oppgave_without_sak(db: apsw.Connection) -> None:
        db.execute("INSERT INTO oppgave (sak_nr) VALUES (4711)")  # deferred: found by COMMIT

    for future in batch.run(insert("a"), oppgave_without_sak, insert("c")):
        assert isinstance(future.exception(), apsw.ConstraintError)
    assert saker(database) == []
    ny_sak(database, "d")
    assert saker(database) == ["d"]


def test_all_in_the_batch_fail_when_sqlite_itself_rolls_back(database: Database, batch: Batch) -> None:
    def rolls_back(db: apsw.Connection) -> None:
        db.execute("INSERT OR ROLLBACK INTO sak (tittel) VALUES ('a')")

    a, b = batch.run(insert("a"), rolls_back)
    assert isinstance(a.exception(), apsw.Error)
    assert isinstance(b.exception(), apsw.ConstraintError)
    ny_sak(database, "c")
    assert saker(database) == ["c"]


def test_swallowed_rollback_by_sqlite_lets_nothing_more_in(database: Database) -> None:
    with pytest.raises(apsw.Error), database.write() as db:
        insert("a")(db)
        with pytest.raises(apsw.ConstraintError), database.write():
            db.execute("INSERT OR ROLLBACK INTO sak (tittel) VALUES ('a')")
        with pytest.raises(DatabaseError, match="rolled back already"), database.write():
            insert("never")(db)
    assert saker(database) == []


def test_nested_write_is_part_of_the_outer_one(database: Database) -> None:
    commits = count_commits(database)
    with database.write() as outer:
        insert("a")(outer)
        with database.write() as inner:
            assert inner is outer
            insert("b")(inner)
            with pytest.raises(ValueError), database.write():
                insert_and_fail("c")(inner)
        assert saker(database) == []
        insert("d")(outer)
    assert saker(database) == ["a", "b", "d"]
    assert len(commits) == 1


def test_failing_outer_write_undoes_the_nested_one(database: Database) -> None:
    with pytest.raises(ValueError), database.write() as db:
        with database.write():
            insert("a")(db)
        insert_and_fail("b")(db)
    assert saker(database) == []


def test_many_writers_lose_nothing_and_share_commits(database: Database, pool: ThreadPoolExecutor) -> None:
    commits = count_commits(database)
    start = threading.Barrier(8)

    def writer(thread: int) -> None:
        start.wait(10)
        for number in range(50):
            ny_sak(database, f"{thread}-{number}")

    for future in [pool.submit(writer, thread) for thread in range(8)]:
        future.result()
    assert sorted(saker(database)) == sorted(f"{thread}-{number}" for thread in range(8) for number in range(50))
    assert 50 <= len(commits) < 400


def test_batch_ends_when_it_is_full_or_old(database: Database, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = count_commits(database)
    monkeypatch.setattr(database_module, "BATCH_MEMBERS", 2)
    batch.run(*[insert(f"full-{number}") for number in range(6)])
    assert len(commits) == 3
    monkeypatch.setattr(database_module, "BATCH_S", 0)
    batch.run(*[insert(f"old-{number}") for number in range(3)])
    assert len(commits) == 6


def test_turns_come_in_the_order_of_the_queue(database: Database, batch: Batch) -> None:
    batch.run(*[insert(f"{number}") for number in range(8)])
    assert saker(database) == [f"{number}" for number in range(8)]


# ── A disk that is full ──


@contextmanager
def full_disk(database: Database) -> Iterator[None]:
    with database.write() as db:
        largest = db.pragma("max_page_count")
        db.pragma("max_page_count", db.pragma("page_count"))
    yield
    with database.write() as db:
        db.pragma("max_page_count", largest)


def test_block_that_finds_the_disk_full_fails_all_that_lose_by_it(database: Database, batch: Batch) -> None:
    def insert_much(db: apsw.Connection) -> None:
        db.execute("INSERT INTO sak (tittel) VALUES (?)", ("x" * 100_000,))  # SQLite rolls back the whole transaction

    with full_disk(database):
        a, b = batch.run(insert("a"), insert_much)
        assert isinstance(a.exception(), DatabaseOpptatt) and isinstance(b.exception(), DatabaseOpptatt)
        assert database.antall_feilet == 1
        (fault,) = database.mangler()
        assert "full" in fault
        with database.write() as db:  # a COMMIT of nothing proves nothing
            db.execute("DELETE FROM sak")
        assert database.mangler() == [fault]
    database.proev()
    assert database.mangler() == []
    assert saker(database) == []
    ny_sak(database, "c")
    assert saker(database) == ["c"]


def test_what_is_stored_shows_that_the_disk_is_well_again(database: Database) -> None:
    with full_disk(database), pytest.raises(DatabaseOpptatt):
        ny_sak(database, "x" * 100_000)
    assert len(database.mangler()) == 1
    ny_sak(database, "a")
    assert database.mangler() == []


def test_block_that_swallows_it_hides_it_from_nobody(database: Database, batch: Batch) -> None:
    def swallow(_: apsw.Connection) -> None:
        with pytest.raises(DatabaseOpptatt):
            ny_sak(database, "x" * 100_000)

    with full_disk(database):
        a, b = batch.run(insert("a"), swallow)
        assert isinstance(a.exception(), DatabaseOpptatt) and isinstance(b.exception(), apsw.Error)
    assert saker(database) == []


def test_error_in_a_nested_block_is_told_and_counted_once(database: Database) -> None:
    with full_disk(database), pytest.raises(DatabaseOpptatt), database.write(), database.write():
        ny_sak(database, "x" * 100_000)
    assert database.antall_feilet == 1


# ── Waiting ──


def test_writer_gives_up_when_the_turn_does_not_come(database: Database, batch: Batch) -> None:
    (a, b), gates, _ = batch.start(insert("a"), insert("b"))
    assert isinstance(b.exception(10), DatabaseOpptatt)
    gates[0].set()
    assert a.exception(10) is None
    ny_sak(database, "c")
    assert saker(database) == ["a", "c"]


def test_writing_by_another_program_is_told_as_opptatt(database: Database, file: Path) -> None:
    with database.write() as db:
        db.set_busy_timeout(20)
    other = apsw.Connection(str(file))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseOpptatt, match="another program"):
        ny_sak(database, "a")
    other.execute("ROLLBACK")
    other.close()
    ny_sak(database, "b")
    assert saker(database) == ["b"]


def test_other_threads_run_while_a_writer_waits_for_sqlite(
    database: Database, file: Path, pool: ThreadPoolExecutor
) -> None:
    """Fails after busy_timeout if the wait holds the GIL: then the one who is waited for cannot go on."""
    other = apsw.Connection(str(file))
    other.execute("BEGIN IMMEDIATE")
    waiting = pool.submit(ny_sak, database, "a")
    wait_for(lambda: database._batch is not None)
    for _ in range(50):
        threading.Event().wait(0.001)
    assert not waiting.done()
    other.execute("COMMIT")
    other.close()
    assert waiting.exception(10) is None


def test_interrupted_block_leaves_the_queue_usable(database: Database, batch: Batch) -> None:
    def interrupted(db: apsw.Connection) -> None:
        insert("b")(db)
        raise KeyboardInterrupt

    futures = batch.run(insert("a"), interrupted, insert("c"))
    assert isinstance(futures[1].exception(), KeyboardInterrupt)
    assert saker(database) == ["a", "c"]
    with pytest.raises(SystemExit), database.write() as db:
        insert("d")(db)
        sys.exit()
    ny_sak(database, "e")
    assert saker(database) == ["a", "c", "e"]


def test_interrupt_in_the_queue_leaves_it_usable(database: Database, batch: Batch, pool: ThreadPoolExecutor) -> None:
    main = threading.main_thread().ident
    assert main is not None
    (a,), gates, _ = batch.start(insert("a"))

    def interrupt() -> None:
        wait_for(lambda: len(database._queue) == 1)
        signal.pthread_kill(main, signal.SIGINT)

    interrupting = pool.submit(interrupt)
    with pytest.raises(KeyboardInterrupt):
        ny_sak(database, "b")
    interrupting.result(10)
    gates[0].set()
    assert a.exception(10) is None
    ny_sak(database, "c")
    assert saker(database) == ["a", "c"]


def test_close_waits_for_the_writer_and_refuses_the_next(
    database: Database, batch: Batch, pool: ThreadPoolExecutor, file: Path
) -> None:
    (a,), gates, _ = batch.start(insert("a"))
    closing = pool.submit(database.close)
    wait_for(lambda: len(database._queue) == 1)
    late = pool.submit(ny_sak, database, "b")
    wait_for(lambda: len(database._queue) == 2)
    gates[0].set()
    assert a.exception(10) is closing.exception(10) is None
    with pytest.raises(DatabaseError, match="closed"):
        late.result(10)
    with pytest.raises(DatabaseError, match="closed"):
        pool.submit(database.read).result(10)
    assert not Path(f"{file}-wal").exists()


# ── Durability ──

WRITE_UNTIL_KILLED = """
import os, sys, threading
from pathlib import Path
from server.database import Database
database = Database(Path(sys.argv[1]), Path(sys.argv[2]))
def write(thread):
    number = 0
    while True:
        number += 1
        tittel = f"{sys.argv[3]}-{thread}-{number}"
        with database.write() as db:
            nr = db.execute("INSERT INTO sak (tittel) VALUES (?) RETURNING nr", (tittel,)).get
            db.execute("INSERT INTO oppgave (sak_nr) VALUES (?)", (nr,))
        os.write(1, f"{tittel}\\n".encode())
for thread in range(6):
    threading.Thread(target=write, args=(thread,)).start()
"""


def test_what_is_acknowledged_survives_kill_9(file: Path, schema: Path) -> None:
    dice = random.Random(20)
    acknowledged: set[str] = set()
    for run in range(20):
        with run_python(WRITE_UNTIL_KILLED, file, schema, run) as process:
            assert process.stdout is not None
            for _ in range(dice.randrange(1, 400)):
                acknowledged.add(process.stdout.readline().strip())
            process.kill()
            acknowledged |= set(process.stdout.read().splitlines())  # Linux hands over whole writes: no torn line

    database = Database(file, schema)
    stored = set(saker(database))
    assert len(acknowledged) > 1000
    assert acknowledged - stored == set()
    assert database.read().execute("SELECT count(*) FROM oppgave").get == len(stored), "half a transaction"
    assert database.sjekk() == []
    database.close()


# ── Upkeep ──


def test_backup_holds_what_is_committed_and_can_be_opened(
    database: Database, schema: Path, tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    ny_sak(database, "a")
    target = tmp_path / "kopi.db"
    stop = threading.Event()

    def write_on() -> None:
        number = 0
        while not stop.is_set():
            with database.write() as db:
                nr = db.execute("INSERT INTO sak (tittel) VALUES (?) RETURNING nr", (f"b{number}",)).get
                db.execute("INSERT INTO oppgave (sak_nr) VALUES (?)", (nr,))
            number += 1

    writing = pool.submit(write_on)
    with database.write() as db:
        insert("not committed")(db)
        database.backup(target)
    stop.set()
    writing.result(10)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.glob("kopi*")) == ["kopi.db"]

    kopi = Database(target, schema)
    assert kopi.sjekk() == []
    assert "a" in saker(kopi)
    assert "not committed" not in saker(kopi)
    assert kopi.read().execute("SELECT count(*) FROM oppgave").get == len(saker(kopi)) - 1
    assert kopi.noekkel == database.noekkel
    kopi.close()


def test_backup_replaces_no_file_and_leaves_no_half_one(database: Database, tmp_path: Path) -> None:
    target = tmp_path / "kopi.db"
    target.write_text("verdifull", encoding="utf-8")
    with pytest.raises(DatabaseError, match="File exists"):
        database.backup(target)
    assert target.read_text(encoding="utf-8") == "verdifull"
    with pytest.raises(DatabaseError, match="no backup was made"):
        database.backup(tmp_path / "finnes-ikke" / "kopi.db")
    assert sorted(path.name for path in tmp_path.glob("kopi*")) == ["kopi.db"]


def test_checkpoint_empties_the_wal_unless_a_reader_is_in_the_way(database: Database, file: Path) -> None:
    ny_sak(database, "a")
    database.read().execute("BEGIN; SELECT * FROM sak").fetchall()
    ny_sak(database, "b")
    assert database.checkpoint() is False
    database.read().execute("COMMIT")
    assert database.checkpoint() is True
    assert Path(f"{file}-wal").stat().st_size == 0
    with database.write() as db:
        assert db.pragma("busy_timeout") == 5000


def test_upkeep_ends_the_open_batch_and_takes_its_turn(
    database: Database, batch: Batch, pool: ThreadPoolExecutor
) -> None:
    commits = count_commits(database)
    (a,), gates, _ = batch.start(insert("a"))
    checkpoint = pool.submit(database.checkpoint)
    wait_for(lambda: len(database._queue) == 1)
    later = pool.submit(ny_sak, database, "b")
    wait_for(lambda: len(database._queue) == 2)
    gates[0].set()
    assert checkpoint.result(10) is True
    assert a.result(10) is later.result(10) is None
    assert len(commits) == 2
    database.optimize()


def test_sjekk_finds_a_row_that_refers_to_nothing(database: Database, file: Path) -> None:
    assert database.sjekk() == []
    other = apsw.Connection(str(file))
    other.execute("INSERT INTO oppgave (nr, sak_nr) VALUES (5, 4711)")  # foreign keys are off there
    other.close()
    (fault,) = database.sjekk()
    assert "oppgave row 5" in fault
