"""Notifikasjoner for arbeidsgivere: one process, one SQLite file. This is the assembly, in reading order."""

import argparse
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import apsw

from server import (
    altinn,
    bakgrunn,
    config,
    demo,
    dokumentasjon,
    log,
    min_side,
    noedbrems,
    oekt,
    selvsjekk,
    sider,
    tjener,
    utvikling,
    verb,
    verksted,
    web,
)
from server.altinn import SlaaOpp
from server.altinn_tilganger import AltinnTilganger
from server.config import Config, ConfigError
from server.database import Database, DatabaseError
from server.egen_utsteder import EgenLeverandoer, Utsteder
from server.enhetsregister import Enhetsregister
from server.fordeler import Fordeler
from server.innlogging import Innlogging, Konfigurert
from server.oekt import Oekter, Paalogging
from server.register import Register, Registerfil
from server.stroem import Stroemmer
from server.tid import Klokke
from server.tilgang import Tilganger
from server.tilgangsfil import Tilgangsfil
from server.utboks import Utboks
from server.utstedere import Leverandoer
from server.worker import Worker

ROOT = Path(__file__).parent
VERSJON = "0.1.0"


def main(arguments: list[str] | None = None) -> None:
    valg = _valg(arguments)
    if valg.verb == "versjon":
        print(VERSJON)
        return
    try:
        sjekk = selvsjekk.feil if valg.verb == "start" else selvsjekk.ingen
        les = partial(config.load, valg.config, sjekk, **{"server.port": valg.port, "database.file": valg.database})
        settings = les()
        log.sett_opp(settings.server.loggnivaa)
        if valg.verb == "start":
            start(settings, valg.config, les)
        else:
            flere = {"hopp_over": True} if valg.hopp_over else {}
            verb.VERB[valg.verb](valg.config.parent / settings.database.file, ROOT / "schema.sql", valg.fil, **flere)
    except (ConfigError, DatabaseError, verb.VerbError, apsw.Error, OSError) as error:
        print(f"notifikasjon: {error}", file=sys.stderr)
        sys.exit(2)


def start(settings: Config, fil: Path, les: Callable[[], Config]) -> None:
    """Serve until SIGTERM or Ctrl-C. `les` reads the settings in `fil` anew.

    Raises DatabaseError, or OSError if the port is taken.
    """
    for advarsel in selvsjekk.advarsler(settings):
        logging.getLogger("notifikasjon").warning("%s", advarsel)
    mappe = fil.parent
    lytter = tjener.lytt(settings.server)  # before anything else: a port that is taken must not touch the database
    url = settings.server.url or f"http://localhost:{lytter.getsockname()[1]}"
    database = Database(mappe / settings.database.file, ROOT / "schema.sql", ved_kopi=verb.brems_kopi)
    utvikles = settings.utvikling.aktiv
    klokke = Klokke(utvikling.lagret_klokke(database) if utvikles else None)
    utsteder = Utsteder(database.hemmelighet, url, klokke) if utvikles else None
    gaar_god = "utviklingsmodus" if utvikles else settings.innlogging.issuer
    oekter = Oekter(database, klokke, settings.innlogging.varighet_timer, gaar_god)
    innlogging = _innlogging(settings, utsteder, oekter, klokke)
    t = settings.tilgang
    slaa_opp, tilgangsfil = _tilgang(t, mappe, database, klokke)
    versjon = tilgangsfil.versjon if tilgangsfil else lambda: 0
    ventende = 2 * t.http.samtidige if t.altinn == "http" else 64
    tilganger = Tilganger(database, klokke.monotonic, t.cache_s, t.cache_antall, slaa_opp, versjon, ventende)
    register = Enhetsregister(settings.navn, database, klokke) if settings.navn.kilde != "altinn" else None
    produsenter = Register(settings.produsent)
    registerfil = Registerfil(produsenter, settings, fil, les)
    utboks = Utboks(database, klokke, vises=utvikles)
    vakt = None if utvikles else noedbrems.Sprangvakt(database, klokke)
    steg = bakgrunn.steg(database)
    steg |= bakgrunn.sending(database, klokke, settings.varsling, utboks, mappe, slaa_opp, produsenter, vakt)
    stell = bakgrunn.stell(database, settings, klokke, tilgangsfil, register, registerfil)
    worker = Worker(klokke, steg, stell, settings.bakgrunn.pause_s)
    stroemmer = None
    if settings.server.maks_stroemmer and settings.server.egne_traader:
        lokal = t.altinn != "http"
        stroemmer = Stroemmer(database, klokke, tilganger, settings.server.maks_stroemmer, tilgang_er_lokal=lokal)
    tjeneste = web.Tjeneste(
        settings=settings,
        database=database,
        klokke=klokke,
        innlogging=innlogging,
        utsteder=utsteder,
        oekter=oekter,
        paalogging=_paalogging(settings, mappe, url, utsteder, oekter, database, klokke),
        register=produsenter,
        tilganger=tilganger,
        worker=worker,
        utboks=utboks,
        static=ROOT / "static",
        tilgangsfil=tilgangsfil,
        savn=register.savn if register else None,
        stroemmer=stroemmer,
    )
    if utvikles and settings.utvikling.demodata:
        demo.fyll(tjeneste)
    app = web.build(
        tjeneste,
        sider.ruter,
        min_side.ruter,
        dokumentasjon.ruter,
        *([utvikling.ruter, verksted.ruter] if utvikles else []),
    )
    traader, straks = settings.server.traader, innlogging.svarer_straks
    svar_selv = t.altinn != "http"
    if not svar_selv:  # users' queries may wait: those that do, for Altinn or for each other, have their own threads
        traader += 2 * ventende
    fordeler = None
    if settings.server.egne_traader:
        fordeler = Fordeler(app, database, traader, svar_selv=svar_selv, straks=straks)
    server = tjener.lag(app, lytter, traader, fordeler)
    # waitress returns from run() when SystemExit is raised in the main thread.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    if not os.isatty(0):  # otherwise it is how a terminal that closes ends its programs
        signal.signal(signal.SIGHUP, lambda *_: registerfil.be_om_lesing())
    worker.start()
    # Hardly anything here refers to itself in a ring. What there is now stays, and is not gone through again and again.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    logging.getLogger("notifikasjon").info("%s is ready at %s", "development mode" if utvikles else "the service", url)
    try:
        server.run()
    finally:
        if stroemmer:
            stroemmer.stopp()
        worker.stopp()
        database.close()


def _innlogging(settings: Config, utsteder: Utsteder | None, oekter: Oekter, klokke: Klokke) -> Innlogging:
    """Whose tokens are believed."""
    betrodde = [Konfigurert(u, Leverandoer(u.issuer, klokke, u.jwks_url)) for u in settings.utsteder]
    texas = settings.texas if settings.texas.introspection_url else None
    return Innlogging([*([utsteder] if utsteder else []), *betrodde], klokke, oekter.finn, texas)


def _paalogging(
    settings: Config,
    mappe: Path,
    url: str,
    utsteder: Utsteder | None,
    oekter: Oekter,
    database: Database,
    klokke: Klokke,
) -> Paalogging | None:
    """With whom people log in to the pages. Raises ConfigError."""
    i = settings.innlogging
    leverandoer: oekt.Leverandoer
    if i.issuer:
        leverandoer = Leverandoer(i.issuer, klokke)
    elif utsteder:
        leverandoer = EgenLeverandoer(utsteder)
    else:
        return None
    med_token = settings.tilgang.altinn == "http"
    hemmelighet = config.hemmelighet(mappe, i.klient_hemmelighet_file)
    return Paalogging(leverandoer, i, hemmelighet, url, oekter, klokke, database.noekkel, med_token=med_token)


def _tilgang(t: config.Tilgang, mappe: Path, database: Database, klokke: Klokke) -> tuple[SlaaOpp, Tilgangsfil | None]:
    """Who tells what people may see. Raises ConfigError."""
    if t.altinn == "http":
        return AltinnTilganger(t.http, database, klokke, t.cache_s).slaa_opp, None
    if t.altinn == "fil":
        fil = Tilgangsfil(mappe / t.fil, klokke.monotonic)
        fil.lagre(database)
        return fil.slaa_opp, fil
    return partial(altinn.slaa_opp, database), None


def _valg(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="notifikasjon.py", description="Notifikasjoner for arbeidsgivere")
    parser.add_argument("verb", nargs="?", choices=["start", *verb.VERB, "versjon"], default="start")
    parser.add_argument(
        "fil",
        nargs="?",
        type=Path,
        help="for backup, gjenopprett, naermesteleder and kontakt; the last two take - for stdin",
    )
    parser.add_argument("--config", type=Path, default=ROOT / "config.toml")
    parser.add_argument("--port", type=int)
    parser.add_argument("--database")
    parser.add_argument("--hopp-over", action="store_true", help="for naermesteleder: skip what cannot be used")
    valg = parser.parse_args(arguments)
    if (valg.fil is None) == (valg.verb in verb.MED_FIL):
        parser.error(f"{valg.verb} takes {'a file' if valg.fil is None else 'no file'}")
    if valg.hopp_over and valg.verb != "naermesteleder":
        parser.error(f"{valg.verb} takes no --hopp-over")
    return valg


if __name__ == "__main__":
    main()
