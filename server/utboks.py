"""The outbox: the channel where no other is configured. A message is kept and shown, and sent nowhere.

Some recipients behave as others would on a bad day, so that it can be tried: a number that ends in 0001 or an address
feil@… fails for good; …0002 or midlertidig@… fails twice and then succeeds.
"""

import threading
from collections import Counter
from typing import Any

from server.database import Database
from server.kanal import KanalError, Melding
from server.rader import rader
from server.tid import Klokke

FEILER, FEILER_TO_GANGER = ("0001", "feil@"), ("0002", "midlertidig@")


class Utboks:
    """Sending the same varsel again changes nothing: the first message stays.

    `vises`: people can see the messages and empty the outbox. Where they cannot, as outside development mode, a message
    is erased with its varsel's contact data (varsling.glem_kontaktdata).
    """

    def __init__(self, database: Database, klokke: Klokke, *, vises: bool = True) -> None:
        self._database, self._klokke, self._vises = database, klokke, vises
        self._forsoekt: Counter[str] = Counter()  # of those that are to fail twice; a restart forgives
        self._ny = threading.Condition()

    def send(self, melding: Melding) -> None:
        self._oev_feil(melding)
        kanal = melding.kanal if melding.kanal in ("SMS", "EPOST") else "ALTINN"
        with self._database.write() as db:
            db.execute(
                """
                INSERT OR IGNORE INTO melding (
                    varsel_id, notifikasjon_id, virksomhetsnummer, kanal, mottaker, tittel, tekst, sms_tekst, tidspunkt,
                    vises)
                SELECT id, notifikasjon_id, virksomhetsnummer, ?, mottaker, tittel, coalesce(tekst, sms_tekst),
                       CASE WHEN tekst IS NOT NULL THEN sms_tekst END, ?, ?
                  FROM eksternt_varsel WHERE id = ?
                """,
                (kanal, self._klokke.now(), int(self._vises), melding.varsel_id),
            )
        with self._ny:
            self._ny.notify_all()

    def meldinger(self, til: str | None, vent_s: float) -> list[dict[str, Any]]:
        """The messages, oldest first; to one recipient only, if given. Waits for the first one, at most this long."""
        frist = self._klokke.monotonic() + vent_s
        with self._ny:
            while not (funnet := self._les(til)) and (igjen := frist - self._klokke.monotonic()) > 0:
                self._ny.wait(igjen)
        return funnet

    def toem(self) -> None:
        with self._database.write() as db:
            db.execute("DELETE FROM melding")

    def _les(self, til: str | None) -> list[dict[str, Any]]:
        return rader(
            self._database.read().execute(
                """
                SELECT m.varsel_id, m.kanal, m.mottaker, m.tittel, m.tekst, m.sms_tekst, m.tidspunkt, m.notifikasjon_id,
                       m.virksomhetsnummer, v.planlagt_tidspunkt, v.bestilt_tidspunkt, v.opphav, v.sendevindu,
                       v.sendetidspunkt
                  FROM melding m LEFT JOIN eksternt_varsel v ON v.id = m.varsel_id
                 WHERE ?1 IS NULL OR m.mottaker = ?1 ORDER BY m.nr
                """,
                (til,),
            )
        )

    def _oev_feil(self, melding: Melding) -> None:
        def er(bad: tuple[str, str]) -> bool:
            if melding.kanal == "SMS":
                return melding.mottaker.endswith(bad[0])
            return melding.kanal == "EPOST" and melding.mottaker.startswith(bad[1])

        if er(FEILER):
            raise KanalError("the outbox refuses this recipient, as asked", kode="utboks_feil", permanent=True)
        if er(FEILER_TO_GANGER) and self._forsoekt[melding.varsel_id] < 2:
            self._forsoekt[melding.varsel_id] += 1
            raise KanalError("the outbox is out of order, as asked", kode="utboks_midlertidig")
