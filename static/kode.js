/* The commands on a page: they reach this very service, and each can be copied. */
import { element, kopier } from "/static/deler.js";

for (const kode of document.querySelectorAll(".kode code")) {
  kode.textContent = kode.textContent.replaceAll("http://localhost:8080", location.origin);
  const knapp = element("button.knapp", { type: "button" }, "Kopier");
  const melding = element("span.skjult", { role: "status" });
  knapp.addEventListener("click", () => kopier(knapp, kode.textContent, (tekst) => (melding.textContent = tekst)));
  kode.closest(".kode").append(knapp, melding);
}
