/** The ticket machine's page starts here: enters with the key of its link, then waits for candidates. */

import { asProblem, createApi } from "../shared/api.js";
import { follow } from "../shared/live.js";
import { clock } from "../shared/format.js";
import { enter } from "./enter.js";
import { NumberPad } from "./number-pad.js";
import { TEXT } from "./texts.js";
import { WordPair } from "./word-pair.js";

const { computed, createApp, onUnmounted, ref } = window.Vue;

const Page = {
  components: { NumberPad, WordPair },
  setup() {
    const api = createApi("/api/queue");
    const state = ref(null);
    /** loading, locked, ready */
    const stage = ref("loading");
    const line = ref("live");
    const step = ref("start");
    const taken = ref(null);
    const problem = ref(null);
    const busy = ref(false);
    const left = ref(0);
    let seen = null;
    let timer = 0;

    function start() {
      clearInterval(timer);
      taken.value = null;
      problem.value = null;
      step.value = "start";
    }
    function show(number, trouble) {
      clearInterval(timer);
      taken.value = number;
      problem.value = trouble;
      step.value = "outcome";
      left.value = state.value ? state.value.return_seconds : 15;
      timer = setInterval(() => {
        left.value -= 1;
        if (left.value <= 0) start();
      }, 1000);
    }
    function heard(next) {
      const outcome = next.outcome;
      // What was read before this page came, or at its last visit, is nobody's who stands here now.
      if (seen !== null && outcome && outcome.n !== seen) show(outcome.taken, outcome.problem);
      seen = outcome ? outcome.n : 0;
      state.value = next;
    }
    async function take(identity) {
      busy.value = true;
      try {
        show(await api.post("/tickets", { identity }), null);
      } catch (error) {
        show(null, asProblem(error));
        if (problem.value.status === 401) stage.value = "locked";
      } finally {
        busy.value = false;
      }
    }
    function key(event) {
      if (step.value !== "outcome" || (event.key !== "Enter" && event.key !== "Escape")) return;
      event.preventDefault();
      start();
    }
    window.addEventListener("keydown", key);
    onUnmounted(() => window.removeEventListener("keydown", key));

    enter(api).then(
      (first) => {
        heard(first);
        stage.value = "ready";
        follow({
          url: "/api/queue/events",
          event: "machine",
          onData: heard,
          ask: async () => {
            try {
              heard(await api.get("/state", { retry: false, timeoutMs: 5000 }));
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
    const ways = computed(() => [
      { id: "card", there: state.value.reader, text: TEXT.card, how: TEXT.cardHow },
      { id: "code", there: state.value.scanner, text: TEXT.code, how: TEXT.codeHow },
    ]);
    return { state, stage, line, step, taken, problem, busy, left, ways, start, take, clock, text: TEXT };
  },
  template: `
    <div v-if="stage === 'locked'" class="locked" role="alert">
      <h1><word-pair :of="text.locked" /></h1><p><word-pair :of="text.lockedHow" /></p>
    </div>
    <div v-else-if="stage === 'ready'" class="machine">
      <header><h1>{{ state.site }}</h1><strong><word-pair :of="text.title" /></strong></header>
      <p v-if="line === 'lost'" class="line-lost" role="alert"><word-pair :of="text.lost" /></p>
      <main v-if="!state.enabled" class="outcome bad"><h2><word-pair :of="text.off" /></h2></main>
      <main v-else-if="step === 'start'" class="start">
        <h2><word-pair :of="text.ways" /></h2>
        <div class="ways">
          <div v-for="way in ways" :key="way.id" class="way" :class="[way.id, { absent: !way.there }]">
            <svg v-if="way.id === 'card'" viewBox="0 0 64 48" aria-hidden="true"><rect x="4" y="6" width="56" height="36" rx="4" /><circle cx="20" cy="20" r="6" /><path d="M10 34c2-7 18-7 20 0M36 18h18M36 26h18M36 34h12" /></svg>
            <svg v-else viewBox="0 0 64 48" aria-hidden="true"><path d="M14 6h12v12H14zM38 6h12v12H38zM14 30h12v12H14zM38 30h4v4h-4zM46 30h4v12h-8v-4" /></svg>
            <b><word-pair :of="way.text" /></b><span><word-pair :of="way.there ? way.how : text.absent" /></span>
          </div>
          <button type="button" class="way hand" autofocus @click="step = 'hand'">
            <svg viewBox="0 0 64 48" aria-hidden="true"><path d="M12 6h10v10H12zM27 6h10v10H27zM42 6h10v10H42zM12 20h10v10H12zM27 20h10v10H27zM42 20h10v10H42zM27 34h10v10H27z" /></svg>
            <b><word-pair :of="text.hand" /></b><span><word-pair :of="text.handHow" /></span>
          </button>
        </div>
        <section class="facts">
          <p class="waiting-now"><word-pair :of="text.waiting(state.waiting)" /></p>
          <div v-if="state.taking.length"><h3><word-pair :of="text.taking" /></h3>
            <ul><li v-for="one in state.taking" :key="one.title + one.starts_at"><b>{{ clock(one.starts_at) }}</b> {{ one.title }}</li></ul></div>
          <p v-else class="no-taking"><word-pair :of="text.noTaking" /></p>
        </section>
      </main>
      <number-pad v-else-if="step === 'hand'" :busy="busy" @take="take" @back="start" />
      <main v-else class="outcome" :class="taken ? 'good' : 'bad'" aria-live="assertive">
        <template v-if="taken">
          <h2><word-pair :of="text.yours" /></h2>
          <div class="number">{{ taken.number }}</div>
          <p class="whose"><b>{{ taken.name }}</b> {{ taken.session }}</p>
          <p v-if="!taken.fresh" class="again"><word-pair :of="text.again" /></p>
          <p v-if="taken.state === 'called'" class="called"><word-pair :of="text.called(taken.counter_zh, taken.counter_en)" /></p>
          <template v-else>
            <p class="before"><word-pair :of="text.before(taken.before)" /></p>
            <p class="expected"><word-pair :of="taken.wait_minutes === null ? text.waitUnknown : text.wait(taken.wait_minutes)" /></p>
          </template>
          <p class="listen"><word-pair :of="state.printer && taken.fresh ? text.slip : text.listen" /></p>
        </template>
        <template v-else>
          <h2><word-pair :of="text.sorry" /></h2>
          <p class="why"><word-pair :of="problem" /></p>
        </template>
        <button type="button" class="big" autofocus @click="start"><word-pair :of="text.done(left)" /></button>
      </main>
    </div>`,
};

createApp(Page).mount("#queue");
