/** Time credits (补时): what the evidence proposes, settled in one click for the room. */

import { asProblem } from "../../shared/api.js";
import { duration } from "../../shared/format.js";
import { useLoaded } from "../parts/parts.js";
import { TEXT } from "../texts/common.js";
import { QUICK_REASONS, SESSION_TEXT } from "../texts/session.js";

const { computed, inject, reactive, ref } = window.Vue;

const WORDS = SESSION_TEXT.credits;

const ProposalCard = {
  props: { proposal: { type: Object, required: true }, busy: Boolean, may: Boolean },
  emits: ["decide"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const feed = inject("feed");
    const left = reactive(new Set());
    const people = computed(() =>
      props.proposal.tickets.map((ticket) => ({ ticket, seat: feed.seat(ticket) })),
    );
    const chosen = computed(() => props.proposal.tickets.filter((ticket) => !left.has(ticket)));
    const toggle = (ticket) => (left.has(ticket) ? left.delete(ticket) : left.add(ticket));
    const decide = (accept) => emit("decide", { proposal: props.proposal, accept, tickets: chosen.value });
    return { desk, people, left, chosen, toggle, decide, length: computed(() => duration(props.proposal.ms)), words: WORDS };
  },
  template: `
    <article class="proposal" :data-credit="proposal.id">
      <div class="proposal-cause" :class="proposal.cause">
        <el-icon aria-hidden="true"><Monitor v-if="proposal.cause === 'seat'" /><Cpu v-else /></el-icon>
        <text-pair :of="words.cause[proposal.cause]" stack />
      </div>
      <div class="proposal-body">
        <p class="proposal-when kd-number">
          {{ desk.clockSeconds(proposal.from_at) }} – {{ desk.clockSeconds(proposal.to_at) }}
          <strong>{{ words.length(length).zh }}</strong></p>
        <p><text-pair :of="proposal" stack /></p>
        <details><summary><text-pair :of="words.who(proposal.tickets.length)" /></summary>
          <ul class="proposal-people"><li v-for="one in people" :key="one.ticket">
            <label><input type="checkbox" :checked="!left.has(one.ticket)" @change="toggle(one.ticket)" />
              <b class="kd-number">{{ one.seat ? one.seat.seat : "" }}</b> {{ one.seat ? one.seat.name : one.ticket }}</label>
          </li></ul></details>
      </div>
      <div class="proposal-decide">
        <el-button type="success" icon="Select" class="accept" :disabled="!may || !chosen.length" :loading="busy" @click="decide(true)">
          <text-pair :of="words.accept(chosen.length, length)" stack /></el-button>
        <el-button class="decline" :disabled="!may || !chosen.length" @click="decide(false)"><text-pair :of="words.decline" /></el-button>
      </div>
    </article>`,
};

export const CreditsTab = {
  components: { ProposalCard },
  setup() {
    const desk = inject("desk");
    const feed = inject("feed");
    const busy = ref("");
    const declining = ref(null);
    const reason = ref("");
    const problem = ref(null);
    const loaded = useLoaded(() => feed.get("credits"), () => feed.session.value && feed.session.value.open_credits);

    async function send({ proposal, accept, tickets }, why) {
      busy.value = proposal.id;
      problem.value = null;
      try {
        const body = { accept, reason: why };
        if (tickets.length < proposal.tickets.length) body.tickets = tickets;
        const report = await feed.post(`credits/${encodeURIComponent(proposal.id)}`, body);
        const n = report.done.length;
        desk.said(accept ? WORDS.accepted(n) : WORDS.declined(n));
        for (const line of report.refused) desk.failed({ message: line.zh, ...line });
        declining.value = null;
      } catch (error) {
        problem.value = asProblem(error);
        if (accept) desk.failed(error);
      } finally {
        busy.value = "";
        loaded.again();
      }
    }
    function decide(decision) {
      if (decision.accept) send(decision, "");
      else {
        declining.value = decision;
        reason.value = "";
        problem.value = null;
      }
    }
    function decline() {
      if (!reason.value.trim()) problem.value = SESSION_TEXT.reasonMissing;
      else send(declining.value, reason.value.trim());
    }
    return {
      desk, feed, loaded, busy, declining, reason, problem, decide, decline, duration,
      may: computed(() => desk.mayAct(feed.practice)),
      quick: QUICK_REASONS.decline, words: WORDS, text: TEXT, all: SESSION_TEXT,
    };
  },
  template: `
    <div class="tab-page">
      <problem-box :of="loaded.problem.value" />
      <template v-if="loaded.value.value">
        <h2 class="group-title"><text-pair :of="words.open" /></h2>
        <proposal-card v-for="proposal in loaded.value.value.open" :key="proposal.id" :proposal="proposal" :may="may"
          :busy="busy === proposal.id" @decide="decide" />
        <p v-if="!loaded.value.value.open.length" class="empty-line"><text-pair :of="words.none" /></p>
        <h2 class="group-title"><text-pair :of="words.decided" /></h2>
        <ul v-if="loaded.value.value.decided.length" class="decided-lines">
          <li v-for="line in loaded.value.value.decided" :key="line.seq">
            <el-icon aria-hidden="true" :class="line.kind === 'attempt.credited' ? 'good' : 'soft'">
              <CircleCheck v-if="line.kind === 'attempt.credited'" /><Remove v-else /></el-icon>
            <time class="kd-number soft">{{ desk.dateTime(line.at) }}</time> <text-pair :of="line" /> <span class="soft">{{ line.actor }}</span>
          </li></ul>
        <p v-else class="empty-line"><text-pair :of="words.noneDecided" /></p>
      </template>
      <el-dialog :model-value="declining !== null" width="520px" align-center :close-on-click-modal="false"
        @update:model-value="declining = null">
        <template #header="{ titleId }"><h2 :id="titleId"><text-pair :of="words.declineTitle" /></h2></template>
        <template v-if="declining">
          <p class="consequence"><text-pair :of="words.declineWhat(declining.tickets.length, duration(declining.proposal.ms))" stack /></p>
          <reason-field v-model="reason" :quick="quick" required input-id="decline-reason" />
          <problem-box :of="problem" />
        </template>
        <template #footer>
          <el-button @click="declining = null"><text-pair :of="text.cancel" /></el-button>
          <el-button type="danger" class="confirm-decline" @click="decline"><text-pair :of="words.decline" /></el-button>
        </template>
      </el-dialog>
    </div>`,
};
