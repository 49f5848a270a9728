"""How SQLite finds things: never by walking through a table that grows, whatever it believes about the data.

The statements are those that the code really executes, each explained on databases with and without statistics, also
misleading ones: PRAGMA optimize may have run when there was next to nothing.
"""

import re
import uuid
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from tjeneste import ANNE, BAKERIET, DAGNY, FAGER, NILS, RESSURS, altinn_svar, leder

from server import (
    altinn,
    beskjed,
    bjelle,
    kalenderavtale,
    naermeste_leder,
    notifikasjoner,
    oppgave,
    saker,
    saksoversikt,
    sletting,
    varsling,
)
from server.config import Produsent
from server.database import Database
from server.register import Kall
from server.tid import Varighet, parse_tidspunkt
from server.tilgang import Bruker, Tilganger
from server.varsling import Kanal, Regler

ROOT = Path(__file__).parent.parent
NAA = parse_tidspunkt("2030-05-01T12:00Z")
MANGE = 3000  # rows of each of the large tables
# A merkelapp alone, or a channel alone, narrows nothing down.
TVILSOM = re.compile(
    r"SCAN (?!\w+ VIRTUAL TABLE INDEX|(side|naer)\b|k$|CONSTANT ROW|\(subquery)|AUTOMATIC"
    r"|\((merkelapp|kanal|produsent_id)=\?\)"
)

FYLL = """
CREATE TEMP TABLE tall AS
    WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < :mange) SELECT n FROM t;
INSERT INTO tilgang (tilgang_nr, noekkel)
    SELECT n, '["R","' || (810000000 + n / 5) || '","ressurs-' || (n % 5) || '"]' FROM tall;
INSERT INTO virksomhet SELECT 820000000 + n, 'AS ' || n FROM tall;
INSERT INTO naermeste_leder SELECT 'nl' || n, 'leder' || (n % 200), 'ansatt' || n, '8', 'noekkel' || n FROM tall;
INSERT INTO sak (nr, id, produsent_id, merkelapp, grupperingsid, virksomhetsnummer, tittel, opprettet_tidspunkt,
                 sist_endret_tidspunkt, soeketekst, slettes_tidspunkt)
    SELECT n, 'sak' || n, 'p', :lapp || (n % :lapper), 'g' || n, '8', 'Sak', n, n, 'sak fager',
           iif(n % 3, NULL, :naa + n) FROM tall;
INSERT INTO sak_mottaker SELECT 1 + n % :noekler, n, n, 'fager', 1, 0 FROM tall;
INSERT INTO sak_status (id, sak_nr, status, mottatt_tidspunkt)
    SELECT 's' || n || 'a', n, 'MOTTATT', n FROM tall UNION ALL SELECT 's' || n || 'b', n, 'FERDIG', n FROM tall;
INSERT INTO notifikasjon (nr, id, type, produsent_id, merkelapp, ekstern_id, virksomhetsnummer, grupperingsid, tekst,
                          lenke, tilstand, opprettet_tidspunkt, frist, start_tidspunkt, slettes_tidspunkt,
                          varsler_avtrykk)
    SELECT n, 'n' || n, iif(n % 3 = 0, 'Beskjed', iif(n % 3 = 1, 'Oppgave', 'Kalenderavtale')), 'p',
           :lapp || (n % :lapper), 'e' || n, '8', iif(:i_sak, 'g' || n, NULL), 't', 'l',
           iif(n % 3 = 0, NULL, iif(n % 3 = 1, 'NY', 'VENTER_SVAR_FRA_ARBEIDSGIVER')), n,
           iif(n % 3 = 1, '2031-01-01', NULL), iif(n % 3 = 2, :naa + n, NULL), iif(n % 5, NULL, :naa + n), x'00'
      FROM tall;
INSERT INTO mottaker (tilgang_nr, sortering, notifikasjon_nr, rekkefoelge, start_tidspunkt)
    SELECT 1 + nr % :noekler, nr, nr, 0, start_tidspunkt FROM notifikasjon;
INSERT INTO bruker_klikk SELECT 'p' || (n % 100), n FROM tall;
INSERT INTO paaminnelse (notifikasjon_nr, tidspunkt, ved_opprettelse) SELECT n, :naa + n, 1 FROM tall;
INSERT INTO eksternt_varsel (id, notifikasjon_id, paaminnelse_nr, opphav, produsent_id, virksomhetsnummer, kanal,
                             sendevindu, status, bestilt_tidspunkt, send_etter)
    SELECT 'v' || n, 'n' || n, iif(n % 2, n, NULL), 'OPPRETTELSE', 'p', '8', 'SMS', 'LOEPENDE',
           iif(n % 2, 'NY', 'SENDT'), n, iif(n % 4 = 1, :naa + n, NULL) FROM tall;
INSERT INTO hendelse (type, aggregat_id, tidspunkt, hvem) SELECT 'BeskjedOpprettet', 'n' || n, n, 'p' FROM tall;
DROP TABLE tall;
"""
SPREDT = {"mange": MANGE, "noekler": 600, "lapp": "fager", "lapper": 20, "i_sak": 1, "naa": NAA}


def _fyll(database: Database, **endret: Any) -> None:
    with database.write() as db:
        db.execute(FYLL, SPREDT | endret, can_cache=False).fetchall()


def _analyser(database: Database) -> None:
    with database.write() as db:
        db.execute("ANALYZE").fetchall()


def _tom(database: Database) -> None:
    pass


def _uten_statistikk(database: Database) -> None:
    _fyll(database)


def _analysert(database: Database) -> None:
    _fyll(database)
    _analyser(database)


def _analysert_nesten_tom(database: Database) -> None:
    """Three rows of each kind when the statistics were made."""
    _fyll(database, mange=3, noekler=3)
    _analyser(database)
    with database.write() as db:
        for tabell in ("notifikasjon", "sak", "tilgang", "virksomhet", "naermeste_leder", "eksternt_varsel"):
            db.execute(f"DELETE FROM {tabell}")
    _fyll(database)


def _skjev(database: Database) -> None:
    """One key opens everything, one merkelapp is on everything, and nothing belongs to a sak."""
    _fyll(database, noekler=1, lapper=1, i_sak=0)
    _analyser(database)


@pytest.fixture(
    params=[_tom, _uten_statistikk, _analysert, _analysert_nesten_tom, _skjev], ids=lambda f: f.__name__[1:]
)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.db", ROOT / "schema.sql")
    request.param(database)
    yield database
    database.close()


# ── What is executed, and how it would be ──

Utsagn = dict[str, Any]  # SQL -> bindings


class Sporing:
    """Remembers each statement that is executed in the block, by either connection of this thread."""

    def __init__(self, database: Database) -> None:
        self._database, self.utsagn = database, Utsagn()

    def __call__(self, cursor: apsw.Cursor, sql: str, bindings: Any) -> bool:
        if not re.match(r"\s*(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|PRAGMA)", sql):
            self.utsagn[sql] = bindings
        return True

    def __enter__(self) -> "Sporing":
        self._sett(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._sett(None)

    def _sett(self, sporing: "Sporing | None") -> None:
        self._database.read().exec_trace = sporing
        with self._database.write() as db:
            db.exec_trace = sporing


def plan(database: Database, sql: str, bindings: Any) -> list[str]:
    return [str(rad[3]) for rad in database.read().execute(f"EXPLAIN QUERY PLAN {sql}", bindings).fetchall()]


def tvilsomme(database: Database, utsagn: Utsagn) -> dict[str, list[str]]:
    """The statements that walk through something, with their plans."""
    planer = {sql: plan(database, sql, bindings) for sql, bindings in utsagn.items()}
    return {sql: linjer for sql, linjer in planer.items() if any(TVILSOM.search(linje) for linje in linjer)}


@pytest.fixture
def bruker(database: Database) -> Bruker:
    """NILS, who has keys of all kinds."""
    with database.write() as db:
        altinn.lagre(
            db, NILS, altinn_svar(*(str(810_000_000 + n) for n in range(20)), ressurser=("ressurs-1", "4936:1"))
        )
        melding = {"narmesteLederId": str(uuid.uuid4()), "fnr": ANNE, "narmesteLederFnr": NILS, "orgnummer": BAKERIET}
        naermeste_leder.ta_imot(db, naermeste_leder.les(melding))
    return Bruker(database, NAA, NILS, Tilganger(database, lambda: 0.0, 300, 10))


@pytest.fixture
def kall(database: Database) -> Kall:
    produsent = Produsent(
        id="p", applikasjoner=(FAGER,), merkelapper=("fager1",), ressurser=("test-fager",), naermeste_leder=True
    )
    return Kall(database, NAA, FAGER, produsent, True)


# ── The hot queries, word for word ──

SAKEN = "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)"
SIDEN = [
    "SEARCH n USING INTEGER PRIMARY KEY (rowid=?)",
    "SEARCH v USING INDEX sqlite_autoindex_virksomhet_1 (virksomhetsnummer=?) LEFT-JOIN",
    "SEARCH s USING INDEX sqlite_autoindex_sak_2 (merkelapp=? AND grupperingsid=?) LEFT-JOIN",
    "SEARCH k USING COVERING INDEX bruker_klikk_notifikasjon (notifikasjon_nr=? AND fnr=?) LEFT-JOIN",
]
NUMRE = apsw.carray(array("q", (1, 2, 3)))


def test_bell_is_found_in_mottaker_alone(database: Database) -> None:
    assert plan(database, bjelle.NYESTE, {"numre": NUMRE, "fnr": DAGNY, "merke": "", "naer": bjelle.NAER}) == [
        "MATERIALIZE side",
        "MATERIALIZE naer",
        "SCAN t VIRTUAL TABLE INDEX 1:",
        "SEARCH m USING PRIMARY KEY (tilgang_nr=?)",
        "USE TEMP B-TREE FOR ORDER BY",
        "SCAN naer",
        "USE TEMP B-TREE FOR DISTINCT",
        "SCAN side",
        *SIDEN,
        "SCALAR SUBQUERY 3",
        "SCAN naer",
    ]


def test_coming_kalenderavtaler_are_found_by_their_start(database: Database) -> None:
    assert plan(database, bjelle.KOMMENDE, {"numre": NUMRE, "fnr": DAGNY, "merke": "", "now": NAA}) == [
        "MATERIALIZE side",
        "SCAN t VIRTUAL TABLE INDEX 1:",
        "SEARCH m USING COVERING INDEX mottaker_start (tilgang_nr=? AND start_tidspunkt>?)",
        SIDEN[0],
        "USE TEMP B-TREE FOR DISTINCT",
        "USE TEMP B-TREE FOR ORDER BY",
        "SCAN side",
        *SIDEN,
    ]


def test_saker_are_counted_in_sak_mottaker_alone(database: Database) -> None:
    assert plan(database, saksoversikt.KANDIDATER, {"numre": NUMRE}) == [
        "SCAN t VIRTUAL TABLE INDEX 1:",
        "SEARCH m USING PRIMARY KEY (tilgang_nr=?)",
    ]


def test_search_reads_the_text_of_the_saker_that_one_may_see(database: Database) -> None:
    assert plan(database, saksoversikt.SOEK, {"numre": NUMRE, "ord0": "a"}) == [
        "SCAN t VIRTUAL TABLE INDEX 1:",
        "SEARCH m USING PRIMARY KEY (tilgang_nr=?)",
        SAKEN,
    ]


# ── Everything else ──


def test_no_look_of_a_user_walks_through_a_table(database: Database, bruker: Bruker, kall: Kall) -> None:
    with Sporing(database) as sporing:
        beskjed_id = _ny_beskjed(kall, mottakere=[leder()])["id"]
        bjelle.notifikasjoner(bruker)
        bjelle.kommende_kalenderavtaler(bruker, [BAKERIET, "810000001"])
        assert bjelle.notifikasjon_klikket_paa(bruker, beskjed_id)["__typename"] == "BrukerKlikk"
        bjelle.sett_sist_lest(bruker, NAA)
        bjelle.notifikasjoner_sist_lest(bruker)
        saksoversikt.saker(bruker, "NYESTE", virksomhetsnumre=["810000001", BAKERIET])
        saksoversikt.saker(bruker, "ELDSTE", virksomhetsnummer=BAKERIET, tekstsoek="sak fager")
        saksoversikt.sak_by_id(bruker, beskjed_id)
        saksoversikt.sak_by_grupperingsid(bruker, "fager1", "g1")
        saksoversikt.sakstyper(bruker)

    assert len(sporing.utsagn) > 20
    assert tvilsomme(database, sporing.utsagn) == {}


def test_no_call_of_a_producer_walks_through_a_table(database: Database, kall: Kall) -> None:
    with Sporing(database) as sporing:
        sak_id = _ny_sak(kall)["id"]
        _ny_sak(kall)
        _ny_beskjed(kall, grupperingsid="ny")
        _ny_beskjed(kall, grupperingsid="ny")
        oppgave_id = _ny_oppgave(kall)["id"]
        avtale_id = _ny_kalenderavtale(kall)["id"]
        saker.ny_status_sak(kall, id=sak_id, ny_status="FERDIG", idempotency_key="a")
        saker.neste_steg_sak(kall, id=sak_id, neste_steg="Vent", idempotency_key="a")
        saker.hent_sak_med_grupperingsid(kall, "ny", "fager1")
        oppgave.oppgave_utsett_frist(kall, id=oppgave_id, ny_frist="2031-01-01")
        oppgave.oppgave_utgaatt_by_ekstern_id(kall, merkelapp="fager1", ekstern_id="oppgave")
        oppgave.oppgave_utfoert(kall, id=oppgave_id)
        kalenderavtale.oppdater_kalenderavtale(kall, id=avtale_id, ny_tilstand="AVLYST", idempotency_key="a")
        notifikasjoner.hent_notifikasjon(kall, avtale_id)
        sletting.hard_delete_notifikasjon(kall, avtale_id)
        sletting.hard_delete_sak(kall, sak_id)

    assert len(sporing.utsagn) > 50
    assert tvilsomme(database, sporing.utsagn) == {}


def test_no_step_walks_through_a_table_or_sorts_what_is_due(database: Database, kall: Kall) -> None:
    """Something is due for each; of much that is due, the first is found without reading the rest."""
    _ny_sak(kall)
    for nr in range(2):
        _ny_oppgave(kall, ekstern_id=f"paaminnet{nr}")
        _ny_oppgave(kall, ekstern_id=f"utgaatt{nr}", frist="2029-01-01", paaminnelse=None)
        _ny_kalenderavtale(kall, ekstern_id=f"a{nr}", start_tidspunkt=NAA - 1)
        _ny_beskjed(kall, ekstern_id=f"b{nr}", hard_delete={"den": 0}, grupperingsid="ny")
    _ny_sak(kall, grupperingsid="slettes", hard_delete={"den": 0})
    sms = Kanal("sms", ("SMS", "EPOST"), lambda melding: None)
    regler = Regler(False, 0, 3600_000_000)

    with Sporing(database) as sporing:
        for forfall, gjoer, antall in (
            (notifikasjoner.neste_paaminnelse, notifikasjoner.paaminn_neste, 2),
            (oppgave.neste_frist, oppgave.utgaa_neste, 2),
            (kalenderavtale.neste_start, kalenderavtale.avhold_neste, 2),
            (sletting.neste_sletting, sletting.slett_neste, 3),
        ):
            for _ in range(antall):
                assert (forfall(database) or 0) <= NAA
                assert gjoer(database, NAA) is True
            assert gjoer(database, NAA) is False
        varsling.neste_forfall(database, sms)
        varsling.behandle_neste(database, sms, regler, NAA + 60_000_000)

    assert tvilsomme(database, sporing.utsagn) == {}
    foerste = {sql: plan(database, sql, bindings) for sql, bindings in sporing.utsagn.items() if "LIMIT 1" in sql}
    assert len(foerste) >= 5
    assert {sql: linjer for sql, linjer in foerste.items() if any("TEMP B-TREE" in linje for linje in linjer)} == {}


def test_every_reference_can_be_followed_back(database: Database) -> None:
    """What ON DELETE CASCADE removes, and what must not be orphaned, is found by an index."""
    db = database.read()
    for (tabell,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        for (kolonne,) in db.execute('SELECT "from" FROM pragma_foreign_key_list(?)', (tabell,)).fetchall():
            (linje,) = plan(database, f"SELECT 1 FROM {tabell} WHERE {kolonne} = ?", (1,))
            assert linje.startswith("SEARCH"), (tabell, kolonne, linje)


# ── Calls with defaults ──


def _ny_sak(kall: Kall, **felter: Any) -> dict[str, Any]:
    return saker.ny_sak(
        kall,
        **{
            "grupperingsid": "ny",
            "merkelapp": "fager1",
            "virksomhetsnummer": BAKERIET,
            "mottakere": [RESSURS, leder()],
            "tittel": "Ny",
            "initiell_status": "MOTTATT",
        }
        | felter,
    )


def _metadata(ekstern_id: str, grupperingsid: str | None, **annet: Any) -> dict[str, Any]:
    return {"virksomhetsnummer": BAKERIET, "eksternId": ekstern_id, "grupperingsid": grupperingsid, **annet}


def _ny_beskjed(
    kall: Kall,
    *,
    ekstern_id: str = "beskjed",
    grupperingsid: str | None = None,
    hard_delete: Any = None,
    mottakere: Any = (RESSURS,),
) -> dict[str, Any]:
    return beskjed.ny_beskjed(
        kall,
        {
            "mottakere": list(mottakere),
            "notifikasjon": {"merkelapp": "fager1", "tekst": "Hei", "lenke": ""},
            "metadata": _metadata(ekstern_id, grupperingsid, hardDelete=hard_delete),
        },
    )


def _ny_oppgave(
    kall: Kall, *, ekstern_id: str = "oppgave", frist: str | None = None, paaminnelse: Any = "straks"
) -> dict[str, Any]:
    sms = {"mottaker": {"kontaktinfo": {"tlf": "40000000"}}, "smsTekst": "Hei"}
    if paaminnelse == "straks":
        paaminnelse = {
            "tidspunkt": {"etterOpprettelse": Varighet()},
            "eksterneVarsler": [{"sms": sms | {"sendevindu": "LOEPENDE"}}],
        }
    return oppgave.ny_oppgave(
        kall,
        {
            "mottakere": [RESSURS],
            "notifikasjon": {"merkelapp": "fager1", "tekst": "Hei", "lenke": ""},
            "metadata": _metadata(ekstern_id, "ny"),
            "frist": frist,
            "paaminnelse": paaminnelse,
            "eksterneVarsler": [{"sms": sms | {"sendetidspunkt": {"sendevindu": "LOEPENDE"}}}],
        },
    )


def _ny_kalenderavtale(kall: Kall, **felter: Any) -> dict[str, Any]:
    return kalenderavtale.ny_kalenderavtale(
        kall,
        **{
            "virksomhetsnummer": BAKERIET,
            "grupperingsid": "ny",
            "merkelapp": "fager1",
            "ekstern_id": "avtale",
            "tekst": "Møte",
            "lenke": "",
            "mottakere": [RESSURS],
            "start_tidspunkt": NAA + 1,
        }
        | felter,
    )
