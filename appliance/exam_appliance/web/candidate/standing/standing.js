/**
 * Where the candidate stands: log-in, the server's state by events or by asking, signs of life, and
 * whether the server can be reached at all.
 */

import { asProblem } from "../../shared/api.js";
import { follow } from "../../shared/live.js";
import { createLoginMark } from "./login-mark.js";

const { computed, ref, shallowRef } = window.Vue;

const CONTACT_EVERY_MS = 5000;
const ASK_WITHIN_MS = 6000;
const HALL_EVERY_MS = 8000;

/** The phases in which there is a paper. */
export const SITTING_PHASES = ["sitting", "paused", "locked"];

/**
 * @param {object} how
 * @param {object} how.api requests to the hall; its onLoginRequired must call `loginRequired`
 * @param {object} how.clock see clock.js
 * @param {string} how.hall "exam" or "practice"
 * @param {number|null} how.seat the seat that this page belongs to
 * @param {(state: object) => void} how.onState a new state was taken
 * @param {() => void} how.onBack the server is there again after it was away
 */
export function createStanding({ api, clock, hall, seat, onState, onBack }) {
  /** loading, login, in */
  const stage = ref("loading");
  const state = shallowRef(null);
  const hallView = shallowRef(null);
  /** False while nothing answers. */
  const online = ref(true);
  /** Why the log-in view stands there: null, "ended" (a 401 in mid-work) */
  const endedBy = shallowRef(null);
  let stream = null;
  let version = -1;
  let interrupted = false;

  const mark = createLoginMark(hall, () => {
    if (stage.value !== "loading") load();
  });

  function reached(is) {
    if (is && interrupted && stage.value === "in") {
      interrupted = false;
      onBack();
    }
    if (!is) interrupted = true;
    online.value = is;
  }

  function take(fresh) {
    const same = state.value && state.value.candidate.ticket === fresh.candidate.ticket;
    if (same && fresh.version < version) return;
    version = fresh.version;
    state.value = fresh;
    stage.value = "in";
    endedBy.value = null;
    clock.hear(fresh.clock);
    mark.set(fresh.candidate.ticket);
    if (fresh.phase === "identity") unfollow();
    else if (!stream) begin();
    onState(fresh);
  }

  function begin() {
    interrupted = false;
    stream = follow({
      url: `${api.base}/events`,
      event: "state",
      onData: take,
      ask: () => ask(),
      onState: (line) => {
        if (line === "asking") interrupted = true;
        reached(line !== "lost");
      },
    });
  }

  function unfollow() {
    if (stream) stream.close();
    stream = null;
  }

  /** Asks the server for the whole state; rejects with a problem. */
  async function ask() {
    try {
      take(await api.get("/state", { retry: false, timeoutMs: ASK_WITHIN_MS }));
      reached(true);
    } catch (error) {
      const problem = asProblem(error);
      if (problem.passing) reached(false);
      throw problem;
    }
  }

  async function contact() {
    if (stage.value === "in" && state.value.phase !== "identity") {
      try {
        const answer = await api.post("/contact", {}, { timeoutMs: ASK_WITHIN_MS });
        clock.hear(answer.clock);
        reached(true);
        if (answer.version !== version) await ask();
      } catch (error) {
        if (asProblem(error).passing) reached(false);
      }
    }
  }

  async function keepContact() {
    for (;;) {
      await contact();
      await new Promise((done) => setTimeout(done, CONTACT_EVERY_MS));
    }
  }

  async function loadHall() {
    try {
      hallView.value = await api.get("/hall", { retry: false, timeoutMs: ASK_WITHIN_MS, quiet401: true });
      clock.hear({ now: hallView.value.now, remaining_ms: null, running: false });
      online.value = true;
    } catch (error) {
      if (asProblem(error).passing) online.value = false;
    }
  }

  async function watchHall() {
    for (;;) {
      if (stage.value === "login") await loadHall();
      await new Promise((done) => setTimeout(done, HALL_EVERY_MS));
    }
  }

  /** The log-in is over: an answer said 401. */
  function loginRequired(problem) {
    if (stage.value === "in") endedBy.value = problem;
    unfollow();
    mark.set("");
    version = -1;
    state.value = null;
    clock.forget();
    stage.value = "login";
    loadHall();
  }

  /** Finds out where the candidate stands; goes on trying until the server says it. */
  async function load() {
    try {
      await ask();
    } catch (problem) {
      if (problem.status !== 401) setTimeout(load, 2000);
    }
  }

  async function login(identity) {
    mark.set("");
    take(await api.post("/login", { identity, seat }, { quiet401: true }));
  }

  async function confirm() {
    take(await api.post("/confirm", {}));
  }

  /** Ends the log-in: "not me" before it is confirmed, or the end. */
  async function logout() {
    try {
      await api.post("/logout", {}, { quiet401: true });
    } finally {
      loginRequired(null);
      endedBy.value = null;
    }
  }

  return {
    stage,
    state,
    hall: hallView,
    online,
    endedBy,
    seat,
    phase: computed(() => (state.value ? state.value.phase : null)),
    /** True when this browser's log-in is this candidate's, and confirmed. */
    speaksFor: (ticket) =>
      stage.value === "in" &&
      state.value.phase !== "identity" &&
      state.value.candidate.ticket === ticket &&
      mark.ticket() === ticket,
    loginRequired,
    accept: take,
    ask,
    login,
    confirm,
    logout,
    start() {
      load();
      keepContact();
      watchHall();
    },
    /** Asks at once, such as after a sleep. */
    checkNow: contact,
  };
}
