/** The journal entries that the centre holds of a session, in the order of receipt. */

import { clockSeconds } from "../../shared/format.js";
import { useWork } from "../parts/loaded.js";
import { LEDGER_TEXT } from "../texts/ledger.js";

const { inject, ref, watch } = window.Vue;

const LIMIT = 200;

export const SessionEntries = {
  props: { session: { type: String, required: true }, zone: { type: String, required: true } },
  setup(props) {
    const desk = inject("desk");
    const entries = ref([]);
    const more = ref(false);
    const ready = ref(false);
    const work = useWork();
    async function load() {
      if (work.busy.value) return;
      const last = entries.value[entries.value.length - 1];
      await work.run(async () => {
        const answer = await desk.api.get(`/sessions/${encodeURIComponent(props.session)}/entries?after=${last ? last.received : 0}&limit=${LIMIT}`);
        entries.value = [...entries.value, ...answer.entries];
        more.value = answer.more;
        ready.value = true;
      });
    }
    watch(() => desk.changed.ledger, () => { if (!more.value) load(); });
    load();
    const time = (entry) => clockSeconds(entry.at, props.zone);
    return { entries, more, ready, work, load, time, words: LEDGER_TEXT.entries, text: LEDGER_TEXT };
  },
  template: `
    <problem-box :of="work.problem.value" />
    <empty-note v-if="ready && !entries.length" :of="words.none" icon="Notebook" />
    <table v-else class="plain-table entries"><thead><tr><th class="number">#</th><th><text-pair :of="text.at" /></th><th><text-pair :of="words.kind" /></th><th><text-pair :of="words.subject" /></th><th><text-pair :of="words.actor" /></th><th><text-pair :of="words.body" /></th></tr></thead>
      <tbody><tr v-for="entry in entries" :key="entry.received"><td class="number">{{ entry.seq }}</td><td class="nowrap kd-number">{{ time(entry) }}</td><td class="nowrap">{{ entry.zh }} <span class="kd-en">{{ entry.en }}</span> <el-tag v-if="entry.odd" size="small" type="danger">{{ words.odd.zh }}</el-tag></td>
        <td>{{ entry.name }} <code>{{ entry.subject }}</code></td><td>{{ entry.actor }}</td><td><details><summary><code>{{ JSON.stringify(entry.body).slice(0, 60) }}</code></summary><pre>{{ JSON.stringify(entry.body, null, 2) }}</pre></details></td></tr></tbody></table>
    <div v-if="more" class="form-foot"><el-button :loading="work.busy.value" @click="load"><text-pair :of="words.more" /></el-button></div>`,
};
