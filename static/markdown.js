/*
 * The little of Markdown that the descriptions in the SDL use, as nodes: paragraphs, lists, ``` blocks, **bold**,
 * *emphasis*, `code` and [links](…).
 *
 * All that is not one of these is text, and becomes a text node: there is no way from a description to markup of its
 * own.
 */
import { element, tryggLenke } from "/static/deler.js";

const GJERDE = /^```(\w*)\s*$/;
const PUNKT = /^- +/;
const INNI = /`([^`]+)`|\*\*(.+?)\*\*|\*([^*\s](?:[^*]*[^*\s])?)\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

/**
 * The nodes of a description. `kode` gets the text of each `code` and may give the address that it leads to; `blokk`
 * gets (language, text) of each ``` block and may give a node to stand for it.
 */
export function markdown(tekst, { kode = () => null, blokk = () => null } = {}) {
  const linjer = (tekst ?? "").split("\n");
  const noder = [];
  for (let i = 0; i < linjer.length;) {
    const gjerde = GJERDE.exec(linjer[i]);
    if (!linjer[i].trim()) {
      i += 1;
    } else if (gjerde) {
      const slutt = linjer.findIndex((linje, nr) => nr > i && /^```\s*$/.test(linje));
      const inni = linjer.slice(i + 1, slutt < 0 ? undefined : slutt).join("\n");
      noder.push(blokk(gjerde[1], inni) ?? element("pre", { tabindex: 0 }, element("code", {}, inni)));
      i = slutt < 0 ? linjer.length : slutt + 1;
    } else if (PUNKT.test(linjer[i])) {
      const punkter = [];
      while (i < linjer.length && (PUNKT.test(linjer[i]) || /^\s+\S/.test(linjer[i]))) {
        if (PUNKT.test(linjer[i])) punkter.push(linjer[i].replace(PUNKT, ""));
        else punkter[punkter.length - 1] += ` ${linjer[i].trim()}`;
        i += 1;
      }
      noder.push(element("ul", {}, ...punkter.map((punkt) => element("li", {}, ...linje(punkt, kode)))));
    } else {
      const avsnitt = [];
      while (i < linjer.length && linjer[i].trim() && !GJERDE.test(linjer[i]) && !PUNKT.test(linjer[i])) {
        avsnitt.push(linjer[i].trim());
        i += 1;
      }
      noder.push(element("p", {}, ...linje(avsnitt.join(" "), kode)));
    }
  }
  return noder;
}

/** The nodes of what stands on one line. */
export function linje(tekst, kode = () => null) {
  const noder = [];
  let kommet = 0;
  for (const treff of tekst.matchAll(INNI)) {
    const [hele, kodetekst, fet, kursiv, lenketekst, adresse] = treff;
    noder.push(tekst.slice(kommet, treff.index));
    kommet = treff.index + hele.length;
    if (kodetekst) {
      const sted = kode(kodetekst);
      const node = element("code", {}, kodetekst);
      noder.push(sted ? element("a", { href: sted }, node) : node);
    } else if (fet) noder.push(element("strong", {}, ...linje(fet, kode)));
    else if (kursiv) noder.push(element("em", {}, ...linje(kursiv, kode)));
    else if (tryggLenke(adresse)) noder.push(element("a", { href: adresse }, ...linje(lenketekst, kode)));
    else noder.push(hele);
  }
  noder.push(tekst.slice(kommet));
  return noder.filter((node) => node !== "");
}

/** The text without the marks, for searching and showing a piece of it. ``` blocks are left out. */
export function uformatert(tekst) {
  return (tekst ?? "")
    .replace(/```[\s\S]*?(```|$)/g, " ")
    .replace(INNI, (hele, kodetekst, fet, kursiv, lenketekst) => kodetekst ?? fet ?? kursiv ?? lenketekst)
    .replace(/\*\*|`/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** The texts of the ``` blocks in that language. */
export const blokker = (tekst, spraak) =>
  [...(tekst ?? "").matchAll(/^```(\w*)[^\S\n]*\n([\s\S]*?)^```/gm)]
    .filter(([, et]) => et === spraak)
    .map(([, , inni]) => inni);
