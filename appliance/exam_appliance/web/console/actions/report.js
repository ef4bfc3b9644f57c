/** What an action did: for whom it is done, for whom not and why. */

import { ACTION_TEXT } from "../texts/actions.js";
import { SESSION_TEXT } from "../texts/session.js";

const { inject } = window.Vue;

export const ActionReport = {
  props: { report: { type: Object, required: true } },
  setup: () => ({ feed: inject("feed"), words: ACTION_TEXT.report, columns: SESSION_TEXT.columns }),
  template: `
    <div class="action-report" role="status">
      <p class="report-done"><el-icon aria-hidden="true"><CircleCheckFilled /></el-icon> <text-pair :of="words.done(report.done.length)" /></p>
      <p class="report-refused"><el-icon aria-hidden="true"><WarningFilled /></el-icon> <text-pair :of="words.refused(report.refused.length)" /></p>
      <table class="plain-table">
        <thead><tr><th><text-pair :of="columns.seat" /></th><th><text-pair :of="columns.name" /></th><th><text-pair :of="words.why" /></th></tr></thead>
        <tbody><tr v-for="line in report.refused" :key="line.ticket">
          <td class="kd-number">{{ feed.seat(line.ticket) ? feed.seat(line.ticket).seat : "" }}</td>
          <td>{{ feed.seat(line.ticket) ? feed.seat(line.ticket).name : line.ticket }}</td>
          <td><text-pair :of="line" stack /></td>
        </tr></tbody>
      </table>
    </div>`,
};
