"""Which thread does what: the part of waitress that is ours. Without it everything works, at half the speed.

Stock waitress hands each request to one of its threads, and eight threads that each wait for a COMMIT of their own
spend their time handing over. Here there are three ways:

Producers' mutations go to one thread, which takes all that wait, runs them in one transaction (each undone alone if it
fails), and gives the answers back to the loop when it is committed. The loop hands over once each turn, not once each
request, and sends: two threads that take turns are twice as fast as two that fight for the interpreter's lock.

Users' queries are answered at once by the thread that received them, when they need nothing but the database. (The
schema needs more time than that.)

All else goes to waitress's own threads, where waiting harms nobody. So does what comes with a token that its issuer, or
Texas, must be asked about.

A connection may be given to a stream (server/stroem.py) when its answer has begun. From then on it belongs to no
request and no thread of waitress's, and whatever comes in on it ends it.

It leans on waitress 3.0's insides (HTTPChannel.received and service, WSGITask.execute), hence the pin to ~=3.0.2;
`[server] egne_traader = false` goes back to stock waitress.
"""

import logging
import queue
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from typing import Any

from waitress.channel import ClientDisconnected
from waitress.task import ThreadedTaskDispatcher, WSGITask
from waitress.utilities import build_http_date

from server.database import Database, DatabaseOpptatt
from server.stroem import Stroem
from server.web import BEHOLD, Kanal, korrelasjon_i

log = logging.getLogger(__name__)

MAKS_SAMMEN = 128  # requests in one transaction
VENT_S = 0.01  # that the loop stands still so that mutations get done: at most, and not while they wait for the disk
PRODUSENT, BRUKER, ENDRINGER = "/produsent/api/graphql", "/bruker/api/graphql", "/api/endringer"
BORTE_MS = 30_000  # without a sign of life from the machine at the other end of a stream

Svar = tuple[str, list[tuple[str, str]], bytes]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Oppgave(WSGITask):  # type: ignore[misc]
    """One request. Sends an answer that was made before, if there is one; headers and body leave in one write."""

    wrote_header: bool
    stroem: Stroem | None = None  # the answer is to be the beginning of this

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        if self.request.path.endswith(ENDRINGER):  # only there, since it makes a ring of us and environ, which we have
            environ[BEHOLD] = self._behold
        return environ

    def _behold(self, stroem: Stroem) -> None:
        self.stroem = stroem
        self.version = "1.0"  # neither a length nor chunks: it ends when the connection does

    def execute(self) -> None:
        svar, self.channel.svar = self.channel.svar, None
        if svar is None:
            try:
                super().execute()
            except BaseException:
                if self.stroem is not None:
                    self.stroem.slipp()
                raise
            if self.stroem is not None:
                self.close_on_finish = False
                self.channel.behold(self.stroem)
            return
        self.status, hoder, body = svar(self) if callable(svar) else svar
        self.complete = True
        self.response_headers.extend(hoder)
        self.content_length = len(body)
        self.write(body)

    def write(self, data: bytes) -> None:
        if self.wrote_header or self.content_length != len(data) or not self.has_body or not self.complete:
            super().write(data)
            return
        hode = self._hode() or self.build_response_header()
        self.wrote_header = True
        self.content_bytes_written = len(data)
        self.channel.send_straks(hode, data)

    def _hode(self) -> bytes | None:
        """The header of an ordinary answer that the connection outlives, in a third of waitress's time. Else None."""
        if (
            self.version != "1.1"
            or self.close_on_finish
            or self.request.headers.get("CONNECTION", "").lower() == "close"
        ):
            return None
        linjer = [f"HTTP/1.1 {self.status}\r\nDate: {_dato(int(self.start_time))}\r\n"]
        linjer += [
            f"{navn}: {verdi}\r\n" for navn, verdi in self.response_headers if navn not in ("Content-Length", "Date")
        ]
        linjer.append(f"Content-Length: {self.content_length}\r\n\r\n")
        return "".join(linjer).encode("latin-1")


@lru_cache(maxsize=4)
def _dato(sekund: int) -> str:
    return str(build_http_date(sekund))


class Forbindelse(Kanal):
    task_class = Oppgave
    svar: Svar | Callable[[Oppgave], Svar] | None = None  # to the request: waiting to be sent, or how to make it
    selv = False  # the request is to be answered by the thread that received it
    stroem: Stroem | None = None  # whose the connection is; the methods of stroem.Ledning are for it

    def received(self, data: bytes) -> bool:
        if self.stroem is not None:
            self.will_close = True
            return False
        mottatt: bool = super().received(data)
        self.svar_selv()  # out here, since received() holds a lock that service() takes
        return mottatt

    def svar_selv(self) -> None:
        while self.selv:
            self.selv = False
            self.service()

    def send_straks(self, *deler: bytes) -> None:
        """A whole answer, past waitress's buffer and its copies. What the client does not take at once waits there."""
        sendt = 0
        with self.outbuf_lock:
            if self.connected and not self.total_outbufs_len:
                with suppress(OSError):  # write_soon, which comes upon it again, knows what to do
                    sendt = self.socket.sendmsg(deler)
        for en in deler:
            if sendt < len(en):
                self.write_soon(en[sendt:])
            sendt = max(0, sendt - len(en))

    def behold(self, stroem: Stroem) -> None:
        """The connection is the stream's from now on."""
        with self.requests_lock:
            del self.requests[1:]  # what was asked for behind it is not answered
            self.request = None
        self.stroem = stroem
        with suppress(OSError, AttributeError):  # no such option on this system, or the client has gone already
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, BORTE_MS)
        stroem.start(self)

    def handle_write(self) -> None:
        if self.stroem is None:
            super().handle_write()
        else:
            with self.outbuf_lock:  # waitress does without it where no request is being answered; here somebody writes
                super().handle_write()

    def handle_close(self) -> None:
        super().handle_close()
        if self.stroem is not None:
            self.stroem.slipp()

    def er_oppe(self) -> bool:
        return bool(self.connected) and not self.will_close

    def er_lest(self) -> bool:
        return not self.total_outbufs_len

    def si(self, data: bytes) -> None:
        with suppress(ClientDisconnected):
            self.write_soon(data)

    def legg_paa(self, *, straks: bool) -> None:
        if straks:
            self.will_close = True
        else:
            self.close_when_flushed = True
        self.server.pull_trigger()


class Fordeler(ThreadedTaskDispatcher):  # type: ignore[misc]
    """`svar_selv`: whether users' queries wait for nothing but the database. `straks`: whether a token does."""

    def __init__(
        self, app: Wsgi, database: Database, traader: int, *, svar_selv: bool, straks: Callable[[str | None], bool]
    ) -> None:
        super().__init__()
        self._app, self._database, self._svar_selv, self._straks = app, database, svar_selv, straks
        self._mottatt: list[Forbindelse] = []  # mutations of this turn of the loop
        self._mutasjoner: queue.SimpleQueue[list[Forbindelse] | None] = queue.SimpleQueue()
        self._besvart: deque[Forbindelse] = deque()  # for the loop to send
        self._loekke = threading.get_ident()
        self._opptatt = False  # somebody's mutations are under way
        self._gjort = threading.Event()  # the mutations that were handed over last need nothing but the disk
        self._skriver = threading.Thread(target=self._skriv, name="mutasjoner", daemon=True)
        self._skriver.start()
        self.set_thread_count(traader)

    def koble(self, server: Any) -> None:
        """Be a part of waitress's loop, which is the thread that has made us."""
        server.channel_class = Forbindelse
        self._vekk_loekka = vekk = server.pull_trigger
        # To wake the loop from within itself would only cost a turn more.
        server.pull_trigger = lambda: None if threading.get_ident() == self._loekke else vekk()
        # The trigger is the first that the loop asks in each turn whether there is anything to read.
        les = server.trigger.readable

        def readable() -> bool:
            self._tur()
            return bool(les())

        server.trigger.readable = readable

    def _tur(self) -> None:
        while self._besvart:
            forbindelse = self._besvart.popleft()
            try:
                forbindelse.service()
                forbindelse.svar_selv()
            except Exception:
                log.exception("an answer could not be sent")
        if self._mottatt:
            flere, ledig = len(self._mottatt) > 1, not self._opptatt
            self._gjort.clear()
            self._mutasjoner.put(self._mottatt)
            self._mottatt = []
            if flere and ledig:
                self._gjort.wait(VENT_S)

    def add_task(self, task: Forbindelse) -> None:
        request = task.requests[0]
        if request.error is None and request.command == "POST":
            token = request.headers.get("AUTHORIZATION")
            if threading.get_ident() == self._loekke and self._straks(token):
                kropp = _kropp(request)
                mutasjon = b"mutation" in kropp
                if request.path == PRODUSENT and mutasjon and token is not None:
                    self._mottatt.append(task)
                    return
                if self._svar_selv and request.path == BRUKER and not mutasjon and b"__schema" not in kropp:
                    task.svar, task.selv = self._svar, True
                    return
        super().add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """What has been received is answered first."""
        self._tur()
        self._mutasjoner.put(None)
        self._skriver.join(timeout)
        self._tur()
        stanset: bool = super().shutdown(cancel_pending, timeout)
        return stanset

    def _skriv(self) -> None:
        fortsett = True
        while fortsett and (mottatt := self._mutasjoner.get()) is not None:
            while len(mottatt) < MAKS_SAMMEN and not self._mutasjoner.empty():
                if (flere := self._mutasjoner.get()) is None:
                    fortsett = False
                    break
                mottatt += flere
            self._opptatt = True
            for start in range(0, len(mottatt), MAKS_SAMMEN):
                self._skriv_sammen(mottatt[start : start + MAKS_SAMMEN])
            self._opptatt = False

    def _skriv_sammen(self, sammen: list[Forbindelse]) -> None:
        try:
            with self._database.write():
                for forbindelse in sammen:
                    forbindelse.svar = self._svar(Oppgave(forbindelse, forbindelse.requests[0]))
                self._gjort.set()  # COMMIT is next
        except Exception as error:  # whatever it is: without this thread nobody could write any more
            kjent = isinstance(error, DatabaseOpptatt)
            log.error("%d answers are withdrawn: %s", len(sammen), error, exc_info=None if kjent else error)
            for forbindelse in sammen:
                forbindelse.svar = _ikke_lagret
        self._besvart.extend(sammen)
        self._vekk_loekka()

    def _svar(self, oppgave: Oppgave) -> Svar:
        hode: list[Any] = []

        def start_response(status: str, hoder: list[tuple[str, str]], _exc_info: Any = None) -> None:
            hode[:] = [status, hoder]

        body = b"".join(self._app(oppgave.get_environment(), start_response))
        return hode[0], hode[1], body


def _ikke_lagret(oppgave: Oppgave) -> Svar:
    """In the place of an answer whose COMMIT failed."""
    hoder = [
        ("Content-Type", "application/json"),
        ("Retry-After", "1"),
        ("Vary", "Origin"),
        ("X-Correlation-ID", korrelasjon_i(oppgave.request.headers.get)),
    ]
    return "503 Service Unavailable", hoder, '{"error":"databasen kunne ikke lagre, prøv igjen"}'.encode()


def _kropp(request: Any) -> bytes:
    fil = request.get_body_stream()
    kropp: bytes = fil.read()
    fil.seek(0)
    return kropp
