"""The whole service with real neighbours: a mail server, an SMS gateway and Altinn, on good days and on bad ones."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from naboer import (
    DRYPP,
    HENG,
    LUKK,
    STOR,
    UGYLDIG_JSON,
    Altinn,
    Epostserver,
    Gjoer,
    Kall,
    Smsgateway,
    doed_port,
    forsendelse,
    svar,
)
from naboer import Svar as Nabosvar
from produsent import altinnressurs, altinntjeneste, epost, mutasjon, ny_beskjed, ny_kalenderavtale, ny_sak, sms
from produsent import varselstatuser as statuser
from tjeneste import BAKERIET, DAGNY, Tjeneste, kjoerende

from server.tid import Klokke

NAA = "2030-01-07T11:00:00Z"  # a Monday
TIMEOUT_S = 0.4


class LyvendeAltinn(Altinn):
    """`tar_likevel`: takes the order, whatever it answers."""

    tar_likevel = False

    def gjoer(self, kall: Kall) -> Nabosvar | Gjoer:
        if self.tar_likevel and self.neste and kall.metode == "POST" and "/orders" in kall.sti:
            self.behandle(kall)
        return super().gjoer(kall)


class By(NamedTuple):
    """The service and its neighbours."""

    tjeneste: Tjeneste
    gateway: Smsgateway
    epost: Epostserver
    altinn: LyvendeAltinn

    def jobber(self) -> None:
        self.tjeneste.utvikling("POST", "/dev/jobber")

    def frem(self, varighet: str) -> None:
        self.tjeneste.utvikling("POST", "/dev/klokke", {"frem": varighet})

    def feilkoder(self) -> list[str | None]:
        return [kode for (kode,) in self.tjeneste.rader("SELECT feilkode FROM eksternt_varsel ORDER BY nr")]

    def forsoek(self) -> list[str]:
        rader = self.tjeneste.rader("SELECT utfall FROM varselforsoek ORDER BY varsel_nr, forsoek")
        return [utfall for (utfall,) in rader]


@contextmanager
def by(mappe: Path, **verdier: str) -> Iterator[By]:
    """A service whose three channels lead to neighbours of its own; `__` is a dot in the names of settings."""
    with ExitStack() as stabel:
        gateway = stabel.enter_context(Smsgateway(idempotent=verdier.get("varsling__gateway__idempotent") != "false"))
        post, altinn = stabel.enter_context(Epostserver()), stabel.enter_context(LyvendeAltinn())
        alle = {
            "bakgrunn.pause_s": "0.05",
            "varsling.sms": '"gateway"',
            "varsling.epost": '"smtp"',
            "varsling.altinn": '"altinn"',
            "varsling.gateway.url": f'"{gateway.url}/sms"',
            "varsling.gateway.timeout_s": str(TIMEOUT_S),
            "varsling.smtp.port": str(post.port),
            "varsling.smtp.timeout_s": str(TIMEOUT_S),
            "varsling.altinn3.base_url": f'"{altinn.url}"',
            "varsling.altinn3.token_url": f'"{altinn.token_url}"',
            "varsling.altinn3.timeout_s": str(TIMEOUT_S),
        } | {navn.replace("__", "."): verdi for navn, verdi in verdier.items()}
        tjeneste = stabel.enter_context(kjoerende(mappe / "a.db", verdier=alle))
        tjeneste.klokke(NAA)
        yield By(tjeneste, gateway, post, altinn)


@pytest.fixture(scope="module")
def _felles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[By]:
    with by(Path(tmp_path_factory.mktemp("naboer"))) as felles:
        yield felles


@pytest.fixture
def byen(_felles: By) -> By:
    """Emptied, on a Monday, with neighbours in a good mood."""
    _felles.tjeneste.utvikling("POST", "/dev/nullstill")
    for nabo in (_felles.gateway, _felles.altinn):
        nabo.neste.clear()
        nabo.kall.clear()
    _felles.gateway.sendt.clear()
    _felles.gateway.sender_likevel = _felles.altinn.tar_likevel = False
    _felles.altinn.ordrer.clear()
    _felles.altinn.forsendelser.clear()
    _felles.epost.brev.clear()
    _felles.epost.neste.clear()
    _felles.epost.alltid.clear()
    _felles.tjeneste.klokke(NAA)
    return _felles


def meldings_ider(nabo: Epostserver) -> list[str]:
    return [re.findall(rb"(?m)^Message-ID: <([^@>]*)@", brev.innhold)[0].decode() for brev in nabo.brev]


# ── Good days ──


def test_each_varsel_reaches_its_neighbour_once_under_its_own_id(byen: By) -> None:
    varsler = [sms("+4740000101", "Hei på deg"), epost("åse@eksempel.no", "Tittel"), altinnressurs("test-fager", "Hei")]
    beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=varsler)
    ider = [varsel["id"] for varsel in beskjed["eksterneVarsler"]]
    byen.jobber()
    assert statuser(byen.tjeneste, beskjed["id"]) == ["SENDT", "SENDT", "NY"], "Altinn has yet to say how it went"
    byen.frem("PT15S")
    assert statuser(byen.tjeneste, beskjed["id"]) == ["SENDT", "SENDT", "SENDT"]
    assert byen.gateway.sendt == [{"til": "+4740000101", "tekst": "Hei på deg", "varselId": ider[0]}]
    assert [kall.hoder["idempotency-key"] for kall in byen.gateway.kall] == [ider[0]]
    assert meldings_ider(byen.epost) == [ider[1]]
    assert byen.epost.brev[0].til == ["åse@eksempel.no"]
    assert list(byen.altinn.ordrer) == [ider[2]]
    organisasjon = byen.altinn.ordrer[ider[2]]["recipient"]["recipientOrganization"]
    assert (organisasjon["orgNumber"], organisasjon["resourceId"]) == (BAKERIET, "urn:altinn:resource:test-fager")
    assert byen.tjeneste.utvikling("GET", "/dev/utboks") == [], "the outbox has no part in it"
    byen.frem("P1D")
    assert (len(byen.gateway.kall), len(byen.epost.brev), len(byen.altinn.ordrer)) == (1, 1, 1)


def test_windows_and_cancellation_hold_for_every_channel(byen: By) -> None:
    ny_sak(byen.tjeneste)
    nks = {"sendevindu": "NKS_AAPNINGSTID"}
    byen.tjeneste.klokke("2030-01-07T16:00")
    avtale = ny_kalenderavtale(byen.tjeneste, eksterneVarsler=[sms(**nks), epost(**nks), altinnressurs(**nks)])
    beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=[sms(**nks), epost(**nks), altinnressurs(**nks)])
    mutasjon(byen.tjeneste, "oppdaterKalenderavtale", f'id: "{avtale["id"]}" nyTilstand: AVLYST')
    byen.tjeneste.klokke("2030-01-08T08:29")
    assert (byen.gateway.kall, byen.epost.brev, byen.altinn.ordrer) == ([], [], {})
    byen.tjeneste.klokke("2030-01-08T08:31")
    assert (len(byen.gateway.sendt), len(byen.epost.brev), len(byen.altinn.ordrer)) == (1, 1, 1)
    assert statuser(byen.tjeneste, avtale["id"]) == 3 * ["KANSELLERT"]
    assert statuser(byen.tjeneste, beskjed["id"]) == 3 * ["SENDT"]


def test_altinn_can_be_the_way_for_all(tmp_path: Path) -> None:
    with by(tmp_path, varsling__sms='"altinn"', varsling__epost='"altinn"') as byen:
        beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=[sms(), epost(), altinnressurs(), altinntjeneste()])
        byen.jobber()
        byen.frem("PT1M")
        assert statuser(byen.tjeneste, beskjed["id"]) == ["SENDT", "SENDT", "SENDT", "FEILET"]
        assert byen.feilkoder() == [None, None, None, "altinn2_avviklet"]
        ider = [varsel["id"] for varsel in beskjed["eksterneVarsler"]]
        assert list(byen.altinn.ordrer) == ider[:3]
        assert len(byen.altinn.kall_til("/texas")) == 1, "one token for them all"


# ── The SMS gateway on bad days: one thing happens, and then it is well again ──

BORTE = svar(503)
GATEWAY: dict[str, tuple[list[Nabosvar | Gjoer | None], str, int, list[str]]] = {
    "refuses": ([svar(400)], "FEILET", 1, ["gateway_400"]),
    "is out of order": ([BORTE], "SENDT", 2, ["gateway_503", "OK"]),
    "is out of order for long": ([BORTE] * 4, "SENDT", 5, [*4 * ["gateway_503"], "OK"]),
    "wants a login": ([svar(401)], "SENDT", 2, ["gateway_401", "OK"]),
    "hangs": ([HENG], "SENDT", 2, ["usikker gateway_tidsavbrudd", "OK"]),
    "drips": ([DRYPP], "SENDT", 2, ["usikker gateway_tidsavbrudd", "OK"]),
    "hangs up": ([LUKK], "SENDT", 2, ["usikker gateway_forbindelse", "OK"]),
    "hangs up for long": ([LUKK] * 3, "SENDT", 4, [*3 * ["usikker gateway_forbindelse"], "OK"]),
    "sends 10 MB": ([STOR], "SENDT", 1, ["OK"]),
    "sends half an answer": ([UGYLDIG_JSON], "SENDT", 1, ["OK"]),
    "redirects": ([svar(302, location="/annet")], "SENDT", 2, ["usikker gateway_302", "OK"]),
    "something in between answers": ([svar(502)], "SENDT", 2, ["usikker gateway_502", "OK"]),
}


@pytest.mark.parametrize(("neste", "status", "kall", "forsoek"), GATEWAY.values(), ids=GATEWAY)
@pytest.mark.parametrize("sender_likevel", [False, True], ids=["has not sent", "has sent all the same"])
def test_gateway_that(
    byen: By, neste: list[Any], status: str, kall: int, forsoek: list[str], sender_likevel: bool
) -> None:
    byen.gateway.sender_likevel = sender_likevel
    byen.gateway.neste.extend(neste)
    beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=[sms()])
    byen.jobber()
    byen.frem("PT10M")
    assert (statuser(byen.tjeneste, beskjed["id"]), byen.forsoek()) == ([status], forsoek)
    assert len(byen.gateway.kall) == kall
    assert len({tuple(sorted(et_kall.json.items())) for et_kall in byen.gateway.kall}) == 1, "the same each time"
    assert len({et_kall.hoder["idempotency-key"] for et_kall in byen.gateway.kall}) == 1
    if sender_likevel or (status == "SENDT" and kall > len(neste)):
        assert len(byen.gateway.sendt) == 1, "the gateway knows the key"


def test_gateway_that_lies_is_asked_until_it_says_the_word(tmp_path: Path) -> None:
    felt = {"varsling__gateway__vellykket_felt": '"status"', "varsling__gateway__vellykket_verdi": '"OK"'}
    with by(tmp_path, **felt) as byen:
        byen.gateway.neste.extend([svar(200, {"status": "FEIL"}), STOR, UGYLDIG_JSON, svar(204)])
        beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=[sms()])
        byen.jobber()
        assert statuser(byen.tjeneste, beskjed["id"]) == ["NY"]
        byen.frem("PT12M")
        assert statuser(byen.tjeneste, beskjed["id"]) == ["SENDT"]
        assert byen.forsoek() == [*4 * ["usikker gateway_svar"], "OK"]


@pytest.mark.parametrize("status", [429, 503])
def test_gateway_that_asks_us_to_wait_is_left_alone_so_long(byen: By, status: int) -> None:
    byen.gateway.neste.append(svar(status, retry_after="300"))
    beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=[sms()])
    byen.jobber()
    byen.frem("PT299S")
    assert len(byen.gateway.kall) == 1
    byen.frem("PT1S")
    assert (len(byen.gateway.kall), statuser(byen.tjeneste, beskjed["id"])) == (2, ["SENDT"])


def test_dead_gateway_is_tried_until_it_lives(tmp_path: Path) -> None:
    with by(tmp_path, varsling__gateway__url=f'"http://127.0.0.1:{doed_port()}/sms"') as byen:
        beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=[sms(), epost()])
        byen.jobber()
        byen.frem("PT2H")
        assert statuser(byen.tjeneste, beskjed["id"]) == ["NY", "SENDT"]
        forsoek = byen.forsoek()
        assert set(forsoek[:-1]) == {"gateway_forbindelse"} and 12 <= len(forsoek[:-1]) <= 20


# ── A gateway that cannot tell a repetition ──


@pytest.mark.parametrize("dag", [HENG, LUKK, svar(504)], ids=["hangs", "hangs up", "504"])
@pytest.mark.parametrize(
    ("ved_tvil", "etter_en", "etter_to", "sendt"),
    [("ikke_send", "FEILET", "FEILET", (1, 1)), ("send", "SENDT", "FEILET", (2, 2))],
)
def test_lost_answer_of_a_gateway_that_cannot_tell(
    byer: dict[str, By], dag: Any, ved_tvil: str, etter_en: str, etter_to: str, sendt: tuple[int, int]
) -> None:
    """What happens when one answer is lost, and when all are: the telephone rings once more at most."""
    byen = byer[ved_tvil]
    for tapte, status, ringte in ((1, etter_en, sendt[0]), (5, etter_to, sendt[1])):
        byen.tjeneste.utvikling("POST", "/dev/nullstill")
        byen.gateway.sendt.clear()
        byen.gateway.neste.clear()
        byen.gateway.sender_likevel = True
        byen.gateway.neste.extend([dag] * tapte)
        beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=[sms()])
        byen.jobber()
        byen.frem("PT20M")
        assert statuser(byen.tjeneste, beskjed["id"]) == [status]
        assert len(byen.gateway.sendt) == ringte
        assert byen.feilkoder() == ["ukjent_utfall" if status == "FEILET" else None]


@pytest.mark.parametrize("ved_tvil", ["send", "ikke_send"])
def test_what_is_certain_is_tried_again_whatever_is_set(byer: dict[str, By], ved_tvil: str) -> None:
    byen = byer[ved_tvil]
    byen.tjeneste.utvikling("POST", "/dev/nullstill")
    byen.gateway.sendt.clear()
    byen.gateway.neste.clear()
    byen.gateway.sender_likevel = False
    byen.gateway.neste.extend([BORTE, svar(429), BORTE])
    beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=[sms()])
    byen.jobber()
    byen.frem("PT20M")
    assert (statuser(byen.tjeneste, beskjed["id"]), len(byen.gateway.sendt)) == (["SENDT"], 1)


@pytest.fixture(scope="module")
def byer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, By]]:
    with ExitStack() as stabel:
        yield {
            ved_tvil: stabel.enter_context(
                by(
                    Path(tmp_path_factory.mktemp(ved_tvil)),
                    varsling__gateway__idempotent="false",
                    varsling__ved_tvil=f'"{ved_tvil}"',
                )
            )
            for ved_tvil in ("send", "ikke_send")
        }


# ── The mail server on bad days ──

EPOST: dict[str, tuple[dict[str, str | Gjoer], str, int, list[str]]] = {
    "does not know the recipient": ({"RCPT": "550 5.1.1 unknown"}, "FEILET", 0, ["smtp_550"]),
    "has a full mailbox": ({"RCPT": "452 4.2.2 full"}, "SENDT", 1, ["smtp_452", "OK"]),
    "is closing": ({"HILSEN": "421 4.3.2 closing"}, "SENDT", 1, ["smtp_421", "OK"]),
    "will not have the message": ({"MELDING": "554 5.7.1 spam"}, "FEILET", 0, ["smtp_554"]),
    "greylists the message": ({"MELDING": "451 4.7.1 later"}, "SENDT", 1, ["smtp_451", "OK"]),
    "hangs at the greeting": ({"HILSEN": HENG}, "SENDT", 1, ["smtp_tidsavbrudd", "OK"]),
    "drips at the greeting": ({"HILSEN": DRYPP}, "SENDT", 1, ["smtp_tidsavbrudd", "OK"]),
    "hangs up at RCPT": ({"RCPT": LUKK}, "SENDT", 1, ["smtp_forbindelse", "OK"]),
    "hangs after the final dot": ({"MELDING": HENG}, "SENDT", 2, ["usikker smtp_tidsavbrudd", "OK"]),
    "hangs up after the final dot": ({"MELDING": LUKK}, "SENDT", 2, ["usikker smtp_forbindelse", "OK"]),
    "hangs at QUIT": ({"QUIT": HENG}, "SENDT", 1, ["OK"]),
}


@pytest.mark.parametrize(("neste", "status", "brev", "forsoek"), EPOST.values(), ids=EPOST)
def test_mail_server_that(byen: By, neste: dict[str, Any], status: str, brev: int, forsoek: list[str]) -> None:
    byen.epost.neste.update(neste)
    beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=[epost()])
    byen.jobber()
    byen.frem("PT10M")
    assert (statuser(byen.tjeneste, beskjed["id"]), byen.forsoek()) == ([status], forsoek)
    assert meldings_ider(byen.epost) == brev * [beskjed["eksterneVarsler"][0]["id"]], "a double has the same id"


def test_mail_server_that_always_loses_its_answer_gets_the_message_twice_and_not_for_ever(byen: By) -> None:
    byen.epost.alltid["MELDING"] = LUKK
    beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=[epost()])
    byen.jobber()
    byen.frem("P1D")
    assert meldings_ider(byen.epost) == 2 * [beskjed["eksterneVarsler"][0]["id"]]
    assert (statuser(byen.tjeneste, beskjed["id"]), byen.feilkoder()) == (["FEILET"], ["ukjent_utfall"])


def test_one_bad_recipient_harms_no_other(byen: By) -> None:
    byen.epost.neste["RCPT"] = "550 5.1.1 unknown"
    beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=[epost(f"e{nr}@eksempel.no") for nr in range(4)])
    byen.jobber()
    assert sorted(statuser(byen.tjeneste, beskjed["id"])) == ["FEILET", "SENDT", "SENDT", "SENDT"]
    assert [len(brev.til) for brev in byen.epost.brev] == [1, 1, 1]


# ── Altinn on bad days ──

ORDRE: dict[str, tuple[list[Any], str, list[str]]] = {
    "has no contact data": ([svar(422, {"code": "NOT-00001"})], "FEILET", ["422"]),
    "refuses": ([svar(400, {"title": "Bad"})], "FEILET", ["400"]),
    "is out of order": ([svar(500), svar(503)], "SENDT", ["500", "503", "OK"]),
    "hangs": ([HENG], "SENDT", ["altinn_tidsavbrudd", "OK"]),
    "hangs up": ([LUKK], "SENDT", ["altinn_forbindelse", "OK"]),
    "answers without a shipment": ([svar(201, {"notificationOrderId": "1"})], "SENDT", ["altinn_svar", "OK"]),
    "answers with half a shipment": ([UGYLDIG_JSON], "SENDT", ["altinn_svar", "OK"]),
}


@pytest.mark.parametrize(("neste", "status", "forsoek"), ORDRE.values(), ids=ORDRE)
@pytest.mark.parametrize("tar_likevel", [False, True], ids=["has not taken it", "has taken it all the same"])
def test_altinn_that(byen: By, neste: list[Any], status: str, forsoek: list[str], tar_likevel: bool) -> None:
    byen.altinn.tar_likevel = tar_likevel
    byen.altinn.neste.extend(neste)
    beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=[altinnressurs()])
    byen.jobber()
    byen.frem("PT10M")
    assert (statuser(byen.tjeneste, beskjed["id"]), byen.forsoek()) == ([status], forsoek)
    if status == "SENDT":
        assert list(byen.altinn.ordrer) == [beskjed["eksterneVarsler"][0]["id"]], "one order, however often it is asked"
    else:
        assert byen.feilkoder() == [forsoek[0]]


FORSENDELSE: dict[str, tuple[Any, str, str | None]] = {
    "delivered": (forsendelse("Order_Completed", "SMS_Delivered", "Email_Delivered"), "SENDT", None),
    "to nobody": (forsendelse("Order_Completed"), "SENDT", None),
    "some failed": (forsendelse("Order_Completed", "Email_Delivered", "SMS_Failed_Expired"), "SENDT", None),
    "all failed": (
        forsendelse("Order_Completed", "SMS_Failed_Expired", "Email_Failed_Bounced"),
        "FEILET",
        "Email_Failed_Bounced,SMS_Failed_Expired",
    ),
    "cancelled": (forsendelse("Order_Cancelled"), "FEILET", "Order_Cancelled"),
    "condition not met": (forsendelse("Order_SendConditionNotMet"), "FEILET", "Order_SendConditionNotMet"),
    "underway": (forsendelse("Order_Processing"), "NY", None),
    "on its way to some": (forsendelse("Order_Completed", "SMS_Delivered", "Email_Sending"), "NY", None),
    "a new word": (forsendelse("Order_Teleported"), "NY", None),
    "a new word about somebody": (forsendelse("Order_Completed", "SMS_Teleported"), "NY", None),
}


@pytest.mark.parametrize(("kvittering", "status", "kode"), FORSENDELSE.values(), ids=FORSENDELSE)
def test_receipt_from_altinn(byen: By, kvittering: Any, status: str, kode: str | None) -> None:
    beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=[altinnressurs()])
    forsendelse_id = f"forsendelse-{beskjed['eksterneVarsler'][0]['id']}"
    byen.altinn.forsendelser[forsendelse_id] = kvittering
    byen.jobber()
    assert statuser(byen.tjeneste, beskjed["id"]) == ["NY"]
    byen.frem("PT15S")
    assert (statuser(byen.tjeneste, beskjed["id"]), byen.feilkoder()) == ([status], [kode])
    if status == "NY":  # not final; asked for again, less and less often
        byen.frem("PT1H")
        assert 6 <= len(byen.altinn.kall_til("/notifications/api/v1/future/shipment")) <= 12
        byen.altinn.forsendelser[forsendelse_id] = forsendelse("Order_Completed", "SMS_Delivered")
        byen.frem("PT10M")
        assert statuser(byen.tjeneste, beskjed["id"]) == ["SENDT"]


def test_receipt_is_asked_for_again_when_altinn_does_not_answer(byen: By) -> None:
    beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=[altinnressurs()])
    byen.altinn.neste.extend([None, svar(404), svar(500), HENG, UGYLDIG_JSON])  # the first is the order
    byen.jobber()
    byen.frem("PT8M")
    assert statuser(byen.tjeneste, beskjed["id"]) == ["NY"]
    byen.frem("PT11M")
    assert statuser(byen.tjeneste, beskjed["id"]) == ["SENDT"]
    assert byen.forsoek() == ["OK"], "it was ordered once"


def test_order_waits_while_there_is_no_token(byen: By) -> None:
    byen.altinn.glem_tokens()
    byen.altinn.neste_token.extend([svar(500), svar(400, {"error": "invalid_client"})])
    beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=[altinnressurs()])
    byen.jobber()
    assert statuser(byen.tjeneste, beskjed["id"]) == ["NY"]
    byen.frem("PT10M")
    assert statuser(byen.tjeneste, beskjed["id"]) == ["SENDT"]
    assert byen.forsoek() == ["altinn_token", "altinn_token", "OK"]


# ── One that hangs holds up nobody else ──


def test_channel_that_hangs_delays_neither_the_others_nor_the_apis(byen: By) -> None:
    tjeneste = byen.tjeneste
    tjeneste.tilgang(DAGNY, BAKERIET)
    tjeneste.token(bruker=DAGNY)
    tjeneste.utvikling("DELETE", "/dev/klokke")
    byen.gateway.neste.extend([HENG] * 100)
    ny_beskjed(tjeneste, ekstern_id="sms", eksterneVarsler=[sms(f"400001{nr:02}") for nr in range(50)])
    _vent(lambda: len(byen.gateway.kall) >= 1, "the gateway hangs")
    verst = 0.0
    for nr in range(8):
        foer = Klokke().monotonic()
        ny_beskjed(tjeneste, ekstern_id=str(nr), eksterneVarsler=[epost(), altinnressurs()])
        tjeneste.bruker(DAGNY, "{ notifikasjoner { notifikasjoner { ... on Beskjed { id } } } }")
        assert tjeneste.http.get(f"{tjeneste.url}/internal/ready", timeout=10).status_code == 200
        assert Klokke().monotonic() - foer < 1
        _vent(lambda antall=nr + 1: len(byen.epost.brev) == antall and len(byen.altinn.ordrer) == antall, "the others")  # type: ignore[misc]
        verst = max(verst, Klokke().monotonic() - foer)
    assert verst < 1, "less than a second from order to neighbour"
    assert len(byen.gateway.kall) < 50, "and all the while the gateway hung"

    # The brake works at once, too: after the attempt that is underway there is no other.
    foer = Klokke().monotonic()
    tjeneste.utvikling("POST", "/internal/noedbrems", {"paa": True})
    assert Klokke().monotonic() - foer < 1
    antall = len(byen.gateway.kall)
    _vent(lambda: not tjeneste.rader("SELECT 1 FROM varselforsoek WHERE avsluttet IS NULL"), "the attempt ends")
    assert len(byen.gateway.kall) <= antall + 1
    tjeneste.utvikling("POST", "/internal/noedbrems", {"paa": False})


def test_three_channels_that_hang_hang_at_the_same_time(byen: By) -> None:
    byen.tjeneste.utvikling("DELETE", "/dev/klokke")
    byen.gateway.neste.append(HENG)
    byen.epost.neste["RCPT"] = HENG
    byen.altinn.neste.append(HENG)
    ny_beskjed(byen.tjeneste, eksterneVarsler=[sms(), epost(), altinnressurs()])
    aapne = "SELECT count(*) FROM varselforsoek WHERE avsluttet IS NULL"
    _vent(lambda: byen.tjeneste.rader(aapne) == [(3,)], "all three")
    _vent(lambda: byen.tjeneste.rader(aapne) == [(0,)], "and they give up")
    assert sorted(byen.forsoek()) == ["altinn_tidsavbrudd", "smtp_tidsavbrudd", "usikker gateway_tidsavbrudd"]


def _vent(er_sant: Callable[[], bool], hva: str) -> None:
    """Until it is so; only a failing test waits long."""
    frist = Klokke().monotonic() + 10
    while not er_sant():
        assert Klokke().monotonic() < frist, hva
        threading.Event().wait(0.01)


# ── What the log says ──


def test_log_tells_what_happened_and_never_to_whom_or_with_what_words(byen: By) -> None:
    hemmelig = "Hemmelighetsfull"
    byen.gateway.neste.extend([svar(400, {"feil": f"40000177 {hemmelig}"}), LUKK, svar(500)])
    byen.epost.neste.update({"RCPT": f"550 <{hemmelig}@eksempel.no> {hemmelig}", "MELDING": LUKK})
    byen.altinn.neste.extend([svar(422, {"detail": f"{BAKERIET} {hemmelig} 15845512345"}), svar(500, hemmelig)])
    varsler: list[Any] = [sms("40000177", hemmelig)] * 3
    varsler += [epost(f"{hemmelig}@eksempel.no", hemmelig, hemmelig)] * 3
    varsler += [altinnressurs(tittel=hemmelig)] * 3
    beskjed = ny_beskjed(byen.tjeneste, eksterneVarsler=varsler)
    for nr, varsel in enumerate(beskjed["eksterneVarsler"][6:]):
        byen.altinn.forsendelser[f"forsendelse-{varsel['id']}"] = forsendelse(
            "Order_Completed", "SMS_Failed" if nr == 2 else f"SMS_{hemmelig}@eksempel.no"
        )
    byen.jobber()
    byen.frem("PT10M")
    logg = "".join(byen.tjeneste.logg)
    ider = [varsel["id"] for varsel in beskjed["eksterneVarsler"]]
    assert all(any(varsel_id in logg for varsel_id in ider[fra : fra + 3]) for fra in (0, 3, 6))
    for ord_ in (hemmelig, "40000177", "15845512345", "Traceback"):
        assert ord_ not in logg, ord_
