/** The page of printing: what waits, and what was printed. */

import { PRINT_TEXT } from "../texts/prints.js";
import { PrintHistory } from "./history.js";
import { PrintQueue } from "./queue.js";

const { computed, inject } = window.Vue;

const TABS = {
  queue: { icon: "Printer", part: PrintQueue },
  history: { icon: "Tickets", part: PrintHistory },
};

export const PrintsPage = {
  setup() {
    const desk = inject("desk");
    const tab = computed(() => (TABS[desk.route.tab] ? desk.route.tab : "queue"));
    return { tab, tabs: TABS, part: computed(() => TABS[tab.value].part), words: PRINT_TEXT };
  },
  template: `
    <main class="prints-page">
      <nav class="tabs" :aria-label="words.tabsLabel.zh">
        <a v-for="(entry, name) in tabs" :key="name" :href="'#/prints/' + name" :data-tab="name" :aria-current="tab === name ? 'page' : undefined">
          <el-icon aria-hidden="true"><component :is="entry.icon" /></el-icon> <text-pair :of="words.tabs[name]" /></a>
      </nav>
      <div class="prints-body"><h1 class="kd-unseen"><text-pair :of="words.tabs[tab]" /></h1><component :is="part" :key="tab" /></div>
    </main>`,
};
