/** The keys of the exam, in one line. */

import { EXAM } from "../texts/exam.js";

const { computed } = window.Vue;

export const KeyHints = {
  props: { choices: { type: Number, default: 4 }, flag: { type: Boolean, default: true } },
  setup(props) {
    return {
      text: EXAM.keys,
      letters: computed(() => `A–${"ABCDEFGH"[props.choices - 1]}`),
      digits: computed(() => `1–${props.choices}`),
      flagKey: computed(() => (props.choices >= 6 ? "Shift+F" : "F")),
    };
  },
  template: `
    <ul class="key-hints">
      <li><kbd>{{ digits }}</kbd><kbd>{{ letters }}</kbd><text-pair :of="text.choose" /></li>
      <li><kbd>↑</kbd><kbd>↓</kbd><text-pair :of="text.move" /></li>
      <li><kbd>PageUp</kbd><text-pair :of="text.previous" /></li>
      <li><kbd>PageDown</kbd><text-pair :of="text.next" /></li>
      <li v-if="flag"><kbd>{{ flagKey }}</kbd><text-pair :of="text.flag" /></li>
    </ul>`,
};
