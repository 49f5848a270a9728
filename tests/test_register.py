"""The producer register follows its file without a restart, and outside development asks for the terms."""

import logging
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from tjeneste import ROOT

from server import config
from server.config import Produsent
from server.feil import UkjentProdusent
from server.register import Kall, Register, Registerfil
from server.tid import parse_tidspunkt

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


def kall(produsent: Produsent | None, **annet: Any) -> Kall:
    """A request that does nothing with the database."""
    return Kall(cast(Any, None), NOW, APP, produsent, True, **annet)
