"""SMS through a gateway: what it gets, and what each of its bad days means for the message."""

import logging
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import orjson
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from naboer import (
    DRYPP,
    HENG,
    LUKK,
    STOR,
    UGYLDIG_JSON,
    Gjoer,
    Smsgateway,
    Svar,
    doed_port,
    hele_feilen,
    sertifikat,
    svar,
)
from pydantic import ValidationError

from server import config, gateway, texas
from server.kanal import KanalError, Melding

VARSEL = "018f6b1e-0000-7000-8000-000000000001"
TLF = "40000001"
TEKST = 'Du har et nytt "dialogmøte" \\ i dag\n😀 {varselId}'
AUTORISASJON = "Bearer hemmelig-kanarifugl"


@pytest.fixture
def nabo() -> Iterator[Smsgateway]:
    with Smsgateway() as nabo:
        yield nabo


def sms(tlf: str = TLF, tekst: str | None = TEKST) -> Melding:
    return Melding(VARSEL, "SMS", tlf, "910825526", None, None, tekst, "fager")


def innstillinger(nabo: Smsgateway, **annet: object) -> config.Gateway:
    return config.Gateway.model_validate({"url": nabo.url + "/sms", "timeout_s": nabo.timeout_s, **annet})


def feil_ved(nabo: Smsgateway, melding: Melding | None = None, **annet: object) -> KanalError:
    with pytest.raises(KanalError) as feil:
        gateway.send(innstillinger(nabo, **annet), melding or sms(), AUTORISASJON)
    return feil.value


def test_message_arrives_with_the_varsel_id_as_key(nabo: Smsgateway) -> None:
    gateway.send(innstillinger(nabo, hoder={"X-Konto": "123"}), sms(), AUTORISASJON)

    (kall,) = nabo.kall
    assert kall.json == {"til": "+4740000001", "tekst": TEKST, "varselId": VARSEL}
    assert (kall.metode, kall.sti) == ("POST", "/sms")
    assert kall.hoder["idempotency-key"] == VARSEL
    assert kall.hoder["content-type"] == "application/json"
    assert kall.hoder["authorization"] == AUTORISASJON
    assert kall.hoder["x-konto"] == "123"


def test_without_a_secret_there_is_no_authorization(
    nabo: Smsgateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login noen password hemmelig\n")
    monkeypatch.setenv("NETRC", str(netrc))
    gateway.send(innstillinger(nabo), sms(), "")
    gateway.send(innstillinger(nabo), sms(), AUTORISASJON)
    assert [kall.hoder.get("authorization") for kall in nabo.kall] == [None, AUTORISASJON]


@pytest.mark.parametrize("verdi", ["", "123", "to ord", "æøå", "a\tb"])
def test_header_that_is_accepted_can_be_sent(nabo: Smsgateway, verdi: str) -> None:
    gateway.send(innstillinger(nabo, hoder={"X-Konto": verdi}), sms(), "")
    assert nabo.kall[0].hoder["x-konto"] == verdi


@given(navn=st.text(max_size=5), verdi=st.text(max_size=5))
def test_header_is_accepted_if_it_can_be_sent(navn: str, verdi: str) -> None:
    """As http.client and requests see it; what they refuse would be refused for each message, for ever."""
    try:
        config.Gateway.model_validate({"hoder": {navn: verdi}})
    except ValidationError:
        return
    requests.Request("POST", "http://localhost", headers={navn: verdi}).prepare()
    forbindelse = HTTPConnection("localhost")
    forbindelse.putrequest("POST", "/")
    forbindelse.putheader(navn, verdi)


@pytest.mark.parametrize(
    ("gitt", "sendt"),
    [
        ("40000001", "+4740000001"),
        ("+4740000001", "+4740000001"),
        ("004740000001", "+4740000001"),
        ("+46701234567", "+46701234567"),
    ],
)
def test_number_is_sent_as_e164(nabo: Smsgateway, gitt: str, sendt: str) -> None:
    gateway.send(innstillinger(nabo), sms(gitt), "")
    assert nabo.sendt[0]["til"] == sendt


@pytest.mark.parametrize("tlf", ["40000001\n", "4000000", "40 00 00 01", "+47", "", "٤٠٠٠٠٠٠١", "40000001,40000002"])
def test_what_is_no_number_is_refused_before_any_call(nabo: Smsgateway, tlf: str) -> None:
    feil = feil_ved(nabo, sms(tlf))
    assert (feil.kode, feil.permanent, feil.usikker) == ("gateway_mottaker", True, False)
    assert nabo.kall == []


def test_varsel_without_text_is_refused(nabo: Smsgateway) -> None:
    assert feil_ved(nabo, sms(tekst=None)).permanent
    assert nabo.kall == []


# ── The template ──

MAL = '{"to": ["{til}"], "body": {"text": "Nav: {tekst}"}, "ref": "{varselId}/1"}'


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_fits_in_the_template(tekst: str) -> None:
    gateway.sjekk_mal(MAL)
    fylt = gateway._fyll_ut(MAL, {"til": "+4740000001", "tekst": tekst, "varselId": VARSEL})
    assert orjson.loads(fylt) == {"to": ["+4740000001"], "body": {"text": f"Nav: {tekst}"}, "ref": f"{VARSEL}/1"}


def test_the_default_template_is_accepted() -> None:
    gateway.sjekk_mal(config.Gateway().mal)


@pytest.mark.parametrize(
    ("mal", "grunn"),
    [
        ('{"til": "{til}", "tekst": {tekst}}', "between double quotes"),
        ('{"til": {til}, "tekst": "{tekst}"}', "between double quotes"),
        ('{"til": "{til}", "tekst": "{tekst}", "id": {varselId}}', "between double quotes"),
        ('{"til": "{til}", "tekst": "{tekst}"', "not JSON"),
        ('{"til": "{til}"}', "{tekst} is missing"),
        ('{"tekst": "{tekst}"}', "{til} is missing"),
        ('{"til": "{til}", "tekst": "{tekst}", "fra": "{avsender}"}', "{avsender}"),
        ("", "is missing"),
    ],
)
def test_template_that_could_become_something_else_is_refused(mal: str, grunn: str) -> None:
    with pytest.raises(ValueError, match=grunn):
        gateway.sjekk_mal(mal)


# ── What the answer means ──


@pytest.mark.parametrize(
    ("felt", "verdi"), [("status", "OK"), ("meldinger.0.kode", "0"), ("meldinger.0.ok", "true"), ("", "")]
)
def test_answer_that_says_so_is_a_success(nabo: Smsgateway, felt: str, verdi: str) -> None:
    gateway.send(innstillinger(nabo, vellykket_felt=felt, vellykket_verdi=verdi), sms(), "")
    assert len(nabo.sendt) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_success_when_no_field_is_asked_for(nabo: Smsgateway, status: int) -> None:
    nabo.neste.append(Svar(status))
    gateway.send(innstillinger(nabo), sms(), "")


@pytest.mark.parametrize("langt", [STOR, Svar(200, b"{", saa=HENG), Svar(200, b"{", saa=DRYPP)])
def test_2xx_is_a_success_whatever_follows_when_no_field_is_asked_for(nabo: Smsgateway, langt: Svar) -> None:
    nabo.neste.append(langt)
    gateway.send(innstillinger(nabo), sms(), "")


@pytest.mark.parametrize(
    "loegn",
    [
        svar(200, {"status": "FEIL"}),
        svar(200, {"status": None}),
        svar(200, {"annet": "OK"}),
        svar(200, ["OK"]),
        svar(200, "OK"),
        Svar(200, b"<html>OK</html>"),
        Svar(200, b"[" * 60_000),
        Svar(200),
        UGYLDIG_JSON,
        STOR,
        Svar(200, b'{"status": "OK"', saa=LUKK),
        Svar(200, b'{"status": "OK"', saa=HENG),
        Svar(200, b'{"status": "OK"', saa=DRYPP),
    ],
)
def test_2xx_without_the_field_may_or_may_not_have_been_sent(nabo: Smsgateway, loegn: Svar) -> None:
    nabo.neste.append(loegn)
    feil = feil_ved(nabo, vellykket_felt="status", vellykket_verdi="OK")
    assert (feil.kode, feil.permanent, feil.usikker) == ("gateway_svar", False, True)


@pytest.mark.parametrize(
    ("status", "permanent", "usikker"),
    [
        (400, True, False),
        (401, False, False),
        (404, False, False),
        (422, True, False),
        (408, False, False),
        (425, False, False),
        (429, False, False),
        (500, False, False),
        (503, False, False),
        (502, False, True),
        (504, False, True),
        (302, False, True),
        (307, False, False),
    ],
)
def test_refusal_says_whether_to_try_again(nabo: Smsgateway, status: int, permanent: bool, usikker: bool) -> None:
    nabo.neste.append(svar(status, {"til": TLF}))
    feil = feil_ved(nabo)
    assert (feil.kode, feil.permanent, feil.usikker, feil.vent_s) == (f"gateway_{status}", permanent, usikker, None)


def test_status_counts_although_its_body_never_comes(nabo: Smsgateway) -> None:
    nabo.neste.append(Svar(400, b"{", saa=HENG))
    assert feil_ved(nabo).permanent


def test_redirect_is_not_followed(nabo: Smsgateway) -> None:
    nabo.neste.append(Svar(307, b"x" * 10_000_000, (("Location", f"{nabo.url}/annet"),)))
    feil_ved(nabo)
    assert len(nabo.kall) == 1


@pytest.mark.parametrize(
    ("hoder", "vent_s"),
    [
        ((("Retry-After", "120"),), 120),
        ((("Retry-After", "0"),), 0),
        ((("Retry-After", "999999999"),), 86_400),
        ((("Retry-After", "Wed, 25 Nov 2026 10:05:00 GMT"), ("Date", "Wed, 25 Nov 2026 10:00:00 GMT")), 300),
        ((("Retry-After", "Wed, 25 Nov 2026 09:00:00 GMT"), ("Date", "Wed, 25 Nov 2026 10:00:00 GMT")), 0),
        ((("Retry-After", "snart"),), None),
        ((("Retry-After", "-1"),), None),
        ((("Retry-After", "١"),), None),
        ((), None),
    ],
)
def test_gateway_says_how_long_to_wait(hoder: tuple[tuple[str, str], ...], vent_s: float | None) -> None:
    assert texas.Svar(429, dict(hoder), b"").vent_s() == vent_s


@pytest.mark.parametrize(("status", "vent_s"), [(429, 7), (503, 7), (500, None), (400, None)])
def test_wait_that_is_asked_for_is_passed_on(nabo: Smsgateway, status: int, vent_s: float | None) -> None:
    nabo.neste.append(svar(status, retry_after="7"))
    assert feil_ved(nabo).vent_s == vent_s


# ── No answer ──


def test_dead_gateway_has_got_nothing(nabo: Smsgateway) -> None:
    feil = feil_ved(nabo, url=f"http://127.0.0.1:{doed_port()}/sms")
    assert (feil.kode, feil.permanent, feil.usikker) == ("gateway_forbindelse", False, False)


def test_gateway_that_cannot_be_found_has_got_nothing(nabo: Smsgateway) -> None:
    feil = feil_ved(nabo, url=f"http://{70 * 'a'}.no/sms")  # an address that can be none does not get this far
    assert (feil.kode, feil.permanent, feil.usikker) == ("gateway_forbindelse", False, False)


def test_certificate_that_is_not_trusted_stops_the_message(tmp_path: Path) -> None:
    tls, _ = sertifikat(tmp_path)
    with Smsgateway(tls=tls) as nabo:
        feil = feil_ved(nabo)
        assert (feil.kode, feil.usikker, nabo.kall) == ("gateway_forbindelse", False, [])


def test_certificate_that_is_trusted_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls, fil = sertifikat(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(fil))
    with Smsgateway(tls=tls) as nabo:
        gateway.send(innstillinger(nabo), sms(), "")
        assert len(nabo.sendt) == 1

        nabo.neste.append(DRYPP)
        assert feil_ved(nabo).kode == "gateway_tidsavbrudd"


@pytest.mark.parametrize(("dag", "kode"), [(HENG, "tidsavbrudd"), (DRYPP, "tidsavbrudd"), (LUKK, "forbindelse")])
def test_message_without_an_answer_may_have_been_sent(nabo: Smsgateway, dag: Gjoer, kode: str) -> None:
    nabo.sender_likevel = True
    nabo.neste.append(dag)
    feil = feil_ved(nabo)
    assert (feil.kode, feil.permanent, feil.usikker) == (f"gateway_{kode}", False, True)
    assert len(nabo.sendt) == 1

    gateway.send(innstillinger(nabo), sms(), "")
    assert len(nabo.sendt) == 1  # it knew the key
    assert nabo.kall[0].kropp == nabo.kall[1].kropp


def test_one_slow_gateway_does_not_hold_up_another(nabo: Smsgateway) -> None:
    nabo.neste.append(HENG)
    with Smsgateway() as rask:
        traad = threading.Thread(target=lambda: feil_ved(nabo, timeout_s=5))
        traad.start()
        gateway.send(innstillinger(rask), sms(), "")
        assert len(rask.sendt) == 1
        nabo.slipp.set()
        traad.join(5)
        assert not traad.is_alive()


def test_nothing_of_the_message_is_in_the_error(nabo: Smsgateway, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    melding = sms(tekst="kanarifugl")
    feil = [feil_ved(nabo, melding, url=f"http://{70 * 'a'}.no/sms")]
    for dag in (HENG, LUKK, DRYPP, svar(400, {"feil": "40000001 kanarifugl"}), svar(500, "kanarifugl")):
        nabo.neste.append(dag)
        feil.append(feil_ved(nabo, melding))
    feil.append(feil_ved(nabo, sms("kanarifugl")))
    feil.append(feil_ved(nabo, sms("+47 40000001")))
    for autorisasjon in ("kanarifugl\r\nX: y", "kanarifugl \U0001f600"):  # no header
        with pytest.raises(KanalError) as error:
            gateway.send(innstillinger(nabo), melding, autorisasjon)
        feil.append(error.value)
    for en in feil:
        logging.getLogger("test").error("sending failed", exc_info=en)
        assert "kanarifugl" not in hele_feilen(en) and TLF not in hele_feilen(en)
    tekst = "\n".join(logging.Formatter().format(record) for record in caplog.records)
    assert "kanarifugl" not in tekst and TLF not in tekst
