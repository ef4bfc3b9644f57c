/** What an import found, line by line: place, field, reason. */

import { TEXT } from "../texts/common.js";

const { computed } = window.Vue;

export const ImportReport = {
  props: { of: { type: Object, required: true } },
  setup(props) {
    const words = TEXT.report;
    const count = (severity) => props.of.findings.filter((finding) => finding.severity === severity).length;
    return {
      words,
      errors: computed(() => count("error")),
      warnings: computed(() => count("warning")),
      place: ({ row, place }) => (row ? words.row(row).zh : place || words.whole.zh),
    };
  },
  template: `
    <section class="import-report">
      <div class="report-head">
        <strong :class="of.ok ? 'good' : 'bad'"><text-pair :of="of.ok ? words.taken(of.taken) : words.nothing" /></strong>
        <span v-if="errors" class="state-mark tone-bad"><el-icon aria-hidden="true"><CircleCloseFilled /></el-icon>{{ words.errors(errors).zh }}</span>
        <span v-if="warnings" class="state-mark tone-warn"><el-icon aria-hidden="true"><WarningFilled /></el-icon>{{ words.warnings(warnings).zh }}</span>
        <span v-if="!of.findings.length" class="soft"><text-pair :of="words.clean" /></span>
      </div>
      <div v-if="of.findings.length" class="report-lines">
        <table class="plain-table">
          <thead><tr><th><text-pair :of="words.place" /></th><th><text-pair :of="words.field" /></th><th><text-pair :of="words.kind" /></th><th><text-pair :of="words.why" /></th></tr></thead>
          <tbody><tr v-for="(finding, index) in of.findings" :key="index" :class="'finding-' + finding.severity">
            <td class="nowrap kd-number">{{ place(finding) }}</td><td class="nowrap">{{ finding.field }}</td>
            <td class="nowrap"><span class="state-mark" :class="finding.severity === 'error' ? 'tone-bad' : 'tone-warn'">{{ words[finding.severity].zh }}</span></td>
            <td>{{ finding.zh }}<div class="kd-en line" lang="en">{{ finding.en }}</div></td>
          </tr></tbody>
        </table>
      </div>
      <p v-if="of.unlisted" class="hint"><text-pair :of="words.unlisted(of.unlisted)" /></p>
    </section>`,
};
