"""The neighbours that varsler are sent through, on loopback: a mail server, an SMS gateway, and Altinn with its token
service.

They are real servers, and write down what they get. What they do next can be said beforehand, one call at a time
(`neste`): an answer, or one of HENG, LUKK and DRYPP. Whoever hangs does so until `slipp` is set or the server closed.
"""

import asyncio
import datetime
import ipaddress
import json
import socket
import ssl
import sys
import threading
import traceback
from collections import deque
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self

import jwt
from aiosmtpd.smtp import SMTP, AuthResult

from server.tid import Klokke

DRYPP_S = 0.05  # between two bytes


class Gjoer(Enum):
    HENG = "does nothing more"
    LUKK = "closes the connection"
    DRYPP = "sends an answer without end, a byte at a time"


HENG, LUKK, DRYPP = Gjoer


def doed_port() -> int:
    """Where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as lytter:
        port: int = lytter.getsockname()[1]
        return port


class Tjener:
    """Something that runs until the end of the `with`."""

    def __init__(self) -> None:
        self.slipp = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.slipp.set()
        self.lukk()

    def lukk(self) -> None:
        raise NotImplementedError


# ── The mail server ──


class Brev(NamedTuple):
    fra: str
    til: list[str]
    innhold: bytes
    valg: list[str]  # of MAIL


class Epostserver(Tjener):
    """`neste["RCPT"]` is what comes instead of the usual answer to RCPT, once; `alltid["RCPT"]` every time.

    Besides the commands there are HILSEN, the first line, and MELDING, the answer to the final dot: by then the message
    has been taken, whatever the answer, but for a 4xx or 5xx.
    """

    def __init__(
        self,
        *,
        smtputf8: bool = True,
        tls: ssl.SSLContext | None = None,
        straks_tls: bool = False,
        passord: dict[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.brev: list[Brev] = []
        self.kommandoer: list[str] = []
        self.neste: dict[str, str | Gjoer] = {}
        self.alltid: dict[str, str | Gjoer] = {}
        self._smtputf8, self._tls, self._straks_tls, self._passord = smtputf8, tls, straks_tls, passord
        self._samtaler: list[_Samtale] = []
        self._lytter = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._lytter.getsockname()[1]
        klar = threading.Event()
        self._traad = threading.Thread(target=lambda: asyncio.run(self._tjen(klar)), name="epostserver", daemon=True)
        self._traad.start()
        klar.wait(10)

    def lukk(self) -> None:
        self._loop.call_soon_threadsafe(self._slutt.set)
        self._traad.join(10)

    async def _tjen(self, klar: threading.Event) -> None:
        self._loop, self._slutt = asyncio.get_running_loop(), asyncio.Event()
        straks = self._tls if self._straks_tls else None
        server = await self._loop.create_server(self._samtale, sock=self._lytter, ssl=straks)
        klar.set()
        await self._slutt.wait()
        server.close()
        oppgaver = asyncio.all_tasks() - {asyncio.current_task()}
        for samtale in self._samtaler:
            if samtale.transport is not None:
                samtale.transport.abort()  # type: ignore[attr-defined]
        for oppgave in oppgaver:
            oppgave.cancel()
        await asyncio.gather(*oppgaver, return_exceptions=True)

    def _samtale(self) -> SMTP:
        samtale = _Samtale(
            self,
            hostname="mx.eksempel.no",
            enable_SMTPUTF8=self._smtputf8,
            tls_context=None if self._straks_tls else self._tls,
            authenticator=self._innlogging if self._passord is not None else None,
            auth_require_tls=False,
            loop=self._loop,
        )
        self._samtaler.append(samtale)
        return samtale

    def _innlogging(self, server: object, session: object, envelope: object, mechanism: str, data: Any) -> AuthResult:
        passord = (self._passord or {}).get(data.login.decode())
        return AuthResult(success=passord == data.password.decode(), handled=False)

    async def gjoer(self, samtale: "_Samtale", kommando: str) -> bool:
        """Whether this was dealt with here."""
        self.kommandoer.append(kommando)
        gjoer = self.neste.pop(kommando, None) or self.alltid.get(kommando)
        if isinstance(gjoer, str):
            await samtale.si(gjoer)
        elif gjoer is not None:
            await self._oppfoer_seg(samtale, gjoer)
        return gjoer is not None

    async def _oppfoer_seg(self, samtale: "_Samtale", gjoer: Gjoer) -> None:
        while gjoer is not LUKK and not self.slipp.is_set() and samtale.transport is not None:
            if gjoer is DRYPP:
                samtale.transport.write(b"2")  # type: ignore[attr-defined]
            await asyncio.sleep(DRYPP_S)
        if samtale.transport is not None:
            samtale.transport.close()

    # aiosmtpd calls this when all of a message has come.
    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        gjoer = self.neste.pop("MELDING", None) or self.alltid.get("MELDING")
        if not isinstance(gjoer, str) or gjoer[0] not in "45":
            self.brev.append(Brev(envelope.mail_from, envelope.rcpt_tos, envelope.content, envelope.mail_options))
        if isinstance(gjoer, Gjoer):
            await self._oppfoer_seg(server, gjoer)
        return gjoer if isinstance(gjoer, str) else "250 2.0.0 taken"


class _Samtale(SMTP):
    def __init__(self, nabo: Epostserver, **kwargs: Any) -> None:
        super().__init__(nabo, **kwargs)
        self._nabo, self._hilst = nabo, False

    async def push(self, status: Any) -> None:
        foerste, self._hilst = not self._hilst, True
        if not foerste or not await self._nabo.gjoer(self, "HILSEN"):
            await super().push(status)

    async def si(self, svar: str) -> None:
        await super().push(svar)

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self._nabo.gjoer(self, "EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:
        if not await self._nabo.gjoer(self, "HELO"):
            await super().smtp_HELO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if not await self._nabo.gjoer(self, "STARTTLS"):
            await super().smtp_STARTTLS(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if not await self._nabo.gjoer(self, "MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        if not await self._nabo.gjoer(self, "RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if not await self._nabo.gjoer(self, "DATA"):
            await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg: str) -> None:
        if not await self._nabo.gjoer(self, "QUIT"):
            await super().smtp_QUIT(arg)


def sertifikat(mappe: Path, navn: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """TLS for a server of this name, and the file to trust it by (SSL_CERT_FILE, REQUESTS_CA_BUNDLE)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    noekkel = ec.generate_private_key(ec.SECP256R1())
    hvem = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, navn)])
    try:
        alternativ: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(navn))
    except ValueError:
        alternativ = x509.DNSName(navn)
    naa = datetime.datetime.fromtimestamp(Klokke().ekte_sekunder(), datetime.UTC)
    bevis = (
        x509.CertificateBuilder()
        .subject_name(hvem)
        .issuer_name(hvem)
        .public_key(noekkel.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(naa - datetime.timedelta(days=1))
        .not_valid_after(naa + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternativ]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(noekkel, hashes.SHA256())
    )
    fil, noekkelfil = mappe / "sertifikat.pem", mappe / "noekkel.pem"
    fil.write_bytes(bevis.public_bytes(Encoding.PEM))
    noekkelfil.write_bytes(noekkel.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(fil, noekkelfil)
    return tls, fil


# ── What speaks HTTP ──


class Kall(NamedTuple):
    metode: str
    sti: str
    hoder: dict[str, str]  # names in lower case
    kropp: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.kropp)


class Svar(NamedTuple):
    status: int = 200
    kropp: bytes = b""
    hoder: tuple[tuple[str, str], ...] = ()
    saa: Gjoer | None = None  # after this part of an answer


def svar(status: int, innhold: object = None, **hoder: str) -> Svar:
    """An answer in JSON; retry_after="3" is the header Retry-After."""
    return Svar(
        status,
        b"" if innhold is None else json.dumps(innhold).encode(),
        tuple((navn.replace("_", "-"), verdi) for navn, verdi in hoder.items()),
    )


STOR = Svar(200, b'{"status": "' + b"x" * 10_000_000 + b'"}')
UGYLDIG_JSON = Svar(200, b'{"status": ')


class Nettsted(Tjener):
    """Answers with what is in `neste`, then with what `behandle` says; None in the queue is an ordinary answer."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self.kall: list[Kall] = []
        self.neste: deque[Svar | Gjoer | None] = deque()
        self._server = _Httpserver(("127.0.0.1", 0), self._haandterer())
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self._server.server_port}"
        self._traad = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._traad.start()

    @property
    def timeout_s(self) -> float:
        """For its callers: short when one is going to wait in vain, else long enough for a busy machine."""
        koe = [gjoer.saa if isinstance(gjoer, Svar) else gjoer for gjoer in self._koe()]
        return 0.3 if HENG in koe or DRYPP in koe else 10

    def _koe(self) -> list[Svar | Gjoer | None]:
        return list(self.neste)

    def lukk(self) -> None:
        self._server.shutdown()
        self._traad.join(10)
        self._server.server_close()

    def behandle(self, kall: Kall) -> Svar:
        return svar(200, {})

    def gjoer(self, kall: Kall) -> Svar | Gjoer:
        self.kall.append(kall)
        gjoer = self.neste.popleft() if self.neste else None
        return self.behandle(kall) if gjoer is None else gjoer

    def _haandterer(self) -> type[BaseHTTPRequestHandler]:
        nabo = self

        class Haandterer(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._svar()

            def do_POST(self) -> None:
                self._svar()

            def _svar(self) -> None:
                kropp = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                hoder = {navn.lower(): verdi for navn, verdi in self.headers.items()}
                gjoer = nabo.gjoer(Kall(self.command, self.path, hoder, kropp))
                if isinstance(gjoer, Svar):
                    self.send_response(gjoer.status)
                    if gjoer.saa is None:
                        self.send_header("Content-Length", str(len(gjoer.kropp)))
                    for navn, verdi in gjoer.hoder:
                        self.send_header(navn, verdi)
                    self.end_headers()
                    self.wfile.write(gjoer.kropp)
                    gjoer = gjoer.saa or LUKK
                elif gjoer is DRYPP:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Saa: ")
                if gjoer is HENG:
                    nabo.slipp.wait(30)
                while gjoer is DRYPP and not nabo.slipp.wait(DRYPP_S):
                    self.wfile.write(b"x")
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        return Haandterer


class _Httpserver(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), OSError):  # OSError: the client has had enough
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Smsgateway(Nettsted):
    """`sendt` is what telephones would have received. `idempotent`: a key that is known sends nothing more.

    What is taken from `neste` is an answer only: use `sender_likevel` for a gateway that sends and then answers so.
    """

    def __init__(self, *, idempotent: bool = True, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls=tls)
        self.idempotent = idempotent
        self.sender_likevel = False
        self.sendt: list[Any] = []
        self._kjente: set[str] = set()

    def gjoer(self, kall: Kall) -> Svar | Gjoer:
        if self.sender_likevel and self.neste and self.neste[0] is not None:
            self._send(kall)
        return super().gjoer(kall)

    def behandle(self, kall: Kall) -> Svar:
        self._send(kall)
        return svar(200, {"status": "OK", "meldinger": [{"kode": 0, "ok": True}]})

    def _send(self, kall: Kall) -> None:
        noekkel = kall.hoder["idempotency-key"]
        if not self.idempotent or noekkel not in self._kjente:
            self.sendt.append(kall.json)  # raises if the caller died in the middle of it: then the key is not known
            self._kjente.add(noekkel)


class Altinn(Nettsted):
    """Altinn's notifications, its exchange of tokens, and Texas (at `token_url`). `neste` is for the notifications."""

    def __init__(self) -> None:
        super().__init__()
        self.token_url = f"{self.url}/texas/token"
        self.neste_token: deque[Svar | Gjoer] = deque()  # for Texas
        self.neste_veksling: deque[Svar | Gjoer] = deque()
        self.levetid_s = 3600  # of the tokens
        self.ordrer: dict[str, dict[str, Any]] = {}  # by idempotencyId
        self.forsendelser: dict[str, Any] = {}  # answers by shipment id; else delivered
        self._utstedt: set[str] = set()

    def gjoer(self, kall: Kall) -> Svar | Gjoer:
        for sti, neste, behandle in (
            ("/texas/token", self.neste_token, self._token),
            ("/authentication/", self.neste_veksling, self._veksle),
        ):
            if kall.sti.startswith(sti):
                self.kall.append(kall)
                return neste.popleft() if neste else behandle(kall)
        if kall.hoder.get("authorization", "").removeprefix("Bearer ") not in self._utstedt:
            self.kall.append(kall)
            return svar(401)
        return super().gjoer(kall)

    def _koe(self) -> list[Svar | Gjoer | None]:
        return [*self.neste, *self.neste_token, *self.neste_veksling]

    def glem_tokens(self) -> None:
        """Every token so far is refused from now on."""
        self._utstedt.clear()

    def kall_til(self, sti: str) -> list[Kall]:
        return [kall for kall in self.kall if kall.sti.startswith(sti)]

    def behandle(self, kall: Kall) -> Svar:
        if kall.metode == "POST":
            ny = kall.json["idempotencyId"] not in self.ordrer
            self.ordrer.setdefault(kall.json["idempotencyId"], kall.json)
            forsendelse = f"forsendelse-{kall.json['idempotencyId']}"
            return svar(
                201 if ny else 200,
                {"notificationOrderId": "42", "notification": {"shipmentId": forsendelse, "sendersReference": None}},
            )
        forsendelse = kall.sti.rpartition("/")[2]
        return svar(200, self.forsendelser.get(forsendelse, levert(forsendelse)))

    def _token(self, kall: Kall) -> Svar:
        return svar(200, {"access_token": self._ny("maskinporten"), "expires_in": self.levetid_s})

    def _veksle(self, kall: Kall) -> Svar:
        if kall.hoder.get("authorization", "").removeprefix("Bearer ") not in self._utstedt:
            return svar(401)
        return svar(200, self._ny("plattform"))  # text in JSON, as Altinn does it

    def _ny(self, hva: str) -> str:
        innhold = {"iss": hva, "nr": len(self.kall), "exp": int(Klokke().ekte_sekunder()) + self.levetid_s}
        token = jwt.encode(innhold, "a key that is long enough for the tests", algorithm="HS256")
        self._utstedt.add(token)
        return token


def forsendelse(status: str, *mottakere: str, id: str = "forsendelse") -> dict[str, Any]:
    """Altinn's answer about a shipment, with a recipient for each status."""
    return {
        "shipmentId": id,
        "sendersReference": None,
        "type": "Notification",
        "status": status,
        "lastUpdate": "2026-03-31T16:21:04.126885Z",
        "recipients": [
            {"type": status.partition("_")[0], "status": status, "destination": f"m{nr}@eksempel.no"}
            for nr, status in enumerate(mottakere)
        ],
    }


def levert(id: str) -> dict[str, Any]:
    return forsendelse("Order_Completed", "SMS_Delivered", id=id)


def hele_feilen(feil: BaseException) -> str:
    """Everything that could be shown of an exception: its text, its parts, and a traceback with all its causes."""
    return "\n".join([str(feil), repr(feil), repr(vars(feil)), *traceback.format_exception(feil)])
