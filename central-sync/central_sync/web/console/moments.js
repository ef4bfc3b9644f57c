/** Moments as an office in China writes them, and moments that were written that way. */

import { clock, date } from "../shared/format.js";

const WEEKDAYS = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"];

/** 2026年11月24日 of `2026-11-24`. */
export function dayText(day) {
  const [year, month, number] = day.split("-").map(Number);
  return `${year}年${month}月${number}日`;
}

/** 周二 of `2026-11-24`. */
export function weekday(day) {
  return WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()];
}

/** 2026年11月24日（周二） of a moment in the zone; an empty text for no moment. */
export function longDay(moment, zone) {
  if (!moment) return "";
  const day = date(moment, zone);
  return `${dayText(day)}（${weekday(day)}）`;
}

/** 2026年11月24日（周二）09:00 of a moment in the zone; an empty text for no moment. */
export function longMoment(moment, zone) {
  return moment ? `${longDay(moment, zone)}${clock(moment, zone)}` : "";
}

/** 11月24日 09:00 of a moment in the zone, for narrow columns; the year when it is another one. */
export function shortMoment(moment, zone) {
  if (!moment) return "";
  const day = date(moment, zone);
  const sameYear = day.slice(0, 4) === date(Date.now(), zone).slice(0, 4);
  const text = dayText(day);
  return `${sameYear ? text.slice(5) : text} ${clock(moment, zone)}`;
}

/** Today in the zone, `2026-11-24`. */
export function today(zone) {
  return date(Date.now(), zone);
}

/** `2026-11-25` of `2026-11-24`. */
export function dayAfter(day, days = 1) {
  const moment = new Date(`${day}T00:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + days);
  return moment.toISOString().slice(0, 10);
}

/** The UTC moment, as ISO text, of a day and a wall clock (`2026-11-24`, `09:00`) in the zone. */
export function momentOf(day, time, zone) {
  const wanted = Date.parse(`${day}T${time}:00Z`);
  let moment = wanted;
  // The zone's distance from UTC depends on the moment that is sought: a second round settles it.
  for (let round = 0; round < 2; round += 1) {
    const shown = Date.parse(`${date(moment, zone)}T${clock(moment, zone)}:00Z`);
    moment += wanted - shown;
  }
  return new Date(moment).toISOString();
}
