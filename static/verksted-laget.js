/*
 * What a producer has made, as cards: what it is and what is planned, its varsler, who can see it and why, and buttons
 * for what can be done with it. Every text is a producer's, and only ever a text node.
 */
import { element, hentJson } from "/static/deler.js";
import { dag, klokkeslett } from "/static/oslo.js";
import { gjelder } from "/static/verksted-skjema.js";

const TILSTANDER = {
  NY: "Ny",
  UTFOERT: "Utført",
  UTGAATT: "Utgått",
  VENTER_SVAR_FRA_ARBEIDSGIVER: "Venter på svar",
  ARBEIDSGIVER_VIL_AVLYSE: "Vil avlyse",
  ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED: "Vil endre tid eller sted",
  ARBEIDSGIVER_HAR_GODTATT: "Godtatt",
  AVLYST: "Avlyst",
  AVHOLDT: "Avholdt",
  MOTTATT: "Mottatt",
  UNDER_BEHANDLING: "Under behandling",
  FERDIG: "Ferdig",
};
const KANALER = { SMS: "SMS", EPOST: "E-post", ALTINNRESSURS: "Altinn-ressurs", ALTINNTJENESTE: "Altinn 2-tjeneste" };
const VARSELSTATUS = { NY: "Venter", SENDT: "Sendt", FEILET: "Feilet", KANSELLERT: "Kansellert" };
const OPPHAV = { OPPDATERING: "ved endring", PAAMINNELSE: "påminnelse", KONTAKT: "til én person" };

// The first to be offered, by what it is and its state; the others are behind "Flere".
const OFTEST = {
  Sak: ["nyStatusSak", "nyOppgave", "nyBeskjed", "nyKalenderavtale"],
  NY: ["oppgaveUtfoert", "oppgaveUtsettFrist", "oppgaveUtgaatt"],
  UTGAATT: ["oppgaveUtsettFrist"],
  Kalenderavtale: ["oppdaterKalenderavtale"],
};
const KNAPPER = {
  nyStatusSak: "Ny status",
  nyOppgave: "Ny oppgave",
  nyBeskjed: "Ny beskjed",
  nyKalenderavtale: "Ny avtale",
  oppgaveUtfoert: "Utført",
  oppgaveUtsettFrist: "Utsett frist",
  oppgaveUtgaatt: "Utgått",
  oppdaterKalenderavtale: "Oppdater",
  hardDeleteNotifikasjon: "Slett",
  hardDeleteSak: "Slett",
};

const naar = (tid) => `${dag(tid).replace(/^\S+ /, "")} kl. ${klokkeslett(tid)}`;
const dato = (iso) => dag(`${iso}T12:00:00Z`).replace(/^\S+ /, "");

/** What a form can be filled with from a sak or a notifikasjon. */
export function kjentOm(ting) {
  const { id, merkelapp, eksternId, grupperingsid, virksomhetsnummer, frist, mottakere } = ting;
  return { id, merkelapp, eksternId, grupperingsid, virksomhetsnummer, frist, mottakere };
}

export const erSak = (ting) => ting.tittel !== undefined;
export const slagAv = (ting) => (erSak(ting) ? "Sak" : ting.type);
export const navnPaa = (ting) => (erSak(ting) ? ting.tittel : ting.tekst);

/** The mutations that change `ting`. */
export const passer = (felt, ting) => {
  const hva = gjelder(felt);
  return hva === slagAv(ting) || (hva === "Notifikasjon" && !erSak(ting));
};

/** A card. `o` is {skjema, produsentId, aapne(name of a mutation, ting)}. */
export function tegnKort({ sak, notifikasjoner, antall }, o) {
  const kort = element("div.kort-laget");
  if (sak) {
    kort.append(tegnTing(sak, o, "h3"));
    if (notifikasjoner.length) {
      kort.append(
        element(
          "ul.i-saken",
          { "aria-label": `I saken ${sak.tittel}` },
          ...notifikasjoner.map((n) => element("li", {}, tegnTing(n, o, "h4", sak))),
        ),
      );
      if (antall > notifikasjoner.length)
        kort.append(
          element("p.hjelp", {}, `Saken har ${antall} notifikasjoner. De ${notifikasjoner.length} nyeste vises.`),
        );
    } else kort.append(element("p.hjelp.ingen", {}, "Ingen notifikasjoner i saken."));
  } else kort.append(...notifikasjoner.map((n) => tegnTing(n, o, "h3")));
  return kort;
}

function tegnTing(ting, o, nivaa, sak = null) {
  const tilstand = ting.tilstand ?? ting.status;
  return element(
    "article.ting",
    { "data-id": ting.id, "aria-label": `${slagAv(ting)}: ${navnPaa(ting)}` },
    element(
      "div.ting-hode",
      {},
      element(`span.slag.${slagAv(ting).toLowerCase()}`, {}, slagAv(ting)),
      element(`${nivaa}.ting-navn`, { tabindex: -1 }, navnPaa(ting) || "(uten tekst)"),
      tilstand && element(`span.tilstand-lapp.${tilstand.toLowerCase()}`, {}, TILSTANDER[tilstand] ?? tilstand),
    ),
    tegnFakta(ting, o, sak),
    ting.varsler?.length > 0 && tegnVarsler(ting.varsler),
    tegnInnsyn(ting),
    tegnKnapper(ting, o),
  );
}

function tegnFakta(ting, o, sak) {
  const fakta = [
    ["Merkelapp", ting.merkelapp],
    ["Ekstern-id", ting.eksternId],
    ["Grupperingsid", sak ? null : ting.grupperingsid],
    ["Virksomhet", sak?.virksomhetsnummer === ting.virksomhetsnummer ? null : virksomhet(ting)],
    ["Opprettet", naar(ting.opprettetTidspunkt)],
    ["Statustekst", ting.overstyrStatustekstMed],
    ["Neste steg", ting.nesteSteg],
    ["Tilleggsinformasjon", ting.tilleggsinformasjon],
    ["Frist", ting.frist && dato(ting.frist)],
    ["Starter", ting.startTidspunkt && naar(ting.startTidspunkt)],
    ["Slutter", ting.sluttTidspunkt && naar(ting.sluttTidspunkt)],
    [
      ting.paaminnelse === "UTLOEST" ? "Påminnet" : "Påminnelse",
      ting.paaminnelseTidspunkt && naar(ting.paaminnelseTidspunkt),
    ],
    ["Utført", ting.utfoertTidspunkt && naar(ting.utfoertTidspunkt)],
    ["Utgått", ting.utgaattTidspunkt && naar(ting.utgaattTidspunkt)],
    ["Slettes", ting.slettesTidspunkt && naar(ting.slettesTidspunkt)],
    ["Laget av", ting.produsentId && ting.produsentId !== o.produsentId ? ting.produsentId : null],
    ["Sak", !sak && ting.sak ? `${ting.sak} (laget av ${ting.sakensProdusent})` : null],
  ];
  return element(
    "dl.ting-fakta",
    {},
    ...fakta
      .filter(([, verdi]) => verdi)
      .map(([hva, verdi]) => element("div", {}, element("dt", {}, hva), element("dd", {}, verdi))),
  );
}

const virksomhet = ({ virksomhet: navn, virksomhetsnummer }) =>
  navn ? `${navn} (${virksomhetsnummer})` : virksomhetsnummer;

function tegnVarsler(varsler) {
  return element(
    "div.varsler",
    {},
    element("p.liten-tittel", {}, "Varsler"),
    element(
      "ul",
      {},
      ...varsler.map((varsel) =>
        element(
          "li",
          {},
          element(`span.varselstatus.${varsel.status.toLowerCase()}`, {}, VARSELSTATUS[varsel.status] ?? varsel.status),
          " ",
          varseltekst(varsel),
        ),
      ),
    ),
  );
}

function varseltekst({
  kanal,
  mottaker,
  opphav,
  status,
  planlagtTidspunkt,
  avsluttetTidspunkt,
  forsoek,
  holdt,
  feilkode,
  feilmelding,
}) {
  const deler = [`${KANALER[kanal] ?? kanal} til ${mottaker ?? "(slettet)"}`];
  if (OPPHAV[opphav]) deler.push(OPPHAV[opphav]);
  if (planlagtTidspunkt) deler.push(`planlagt ${naar(planlagtTidspunkt)}`);
  else if (opphav === "PAAMINNELSE") deler.push("bestilles når påminnelsen kommer");
  if (avsluttetTidspunkt) deler.push(`${(VARSELSTATUS[status] ?? status).toLowerCase()} ${naar(avsluttetTidspunkt)}`);
  if (forsoek > 1) deler.push(`${forsoek} forsøk`);
  if (holdt && status === "NY") deler.push("holdt tilbake: for gammelt");
  if (feilkode || feilmelding) deler.push([feilkode, feilmelding].filter(Boolean).join(": "));
  return deler.join(", ");
}

/** What is left of something that has been deleted, as an item of a list. */
export function tegnSlettet({ type, opprettetTidspunkt, slettetTidspunkt, hvem }) {
  const av = hvem === "system" ? "av seg selv, som planlagt" : `av ${hvem}`;
  const tekst = `laget ${naar(opprettetTidspunkt)}, slettet ${naar(slettetTidspunkt)} ${av}`;
  return element("li", {}, element("strong", {}, type.replace("Opprettet", "")), ` ${tekst}`);
}

// ── Who can see it, and why ────────────────────────────────────────────────────────────────────────────────────────

function tegnInnsyn(ting) {
  const svar = element("div.innsyn-svar");
  const rot = element("details.innsyn", {}, element("summary", {}, "Hvem kan se dette, og hvorfor?"), svar);
  rot.addEventListener("toggle", () => rot.open && hentInnsyn(ting, svar));
  return rot;
}

async function hentInnsyn(ting, plass) {
  if (!plass.hasChildNodes()) plass.append(element("p", {}, "Ser etter …"));
  try {
    plass.replaceChildren(...innsyn(await hentJson(`/dev/laget/${ting.id}/innsyn`), ting));
  } catch (feil) {
    const hvorfor = feil.cause === 404 ? "Den er slettet." : "Kjører tjenesten? Lukk og åpne for å prøve igjen.";
    plass.replaceChildren(element("p.feltfeil", {}, `Vi får ikke sett hvem som kan se den. ${hvorfor}`));
  }
}

function innsyn({ mottakere, ukjent, flere }, ting) {
  const noder = mottakere.map((mottaker) => {
    const { personer } = mottaker;
    const hvem = personer.length
      ? personer.map((navn) => element("li", {}, element("strong", {}, navn), `: ${grunn(mottaker)}`))
      : [element("li.ingen", {}, `Ingen: ${savn(mottaker)}`)];
    return element("ul", {}, ...hvem);
  });
  if (ukjent.length) {
    noder.push(
      element(
        "p.hjelp",
        {},
        `Vi vet ikke om ${new Intl.ListFormat("nb").format(ukjent)}: oppslaget i Altinn feiler. ` +
          "Da vises bare det man har som nærmeste leder.",
      ),
    );
  }
  if (flere) noder.push(element("p.hjelp", {}, "Det kan være flere. Bare de første er spurt om."));
  if (!erSak(ting) && ting.sak)
    noder.push(element("p.hjelp", {}, `I saksoversikten vises den også for dem som kan se saken «${ting.sak}».`));
  return noder;
}

/** "ressurs test-fager i 910825526 (Altinn)" */
function grunn({ slag, hva, virksomhetsnummer, ansatt }) {
  if (slag === "AltinnRessursMottaker") return `ressurs ${hva} i ${virksomhetsnummer} (Altinn)`;
  if (slag === "AltinnMottaker") return `tjeneste ${hva} i ${virksomhetsnummer} (Altinn 2)`;
  return `nærmeste leder for ${ansatt} i ${virksomhetsnummer}`;
}

function savn({ slag, hva, virksomhetsnummer, leder, ansatt }) {
  if (slag === "AltinnRessursMottaker") return `vi kjenner ikke noen med ressursen ${hva} i ${virksomhetsnummer}.`;
  if (slag === "AltinnMottaker") return `vi kjenner ikke noen med tjenesten ${hva} i ${virksomhetsnummer}.`;
  return `${leder} er ikke registrert som nærmeste leder for ${ansatt} i ${virksomhetsnummer}.`;
}

// ── What can be done with it ───────────────────────────────────────────────────────────────────────────────────────

function tegnKnapper(ting, o) {
  const oftest = [
    ...(OFTEST[slagAv(ting)] ?? OFTEST[ting.type === "Oppgave" ? ting.tilstand : ""] ?? []),
    erSak(ting) ? "hardDeleteSak" : "hardDeleteNotifikasjon",
  ];
  const alle = o.skjema.mutation.fields;
  const knapp = (navn, tekst, klasse = "knapp.liten") => {
    const ny = element(
      `button.${klasse}`,
      { type: "button", "aria-label": `${tekst}: ${navnPaa(ting)}`, "data-mutasjon": navn },
      tekst,
    );
    ny.addEventListener("click", () => o.aapne(navn, ting));
    return ny;
  };
  const resten = alle.filter((felt) => passer(felt, ting) && !oftest.includes(felt.name));
  return element(
    "div.handlinger",
    {},
    ...oftest
      .filter((navn) => alle.some(({ name }) => name === navn))
      .map((navn) => knapp(navn, KNAPPER[navn] ?? navn)),
    resten.length > 0 &&
      element(
        "details.flere",
        {},
        element(
          "summary",
          { "aria-label": `Flere (${resten.length}) mutasjoner: ${navnPaa(ting)}` },
          `Flere (${resten.length})`,
        ),
        element(
          "div.flere-liste",
          {},
          ...resten.map(({ name, isDeprecated }) => knapp(name, isDeprecated ? `${name} (utgår)` : name, "lenkeknapp")),
        ),
      ),
  );
}
