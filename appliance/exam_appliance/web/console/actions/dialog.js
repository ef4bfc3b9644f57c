/** The one dialog of all actions: who is affected, what will happen, the reason, the second person, the report. */

import { asProblem } from "../../shared/api.js";
import { TEXT } from "../texts/common.js";
import { ACTION_TEXT } from "../texts/actions.js";
import { QUICK_REASONS } from "../texts/session.js";
import { ACTIONS, split } from "./kinds.js";
import { ActionReport } from "./report.js";

const { computed, inject, reactive, ref, watch } = window.Vue;

const SHOWN_NAMES = 36;
const QUICK_MINUTES = [5, 10, 15, 30];

const empty = () => ({ reason: "", minutes: null, text: "", seat: null, second: { username: "", password: "" } });

const AffectedPeople = {
  props: { seats: { type: Array, required: true }, unfit: { type: Number, required: true } },
  setup: (props) => ({ shown: computed(() => props.seats.slice(0, SHOWN_NAMES)), words: ACTION_TEXT }),
  template: `
    <section class="affected">
      <h3><text-pair :of="words.affected(seats.length)" /></h3>
      <ul><li v-for="seat in shown" :key="seat.ticket"><b class="kd-number">{{ seat.seat }}</b> {{ seat.name }}</li>
        <li v-if="seats.length > shown.length" class="more">{{ words.andMore(seats.length).zh }}</li></ul>
      <p v-if="unfit" class="soft"><el-icon aria-hidden="true"><InfoFilled /></el-icon> <text-pair :of="words.notAffected(unfit)" /></p>
    </section>`,
};

const MinutesField = {
  props: { modelValue: { type: Number, default: null } },
  emits: ["update:modelValue"],
  setup: () => ({ words: ACTION_TEXT, quick: QUICK_MINUTES }),
  template: `
    <div class="field">
      <label class="field-label" for="action-minutes"><text-pair :of="words.minutes" /><span class="must" aria-hidden="true">*</span></label>
      <div class="inline-field">
        <el-input-number id="action-minutes" :model-value="modelValue" :min="1" :max="240" :step="5"
          :precision="0" @update:model-value="$emit('update:modelValue', $event)" />
        <div class="quick-reasons"><button v-for="choice in quick" :key="choice" type="button" class="quick-reason"
          :class="{ chosen: modelValue === choice }" @click="$emit('update:modelValue', choice)">{{ choice }}</button></div>
      </div>
    </div>`,
};

/**
 * Opened by setting `request` to {action, seats}; emits done when closed.
 * Whom the action applies to is worked out anew while the dialog is open, as seats change.
 */
export const ActionDialog = {
  components: { AffectedPeople, ActionReport, MinutesField },
  props: { request: { type: Object, default: null } },
  emits: ["done", "applied"],
  setup(props, { emit }) {
    const feed = inject("feed");
    const desk = inject("desk");
    const form = reactive(empty());
    const problem = ref(null);
    const report = ref(null);
    const busy = ref(false);
    watch(
      () => props.request,
      () => {
        Object.assign(form, empty());
        problem.value = null;
        report.value = null;
      },
    );
    const action = computed(() => (props.request ? props.request.action : ""));
    const asks = computed(() => (action.value ? ACTIONS[action.value].asks : []));
    const name = computed(() => ACTION_TEXT.names[action.value]);
    const parted = computed(() =>
      props.request ? split(action.value, props.request.seats, feed.session.value) : { fit: [], unfit: [] },
    );
    const fit = computed(() => parted.value.fit);
    const consequence = computed(() =>
      ACTION_TEXT.consequence[action.value](fit.value.length, form.minutes, fit.value.length === 1 ? fit.value[0].name : ""),
    );
    const seatNote = computed(() => {
      const [mover] = fit.value;
      if (!form.seat || !mover) return null;
      const taken = feed.seats.value.find(
        (seat) => seat.seat === form.seat && seat.room === mover.room && seat.ticket !== mover.ticket,
      );
      return taken ? ACTION_TEXT.takenSeat(taken.name) : ACTION_TEXT.freeSeat;
    });
    function missing() {
      if (!fit.value.length) return ACTION_TEXT.nobody;
      for (const part of asks.value) {
        if (part === "second") {
          if (!form.second.username.trim() || !form.second.password) return TEXT.second.missing;
          if (form.second.username.trim() === desk.me.value.staff.username) return TEXT.second.self;
        } else if (!form[part] || (typeof form[part] === "string" && !form[part].trim())) {
          return ACTION_TEXT.missing[part];
        }
      }
      return null;
    }
    function body() {
      const made = { action: action.value, tickets: fit.value.map((seat) => seat.ticket) };
      for (const part of asks.value) {
        if (part === "second") made.second = { username: form.second.username.trim(), password: form.second.password };
        else made[part] = typeof form[part] === "string" ? form[part].trim() : form[part];
      }
      return made;
    }
    async function go() {
      problem.value = missing();
      if (problem.value) return;
      busy.value = true;
      try {
        const answer = await feed.post("actions", body());
        emit("applied", answer.done);
        if (answer.refused.length) report.value = answer;
        else {
          desk.said(ACTION_TEXT.done(name.value, answer.done.length));
          emit("done");
        }
      } catch (error) {
        problem.value = asProblem(error);
        form.second.password = "";
      } finally {
        busy.value = false;
      }
    }
    return {
      feed, form, problem, report, busy, go, action, asks, name, fit, consequence, seatNote,
      unfit: computed(() => parted.value.unfit.length),
      kind: computed(() => ACTIONS[action.value]),
      quick: computed(() => QUICK_REASONS[action.value] || []),
      text: TEXT,
      words: ACTION_TEXT,
    };
  },
  template: `
    <el-dialog :model-value="request !== null" width="600px" align-center class="action-dialog" :close-on-click-modal="false"
      @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 :id="titleId" v-if="request" :class="{ danger: kind.danger }">
        <el-icon aria-hidden="true"><component :is="kind.icon" /></el-icon> <text-pair :of="name" /></h2></template>
      <action-report v-if="report" :report="report" />
      <template v-else-if="request">
        <p class="consequence" :class="{ danger: kind.danger }"><text-pair :of="consequence" stack /></p>
        <affected-people :seats="fit" :unfit="unfit" />
        <minutes-field v-if="asks.includes('minutes')" v-model="form.minutes" />
        <div v-if="asks.includes('seat')" class="field">
          <label class="field-label" for="action-seat"><text-pair :of="words.newSeat" /><span class="must" aria-hidden="true">*</span></label>
          <div class="inline-field"><el-input-number id="action-seat" v-model="form.seat" :min="1" :max="999" :precision="0" />
            <span v-if="seatNote" class="soft">{{ seatNote.zh }}</span></div>
        </div>
        <reason-field v-if="asks.includes('text')" v-model="form.text" :quick="words.messages" :label="words.messageText"
          required input-id="action-text" />
        <reason-field v-if="asks.includes('reason')" v-model="form.reason" :quick="quick" required input-id="action-reason" />
        <second-person v-if="asks.includes('second')" v-model="form.second" />
        <problem-box :of="problem" />
      </template>
      <template #footer>
        <el-button v-if="report" type="primary" @click="$emit('done')"><text-pair :of="text.close" /></el-button>
        <template v-else-if="request">
          <el-button @click="$emit('done')"><text-pair :of="text.cancel" /></el-button>
          <el-button :type="kind.danger ? 'danger' : 'primary'" class="confirm-action" :loading="busy" :disabled="!fit.length" @click="go">
            <text-pair :of="words.confirm(name, fit.length)" />
          </el-button>
        </template>
      </template>
    </el-dialog>`,
};
