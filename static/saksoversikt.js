/*
 * All saker of who is logged in: searched, filtered, sorted and turned over page by page. Filters that are saved are in
 * lagrede-filtre.js.
 *
 * Before changing it: the address says what is shown, and `vis` makes the page like it, so that back, forward and a
 * link that is passed on work by themselves. What may never stand in an address, a national id in the search, is kept in
 * the history's own state. And a card or a choice that has been drawn stays the same node, so that it keeps the focus.
 */
import { element, harFnr, ikon, spoerBruker } from "/static/deler.js";
import {
  INGENTING,
  begynn as begynnLagrede,
  hentLagrede,
  lagretSom,
  likt,
  spoerOmNavn,
  tegnLagrede,
} from "/static/lagrede-filtre.js";
import {
  IKONER,
  SAKSFELTER,
  altinnMelding,
  feilmelding,
  hentMitt,
  hentNaa,
  meld,
  sakskort,
  seIgjen,
  tegnesAv,
  virksomhetsnavn,
} from "/static/sak-utseende.js";

const PER_SIDE = 30;
const SKRIVEPAUSE_MS = 300; // after the last key, before the search is made
const MANGE_VIRKSOMHETER = 8; // from here they are searched among
const MAKS_VIRKSOMHETER = 50; // shown at once
const MANGE_BRIKKER = 5; // virksomheter beyond this are one chip

const HENT = `query saksoversikt(
  $virksomhetsnumre: [String!]! $offset: Int! $limit: Int! $tekstsoek: String $sakstyper: [String!]
  $oppgaveFilter: [OppgaveFilterType!] $sortering: SakSortering!
) {
  sakstyper { navn }
  saker(
    virksomhetsnumre: $virksomhetsnumre offset: $offset limit: $limit tekstsoek: $tekstsoek sakstyper: $sakstyper
    oppgaveFilter: $oppgaveFilter sortering: $sortering
  ) {
    totaltAntallSaker feilAltinn
    sakstyper { navn antall }
    oppgaveFilterInfo { filterType antall }
    saker { ${SAKSFELTER} }
  }
}`;
const OPPGAVER = {
  TILSTAND_NY: "Noe å gjøre",
  TILSTAND_NY_MED_PAAMINNELSE_UTLOEST: "Noe å gjøre, med påminnelse",
  TILSTAND_UTFOERT: "Utført",
  TILSTAND_UTGAATT: "Utgått",
};
const ALTINN_TAUS = "Vi ser ikke hvilke virksomheter du har tilgang til, og kan ikke vise saker. Prøv igjen om litt.";
const ALTINN_DELVIS = "Noen saker kan mangle. Det du ser, er riktig.";

const finn = (id) => document.getElementById(id);
const tall = (antall) => antall.toLocaleString("nb-NO");
const alfabetisk = new Intl.Collator("nb", { numeric: true }).compare;

let filter = INGENTING;
let side = 1;
let virksomheter = null; // [{virksomhetsnummer, navn}]; null until the server has said
let feilIVirksomheter = false; // Altinn did not answer when it was asked about them
let alleSakstyper = []; // that there are, whatever the filter
let vist = null; // the last answer, null if none came
let spurt = -Infinity; // performance.now() when it was asked for
let kall = 0; // how many times the server has been asked; an answer to any but the last is old
let skriver = 0; // the timer of the search
const kort = new Map(); // id → {signatur, punkt}

// ── The address ────────────────────────────────────────────────────────────────────────────────────────────────────

function adresse(filter, side = 1) {
  const parametere = new URLSearchParams();
  if (filter.tekstsoek && !harFnr(filter.tekstsoek)) parametere.set("tekstsoek", filter.tekstsoek);
  if (filter.oppgaveFilter) parametere.set("oppgave", filter.oppgaveFilter);
  for (const sakstype of filter.sakstyper) parametere.append("sakstype", sakstype);
  if (filter.virksomhetsnumre.length) parametere.set("virksomhet", filter.virksomhetsnumre.join(" "));
  if (filter.sortering !== "NYESTE") parametere.set("sortering", filter.sortering);
  if (side > 1) parametere.set("side", side);
  return `${location.pathname}${parametere.size ? `?${parametere}` : ""}`;
}

function lesAdresse() {
  const parametere = new URLSearchParams(location.search);
  const oppgave = parametere.get("oppgave");
  const numre = (parametere.get("virksomhet") ?? "").split(" ").filter((nummer) => /^\d{9}$/.test(nummer));
  side = Math.min(Math.max(Math.trunc(Number(parametere.get("side"))) || 1, 1), 1_000_000);
  filter = {
    tekstsoek: history.state?.tekstsoek ?? (parametere.get("tekstsoek") ?? "").trim(),
    oppgaveFilter: Object.hasOwn(OPPGAVER, oppgave ?? "") ? oppgave : null,
    sakstyper: [...new Set(parametere.getAll("sakstype"))],
    virksomhetsnumre: [...new Set(numre)],
    sortering: parametere.get("sortering") === "ELDSTE" ? "ELDSTE" : "NYESTE",
  };
}

/** Show this instead. While somebody types, each search takes the place of the one before in the history. */
function gaaTil(nytt, nySide = 1, { skriver = false } = {}) {
  [filter, side] = [{ ...filter, ...nytt }, nySide];
  const stilling = { skriver, ...(harFnr(filter.tekstsoek) && { tekstsoek: filter.tekstsoek }) };
  const erstatt = skriver && history.state?.skriver;
  history[erstatt ? "replaceState" : "pushState"](stilling, "", adresse(filter, side));
  vis();
}

const erFiltrert = () => !likt({ ...filter, sortering: "NYESTE" }, INGENTING);

// ── The server ─────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * `stille`: nobody has asked for it, so what is shown stays if it fails. `paaNytt`: also the virksomheter, which may be
 * others, or have failed.
 */
async function hent({ stille = false, paaNytt = false } = {}) {
  const mitt = (kall += 1);
  finn("liste").setAttribute("aria-busy", "true");
  if (!stille && !paaNytt) {
    meld(finn("feil"), "", () => null);
    finn("skjelett").hidden = vist !== null;
    if (!vist) settStatus("Henter saker …");
  }
  try {
    if (virksomheter === null || paaNytt) {
      const svar = await hentMitt("/min-side/virksomheter");
      virksomheter = svar.virksomheter.sort((a, b) => alfabetisk(virksomhetsnavn(a), virksomhetsnavn(b)));
      feilIVirksomheter = svar.feilAltinn;
      if (mitt !== kall) return;
    }
    const { virksomhetsnumre, sakstyper, oppgaveFilter, tekstsoek, sortering } = filter;
    const alle = virksomheter.map(({ virksomhetsnummer }) => virksomhetsnummer);
    const [data, naa] = await Promise.all([
      spoerBruker(HENT, {
        virksomhetsnumre: virksomhetsnumre.length ? virksomhetsnumre : alle,
        sakstyper: sakstyper.length ? sakstyper : null,
        oppgaveFilter: oppgaveFilter && [oppgaveFilter],
        tekstsoek: tekstsoek || null,
        sortering,
        offset: (side - 1) * PER_SIDE,
        limit: PER_SIDE,
      }),
      hentNaa(),
    ]);
    if (mitt !== kall) return;
    const sider = Math.max(Math.ceil(data.saker.totaltAntallSaker / PER_SIDE), 1);
    if (side > sider) {
      side = sider;
      history.replaceState(history.state, "", adresse(filter, side));
      return hent();
    }
    spurt = performance.now();
    alleSakstyper = data.sakstyper.map(({ navn }) => navn);
    vist = { ...data.saker, naa };
    meld(finn("feil"), "", () => null);
    tegn();
  } catch {
    if (mitt !== kall || (stille && vist)) return;
    vist = null;
    tegn();
    const tekst = "Vi får ikke hentet sakene akkurat nå.";
    meld(finn("feil"), tekst, () => feilmelding(tekst, () => hent({ paaNytt: true })));
  } finally {
    if (mitt === kall) finn("liste").setAttribute("aria-busy", "false");
  }
}

// ── Drawing ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The page as the address says, with what the server says about it. */
function vis() {
  clearTimeout(skriver);
  if (finn("soeketekst").value.trim() !== filter.tekstsoek) finn("soeketekst").value = filter.tekstsoek;
  finn("sortering").value = filter.sortering;
  for (const valg of document.querySelectorAll("[name=oppgave]"))
    valg.checked = valg.value === (filter.oppgaveFilter ?? "");
  tegnSakstyper();
  tegnVirksomheter();
  tegnAktive();
  tegnLagrede();
  hent();
}

function tegn() {
  const feilAltinn = vist ? vist.feilAltinn || feilIVirksomheter : false;
  const tomt = vist !== null && vist.totaltAntallSaker === 0 && !erFiltrert();
  const ingenTreff = vist !== null && vist.totaltAntallSaker === 0 && !tomt;
  const altinn = feilAltinn ? (tomt ? ALTINN_TAUS : ALTINN_DELVIS) : "";
  meld(finn("altinn"), altinn, () => altinn && altinnMelding(altinn, () => hent({ paaNytt: true })));
  finn("tomt").hidden = !tomt || feilAltinn; // without an answer nobody knows that there is nothing
  finn("oversikt").hidden = tomt;
  finn("skjelett").hidden = true;
  finn("ingen-treff").hidden = !ingenTreff;
  tegnStatus();
  tegnListe();
  tegnSider();
  tegnAntall();
  tegnSakstyper();
  tegnVirksomheter();
  tegnAktive(); // they have names now
}

function tegnStatus() {
  const fra = (side - 1) * PER_SIDE;
  const alle = vist?.totaltAntallSaker ?? 0;
  const saker = `${tall(alle)} ${alle === 1 ? "sak" : "saker"}`;
  const paaSiden =
    alle > PER_SIDE ? `Viser ${tall(fra + 1)}–${tall(Math.min(fra + PER_SIDE, alle))} av ${saker}` : saker;
  settStatus(vist ? paaSiden : "");
}

/** Only when it changes, or it would be read aloud at every look. */
function settStatus(tekst) {
  if (finn("status").textContent !== tekst) finn("status").textContent = tekst;
}

function tegnListe() {
  const liste = finn("liste");
  const fokusert = liste.contains(document.activeElement) && document.activeElement.closest("[data-id]").dataset.id;
  const saker = vist?.saker ?? [];
  const skal = new Set(saker.map(({ id }) => id));
  for (const [id, { punkt }] of kort) {
    if (skal.has(id)) continue;
    punkt.remove();
    kort.delete(id);
  }
  saker.forEach((sak, nummer) => {
    const signatur = tegnesAv(sak, vist.naa);
    let tegnet = kort.get(sak.id);
    if (tegnet?.signatur !== signatur) {
      const punkt = element("li", {}, sakskort(sak, vist.naa));
      tegnet?.punkt.replaceWith(punkt);
      tegnet = { signatur, punkt };
      kort.set(sak.id, tegnet);
    }
    if (liste.children[nummer] !== tegnet.punkt) liste.insertBefore(tegnet.punkt, liste.children[nummer] ?? null);
  });
  if (!fokusert || liste.contains(document.activeElement)) return;
  (kort.get(fokusert)?.punkt.querySelector("a") ?? finn("saker-tittel")).focus({ preventScroll: true });
}

/** 1 … 4 [5] 6 … 34 */
function* sidetall(antall) {
  let forrige = 0;
  for (const nummer of [...new Set([1, side - 1, side, side + 1, antall])].sort((a, b) => a - b)) {
    if (nummer < 1 || nummer > antall) continue;
    if (nummer - forrige === 2) yield forrige + 1;
    else if (nummer - forrige > 2) yield null;
    yield nummer;
    forrige = nummer;
  }
}

function tegnSider() {
  const antall = Math.ceil((vist?.totaltAntallSaker ?? 0) / PER_SIDE);
  const lenke = (nummer, ...innhold) => {
    const a = element("a", { href: adresse(filter, nummer), "data-til": nummer }, ...innhold);
    if (nummer === side) a.setAttribute("aria-current", "page");
    return a;
  };
  finn("sider").hidden = antall < 2;
  finn("sider").replaceChildren(
    element(
      "ul",
      {},
      side > 1 && element("li", {}, lenke(side - 1, ikon(IKONER.venstre), "Forrige")),
      [...sidetall(antall)].map((nummer) =>
        nummer === null
          ? element("li.hull", { "aria-hidden": "true" }, "…")
          : element("li", {}, lenke(nummer, element("span.skjult", {}, "Side "), tall(nummer))),
      ),
      side < antall && element("li", {}, lenke(side + 1, "Neste", ikon(IKONER.hoeyre))),
    ),
  );
}

// ── The choices ────────────────────────────────────────────────────────────────────────────────────────────────────

function tegnAntall() {
  const antall = new Map(vist?.oppgaveFilterInfo.map((en) => [en.filterType, en.antall]));
  for (const valg of finn("oppgaver").querySelectorAll("input[value^=TILSTAND]")) {
    settAntall(valg.closest("label"), antall.get(valg.value));
  }
}

/** How many there are of it in the last answer; nothing where there is none. */
function settAntall(valg, antall = 0) {
  valg.querySelector(".antall").textContent = vist ? tall(antall) : "";
  valg.classList.toggle("null", vist !== null && antall === 0);
}

/** `boks` filled with these choices, in this order: [value, text, whether it is chosen]. */
function tegnValg(boks, valgene, naarValgt) {
  const finnes = new Map([...boks.children].map((valg) => [valg.dataset.verdi, valg]));
  const nye = valgene.map(([verdi, tekst, valgt]) => {
    let valg = finnes.get(verdi);
    if (!valg) {
      const felt = element("input", { type: "checkbox" });
      felt.addEventListener("change", () => naarValgt(verdi, felt.checked));
      valg = element("label.valg", { "data-verdi": verdi }, felt, element("span", {}, tekst), element("b.antall"));
    }
    valg.querySelector("span").textContent = tekst;
    valg.querySelector("input").checked = valgt;
    return valg;
  });
  const beholdes = new Set(nye);
  for (const valg of [...boks.children]) if (!beholdes.has(valg)) valg.remove();
  nye.forEach((valg, nummer) => {
    if (boks.children[nummer] !== valg) boks.insertBefore(valg, boks.children[nummer] ?? null);
  });
}

const av = (liste, verdi, valgt) => (valgt ? [...liste, verdi] : liste.filter((en) => en !== verdi));

function tegnSakstyper() {
  const typer = [...new Set([...alleSakstyper, ...filter.sakstyper])].sort(alfabetisk);
  const antall = new Map(vist?.sakstyper.map((en) => [en.navn, en.antall]));
  finn("sakstyper").hidden = typer.length < 2;
  tegnValg(
    finn("sakstypeliste"),
    typer.map((navn) => [navn, navn, filter.sakstyper.includes(navn)]),
    (navn, valgt) => gaaTil({ sakstyper: av(filter.sakstyper, navn, valgt) }),
  );
  for (const valg of finn("sakstypeliste").children) settAntall(valg, antall.get(valg.dataset.verdi));
}

const navnPaa = (nummer) =>
  virksomhetsnavn(
    virksomheter?.find((en) => en.virksomhetsnummer === nummer) ?? { navn: "", virksomhetsnummer: nummer },
  );

let oeverst = null; // the chosen virksomheter when the list was last sought through: chosen ones do not jump

function tegnVirksomheter({ soekt = false } = {}) {
  if (!virksomheter) return;
  const mange = virksomheter.length > MANGE_VIRKSOMHETER;
  const ord = finn("virksomhetssoek").value.toLocaleLowerCase("nb").split(/\s+/).filter(Boolean);
  const ukjente = filter.virksomhetsnumre.filter(
    (nummer) => !virksomheter.some((en) => en.virksomhetsnummer === nummer),
  );
  const alle = [...ukjente.map((virksomhetsnummer) => ({ virksomhetsnummer, navn: "" })), ...virksomheter];
  if (soekt || !oeverst) oeverst = new Set(filter.virksomhetsnumre);
  const treff = alle.filter((en) => {
    const tekst = `${en.navn} ${en.virksomhetsnummer}`.toLocaleLowerCase("nb");
    return ord.every((et) => tekst.includes(et));
  });
  const foerst = ({ virksomhetsnummer: nummer }) => (oeverst.has(nummer) ? 0 : 1);
  const vises = (mange ? treff.sort((a, b) => foerst(a) - foerst(b)) : treff).slice(0, MAKS_VIRKSOMHETER);
  finn("virksomheter").hidden = alle.length < 2;
  finn("finn-virksomhet").hidden = !mange;
  tegnValg(
    finn("virksomhetsliste"),
    vises.map((en) => [
      en.virksomhetsnummer,
      virksomhetsnavn(en),
      filter.virksomhetsnumre.includes(en.virksomhetsnummer),
    ]),
    (nummer, valgt) => gaaTil({ virksomhetsnumre: av(filter.virksomhetsnumre, nummer, valgt) }),
  );
  const tekst = !mange
    ? ""
    : treff.length === 0
      ? "Ingen virksomheter passer"
      : vises.length < treff.length
        ? `Viser ${vises.length} av ${tall(treff.length)}. Skriv for å finne flere.`
        : ord.length
          ? `${tall(treff.length)} av ${tall(alle.length)}`
          : "";
  if (finn("virksomhetsantall").textContent !== tekst) finn("virksomhetsantall").textContent = tekst;
}

/** A chip for each filter that is on, to take it off by. */
function tegnAktive() {
  const { tekstsoek, oppgaveFilter, sakstyper, virksomhetsnumre } = filter;
  const brikker = [
    tekstsoek && [`«${tekstsoek}»`, { tekstsoek: "" }],
    oppgaveFilter && [OPPGAVER[oppgaveFilter], { oppgaveFilter: null }],
    ...sakstyper.map((navn) => [navn, { sakstyper: av(sakstyper, navn, false) }]),
    ...(virksomhetsnumre.length > MANGE_BRIKKER
      ? [[`${tall(virksomhetsnumre.length)} virksomheter`, { virksomhetsnumre: [] }]]
      : virksomhetsnumre.map((nummer) => [navnPaa(nummer), { virksomhetsnumre: av(virksomhetsnumre, nummer, false) }])),
  ].filter(Boolean);
  const plass = [...finn("aktive").children].indexOf(document.activeElement);
  finn("aktive").hidden = brikker.length === 0;
  finn("vis-filtre").textContent = brikker.length ? `Filtre (${brikker.length})` : "Filtre";
  const signatur = JSON.stringify([brikker.map(([tekst]) => tekst), lagretSom()?.id]);
  if (finn("aktive").dataset.signatur === signatur) return;
  finn("aktive").dataset.signatur = signatur;
  const knapp = (klasse, tekst, naar, ...mer) => {
    const ny = element(`button.${klasse}`, { type: "button" }, ...mer, tekst);
    ny.addEventListener("click", naar);
    return ny;
  };
  finn("aktive").replaceChildren(
    ...brikker.map(([tekst, uten]) => {
      const ny = knapp("brikke", tekst, () => gaaTil(uten), element("span.skjult", {}, "Fjern "));
      ny.append(ikon(IKONER.kryss));
      return ny;
    }),
    ...(brikker.length ? [knapp("lenkeknapp", "Nullstill", nullstill)] : []),
    ...(brikker.length && !lagretSom() ? [knapp("lenkeknapp", "Lagre filteret", () => spoerOmNavn(null))] : []),
  );
  if (plass < 0) return;
  const igjen = finn("aktive").children[Math.min(plass, brikker.length)];
  (brikker.length ? igjen : finn("soeketekst")).focus();
}

function nullstill() {
  finn("virksomhetssoek").value = "";
  oeverst = null;
  gaaTil({ ...INGENTING, sortering: filter.sortering });
  finn("soeketekst").focus();
}

// ── What people do ─────────────────────────────────────────────────────────────────────────────────────────────────

finn("soeketekst").addEventListener("input", () => {
  clearTimeout(skriver);
  skriver = setTimeout(() => {
    const tekstsoek = finn("soeketekst").value.trim();
    if (tekstsoek !== filter.tekstsoek) gaaTil({ tekstsoek }, 1, { skriver: true });
  }, SKRIVEPAUSE_MS);
});
/** The search is made; what is typed from here on is another. */
function soekFerdig() {
  clearTimeout(skriver);
  const tekstsoek = finn("soeketekst").value.trim();
  if (tekstsoek !== filter.tekstsoek) gaaTil({ tekstsoek }, 1, { skriver: true });
  if (history.state?.skriver) history.replaceState({ ...history.state, skriver: false }, "");
}

finn("soeketekst").addEventListener("change", soekFerdig);
// A form with two fields and no button is not sent by Enter.
finn("soeketekst").addEventListener("keydown", (event) => event.key === "Enter" && soekFerdig());
finn("soek").addEventListener("submit", (event) => event.preventDefault());
finn("oppgaver").addEventListener("change", ({ target }) => gaaTil({ oppgaveFilter: target.value || null }));
finn("sortering").addEventListener("change", ({ target }) => gaaTil({ sortering: target.value }));
finn("virksomhetssoek").addEventListener("input", () => tegnVirksomheter({ soekt: true }));
finn("nullstill-treff").addEventListener("click", nullstill);
finn("vis-filtre").addEventListener("click", () => {
  const aapne = finn("vis-filtre").getAttribute("aria-expanded") !== "true";
  finn("vis-filtre").setAttribute("aria-expanded", String(aapne));
  finn("filtre").classList.toggle("aapen", aapne);
});
finn("sider").addEventListener("click", (event) => {
  const lenke = event.target.closest("a");
  if (!lenke || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // to another tab or window
  event.preventDefault();
  gaaTil({}, Number(lenke.dataset.til));
  finn("saker-tittel").focus(); // the top of what comes
});
addEventListener("popstate", () => {
  lesAdresse();
  oeverst = null;
  vis();
});
seIgjen(
  () => spurt,
  () => {
    hent({ stille: true, paaNytt: true });
    hentLagrede();
  },
);

begynnLagrede({ filter: () => filter, bruk: gaaTil, endret: tegnAktive });
lesAdresse();
vis();
hentLagrede();
