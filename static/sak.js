/*
 * One sak, found by `?saksid=` or by the producer's own names of it, `?merkelapp=…&grupperingsid=…`.
 *
 * Before changing it: what is not there, what is deleted and what one may not see must look the same in every way. An
 * id that is none is told of without asking, as the API would call it an error.
 */
import { element, ikon, spoerBruker } from "/static/deler.js";
import { kortDato, kortTid, tidspunkt } from "/static/oslo.js";
import {
  IKONER,
  SAKSFELTER,
  altinnMelding,
  feilmelding,
  hentNaa,
  lenkeUt,
  lenketTekst,
  meld,
  merke,
  oppmoete,
  seIgjen,
  statusmerke,
  tegnesAv,
  utseende,
  virksomhetsnavn,
} from "/static/sak-utseende.js";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MED_ID = `query sak($id: ID!) { svar: sakById(id: $id) { feilAltinn sak { ${SAKSFELTER} } } }`;
const MED_GRUPPERINGSID = `query sak($merkelapp: String! $grupperingsid: String!) {
  svar: sakByGrupperingsid(merkelapp: $merkelapp, grupperingsid: $grupperingsid) { feilAltinn sak { ${SAKSFELTER} } }
}`;

const finn = (id) => document.getElementById(id);
const parametere = new URLSearchParams(location.search);
const tittelen = document.title;

let kall = 0; // how many times the server has been asked; an answer to any but the last is old
let spurt = -Infinity; // performance.now() when the server was asked last
let tegnet = null; // what is shown, as text: the same again is not drawn again

/** {sak, feilAltinn} */
async function spoer() {
  const [id, merkelapp, grupperingsid] = ["saksid", "merkelapp", "grupperingsid"].map((navn) => parametere.get(navn));
  if (UUID.test(id ?? "")) return (await spoerBruker(MED_ID, { id })).svar;
  if (id === null && merkelapp !== null && grupperingsid !== null) {
    return (await spoerBruker(MED_GRUPPERINGSID, { merkelapp, grupperingsid })).svar;
  }
  return { sak: null, feilAltinn: false };
}

/** `stille`: nobody has asked for it, so what is shown stays if it fails. */
async function hent({ stille = false } = {}) {
  const mitt = (kall += 1);
  finn("sak").setAttribute("aria-busy", "true");
  try {
    const [{ sak, feilAltinn }, naa] = await Promise.all([spoer(), hentNaa()]);
    if (mitt !== kall) return;
    spurt = performance.now();
    meld(finn("feil"), "", () => null);
    meld(finn("altinn"), `${feilAltinn} ${sak === null}`, () => {
      const hva = sak
        ? "Saken kan ha endret seg. Det du ser, er det vi vet."
        : "Vi kan ikke vise saken uten svar derfra. Prøv igjen om litt.";
      return feilAltinn && altinnMelding(hva, () => hent());
    });
    tegn(sak, naa, feilAltinn);
  } catch {
    if (mitt !== kall || (stille && tegnet)) return;
    tegnet = null;
    finn("sak").replaceChildren(element("h1", {}, "Sak"));
    meldinger("after");
    const tekst = "Vi får ikke hentet saken akkurat nå.";
    meld(finn("feil"), tekst, () => feilmelding(tekst, () => hent()));
  } finally {
    if (mitt === kall) finn("sak").setAttribute("aria-busy", "false");
  }
}

// ── Drawing ────────────────────────────────────────────────────────────────────────────────────────────────────────

function tegn(sak, naa, feilAltinn) {
  const signatur = JSON.stringify([sak && tegnesAv(sak, naa), feilAltinn]);
  if (signatur === tegnet) return;
  tegnet = signatur;
  const hadde = finn("sak").contains(document.activeElement);
  document.title = tittelen.replace(/^Sak/, () => sak?.tittel ?? (feilAltinn ? "Sak" : "Vi finner ikke saken"));
  finn("sak").replaceChildren(...(sak ? tegnSak(sak, naa) : tegnMangler(feilAltinn)));
  meldinger(sak ? "before" : "after");
  if (hadde) finn("innhold").focus();
}

/** What is wrong stands above the sak, but below a heading that is alone. */
function meldinger(hvor) {
  const foer = finn("altinn").compareDocumentPosition(finn("sak")) & Node.DOCUMENT_POSITION_FOLLOWING;
  if (Boolean(foer) !== (hvor === "before")) finn("sak")[hvor](finn("altinn"), finn("feil"));
}

function tegnMangler(feilAltinn) {
  if (feilAltinn) return [element("h1", {}, "Sak")]; // it may be there all the same, as the page says below
  return [
    element("h1", {}, "Vi finner ikke saken"),
    element(
      "p.ingress",
      {},
      "Den kan være slettet, eller du har ikke tilgang til den. Kom du hit fra en lenke, kan den være feil.",
    ),
    element("p.knapper", {}, element("a.knapp", { href: finn("tilbake").href }, "Til saksoversikten")),
  ];
}

function tegnSak(sak, naa) {
  const { sisteStatus, tidslinje } = sak;
  const fakta = [
    ["Neste steg", sak.nesteSteg],
    [frister(tidslinje).length > 1 ? "Frister" : "Frist", new Intl.ListFormat("nb").format(frister(tidslinje))],
    ["Sakstype", sak.merkelapp],
    ["Virksomhetsnummer", sak.virksomhet.virksomhetsnummer],
  ].filter(([, verdi]) => verdi);
  return [
    element(
      "header.sakshode",
      {},
      element("p.virksomhet", {}, virksomhetsnavn(sak.virksomhet)),
      element("h1", {}, sak.tittel),
      sak.tilleggsinformasjon && element("p.tillegg", {}, sak.tilleggsinformasjon),
      element("p.status", {}, statusmerke(sisteStatus), tid(sisteStatus.tidspunkt, naa)),
      element(
        "dl.saksfakta",
        {},
        fakta.map(([navn, verdi]) => element("div", {}, element("dt", {}, navn), element("dd", {}, verdi))),
      ),
      lenkeUt(sak, "knapp.hoved.lenke-ut"),
    ),
    element(
      "section.tidslinje",
      { "aria-labelledby": "tidslinje" },
      element("h2", { id: "tidslinje" }, "Tidslinje"),
      tidslinje.length
        ? element(
            "ol",
            {},
            tidslinje.map((ting) => tegnTing(ting, sak, naa)),
          )
        : element("p.ingen", {}, "Saken har ingen oppgaver, beskjeder eller avtaler ennå."),
    ),
  ];
}

/** Those of what is still to be done, the earliest first. */
function frister(tidslinje) {
  const alle = tidslinje.filter(({ tilstand, frist }) => tilstand === "NY" && frist).map(({ frist }) => frist);
  return [...new Set(alle)].sort().map(kortDato);
}

function tegnTing(ting, sak, naa) {
  const { ikon: navn, tittel, farge, aapen, merke: merket } = utseende(ting, naa);
  const punkt = element(
    "li",
    { "data-id": ting.id },
    element(`span.prikk.farge-${farge}`, {}, ikon(IKONER[navn])),
    element(
      "div",
      {},
      element("p.hva", {}, tittel),
      element("p", {}, lenketTekst(ting, sak.lenke)),
      ting.startTidspunkt ? oppmoete(ting, naa) : null,
      merket && merke(merket),
      element(
        "ul.tider",
        {},
        tider(ting, naa).map(([hva, naar]) => element("li", {}, `${hva} `, tid(naar, naa, { smaa: true }))),
      ),
    ),
  );
  punkt.classList.toggle("gjoeremaal", Boolean(aapen));
  punkt.classList.toggle("graa", farge === "graa");
  return punkt;
}

/** `smaa`: in the middle of a sentence. */
function tid(naar, naa, { smaa = false } = {}) {
  const tekst = kortTid(naar, naa);
  return element("time", { datetime: naar, title: tidspunkt(naar) }, smaa ? tekst.replace(/^I/, "i") : tekst);
}

/** What has happened to it, latest last. A kalenderavtale does not tell. */
function tider({ opprettetTidspunkt, paaminnelseTidspunkt, utgaattTidspunkt, utfoertTidspunkt }) {
  return [
    ["Opprettet", opprettetTidspunkt],
    ["Påminnelse", paaminnelseTidspunkt],
    ["Utgått", utgaattTidspunkt],
    ["Utført", utfoertTidspunkt],
  ].filter(([, naar]) => naar);
}

// Back to the list as it was filtered, if that is where one came from.
if (document.referrer && URL.canParse(document.referrer)) {
  const fra = new URL(document.referrer);
  if (fra.origin === location.origin && fra.pathname === "/saksoversikt")
    finn("tilbake").href = fra.pathname + fra.search;
}
seIgjen(
  () => spurt,
  () => hent({ stille: true }),
);
hent();
