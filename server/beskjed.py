"""nyBeskjed: a message that asks for nothing."""

from typing import Any

from server import notifikasjoner
from server.inndata import NyBeskjed
from server.register import Kall


def ny_beskjed(kall: Kall, ny_beskjed: dict[str, Any]) -> dict[str, Any]:
    beskjed = NyBeskjed.model_validate(ny_beskjed, context={"altinn2": kall.altinn2})
    _ = kall.produsent
    metadata = beskjed.metadata
    return notifikasjoner.opprett(
        kall,
        notifikasjoner.Ny(
            type="Beskjed",
            merkelapp=beskjed.notifikasjon.merkelapp,
            ekstern_id=metadata.ekstern_id,
            virksomhetsnummer=metadata.virksomhetsnummer,
            grupperingsid=metadata.grupperingsid,
            tekst=beskjed.notifikasjon.tekst,
            lenke=beskjed.notifikasjon.lenke,
            mottakere=[*([beskjed.mottaker] if beskjed.mottaker else []), *beskjed.mottakere],
            maa_vaere_paa_saken=beskjed.mottakere,
            opprettet_tidspunkt=kall.now if metadata.opprettet_tidspunkt is None else metadata.opprettet_tidspunkt,
            hard_delete=metadata.hard_delete,
            eksterne_varsler=beskjed.eksterne_varsler,
            inndata=beskjed,
        ),
    )
