"""The kalenderavtaler to come: which of them, in which order, and that time takes them away."""

from typing import Any

import pytest
from bruker import bjella, klikk, kommende, kommende_svar, paaminnelse
from produsent import mutasjon, ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak
from tjeneste import BAKERIET, DAGNY, FISKERIET, NILS, RESSURS, ULLA, Tjeneste, leder

pytestmark = pytest.mark.usefixtures("dagny")

TILSTANDER = [
    "VENTER_SVAR_FRA_ARBEIDSGIVER",
    "ARBEIDSGIVER_VIL_AVLYSE",
    "ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED",
    "ARBEIDSGIVER_HAR_GODTATT",
    "AVLYST",
    "AVHOLDT",
]


@pytest.fixture
def dagny(tjeneste: Tjeneste) -> None:
    """DAGNY may see both virksomheter, and BAKERIET has a sak; the clock stands."""
    tjeneste.klokke("2030-05-01T12:00Z")
    tjeneste.tilgang(DAGNY, BAKERIET, FISKERIET)
    ny_sak(tjeneste, tittel="Saken", mottakere=[RESSURS, leder()])


def avtale(tjeneste: Tjeneste, start: str, **felter: Any) -> str:
    svar = ny_kalenderavtale(tjeneste, **{"eksternId": start, "tekst": start, "startTidspunkt": start} | felter)
    assert svar["__typename"] == "NyKalenderavtaleVellykket", svar
    return str(svar["id"])


def tekster(tjeneste: Tjeneste, *virksomhetsnumre: str, fnr: str = DAGNY) -> list[str]:
    return [a["tekst"] for a in kommende(tjeneste, *(virksomhetsnumre or (BAKERIET,)), fnr=fnr)]


def test_none(tjeneste: Tjeneste) -> None:
    assert kommende_svar(tjeneste, BAKERIET) == {"avtaler": [], "feilAltinn": False, "feilDigiSyfo": False}


def test_every_field_is_as_in_the_bell_but_for_the_click(tjeneste: Tjeneste) -> None:
    avtale(
        tjeneste,
        "2030-06-03T10:00:00+02:00",
        sluttTidspunkt="2030-12-03T11:00",
        lokasjon={"adresse": "Kaia 1", "postnummer": "0001", "poststed": "Oslo"},
        erDigitalt=True,
        paaminnelse=paaminnelse("2030-05-10T10:00"),
    )
    tjeneste.klokke("2030-05-11T12:00Z")

    (vist,) = kommende(tjeneste, BAKERIET)

    assert [vist] == bjella(tjeneste)
    assert vist["startTidspunkt"] == "2030-06-03T10:00:00+02:00"
    assert vist["sluttTidspunkt"] == "2030-12-03T11:00:00+01:00"
    assert vist["paaminnelseTidspunkt"] == "2030-05-10T08:00:00Z"
    assert vist["digitalt"] is True
    assert vist["sak"] == {"tittel": "Saken", "tilleggsinformasjon": None}
    assert vist["virksomhet"] == {"virksomhetsnummer": BAKERIET, "navn": "BAKERIET AS"}


def test_klikk_never_shows(tjeneste: Tjeneste) -> None:
    avtale_id = avtale(tjeneste, "2030-06-03T10:00")
    klikk_id = klikk(tjeneste, avtale_id)["id"]

    assert [a["brukerKlikk"] for a in kommende(tjeneste, BAKERIET)] == [{"id": klikk_id, "klikketPaa": False}]
    assert [a["brukerKlikk"] for a in bjella(tjeneste)] == [{"id": klikk_id, "klikketPaa": True}]


def test_earliest_start_first(tjeneste: Tjeneste) -> None:
    starter = ["2030-07-01T10:00+02:00", "2030-06-01T10:00+02:00", "2031-01-01T10:00+01:00", "2030-06-01T09:30+02:00"]
    for start in starter:
        avtale(tjeneste, start)

    assert tekster(tjeneste) == [starter[3], starter[1], starter[0], starter[2]]


def test_only_the_first_50(tjeneste: Tjeneste) -> None:
    for nr in range(52, 0, -1):
        avtale(tjeneste, f"2030-06-01T10:{nr:02}Z")

    assert tekster(tjeneste) == [f"2030-06-01T10:{nr:02}Z" for nr in range(1, 51)]
    tjeneste.klokke("2030-06-01T10:01Z")
    assert tekster(tjeneste) == [f"2030-06-01T10:{nr:02}Z" for nr in range(2, 52)]


def test_equal_starts_have_one_order(tjeneste: Tjeneste) -> None:
    laget = [avtale(tjeneste, "2030-06-01T10:00Z", eksternId=str(nr)) for nr in range(4)]
    for _ in range(2):
        assert [a["id"] for a in kommende(tjeneste, BAKERIET)] == laget


@pytest.mark.parametrize("tilstand", TILSTANDER)
def test_open_states_only(tjeneste: Tjeneste, tilstand: str) -> None:
    avtale(tjeneste, "2030-06-01T10:00Z", tilstand=tilstand)
    flyttet = avtale(tjeneste, "2030-06-02T10:00Z")
    mutasjon(tjeneste, "oppdaterKalenderavtale", f'id: "{flyttet}" nyTilstand: {tilstand}')

    ventet = [] if tilstand in ("AVLYST", "AVHOLDT") else ["2030-06-01T10:00Z", "2030-06-02T10:00Z"]
    assert tekster(tjeneste) == ventet


def test_avlyst_that_is_taken_up_again(tjeneste: Tjeneste) -> None:
    avtale_id = avtale(tjeneste, "2030-06-01T10:00Z", tilstand="AVLYST")
    mutasjon(tjeneste, "oppdaterKalenderavtale", f'id: "{avtale_id}" nyTilstand: ARBEIDSGIVER_HAR_GODTATT')
    assert tekster(tjeneste) == ["2030-06-01T10:00Z"]


def test_over_when_it_starts(tjeneste: Tjeneste) -> None:
    avtale(tjeneste, "2030-06-01T10:00:00Z")

    def ser() -> tuple[int, str]:
        return len(kommende(tjeneste, BAKERIET)), bjella(tjeneste)[0]["avtaletilstand"]

    for klokken, ventet in (
        ("2030-06-01T11:59:59.999999", (1, TILSTANDER[0])),  # Oslo
        ("2030-06-01T12:00", (0, TILSTANDER[0])),  # at the start itself it is no longer to come, and not yet held
        ("2030-06-01T12:00:00.000001", (0, "AVHOLDT")),
    ):
        tjeneste.klokke(klokken)
        assert ser() == ventet


def test_avholdt_ahead_of_time_or_begun_long_ago(tjeneste: Tjeneste) -> None:
    avtale(tjeneste, "2029-06-01T10:00Z")
    tjeneste.utvikling("POST", "/dev/jobber")

    assert tekster(tjeneste) == []
    assert [a["avtaletilstand"] for a in bjella(tjeneste)] == ["AVHOLDT"]


def test_virksomheter_asked_for(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste, grupperingsid="fisk", virksomhetsnummer=FISKERIET)
    avtale(tjeneste, "2030-06-01T10:00Z")
    avtale(tjeneste, "2030-06-02T10:00Z", grupperingsid="fisk", virksomhetsnummer=FISKERIET)

    assert tekster(tjeneste, BAKERIET) == ["2030-06-01T10:00Z"]
    assert tekster(tjeneste, FISKERIET) == ["2030-06-02T10:00Z"]
    assert tekster(tjeneste, FISKERIET, BAKERIET, FISKERIET) == ["2030-06-01T10:00Z", "2030-06-02T10:00Z"]
    assert kommende(tjeneste) == []
    assert kommende(tjeneste, "", "999999999") == []


def test_by_its_own_mottakere(tjeneste: Tjeneste) -> None:
    avtale(tjeneste, "2030-06-01T10:00Z", mottakere=[leder()])
    avtale(tjeneste, "2030-06-02T10:00Z", mottakere=[RESSURS, leder()])
    tjeneste.naermeste_leder()

    assert tekster(tjeneste, fnr=DAGNY) == ["2030-06-02T10:00Z"]
    assert tekster(tjeneste, fnr=NILS) == ["2030-06-01T10:00Z", "2030-06-02T10:00Z"]
    assert tekster(tjeneste, fnr=ULLA) == []
    assert tekster(tjeneste, FISKERIET, fnr=NILS) == []


def test_only_kalenderavtaler(tjeneste: Tjeneste) -> None:
    ny_beskjed(tjeneste, ekstern_id="b", opprettet="2031-01-01T00:00Z")
    ny_oppgave(tjeneste, ekstern_id="o", frist="2031-01-01")
    assert kommende(tjeneste, BAKERIET) == []


@pytest.mark.parametrize("felt", ["hardDeleteNotifikasjon", "hardDeleteSak"])
def test_deleted_is_gone(tjeneste: Tjeneste, felt: str) -> None:
    avtale_id = avtale(tjeneste, "2030-06-01T10:00Z")
    sak_id = tjeneste.rader("SELECT id FROM sak")[0][0]
    mutasjon(tjeneste, felt, f'id: "{sak_id if felt == "hardDeleteSak" else avtale_id}"')
    assert kommende(tjeneste, BAKERIET) == []


def test_list_of_virksomheter_is_required(tjeneste: Tjeneste) -> None:
    for argumenter in ("", "(virksomhetsnumre: null)", "(virksomhetsnumre: [null])"):
        svar = tjeneste.bruker_svar(DAGNY, f"{{ kommendeKalenderavtaler{argumenter} {{ feilAltinn }} }}").json()
        assert svar["errors"][0]["extensions"]["classification"] == "ValidationError"
