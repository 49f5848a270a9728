"""Kill -9 in the middle of what happens by itself: nothing is lost, and nothing is done twice.

A hundred times the process is started on a database in which hundreds of things are due, and killed while it works them
off; in half of the rounds producers write meanwhile. Two databases at a time, since most of a round is waiting for
Python to start.
"""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import apsw
import requests
from bruker import bjella
from produsent import (
    NY_OPPGAVE,
    av_seg_selv,
    inndata,
    mutasjon,
    ny_beskjed,
    ny_kalenderavtale,
    ny_oppgave,
    ny_sak,
    paaminnelse_sms,
    sms,
    utboks,
)
from tjeneste import BAKERIET, DAGNY, FAGER, RESSURS, ROOT, Tjeneste, kjoerende

from server import beskjed, config, kalenderavtale, oppgave, saker, tid
from server.database import Database
from server.register import Kall, Register

DREP, DATABASER = 100, 2
FOER, NAA = (
    "2028-06-01T06:00:00Z",
    "2028-06-01T12:00:00Z",
)  # made, and worked off: less than a day, so nothing is too old
SEKS_TIMER = 6 * 3600 * 1_000_000
MINST, FYLL_PAA = 250, 40  # due when a round begins; and how many of each kind are made when there are fewer
HENDELSER = "SELECT count(*) FROM hendelse WHERE hvem = 'system'"
IGJEN = """
    SELECT (SELECT count(*) FROM paaminnelse WHERE tilstand = 'BESTILT')
         + (SELECT count(*) FROM notifikasjon WHERE tilstand = 'NY' AND frist IS NOT NULL)
         + (SELECT count(*) FROM notifikasjon WHERE slettes_tidspunkt IS NOT NULL)
         + (SELECT count(*) FROM eksternt_varsel WHERE status = 'NY')
"""


class Runder:
    """One database, and what has been ordered in it: what is to happen to whom, exactly once."""

    def __init__(self, fil: Path, froe: int) -> None:
        self.fil, self.r = fil, random.Random(froe)
        self.skal_skje: set[tuple[str, str]] = set()  # (id, type of event)
        self.bekreftet: set[str] = set()  # oppgaver that a producer was told of
        self.slettes: set[str] = set()
        self.midt_i = self.avbrutte_forsoek = self._nr = 0
        settings = config.load(ROOT / "config.toml")
        self._produsent = Register(settings.produsent).finn(FAGER)

    def koer(self, antall: int) -> None:
        for runde in range(antall):
            foer = self._fyll_paa()
            with self._oppe() as tjeneste:
                if runde % 2:
                    self._drep_mens_noen_skriver(tjeneste)
                else:
                    self._drep(tjeneste, threading.Event())
            with self._les() as db:
                etter, igjen = db.execute(HENDELSER).get, db.execute(IGJEN).get
                assert db.pragma("quick_check") == "ok"
                self.midt_i += foer < etter and igjen > 0
                self.avbrutte_forsoek += db.execute("SELECT count(*) FROM varselforsoek WHERE avsluttet IS NULL").get
        with self._oppe() as tjeneste:
            tjeneste.utvikling("POST", "/dev/jobber")
            # What was being sent when the process was killed is tried again a while later.
            tjeneste.utvikling("POST", "/dev/klokke", {"frem": "PT2H"})
            assert tjeneste.utvikling("GET", "/dev/forfall")["neste"] is None
            svar = tjeneste.http.get(f"{tjeneste.url}/internal/ready", timeout=30)
            assert (svar.status_code, svar.text) == (200, "")
        self._kontroller()

    @contextmanager
    def _oppe(self) -> Iterator[Tjeneste]:
        with kjoerende(self.fil) as tjeneste, closing(tjeneste.http):
            yield tjeneste

    @contextmanager
    def _les(self) -> Iterator[apsw.Connection]:
        with closing(apsw.Connection(str(self.fil), flags=apsw.SQLITE_OPEN_READONLY)) as db:
            yield db

    def _drep(self, tjeneste: Tjeneste, aldri: threading.Event) -> None:
        """The steps began when it said that it was ready."""
        aldri.wait(self.r.uniform(0.005, 0.25))
        tjeneste.process.kill()
        tjeneste.process.wait(20)

    def _drep_mens_noen_skriver(self, tjeneste: Tjeneste) -> None:
        token = tjeneste.token(produsent=FAGER)
        skrivere = [threading.Thread(target=self._skriv, args=(tjeneste.url, token, self._neste())) for _ in range(2)]
        for skriver in skrivere:
            skriver.start()
        self._drep(tjeneste, threading.Event())
        for skriver in skrivere:
            skriver.join(20)

    def _skriv(self, url: str, token: str, navn: str) -> None:
        """New oppgaver, late in every respect, until nobody answers."""
        with requests.Session() as http:
            for nr in range(10_000):
                ny = inndata(ekstern_id=f"skrevet-{navn}-{nr}", **SEN_OPPGAVE)
                body = {"query": NY_OPPGAVE, "variables": {"nyOppgave": ny}}
                try:
                    svar = http.post(
                        f"{url}/produsent/api/graphql",
                        json=body,
                        headers={"Authorization": f"Bearer {token}"},
                        timeout=20,
                    )
                    resultat = svar.json()["data"]["nyOppgave"]
                except requests.RequestException:  # an answer that was cut off is none
                    return
                assert resultat["__typename"] == "NyOppgaveVellykket", resultat
                self.bekreftet.add(resultat["id"])

    def _neste(self) -> str:
        self._nr += 1
        return str(self._nr)

    # ── What is due ──

    def _fyll_paa(self) -> int:
        """Return how much has happened by itself until now."""
        if self.fil.exists():
            with self._les() as db:
                if db.execute(IGJEN).get >= MINST:
                    return int(db.execute(HENDELSER).get)
        stopp_klokka(self.fil, NAA)
        with closing(Database(self.fil, ROOT / "schema.sql")) as database, database.write() as db:
            for _ in range(FYLL_PAA):
                self._bestill(database)
            return int(db.execute(HENDELSER).get)

    def _bestill(self, database: Database) -> None:
        """One of each kind, due at some time between FOER and NAA."""
        kall = Kall(database, tid.parse_tidspunkt(FOER), FAGER, self._produsent, altinn2=True)

        def om() -> tid.Varighet:
            return tid.Varighet(mikrosekunder=self.r.randrange(SEKS_TIMER))

        def ny(slag: Any, gruppe: str | None = None, slettes: Any = None, **felter: Any) -> str:
            ny = inndata(ekstern_id=self._neste(), grupperingsid=gruppe, hard_delete=slettes, **felter)
            return str(slag(kall, ny | {"eksterneVarsler": [sms()]})["id"])

        def ny_sak(gruppe: str, slettes: Any = None) -> str:
            svar = saker.ny_sak(
                kall,
                grupperingsid=gruppe,
                merkelapp="fager",
                virksomhetsnummer=BAKERIET,
                mottakere=[RESSURS],
                tittel="Søknad",
                initiell_status="MOTTATT",
                hard_delete=slettes,
            )
            return str(svar["id"])

        blir, gaar = f"blir-{self._neste()}", f"gaar-{self._neste()}"
        ny_sak(blir)
        sak_id = ny_sak(gaar, {"om": tid.Varighet(mikrosekunder=SEKS_TIMER)})  # after all that happens in it
        avtale = {"virksomhetsnummer": BAKERIET, "merkelapp": "fager", "tekst": "Møte", "lenke": "https://eksempel.no"}
        for gruppe in (blir, gaar):
            bestilt = {"tidspunkt": {"etterOpprettelse": om()}, "eksterneVarsler": [paaminnelse_sms()]}
            paaminnet = ny(oppgave.ny_oppgave, gruppe, paaminnelse=bestilt)
            utgaar = ny(oppgave.ny_oppgave, gruppe, frist="2028-05-31")
            start = tid.pluss(kall.now, om())
            holdt = kalenderavtale.ny_kalenderavtale(
                kall,
                grupperingsid=gruppe,
                ekstern_id=self._neste(),
                start_tidspunkt=start,
                mottakere=[RESSURS],
                **avtale,
            )["id"]
            self.skal_skje |= {
                (paaminnet, "PaaminnelseOpprettet"),
                (utgaar, "OppgaveUtgaatt"),
                (holdt, "KalenderavtaleOppdatert"),
            }
            if gruppe == gaar:
                self.slettes |= {paaminnet, utgaar, holdt, sak_id}
        self.slettes.add(ny(beskjed.ny_beskjed, slettes={"om": om()}))

    # ── What should have happened ──

    def _kontroller(self) -> None:
        with closing(Database(self.fil, ROOT / "schema.sql")) as database:
            assert database.sjekk() == []
            rader = database.read().execute
            laget = {id for (id,) in rader("SELECT aggregat_id FROM hendelse WHERE type = 'OppgaveOpprettet'")}
            assert self.bekreftet <= laget, "acknowledged, and lost"
            # A producer that was not answered may have been heard all the same; then all of it was.
            skrevet = {id for (id,) in rader("SELECT id FROM notifikasjon WHERE ekstern_id LIKE 'skrevet-%'")}
            skal_skje = self.skal_skje | {(id, "HardDelete") for id in self.slettes}
            skal_skje |= {(id, type_) for id in skrevet for type_ in ("PaaminnelseOpprettet", "OppgaveUtgaatt")}
            skjedd = Counter(
                rader(
                    "SELECT aggregat_id, type FROM hendelse WHERE hvem = 'system' AND type NOT LIKE 'EksterntVarsel%'"
                )
            )
            assert skjedd == Counter(skal_skje), "lost, or done twice"

            assert rader("SELECT count(*) FROM paaminnelse WHERE tilstand <> 'UTLOEST'").get == 0
            finnes = {id for (id,) in rader("SELECT id FROM notifikasjon UNION SELECT id FROM sak")}
            assert not finnes & self.slettes
            assert rader("SELECT count(*) FROM notifikasjon WHERE tilstand = 'NY' AND frist IS NOT NULL").get == 0
            assert rader("SELECT DISTINCT status FROM eksternt_varsel").fetchall() == [("SENDT",)]
            varsler = {id for (id,) in rader("SELECT id FROM eksternt_varsel")}
            meldinger = Counter(id for (id,) in rader("SELECT varsel_id FROM melding"))
            assert meldinger == Counter(varsler)
            assert rader("SELECT count(*) FROM varselforsoek WHERE avsluttet IS NULL").get == 0
            fortalt = Counter(
                id for (id,) in rader("SELECT aggregat_id FROM hendelse WHERE type = 'EksterntVarselVellykket'")
            )
            for id, antall in rader("SELECT notifikasjon_id, count(*) FROM eksternt_varsel GROUP BY notifikasjon_id"):
                # Of what was deleted before it was sent there is no more to tell.
                assert fortalt[id] == antall or (id in self.slettes and fortalt[id] < antall)


# Its påminnelse was to come before its frist, and both are past when it is made.
SEN_OPPGAVE: dict[str, Any] = {
    "opprettet": "2028-05-30T12:00Z",
    "frist": "2028-05-31",
    "paaminnelse": {"tidspunkt": {"konkret": "2028-05-31T12:00"}, "eksterneVarsler": [paaminnelse_sms()]},
    "eksterneVarsler": [sms()],
}


def test_a_hundred_kills_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    runder = [Runder(tmp_path / f"{nr}.db", froe=nr) for nr in range(DATABASER)]
    with ThreadPoolExecutor(DATABASER) as samtidig:
        for ferdig in [samtidig.submit(r.koer, DREP // DATABASER) for r in runder]:
            ferdig.result()
    assert sum(r.midt_i for r in runder) > DREP / 2, "most kills came in the middle of the work"
    assert sum(r.avbrutte_forsoek for r in runder) > 0, "some while a varsel was being sent"
    assert sum(len(r.bekreftet) for r in runder) > DREP / 2, "and the producers had begun"


# ── Down for a while ──


def test_what_was_due_while_the_process_was_down_happens_at_start(tmp_path: Path) -> None:
    """Nobody asks for it. It happens when it can, in the order in which it was due, and counts from when it was."""
    fil = tmp_path / "test.db"
    with kjoerende(fil) as tjeneste, closing(tjeneste.http):
        tjeneste.klokke(FOER)
        ny_sak(tjeneste)
        bestilt = {"tidspunkt": {"etterOpprettelse": "PT3H"}, "eksterneVarsler": [paaminnelse_sms(tekst="påminnelse")]}
        ny_oppgave(tjeneste, ekstern_id="paaminnes", paaminnelse=bestilt)
        ny_beskjed(tjeneste, ekstern_id="slettes", hard_delete={"om": "PT1H"})
        ny_kalenderavtale(tjeneste, eksternId="holdes", startTidspunkt="2028-06-01T07:30Z")
        ny_beskjed(tjeneste, ekstern_id="varsles", eksterneVarsler=[sms(tekst="varsel", tidspunkt="2028-06-01T10:00")])
        ny_oppgave(tjeneste, ekstern_id="utgaar", frist="2028-06-01")
        ny_oppgave(tjeneste, ekstern_id="senere", frist="2028-06-02")
        utfoert = ny_oppgave(tjeneste, ekstern_id="utfoeres", frist="2028-06-01")["id"]
        mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{utfoert}"')
        tjeneste.utvikling("POST", "/dev/jobber")
        assert av_seg_selv(tjeneste) == []

    oppe_igjen = "2028-06-01T22:00:00Z"
    stopp_klokka(fil, oppe_igjen)
    with kjoerende(fil) as tjeneste, closing(tjeneste.http):
        tjeneste.tilgang(DAGNY, BAKERIET)
        # The last thing that is due; asking for it waits for it.
        assert tjeneste.utvikling("GET", "/dev/utboks?til=40000000&vent=20")
        tjeneste.utvikling("POST", "/dev/jobber")
        skjedd = av_seg_selv(tjeneste)
        assert skjedd == [
            ("HardDelete", None, oppe_igjen),
            ("KalenderavtaleOppdatert", "holdes", oppe_igjen),
            ("PaaminnelseOpprettet", "paaminnes", oppe_igjen),
            ("OppgaveUtgaatt", "utgaar", oppe_igjen),
        ]
        assert utboks(tjeneste) == [("varsel", oppe_igjen), ("påminnelse", oppe_igjen)]
        assert [n["paaminnelseTidspunkt"] for n in bjella(tjeneste) if n.get("paaminnelseTidspunkt")] == [
            "2028-06-01T09:00:00Z"
        ]
        assert [n["utgaattTidspunkt"] for n in bjella(tjeneste) if n.get("utgaattTidspunkt")] == [
            "2028-06-01T21:59:59.999999Z"
        ]

    with kjoerende(fil) as tjeneste, closing(tjeneste.http):  # and not once more
        tjeneste.utvikling("POST", "/dev/jobber")
        assert av_seg_selv(tjeneste) == skjedd and len(utboks(tjeneste)) == 2


def test_by_the_real_clock_it_happens_without_being_asked(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "test.db") as tjeneste, closing(tjeneste.http):
        bestilt = {"tidspunkt": {"etterOpprettelse": "PT1S"}, "eksterneVarsler": [paaminnelse_sms()]}
        oppgave_id = ny_oppgave(tjeneste, paaminnelse=bestilt)["id"]
        assert av_seg_selv(tjeneste) == []
        ((planlagt,),) = tjeneste.rader("SELECT tidspunkt FROM paaminnelse")
        (melding,) = tjeneste.utvikling("GET", "/dev/utboks?vent=20")
        assert melding["notifikasjonId"] == oppgave_id
        ((naar,),) = tjeneste.rader("SELECT tidspunkt FROM hendelse WHERE type = 'PaaminnelseOpprettet'")
        assert planlagt <= naar < planlagt + 15_000_000


def stopp_klokka(fil: Path, tidspunkt: str) -> None:
    """As if it had been moved, and the process not been there."""
    with closing(Database(fil, ROOT / "schema.sql")) as database, database.write() as db:
        db.execute("INSERT OR REPLACE INTO bryter VALUES ('klokke', ?)", (tid.parse_tidspunkt(tidspunkt),))
