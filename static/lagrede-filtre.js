/*
 * The filters that who is logged in has saved: their list in saksoversikten, and the dialogues that name and delete them.
 *
 * Before changing it: an answer may come when its dialogue has been closed and another opened. Then it is of no concern
 * to that one.
 */
import { element, harFnr, ikon } from "/static/deler.js";
import { IKONER, hentMitt } from "/static/sak-utseende.js";

export const INGENTING = { tekstsoek: "", virksomhetsnumre: [], sakstyper: [], oppgaveFilter: null, sortering: "NYESTE" };

export const likt = (a, b) => {
  const somTekst = ({ tekstsoek, oppgaveFilter, sakstyper, virksomhetsnumre, sortering }) =>
    JSON.stringify([tekstsoek, oppgaveFilter, [...sakstyper].sort(), [...virksomhetsnumre].sort(), sortering]);
  return somTekst(a) === somTekst(b);
};

const finn = (id) => document.getElementById(id);
const alfabetisk = new Intl.Collator("nb", { numeric: true }).compare;

let side; // the page: {filter(): what it is filtered by, bruk(filter), endret(): the list is another}
let filtre = []; // [{id, navn, filter}]
let versjon = 0; // of the list; an answer to a question about an older one is old
let gjelder = null; // the one that a dialogue is about; null for a new one
let spoersmaal = 0; // how many dialogues have been opened

/** The one that is the same as what the page is filtered by. */
export const lagretSom = () => filtre.find((en) => likt(en.filter, side.filter()));

export async function hentLagrede() {
  const min = (versjon += 1);
  try {
    const svar = await hentMitt("/min-side/filtre");
    if (min === versjon) sett(svar.filtre);
  } catch {
    // Without them the page is as useful as for who has saved none.
  }
}

function sett(nye) {
  versjon += 1;
  filtre = nye.sort((a, b) => alfabetisk(a.navn, b.navn));
  tegnLagrede();
  side.endret();
}

export function tegnLagrede() {
  const fokusert = document.activeElement?.closest?.("#lagrede-liste li")?.dataset.id;
  const hvilken = document.activeElement?.className;
  const naa = lagretSom()?.id;
  const knapp = (klasse, navn, naar, ...innhold) => {
    const ny = element(klasse, { type: "button", ...navn }, ...innhold);
    ny.addEventListener("click", naar);
    return ny;
  };
  finn("lagrede").hidden = filtre.length === 0;
  finn("lagrede-liste").replaceChildren(
    ...filtre.map((lagret) =>
      element(
        "li",
        { "data-id": lagret.id },
        knapp(
          "button.bruk",
          { "aria-pressed": String(lagret.id === naa) },
          () => side.bruk({ ...INGENTING, ...lagret.filter }),
          lagret.navn,
        ),
        knapp(
          "button.ikonknapp.endre",
          { "aria-label": `Gi «${lagret.navn}» nytt navn` },
          () => spoerOmNavn(lagret),
          ikon(IKONER.blyant),
        ),
        knapp(
          "button.ikonknapp.fjern",
          { "aria-label": `Slett filteret «${lagret.navn}»` },
          () => spoerOmSletting(lagret),
          ikon(IKONER.soeppel),
        ),
      ),
    ),
  );
  if (!fokusert) return;
  const rad = [...finn("lagrede-liste").children].find((en) => en.dataset.id === fokusert);
  ([...(rad?.children ?? [])].find((en) => en.className === hvilken) ?? finn("soeketekst")).focus();
}

// ── Naming ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `lagret` gets another name; null: what the page is filtered by is saved. */
export function spoerOmNavn(lagret) {
  aapne("navngi", lagret);
  finn("navngi-tittel").textContent = lagret ? "Gi filteret nytt navn" : "Lagre filteret";
  finn("filternavn").value = lagret?.navn ?? "";
  feltfeil("");
  finn("filternavn").select();
}

function aapne(dialog, lagret) {
  gjelder = lagret;
  spoersmaal += 1;
  finn(`${dialog}-ja`).removeAttribute("aria-disabled");
  finn(dialog).showModal();
}

/** Presses that come while the answer to one is awaited are passed over. */
function ventPaa(knapp) {
  if (knapp.getAttribute("aria-disabled")) return false;
  knapp.setAttribute("aria-disabled", "true");
  return true;
}

function feltfeil(tekst) {
  finn("filternavn-feil").textContent = tekst;
  finn("filternavn").setAttribute("aria-invalid", String(tekst !== ""));
  if (tekst) finn("filternavn").focus();
}

async function lagre(event) {
  event.preventDefault();
  const navn = finn("filternavn").value.trim();
  if (!navn) return feltfeil("Skriv et navn.");
  if (!ventPaa(finn("navngi-ja"))) return;
  const [mitt, om] = [spoersmaal, gjelder];
  const innhold = { navn, filter: om?.filter ?? side.filter() };
  let lagret;
  try {
    lagret = om
      ? await hentMitt(`/min-side/filtre/${om.id}`, { metode: "PUT", innhold })
      : await hentMitt("/min-side/filtre", { metode: "POST", innhold });
  } catch (feil) {
    if (mitt !== spoersmaal) return;
    finn("navngi-ja").removeAttribute("aria-disabled");
    return feltfeil(hvorforIkke(feil, innhold));
  }
  sett([...filtre.filter(({ id }) => id !== lagret.id), lagret]);
  if (mitt !== spoersmaal) return;
  finn("navngi").close();
  fokuserLagret(lagret.id);
}

function hvorforIkke({ cause, message }, { navn, filter }) {
  if (cause === 413) return "Filteret er for stort til å lagres. Velg færre virksomheter.";
  if (cause === 404) return "Filteret er slettet i et annet vindu.";
  if (cause === 409) return message; // a sentence, with the name in it
  if (harFnr(navn)) return "Navnet kan ikke inneholde et fødselsnummer.";
  if (harFnr(filter.tekstsoek)) return "Et søk med fødselsnummer kan ikke lagres.";
  return "Vi fikk ikke lagret filteret. Prøv igjen.";
}

function fokuserLagret(id) {
  const nytt = finn("lagrede-liste").querySelector(`[data-id="${id}"] .bruk`);
  if (nytt?.checkVisibility()) nytt.focus();
  else finn("vis-filtre").checkVisibility() ? finn("vis-filtre").focus() : finn("soeketekst").focus();
}

// ── Deleting ───────────────────────────────────────────────────────────────────────────────────────────────────────

function spoerOmSletting(lagret) {
  finn("slett-tittel").textContent = `Slette filteret «${lagret.navn}»?`;
  finn("slett-feil").textContent = "";
  aapne("slett", lagret);
}

async function slett() {
  if (!ventPaa(finn("slett-ja"))) return;
  const [mitt, { id: slettes }] = [spoersmaal, gjelder];
  try {
    await hentMitt(`/min-side/filtre/${slettes}`, { metode: "DELETE" });
  } catch ({ cause }) {
    if (cause !== 404) {
      if (mitt !== spoersmaal) return;
      finn("slett-ja").removeAttribute("aria-disabled");
      finn("slett-feil").textContent = "Vi fikk ikke slettet filteret. Prøv igjen.";
      return;
    }
  }
  sett(filtre.filter(({ id }) => id !== slettes));
  if (mitt !== spoersmaal) return;
  finn("slett").close();
  const neste = finn("lagrede-liste").querySelector("button");
  (neste?.checkVisibility() ? neste : finn("soeketekst")).focus();
}

// ── Beginning ──────────────────────────────────────────────────────────────────────────────────────────────────────

export function begynn(siden) {
  side = siden;
  finn("navngi-skjema").addEventListener("submit", lagre);
  finn("navngi-avbryt").addEventListener("click", () => finn("navngi").close());
  finn("slett-avbryt").addEventListener("click", () => finn("slett").close());
  finn("slett-ja").addEventListener("click", slett);
}
