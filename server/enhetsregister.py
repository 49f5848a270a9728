"""Names of virksomheter that no answer about access has told, from a register: asked for in the background, one at a
time.

A query that lacks a name shows none, and hands over the number (`savn`), which costs it nothing. The name is there at a
later look. What the register does not know is not asked for again for a while; a register that fails is left in peace
for longer each time. Names from Altinn win.
"""

import logging
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from server import config
from server.database import Database
from server.texas import IkkeSvar, Svar, spoer
from server.tid import Klokke

log = logging.getLogger(__name__)

MAKS_SAVNET = 10_000  # numbers waiting; more are handed over again at the next look
RUNDE_S = 5  # of asking at a time, so that the thread shows that it lives
MAKS_PAUSE_S = 600  # after a failure
MAKS_NAVN = 300  # characters
TIME = 3_600_000_000

_er_virksomhetsnummer = re.compile(r"[0-9]{9}").fullmatch


class RegisterError(Exception):
    """The register gave no answer that says anything about the number."""

    def __init__(self, message: str, vent_s: float = 0) -> None:
        super().__init__(message)
        self.vent_s = vent_s  # what it asks us to wait


def _nav(innhold: Any) -> str:
    """The lines of the name, joined."""
    navn = innhold.get("navn")
    linjer = [navn.get(f"navnelinje{nr}") for nr in range(1, 6)] if isinstance(navn, dict) else []
    return " ".join(linje.strip() for linje in linjer if isinstance(linje, str) and linje.strip())


def _enhetsregisteret(innhold: Any) -> str:
    navn = innhold.get("navn")
    return navn.strip() if isinstance(navn, str) else ""


# Where each is, the paths to try in turn, and how it tells a name.
REGISTRE: dict[str, tuple[str, tuple[str, ...], Callable[[Any], str]]] = {
    "nav": (
        "https://ereg-services.prod-fss-pub.nais.io",
        ("/v1/organisasjon/{}/noekkelinfo",),
        _nav,
    ),
    "enhetsregisteret": (
        "https://data.brreg.no",
        ("/enhetsregisteret/api/enheter/{}", "/enhetsregisteret/api/underenheter/{}"),
        _enhetsregisteret,
    ),
}


class Enhetsregister:
    def __init__(self, innstillinger: config.Navn, database: Database, klokke: Klokke) -> None:
        base_url, self._stier, self._les = REGISTRE[innstillinger.kilde]
        self._base_url = (innstillinger.base_url or base_url).rstrip("/")
        self._innstillinger, self._database, self._klokke = innstillinger, database, klokke
        self._savnet: OrderedDict[str, None] = OrderedDict()  # first in, first out: what failed waits for the others
        self._feil_paa_rad = 0
        self._ikke_foer = 0.0  # monotonic

    def savn(self, virksomhetsnummer: str) -> None:
        """A query lacks this name. For any thread."""
        if len(self._savnet) < MAKS_SAVNET and _er_virksomhetsnummer(virksomhetsnummer):
            self._savnet[virksomhetsnummer] = None

    def hent(self) -> None:
        """Ask for what is missed, until nothing is, the register fails, or the round is over."""
        slutt = self._klokke.monotonic() + RUNDE_S
        while self._savnet and self._ikke_foer <= self._klokke.monotonic() < slutt:
            nummer, _ = self._savnet.popitem(last=False)
            if not self._mangler(nummer):
                continue
            try:
                navn = self._spoer(nummer)
            except RegisterError as error:
                self.savn(nummer)
                self._feil_paa_rad += 1
                pause_s = max(min(2**self._feil_paa_rad, MAKS_PAUSE_S), error.vent_s)
                self._ikke_foer = self._klokke.monotonic() + pause_s
                log.warning("no name of %s, next attempt in %.0f s: %s", nummer, pause_s, error)
            else:
                self._feil_paa_rad = 0
                self._lagre(nummer, navn)

    def _mangler(self, nummer: str) -> bool:
        """Whether there is still no name, and the register has not said lately that it does not know."""
        grense = self._klokke.ekte_mikrosekunder() - self._innstillinger.ukjent_timer * TIME
        kjent = self._database.read().execute(
            """
            SELECT 1 FROM virksomhet WHERE virksomhetsnummer = ?1 AND navn <> ''
             UNION ALL
            SELECT 1 FROM virksomhet_uten_navn WHERE virksomhetsnummer = ?1 AND spurt_tidspunkt > ?2
            """,
            (nummer, grense),
        )
        return not kjent.get

    def _spoer(self, nummer: str) -> str:
        """The name; "" if the register does not have it. Raises RegisterError."""
        for sti in self._stier:
            svar = self._kall(self._base_url + sti.format(nummer))
            if svar.vellykket:
                innhold = svar.json()
                return self._les(innhold)[:MAKS_NAVN] if isinstance(innhold, dict) else ""
        return ""

    def _kall(self, url: str) -> Svar:
        """An answer that is about the number: the virksomhet, or that there is none. Raises RegisterError."""
        try:
            svar = spoer("GET", url, {"Accept": "application/json"}, None, self._innstillinger.timeout_s)
        except IkkeSvar as error:
            raise RegisterError(str(error)) from None
        if svar.vellykket and svar.innhold is None:
            raise RegisterError(f"it answered {svar.status}, not in full")
        if not svar.vellykket and svar.status not in (400, 404, 410):
            raise RegisterError(f"it answered {svar.status}", svar.vent_s() or 0)
        return svar

    def _lagre(self, nummer: str, navn: str) -> None:
        with self._database.write() as db:
            if navn:
                db.execute(
                    """
                    INSERT INTO virksomhet (virksomhetsnummer, navn) VALUES (?1, ?2)
                        ON CONFLICT (virksomhetsnummer) DO UPDATE SET navn = ?2 WHERE navn = ''
                    """,
                    (nummer, navn),
                )
                db.execute("DELETE FROM virksomhet_uten_navn WHERE virksomhetsnummer = ?", (nummer,))
            else:
                spurt = self._klokke.ekte_mikrosekunder()
                db.execute("INSERT OR REPLACE INTO virksomhet_uten_navn VALUES (?, ?)", (nummer, spurt))


def rydd(database: Database, naa: int, ukjent_timer: int) -> None:
    """Forget the numbers that may be asked for again. `naa` is real time."""
    foer = naa - ukjent_timer * TIME
    if database.read().execute("SELECT 1 FROM virksomhet_uten_navn WHERE spurt_tidspunkt <= ? LIMIT 1", (foer,)).get:
        with database.write() as db:
            db.execute("DELETE FROM virksomhet_uten_navn WHERE spurt_tidspunkt <= ?", (foer,))
