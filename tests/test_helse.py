"""What the platform underneath asks: alive, ready, metrics. Why it may not be ready stands in test_worker.py and
test_lagring.py too."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from naboer import Smsgateway, svar
from produsent import ny_beskjed, ny_oppgave, ny_sak, sms
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from tjeneste import ANNE, DAGNY, FAGER, NILS, UKJENT, Tjeneste, kjoerende, leder


def hent(tjeneste: Tjeneste, sti: str, **hoder: str) -> requests.Response:
    return requests.get(tjeneste.url + sti, headers=hoder, timeout=10)


def maalinger(tjeneste: Tjeneste) -> dict[str, Metric]:
    return {
        maaling.name: maaling for maaling in text_string_to_metric_families(hent(tjeneste, "/internal/metrics").text)
    }


def antall_spoersmaal(tjeneste: Tjeneste) -> dict[str, float]:
    verdier = maalinger(tjeneste)["notifikasjon_graphql_sekunder"].samples
    return {verdi.labels["api"]: verdi.value for verdi in verdier if verdi.name.endswith("_count")}


@pytest.mark.parametrize("sti", ["/internal/alive", "/internal/ready"])
def test_healthy_service_says_so_without_words(tjeneste: Tjeneste, sti: str) -> None:
    for hoder in ({}, {"Authorization": "Bearer x"}, {"Host": "10.0.0.1:8080"}, {"Accept": "text/html"}):
        svar = hent(tjeneste, sti, **hoder)
        assert (svar.status_code, svar.content) == (200, b"")
    assert requests.head(tjeneste.url + sti, timeout=10).status_code == 200


def test_metrics_are_in_the_format_of_prometheus(tjeneste: Tjeneste) -> None:
    tjeneste.produsent("{ whoami }")
    svar = hent(tjeneste, "/internal/metrics", Accept="text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
    assert svar.headers["Content-Type"].startswith("text/plain")
    funnet = maalinger(tjeneste)
    assert funnet["notifikasjon_graphql_sekunder"].type == "histogram"
    assert funnet["notifikasjon_bakgrunn_mangler"].type == "gauge"
    assert funnet["notifikasjon_steg_feil"].type == "counter"
    for maaling in funnet.values():
        assert maaling.name.startswith("notifikasjon_")
        assert maaling.documentation
        assert maaling.samples


def test_answers_are_counted_by_api(tjeneste: Tjeneste) -> None:
    tjeneste.produsent("{ whoami }")
    tjeneste.bruker(DAGNY, "{ whoami }")
    foer = antall_spoersmaal(tjeneste)
    for _ in range(3):
        tjeneste.produsent("{ whoami }")
    tjeneste.bruker(DAGNY, "{ whoami }")
    tjeneste.produsent_svar("{ nei }")
    etter = antall_spoersmaal(tjeneste)
    assert {api: etter[api] - foer[api] for api in etter} == {"produsent": 4, "bruker": 1}


def test_histogram_adds_up(tjeneste: Tjeneste) -> None:
    tjeneste.produsent("{ whoami }")
    verdier = [
        v for v in maalinger(tjeneste)["notifikasjon_graphql_sekunder"].samples if v.labels["api"] == "produsent"
    ]
    boetter = [verdi.value for verdi in verdier if verdi.name.endswith("_bucket")]
    assert boetter == sorted(boetter)
    assert boetter[-1:] == [verdi.value for verdi in verdier if verdi.name.endswith("_count")]


def test_no_background_step_has_failed(tjeneste: Tjeneste) -> None:
    funnet = maalinger(tjeneste)
    assert {verdi.value for verdi in funnet["notifikasjon_steg_feil"].samples} == {0.0}
    assert [verdi.value for verdi in funnet["notifikasjon_bakgrunn_mangler"].samples] == [0.0]


def test_labels_do_not_grow_with_what_is_asked(tjeneste: Tjeneste) -> None:
    """Not with people, producers, paths, hosts, documents or faults."""

    def merker() -> set[tuple[str, tuple[tuple[str, str], ...]]]:
        return {(v.name, tuple(v.labels.items())) for m in maalinger(tjeneste).values() for v in m.samples}

    tjeneste.produsent("{ whoami }")
    tjeneste.bruker(DAGNY, "{ whoami }")
    foer = merker()
    for nr in range(20):
        tjeneste.produsent_svar(f"query Q{nr} {{ a{nr}: whoami }}", applikasjon=f"{UKJENT}-{nr}")
        tjeneste.post("/api/graphql", "{ nei }", token=f"x{nr}", headers={"Host": f"vert-{nr}.example"})
        hent(tjeneste, f"/finnes-ikke/{nr}")
        ny_oppgave(tjeneste, ekstern_id=f"{nr}", mottakere=[leder(NILS, ANNE)])
    ny_sak(tjeneste, merkelapp="Tiltak")
    assert merker() == foer
    tekst = hent(tjeneste, "/internal/metrics").text
    assert not re.search(rf"\d{{11}}|{FAGER}|vert-|finnes-ikke", re.sub(r" [0-9.e+-]+\n", "\n", tekst))


def test_metrics_tell_that_varsler_are_not_sent(tjeneste: Tjeneste) -> None:
    def verdi(navn: str) -> float:
        return maalinger(tjeneste)[f"notifikasjon_varsel_{navn}"].samples[0].value

    tjeneste.klokke("2030-01-07T12:00:00Z")
    assert (verdi("eldste_sekunder"), verdi("holdt"), verdi("noedbrems")) == (0, 0, 0)

    tjeneste.utvikling("POST", "/internal/noedbrems", {"paa": True})
    ny_beskjed(tjeneste, eksterneVarsler=[sms()])
    tjeneste.klokke("2030-01-07T13:30:00Z")
    assert (verdi("eldste_sekunder"), verdi("holdt"), verdi("noedbrems")) == (5400, 0, 1)
    assert verdi("bremset") == 1

    tjeneste.utvikling("POST", "/internal/noedbrems", {"paa": False})
    tjeneste.utvikling("POST", "/dev/jobber")
    assert (verdi("eldste_sekunder"), verdi("holdt"), verdi("noedbrems"), verdi("bremset")) == (0, 0, 0, 0)


# ── That a channel has been down for long ──


def klar(tjeneste: Tjeneste) -> tuple[int, str]:
    ready = hent(tjeneste, "/internal/ready")
    return ready.status_code, ready.text


def frem(tjeneste: Tjeneste, varighet: str) -> None:
    tjeneste.utvikling("POST", "/dev/klokke", {"frem": varighet})


NEI = 1000 * [svar(503)]
NEDE = (503, "no SMS has got out for 60 minutes, and some should have")


@pytest.fixture
def nede(tmp_path: Path) -> Iterator[tuple[Tjeneste, Smsgateway]]:
    """A gateway that takes nothing, and an SMS for it."""
    with Smsgateway() as gateway:
        verdier = {"varsling.sms": '"gateway"', "varsling.gateway.url": f'"{gateway.url}"'}
        with kjoerende(tmp_path / "a.db", verdier=verdier) as tjeneste:
            tjeneste.klokke("2030-01-07T12:00:00Z")
            gateway.neste.extend(NEI)
            ny_beskjed(tjeneste, ekstern_id="en", eksterneVarsler=[sms()])
            yield tjeneste, gateway


def test_channel_that_is_down_is_told_until_something_gets_out(nede: tuple[Tjeneste, Smsgateway]) -> None:
    tjeneste, gateway = nede
    frem(tjeneste, "PT59M")
    assert klar(tjeneste) == (200, "")
    frem(tjeneste, "PT1M")
    assert klar(tjeneste) == NEDE
    assert maalinger(tjeneste)["notifikasjon_bakgrunn_mangler"].samples[0].value == 1

    tjeneste.utvikling("POST", "/internal/noedbrems", {"paa": True})
    assert klar(tjeneste) == (200, ""), "nobody expects anything to be sent"
    tjeneste.utvikling("POST", "/internal/noedbrems", {"paa": False})
    assert klar(tjeneste) == NEDE

    gateway.neste.clear()
    frem(tjeneste, "PT15M")
    assert klar(tjeneste) == (200, "")


def test_one_recipient_who_cannot_be_reached_is_no_channel_that_is_down(nede: tuple[Tjeneste, Smsgateway]) -> None:
    tjeneste, gateway = nede
    tjeneste.utvikling("POST", "/dev/jobber")
    gateway.neste.clear()
    ny_beskjed(tjeneste, ekstern_id="to", eksterneVarsler=[sms("40000001")])
    tjeneste.utvikling("POST", "/dev/jobber")
    gateway.neste.extend(NEI)
    frem(tjeneste, "PT2H")
    assert klar(tjeneste) == (200, "")

    ny_beskjed(tjeneste, ekstern_id="tre", eksterneVarsler=[sms("40000002")])
    frem(tjeneste, "PT1H")
    assert klar(tjeneste) == NEDE, "nobody can be reached now"


def test_what_has_not_been_due_for_long_is_not_late_however_the_clock_is_moved(tjeneste: Tjeneste) -> None:
    for tid in ("2030-01-07T12:00:00Z", "2031-01-07T12:00:00Z", "2029-01-07T12:00:00Z", "2030-06-01T03:00:00Z"):
        tjeneste.klokke(tid)
        ny_beskjed(tjeneste, ekstern_id=tid, eksterneVarsler=[sms(), sms(sendevindu="NKS_AAPNINGSTID")])
        assert klar(tjeneste) == (200, "")
    tjeneste.utvikling("POST", "/internal/noedbrems", {"paa": True})
    ny_beskjed(tjeneste, ekstern_id="bremset", eksterneVarsler=[sms()])
    frem(tjeneste, "PT3H")
    assert klar(tjeneste) == (200, "")
    tjeneste.utvikling("POST", "/internal/noedbrems", {"paa": False})
    assert klar(tjeneste) == (200, ""), "it is let go now, and nothing has failed"
