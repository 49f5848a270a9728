"""What must not be served: settings that are unsafe together, or that could never work.

Checked before anything is opened, and not for the other verbs. Each fault says what to do instead.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from server import config, gateway, smtp
from server.config import Config, ConfigError, Sted, er_denne_maskinen, er_trygg
from server.kanal import KanalError


def ingen(_settings: Config, _mappe: Path) -> Iterator[tuple[Sted, str]]:
    """For what serves nobody."""
    return iter(())


def feil(settings: Config, mappe: Path) -> Iterator[tuple[Sted, str]]:
    """Each fault, and the setting to look at. Names of files are relative to `mappe`."""
    yield from _utvikling(settings) if settings.utvikling.aktiv else _drift(settings)
    yield from _utstedere(settings)
    yield from _varsling(settings.varsling)
    yield from _hemmeligheter(settings, mappe)


def advarsler(settings: Config) -> Iterator[str]:
    """What may be meant, but whoever runs the service should know."""
    v = settings.varsling
    if not settings.utvikling.aktiv:
        for navn, valgt, hva, andre in (
            ("sms", v.sms, "SMS", "gateway or altinn"),
            ("epost", v.epost, "e-mail", "smtp or altinn"),
            ("altinn", v.altinn, "messages through Altinn", "kontaktregister or altinn"),
        ):
            if valgt == "utboks":
                yield (
                    f'[varsling] {navn} = "utboks": {hva} will reach nobody, although producers are told SENDT, and '
                    f"nobody can see what was sent; set it to {andre}"
                )


def _utvikling(settings: Config) -> Iterator[tuple[Sted, str]]:
    """Development mode is moved in time and emptied at will; nothing of that may reach real people."""
    if settings.utvikling.tillat_nettverk:
        return
    v, t = settings.varsling, settings.tilgang
    naboer: list[tuple[bool, Sted, str]] = [
        (v.sms == "gateway", ("varsling", "gateway", "url"), v.gateway.url),
        (v.epost == "smtp", ("varsling", "smtp", "host"), v.smtp.host),
        ("altinn" in (v.sms, v.epost, v.altinn), ("varsling", "altinn3", "base_url"), v.altinn3.base_url),
        (t.altinn == "http", ("tilgang", "http", "base_url"), t.http.base_url),
        (t.altinn == "http", ("tilgang", "http", "token_url"), t.http.token_url),
    ]
    for i_bruk, sted, adresse in naboer:
        if i_bruk and adresse and not er_denne_maskinen(adresse):
            yield (
                sted,
                "development mode must not reach real people or the real Altinn: give an address of this machine or "
                "use the embedded one, or set [utvikling] aktiv = false, or tillat_nettverk = true if you mean it",
            )


def _drift(settings: Config) -> Iterator[tuple[Sted, str]]:
    server, innlogging = settings.server, settings.innlogging
    if not settings.utsteder and not settings.texas.introspection_url:
        yield (
            ("utvikling", "aktiv"),
            "development mode is off, and nobody's tokens are believed: add [[utsteder]] tables with issuer, slag and "
            "audience, or set [texas] introspection_url; or set aktiv = true to try things out",
        )
    if not settings.produsent:
        yield (
            ("produsent",),
            "nobody may call: add a [[produsent]] with id, applikasjoner, merkelapper and vilkaar_godtatt",
        )
    if settings.tilgang.altinn == "innebygd":
        yield (
            ("tilgang", "altinn"),
            "'innebygd' is filled by development mode only, so nobody but a nærmeste leder would see anything: "
            "use 'http' (the service altinn-tilganger) or 'fil' (a file of your own)",
        )
    aapen = not er_denne_maskinen(server.host)
    if aapen and not server.bak_proxy:
        yield (
            ("server", "bak_proxy"),
            f"on {server.host}, tokens and names would cross the network in plain HTTP: put a proxy with TLS in front, "
            "which passes the header Host on, and set bak_proxy = true; or use host = '127.0.0.1'",
        )
    if server.url and not er_trygg(server.url):
        yield (
            ("server", "url"),
            "sessions cannot be kept secret over plain HTTP: it is the address of the proxy with TLS, as 'https://…'",
        )
    if innlogging.issuer and not server.url and aapen:
        yield ("server", "url"), "[innlogging] sends browsers back to this address: set it, as 'https://…'"


def _utstedere(settings: Config) -> Iterator[tuple[Sted, str]]:
    sett: set[tuple[str, str]] = set()
    for nr, utsteder in enumerate(settings.utsteder):
        sted: Sted = ("utsteder", nr)
        if not utsteder.audience:
            yield (
                (*sted, "audience"),
                "a token for any other service would be taken for one for us: set it to what `aud` is in ours "
                "(the client id, or cluster:namespace:app)",
            )
        elif (utsteder.issuer, utsteder.audience) in sett:
            yield (*sted, "audience"), "an issuer's tokens for one audience are for one API: this one is there already"
        sett.add((utsteder.issuer, utsteder.audience))
        if utsteder.azp and utsteder.slag != "produsent":
            yield (*sted, "azp"), "says which application a producer's client id is: leave it out for slag = 'bruker'"
        yield from _krev_https(("utsteder", nr, "issuer"), "" if utsteder.jwks_url else utsteder.issuer)
        yield from _krev_https(("utsteder", nr, "jwks_url"), utsteder.jwks_url)
    texas, innlogging = settings.texas, settings.innlogging
    yield from _krev_https(("texas", "introspection_url"), texas.introspection_url)
    yield from _krev_https(("innlogging", "issuer"), innlogging.issuer)
    if texas.introspection_url and (settings.utsteder or settings.utvikling.aktiv):
        yield (
            ("texas", "introspection_url"),
            "Texas is asked about every token, so [[utsteder]] and development mode's tokens would never count: "
            "leave one of them out",
        )


def _varsling(v: config.Varsling) -> Iterator[tuple[Sted, str]]:
    try:
        gateway.sjekk_mal(v.gateway.mal)
    except ValueError as error:
        yield ("varsling", "gateway", "mal"), str(error)
    try:
        smtp.les_adresse(v.smtp.avsender)
    except KanalError as error:
        yield ("varsling", "smtp", "avsender"), f"{error}: give one, without a name, as 'ikke-svar@eksempel.no'"
    if "altinn" in (v.sms, v.epost, v.altinn) and not v.altinn3.token_url:
        yield (
            ("varsling", "altinn3", "token_url"),
            "Altinn takes no order without a token: set it to the Texas-style endpoint that has Maskinporten's",
        )


def _hemmeligheter(settings: Config, mappe: Path) -> Iterator[tuple[Sted, str]]:
    """Files with secrets that cannot be read, or hold what could not be sent. Nothing of them is told."""
    passord, autorisasjon = settings.varsling.smtp.passord_file, settings.varsling.gateway.autorisasjon_file
    filer: list[tuple[str, Sted, Callable[[str], object], str]] = [
        (passord, ("varsling", "smtp", "passord_file"), re.compile(r"[ -~]*").fullmatch, "one line in ASCII"),
        (autorisasjon, ("varsling", "gateway", "autorisasjon_file"), config.er_hodeverdi, "one line in Latin-1"),
        (settings.innlogging.klient_hemmelighet_file, ("innlogging", "klient_hemmelighet_file"), lambda _: True, ""),
    ]
    for fil, sted, kan_sendes, hva in filer:
        try:
            if not kan_sendes(config.hemmelighet(mappe, fil)):
                yield sted, f"what stands in {mappe / fil} cannot be sent: it must be {hva}"
        except ConfigError as error:
            yield sted, str(error)


def _krev_https(sted: Sted, url: str) -> Iterator[tuple[Sted, str]]:
    if url and not er_trygg(url):
        yield sted, "whoever is between could say who anybody is: use https (http is for this machine only)"
