/** The list of jobs: imports and package builds. */

import { useLoaded } from "../parts/loaded.js";
import { TEXT } from "../texts/common.js";
import { OVERVIEW_TEXT } from "../texts/overview.js";
import { JobTable } from "./job-table.js";

const { inject } = window.Vue;

export const JobsPage = {
  components: { JobTable },
  setup() {
    const desk = inject("desk");
    const loaded = useLoaded(() => desk.api.get("/jobs"), () => desk.changed.jobs);
    return { desk, loaded, words: OVERVIEW_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="text.menu.jobs"><el-button icon="Refresh" :loading="loaded.loading.value" @click="loaded.again()"><text-pair :of="text.refresh" /></el-button></page-head>
      <problem-box :of="loaded.problem.value" />
      <template v-if="loaded.value.value">
        <job-table v-if="loaded.value.value.jobs.length" :jobs="loaded.value.value.jobs" />
        <empty-note v-else :of="words.noJobs" icon="Timer" />
      </template>
    </main>`,
};
