/** The rehearsal (压力演练): so many played candidates for so long, and what was measured. */

import { asProblem } from "../../shared/api.js";
import { grouped } from "../../shared/format.js";
import { useLoaded } from "../parts/parts.js";
import { TECH_TEXT } from "../texts/technician.js";

const { computed, inject, onUnmounted, reactive, ref } = window.Vue;

const WORDS = TECH_TEXT.rehearsal;
const REFRESH_MS = 1000;

const ReportPanel = {
  props: { report: { type: Object, required: true } },
  setup(props) {
    const good = computed(() => props.report.lost === 0 && props.report.errors === 0);
    const numbers = computed(() => [
      { name: "lost", of: WORDS.lost, is: grouped(props.report.lost), bad: props.report.lost > 0 },
      { name: "errors", of: WORDS.errors, is: grouped(props.report.errors), bad: props.report.errors > 0 },
      { name: "p50", of: WORDS.p50, is: WORDS.ms(props.report.save_ms.p50) },
      { name: "p99", of: WORDS.p99, is: WORDS.ms(props.report.save_ms.p99) },
      { name: "bell", of: WORDS.bell, is: WORDS.seconds(props.report.start_bell_s) },
      { name: "saves", of: WORDS.saves, is: grouped(props.report.saves) },
      { name: "candidates", of: WORDS.played, is: grouped(props.report.candidates) },
    ]);
    return { good, numbers, words: WORDS };
  },
  template: `
    <section class="panel rehearsal-report">
      <h2><text-pair :of="words.report" /></h2>
      <el-alert :type="good ? 'success' : 'error'" :closable="false" show-icon><template #title><text-pair :of="good ? words.good : words.bad" /></template></el-alert>
      <dl class="score-numbers"><div v-for="number in numbers" :key="number.name" :class="{ bad: number.bad }" :data-number="number.name">
        <dt><text-pair :of="number.of" stack /></dt><dd class="kd-number">{{ number.is }}</dd></div></dl>
    </section>`,
};

export const RehearsalPage = {
  components: { ReportPanel },
  setup() {
    const desk = inject("desk");
    const form = reactive({ candidates: 30, minutes: 2 });
    const problem = ref(null);
    const busy = ref(false);
    const loaded = useLoaded(() => desk.api.get("/rehearsal"));
    const view = computed(() => loaded.value.value);
    const running = computed(() => view.value && view.value.state === "running");
    const timer = setInterval(() => running.value && loaded.again(), REFRESH_MS);
    onUnmounted(() => clearInterval(timer));
    async function send(path, body) {
      busy.value = true;
      problem.value = null;
      try {
        const answer = await desk.api.post(path, body);
        if (answer) loaded.value.value = answer;
        else await loaded.again();
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    return {
      form, problem, busy, loaded, view, running, words: WORDS,
      start: () => send("/rehearsal", { candidates: form.candidates, minutes: form.minutes }),
      stop: () => send("/rehearsal/stop", {}),
    };
  },
  template: `
    <main class="page">
      <div class="page-head"><h1><text-pair :of="words.title" /></h1></div>
      <form class="panel rehearsal-form" novalidate @submit.prevent="start">
        <p><text-pair :of="words.what" stack /></p>
        <p class="caution"><el-icon aria-hidden="true"><WarningFilled /></el-icon> <text-pair :of="words.warning" /></p>
        <div class="button-row">
          <label class="field-label" for="rehearsal-candidates"><text-pair :of="words.candidates" /></label>
          <el-input-number id="rehearsal-candidates" v-model="form.candidates" :min="1" :max="2000" :step="10" :precision="0" :value-on-clear="30" :disabled="running" />
          <label class="field-label" for="rehearsal-minutes"><text-pair :of="words.minutes" /></label>
          <el-input-number id="rehearsal-minutes" v-model="form.minutes" :min="1" :max="120" :precision="0" :value-on-clear="2" :disabled="running" />
          <el-button v-if="!running" type="primary" icon="VideoPlay" native-type="submit" :loading="busy"><text-pair :of="words.start" /></el-button>
          <el-button v-else type="danger" icon="SwitchButton" :loading="busy" @click="stop"><text-pair :of="words.stop" /></el-button>
        </div>
        <problem-box :of="problem || loaded.problem.value" />
      </form>
      <section v-if="view && view.state !== 'none'" class="panel rehearsal-state" :data-state="view.state" role="status">
        <h2><text-pair :of="words.state[view.state]" /></h2>
        <el-progress :percentage="view.progress" :stroke-width="14" :status="view.state === 'failed' ? 'exception' : view.state === 'done' ? 'success' : ''" />
        <p v-if="view.zh"><text-pair :of="view" /></p>
      </section>
      <report-panel v-if="view && view.report" :report="view.report" />
    </main>`,
};
