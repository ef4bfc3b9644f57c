/** The ledger of a session: counts, findings, every candidate's state and its explanation; live. */

import { useLoaded } from "../parts/loaded.js";
import { LEDGER_STATE } from "../states.js";
import { TEXT } from "../texts/common.js";
import { LEDGER_TEXT } from "../texts/ledger.js";
import { SessionEntries } from "./entries.js";
import { StateParts } from "./state-parts.js";

const { computed, inject, ref } = window.Vue;

const FINDINGS_SHOWN = 5;

export const LedgerPage = {
  components: { SessionEntries, StateParts },
  setup() {
    const desk = inject("desk");
    const loaded = useLoaded(() => desk.api.get(`/sessions/${encodeURIComponent(desk.route.id)}/ledger`), () => [desk.changed.ledger, desk.changed.sessions]);
    const view = computed(() => loaded.value.value);
    const state = ref("");
    const search = ref("");
    const lines = computed(() => {
      const wanted = search.value.trim();
      const has = (line) => !wanted || [line.name, line.id_number, line.ticket, line.room].some((text) => text.includes(wanted));
      return view.value.lines.filter((line) => (!state.value || line.state === state.value) && has(line));
    });
    const tab = computed(() => (desk.route.tab === "entries" && desk.may("readEntries") ? "entries" : "lines"));
    const whole = ref(false);
    const findings = computed(() => (whole.value ? view.value.findings : view.value.findings.slice(0, FINDINGS_SHOWN)));
    const verdict = computed(() => (view.value.signed_off ? LEDGER_TEXT.ok : LEDGER_TEXT.okOpen));
    return { desk, loaded, view, state, search, lines, tab, whole, findings, verdict, states: LEDGER_STATE, words: LEDGER_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.one" :name="view ? view.title : desk.route.id" :back="desk.hashOf('ledger')"><el-button v-if="view" icon="Calendar" @click="desk.go('sessions', view.session)"><text-pair :of="words.session" /></el-button>
        <el-button v-if="view && desk.mayOpen('results')" icon="Medal" @click="desk.go('results', view.session)"><text-pair :of="text.menu.results" /></el-button></page-head>
      <problem-box :of="loaded.problem.value" />
      <template v-if="view">
        <p class="soft kd-number">{{ desk.longMoment(view.starts_at, view.time_zone) }} · {{ view.site_name }} · {{ text.people(view.candidates).zh }} · {{ words.reported(view.reported_to_seq, desk.shortMoment(view.reported_at, view.time_zone)).zh }}</p>
        <section class="panel"><state-parts v-model="state" :counts="view.counts" :total="view.candidates" /></section>
        <div v-if="view.balanced" class="balance good"><el-icon aria-hidden="true"><CircleCheckFilled /></el-icon><text-pair :of="verdict" />
          <span v-if="view.signed_off" class="soft">{{ words.signedBy(view.signed_off).zh }} {{ desk.shortMoment(view.signed_off.at, view.time_zone) }}</span></div>
        <section v-else class="balance wrong"><div><el-icon aria-hidden="true"><WarningFilled /></el-icon><strong><text-pair :of="words.findings" /></strong></div>
          <ul><li v-for="(finding, index) in findings" :key="index"><strong v-if="finding.name">{{ finding.name }} </strong><code v-if="finding.ticket">{{ finding.ticket }}</code> {{ finding.zh }} <span class="kd-en">{{ finding.en }}</span></li></ul>
          <button v-if="findings.length < view.findings.length" type="button" class="link-button" @click="whole = true"><text-pair :of="words.allFindings(view.findings.length)" /></button></section>
        <nav v-if="desk.may('readEntries')" class="tabs"><a v-for="name in ['lines', 'entries']" :key="name" :href="desk.hashOf('ledger', view.session, name)" :aria-current="tab === name ? 'page' : undefined"><text-pair :of="words.tabs[name]" /></a></nav>
        <session-entries v-if="tab === 'entries'" :session="view.session" :zone="view.time_zone" />
        <template v-else>
          <div class="filters"><el-input v-model="search" clearable prefix-icon="Search" maxlength="100" :placeholder="words.searchHint.zh" :aria-label="words.searchHint.zh" /><span class="soft">{{ text.people(lines.length).zh }}</span></div>
          <empty-note v-if="!lines.length" :of="words.noMatch" icon="Search" />
          <table v-else class="plain-table"><thead><tr><th><text-pair :of="words.seat" /></th><th><text-pair :of="words.name" /></th><th><text-pair :of="words.ticket" /></th><th><text-pair :of="words.idNumber" /></th><th><text-pair :of="words.state" /></th><th><text-pair :of="words.why" /></th>
              <th class="number"><text-pair :of="words.score" /></th><th class="number"><text-pair :of="words.saved" /></th><th><text-pair :of="words.at" /></th></tr></thead>
            <tbody><tr v-for="line in lines" :key="line.ticket" :data-ticket="line.ticket"><td class="nowrap">{{ line.room }} <strong>{{ line.seat }}</strong></td><td class="nowrap"><strong>{{ line.name }}</strong></td><td class="kd-number">{{ line.ticket }}</td><td class="kd-number">{{ line.id_number }}</td>
              <td><state-mark :of="states[line.state]" /></td><td class="why-cell">{{ line.zh }}<div class="kd-en line">{{ line.en }}</div></td>
              <td class="number"><template v-if="line.score !== null"><strong>{{ line.score }}</strong><span class="soft"> / {{ line.of }}</span> <span class="state-mark" :class="line.passed ? 'tone-good' : 'tone-bad'">{{ line.passed ? words.pass.zh : words.fail.zh }}</span></template></td>
              <td class="number">{{ line.saved ? line.answered + " / " + line.saved : "" }}</td><td class="nowrap kd-number">{{ desk.shortMoment(line.at, view.time_zone) }}</td></tr></tbody></table>
        </template>
      </template>
    </main>`,
};
