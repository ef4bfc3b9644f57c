/** What is plugged in and known to no catalogue entry, with an entry to paste. */

import { useLoaded } from "../parts/parts.js";
import { DEVICE_TEXT } from "../texts/devices.js";
import { valueText } from "./values.js";

const { computed, inject } = window.Vue;

const WORDS = DEVICE_TEXT.unknown;

export const UnknownDevices = {
  setup() {
    const desk = inject("desk");
    const devices = inject("devices");
    const loaded = useLoaded(
      async () => (await desk.api.get("/devices/unknown", { retry: false })).sightings,
      () => `${devices.view.unknown.join(" ")} ${devices.view.line ? devices.view.line.state : ""}`,
    );
    const found = computed(() =>
      (loaded.value.value || []).map((one) => ({ ...one, rows: Object.entries(one.keys).map(([name, value]) => ({ name, is: valueText(value) })) })),
    );
    async function copy(text) {
      try {
        await navigator.clipboard.writeText(text);
        desk.said(WORDS.copied);
      } catch (refused) {
        desk.failed(Object.assign(new Error(WORDS.notCopied.en), WORDS.notCopied));
      }
    }
    return { loaded, found, copy, words: WORDS };
  },
  template: `
    <div class="unknown-devices">
      <p class="soft"><text-pair :of="words.what" /></p>
      <problem-box :of="loaded.problem.value" />
      <section v-for="one in found" :key="one.key" class="panel unknown-device" :data-key="one.key">
        <h2>{{ one.name || words.unnamed.zh }}</h2><p class="soft small break">{{ one.key }}</p>
        <div class="unknown-parts"><div><h3><text-pair :of="words.keys" /></h3>
          <dl class="drawer-facts"><div v-for="row in one.rows" :key="row.name"><dt><code>{{ row.name }}</code></dt><dd class="break">{{ row.is }}</dd></div></dl></div>
        <div><div class="part-head"><h3><text-pair :of="words.suggestion" /></h3><el-button size="small" icon="CopyDocument" class="copy-entry" @click="copy(one.suggestion)"><text-pair :of="words.copy" /></el-button></div>
          <pre class="suggestion" tabindex="0">{{ one.suggestion }}</pre></div></div>
      </section>
      <el-empty v-if="loaded.value.value && !found.length" :description="words.none.zh + ' ' + words.none.en" />
    </div>`,
};
