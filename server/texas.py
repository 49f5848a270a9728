"""Texas, the token service; and the one way in which it and the channels ask a neighbour anything over HTTP.

A call is one try, with an end: a time-out of requests is for each read, so a neighbour that sends a byte now and then
would hold its thread for days. Connections are not kept: one that the other side has just closed fails after the
request was written, and a call that may have arrived is worse than one that did not.
"""

import io
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from email.utils import parsedate_to_datetime
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

import orjson

from server.tid import Klokke

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter

MARGIN_S = 60  # a token is not used this close to its end
MAKS_SVAR = 64 * 1024  # bytes of an answer that are read
DOEGN_S = 86_400


class TokenError(Exception):
    """There is no token to be had now. Of the answer, the text holds at most the error code."""


class Utstedt(NamedTuple):
    token: str
    utloeper: float  # Unix seconds; 0 if unknown: then it is used once


class Token:
    """A token that is fetched when somebody needs it, by one thread for all, and kept until MARGIN_S before its end."""

    def __init__(self, utsted: Callable[[], Utstedt], klokke: Klokke) -> None:
        self._utsted, self._klokke = utsted, klokke
        self._laas = threading.Lock()
        self._utstedt: Utstedt | None = None

    def hent(self) -> str:
        """Raises TokenError."""
        with self._laas:
            if self._utstedt is None or self._utstedt.utloeper - MARGIN_S <= self._klokke.ekte_sekunder():
                self._utstedt = None
                self._utstedt = krev_token(self._utsted())
            return self._utstedt.token

    def forkast(self) -> None:
        """It was refused: fetch another next time."""
        with self._laas:
            self._utstedt = None


def utsted(url: str, target: str, identity_provider: str, timeout_s: float, klokke: Klokke) -> Utstedt:
    """A new token from Texas. Raises TokenError."""
    if not url:
        raise TokenError("no token_url is set")
    foer = klokke.ekte_sekunder()
    kropp = urlencode({"target": target, "identity_provider": identity_provider}).encode()
    try:
        svar = spoer("POST", url, {"Content-Type": "application/x-www-form-urlencoded"}, kropp, timeout_s)
    except IkkeSvar as error:
        raise TokenError(f"token service: {error}") from None
    return les_utstedt(svar, foer)


def les_utstedt(svar: "Svar", foer: float) -> Utstedt:
    """The token in an answer to what was asked at `foer`. Raises TokenError."""
    innhold = svar.json()
    innhold = innhold if isinstance(innhold, dict) else {}
    if not svar.vellykket:
        kode = re.fullmatch(r"[a-z_]{1,40}", str(innhold.get("error")))
        raise TokenError(f"the token service answered {svar.status}{f' ({kode[0]})' if kode else ''}")
    varer = innhold.get("expires_in")
    return Utstedt(str(innhold.get("access_token") or ""), foer + varer if isinstance(varer, int | float) else 0)


def krev_token(utstedt: Utstedt) -> Utstedt:
    """Raises TokenError for what cannot stand in a header."""
    if not re.fullmatch(r"[\x21-\x7e]+", utstedt.token):
        raise TokenError("the answer holds no token")
    return utstedt


# ── One call over HTTP ──


class IkkeSvar(Exception):
    """No answer. The text names the kind of fault, and neither the address nor what was sent."""

    def __init__(self, message: str, hva: str, *, sendt: bool) -> None:
        super().__init__(message)
        self.hva = hva  # forbindelse | tidsavbrudd
        self.sendt = sendt  # the request may have arrived


class Svar(NamedTuple):
    status: int
    hoder: Mapping[str, str]
    innhold: bytes | None  # None: it was too long, or did not come in full

    @property
    def vellykket(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """None if it is none."""
        try:
            return orjson.loads(self.innhold or b"")
        except ValueError:
            return None

    def vent_s(self) -> float | None:
        """How long it asks us to wait: Retry-After, in seconds or as a time to be compared with its own Date."""
        verdi = self.hoder.get("Retry-After", "").strip()
        if re.fullmatch(r"[0-9]{1,9}", verdi):
            return min(float(verdi), DOEGN_S)
        try:
            ventetid = parsedate_to_datetime(verdi) - parsedate_to_datetime(self.hoder["Date"])
        except (ValueError, TypeError, LookupError, OverflowError):
            return None
        return min(max(ventetid.total_seconds(), 0), DOEGN_S)


def spoer(
    metode: str, url: str, hoder: Mapping[str, str], kropp: bytes | None, timeout_s: float, maks: int = MAKS_SVAR
) -> Svar:
    """What the neighbour answers, good or bad, within timeout_s. A redirect is an answer. Raises IkkeSvar."""
    import requests
    from urllib3.exceptions import HTTPError

    sokler: list[Any] = []
    hoder = {"User-Agent": "notifikasjon", "Accept-Encoding": "identity", **hoder}
    data = None if kropp is None else _Kropp(kropp)
    innhold: bytes | None = None
    with closing(_adapter(sokler)) as adapter, innen(timeout_s, lambda: sokler[-1]) as for_sent:
        try:
            # Not Session.request(): it puts the password of a .netrc in place of our Authorization, and reads all of a
            # redirect's answer whatever its size.
            spoersmaal = requests.Request(metode, url, headers=hoder, data=data).prepare()
            miljoe: Any = requests.Session().merge_environment_settings(url, {}, True, None, None)
            svar = adapter.send(spoersmaal, timeout=timeout_s, **miljoe)
            if for_sent.is_set():  # the end that we made looks like the end of the headers
                svar.close()
                raise TimeoutError
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            sendt = data is None or data.lest
            sen = for_sent.is_set() or isinstance(error, requests.Timeout)
            hva = f"{'no answer' if sendt else 'no connection'} ({type(error).__name__})"
            raise IkkeSvar(hva, "tidsavbrudd" if sen else "forbindelse", sendt=sendt) from None
        with svar, suppress(HTTPError, OSError):
            innhold = svar.raw.read(maks + 1, decode_content=False)
    # urllib3 gives what there is of a body that was cut off, and tells only those who ask once more.
    helt = innhold is not None and len(innhold) <= maks and not svar.raw.length_remaining and not for_sent.is_set()
    return Svar(svar.status_code, svar.headers, innhold if helt else None)


class _Kropp(io.BytesIO):
    """Tells whether it has been read: until then nobody can have received it, whatever the fault is called."""

    lest = False

    def read(self, size: int | None = -1, /) -> bytes:
        self.lest = True
        return super().read(size)


def _adapter(sokler: list[Any]) -> "HTTPAdapter":
    """One of requests, that puts the socket of each connection in the list."""
    from requests.adapters import HTTPAdapter

    class Adapter(HTTPAdapter):
        def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
            pool: Any = super().get_connection_with_tls_context(*args, **kwargs)

            class Forbindelse(pool.ConnectionCls):  # type: ignore[misc]
                def connect(self) -> None:
                    super().connect()
                    sokler.append(self.sock)

            pool.ConnectionCls = Forbindelse
            return pool

    return Adapter()


@contextmanager
def innen(sekunder: float, sokkel: Callable[[], Any]) -> Iterator[threading.Event]:
    """Shut the socket and set the event when time is up; that ends every wait on it. Errors are the block's own."""
    ferdig, for_sent = threading.Event(), threading.Event()

    def vakt() -> None:
        if not ferdig.wait(sekunder):
            for_sent.set()
            while not ferdig.wait(0.05):  # the block may be between two sockets
                with suppress(OSError, AttributeError, IndexError):
                    sokkel().shutdown(SHUT_RDWR)

    threading.Thread(target=vakt, name="frist", daemon=True).start()
    try:
        yield for_sent
    finally:
        ferdig.set()
