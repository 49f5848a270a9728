"""Settings that are unsafe together: the program does not start, and says which setting to look at and what to do."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tjeneste import ROOT, driftsoppsett, kjoerende

from server import config, selvsjekk
from server.config import Config, ConfigError, er_denne_maskinen, er_trygg

UTVIKLING = "[utvikling]\naktiv = true\n"
UTSTEDER = """[[utsteder]]
issuer = "https://login.eksempel.no"
slag = "produsent"
audience = "oss"
"""
PRODUSENT = '[[produsent]]\nid = "a"\napplikasjoner = ["c:n:a"]\n'
FIL = '[tilgang]\naltinn = "fil"\n'
DRIFT = UTSTEDER + PRODUSENT + FIL
LOGIN = '[innlogging]\nissuer = "https://login.eksempel.no"\n'
MASKINPORTEN = '[varsling.altinn3]\ntoken_url = "http://localhost:7164/token"\n'
TEXAS = '[texas]\nintrospection_url = "http://localhost:7164/introspect"\n'


@pytest.fixture
def fil(tmp_path: Path) -> Path:
    return tmp_path / "min.toml"


def les(fil: Path, innhold: str) -> Config:
    fil.write_text(innhold, encoding="utf-8")
    return config.load(fil, selvsjekk.feil)


UTRYGT = {
    "nobody's tokens are believed": (PRODUSENT + FIL, "utvikling.aktiv", "add [[utsteder]]"),
    "nobody may call": (UTSTEDER + FIL, "produsent", "add a [[produsent]]"),
    "access from the tables of development mode": (UTSTEDER + PRODUSENT, "tilgang.altinn", "use 'http'"),
    "an open address and no proxy": (f'[server]\nhost = "0.0.0.0"\n{DRIFT}', "server.bak_proxy", "bak_proxy = true"),
    "an open address, no proxy, https said": (
        f'[server]\nhost = "::"\nurl = "https://a.no"\n{DRIFT}', "server.bak_proxy", "bak_proxy = true",
    ),
    "a name that may be any address": (f'[server]\nhost = "eksempel.no"\n{DRIFT}', "server.bak_proxy", "TLS"),
    "plain HTTP before the proxy": (
        f'[server]\nhost = "0.0.0.0"\nurl = "http://a.no"\nbak_proxy = true\n{DRIFT}', "server.url", "https://…",
    ),
    "plain HTTP on this machine": (f'[server]\nurl = "http://a.no"\n{DRIFT}', "server.url", "https://…"),
    "a login that comes back to nowhere": (
        f'[server]\nhost = "0.0.0.0"\nbak_proxy = true\n{LOGIN}{DRIFT}', "server.url", "[innlogging]",
    ),
    "no audience": (DRIFT.replace('audience = "oss"\n', ""), "utsteder.0.audience", "set it to what `aud` is"),
    "an empty audience": (DRIFT.replace('"oss"', '""'), "utsteder.0.audience", "set it to what `aud` is"),
    "one audience for both APIs": (
        UTSTEDER + UTSTEDER.replace('"produsent"', '"bruker"') + PRODUSENT + FIL, "utsteder.1.audience", "one API",
    ),
    "an issuer over plain HTTP": (DRIFT.replace("https", "http"), "utsteder.0.issuer", "use https"),
    "keys over plain HTTP": (
        DRIFT.replace('"oss"', '"oss"\njwks_url = "http://a.no/jwks"'), "utsteder.0.jwks_url", "use https",
    ),
    "Texas over plain HTTP": (
        f'[texas]\nintrospection_url = "http://texas/introspect"\n{PRODUSENT}{FIL}', "texas.introspection_url",
        "use https",
    ),
    "a login over plain HTTP": (f"{DRIFT}{LOGIN.replace('https', 'http')}", "innlogging.issuer", "use https"),
    "clients for users": (
        DRIFT.replace('"produsent"', '"bruker"').replace('"oss"', '"oss"\nazp = { c = "c:n:a" }'), "utsteder.0.azp",
        "leave it out",
    ),
    "Texas and issuers": (TEXAS + DRIFT, "texas.introspection_url", "leave one of them out"),
    "Texas and development mode": (TEXAS + UTVIKLING, "texas.introspection_url", "leave one of them out"),
    "development mode and a real gateway": (
        f'{UTVIKLING}[varsling]\nsms = "gateway"\n[varsling.gateway]\nurl = "https://sms.eksempel.no"\n',
        "varsling.gateway.url", "[utvikling] aktiv = false",
    ),
    "development mode and a real mail server": (
        f'{UTVIKLING}[varsling]\nepost = "smtp"\n[varsling.smtp]\nhost = "mx.eksempel.no"\n', "varsling.smtp.host",
        "real people",
    ),
    "development mode and the real Altinn": (
        f'{UTVIKLING}[varsling]\naltinn = "altinn"\n{MASKINPORTEN}', "varsling.altinn3.base_url", "real people",
    ),
    "development mode and e-mail by the real Altinn": (
        f'{UTVIKLING}[varsling]\nepost = "altinn"\n{MASKINPORTEN}', "varsling.altinn3.base_url", "real people",
    ),
    "Altinn without a token": (
        f'{DRIFT}[varsling]\naltinn = "altinn"\n', "varsling.altinn3.token_url", "Maskinporten",
    ),
    "SMS by Altinn without a token": (
        f'{DRIFT}[varsling]\nsms = "altinn"\n', "varsling.altinn3.token_url", "Maskinporten",
    ),
    "a template that says nothing": (
        f'{DRIFT}[varsling.gateway]\nmal = \'{{"til": "{{til}}"}}\'\n', "varsling.gateway.mal", "{tekst} is missing",
    ),
    "a template that is no JSON": (
        f"{DRIFT}[varsling.gateway]\nmal = '{{til}}: {{tekst}}'\n", "varsling.gateway.mal", "not JSON",
    ),
    "a sender with a name": (
        f'{DRIFT}[varsling.smtp]\navsender = "Nav <a@b.no>"\n', "varsling.smtp.avsender", "without a name",
    ),
    "a sender that is nobody": (
        f'{DRIFT}[varsling.smtp]\navsender = ""\n', "varsling.smtp.avsender", "ikke-svar@eksempel.no",
    ),
    "development mode and real access": (
        f'{UTVIKLING}[tilgang]\naltinn = "http"\n[tilgang.http]\nbase_url = "http://127.0.0.1:1"\naudience = "a"\n'
        'token_url = "https://texas.eksempel.no"\n', "tilgang.http.token_url", "the real Altinn",
    ),
}  # fmt: skip


@pytest.mark.parametrize("hva", UTRYGT)
def test_what_is_unsafe_is_refused_with_what_to_do(fil: Path, hva: str) -> None:
    innhold, sted, raad = UTRYGT[hva]
    with pytest.raises(ConfigError) as feil:
        les(fil, innhold)
    (melding,) = str(feil.value).splitlines()
    assert re.match(rf"{re.escape(str(fil))}(:\d+)?: {re.escape(sted)}: ", melding), melding
    assert raad in melding


HEMMELIGHETER = [
    ("varsling.smtp", "passord_file"),
    ("varsling.gateway", "autorisasjon_file"),
    ("innlogging", "klient_hemmelighet_file"),
]


@pytest.mark.parametrize(("seksjon", "navn"), HEMMELIGHETER)
def test_secret_that_cannot_be_read_is_named_with_its_line(fil: Path, seksjon: str, navn: str) -> None:
    fil.with_name("latin1.txt").write_bytes(b"kanarifugl \xe6")
    for hemmelig, grunn in (("nei.txt", "No such file"), (".", "directory"), ("latin1.txt", "UTF-8"), ("a\\u0000", "")):
        with pytest.raises(ConfigError) as feil:
            les(fil, f'{DRIFT}[{seksjon}]\n{navn} = "{hemmelig}"\n')
        (melding,) = str(feil.value).splitlines()
        linje = len(DRIFT.splitlines()) + 2
        assert melding.startswith(f"{fil}:{linje}: {seksjon}.{navn}: {fil.parent}"), melding
        assert grunn in melding and "kanarifugl" not in melding


@pytest.mark.parametrize(("seksjon", "navn"), HEMMELIGHETER[:2])
@pytest.mark.parametrize("innhold", ["kanari\nfugl", "kanari\rfugl", "kanari\x00fugl", "kanarifugl 😀"])
def test_secret_that_cannot_be_sent_is_named_and_not_told(fil: Path, seksjon: str, navn: str, innhold: str) -> None:
    fil.with_name("hemmelig.txt").write_text(innhold, encoding="utf-8", newline="")
    with pytest.raises(ConfigError) as feil:
        les(fil, f'{DRIFT}[{seksjon}]\n{navn} = "hemmelig.txt"\n')
    (melding,) = str(feil.value).splitlines()
    assert f": {seksjon}.{navn}: what stands in {fil.with_name('hemmelig.txt')} cannot be sent" in melding
    assert "kanari" not in melding


def test_address_that_is_missing_is_no_neighbour_too(fil: Path) -> None:
    with pytest.raises(ConfigError) as feil:
        les(
            fil,
            f'{UTVIKLING}[tilgang]\naltinn = "http"\n[tilgang.http]\nbase_url = "http://127.0.0.1:1"\naudience = "a"\n',
        )
    (melding,) = str(feil.value).splitlines()
    assert melding.startswith(f"{fil}:5: tilgang.http.token_url: [tilgang] altinn = 'http' needs it")


@pytest.mark.parametrize(("seksjon", "navn"), HEMMELIGHETER)
def test_secret_may_end_in_a_line_break_and_begin_as_windows_has_it(fil: Path, seksjon: str, navn: str) -> None:
    fil.with_name("hemmelig.txt").write_bytes(b"\xef\xbb\xbfBearer abc\r\n")
    les(fil, f'{DRIFT}[{seksjon}]\n{navn} = "hemmelig.txt"\n')
    assert config.hemmelighet(fil.parent, "hemmelig.txt") == "Bearer abc"


def test_every_fault_is_told_at_once_with_its_line(fil: Path) -> None:
    with pytest.raises(ConfigError) as feil:
        les(fil, f'[server]\nhost = "0.0.0.0"\n\n{UTSTEDER.replace("https", "http")}')
    meldinger = [melding.removeprefix(str(fil)).split(": ")[:2] for melding in str(feil.value).splitlines()]
    assert meldinger == [
        ["", "produsent"],
        ["", "tilgang.altinn"],
        [":1", "server.bak_proxy"],
        [":5", "utsteder.0.issuer"],
    ]


TRYGT = {
    "development mode as it is": (ROOT / "config.toml").read_text(encoding="utf-8"),
    "development mode with nothing": UTVIKLING,
    "development mode with real neighbours, meant": (
        f'{UTVIKLING}tillat_nettverk = true\n[server]\nhost = "0.0.0.0"\n[varsling]\nsms = "altinn"\nepost = "smtp"\n'
        f'[varsling.smtp]\nhost = "mx.eksempel.no"\n{MASKINPORTEN}'
    ),
    "development mode with neighbours on this machine": (
        f'{UTVIKLING}[varsling]\nsms = "gateway"\nepost = "smtp"\naltinn = "altinn"\n'
        f'{MASKINPORTEN}base_url = "http://localhost:9000"\n'
    ),
    "development mode with addresses that are not used": (
        f'{UTVIKLING}[varsling.gateway]\nurl = "https://sms.eksempel.no"\n'
    ),
    "on this machine only": DRIFT,
    "on this machine, with a login": DRIFT + LOGIN,
    "behind a proxy": (
        f'[server]\nhost = "0.0.0.0"\nurl = "https://a.no"\nbak_proxy = true\n{LOGIN}{DRIFT}'
    ),
    "behind a proxy, the APIs alone": f'[server]\nhost = "0.0.0.0"\nbak_proxy = true\n{DRIFT}',
    "behind a proxy on this machine": f'[server]\nurl = "https://a.no"\n{LOGIN}{DRIFT}',
    "with Texas beside it": TEXAS + PRODUSENT + FIL,
    "an issuer with two audiences": (
        UTSTEDER + UTSTEDER.replace("oss", "bruker").replace('"produsent"', '"bruker"') + PRODUSENT + FIL
    ),
    "an issuer whose keys alone are over https": (
        DRIFT.replace("https", "http").replace('"oss"', '"oss"\njwks_url = "https://a.no/jwks"')
    ),
    "an issuer on this machine": DRIFT.replace("https://login.eksempel.no", "http://localhost:8081/tokenx"),
    "clients with names": DRIFT.replace('"oss"', '"oss"\nazp = { c0ffee = "prod-gcp:team:app" }'),
}  # fmt: skip


@pytest.mark.parametrize("hva", TRYGT)
def test_what_is_safe_starts(fil: Path, hva: str) -> None:
    assert les(fil, TRYGT[hva])


@pytest.mark.parametrize(
    ("innhold", "sted"),
    [
        ('[server]\nurl = "https://a.no/"\n', "server.url"),
        ('[server]\nurl = "a.no"\n', "server.url"),
        ('[server]\ntillatte_opphav = ["https://a.no/"]\n', "server.tillatte_opphav.0"),
        ('[server]\ntillatte_opphav = ["*"]\n', "server.tillatte_opphav.0"),
        ('[server]\ntillatte_opphav = ["null"]\n', "server.tillatte_opphav.0"),
        ('[innlogging]\nscope = "profile"\n', "innlogging.scope"),
        ('[innlogging]\nacr_values = []\n', "innlogging.acr_values"),
        ('[texas]\nintrospection_url = "texas"\n', "texas.introspection_url"),
        (UTSTEDER.replace('"produsent"', '"begge"'), "utsteder.0.slag"),
        (UTSTEDER + "acr = []\n", "utsteder.0.acr"),
        (UTSTEDER + 'azp = { c0ffee = "app" }\n', "utsteder.0.azp.c0ffee"),
        (UTSTEDER + 'algoritmer = ["none"]\n', "utsteder.0.algoritmer"),
    ],
)  # fmt: skip
def test_setting_without_a_meaning_is_named(fil: Path, innhold: str, sted: str) -> None:
    with pytest.raises(ConfigError, match=f": {sted}"):
        les(fil, innhold)


def test_example_of_an_issuer_can_be_used_and_names_every_setting() -> None:
    """What config.toml shows as comments, since there is none in development mode."""
    tekst = (ROOT / "config.toml").read_text(encoding="utf-8")
    linjer = tekst[tekst.index("# [[utsteder]]") : tekst.index("\n[texas]")].splitlines()
    innhold = tomllib.loads("\n".join(linje.removeprefix("# ") for linje in linjer if not linje.startswith("#   ")))
    (eksempel,) = innhold["utsteder"]
    assert eksempel.keys() == config.Utsteder.model_fields.keys()
    lest = config.Utsteder.model_validate(eksempel, strict=False)
    for navn, felt in config.Utsteder.model_fields.items():
        assert felt.is_required() or navn == "audience" or getattr(lest, navn) == felt.default, navn
    assert not list(selvsjekk._utstedere(Config(utsteder=(lest,))))


@pytest.mark.parametrize(
    ("adresse", "her"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("a.localhost", True),
        ("http://localhost:8080/a", True),
        ("http://[::1]:80", True),
        ("http://127.0.0.1@eksempel.no/", False),
        ("http://127.0.0.1.eksempel.no", False),
        ("http://localhost.eksempel.no", False),
        ("http://[", False),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("127.1", False),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("eksempel.no", False),
        ("notlocalhost", False),
    ],
)
def test_this_machine_is_known_by_its_address(adresse: str, her: bool) -> None:
    assert er_denne_maskinen(adresse) is her


def test_https_is_safe_everywhere_and_http_here_alone() -> None:
    assert er_trygg("https://eksempel.no") and er_trygg("http://localhost:1")
    for url in ("http://eksempel.no", "ftp://localhost", "file:///etc/passwd", "//localhost", "HTTP://localhost", ""):
        assert not er_trygg(url), url


# ── The program ──


def kjoer(*argumenter: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(ROOT / "notifikasjon.py"), *argumenter],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_program_does_not_start_when_it_is_unsafe(fil: Path) -> None:
    fil.write_text(f'[server]\nhost = "0.0.0.0"\n{DRIFT}', encoding="utf-8")
    svar = kjoer("--config", str(fil), "--port", "0")
    assert (svar.returncode, svar.stdout) == (2, "")
    assert svar.stderr.startswith(f"notifikasjon: {fil}:1: server.bak_proxy: on 0.0.0.0, tokens ")
    assert list(fil.parent.iterdir()) == [fil]


def test_secret_that_is_not_there_is_told(fil: Path) -> None:
    oppsett = driftsoppsett(fil, "https://login.eksempel.no", f'{LOGIN}klient_hemmelighet_file = "nei.txt"\n')
    svar = kjoer("--config", str(oppsett), "--port", "0")
    assert svar.returncode == 2
    linje = oppsett.read_text(encoding="utf-8").splitlines().index('klient_hemmelighet_file = "nei.txt"') + 1
    assert svar.stderr == (
        f"notifikasjon: {oppsett}:{linje}: innlogging.klient_hemmelighet_file: {fil.parent / 'nei.txt'}: "
        "No such file or directory\n"
    )
    assert not list(fil.parent.glob("*.db")), "it is told before anything is opened"


def test_other_verbs_serve_nobody_and_may_do_their_work(fil: Path, tmp_path: Path) -> None:
    fil.write_text("", encoding="utf-8")
    with kjoerende(tmp_path / "test.db"):
        pass
    svar = kjoer("sjekk", "--config", str(fil), "--database", str(tmp_path / "test.db"))
    assert svar.returncode == 0, svar.stderr
