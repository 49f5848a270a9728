/*
 * The address of the console with something in it. It is all in the fragment, which is never sent to the server, and it
 * never has a token. Nothing that comes this way is run before somebody has pressed the button.
 */

/** `variabler` is an object, or the text that stands in the editor. */
export function konsollLenke({ api, dokument, variabler, operasjon }) {
  const felter = new URLSearchParams({ api, dokument });
  const tekst = typeof variabler === "string" ? variabler : variabler && JSON.stringify(variabler, null, 2);
  if (tekst && tekst.trim() && tekst.trim() !== "{}") felter.set("variabler", tekst);
  if (operasjon) felter.set("operasjon", operasjon);
  return `/api/konsoll#${felter}`;
}

/** What the fragment has, or null. */
export function lesLenke(fragment) {
  const felter = new URLSearchParams(fragment.replace(/^#/, ""));
  const api = felter.get("api");
  if (!["produsent", "bruker"].includes(api) || !felter.has("dokument")) return null;
  return {
    api,
    dokument: felter.get("dokument"),
    variabler: felter.get("variabler") ?? "",
    operasjon: felter.get("operasjon"),
  };
}
