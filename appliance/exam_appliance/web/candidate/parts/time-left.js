/** Time left by the server's clock. */

import { duration } from "../../shared/format.js";
import { EXAM } from "../texts/exam.js";

const { computed, inject } = window.Vue;

const SOON_MS = 15 * 60000;
const VERY_SOON_MS = 5 * 60000;

export const TimeLeft = {
  setup() {
    const { clock } = inject("desk");
    const left = clock.remainingMs;
    return {
      text: EXAM.time,
      shown: computed(() => (left.value === null ? "–:––:––" : duration(left.value))),
      label: computed(() => {
        if (clock.unsure.value) return EXAM.time.unsure;
        return clock.running.value ? EXAM.time.label : EXAM.time.stands;
      }),
      level: computed(() => {
        if (left.value === null || !clock.running.value) return "still";
        if (left.value <= VERY_SOON_MS) return "very-soon";
        return left.value <= SOON_MS ? "soon" : "";
      }),
    };
  },
  template: `
    <div class="time-left" :class="level" role="timer" :aria-label="text.label.zh + ' ' + text.label.en">
      <span class="time-label"><text-pair :of="label" /></span>
      <span class="time-digits kd-number"><line-icon name="clock" />{{ shown }}</span>
    </div>`,
};
