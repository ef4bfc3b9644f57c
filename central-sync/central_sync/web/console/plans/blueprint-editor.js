/** A blueprint as a table of sections, checked against its bank while it is written. */

import { useWork } from "../parts/loaded.js";
import { ITEM_TYPE } from "../states.js";
import { TEXT } from "../texts/common.js";
import { BLUEPRINT_TEXT } from "../texts/plans.js";

const { computed, inject, onUnmounted, reactive, ref, watch } = window.Vue;

const CHECK_AFTER_MS = 350;
const FIRST = [
  { type: "true_false", topic: null, count: 20, points: 1 },
  { type: "single", topic: null, count: 40, points: 1 },
  { type: "multiple", topic: null, count: 20, points: 2 },
];

export const BlueprintEditor = {
  setup() {
    const desk = inject("desk");
    const fresh = desk.route.id === "new";
    const locked = !desk.may("plan");
    const form = reactive({ name: "", bank: "", shuffle_items: true, shuffle_choices: true, sections: FIRST.map((each) => ({ ...each })) });
    const banks = ref([]);
    const ready = ref(false);
    const verdict = ref(null);
    const checking = ref(false);
    const work = useWork();
    let timer = 0;
    let turn = 0;
    work.run(async () => {
      const held = await desk.api.get("/banks");
      banks.value = held.banks.filter(({ items }) => items > 0);
      if (!fresh) {
        const one = await desk.api.get(`/blueprints/${encodeURIComponent(desk.route.id)}`);
        Object.assign(form, { name: one.name, bank: one.bank, ...JSON.parse(JSON.stringify(one.body)) });
        verdict.value = one.verdict;
      } else if (banks.value.length === 1) form.bank = banks.value[0].bank;
      ready.value = true;
    });
    const body = () => ({
      name: form.name.trim(), bank: form.bank, shuffle_items: form.shuffle_items, shuffle_choices: form.shuffle_choices,
      sections: form.sections.map(({ type, topic, count, points }) => ({ type, topic: topic || null, count, points })),
    });
    async function check() {
      const mine = (turn += 1);
      checking.value = true;
      try {
        // The name does not matter to the check, but the centre wants one.
        const found = await desk.api.post("/blueprints/check", { ...body(), name: form.name.trim() || "—" });
        if (mine === turn) verdict.value = found;
      } catch (problem) {
        if (mine === turn) work.problem.value = problem;
      } finally {
        if (mine === turn) checking.value = false;
      }
    }
    watch([form, ready], () => {
      clearTimeout(timer);
      if (ready.value && !locked && form.bank && form.sections.length) timer = setTimeout(check, CHECK_AFTER_MS);
    });
    onUnmounted(() => clearTimeout(timer));
    const topics = computed(() => {
      const bank = banks.value.find((each) => each.bank === form.bank);
      return bank ? [...new Set(bank.counts.map(({ topic }) => topic))] : [];
    });
    const items = computed(() => form.sections.reduce((sum, { count }) => sum + (count || 0), 0));
    const points = computed(() => form.sections.reduce((sum, each) => sum + (each.count || 0) * (each.points || 0), 0));
    const ofSection = (index) => (verdict.value && verdict.value.sections.length === form.sections.length ? verdict.value.sections[index] : null);
    const addSection = () => form.sections.push({ type: "single", topic: null, count: 10, points: 1 });
    function up(index) {
      const [moved] = form.sections.splice(index, 1);
      form.sections.splice(index - 1, 0, moved);
    }
    async function save() {
      work.problem.value = form.name.trim() && form.bank ? null : BLUEPRINT_TEXT.missing;
      if (work.problem.value) return;
      const saved = await work.run(() => (fresh ? desk.api.post("/blueprints", body()) : desk.api.put(`/blueprints/${encodeURIComponent(desk.route.id)}`, body())));
      if (!saved) return;
      desk.said(TEXT.saved);
      desk.go("blueprints");
    }
    return { desk, fresh, locked, form, banks, ready, verdict, checking, work, topics, items, points, ofSection, addSection, up, save, types: ITEM_TYPE, words: BLUEPRINT_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="fresh ? words.add : words.one" :name="fresh ? '' : form.name" :back="desk.hashOf('blueprints')" />
      <empty-note v-if="ready && !banks.length && !locked" :of="words.noBanks" icon="Collection"><el-button type="primary" @click="desk.go('banks')"><text-pair :of="text.menu.banks" /></el-button></empty-note>
      <form v-else-if="ready" novalidate @submit.prevent="save">
        <section class="panel"><div class="fields two">
          <form-field id="blueprint-name" :label="words.blueprintName" must><el-input id="blueprint-name" v-model="form.name" maxlength="120" :disabled="locked" /></form-field>
          <form-field id="blueprint-bank" :label="words.bank" must><el-select id="blueprint-bank" v-model="form.bank" :disabled="locked"><el-option v-for="bank in banks" :key="bank.bank" :value="bank.bank" :label="bank.name + '（' + text.items(bank.items).zh + '）'" /></el-select></form-field></div>
          <div class="button-row"><el-checkbox v-model="form.shuffle_items" :disabled="locked"><text-pair :of="words.shuffleItems" /></el-checkbox><el-checkbox v-model="form.shuffle_choices" :disabled="locked"><text-pair :of="words.shuffleChoices" /></el-checkbox></div></section>
        <section class="panel"><div class="panel-head"><h2><text-pair :of="words.sections" /></h2><el-button v-if="!locked" size="small" icon="Plus" @click="addSection"><text-pair :of="words.addSection" /></el-button></div>
          <table class="plain-table edit-table"><thead><tr><th>#</th><th><text-pair :of="words.type" /></th><th><text-pair :of="words.topic" /></th><th><text-pair :of="words.count" /></th><th><text-pair :of="words.points" /></th><th class="number"><text-pair :of="words.sum" /></th><th><text-pair :of="words.held" /></th><th></th></tr></thead>
            <tbody><tr v-for="(section, index) in form.sections" :key="index" class="section-row">
              <td class="kd-number">{{ index + 1 }}</td>
              <td><el-select v-model="section.type" :disabled="locked" :aria-label="words.type.zh"><el-option v-for="(name, key) in types" :key="key" :value="key" :label="name.zh" /></el-select></td>
              <td><el-select v-model="section.topic" clearable filterable :disabled="locked" :placeholder="words.anyTopic.zh" :aria-label="words.topic.zh" @clear="section.topic = null"><el-option v-for="topic in topics" :key="topic" :value="topic" :label="topic" /></el-select></td>
              <td><el-input-number v-model="section.count" :min="1" :max="200" :disabled="locked" :aria-label="words.count.zh" /></td>
              <td><el-input-number v-model="section.points" :min="1" :max="100" :disabled="locked" :aria-label="words.points.zh" /></td>
              <td class="number">{{ section.count * section.points }}</td>
              <td class="nowrap"><span v-if="ofSection(index)" class="state-mark" :class="ofSection(index).enough ? 'tone-good' : 'tone-bad'"><el-icon aria-hidden="true"><CircleCheck v-if="ofSection(index).enough" /><WarningFilled v-else /></el-icon>
                {{ ofSection(index).held }}</span></td>
              <td class="end nowrap"><template v-if="!locked"><el-button v-if="index" size="small" icon="Top" :aria-label="words.up.zh" @click="up(index)" />
                <el-button v-if="form.sections.length > 1" size="small" icon="Delete" :aria-label="text.remove.zh" @click="form.sections.splice(index, 1)" /></template></td>
            </tr></tbody>
            <tfoot><tr><td></td><td colspan="2"><strong><text-pair :of="words.total" /></strong></td><td class="number total-items"><strong>{{ items }}</strong></td><td></td><td class="number total-points"><strong>{{ points }}</strong></td><td colspan="2"></td></tr></tfoot>
          </table>
          <div class="verdict-box" aria-live="polite" :class="verdict && !verdict.ok ? 'wrong' : ''"><template v-if="verdict && form.bank">
            <span class="state-mark" :class="verdict.ok ? 'tone-good' : 'tone-bad'"><el-icon aria-hidden="true"><CircleCheck v-if="verdict.ok" /><WarningFilled v-else /></el-icon><text-pair :of="verdict.ok ? words.ok : words.notOk" /></span>
            <ul v-if="verdict.findings.length"><li v-for="finding in verdict.findings" :key="finding.zh">{{ finding.zh }} <span class="kd-en">{{ finding.en }}</span></li></ul></template>
            <span v-if="checking" class="soft"><text-pair :of="words.checking" /></span></div></section>
        <problem-box :of="work.problem.value" />
        <div v-if="!locked" class="form-foot"><el-button type="primary" native-type="submit" :loading="work.busy.value"><text-pair :of="text.save" /></el-button><el-button @click="desk.go('blueprints')"><text-pair :of="text.cancel" /></el-button></div>
      </form>
      <problem-box v-else :of="work.problem.value" />
    </main>`,
};
