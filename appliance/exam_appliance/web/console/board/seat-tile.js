/** One seat of the board. Clicks are heard by the grid, so that a tile is drawn only when it changes. */

import { CONNECTION, SEAT_PICTURE, SEAT_STATE, atSeat, needsLook, pictureNeedsLook } from "../states.js";
import { minutes } from "../../shared/format.js";
import { BOARD_TEXT } from "../texts/board.js";

const { computed, inject } = window.Vue;

/** Returns the badges of a seat: [{name, icon, text}]. */
export function badgesOf(seat) {
  const { badges } = BOARD_TEXT;
  const found = [];
  if (seat.locked) found.push({ name: "locked", icon: "Lock", text: badges.locked });
  if (pictureNeedsLook(seat)) found.push({ name: "picture", icon: "CameraFilled", text: SEAT_PICTURE[seat.seat_picture] });
  else if (seat.seat_picture === "due") found.push({ name: "picture-due", icon: "Camera", text: SEAT_PICTURE.due });
  if (seat.credit_ms > 0) found.push({ name: "credit", icon: "Timer", text: badges.credit(minutes(seat.credit_ms)) });
  if (seat.extra_minutes > 0) found.push({ name: "extra", icon: "Clock", text: badges.extra(seat.extra_minutes) });
  if (seat.resit > 0) found.push({ name: "resit", icon: "RefreshLeft", text: badges.resit(seat.resit) });
  if (seat.seat !== seat.arranged_seat) {
    found.push({ name: "moved", icon: "Switch", text: badges.moved(seat.arranged_seat) });
  }
  return found;
}

export const SeatTile = {
  props: { seat: { type: Object, required: true }, picked: Boolean, reachable: Boolean },
  setup(props) {
    const feed = inject("feed");
    return {
      badges: computed(() => badgesOf(props.seat)),
      look: computed(() => needsLook(props.seat, feed.session.value)),
      percent: computed(() => (props.seat.total ? (100 * props.seat.answered) / props.seat.total : 0)),
      working: computed(() => ["sitting", "paused"].includes(props.seat.state)),
      // Two badges need the room of the word "live"; an age is never left out.
      crowded: computed(() => props.seat.connection === "live" && badgesOf(props.seat).length > 1),
      present: computed(() => atSeat(props.seat)),
      label: computed(() => BOARD_TEXT.tile(props.seat, SEAT_STATE[props.seat.state], CONNECTION[props.seat.connection])),
      words: BOARD_TEXT,
    };
  },
  template: `
    <div class="seat-tile" :class="['is-' + seat.state.replace('_', '-'), { picked, look, locked: seat.locked }]" role="option"
      :aria-selected="picked" :aria-label="label" :tabindex="reachable ? 0 : -1" :data-ticket="seat.ticket">
      <div class="tile-top">
        <span class="tile-seat kd-number">{{ seat.seat }}</span>
        <span class="tile-name">{{ seat.name }}</span>
        <el-icon v-if="picked" class="tile-pick" aria-hidden="true"><Select /></el-icon>
        <button type="button" class="tile-details" tabindex="-1" data-details aria-hidden="true" :title="words.details.zh">
          <el-icon><MoreFilled /></el-icon></button>
      </div>
      <div class="tile-state">
        <seat-state-mark :state="seat.state" />
        <remaining-time v-if="working" :seat="seat" />
        <b v-else-if="seat.points !== null" class="kd-number tile-points">{{ seat.points }}</b>
      </div>
      <div class="tile-progress">
        <template v-if="seat.total"><div class="bar"><i :style="{ width: percent + '%' }"></i></div>
          <span class="kd-number">{{ seat.answered }}/{{ seat.total }}</span></template>
        <span v-else-if="seat.reason" class="tile-reason">{{ seat.reason }}</span>
      </div>
      <div class="tile-foot">
        <span v-if="present || seat.connection === 'live'" class="tile-contact" :class="'is-' + seat.connection">
          <connection-mark :connection="seat.connection" bare /> <contact-age v-if="!crowded" :seat="seat" /></span>
        <span class="tile-badges" :class="{ many: badges.length > 1 }"><span v-for="badge in badges" :key="badge.name" class="badge" :class="badge.name"
          :title="badge.text.zh + ' ' + badge.text.en"><el-icon aria-hidden="true"><component :is="badge.icon" /></el-icon>{{ badge.text.zh }}</span></span>
      </div>
    </div>`,
};
