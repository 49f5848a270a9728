/*
 * The GraphQL console: writes a document, calls as somebody, shows the answer.
 *
 * Three promises. A token is only in the memory of this page: not in storage, the address, the history or what is
 * copied. Nothing is run but by the button or Ctrl+Enter, whatever a link brings. And nothing is fetched but from here.
 */
import { element, hentJson, kopier } from "/static/deler.js";
import { Editor, fargelagt } from "/static/konsoll-editor.js";
import { formater } from "/static/konsoll-format.js";
import { operasjoner, typeFra } from "/static/konsoll-forslag.js";
import { Forslagsliste } from "/static/konsoll-liste.js";
import { konsollLenke, lesLenke } from "/static/konsoll-lenke.js";
import { klokkeslett } from "/static/oslo.js";
import { eksempel, eksempelverdi, hentSkjema } from "/static/skjema.js";

const UTKAST = "konsoll"; // in sessionStorage: what stands in the editors, so that a reload does not lose it
const MAKS_KALL = 50; // in the history
const FRIST_MS = 60_000;
const FOERST = { produsent: ["query", "mineNotifikasjoner"], bruker: ["query", "notifikasjoner"] };

const bred = matchMedia("(min-width: 64rem)"); // the answer is beside the document, not below it

const finn = (id) => document.getElementById(id);
const { utvikling } = OPPSETT;

const utkast = { produsent: null, bruker: null }; // {dokument, variabler} of the API that is not shown
const tokener = new Map(); // who → the token that the service gave
const skjemaer = {}; // what is there already
let valgte = { produsent: null, bruker: null }; // who, for each API
let folk = { produsent: [], bruker: [] }; // [{verdi, tekst, gruppe}, …]
let kjoerer = false;
let klar = false; // what stands in the editors is of this API, so a change is somebody's

const api = () => document.querySelector("[name=api]:checked").value;

// ── Editors ────────────────────────────────────────────────────────────────────────────────────────────────────────

const forslag = new Forslagsliste(
  finn("dokument"),
  () => skjemaer[api()],
  (tekst) => si(tekst),
);
const dokument = new Editor(finn("dokument"), "graphql", { endret: () => endret() });
const variabler = new Editor(finn("variabler"), "json", { endret: () => endret() });
forslag.editor = dokument;

function endret() {
  if (!klar) return;
  finn("variabelfeil").textContent = "";
  tegnOperasjoner();
  lagre();
  // An address with a document in it is that of the document no longer.
  if (location.hash) history.replaceState(null, "", location.pathname);
}

function lagre() {
  utkast[api()] = { dokument: dokument.tekst, variabler: variabler.tekst };
  try {
    sessionStorage.setItem(UTKAST, JSON.stringify({ api: api(), ...utkast }));
  } catch {
    // full, or not allowed: then a reload loses it
  }
}

function vis({ dokument: nytt, variabler: nye }) {
  dokument.tekst = nytt;
  variabler.tekst = nye;
}

function tegnOperasjoner() {
  const alle = operasjoner(dokument.tekst).filter(({ navn }) => navn);
  const flere = alle.length > 1;
  const felt = finn("operasjon");
  const valgt = felt.value;
  finn("operasjonsfelt").hidden = !flere;
  felt.replaceChildren(...alle.map(({ navn }) => element("option", { value: navn }, navn)));
  if (alle.some(({ navn }) => navn === valgt)) felt.value = valgt;
  foelgMarkoer();
}

/** The operation that somebody writes in is the one that is meant. */
function foelgMarkoer() {
  if (document.activeElement !== finn("dokument") || finn("operasjonsfelt").hidden) return;
  const her = finn("dokument").selectionStart;
  const denne = operasjoner(dokument.tekst).find(({ start, slutt, navn }) => navn && start <= her && her <= slutt);
  if (denne) finn("operasjon").value = denne.navn;
}

function valgtOperasjon() {
  return finn("operasjonsfelt").hidden ? null : finn("operasjon").value;
}

/** The variables as an object, or null after having said what is wrong. */
function lesVariabler() {
  const tekst = variabler.tekst;
  if (!tekst.trim()) return {};
  try {
    const verdi = JSON.parse(tekst);
    if (verdi === null || typeof verdi !== "object" || Array.isArray(verdi))
      throw new SyntaxError("", { cause: "objekt" });
    return verdi;
  } catch (feil) {
    const der = hvor(feil, tekst);
    finn("variabelfeil").textContent =
      feil.cause === "objekt"
        ? "Variablene må være ett JSON-objekt: { … }."
        : `Variablene er ikke gyldig JSON${der ? `: se linje ${der.linje}, tegn ${der.tegn}` : ""}.`;
    if (der) {
      variabler.gaaTil(der.linje, der.tegn);
      variabler.merkFeil([der.linje]);
    } else finn("variabler").focus();
    return null;
  }
}

/** Where JSON stopped making sense. Browsers say it each in their own way, some not at all. */
function hvor(feil, tekst) {
  if (feil.cause === "objekt") return null;
  const linjetegn = /line (\d+) column (\d+)/.exec(feil.message);
  if (linjetegn) return { linje: Number(linjetegn[1]), tegn: Number(linjetegn[2]) };
  const sted = /position (\d+)/.exec(feil.message);
  const foer = tekst.slice(0, sted ? Number(sted[1]) : tekst.length).split("\n");
  return sted || /end of/i.test(feil.message) ? { linje: foer.length, tegn: foer.at(-1).length + 1 } : null;
}

// ── Who calls ──────────────────────────────────────────────────────────────────────────────────────────────────────

async function hentFolk() {
  const lim = { verdi: "token", tekst: "Et token du limer inn" };
  const oekt = { verdi: "oekt", tekst: "Den som er innlogget i denne nettleseren" };
  folk = { produsent: [lim], bruker: [oekt, lim] };
  if (!utvikling) return;
  const [{ produsenter }, personer] = await Promise.all([
    hentJson("/dev/produsenter").catch(() => ({ produsenter: [] })),
    hentJson("/dev/personer").catch(() => []),
  ]);
  const applikasjoner = produsenter.flatMap(({ id, applikasjoner: navn }) =>
    navn.map((en) => ({ verdi: `produsent ${en}`, tekst: en, gruppe: id })),
  );
  folk = {
    produsent: [...applikasjoner, { verdi: "applikasjon", tekst: "En annen applikasjon …" }, lim],
    bruker: [
      ...personer.map(({ fnr, navn, rolle }) => ({
        verdi: `bruker ${fnr}`,
        tekst: rolle ? `${navn} (${rolle})` : navn,
      })),
      oekt,
      lim,
    ],
  };
}

function tegnFolk() {
  const grupper = new Map();
  for (const en of folk[api()]) grupper.set(en.gruppe ?? "", [...(grupper.get(en.gruppe ?? "") ?? []), en]);
  const valg = ({ verdi, tekst }) => element("option", { value: verdi }, tekst);
  finn("hvem").replaceChildren(
    ...[...grupper].flatMap(([gruppe, alle]) =>
      gruppe ? [element("optgroup", { label: gruppe }, ...alle.map(valg))] : alle.map(valg),
    ),
  );
  if (valgte[api()]) finn("hvem").value = valgte[api()];
  tegnTokenfelt();
}

function tegnTokenfelt() {
  valgte[api()] = finn("hvem").value;
  finn("tokenfelt").hidden = finn("hvem").value !== "token";
  finn("applikasjonsfelt").hidden = finn("hvem").value !== "applikasjon";
}

/** Who calls, as /dev/token takes it; null for those who bring a token, or a session, of their own. */
function hvemSomKaller() {
  const [slag, ...navn] = finn("hvem").value.split(" ");
  if (slag === "applikasjon") return { produsent: finn("applikasjon").value.trim() };
  return navn.length ? { [slag]: navn.join(" ") } : null;
}

/** The token to call with, "" for the session's cookie. Throws an Error with what is to be told. */
async function token({ nytt = false } = {}) {
  const valg = finn("hvem").value;
  if (valg === "oekt") return "";
  if (valg === "token") {
    const limt = finn("token")
      .value.trim()
      .replace(/^Bearer /i, "");
    if (!limt) {
      finn("token").focus();
      throw new Error("Lim inn et token først.");
    }
    if (!/^[\x21-\x7e]+$/.test(limt)) throw new Error("Tokenet har tegn som et token ikke kan ha.");
    return limt;
  }
  const hvem = hvemSomKaller();
  const noekkel = JSON.stringify(hvem);
  if (nytt || !tokener.has(noekkel)) {
    try {
      tokener.set(noekkel, (await hentJson("/dev/token", { metode: "POST", innhold: hvem })).access_token);
    } catch (feil) {
      if (feil.cause === 400) finn(valg === "applikasjon" ? "applikasjon" : "hvem").focus();
      throw new Error(feil.cause ? `Vi fikk ikke noe token: ${feil.message}.` : "Vi får ikke kontakt med tjenesten.");
    }
  }
  return tokener.get(noekkel);
}

// ── Running ────────────────────────────────────────────────────────────────────────────────────────────────────────

async function kjoer() {
  if (kjoerer) return;
  const innhold = lesVariabler();
  if (innhold === null) return;
  const kall = { api: api(), dokument: dokument.tekst, variabler: variabler.tekst, operasjon: valgtOperasjon() };
  kjoerer = true;
  finn("kjoer").setAttribute("aria-disabled", "true");
  finn("svarstatus").textContent = "Kjører …";
  finn("feil").hidden = true;
  try {
    const foerste = await token();
    let svar = await send(kall, innhold, foerste);
    if (svar.status === 401 && hvemSomKaller()) svar = await send(kall, innhold, await token({ nytt: true }));
    Object.assign(kall, svar, { naar: Date.now() });
    visSvar(kall);
    husk(kall);
    if (!bred.matches) finn("svar").scrollIntoView({ block: "nearest" });
  } catch (feil) {
    visIngenSvar();
    finn("feil").textContent = feil.name === "TimeoutError" ? "Tjenesten brukte for lang tid." : feil.message;
    finn("feil").hidden = false;
  } finally {
    kjoerer = false;
    finn("kjoer").removeAttribute("aria-disabled");
  }
}

async function send({ api: hvilket, dokument: query, operasjon }, innhold, bearer) {
  const fra = performance.now();
  let svar;
  let tekst;
  try {
    svar = await fetch(`/${hvilket}/api/graphql`, {
      method: "POST",
      headers: {
        Accept: "application/json",
        "Content-Type": "application/json",
        ...(bearer && { Authorization: `Bearer ${bearer}` }),
      },
      credentials: bearer ? "omit" : "same-origin",
      body: JSON.stringify(kropp(query, innhold, operasjon)),
      signal: AbortSignal.timeout(FRIST_MS),
    });
    tekst = await svar.text();
  } catch (feil) {
    if (feil.name === "TimeoutError") throw feil;
    throw new Error("Vi får ikke kontakt med tjenesten. Kjører den?");
  }
  const ms = performance.now() - fra;
  return { status: svar.status, statustekst: svar.statusText, tekst, ms, bytes: new Blob([tekst]).size };
}

const kropp = (query, innhold, operasjon) => ({
  query,
  ...(Object.keys(innhold).length && { variables: innhold }),
  ...(operasjon && { operationName: operasjon }),
});

function visSvar({ status, statustekst, tekst, ms, bytes }) {
  const svar = somJson(tekst);
  const feil = Array.isArray(svar?.errors) ? svar.errors : [];
  const feilsvar = Object.values(svar?.data ?? {}).filter((et) => et && typeof et.feilmelding === "string");
  const ord = [`${status} ${statustekst}`.trim(), tid(ms), stoerrelse(bytes)];
  if (feil.length) ord.unshift(feil.length === 1 ? "GraphQL-feil" : `${feil.length} GraphQL-feil`);
  else if (feilsvar.length) ord.unshift("Feilsvar");
  finn("svarstatus").textContent = ord.join(" · ");
  finn("svarstatus").classList.toggle("feil", status !== 200 || feil.length > 0 || feilsvar.length > 0);
  finn("svartekst").replaceChildren(
    svar === undefined ? element("code", {}, tekst) : fargelagt(JSON.stringify(svar, null, 2), "json"),
  );
  finn("svartekst").hidden = tekst === "";
  finn("kopier-svar").hidden = tekst === "";
  finn("svartomt").hidden = tekst !== "";
  finn("svartomt").textContent = status === 401 ? ikkeGodtatt() : "Svaret er tomt.";
  const linjer = feil.map((en) => tegnFeil(en));
  if (status === 400 && typeof svar?.error === "string") linjer.push(element("li", {}, svar.error));
  finn("svarfeil").replaceChildren(...linjer);
  finn("svarfeil").hidden = linjer.length === 0;
  dokument.merkFeil(feil.flatMap(({ locations }) => (locations ?? []).map(({ line }) => line)));
}

/** The answer to the call before is none to this. */
function visIngenSvar() {
  finn("svarstatus").textContent = "";
  finn("svartekst").replaceChildren();
  for (const id of ["svartekst", "kopier-svar", "svarfeil"]) finn(id).hidden = true;
  finn("svartomt").hidden = false;
  finn("svartomt").textContent = "Det kom ikke noe svar.";
}

const ikkeGodtatt = () =>
  finn("hvem").value === "oekt"
    ? "Ingen er innlogget i denne nettleseren."
    : "Tokenet ble ikke godtatt. Det kan være utløpt, eller for et annet API.";

function tegnFeil({ message, locations }) {
  const steder = (locations ?? []).map(({ line, column }) => {
    const knapp = element("button.lenkeknapp", { type: "button" }, `Linje ${line}, tegn ${column}`);
    knapp.addEventListener("click", () => dokument.gaaTil(line, column));
    return knapp;
  });
  return element("li", {}, ...steder.flatMap((knapp) => [knapp, ": "]), String(message));
}

function somJson(tekst) {
  try {
    return JSON.parse(tekst);
  } catch {
    return undefined;
  }
}

const tid = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1).replace(".", ",")} s`);
const stoerrelse = (bytes) => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1).replace(".", ",")} kB`);

// ── History ────────────────────────────────────────────────────────────────────────────────────────────────────────

function husk(kall) {
  const [foerste] = operasjoner(kall.dokument);
  const navn = kall.operasjon ?? foerste?.navn ?? foerste?.slag ?? "dokument";
  const knapp = element(
    "button",
    { type: "button" },
    element("span.kallnavn", {}, navn),
    element(
      "span.kallfakta",
      {},
      `${klokkeslett(kall.naar, { sekunder: true })} · ${kall.api} · ${kall.status} · ${tid(kall.ms)}`,
    ),
  );
  knapp.addEventListener("click", () => {
    if (api() !== kall.api) velgApi(kall.api);
    vis(kall);
    if (kall.operasjon) finn("operasjon").value = kall.operasjon;
    visSvar(kall);
    finn("dokument").focus();
  });
  finn("kall").prepend(element("li", {}, knapp));
  while (finn("kall").children.length > MAKS_KALL) finn("kall").lastElementChild.remove();
  finn("historikk").hidden = false;
}

finn("glem").addEventListener("click", () => {
  finn("kall").replaceChildren();
  finn("historikk").hidden = true;
  finn("dokument").focus();
});

// ── Copying ────────────────────────────────────────────────────────────────────────────────────────────────────────

function kopierLenke() {
  const { origin, pathname } = location;
  const sted = konsollLenke({
    api: api(),
    dokument: dokument.tekst,
    variabler: variabler.tekst,
    operasjon: valgtOperasjon(),
  });
  history.replaceState(null, "", `${pathname}${sted.slice(sted.indexOf("#"))}`);
  return kopier(finn("lenke"), origin + sted, si);
}

/** Never with a token in it: it says where one comes from. */
export function somCurl(hvem, hvilket, innhold) {
  const enkelt = (tekst) => `'${tekst.replaceAll("'", "'\\''")}'`;
  const { origin } = location;
  const hent = hvem?.produsent
    ? `token=$(curl -s ${enkelt(`${origin}/fake/aad?azp=${hvem.produsent}`)})\n\n`
    : hvem?.bruker
      ? `token=$(curl -s ${enkelt(`${origin}/fake/tokenx?pid=${hvem.bruker}`)})\n\n`
      : "# token=… må være satt\n";
  return `${hent}curl -s ${enkelt(`${origin}/${hvilket}/api/graphql`)} \\
  -H "Authorization: Bearer $token" \\
  -H 'Content-Type: application/json' \\
  -d ${enkelt(JSON.stringify(innhold))}\n`;
}

function kopierCurl() {
  const innhold = lesVariabler();
  if (!innhold) return;
  const kall = somCurl(hvemSomKaller(), api(), kropp(dokument.tekst, innhold, valgtOperasjon()));
  kopier(finn("curl"), kall, si);
}

// ── Helping ────────────────────────────────────────────────────────────────────────────────────────────────────────

function si(tekst) {
  finn("si").textContent = tekst;
}

/** The document last, so that it is what Ctrl+Z undoes first. */
function formaterBegge() {
  const verdi = somJson(variabler.tekst);
  const pent = verdi === undefined ? variabler.tekst : JSON.stringify(verdi, null, 2);
  if (pent !== variabler.tekst) variabler.erstatt(0, variabler.tekst.length, pent, 0);
  const nytt = formater(dokument.tekst);
  if (nytt === null) {
    si("Dokumentet ble ikke formatert: en klamme mangler, eller det har et tegn som ikke hører hjemme.");
    finn("formater").textContent = "Kan ikke formateres";
    setTimeout(() => (finn("formater").textContent = "Formater"), 2500);
  } else if (nytt !== dokument.tekst) {
    dokument.erstatt(0, dokument.tekst.length, nytt, 0);
    si("Formatert.");
  } else si("Alt er i orden fra før.");
}

/** Adds an example value for each variable of the operation that has none. */
function fyllUt() {
  const gitt = lesVariabler();
  const skjema = skjemaer[api()];
  if (gitt === null || !skjema) return;
  const alle = operasjoner(dokument.tekst);
  const denne = alle.find(({ navn }) => navn && navn === valgtOperasjon()) ?? alle[0];
  const mangler = (denne?.variabler ?? []).filter(({ navn }) => !Object.hasOwn(gitt, navn));
  const felt = rotfelt(denne) ?? "x";
  for (const { navn, type } of mangler) {
    const den = typeFra(type, skjema);
    if (den) gitt[navn] = eksempelverdi(skjema, den, navn, felt);
  }
  if (mangler.length) variabler.erstatt(0, variabler.tekst.length, JSON.stringify(gitt, null, 2), 0);
  si(mangler.length ? `${mangler.length} variabler er fylt ut.` : "Ingen variabler mangler.");
}

const rotfelt = (operasjon) =>
  operasjon && /\{\s*(\w+)/.exec(dokument.tekst.slice(operasjon.start, operasjon.slutt))?.[1];

function tegnEksempler() {
  const skjema = skjemaer[api()];
  const grupper = [
    ["Spørringer", "query"],
    ["Mutasjoner", "mutation"],
  ];
  finn("eksempel").replaceChildren(
    element("option", { value: "" }, "Velg …"),
    ...grupper.map(([navn, slag]) =>
      element(
        "optgroup",
        { label: navn },
        ...skjema[slag].fields
          .filter(({ isDeprecated }) => !isDeprecated)
          .map(({ name }) => element("option", { value: `${slag} ${name}` }, name)),
      ),
    ),
  );
}

function settInn() {
  const [slag, felt] = finn("eksempel").value.split(" ");
  if (!felt) return;
  const { document: nytt, variables } = eksempel(skjemaer[api()], slag, felt);
  variabler.erstatt(
    0,
    variabler.tekst.length,
    Object.keys(variables).length ? JSON.stringify(variables, null, 2) : "",
    0,
  );
  dokument.erstatt(0, dokument.tekst.length, nytt, 0);
  finn("eksempel").value = "";
  finn("dokument").scrollTop = 0;
}

// ── Beginning ──────────────────────────────────────────────────────────────────────────────────────────────────────

async function hentSkjemaet(hvilket) {
  try {
    skjemaer[hvilket] = await hentSkjema(hvilket);
    if (hvilket === api()) tegnEksempler();
  } catch {
    finn("feil").textContent = "Vi får ikke hentet skjemaet, så det er ingen forslag og eksempler. Kjører tjenesten?";
    finn("feil").hidden = false;
  }
}

function velgApi(nytt) {
  document.querySelector(`[name=api][value=${nytt}]`).checked = true;
  tegnFolk();
  if (skjemaer[nytt]) tegnEksempler();
  else hentSkjemaet(nytt);
}

async function byttApi() {
  klar = false;
  await hentSkjemaet(api());
  vis(utkast[api()] ?? foerste());
  klar = true;
  tegnFolk();
  tegnOperasjoner();
  lagre();
  if (skjemaer[api()]) tegnEksempler();
  if (location.hash) history.replaceState(null, "", location.pathname);
}

function foerste() {
  const skjema = skjemaer[api()];
  if (!skjema) return { dokument: "query {\n  whoami\n}\n", variabler: "" };
  const { document: nytt, variables } = eksempel(skjema, ...FOERST[api()]);
  return { dokument: nytt, variabler: Object.keys(variables).length ? JSON.stringify(variables, null, 2) : "" };
}

function lesUtkast() {
  try {
    const { api: sist, produsent, bruker } = JSON.parse(sessionStorage.getItem(UTKAST));
    Object.assign(utkast, { produsent, bruker });
    return sist;
  } catch {
    return null;
  }
}

async function begynn() {
  const sist = lesUtkast();
  const lenket = lesLenke(location.hash);
  document.querySelector(`[name=api][value=${lenket?.api ?? (sist === "bruker" ? "bruker" : "produsent")}]`).checked =
    true;
  await Promise.all([hentFolk(), hentSkjemaet(api())]);
  tegnFolk();
  vis(lenket ?? utkast[api()] ?? foerste());
  tegnOperasjoner();
  if (lenket?.operasjon) finn("operasjon").value = lenket.operasjon;
  klar = true;
  lagre();
  document.documentElement.dataset.ferdig = "";
}

addEventListener("hashchange", () => {
  const lenket = lesLenke(location.hash);
  if (!lenket) return;
  klar = false;
  velgApi(lenket.api);
  vis(lenket);
  tegnOperasjoner();
  if (lenket.operasjon) finn("operasjon").value = lenket.operasjon;
  klar = true;
  lagre();
});

for (const valg of document.querySelectorAll("[name=api]")) {
  valg.addEventListener("change", byttApi);
}
finn("hvem").addEventListener("change", tegnTokenfelt);
finn("tokenfelt").addEventListener("submit", (event) => {
  event.preventDefault();
  kjoer();
});
finn("dokument").addEventListener("keyup", foelgMarkoer);
finn("dokument").addEventListener("click", foelgMarkoer);
finn("kjoer").addEventListener("click", kjoer);
finn("formater").addEventListener("click", formaterBegge);
finn("fyll").addEventListener("click", fyllUt);
finn("eksempel").addEventListener("change", settInn);
finn("lenke").addEventListener("click", kopierLenke);
finn("curl").addEventListener("click", kopierCurl);
finn("kopier-svar").addEventListener("click", () => kopier(finn("kopier-svar"), finn("svartekst").textContent, si));
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    kjoer();
  }
});
begynn();
