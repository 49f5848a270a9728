"""F, the floor: what Bottle and stock waitress cost when nothing is done. A constant answer to a JSON POST.

The settings must stay those of notifikasjon.py, or the ratios mean something else. What the service does with the
threads of waitress besides (server/fordeler.py) is left out, so that it shows in the ratios.
"""

import signal
import socket
import sys

import bottle
import orjson
import waitress
from bottle import HTTPResponse, request

SVAR = orjson.dumps({"data": {"whoami": "01817000112"}})


def svar() -> HTTPResponse:
    orjson.loads(request.environ["wsgi.input"].read())
    return HTTPResponse(SVAR, 200, {"Content-Type": "application/json"})


def main() -> None:
    lytter = socket.socket()
    lytter.bind(("127.0.0.1", 0))
    app = bottle.Bottle()
    app.route("/", "POST", svar)
    server = waitress.create_server(
        app,
        sockets=[lytter],
        threads=8,
        ident=None,
        connection_limit=2_000,
        asyncore_use_poll=True,
        channel_timeout=30,
        channel_request_lookahead=0,
        max_request_body_size=(1 << 20) + 1,
        max_request_header_size=32 << 10,
        clear_untrusted_proxy_headers=True,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    print(f"ready at http://localhost:{lytter.getsockname()[1]}", file=sys.stderr, flush=True)
    server.run()


if __name__ == "__main__":
    main()
