/*
 * What several pages are made of. Text from others is only ever a text node, and a link of theirs is only followed if
 * `tryggLenke` says so.
 */

/** `navn` is a tag with its classes ("span.tekst"). A string becomes a text node; null, false and "" are left out. */
export function element(navn, attributter = {}, ...barn) {
  const [merke, ...klasser] = navn.split(".");
  const nytt = document.createElement(merke);
  nytt.classList.add(...klasser);
  for (const [attributt, verdi] of Object.entries(attributter)) {
    if (verdi !== null && verdi !== undefined && verdi !== false) nytt.setAttribute(attributt, verdi);
  }
  nytt.append(...barn.flat().filter((et) => et !== null && et !== undefined && et !== false && et !== ""));
  return nytt;
}

/** An icon from one path on a grid of 24; said aloud only with a `tittel`. */
export function ikon(sti, tittel) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const tegning = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "ikon");
  tegning.setAttribute("d", sti);
  svg.append(tegning);
  if (tittel) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", tittel);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  return svg;
}

/** Whether a producer's link may be followed: never `javascript:` or `data:`, and "" leads nowhere. */
export function tryggLenke(lenke) {
  try {
    return lenke !== "" && ["http:", "https:"].includes(new URL(lenke, document.baseURI).protocol);
  } catch {
    return false;
  }
}

/** Whether something in it may be a national id, which is never to stand in an address. */
export const harFnr = (tekst) => /(?<!\d)\d{6}[ .]?\d{5}(?!\d)/.test(tekst);

const KOPIERT_MS = 2_000;

/** Puts the text on the clipboard, and tells how it went: on the button for a while, and aloud by `si`. */
export async function kopier(knapp, tekst, si) {
  const foer = (knapp.dataset.tekst ??= knapp.textContent);
  let gikk = true;
  try {
    await navigator.clipboard.writeText(tekst);
  } catch {
    gikk = false;
  }
  knapp.textContent = gikk ? "Kopiert" : "Ikke kopiert";
  si(gikk ? "Kopiert." : "Nettleseren lot oss ikke kopiere.");
  setTimeout(() => (knapp.textContent = foer), KOPIERT_MS);
}

const SVARFRIST_MS = 20_000;

/** The JSON at `sti`, null for an answer without content. Throws an Error, its `cause` the status if there was one. */
export async function hentJson(sti, { metode = "GET", innhold, hoder = {}, fristMs = SVARFRIST_MS } = {}) {
  const svar = await fetch(sti, {
    method: metode,
    headers: { Accept: "application/json", ...(innhold !== undefined && { "Content-Type": "application/json" }), ...hoder },
    body: innhold === undefined ? undefined : JSON.stringify(innhold),
    signal: AbortSignal.timeout(fristMs),
  });
  if (!svar.ok) {
    const { error } = await svar.json().catch(() => ({}));
    throw new Error(error ?? `tjenesten svarte ${svar.status}`, { cause: svar.status });
  }
  return svar.status === 204 ? null : svar.json();
}

/** `data` from the users' API, as who is logged in. Who no longer is, is sent to log in. */
export async function spoerBruker(query, variables = {}) {
  try {
    const { data, errors } = await hentJson("/bruker/api/graphql", { metode: "POST", innhold: { query, variables } });
    if (errors?.length || !data) throw new Error(errors?.[0]?.message ?? "tomt svar");
    return data;
  } catch (feil) {
    if (feil.cause === 401) location.reload(); // the server leads to where one logs in, and back here
    throw feil;
  }
}
