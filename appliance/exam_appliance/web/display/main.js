/** The display starts here: what is called, large; it comes back by itself and says when the line is lost. */

import { asProblem, createApi } from "../shared/api.js";
import { clockSeconds } from "../shared/format.js";
import { follow } from "../shared/live.js";
import { enter } from "../queue/enter.js";
import { WordPair } from "../queue/word-pair.js";
import { TEXT } from "./texts.js";
import { createVoice } from "./voice.js";

const { computed, createApp, ref } = window.Vue;

const FLASH_MS = 12000;
/** So many fit beside the counters, also below the note of a lost line. */
const LINES_SHOWN = 10;
const CALLS_SHOWN = 4;

const Page = {
  components: { WordPair },
  setup() {
    const api = createApi("/api/display");
    const state = ref(null);
    const stage = ref("loading");
    const line = ref("live");
    const trouble = ref("");
    const flashing = ref({});
    const tick = ref(Date.now());
    let known = null;
    let offset = 0;
    const voice = createVoice((next) => {
      trouble.value = next;
    });
    setInterval(() => {
      tick.value = Date.now();
    }, 1000);

    function heard(next) {
      for (const call of next.calls) {
        if (known === null || call.seq <= known) continue;
        flashing.value = { ...flashing.value, [call.counter]: Date.now() };
        voice.say(call, { voice: next.voice, languages: next.languages });
      }
      known = Math.max(next.seq, known === null ? 0 : known);
      offset = Date.parse(next.now) - Date.now();
      state.value = next;
    }
    enter(api).then(
      (first) => {
        heard(first);
        stage.value = "ready";
        follow({
          url: "/api/display/events",
          event: "display",
          onData: heard,
          ask: async () => {
            try {
              heard(await api.get(`/state?after=${known}`, { retry: false, timeoutMs: 5000 }));
            } catch (error) {
              if (asProblem(error).status === 401) stage.value = "locked";
              throw error;
            }
          },
          onState: (next) => {
            line.value = next;
          },
        });
      },
      () => {
        stage.value = "locked";
      },
    );
    const now = computed(() => clockSeconds(new Date(tick.value + offset).toISOString(), state.value.time_zone));
    const isFlashing = (counter) => tick.value - (flashing.value[counter] || 0) < FLASH_MS;
    const shown = computed(() => state.value.waiting.slice(0, LINES_SHOWN));
    const lastCalls = computed(() => state.value.last.slice(0, CALLS_SHOWN));
    return { state, stage, line, trouble, now, isFlashing, shown, lastCalls, voice, text: TEXT };
  },
  template: `
    <div v-if="stage === 'locked'" class="locked" role="alert"><h1><word-pair :of="text.locked" /></h1><p><word-pair :of="text.lockedHow" /></p></div>
    <div v-else-if="stage === 'ready'" class="display">
      <header><h1>{{ state.site }}</h1><time>{{ now }}</time></header>
      <p v-if="line === 'lost'" class="line-lost" role="alert"><word-pair :of="text.lost" /></p>
      <button v-if="trouble === 'blocked'" type="button" class="sound-on" @click="voice.unblock()"><word-pair :of="text.sound" /></button>
      <p v-else-if="trouble === 'failed'" class="no-voice"><word-pair :of="text.noVoice" /></p>
      <p v-if="!state.enabled" class="queue-off"><word-pair :of="text.off" /></p>
      <main v-else :class="{ many: state.counters.length > 4 }">
        <section class="counters" aria-live="assertive">
          <h2><word-pair :of="text.now" /></h2>
          <div class="counter-grid">
            <div v-for="counter in state.counters" :key="counter.id" class="counter" :data-counter="counter.id" :class="{ busy: counter.number, flash: counter.number && isFlashing(counter.id) }">
              <template v-if="counter.number">
                <b class="number">{{ counter.number }}</b><span class="name">{{ counter.name }}</span>
                <span class="place"><word-pair :of="counter" /></span>
              </template>
              <template v-else><span class="free"><word-pair :of="text.free" /></span><span class="place"><word-pair :of="counter" /></span></template>
            </div>
          </div>
          <h2><word-pair :of="text.last" /></h2>
          <ol class="last"><li v-for="call in lastCalls" :key="call.seq"><b>{{ call.number }}</b> {{ call.counter_zh }} <em v-if="call.again">{{ text.again.zh }}</em></li>
            <li v-if="!state.last.length" class="none"><word-pair :of="text.none_called" /></li></ol>
        </section>
        <section class="waiting">
          <h2><word-pair :of="text.waiting" /> <b class="waiting-count">{{ text.people(state.waiting_count).zh }}</b></h2>
          <ol><li v-for="one in shown" :key="one.number"><b>{{ one.number }}</b><span>{{ one.name }}</span><small v-if="one.wanted_zh">{{ one.wanted_zh }}</small></li></ol>
          <p v-if="!state.waiting_count" class="none"><word-pair :of="text.none" /></p>
          <p v-else-if="state.waiting_count > shown.length" class="more"><word-pair :of="text.more(state.waiting_count - shown.length)" /></p>
          <p class="wait"><word-pair :of="state.wait_minutes === null ? text.waitUnknown : text.wait(state.wait_minutes)" /></p>
        </section>
      </main>
    </div>`,
};

createApp(Page).mount("#display");
