"""The settings: config.toml, checked. Only notifikasjon.py reads them; other modules are handed their section or plain
values.

Every setting stands in config.toml with its default, unit and meaning (a test compares); an unknown key stops the
start.
"""

import ipaddress
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator


class ConfigError(Exception):
    """The configuration cannot be used; the message says where and why."""


class Seksjon(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


M = TypeVar("M", bound=Seksjon)
Sted = tuple[str | int, ...]  # of a setting: keys, and indices where there are several


_er_url = re.compile(r"https?://[^/\s\x00-\x1f\x7f][^\s\x00-\x1f\x7f]*").fullmatch


def _url(tekst: str) -> str:
    if not _er_url(tekst):
        raise ValueError("is not an address that can be called, as 'https://eksempel.no/sti'")
    _ = urlsplit(tekst).port  # raises ValueError as well, which says what is wrong with host or port
    return tekst


def _hodeverdi(tekst: str) -> str:
    if not er_hodeverdi(tekst):
        raise ValueError("is not what a header can hold: one line in Latin-1, without blanks first")
    return tekst


er_hodeverdi = re.compile(r"([!-~\xa1-\xff][\t -~\xa0-\xff]*)?").fullmatch  # by HTTP; anything else is never sent
Url = Annotated[str, AfterValidator(_url)]
UrlEllerTom = Annotated[str, AfterValidator(lambda tekst: tekst and _url(tekst))]
Opphav = Annotated[str, Field(pattern=r"^https?://[^/\s?#@]+$")]  # of a page: scheme, host and port, nothing after them
Applikasjonsnavn = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}(:[A-Za-z0-9._-]{1,100}){2}$")]
Acr = Annotated[tuple[str, ...], Field(min_length=1)]
Filnavn = Annotated[str, Field(pattern=r"^[^\x00]+$")]
Hodenavn = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
Hodeverdi = Annotated[str, AfterValidator(_hodeverdi)]


class Server(Seksjon):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    url: Annotated[str, Field(pattern=r"^(https?://[^/\s?#@]+)?$")] = ""
    bak_proxy: bool = False
    traader: Annotated[int, Field(ge=1, le=64)] = 8
    egne_traader: bool = True
    husk_svar: bool = True
    maks_stroemmer: Annotated[int, Field(ge=0, le=1500)] = 200
    tillatte_opphav: tuple[Opphav, ...] = ()
    produsent_verter: tuple[str, ...] = (
        "ag-notifikasjon-produsent-api",
        "notifikasjon-produsent-api",
        "notifikasjon-fake-produsent-api",
    )
    bruker_verter: tuple[str, ...] = ("ag-notifikasjon-bruker-api", "notifikasjon-bruker-api")
    loggnivaa: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


class Database(Seksjon):
    file: Filnavn = "notifikasjon.db"


class Utvikling(Seksjon):
    aktiv: bool = False
    tillat_nettverk: bool = False
    demodata: bool = True
    grenser: bool = False


class Grenser(Seksjon):
    produsent_per_s: Annotated[float, Field(gt=0)] = 100
    produsent_samlet: Annotated[int, Field(ge=1)] = 500
    bruker_per_s: Annotated[float, Field(gt=0)] = 5
    bruker_samlet: Annotated[int, Field(ge=1)] = 60


class Utsteder(Seksjon):
    issuer: Url
    slag: Literal["produsent", "bruker"]
    audience: str = ""
    jwks_url: UrlEllerTom = ""
    azp: dict[str, Applikasjonsnavn] = {}
    acr: Acr = ("idporten-loa-high", "Level4")


class Texas(Seksjon):
    introspection_url: UrlEllerTom = ""
    produsent_utsteder: str = "azuread"
    bruker_utsteder: str = "tokenx"
    azp: dict[str, Applikasjonsnavn] = {}
    acr: Acr = ("idporten-loa-high", "Level4")


class Innlogging(Seksjon):
    issuer: UrlEllerTom = ""
    klient_id: Annotated[str, Field(min_length=1)] = "notifikasjon"
    klient_hemmelighet_file: str = ""
    scope: Annotated[str, Field(pattern=r"^(.* )?openid( .*)?$")] = "openid"
    acr_values: Acr = ("idporten-loa-high",)
    varighet_timer: Annotated[int, Field(ge=1, le=24)] = 12


def _exact(tekst: str) -> str:
    if not tekst or tekst != tekst.strip():
        raise ValueError("is empty, or has blanks around it; it must be exactly what is used")
    return tekst


Noeyaktig = Annotated[str, AfterValidator(_exact)]


class Produsent(Seksjon):
    id: Noeyaktig
    applikasjoner: tuple[Noeyaktig, ...] = Field(min_length=1)
    merkelapper: tuple[Noeyaktig, ...] = ()
    ressurser: tuple[Noeyaktig, ...] = ()
    tjenester: tuple[Noeyaktig, ...] = ()
    naermeste_leder: bool = False
    vilkaar_godtatt: date | None = None

    @field_validator("tjenester")
    @classmethod
    def _code_and_edition(cls, tjenester: tuple[str, ...]) -> tuple[str, ...]:
        if feil := [t for t in tjenester if t.count(":") != 1 or t.startswith(":") or t.endswith(":")]:
            raise ValueError(f"{feil[0]!r} is not of the form code:edition")
        return tjenester

    @field_validator("merkelapper", "ressurser", "tjenester")
    @classmethod
    def _no_repetition(cls, verdier: tuple[str, ...]) -> tuple[str, ...]:
        if dobbelt := _gjentatt(verdier):
            raise ValueError(f"given more than once: {', '.join(dobbelt)}")
        return verdier


class Person(Seksjon):
    fnr: str = Field(pattern=r"^[0-9]{11}$")
    navn: str
    rolle: str = ""


class TilgangHttp(Seksjon):
    base_url: Url = "http://arbeidsgiver-altinn-tilganger"
    audience: str = ""
    token_url: UrlEllerTom = ""
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 30
    samtidige: Annotated[int, Field(ge=1, le=64)] = 16


class Tilgang(Seksjon):
    altinn: Literal["innebygd", "http", "fil"] = "innebygd"
    altinn2: Literal["godta", "avvis"] = "godta"
    cache_s: Annotated[int, Field(ge=0, le=600)] = 300
    cache_antall: Annotated[int, Field(ge=1)] = 25_000
    fil: Filnavn = "tilganger.toml"
    http: TilgangHttp = TilgangHttp()


class Navn(Seksjon):
    kilde: Literal["altinn", "nav", "enhetsregisteret"] = "altinn"
    base_url: UrlEllerTom = ""
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 15
    ukjent_timer: Annotated[int, Field(ge=1)] = 24


class Smtp(Seksjon):
    host: Annotated[str, Field(pattern=r"^[^\s/]+$")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 1025
    avsender: str = "ikke-svar@eksempel.no"
    kryptering: Literal["ingen", "starttls", "tls"] = "ingen"
    bruker: Annotated[str, Field(pattern=r"^[ -~]*$")] = ""  # the login of SMTP knows nothing but ASCII
    passord_file: str = ""
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 20


class Gateway(Seksjon):
    url: Url = "http://127.0.0.1:9000/sms"
    hoder: dict[Hodenavn, Hodeverdi] = {}
    autorisasjon_file: str = ""
    mal: str = '{"til": "{til}", "tekst": "{tekst}", "varselId": "{varselId}"}'
    idempotent: bool = True
    vellykket_felt: str = ""
    vellykket_verdi: str = ""
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 10


class Altinn3(Seksjon):
    base_url: Url = "https://platform.altinn.no"
    token_url: UrlEllerTom = ""
    avsender_sms: str = "Nav"
    avsender_epost: str = "ikke-svar@nav.no"
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 10


class Varsling(Seksjon):
    sms: Literal["utboks", "gateway", "altinn"] = "utboks"
    epost: Literal["utboks", "smtp", "altinn"] = "utboks"
    altinn: Literal["utboks", "kontaktregister", "altinn"] = "utboks"
    ved_tvil: Literal["send", "ikke_send"] = "ikke_send"
    streng: bool = False
    kvote_per_doegn: Annotated[int, Field(ge=0)] = 0
    for_gammelt_etter_timer: Annotated[int, Field(ge=1)] = 24
    meld_fra_etter_minutter: Annotated[int, Field(ge=0)] = 60
    slett_kontaktdata_etter_dager: Annotated[int, Field(ge=1)] = 30
    smtp: Smtp = Smtp()
    gateway: Gateway = Gateway()
    altinn3: Altinn3 = Altinn3()


class NaermesteLeder(Seksjon):
    applikasjoner: tuple[Applikasjonsnavn, ...] = ()


class Bakgrunn(Seksjon):
    pause_s: Annotated[float, Field(gt=0, le=60)] = 1
    behold_besvarte_kall_dager: Annotated[int, Field(ge=1)] = 1


class Config(Seksjon):
    server: Server = Server()
    database: Database = Database()
    utvikling: Utvikling = Utvikling()
    grenser: Grenser = Grenser()
    texas: Texas = Texas()
    innlogging: Innlogging = Innlogging()
    utsteder: tuple[Utsteder, ...] = ()
    produsent: tuple[Produsent, ...] = ()
    person: tuple[Person, ...] = ()
    tilgang: Tilgang = Tilgang()
    navn: Navn = Navn()
    varsling: Varsling = Varsling()
    naermeste_leder: NaermesteLeder = NaermesteLeder()
    bakgrunn: Bakgrunn = Bakgrunn()


def er_denne_maskinen(adresse: str) -> bool:
    """Whether a host, or that of a URL, is always this machine. A name that only points here is not."""
    vert = adresse
    try:
        if "://" in adresse:
            vert = urlsplit(adresse).hostname or ""
        return ipaddress.ip_address(vert).is_loopback
    except ValueError:
        return vert == "localhost" or vert.endswith(".localhost")


def er_trygg(url: str) -> bool:
    """Whether what is said there, and heard, is between the two alone."""
    return url.startswith("https://") or (url.startswith("http://") and er_denne_maskinen(url))


def load(
    path: Path, sjekk: Callable[[Config, Path], Iterable[tuple[Sted, str]]] = lambda *_: (), **overstyrt: Any
) -> Config:
    """The settings of a file, with those given on the command line instead of its own ("server.port"=…).

    `sjekk` is told also the folder that names of files are relative to. Raises ConfigError, which names file, setting
    and reason.
    """
    return les(path, Config, overstyrt, lambda lest: [*_once_each(lest), *_sammen(lest), *sjekk(lest, path.parent)])


def hemmelighet(mappe: Path, fil: str) -> str:
    """What stands in the file that a setting names; "" if it names none. Raises ConfigError."""
    try:
        return (mappe / fil).read_text(encoding="utf-8-sig").strip() if fil else ""
    except (OSError, ValueError) as error:  # ValueError: a name, or a text, that cannot be one
        grunn = error.strerror if isinstance(error, OSError) else "not a text in UTF-8"
        raise ConfigError(f"{mappe / fil}: {grunn}") from None


def _sammen(lest: Config) -> Iterator[tuple[Sted, str]]:
    """What does not go together, whatever the program is to do."""
    if lest.utvikling.aktiv and not lest.utvikling.tillat_nettverk and not er_denne_maskinen(lest.server.host):
        yield (
            ("server", "host"),
            f"development mode lets anybody be anybody, so it refuses to listen on {lest.server.host}: "
            "use host = '127.0.0.1', or set [utvikling] tillat_nettverk = true",
        )
    if lest.tilgang.altinn != "http":
        return
    if not lest.tilgang.http.token_url:
        yield ("tilgang", "http", "token_url"), "[tilgang] altinn = 'http' needs it: where users' tokens are exchanged"
    if not lest.tilgang.http.audience:
        yield (
            ("tilgang", "http", "audience"),
            "[tilgang] altinn = 'http' needs it: whom users' tokens are exchanged for, as "
            "'<cluster>:fager:arbeidsgiver-altinn-tilganger'",
        )
    if lest.varsling.altinn == "kontaktregister":
        yield (
            ("varsling", "altinn"),
            "'kontaktregister' must know everybody's access, and [tilgang] altinn = 'http' tells only the caller's "
            "own: use [tilgang] altinn = 'fil', or [varsling] altinn = 'altinn'",
        )


def _once_each(lest: Config) -> Iterator[tuple[Sted, str]]:
    """What names one thing stands once. The place is where it stands again."""
    navn: list[tuple[Sted, str, str]] = []
    for nr, p in enumerate(lest.produsent):
        navn.append((("produsent", nr, "id"), "produsent id", p.id))
        navn += [(("produsent", nr, "applikasjoner"), "application", applikasjon) for applikasjon in p.applikasjoner]
    sett = set()
    for sted, hva, verdi in navn:
        if (hva, verdi) in sett:
            yield sted, f"{hva} given more than once: {verdi}"
        sett.add((hva, verdi))
    foerste: dict[str, int] = {}
    for nr, person in enumerate(lest.person, 1):
        if foerste.setdefault(person.fnr, nr) != nr:  # told without the fnr, which has no place in a log
            yield ("person", nr - 1, "fnr"), f"[[person]] number {nr} is number {foerste[person.fnr]} once more"


def les(
    path: Path,
    modell: type[M],
    overstyrt: dict[str, Any],
    sjekk: Callable[[M], Iterable[tuple[Sted, str]]] = lambda _: (),
) -> M:
    """A TOML file that looks like `modell`, without faults that `sjekk` finds. Raises ConfigError, which tells all."""
    try:
        innhold = tomllib.loads(path.read_text(encoding="utf-8-sig") + "\n")  # so that its last line has a number
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    for noekkel, verdi in overstyrt.items():
        seksjon, _, navn = noekkel.partition(".")
        if verdi is not None and isinstance(innhold.setdefault(seksjon, {}), dict):
            innhold[seksjon][navn] = verdi
    try:
        # As JSON, where pydantic is strict about types and yet takes a list for a tuple: port = "8080" is a mistake.
        lest = modell.model_validate_json(json.dumps(innhold, default=str))
        feil = list(sjekk(lest))
    except ValidationError as error:
        feil = [(funn["loc"], funn["msg"]) for funn in error.errors()]
    if feil:
        linjer = path.read_text(encoding="utf-8-sig").splitlines()
        raise ConfigError("\n".join(_beskriv(path, linjer, overstyrt, *funn) for funn in feil))
    return lest


def stempel(path: Path) -> tuple[int, int, int] | None:
    """Changes when the file does. None: it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def ulike(foer: Seksjon, etter: Seksjon, *, unntatt: Sequence[str] = ()) -> list[str]:
    """The names of the settings that differ, as "server.port"."""
    funnet = []
    for navn in type(foer).model_fields.keys() - set(unntatt):
        en, annen = getattr(foer, navn), getattr(etter, navn)
        if isinstance(en, Seksjon):
            funnet += [f"{navn}.{under}" for under in ulike(en, annen)]
        elif en != annen:
            funnet.append(navn)
    return sorted(funnet)


def _gjentatt(verdier: Sequence[str]) -> list[str]:
    return sorted({verdi for verdi in verdier if verdier.count(verdi) > 1})


def _beskriv(path: Path, linjer: list[str], overstyrt: dict[str, Any], hvor: Sted, hva: str) -> str:
    """One line for one error: file, line, setting, what is expected."""
    sted = ".".join(map(str, hvor))
    nummer = _linje(linjer, hvor)
    fil = f"{path}:{nummer}" if nummer else str(path)
    if overstyrt.get(sted) is not None:
        fil = "command line"
    return f"{fil}: {sted or 'configuration'}: {hva.removeprefix('Value error, ')}"


def _linje(linjer: list[str], sted: Sted) -> int:
    """Line number of a setting, or of the innermost section around it that is in the file; 0 if there is none."""
    funnet: dict[Sted, int] = {}
    nyeste: dict[Sted, int] = {}  # index of the last [[table]] so far
    tabell: Sted = ()
    for nummer, linje in enumerate(linjer, 1):
        if treff := re.match(r"\s*(\[\[?)\s*([\w.-]+)\s*\]\]?\s*(?:#|$)", linje):
            *ytre, navn = treff[2].split(".")
            tabell = ()
            for del_ in ytre:
                tabell = (*tabell, del_)
                tabell = (*tabell, nyeste[tabell]) if tabell in nyeste else tabell
            tabell = (*tabell, navn)
            funnet.setdefault(tabell, nummer)
            if treff[1] == "[[":
                nyeste[tabell] = nyeste.get(tabell, -1) + 1
                tabell = (*tabell, nyeste[tabell])
                funnet[tabell] = nummer
        elif treff := re.match(r'\s*"?([\w.-]+)"?\s*=', linje):
            funnet.setdefault((*tabell, *treff[1].split(".")), nummer)
    innenfra = (sted[:antall] for antall in range(len(sted), 0, -1))
    return next((funnet[del_] for del_ in innenfra if del_ in funnet), 0)
