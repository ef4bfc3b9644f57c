/** Sync with the centre: how it stands, enrolment, USB courier. */

import { asProblem } from "../../shared/api.js";
import { grouped } from "../../shared/format.js";
import { useLoaded } from "../parts/parts.js";
import { TECH_TEXT } from "../texts/technician.js";

const { computed, inject, onUnmounted, reactive, ref } = window.Vue;

const WORDS = TECH_TEXT.sync;
const REFRESH_MS = 3000;
const EXPORT_URL_KEPT_MS = 60000;

const EnrolForm = {
  emits: ["enrolled"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const form = reactive({ centre: "", claim_code: "" });
    const problem = ref(null);
    const busy = ref(false);
    async function enrol() {
      problem.value = form.centre.trim() && form.claim_code.trim() ? null : WORDS.enrolMissing;
      if (problem.value) return;
      busy.value = true;
      try {
        emit("enrolled", await desk.api.post("/sync/enrol", { centre: form.centre.trim(), claim_code: form.claim_code.trim() }, { timeoutMs: 60000 }));
        desk.said(WORDS.enrolDone);
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    return { form, problem, busy, enrol, words: WORDS };
  },
  template: `
    <form class="panel enrol" novalidate @submit.prevent="enrol">
      <h2><text-pair :of="words.enrol" /></h2>
      <p class="soft"><text-pair :of="words.enrolHint" /></p>
      <div class="field"><label class="field-label" for="centre"><text-pair :of="words.centreField" /></label>
        <el-input id="centre" v-model="form.centre" maxlength="200" placeholder="https://" /></div>
      <div class="field"><label class="field-label" for="claim"><text-pair :of="words.claim" /></label>
        <el-input id="claim" v-model="form.claim_code" maxlength="200" autocomplete="off" spellcheck="false" /></div>
      <problem-box :of="problem" />
      <el-button type="primary" native-type="submit" :loading="busy"><text-pair :of="words.enrol" /></el-button>
    </form>`,
};

const CourierPanel = {
  emits: ["moved"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const problem = ref(null);
    const busy = ref("");
    const percent = ref(0);
    const brought = ref(null);
    const file = ref(null);
    async function run(name, work) {
      busy.value = name;
      problem.value = null;
      brought.value = null;
      try {
        await work();
        emit("moved");
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = "";
      }
    }
    const exportIt = () =>
      run("export", async () => {
        const url = URL.createObjectURL(await desk.api.file("/courier/export", { retry: false }));
        const link = document.createElement("a");
        link.href = url;
        link.download = `kaodian-${desk.me.value.site_code}-${desk.dateTime(Date.now()).replace(/\D/g, "")}.kdbundle`;
        link.click();
        setTimeout(() => URL.revokeObjectURL(url), EXPORT_URL_KEPT_MS);
        desk.said(WORDS.exported);
      });
    function importIt(event) {
      const [chosen] = event.target.files;
      event.target.value = "";
      if (!chosen) return;
      percent.value = 0;
      run("import", async () => {
        brought.value = await desk.api.upload("/courier/import", chosen, (part) => {
          percent.value = Math.round(part * 100);
        });
      });
    }
    return { problem, busy, percent, brought, file, exportIt, importIt, words: WORDS };
  },
  template: `
    <section class="panel courier">
      <h2><text-pair :of="words.courier" /></h2>
      <p class="soft"><text-pair :of="words.courierHint" stack /></p>
      <div class="button-row">
        <el-button icon="Download" :loading="busy === 'export'" :disabled="busy === 'import'" @click="exportIt"><text-pair :of="words.exportIt" /></el-button>
        <el-button icon="Upload" :loading="busy === 'import'" :disabled="busy === 'export'" @click="file.click()"><text-pair :of="words.importIt" /></el-button>
        <input ref="file" type="file" class="kd-unseen" tabindex="-1" :aria-label="words.importIt.zh" @change="importIt" />
      </div>
      <div v-if="busy === 'import'"><el-progress :percentage="percent" /><span class="soft">{{ words.importing(percent).zh }}</span></div>
      <el-alert v-if="brought" type="success" :closable="false" show-icon>
        <template #title><text-pair :of="brought.zh ? brought : words.imported" /></template>
        {{ words.importedCounts(brought.documents, brought.blobs, brought.acknowledged_seq).zh }}</el-alert>
      <problem-box :of="problem" />
    </section>`,
};

export const SyncPage = {
  components: { CourierPanel, EnrolForm },
  setup() {
    const desk = inject("desk");
    const busy = ref(false);
    const loaded = useLoaded(() => desk.api.get("/sync"));
    const timer = setInterval(loaded.again, REFRESH_MS);
    onUnmounted(() => clearInterval(timer));
    const view = computed(() => loaded.value.value);
    const behind = computed(() => Math.max(0, view.value.head_seq - view.value.acknowledged_seq));
    const percent = computed(() => (view.value.head_seq ? Math.floor((100 * Math.min(view.value.acknowledged_seq, view.value.head_seq)) / view.value.head_seq) : 100));
    async function now() {
      busy.value = true;
      try {
        loaded.value.value = await desk.api.post("/sync/now");
        desk.said(WORDS.started);
      } catch (error) {
        desk.failed(error);
      } finally {
        busy.value = false;
      }
    }
    const take = (fresh) => { loaded.value.value = fresh; };
    return { desk, loaded, view, busy, behind, percent, now, take, grouped, words: WORDS };
  },
  template: `
    <main class="page">
      <div class="page-head"><h1><text-pair :of="words.title" /></h1>
        <el-button v-if="view && view.enrolled" type="primary" icon="Refresh" :loading="busy" @click="now"><text-pair :of="words.now" /></el-button></div>
      <problem-box :of="loaded.problem.value" />
      <template v-if="view">
        <el-alert v-if="view.quarantined" type="error" :closable="false" show-icon><template #title><text-pair :of="words.quarantined" stack /></template></el-alert>
        <problem-box v-if="view.error_zh" :of="{ zh: view.error_zh, en: view.error_en }" />
        <section v-if="view.enrolled" class="panel sync-state">
          <div class="sync-online" :class="{ away: !view.online }"><el-icon aria-hidden="true"><Connection v-if="view.online" /><WarningFilled v-else /></el-icon>
            <text-pair :of="view.online ? words.online : words.offline" stack /></div>
          <dl class="drawer-facts">
            <div><dt><text-pair :of="words.centre" /></dt><dd>{{ view.centre }}</dd></div>
            <div><dt><text-pair :of="words.appliance" /></dt><dd><code>{{ view.appliance }}</code></dd></div>
            <div><dt><text-pair :of="words.lastContact" /></dt><dd class="kd-number">{{ view.last_contact ? desk.dateTime(view.last_contact) : words.never.zh }}</dd></div>
            <div><dt><text-pair :of="words.journal" /></dt><dd class="kd-number">{{ words.sent(grouped(view.acknowledged_seq), grouped(view.head_seq)).zh }}
              <el-progress :percentage="percent" :status="behind ? '' : 'success'" />
              <text-pair :of="behind ? words.behind(behind) : words.all" /></dd></div>
            <div><dt><text-pair :of="words.transfers" /></dt><dd><ul v-if="view.transfers.length" class="transfers"><li v-for="line in view.transfers" :key="line">{{ line }}</li></ul>
              <span v-else class="soft">{{ words.noTransfers.zh }}</span></dd></div>
          </dl>
        </section>
        <enrol-form v-else @enrolled="take" />
        <courier-panel @moved="loaded.again()" />
      </template>
    </main>`,
};
