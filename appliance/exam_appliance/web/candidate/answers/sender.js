/**
 * Sends waiting responses: at once when clicked, a few at a time, again with growing pauses while the
 * server is away, and never when the log-in of this browser is not this candidate's.
 */

const AT_ONCE = 4;
const SEND_WITHIN_MS = 8000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5000;

/** Reasons after which the server will never take the response. */
const FINAL_REASONS = ["attempt.deadline_passed", "attempt.submitted", "attempt.terminated"];
const FINAL_STATUS = [400, 413, 415, 422];

/** True when sending the same again cannot succeed. */
export function isFinal(problem) {
  return FINAL_REASONS.includes(problem.reason) || FINAL_STATUS.includes(problem.status);
}

/** The pause before try `failures` + 1, milliseconds; a little random so that a room does not knock as one. */
export function waitMs(failures, random = Math.random()) {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, failures - 1)) * (0.75 + 0.25 * random);
}

/**
 * @param {object} how
 * @param {object} how.api requests to the hall
 * @param {() => Map} how.queue waiting rows by item
 * @param {() => boolean} how.mayGo false while another candidate's log-in, or none, is in this browser
 * @param {(row, answer, tookMs) => void} how.onHeld the server holds the response
 * @param {(row, problem) => void} how.onRefused the server will never take it
 * @param {(failing: boolean, problem: object|null) => void} how.onFailing whether sending fails just now
 */
export function createSender({ api, queue, mayGo, onHeld, onRefused, onFailing }) {
  /** Item to number of what is on its way. */
  const away = new Map();
  let failures = 0;
  let timer = 0;
  let closed = false;

  function pump() {
    for (const row of queue().values()) {
      if (away.size >= AT_ONCE) return;
      if (away.get(row.item) !== row.n) send(row);
    }
  }

  async function send(row) {
    if (closed || !mayGo()) return;
    const { item, n, choices, flagged } = row;
    const begun = performance.now();
    away.set(item, n);
    try {
      const body = { item, choices: [...choices], flagged, n };
      const answer = await api.post("/responses", body, { timeoutMs: SEND_WITHIN_MS });
      if (closed) return;
      landed(item, n);
      failures = 0;
      clearTimeout(timer);
      timer = 0;
      onFailing(false, null);
      onHeld({ item, n, choices, flagged }, answer, performance.now() - begun);
      pump();
    } catch (problem) {
      if (closed) return;
      landed(item, n);
      if (isFinal(problem)) {
        onRefused({ item, n, choices, flagged }, problem);
        pump();
      } else later(problem);
    }
  }

  function landed(item, n) {
    if (away.get(item) === n) away.delete(item);
  }

  function later(problem) {
    onFailing(true, problem);
    if (timer) return;
    failures += 1;
    timer = setTimeout(again, waitMs(failures));
  }

  function again() {
    timer = 0;
    pump();
  }

  const hurry = () => {
    if (closed) return;
    clearTimeout(timer);
    failures = 0;
    again();
  };
  window.addEventListener("online", hurry);

  return {
    /** A response was written: it goes out now, also while others wait for a better moment. */
    now(row) {
      if (away.get(row.item) !== row.n) send(row);
    },
    /** Tries all again at once. */
    hurry,
    close() {
      closed = true;
      clearTimeout(timer);
      window.removeEventListener("online", hurry);
    },
  };
}
