/** The ledger of all sessions, a line each. */

import { useLoaded } from "../parts/loaded.js";
import { TEXT } from "../texts/common.js";
import { LEDGER_TEXT } from "../texts/ledger.js";
import { StateParts } from "./state-parts.js";

const { inject, ref } = window.Vue;

export const LedgersPage = {
  components: { StateParts },
  setup() {
    const desk = inject("desk");
    const page = ref(1);
    const loaded = useLoaded(() => desk.api.get(`/ledger?page=${page.value}`), () => [page.value, desk.changed.ledger, desk.changed.sessions]);
    return { desk, page, loaded, words: LEDGER_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.title" /><p class="soft"><text-pair :of="words.intro" /></p>
      <problem-box :of="loaded.problem.value" />
      <template v-if="loaded.value.value">
        <empty-note v-if="!loaded.value.value.sessions.length" :of="words.none" icon="Notebook" />
        <template v-else><table class="plain-table roomy">
          <thead><tr><th><text-pair :of="words.session" /></th><th><text-pair :of="words.states" /></th><th><text-pair :of="words.balance" /></th><th><text-pair :of="words.signedOff" /></th></tr></thead>
          <tbody><tr v-for="line in loaded.value.value.sessions" :key="line.session" :data-session="line.session" :class="{ faded: line.state === 'cancelled' }">
            <td><a class="main-link" :href="desk.hashOf('ledger', line.session)">{{ line.title }}</a><div class="sub kd-number">{{ desk.longMoment(line.starts_at, line.time_zone) }} · {{ line.site_name }} · {{ text.people(line.candidates).zh }}</div></td>
            <td class="states-cell"><state-parts :counts="line.counts" :total="line.candidates" /></td>
            <td class="nowrap"><span class="state-mark" :class="line.balanced ? 'tone-good' : 'tone-bad'"><el-icon aria-hidden="true"><CircleCheck v-if="line.balanced" /><WarningFilled v-else /></el-icon>{{ line.balanced ? words.balanced.zh : words.unbalanced(line.findings).zh }}</span></td>
            <td class="nowrap kd-number">{{ line.signed_off_at ? desk.shortMoment(line.signed_off_at, line.time_zone) : words.notSigned.zh }}</td>
          </tr></tbody></table>
          <list-pages :page="page" :total="loaded.value.value.total" @go="page = $event" /></template>
      </template>
    </main>`,
};
