/** Practice items: nothing of them leaves the page. */

import { asProblem } from "../../shared/api.js";
import { useExamKeys } from "../a11y/keys.js";
import { ItemView } from "../parts/item-view.js";
import { KeyHints } from "../parts/key-hints.js";
import { COMMON } from "../texts/common.js";
import { ENTRY } from "../texts/entry.js";
import { EXAM } from "../texts/exam.js";

const { computed, inject, reactive, ref, shallowRef } = window.Vue;

export const PracticeView = {
  components: { ItemView, KeyHints },
  emits: ["go"],
  setup() {
    const desk = inject("desk");
    const items = shallowRef(null);
    const problem = ref(null);
    const at = ref(0);
    const chosen = reactive({});
    const view = ref(null);
    const current = computed(() => (items.value ? items.value[at.value] : null));
    async function load() {
      problem.value = null;
      try {
        items.value = (await desk.api.get("/practice")).items;
      } catch (error) {
        problem.value = asProblem(error);
      }
    }
    function move(step) {
      at.value = Math.min(items.value.length - 1, Math.max(0, at.value + step));
      view.value.focusChoices();
    }
    useExamKeys({
      choices: () => (current.value ? current.value.choices.length : 0),
      onWish(wish) {
        if (!current.value) return;
        if (wish.kind === "choose") view.value.chooseAt(wish.at);
        if (wish.kind === "next") move(1);
        if (wish.kind === "previous") move(-1);
      },
    });
    load();
    return { desk, items, problem, at, chosen, view, current, load, move, common: COMMON, text: ENTRY.practice, lobby: ENTRY.lobby, exam: EXAM.item };
  },
  template: `
    <section class="panel practice" aria-labelledby="view-title">
      <div class="panel-head"><h1 id="view-title" tabindex="-1"><text-pair :of="text.title" /></h1><span class="soft"><text-pair :of="text.help" /></span></div>
      <problem-box :of="problem" />
      <button v-if="problem" type="button" class="button" @click="load"><text-pair :of="common.again" /></button>
      <p v-if="items && !items.length" class="soft"><text-pair :of="text.none" /></p>
      <template v-if="current">
        <item-view ref="view" :key="current.item" :item="current" :chosen="chosen[current.item] || []" @choose="chosen[current.item] = $event" />
        <key-hints :choices="current.choices.length" :flag="false" />
      </template>
      <div class="button-row">
        <template v-if="items && items.length > 1">
          <button type="button" class="button" :disabled="at === 0" @click="move(-1)"><line-icon name="left" /><text-pair :of="exam.previous" /></button>
          <span class="kd-number">{{ at + 1 }} / {{ items.length }}</span>
          <button type="button" class="button" :disabled="at === items.length - 1" @click="move(1)"><text-pair :of="exam.next" /><line-icon name="right" /></button>
        </template>
        <span class="spring"></span>
        <button type="button" class="button primary big" @click="$emit('go', 'waiting')"><text-pair :of="lobby.toWaiting" /></button>
      </div>
    </section>`,
};
