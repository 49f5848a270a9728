"""Believable data for the demo: who may see what, and the last weeks of what producers have told. And emptying it all.

All that happens is made by the producers' own functions, each call at its time in the past, with the clock's own steps
between them: no row is one that could not have come about. Varsler are not ordered, since they would be sent.
"""

import random
import uuid
from collections.abc import Callable, Collection, Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import apsw

from server import (
    altinn,
    beskjed,
    bjelle,
    kalenderavtale,
    naermeste_leder,
    noedbrems,
    notifikasjoner,
    oppgave,
    saker,
    tid,
)
from server.config import Produsent
from server.database import Database
from server.register import Kall
from server.tid import Varighet
from server.tilgang import Bruker
from server.web import Tjeneste

Rad = dict[str, Any]
Hvem = str | tuple[str, str]  # who may see it: a ressurs, a tjeneste as code:edition, or (leder, ansatt)

DEMODATA = "demodata"  # in table bryter: when the data was made. That is once, also when it has been deleted since

# The people of config.toml, and two employees. Ulla has no row anywhere.
DAGNY, NILS, REGINE, ALF = "15845512345", "03868498765", "22917054321", "30829033445"
ANSATTE = ("01927712344", "24886023456")
BAKERIET, BAKERIETS_OVERENHET = "910825526", "810825472"

SYKEPENGER, SYKEPENGER_ALTINN2 = "nav_sykepenger_inntektsmelding", "4936:1"
FORELDREPENGER, OMSORGSPENGER = "nav_foreldrepenger_inntektsmelding", "nav_sykdom-i-familien_inntektsmelding"
REFUSJON, DIALOGMOETE = "nav_tiltak_tiltaksrefusjon", "nav_syfo_dialogmote"
PERMITTERING = "nav_permittering-og-nedbemmaning_innsyn-i-alle-innsendte-meldinger"
REGNSKAP = [SYKEPENGER, SYKEPENGER_ALTINN2, FORELDREPENGER, OMSORGSPENGER, REFUSJON, PERMITTERING, "test-fager"]
REGNSKAPSSAKER = [  # merkelapp, who may see it, start of the title, oppgave
    ("Inntektsmelding sykepenger", SYKEPENGER, "Inntektsmelding for sykefravær", "Send inntektsmelding"),
    ("Inntektsmelding foreldrepenger", FORELDREPENGER, "Inntektsmelding for foreldrepenger", "Send inntektsmelding"),
    ("Inntektsmelding omsorgspenger", OMSORGSPENGER, "Inntektsmelding for omsorgspenger", "Send inntektsmelding"),
    ("Tiltaksrefusjon", REFUSJON, "Refusjon av lønnstilskudd", "Søk om refusjon av lønnstilskudd"),
    ("Permittering", PERMITTERING, "Permittering", "Send oversikt over permitterte ansatte"),
]

# Children before parents. All tables but those that outlive their content; a test compares with the schema.
TABELLER = """
    brukt_noekkel bruker_klikk sist_lest lagret_filter melding varselforsoek eksternt_varsel paaminnelse mottaker
    notifikasjon sak_mottaker sak_status sak slettet_sak tilgang altinn_svar altinn_mellomlager virksomhet
    virksomhet_uten_navn naermeste_leder kontakt hendelse besvart_kall
""".split()

KUNDER = """Bjelke & Brett Bygg, Blåbærskogen Barnehage, Elvebredden Kafé, Fergeleiet Kro, Fjordglimt Hotell,
    Godnatt Bemanning, Grønn Tommel Gartneri, Havgap Sjømat, Hvitt i Hvitt Renhold, Klokketårnet Forvaltning,
    Lyspæren Elektro, Midt på Torget Bokhandel, Nordavind Transport, Opp og Frem Heis, Rett Rør VVS, Saks og Kam Frisør,
    Solveggen Omsorg, Syv Fjell IT, Tannhjulet Verksted, To Glass Optikk, Vinterveien Drift"""
STEDER = "Alta Bergen Bodø Drammen Gjøvik Hamar Harstad Larvik Molde Narvik Oslo Voss".split()
MAANEDER = "januar februar mars april mai juni juli august september oktober november desember".split()


def fyll(tjeneste: Tjeneste) -> None:
    """Fill an empty database, once. What needs a person or a producer that is not in the settings is left out."""
    database, now = tjeneste.database, tjeneste.klokke.now()
    personer = {person.fnr for person in tjeneste.settings.person}
    with database.write() as db:  # longer than a request may take, but nobody else is there yet
        if db.execute("SELECT 1 FROM bryter WHERE navn = ?", (DEMODATA,)).get or _med_rader(db):
            return
        db.execute("INSERT INTO bryter (navn, verdi) VALUES (?, ?)", (DEMODATA, now))
        f = _Fortelling(tjeneste, now)
        kunder = _kunder(f.rng)
        alt = {tilgang for p in f.produsenter for tilgang in (*p.ressurser, *p.tjenester)} | {SYKEPENGER_ALTINN2}
        svar = {DAGNY: _altinn_svar([_bakeriet("DAGL", alt)]), ALF: {"isError": True, "hierarki": []}}
        svar[REGINE] = _altinn_svar([_bakeriet("REGN", REGNSKAP), *kunder])
        for fnr in personer & svar.keys():
            altinn.lagre(db, fnr, svar[fnr])
        if personer & {DAGNY, REGINE}:
            _i_bakeriet(f)
        if NILS in personer:
            for ansatt in ANSATTE:
                forhold = {"narmesteLederId": f.ny_id(), "narmesteLederFnr": NILS, "orgnummer": BAKERIET, "fnr": ansatt}
                naermeste_leder.ta_imot(db, naermeste_leder.les(forhold))
            _oppfoelging(f)
        if REGINE in personer:
            for virksomhet in (under for over in kunder for under in over["underenheter"]):
                _regnskapskunde(f, virksomhet["orgnr"])
        f.spill(database)
        for fnr in personer & {DAGNY, REGINE}:  # so that the bell counts only what came lately
            bjelle.sett_sist_lest(Bruker(database, now, fnr, tjeneste.tilganger), f.kl(-2, "15:30"))


def toem(database: Database) -> None:
    """Delete all that producers and people have put there, and take the emergency brake off.

    The numbers of `tilgang` go on from where they were.
    """
    with database.write() as db:
        db.execute("DELETE FROM bryter WHERE navn = ?", (noedbrems.NAVN,))
        for tabell in _med_rader(db):  # a DELETE of nothing would still write a page and wait for the disk
            db.execute(f"DELETE FROM {tabell}")


def _med_rader(db: apsw.Connection) -> list[str]:
    return [tabell for tabell in TABELLER if db.execute(f"SELECT 1 FROM {tabell} LIMIT 1").get]


# ── Who may see what ──


def _altinn_svar(hierarki: list[Rad]) -> Rad:
    enheter = [enhet for overenhet in hierarki for enhet in overenhet["underenheter"]]
    tilganger = {enhet["orgnr"]: [*enhet["altinn2Tilganger"], *enhet["altinn3Tilganger"]] for enhet in enheter}
    numre = {t: [nr for nr, har in tilganger.items() if t in har] for t in sorted(set().union(*tilganger.values()))}
    return {"isError": False, "hierarki": hierarki, "orgNrTilTilganger": tilganger, "tilgangTilOrgNr": numre}


def _enhet(nummer: str, navn: str, rolle: str, tilganger: Collection[str], under: Collection[Rad] = ()) -> Rad:
    return {
        "orgnr": nummer,
        "navn": navn.upper(),
        "organisasjonsform": "AS" if under else "BEDR",
        "erSlettet": False,
        "roller": [rolle],
        "altinn3Tilganger": sorted(t for t in tilganger if ":" not in t),
        "altinn2Tilganger": sorted(t for t in tilganger if ":" in t),
        "underenheter": list(under),
    }


def _bakeriet(rolle: str, tilganger: Collection[str]) -> Rad:
    virksomhet = _enhet(BAKERIET, "Bakeriet avd Torget", rolle, tilganger)
    return _enhet(BAKERIETS_OVERENHET, "Bakeriet AS", rolle, (), [virksomhet])


def _kunder(rng: random.Random) -> list[Rad]:
    """Regine's other 99 virksomheter, in fives and fours."""
    numre, kunder = _virksomhetsnumre(), []
    for nr, navn in enumerate(KUNDER.split(",")):
        steder = rng.sample(STEDER, k=4 if nr % 7 in (2, 5) else 5)
        under = [_enhet(next(numre), f"{navn.strip()} avd {sted}", "REGN", REGNSKAP) for sted in steder]
        kunder.append(_enhet(next(numre), f"{navn.strip()} AS", "REGN", (), under))
    return kunder


def _virksomhetsnumre() -> Iterator[str]:
    """With a right check digit; no real virksomhet has a number that begins with 3."""
    for stamme in count(31_048_215, 7_919):
        vektet = [int(siffer) * vekt for siffer, vekt in zip(str(stamme), (3, 2, 7, 6, 5, 4, 3, 2), strict=True)]
        if (kontroll := -sum(vektet) % 11) < 10:
            yield f"{stamme}{kontroll}"


# ── How it is told ──


class _Fortelling:
    """What is to happen: told in any order, played in the order of time. Days are counted from today in Oslo."""

    def __init__(self, tjeneste: Tjeneste, now: int) -> None:
        self.produsenter = tjeneste.settings.produsent
        self.altinn2 = tjeneste.settings.tilgang.altinn2 == "godta"
        self.now = now
        self.rng = random.Random(1)  # the same data every time
        self.hendelser: list[tuple[int, Produsent, Callable[..., object], Rad]] = []

    def dato(self, dag: int) -> date:
        return date.fromisoformat(tid.oslo_dato(self.now)) + timedelta(dag)

    def skrevet(self, dag: int) -> str:
        return f"{self.dato(dag).day}. {MAANEDER[self.dato(dag).month - 1]}"

    def kl(self, dag: int, klokkeslett: str) -> int:
        return tid.fra_oslo(tid.parse_lokal(f"{self.dato(dag)}T{klokkeslett}"))

    def ny_id(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def kan(self, produsent: Produsent, hvem: Collection[Hvem]) -> bool:
        lovlige = {*produsent.ressurser, *(produsent.tjenester if self.altinn2 else ())}
        return all(en in lovlige if isinstance(en, str) else produsent.naermeste_leder for en in hvem)

    def spill(self, database: Database) -> None:
        for naar, p, funksjon, felter in sorted(self.hendelser, key=lambda hendelse: hendelse[0]):
            for steg in (notifikasjoner.paaminn_neste, oppgave.utgaa_neste, kalenderavtale.avhold_neste):
                while steg(database, naar):
                    pass
            funksjon(Kall(database, naar, p.applikasjoner[0], p, self.altinn2), **felter)


class _Sak:
    """A sak to tell more of, or without `opprett` what stands alone. If no producer may do it, nothing happens."""

    def __init__(self, f: _Fortelling, merkelapp: str, *hvem: Hvem, virksomhetsnummer: str = BAKERIET) -> None:
        self._f, self._antall, nr = f, 0, f.ny_id()
        self.navn = {"merkelapp": merkelapp, "grupperingsid": nr}
        self._lenke = f"https://arbeidsgiver.eksempel.no/saker/{nr}"
        self._felles = {"virksomhetsnummer": virksomhetsnummer, "mottakere": [_mottaker(en) for en in hvem]}
        self._produsent = next((p for p in f.produsenter if merkelapp in p.merkelapper and f.kan(p, hvem)), None)

    def gjoer(self, naar: int, funksjon: Callable[..., object], **felter: Any) -> None:
        """Let the producer make the call then; what would be later today happens now."""
        if self._produsent:
            self._f.hendelser.append((min(naar, self._f.now), self._produsent, funksjon, felter))

    def opprett(self, naar: int, tittel: str, **felter: Any) -> "_Sak":
        felter |= {"tittel": tittel, "initiell_status": "MOTTATT", "lenke": self._lenke}
        self.gjoer(naar, saker.ny_sak, **self.navn, **self._felles, **felter)
        return self

    def status(self, naar: int, ny: str, tekst: str | None = None) -> None:
        felter = {"ny_status": ny, "overstyr_statustekst_med": tekst}
        self.gjoer(naar, saker.ny_status_sak_by_grupperingsid, **self.navn, **felter)

    def beskjed(self, naar: int, tekst: str) -> None:
        self.gjoer(naar, beskjed.ny_beskjed, ny_beskjed=self._ny(tekst)[1])

    def oppgave(self, naar: int, tekst: str, dager: int | None, *, utfoert: int | None = None, **minn: int) -> Rad:
        """Due so many days from today, and done at `utfoert`. Returns what names it afterwards."""
        hvilken, ny = self._ny(tekst)
        ny["frist"] = None if dager is None else str(self._f.dato(dager))
        ny["paaminnelse"] = {"tidspunkt": {fra: Varighet(dager=n) for fra, n in minn.items()}} if minn else None
        self.gjoer(naar, oppgave.ny_oppgave, ny_oppgave=ny)
        if utfoert is not None:
            self.gjoer(utfoert, oppgave.oppgave_utfoert_by_ekstern_id, **hvilken)
        return hvilken

    def avtale(self, naar: int, tekst: str, dag: int, klokkeslett: str, **felter: Any) -> Rad:
        """For an hour, with a påminnelse the day before. Returns what names it afterwards."""
        hvilken, _ = self._ny(tekst)
        start = self._f.kl(dag + (0, 0, 0, 0, 0, 2, 1)[self._f.dato(dag).weekday()], klokkeslett)  # not in a weekend
        felter |= {"start_tidspunkt": start, "slutt_tidspunkt": start + 3_600_000_000, "tekst": tekst}
        felter |= {"paaminnelse": {"tidspunkt": {"foer_start_tidspunkt": Varighet(dager=1)}}, "lenke": self._lenke}
        self.gjoer(naar, kalenderavtale.ny_kalenderavtale, **felter | hvilken | self.navn | self._felles)
        return hvilken

    def svar(self, naar: int, avtale: Rad, tilstand: str) -> None:
        self.gjoer(naar, kalenderavtale.oppdater_kalenderavtale_by_ekstern_id, ny_tilstand=tilstand, **avtale)

    def _ny(self, tekst: str) -> tuple[Rad, Rad]:
        """What names a new notifikasjon, and what beskjed and oppgave have in common."""
        self._antall += 1
        (merkelapp, nr), (virksomhetsnummer, mottakere) = self.navn.values(), self._felles.values()
        hvilken = {"merkelapp": merkelapp, "ekstern_id": f"{nr}-{self._antall}"}
        metadata = {"virksomhetsnummer": virksomhetsnummer, "grupperingsid": nr, "ekstern_id": hvilken["ekstern_id"]}
        innhold = {"merkelapp": merkelapp, "tekst": tekst, "lenke": self._lenke}
        return hvilken, {"mottakere": mottakere, "metadata": metadata, "notifikasjon": innhold}


def _mottaker(hvem: Hvem) -> Rad:
    if isinstance(hvem, tuple):
        return {"naermeste_leder": {"naermeste_leder_fnr": hvem[0], "ansatt_fnr": hvem[1]}}
    code, kolon, edition = hvem.partition(":")
    tjeneste = {"altinn": {"service_code": code, "service_edition": edition}}
    return tjeneste if kolon else {"altinn_ressurs": {"ressurs_id": hvem}}


# ── What has happened ──


def _i_bakeriet(f: _Fortelling) -> None:
    kl, den = f.kl, f.skrevet
    sak = _Sak(f, "Inntektsmelding sykepenger", SYKEPENGER)
    sak.opprett(kl(-9, "07:42"), f"Inntektsmelding for sykefravær fra {den(-25)}", neste_steg="Vi venter på dere.")
    sak.oppgave(kl(-9, "07:42"), "Send inntektsmelding", 5, etter_opprettelse=5)

    sak = _Sak(f, "Inntektsmelding sykepenger", SYKEPENGER_ALTINN2)
    sak.opprett(kl(-38, "09:05"), f"Inntektsmelding for sykefravær fra {den(-54)}")
    sak.oppgave(kl(-38, "09:05"), "Send inntektsmelding", -24, utfoert=kl(-35, "13:20"))
    sak.beskjed(kl(-35, "13:20"), "Vi har mottatt inntektsmeldingen")
    sak.status(kl(-30, "10:00"), "FERDIG", "Refusjonen er utbetalt")

    sak = _Sak(f, "Fritak arbeidsgiverperiode", "nav_sykepenger_fritak-arbeidsgiverperiode")
    sak.opprett(kl(-21, "11:15"), "Fritak fra arbeidsgiverperioden", neste_steg="Du får svar innen tre uker.")
    sak.status(kl(-19, "08:30"), "UNDER_BEHANDLING")
    sak.status(kl(-3, "14:02"), "FERDIG", "Innvilget")
    sak.gjoer(kl(-3, "14:02"), saker.neste_steg_sak_by_grupperingsid, neste_steg=None, **sak.navn)
    sak.beskjed(kl(-3, "14:02"), "Vedtaket om fritak fra arbeidsgiverperioden er klart")

    sted = {"adresse": "Torggata 12", "postnummer": "0181", "poststed": "Oslo"}
    sak = _Sak(f, "Dialogmøte", DIALOGMOETE, (NILS, ANSATTE[0]))
    sak.opprett(kl(-4, "12:10"), "Dialogmøte etter et halvt års sykefravær")
    sak.avtale(kl(-4, "12:10"), "Dialogmøte. Svar på om tiden passer.", 6, "10:00", lokasjon=sted)

    sak = _Sak(f, "Dialogmøte", DIALOGMOETE).opprett(kl(-29, "10:40"), "Dialogmøte om tilrettelegging i produksjonen")
    avtale = sak.avtale(kl(-29, "10:40"), "Dialogmøte på arbeidsplassen", -8, "09:00", lokasjon=sted)
    sak.svar(kl(-27, "15:12"), avtale, "ARBEIDSGIVER_HAR_GODTATT")
    sak.beskjed(kl(-5, "13:45"), "Referatet fra dialogmøtet er klart")
    sak.status(kl(-5, "13:45"), "FERDIG", "Møtet er holdt")

    sak = _Sak(f, "Dialogmøte", DIALOGMOETE).opprett(kl(-18, "09:20"), "Dialogmøte om gradert sykmelding")
    avtale = sak.avtale(kl(-18, "09:20"), "Dialogmøte på video", -6, "12:00", er_digitalt=True)
    sak.svar(kl(-11, "14:50"), avtale, "AVLYST")
    sak.status(kl(-11, "14:50"), "FERDIG", "Avlyst, den ansatte er tilbake i arbeid")

    sak = _Sak(f, "Inntektsmelding foreldrepenger", FORELDREPENGER)
    sak.opprett(kl(0, "08:05"), f"Inntektsmelding for foreldrepenger fra {den(28)}")
    sak.oppgave(kl(0, "08:05"), "Send inntektsmelding for foreldrepenger", 14, foer_frist=4)

    sak = _Sak(f, "Inntektsmelding pleiepenger sykt barn", OMSORGSPENGER)
    sak.opprett(kl(-27, "06:30"), f"Inntektsmelding for pleiepenger fra {den(-40)}")
    send = sak.oppgave(kl(-27, "06:30"), "Send inntektsmelding for pleiepenger", 3)
    sak.gjoer(kl(-12, "11:00"), oppgave.oppgave_utgaatt_by_ekstern_id, **send)
    sak.status(kl(-12, "11:00"), "FERDIG", "Søknaden er trukket")

    sak = _Sak(f, "Arbeidstrening", "nav_tiltak_arbeidstrening")
    sak.opprett(kl(-16, "10:12"), "Arbeidstrening som bakerassistent", tilleggsinformasjon="Avtale 20417")
    sak.oppgave(kl(-16, "10:12"), "Les og godkjenn avtalen om arbeidstrening", None, utfoert=kl(-14, "09:33"))
    sak.beskjed(kl(-1, "10:17"), "Avtalen om arbeidstrening er godkjent av alle")
    sak.status(kl(-1, "10:17"), "UNDER_BEHANDLING", "Tiltaket er i gang")
    sak.oppgave(kl(-1, "10:17"), "Evaluer arbeidstreningen", 20, foer_frist=7)

    sak = _Sak(f, "Tiltaksrefusjon", REFUSJON).opprett(kl(-33, "05:00"), "Refusjon for sommerjobb, to ungdommer")
    sak.oppgave(kl(-33, "05:00"), "Søk om refusjon for sommerjobb", -2, foer_frist=3)

    sak = _Sak(f, "Permittering", PERMITTERING).opprett(kl(-6, "13:30"), f"Permittering fra {den(8)}")
    sak.beskjed(kl(-6, "13:30"), "Vi har mottatt meldingen om permittering")
    sak.status(kl(-1, "09:00"), "UNDER_BEHANDLING")

    sak = _Sak(f, "Kandidater", "nav_rekruttering_kandidater").opprett(kl(-3, "14:25"), "Kandidater til ny konditor")
    sak.gjoer(kl(-3, "14:40"), saker.tilleggsinformasjon_sak_by_grupperingsid, tilleggsinformasjon="Heltid", **sak.navn)
    avtale = sak.avtale(kl(-3, "15:00"), "Bli kjent med kandidatene", 1, "13:00", er_digitalt=True)
    sak.svar(kl(-1, "12:40"), avtale, "ARBEIDSGIVER_HAR_GODTATT")

    sak = _Sak(f, "Skademelding", "nav_yrkesskade_skademelding").opprett(kl(-15, "16:20"), "Brannskade ved steinovnen")
    send = sak.oppgave(kl(-15, "16:20"), "Legg ved en beskrivelse av arbeidsstedet", -4)
    sak.gjoer(kl(-2, "10:00"), oppgave.oppgave_utsett_frist_by_ekstern_id, ny_frist=str(f.dato(10)), **send)

    _Sak(f, "Sykmelding", "nav_sykepenger_sykmelding").beskjed(kl(-1, "16:48"), "Ny sykmelding fra en ansatt")
    _Sak(f, "fager", "test-fager").beskjed(kl(-7, "09:00"), "Se over hvem som har tilgang til tjenestene våre")


def _oppfoelging(f: _Fortelling) -> None:
    kl, (en, to) = f.kl, [(NILS, ansatt) for ansatt in ANSATTE]
    sak = _Sak(f, "Oppfølging", en).opprett(kl(-24, "07:15"), "Oppfølging av sykmeldt ansatt")
    sak.oppgave(kl(-24, "07:15"), "Lag en oppfølgingsplan sammen med den ansatte", 4, etter_opprettelse=21)
    sak.beskjed(kl(0, "07:00"), "Den ansatte har delt ønsker om tilrettelegging med deg")

    sak = _Sak(f, "Dialogmøte", to).opprett(kl(-14, "07:15"), "Dialogmøte", neste_steg="Vi finner en ny tid.")
    sak.oppgave(kl(-14, "07:15"), "Svar på om dere trenger et dialogmøte", -4, utfoert=kl(-12, "11:05"))
    avtale = sak.avtale(kl(-5, "10:30"), "Dialogmøte på video", 9, "14:00", er_digitalt=True)
    sak.svar(kl(-1, "08:50"), avtale, "ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED")


def _regnskapskunde(f: _Fortelling, hvor: str) -> None:
    """A sak with an oppgave that is new, done, or expired."""
    merkelapp, tilgang, tittel, tekst = f.rng.choice(REGNSKAPSSAKER)
    dag, tilstand = f.rng.randint(-40, -4), f.rng.choice(["NY", "UTFOERT", "UTFOERT", "UTGAATT"])
    naar, senere = (f.kl(d, f"{f.rng.randint(7, 16):02}:{f.rng.randint(0, 59):02}") for d in (dag, dag + 3))
    sak = _Sak(f, merkelapp, tilgang, virksomhetsnummer=hvor).opprett(naar, f"{tittel} fra {f.skrevet(dag - 16)}")
    sak.beskjed(naar, "Vi har opprettet en sak, og trenger noe fra dere")
    frist = f.rng.randint(dag + 3, -1) if tilstand == "UTGAATT" else f.rng.randint(1, 21)
    sak.oppgave(naar, tekst, frist, utfoert=senere if tilstand == "UTFOERT" else None)
    if tilstand == "UTFOERT":
        sak.beskjed(senere, "Vi har mottatt det dere sendte")
        sak.status(senere, "FERDIG")
