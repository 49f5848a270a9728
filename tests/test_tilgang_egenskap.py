"""Whatever the access and whatever the mottakere: each query shows a person all that they may see, and nothing else.

The model below is the rule; the service is asked over HTTP. Requests are put together, so that there are few of them.
"""

import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tjeneste import ANNE, BAKERIET, DAGNY, FAGER, FISKERIET, NILS, TILTAK, ULLA, Tjeneste, altinn_svar

VIRKSOMHETER = [BAKERIET, FISKERIET, "810825607"]
PERSONER = [DAGNY, NILS, ULLA]
ANSATTE = [ANNE, ULLA]
RELASJONER = [f"{nr}1111111-1111-4111-8111-111111111111" for nr in range(3)]
PRODUSENTER = {"fager": FAGER, "fager2": FAGER, "Mentor": TILTAK}
RETTIGHETER = ["test-fager", "4936:1", "nav_tiltak_mentor", "nav_tiltak_sommerjobb"]
LEDERE = [(leder, ansatt) for leder in (DAGNY, NILS) for ansatt in ANSATTE]
START = "2030-06-03T10:00Z"

Mottaker = str | tuple[str, str]  # a right in Altinn, or (leder, ansatt)


# ── The model ──


@dataclass(frozen=True)
class Ting:
    type: str  # Sak, Beskjed, Oppgave, Kalenderavtale
    merkelapp: str
    grupperingsid: str
    virksomhet: str
    mottakere: tuple[Mottaker, ...]
    id: str = ""


@dataclass
class Modell:
    altinn: dict[str, dict[str, set[str]]] = field(default_factory=dict)  # person -> virksomhet -> rights
    feil: dict[str, str] = field(default_factory=dict)  # person -> "", "delvis" or "ugyldig"
    relasjoner: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # id -> leder, ansatt, virksomhet
    ting: list[Ting] = field(default_factory=list)

    def ser(self, person: str, ting: Ting) -> bool:
        rettigheter = self.altinn.get(person, {}).get(ting.virksomhet, set())
        if self.feil.get(person) == "ugyldig":
            rettigheter = set()
        return any(
            m in rettigheter
            if isinstance(m, str)
            else m[0] == person and (*m, ting.virksomhet) in self.relasjoner.values()
            for m in ting.mottakere
        )

    def synlig(self, person: str, type: str = "", virksomheter: list[str] = VIRKSOMHETER) -> list[Ting]:
        return [
            t
            for t in self.ting
            if (t.type == type or (type == "notifikasjon" and t.type != "Sak"))
            and t.virksomhet in virksomheter
            and self.ser(person, t)
        ]

    def i_saken(self, sak: Ting) -> list[Ting]:
        noekkel = (sak.merkelapp, sak.grupperingsid)
        return [t for t in self.ting if t.type != "Sak" and (t.merkelapp, t.grupperingsid) == noekkel]


# ── What may happen ──

rettigheter = st.dictionaries(
    st.sampled_from(VIRKSOMHETER), st.sets(st.sampled_from(RETTIGHETER), min_size=1, max_size=3), min_size=1
)
altinn = st.tuples(
    st.just("altinn"),
    st.sampled_from(PERSONER),
    rettigheter,
    st.sampled_from(["", "", "", "delvis", "ugyldig"]),
    st.booleans(),
)
relasjon = st.tuples(
    st.just("relasjon"),
    st.sampled_from(RELASJONER),
    st.sampled_from([*LEDERE, *LEDERE, None]),
    st.sampled_from(VIRKSOMHETER),
)
# Unlike virksomheter and mottakere in one sak are wanted, so that seeing the one does not imply the other.
ting = st.builds(
    Ting,
    type=st.sampled_from(["Sak", "Sak", "Beskjed", "Oppgave", "Kalenderavtale"]),
    merkelapp=st.sampled_from(sorted(PRODUSENTER)),
    grupperingsid=st.sampled_from(["sak-1", "sak-2", "sak-3"]),
    virksomhet=st.sampled_from(VIRKSOMHETER),
    mottakere=st.lists(st.sampled_from([*RETTIGHETER[:2], *LEDERE]), min_size=1, max_size=3, unique=True).map(tuple),
)
slett = st.tuples(st.just("slett"), st.integers(0, 9))
begynnelse = st.tuples(
    st.lists(ting, min_size=4, max_size=8), st.lists(altinn, min_size=2, max_size=4), st.lists(relasjon, min_size=1)
).flatmap(lambda deler: st.permutations([hendelse for del_ in deler for hendelse in del_]))
fortsettelse = st.lists(st.one_of(ting, ting, ting, altinn, relasjon, slett), min_size=3, max_size=8)


# ── To the service, and to the model ──


def skje(tjeneste: Tjeneste, modell: Modell, skjedd: list[Any]) -> None:
    for nr, hendelse in enumerate(skjedd):
        match hendelse:
            case Ting():
                ny = _lag(tjeneste, hendelse, f"{len(modell.ting)}-{nr}")
                if ny and ny.id not in [t.id for t in modell.ting]:  # the same sak again, its mottakere in any order
                    modell.ting.append(ny)
            case ("altinn", person, av_virksomhet, feil, under):
                modell.altinn[person], modell.feil[person] = av_virksomhet, feil
                tjeneste.utvikling("PUT", f"/dev/tilganger/{person}", _altinn(av_virksomhet, feil, under))
            case ("relasjon", relasjon_id, par, virksomhet):
                modell.relasjoner.pop(relasjon_id, None)
                leder, ansatt = par or LEDERE[0]
                if par:
                    modell.relasjoner[relasjon_id] = (leder, ansatt, virksomhet)
                tjeneste.naermeste_leder(
                    id=relasjon_id,
                    leder=leder,
                    ansatt=ansatt,
                    virksomhetsnummer=virksomhet,
                    aktiv_tom=None if par else "2029-01-01",
                )
            case ("slett", nummer) if modell.ting:
                _slett(tjeneste, modell, modell.ting[nummer % len(modell.ting)])


def _altinn(av_virksomhet: dict[str, set[str]], feil: str, under: bool) -> dict[str, Any]:
    """Beside each other, or each under the one before."""
    enheter = [altinn_svar(v, ressurser=tuple(r))["hierarki"][0] for v, r in av_virksomhet.items()]
    if under and enheter:
        for over, enhet in pairwise(enheter):
            over["underenheter"].append(enhet)
        enheter = enheter[:1]
    return {"isError": feil == "delvis", "hierarki": enheter} if feil != "ugyldig" else {"isError": False}


def _mottaker(mottaker: Mottaker) -> str:
    if isinstance(mottaker, tuple):
        return f'{{naermesteLeder: {{naermesteLederFnr: "{mottaker[0]}" ansattFnr: "{mottaker[1]}"}}}}'
    if ":" in mottaker:
        return '{altinn: {serviceCode: "4936" serviceEdition: "1"}}'
    return f'{{altinnRessurs: {{ressursId: "{mottaker}"}}}}'


def _lag(tjeneste: Tjeneste, ting: Ting, ekstern_id: str) -> Ting | None:
    """None if the producer is refused: the coordinate is used, or the sak does not have these mottakere."""
    if ting.merkelapp == "Mentor":  # of a producer that may address other things
        mottakere: tuple[Mottaker, ...] = tuple(RETTIGHETER[2:][: len(ting.mottakere)])
        ting = Ting(ting.type, ting.merkelapp, ting.grupperingsid, ting.virksomhet, mottakere)
    til = f"mottakere: [{' '.join(map(_mottaker, ting.mottakere))}]"
    sted = f'grupperingsid: "{ting.grupperingsid}" virksomhetsnummer: "{ting.virksomhet}"'
    if ting.type == "Sak":
        argumenter = f'{sted} {til} merkelapp: "{ting.merkelapp}" tittel: "Sak" initiellStatus: MOTTATT'
    elif ting.type == "Kalenderavtale":
        argumenter = f'{sted} {til} merkelapp: "{ting.merkelapp}" eksternId: "{ekstern_id}" startTidspunkt: "{START}"'
        argumenter += ' tekst: "Avtale" lenke: ""'
    else:
        argumenter = f'ny{ting.type}: {{ {til} metadata: {{ {sted} eksternId: "{ekstern_id}" }}'
        argumenter += f' notifikasjon: {{ merkelapp: "{ting.merkelapp}" tekst: "Tekst" lenke: "" }} }}'
    svar = tjeneste.produsent(
        f"mutation {{ ny: ny{ting.type}({argumenter}) {{ __typename ... on Ny{ting.type}Vellykket {{ id }} }} }}",
        applikasjon=PRODUSENTER[ting.merkelapp],
    )["ny"]
    if "id" not in svar:
        return None
    return Ting(ting.type, ting.merkelapp, ting.grupperingsid, ting.virksomhet, ting.mottakere, svar["id"])


def _slett(tjeneste: Tjeneste, modell: Modell, ting: Ting) -> None:
    felt = "hardDeleteSak" if ting.type == "Sak" else "hardDeleteNotifikasjon"
    tjeneste.produsent(
        f'mutation {{ {felt}(id: "{ting.id}") {{ ... on Error {{ feilmelding }} }} }}',
        applikasjon=PRODUSENTER[ting.merkelapp],
    )
    borte = {ting, *(modell.i_saken(ting) if ting.type == "Sak" else [])}
    modell.ting = [t for t in modell.ting if t not in borte]


# ── The two compared ──

BJELLE = "notifikasjoner { ... on Beskjed { id } ... on Oppgave { id } ... on Kalenderavtale { id } }"
TIDSLINJE = "tidslinje { ... on BeskjedTidslinjeElement { id } ... on OppgaveTidslinjeElement { id }"
TIDSLINJE += " ... on KalenderavtaleTidslinjeElement { id } }"
SAKER = f"saker {{ id {TIDSLINJE} }} totaltAntallSaker sakstyper {{ navn antall }}"
SAKER += " oppgaveTilstandInfo { tilstand antall } feilAltinn"
UTVALG = [VIRKSOMHETER, VIRKSOMHETER[:1], VIRKSOMHETER[1:], []]


def sammenlign(tjeneste: Tjeneste, modell: Modell, person: str, alle: list[Ting]) -> None:
    """`alle` are the things that are, or have been."""
    felter = [f"notifikasjoner {{ {BJELLE} feilAltinn }} sakstyper {{ navn }}"]
    for nr, virksomheter in enumerate(UTVALG):
        liste = json.dumps(virksomheter)
        felter.append(f"k{nr}: kommendeKalenderavtaler(virksomhetsnumre: {liste}) {{ avtaler {{ id }} feilAltinn }}")
        felter.append(f"s{nr}: saker(virksomhetsnumre: {liste} limit: 100) {{ {SAKER} }}")
    svar = tjeneste.bruker(person, f"{{ {' '.join(felter)} }}")
    feil = bool(modell.feil.get(person))

    synlige = modell.synlig(person, "notifikasjon")
    sett = [n["id"] for n in svar["notifikasjoner"]["notifikasjoner"]]
    assert sorted(sett) == sorted(t.id for t in synlige)
    assert svar["notifikasjoner"]["feilAltinn"] is feil
    assert [s["navn"] for s in svar["sakstyper"]] == sorted({t.merkelapp for t in modell.synlig(person, "Sak")})
    for nr, virksomheter in enumerate(UTVALG):
        avtaler, saker = svar[f"k{nr}"], svar[f"s{nr}"]
        synlige = modell.synlig(person, "Kalenderavtale", virksomheter)
        assert sorted(a["id"] for a in avtaler["avtaler"]) == sorted(t.id for t in synlige)
        synlige = modell.synlig(person, "Sak", virksomheter)
        assert {s["id"]: sorted(e["id"] for e in s["tidslinje"]) for s in saker["saker"]} == {
            sak.id: sorted(t.id for t in modell.i_saken(sak)) for sak in synlige
        }
        assert saker["totaltAntallSaker"] == len(saker["saker"]) == len(synlige)
        lapper = [sak.merkelapp for sak in synlige]
        assert saker["sakstyper"] == [{"navn": n, "antall": lapper.count(n)} for n in sorted(set(lapper))]
        nye = sum(any(t.type in ("Oppgave", "Kalenderavtale") for t in modell.i_saken(sak)) for sak in synlige)
        assert saker["oppgaveTilstandInfo"] == ([{"tilstand": "NY", "antall": nye}] if nye else [])
        assert (avtaler["feilAltinn"], saker["feilAltinn"]) == (feil, feil)

    oppslag, klikk = [], []
    for nr, ting in enumerate(alle):
        if ting.type == "Sak":
            sted = f'merkelapp: "{ting.merkelapp}" grupperingsid: "{ting.grupperingsid}"'
            oppslag.append(f'i{nr}: sakById(id: "{ting.id}") {{ sak {{ id }} feilAltinn }}')
            oppslag.append(f"g{nr}: sakByGrupperingsid({sted}) {{ sak {{ id }} feilAltinn }}")
        else:
            klikk.append(f'k{nr}: notifikasjonKlikketPaa(id: "{ting.id}") {{ __typename }}')
    funnet = tjeneste.bruker(person, f"{{ whoami {' '.join(oppslag)} }}")
    klikket = tjeneste.bruker(person, f"mutation {{ {' '.join(klikk)} }}") if klikk else {}
    for nr, ting in enumerate(alle):
        ser = ting in modell.ting and modell.ser(person, ting)
        if ting.type == "Sak":
            ventet = {"sak": {"id": ting.id} if ser else None, "feilAltinn": feil}
            assert funnet[f"i{nr}"] == funnet[f"g{nr}"] == ventet
        else:
            assert klikket[f"k{nr}"] == {"__typename": "BrukerKlikk" if ser else "UgyldigId"}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(foer=begynnelse, etter=fortsettelse)
def test_everybody_sees_what_they_may_and_nothing_else(tjeneste: Tjeneste, foer: list[Any], etter: list[Any]) -> None:
    tjeneste.utvikling("POST", "/dev/nullstill")
    tjeneste.klokke("2030-05-01T12:00Z")
    modell = Modell()
    alle: list[Ting] = []
    for skjedd in (foer, etter):  # people look in between: what is remembered of their access must not show
        skje(tjeneste, modell, skjedd)
        alle += [t for t in modell.ting if t not in alle]
        for person in PERSONER:
            sammenlign(tjeneste, modell, person, alle[-14:])
