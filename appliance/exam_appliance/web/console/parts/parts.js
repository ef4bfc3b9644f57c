/** Small parts that every page of the console uses, registered by name. */

import { duration } from "../../shared/format.js";
import { CONNECTION, SEAT_STATE } from "../states.js";
import { TEXT } from "../texts/common.js";

const { computed, h, inject, ref, watch } = window.Vue;

/** A text in Chinese with English small beside it (or below, with `stack`). */
const TextPair = (props) =>
  h("span", { class: props.stack ? "kd-stack" : "", lang: "zh-CN" }, [
    props.of.zh,
    props.of.en ? h("span", { class: "kd-en", lang: "en" }, props.stack ? props.of.en : ` ${props.of.en}`) : null,
  ]);
TextPair.props = { of: { type: Object, required: true }, stack: Boolean };

/** A problem as a readable box; nothing when there is none. */
const ProblemBox = {
  props: { of: { type: Object, default: null } },
  template: `
    <div v-if="of" class="problem-box" role="alert">
      <el-icon><CircleCloseFilled /></el-icon>
      <div>
        <div class="problem-zh">{{ of.zh }}</div>
        <div class="problem-en" lang="en">{{ of.en }}</div>
        <ul v-if="of.fields && of.fields.length">
          <li v-for="field in of.fields" :key="field.field">
            <code>{{ field.field }}</code> {{ field.zh }} <span class="kd-en">{{ field.en }}</span>
          </li>
        </ul>
      </div>
    </div>`,
};

/** State of a seat: icon and word. */
const SeatStateMark = {
  props: { state: { type: String, required: true }, english: Boolean },
  setup: (props) => ({ look: computed(() => SEAT_STATE[props.state]) }),
  template: `
    <span class="seat-state" :class="'is-' + state.replace('_', '-')">
      <el-icon aria-hidden="true"><component :is="look.icon" /></el-icon>
      <span>{{ look.zh }}</span><span v-if="english" class="kd-en">{{ look.en }}</span>
    </span>`,
};

/** Connection of a seat: bars and word. */
const ConnectionMark = {
  props: { connection: { type: String, required: true }, bare: Boolean },
  setup: (props) => ({ look: computed(() => CONNECTION[props.connection]) }),
  template: `
    <span class="connection" :class="'is-' + connection" :title="look.zh + ' ' + look.en">
      <svg viewBox="0 0 16 14" width="16" height="14" aria-hidden="true" focusable="false">
        <rect x="0" y="9" width="4" height="5" :class="{ off: look.bars < 1 }" />
        <rect x="6" y="5" width="4" height="9" :class="{ off: look.bars < 2 }" />
        <rect x="12" y="0" width="4" height="14" :class="{ off: look.bars < 3 }" />
        <path v-if="look.bars === 0" d="M2 1l8 8M10 1l-8 8" class="cross" />
      </svg>
      <span v-if="!bare">{{ look.zh }}</span>
    </span>`,
};

/** Time left of an attempt, counting down between events by the page's own steady clock. */
const RemainingTime = {
  props: { seat: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    const left = computed(() => {
      if (props.seat.remaining_ms === null) return null;
      const gone = props.seat.state === "sitting" ? Math.max(0, desk.time.tick - props.seat.heard) : 0;
      return Math.max(0, props.seat.remaining_ms - gone);
    });
    return {
      text: computed(() => (left.value === null ? "" : duration(left.value))),
      short: computed(() => left.value !== null && left.value < 300000 && props.seat.state === "sitting"),
    };
  },
  template: `<span class="kd-number remaining" :class="{ short }">{{ text }}</span>`,
};

/** How long ago a seat was last heard; silent while it is live. */
const ContactAge = {
  props: { seat: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    return {
      text: computed(() => {
        const { connection, contact_age_ms: age, heard } = props.seat;
        if (age === null || connection === "none") return "";
        if (connection === "live") return CONNECTION.live.zh;
        const seconds = Math.floor((age + Math.max(0, desk.time.tick - heard)) / 1000);
        if (seconds < 100) return TEXT.ago.seconds(seconds).zh;
        return seconds < 6000 ? TEXT.ago.minutes(Math.floor(seconds / 60)).zh : TEXT.ago.hours(Math.floor(seconds / 3600)).zh;
      }),
    };
  },
  template: `<span class="kd-number">{{ text }}</span>`,
};

/** A reason: quick ones to click, free text for all else. */
const ReasonField = {
  props: {
    modelValue: { type: String, required: true },
    quick: { type: Array, default: () => [] },
    label: { type: Object, default: () => TEXT.reason },
    required: Boolean,
    limit: { type: Number, default: 500 },
    inputId: { type: String, default: "reason" },
  },
  emits: ["update:modelValue"],
  template: `
    <div class="field">
      <label class="field-label" :for="inputId">
        <text-pair :of="label" /><span v-if="required" class="must" aria-hidden="true">*</span>
      </label>
      <div v-if="quick.length" class="quick-reasons">
        <button v-for="choice in quick" :key="choice" type="button" class="quick-reason"
          :class="{ chosen: modelValue === choice }" :aria-pressed="modelValue === choice"
          @click="$emit('update:modelValue', choice)">{{ choice }}</button>
      </div>
      <el-input :id="inputId" type="textarea" :rows="2" :maxlength="limit" :model-value="modelValue"
        @update:model-value="$emit('update:modelValue', $event)" />
    </div>`,
};

/** User name and password of the second person of a two-person action. */
const SecondPerson = {
  props: { modelValue: { type: Object, required: true } },
  emits: ["update:modelValue"],
  setup: (props, { emit }) => ({
    text: TEXT.second,
    set: (part) => emit("update:modelValue", { ...props.modelValue, ...part }),
  }),
  template: `
    <fieldset class="second-person">
      <legend><el-icon aria-hidden="true"><UserFilled /></el-icon> <text-pair :of="text.title" /></legend>
      <p class="hint"><text-pair :of="text.hint" /></p>
      <div class="second-fields">
        <label class="field-label" for="second-username"><text-pair :of="text.username" /></label>
        <el-input id="second-username" :model-value="modelValue.username" autocomplete="off" maxlength="64"
          @update:model-value="set({ username: $event })" />
        <label class="field-label" for="second-password"><text-pair :of="text.password" /></label>
        <el-input id="second-password" type="password" :model-value="modelValue.password" maxlength="200"
          autocomplete="new-password" @update:model-value="set({ password: $event })" />
      </div>
    </fieldset>`,
};

/** Runs `fetch` at once and whenever `when` changes; gives {value, problem, loading, again}. */
export function useLoaded(fetch, when = null) {
  const value = ref(null);
  const problem = ref(null);
  const loading = ref(false);
  let turn = 0;
  async function again() {
    const mine = (turn += 1);
    loading.value = true;
    try {
      const fresh = await fetch();
      if (mine === turn) {
        value.value = fresh;
        problem.value = null;
      }
    } catch (error) {
      if (mine === turn) problem.value = error;
    } finally {
      if (mine === turn) loading.value = false;
    }
  }
  if (when) watch(when, again);
  again();
  return { value, problem, loading, again };
}

/** Registers all parts and the icons on the application. */
export function registerParts(app) {
  app.component("TextPair", TextPair);
  app.component("ProblemBox", ProblemBox);
  app.component("SeatStateMark", SeatStateMark);
  app.component("ConnectionMark", ConnectionMark);
  app.component("RemainingTime", RemainingTime);
  app.component("ContactAge", ContactAge);
  app.component("ReasonField", ReasonField);
  app.component("SecondPerson", SecondPerson);
  for (const [name, icon] of Object.entries(window.ElementPlusIconsVue)) {
    if (name !== "default" && name !== "global") app.component(name, icon);
  }
}
