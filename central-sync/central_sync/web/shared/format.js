/** Moments and lengths of time as the office writes them. */

const makers = new Map();

function maker(zone) {
  if (!makers.has(zone)) {
    makers.set(
      zone,
      new Intl.DateTimeFormat("en-GB", {
        timeZone: zone,
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
        hourCycle: "h23",
      }),
    );
  }
  return makers.get(zone);
}

function parts(moment, zone) {
  const found = {};
  for (const part of maker(zone).formatToParts(new Date(moment))) found[part.type] = part.value;
  return found;
}

/** 2026-11-23 09:30 in the zone; an empty text for no moment. */
export function dateTime(moment, zone = "Asia/Shanghai") {
  if (moment === null || moment === undefined || moment === "") return "";
  const p = parts(moment, zone);
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}`;
}

/** 2026-11-23 in the zone. */
export function date(moment, zone = "Asia/Shanghai") {
  return dateTime(moment, zone).slice(0, 10);
}

/** 09:30 in the zone. */
export function clock(moment, zone = "Asia/Shanghai") {
  return dateTime(moment, zone).slice(11);
}

/** 09:30:05 in the zone. */
export function clockSeconds(moment, zone = "Asia/Shanghai") {
  if (moment === null || moment === undefined || moment === "") return "";
  const p = parts(moment, zone);
  return `${p.hour}:${p.minute}:${p.second}`;
}

/** 1:23:45 of milliseconds; a started second counts whole, so that 0:00:00 means over. */
export function duration(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (value) => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** Whole minutes of milliseconds, rounded up so that nobody is told too little. */
export function minutes(ms) {
  return Math.ceil(ms / 60000);
}

/** 1,234,567 */
export function grouped(number) {
  return new Intl.NumberFormat("en-US").format(number);
}
