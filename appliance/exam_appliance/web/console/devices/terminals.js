/** Identity terminals (一体机): who is enrolled, how each stands; enrol, change, revoke, a new key. */

import { asProblem } from "../../shared/api.js";
import { useLoaded } from "../parts/parts.js";
import { TEXT } from "../texts/common.js";
import { TERMINAL_TEXT } from "../texts/terminals.js";

const { computed, inject, onBeforeUnmount, reactive, ref, watch } = window.Vue;

const WORDS = TERMINAL_TEXT;
const LOOK_MS = 3000;
const TONES = { online: "tone-good", faulty: "tone-warn", silent: "tone-bad", never_heard: "tone-note", revoked: "tone-faint" };
const ICONS = { online: "SuccessFilled", faulty: "WarningFilled", silent: "CircleCloseFilled", never_heard: "RemoveFilled", revoked: "CloseBold" };

/** `task` is {kind: enrol|change, terminal} or null. */
const TerminalDialog = {
  props: { task: { type: Object, default: null }, mappings: { type: Array, default: () => [] } },
  emits: ["done", "saved"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const form = reactive({ name: "", place: "", mapping: "", active: true });
    const problem = ref(null);
    const busy = ref(false);
    watch(
      () => props.task,
      (task) => {
        problem.value = null;
        const terminal = (task && task.terminal) || { name: "", place: "", mapping: "", state: "online" };
        Object.assign(form, { name: terminal.name, place: terminal.place, mapping: terminal.mapping, active: terminal.state !== "revoked" });
      },
    );
    const enrols = computed(() => Boolean(props.task && props.task.kind === "enrol"));
    async function save() {
      if (!form.name.trim()) {
        problem.value = WORDS.noName;
        return;
      }
      busy.value = true;
      const whole = { name: form.name.trim(), place: form.place.trim(), mapping: form.mapping };
      try {
        if (enrols.value) emit("saved", await desk.api.post("/terminals", whole));
        else {
          await desk.api.put(`/terminals/${props.task.terminal.id}`, { ...whole, active: form.active });
          emit("saved", null);
        }
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    return { form, problem, busy, enrols, save, words: WORDS, text: TEXT };
  },
  template: `
    <el-dialog :model-value="task !== null" width="520px" align-center class="terminal-dialog" :close-on-click-modal="false" @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 :id="titleId"><text-pair :of="enrols ? words.enrol : words.change" /></h2></template>
      <form v-if="task" id="terminal-form" novalidate @submit.prevent="save">
        <div class="field"><label class="field-label" for="terminal-name"><text-pair :of="words.name" /></label>
          <el-input id="terminal-name" v-model="form.name" maxlength="40" autocomplete="off" /></div>
        <div class="field"><label class="field-label" for="terminal-place"><text-pair :of="words.place" /></label>
          <el-input id="terminal-place" v-model="form.place" maxlength="60" autocomplete="off" /></div>
        <fieldset class="field plain-set"><legend class="field-label"><text-pair :of="words.format" /></legend>
          <el-radio-group v-model="form.mapping" class="terminal-formats"><el-radio value=""><text-pair :of="words.own" /></el-radio>
            <el-radio v-for="one in mappings" :key="one.name" :value="one.name"><text-pair :of="one" /></el-radio></el-radio-group></fieldset>
        <div v-if="!enrols" class="field"><el-checkbox v-model="form.active"><text-pair :of="words.active" /></el-checkbox></div>
        <problem-box :of="problem" />
      </form>
      <template #footer><el-button @click="$emit('done')"><text-pair :of="text.cancel" /></el-button>
        <el-button type="primary" native-type="submit" form="terminal-form" :loading="busy"><text-pair :of="enrols ? words.enrol : words.save" /></el-button></template>
    </el-dialog>`,
};

/** The key, shown this once. `told` is {terminal, key, address} or null. */
const KeyDialog = {
  props: { told: { type: Object, default: null } },
  emits: ["done"],
  setup() {
    return { words: WORDS };
  },
  template: `
    <el-dialog :model-value="told !== null" width="600px" align-center class="terminal-key" :close-on-click-modal="false" @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 :id="titleId"><text-pair :of="words.key" /></h2></template>
      <template v-if="told"><p class="consequence"><text-pair :of="words.keyOnce" stack /></p>
        <dl class="drawer-facts"><div><dt>{{ words.id.zh }}</dt><dd><code>{{ told.terminal.id }}</code></dd></div>
          <div><dt>{{ words.key.zh }}</dt><dd class="break"><code>{{ told.key }}</code></dd></div>
          <div><dt>{{ words.address.zh }}</dt><dd class="break"><code>{{ told.address }}</code></dd></div></dl></template>
      <template #footer><el-button type="primary" @click="$emit('done')"><text-pair :of="words.noted" /></el-button></template>
    </el-dialog>`,
};

export const TerminalList = {
  components: { KeyDialog, TerminalDialog },
  props: { may: { type: Boolean, default: false } },
  setup() {
    const desk = inject("desk");
    const task = ref(null);
    const told = ref(null);
    const loaded = useLoaded(() => desk.api.get("/terminals"));
    const look = setInterval(() => loaded.again(), LOOK_MS);
    onBeforeUnmount(() => clearInterval(look));
    const view = computed(() => loaded.value.value || { terminals: [], mappings: [], faults: [], interface: "" });
    function saved(answer) {
      task.value = null;
      told.value = answer;
      loaded.again();
      if (!answer) desk.said(WORDS.saved);
    }
    async function renew(terminal) {
      try {
        told.value = await desk.api.post(`/terminals/${terminal.id}/key`, {});
        loaded.again();
      } catch (error) {
        desk.failed(error);
      }
    }
    return { desk, task, told, loaded, view, saved, renew, words: WORDS, tones: TONES, icons: ICONS };
  },
  template: `
    <div class="terminal-list">
      <div class="page-head"><p class="soft"><text-pair :of="words.what" /> <a :href="view.interface" target="_blank" rel="noopener"><text-pair :of="words.interface" /></a></p>
        <el-button v-if="may" type="primary" icon="Plus" class="enrol" @click="task = { kind: 'enrol', terminal: null }"><text-pair :of="words.enrol" /></el-button></div>
      <problem-box :of="loaded.problem.value" />
      <div v-for="fault in view.faults" :key="fault.place + fault.key" class="note-box bad" role="alert"><code>{{ fault.place }} {{ fault.key }}</code> <text-pair :of="fault" /></div>
      <table v-if="view.terminals.length" class="plain-table roomy">
        <thead><tr><th><text-pair :of="words.state" /></th><th><text-pair :of="words.name" /></th><th><text-pair :of="words.place" /></th><th><text-pair :of="words.format" /></th>
          <th><text-pair :of="words.heard" /></th><th><text-pair :of="words.results" /></th><th v-if="may"></th></tr></thead>
        <tbody><tr v-for="one in view.terminals" :key="one.id" :data-terminal="one.id" :class="{ faded: one.state === 'revoked' }">
          <td><span class="device-state" :class="tones[one.state]"><el-icon aria-hidden="true"><component :is="icons[one.state]" /></el-icon> <text-pair :of="words.states[one.state]" /></span>
            <div v-for="fault in one.faults" :key="fault" class="small">{{ fault }}</div></td>
          <td>{{ one.name }}<div class="small soft"><code>{{ one.id }}</code> {{ one.software }}</div></td>
          <td>{{ one.place }}</td>
          <td>{{ one.mapping || words.own.zh }}</td>
          <td class="kd-number">{{ one.heard_at ? desk.dateTime(one.heard_at) : words.never.zh }}<div class="small soft">{{ one.address }}</div></td>
          <td class="kd-number">{{ one.results }}</td>
          <td v-if="may" class="end nowrap"><el-button size="small" class="change" @click="task = { kind: 'change', terminal: one }"><text-pair :of="words.change" /></el-button>
            <el-button size="small" class="renew" @click="renew(one)"><text-pair :of="words.newKey" /></el-button></td>
        </tr></tbody>
      </table>
      <el-empty v-else-if="loaded.value.value" :description="words.none.zh + ' ' + words.none.en" />
      <terminal-dialog :task="task" :mappings="view.mappings" @done="task = null" @saved="saved" />
      <key-dialog :told="told" @done="told = null" />
    </div>`,
};
