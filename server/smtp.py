"""E-mail by SMTP: one message to one recipient, as text and as HTML.

Once the final dot has been sent the server may have taken the message, whatever happens to its answer (RFC 1047); only
then is a failure `usikker`. The headers are written here: the email package decodes what looks like an encoded word in
a subject, and then writes the line breaks that were in it as line breaks.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html.parser import HTMLParser
from threading import Event
from typing import Any

from server import config
from server.kanal import KanalError, Melding
from server.texas import innen
from server.tid import Klokke

HELE_SAMTALEN = 5  # times timeout_s, which is for each of its steps
MAKS_HTML = 100_000  # characters of it that are made into text
MELDINGEN = "the message"

_ATOM = r"(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\W_])+"  # letters and digits of any alphabet, and what RFC 5322 adds
_LOKALDEL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_DOMENE = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")
_KONTROLLTEGN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LINJER = SMTP.clone(max_line_length=76)  # RFC 2045 allows quoted-printable no more

# What a tag becomes in plain text, at its start and at its end.
_AVSNITT = "address article blockquote dl div footer h1 h2 h3 h4 h5 h6 header ol p pre section table ul".split()
_SKILLER = dict.fromkeys(_AVSNITT, "\n\n") | dict.fromkeys(("br", "dd", "dt", "hr", "li", "tr"), "\n")
_SKJULT = {"script", "style", "template", "title"}


def send(innstillinger: config.Smtp, melding: Melding, passord: str) -> None:
    """Raises KanalError."""
    if melding.tekst is None:
        raise KanalError("there is no text to send", kode="smtp_innhold", permanent=True)
    til = les_adresse(melding.mottaker)
    fra = les_adresse(innstillinger.avsender, permanent=False)  # a fault of ours, not of the message
    _lever(innstillinger, passord, fra, til, _skriv(melding, fra, til, melding.tekst))


def les_adresse(tekst: str, *, permanent: bool = True) -> str:
    """Exactly one mailbox, without name or quotes; its domain becomes ASCII. Raises KanalError."""
    lokaldel, _, domene = tekst.rpartition("@")
    try:
        domene = domene.encode("idna").decode()
    except UnicodeError:
        domene = ""
    if not _LOKALDEL.fullmatch(lokaldel) or not _DOMENE.fullmatch(domene) or len(lokaldel.encode()) > 64:
        raise KanalError("not an e-mail address", kode="smtp_adresse", permanent=permanent)
    return f"{lokaldel}@{domene}"


def _skriv(melding: Melding, fra: str, til: str, html: str) -> bytes:
    hode = {
        "From": fra,
        "To": til,
        "Subject": _emne(melding.tittel or ""),
        "Message-ID": f"<{melding.varsel_id}@{fra.rpartition('@')[2]}>",
        "Date": format_datetime(datetime.fromtimestamp(Klokke().ekte_sekunder(), UTC)),
        "Auto-Submitted": "auto-generated",
    }
    kropp = EmailMessage(policy=_LINJER)
    html = html.encode("utf-8", "replace").decode()
    kropp.set_content(som_tekst(html), cte="quoted-printable")
    kropp.add_alternative(html, subtype="html", cte="quoted-printable")
    return "".join(f"{navn}: {verdi}\r\n" for navn, verdi in hode.items()).encode() + kropp.as_bytes()


def _emne(tittel: str) -> str:
    """The title as one header, folded. What looks like an encoded word is encoded, and so stays what it looks like."""
    tittel = _KONTROLLTEGN.sub(" ", tittel.encode("utf-8", "replace").decode()).strip()
    if tittel.isascii() and len(tittel) <= 60 and "=?" not in tittel:
        return tittel
    return Header(tittel, "utf-8", 76, "Subject").encode(linesep="\r\n")


def _lever(innstillinger: config.Smtp, passord: str, fra: str, til: str, brev: bytes) -> None:
    import smtplib
    import ssl

    timeout_s, kryptering, sendt = innstillinger.timeout_s, innstillinger.kryptering, False
    domene = fra.rpartition("@")[2]
    tls = None if kryptering == "ingen" else ssl.create_default_context()
    smtp: Any = (
        smtplib.SMTP_SSL(timeout=timeout_s, local_hostname=domene, context=tls)
        if kryptering == "tls"
        else smtplib.SMTP(timeout=timeout_s, local_hostname=domene)
    )
    smtp._host = innstillinger.host  # what the certificate must name; smtplib notes it only if its constructor connects
    with innen(HELE_SAMTALEN * timeout_s, lambda: smtp.sock) as for_sent:
        try:
            _krev(smtp.connect(innstillinger.host, innstillinger.port), "the connection", for_sent)
            if smtp.ehlo()[0] != 250:
                _krev(smtp.helo(), "HELO", for_sent)
            if kryptering == "starttls":
                _krev(smtp.starttls(context=tls), "STARTTLS", for_sent)
                _krev(smtp.ehlo(), "EHLO", for_sent)
            if innstillinger.bruker:
                smtp.login(innstillinger.bruker, passord)
            valg = f" SIZE={len(brev)}" if smtp.has_extn("size") else ""
            if not (fra + til).isascii():
                if not smtp.has_extn("smtputf8"):
                    raise KanalError("the mail server takes no such address", kode="smtp_smtputf8", permanent=True)
                smtp.command_encoding = "utf-8"
                valg += " SMTPUTF8 BODY=8BITMIME"
            _krev(smtp.docmd("MAIL", f"FROM:<{fra}>{valg}"), "MAIL", for_sent)
            _krev(smtp.docmd("RCPT", f"TO:<{til}>"), "RCPT", for_sent)
            _krev(smtp.docmd("DATA"), "DATA", for_sent)
            smtp.send(re.sub(rb"(?m)^\.", b"..", brev) + b".\r\n")
            sendt = True
            _krev(smtp.getreply(), MELDINGEN, for_sent)
        except (OSError, ValueError) as error:  # smtplib's are OSErrors; ValueError: a password that is not ASCII
            smtp.close()
            if for_sent.is_set() or TimeoutError in (type(error), type(error.__context__)):
                hva = "tidsavbrudd"
            elif isinstance(error, ssl.SSLError):
                hva = "tls"
            elif isinstance(error, ValueError | smtplib.SMTPNotSupportedError):
                hva = "oppsett"
            else:
                hva = str(getattr(error, "smtp_code", "forbindelse"))
            raise KanalError(f"SMTP: {type(error).__name__}", kode=f"smtp_{hva}", usikker=sendt) from None
        finally:
            with suppress(OSError, AttributeError):  # it is decided; a server that hangs now changes nothing
                smtp.sock.settimeout(min(timeout_s, 1))
                smtp.quit()
            smtp.close()


def _krev(svar: tuple[int, bytes], steg: str, for_sent: Event) -> None:
    """Raise KanalError unless the answer is a yes. Its text may hold addresses, so it is not used."""
    kode, gruppe = svar[0], svar[0] // 100
    if for_sent.is_set():  # then this may be half an answer
        raise TimeoutError
    if gruppe != (3 if steg == "DATA" else 2):
        utvidet = re.match(rb" [245]\.[0-9]{1,3}\.[0-9]{1,3}", b" " + svar[1])
        raise KanalError(
            f"SMTP: {kode}{utvidet[0].decode() if utvidet else ''} in answer to {steg}",
            kode=f"smtp_{kode}" if 200 <= kode <= 599 else "smtp_svar",
            # 530: it wants a login, and so says nothing of this message.
            permanent=gruppe == 5 and steg in ("MAIL", "RCPT", "DATA", MELDINGEN) and kode != 530,
            usikker=steg == MELDINGEN and gruppe not in (4, 5),
        )


def som_tekst(html: str) -> str:
    """The HTML as plain text: paragraphs, lists, and links with their address behind."""
    html = "".join([del_.partition("-->")[2] for del_ in f"-->{html[:MAKS_HTML]}".split("<!--")])
    leser = _Leser()
    html = re.sub(r"<![^<>]*>", "", html).replace("<!", "&lt;!")  # html.parser raises at some of these
    # The end of a tag that has none would be looked for in all the rest of the text, for each of them.
    leser.feed(re.sub(r"<(?![^<>]*>)", "&lt;", html))
    leser.close()
    tekst = re.sub(r" ?\n ?", "\n", re.sub(r" {2,}", " ", "".join(leser.biter)))
    tekst = re.sub(r"(?m)^(-|[0-9]+\.)\n+", r"\1 ", tekst)  # a paragraph in a list item
    return re.sub(r"\n{3,}", "\n\n", tekst).strip() + "\n"


class _Leser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.biter: list[str] = []
        self._skjult = 0
        self._lister: list[int] = []  # the number of the last item; -1: without numbers
        self._lenke = ("", 0)  # its address, and where its text begins in `biter`

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.biter.append(_SKILLER.get(tag, ""))
        self._skjult += tag in _SKJULT
        if tag in ("ol", "ul"):
            self._lister.append(0 if tag == "ol" else -1)
        elif tag == "li":
            if numre := self._lister and self._lister[-1] >= 0:
                self._lister[-1] += 1
            self.biter.append(f"{self._lister[-1]}. " if numre else "- ")
        elif tag == "a":
            self._lenke = ((dict(attrs).get("href") or "").strip(), len(self.biter))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            (adresse, fra), self._lenke = self._lenke, ("", len(self.biter))
            tekst = "".join(self.biter[fra:]).strip()
            if re.match(r"(?i)https?:|mailto:|tel:", adresse) and tekst not in (adresse, adresse.partition(":")[2]):
                self.biter.append(f" ({adresse})" if tekst else adresse)
        elif tag in ("ol", "ul") and self._lister:
            self._lister.pop()
        self.biter.append("\n\n" if _SKILLER.get(tag) == "\n\n" else " " if tag in ("td", "th") else "")
        self._skjult = max(0, self._skjult - (tag in _SKJULT))

    def handle_data(self, data: str) -> None:
        if not self._skjult:
            self.biter.append(re.sub(r"\s+", " ", data))
