"""Who is calling: verification of tokens, the development issuer that makes them, and the session of a web page.

A token is for one purpose, and its `aud` says which: the producer API, the user API, or the session cookie. What it
says is believed only when a key that is configured for its `iss` has signed it; nothing in a token chooses its own key.
Lifetimes follow real time also when the clock of development mode is moved, so that nobody is logged out by moving it.
"""

import hashlib
import json
import logging
import re
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from server.tid import Klokke

if TYPE_CHECKING:  # `import jwt` takes 90 ms and 21 MB: it waits for the first token
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

log = logging.getLogger(__name__)

ALGORITHMS = ["RS256"]  # fixed: the one in the token is never asked which it would like
REFUSED_HEADERS = frozenset(("jku", "jwk", "x5u", "x5c", "crit", "b64"))  # a key, or rules, that the token brings along
MAX_TOKEN = 8192  # characters; those of the platform have 1,000 to 2,000
LEEWAY_S = 10  # an issuer's clock may be this far ahead of ours; expiry has no leeway
MAX_LIFETIME_S = 48 * 3600  # no issuer of access tokens goes beyond 28 hours
TOKEN_TTL_S = 3600
OEKT_TTL_S = 12 * 3600  # a working day: a page that is left open does not lose its bell

ACR = frozenset(("idporten-loa-high", "Level4"))
PRODUSENT_AUDIENCE = "dev-gcp:fager:notifikasjon-produsent-api"
BRUKER_AUDIENCE = "dev-gcp:fager:notifikasjon-bruker-api"
OEKT_AUDIENCE = "notifikasjon-oekt"
UTSTEDER_NAVN = "[a-z0-9-]{1,40}"  # as a path segment, for the routes of the issuer

CLIENT_CREDENTIALS = "client_credentials"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
OIDC_SCOPES = frozenset(("openid", "profile", "email", "offline_access"))  # not audiences

# Cluster and namespace are those of whoever hosts us. A scope is an audience too: the issuer that people know says so.
_les_audience = re.compile(
    r"(?:api://)?[a-z0-9-]{1,63}([:.])[a-z0-9-]{1,63}\1(?:(notifikasjon-(?:fake-)?produsent-api)|notifikasjon-bruker-api)"
    r"(?:/\.default)?"
).fullmatch
_er_applikasjon = re.compile(r"[A-Za-z0-9._-]{1,100}(?::[A-Za-z0-9._-]{1,100}){2}").fullmatch
_er_fnr = re.compile(r"[0-9]{11}").fullmatch
_er_utsteder_navn = re.compile(UTSTEDER_NAVN).fullmatch

# The public key of (iss, kid), or None if this source does not answer for that iss. Real issuers will be more of these.
Noekkelkilde = Callable[[str, str], "RSAPublicKey | None"]


class Uautentisert(Exception):
    """No valid token for this API. The same message whatever the reason: it would help only those who guess."""

    def __init__(self) -> None:
        super().__init__("Mangler gyldig token.")


class UgyldigGrant(Exception):
    """What the token endpoint refuses: `kode` is OAuth's `error`, the text its `error_description` (ASCII)."""

    def __init__(self, kode: str, beskrivelse: str) -> None:
        super().__init__(beskrivelse)
        self.kode = kode


class _Avvist(Exception):
    """Why a token is not believed: for the log, so without anything from the token."""


@dataclass(frozen=True, slots=True)
class Applikasjon:
    """A producer's program, `cluster:namespace:app`. Whether it is registered is another question."""

    navn: str


@dataclass(frozen=True, slots=True)
class _Bruker:
    fnr: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Oekt:
    fnr: str = field(repr=False)


class Utsteder:
    """The development issuer: gives anybody a token for anybody, with a key that only this database has."""

    def __init__(self, hemmelighet: Callable[[str, Callable[[], bytes]], bytes], base_url: str, klokke: Klokke) -> None:
        """`hemmelighet` must give every caller the same bytes: those that were stored first."""
        self._hemmelighet = hemmelighet
        self._base_url = base_url.rstrip("/")
        self._klokke = klokke
        self._privat: RSAPrivateKey | None = None
        self._jwk: dict[str, str] = {}

    def jwks(self) -> dict[str, Any]:
        self._noekkel()
        return {"keys": [dict(self._jwk)]}

    def metadata(self, issuer: str) -> dict[str, Any]:
        """OpenID discovery. Raises ValueError if no issuer can have that name."""
        iss = self._iss(issuer)
        return {
            "issuer": iss,
            "authorization_endpoint": f"{iss}/authorize",
            "token_endpoint": f"{iss}/token",
            "jwks_uri": f"{iss}/jwks",
            "grant_types_supported": [CLIENT_CREDENTIALS, TOKEN_EXCHANGE, JWT_BEARER],
            "response_types_supported": ["code"],  # must be there, and not empty
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": list(ALGORITHMS),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        }

    def token_for_bruker(
        self,
        fnr: str,
        *,
        issuer: str = "tokenx",
        acr: str = "idporten-loa-high",
        audience: str = BRUKER_AUDIENCE,
    ) -> str:
        """Also for what our own API refuses, so that a caller's handling of it can be tried."""
        return self._sign(issuer, audience, {"sub": fnr, "pid": fnr, "acr": acr})

    def token_for_applikasjon(self, app: str, *, issuer: str = "azuread", audience: str = PRODUSENT_AUDIENCE) -> str:
        return self._sign(issuer, audience, {"sub": app, "azp": app, "azp_name": app})

    def oekt_for_bruker(self, fnr: str) -> str:
        """The value of the session cookie; valid for OEKT_TTL_S."""
        return self._sign("oekt", OEKT_AUDIENCE, {"sub": fnr, "pid": fnr}, ttl_s=OEKT_TTL_S)

    def veksle(self, form: Mapping[str, str], issuer: str) -> dict[str, Any]:
        """The answer of the token endpoint. Raises UgyldigGrant, or ValueError if no issuer can have that name.

        Who the client is must be said, but any secret will do.
        """
        grant = form.get("grant_type", "")
        if grant not in (CLIENT_CREDENTIALS, TOKEN_EXCHANGE, JWT_BEARER):
            raise UgyldigGrant(
                "unsupported_grant_type" if grant else "invalid_request", "unknown or missing grant_type"
            )
        klient = _klient(form)
        if grant == CLIENT_CREDENTIALS:
            token = self.token_for_applikasjon(
                klient, issuer=issuer, audience=_audience_i(form, ellers=PRODUSENT_AUDIENCE)
            )
        else:
            claims = self._bevist(form, "subject_token" if grant == TOKEN_EXCHANGE else "assertion")
            audience = _audience_i(form, ellers=BRUKER_AUDIENCE)
            token = self._sign(issuer, audience, claims | {"azp": klient, "azp_name": klient})

        svar: dict[str, Any] = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_TTL_S}
        if grant == TOKEN_EXCHANGE:
            svar["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token"
        elif scope := form.get("scope"):
            svar["scope"] = scope
        return svar

    def _bevist(self, form: Mapping[str, str], felt: str) -> dict[str, Any]:
        """The claims of a token that the client was given by us, for whatever audience."""
        if not form.get(felt):
            raise UgyldigGrant("invalid_request", f"missing {felt}")
        try:
            return _verifiser(form[felt], [self.offentlig_noekkel], self._klokke.ekte_sekunder())
        except _Avvist as grunn:
            raise UgyldigGrant("invalid_grant", f"{felt}: {grunn}") from None

    def offentlig_noekkel(self, iss: str, kid: str) -> "RSAPublicKey | None":
        """The key for what Innlogging is to believe, if `iss` is one of ours and `kid` our key."""
        base_url, _, navn = iss.rpartition("/")
        if base_url != self._base_url or not _er_utsteder_navn(navn):
            return None
        privat = self._noekkel()
        return privat.public_key() if kid == self._jwk["kid"] else None

    def _sign(self, issuer: str, audience: str, claims: dict[str, Any], *, ttl_s: int = TOKEN_TTL_S) -> str:
        import jwt

        naa = int(self._klokke.ekte_sekunder())
        claims = claims | {
            "iss": self._iss(issuer),
            "aud": audience,
            "iat": naa,
            "nbf": naa,
            "exp": naa + ttl_s,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, self._noekkel(), algorithm=ALGORITHMS[0], headers={"kid": self._jwk["kid"]})

    def _iss(self, issuer: str) -> str:
        if not _er_utsteder_navn(issuer):
            raise ValueError("the name of an issuer has 1 to 40 characters of a-z, 0-9 and -")
        return f"{self._base_url}/{issuer}"

    def _noekkel(self) -> "RSAPrivateKey":
        # Two threads may both come first: they get the same bytes, so it does not matter whose key stays.
        if self._privat is None:
            from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
            from cryptography.hazmat.primitives.serialization import load_der_private_key
            from jwt.algorithms import RSAAlgorithm

            privat = load_der_private_key(self._hemmelighet("utsteder", _ny_noekkel), password=None)
            assert isinstance(privat, RSAPrivateKey)
            jwk = RSAAlgorithm.to_jwk(privat.public_key(), as_dict=True)
            n, e = jwk["n"], jwk["e"]
            kid = hashlib.sha256(f'{{"e":"{e}","kty":"RSA","n":"{n}"}}'.encode()).hexdigest()
            self._jwk = {"kty": "RSA", "use": "sig", "alg": ALGORITHMS[0], "kid": kid, "n": n, "e": e}
            self._privat = privat  # last: whoever sees it uses _jwk at once
        return self._privat


def _ny_noekkel() -> bytes:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    privat = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return privat.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _klient(form: Mapping[str, str]) -> str:
    """client_id, or the subject of the assertion that a client signs when it has no secret. Neither is checked."""
    import jwt

    klient: object = form.get("client_id")
    assertion = form.get("client_assertion", "")
    if not klient and 0 < len(assertion) <= MAX_TOKEN:
        try:
            klient = jwt.decode(assertion, options={"verify_signature": False}).get("sub")
        except (jwt.PyJWTError, ValueError):
            klient = None
    if not klient or not isinstance(klient, str):
        raise UgyldigGrant("invalid_client", "neither client_id nor a client_assertion with a subject")
    return klient


def _audience_i(form: Mapping[str, str], *, ellers: str) -> str:
    """The first one asked for; a token of ours has exactly one."""
    oensket = form.get("audience", "").split() or [s for s in form.get("scope", "").split() if s not in OIDC_SCOPES]
    return oensket[0] if oensket else ellers


class Innlogging:
    """From what a request carries to who sends it. Verified tokens are remembered until they expire."""

    def __init__(self, utsteder: Utsteder | None, klokke: Klokke, *, maks_kjente: int = 10_000) -> None:
        """Without `utsteder` (development mode is off) its tokens and sessions are refused."""
        self._noekkelkilder = [utsteder.offentlig_noekkel] if utsteder else []
        self._klokke = klokke
        self._maks_kjente = maks_kjente
        # SHA-256 of the token -> (exp, who), the oldest first. A hash, so that memory does not fill with live tokens.
        self._kjente: OrderedDict[bytes, tuple[int, Applikasjon | _Bruker | _Oekt]] = OrderedDict()
        self._lock = threading.Lock()

    def produsent(self, authorization: str | None) -> Applikasjon:
        """Raises Uautentisert."""
        hvem = self._hvem(_bearer(authorization))
        if not isinstance(hvem, Applikasjon):
            raise Uautentisert
        return hvem

    def bruker(self, authorization: str | None, oekt: str | None) -> str:
        """The fnr, from the header if there is one, else from the session cookie. Raises Uautentisert."""
        hvem = self._hvem(oekt or "" if authorization is None else _bearer(authorization))
        if not isinstance(hvem, _Oekt if authorization is None else _Bruker):
            raise Uautentisert
        return hvem.fnr

    def slag(self, authorization: str | None) -> Literal["produsent", "bruker"] | None:
        """Which API the token is for; None if for neither, or not valid."""
        try:
            hvem = self._hvem(_bearer(authorization))
        except Uautentisert:
            return None
        if isinstance(hvem, Applikasjon):
            return "produsent"
        return "bruker" if isinstance(hvem, _Bruker) else None

    def _hvem(self, token: str) -> Applikasjon | _Bruker | _Oekt:
        if not token:
            raise Uautentisert
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        naa = self._klokke.ekte_sekunder()
        kjent = self._kjente.get(digest)  # without the lock: one look-up is atomic
        if kjent is not None and naa < kjent[0]:
            return kjent[1]
        try:
            claims = _verifiser(token, self._noekkelkilder, naa)
            hvem = _innehaver(claims)
        except _Avvist as grunn:
            log.info("token refused: %s", grunn)
            raise Uautentisert from None
        with self._lock:
            self._kjente[digest] = (claims["exp"], hvem)
            if len(self._kjente) > self._maks_kjente:
                self._kjente.popitem(last=False)
        return hvem


def _bearer(authorization: str | None) -> str:
    # Exactly these two spellings, as on the platform.
    if authorization is None or not authorization.startswith(("Bearer ", "bearer ")):
        raise Uautentisert
    return authorization[7:]


def _verifiser(token: str, noekkelkilder: Iterable[Noekkelkilde], naa: float) -> dict[str, Any]:
    """The claims of a token that one of the issuers has signed and that is valid at `naa`. Raises _Avvist."""
    import jwt

    if len(token) > MAX_TOKEN or not token.isascii():
        raise _Avvist("too long, or not ASCII")
    jws = jwt.PyJWS(algorithms=ALGORITHMS)
    try:
        # Read before it can be believed, since iss and kid say which of our keys can prove it.
        ulest = jws.decode_complete(token, options={"verify_signature": False})
        header, claims = ulest["header"], json.loads(ulest["payload"])
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise _Avvist(type(error).__name__) from None
    if not REFUSED_HEADERS.isdisjoint(header):
        raise _Avvist("a header that brings its own key or rules")
    if not isinstance(claims, dict):
        raise _Avvist("the claims are no object")
    iss, kid = claims.get("iss"), header.get("kid")
    if not isinstance(iss, str) or not isinstance(kid, str):
        raise _Avvist("iss or kid is missing")
    noekkel = next((funnet for kilde in noekkelkilder if (funnet := kilde(iss, kid))), None)
    if noekkel is None:
        raise _Avvist("unknown iss or kid")
    try:
        jws.decode_complete(token, noekkel, algorithms=ALGORITHMS)
    except jwt.PyJWTError as error:
        raise _Avvist(type(error).__name__) from None
    _krev_gyldig(claims, naa)
    return claims


def _krev_gyldig(claims: dict[str, Any], naa: float) -> None:
    exp, nbf = claims.get("exp"), claims.get("nbf", 0)
    if type(exp) is not int or type(nbf) is not int:  # True is an int as well
        raise _Avvist("exp or nbf is not a whole number")
    if exp <= naa:
        raise _Avvist("expired")
    if exp > naa + MAX_LIFETIME_S:
        raise _Avvist("exp is too far ahead")
    if nbf > naa + LEEWAY_S:
        raise _Avvist("not valid yet")


def _innehaver(claims: dict[str, Any]) -> Applikasjon | _Bruker | _Oekt:
    """Whom the claims name, for what `aud` says they are for. Raises _Avvist."""
    aud = claims.get("aud")
    if not isinstance(aud, str):
        raise _Avvist("aud is missing or more than one")
    if aud == OEKT_AUDIENCE:
        return _Oekt(_fnr(claims))
    match = _les_audience(aud)
    if match is None:
        raise _Avvist("aud is another API")
    if match[2]:
        return Applikasjon(_applikasjon(claims))
    acr = claims.get("acr")
    if not isinstance(acr, str) or acr not in ACR:
        raise _Avvist("acr is missing or too low")
    return _Bruker(_fnr(claims))


def _applikasjon(claims: dict[str, Any]) -> str:
    if "pid" in claims:
        raise _Avvist("a person at the producer API")
    for navn in (claims.get("azp_name"), claims.get("azp")):
        if isinstance(navn, str) and _er_applikasjon(navn):
            return navn
    raise _Avvist("neither azp_name nor azp is cluster:namespace:app")


def _fnr(claims: dict[str, Any]) -> str:
    pid = claims.get("pid")
    if not isinstance(pid, str) or not _er_fnr(pid):
        raise _Avvist("pid is missing or not an fnr")
    return pid
