/*
 * The page of the person who is logged in, around the bell. Loaded before bjelle.js, so that the bell knows the time of
 * the server, which one can move, when it looks for the first time.
 */
"use strict";

const finn = (id) => document.getElementById(id);
const bjelle = finn("bjelle");

bjelle.hentTid = async () => {
  const svar = await fetch("/dev/klokke", { headers: { Accept: "application/json" } });
  if (!svar.ok) return null;
  const { tid, stoppet } = await svar.json();
  const naa = new Date(tid);
  const vis = new Intl.DateTimeFormat("nb-NO", { timeZone: "Europe/Oslo", dateStyle: "long", timeStyle: "short" });
  finn("klokke").textContent = stoppet ? ` · Klokka er stilt til ${vis.format(naa).replace(":", ".")}` : "";
  return naa;
};

async function visPerson() {
  const svar = await fetch("/dev/meg", { headers: { Accept: "application/json" } });
  if (svar.status === 401) location.replace("/");
  if (!svar.ok) return;
  const { navn, rolle } = await svar.json();
  finn("navn").textContent = navn;
  finn("rolle").textContent = rolle;
  finn("innlogget").hidden = false;
  document.title = `${navn} – Min side – arbeidsgiver`;
}

finn("kopier").addEventListener("click", async () => {
  await navigator.clipboard.writeText(finn("kode").textContent);
  finn("kopier").textContent = "Kopiert";
  setTimeout(() => (finn("kopier").textContent = "Kopier"), 2000);
});

for (const adresse of document.querySelectorAll(".adresse")) adresse.textContent = location.origin;
visPerson().catch(() => {}); // no network: the bell says so
