/** The courier: bundles out for a site, bundles back from it. */

import { date } from "../../shared/format.js";
import { useLoaded, useWork } from "../parts/loaded.js";
import { COURIER_TEXT } from "../texts/sites.js";
import { TEXT } from "../texts/common.js";

const { inject, ref } = window.Vue;

const EXPORT_TIMEOUT_MS = 600000;

export const CourierPage = {
  setup() {
    const desk = inject("desk");
    const loaded = useLoaded(() => desk.api.get("/sites"));
    const site = ref("");
    const file = ref(null);
    const percent = ref(0);
    const report = ref(null);
    const out = useWork();
    const back = useWork();
    async function exportIt() {
      out.problem.value = site.value ? null : COURIER_TEXT.noSite;
      if (out.problem.value) return;
      await out.run(async () => {
        const blob = await desk.api.post(`/courier/${encodeURIComponent(site.value)}/export`, {}, { answer: "blob", timeoutMs: EXPORT_TIMEOUT_MS });
        desk.keep(blob, `${site.value}-${date(Date.now(), desk.zone.value)}.kdbundle`);
        desk.said(COURIER_TEXT.exported);
      });
    }
    async function importIt() {
      back.problem.value = file.value ? null : COURIER_TEXT.noFile;
      if (back.problem.value) return;
      report.value = null;
      percent.value = 0;
      await back.run(async () => {
        const form = new FormData();
        form.append("file", file.value);
        report.value = await desk.api.upload("/courier/import", form, (part) => { percent.value = Math.round(part * 100); });
        file.value = null;
      });
    }
    return { desk, loaded, site, file, percent, report, out, back, exportIt, importIt, words: COURIER_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.title" />
      <p class="soft"><text-pair :of="words.intro" stack /></p>
      <div class="columns">
        <section class="panel"><h2><text-pair :of="words.exportTitle" /></h2><p class="soft"><text-pair :of="words.exportHint" stack /></p>
          <form-field id="courier-site" :label="words.site"><el-select id="courier-site" v-model="site" filterable>
            <el-option v-for="each in loaded.value.value ? loaded.value.value.sites : []" :key="each.code" :value="each.code" :label="each.name" /></el-select></form-field>
          <problem-box :of="out.problem.value || loaded.problem.value" />
          <div class="form-foot"><el-button type="primary" icon="Download" :loading="out.busy.value" @click="exportIt"><text-pair :of="words.exportIt" /></el-button></div></section>
        <section class="panel"><h2><text-pair :of="words.importTitle" /></h2><p class="soft"><text-pair :of="words.importHint" stack /></p>
          <form-field id="courier-file" :label="text.file.choose"><file-pick id="courier-file" v-model="file" accept=".kdbundle" :disabled="back.busy.value" /></form-field>
          <div v-if="back.busy.value"><el-progress :percentage="percent" /></div>
          <problem-box :of="back.problem.value" />
          <el-alert v-if="report" type="success" :closable="false" show-icon :title="report.zh">{{ words.report(report.taken, report.files, report.acknowledged).zh }} <span class="kd-en">{{ report.en }}</span></el-alert>
          <div class="form-foot"><el-button type="primary" icon="Upload" :loading="back.busy.value" @click="importIt"><text-pair :of="words.importIt" /></el-button></div></section>
      </div>
    </main>`,
};
