"""Those outside who say who somebody is: an issuer, with its metadata and keys, or Texas, asked about each token.

Nothing is fetched before a token needs it. Keys that are known stay in use while their issuer is away; a key that it no
longer shows is gone within GYLDIG_S. Anybody can send a token that names an unknown key, so that makes us look once in
PAUSE_S at most. Every call here may take seconds: never inside a transaction.
"""

import base64
import hashlib
import logging
import threading
import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

from server.config import Texas, er_trygg
from server.texas import IkkeSvar, Svar, spoer
from server.tid import Klokke

log = logging.getLogger(__name__)

GYLDIG_S = 3600  # after this, keys and metadata are fetched again
PAUSE_S = 30  # between two looks for a key
PAUSE_UTEN_S = 3  # … while there is no key at all: everybody is refused until then
TIMEOUT_S = 2  # for one try
FORSOEK = 2
FORSOEK_TEXAS, PAUSE_TEXAS_S = 6, 0.25  # the platform's own: Texas stands beside us, and may be starting
VEKSLING_S = 5  # for the exchange of a code, which is tried once: a code is good for one
MAKS_SVAR = 256 * 1024  # bytes; the largest issuers have 20 KB of keys
MIN_RSA_BITS = 2048
ALGORITMER = {"RSA": "RS256", "EC": "ES256"}  # fixed: the kind of key decides, never what the token would like
ENDEPUNKTER = ("jwks_uri", "authorization_endpoint", "token_endpoint", "end_session_endpoint")
SKJEMA = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class UtstederError(Exception):
    """The issuer does not answer as agreed. The text holds nothing of what it was sent."""


class Noekkel(NamedTuple):
    algoritme: str
    noekkel: Any  # as PyJWT wants it


class Leverandoer:
    """An issuer, known by its URL."""

    def __init__(self, issuer: str, klokke: Klokke, jwks_url: str = "", *, timeout_s: float = TIMEOUT_S) -> None:
        """With `jwks_url`, its metadata is not asked for."""
        self.issuer = issuer
        self._klokke, self._jwks_url, self._timeout_s = klokke, jwks_url, timeout_s
        self._laas = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._noekler: dict[str, Noekkel] = {}
        self._hentet = self._forsoekt = float("-inf")  # on the monotonic clock

    def gjelder(self, claims: Mapping[str, Any]) -> bool:
        return claims.get("iss") == self.issuer

    def noekkel(self, kid: str) -> Noekkel | None:
        """Never fails: without an answer there are only the keys that are known."""
        kjent = self._noekler.get(kid)
        if kjent is None:
            with self._laas:  # all wait for the same answer: after it there is a pause
                self._forny()
        elif self._klokke.monotonic() - self._hentet >= GYLDIG_S and self._laas.acquire(blocking=False):
            try:  # one asks; the others go on with what is known
                self._forny()
            finally:
                self._laas.release()
        return self._noekler.get(kid)

    def svarer_straks(self, kid: str) -> bool:
        return kid in self._noekler and self._klokke.monotonic() - self._hentet < GYLDIG_S - PAUSE_S

    def metadata(self) -> dict[str, Any]:
        """OpenID discovery. Raises UtstederError."""
        with self._laas:
            if not self._metadata or self._klokke.monotonic() - self._hentet >= GYLDIG_S:
                self._forny()
            if not self._metadata:
                raise UtstederError("the metadata of the issuer is not known")
            return self._metadata

    def veksle(self, skjema: Mapping[str, str], klient_id: str, hemmelighet: str) -> dict[str, Any]:
        """The answer of its token endpoint to this client. Raises UtstederError."""
        metadata = self.metadata()
        skjema, hoder = {**skjema, "client_id": klient_id}, dict(SKJEMA)
        if hemmelighet and "client_secret_basic" in metadata.get(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        ):
            navn_og_hemmelighet = f"{quote_plus(klient_id)}:{quote_plus(hemmelighet)}"
            hoder["Authorization"] = f"Basic {base64.b64encode(navn_og_hemmelighet.encode()).decode()}"
        elif hemmelighet:
            skjema["client_secret"] = hemmelighet
        try:
            svar = spoer(
                "POST", _endepunkt(metadata, "token_endpoint"), hoder, urlencode(skjema).encode(), 5, MAKS_SVAR
            )
        except IkkeSvar as error:
            raise UtstederError(f"the token endpoint: {error}") from None
        return _objekt(svar, "the token endpoint")

    def _forny(self) -> None:  # call it with _laas held
        pause_s = PAUSE_S if self._noekler else PAUSE_UTEN_S
        if self._klokke.monotonic() - self._forsoekt < pause_s:
            return
        try:
            metadata = {} if self._jwks_url else self._hent_metadata()
            noekler = _les_noekler(self._hent(self._jwks_url or _endepunkt(metadata, "jwks_uri"), "the keys"))
            if not noekler:
                raise UtstederError("there is no key for RS256 or ES256 with a kid")
        except UtstederError as error:
            log.warning("issuer %s: %s", self.issuer, error)
        else:
            self._metadata, self._noekler, self._hentet = metadata, noekler, self._klokke.monotonic()
        self._forsoekt = self._klokke.monotonic()  # when it is over: those who waited for it shall not wait once more

    def _hent_metadata(self) -> dict[str, Any]:
        metadata = self._hent(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", "the metadata")
        if metadata.get("issuer") != self.issuer:
            raise UtstederError("the metadata is that of another issuer")
        for navn in ENDEPUNKTER:
            if navn in metadata:
                _endepunkt(metadata, navn)
        return metadata

    def _hent(self, url: str, hva: str) -> dict[str, Any]:
        return _objekt(_med_forsoek("GET", url, {"Accept": "application/json"}, None, self._timeout_s), hva)


class Introspeksjon:
    """Texas, who knows the issuers and is asked about each token."""

    def __init__(self, texas: Texas, *, timeout_s: float = TIMEOUT_S) -> None:
        self._url, self._timeout_s = texas.introspection_url, timeout_s

    def claims(self, token: str, identity_provider: str) -> dict[str, Any] | None:
        """What a valid token says; None if it is not valid. Raises UtstederError."""
        kropp = urlencode({"token": token, "identity_provider": identity_provider}).encode()
        svar = _med_forsoek("POST", self._url, SKJEMA, kropp, self._timeout_s, FORSOEK_TEXAS, PAUSE_TEXAS_S)
        claims = _objekt(svar, "introspection")
        return claims if claims.get("active") is True else None


def pkce(verifier: str) -> bytes:
    """The code_challenge (S256) of a code_verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")


def _med_forsoek(
    metode: str,
    url: str,
    hoder: Mapping[str, str],
    kropp: bytes | None,
    timeout_s: float,
    antall: int = FORSOEK,
    pause_s: float = 0,
) -> Svar:
    """The first answer that is no 5xx. Who lets us wait is given FORSOEK tries. Raises UtstederError."""
    grunn, ventet = "", 0
    for igjen in reversed(range(antall)):
        try:
            svar = spoer(metode, url, hoder, kropp, timeout_s, MAKS_SVAR)
        except IkkeSvar as error:
            grunn = str(error)
            ventet += error.hva == "tidsavbrudd"
        else:
            if svar.status < 500:
                return svar
            grunn = f"answered {svar.status}"
        if ventet == FORSOEK:
            break
        if igjen:
            time.sleep(pause_s)
    raise UtstederError(grunn)


def _objekt(svar: Svar, hva: str) -> dict[str, Any]:
    innhold = svar.json()
    if svar.status != 200 or not isinstance(innhold, dict):
        raise UtstederError(
            f"{hva}: {svar.status}, {'a JSON object' if isinstance(innhold, dict) else 'no JSON object'}"
        )
    return innhold


def _endepunkt(metadata: Mapping[str, Any], navn: str) -> str:
    url = metadata.get(navn)
    if not isinstance(url, str) or not er_trygg(url):
        raise UtstederError(f"{navn} is missing, or not https")
    return url


def _les_noekler(jwks: Mapping[str, Any]) -> dict[str, Noekkel]:
    """Those that can prove a token to us, by kid; what is for other uses is passed over."""
    noekler = jwks.get("keys")
    funnet = (
        [(jwk.get("kid"), _les_noekkel(jwk)) for jwk in noekler if isinstance(jwk, dict)]
        if isinstance(noekler, list)
        else []
    )
    return {kid: noekkel for kid, noekkel in funnet if isinstance(kid, str) and noekkel is not None}


def _les_noekkel(jwk: dict[str, Any]) -> Noekkel | None:
    import jwt

    algoritme = ALGORITMER.get(str(jwk.get("kty")))
    if algoritme is None or jwk.get("alg", algoritme) != algoritme or jwk.get("use", "sig") != "sig" or "d" in jwk:
        return None
    try:
        noekkel = jwt.PyJWK.from_dict(jwk, algoritme).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    kort = noekkel.key_size < MIN_RSA_BITS if algoritme == "RS256" else noekkel.curve.name != "secp256r1"
    return None if kort else Noekkel(algoritme, noekkel)
