"""Tokens of issuers outside: whose are believed, how their keys are found and kept, and what Texas says instead."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from naboer import DRYPP, HENG, LUKK, STOR, UGYLDIG_JSON, Gjoer, Svar, doed_port, svar
from openid import BORT, Openid, Texas, jwk, noekkel
from test_innlogging import (
    APP,
    BAD_TOKENS,
    FNR,
    HEMMELIGHETER,
    NAA,
    URL,
    claims_bruker,
    claims_produsent,
    ny_utsteder,
    signert,
)
from tjeneste import BAKERIET, DAGNY, FAGER, NILS, Tjeneste, driftsoppsett, kjoerende

from server import config
from server.egen_utsteder import BRUKER_AUDIENCE, PRODUSENT_AUDIENCE, Utsteder
from server.innlogging import NAER_SLUTTEN_S, Innlogging, Konfigurert, Uautentisert
from server.tid import Klokke
from server.utstedere import GYLDIG_S, PAUSE_S, PAUSE_UTEN_S, Introspeksjon, Leverandoer, UtstederError

PRODUSENT, BRUKER, FELLES = "/produsent/api/graphql", "/bruker/api/graphql", "/api/graphql"


class StiltKlokke(Klokke):
    """Real time, and the time that only goes forward, as the test wants them to be."""

    sekunder: float = NAA
    gaatt: float = 1_000

    def ekte_sekunder(self) -> float:
        return self.sekunder

    def monotonic(self) -> float:
        return self.gaatt


@pytest.fixture
def klokke() -> StiltKlokke:
    return StiltKlokke()


@pytest.fixture
def openid(klokke: StiltKlokke) -> Iterator[Openid]:
    with Openid(klokke) as openid:
        yield openid


def leverandoer(openid: Openid, klokke: Klokke, jwks_url: str = "") -> Leverandoer:
    return Leverandoer(openid.url, klokke, jwks_url, timeout_s=openid.timeout_s)


def tro(openid: Openid, klokke: Klokke, **annet: Any) -> Innlogging:
    """Who believes the issuer's tokens for both APIs; `annet` is added to the rule."""
    regler = [
        config.Utsteder(issuer=openid.url, slag="bruker", audience="bruker", **annet),
        config.Utsteder(issuer=openid.url, slag="produsent", audience="produsent", **annet),
    ]
    return Innlogging([Konfigurert(regel, leverandoer(openid, klokke)) for regel in regler], klokke)


def for_bruker(openid: Openid, **annet: Any) -> str:
    return f"Bearer {openid.token(**({'aud': 'bruker', 'pid': FNR, 'acr': 'idporten-loa-high'} | annet))}"


def for_produsent(openid: Openid, **annet: Any) -> str:
    return f"Bearer {openid.token(**({'aud': 'produsent', 'azp': 'c0ffee', 'azp_name': APP} | annet))}"


def avvist(innlogging: Innlogging, authorization: str) -> bool:
    for hvem in (innlogging.produsent, lambda hode: innlogging.bruker(hode, None)):
        with pytest.raises(Uautentisert):
            hvem(authorization)
    return innlogging.slag(authorization) is None


# ── Whom a token names ──


@pytest.fixture(scope="module")
def fra_utsiden() -> Iterator[tuple[Innlogging, Utsteder]]:
    """An issuer with the names, audiences and keys that the table of bad tokens is made for, met as one outside."""
    klokke = StiltKlokke()
    utsteder = ny_utsteder(HEMMELIGHETER, klokke)
    with Openid(klokke) as openid:
        openid.jwks = utsteder.jwks()
        regler = [
            config.Utsteder(issuer=f"{URL}/tokenx", slag="bruker", audience=BRUKER_AUDIENCE),
            config.Utsteder(issuer=f"{URL}/tokenx", slag="produsent", audience=PRODUSENT_AUDIENCE),
        ]
        yield (
            Innlogging([Konfigurert(r, Leverandoer(r.issuer, klokke, f"{openid.url}/jwks")) for r in regler], klokke),
            utsteder,
        )


@pytest.mark.parametrize("case", BAD_TOKENS)
def test_bad_token_is_refused_also_from_outside(fra_utsiden: tuple[Innlogging, Utsteder], case: str) -> None:
    innlogging, utsteder = fra_utsiden
    assert avvist(innlogging, f"Bearer {BAD_TOKENS[case](utsteder)}")


def test_table_starts_from_tokens_that_are_good_here_too(fra_utsiden: tuple[Innlogging, Utsteder]) -> None:
    innlogging, utsteder = fra_utsiden
    assert innlogging.bruker(f"Bearer {signert(utsteder, claims_bruker())}", None).fnr == FNR
    assert innlogging.produsent(f"Bearer {signert(utsteder, claims_produsent())}").navn == APP


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_token_of_an_issuer_outside_names_its_holder(openid: Openid, klokke: StiltKlokke, alg: str) -> None:
    openid.jwks = {"keys": [jwk("en", alg)]}
    innlogging = tro(openid, klokke)
    bruker, produsent = for_bruker(openid, alg=alg), for_produsent(openid, alg=alg)
    assert innlogging.bruker(bruker, None).fnr == FNR
    assert innlogging.bruker(bruker, None).token == bruker.removeprefix("Bearer ")
    assert innlogging.produsent(produsent).navn == APP
    assert (innlogging.slag(bruker), innlogging.slag(produsent)) == ("bruker", "produsent")


@pytest.mark.parametrize(
    "annet",
    [
        {"aud": "produsent-2"},
        {"aud": ["bruker"]},
        {"aud": BORT},
        {"aud": BRUKER_AUDIENCE},
        {"iss": "https://login.eksempel.no"},
        {"iss": BORT},
        {"acr": "idporten-loa-substantial"},
        {"acr": BORT},
        {"exp": NAA},
        {"exp": BORT},
        {"nbf": NAA + 11},
        {"kid": "ukjent"},
        {"nr": 1},
        {"alg": "ES256"},
    ],
    ids=str,
)
def test_token_that_is_not_for_us_is_refused(openid: Openid, klokke: StiltKlokke, annet: dict[str, Any]) -> None:
    assert avvist(tro(openid, klokke), for_bruker(openid, **annet))


def test_issuer_with_a_trailing_slash_is_another_issuer(openid: Openid, klokke: StiltKlokke) -> None:
    assert avvist(tro(openid, klokke), for_bruker(openid, iss=f"{openid.url}/"))


def test_token_of_development_mode_is_refused_without_it(openid: Openid, klokke: StiltKlokke) -> None:
    utsteder = ny_utsteder(HEMMELIGHETER, klokke, base_url=openid.url)
    for token in (utsteder.token_for_bruker(FNR), utsteder.token_for_applikasjon(APP)):
        assert avvist(tro(openid, klokke), f"Bearer {token}")


def test_acr_is_what_the_issuer_is_to_say(openid: Openid, klokke: StiltKlokke) -> None:
    innlogging = tro(openid, klokke, acr=("hoey",))
    assert innlogging.bruker(for_bruker(openid, acr="hoey"), None).fnr == FNR
    assert avvist(innlogging, for_bruker(openid))


def test_client_on_the_list_has_the_name_that_stands_there(openid: Openid, klokke: StiltKlokke) -> None:
    innlogging = tro(openid, klokke, azp={"c0ffee": "prod-gcp:team:app"})
    for azp_name in (BORT, APP, "et visningsnavn"):
        assert innlogging.produsent(for_produsent(openid, azp_name=azp_name)).navn == "prod-gcp:team:app"
    for azp in ("en-annen", "C0FFEE", "", "prod-gcp:team:app", ["c0ffee"], None, BORT):
        assert avvist(innlogging, for_produsent(openid, azp=azp)), azp


# ── Keys ──


def test_keys_are_fetched_once_when_the_first_token_comes(openid: Openid, klokke: StiltKlokke) -> None:
    regel = config.Utsteder(issuer=openid.url, slag="bruker", audience="bruker")
    innlogging = Innlogging([Konfigurert(regel, leverandoer(openid, klokke))], klokke)
    assert openid.kall == []
    tokens = [for_bruker(openid, pid=f"158455{nr:05}") for nr in range(20)]
    alle, svar = threading.Barrier(20), []

    def en(token: str) -> None:
        alle.wait()
        svar.append(innlogging.bruker(token, None).fnr)

    threads = [threading.Thread(target=en, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(svar) == [f"158455{nr:05}" for nr in range(20)]
    assert [kall.sti for kall in openid.kall] == ["/.well-known/openid-configuration", "/jwks"]


def test_metadata_is_not_asked_for_where_the_keys_are_known(openid: Openid, klokke: StiltKlokke) -> None:
    utsteder = leverandoer(openid, klokke, f"{openid.url}/jwks")
    assert utsteder.noekkel("en") is not None
    assert [kall.sti for kall in openid.kall] == ["/jwks"]


def test_new_key_is_found_when_it_is_used(openid: Openid, klokke: StiltKlokke) -> None:
    innlogging = tro(openid, klokke)
    gammel = for_bruker(openid)
    assert innlogging.bruker(gammel, None).fnr == FNR
    openid.jwks = {"keys": [jwk("en"), jwk("to", "RS256", 1)]}
    klokke.gaatt += PAUSE_S
    assert innlogging.bruker(for_bruker(openid, kid="to", nr=1), None).fnr == FNR
    assert innlogging.bruker(for_bruker(openid, pid=NILS), None).fnr == NILS


def test_unknown_key_is_looked_for_once_in_a_while(openid: Openid, klokke: StiltKlokke) -> None:
    utsteder = leverandoer(openid, klokke)
    for gaatt, ganger in ((0, 1), (0, 1), (PAUSE_S - 0.1, 1), (0.1, 2), (0, 2), (PAUSE_S, 3)):
        klokke.gaatt += gaatt
        for kid in ("ukjent", "ogsaa-ukjent", "' OR 1=1 --", "x" * 5_000):
            assert utsteder.noekkel(kid) is None
        assert utsteder.noekkel("en") is not None
        assert openid.antall("/jwks") == ganger


def test_key_that_is_not_shown_any_more_is_soon_not_believed(openid: Openid, klokke: StiltKlokke) -> None:
    utsteder = leverandoer(openid, klokke)
    assert utsteder.noekkel("en") is not None
    openid.jwks = {"keys": [jwk("to", "RS256", 1)]}
    klokke.gaatt += GYLDIG_S - 0.1
    assert utsteder.noekkel("en") is not None
    klokke.gaatt += 0.1
    assert utsteder.noekkel("en") is None
    assert utsteder.noekkel("to") is not None


UTE: dict[str, Svar | Gjoer] = {
    "500": svar(500),
    "503": svar(503, {"keys": []}),
    "404": svar(404, {}),
    "a redirect": svar(302, Location="http://127.0.0.1:1/"),
    "no JSON": UGYLDIG_JSON,
    "a list": svar(200, []),
    "no keys": svar(200, {"keys": []}),
    "no list of keys": svar(200, {"keys": {"en": jwk("en")}}),
    "no key at all": svar(200, {"keys": [1, None, [], {}]}),
    "10 MB": STOR,
    "closes": LUKK,
    "hangs": HENG,
    "trickles": DRYPP,
}


@pytest.mark.parametrize("feil", UTE)
def test_known_keys_are_kept_while_the_issuer_is_out_of_order(openid: Openid, klokke: StiltKlokke, feil: str) -> None:
    openid.neste.extend([None, *[UTE[feil]] * 4])
    jwks_url = f"{openid.url}/jwks"
    utsteder = leverandoer(openid, klokke, jwks_url)
    assert utsteder.noekkel("en") is not None
    klokke.gaatt += GYLDIG_S
    assert utsteder.noekkel("en") is not None, "old, but there is none newer"
    klokke.gaatt += PAUSE_S
    assert utsteder.noekkel("to") is None
    assert utsteder.noekkel("en") is not None
    openid.neste.clear()
    openid.jwks = {"keys": [jwk("to")]}
    klokke.gaatt += PAUSE_S
    assert utsteder.noekkel("to") is not None


@pytest.mark.parametrize("feil", UTE)
def test_issuer_that_is_out_of_order_from_the_start_is_asked_again(
    openid: Openid, klokke: StiltKlokke, feil: str
) -> None:
    openid.neste.extend([UTE[feil]] * 2)
    innlogging = tro(openid, klokke)
    token = for_bruker(openid)
    assert avvist(innlogging, token)
    openid.neste.clear()
    klokke.gaatt += PAUSE_UTEN_S
    assert innlogging.bruker(token, None).fnr == FNR


def test_passing_fault_is_not_noticed(openid: Openid, klokke: StiltKlokke) -> None:
    for gang in (svar(502), LUKK):
        openid.neste.append(gang)
        assert leverandoer(openid, klokke).noekkel("en") is not None


def test_issuer_that_nobody_answers_for_refuses_everybody(klokke: StiltKlokke) -> None:
    utsteder = Leverandoer(f"http://127.0.0.1:{doed_port()}", klokke)
    assert utsteder.noekkel("en") is None
    with pytest.raises(UtstederError):
        utsteder.metadata()


def test_known_tokens_do_not_wait_for_an_issuer_that_hangs(openid: Openid, klokke: StiltKlokke) -> None:
    """One thread asks for newer keys; the others use those that are known."""
    openid.neste.extend([None, HENG, HENG])
    utsteder = Leverandoer(openid.url, klokke, f"{openid.url}/jwks", timeout_s=2)
    assert utsteder.noekkel("en") is not None
    klokke.gaatt += GYLDIG_S
    venter = threading.Thread(target=utsteder.noekkel, args=("en",))
    venter.start()
    openid.vent(2)
    foer = time.monotonic()
    assert utsteder.noekkel("en") is not None
    assert time.monotonic() - foer < 1
    openid.neste.clear()
    openid.slipp.set()
    venter.join()


def test_token_whose_key_is_known_needs_no_asking(openid: Openid, klokke: StiltKlokke) -> None:
    innlogging, token = tro(openid, klokke), for_bruker(openid)
    assert not innlogging.svarer_straks(token)
    innlogging.bruker(token, None)
    en_annen = for_bruker(openid, pid=NILS)
    assert innlogging.svarer_straks(token) and innlogging.svarer_straks(en_annen)
    assert not innlogging.svarer_straks(for_bruker(openid, kid="ukjent"))
    assert innlogging.svarer_straks(for_bruker(openid, iss="https://login.eksempel.no"))
    klokke.gaatt += GYLDIG_S - PAUSE_S
    assert innlogging.svarer_straks(token), "remembered"
    assert not innlogging.svarer_straks(en_annen), "some seconds later it may be time to fetch the keys again"
    klokke.sekunder += 600 - NAER_SLUTTEN_S
    assert not innlogging.svarer_straks(token)


@pytest.mark.parametrize(
    "endret",
    [
        {"issuer": "https://login.eksempel.no"},
        {"issuer": BORT},
        {"jwks_uri": BORT},
        {"jwks_uri": 1},
        {"jwks_uri": "http://login.eksempel.no/jwks"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "http://127.0.0.1.eksempel.no/jwks"},
        {"token_endpoint": "http://login.eksempel.no/token"},
    ],
    ids=str,
)
def test_metadata_that_cannot_be_trusted_is_not_used(
    openid: Openid, klokke: StiltKlokke, endret: dict[str, Any]
) -> None:
    openid.metadata = {n: v for n, v in (openid.metadata | endret).items() if v is not BORT}
    utsteder = leverandoer(openid, klokke)
    assert utsteder.noekkel("en") is None
    with pytest.raises(UtstederError):
        utsteder.metadata()
    assert [kall.sti for kall in openid.kall] == ["/.well-known/openid-configuration"]


def kort_noekkel() -> dict[str, Any]:
    privat = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    return RSAAlgorithm.to_jwk(privat.public_key(), as_dict=True) | {"kid": "en"}


def test_keys_for_other_uses_are_passed_over(openid: Openid, klokke: StiltKlokke) -> None:
    privat = RSAAlgorithm.to_jwk(noekkel("RS256"), as_dict=True) | {"kid": "en"}
    ubrukelige: list[Any] = [
        jwk("en", use="enc"),
        jwk("en", alg="RS512"),
        jwk("en", alg="ES256"),
        jwk("en", kty="oct", k="AAAA"),
        jwk("en", kty="OKP", crv="Ed25519"),
        jwk("en", "ES256", crv="P-384"),
        jwk("en", n="ikke base64 å"),
        jwk("en", n=BORT),
        jwk("en", "ES256", x="AAAA"),
        jwk("en", kid=BORT),
        jwk("en", kid=1),
        jwk("en", kty=BORT),
        jwk("en", kty=["RSA"]),
        privat,
        kort_noekkel(),
    ]
    for ubrukelig in ubrukelige:
        openid.jwks = {"keys": [ubrukelig, jwk("to")]}
        utsteder = leverandoer(openid, klokke)
        assert utsteder.noekkel("en") is None, ubrukelig
        assert utsteder.noekkel("to") is not None
    openid.jwks = {"keys": [jwk("en", alg=BORT, use=BORT), jwk("to", "ES256", alg=BORT)]}
    utsteder = leverandoer(openid, klokke)
    assert [noekkel and noekkel.algoritme for noekkel in map(utsteder.noekkel, ("en", "to"))] == ["RS256", "ES256"]


def test_log_names_the_issuer_and_nothing_from_the_token(
    openid: Openid, klokke: StiltKlokke, caplog: pytest.LogCaptureFixture
) -> None:
    openid.neste.append(svar(404))
    assert avvist(tro(openid, klokke), for_bruker(openid, kid="hemmelig"))
    meldinger = "\n".join(caplog.messages)
    assert openid.url in meldinger
    assert "hemmelig" not in meldinger and FNR not in meldinger


# ── Texas ──


@pytest.fixture
def texas() -> Iterator[Texas]:
    with Texas() as texas:
        yield texas


def spoer_texas(texas: Texas, klokke: Klokke, **annet: Any) -> Innlogging:
    innstillinger = config.Texas(introspection_url=texas.introspection_url, **annet)
    innlogging = Innlogging([], klokke, texas=innstillinger)
    innlogging._introspeksjon = Introspeksjon(innstillinger, timeout_s=texas.timeout_s)
    return innlogging


EN_BRUKER = {"pid": FNR, "acr": "idporten-loa-high", "exp": NAA + 600}
EN_PRODUSENT = {"azp": "c0ffee", "azp_name": APP, "exp": NAA + 600}


def test_texas_is_asked_who_it_is(texas: Texas, klokke: StiltKlokke) -> None:
    texas.gyldige = {("tokenx", "a+b&c"): EN_BRUKER, ("azuread", "et.token"): EN_PRODUSENT}
    innlogging = spoer_texas(texas, klokke)
    assert innlogging.bruker("Bearer a+b&c", None).fnr == FNR
    assert innlogging.produsent("Bearer et.token").navn == APP
    assert [kall.kropp for kall in texas.kall] == [
        b"token=a%2Bb%26c&identity_provider=tokenx",
        b"token=et.token&identity_provider=azuread",
    ]
    assert {kall.hoder["content-type"] for kall in texas.kall} == {"application/x-www-form-urlencoded"}


def test_identity_providers_may_have_other_names(texas: Texas, klokke: StiltKlokke) -> None:
    texas.gyldige = {("idporten", "b"): EN_BRUKER, ("maskinporten", "p"): EN_PRODUSENT}
    innlogging = spoer_texas(texas, klokke, produsent_utsteder="maskinporten", bruker_utsteder="idporten")
    assert innlogging.bruker("Bearer b", None).fnr == FNR
    assert innlogging.produsent("Bearer p").navn == APP


def test_good_answer_is_remembered_until_the_token_expires(texas: Texas, klokke: StiltKlokke) -> None:
    texas.gyldige = {("tokenx", "b"): EN_BRUKER}
    innlogging = spoer_texas(texas, klokke)
    for _ in range(3):
        assert innlogging.bruker("Bearer b", None).fnr == FNR
    assert len(texas.kall) == 1
    klokke.sekunder = NAA + 599.9
    assert innlogging.bruker("Bearer b", None).fnr == FNR
    assert len(texas.kall) == 1
    klokke.sekunder = NAA + 600
    assert avvist(innlogging, "Bearer b"), "whatever Texas says"
    assert len(texas.kall) > 1


def test_answer_without_an_end_is_asked_for_each_time(texas: Texas, klokke: StiltKlokke) -> None:
    texas.gyldige = {("tokenx", "b"): {"pid": FNR, "acr": "Level4"}}
    innlogging = spoer_texas(texas, klokke)
    for ganger in (1, 2):
        assert innlogging.bruker("Bearer b", None).fnr == FNR
        assert len(texas.kall) == ganger
    assert not innlogging.svarer_straks("Bearer b")


def test_refusal_by_texas_is_not_remembered(texas: Texas, klokke: StiltKlokke) -> None:
    innlogging = spoer_texas(texas, klokke)
    assert avvist(innlogging, "Bearer b")
    texas.gyldige = {("tokenx", "b"): EN_BRUKER}
    assert innlogging.bruker("Bearer b", None).fnr == FNR


def test_token_of_one_api_is_not_for_the_other(texas: Texas, klokke: StiltKlokke) -> None:
    texas.gyldige = {("tokenx", "b"): EN_BRUKER, ("azuread", "p"): EN_PRODUSENT}
    innlogging = spoer_texas(texas, klokke)
    assert (innlogging.slag("Bearer b"), innlogging.slag("Bearer p"), innlogging.slag("Bearer x")) == (
        "bruker",
        "produsent",
        None,
    )
    with pytest.raises(Uautentisert):
        innlogging.produsent("Bearer b")
    with pytest.raises(Uautentisert):
        innlogging.bruker("Bearer p", None)


@pytest.mark.parametrize(
    "claims",
    [
        {"acr": "Level3"},
        {"acr": None},
        {"pid": None},
        {"pid": "1"},
        {"exp": NAA - 1},
        {"exp": "0"},
        {"nbf": NAA + 60},
        {"active": False},
        {"active": "true"},
        {"active": 1},
        {"active": None},
    ],
    ids=str,
)
def test_answer_that_is_not_good_enough_is_a_refusal(texas: Texas, klokke: StiltKlokke, claims: dict[str, Any]) -> None:
    texas.gyldige = {("tokenx", "b"): EN_BRUKER | claims}
    assert avvist(spoer_texas(texas, klokke), "Bearer b")


def test_texas_has_a_list_of_clients_too(texas: Texas, klokke: StiltKlokke) -> None:
    texas.gyldige = {("azuread", "p"): EN_PRODUSENT, ("azuread", "q"): EN_PRODUSENT | {"azp": "en-annen"}}
    innlogging = spoer_texas(texas, klokke, azp={"c0ffee": "prod-gcp:team:app"}, acr=("hoey",))
    assert innlogging.produsent("Bearer p").navn == "prod-gcp:team:app"
    assert avvist(innlogging, "Bearer q")


@pytest.mark.parametrize(
    "feil",
    [svar(500), svar(503), svar(401), svar(404), UGYLDIG_JSON, svar(200, []), svar(200), STOR, LUKK, HENG, DRYPP],
    ids=str,
)
def test_nobody_is_let_in_while_texas_does_not_answer(
    texas: Texas, klokke: StiltKlokke, feil: Svar | Gjoer, caplog: pytest.LogCaptureFixture
) -> None:
    texas.gyldige = {("tokenx", "et-hemmelig-token"): EN_BRUKER}
    texas.neste.extend([feil] * 6)
    innlogging = spoer_texas(texas, klokke)
    with pytest.raises(Uautentisert):
        innlogging.bruker("Bearer et-hemmelig-token", None)
    assert "et-hemmelig-token" not in caplog.text
    texas.neste.clear()
    assert innlogging.bruker("Bearer et-hemmelig-token", None).fnr == FNR


def test_texas_may_stumble_five_times(texas: Texas, klokke: StiltKlokke) -> None:
    texas.gyldige = {("tokenx", "b"): EN_BRUKER}
    texas.neste.extend([svar(502), LUKK, svar(500), svar(503), LUKK])
    assert spoer_texas(texas, klokke).bruker("Bearer b", None).fnr == FNR
    assert len(texas.kall) == 6


def test_texas_may_let_us_wait_once(texas: Texas, klokke: StiltKlokke) -> None:
    texas.gyldige = {("tokenx", "b"): EN_BRUKER}
    innlogging = spoer_texas(texas, klokke)
    texas.neste.append(HENG)
    assert innlogging.bruker("Bearer b", None).fnr == FNR
    texas.neste.extend([HENG] * 2)
    with pytest.raises(Uautentisert):  # whoever waits for us has waited long enough
        spoer_texas(texas, klokke).bruker("Bearer b", None)


def test_what_cannot_be_a_token_is_not_passed_on(texas: Texas, klokke: StiltKlokke) -> None:
    innlogging = spoer_texas(texas, klokke)
    for token in ("", "x" * 10_000, "søppel", "\ud800"):
        assert avvist(innlogging, f"Bearer {token}")
    assert texas.kall == []


# ── A process with development mode off ──


@pytest.fixture(scope="module")
def utsteder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    """Another process, in development mode, as the issuer that everybody knows."""
    with kjoerende(tmp_path_factory.mktemp("utsteder") / "test.db") as tjeneste:
        yield tjeneste


def adresse(tjeneste: Tjeneste) -> str:
    """As it names itself."""
    return tjeneste.url.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def drift(tmp_path_factory: pytest.TempPathFactory, utsteder: Tjeneste) -> Iterator[Tjeneste]:
    database = tmp_path_factory.mktemp("drift") / "test.db"
    with kjoerende(database, config=driftsoppsett(database, adresse(utsteder))) as tjeneste:
        yield tjeneste


BESKJED = f"""mutation {{
    nyBeskjed(nyBeskjed: {{
        mottakere: [{{altinnRessurs: {{ressursId: "test-fager"}}}}]
        notifikasjon: {{merkelapp: "fager", tekst: "Hei", lenke: ""}}
        metadata: {{virksomhetsnummer: "{BAKERIET}", eksternId: "1"}}
    }}) {{ __typename }}
}}"""


def test_tokens_of_another_process_are_believed(drift: Tjeneste, utsteder: Tjeneste) -> None:
    produsent, bruker = utsteder.token(produsent=FAGER), utsteder.token(bruker=DAGNY)
    assert drift.post(PRODUSENT, BESKJED, token=produsent).json() == {
        "data": {"nyBeskjed": {"__typename": "NyBeskjedVellykket"}}
    }
    bjella = "{ notifikasjoner { feilAltinn notifikasjoner { ... on Beskjed { tekst } } } }"
    assert drift.post(BRUKER, bjella, token=bruker).json() == {
        "data": {"notifikasjoner": {"feilAltinn": False, "notifikasjoner": [{"tekst": "Hei"}]}}
    }
    for token, hvem in ((produsent, FAGER), (bruker, DAGNY)):
        assert drift.post(FELLES, "{ whoami }", token=token).json() == {"data": {"whoami": hvem}}


def test_every_refusal_looks_the_same(drift: Tjeneste, utsteder: Tjeneste, tjeneste: Tjeneste) -> None:
    ekte = utsteder.token(produsent=FAGER)
    claims = jwt.decode(ekte, options={"verify_signature": False})
    kid = jwt.get_unverified_header(ekte)["kid"]
    daarlige = {
        "of the other API": utsteder.token(bruker=DAGNY),
        "of a process that nobody trusts": tjeneste.token(produsent=FAGER),
        "signed by somebody else": jwt.encode(claims, noekkel("RS256"), algorithm="RS256", headers={"kid": kid}),
        "unsigned": jwt.encode(claims, "", algorithm="none", headers={"kid": kid}),
        "with an unknown kid": jwt.encode(claims, noekkel("RS256"), algorithm="RS256", headers={"kid": "ukjent"}),
        "for another audience": utsteder.http.post(
            f"{utsteder.url}/azuread/token",
            data={"grant_type": "client_credentials", "client_id": FAGER, "scope": "api://a.b.annet/.default"},
            timeout=30,
        ).json()["access_token"],
        "of another issuer there": utsteder.http.post(
            f"{utsteder.url}/maskinporten/token",
            data={"grant_type": "client_credentials", "client_id": FAGER},
            timeout=30,
        ).json()["access_token"],
        "garbage": "x",
        "none": None,
    }
    for hva, token in daarlige.items():
        for dokument in ("{ whoami }", BESKJED):
            svar = drift.post(PRODUSENT, dokument, token=token)
            assert (svar.status_code, svar.content) == (401, b""), hva
            assert "WWW-Authenticate" not in svar.headers


def test_issuer_that_is_away_lets_nobody_in_and_stops_nobody(tmp_path: Path, tjeneste: Tjeneste) -> None:
    oppsett = driftsoppsett(tmp_path / "test.db", f"http://127.0.0.1:{doed_port()}")
    with kjoerende(tmp_path / "test.db", config=oppsett) as uten:
        for sti, token in ((PRODUSENT, tjeneste.token(produsent=FAGER)), (BRUKER, tjeneste.token(bruker=DAGNY))):
            svar = uten.post(sti, "{ whoami }", token=token)
            assert (svar.status_code, svar.content) == (401, b"")
        assert requests.get(f"{uten.url}/internal/ready", timeout=10).status_code == 200


def test_token_that_is_known_is_served_while_texas_hangs(texas: Texas, tmp_path: Path) -> None:
    """Also the one thread of mutations, and the one that receives requests: neither asks anybody anything."""
    exp = int(Klokke().ekte_sekunder()) + 600
    texas.gyldige = {
        ("azuread", "kjent"): {"azp_name": FAGER, "exp": exp},
        ("tokenx", "kjent-bruker"): {"pid": DAGNY, "acr": "Level4", "exp": exp},
    }
    oppsett = driftsoppsett(tmp_path / "test.db", "https://login.eksempel.no")
    innhold = oppsett.read_text(encoding="utf-8")
    uten_utstedere = innhold[: innhold.index("[[utsteder]]")] + innhold[innhold.index("[[produsent]]") :]
    texas_oppsett = f'[texas]\nintrospection_url = "{texas.introspection_url}"\n'
    oppsett.write_text(texas_oppsett + uten_utstedere, encoding="utf-8")
    with kjoerende(tmp_path / "test.db", config=oppsett) as tjeneste:
        assert tjeneste.post(PRODUSENT, BESKJED, token="kjent").status_code == 200
        assert tjeneste.post(BRUKER, "{ whoami }", token="kjent-bruker").status_code == 200

        texas.neste.extend([HENG] * 20)
        ukjente = [
            threading.Thread(target=tjeneste_svar, args=(tjeneste, sti, dokument), daemon=True)
            for sti, dokument in ((PRODUSENT, BESKJED), (BRUKER, "{ whoami }"), (PRODUSENT, "{ whoami }"))
        ]
        for traad in ukjente:
            traad.start()
        texas.vent(5)
        foer = time.monotonic()
        for _ in range(10):
            assert tjeneste.post(PRODUSENT, BESKJED, token="kjent").status_code == 200
            assert tjeneste.post(BRUKER, "{ whoami }", token="kjent-bruker").status_code == 200
        assert time.monotonic() - foer < 1
        texas.slipp.set()
        for traad in ukjente:
            traad.join()


def tjeneste_svar(tjeneste: Tjeneste, sti: str, dokument: str) -> None:
    hoder = {"Authorization": "Bearer ukjent"}
    requests.post(tjeneste.url + sti, json={"query": dokument}, headers=hoder, timeout=30)
