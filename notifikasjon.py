"""Notifikasjoner for arbeidsgivere: one process, one SQLite file. This is the assembly, in reading order."""

import argparse
import logging
import signal
import socket
import sys
from pathlib import Path

import waitress

from server import bakgrunn, config, demo, log, utvikling, verb, web
from server.config import Config, ConfigError
from server.database import Database, DatabaseError
from server.fordeler import Forbindelse, Fordeler
from server.innlogging import Innlogging, Utsteder
from server.register import Register
from server.tid import Klokke
from server.tilgang import Tilganger
from server.utboks import Utboks
from server.worker import Worker

ROOT = Path(__file__).parent
VERSJON = "0.1.0"


def main(arguments: list[str] | None = None) -> None:
    valg = _valg(arguments)
    if valg.verb == "versjon":
        print(VERSJON)
        return
    try:
        settings = config.load(valg.config, **{"server.port": valg.port, "database.file": valg.database})
        log.sett_opp(settings.server.loggnivaa)
        mappe = valg.config.parent
        if valg.verb == "start":
            start(settings, mappe)
        else:
            verb.VERB[valg.verb](mappe / settings.database.file, ROOT / "schema.sql", valg.fil)
    except (ConfigError, DatabaseError, verb.VerbError, OSError) as error:
        print(f"notifikasjon: {error}", file=sys.stderr)
        sys.exit(2)


def start(settings: Config, mappe: Path) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises DatabaseError, or OSError if the port is taken."""
    lytter = _lytt(settings.server)
    url = settings.server.url or f"http://localhost:{lytter.getsockname()[1]}"
    database = Database(mappe / settings.database.file, ROOT / "schema.sql")
    utvikles = settings.utvikling.aktiv
    klokke = Klokke(utvikling.lagret_klokke(database) if utvikles else None)
    utsteder = Utsteder(database.hemmelighet, url, klokke) if utvikles else None
    tilganger = Tilganger(database, klokke.monotonic, settings.tilgang.cache_s, settings.tilgang.cache_antall)
    utboks = Utboks(database, klokke)
    steg = bakgrunn.steg(database) | bakgrunn.sending(database, klokke, settings.varsling, utboks, mappe)
    worker = Worker(klokke, steg, bakgrunn.stell(database, settings), settings.bakgrunn.pause_s)
    tjeneste = web.Tjeneste(
        settings=settings,
        database=database,
        klokke=klokke,
        innlogging=Innlogging(utsteder, klokke),
        utsteder=utsteder,
        register=Register(settings.produsent),
        tilganger=tilganger,
        worker=worker,
        utboks=utboks,
        static=ROOT / "static",
    )
    if utvikles and settings.utvikling.demodata:
        demo.fyll(tjeneste)
    app = web.build(tjeneste, utvikling.ruter if utsteder else None)
    traader = settings.server.traader
    fordeler = Fordeler(app, database, traader, svar_selv=True) if settings.server.egne_traader else None
    server = waitress.create_server(
        app,
        _dispatcher=fordeler,
        sockets=[lytter],
        threads=traader,
        ident=None,
        connection_limit=2_000,
        asyncore_use_poll=True,  # select() cannot count beyond 1,024 connections
        channel_timeout=30,
        channel_request_lookahead=0,  # above 0, a request whose client hangs up before its turn is dropped
        max_request_body_size=web.MAKS_BODY + 1,  # it refuses what has this size
        max_request_header_size=web.MAKS_HODE,
        clear_untrusted_proxy_headers=True,
    )
    server.channel_class = Forbindelse if fordeler else web.Kanal
    # waitress returns from run() when SystemExit is raised in the main thread.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    worker.start()
    logging.getLogger("notifikasjon").info("%s is ready at %s", "development mode" if utvikles else "the service", url)
    try:
        server.run()
    finally:
        worker.stopp()
        database.close()


def _lytt(server: config.Server) -> socket.socket:
    """The listening socket, before anything else: a port that is taken must not touch the database."""
    try:
        familie, _, _, _, adresse = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)[0]
        lytter = socket.socket(familie, socket.SOCK_STREAM)
        lytter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        lytter.bind(adresse)
    except (OSError, UnicodeError) as error:  # UnicodeError: a host that cannot be one
        grunn = error.strerror if isinstance(error, OSError) else error
        raise OSError(f"cannot listen on {server.host}:{server.port}: {grunn}") from error
    return lytter


def _valg(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="notifikasjon.py", description="Notifikasjoner for arbeidsgivere")
    parser.add_argument("verb", nargs="?", choices=["start", *verb.VERB, "versjon"], default="start")
    parser.add_argument("fil", nargs="?", type=Path, help="for backup, gjenopprett, naermesteleder and kontakt")
    parser.add_argument("--config", type=Path, default=ROOT / "config.toml")
    parser.add_argument("--port", type=int)
    parser.add_argument("--database")
    valg = parser.parse_args(arguments)
    if (valg.fil is None) == (valg.verb in verb.MED_FIL):
        parser.error(f"{valg.verb} takes {'a file' if valg.fil is None else 'no file'}")
    return valg


if __name__ == "__main__":
    main()
