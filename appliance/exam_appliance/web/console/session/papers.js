/** Documents of the session by room: look, print, reprint. */

import { asProblem } from "../../shared/api.js";
import { useLoaded } from "../parts/parts.js";
import { JobState, JobTable } from "../prints/jobs.js";
import { PRINT_TEXT } from "../texts/prints.js";

const { computed, inject, onUnmounted, reactive, ref } = window.Vue;

const WORDS = PRINT_TEXT.papers;
const LOOK_MS = 2500;

export const PapersTab = {
  components: { JobState, JobTable },
  setup() {
    const desk = inject("desk");
    const feed = inject("feed");
    const path = `/prints/papers/${encodeURIComponent(feed.session.value.session)}`;
    const loaded = useLoaded(() => desk.api.get(path), () => feed.session.value.state);
    const timer = setInterval(() => document.visibilityState === "visible" && loaded.again(), LOOK_MS);
    onUnmounted(() => clearInterval(timer));
    const chosen = reactive({});
    const problem = ref(null);
    const busy = ref("");
    const papers = computed(() => loaded.value.value);
    const printers = computed(() => papers.value.printers.filter((one) => !one.receipts));
    const roleOf = (room) => chosen[room.name] || room.role;
    const why = (kind, room) => {
      if (kind === "room_record" && !papers.value.ended) return WORDS.tooEarly;
      return kind === "score_report" && !room.scored ? WORDS.noScores : null;
    };
    const last = (kind, room) => papers.value.jobs.find((job) => job.kind === kind && job.subject === `${papers.value.session}/${room.name}`);
    async function doing(name, work) {
      busy.value = name;
      problem.value = null;
      try {
        await work();
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = "";
        loaded.again();
      }
    }
    const print = (kind, room) => doing(`print ${kind} ${room.name}`, async () => {
      const told = await desk.api.post(path, { kind, room: room.name, role: roleOf(room) });
      if (told.before) window.ElementPlus.ElMessage({ type: "warning", message: WORDS.before.zh, duration: 6000, showClose: true });
      else desk.said(WORDS.ordered);
    });
    const look = (kind, room) => doing(`look ${kind} ${room.name}`, async () => {
      // Opened before the wait: afterwards the browser takes it for an unasked window.
      const page = window.open("", "_blank");
      try {
        const url = URL.createObjectURL(await desk.api.file(`${path}/pdf?kind=${kind}&room=${encodeURIComponent(room.name)}`));
        if (page) page.location = url;
        setTimeout(() => URL.revokeObjectURL(url), 60000);
      } catch (error) {
        if (page) page.close();
        throw error;
      }
    });
    return { desk, loaded, papers, printers, chosen, roleOf, why, last, print, look, busy, problem, may: computed(() => desk.mayAct(false)), words: WORDS, texts: PRINT_TEXT };
  },
  template: `
    <div class="tab-page papers">
      <p class="soft"><text-pair :of="words.what" /></p>
      <problem-box :of="problem || loaded.problem.value" />
      <template v-if="papers">
        <el-alert v-if="!may" type="info" :closable="false" show-icon><template #title><text-pair :of="words.staffOnly" /></template></el-alert>
        <section v-for="room in papers.rooms" :key="room.name" class="paper-room" :data-room="room.name">
          <div class="section-head"><h2>{{ room.name }} <small class="soft">{{ words.people(room.candidates).zh }}<template v-if="room.scored">，{{ words.scored(room.scored).zh }}</template></small></h2>
            <label class="paper-printer"><text-pair :of="words.to" />
              <el-select :model-value="roleOf(room)" :aria-label="words.to.zh" @update:model-value="chosen[room.name] = $event"><el-option v-for="one in printers" :key="one.role" :value="one.role" :label="one.zh + (one.ready ? '' : '（' + texts.queue.notReady.zh + '）')" /></el-select></label></div>
          <ul class="paper-kinds">
            <li v-for="kind in papers.kinds" :key="kind.kind" :data-kind="kind.kind">
              <strong><text-pair :of="kind" stack /></strong>
              <span class="paper-deeds">
                <el-button size="small" class="paper-print" type="primary" icon="Printer" :disabled="!may || !room.candidates || Boolean(why(kind.kind, room))" :loading="busy === 'print ' + kind.kind + ' ' + room.name" @click="print(kind.kind, room)">{{ words.print.zh }}</el-button>
                <el-button size="small" class="paper-look" icon="View" :disabled="!may || !room.candidates || Boolean(why(kind.kind, room))" :loading="busy === 'look ' + kind.kind + ' ' + room.name" @click="look(kind.kind, room)">{{ words.look.zh }}</el-button></span>
              <span v-if="why(kind.kind, room)" class="small soft">{{ why(kind.kind, room).zh }}</span>
              <span v-else-if="last(kind.kind, room)" class="small paper-last"><job-state :job="last(kind.kind, room)" /> <span class="soft kd-number">{{ desk.dateTime(last(kind.kind, room).asked_at) }}</span></span>
            </li>
          </ul>
        </section>
        <template v-if="papers.jobs.length"><h2 class="group-title"><text-pair :of="words.mine" /></h2>
          <job-table :jobs="papers.jobs" :printers="papers.printers" @changed="loaded.again()" /></template>
      </template>
    </div>`,
};
