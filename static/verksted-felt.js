/*
 * A form for the arguments of a mutation, drawn from their types: first what must be given, then what may be added.
 *
 * Each part is {rot: node, verdi(): what is sent, feil(): the controls that are filled in wrong, in order}. What was
 * added is sent, also when it is empty; what was not added is not sent. Whatever is typed, chosen, added or removed is
 * told by `o.endret()`, so that the request beside the form is always the one that would be sent.
 */
import { element } from "/static/deler.js";
import { linje, markdown } from "/static/markdown.js";
import { erPaakrevd, typetekst } from "/static/skjema.js";
import { erValg, feilI, skrivemaate, verdi as nyVerdi } from "/static/verksted-skjema.js";

const LANGE = /HtmlBody$|^innhold$|^smsTekst$/;
const FORSLAG = [
  "merkelapp",
  "virksomhetsnummer",
  "ressursId",
  "serviceCode",
  "serviceEdition",
  "naermesteLederFnr",
  "ansattFnr",
];

const KORT = 100; // characters of a type's description that say no more than its fields do

let antall = 0;
const nyId = (hva) => `${hva}-${(antall += 1)}`;

/**
 * The parts of a form. `felter` are arguments or the fields of an input, `verdier` what is given of them at first, and
 * `o` the surroundings: {skjema, k (as for startverdi), endret()}.
 */
export function lagFelter(felter, verdier, eier, o) {
  const deler = new Map(); // name → part, of those that are given
  const rot = element("div.felter");
  const knapper = element(
    "div.legg-til",
    { role: "group", "aria-label": `Legg til felt i ${eier}` },
    element("span", {}, "Legg til felt:"),
  );
  const chips = new Map();

  function sett(felt, start, { fokus = false } = {}) {
    const fjern = erPaakrevd(felt) ? null : () => ta(felt);
    const del = lagFelt(felt, start, eier, o, fjern);
    const paakrevd = erPaakrevd(felt);
    const etter = felter
      .slice(felter.indexOf(felt) + 1)
      .find((et) => deler.has(et.name) && erPaakrevd(et) === paakrevd);
    const foerste = [...deler.entries()].find(([navn]) => !erPaakrevd(felter.find(({ name }) => name === navn)));
    const foer = etter ? deler.get(etter.name) : paakrevd ? foerste?.[1] : null;
    rot.insertBefore(del.rot, foer?.rot ?? null);
    deler.set(felt.name, del);
    chips.get(felt.name)?.setAttribute("hidden", "");
    knapper.hidden = [...chips.values()].every((chip) => chip.hidden);
    if (fokus) del.rot.querySelector("input, select, textarea, button")?.focus();
  }

  function ta(felt) {
    deler.get(felt.name).rot.remove();
    deler.delete(felt.name);
    knapper.hidden = false;
    chips.get(felt.name).hidden = false;
    chips.get(felt.name).focus();
    o.endret();
  }

  for (const felt of felter.filter((et) => !erPaakrevd(et))) {
    const utgaar = felt.isDeprecated ? " (utgår)" : "";
    const chip = element(
      "button.chip",
      { type: "button", "aria-label": `Legg til ${felt.name}${utgaar}` },
      `${felt.name}${utgaar}`,
    );
    chip.addEventListener("click", () => {
      sett(felt, nyVerdi(o.skjema, felt, eier, o.k), { fokus: true });
      o.endret();
    });
    chips.set(felt.name, chip);
    knapper.append(chip);
  }
  knapper.hidden = chips.size === 0;
  for (const felt of felter) if (felt.name in verdier) sett(felt, verdier[felt.name]);

  return {
    rot: element("div", {}, rot, knapper),
    verdi: () =>
      Object.fromEntries(
        felter.filter(({ name }) => deler.has(name)).map(({ name }) => [name, deler.get(name).verdi()]),
      ),
    feil: () => [...rot.children].flatMap((node) => [...deler.values()].find((del) => del.rot === node)?.feil() ?? []),
  };
}

function lagFelt(felt, start, eier, o, fjern) {
  const type = felt.type.kind === "NON_NULL" ? felt.type.ofType : felt.type;
  if (type.kind === "LIST") return liste(felt, type.ofType, start, eier, o, fjern);
  if (type.kind !== "INPUT_OBJECT") return enkelt(felt, type, start, fjern, o);
  const navngitt = o.skjema.typer.get(type.name);
  return erValg(navngitt) ? valg(felt, navngitt, start, o, fjern) : gruppe(felt, navngitt, start, o, fjern);
}

// ── One value ──────────────────────────────────────────────────────────────────────────────────────────────────────

function enkelt(felt, type, start, fjern, o) {
  const id = nyId("felt");
  const hjelp = element("p.hjelp", { id: `${id}-hjelp` }, ...linje(felt.description ?? ""));
  const feiltekst = element("p.feltfeil", { id: `${id}-feil` });
  const kontroll = lagKontroll(felt, type, id, start, o);
  kontroll.setAttribute("aria-describedby", `${id}-hjelp ${id}-feil`);
  if (erPaakrevd(felt)) kontroll.setAttribute("aria-required", "true");
  const maate = skrivemaate(type.name);
  if (maate) hjelp.append(element("span.maate", {}, ` Skriv ${maate}.`));

  const omVerdien = type.kind === "ENUM" ? element("p.hjelp") : null;
  const visVerdi = () => {
    const valgt = o.skjema.typer.get(type.name).enumValues.find(({ name }) => name === kontroll.value);
    omVerdien.replaceChildren(element("code", {}, kontroll.value), ": ", ...linje(valgt?.description ?? ""));
  };
  if (omVerdien) visVerdi();

  function sjekk() {
    const hva = kontroll.tagName === "SELECT" ? "" : feilI(type.name, felt.name, kontroll.value);
    kontroll.toggleAttribute("aria-invalid", false);
    if (hva) kontroll.setAttribute("aria-invalid", "true");
    feiltekst.textContent = hva;
    return hva;
  }
  kontroll.addEventListener("input", () => {
    if (kontroll.getAttribute("aria-invalid")) sjekk();
    if (omVerdien) visVerdi();
    o.endret();
  });
  return {
    rot: element(
      "div.felt",
      {},
      overskrift(element("label", { for: id }, felt.name), felt, fjern),
      hjelp,
      kontroll,
      omVerdien,
      feiltekst,
    ),
    verdi: () => lest(type.name, kontroll.value),
    feil: () => (sjekk() ? [kontroll] : []),
  };
}

function lagKontroll(felt, type, id, start, o) {
  const felles = { id, name: felt.name, autocomplete: "off", spellcheck: "false" };
  if (type.kind === "ENUM" || type.name === "Boolean") {
    const verdier =
      type.kind === "ENUM"
        ? o.skjema.typer.get(type.name).enumValues.map(({ name }) => [name, name])
        : [
            ["true", "Ja (true)"],
            ["false", "Nei (false)"],
          ];
    const kontroll = element(
      "select",
      { id, name: felt.name },
      ...verdier.map(([value, tekst]) => element("option", { value }, tekst)),
    );
    kontroll.value = String(start);
    return kontroll;
  }
  const lang = type.name === "String" && (LANGE.test(felt.name) || String(start).includes("\n"));
  const kontroll = lang
    ? element("textarea", { ...felles, rows: 3 })
    : element("input", {
        ...felles,
        type: "text",
        inputmode: type.name === "Int" ? "numeric" : null,
        list: FORSLAG.includes(felt.name) ? `forslag-${felt.name}` : null,
      });
  kontroll.value = start === null ? "" : String(start);
  return kontroll;
}

/** As JSON. What cannot be a number is sent as it stands, for the server to say so. */
function lest(typenavn, tekst) {
  if (typenavn === "Boolean") return tekst === "true";
  if (["Int", "Float"].includes(typenavn) && /^-?[0-9]+([.][0-9]+)?$/.test(tekst)) return Number(tekst);
  return tekst;
}

// ── Several ────────────────────────────────────────────────────────────────────────────────────────────────────────

function gruppe(felt, navngitt, start, o, fjern) {
  const inni = lagFelter(navngitt.inputFields, start ?? {}, felt.name, o);
  return { rot: ramme("objekt", felt, navngitt, fjern, inni.rot), verdi: inni.verdi, feil: inni.feil };
}

function liste(felt, elementtype, start, eier, o, fjern) {
  const type = elementtype.kind === "NON_NULL" ? elementtype.ofType : elementtype;
  const deler = [];
  const plass = element("div.elementer");
  const knapp = element("button.chip", { type: "button" }, felt.name);
  knapp.setAttribute("aria-label", `Legg til enda en i ${felt.name}`);

  const nummerer = () =>
    deler.forEach((del, nr) => del.rot.querySelector(".navn-paa-felt").replaceChildren(`${felt.name} ${nr + 1}`));
  function nytt(verdien, { fokus = false } = {}) {
    const en = { name: felt.name, description: "", type: elementtype, defaultValue: null };
    const del = lagFelt(en, verdien, eier, o, () => {
      del.rot.remove();
      deler.splice(deler.indexOf(del), 1);
      nummerer();
      knapp.focus();
      o.endret();
    });
    deler.push(del);
    plass.append(del.rot);
    nummerer();
    if (fokus) del.rot.querySelector("input, select, textarea")?.focus();
  }
  for (const verdien of start ?? []) nytt(verdien);
  knapp.addEventListener("click", () => {
    nytt(
      nyVerdi(o.skjema, { name: felt.name, type }, eier, { ...o.k, kjent: { ...o.k.kjent, mottakere: undefined } }),
      { fokus: true },
    );
    o.endret();
  });
  return {
    rot: ramme("liste", felt, null, fjern, plass, element("div.legg-til", {}, knapp)),
    verdi: () => deler.map((del) => del.verdi()),
    feil: () => deler.flatMap((del) => del.feil()),
  };
}

/** An input that takes one of its fields: the choice, and the field that was chosen. */
function valg(felt, navngitt, start, o, fjern) {
  const navn = nyId("valg");
  const plass = element("div.valgt");
  const gitt = navngitt.inputFields.find(({ name }) => name in (start ?? {})) ?? navngitt.inputFields[0];
  const tidligere = new Map([[gitt.name, start?.[gitt.name]]]); // so that a look at another choice loses nothing
  let valgt;
  let del;

  function velg(en) {
    if (valgt) tidligere.set(valgt.name, del.verdi());
    valgt = en;
    const verdien = tidligere.has(en.name) ? tidligere.get(en.name) : nyVerdi(o.skjema, en, navngitt.name, o.k);
    del = lagFelt(en, verdien, navngitt.name, o, null);
    plass.replaceChildren(del.rot);
  }
  velg(gitt);
  const knapper = navngitt.inputFields.map((en) => {
    const radio = element("input", { type: "radio", name: navn, value: en.name });
    radio.checked = en === gitt;
    radio.addEventListener("change", () => {
      velg(en);
      o.endret();
    });
    return element("label", {}, radio, element("span", {}, en.name, en.isDeprecated ? " (utgår)" : ""));
  });
  return {
    rot: ramme(
      "valg",
      felt,
      navngitt,
      fjern,
      element("div.velg-en", { role: "radiogroup", "aria-label": `Velg én av disse for ${felt.name}` }, ...knapper),
      plass,
    ),
    verdi: () => ({ [valgt.name]: del.verdi() }),
    feil: () => del.feil(),
  };
}

// ── What is around them ────────────────────────────────────────────────────────────────────────────────────────────

function overskrift(navn, felt, fjern) {
  navn.classList.add("navn-paa-felt");
  return element(
    "div.feltnavn",
    {},
    navn,
    element("code.type", {}, typetekst(felt.type)),
    felt.isDeprecated && element("span.utgaar", {}, "utgår"),
    fjern ? fjernknapp(felt.name, fjern) : erPaakrevd(felt) && element("span.paakrevd", {}, "påkrevd"),
  );
}

function fjernknapp(navn, fjern) {
  const knapp = element("button.fjern", { type: "button", "aria-label": `Fjern ${navn}` }, "Fjern");
  knapp.addEventListener("click", fjern);
  return knapp;
}

function ramme(klasse, felt, navngitt, fjern, ...inni) {
  const id = nyId("gruppe");
  const navn = element("span", { id }, felt.name);
  const [foerst, ogsaa] = [felt.description, navngitt?.description].filter(Boolean);
  const avsnitt =
    foerst === felt.description ? [markdown(foerst), []] : [markdown(foerst).slice(0, 1), markdown(foerst).slice(1)];
  const hjelp = avsnitt[0].length > 0 && element("div.hjelp", {}, ...avsnitt[0]);
  const resten = ogsaa?.length > KORT ? markdown(ogsaa) : avsnitt[1];
  const mer = resten.length > 0 && element("details.mer", {}, element("summary", {}, `Om ${navngitt.name}`), ...resten);
  return element(
    `fieldset.ramme.${klasse}`,
    { "aria-labelledby": id },
    overskrift(navn, felt, fjern),
    hjelp,
    mer,
    ...inni,
  );
}
