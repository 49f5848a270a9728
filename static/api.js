/* Where one begins: the way that fits this mode. */
const naar = OPPSETT.utvikling ? "utvikling" : "drift";
for (const steg of document.querySelectorAll("[data-naar]")) steg.hidden = steg.dataset.naar !== naar;
