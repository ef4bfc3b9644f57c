/**
 * The page's address after the `#`:
 * `#/sessions`, `#/practice`, `#/session/ID/TAB`, `#/practice/session/ID/TAB`,
 * `#/queue/TAB`, `#/identity/DESK`, `#/devices/TAB`, `#/prints/TAB`, `#/readiness/TAB`, `#/sync`, `#/rehearsal`, `#/accounts`, `#/journal`, `#/password`.
 */

const PLAIN = ["sessions", "practice", "queue", "identity", "devices", "prints", "readiness", "sync", "rehearsal", "accounts", "journal", "password"];

/** Returns {page, practice, session, tab} of a hash; what is unknown leads to the sessions. */
export function parseHash(hash) {
  const steps = hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
  const practice = steps[0] === "practice";
  const rest = practice ? steps.slice(1) : steps;
  if (rest[0] === "session" && rest[1]) {
    return { page: "session", practice, session: rest[1], tab: rest[2] || "board" };
  }
  const page = PLAIN.includes(steps[0]) ? steps[0] : "sessions";
  return { page, practice: page === "practice", session: "", tab: (!practice && steps[1]) || "" };
}

/** Returns the hash of a session's tab. */
export function sessionHash(session, practice, tab = "board") {
  return `#/${practice ? "practice/" : ""}session/${encodeURIComponent(session)}/${tab}`;
}

/** Returns a reactive route that follows the address. */
export function createRoute() {
  const route = window.Vue.reactive(parseHash(window.location.hash));
  window.addEventListener("hashchange", () => {
    Object.assign(route, parseHash(window.location.hash));
    window.scrollTo(0, 0);
  });
  return route;
}
