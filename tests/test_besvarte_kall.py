"""The header Idempotency-Key: the same question with the same key has one effect and one answer."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apsw
import pytest
import requests
from produsent import NY_BESKJED, NY_SAK, inndata, ny_beskjed, ny_sak
from tjeneste import BAKERIET, FAGER, RESSURS, ROOT, TILTAK, Tjeneste

from server import besvarte_kall
from server.database import Database, DatabaseOpptatt


def _gjenta(tjeneste: Tjeneste, noekkel: str, *, applikasjon: str = FAGER, **felter: Any) -> requests.Response:
    variables = {
        "grupperingsid": "sak-1", "merkelapp": "fager", "virksomhetsnummer": BAKERIET, "mottakere": [RESSURS],
        "tittel": "Søknad", "initiellStatus": "MOTTATT",
    } | felter  # fmt: skip
    return tjeneste.produsent_svar(NY_SAK, variables, applikasjon=applikasjon, headers={"Idempotency-Key": noekkel})


def test_repeated_key_and_body_is_answered_the_same_byte_for_byte(tjeneste: Tjeneste) -> None:
    foerste, andre = _gjenta(tjeneste, "a"), _gjenta(tjeneste, "a")
    assert foerste.content == andre.content
    assert "NySakVellykket" in foerste.text
    # Also when the sak is changed since: without the key this would be DuplikatGrupperingsid.
    tjeneste.produsent(
        """
        mutation {
            nesteStegSakByGrupperingsid(grupperingsid: "sak-1" merkelapp: "fager" nesteSteg: "x") { __typename }
        }
        """
    )
    assert _gjenta(tjeneste, "a").content == foerste.content
    assert "DuplikatGrupperingsid" in _gjenta(tjeneste, "b").text


def test_refusal_is_repeated_as_well(tjeneste: Tjeneste) -> None:
    foerste = _gjenta(tjeneste, "a", merkelapp="Tiltak")
    assert "UgyldigMerkelapp" in foerste.text
    assert _gjenta(tjeneste, "a", merkelapp="Tiltak").content == foerste.content
    assert tjeneste.rader("SELECT count(*) FROM besvart_kall") == [(1,)]


def test_repeated_key_with_another_body_is_refused(tjeneste: Tjeneste) -> None:
    _gjenta(tjeneste, "a")
    svar = _gjenta(tjeneste, "a", grupperingsid="sak-2")
    assert (svar.status_code, list(svar.json())) == (422, ["error"])
    assert tjeneste.rader("SELECT count(*) FROM sak") == [(1,)]


def test_key_belongs_to_the_application(tjeneste: Tjeneste) -> None:
    _gjenta(tjeneste, "a")
    svar = _gjenta(
        tjeneste,
        "a",
        applikasjon=TILTAK,
        merkelapp="Tiltak",
        mottakere=[{"altinnRessurs": {"ressursId": "nav_tiltak_mentor"}}],
    )
    assert "NySakVellykket" in svar.text


@pytest.mark.parametrize("noekkel", ["", "x" * 256])
def test_key_has_1_to_255_characters(tjeneste: Tjeneste, noekkel: str) -> None:
    svar = _gjenta(tjeneste, noekkel)
    assert (svar.status_code, list(svar.json())) == (400, ["error"])
    assert tjeneste.rader("SELECT count(*) FROM sak") == [(0,)]
    assert _gjenta(tjeneste, "x" * 255).status_code == 200


def test_question_is_answered_anew_whatever_the_key(tjeneste: Tjeneste) -> None:
    spoersmaal = "{ mineNotifikasjoner { ... on NotifikasjonConnection { edges { cursor } } } }"
    foer = tjeneste.produsent_svar(spoersmaal, headers={"Idempotency-Key": "a"})
    ny_beskjed(tjeneste)
    assert tjeneste.produsent_svar(spoersmaal, headers={"Idempotency-Key": "a"}).content != foer.content
    assert tjeneste.rader("SELECT count(*) FROM besvart_kall") == [(0,)]


def test_same_key_at_the_same_time_is_carried_out_once(tjeneste: Tjeneste) -> None:
    """Deleting twice is told as SakFinnesIkke, so that an answer of its own would show."""
    slett = 'mutation { hardDeleteSakByGrupperingsid(grupperingsid: "sak-1" merkelapp: "fager") { __typename } }'
    ny_sak(tjeneste)
    start = threading.Barrier(6)

    def gjenta(_: int) -> bytes:
        start.wait()
        return tjeneste.produsent_svar(slett, headers={"Idempotency-Key": "a"}).content

    with ThreadPoolExecutor(6) as traader:
        assert set(traader.map(gjenta, range(6))) == {
            b'{"data":{"hardDeleteSakByGrupperingsid":{"__typename":"HardDeleteSakVellykket"}}}'
        }


def test_answers_are_forgotten_after_their_days(tmp_path: Path) -> None:
    dag = 86_400_000_000
    database = Database(tmp_path / "test.db", ROOT / "schema.sql")
    try:
        for noekkel, naar in (("gammel", 0), ("ny", dag)):
            besvarte_kall.en_gang(database, FAGER, noekkel, b"{}", naar, lambda: b"svar")
        besvarte_kall.rydd(database, 7 * dag + 1, 7)
        assert database.read().execute("SELECT tidspunkt FROM besvart_kall").fetchall() == [(dag,)]
        assert besvarte_kall.en_gang(database, FAGER, "ny", b"{}", 0, lambda: b"et annet") == b"svar"
        with pytest.raises(besvarte_kall.AnnetInnhold):
            besvarte_kall.en_gang(database, FAGER, "ny", b"[]", 0, lambda: b"et annet")
    finally:
        database.close()


def test_what_is_kept_tells_nobody_anything(tmp_path: Path) -> None:
    """Not what was answered, not the key, and not what could be guessed and tried: the body, by its plain hash."""
    database = Database(tmp_path / "test.db", ROOT / "schema.sql")
    body, svar = b'{"query": "fortrolig"}', b'{"data": "fortrolig"}'
    try:
        for nr in "12":  # the same twice looks like two
            assert besvarte_kall.en_gang(database, FAGER, f"fortrolig-{nr}", body, 0, lambda: svar) == svar
        (en, to) = database.read().execute("SELECT noekkel, svar FROM besvart_kall").fetchall()
        assert not {*en} & {*to}
    finally:
        database.close()
    fil = (tmp_path / "test.db").read_bytes()
    for spor in (b"fortrolig", hashlib.sha256(body).digest(), hashlib.sha256(b"fortrolig-1").digest()):
        assert spor not in fil


def test_key_and_body_cannot_be_mistaken_for_each_other(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.db", ROOT / "schema.sql")
    try:
        for noekkel, body in (("a", b"bc"), ("ab", b"c"), ("\ud800", b"")):
            assert besvarte_kall.en_gang(database, FAGER, noekkel, body, 0, lambda: body) == body  # noqa: B023
    finally:
        database.close()


def test_repeated_call_is_answered_as_before_when_what_it_tells_of_is_deleted(tjeneste: Tjeneste) -> None:
    """And makes nothing anew."""
    beskjed = inndata()
    hode = {"Idempotency-Key": "a"}
    foerste = tjeneste.produsent_svar(NY_BESKJED, {"nyBeskjed": beskjed}, headers=hode)
    slett = (
        'mutation { hardDeleteNotifikasjonByEksternId_V2(merkelapp: "fager" eksternId: "ekstern-1") { __typename } }'
    )
    assert "Vellykket" in tjeneste.produsent_svar(slett).text
    assert tjeneste.produsent_svar(NY_BESKJED, {"nyBeskjed": beskjed}, headers=hode).content == foerste.content
    assert tjeneste.rader("SELECT count(*) FROM notifikasjon") == [(0,)]


def test_what_could_not_be_stored_is_not_answered(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.db", ROOT / "schema.sql")

    def feiler() -> bytes:
        raise apsw.FullError

    try:
        with pytest.raises(DatabaseOpptatt):
            besvarte_kall.en_gang(database, FAGER, "a", b"{}", 0, feiler)
        assert besvarte_kall.en_gang(database, FAGER, "a", b"{}", 0, lambda: b"svar") == b"svar"
    finally:
        database.close()
