/** The dock of simulated devices (模拟设备坞): plug them in, lay cards, scan codes, jam paper, cut power. */

import { asProblem } from "../../shared/api.js";
import { useLoaded } from "../parts/parts.js";
import { DEVICE_TEXT } from "../texts/devices.js";
import { DeviceStateMark, KindIcon } from "./marks.js";
import { valueText } from "./values.js";

const { computed, inject, reactive, ref, watch } = window.Vue;

const WORDS = DEVICE_TEXT.dock;
const PATIENCE_MS = 60000;

/** What a parameter is before somebody fills it in. */
function first(parameter) {
  if (parameter.type === "flag") return false;
  return parameter.choices.length ? parameter.choices[0].value : "";
}

/** What is sent of a form: nothing for what was left empty, numbers as numbers. */
function filled(parameters, form) {
  const given = {};
  for (const { name, type } of parameters) {
    if (form[name] === "" || form[name] === null || form[name] === undefined) continue;
    given[name] = type === "number" ? Number(form[name]) : form[name];
  }
  return given;
}

const ActForm = {
  props: { act: { type: Object, required: true }, simulator: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    const form = reactive(Object.fromEntries(props.act.parameters.map((parameter) => [parameter.name, first(parameter)])));
    const busy = ref(false);
    const problem = ref(null);
    const told = ref("");
    async function run() {
      busy.value = true;
      problem.value = null;
      told.value = "";
      try {
        const answer = await desk.api.post(`/devices/dock/${props.simulator.id}/acts/${props.act.name}`, { parameters: filled(props.act.parameters, form) }, { timeoutMs: PATIENCE_MS });
        told.value = Object.keys(answer.told).length ? valueText(answer.told) : WORDS.done(props.act.zh).zh;
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    const fieldId = (parameter) => `act-${props.simulator.id}-${props.act.name}-${parameter.name}`;
    return { form, busy, problem, told, run, fieldId, words: WORDS };
  },
  template: `
    <form class="dock-act" :class="{ 'with-fields': act.parameters.length }" :data-act="act.name" novalidate @submit.prevent="run">
      <span v-for="parameter in act.parameters" :key="parameter.name" class="act-field">
        <label :for="fieldId(parameter)">{{ parameter.zh }}<span class="kd-en">{{ parameter.en }}</span></label>
        <select v-if="parameter.choices.length" :id="fieldId(parameter)" v-model="form[parameter.name]"><option v-for="choice in parameter.choices" :key="choice.value" :value="choice.value">{{ choice.zh }} {{ choice.en }}</option></select>
        <input v-else-if="parameter.type === 'flag'" :id="fieldId(parameter)" v-model="form[parameter.name]" type="checkbox" />
        <input v-else :id="fieldId(parameter)" v-model="form[parameter.name]" :type="parameter.type === 'number' ? 'number' : 'text'" autocomplete="off" /></span>
      <el-button size="small" native-type="submit" :loading="busy" :disabled="!simulator.plugged"><text-pair :of="act" /></el-button>
      <span v-if="told" class="soft small" role="status">{{ told }}</span>
      <problem-box :of="problem" />
    </form>`,
};

const SimulatorCard = {
  components: { ActForm, DeviceStateMark, KindIcon },
  props: { simulator: { type: Object, required: true } },
  emits: ["details", "plugged"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const devices = inject("devices");
    const busy = ref(false);
    const problem = ref(null);
    const device = computed(() => (props.simulator.device ? devices.device(props.simulator.device) : null));
    async function turn() {
      busy.value = true;
      problem.value = null;
      try {
        emit("plugged", await desk.api.post(`/devices/dock/${props.simulator.id}/${props.simulator.plugged ? "unplug" : "plug"}`, {}, { timeoutMs: PATIENCE_MS }));
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    return { busy, problem, device, turn, words: WORDS };
  },
  template: `
    <section class="simulator" :class="{ plugged: simulator.plugged }" :data-simulator="simulator.id" :aria-label="simulator.zh">
      <header><kind-icon :kind="simulator.kind" /><h3><text-pair :of="simulator" stack /></h3>
        <el-button class="turn" size="small" :type="simulator.plugged ? '' : 'primary'" :icon="simulator.plugged ? 'SwitchButton' : 'Connection'" :loading="busy" @click="turn">
          <text-pair :of="simulator.plugged ? words.unplug : words.plug" /></el-button></header>
      <p class="simulator-line"><span :class="simulator.plugged ? 'good' : 'soft'"><text-pair :of="simulator.plugged ? words.plugged : words.unplugged" /></span>
        <template v-if="device"><device-state-mark :state="device.state" /> <button type="button" class="link-button" @click="$emit('details', device.id)"><text-pair :of="words.open" /></button></template></p>
      <problem-box :of="problem" />
      <div class="dock-acts" role="group" :aria-label="words.actsOf(simulator.zh).zh"><act-form v-for="act in simulator.acts" :key="act.name" :act="act" :simulator="simulator" /></div>
    </section>`,
};

export const DeviceDock = {
  components: { SimulatorCard },
  emits: ["details"],
  setup() {
    const desk = inject("desk");
    const devices = inject("devices");
    const loaded = useLoaded(async () => (await desk.api.get("/devices/dock")).simulators);
    // Whoever else uses the dock, and devices that come up or go, change what stands here.
    watch(() => devices.list.value.map((device) => `${device.id} ${device.state === "absent"}`).join(), loaded.again);
    const take = (view) => { loaded.value.value = view.simulators; };
    return { loaded, take, words: WORDS };
  },
  template: `
    <div class="device-dock">
      <p class="dock-warning" role="note"><el-icon aria-hidden="true"><WarningFilled /></el-icon> <text-pair :of="words.warning" /></p>
      <problem-box :of="loaded.problem.value" />
      <div class="simulators"><simulator-card v-for="simulator in loaded.value.value || []" :key="simulator.id" :simulator="simulator" @plugged="take" @details="$emit('details', $event)" /></div>
    </div>`,
};
