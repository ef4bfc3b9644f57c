/** What the board shows: room, states, problems only, search and order. */

import { SEAT_STATE, needsLook } from "../states.js";

const { computed, reactive } = window.Vue;

const STATE_ORDER = Object.keys(SEAT_STATE);

const bySeat = (a, b) => a.room.localeCompare(b.room, "zh") || a.seat - b.seat;

const ORDERS = {
  seat: bySeat,
  name: (a, b) => a.name.localeCompare(b.name, "zh") || bySeat(a, b),
  state: (a, b) => STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state) || bySeat(a, b),
  answered: (a, b) => a.answered - b.answered || bySeat(a, b),
  remaining: (a, b) => (a.remaining_ms === null ? Infinity : a.remaining_ms) - (b.remaining_ms === null ? Infinity : b.remaining_ms) || bySeat(a, b),
};

function found(seat, text) {
  if (/^\d{1,3}$/.test(text)) return seat.seat === Number(text);
  return seat.name.includes(text) || seat.ticket.includes(text);
}

/** Returns the filter's settings and the seats that it lets through, in order. */
export function useFilters(feed) {
  const filter = reactive({ room: "", states: [], problems: false, text: "", order: "seat" });
  const rooms = computed(() => {
    const names = new Set(feed.seats.value.map((seat) => seat.room));
    const planned = feed.session.value ? feed.session.value.rooms.map((room) => room.name) : [];
    return [...planned.filter((name) => names.has(name)), ...[...names].filter((name) => !planned.includes(name))];
  });
  const inRoom = computed(() => feed.seats.value.filter((seat) => !filter.room || seat.room === filter.room));
  const counts = computed(() => {
    const n = Object.fromEntries(STATE_ORDER.map((state) => [state, 0]));
    for (const seat of inRoom.value) n[seat.state] += 1;
    return n;
  });
  const problems = computed(() => inRoom.value.filter((seat) => needsLook(seat, feed.session.value)));
  const shown = computed(() => {
    const text = filter.text.trim();
    const from = filter.problems ? problems.value : inRoom.value;
    return from
      .filter((seat) => (!filter.states.length || filter.states.includes(seat.state)) && (!text || found(seat, text)))
      .sort(ORDERS[filter.order]);
  });
  const narrowed = computed(() => filter.problems || filter.states.length > 0 || filter.text.trim() !== "");
  const toggleState = (state) => {
    filter.states = filter.states.includes(state) ? filter.states.filter((one) => one !== state) : [...filter.states, state];
  };
  return { filter, rooms, inRoom, counts, problems, shown, narrowed, toggleState };
}
