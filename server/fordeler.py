"""Which thread does what: the part of waitress that is ours. Without it everything works, at half the speed.

Stock waitress hands each request to one of its threads, and eight threads that each wait for a COMMIT of their own
spend their time handing over. Here there are three ways:

Producers' mutations go to one thread, which takes all that wait, runs them in one transaction (each undone alone if it
fails), and sends the answers when it is committed.

Users' queries are answered at once by the thread that received them, when they need nothing but the database.

All else goes to waitress's own threads, where waiting harms nobody. So does what comes with a token that its issuer, or
Texas, must be asked about.

It leans on waitress 3.0's insides (HTTPChannel.received and service, WSGITask.execute), hence the pin to ~=3.0.2;
`[server] egne_traader = false` goes back to stock waitress.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterable
from typing import Any

from waitress.task import ThreadedTaskDispatcher, WSGITask

from server.database import Database
from server.web import Kanal

log = logging.getLogger(__name__)

MAKS_SAMMEN = 128  # requests in one transaction
PRODUSENT, BRUKER = "/produsent/api/graphql", "/bruker/api/graphql"

Svar = tuple[str, list[tuple[str, str]], bytes]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

OPPTATT: Svar = (
    "503 Service Unavailable",
    [("Content-Type", "application/json"), ("Retry-After", "1")],
    '{"error":"databasen kunne ikke lagre, prøv igjen"}'.encode(),
)


class Oppgave(WSGITask):  # type: ignore[misc]
    """One request. Sends an answer that was made before, if there is one; headers and body leave in one write."""

    wrote_header: bool

    def execute(self) -> None:
        if self.channel.svar is None:
            super().execute()
            return
        (self.status, hoder, body), self.channel.svar = self.channel.svar, None
        self.complete = True
        self.response_headers.extend(hoder)
        self.content_length = len(body)
        self.write(body)

    def write(self, data: bytes) -> None:
        if self.wrote_header or self.content_length != len(data) or not self.has_body or not self.complete:
            super().write(data)
            return
        hode = self.build_response_header()
        self.wrote_header = True
        self.content_bytes_written = len(data)
        self.channel.write_soon(hode + data)


class Forbindelse(Kanal):
    task_class = Oppgave
    svar: Svar | None = None  # made, and waiting to be sent
    selv = False  # the next request is to be answered by the thread that received it

    def received(self, data: bytes) -> bool:
        mottatt: bool = super().received(data)
        while self.selv:  # out here, since received() holds a lock that service() takes
            self.selv = False
            self.service()
        return mottatt


class Fordeler(ThreadedTaskDispatcher):  # type: ignore[misc]
    """`svar_selv`: whether users' queries wait for nothing but the database. `straks`: whether a token does."""

    def __init__(
        self, app: Wsgi, database: Database, traader: int, *, svar_selv: bool, straks: Callable[[str | None], bool]
    ) -> None:
        super().__init__()
        self._app, self._database, self._svar_selv, self._straks = app, database, svar_selv, straks
        self._mutasjoner: queue.SimpleQueue[Forbindelse | None] = queue.SimpleQueue()
        self._loekke = threading.get_ident()
        self._skriver = threading.Thread(target=self._skriv, name="mutasjoner", daemon=True)
        self._skriver.start()
        self.set_thread_count(traader)

    def add_task(self, task: Forbindelse) -> None:
        request = task.requests[0]
        if request.error is None and request.command == "POST":
            token = request.headers.get("AUTHORIZATION")
            if request.path == PRODUSENT and b"mutation" in _kropp(request) and self._straks(token):
                self._mutasjoner.put(task)
                return
            if (
                self._svar_selv
                and request.path == BRUKER
                and threading.get_ident() == self._loekke
                and b"mutation" not in _kropp(request)
                and self._straks(token)
            ):
                task.selv = True
                return
        super().add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """What has been received is answered first."""
        self._mutasjoner.put(None)
        self._skriver.join(timeout)
        stanset: bool = super().shutdown(cancel_pending, timeout)
        return stanset

    def _skriv(self) -> None:
        while (foerste := self._mutasjoner.get()) is not None:
            sammen = [foerste]
            while len(sammen) < MAKS_SAMMEN and not self._mutasjoner.empty():
                if (neste := self._mutasjoner.get()) is None:
                    self._mutasjoner.put(None)
                    break
                sammen.append(neste)
            try:
                with self._database.write():
                    for forbindelse in sammen:
                        forbindelse.svar = self._svar(forbindelse)
            except Exception as error:  # whatever it is: without this thread nobody could write any more
                log.exception("%d answers are withdrawn: %s", len(sammen), type(error).__name__)
                for forbindelse in sammen:
                    forbindelse.svar = OPPTATT
            for forbindelse in sammen:
                try:
                    forbindelse.service()
                except Exception:
                    log.exception("an answer could not be sent")

    def _svar(self, forbindelse: Forbindelse) -> Svar:
        hode: list[Any] = []

        def start_response(status: str, hoder: list[tuple[str, str]], _exc_info: Any = None) -> None:
            hode[:] = [status, hoder]

        environ = Oppgave(forbindelse, forbindelse.requests[0]).get_environment()
        body = b"".join(self._app(environ, start_response))
        return hode[0], hode[1], body


def _kropp(request: Any) -> bytes:
    fil = request.get_body_stream()
    kropp: bytes = fil.read()
    fil.seek(0)
    return kropp
