/*
 * The workbench: be a producer, call any mutation, see the request, the answer, and what has been made.
 *
 * The request beside the form is made from the form each time anything in it changes, and sending sends that very text,
 * so what is shown and what is sent cannot differ. A key that the page made up is replaced when it has been used; a key
 * that somebody typed is not.
 */
import { element, harFnr, hentJson } from "/static/deler.js";
import { konsollLenke } from "/static/konsoll-lenke.js";
import { markdown } from "/static/markdown.js";
import { klokkeslett } from "/static/oslo.js";
import { hentSkjema } from "/static/skjema.js";
import { lagFelter } from "/static/verksted-felt.js";
import { erSak, kjentOm, navnPaa, passer, slagAv, tegnKort, tegnSlettet } from "/static/verksted-laget.js";
import { curl, dokument, gjelder, grupper, startverdi } from "/static/verksted-skjema.js";

const FOERST = "nyOppgave";
const MAKS_HISTORIKK = 10;
const HISTORIKK = "verksted-sendt"; // in sessionStorage
const VARSLER_MS = 2_500; // after which what was to be sent at once has been sent
const API = "/produsent/api/graphql";
const BESTEMT = { Sak: "saken", Beskjed: "beskjeden", Oppgave: "oppgaven", Kalenderavtale: "kalenderavtalen" };
const INGEN = {
  Sak: "noen sak",
  Oppgave: "noen oppgave",
  Kalenderavtale: "noen kalenderavtale",
  Notifikasjon: "noen notifikasjon",
};

const INGENTING = { treff: 0, side: 1, sider: 1, laget: [], slettet: [] };

const finn = (id) => document.getElementById(id);
const parametere = new URLSearchParams(location.search);

let skjema; // as skjema.js gives it
let kjente; // what /dev/produsenter answers
let produsent;
let felt; // the mutation that the form is for
let felter; // the parts of the form
let foresporsel; // {query, variables}: what is shown, and what is sent
let laget = INGENTING;
let klokke = { tid: new Date().toISOString(), hentet: performance.now(), stoppet: false };
let historikk = [];
let nylig = null; // the id of what was made last
let sender = false;
const egneNoekler = new Map(); // key that was made up here → what it is for

// ── Time, and keys that nobody has used ────────────────────────────────────────────────────────────────────────────

const naa = () => Date.parse(klokke.tid) + (klokke.stoppet ? 0 : performance.now() - klokke.hentet);

async function lesKlokken() {
  klokke = { ...(await hentJson("/dev/klokke")), hentet: performance.now() };
}

function nyNoekkel(slag) {
  const tilfeldig = [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, "0"));
  const noekkel = `${slag}-${tilfeldig.join("")}`;
  egneNoekler.set(noekkel, slag);
  return noekkel;
}

/** A key that has been used is no longer new: where the form has it, it gets another, and nowhere again. */
function byttBrukteNoekler(variables) {
  const sendt = JSON.stringify(variables);
  for (const [noekkel, slag] of [...egneNoekler].filter(([en]) => sendt.includes(en))) {
    egneNoekler.delete(noekkel);
    for (const kontroll of finn("felter").querySelectorAll("input")) {
      if (kontroll.value === noekkel) kontroll.value = nyNoekkel(slag);
    }
  }
  tegnForesporsel();
}

// ── The producer ───────────────────────────────────────────────────────────────────────────────────────────────────

function velgProdusent(id) {
  produsent = kjente.produsenter.find((en) => en.id === id) ?? kjente.produsenter[0];
  finn("produsent").value = produsent.id;
  finn("applikasjon").replaceChildren(
    ...produsent.applikasjoner.map((navn) => element("option", { value: navn }, navn)),
  );
  const { merkelapper, ressurser, tjenester, naermesteLeder } = produsent;
  const kort = [
    antall(merkelapper.length, "merkelapp", "merkelapper"),
    antall(ressurser.length, "ressurs", "ressurser"),
    tjenester.length && antall(tjenester.length, "Altinn 2-tjeneste", "Altinn 2-tjenester"),
    naermesteLeder && "nærmeste leder",
  ];
  finn("rettigheter-kort").textContent = `Rettigheter: ${kort.filter(Boolean).join(", ")}`;
  const rad = (hva, verdier) =>
    element(
      "div",
      {},
      element("dt", {}, hva),
      element("dd", {}, ...(verdier.length ? verdier.map((verdi) => element("span.lapp", {}, verdi)) : ["Ingen"])),
    );
  finn("rettigheter").replaceChildren(
    rad("Merkelapper", merkelapper),
    rad("Ressurser (Altinn 3)", ressurser),
    rad("Tjenester (Altinn 2)", tjenester),
    rad("Nærmeste leder som mottaker", [naermesteLeder ? "Ja" : "Nei"]),
  );
  finn("laget-tittel").textContent = `Laget av ${produsent.id}`;
  tegnForslag();
}

/** Whether its list is there: it is not when another producer has been chosen meanwhile. */
function byttProdusent(id) {
  velgProdusent(id);
  return hentLaget(1);
}

const antall = (tall, en, flere) => `${tall.toLocaleString("nb-NO")} ${tall === 1 ? en : flere}`;

/** What the fields propose. Any other value may be typed: the answer to a wrong one is worth seeing, too. */
function tegnForslag() {
  const unike = (verdier) => [...new Set(verdier)];
  const enkle = (verdier) => unike(verdier).map((value) => element("option", { value }));
  const person = (fnr) => element("option", { value: fnr, label: kjente.personer[fnr] });
  const lister = {
    merkelapp: enkle(produsent.merkelapper),
    ressursId: enkle(produsent.ressurser),
    serviceCode: enkle(produsent.tjenester.map((tjeneste) => tjeneste.split(":")[0])),
    serviceEdition: enkle(produsent.tjenester.map((tjeneste) => tjeneste.split(":")[1])),
    virksomhetsnummer: kjente.virksomheter.map(({ virksomhetsnummer, navn }) =>
      element("option", { value: virksomhetsnummer, label: navn }),
    ),
    naermesteLederFnr: unike(kjente.ledere.map(({ naermesteLederFnr }) => naermesteLederFnr)).map(person),
    ansattFnr: unike(kjente.ledere.map(({ ansattFnr }) => ansattFnr)).map(person),
  };
  finn("forslag").replaceChildren(
    ...Object.entries(lister).map(([navn, valg]) => element("datalist", { id: `forslag-${navn}` }, ...valg)),
  );
}

// ── The mutations ──────────────────────────────────────────────────────────────────────────────────────────────────

function tegnMutasjoner() {
  const knapp = ({ name, isDeprecated }) => {
    const ny = element(
      "button.mutasjon",
      { type: "button", "data-mutasjon": name },
      ...medBrudd(name),
      isDeprecated && element("span.utgaar", {}, "utgår"),
    );
    ny.addEventListener("click", () => aapne(name, { fokus: true }));
    return element("li", {}, ny);
  };
  finn("mutasjoner").replaceChildren(
    ...grupper(skjema).map(({ navn, mutasjoner, utgaatte }) =>
      element(
        "div.mutasjonsgruppe",
        {},
        element("h3", {}, navn),
        element("ul", {}, ...mutasjoner.map(knapp)),
        utgaatte.length > 0 &&
          element(
            "details.utgaatte",
            {},
            element("summary", {}, `Utgår (${utgaatte.length})`),
            element("ul", {}, ...utgaatte.map(knapp)),
          ),
      ),
    ),
  );
}

/** A name that may be broken where a new word begins in it. */
const medBrudd = (navn) =>
  navn.split(/(?<=[a-z])(?=[A-Z_])/).flatMap((ord, nr) => (nr ? [element("wbr"), ord] : [ord]));

/** The form of a mutation: about `ting` if that is given, else about the newest thing that it could be about. */
function aapne(navn, { ting = null, verdier = null, fokus = false } = {}) {
  felt =
    skjema.mutation.fields.find(({ name }) => name === navn) ??
    skjema.mutation.fields.find(({ name }) => name === FOERST);
  const om = ting ?? (verdier ? null : nyesteFor(felt));
  const k = { ...kjente, produsent, naa: naa(), kjent: om ? kjentOm(om) : {}, nyNoekkel, rot: felt.name };
  finn("skjema-tittel").replaceChildren(...medBrudd(felt.name));
  finn("valgt-mutasjon").textContent = `: ${felt.name}`;
  finn("send").textContent = `Send ${felt.name}`;
  tegnOmMutasjonen();
  tegnGjelder(om, verdier);
  felter = lagFelter(felt.args, verdier ?? startverdi(skjema, felt, k), felt.name, {
    skjema,
    k,
    endret: tegnForesporsel,
  });
  finn("felter").replaceChildren(felter.rot);
  finn("skjemafeil").textContent = "";
  for (const knapp of finn("mutasjoner").querySelectorAll("button")) {
    if (knapp.dataset.mutasjon === felt.name) {
      knapp.setAttribute("aria-current", "true");
      knapp.closest("details")?.setAttribute("open", "");
    } else knapp.removeAttribute("aria-current");
  }
  if (!bred.matches) finn("mutasjonsmeny").open = false;
  tegnForesporsel();
  huskAdressen();
  if (fokus) {
    finn("skjema-tittel").focus({ preventScroll: true });
    finn("skjema-tittel").scrollIntoView({ block: "start" });
  }
}

function nyesteFor(mutasjon) {
  const alle = laget.laget.flatMap(({ sak, notifikasjoner }) => [...(sak ? [sak] : []), ...notifikasjoner]);
  if (mutasjon.name === "nyKalenderavtale") return alle.find(erSak) ?? null;
  if (!gjelder(mutasjon)) return null;
  const mulige = alle.filter((ting) => passer(mutasjon, ting));
  return mulige.find(({ tilstand }) => tilstand === "NY") ?? mulige[0] ?? null;
}

function tegnOmMutasjonen() {
  const [foerste, ...resten] = markdown(felt.description);
  const mer = resten.length > 0 && element("details.mer", {}, element("summary", {}, "Mer om mutasjonen"), ...resten);
  const utgaar =
    felt.isDeprecated &&
    element("div.advarsel", {}, element("strong", {}, "Utgår. "), ...markdown(felt.deprecationReason));
  finn("om-mutasjonen").replaceChildren(...[utgaar, foerste, mer].filter(Boolean));
}

function tegnGjelder(om, verdier) {
  const hva = felt.name === "nyKalenderavtale" ? "Sak" : gjelder(felt);
  const plass = finn("gjelder");
  plass.hidden = verdier !== null || (!hva && !om);
  if (plass.hidden) return;
  if (om) {
    const noekkel = erSak(om) ? om.grupperingsid : om.eksternId;
    plass.replaceChildren(
      `${gjelder(felt) ? "Gjelder" : "I"} ${BESTEMT[slagAv(om)]} «${navnPaa(om)}» (${om.merkelapp}, ${noekkel}).`,
    );
    return;
  }
  const foerst = { Sak: "nySak", Kalenderavtale: "nyKalenderavtale" }[hva] ?? FOERST;
  const knapp = element("button.lenkeknapp", { type: "button" }, `Lag en med ${foerst}`);
  knapp.addEventListener("click", () => aapne(foerst, { fokus: true }));
  plass.replaceChildren(`${produsent.id} har ikke laget ${INGEN[hva]} ennå. `, knapp, ", eller fyll ut feltene selv.");
}

/** The choices are in the address, so that they can be kept and shared. */
function huskAdressen() {
  const soek = finn("soeketekst").value.trim();
  parametere.set("produsent", produsent.id);
  parametere.set("mutasjon", felt.name);
  if (soek && !harFnr(soek)) parametere.set("soek", soek);
  else parametere.delete("soek");
  history.replaceState(null, "", `${location.pathname}?${parametere}`);
}

// ── The request ────────────────────────────────────────────────────────────────────────────────────────────────────

function tegnForesporsel() {
  const variables = felter.verdi();
  foresporsel = { query: dokument(skjema, felt, Object.keys(variables)), variables };
  const sett = (id, tekst) => (finn(id).querySelector("code").textContent = tekst);
  sett("dokument", foresporsel.query);
  sett("variabler", JSON.stringify(variables, null, 2));
  sett("curl", curl(location.origin, finn("applikasjon").value, foresporsel));
  const variabler = harFnr(JSON.stringify(variables)) ? "" : variables;
  finn("konsoll").href = konsollLenke({ api: "produsent", dokument: foresporsel.query, variabler });
  finn("kopiert").textContent = "";
}

function visSom() {
  const somCurl = document.querySelector("[name=vis]:checked").value === "curl";
  finn("vis-graphql").hidden = somCurl;
  finn("vis-curl").hidden = !somCurl;
  finn("kopier").textContent = somCurl ? "Kopier kommandoene" : "Kopier dokumentet";
  finn("kopiert").textContent = "";
}

async function kopier() {
  const kilde = finn(finn("vis-curl").hidden ? "dokument" : "curl");
  try {
    await navigator.clipboard.writeText(kilde.textContent);
    finn("kopiert").textContent = "Kopiert.";
  } catch {
    getSelection().selectAllChildren(kilde);
    finn("kopiert").textContent = "Nettleseren lot oss ikke kopiere. Teksten er merket.";
  }
}

async function send(event) {
  event.preventDefault();
  if (sender) return;
  const feil = felter.feil();
  finn("skjemafeil").textContent = feil.length ? `Rett ${antall(feil.length, "felt", "felt")} før du sender.` : "";
  if (feil.length) {
    feil[0].focus();
    return;
  }
  sender = true;
  finn("send").setAttribute("aria-disabled", "true");
  const sendt = {
    produsent: produsent.id,
    applikasjon: finn("applikasjon").value,
    mutasjon: felt.name,
    ...foresporsel,
  };
  visUtfall({ tittel: `Sender ${sendt.mutasjon} …` });
  const { utfall, svar } = await kall(sendt);
  sender = false;
  finn("send").removeAttribute("aria-disabled");
  visUtfall(utfall, svar);
  husk(sendt, utfall);
  if (utfall.vellykket) await etterVellykket(sendt, utfall);
}

/** The answer and what it means. Never throws. */
async function kall({ applikasjon, mutasjon, query, variables }) {
  let start = performance.now();
  try {
    const { access_token } = await hentJson("/dev/token", { metode: "POST", innhold: { produsent: applikasjon } });
    start = performance.now();
    const svar = await hentJson(API, {
      metode: "POST",
      innhold: { query, variables },
      hoder: { Authorization: `Bearer ${access_token}` },
    });
    return { svar, utfall: tolk(svar, mutasjon, performance.now() - start) };
  } catch (feil) {
    const [tittel, tekst] = feil.cause
      ? ["Avvist", `Tjenesten svarte ${feil.cause}: ${feil.message}`]
      : ["Uten svar", "Vi vet ikke om det er lagret. Kjører tjenesten? En opprettelse kan trygt sendes en gang til."];
    return { svar: null, utfall: { vellykket: false, tittel, tekst, ms: performance.now() - start } };
  }
}

function tolk({ data, errors, extensions }, mutasjon, ms) {
  if (errors?.length) {
    return { vellykket: false, tittel: "GraphQL-feil", tekst: errors.map(({ message }) => message).join(" "), ms };
  }
  const { __typename: type, feilmelding, id, idTilEksisterende } = data[mutasjon];
  if (feilmelding !== undefined) {
    return {
      vellykket: false,
      tittel: type,
      tekst: `${feilmelding}${idTilEksisterende ? ` Den som finnes, har id ${idTilEksisterende}.` : ""}`,
      ms,
    };
  }
  return {
    vellykket: true,
    tittel: "Vellykket",
    tekst: `${mutasjon} svarte ${type}.`,
    id,
    advarsler: extensions?.advarsler,
    ms,
  };
}

function visUtfall({ vellykket, tittel, tekst, advarsler, ms }, svar = null) {
  const plass = finn("utfall");
  plass.className = `utfall ${vellykket === undefined ? "" : vellykket ? "vellykket" : "mislykket"}`;
  plass.replaceChildren(
    element("p", {}, element("strong", {}, tittel), tekst && `${vellykket ? ". " : ": "}${tekst}`),
    ...(advarsler ?? []).map((advarsel) => element("p", {}, `Advarsel: ${advarsel}`)),
    ...(ms === undefined ? [] : [element("p.tid", {}, `${Math.round(ms).toLocaleString("nb-NO")} ms`)]),
  );
  finn("svar").hidden = svar === null;
  finn("svar").querySelector("code").textContent = svar === null ? "" : JSON.stringify(svar, null, 2);
  plass.scrollIntoView({ block: "nearest" });
}

async function etterVellykket({ mutasjon, variables }, { id }) {
  const lagetNytt = !gjelder(skjema.mutation.fields.find(({ name }) => name === mutasjon));
  const vist = finn("utfall").firstChild;
  byttBrukteNoekler(variables);
  if (lagetNytt) {
    finn("soeketekst").value = "";
    huskAdressen();
    nylig = id;
  }
  await hentLaget(lagetNytt ? 1 : laget.side);
  const ny = finn("liste").querySelector(".nylig");
  if (lagetNytt && ny) {
    ny.querySelector(".innsyn").open = true;
    const knapp = element("button.lenkeknapp", { type: "button" }, "Se den i lista");
    knapp.addEventListener("click", () => {
      const der = finn("liste").querySelector(".nylig .ting-navn") ?? finn("laget-tittel");
      der.focus({ preventScroll: true });
      der.scrollIntoView({ block: "center" });
    });
    if (vist.isConnected) finn("utfall").append(element("p", {}, knapp)); // else something else has been sent
  }
  const henting = nyesteHenting;
  setTimeout(() => {
    const venter = finn("liste").querySelector(".varselstatus.ny") && !finn("liste").contains(document.activeElement);
    if (venter && henting === nyesteHenting) hentLaget();
  }, VARSLER_MS);
}

// ── What has been sent ─────────────────────────────────────────────────────────────────────────────────────────────

function husk({ query: _, ...sendt }, { vellykket, tittel, ms }) {
  historikk = [
    { ...sendt, vellykket, tittel, ms: Math.round(ms), naar: new Date(naa()).toISOString() },
    ...historikk,
  ].slice(0, MAKS_HISTORIKK);
  try {
    sessionStorage.setItem(HISTORIKK, JSON.stringify(historikk));
  } catch {
    // full, or not allowed: it is remembered until the page is left
  }
  tegnHistorikk();
}

function tegnHistorikk() {
  finn("historikk").hidden = historikk.length === 0;
  finn("sendte").replaceChildren(
    ...historikk.map((sendt) => {
      const { mutasjon, tittel, vellykket, ms, naar } = sendt;
      const kl = klokkeslett(naar, { sekunder: true });
      const knapp = element(
        "button.lenkeknapp",
        { type: "button", "aria-label": `Åpne ${mutasjon} fra kl. ${kl} igjen` },
        mutasjon,
      );
      knapp.addEventListener("click", () => aapneIgjen(sendt));
      return element(
        "li",
        {},
        element("time", { datetime: naar }, kl),
        knapp,
        element(`span.utfall-kort.${vellykket ? "vellykket" : "mislykket"}`, {}, `${tittel}, ${ms} ms`),
      );
    }),
  );
}

async function aapneIgjen({ produsent: id, applikasjon, mutasjon, variables }) {
  if (id !== produsent.id && !(await byttProdusent(id))) return;
  finn("applikasjon").value = applikasjon;
  aapne(mutasjon, { verdier: variables, fokus: true });
}

// ── What has been made ─────────────────────────────────────────────────────────────────────────────────────────────

let nyesteHenting = 0;

/** Whether what came, or that nothing did, is shown: it is not when it has been asked for again meanwhile. */
async function hentLaget(side = laget.side) {
  const henting = (nyesteHenting += 1);
  const soek = finn("soeketekst").value.trim();
  const liste = finn("liste");
  liste.setAttribute("aria-busy", "true");
  try {
    const [svar] = await Promise.all([
      hentJson(`/dev/produsenter/${encodeURIComponent(produsent.id)}/laget?${new URLSearchParams({ soek, side })}`),
      lesKlokken(),
    ]);
    if (henting !== nyesteHenting) return false;
    laget = svar;
    tegnLaget(soek);
  } catch {
    if (henting !== nyesteHenting) return false;
    laget = INGENTING; // what stood there may be another producer's
    finn("treff").textContent = "";
    finn("sider").hidden = true;
    finn("slettet").hidden = true;
    const igjen = element("button.knapp", { type: "button" }, "Prøv igjen");
    igjen.addEventListener("click", () => hentLaget(side));
    liste.replaceChildren(
      element(
        "div.melding.feil",
        { role: "alert" },
        element("p", {}, `Vi får ikke hentet det ${produsent.id} har laget. Kjører tjenesten?`),
        igjen,
      ),
    );
  } finally {
    if (henting === nyesteHenting) liste.removeAttribute("aria-busy");
  }
  return true;
}

function tegnLaget(soek) {
  const aapneFoer = new Set(
    [...finn("liste").querySelectorAll(".innsyn[open]")].map((et) => et.closest(".ting").dataset.id),
  );
  const o = { skjema, produsentId: produsent.id, aapne: (navn, ting) => aapne(navn, { ting, fokus: true }) };
  finn("liste").replaceChildren(...(laget.laget.length ? laget.laget.map((et) => tegnKort(et, o)) : [tomt(soek)]));
  for (const ting of finn("liste").querySelectorAll(".ting")) {
    if (aapneFoer.has(ting.dataset.id)) ting.querySelector(".innsyn").open = true;
    ting.classList.toggle("nylig", ting.dataset.id === nylig);
  }
  const ord = antall(laget.treff, "sak eller enkeltstående notifikasjon", "saker og enkeltstående notifikasjoner");
  const medSoek = soek ? ` passer med «${soek}»` : "";
  const rekkefoelge = laget.treff > 1 ? ", de nyeste først" : "";
  finn("treff").textContent = laget.treff ? `${ord}${medSoek}${rekkefoelge}.` : "";
  finn("slettet").hidden = laget.slettet.length === 0;
  finn("slettet-kort").textContent = `Slettet sist (${laget.slettet.length})`;
  finn("slettede").replaceChildren(...laget.slettet.map(tegnSlettet));
  finn("sider").hidden = laget.sider <= 1;
  finn("sidetall").textContent = `Side ${laget.side} av ${laget.sider}`;
  finn("forrige").setAttribute("aria-disabled", String(laget.side <= 1));
  finn("neste").setAttribute("aria-disabled", String(laget.side >= laget.sider));
}

function tomt(soek) {
  if (soek) return element("p.tom-liste", {}, `Ingenting av det ${produsent.id} har laget, passer med «${soek}».`);
  const hvorfor = laget.slettet.length
    ? `Det ${produsent.id} har laget, er slettet.`
    : `${produsent.id} har ikke laget noe ennå.`;
  return element(
    "p.tom-liste",
    {},
    `${hvorfor} Velg en mutasjon over, for eksempel nyOppgave, og send den som den er.`,
  );
}

async function bla(skritt) {
  const side = laget.side + skritt;
  if (side < 1 || side > laget.sider) return;
  await hentLaget(side);
  finn("laget-tittel").focus();
}

// ── Beginning ──────────────────────────────────────────────────────────────────────────────────────────────────────

async function begynn() {
  finn("feil").hidden = true;
  finn("laster").hidden = false;
  try {
    [kjente, skjema] = await Promise.all([hentJson("/dev/produsenter"), hentSkjema("produsent"), lesKlokken()]);
  } catch {
    return visFeil("Vi får ikke hentet produsentene og skjemaet. Kjører tjenesten?");
  }
  if (!kjente.produsenter.length) {
    return visFeil("Det er ingen produsenter i config.toml. Legg til en [[produsent]], start på nytt, og prøv igjen.");
  }
  finn("produsent").replaceChildren(...kjente.produsenter.map(({ id }) => element("option", { value: id }, id)));
  try {
    historikk = JSON.parse(sessionStorage.getItem(HISTORIKK)) ?? [];
  } catch {
    historikk = [];
  }
  tegnMutasjoner();
  tegnHistorikk();
  finn("soeketekst").value = parametere.get("soek") ?? "";
  visSom();
  await byttProdusent(parametere.get("produsent"));
  aapne(parametere.get("mutasjon") ?? FOERST);
  finn("laster").hidden = true;
  finn("verksted").hidden = false;
}

function visFeil(tekst) {
  finn("laster").hidden = true;
  finn("feiltekst").textContent = tekst;
  finn("feil").hidden = false;
}

const bred = matchMedia("(min-width: 68rem)"); // where the menu has a column of its own
finn("mutasjonsmeny").open = bred.matches;
bred.addEventListener("change", () => (finn("mutasjonsmeny").open = bred.matches));

finn("produsent").addEventListener("change", async () => {
  finn("soeketekst").value = "";
  if (await byttProdusent(finn("produsent").value)) aapne(felt.name);
});
finn("applikasjon").addEventListener("change", tegnForesporsel);
finn("skjema").addEventListener("submit", send);
for (const valg of document.querySelectorAll("[name=vis]")) valg.addEventListener("change", visSom);
finn("kopier").addEventListener("click", kopier);
finn("soek").addEventListener("submit", (event) => {
  event.preventDefault();
  huskAdressen();
  hentLaget(1);
});
finn("oppdater").addEventListener("click", () => hentLaget());
finn("forrige").addEventListener("click", () => bla(-1));
finn("neste").addEventListener("click", () => bla(1));
finn("proev-igjen").addEventListener("click", async () => {
  await begynn();
  finn(finn("feil").hidden ? "innhold" : "proev-igjen").focus(); // the button was gone meanwhile
});
begynn();
