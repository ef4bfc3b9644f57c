/** The states of a session's candidates as parts of a bar, with counts beside. */

import { LEDGER_ORDER, LEDGER_STATE } from "../states.js";

const { computed } = window.Vue;

/** [{key, count, tone, label}] of the counts by state. */
export const stateParts = (counts) => LEDGER_ORDER.map((key) => ({ key, count: counts[key] || 0, tone: LEDGER_STATE[key].tone, label: LEDGER_STATE[key].zh }));

/** Bar and legend; with `modelValue` the legend's entries choose a state. */
export const StateParts = {
  props: { counts: { type: Object, required: true }, total: { type: Number, required: true }, modelValue: { type: String, default: null } },
  emits: ["update:modelValue"],
  setup: (props) => ({ parts: computed(() => stateParts(props.counts)), choosable: computed(() => props.modelValue !== null) }),
  template: `
    <div class="state-parts"><parts-bar :parts="parts" :total="total" />
      <ul class="parts-legend"><template v-for="part in parts" :key="part.key"><li v-if="choosable || part.count">
        <button v-if="choosable" type="button" class="state-choice" :class="['tone-' + part.tone, { chosen: modelValue === part.key, zero: !part.count }]" :aria-pressed="modelValue === part.key" @click="$emit('update:modelValue', modelValue === part.key ? '' : part.key)">
          <span class="dot"></span>{{ part.label }} <strong class="kd-number">{{ part.count }}</strong></button>
        <template v-else><span class="dot" :class="'tone-' + part.tone"></span>{{ part.label }} <strong class="kd-number">{{ part.count }}</strong></template></li></template></ul></div>`,
};
