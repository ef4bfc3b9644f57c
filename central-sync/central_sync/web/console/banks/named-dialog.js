/** Asks for a name and a category: of a bank or of a roster. */

import { useWork } from "../parts/loaded.js";
import { BANK_TEXT } from "../texts/banks.js";
import { TEXT } from "../texts/common.js";

const { inject, reactive } = window.Vue;

export const NamedDialog = {
  props: {
    title: { type: Object, required: true },
    nameLabel: { type: Object, required: true },
    name: { type: String, default: "" },
    category: { type: String, default: "" },
    act: { type: Function, required: true },
  },
  emits: ["done"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const form = reactive({ name: props.name, category: props.category });
    const work = useWork();
    async function save() {
      const body = { name: form.name.trim(), category: form.category.trim() };
      work.problem.value = body.name && body.category ? null : BANK_TEXT.missing;
      if (!work.problem.value && (await work.run(() => props.act(body)))) emit("done");
    }
    return { desk, form, work, save, words: BANK_TEXT, text: TEXT };
  },
  template: `
    <el-dialog :model-value="true" width="500px" align-center :close-on-click-modal="false" @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 :id="titleId"><text-pair :of="title" /></h2></template>
      <form id="named-form" novalidate @submit.prevent="save">
        <form-field id="named-name" :label="nameLabel" must><el-input id="named-name" v-model="form.name" maxlength="120" autofocus /></form-field>
        <form-field id="named-category" :label="text.category" :hint="words.categoryHint" must><el-input id="named-category" v-model="form.category" maxlength="60" /></form-field>
        <problem-box :of="work.problem.value" />
      </form>
      <template #footer><el-button @click="$emit('done')"><text-pair :of="text.cancel" /></el-button>
        <el-button type="primary" native-type="submit" form="named-form" :loading="work.busy.value"><text-pair :of="text.save" /></el-button></template>
    </el-dialog>`,
};
