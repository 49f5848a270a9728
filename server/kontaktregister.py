"""The channel for "everybody with this access" where there is no Altinn to ask: each of them by e-mail if known, else
SMS.

Who has access is asked of the embedded Altinn or the file, for the people whose contact data we have. (One that is
asked over HTTP would need a token of each of them.) Each gets a varsel of their own, made in one transaction with the
decision; the first varsel waits for theirs, and is SENDT if any of them is.
"""

from functools import partial
from typing import Any

import apsw

from server import altinn, varsling
from server.altinn import SlaaOpp
from server.database import Database
from server.inndata import Bestilling, GyldigEpostadresse, GyldigTelefon, Inndata
from server.kanal import KanalError, Melding, Utfall
from server.rader import rader
from server.tid import Klokke


class Kontaktregister:
    def __init__(self, database: Database, klokke: Klokke, slaa_opp: SlaaOpp | None = None) -> None:
        """Without `slaa_opp`: the embedded Altinn."""
        self._database, self._klokke = database, klokke
        self._slaa_opp = slaa_opp or partial(altinn.slaa_opp, database)

    def send(self, melding: Melding) -> str:
        """Hand it on to each person. Returns an order id; raises KanalError if nobody is known."""
        # Before the transaction: with many people it takes its time.
        bestillinger = [_til(kontakt, melding) for kontakt in self._med_tilgang(melding)]
        with self._database.write() as db:
            (varsel,) = rader(
                db.execute(
                    "SELECT nr, produsent_id, notifikasjon_id FROM eksternt_varsel WHERE id = ?", (melding.varsel_id,)
                )
            )
            if not db.execute("SELECT 1 FROM eksternt_varsel WHERE forelder_nr = ?", (varsel["nr"],)).get:
                if not bestillinger:
                    raise KanalError(
                        "nobody with this access has contact data", kode="ingen_kontaktdata", permanent=True
                    )
                eier = varsling.Eier(varsel["notifikasjon_id"], varsel["produsent_id"], melding.virksomhetsnummer)
                now = self._klokke.now()
                varsling.bestill(db, now, eier, bestillinger, "KONTAKT", forelder_nr=varsel["nr"])
        return melding.varsel_id

    def kvittering(self, varsel_id: str) -> Utfall | None:
        """What became of the persons' varsler; None while any of them is underway."""
        statuser = dict(
            self._database.read().execute(
                """
                SELECT b.status, count(*) FROM eksternt_varsel f JOIN eksternt_varsel b ON b.forelder_nr = f.nr
                 WHERE f.id = ? GROUP BY b.status
                """,
                (varsel_id,),
            )
        )
        if "NY" in statuser:
            return None
        return Utfall(None) if "SENDT" in statuser else Utfall("ingen_naadd")

    def _med_tilgang(self, melding: Melding) -> list[dict[str, Any]]:
        """The contact data of each person whose Altinn answer has the access in this very virksomhet."""
        oensket = (melding.virksomhetsnummer, melding.mottaker)
        kontakter = rader(self._database.read().execute("SELECT fnr, epostadresse, tlf FROM kontakt ORDER BY fnr"))
        return [kontakt for kontakt in kontakter if oensket in self._slaa_opp(kontakt["fnr"], None).par]


def _til(kontakt: dict[str, Any], melding: Melding) -> Bestilling:
    if kontakt["epostadresse"] is not None:
        return Bestilling("EPOST", kontakt["epostadresse"], melding.tittel, melding.tekst, None, "LOEPENDE", None)
    return Bestilling("SMS", kontakt["tlf"], None, None, melding.sms_tekst, "LOEPENDE", None)


class Kontakt(Inndata):
    """How to reach a person. Raises UgyldigInndata for what no varsel could be sent to."""

    epostadresse: GyldigEpostadresse | None = None
    tlf: GyldigTelefon | None = None


def lagre(db: apsw.Connection, fnr: str, kontakt: Kontakt) -> None:
    """Remember how to reach the person; with neither, forget it."""
    db.execute("DELETE FROM kontakt WHERE fnr = ?", (fnr,))
    if kontakt.epostadresse is not None or kontakt.tlf is not None:
        db.execute(
            "INSERT INTO kontakt (fnr, epostadresse, tlf) VALUES (?, ?, ?)", (fnr, kontakt.epostadresse, kontakt.tlf)
        )
