"""A database file with N notifikasjoner in it, made in a minute instead of an hour of calls.

The rows are written straight into the tables, so they must be what the server would have written: keys, ids and prints
come from its own functions, and what it works out (maske, sist endret, soeketekst, sortering) is worked out here again.
Nothing is due before 2099, so that the background thread leaves the data as it is. A finished file is kept among the
temporary files under the hash of schema.sql and this module, until it has not been used for an hour.

What the measured people see: 12 and 201 notifikasjoner whatever N is, and else a share of N, which is what grows.
"""

import hashlib
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

import apsw
import orjson

from server import altinn, tid, tilgang, varsling
from server.database import Database
from server.identitet import ny_id
from server.inndata import AltinnRessursMottaker, Mottaker
from server.saker import MASKE, MED_PAAMINNELSE

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "schema.sql"

APPLIKASJON = "dev-gcp:bench:produsent"
PRODUSENT_ID = "bench"
MERKELAPPER = [
    "Inntektsmelding sykepenger",
    "Inntektsmelding foreldrepenger",
    "Fritak arbeidsgiverperiode",
    "Dialogmøte",
    "Lønnstilskudd",
    "Mentor",
    "Permittering",
    "Skademelding",
]
RESSURSER = [f"nav_bench_ressurs-{nr:02}" for nr in range(20)]
HOLDT = RESSURSER[:5]  # what each of the measured people has, in each of their virksomheter
VIRKSOMHETER = [f"3{nr:08}" for nr in range(20_000)]  # no real virksomhetsnummer begins with 3

PER_SAK = 3  # notifikasjoner
START = tid.parse_tidspunkt("2025-01-01T00:00Z")
AAR, DAG, TIME = 365 * 86_400_000_000, 86_400_000_000, 3_600_000_000  # µs
ALDRI_DATO, ALDRI = "2099-12-31", tid.parse_tidspunkt("2099-06-01T08:00Z")
BOLK = 5_000  # saker between two inserts
UBRUKT_S = 3_600  # until a file of other data is removed: somebody may be measuring another version meanwhile

EMNER = ["Sykefravær", "Foreldrepenger", "Fritak", "Dialogmøte", "Tilskudd", "Permittering", "Yrkesskade", "Refusjon"]
NAVN = ["Bjelke", "Blåbærskogen", "Elvebredden", "Fjordglimt", "Grønn Tommel", "Havgap", "Klokketårnet", "Nordavind"]


class Person(NamedTuple):
    """Somebody who is measured, with virksomheter that nobody else has."""

    navn: str
    fnr: str
    virksomheter: range
    minst: int  # saker
    andel: float = 0  # of all saker

    def antall_saker(self, alle: int) -> int:
        return max(self.minst, round(self.andel * alle))

    @property
    def i_bjella(self) -> int:
        return min(200, PER_SAK * self.minst)


TOLV = Person("12 items", "01817000112", range(0, 1), 4)
ALLTID_200 = Person("200 items", "02817000237", range(1, 2), 67)
EN = Person("1 × 5", "03817000326", range(2, 3), 67, 0.004)
FEMTI = Person("50 × 5", "04817000415", range(3, 53), 67, 0.0125)
TUSEN = Person("1,000 × 5", "05817000504", range(53, 1053), 67, 0.05)
PERSONER = [TOLV, ALLTID_200, EN, FEMTI, TUSEN]
ANDRES = VIRKSOMHETER[1053:]

_SETT_INN = {
    "sak": """
        INSERT INTO sak (
            nr, id, produsent_id, merkelapp, grupperingsid, virksomhetsnummer, tittel, lenke, tilleggsinformasjon,
            opprettet_tidspunkt, sist_endret_tidspunkt, soeketekst, maske)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
    "sak_mottaker": """
        INSERT INTO sak_mottaker (tilgang_nr, sist_endret_tidspunkt, sak_nr, merkelapp, maske, rekkefoelge)
        VALUES (?, ?, ?, ?, ?, ?)""",
    "sak_status": """
        INSERT INTO sak_status (id, sak_nr, status, overstyr_statustekst_med, mottatt_tidspunkt)
        VALUES (?, ?, ?, ?, ?)""",
    "notifikasjon": """
        INSERT INTO notifikasjon (
            nr, id, type, produsent_id, merkelapp, ekstern_id, virksomhetsnummer, grupperingsid, tekst, lenke,
            tilstand, opprettet_tidspunkt, paaminnelse_tidspunkt, utfoert_tidspunkt, utgaatt_tidspunkt, frist,
            start_tidspunkt, slutt_tidspunkt, adresse, postnummer, poststed, digitalt, varsler_avtrykk)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
    "mottaker": """
        INSERT INTO mottaker (tilgang_nr, sortering, notifikasjon_nr, rekkefoelge, start_tidspunkt)
        VALUES (?, ?, ?, ?, ?)""",
    "paaminnelse": """
        INSERT INTO paaminnelse (notifikasjon_nr, tidspunkt, tilstand, ved_opprettelse) VALUES (?, ?, 'UTLOEST', 1)""",
    "bruker_klikk": "INSERT INTO bruker_klikk (fnr, notifikasjon_nr) VALUES (?, ?)",
    "tilgang": "INSERT INTO tilgang (tilgang_nr, noekkel) VALUES (?, ?)",
    "hendelse": """
        INSERT INTO hendelse (type, aggregat_id, merkelapp, grupperingsid, tidspunkt, hvem, innhold)
        VALUES (?, ?, ?, ?, ?, ?, ?)""",
}


def fylt(antall: int) -> Path:
    """A file with so many notifikasjoner, less what does not make a whole sak; made now if it is not there already."""
    versjon = hashlib.sha256(SCHEMA.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:12]
    mappe = Path(tempfile.gettempdir()) / f"notifikasjon-bench-{os.getuid()}"
    mappe.mkdir(0o700, exist_ok=True)
    if mappe.stat().st_uid != os.getuid():
        raise PermissionError(f"{mappe} belongs to another user: remove it")
    file = mappe / f"{versjon}-{antall}.db"
    if not file.exists():
        for gammel in mappe.iterdir():
            with suppress(FileNotFoundError):
                if time.time() - gammel.stat().st_mtime > UBRUKT_S:
                    gammel.unlink()
        print(f"Filling a database with {antall:,} notifikasjoner … ", end="", flush=True, file=sys.stderr)
        start = time.perf_counter()
        ny = file.with_suffix(f".{os.getpid()}")
        fyll(ny, antall)
        ny.rename(file)
        Path(f"{ny}.lock").unlink()
        print(f"{time.perf_counter() - start:.0f} s, {file.stat().st_size / 1e6:.0f} MB", file=sys.stderr)
    file.touch()  # it is in use
    return file


def fyll(file: Path, antall: int) -> None:
    with closing(Database(file, SCHEMA)) as database:
        noekkel = database.noekkel
        with database.write() as db:
            for person in PERSONER:
                altinn.lagre(db, person.fnr, altinn_svar(person))
            navn = [(nummer, f"VIRKSOMHET {nummer} AS") for nummer in ANDRES]
            db.executemany("INSERT INTO virksomhet (virksomhetsnummer, navn) VALUES (?, ?)", navn)
    with closing(apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READWRITE)) as db:
        # A file that is not finished is thrown away, so nothing needs to survive a crash.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000"):
            db.execute(f"PRAGMA {pragma}").fetchall()
        bunke = _Bunke(noekkel)
        db.execute("BEGIN")
        for sak in _saker(antall // PER_SAK):
            bunke.legg(sak)
            if sak.nr % BOLK == 0:
                bunke.toem(db)
        bunke.toem(db)
        db.execute("COMMIT")
        db.execute("PRAGMA optimize = 0x10002").fetchall()  # as a server that has run for an hour leaves it


def altinn_svar(person: Person) -> dict[str, Any]:
    enheter = [
        {
            "orgnr": VIRKSOMHETER[nr],
            "navn": f"VIRKSOMHET {VIRKSOMHETER[nr]} AS",
            "organisasjonsform": "BEDR",
            "underenheter": [],
            "altinn3Tilganger": HOLDT,
            "altinn2Tilganger": [],
        }
        for nr in person.virksomheter
    ]
    return {"isError": False, "hierarki": enheter}


class _Sak(NamedTuple):
    nr: int
    eier: Person | None  # whose virksomhet it is in, if that is measured
    virksomhetsnummer: str
    ressurser: list[str]
    merkelapp: str
    tittel: str
    opprettet: int


def _saker(antall: int) -> Iterator[_Sak]:
    """In the order of their times, over a year; the saker of the measured people stand evenly among the others."""
    rng = random.Random(1)
    eiere: list[Person | None] = [person for person in PERSONER for _ in range(person.antall_saker(antall))]
    eiere += [None] * (antall - len(eiere))
    rng.shuffle(eiere)
    for nr, eier in enumerate(eiere, 1):
        yield _Sak(
            nr,
            eier,
            VIRKSOMHETER[rng.choice(eier.virksomheter)] if eier else rng.choice(ANDRES),
            rng.sample(HOLDT if eier else RESSURSER, 2 if nr % 10 == 0 else 1),
            rng.choice(MERKELAPPER),
            f"{rng.choice(EMNER)} {rng.choice(NAVN)} {nr}",
            START + nr * AAR // antall,
        )


class _Bunke:
    """Rows of saker and what belongs to them, until they are inserted."""

    def __init__(self, noekkel: bytes) -> None:
        self._avtrykk = varsling.avtrykk(noekkel, [], [])
        self._tilgang_numre: dict[tuple[str, str], int] = {}
        self._rader: dict[str, list[tuple[Any, ...]]] = {tabell: [] for tabell in _SETT_INN}

    def toem(self, db: apsw.Connection) -> None:
        for tabell, rader in self._rader.items():
            db.executemany(_SETT_INN[tabell], rader)
            rader.clear()

    def legg(self, sak: _Sak) -> None:
        gruppe = f"sak-{sak.nr:08}"
        tilganger = [self._tilgang_nr(sak.virksomhetsnummer, ressurs) for ressurs in sak.ressurser]
        sist_endret, maske = sak.opprettet, 0
        for i in range(PER_SAK):
            sortering, bit = self._legg_notifikasjon(sak, gruppe, i, tilganger)
            sist_endret, maske = max(sist_endret, sortering), maske | bit

        sak_id, rader = ny_id(sak.opprettet), self._rader
        statuser: list[tuple[str, str | None, int]] = [("MOTTATT", None, sak.opprettet)]
        if sak.nr % 2:
            statuser.append(("UNDER_BEHANDLING", "Til vurdering", sak.opprettet + TIME))
        soeketekst = " ".join([sak.tittel, sak.merkelapp, *(f"{s} {tekst}" for s, tekst, _ in statuser if tekst)])
        rader["sak"].append(
            (
                *(sak.nr, sak_id, PRODUSENT_ID, sak.merkelapp, gruppe, sak.virksomhetsnummer, sak.tittel),
                *(f"https://eksempel.no/saker/{sak.nr}", "Fast ansatt, 80 %" if sak.nr % 3 else None),
                *(sak.opprettet, sist_endret, soeketekst.lower(), maske),
            )
        )
        rader["sak_mottaker"] += [(nr, sist_endret, sak.nr, sak.merkelapp, maske, i) for i, nr in enumerate(tilganger)]
        rader["sak_status"] += [(ny_id(naar), sak.nr, status, tekst, naar) for status, tekst, naar in statuser]
        self._fortell("SakOpprettet", sak_id, sak, gruppe, sak.opprettet, tittel=sak.tittel)

    def _legg_notifikasjon(self, sak: _Sak, gruppe: str, i: int, tilganger: list[int]) -> tuple[int, int]:
        """(sortering, the bits that it gives to the sak's maske)"""
        nr = PER_SAK * (sak.nr - 1) + i + 1
        opprettet = sak.opprettet + i * TIME
        type_, tilstand, tekst = "Beskjed", None, f"Vi har mottatt dokumentasjonen i sak {sak.nr}"
        paaminnelse = utfoert = utgaatt = frist = start = slutt = digitalt = None
        sted: tuple[str | None, ...] = (None, None, None)
        if i == 0:
            type_, tekst = "Oppgave", f"Send inntektsmelding i sak {sak.nr}"
            tilstand, frist = ("NY", "UTFOERT", "UTGAATT")[sak.nr % 3], ALDRI_DATO
            if tilstand == "UTFOERT":
                utfoert = opprettet + 2 * DAG
            elif tilstand == "UTGAATT":
                frist = tid.oslo_dato(opprettet + 10 * DAG)
                utgaatt = tid.fra_oslo(tid.slutt_paa_dagen(frist)) + 1
            elif sak.nr % 2:
                paaminnelse = opprettet + 7 * DAG
                self._rader["paaminnelse"].append((nr, paaminnelse))
        elif i == 2 and sak.nr % 4 == 0:
            type_, tekst, digitalt = "Kalenderavtale", f"Dialogmøte i sak {sak.nr}", 0
            kommer = sak.nr % 40 == 0
            tilstand, start = ("VENTER_SVAR_FRA_ARBEIDSGIVER", ALDRI) if kommer else ("AVHOLDT", opprettet + 9 * DAG)
            slutt, sted = start + TIME, ("Torgallmenningen 1", "5014", "Bergen")
        sortering = opprettet if paaminnelse is None else paaminnelse

        notifikasjon_id, rader = ny_id(opprettet), self._rader
        ekstern_id = f"{gruppe}-{i}"
        rader["notifikasjon"].append(
            (
                *(nr, notifikasjon_id, type_, PRODUSENT_ID, sak.merkelapp, ekstern_id, sak.virksomhetsnummer, gruppe),
                *(tekst, f"https://eksempel.no/saker/{sak.nr}/{i}", tilstand, opprettet, paaminnelse, utfoert),
                *(utgaatt, frist, start, slutt, *sted, digitalt, self._avtrykk),
            )
        )
        rader["mottaker"] += [(tilgang_nr, sortering, nr, r, start) for r, tilgang_nr in enumerate(tilganger)]
        if sak.eier and nr % 4 == 0 and paaminnelse is None:  # a påminnelse takes the clicks away
            rader["bruker_klikk"].append((sak.eier.fnr, nr))
        metadata = {"virksomhetsnummer": sak.virksomhetsnummer, "eksternId": ekstern_id, "grupperingsid": gruppe}
        self._fortell(f"{type_}Opprettet", notifikasjon_id, sak, gruppe, opprettet, tekst=tekst, metadata=metadata)
        bit = MASKE.get("NY" if tilstand == "VENTER_SVAR_FRA_ARBEIDSGIVER" else tilstand or "", 0)
        return sortering, bit | (bit * MED_PAAMINNELSE if paaminnelse is not None else 0)

    def _fortell(self, type_: str, id: str, sak: _Sak, gruppe: str, naar: int, **innhold: Any) -> None:
        """What was told at the creation; what happened later is left out of this history."""
        mottakere = [{"altinnRessurs": {"ressursId": ressurs}} for ressurs in sak.ressurser]
        tekst = orjson.dumps({"mottakere": mottakere, "merkelapp": sak.merkelapp, **innhold}).decode()
        self._rader["hendelse"].append((type_, id, sak.merkelapp, gruppe, naar, PRODUSENT_ID, tekst))

    def _tilgang_nr(self, virksomhetsnummer: str, ressurs: str) -> int:
        """Counted from 1 in the order in which they are needed, as the server does."""
        if kjent := self._tilgang_numre.get((virksomhetsnummer, ressurs)):
            return kjent
        nr = self._tilgang_numre[virksomhetsnummer, ressurs] = len(self._tilgang_numre) + 1
        mottaker = Mottaker.model_construct(altinn_ressurs=AltinnRessursMottaker.model_construct(ressurs_id=ressurs))
        self._rader["tilgang"].append((nr, tilgang.noekkel(mottaker, virksomhetsnummer)))
        return nr
