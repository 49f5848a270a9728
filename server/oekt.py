"""The login of the bundled pages: OpenID Connect's authorization code with PKCE, and the session that follows.

Between the two halves of a login nothing is stored here: its `state` is in a signed cookie of the browser, and nonce
and code_verifier follow from it by a key of this database. A session is a row under the hash of what its cookie holds,
so a copy of the database lets nobody in; the token in it is encrypted with a key that only the cookie has. The hash
covers who vouches for people, too: whoever chose to be somebody in development mode is nobody outside it.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

from server import config
from server.database import Database
from server.innlogging import Avvist, Kilde, Person, les_person, verifiser
from server.tid import Klokke
from server.utstedere import UtstederError, pkce

INNLOGGING_S = 600  # from the redirect to the issuer until the answer
NONCE_BYTES = 12
MIKROSEKUNDER = 1_000_000


class InnloggingError(Exception):
    """Nobody was logged in. The text, for the log, holds nothing that came from outside."""


class Leverandoer(Kilde, Protocol):
    """Who people log in with: utstedere.Leverandoer, or the issuer of development mode."""

    def metadata(self) -> dict[str, Any]: ...
    def veksle(self, skjema: Mapping[str, str], klient_id: str, hemmelighet: str) -> dict[str, Any]: ...


# ── Sessions ──


class Oekter:
    def __init__(self, database: Database, klokke: Klokke, varighet_timer: int, hvem_gaar_god: str) -> None:
        """`hvem_gaar_god` vouches for people: an issuer or a mode. No other one's sessions are known."""
        self._database, self._klokke, self._varighet_s = database, klokke, varighet_timer * 3600
        self._hvem_gaar_god = hvem_gaar_god

    def ny(self, fnr: str, token: str | None = None, token_varer_s: float = 0) -> str:
        """What the cookie is to hold. With a token, the session ends when the token does: it is there to be used."""
        oekt = secrets.token_urlsafe(32)
        varer_s = min(self._varighet_s, token_varer_s) if token else self._varighet_s
        utloeper = self._klokke.ekte_mikrosekunder() + int(varer_s * MIKROSEKUNDER)
        kryptert = _krypter(oekt, token) if token else None
        with self._database.write() as db:
            db.execute("INSERT INTO oekt VALUES (?, ?, ?, ?)", (self._avtrykk(oekt), fnr, kryptert, utloeper))
        return oekt

    def finn(self, oekt: str) -> Person | None:
        naa = self._klokke.ekte_mikrosekunder()
        rad = (
            self._database.read()
            .execute(
                "SELECT fnr, token FROM oekt WHERE avtrykk = ? AND utloeper_tidspunkt > ?", (self._avtrykk(oekt), naa)
            )
            .fetchone()
        )
        return None if rad is None else Person(rad[0], _dekrypter(oekt, rad[1]) if rad[1] else None)

    def slett(self, oekt: str | None) -> None:
        if oekt:
            with self._database.write() as db:
                db.execute("DELETE FROM oekt WHERE avtrykk = ?", (self._avtrykk(oekt),))

    def _avtrykk(self, oekt: str) -> bytes:
        return hashlib.sha256(f"{self._hvem_gaar_god} {oekt}".encode("utf-8", "surrogatepass")).digest()


def rydd(database: Database, naa: int) -> None:
    """Erase the sessions that are over. `naa` is real time."""
    if database.read().execute("SELECT 1 FROM oekt WHERE utloeper_tidspunkt <= ? LIMIT 1", (naa,)).get:
        with database.write() as db:
            db.execute("DELETE FROM oekt WHERE utloeper_tidspunkt <= ?", (naa,))


def _krypter(oekt: str, token: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_noekkel(oekt)).encrypt(nonce, token.encode(), None)


def _dekrypter(oekt: str, kryptert: bytes) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(_noekkel(oekt)).decrypt(kryptert[:NONCE_BYTES], kryptert[NONCE_BYTES:], None).decode()


def _noekkel(oekt: str) -> bytes:
    return hashlib.sha256(b"token " + oekt.encode()).digest()


# ── Logging in ──


class Paalogging:
    """We as a client of the issuer. The first half of a login is `start`, the second `fullfoer`."""

    def __init__(
        self,
        leverandoer: Leverandoer,
        innstillinger: config.Innlogging,
        hemmelighet: str,
        url: str,
        oekter: Oekter,
        klokke: Klokke,
        noekkel: bytes,
        *,
        med_token: bool,
    ) -> None:
        """`url` is where browsers reach us. `med_token`: keep the person's token, to be exchanged on their behalf."""
        self._leverandoer, self._innstillinger, self._hemmelighet = leverandoer, innstillinger, hemmelighet
        self.url, self._omdirigering = url, f"{url}/logg-inn/svar"
        self._oekter, self._klokke, self._noekkel, self._med_token = oekter, klokke, noekkel, med_token

    def start(self) -> tuple[str, str]:
        """Where to send the browser, and what it must bring back in a cookie. Raises UtstederError."""
        innstillinger, metadata = self._innstillinger, self._leverandoer.metadata()
        if "authorization_endpoint" not in metadata:
            raise UtstederError("it has no authorization_endpoint")
        tilstand = f"{secrets.token_urlsafe(32)}.{int(self._klokke.ekte_sekunder()) + INNLOGGING_S}"
        spoersmaal = {
            "response_type": "code",
            "client_id": innstillinger.klient_id,
            "redirect_uri": self._omdirigering,
            "scope": innstillinger.scope,
            "acr_values": " ".join(innstillinger.acr_values),
            "state": tilstand,
            "nonce": self._avled("nonce", tilstand),
            "code_challenge": pkce(self._avled("code_verifier", tilstand)).decode(),
            "code_challenge_method": "S256",
        }
        return med(metadata["authorization_endpoint"], spoersmaal), f"{tilstand}.{self._avled('kapsel', tilstand)}"

    def fullfoer(self, svar: Mapping[str, str], kapsel: str) -> str:
        """The session of whoever comes back from the issuer. Raises InnloggingError or UtstederError."""
        tilstand, _, signatur = kapsel.rpartition(".")
        if not hmac.compare_digest(signatur.encode(), self._avled("kapsel", tilstand).encode()):
            raise InnloggingError("the cookie of the login is missing or forged")
        if int(tilstand.rpartition(".")[2]) <= self._klokke.ekte_sekunder():
            raise InnloggingError("the login took too long")
        if not hmac.compare_digest(svar.get("state", "").encode(), tilstand.encode()):
            raise InnloggingError("the answer belongs to another login")
        if feil := svar.get("error", ""):
            kode = re.fullmatch(r"[a-z_]{1,40}", feil)
            raise InnloggingError(f"the issuer refused ({kode[0] if kode else 'no code'})")
        tokens = self._leverandoer.veksle(
            {
                "grant_type": "authorization_code",
                "code": svar.get("code", ""),
                "redirect_uri": self._omdirigering,
                "code_verifier": self._avled("code_verifier", tilstand),
            },
            self._innstillinger.klient_id,
            self._hemmelighet,
        )
        try:
            person = self._person(str(tokens.get("id_token")), self._avled("nonce", tilstand))
        except Avvist as grunn:
            raise InnloggingError(f"id_token: {grunn}") from None
        if not self._med_token:
            return self._oekter.ny(person.fnr)
        token, varer_s = tokens.get("access_token"), tokens.get("expires_in")
        if not isinstance(token, str) or not isinstance(varer_s, int | float):
            raise InnloggingError("access_token or expires_in is missing")
        return self._oekter.ny(person.fnr, token, varer_s)

    def logg_ut(self) -> str | None:
        """Where to send the browser so that the issuer logs it out too, if it can."""
        try:
            slutt = self._leverandoer.metadata().get("end_session_endpoint")
        except UtstederError:
            slutt = None
        felter = {"client_id": self._innstillinger.klient_id, "post_logout_redirect_uri": f"{self.url}/utlogget"}
        return med(slutt, felter) if slutt else None

    def _person(self, id_token: str, nonce: str) -> Person:
        claims, _ = verifiser(id_token, [self._leverandoer], self._klokke.ekte_sekunder())
        aud = claims.get("aud")
        if aud != self._innstillinger.klient_id and aud != [self._innstillinger.klient_id]:
            raise Avvist("aud is another client")
        if claims.get("nonce") != nonce:
            raise Avvist("nonce is that of another login")
        return les_person(claims, self._innstillinger.acr_values)

    def _avled(self, hva: str, tilstand: str) -> str:
        """Something that nobody else can work out, the same each time."""
        mac = hmac.digest(self._noekkel, f"innlogging {hva} {tilstand}".encode("utf-8", "surrogatepass"), "sha256")
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def med(adresse: str, felter: Mapping[str, str]) -> str:
    """The URL with these fields in its query."""
    return f"{adresse}{'&' if '?' in adresse else '?'}{urlencode(felter)}"
