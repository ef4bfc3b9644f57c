/** A field to choose one file with: button, name, size. */

import { TEXT } from "../texts/common.js";
import { bytes } from "../quantities.js";

const { ref } = window.Vue;

export const FilePick = {
  props: { modelValue: { type: Object, default: null }, accept: { type: String, default: "" }, id: { type: String, required: true }, disabled: Boolean },
  emits: ["update:modelValue"],
  setup(props, { emit }) {
    const input = ref(null);
    function chosen(event) {
      const [file] = event.target.files;
      event.target.value = "";
      if (file) emit("update:modelValue", file);
    }
    return { input, chosen, bytes, text: TEXT.file };
  },
  template: `
    <div class="file-pick">
      <input :id="id" ref="input" type="file" class="kd-unseen" tabindex="-1" :accept="accept" :disabled="disabled" @change="chosen" />
      <el-button icon="FolderOpened" :disabled="disabled" @click="input.click()"><text-pair :of="modelValue ? text.change : text.choose" /></el-button>
      <span v-if="modelValue" class="file-name">{{ modelValue.name }} <span class="soft">{{ bytes(modelValue.size) }}</span></span>
      <span v-else class="soft">{{ text.noFile.zh }}</span>
    </div>`,
};
