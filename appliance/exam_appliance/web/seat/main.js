/** The seat page: proves the machine, shows its code until it has a seat, then its number, and leads to the exam. */

import { createApi, asProblem } from "../shared/api.js";
import { clock, dateTime } from "../shared/format.js";
import { machineFacts } from "../shared/machine-facts.js";
import { answerTo, canKeepKey, machineKey } from "./key.js";
import { TEXT } from "./texts.js";

const { computed, createApp, ref } = window.Vue;

const LOOK_MS = 2000;
const OPENS_AFTER_MS = 5000;
const AGAIN_MS = 10000;
const BY_AGENT = "kaodian-seat-by-agent";

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** A text in Chinese with English small below. */
const Pair = {
  props: { of: { type: Object, required: true } },
  template: `<span class="pair" lang="zh-CN">{{ of.zh }}<small lang="en">{{ of.en }}</small></span>`,
};

function createSeat() {
  const api = createApi("/api/seat");
  const exam = createApi("/api/candidate");
  const state = ref(null);
  const problem = ref(null);
  let reported = "";
  let openFrom = 0;
  let refusedAt = 0;
  let refusal = null;

  /** The agent of the kiosk hands its admission over in the address; it is good once. */
  async function openWithTicket() {
    const found = /^#ticket=([A-Za-z0-9_-]{8,64})$/.exec(window.location.hash);
    if (!found) return;
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
    await api.post("/open", { ticket: found[1] }, { quiet401: true });
    // The key is the agent's from here on: one of this browser's own would be another machine.
    window.sessionStorage.setItem(BY_AGENT, "1");
  }

  /** Where the server refuses the agent, the agent has it said here. */
  function heardOfRefusal() {
    const found = /^#refused=(.{1,1500})$/.exec(window.location.hash);
    if (!found) return;
    const [zh, en = ""] = decodeURIComponent(found[1]).split(" / ");
    refusal = { zh, en };
    window.sessionStorage.setItem(BY_AGENT, "1");
  }

  const byAgent = () => window.sessionStorage.getItem(BY_AGENT) === "1";

  async function enter() {
    if (byAgent()) throw Object.assign(new Error("the agent enters"), { said: refusal || TEXT.agent });
    if (!canKeepKey()) throw Object.assign(new Error("no key"), { said: TEXT.noKey });
    let keys;
    try {
      keys = await machineKey();
    } catch (error) {
      throw Object.assign(new Error("no key"), { said: TEXT.keyFailed });
    }
    const { challenge } = await api.get("/challenge");
    await api.post("/enter", { challenge, ...(await answerTo(challenge, keys)), kept: "browser" });
  }

  async function report(place) {
    const name = place ? `${place.room}/${place.number}` : "";
    if (!name || name === reported) return;
    const facts = machineFacts(place.number);
    if (facts) await api.post("/machine", facts).catch(() => {});
    reported = name;
  }

  async function look() {
    let now;
    try {
      now = await api.get("/state", { quiet401: true, retry: false });
    } catch (error) {
      if (error.status !== 401) throw error;
      await enter();
      now = await api.get("/state");
    }
    // A machine that lost its seat, or whose time is half over, proves itself anew.
    if (((!now.place && !now.code) || now.renew) && !byAgent()) {
      await enter();
      now = await api.get("/state");
    }
    state.value = now;
    problem.value = null;
    await report(now.place);
    await leadOn();
  }

  const ready = computed(() => {
    const now = state.value;
    const lockedDown = now && (now.browser === "off" || now.browser === "right");
    return Boolean(now && lockedDown && now.place && now.session && now.session.state !== "coming");
  });

  /** Once log-in is open the page leads to the exam by itself, but nowhere where it would be refused. */
  async function leadOn() {
    if (!ready.value) {
      openFrom = 0;
      return;
    }
    openFrom = openFrom || Date.now();
    if (Date.now() - openFrom >= OPENS_AFTER_MS && Date.now() - refusedAt > AGAIN_MS) await begin();
  }

  async function begin() {
    try {
      await exam.get("/hall", { retry: false });
    } catch (error) {
      refusedAt = Date.now();
      throw error;
    }
    window.location.assign(`/exam/?seat=${state.value.place.number}`);
  }

  async function touched() {
    const now = state.value;
    if (!now) return;
    try {
      if (ready.value) await begin();
      else if (now.turn) {
        await api.post("/touch");
        await look();
      }
    } catch (error) {
      told(error);
    }
  }

  function told(error) {
    if (error.said) problem.value = error.said;
    else {
      const found = asProblem(error);
      problem.value = found.status === 0 ? TEXT.offline : { zh: found.zh, en: found.en };
    }
  }

  async function run() {
    try {
      heardOfRefusal();
      await openWithTicket();
    } catch (error) {
      told(error);
    }
    for (;;) {
      try {
        await look();
      } catch (error) {
        told(error);
      }
      await pause(LOOK_MS);
    }
  }

  return { state, problem, ready, touched, run };
}

const SeatPage = {
  components: { Pair },
  setup() {
    const seat = createSeat();
    window.addEventListener("keydown", (event) => {
      if (!event.repeat) seat.touched();
    });
    seat.run();
    const session = computed(() => seat.state.value && seat.state.value.session);
    const start = computed(() => {
      if (!session.value) return "";
      const day = dateTime(session.value.starts_at);
      return day.slice(0, 10) === dateTime(seat.state.value.now).slice(0, 10) ? day.slice(11) : day;
    });
    const lock = computed(() => {
      const browser = seat.state.value && seat.state.value.browser;
      return browser === "missing" || browser === "wrong" ? TEXT.browser[browser] : null;
    });
    return { ...seat, session, start, lock, clock, text: TEXT };
  },
  template: `
    <div class="seat-page" :class="{ bare: !state }">
      <header><strong>{{ state ? state.site : text.product.zh }}</strong><time v-if="state">{{ clock(state.now) }}</time></header>
      <p v-if="problem" class="trouble" role="alert"><pair :of="problem" /></p>
      <p v-if="lock" class="trouble" role="alert"><pair :of="lock" /></p>
      <main v-if="!state"><p v-if="!problem" class="beginning"><pair :of="text.beginning" /></p></main>
      <main v-else-if="state.place" class="bound">
        <h1><pair :of="text.seat" /><span v-if="state.place.room" class="room">{{ state.place.room }}</span></h1>
        <p class="seat-number">{{ state.place.number }}</p>
        <section v-if="session" class="session" :class="session.state">
          <p class="session-state"><pair :of="text.states[session.state]" /></p>
          <p class="session-title">{{ session.title }}</p>
          <p v-if="session.state === 'coming'" class="session-start"><pair :of="text.next" /> <b>{{ start }}</b></p>
          <button v-if="ready" type="button" class="begin" @click="touched"><pair :of="text.begin" /> <small>{{ text.beginHint.zh }}</small></button>
        </section>
        <section v-else class="session idle"><p class="session-state"><pair :of="text.idle" /></p></section>
      </main>
      <main v-else class="waiting">
        <h1><pair :of="text.code" /></h1>
        <p class="code" :aria-label="state.code.split('').join(' ')"><span v-for="(sign, at) in state.code" :key="at">{{ sign }}</span></p>
        <button v-if="state.turn" type="button" class="turn" @click="touched"><pair :of="text.turn" /> <b>{{ state.turn.room }} {{ text.number(state.turn.number).zh }}</b></button>
        <p v-else class="hint"><pair :of="text.codeHint" /></p>
      </main>
      <footer v-if="state">{{ text.machine.zh }} {{ text.machine.en }} {{ state.machine }}</footer>
    </div>`,
};

createApp(SeatPage).mount("#seat");
