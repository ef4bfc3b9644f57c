/** The board as a table, one row component a seat. */

import { SESSION_TEXT } from "../texts/session.js";
import { BOARD_TEXT } from "../texts/board.js";
import { atSeat, needsLook } from "../states.js";
import { badgesOf } from "./seat-tile.js";

const { computed, inject } = window.Vue;

const SeatRow = {
  props: { seat: { type: Object, required: true }, picked: Boolean },
  setup(props) {
    const feed = inject("feed");
    return {
      badges: computed(() => badgesOf(props.seat)),
      look: computed(() => needsLook(props.seat, feed.session.value)),
      present: computed(() => atSeat(props.seat)),
      words: BOARD_TEXT,
    };
  },
  template: `
    <tr :class="{ picked, look }" :data-ticket="seat.ticket">
      <td><input type="checkbox" :checked="picked" :aria-label="seat.seat + ' ' + seat.name" data-pick /></td>
      <td>{{ seat.room }}</td><td class="kd-number strong">{{ seat.seat }}</td>
      <td class="nowrap">{{ seat.name }}</td><td class="kd-number">{{ seat.ticket }}</td>
      <td class="nowrap"><seat-state-mark :state="seat.state" /></td>
      <td class="kd-number nowrap">{{ seat.total ? seat.answered + "/" + seat.total : "" }}</td>
      <td><remaining-time v-if="seat.state === 'sitting' || seat.state === 'paused'" :seat="seat" /></td>
      <td class="nowrap"><template v-if="present"><connection-mark :connection="seat.connection" /> <contact-age v-if="seat.connection !== 'live'" :seat="seat" /></template></td>
      <td><span v-for="badge in badges" :key="badge.name" class="badge" :class="badge.name"><el-icon aria-hidden="true"><component :is="badge.icon" /></el-icon>{{ badge.text.zh }}</span></td>
      <td class="kd-number end">{{ seat.points === null ? "" : seat.points }}</td>
      <td class="note-cell">{{ seat.reason || seat.note }}</td>
      <td class="end"><button type="button" class="link-button" data-details>{{ words.details.zh }}</button></td>
    </tr>`,
};

export const SeatList = {
  components: { SeatRow },
  props: { seats: { type: Array, required: true }, picked: { type: Set, required: true } },
  emits: ["pick", "range", "details", "all"],
  setup(props, { emit }) {
    const allPicked = computed(() => props.seats.length > 0 && props.seats.every((seat) => props.picked.has(seat.ticket)));
    function onClick(event) {
      const row = event.target.closest("[data-ticket]");
      if (!row) return;
      if (event.target.closest("[data-details]")) emit("details", row.dataset.ticket);
      else emit(event.shiftKey ? "range" : "pick", row.dataset.ticket);
    }
    return { allPicked, onClick, columns: SESSION_TEXT.columns, words: BOARD_TEXT };
  },
  template: `
    <table class="plain-table seat-list">
      <thead><tr><th class="narrow"><input type="checkbox" :checked="allPicked" :aria-label="words.all.zh" @change="$emit('all')" /></th>
        <th v-for="name in ['room', 'seat', 'name', 'ticket', 'state', 'progress', 'remaining', 'connection', 'badges', 'points', 'reason']"
          :key="name" :class="{ end: name === 'points' }"><text-pair :of="columns[name]" /></th><th></th></tr></thead>
      <tbody @click="onClick" @mousedown.shift.prevent>
        <seat-row v-for="seat in seats" :key="seat.ticket" :seat="seat" :picked="picked.has(seat.ticket)" /></tbody>
    </table>`,
};
