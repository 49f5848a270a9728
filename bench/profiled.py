"""The service with one of its threads under cProfile: `python -m bench.profiled <file> <thread> …`.

`loekke` is the thread that receives and answers users' queries, `mutasjoner` the one that runs producers' mutations.
The rest of the arguments are notifikasjon.py's. From Python 3.12, cProfile mixes what all threads do.
"""

import cProfile
import sys
from collections.abc import Callable
from typing import Any

from waitress.server import BaseWSGIServer

import notifikasjon
from server.fordeler import Fordeler

TRAADER: dict[str, tuple[type, str]] = {"loekke": (BaseWSGIServer, "run"), "mutasjoner": (Fordeler, "_skriv")}


def main() -> None:
    fil, traad, *arguments = sys.argv[1:]
    profil = cProfile.Profile()
    klasse, navn = TRAADER[traad]
    setattr(klasse, navn, _under(profil, getattr(klasse, navn)))
    try:
        notifikasjon.main(arguments)
    finally:
        profil.dump_stats(fil)


def _under(profil: cProfile.Profile, funksjon: Callable[..., None]) -> Callable[..., None]:
    def profilert(*args: Any) -> None:
        profil.runcall(funksjon, *args)

    return profilert


if __name__ == "__main__":
    main()
