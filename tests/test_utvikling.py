"""The development surface: what each call does, that it keeps foreigners out, and what survives what."""

import json
import re
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from nettleser import Nettleser
from playwright.sync_api import expect
from produsent import hent, ny_beskjed, ny_oppgave, ny_sak
from tjeneste import (
    ANNE,
    BAKERIET,
    DAGNY,
    FAGER,
    FISKERIET,
    NILS,
    ROOT,
    Tjeneste,
    altinn_svar,
    kjoerende,
    leder,
)

OEKT = "notifikasjon_oekt"
BJELLA = """{
    notifikasjoner {
        notifikasjoner { ... on Beskjed { id } ... on Oppgave { id tilstand utgaattTidspunkt } }
        feilAltinn
    }
}"""
SKJEMA = "application/x-www-form-urlencoded"


def kall(tjeneste: Tjeneste, metode: str, sti: str, **annet: Any) -> requests.Response:
    """A call as it is, by somebody without a session; `json` may be None, which is null."""
    if "json" in annet:
        annet |= {"data": json.dumps(annet.pop("json")), "headers": {"Content-Type": "application/json"}}
    return requests.request(metode, tjeneste.url + sti, timeout=30, allow_redirects=False, **annet)


def i_bjella(tjeneste: Tjeneste, fnr: str) -> list[str]:
    return [n["id"] for n in tjeneste.bruker(fnr, BJELLA)["notifikasjoner"]["notifikasjoner"]]


def avvist(svar: requests.Response, status: int = 400) -> bool:
    return (svar.status_code, list(svar.json())) == (status, ["error"])


# ── Being somebody ──


def test_people_to_be_are_those_of_the_configuration(tjeneste: Tjeneste) -> None:
    personer = kall(tjeneste, "GET", "/dev/personer").json()
    assert {tuple(person) for person in personer} == {("fnr", "navn", "rolle")}
    assert DAGNY in [person["fnr"] for person in personer]


def test_chosen_person_has_a_session_and_a_page(tjeneste: Tjeneste) -> None:
    svar = kall(tjeneste, "POST", "/dev/velg-person", data={"fnr": DAGNY})
    assert (svar.status_code, svar.headers["Location"], svar.content) == (303, "/min-side", b"")
    navn, *egenskaper = svar.headers["Set-Cookie"].split("; ")
    assert navn.startswith(f"{OEKT}=")
    assert set(egenskaper) == {"Path=/", "HttpOnly", "SameSite=Lax"}

    kapsler = {OEKT: svar.cookies[OEKT]}
    meg = kall(tjeneste, "GET", "/dev/meg", cookies=kapsler)
    assert meg.json() == {"fnr": DAGNY, "navn": "Dagny Leder", "rolle": "Daglig leder i én virksomhet"}
    side = kall(tjeneste, "GET", "/min-side", cookies=kapsler)
    assert (side.status_code, side.headers["Content-Type"]) == (200, "text/html; charset=UTF-8")


def test_person_who_is_not_in_the_configuration_can_be_chosen_too(tjeneste: Tjeneste) -> None:
    svar = kall(tjeneste, "POST", "/dev/velg-person", data={"fnr": ANNE})
    meg = kall(tjeneste, "GET", "/dev/meg", cookies={OEKT: svar.cookies[OEKT]})
    assert meg.json() == {"fnr": ANNE, "navn": ANNE, "rolle": ""}


@pytest.mark.parametrize("kapsel", [None, "", "x", "eyJ.eyJ.x"])
def test_without_a_session_one_is_nobody(tjeneste: Tjeneste, kapsel: str | None) -> None:
    kapsler = {} if kapsel is None else {OEKT: kapsel}
    meg = kall(tjeneste, "GET", "/dev/meg", cookies=kapsler)
    assert (meg.status_code, meg.content) == (401, b"")
    side = kall(tjeneste, "GET", "/min-side", cookies=kapsler)
    assert (side.status_code, side.headers["Location"]) == (303, "/")


def test_token_of_an_api_is_no_session(tjeneste: Tjeneste) -> None:
    meg = kall(tjeneste, "GET", "/dev/meg", cookies={OEKT: tjeneste.token(bruker=DAGNY)})
    assert meg.status_code == 401


def test_logging_out_takes_the_cookie_away(tjeneste: Tjeneste) -> None:
    svar = kall(tjeneste, "POST", "/dev/logg-ut")
    assert (svar.status_code, svar.headers["Location"]) == (303, "/")
    assert svar.headers["Set-Cookie"].startswith(f"{OEKT}=; Path=/; ")
    assert "Max-Age=0" in svar.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "skjema",
    [{}, {"fnr": ""}, {"fnr": "1"}, {"fnr": f"{DAGNY}\n"}, {"fnr": f"{DAGNY}1"}, {"navn": DAGNY}, {"fnr": "٣" * 11}],
)
def test_person_is_chosen_by_a_whole_fnr(tjeneste: Tjeneste, skjema: dict[str, str]) -> None:
    svar = kall(tjeneste, "POST", "/dev/velg-person", data=skjema, headers={"Content-Type": SKJEMA})
    assert avvist(svar)
    assert "Set-Cookie" not in svar.headers
    assert DAGNY not in svar.text


@pytest.mark.parametrize("slag", [SKJEMA, f"{SKJEMA};charset=UTF-8", SKJEMA.title()])
def test_form_is_read_however_its_type_is_written(tjeneste: Tjeneste, slag: str) -> None:
    for data in (
        f"fnr={DAGNY}",
        f"annet=%C3%A6+x&fnr={DAGNY}&tom=&fyll={'x' * 200_000}",
        f"fnr={DAGNY[:5]}%3{DAGNY[5]}{DAGNY[6:]}",
    ):
        svar = kall(tjeneste, "POST", "/dev/velg-person", data=data, headers={"Content-Type": slag})
        assert svar.status_code == 303


def test_form_that_cannot_be_read_is_told_so(tjeneste: Tjeneste) -> None:
    assert avvist(kall(tjeneste, "POST", "/dev/velg-person", files={"fnr": (None, DAGNY)}), 415)
    assert avvist(kall(tjeneste, "POST", "/dev/velg-person", json={"fnr": DAGNY}), 415)
    for data in (b"fnr=\xff", b"fnr=%ff", b"a&" * 100_000):
        assert avvist(kall(tjeneste, "POST", "/dev/velg-person", data=data, headers={"Content-Type": SKJEMA}))


def test_form_on_the_front_page_leads_to_the_page_of_that_person(tjeneste: Tjeneste, nettleser: Nettleser) -> None:
    side = nettleser.vindu()
    side.goto("/")
    side.get_by_role("button", name="Dagny Leder").click()
    expect(side).to_have_url(re.compile("/min-side$"))
    expect(side.get_by_text("Dagny Leder").first).to_be_visible()


# ── Tokens ──


def test_token_is_for_the_api_of_its_kind(tjeneste: Tjeneste) -> None:
    for hvem, api, svar in (({"produsent": FAGER}, "produsent", FAGER), ({"bruker": ANNE}, "bruker", ANNE)):
        token = kall(tjeneste, "POST", "/dev/token", json=hvem).json()
        assert (token["expires_in"], token["token_type"]) == (3600, "Bearer")
        fikk = tjeneste.post(f"/{api}/api/graphql", "{ whoami }", token=token["access_token"])
        assert fikk.json() == {"data": {"whoami": svar}}


@pytest.mark.parametrize(
    "hvem",
    [
        *({}, [], None, "x", {"bruker": 15845512345}, {"bruker": "1"}, {"bruker": f"{DAGNY} "}, {"Produsent": FAGER}),
        *({"produsent": ""}, {"produsent": "app"}, {"produsent": None}, {"produsent": "a:b:c:d"}),
        *({"produsent": FAGER, "bruker": DAGNY}, {"produsent": FAGER, "mer": 1}),
    ],
)
def test_token_is_for_one_who_is_named(tjeneste: Tjeneste, hvem: Any) -> None:
    assert avvist(kall(tjeneste, "POST", "/dev/token", json=hvem))


def test_fake_issuers_that_people_know_give_tokens_as_text(tjeneste: Tjeneste) -> None:
    for sti, api, svar in (
        (f"/fake/tokenx?pid={DAGNY}", "bruker", DAGNY),
        (f"/fake/tokenx?pid={DAGNY}&acr=Level4", "bruker", DAGNY),
        (f"/fake/tokenx?pid={DAGNY}&acr=Level3", "bruker", None),
        (f"/fake/aad?azp={FAGER}", "produsent", FAGER),
        (f"/fake/aad?azp={FAGER.replace(':', '%3A')}", "produsent", FAGER),
        ("/fake/aad?azp=en-klient", "produsent", None),
    ):
        token = kall(tjeneste, "GET", sti)
        assert token.headers["Content-Type"].startswith("text/plain")
        assert token.headers["Cache-Control"] == "no-store"
        fikk = tjeneste.post(f"/{api}/api/graphql", "{ whoami }", token=token.text)
        assert fikk.status_code == 401 if svar is None else fikk.json() == {"data": {"whoami": svar}}
    for sti in (
        "/fake/tokenx",
        "/fake/tokenx?pid=1",
        "/fake/tokenx?pid=%ff",
        "/fake/aad",
        "/fake/aad?azp=",
        "/fake/aad?azp=%ff",
    ):
        assert avvist(kall(tjeneste, "GET", sti)), sti


def test_discovery_leads_to_a_key_that_proves_the_tokens(tjeneste: Tjeneste) -> None:
    for issuer in ("tokenx", "azuread", "en-helt-annen-2"):
        om = kall(tjeneste, "GET", f"/{issuer}/.well-known/openid-configuration").json()
        assert om["issuer"].endswith(f"/{issuer}")
        assert om["jwks_uri"] == f"{om['issuer']}/jwks"
        assert om["token_endpoint"] == f"{om['issuer']}/token"
        (noekkel,) = kall(tjeneste, "GET", f"/{issuer}/jwks").json()["keys"]
        assert set(noekkel) == {"kty", "use", "alg", "kid", "n", "e"}
        svar = kall(
            tjeneste, "POST", f"/{issuer}/token", data={"grant_type": "client_credentials", "client_id": FAGER}
        ).json()
        claims = jwt.decode(
            svar["access_token"], jwt.PyJWK(noekkel), algorithms=["RS256"], issuer=om["issuer"],
            audience="dev-gcp:fager:notifikasjon-produsent-api",
        )  # fmt: skip
        assert claims["azp_name"] == FAGER


@pytest.mark.parametrize(
    "sti", ["/TokenX/jwks", f"/{'a' * 41}/jwks", "/a_b/jwks", "/a.b/token", "/a/b/jwks", "/jwks", "/%20/jwks"]
)
def test_issuer_has_a_plain_name(tjeneste: Tjeneste, sti: str) -> None:
    assert kall(tjeneste, "GET", sti).status_code in (404, 405)


def test_clients_present_themselves_as_oauth_has_it(tjeneste: Tjeneste) -> None:
    """In the header the name is encoded first, since it has colons of its own."""
    grant = {"grant_type": "client_credentials", "scope": "api://dev-gcp.fager.notifikasjon-produsent-api/.default"}
    for skjema, auth in (
        (grant | {"client_id": FAGER, "client_secret": "x"}, None),
        (grant, (FAGER.replace(":", "%3A"), "hemmelig+%3A")),
    ):
        svar = kall(tjeneste, "POST", "/azuread/token", data=skjema, auth=auth)
        assert svar.headers["Cache-Control"] == "no-store"
        assert tjeneste.post("/produsent/api/graphql", "{ whoami }", token=svar.json()["access_token"]).json() == {
            "data": {"whoami": FAGER}
        }


def test_token_of_a_person_can_be_exchanged_for_the_user_api(tjeneste: Tjeneste) -> None:
    for skjema in (
        {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": tjeneste.token(bruker=DAGNY),
            "audience": "dev-gcp:fager:notifikasjon-bruker-api",
        },
        {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": tjeneste.token(bruker=DAGNY),
            "requested_token_use": "on_behalf_of",
        },
    ):
        svar = kall(tjeneste, "POST", "/tokenx/token", data=skjema | {"client_id": "dev-gcp:min-side:min-side"}).json()
        assert tjeneste.post("/bruker/api/graphql", "{ whoami }", token=svar["access_token"]).json() == {
            "data": {"whoami": DAGNY}
        }


@pytest.mark.parametrize(
    ("skjema", "feil"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "invalid_client"),
        (
            {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "client_id": "a:b:c", "assertion": "x"},
            "invalid_grant",
        ),
    ],
)
def test_token_endpoint_refuses_as_oauth_has_it(tjeneste: Tjeneste, skjema: dict[str, str], feil: str) -> None:
    svar = kall(tjeneste, "POST", "/tokenx/token", data=skjema, headers={"Content-Type": SKJEMA})
    assert (svar.status_code, svar.json()["error"]) == (400, feil)
    assert list(svar.json()) == ["error", "error_description"]


# ── Time ──


def test_clock_runs_until_it_is_moved(tjeneste: Tjeneste) -> None:
    foerst = kall(tjeneste, "GET", "/dev/klokke").json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", foerst["tid"])
    assert foerst["stoppet"] is False
    assert kall(tjeneste, "GET", "/dev/klokke").json()["tid"] > foerst["tid"]


@pytest.mark.parametrize(
    ("tid", "svar"),
    [
        ("2026-12-01T08:00:00Z", "2026-12-01T08:00:00Z"),
        ("2026-12-01T08:00:00+05:00", "2026-12-01T03:00:00Z"),
        ("2026-12-01T08:00:00", "2026-12-01T07:00:00Z"),
        ("2026-07-01T08:00", "2026-07-01T06:00:00Z"),
        ("2001-01-01T00:00:00.5Z", "2001-01-01T00:00:00.5Z"),
    ],
)
def test_clock_is_stopped_where_it_is_put(tjeneste: Tjeneste, tid: str, svar: str) -> None:
    stilt = kall(tjeneste, "PUT", "/dev/klokke", json={"tid": tid}).json()
    assert stilt == {"tid": svar, "stoppet": True}
    assert kall(tjeneste, "GET", "/dev/klokke").json() == stilt
    beskjed = ny_beskjed(tjeneste)
    metadata = tjeneste.produsent(
        """query ($id: ID!) {
            hentNotifikasjon(id: $id) {
                ... on HentetNotifikasjon { notifikasjon { ... on Beskjed { metadata { opprettetTidspunkt } } } }
            }
        }""",
        {"id": beskjed["id"]},
    )["hentNotifikasjon"]["notifikasjon"]["metadata"]
    assert metadata == {"opprettetTidspunkt": svar}


def test_clock_is_moved_forward_from_where_it_stands_and_let_go(tjeneste: Tjeneste) -> None:
    kall(tjeneste, "PUT", "/dev/klokke", json={"tid": "2028-01-31T10:00:00Z"})
    for frem, svar in (
        ("P7DT2H", "2028-02-07T12:00:00Z"),
        ("P1M", "2028-03-07T12:00:00Z"),
        ("PT0.5S", "2028-03-07T12:00:00.5Z"),
    ):
        assert kall(tjeneste, "POST", "/dev/klokke", json={"frem": frem}).json() == {"tid": svar, "stoppet": True}
    sluppet = kall(tjeneste, "DELETE", "/dev/klokke").json()
    assert sluppet["stoppet"] is False
    assert sluppet["tid"] < "2028"


def test_running_clock_is_stopped_by_moving_it(tjeneste: Tjeneste) -> None:
    foer = kall(tjeneste, "GET", "/dev/klokke").json()["tid"]
    etter = kall(tjeneste, "POST", "/dev/klokke", json={"frem": "P400D"}).json()
    assert etter["stoppet"] is True
    assert int(etter["tid"][:4]) > int(foer[:4])


@pytest.mark.parametrize("metode", ["PUT", "POST"])
@pytest.mark.parametrize(
    "innhold",
    [{}, [], None, 1, "x", {"tid": 1}, {"tid": ""}, {"tid": "i går"}, {"frem": 7}, {"frem": "7D"}, {"frem": None}],
)
def test_clock_that_is_not_told_where_to_stays(tjeneste: Tjeneste, metode: str, innhold: Any) -> None:
    assert avvist(kall(tjeneste, metode, "/dev/klokke", json=innhold))
    assert kall(tjeneste, "GET", "/dev/klokke").json()["stoppet"] is False


def test_all_that_was_due_has_happened_when_the_clock_answers(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2026-06-01T10:00")
    tjeneste.tilgang(DAGNY, BAKERIET)
    ny_oppgave(tjeneste, frist="2026-06-10")
    sak = ny_sak(tjeneste, grupperingsid="kort", hardDelete={"om": "P3D"})
    kall(tjeneste, "POST", "/dev/klokke", json={"frem": "P2D"})
    assert (
        tjeneste.produsent("query ($id: ID!) { hentSak(id: $id) { __typename } }", {"id": sak["id"]})["hentSak"][
            "__typename"
        ]
        == "HentetSak"
    )
    kall(tjeneste, "PUT", "/dev/klokke", json={"tid": "2026-06-11T00:00"})
    (oppgave,) = tjeneste.bruker(DAGNY, BJELLA)["notifikasjoner"]["notifikasjoner"]
    assert oppgave["tilstand"] == "UTGAATT"
    assert (
        tjeneste.produsent("query ($id: ID!) { hentSak(id: $id) { __typename } }", {"id": sak["id"]})["hentSak"][
            "__typename"
        ]
        == "SakFinnesIkke"
    )


def test_letting_the_clock_go_does_what_became_due(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2020-01-01T10:00")
    tjeneste.tilgang(DAGNY, BAKERIET)
    ny_oppgave(tjeneste, frist="2020-02-01")
    kall(tjeneste, "DELETE", "/dev/klokke")
    (oppgave,) = tjeneste.bruker(DAGNY, BJELLA)["notifikasjoner"]["notifikasjoner"]
    assert (oppgave["tilstand"], oppgave["utgaattTidspunkt"][:10]) == ("UTGAATT", "2020-02-01")


def test_background_work_is_done_when_asked_for(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    ny_oppgave(tjeneste, frist="2020-01-01")
    svar = kall(tjeneste, "POST", "/dev/jobber")
    assert (svar.status_code, svar.content) == (204, b"")
    (oppgave,) = tjeneste.bruker(DAGNY, BJELLA)["notifikasjoner"]["notifikasjoner"]
    assert oppgave["tilstand"] == "UTGAATT"


def test_clock_far_away_is_still_a_clock(tjeneste: Tjeneste) -> None:
    for tid in ("+999999999-12-31T23:59:59Z", "-999999999-01-01T00:00", "0000-01-01T00:00Z", "9999-12-31T23:59:59Z"):
        assert kall(tjeneste, "PUT", "/dev/klokke", json={"tid": tid}).json()["stoppet"] is True
        assert kall(tjeneste, "POST", "/dev/klokke", json={"frem": "P99999999Y"}).status_code == 200
        assert kall(tjeneste, "POST", "/dev/klokke", json={"frem": "P-99999999Y"}).status_code == 200
        assert ny_sak(tjeneste, grupperingsid=tid)["__typename"] == "NySakVellykket"


def test_tokens_and_sessions_are_valid_whatever_the_clock(tjeneste: Tjeneste) -> None:
    kapsler = {OEKT: kall(tjeneste, "POST", "/dev/velg-person", data={"fnr": DAGNY}).cookies[OEKT]}
    for tid in ("2000-01-01T00:00", "2100-01-01T00:00"):
        tjeneste.klokke(tid)
        assert tjeneste.produsent("{ whoami }") == {"whoami": FAGER}
        assert kall(tjeneste, "GET", "/dev/meg", cookies=kapsler).json()["fnr"] == DAGNY


# ── Access and data ──


def test_access_is_there_at_once_and_gone_at_once(tjeneste: Tjeneste) -> None:
    beskjed = ny_beskjed(tjeneste)["id"]
    assert i_bjella(tjeneste, DAGNY) == []
    svar = kall(tjeneste, "PUT", f"/dev/tilganger/{DAGNY}", json=altinn_svar(BAKERIET))
    assert (svar.status_code, svar.content) == (204, b"")
    assert i_bjella(tjeneste, DAGNY) == [beskjed]
    kall(tjeneste, "PUT", f"/dev/tilganger/{DAGNY}", json=altinn_svar(FISKERIET))
    assert i_bjella(tjeneste, DAGNY) == []


@pytest.mark.parametrize(
    "innhold", [{"isError": True, "hierarki": []}, {}, [], None, 1, "x", {"hierarki": [{"orgnr": 1}]}]
)
def test_answer_that_is_an_error_or_no_answer_is_told_as_such(tjeneste: Tjeneste, innhold: Any) -> None:
    assert kall(tjeneste, "PUT", f"/dev/tilganger/{DAGNY}", json=innhold).status_code == 204
    assert tjeneste.bruker(DAGNY, BJELLA)["notifikasjoner"] == {"notifikasjoner": [], "feilAltinn": True}


def test_access_that_cannot_be_kept_is_refused(tjeneste: Tjeneste) -> None:
    for fnr in ("1", "x", f"{DAGNY}1", "%0a", f"{DAGNY}%0a"):
        assert avvist(kall(tjeneste, "PUT", f"/dev/tilganger/{fnr}", json={"hierarki": []})), fnr
    dypt = b"[" * 500 + b"]" * 500
    svar = kall(tjeneste, "PUT", f"/dev/tilganger/{DAGNY}", data=dypt, headers={"Content-Type": "application/json"})
    assert avvist(svar)


def test_naermeste_leder_is_told_and_ended(tjeneste: Tjeneste) -> None:
    beskjed = ny_beskjed(tjeneste, mottakere=[leder()])["id"]
    melding = {
        "narmesteLederId": "11111111-1111-4111-8111-111111111111",
        "fnr": ANNE,
        "narmesteLederFnr": NILS,
        "narmesteLederTelefonnummer": "90000000",
        "narmesteLederEpost": "nils@eksempel.no",
        "orgnummer": BAKERIET,
        "aktivFom": "2020-01-01",
        "aktivTom": None,
        "timestamp": "2020-01-01T00:00:00Z",
    }
    for innhold, synlig in ((melding, [beskjed]), (melding | {"aktivTom": "2020-02-01"}, []), ([melding], [beskjed])):
        svar = kall(tjeneste, "POST", "/dev/naermesteleder", json=innhold)
        assert (svar.status_code, svar.json()) == (200, {"mottatt": 1, "hoppet_over": []})
        assert i_bjella(tjeneste, NILS) == synlig


@pytest.mark.parametrize("innhold", [{}, None, 1, "x", [1], [[]], {"narmesteLederId": "x"}, {"fnr": ANNE}])
def test_message_about_a_leder_that_lacks_something_is_refused(tjeneste: Tjeneste, innhold: Any) -> None:
    svar = kall(tjeneste, "POST", "/dev/naermesteleder", json=innhold)
    assert avvist(svar)
    assert ANNE not in svar.text


def test_batch_about_leaders_is_stored_whole_or_not_at_all(tjeneste: Tjeneste) -> None:
    god = {
        "narmesteLederId": "11111111-1111-4111-8111-111111111111",
        "fnr": ANNE,
        "narmesteLederFnr": NILS,
        "orgnummer": BAKERIET,
    }
    assert avvist(kall(tjeneste, "POST", "/dev/naermesteleder", json=[god, {"fnr": ANNE}]))
    assert tjeneste.rader("SELECT count(*) FROM naermeste_leder") == [(0,)]


def test_outbox_is_empty_when_nothing_was_sent_and_can_be_emptied(tjeneste: Tjeneste) -> None:
    assert kall(tjeneste, "GET", "/dev/utboks").json() == []
    assert kall(tjeneste, "GET", "/dev/utboks?til=90000000&vent=0").json() == []
    assert kall(tjeneste, "DELETE", "/dev/utboks").status_code == 204


def test_nullstill_keeps_keys_tokens_sessions_and_the_clock(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2026-06-01T10:00")
    tjeneste.tilgang(DAGNY, BAKERIET)
    ny_beskjed(tjeneste)
    token = tjeneste.token(bruker=DAGNY)
    kapsler = {OEKT: kall(tjeneste, "POST", "/dev/velg-person", data={"fnr": DAGNY}).cookies[OEKT]}
    jwks, personer = (kall(tjeneste, "GET", sti).json() for sti in ("/tokenx/jwks", "/dev/personer"))

    svar = kall(tjeneste, "POST", "/dev/nullstill")
    assert (svar.status_code, svar.content) == (204, b"")
    assert i_bjella(tjeneste, DAGNY) == []
    tomme = ("sak", "notifikasjon", "mottaker", "tilgang", "altinn_svar", "hendelse", "eksternt_varsel", "besvart_kall")
    assert [tjeneste.rader(f"SELECT count(*) FROM {tabell}") for tabell in tomme] == [[(0,)]] * len(tomme)

    assert kall(tjeneste, "GET", "/dev/klokke").json() == {"tid": "2026-06-01T08:00:00Z", "stoppet": True}
    assert tjeneste.post("/bruker/api/graphql", "{ whoami }", token=token).json() == {"data": {"whoami": DAGNY}}
    assert kall(tjeneste, "GET", "/dev/meg", cookies=kapsler).json()["fnr"] == DAGNY
    assert kall(tjeneste, "GET", "/tokenx/jwks").json() == jwks
    assert kall(tjeneste, "GET", "/dev/personer").json() == personer


def test_coordinate_is_free_again_after_nullstill(tjeneste: Tjeneste) -> None:
    sak = ny_sak(tjeneste)["id"]
    tjeneste.produsent(f'mutation {{ hardDeleteSak(id: "{sak}") {{ __typename }} }}')
    assert ny_sak(tjeneste)["__typename"] == "DuplikatGrupperingsidEtterDelete"
    kall(tjeneste, "POST", "/dev/nullstill")
    assert ny_sak(tjeneste)["__typename"] == "NySakVellykket"


# ── Who may call ──

DOERER = [
    ("GET", "/"),
    ("GET", "/klokke"),
    ("GET", "/utboks"),
    ("GET", "/dev/personer"),
    ("GET", "/dev/meg"),
    ("POST", "/dev/velg-person"),
    ("POST", "/dev/logg-ut"),
    ("POST", "/dev/token"),
    ("GET", "/dev/klokke"),
    ("PUT", "/dev/klokke"),
    ("POST", "/dev/klokke"),
    ("DELETE", "/dev/klokke"),
    ("POST", "/dev/jobber"),
    ("GET", "/dev/utboks"),
    ("DELETE", "/dev/utboks"),
    ("PUT", f"/dev/tilganger/{DAGNY}"),
    ("POST", "/dev/naermesteleder"),
    ("POST", "/dev/nullstill"),
    ("GET", f"/fake/tokenx?pid={DAGNY}"),
    ("GET", f"/fake/aad?azp={FAGER}"),
    ("GET", "/tokenx/.well-known/openid-configuration"),
    ("GET", "/tokenx/jwks"),
    ("POST", "/tokenx/token"),
]


@pytest.mark.parametrize(("metode", "sti"), DOERER)
def test_foreign_page_is_kept_out(tjeneste: Tjeneste, metode: str, sti: str) -> None:
    """By its origin, and also if its name has been made to point at this machine."""
    ny_sak(tjeneste)
    for hoder in (
        {"Origin": "https://eksempel.no"},
        {"Origin": "null"},
        {"Host": "eksempel.no"},
        {"Host": "eksempel.no:8080", "Origin": "http://eksempel.no:8080"},
    ):
        svar = kall(tjeneste, metode, sti, data=b"", headers=hoder)
        assert svar.status_code == 403, hoder
        assert "Set-Cookie" not in svar.headers
        assert "eyJ" not in svar.text
    assert tjeneste.rader("SELECT count(*) FROM sak") == [(1,)]


@pytest.mark.parametrize(
    ("vert", "status"),
    [
        ("localhost", 200),
        ("localhost:8080", 200),
        ("notifikasjon.localhost:8080", 200),
        ("127.0.0.1:1", 200),
        ("127.8.9.1", 200),
        ("[::1]", 200),
        ("[::1]:8080", 200),
        ("localhost.eksempel.no", 403),
        ("127.0.0.1.eksempel.no", 403),
        ("eksempel.no:localhost", 403),
        ("xlocalhost", 403),
        ("0.0.0.0", 403),
        ("192.168.0.1", 403),
        ("[::]", 403),
        ("[fe80::1]", 403),
        ("169.254.169.254", 403),
        ("", 403),
        (":", 403),
        ("[", 403),
    ],
)
def test_development_surface_has_the_names_of_this_machine(tjeneste: Tjeneste, vert: str, status: int) -> None:
    svar = tjeneste.raatt(f"GET /dev/klokke HTTP/1.1\r\nHost: {vert}\r\n\r\n".encode())
    assert int(svar.split(b" ")[1]) == status


def test_open_to_the_network_it_answers_under_any_name_but_to_its_own_pages_only(tmp_path: Path) -> None:
    innhold = (ROOT / "config.toml").read_text(encoding="utf-8").replace("demodata = true", "demodata = false")
    config = tmp_path / "config.toml"
    config.write_text(re.sub("(?m)^tillat_nettverk = false", "tillat_nettverk = true", innhold), encoding="utf-8")
    with kjoerende(tmp_path / "test.db", config=config) as tjeneste:
        assert kall(tjeneste, "GET", "/dev/personer", headers={"Host": "labs.eksempel.no"}).status_code == 200
        fremmed = {"Host": "labs.eksempel.no", "Origin": "https://eksempel.no"}
        assert kall(tjeneste, "POST", "/dev/nullstill", headers=fremmed).status_code == 403


# ── Restart ──


def test_moved_clock_and_key_survive_a_restart(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "test.db") as tjeneste:
        tjeneste.klokke("2031-06-01T10:00")
        jwks = kall(tjeneste, "GET", "/tokenx/jwks").json()
        oppgave = ny_oppgave(tjeneste, frist="2031-05-01")["id"]
    with kjoerende(tmp_path / "test.db") as tjeneste:
        assert kall(tjeneste, "GET", "/dev/klokke").json() == {"tid": "2031-06-01T08:00:00Z", "stoppet": True}
        assert kall(tjeneste, "GET", "/tokenx/jwks").json() == jwks
        kall(tjeneste, "POST", "/dev/jobber")
        assert hent(tjeneste, oppgave)["notifikasjon"]["oppgave"]["tilstand"] == "UTGAATT"
        kall(tjeneste, "POST", "/dev/klokke", json={"frem": "P1D"})
        kall(tjeneste, "DELETE", "/dev/klokke")
    with kjoerende(tmp_path / "test.db") as tjeneste:
        klokke = kall(tjeneste, "GET", "/dev/klokke").json()
        assert klokke["stoppet"] is False
        assert klokke["tid"] < "2031"
