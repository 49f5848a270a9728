/*
 * The document with its lines in order. Only white space and commas are changed: what comes out has the same symbols in
 * the same order, comments too, or the document is left as it is.
 */
import { symboler } from "/static/konsoll-editor.js";

const BREDDE = 90;
const PAR = { "{": "}", "(": ")", "[": "]" };

/** The document in order, or null if its brackets do not match. */
export function formater(tekst) {
  const alle = symboler(tekst).filter((et) => et.tekst !== ",");
  for (const [nr, symbol] of alle.entries()) {
    const mellom = tekst.slice(nr ? alle[nr - 1].slutt : 0, symbol.start);
    symbol.linjer = nr ? mellom.split("\n").length - 1 : 1; // line breaks before it
  }
  const leser = { alle, nr: 0 };
  const noder = lesNoder(leser, null);
  if (!noder || alle.some(({ slag }) => slag === "ukjent")) return null;
  const ut = `${dokument(noder)}\n`;
  const bare = (en) =>
    symboler(en)
      .filter((et) => et.tekst !== ",")
      .map((et) => et.tekst.trimEnd());
  return JSON.stringify(bare(ut)) === JSON.stringify(bare(tekst)) ? ut : null;
}

/** Symbols, with brackets made into {aapner, inni, lukker, linjer}. Null if a bracket is missing. */
function lesNoder(leser, lukker) {
  const noder = [];
  while (leser.nr < leser.alle.length) {
    const symbol = leser.alle[leser.nr];
    leser.nr += 1;
    if (symbol.slag === "tegn" && PAR[symbol.tekst]) {
      const inni = lesNoder(leser, PAR[symbol.tekst]);
      if (!inni) return null;
      noder.push({ aapner: symbol.tekst, lukker: PAR[symbol.tekst], inni, linjer: symbol.linjer });
    } else if (symbol.slag === "tegn" && "})]".includes(symbol.tekst)) {
      return symbol.tekst === lukker ? noder : null;
    } else noder.push(symbol);
  }
  return lukker === null ? noder : null;
}

const kommentar = (node) => node.slag === "kommentar";

/** Splits nodes into entries, each a list of nodes. `ny` says whether a node begins one, given those before it. */
function poster(noder, ny) {
  const alle = [];
  for (const node of noder) {
    const denne = alle.at(-1);
    const etterKommentar = denne && kommentar(denne.at(-1));
    if (kommentar(node) && (node.linjer > 0 || !denne)) alle.push([node]);
    else if (!denne || etterKommentar || ny(node, denne)) alle.push([node]);
    else denne.push(node);
  }
  return alle;
}

const navn = (node) => node.slag === "navn";

// `a: b(…) @c { … }`, `...X`, `... on X { … }`
function nyttValg(node, denne) {
  const forrige = denne.at(-1);
  if (node.slag === "prikker") return true;
  if (!navn(node)) return false;
  if (forrige.tekst === ":" || forrige.slag === "prikker") return false;
  return !(forrige.tekst === "on" && denne.at(-2)?.slag === "prikker");
}

// `a: verdi`, `$a: [Type!]! = verdi @c`
function nyttPar(node, denne) {
  const forrige = denne.at(-1);
  if (forrige.tekst === ":" || forrige.tekst === "=") return false;
  return node.slag === "variabel" || navn(node);
}

const nyVerdi = (node) => node.tekst !== "!";

// Definitions, each ended by its selection.
const nyDefinisjon = (_node, denne) => denne.at(-1).aapner === "{";

function dokument(noder) {
  let ut = "";
  let forrige = null;
  for (const post of poster(noder, nyDefinisjon)) {
    // A comment stays with what follows it, and definitions have air between them.
    if (forrige) ut += kommentar(forrige[0]) && post[0].linjer < 2 ? "\n" : "\n\n";
    ut += skrivPost(post, "", "utvalg");
    forrige = post;
  }
  return ut;
}

/** One entry, its first line without indent. */
function skrivPost(post, innrykk, slag) {
  let ut = "";
  for (const [nr, node] of post.entries()) {
    const forrige = post[nr - 1];
    const linje = ut.slice(ut.lastIndexOf("\n") + 1).length + (ut.includes("\n") ? 0 : innrykk.length);
    ut += mellomrom(forrige, node) + skrivNode(node, innrykk, slag, linje);
  }
  return ut;
}

function mellomrom(forrige, node) {
  if (!forrige) return "";
  if (kommentar(node)) return " ";
  if ([":", "!"].includes(node.tekst)) return "";
  if (node.aapner === "(") return "";
  if (forrige.slag === "prikker") return node.tekst === "on" || node.slag === "direktiv" || node.aapner ? " " : "";
  return " ";
}

function skrivNode(node, innrykk, slag, kommet) {
  if (!node.aapner) return kommentar(node) ? node.tekst.trimEnd() : node.tekst;
  const erUtvalg = node.aapner === "{" && slag === "utvalg";
  const inniSlag = erUtvalg ? "utvalg" : "verdi";
  const ny = erUtvalg ? nyttValg : node.aapner === "[" ? nyVerdi : nyttPar;
  const alle = poster(node.inni, ny);
  if (alle.length === 0) return `${node.aapner}${node.lukker}`;
  const harKommentar = JSON.stringify(node.inni).includes('"slag":"kommentar"');
  const blokktekst = JSON.stringify(node.inni).includes('"tekst":"\\"\\"\\"');
  if (!harKommentar && !blokktekst) {
    const biter = alle.map((post) => skrivPost(post, "", inniSlag));
    const luft = node.aapner === "{" ? " " : "";
    const linje = `${node.aapner}${luft}${biter.join(erUtvalg ? " " : ", ")}${luft}${node.lukker}`;
    const enkel =
      !erUtvalg || (!linje.slice(1).includes("{") && linje.length <= 72 && !node.inni.some((et) => et.linjer > 0));
    if (enkel && !linje.includes("\n") && kommet + linje.length <= BREDDE) return linje;
  }
  const inni = `${innrykk}  `;
  const linjer = alle.map((post, nr) => {
    const luft = nr && post[0].linjer > 1 ? "\n" : "";
    return `${luft}${inni}${skrivPost(post, inni, inniSlag)}`;
  });
  return `${node.aapner}\n${linjer.join("\n")}\n${innrykk}${node.lukker}`;
}
