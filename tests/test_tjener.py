"""How many connections there is room for: one too many, and nothing is done but failing to accept it."""

import subprocess
import sys

import pytest
from tjeneste import ROOT


@pytest.mark.parametrize(
    ("grense", "forbindelser"),
    [
        ("ulimit -Sn 256", 2_000),  # what a shell gives is not what the system allows
        ("ulimit -n 2250", 2_000),
        ("ulimit -n 1024", 774),
        ("ulimit -n 300", 150),
    ],
)
def test_connections_are_as_many_as_there_may_be_files(grense: str, forbindelser: int) -> None:
    program = "from server import tjener; print(tjener._maks_forbindelser())"
    kommando = f'{grense} && exec "{sys.executable}" -c "{program}"'
    ferdig = subprocess.run(["sh", "-c", kommando], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30)
    assert int(ferdig.stdout) == forbindelser
    assert ("only" in ferdig.stderr) == (forbindelser < 2_000)
