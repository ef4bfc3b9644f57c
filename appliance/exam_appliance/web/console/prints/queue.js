/** What is not out yet, the printers, and templates that are broken. */

import { useLoaded } from "../parts/parts.js";
import { PRINT_TEXT } from "../texts/prints.js";
import { JobTable } from "./jobs.js";

const { inject, onUnmounted } = window.Vue;

const WORDS = PRINT_TEXT;
const LOOK_MS = 2000;

export const PrintQueue = {
  components: { JobTable },
  setup() {
    const desk = inject("desk");
    const loaded = useLoaded(() => desk.api.get("/prints"));
    const timer = setInterval(() => document.visibilityState === "visible" && loaded.again(), LOOK_MS);
    onUnmounted(() => clearInterval(timer));
    return { loaded, words: WORDS };
  },
  template: `
    <div class="print-queue">
      <problem-box :of="loaded.problem.value" />
      <template v-if="loaded.value.value">
        <div v-if="loaded.value.value.faults.length" class="template-faults" role="alert">
          <strong class="tone-warn"><el-icon aria-hidden="true"><WarningFilled /></el-icon> <text-pair :of="words.queue.faults" /></strong>
          <p v-for="fault in loaded.value.value.faults" :key="fault.file" class="small break"><code>{{ words.queue.line(fault.file, fault.line) }}</code>：<text-pair :of="fault" /></p>
        </div>
        <h2 class="group-title"><text-pair :of="words.queue.title" /> <b v-if="loaded.value.value.needing" class="tone-bad"><text-pair :of="words.queue.needing(loaded.value.value.needing)" /></b></h2>
        <job-table v-if="loaded.value.value.jobs.length" :jobs="loaded.value.value.jobs" :printers="loaded.value.value.printers" @changed="loaded.again()" />
        <p v-else class="empty-line print-none"><el-icon class="tone-good" aria-hidden="true"><CircleCheckFilled /></el-icon> <text-pair :of="words.queue.none" /></p>
        <h2 class="group-title"><text-pair :of="words.queue.printers" /></h2>
        <ul class="printer-list">
          <li v-for="one in loaded.value.value.printers" :key="one.role" :class="one.ready ? 'ready' : 'not-ready'" :data-role="one.role">
            <strong><text-pair :of="one" stack /></strong>
            <span :class="one.ready ? 'tone-good' : 'tone-bad'"><el-icon aria-hidden="true"><component :is="one.ready ? 'CircleCheckFilled' : 'WarningFilled'" /></el-icon> {{ one.ready ? one.device : words.queue.notReady.zh }}</span>
            <span v-if="one.waiting" class="tone-note"><text-pair :of="words.queue.waiting(one.waiting)" /></span>
            <p v-if="one.reason" class="small soft"><text-pair :of="one.reason" stack /></p>
          </li>
        </ul>
        <p><a href="#/devices/roles"><text-pair :of="words.queue.bind" /></a></p>
      </template>
    </div>`,
};
