"""Producers at play, against a model small enough to be obviously right: saker and notifikasjoner in two dicts.

Hypothesis thinks of the calls, in any order, and shortens those that go wrong. After each of them everything that a
producer can read must be what the model says.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from produsent import mutasjon, ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak
from tjeneste import FAGER, RESSURS, TILTAK, UKJENT, Tjeneste, leder

OSLO = ZoneInfo("Europe/Oslo")
BEGYNNELSE = datetime(2030, 1, 7, 12, tzinfo=UTC)
MOTTAKERE: dict[str, Any] = {"ressurs": RESSURS, "leder": leder()}

Koordinat = tuple[str, str]  # merkelapp, and grupperingsid or eksternId

merkelapper = st.sampled_from(["fager", "fager", "fager", "fager2"])
grupperingsider = st.sampled_from(["g1", "g2", "g3", "g4"])
ekstern_ider = st.sampled_from(["e1", "e2", "e3", "e4"])
tekster = st.sampled_from(["a", "a", "b"])
mottakervalg = st.sampled_from([("ressurs",), ("ressurs", "leder"), ("leder", "ressurs", "leder")])
applikasjoner = st.sampled_from([FAGER] * 10 + ["dev-gcp:fager:notifikasjon-test-produsent-v2", TILTAK, UKJENT])
datoer = st.sampled_from(["2030-01-10", "2030-02-01", "2031-01-01", "2029-01-01"])
noekler = st.sampled_from([None, None, "n1", "n2"])
doegn = st.sampled_from([None] * 6 + [30, 3, 0, -1])
strategier = st.sampled_from(["FORLENG", "OVERSKRIV"])
tilstander = st.sampled_from(["VENTER_SVAR_FRA_ARBEIDSGIVER", "ARBEIDSGIVER_HAR_GODTATT", "AVLYST", "AVHOLDT"])
statuser = st.sampled_from(["MOTTATT", "UNDER_BEHANDLING", "FERDIG"])
hvilke = st.integers(0, 15)  # which of those that there are; the highest is one that there is not


@dataclass
class Sak:
    id: str
    tittel: str
    mottakere: set[str]
    slettes: datetime | None
    statuser: list[str]
    neste_steg: str | None = None
    status_av_noekkel: dict[str, tuple[str, str]] = field(default_factory=dict)  # -> id, status
    brukte_noekler: set[str] = field(default_factory=set)


@dataclass
class Notifikasjon:
    id: str
    slag: str
    grupperingsid: str | None
    tekst: str
    mottakere: set[str]
    slettes: datetime | None
    tilstand: str | None
    dato: str | None  # frist, or the day of the start
    brukte_noekler: set[str] = field(default_factory=set)


class Produsenter(RuleBasedStateMachine):
    tjeneste: Tjeneste  # given to the class, since Hypothesis makes the instances

    def __init__(self) -> None:
        super().__init__()
        self.naa = BEGYNNELSE
        self.saker: dict[Koordinat, Sak] = {}
        self.brent: set[Koordinat] = set()
        self.notifikasjoner: dict[Koordinat, Notifikasjon] = {}  # in the order they were made
        self.alle_ider: set[str] = set()

    @initialize()
    def tomt(self) -> None:
        self.tjeneste.utvikling("DELETE", "/dev/klokke")
        self.tjeneste.utvikling("POST", "/dev/nullstill")
        self.tjeneste.klokke(self.naa.isoformat())
        alle = ("ressurs", "leder")
        self.ny_sak(("fager", "g1"), "a", alle, "MOTTATT", None, FAGER)
        for nr, slag in enumerate(("Beskjed", "Oppgave", "Kalenderavtale"), start=1):
            self.ny_notifikasjon(slag, ("fager", f"e{nr}"), "g1", 0, "a", alle, "2030-02-01", None, FAGER)

    # ── Calls ──

    @rule(
        koordinat=st.tuples(merkelapper, grupperingsider),
        tittel=tekster,
        mottakere=mottakervalg,
        status=statuser,
        dager=doegn,
        app=applikasjoner,
    )
    def ny_sak(
        self, koordinat: Koordinat, tittel: str, mottakere: tuple[str, ...], status: str, dager: int | None, app: str
    ) -> None:
        svar = ny_sak(
            self.tjeneste,
            merkelapp=koordinat[0],
            grupperingsid=koordinat[1],
            tittel=tittel,
            mottakere=[MOTTAKERE[m] for m in mottakere],
            initiellStatus=status,
            hardDelete=_om(dager),
            applikasjon=app,
        )
        if self._nektet(svar, app, mottaker_foerst=True):
            return
        sak = self.saker.get(koordinat)
        if sak is None and koordinat in self.brent:
            assert svar["__typename"] == "DuplikatGrupperingsidEtterDelete"
        elif sak is None:
            assert svar["__typename"] == "NySakVellykket"
            self._ny_id(svar["id"])
            self.saker[koordinat] = Sak(svar["id"], tittel, set(mottakere), self._om(dager), [status])
        elif (sak.tittel, sak.mottakere, sak.statuser[0], sak.neste_steg) == (tittel, set(mottakere), status, None):
            assert (svar["__typename"], svar["id"]) == ("NySakVellykket", sak.id)
        else:
            assert (svar["__typename"], svar["idTilEksisterende"]) == ("DuplikatGrupperingsid", sak.id)

    @rule(
        slag=st.sampled_from(["Beskjed", "Oppgave", "Oppgave", "Kalenderavtale", "Kalenderavtale"]),
        koordinat=st.tuples(merkelapper, ekstern_ider),
        grupperingsid=grupperingsider,
        hvilken=hvilke,
        tekst=tekster,
        mottakere=mottakervalg,
        dato=datoer,
        dager=doegn,
        app=applikasjoner,
    )
    def ny_notifikasjon(
        self,
        slag: str,
        koordinat: Koordinat,
        grupperingsid: str,
        hvilken: int,
        tekst: str,
        mottakere: tuple[str, ...],
        dato: str,
        dager: int | None,
        app: str,
    ) -> None:
        """Mostly in a sak that there is, sometimes in none."""
        merkelapp, ekstern_id = koordinat
        valgte = [MOTTAKERE[m] for m in mottakere]
        gruppe: str | None = grupperingsid
        if hvilken < 10 and self.saker:
            merkelapp, gruppe = self._pek_sak(hvilken)
        elif hvilken < 12 and slag != "Kalenderavtale":
            gruppe = None
        koordinat = merkelapp, ekstern_id
        sak = self.saker.get((merkelapp, gruppe)) if gruppe else None
        if slag == "Kalenderavtale":
            svar = ny_kalenderavtale(
                self.tjeneste,
                merkelapp=merkelapp,
                eksternId=ekstern_id,
                grupperingsid=gruppe,
                tekst=tekst,
                mottakere=valgte,
                startTidspunkt=f"{dato}T10:00Z",
                hardDelete=_om(dager),
                applikasjon=app,
            )
            if sak is None and app != UKJENT:
                assert svar["__typename"] == "SakFinnesIkke"
                return
        else:
            annet: dict[str, Any] = {"frist": dato} if slag == "Oppgave" else {}
            svar = {"Beskjed": ny_beskjed, "Oppgave": ny_oppgave}[slag](
                self.tjeneste,
                merkelapp=merkelapp,
                ekstern_id=ekstern_id,
                grupperingsid=gruppe,
                tekst=tekst,
                mottakere=valgte,
                hard_delete=_om(dager),
                applikasjon=app,
                **annet,
            )
        if self._nektet(svar, app, mottaker_foerst=True):
            return
        if sak is not None and not set(mottakere) <= sak.mottakere:
            assert svar["__typename"] == "UgyldigMottaker"
            return
        foerste = {"Beskjed": None, "Oppgave": "NY", "Kalenderavtale": "VENTER_SVAR_FRA_ARBEIDSGIVER"}[slag]
        ny = Notifikasjon(
            "", slag, gruppe, tekst, set(mottakere), self._om(dager), foerste, None if slag == "Beskjed" else dato
        )
        finnes = self.notifikasjoner.get(koordinat)
        if finnes is None:
            assert svar["__typename"] == f"Ny{slag}Vellykket"
            self._ny_id(svar["id"])
            ny.id = svar["id"]
            self.notifikasjoner[koordinat] = ny
        elif _sammenlignet(finnes) == _sammenlignet(ny):
            assert (svar["__typename"], svar["id"]) == (f"Ny{slag}Vellykket", finnes.id)
        else:
            assert (svar["__typename"], svar["idTilEksisterende"]) == ("DuplikatEksternIdOgMerkelapp", finnes.id)

    @precondition(lambda self: self.notifikasjoner)
    @rule(
        hvilken=hvilke,
        felt=st.sampled_from(["oppgaveUtfoert", "oppgaveUtgaatt"]),
        med_id=st.booleans(),
        dager=doegn,
        strategi=strategier,
        app=applikasjoner,
    )
    def oppgaven_er_over(
        self, hvilken: int, felt: str, med_id: bool, dager: int | None, strategi: str, app: str
    ) -> None:
        koordinat = self._pek(hvilken, "Oppgave")
        navn = felt if med_id else f"{felt}ByEksternId{'_V2' if felt == 'oppgaveUtfoert' else ''}"
        svar = self._endre(navn, koordinat, _hard_delete(dager, strategi), app)
        oppgave = self._funnet(svar, koordinat, "Oppgave", app)
        if oppgave is None:
            return
        if felt == "oppgaveUtgaatt" and oppgave.tilstand == "UTFOERT":
            assert svar["__typename"] == "OppgavenErAlleredeUtfoert"
            return
        assert svar["id"] == oppgave.id
        oppgave.tilstand = "UTFOERT" if felt == "oppgaveUtfoert" else "UTGAATT"
        oppgave.slettes = self._flyttet(oppgave.slettes, dager, strategi)

    @precondition(lambda self: self.notifikasjoner)
    @rule(hvilken=hvilke, frist=datoer, med_id=st.booleans(), app=applikasjoner)
    def utsett_frist(self, hvilken: int, frist: str, med_id: bool, app: str) -> None:
        koordinat = self._pek(hvilken, "Oppgave")
        navn = "oppgaveUtsettFrist" if med_id else "oppgaveUtsettFristByEksternId"
        svar = self._endre(navn, koordinat, f'nyFrist: "{frist}"', app)
        oppgave = self._funnet(svar, koordinat, "Oppgave", app)
        if oppgave is None:
            return
        assert oppgave.dato is not None
        if oppgave.dato > frist:
            assert svar["__typename"] == "Konflikt"
            return
        assert svar["id"] == oppgave.id
        if oppgave.tilstand != "UTFOERT":
            oppgave.tilstand, oppgave.dato = "NY", frist

    @precondition(lambda self: self.notifikasjoner)
    @rule(
        hvilken=hvilke,
        tilstand=st.none() | tilstander,
        tekst=st.none() | tekster,
        noekkel=noekler,
        dager=doegn,
        strategi=strategier,
        med_id=st.booleans(),
        app=applikasjoner,
    )
    def oppdater_kalenderavtale(
        self,
        hvilken: int,
        tilstand: str | None,
        tekst: str | None,
        noekkel: str | None,
        dager: int | None,
        strategi: str,
        med_id: bool,
        app: str,
    ) -> None:
        koordinat = self._pek(hvilken, "Kalenderavtale")
        navn = "oppdaterKalenderavtale" if med_id else "oppdaterKalenderavtaleByEksternId"
        argumenter = [_hard_delete(dager, strategi)]
        argumenter += [f"nyTilstand: {tilstand}"] if tilstand else []
        argumenter += [f'nyTekst: "{tekst}"'] if tekst else []
        argumenter += [f'idempotencyKey: "{noekkel}"'] if noekkel else []
        svar = self._endre(navn, koordinat, " ".join(argumenter), app)
        avtale = self._funnet(svar, koordinat, "Kalenderavtale", app, produsent_foerst=True)
        if avtale is None:
            return
        assert svar["id"] == avtale.id
        if _er_ny(noekkel, avtale.brukte_noekler):
            avtale.tilstand = tilstand or avtale.tilstand
            avtale.tekst = tekst or avtale.tekst
            avtale.slettes = self._flyttet(avtale.slettes, dager, strategi)

    @precondition(lambda self: self.saker)
    @rule(
        hvilken=hvilke,
        status=statuser,
        noekkel=noekler,
        dager=doegn,
        strategi=strategier,
        med_id=st.booleans(),
        app=applikasjoner,
    )
    def ny_status(
        self,
        hvilken: int,
        status: str,
        noekkel: str | None,
        dager: int | None,
        strategi: str,
        med_id: bool,
        app: str,
    ) -> None:
        koordinat = self._pek_sak(hvilken)
        argumenter = f"nyStatus: {status} {_hard_delete(dager, strategi)}"
        argumenter += f' idempotencyKey: "{noekkel}"' if noekkel else ""
        navn = "nyStatusSak" if med_id else "nyStatusSakByGrupperingsid"
        svar = self._endre(navn, koordinat, argumenter, app, valg="id statuser { status }")
        sak = self._funnet_sak(svar, koordinat, app)
        if sak is None:
            return
        if noekkel in sak.status_av_noekkel:
            assert noekkel is not None
            brukt_id, brukt_status = sak.status_av_noekkel[noekkel]
            if brukt_status != status:
                assert svar["__typename"] == "Konflikt"
                return
            assert svar["id"] == brukt_id
        else:
            self._ny_id(svar["id"])
            sak.statuser.append(status)
            sak.slettes = self._flyttet(sak.slettes, dager, strategi)
            if noekkel:
                sak.status_av_noekkel[noekkel] = (svar["id"], status)
        assert [s["status"] for s in svar["statuser"]] == sak.statuser[::-1]

    @precondition(lambda self: self.saker)
    @rule(
        hvilken=hvilke,
        tekst=st.none() | tekster,
        noekkel=noekler,
        med_id=st.booleans(),
        app=applikasjoner,
    )
    def neste_steg(self, hvilken: int, tekst: str | None, noekkel: str | None, med_id: bool, app: str) -> None:
        koordinat = self._pek_sak(hvilken)
        argumenter = f'nesteSteg: "{tekst}"' if tekst else ""
        argumenter += f' idempotencyKey: "{noekkel}"' if noekkel else ""
        navn = "nesteStegSak" if med_id else "nesteStegSakByGrupperingsid"
        sak = self._funnet_sak(svar := self._endre(navn, koordinat, argumenter, app), koordinat, app)
        if sak is not None:
            assert svar["id"] == sak.id
            if _er_ny(noekkel, sak.brukte_noekler):
                sak.neste_steg = tekst

    @precondition(lambda self: self.notifikasjoner)
    @rule(hvilken=hvilke, hard=st.booleans(), med_id=st.booleans(), app=applikasjoner)
    def slett_notifikasjon(self, hvilken: int, hard: bool, med_id: bool, app: str) -> None:
        koordinat = self._pek(hvilken)
        navn = f"{'hard' if hard else 'soft'}DeleteNotifikasjon{'' if med_id else 'ByEksternId_V2'}"
        svar = self._endre(navn, koordinat, "", app)
        if (notifikasjon := self._funnet(svar, koordinat, None, app)) is not None:
            assert svar["id"] == notifikasjon.id
            del self.notifikasjoner[koordinat]

    @precondition(lambda self: self.saker)
    @rule(hvilken=hvilke, hard=st.booleans(), med_id=st.booleans(), app=applikasjoner)
    def slett_sak(self, hvilken: int, hard: bool, med_id: bool, app: str) -> None:
        koordinat = self._pek_sak(hvilken)
        navn = f"{'hard' if hard else 'soft'}DeleteSak{'' if med_id else 'ByGrupperingsid'}"
        svar = self._endre(navn, koordinat, "", app)
        if (sak := self._funnet_sak(svar, koordinat, app)) is not None:
            assert svar["id"] == sak.id
            self._slett_sak(koordinat)

    @rule(dager=st.sampled_from([1, 4, 31]))
    def tiden_gaar(self, dager: int) -> None:
        self.naa += timedelta(days=dager)
        self.tjeneste.klokke(self.naa.isoformat())

    # ── What a producer sees ──

    @invariant()
    def alt_er_som_i_modellen(self) -> None:
        self.tjeneste.utvikling("POST", "/dev/jobber")
        self._det_som_forfaller()
        saker = " ".join(f's{nr}: hentSak(id: "{sak.id}") {{ ...sak }}' for nr, sak in enumerate(self.saker.values()))
        svar = self.tjeneste.produsent(f"{{ {MINE} {saker} }} {SAK if saker else ''}")
        noder = [edge["node"] for edge in svar.pop("mineNotifikasjoner")["edges"]]
        assert [(node["metadata"]["id"], *node["innhold"].values()) for node in noder] == [
            (n.id, n.tekst, *([] if n.tilstand is None else [n.tilstand])) for n in self.notifikasjoner.values()
        ]
        assert [verdi["sak"] for verdi in svar.values()] == [
            {
                "merkelapp": merkelapp,
                "grupperingsid": grupperingsid,
                "tittel": sak.tittel,
                "nesteSteg": sak.neste_steg,
                "sisteStatus": sak.statuser[-1],
            }
            for (merkelapp, grupperingsid), sak in self.saker.items()
        ]
        assert self.tjeneste.rader("SELECT count(*) FROM sak") == [(len(self.saker),)]

    # ── The rules of the model ──

    def _pek(self, hvilken: int, slag: str = "") -> Koordinat:
        """Mostly one of this kind, sometimes one of another."""
        mulige = [k for k, n in self.notifikasjoner.items() if not slag or n.slag == slag or hvilken % 5 == 4]
        return mulige[hvilken % len(mulige)] if mulige and hvilken < 15 else ("fager2", "ingen")

    def _pek_sak(self, hvilken: int) -> Koordinat:
        mulige = list(self.saker)
        return mulige[hvilken % len(mulige)] if mulige and hvilken < 15 else ("fager2", "ingen")

    def _endre(self, felt: str, koordinat: Koordinat, argumenter: str, app: str, valg: str = "id") -> dict[str, Any]:
        """By coordinate if the field says so, else by the id of what has the coordinate now."""
        if "By" in felt:
            noekkel = "grupperingsid" if "Sak" in felt else "eksternId"
            hvilken = f'merkelapp: "{koordinat[0]}" {noekkel}: "{koordinat[1]}"'
        else:
            funnet = self.saker.get(koordinat) if "Sak" in felt else self.notifikasjoner.get(koordinat)
            hvilken = f'id: "{funnet.id if funnet else "00000000-0000-4000-8000-000000000000"}"'
        return mutasjon(self.tjeneste, felt, f"{hvilken} {argumenter}", applikasjon=app, valg=valg)

    def _nektet(self, svar: dict[str, Any], app: str, mottaker_foerst: bool) -> bool:
        if app == UKJENT:
            assert svar["__typename"] == "UkjentProdusent"
        elif app == TILTAK:
            assert svar["__typename"] == ("UgyldigMottaker" if mottaker_foerst else "UgyldigMerkelapp")
        return app in (UKJENT, TILTAK)

    def _funnet(
        self, svar: dict[str, Any], koordinat: Koordinat, slag: str | None, app: str, produsent_foerst: bool = False
    ) -> Notifikasjon | None:
        if produsent_foerst and app == UKJENT:
            assert svar["__typename"] == "UkjentProdusent"
            return None
        funnet = self.notifikasjoner.get(koordinat)
        if funnet is None or (slag and funnet.slag != slag):
            assert svar["__typename"] == "NotifikasjonFinnesIkke"
            return None
        return None if self._nektet(svar, app, mottaker_foerst=False) else funnet

    def _funnet_sak(self, svar: dict[str, Any], koordinat: Koordinat, app: str) -> Sak | None:
        if (funnet := self.saker.get(koordinat)) is None:
            assert svar["__typename"] == "SakFinnesIkke"
            return None
        return None if self._nektet(svar, app, mottaker_foerst=False) else funnet

    def _ny_id(self, id: str) -> None:
        assert id not in self.alle_ider
        self.alle_ider.add(id)

    def _om(self, dager: int | None) -> datetime | None:
        return None if dager is None else self.naa + timedelta(days=dager)

    def _flyttet(self, planlagt: datetime | None, dager: int | None, strategi: str) -> datetime | None:
        nytt = self._om(dager)
        if nytt is None:
            return planlagt
        return max(nytt, planlagt) if strategi == "FORLENG" and planlagt else nytt

    def _slett_sak(self, koordinat: Koordinat) -> None:
        del self.saker[koordinat]
        self.brent.add(koordinat)
        for noekkel, notifikasjon in list(self.notifikasjoner.items()):
            if (noekkel[0], notifikasjon.grupperingsid) == koordinat:
                del self.notifikasjoner[noekkel]

    def _det_som_forfaller(self) -> None:
        for koordinat, sak in list(self.saker.items()):
            if sak.slettes and sak.slettes <= self.naa:
                self._slett_sak(koordinat)
        for koordinat, notifikasjon in list(self.notifikasjoner.items()):
            if notifikasjon.slettes and notifikasjon.slettes <= self.naa:
                del self.notifikasjoner[koordinat]
            elif notifikasjon.dato is None:
                continue
            elif (
                notifikasjon.tilstand == "NY"
                and date.fromisoformat(notifikasjon.dato) < self.naa.astimezone(OSLO).date()
            ):
                notifikasjon.tilstand = "UTGAATT"
            elif (
                notifikasjon.slag == "Kalenderavtale"
                and notifikasjon.tilstand != "AVLYST"
                and datetime.fromisoformat(f"{notifikasjon.dato}T10:00:00+00:00") < self.naa
            ):
                notifikasjon.tilstand = "AVHOLDT"


def _sammenlignet(n: Notifikasjon) -> tuple[Any, ...]:
    return (n.slag, n.grupperingsid, n.tekst, n.mottakere, n.tilstand, n.dato)


def _er_ny(noekkel: str | None, brukte: set[str]) -> bool:
    if noekkel is None:
        return True
    ny = noekkel not in brukte
    brukte.add(noekkel)
    return ny


def _om(dager: int | None) -> dict[str, str] | None:
    return None if dager is None else {"om": f"P{dager}D"}


def _hard_delete(dager: int | None, strategi: str) -> str:
    return "" if dager is None else f'hardDelete: {{ nyTid: {{ om: "P{dager}D" }} strategi: {strategi} }}'


MINE = """
    mineNotifikasjoner {
        ... on NotifikasjonConnection {
            edges {
                node {
                    ... on Beskjed { metadata { id } innhold: beskjed { tekst } }
                    ... on Oppgave { metadata { id } innhold: oppgave { tekst o: tilstand } }
                    ... on Kalenderavtale { metadata { id } innhold: kalenderavtale { tekst k: tilstand } }
                }
            }
        }
    }
"""
SAK = "fragment sak on HentetSak { sak { merkelapp grupperingsid tittel nesteSteg sisteStatus } }"


def test_producers_at_play(tjeneste: Tjeneste) -> None:
    Produsenter.tjeneste = tjeneste
    run_state_machine_as_test(
        Produsenter,
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
