/** Ticket machines and displays: their links, and when they were last heard. */

import { asProblem } from "../../shared/api.js";
import { useLoaded } from "../parts/parts.js";
import { QUEUE_TEXT } from "../texts/queue.js";

const { inject, onUnmounted, reactive, ref } = window.Vue;

const WORDS = QUEUE_TEXT.screens;
const LOOK_MS = 5000;

export const QueueScreens = {
  setup() {
    const desk = inject("desk");
    const loaded = useLoaded(() => desk.api.get("/queue/screens"));
    const timer = setInterval(() => document.visibilityState === "visible" && loaded.again(), LOOK_MS);
    onUnmounted(() => clearInterval(timer));
    const fresh = reactive({ use: "display", name: "", station: "" });
    const made = ref(null);
    const problem = ref(null);
    const linkOf = (link) => window.location.origin + link.path;
    const drawn = (link) => `data:image/svg+xml;utf8,${encodeURIComponent(link.qr)}`;
    async function send(path, body) {
      problem.value = null;
      try {
        return await desk.api.post(path, body);
      } catch (error) {
        problem.value = asProblem(error);
        return null;
      } finally {
        loaded.again();
      }
    }
    async function add() {
      const station = fresh.use === "tickets" ? fresh.station : "";
      made.value = await send("/queue/screens", { use: fresh.use, name: fresh.name || WORDS.uses[fresh.use].zh, station });
      if (made.value) fresh.name = "";
    }
    const renew = async (one) => {
      made.value = await send(`/queue/screens/${one.id}/renew`, {});
    };
    async function revoke(one) {
      const how = { confirmButtonText: WORDS.revoke.zh, cancelButtonText: QUEUE_TEXT.no.zh, type: "warning" };
      const sure = await window.ElementPlus.ElMessageBox.confirm(WORDS.sureRevoke(one.name).zh, WORDS.revoke.zh, how).catch(() => null);
      if (!sure) return;
      await send(`/queue/screens/${one.id}/revoke`, {});
      if (!problem.value) desk.said(WORDS.revoked);
    }
    return { desk, loaded, fresh, made, problem, linkOf, drawn, add, renew, revoke, words: WORDS };
  },
  template: `
    <div class="queue-screens"><p class="soft"><text-pair :of="words.what" /></p>
      <problem-box :of="problem || loaded.problem.value" />
      <form class="add-screen" @submit.prevent="add">
        <el-radio-group v-model="fresh.use" :aria-label="words.use.zh"><el-radio-button v-for="(of, use) in words.uses" :key="use" :value="use" :data-use="use"><text-pair :of="of" /></el-radio-button></el-radio-group>
        <el-input v-model="fresh.name" class="screen-name" maxlength="40" :placeholder="words.name.zh" :aria-label="words.name.zh" />
        <el-select v-if="fresh.use === 'tickets'" v-model="fresh.station" class="screen-station" :placeholder="words.noStation.zh" :aria-label="words.station.zh"><el-option value="" :label="words.noStation.zh" /><el-option v-for="one in loaded.value.value ? loaded.value.value.stations : []" :key="one" :value="one" :label="one" /></el-select>
        <el-button native-type="submit" type="primary" class="make-link" icon="Link"><text-pair :of="words.add" /></el-button>
      </form>
      <table v-if="loaded.value.value && loaded.value.value.screens.length" class="plain-table roomy">
        <thead><tr><th><text-pair :of="words.name" /></th><th><text-pair :of="words.use" /></th><th><text-pair :of="words.station" /></th><th><text-pair :of="words.heard" /></th><th><text-pair :of="words.enrolled" /></th><th></th></tr></thead>
        <tbody><tr v-for="one in loaded.value.value.screens" :key="one.id" :data-screen="one.id"><td><strong>{{ one.name }}</strong></td><td><text-pair :of="words.uses[one.use]" /></td><td>{{ one.station || "—" }}</td>
          <td><template v-if="one.heard_at">{{ desk.dateTime(one.heard_at) }} <span class="soft">{{ one.address }}</span></template><span v-else class="soft">{{ words.never.zh }}</span></td><td class="soft nowrap">{{ desk.dateTime(one.enrolled_at) }}</td>
          <td class="end nowrap"><el-button size="small" class="renew-link" @click="renew(one)">{{ words.renew.zh }}</el-button><el-button size="small" type="danger" plain class="revoke-screen" @click="revoke(one)">{{ words.revoke.zh }}</el-button></td></tr></tbody>
      </table>
      <p v-else class="empty-line"><text-pair :of="words.none" /></p>
      <el-dialog :model-value="Boolean(made)" width="560" class="link-dialog" append-to-body @close="made = null">
        <template #header><strong v-if="made">{{ made.screen.name }}</strong></template>
        <template v-if="made"><p><text-pair :of="words.link" stack /></p>
          <img class="link-code" :src="drawn(made)" alt="" width="230" height="230" /><p class="screen-link"><code>{{ linkOf(made) }}</code></p><p class="soft small"><text-pair :of="words.linkOnce" stack /></p></template>
        <template #footer><el-button type="primary" @click="made = null"><text-pair :of="words.copy" /></el-button></template>
      </el-dialog></div>`,
};
