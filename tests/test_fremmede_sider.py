"""Pages of others: none that a browser shows under a name that points here may give orders where no token is asked for.

And what a page could put in a redirect is an address, or is refused.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import requests
from tjeneste import DAGNY, ROOT, Tjeneste, driftsoppsett, kjoerende

MELDING = {
    "narmesteLederId": "11111111-1111-4111-8111-111111111111",
    "fnr": "01927712344",
    "narmesteLederFnr": "03868498765",
    "orgnummer": "910825526",
}
UTEN_TOKEN: list[tuple[str, Any]] = [
    ("/internal/noedbrems", {"paa": False}),
    ("/internal/holdte", {"send": [], "dropp": []}),
    ("/internal/naermesteleder", MELDING),
]
FREMMEDE = [
    {"Host": "evil.example", "Origin": "http://evil.example"},
    {"Host": "evil.example:8080", "Origin": "http://evil.example:8080"},
    {"Host": "192.168.0.1", "Origin": "http://192.168.0.1"},
    {"Host": "evil.example", "Origin": "null"},
    {"Origin": "http://evil.example"},
]


def post(tjeneste: Tjeneste, sti: str, innhold: Any, **hoder: str) -> int:
    return requests.post(tjeneste.url + sti, json=innhold, headers=hoder, timeout=30).status_code


@pytest.mark.parametrize(("sti", "innhold"), UTEN_TOKEN)
def test_name_that_has_been_made_to_point_here_gives_no_orders(tjeneste: Tjeneste, sti: str, innhold: Any) -> None:
    for hoder in FREMMEDE:
        assert post(tjeneste, sti, innhold, **hoder) == 403, hoder
    assert tjeneste.rader("SELECT count(*) FROM naermeste_leder") == [(0,)]


@pytest.mark.parametrize(("sti", "innhold"), UTEN_TOKEN)
def test_programs_and_own_pages_do(tjeneste: Tjeneste, sti: str, innhold: Any) -> None:
    for hoder in (
        {},
        {"Host": "notifikasjon.fager:8080"},  # as from another machine
        {"Origin": tjeneste.url},
        {"Host": "localhost:8080", "Origin": "http://localhost:8080"},
    ):
        assert post(tjeneste, sti, innhold, **hoder) == 200, hoder


def test_open_to_the_network_own_pages_have_any_name(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "test.db", verdier={"utvikling.tillat_nettverk": "true"}) as tjeneste:
        for sti, innhold in UTEN_TOKEN:
            assert post(tjeneste, sti, innhold, Host="labs.eksempel.no", Origin="http://labs.eksempel.no") == 200
            assert post(tjeneste, sti, innhold, Host="labs.eksempel.no", Origin="http://evil.example") == 403


def test_nor_when_development_mode_is_off(tmp_path: Path) -> None:
    oppsett = driftsoppsett(tmp_path / "test.db", "https://login.eksempel.no")
    with kjoerende(tmp_path / "test.db", config=oppsett) as tjeneste:
        for sti, innhold in UTEN_TOKEN[:2]:
            assert [post(tjeneste, sti, innhold, **hoder) for hoder in FREMMEDE] == [403] * len(FREMMEDE)
            assert post(tjeneste, sti, innhold, Host="notifikasjon.fager") == 200
        assert post(tjeneste, *UTEN_TOKEN[2]) == 401


# ── Redirects of the development issuer ──

AUTORISER = f"/idporten/authorize?response_type=code&client_id=a&login_hint={DAGNY}"


@pytest.mark.parametrize(
    "tegn", ["%00", "%0a", "%0D%0ASet-Cookie:+a=b", "%09", "%01", "%7f", "%C2%85", "%E2%80%A8", "+"]
)
@pytest.mark.parametrize(
    "sti",
    [
        f"{AUTORISER}&redirect_uri=http://a/",
        f"{AUTORISER}&redirect_uri=http://",
        "/idporten/endsession?post_logout_redirect_uri=http://a",
        "/idporten/endsession?post_logout_redirect_uri=https://",
    ],
)
def test_redirect_to_what_is_no_address_is_refused(tjeneste: Tjeneste, sti: str, tegn: str) -> None:
    svar = requests.get(f"{tjeneste.url}{sti}{tegn}x", timeout=30, allow_redirects=False)
    assert svar.status_code == 400, svar.text
    assert "Location" not in svar.headers and "Set-Cookie" not in svar.headers


@pytest.mark.parametrize("felt", ["state", "nonce", "client_id", "scope", "acr_values", "code_challenge", "annet"])
@pytest.mark.parametrize("verdi", ["%00", "%0d%0aX:+y", "%7f", "%E2%80%A8", "%ff", "%F0%9F%98%80"])
def test_anything_else_goes_through_the_login_and_stays_out_of_the_headers(
    tjeneste: Tjeneste, felt: str, verdi: str
) -> None:
    method = "&code_challenge_method=S256" if felt == "code_challenge" else ""
    sti = f"{AUTORISER}&redirect_uri=http://a/&{felt}={verdi}{method}"
    svar = requests.get(tjeneste.url + sti, timeout=30, allow_redirects=False)
    assert svar.status_code in (303, 400), svar.text
    assert "X" not in svar.headers
    if svar.status_code == 303:
        assert re.fullmatch(r"http://a/\?code=[\w-]{43}&state=[\w%.+-]*", svar.headers["Location"])
        kode = svar.headers["Location"].partition("code=")[2].partition("&")[0]
        skjema = f"grant_type=authorization_code&client_id=a&redirect_uri=http://a/&code={kode}&{felt}={verdi}"
        hoder = {"Content-Type": "application/x-www-form-urlencoded"}
        innloest = requests.post(f"{tjeneste.url}/idporten/token", skjema, headers=hoder, timeout=30)
        assert innloest.status_code in (200, 400), innloest.text


def test_no_query_of_the_development_surface_is_an_unexpected_fault(tjeneste: Tjeneste) -> None:
    kilde = (ROOT / "server" / "utvikling.py").read_text(encoding="utf-8")
    felter = set(re.findall(r"request\.query\.(?!getunicode)(\w+)|getunicode\(\"(\w+)\"", kilde))
    navn = {felt for par in felter for felt in par if felt}
    assert {"acr", "pid", "azp", "etter", "vent", "til", "post_logout_redirect_uri"} <= navn
    for sti in (
        "/fake/aad",
        "/fake/tokenx",
        "/dev/utboks",
        "/dev/hendelser",
        "/idporten/authorize",
        "/idporten/endsession",
    ):
        for verdi in ("%00", "%0a", "%ff", "nan", "1e400", "-1", "http://a%00"):
            spoersmaal = "&".join(f"{felt}={verdi if felt != 'vent' else '0' + verdi}" for felt in sorted(navn))
            svar = requests.get(f"{tjeneste.url}{sti}?{spoersmaal}", timeout=40, allow_redirects=False)
            assert svar.status_code < 500, (sti, verdi, svar.text)
