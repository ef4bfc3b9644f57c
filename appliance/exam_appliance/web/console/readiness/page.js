/** The readiness page: the environment standard, pre-flight and form 4. */

import { READINESS_TEXT } from "../texts/readiness.js";
import { FormPanel } from "./form.js";
import { PreflightPanel } from "./preflight.js";
import { StandardRows } from "./standard.js";

const { computed, inject } = window.Vue;

const WORDS = READINESS_TEXT;
const TABS = {
  standard: { icon: "List", part: StandardRows },
  preflight: { icon: "CircleCheck", part: PreflightPanel },
  form: { icon: "Document", part: FormPanel },
};

export const ReadinessPage = {
  setup() {
    const desk = inject("desk");
    const tab = computed(() => (TABS[desk.route.tab] ? desk.route.tab : "standard"));
    return { tab, tabs: TABS, part: computed(() => TABS[tab.value].part), words: WORDS };
  },
  template: `
    <main class="readiness-page">
      <nav class="tabs" :aria-label="words.tabsLabel.zh">
        <a v-for="(entry, name) in tabs" :key="name" :href="'#/readiness/' + name" :data-tab="name" :aria-current="tab === name ? 'page' : undefined">
          <el-icon aria-hidden="true"><component :is="entry.icon" /></el-icon> <text-pair :of="words.tabs[name]" /></a>
      </nav>
      <div class="readiness-body"><h1 class="kd-unseen"><text-pair :of="words.title" /></h1><component :is="part" :key="tab" /></div>
    </main>`,
};
