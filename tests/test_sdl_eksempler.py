"""The examples in the documentation work: every ```graphql block in a description, one after the other."""

import re
from collections.abc import Iterator
from typing import Any

from graphql import StringValueNode, Visitor, parse, visit
from produsent import ny_sak
from tjeneste import BAKERIET, DAGNY, ROOT, Tjeneste

_BLOKK = re.compile(r"```graphql\n(.*?)```", re.DOTALL)


def eksempler(fil: str) -> list[str]:
    """In the order of the file."""
    funnet: list[str] = []

    class Beskrivelser(Visitor):
        def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
            funnet.extend(_BLOKK.findall(node.value))

    sdl = (ROOT / "server" / fil).read_text(encoding="utf-8")
    visit(parse(sdl), Beskrivelser())
    assert len(funnet) == sdl.count("```graphql\n"), "an example outside of a description"
    return funnet


def feilsvar(verdi: Any) -> Iterator[str]:
    """Typed errors, wherever they are in an answer."""
    if isinstance(verdi, dict):
        if "feilmelding" in verdi:
            yield f"{verdi.get('__typename')}: {verdi['feilmelding']}"
        for inni in verdi.values():
            yield from feilsvar(inni)
    elif isinstance(verdi, list):
        for inni in verdi:
            yield from feilsvar(inni)


def test_examples_of_the_producer_api(tjeneste: Tjeneste) -> None:
    blokker = eksempler("produsent.graphql")
    assert len(blokker) >= 9
    for blokk in blokker:
        data = tjeneste.produsent(blokk)
        if blokk.lstrip().startswith("mutation"):
            assert not list(feilsvar(data)), blokk
    # The last of them deletes the sak of the others; what is left is the appointment with its own.
    assert tjeneste.rader("SELECT type, tilstand FROM notifikasjon") == [("Kalenderavtale", "AVLYST")]
    assert tjeneste.rader("SELECT grupperingsid FROM sak") == [("sak-2001",)]


def test_examples_of_the_producer_api_may_be_sent_twice(tjeneste: Tjeneste) -> None:
    """As their texts say of retries: but for the deletion, each mutation is answered the same again."""
    mutasjoner = [blokk for blokk in eksempler("produsent.graphql") if blokk.lstrip().startswith("mutation")]
    for blokk in mutasjoner[:-1]:
        assert tjeneste.produsent(blokk) == tjeneste.produsent(blokk)


def test_examples_of_the_user_api(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    for blokk in eksempler("produsent.graphql")[:-1]:
        tjeneste.produsent(blokk)
    ny_sak(tjeneste, tittel="Søknad om tilskudd")
    blokker = eksempler("bruker.graphql")
    assert len(blokker) >= 3
    for blokk in blokker:
        tjeneste.bruker(DAGNY, blokk)
    notifikasjoner = tjeneste.bruker(DAGNY, blokker[0])["notifikasjoner"]
    assert notifikasjoner["feilAltinn"] is False
    assert {n["__typename"] for n in notifikasjoner["notifikasjoner"]} == {"Beskjed", "Oppgave", "Kalenderavtale"}
