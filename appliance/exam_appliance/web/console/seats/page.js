/** Seats and their machines: the map of a room, who waits, order of seats, power, hardware, lock-down. */

import { asProblem } from "../../shared/api.js";
import { useLoaded } from "../parts/parts.js";
import { SEAT_TEXT } from "../texts/seats.js";
import { LockDown } from "./lock-down.js";
import { SeatPanel } from "./seat.js";
import { sure } from "./sure.js";
import { SeatOrder, WaitingMachines } from "./waiting.js";

const { computed, inject, onBeforeUnmount, ref } = window.Vue;

const LOOK_MS = 2000;
const ICONS = { free: "Remove", online: "SuccessFilled", silent: "WarningFilled" };

const SeatTile = {
  props: { seat: { type: Object, required: true }, chosen: Boolean },
  emits: ["choose"],
  setup: () => ({ words: SEAT_TEXT, icons: ICONS }),
  template: `
    <button type="button" class="machine-tile" :class="[seat.state, { chosen, next: seat.next }]" :data-seat="seat.place.number" :aria-pressed="chosen" @click="$emit('choose')">
      <strong>{{ seat.place.number }}</strong>
      <span class="machine-state"><el-icon aria-hidden="true"><component :is="icons[seat.state]" /></el-icon> {{ words.states[seat.state].zh }}</span>
      <span class="machine-marks"><span v-if="seat.sitting" class="badge">{{ words.sitting.zh }}</span>
        <span v-if="seat.faults" class="badge short">{{ words.shortfalls(seat.faults).zh }}</span>
        <span v-if="seat.order" class="order-mark" :class="seat.order.outcome">{{ words.power.kinds[seat.order.what].zh }} {{ words.power.outcomes[seat.order.outcome].zh }}</span></span>
    </button>`,
};

export const SeatsDesk = {
  components: { LockDown, SeatOrder, SeatPanel, SeatTile, WaitingMachines },
  props: { may: { type: Boolean, default: false } },
  setup() {
    const desk = inject("desk");
    const loaded = useLoaded(() => desk.api.get("/seats"));
    const view = computed(() => loaded.value.value);
    const asked = ref(null);
    const chosen = ref("");
    const answer = ref(null);
    const problem = ref(null);
    const look = setInterval(() => loaded.again(), LOOK_MS);
    onBeforeUnmount(() => clearInterval(look));
    const room = computed(() => (asked.value !== null ? asked.value : view.value.rooms[0]));
    const key = (place) => `${place.room}/${place.number}`;
    const seats = computed(() => {
      const turn = view.value.in_order && view.value.in_order.next;
      return view.value.seats
        .filter((one) => one.place.room === room.value)
        .map((one) => ({ ...one, key: key(one.place), next: Boolean(turn && key(turn) === key(one.place)) }));
    });
    const seat = computed(() => (view.value && seats.value.find((one) => one.key === chosen.value)) || null);
    const short = computed(() => seats.value.filter((one) => one.faults));
    const counts = computed(() => {
      const of = (state) => seats.value.filter((one) => one.state === state).length;
      return SEAT_TEXT.counts(of("online"), of("silent"), of("free"));
    });
    const lead = computed(() => desk.roles.value.some((role) => role === "technician" || role === "lead"));
    function take(next) {
      loaded.value.value = next;
      // A look that was under way knows less.
      loaded.again();
    }
    async function powerAll(what) {
      answer.value = problem.value = null;
      if (what !== "wake" && !(await sure(SEAT_TEXT.power.sure[what]))) return;
      try {
        const bound = seats.value.filter((one) => one.state !== "free").map((one) => ({ room: one.place.room, number: one.place.number }));
        answer.value = await desk.api.post("/seats/power", { what, seats: bound.length ? bound : null });
        loaded.again();
      } catch (error) {
        problem.value = asProblem(error);
      }
    }
    return { loaded, view, room, asked, chosen, seats, seat, short, counts, lead, answer, problem, take, powerAll, words: SEAT_TEXT, named: SEAT_TEXT.number };
  },
  template: `
    <problem-box :of="loaded.problem.value" />
    <div v-if="view" class="seats-desk">
      <div class="seats-main">
        <p v-if="!view.required" class="seats-note seats-off"><el-icon aria-hidden="true"><InfoFilled /></el-icon> <text-pair :of="words.off" /></p>
        <div class="page-head seats-head">
          <template v-if="view.rooms.length > 1"><label for="seats-room"><text-pair :of="words.room" /></label>
            <el-select id="seats-room" :model-value="room" class="seats-room" @update:model-value="asked = $event"><el-option v-for="one in view.rooms" :key="one" :value="one" :label="one" /></el-select></template>
          <p class="seat-counts"><text-pair :of="counts" /></p>
          <span v-if="may" class="power-all"><el-button v-for="(of, what) in words.power.room" :key="what" size="small" :data-power="what" @click="powerAll(what)"><text-pair :of="of" /></el-button></span>
        </div>
        <problem-box :of="problem" />
        <div v-if="answer" class="seats-note power-answer" role="status"><text-pair :of="words.power.given(answer.given)" />
          <template v-if="answer.left_out.length">；{{ words.power.leftOut.zh }}：<span v-for="one in answer.left_out" :key="one.place.room + one.place.number">{{ named(one.place) }}（{{ one.zh }}） </span></template></div>
        <div class="machine-map"><seat-tile v-for="one in seats" :key="one.key" :seat="one" :chosen="one.key === chosen" @choose="chosen = chosen === one.key ? '' : one.key" /></div>
        <section v-if="short.length" class="shortfalls"><h2><text-pair :of="words.hardware.list" /></h2>
          <table class="plain-table"><tbody><tr v-for="one in short" :key="one.key" :data-short="one.place.number"><td class="nowrap">{{ named(one.place) }}</td>
            <td><div v-for="point in one.hardware.filter((each) => each.state === 'fail')" :key="point.zh"><text-pair :of="words.hardware.lacks(point)" /></div></td></tr></tbody></table></section>
      </div>
      <aside class="seats-side">
        <seat-panel v-if="seat" :seat="seat" :may="may" @close="chosen = ''" @view="take" @again="loaded.again()" />
        <waiting-machines :view="view" :room="room" :may="may" @view="take" />
        <seat-order v-if="may" :view="view" :room="room" @view="take" />
        <lock-down v-if="lead" />
      </aside>
    </div>`,
};
