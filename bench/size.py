"""What the service needs beside itself, installed anew from requirements.lock, as the disk counts it."""

import importlib.metadata
import os
import subprocess
import sys
import venv
from pathlib import Path

from bench import fill
from bench.shared import Benk
from bench.targets import hoeyst


def stoerrelse(benk: Benk) -> None:
    """The installed size of what the service needs: site-packages, without pip, as `make start` installs it."""
    mappe = benk.mappe / "venv"
    venv.create(mappe, with_pip=False, symlinks=True)
    python = mappe / "bin/python"
    laas = str(fill.ROOT / "requirements.lock")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "-qq",
        "--no-compile",
        "--disable-pip-version-check",
    ]
    if subprocess.run([*pip, "--require-hashes", "-r", laas], check=False).returncode:
        print("Not measured: pip could not install requirements.lock. Is the network there?")
        return
    [pakker] = mappe.glob("lib/python*/site-packages")
    alt = sum(_mb(sti) for sti in (pakker, *pakker.rglob("*")))
    av_pakke = {
        pakke.name: sum(_mb(Path(str(file.locate()))) for file in pakke.files or [])
        for pakke in importlib.metadata.distributions(path=[str(pakker)])
    }
    for navn in sorted(av_pakke, key=lambda navn: -av_pakke[navn])[:5]:
        print(f"{navn:46}{av_pakke[navn]:7.1f} MB")
    print(f"{f'all {len(av_pakke)} packages':46}{alt:7.1f} MB")
    benk.doem(hoeyst("S10", "site-packages", alt, 45, "MB"))


def _mb(sti: Path) -> float:
    """The blocks that it takes, as `du` counts them."""
    return os.lstat(sti).st_blocks * 512 / 2**20
