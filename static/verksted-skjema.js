/*
 * From the schema to what the workbench sends: which mutations there are, what a form begins with, whether a value can
 * be right, and the document. No page in here.
 *
 * That an input takes one of its fields only is in the contract as words: "nøyaktig ett av feltene". They are looked for
 * here, and a test sees to it that the inputs of which it is true have them.
 */
import { erPaakrevd, innerst, typetekst } from "/static/skjema.js";

const GRUPPER = [
  ["Sak", /sak/i],
  ["Beskjed", /beskjed/i],
  ["Oppgave", /oppgave/i],
  ["Kalenderavtale", /kalenderavtale/i],
  ["Annet", /./],
];

/** [{navn, mutasjoner, utgaatte}], each mutation once. */
export function grupper({ mutation }) {
  const av = ({ name }) => (/Delete/.test(name) ? "Sletting" : GRUPPER.find(([, moenster]) => moenster.test(name))[0]);
  return ["Sak", "Beskjed", "Oppgave", "Kalenderavtale", "Sletting", "Annet"]
    .map((navn) => ({ navn, alle: mutation.fields.filter((felt) => av(felt) === navn) }))
    .filter(({ alle }) => alle.length)
    .map(({ navn, alle }) => ({
      navn,
      mutasjoner: alle.filter(({ isDeprecated }) => !isDeprecated),
      utgaatte: alle.filter(({ isDeprecated }) => isDeprecated),
    }));
}

/** What a mutation changes: "Sak", "Oppgave", "Kalenderavtale" or "Notifikasjon" (any); null if it makes something. */
export function gjelder({ name, args }) {
  if (!args.some((argument) => argument.name === "id") && !/By(EksternId|Grupperingsid)/.test(name)) return null;
  const [hva] = /^oppgave|Kalenderavtale|Notifikasjon|Sak/.exec(name) ?? [];
  return hva === "oppgave" ? "Oppgave" : (hva ?? null);
}

export const erValg = (type) => type.kind === "INPUT_OBJECT" && /nøyaktig ett av feltene/i.test(type.description ?? "");

// ── What a form begins with ────────────────────────────────────────────────────────────────────────────────────────

const DOEGN_MS = 86_400_000;

// Need not be given, but without it the call fails, or there is little to see of it.
const MED = {
  NyBeskjedInput: ["mottakere"],
  NyOppgaveInput: ["mottakere", "frist"],
  SmsMottakerInput: ["kontaktinfo"],
  EpostMottakerInput: ["kontaktinfo"],
  nySak: ["lenke"],
  nyKalenderavtale: ["sluttTidspunkt", "lokasjon"],
};
// Of the mutations that set one thing: that thing.
const SETTER = [
  [/^nesteStegSak/, "nesteSteg"],
  [/^tilleggsinformasjonSak/, "tilleggsinformasjon"],
  [/^oppdaterKalenderavtale/, "nyTilstand"],
  [/^oppgaveEndrePaaminnelse/, "paaminnelse"],
];
const TEKSTER = [
  [/beskjed/i, "Vi har mottatt søknaden deres"],
  [/kalenderavtale/i, "Dialogmøte. Svar på om tiden passer."],
  [/./, "Send inn dokumentasjon"],
];
const ENUMVERDIER = { Sendevindu: "LOEPENDE", nyStatus: "UNDER_BEHANDLING", nyTilstand: "ARBEIDSGIVER_HAR_GODTATT" };

// By the name of the field, some of them only inside of one input. `k` is what is known, see `startverdi`.
const VERDIER = {
  id: (k) => k.kjent.id ?? "",
  merkelapp: (k) => k.kjent.merkelapp ?? k.produsent.merkelapper[0] ?? "",
  virksomhetsnummer: (k) => k.kjent.virksomhetsnummer ?? k.virksomheter[0]?.virksomhetsnummer ?? "910825526",
  eksternId: (k) => k.kjent.eksternId ?? k.nyNoekkel(k.rot.replace(/^ny/, "").toLowerCase()),
  grupperingsid: (k) => k.kjent.grupperingsid ?? k.nyNoekkel("sak"),
  idempotencyKey: (k) => k.nyNoekkel("kall"),
  ressursId: (k) => k.produsent.ressurser[0] ?? "",
  serviceCode: (k) => k.produsent.tjenester[0]?.split(":")[0] ?? "",
  serviceEdition: (k) => k.produsent.tjenester[0]?.split(":")[1] ?? "",
  naermesteLederFnr: (k) => leder(k)?.naermesteLederFnr ?? "",
  ansattFnr: (k) => leder(k)?.ansattFnr ?? "",
  tekst: (k) => TEKSTER.find(([moenster]) => moenster.test(k.rot))[1],
  nyTekst: () => "Dialogmøte. Tiden er bekreftet.",
  tittel: () => "Søknad om tilskudd",
  "EksterntVarselAltinntjenesteInput.tittel": () => "Dere har fått en ny melding",
  "PaaminnelseEksterntVarselAltinntjenesteInput.tittel": () => "Husk meldingen fra oss",
  lenke: () => "https://arbeidsgiver.eksempel.no/soeknad",
  nyLenke: () => "https://arbeidsgiver.eksempel.no/kvittering",
  nyLenkeTilSak: () => "https://arbeidsgiver.eksempel.no/vedtak",
  tilleggsinformasjon: () => "Gjelder høsten",
  nesteSteg: () => "Dere får svar innen tre uker.",
  overstyrStatustekstMed: () => "Saksbehandler ser på søknaden",
  tlf: () => "40000000",
  epostadresse: () => "post@eksempel.no",
  epostTittel: () => "Ny melding til dere",
  epostHtmlBody: () => "<p>Dere har fått en ny melding. Logg inn for å lese den.</p>",
  innhold: () => "<p>Dere har fått en ny melding. Logg inn for å lese den.</p>",
  smsTekst: () => "Dere har fått en ny melding. Logg inn for å lese den.",
  adresse: () => "Torggata 12",
  postnummer: () => "0181",
  poststed: () => "Oslo",
  frist: (k) => om(k, 14).slice(0, 10),
  nyFrist: (k) => (k.kjent.frist > om(k, 0) ? om({ naa: Date.parse(k.kjent.frist) }, 14) : om(k, 28)).slice(0, 10),
  startTidspunkt: (k) => `${om(k, 7).slice(0, 10)}T10:00`,
  sluttTidspunkt: (k) => `${om(k, 7).slice(0, 10)}T11:00`,
  konkret: (k) => `${om(k, 7).slice(0, 10)}T09:00`,
  den: (k) => `${om(k, 90).slice(0, 10)}T12:00`,
  "SendetidspunktInput.tidspunkt": (k) => om(k, 1),
  om: () => "P6M",
  etterOpprettelse: () => "P7D",
  foerFrist: () => "P3D",
  foerStartTidspunkt: () => "P1D",
  erDigitalt: () => true,
  nyErDigitalt: () => true,
};
const TYPEVERDIER = {
  ISO8601DateTime: (k) => om(k, 0),
  ISO8601LocalDateTime: (k) => om(k, 1),
  ISO8601Date: (k) => om(k, 14).slice(0, 10),
  ISO8601Duration: () => "P7D",
  Int: () => 1,
  Float: () => 1,
  Boolean: () => false,
};

const leder = ({ ledere, kjent, virksomheter }) => {
  const hvor = kjent.virksomhetsnummer ?? virksomheter[0]?.virksomhetsnummer;
  return ledere.find(({ virksomhetsnummer }) => virksomhetsnummer === hvor) ?? ledere[0];
};

const OSLO = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Oslo", dateStyle: "short", timeStyle: "short" });

/** So many days from now, on Oslo's clock: "2026-12-09T14:03" */
const om = ({ naa }, doegn) => OSLO.format(new Date(naa + doegn * DOEGN_MS)).replace(" ", "T");

/**
 * The value of each argument that a form of this mutation begins with. `k` is what is known:
 * {produsent, virksomheter, ledere, naa: ms, kjent: what is known of what it is about, nyNoekkel(slag)}.
 */
export function startverdi(skjema, felt, k) {
  const settes = SETTER.filter(([moenster]) => moenster.test(felt.name)).map(([, navn]) => navn);
  const med = [...(MED[felt.name] ?? []), ...settes];
  return objekt(skjema, felt.args, med, felt.name, { ...k, rot: felt.name });
}

/** What a field begins with when somebody adds it. `eier` is the name of the input it is in. */
export function verdi(skjema, { type, name }, eier, k) {
  if (type.kind === "NON_NULL") return verdi(skjema, { type: type.ofType, name }, eier, k);
  if (type.kind === "LIST") {
    if (name === "mottakere" && k.kjent.mottakere?.length) return k.kjent.mottakere;
    return [verdi(skjema, { type: type.ofType, name }, eier, k)];
  }
  const navngitt = skjema.typer.get(type.name);
  if (type.kind === "INPUT_OBJECT") {
    if (erValg(navngitt)) {
      const valgt = velg(navngitt, k);
      return { [valgt.name]: verdi(skjema, valgt, navngitt.name, k) };
    }
    const med = [...(MED[navngitt.name] ?? []), ...(k.kjent.grupperingsid ? ["grupperingsid"] : [])];
    return objekt(skjema, navngitt.inputFields, med, navngitt.name, k);
  }
  if (type.kind === "ENUM") return ENUMVERDIER[name] ?? ENUMVERDIER[type.name] ?? navngitt.enumValues[0].name;
  return (VERDIER[`${eier}.${name}`] ?? VERDIER[name] ?? TYPEVERDIER[type.name])?.(k) ?? "";
}

function objekt(skjema, felter, med, eier, k) {
  const gis = felter.filter((felt) => erPaakrevd(felt) || med.includes(felt.name));
  return Object.fromEntries(gis.map((felt) => [felt.name, verdi(skjema, felt, eier, k)]));
}

/** Which of an input's fields a form begins with, where only one is taken. */
function velg({ name, inputFields }, { produsent, rot }) {
  const finn = (navn) => inputFields.find((felt) => felt.name === navn);
  const foerste = inputFields.find(({ isDeprecated }) => !isDeprecated);
  if (name === "MottakerInput") {
    if (produsent.ressurser.length) return finn("altinnRessurs") ?? foerste;
    return finn(produsent.tjenester.length ? "altinn" : "naermesteLeder") ?? foerste;
  }
  if (/Kalenderavtale/.test(rot) && finn("foerStartTidspunkt")) return finn("foerStartTidspunkt");
  if (/UtsettFrist/.test(rot) && finn("foerFrist")) return finn("foerFrist");
  return finn("etterOpprettelse") ?? finn("sendevindu") ?? finn("om") ?? finn("sms") ?? foerste;
}

// ── Whether a value can be right ───────────────────────────────────────────────────────────────────────────────────

// As the server reads them (server/tid.py).
const DAG = "([0-9]{4}|[+][0-9]{5,9}|-(?!0+-)[0-9]{4,9})-(0[1-9]|1[0-2])-([0-3][0-9])";
const KLOKKESLETT = "(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{0,9})?)?";
const LOKAL = `${DAG}[Tt]${KLOKKESLETT}`;
const AVSTAND = String.raw`(?:[Zz]|[+-][0-9]{2}(?::?[0-5][0-9]|:[0-5][0-9]:[0-5][0-9])?)(?:\[[^\]]+\])?`;
const DATO = /^([0-9]{4})-(0[1-9]|1[0-2])-([0-3][0-9])$/;
const tall = (enhet, broek = "") => `(?:[+-]?[0-9]{1,19}${broek}${enhet})?`;
const KALENDERDEL = `${tall("[Yy]")}${tall("[Mm]")}${tall("[Ww]")}${tall("[Dd]")}`;
const TIDSDEL = `${tall("[Hh]")}${tall("[Mm]")}${tall("[Ss]", "(?:[.,][0-9]{0,9})?")}`;
const FORMER = {
  ISO8601DateTime: [
    new RegExp(`^${LOKAL}(?:${AVSTAND})?$`),
    "et tidspunkt som 2030-01-31T14:30, gjerne med Z eller +01:00",
  ],
  ISO8601LocalDateTime: [new RegExp(`^${LOKAL}$`), "dato og klokkeslett som 2030-01-31T14:30, uten tidssone"],
  ISO8601Date: [DATO, "en dato som 2030-01-31"],
  ISO8601Duration: [
    new RegExp(`^P(?=[0-9+T-])${KALENDERDEL}(?:T(?=[0-9+-])${TIDSDEL})?$`),
    "en varighet som P7D, P6M eller PT30M",
  ],
  Int: [/^-?[0-9]{1,10}$/, "et heltall"],
};
const KAN_VAERE_TOM = /lenke$/i;

/** How a value of the type is written, or undefined: any text will do. */
export const skrivemaate = (typenavn) => FORMER[typenavn]?.[1];

/** What is wrong with what was typed, or "". Only what no server would take; the rest is the server's to say. */
export function feilI(typenavn, navn, tekst) {
  if (tekst === "") return typenavn === "String" && KAN_VAERE_TOM.test(navn) ? "" : "Fyll ut dette feltet.";
  const form = FORMER[typenavn];
  if (!form) return "";
  const treff = form[0].exec(tekst);
  if (!treff) return `Skriv ${form[1]}.`;
  const finnes = treff.length <= 3 || dagFinnes(...treff.slice(1, 4).map(Number));
  return finnes ? "" : "Den datoen finnes ikke.";
}

function dagFinnes(aar, maaned, dag) {
  const skudd = aar % 4 === 0 && (aar % 100 !== 0 || aar % 400 === 0);
  return dag >= 1 && dag <= [31, skudd ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][maaned - 1];
}

// ── The document ───────────────────────────────────────────────────────────────────────────────────────────────────

/** A mutation with these arguments (names), each a variable; every field of each type that may be the answer. */
export function dokument(skjema, felt, navn) {
  const gis = felt.args.filter((argument) => navn.includes(argument.name));
  const navnet = felt.name[0].toUpperCase() + felt.name.slice(1);
  const variabler = parentes(
    gis.map(({ name, type }) => `$${name}: ${typetekst(type)}`),
    "",
  );
  const argumenter = parentes(
    gis.map(({ name }) => `${name}: $${name}`),
    "  ",
  );
  return `mutation ${navnet}${variabler} {\n  ${felt.name}${argumenter}${utvalg(skjema, felt.type, "  ", [])}\n}\n`;
}

function parentes(deler, innrykk) {
  if (deler.length === 0) return "";
  if (deler.length === 1) return `(${deler[0]})`;
  return `(\n${deler.map((del) => `${innrykk}  ${del}\n`).join("")}${innrykk})`;
}

/** " { … }", or "" for a type without fields. A type is not entered again inside of itself. */
function utvalg(skjema, type, innrykk, vei) {
  const { name } = innerst(type);
  const { fields, possibleTypes } = skjema.typer.get(name);
  if (!fields && !possibleTypes) return "";
  if (vei.includes(name)) return null;
  const inn = `${innrykk}  `;
  const linjer = possibleTypes?.length
    ? ["__typename", ...possibleTypes.map((en) => `... on ${en.name}${utvalg(skjema, en, inn, [...vei, name])}`)]
    : fields
        .filter((felt) => !felt.args.some(erPaakrevd))
        .map((felt) => [felt.name, utvalg(skjema, felt.type, inn, [...vei, name])])
        .filter(([, under]) => under !== null)
        .map(([navn, under]) => navn + under);
  const enLinje = ` { ${linjer.join(" ")} }`;
  if (!possibleTypes?.length && !enLinje.includes("{", 2)) return enLinje;
  return ` {\n${linjer.map((linje) => `${inn}${linje}\n`).join("")}${innrykk}}`;
}

/** As shell commands. The body goes through a quoted here-document, in which nothing is special to the shell. */
export function curl(opphav, applikasjon, kropp) {
  const azp = encodeURIComponent(applikasjon).replaceAll("%3A", ":").replaceAll("'", "%27");
  return `token=$(curl -sS '${opphav}/fake/aad?azp=${azp}')

curl -sS '${opphav}/produsent/api/graphql' \\
  -H "Authorization: Bearer $token" \\
  -H 'Content-Type: application/json' \\
  --data-binary @- <<'JSON'
${JSON.stringify(kropp, null, 2)}
JSON
`;
}
