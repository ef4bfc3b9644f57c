/** The counter: who is called, whom to call next, who waits. */

import { asProblem } from "../../shared/api.js";
import { QUEUE_TEXT } from "../texts/queue.js";
import { TransferDialog } from "./transfer-dialog.js";

const { computed, inject, ref, watch } = window.Vue;

const WORDS = QUEUE_TEXT;
const MINE = "kaodian-my-counter";

export const CounterDesk = {
  components: { TransferDialog },
  setup() {
    const desk = inject("desk");
    const queue = inject("queue");
    const mine = ref(window.localStorage.getItem(MINE) || "");
    const busy = ref("");
    const problem = ref(null);
    const moving = ref(null);
    const identity = ref("");
    const priority = ref("");
    const view = computed(() => queue.value.value);
    const counters = computed(() => view.value.counters);
    const counter = computed(() => counters.value.find((one) => one.id === mine.value) || counters.value[0]);
    const mayCall = computed(() => desk.mayAct(false));
    watch(mine, () => window.localStorage.setItem(MINE, mine.value));
    const minutes = (seconds) => WORDS.minutes(Math.floor(seconds / 60)).zh;
    const nameOf = (id) => (counters.value.find((one) => one.id === id) || { zh: id }).zh;

    async function send(what, path, body, said) {
      busy.value = what;
      problem.value = null;
      try {
        const line = await desk.api.post(path, body);
        desk.said(typeof said === "function" ? said(line.number) : said);
        await queue.again();
        return true;
      } catch (error) {
        problem.value = asProblem(error);
        queue.again().catch(() => {});
        return false;
      } finally {
        busy.value = "";
      }
    }
    const callNext = () => send("next", `/queue/counters/${counter.value.id}/call`, { finish: counter.value.current ? "served" : "" }, WORDS.done.call);
    const callThis = (line) => send(line.id, `/queue/counters/${counter.value.id}/call`, { ticket: line.id, finish: counter.value.current ? "served" : "" }, WORDS.done.call);
    async function act(line, deed) {
      if (deed === "no-show") {
        const how = { confirmButtonText: WORDS.yes.zh, cancelButtonText: WORDS.no.zh, type: "warning" };
        const sure = await window.ElementPlus.ElMessageBox.confirm(WORDS.sureHow.zh, WORDS.sure(line.number).zh, how).catch(() => null);
        if (!sure) return;
      }
      await send(deed, `/queue/tickets/${line.id}/${deed}`, {}, WORDS.done[deed]);
    }
    const prefer = (line, value) => send(line.id, `/queue/tickets/${line.id}/priority`, { priority: value }, WORDS.done.priority);
    async function transfer(body) {
      const line = moving.value;
      moving.value = null;
      await send("transfer", `/queue/tickets/${line.id}/transfer`, body, WORDS.done.transfer);
    }
    async function take() {
      if (!identity.value.trim()) return;
      const body = { identity: identity.value, priority: priority.value };
      if (await send("take", "/queue/tickets", body, WORDS.done.take)) {
        identity.value = "";
        priority.value = "";
      }
    }
    return { view, counters, counter, mine, busy, problem, moving, identity, priority, mayCall, minutes, nameOf, callNext, callThis, act, prefer, transfer, take, words: WORDS };
  },
  template: `
    <div class="counter-desk">
      <problem-box :of="problem" />
      <div class="counter-row">
        <section class="my-counter" :data-counter="counter.id">
          <div class="section-head"><h2><text-pair :of="words.mine" /></h2>
            <el-select :model-value="counter.id" class="pick-counter" :aria-label="words.mine.zh" @update:model-value="mine = $event"><el-option v-for="one in counters" :key="one.id" :value="one.id" :label="one.zh" /></el-select></div>
          <div v-if="counter.current" class="current"><b class="current-number">{{ counter.current.number }}</b>
            <div><strong>{{ counter.current.name }}</strong> <span class="soft kd-number">{{ counter.current.admission }}</span><div class="soft">{{ counter.current.room }} {{ counter.current.title }}</div></div></div>
          <div v-else class="current soft"><b class="current-number">—</b><text-pair :of="words.free" stack /></div>
          <div v-if="mayCall" class="counter-deeds">
            <el-button type="primary" size="large" class="call-next" icon="Bell" :loading="busy === 'next'" @click="callNext"><text-pair :of="counter.current ? words.nextAfter : words.next" /></el-button>
            <template v-if="counter.current">
              <el-button v-for="(of, deed) in words.deeds" :key="deed" size="large" :class="'queue-' + deed" :loading="busy === deed" @click="act(counter.current, deed)"><text-pair :of="of" /></el-button>
              <el-button size="large" class="queue-transfer" @click="moving = counter.current"><text-pair :of="words.transfer" /></el-button>
            </template>
          </div>
          <p class="soft small"><text-pair :of="words.waitsFor(counter.for_it)" /></p>
        </section>
        <section class="other-counters"><h2><text-pair :of="words.all" /></h2>
          <ul><li v-for="one in counters" :key="one.id" :class="{ busy: one.current }"><span>{{ one.zh }}<small v-if="one.room" class="soft"> {{ one.room }}</small></span>
            <b v-if="one.current" class="kd-number">{{ one.current.number }}</b><span v-else class="soft">{{ words.free.zh }}</span>
            <span class="soft small">{{ one.current ? minutes(one.current.since_s) : "" }}</span></li></ul></section>
      </div>
      <form v-if="mayCall" class="take-for" @submit.prevent="take"><label for="take-identity"><text-pair :of="words.take" /></label>
        <el-input id="take-identity" v-model="identity" maxlength="40" :placeholder="words.takeHow.zh" />
        <el-select v-model="priority" class="take-priority" :placeholder="words.ordinary.zh" :aria-label="words.priority.zh"><el-option value="" :label="words.ordinary.zh" /><el-option v-for="one in view.priorities" :key="one.id" :value="one.id" :label="one.zh" /></el-select>
        <el-button native-type="submit" class="take-go" icon="Tickets" :loading="busy === 'take'"><text-pair :of="words.takeGo" /></el-button></form>
      <h2 class="group-title"><text-pair :of="words.waiting" /> <b>{{ words.people(view.waiting.length).zh }}</b></h2>
      <table v-if="view.waiting.length" class="plain-table roomy waiting-table">
        <thead><tr><th><text-pair :of="words.number" /></th><th><text-pair :of="words.name" /></th><th><text-pair :of="words.room" /></th><th><text-pair :of="words.session" /></th><th><text-pair :of="words.waited" /></th><th><text-pair :of="words.priority" /></th><th></th></tr></thead>
        <tbody><tr v-for="line in view.waiting" :key="line.id" :data-number="line.number">
          <td class="kd-number"><b>{{ line.number }}</b> <span v-if="line.skipped" class="tone-warn small">{{ words.skipped(line.skipped).zh }}</span></td>
          <td>{{ line.name }}</td><td>{{ line.room }}</td><td class="break">{{ line.title }}</td>
          <td class="kd-number nowrap">{{ minutes(line.waited_s) }}</td>
          <td><el-select v-if="mayCall" :model-value="line.priority" size="small" class="line-priority" :placeholder="words.ordinary.zh" :aria-label="words.priority.zh + ' ' + line.number" @update:model-value="prefer(line, $event)"><el-option value="" :label="words.ordinary.zh" /><el-option v-for="one in view.priorities" :key="one.id" :value="one.id" :label="one.zh" /></el-select>
            <span v-if="line.wanted" class="tone-note small"> {{ words.onlyFor(nameOf(line.wanted)).zh }}</span></td>
          <td class="end nowrap"><template v-if="mayCall"><el-button size="small" class="call-this" :loading="busy === line.id" @click="callThis(line)">{{ words.call.zh }}</el-button><el-button size="small" class="transfer-this" @click="moving = line">{{ words.transfer.zh }}</el-button></template></td>
        </tr></tbody>
      </table>
      <p v-else class="empty-line"><text-pair :of="words.none" /></p>
      <template v-if="view.settled.length"><h2 class="group-title"><text-pair :of="words.settled" /></h2>
        <ul class="settled"><li v-for="line in view.settled" :key="line.id" :class="line.state"><b class="kd-number">{{ line.number }}</b> {{ line.name }} <span class="soft">{{ words.states[line.state].zh }}</span></li></ul></template>
      <transfer-dialog :line="moving" :view="view" @chosen="transfer" @close="moving = null" />
    </div>`,
};
