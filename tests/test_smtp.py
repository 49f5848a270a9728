"""E-mail: what the mail server gets, and what each of its bad days means for the message."""

import email
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from naboer import DRYPP, HENG, LUKK, Epostserver, Gjoer, doed_port, hele_feilen, sertifikat

from server import config, smtp
from server.kanal import KanalError, Melding

VARSEL = "018f6b1e-0000-7000-8000-000000000001"
ADRESSE = "ola.nordmann@eksempel.no"
HTML = "<h1>Hei</h1><p>Du har fått <a href='https://eksempel.no/sak?a=1&amp;b=2'>en oppgave</a>.</p>"


@pytest.fixture
def nabo() -> Iterator[Epostserver]:
    with Epostserver() as nabo:
        yield nabo


def epost(til: str = ADRESSE, tittel: str | None = "En oppgave", html: str | None = HTML) -> Melding:
    return Melding(VARSEL, "EPOST", til, "910825526", tittel, html, None, "fager")


def innstillinger(nabo: Epostserver, **annet: object) -> config.Smtp:
    venter = {*nabo.neste.values(), *nabo.alltid.values()} & {HENG, DRYPP}
    grunn = {"port": nabo.port, "timeout_s": 0.3 if venter else 10, "avsender": "ikke-svar@avsender.eksempel.no"}
    return config.Smtp.model_validate(grunn | annet)


def send(nabo: Epostserver, melding: Melding | None = None, passord: str = "", **annet: object) -> EmailMessage:
    """The message as it came."""
    smtp.send(innstillinger(nabo, **annet), melding or epost(), passord)
    brev = email.message_from_bytes(nabo.brev[-1].innhold.replace(b"\r\n", b"\n"), policy=default)
    assert isinstance(brev, EmailMessage)
    return brev


def feil_ved(nabo: Epostserver, melding: Melding | None = None, passord: str = "", **annet: object) -> KanalError:
    with pytest.raises(KanalError) as feil:
        smtp.send(innstillinger(nabo, **annet), melding or epost(), passord)
    return feil.value


def utfall(feil: KanalError) -> tuple[str, bool, bool]:
    return feil.kode, feil.permanent, feil.usikker


# ── What arrives ──


def test_message_arrives_as_text_and_html(nabo: Epostserver) -> None:
    brev = send(nabo)

    assert (nabo.brev[0].fra, nabo.brev[0].til) == ("ikke-svar@avsender.eksempel.no", [ADRESSE])
    assert brev["From"] == "ikke-svar@avsender.eksempel.no"
    assert brev["To"] == ADRESSE
    assert brev["Subject"] == "En oppgave"
    assert brev["Message-ID"] == f"<{VARSEL}@avsender.eksempel.no>"
    assert brev["Auto-Submitted"] == "auto-generated"
    assert brev["Date"].datetime.tzinfo is not None
    assert brev.get_content_type() == "multipart/alternative"
    tekst, html = brev.iter_parts()
    assert tekst.get_content_type() == "text/plain"
    assert tekst.get_content() == "Hei\n\nDu har fått en oppgave (https://eksempel.no/sak?a=1&b=2).\n"
    assert html.get_content_type() == "text/html"
    assert html.get_content().strip() == HTML


def test_repeated_message_has_the_same_id(nabo: Epostserver) -> None:
    assert send(nabo)["Message-ID"] == send(nabo)["Message-ID"]


def test_lines_are_as_short_and_as_ascii_as_mail_wants_them(nabo: Epostserver) -> None:
    send(nabo, epost(tittel="æøå " * 60, html="<p>" + "Blåbærsyltetøy " * 500 + "\n.\n..\n.x\r.\x00</p>"))
    innhold = nabo.brev[0].innhold
    assert innhold.isascii()
    assert max(len(linje) for linje in innhold.split(b"\r\n")) <= 78
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", innhold)


@pytest.mark.parametrize("prikker", [".", "..", "a\n.\nb", "\n.\n", ".\r\n.\r\nQUIT"])
def test_lines_of_dots_do_not_end_the_message(nabo: Epostserver, prikker: str) -> None:
    html = list(send(nabo, epost(html=prikker)).iter_parts())[1]
    assert html.get_content().splitlines() == prikker.splitlines()
    assert len(nabo.brev) == 1


@pytest.mark.parametrize(
    ("tittel", "kommer_som"),
    [
        ("Møte 😀", "Møte 😀"),
        ("a\r\nBcc: x@y.no", "a Bcc: x@y.no"),
        ("æ\r\nBcc: x@y.no", "æ Bcc: x@y.no"),
        ("a\rb\nc\x0bd\x00e\u2028f\u2029g\x85h", "a b c d e f g h"),
        ("=?utf-8?q?a=0D=0AX:_b?=", "=?utf-8?q?a=0D=0AX:_b?="),
        ("=?utf-8?q?a=0D=0AX:_b?= æ", "=?utf-8?q?a=0D=0AX:_b?= æ"),
        ("=?utf-8?b?DQpYOiBi?=", "=?utf-8?b?DQpYOiBi?="),
        ("x" * 2000, "x" * 2000),
        (" ord " * 200, ("ord  " * 200).strip()),
        ("Tittel. ", "Tittel."),
        ("", ""),
        (None, ""),
    ],
)
def test_title_is_one_header_whatever_is_in_it(nabo: Epostserver, tittel: str | None, kommer_som: str) -> None:
    brev = send(nabo, epost(tittel=tittel))
    assert brev["Subject"] == kommer_som
    assert sorted(brev.keys()) == sorted(
        ["From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted", "MIME-Version", "Content-Type"]
    )


@given(st.text())
def test_any_title_can_be_read_again(tittel: str) -> None:
    hode = f"Subject: {smtp._emne(tittel)}\r\n\r\n"
    assert max(len(linje) for linje in hode.split("\r\n")) <= 76
    lest = email.message_from_bytes(hode.encode("ascii"), policy=default)
    assert list(lest.keys()) == ["Subject"]
    uten_kontrolltegn = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", tittel.encode("utf-8", "replace").decode())
    assert str(lest["Subject"]).split() == uten_kontrolltegn.split()


# ── The plain text ──


@pytest.mark.parametrize(
    ("html", "tekst"),
    [
        ("Bare tekst", "Bare tekst"),
        ("<p>En</p><p>To<br>Tre</p>", "En\n\nTo\nTre"),
        ("<P>  mye \n\n luft&nbsp;her </P>\n\n\n<div>og her</div>", "mye luft her\n\nog her"),
        ("<ul><li>En</li><li><p>To</p></li></ul>", "- En\n- To"),
        ("<ol><li>En<li>To</ol>", "1. En\n2. To"),
        ("<ol><li>En<ul><li>inni</li></ul></li><li>To</li></ol>", "1. En\n\n- inni\n\n2. To"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></table>", "a b\nc"),
        ("a &lt;b&gt; &amp;amp; &aelig;&#248;&#xe5; &copy", "a <b> &amp; æøå ©"),
        ("<a href='https://x.no'>Les</a> mer", "Les (https://x.no) mer"),
        ("<a href='https://x.no'>https://x.no</a>", "https://x.no"),
        ("<a href='https://x.no'><img src=x></a>", "https://x.no"),
        ("<a href='mailto:a@b.no'>a@b.no</a>", "a@b.no"),
        ("<a href='javascript:alert(1)'>Les</a> <a href='data:x'>to</a> <a>tre</a> <a href>fire", "Les to tre fire"),
        ("<style>p {}</style><script>alert('<p>')</script><title>t</title>Hei", "Hei"),
        ("<!-- <p>skjult</p> -->Hei<!-- skjult", "Hei"),
        ("<!--[if mso]><p>skjult</p><![endif]-->Hei<![if !mso]> du<![endif]>", "Hei du"),
        ("<!DOCTYPE html><html><head><title>t</title></head><body>Hei</body></html>", "Hei"),
        ("1 < 2 og 3 > 2 <", "1 < 2 og 3 > 2 <"),
        ("</p></a></ul></script>Hei<li>x", "Hei\n- x"),
        ("", ""),
    ],
)
def test_html_as_plain_text(html: str, tekst: str) -> None:
    assert smtp.som_tekst(html).removesuffix("\n") == tekst


_BITER = [
    "<",
    ">",
    "<!",
    "<![",
    "]]>",
    "<!--",
    "-->",
    "<a ",
    "</",
    "href=",
    "'",
    '"',
    "<li>",
    "<p>",
    "&#",
    "x",
    " ",
    "\n",
]


@example("<<!x>![x>")
@example("<![<![-->-->")
@given(st.lists(st.sampled_from([*_BITER, "<script>", "<style", "<?", "[", "</a>"])).map("".join) | st.text())
def test_no_html_is_too_strange_to_read(html: str) -> None:
    assert smtp.som_tekst(html).endswith("\n")


@pytest.mark.parametrize("bit", ["<a ", "<a b='", "<!--", "<?", "<style", "<a>x"])
def test_html_that_is_made_to_be_slow_is_not(bit: str) -> None:
    smtp.som_tekst(bit * (1_000_000 // len(bit)))  # minutes, if each tag were looked for the end of in all the text


# ── Addresses ──


@pytest.mark.parametrize(
    "til",
    [
        "a@b.no, c@d.no",
        "a@b.no,c@d.no",
        "a@b.no;c@d.no",
        "a@b.no\r\nBcc: c@d.no",
        "a@b.no\n",
        "a\x00@b.no",
        "a@b.no\x00",
        "a b@c.no",
        '"a b"@c.no',
        "Ola <a@b.no>",
        "<a@b.no>",
        "a@b.no>",
        "a@b@c.no",
        "a..b@c.no",
        ".a@b.no",
        "a.@b.no",
        "@b.no",
        "a@",
        "a",
        "",
        "a@b..no",
        "a@-b.no",
        "a@b.no.",
        "a@[127.0.0.1]",
        "a@b_c.no",
        "a(x)@b.no",
        "a\u202e@b.no",
        "a\u200b@b.no",
        "a@b\u2028.no",
        f"{'a' * 65}@b.no",
        f"a@{'b' * 64}.no",
        "=?utf-8?q?a=0D=0A?=@b.no>",
    ],
)
def test_what_is_not_exactly_one_mailbox_is_refused_before_any_call(nabo: Epostserver, til: str) -> None:
    assert utfall(feil_ved(nabo, epost(til))) == ("smtp_adresse", True, False)
    assert nabo.kommandoer == []


@pytest.mark.parametrize(
    ("til", "kommer_til"),
    [
        ("a.b+c%d_e-f@x.eksempel.no", "a.b+c%d_e-f@x.eksempel.no"),
        ("!#$&'*/=?^`{|}~@b.no", "!#$&'*/=?^`{|}~@b.no"),
        ("ola@blåbær.no", "ola@xn--blbr-roah.no"),
        ("ola@BLÅBÆR.no", "ola@xn--blbr-roah.no"),
        ("bjørn.ærlig@blåbær.no", "bjørn.ærlig@xn--blbr-roah.no"),
        ("Ωμέγα@eksempel.no", "Ωμέγα@eksempel.no"),
    ],
)
def test_addresses_with_letters_of_any_alphabet(nabo: Epostserver, til: str, kommer_til: str) -> None:
    brev = send(nabo, epost(til))
    assert nabo.brev[0].til == [kommer_til]
    assert str(brev["To"]) == kommer_til
    assert ("SMTPUTF8" in nabo.brev[0].valg) == (not kommer_til.isascii())


def test_server_without_smtputf8_cannot_take_a_name_with_oe() -> None:
    with Epostserver(smtputf8=False) as nabo:
        assert utfall(feil_ved(nabo, epost("bjørn@eksempel.no"))) == ("smtp_smtputf8", True, False)
        send(nabo, epost("bjorn@blåbær.no"))
        assert nabo.brev[0].til == ["bjorn@xn--blbr-roah.no"]


def test_sender_that_is_no_address_is_a_fault_of_ours(nabo: Epostserver) -> None:
    assert utfall(feil_ved(nabo, avsender="Nav <a@b.no>")) == ("smtp_adresse", False, False)


def test_varsel_without_text_is_refused(nabo: Epostserver) -> None:
    assert utfall(feil_ved(nabo, epost(html=None))) == ("smtp_innhold", True, False)


# ── What the answers mean ──


@pytest.mark.parametrize("steg", ["MAIL", "RCPT", "DATA", "MELDING"])
@pytest.mark.parametrize(
    ("svar", "permanent"),
    [
        ("421 4.3.2 closing", False),
        ("450 4.2.1 greylisted", False),
        ("452 4.3.1 full", False),
        ("550 5.1.1 no such user", True),
        ("552 5.3.4 too big", True),
        ("554 5.7.1 spam", True),
    ],
)
def test_refusal_says_whether_to_try_again(nabo: Epostserver, steg: str, svar: str, permanent: bool) -> None:
    nabo.neste[steg] = svar
    feil = feil_ved(nabo)
    assert utfall(feil) == (f"smtp_{svar[:3]}", permanent, False)
    assert svar[:9] in str(feil)
    assert nabo.brev == []
    send(nabo)


@pytest.mark.parametrize("steg", ["HILSEN", "HELO"])
@pytest.mark.parametrize("svar", ["421 4.3.2 busy", "554 5.3.2 no service"])
def test_refusal_of_the_connection_says_nothing_of_the_message(nabo: Epostserver, steg: str, svar: str) -> None:
    nabo.neste["EHLO"] = "502 5.5.1 what is that"
    nabo.neste[steg] = svar
    assert utfall(feil_ved(nabo)) == (f"smtp_{svar[:3]}", False, False)
    assert nabo.brev == []


def test_old_server_is_greeted_in_the_old_way(nabo: Epostserver) -> None:
    nabo.neste["EHLO"] = "502 5.5.1 what is that"
    send(nabo)


def test_server_that_wants_a_login_says_nothing_of_the_message(nabo: Epostserver) -> None:
    nabo.neste["MAIL"] = "530 5.7.0 log in first"
    assert utfall(feil_ved(nabo)) == ("smtp_530", False, False)


STEG = ["HILSEN", "EHLO", "MAIL", "RCPT", "DATA"]


@pytest.mark.parametrize("steg", ["HILSEN", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("svar", ["tull", "99 tull", "354 go on?", "x" * 10_000])
def test_answer_that_makes_no_sense_is_tried_again(nabo: Epostserver, steg: str, svar: str) -> None:
    nabo.alltid[steg] = svar if steg != "DATA" or svar[0] != "3" else "250 what?"
    feil = feil_ved(nabo)
    assert (feil.permanent, feil.usikker) == (False, False)


@pytest.mark.parametrize(
    ("steg", "dag", "kode"),
    [
        *((steg, HENG, "tidsavbrudd") for steg in STEG),
        *((steg, LUKK, "forbindelse") for steg in STEG),
        ("HILSEN", DRYPP, "tidsavbrudd"),
        ("DATA", DRYPP, "tidsavbrudd"),
    ],
)
def test_server_that_goes_silent_before_the_message_has_not_got_it(
    nabo: Epostserver, steg: str, dag: Gjoer, kode: str
) -> None:
    nabo.neste[steg] = dag
    assert utfall(feil_ved(nabo)) == (f"smtp_{kode}", False, False)
    assert nabo.brev == []


@pytest.mark.parametrize(
    ("dag", "kode"),
    [(HENG, "tidsavbrudd"), (DRYPP, "tidsavbrudd"), (LUKK, "forbindelse"), ("tull", "svar"), ("354 x", "354")],
)
def test_server_that_goes_silent_after_the_final_dot_may_have_it(
    nabo: Epostserver, dag: str | Gjoer, kode: str
) -> None:
    nabo.neste["MELDING"] = dag
    assert utfall(feil_ved(nabo)) == (f"smtp_{kode}", False, True)
    assert len(nabo.brev) == 1


@pytest.mark.parametrize("dag", [HENG, LUKK, DRYPP, "421 4.3.2 closing", "tull"])
def test_trouble_after_the_message_was_taken_changes_nothing(nabo: Epostserver, dag: str | Gjoer) -> None:
    nabo.neste["QUIT"] = dag
    send(nabo)


def test_dead_server_has_got_nothing(nabo: Epostserver) -> None:
    assert utfall(feil_ved(nabo, port=doed_port())) == ("smtp_forbindelse", False, False)
    feil = feil_ved(nabo, host=f"{70 * 'a'}.no")
    assert (feil.permanent, feil.usikker) == (False, False)


# ── TLS and login ──

Tls = Callable[..., AbstractContextManager[Epostserver]]


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tls:
    """A mail server with TLS, trusted or not, for the right name or another."""

    def lag(*, straks: bool, navn: str = "127.0.0.1", betrodd: bool = True, **annet: Any) -> Epostserver:
        kontekst, fil = sertifikat(tmp_path, navn)
        if betrodd:
            monkeypatch.setenv("SSL_CERT_FILE", str(fil))
        return Epostserver(tls=kontekst, straks_tls=straks, **annet)

    return lag


@pytest.mark.parametrize(("kryptering", "straks"), [("starttls", False), ("tls", True)])
def test_message_goes_over_tls(tls: Tls, kryptering: str, straks: bool) -> None:
    with tls(straks=straks, passord={"bruker": "hemmelig"}) as nabo:
        send(nabo, kryptering=kryptering, bruker="bruker", passord="hemmelig")
        assert ("STARTTLS" in nabo.kommandoer) == (not straks)


@pytest.mark.parametrize(("kryptering", "straks"), [("starttls", False), ("tls", True)])
@pytest.mark.parametrize("galt", [{"betrodd": False}, {"navn": "mx.eksempel.no"}, {"navn": "127.0.0.2"}])
def test_server_that_cannot_prove_its_name_gets_nothing(
    tls: Tls, kryptering: str, straks: bool, galt: dict[str, Any]
) -> None:
    with tls(straks=straks, **galt) as nabo:
        assert utfall(feil_ved(nabo, kryptering=kryptering)) == ("smtp_tls", False, False)
        assert "MAIL" not in nabo.kommandoer


def test_server_without_tls_gets_nothing_when_tls_is_wanted(nabo: Epostserver) -> None:
    assert utfall(feil_ved(nabo, kryptering="starttls")) == ("smtp_oppsett", False, False)
    assert "MAIL" not in nabo.kommandoer
    assert utfall(feil_ved(nabo, kryptering="tls", timeout_s=0.3))[1:] == (False, False)


@pytest.mark.parametrize(("dag", "kode"), [("454 4.7.0 not now", "454"), (HENG, "tidsavbrudd"), (LUKK, "forbindelse")])
def test_refused_starttls_is_tried_again(tls: Tls, dag: str | Gjoer, kode: str) -> None:
    with tls(straks=False) as nabo:
        nabo.neste["STARTTLS"] = dag
        assert utfall(feil_ved(nabo, kryptering="starttls")) == (f"smtp_{kode}", False, False)
        assert "MAIL" not in nabo.kommandoer


def test_message_waits_when_the_login_is_refused() -> None:
    with Epostserver(passord={"bruker": "hemmelig"}) as nabo:
        send(nabo, bruker="bruker", passord="hemmelig")
        assert utfall(feil_ved(nabo, bruker="bruker", passord="galt")) == ("smtp_535", False, False)
        assert utfall(feil_ved(nabo, bruker="bruker", passord="blåbær")) == ("smtp_oppsett", False, False)


def test_message_waits_when_there_is_nothing_to_log_in_to(nabo: Epostserver) -> None:
    nabo.alltid["EHLO"] = "250 mx.eksempel.no"
    assert utfall(feil_ved(nabo, bruker="bruker", passord="hemmelig")) == ("smtp_oppsett", False, False)


# ── Discretion ──


def test_nothing_of_the_message_is_in_the_error(nabo: Epostserver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.CRITICAL, "mail.log")  # the neighbour's own
    melding = epost("kanarifugl@eksempel.no", "kanarifugl", "kanarifugl")
    feil = []
    for svar in ("550 5.1.1 <kanarifugl@eksempel.no>: kanarifugl", "451 kanarifugl@eksempel.no", HENG, LUKK):
        for steg in ("RCPT", "MELDING", "HILSEN"):
            nabo.neste[steg] = svar
            feil.append(feil_ved(nabo, melding))
    nabo.neste["RCPT"] = "550 kanarifugl" * 1000
    feil.append(feil_ved(nabo, melding))
    feil.append(feil_ved(nabo, epost("kanarifugl, x@y.no")))
    feil.append(feil_ved(nabo, epost("kanarifugl@æ..no")))
    feil.append(feil_ved(nabo, melding, avsender="kanarifugl"))
    with Epostserver(passord={}) as med_innlogging:
        for passord in ("kanarifugl", "kanarifugl-æ"):
            feil.append(feil_ved(med_innlogging, melding, bruker="kanarifugl", passord=passord))
    for en in feil:
        logging.getLogger("test").error("sending failed", exc_info=en)
        assert "kanarifugl" not in hele_feilen(en)
    assert "kanarifugl" not in "\n".join(logging.Formatter().format(record) for record in caplog.records)
