"""Tokens that must be refused, all with the same words, and those that must not; the issuer of development mode."""

import base64
import hashlib
import hmac
import json
import logging
import re
import subprocess
import sys
import threading
import timeit
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from server.egen_utsteder import (
    AUTHORIZATION_CODE,
    BRUKER_AUDIENCE,
    JWT_BEARER,
    KODE_TTL_S,
    MAKS_KODER,
    PRODUSENT_AUDIENCE,
    TOKEN_EXCHANGE,
    TOKEN_TTL_S,
    UgyldigGrant,
    Utsteder,
)
from server.innlogging import MAX_TOKEN, Applikasjon, Innlogging, Person, Uautentisert
from server.log import LINJE_HVER_S, Sjelden
from server.tid import Klokke
from server.utstedere import pkce

ROOT = Path(__file__).parent.parent
NAA = 1_790_000_000
URL = "http://localhost:8080"
FNR = "15845512345"
APP = "dev-gcp:fager:notifikasjon-test-produsent"
MELDING = "Mangler gyldig token."


class StiltKlokke(Klokke):
    """Real time, as the test wants it to be."""

    sekunder: float = NAA

    def ekte_sekunder(self) -> float:
        return self.sekunder


class MonotonKlokke(StiltKlokke):
    """… and how long the process has run."""

    fra_start = 0.0

    def monotonic(self) -> float:
        return self.fra_start


class Hemmeligheter(dict[str, bytes]):
    """What a database keeps: the first bytes that are stored under a name."""

    def __call__(self, navn: str, lag: Callable[[], bytes]) -> bytes:
        return self.setdefault(navn, self.get(navn) or lag())


@cache
def privat(der: bytes) -> RSAPrivateKey:
    noekkel = load_der_private_key(der, password=None)
    assert isinstance(noekkel, RSAPrivateKey)
    return noekkel


def ny_utsteder(hemmeligheter: Hemmeligheter, klokke: Klokke, *, base_url: str = URL) -> Utsteder:
    utsteder = Utsteder(hemmeligheter, base_url, klokke)
    utsteder.jwks()
    return utsteder


# Making a key takes up to 100 ms, and loading it 30, so the tests share two.
HEMMELIGHETER, ANDRE_HEMMELIGHETER = Hemmeligheter(), Hemmeligheter()


@pytest.fixture(scope="module")
def utsteder() -> Utsteder:
    """Always at NAA; who is to believe its tokens has a clock that moves."""
    return ny_utsteder(HEMMELIGHETER, StiltKlokke())


@pytest.fixture
def klokke() -> StiltKlokke:
    return StiltKlokke()


@pytest.fixture
def innlogging(utsteder: Utsteder, klokke: StiltKlokke) -> Innlogging:
    return Innlogging([utsteder], klokke)


def b64(innhold: bytes) -> str:
    return base64.urlsafe_b64encode(innhold).rstrip(b"=").decode()


def kid(utsteder: Utsteder) -> str:
    return str(utsteder.jwks()["keys"][0]["kid"])


class _Bort:
    def __repr__(self) -> str:  # in the names of tests, which are the same in every process
        return "BORT"


BORT: Any = _Bort()  # a claim or header that is to be left out


def claims_bruker(**endret: Any) -> dict[str, Any]:
    claims = {
        "iss": f"{URL}/tokenx",
        "aud": BRUKER_AUDIENCE,
        "exp": NAA + 600,
        "nbf": NAA,
        "pid": FNR,
        "acr": "idporten-loa-high",
    } | endret
    return {navn: verdi for navn, verdi in claims.items() if verdi is not BORT}


def claims_produsent(**endret: Any) -> dict[str, Any]:
    claims = claims_bruker(aud=PRODUSENT_AUDIENCE, pid=BORT, acr=BORT) | {"azp_name": APP, "azp": "en-guid"} | endret
    return {navn: verdi for navn, verdi in claims.items() if verdi is not BORT}


def signert(utsteder: Utsteder, claims: dict[str, Any] | bytes, **header: Any) -> str:
    """A token with these claims and headers, that the issuer's own key has signed."""
    samlet = {"alg": "RS256", "typ": "JWT", "kid": kid(utsteder)} | header
    tekst = json.dumps({navn: verdi for navn, verdi in samlet.items() if verdi is not BORT})
    kropp = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    innhold = f"{b64(tekst.encode())}.{b64(kropp)}"
    rs256 = jwt.get_algorithm_by_name("RS256")
    return f"{innhold}.{b64(rs256.sign(innhold.encode(), privat(HEMMELIGHETER['utsteder'])))}"


def usignert(utsteder: Utsteder, alg: Any) -> str:
    header = {"alg": alg, "kid": kid(utsteder)}
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims_bruker()).encode())}."


def hs256_with_public_key(utsteder: Utsteder) -> str:
    header = {"alg": "HS256", "kid": kid(utsteder)}
    innhold = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims_bruker()).encode())}"
    pem = privat(HEMMELIGHETER["utsteder"]).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return f"{innhold}.{b64(hmac.digest(pem, innhold.encode(), 'sha256'))}"


def another_signature(utsteder: Utsteder) -> str:
    ekte, annen = (signert(utsteder, claims_bruker(pid=fnr)) for fnr in (FNR, "22917054321"))
    return f"{annen.rpartition('.')[0]}.{ekte.rpartition('.')[2]}"


def from_another_database(utsteder: Utsteder) -> str:
    return ny_utsteder(ANDRE_HEMMELIGHETER, StiltKlokke()).token_for_bruker(FNR)


def signed_by_another_database_with_our_kid(utsteder: Utsteder) -> str:
    ny_utsteder(ANDRE_HEMMELIGHETER, StiltKlokke())
    return jwt.encode(
        claims_bruker(), privat(ANDRE_HEMMELIGHETER["utsteder"]), algorithm="RS256", headers={"kid": kid(utsteder)}
    )


def bruker(**endret: Any) -> Callable[[Utsteder], str]:
    return lambda utsteder: signert(utsteder, claims_bruker(**endret))


def produsent(**endret: Any) -> Callable[[Utsteder], str]:
    return lambda utsteder: signert(utsteder, claims_produsent(**endret))


def header(**endret: Any) -> Callable[[Utsteder], str]:
    return lambda utsteder: signert(utsteder, claims_bruker(), **endret)


def payload(kropp: bytes) -> Callable[[Utsteder], str]:
    return lambda utsteder: signert(utsteder, kropp)


JWK = {"kty": "RSA", "n": "AQAB", "e": "AQAB"}
BAD_TOKENS: dict[str, Callable[[Utsteder], str]] = {
    "alg none": lambda utsteder: usignert(utsteder, "none"),
    "alg None": lambda utsteder: usignert(utsteder, "None"),
    "alg null": lambda utsteder: usignert(utsteder, None),
    "alg a list": lambda utsteder: usignert(utsteder, ["RS256"]),
    "alg RS256 without signature": lambda utsteder: usignert(utsteder, "RS256"),
    "alg RS512": header(alg="RS512"),
    "HS256 with the public key": hs256_with_public_key,
    "the signature of another token": another_signature,
    "kid unknown": header(kid="ukjent"),
    "kid absent": header(kid=BORT),
    "kid empty": header(kid=""),
    "kid a number": header(kid=1),
    "kid a path": header(kid="../../etc/passwd"),
    "kid SQL": header(kid="' OR 1=1 --"),
    "kid 5 KB": header(kid="k" * 5_000),
    "kid 10 KB": header(kid="k" * 10_000),
    "jku": header(jku="http://eksempel.invalid/jwks"),
    "x5u": header(x5u="http://eksempel.invalid/cert"),
    "x5c": header(x5c=["AQAB"]),
    "embedded jwk": header(jwk=JWK),
    "crit": header(crit=["exp"]),
    "crit with b64": header(crit=["b64"], b64=True),
    "iss absent": bruker(iss=BORT),
    "iss a list": bruker(iss=[f"{URL}/tokenx"]),
    "iss longer than ours": bruker(iss=f"{URL}/tokenx/mer"),
    "iss shorter than ours": bruker(iss=URL),
    "iss without a name": bruker(iss=f"{URL}/"),
    "iss with ours inside": bruker(iss=f"http://eksempel.invalid/{URL}/tokenx"),
    "iss of another port": bruker(iss="http://localhost:80800/tokenx"),
    "iss with another name than issuers have": bruker(iss=f"{URL}/TokenX"),
    "iss with a line break": bruker(iss=f"{URL}/tokenx\n"),
    "iss a name of 41 characters": bruker(iss=f"{URL}/{'a' * 41}"),
    "iss a lone surrogate": bruker(iss="\ud800"),
    "aud absent": bruker(aud=BORT),
    "aud wrong": bruker(aud="dev-gcp:fager:noe-annet"),
    "aud a list": bruker(aud=[BRUKER_AUDIENCE]),
    "aud an object": bruker(aud={BRUKER_AUDIENCE: 1}),
    "aud ours inside": bruker(aud=f"x:{BRUKER_AUDIENCE}"),
    "aud ours and more": bruker(aud=f"{BRUKER_AUDIENCE}-2"),
    "aud with mixed signs": bruker(aud="dev-gcp:fager.notifikasjon-bruker-api"),
    "exp absent": bruker(exp=BORT),
    "exp null": bruker(exp=None),
    "exp text": bruker(exp=str(NAA + 600)),
    "exp a fraction": bruker(exp=NAA + 600.5),
    "exp true": bruker(exp=True),
    "exp -1": bruker(exp=-1),
    "exp 2^63": bruker(exp=2**63),
    "exp 49 hours ahead": bruker(exp=NAA + 49 * 3600),
    "exp now": bruker(exp=NAA),
    "exp a second ago": bruker(exp=NAA - 1),
    "exp infinite": payload(json.dumps(claims_bruker(exp=float("inf"))).encode()),
    "nbf in the future": bruker(nbf=NAA + 11),
    "nbf text": bruker(nbf="0"),
    "nbf true": bruker(nbf=True),
    "acr absent": bruker(acr=BORT),
    "acr too low": bruker(acr="idporten-loa-substantial"),
    "acr Level3": bruker(acr="Level3"),
    "acr a list": bruker(acr=["Level4"]),
    "pid absent": bruker(pid=BORT),
    "pid a number": bruker(pid=int(FNR)),
    "pid of 10 digits": bruker(pid=FNR[:10]),
    "pid with a line break": bruker(pid=f"{FNR}\n"),
    "pid in other digits": bruker(pid="١٥٨٤٥٥١٢٣٤٥"),
    "azp absent": produsent(azp=BORT, azp_name=BORT),
    "azp a client id": produsent(azp="7f4c3b1e-0000-4000-8000-000000000000", azp_name=BORT),
    "azp a list": produsent(azp=[APP], azp_name=[APP]),
    "azp of two parts": produsent(azp="fager:app", azp_name=BORT),
    "azp of four parts": produsent(azp=f"{APP}:x", azp_name=BORT),
    "azp with an empty part": produsent(azp="dev-gcp::app", azp_name=BORT),
    "azp and pid": produsent(pid=FNR),
    "from another database": from_another_database,
    "from another database, with our kid": signed_by_another_database_with_our_kid,
    "claims a list": payload(b"[]"),
    "claims no JSON": payload(b"{"),
    "claims not UTF-8": payload(b'{"iss":"\xff"}'),
    "claims 3,000 deep": payload(b'{"a":' + b"[" * 3_000),
    "claims with a number of 5,000 digits": payload(b'{"exp":' + b"9" * 5_000 + b"}"),
    "claims of 100 KB": bruker(fyll="x" * 100_000),
    "100 KB": lambda _: "x" * 100_000,
    "100,000 dots": lambda _: "." * 100_000,
    "a token and a space": lambda utsteder: f" {utsteder.token_for_bruker(FNR)}",
    "two tokens": lambda utsteder: f"{utsteder.token_for_bruker(FNR)} {utsteder.token_for_bruker(FNR)}",
    "garbage": lambda _: "søppel",
    "a lone surrogate": lambda _: "\ud800",
    "NUL": lambda _: "\0",
    "dots": lambda _: "..",
    "empty": lambda _: "",
}


@pytest.mark.parametrize("case", BAD_TOKENS)
def test_bad_token_is_refused_everywhere_with_the_same_words(
    innlogging: Innlogging, utsteder: Utsteder, case: str
) -> None:
    token = BAD_TOKENS[case](utsteder)

    with pytest.raises(Uautentisert, match=f"^{re.escape(MELDING)}$") as som_produsent:
        innlogging.produsent(f"Bearer {token}")
    with pytest.raises(Uautentisert, match=f"^{re.escape(MELDING)}$") as som_bruker:
        innlogging.bruker(f"Bearer {token}", None)
    assert innlogging.slag(f"Bearer {token}") is None
    for feil in (som_produsent.value, som_bruker.value):
        assert feil.__cause__ is None and (feil.__suppress_context__ or feil.__context__ is None)


def test_table_starts_from_good_tokens(innlogging: Innlogging, utsteder: Utsteder) -> None:
    assert innlogging.bruker(f"Bearer {signert(utsteder, claims_bruker())}", None).fnr == FNR
    assert innlogging.produsent(f"Bearer {signert(utsteder, claims_produsent())}") == Applikasjon(APP)


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "BEARER {}", "bEARER {}", "Basic {}", "Bearer\t{}", "{}", " Bearer {}"],
)
def test_other_spellings_of_the_header_are_refused(
    innlogging: Innlogging, utsteder: Utsteder, authorization: str | None
) -> None:
    for token in (utsteder.token_for_applikasjon(APP), utsteder.token_for_bruker(FNR)):
        header = authorization and authorization.format(token)
        with pytest.raises(Uautentisert):
            innlogging.produsent(header)
        with pytest.raises(Uautentisert):
            innlogging.bruker(header, None)
        assert innlogging.slag(header) is None


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_token_names_its_holder(innlogging: Innlogging, utsteder: Utsteder, scheme: str) -> None:
    assert innlogging.produsent(f"{scheme} {utsteder.token_for_applikasjon(APP)}").navn == APP
    assert innlogging.bruker(f"{scheme} {utsteder.token_for_bruker(FNR)}", None).fnr == FNR


def test_token_of_the_other_api_is_refused(innlogging: Innlogging, utsteder: Utsteder) -> None:
    for_bruker = f"Bearer {utsteder.token_for_bruker(FNR)}"
    for_produsent = f"Bearer {utsteder.token_for_applikasjon(APP)}"

    with pytest.raises(Uautentisert, match=f"^{re.escape(MELDING)}$"):
        innlogging.produsent(for_bruker)
    with pytest.raises(Uautentisert, match=f"^{re.escape(MELDING)}$"):
        innlogging.bruker(for_produsent, None)
    assert innlogging.slag(for_bruker) == "bruker"
    assert innlogging.slag(for_produsent) == "produsent"


@pytest.mark.parametrize(
    "claims",
    [
        claims_bruker(acr="Level4"),
        claims_bruker(nbf=BORT),
        claims_bruker(nbf=NAA + 10),
        claims_bruker(exp=NAA + 1),
        claims_bruker(iss=f"{URL}/{'a-9' * 13}"),
        claims_bruker(azp=APP, azp_name=APP),
        claims_bruker(aud="prod-gcp:mitt-team:notifikasjon-bruker-api"),
        claims_bruker(aud="api://dev-gcp.fager.notifikasjon-bruker-api/.default"),
    ],
    ids=str,
)
def test_bruker_may_have_a_token_like(innlogging: Innlogging, utsteder: Utsteder, claims: dict[str, Any]) -> None:
    assert innlogging.bruker(f"Bearer {signert(utsteder, claims)}", None).fnr == FNR


@pytest.mark.parametrize(
    "claims",
    [
        claims_produsent(azp=APP, azp_name=BORT),
        claims_produsent(azp=APP, azp_name="et visningsnavn"),
        claims_produsent(azp="dev-fss:annet:system"),
        claims_produsent(aud="api://dev-gcp.fager.notifikasjon-produsent-api/.default"),
        claims_produsent(aud="dev-gcp:fager:notifikasjon-fake-produsent-api"),
    ],
    ids=str,
)
def test_produsent_may_have_a_token_like(innlogging: Innlogging, utsteder: Utsteder, claims: dict[str, Any]) -> None:
    assert innlogging.produsent(f"Bearer {signert(utsteder, claims)}").navn == APP


def test_nothing_is_believed_without_an_issuer(utsteder: Utsteder, klokke: StiltKlokke) -> None:
    innlogging = Innlogging([], klokke)
    with pytest.raises(Uautentisert, match=f"^{re.escape(MELDING)}$"):
        innlogging.produsent(f"Bearer {utsteder.token_for_applikasjon(APP)}")
    with pytest.raises(Uautentisert):
        innlogging.bruker(f"Bearer {utsteder.token_for_bruker(FNR)}", None)


def test_log_says_why_but_nothing_from_the_token(
    innlogging: Innlogging, utsteder: Utsteder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = utsteder.token_for_bruker(FNR, acr="Level3")
    innlogging.slag(f"Bearer {token}")
    assert caplog.messages == ["token refused: acr is missing or too low"]


def test_flood_of_refused_tokens_is_a_line_each_second(utsteder: Utsteder, caplog: pytest.LogCaptureFixture) -> None:
    """All may send them, so they are answered as before, and counted in the next line."""
    klokke = MonotonKlokke()
    innlogging = Innlogging([utsteder], klokke)
    caplog.set_level(logging.INFO)

    def avvis(hvor_mange: int) -> None:
        for nr in range(hvor_mange):
            with pytest.raises(Uautentisert):
                innlogging.bruker(f"Bearer {nr}", None)

    avvis(1000)
    assert caplog.messages == ["token refused: DecodeError"]
    klokke.fra_start += LINJE_HVER_S
    avvis(3)
    klokke.fra_start += LINJE_HVER_S
    avvis(1)
    klokke.fra_start += 1000
    avvis(1)
    assert caplog.messages[1:] == [
        "token refused: DecodeError (and 999 more since the last line)",
        "token refused: DecodeError (and 2 more since the last line)",
        "token refused: DecodeError",
    ]


def test_flood_from_many_threads_is_counted_in_full(caplog: pytest.LogCaptureFixture) -> None:
    klokke = MonotonKlokke()
    sjelden = Sjelden(logging.getLogger(), klokke.monotonic)
    caplog.set_level(logging.INFO)

    def logg() -> None:
        for _ in range(500):
            sjelden.logg(logging.INFO, "refused", ValueError("x"))

    traader = [threading.Thread(target=logg) for _ in range(8)]
    for traad in traader:
        traad.start()
    for traad in traader:
        traad.join()
    klokke.fra_start += LINJE_HVER_S
    sjelden.logg(logging.INFO, "refused", ValueError("x"))
    assert caplog.messages == ["refused: x", "refused: x (and 3999 more since the last line)"]


def test_lines_that_the_log_does_not_take_are_not_counted(caplog: pytest.LogCaptureFixture) -> None:
    sjelden = Sjelden(logging.getLogger(), lambda: 0.0)
    caplog.set_level(logging.WARNING)
    sjelden.logg(logging.INFO, "refused", ValueError("x"))
    caplog.set_level(logging.INFO)
    sjelden.logg(logging.INFO, "refused", ValueError("y"))
    assert caplog.messages == ["refused: y"]


# ── The session ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def med_oekt(utsteder: Utsteder, klokke: StiltKlokke) -> Innlogging:
    """Somebody is logged in, with the cookie "oekt"."""
    return Innlogging([utsteder], klokke, {"oekt": Person(FNR, "et token")}.get)


def test_session_is_for_the_cookie_only(med_oekt: Innlogging, utsteder: Utsteder) -> None:
    assert med_oekt.bruker(None, "oekt") == Person(FNR, "et token")
    assert med_oekt.slag("Bearer oekt") is None
    for kapsel in (None, "", "en annen", utsteder.token_for_bruker(FNR)):
        with pytest.raises(Uautentisert):
            med_oekt.bruker(None, kapsel)
    with pytest.raises(Uautentisert):
        med_oekt.bruker("Bearer oekt", None)


def test_bad_token_is_not_rescued_by_a_good_session(med_oekt: Innlogging, utsteder: Utsteder) -> None:
    for authorization in ("", "Bearer x", f"Bearer {utsteder.token_for_applikasjon(APP)}"):
        with pytest.raises(Uautentisert):
            med_oekt.bruker(authorization, "oekt")


def test_token_of_the_caller_goes_before_the_session(med_oekt: Innlogging, utsteder: Utsteder) -> None:
    token = utsteder.token_for_bruker("22917054321")
    assert med_oekt.bruker(f"Bearer {token}", "oekt") == Person("22917054321", token)


# ── What is remembered ───────────────────────────────────────────────────────────────────────────────────────────────


def test_remembered_token_expires_on_time(innlogging: Innlogging, utsteder: Utsteder, klokke: StiltKlokke) -> None:
    authorization = f"Bearer {utsteder.token_for_applikasjon(APP)}"
    innlogging.produsent(authorization)
    klokke.sekunder = NAA + TOKEN_TTL_S - 0.001
    innlogging.produsent(authorization)
    klokke.sekunder = NAA + TOKEN_TTL_S
    with pytest.raises(Uautentisert):
        innlogging.produsent(authorization)


def test_moved_clock_changes_nothing(innlogging: Innlogging, klokke: StiltKlokke) -> None:
    utsteder = ny_utsteder(HEMMELIGHETER, klokke)
    authorization = f"Bearer {utsteder.token_for_bruker(FNR)}"
    klokke.stopp((NAA + 10 * 365 * 86_400) * 1_000_000)
    assert innlogging.bruker(authorization, None).fnr == FNR
    assert innlogging.bruker(f"Bearer {utsteder.token_for_bruker(FNR)}", None).fnr == FNR


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic eHg6eHg=", "Bearer a.b.c"])
def test_nobody_has_to_be_asked_about_what_is_no_token(innlogging: Innlogging, authorization: str | None) -> None:
    assert innlogging.svarer_straks(authorization)


def test_nobody_has_to_be_asked_about_our_own_tokens(innlogging: Innlogging, utsteder: Utsteder) -> None:
    for token in (utsteder.token_for_bruker(FNR), *(case(utsteder) for case in BAD_TOKENS.values())):
        assert innlogging.svarer_straks(f"Bearer {token}")


def test_refusal_is_not_remembered(innlogging: Innlogging, utsteder: Utsteder, klokke: StiltKlokke) -> None:
    authorization = f"Bearer {signert(utsteder, claims_bruker(nbf=NAA + 60))}"
    with pytest.raises(Uautentisert):
        innlogging.bruker(authorization, None)
    klokke.sekunder = NAA + 60
    assert innlogging.bruker(authorization, None).fnr == FNR


def test_known_token_is_not_verified_again(innlogging: Innlogging, utsteder: Utsteder) -> None:
    """About 2 µs; the limit is far above that, for a busy machine, and far below the 150 µs of a verification."""
    authorization = f"Bearer {utsteder.token_for_applikasjon(APP)}"
    innlogging.produsent(authorization)
    assert min(timeit.repeat(lambda: innlogging.produsent(authorization), number=500, repeat=5)) / 500 < 20e-6


def test_remembers_a_bounded_number_for_many_threads(utsteder: Utsteder, klokke: StiltKlokke) -> None:
    innlogging = Innlogging([utsteder], klokke, maks_kjente=3)
    tokens = [utsteder.token_for_bruker(f"158455{nr:05}") for nr in range(10)]
    feil: list[str] = []

    def mange() -> None:
        for nr in list(range(10)) * 10:
            if innlogging.bruker(f"Bearer {tokens[nr]}", None).fnr != f"158455{nr:05}":
                feil.append(f"token {nr} gave another person")

    threads = [threading.Thread(target=mange) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert feil == []
    assert len(innlogging._kjente) == 3


# ── The development issuer ───────────────────────────────────────────────────────────────────────────────────────────


def test_jwks_has_no_private_part(utsteder: Utsteder) -> None:
    [noekkel] = utsteder.jwks()["keys"]
    assert noekkel.keys() == {"kty", "use", "alg", "kid", "n", "e"}


def test_jwks_verifies_our_tokens_in_the_eyes_of_others(utsteder: Utsteder) -> None:
    token = utsteder.token_for_applikasjon(APP, issuer="azuread")
    noekkel = jwt.PyJWKSet.from_dict(utsteder.jwks())[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(
        token,
        noekkel,
        audience=PRODUSENT_AUDIENCE,
        issuer=f"{URL}/azuread",
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    assert claims.pop("jti") != jwt.decode(
        utsteder.token_for_applikasjon(APP), options={"verify_signature": False}
    ).pop("jti")
    assert claims == {
        "iss": f"{URL}/azuread",
        "aud": PRODUSENT_AUDIENCE,
        "sub": APP,
        "azp": APP,
        "azp_name": APP,
        "iat": NAA,
        "nbf": NAA,
        "exp": NAA + 3600,
    }


def test_key_belongs_to_the_database(klokke: StiltKlokke, innlogging: Innlogging, utsteder: Utsteder) -> None:
    samme = ny_utsteder(HEMMELIGHETER, klokke, base_url=f"{URL}/")
    annen = ny_utsteder(ANDRE_HEMMELIGHETER, klokke)

    assert samme.jwks() == utsteder.jwks()
    assert innlogging.bruker(f"Bearer {samme.token_for_bruker(FNR)}", None).fnr == FNR
    assert annen.jwks()["keys"][0]["kid"] != kid(utsteder)
    assert annen.jwks()["keys"][0]["n"] != utsteder.jwks()["keys"][0]["n"]


def test_threads_that_come_first_together_get_one_key(klokke: StiltKlokke) -> None:
    hemmeligheter = Hemmeligheter()
    utsteder = Utsteder(hemmeligheter, URL, klokke)
    innlogging = Innlogging([utsteder], klokke)
    alle = threading.Barrier(3)
    svar: list[str] = []

    def en() -> None:
        alle.wait()
        svar.append(innlogging.bruker(f"Bearer {utsteder.token_for_bruker(FNR)}", None).fnr)

    threads = [threading.Thread(target=en) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert svar == [FNR] * 3


def test_metadata_leads_to_the_endpoints(utsteder: Utsteder) -> None:
    metadata = utsteder.metadata("tokenx")
    assert metadata["issuer"] == f"{URL}/tokenx"
    assert metadata["token_endpoint"] == f"{URL}/tokenx/token"
    assert metadata["authorization_endpoint"] == f"{URL}/tokenx/authorize"
    assert metadata["jwks_uri"] == f"{URL}/tokenx/jwks"
    assert metadata["end_session_endpoint"] == f"{URL}/tokenx/endsession"
    assert metadata["grant_types_supported"] == [AUTHORIZATION_CODE, "client_credentials", TOKEN_EXCHANGE, JWT_BEARER]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["id_token_signing_alg_values_supported"] == ["RS256"]


VERIFIER = "et hemmelig ord som er langt nok til PKCE"
FORESPOERSEL = {
    "response_type": "code",
    "client_id": "min-side",
    "redirect_uri": "http://localhost:3000/svar",
    "nonce": "n",
    "code_challenge": pkce(VERIFIER).decode(),
    "code_challenge_method": "S256",
}
INNLOESNING = {
    "grant_type": AUTHORIZATION_CODE,
    "client_id": "min-side",
    "redirect_uri": "http://localhost:3000/svar",
    "code_verifier": VERIFIER,
}


@pytest.mark.parametrize("issuer", ["", "TokenX", "a/b", "..", "tokenx\n", "æ", "a" * 41])
def test_issuer_must_have_a_plain_name(utsteder: Utsteder, issuer: str) -> None:
    with pytest.raises(ValueError, match="name of an issuer"):
        utsteder.metadata(issuer)
    with pytest.raises(ValueError, match="name of an issuer"):
        utsteder.token_for_bruker(FNR, issuer=issuer)
    with pytest.raises(ValueError, match="name of an issuer"):
        utsteder.kode_for_bruker(FNR, issuer, FORESPOERSEL)
    with pytest.raises(ValueError, match="name of an issuer"):
        utsteder.veksle({"grant_type": "client_credentials", "client_id": APP}, issuer)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"scope": "api://dev-gcp.fager.notifikasjon-produsent-api/.default"},
        {"scope": "openid api://dev-gcp.fager.notifikasjon-produsent-api/.default"},
        {"audience": PRODUSENT_AUDIENCE, "client_secret": "hva som helst"},
    ],
    ids=str,
)
def test_client_credentials_make_a_produsent(innlogging: Innlogging, utsteder: Utsteder, form: dict[str, str]) -> None:
    svar = utsteder.veksle({"grant_type": "client_credentials", "client_id": APP} | form, "azuread")

    assert innlogging.produsent(f"Bearer {svar['access_token']}").navn == APP
    assert (svar["token_type"], svar["expires_in"], svar.get("scope")) == ("Bearer", 3600, form.get("scope"))


def test_audience_asked_for_is_given(innlogging: Innlogging, utsteder: Utsteder) -> None:
    form = {"grant_type": "client_credentials", "client_id": APP, "scope": "api://dev-gcp.fager.noe-annet/.default"}
    token = utsteder.veksle(form, "azuread")["access_token"]

    assert jwt.decode(token, options={"verify_signature": False})["aud"] == "api://dev-gcp.fager.noe-annet/.default"
    assert innlogging.slag(f"Bearer {token}") is None


def test_token_exchange_keeps_the_person(innlogging: Innlogging, utsteder: Utsteder) -> None:
    innlogget = utsteder.token_for_bruker(FNR, issuer="idporten", acr="Level4", audience="min-side")
    svar = utsteder.veksle(
        {
            "grant_type": TOKEN_EXCHANGE,
            "client_id": APP,
            "subject_token": innlogget,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "audience": BRUKER_AUDIENCE,
        },
        "tokenx",
    )

    assert innlogging.bruker(f"Bearer {svar['access_token']}", None).fnr == FNR
    foer, etter = (
        jwt.decode(token, options={"verify_signature": False}) for token in (innlogget, svar["access_token"])
    )
    assert (etter["iss"], etter["aud"], etter["azp"]) == (f"{URL}/tokenx", BRUKER_AUDIENCE, APP)
    assert (etter["pid"], etter["acr"], etter["sub"]) == (FNR, "Level4", foer["sub"])
    assert etter["jti"] != foer["jti"]
    assert svar["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"


def test_client_may_present_itself_with_a_signed_assertion(innlogging: Innlogging, utsteder: Utsteder) -> None:
    assertion = jwt.encode({"sub": APP, "iss": APP}, hashlib.sha256(b"klient").hexdigest(), algorithm="HS256")
    svar = utsteder.veksle(
        {
            "grant_type": TOKEN_EXCHANGE,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
            "subject_token": utsteder.token_for_bruker(FNR),
        },
        "tokenx",
    )
    assert innlogging.bruker(f"Bearer {svar['access_token']}", None).fnr == FNR
    assert jwt.decode(svar["access_token"], options={"verify_signature": False})["azp"] == APP


def test_on_behalf_of_keeps_the_person(innlogging: Innlogging, utsteder: Utsteder) -> None:
    svar = utsteder.veksle(
        {
            "grant_type": JWT_BEARER,
            "client_id": APP,
            "assertion": utsteder.token_for_bruker(FNR),
            "requested_token_use": "on_behalf_of",
            "scope": "api://dev-gcp.fager.notifikasjon-bruker-api/.default",
        },
        "azuread",
    )
    assert innlogging.bruker(f"Bearer {svar['access_token']}", None).fnr == FNR


def test_exchange_does_not_lend_a_client_the_name_of_another(innlogging: Innlogging, utsteder: Utsteder) -> None:
    form = {
        "grant_type": TOKEN_EXCHANGE,
        "client_id": "dev-gcp:annet:system",
        "subject_token": utsteder.token_for_applikasjon(APP),
        "audience": PRODUSENT_AUDIENCE,
    }
    token = utsteder.veksle(form, "azuread")["access_token"]
    assert innlogging.produsent(f"Bearer {token}").navn == "dev-gcp:annet:system"


# ── Logging in with it ──


def test_code_is_exchanged_for_a_person(innlogging: Innlogging, utsteder: Utsteder) -> None:
    kode = utsteder.kode_for_bruker(FNR, "idporten", FORESPOERSEL)
    svar = utsteder.veksle(INNLOESNING | {"code": kode}, "idporten")

    assert innlogging.bruker(f"Bearer {svar['access_token']}", None).fnr == FNR
    claims = jwt.decode(svar["id_token"], options={"verify_signature": False})
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (f"{URL}/idporten", "min-side", "n")
    assert (claims["pid"], claims["acr"]) == (FNR, "idporten-loa-high")
    assert innlogging.slag(f"Bearer {svar['id_token']}") is None


def test_client_without_pkce_may_log_in_here(utsteder: Utsteder) -> None:
    uten = {navn: verdi for navn, verdi in FORESPOERSEL.items() if not navn.startswith(("code_", "nonce"))}
    kode = utsteder.kode_for_bruker(FNR, "idporten", uten | {"acr_values": "Level3 Level4"})
    svar = utsteder.veksle(INNLOESNING | {"code": kode}, "idporten")
    claims = jwt.decode(svar["id_token"], options={"verify_signature": False})
    assert (claims["acr"], "nonce" in claims) == ("Level3", False)


@pytest.mark.parametrize(
    "endret",
    [
        {"code_verifier": "et annet"},
        {"code_verifier": ""},
        {"client_id": "en annen"},
        {"redirect_uri": "http://localhost:3000/"},
        {"code": "en annen"},
        {"code": ""},
    ],
    ids=str,
)
def test_code_is_spent_by_whoever_tries_it(utsteder: Utsteder, endret: dict[str, str]) -> None:
    kode = utsteder.kode_for_bruker(FNR, "idporten", FORESPOERSEL)
    for form in (INNLOESNING | {"code": kode} | endret, INNLOESNING | {"code": kode if "code" not in endret else ""}):
        with pytest.raises(UgyldigGrant) as feil:
            utsteder.veksle(form, "idporten")
        assert feil.value.kode == "invalid_grant"


def test_code_is_for_one_issuer_and_a_minute(klokke: StiltKlokke) -> None:
    utsteder = ny_utsteder(HEMMELIGHETER, klokke)
    annen, gammel = (utsteder.kode_for_bruker(FNR, "idporten", FORESPOERSEL) for _ in range(2))
    with pytest.raises(UgyldigGrant):
        utsteder.veksle(INNLOESNING | {"code": annen}, "tokenx")
    klokke.sekunder = NAA + KODE_TTL_S
    with pytest.raises(UgyldigGrant):
        utsteder.veksle(INNLOESNING | {"code": gammel}, "idporten")


def test_codes_that_nobody_fetches_are_forgotten(utsteder: Utsteder) -> None:
    for _ in range(MAKS_KODER + 10):
        utsteder.kode_for_bruker(FNR, "idporten", FORESPOERSEL)
    assert len(utsteder._koder) == MAKS_KODER


@pytest.mark.parametrize(
    "endret",
    [
        {"client_id": ""},
        {"redirect_uri": ""},
        {"redirect_uri": "/svar"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "http://"},
        *({"redirect_uri": f"http://a/{tegn}b"} for tegn in "\x00\n\r\t\x1f\x7f\x85\u2028 "),
        {"redirect_uri": "http://\x00a/"},
        {"redirect_uri": "http://a/\n"},
        {"response_type": "token"},
        {"response_type": ""},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": ""},
    ],
    ids=str,
)
def test_authorization_endpoint_refuses(utsteder: Utsteder, endret: dict[str, str]) -> None:
    with pytest.raises(UgyldigGrant):
        utsteder.kode_for_bruker(FNR, "idporten", FORESPOERSEL | endret)


BAD_FORMS = {
    "nothing": ({}, "invalid_request"),
    "no grant_type": ({"client_id": APP}, "invalid_request"),
    "password": ({"grant_type": "password", "client_id": APP}, "unsupported_grant_type"),
    "refresh_token": ({"grant_type": "refresh_token", "client_id": APP}, "unsupported_grant_type"),
    "no client": ({"grant_type": "client_credentials"}, "invalid_client"),
    "assertion is garbage": ({"grant_type": "client_credentials", "client_assertion": "x.ø.x"}, "invalid_client"),
    "assertion is long": ({"grant_type": "client_credentials", "client_assertion": "x" * 10_000}, "invalid_client"),
    "assertion without subject": (
        {"grant_type": "client_credentials", "client_assertion": f"{b64(b'{}')}.{b64(b'{}')}."},
        "invalid_client",
    ),
    "no code": ({"grant_type": AUTHORIZATION_CODE, "client_id": APP}, "invalid_grant"),
    "no subject_token": ({"grant_type": TOKEN_EXCHANGE, "client_id": APP}, "invalid_request"),
    "no assertion": ({"grant_type": JWT_BEARER, "client_id": APP}, "invalid_request"),
    "bad subject_token": ({"grant_type": TOKEN_EXCHANGE, "client_id": APP, "subject_token": "x"}, "invalid_grant"),
    "bad assertion": ({"grant_type": JWT_BEARER, "client_id": APP, "assertion": "x.y.z"}, "invalid_grant"),
}


@pytest.mark.parametrize("case", BAD_FORMS)
def test_token_endpoint_refuses(utsteder: Utsteder, case: str) -> None:
    form, kode = BAD_FORMS[case]
    with pytest.raises(UgyldigGrant) as feil:
        utsteder.veksle(form, "tokenx")
    assert feil.value.kode == kode
    assert str(feil.value).isascii()


def test_token_that_is_expired_too_long_or_forged_cannot_be_exchanged(klokke: StiltKlokke) -> None:
    utsteder = ny_utsteder(HEMMELIGHETER, klokke)
    gammelt = utsteder.token_for_bruker(FNR)
    klokke.sekunder = NAA + TOKEN_TTL_S
    langt = signert(utsteder, claims_bruker(exp=NAA + 2 * TOKEN_TTL_S, fyll="x" * MAX_TOKEN))
    for token in (gammelt, langt, usignert(utsteder, "none"), from_another_database(utsteder)):
        with pytest.raises(UgyldigGrant) as feil:
            utsteder.veksle({"grant_type": TOKEN_EXCHANGE, "client_id": APP, "subject_token": token}, "tokenx")
        assert feil.value.kode == "invalid_grant"


def test_our_own_tokens_are_far_from_the_limit(utsteder: Utsteder) -> None:
    assert len(utsteder.token_for_applikasjon("dev-gcp:" + "n" * 63 + ":" + "a" * 63)) < MAX_TOKEN / 4


def test_import_is_cheap() -> None:
    """jwt and cryptography wait for the first token, as does the key."""
    program = (
        "import sys, server.innlogging, server.egen_utsteder, server.oekt;"
        "print([m for m in ('jwt', 'cryptography', 'requests', 'bottle') if m in sys.modules])"
    )
    svar = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert svar.stdout.strip() == "[]"


def test_key_waits_for_the_first_token(klokke: StiltKlokke) -> None:
    hemmeligheter = Hemmeligheter()
    Innlogging([Utsteder(hemmeligheter, URL, klokke)], klokke).slag("Bearer x")
    assert not hemmeligheter
