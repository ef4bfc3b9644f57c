/** Warns at 15, 5 and 1 minutes before the end: once each, in words that are also spoken. */

import { EXAM } from "../texts/exam.js";

const { watch } = window.Vue;

const WARN_AT_MINUTES = [15, 5, 1];
const SHOWN_MS = 15000;

/** The warning that is due when the time left falls from `before` to `now`, both in ms; 0 for none. */
export function dueWarning(before, now) {
  const due = WARN_AT_MINUTES.filter((minutes) => before > minutes * 60000 && now <= minutes * 60000);
  return due.length ? Math.min(...due) : 0;
}

/** Follows the clock while the candidate sits. */
export function followTime({ clock, standing, notices, announcer }) {
  let timer = 0;
  watch(clock.remainingMs, (now, before) => {
    if (now === null || before === null || standing.phase.value !== "sitting") return;
    if (!dueWarning(before, now) || now === 0) return;
    // After a sleep more may have gone by than to the mark that was passed.
    const minutes = Math.ceil(now / 60000);
    const text = EXAM.time.left(minutes);
    announcer.urge(`${text.zh} ${text.en}`);
    notices.minutesLeft.value = minutes;
    clearTimeout(timer);
    timer = setTimeout(() => {
      notices.minutesLeft.value = 0;
    }, SHOWN_MS);
  });
}
