/** Marks of states: icon and word, never colour alone. */

import { PREFLIGHT_TEXT, READINESS_TEXT } from "../texts/readiness.js";

const { computed } = window.Vue;

const ICONS = { pass: "CircleCheckFilled", fail: "CircleCloseFilled", unknown: "QuestionFilled", declared: "Stamp" };
const TONES = { pass: "tone-good", fail: "tone-bad", unknown: "tone-warn", declared: "tone-note" };

export const StateWord = {
  props: { state: { type: String, required: true }, preflight: Boolean, notNeeded: Boolean },
  setup(props) {
    const words = computed(() => {
      if (props.notNeeded) return READINESS_TEXT.notNeeded;
      return (props.preflight ? PREFLIGHT_TEXT : READINESS_TEXT).states[props.state];
    });
    const icon = computed(() => (props.notNeeded ? "RemoveFilled" : ICONS[props.state]));
    const tone = computed(() => (props.notNeeded ? "tone-faint" : TONES[props.state]));
    return { words, icon, tone };
  },
  template: `<span class="state-word" :class="tone"><el-icon aria-hidden="true"><component :is="icon" /></el-icon> <text-pair :of="words" stack /></span>`,
};
