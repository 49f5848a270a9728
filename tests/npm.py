"""What the browser tests take from npm: the React bell of the platform, built as front ends build it, and axe.

Made once for each set of versions in tests/npm/, and kept there; what it took to make them is not.
"""

import fcntl
import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from tjeneste import ROOT

KILDE = ROOT / "tests" / "npm"
FILER = ("package.json", "package-lock.json", "bjelle.jsx")


@pytest.fixture(scope="session")
def fra_npm() -> Path:
    """The folder with bjelle.js, bjelle.css and axe.min.js."""
    innhold = b"".join((KILDE / fil).read_bytes() for fil in FILER)
    ferdig = KILDE / ".bygget" / hashlib.sha256(innhold).hexdigest()[:16]
    ferdig.parent.mkdir(exist_ok=True)
    with (ferdig.parent / "laas").open("w") as laas:
        fcntl.flock(laas, fcntl.LOCK_EX)  # the suite runs in several processes
        if not ferdig.exists():
            _bygg(ferdig)
    return ferdig


def _bygg(ferdig: Path) -> None:
    if shutil.which("npm") is None:
        raise RuntimeError("the tests with the React bell and axe need npm: make node")
    with tempfile.TemporaryDirectory() as mappe:
        for fil in FILER:
            shutil.copy(KILDE / fil, mappe)
        ut = Path(mappe) / "ut"
        _kjoer(mappe, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")
        valg = ["--bundle", "--minify", "--jsx=automatic", '--define:process.env.NODE_ENV="production"']
        _kjoer(mappe, "node_modules/.bin/esbuild", "bjelle.jsx", *valg, f"--outdir={ut}", "--log-level=warning")
        css = ut / "bjelle.css"  # its fonts are elsewhere, and the tests ask nobody
        css.write_text(re.sub(r"@font-face\s*\{[^}]*\}", "", css.read_text(encoding="utf-8")), encoding="utf-8")
        shutil.copy(Path(mappe) / "node_modules" / "axe-core" / "axe.min.js", ut)
        shutil.copytree(ut, ferdig.with_suffix(".halvt"), dirs_exist_ok=True)
        ferdig.with_suffix(".halvt").rename(ferdig)


def _kjoer(mappe: str, *kommando: str) -> None:
    svar = subprocess.run(kommando, cwd=mappe, capture_output=True, text=True, timeout=300)
    assert svar.returncode == 0, svar.stdout + svar.stderr
