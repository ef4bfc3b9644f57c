/**
 * The page's address after the `#`: `#/PAGE`, `#/PAGE/ID`, `#/PAGE/ID/TAB`, such as
 * `#/banks/B0001` or `#/sessions/S2026-0001/release`.
 */

/** Returns {page, id, tab} of a hash; an empty one leads to the overview. */
export function parseHash(hash) {
  const [page = "overview", id = "", tab = ""] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return { page: page || "overview", id, tab };
}

/** Returns the hash of a page, of one thing on it, of a tab of that. */
export function hashOf(page, id = "", tab = "") {
  return `#/${[page, id, tab].filter(Boolean).map(encodeURIComponent).join("/")}`;
}

/** Returns a reactive route that follows the address. */
export function createRoute() {
  const route = window.Vue.reactive(parseHash(window.location.hash));
  window.addEventListener("hashchange", () => Object.assign(route, parseHash(window.location.hash)));
  return route;
}
