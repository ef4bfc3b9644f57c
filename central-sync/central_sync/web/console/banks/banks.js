/** The list of question banks. */

import { grouped } from "../../shared/format.js";
import { useLoaded } from "../parts/loaded.js";
import { BANK_TEXT } from "../texts/banks.js";
import { TEXT } from "../texts/common.js";
import { NamedDialog } from "./named-dialog.js";

const { inject, ref } = window.Vue;

export const BanksPage = {
  components: { NamedDialog },
  setup() {
    const desk = inject("desk");
    const loaded = useLoaded(() => desk.api.get("/banks"), () => desk.changed.jobs);
    const adding = ref(false);
    async function add(body) {
      const bank = await desk.api.post("/banks", body);
      desk.said(BANK_TEXT.made);
      desk.go("banks", bank.bank, "import");
    }
    return { desk, loaded, adding, add, grouped, words: BANK_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.title"><el-button v-if="desk.may('plan')" type="primary" icon="Plus" @click="adding = true"><text-pair :of="words.add" /></el-button></page-head>
      <problem-box :of="loaded.problem.value" />
      <template v-if="loaded.value.value">
        <empty-note v-if="!loaded.value.value.banks.length" :of="words.none" icon="Collection" />
        <table v-else class="plain-table roomy">
          <thead><tr><th><text-pair :of="words.number" /></th><th><text-pair :of="words.bankName" /></th><th><text-pair :of="text.category" /></th><th class="number"><text-pair :of="words.items" /></th>
            <th class="number"><text-pair :of="words.media" /></th><th class="number"><text-pair :of="words.version" /></th><th><text-pair :of="text.updated" /></th></tr></thead>
          <tbody><tr v-for="bank in loaded.value.value.banks" :key="bank.bank">
            <td><code>{{ bank.bank }}</code></td><td><a class="main-link" :href="desk.hashOf('banks', bank.bank)">{{ bank.name }}</a></td><td>{{ bank.category }}</td>
            <td class="number">{{ grouped(bank.items) }}</td><td class="number">{{ grouped(bank.media) }}</td><td class="number">{{ bank.version || words.empty.zh }}</td>
            <td class="nowrap kd-number">{{ desk.shortMoment(bank.updated_at) }}</td>
          </tr></tbody>
        </table>
      </template>
      <named-dialog v-if="adding" :title="words.add" :name-label="words.bankName" :act="add" @done="adding = false" />
    </main>`,
};
