"""Access from a file, for those who have no Altinn: people, virksomheter with names, and who may see what.

The file is looked at again at most once a second, when somebody's access is asked for and by the background thread. One
that cannot be used changes nothing, and is told of once in the log. The database holds what others read from it: the
names, and how people are reached.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from server import altinn, config, kontaktregister
from server.altinn import Oppslag
from server.config import ConfigError, Seksjon, Sted
from server.database import Database
from server.feil import UgyldigInndata
from server.kontaktregister import Kontakt

log = logging.getLogger(__name__)

SJEKK_S = 1

Nummer = Annotated[str, Field(pattern=r"^[0-9]{9}$")]


class _Tilgang(Seksjon):
    virksomheter: tuple[Nummer, ...] = Field(min_length=1)
    ressurser: tuple[Annotated[str, Field(pattern=r"^[^:\s]+$")], ...] = ()
    tjenester: tuple[Annotated[str, Field(pattern=r"^[^:\s]+:[^:\s]+$")], ...] = ()


class _Person(Seksjon):
    fnr: Annotated[str, Field(pattern=r"^[0-9]{11}$")]
    navn: str = ""  # for those who read the file
    epostadresse: str | None = None
    tlf: str | None = None
    tilgang: tuple[_Tilgang, ...] = ()


class _Fil(Seksjon):
    virksomheter: dict[Nummer, Annotated[str, Field(min_length=1)]] = Field({})
    person: tuple[_Person, ...] = ()


@dataclass(frozen=True, slots=True)
class _Innhold:
    """What the file says, made ready for look-ups."""

    versjon: int
    navn: dict[str, str]
    kontakter: dict[str, Kontakt]  # by fnr
    par: dict[str, frozenset[tuple[str, str]]]  # by fnr


class Tilgangsfil:
    def __init__(self, fil: Path, monotonic: Callable[[], float]) -> None:
        """Raises ConfigError, which names file, line and reason."""
        self._fil, self._monotonic = fil, monotonic
        self._laas = threading.Lock()
        self._stempel = config.stempel(fil)
        self._neste_sjekk = monotonic() + SJEKK_S
        self._innhold = _les(fil, 1)
        self._lagret_versjon = 0

    def versjon(self) -> int:
        """Grows each time the file has been read."""
        if self._neste_sjekk <= self._monotonic() and self._laas.acquire(blocking=False):
            try:
                self._les_hvis_endret()
                self._neste_sjekk = self._monotonic() + SJEKK_S
            finally:
                self._laas.release()
        return self._innhold.versjon

    def slaa_opp(self, fnr: str, _token: str | None = None) -> Oppslag:
        """What the person may see. A person who is not in the file sees nothing, and that is no error."""
        return Oppslag(self._innhold.par.get(fnr, frozenset()), False)

    def svar(self, fnr: str) -> dict[str, Any]:
        """The same, as Altinn would say it."""
        self.versjon()
        innhold = self._innhold
        tilganger: dict[str, list[str]] = {}
        for nummer, tilgang in sorted(innhold.par.get(fnr, ())):
            tilganger.setdefault(nummer, []).append(tilgang)
        enheter = [
            {
                "orgnr": nummer,
                "navn": innhold.navn[nummer],
                "underenheter": [],
                "altinn3Tilganger": [tilgang for tilgang in liste if ":" not in tilgang],
                "altinn2Tilganger": [tilgang for tilgang in liste if ":" in tilgang],
            }
            for nummer, liste in tilganger.items()
        ]
        return {"isError": False, "hierarki": enheter}

    def lagre_endringer(self, database: Database) -> None:
        """Let names and contact data in the database follow the file, if it has changed."""
        if self.versjon() != self._lagret_versjon:
            self.lagre(database)

    def lagre(self, database: Database) -> None:
        """Nobody can be reached who is not in the file."""
        innhold = self._innhold
        with database.write() as db:
            altinn.lagre_navn(db, innhold.navn.items())
            db.execute("DELETE FROM kontakt")
            for fnr, kontakt in innhold.kontakter.items():
                kontaktregister.lagre(db, fnr, kontakt)
        self._lagret_versjon = innhold.versjon

    def _les_hvis_endret(self) -> None:
        stempel = config.stempel(self._fil)
        if stempel == self._stempel:
            return
        self._stempel = stempel  # also of one that cannot be used, so that it is told of once
        try:
            self._innhold = _les(self._fil, self._innhold.versjon + 1)
        except ConfigError as error:
            log.error("access stays as it was: %s", error)
        else:
            log.info("access has been read from %s", self._fil)


def _les(fil: Path, versjon: int) -> _Innhold:
    """Raises ConfigError."""
    lest = config.les(fil, _Fil, {}, _feil)
    return _Innhold(
        versjon,
        lest.virksomheter,
        {person.fnr: _kontakt(person) for person in lest.person},
        {
            person.fnr: frozenset(
                (nummer, tilgang)
                for gitt in person.tilgang
                for nummer in gitt.virksomheter
                for tilgang in (*gitt.ressurser, *gitt.tjenester)
            )
            for person in lest.person
        },
    )


def _feil(lest: _Fil) -> Iterator[tuple[Sted, str]]:
    """What is wrong between the parts of the file."""
    sett: set[str] = set()
    for nr, person in enumerate(lest.person):
        if person.fnr in sett:
            yield ("person", nr, "fnr"), "this person is above already"
        sett.add(person.fnr)
        try:
            _kontakt(person)
        except UgyldigInndata as error:
            yield ("person", nr, "epostadresse" if "epostadresse" in str(error) else "tlf"), str(error)
        for gitt_nr, gitt in enumerate(person.tilgang):
            if ukjente := [nummer for nummer in gitt.virksomheter if nummer not in lest.virksomheter]:
                yield ("person", nr, "tilgang", gitt_nr, "virksomheter"), f"{ukjente[0]} is not in [virksomheter]"
            if not gitt.ressurser and not gitt.tjenester:
                yield ("person", nr, "tilgang", gitt_nr), "neither ressurser nor tjenester: nothing to see"


def _kontakt(person: _Person) -> Kontakt:
    """Raises UgyldigInndata."""
    return Kontakt(epostadresse=person.epostadresse, tlf=person.tlf)
