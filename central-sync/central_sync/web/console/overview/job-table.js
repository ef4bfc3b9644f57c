/** Jobs of the centre in a table, each with its report when it has one. */

import { JOB_STATE } from "../states.js";
import { TEXT } from "../texts/common.js";
import { OVERVIEW_TEXT } from "../texts/overview.js";

const { inject, ref } = window.Vue;

export const JobTable = {
  props: { jobs: { type: Array, required: true }, small: Boolean },
  setup() {
    const desk = inject("desk");
    const shown = ref(null);
    return { desk, shown, states: JOB_STATE, words: OVERVIEW_TEXT, text: TEXT };
  },
  template: `
    <ul v-if="small" class="job-list">
      <li v-for="job in jobs" :key="job.job"><state-mark :of="states[job.state]" /> <strong>{{ words.jobKind[job.kind].zh }} <code>{{ job.subject }}</code></strong>
        <span class="soft nowrap">{{ desk.shortMoment(job.created_at) }}</span><div>{{ job.zh }}</div>
        <el-progress v-if="job.state === 'running'" :percentage="job.percent" /></li>
    </ul>
    <table v-else class="plain-table roomy">
      <thead><tr><th><text-pair :of="words.kind" /></th><th><text-pair :of="words.subject" /></th><th><text-pair :of="text.state" /></th>
        <th><text-pair :of="words.result" /></th><th><text-pair :of="text.at" /></th><th><text-pair :of="text.by" /></th><th></th></tr></thead>
      <tbody><tr v-for="job in jobs" :key="job.job">
        <td class="nowrap"><text-pair :of="words.jobKind[job.kind]" /></td><td><code>{{ job.subject }}</code></td><td><state-mark :of="states[job.state]" /></td>
        <td><el-progress v-if="job.state === 'running'" :percentage="job.percent" />{{ job.zh }}<div class="kd-en line">{{ job.en }}</div></td>
        <td class="nowrap kd-number">{{ desk.shortMoment(job.created_at) }}</td><td>{{ job.by }}</td>
        <td class="end"><el-button v-if="job.report" size="small" @click="shown = job"><text-pair :of="words.report" /></el-button></td>
      </tr></tbody>
    </table>
    <el-dialog :model-value="shown !== null" width="900px" align-center @update:model-value="shown = null">
      <template #header="{ titleId }"><h2 v-if="shown" :id="titleId">{{ words.jobKind[shown.kind].zh }} <code>{{ shown.subject }}</code></h2></template>
      <import-report v-if="shown" :of="shown.report" />
    </el-dialog>`,
};
