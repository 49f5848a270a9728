/* The front page: who one can be. Names and roles come from the configuration, so they are only ever set as text. */
"use strict";

const status = document.getElementById("status");
const igjen = document.getElementById("igjen");

async function vis() {
  igjen.hidden = true;
  meld("Henter personer …");
  try {
    const svar = await fetch("/dev/personer", { headers: { Accept: "application/json" } });
    if (!svar.ok) throw new Error(`status ${svar.status}`);
    const personer = await svar.json();
    document.getElementById("personer").replaceChildren(...personer.map(kort));
    meld(personer.length ? "" : "Ingen personer er satt opp. Legg til [[person]] i config.toml og start på nytt.");
  } catch {
    meld("Vi får ikke hentet personene. Kjører tjenesten?", { feil: true });
    igjen.hidden = false;
  }
}

function kort({ fnr, navn, rolle }) {
  const nytt = document.getElementById("person").content.cloneNode(true);
  nytt.querySelector("[name=fnr]").value = fnr;
  nytt.querySelector(".initialer").textContent = initialer(navn);
  nytt.querySelector(".navn").textContent = navn;
  nytt.querySelector(".rolle").textContent = rolle;
  nytt.querySelector(".fnr").textContent = fnr;
  return nytt;
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
