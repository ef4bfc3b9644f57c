/** What a browser knows of the machine it runs on, for the readiness report. It knows little and guesses nothing. */

const NAME = "kaodian-machine";
const AGAIN_MS = 6 * 3600 * 1000;
const FIRST_MS = 5000;

/** A random name that stays with this browser. */
function machineName() {
  try {
    const held = window.localStorage.getItem(NAME);
    if (held && /^[0-9a-f]{32}$/.test(held)) return held;
    const made = Array.from(window.crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    window.localStorage.setItem(NAME, made);
    return made;
  } catch (error) {
    return "";
  }
}

/** Returns the report as the server takes it, null where this browser keeps no name. */
export function machineFacts(seat = null) {
  const machine = machineName();
  if (!machine) return null;
  const scale = window.devicePixelRatio || 1;
  const pixels = (css) => Math.max(1, Math.round(css * scale));
  return {
    machine,
    source: "page",
    seat,
    display: { width_px: pixels(window.screen.width), height_px: pixels(window.screen.height) },
  };
}

/** Reports soon, and every few hours; a report that fails comes again with the next. */
export function reportMachine(api, { seat = null, when = () => true } = {}) {
  const report = () => {
    const facts = when() ? machineFacts(seat) : null;
    if (facts) api.post("/machine", facts, { quiet401: true }).catch(() => {});
  };
  setTimeout(report, FIRST_MS);
  setInterval(report, AGAIN_MS);
}
