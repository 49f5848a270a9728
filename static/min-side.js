/* Min side: the kalenderavtaler to come and the latest saker, in all virksomheter of who is logged in. */
import { element, spoerBruker } from "/static/deler.js";
import { dagnummer, kortDato } from "/static/oslo.js";
import {
  SAKSFELTER,
  altinnMelding,
  feilmelding,
  hentMitt,
  hentNaa,
  lenketTekst,
  meld,
  merke,
  oppmoete,
  sakskort,
  seIgjen,
  tegnesAv,
  utseende,
  virksomhetsnavn,
} from "/static/sak-utseende.js";

const ALTINN_TAUS =
  "Vi ser ikke hvilke virksomheter du har tilgang til, og kan ikke vise saker og avtaler. Prøv igjen om litt.";
const ALTINN_DELVIS = "Noen saker og avtaler kan mangle. Det du ser, er riktig.";
const ANTALL_SAKER = 5;
const ANTALL_AVTALER = 3; // until more are asked for
const HENT = `query minSide($virksomhetsnumre: [String!]!) {
  kommendeKalenderavtaler(virksomhetsnumre: $virksomhetsnumre) {
    feilAltinn
    avtaler {
      __typename id tekst lenke avtaletilstand startTidspunkt sluttTidspunkt digitalt
      lokasjon { adresse postnummer poststed }
      virksomhet { virksomhetsnummer navn }
      sak { tittel }
    }
  }
  saker(virksomhetsnumre: $virksomhetsnumre limit: ${ANTALL_SAKER}) {
    feilAltinn totaltAntallSaker
    oppgaveFilterInfo { filterType antall }
    saker { ${SAKSFELTER} }
  }
}`;

const finn = (id) => document.getElementById(id);
const tall = (antall) => antall.toLocaleString("nb-NO");

let kall = 0; // how many times the server has been asked; an answer to any but the last is old
let spurt = -Infinity; // performance.now() when the server was asked last
let tegnet = null; // what is shown, as text: the same again is not drawn again
let alleAvtaler = false;
let sist = null; // what is known: [data, what time it was]

/** `stille`: nobody has asked for it, so what is shown stays if it fails. */
async function hent({ stille = false } = {}) {
  const mitt = (kall += 1);
  finn("minside").setAttribute("aria-busy", "true");
  try {
    const { virksomheter, feilAltinn } = await hentMitt("/min-side/virksomheter");
    const virksomhetsnumre = virksomheter.map(({ virksomhetsnummer }) => virksomhetsnummer);
    const [data, naa] = await Promise.all([spoerBruker(HENT, { virksomhetsnumre }), hentNaa()]);
    if (mitt !== kall) return;
    spurt = performance.now();
    meld(finn("feil"), "", () => null);
    const feil = feilAltinn || data.saker.feilAltinn || data.kommendeKalenderavtaler.feilAltinn;
    const ingenting = !data.saker.saker.length && !data.kommendeKalenderavtaler.avtaler.length;
    const altinn = feil ? (ingenting ? ALTINN_TAUS : ALTINN_DELVIS) : "";
    meld(finn("altinn"), altinn, () => altinn && altinnMelding(altinn, () => hent()));
    finn("minside").hidden = altinn === ALTINN_TAUS; // nobody knows that there is nothing
    sist = [data, naa];
    tegn(...sist);
  } catch {
    if (mitt !== kall || (stille && tegnet)) return;
    tegnet = null;
    finn("minside").hidden = true;
    const tekst = "Vi får ikke hentet sakene og avtalene dine akkurat nå.";
    meld(finn("altinn"), "", () => null);
    meld(finn("feil"), tekst, () => feilmelding(tekst, () => hent()));
  } finally {
    if (mitt === kall) finn("minside").setAttribute("aria-busy", "false");
  }
}

function tegn({ saker, kommendeKalenderavtaler: { avtaler } }, naa) {
  const { saker: siste, ...antall } = saker;
  const signatur = JSON.stringify([siste.map((sak) => tegnesAv(sak, naa)), antall, avtaler, dagnummer(naa), alleAvtaler]);
  if (signatur === tegnet) return;
  tegnet = signatur;
  const hadde = finn("minside").contains(document.activeElement);
  tegnSaker(saker, naa);
  tegnAvtaler(avtaler, naa);
  if (hadde && !finn("minside").contains(document.activeElement)) finn("innhold").focus();
}

function tegnSaker({ saker, totaltAntallSaker, oppgaveFilterInfo }, naa) {
  const antall = Object.fromEntries(oppgaveFilterInfo.map((en) => [en.filterType, en.antall]));
  const ord = (n) => `${tall(n)} ${n === 1 ? "sak" : "saker"}`;
  const snarveier = [
    ["TILSTAND_NY", (n) => `${ord(n)} med noe å gjøre`],
    ["TILSTAND_NY_MED_PAAMINNELSE_UTLOEST", (n) => `${ord(n)} med påminnelse`],
  ].filter(([filter]) => antall[filter]);
  finn("snarveier").hidden = snarveier.length === 0;
  finn("snarveier").replaceChildren(
    ...snarveier.map(([filter, tekst]) => {
      return element("li", {}, element("a", { href: `/saksoversikt?oppgave=${filter}` }, tekst(antall[filter])));
    }),
  );
  finn("alle-saker").textContent =
    totaltAntallSaker > saker.length ? `Alle ${tall(totaltAntallSaker)} saker` : "Saksoversikt";
  finn("alle-saker").hidden = totaltAntallSaker === 0;
  finn("saker").replaceChildren(
    saker.length
      ? element(
          "ul.sakliste",
          {},
          saker.map((sak) => element("li", {}, sakskort(sak, naa))),
        )
      : ingen("Ingen saker", "Saker i virksomhetene du har tilgang til, kommer hit."),
  );
}

function tegnAvtaler(avtaler, naa) {
  const vises = alleAvtaler ? avtaler : avtaler.slice(0, ANTALL_AVTALER);
  finn("flere-avtaler").hidden = vises.length === avtaler.length;
  finn("flere-avtaler").textContent = `Vis alle ${avtaler.length}`;
  finn("avtaler").replaceChildren(
    avtaler.length
      ? element(
          "ol.avtaler",
          {},
          vises.map((avtale) => element("li", {}, tegnAvtale(avtale, naa))),
        )
      : ingen("Ingen avtaler", "Møter og andre avtaler som kommer, står her."),
  );
}

const ingen = (hva, forklaring) =>
  element("div.ingenting", {}, element("p", {}, element("b", {}, hva)), element("p", {}, forklaring));

function tegnAvtale(avtale, naa) {
  const { merke: merket, aapen } = utseende(avtale, naa);
  const tittel = element("h3", { id: `avtale-${avtale.id}` }, lenketTekst(avtale));
  const [dagen, maaned] = kortDato(avtale.startTidspunkt).split(/ /);
  const kort = element(
    "article.avtale",
    { "aria-labelledby": tittel.id },
    element(
      "div.dato",
      { "aria-hidden": "true" },
      element("b", {}, dagen.replace(".", "")),
      element("span", {}, maaned),
    ),
    element(
      "div",
      {},
      element("p.virksomhet", {}, virksomhetsnavn(avtale.virksomhet)),
      tittel,
      avtale.sak && element("p.tillegg", {}, avtale.sak.tittel),
      oppmoete(avtale, naa),
      merket && merke(merket),
    ),
  );
  kort.classList.toggle("gjoeremaal", Boolean(aapen));
  return kort;
}

finn("flere-avtaler").addEventListener("click", () => {
  alleAvtaler = true;
  tegn(...sist);
  finn("avtaler").querySelectorAll("article")[ANTALL_AVTALER]?.querySelector("a")?.focus();
});

hentMitt("/oekt").then(
  ({ navn }) => {
    if (navn) finn("fornavn").textContent = `, ${navn.split(" ")[0]}`;
  },
  () => {}, // a greeting without a name is one too
);
seIgjen(
  () => spurt,
  () => hent({ stille: true }),
);
hent();
