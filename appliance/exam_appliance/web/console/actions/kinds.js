/** The actions on candidates: to whom each can apply, and what it asks for. */

const WITH_TIME = ["sitting", "paused"];
const PRESENT = ["checked_in", "sitting", "paused"];

const inState = (...states) => (seat) => states.includes(seat.state);

/**
 * `applies(seat, session)`; `asks`: reason, minutes, text, seat, second;
 * `one`: for one candidate only; `picked`: never for the whole room without picking.
 */
export const ACTIONS = {
  start: {
    icon: "VideoPlay", group: 0, asks: [],
    applies: (seat, session) => seat.state === "checked_in" && !seat.held_back && ["running", "paused"].includes(session.state),
  },
  pause: { icon: "VideoPause", group: 0, asks: ["reason"], applies: inState("sitting") },
  resume: { icon: "CaretRight", group: 0, asks: [], applies: inState("paused") },
  extend: { icon: "Timer", group: 0, asks: ["minutes", "reason"], applies: inState(...WITH_TIME) },
  lock: { icon: "Lock", group: 1, asks: ["reason"], applies: (seat) => PRESENT.includes(seat.state) && !seat.locked },
  unlock: { icon: "Unlock", group: 1, asks: [], applies: (seat) => seat.locked },
  message: { icon: "ChatDotSquare", group: 1, asks: ["text"], applies: inState(...PRESENT) },
  move: {
    icon: "Switch", group: 1, asks: ["seat", "reason"], one: true, picked: true,
    applies: inState("arranged", ...PRESENT),
  },
  absent: { icon: "Remove", group: 2, asks: ["reason"], applies: inState("arranged") },
  present: { icon: "CirclePlus", group: 2, asks: [], applies: inState("absent") },
  submit: { icon: "Upload", group: 3, danger: true, asks: ["reason"], applies: inState(...WITH_TIME) },
  terminate: {
    icon: "CircleClose", group: 3, danger: true, asks: ["reason", "second"], picked: true,
    applies: inState(...PRESENT, "submitted", "scored"),
  },
  reopen: {
    icon: "RefreshLeft", group: 3, danger: true, asks: ["minutes", "reason", "second"], picked: true,
    applies: inState("submitted", "scored", "voided"),
  },
};

/** Returns the seats that an action can apply to and those that it cannot. */
export function split(action, seats, session) {
  const fit = [];
  const unfit = [];
  for (const seat of seats) (ACTIONS[action].applies(seat, session) ? fit : unfit).push(seat);
  return { fit, unfit };
}

/** True when the action may be offered for this target. */
export function offered(action, fit, anyPicked) {
  const kind = ACTIONS[action];
  if (fit === 0 || (kind.picked && !anyPicked)) return false;
  return !kind.one || fit === 1;
}
