"""Chromium for the tests of the web pages.

The fixtures are imported by conftest.py, and only there: Playwright's sync API runs once per process. Windows are in
the time zone of New York, so a page that forgets Oslo shows the wrong time, and every error in the console fails the
test.
"""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from tjeneste import Tjeneste

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",  # the tests may run as root in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Nettleser:
    """Windows of one browser, one per person. `feil` is what their consoles have complained about."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self.feil: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def vindu(self, *, width: int = 1280, height: int = 900) -> Page:
        context = self._browser.new_context(
            base_url=self.url, viewport={"width": width, "height": height}, timezone_id="America/New_York"
        )
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.feil.append(str(error)))
        return page

    def som(self, fnr: str, *, width: int = 1280, height: int = 900) -> Page:
        """The page of that person, with the first look at the server done."""
        page = self.vindu(width=width, height=height)
        page.context.request.post("/dev/velg-person", form={"fnr": fnr})
        page.goto("/min-side")
        page.get_by_role("button", name="Varsler, ").wait_for()
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.feil.append(message.text)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        raise RuntimeError(f"the tests of the web pages need a browser on the PATH, one of {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def nettleser(chromium: Browser, tjeneste: Tjeneste) -> Iterator[Nettleser]:
    windows = Nettleser(chromium, tjeneste.url)
    yield windows
    windows.close()
    assert not windows.feil, windows.feil
