/** The result list of a session: figures, lines, workbook, paper. */

import { useLoaded } from "../parts/loaded.js";
import { share } from "../quantities.js";
import { LEDGER_STATE } from "../states.js";
import { TEXT } from "../texts/common.js";
import { LEDGER_TEXT, RESULT_TEXT } from "../texts/ledger.js";

const { computed, inject, ref } = window.Vue;

const FITS = { all: () => true, passed: ({ passed }) => passed === true, failed: ({ passed }) => passed === false, other: ({ passed }) => passed === null };

export const ResultsPage = {
  setup() {
    const desk = inject("desk");
    const sessions = useLoaded(async () => (await desk.api.get("/sessions")).sessions.filter(({ state }) => state !== "cancelled").reverse(), () => desk.changed.sessions);
    const chosen = computed(() => desk.route.id || "");
    const loaded = useLoaded(() => (chosen.value ? desk.api.get(`/sessions/${encodeURIComponent(chosen.value)}/results`) : Promise.resolve(null)), () => [desk.changed.ledger, desk.changed.sessions]);
    const view = computed(() => loaded.value.value);
    const only = ref("all");
    const lines = computed(() => view.value.lines.filter(FITS[only.value]));
    const label = (each) => `${desk.longMoment(each.starts_at, each.time_zone)} ${each.site_name} ${each.title}`;
    const download = () => desk.download(`/sessions/${encodeURIComponent(chosen.value)}/results.xlsx`, `${view.value.title}-成绩.xlsx`);
    const print = () => window.print();
    return { desk, sessions, chosen, loaded, view, only, lines, label, download, print, share, states: LEDGER_STATE, words: RESULT_TEXT, people: LEDGER_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.title"><template v-if="view"><el-button icon="Printer" @click="print"><text-pair :of="words.print" /></el-button><el-button type="primary" icon="Download" @click="download"><text-pair :of="words.download" /></el-button></template></page-head>
      <problem-box :of="sessions.problem.value || loaded.problem.value" />
      <template v-if="sessions.value.value">
        <empty-note v-if="!sessions.value.value.length" :of="words.none" icon="Medal" />
        <div v-else class="filters"><el-select :model-value="chosen" class="session-select" filterable :placeholder="words.choose.zh" :aria-label="words.choose.zh" @update:model-value="desk.go('results', $event)"><el-option v-for="each in sessions.value.value" :key="each.session" :value="each.session" :label="label(each)" /></el-select></div>
      </template>
      <template v-if="view">
        <h2 class="result-title">{{ view.title }} <span class="soft">{{ desk.longMoment(view.starts_at, view.time_zone) }} {{ view.site_name }}</span></h2>
        <div class="balance" :class="view.final ? 'good' : 'open'"><el-icon aria-hidden="true"><CircleCheckFilled v-if="view.final" /><Clock v-else /></el-icon><text-pair :of="view.final ? words.final : words.notFinal" /></div>
        <dl class="figures small"><div v-for="name in ['sat', 'passed', 'failed', 'absent', 'voided']" :key="name"><dt><text-pair :of="words[name]" /></dt><dd>{{ view[name] }}</dd></div>
          <div><dt><text-pair :of="words.rate" /></dt><dd>{{ share(view.passed, view.sat) }}</dd></div></dl>
        <div class="filters"><el-radio-group v-model="only"><el-radio-button v-for="(name, key) in words.only" :key="key" :value="key">{{ name.zh }}</el-radio-button></el-radio-group><span class="soft">{{ text.people(lines.length).zh }}</span></div>
        <empty-note v-if="!lines.length" :of="words.noLines" icon="Search" />
        <table v-else class="plain-table"><thead><tr><th><text-pair :of="people.seat" /></th><th><text-pair :of="people.name" /></th><th><text-pair :of="words.sex" /></th><th><text-pair :of="people.ticket" /></th><th><text-pair :of="people.idNumber" /></th><th><text-pair :of="words.employer" /></th><th class="number"><text-pair :of="words.resit" /></th><th class="number"><text-pair :of="words.score" /></th><th><text-pair :of="words.verdict" /></th></tr></thead>
          <tbody><tr v-for="line in lines" :key="line.ticket" :data-ticket="line.ticket"><td class="nowrap">{{ line.room }} <strong>{{ line.seat }}</strong></td><td class="nowrap"><strong>{{ line.name }}</strong></td><td>{{ line.sex === "M" ? text.male.zh : text.female.zh }}</td><td class="kd-number">{{ line.ticket }}</td><td class="kd-number">{{ line.id_number }}</td><td>{{ line.employer }}</td><td class="number">{{ line.resit || "" }}</td>
            <td class="number"><strong>{{ line.score }}</strong></td><td class="nowrap"><span v-if="line.passed !== null" class="state-mark" :class="line.passed ? 'tone-good' : 'tone-bad'">{{ line.passed ? people.pass.zh : people.fail.zh }}</span><template v-else><state-mark :of="states[line.state]" /> <span class="soft">{{ line.zh }}</span></template></td></tr></tbody></table>
      </template>
    </main>`,
};
