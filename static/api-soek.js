/*
 * The search of the documentation: what there is to find in a schema, which of it has the words, and the piece to show.
 */
import { element } from "/static/deler.js";
import { uformatert } from "/static/markdown.js";
import { typetekst } from "/static/skjema.js";

/**
 * Everything that has an address, with the words to search in. `alle` are the groups of the page, and `slagAv` says in a
 * word what a type or a root field is.
 */
export function soekbare(alle, slagAv) {
  const funnet = [];
  const legg = (id, navn, slag, et, viktighet, ekstra = "") => {
    const tekst = uformatert(
      [et.description, et.deprecationReason && `Foreldet. ${et.deprecationReason}`].filter(Boolean).join(" "),
    );
    const lavt = `${navn} ${ekstra} ${tekst}`.toLocaleLowerCase("nb");
    funnet.push({ id, navn, slag, tekst, lavt, lavtNavn: navn.toLocaleLowerCase("nb"), viktighet });
  };
  for (const { navn: gruppe, id: gruppeId, rot, ting } of alle) {
    if (rot) legg(gruppeId, gruppe, "innledning", rot, 2);
    for (const en of ting) {
      const id = rot ? `${rot.name}.${en.name}` : en.name;
      legg(id, en.name, slagAv(en, rot), en, rot ? 4 : 3);
      for (const argument of rot ? en.args : []) {
        legg(`${id}.${argument.name}`, argument.name, `argument til ${en.name}`, argument, 1, typetekst(argument.type));
      }
      for (const felt of rot ? [] : (en.fields ?? en.inputFields ?? [])) {
        legg(`${id}.${felt.name}`, felt.name, `felt i ${en.name}`, felt, 1, typetekst(felt.type));
        for (const argument of felt.args ?? []) {
          legg(
            `${id}.${felt.name}.${argument.name}`,
            argument.name,
            `argument til ${en.name}.${felt.name}`,
            argument,
            0,
          );
        }
      }
      for (const verdi of en.enumValues ?? []) legg(`${id}.${verdi.name}`, verdi.name, `verdi i ${en.name}`, verdi, 1);
    }
  }
  return funnet;
}

/** The hits, the best first: the name itself, then its beginning, then inside of it, then the description. */
export function soek(oppslag, ordene) {
  const treff = [];
  for (const et of oppslag) {
    if (!ordene.every((ord) => et.lavt.includes(ord))) continue;
    let poeng = et.viktighet;
    for (const ord of ordene) {
      if (et.lavtNavn === ord) poeng += 100;
      else if (et.lavtNavn.startsWith(ord)) poeng += 40;
      else if (et.lavtNavn.includes(ord)) poeng += 20;
    }
    treff.push([poeng, et]);
  }
  return treff.sort(([a, x], [b, y]) => b - a || x.navn.length - y.navn.length).map(([, et]) => et);
}

/** The text with the words marked. */
export function merket(tekst, ordene) {
  const lavt = tekst.toLocaleLowerCase("nb");
  const biter = [];
  let kommet = 0;
  while (kommet < tekst.length) {
    let [fra, til] = [tekst.length, tekst.length];
    for (const ord of ordene) {
      const sted = lavt.indexOf(ord, kommet);
      if (sted >= 0 && (sted < fra || (sted === fra && sted + ord.length > til)))
        [fra, til] = [sted, sted + ord.length];
    }
    biter.push(tekst.slice(kommet, fra));
    if (fra < tekst.length) biter.push(element("mark", {}, tekst.slice(fra, til)));
    kommet = til;
  }
  return biter.filter((bit) => bit !== "");
}

/** The piece of a description where the first word is. */
export function utdrag(tekst, ordene) {
  const lavt = tekst.toLocaleLowerCase("nb");
  const steder = ordene.map((ord) => lavt.indexOf(ord)).filter((sted) => sted >= 0);
  const midt = steder.length ? Math.min(...steder) : 0;
  let fra = Math.max(0, midt - 60);
  if (fra > 0) fra = tekst.indexOf(" ", fra) + 1 || fra;
  const til = fra + 180 < tekst.length ? tekst.lastIndexOf(" ", fra + 180) : tekst.length;
  return `${fra > 0 ? "… " : ""}${tekst.slice(fra, til <= fra ? fra + 180 : til)}${til < tekst.length ? " …" : ""}`;
}
