/** The files that a site server sent up beside its journal. */

import { useWork } from "../parts/loaded.js";
import { bytes } from "../quantities.js";
import { SERVER_TEXT } from "../texts/sites.js";

const { inject, ref, watch } = window.Vue;

const SAVED_URL_KEPT_MS = 60000;
const path = (server, end) => `/appliances/${encodeURIComponent(server.id)}/${end}`;

export const FilesDialog = {
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
        if (server) work.run(async () => { list.value = await desk.api.get(path(server, "files")); });
      },
    );
    const purpose = (file) => SERVER_TEXT.purposes[file.purpose] || SERVER_TEXT.otherPurpose(file.purpose);
    const save = (file) =>
      work.run(async () => {
        const url = URL.createObjectURL(await desk.api.file(path(props.server, `files/${file.sha256}`)));
        const link = document.createElement("a");
        link.href = url;
        link.download = file.name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(url), SAVED_URL_KEPT_MS);
      });
    return { desk, list, work, purpose, save, bytes, words: SERVER_TEXT };
  },
  template: `
    <el-dialog :model-value="server !== null" width="860px" align-center @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 v-if="server" :id="titleId">{{ server.site_name }} · <text-pair :of="words.files" /></h2></template>
      <problem-box :of="work.problem.value" />
      <template v-if="list">
        <p v-if="!list.files.length" class="soft"><text-pair :of="words.noFiles" /></p>
        <table v-else class="plain-table site-files">
          <thead><tr><th><text-pair :of="words.fileName" /></th><th><text-pair :of="words.filePurpose" /></th><th class="number"><text-pair :of="words.fileSize" /></th>
            <th><text-pair :of="words.fileState" /></th><th></th></tr></thead>
          <tbody><tr v-for="file in list.files" :key="file.sha256" :data-file="file.sha256">
            <td>{{ file.name }}<div class="sub"><code :title="file.sha256">{{ file.sha256.slice(0, 12) }}…</code></div></td>
            <td><text-pair :of="purpose(file)" /></td><td class="number nowrap">{{ bytes(file.size) }}</td>
            <td class="nowrap"><text-pair :of="file.received_at ? words.fileReceived : words.fileWaiting" /><div v-if="file.received_at" class="sub kd-number">{{ desk.shortMoment(file.received_at) }}</div></td>
            <td class="end"><el-button v-if="file.received_at" size="small" icon="Download" @click="save(file)"><text-pair :of="words.fileSave" /></el-button></td>
          </tr></tbody>
        </table>
      </template>
    </el-dialog>`,
};
