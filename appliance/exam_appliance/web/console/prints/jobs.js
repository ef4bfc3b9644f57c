/** Print jobs as rows, with what can be done about them. */

import { asProblem } from "../../shared/api.js";
import { PRINT_TEXT } from "../texts/prints.js";

const { computed, inject, ref } = window.Vue;

const WORDS = PRINT_TEXT;
const STAFF_DEEDS = ["reprint"];
const STATE_LOOK = {
  waiting: { icon: "Clock", tone: "note" },
  sending: { icon: "Printer", tone: "note" },
  printed: { icon: "CircleCheckFilled", tone: "good" },
  failed: { icon: "CircleCloseFilled", tone: "bad" },
  doubtful: { icon: "QuestionFilled", tone: "warn" },
  cancelled: { icon: "Remove", tone: "soft" },
};

export const JobState = {
  props: { job: { type: Object, required: true } },
  setup: (props) => ({ look: computed(() => STATE_LOOK[props.job.state]), words: WORDS }),
  template: `<span class="print-state" :class="'tone-' + look.tone"><el-icon aria-hidden="true"><component :is="look.icon" /></el-icon> <text-pair :of="words.states[job.state]" /></span>`,
};

/** Asks at which printer; `ask` is {job, deed} or null. */
const PrinterDialog = {
  props: { ask: { type: Object, default: null }, printers: { type: Array, required: true } },
  emits: ["chosen", "close"],
  setup(props, { emit }) {
    const role = ref("");
    const choices = computed(() => props.printers.filter((one) => !(props.ask && props.ask.deed === "redirect" && one.role === props.ask.job.role)));
    const begin = () => {
      const own = choices.value.find((one) => one.role === props.ask.job.role && one.ready);
      const ready = choices.value.find((one) => one.ready);
      role.value = (own || ready || choices.value[0] || { role: "" }).role;
    };
    return { role, choices, begin, words: WORDS, go: () => emit("chosen", props.ask, role.value) };
  },
  template: `
    <el-dialog :model-value="Boolean(ask)" width="520" class="printer-dialog" append-to-body @open="begin" @close="$emit('close')">
      <template #header><strong v-if="ask"><text-pair :of="words.choose[ask.deed]" /></strong></template>
      <template v-if="ask">
        <p class="soft"><text-pair :of="words.choose[ask.deed + 'Hint']" stack /></p>
        <el-radio-group v-model="role" class="printer-choices">
          <el-radio v-for="one in choices" :key="one.role" :value="one.role" :data-role="one.role" border>
            <text-pair :of="one" /> <span v-if="one.ready" class="tone-good">{{ one.device }}<template v-if="one.receipts">（{{ words.choose.receipts.zh }}）</template></span>
            <span v-else class="tone-bad">{{ words.queue.notReady.zh }}</span>
          </el-radio>
        </el-radio-group>
      </template>
      <template #footer><el-button @click="$emit('close')"><text-pair :of="words.choose.back" /></el-button>
        <el-button type="primary" class="confirm-printer" icon="Printer" :disabled="!role" @click="go"><text-pair :of="words.choose.go" /></el-button></template>
    </el-dialog>`,
};

export const JobTable = {
  components: { JobState, PrinterDialog },
  props: { jobs: { type: Array, required: true }, printers: { type: Array, required: true }, plain: { type: Boolean, default: false } },
  emits: ["changed"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const ask = ref(null);
    const busy = ref("");
    const problem = ref(null);
    const mayStaff = computed(() => desk.mayAct(false));
    const deeds = (job) => job.deeds.filter((deed) => mayStaff.value || !STAFF_DEEDS.includes(deed));
    async function send(job, deed, body) {
      busy.value = job.id;
      problem.value = null;
      try {
        await desk.api.post(`/prints/${job.id}/${deed}`, body);
        desk.said(WORDS.done[deed]);
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = "";
        emit("changed");
      }
    }
    async function act(job, deed) {
      if (deed === "redirect" || deed === "reprint") ask.value = { job, deed };
      else if (deed === "cancel") {
        const sure = await window.ElementPlus.ElMessageBox.confirm(`${job.kind_zh} ${job.title || job.subject}`, WORDS.cancelAsk.zh, { confirmButtonText: WORDS.deeds.cancel.zh, cancelButtonText: WORDS.choose.back.zh, type: "warning" }).catch(() => null);
        if (sure) send(job, deed, { reason: "" });
      } else send(job, deed, {});
    }
    function chosen({ job, deed }, role) {
      ask.value = null;
      send(job, deed, { role });
    }
    return { desk, ask, busy, problem, deeds, act, chosen, words: WORDS };
  },
  template: `
    <div class="print-jobs">
      <problem-box :of="problem" />
      <table class="plain-table roomy">
        <thead><tr><th class="col-state"><text-pair :of="words.state" /></th><th><text-pair :of="words.kind" /></th><th><text-pair :of="words.about" /></th><th><text-pair :of="words.printer" /></th><th><text-pair :of="words.who" /></th><th class="col-deeds"></th></tr></thead>
        <tbody><tr v-for="job in jobs" :key="job.id" :class="['job', 'is-print-' + job.state]" :data-job="job.id" :data-state="job.state">
          <td class="nowrap"><job-state :job="job" /></td>
          <td><strong><text-pair :of="words.kinds[job.kind]" stack /></strong>
            <div class="small soft"><span v-if="job.documents > 1">{{ words.many(job.documents).zh }}</span> <span v-if="job.copy_number > 1" class="tone-warn">{{ words.copies(job.copy_number - 1).zh }}</span></div></td>
          <td class="break">{{ job.title || job.subject }}
            <div v-if="job.done && job.state === 'waiting'" class="small tone-note"><text-pair :of="words.making(job.done, job.documents)" /></div>
            <p v-else-if="job.reason" class="print-reason"><text-pair :of="job.reason" stack /></p></td>
          <td><text-pair :of="{ zh: job.role_zh, en: job.role_en }" stack /><div v-if="job.device" class="small soft">{{ job.device }}</div></td>
          <td class="nowrap">{{ job.actor_name }}<div class="small soft kd-number">{{ desk.dateTime(job.asked_at) }}</div></td>
          <td class="end nowrap"><el-button v-for="deed in deeds(job)" :key="deed" size="small" :class="'deed-' + deed" :type="deed === 'cancel' ? '' : 'primary'" plain :loading="busy === job.id" @click="act(job, deed)">{{ words.deeds[deed].zh }}</el-button></td>
        </tr></tbody>
      </table>
      <printer-dialog :ask="ask" :printers="printers" @chosen="chosen" @close="ask = null" />
    </div>`,
};
