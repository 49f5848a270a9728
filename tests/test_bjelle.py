"""The bell: what stands in it, in which order, clicks, and when it was last read. Who may see what: test_tilgang.py."""

import pytest
from bruker import bjella, bjella_svar, klikk, paaminnelse
from produsent import mutasjon, ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak
from tjeneste import ANNE, BAKERIET, DAGNY, NILS, ULLA, Tjeneste, leder

UKJENT_ID = "3f1c9c0e-5d0a-4b67-9f0e-2a1d6c8b7e54"


@pytest.fixture
def dagny(tjeneste: Tjeneste) -> str:
    """DAGNY, who may see what is addressed to BAKERIET."""
    tjeneste.tilgang(DAGNY, BAKERIET)
    return DAGNY


def ider(tjeneste: Tjeneste, fnr: str = DAGNY) -> list[str]:
    return [notifikasjon["id"] for notifikasjon in bjella(tjeneste, fnr)]


# ── What is shown ──


@pytest.mark.usefixtures("dagny")
def test_empty_bell(tjeneste: Tjeneste) -> None:
    assert bjella_svar(tjeneste) == {"notifikasjoner": [], "feilAltinn": False, "feilDigiSyfo": False}


@pytest.mark.usefixtures("dagny")
def test_beskjed_with_every_field(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-05-01T12:00Z")
    beskjed = ny_beskjed(
        tjeneste, tekst="Velkommen", lenke="https://eksempel.no/beskjed", opprettet="2030-04-01T08:00:00.5Z"
    )

    (vist,) = bjella(tjeneste)

    klikk_id = vist["brukerKlikk"].pop("id")
    assert klikk_id
    assert vist == {
        "__typename": "Beskjed",
        "id": beskjed["id"],
        "merkelapp": "fager",
        "tekst": "Velkommen",
        "lenke": "https://eksempel.no/beskjed",
        "opprettetTidspunkt": "2030-04-01T08:00:00.5Z",
        "sorteringTidspunkt": "2030-04-01T08:00:00.5Z",
        "brukerKlikk": {"klikketPaa": False},
        "virksomhet": {"virksomhetsnummer": BAKERIET, "navn": "BAKERIET AS"},
        "sak": None,
    }


@pytest.mark.usefixtures("dagny")
def test_oppgave_through_its_life(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-05-01T12:00Z")
    oppgave = ny_oppgave(tjeneste, frist="2030-05-20", paaminnelse=paaminnelse("2030-05-10T10:00"))

    def felter() -> tuple[str | None, ...]:
        (vist,) = bjella(tjeneste)
        tidspunkter = ("paaminnelseTidspunkt", "utgaattTidspunkt", "utfoertTidspunkt", "frist", "sorteringTidspunkt")
        assert vist["opprettetTidspunkt"] == "2030-05-01T12:00:00Z"
        return (vist["tilstand"], *(vist[navn] for navn in tidspunkter))

    opprettet, paaminnet = "2030-05-01T12:00:00Z", "2030-05-10T08:00:00Z"
    utgaatt, utfoert = "2030-05-20T21:59:59.999999Z", "2030-05-22T07:00:00Z"
    assert felter() == ("NY", None, None, None, "2030-05-20", opprettet)
    tjeneste.klokke("2030-05-11T12:00Z")
    assert felter() == ("NY", paaminnet, None, None, "2030-05-20", paaminnet)
    tjeneste.klokke("2030-05-21T00:00")
    assert felter() == ("UTGAATT", paaminnet, utgaatt, None, "2030-05-20", paaminnet)
    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{oppgave["id"]}" utfoertTidspunkt: "{utfoert}"')
    assert felter() == ("UTFOERT", paaminnet, utgaatt, utfoert, "2030-05-20", paaminnet)


@pytest.mark.usefixtures("dagny")
def test_later_frist_takes_expiry_and_paaminnelse_back(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-05-01T12:00Z")
    oppgave = ny_oppgave(tjeneste, frist="2030-05-20", paaminnelse=paaminnelse("2030-05-10T10:00"))
    klikk(tjeneste, oppgave["id"])
    tjeneste.klokke("2030-05-15T12:00Z")
    ny_beskjed(tjeneste, ekstern_id="nyere", opprettet="2030-05-05T12:00Z")
    klikk(tjeneste, oppgave["id"])
    tjeneste.klokke("2030-05-25T12:00Z")
    assert bjella(tjeneste)[0]["tilstand"] == "UTGAATT"

    mutasjon(tjeneste, "oppgaveUtsettFrist", f'id: "{oppgave["id"]}" nyFrist: "2030-06-20"')

    beskjed, vist = bjella(tjeneste)
    assert beskjed["__typename"] == "Beskjed"
    assert (vist["tilstand"], vist["frist"]) == ("NY", "2030-06-20")
    assert (vist["utgaattTidspunkt"], vist["paaminnelseTidspunkt"]) == (None, None)
    assert vist["sorteringTidspunkt"] == "2030-05-01T12:00:00Z"
    assert vist["brukerKlikk"]["klikketPaa"] is True


@pytest.mark.usefixtures("dagny")
def test_later_frist_changes_nothing_on_a_done_oppgave(tjeneste: Tjeneste) -> None:
    oppgave = ny_oppgave(tjeneste, frist="2030-05-20")
    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{oppgave["id"]}" utfoertTidspunkt: "2030-05-02T12:00Z"')
    foer = bjella(tjeneste)
    mutasjon(tjeneste, "oppgaveUtsettFrist", f'id: "{oppgave["id"]}" nyFrist: "2030-06-20"')

    assert bjella(tjeneste) == foer


@pytest.mark.usefixtures("dagny")
def test_kalenderavtale_with_every_field(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-05-01T12:00Z")
    ny_sak(tjeneste, tittel="Dialog", tilleggsinformasjon="Siv")
    sted = {"adresse": "Kaia 1", "postnummer": "0001", "poststed": "Oslo"}
    avtale = ny_kalenderavtale(
        tjeneste,
        startTidspunkt="2030-06-03T10:00",
        sluttTidspunkt="2030-12-03T10:00",
        lokasjon=sted,
        erDigitalt=True,
        tilstand="ARBEIDSGIVER_HAR_GODTATT",
        paaminnelse=paaminnelse("2030-05-30T09:00"),
    )

    (vist,) = bjella(tjeneste)

    vist["brukerKlikk"].pop("id")
    assert vist == {
        "__typename": "Kalenderavtale",
        "id": avtale["id"],
        "merkelapp": "fager",
        "tekst": "Dialogmøte",
        "lenke": "https://eksempel.no/avtale",
        "opprettetTidspunkt": "2030-05-01T12:00:00Z",
        "sorteringTidspunkt": "2030-05-01T12:00:00Z",
        "brukerKlikk": {"klikketPaa": False},
        "virksomhet": {"virksomhetsnummer": BAKERIET, "navn": "BAKERIET AS"},
        "sak": {"tittel": "Dialog", "tilleggsinformasjon": "Siv"},
        "avtaletilstand": "ARBEIDSGIVER_HAR_GODTATT",
        "startTidspunkt": "2030-06-03T10:00:00+02:00",
        "sluttTidspunkt": "2030-12-03T10:00:00+01:00",
        "lokasjon": sted,
        "digitalt": True,
        "paaminnelseTidspunkt": None,
    }
    tjeneste.klokke("2030-06-03T08:00:00.000001Z")
    (vist,) = bjella(tjeneste)
    assert vist["paaminnelseTidspunkt"] == vist["sorteringTidspunkt"] == "2030-05-30T07:00:00Z"
    assert vist["avtaletilstand"] == "AVHOLDT"


@pytest.mark.usefixtures("dagny")
def test_kalenderavtale_with_as_little_as_possible(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    ny_kalenderavtale(tjeneste)

    (vist,) = bjella(tjeneste)

    assert (vist["sluttTidspunkt"], vist["lokasjon"], vist["digitalt"]) == (None, None, False)
    assert vist["avtaletilstand"] == "VENTER_SVAR_FRA_ARBEIDSGIVER"


@pytest.mark.usefixtures("dagny")
def test_updated_kalenderavtale_keeps_its_place_and_clicks(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    sted = {"adresse": "Kaia 1", "postnummer": "0001", "poststed": "Oslo"}
    avtale = ny_kalenderavtale(tjeneste, lokasjon=sted, erDigitalt=True)
    ny_beskjed(tjeneste)
    klikk(tjeneste, avtale["id"])
    foer = bjella(tjeneste)[1]

    mutasjon(tjeneste, "oppdaterKalenderavtale", f'id: "{avtale["id"]}" nyTekst: "Flyttet" nyErDigitalt: false')
    assert bjella(tjeneste)[1] == foer | {"tekst": "Flyttet", "digitalt": False}

    mutasjon(
        tjeneste,
        "oppdaterKalenderavtale",
        f'id: "{avtale["id"]}" nyTilstand: AVLYST nyLenke: "https://eksempel.no/ny" '
        'nyLokasjon: {adresse: "Torget 2" postnummer: "5003" poststed: "Bergen"}',
    )
    etter = {"tekst": "Flyttet", "digitalt": False, "avtaletilstand": "AVLYST", "lenke": "https://eksempel.no/ny"}
    etter["lokasjon"] = {"adresse": "Torget 2", "postnummer": "5003", "poststed": "Bergen"}
    assert bjella(tjeneste)[1] == foer | etter


@pytest.mark.usefixtures("dagny")
@pytest.mark.parametrize("felt", ["oppgaveUtfoert", "oppgaveUtgaatt"])
def test_new_lenke_is_what_the_user_gets(tjeneste: Tjeneste, felt: str) -> None:
    oppgave = ny_oppgave(tjeneste, lenke="https://eksempel.no/gammel")
    mutasjon(tjeneste, felt, f'id: "{oppgave["id"]}" nyLenke: "https://eksempel.no/ny"')
    assert bjella(tjeneste)[0]["lenke"] == "https://eksempel.no/ny"

    mutasjon(tjeneste, felt.replace("Utgaatt", "Utfoert"), f'id: "{oppgave["id"]}"')
    assert bjella(tjeneste)[0]["lenke"] == "https://eksempel.no/ny"


@pytest.mark.usefixtures("dagny")
def test_every_state_stays_in_the_bell(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    utfoert, utgaatt = (ny_oppgave(tjeneste, ekstern_id=e)["id"] for e in ("utfoert", "utgaatt"))
    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{utfoert}"')
    mutasjon(tjeneste, "oppgaveUtgaatt", f'id: "{utgaatt}"')
    ny_kalenderavtale(tjeneste, eksternId="avlyst", tilstand="AVLYST")
    ny_kalenderavtale(tjeneste, eksternId="avholdt", startTidspunkt="2020-06-03T10:00")
    tjeneste.utvikling("POST", "/dev/jobber")

    tilstander = [n.get("tilstand") or n.get("avtaletilstand") for n in bjella(tjeneste)]
    assert tilstander == ["AVHOLDT", "AVLYST", "UTGAATT", "UTFOERT"]


@pytest.mark.usefixtures("dagny")
@pytest.mark.parametrize("felt", ["hardDeleteNotifikasjon", "softDeleteNotifikasjon"])
def test_deleted_notifikasjon_and_its_clicks_are_gone(tjeneste: Tjeneste, felt: str) -> None:
    beskjed = ny_beskjed(tjeneste)
    klikk(tjeneste, beskjed["id"])
    mutasjon(tjeneste, felt, f'id: "{beskjed["id"]}"')

    assert bjella(tjeneste) == []
    assert klikk(tjeneste, beskjed["id"]) == {"__typename": "UgyldigId", "feilmelding": ""}
    assert tjeneste.rader("SELECT * FROM bruker_klikk") == []


@pytest.mark.usefixtures("dagny")
def test_deleted_sak_takes_its_notifikasjoner_out_of_the_bell(tjeneste: Tjeneste) -> None:
    ny_oppgave(tjeneste, ekstern_id="samme", grupperingsid="sak-1", mottakere=[leder()])
    ny_oppgave(tjeneste, ekstern_id="annen merkelapp", merkelapp="fager2", grupperingsid="sak-1")
    sak = ny_sak(tjeneste)
    mutasjon(tjeneste, "hardDeleteSak", f'id: "{sak["id"]}"')
    tjeneste.naermeste_leder(leder=DAGNY)

    assert [n["merkelapp"] for n in bjella(tjeneste)] == ["fager2"]


# ── The sak of a notifikasjon ──


@pytest.mark.usefixtures("dagny")
@pytest.mark.parametrize("saken_foerst", [True, False])
def test_sak_metadata_whichever_came_first(tjeneste: Tjeneste, saken_foerst: bool) -> None:
    if saken_foerst:
        ny_sak(tjeneste, tittel="Saken")
    ny_beskjed(tjeneste, ekstern_id="i saken", grupperingsid="sak-1")
    if not saken_foerst:
        ny_sak(tjeneste, tittel="Saken")

    assert bjella(tjeneste)[0]["sak"] == {"tittel": "Saken", "tilleggsinformasjon": None}


@pytest.mark.usefixtures("dagny")
def test_sak_metadata_only_with_both_coordinates(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste, tittel="Saken", tilleggsinformasjon="mer")
    ny_beskjed(tjeneste, ekstern_id="begge", grupperingsid="sak-1")
    ny_beskjed(tjeneste, ekstern_id="annen merkelapp", grupperingsid="sak-1", merkelapp="fager2")
    ny_beskjed(tjeneste, ekstern_id="annen grupperingsid", grupperingsid="sak-2")
    ny_beskjed(tjeneste, ekstern_id="ingen")

    assert [n["sak"] for n in bjella(tjeneste)] == [None, None, None, {"tittel": "Saken", "tilleggsinformasjon": "mer"}]


def test_sak_metadata_needs_no_access_to_the_sak(tjeneste: Tjeneste) -> None:
    ny_beskjed(tjeneste, grupperingsid="sak-1", mottakere=[leder()])
    ny_sak(tjeneste, tittel="Saken")
    tjeneste.naermeste_leder()

    assert [n["sak"]["tittel"] for n in bjella(tjeneste, NILS)] == ["Saken"]


# ── Order and limit ──


@pytest.mark.usefixtures("dagny")
def test_newest_first_by_paaminnelse_or_creation(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-05-01T12:00Z")
    ny_oppgave(
        tjeneste, ekstern_id="paaminnet", opprettet="2030-01-01T00:00Z", paaminnelse=paaminnelse("2030-05-02T12:00")
    )
    ny_beskjed(tjeneste, ekstern_id="fremtid", opprettet="2031-01-01T00:00Z")
    ny_beskjed(tjeneste, ekstern_id="gammel", opprettet="2029-01-01T00:00Z")
    ny_oppgave(tjeneste, ekstern_id="naa", tekst="nå")
    ny_beskjed(tjeneste, ekstern_id="broek", opprettet="2030-05-01T12:00:00.000001Z")

    def rekkefoelge() -> list[str]:
        return [n["sorteringTidspunkt"] for n in bjella(tjeneste)]

    naa = ["2030-05-01T12:00:00.000001Z", "2030-05-01T12:00:00Z"]
    gammel = "2029-01-01T00:00:00Z"
    assert rekkefoelge() == ["2031-01-01T00:00:00Z", *naa, "2030-01-01T00:00:00Z", gammel]
    tjeneste.klokke("2030-05-03T12:00Z")
    assert rekkefoelge() == ["2031-01-01T00:00:00Z", "2030-05-02T10:00:00Z", *naa, gammel]


@pytest.mark.usefixtures("dagny")
def test_equal_times_have_one_order(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-05-01T12:00Z")
    laget = [ny_beskjed(tjeneste, ekstern_id=str(nr))["id"] for nr in range(5)]

    assert ider(tjeneste) == laget[::-1]


def _mange(tjeneste: Tjeneste, antall: int, flere: str = "") -> None:
    """Beskjeder that are older the higher their number, 25 to a request."""
    for fra in range(0, antall, 25):
        tjeneste.produsent(
            "mutation {"
            + " ".join(
                f"""b{nr}: nyBeskjed(nyBeskjed: {{
                    mottakere: [{{altinnRessurs: {{ressursId: "test-fager"}}}} {flere}]
                    notifikasjon: {{merkelapp: "fager" tekst: "{nr}" lenke: ""}}
                    metadata: {{
                        virksomhetsnummer: "{BAKERIET}" eksternId: "{nr}"
                        opprettetTidspunkt: "{2029 - nr // 28:04}-01-{28 - nr % 28:02}T00:00Z"
                    }}
                }}) {{ __typename ... on Error {{ feilmelding }} }}"""
                for nr in range(fra, min(fra + 25, antall))
            )
            + "}"
        )


@pytest.mark.parametrize("antall", [124, 203])
def test_each_is_shown_once_to_who_holds_several_of_its_keys(tjeneste: Tjeneste, antall: int) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET, ressurser=("test-fager", "4936:1"))
    _mange(tjeneste, antall, flere='{altinn: {serviceCode: "4936" serviceEdition: "1"}}')
    assert [n["tekst"] for n in bjella(tjeneste)] == [str(nr) for nr in range(min(antall, 200))]


@pytest.mark.usefixtures("dagny")
def test_the_200_newest_are_shown(tjeneste: Tjeneste) -> None:
    _mange(tjeneste, 203)
    assert [n["tekst"] for n in bjella(tjeneste)] == [str(nr) for nr in range(200)]

    tjeneste.klokke("2030-05-01T12:00Z")
    ny_oppgave(tjeneste, ekstern_id="eldst", tekst="eldst", opprettet="1990-01-01T00:00Z")
    assert "eldst" not in [n["tekst"] for n in bjella(tjeneste)]
    ny_oppgave(
        tjeneste,
        ekstern_id="paaminnet",
        tekst="påminnet",
        opprettet="1990-01-01T00:00Z",
        paaminnelse=paaminnelse("2030-05-02T12:00"),
    )
    tjeneste.klokke("2030-05-03T12:00Z")
    assert [n["tekst"] for n in bjella(tjeneste)] == ["påminnet", *(str(nr) for nr in range(199))]


# ── Clicks ──


def test_klikk_is_each_persons_own(tjeneste: Tjeneste) -> None:
    for fnr in (DAGNY, ULLA):
        tjeneste.tilgang(fnr, BAKERIET)
    beskjed = ny_beskjed(tjeneste)
    ny_beskjed(tjeneste, ekstern_id="urørt")

    svar = klikk(tjeneste, beskjed["id"])

    assert (svar["__typename"], svar["klikketPaa"]) == ("BrukerKlikk", True)
    assert [n["brukerKlikk"]["klikketPaa"] for n in bjella(tjeneste, DAGNY)] == [False, True]
    assert [n["brukerKlikk"]["klikketPaa"] for n in bjella(tjeneste, ULLA)] == [False, False]


@pytest.mark.usefixtures("dagny")
def test_every_kind_can_be_clicked_and_again(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    for notifikasjon in (ny_beskjed(tjeneste), ny_oppgave(tjeneste, ekstern_id="o"), ny_kalenderavtale(tjeneste)):
        assert klikk(tjeneste, notifikasjon["id"]) == klikk(tjeneste, notifikasjon["id"].upper())
    assert [n["brukerKlikk"]["klikketPaa"] for n in bjella(tjeneste)] == [True, True, True]
    assert tjeneste.rader("SELECT count(*) FROM hendelse WHERE type = 'BrukerKlikket'") == [(3,)]


def test_klikk_id_is_stable_and_tells_nothing_of_the_person(tjeneste: Tjeneste) -> None:
    for fnr in (DAGNY, ULLA):
        tjeneste.tilgang(fnr, BAKERIET)
    ny_sak(tjeneste)
    ny_beskjed(tjeneste)
    ny_kalenderavtale(tjeneste)
    sett: dict[tuple[str, str], str] = {}
    for fnr in (DAGNY, ULLA):
        for notifikasjon in bjella(tjeneste, fnr):
            sett[fnr, notifikasjon["id"]] = notifikasjon["brukerKlikk"]["id"]

    for (fnr, notifikasjon_id), klikk_id in sett.items():
        assert klikk(tjeneste, notifikasjon_id, fnr)["id"] == klikk_id
        assert fnr not in klikk_id
    assert [n["brukerKlikk"]["id"] for fnr in (DAGNY, ULLA) for n in bjella(tjeneste, fnr)] == list(sett.values())
    assert len(set(sett.values())) == 4


def test_klikk_on_what_one_may_not_see_is_as_on_nothing(tjeneste: Tjeneste) -> None:
    tjeneste.tilgang(DAGNY, BAKERIET)
    usynlig = ny_beskjed(tjeneste, mottakere=[leder()])

    for notifikasjon_id in (usynlig["id"], UKJENT_ID):
        for fnr in (DAGNY, ULLA):
            assert klikk(tjeneste, notifikasjon_id, fnr) == {"__typename": "UgyldigId", "feilmelding": ""}
    assert tjeneste.rader("SELECT * FROM bruker_klikk") == []
    assert tjeneste.rader("SELECT * FROM hendelse WHERE type = 'BrukerKlikket'") == []


@pytest.mark.usefixtures("dagny")
@pytest.mark.parametrize("id", ["", "tull", UKJENT_ID.replace("-", ""), f"{UKJENT_ID} "])
def test_klikk_with_an_id_that_is_no_uuid_is_an_error(tjeneste: Tjeneste, id: str) -> None:
    svar = tjeneste.bruker_svar(
        DAGNY,
        "mutation ($id: ID!) { notifikasjonKlikketPaa(id: $id) { __typename } }",
        {"id": id},
    ).json()

    assert svar["data"] is None
    assert [feil["path"] for feil in svar["errors"]] == [["notifikasjonKlikketPaa"]]


def test_fired_paaminnelse_makes_it_new_again_to_everybody(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-05-01T12:00Z")
    for fnr in (DAGNY, ULLA):
        tjeneste.tilgang(fnr, BAKERIET)
    ny_sak(tjeneste)
    oppgave = ny_oppgave(tjeneste, ekstern_id="o", paaminnelse=paaminnelse("2030-05-10T10:00"))
    avtale = ny_kalenderavtale(tjeneste, paaminnelse=paaminnelse("2030-05-11T10:00"))
    beskjed = ny_beskjed(tjeneste, ekstern_id="b")
    for fnr in (DAGNY, ULLA):
        for notifikasjon in (oppgave, avtale, beskjed):
            klikk(tjeneste, notifikasjon["id"], fnr)

    tjeneste.klokke("2030-05-12T12:00Z")

    for fnr in (DAGNY, ULLA):
        sett = [(n["id"], n["brukerKlikk"]["klikketPaa"]) for n in bjella(tjeneste, fnr)]
        assert sett == [(avtale["id"], False), (oppgave["id"], False), (beskjed["id"], True)]
    klikk(tjeneste, oppgave["id"])
    assert bjella(tjeneste)[1]["brukerKlikk"]["klikketPaa"] is True


@pytest.mark.usefixtures("dagny")
def test_paaminnelse_does_not_fire_on_what_is_over(tjeneste: Tjeneste) -> None:
    tjeneste.klokke("2030-05-01T12:00Z")
    ny_sak(tjeneste)
    bestilt = paaminnelse("2030-05-10T10:00")
    utfoert = ny_oppgave(tjeneste, ekstern_id="utfoert", paaminnelse=bestilt)
    utgaatt = ny_oppgave(tjeneste, ekstern_id="utgaatt", paaminnelse=bestilt)
    avlyst = ny_kalenderavtale(tjeneste, paaminnelse=bestilt)
    mutasjon(tjeneste, "oppgaveUtfoert", f'id: "{utfoert["id"]}"')
    mutasjon(tjeneste, "oppgaveUtgaatt", f'id: "{utgaatt["id"]}"')
    mutasjon(tjeneste, "oppdaterKalenderavtale", f'id: "{avlyst["id"]}" nyTilstand: AVLYST')
    klikk(tjeneste, utfoert["id"])
    foer = bjella(tjeneste)

    tjeneste.klokke("2030-05-12T12:00Z")

    assert bjella(tjeneste) == foer


# ── Last read ──

SIST_LEST = "{ notifikasjonerSistLest { __typename ... on NotifikasjonerSistLest { tidspunkt } } }"


def sist_lest(tjeneste: Tjeneste, fnr: str) -> str | None:
    svar = tjeneste.bruker(fnr, SIST_LEST)["notifikasjonerSistLest"]
    assert svar["__typename"] == "NotifikasjonerSistLest"
    tidspunkt: str | None = svar["tidspunkt"]
    return tidspunkt


def sett_sist_lest(tjeneste: Tjeneste, fnr: str, tidspunkt: str) -> str:
    svar: str = tjeneste.bruker(
        fnr,
        "mutation ($t: ISO8601DateTime!) { notifikasjonerSistLest(tidspunkt: $t) { tidspunkt } }",
        {"t": tidspunkt},
    )["notifikasjonerSistLest"]["tidspunkt"]
    return svar


def test_last_write_of_sist_lest_wins(tjeneste: Tjeneste) -> None:
    assert sist_lest(tjeneste, DAGNY) is None
    for sagt, lagret in (
        ("2030-05-01T14:00:00.25+02:00", "2030-05-01T12:00:00.25Z"),
        ("2029-12-24T17:00", "2029-12-24T16:00:00Z"),
        ("2031-07-01T00:00:00.123456Z", "2031-07-01T00:00:00.123456Z"),
    ):
        assert sett_sist_lest(tjeneste, DAGNY, sagt) == lagret
        assert sist_lest(tjeneste, DAGNY) == lagret


def test_sist_lest_is_each_persons_own(tjeneste: Tjeneste) -> None:
    sett_sist_lest(tjeneste, DAGNY, "2030-05-01T12:00Z")

    assert sist_lest(tjeneste, ULLA) is None
    assert sist_lest(tjeneste, DAGNY) == "2030-05-01T12:00:00Z"


def test_sist_lest_needs_a_time(tjeneste: Tjeneste) -> None:
    for tidspunkt in ("null", "1", '"i går"'):
        svar = tjeneste.bruker_svar(
            DAGNY, f"mutation {{ notifikasjonerSistLest(tidspunkt: {tidspunkt}) {{ tidspunkt }} }}"
        ).json()
        assert svar["errors"][0]["extensions"]["classification"] == "ValidationError"
    assert sist_lest(tjeneste, DAGNY) is None


def test_whoami(tjeneste: Tjeneste) -> None:
    assert [tjeneste.bruker(fnr, "{ whoami }")["whoami"] for fnr in (DAGNY, ANNE)] == [DAGNY, ANNE]
