"""Who is calling: verification of tokens.

A token is for one API, and its `aud` says which. What it says is believed only when a key that is configured for its
`iss` has signed it, or when Texas says so; nothing in a token chooses its own key. Lifetimes follow real time also when
the clock of development mode is moved, so that nobody is logged out by moving it.
"""

import hashlib
import json
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from server import config
from server.log import Sjelden
from server.tid import Klokke
from server.utstedere import Introspeksjon, Leverandoer, Noekkel, UtstederError

log = logging.getLogger(__name__)

REFUSED_HEADERS = frozenset(("jku", "jwk", "x5u", "x5c", "crit", "b64"))  # a key, or rules, that the token brings along
MAX_TOKEN = 8192  # characters; those of the platform have 1,000 to 2,000
LEEWAY_S = 10  # an issuer's clock may be this far ahead of ours; expiry has no leeway
MAX_LIFETIME_S = 48 * 3600  # no issuer of access tokens goes beyond 28 hours
NAER_SLUTTEN_S = 30  # a token with less left is not counted on
BEARER = ("Bearer ", "bearer ")  # exactly these two spellings, as on the platform

_er_applikasjon = re.compile(r"[A-Za-z0-9._-]{1,100}(?::[A-Za-z0-9._-]{1,100}){2}").fullmatch
_er_fnr = re.compile(r"[0-9]{11}").fullmatch

Slag = Literal["produsent", "bruker"]


class Uautentisert(Exception):
    """No valid token for this API. The same message whatever the reason: it would help only those who guess."""

    def __init__(self) -> None:
        super().__init__("Mangler gyldig token.")


class Avvist(Exception):
    """Why a token is not believed: for the log, so without anything from the token."""


@dataclass(frozen=True, slots=True)
class Applikasjon:
    """A producer's program, `cluster:namespace:app`. Whether it is registered is another question."""

    navn: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who looks. `token` is their own, to be exchanged on their behalf; a session may lack it."""

    fnr: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


class Kilde(Protocol):
    """Whose keys prove that a token with these claims is theirs."""

    def gjelder(self, claims: Mapping[str, Any]) -> bool: ...
    def noekkel(self, kid: str) -> Noekkel | None: ...
    def svarer_straks(self, kid: str) -> bool:
        """Whether noekkel() needs to ask nobody, now and for a while."""


class Betrodd(Kilde, Protocol):
    def hvem(self, claims: Mapping[str, Any]) -> Applikasjon | Person:
        """Whom a token that is theirs names. Raises Avvist."""


class Konfigurert:
    """A [[utsteder]]: an issuer's tokens for one of our APIs."""

    def __init__(self, regel: config.Utsteder, leverandoer: Leverandoer) -> None:
        self._regel, self._leverandoer = regel, leverandoer

    def gjelder(self, claims: Mapping[str, Any]) -> bool:
        return claims.get("aud") == self._regel.audience and self._leverandoer.gjelder(claims)

    def noekkel(self, kid: str) -> Noekkel | None:
        return self._leverandoer.noekkel(kid)

    def svarer_straks(self, kid: str) -> bool:
        return self._leverandoer.svarer_straks(kid)

    def hvem(self, claims: Mapping[str, Any]) -> Applikasjon | Person:
        if self._regel.slag == "produsent":
            return les_applikasjon(claims, self._regel.azp)
        return les_person(claims, self._regel.acr)


class Innlogging:
    """From what a request carries to who sends it. Verified tokens are remembered until they expire."""

    def __init__(
        self,
        betrodde: Iterable[Betrodd],
        klokke: Klokke,
        finn_oekt: Callable[[str], Person | None] = lambda _: None,
        texas: config.Texas | None = None,
        *,
        maks_kjente: int = 10_000,
    ) -> None:
        """`finn_oekt` knows the value of a session cookie. With `texas`, she is asked instead of `betrodde`."""
        self._betrodde = list(betrodde)
        self._klokke = klokke
        self._finn_oekt = finn_oekt
        self._texas, self._introspeksjon = texas, Introspeksjon(texas) if texas else None
        self._maks_kjente = maks_kjente
        # SHA-256 of the token -> (exp, who), the oldest first. A hash, so that memory does not fill with live tokens.
        self._kjente: OrderedDict[bytes, tuple[int, Applikasjon | Person]] = OrderedDict()
        self._lock = threading.Lock()
        self._avvist, self._ubesvart = Sjelden(log, klokke.monotonic), Sjelden(log, klokke.monotonic)

    def produsent(self, authorization: str | None) -> Applikasjon:
        """Raises Uautentisert."""
        hvem = self._hvem(_bearer(authorization), "produsent")
        if not isinstance(hvem, Applikasjon):
            raise Uautentisert
        return hvem

    def bruker(self, authorization: str | None, oekt: str | None) -> Person:
        """The holder of the token in the header if there is one, else of the session. Raises Uautentisert."""
        if authorization is None:
            person = self._finn_oekt(oekt) if oekt else None
            if person is None:
                raise Uautentisert
            return person
        token = _bearer(authorization)
        hvem = self._hvem(token, "bruker")
        if not isinstance(hvem, Person):
            raise Uautentisert
        return Person(hvem.fnr, token)

    def slag(self, authorization: str | None) -> Slag | None:
        """Which API the token is for; None if for neither, or not valid."""
        slag: Slag
        for slag in ("bruker", "produsent"):
            try:
                hvem = self._hvem(_bearer(authorization), slag)
            except Uautentisert:
                if self._introspeksjon is None:
                    return None
            else:
                return "produsent" if isinstance(hvem, Applikasjon) else "bruker"
        return None

    def svarer_straks(self, authorization: str | None) -> bool:
        """Whether it can be told who this is, or that it is nobody, without asking anybody outside."""
        if authorization is None or not authorization.startswith(BEARER):
            return True
        token = authorization[7:]
        kjent = self._kjente.get(_avtrykk(token))
        if kjent is not None and self._klokke.ekte_sekunder() + NAER_SLUTTEN_S < kjent[0]:
            return True
        if self._introspeksjon is not None:
            return False
        try:
            kid, claims = _les_ulest(token)
        except Avvist:
            return True
        betrodd = next((betrodd for betrodd in self._betrodde if betrodd.gjelder(claims)), None)
        return betrodd is None or betrodd.svarer_straks(kid)

    def _hvem(self, token: str, slag: Slag) -> Applikasjon | Person:
        if not token:
            raise Uautentisert
        avtrykk = _avtrykk(token)
        naa = self._klokke.ekte_sekunder()
        kjent = self._kjente.get(avtrykk)  # without the lock: one look-up is atomic
        if kjent is not None and naa < kjent[0]:
            return kjent[1]
        try:
            if self._texas is not None:
                claims, hvem = self._spoer_texas(token, slag, self._texas, naa)
            else:
                claims, betrodd = verifiser(token, self._betrodde, naa)
                hvem = betrodd.hvem(claims)
        except Avvist as grunn:
            self._avvist.logg(logging.INFO, "token refused", grunn)
            raise Uautentisert from None
        with self._lock:
            self._kjente[avtrykk] = (claims.get("exp", 0), hvem)
            if len(self._kjente) > self._maks_kjente:
                self._kjente.popitem(last=False)
        return hvem

    def _spoer_texas(
        self, token: str, slag: Slag, texas: config.Texas, naa: float
    ) -> tuple[dict[str, Any], Applikasjon | Person]:
        assert self._introspeksjon
        if len(token) > MAX_TOKEN or not token.isascii():
            raise Avvist("too long, or not ASCII")
        try:
            claims = self._introspeksjon.claims(
                token, texas.produsent_utsteder if slag == "produsent" else texas.bruker_utsteder
            )
        except UtstederError as error:
            self._ubesvart.logg(logging.WARNING, "Texas", error)
            raise Avvist("nobody could be asked") from None
        if claims is None:
            raise Avvist("not active")
        if "exp" in claims:
            _krev_gyldig(claims, naa)
        return claims, les_applikasjon(claims, texas.azp) if slag == "produsent" else les_person(claims, texas.acr)


def _avtrykk(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _bearer(authorization: str | None) -> str:
    if authorization is None or not authorization.startswith(BEARER):
        raise Uautentisert
    return authorization[7:]


K = TypeVar("K", bound=Kilde)


def verifiser(token: str, kilder: Iterable[K], naa: float) -> tuple[dict[str, Any], K]:
    """The claims of a token that is valid at `naa`, and which of the sources has signed it. Raises Avvist."""
    import jwt

    kid, claims = _les_ulest(token)
    kilde = next((kilde for kilde in kilder if kilde.gjelder(claims)), None)
    if kilde is None:
        raise Avvist("unknown iss, or aud is another API")
    noekkel = kilde.noekkel(kid)
    if noekkel is None:
        raise Avvist("unknown kid")
    try:
        jwt.PyJWS().decode_complete(token, noekkel.noekkel, algorithms=[noekkel.algoritme])
    except jwt.PyJWTError as error:
        raise Avvist(type(error).__name__) from None
    _krev_gyldig(claims, naa)
    return claims, kilde


def _les_ulest(token: str) -> tuple[str, dict[str, Any]]:
    """kid and claims before they can be believed: they say which of our keys can prove it. Raises Avvist."""
    import jwt  # takes 90 ms and 21 MB: it waits for the first token

    if len(token) > MAX_TOKEN or not token.isascii():
        raise Avvist("too long, or not ASCII")
    try:
        ulest = jwt.PyJWS().decode_complete(token, options={"verify_signature": False})
        header, claims = ulest["header"], json.loads(ulest["payload"])
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise Avvist(type(error).__name__) from None
    if not REFUSED_HEADERS.isdisjoint(header):
        raise Avvist("a header that brings its own key or rules")
    if not isinstance(claims, dict):
        raise Avvist("the claims are no object")
    kid = header.get("kid")
    if not isinstance(claims.get("iss"), str) or not isinstance(kid, str):
        raise Avvist("iss or kid is missing")
    return kid, claims


def _krev_gyldig(claims: dict[str, Any], naa: float) -> None:
    exp, nbf = claims.get("exp"), claims.get("nbf", 0)
    if type(exp) is not int or type(nbf) is not int:  # True is an int as well
        raise Avvist("exp or nbf is not a whole number")
    if exp <= naa:
        raise Avvist("expired")
    if exp > naa + MAX_LIFETIME_S:
        raise Avvist("exp is too far ahead")
    if nbf > naa + LEEWAY_S:
        raise Avvist("not valid yet")


def les_applikasjon(claims: Mapping[str, Any], azp: Mapping[str, str]) -> Applikasjon:
    """By the list of client ids if there is one: only they may call, by the names that stand there. Raises Avvist."""
    if "pid" in claims:
        raise Avvist("a person at the producer API")
    if azp:
        klient = claims.get("azp")
        if not isinstance(klient, str) or klient not in azp:
            raise Avvist("azp is not one of those that may call")
        return Applikasjon(azp[klient])
    for navn in (claims.get("azp_name"), claims.get("azp")):
        if isinstance(navn, str) and _er_applikasjon(navn):
            return Applikasjon(navn)
    raise Avvist("neither azp_name nor azp is cluster:namespace:app")


def les_person(claims: Mapping[str, Any], acr: Iterable[str]) -> Person:
    """Raises Avvist."""
    if not any(claims.get("acr") == godtatt for godtatt in acr):
        raise Avvist("acr is missing or too low")
    pid = claims.get("pid")
    if not isinstance(pid, str) or not _er_fnr(pid):
        raise Avvist("pid is missing or not an fnr")
    return Person(pid)
