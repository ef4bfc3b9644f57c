/** After the exam: handed in, the result, or why it ended. */

import { TYPE } from "../texts/common.js";
import { EXAM } from "../texts/exam.js";

const { computed, inject, ref } = window.Vue;

export const EndView = {
  setup() {
    const desk = inject("desk");
    const state = desk.standing.state;
    const leaving = ref(false);
    async function finish() {
      leaving.value = true;
      try {
        await desk.logout();
      } catch (problem) {
        leaving.value = false;
      }
    }
    return {
      desk,
      phase: desk.standing.phase,
      exam: computed(() => state.value.exam),
      result: computed(() => (state.value.phase === "submitted" ? state.value.result : null)),
      reason: computed(() => state.value.reason),
      types: TYPE,
      text: EXAM.end,
      cover: EXAM.cover,
      leaving,
      finish,
    };
  },
  template: `
    <main id="content" class="entry" tabindex="-1">
      <section v-if="phase === 'submitted' && result" class="entry-card result-card" aria-labelledby="view-title">
        <h1 id="view-title" tabindex="-1"><text-pair :of="text.result" /></h1>
        <p class="soft">{{ exam.title }}</p>
        <div class="score" :class="result.passed ? 'passed' : 'failed'">
          <div class="score-points"><b class="kd-number">{{ result.points }}</b><text-pair :of="text.points" /></div>
          <div class="score-verdict"><line-icon :name="result.passed ? 'check' : 'info'" /><text-pair :of="result.passed ? text.passed : text.failed" /></div>
          <div class="score-of"><text-pair :of="text.of(result.of, result.pass_points)" /></div>
        </div>
        <table class="sections">
          <thead><tr><th scope="col"><text-pair :of="text.type" /></th><th scope="col" class="num"><text-pair :of="text.right" /></th><th scope="col" class="num"><text-pair :of="text.score" /></th></tr></thead>
          <tbody><tr v-for="(section, at) in result.sections" :key="at">
            <th scope="row"><text-pair :of="types[section.type]" /></th>
            <td class="num">{{ section.right }} / {{ section.items }}</td><td class="num">{{ section.points }} / {{ section.of }}</td></tr></tbody>
        </table>
        <p class="leave"><text-pair :of="text.leave" /></p>
        <button type="button" class="button big wide" :disabled="leaving" @click="finish"><text-pair :of="text.finish" /></button>
      </section>
      <section v-else-if="phase === 'submitted'" class="entry-card end-card" aria-labelledby="view-title">
        <div class="end-icon good"><line-icon name="check" /></div>
        <h1 id="view-title" tabindex="-1"><text-pair :of="text.submitted" stack /></h1>
        <p class="strong"><text-pair :of="text.stored" stack /></p>
        <p v-if="exam.show_result" class="soft" role="status"><text-pair :of="text.grading" /></p>
        <template v-else>
          <p class="soft"><text-pair :of="text.noResult" stack /></p>
          <p class="leave"><text-pair :of="text.leave" /></p>
          <button type="button" class="button big wide" :disabled="leaving" @click="finish"><text-pair :of="text.finish" /></button>
        </template>
      </section>
      <section v-else class="entry-card end-card" aria-labelledby="view-title">
        <div class="end-icon bad"><line-icon name="stop" /></div>
        <h1 id="view-title" tabindex="-1"><text-pair :of="phase === 'absent' ? text.absent : text.terminated" stack /></h1>
        <p v-if="reason" class="strong">{{ cover.reason.zh }}<span class="kd-en" lang="en">{{ cover.reason.en }}</span>：{{ reason }}</p>
        <p class="soft"><text-pair :of="phase === 'absent' ? text.absentHelp : text.terminatedHelp" stack /></p>
      </section>
    </main>`,
};
