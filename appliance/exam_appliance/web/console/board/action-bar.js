/** The row of actions: on the picked seats, or on all that are shown when none is picked. */

import { ACTIONS, offered, split } from "../actions/kinds.js";
import { ACTION_TEXT } from "../texts/actions.js";
import { BOARD_TEXT } from "../texts/board.js";

const { computed, inject } = window.Vue;

export const ActionBar = {
  props: {
    seats: { type: Array, required: true },
    picked: { type: Number, required: true },
    narrowed: Boolean,
    may: Boolean,
  },
  emits: ["act", "clear", "all"],
  setup(props) {
    const feed = inject("feed");
    const buttons = computed(() =>
      Object.entries(ACTIONS).map(([name, kind]) => {
        const fit = split(name, props.seats, feed.session.value).fit.length;
        const on = props.may && offered(name, fit, props.picked > 0);
        let why = "";
        if (!on) why = !fit ? BOARD_TEXT.nobody.zh : kind.picked && !props.picked ? BOARD_TEXT.pickFirst.zh : BOARD_TEXT.pickOne.zh;
        return { name, kind, fit, on, why: `${ACTION_TEXT.names[name].zh} ${ACTION_TEXT.names[name].en}${why ? `：${why}` : ""}` };
      }),
    );
    const target = computed(() => {
      if (props.picked) return BOARD_TEXT.target.picked(props.picked);
      return props.narrowed ? BOARD_TEXT.target.filtered(props.seats.length) : BOARD_TEXT.target.shown(props.seats.length);
    });
    return { buttons, target, words: BOARD_TEXT, names: ACTION_TEXT.names };
  },
  template: `
    <div class="action-bar" role="toolbar" :aria-label="words.actionsLabel.zh">
      <div class="action-target" :class="{ some: picked > 0 }" aria-live="polite">
        <text-pair :of="target" stack />
      </div>
      <button type="button" class="small-button" :title="words.selectHint.zh + ' ' + words.selectHint.en" @click="$emit('all')"><text-pair :of="words.all" stack /></button>
      <button type="button" class="small-button" :disabled="!picked" @click="$emit('clear')"><text-pair :of="words.clear" stack /></button>
      <span v-if="!may" class="soft read-only"><text-pair :of="words.readOnly" /></span>
      <template v-else>
        <button v-for="(button, index) in buttons" :key="button.name" type="button" class="act-button" :data-action="button.name"
          :class="{ danger: button.kind.danger, apart: index > 0 && buttons[index - 1].kind.group !== button.kind.group }"
          :disabled="!button.on" :title="button.why" @click="$emit('act', button.name)">
          <el-icon aria-hidden="true"><component :is="button.kind.icon" /></el-icon>
          <text-pair :of="names[button.name]" stack />
          <span v-if="button.on" class="act-count kd-number">{{ button.fit }}</span>
        </button>
      </template>
    </div>`,
};
