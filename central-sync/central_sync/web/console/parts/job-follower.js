/** Follows a job of the centre to its end: bar, words, and the report of an import. */

import { JOB_STATE } from "../states.js";

const { computed, inject, onUnmounted, ref, watch } = window.Vue;

const ASK_EVERY_MS = 1000;

export const JobFollower = {
  props: { job: { type: String, required: true } },
  emits: ["done"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const view = ref(null);
    const problem = ref(null);
    let timer = 0;
    let gone = false;
    async function look() {
      clearTimeout(timer);
      const asked = props.job;
      try {
        const fresh = await desk.api.get(`/jobs/${encodeURIComponent(asked)}`);
        if (gone || asked !== props.job) return;
        const ended = fresh.state === "done" || fresh.state === "failed";
        const news = !view.value || view.value.job !== fresh.job || view.value.state !== fresh.state;
        view.value = fresh;
        problem.value = null;
        if (ended && news) emit("done", fresh);
        if (!ended) timer = setTimeout(look, ASK_EVERY_MS);
      } catch (error) {
        problem.value = error;
        if (!gone && error.passing) timer = setTimeout(look, ASK_EVERY_MS);
      }
    }
    watch(() => props.job, look);
    look();
    onUnmounted(() => {
      gone = true;
      clearTimeout(timer);
    });
    const status = computed(() => ({ done: "success", failed: "exception" })[view.value.state] || "");
    return { view, problem, status, states: JOB_STATE };
  },
  template: `
    <div class="job" aria-live="polite">
      <problem-box :of="problem" />
      <template v-if="view">
        <div class="job-line"><state-mark :of="states[view.state]" /> <span>{{ view.zh }}</span> <span class="kd-en">{{ view.en }}</span></div>
        <el-progress :percentage="view.percent" :status="status" :stroke-width="10" />
        <import-report v-if="view.report" :of="view.report" />
      </template>
    </div>`,
};
