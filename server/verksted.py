"""The producers' workbench, of development mode: what each producer has made, and who can see it and why.

It writes nothing: the page calls the producers' API itself. Who can see a thing is answered by server/tilgang.py, with
the keys of that person's own looks; here they are only matched with those that the thing asks for. No address has an
fnr in it, and contact data is masked before it leaves.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, cast

import apsw
import bottle
import orjson
from bottle import HTTPResponse, request

from server import demo, tilgang
from server.config import Produsent
from server.feil import Innfeil
from server.identitet import les_id
from server.rader import rader
from server.utvikling import camel, vaktet
from server.web import Avvist, Tjeneste, json_svar, side

Rad = dict[str, Any]

ANTALL = 10  # saker, and notifikasjoner without one, on a page
ANTALL_I_SAK = 20  # notifikasjoner of a sak that are shown: the newest
ANTALL_VARSLER = 20  # of a notifikasjon
ANTALL_SLETTET = 10  # the last that were deleted
MAKS_LESES = 10_000  # what was made before these is not looked through
MAKS_PERSONER = 50  # besides those of config.toml
MAKS_ORD = 10  # of a search; the rest is ignored
MAKS_FORSLAG = 200  # virksomheter and ledere to choose from

_INGEN_LAGRING = {"Cache-Control": "no-store"}
_KONTAKT = re.compile(r"\S+@\S+|\+?[0-9]{8,}")

# What a producer has made, newest first by when it was made here, whatever opprettetTidspunkt says. A notifikasjon of
# another producer's sak stands alone.
_LAGET = """
    SELECT s.nr, n.nr, s.id, n.id, s.soeketekst, s.merkelapp, s.grupperingsid, s.virksomhetsnummer,
           n.tekst, n.merkelapp, n.ekstern_id, n.grupperingsid, n.virksomhetsnummer
      FROM (SELECT nr, aggregat_id FROM hendelse
             WHERE hvem = :produsent
               AND type IN ('SakOpprettet', 'BeskjedOpprettet', 'OppgaveOpprettet', 'KalenderavtaleOpprettet')
             ORDER BY nr DESC LIMIT :maks) h
      LEFT JOIN notifikasjon n ON n.id = h.aggregat_id
      LEFT JOIN sak egen ON egen.id = h.aggregat_id
      LEFT JOIN sak s ON s.merkelapp = coalesce(n.merkelapp, egen.merkelapp)
                     AND s.grupperingsid = coalesce(n.grupperingsid, egen.grupperingsid)
                     AND s.produsent_id = :produsent
     WHERE n.nr IS NOT NULL OR egen.nr IS NOT NULL
     ORDER BY h.nr DESC
"""
_SAKER = """
    SELECT s.nr, s.id, s.merkelapp, s.grupperingsid, s.virksomhetsnummer, v.navn AS virksomhet, s.tittel, s.neste_steg,
           s.tilleggsinformasjon, s.opprettet_tidspunkt, s.slettes_tidspunkt, t.status, t.overstyr_statustekst_med
      FROM json_each(:numre) k
      CROSS JOIN sak s ON s.nr = k.value
      LEFT JOIN sak_status t ON t.nr = (SELECT max(nr) FROM sak_status WHERE sak_nr = s.nr)
      LEFT JOIN virksomhet v ON v.virksomhetsnummer = s.virksomhetsnummer
"""
_NOTIFIKASJONER = """
    WITH vises AS (
        SELECT n.nr, s.nr AS sak_nr, row_number() OVER av_sak AS plass, count(*) OVER (PARTITION BY s.nr) AS antall
          FROM json_each(:saker) k
          CROSS JOIN sak s ON s.nr = k.value
          CROSS JOIN notifikasjon n ON n.merkelapp = s.merkelapp AND n.grupperingsid = s.grupperingsid
        WINDOW av_sak AS (PARTITION BY s.nr ORDER BY n.nr DESC)
        UNION ALL
        SELECT value, NULL, 1, 1 FROM json_each(:alene))
    SELECT vises.sak_nr, vises.antall, n.nr, n.id, n.type, n.produsent_id, n.merkelapp, n.ekstern_id, n.grupperingsid,
           n.virksomhetsnummer, v.navn AS virksomhet, n.tekst, n.tilstand, n.frist, n.opprettet_tidspunkt,
           n.utfoert_tidspunkt, n.utgaatt_tidspunkt, n.start_tidspunkt, n.slutt_tidspunkt, n.slettes_tidspunkt,
           p.tidspunkt AS paaminnelse_tidspunkt, p.tilstand AS paaminnelse, s.tittel AS sak,
           s.produsent_id AS sakens_produsent
      FROM vises
      CROSS JOIN notifikasjon n ON n.nr = vises.nr
      LEFT JOIN sak s ON s.merkelapp = n.merkelapp AND s.grupperingsid = n.grupperingsid
      LEFT JOIN virksomhet v ON v.virksomhetsnummer = n.virksomhetsnummer
      LEFT JOIN paaminnelse p
             ON p.nr = (SELECT max(nr) FROM paaminnelse WHERE notifikasjon_nr = n.nr AND tilstand <> 'ERSTATTET')
     WHERE vises.plass <= :maks
     ORDER BY n.nr DESC
"""
_VARSLER = """
    SELECT * FROM (
        SELECT e.notifikasjon_id, e.id, e.opphav, e.kanal, e.mottaker, e.status, e.sendevindu, e.bestilt_tidspunkt,
               e.planlagt_tidspunkt, e.avsluttet_tidspunkt, e.forsoek, e.holdt, e.feilkode, e.feilmelding,
               row_number() OVER (PARTITION BY e.notifikasjon_id ORDER BY e.nr DESC) AS plass, e.nr
          FROM json_each(:id) k CROSS JOIN eksternt_varsel e ON e.notifikasjon_id = k.value)
     WHERE plass <= :maks ORDER BY nr
"""
_NOEKLER = """
    SELECT 'notifikasjon' AS hva, m.notifikasjon_nr AS nr, t.noekkel, m.rekkefoelge
      FROM json_each(:notifikasjoner) k
      CROSS JOIN mottaker m ON m.notifikasjon_nr = k.value CROSS JOIN tilgang t ON t.tilgang_nr = m.tilgang_nr
    UNION ALL
    SELECT 'sak', m.sak_nr, t.noekkel, m.rekkefoelge
      FROM json_each(:saker) k
      CROSS JOIN sak_mottaker m ON m.sak_nr = k.value CROSS JOIN tilgang t ON t.tilgang_nr = m.tilgang_nr
     ORDER BY rekkefoelge
"""
_SLETTET = """
    SELECT laget.type, laget.tidspunkt AS opprettet_tidspunkt, slettet.tidspunkt AS slettet_tidspunkt, slettet.hvem
      FROM (SELECT nr, type, aggregat_id, tidspunkt, hvem FROM hendelse ORDER BY nr DESC LIMIT :maks) slettet
      CROSS JOIN hendelse laget ON laget.aggregat_id = slettet.aggregat_id
     WHERE slettet.type = 'HardDelete' AND laget.hvem = :produsent
       AND laget.type IN ('SakOpprettet', 'BeskjedOpprettet', 'OppgaveOpprettet', 'KalenderavtaleOpprettet')
     ORDER BY slettet.nr DESC LIMIT :antall
"""
_SPOERRES_OM = """
    SELECT t.tilgang_nr, t.noekkel, m.virksomhetsnummer
      FROM (SELECT m.tilgang_nr, m.rekkefoelge, n.virksomhetsnummer
              FROM notifikasjon n JOIN mottaker m ON m.notifikasjon_nr = n.nr WHERE n.id = :id
            UNION ALL
            SELECT m.tilgang_nr, m.rekkefoelge, s.virksomhetsnummer
              FROM sak s JOIN sak_mottaker m ON m.sak_nr = s.nr WHERE s.id = :id) m
      JOIN tilgang t ON t.tilgang_nr = m.tilgang_nr
     ORDER BY m.rekkefoelge
"""
# Whom it is worth asking about. The numbers that are looked for need no escaping: an answer has them as JSON strings.
_MULIGE = """
    SELECT fnr FROM (
        SELECT leder_fnr AS fnr FROM naermeste_leder
         WHERE noekkel IN (SELECT value FROM json_each(:noekler))
        UNION SELECT fnr FROM altinn_svar WHERE instr(svar, json_quote(:virksomhetsnummer))
        UNION SELECT fnr FROM altinn_mellomlager WHERE instr(par, json_quote(:virksomhetsnummer))
        UNION SELECT fnr FROM kontakt)
     WHERE fnr NOT IN (SELECT value FROM json_each(:kjente))
     ORDER BY fnr LIMIT :maks
"""


def ruter(app: bottle.Bottle, tjeneste: Tjeneste) -> None:
    """Add the routes."""
    v = _Verksted(tjeneste)
    for sti, funksjon in (
        ("/verksted", lambda: side(tjeneste, "verksted.html")),
        ("/dev/produsenter", v.produsenter),
        ("/dev/produsenter/<produsent_id>/laget", v.laget),
        ("/dev/laget/<id>/innsyn", v.innsyn),
    ):
        app.route(sti, "GET", vaktet(tjeneste, funksjon))


class _Verksted:
    def __init__(self, tjeneste: Tjeneste) -> None:
        self._t = tjeneste

    def produsenter(self) -> HTTPResponse:
        """Who may call and with what, and what a form can propose: the virksomheter and ledere that are known."""
        with self._t.database.read() as db:
            virksomheter = rader(
                db.execute(
                    """
                    SELECT virksomhetsnummer, navn FROM virksomhet
                     ORDER BY virksomhetsnummer <> ?, navn, virksomhetsnummer LIMIT ?
                    """,
                    (demo.BAKERIET, MAKS_FORSLAG),
                )
            )
            ledere = rader(
                db.execute(
                    """
                    SELECT leder_fnr AS naermeste_leder_fnr, ansatt_fnr, virksomhetsnummer FROM naermeste_leder
                     ORDER BY virksomhetsnummer, leder_fnr, ansatt_fnr LIMIT ?
                    """,
                    (MAKS_FORSLAG,),
                )
            )
        return json_svar(
            {
                "produsenter": [
                    {
                        "id": p.id,
                        "applikasjoner": p.applikasjoner,
                        "merkelapper": p.merkelapper,
                        "ressurser": p.ressurser,
                        "tjenester": p.tjenester if self._t.settings.tilgang.altinn2 == "godta" else [],
                        "naermesteLeder": p.naermeste_leder,
                    }
                    for p in self._produsenter().values()
                ],
                "virksomheter": virksomheter,
                "ledere": [camel(leder) for leder in ledere],
                "personer": {person.fnr: person.navn for person in self._t.settings.person},
            },
            hoder=_INGEN_LAGRING,
        )

    def laget(self, produsent_id: str) -> HTTPResponse:
        """A page of what the producer has made, newest first; `slettet` is beside it, the same on every page.

        Of what was deleted last, the history has kept what it was, when, and by whom.
        """
        if produsent_id not in self._produsenter():
            raise Avvist(404, "produsenten er ikke i config.toml")
        siden = request.query.side or "1"
        if not re.fullmatch(r"[1-9][0-9]{0,5}", siden):
            raise Avvist(400, "side er et nummer fra 1 og oppover")
        ord_ = request.query.getunicode("soek", "").lower().split()[:MAKS_ORD]
        with self._t.database.read() as db:  # one snapshot: a number means the same throughout
            alle = _finn(db, produsent_id, ord_)
            sider = max(1, -(-len(alle) // ANTALL))
            nr = min(int(siden), sider)
            vises = alle[(nr - 1) * ANTALL : nr * ANTALL]
            laget = _hent(db, vises)
            sted = {"produsent": produsent_id, "maks": MAKS_LESES, "antall": ANTALL_SLETTET}
            slettet = [camel(rad) for rad in rader(db.execute(_SLETTET, sted))]
        svar = {"treff": len(alle), "side": nr, "sider": sider, "laget": laget, "slettet": slettet}
        return json_svar(svar, hoder=_INGEN_LAGRING)

    def innsyn(self, id: str) -> HTTPResponse:
        """Who can see a sak or notifikasjon: for each of its mottakere the persons who hold the access, by name.

        `ukjent` are those whose access could not be looked up. `flere`: not everybody who may have it was asked about.
        """
        try:
            sted = {"id": les_id(id)}
        except Innfeil as error:
            raise Avvist(400, str(error)) from None
        spurt_om = cast(list[tuple[int, str, str]], self._t.database.read().execute(_SPOERRES_OM, sted).fetchall())
        if not spurt_om:
            raise Avvist(404, "finnes ikke, eller er slettet")
        virksomhetsnummer = spurt_om[0][2]
        personer, flere = self._mulige([noekkel for _, noekkel, _ in spurt_om], virksomhetsnummer)
        har: defaultdict[int, list[str]] = defaultdict(list)
        ukjent = []
        for fnr, navn in personer.items():
            innsyn = self._t.tilganger.innsyn(fnr)
            for tilgang_nr in {*innsyn.numre()} & {nr for nr, _, _ in spurt_om}:
                har[tilgang_nr].append(navn)
            if innsyn.feil_altinn:
                ukjent.append(navn)
        navn_paa = self._navn()
        mottakere = [{**_mottaker(n, navn_paa), "personer": har[nr]} for nr, n, _ in spurt_om]
        return json_svar({"mottakere": mottakere, "ukjent": ukjent, "flere": flere}, hoder=_INGEN_LAGRING)

    def _mulige(self, noekler: Collection[str], virksomhetsnummer: str) -> tuple[dict[str, str], bool]:
        """fnr -> name of those who may have access, the ones of config.toml first; and whether there are more."""
        kjente = self._navn()
        sted = {
            "noekler": orjson.dumps(list(noekler)).decode(),
            "virksomhetsnummer": virksomhetsnummer,
            "kjente": orjson.dumps(list(kjente)).decode(),
            "maks": MAKS_PERSONER + 1,
        }
        andre = [fnr for (fnr,) in self._t.database.read().execute(_MULIGE, sted)]
        return kjente | {fnr: _masker_fnr(fnr) for fnr in andre[:MAKS_PERSONER]}, len(andre) > MAKS_PERSONER

    def _produsenter(self) -> dict[str, Produsent]:
        """By id, as the register has them now. One that has come since the start is not among them."""
        navn = [applikasjon for p in self._t.settings.produsent for applikasjon in p.applikasjoner]
        return {p.id: p for p in map(self._t.register.finn, navn) if p}

    def _navn(self) -> dict[str, str]:
        return {person.fnr: person.navn for person in self._t.settings.person}


def _finn(db: apsw.Connection, produsent_id: str, ord_: Iterable[str]) -> list[tuple[str, int]]:
    """("sak" or "notifikasjon", nr) of what has every word somewhere. A sak has the words of its notifikasjoner, too.

    A word may also be an id, but a whole one: they are long, and have most short words in them.
    """
    tekster: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    ider: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    sted = {"produsent": produsent_id, "maks": MAKS_LESES}
    for sak_nr, notifikasjon_nr, sak_id, notifikasjon_id, *tekst in db.execute(_LAGET, sted):
        hvilken = ("notifikasjon", notifikasjon_nr) if sak_nr is None else ("sak", sak_nr)
        tekster[hvilken] += filter(None, tekst)
        ider[hvilken] |= {sak_id, notifikasjon_id}
    funnet = []
    for hvilken, deler in tekster.items():
        tekst = "\n".join(deler).lower()  # here, since SQLite folds ASCII only
        if all(et in tekst or et in ider[hvilken] for et in ord_):
            funnet.append(hvilken)
    return funnet


def _hent(db: apsw.Connection, vises: list[tuple[str, int]]) -> list[Rad]:
    """What is shown of each, in the same order: {"sak", "notifikasjoner", "antall"}. Four statements, however many."""
    saksnumre = orjson.dumps([nr for hva, nr in vises if hva == "sak"]).decode()
    alene = orjson.dumps([nr for hva, nr in vises if hva == "notifikasjon"]).decode()
    saker = {sak["nr"]: sak for sak in rader(db.execute(_SAKER, {"numre": saksnumre}))}
    notifikasjoner = rader(db.execute(_NOTIFIKASJONER, {"saker": saksnumre, "alene": alene, "maks": ANTALL_I_SAK}))
    varsler: defaultdict[str, list[Rad]] = defaultdict(list)
    sted = {"id": orjson.dumps([n["id"] for n in notifikasjoner]).decode(), "maks": ANTALL_VARSLER}
    for varsel in rader(db.execute(_VARSLER, sted)):
        varsler[varsel["notifikasjon_id"]].append(_varsel(varsel))
    noekler: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    numre = orjson.dumps([n["nr"] for n in notifikasjoner]).decode()
    for hva, nr, noekkel, _ in db.execute(_NOEKLER, {"notifikasjoner": numre, "saker": saksnumre}):
        noekler[hva, nr].append(noekkel)

    i_sak: defaultdict[int, list[Rad]] = defaultdict(list)
    alene_av_nr: dict[int, Rad] = {}
    antall: dict[int | None, int] = {}
    for n in notifikasjoner:
        nr, sak_nr = n.pop("nr"), n.pop("sak_nr")
        antall[sak_nr] = n.pop("antall")
        ut = {**camel(n), "mottakere": _som_inndata(noekler["notifikasjon", nr]), "varsler": varsler[n["id"]]}
        if sak_nr is None:
            alene_av_nr[nr] = ut
        else:
            i_sak[sak_nr].append(ut)
    laget: list[Rad] = []
    for hva, nr in vises:
        if hva == "notifikasjon":
            laget.append({"sak": None, "notifikasjoner": [alene_av_nr[nr]], "antall": 1})
        else:
            sak = saker[nr]
            del sak["nr"]
            ut = {**camel(sak), "mottakere": _som_inndata(noekler["sak", nr])}
            laget.append({"sak": ut, "notifikasjoner": i_sak[nr], "antall": antall.get(nr, 0)})
    return laget


def _varsel(varsel: Rad) -> Rad:
    vises = {navn: verdi for navn, verdi in varsel.items() if navn not in ("notifikasjon_id", "plass", "nr")}
    vises |= {"holdt": bool(varsel["holdt"]), "feilmelding": _masker(varsel["feilmelding"])}
    if varsel["kanal"] in ("SMS", "EPOST"):
        vises["mottaker"] = _masker(varsel["mottaker"])
    return camel(vises)


def _som_inndata(noekler: Iterable[str]) -> list[Rad]:
    """As MottakerInput, for what is to be made beside it."""
    return [_inndata(mottaker) for mottaker in tilgang.som_mottakere(noekler)]


def _inndata(mottaker: Rad) -> Rad:
    match mottaker["__typename"]:
        case "AltinnRessursMottaker":
            return {"altinnRessurs": {"ressursId": mottaker["ressurs_id"]}}
        case "AltinnMottaker":
            tjeneste = {"serviceCode": mottaker["service_code"], "serviceEdition": mottaker["service_edition"]}
            return {"altinn": tjeneste}
        case _:
            leder = {"naermesteLederFnr": mottaker["naermeste_leder_fnr"], "ansattFnr": mottaker["ansatt_fnr"]}
            return {"naermesteLeder": leder}


def _mottaker(noekkel: str, navn: dict[str, str]) -> Rad:
    """A key in words, without anybody's fnr."""
    (mottaker,) = tilgang.som_mottakere([noekkel])
    felles = {"slag": mottaker["__typename"], "virksomhetsnummer": mottaker["virksomhetsnummer"]}
    match mottaker["__typename"]:
        case "AltinnRessursMottaker":
            return felles | {"hva": mottaker["ressurs_id"]}
        case "AltinnMottaker":
            return felles | {"hva": f"{mottaker['service_code']}:{mottaker['service_edition']}"}
        case _:
            leder, ansatt = (
                navn.get(fnr) or _masker_fnr(fnr) for fnr in (mottaker["naermeste_leder_fnr"], mottaker["ansatt_fnr"])
            )
            return felles | {"leder": leder, "ansatt": ansatt}


def _masker_fnr(fnr: str) -> str:
    return f"{fnr[:6]} •••••"


def _masker(tekst: str | None) -> str | None:
    """The same text with so little left of numbers and addresses that only who knows them knows which they are."""
    return tekst and _KONTAKT.sub(_masker_en, tekst)


def _masker_en(treff: re.Match[str]) -> str:
    navn, kroell, vert = treff[0].rpartition("@")
    return f"{navn[:1]}•••@{vert}" if kroell else f"••••••{treff[0][-2:]}"
