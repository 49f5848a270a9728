"""Settings that cannot be used: the program does not start, and says which file, line and key, and what is expected."""

import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tjeneste import ROOT, kjoerende

import notifikasjon
from server import config
from server.config import Config, ConfigError

FELLES = (ROOT / "config.toml").read_text(encoding="utf-8")
PRODUSENT = '[[produsent]]\nid = "a"\napplikasjoner = ["c:n:a"]\n'
UTVIKLING = "[utvikling]\naktiv = true\n"
TILGANG_HTTP = "[tilgang.http]\n"
UBRUKELIGE = [  # addresses that nobody could be asked at
    "", "ftp://eksempel.no/sms", "127.0.0.1", "http://", "http:///sms", "http://a.no/ sms", "http://a.no/\\n",
    "http://a\\u0000b/", "http://[::1", "http://a.no:sms/", "http://a.no:99999/",
]  # fmt: skip
PERSON = '[[person]]\nfnr = "15845512345"\nnavn = "Dagny"\n'


@pytest.fixture
def fil(tmp_path: Path) -> Path:
    return tmp_path / "min.toml"


def les(fil: Path, innhold: str | bytes, **overstyrt: Any) -> Config:
    fil.write_bytes(innhold if isinstance(innhold, bytes) else innhold.encode())
    return config.load(fil, **overstyrt)


def feilmelding(fil: Path, innhold: str | bytes, **overstyrt: Any) -> str:
    with pytest.raises(ConfigError) as feil:
        les(fil, innhold, **overstyrt)
    return str(feil.value)


@pytest.mark.parametrize(
    ("innhold", "linje", "noekkel", "ventet"),
    [
        ("[server]\nport = 8080\nprot = 1\n", 3, "server.prot", "not permitted"),
        ("[servr]\nport = 8080\n", 1, "servr", "not permitted"),
        ("port = 8080\n", 1, "port", "not permitted"),
        ('# port\n\n[server]\nport = "8080"\n', 4, "server.port", "integer"),
        ("[server]\nport = 8080.0\n", 2, "server.port", "integer"),
        ("[server]\nport = 8080.5\n", 2, "server.port", "integer"),
        ("[server]\nport = true\n", 2, "server.port", "integer"),
        ("[server]\nport = [8080]\n", 2, "server.port", "integer"),
        ("[server]\nport = -1\n", 2, "server.port", "greater than or equal to 0"),
        ("[server]\nport = 65536\n", 2, "server.port", "less than or equal to 65535"),
        (f"[server]\nport = {'9' * 400}\n", 2, "server.port", "less than or equal to 65535"),
        ("[server]\nhost = 127\n", 2, "server.host", "string"),
        ("[server]\ntraader = 0\n", 2, "server.traader", "greater than or equal to 1"),
        ('[server]\nloggnivaa = "info"\n', 2, "server.loggnivaa", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ('[server]\ntillatte_opphav = "https://a.no"\n', 2, "server.tillatte_opphav", "array"),
        ('[server]\ntillatte_opphav = [\n  "https://a.no",\n  1,\n]\n', 2, "server.tillatte_opphav.1", "string"),
        ("[server] # tjeneren\nport = 1\nhost = 2\n", 3, "server.host", "string"),
        ("[ server ]\nhost = 2\n", 2, "server.host", "string"),
        ("server.host = 2\n", 1, "server.host", "string"),
        ("server = 1\n", 1, "server", "object"),
        ("[[server]]\nport = 1\n", 1, "server", "object"),
        ("[utvikling]\naktiv = 1\n", 2, "utvikling.aktiv", "boolean"),
        ('[utvikling]\naktiv = "true"\n', 2, "utvikling.aktiv", "boolean"),
        ("[database]\nfile = 1\n", 2, "database.file", "string"),
        ('[database]\nfile = ""\n', 2, "database.file", "pattern"),
        ('[database]\nfile = "a\\u0000b"\n', 2, "database.file", "pattern"),
        ("[tilgang]\ncache_s = 601\n", 2, "tilgang.cache_s", "less than or equal to 600"),
        ('[tilgang]\naltinn2 = "nei"\n', 2, "tilgang.altinn2", "'godta' or 'avvis'"),
        ("[bakgrunn]\npause_s = 0\n", 2, "bakgrunn.pause_s", "greater than 0"),
        ("[bakgrunn]\npause_s = nan\n", 2, "bakgrunn.pause_s", ""),
        ("[bakgrunn]\npause_s = inf\n", 2, "bakgrunn.pause_s", "less than or equal to 60"),
        ("[produsent]\nid = 1\n", 1, "produsent", "array"),
        (f"{PRODUSENT}merkelapper = [1]\n", 4, "produsent.0.merkelapper.0", "string"),
        (f'{PRODUSENT}[[produsent]]\nnavn = "b"\nid = "b"\napplikasjoner = ["b"]\n', 5, "produsent.1.navn", "not perm"),
        (f'{PRODUSENT}\n[[produsent]]\nid = "b"\n', 5, "produsent.1.applikasjoner", "required"),
        ('[[produsent]]\nid = "a"\napplikasjoner = []\n', 3, "produsent.0.applikasjoner", "at least 1"),
        (f'{PRODUSENT}tjenester = ["4936"]\n', 4, "produsent.0.tjenester", "code:edition"),
        (f'{PRODUSENT}tjenester = ["4936:"]\n', 4, "produsent.0.tjenester", "code:edition"),
        (f'{PRODUSENT}merkelapper = ["m", "n", "m"]\n', 4, "produsent.0.merkelapper", "more than once: m"),
        (f'{PRODUSENT}ressurser = ["r", "r"]\n', 4, "produsent.0.ressurser", "more than once: r"),
        (f'{PRODUSENT}vilkaar_godtatt = "i går"\n', 4, "produsent.0.vilkaar_godtatt", "date"),
        (f"{PRODUSENT}vilkaar_godtatt = 2026-11-01T10:00:00\n", 4, "produsent.0.vilkaar_godtatt", "date"),
        (f"{PRODUSENT}naermeste_leder = 1\n", 4, "produsent.0.naermeste_leder", "boolean"),
        (PERSON.replace('"15845512345"', "15845512345"), 2, "person.0.fnr", "string"),
        (PERSON.replace("15845512345", "1584551234"), 2, "person.0.fnr", "pattern"),
        (PERSON.replace("15845512345", "15845512345\\n"), 2, "person.0.fnr", "pattern"),
        ('[[person]]\nnavn = "Dagny"\n', 1, "person.0.fnr", "required"),
        ("[varsling.smtp]\nport = 0\n", 2, "varsling.smtp.port", "greater than or equal to 1"),
        ('[varsling.smtp]\nhost = "smtp://mx.eksempel.no"\n', 2, "varsling.smtp.host", "pattern"),
        ('[varsling.smtp]\nbruker = "blåbær"\n', 2, "varsling.smtp.bruker", "pattern"),
        *((f'[varsling.gateway]\nurl = "{url}"\n', 2, "varsling.gateway.url", "") for url in UBRUKELIGE),
        *((f'[varsling.altinn3]\nbase_url = "{url}"\n', 2, "varsling.altinn3.base_url", "") for url in UBRUKELIGE),
        *((f'[navn]\nbase_url = "{url}"\n', 2, "navn.base_url", "") for url in UBRUKELIGE if url),
        ('[varsling.altinn3]\ntoken_url = "texas/token"\n', 2, "varsling.altinn3.token_url", "as 'https://"),
        ('[varsling.gateway]\nhoder = { X-A = "a\\nb" }\n', 2, "varsling.gateway.hoder.X-A", "one line in Latin-1"),
        ('[varsling.gateway.hoder]\nX-A = "a"\nX-B = "b\\r\\nX: y"\n', 3, "varsling.gateway.hoder.X-B", "one line"),
        ('[varsling.gateway]\nhoder = { X-A = " a" }\n', 2, "varsling.gateway.hoder.X-A", "one line in Latin-1"),
        ('[varsling.gateway]\nhoder = { X-A = "😀" }\n', 2, "varsling.gateway.hoder.X-A", "one line in Latin-1"),
        ('[varsling.gateway]\nhoder = { "X A" = "a" }\n', 2, "varsling.gateway.hoder.X A.[key]", "pattern"),
        ('[tilgang]\nfil = "a\\u0000b"\n', 2, "tilgang.fil", "pattern"),
        ('[server]\nhost = "0.0.0.0"\n[utvikling]\naktiv = true\n', 2, "server.host", "use host = '127.0.0.1'"),
        (f'[tilgang]\naltinn = "http"\n{TILGANG_HTTP}audience = "a"\n', 3, "tilgang.http.token_url", "needs it"),
        (f'[tilgang]\naltinn = "http"\n{TILGANG_HTTP}token_url = "http://a"\n', 3, "tilgang.http.audience", "needs it"),
        (
            f'[tilgang]\naltinn = "http"\n{TILGANG_HTTP}token_url = "http://a"\naudience = "a"\n'
            '[varsling]\naltinn = "kontaktregister"\n', 7, "varsling.altinn", "altinn = 'fil'",
        ),
        (PERSON + PRODUSENT + PERSON, 8, "person.1.fnr", "[[person]] number 2 is number 1 once more"),
        ('[varsling]\nsms = "due"\n\n[varsling.smtp]\nport = 25\n', 2, "varsling.sms", "'utboks'"),
    ],
)  # fmt: skip
def test_setting_that_cannot_be_used_is_named_with_its_line(
    fil: Path, innhold: str, linje: int, noekkel: str, ventet: str
) -> None:
    (melding,) = feilmelding(fil, innhold).splitlines()
    assert melding.startswith(f"{fil}:{linje}: {noekkel}: "), melding
    assert ventet in melding


@pytest.mark.parametrize(
    ("innhold", "linje"),
    [
        ("[server\n", 1),
        ("\n\nport = \n", 3),
        ("[server]\nport = 1\nport = 2", 3),
        ("[server]\nport = 1\n[server]\n", 3),
        ("[server]\nport = 1 host = 2\n", 2),
        ("[server]\nport =\u00a01\n", 2),
        ("port: 8080\n", 1),
        ('{"port": 8080}\n', 1),
        ("<port>8080</port>\n", 1),
        ("a\x00 = 1\n", 1),
        ('[server]\nhost = "127.0.0.1\nport = 1\n', 2),
        ("server = 1\n[server]\n", 2),
        ("\ufeff\ufeff[server]\n", 1),
    ],
)
def test_file_that_is_no_toml_is_told_with_the_line(fil: Path, innhold: str, linje: int) -> None:
    melding = feilmelding(fil, innhold)
    assert melding.startswith(f"{fil}: not valid TOML: ")
    assert f"(at line {linje}, column " in melding


@pytest.mark.parametrize("innhold", [b"\xff\xfe[\x00", "[server]\nhost = 'æ'".encode("latin-1"), b"\x80" * 100])
def test_file_in_another_encoding_is_told_so(fil: Path, innhold: bytes) -> None:
    melding = feilmelding(fil, innhold)
    assert melding.startswith(f"{fil}: not valid TOML: 'utf-8'")


@pytest.mark.parametrize(
    ("innhold", "ventet"),
    [
        (PRODUSENT * 2, "produsent id given more than once: a"),
        (PRODUSENT + PRODUSENT.replace('"a"', '"b"'), "application given more than once: c:n:a"),
        (PRODUSENT.replace('["c:n:a"]', '["c:n:a", "c:n:a"]'), "application given more than once: c:n:a"),
        (PERSON * 3, "[[person]] number 3 is number 1 once more"),
    ],
)
def test_what_names_one_thing_stands_once(fil: Path, innhold: str, ventet: str) -> None:
    melding = feilmelding(fil, innhold)
    assert ventet in melding
    assert "15845512345" not in melding


def test_same_merkelapp_may_belong_to_several_producers(fil: Path) -> None:
    en = f'{PRODUSENT}merkelapper = ["m"]\n'
    assert len(les(fil, en + en.replace('"a"', '"b"').replace("c:n:a", "c:n:b")).produsent) == 2


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.0.1", "eksempel.no", "127.0.0.1.eksempel.no"])
def test_development_mode_is_refused_on_an_address_that_others_reach(fil: Path, host: str) -> None:
    innhold = f'[server]\nhost = "{host}"\n[utvikling]\naktiv = true\n'
    assert feilmelding(fil, innhold).startswith(f"{fil}:2: server.host: development mode")
    assert les(fil, f"{innhold}tillat_nettverk = true\n").server.host == host
    assert les(fil, innhold.replace("true", "false")).server.host == host


def test_every_mistake_is_told_at_once(fil: Path) -> None:
    meldinger = feilmelding(fil, '[server]\nport = "x"\n\n[tilgang]\ncache_s = -1\nx = 1\n').splitlines()
    assert [melding.partition(": ")[0] for melding in meldinger] == [f"{fil}:2", f"{fil}:5", f"{fil}:6"]


def test_setting_from_the_command_line_is_told_as_such(fil: Path) -> None:
    melding = feilmelding(fil, "[server]\nport = 8080\n", **{"server.port": 99999})
    assert melding.startswith("command line: server.port: ")


# ── What is fine ──


@pytest.mark.parametrize(
    "innhold",
    [
        FELLES.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + FELLES.encode(),
        FELLES.replace(" = ", "\t=\t").replace("    #", "\t#").encode(),
        FELLES.rstrip("\n").encode(),
        FELLES.encode() + b"\n# " + b"x" * 10_000_000,
    ],
    ids=["CRLF", "BOM", "tabs", "no last line break", "10 MB"],
)
def test_file_may_be_written_on_any_machine(fil: Path, innhold: bytes) -> None:
    assert les(fil, innhold) == les(fil.with_name("ren.toml"), FELLES)


@pytest.mark.parametrize("innhold", ["", "\n", "# bare en kommentar", "\ufeff", "[server]\n[utvikling]\n"])
def test_empty_file_means_the_defaults(fil: Path, innhold: str) -> None:
    settings = les(fil, innhold)
    assert settings == Config()
    assert settings.utvikling.aktiv is False


def test_command_line_wins(fil: Path) -> None:
    settings = les(fil, "[server]\nport = 1\ntraader = 2\n", **{"server.port": 0, "database.file": "x.db"})
    assert (settings.server.port, settings.server.traader, settings.database.file) == (0, 2, "x.db")
    assert les(fil, "[server]\nport = 1\n", **{"server.port": None}).server.port == 1


# ── The program ──


def kjoer(*argumenter: str) -> "subprocess.CompletedProcess[str]":
    """The program, which must end by itself."""
    return subprocess.run(
        [sys.executable, str(ROOT / "notifikasjon.py"), *argumenter],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("innhold", ["[server]\nprot = 1\n", "[server\n", "[server]\nport = 99999\n"])
def test_program_does_not_start_with_such_a_file(fil: Path, capsys: pytest.CaptureFixture[str], innhold: str) -> None:
    fil.write_text(innhold, encoding="utf-8")
    with pytest.raises(SystemExit) as slutt:
        notifikasjon.main(["--config", str(fil)])
    assert slutt.value.code == 2
    ut, feil = capsys.readouterr()
    assert ut == ""
    assert feil.startswith(f"notifikasjon: {fil}")
    assert list(fil.parent.iterdir()) == [fil]


def test_file_that_is_not_there_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for sti, grunn in ((tmp_path / "nei.toml", "No such file"), (tmp_path, "directory")):
        with pytest.raises(SystemExit) as slutt:
            notifikasjon.main(["--config", str(sti)])
        assert slutt.value.code == 2
        assert re.match(rf"notifikasjon: {re.escape(str(sti))}: .*{grunn}", capsys.readouterr().err)


@pytest.mark.parametrize("argumenter", [["--port", "x"], ["--nei"], ["start", "mer"], ["stopp"]])
def test_unknown_argument_is_refused(capsys: pytest.CaptureFixture[str], argumenter: list[str]) -> None:
    with pytest.raises(SystemExit) as slutt:
        notifikasjon.main(argumenter)
    assert slutt.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_port_that_is_taken_is_told_and_the_database_is_left_alone(fil: Path) -> None:
    fil.write_text(UTVIKLING, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as opptatt:
        port = str(opptatt.getsockname()[1])
        svar = kjoer("--config", str(fil), "--port", port, "--database", "ny.db")
    assert svar.returncode == 2
    assert svar.stderr.startswith(f"notifikasjon: cannot listen on 127.0.0.1:{port}: ")
    assert len(svar.stderr.splitlines()) == 1
    assert list(fil.parent.iterdir()) == [fil]


@pytest.mark.parametrize("host", ["a..b", "203.0.113.1"])
def test_address_that_is_not_ours_is_told(fil: Path, host: str) -> None:
    fil.write_text(f'{UTVIKLING}tillat_nettverk = true\n[server]\nhost = "{host}"\n', encoding="utf-8")
    svar = kjoer("--config", str(fil), "--port", "0")
    assert svar.returncode == 2
    assert svar.stderr.startswith(f"notifikasjon: cannot listen on {host}:0: ")
    assert len(svar.stderr.splitlines()) == 1


@pytest.mark.parametrize("file", [".", "finnes-ikke/test.db", "min.toml"])
def test_database_that_cannot_be_one_is_told(fil: Path, file: str) -> None:
    fil.write_text(f'[database]\nfile = "{file}"\n{UTVIKLING}', encoding="utf-8")
    svar = kjoer("--config", str(fil), "--port", "0")
    assert svar.returncode == 2
    assert svar.stderr.startswith("notifikasjon: ")
    assert "Traceback" not in svar.stderr
    assert fil.read_text(encoding="utf-8").startswith("[database]")


def test_second_process_on_the_same_database_is_told_who_has_it(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "test.db") as foerste:
        config_fil = tmp_path / "test.toml"
        svar = kjoer("--config", str(config_fil), "--port", "0", "--database", str(foerste.database))
        assert svar.returncode == 2
        assert str(foerste.process.pid) in svar.stderr
        assert "Traceback" not in svar.stderr
        assert foerste.http.get(f"{foerste.url}/internal/ready", timeout=10).status_code == 200


def test_version_needs_no_settings(tmp_path: Path) -> None:
    svar = kjoer("versjon", "--config", str(tmp_path / "finnes-ikke.toml"))
    assert (svar.returncode, svar.stderr) == (0, "")
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", svar.stdout)
