/**
 * The sitting: fetches the paper when the exam starts, holds the responses, hands in. One at a time;
 * a new attempt or another candidate gets a new one.
 */

import { asProblem } from "../../shared/api.js";
import { createAnswers } from "../answers/answers.js";
import { SITTING_PHASES } from "../standing/standing.js";
import { createPaper } from "./paper.js";

const { shallowRef } = window.Vue;

const AGAIN_AFTER_MS = [300, 700, 1500, 3000];
const ENDED_PHASES = ["submitted", "terminated"];

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export function createSitting({ api, keeper, clock, standing, notices }) {
  const answers = shallowRef(null);
  const paper = shallowRef(null);
  /** What keeps the paper from coming, null while nothing does. */
  const problem = shallowRef(null);
  let ticket = "";
  let turn = 0;
  let loginEnded = false;

  function drop() {
    turn += 1;
    if (answers.value) answers.value.close();
    answers.value = null;
    paper.value = null;
    problem.value = null;
    ticket = "";
  }

  function makeAnswers(digest) {
    const mine = ticket;
    return createAnswers({
      ticket,
      paper: digest,
      api,
      keeper,
      clock,
      mayGo: () => standing.speaksFor(mine),
      lastN: () => (standing.state.value ? standing.state.value.last_n : 0),
      onRefused: (row, cause) => notices.refused(row.item, cause),
      onIncident: (row) => notices.incident(row.item),
    });
  }

  async function fetchPaper() {
    const mine = (turn += 1);
    const current = () => mine === turn && standing.stage.value === "in";
    for (let attempt = 0; current(); attempt += 1) {
      try {
        const view = await api.get("/paper", { timeoutMs: 20000 });
        if (!current()) return;
        const fresh = makeAnswers(view.digest);
        await fresh.resume();
        if (!current()) {
          fresh.close();
          return;
        }
        answers.value = fresh;
        paper.value = createPaper(ticket, view, fresh);
        problem.value = null;
        return;
      } catch (error) {
        if (!current()) return;
        problem.value = asProblem(error);
        const wait = AGAIN_AFTER_MS[Math.min(attempt, AGAIN_AFTER_MS.length - 1)];
        await pause(wait * (0.5 + Math.random()));
      }
    }
  }

  async function sendRest() {
    turn += 1;
    const rest = makeAnswers(null);
    answers.value = rest;
    await rest.sendRest();
  }

  /** Follows the state: begins, goes on after a new log-in, or lets the paper go at the end. */
  function follow(state) {
    if (ticket && ticket !== state.candidate.ticket) drop();
    if (SITTING_PHASES.includes(state.phase)) sit(state);
    else if (ENDED_PHASES.includes(state.phase)) {
      paper.value = null;
      if (!ticket) {
        ticket = state.candidate.ticket;
        sendRest();
      } else if (answers.value) answers.value.hurry();
    }
  }

  function sit(state) {
    const again = loginEnded;
    loginEnded = false;
    if (!ticket || (!paper.value && (answers.value || again))) {
      drop();
      ticket = state.candidate.ticket;
      fetchPaper();
    } else if (answers.value && again) {
      answers.value.resume().catch(() => {});
    } else if (answers.value && state.phase === "sitting" && state.clock.remaining_ms > 0) {
      if (answers.value.retake()) notices.clearRefusals();
      answers.value.hurry();
    }
  }

  return {
    answers,
    paper,
    problem,
    follow,
    leave: drop,
    /** A 401 came: what waits is kept, and taken up when the same candidate is back. */
    loginEnded() {
      loginEnded = true;
    },
    /** Another look at what the server holds, after it was away or after a new log-in. */
    resume(brief) {
      if (answers.value && paper.value) answers.value.resume({ brief }).catch(() => {});
    },
    /** Hands in; `blanks` is what the candidate was warned of. Rejects with a problem. */
    async submit(blanks) {
      try {
        standing.accept(await api.post("/submit", { blanks }, { timeoutMs: 15000 }));
      } catch (error) {
        const cause = asProblem(error);
        if (cause.reason === "attempt.blanks_differ") await answers.value.resume();
        throw cause;
      }
    },
  };
}
