"""Access from a service like NAV's arbeidsgiver-altinn-tilganger, asked with the person's own token, exchanged for one
that the service takes.

A look-up never fails: without an answer the person sees nothing of Altinn's, and is told that it may not be all. Each
answer is kept in the database for cache_s of real time, so that a restart asks for nothing again; how old it is goes
with it, so that this and the memory of `tilgang` together keep nothing longer. Partial answers are used, not kept.

A service that hangs must not take all threads: `_plass` lets few wait for it, and those have threads of their own.
"""

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import apsw
import orjson

from server import altinn, config
from server.altinn import Oppslag
from server.database import Database, DatabaseError
from server.log import KORRELASJON
from server.texas import IkkeSvar, Svar, TokenError, krev_token, les_utstedt, spoer
from server.tid import Klokke

log = logging.getLogger(__name__)

FORSOEK, FORSOEK_VEKSLING = 4, 6
PAUSE_S = 0.25  # between two of them, unless Retry-After says more
MAKS_PAUSE_S = 5  # if it says more than this, people would rather do without
KOE_S = 5  # for a place among those who ask; a service in order has answered somebody by then
MAKS_SVAR = 8 * 1024 * 1024  # bytes: those who keep accounts for 10,000 virksomheter
MAKS_NAVN = 2_000  # names in one transaction, to keep it short
IDENTITY_PROVIDER = "tokenx"
MIKROSEKUNDER = 1_000_000

INGEN = Oppslag(frozenset(), feil=True)


class AltinnError(Exception):
    """There is no access to be had now. The text says why, and not whose."""

    def __init__(self, message: str, nivaa: int = logging.WARNING) -> None:
        super().__init__(message)
        self.nivaa = nivaa  # in the log: lower for what many hear of when others have met the fault


class AltinnTilganger:
    def __init__(self, innstillinger: config.TilgangHttp, database: Database, klokke: Klokke, cache_s: int) -> None:
        self._innstillinger, self._database, self._klokke, self._cache_s = innstillinger, database, klokke, cache_s
        self._url = f"{innstillinger.base_url.rstrip('/')}/altinn-tilganger"
        self._inne = threading.BoundedSemaphore(2 * innstillinger.samtidige)  # as many in the queue as those who ask
        self._plasser = threading.BoundedSemaphore(innstillinger.samtidige)

    def slaa_opp(self, fnr: str, token: str | None) -> Oppslag:
        """What the person may see. Takes seconds when the service is slow: never inside a transaction."""
        spurt = self._klokke.ekte_mikrosekunder()
        if (kjent := self._lagret(fnr, spurt)) is not None:
            return kjent
        try:
            if token is None:
                raise AltinnError("a session without a token to exchange", logging.DEBUG)
            with self._plass():
                oppslag, navn = self._spoer(token)
        except AltinnError as error:
            log.log(error.nivaa, "access is unknown: %s", error)
            return INGEN
        except TokenError as error:
            log.warning("access is unknown: %s", error)
            return INGEN
        try:
            self._lagre(fnr, spurt, oppslag, navn)
        except (DatabaseError, apsw.Error) as error:
            log.warning("access is not kept: %s", error)
        return oppslag

    @contextmanager
    def _plass(self) -> Iterator[None]:
        """One of the few look-ups at a time. Raises AltinnError when the queue is full, or does not move."""
        if not self._inne.acquire(blocking=False):
            raise AltinnError("too many are waiting for answers", logging.DEBUG)
        try:
            if not self._plasser.acquire(timeout=KOE_S):
                raise AltinnError("those who ask get no answers", logging.DEBUG)
            try:
                yield
            finally:
                self._plasser.release()
        finally:
            self._inne.release()

    def _spoer(self, token: str) -> tuple[Oppslag, dict[str, str]]:
        """What the person may see, and names. Raises AltinnError or TokenError."""
        hoder = {
            "Authorization": f"Bearer {self._veksle(token)}",
            "Accept": "application/json",
            "x_correlation_id": KORRELASJON.get() or str(uuid.uuid4()),
        }
        svar = self._med_forsoek(FORSOEK, self._url, hoder, None, MAKS_SVAR)
        if svar.status != 200 or svar.innhold is None:
            raise AltinnError(f"the service answered {svar.status}{', not in full' if svar.innhold is None else ''}")
        try:
            return altinn.forstaa(svar.innhold)
        except ValueError:
            raise AltinnError("the answer of the service is not the one agreed on") from None

    def _veksle(self, token: str) -> str:
        """A token for the service, on behalf of the person. Raises AltinnError or TokenError."""
        felter = {
            "target": self._innstillinger.audience,
            "user_token": token,
            "identity_provider": IDENTITY_PROVIDER,
        }
        hoder = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        url = self._innstillinger.token_url
        svar = self._med_forsoek(FORSOEK_VEKSLING, url, hoder, urlencode(felter).encode(), 64 * 1024)
        return krev_token(les_utstedt(svar, 0)).token

    def _med_forsoek(self, antall: int, url: str, hoder: dict[str, str], kropp: bytes | None, maks: int) -> Svar:
        """The first whole answer that is no 5xx, or the last one. Raises AltinnError if there is none."""
        svar: Svar | None = None
        grunn, pause_s = "", PAUSE_S
        for igjen in reversed(range(antall)):
            try:
                svar = spoer("POST", url, hoder, kropp, self._innstillinger.timeout_s, maks)
            except IkkeSvar as error:
                svar, grunn, pause_s = None, str(error), PAUSE_S
            else:
                pause_s = max(PAUSE_S, svar.vent_s() or 0)
                if (svar.status < 500 and svar.innhold is not None) or pause_s > MAKS_PAUSE_S:
                    break
            if igjen:
                time.sleep(pause_s)
        if svar is None:
            raise AltinnError(grunn)
        return svar

    def _lagret(self, fnr: str, naa: int) -> Oppslag | None:
        rad = (
            self._database.read()
            .execute("SELECT par, hentet_tidspunkt FROM altinn_mellomlager WHERE fnr = ?", (fnr,))
            .fetchone()
        )
        if rad is None:
            return None
        alder_s = (naa - rad[1]) / MIKROSEKUNDER
        if not 0 <= alder_s < self._cache_s:
            return None
        par = {(nummer, tilgang) for nummer, tilganger in orjson.loads(rad[0]).items() for tilgang in tilganger}
        return Oppslag(frozenset(par), False, alder_s)

    def _lagre(self, fnr: str, hentet: int, oppslag: Oppslag, navn: dict[str, str]) -> None:
        db = self._database.read()
        nye = [
            (nummer, nytt)
            for nummer, nytt in navn.items()
            if db.execute("SELECT navn FROM virksomhet WHERE virksomhetsnummer = ?", (nummer,)).get != nytt
        ]
        for nr in range(0, len(nye), MAKS_NAVN):
            with self._database.write() as skriver:
                altinn.lagre_navn(skriver, nye[nr : nr + MAKS_NAVN])
        if oppslag.feil or not self._cache_s:
            return
        tilganger: dict[str, list[str]] = {}
        for nummer, tilgang in oppslag.par:
            tilganger.setdefault(nummer, []).append(tilgang)
        par = orjson.dumps(tilganger).decode()
        with self._database.write() as skriver:
            skriver.execute("INSERT OR REPLACE INTO altinn_mellomlager VALUES (?, ?, ?)", (fnr, par, hentet))


def rydd(database: Database, naa: int, cache_s: int) -> None:
    """Erase the answers that are too old to be used. `naa` is real time."""
    foer = naa - cache_s * MIKROSEKUNDER
    if database.read().execute("SELECT 1 FROM altinn_mellomlager WHERE hentet_tidspunkt <= ? LIMIT 1", (foer,)).get:
        with database.write() as db:
            db.execute("DELETE FROM altinn_mellomlager WHERE hentet_tidspunkt <= ?", (foer,))
