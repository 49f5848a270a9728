"""Altinn: the orders it gets, its tokens, and what its answers mean for a varsel."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from naboer import (
    DRYPP,
    HENG,
    LUKK,
    STOR,
    UGYLDIG_JSON,
    Altinn,
    Gjoer,
    Svar,
    doed_port,
    forsendelse,
    hele_feilen,
    svar,
)

from server import config
from server.altinn3 import Altinn3
from server.kanal import KanalError, Melding, Utfall
from server.texas import Token, TokenError, Utstedt
from server.tid import Klokke

VARSEL = "018f6b1e-0000-7000-8000-000000000001"
BAKERIET = "910825526"
ORDRER = "/notifications/api/v1/future/orders"
FORSENDELSER = "/notifications/api/v1/future/shipment/"
VEKSLING = "/authentication/api/v1/exchange/maskinporten"
TEXAS = "/texas/token"


class FlyttbarKlokke(Klokke):
    forskyvning = 0.0

    def ekte_sekunder(self) -> float:
        return super().ekte_sekunder() + self.forskyvning


@pytest.fixture
def nabo() -> Iterator[Altinn]:
    with Altinn() as nabo:
        yield nabo


@pytest.fixture
def klokke() -> FlyttbarKlokke:
    return FlyttbarKlokke()


@pytest.fixture
def altinn(nabo: Altinn, klokke: FlyttbarKlokke) -> Altinn3:
    return Altinn3(innstillinger(nabo), klokke)


def innstillinger(nabo: Altinn, **annet: object) -> config.Altinn3:
    return config.Altinn3.model_validate(
        {"base_url": nabo.url, "token_url": nabo.token_url, "timeout_s": nabo.timeout_s, "avsender_sms": "Etat"} | annet
    )


def melding(kanal: str = "SMS", mottaker: str = "40000001", varsel_id: str = VARSEL) -> Melding:
    if kanal == "SMS":
        return Melding(varsel_id, kanal, mottaker, BAKERIET, None, None, "Hei på deg", "fager")
    return Melding(varsel_id, kanal, mottaker, BAKERIET, "Tittel. ", "<p>Hei</p>", "Hei på deg", "fager")


def feil_ved(altinn: Altinn3, bestilling: Melding | None = None) -> KanalError:
    with pytest.raises(KanalError) as feil:
        altinn.bestill(bestilling or melding())
    assert not feil.value.usikker  # always: the same order again is the same order
    return feil.value


# ── The order ──


@pytest.mark.parametrize(
    ("gitt", "sendt"),
    [("40000001", "+4740000001"), ("+4740000001", "+4740000001"), ("004740000001", "004740000001")],
)
def test_order_of_an_sms(nabo: Altinn, altinn: Altinn3, gitt: str, sendt: str) -> None:
    assert altinn.bestill(melding(mottaker=gitt)) == f"forsendelse-{VARSEL}"
    assert nabo.kall_til(ORDRER)[0].json == {
        "idempotencyId": VARSEL,
        "recipient": {"recipientSms": {"phoneNumber": sendt, "smsSettings": {"body": "Hei på deg", "sender": "Etat"}}},
    }


def test_order_of_an_email(nabo: Altinn, altinn: Altinn3) -> None:
    altinn.bestill(melding("EPOST", "a@b.no"))
    assert nabo.kall_til(ORDRER)[0].json == {
        "idempotencyId": VARSEL,
        "recipient": {
            "recipientEmail": {
                "emailAddress": "a@b.no",
                "emailSettings": {
                    "fromAddress": "ikke-svar@nav.no",
                    "subject": "Tittel. ",
                    "body": "<p>Hei</p>",
                    "contentType": "Html",
                },
            }
        },
    }


def test_order_to_everybody_with_a_resource(nabo: Altinn, altinn: Altinn3) -> None:
    altinn.bestill(melding("ALTINNRESSURS", "test-fager"))
    assert nabo.kall_til(ORDRER)[0].json == {
        "idempotencyId": VARSEL,
        "recipient": {
            "recipientOrganization": {
                "orgNumber": BAKERIET,
                "channelSchema": "EmailPreferred",
                "resourceId": "urn:altinn:resource:test-fager",
                "resourceAction": "access",
                "emailSettings": {
                    "fromAddress": "ikke-svar@nav.no",
                    "subject": "Tittel. ",
                    "body": "<p>Hei</p>",
                    "contentType": "Html",
                },
                "smsSettings": {"body": "Hei på deg", "sender": "Etat"},
            }
        },
    }


@pytest.mark.parametrize(
    ("tjeneste", "ressurs"),
    [
        ("5902:1", "nav_yrkesskade_skademelding"),  # there is no other, so the producer need not be registered with it
        ("4936:1", "nav_sykepenger_inntektsmelding"),
    ],
)
def test_altinn_2_service_goes_to_the_resource_that_replaced_it(nabo: Altinn, tjeneste: str, ressurs: str) -> None:
    brukt = {"fager": ["test-fager", "nav_sykepenger_inntektsmelding"]}
    Altinn3(innstillinger(nabo), ressurser=lambda produsent_id: brukt[produsent_id]).bestill(
        melding("ALTINNTJENESTE", tjeneste)
    )
    organisasjon = nabo.kall_til(ORDRER)[0].json["recipient"]["recipientOrganization"]
    assert organisasjon["resourceId"] == f"urn:altinn:resource:{ressurs}"
    assert organisasjon["emailSettings"]["subject"] == "Tittel. "
    assert organisasjon["smsSettings"]["body"] == "Hei på deg"


@pytest.mark.parametrize("tjeneste", ["4936:1", "1234:1"])
def test_altinn_2_service_that_nothing_of_the_producers_replaced_is_refused_without_a_call(
    nabo: Altinn, altinn: Altinn3, tjeneste: str
) -> None:
    feil = feil_ved(altinn, melding("ALTINNTJENESTE", tjeneste))
    assert (feil.kode, feil.permanent) == ("altinn2_avviklet", True)
    assert nabo.kall == []


def test_repeated_order_is_the_same_order(nabo: Altinn, altinn: Altinn3) -> None:
    assert altinn.bestill(melding()) == altinn.bestill(melding())
    foerste, andre = nabo.kall_til(ORDRER)
    assert foerste.kropp == andre.kropp
    assert len(nabo.ordrer) == 1


@pytest.mark.parametrize("status", [400, 422])
def test_order_that_altinn_will_never_take_is_final(nabo: Altinn, altinn: Altinn3, status: int) -> None:
    nabo.neste.append(svar(status, {"code": "NOT-00001", "detail": "40000001"}))
    feil = feil_ved(altinn)
    assert (feil.kode, feil.permanent) == (str(status), True)
    assert str(feil) == f"Altinn answered {status} NOT-00001"


@pytest.mark.parametrize("kropp", [b"<html>", b"", b"[]", b'{"code": "40000001"}', b'{"code": 1}'])
def test_refusal_needs_no_json(nabo: Altinn, altinn: Altinn3, kropp: bytes) -> None:
    nabo.neste.append(Svar(400, kropp))
    assert str(feil_ved(altinn)) == "Altinn answered 400"


@pytest.mark.parametrize("status", [301, 404, 405, 409, 429, 500, 502, 503, 504])
def test_any_other_status_is_tried_again(nabo: Altinn, altinn: Altinn3, status: int) -> None:
    nabo.neste.append(svar(status, retry_after="30"))
    feil = feil_ved(altinn)
    assert (feil.kode, feil.permanent) == (str(status), False)
    assert feil.vent_s == (30 if status in (429, 503) else None)
    assert altinn.bestill(melding()) == f"forsendelse-{VARSEL}"


@pytest.mark.parametrize(
    "rart",
    [
        UGYLDIG_JSON,
        STOR,
        Svar(201),
        svar(200, {}),
        svar(200, []),
        svar(201, {"notificationOrderId": "42"}),
        svar(201, {"notification": {"shipmentId": None}}),
        svar(201, {"notification": {"shipmentId": ""}}),
        svar(201, {"notification": {"shipmentId": {"a": 1}}}),
        Svar(201, b"[" * 60_000),
        Svar(201, b"{", saa=HENG),
    ],
)
def test_answer_that_is_not_understood_is_asked_for_again(nabo: Altinn, rart: Svar) -> None:
    nabo.neste.append(rart)
    altinn = Altinn3(innstillinger(nabo))
    feil = feil_ved(altinn)
    assert (feil.kode, feil.permanent) == ("altinn_svar", False)


@pytest.mark.parametrize(("dag", "kode"), [(HENG, "tidsavbrudd"), (DRYPP, "tidsavbrudd"), (LUKK, "forbindelse")])
def test_no_answer_is_asked_for_again(nabo: Altinn, dag: Gjoer, kode: str) -> None:
    nabo.neste.append(dag)
    altinn = Altinn3(innstillinger(nabo))
    feil = feil_ved(altinn)
    assert (feil.kode, feil.permanent) == (f"altinn_{kode}", False)


# ── Tokens ──


def test_token_is_exchanged_once_and_kept(nabo: Altinn, altinn: Altinn3) -> None:
    altinn.bestill(melding())
    altinn.kvittering("x")
    assert [kall.sti for kall in nabo.kall] == [TEXAS, VEKSLING, ORDRER, FORSENDELSER + "x"]
    assert nabo.kall[0].kropp == (b"target=altinn%3Aserviceowner%2Fnotifications.create&identity_provider=maskinporten")
    assert nabo.kall[0].hoder["content-type"] == "application/x-www-form-urlencoded"


def test_token_is_renewed_a_minute_before_its_end(nabo: Altinn, altinn: Altinn3, klokke: FlyttbarKlokke) -> None:
    altinn.bestill(melding())
    klokke.forskyvning = nabo.levetid_s - 65
    altinn.bestill(melding())
    assert len(nabo.kall_til(VEKSLING)) == 1
    klokke.forskyvning = nabo.levetid_s - 59
    altinn.bestill(melding())
    assert len(nabo.kall_til(VEKSLING)) == len(nabo.kall_til(TEXAS)) == 2


def test_token_that_is_about_to_end_is_used_once(nabo: Altinn, altinn: Altinn3) -> None:
    nabo.levetid_s = 30
    altinn.bestill(melding())
    altinn.bestill(melding())
    assert len(nabo.kall_til(VEKSLING)) == 2


def test_token_without_an_end_is_used_once(nabo: Altinn, altinn: Altinn3) -> None:
    nabo.neste_veksling += [svar(200, "ikke.en.jwt"), svar(200, "ikke.en.jwt")]
    feil_ved(altinn)
    assert len(nabo.kall_til(VEKSLING)) == 2


def test_refused_token_is_replaced_once(nabo: Altinn, altinn: Altinn3) -> None:
    altinn.bestill(melding())
    nabo.glem_tokens()
    assert altinn.kvittering("x") == Utfall(None)
    assert len(nabo.kall_til(FORSENDELSER)) == len(nabo.kall_til(VEKSLING)) == len(nabo.kall_til(TEXAS)) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_order_that_is_refused_with_a_new_token_too_waits(nabo: Altinn, altinn: Altinn3, status: int) -> None:
    nabo.neste += [svar(status), svar(status)]
    feil = feil_ved(altinn)
    assert (feil.kode, feil.permanent) == (str(status), False)
    assert len(nabo.kall_til(ORDRER)) == 2


@pytest.mark.parametrize(
    "dag",
    [
        HENG,
        LUKK,
        DRYPP,
        svar(400, {"error": "invalid_target", "error_description": "kanarifugl"}),
        svar(500),
        svar(200, {}),
        svar(200, []),
        svar(200, {"access_token": "a b", "expires_in": 3600}),
        svar(200, {"access_token": "a\r\nX: y", "expires_in": 3600}),
        svar(200, {"access_token": 7}),
        UGYLDIG_JSON,
        STOR,
    ],
)
def test_order_waits_when_there_is_no_token(nabo: Altinn, dag: Svar | Gjoer) -> None:
    nabo.neste_token.append(dag)
    altinn = Altinn3(innstillinger(nabo))
    feil = feil_ved(altinn)
    assert (feil.kode, feil.permanent) == ("altinn_token", False)
    assert nabo.kall_til(ORDRER) == []
    assert "kanarifugl" not in hele_feilen(feil)
    assert altinn.bestill(melding())


@pytest.mark.parametrize("dag", [HENG, LUKK, svar(403), svar(200, ""), Svar(200), Svar(200, b"a b"), STOR])
def test_order_waits_when_the_token_cannot_be_exchanged(nabo: Altinn, dag: Svar | Gjoer) -> None:
    nabo.neste_veksling.append(dag)
    altinn = Altinn3(innstillinger(nabo))
    assert feil_ved(altinn).kode == "altinn_token"
    assert altinn.bestill(melding())


def test_error_code_of_the_token_service_is_told(nabo: Altinn, altinn: Altinn3) -> None:
    nabo.neste_token.append(svar(400, {"error": "invalid_target"}))
    assert str(feil_ved(altinn)).endswith("answered 400 (invalid_target)")


def test_altinn_without_a_token_service_says_what_is_missing(nabo: Altinn) -> None:
    assert "token_url" in str(feil_ved(Altinn3(innstillinger(nabo, token_url=""))))


def test_exchanged_token_may_come_as_plain_text(nabo: Altinn, altinn: Altinn3) -> None:
    altinn.bestill(melding())
    token = nabo.kall_til(ORDRER)[0].hoder["authorization"].removeprefix("Bearer ")
    ny = Altinn3(innstillinger(nabo))
    nabo.neste_veksling.append(Svar(200, token.encode()))
    assert ny.bestill(melding())


def test_threads_that_need_a_token_share_one(klokke: FlyttbarKlokke) -> None:
    hentet, slipp = threading.Event(), threading.Event()
    antall: list[int] = []

    def utsted() -> Utstedt:
        antall.append(1)
        hentet.set()
        slipp.wait(5)
        return Utstedt("t", klokke.ekte_sekunder() + 3600)

    token, svar = Token(utsted, klokke), []
    traader = [threading.Thread(target=lambda: svar.append(token.hent())) for _ in range(5)]
    for traad in traader:
        traad.start()
    hentet.wait(5)
    slipp.set()
    for traad in traader:
        traad.join(5)
    assert (svar, len(antall)) == (["t"] * 5, 1)


def test_token_that_cannot_be_renewed_is_not_used(klokke: FlyttbarKlokke) -> None:
    utstedte = [Utstedt("t", klokke.ekte_sekunder() + 61), Utstedt("", 0)]
    token = Token(lambda: utstedte.pop(0), klokke)
    assert token.hent() == "t"
    klokke.forskyvning = 5
    with pytest.raises(TokenError):
        token.hent()


# ── The receipt ──

LEVERT, AVVIST = "Email_Delivered", "SMS_Failed_InvalidRecipient"


@pytest.mark.parametrize(
    ("status", "mottakere", "utfall"),
    [
        ("Order_Registered", (), None),
        ("Order_Processing", (), None),
        ("Order_Processed", (LEVERT,), None),
        ("Order_Noe_Nytt", (LEVERT,), None),
        ("", (LEVERT,), None),
        ("Order_Completed", (), Utfall(None)),
        ("Order_Completed", (LEVERT, "SMS_Delivered"), Utfall(None)),
        ("Order_Completed", (LEVERT, AVVIST), Utfall(None)),
        ("Order_Completed", (LEVERT, "SMS_Accepted"), None),
        ("Order_Completed", (AVVIST, "Email_Succeeded"), None),
        ("Order_Completed", (LEVERT, "SMS_Noe_Nytt"), None),
        ("Order_Completed", ("delivered",), None),
        ("Order_Cancelled", (), Utfall("Order_Cancelled")),
        ("Order_Cancelled", (LEVERT,), Utfall("Order_Cancelled")),
        ("Order_SendConditionNotMet", (), Utfall("Order_SendConditionNotMet")),
        (
            "Order_Completed",
            (AVVIST, "Email_Failed", AVVIST),
            Utfall(
                f"Email_Failed,{AVVIST}",
                f"Destinasjon: m0@eksempel.no, Status: {AVVIST}, "
                "Destinasjon: m1@eksempel.no, Status: Email_Failed, "
                f"Destinasjon: m2@eksempel.no, Status: {AVVIST}",
            ),
        ),
    ],
)
def test_what_a_shipment_means(
    nabo: Altinn,
    altinn: Altinn3,
    caplog: pytest.LogCaptureFixture,
    status: str,
    mottakere: tuple[str, ...],
    utfall: Utfall | None,
) -> None:
    nabo.forsendelser["x"] = forsendelse(status, *mottakere)
    assert altinn.kvittering("x") == utfall
    assert "eksempel.no" not in caplog.text
    ukjent = "Nytt" in status + "".join(mottakere) or not status or "delivered" in mottakere
    delvis = mottakere == (LEVERT, AVVIST)
    assert ("not known here" in caplog.text, "1 of 2" in caplog.text) == (ukjent, delvis)


@pytest.mark.parametrize("status", [400, 404, 422, 429, 500])
def test_receipt_that_cannot_be_had_is_asked_for_again(nabo: Altinn, altinn: Altinn3, status: int) -> None:
    nabo.neste.append(svar(status))
    with pytest.raises(KanalError) as feil:
        altinn.kvittering("x")
    assert (feil.value.kode, feil.value.permanent, feil.value.usikker) == (str(status), False, False)


@pytest.mark.parametrize(
    "rart",
    [
        UGYLDIG_JSON,
        STOR,
        svar(200, []),
        svar(200, {"recipients": []}),
        svar(200, {"status": None}),
        svar(200, {"status": "Order_Completed", "recipients": {}}),
        svar(200, {"status": "Order_Completed", "recipients": [{"destination": "kanarifugl@eksempel.no"}]}),
        svar(200, {"status": "Order_Completed", "recipients": ["kanarifugl@eksempel.no"]}),
    ],
)
def test_receipt_that_is_not_understood_is_asked_for_again(nabo: Altinn, altinn: Altinn3, rart: Svar) -> None:
    nabo.neste.append(rart)
    with pytest.raises(KanalError) as feil:
        altinn.kvittering("x")
    assert (feil.value.kode, feil.value.permanent) == ("altinn_svar", False)
    assert "kanarifugl" not in hele_feilen(feil.value)


def test_shipment_may_lack_recipients(nabo: Altinn, altinn: Altinn3) -> None:
    for tomt in ({}, {"recipients": None}):
        nabo.forsendelser["x"] = {"status": "Order_Completed", **tomt}
        assert altinn.kvittering("x") == Utfall(None)


def test_shipment_to_thousands_is_read(nabo: Altinn, altinn: Altinn3) -> None:
    nabo.forsendelser["x"] = forsendelse("Order_Completed", *["Email_Bounced_Failed"] * 5000)
    utfall = altinn.kvittering("x")
    assert utfall is not None and utfall.kode == "Email_Bounced_Failed"


def test_shipment_id_is_one_part_of_the_address(nabo: Altinn, altinn: Altinn3) -> None:
    altinn.kvittering("a/b?c=d æ")
    assert nabo.kall_til(FORSENDELSER)[0].sti == FORSENDELSER + "a%2Fb%3Fc%3Dd%20%C3%A6"


# ── Discretion ──


def test_nothing_of_the_message_is_in_the_error(nabo: Altinn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bestilling = Melding(VARSEL, "EPOST", "kanarifugl@eksempel.no", BAKERIET, "kanarifugl", "kanarifugl", None, "fager")
    ekko: Any = {"detail": "kanarifugl", "errors": ["kanarifugl@eksempel.no"], "title": "kanarifugl"}
    feil = []
    for dag in (svar(400, ekko), svar(422, ekko), svar(500, ekko), svar(200, ekko), HENG, LUKK, DRYPP):
        nabo.neste.append(dag)
        feil.append(feil_ved(Altinn3(innstillinger(nabo)), bestilling))
    feil.append(feil_ved(Altinn3(innstillinger(nabo, base_url=f"http://127.0.0.1:{doed_port()}")), bestilling))
    nabo.neste_token.append(svar(200, {"access_token": "kanarifugl kanarifugl"}))
    feil.append(feil_ved(Altinn3(innstillinger(nabo)), bestilling))
    for en in feil:
        logging.getLogger("test").error("sending failed", exc_info=en)
        assert "kanarifugl" not in hele_feilen(en)
    tekst = "\n".join(logging.Formatter().format(record) for record in caplog.records)
    assert "kanarifugl" not in tekst and "Bearer" not in tekst
