/** Asks where somebody is sent. */

import { QUEUE_TEXT } from "../texts/queue.js";

const { reactive } = window.Vue;

export const TransferDialog = {
  props: { line: { type: Object, default: null }, view: { type: Object, required: true } },
  emits: ["chosen", "close"],
  setup(props, { emit }) {
    const to = reactive({ counter: "", room: "", session: "" });
    const begin = () => Object.assign(to, { counter: "", room: "", session: "" });
    return { to, begin, go: () => emit("chosen", { ...to }), words: QUEUE_TEXT };
  },
  template: `
    <el-dialog :model-value="Boolean(line)" width="460" class="transfer-dialog" append-to-body @open="begin" @close="$emit('close')">
      <template #header><strong v-if="line"><text-pair :of="words.transfer" /> {{ line.number }}</strong></template>
      <p class="soft"><text-pair :of="words.transferHow" stack /></p>
      <div class="field"><label class="field-label"><text-pair :of="words.toCounter" /></label><el-select v-model="to.counter" class="to-counter" :placeholder="words.any.zh"><el-option value="" :label="words.any.zh" /><el-option v-for="one in view.counters" :key="one.id" :value="one.id" :label="one.zh" /></el-select></div>
      <div class="field"><label class="field-label"><text-pair :of="words.toRoom" /></label><el-select v-model="to.room" clearable :placeholder="line ? line.room : ''"><el-option v-for="room in view.rooms" :key="room" :value="room" :label="room" /></el-select></div>
      <div class="field"><label class="field-label"><text-pair :of="words.toSession" /></label><el-select v-model="to.session" clearable :placeholder="line ? line.title : ''"><el-option v-for="one in view.sessions" :key="one.session" :value="one.session" :label="one.title" /></el-select></div>
      <template #footer><el-button @click="$emit('close')"><text-pair :of="words.no" /></el-button><el-button type="primary" class="confirm-transfer" @click="go"><text-pair :of="words.transfer" /></el-button></template>
    </el-dialog>`,
};
