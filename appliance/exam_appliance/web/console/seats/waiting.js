/** Machines without a seat: the code of each with a field for its seat's number; and seats given in order. */

import { asProblem } from "../../shared/api.js";
import { SEAT_TEXT } from "../texts/seats.js";

const { inject, ref } = window.Vue;

const WORDS = SEAT_TEXT.waiting;

const WaitingMachine = {
  props: { of: { type: Object, required: true }, room: { type: String, required: true }, may: Boolean },
  emits: ["view"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const number = ref(props.of.was ? String(props.of.was.number) : "");
    const problem = ref(null);
    const replaceable = ref(false);
    const busy = ref(false);
    async function bind(replace) {
      if (!/^[0-9]{1,3}$/.test(number.value.trim())) {
        problem.value = WORDS.noNumber;
        return;
      }
      busy.value = true;
      problem.value = null;
      try {
        const body = { code: props.of.code, room: props.room, number: Number(number.value), replace };
        emit("view", await desk.api.post("/seats/bind", body));
      } catch (error) {
        problem.value = asProblem(error);
        replaceable.value = ["seat.taken", "seat.has_another"].includes(problem.value.reason);
      } finally {
        busy.value = false;
      }
    }
    return { number, problem, replaceable, busy, bind, words: WORDS, named: SEAT_TEXT.number };
  },
  template: `
    <li class="waiting-machine" :data-code="of.code">
      <form class="waiting-line" novalidate @submit.prevent="bind(false)">
        <strong class="seat-code">{{ of.code }}</strong>
        <template v-if="may"><label class="kd-unseen" :for="'seat-of-' + of.code">{{ words.number.zh }} {{ of.code }}</label>
          <el-input :id="'seat-of-' + of.code" v-model="number" class="seat-input" maxlength="3" inputmode="numeric" autocomplete="off" :placeholder="words.number.zh" />
          <el-button type="primary" native-type="submit" :loading="busy"><text-pair :of="words.bind" /></el-button></template>
      </form>
      <div class="small soft">{{ [of.board, of.macs.join(" "), of.address].filter(Boolean).join(" · ") }}</div>
      <div v-if="of.was" class="small was"><text-pair :of="words.was(named(of.was))" /></div>
      <problem-box :of="problem" />
      <el-button v-if="problem && replaceable" size="small" class="replace" :loading="busy" @click="bind(true)"><text-pair :of="words.replace" /></el-button>
    </li>`,
};

export const WaitingMachines = {
  components: { WaitingMachine },
  props: { view: { type: Object, required: true }, room: { type: String, required: true }, may: Boolean },
  emits: ["view"],
  setup: () => ({ words: WORDS, page: `${window.location.origin}/seat/` }),
  template: `
    <section class="seat-panel">
      <h2><text-pair :of="words.title" /> <span v-if="view.waiting.length" class="tab-badge">{{ view.waiting.length }}</span></h2>
      <ul v-if="view.waiting.length" class="waiting-machines">
        <waiting-machine v-for="one in view.waiting" :key="one.code" :of="one" :room="room" :may="may" @view="$emit('view', $event)" /></ul>
      <p v-else class="soft"><text-pair :of="words.none" stack /> <code class="break">{{ page }}</code></p>
    </section>`,
};

export const SeatOrder = {
  props: { view: { type: Object, required: true }, room: { type: String, required: true } },
  emits: ["view"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const from = ref("1");
    const problem = ref(null);
    async function post(path, body) {
      problem.value = null;
      try {
        emit("view", await desk.api.post(path, body));
      } catch (error) {
        problem.value = asProblem(error);
      }
    }
    const begin = () => {
      if (/^[0-9]{1,3}$/.test(from.value.trim())) post("/seats/in-order", { room: props.room, number: Number(from.value) });
      else problem.value = WORDS.noNumber;
    };
    return { from, problem, begin, end: () => post("/seats/in-order/end", {}), words: SEAT_TEXT.order, named: SEAT_TEXT.number };
  },
  template: `
    <section class="seat-panel seat-order" :class="{ active: view.in_order }">
      <h2><text-pair :of="words.title" /></h2>
      <template v-if="view.in_order">
        <p class="order-next"><text-pair :of="view.in_order.next ? words.next(named(view.in_order.next)) : words.full" /></p>
        <el-button class="end-order" @click="end"><text-pair :of="words.end" /></el-button></template>
      <form v-else class="waiting-line" novalidate @submit.prevent="begin">
        <label for="order-from"><text-pair :of="words.from" /></label>
        <el-input id="order-from" v-model="from" class="seat-input" maxlength="3" inputmode="numeric" autocomplete="off" />
        <el-button native-type="submit" class="begin-order"><text-pair :of="words.begin" /></el-button></form>
      <p class="hint"><text-pair :of="words.what" /></p>
      <problem-box :of="problem" />
    </section>`,
};
