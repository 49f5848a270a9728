"""kill -9 again and again while varsler are being sent: none is lost, and none comes twice where that can be helped.

The neighbours write down what telephones and mailboxes would have got, and take a moment before and after they do, so
that most deaths come in the middle of a call.
"""

import asyncio
import random
import re
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import apsw
import pytest
from naboer import Epostserver, Kall, Smsgateway, Svar
from produsent import epost, ny_beskjed, sms
from tjeneste import Tjeneste, kjoerende

KILLS = 50
MOMENT_S = 0.012  # before and after a neighbour takes a message, at most


class NoelendeGateway(Smsgateway):
    def behandle(self, kall: Kall) -> Svar:
        threading.Event().wait(random.random() * MOMENT_S)
        svar = super().behandle(kall)
        threading.Event().wait(random.random() * MOMENT_S)
        return svar


class NoelendeEpostserver(Epostserver):
    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await asyncio.sleep(random.random() * MOMENT_S)
        svar = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(random.random() * MOMENT_S)
        return svar

    def varsel_ider(self) -> list[str]:
        return [re.findall(rb"(?m)^Message-ID: <([^@>]*)@", brev.innhold)[0].decode() for brev in self.brev]


@pytest.mark.parametrize("idempotent", [True, False], ids=["gateway that knows the key", "gateway that does not"])
def test_kill_around_sending(tmp_path: Path, idempotent: bool) -> None:
    fil = tmp_path / "a.db"
    bestilt: dict[str, str] = {}  # varsel id -> recipient, of all that was acknowledged
    with NoelendeGateway(idempotent=idempotent) as gateway, NoelendeEpostserver() as post:
        verdier = {
            "bakgrunn.pause_s": "0.02",
            "varsling.sms": '"gateway"',
            "varsling.epost": '"smtp"',
            "varsling.gateway.url": f'"{gateway.url}/sms"',
            "varsling.gateway.idempotent": str(idempotent).lower(),
            "varsling.smtp.port": str(post.port),
        }
        for runde in range(KILLS):
            with kjoerende(fil, verdier=verdier) as tjeneste:
                if runde == 0:
                    tjeneste.klokke("2030-01-07T12:00")
                foer = len(gateway.kall)
                _bestill(tjeneste, runde, bestilt)
                _vent_paa_kall(gateway, foer + 1)
                threading.Event().wait(random.random() * 4 * MOMENT_S)
                tjeneste.process.kill()
                tjeneste.process.wait(10)
            _ett_minutt_senere(fil)
        with kjoerende(fil, verdier=verdier) as tjeneste:
            tjeneste.utvikling("POST", "/dev/klokke", {"frem": "PT3H"})
            status = dict(tjeneste.rader("SELECT id, status FROM eksternt_varsel"))
            feilkode = dict(tjeneste.rader("SELECT id, feilkode FROM eksternt_varsel"))
            kuttet = dict(
                tjeneste.rader(
                    """
                    SELECT v.kanal, count(*) FROM varselforsoek f JOIN eksternt_varsel v ON v.nr = f.varsel_nr
                     WHERE f.utfall = 'usikker avbrutt' GROUP BY v.kanal
                    """
                )
            )
            aapne = tjeneste.rader("SELECT count(*) FROM varselforsoek WHERE avsluttet IS NULL")

    assert status.keys() == bestilt.keys(), "nothing was lost, and nothing was made up"
    assert aapne == [(0,)] and set(status.values()) <= {"SENDT", "FEILET"}
    assert {feilkode[varsel_id] for varsel_id in status if status[varsel_id] == "FEILET"} <= {"ukjent_utfall"}
    assert min(kuttet["SMS"], kuttet["EPOST"]) >= KILLS / 6, f"the deaths came at the wrong moments: {kuttet}"
    assert max(kuttet.values()) <= KILLS

    ringte = Counter(melding["varselId"] for melding in gateway.sendt)
    skrevet = Counter(post.varsel_ider())
    assert ringte.keys() | skrevet.keys() <= bestilt.keys(), "each message has the id of its varsel"
    assert all({melding["til"]} == {"+47" + bestilt[melding["varselId"]]} for melding in gateway.sendt)
    for varsel_id, mottaker in bestilt.items():
        if "@" in mottaker:
            # E-mail cannot tell: a repetition has the same id, and there is one at most.
            assert skrevet[varsel_id] <= 2
            assert status[varsel_id] == "FEILET" or skrevet[varsel_id] >= 1
        elif idempotent:
            assert (status[varsel_id], ringte[varsel_id]) == ("SENDT", 1)
        else:
            assert ringte[varsel_id] <= 1
            assert status[varsel_id] == "FEILET" or ringte[varsel_id] == 1
    doble = sum(antall - 1 for antall in skrevet.values())
    assert doble <= kuttet["EPOST"]
    if not idempotent:
        uvisse = [varsel_id for varsel_id in status if status[varsel_id] == "FEILET" and "@" not in bestilt[varsel_id]]
        assert len(uvisse) == kuttet["SMS"], "those that were cut off are the ones whose outcome nobody knows"


def _bestill(tjeneste: Tjeneste, runde: int, bestilt: dict[str, str]) -> None:
    mottakere = [f"4{runde:04}{nr}99"[:8] for nr in range(3)]
    mottakere += [f"r{runde}n{nr}@eksempel.no" for nr in range(3)]
    varsler = [epost(mottaker) if "@" in mottaker else sms(mottaker) for mottaker in mottakere]
    beskjed = ny_beskjed(tjeneste, ekstern_id=str(runde), eksterneVarsler=varsler)
    ider = [varsel["id"] for varsel in beskjed["eksterneVarsler"]]
    bestilt.update(zip(ider, mottakere, strict=True))


def _vent_paa_kall(gateway: Smsgateway, antall: int) -> None:
    for _ in range(2000):
        if len(gateway.kall) >= antall:
            return
        threading.Event().wait(0.002)
    raise AssertionError("nothing was sent")


def _ett_minutt_senere(fil: Path) -> None:
    """On the clock of the service that is not running: what was cut off is due again."""
    db = apsw.Connection(str(fil))
    db.set_busy_timeout(5000)
    db.execute("UPDATE bryter SET verdi = verdi + 60000000 WHERE navn = 'klokke'")
    db.close()
