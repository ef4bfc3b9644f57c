/** What a verification stands on: its pictures, and how alike they are. */

import { IDENTITY_TEXT } from "../texts/identity.js";

const { computed } = window.Vue;

/** One kept picture of a verification; looking at it is journalled by the server. */
export const KeptPicture = {
  props: { one: { type: Object, default: null }, what: { type: String, required: true } },
  setup(props) {
    const url = computed(() => {
      const kept = props.one && props.one.pictures[props.what];
      return kept ? `/api/console/identity/verifications/${props.one.id}/pictures/${props.what}?of=${kept.slice(0, 12)}` : "";
    });
    return { url, words: IDENTITY_TEXT };
  },
  template: `
    <figure class="kept-picture" :data-picture="what">
      <img v-if="url" :key="url" :src="url" :alt="words.pictures[what].zh" />
      <p v-else class="soft"><text-pair :of="words.noPicture" stack /></p>
      <figcaption><text-pair :of="words.pictures[what]" /></figcaption>
    </figure>`,
};

/** Scores as bars, the threshold as a line across. */
export const ScoreBars = {
  props: { comparisons: { type: Array, required: true } },
  setup: () => ({ words: IDENTITY_TEXT, width: (score) => `${Math.round(Math.max(0, Math.min(1, score || 0)) * 100)}%`, percent: (score) => (score === null ? "" : Math.round(score * 100)) }),
  template: `
    <ul class="score-bars"><li v-for="one in comparisons" :key="one.pair" :class="'is-' + one.outcome" :data-pair="one.pair">
      <text-pair :of="words.pairs[one.pair]" />
      <span class="score-bar" aria-hidden="true"><i :style="{ width: width(one.score) }"></i><b v-if="one.threshold !== null" :style="{ left: width(one.threshold) }"></b></span>
      <span class="kd-number score">{{ percent(one.score) }}</span><strong><text-pair :of="words.outcomes[one.outcome]" /></strong></li></ul>`,
};
