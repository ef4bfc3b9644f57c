/** Declaring a row with a file as evidence, and taking a declaration back. */

import { asProblem } from "../../shared/api.js";
import { TEXT } from "../texts/common.js";
import { READINESS_TEXT } from "../texts/readiness.js";

const { computed, inject, ref, watch } = window.Vue;

const WORDS = READINESS_TEXT;
const TAKEN = ".pdf,.png,.jpg,.jpeg,.webp,application/pdf,image/png,image/jpeg,image/webp";

/** `task` is {row, withdraw} or null. */
export const DeclareDialog = {
  props: { task: { type: Object, default: null } },
  emits: ["done", "view"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const note = ref("");
    const file = ref(null);
    const percent = ref(0);
    const problem = ref(null);
    const busy = ref(false);
    watch(
      () => props.task,
      (task) => {
        note.value = task && !task.withdraw && task.row.declaration ? task.row.declaration.note : "";
        file.value = null;
        percent.value = 0;
        problem.value = null;
      },
    );
    const title = computed(() => {
      if (!props.task) return { zh: "", en: "" };
      return props.task.withdraw ? WORDS.withdrawOf(props.task.row) : WORDS.declareOf(props.task.row);
    });
    async function declare(row) {
      const name = file.value.name.slice(0, 200);
      const sent = (fraction) => {
        percent.value = Math.round(fraction * 100);
      };
      const kept = await desk.api.upload(`/readiness/evidence?name=${encodeURIComponent(name)}`, file.value, sent);
      return desk.api.post(`/readiness/rows/${row.id}/declare`, { note: note.value, evidence: kept.sha256, name });
    }
    async function confirm() {
      const { row, withdraw } = props.task;
      if (!note.value.trim() || (!withdraw && !file.value)) {
        problem.value = withdraw ? WORDS.withdrawReason : WORDS.missing;
        return;
      }
      busy.value = true;
      problem.value = null;
      try {
        const view = withdraw ? await desk.api.post(`/readiness/rows/${row.id}/withdraw`, { reason: note.value }) : await declare(row);
        desk.said(withdraw ? WORDS.withdrawn : WORDS.declared);
        emit("view", view);
        emit("done");
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    const chosen = (event) => {
      file.value = event.target.files[0] || null;
      problem.value = null;
    };
    return { note, file, percent, problem, busy, title, confirm, chosen, taken: TAKEN, words: WORDS, text: TEXT };
  },
  template: `
    <el-dialog :model-value="task !== null" width="560px" align-center class="declare-dialog" :close-on-click-modal="false" @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 :id="titleId"><text-pair :of="title" /></h2></template>
      <form v-if="task" id="declare-form" novalidate @submit.prevent="confirm">
        <p class="declare-need"><text-pair :of="{ zh: task.row.need_zh, en: task.row.need_en }" stack /></p>
        <p v-if="!task.withdraw" class="consequence"><text-pair :of="words.declareWhat" stack /></p>
        <div class="field"><label class="field-label" for="declare-note"><text-pair :of="task.withdraw ? words.withdrawReason : words.note" /><span class="must" aria-hidden="true">*</span></label>
          <el-input id="declare-note" v-model="note" type="textarea" :rows="3" maxlength="400" show-word-limit />
          <p v-if="!task.withdraw" class="hint"><text-pair :of="words.noteHint" /></p></div>
        <div v-if="!task.withdraw" class="field"><div class="field-label"><text-pair :of="words.file" /><span class="must" aria-hidden="true">*</span></div>
          <label class="file-pick"><el-icon aria-hidden="true"><Upload /></el-icon> <text-pair :of="words.choose" /><input id="declare-file" class="kd-unseen" type="file" :accept="taken" @change="chosen" /></label>
          <span v-if="file" class="file-name">{{ file.name }}</span>
          <el-progress v-if="busy && percent < 100" :percentage="percent" /></div>
        <problem-box :of="problem" />
      </form>
      <template #footer><el-button @click="$emit('done')"><text-pair :of="text.cancel" /></el-button>
        <el-button v-if="task" class="confirm-declare" :type="task.withdraw ? 'danger' : 'primary'" native-type="submit" form="declare-form" :loading="busy">
          <text-pair :of="task.withdraw ? words.withdraw : words.declare" /></el-button></template>
    </el-dialog>`,
};
