/** What people decide and type at the desk: letting in or refusing with a reason, a document by hand. */

import { asProblem } from "../../shared/api.js";
import { IDENTITY_TEXT } from "../texts/identity.js";

const { computed, inject, reactive, ref } = window.Vue;

/** A person decides; `second` where a refusal is overturned. Emits `done` with the desk. */
export const SettleDialog = {
  props: { path: { type: String, required: true }, one: { type: Object, required: true }, verdict: { type: String, required: true } },
  emits: ["done", "close"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const reason = ref("");
    const second = ref({ username: "", password: "" });
    const busy = ref(false);
    const problem = ref(null);
    const two = computed(() => props.verdict === "pass" && props.one.verdict === "refuse");
    async function confirm() {
      busy.value = true;
      problem.value = null;
      try {
        const body = { verification: props.one.id, verdict: props.verdict, reason: reason.value.trim(), second: two.value ? second.value : null };
        emit("done", await desk.api.post(`${props.path}/settle`, body));
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    const ready = computed(() => reason.value.trim() !== "" && (!two.value || (second.value.username && second.value.password)));
    return { reason, second, two, busy, problem, confirm, ready, words: IDENTITY_TEXT, text: desk.text };
  },
  template: `
    <el-dialog class="settle-dialog" :model-value="true" width="560" append-to-body @close="$emit('close')">
      <template #header><text-pair :of="verdict === 'pass' ? words.dialog.passTitle : words.dialog.refuseTitle" /></template>
      <ul class="reason-list"><li v-for="rule in one.reasons" :key="rule.code"><text-pair :of="rule" stack /></li></ul>
      <reason-field v-model="reason" :quick="verdict === 'pass' ? words.reasons : []" required input-id="settle-reason" />
      <second-person v-if="two" v-model="second" />
      <problem-box :of="problem" />
      <template #footer>
        <el-button @click="$emit('close')"><text-pair :of="text.cancel" /></el-button>
        <el-button class="confirm-settle" :type="verdict === 'pass' ? 'primary' : 'danger'" :loading="busy" :disabled="!ready" @click="confirm"><text-pair :of="words.dialog.confirm" /></el-button>
      </template>
    </el-dialog>`,
};

/** A document typed in from the original. Emits `done` with the desk. */
export const HandDialog = {
  props: { path: { type: String, required: true } },
  emits: ["done", "close"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const form = reactive({ kind: "resident", number: "", name: "", valid_from: null, valid_to: null, long_term: false, ticket: "" });
    const busy = ref(false);
    const problem = ref(null);
    async function save() {
      busy.value = true;
      problem.value = null;
      try {
        emit("done", await desk.api.post(`${props.path}/document`, { ...form, number: form.number.trim(), valid_to: form.long_term ? null : form.valid_to }));
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    return { form, busy, problem, save, words: IDENTITY_TEXT, text: desk.text };
  },
  template: `
    <el-dialog class="hand-dialog" :model-value="true" width="560" @close="$emit('close')">
      <template #header><text-pair :of="words.hand.title" /></template>
      <form class="hand-form" @submit.prevent="save">
        <label for="hand-kind"><text-pair :of="words.fields.document" /></label>
        <el-select id="hand-kind" v-model="form.kind"><el-option v-for="(of, kind) in words.kinds" :key="kind" :value="kind" :label="of.zh" /></el-select>
        <label for="hand-number"><text-pair :of="words.fields.number" /></label><el-input id="hand-number" v-model="form.number" maxlength="40" autocomplete="off" />
        <label for="hand-name"><text-pair :of="words.fields.name" /></label><el-input id="hand-name" v-model="form.name" maxlength="120" autocomplete="off" />
        <label for="hand-from"><text-pair :of="words.hand.from" /></label><el-date-picker id="hand-from" v-model="form.valid_from" value-format="YYYY-MM-DD" />
        <label for="hand-to"><text-pair :of="words.hand.to" /></label>
        <span class="hand-to"><el-date-picker id="hand-to" v-model="form.valid_to" value-format="YYYY-MM-DD" :disabled="form.long_term" />
          <el-checkbox v-model="form.long_term"><text-pair :of="words.hand.long" /></el-checkbox></span>
        <label for="hand-ticket"><text-pair :of="words.hand.ticket" /></label><el-input id="hand-ticket" v-model="form.ticket" maxlength="12" autocomplete="off" />
        <problem-box :of="problem" />
        <el-button class="save-hand" type="primary" native-type="submit" :loading="busy" :disabled="!form.number.trim()"><text-pair :of="words.hand.save" /></el-button>
      </form>
    </el-dialog>`,
};
