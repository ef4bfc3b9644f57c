/** The power of the server, above every page as soon as the mains are gone. */

import { DEVICE_TEXT } from "../texts/devices.js";

const { computed, inject, ref } = window.Vue;

const WORDS = DEVICE_TEXT.power;
const SHOWN = ["low", "battery", "unknown"];
/** With these the lead may pause all sessions with one click. */
const PAUSED_FOR = ["low", "battery"];

export const PowerBanner = {
  setup() {
    const desk = inject("desk");
    const devices = inject("devices");
    const busy = ref(false);
    const power = computed(() => devices.view.power);
    const shown = computed(() => SHOWN.includes(power.value.power));
    const facts = computed(() => {
      const { charge_percent: charge, runtime_s: runtime, since, power: state } = power.value;
      const known = [];
      if (state !== "unknown" && charge !== null) known.push(WORDS.charge(charge));
      if (state !== "unknown" && runtime !== null) known.push(WORDS.runtime(Math.floor(runtime / 60)));
      if (since) known.push(WORDS.since(desk.clock(since)));
      return known;
    });
    const proposed = computed(() => PAUSED_FOR.includes(power.value.power) && power.value.running.length > 0);
    const lead = computed(() => desk.roles.value.includes("lead"));
    async function pause() {
      busy.value = true;
      try {
        const done = await desk.api.post("/devices/power/pause", {}, { timeoutMs: 60000 });
        if (done.refused.length) desk.failed(Object.assign(new Error(WORDS.notPaused.en), WORDS.notPaused));
        else desk.said(WORDS.paused(done.paused.length));
      } catch (error) {
        desk.failed(error);
      } finally {
        busy.value = false;
      }
    }
    return { power, shown, facts, proposed, lead, busy, pause, words: WORDS };
  },
  template: `
    <div v-if="shown" class="power-banner" :class="'is-' + power.power" role="alert">
      <el-icon aria-hidden="true"><Lightning /></el-icon> <strong><text-pair :of="words[power.power]" /></strong>
      <span v-for="fact in facts" :key="fact.zh" class="kd-number"><text-pair :of="fact" /></span>
      <template v-if="proposed"><el-button v-if="lead" class="pause-all" size="small" :type="power.power === 'low' ? 'danger' : 'warning'" icon="VideoPause" :loading="busy" @click="pause"><text-pair :of="words.pause(power.running.length)" /></el-button>
        <span v-else class="ask-lead"><text-pair :of="words.askLead" /></span></template>
    </div>`,
};
