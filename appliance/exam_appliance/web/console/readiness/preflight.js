/** Pre-flight: one button, ten items, what is red says what to do. */

import { PREFLIGHT_TEXT } from "../texts/readiness.js";
import { StateWord } from "./marks.js";
import { useRun } from "./run.js";

const { computed, inject } = window.Vue;

const WORDS = PREFLIGHT_TEXT;

export const PreflightPanel = {
  components: { StateWord },
  setup() {
    const desk = inject("desk");
    const run = useRun(desk, "/preflight");
    const result = computed(() => (run.view.value ? run.view.value.result : null));
    const number = (state) => result.value.items.filter((item) => item.state === state).length;
    const verdict = computed(() => (result.value.ready ? WORDS.ready : WORDS.notReady(number("fail"))));
    const open = computed(() => (number("unknown") ? WORDS.confirm(number("unknown")) : null));
    const told = computed(() => WORDS.at(desk.dateTime(result.value.at), result.value.by_name));
    const percent = computed(() => Math.round((100 * run.view.value.done) / run.view.value.of));
    return { run, result, verdict, open, told, percent, words: WORDS };
  },
  template: `
    <section class="preflight">
      <div class="preflight-head">
        <el-button class="run-preflight" type="primary" size="large" icon="CircleCheck" :loading="run.running.value" @click="run.begin()"><text-pair :of="result ? words.again : words.run" /></el-button>
        <p class="head-what"><text-pair :of="words.what" stack /></p>
        <div v-if="result" class="preflight-verdict" :class="result.ready ? 'good' : 'bad'" role="status">
          <strong><text-pair :of="verdict" /></strong> <span v-if="open" class="tone-warn"><text-pair :of="open" /></span> <span class="soft small">{{ told.zh }}</span></div>
      </div>
      <div v-if="run.running.value" class="run-progress" role="status"><text-pair :of="words.running(run.view.value.done, run.view.value.of)" /><el-progress :percentage="percent" :stroke-width="10" :show-text="false" /></div>
      <problem-box :of="run.problem.value" />
      <el-empty v-if="run.view.value && !result && !run.running.value" :description="words.none.zh + ' ' + words.none.en" />
      <ol v-if="result" class="preflight-items">
        <li v-for="item in result.items" :key="item.id" :class="'is-' + item.state" :data-item="item.id" :data-state="item.state">
          <state-word :state="item.state" preflight />
          <strong class="item-name"><text-pair :of="item" stack /></strong>
          <div class="item-told"><text-pair :of="{ zh: item.measured_zh, en: item.measured_en }" stack />
            <p v-if="item.todo_zh" class="row-todo"><el-icon aria-hidden="true"><Right /></el-icon> <text-pair :of="{ zh: item.todo_zh, en: item.todo_en }" stack /></p></div>
        </li>
      </ol>
    </section>`,
};
