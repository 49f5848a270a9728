/*
 * Who one can be: the front page, and the page that our own issuer shows to those who are to log in. Names and roles come
 * from the configuration, so they are only ever set as text.
 */
import { hentJson } from "/static/deler.js";

const status = document.getElementById("status");
const igjen = document.getElementById("igjen");

async function vis() {
  meld("Henter personer …");
  try {
    const personer = await hentJson("/dev/personer");
    const hadde = document.activeElement === igjen;
    document.getElementById("personer").replaceChildren(...personer.map(kort));
    igjen.hidden = true;
    if (hadde) document.querySelector(".kort")?.focus();
    meld(personer.length ? "" : "Ingen personer er satt opp. Legg til [[person]] i config.toml og start på nytt.");
  } catch {
    meld("Vi får ikke hentet personene. Kjører tjenesten?", { feil: true });
    igjen.hidden = false;
  }
}

function kort({ fnr, navn, rolle }) {
  const nytt = document.getElementById("person").content.cloneNode(true);
  const felt = nytt.querySelector("[name=fnr]");
  if (felt) felt.value = fnr;
  else nytt.querySelector("a").href = innloggingSom(fnr);
  nytt.querySelector(".initialer").textContent = initialer(navn);
  nytt.querySelector(".navn").textContent = navn;
  nytt.querySelector(".rolle").textContent = rolle;
  nytt.querySelector(".fnr").textContent = fnr;
  return nytt;
}

/** A link and not a form: the answer sends the browser on to the program that asked, and a form may not go there. */
function innloggingSom(fnr) {
  const adresse = new URL(location.href);
  adresse.searchParams.set("login_hint", fnr);
  return adresse.href;
}

function initialer(navn) {
  const ord = navn.trim().split(/\s+/);
  return [ord[0], ord.length > 1 ? ord.at(-1) : ""].map((et) => [...et][0] ?? "").join("");
}

function meld(tekst, { feil = false } = {}) {
  status.textContent = tekst;
  status.hidden = tekst === "";
  status.classList.toggle("feil", feil);
}

igjen.addEventListener("click", vis);
vis();
