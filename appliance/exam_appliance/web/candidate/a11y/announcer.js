/** Speaks through live regions: `say` waits for the reader's pause, `urge` interrupts. */

const { h, ref } = window.Vue;

export function createAnnouncer() {
  const polite = ref("");
  const assertive = ref("");
  // A region speaks only when its text changes; the space makes the same words new.
  const fresh = (region, text) => (region.value === text ? `${text} ` : text);
  return {
    say(text) {
      polite.value = fresh(polite, text);
    },
    urge(text) {
      assertive.value = fresh(assertive, text);
    },
    /** The regions, to be drawn once. */
    Regions: () => [
      h("div", { class: "kd-unseen", role: "status", "aria-live": "polite", id: "said" }, polite.value),
      h("div", { class: "kd-unseen", role: "alert", "aria-live": "assertive", id: "urged" }, assertive.value),
    ],
  };
}
