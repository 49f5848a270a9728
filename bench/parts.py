"""The parts that ask as fast as they are answered. README.md says what each is for."""

import contextlib
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bench import asking, fill, process, table
from bench.load import Maaling, maal
from bench.process import Tjeneste
from bench.shared import Benk, bell, bruker, en_skriver, forhold, ny_beskjed, peers_bell
from bench.targets import Dom, hoeyst, minst
from server.demo import REGINE

FAKE, BRUKERMOCK = "mocks like fake-produsent-api", "mocks like brukerapi-mock, 10 items"
TREG_DISK, HVER_FOR_SEG = ("-m", "bench.slow_disk"), "--hver-for-seg"


def start(benk: Benk) -> None:
    """Time to ready, and memory."""
    print(f"{'':46}{'ready s':>9}{'min–max':>12}{'MB':>7}{'+ used':>8}")
    demo = benk.mappe / "demo"
    demo.mkdir()
    med_demo = process.config_med_demodata(demo)

    def tom_mappe() -> Path:
        for file in demo.glob("*.db*"):
            file.unlink()
        return med_demo

    stor = benk.omfang.stor
    fylt = process.config(benk.mappe, fill.fylt(stor), husk_svar=True)
    foerste = _start(benk, "first start, makes the demo data", tom_mappe, REGINE)
    neste = _start(benk, "demo data", lambda: med_demo, REGINE)
    full = _start(benk, f"{stor:,} stored", lambda: fylt, fill.TUSEN.fnr)
    print("MB is resident memory when ready; + used, after tokens and 20 bells of the person with most")
    benk.doem(
        hoeyst("S8", "ready, the first time, with demo data", foerste[0], 0.8, "s"),
        hoeyst("S8", "ready, demo data", neste[0], 0.8, "s"),
        hoeyst("S8", "resident when ready, demo data", neste[1], 75, "MB"),
        hoeyst("S8", f"ready, {stor:,} stored", full[0], 1.5, "s"),
        hoeyst("S8", f"resident when ready, {stor:,} stored", full[1], 150, "MB"),
    )


def _start(benk: Benk, navn: str, lag: Callable[[], Path], fnr: str) -> tuple[float, float]:
    """(seconds, MB) when ready."""
    tider, minne, brukt = [], [], []
    for _ in range(benk.omfang.starter):
        with Tjeneste(lag()) as tjeneste:
            tider.append(tjeneste.klar_s)
            minne.append(tjeneste.minne_mb()[0])
            token = tjeneste.bruker_token(fnr)
            for _ in range(20):
                tjeneste.post(asking.BRUKER, asking.bjella(), token)
            brukt.append(tjeneste.minne_mb())
    spenn = f"{min(tider):.2f}–{max(tider):.2f}"
    alt, fil = (statistics.median(tall) for tall in zip(*brukt, strict=True))
    print(
        f"{navn:46}{statistics.median(tider):9.2f}{spenn:>12}{statistics.median(minne):7.0f}{alt:8.0f}"
        + (f"  ({fil:.0f} MB of it mapped pages of the file)" if fil > 1 else "")
    )
    return statistics.median(tider), statistics.median(minne)


def whoami(benk: Benk) -> None:
    """The thinnest GraphQL request there is."""
    tjeneste, innhold = benk.tjeneste(benk.omfang.midt), {"query": asking.WHOAMI}
    maalinger = []
    for n in (1, 16, 64):
        maalinger += [benk.gulvet(n), bruker("whoami", tjeneste, fill.TOLV, innhold, b'{"data":{"whoami":', n)]
    benk.maal(maalinger)
    table.gjennomstroemning(maalinger)


def bjella(benk: Benk) -> None:
    """The bell as the widget asks for it, each answer made anew, beside what Node makes of the same document."""
    tjeneste = benk.tjeneste(benk.omfang.midt)
    ti, to_hundre = benk.apollo_med_konstanter(fill.TOLV, 10), benk.apollo_med_konstanter(fill.ALLTID_200, 200)
    mock = benk.peer("mocks.mjs", str(fill.ROOT / "server/bruker.graphql"))
    maalinger, dommer = [], list[Callable[[], Dom]]()
    for n in (1, 16, 64):
        f, tolv, alle = benk.gulvet(n), bell(tjeneste, fill.TOLV, n), bell(tjeneste, fill.ALLTID_200, n)
        maalinger += [f, tolv, alle]
        if n > 1:
            dommer.append(partial(_minst, "S2", tolv, f, 0.4))
        if mock and ti and to_hundre:
            peers = [
                peers_bell(BRUKERMOCK, mock, n),
                peers_bell("Apollo Server 5, 10 constants", ti, n),
                peers_bell("Apollo Server 5, 200 constants", to_hundre, n),
            ]
            maalinger += peers
            if n > 1:
                dommer += [partial(_minst, "S2", tolv, peers[0], 1.4), partial(_minst, "S2", tolv, peers[1], 1.0)]
            if n == 16:
                dommer.append(partial(_minst, "S1", alle, peers[2], 4))
    benk.maal(maalinger)
    table.gjennomstroemning(maalinger)
    benk.doem(*sorted(dom() for dom in dommer))


def _minst(nummer: str, maaling: Maaling, til: Maaling, grense: float) -> Dom:
    """The verdict, when both have been measured."""
    hva = f"{maaling.navn}, {maaling.forbindelser} connections, to {til.navn}"
    return minst(nummer, hva, forhold(maaling, til), grense, f"(by CPU × {til.cpu_us / maaling.cpu_us:.2f})")


def igjen(benk: Benk) -> None:
    """The bell again and again, which the service may answer with what it kept; also while others are written to."""
    if not process.KAN_HUSKE_SVAR:
        print("This service keeps no answers.\n")
    with benk.skrivbar() as tjeneste:
        maalinger, dommer = [], list[Callable[[], Dom]]()
        for n in (16, 64):
            f = benk.gulvet(n)
            maalinger.append(f)
            for person in (fill.TOLV, fill.ALLTID_200):
                i_fred, skrives = bell(tjeneste, person, n), bell(tjeneste, person, n)
                skrives.navn += ", written to"
                skrives.samtidig = partial(en_skriver, tjeneste)
                maalinger += [i_fred, skrives]
                dommer += [partial(_minst, "S3", maaling, f, 0.8) for maaling in (i_fred, skrives)]
        benk.maal(maalinger)
    table.gjennomstroemning(maalinger)
    benk.doem(*(dom() for dom in dommer))


def vekst(benk: Benk) -> None:
    """How the bell grows with what is stored: one caller at a time."""
    stoerrelser = benk.omfang.stoerrelser
    rader = {person: [bell(benk.tjeneste(antall), person, 1) for antall in stoerrelser] for person in fill.PERSONER}
    _vekst(benk, {f"bell, {person.navn}": rad for person, rad in rader.items()})
    spenn = f"p50 at {stoerrelser[-1]:,} to p50 at {stoerrelser[0]:,}"
    benk.doem(
        *(
            hoeyst("S6", f"bell, {person.navn}, {spenn}", rader[person][-1].ms(0.5) / rader[person][0].ms(0.5), 2, "×")
            for person in (fill.EN, fill.FEMTI)
        ),
        hoeyst("S6", f"bell, {fill.TUSEN.navn}, p50 at {stoerrelser[-1]:,}", rader[fill.TUSEN][-1].ms(0.5), 10, "ms"),
    )


def saker(benk: Benk) -> None:
    """A page of saksoversikten with all its counts, one caller at a time."""
    soek: dict[str, dict[str, Any]] = {
        "all": {},
        "filtered": {"sakstyper": fill.MERKELAPPER[:3], "oppgaveFilter": ["TILSTAND_NY"]},
        "searched": {"tekstsoek": "dialogmøte havgap"},
    }
    stoerrelser = benk.omfang.stoerrelser
    rader = {
        (person, navn): [saksoversikten(benk.tjeneste(antall), person, 1, **filtre) for antall in stoerrelser]
        for person in (fill.EN, fill.FEMTI, fill.TUSEN)
        for navn, filtre in soek.items()
    }
    _vekst(benk, {f"saker {navn}, {person.navn}": rad for (person, navn), rad in rader.items()})
    benk.doem(
        *(
            hoeyst(
                "S7",
                f"saker, {person.navn}, p50 of the slowest at {stoerrelser[-1]:,}",
                max(rader[person, navn][-1].ms(0.5) for navn in soek),
                grense,
                "ms",
            )
            for person, grense in ((fill.FEMTI, 5), (fill.TUSEN, 40))
        )
    )


def saksoversikten(tjeneste: Tjeneste, person: fill.Person, forbindelser: int, **filtre: Any) -> Maaling:
    innhold = asking.saker(person, **filtre)
    if not tjeneste.post(asking.BRUKER, innhold, tjeneste.bruker_token(person.fnr))["data"]["saker"]["saker"]:
        raise RuntimeError(f"there are no saker for {person.navn}, {filtre}")
    return bruker(f"saker, {person.navn}", tjeneste, person, innhold, b'{"data":{"saker":{', forbindelser)


def _vekst(benk: Benk, rader: dict[str, list[Maaling]]) -> None:
    maal([maaling for rad in rader.values() for maaling in rad], benk.omfang.runder, benk.omfang.sekunder / 2)
    table.vekst(rader, benk.omfang.stoerrelser)


def nybeskjed(benk: Benk) -> None:
    """nyBeskjed with ids that are new, answered when it is on the disk; the peers store nothing on any."""
    sdl = str(fill.ROOT / "server/produsent.graphql")
    apollo, uten_token = benk.peer("apollo.mjs", "produsent", sdl), asking.nye_beskjeder("", sti="/")
    with benk.skrivbar() as tjeneste:
        nye = asking.nye_beskjeder(tjeneste.produsent_token())
        maalinger, dommer = [], list[Callable[[], Dom]]()
        for n in (1, 16, 64):
            vaar = ny_beskjed("nyBeskjed", tjeneste, nye, n)
            maalinger += [benk.gulvet(n), vaar]
            mock = benk.peer(
                "mocks.mjs", sdl
            )  # a new one: it keeps all that it has answered, and gets slower with that
            if mock and apollo:
                peers = [
                    ny_beskjed(FAKE, mock, uten_token, n),
                    ny_beskjed("Apollo Server 5 into a Map", apollo, uten_token, n),
                ]
                maalinger += peers
                if n > 1:
                    dommer += [partial(_minst, "S4", vaar, peers[0], 8), partial(_minst, "S4", vaar, peers[1], 1.0)]
        benk.maal(maalinger)
    table.gjennomstroemning(maalinger)
    benk.doem(*(dom() for dom in dommer))


def disk(benk: Benk) -> None:
    """nyBeskjed on a disk that takes its time, over 64 connections: sharing commits against one for each."""
    with contextlib.ExitStack() as slutt:
        par = []
        for ms in (2, 8):
            maalinger = []
            for navn, valg in (("one transaction each", [HVER_FOR_SEG]), ("as it is", [])):
                tjeneste = slutt.enter_context(benk.skrivbar(*TREG_DISK, str(ms), *valg))
                nye = asking.nye_beskjeder(tjeneste.produsent_token())
                maalinger.append(ny_beskjed(f"nyBeskjed, fsync + {ms} ms, {navn}", tjeneste, nye, 64))
            par.append(maalinger)
        benk.maal([maaling for maalinger in par for maaling in maalinger])
    table.gjennomstroemning([maaling for maalinger in par for maaling in maalinger])
    en, delt = par[-1]
    benk.doem(minst("S5", "nyBeskjed, fsync + 8 ms, 64 connections, to one transaction each", forhold(delt, en), 10))
