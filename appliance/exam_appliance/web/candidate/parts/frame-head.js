/** The head of the page: exam, candidate, seat, display settings, and during the exam time and saving. */

import { SIZES } from "../a11y/comfort.js";
import { COMMON } from "../texts/common.js";
import { SavedMark } from "./saved-mark.js";
import { TimeLeft } from "./time-left.js";

const { computed, inject } = window.Vue;

const ComfortSettings = {
  setup: () => ({ comfort: inject("desk").comfort, sizes: SIZES, text: COMMON.comfort }),
  template: `
    <div class="comfort" role="group" :aria-label="text.label.zh">
      <button v-for="size in sizes" :key="size" type="button" class="comfort-button" :class="'letter-' + size"
        :aria-pressed="comfort.size === size" :aria-label="text.sizes[size].zh + ' ' + text.sizes[size].en"
        :title="text.sizes[size].zh + ' ' + text.sizes[size].en" @click="comfort.size = size">字</button>
      <button type="button" class="comfort-button" :aria-pressed="comfort.contrast"
        :aria-label="text.contrast.zh + ' ' + text.contrast.en" :title="text.contrast.zh + ' ' + text.contrast.en"
        @click="comfort.contrast = !comfort.contrast"><line-icon name="contrast" /></button>
    </div>`,
};

export const FrameHead = {
  components: { ComfortSettings, SavedMark, TimeLeft },
  props: { view: { type: String, required: true } },
  setup(props) {
    const desk = inject("desk");
    const state = desk.standing.state;
    return {
      desk,
      text: COMMON,
      state,
      title: computed(() => (state.value ? state.value.exam.title : "")),
      site: computed(() => {
        const from = state.value || desk.standing.hall.value;
        return from ? from.site : "";
      }),
      known: computed(() => Boolean(state.value) && props.view !== "IdentityView"),
    };
  },
  template: `
    <header class="head">
      <img class="head-mark" src="/static/candidate/mark.svg" alt="" width="36" height="36" />
      <div class="head-title">
        <div class="head-exam">{{ title || text.product.zh + ' ' + text.examTitle.zh }}<span v-if="!title" class="kd-en" lang="en">{{ text.examTitle.en }}</span></div>
        <div class="head-site">{{ site }}</div>
      </div>
      <dl v-if="known" class="head-person">
        <div><dt><text-pair :of="text.candidate" /></dt><dd class="head-name">{{ state.candidate.name }}</dd></div>
        <div class="head-ticket"><dt><text-pair :of="text.ticket" /></dt><dd class="kd-number">{{ state.candidate.ticket }}</dd></div>
        <div><dt><text-pair :of="text.seat" /></dt><dd class="kd-number head-seat">{{ state.seat }}</dd></div>
      </dl>
      <div v-else-if="desk.standing.seat && view !== 'IdentityView'" class="head-person"><text-pair :of="text.seat" /> <b class="kd-number head-seat">{{ desk.standing.seat }}</b></div>
      <comfort-settings />
      <div v-if="view === 'ExamView'" class="head-status">
        <time-left />
        <saved-mark />
      </div>
    </header>`,
};
