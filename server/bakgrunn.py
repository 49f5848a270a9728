"""All that happens by itself: which steps there are, and which channels varsler go out through."""

from functools import partial
from pathlib import Path

from server import (
    altinn_tilganger,
    besvarte_kall,
    config,
    enhetsregister,
    gateway,
    kalenderavtale,
    notifikasjoner,
    oekt,
    oppgave,
    sletting,
    smtp,
    varsling,
)
from server.altinn import SlaaOpp
from server.altinn3 import Altinn3
from server.database import Database
from server.enhetsregister import Enhetsregister
from server.kontaktregister import Kontaktregister
from server.noedbrems import Sprangvakt
from server.register import Register, Registerfil
from server.tid import Klokke
from server.tilgangsfil import Tilgangsfil
from server.utboks import Utboks
from server.varsling import Kanal, Regler
from server.worker import TID, Steg, Stell


def steg(database: Database) -> dict[str, Steg]:
    """What time does to notifikasjoner and saker. At the same instant a påminnelse comes first, and a deletion last."""
    return {
        "paaminnelse": Steg(
            lambda: notifikasjoner.neste_paaminnelse(database), lambda now: notifikasjoner.paaminn_neste(database, now)
        ),
        "utgaatt": Steg(lambda: oppgave.neste_frist(database), lambda now: oppgave.utgaa_neste(database, now)),
        "avholdt": Steg(
            lambda: kalenderavtale.neste_start(database), lambda now: kalenderavtale.avhold_neste(database, now)
        ),
        "sletting": Steg(lambda: sletting.neste_sletting(database), lambda now: sletting.slett_neste(database, now)),
    }


def sending(
    database: Database,
    klokke: Klokke,
    v: config.Varsling,
    utboks: Utboks,
    mappe: Path,
    slaa_opp: SlaaOpp | None = None,
    produsenter: Register | None = None,
    vakt: Sprangvakt | None = None,
) -> dict[str, Steg]:
    """A step for each channel in use. Those that call a neighbour have a thread of their own. Raises ConfigError.

    `vakt` watches the clock where it is to be believed, which it is not in development mode.
    """

    def slag(navn: str) -> tuple[str, ...]:
        valgt = {"SMS": v.sms, "EPOST": v.epost, "ALTINNRESSURS": v.altinn, "ALTINNTJENESTE": v.altinn}
        return tuple(kanal for kanal, gaar_til in valgt.items() if gaar_til == navn)

    passord = config.hemmelighet(mappe, v.smtp.passord_file)
    autorisasjon = config.hemmelighet(mappe, v.gateway.autorisasjon_file)
    register = Kontaktregister(database, klokke, slaa_opp)
    altinn = Altinn3(v.altinn3, ressurser=(produsenter or Register([])).ressurser)
    kanaler = [
        Kanal("utboks", slag("utboks"), utboks.send),
        Kanal("kontaktregister", slag("kontaktregister"), register.send, register.kvittering),
        # The same Message-ID again is as near as e-mail comes to telling a repetition.
        Kanal(
            "smtp",
            slag("smtp"),
            lambda melding: smtp.send(v.smtp, melding, passord),
            idempotent=False,
            gjentas=True,
        ),
        Kanal(
            "gateway",
            slag("gateway"),
            lambda melding: gateway.send(v.gateway, melding, autorisasjon),
            idempotent=v.gateway.idempotent,
        ),
        Kanal("altinn", slag("altinn"), altinn.bestill, altinn.kvittering),
    ]
    regler = Regler(v.ved_tvil == "send", v.kvote_per_doegn, v.for_gammelt_etter_timer * varsling.TIME)
    hver = {
        f"varsling_{kanal.navn}": Steg(
            partial(varsling.neste_forfall, database, kanal),
            partial(varsling.behandle_neste, database, kanal, regler),
            TID if kanal.navn in ("utboks", "kontaktregister") else kanal.navn,
        )
        for kanal in kanaler
        if kanal.slag
    }
    return {navn: _voktet(vakt, ett) for navn, ett in hver.items()} if vakt else hver


def _voktet(vakt: Sprangvakt, steg: Steg) -> Steg:
    """The same step, with a look at the clock first: it must not believe one that has just been moved."""

    def forfall() -> int | None:
        vakt.se_etter()
        return steg.forfall()

    def gjoer(now: int) -> bool:
        vakt.se_etter()
        return steg.gjoer(now)

    return Steg(forfall, gjoer, steg.traad)


def stell(
    database: Database,
    settings: config.Config,
    klokke: Klokke,
    tilgangsfil: Tilgangsfil | None = None,
    register: Enhetsregister | None = None,
    registerfil: Registerfil | None = None,
) -> dict[str, Stell]:
    """Housekeeping, and what follows the world outside: the files of access and producers, the register of names."""
    dager, kontaktdager = settings.bakgrunn.behold_besvarte_kall_dager, settings.varsling.slett_kontaktdata_etter_dager

    def glem_svar(_now: int) -> None:
        naa = klokke.ekte_mikrosekunder()
        oekt.rydd(database, naa)
        altinn_tilganger.rydd(database, naa, settings.tilgang.cache_s)
        enhetsregister.rydd(database, naa, settings.navn.ukjent_timer)

    utenfor = {}
    if tilgangsfil is not None:
        utenfor["tilgangsfil"] = Stell(lambda _: tilgangsfil.lagre_endringer(database), hver_s=1)
    if registerfil is not None:
        utenfor["registerfil"] = Stell(lambda _: registerfil.se_etter(), hver_s=1)
    if register is not None:
        utenfor["navn"] = Stell(lambda _: register.hent(), hver_s=1, traad="navn")
    return utenfor | {
        "rydding": Stell(lambda now: besvarte_kall.rydd(database, now, dager), hver_s=600),
        "kontaktdata": Stell(lambda now: varsling.glem_gamle_kontaktdata(database, now, kontaktdager), hver_s=600),
        "mellomlager": Stell(glem_svar, hver_s=60),
        "lagring": Stell(lambda _: database.proev(), hver_s=10),
        "checkpoint": Stell(lambda _: database.checkpoint(), hver_s=30),  # deleted means gone from the WAL too
        "optimize": Stell(lambda _: database.optimize(), hver_s=3600),
    }
