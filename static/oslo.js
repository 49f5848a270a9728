/*
 * Days and times as people in Norway read them, always in Oslo whatever the zone of the browser, and how long things
 * take. The bell brings its own, since it must stand alone.
 */

const DAG = new Intl.DateTimeFormat("nb-NO", {
  timeZone: "Europe/Oslo",
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});
const KLOKKESLETT = new Intl.DateTimeFormat("nb-NO", {
  timeZone: "Europe/Oslo",
  hourCycle: "h23",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const TALL = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/Oslo",
  hourCycle: "h23",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
});
const ENHETER = [
  [86_400, "dag", "dager"],
  [3_600, "time", "timer"],
  [60, "minutt", "minutter"],
  [1, "sekund", "sekunder"],
];

const KORT = ["jan.", "feb.", "mars", "apr.", "mai", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "des."];

const deler = (format, tid) => Object.fromEntries(format.formatToParts(tid).map(({ type, value }) => [type, value]));

/** "mandag 30. november 2026" */
export const dag = (tid) => DAG.format(new Date(tid));

/** "08.30", or "08.30.05" */
export function klokkeslett(tid, { sekunder = false } = {}) {
  const { hour, minute, second } = deler(KLOKKESLETT, new Date(tid));
  return sekunder ? `${hour}.${minute}.${second}` : `${hour}.${minute}`;
}

/** "mandag 30. november 2026 kl. 08.30" */
export const tidspunkt = (tid) => `${dag(tid)} kl. ${klokkeslett(tid)}`;

/** Counts days in Oslo, so that yesterday is one less also across a change to summer time. */
export function dagnummer(tid) {
  const { year, month, day } = deler(TALL, new Date(tid));
  return Date.UTC(year, month - 1, day) / 86_400_000;
}

/** "30. nov. 2026", of a date ("2026-11-30", which belongs to no zone) or an instant. */
export function kortDato(tid) {
  const dato = /^(\d+)-(\d\d)-(\d\d)$/.exec(tid);
  const [aar, maaned, dagen] = dato
    ? dato.slice(1)
    : ["year", "month", "day"].map((en) => deler(TALL, new Date(tid))[en]);
  return `${+dagen}. ${KORT[maaned - 1]} ${+aar}`;
}

/** "i dag", "i går", "i morgen", or the date. */
export function kortDag(tid, naa) {
  return { "-1": "i går", 0: "i dag", 1: "i morgen" }[dagnummer(tid) - dagnummer(naa)] ?? kortDato(tid);
}

/** "I dag kl. 08.30", "I går kl. 08.30", or "30. nov. 2026 kl. 08.30". */
export function kortTid(tid, naa) {
  const dagen = { "-1": "I går", 0: "I dag" }[dagnummer(tid) - dagnummer(naa)] ?? kortDato(tid);
  return `${dagen} kl.\u00a0${klokkeslett(tid)}`;
}

/** "mandag 30. november kl. 08.30–09.30", with the year if it is another; both days when it ends on another day. */
export function moetetid(start, slutt, naa) {
  const paa = (tid) => {
    const aaret = deler(TALL, new Date(tid)).year;
    const dagen = dag(tid);
    const uten = aaret === deler(TALL, new Date(naa)).year ? dagen.replace(` ${aaret}`, "") : dagen;
    return `${uten} kl.\u00a0${klokkeslett(tid)}`;
  };
  if (!slutt) return paa(start);
  return dagnummer(start) === dagnummer(slutt)
    ? `${paa(start)}–${klokkeslett(slutt)}`
    : `${paa(start)} – ${paa(slutt)}`;
}

/** What <input type="datetime-local"> takes: "2026-11-30T08:30" */
export function feltverdi(tid) {
  const { year, month, day, hour, minute } = deler(TALL, new Date(tid));
  return `${year.padStart(4, "0")}-${month}-${day}T${hour}:${minute}`;
}

/** "3 dager og 2 timer": the two greatest units, the rest cut off. */
export function varighet(ms) {
  let sekunder = Math.max(0, Math.floor(ms / 1000));
  const ord = [];
  for (const [lengde, en, flere] of ENHETER) {
    const antall = Math.floor(sekunder / lengde);
    sekunder %= lengde;
    if (antall) ord.push(`${antall} ${antall === 1 ? en : flere}`);
    else if (ord.length) break; // "3 dager", not "3 dager og 5 sekunder"
  }
  return ord.slice(0, 2).join(" og ") || "0 sekunder";
}
