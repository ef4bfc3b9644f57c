/** The current item with its buttons and keys; every choice is kept and sent at once. */

import { useExamKeys } from "../a11y/keys.js";
import { ItemView } from "../parts/item-view.js";
import { KeyHints } from "../parts/key-hints.js";
import { EXAM } from "../texts/exam.js";

const { computed, inject, onMounted, ref, watch } = window.Vue;

export const ExamItem = {
  components: { ItemView, KeyHints },
  emits: ["go"],
  setup(props, { emit, expose }) {
    const desk = inject("desk");
    const paper = desk.sitting.paper.value;
    const answers = desk.sitting.answers.value;
    const view = ref(null);
    const scroller = ref(null);
    const item = paper.current;
    const flagged = computed(() => answers.isFlagged(item.value.item));
    const focusChoices = () => view.value && view.value.focusChoices();
    function flag() {
      answers.flag(item.value.item, !flagged.value);
      desk.announcer.say(flagged.value ? EXAM.item.flagged.zh : "");
    }
    const move = (step) => emit("go", paper.at.value + step);
    useExamKeys({
      choices: () => item.value.choices.length,
      onWish(wish) {
        if (wish.kind === "choose") view.value.chooseAt(wish.at);
        if (wish.kind === "flag") flag();
        if (wish.kind === "next") move(1);
        if (wish.kind === "previous") move(-1);
      },
    });
    watch(item, () => {
      if (scroller.value) scroller.value.scrollTop = 0;
    });
    onMounted(focusChoices);
    expose({ focusChoices });
    return {
      paper,
      item,
      view,
      scroller,
      flagged,
      chosen: computed(() => answers.choicesOf(item.value.item)),
      choose: (choices) => answers.choose(item.value.item, choices),
      flag,
      move,
      text: EXAM.item,
    };
  },
  template: `
    <section class="exam-main" :aria-label="text.region.zh + ' ' + text.region.en">
      <div ref="scroller" class="exam-scroll">
        <item-view ref="view" :key="item.item" :item="item" :chosen="chosen" @choose="choose">
          <template #head>
            <button type="button" class="button flag-button" :class="{ on: flagged }" :aria-pressed="flagged" id="flag" @click="flag">
              <line-icon name="flag" /><text-pair :of="flagged ? text.flagged : text.flag" />
            </button>
          </template>
        </item-view>
      </div>
      <div class="exam-foot">
        <button type="button" class="button big" id="previous" :disabled="paper.at.value === 0" @click="move(-1)"><line-icon name="left" /><text-pair :of="text.previous" /></button>
        <key-hints :choices="item.choices.length" />
        <button type="button" class="button big" :class="{ primary: chosen.length }" id="next" :disabled="paper.at.value === paper.items.length - 1" @click="move(1)"><text-pair :of="text.next" /><line-icon name="right" /></button>
      </div>
    </section>`,
};
