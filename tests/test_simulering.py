"""Twenty-four months and 20,000 random orders, with the movable clock, against a model that shares no code with us.

Orders come at random times of the day, now and then in the very microsecond in which something is due, or one off. Each
day ends at midnight in Oslo, where all is compared: the history of the day in order, the outbox, every row that is
alive. Now and then the process is down for hours, and the clock is set back.
"""

import itertools
import logging
import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from tidsmodell import (
    EPOKE,
    MIKRO,
    Hendelse,
    Modell,
    Notifikasjon,
    Sak,
    Varsel,
    dato,
    flytt,
    instant,
    klokka,
    paa_klokka,
)
from tjeneste import ANNE, BAKERIET, DAGNY, FAGER, NILS, RESSURS, ROOT, altinn_svar, leder

from server import (
    altinn,
    bakgrunn,
    beskjed,
    bjelle,
    bruker,
    config,
    kalenderavtale,
    naermeste_leder,
    oppgave,
    saker,
    sletting,
    tid,
    varsling,
)
from server.database import Database
from server.feil import Feil
from server.register import Kall, Register
from server.tid import Klokke, Varighet, format_utc
from server.tilgang import Bruker, Tilganger
from server.utboks import Utboks
from server.worker import Worker

_VIST = "id sorteringTidspunkt brukerKlikk { klikketPaa }"
BJELLA = "{ notifikasjoner { notifikasjoner {"
BJELLA += " ".join(f"... on {slag} {{ {_VIST} }}" for slag in ("Beskjed", "Oppgave", "Kalenderavtale")) + "} } }"

ORDRER, FRA, TIL = 20_000, date(2028, 1, 1), date(2030, 1, 1)  # a leap day, and four changes of the clocks
SEKUND = 1_000_000
TIME, DOEGN = 3600 * SEKUND, 86_400 * SEKUND
BEHOLD_DAGER = 30

VEKTER = {
    **{"ny_sak": 8, "ny_beskjed": 10, "ny_oppgave": 26, "ny_avtale": 11, "utfoer": 4, "la_utgaa": 3, "utsett": 7},
    **{"endre": 7, "oppdater": 7, "ny_status": 4, "slett": 3, "slett_sak": 1, "klikk": 12, "gjenta": 2},
}
VARIGHETER = [
    *(Varighet(maaneder=m) for m in (1, 2, 3, 12)),
    *(Varighet(dager=d) for d in (1, 1, 2, 7, 7, 14, 30)),
    *(Varighet(mikrosekunder=m) for m in (0, 1, TIME, 23 * TIME, 36 * TIME + 1)),
    Varighet(1, 1, TIME),
]

# What may never be there at the end of a day, whatever the model says; ?1 is now.
ALDRI = {
    "a påminnelse that should have fired": """
        SELECT count(*) FROM paaminnelse WHERE tilstand = 'BESTILT' AND tidspunkt <= ?1""",
    "an open appointment that has begun": """
        SELECT count(*) FROM notifikasjon WHERE start_tidspunkt < ?1 AND tilstand NOT IN ('AVLYST', 'AVHOLDT')""",
    "what should be deleted": """
        SELECT (SELECT count(*) FROM sak WHERE slettes_tidspunkt <= ?1)
             + (SELECT count(*) FROM notifikasjon WHERE slettes_tidspunkt <= ?1)""",
    "a varsel that should be sent": """
        SELECT count(*) FROM eksternt_varsel WHERE status = 'NY' AND send_etter <= ?1""",
    "two påminnelser that wait for one": """
        SELECT count(*) FROM (SELECT 1 FROM paaminnelse WHERE tilstand = 'BESTILT' AND ?1 GROUP BY notifikasjon_nr
                              HAVING count(*) > 1)""",
    "a place in the bell that is not by påminnelse or creation": """
        SELECT count(*) FROM mottaker m JOIN notifikasjon n ON n.nr = m.notifikasjon_nr
         WHERE ?1 AND m.sortering <> coalesce(n.paaminnelse_tidspunkt, n.opprettet_tidspunkt)""",
    "a place in saksoversikten that is not by sist endret": """
        SELECT count(*) FROM sak_mottaker m JOIN sak s ON s.nr = m.sak_nr
         WHERE ?1 AND m.sist_endret_tidspunkt <> s.sist_endret_tidspunkt""",
    "a varsel that waits for a påminnelse that is gone": """
        SELECT count(*) FROM eksternt_varsel v
         WHERE ?1 AND v.status = 'NY' AND v.send_etter IS NULL AND NOT EXISTS (
               SELECT 1 FROM paaminnelse p WHERE p.nr = v.paaminnelse_nr AND p.tilstand = 'BESTILT')""",
    "a key that nothing asks for": """
        SELECT count(*) FROM tilgang t WHERE ?1
           AND NOT EXISTS (SELECT 1 FROM mottaker m WHERE m.tilgang_nr = t.tilgang_nr)
           AND NOT EXISTS (SELECT 1 FROM sak_mottaker m WHERE m.tilgang_nr = t.tilgang_nr)""",
    "an attempt without an end": "SELECT count(*) FROM varselforsoek WHERE ?1 AND avsluttet IS NULL",
}
# Looked at once a week, since they read the whole history.
ALDRI_I_UKA = {
    "words about what is deleted": """
        SELECT count(*) FROM hendelse h WHERE ?1 AND h.type <> 'HardDelete' AND h.innhold IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM notifikasjon n WHERE n.id = h.aggregat_id)
           AND NOT EXISTS (SELECT 1 FROM sak s WHERE s.id = h.aggregat_id)""",
    "contact data of what was deleted and is sent": """
        SELECT count(*) FROM eksternt_varsel v WHERE ?1 AND v.status <> 'NY' AND v.mottaker IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM notifikasjon n WHERE n.id = v.notifikasjon_id)""",
    "a deleted one's varsel that names a påminnelse, whose number comes again": """
        SELECT count(*) FROM eksternt_varsel v WHERE ?1 AND v.paaminnelse_nr IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM notifikasjon n WHERE n.id = v.notifikasjon_id)""",
    "a message that is older than it may be": f"""
        SELECT count(*) FROM melding WHERE tidspunkt < ?1 - {BEHOLD_DAGER * DOEGN}""",
    "contact data that is older than it may be": f"""
        SELECT count(*) FROM eksternt_varsel
         WHERE avsluttet_tidspunkt < ?1 - {BEHOLD_DAGER * DOEGN} AND mottaker IS NOT NULL""",
}


class Virkelighet:
    """Our domain functions, steps and file, put together as notifikasjon.py does it, without the doors."""

    def __init__(self, fil: Path, klokke: Klokke, settings: config.Config) -> None:
        self.klokke = klokke
        self.database = Database(fil, ROOT / "schema.sql")
        steg = bakgrunn.steg(self.database) | bakgrunn.sending(
            self.database, klokke, settings.varsling, Utboks(self.database, klokke), ROOT
        )
        self.worker = Worker(klokke, steg, {}, 1)
        self._tilganger = Tilganger(self.database, klokke.monotonic, 300, 100)
        self._produsent = Register(settings.produsent).finn(FAGER)

    def kall(self) -> Kall:
        return Kall(self.database, self.klokke.now(), FAGER, self._produsent, altinn2=True)

    def bruker(self, fnr: str) -> Bruker:
        return Bruker(self.database, self.klokke.now(), fnr, self._tilganger)

    def rader(self, sql: str, *bindings: Any) -> list[tuple[Any, ...]]:
        return self.database.read().execute(sql, bindings).fetchall()


class Simulering:
    def __init__(self, fil: Path, froe: int) -> None:
        self.fil, self.r = fil, random.Random(froe)
        self.klokke = Klokke(klokka(FRA))
        self.settings = config.load(ROOT / "config.toml")
        self.v = Virkelighet(fil, self.klokke, self.settings)
        self.m = Modell(self.klokke.now())
        self.loepenr = itertools.count(1)
        self.lest_hendelse = self.lest_melding = 0
        self.utfall: Counter[str] = Counter()
        leder_melding = {"narmesteLederId": "11111111-1111-4111-8111-111111111111", "aktivTom": None}
        leder_melding |= {"fnr": ANNE, "narmesteLederFnr": NILS, "orgnummer": BAKERIET}
        with self.v.database.write() as db:
            altinn.lagre(db, DAGNY, altinn_svar(BAKERIET))
            naermeste_leder.ta_imot(db, naermeste_leder.les(leder_melding))

    # ── The days ──

    def koer(self, ordrer: int) -> None:
        dager = (TIL - FRA).days
        for dag in range(dager):
            slutt = klokka(FRA + timedelta(days=dag + 1))
            igjen = ordrer * (dag + 1) // dager - ordrer * dag // dager
            for sist in (False, False, True):
                self._gaa_til(self._et_tidspunkt(slutt))
                antall = igjen if sist else self.r.randint(0, igjen)
                igjen -= antall
                with self.v.database.write():
                    for _ in range(antall):
                        self._ordre()
            if self.r.random() < 0.03:
                self._er_nede(slutt)
            self._gaa_til(slutt)
            self._sammenlign()
            if self.r.random() < 0.03:
                self._tilbake_og_frem()
            if dag % 7 == 6:
                self._rydd()
            if dag % 30 == 29:
                self._se_i_bjella()

    def _et_tidspunkt(self, slutt: int) -> int:
        """Some time of the day; often exactly when something is due, or a microsecond to the side."""
        naa, neste = self.klokke.now(), self.v.worker.neste_forfall()
        if neste is not None and naa < neste < slutt and self.r.random() < 0.4:
            return max(naa, neste + self.r.choice([-1, 0, 0, 1]))
        return naa + int(self.r.random() * (slutt - naa))

    def _gaa_til(self, maal: int) -> None:
        paa_veien = [(self.klokke.now() + maal) // 2] if self.r.random() < 0.2 else []
        for tidspunkt in (*paa_veien, maal):
            self.v.worker.flytt_klokke(tidspunkt)
            self.m.gaa_til(tidspunkt)
            assert self.klokke.now() == tidspunkt

    def _er_nede(self, slutt: int) -> None:
        """What was due meanwhile happens when it is up again, in the order in which it was due."""
        oppe_igjen = min(self.klokke.now() + int(self.r.random() * 20 * TIME), slutt)
        self.v.worker.stopp()
        self.v.database.close()
        self.klokke.stopp(oppe_igjen)
        self.m.now = oppe_igjen
        self.v = Virkelighet(self.fil, self.klokke, self.settings)
        self.v.worker.gjoer_alt()
        self.m.gaa_til(oppe_igjen)

    def _tilbake_og_frem(self) -> None:
        naa, sql = self.klokke.now(), "SELECT (SELECT max(nr) FROM hendelse), (SELECT max(nr) FROM melding)"
        foer = self.v.rader(sql)
        for tidspunkt in (naa - int(self.r.random() * 5 * DOEGN), naa):
            self.v.worker.flytt_klokke(tidspunkt)
        assert self.v.rader(sql) == foer, "a clock set backwards repeats nothing"

    def _rydd(self) -> None:
        varsling.glem_gamle_kontaktdata(self.v.database, self.klokke.now(), BEHOLD_DAGER)
        assert self.v.database.checkpoint()
        self._krev_aldri(ALDRI_I_UKA)

    # ── Orders ──

    def _ordre(self) -> None:
        """One call. What is drawn when there is nothing to do it to is drawn again."""
        foer = self.utfall.total()
        while self.utfall.total() == foer:
            (hva,) = self.r.choices(list(VEKTER), list(VEKTER.values()))
            getattr(self, f"_{hva}")(self.v.kall())

    @contextmanager
    def _ventet(self, hva: str, feil: str | None = None) -> Iterator[None]:
        """The call, and what the model makes of it, in the block; or the name of the error that it must have."""
        try:
            yield
        except Feil as funnet:
            assert type(funnet).__name__ == feil, (hva, funnet, feil)
            self.utfall[f"{hva} {feil}"] += 1
        else:
            assert feil is None, (hva, feil)
            self.utfall[hva] += 1

    def _ny_sak(self, kall: Kall) -> None:
        merkelapp = self._merkelapp()
        brukt = self._gruppe(merkelapp, 0.4) if self.r.random() < 0.2 else None
        koordinat = (merkelapp, brukt or f"g{next(self.loepenr)}")
        if koordinat in self.m.saker:
            return
        tidspunkt = self.r.choice([None, None, kall.now - int(self.r.random() * 30 * DOEGN), kall.now + DOEGN])
        opprettet = kall.now if tidspunkt is None else tidspunkt
        hard_delete, slettes = self._hard_delete(opprettet)
        with self._ventet("sak", "DuplikatGrupperingsidEtterDelete" if koordinat in self.m.slettede else None):
            svar = saker.ny_sak(
                kall,
                merkelapp=merkelapp,
                grupperingsid=koordinat[1],
                virksomhetsnummer=BAKERIET,
                mottakere=[RESSURS, leder()],
                tittel=f"Sak {koordinat[1]}",
                initiell_status="MOTTATT",
                tidspunkt=tidspunkt,
                hard_delete=hard_delete,
            )
            self.m.ny_sak(Sak(svar["id"], next(self.m.nr), *koordinat, opprettet, slettes))

    def _ny_beskjed(self, kall: Kall) -> None:
        self._ny(kall, "Beskjed")

    def _ny_oppgave(self, kall: Kall) -> None:
        frist = dato(kall.now) + timedelta(days=self.r.randint(-2, 90)) if self.r.random() < 0.75 else None
        self._ny(kall, "Oppgave", frist)

    def _ny(self, kall: Kall, slag: str, frist: date | None = None) -> None:
        merkelapp, ekstern_id = self._merkelapp(), f"e{next(self.loepenr)}"
        gruppe = self._gruppe(merkelapp, 0.6)
        foer, senere = (int(self.r.random() * doegn * DOEGN) for doegn in (60, 1))
        opprettet = self.r.choice([None, None, None, kall.now - foer, kall.now + senere])
        base = kall.now if opprettet is None else opprettet
        hard_delete, slettes = self._hard_delete(base)
        varsler, spesifikasjoner = self._varsler(kall.now)
        mottakere, seere = self._mottakere((merkelapp, gruppe) not in self.m.saker)
        inndata: dict[str, Any] = {
            "mottakere": mottakere,
            "notifikasjon": {"merkelapp": merkelapp, "tekst": f"Tekst {ekstern_id}", "lenke": "https://eksempel.no"},
            "metadata": {
                "virksomhetsnummer": BAKERIET,
                "eksternId": ekstern_id,
                "grupperingsid": gruppe,
                "opprettetTidspunkt": opprettet,
                "hardDelete": hard_delete,
            },
            "eksterneVarsler": varsler,
        }
        bestilt = _INGEN
        if slag == "Oppgave":
            bestilt = self._kanskje_paaminnelse(0.6, kall.now, base, frist=frist)
            inndata |= {"frist": frist.isoformat() if frist else None, "paaminnelse": bestilt.inndata}

        def lag() -> Any:
            return (beskjed.ny_beskjed if slag == "Beskjed" else oppgave.ny_oppgave)(self.v.kall(), inndata)

        with self._ventet(slag, bestilt.feil("UgyldigPaaminnelseTidspunkt")):
            n = Notifikasjon(
                *("", next(self.m.nr), slag, merkelapp, ekstern_id, gruppe, base, seere, lag),
                tilstand="NY" if slag == "Oppgave" else None,
                frist=frist,
                slettes=slettes,
            )
            self._lag(n, spesifikasjoner, bestilt)

    def _ny_avtale(self, kall: Kall) -> None:
        merkelapp, ekstern_id = self._merkelapp(), f"a{next(self.loepenr)}"
        gruppe = self._gruppe(merkelapp, 0.95) or "g0"
        start = kall.now + self.r.choice([-DOEGN, 0, 1, -1, *(int(self.r.random() * 60 * DOEGN) for _ in range(8))])
        tilstand = self.r.choice([None, None, None, "ARBEIDSGIVER_HAR_GODTATT", "AVLYST", "AVHOLDT"])
        hard_delete, slettes = self._hard_delete(kall.now)
        varsler, spesifikasjoner = self._varsler(kall.now)
        mottakere, seere = self._mottakere(False)
        bestilt = self._kanskje_paaminnelse(0.6, kall.now, kall.now, start=start)

        def lag() -> Any:
            return kalenderavtale.ny_kalenderavtale(
                self.v.kall(),
                virksomhetsnummer=BAKERIET,
                grupperingsid=gruppe,
                merkelapp=merkelapp,
                ekstern_id=ekstern_id,
                tekst=f"Avtale {ekstern_id}",
                lenke="https://eksempel.no",
                mottakere=mottakere,
                start_tidspunkt=start,
                tilstand=tilstand,
                eksterne_varsler=varsler,
                paaminnelse=bestilt.inndata,
                hard_delete=hard_delete,
            )

        uten_sak = (merkelapp, gruppe) not in self.m.saker
        with self._ventet("Kalenderavtale", "SakFinnesIkke" if uten_sak else bestilt.feil("UgyldigKalenderavtale")):
            n = Notifikasjon(
                *("", next(self.m.nr), "Kalenderavtale", merkelapp, ekstern_id, gruppe, kall.now, seere, lag),
                tilstand=tilstand or "VENTER_SVAR_FRA_ARBEIDSGIVER",
                start=start,
                slettes=slettes,
            )
            self._lag(n, spesifikasjoner, bestilt)

    def _lag(self, n: Notifikasjon, spesifikasjoner: list[Any], bestilt: "Bestilt") -> None:
        """Make it, in both worlds. The answer names its varsler and those of its påminnelse."""
        svar, now = n.lag(), self.klokke.now()
        n.id, n.svar = svar["id"], svar
        self.m.ny(n)
        for gitt, spesifikasjon in zip(svar["eksterne_varsler"], spesifikasjoner, strict=True):
            self.m.start_varsel(self._varsel(gitt["id"], n, now, *spesifikasjon), now)
        if bestilt.naar is not None:
            gitte = zip(svar["paaminnelse"]["eksterne_varsler"], bestilt.spesifikasjoner, strict=True)
            varsler = [self._varsel(gitt["id"], n, now, *spesifikasjon) for gitt, spesifikasjon in gitte]
            self.m.bestill_paaminnelse(n, bestilt.naar, varsler)

    def _utfoer(self, kall: Kall) -> None:
        if n := self._velg("Oppgave"):
            hard_delete, slettes = self._ny_hard_delete(n.slettes, kall.now)
            tidspunkt = self.r.choice([None, None, kall.now - DOEGN, kall.now + DOEGN])
            with self._ventet("utført"):
                oppgave.oppgave_utfoert(kall, id=n.id, hard_delete=hard_delete, utfoert_tidspunkt=tidspunkt)
                n.tilstand, n.utfoert = "UTFOERT", kall.now if tidspunkt is None else tidspunkt
                self.m.trekk_paaminnelse(n)
                self.m.slettes(n, slettes)

    def _la_utgaa(self, kall: Kall) -> None:
        if n := self._velg("Oppgave"):
            hard_delete, slettes = self._ny_hard_delete(n.slettes, kall.now)
            tidspunkt = self.r.choice([None, None, kall.now - DOEGN])
            with self._ventet("utgått", "OppgavenErAlleredeUtfoert" if n.tilstand == "UTFOERT" else None):
                oppgave.oppgave_utgaatt_by_ekstern_id(
                    kall, n.merkelapp, n.ekstern_id, hard_delete=hard_delete, utgaatt_tidspunkt=tidspunkt
                )
                self.m.utgaa(n, kall.now if tidspunkt is None else tidspunkt)
                self.m.slettes(n, slettes)

    def _utsett(self, kall: Kall) -> None:
        if n := self._velg("Oppgave"):
            ny_frist = (n.frist or dato(kall.now)) + timedelta(days=self.r.choice([-1, 0, 1, 7, 30]))
            bestilt = self._kanskje_paaminnelse(0.6, kall.now, n.opprettet, frist=ny_frist)
            tidligere = n.frist is not None and n.frist > ny_frist
            with self._ventet("utsatt", "Konflikt" if tidligere else bestilt.feil("UgyldigPaaminnelseTidspunkt")):
                oppgave.oppgave_utsett_frist(kall, id=n.id, ny_frist=ny_frist.isoformat(), paaminnelse=bestilt.inndata)
                if n.tilstand != "UTFOERT":
                    n.tilstand, n.frist, n.utgaatt, n.paaminnet = "NY", ny_frist, None, None
                    self._erstatt(kall, n, bestilt)
                    self.m.planlegg_alt(n)

    def _endre(self, kall: Kall) -> None:
        if n := self._velg("Oppgave"):
            bestilt = self._kanskje_paaminnelse(0.8, kall.now, n.opprettet, frist=n.frist)
            with self._ventet("endret", bestilt.feil("UgyldigPaaminnelseTidspunkt")):
                oppgave.oppgave_endre_paaminnelse(kall, id=n.id, paaminnelse=bestilt.inndata)
                if n.tilstand != "UTFOERT":
                    self._erstatt(kall, n, bestilt)

    def _oppdater(self, kall: Kall) -> None:
        if n := self._velg("Kalenderavtale"):
            tilstander = [None, None, "ARBEIDSGIVER_VIL_AVLYSE", "ARBEIDSGIVER_HAR_GODTATT", "AVLYST", "AVHOLDT"]
            tilstand = self.r.choice(tilstander)
            varsler, spesifikasjoner = self._varsler(kall.now)
            hard_delete, slettes = self._ny_hard_delete(n.slettes, kall.now)
            bestilt = self._kanskje_paaminnelse(0.5, kall.now, n.opprettet, start=n.start)
            avlyst = tilstand == "AVLYST"
            with self._ventet("oppdatert", None if avlyst else bestilt.feil("UgyldigKalenderavtale")):
                kalenderavtale.oppdater_kalenderavtale(
                    kall,
                    id=n.id,
                    ny_tilstand=tilstand,
                    eksterne_varsler=varsler,
                    hard_delete=hard_delete,
                    paaminnelse=bestilt.inndata,
                )
                n.tilstand = tilstand or n.tilstand
                if varsler or avlyst:
                    self.m.kanseller(n)
                for varsel in self._nye_varsler(kall, n, "OPPDATERING", spesifikasjoner):
                    self.m.start_varsel(varsel, kall.now)
                n.kan_paaminnes &= not avlyst
                if avlyst:
                    self.m.trekk_paaminnelse(n)
                elif bestilt.inndata:
                    self._erstatt(kall, n, bestilt if n.kan_paaminnes else _INGEN)
                self.m.slettes(n, slettes)
                self.m.planlegg_alt(n)

    def _ny_status(self, kall: Kall) -> None:
        if sak := self._velg_sak():
            tidspunkt = self.r.choice([None, None, kall.now - int(self.r.random() * 30 * DOEGN)])
            base = kall.now if tidspunkt is None else tidspunkt
            hard_delete, slettes = self._ny_hard_delete(sak.slettes, base)
            with self._ventet("status"):
                saker.ny_status_sak(kall, id=sak.id, ny_status="FERDIG", tidspunkt=tidspunkt, hard_delete=hard_delete)
                sak.endret = max(sak.endret, base)
                self.m.slettes(sak, slettes)

    def _slett(self, kall: Kall) -> None:
        if n := self._velg(None):
            with self._ventet("slettet"):
                sletting.hard_delete_notifikasjon(kall, id=n.id)
                self.m.slett(n)

    def _slett_sak(self, kall: Kall) -> None:
        if sak := self._velg_sak():
            with self._ventet("slettet sak"):
                sletting.hard_delete_sak_by_grupperingsid(kall, sak.merkelapp, sak.gruppe)
                self.m.slett_sak(sak)

    def _klikk(self, kall: Kall) -> None:
        if n := self._velg(None):
            fnr = self.r.choice([DAGNY, NILS])
            svar = bjelle.notifikasjon_klikket_paa(self.v.bruker(fnr), n.id)["__typename"]
            # What was made in the same transaction may ask for a key that readers do not see yet.
            assert (svar == "BrukerKlikk") == (fnr in n.seere) or n.opprettet > kall.now - DOEGN
            if svar == "BrukerKlikk":
                n.klikk.add(fnr)
            self.utfall[f"klikk {svar}"] += 1

    def _gjenta(self, kall: Kall) -> None:
        """The call that made something, once more: the same answer or a refusal, and nothing else."""
        if n := self._velg(None):
            try:
                assert n.lag() == n.svar
                self.utfall["gjentatt"] += 1
            except Feil as feil:
                # Its påminnelse is held against the time of the call, which is later now.
                umulig = "UgyldigKalenderavtale" if n.slag == "Kalenderavtale" else "UgyldigPaaminnelseTidspunkt"
                assert type(feil).__name__ in ("DuplikatEksternIdOgMerkelapp", umulig), feil
                self.utfall[f"gjentatt {type(feil).__name__}"] += 1

    def _erstatt(self, kall: Kall, n: Notifikasjon, bestilt: "Bestilt") -> None:
        self.m.trekk_paaminnelse(n)
        if bestilt.naar is not None:
            varsler = self._nye_varsler(kall, n, "PAAMINNELSE", bestilt.spesifikasjoner)
            self.m.bestill_paaminnelse(n, bestilt.naar, varsler)

    def _nye_varsler(self, kall: Kall, n: Notifikasjon, opphav: str, spesifikasjoner: list[Any]) -> list[Varsel]:
        """Those that no answer names: the newest ones of the notifikasjon."""
        sql = "SELECT id FROM eksternt_varsel WHERE notifikasjon_id = ? AND opphav = ? ORDER BY nr DESC LIMIT ?"
        with kall.database.write() as db:
            ider = [id for (id,) in db.execute(sql, (n.id, opphav, len(spesifikasjoner)))][::-1]
        return [self._varsel(id, n, kall.now, *s) for id, s in zip(ider, spesifikasjoner, strict=True)]

    def _varsel(self, id: str, n: Notifikasjon, now: int, vindu: str, tidspunkt: int | None, feiler: bool) -> Varsel:
        n.varsler.append(Varsel(id, next(self.m.nr), n, vindu, tidspunkt, now, feiler))
        return n.varsler[-1]

    # ── Choices ──

    def _velg(self, slag: str | None) -> Notifikasjon | None:
        """One that is alive; the newer, the likelier."""
        alle = list(self.m.notifikasjoner.values())
        for _ in range(20 if alle else 0):
            n = alle[-1 - int(len(alle) * self.r.random() ** 2)]
            if slag in (None, n.slag):
                return n
        return None

    def _velg_sak(self) -> Sak | None:
        return self.r.choice(list(self.m.saker.values())) if self.m.saker else None

    def _merkelapp(self) -> str:
        return self.r.choice(["fager", "fager2"])

    def _gruppe(self, merkelapp: str, av_sak: float) -> str | None:
        """That of a sak, of a deleted one, of one that may come, or none."""
        valg = self.r.random()
        if valg < av_sak:
            levende = [sak.gruppe for sak in self.m.saker.values() if sak.merkelapp == merkelapp][-60:]
            return self.r.choice(levende) if levende else None
        if valg < av_sak + 0.1:
            slettede = [gruppe for m, gruppe in self.m.slettede if m == merkelapp][-60:]
            return self.r.choice(slettede) if slettede else None
        return f"uten-sak-{self.r.randint(1, 50)}" if valg < av_sak + 0.25 else None

    def _mottakere(self, fritt: bool) -> tuple[list[Any], frozenset[str]]:
        """(inputs, who sees it); `fritt`: also one whom nothing else names, so that keys come and go."""
        dagny, nils, ukjent = (RESSURS, DAGNY), (leder(), NILS), (leder(NILS, f"0192{next(self.loepenr):07}"), None)
        valgt = self.r.choice([[dagny], [nils], [dagny, nils], [ukjent, dagny] if fritt else [dagny]])
        return [mottaker for mottaker, _ in valgt], frozenset(fnr for _, fnr in valgt if fnr)

    def _lokal(self, now: int, fra_doegn: float, til_doegn: float) -> int:
        """A time on Oslo's clock, often a whole second or hour."""
        lokal = paa_klokka(now) + int(self.r.uniform(fra_doegn, til_doegn) * DOEGN)
        return lokal - lokal % self.r.choice([1, SEKUND, TIME])

    def _hard_delete(self, base: int) -> tuple[Any, int | None]:
        """(FutureTemporal, instant)"""
        valg = self.r.random()
        if valg < 0.25:
            return None, None
        if valg < 0.75:
            varighet = self.r.choice(VARIGHETER)
            return {"om": varighet}, flytt(base, varighet)
        lokal = self._lokal(self.klokke.now(), -2, 120)
        return {"den": lokal}, instant(lokal)

    def _ny_hard_delete(self, planlagt: int | None, base: int) -> tuple[Any, int | None]:
        """(HardDeleteUpdate, instant)"""
        ny_tid, nytt = self._hard_delete(base)
        if nytt is None or self.r.random() < 0.4:
            return None, planlagt
        strategi = self.r.choice(["FORLENG", "OVERSKRIV"])
        beholdes = strategi == "FORLENG" and planlagt is not None and nytt < planlagt
        return {"nyTid": ny_tid, "strategi": strategi}, planlagt if beholdes else nytt

    def _varsler(self, now: int, *, til_paaminnelse: bool = False) -> tuple[list[Any], list[Any]]:
        """(inputs, [(window, instant, whether the outbox refuses it)])"""
        inndata, spesifikasjoner = list[Any](), list[Any]()
        while self.r.random() < 0.35:
            vindu, feiler = (
                self.r.choice(["LOEPENDE", "NKS_AAPNINGSTID", "DAGTID_IKKE_SOENDAG"]),
                self.r.random() < 0.05,
            )
            sms: dict[str, Any] = {"smsTekst": "Du har fått en oppgave."}
            sms["mottaker"] = {"kontaktinfo": {"tlf": "40000001" if feiler else "40000000"}}
            if til_paaminnelse:
                sms["sendevindu"] = vindu
            elif self.r.random() < 0.7:
                sms["sendetidspunkt"] = {"sendevindu": vindu}
            else:
                lokal, vindu = self._lokal(now, -1, 20), "SPESIFISERT"
                sms["sendetidspunkt"] = {"tidspunkt": lokal}
            inndata.append({"sms": sms})
            spesifikasjoner.append((vindu, instant(lokal) if vindu == "SPESIFISERT" else None, feiler))
        return inndata, spesifikasjoner

    def _kanskje_paaminnelse(
        self, sannsynlighet: float, now: int, opprettet: int, frist: date | None = None, start: int | None = None
    ) -> "Bestilt":
        if self.r.random() > sannsynlighet:
            return _INGEN
        varighet = self.r.choice(VARIGHETER)
        slutt = (datetime.combine(frist, datetime.max.time(), UTC) - EPOKE) // MIKRO if frist else None
        maater = ["konkret", "etterOpprettelse", "foerFrist", "foerStartTidspunkt"]
        (maate,) = self.r.choices(maater, [4, 4, 4 if frist else 0.2, 4 if start is not None else 0.2])
        tidspunkt: Any = varighet
        naar: int | None = None
        if maate == "konkret":
            tidspunkt = self._lokal(now, -1, 60)
            naar = instant(tidspunkt)
        elif maate == "etterOpprettelse":
            naar = flytt(opprettet, varighet)
        elif maate == "foerFrist" and slutt is not None:
            naar = instant(flytt(slutt, varighet, -1))
        elif maate == "foerStartTidspunkt" and start is not None:
            naar = instant(flytt(paa_klokka(start), varighet, -1))
        if naar is not None:
            senest = [t for t in (None if slutt is None else instant(slutt), start) if t is not None]
            naar = naar if opprettet <= naar <= min(senest, default=naar) else None
        varsler, spesifikasjoner = self._varsler(now, til_paaminnelse=True)
        return Bestilt({"tidspunkt": {maate: tidspunkt}, "eksterneVarsler": varsler}, naar, spesifikasjoner)

    # ── Comparing ──

    def _sammenlign(self) -> None:
        m, rader = self.m, self.v.rader
        assert not any(self.v.worker.antall_feil.values())
        neste = self.v.worker.neste_forfall()
        assert neste is None or neste > self.klokke.now(), "something is due, and was not done"
        self._krev_aldri(ALDRI)

        nye = rader(
            "SELECT nr, tidspunkt, type, aggregat_id FROM hendelse WHERE nr > ? AND hvem = 'system' ORDER BY nr",
            self.lest_hendelse,
        )
        assert i_rekkefoelge(Hendelse(*rad) for _, *rad in nye) == i_rekkefoelge(m.hendelser)
        meldinger = rader("SELECT nr, varsel_id, tidspunkt FROM melding WHERE nr > ? ORDER BY nr", self.lest_melding)
        assert [rad for _, *rad in meldinger] == [[v.id, naar] for v, naar in m.utboks]
        self.lest_hendelse = nye[-1][0] if nye else self.lest_hendelse
        self.lest_melding = meldinger[-1][0] if meldinger else self.lest_melding
        m.hendelser.clear()
        m.utboks.clear()

        sql = """SELECT id, tilstand, frist, utfoert_tidspunkt, utgaatt_tidspunkt, paaminnelse_tidspunkt,
                        slettes_tidspunkt FROM notifikasjon"""
        assert {id: tuple(rad) for id, *rad in rader(sql)} == {
            n.id: (n.tilstand, n.frist and n.frist.isoformat(), n.utfoert, n.utgaatt, n.paaminnet, n.slettes)
            for n in m.notifikasjoner.values()
        }
        assert set(rader("SELECT id, sist_endret_tidspunkt, slettes_tidspunkt FROM sak")) == {
            (sak.id, sak.endret, sak.slettes) for sak in m.saker.values()
        }
        sql = """SELECT n.id, p.tidspunkt FROM paaminnelse p JOIN notifikasjon n ON n.nr = p.notifikasjon_nr
                  WHERE p.tilstand = 'BESTILT'"""
        assert dict(rader(sql)) == {n.id: n.paaminnelse.tidspunkt for n in m.notifikasjoner.values() if n.paaminnelse}
        sql = "SELECT id, send_etter FROM eksternt_varsel WHERE status = 'NY' AND send_etter IS NOT NULL"
        assert dict(rader(sql)) == {v.id: v.send_etter for v in m.venter.values()}
        sql = "SELECT n.id, k.fnr FROM bruker_klikk k JOIN notifikasjon n ON n.nr = k.notifikasjon_nr"
        assert set(rader(sql)) == {(n.id, fnr) for n in m.notifikasjoner.values() for fnr in n.klikk}

    def _krev_aldri(self, hva: dict[str, str]) -> None:
        for navn, sql in hva.items():
            assert self.v.rader(sql, self.klokke.now()) == [(0,)], navn

    def _se_i_bjella(self) -> None:
        """What people see, what the filters of saksoversikten go by, and that the rows of the file fit together."""
        for fnr in (DAGNY, NILS):
            plass = {n.id: n.opprettet if n.paaminnet is None else n.paaminnet for n in self.m.notifikasjoner.values()}
            synlig = sorted((plass[n.id] for n in self.m.notifikasjoner.values() if fnr in n.seere), reverse=True)
            svar = orjson.loads(orjson.dumps(bruker.API.utfoer(BJELLA, None, None, self.v.bruker(fnr), "")))
            vist = svar["data"]["notifikasjoner"]["notifikasjoner"]
            assert [en["sorteringTidspunkt"] for en in vist] == [format_utc(naar) for naar in synlig[:200]]
            for en in vist:
                n = self.m.notifikasjoner[en["id"]]
                sett = (en["sorteringTidspunkt"], en["brukerKlikk"]["klikketPaa"])
                assert (format_utc(plass[n.id]), fnr in n.klikk) == sett
        sql = "SELECT DISTINCT s.id, s.maske, m.maske FROM sak s JOIN sak_mottaker m ON m.sak_nr = s.nr"
        masker = [(sak.id, self.m.maske(sak)) for sak in self.m.saker.values()]
        assert sorted(self.v.rader(sql)) == sorted((id, maske, maske) for id, maske in masker)
        assert self.v.rader("PRAGMA foreign_key_check") == []


class Bestilt(NamedTuple):
    """A påminnelse as it is ordered; when it fires, or None if that is impossible; and what its varsler are."""

    inndata: Any
    naar: int | None
    spesifikasjoner: list[Any]

    def feil(self, navn: str) -> str | None:
        """The name of the error that the order must have."""
        return navn if self.inndata is not None and self.naar is None else None


_INGEN = Bestilt(None, None, [])


def i_rekkefoelge(hendelser: Iterable[Hendelse]) -> list[Any]:
    """In the order they happened. What is of one kind and one instant has no order, and a cancelled varsel is told
    before what cancelled it."""
    alle = sorted(hendelser, key=lambda h: h.tidspunkt)
    avlyst = sorted(h for h in alle if h.type == "EksterntVarselKansellert")
    andre = itertools.groupby((h for h in alle if h.type != "EksterntVarselKansellert"), lambda h: h[:2])
    return [avlyst, [(*felles, sorted(h.id for h in gruppe)) for felles, gruppe in andre]]


@pytest.fixture
def mappe(tmp_path: Path) -> Iterator[Path]:
    """In memory where that can be had: time is what is tested here, and so many commits wait long for a disk."""
    minne = Path("/dev/shm")
    if not minne.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=minne) as navn:
        yield Path(navn)


@pytest.mark.parametrize("froe", [1])
def test_two_years_go_as_the_model_says(mappe: Path, froe: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "server.varsling")  # the outbox refuses hundreds, as asked
    simulering = Simulering(mappe / "simulering.db", froe)
    try:
        simulering.koer(ORDRER)
    except BaseException as error:
        error.add_note(f"seed {froe}, at {tid.format_utc(simulering.klokke.now())}")
        raise
    assert simulering.v.database.sjekk() == []
    simulering.v.database.close()
    assert simulering.utfall.total() == ORDRER and len(simulering.utfall) > 25, simulering.utfall
    assert len(simulering.m.skjedd) == 7 and min(simulering.m.skjedd.values()) > 150, simulering.m.skjedd
