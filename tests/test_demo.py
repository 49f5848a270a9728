"""What the demo promises about each person, that it is filled once, and that emptying forgets no table."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from produsent import ny_beskjed
from tjeneste import BAKERIET, DAGNY, NILS, REGINE, ROOT, ULLA, Tjeneste, kjoerende

from server import demo, tid
from server.database import Database

ALF = "30829033445"
BESTAAR = {"hemmelighet", "bryter", "oekt"}  # what /dev/nullstill keeps

NAA = "2026-11-18T14:30"  # a Wednesday

BJELLA = """{ notifikasjoner { feilAltinn notifikasjoner {
    __typename
    ... on Beskjed { merkelapp tekst lenke sorteringTidspunkt virksomhet { virksomhetsnummer navn } }
    ... on Oppgave { merkelapp tekst lenke sorteringTidspunkt tilstand frist paaminnelseTidspunkt
                     virksomhet { virksomhetsnummer navn } }
    ... on Kalenderavtale { merkelapp tekst lenke sorteringTidspunkt avtaletilstand startTidspunkt digitalt
                            lokasjon { adresse } virksomhet { virksomhetsnummer navn } }
} } }"""
SAKER = """query ($virksomhetsnumre: [String!]) { saker(virksomhetsnumre: $virksomhetsnumre limit: 1000) {
    feilAltinn totaltAntallSaker oppgaveFilterInfo { filterType antall }
    saker { tittel merkelapp lenke nesteSteg tilleggsinformasjon sisteStatus { type tekst tidspunkt }
            virksomhet { virksomhetsnummer navn } tidslinje { __typename } }
} }"""


@pytest.fixture(scope="module")
def demoen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tjeneste]:
    """As after `make start` on a Wednesday afternoon. Only to be looked at."""
    with fylt(tmp_path_factory.mktemp("demo") / "demo.db", NAA) as tjeneste:
        yield tjeneste


def fylt(database: Path, naa: str) -> Any:
    """A process that begins with demo data at that time in Oslo."""
    db = Database(database, ROOT / "schema.sql")
    with db.write() as skriver:
        skriver.execute("INSERT INTO bryter VALUES ('klokke', ?)", (tid.parse_tidspunkt(naa),))
    db.close()
    return kjoerende(database, demodata=True)


def bjella(tjeneste: Tjeneste, fnr: str) -> tuple[list[dict[str, Any]], bool]:
    svar = tjeneste.bruker(fnr, BJELLA)["notifikasjoner"]
    return svar["notifikasjoner"], svar["feilAltinn"]


def saksoversikten(tjeneste: Tjeneste, fnr: str, *virksomhetsnumre: str) -> dict[str, Any]:
    svar: dict[str, Any] = tjeneste.bruker(fnr, SAKER, {"virksomhetsnumre": virksomhetsnumre or [BAKERIET]})["saker"]
    return svar


def antall(tjeneste: Tjeneste) -> dict[str, int]:
    """How many rows each table has that is emptied."""
    return {tabell: tjeneste.rader(f"SELECT count(*) FROM {tabell}")[0][0] for tabell in demo.TABELLER}


def altinn_svar(tjeneste: Tjeneste, fnr: str) -> dict[str, Any]:
    svar: dict[str, Any] = orjson.loads(tjeneste.rader("SELECT svar FROM altinn_svar WHERE fnr = ?", fnr)[0][0])
    return svar


# ── What each person sees ──


def test_daglig_leder_sees_a_dozen_saker_of_several_producers_in_one_virksomhet(demoen: Tjeneste) -> None:
    svar = saksoversikten(demoen, DAGNY)

    assert 10 <= svar["totaltAntallSaker"] <= 20
    assert svar["feilAltinn"] is False
    assert {sak["virksomhet"]["virksomhetsnummer"] for sak in svar["saker"]} == {BAKERIET}
    assert {sak["virksomhet"]["navn"] for sak in svar["saker"]} == {"BAKERIET AVD TORGET"}
    assert len({sak["merkelapp"] for sak in svar["saker"]}) >= 8
    assert {sak["sisteStatus"]["type"] for sak in svar["saker"]} == {"MOTTATT", "UNDER_BEHANDLING", "FERDIG"}
    assert any(sak["nesteSteg"] for sak in svar["saker"])
    assert any(sak["tilleggsinformasjon"] for sak in svar["saker"])
    assert {info["filterType"] for info in svar["oppgaveFilterInfo"]} == {
        "TILSTAND_NY",
        "TILSTAND_UTFOERT",
        "TILSTAND_UTGAATT",
        "TILSTAND_NY_MED_PAAMINNELSE_UTLOEST",
    }
    assert len(demoen.rader("SELECT DISTINCT produsent_id FROM sak WHERE virksomhetsnummer = ?", BAKERIET)) >= 8


def test_daglig_leder_has_notifikasjoner_of_all_kinds_and_states(demoen: Tjeneste) -> None:
    notifikasjoner, feil_altinn = bjella(demoen, DAGNY)

    assert feil_altinn is False
    assert {(n["__typename"], n.get("tilstand") or n.get("avtaletilstand")) for n in notifikasjoner} == {
        ("Beskjed", None),
        ("Oppgave", "NY"),
        ("Oppgave", "UTFOERT"),
        ("Oppgave", "UTGAATT"),
        ("Kalenderavtale", "VENTER_SVAR_FRA_ARBEIDSGIVER"),
        ("Kalenderavtale", "ARBEIDSGIVER_HAR_GODTATT"),
        ("Kalenderavtale", "AVLYST"),
        ("Kalenderavtale", "AVHOLDT"),
    }
    nye = [n for n in notifikasjoner if n.get("tilstand") == "NY"]
    assert all(n["frist"] >= NAA[:10] for n in nye)
    assert any(n["paaminnelseTidspunkt"] for n in nye)
    avtaler = [n for n in notifikasjoner if n["__typename"] == "Kalenderavtale"]
    for avtale in avtaler:
        kommer = avtale["avtaletilstand"] not in ("AVLYST", "AVHOLDT")
        assert (avtale["startTidspunkt"] > NAA) is kommer
    assert any(n["digitalt"] for n in avtaler) and any(n["lokasjon"] for n in avtaler)
    dager = {n["sorteringTidspunkt"][:10] for n in notifikasjoner}
    assert {"2026-11-18", "2026-11-17"} <= dager
    assert min(dager) >= "2026-10-09"


def test_bell_of_daglig_leder_counts_only_what_came_lately(demoen: Tjeneste) -> None:
    notifikasjoner, _ = bjella(demoen, DAGNY)
    sist_lest = demoen.bruker(DAGNY, "{ notifikasjonerSistLest { ... on NotifikasjonerSistLest { tidspunkt } } }")

    tidspunkt = sist_lest["notifikasjonerSistLest"]["tidspunkt"]
    assert 0 < len([n for n in notifikasjoner if n["sorteringTidspunkt"] > tidspunkt]) < len(notifikasjoner) / 2


def test_naermeste_leder_sees_what_concerns_the_two_employees(demoen: Tjeneste) -> None:
    notifikasjoner, feil_altinn = bjella(demoen, NILS)
    svar = saksoversikten(demoen, NILS)

    assert feil_altinn is False
    assert {n["__typename"] for n in notifikasjoner} == {"Beskjed", "Oppgave", "Kalenderavtale"}
    assert {n["merkelapp"] for n in notifikasjoner} == {"Dialogmøte", "Oppfølging"}
    assert svar["totaltAntallSaker"] == 3
    assert len(demoen.rader("SELECT DISTINCT ansatt_fnr FROM naermeste_leder WHERE leder_fnr = ?", NILS)) == 2
    assert demoen.rader("SELECT * FROM altinn_svar WHERE fnr = ?", NILS) == []


def test_regnskapsfoerer_reaches_saker_in_a_hundred_virksomheter(demoen: Tjeneste) -> None:
    hierarki = altinn_svar(demoen, REGINE)["hierarki"]
    navn = {under["orgnr"]: under["navn"] for over in hierarki for under in over["underenheter"]}
    svar = saksoversikten(demoen, REGINE, *navn)

    assert len(navn) == 100
    assert BAKERIET in navn
    assert {sak["virksomhet"]["virksomhetsnummer"]: sak["virksomhet"]["navn"] for sak in svar["saker"]} == navn
    assert svar["feilAltinn"] is False
    assert len(bjella(demoen, REGINE)[0]) == 200
    assert demoen.rader("SELECT count(*) FROM notifikasjon")[0][0] <= 300


def test_person_without_access_sees_nothing(demoen: Tjeneste) -> None:
    svar = saksoversikten(demoen, ULLA)

    assert bjella(demoen, ULLA) == ([], False)
    assert (svar["saker"], svar["feilAltinn"]) == ([], False)


def test_person_whose_altinn_fails_is_told_so(demoen: Tjeneste) -> None:
    svar = saksoversikten(demoen, ALF)

    assert bjella(demoen, ALF) == ([], True)
    assert (svar["saker"], svar["feilAltinn"]) == ([], True)


# ── Believable ──


@pytest.mark.parametrize("naa", ["2026-03-29T00:00:30", "2028-02-29T23:59:59", "2026-10-25T02:30", "2027-01-02T07:00"])
def test_demo_data_is_right_at_any_hour(tmp_path: Path, naa: str) -> None:
    """At midnight, in both nights that summer time changes, on a leap day, in a weekend."""
    with fylt(tmp_path / "demo.db", naa) as tjeneste:
        tjeneste.utvikling("POST", "/dev/jobber")
        now = tid.parse_tidspunkt(naa)
        for tabell, kolonne in (
            ("sak", "sist_endret_tidspunkt"),
            ("sak_status", "mottatt_tidspunkt"),
            ("mottaker", "sortering"),
            ("hendelse", "tidspunkt"),
        ):
            nyeste = tjeneste.rader(f"SELECT max({kolonne}) FROM {tabell}")[0][0]
            assert nyeste <= now
            assert tid.oslo_dato(nyeste) == naa[:10]
        tider = [t for (t,) in tjeneste.rader("SELECT tidspunkt FROM hendelse ORDER BY nr")]
        assert tider == sorted(tider)
        tilstander = tjeneste.rader("SELECT DISTINCT tilstand FROM notifikasjon WHERE type = 'Oppgave' ORDER BY 1")
        assert tilstander == [("NY",), ("UTFOERT",), ("UTGAATT",)]
        avtaler = tjeneste.rader("SELECT start_tidspunkt, tilstand FROM notifikasjon WHERE type = 'Kalenderavtale'")
        for start, tilstand in avtaler:
            assert tilstand in ("AVLYST", "AVHOLDT") or start > now


def test_links_lead_to_example_addresses(demoen: Tjeneste) -> None:
    lenker = [lenke for (lenke,) in demoen.rader("SELECT lenke FROM sak UNION ALL SELECT lenke FROM notifikasjon")]
    assert all(re.match(r"https://([a-z]+\.)?eksempel\.no/", lenke) for lenke in lenker)


def test_every_national_id_is_synthetic(demoen: Tjeneste) -> None:
    """In whichever table and column, also inside JSON: the month has 80 added."""
    funnet = set()
    for (tabell,) in demoen.rader("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"):
        for rad in demoen.rader(f"SELECT * FROM {tabell}"):
            funnet |= {fnr for verdi in rad if isinstance(verdi, str) for fnr in re.findall(r"\b[0-9]{11}\b", verdi)}

    assert {DAGNY, NILS, REGINE, ALF} < funnet
    assert all(81 <= int(fnr[2:4]) <= 92 for fnr in funnet)


def test_altinn_answers_agree_with_themselves(demoen: Tjeneste) -> None:
    for fnr in (DAGNY, REGINE):
        svar = altinn_svar(demoen, fnr)
        av_tilgang: dict[str, list[str]] = {}
        for overenhet in svar["hierarki"]:
            assert (overenhet["organisasjonsform"], overenhet["altinn2Tilganger"], overenhet["altinn3Tilganger"]) == (
                "AS",
                [],
                [],
            )
            for underenhet in overenhet["underenheter"]:
                assert (underenhet["organisasjonsform"], underenhet["underenheter"]) == ("BEDR", [])
                assert underenhet["altinn2Tilganger"] == ["4936:1"]
                tilganger = underenhet["altinn2Tilganger"] + underenhet["altinn3Tilganger"]
                assert svar["orgNrTilTilganger"][underenhet["orgnr"]] == tilganger
                for tilgang in tilganger:
                    av_tilgang.setdefault(tilgang, []).append(underenhet["orgnr"])
        assert svar["tilgangTilOrgNr"] == av_tilgang


def test_virksomheter_have_names_of_their_own_and_valid_numbers(demoen: Tjeneste) -> None:
    virksomheter = demoen.rader("SELECT virksomhetsnummer, navn FROM virksomhet")

    assert len({navn for _, navn in virksomheter}) == len(virksomheter) >= 120
    for nummer, _ in virksomheter:
        vektet = sum(int(siffer) * vekt for siffer, vekt in zip(nummer, (3, 2, 7, 6, 5, 4, 3, 2, 1), strict=True))
        assert vektet % 11 == 0
        assert nummer[0] == "3" or nummer in (BAKERIET, demo.BAKERIETS_OVERENHET)


def test_nothing_waits_to_be_sent(demoen: Tjeneste) -> None:
    assert demoen.rader("SELECT count(*) FROM eksternt_varsel") == [(0,)]


# ── Once ──


def test_restart_adds_nothing(tmp_path: Path) -> None:
    with fylt(tmp_path / "demo.db", NAA) as tjeneste:
        tjeneste.utvikling("POST", "/dev/jobber")
        foer = antall(tjeneste)
    with kjoerende(tmp_path / "demo.db", demodata=True) as tjeneste:
        assert antall(tjeneste) == foer


def test_what_nullstill_has_emptied_stays_empty(tmp_path: Path) -> None:
    with fylt(tmp_path / "demo.db", NAA) as tjeneste:
        tjeneste.utvikling("POST", "/dev/nullstill")
        assert set(antall(tjeneste).values()) == {0}
        assert bjella(tjeneste, DAGNY) == ([], False)
        assert bjella(tjeneste, ALF) == ([], False)
    with kjoerende(tmp_path / "demo.db", demodata=True) as tjeneste:
        assert set(antall(tjeneste).values()) == {0}


def test_database_with_data_of_its_own_is_left_alone(tmp_path: Path) -> None:
    with kjoerende(tmp_path / "demo.db") as tjeneste:
        ny_beskjed(tjeneste)
        foer = antall(tjeneste)
    with kjoerende(tmp_path / "demo.db", demodata=True) as tjeneste:
        assert antall(tjeneste) == foer


@pytest.mark.parametrize(
    ("innhold", "saker", "personer"),
    [
        ("", 0, 0),
        (f'[[person]]\nfnr = "{REGINE}"\nnavn = "Regine Regnskap"\n', 0, 1),
        (
            f"""
            [[person]]
            fnr = "{DAGNY}"
            navn = "Dagny Leder"
            [[produsent]]
            id = "fager"
            applikasjoner = ["dev-gcp:fager:test"]
            merkelapper = ["Inntektsmelding sykepenger", "Dialogmøte"]
            tjenester = ["4936:1"]
            """,
            1,
            1,
        ),
    ],
    ids=["nobody", "no producers", "one producer"],
)
def test_what_the_settings_lack_is_left_out(tmp_path: Path, innhold: str, saker: int, personer: int) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f"[utvikling]\naktiv = true\n{innhold}", encoding="utf-8")
    with kjoerende(tmp_path / "demo.db", config=config) as tjeneste:
        assert tjeneste.rader("SELECT count(*) FROM sak") == [(saker,)]
        assert tjeneste.rader("SELECT count(*) FROM altinn_svar") == [(personer,)]


def test_altinn2_is_left_out_where_it_is_refused(tmp_path: Path) -> None:
    innhold = (ROOT / "config.toml").read_text(encoding="utf-8").replace('altinn2 = "godta"', 'altinn2 = "avvis"')
    config = tmp_path / "config.toml"
    config.write_text(innhold, encoding="utf-8")
    with kjoerende(tmp_path / "demo.db", config=config) as tjeneste:
        assert tjeneste.rader("SELECT count(*) > 100, max(noekkel LIKE '[\"S\",%') FROM tilgang") == [(1, 0)]


# ── Emptying ──


def test_emptying_forgets_no_table(tjeneste: Tjeneste) -> None:
    tabeller = tjeneste.rader("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    assert sorted(demo.TABELLER) == sorted({navn for (navn,) in tabeller} - BESTAAR)


def test_number_of_an_access_key_is_not_used_again(tjeneste: Tjeneste) -> None:
    ny_beskjed(tjeneste)
    ((foer,),) = tjeneste.rader("SELECT max(tilgang_nr) FROM tilgang")
    tjeneste.utvikling("POST", "/dev/nullstill")
    ny_beskjed(tjeneste)
    assert tjeneste.rader("SELECT min(tilgang_nr) > ? FROM tilgang", foer) == [(1,)]
