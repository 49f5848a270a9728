"""The issuer of development mode: gives anybody a token for anybody, and is one that people can log in with.

Its key is made per database, and with development mode off nobody believes what it signs. To others on this machine it
is an OpenID provider like any; to our own pages it is one without a connection.
"""

import hashlib
import hmac
import re
import secrets
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from server.innlogging import MAX_TOKEN, Applikasjon, Avvist, Person, les_applikasjon, les_person, verifiser
from server.tid import Klokke
from server.utstedere import Noekkel, UtstederError, pkce

if TYPE_CHECKING:  # `import jwt` takes 90 ms and 21 MB: it waits for the first token
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

ALGORITHM = "RS256"
TOKEN_TTL_S = 3600
KODE_TTL_S = 60  # from the choice of a person to the exchange of the code
MAKS_KODER = 1_000

PRODUSENT_AUDIENCE = "dev-gcp:fager:notifikasjon-produsent-api"
BRUKER_AUDIENCE = "dev-gcp:fager:notifikasjon-bruker-api"
ACR = ("idporten-loa-high", "Level4")
UTSTEDER_NAVN = "[a-z0-9-]{1,40}"  # as a path segment, for the routes of the issuer

AUTHORIZATION_CODE = "authorization_code"
CLIENT_CREDENTIALS = "client_credentials"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
OIDC_SCOPES = frozenset(("openid", "profile", "email", "offline_access"))  # not audiences

# Cluster and namespace are those of whoever hosts us. A scope is an audience too: the issuer that people know says so.
_les_audience = re.compile(
    r"(?:api://)?[a-z0-9-]{1,63}([:.])[a-z0-9-]{1,63}\1(?:(notifikasjon-(?:fake-)?produsent-api)|notifikasjon-bruker-api)"
    r"(?:/\.default)?"
).fullmatch
_er_utsteder_navn = re.compile(UTSTEDER_NAVN).fullmatch
er_adresse = re.compile(r"https?://[^/\s\x00-\x1f\x7f-\x9f][^\s\x00-\x1f\x7f-\x9f]*").fullmatch  # for a header Location


class UgyldigGrant(Exception):
    """What the token endpoint refuses: `kode` is OAuth's `error`, the text its `error_description` (ASCII)."""

    def __init__(self, kode: str, beskrivelse: str) -> None:
        super().__init__(beskrivelse)
        self.kode = kode


@dataclass(frozen=True, slots=True)
class _Kode:
    """What a code of the development issuer stands for."""

    issuer: str
    klient: str
    omdirigering: str
    utfordring: str  # of PKCE; "" if there was none
    nonce: str
    claims: dict[str, Any] = field(repr=False)
    utloeper: float


class Utsteder:
    """One process's, under any name: `{base_url}/{issuer}`."""

    def __init__(self, hemmelighet: Callable[[str, Callable[[], bytes]], bytes], base_url: str, klokke: Klokke) -> None:
        """`hemmelighet` must give every caller the same bytes: those that were stored first."""
        self._hemmelighet = hemmelighet
        self._base_url = base_url.rstrip("/")
        self._klokke = klokke
        self._privat: RSAPrivateKey | None = None
        self._jwk: dict[str, str] = {}
        self._koder: OrderedDict[str, _Kode] = OrderedDict()  # each is for one exchange, so they need no restart

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
            "end_session_endpoint": f"{iss}/endsession",
            "jwks_uri": f"{iss}/jwks",
            "grant_types_supported": [AUTHORIZATION_CODE, CLIENT_CREDENTIALS, TOKEN_EXCHANGE, JWT_BEARER],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
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

    def sjekk(self, foresporsel: Mapping[str, str]) -> None:
        """Raises UgyldigGrant if `authorize` has nobody to answer, or not as asked."""
        if not foresporsel.get("client_id") or not er_adresse(foresporsel.get("redirect_uri", "")):
            raise UgyldigGrant("invalid_request", "client_id or redirect_uri is missing, or cannot be one")
        if foresporsel.get("response_type") != "code":
            raise UgyldigGrant("unsupported_response_type", "response_type must be code")
        if foresporsel.get("code_challenge") and foresporsel.get("code_challenge_method") != "S256":
            raise UgyldigGrant("invalid_request", "code_challenge_method must be S256")

    def kode_for_bruker(self, fnr: str, issuer: str, foresporsel: Mapping[str, str]) -> str:
        """What the client gets back from `authorize` when a person is chosen. Raises UgyldigGrant or ValueError."""
        self._iss(issuer)
        self.sjekk(foresporsel)
        acr = foresporsel.get("acr_values", "").split() or [ACR[0]]
        kode = secrets.token_urlsafe(32)
        self._koder[kode] = _Kode(
            issuer,
            klient=foresporsel["client_id"],
            omdirigering=foresporsel["redirect_uri"],
            utfordring=foresporsel.get("code_challenge", ""),
            nonce=foresporsel.get("nonce", ""),
            claims={"sub": fnr, "pid": fnr, "acr": acr[0]},
            utloeper=self._klokke.ekte_sekunder() + KODE_TTL_S,
        )
        if len(self._koder) > MAKS_KODER:
            self._koder.popitem(last=False)
        return kode

    def veksle(self, form: Mapping[str, str], issuer: str) -> dict[str, Any]:
        """The answer of the token endpoint. Raises UgyldigGrant, or ValueError if no issuer can have that name.

        Who the client is must be said, but any secret will do.
        """
        grant = form.get("grant_type", "")
        if grant not in (AUTHORIZATION_CODE, CLIENT_CREDENTIALS, TOKEN_EXCHANGE, JWT_BEARER):
            raise UgyldigGrant(
                "unsupported_grant_type" if grant else "invalid_request", "unknown or missing grant_type"
            )
        klient = _klient(form)
        if grant == AUTHORIZATION_CODE:
            return self._innloes(form, issuer, klient)
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

    def _innloes(self, form: Mapping[str, str], issuer: str, klient: str) -> dict[str, Any]:
        """Tokens for a code, once: it is spent also when something is wrong."""
        kode = self._koder.pop(form.get("code", ""), None)
        if kode is None or kode.utloeper <= self._klokke.ekte_sekunder():
            raise UgyldigGrant("invalid_grant", "the code is unknown, used or too old")
        if (kode.issuer, kode.klient, kode.omdirigering) != (issuer, klient, form.get("redirect_uri")):
            raise UgyldigGrant("invalid_grant", "the code belongs to another client, issuer or redirect_uri")
        if kode.utfordring and not hmac.compare_digest(pkce(form.get("code_verifier", "")), kode.utfordring.encode()):
            raise UgyldigGrant("invalid_grant", "code_verifier is not the one of code_challenge")
        id_claims = kode.claims | ({"nonce": kode.nonce} if kode.nonce else {})
        return {
            "access_token": self._sign(
                issuer, _audience_i(form, ellers=BRUKER_AUDIENCE), kode.claims | {"azp": klient}
            ),
            "id_token": self._sign(issuer, klient, id_claims),
            "token_type": "Bearer",
            "expires_in": TOKEN_TTL_S,
        }

    def _bevist(self, form: Mapping[str, str], felt: str) -> dict[str, Any]:
        """The claims of a token that the client was given by us, for whatever audience."""
        if not form.get(felt):
            raise UgyldigGrant("invalid_request", f"missing {felt}")
        try:
            return verifiser(form[felt], [self], self._klokke.ekte_sekunder())[0]
        except Avvist as grunn:
            raise UgyldigGrant("invalid_grant", f"{felt}: {grunn}") from None

    # ── As one of those whom Innlogging believes ──

    def gjelder(self, claims: Mapping[str, Any]) -> bool:
        base_url, _, navn = str(claims.get("iss")).rpartition("/")
        return base_url == self._base_url and _er_utsteder_navn(navn) is not None

    def noekkel(self, kid: str) -> Noekkel | None:
        privat = self._noekkel()
        return Noekkel(ALGORITHM, privat.public_key()) if kid == self._jwk["kid"] else None

    def svarer_straks(self, kid: str) -> bool:
        return True

    def hvem(self, claims: Mapping[str, Any]) -> Applikasjon | Person:
        aud = claims.get("aud")
        if not isinstance(aud, str):
            raise Avvist("aud is missing or more than one")
        match = _les_audience(aud)
        if match is None:
            raise Avvist("aud is another API")
        return les_applikasjon(claims, {}) if match[2] else les_person(claims, ACR)

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
        return jwt.encode(claims, self._noekkel(), algorithm=ALGORITHM, headers={"kid": self._jwk["kid"]})

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
            self._jwk = {"kty": "RSA", "use": "sig", "alg": ALGORITHM, "kid": kid, "n": n, "e": e}
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


class EgenLeverandoer:
    """The development issuer as our own pages see it: what utstedere.Leverandoer says, without a connection."""

    def __init__(self, utsteder: Utsteder, navn: str = "idporten") -> None:
        self._utsteder, self._navn = utsteder, navn

    def gjelder(self, claims: Mapping[str, Any]) -> bool:
        return bool(claims.get("iss") == self.metadata()["issuer"])

    def noekkel(self, kid: str) -> Noekkel | None:
        return self._utsteder.noekkel(kid)

    def svarer_straks(self, kid: str) -> bool:
        return True

    def metadata(self) -> dict[str, Any]:
        return self._utsteder.metadata(self._navn)

    def veksle(self, skjema: Mapping[str, str], klient_id: str, hemmelighet: str) -> dict[str, Any]:
        try:
            return self._utsteder.veksle({**skjema, "client_id": klient_id}, self._navn)
        except UgyldigGrant as error:
            raise UtstederError(str(error)) from None
