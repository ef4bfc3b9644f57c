/** The answer card: every item as a number, answered, flagged, current, not yet sent. */

import { TYPE } from "../texts/common.js";
import { EXAM } from "../texts/exam.js";

const { computed, inject, nextTick, ref, watch } = window.Vue;

export const AnswerCard = {
  emits: ["go"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const paper = desk.sitting.paper.value;
    const answers = desk.sitting.answers.value;
    const card = ref(null);
    const stateOf = (item) => ({
      answered: paper.isAnswered(item),
      flagged: answers.isFlagged(item.item),
      waiting: Boolean(answers.lines[item.item] && answers.lines[item.item].waiting && !desk.standing.online.value),
      current: paper.current.value === item,
    });
    function nameOf(item) {
      const state = stateOf(item);
      const words = [EXAM.item.number(item.number).zh, state.answered ? EXAM.card.answered.zh : EXAM.card.blank.zh];
      if (state.flagged) words.push(EXAM.item.flagged.zh);
      if (state.waiting) words.push(EXAM.card.waiting.zh);
      return words.join("，");
    }
    // One stop for the Tab key; the arrow keys move within, by what stands beside and below on the screen.
    function move(event) {
      const buttons = [...card.value.querySelectorAll(".cell")];
      const at = buttons.indexOf(event.target);
      if (at < 0) return;
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
      const target = to === undefined ? vertical(buttons, at, event.key) : buttons[to];
      if (!target) return;
      event.preventDefault();
      buttons.forEach((button) => {
        button.tabIndex = button === target ? 0 : -1;
      });
      target.focus();
    }
    watch(paper.current, () =>
      nextTick(() => {
        const cell = card.value && card.value.querySelector(".cell.current");
        if (cell) cell.scrollIntoView({ block: "nearest" });
      }),
    );
    return {
      card,
      paper,
      stateOf,
      nameOf,
      move,
      go: (item) => emit("go", paper.placeOf(item)),
      answered: computed(() => paper.items.length - paper.blanks.value.length),
      types: TYPE,
      text: EXAM.card,
    };
  },
  template: `
    <nav class="card" :aria-label="text.title.zh + ' ' + text.title.en">
      <div class="card-head"><h2><text-pair :of="text.title" /></h2><span class="card-progress kd-number"><b>{{ answered }}</b> / {{ paper.items.length }}</span></div>
      <div class="card-bar" role="progressbar" :aria-valuenow="answered" aria-valuemin="0" :aria-valuemax="paper.items.length" :aria-label="text.progress(answered, paper.items.length).zh">
        <span :style="{ width: (100 * answered / paper.items.length) + '%' }"></span>
      </div>
      <ul class="legend" aria-hidden="true">
        <li><span class="cell sample answered"></span>{{ text.answered.zh }}</li><li><span class="cell sample"></span>{{ text.blank.zh }}</li>
        <li><span class="cell sample flagged"></span>{{ text.flagged.zh }}</li><li><span class="cell sample current"></span>{{ text.current.zh }}</li>
      </ul>
      <div ref="card" class="card-groups" @keydown="move">
        <section v-for="(group, at) in paper.groups.value" :key="at" :aria-label="types[group.type].zh">
          <h3><text-pair :of="types[group.type]" /></h3>
          <div class="cells">
            <button v-for="item in group.items" :key="item.item" type="button" class="cell kd-number" :class="stateOf(item)"
              :aria-label="nameOf(item)" :aria-current="stateOf(item).current ? 'true' : null" :data-number="item.number"
              :tabindex="stateOf(item).current ? 0 : -1" @click="go(item)">{{ item.number }}</button>
          </div>
        </section>
      </div>
    </nav>`,
};

function vertical(buttons, at, key) {
  if (key !== "ArrowDown" && key !== "ArrowUp") return null;
  const here = buttons[at].getBoundingClientRect();
  const below = key === "ArrowDown";
  const candidates = buttons
    .map((button) => ({ button, box: button.getBoundingClientRect() }))
    .filter(({ box }) => (below ? box.top > here.top + 4 : box.top < here.top - 4));
  if (!candidates.length) return null;
  const distance = ({ box }) => Math.abs(box.top - here.top) * 100 + Math.abs(box.left - here.left);
  return candidates.reduce((best, one) => (distance(one) < distance(best) ? one : best)).button;
}
