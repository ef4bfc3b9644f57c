/** Brings a file into a bank: form, progress of the upload, the job and its report. */

import { useWork } from "../parts/loaded.js";
import { BANK_TEXT } from "../texts/banks.js";
import { TEXT } from "../texts/common.js";

const { inject, reactive, ref } = window.Vue;

export const BankImport = {
  props: { bank: { type: Object, required: true } },
  emits: ["imported"],
  setup(props) {
    const desk = inject("desk");
    const form = reactive({ format: "xlsx", mode: "merge" });
    const file = ref(null);
    const media = ref(null);
    const percent = ref(0);
    const job = ref("");
    const work = useWork();
    async function start() {
      work.problem.value = file.value ? null : BANK_TEXT.noFile;
      if (work.problem.value) return;
      percent.value = 0;
      await work.run(async () => {
        const body = new FormData();
        body.append("file", file.value);
        if (media.value && form.format === "xlsx") body.append("media", media.value);
        const path = `/banks/${encodeURIComponent(props.bank.bank)}/import?format=${form.format}&mode=${form.mode}`;
        job.value = (await desk.api.upload(path, body, (part) => { percent.value = Math.round(part * 100); })).job;
      });
    }
    const template = () => desk.download("/banks/template.xlsx", "题库模板.xlsx");
    return { form, file, media, percent, job, work, start, template, words: BANK_TEXT, text: TEXT };
  },
  template: `
    <section class="panel">
      <div class="panel-head"><p class="soft grow"><text-pair :of="words.importHint" stack /></p><el-button icon="Download" @click="template"><text-pair :of="words.template" /></el-button></div>
      <form novalidate @submit.prevent="start">
        <div class="fields two">
          <form-field :label="words.format"><el-radio-group v-model="form.format" class="stacked"><el-radio v-for="(name, key) in words.formats" :key="key" :value="key"><text-pair :of="name" /></el-radio></el-radio-group></form-field>
          <form-field :label="words.mode"><el-radio-group v-model="form.mode" class="stacked"><el-radio v-for="(name, key) in words.modes" :key="key" :value="key"><text-pair :of="name" /></el-radio></el-radio-group></form-field>
          <form-field id="bank-file" :label="words.file" must><file-pick id="bank-file" v-model="file" :accept="form.format === 'xlsx' ? '.xlsx' : '.zip,.xml'" :disabled="work.busy.value" /></form-field>
          <form-field v-if="form.format === 'xlsx'" id="bank-media" :label="words.mediaFile"><file-pick id="bank-media" v-model="media" accept=".zip" :disabled="work.busy.value" /></form-field>
        </div>
        <problem-box :of="work.problem.value" />
        <div class="form-foot"><el-button type="primary" native-type="submit" icon="Upload" :loading="work.busy.value"><text-pair :of="words.start" /></el-button>
          <span v-if="work.busy.value" class="soft"><text-pair :of="text.file.sending(percent)" /></span></div>
      </form>
      <job-follower v-if="job" :job="job" @done="$emit('imported')" />
    </section>`,
};
