"""The producer register follows its file without a restart, and outside development asks for the terms."""

import logging
import signal
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from tjeneste import BAKERIET, FAGER, ROOT, TILTAK, UKJENT, Tjeneste, driftsoppsett, kjoerende

from server import config
from server.config import ConfigError, Produsent
from server.feil import UkjentProdusent
from server.register import Kall, Register, Registerfil
from server.tid import Klokke, parse_tidspunkt

NOW = parse_tidspunkt("2026-11-25T10:00:00Z")
APP = "dev-gcp:team-ny:ny-app"
NY = f'\n[[produsent]]\nid = "ny"\napplikasjoner = ["{APP}"]\nmerkelapper = ["Ny"]\n'


@pytest.fixture
def fil(tmp_path: Path) -> Path:
    fil = tmp_path / "config.toml"
    fil.write_text((ROOT / "config.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return fil


def les_av(fil: Path) -> tuple[Register, Registerfil]:
    settings = config.load(fil)
    register = Register(settings.produsent)
    return register, Registerfil(register, settings, fil, lambda: config.load(fil))


def se_etter(registerfil: Registerfil) -> None:
    """Twice: a file that has just changed may still be being written."""
    registerfil.se_etter()
    registerfil.se_etter()


def test_new_producer_counts_without_a_restart(fil: Path) -> None:
    register, registerfil = les_av(fil)
    assert register.finn(APP) is None

    fil.write_text(fil.read_text(encoding="utf-8") + NY, encoding="utf-8")
    registerfil.se_etter()
    assert register.finn(APP) is None, "it may still be being written"
    registerfil.se_etter()

    ny = register.finn(APP)
    assert ny is not None
    assert ny.merkelapper == ("Ny",)


def test_producer_that_is_taken_out_is_unknown_to_the_next_request(fil: Path) -> None:
    fil.write_text(fil.read_text(encoding="utf-8") + NY, encoding="utf-8")
    register, registerfil = les_av(fil)
    underveis = kall(register.finn(APP))

    fil.write_text(fil.read_text(encoding="utf-8").replace(NY, ""), encoding="utf-8")
    se_etter(registerfil)

    assert register.finn(APP) is None
    assert underveis.produsent.id == "ny", "a request keeps the producer that it began with"


def test_file_that_cannot_be_used_changes_nothing_and_is_told_of_once(
    fil: Path, caplog: pytest.LogCaptureFixture
) -> None:
    register, registerfil = les_av(fil)
    fil.write_text(fil.read_text(encoding="utf-8") + NY + "ukjent = 1\n", encoding="utf-8")
    with caplog.at_level(logging.ERROR):
        for _ in range(4):
            registerfil.se_etter()

    (melding,) = [record.getMessage() for record in caplog.records]
    assert f"{fil}:" in melding
    assert "ukjent" in melding
    assert register.finn(APP) is None
    assert register.finn("dev-gcp:fager:notifikasjon-test-produsent") is not None


def test_being_asked_reads_the_file_at_once(fil: Path) -> None:
    register, registerfil = les_av(fil)
    fil.write_text(fil.read_text(encoding="utf-8") + NY, encoding="utf-8")
    registerfil.be_om_lesing()
    registerfil.se_etter()
    assert register.finn(APP) is not None


def test_log_says_what_else_waits_for_a_restart(fil: Path, caplog: pytest.LogCaptureFixture) -> None:
    _, registerfil = les_av(fil)
    fil.write_text(fil.read_text(encoding="utf-8").replace("cache_s = 300", "cache_s = 60"), encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        se_etter(registerfil)
    assert "cache_s" in caplog.text
    assert "restart" in caplog.text


@pytest.mark.parametrize(
    ("godtatt", "krev", "slipper_inn"),
    [
        (None, False, True),
        (None, True, False),
        (date(2026, 11, 25), True, True),
        (date(2026, 11, 26), True, False),
        (date(2020, 1, 1), True, True),
    ],
)
def test_outside_development_the_terms_must_be_accepted(godtatt: date | None, krev: bool, slipper_inn: bool) -> None:
    produsent = Produsent(id="ny", applikasjoner=(APP,), vilkaar_godtatt=godtatt)
    if slipper_inn:
        assert kall(produsent, krev_vilkaar=krev).produsent is produsent
    else:
        with pytest.raises(UkjentProdusent, match="vilkår"):
            _ = kall(produsent, krev_vilkaar=krev).produsent


def test_application_that_is_not_registered_is_unknown() -> None:
    with pytest.raises(UkjentProdusent, match=APP):
        _ = kall(None).produsent


@pytest.mark.parametrize(
    ("naa", "slipper_inn"),
    [
        ("2026-06-30T21:59:59.999999Z", False),
        ("2026-06-30T22:00:00Z", True),  # midnight in Oslo, in summer
        ("2027-01-01T00:00:00Z", True),
    ],
)
def test_day_of_the_terms_begins_at_midnight_in_oslo(naa: str, slipper_inn: bool) -> None:
    produsent = Produsent(id="ny", applikasjoner=(APP,), vilkaar_godtatt=date(2026, 7, 1))
    en = Kall(cast(Any, None), parse_tidspunkt(naa), APP, produsent, True, krev_vilkaar=True)
    assert en.er_kjent is slipper_inn


def test_change_while_the_program_starts_is_not_missed(fil: Path) -> None:
    settings = config.load(fil)
    fil.write_text(fil.read_text(encoding="utf-8") + NY, encoding="utf-8")
    register = Register(settings.produsent)
    Registerfil(register, settings, fil, lambda: config.load(fil)).se_etter()
    assert register.finn(APP) is not None


def test_file_that_is_gone_for_a_moment_changes_nothing(fil: Path, caplog: pytest.LogCaptureFixture) -> None:
    register, registerfil = les_av(fil)
    se_etter(registerfil)
    borte = fil.rename(fil.with_suffix(".borte"))
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            se_etter(registerfil)
    assert len(caplog.records) == 1 and "No such file" in caplog.text
    assert register.finn(FAGER) is not None
    borte.write_text(borte.read_text(encoding="utf-8") + NY, encoding="utf-8")
    borte.rename(fil)
    se_etter(registerfil)
    assert register.finn(APP) is not None


def test_file_is_read_once_for_each_change(fil: Path) -> None:
    settings, lest = config.load(fil), []
    registerfil = Registerfil(
        Register(settings.produsent), settings, fil, lambda: lest.append(1) or config.load(fil)  # type: ignore[func-returns-value]
    )  # fmt: skip
    for _ in range(5):
        registerfil.se_etter()
    assert len(lest) == 1
    fil.write_text(fil.read_text(encoding="utf-8") + NY, encoding="utf-8")
    for _ in range(5):
        registerfil.se_etter()
    assert len(lest) == 2


# ── What the file may say ──


@pytest.mark.parametrize(
    ("produsenter", "linje", "noekkel", "ventet"),
    [
        ('id = ""\napplikasjoner = ["c:n:a"]\n', 2, "produsent.0.id", "is empty"),
        ('id = "a"\napplikasjoner = [""]\n', 3, "produsent.0.applikasjoner.0", "is empty"),
        ('id = "a"\napplikasjoner = ["c:n:a", " c:n:b"]\n', 3, "produsent.0.applikasjoner.1", "blanks around it"),
        ('id = "a"\napplikasjoner = ["c:n:a"]\nmerkelapper = ["m", "m "]\n', 4, "produsent.0.merkelapper.1", "blanks"),
        ('id = "a"\napplikasjoner = ["c:n:a"]\nressurser = [\n  "",\n]\n', 4, "produsent.0.ressurser.0", "is empty"),
        ('id = "a"\napplikasjoner = ["c:n:a"]\nmerkelapper = ["m", "m"]\n', 4, "produsent.0.merkelapper", "once: m"),
        (
            'id = "a"\napplikasjoner = ["c:n:a"]\n\n[[produsent]]\nid = "a"\napplikasjoner = ["c:n:b"]\n',
            6,
            "produsent.1.id",
            "produsent id given more than once: a",
        ),
        (
            'id = "a"\napplikasjoner = ["c:n:a"]\n[[produsent]]\nid = "b"\napplikasjoner = ["c:n:b", "c:n:a"]\n',
            6,
            "produsent.1.applikasjoner",
            "application given more than once: c:n:a",
        ),
    ],
)
def test_producer_that_cannot_be_one_is_told_with_its_line(
    fil: Path, produsenter: str, linje: int, noekkel: str, ventet: str
) -> None:
    fil.write_text(f"[[produsent]]\n{produsenter}", encoding="utf-8")
    with pytest.raises(ConfigError) as feil:
        config.load(fil)
    assert str(feil.value).startswith(f"{fil}:{linje}: {noekkel}: ")
    assert ventet in str(feil.value)


# ── The whole service, with development mode off ──

UTEN, SENERE = "dev-gcp:team-ny:uten-vilkaar", "dev-gcp:team-ny:senere"
NYE = f"""
[[produsent]]
id = "uten"
applikasjoner = ["{UTEN}"]
merkelapper = ["Uten"]
ressurser = ["test-fager"]

[[produsent]]
id = "senere"
applikasjoner = ["{SENERE}"]
merkelapper = ["Senere"]
ressurser = ["test-fager"]
vilkaar_godtatt = 2999-01-01
"""
NY_SAK = f"""mutation {{
    svar: nySak(
        grupperingsid: "1" merkelapp: "Uten" virksomhetsnummer: "{BAKERIET}" tittel: "Hei" initiellStatus: MOTTATT
        mottakere: [{{altinnRessurs: {{ressursId: "test-fager"}}}}]
    ) {{ __typename ... on Error {{ feilmelding }} ... on NySakVellykket {{ id }} }}
}}"""
MINE = "{ svar: mineNotifikasjoner { __typename } }"


class Drift:
    """Tokens are those of the shared service, which is in development mode."""

    def __init__(self, tjeneste: Tjeneste, utsteder: Tjeneste, fil: Path) -> None:
        self.tjeneste, self._utsteder, self.fil = tjeneste, utsteder, fil

    def spoer(self, applikasjon: str, query: str, **hoder: str) -> dict[str, Any]:
        token = self._utsteder.token(produsent=applikasjon)
        svar = self.tjeneste.post("/produsent/api/graphql", query, token=token, headers=hoder)
        assert svar.status_code == 200, svar.text
        data: dict[str, Any] = svar.json()["data"]
        return data

    def svar(self, applikasjon: str, query: str, **hoder: str) -> str:
        """The type of the answer, that is called `svar`."""
        typen: str = self.spoer(applikasjon, query, **hoder)["svar"]["__typename"]
        return typen

    def til(self, betingelse: Callable[[], bool]) -> None:
        """Ask until it is so. The service looks at its file each second."""
        slutt = Klokke().monotonic() + 15
        while not betingelse():
            assert Klokke().monotonic() < slutt, self.tjeneste.logg
            self.spoer(FAGER, "{ whoami }")  # takes its time

    def har_logget(self, tekst: str, antall: int = 1) -> None:
        """So many times, now or soon."""
        self.til(lambda: self._logget(tekst) >= antall)
        assert self._logget(tekst) == antall, self.tjeneste.logg

    def _logget(self, tekst: str) -> int:
        return sum(tekst in linje for linje in list(self.tjeneste.logg))


@pytest.fixture
def drift(tjeneste: Tjeneste, tmp_path: Path) -> Iterator[Drift]:
    fil = driftsoppsett(tmp_path / "test.db", tjeneste.url.replace("127.0.0.1", "localhost"))
    ofte = "[grenser]\nprodusent_per_s = 100000.0\n"  # it is asked until it knows
    fil.write_text(ofte + fil.read_text(encoding="utf-8") + NYE, encoding="utf-8")
    with kjoerende(tmp_path / "test.db", config=fil) as uten_utvikling:
        yield Drift(uten_utvikling, tjeneste, fil)


def test_without_the_terms_a_producer_may_only_ask_who_it_is(drift: Drift) -> None:
    id = drift.spoer(FAGER, NY_SAK.replace("Uten", "fager"))["svar"]["id"]
    for applikasjon in (UTEN, SENERE, UKJENT):
        assert drift.spoer(applikasjon, "{ whoami }") == {"whoami": applikasjon}
        for query in (
            NY_SAK,
            f'mutation {{ svar: nyStatusSak(id: "{id}" nyStatus: FERDIG) {{ __typename }} }}',
            f'mutation {{ svar: hardDeleteSak(id: "{id}") {{ __typename }} }}',
            f'{{ svar: hentSak(id: "{id}") {{ __typename }} }}',
            MINE,
        ):
            assert drift.svar(applikasjon, query) == "UkjentProdusent"
        grunn = drift.spoer(applikasjon, NY_SAK)["svar"]["feilmelding"]
        assert applikasjon in grunn
        assert ("bruksvilkårene" in grunn) == (applikasjon != UKJENT)
    assert drift.tjeneste.rader("SELECT id FROM sak") == [(id,)]


def test_accepted_terms_count_without_a_restart_also_for_a_call_that_was_refused(drift: Drift) -> None:
    hode = {"Idempotency-Key": "sak-1"}
    assert drift.svar(UTEN, NY_SAK, **hode) == drift.svar(UTEN, NY_SAK, **hode) == "UkjentProdusent"
    assert drift.tjeneste.rader("SELECT count(*) FROM besvart_kall") == [(0,)]

    godtatt = NYE.replace('merkelapper = ["Uten"]', 'merkelapper = ["Uten"]\nvilkaar_godtatt = 2026-01-01')
    drift.fil.write_text(drift.fil.read_text(encoding="utf-8").replace(NYE, godtatt), encoding="utf-8")
    drift.til(lambda: drift.svar(UTEN, NY_SAK, **hode) == "NySakVellykket")
    assert drift.svar(UTEN, NY_SAK, **hode) == "NySakVellykket"
    drift.har_logget("the register has 3 producers; changed: uten")


def test_bad_file_leaves_the_service_as_it_was_and_a_signal_has_it_read_again(drift: Drift) -> None:
    god = drift.fil.read_text(encoding="utf-8")
    uten_fager = god.replace(FAGER, TILTAK) + "\n[bakgrunn]\npause_s = 0.5\n"
    drift.fil.write_text(f"{uten_fager}ukjent = 1\n", encoding="utf-8")
    linje = len(uten_fager.splitlines()) + 1
    drift.har_logget(f"stays as it was: {drift.fil}:{linje}: bakgrunn.ukjent")
    for antall in (2, 3):  # told again, since it was asked again
        drift.tjeneste.process.send_signal(signal.SIGHUP)
        drift.har_logget("stays as it was", antall)
    assert drift.svar(FAGER, MINE) == "NotifikasjonConnection"

    drift.fil.write_text(uten_fager, encoding="utf-8")
    drift.tjeneste.process.send_signal(signal.SIGHUP)
    drift.til(lambda: drift.svar(FAGER, MINE) == "UkjentProdusent")
    assert drift.svar(TILTAK, MINE) == "NotifikasjonConnection"
    drift.har_logget(f"a restart is needed for what else has changed in {drift.fil}: bakgrunn.pause_s")


def kall(produsent: Produsent | None, **annet: Any) -> Kall:
    """A request that does nothing with the database."""
    return Kall(cast(Any, None), NOW, APP, produsent, True, **annet)
