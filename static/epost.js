/*
 * An e-mail's HTML made harmless, as text: what is not known to be only words and their order is left out.
 *
 * It is a reader of tags and no parser, on purpose: the browser's own parsers, also those that run nothing, try inline
 * styles and handlers against the page's Content-Security-Policy and complain in the console. What comes out is for a
 * sandboxed frame; the frame keeps the page safe, this keeps the frame quiet, so a misread tag is ugly and no more.
 */

const BEHOLDES = new Set(
  `a abbr b blockquote br caption center cite code dd del dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6
   header hr i ins kbd li main mark ol p pre q s section small span strong sub sup table tbody td tfoot th thead time tr
   u ul`.split(/\s+/),
);
const ATTRIBUTTER = new Set(["colspan", "rowspan", "start", "lang", "dir"]);
// What is said to be missing. Other elements lose their tags and keep their words.
const SAVNES = {
  script: "skript",
  style: "stiler",
  link: "stiler",
  img: "bilder",
  svg: "bilder",
  iframe: "rammer",
  object: "innebygd innhold",
  embed: "innebygd innhold",
  video: "video",
  audio: "lyd",
  input: "skjemafelt",
  select: "skjemafelt",
  textarea: "skjemafelt",
};
const UTEN_MERKER = new Set(["script", "style", "title", "textarea", "iframe", "noembed", "noframes", "xmp"]); // inside

const START = /<(\/?)([a-z][^\t\n\f\r />]*)/iy;
const ATTRIBUTT =
  /[\t\n\f\r /]*([^\t\n\f\r />][^\t\n\f\r />=]*)(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^\t\n\f\r >"'][^\t\n\f\r >]*)))?/y;
const UAVSLUTTET = /[\t\n\f\r ]*=[\t\n\f\r ]*["']/y; // a value, where ATTRIBUTT found none
const SLUTT = /[\t\n\f\r /]*>/y;
const KOMMENTAR = /<!--(?:-?>|[^]*?(?:--!?>|$))|<[!?/][^>]*>?/y;

/** {html, fjernet}: what may be shown, and a set of words for what was left out. */
export function rens(html) {
  const fjernet = new Set();
  let ut = "";
  let lenke = null; // where the link leads that we are in, and where in `ut` its words begin
  for (const { tekst, slutt, navn, attributter } of lesMerker(html)) {
    if (tekst !== undefined) {
      ut += trygg(tekst);
      continue;
    }
    if (!slutt) noter(navn, attributter, fjernet);
    if (!slutt && attributter.get("alt")) ut += trygg(`[${attributter.get("alt")}]`);
    if (!BEHOLDES.has(navn)) continue;
    if (navn === "a") {
      // A frame without rights cannot follow a link, so it says where it leads.
      if (lenke?.til && ut.slice(lenke.fra) !== lenke.til) ut += ` (${lenke.til})`;
      lenke = slutt ? null : { til: trygg(attributter.get("href") ?? "") };
    }
    const beholdt = [...(attributter ?? [])].filter(([attributt]) => ATTRIBUTTER.has(attributt));
    ut += `<${slutt}${navn}${beholdt.map(([a, verdi]) => ` ${a}="${trygg(verdi)}"`).join("")}>`;
    if (lenke && lenke.fra === undefined) lenke.fra = ut.length;
  }
  return { html: ut, fjernet };
}

/** Entities stay as they are: they can only become text. */
const trygg = (tekst) => tekst.replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

function noter(navn, attributter, fjernet) {
  if (Object.hasOwn(SAVNES, navn)) fjernet.add(SAVNES[navn]);
  for (const attributt of attributter.keys()) {
    if (attributt === "style") fjernet.add("stiler");
    if (attributt.startsWith("on")) fjernet.add("skript");
  }
}

/** Each stretch of text {tekst}, and each tag {slutt: "/" or "", navn, attributter}; comments are passed over. */
function* lesMerker(html) {
  let plass = 0;
  const les = (regel) => {
    regel.lastIndex = plass;
    const treff = regel.exec(html);
    if (treff) plass = regel.lastIndex;
    return treff;
  };
  while (plass < html.length) {
    if (html[plass] !== "<") {
      const til = html.indexOf("<", plass);
      yield { tekst: html.slice(plass, til < 0 ? undefined : til) };
      plass = til < 0 ? html.length : til;
      continue;
    }
    const start = les(START);
    if (start) {
      const attributter = new Map();
      for (let a; !les(SLUTT); attributter.set(a[1].toLowerCase(), a[2] ?? a[3] ?? a[4] ?? "")) {
        a = les(ATTRIBUTT);
        if (!a || les(UAVSLUTTET)) return; // the tag never ends
      }
      const navn = start[2].toLowerCase();
      yield { slutt: start[1], navn, attributter };
      if (!start[1] && UTEN_MERKER.has(navn)) {
        const igjen = html.slice(plass).search(new RegExp(`</${navn}[\\t\\n\\f\\r />]`, "i"));
        plass = igjen < 0 ? html.length : plass + igjen;
      }
    } else if (!les(KOMMENTAR)) {
      yield { tekst: "<" };
      plass += 1;
    }
  }
}
