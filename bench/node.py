"""The peers: what Node does with the same SDL and the same requests. bench/peers says what they are.

They are installed beside the programs, in bench/.node, with the versions of peers/package.json. No script of any
package is run at installation.
"""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench import fill
from bench.process import Process

PEERS = fill.ROOT / "bench/peers"
MAPPE = fill.ROOT / "bench/.node"
MINST = 20  # what Apollo Server 5 needs


class ManglerNode(Exception):
    """There are no peers to compare with; the message says what to install."""


def klargjoer() -> str:
    """Where node is, with all that the peers need in place. Raises ManglerNode."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        raise ManglerNode(f"install Node {MINST} or newer, with npm")
    versjon = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if not (treff := re.match(r"v(\d+)", versjon)) or int(treff[1]) < MINST:
        raise ManglerNode(f"Node {versjon} is too old: install {MINST} or newer")
    MAPPE.mkdir(exist_ok=True)
    for file in PEERS.glob("*.mjs"):  # here, since modules are looked for beside the file that asks for them
        shutil.copy(file, MAPPE)
    oenskes = (PEERS / "package.json").read_bytes()
    installert = MAPPE / "installed.json"
    if not installert.exists() or installert.read_bytes() != oenskes:
        (MAPPE / "package.json").write_bytes(oenskes)
        kommando = [
            npm,
            "install",
            "--ignore-scripts",
            "--no-package-lock",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]
        if subprocess.run(kommando, cwd=MAPPE, stdout=subprocess.DEVNULL, check=False).returncode:
            raise ManglerNode(f"`npm install` in {MAPPE.relative_to(fill.ROOT)} failed: is the network there?")
        installert.write_bytes(oenskes)
    return node


@contextlib.contextmanager
def peer(node: str, program: str, *arguments: str) -> Iterator[Process]:
    with Process(node, str(Path("bench/.node") / program), *arguments, env=_miljoe()) as process:
        yield process


def _miljoe() -> dict[str, str]:
    return dict(os.environ, NODE_ENV="production")  # as it is meant to be run: without stack traces in answers


def versjoner() -> str:
    """What is compared with, as in `@apollo/server 5.5.1, …`."""
    pakker = re.findall(r'"([^"]+)": "(\d[^"]*)"', (PEERS / "package.json").read_text(encoding="utf-8"))
    return ", ".join(f"{navn} {versjon}" for navn, versjon in pakker)
