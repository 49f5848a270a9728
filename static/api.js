/* Where one begins: the way that fits this mode, and commands that reach this very service. */
import { element } from "/static/deler.js";

const naar = OPPSETT.utvikling ? "utvikling" : "drift";
for (const steg of document.querySelectorAll("[data-naar]")) steg.hidden = steg.dataset.naar !== naar;

for (const kode of document.querySelectorAll(".kode code")) {
  kode.textContent = kode.textContent.replaceAll("http://localhost:8080", location.origin);
  const knapp = element("button.knapp", { type: "button" }, "Kopier");
  const melding = element("span.skjult", { role: "status" });
  knapp.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(kode.textContent);
      knapp.textContent = "Kopiert";
      melding.textContent = "Kopiert.";
    } catch {
      knapp.textContent = "Ikke kopiert";
      melding.textContent = "Nettleseren lot oss ikke kopiere.";
    }
    setTimeout(() => (knapp.textContent = "Kopier"), 2000);
  });
  kode.closest(".kode").append(knapp, melding);
}
