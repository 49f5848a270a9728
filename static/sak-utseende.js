/*
 * How saker and the notifikasjoner in them look, on each page that shows them: tags and icons as in the bell, whose own
 * are not to be had from outside it.
 *
 * Before changing it: a link of a notifikasjon is shown only where it leads elsewhere than the sak itself, and to
 * follow it marks the notifikasjon as clicked, also when that leaves the page.
 */
import { element, hentJson, ikon, tryggLenke } from "/static/deler.js";
import { dagnummer, kortDag, kortDato, kortTid, moetetid } from "/static/oslo.js";

// On a grid of 24; the same drawings as in the bell.
export const IKONER = {
  boble: "M5 3h14a2.5 2.5 0 0 1 2.5 2.5v9A2.5 2.5 0 0 1 19 17H9.4l-5.5 4.4A.9.9 0 0 1 2.5 20.7V5.5A2.5 2.5 0 0 1 5 3Z",
  notat:
    "M5 4h9.25L6.93 13.25 6.3 19l5.96-2.18L19 8.3V20a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2Z" +
    "M18 1.3 21 3.7 19.75 5.25 16.77 2.89ZM16.15 3.67 19.13 6.03 12.2 14.8 8.2 16.8 9.2 12.5Z",
  hake: "M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20ZM16.4 7.3 10.7 13.8 7.7 11.1 6.3 12.7 10.9 16.8 18 8.7Z",
  kalender:
    "M6.5 2h2.2v2h6.6V2h2.2v2H20a1.5 1.5 0 0 1 1.5 1.5v3h-19v-3A1.5 1.5 0 0 1 4 4h2.5Z" +
    "M2.5 10h19v10a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 20Z" +
    "M6 12.5v2.2h2.5v-2.2ZM10.75 12.5v2.2h2.5v-2.2ZM15.5 12.5v2.2H18v-2.2Z" +
    "M6 16.6v2.2h2.5v-2.2ZM10.75 16.6v2.2h2.5v-2.2Z",
  klokke:
    "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18ZM12 4.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4Z" +
    "M11.1 7.2h1.8v4.4l3 3-1.3 1.3-3.5-3.5Z",
  sted:
    "M12 2a7 7 0 0 1 7 7c0 4.5-4.5 9.6-6.3 12.6a.8.8 0 0 1-1.4 0C9.5 18.6 5 13.5 5 9a7 7 0 0 1 7-7Z" +
    "M12 6.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6Z",
  kamera:
    "M4 6h9.5A1.5 1.5 0 0 1 15 7.5v9a1.5 1.5 0 0 1-1.5 1.5H4a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 4 6Z" +
    "M21.5 7.3v9.4l-5-3v-3.4Z",
  ut: "M8.5 5H19v10.5h-2V8.4L6.4 19 5 17.6 15.6 7H8.5Z",
  kryss: "M5 6.5 6.5 5 12 10.5 17.5 5 19 6.5 13.5 12 19 17.5 17.5 19 12 13.5 6.5 19 5 17.5 10.5 12Z",
  venstre: "M15.3 4.7 8 12l7.3 7.3 1.4-1.4-5.9-5.9 5.9-5.9Z",
  hoeyre: "M8.7 4.7 16 12l-7.3 7.3-1.4-1.4 5.9-5.9-5.9-5.9Z",
  blyant: "M15.5 3.5 20.5 8.5 8.5 20.5H3.5v-5ZM15.5 6.3 5.5 16.3v2.2h2.2l10-10Z",
  soeppel: "M9 3h6l1 2h4v2H4V5h4ZM5.5 8.5h13L17.4 21H6.6Z",
  advarsel: "M12 2.5 22.5 21h-21ZM11 9.5h2v5.5h-2ZM11 16.5h2v2h-2Z",
};

// ── What is asked of the server ────────────────────────────────────────────────────────────────────────────────────

/** The fields of a sak that these pages show. */
export const SAKSFELTER = `
  id tittel lenke merkelapp nesteSteg tilleggsinformasjon
  virksomhet { virksomhetsnummer navn }
  sisteStatus { type tekst tidspunkt }
  tidslinje {
    __typename
    ... on BeskjedTidslinjeElement { id tekst lenke opprettetTidspunkt }
    ... on OppgaveTidslinjeElement {
      id tekst lenke opprettetTidspunkt tilstand frist paaminnelseTidspunkt utfoertTidspunkt utgaattTidspunkt
    }
    ... on KalenderavtaleTidslinjeElement {
      id tekst lenke avtaletilstand startTidspunkt sluttTidspunkt digitalt lokasjon { adresse postnummer poststed }
    }
  }`;
const KLIKK = `mutation NotifikasjonKlikketPaa($id: ID!) {
  notifikasjonKlikketPaa(id: $id) { ... on BrukerKlikk { id klikketPaa } ... on UgyldigId { feilmelding } }
}`;

/** hentJson, for what belongs to who is logged in. Who no longer is, is sent to log in. */
export async function hentMitt(sti, valg) {
  try {
    return await hentJson(sti, valg);
  } catch (feil) {
    if (feil.cause === 401) location.reload();
    throw feil;
  }
}

/** What time it is on the server, whose clock can be moved in development mode. */
export async function hentNaa() {
  try {
    return (await document.querySelector("notifikasjon-bjelle").hentTid?.()) ?? new Date();
  } catch {
    return new Date();
  }
}

/** With `keepalive` the click is on its way although the page is left. If it is lost, there is nothing to be done. */
function merkKlikket(id) {
  fetch("/bruker/api/graphql", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ query: KLIKK, variables: { id } }),
    keepalive: true,
  }).catch(() => {});
}

// ── Notifikasjoner ─────────────────────────────────────────────────────────────────────────────────────────────────

const AVTALER = {
  VENTER_SVAR_FRA_ARBEIDSGIVER: ["advarsel", "Svar på invitasjonen"],
  ARBEIDSGIVER_HAR_GODTATT: ["suksess", "Du har takket ja"],
  ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED: ["info", "Du ønsker endre tid eller sted"],
  ARBEIDSGIVER_VIL_AVLYSE: ["info", "Du ønsker å avlyse"],
  AVLYST: ["feil", "Avlyst"],
  AVHOLDT: ["suksess", "Avholdt"],
};

export function merke({ slag, tekst, klokke }) {
  return element(`span.merke.${slag}`, {}, klokke && ikon(IKONER.klokke), tekst);
}

/** What its state says: icon, colour, and a tag or null. `aapen`: somebody is still to do it; `kommer`: it is to come. */
export function utseende(ting, naa) {
  if (ting.__typename.startsWith("Oppgave")) return oppgave(ting, naa);
  if (ting.__typename.startsWith("Kalenderavtale")) return kalenderavtale(ting, naa);
  return { ikon: "boble", tittel: "Beskjed", farge: "blaa", merke: null };
}

function oppgave({ tilstand, frist, paaminnelseTidspunkt, utfoertTidspunkt, utgaattTidspunkt }, naa) {
  if (tilstand === "UTFOERT") {
    const tekst = `Oppgave utført${utfoertTidspunkt ? ` ${kortDag(utfoertTidspunkt, naa)}` : ""}`;
    return { ikon: "hake", tittel: "Utført oppgave", farge: "graa", merke: { slag: "ferdig", tekst } };
  }
  if (tilstand === "UTGAATT") {
    const tekst = frist ? `Fristen gikk ut ${kortDato(frist)}` : `Utgått ${kortDag(utgaattTidspunkt, naa)}`;
    const merket = { slag: "noeytral", tekst, klokke: Boolean(frist) };
    return { ikon: "notat", tittel: "Utgått oppgave", farge: "graa", merke: merket };
  }
  const tekst = [paaminnelseTidspunkt && "Påminnelse", frist && `Frist ${kortDato(frist)}`].filter(Boolean).join(" – ");
  const merket = tekst ? { slag: "advarsel", tekst, klokke: true } : null;
  return { ikon: "notat", tittel: "Uløst oppgave", farge: "oransje", aapen: true, merke: merket };
}

function kalenderavtale({ avtaletilstand, startTidspunkt }, naa) {
  const venter = avtaletilstand === "VENTER_SVAR_FRA_ARBEIDSGIVER";
  const kommer = new Date(startTidspunkt) >= naa && !["AVLYST", "AVHOLDT"].includes(avtaletilstand);
  const [slag, tekst] = Object.hasOwn(AVTALER, avtaletilstand) ? AVTALER[avtaletilstand] : [];
  const merket = slag && (kommer || !venter) ? { slag, tekst } : null; // too late to answer
  const farge = !kommer ? "graa" : venter ? "oransje" : "blaa";
  return { ikon: "kalender", tittel: "Kalenderavtale", farge, kommer, aapen: venter && kommer, merke: merket };
}

/** When and where a kalenderavtale is. */
export function oppmoete({ startTidspunkt, sluttTidspunkt, lokasjon, digitalt }, naa) {
  const sted = lokasjon && [lokasjon.adresse, `${lokasjon.postnummer} ${lokasjon.poststed}`.trim()].filter(Boolean);
  return [
    element(
      "p.moete",
      {},
      element("time", { datetime: startTidspunkt }, moetetid(startTidspunkt, sluttTidspunkt, naa)),
    ),
    digitalt && element("p.sted", {}, ikon(IKONER.kamera), "Digitalt møte"),
    sted?.length && element("p.sted", {}, ikon(IKONER.sted), sted.join(", ")),
  ];
}

/** The text of a notifikasjon: a link if it leads somewhere that the sak itself does not. */
export function lenketTekst({ id, tekst, lenke }, sakensLenke = null) {
  if (lenke === sakensLenke || !tryggLenke(lenke)) return element("span.tekst", {}, tekst);
  const a = element("a.tekst", { href: lenke }, tekst);
  a.addEventListener("click", () => merkKlikket(id));
  a.addEventListener("auxclick", ({ button }) => button === 1 && merkKlikket(id)); // the middle button opens a tab
  return a;
}

// ── Saker ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const STATUSER = { MOTTATT: "noeytral", UNDER_BEHANDLING: "info", FERDIG: "suksess" };

export const statusmerke = ({ type, tekst }) => merke({ slag: STATUSER[type] ?? "noeytral", tekst });

export const virksomhetsnavn = ({ navn, virksomhetsnummer }) => navn || `Virksomhet ${virksomhetsnummer}`;

/** The way to the producer's own page of the sak. `klasse`: how it looks. */
export function lenkeUt({ tittel, lenke }, klasse) {
  if (lenke === null || !tryggLenke(lenke)) return null;
  return element(
    `a.${klasse}`,
    { href: lenke },
    "Gå til saken",
    element("span.skjult", {}, `– ${tittel}`),
    ikon(IKONER.ut),
  );
}

/** What is to be done or to come, the most urgent first: [thing, how it looks]. */
function foran(tidslinje, naa) {
  const naar = ({ startTidspunkt, frist }) =>
    startTidspunkt || frist ? Date.parse(startTidspunkt ?? frist) : Number.MAX_VALUE;
  return tidslinje
    .map((ting) => [ting, utseende(ting, naa)])
    .filter(([, { aapen, kommer }]) => aapen || kommer)
    .sort(([a], [b]) => naar(a) - naar(b));
}

const VIST_FORAN = 2; // in a list of saker; the rest is on the page of the sak

/** A sak in a list. `nivaa` is that of its heading. */
export function sakskort(sak, naa, { nivaa = 3 } = {}) {
  const ting = foran(sak.tidslinje, naa);
  const tittel = element(
    `h${nivaa}`,
    { id: `tittel-${sak.id}` },
    element("a", { href: `/sak?saksid=${sak.id}` }, sak.tittel),
  );
  const flere = ting.length - VIST_FORAN;
  const kort = element(
    "article.sakskort",
    { "aria-labelledby": tittel.id, "data-id": sak.id },
    element(
      "div.korttopp",
      {},
      element("p.virksomhet", {}, virksomhetsnavn(sak.virksomhet)),
      element("p.sakstype", {}, sak.merkelapp),
    ),
    tittel,
    sak.tilleggsinformasjon && element("p.tillegg", {}, sak.tilleggsinformasjon),
    element(
      "p.status",
      {},
      statusmerke(sak.sisteStatus),
      element("time", { datetime: sak.sisteStatus.tidspunkt }, kortTid(sak.sisteStatus.tidspunkt, naa)),
      lenkeUt(sak, "lenke-ut"),
    ),
    sak.nesteSteg && element("p.neste-steg", {}, element("b", {}, "Neste steg: "), sak.nesteSteg),
    ting.length > 0 &&
      element(
        "ul.foran",
        {},
        ting.slice(0, VIST_FORAN).map((en) => tegnForan(...en, sak, naa)),
        flere > 0 && element("li.flere", {}, `og ${flere} til`),
      ),
  );
  kort.classList.toggle(
    "gjoeremaal",
    ting.some(([, { aapen }]) => aapen),
  );
  return kort;
}

function tegnForan(ting, { ikon: navn, tittel, farge, merke: merket }, sak, naa) {
  return element(
    "li",
    {},
    element(`span.farge-${farge}`, {}, ikon(IKONER[navn], tittel)),
    element(
      "div",
      {},
      lenketTekst(ting, sak.lenke),
      ting.startTidspunkt && element("span.naar", {}, moetetid(ting.startTidspunkt, ting.sluttTidspunkt, naa)),
      merket && merke(merket),
    ),
  );
}

/** All that a card of the sak is drawn from, as text: where it is the same, so is the card. */
export const tegnesAv = (sak, naa) =>
  JSON.stringify([
    sak,
    dagnummer(naa),
    sak.tidslinje.map(({ startTidspunkt }) => startTidspunkt && new Date(startTidspunkt) < naa),
  ]);

// ── States that the pages share ────────────────────────────────────────────────────────────────────────────────────

/** Told without alarm: what is shown is right, but there may be more. */
export const altinnMelding = (hva, proevIgjen) =>
  boks("varselboks", [element("p", {}, element("b", {}, "Altinn svarer ikke")), element("p", {}, hva)], proevIgjen);

export const feilmelding = (tekst, proevIgjen) => boks("varselboks.feil", [element("p", {}, tekst)], proevIgjen);

/** A box with a button that tries again. It stays until it has helped, and says so, also aloud, when it has not. */
function boks(klasser, tekst, proevIgjen) {
  const utfall = element("p");
  const knapp = element("button.knapp", { type: "button" }, "Prøv igjen");
  knapp.addEventListener("click", async () => {
    if (knapp.getAttribute("aria-disabled")) return;
    knapp.setAttribute("aria-disabled", "true");
    utfall.textContent = "Prøver igjen …";
    await proevIgjen();
    knapp.removeAttribute("aria-disabled");
    utfall.textContent = "Det gikk ikke nå heller.";
  });
  return element(`div.${klasser}`, {}, ikon(IKONER.advarsel), element("div", {}, ...tekst, utfall), knapp);
}

/** Fill a live region only when what it says has changed, or it would be read aloud at every look. */
export function meld(region, signatur, lag) {
  if (region.dataset.signatur === signatur) return;
  region.dataset.signatur = signatur;
  const hadde = region.contains(document.activeElement);
  region.replaceChildren(...[lag()].flat().filter(Boolean));
  if (hadde) document.getElementById("innhold").focus(); // the button that had it is gone
}

const MINUTT_MS = 60_000;

/** Look again when who comes back to the page has been away for a while. `sist` tells when it was looked at last. */
export function seIgjen(sist, hent) {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && performance.now() - sist() > MINUTT_MS) hent();
  });
}
