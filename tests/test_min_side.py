"""What the pages ask for besides the users' API: a person's virksomheter, and the filters that they have saved."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from naboer import Nettsted, svar
from produsent import ny_beskjed, ny_sak
from tjeneste import BAKERIET, DAGNY, FISKERIET, NILS, REGINE, ULLA, Tjeneste, kjoerende, leder

from server.tid import Klokke

FILTRE = "/min-side/filtre"
FILTER = {
    "tekstsoek": "refusjon",
    "virksomhetsnumre": [BAKERIET],
    "sakstyper": ["Inntektsmelding: sykepenger, øvrig"],
    "oppgaveFilter": "TILSTAND_NY",
    "sortering": "ELDSTE",
}
TOMT: dict[str, Any] = {
    "tekstsoek": "",
    "virksomhetsnumre": [],
    "sakstyper": [],
    "oppgaveFilter": None,
    "sortering": "NYESTE",
}


class Person:
    """Somebody who is logged in, as a page of ours calls."""

    def __init__(self, tjeneste: Tjeneste, fnr: str) -> None:
        self.url, self.http = tjeneste.url, requests.Session()
        self.http.post(f"{self.url}/dev/velg-person", data={"fnr": fnr}, allow_redirects=False, timeout=30)

    def kall(self, metode: str, sti: str, json: Any = None, **hoder: str) -> requests.Response:
        return self.http.request(metode, self.url + sti, json=json, headers=hoder, timeout=30)

    def lagre(self, navn: str = "Haster", **filter: Any) -> requests.Response:
        return self.kall("POST", FILTRE, {"navn": navn, "filter": filter})

    def filtre(self) -> list[dict[str, Any]]:
        svar = self.kall("GET", FILTRE)
        assert (svar.status_code, svar.headers["Cache-Control"]) == (200, "no-store")
        liste: list[dict[str, Any]] = svar.json()["filtre"]
        return liste

    def virksomheter(self) -> dict[str, Any]:
        svar = self.kall("GET", "/min-side/virksomheter")
        assert (svar.status_code, svar.headers["Cache-Control"]) == (200, "no-store")
        innhold: dict[str, Any] = svar.json()
        return innhold


@pytest.fixture
def som(tjeneste: Tjeneste) -> Iterator[Any]:
    with ExitStack() as stabel:

        def logg_inn(fnr: str) -> Person:
            person = Person(tjeneste, fnr)
            stabel.callback(person.http.close)
            return person

        yield logg_inn


# ── Virksomheter ──


def test_virksomheter_are_those_with_something_to_show(tjeneste: Tjeneste, som: Any) -> None:
    tjeneste.tilgang(REGINE, BAKERIET, FISKERIET, "910825585")
    ny_sak(tjeneste)
    ny_beskjed(tjeneste, virksomhetsnummer=FISKERIET)

    assert som(REGINE).virksomheter() == {
        "virksomheter": [
            {"virksomhetsnummer": BAKERIET, "navn": "BAKERIET AS"},
            {"virksomhetsnummer": FISKERIET, "navn": "FISKERIET AS"},
        ],
        "feilAltinn": False,
    }


def test_naermeste_leder_has_the_virksomhet_of_the_employee_once(tjeneste: Tjeneste, som: Any) -> None:
    tjeneste.naermeste_leder()
    ny_sak(tjeneste, mottakere=[leder()])
    tjeneste.tilgang(NILS, BAKERIET)
    ny_beskjed(tjeneste)

    assert [en["virksomhetsnummer"] for en in som(NILS).virksomheter()["virksomheter"]] == [BAKERIET]


def test_name_that_nobody_knows_is_empty(tjeneste: Tjeneste, som: Any) -> None:
    tjeneste.naermeste_leder()
    ny_sak(tjeneste, mottakere=[leder()])

    assert som(NILS).virksomheter()["virksomheter"] == [{"virksomhetsnummer": BAKERIET, "navn": ""}]


def test_virksomheter_of_others_are_not_told(tjeneste: Tjeneste, som: Any) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    ny_sak(tjeneste)

    assert som(ULLA).virksomheter() == {"virksomheter": [], "feilAltinn": False}


def test_trouble_in_altinn_is_told_with_what_is_known(tjeneste: Tjeneste, som: Any) -> None:
    ny_sak(tjeneste)
    tjeneste.tilgang(DAGNY, BAKERIET, isError=True)

    svar = som(DAGNY).virksomheter()

    assert svar["feilAltinn"] is True
    assert [en["virksomhetsnummer"] for en in svar["virksomheter"]] == [BAKERIET]


def test_missing_name_is_asked_for_in_the_background(tmp_path: Path) -> None:
    with Nettsted() as register:
        register.neste.append(svar(200, {"navn": {"navnelinje1": "BAKERIET"}}))
        verdier = {"navn.kilde": '"nav"', "navn.base_url": f'"{register.url}"'}
        with kjoerende(tmp_path / "test.db", verdier=verdier) as tjeneste:
            tjeneste.naermeste_leder()
            ny_sak(tjeneste, mottakere=[leder()])
            person = Person(tjeneste, NILS)
            with person.http:
                assert person.virksomheter()["virksomheter"][0]["navn"] == ""
                slutt = Klokke().monotonic() + 10
                while person.virksomheter()["virksomheter"][0]["navn"] != "BAKERIET":
                    assert Klokke().monotonic() < slutt
                    threading.Event().wait(0.01)


# ── Saved filters ──


def test_filter_is_saved_renamed_changed_and_deleted(som: Any) -> None:
    dagny = som(DAGNY)
    svar = dagny.lagre("  Haster \t nå ", **FILTER)
    assert svar.status_code == 201
    lagret = svar.json()
    assert lagret == {"id": lagret["id"], "navn": "Haster nå", "filter": FILTER}
    assert dagny.filtre() == [lagret]

    nytt = {"navn": "Kan vente", "filter": {"sortering": "ELDSTE"}}
    svar = dagny.kall("PUT", f"{FILTRE}/{lagret['id']}", nytt)
    assert svar.status_code == 200
    assert svar.json() == {"id": lagret["id"], "navn": "Kan vente", "filter": TOMT | {"sortering": "ELDSTE"}}
    assert dagny.filtre() == [svar.json()]

    assert dagny.kall("DELETE", f"{FILTRE}/{lagret['id']}").status_code == 204
    assert dagny.filtre() == []
    assert dagny.kall("DELETE", f"{FILTRE}/{lagret['id']}").status_code == 404


def test_person_reaches_only_their_own_filters(som: Any) -> None:
    dagny, regine = som(DAGNY), som(REGINE)
    lagret = dagny.lagre(**FILTER).json()

    assert regine.filtre() == []
    assert regine.kall("PUT", f"{FILTRE}/{lagret['id']}", {"navn": "Tatt", "filter": {}}).status_code == 404
    assert regine.kall("DELETE", f"{FILTRE}/{lagret['id']}").status_code == 404
    assert dagny.filtre() == [lagret]
    assert regine.lagre(**FILTER).status_code == 201  # the same name is hers to use
    assert som(DAGNY).filtre() == [lagret]  # also where Dagny has logged in anew


def test_name_is_used_once_by_a_person(som: Any) -> None:
    dagny = som(DAGNY)
    dagny.lagre("Haster")
    annet = dagny.lagre("Kan vente").json()

    svar = dagny.lagre("Haster ")
    assert svar.status_code == 409
    assert "«Haster»" in svar.json()["error"]
    assert dagny.kall("PUT", f"{FILTRE}/{annet['id']}", {"navn": "Haster", "filter": {}}).status_code == 409
    assert dagny.kall("PUT", f"{FILTRE}/{annet['id']}", {"navn": "Kan vente", "filter": FILTER}).status_code == 200
    assert sorted(en["navn"] for en in dagny.filtre()) == ["Haster", "Kan vente"]


def test_person_has_at_most_thirty_filters(som: Any) -> None:
    dagny = som(DAGNY)
    lagrede = [dagny.lagre(f"Filter {nummer}") for nummer in range(30)]
    assert {svar.status_code for svar in lagrede} == {201}

    svar = dagny.lagre("Enda et")
    assert svar.status_code == 409
    assert "høyst 30" in svar.json()["error"]
    assert som(REGINE).lagre().status_code == 201
    dagny.kall("DELETE", f"{FILTRE}/{lagrede[0].json()['id']}")
    assert dagny.lagre("Enda et").status_code == 201


@pytest.mark.parametrize(
    "innhold",
    [
        [],
        None,
        {},
        {"navn": "a"},
        {"navn": "", "filter": {}},
        {"navn": " \n ", "filter": {}},
        {"navn": "a" * 61, "filter": {}},
        {"navn": 1, "filter": {}},
        {"navn": "a\u0000", "filter": {}},
        {"navn": "Saken til 01927712344", "filter": {}},
        {"navn": "a", "filter": [], "fnr": REGINE},
        {"navn": "a", "filter": {}, "fnr": REGINE},
        {"navn": "a", "filter": {"ukjent": 1}},
        {"navn": "a", "filter": {"tekstsoek": "a" * 201}},
        {"navn": "a", "filter": {"tekstsoek": "01927712344"}},
        {"navn": "a", "filter": {"tekstsoek": "anne 019277 12344"}},
        {"navn": "a", "filter": {"virksomhetsnumre": ["91082552"]}},
        {"navn": "a", "filter": {"virksomhetsnumre": ["91082552٦"]}},
        {"navn": "a", "filter": {"virksomhetsnumre": "910825526"}},
        {"navn": "a", "filter": {"sakstyper": [""]}},
        {"navn": "a", "filter": {"oppgaveFilter": "NY"}},
        {"navn": "a", "filter": {"sortering": None}},
    ],
)
def test_what_is_no_filter_is_refused(som: Any, innhold: Any) -> None:
    dagny = som(DAGNY)
    svar = dagny.http.post(dagny.url + FILTRE, json=innhold, timeout=30) if innhold is not None else None
    svar = svar or dagny.http.post(
        dagny.url + FILTRE, data="null", headers={"Content-Type": "application/json"}, timeout=30
    )

    assert svar.status_code == 400
    assert svar.json()["error"]
    assert "01927712344" not in svar.text and REGINE not in svar.text
    assert dagny.filtre() == []


def test_filter_has_a_greatest_size(som: Any) -> None:
    dagny = som(DAGNY)
    numre = [f"9{nummer:08}" for nummer in range(400)]

    assert dagny.lagre("mange", virksomhetsnumre=numre[:300]).status_code == 201
    svar = dagny.lagre("for mange", virksomhetsnumre=numre)
    assert svar.status_code == 413
    assert "4096" in svar.json()["error"]
    assert [en["navn"] for en in dagny.filtre()] == ["mange"]


def test_nullstill_empties_the_saved_filters(tjeneste: Tjeneste, som: Any) -> None:
    dagny = som(DAGNY)
    dagny.lagre()
    tjeneste.utvikling("POST", "/dev/nullstill")

    assert dagny.filtre() == []


# ── Who may call ──

KALL = [
    ("GET", "/min-side/virksomheter"),
    ("GET", FILTRE),
    ("POST", FILTRE),
    ("PUT", f"{FILTRE}/1"),
    ("DELETE", f"{FILTRE}/1"),
]


@pytest.mark.parametrize(("metode", "sti"), KALL)
def test_who_is_not_logged_in_is_told_nothing(tjeneste: Tjeneste, metode: str, sti: str) -> None:
    for hoder in (
        {},
        {"Cookie": "notifikasjon_oekt=feil"},
        {"Authorization": f"Bearer {tjeneste.token(bruker=DAGNY)}"},
    ):
        svar = requests.request(metode, tjeneste.url + sti, json={"navn": "a", "filter": {}}, headers=hoder, timeout=30)
        assert (svar.status_code, svar.content) == (401, b"")


@pytest.mark.parametrize(("metode", "sti"), KALL)
def test_foreign_page_is_refused(som: Any, metode: str, sti: str) -> None:
    dagny = som(DAGNY)
    innhold = {"navn": "Tatt", "filter": {}}

    assert dagny.kall(metode, sti, innhold, Origin="https://ond.example").status_code == 403
    assert dagny.kall(metode, sti, innhold, Origin="null").status_code == 403
    assert dagny.filtre() == []


def test_what_a_foreign_form_could_send_is_refused(som: Any) -> None:
    dagny = som(DAGNY)
    kropp = '{"navn": "Tatt", "filter": {}}'
    for slag in ("text/plain", "application/x-www-form-urlencoded"):
        svar = dagny.http.post(dagny.url + FILTRE, data=kropp, headers={"Content-Type": slag}, timeout=30)
        assert svar.status_code == 415

    assert dagny.kall("POST", FILTRE, {"navn": "Min", "filter": {}}, Origin=dagny.url).status_code == 201
    assert [en["navn"] for en in dagny.filtre()] == ["Min"]
