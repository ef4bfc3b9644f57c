/** The session's log: journal entries as sentences, newest first. */

import { useLoaded } from "../parts/parts.js";
import { TEXT } from "../texts/common.js";
import { SESSION_TEXT } from "../texts/session.js";

const { computed, inject, onUnmounted, ref, watch } = window.Vue;

const PAGE_LINES = 100;
const SETTLE_MS = 1000;

const KIND_ICON = [
  ["session.", "Flag"],
  ["attempt.messaged", "ChatDotSquare"],
  ["attempt.terminated", "CircleClose"],
  ["attempt.locked", "Lock"],
  ["attempt.unlocked", "Unlock"],
  ["attempt.credit", "Timer"],
  ["attempt.extended", "Timer"],
  ["credit.", "Timer"],
  ["attempt.paused", "VideoPause"],
  ["attempt.", "User"],
  ["response.refused", "WarningFilled"],
  ["receipt.", "WarningFilled"],
  ["site.", "Cpu"],
  ["staff.", "Key"],
];

function iconOf(kind) {
  const found = KIND_ICON.find(([start]) => kind.startsWith(start));
  return found ? found[1] : "Document";
}

export const LogTab = {
  setup() {
    const desk = inject("desk");
    const feed = inject("feed");
    const limit = ref(PAGE_LINES);
    const wanted = ref("");
    const loaded = useLoaded(() => feed.get(`log?limit=${limit.value}`), limit);
    let timer = 0;
    // The board's seq grows twice a second under load; the log follows it a little slower.
    watch(feed.seq, () => {
      if (!timer) {
        timer = setTimeout(() => {
          timer = 0;
          loaded.again();
        }, SETTLE_MS);
      }
    });
    onUnmounted(() => clearTimeout(timer));
    const nameOf = (line) => (feed.seat(line.subject) ? feed.seat(line.subject).name : "");
    const lines = computed(() => {
      const all = loaded.value.value ? loaded.value.value.lines : [];
      const text = wanted.value.trim().toLowerCase();
      if (!text) return all;
      return all.filter((line) =>
        [line.zh, line.en, line.subject, line.actor, nameOf(line)].some((part) => part.toLowerCase().includes(text)),
      );
    });
    const whole = computed(() => loaded.value.value && loaded.value.value.lines.length < limit.value);
    return {
      desk, feed, loaded, lines, limit, wanted, whole, iconOf, nameOf, more: () => { limit.value += PAGE_LINES * 2; },
      words: SESSION_TEXT.log, columns: SESSION_TEXT.columns, text: TEXT,
    };
  },
  template: `
    <div class="tab-page">
      <div class="section-head">
        <el-input v-model="wanted" class="search" clearable prefix-icon="Search" :placeholder="words.search.zh" :aria-label="words.search.zh" />
      </div>
      <problem-box :of="loaded.problem.value" />
      <table v-if="lines.length" class="plain-table log">
        <thead><tr><th><text-pair :of="columns.time" /></th><th><text-pair :of="columns.what" /></th><th><text-pair :of="columns.name" /></th>
          <th><text-pair :of="columns.actor" /></th><th class="end">#</th></tr></thead>
        <tbody><tr v-for="line in lines" :key="line.seq">
          <td class="kd-number nowrap">{{ desk.dateTime(line.at).slice(0, 10) }} {{ desk.clockSeconds(line.at) }}</td>
          <td><el-icon aria-hidden="true"><component :is="iconOf(line.kind)" /></el-icon> <text-pair :of="line" /></td>
          <td class="nowrap">{{ nameOf(line) }}</td><td class="nowrap">{{ line.actor }}</td><td class="kd-number end soft">{{ line.seq }}</td></tr></tbody>
      </table>
      <p v-else-if="loaded.value.value" class="empty-line"><text-pair :of="words.none" /></p>
      <p class="centre"><el-button v-if="!whole" :loading="loaded.loading.value" @click="more"><text-pair :of="words.more" /></el-button>
        <span v-else class="soft"><text-pair :of="words.all" /></span></p>
    </div>`,
};
