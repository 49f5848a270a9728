"""Saksoversikten: which saker are found, what each filter does to each output, the counts, and what moves a sak."""

from typing import Any

import pytest
from bruker import bjella, klikk, paaminnelse, sak_by_grupperingsid, saker, sakstyper, titler
from produsent import mutasjon, ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak
from tjeneste import BAKERIET, DAGNY, FISKERIET, RESSURS, ULLA, Tjeneste, leder

pytestmark = pytest.mark.usefixtures("dagny")

NY, UTFOERT, UTGAATT = "TILSTAND_NY", "TILSTAND_UTFOERT", "TILSTAND_UTGAATT"
PAAMINNET = "TILSTAND_NY_MED_PAAMINNELSE_UTLOEST"


@pytest.fixture
def dagny(tjeneste: Tjeneste) -> None:
    """DAGNY may see both virksomheter; the clock stands."""
    tjeneste.klokke("2030-05-01T12:00Z")
    tjeneste.tilgang(DAGNY, BAKERIET, FISKERIET)


def sak(tjeneste: Tjeneste, tittel: str, dag: int = 1, **felter: Any) -> str:
    """A sak from a day in January, found by its title."""
    svar = ny_sak(
        tjeneste,
        **{"grupperingsid": tittel, "tittel": tittel, "tidspunkt": f"2030-01-{dag:02}T12:00Z"} | felter,
    )
    assert svar["__typename"] == "NySakVellykket", svar
    return str(svar["id"])


def oppgave(tjeneste: Tjeneste, sak: str, tilstand: str = "NY", *, paaminnet: bool = False, **felter: Any) -> str:
    """An oppgave of the sak, in this state; with a påminnelse that fires at once before it gets there."""
    felter = {"grupperingsid": sak, "opprettet": "2029-01-01T00:00Z"} | felter
    felter.setdefault("ekstern_id", f"{sak}-{tilstand}-{paaminnet}")
    if paaminnet:
        felter["paaminnelse"] = paaminnelse("2029-02-01T00:00")
    oppgave_id = ny_oppgave(tjeneste, **felter)["id"]
    if paaminnet:
        tjeneste.utvikling("POST", "/dev/jobber")
    if tilstand != "NY":
        mutasjon(tjeneste, f"oppgave{tilstand.capitalize()}", f'id: "{oppgave_id}"')
    return str(oppgave_id)


# ── Which virksomheter ──


def test_virksomheter_asked_for(tjeneste: Tjeneste) -> None:
    sak(tjeneste, "Brød")
    sak(tjeneste, "Fisk", virksomhetsnummer=FISKERIET)

    for argumenter, funnet in (
        ({"virksomhetsnumre": [BAKERIET, FISKERIET]}, {"Brød", "Fisk"}),
        ({"virksomhetsnumre": [FISKERIET]}, {"Fisk"}),
        ({"virksomhetsnummer": BAKERIET}, {"Brød"}),
        ({"virksomhetsnummer": BAKERIET, "virksomhetsnumre": None}, {"Brød"}),
        ({"virksomhetsnummer": BAKERIET, "virksomhetsnumre": [FISKERIET]}, {"Fisk"}),
        ({"virksomhetsnummer": BAKERIET, "virksomhetsnumre": []}, set()),
        ({"virksomhetsnumre": ["999999999", ""]}, set()),
    ):
        svar = saker(tjeneste, **argumenter)
        assert set(titler(svar)) == funnet, argumenter
        assert svar["totaltAntallSaker"] == len(funnet)


def test_empty_list_of_virksomheter_gives_an_empty_answer(tjeneste: Tjeneste) -> None:
    sak(tjeneste, "Brød")
    oppgave(tjeneste, "Brød")

    assert saker(tjeneste, virksomhetsnumre=[]) == {
        "saker": [],
        "totaltAntallSaker": 0,
        "sakstyper": [],
        "oppgaveTilstandInfo": [],
        "oppgaveFilterInfo": [],
        "feilAltinn": False,
    }


@pytest.mark.parametrize("argumenter", ["", "virksomhetsnumre: null", "virksomhetsnummer: null virksomhetsnumre: null"])
def test_some_virksomhet_must_be_asked_for(tjeneste: Tjeneste, argumenter: str) -> None:
    feil = _feil(tjeneste, f"{argumenter} limit: 3")

    assert feil["path"] == ["saker"]
    assert "virksomhetsnummer" in feil["message"]
    assert feil["extensions"]["classification"] == "DataFetchingException"


# ── Pages ──


@pytest.fixture
def fem_saker(tjeneste: Tjeneste, dagny: None) -> None:
    for dag in (3, 1, 5, 2, 4):
        sak(tjeneste, f"Sak {dag}", dag)


@pytest.mark.usefixtures("fem_saker")
def test_three_newest_saker_when_nothing_is_said(tjeneste: Tjeneste) -> None:
    for argumenter in ("", "offset: null limit: null", "sortering: NYESTE"):
        svar = tjeneste.bruker(
            DAGNY,
            f'{{ saker(virksomhetsnummer: "{BAKERIET}" {argumenter}) {{ totaltAntallSaker saker {{ tittel }} }} }}',
        )["saker"]
        assert (titler(svar), svar["totaltAntallSaker"]) == (["Sak 5", "Sak 4", "Sak 3"], 5)


@pytest.mark.usefixtures("fem_saker")
def test_offset_limit_and_order(tjeneste: Tjeneste) -> None:
    for argumenter, dager in (
        ({"offset": 1, "limit": 2}, [4, 3]),
        ({"offset": 4, "limit": 2}, [1]),
        ({"offset": 5}, []),
        ({"limit": 0}, []),
        ({"limit": 2**31 - 1, "offset": 2**31 - 1}, []),
        ({"sortering": "ELDSTE"}, [1, 2, 3, 4, 5]),
        ({"sortering": "ELDSTE", "offset": 3, "limit": 1}, [4]),
    ):
        svar = saker(tjeneste, **argumenter)
        assert titler(svar) == [f"Sak {dag}" for dag in dager], argumenter
        assert svar["totaltAntallSaker"] == 5
        assert svar["sakstyper"] == [{"navn": "fager", "antall": 5}]


@pytest.mark.parametrize("argument", ["limit: -1", "offset: -1", "limit: -2147483648 offset: -2147483648"])
def test_negative_page_is_an_error(tjeneste: Tjeneste, argument: str) -> None:
    feil = _feil(tjeneste, f'virksomhetsnummer: "{BAKERIET}" {argument}')

    assert feil["path"] == ["saker"]
    assert feil["message"].startswith("Exception while fetching data (/saker) : ")
    assert feil["extensions"]["classification"] == "DataFetchingException"


def test_order_cannot_be_null(tjeneste: Tjeneste) -> None:
    svar = tjeneste.bruker_svar(DAGNY, '{ saker(virksomhetsnummer: "1" sortering: null) { totaltAntallSaker } }').json()

    assert svar["errors"][0]["extensions"]["classification"] == "ValidationError"
    assert "data" not in svar


@pytest.mark.usefixtures("fem_saker")
def test_pages_join_up_when_times_are_equal(tjeneste: Tjeneste) -> None:
    for nr in range(7):
        sak(tjeneste, f"Lik {nr}", 3)
    for sortering in ("NYESTE", "ELDSTE"):
        alle = titler(saker(tjeneste, sortering=sortering))
        sider = [titler(saker(tjeneste, sortering=sortering, offset=n, limit=5)) for n in range(0, 12, 5)]
        assert [tittel for side in sider for tittel in side] == alle
        assert len(set(alle)) == 12


# ── Which filter affects which output ──


def _antall(liste: list[dict[str, Any]], navn: str) -> dict[str, int]:
    return {rad[navn]: rad["antall"] for rad in liste}


def _utdata(svar: dict[str, Any]) -> tuple[Any, ...]:
    """(titles, total, sakstyper, oppgaveTilstandInfo, oppgaveFilterInfo)"""
    return (
        set(titler(svar)),
        svar["totaltAntallSaker"],
        _antall(svar["sakstyper"], "navn"),
        _antall(svar["oppgaveTilstandInfo"], "tilstand"),
        _antall(svar["oppgaveFilterInfo"], "filterType"),
    )


@pytest.fixture
def blanding(tjeneste: Tjeneste, dagny: None) -> None:
    """Two merkelapper, every state, with and without a fired påminnelse; and what must not be counted."""
    sak(tjeneste, "ny", merkelapp="fager")
    oppgave(tjeneste, "ny", "NY")
    sak(tjeneste, "paaminnet", merkelapp="fager")
    oppgave(tjeneste, "paaminnet", "NY", paaminnet=True)
    oppgave(tjeneste, "paaminnet", "UTGAATT", ekstern_id="p2")
    sak(tjeneste, "utfoert", merkelapp="fager2")
    oppgave(tjeneste, "utfoert", "UTFOERT", merkelapp="fager2", paaminnet=True)
    oppgave(tjeneste, "utfoert", "NY", merkelapp="fager2", ekstern_id="u2")
    sak(tjeneste, "uten", merkelapp="fager2")
    ny_beskjed(tjeneste, ekstern_id="b", merkelapp="fager2", grupperingsid="uten")
    sak(tjeneste, "usynlig", merkelapp="fager3", mottakere=[leder()])
    oppgave(tjeneste, "usynlig", merkelapp="fager3", mottakere=[leder()])
    sak(tjeneste, "fisk", merkelapp="fager3", virksomhetsnummer=FISKERIET)
    oppgave(tjeneste, "fisk", merkelapp="fager3", virksomhetsnummer=FISKERIET)


ALLE_TYPER = {"fager": 2, "fager2": 2}
ALLE_TILSTANDER = {"NY": 3, "UTFOERT": 1, "UTGAATT": 1}
ALLE_FILTRE = {NY: 3, UTFOERT: 1, UTGAATT: 1, PAAMINNET: 1}


@pytest.mark.usefixtures("blanding")
@pytest.mark.parametrize(
    ("argumenter", "ventet"),
    [
        ({}, ({"ny", "paaminnet", "utfoert", "uten"}, 4, ALLE_TYPER, ALLE_TILSTANDER, ALLE_FILTRE)),
        (
            {"oppgaveFilter": [NY]},
            ({"ny", "paaminnet", "utfoert"}, 3, {"fager": 2, "fager2": 1}, ALLE_TILSTANDER, ALLE_FILTRE),
        ),
        (
            {"oppgaveFilter": [UTGAATT, UTFOERT]},
            ({"paaminnet", "utfoert"}, 2, {"fager": 1, "fager2": 1}, ALLE_TILSTANDER, ALLE_FILTRE),
        ),
        ({"oppgaveFilter": []}, (set(), 0, {}, ALLE_TILSTANDER, ALLE_FILTRE)),
        ({"oppgaveFilter": [NY, PAAMINNET]}, ({"paaminnet"}, 1, {"fager": 1}, ALLE_TILSTANDER, ALLE_FILTRE)),
        # alone: what the counts say
        ({"oppgaveFilter": [PAAMINNET]}, ({"paaminnet"}, 1, {"fager": 1}, ALLE_TILSTANDER, ALLE_FILTRE)),
        ({"oppgaveFilter": [UTFOERT, PAAMINNET]}, ({"utfoert"}, 1, {"fager2": 1}, ALLE_TILSTANDER, ALLE_FILTRE)),
        # The one with a påminnelse is NY, the one that is UTGAATT has none: not the same oppgave.
        ({"oppgaveFilter": [UTGAATT, PAAMINNET]}, (set(), 0, {}, ALLE_TILSTANDER, ALLE_FILTRE)),
        ({"oppgaveTilstand": ["UTFOERT"]}, ({"utfoert"}, 1, {"fager2": 1}, ALLE_TILSTANDER, ALLE_FILTRE)),
        ({"oppgaveTilstand": []}, (set(), 0, {}, ALLE_TILSTANDER, ALLE_FILTRE)),
        (
            {"oppgaveTilstand": ["UTFOERT"], "oppgaveFilter": [UTGAATT]},
            ({"paaminnet"}, 1, {"fager": 1}, ALLE_TILSTANDER, ALLE_FILTRE),
        ),
        (
            {"oppgaveTilstand": ["UTFOERT"], "oppgaveFilter": None},
            ({"utfoert"}, 1, {"fager2": 1}, ALLE_TILSTANDER, ALLE_FILTRE),
        ),
        ({"oppgaveTilstand": ["UTFOERT"], "oppgaveFilter": []}, (set(), 0, {}, ALLE_TILSTANDER, ALLE_FILTRE)),
        (
            {"sakstyper": ["fager2"]},
            ({"utfoert", "uten"}, 2, ALLE_TYPER, {"NY": 1, "UTFOERT": 1}, {NY: 1, UTFOERT: 1}),
        ),
        ({"sakstyper": []}, (set(), 0, ALLE_TYPER, {}, {})),
        ({"sakstyper": ["Fager", "fager3", "fag"]}, (set(), 0, ALLE_TYPER, {}, {})),
        (
            {"sakstyper": ["fager", "fager2"], "oppgaveFilter": None},
            ({"ny", "paaminnet", "utfoert", "uten"}, 4, ALLE_TYPER, ALLE_TILSTANDER, ALLE_FILTRE),
        ),
        (
            {"sakstyper": ["fager"], "oppgaveFilter": [UTFOERT, UTGAATT]},
            ({"paaminnet"}, 1, {"fager": 1, "fager2": 1}, {"NY": 2, "UTGAATT": 1}, {NY: 2, UTGAATT: 1, PAAMINNET: 1}),
        ),
        ({"sakstyper": ["fager2"], "oppgaveFilter": []}, (set(), 0, {}, {"NY": 1, "UTFOERT": 1}, {NY: 1, UTFOERT: 1})),
        # The search, the virksomheter and access decide what there is to filter and count.
        (
            {"tekstsoek": "paaminnet"},
            ({"paaminnet"}, 1, {"fager": 1}, {"NY": 1, "UTGAATT": 1}, {NY: 1, UTGAATT: 1, PAAMINNET: 1}),
        ),
        ({"tekstsoek": "usynlig"}, (set(), 0, {}, {}, {})),
        ({"virksomhetsnummer": FISKERIET}, ({"fisk"}, 1, {"fager3": 1}, {"NY": 1}, {NY: 1})),
        # offset and limit: the list only
        ({"limit": 0}, (set(), 4, ALLE_TYPER, ALLE_TILSTANDER, ALLE_FILTRE)),
        ({"offset": 100}, (set(), 4, ALLE_TYPER, ALLE_TILSTANDER, ALLE_FILTRE)),
        ({"limit": 0, "oppgaveFilter": [UTFOERT]}, (set(), 1, {"fager2": 1}, ALLE_TILSTANDER, ALLE_FILTRE)),
    ],
    ids=lambda verdi: str(verdi) if isinstance(verdi, dict) else "",
)  # fmt: skip
def test_filters(tjeneste: Tjeneste, argumenter: dict[str, Any], ventet: tuple[Any, ...]) -> None:
    assert _utdata(saker(tjeneste, **argumenter)) == ventet


@pytest.mark.usefixtures("blanding")
def test_counts_come_in_order(tjeneste: Tjeneste) -> None:
    svar = saker(tjeneste, virksomhetsnumre=[FISKERIET, BAKERIET])

    assert [rad["navn"] for rad in svar["sakstyper"]] == ["fager", "fager2", "fager3"]
    assert [rad["tilstand"] for rad in svar["oppgaveTilstandInfo"]] == ["NY", "UTFOERT", "UTGAATT"]


def test_a_sak_counts_once_in_each_state(tjeneste: Tjeneste) -> None:
    sak(tjeneste, "mange", mottakere=[RESSURS, leder(DAGNY)])
    tjeneste.naermeste_leder(leder=DAGNY)
    for nr in range(3):
        oppgave(tjeneste, "mange", ekstern_id=f"n{nr}", paaminnet=nr > 0)
        oppgave(tjeneste, "mange", "UTFOERT", ekstern_id=f"u{nr}")

    assert _utdata(saker(tjeneste)) == (
        {"mange"}, 1, {"fager": 1}, {"NY": 1, "UTFOERT": 1}, {NY: 1, UTFOERT: 1, PAAMINNET: 1},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tilstand", "teller"),
    [
        ("VENTER_SVAR_FRA_ARBEIDSGIVER", True),
        ("ARBEIDSGIVER_VIL_AVLYSE", False),
        ("ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED", False),
        ("ARBEIDSGIVER_HAR_GODTATT", False),
        ("AVLYST", False),
        ("AVHOLDT", False),
    ],
)
def test_kalenderavtale_waiting_for_an_answer_counts_as_new(tjeneste: Tjeneste, tilstand: str, teller: bool) -> None:
    sak(tjeneste, "møte")
    ny_kalenderavtale(tjeneste, grupperingsid="møte", tilstand=tilstand, paaminnelse=paaminnelse("2030-05-10T10:00"))
    tom: dict[str, int] = {}

    funnet = {"møte"} if teller else set()
    assert _utdata(saker(tjeneste))[3:] == (({"NY": 1}, {NY: 1}) if teller else (tom, tom))
    assert set(titler(saker(tjeneste, oppgaveFilter=[NY]))) == funnet
    assert titler(saker(tjeneste, oppgaveFilter=[NY, PAAMINNET])) == []
    tjeneste.klokke("2030-05-11T12:00Z")
    assert _utdata(saker(tjeneste))[3:] == (({"NY": 1}, {NY: 1, PAAMINNET: 1}) if teller else (tom, tom))
    assert set(titler(saker(tjeneste, oppgaveFilter=[NY, PAAMINNET]))) == funnet
    tjeneste.klokke("2030-06-04T12:00Z")
    assert _utdata(saker(tjeneste))[3:] == (tom, tom)


def test_counts_follow_what_happens_to_an_oppgave(tjeneste: Tjeneste) -> None:
    sak(tjeneste, "sak")
    oppgave_id = ny_oppgave(
        tjeneste, grupperingsid="sak", frist="2030-05-20", paaminnelse=paaminnelse("2030-05-10T10:00")
    )["id"]

    def filtre() -> dict[str, int]:
        return _antall(saker(tjeneste)["oppgaveFilterInfo"], "filterType")

    assert filtre() == {NY: 1}
    tjeneste.klokke("2030-05-11T00:00")
    assert filtre() == {NY: 1, PAAMINNET: 1}
    tjeneste.klokke("2030-05-21T00:00")
    assert filtre() == {UTGAATT: 1}
    mutasjon(tjeneste, "oppgaveUtsettFrist", f'id: "{oppgave_id}" nyFrist: "2030-06-20"')
    assert filtre() == {NY: 1}
    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{oppgave_id}"')
    assert filtre() == {UTFOERT: 1}
    mutasjon(tjeneste, "hardDeleteNotifikasjon", f'id: "{oppgave_id}"')
    assert filtre() == {}


def test_counts_include_oppgaver_that_were_there_before_the_sak(tjeneste: Tjeneste) -> None:
    oppgave(tjeneste, "sak", "UTFOERT", paaminnet=True)
    oppgave(tjeneste, "sak", merkelapp="fager2", ekstern_id="annen merkelapp")
    sak(tjeneste, "sak")

    assert _utdata(saker(tjeneste)) == ({"sak"}, 1, {"fager": 1}, {"UTFOERT": 1}, {UTFOERT: 1})
    assert titler(saker(tjeneste, oppgaveFilter=[UTFOERT, PAAMINNET])) == ["sak"]


def test_saker_with_equal_grupperingsid_do_not_mix(tjeneste: Tjeneste) -> None:
    for merkelapp in ("fager", "fager2"):
        sak(tjeneste, "sak", merkelapp=merkelapp)
        oppgave(tjeneste, "sak", merkelapp=merkelapp, tekst=merkelapp, frist=f"2030-05-2{len(merkelapp)}")

    for funnet in saker(tjeneste)["saker"]:
        assert [element["tekst"] for element in funnet["tidslinje"]] == [funnet["merkelapp"]]
        assert funnet["frister"] == [f"2030-05-2{len(funnet['merkelapp'])}"]


# ── Text search ──


@pytest.mark.parametrize(
    ("tittel", "soek", "finnes"),
    [
        ("Søknad om fritak", "", True),
        ("Søknad om fritak", " \t\n\r.,:; ", True),
        ("Søknad om fritak", "fritak", True),
        ("Søknad om fritak", "  fritak  ", True),
        ("Søknad om fritak", "rita knad", True),  # inside words, in any order
        ("Søknad om fritak", "fritak søknad fager", True),  # merkelapp too
        ("Søknad om fritak", "fritak permisjon", False),  # all of them
        ("Søknad om fritak", "SØKNAD", True),
        ("SØKNAD ÅRLIG ÆRE", "søknad årlig ære", True),
        ("søknad årlig ære", "SØKNAD ÅRLIG ÆRE", True),
        ("Åse", "ase", False),  # no accents are folded
        ("Ase", "åse", False),
        ("Søknad", "soknad", False),
        ("Idé", "ide", False),
        ("om.fritak", "om,fritak:om;fritak\tom\nfritak\rom fritak", True),
        ("om fritak", "om.fritak", True),
        ("omfritak", "om.fritak", True),
        ("om fritak", "om-fritak", False),  # no separators
        ("om fritak", "om/fritak", False),
        ("om fritak", "om(fritak)", False),
        ("om-fritak/(nå)", "om-fritak/(nå)", True),
        ("100 % stilling", "%", True),
        ("100 stilling", "%", False),
        ("100 stilling", "1%g", False),
        ("a_b", "a_b", True),
        ("axb", "a_b", False),
        ("a\\b", "\\", True),
        ("ab", "\\", False),
        ("a'b\"c", "'b\"c", True),
        ("a*b", "*", True),
        ("ab", "a*", False),
        ("778899", "7889", True),  # four digits or more are cut in twos
        ("778899", "788", True),  # three digits stay whole
        ("778899", "787", False),
        ("778899", "7788998", True),  # the odd one stands alone
        ("778899", "7788990", False),
        ("09.05.09", "090509", True),
        ("090509", "09.05.09", True),
        ("020687", "87 06 02", True),
        ("020687", "02.06.1987", False),
        ("12a34", "1234", True),
        ("12a34", "1234a", False),  # not digits only: whole
        ("١٢٣٤", "١٢٣٤", True),  # ASCII digits only are cut
        ("١٢ ٣٤", "١٢٣٤", False),
        ("a b c d e f g h i j", "a b c d e f g h i j zzz", True),  # the first ten
        ("a b c d e f g h i j", "a b c d e f g h i zzz", False),
        ("01 23 45 67 89", "01234567890123456789 zzz", True),  # counted after the cut
        ("a b", ". . . . . . . . . . . . a zzz", False),  # empty ones do not count
        ("nul\0tegn", "nul\0tegn", True),
        ("nultegn", "nul\0finnes-ikke", False),
        ("nultegn", "\0", True),
        ("😀 smil", "😀", True),
        ("STRASSE", "straße", False),
    ],
)  # fmt: skip
def test_search(tjeneste: Tjeneste, tittel: str, soek: str, finnes: bool) -> None:
    sak(tjeneste, tittel, grupperingsid="sak-1")

    svar = saker(tjeneste, tekstsoek=soek)
    assert titler(svar) == ([tittel] if finnes else [])
    assert svar["totaltAntallSaker"] == len(svar["saker"])


def test_search_is_off_with_null(tjeneste: Tjeneste) -> None:
    sak(tjeneste, "Brød")
    assert titler(saker(tjeneste, tekstsoek=None)) == ["Brød"]


def test_only_statuses_with_a_text_of_their_own_can_be_searched_by(tjeneste: Tjeneste) -> None:
    sak_id = sak(tjeneste, "Brød", initiellStatus="MOTTATT")
    assert not _finnes(tjeneste, "mottatt")

    mutasjon(tjeneste, "nyStatusSak", f'id: "{sak_id}" nyStatus: UNDER_BEHANDLING')
    for soek in ("under", "behandling", "under_behandling"):
        assert not _finnes(tjeneste, soek)
    mutasjon(tjeneste, "nyStatusSak", f'id: "{sak_id}" nyStatus: FERDIG overstyrStatustekstMed: "Innvilget ÅR 2"')
    for soek in ("innvilget", "ferdig", "FERDIG", "år 2", "ferdig brød fager"):
        assert _finnes(tjeneste, soek)
    mutasjon(tjeneste, "nyStatusSak", f'id: "{sak_id}" nyStatus: MOTTATT')
    assert _finnes(tjeneste, "ferdig innvilget brød")
    assert not _finnes(tjeneste, "mottatt")
    mutasjon(tjeneste, "nyStatusSak", f'id: "{sak_id}" nyStatus: UNDER_BEHANDLING overstyrStatustekstMed: "Klage"')
    assert _finnes(tjeneste, "under_behandling klage innvilget")


def test_first_status_with_a_text_of_its_own_can_be_searched_by(tjeneste: Tjeneste) -> None:
    sak(tjeneste, "Brød", overstyrStatustekstMed="Kommet inn")
    assert _finnes(tjeneste, "mottatt kommet")


def test_what_is_not_searched(tjeneste: Tjeneste) -> None:
    sak_id = sak(
        tjeneste,
        "Brød",
        grupperingsid="gruppe",
        lenke="https://lenke.no",
        tilleggsinformasjon="tillegg",
        nesteSteg="steg",
    )
    oppgave(tjeneste, "gruppe", tekst="oppgavetekst")
    tjeneste.tilgang(DAGNY, BAKERIET)

    for soek in ("gruppe", "lenke", "tillegg", "steg", "oppgavetekst", "bakeriet", BAKERIET, sak_id):
        assert not _finnes(tjeneste, soek), soek


def _finnes(tjeneste: Tjeneste, soek: str) -> bool:
    return titler(saker(tjeneste, tekstsoek=soek)) == ["Brød"]


# ── What moves a sak ──


@pytest.fixture
def rekkefoelge(tjeneste: Tjeneste, dagny: None) -> None:
    """A sak from 10 January, with an older and a newer one; `flyttet` tells where it stands."""
    for tittel, dag in (("eldre", 5), ("sak", 10), ("nyere", 15)):
        sak(tjeneste, tittel, dag)


def plass(tjeneste: Tjeneste) -> str:
    nyeste = titler(saker(tjeneste))
    assert titler(saker(tjeneste, sortering="ELDSTE")) == nyeste[::-1]
    return ("først", "midten", "sist")[nyeste.index("sak")]


@pytest.mark.usefixtures("rekkefoelge")
@pytest.mark.parametrize(
    ("tidspunkt", "ventet"),
    [("2030-01-20T00:00Z", "først"), ("2030-01-12T00:00Z", "midten"), ("2030-01-01T00:00Z", "midten"), (None, "først")],
)
def test_new_status_moves_forward_to_its_time(tjeneste: Tjeneste, tidspunkt: str | None, ventet: str) -> None:
    argument = f'tidspunkt: "{tidspunkt}"' if tidspunkt else ""
    mutasjon(
        tjeneste, "nyStatusSakByGrupperingsid", f'grupperingsid: "sak" merkelapp: "fager" nyStatus: FERDIG {argument}'
    )
    assert plass(tjeneste) == ventet


@pytest.mark.usefixtures("rekkefoelge")
@pytest.mark.parametrize(
    ("opprettet", "ventet"),
    [("2030-01-20T00:00Z", "først"), ("2030-01-12T00:00Z", "midten"), ("2029-01-01T00:00Z", "midten"), (None, "først")],
)
@pytest.mark.parametrize("ny", [ny_beskjed, ny_oppgave], ids=["beskjed", "oppgave"])
def test_new_notifikasjon_moves_forward_to_its_time(
    tjeneste: Tjeneste, ny: Any, opprettet: str | None, ventet: str
) -> None:
    ny(tjeneste, grupperingsid="sak", opprettet=opprettet)
    assert plass(tjeneste) == ventet


@pytest.mark.usefixtures("rekkefoelge")
def test_new_kalenderavtale_moves_to_now_whenever_it_starts(tjeneste: Tjeneste) -> None:
    sak(tjeneste, "fremtid", tidspunkt="2030-05-02T12:00Z")
    ny_kalenderavtale(tjeneste, grupperingsid="sak", startTidspunkt="2031-01-01T00:00Z")

    assert titler(saker(tjeneste)) == ["fremtid", "sak", "nyere", "eldre"]


@pytest.mark.usefixtures("rekkefoelge")
def test_fired_paaminnelse_moves_forward_to_its_planned_time(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-05-01T12:00Z")
    oppgave_id = ny_oppgave(
        tjeneste, grupperingsid="sak", opprettet="2029-01-01T00:00Z", paaminnelse=paaminnelse("2030-05-20T00:00")
    )["id"]
    sak(tjeneste, "etter", tidspunkt="2030-05-25T00:00Z")
    assert titler(saker(tjeneste)) == ["etter", "nyere", "sak", "eldre"]

    tjeneste.klokke("2030-06-01T12:00Z")

    assert titler(saker(tjeneste)) == ["etter", "sak", "nyere", "eldre"]
    mutasjon(tjeneste, "oppgaveUtsettFrist", f'id: "{oppgave_id}" nyFrist: "2030-07-20"')
    assert titler(saker(tjeneste)) == ["etter", "sak", "nyere", "eldre"]


@pytest.mark.usefixtures("rekkefoelge")
def test_paaminnelse_of_a_kalenderavtale_moves_its_sak(tjeneste: Tjeneste) -> None:
    ny_kalenderavtale(tjeneste, grupperingsid="sak", paaminnelse=paaminnelse("2030-05-20T00:00"))
    sak(tjeneste, "mellom", tidspunkt="2030-05-10T00:00Z")
    assert titler(saker(tjeneste))[:2] == ["mellom", "sak"]
    tjeneste.klokke("2030-05-21T00:00")
    assert titler(saker(tjeneste))[:2] == ["sak", "mellom"]


@pytest.mark.usefixtures("rekkefoelge")
def test_notifikasjon_of_another_merkelapp_moves_nothing(tjeneste: Tjeneste) -> None:
    ny_beskjed(tjeneste, grupperingsid="sak", merkelapp="fager2")
    assert plass(tjeneste) == "midten"


def test_new_sak_stands_at_its_own_time_whatever_notifikasjoner_wait_for_it(tjeneste: Tjeneste) -> None:
    ny_beskjed(tjeneste, grupperingsid="sak")
    sak(tjeneste, "nyere", 15)
    sak(tjeneste, "sak", 10)
    assert titler(saker(tjeneste)) == ["nyere", "sak"]


def test_new_sak_without_a_time_stands_at_now(tjeneste: Tjeneste) -> None:
    sak(tjeneste, "før", tidspunkt="2030-05-01T11:59:59.999Z")
    sak(tjeneste, "nå", tidspunkt=None)
    sak(tjeneste, "etter", tidspunkt="2030-05-01T12:00:00.000001Z")
    assert titler(saker(tjeneste)) == ["etter", "nå", "før"]


@pytest.mark.usefixtures("rekkefoelge")
def test_what_does_not_move_a_sak(tjeneste: Tjeneste) -> None:
    gammel = {"grupperingsid": "sak", "opprettet": "2029-01-01T00:00Z"}
    utfoert, utgaatt, utsatt, utloeper, slettet, endret = (
        ny_oppgave(tjeneste, ekstern_id=str(nr), frist="2030-05-20", **gammel)["id"] for nr in range(6)
    )
    beskjed = ny_beskjed(tjeneste, ekstern_id="b", **gammel)["id"]
    sak_id = sak_by_grupperingsid(tjeneste, "sak")["sak"]["id"]
    assert plass(tjeneste) == "midten"

    for felt, argumenter in (
        ("oppgaveUtfoert", f'id: "{utfoert}" nyLenke: "https://eksempel.no"'),
        ("oppgaveUtgaatt", f'id: "{utgaatt}"'),
        ("oppgaveUtgaatt", f'id: "{utsatt}"'),
        ("oppgaveUtsettFrist", f'id: "{utsatt}" nyFrist: "2030-06-20"'),
        ("oppgaveEndrePaaminnelse", f'id: "{endret}" paaminnelse: {{tidspunkt: {{konkret: "2030-05-15T00:00"}}}}'),
        ("oppgaveEndrePaaminnelse", f'id: "{endret}"'),
        ("nesteStegSak", f'id: "{sak_id}" nesteSteg: "Vent"'),
        ("nesteStegSak", f'id: "{sak_id}"'),
        ("tilleggsinformasjonSak", f'id: "{sak_id}" tilleggsinformasjon: "mer"'),
        ("hardDeleteNotifikasjon", f'id: "{slettet}"'),
    ):
        svar = mutasjon(tjeneste, felt, argumenter)
        assert svar["__typename"].endswith("Vellykket"), (felt, svar)
        assert plass(tjeneste) == "midten", felt
    klikk(tjeneste, beskjed)
    tjeneste.klokke("2030-05-21T00:00")

    assert {n["id"]: n.get("tilstand") for n in bjella(tjeneste)}[utloeper] == "UTGAATT"
    assert plass(tjeneste) == "midten"


@pytest.mark.usefixtures("rekkefoelge")
def test_updated_or_avholdt_kalenderavtale_does_not_move_its_sak(tjeneste: Tjeneste) -> None:
    avtale = ny_kalenderavtale(tjeneste, grupperingsid="sak", startTidspunkt="2030-05-20T10:00")["id"]
    tjeneste.klokke("2030-05-10T00:00")
    sak(tjeneste, "senere", tidspunkt="2030-05-05T00:00Z")
    mutasjon(tjeneste, "oppdaterKalenderavtale", f'id: "{avtale}" nyTekst: "Nytt" nyTilstand: ARBEIDSGIVER_HAR_GODTATT')
    assert titler(saker(tjeneste))[:2] == ["senere", "sak"]
    tjeneste.klokke("2030-05-21T00:00")
    assert titler(saker(tjeneste))[:2] == ["senere", "sak"]


def test_deleted_sak_is_gone_from_list_and_counts(tjeneste: Tjeneste) -> None:
    sak(tjeneste, "igjen")
    sak(tjeneste, "borte", merkelapp="fager2")
    oppgave(tjeneste, "borte", merkelapp="fager2")
    mutasjon(tjeneste, "softDeleteSakByGrupperingsid", 'merkelapp: "fager2" grupperingsid: "borte"')

    assert _utdata(saker(tjeneste)) == ({"igjen"}, 1, {"fager": 1}, {}, {})
    assert sakstyper(tjeneste) == ["fager"]


# ── sakstyper ──


def test_sakstyper_of_all_virksomheter(tjeneste: Tjeneste) -> None:
    assert sakstyper(tjeneste) == []
    sak(tjeneste, "en", merkelapp="fager2")
    sak(tjeneste, "to", merkelapp="fager2")
    sak(tjeneste, "fisk", virksomhetsnummer=FISKERIET, merkelapp="fager")
    sak(tjeneste, "usynlig", merkelapp="fager3", mottakere=[leder()])
    ny_beskjed(tjeneste, merkelapp="Inntektsmelding")

    assert sorted(sakstyper(tjeneste)) == ["fager", "fager2"]
    assert sakstyper(tjeneste, ULLA) == []
    tjeneste.naermeste_leder(leder=ULLA)
    assert sakstyper(tjeneste, ULLA) == []


def _feil(tjeneste: Tjeneste, argumenter: str) -> dict[str, Any]:
    """The only error of a query that gives no data."""
    svar = tjeneste.bruker_svar(DAGNY, f"{{ saker({argumenter}) {{ totaltAntallSaker }} }}").json()
    assert svar["data"] is None
    (feil,) = svar["errors"]
    assert isinstance(feil, dict)
    return feil
