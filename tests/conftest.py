"""One service for all tests: each finds it empty, its clock running. Tests with needs of their own start theirs."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from nettleser import chromium, nettleser  # noqa: F401  the fixtures of the browser tests
from npm import fra_npm  # noqa: F401
from tjeneste import Tjeneste, kjoerende


@pytest.fixture(autouse=True)
def _logg_som_foer() -> Iterator[None]:
    """A test that runs the program in this process takes over the log; it is given back."""
    rot = logging.getLogger()
    handlere, nivaa = rot.handlers[:], rot.level
    yield
    rot.handlers[:] = handlere
    rot.setLevel(nivaa)


@pytest.fixture(scope="session")
def _felles_tjeneste(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    with kjoerende(Path(tmp_path_factory.mktemp("tjeneste")) / "test.db") as tjeneste:
        yield tjeneste


@pytest.fixture
def tjeneste(_felles_tjeneste: Tjeneste) -> Tjeneste:
    _felles_tjeneste.utvikling("DELETE", "/dev/klokke")
    _felles_tjeneste.utvikling("POST", "/dev/nullstill")
    return _felles_tjeneste
