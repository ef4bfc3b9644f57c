/**
 * The candidate's desk: everything that the views need, made once by main.js and handed to them by
 * provide/inject as "desk".
 */

import { createApi } from "../shared/api.js";
import { clockSeconds, dateTime } from "../shared/format.js";
import { reportMachine } from "../shared/machine-facts.js";
import { createAnnouncer } from "./a11y/announcer.js";
import { createComfort } from "./a11y/comfort.js";
import { createKeeper } from "./answers/keeper.js";
import { createExamClock } from "./clock.js";
import { createSitting } from "./exam/sitting.js";
import { createSeatPicture } from "./seat-picture/seat-picture.js";
import { createNotices } from "./standing/notices.js";
import { createStanding } from "./standing/standing.js";
import { followTime } from "./standing/time-warnings.js";

const ZONE = "Asia/Shanghai";

/** The seat's number of `?seat=12`, null when there is none. */
export function seatOf(search) {
  const text = new URLSearchParams(search).get("seat") || "";
  const seat = Number(text);
  return /^[0-9]{1,3}$/.test(text) && seat >= 1 ? seat : null;
}

/** "practice" on /practice/, else "exam". */
export function hallOf(path) {
  return path.startsWith("/practice") ? "practice" : "exam";
}

export function createDesk() {
  const hall = hallOf(window.location.pathname);
  const comfort = createComfort();
  const announcer = createAnnouncer();
  const notices = createNotices();
  const keeper = createKeeper(`kaodian-${hall}`);
  const parts = {};
  const api = createApi(hall === "practice" ? "/api/practice" : "/api/candidate", {
    onLoginRequired: (problem) => {
      parts.sitting.loginEnded();
      parts.standing.loginRequired(problem);
    },
  });
  const clock = createExamClock({ onSlept: () => parts.standing.checkNow(), onAdded: notices.timeAdded });
  parts.standing = createStanding({
    api,
    clock,
    hall,
    seat: seatOf(window.location.search),
    onState: (state) => {
      notices.follow(state);
      parts.sitting.follow(state);
    },
    onBack: () => parts.sitting.resume(true),
  });
  parts.sitting = createSitting({ api, keeper, clock, standing: parts.standing, notices });
  followTime({ clock, standing: parts.standing, notices, announcer });
  keeper.clearOld();
  if (hall === "exam") reportMachine(api, { seat: seatOf(window.location.search) });

  // Another page of this candidate may have answered while this one was out of sight.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") parts.sitting.resume(true);
  });
  // Only memory holds the rest then: leaving would lose it.
  window.addEventListener("beforeunload", (event) => {
    const answers = parts.sitting.answers.value;
    if (answers && answers.waiting.value > 0 && !keeper.durable.value) event.preventDefault();
  });

  parts.standing.start();
  return {
    hall,
    api,
    clock,
    comfort,
    announcer,
    notices,
    standing: parts.standing,
    sitting: parts.sitting,
    seatPicture: createSeatPicture({ api, standing: parts.standing, announcer }),
    durable: keeper.durable,
    dateTime: (moment) => dateTime(moment, ZONE),
    clockSeconds: (moment) => clockSeconds(moment, ZONE),
    async logout() {
      await parts.standing.logout();
      parts.sitting.leave();
    },
  };
}
