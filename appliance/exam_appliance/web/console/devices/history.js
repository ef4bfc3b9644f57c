/** Plugs, faults and self-tests of all devices, newest first. */

import { useLoaded } from "../parts/parts.js";
import { DEVICE_TEXT } from "../texts/devices.js";
import { HISTORY_LOOK, resultOf } from "./looks.js";
import { KindIcon } from "./marks.js";

const { computed, inject, ref } = window.Vue;

const WORDS = DEVICE_TEXT.history;
const LINES = 200;

export const DeviceHistory = {
  components: { KindIcon },
  emits: ["details"],
  setup() {
    const desk = inject("desk");
    const devices = inject("devices");
    const only = ref("");
    const kind = ref("");
    const loaded = useLoaded(async () => (await desk.api.get(`/devices/history?limit=${LINES}`)).lines, () => devices.view.seq);
    const lines = computed(() =>
      (loaded.value.value || [])
        .filter((line) => (!only.value || line.what === only.value) && (!kind.value || line.kind === kind.value))
        .map((line) => ({ ...line, look: HISTORY_LOOK[line.what] || { tone: "note" }, words: WORDS.what[line.what] || { zh: line.what, en: "" }, result: resultOf(line), known: devices.device(line.device) })),
    );
    return { desk, devices, only, kind, loaded, lines, whats: Object.keys(WORDS.what), words: WORDS };
  },
  template: `
    <div class="device-history">
      <div class="history-filter" role="group" :aria-label="words.only.zh">
        <button type="button" class="chip" :aria-pressed="only === ''" @click="only = ''"><text-pair :of="words.all" /></button>
        <button v-for="what in whats" :key="what" type="button" class="chip" :data-only="what" :aria-pressed="only === what" @click="only = only === what ? '' : what"><text-pair :of="words.what[what]" /></button>
        <el-select v-model="kind" class="history-kind" clearable :placeholder="words.kind.zh" :aria-label="words.kind.zh"><el-option v-for="one in devices.view.kinds" :key="one.kind" :value="one.kind" :label="one.zh"><text-pair :of="one" /></el-option></el-select>
      </div>
      <problem-box :of="loaded.problem.value" />
      <table v-if="lines.length" class="plain-table">
        <thead><tr><th><text-pair :of="words.at" /></th><th><text-pair :of="words.event" /></th><th><text-pair :of="words.device" /></th><th><text-pair :of="words.reason" /></th></tr></thead>
        <tbody><tr v-for="(line, index) in lines" :key="index + line.at" :data-what="line.what">
          <td class="kd-number nowrap">{{ desk.dateTime(line.at) }}:{{ desk.clockSeconds(line.at).slice(6) }}</td>
          <td class="nowrap"><span class="history-what" :class="'tone-' + line.look.tone"><el-icon aria-hidden="true"><component :is="line.look.icon || 'InfoFilled'" /></el-icon> <text-pair :of="line.words" /></span></td>
          <td><kind-icon :kind="line.kind" /> <button v-if="line.known" type="button" class="name-button" @click="$emit('details', line.device)">{{ line.zh }}</button><span v-else>{{ line.zh }}</span> <span class="kd-en">{{ line.en }}</span>
            <div class="soft small break">{{ line.device }}</div></td>
          <td class="history-reason"><span v-if="line.result" class="verdict" :class="line.detail === 'passed' ? 'pass' : 'fail'"><text-pair :of="line.result" /></span>
            <text-pair v-if="line.reason" :of="line.reason" stack /><div v-if="line.detail && !line.result" class="soft small break">{{ line.detail }}</div></td>
        </tr></tbody>
      </table>
      <el-empty v-else-if="loaded.value.value" :description="words.none.zh + ' ' + words.none.en" />
    </div>`,
};
