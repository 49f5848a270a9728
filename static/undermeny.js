/*
 * The pages of the documentation, as a menu where this script stands. A plain script, as ramme.js is and for the same
 * reason.
 */
"use strict";

(() => {
  const SIDER = [
    ["/api", "Kom i gang"],
    ["/api/produsent", "Produsent-API"],
    ["/api/bruker", "Bruker-API"],
    ["/api/konsoll", "Konsoll"],
    ["/vilkaar", "Bruksvilkår"],
  ];
  const meny = document.createElement("nav");
  meny.className = "undermeny";
  meny.setAttribute("aria-label", "API-et");
  const liste = meny.appendChild(document.createElement("ul"));
  for (const [sted, tekst] of SIDER) {
    const lenke = document.createElement("a");
    lenke.href = sted;
    lenke.textContent = tekst;
    if (sted === location.pathname) lenke.setAttribute("aria-current", "page");
    liste.appendChild(document.createElement("li")).append(lenke);
  }
  document.currentScript.replaceWith(meny);
})();
