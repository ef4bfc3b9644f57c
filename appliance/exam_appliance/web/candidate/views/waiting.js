/** The waiting room: countdown to the planned start; the exam begins by the server's word alone. */

import { clock as clockText, duration } from "../../shared/format.js";
import { ENTRY } from "../texts/entry.js";

const { computed, inject } = window.Vue;

export const WaitingView = {
  emits: ["go"],
  setup() {
    const desk = inject("desk");
    const exam = computed(() => desk.standing.state.value.exam);
    const left = computed(() => {
      const now = desk.clock.serverMs.value;
      return now === null ? null : Date.parse(exam.value.starts_at) - now;
    });
    return {
      desk,
      exam,
      left,
      shown: computed(() => (left.value === null ? "–:––:––" : duration(left.value))),
      starts: computed(() => clockText(exam.value.starts_at)),
      text: ENTRY.waiting,
      instructions: ENTRY.instructions,
      lobby: ENTRY.lobby,
    };
  },
  template: `
    <section class="panel waiting" aria-labelledby="view-title">
      <h1 id="view-title" tabindex="-1"><text-pair :of="text.title" /></h1>
      <p class="ready"><line-icon name="check" /><text-pair :of="text.ready" /></p>
      <div class="countdown" role="timer" :aria-label="text.until.zh + ' ' + text.until.en">
        <div class="countdown-label"><text-pair :of="left !== null && left <= 0 ? text.reached : text.until" /></div>
        <div v-if="left === null || left > 0" class="countdown-digits kd-number">{{ shown }}</div>
        <div class="countdown-start"><text-pair :of="instructions.starts" /> <b class="kd-number">{{ starts }}</b></div>
      </div>
      <p class="waiting-help"><text-pair :of="text.help" stack /></p>
      <div class="button-row centre">
        <button type="button" class="button" @click="$emit('go', 'instructions')"><text-pair :of="lobby.backToInstructions" /></button>
        <button type="button" class="button" @click="$emit('go', 'practice')"><text-pair :of="lobby.backToPractice" /></button>
      </div>
    </section>`,
};
