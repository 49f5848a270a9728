/*
 * Text with colours: what GraphQL and JSON are made of, and a <textarea> that shows it.
 *
 * The textarea is the editor; what has the colours lies under it, letter by letter in the same place, and is nothing to
 * anybody but the eye. So both must have the same font, size and spacing (konsoll.css), and lines are never folded.
 */
import { element } from "/static/deler.js";

/** One expression that matches any of these, the first that fits. */
const enAv = (...deler) => new RegExp(deler.map(({ source }) => source).join("|"), "g");

const GRAPHQL = enAv(
  /(?<kommentar>#[^\n]*)/,
  /(?<tekst>"""(?:[^"\\]|\\[\s\S]|"(?!""))*(?:"""|$)|"(?:[^"\\\n]|\\.)*(?:"|(?=\n)|$))/, // also one not yet closed
  /(?<variabel>\$\w*)/,
  /(?<direktiv>@\w*)/,
  /(?<prikker>\.{1,3})/,
  /(?<tall>-?\d[\d.eE+-]*)/,
  /(?<navn>[A-Za-z_]\w*)/,
  /(?<tegn>[{}()[\]:=!|&,])/,
  /(?<ukjent>\S)/,
);
const JSONDELER = enAv(
  /(?<noekkel>"(?:[^"\\\n]|\\.)*"(?=\s*:))/,
  /(?<tekst>"(?:[^"\\\n]|\\.)*(?:"|(?=\n)|$))/,
  /(?<tall>-?\d[\d.eE+-]*)/,
  /(?<navn>true|false|null)/,
  /(?<tegn>[{}[\]:,])/,
  /(?<ukjent>[^\s"{}[\]:,]+)/,
);
const ORD = new Set(["query", "mutation", "fragment", "on", "true", "false", "null"]);
const MAKS_FARGER = 200_000; // characters; more is shown without

/** What the text is made of: [{slag, tekst, start, slutt}, …]. Whatever the text is, all but white space is in one. */
export function symboler(tekst, spraak = "graphql") {
  const alle = [];
  for (const treff of tekst.matchAll(spraak === "graphql" ? GRAPHQL : JSONDELER)) {
    const slag = Object.keys(treff.groups).find((navn) => treff.groups[navn] !== undefined);
    alle.push({ slag, tekst: treff[0], start: treff.index, slutt: treff.index + treff[0].length });
  }
  return alle;
}

/** A <code> with the text in colours. */
export function fargelagt(tekst, spraak) {
  if (tekst.length > MAKS_FARGER) return element("code", {}, tekst);
  const biter = [];
  let kommet = 0;
  for (const { slag, tekst: bit, start, slutt } of symboler(tekst, spraak)) {
    if (start > kommet) biter.push(tekst.slice(kommet, start));
    kommet = slutt;
    if (["tegn", "ukjent", "prikker"].includes(slag) || (slag === "navn" && spraak === "graphql" && !ORD.has(bit))) {
      if (typeof biter.at(-1) === "string") biter[biter.length - 1] += bit;
      else biter.push(bit);
    } else biter.push(element(`span.f-${slag === "navn" ? "ord" : slag}`, {}, bit));
  }
  biter.push(tekst.slice(kommet));
  return element("code", {}, ...biter);
}

/** Line and column, from 1, of a place in the text. */
function linjeOgTegn(tekst, sted) {
  const linjer = tekst.slice(0, sted).split("\n");
  return { linje: linjer.length, tegn: linjer.at(-1).length + 1 };
}

/** The place in the text of a line and column. */
export function sted(tekst, linje, tegn) {
  const linjer = tekst.split("\n");
  const foer = linjer.slice(0, Math.max(0, linje - 1)).reduce((sum, en) => sum + en.length + 1, 0);
  return Math.min(tekst.length, foer + Math.min(tegn - 1, (linjer[linje - 1] ?? "").length));
}

/**
 * Makes a <textarea> in a `.editor` an editor: colours, line numbers, Tab that indents, Enter that keeps the indent.
 * After Escape, Tab leaves, as it does everywhere else.
 */
export class Editor {
  /** `endret` is called with every change, also ours. */
  constructor(felt, spraak, { endret = () => {} } = {}) {
    this.felt = felt;
    this.spraak = spraak;
    this._endret = endret;
    this._feil = new Set(); // line numbers
    this._slipp = false; // the next Tab leaves
    this._farger = element("pre.editor-farger");
    this._numre = element("pre.editor-numre");
    felt.parentElement.prepend(
      element("div.editor-marg", { "aria-hidden": "true" }, this._numre),
      element("div.editor-lag", { "aria-hidden": "true" }, this._farger),
    );
    felt.addEventListener("input", () => this._tegn());
    felt.addEventListener("scroll", () => this._foelg());
    felt.addEventListener("keydown", (event) => this._tast(event));
    felt.addEventListener("blur", () => (this._slipp = false));
    this._tegn();
  }

  get tekst() {
    return this.felt.value;
  }

  set tekst(ny) {
    this.felt.value = ny;
    this._tegn();
  }

  /** Replaces a piece as if it had been typed, so that it can be undone. */
  erstatt(fra, til, ny, markoer = fra + ny.length) {
    this.felt.focus();
    this.felt.setSelectionRange(fra, til);
    // Deprecated, and the only way that keeps the history of the field.
    const gikk = ny === "" ? document.execCommand("delete") : document.execCommand("insertText", false, ny);
    if (!gikk) {
      this.felt.setRangeText(ny, fra, til, "end");
      this._tegn();
    }
    this.felt.setSelectionRange(markoer, markoer);
  }

  /** Shows where something is wrong, and goes there. */
  gaaTil(linje, tegn) {
    const her = sted(this.tekst, linje, tegn);
    this.felt.focus();
    const ord = /^[\w$@]+/.exec(this.tekst.slice(her));
    this.felt.setSelectionRange(her, her + (ord ? ord[0].length : 0));
    const hoeyde = this._linjehoeyde();
    if (linje * hoeyde > this.felt.scrollTop + this.felt.clientHeight || (linje - 1) * hoeyde < this.felt.scrollTop) {
      this.felt.scrollTop = (linje - 3) * hoeyde;
    }
  }

  /** The line numbers that have something wrong. */
  merkFeil(linjer) {
    this._feil = new Set(linjer);
    this._nummerer();
  }

  /** Where the marker is, in px from the corner of the `.editor`. */
  punkt(her) {
    const { linje, tegn } = linjeOgTegn(this.tekst, her);
    const stil = getComputedStyle(this.felt);
    return {
      x: parseFloat(stil.paddingLeft) + (tegn - 1) * this._tegnbredde() - this.felt.scrollLeft + this.felt.offsetLeft,
      y: parseFloat(stil.paddingTop) + linje * this._linjehoeyde() - this.felt.scrollTop + this.felt.offsetTop,
    };
  }

  _linjehoeyde() {
    return parseFloat(getComputedStyle(this.felt).lineHeight);
  }

  _tegnbredde() {
    const stil = getComputedStyle(this.felt);
    const lerret = (this._lerret ??= document.createElement("canvas").getContext("2d"));
    lerret.font = `${stil.fontSize} ${stil.fontFamily}`;
    return lerret.measureText("0").width;
  }

  _tegn() {
    this._feil = new Set();
    this._farger.replaceChildren(fargelagt(`${this.felt.value}\n`, this.spraak));
    this._nummerer();
    this._foelg();
    this._endret();
  }

  _nummerer() {
    const antall = this.felt.value.split("\n").length;
    const numre = Array.from({ length: antall }, (_, nr) => [
      this._feil.has(nr + 1) ? element("span.feil", {}, String(nr + 1)) : String(nr + 1),
      "\n",
    ]);
    this._numre.replaceChildren(...numre.flat());
  }

  _foelg() {
    this._farger.style.transform = `translate(${-this.felt.scrollLeft}px, ${-this.felt.scrollTop}px)`;
    this._numre.style.transform = `translateY(${-this.felt.scrollTop}px)`;
  }

  _tast(event) {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      this._slipp = true;
    } else if (event.key === "Tab" && !this._slipp) {
      event.preventDefault();
      this._rykk(event.shiftKey);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this._nyLinje();
    } else if (!["Tab", "Shift"].includes(event.key)) this._slipp = false;
  }

  _rykk(tilbake) {
    const { selectionStart: fra, selectionEnd: til, value } = this.felt;
    const begynnelse = value.lastIndexOf("\n", fra - 1) + 1;
    if (fra === til && !tilbake) return this.erstatt(fra, til, "  ");
    const linjer = value.slice(begynnelse, til);
    const nye = tilbake ? linjer.replace(/^ {1,2}/gm, "") : linjer.replace(/^/gm, "  ");
    this.erstatt(begynnelse, til, nye);
    if (fra !== til) this.felt.setSelectionRange(begynnelse, begynnelse + nye.length);
  }

  _nyLinje() {
    const { selectionStart: fra, selectionEnd: til, value } = this.felt;
    const innrykk = /^ */.exec(value.slice(value.lastIndexOf("\n", fra - 1) + 1, fra))[0];
    const [foer, etter] = [value.slice(0, fra).trimEnd().at(-1), value[til]];
    const aapner = "{([".includes(foer ?? " ");
    const lukker = aapner && etter !== undefined && "})]".includes(etter);
    const ny = `\n${innrykk}${aapner ? "  " : ""}`;
    this.erstatt(fra, til, lukker ? `${ny}\n${innrykk}` : ny, fra + ny.length);
  }
}
