/*
 * What may stand where the marker is: a walk through what comes before it, with the schema in hand.
 *
 * The document need not be valid, or finished; it seldom is while somebody writes. What cannot be understood gives no
 * suggestions rather than wrong ones.
 */
import { erPaakrevd, erSammensatt, innerst, typetekst } from "/static/skjema.js";
import { symboler } from "/static/konsoll-editor.js";

const TYPENAME = {
  name: "__typename",
  type: { kind: "NON_NULL", ofType: { kind: "SCALAR", name: "String" } },
  args: [],
};
const OPERASJON = new Set(["query", "mutation", "subscription"]);

/**
 * {fra, til, forslag, ferdig}: what may replace the text between. Each is {navn, inn, type, om, foreldet}, where `inn`
 * is the text to put in, with | where the marker is to be. `ferdig`: what is written is one of them already.
 */
export function forslagFor(tekst, sted, skjema) {
  const alle = symboler(tekst);
  const her = alle.find(
    ({ start, slutt, slag }) => start < sted && sted <= slutt && slag !== "tegn" && slag !== "prikker",
  );
  if (her && ["tekst", "kommentar", "tall", "ukjent", "direktiv"].includes(her.slag))
    return { fra: sted, til: sted, forslag: [] };
  const fra = her ? her.start : sted;
  const til = her ? her.slutt : sted;
  const skrevet = tekst.slice(fra, sted).toLowerCase();
  const ramme = gaa(
    alle.filter(({ slutt, slag }) => slutt <= fra && slag !== "kommentar"),
    skjema,
  );
  const etter = tekst.slice(til);
  const mulige = muligheter(ramme, skjema, definerte(alle), etter);
  const rang = ({ navn }) => (navn.toLowerCase().startsWith(skrevet) ? 0 : 1);
  const forslag = mulige
    .filter(({ navn }) => navn.toLowerCase().includes(skrevet) && navn.toLowerCase() !== skrevet)
    .sort((a, b) => rang(a) - rang(b) || Number(a.foreldet) - Number(b.foreldet));
  return { fra, til, forslag, ferdig: skrevet !== "" && mulige.some(({ navn }) => navn.toLowerCase() === skrevet) };
}

/** The operations of a document: [{slag, navn, start, slutt, variabler: [{navn, type}]}, …] */
export function operasjoner(tekst) {
  const alle = symboler(tekst).filter(({ slag, tekst: bit }) => slag !== "kommentar" && bit !== ",");
  const funnet = [];
  let dybde = 0;
  let denne = null;
  for (const [nr, { slag, tekst: bit, start, slutt }] of alle.entries()) {
    if (dybde === 0 && !denne && (bit === "{" || slag === "navn")) {
      const neste = alle[nr + 1];
      const navn = OPERASJON.has(bit) && neste?.slag === "navn" ? neste.tekst : null;
      denne = { slag: bit === "{" ? "query" : bit, navn, start, slutt, variabler: [] };
    }
    if (dybde === 1 && denne && !denne.kropp && slag === "variabel" && alle[nr + 1]?.tekst === ":") {
      denne.variabler.push({ navn: bit.slice(1), type: lesType(alle, nr + 2) });
    }
    if ("{([".includes(bit)) dybde += 1;
    if (bit === "{" && denne) denne.kropp = true;
    if ("})]".includes(bit)) dybde = Math.max(0, dybde - 1);
    if (denne) denne.slutt = slutt;
    if (dybde === 0 && denne?.kropp) {
      if (OPERASJON.has(denne.slag)) funnet.push(denne);
      denne = null;
    }
  }
  return funnet;
}

/** The text of a type that begins at that symbol: "[MottakerInput!]!" */
function lesType(alle, nr) {
  let tekst = "";
  for (let i = nr; i < alle.length && (alle[i].slag === "navn" || "[]!".includes(alle[i].tekst)); i += 1) {
    if (alle[i].slag === "navn" && /\w$/.test(tekst)) break;
    tekst += alle[i].tekst;
    if (alle[i].slag === "navn" && !"]!".includes(alle[i + 1]?.tekst ?? " ")) break;
  }
  return tekst;
}

/** The type with that text, in the form of introspection; null if the schema has none. */
export function typeFra(tekst, skjema) {
  if (tekst.endsWith("!")) {
    const inni = typeFra(tekst.slice(0, -1), skjema);
    return inni && { kind: "NON_NULL", name: null, ofType: inni };
  }
  if (tekst.startsWith("[") && tekst.endsWith("]")) {
    const inni = typeFra(tekst.slice(1, -1), skjema);
    return inni && { kind: "LIST", name: null, ofType: inni };
  }
  const type = skjema.typer.get(tekst);
  return type ? { kind: type.kind, name: type.name, ofType: null } : null;
}

/** Names of variables that are defined anywhere in the document, with the text of their type. */
function definerte(alle) {
  const uten = alle.filter(({ slag, tekst }) => slag !== "kommentar" && tekst !== ",");
  const funnet = new Map();
  for (const [nr, { slag, tekst }] of uten.entries()) {
    if (slag === "variabel" && uten[nr + 1]?.tekst === ":") funnet.set(tekst, lesType(uten, nr + 2));
  }
  return funnet;
}

const elementtype = (type) => {
  const utenPaakrevd = type?.kind === "NON_NULL" ? type.ofType : type;
  return utenPaakrevd?.kind === "LIST" ? utenPaakrevd.ofType : null;
};

// ── The walk ───────────────────────────────────────────────────────────────────────────────────────────────────────

const utvalg = (type) => ({ slag: "utvalg", type: type ?? null, felt: null, om: null, venter: null, valgt: new Set() });
const felter = (slag, mulige) => ({ slag, mulige: mulige ?? [], navn: null, venterVerdi: false, gitt: new Set() });

/** The innermost bracket that is open at the end, with what is known of its content. */
function gaa(alle, skjema) {
  const stabel = [{ slag: "topp", type: null, venter: null }];
  for (const symbol of alle) {
    const ramme = stabel.at(-1);
    if (symbol.tekst === ",") continue;
    if (symbol.slag === "tegn" && "})]".includes(symbol.tekst)) {
      if (stabel.length > 1) stabel.pop();
      const ytre = stabel.at(-1);
      if (symbol.tekst === "}" && ytre.slag === "topp") Object.assign(ytre, { type: null, venter: null });
      if (ytre.venterVerdi) ytre.venterVerdi = false;
      continue;
    }
    GAA[ramme.slag](ramme, symbol, stabel, skjema);
  }
  return stabel.at(-1);
}

const GAA = {
  topp(ramme, { slag, tekst }, stabel, skjema) {
    if (slag === "navn") {
      if (ramme.venter === "type") Object.assign(ramme, { type: skjema.typer.get(tekst), venter: null });
      else if (tekst === "on") ramme.venter = "type";
      else if (tekst === "query") ramme.type = skjema.query;
      else if (tekst === "mutation") ramme.type = skjema.mutation;
    } else if (tekst === "{") stabel.push(utvalg(ramme.type ?? skjema.query));
    else if (tekst === "(") stabel.push({ slag: "variabler", venterType: false });
  },
  utvalg(ramme, { slag, tekst }, stabel, skjema) {
    if (slag === "prikker") Object.assign(ramme, { venter: "on", om: null, felt: null });
    else if (slag === "direktiv")
      ramme.felt = { args: [{ name: "if", type: typeFra("Boolean!", skjema) }], type: ramme.felt?.type };
    else if (slag === "navn") {
      if (ramme.venter === "type") Object.assign(ramme, { om: skjema.typer.get(tekst) ?? null, venter: "kropp" });
      else if (ramme.venter === "on") ramme.venter = tekst === "on" ? "type" : null;
      else {
        ramme.venter = null;
        ramme.felt =
          tekst === "__typename" ? TYPENAME : (ramme.type?.fields?.find(({ name }) => name === tekst) ?? null);
        ramme.valgt.add(tekst);
      }
    } else if (tekst === "(") stabel.push(felter("argumenter", ramme.felt?.args));
    else if (tekst === "{") {
      const iFragment = ramme.venter === "kropp" || ramme.venter === "on";
      const type = iFragment ? (ramme.om ?? ramme.type) : ramme.felt && skjema.typer.get(innerst(ramme.felt.type).name);
      Object.assign(ramme, { venter: null, om: null });
      stabel.push(utvalg(type));
    }
  },
  argumenter: gaaFelter,
  objekt: gaaFelter,
  liste(ramme, { tekst }, stabel, skjema) {
    aapne(tekst, ramme.type, stabel, skjema);
  },
  variabler(ramme, { slag, tekst }, stabel, skjema) {
    if (slag === "variabel") ramme.venterType = false;
    else if (tekst === ":") ramme.venterType = true;
    else if (slag === "navn" || tekst === "=") ramme.venterType = false;
    else if (tekst === "[" && ramme.venterType) stabel.push({ slag: "variabler", venterType: true });
    else if ("{[".includes(tekst)) aapne(tekst, null, stabel, skjema);
  },
};

function gaaFelter(ramme, { slag, tekst }, stabel, skjema) {
  if (ramme.venterVerdi) {
    if (aapne(tekst, ramme.navn?.type, stabel, skjema)) return;
    ramme.venterVerdi = false;
  } else if (tekst === ":") ramme.venterVerdi = true;
  else if (slag === "navn") {
    ramme.navn = ramme.mulige.find(({ name }) => name === tekst) ?? null;
    ramme.gitt.add(tekst);
  }
}

/** Goes into a value of several parts. */
function aapne(tekst, type, stabel, skjema) {
  if (tekst === "[") stabel.push({ slag: "liste", type: elementtype(type) });
  else if (tekst === "{") stabel.push(felter("objekt", type && skjema.typer.get(innerst(type).name)?.inputFields));
  else return false;
  return true;
}

// ── What is possible ───────────────────────────────────────────────────────────────────────────────────────────────

function muligheter(ramme, skjema, variabler, etter) {
  switch (ramme.slag) {
    case "topp":
      if (ramme.venter === "type") return typer(skjema, erSammensatt);
      return ["query", "mutation", "fragment"].map((navn) => ({ navn, inn: `${navn} `, om: "", foreldet: false }));
    case "utvalg":
      return iUtvalg(ramme, skjema, etter);
    case "argumenter":
    case "objekt":
      if (ramme.venterVerdi) return verdier(ramme.navn?.type, skjema, variabler);
      return ramme.mulige
        .filter(({ name }) => !ramme.gitt.has(name))
        .map((en) => ({
          navn: en.name,
          inn: /^\s*:/.test(etter) ? `${en.name}|` : `${en.name}: |`,
          type: typetekst(en.type),
          paakrevd: erPaakrevd(en),
          om: en.description ?? "",
          foreldet: Boolean(en.isDeprecated),
        }))
        .sort((a, b) => Number(b.paakrevd) - Number(a.paakrevd));
    case "liste":
      return verdier(ramme.type, skjema, variabler);
    case "variabler":
      return ramme.venterType ? typer(skjema, ({ kind }) => ["INPUT_OBJECT", "ENUM", "SCALAR"].includes(kind)) : [];
    default:
      return [];
  }
}

const typer = (skjema, passer) =>
  [...skjema.typer.values()]
    .filter((type) => !type.name.startsWith("__") && passer(type))
    .map(({ name, description }) => ({ navn: name, inn: `${name}|`, om: description ?? "", foreldet: false }));

function iUtvalg(ramme, skjema, etter) {
  const { type } = ramme;
  if (!type) return [];
  const videre = /^\s*[({]/.test(etter);
  const egne = [type.name, ...(type.possibleTypes ?? []).map(({ name }) => name)];
  const medlemmer = (type.possibleTypes ?? []).map(({ name }) => skjema.typer.get(name));
  const felles = medlemmer.flatMap(({ interfaces }) => interfaces ?? []).map(({ name }) => name);
  const bi = [...new Set([...egne.slice(type.kind === "UNION" ? 1 : 0), ...felles])].map((navn) =>
    skjema.typer.get(navn),
  );
  if (ramme.venter === "type") {
    return bi.map(({ name, description }) => ({
      navn: name,
      inn: videre ? `${name}|` : `${name} { | }`,
      om: description ?? "",
      foreldet: false,
    }));
  }
  if (ramme.venter === "on") {
    return bi.map(({ name, description }) => ({
      navn: `on ${name}`,
      inn: `on ${name} { | }`,
      om: description ?? "",
      foreldet: false,
    }));
  }
  const fragmenter = type.kind === "OBJECT" ? [] : bi;
  return [
    ...[...(type.fields ?? []), TYPENAME].map((felt) => ({
      navn: felt.name,
      inn: videre ? `${felt.name}|` : feltInn(felt),
      type: typetekst(felt.type),
      om: felt.description ?? "",
      foreldet: Boolean(felt.isDeprecated),
    })),
    ...fragmenter.map(({ name, description }) => ({
      navn: `... on ${name}`,
      inn: `... on ${name} { | }`,
      om: description ?? "",
      foreldet: false,
    })),
  ].filter(({ navn }) => !ramme.valgt.has(navn));
}

function feltInn(felt) {
  const kropp = erSammensatt(felt.type) ? " { | }" : "";
  if (felt.args.some(erPaakrevd)) return `${felt.name}(|)${kropp.replace("|", "")}`;
  return `${felt.name}${kropp || "|"}`;
}

function verdier(type, skjema, variabler) {
  if (!type) return [];
  const { kind, name } = innerst(type);
  const tekst = typetekst(type);
  const [bart, liste] = [tekst.replace(/!$/, ""), elementtype(type)];
  const passende = [...variabler].filter(([, vtype]) => vtype.replace(/!$/, "") === bart);
  return [
    ...passende.map(([navn, vtype]) => ({ navn, inn: `${navn}|`, type: vtype, om: "", foreldet: false })),
    ...(liste ? [{ navn: "[ ]", inn: "[|]", type: tekst, om: "", foreldet: false }] : []),
    ...(!liste && kind === "INPUT_OBJECT"
      ? [{ navn: "{ }", inn: "{ | }", type: tekst, om: skjema.typer.get(name).description ?? "", foreldet: false }]
      : []),
    ...(kind === "ENUM"
      ? skjema.typer.get(name).enumValues.map((verdi) => ({
          navn: verdi.name,
          inn: `${verdi.name}|`,
          type: name,
          om: verdi.description ?? "",
          foreldet: verdi.isDeprecated,
        }))
      : []),
    ...(name === "Boolean"
      ? ["true", "false"].map((navn) => ({ navn, inn: `${navn}|`, type: tekst, om: "", foreldet: false }))
      : []),
  ];
}
