/** The page of the queue: calling, counts, ticket machines and displays. */

import { QUEUE_TEXT } from "../texts/queue.js";
import { CounterDesk } from "./counter-desk.js";
import { createQueue } from "./feed.js";
import { QueueRecord } from "./record.js";
import { QueueScreens } from "./screens.js";

const { computed, inject, onUnmounted, provide } = window.Vue;

const TABS = {
  counter: { icon: "Microphone", part: CounterDesk },
  record: { icon: "DataAnalysis", part: QueueRecord },
  screens: { icon: "Monitor", part: QueueScreens },
};

export const QueuePage = {
  setup() {
    const desk = inject("desk");
    const queue = createQueue(desk);
    onUnmounted(queue.close);
    provide("queue", queue);
    const maySet = computed(() => desk.roles.value.some((role) => role === "technician" || role === "lead"));
    const tabs = computed(() => Object.keys(TABS).filter((name) => name !== "screens" || maySet.value));
    const tab = computed(() => (tabs.value.includes(desk.route.tab) ? desk.route.tab : "counter"));
    return { queue, tab, tabs, all: TABS, part: computed(() => TABS[tab.value].part), words: QUEUE_TEXT };
  },
  template: `
    <main class="queue-page">
      <nav class="tabs" :aria-label="words.tabsLabel.zh">
        <a v-for="name in tabs" :key="name" :href="'#/queue/' + name" :data-tab="name" :aria-current="tab === name ? 'page' : undefined">
          <el-icon aria-hidden="true"><component :is="all[name].icon" /></el-icon> <text-pair :of="words.tabs[name]" /></a>
      </nav>
      <div class="queue-body"><h1 class="kd-unseen"><text-pair :of="words.tabs[tab]" /></h1>
        <problem-box :of="queue.problem.value" />
        <p v-if="queue.value.value && !queue.value.value.enabled" class="empty-line"><text-pair :of="words.off" /></p>
        <component v-else-if="queue.value.value" :is="part" :key="tab" /></div>
    </main>`,
};
