/** What was printed, newest first, with reprints. */

import { asProblem } from "../../shared/api.js";
import { PRINT_TEXT } from "../texts/prints.js";
import { JobTable } from "./jobs.js";

const { inject, onUnmounted, ref, watch } = window.Vue;

const WORDS = PRINT_TEXT;
const LIMIT = 50;
const LOOK_MS = 2500;
const UNDER_WAY = ["waiting", "sending"];

export const PrintHistory = {
  components: { JobTable },
  setup() {
    const desk = inject("desk");
    const state = ref("");
    const kind = ref("");
    const jobs = ref(null);
    const printers = ref([]);
    const more = ref(false);
    const problem = ref(null);
    let turn = 0;
    async function load(before) {
      const mine = (turn += 1);
      const query = [`limit=${LIMIT}`, before && `before=${before}`, state.value && `state=${state.value}`, kind.value && `kind=${kind.value}`];
      try {
        const [found, now] = await Promise.all([desk.api.get(`/prints/history?${query.filter(Boolean).join("&")}`), desk.api.get("/prints")]);
        if (mine !== turn) return;
        jobs.value = before ? [...jobs.value, ...found.jobs] : found.jobs;
        more.value = found.more;
        printers.value = now.printers;
        problem.value = null;
      } catch (error) {
        if (mine === turn) problem.value = asProblem(error);
      }
    }
    watch([state, kind], () => load(0));
    load(0);
    // Whoever reads further down is not torn back to the top.
    const underWay = () => jobs.value && jobs.value.length <= LIMIT && jobs.value.some((job) => UNDER_WAY.includes(job.state));
    const timer = setInterval(() => document.visibilityState === "visible" && underWay() && load(0), LOOK_MS);
    onUnmounted(() => clearInterval(timer));
    const older = () => load(jobs.value[jobs.value.length - 1].seq);
    return { state, kind, jobs, printers, more, problem, load, older, words: WORDS };
  },
  template: `
    <div class="print-history">
      <div class="print-filter" role="group" :aria-label="words.state.zh">
        <button type="button" class="chip" :aria-pressed="state === ''" @click="state = ''"><text-pair :of="words.history.all" /></button>
        <button v-for="(of, name) in words.states" :key="name" type="button" class="chip" :data-only="name" :aria-pressed="state === name" @click="state = state === name ? '' : name"><text-pair :of="of" /></button>
        <el-select v-model="kind" class="print-kind" clearable :placeholder="words.history.kinds.zh" :aria-label="words.history.kinds.zh"><el-option v-for="(of, name) in words.kinds" :key="name" :value="name" :label="of.zh"><text-pair :of="of" /></el-option></el-select>
      </div>
      <problem-box :of="problem" />
      <job-table v-if="jobs && jobs.length" :jobs="jobs" :printers="printers" @changed="load(0)" />
      <el-empty v-else-if="jobs" :description="words.history.none.zh + ' ' + words.history.none.en" />
      <el-button v-if="more" class="older" @click="older"><text-pair :of="words.history.more" /></el-button>
    </div>`,
};
