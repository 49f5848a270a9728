"""The producer's queries: whoami, mineNotifikasjoner page by page, and the three ways to fetch one thing."""

import base64
from typing import Any

import pytest
from produsent import FEIL, graphql_feil, hent, hent_sak, mutasjon, ny_beskjed, ny_kalenderavtale, ny_oppgave, ny_sak
from tjeneste import BAKERIET, FAGER, FISKERIET, RESSURS, TILTAK, UKJENT, Tjeneste

NAA = "2030-01-07T12:00:00Z"
UKJENT_ID = "00000000-0000-4000-8000-000000000000"
SALESFORCE = "dev-external:teamcrm:salesforce"
INGEN = "Y3VyMA=="  # the cursor of the beginning: cur0

MINE = f"""
query mine($first: Int $after: String $merkelapp: String $merkelapper: [String!] $grupperingsid: String) {{
    mineNotifikasjoner(
        first: $first after: $after merkelapp: $merkelapp merkelapper: $merkelapper grupperingsid: $grupperingsid
    ) {{
        __typename
        ... on NotifikasjonConnection {{
            edges {{
                cursor
                node {{
                    __typename
                    ... on Beskjed {{ metadata {{ eksternId }} }}
                    ... on Oppgave {{ metadata {{ eksternId }} oppgave {{ tilstand }} }}
                    ... on Kalenderavtale {{
                        metadata {{ eksternId }} kalenderavtale {{ startTidspunkt sluttTidspunkt tilstand }}
                    }}
                }}
            }}
            pageInfo {{ hasNextPage endCursor }}
        }}
        {FEIL}
    }}
}}
"""


def mine(tjeneste: Tjeneste, *, applikasjon: str = FAGER, **argumenter: Any) -> dict[str, Any]:
    svar: dict[str, Any] = tjeneste.produsent(MINE, argumenter, applikasjon=applikasjon)["mineNotifikasjoner"]
    return svar


def ekstern_ider(svar: dict[str, Any]) -> list[str]:
    return [edge["node"]["metadata"]["eksternId"] for edge in svar["edges"]]


def peker(tekst: str) -> str:
    return base64.b64encode(tekst.encode()).decode()


# ── whoami ──


def test_whoami_names_the_application_also_an_unknown_one(tjeneste: Tjeneste) -> None:
    for applikasjon in (FAGER, TILTAK, UKJENT):
        assert tjeneste.produsent("{ whoami hvem: whoami }", applikasjon=applikasjon) == {
            "whoami": applikasjon,
            "hvem": applikasjon,
        }


# ── mineNotifikasjoner: what is in it ──


def test_all_three_kinds_from_every_virksomhet_in_the_order_they_were_made(tjeneste: Tjeneste) -> None:
    ny_sak(tjeneste)
    ny_oppgave(tjeneste, ekstern_id="1", opprettet="2099-01-01T00:00Z")
    ny_kalenderavtale(tjeneste, eksternId="2")
    ny_beskjed(tjeneste, ekstern_id="3", virksomhetsnummer=FISKERIET, opprettet="1999-01-01T00:00Z")
    mutasjon(tjeneste, "oppgaveUtfoertByEksternId_V2", 'merkelapp: "fager" eksternId: "1"')
    svar = mine(tjeneste)
    assert [edge["node"]["__typename"] for edge in svar["edges"]] == ["Oppgave", "Kalenderavtale", "Beskjed"]
    assert ekstern_ider(svar) == ["1", "2", "3"]
    assert svar["pageInfo"] == {"hasNextPage": False, "endCursor": peker("cur3")}


def test_expired_and_held_ones_do_not_spoil_the_page(tjeneste: Tjeneste) -> None:
    tjeneste.klokke(NAA)
    ny_sak(tjeneste)
    oppgave_id = ny_oppgave(tjeneste, ekstern_id="1", frist="2030-01-08")["id"]
    avtale_id = ny_kalenderavtale(
        tjeneste, eksternId="2", startTidspunkt="2030-01-10T10:00", sluttTidspunkt="2030-01-10T11:00"
    )["id"]
    tjeneste.klokke("2030-02-01T00:00:00Z")
    oppgave, avtale = (edge["node"] for edge in mine(tjeneste)["edges"])
    assert oppgave["oppgave"] == {"tilstand": "UTGAATT"}
    assert avtale["kalenderavtale"] == {
        "startTidspunkt": "2030-01-10T09:00:00Z",
        "sluttTidspunkt": "2030-01-10T10:00:00Z",
        "tilstand": "AVHOLDT",
    }
    assert hent(tjeneste, oppgave_id)["notifikasjon"]["oppgave"]["tilstand"] == "UTGAATT"
    assert hent(tjeneste, avtale_id)["notifikasjon"]["kalenderavtale"]["tilstand"] == "AVHOLDT"


def test_deleted_ones_are_absent(tjeneste: Tjeneste) -> None:
    for nr in ("1", "2", "3"):
        ny_beskjed(tjeneste, ekstern_id=nr)
    mutasjon(tjeneste, "hardDeleteNotifikasjonByEksternId_V2", 'merkelapp: "fager" eksternId: "2"')
    assert ekstern_ider(mine(tjeneste)) == ["1", "3"]


def test_a_producer_sees_what_others_made_with_its_merkelapp(tjeneste: Tjeneste) -> None:
    felter: dict[str, Any] = {"mottakere": [{"altinnRessurs": {"ressursId": "nav_tiltak_arbeidstrening"}}]}
    ny_beskjed(tjeneste, ekstern_id="1", merkelapp="Arbeidstrening", applikasjon=TILTAK, **felter)
    ny_beskjed(tjeneste, ekstern_id="2", merkelapp="Mentor", applikasjon=TILTAK, **felter)
    ny_beskjed(tjeneste, ekstern_id="3", merkelapp="Arbeidstrening", applikasjon=SALESFORCE, **felter)
    assert ekstern_ider(mine(tjeneste, applikasjon=SALESFORCE)) == ["1", "3"]
    assert ekstern_ider(mine(tjeneste, applikasjon=TILTAK)) == ["1", "2", "3"]
    assert ekstern_ider(mine(tjeneste)) == []


def _fem(tjeneste: Tjeneste) -> None:
    for nr, (merkelapp, grupperingsid) in enumerate(
        [("fager", "a"), ("fager2", "a"), ("fager", None), ("fager3", "b"), ("fager", "a")]
    ):
        ny_beskjed(tjeneste, ekstern_id=str(nr), merkelapp=merkelapp, grupperingsid=grupperingsid)


FILTRE = [
    ({}, "01234"),
    ({"merkelapp": "fager"}, "024"),
    ({"merkelapper": ["fager"]}, "024"),
    ({"merkelapper": "fager"}, "024"),
    ({"merkelapper": ["fager3", "fager2", "fager2"]}, "13"),
    ({"merkelapper": []}, ""),
    ({"merkelapp": "Inntektsmelding"}, ""),
    ({"grupperingsid": "a"}, "014"),
    ({"grupperingsid": "a", "merkelapp": "fager"}, "04"),
    ({"grupperingsid": "b", "merkelapper": ["fager", "fager3"]}, "3"),
    ({"grupperingsid": "c"}, ""),
    ({"grupperingsid": ""}, ""),
    (dict.fromkeys(("first", "after", "merkelapp", "merkelapper", "grupperingsid")), "01234"),
    ({"merkelapp": "fager", "merkelapper": None}, "024"),
]


@pytest.mark.parametrize(("filter_", "ventet"), FILTRE, ids=str)
def test_filters(tjeneste: Tjeneste, filter_: dict[str, Any], ventet: str) -> None:
    _fem(tjeneste)
    svar = mine(tjeneste, **filter_)
    assert "".join(ekstern_ider(svar)) == ventet
    assert svar["pageInfo"] == {"hasNextPage": False, "endCursor": peker(f"cur{len(ventet)}")}


def test_both_filters_on_merkelapp_are_one_too_many(tjeneste: Tjeneste) -> None:
    for merkelapper in ([], ["fager"], ["ikke-min"]):
        svar = mine(tjeneste, merkelapp="fager", merkelapper=merkelapper)
        assert svar["__typename"] == "UgyldigMerkelapp"


def test_every_merkelapp_asked_for_must_be_the_producers(tjeneste: Tjeneste) -> None:
    for filter_ in ({"merkelapp": "ikke-min"}, {"merkelapper": ["fager", "ikke-min"]}):
        svar = mine(tjeneste, **filter_)
        assert svar["__typename"] == "UgyldigMerkelapp" and "'ikke-min'" in svar["feilmelding"]
    assert mine(tjeneste, applikasjon=UKJENT)["__typename"] == "UkjentProdusent"


# ── mineNotifikasjoner: pages ──


@pytest.mark.parametrize("first", [1, 2, 3, 5, 6, 10_000])
def test_pages_are_disjoint_and_together_everything(tjeneste: Tjeneste, first: int) -> None:
    _fem(tjeneste)
    alle: list[str] = []
    pekere: list[str] = []
    after = None
    while True:
        svar = mine(tjeneste, first=first, after=after)
        assert len(svar["edges"]) <= first
        alle += ekstern_ider(svar)
        pekere += [edge["cursor"] for edge in svar["edges"]]
        assert svar["pageInfo"]["endCursor"] == pekere[-1]
        if not svar["pageInfo"]["hasNextPage"]:
            break
        after = svar["pageInfo"]["endCursor"]
    assert alle == list("01234")
    assert pekere == [peker(f"cur{posisjon}") for posisjon in range(1, 6)]


def test_pages_of_a_filter_count_within_it(tjeneste: Tjeneste) -> None:
    _fem(tjeneste)
    foerste = mine(tjeneste, first=2, merkelapp="fager")
    assert ekstern_ider(foerste) == ["0", "2"] and foerste["pageInfo"]["hasNextPage"]
    andre = mine(tjeneste, first=2, merkelapp="fager", after=foerste["pageInfo"]["endCursor"])
    assert ekstern_ider(andre) == ["4"]
    assert andre["pageInfo"] == {"hasNextPage": False, "endCursor": peker("cur3")}


@pytest.mark.parametrize(
    ("after", "ventet"), [(INGEN, "01234"), (peker("5"), ""), (peker("4"), "4"), (peker("cur99999999999"), "")]
)
def test_where_a_cursor_points(tjeneste: Tjeneste, after: str, ventet: str) -> None:
    _fem(tjeneste)
    svar = mine(tjeneste, after=after)
    assert "".join(ekstern_ider(svar)) == ventet
    assert svar["pageInfo"] == {"hasNextPage": False, "endCursor": peker("cur5") if ventet else INGEN}


@pytest.mark.parametrize(
    "after", ["", "tull", "%%%", peker("cur"), peker("curx"), peker("cur-1"), "Y3VyMA", "ø", "null"]
)
def test_what_is_no_cursor_is_a_graphql_error(tjeneste: Tjeneste, after: str) -> None:
    (feil,) = graphql_feil(tjeneste, MINE, {"after": after})
    assert feil["path"] == ["mineNotifikasjoner"]
    assert feil["message"].startswith("unhandled exception java.lang.")
    assert feil["extensions"] == {"classification": "DataFetchingException"}


@pytest.mark.parametrize("first", [0, -1])
def test_who_asks_for_nothing_is_not_told_to_go_on(tjeneste: Tjeneste, first: int) -> None:
    ny_beskjed(tjeneste)
    svar = mine(tjeneste, first=first)
    assert (svar["edges"], svar["pageInfo"]["hasNextPage"]) == ([], False)


def test_a_page_is_1000_unless_asked_and_at_most_10000(tjeneste: Tjeneste) -> None:
    (feil,) = graphql_feil(tjeneste, MINE, {"first": 10_001})
    assert all(spor in feil["message"] for spor in ("first", "verdi=10001", "upToIncluding=10000"))
    assert feil["message"].startswith("Exception while fetching data (/mineNotifikasjoner) : ")
    assert feil["path"] == ["mineNotifikasjoner"] and feil["locations"]
    (feil,) = graphql_feil(tjeneste, MINE, {"first": 2**31 - 1})
    assert "verdi=2147483647" in feil["message"]
    assert mine(tjeneste, first=10_000)["__typename"] == "NotifikasjonConnection"

    for foerste in range(0, 1020, 30):
        felter = " ".join(
            f"""n{nr}: nyBeskjed(nyBeskjed: {{
                mottaker: {{ altinnRessurs: {{ ressursId: "test-fager" }} }}
                notifikasjon: {{ merkelapp: "fager" tekst: "" lenke: "" }}
                metadata: {{ virksomhetsnummer: "{BAKERIET}" eksternId: "{nr}" }}
            }}) {{ __typename }}"""
            for nr in range(foerste, foerste + 30)
        )
        tjeneste.produsent(f"mutation {{ {felter} }}")
    svar = mine(tjeneste)
    assert len(svar["edges"]) == 1000
    assert svar["pageInfo"] == {"hasNextPage": True, "endCursor": peker("cur1000")}
    rest = mine(tjeneste, first=10_000, after=svar["pageInfo"]["endCursor"])
    assert ekstern_ider(rest) == [str(nr) for nr in range(1000, 1020)]
    assert not rest["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize("first", [0, -1, -2, -(2**31)])
def test_no_page_at_all_is_empty(tjeneste: Tjeneste, first: int) -> None:
    assert mine(tjeneste, first=first)["edges"] == []
    _fem(tjeneste)
    svar = mine(tjeneste, first=first)
    assert svar["edges"] == [] and svar["pageInfo"]["endCursor"] == INGEN


# ── One thing ──


def test_hent_notifikasjon(tjeneste: Tjeneste) -> None:
    beskjed_id = ny_beskjed(tjeneste)["id"]
    assert hent(tjeneste, beskjed_id.upper())["notifikasjon"]["metadata"]["id"] == beskjed_id
    assert hent(tjeneste, beskjed_id, applikasjon=UKJENT)["__typename"] == "UkjentProdusent"
    assert hent(tjeneste, beskjed_id, applikasjon=TILTAK)["__typename"] == "UgyldigMerkelapp"
    sak_id = ny_sak(tjeneste)["id"]
    for ukjent in (UKJENT_ID, sak_id):
        svar = hent(tjeneste, ukjent)
        assert svar["__typename"] == "NotifikasjonFinnesIkke" and ukjent in svar["feilmelding"]


def test_hent_sak(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste)["id"]
    assert hent_sak(tjeneste, sak_id.upper())["sak"]["id"] == sak_id
    assert hent_sak(tjeneste, sak_id, applikasjon=UKJENT)["__typename"] == "UkjentProdusent"
    assert hent_sak(tjeneste, sak_id, applikasjon=TILTAK)["__typename"] == "UgyldigMerkelapp"
    beskjed_id = ny_beskjed(tjeneste)["id"]
    for ukjent in (UKJENT_ID, beskjed_id):
        svar = hent_sak(tjeneste, ukjent)
        assert svar["__typename"] == "SakFinnesIkke" and ukjent in svar["feilmelding"]


MED_GRUPPERINGSID = f"""
query sak($merkelapp: String! $grupperingsid: String!) {{
    hentSakMedGrupperingsid(merkelapp: $merkelapp grupperingsid: $grupperingsid) {{
        __typename ... on HentetSak {{ sak {{ id merkelapp grupperingsid }} }} {FEIL}
    }}
}}
"""


def test_hent_sak_med_grupperingsid(tjeneste: Tjeneste) -> None:
    sak_id = ny_sak(tjeneste)["id"]

    def finn(merkelapp: str, grupperingsid: str, applikasjon: str = FAGER) -> dict[str, Any]:
        variables = {"merkelapp": merkelapp, "grupperingsid": grupperingsid}
        svar = tjeneste.produsent(MED_GRUPPERINGSID, variables, applikasjon=applikasjon)
        funnet: dict[str, Any] = svar["hentSakMedGrupperingsid"]
        return funnet

    assert finn("fager", "sak-1")["sak"] == {"id": sak_id, "merkelapp": "fager", "grupperingsid": "sak-1"}
    assert finn("fager", "sak-1", UKJENT)["__typename"] == "UkjentProdusent"
    assert finn("fager", "sak-1", TILTAK)["__typename"] == "UgyldigMerkelapp"
    for merkelapp, grupperingsid in (("fager2", "sak-1"), ("Fager", "sak-1"), ("fager", "SAK-1"), ("Tiltak", "sak-1")):
        svar = finn(merkelapp, grupperingsid)
        assert svar["__typename"] == "SakFinnesIkke"
        assert f"'{merkelapp}'" in svar["feilmelding"] and f"'{grupperingsid}'" in svar["feilmelding"]
    mutasjon(tjeneste, "hardDeleteSak", f'id: "{sak_id}"')
    assert finn("fager", "sak-1")["__typename"] == "SakFinnesIkke"


@pytest.mark.parametrize("felt", ["hentNotifikasjon", "hentSak"])
@pytest.mark.parametrize("ugyldig", ['"x"', '""', "5", f'"{UKJENT_ID} "', f'"{{{UKJENT_ID}}}"', f'"{UKJENT_ID[1:]}"'])
def test_an_id_that_is_no_uuid_is_a_graphql_error(tjeneste: Tjeneste, felt: str, ugyldig: str) -> None:
    (feil,) = graphql_feil(tjeneste, f"{{ {felt}(id: {ugyldig}) {{ __typename }} }}", applikasjon=UKJENT)
    assert feil["message"].startswith("unhandled exception java.lang.IllegalArgumentException: ")
    assert feil["path"] == [felt] and "locations" not in feil
    foerste, andre = graphql_feil(tjeneste, f"{{ min: {felt}(id: {ugyldig}) {{ __typename }} }}")
    assert foerste["path"] == [felt], "the name in the schema, not the alias"
    assert andre["path"] == ["min"]
    assert andre["extensions"] == {"classification": "NullValueInNonNullableField"}


# ── Documents ──


def test_one_graphql_error_takes_all_data_with_it(tjeneste: Tjeneste) -> None:
    ny_beskjed(tjeneste)
    graphql_feil(tjeneste, '{ whoami mineNotifikasjoner { __typename } hentSak(id: "x") { __typename } }')


def test_aliases_fragments_and_the_interface_of_errors(tjeneste: Tjeneste) -> None:
    beskjed_id = ny_beskjed(tjeneste)["id"]
    query = """
    query alt($id: ID!, $med: Boolean!) {
        den: hentNotifikasjon(id: $id) { ...svar }
        ingen: hentNotifikasjon(id: "00000000-0000-4000-8000-000000000000") { ...svar ... on NotifikasjonFinnesIkke {
            tekst: feilmelding
        } }
        __typename
        utelatt: whoami @include(if: $med)
    }
    fragment svar on HentNotifikasjonResultat {
        __typename
        ... on HentetNotifikasjon {
            notifikasjon { ... on Beskjed { mottaker { ... on AltinnRessursMottaker { ressursId } } } }
        }
        ...feil
    }
    fragment feil on Error { hva: __typename feilmelding }
    """
    svar = tjeneste.produsent(query, {"id": beskjed_id, "med": False})
    assert list(svar) == ["den", "ingen", "__typename"]
    assert svar["den"]["notifikasjon"]["mottaker"] == RESSURS["altinnRessurs"]
    assert svar["ingen"]["hva"] == svar["ingen"]["__typename"] == "NotifikasjonFinnesIkke"
    assert svar["ingen"]["tekst"] == svar["ingen"]["feilmelding"]
    assert svar["__typename"] == "Query"


def test_error_fragment_is_valid_on_every_result(tjeneste: Tjeneste) -> None:
    """What every client writes: `... on Error` on each union that has one."""
    query = "{ __schema { types { name kind possibleTypes { name interfaces { name } } } } }"
    unioner = [t for t in tjeneste.produsent(query)["__schema"]["types"] if t["kind"] == "UNION"]
    feiltyper = [
        medlem
        for union in unioner
        if union["name"].endswith("Resultat")
        for medlem in union["possibleTypes"]
        if not medlem["name"].endswith("Vellykket") and not medlem["name"].startswith(("Hentet", "NotifikasjonConn"))
    ]
    assert feiltyper and all(medlem["interfaces"] == [{"name": "Error"}] for medlem in feiltyper)


def test_several_operations_need_a_name(tjeneste: Tjeneste) -> None:
    query = "query a { whoami } query b { hvem: whoami }"
    assert tjeneste.produsent_svar(query, operation_name="b").json() == {"data": {"hvem": FAGER}}
    for navn in (None, "c"):
        svar = tjeneste.produsent_svar(query, operation_name=navn)
        assert svar.status_code == 400 and "error" in svar.json()
