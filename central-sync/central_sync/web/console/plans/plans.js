/** The list of exam plans, and the form of one. */

import { useLoaded } from "../parts/loaded.js";
import { TEXT } from "../texts/common.js";
import { PLAN_TEXT } from "../texts/plans.js";
import { PlanForm } from "./plan-form.js";

const { inject, ref } = window.Vue;

export const PlansPage = {
  components: { PlanForm },
  setup() {
    const desk = inject("desk");
    const loaded = useLoaded(() => desk.api.get("/plans"), () => desk.changed.sessions);
    const task = ref(null);
    function saved() {
      task.value = null;
      loaded.again();
    }
    return { desk, loaded, task, saved, words: PLAN_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.title"><el-button v-if="desk.may('plan')" type="primary" icon="Plus" @click="task = { plan: null }"><text-pair :of="words.add" /></el-button></page-head>
      <problem-box :of="loaded.problem.value" />
      <template v-if="loaded.value.value">
        <empty-note v-if="!loaded.value.value.plans.length" :of="words.none" icon="Document" />
        <table v-else class="plain-table roomy">
          <thead><tr><th><text-pair :of="words.number" /></th><th><text-pair :of="words.planName" /></th><th><text-pair :of="words.rules" /></th><th><text-pair :of="words.blueprint" /></th><th><text-pair :of="words.window" /></th>
            <th class="number"><text-pair :of="words.sessions" /></th><th class="number"><text-pair :of="words.arranged" /></th><th></th></tr></thead>
          <tbody><tr v-for="plan in loaded.value.value.plans" :key="plan.plan">
            <td><code>{{ plan.plan }}</code></td><td><strong>{{ plan.name }}</strong><div class="sub">{{ plan.category }}</div><div v-for="finding in plan.findings" :key="finding.zh" class="sub bad">{{ finding.zh }} <span class="kd-en">{{ finding.en }}</span></div></td>
            <td>{{ words.rulesOf(plan).zh }}<div class="sub">{{ words.resitsOf(plan.resits).zh }}</div></td><td>{{ plan.blueprint_name }}<div class="sub">{{ plan.bank_name }}</div></td>
            <td class="nowrap kd-number">{{ desk.longMoment(plan.window_from) }}<div class="sub">至 {{ desk.longMoment(plan.window_until) }}</div></td>
            <td class="number">{{ plan.sessions }}</td><td class="number">{{ plan.arranged }}</td>
            <td class="end nowrap"><template v-if="desk.may('plan')"><el-button size="small" @click="task = { plan }"><text-pair :of="text.change" /></el-button><el-button size="small" type="primary" @click="desk.go('arrange', plan.plan)"><text-pair :of="words.arrange" /></el-button></template></td>
          </tr></tbody>
        </table>
      </template>
      <plan-form v-if="task" :plan="task.plan" @done="task = null" @saved="saved" />
    </main>`,
};
