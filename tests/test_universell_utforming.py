"""Every page, as axe and a narrow window see it: nothing serious to complain of, and nothing to scroll sideways for.

What a machine can see is the least of it; the paths by keyboard are in the tests of each page.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nettleser import Nettleser
from playwright.sync_api import Page
from produsent import altinnressurs, ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak, sms
from tjeneste import BAKERIET, DAGNY, Tjeneste, kjoerende

BREDDER = (1280, 640, 390)  # 640 is 1280 at 200 %
AXE = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
        .map(({ id, nodes }) => [id, nodes.slice(0, 5).map(({ html }) => html.slice(0, 200))]);
}"""
STORE = ("/api/produsent", "/api/bruker")  # half a minute each for axe, and the same at all widths
SAK = "/sak?merkelapp=fager&grupperingsid=sak-1"


@pytest.fixture(scope="module")
def tjeneste(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    """There is something of everything to see. Without streams the network falls silent, so that a page is drawn."""
    fil = Path(tmp_path_factory.mktemp("universell")) / "test.db"
    with kjoerende(fil, verdier={"server.maks_stroemmer": "0"}) as tjeneste:
        tjeneste.klokke("2026-11-25T10:00:00+01:00")
        tjeneste.tilgang(DAGNY, BAKERIET)
        ny_sak(tjeneste, tittel="Søknad om fritak", lenke="https://eksempel.no/sak", tilleggsinformasjon="Gjelder 2026")
        ny_kalenderavtale(tjeneste, start_tidspunkt="2026-12-01T10:00:00")
        ny_oppgave(tjeneste, ekstern_id="o", grupperingsid="sak-1", frist="2026-11-27", eksterneVarsler=[sms()])
        ny_beskjed(tjeneste, ekstern_id="b", grupperingsid="sak-1", eksterneVarsler=[altinnressurs()])
        ny_beskjed(tjeneste, ekstern_id="alene", tekst="Velkommen som arbeidsgiver")
        tjeneste.utvikling("POST", "/dev/jobber")
        yield tjeneste


@pytest.fixture
def side(nettleser: Nettleser) -> Page:
    """Dagny's window."""
    window = nettleser.vindu()
    window.context.request.post("/dev/velg-person", form={"fnr": DAGNY})
    return window


def mangler(side: Page, axe: Path) -> list[Any]:
    side.evaluate(f"() => {{ {axe.read_text(encoding='utf-8')} }}")
    funnet: list[Any] = side.evaluate(AXE)
    return funnet


@pytest.mark.parametrize(
    "sted",
    [
        "/",
        "/min-side",
        "/saksoversikt",
        "/saksoversikt?tekstsoek=finnes+ikke",
        SAK,
        "/sak?merkelapp=fager&grupperingsid=finnes-ikke",
        "/verksted",
        "/utboks",
        "/klokke",
        "/api",
        "/api/produsent",
        "/api/bruker",
        "/api/konsoll",
        "/vilkaar",
        "/utlogget",
        "/idporten/authorize?client_id=x&response_type=code&redirect_uri=http://localhost/&scope=openid&state=x"
        "&code_challenge=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU&code_challenge_method=S256",
    ],
)
def test_page_can_be_used_by_everybody(side: Page, fra_npm: Path, sted: str) -> None:
    for bredde in BREDDER:
        side.set_viewport_size({"width": bredde, "height": 900})
        side.goto(sted)
        side.wait_for_load_state("networkidle")
        assert side.locator("h1").count() == 1
        assert side.evaluate("document.documentElement.lang") == "nb"
        assert side.evaluate("document.documentElement.scrollWidth") <= bredde, bredde
        if bredde == 1280 or (bredde == 390 and sted not in STORE):
            assert mangler(side, fra_npm / "axe.min.js") == [], bredde


@pytest.mark.parametrize("bredde", BREDDER)
def test_open_bell_can_be_used_by_everybody(side: Page, fra_npm: Path, bredde: int) -> None:
    side.set_viewport_size({"width": bredde, "height": 900})
    side.goto("/min-side")
    side.get_by_role("button", name="Varsler, ").click()
    side.get_by_role("article").first.wait_for()
    assert mangler(side, fra_npm / "axe.min.js") == []
    assert side.evaluate("document.documentElement.scrollWidth") <= bredde
