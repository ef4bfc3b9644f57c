/**
 * The exam's time as the server gives it. The page never counts by the machine's wall clock: it takes
 * what the server said and adds the steady time gone since; after a sleep it asks before it is sure.
 */

const { computed, ref, shallowRef } = window.Vue;

const TICK_MS = 250;
/** A tick this late means that the page slept or was held back, milliseconds. */
const SLEPT_MS = 4000;
/** An answer that took longer than this says too little about the time left now, milliseconds. */
const STALE_MS = 3000;

/** More time than the page had counted, beyond what a slow line explains: it was added, milliseconds. */
const ADDED_MS = 10000;

/**
 * Makes the clock. `onSlept` is called when the page cannot be sure of the time any more, `onAdded`
 * with the milliseconds by which the server's time left is longer than what the page showed.
 */
export function createExamClock({ onSlept = () => {}, onAdded = () => {} } = {}) {
  const held = shallowRef(null);
  const tick = ref(performance.now());
  /** True from a sleep until the server has said the time again. */
  const unsure = ref(false);
  let wall = Date.now();

  function beat() {
    const now = performance.now();
    const wallNow = Date.now();
    const gone = now - tick.value;
    // The steady clock of some systems stands still while the machine sleeps, the wall clock does not.
    const slept = gone > SLEPT_MS || wallNow - wall - gone > SLEPT_MS;
    tick.value = now;
    wall = wallNow;
    if (slept) doubt();
  }

  function doubt() {
    unsure.value = true;
    onSlept();
  }

  setInterval(beat, TICK_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") doubt();
  });

  function compare(remainingMs, at) {
    if (!held.value || held.value.remainingMs === null || remainingMs === null || unsure.value) return;
    const shown = Math.max(0, held.value.remainingMs - (held.value.running ? at - held.value.at : 0));
    if (remainingMs - shown >= ADDED_MS) onAdded(remainingMs - shown);
  }

  /** Takes an ExamClock of the server. */
  function hear(clock) {
    const at = performance.now();
    compare(clock.remaining_ms, at);
    held.value = { serverMs: Date.parse(clock.now), remainingMs: clock.remaining_ms, running: clock.running, at };
    tick.value = at;
    unsure.value = false;
  }

  /** Takes the time left that came with a save. */
  function hearRemaining(remainingMs, tookMs) {
    if (!held.value || held.value.remainingMs === null || tookMs > STALE_MS) return;
    const at = performance.now();
    compare(remainingMs, at);
    const gone = at - held.value.at;
    held.value = { ...held.value, serverMs: held.value.serverMs + gone, remainingMs, at };
    tick.value = at;
  }

  const gone = computed(() => (held.value ? Math.max(0, tick.value - held.value.at) : 0));

  return {
    hear,
    hearRemaining,
    unsure,
    /** Milliseconds left, null while no deadline runs. */
    remainingMs: computed(() => {
      if (!held.value || held.value.remainingMs === null) return null;
      return Math.max(0, held.value.remainingMs - (held.value.running ? gone.value : 0));
    }),
    /** True while the time left counts down. */
    running: computed(() => Boolean(held.value && held.value.running)),
    /** The server's wall time in milliseconds since 1970, null before it was heard. */
    serverMs: computed(() => (held.value ? held.value.serverMs + gone.value : null)),
    forget() {
      held.value = null;
      unsure.value = false;
    },
  };
}
