/*
 * The page that shows and moves the service's clock, and tells what happened on the way.
 *
 * The server answers a move when nothing is due any more, so the history after the last event before the move is what
 * happened. Buttons are never `disabled`, which would take the focus from who uses the keyboard, but aria-disabled.
 */
import { hentJson } from "/static/deler.js";
import { dag, feltverdi, klokkeslett, tidspunkt, varighet } from "/static/oslo.js";

const MELLOM_MS = 5_000; // between looks at the clock while nobody moves it
const SIDE = 200; // events in one answer
const FLYTTEFRIST_MS = 300_000; // all that is due on the way happens before the answer
const MAKS_VIST = 1_000; // a move over years may pass more than anybody reads

const SETNINGER = {
  BeskjedOpprettet: "Beskjeden ble opprettet",
  OppgaveOpprettet: "Oppgaven ble opprettet",
  OppgaveUtfoert: "Oppgaven ble utført",
  OppgaveUtgaatt: "Oppgaven gikk ut",
  FristUtsatt: "Fristen ble utsatt",
  OppgavePaaminnelseEndret: "Påminnelsen ble endret",
  PaaminnelseOpprettet: "Påminnelse ble sendt",
  KalenderavtaleOpprettet: "Kalenderavtalen ble opprettet",
  KalenderavtaleOppdatert: "Kalenderavtalen ble endret",
  SakOpprettet: "Saken ble opprettet",
  NyStatusSak: "Saken fikk ny status",
  NesteStegSak: "Saken fikk nytt neste steg",
  TilleggsinformasjonSak: "Saken fikk ny tilleggsinformasjon",
  BrukerKlikket: "Notifikasjonen ble åpnet",
  HardDelete: "Slettet",
  EksterntVarselVellykket: "SMS eller e-post ble sendt",
  EksterntVarselFeilet: "SMS eller e-post kunne ikke sendes",
  EksterntVarselKansellert: "SMS eller e-post ble avbestilt",
};

const finn = (id) => document.getElementById(id);
const knapper = document.querySelectorAll("main button");

let klokke = null; // {tid, stoppet} as the server said last
let forfall = null; // {neste, sisteHendelse}
let hentet = 0; // performance.now() when it said so
let foreslaatt = ""; // what the page has put in the field; anything else is somebody's
let flytter = false;
let flyttinger = 0; // an answer from before the last of them is old
let hentefeil = false; // the status tells that the clock cannot be read

// ── The server ─────────────────────────────────────────────────────────────────────────────────────────────────────

async function les() {
  const min = flyttinger;
  const [ny, nytt] = await Promise.all([hentJson("/dev/klokke"), hentJson("/dev/forfall")]);
  if (min === flyttinger) [klokke, forfall, hentet] = [ny, nytt, performance.now()];
  return min === flyttinger;
}

async function hendelserEtter(nr) {
  const alle = [];
  for (;;) {
    const flere = await hentJson(`/dev/hendelser?etter=${alle.at(-1)?.nr ?? nr}`);
    alle.push(...flere);
    if (flere.length < SIDE) return alle;
  }
}

// ── Showing ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What the service's clock shows now. It is asked only now and then, and goes on by itself in between. */
const naa = () => Date.parse(klokke.tid) + (klokke.stoppet ? 0 : performance.now() - hentet);

function tegnKlokke() {
  if (!klokke) return;
  finn("dag").textContent = dag(naa());
  finn("tid").textContent = klokkeslett(naa(), { sekunder: true });
  finn("tid").dateTime = new Date(naa()).toISOString();
}

function tegn() {
  tegnKlokke();
  finn("tilstand").textContent = klokke.stoppet ? "Klokken er stoppet" : "Klokken går";
  finn("tilstand").classList.toggle("stoppet", klokke.stoppet);
  finn("tilstand").hidden = false;
  finn("neste").textContent = nesteTing();
  foreslaa();
  tegnKnapper();
}

/** The time that is now, to begin from; but what somebody has written in the field stays until it has been used. */
function foreslaa() {
  if (document.activeElement === finn("naar") || finn("naar").value !== foreslaatt) return;
  finn("naar").value = feltverdi(naa());
  foreslaatt = finn("naar").value;
}

function nesteTing() {
  if (!forfall.neste) return "Ingenting er bestilt frem i tid.";
  const om = Date.parse(forfall.neste) - naa();
  const naar = om > 0 ? `, om ${om < 1000 ? "under ett sekund" : varighet(om)}` : ", og det er nå";
  return `Neste ting skjer ${tidspunkt(forfall.neste)}${naar}.`;
}

function tegnKnapper() {
  const av = (knapp) =>
    flytter || (knapp.id === "til-neste" && !forfall?.neste) || (knapp.id === "virkelig" && !klokke?.stoppet);
  for (const knapp of knapper) knapp.setAttribute("aria-disabled", String(av(knapp)));
}

function meld(tekst, { feil = false } = {}) {
  finn("status").textContent = tekst;
  finn("status").classList.toggle("feil", feil);
}

const ting = (antall) => `${antall.toLocaleString("nb-NO")} ting`;

function visHendelser(hendelser) {
  const vist = hendelser.slice(0, MAKS_VIST);
  finn("hendt").hidden = hendelser.length === 0;
  finn("hendt-ingress").textContent =
    vist.length < hendelser.length ? `Her er de første ${ting(vist.length)} av ${ting(hendelser.length)}.` : "";
  finn("dager").replaceChildren(...perDag(vist).flatMap(([dagen, dens]) => tegnDag(dagen, dens)));
}

/** [[day, its events], …] in the order in which they happened. */
function perDag(hendelser) {
  const dager = [];
  for (const hendelse of hendelser) {
    const dagen = dag(hendelse.tidspunkt);
    if (dager.at(-1)?.[0] !== dagen) dager.push([dagen, []]);
    dager.at(-1)[1].push(hendelse);
  }
  return dager;
}

function tegnDag(dagen, hendelser) {
  const ny = finn("dagmal").content.cloneNode(true);
  ny.querySelector("h3").textContent = dagen;
  ny.querySelector("ol").append(...hendelser.map(tegnHendelse));
  return [...ny.children];
}

function tegnHendelse({ type, tidspunkt: naar, hvem, tekst, merkelapp }) {
  const ny = finn("hendelsemal").content.cloneNode(true);
  const fyll = (velger, innhold) => {
    const felt = ny.querySelector(velger);
    if (innhold) felt.textContent = innhold;
    else felt.remove();
  };
  fyll("time", klokkeslett(naar));
  ny.querySelector("time").dateTime = naar;
  fyll(".hva", setning(type, hvem));
  fyll(".om-hva", tekst);
  fyll(".hvem", hvem === "system" ? "" : `Gjort av ${hvem}`);
  fyll(".lapp", merkelapp);
  ny.querySelector("li").dataset.type = type;
  return ny;
}

/** Time does only one thing to a kalenderavtale; what a producer does has no words for which change it was. */
function setning(type, hvem) {
  if (type === "KalenderavtaleOppdatert" && hvem === "system") return "Kalenderavtalen ble avholdt";
  return SETNINGER[type] ?? type;
}

// ── Moving ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Whether the clock was moved. `kall` says how, and is asked when the clock has just been read: [method, body], or null
 * for nowhere to go.
 */
async function flytt(kall) {
  if (flytter) return false;
  flytter = true;
  flyttinger += 1;
  tegnKnapper();
  hentefeil = false;
  meld("Flytter klokken …");
  let sendt = false;
  let gikk = false;
  try {
    await les();
    const foer = { tid: klokke.tid, nr: forfall.sisteHendelse, neste: forfall.neste };
    const valg = kall();
    if (!valg) return meld("Ingenting er bestilt frem i tid, så klokken er ikke flyttet.");
    const [metode, innhold] = valg;
    sendt = true;
    const { tid, stoppet } = await hentJson("/dev/klokke", { metode, innhold, fristMs: FLYTTEFRIST_MS });
    gikk = true;
    const hendelser = await hendelserEtter(foer.nr).catch(() => null);
    visHendelser(hendelser ?? []);
    meld(`${flyttet(foer.tid, tid, stoppet)} ${paaVeien(hendelser, foer.neste === tid)}`);
  } catch (feil) {
    const grunn = feil.cause === 400 ? "Tidspunktet kan ikke brukes." : "Kjører tjenesten? Prøv igjen.";
    const uvisst = "Vi fikk ikke svar, og vet ikke om klokken er flyttet. Se hva den viser før du prøver igjen.";
    meld(sendt && !feil.cause ? uvisst : `Vi fikk ikke flyttet klokken. ${grunn}`, { feil: true });
  } finally {
    flytter = false;
    tegnKnapper();
  }
  await les().then(tegn, () => {}); // the next look tells, if the service is still away
  return gikk;
}

function flyttet(fra, til, stoppet) {
  if (!stoppet) return `Klokken følger virkelig tid igjen: ${tidspunkt(til)}.`;
  if (Date.parse(til) >= Date.parse(fra)) return `Klokken er stilt til ${tidspunkt(til)}.`;
  return `Klokken er stilt tilbake til ${tidspunkt(til)}. Det som har skjedd, blir ikke gjort om.`;
}

function paaVeien(hendelser, tilDetNeste) {
  if (!hendelser) return "Vi får ikke hentet hva som skjedde på veien.";
  const sendt = hendelser.some(({ type }) => type === "EksterntVarselVellykket");
  if (hendelser.length) return `${ting(hendelser.length)} skjedde.${sendt ? " SMS og e-post ligger i utboksen." : ""}`;
  // What was due leaves no trace in the history until it succeeds or is given up.
  return tilDetNeste ? "Et forsøk på å sende lyktes ikke; det prøves igjen." : "Ingenting skjedde på veien.";
}

/** Never back, also when what is next is late because it fails. */
function tilNeste() {
  if (!forfall.neste) return null;
  return ["PUT", { tid: Date.parse(forfall.neste) < Date.parse(klokke.tid) ? klokke.tid : forfall.neste }];
}

async function still(event) {
  event.preventDefault();
  const tid = finn("naar").value;
  finn("naar").setAttribute("aria-invalid", String(!tid));
  finn("naar-feil").textContent = tid ? "" : "Velg både dato og klokkeslett.";
  if (!tid) return finn("naar").focus();
  if (!(await flytt(() => ["PUT", { tid }]))) return;
  foreslaatt = tid;
  foreslaa();
}

const paa = (knapp) => knapp.getAttribute("aria-disabled") !== "true";
for (const knapp of document.querySelectorAll("[data-frem]")) {
  knapp.addEventListener("click", () => flytt(() => ["POST", { frem: knapp.dataset.frem }]));
}
finn("til-neste").addEventListener("click", (event) => paa(event.currentTarget) && flytt(tilNeste));
finn("virkelig").addEventListener("click", (event) => paa(event.currentTarget) && flytt(() => ["DELETE"]));
finn("still").addEventListener("submit", still);

// ── Looking ────────────────────────────────────────────────────────────────────────────────────────────────────────

async function se() {
  if (flytter || document.visibilityState !== "visible") return;
  const min = flyttinger;
  try {
    if (!(await les())) return; // a move began meanwhile, and knows better
    tegn();
    if (hentefeil) meld("");
    hentefeil = false;
  } catch {
    if (min !== flyttinger) return;
    hentefeil = true;
    meld("Vi får ikke hentet klokken. Kjører tjenesten? Vi prøver igjen om litt.", { feil: true });
  }
}

setInterval(tegnKlokke, 1000);
setInterval(se, MELLOM_MS);
document.addEventListener("visibilitychange", se);
se();
