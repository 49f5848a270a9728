"""waitress as we set it up: the socket that it listens on, its limits, and whose threads do the work."""

import logging
import resource
import socket
from typing import Any

import waitress

from server import config, web
from server.fordeler import Fordeler, Wsgi

log = logging.getLogger(__name__)

MAKS_FORBINDELSER = 2_000
ANDRE_FILER = 250  # files that are open at once besides: the database for each thread, neighbours, pages


def lytt(server: config.Server) -> socket.socket:
    """The listening socket. Raises OSError that says where it cannot listen, and why."""
    try:
        familie, _, _, _, adresse = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)[0]
        lytter = socket.socket(familie, socket.SOCK_STREAM)
        lytter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        lytter.bind(adresse)
    except (OSError, UnicodeError) as error:  # UnicodeError: a host that cannot be one
        grunn = error.strerror if isinstance(error, OSError) else error
        raise OSError(f"cannot listen on {server.host}:{server.port}: {grunn}") from error
    return lytter


def lag(app: Wsgi, lytter: socket.socket, traader: int, fordeler: Fordeler | None) -> Any:
    """The server; its run() serves until SystemExit is raised in this thread. Without `fordeler`: stock waitress."""
    server = waitress.create_server(
        app,
        _dispatcher=fordeler,
        sockets=[lytter],
        threads=traader,
        ident=None,
        connection_limit=_maks_forbindelser(),
        asyncore_use_poll=True,  # select() cannot count beyond 1,024 connections
        channel_timeout=30,  # of silence; and for a request to arrive, see web.Kanal
        channel_request_lookahead=0,  # above 0, a request whose client hangs up before its turn is dropped
        max_request_body_size=web.MAKS_BODY + 1,  # it refuses what has this size
        max_request_header_size=web.MAKS_HODE,
        clear_untrusted_proxy_headers=True,
    )
    if fordeler:
        fordeler.koble(server)
    else:
        server.channel_class = web.Kanal
    return server


def _maks_forbindelser() -> int:
    """How many connections there is room for. One too many, and waitress does nothing but fail to accept it."""
    myk, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    oensket = MAKS_FORBINDELSER + ANDRE_FILER
    if 0 <= myk < oensket:  # RLIM_INFINITY is -1
        myk = oensket if hard < 0 else min(hard, oensket)
        resource.setrlimit(resource.RLIMIT_NOFILE, (myk, hard))
    antall = MAKS_FORBINDELSER if myk < 0 else min(MAKS_FORBINDELSER, max(myk - ANDRE_FILER, myk // 2))
    if antall < MAKS_FORBINDELSER:
        log.warning("only %d connections at once: this system lets a process have %d files open", antall, myk)
    return antall
