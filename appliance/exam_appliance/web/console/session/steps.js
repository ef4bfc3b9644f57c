/** The steps of a session, each confirmed in words and numbers: unlock, open, start, pause, resume, end. */

import { asProblem } from "../../shared/api.js";
import { TEXT } from "../texts/common.js";
import { QUICK_REASONS, SESSION_TEXT } from "../texts/session.js";

const { computed, inject, reactive, ref, watch } = window.Vue;

const NEEDS_REASON = ["pause", "end"];

const UnlockForm = {
  props: { form: { type: Object, required: true }, session: { type: Object, required: true } },
  setup: () => ({ desk: inject("desk"), words: SESSION_TEXT.unlock }),
  template: `
    <p><text-pair :of="words.how" stack /></p>
    <p class="soft">{{ words.window.zh }} <span class="kd-number">{{ desk.dateTime(session.unlock_from) }} –
      {{ desk.dateTime(session.closes_at) }}</span> <span class="kd-en">{{ words.window.en }}</span></p>
    <el-radio-group v-model="form.way" class="unlock-ways">
      <el-radio value="key" border><text-pair :of="words.online" /></el-radio>
      <el-radio value="code" border><text-pair :of="words.byCode" /></el-radio>
    </el-radio-group>
    <div v-if="form.way === 'code'" class="unlock-code">
      <h3><text-pair :of="words.lineDown" /></h3>
      <ol><li v-for="(line, index) in words.lineDownSteps" :key="index">{{ line.zh }}<br /><span class="kd-en line">{{ line.en }}</span></li></ol>
      <label class="field-label" for="release-code"><text-pair :of="words.code" /></label>
      <el-input id="release-code" v-model="form.code" type="textarea" :rows="2" maxlength="400"
        autocomplete="off" spellcheck="false" />
    </div>`,
};

const StartBell = {
  props: { session: { type: Object, required: true }, counts: { type: Object, required: true }, heldBack: { type: Number, required: true } },
  setup: () => ({ words: SESSION_TEXT.start }),
  template: `
    <div class="bell-numbers">
      <div class="bell-number go"><b class="kd-number">{{ counts.checked_in }}</b><text-pair :of="words.waiting" stack /></div>
      <div class="bell-number" :class="{ alarm: counts.arranged }"><b class="kd-number">{{ counts.arranged }}</b><text-pair :of="words.notCome" stack /></div>
      <div class="bell-number"><b class="kd-number">{{ counts.absent }}</b><text-pair :of="words.absent" stack /></div>
    </div>
    <p class="consequence"><text-pair :of="words.consequence(counts.checked_in - heldBack, session.duration_minutes)" stack /></p>
    <p v-if="heldBack" class="held-back"><el-icon aria-hidden="true"><WarningFilled /></el-icon><text-pair :of="words.heldBack(heldBack)" stack /></p>
    <p v-if="counts.arranged" class="soft"><text-pair :of="words.late(counts.arranged)" stack /></p>`,
};

export const StepDialog = {
  components: { UnlockForm, StartBell },
  props: { step: { type: String, required: true } },
  emits: ["done"],
  setup(props, { emit }) {
    const feed = inject("feed");
    const desk = inject("desk");
    const form = reactive({ reason: "", way: "key", code: "" });
    const problem = ref(null);
    const busy = ref(false);
    watch(
      () => props.step,
      () => {
        Object.assign(form, { reason: "", way: "key", code: "" });
        problem.value = null;
      },
    );
    const counts = computed(() => feed.counts.value);
    const heldBack = computed(() => feed.seats.value.filter((seat) => seat.held_back).length);
    const sitting = computed(() => counts.value.sitting + counts.value.paused);
    const consequence = computed(() => {
      const { confirm } = SESSION_TEXT;
      if (props.step === "open") return confirm.open(feed.session.value.candidates);
      if (props.step === "pause") return confirm.pause(counts.value.sitting);
      if (props.step === "resume") return confirm.resume(counts.value.paused);
      return confirm.end(sitting.value, counts.value.arranged);
    });
    function body() {
      if (props.step === "unlock") return form.way === "code" ? { release_code: form.code.trim() } : {};
      return NEEDS_REASON.includes(props.step) ? { reason: form.reason.trim() } : {};
    }
    function missing() {
      if (NEEDS_REASON.includes(props.step) && !form.reason.trim()) return SESSION_TEXT.reasonMissing;
      if (props.step === "unlock" && form.way === "code" && !form.code.trim()) return SESSION_TEXT.unlock.codeMissing;
      return null;
    }
    async function go() {
      problem.value = missing();
      if (problem.value) return;
      busy.value = true;
      try {
        const step = props.step;
        feed.takeSession(await feed.post(step, body()));
        desk.said(SESSION_TEXT.stepDone[step]);
        emit("done");
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    return {
      feed, form, problem, busy, go, counts, heldBack, consequence,
      needsReason: computed(() => NEEDS_REASON.includes(props.step)),
      quick: computed(() => QUICK_REASONS[`session_${props.step}`] || []),
      text: TEXT,
      words: SESSION_TEXT,
    };
  },
  template: `
    <el-dialog :model-value="step !== ''" class="step-dialog" :width="step === 'unlock' ? 640 : 560" align-center
      :close-on-click-modal="false" @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 :id="titleId" v-if="step"><text-pair :of="words.stepTitle[step]" /></h2></template>
      <template v-if="step">
        <p class="dialog-session">{{ feed.session.value.title }} <code>{{ feed.session.value.session }}</code></p>
        <unlock-form v-if="step === 'unlock'" :form="form" :session="feed.session.value" />
        <start-bell v-else-if="step === 'start'" :session="feed.session.value" :counts="counts" :held-back="heldBack" />
        <p v-else class="consequence"><text-pair :of="consequence" stack /></p>
        <reason-field v-if="needsReason" v-model="form.reason" :quick="quick" required input-id="step-reason" />
        <problem-box :of="problem" />
      </template>
      <template #footer>
        <el-button @click="$emit('done')"><text-pair :of="text.cancel" /></el-button>
        <el-button v-if="step === 'start'" type="success" size="large" icon="BellFilled" class="big-bell"
          :loading="busy" @click="go"><text-pair :of="words.start.ring(counts.checked_in - heldBack)" /></el-button>
        <el-button v-else-if="step" :type="step === 'end' ? 'danger' : 'primary'" class="confirm-step" :loading="busy" @click="go">
          <text-pair :of="words.steps[step]" />
        </el-button>
      </template>
    </el-dialog>`,
};
