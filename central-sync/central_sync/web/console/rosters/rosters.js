/** The list of rosters. */

import { NamedDialog } from "../banks/named-dialog.js";
import { useLoaded } from "../parts/loaded.js";
import { ROSTER_TEXT } from "../texts/banks.js";
import { TEXT } from "../texts/common.js";

const { inject, ref } = window.Vue;

export const RostersPage = {
  components: { NamedDialog },
  setup() {
    const desk = inject("desk");
    const loaded = useLoaded(() => desk.api.get("/rosters"), () => desk.changed.jobs);
    const adding = ref(false);
    async function add(body) {
      const made = await desk.api.post("/rosters", body);
      desk.go("rosters", made.roster, "import");
    }
    return { desk, loaded, adding, add, words: ROSTER_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.title"><el-button v-if="desk.may('plan')" type="primary" icon="Plus" @click="adding = true"><text-pair :of="words.add" /></el-button></page-head>
      <problem-box :of="loaded.problem.value" />
      <template v-if="loaded.value.value">
        <empty-note v-if="!loaded.value.value.rosters.length" :of="words.none" icon="User" />
        <table v-else class="plain-table roomy">
          <thead><tr><th><text-pair :of="words.number" /></th><th><text-pair :of="words.rosterName" /></th><th><text-pair :of="text.category" /></th><th class="number"><text-pair :of="words.candidates" /></th>
            <th class="number"><text-pair :of="words.photos" /></th><th><text-pair :of="words.arranged" /></th><th><text-pair :of="words.created" /></th><th><text-pair :of="text.by" /></th></tr></thead>
          <tbody><tr v-for="roster in loaded.value.value.rosters" :key="roster.roster">
            <td><code>{{ roster.roster }}</code></td><td><a class="main-link" :href="desk.hashOf('rosters', roster.roster)">{{ roster.name }}</a></td><td>{{ roster.category }}</td>
            <td class="number">{{ roster.candidates }}</td><td class="number">{{ roster.photos }}</td><td><fill-bar :full="roster.arranged" :of="roster.candidates" /></td>
            <td class="nowrap kd-number">{{ desk.shortMoment(roster.created_at) }}</td><td>{{ roster.by }}</td>
          </tr></tbody>
        </table>
      </template>
      <named-dialog v-if="adding" :title="words.add" :name-label="words.rosterName" :act="add" @done="adding = false" />
    </main>`,
};
