/**
 * A session as it lives: the board from the server and all that changes, one reactive object a
 * seat, so that a change draws one tile and not the room.
 */

import { follow } from "../../shared/live.js";
import { SEAT_STATE } from "../states.js";

const { computed, markRaw, reactive, ref, shallowRef } = window.Vue;

const ASK_TIMEOUT_MS = 6000;

/** Opens the feed of one session; `close` ends it. */
export function openFeed(desk, practice, id) {
  const api = desk.apiOf(practice);
  const path = `/sessions/${encodeURIComponent(id)}`;
  const session = ref(null);
  const problem = ref(null);
  /** live, asking or lost, as of shared/live.js */
  const line = ref("live");
  const seats = shallowRef([]);
  const seq = ref(0);
  const byTicket = markRaw(new Map());
  let stream = null;
  let closed = false;

  function takeSession(view) {
    session.value = view;
    desk.heardTime(view.now);
  }

  function takeSeats(views) {
    const heard = performance.now();
    let grown = false;
    for (const view of views) {
      const known = byTicket.get(view.ticket);
      if (known) Object.assign(known, view, { heard });
      else {
        byTicket.set(view.ticket, reactive({ ...view, heard }));
        grown = true;
      }
    }
    if (grown) seats.value = [...byTicket.values()];
  }

  function takeBoard(board) {
    if (board.seq < seq.value) return;
    seq.value = board.seq;
    const here = new Set(board.seats.map((seat) => seat.ticket));
    for (const ticket of [...byTicket.keys()]) if (!here.has(ticket)) byTicket.delete(ticket);
    takeSession(board.session);
    takeSeats(board.seats);
    seats.value = [...byTicket.values()];
  }

  function takeChange(change) {
    if (change.seq < seq.value) return;
    seq.value = change.seq;
    takeSession(change.session);
    takeSeats(change.seats);
  }

  async function refresh(options) {
    takeBoard(await api.get(`${path}/board`, options));
    problem.value = null;
  }

  async function open() {
    try {
      await refresh();
    } catch (error) {
      problem.value = error;
      if (!error.passing) return;
    }
    if (closed) return;
    stream = follow({
      url: `${api.base}${path}/events`,
      event: "board",
      onData: takeChange,
      ask: () => refresh({ retry: false, timeoutMs: ASK_TIMEOUT_MS }),
      onState: (state) => {
        line.value = state;
      },
    });
  }

  /** Number of seats by state. */
  const counts = computed(() => {
    const found = Object.fromEntries(Object.keys(SEAT_STATE).map((state) => [state, 0]));
    for (const seat of seats.value) found[seat.state] += 1;
    return found;
  });

  open();
  return {
    id,
    practice,
    api,
    path,
    session,
    seats,
    seq,
    counts,
    problem,
    line,
    seat: (ticket) => byTicket.get(ticket),
    refresh,
    takeSession,
    /** Posts below the session's path, then brings the board up to date. */
    async post(step, body) {
      const answer = await api.post(`${path}/${step}`, body, { timeoutMs: 60000 });
      refresh({ retry: false }).catch(() => {});
      return answer;
    },
    get: (what, options) => api.get(`${path}/${what}`, options),
    photo: (ticket) => `${api.base}${path}/photo/${ticket}`,
    close() {
      closed = true;
      if (stream) stream.close();
    },
  };
}
