/** Identity terminals that fell silent while candidates may come, above every page. */

import { TERMINAL_TEXT } from "../texts/terminals.js";

const { computed, inject } = window.Vue;

const WORDS = TERMINAL_TEXT.missed;
const NAMED = 4;

export const TerminalBanner = {
  setup() {
    const desk = inject("desk");
    const devices = inject("devices");
    const named = computed(() => devices.view.missed.slice(0, NAMED));
    const more = computed(() => devices.view.missed.length - named.value.length);
    return { desk, devices, named, more, words: WORDS };
  },
  template: `
    <div v-if="named.length" class="terminal-banner" role="alert">
      <el-icon aria-hidden="true"><CircleCloseFilled /></el-icon> <strong><text-pair :of="words.silent" /></strong>
      <span v-for="one in named" :key="one.id" :data-terminal="one.id"><b>{{ one.name }}</b><template v-if="one.place">（{{ one.place }}）</template>
        <text-pair :of="words.since(desk.clock(one.heard_at))" /></span>
      <span v-if="more > 0"><text-pair :of="words.more(more)" /></span>
      <span class="what-now"><text-pair :of="words.todo" /></span>
      <a href="#/devices/terminals"><text-pair :of="words.show" /></a>
    </div>`,
};
