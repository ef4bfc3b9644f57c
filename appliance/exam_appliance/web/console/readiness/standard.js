/** The 46 rows of the environment standard: how the site stands, what to do, who declared. */

import { READINESS_TEXT } from "../texts/readiness.js";
import { DeclareDialog } from "./declare-dialog.js";
import { StateWord } from "./marks.js";
import { useRun } from "./run.js";
import { useSaving } from "./saving.js";

const { computed, inject, ref } = window.Vue;

const WORDS = READINESS_TEXT;

const RowLine = {
  components: { StateWord },
  props: { row: { type: Object, required: true } },
  emits: ["declare", "withdraw", "evidence"],
  setup(props) {
    const desk = inject("desk");
    const told = computed(() => ({ zh: props.row.measured_zh, en: props.row.measured_en }));
    const todo = computed(() => ({ zh: props.row.todo_zh, en: props.row.todo_en }));
    const need = computed(() => ({ zh: props.row.need_zh, en: props.row.need_en }));
    const by = computed(() => {
      const held = props.row.declaration;
      return held ? WORDS.declaredBy(held.by_name, desk.dateTime(held.at)) : null;
    });
    const mayDeclare = computed(() => props.row.found === "unknown" && !props.row.stood_in_for_by);
    return { told, todo, need, by, mayDeclare, words: WORDS };
  },
  template: `
    <tr class="standard-row" :class="'is-' + (row.stood_in_for_by ? 'pass' : row.state)" :data-row="row.id" :data-state="row.state">
      <td class="state-cell"><state-word :state="row.state" :not-needed="Boolean(row.stood_in_for_by)" /></td>
      <td class="row-name"><strong>{{ row.zh }}</strong> <el-tag v-if="row.level === 'recommended'" size="small" type="info" disable-transitions>{{ words.recommended.zh }}</el-tag>
        <span class="kd-en line">{{ row.en }}</span></td>
      <td class="row-need">{{ need.zh }}<span v-if="row.quantity" class="nowrap soft">{{ words.quantity(row.quantity, row.unit) }}</span><span class="kd-en line">{{ need.en }}</span></td>
      <td class="row-measured"><text-pair :of="told" stack />
        <p v-if="row.stood_in_for_by" class="row-note"><text-pair :of="words.otherMode" /></p>
        <p v-if="todo.zh" class="row-todo"><el-icon aria-hidden="true"><Right /></el-icon> <text-pair :of="todo" stack /></p>
        <div v-if="row.declaration" class="row-declared"><el-icon aria-hidden="true"><Stamp /></el-icon> <span><text-pair :of="by" /><br />{{ row.declaration.note }}
          <button type="button" class="link-button" @click="$emit('evidence', row)">{{ row.declaration.evidence_name }}</button></span></div></td>
      <td class="row-deeds">
        <el-button v-if="mayDeclare" size="small" icon="Stamp" class="declare-row" @click="$emit('declare', row)">{{ (row.declaration ? words.redeclare : words.declare).zh }}</el-button>
        <button v-if="row.declaration" type="button" class="link-button withdraw-row" @click="$emit('withdraw', row)">{{ words.withdraw.zh }}</button></td>
    </tr>`,
};

export const StandardRows = {
  components: { DeclareDialog, RowLine, StateWord },
  setup() {
    const desk = inject("desk");
    const run = useRun(desk, "/readiness");
    const saving = useSaving(desk);
    const only = ref("all");
    const task = ref(null);
    const report = computed(() => (run.view.value ? run.view.value.report : null));
    const isOpen = (row) => (row.state === "fail" || row.state === "unknown") && !row.stood_in_for_by;
    const groups = computed(() => {
      if (!report.value) return [];
      const shown = report.value.rows.filter((row) => only.value === "all" || isOpen(row));
      return report.value.groups
        .map((group) => ({ group, rows: shown.filter((row) => row.group === group.id) }))
        .filter((one) => one.rows.length);
    });
    const verdict = computed(() => (report.value.ready ? WORDS.ready : WORDS.open(report.value.required_open.length)));
    const told = computed(() => WORDS.at(desk.dateTime(report.value.at), report.value.by_name));
    const percent = computed(() => Math.round((100 * run.view.value.done) / run.view.value.of));
    const evidence = (row) => saving.save(`/readiness/evidence/${row.declaration.evidence_sha256}`, row.declaration.evidence_name);
    const pdf = () => saving.save("/readiness/report.pdf", `就绪报告-${report.value.site_name}.pdf`);
    return { desk, run, saving, only, task, report, groups, verdict, told, percent, evidence, pdf, words: WORDS };
  },
  template: `
    <section class="standard">
      <div class="button-row standard-head">
        <el-button class="run-readiness" type="primary" icon="Refresh" :loading="run.running.value" @click="run.begin()"><text-pair :of="report ? words.again : words.run" /></el-button>
        <el-button v-if="report" class="readiness-pdf" icon="Printer" :loading="saving.busy.value === '/readiness/report.pdf'" @click="pdf"><text-pair :of="words.pdf" /></el-button>
        <p v-if="!report" class="head-what"><text-pair :of="words.what" stack /></p>
        <template v-else>
          <strong class="head-verdict" :class="report.ready ? 'good' : 'bad'" role="status"><text-pair :of="verdict" /></strong>
          <span class="soft small">{{ told.zh }}</span>
          <span class="counts"><span v-for="(number, state) in report.counts" :key="state" class="count" :data-count="state"><state-word :state="state" /> <b class="kd-number">{{ number }}</b></span></span>
          <el-radio-group v-model="only" size="small" class="only"><el-radio-button v-for="(of, name) in words.only" :key="name" :value="name">{{ of.zh }}</el-radio-button></el-radio-group>
        </template>
      </div>
      <div v-if="run.running.value" class="run-progress" role="status"><text-pair :of="words.running(run.view.value.done, run.view.value.of)" /><el-progress :percentage="percent" :stroke-width="10" :show-text="false" /></div>
      <problem-box :of="run.problem.value || saving.problem.value" />
      <el-empty v-if="run.view.value && !report && !run.running.value" :description="words.none.zh + ' ' + words.none.en" />
      <table v-if="report" class="plain-table standard-table">
        <thead><tr><th scope="col"><text-pair :of="words.state" /></th><th scope="col"><text-pair :of="words.row" /></th><th scope="col"><text-pair :of="words.need" /></th><th scope="col"><text-pair :of="words.measured" /></th><th scope="col"><span class="kd-unseen">{{ words.declare.zh }}</span></th></tr></thead>
        <tbody v-for="one in groups" :key="one.group.id"><tr class="group-head"><th colspan="5" scope="colgroup"><text-pair :of="one.group" /></th></tr>
          <row-line v-for="row in one.rows" :key="row.id" :row="row" @declare="task = { row: $event, withdraw: false }" @withdraw="task = { row: $event, withdraw: true }" @evidence="evidence" /></tbody>
      </table>
      <declare-dialog :task="task" @done="task = null" @view="run.take" />
    </section>`,
};
