/** One item with its choices, as practice and exam show it. */

import { TYPE } from "../texts/common.js";
import { EXAM } from "../texts/exam.js";
import { MediaView } from "./media-view.js";

const { computed, nextTick, ref } = window.Vue;

const LETTERS = "ABCDEFGH";

/** The choices after the one with this id was clicked. */
export function afterClick(item, chosen, id) {
  if (item.type !== "multiple") return [id];
  return chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id];
}

export const ItemView = {
  components: { MediaView },
  props: {
    item: { type: Object, required: true },
    chosen: { type: Array, required: true },
    flagged: Boolean,
  },
  emits: ["choose"],
  setup(props, { emit, expose }) {
    const list = ref(null);
    const inputs = () => (list.value ? [...list.value.querySelectorAll("input")] : []);
    const choose = (id) => emit("choose", afterClick(props.item, props.chosen, id));

    /** Puts the focus where the arrow keys choose. */
    function focusChoices() {
      nextTick(() => {
        const all = inputs();
        const target = all.find((input) => input.checked) || all[0];
        if (target) target.focus({ preventScroll: true });
      });
    }

    // Radio buttons move with the arrow keys by themselves; boxes shall do alike.
    function moveFocus(event) {
      if (props.item.type !== "multiple") return;
      const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const all = inputs();
      const at = all.indexOf(document.activeElement);
      all[(at + step + all.length) % all.length].focus();
    }

    expose({ focusChoices, chooseAt: (at) => choose(props.item.choices[at].id) });
    return {
      list,
      choose,
      moveFocus,
      // A box that the page does not change would else stay as the browser clicked it.
      isChosen: (id) => props.chosen.includes(id),
      letters: LETTERS,
      pictured: computed(() => props.item.choices.some((choice) => choice.media.length)),
      boxed: computed(() => props.item.type === "multiple"),
      text: EXAM.item,
      type: computed(() => TYPE[props.item.type]),
      headId: computed(() => `head-${props.item.number}`),
      stemId: computed(() => `stem-${props.item.number}`),
    };
  },
  template: `
    <div class="item">
      <div class="item-head">
        <h2 :id="headId" class="item-number"><text-pair :of="text.number(item.number)" /></h2>
        <span class="item-type" :class="item.type"><text-pair :of="type" /></span>
        <span class="item-points"><text-pair :of="text.points(item.points)" /></span>
        <span class="item-hint"><text-pair :of="text.hint[item.type]" /></span>
        <slot name="head" />
      </div>
      <p class="stem" :id="stemId">{{ item.stem }}</p>
      <div v-if="item.media.length" class="media-row"><media-view v-for="media in item.media" :key="media.url" :media="media" /></div>
      <div ref="list" class="choices" :class="{ pictured }" :role="boxed ? 'group' : 'radiogroup'" :aria-labelledby="headId + ' ' + stemId" @keydown="moveFocus">
        <div v-for="(choice, at) in item.choices" :key="choice.id" class="choice" :class="{ chosen: isChosen(choice.id) }">
          <label class="choice-label">
            <input :type="boxed ? 'checkbox' : 'radio'" :name="'item-' + item.item" :value="choice.id"
              :checked="isChosen(choice.id)" @change="choose(choice.id)" />
            <span class="choice-letter" aria-hidden="true">{{ letters[at] }}</span>
            <span class="kd-unseen">{{ letters[at] }}</span>
            <span class="choice-text">{{ choice.text }}</span>
            <line-icon v-if="isChosen(choice.id)" name="check" class="choice-tick" />
          </label>
          <div v-if="choice.media.length" class="media-row"><media-view v-for="media in choice.media" :key="media.url" :media="media" /></div>
        </div>
      </div>
    </div>`,
};
