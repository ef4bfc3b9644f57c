/** One seat: its machine, its hardware against the standard, power, another number, unbinding. */

import { asProblem } from "../../shared/api.js";
import { SEAT_TEXT } from "../texts/seats.js";
import { sure } from "./sure.js";

const { computed, inject, ref, watch } = window.Vue;

const WORDS = SEAT_TEXT.seat;
const ORDER = { fail: 0, unknown: 1, pass: 2 };
const ICONS = { pass: "SuccessFilled", fail: "CircleCloseFilled", unknown: "QuestionFilled" };
const TONES = { pass: "tone-good", fail: "tone-bad", unknown: "tone-faint" };

export const SeatPanel = {
  props: { seat: { type: Object, required: true }, may: Boolean },
  emits: ["close", "view", "again"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const problem = ref(null);
    const replaceable = ref(false);
    const to = ref("");
    const name = computed(() => SEAT_TEXT.number(props.seat.place));
    const points = computed(() => [...props.seat.hardware].sort((a, b) => ORDER[a.state] - ORDER[b.state]));
    const place = () => ({ room: props.seat.place.room, number: props.seat.place.number });
    watch(name, () => {
      problem.value = null;
      to.value = "";
    });
    async function attempt(work) {
      problem.value = null;
      try {
        await work();
      } catch (error) {
        problem.value = asProblem(error);
        replaceable.value = problem.value.reason === "seat.taken";
      }
    }
    const order = (what) =>
      attempt(async () => {
        await desk.api.post("/seats/power", { what, seats: [place()] });
        emit("again");
      });
    const move = (replace) =>
      attempt(async () => {
        if (!/^[0-9]{1,3}$/.test(to.value.trim())) {
          problem.value = SEAT_TEXT.waiting.noNumber;
          return;
        }
        const target = { room: props.seat.place.room, number: Number(to.value) };
        emit("view", await desk.api.post("/seats/move", { ...place(), to: target, replace }));
        emit("close");
      });
    const unbind = () =>
      attempt(async () => {
        if (await sure(WORDS.unbindSure(name.value))) emit("view", await desk.api.post("/seats/unbind", place()));
      });
    return { desk, problem, replaceable, to, name, points, order, move, unbind, words: WORDS, text: SEAT_TEXT, icons: ICONS, tones: TONES };
  },
  template: `
    <section class="seat-panel seat-detail" :data-seat="seat.place.number">
      <header class="page-head"><h2>{{ name }}</h2>
        <el-button v-if="may && seat.state !== 'free'" size="small" type="danger" plain class="unbind" @click="unbind"><text-pair :of="words.unbind" /></el-button>
        <el-button size="small" icon="Close" class="close-seat" :aria-label="words.close.zh" @click="$emit('close')" /></header>
      <p v-if="seat.state === 'free'" class="soft"><text-pair :of="words.none" /></p>
      <template v-else>
        <dl class="drawer-facts">
          <div><dt>{{ words.machine.zh }}</dt><dd><code>{{ seat.machine }}</code> {{ text.states[seat.state].zh }}</dd></div>
          <div v-if="seat.board"><dt>{{ words.board.zh }}</dt><dd>{{ seat.board }}</dd></div>
          <div v-if="seat.macs.length"><dt>{{ words.macs.zh }}</dt><dd><code v-for="mac in seat.macs" :key="mac">{{ mac }} </code></dd></div>
          <div><dt>{{ words.address.zh }}</dt><dd class="kd-number">{{ seat.address }}</dd></div>
          <div><dt>{{ words.kept.zh }}</dt><dd><text-pair :of="words.keptAt[seat.kept]" /></dd></div>
          <div><dt>{{ words.agent.zh }}</dt><dd><text-pair :of="seat.agent ? words.agentOn : words.agentOff" /></dd></div>
          <div><dt>{{ words.bound.zh }}</dt><dd class="kd-number">{{ desk.dateTime(seat.bound_at) }} {{ seat.bound_by }}</dd></div>
          <div v-if="seat.admitted_until"><dt>{{ words.until.zh }}</dt><dd class="kd-number">{{ desk.dateTime(seat.admitted_until) }}</dd></div>
          <div v-if="seat.order"><dt>{{ words.order.zh }}</dt><dd class="seat-order-standing">{{ text.power.kinds[seat.order.what].zh }}：<text-pair :of="text.power.outcomes[seat.order.outcome]" /> {{ seat.order.detail }}</dd></div>
        </dl>
        <div v-if="may" class="seat-actions">
          <el-button v-for="(of, what) in text.power.kinds" :key="what" size="small" :data-order="what" @click="order(what)"><text-pair :of="of" /></el-button></div>
        <h3><text-pair :of="text.hardware.title" /></h3>
        <table v-if="seat.reported" class="plain-table hardware-table"><tbody>
          <tr v-for="point in points" :key="point.zh" :class="point.state"><td>{{ point.zh }}</td><td>{{ point.measured_zh }}</td>
            <td class="nowrap"><span class="device-state" :class="tones[point.state]"><el-icon aria-hidden="true"><component :is="icons[point.state]" /></el-icon> {{ text.hardware.states[point.state].zh }}</span></td></tr></tbody></table>
        <p v-else class="soft"><text-pair :of="text.hardware.none" /></p>
        <form v-if="may" class="waiting-line seat-move" novalidate @submit.prevent="move(false)">
          <label for="move-to"><text-pair :of="words.moveTo" /></label>
          <el-input id="move-to" v-model="to" class="seat-input" maxlength="3" inputmode="numeric" autocomplete="off" />
          <el-button size="small" native-type="submit"><text-pair :of="words.move" /></el-button></form>
      </template>
      <problem-box :of="problem" />
      <el-button v-if="problem && replaceable" size="small" class="replace" @click="move(true)"><text-pair :of="text.waiting.replace" /></el-button>
    </section>`,
};
