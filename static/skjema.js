/*
 * A schema of ours, as the server tells it (/produsent/skjema.json, /bruker/skjema.json), and examples made from it.
 *
 * Types and fields are GraphQL's own introspection objects, as they come; nothing is renamed. What is made up here,
 * example values, must be such that a document with them is valid and, where the demo data has it, succeeds.
 */
import { hentJson } from "/static/deler.js";

const DYBDE = 7; // of selections in an example; the server takes 12
const BREDDE = 90; // characters of a line before its arguments get one each

const skjemaer = new Map(); // api → the promise of its schema

/**
 * The schema of "produsent" or "bruker": {api, typer: Map from name to type, query, mutation, beskrivelse}. Asked for
 * once. Throws as hentJson does, and then asks anew the next time.
 */
export function hentSkjema(api) {
  if (!skjemaer.has(api)) {
    const hentes = hentJson(`/${api}/skjema.json`).then(({ __schema }) => lesSkjema(api, __schema));
    skjemaer.set(api, hentes);
    hentes.catch(() => skjemaer.delete(api));
  }
  return skjemaer.get(api);
}

function lesSkjema(api, { types, queryType, mutationType, description }) {
  const typer = new Map(types.map((type) => [type.name, type]));
  const rot = (navn) => (navn ? typer.get(navn.name) : null);
  return { api, typer, query: rot(queryType), mutation: rot(mutationType), beskrivelse: description };
}

/** As in the SDL: "[MottakerInput!]!" */
export function typetekst(type) {
  if (type.kind === "NON_NULL") return `${typetekst(type.ofType)}!`;
  if (type.kind === "LIST") return `[${typetekst(type.ofType)}]`;
  return type.name;
}

/** The named type inside of lists and exclamation marks: {kind, name}. */
export function innerst(type) {
  let inni = type;
  while (inni.ofType) inni = inni.ofType;
  return inni;
}

/** Whether an argument or a field of an input must be given. */
export const erPaakrevd = ({ type, defaultValue }) => type.kind === "NON_NULL" && defaultValue === null;

export const erSammensatt = (type) => ["OBJECT", "INTERFACE", "UNION"].includes(innerst(type).kind);

// ── Example values ─────────────────────────────────────────────────────────────────────────────────────────────────

const ID = "3f1c9c0e-5d0a-4b67-9f0e-2a1d6c8b7e54"; // the one in the examples of the SDL

// By the name of the argument or field. The producer, its merkelapp and its ressurs are those of config.toml.
const VERDIER = {
  merkelapp: "fager",
  merkelapper: ["fager"],
  sakstyper: ["fager"],
  grupperingsid: "sak-1001",
  idempotencyKey: "sak-1001-1",
  virksomhetsnummer: "910825526",
  virksomhetsnumre: ["910825526"],
  ressursId: "test-fager",
  serviceCode: "4936",
  serviceEdition: "1",
  naermesteLederFnr: "03868498765",
  ansattFnr: "01927712344",
  tittel: "Søknad om tilskudd, høsten 2030",
  tilleggsinformasjon: "Gjelder tilskudd for høsten 2030.",
  nesteSteg: "Du får svar innen tre uker.",
  tekstsoek: "tilskudd",
  lenke: "https://eksempel.no/saker/1001",
  nyLenke: "https://eksempel.no/saker/1001/kvittering",
  nyLenkeTilSak: "https://eksempel.no/saker/1001/vedtak",
  overstyrStatustekstMed: "Vedtak fattet",
  tlf: "+4799999999",
  epostadresse: "post@eksempel.no",
  epostTittel: "Ny oppgave",
  epostHtmlBody: "<p>Dere har fått en ny oppgave på Min side – arbeidsgiver.</p>",
  smsTekst: "Dere har fått en ny oppgave på Min side – arbeidsgiver.",
  innhold: "<p>Dere har fått en ny oppgave på Min side – arbeidsgiver.</p>",
  adresse: "Storgata 1",
  postnummer: "0155",
  poststed: "Oslo",
  startTidspunkt: "2031-02-10T10:00",
  sluttTidspunkt: "2031-02-10T11:00",
  frist: "2031-03-31",
  nyFrist: "2031-04-30",
  tidspunkt: "2030-01-31T14:30",
  first: 50,
  after: "Y3VyNTA=",
  limit: 10,
  offset: 0,
};

// The same, by what the root field is about: each of these is a thing of its own, under a key of its own.
const SLAG = [
  [/beskjed/i, { eksternId: "beskjed-1001", tekst: "Søknaden om tilskudd er innvilget." }],
  [/kalenderavtale/i, { eksternId: "avtale-1001", tekst: "Invitasjon til dialogmøte" }],
  [/./, { eksternId: "oppgave-1001", tekst: "Send inn regnskap for tilskuddet." }],
];

// By type, for what has no name above.
const TYPEVERDIER = {
  ISO8601DateTime: "2030-01-31T14:30:00Z",
  ISO8601LocalDateTime: "2031-02-10T10:00",
  ISO8601Date: "2031-03-31",
  ISO8601Duration: "P7D",
  ID,
  String: "tekst",
  Int: 10,
  Float: 1.5,
  Boolean: false,
};

// Of an input where exactly one field is to be given, the one that is most used.
const VALG = ["altinnRessurs", "altinnressurs", "sendevindu", "kontaktinfo", "om", "foerFrist", "sms"];

// What need not be given, but without which the server answers with an error, or little comes of the call.
const MED = {
  NyBeskjedInput: ["mottakere"],
  NyOppgaveInput: ["mottakere"],
  MetadataInput: ["grupperingsid"],
  saker: ["virksomhetsnumre"],
};

const ENUMVERDIER = { Sendevindu: "LOEPENDE" };

/** A value for `type`, such as could stand for the argument or field `navn` in a call of the root field `rotfelt`. */
export function eksempelverdi(skjema, type, navn = "", rotfelt = "x") {
  const kjente = { ...VERDIER, ...SLAG.find(([moenster]) => moenster.test(rotfelt))[1] };
  if (type.kind === "NON_NULL") return eksempelverdi(skjema, type.ofType, navn, rotfelt);
  if (type.kind === "LIST") {
    return Array.isArray(kjente[navn]) ? kjente[navn] : [eksempelverdi(skjema, type.ofType, navn, rotfelt)];
  }
  if (type.kind === "INPUT_OBJECT") return eksempelobjekt(skjema, skjema.typer.get(type.name), rotfelt);
  if (type.kind === "ENUM") return ENUMVERDIER[type.name] ?? skjema.typer.get(type.name).enumValues[0].name;
  const verdi = Object.hasOwn(kjente, navn) ? kjente[navn] : TYPEVERDIER[type.name];
  return passer(verdi, type.name) ? verdi : (TYPEVERDIER[type.name] ?? "tekst");
}

const passer = (verdi, typenavn) =>
  ["Int", "Float"].includes(typenavn)
    ? typeof verdi === "number"
    : typenavn === "Boolean"
      ? typeof verdi === "boolean"
      : typeof verdi === "string";

function eksempelobjekt(skjema, { name, inputFields }, rotfelt) {
  let felter = inputFields.filter((felt) => erPaakrevd(felt) || MED[name]?.includes(felt.name));
  if (felter.length === 0) {
    const navn = VALG.find((valg) => inputFields.some((felt) => felt.name === valg));
    felter = [inputFields.find((felt) => (navn ? felt.name === navn : !felt.isDeprecated)) ?? inputFields[0]];
  }
  return Object.fromEntries(felter.map((felt) => [felt.name, eksempelverdi(skjema, felt.type, felt.name, rotfelt)]));
}

// ── Example documents ──────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A document that uses a root field: `slag` is "query" or "mutation", `felt` a name or the field itself. Gives
 * {document, variables}, where what must be given is variables, and all that can be answered is asked for.
 */
export function eksempel(skjema, slag, felt) {
  const rotfelt = typeof felt === "string" ? skjema[slag].fields.find(({ name }) => name === felt) : felt;
  const argumenter = rotfelt.args.filter(
    (argument) => erPaakrevd(argument) || MED[rotfelt.name]?.includes(argument.name),
  );
  const verdi = ({ name, type }) => [name, eksempelverdi(skjema, type, name, rotfelt.name)];
  const variables = Object.fromEntries(argumenter.map(verdi));
  const navn = rotfelt.name[0].toUpperCase() + rotfelt.name.slice(1);
  const inn = liste(
    argumenter.map(({ name, type }) => `$${name}: ${typetekst(type)}`),
    `${slag} ${navn}`,
    "",
  );
  const kall = liste(
    argumenter.map(({ name }) => `${name}: $${name}`),
    `  ${rotfelt.name}`,
    "  ",
  );
  const utvalg = velg(skjema, rotfelt.type, "  ", []);
  return { document: `${inn} {\n${kall}${utvalg}\n}\n`, variables };
}

/** `foran` with what is in the parentheses, on one line if there is room. */
function liste(deler, foran, innrykk) {
  if (deler.length === 0) return foran;
  const linje = `${foran}(${deler.join(", ")})`;
  if (linje.length <= BREDDE) return linje;
  return `${foran}(\n${deler.map((del) => `${innrykk}  ${del}\n`).join("")}${innrykk})`;
}

/** " { … }" for a type that has fields, null for one of which nothing can be asked here, "" for other types. */
function velg(skjema, type, innrykk, vei) {
  const { kind, name } = innerst(type);
  if (!erSammensatt(type)) return "";
  if (vei.length >= DYBDE || vei.includes(name)) return null;
  const videre = [...vei, name];
  const sammen = skjema.typer.get(name);
  const linjer =
    kind === "OBJECT"
      ? felter(skjema, sammen, `${innrykk}  `, videre, new Map())
      : muligheter(skjema, sammen, `${innrykk}  `, videre);
  return ` ${klammer(linjer, innrykk)}`;
}

/** The lines in braces: on one line if they are short, and each a field without fields. */
function klammer(linjer, innrykk) {
  const linje = `{ ${linjer.map((en) => en.trim()).join(" ")} }`;
  if (!linjer.some((en) => en.includes("{")) && linje.length <= 72) return linje;
  return `{\n${linjer.join("\n")}\n${innrykk}}`;
}

/**
 * The lines for the fields of one type. `brukt` has what each name in the answer is elsewhere in the same selection:
 * members of a union may not call two different things the same, so the second gets an alias.
 */
function felter(skjema, { name, fields }, innrykk, vei, brukt) {
  const linjer = [];
  for (const felt of fields) {
    if (felt.isDeprecated || felt.args.some(erPaakrevd)) continue;
    const utvalg = velg(skjema, felt.type, innrykk, vei);
    if (utvalg === null) continue;
    const tekst = typetekst(felt.type);
    const krasjer = brukt.has(felt.name) && brukt.get(felt.name) !== tekst;
    const alias = `${name[0].toLowerCase()}${name.slice(1)}${felt.name[0].toUpperCase()}${felt.name.slice(1)}`;
    if (!krasjer) brukt.set(felt.name, tekst);
    linjer.push(`${innrykk}${krasjer ? `${alias}: ` : ""}${felt.name}${utvalg}`);
  }
  return linjer.length ? linjer : [`${innrykk}__typename`];
}

/** The lines for a union or an interface: each member, the errors that only have a feilmelding together and last. */
function muligheter(skjema, type, innrykk, vei) {
  const medlemmer = (type.possibleTypes ?? []).map(({ name }) => skjema.typer.get(name));
  const grensesnitt = skjema.typer.get("Error");
  const erFeil = ({ interfaces }) => interfaces.some(({ name }) => name === "Error");
  const bareFeil = (medlem) => erFeil(medlem) && medlem.fields.length === grensesnitt.fields.length;
  const linjer = [`${innrykk}__typename`];
  const brukt = new Map();
  for (const medlem of medlemmer.filter((et) => !bareFeil(et))) {
    if (vei.includes(medlem.name)) continue;
    const inni = felter(skjema, medlem, `${innrykk}  `, [...vei, medlem.name], brukt);
    linjer.push(`${innrykk}... on ${medlem.name} ${klammer(inni, innrykk)}`);
  }
  if (medlemmer.some(bareFeil)) {
    const inni = felter(skjema, grensesnitt, `${innrykk}  `, vei, brukt);
    linjer.push(`${innrykk}... on Error ${klammer(inni, innrykk)}`);
  }
  return linjer;
}
