/** The list of blueprints, each as it stands against its bank. */

import { useLoaded } from "../parts/loaded.js";
import { TEXT } from "../texts/common.js";
import { BLUEPRINT_TEXT } from "../texts/plans.js";

const { inject } = window.Vue;

export const BlueprintsPage = {
  setup() {
    const desk = inject("desk");
    const loaded = useLoaded(() => desk.api.get("/blueprints"));
    return { desk, loaded, words: BLUEPRINT_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.title"><el-button v-if="desk.may('plan')" type="primary" icon="Plus" @click="desk.go('blueprints', 'new')"><text-pair :of="words.add" /></el-button></page-head>
      <problem-box :of="loaded.problem.value" />
      <template v-if="loaded.value.value">
        <empty-note v-if="!loaded.value.value.blueprints.length" :of="words.none" icon="Grid" />
        <table v-else class="plain-table roomy">
          <thead><tr><th><text-pair :of="words.number" /></th><th><text-pair :of="words.blueprintName" /></th><th><text-pair :of="words.bank" /></th><th><text-pair :of="text.category" /></th>
            <th><text-pair :of="words.total" /></th><th><text-pair :of="words.verdict" /></th><th><text-pair :of="text.updated" /></th></tr></thead>
          <tbody><tr v-for="one in loaded.value.value.blueprints" :key="one.blueprint">
            <td><code>{{ one.blueprint }}</code></td><td><a class="main-link" :href="desk.hashOf('blueprints', one.blueprint)">{{ one.name }}</a></td>
            <td><a :href="desk.hashOf('banks', one.bank)">{{ one.bank_name }}</a></td><td>{{ one.category }}</td><td class="nowrap"><text-pair :of="words.totalOf(one.verdict.items, one.verdict.points)" /></td>
            <td><span class="state-mark" :class="one.verdict.ok ? 'tone-good' : 'tone-bad'"><el-icon aria-hidden="true"><CircleCheck v-if="one.verdict.ok" /><WarningFilled v-else /></el-icon>{{ one.verdict.ok ? words.enough.zh : words.short.zh }}</span>
              <div v-for="finding in one.verdict.findings" :key="finding.zh" class="sub">{{ finding.zh }}</div></td>
            <td class="nowrap kd-number">{{ desk.shortMoment(one.updated_at) }}</td>
          </tr></tbody>
        </table>
      </template>
    </main>`,
};
