/** The tiles of a room: click, Ctrl and Shift pick; arrows walk, Space picks, Enter opens the details. */

import { BOARD_TEXT } from "../texts/board.js";
import { SeatTile } from "./seat-tile.js";

const { computed, ref } = window.Vue;

const STEP = { ArrowRight: 1, ArrowLeft: -1 };

export const SeatGrid = {
  components: { SeatTile },
  props: { seats: { type: Array, required: true }, picked: { type: Set, required: true }, room: { type: String, required: true } },
  emits: ["pick", "range", "details", "all"],
  setup(props, { emit }) {
    const grid = ref(null);
    const at = ref("");
    const reachable = computed(() =>
      props.seats.some((seat) => seat.ticket === at.value) ? at.value : (props.seats[0] || {}).ticket,
    );
    const ticketOf = (event) => {
      const tile = event.target.closest("[data-ticket]");
      return tile ? tile.dataset.ticket : "";
    };
    function onClick(event) {
      const ticket = ticketOf(event);
      if (!ticket) return;
      at.value = ticket;
      if (event.target.closest("[data-details]")) emit("details", ticket);
      else if (event.shiftKey) emit("range", ticket);
      else emit("pick", ticket);
    }
    function walk(index) {
      const seat = props.seats[Math.max(0, Math.min(props.seats.length - 1, index))];
      at.value = seat.ticket;
      grid.value.querySelector(`[data-ticket="${seat.ticket}"]`).focus();
    }
    function columns() {
      return window.getComputedStyle(grid.value).gridTemplateColumns.split(" ").length;
    }
    function onKey(event) {
      const ticket = ticketOf(event);
      if (!ticket || event.altKey || event.metaKey) return;
      const index = props.seats.findIndex((seat) => seat.ticket === ticket);
      if (event.key in STEP) walk(index + STEP[event.key]);
      else if (event.key === "ArrowDown") walk(index + columns());
      else if (event.key === "ArrowUp") walk(index - columns());
      else if (event.key === "Home") walk(0);
      else if (event.key === "End") walk(props.seats.length - 1);
      else if (event.key === " ") emit(event.shiftKey ? "range" : "pick", ticket);
      else if (event.key === "Enter") emit("details", ticket);
      else if (event.key === "a" && event.ctrlKey) emit("all");
      else return;
      event.preventDefault();
    }
    const onDouble = (event) => {
      const ticket = ticketOf(event);
      if (ticket) emit("details", ticket);
    };
    return { grid, at, reachable, onClick, onKey, onDouble, words: BOARD_TEXT };
  },
  template: `
    <div ref="grid" class="seat-grid" role="listbox" aria-multiselectable="true" :aria-label="words.gridLabel(room).zh"
      @click="onClick" @dblclick="onDouble" @keydown="onKey" @mousedown.shift.prevent>
      <seat-tile v-for="seat in seats" :key="seat.ticket" :seat="seat" :picked="picked.has(seat.ticket)" :reachable="reachable === seat.ticket" />
    </div>`,
};
