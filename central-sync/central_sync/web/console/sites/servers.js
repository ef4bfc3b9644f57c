/** The enrolled servers of all sites: how they stand, evidence, readmission, revocation. */

import { grouped } from "../../shared/format.js";
import { useLoaded, useWork } from "../parts/loaded.js";
import { FilesDialog } from "./site-files.js";
import { bytes } from "../quantities.js";
import { serverLook } from "../states.js";
import { SERVER_TEXT } from "../texts/sites.js";
import { TEXT } from "../texts/common.js";

const { computed, inject, ref, watch } = window.Vue;

const path = (server, end) => `/appliances/${encodeURIComponent(server.id)}/${end}`;

const EvidenceDialog = {
  props: { server: { type: Object, default: null } },
  emits: ["done"],
  setup(props) {
    const desk = inject("desk");
    const list = ref(null);
    const work = useWork();
    watch(
      () => props.server,
      (server) => {
        list.value = null;
        if (server) work.run(async () => { list.value = await desk.api.get(path(server, "evidence")); });
      },
    );
    return { desk, list, work, words: SERVER_TEXT, text: TEXT };
  },
  template: `
    <el-dialog :model-value="server !== null" width="860px" align-center @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 v-if="server" :id="titleId">{{ server.site_name }} · <text-pair :of="words.evidence" /></h2></template>
      <problem-box :of="work.problem.value" />
      <template v-if="list">
        <p v-if="!list.evidence.length" class="soft"><text-pair :of="words.noEvidence" /></p>
        <article v-for="(piece, index) in list.evidence" :key="index" class="evidence">
          <strong>{{ piece.zh }}</strong> <span class="kd-en">{{ piece.en }}</span>
          <div class="soft"><span class="kd-number">{{ desk.longMoment(piece.at) }}</span> · {{ words.address.zh }} <code>{{ piece.address }}</code> · #{{ piece.seq }}
            <template v-if="piece.entries"> · {{ words.entries(piece.entries).zh }}</template></div>
          <details v-if="piece.body"><summary><text-pair :of="words.body" /></summary><pre>{{ piece.body }}</pre></details>
        </article>
        <template v-if="list.acts.length"><h3><text-pair :of="words.acts" /></h3>
          <ul class="acts"><li v-for="(act, index) in list.acts" :key="index"><span class="kd-number">{{ desk.longMoment(act.at) }}</span> {{ act.by }} <strong>{{ words.actKinds[act.act].zh }}</strong>：{{ act.reason }}</li></ul></template>
      </template>
    </el-dialog>`,
};

export const ServersPage = {
  components: { EvidenceDialog, FilesDialog },
  setup() {
    const desk = inject("desk");
    const loaded = useLoaded(() => desk.api.get("/appliances"), () => desk.changed.appliances);
    const evidence = ref(null);
    const files = ref(null);
    const task = ref(null);
    const machines = ref([]);
    const machine = ref("");
    async function ask(kind, server) {
      machines.value = [];
      machine.value = "";
      if (kind === "readmit") {
        try {
          const list = await desk.api.get(path(server, "evidence"));
          machines.value = [...new Set(list.evidence.map((piece) => piece.machine).filter(Boolean))];
        } catch (error) {
          desk.failed(error);
          return;
        }
      }
      task.value = { kind, server };
    }
    const act = computed(() => task.value && (async (reason) => {
      const { kind, server } = task.value;
      const body = kind === "readmit" ? { reason, machine: machine.value || null } : { reason };
      await desk.api.post(path(server, kind), body);
      desk.said(kind === "readmit" ? SERVER_TEXT.readmitted : SERVER_TEXT.revoked);
      loaded.again();
    }));
    const look = (server) => serverLook(server, desk.time.now);
    return { desk, loaded, evidence, files, task, machines, machine, ask, act, look, bytes, grouped, words: SERVER_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.title"><el-button icon="Refresh" @click="loaded.again()"><text-pair :of="text.refresh" /></el-button></page-head>
      <problem-box :of="loaded.problem.value" />
      <template v-if="loaded.value.value">
        <empty-note v-if="!loaded.value.value.appliances.length" :of="words.none" icon="Monitor"><el-button @click="desk.go('sites')"><text-pair :of="words.toSites" /></el-button></empty-note>
        <table v-else class="plain-table roomy servers">
          <thead><tr><th><text-pair :of="words.site" /></th><th><text-pair :of="text.state" /></th><th><text-pair :of="words.lastContact" /></th><th class="number"><text-pair :of="words.journal" /></th>
            <th><text-pair :of="words.software" /></th><th class="number"><text-pair :of="words.disk" /></th><th></th></tr></thead>
          <tbody><tr v-for="server in loaded.value.value.appliances" :key="server.id" :data-appliance="server.id" :class="{ faded: server.state === 'revoked' }">
            <td><a class="main-link" :href="desk.hashOf('sites', server.site)">{{ server.site_name }}</a><div class="sub"><code :title="server.id">{{ server.id.slice(0, 8) }}</code> {{ words.enrolledAt.zh }} {{ desk.shortMoment(server.enrolled_at) }}</div></td>
            <td><state-mark :of="look(server)" /><div v-if="server.zh" class="sub">{{ server.zh }} <span class="kd-en">{{ server.en }}</span></div><div v-if="server.trouble" class="sub bad">{{ server.trouble }}</div></td>
            <td class="nowrap kd-number">{{ desk.shortMoment(server.last_contact) }}</td>
            <td class="number">{{ grouped(server.acknowledged) }} / {{ grouped(server.head) }}</td>
            <td class="nowrap">{{ server.software }}</td><td class="number">{{ server.disk_free ? bytes(server.disk_free) : "—" }}</td>
            <td class="end"><el-button v-if="desk.may('readFiles')" size="small" @click="files = server"><text-pair :of="words.files" /></el-button>
              <template v-if="desk.may('administer')"><el-button size="small" @click="evidence = server"><text-pair :of="words.evidence" /></el-button>
              <el-button v-if="server.state === 'quarantined'" size="small" type="primary" @click="ask('readmit', server)"><text-pair :of="words.readmit" /></el-button>
              <el-button v-if="server.state !== 'revoked'" size="small" type="danger" plain @click="ask('revoke', server)"><text-pair :of="words.revoke" /></el-button></template></td>
          </tr></tbody>
        </table>
      </template>
      <evidence-dialog :server="evidence" @done="evidence = null" />
      <files-dialog :server="files" @done="files = null" />
      <reason-dialog :act="act" :title="task && words[task.kind]" :danger="Boolean(task) && task.kind === 'revoke'" :quick="task && task.kind === 'revoke' ? words.quickRevoke : words.quick"
        :what="task && (task.kind === 'revoke' ? words.revokeWhat(task.server.site_name) : words.readmitWhat(task.server.site_name))" @done="task = null">
        <form-field v-if="machines.length" :label="words.machine">
          <el-radio-group v-model="machine" class="stacked"><el-radio value=""><text-pair :of="words.enrolledMachine" /></el-radio>
            <el-radio v-for="each in machines" :key="each" :value="each"><code>{{ each.slice(0, 16) }}…</code></el-radio></el-radio-group></form-field>
      </reason-dialog>
    </main>`,
};
