/** What stands in the paper's place while the exam is paused, the seat locked or the time up. */

import { EXAM } from "../texts/exam.js";

const { computed, inject, nextTick, onMounted, ref } = window.Vue;

const LOOK = {
  paused: { icon: "pause", title: EXAM.cover.paused, help: EXAM.cover.pausedHelp },
  locked: { icon: "lock", title: EXAM.cover.locked, help: EXAM.cover.lockedHelp },
  timeUp: { icon: "hourglass", title: EXAM.cover.timeUp, help: EXAM.cover.timeUpHelp },
};

export const ExamCover = {
  props: { kind: { type: String, required: true } },
  setup(props) {
    const desk = inject("desk");
    const head = ref(null);
    onMounted(() => nextTick(() => head.value && head.value.focus()));
    return {
      head,
      look: computed(() => LOOK[props.kind]),
      reason: computed(() => (props.kind === "timeUp" ? "" : desk.standing.state.value.reason)),
      text: EXAM.cover,
    };
  },
  template: `
    <section class="cover" :class="kind" role="alert">
      <line-icon :name="look.icon" class="cover-icon" />
      <h2 ref="head" tabindex="-1"><text-pair :of="look.title" stack /></h2>
      <p><text-pair :of="look.help" stack /></p>
      <p v-if="reason" class="cover-reason"><text-pair :of="text.reason" />：<b>{{ reason }}</b></p>
    </section>`,
};
