/** How many prints need a person: looked at now and then, so that it shows on every page. */

const { onUnmounted, ref } = window.Vue;

const LOOK_MS = 10000;

/** Returns a number that follows the server; 0 while nothing is known. */
export function usePrintBadge(desk) {
  const needing = ref(0);
  let ended = false;
  async function look() {
    if (document.visibilityState !== "visible") return;
    try {
      const told = await desk.api.get("/prints", { quiet401: true });
      if (!ended) needing.value = told.needing || 0;
    } catch {
      // The page itself says what is wrong; a badge that is a moment old harms nobody.
    }
  }
  const timer = setInterval(look, LOOK_MS);
  onUnmounted(() => {
    ended = true;
    clearInterval(timer);
  });
  look();
  return needing;
}
