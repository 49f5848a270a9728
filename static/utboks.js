/*
 * The page that lists what would have been sent: newest first, with when and why then.
 *
 * Before changing it: the HTML of an e-mail is a stranger's. It is shown in a frame without any rights, and nothing
 * else is ever made of it before it has been through `rens`. And a card that has been drawn stays the same node, so
 * that a look at the server takes neither focus nor place from who reads.
 */
import { harFnr, hentJson } from "/static/deler.js";
import { rens } from "/static/epost.js";
import { klokkeslett, tidspunkt, varighet } from "/static/oslo.js";

const MELLOM_MS = 5_000; // between looks at the server
const OM_GANGEN = 50; // each e-mail is a frame, and frames are heavy
const SOM_PLANLAGT_MS = 15_000; // the background thread looks every second, and has much to do when it is many
const MAKS_HOEYDE = 480; // px of an e-mail before it scrolls

const KANALER = {
  SMS: {
    navn: "SMS",
    ikon: "M5 3h14a2.5 2.5 0 0 1 2.5 2.5v9A2.5 2.5 0 0 1 19 17H9.4l-5.5 4.4A.9.9 0 0 1 2.5 20.7V5.5A2.5 2.5 0 0 1 5 3Z",
  },
  EPOST: { navn: "E-post", ikon: "M2.5 5h19v2L12 13 2.5 7ZM2.5 9.4 12 15.4l9.5-6V19h-19Z" },
  ALTINN: { navn: "Altinn", ikon: "M3 21V9l9-6 9 6v12h-6v-7H9v7Z" },
};

const finn = (id) => document.getElementById(id);
const parametere = new URLSearchParams(location.search);
const kanalvalg = () => document.querySelector("[name=kanal]:checked");

let meldinger = []; // newest first
let hentet = false; // whether the server has said anything yet
let toemt = 0; // how many times; an answer from before the last time is old
let antall = OM_GANGEN;
const tegnet = new Map(); // varselId → its card
const innhold = new WeakMap(); // frame → the HTML in it, which cannot be read back
const soeketekst = new Map(); // varselId → what the search looks in

// ── The words for why then ─────────────────────────────────────────────────────────────────────────────────────────

const VINDUER = {
  NKS_AAPNINGSTID: { navn: "åpningstiden for NKS", naar: "mandag–fredag 08.30–14.30" },
  DAGTID_IKKE_SOENDAG: { navn: "dagtid utenom søndag", naar: "mandag–lørdag 09.00–16.00" },
};
const OPPHAV = {
  OPPRETTELSE: (bestilt) => `Bestilt ${bestilt}, da notifikasjonen ble opprettet`,
  OPPDATERING: (bestilt) => `Bestilt ${bestilt}, da kalenderavtalen ble endret`,
  PAAMINNELSE: (bestilt) => `Påminnelse, bestilt ${bestilt}`,
  KONTAKT: (bestilt) => `Til en av dem som har tilgangen, fordelt ${bestilt}`,
};

function hvorfor(melding) {
  if (!melding.opphav) return "Varselet er slettet, så det vet vi ikke lenger.";
  const gikk = Date.parse(melding.tidspunkt) - Date.parse(melding.planlagtTidspunkt);
  const forsinket =
    gikk > SOM_PLANLAGT_MS
      ? ` Det gikk ${varighet(gikk)} etter planen: sending som feiler, nødbremsen eller en brukt kvote holder det igjen.`
      : "";
  return `${OPPHAV[melding.opphav](tidspunkt(melding.bestiltTidspunkt))}; ${vindu(melding)}.${forsinket}`;
}

function vindu({ opphav, sendevindu, bestiltTidspunkt, planlagtTidspunkt, sendetidspunkt }) {
  const paaminnelse = opphav === "PAAMINNELSE";
  if (sendevindu === "SPESIFISERT") {
    const passert = Date.parse(sendetidspunkt) <= Date.parse(bestiltTidspunkt);
    return `ønsket tidspunkt${passert ? " var passert" : ""}: ${tidspunkt(sendetidspunkt)}`;
  }
  if (sendevindu === "LOEPENDE") return `løpende: ${paaminnelse ? "da påminnelsen kom" : "med en gang, hele døgnet"}`;
  const { navn, naar } = VINDUER[sendevindu];
  // When a påminnelse fires is not told, only what its window made of it.
  if (paaminnelse) return `første tid i ${navn} (${naar}) etter at påminnelsen kom`;
  const ventet = Date.parse(planlagtTidspunkt) - Date.parse(bestiltTidspunkt) >= 1000;
  return ventet ? `${navn} begynner ${tidspunkt(planlagtTidspunkt)}` : `det er i ${navn} (${naar})`;
}

// ── E-mail ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const somDokument = (html) => new DOMParser().parseFromString(html, "text/html");

function srcdoc(html) {
  return `<!doctype html><html lang="nb" class="epostside"><head><meta charset="utf-8"><title>E-post</title><link \
rel="stylesheet" href="/static/stil.css"><link rel="stylesheet" href="/static/utboks.css"></head><body class="epostkropp">${html}</body></html>`;
}

/** The frame as high as its content, measured outside of it: nobody can look into it. */
function tilpass(ramme) {
  const maal = document.createElement("div");
  maal.className = "epostkropp maales";
  maal.style.width = `${ramme.clientWidth}px`;
  maal.append(...document.importNode(somDokument(innhold.get(ramme)).body, true).childNodes);
  document.body.append(maal);
  ramme.style.height = `${Math.min(maal.offsetHeight, MAKS_HOEYDE) + 2}px`;
  maal.remove();
}

// ── Drawing ────────────────────────────────────────────────────────────────────────────────────────────────────────

function tegnBrev(melding) {
  const brev = finn("brevmal").content.cloneNode(true).firstElementChild;
  const { navn, ikon } = KANALER[melding.kanal];
  const sett = (velger, tekst) => {
    if (tekst) brev.querySelector(velger).textContent = tekst;
    else brev.querySelector(velger).remove();
  };
  brev.dataset.varselId = melding.varselId;
  brev.querySelector(".kanal").classList.add(melding.kanal.toLowerCase());
  brev.querySelector(".kanal path").setAttribute("d", ikon);
  sett(".kanal span", navn);
  sett(".mottaker", melding.kanal === "ALTINN" ? `Alle med tilgangen ${melding.mottaker}` : melding.mottaker);
  brev.querySelector(".mottaker").id = `mottaker-${melding.varselId}`;
  brev.setAttribute("aria-labelledby", `mottaker-${melding.varselId}`);
  sett("header time", tidspunkt(melding.tidspunkt));
  brev.querySelector("time").dateTime = melding.tidspunkt;
  sett(".tittel", melding.tittel);
  brev.querySelector(".innhold").append(...tegnInnhold(melding));
  sett(".naar dd", melding.planlagtTidspunkt ? tidspunkt(melding.planlagtTidspunkt) : "Ukjent");
  sett(".sendt dd", sendt(melding));
  sett(".hvorfor dd", hvorfor(melding));
  sett(".virksomhet dd", melding.virksomhetsnummer);
  sett(".notifikasjon a", melding.notifikasjonId);
  brev.querySelector(".notifikasjon a").href = `/utboks?soek=${encodeURIComponent(melding.notifikasjonId)}`;
  return brev;
}

function sendt({ planlagtTidspunkt, tidspunkt: gikk }) {
  const etter = Date.parse(gikk) - Date.parse(planlagtTidspunkt);
  if (etter >= 0 && etter <= SOM_PLANLAGT_MS) return "Som planlagt";
  return `${tidspunkt(gikk).replace(/[\d.]+$/, "")}${klokkeslett(gikk, { sekunder: true })}`;
}

function* tegnInnhold({ kanal, mottaker, tittel, tekst, smsTekst }) {
  if (kanal === "SMS") yield tegnSms(tekst, "");
  else yield tegnEpost(tekst, kanal === "ALTINN" ? "E-post" : "", tittel || `E-post til ${mottaker}`);
  if (kanal !== "SMS" && smsTekst) yield tegnSms(smsTekst, "SMS til den som ikke har e-post");
}

function tegnSms(tekst, merkelapp) {
  const sms = finn("smsmal").content.cloneNode(true).firstElementChild;
  sms.querySelector("p").textContent = tekst;
  overskrift(sms, merkelapp);
  return sms;
}

function tegnEpost(html, merkelapp, tittel) {
  const epost = finn("epostmal").content.cloneNode(true).firstElementChild;
  const ramme = epost.querySelector("iframe");
  const { html: rent, fjernet } = rens(html);
  ramme.title = `Innholdet i e-posten: ${tittel}`;
  ramme.srcdoc = srcdoc(rent);
  innhold.set(ramme, rent);
  overskrift(epost, merkelapp);
  if (fjernet.size) {
    epost.querySelector(".merknad").textContent = `Vises uten ${new Intl.ListFormat("nb").format(fjernet)}.`;
  } else epost.querySelector(".merknad").remove();
  epost.querySelector("code").textContent = html;
  return epost;
}

function overskrift(figur, tekst) {
  if (tekst) figur.querySelector("figcaption").textContent = tekst;
  else figur.querySelector("figcaption").remove();
}

function soekbar(melding) {
  const { varselId, kanal, mottaker, tittel, tekst, smsTekst, virksomhetsnummer, notifikasjonId } = melding;
  if (!soeketekst.has(varselId)) {
    const ord = kanal === "SMS" ? tekst : somDokument(rens(tekst).html).body.textContent;
    const alt = [mottaker, tittel, ord, smsTekst, virksomhetsnummer, notifikasjonId, varselId];
    soeketekst.set(varselId, alt.filter(Boolean).join("\n").toLocaleLowerCase("nb"));
  }
  return soeketekst.get(varselId);
}

function passer(melding) {
  const ord = finn("soeketekst").value.toLocaleLowerCase("nb").split(/\s+/).filter(Boolean);
  const kanal = kanalvalg().value;
  return (!kanal || melding.kanal === kanal) && ord.every((et) => soekbar(melding).includes(et));
}

function tegn() {
  const treff = meldinger.filter(passer);
  const vises = treff.slice(0, antall);
  const skal = new Set(vises.map(({ varselId }) => varselId));
  for (const [varselId, brev] of tegnet) {
    if (skal.has(varselId)) continue;
    brev.remove();
    tegnet.delete(varselId);
  }
  const nye = [];
  let forrige = null;
  for (const melding of vises) {
    if (!tegnet.has(melding.varselId)) {
      const brev = tegnBrev(melding);
      tegnet.set(melding.varselId, brev);
      finn("meldinger").insertBefore(brev, forrige ? forrige.nextElementSibling : finn("meldinger").firstElementChild);
      nye.push(...brev.querySelectorAll("iframe"));
    }
    forrige = tegnet.get(melding.varselId);
  }
  nye.forEach(tilpass);

  const tom = hentet && meldinger.length === 0;
  const ingenTreff = hentet && !tom && treff.length === 0;
  finn("tomt").hidden = !tom;
  finn("soek").hidden = !hentet || tom;
  finn("nullstill").hidden = !ingenTreff;
  finn("flere").hidden = treff.length <= vises.length;
  if (hentet) status(tom ? "" : ingenTreff ? "Ingen meldinger passer med søket." : treffITall(treff.length));
}

const ord = (tall) => `${tall.toLocaleString("nb-NO")} ${tall === 1 ? "melding" : "meldinger"}`;

function treffITall(treff) {
  return treff === meldinger.length ? ord(treff) : `${treff.toLocaleString("nb-NO")} av ${ord(meldinger.length)}`;
}

/** Set only when it changes, so that it is not read aloud every five seconds. */
function status(tekst) {
  if (finn("status").textContent !== tekst) finn("status").textContent = tekst;
}

function feil(tekst) {
  if (finn("feil").textContent !== tekst) finn("feil").textContent = tekst;
  finn("feil").hidden = tekst === "";
}

// ── The server ─────────────────────────────────────────────────────────────────────────────────────────────────────

let paagaar = false;
let hentefeil = false; // the page tells that the messages cannot be read

async function se() {
  if (paagaar || document.visibilityState !== "visible") return;
  paagaar = true;
  const foer = toemt;
  try {
    const nye = await hentJson("/dev/utboks");
    if (foer !== toemt) return;
    meldinger = nye.reverse();
    hentet = true;
    if (hentefeil) feil(""); // what else is wrong still is
    hentefeil = false;
    tegn();
  } catch {
    hentefeil = true;
    feil("Vi får ikke hentet meldingene. Kjører tjenesten? Vi prøver igjen om litt.");
    if (!hentet) status("");
  } finally {
    paagaar = false;
  }
}

async function toem() {
  finn("bekreft").close();
  feil("");
  try {
    await hentJson("/dev/utboks", { metode: "DELETE" });
    toemt += 1;
    meldinger = [];
    feil("");
    tegn();
    finn("innhold").focus(); // the button that had it is gone
  } catch {
    feil("Vi fikk ikke tømt utboksen. Kjører tjenesten? Prøv igjen.");
  }
}

// ── Choices ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The choice is in the address, so that it can be kept and shared. */
function velg() {
  for (const [navn, verdi] of [
    ["soek", finn("soeketekst").value.trim()],
    ["kanal", kanalvalg().value],
  ]) {
    if (verdi && !harFnr(verdi)) parametere.set(navn, verdi);
    else parametere.delete(navn);
  }
  history.replaceState(null, "", `${location.pathname}${parametere.size ? `?${parametere}` : ""}`);
  antall = OM_GANGEN;
  tegn();
}

finn("soek").addEventListener("input", velg);
finn("soek").addEventListener("submit", (event) => event.preventDefault());
finn("nullstill").addEventListener("click", () => {
  finn("soeketekst").value = "";
  document.querySelector("[name=kanal]").checked = true;
  velg();
  finn("soeketekst").focus();
});
finn("flere").addEventListener("click", () => {
  const foerste = finn("meldinger").children.length;
  antall += OM_GANGEN;
  tegn();
  finn("meldinger").children[foerste]?.querySelector("a").focus();
});
finn("toem").addEventListener("click", () => {
  finn("bekreft-tekst").textContent =
    `${ord(meldinger.length)} blir borte herfra. Produsentene merker det ikke: for dem er varslene sendt.`;
  finn("bekreft").showModal();
});
finn("avbryt").addEventListener("click", () => finn("bekreft").close());
finn("ja").addEventListener("click", toem);
addEventListener("resize", () => document.querySelectorAll(".brev iframe").forEach(tilpass));

finn("soeketekst").value = parametere.get("soek") ?? "";
for (const valg of document.querySelectorAll("[name=kanal]")) valg.checked ||= valg.value === parametere.get("kanal");
setInterval(se, MELLOM_MS);
document.addEventListener("visibilitychange", se);
se();
