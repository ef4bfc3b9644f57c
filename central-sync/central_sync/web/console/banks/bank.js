/** A question bank: what is in it, items, import, export. */

import { grouped } from "../../shared/format.js";
import { useLoaded } from "../parts/loaded.js";
import { BANK_TEXT } from "../texts/banks.js";
import { TEXT } from "../texts/common.js";
import { TopicChart } from "./chart.js";
import { BankImport } from "./import.js";
import { BankItems } from "./items.js";
import { NamedDialog } from "./named-dialog.js";

const { computed, inject, ref } = window.Vue;

const EXPORTS = { qti: "zip", xlsx: "xlsx", media: "zip" };

export const BankPage = {
  components: { BankImport, BankItems, NamedDialog, TopicChart },
  setup() {
    const desk = inject("desk");
    const path = `/banks/${encodeURIComponent(desk.route.id)}`;
    const loaded = useLoaded(() => desk.api.get(path));
    const bank = computed(() => loaded.value.value);
    const tabs = computed(() => (desk.may("plan") ? ["overview", "items", "import", "export"] : ["overview"]));
    const tab = computed(() => (tabs.value.includes(desk.route.tab) ? desk.route.tab : "overview"));
    const editing = ref(false);
    const busy = ref("");
    async function rename(body) {
      loaded.value.value = await desk.api.patch(path, body);
      desk.said(TEXT.saved);
    }
    async function take(kind) {
      busy.value = kind;
      await desk.download(`${path}/export/${kind}`, `${bank.value.name}-v${bank.value.version}-${kind}.${EXPORTS[kind]}`);
      busy.value = "";
    }
    return { desk, loaded, bank, tabs, tab, editing, busy, rename, take, grouped, exports: EXPORTS, words: BANK_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.one" :name="bank ? bank.name : desk.route.id" :back="desk.hashOf('banks')">
        <el-button v-if="bank && desk.may('plan')" icon="Edit" @click="editing = true"><text-pair :of="text.change" /></el-button></page-head>
      <problem-box :of="loaded.problem.value" />
      <template v-if="bank">
        <dl class="facts"><div><dt>{{ words.number.zh }}</dt><dd><code>{{ bank.bank }}</code></dd></div><div><dt>{{ text.category.zh }}</dt><dd>{{ bank.category }}</dd></div>
          <div><dt>{{ words.items.zh }}</dt><dd class="kd-number">{{ grouped(bank.items) }}</dd></div><div><dt>{{ words.media.zh }}</dt><dd class="kd-number">{{ grouped(bank.media) }}</dd></div>
          <div><dt>{{ words.version.zh }}</dt><dd>{{ bank.version || words.empty.zh }}</dd></div><div><dt>{{ text.updated.zh }}</dt><dd class="kd-number">{{ desk.longMoment(bank.updated_at) }}</dd></div></dl>
        <nav v-if="tabs.length > 1" class="tabs"><a v-for="name in tabs" :key="name" :href="desk.hashOf('banks', bank.bank, name)" :aria-current="tab === name ? 'page' : undefined"><text-pair :of="words.tabs[name]" /></a></nav>
        <bank-import v-if="tab === 'import'" :bank="bank" @imported="loaded.again()" />
        <section v-else-if="tab === 'export'" class="panel"><p class="consequence"><text-pair :of="words.exportHint" stack /></p>
          <div class="button-row"><el-button v-for="(end, kind) in exports" :key="kind" icon="Download" :disabled="!bank.version" :loading="busy === kind" @click="take(kind)"><text-pair :of="words.exports[kind]" /></el-button></div></section>
        <empty-note v-else-if="!bank.version" :of="words.emptyBank" icon="Collection"><el-button v-if="desk.may('plan')" type="primary" @click="desk.go('banks', bank.bank, 'import')"><text-pair :of="words.toImport" /></el-button></empty-note>
        <bank-items v-else-if="tab === 'items'" :bank="bank" />
        <template v-else>
          <section class="panel"><h2><text-pair :of="words.counts" /></h2><topic-chart :counts="bank.counts" /></section>
          <section class="panel"><h2><text-pair :of="words.versions" /></h2><table class="plain-table">
            <thead><tr><th><text-pair :of="words.version" /></th><th><text-pair :of="text.at" /></th><th><text-pair :of="text.by" /></th><th><text-pair :of="words.source" /></th><th class="number"><text-pair :of="words.items" /></th><th class="number"><text-pair :of="words.changes" /></th></tr></thead>
            <tbody><tr v-for="version in bank.versions" :key="version.version"><td>{{ version.version }}</td><td class="nowrap kd-number">{{ desk.longMoment(version.at) }}</td><td>{{ version.by }}</td><td class="file-cell">{{ version.source }}</td>
              <td class="number">{{ grouped(version.items) }}</td><td class="number">+{{ version.added }} / {{ version.changed }} / -{{ version.removed }}</td></tr></tbody></table></section>
        </template>
      </template>
      <named-dialog v-if="editing" :title="words.edit" :name-label="words.bankName" :name="bank.name" :category="bank.category" :act="rename" @done="editing = false" />
    </main>`,
};
