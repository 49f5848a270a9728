/*
 * Days and times as people in Norway read them, always in Oslo whatever the zone of the browser, and how long things
 * take. For the pages of development mode; the bell brings its own, since it must stand alone.
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
