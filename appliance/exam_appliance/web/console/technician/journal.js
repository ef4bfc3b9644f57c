/** Verification of the journal. */

import { asProblem } from "../../shared/api.js";
import { grouped } from "../../shared/format.js";
import { TECH_TEXT } from "../texts/technician.js";

const { inject, ref } = window.Vue;

const WORDS = TECH_TEXT.journal;
const PATIENCE_MS = 600000;

export const JournalPage = {
  setup() {
    const desk = inject("desk");
    const verdict = ref(null);
    const problem = ref(null);
    const busy = ref(false);
    const at = ref("");
    async function verify() {
      busy.value = true;
      problem.value = null;
      verdict.value = null;
      try {
        verdict.value = await desk.api.post("/journal/verify", {}, { timeoutMs: PATIENCE_MS });
        at.value = desk.dateTime(Date.now() + desk.time.serverOffsetMs);
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    return { verdict, problem, busy, at, verify, grouped, words: WORDS };
  },
  template: `
    <main class="page">
      <div class="page-head"><h1><text-pair :of="words.title" /></h1></div>
      <section class="panel">
        <p><text-pair :of="words.what" stack /></p>
        <el-button type="primary" icon="Finished" :loading="busy" @click="verify"><text-pair :of="busy ? words.running : words.verify" /></el-button>
        <el-progress v-if="busy" :percentage="100" :indeterminate="true" :show-text="false" :duration="2" />
        <problem-box :of="problem" />
      </section>
      <section v-if="verdict" class="panel verdict-panel" role="status">
        <el-alert :type="verdict.ok ? 'success' : 'error'" :closable="false" show-icon><template #title><text-pair :of="verdict.ok ? words.good : words.bad" /></template></el-alert>
        <p v-if="verdict.zh"><text-pair :of="verdict" stack /></p>
        <dl class="drawer-facts">
          <div><dt><text-pair :of="words.entries" /></dt><dd class="kd-number">{{ grouped(verdict.entries) }}</dd></div>
          <div><dt><text-pair :of="words.head" /></dt><dd><code class="break">{{ verdict.head }}</code></dd></div>
          <div><dt><text-pair :of="words.at" /></dt><dd class="kd-number">{{ at }}</dd></div></dl>
      </section>
    </main>`,
};
