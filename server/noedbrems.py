"""The emergency brake: while it is on nothing is sent and no receipt is looked for; what is ordered waits.

It is a row in `bryter` while it is on, which holds since when.
"""

import logging
import threading

import apsw

from server.database import Database
from server.tid import Klokke

log = logging.getLogger(__name__)

NAVN = "noedbrems"  # in table bryter
MAKS_SPRANG_S = 3600  # that the clock may move of itself between two looks


def er_paa(db: apsw.Connection) -> bool:
    return db.execute("SELECT verdi FROM bryter WHERE navn = ?", (NAVN,)).get is not None


def sett(database: Database, paa: bool, now: int) -> None:
    """Put it on, or take it off.

    Whoever takes it off knows what has waited under it, so no time has passed for that meanwhile: what fell due under
    it is due now, and what was late before is as late as it was.
    """
    with database.write() as db:
        if paa:
            db.execute("INSERT INTO bryter (navn, verdi) VALUES (?, ?) ON CONFLICT DO NOTHING", (NAVN, now))
            return
        siden = db.execute("DELETE FROM bryter WHERE navn = ? RETURNING verdi", (NAVN,)).get
        db.execute(
            """
            UPDATE eksternt_varsel SET forsinket_fra = min(forsinket_fra, :siden) + :under_den
             WHERE kanal IN ('SMS', 'EPOST', 'ALTINNRESSURS', 'ALTINNTJENESTE') AND status = 'NY' AND holdt = 0
               AND send_etter IS NOT NULL AND forsinket_fra < :siden + :under_den
            """,
            {"siden": siden, "under_den": 0 if siden is None else max(now - siden, 0)},
        )


class Sprangvakt:
    """Puts the brake on when somebody or something has moved the clock: what is due by it may not be due at all.

    A machine that has slept looks the same, so it is not for development mode. Threads share one.
    """

    def __init__(self, database: Database, klokke: Klokke) -> None:
        self._database, self._klokke = database, klokke
        self._laas = threading.Lock()
        self._forskjell = self._les()

    def se_etter(self) -> None:
        """To be called before anything is sent."""
        with self._laas:  # nobody goes on before the brake is on
            forskjell = self._les()
            sprang = forskjell - self._forskjell
            if abs(sprang) > MAKS_SPRANG_S:
                sett(self._database, True, self._klokke.now())
                log.error(
                    "the clock has moved by %+.1f hours: the emergency brake is on, and nothing is sent. Check the "
                    'clock, see GET /internal/holdte, and take it off: POST {"paa": false} to /internal/noedbrems',
                    sprang / 3600,
                )
            self._forskjell = forskjell

    def _les(self) -> float:
        return self._klokke.ekte_sekunder() - self._klokke.monotonic()
