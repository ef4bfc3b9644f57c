/** The exam: item on the left, answer card on the right; covered while paused, locked or over. */

import { AnswerCard } from "../exam/answer-card.js";
import { ExamCover } from "../exam/cover.js";
import { ExamItem } from "../exam/exam-item.js";
import { SubmitDialog } from "../exam/submit-dialog.js";
import { EXAM } from "../texts/exam.js";

const { computed, inject, nextTick, ref } = window.Vue;

export const ExamView = {
  components: { AnswerCard, ExamCover, ExamItem, SubmitDialog },
  setup() {
    const desk = inject("desk");
    const submitting = ref(false);
    const item = ref(null);
    const covered = computed(() => {
      const phase = desk.standing.phase.value;
      if (phase !== "sitting") return phase;
      return desk.clock.remainingMs.value === 0 ? "timeUp" : null;
    });
    function go(place) {
      desk.sitting.paper.value.go(place);
      nextTick(() => item.value && item.value.focusChoices());
    }
    return {
      desk,
      paper: desk.sitting.paper,
      problem: desk.sitting.problem,
      covered,
      submitting,
      item,
      go,
      title: computed(() => desk.standing.state.value.exam.title),
      text: EXAM,
    };
  },
  template: `
    <main id="content" class="exam" tabindex="-1">
      <h1 id="view-title" class="kd-unseen" tabindex="-1">{{ title }}</h1>
      <exam-cover v-if="covered" :kind="covered" />
      <section v-else-if="!paper" class="cover" aria-busy="true">
        <line-icon name="hourglass" class="cover-icon" />
        <h2><text-pair :of="text.paper.coming" stack /></h2>
        <p v-if="problem" role="status"><text-pair :of="text.paper.late" stack /></p>
      </section>
      <template v-else>
        <exam-item ref="item" @go="go" />
        <aside class="exam-side">
          <answer-card @go="go" />
          <button type="button" class="button primary big wide" id="open-submit" @click="submitting = true"><text-pair :of="text.card.hand" /></button>
        </aside>
        <submit-dialog v-if="submitting" @close="submitting = false" @go="go" />
      </template>
    </main>`,
};
