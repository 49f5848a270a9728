"""An issuer outside, on loopback: metadata, keys that can be rotated, and logging in with a code. See naboer.Nettsted.

Whoever comes to `authorize` is sent back at once, as `fnr`. What an id_token says beyond what is right is in `avvik`.
"""

import base64
import hashlib
import threading
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from naboer import Gjoer, Kall, Nettsted, Svar, svar
from tjeneste import DAGNY

from server.tid import Klokke


class _Bort:
    def __repr__(self) -> str:  # in the names of tests, which are the same in every process
        return "BORT"


BORT: Any = _Bort()  # what is to be left out


@cache
def noekkel(alg: str, nr: int = 0) -> Any:
    """A private key for RS256 or ES256: always the same for a number. Making one takes up to 100 ms."""
    if alg == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def jwk(kid: str, alg: str = "RS256", nr: int = 0, /, **endret: Any) -> dict[str, Any]:
    """The public part, as in a JWKS."""
    til_jwk = RSAAlgorithm.to_jwk if alg == "RS256" else ECAlgorithm.to_jwk
    felter = til_jwk(noekkel(alg, nr).public_key(), as_dict=True) | {"kid": kid, "use": "sig", "alg": alg}
    felter.pop("key_ops", None)
    return {navn: verdi for navn, verdi in (felter | endret).items() if verdi is not BORT}


class Spurt(Nettsted):
    """Tells when it has been asked."""

    def __init__(self) -> None:
        super().__init__()
        self._spurt = threading.Semaphore(0)

    def gjoer(self, kall: Kall) -> Svar | Gjoer:
        svar = super().gjoer(kall)
        self._spurt.release()
        return svar

    def vent(self, antall: int) -> None:
        """Until it has been asked so many times since the last wait."""
        for _ in range(antall):
            assert self._spurt.acquire(timeout=20)


class Openid(Spurt):
    def __init__(self, klokke: Klokke | None = None) -> None:
        super().__init__()
        self.klokke = klokke or Klokke()
        self.fnr = DAGNY
        self.avvik: dict[str, Any] = {}  # claims of the id_token, and fields of the answer with it
        self.jwks: Any = {"keys": [jwk("en")]}
        self.metadata: dict[str, Any] = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "end_session_endpoint": f"{self.url}/endsession",
        }
        self.koder: dict[str, dict[str, str]] = {}

    def antall(self, sti: str) -> int:
        """How many times this was asked for."""
        return sum(urlsplit(kall.sti).path == sti for kall in self.kall)

    def token(self, kid: str = "en", alg: str = "RS256", nr: int = 0, **claims: Any) -> str:
        naa = int(self.klokke.ekte_sekunder())
        alle = {"iss": self.url, "nbf": naa, "exp": naa + 600} | claims
        innhold = {navn: verdi for navn, verdi in alle.items() if verdi is not BORT}
        return jwt.encode(innhold, noekkel(alg, nr), algorithm=alg, headers={"kid": kid})

    def behandle(self, kall: Kall) -> Svar:
        sti, spoersmaal = urlsplit(kall.sti).path, dict(parse_qsl(urlsplit(kall.sti).query))
        if sti == "/.well-known/openid-configuration":
            return svar(200, self.metadata)
        if sti == "/jwks":
            return svar(200, self.jwks)
        if sti == "/authorize":
            kode = f"kode-{len(self.koder)}"
            self.koder[kode] = spoersmaal
            tilbake = urlencode({"code": kode, "state": spoersmaal["state"]})
            return svar(303, Location=f"{spoersmaal['redirect_uri']}?{tilbake}")
        if sti == "/token":
            return self._veksle(dict(parse_qsl(kall.kropp.decode())))
        if sti == "/endsession":
            return svar(303, Location=spoersmaal["post_logout_redirect_uri"])
        return svar(404)

    def _veksle(self, skjema: dict[str, str]) -> Svar:
        bestilt = self.koder.pop(skjema["code"], None)
        if bestilt is None or skjema["redirect_uri"] != bestilt["redirect_uri"]:
            return svar(400, {"error": "invalid_grant"})
        utfordring = base64.urlsafe_b64encode(hashlib.sha256(skjema["code_verifier"].encode()).digest())
        if bestilt["code_challenge"] != utfordring.rstrip(b"=").decode():
            return svar(400, {"error": "invalid_grant"})
        claims = {
            "aud": bestilt["client_id"],
            "nonce": bestilt["nonce"],
            "pid": self.fnr,
            "acr": bestilt["acr_values"].split()[0],
        }
        id_token = self.token(**(claims | {n: v for n, v in self.avvik.items() if n not in ("id_token", "expires_in")}))
        innhold = {
            "id_token": self.avvik.get("id_token", id_token),
            "access_token": f"et-token-for-{self.fnr}",
            "expires_in": self.avvik.get("expires_in", 600),
        }
        return svar(200, {navn: verdi for navn, verdi in innhold.items() if verdi is not BORT})


class Texas(Spurt):
    """Introspection: `gyldige` is what is said of each token, by identity provider; everything else is not active."""

    def __init__(self) -> None:
        super().__init__()
        self.introspection_url = f"{self.url}/introspect"
        self.gyldige: dict[tuple[str, str], dict[str, Any]] = {}

    def behandle(self, kall: Kall) -> Svar:
        skjema = dict(parse_qsl(kall.kropp.decode(), strict_parsing=True))
        claims = self.gyldige.get((skjema["identity_provider"], skjema["token"]))
        return svar(200, {"active": False, "error": "no"} if claims is None else {"active": True} | claims)
