/*
 * The documentation of one API, drawn from its schema. Everything it says stands in the SDL; nothing is added here but
 * where things are used, and examples where the SDL has none.
 *
 * Each thing has an address that lasts: #Mutation.nySak, #Mutation.nySak.tittel, #NySakResultat, #Sak.tittel.
 */
import { merket, soek, soekbare, utdrag } from "/static/api-soek.js";
import { element, kopier } from "/static/deler.js";
import { blokker, linje, markdown } from "/static/markdown.js";
import { eksempel, erPaakrevd, hentSkjema, innerst } from "/static/skjema.js";
import { fargelagt } from "/static/konsoll-editor.js";
import { konsollLenke } from "/static/konsoll-lenke.js";

const api = location.pathname.endsWith("/bruker") ? "bruker" : "produsent";
const TITTEL = { produsent: "Produsent-API", bruker: "Bruker-API" };
const INGRESS = {
  produsent: "For systemer som oppretter saker, beskjeder, oppgaver og kalenderavtaler, og bestiller varsler om dem.",
  bruker: "For bjella, saksoversikten og andre sider: det den innloggede kan se, og merkene hen setter.",
};
const INNEBYGDE = new Set(["String", "Int", "Float", "Boolean", "ID"]);
const GRUPPER = [
  ["Spørringer", "Query"],
  ["Mutasjoner", "Mutation"],
  ["Objekter", "OBJECT"],
  ["Inndata", "INPUT_OBJECT"],
  ["Unioner", "UNION"],
  ["Grensesnitt", "INTERFACE"],
  ["Oppramstyper", "ENUM"],
  ["Skalarer", "SCALAR"],
];
const SLAG = {
  OBJECT: "objekt",
  INPUT_OBJECT: "inndata",
  UNION: "union",
  INTERFACE: "grensesnitt",
  ENUM: "oppramstype",
  SCALAR: "skalar",
};
const OM_GANGEN = 30; // hits

const finn = (id) => document.getElementById(id);
const si = (tekst) => (finn("si").textContent = tekst);

let skjema;
let oppslag = []; // what there is to find: {id, navn, slag, beskrivelse, …}

// ── What the page is made of ───────────────────────────────────────────────────────────────────────────────────────

const rotslag = (typenavn) =>
  typenavn === skjema.query?.name ? "query" : typenavn === skjema.mutation?.name ? "mutation" : null;
/** In a word, what a type is, or a field of the root. */
const slagAv = ({ kind }, rot) => (rot ? { query: "spørring", mutation: "mutasjon" }[rotslag(rot.name)] : SLAG[kind]);
const navneliste = (typer) => [...typer].sort((a, b) => a.name.localeCompare(b.name, "nb"));

/** [[heading, id, types or root fields], …] */
function grupper() {
  const egne = [...skjema.typer.values()].filter(({ name }) => !name.startsWith("__") && !INNEBYGDE.has(name));
  return GRUPPER.map(([navn, slag]) => {
    if (slag === "Query" || slag === "Mutation") {
      const rot = slag === "Query" ? skjema.query : skjema.mutation;
      return { navn, id: rot?.name ?? slag, rot, ting: rot?.fields ?? [] };
    }
    return {
      navn,
      id: `-${slag}`,
      rot: null,
      ting: navneliste(egne.filter((t) => t.kind === slag && !rotslag(t.name))),
    };
  }).filter(({ ting }) => ting.length);
}

/** Where each type is used: name → [{id, navn}], in the order of the SDL. */
function bruk() {
  const brukt = new Map();
  const noter = (type, id) => {
    const { name } = innerst(type);
    if (!brukt.has(name)) brukt.set(name, new Set());
    brukt.get(name).add(id);
  };
  for (const type of skjema.typer.values()) {
    if (type.name.startsWith("__")) continue;
    for (const felt of type.fields ?? []) {
      noter(felt.type, `${type.name}.${felt.name}`);
      for (const argument of felt.args) noter(argument.type, `${type.name}.${felt.name}.${argument.name}`);
    }
    for (const felt of type.inputFields ?? []) noter(felt.type, `${type.name}.${felt.name}`);
    if (type.kind === "UNION") for (const medlem of type.possibleTypes) noter(medlem, type.name);
  }
  return brukt;
}

/** The address of what a `code` in a description names, if it is something here. */
function stedFor(tekst) {
  const navn = tekst
    .replace(/^\.\.\. on /, "")
    .replace(/[…!]+$/, "")
    .split(/[ (]/)[0];
  if (INNEBYGDE.has(navn) || navn.startsWith("__")) return null;
  if (skjema.typer.has(navn)) return `#${navn}`;
  for (const rot of [skjema.query, skjema.mutation]) {
    if (rot?.fields.some(({ name }) => name === navn)) return `#${rot.name}.${navn}`;
  }
  return null;
}

// ── Drawing ────────────────────────────────────────────────────────────────────────────────────────────────────────

function typelenke(type) {
  if (type.kind === "NON_NULL") return [...typelenke(type.ofType), "!"];
  if (type.kind === "LIST") return ["[", ...typelenke(type.ofType), "]"];
  return [INNEBYGDE.has(type.name) ? type.name : element("a", { href: `#${type.name}` }, type.name)];
}

/** A long name may go on below, at a capital letter. */
const brytbart = (navn) => navn.split(/(?=[A-Z][a-z])/).flatMap((del, nr) => (nr ? [element("wbr"), del] : [del]));

const beskrivelse = (tekst) =>
  tekst
    ? element(
        "div.beskrivelse",
        {},
        ...markdown(tekst, { kode: stedFor, blokk: (spraak, kode) => kodeblokk(kode, spraak) }),
      )
    : null;

const foreldet = ({ isDeprecated, deprecationReason }) =>
  isDeprecated
    ? element("p.foreldet", {}, element("strong", {}, "Foreldet. "), ...linje(deprecationReason ?? "", stedFor))
    : null;

const anker = (id, navn) => element("a.anker", { href: `#${id}`, "aria-label": `Lenke til ${navn}` }, "#");

/** Code with what can be done with it. GraphQL can be tried, `variables` with it. */
function kodeblokk(kode, spraak, variables) {
  const graphql = spraak === "graphql";
  const knapp = element("button.knapp.liten", { type: "button" }, "Kopier");
  knapp.addEventListener("click", () => kopier(knapp, kode, si));
  return element(
    "div.eksempel",
    {},
    element(
      "pre",
      { tabindex: 0, role: "group", "aria-label": "Eksempel" },
      graphql ? fargelagt(kode, "graphql") : element("code", {}, kode),
    ),
    variables && Object.keys(variables).length
      ? element(
          "div",
          {},
          element("p.variabeltittel", {}, "Variabler"),
          element(
            "pre",
            { tabindex: 0, role: "group", "aria-label": "Variabler" },
            fargelagt(JSON.stringify(variables, null, 2), "json"),
          ),
        )
      : null,
    element(
      "div.eksempelknapper",
      {},
      graphql &&
        element(
          "a.knapp.liten",
          { href: konsollLenke({ api, dokument: kode, variabler: variables }) },
          "Prøv i konsollen",
        ),
      knapp,
    ),
  );
}

function felttabell(felter, { foran, tittel, medArgumenter = false }) {
  if (!felter.length) return null;
  return element(
    "div",
    {},
    element("h4", {}, tittel),
    element(
      "dl.felter",
      {},
      ...felter.map((felt) => {
        const id = `${foran}.${felt.name}`;
        return element(
          "div.felt-i-skjema",
          { id },
          element(
            "dt",
            {},
            element("code.feltnavn", {}, felt.name),
            element("code.felttype", {}, ...typelenke(felt.type)),
            felt.defaultValue !== undefined && erPaakrevd(felt)
              ? element("span.dokmerke.paakrevd", {}, "påkrevd")
              : null,
            felt.defaultValue !== undefined && felt.defaultValue !== null
              ? element("span.standard", {}, "standard ", element("code", {}, felt.defaultValue))
              : null,
            felt.isDeprecated ? element("span.dokmerke.utgaar", {}, "foreldet") : null,
            anker(id, felt.name),
          ),
          element(
            "dd",
            {},
            foreldet(felt),
            beskrivelse(felt.description),
            medArgumenter && felt.args.length ? felttabell(felt.args, { foran: id, tittel: "Argumenter" }) : null,
          ),
        );
      }),
    ),
  );
}

function overskrift(id, navn, slag, et) {
  return element(
    "h3",
    {},
    element("code", {}, ...brytbart(navn)),
    element("span.dokmerke", {}, slag),
    et.isDeprecated ? element("span.dokmerke.utgaar", {}, "foreldet") : null,
    anker(id, navn),
  );
}

function rotoppslag(rot, felt) {
  const id = `${rot.name}.${felt.name}`;
  const slag = rotslag(rot.name);
  const svartype = skjema.typer.get(innerst(felt.type).name);
  const harEksempel = blokker(felt.description, "graphql").length > 0;
  return element(
    "article.oppslag",
    { id, "aria-label": felt.name },
    overskrift(id, felt.name, slagAv(felt, rot), felt),
    foreldet(felt),
    beskrivelse(felt.description),
    felttabell(felt.args, { foran: id, tittel: "Argumenter" }),
    element("h4", {}, "Svar"),
    element(
      "p.svar",
      {},
      element("code", {}, ...typelenke(felt.type)),
      svartype.kind === "UNION" ? [", en av: ", ...medKomma(svartype.possibleTypes.map(({ name }) => name))] : null,
    ),
    harEksempel ? null : laget(slag, felt),
  );
}

const medKomma = (navn) =>
  navn.flatMap((et, nr) => [nr ? ", " : "", element("code", {}, element("a", { href: `#${et}` }, et))]);

/** The example that the schema gives, made when it is unfolded: it is long, and most never are. */
function laget(slag, felt) {
  const boks = element("details.laget", {}, element("summary", {}, "Eksempel med alle felt i svaret"));
  boks.addEventListener("toggle", () => {
    if (!boks.open || boks.children.length > 1) return;
    const { document: dokument, variables } = eksempel(skjema, slag, felt);
    boks.append(kodeblokk(dokument, "graphql", variables));
  });
  return boks;
}

function typeoppslag(type, brukt) {
  const id = type.name;
  const steder = [...(brukt.get(type.name) ?? [])];
  return element(
    "article.oppslag",
    { id, "aria-label": type.name },
    overskrift(id, type.name, slagAv(type, null), type),
    beskrivelse(type.description),
    type.kind === "UNION"
      ? element("p.svar", {}, "En av: ", ...medKomma(type.possibleTypes.map(({ name }) => name)))
      : null,
    type.kind === "INTERFACE"
      ? element("p.svar", {}, "Typene: ", ...medKomma(type.possibleTypes.map(({ name }) => name)))
      : null,
    type.interfaces?.length
      ? element("p.svar", {}, "Implementerer ", ...medKomma(type.interfaces.map(({ name }) => name)))
      : null,
    type.specifiedByURL
      ? element("p.svar", {}, "Spesifisert i ", ...linje(`[${type.specifiedByURL}](${type.specifiedByURL})`))
      : null,
    felttabell(type.fields ?? type.inputFields ?? [], {
      foran: id,
      tittel: "Felt",
      medArgumenter: Boolean(type.fields),
    }),
    verditabell(type),
    steder.length ? element("p.brukt", {}, "Brukt i ", ...medKomma(steder)) : null,
  );
}

function verditabell({ name, enumValues }) {
  if (!enumValues?.length) return null;
  return element(
    "div",
    {},
    element("h4", {}, "Verdier"),
    element(
      "dl.felter",
      {},
      ...enumValues.map((verdi) =>
        element(
          "div.felt-i-skjema",
          { id: `${name}.${verdi.name}` },
          element(
            "dt",
            {},
            element("code.feltnavn", {}, verdi.name),
            verdi.isDeprecated ? element("span.dokmerke.utgaar", {}, "foreldet") : null,
            anker(`${name}.${verdi.name}`, verdi.name),
          ),
          element("dd", {}, foreldet(verdi), beskrivelse(verdi.description)),
        ),
      ),
    ),
  );
}

function tegn() {
  const alle = grupper();
  const brukt = bruk();
  finn("oppslag").replaceChildren(
    ...alle.map(({ navn, id, rot, ting }) =>
      element(
        "section",
        { "aria-labelledby": `${id}-tittel`, id },
        element("h2", { id: `${id}-tittel` }, navn),
        rot ? beskrivelse(rot.description) : null,
        ...ting.map((en) => (rot ? rotoppslag(rot, en) : typeoppslag(en, brukt))),
      ),
    ),
  );
  finn("menyinnhold").replaceChildren(
    ...alle.map(({ navn, id, rot, ting }) =>
      element(
        "details.menygruppe",
        { open: rot ? "" : null },
        element("summary", {}, navn, element("span.antall", {}, String(ting.length))),
        element(
          "ul",
          {},
          rot?.description
            ? element("li", {}, element("a.om-alle", { href: `#${id}` }, `Om ${navn.toLowerCase()}`))
            : null,
          ...ting.map((en) => {
            const sted = rot ? `${rot.name}.${en.name}` : en.name;
            const klasse = en.isDeprecated ? "utgaar" : null;
            return element("li", {}, element("a", { href: `#${sted}`, class: klasse }, ...brytbart(en.name)));
          }),
        ),
      ),
    ),
  );
  oppslag = soekbare(alle, slagAv);
}

// ── Searching ──────────────────────────────────────────────────────────────────────────────────────────────────────

let vist = OM_GANGEN;
let treffene = [];

const ordene = () => finn("soek").value.toLocaleLowerCase("nb").split(/\s+/).filter(Boolean);

function visTreff() {
  const alle = ordene();
  const soeker = alle.length > 0;
  finn("treff").hidden = !soeker;
  finn("oppslag").hidden = soeker;
  treffene = soeker ? soek(oppslag, alle) : [];
  const tekst = soeker ? `${treffene.length} treff på «${finn("soek").value.trim()}»` : "";
  finn("trefftall").textContent = tekst;
  si(tekst);
  tegnTreff(alle);
}

function tegnTreff(alle) {
  finn("treffliste").replaceChildren(
    ...treffene
      .slice(0, vist)
      .map(({ id, navn, slag, tekst }) =>
        element(
          "li",
          {},
          element("a", { href: `#${id}` }, element("code", {}, ...merket(navn, alle))),
          element("span.dokmerke", {}, slag),
          tekst ? element("p", {}, ...merket(utdrag(tekst, alle), alle)) : null,
        ),
      ),
  );
  finn("flere").hidden = treffene.length <= vist;
}

/** What the address names, "" if it names nothing. */
function iAdressen() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // not UTF-8
  }
}

/** Back to the documentation, at the hit. */
function gaaTil(id) {
  finn("treff").hidden = true;
  finn("oppslag").hidden = false;
  const ting = document.getElementById(id);
  ting?.scrollIntoView();
  return ting;
}

finn("soek").addEventListener("input", () => {
  vist = OM_GANGEN;
  visTreff();
  if (finn("dok").getBoundingClientRect().top < 0 && !finn("treff").hidden) finn("dok").scrollIntoView();
});
finn("soek").addEventListener("keydown", (event) => {
  const lenker = finn("treffliste").querySelectorAll("a");
  if (event.key === "ArrowDown" && lenker.length && !finn("treff").hidden) {
    event.preventDefault();
    lenker[0].focus();
  } else if (event.key === "Escape" && finn("soek").value) {
    event.preventDefault();
    toem();
  }
});
finn("soek").addEventListener("focus", () => visTreff());
finn("soekeskjema").addEventListener("submit", (event) => {
  event.preventDefault();
  finn("treffliste").querySelector("a")?.click();
});

function toem() {
  finn("soek").value = "";
  visTreff();
}

finn("treffliste").addEventListener("keydown", (event) => {
  const lenker = [...finn("treffliste").querySelectorAll("a")];
  const nr = lenker.indexOf(document.activeElement);
  if (nr < 0) return;
  if (event.key === "ArrowDown") lenker[Math.min(nr + 1, lenker.length - 1)].focus();
  else if (event.key === "ArrowUp") (lenker[nr - 1] ?? finn("soek")).focus();
  else if (event.key === "Escape") {
    finn("soek").focus();
    toem();
  } else return;
  event.preventDefault();
});
finn("treffliste").addEventListener("click", (event) => {
  const lenke = event.target.closest("a");
  if (lenke && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    const id = decodeURIComponent(lenke.hash.slice(1));
    const ting = gaaTil(id); // also when the address is that one already
    ting?.setAttribute("tabindex", "-1");
    ting?.focus({ preventScroll: true });
  }
});
finn("flere").addEventListener("click", () => {
  const foerste = finn("treffliste").children.length;
  vist += OM_GANGEN;
  tegnTreff(ordene());
  finn("treffliste").children[foerste]?.querySelector("a").focus();
});
addEventListener("keydown", (event) => {
  const skriver = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || skriver) return;
  event.preventDefault();
  finn("soek").focus();
  finn("soek").select();
});

// ── Where one is ───────────────────────────────────────────────────────────────────────────────────────────────────

let gjeldende = null;

/** Marks in the menu what is at the top of the window. */
function merkSted(id) {
  if (id === gjeldende) return;
  gjeldende = id;
  const meny = finn("menyinnhold");
  meny.querySelector("[aria-current]")?.removeAttribute("aria-current");
  const lenke = [...meny.querySelectorAll("a")].find((en) => decodeURIComponent(en.hash.slice(1)) === id);
  if (!lenke) return;
  lenke.setAttribute("aria-current", "location");
  lenke.closest("details").open = true;
  const [der, ramme] = [lenke.getBoundingClientRect(), meny.getBoundingClientRect()];
  if (der.top < ramme.top || der.bottom > ramme.bottom) meny.scrollTop += der.top - ramme.top - ramme.height / 3;
}

const LINJE = 120; // px from the top: what has begun above it is where one is

function foelgMed() {
  const alle = [...finn("oppslag").querySelectorAll("section > h2, article")];
  let ventes = false;
  const se = () => {
    ventes = false;
    if (finn("oppslag").hidden) return;
    let [fra, til] = [0, alle.length]; // the first that begins below is in here
    while (fra < til) {
      const midt = (fra + til) >> 1;
      if (alle[midt].getBoundingClientRect().top > LINJE) til = midt;
      else fra = midt + 1;
    }
    const her = alle[Math.max(0, fra - 1)];
    merkSted(her.tagName === "H2" ? her.parentElement.id : her.id);
  };
  const vent = () => {
    if (!ventes) requestAnimationFrame(se);
    ventes = true;
  };
  addEventListener("scroll", vent, { passive: true });
  addEventListener("resize", vent);
  se();
}

finn("meny").addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || bred.matches || !finn("meny").open) return;
  finn("meny").open = false;
  finn("meny").querySelector("summary").focus();
});
addEventListener("hashchange", () => {
  if (location.hash) gaaTil(iAdressen());
});
finn("menyinnhold").addEventListener("click", (event) => {
  const lenke = event.target.closest("a");
  if (!lenke) return;
  gaaTil(decodeURIComponent(lenke.hash.slice(1)));
  if (!bred.matches) finn("meny").open = false;
});
const bred = matchMedia("(min-width: 64rem)");
const tilpassMeny = () => (finn("meny").open = bred.matches);
bred.addEventListener("change", tilpassMeny);
finn("meny").addEventListener("toggle", () => {
  if (bred.matches) finn("meny").open = true; // nothing to fold where there is room for it
});

// ── Beginning ──────────────────────────────────────────────────────────────────────────────────────────────────────

async function hent() {
  finn("status").classList.remove("feil");
  finn("status").textContent = "Henter dokumentasjonen …";
  try {
    skjema = await hentSkjema(api);
  } catch {
    finn("status").textContent = "Vi får ikke hentet dokumentasjonen. Kjører tjenesten?";
    finn("status").classList.add("feil");
    finn("igjen").hidden = false;
    return;
  }
  tegn();
  finn("status").textContent = "";
  if (document.activeElement === finn("igjen")) finn("innhold").focus();
  finn("igjen").hidden = true;
  finn("dok").hidden = false;
  if (location.hash) gaaTil(iAdressen());
  foelgMed();
  document.documentElement.dataset.ferdig = "";
}

document.title = `${TITTEL[api]} – Notifikasjoner for arbeidsgivere`;
finn("tittel").textContent = TITTEL[api];
finn("ingress").textContent = INGRESS[api];
finn("igjen").addEventListener("click", hent);
tilpassMeny();
hent();
