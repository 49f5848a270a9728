/*
 * The frame of every page: who one is, where one can go, and in development mode the banner.
 *
 *     <header class="hode" data-side="/saksoversikt" data-bjelle>
 *       <script src="/oppsett.js"></script><script src="/static/ramme.js"></script>
 *     </header>
 *
 * A plain script, run while the page is read, so that the frame is there at the first paint and nothing moves later.
 * `data-side` is the place in the navigation, `data-bjelle` puts the bell in the corner (the page loads bjelle.js).
 */
"use strict";

(() => {
  const hode = document.currentScript.parentElement;
  const { utvikling } = OPPSETT;
  const her = hode.dataset.side;
  const STEDER = [
    ["/", "Velg person", utvikling],
    ["/min-side", "Min side", true],
    ["/saksoversikt", "Saksoversikt", true],
    ["/verksted", "Verksted", utvikling],
    ["/utboks", "Utboks", utvikling],
    ["/klokke", "Klokke", utvikling],
    ["/api", "API", true],
  ];

  function lag(merke, attributter = {}, ...barn) {
    const nytt = document.createElement(merke);
    for (const [navn, verdi] of Object.entries(attributter)) nytt.setAttribute(navn, verdi);
    nytt.append(...barn);
    return nytt;
  }

  const klokke = lag("span", { id: "klokke" });
  const navn = lag("span", { class: "navn", id: "navn" });
  const rolle = lag("span", { class: "rolle", id: "rolle" });
  const innlogget = lag(
    "div",
    { class: "innlogget", id: "innlogget" },
    lag("p", { class: "person" }, navn, rolle),
    lag(
      "form",
      { method: "post", action: utvikling ? "/dev/logg-ut" : "/logg-ut" },
      lag("button", { class: "knapp", type: "submit" }, "Logg ut"),
    ),
  );
  innlogget.hidden = true;
  const bjelle = "bjelle" in hode.dataset ? lag("notifikasjon-bjelle", { saksoversikt: "/saksoversikt" }) : null;

  hode.append(lag("a", { class: "hopp", href: "#innhold" }, "Hopp til innholdet"));
  if (utvikling) hode.append(lag("p", { class: "utvikling" }, "Utviklingsmodus – ingen ekte data", klokke));
  hode.append(
    lag(
      "div",
      { class: "hode-innhold" },
      lag(
        "p",
        { class: "merkenavn" },
        lag("img", { src: "/static/ikon.svg", alt: "", width: 32, height: 32 }),
        bjelle ? "Min side – arbeidsgiver" : "Notifikasjoner for arbeidsgivere",
      ),
      innlogget,
      ...(bjelle ? [bjelle] : []),
    ),
    lag(
      "nav",
      { class: "meny", "aria-label": "Hovedmeny" },
      lag(
        "ul",
        {},
        ...STEDER.filter(([, , vises]) => vises).map(([sted, tekst]) =>
          lag("li", {}, lag("a", { href: sted, ...(sted === her && { "aria-current": "page" }) }, tekst)),
        ),
      ),
    ),
  );

  async function hent(sted) {
    const svar = await fetch(sted, { headers: { Accept: "application/json" } });
    if (!svar.ok) throw Object.assign(new Error(`${sted}: status ${svar.status}`), { status: svar.status });
    return svar.json();
  }

  /** What time it is on the server, whose clock can be moved in development mode. */
  async function hentTid() {
    const { tid, stoppet } = await hent("/dev/klokke");
    const naa = new Date(tid);
    const vis = new Intl.DateTimeFormat("nb-NO", { timeZone: "Europe/Oslo", dateStyle: "long", timeStyle: "short" });
    klokke.textContent = stoppet ? ` · Klokken er stilt til ${vis.format(naa).replace(":", ".")}` : "";
    return naa;
  }

  if (bjelle) {
    innlogget.hidden = false; // such a page is only shown to who is logged in
    if (utvikling) {
      bjelle.hentTid = hentTid; // before bjelle.js has run, so that its first look is at the right time
      bjelle.setAttribute("intervall", "10");
    }
    hent("/oekt").then(
      (person) => {
        navn.textContent = person.navn ?? "";
        rolle.textContent = person.rolle ?? "";
      },
      ({ status }) => {
        if (status === 401) location.replace(utvikling ? "/" : "/logg-inn");
      }, // no network: the bell says so
    );
  } else if (utvikling && her !== "/klokke") {
    hentTid().catch(() => {});
  }
})();
