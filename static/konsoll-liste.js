/*
 * The list of suggestions at the marker. The focus stays in the editor; which suggestion is meant is told with
 * aria-activedescendant, and how many there are through `si`.
 */
import { element } from "/static/deler.js";
import { uformatert } from "/static/markdown.js";
import { forslagFor } from "/static/konsoll-forslag.js";

const MAKS = 60; // shown at once
const OM = 200; // characters of a description

const kortet = (tekst) => (tekst.length > OM ? `${tekst.slice(0, tekst.lastIndexOf(" ", OM))} …` : tekst);

export class Forslagsliste {
  /** Must be made before the editor of the same field, so that it gets the keys first. Needs `editor` set. */
  constructor(felt, skjema, si) {
    this.felt = felt;
    this.editor = null;
    this._skjema = skjema;
    this._si = si;
    this._alle = [];
    this._nr = 0;
    this._liste = element("ul.forslag", { role: "listbox", id: `${felt.id}-forslag`, "aria-label": "Forslag" });
    this._om = element("p.forslag-om");
    this._boks = element("div.forslagsboks", {}, this._liste, this._om);
    this._boks.hidden = true;
    felt.parentElement.append(this._boks);
    felt.setAttribute("aria-controls", this._liste.id);
    felt.addEventListener("keydown", (event) => this._tast(event));
    felt.addEventListener("input", (event) => this._skrevet(event));
    felt.addEventListener("blur", () => this.lukk());
    felt.addEventListener("click", () => this.lukk());
    felt.addEventListener("scroll", () => this.aapen && this._plasser(this._fra)); // long lines scroll while one types
    this._boks.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays
    this._liste.addEventListener("click", (event) => {
      const valgt = [...this._liste.children].indexOf(event.target.closest("li"));
      if (valgt >= 0) this._ta(valgt);
    });
  }

  get aapen() {
    return !this._boks.hidden;
  }

  /** `bedt`: somebody asked for it, so it comes also where nothing is written yet. */
  aapne({ bedt = false } = {}) {
    const skjema = this._skjema();
    const { selectionStart: her, selectionEnd: slutt, value } = this.felt;
    if (!skjema || her !== slutt) return this.lukk();
    const { fra, til, forslag, ferdig } = forslagFor(value, her, skjema);
    if (forslag.length === 0 || (!bedt && (ferdig || fra === her))) {
      if (bedt) this._si("Ingen forslag her.");
      return this.lukk();
    }
    this._alle = forslag.slice(0, MAKS);
    Object.assign(this, { _fra: fra, _til: til, _nr: 0 });
    this._liste.replaceChildren(
      ...this._alle.map(({ navn, type, foreldet, paakrevd }, nr) =>
        element(
          "li",
          { role: "option", id: `${this._liste.id}-${nr}`, class: foreldet ? "utgaar" : null },
          element("span.forslag-navn", {}, navn),
          paakrevd ? element("span.forslag-krav", {}, "påkrevd") : null,
          type ? element("span.forslag-type", {}, type) : null,
        ),
      ),
    );
    const varAapen = this.aapen;
    this._boks.hidden = false;
    this._plasser(fra);
    this._merk();
    if (!varAapen) this._si(`${forslag.length} forslag. Pil velger, Enter setter inn.`);
    return undefined;
  }

  lukk() {
    this._boks.hidden = true;
    this.felt.removeAttribute("aria-activedescendant");
  }

  _plasser(fra) {
    const { x, y } = this.editor.punkt(fra);
    const ramme = this.felt.parentElement;
    this._boks.style.left = `${Math.max(0, Math.min(x, ramme.clientWidth - this._boks.offsetWidth - 4))}px`;
    this._boks.style.top = `${Math.min(y, ramme.clientHeight - 8) + 2}px`;
  }

  _merk() {
    const valgt = this._liste.children[this._nr];
    for (const en of this._liste.children) en.setAttribute("aria-selected", String(en === valgt));
    this.felt.setAttribute("aria-activedescendant", valgt.id);
    const under = valgt.offsetTop + valgt.offsetHeight - this._liste.clientHeight;
    if (this._liste.scrollTop > valgt.offsetTop) this._liste.scrollTop = valgt.offsetTop;
    else if (this._liste.scrollTop < under) this._liste.scrollTop = under;
    this._om.textContent = kortet(uformatert(this._alle[this._nr].om));
    this._om.hidden = this._om.textContent === "";
  }

  _ta(nr) {
    const { inn } = this._alle[nr];
    const markoer = inn.indexOf("|");
    const tekst = inn.replace("|", "");
    this.lukk();
    this.editor.erstatt(this._fra, this._til, tekst, this._fra + (markoer < 0 ? tekst.length : markoer));
    if (/: \|$|\(\|\)/.test(inn)) this.aapne({ bedt: true });
    else this.lukk();
  }

  _skrevet(event) {
    if (event.inputType === "insertText" && /^[\w$]$/.test(event.data ?? "")) this.aapne();
    else if (this.aapen && /^delete/.test(event.inputType ?? "")) this.aapne();
    else this.lukk();
  }

  _tast(event) {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      this.aapne({ bedt: true });
      return;
    }
    if (!this.aapen || event.isComposing) return;
    const antall = this._alle.length;
    const taster = {
      ArrowDown: () => (this._nr = (this._nr + 1) % antall),
      ArrowUp: () => (this._nr = (this._nr + antall - 1) % antall),
      PageDown: () => (this._nr = Math.min(this._nr + 8, antall - 1)),
      PageUp: () => (this._nr = Math.max(this._nr - 8, 0)),
      Enter: () => this._ta(this._nr),
      Tab: () => this._ta(this._nr),
      Escape: () => this.lukk(),
    };
    if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key) || event.ctrlKey) this.lukk();
    if (!Object.hasOwn(taster, event.key) || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    taster[event.key]();
    if (this.aapen && event.key !== "Enter" && event.key !== "Tab") this._merk();
  }
}
