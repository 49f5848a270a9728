"""What a producer may say: the inputs of the SDL, with the rules that the SDL cannot state.

GraphQL has checked types and nulls before anything gets here. A broken rule raises UgyldigInndata, which pydantic lets
through, so the first violation ends it; the order is the platform's: nested objects first, in the SDL's field order,
then the object's own rule. Keep the fields in the SDL's order.
"""

import re
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator
from pydantic.alias_generators import to_camel

from server import tid
from server.feil import UgyldigInndata

_ELLEVE_SIFRE = re.compile(r"[0-9]{11}")
_TELEFON = re.compile(r"(?:\+47|0047)?([49][0-9]{7})")
_SPERREDE_SERIER = ((42000000, 44999999), (45360000, 45369999), (49000000, 49999999))  # NKOM's number plan, E.164
_EPOST = re.compile(r"(?:(?!_)\w|[._%+-])+@(?:(?!_)\w|[.-])+\.[^\W\d_]{2,}")  # letters of any alphabet, as the platform


def tekst(etikett: str, maks: int) -> Any:
    """A rule for texts that people see: at most `maks` UTF-16 code units (an emoji counts as two), no national id."""

    def kontroller(verdi: str) -> str:
        antall = len(verdi.encode("utf-16-le", "surrogatepass")) // 2
        if antall > maks:
            raise UgyldigInndata(f"{etikett}: teksten er for lang (antall={antall}, maks={maks}).")
        if _ELLEVE_SIFRE.search(verdi):
            raise UgyldigInndata(f"{etikett}: teksten kan ikke inneholde personnummer (11 siffer).")
        return verdi

    return AfterValidator(kontroller)


def _telefon(verdi: str) -> str:
    if not verdi.strip():
        raise UgyldigInndata("Kontaktinfo.tlf: nummeret kan ikke være blankt (blank).")
    if not (match := _TELEFON.fullmatch(verdi)):
        raise UgyldigInndata(
            "Kontaktinfo.tlf: nummeret må være et norsk mobilnummer på åtte siffer, eventuelt med +47 eller 0047 foran."
        )
    nummer = int(match[1])
    if any(fra <= nummer <= til for fra, til in _SPERREDE_SERIER):
        raise UgyldigInndata(f"Kontaktinfo.tlf: serien {match[1][:4]}xxxx er ikke for mobiltelefoner (NKOM E164).")
    return verdi


def _epostadresse(verdi: str) -> str:
    if not verdi.strip():
        raise UgyldigInndata("Kontaktinfo.epostadresse: adressen kan ikke være blank (blank).")
    if not _EPOST.fullmatch(verdi) or not verdi.rpartition(".")[2].isalpha():  # \w has numerals that are no digits
        raise UgyldigInndata("Kontaktinfo.epostadresse: dette er ikke en gyldig e-postadresse.")
    return verdi


GyldigTelefon = Annotated[str, AfterValidator(_telefon)]
GyldigEpostadresse = Annotated[str, AfterValidator(_epostadresse)]
# To whom and with what words: kept with the varsel, and erased with it, so never in the history.
Telefon = Annotated[GyldigTelefon, Field(exclude=True)]
Epostadresse = Annotated[GyldigEpostadresse, Field(exclude=True)]
Varseltekst = Annotated[str, Field(exclude=True)]


class Inndata(BaseModel):
    """Base for GraphQL input. Explicit null and absent are the same: None."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, extra="forbid", frozen=True)

    def til_historien(self) -> dict[str, Any]:
        """What was said, as JSON has it, less what is erased before its notifikasjon."""
        return self.model_dump(by_alias=True, exclude_none=True)


class NoeyaktigEtt(Inndata):
    """An input object with exactly one non-null member."""

    etikett: ClassVar[str]

    @model_validator(mode="after")
    def _kontroller(self, info: ValidationInfo) -> Self:
        satt = [felt.alias for navn, felt in type(self).model_fields.items() if getattr(self, navn) is not None]
        if len(satt) == 1 and satt[0] not in _ALTINN2:
            return self
        if utgaatt := [navn for navn in satt if navn in _ALTINN2 and not (info.context or {}).get("altinn2", True)]:
            raise UgyldigInndata(f"{self.etikett}: {utgaatt[0]} er ikke lenger støttet.")
        if len(satt) != 1:
            gitt = f"({', '.join(map(str, satt))} er gitt)" if satt else "(Ingen felt er satt)"
            raise UgyldigInndata(f"{self.etikett}: nøyaktig ett felt skal være satt {gitt}")
        return self


_ALTINN2 = ("altinn", "altinntjeneste")  # refused with [tilgang] altinn2 = "avvis"

# ── Mottakere ──


class AltinnMottaker(Inndata):
    service_code: str
    service_edition: str


class AltinnRessursMottaker(Inndata):
    ressurs_id: str


class NaermesteLederMottaker(Inndata):
    naermeste_leder_fnr: str
    ansatt_fnr: str


class Mottaker(NoeyaktigEtt):
    etikett = "MottakerInput"
    naermeste_leder: NaermesteLederMottaker | None = None
    altinn_ressurs: AltinnRessursMottaker | None = None
    altinn: AltinnMottaker | None = None


# ── Times ──

# The platform's hours go further than an int64 of µs, which is what the history can hold; both are "never".
Varighet = Annotated[
    tid.Varighet, AfterValidator(lambda varighet: varighet._replace(mikrosekunder=tid.begrens(varighet.mikrosekunder)))
]
Sendevindu = Literal["NKS_AAPNINGSTID", "DAGTID_IKKE_SOENDAG", "LOEPENDE"]


class FutureTemporal(NoeyaktigEtt):
    etikett = "FutureTemporalInput"
    den: int | None = None
    om: Varighet | None = None

    def tidspunkt(self, base: int) -> int:
        """`den` on Oslo's clock, or `base` plus `om` on the UTC calendar."""
        if self.om is not None:
            return tid.pluss(base, self.om)
        assert self.den is not None
        return tid.fra_oslo(self.den)


class HardDeleteUpdate(Inndata):
    ny_tid: FutureTemporal
    strategi: Literal["FORLENG", "OVERSKRIV"]

    def tidspunkt(self, planlagt: int | None, base: int) -> int:
        """When to delete instead of at `planlagt`: FORLENG never moves it forward in time."""
        nytt = self.ny_tid.tidspunkt(base)
        return max(nytt, planlagt) if self.strategi == "FORLENG" and planlagt is not None else nytt


class Sendetidspunkt(NoeyaktigEtt):
    etikett = "SendetidspunktInput"
    tidspunkt: int | None = None
    sendevindu: Sendevindu | None = None


class PaaminnelseTidspunkt(NoeyaktigEtt):
    etikett = "PaaminnelseTidspunktInput"
    konkret: int | None = None
    etter_opprettelse: Varighet | None = None
    foer_frist: Varighet | None = None
    foer_start_tidspunkt: Varighet | None = None


# ── Varsler ──


class Bestilling(NamedTuple):
    """A varsel as it is stored, whichever input it came from. sendetidspunkt is an instant, for SPESIFISERT only."""

    kanal: str
    mottaker: str
    tittel: str | None
    tekst: str | None
    sms_tekst: str | None
    sendevindu: str
    sendetidspunkt: int | None


class SmsKontaktInfo(Inndata):
    fnr: str | None = Field(default=None, exclude=True)  # never stored, not in the history either
    tlf: Telefon


class SmsMottaker(NoeyaktigEtt):
    etikett = "sms.mottaker"
    kontaktinfo: SmsKontaktInfo | None = None


class EpostKontaktInfo(Inndata):
    fnr: str | None = Field(default=None, exclude=True)  # never stored, not in the history either
    epostadresse: Epostadresse


class EpostMottaker(NoeyaktigEtt):
    etikett = "epost.mottaker"
    kontaktinfo: EpostKontaktInfo | None = None


class _Sms(Inndata):
    mottaker: SmsMottaker
    sms_tekst: Varseltekst


class _Epost(Inndata):
    mottaker: EpostMottaker
    epost_tittel: Varseltekst
    epost_html_body: Varseltekst


class _Altinntjeneste(Inndata):
    mottaker: AltinnMottaker
    tittel: Varseltekst
    innhold: Varseltekst


class _Altinnressurs(Inndata):
    mottaker: AltinnRessursMottaker
    epost_tittel: Varseltekst
    epost_html_body: Varseltekst
    sms_tekst: Varseltekst


class _MedSendetidspunkt(Inndata):
    sendetidspunkt: Sendetidspunkt


class _MedSendevindu(Inndata):
    sendevindu: Sendevindu


class EksterntVarselSms(_MedSendetidspunkt, _Sms): ...


class EksterntVarselEpost(_MedSendetidspunkt, _Epost): ...


class EksterntVarselAltinntjeneste(_MedSendetidspunkt, _Altinntjeneste): ...


class EksterntVarselAltinnressurs(_MedSendetidspunkt, _Altinnressurs): ...


class EksterntVarsel(NoeyaktigEtt):
    etikett = "EksterntVarselInput"
    sms: EksterntVarselSms | None = None
    epost: EksterntVarselEpost | None = None
    altinntjeneste: EksterntVarselAltinntjeneste | None = None
    altinnressurs: EksterntVarselAltinnressurs | None = None

    def bestilling(self) -> Bestilling:
        varsel = self.sms or self.epost or self.altinntjeneste or self.altinnressurs
        assert varsel
        tidspunkt, vindu = varsel.sendetidspunkt.tidspunkt, varsel.sendetidspunkt.sendevindu
        if tidspunkt is not None:
            return _bestilling(varsel, "SPESIFISERT", tid.naar_oslo_viser(tidspunkt))
        return _bestilling(varsel, vindu or "LOEPENDE", None)


class PaaminnelseEksterntVarselSms(_MedSendevindu, _Sms): ...


class PaaminnelseEksterntVarselEpost(_MedSendevindu, _Epost): ...


class PaaminnelseEksterntVarselAltinntjeneste(_MedSendevindu, _Altinntjeneste): ...


class PaaminnelseEksterntVarselAltinnressurs(_MedSendevindu, _Altinnressurs): ...


class PaaminnelseEksterntVarsel(NoeyaktigEtt):
    etikett = "PaaminnelseEksterntVarselInput"
    sms: PaaminnelseEksterntVarselSms | None = None
    epost: PaaminnelseEksterntVarselEpost | None = None
    altinntjeneste: PaaminnelseEksterntVarselAltinntjeneste | None = None
    altinnressurs: PaaminnelseEksterntVarselAltinnressurs | None = None

    def bestilling(self) -> Bestilling:
        varsel = self.sms or self.epost or self.altinntjeneste or self.altinnressurs
        assert varsel
        return _bestilling(varsel, varsel.sendevindu, None)


def _bestilling(varsel: Inndata, sendevindu: str, sendetidspunkt: int | None) -> Bestilling:
    match varsel:
        case _Sms(mottaker=SmsMottaker(kontaktinfo=SmsKontaktInfo(tlf=tlf))):
            return Bestilling("SMS", tlf, None, None, varsel.sms_tekst, sendevindu, sendetidspunkt)
        case _Epost(mottaker=EpostMottaker(kontaktinfo=EpostKontaktInfo(epostadresse=adresse))):
            return Bestilling(
                "EPOST", adresse, varsel.epost_tittel, varsel.epost_html_body, None, sendevindu, sendetidspunkt
            )
        case _Altinntjeneste(mottaker=tjeneste):
            kode = f"{tjeneste.service_code}:{tjeneste.service_edition}"
            return Bestilling(
                "ALTINNTJENESTE", kode, varsel.tittel, varsel.innhold, varsel.tittel, sendevindu, sendetidspunkt
            )
        case _Altinnressurs(mottaker=ressurs):
            # Altinn writes its own sentence after the title, so the title has to end as one.
            tittel = varsel.epost_tittel if varsel.epost_tittel.endswith(". ") else f"{varsel.epost_tittel}. "
            return Bestilling(
                "ALTINNRESSURS",
                ressurs.ressurs_id,
                tittel,
                varsel.epost_html_body,
                varsel.sms_tekst,
                sendevindu,
                sendetidspunkt,
            )
    raise AssertionError(f"no channel for {type(varsel).__name__}")


class Paaminnelse(Inndata):
    tidspunkt: PaaminnelseTidspunkt
    eksterne_varsler: list[PaaminnelseEksterntVarsel] = []


# ── Saker ──


class NySak(Inndata):
    grupperingsid: str
    merkelapp: str
    virksomhetsnummer: str
    mottakere: list[Mottaker]
    initiell_status: str
    neste_steg: str | None = None
    tidspunkt: int | None = None
    overstyr_statustekst_med: str | None = None
    hard_delete: FutureTemporal | None = None
    lenke: str | None = None
    tittel: Annotated[str, tekst("sak.tittel", 140)]
    tilleggsinformasjon: Annotated[str, tekst("sak.tilleggsinformasjon", 140)] | None = None


class NyStatusSak(Inndata):
    idempotency_key: str | None = None
    ny_status: str
    tidspunkt: int | None = None
    overstyr_statustekst_med: str | None = None
    hard_delete: HardDeleteUpdate | None = None
    ny_lenke_til_sak: str | None = None


class NesteStegSak(Inndata):
    idempotency_key: str | None = None
    neste_steg: str | None = None


class TilleggsinformasjonSak(Inndata):
    idempotency_key: str | None = None
    tilleggsinformasjon: Annotated[str, tekst("tilleggsinformasjon", 140)] | None = None


# ── Notifikasjoner ──


class NotifikasjonInnhold(Inndata):
    merkelapp: str
    tekst: Annotated[str, tekst("notifikasjon.tekst", 300)]
    lenke: str


class Metadata(Inndata):
    virksomhetsnummer: str
    ekstern_id: str
    opprettet_tidspunkt: int | None = None
    grupperingsid: str | None = None
    hard_delete: FutureTemporal | None = None


class NyBeskjed(Inndata):
    mottaker: Mottaker | None = None
    mottakere: list[Mottaker] = []
    notifikasjon: NotifikasjonInnhold
    metadata: Metadata
    eksterne_varsler: list[EksterntVarsel] = []


class NyOppgave(Inndata):
    mottaker: Mottaker | None = None
    mottakere: list[Mottaker] = []
    notifikasjon: NotifikasjonInnhold
    frist: str | None = None
    metadata: Metadata
    eksterne_varsler: list[EksterntVarsel] = []
    paaminnelse: Paaminnelse | None = None


class OppgaveUtfoert(Inndata):
    hard_delete: HardDeleteUpdate | None = None
    ny_lenke: str | None = None
    utfoert_tidspunkt: int | None = None


class OppgaveUtgaatt(Inndata):
    hard_delete: HardDeleteUpdate | None = None
    ny_lenke: str | None = None
    utgaatt_tidspunkt: int | None = None


class OppgaveUtsettFrist(Inndata):
    ny_frist: str
    paaminnelse: Paaminnelse | None = None


class OppgaveEndrePaaminnelse(Inndata):
    idempotency_key: str | None = None
    paaminnelse: Paaminnelse | None = None


class Lokasjon(Inndata):
    adresse: str
    postnummer: str
    poststed: str


class NyKalenderavtale(Inndata):
    virksomhetsnummer: str
    grupperingsid: str
    merkelapp: str
    ekstern_id: str
    lenke: str
    mottakere: list[Mottaker]
    start_tidspunkt: int
    slutt_tidspunkt: int | None = None
    lokasjon: Lokasjon | None = None
    er_digitalt: bool | None = None
    tilstand: str | None = None
    eksterne_varsler: list[EksterntVarsel] = []
    paaminnelse: Paaminnelse | None = None
    hard_delete: FutureTemporal | None = None
    tekst: Annotated[str, tekst("kalenderavtale.tekst", 300)]


class OppdaterKalenderavtale(Inndata):
    ny_tilstand: str | None = None
    ny_lenke: str | None = None
    ny_lokasjon: Lokasjon | None = None
    ny_er_digitalt: bool | None = None
    hard_delete: HardDeleteUpdate | None = None
    idempotency_key: str | None = None
    eksterne_varsler: list[EksterntVarsel] = []
    paaminnelse: Paaminnelse | None = None
    ny_tekst: Annotated[str, tekst("kalenderavtale.tekst", 300)] | None = None
