/** The identity desk (核验台): waits for a card, shows faces, scores and the decision, sends to the seat. */

import { asProblem } from "../../shared/api.js";
import { follow } from "../../shared/live.js";
import { IDENTITY_TEXT } from "../texts/identity.js";
import { OwnCamera, ServerCamera } from "./camera.js";
import { HandDialog, SettleDialog } from "./dialogs.js";
import { KeptPicture, ScoreBars } from "./evidence.js";
import { IdentityRecord } from "./record.js";

const { computed, inject, onUnmounted, ref, shallowRef, watch } = window.Vue;

const ASK_TIMEOUT_MS = 6000;
const MARKS = { pass: "CircleCheckFilled", ask: "QuestionFilled", refuse: "CircleCloseFilled" };

const DeskBody = {
  components: { HandDialog, KeptPicture, OwnCamera, ScoreBars, ServerCamera, SettleDialog },
  props: { name: { type: String, required: true } },
  setup(props) {
    const desk = inject("desk");
    const view = shallowRef(null);
    const problem = ref(null);
    const busy = ref("");
    const deciding = ref("");
    const typing = ref(false);
    const camera = ref(null);
    const path = `/identity/desks/${props.name}`;
    function take(fresh) {
      if (view.value && fresh.run === view.value.run && fresh.seq < view.value.seq) return;
      view.value = fresh;
    }
    const stream = follow({
      url: `${desk.api.base}${path}/events`,
      event: "desk",
      onData: take,
      ask: async () => take(await desk.api.get(path, { retry: false, timeoutMs: ASK_TIMEOUT_MS })),
      onState: () => {},
    });
    onUnmounted(() => stream.close());
    const one = computed(() => view.value && view.value.verification);
    const open = computed(() => one.value && !one.value.seat && !one.value.settled_by);
    async function run(what, deed) {
      busy.value = what;
      problem.value = null;
      try {
        take(await deed());
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = "";
      }
    }
    async function own() {
      const picture = camera.value && (await camera.value.shot());
      if (!picture) throw new Error(IDENTITY_TEXT.cameraOff.en);
      return desk.api.upload(`${path}/look`, picture);
    }
    const shoot = () => run("shoot", () => (view.value.camera ? desk.api.post(`${path}/shoot`) : own()));
    const clear = () => run("clear", () => desk.api.post(`${path}/clear`));
    // Without a camera at the server this computer's takes the picture as soon as a document is there.
    watch(
      () => one.value && one.value.id,
      (id) => {
        deciding.value = "";
        if (id && !view.value.camera && open.value && camera.value && !camera.value.off) shoot();
      },
    );
    const parts = computed(() => ["reader", "camera", "printer"].map((part) => {
      const own = part === "camera" && !view.value.camera && camera.value !== null && !camera.value.off;
      return { part, there: own || view.value[part], told: own ? IDENTITY_TEXT.own : view.value[part] ? IDENTITY_TEXT.there : IDENTITY_TEXT.away };
    }));
    const validity = computed(() => {
      const document = one.value && one.value.document;
      if (!document) return "";
      return `${document.valid_from || "?"} - ${document.long_term ? IDENTITY_TEXT.longTerm.zh : document.valid_to || "?"}`;
    });
    const told = (fresh) => {
      deciding.value = "";
      typing.value = false;
      take(fresh);
    };
    return { desk, view, one, open, problem, busy, deciding, typing, camera, path, shoot, clear, parts, validity, told, marks: MARKS, words: IDENTITY_TEXT };
  },
  template: `
    <div v-if="view" class="desk-body" :data-desk="name" :data-card="view.card">
      <section class="desk-faces">
        <ul class="desk-parts"><li v-for="line in parts" :key="line.part" :class="{ away: !line.there }">
          <el-icon aria-hidden="true"><component :is="line.there ? 'Select' : 'Warning'" /></el-icon> <text-pair :of="words.parts[line.part]" /> <span :title="line.told.en">{{ line.told.zh }}</span></li></ul>
        <div class="desk-live"><server-camera v-if="view.camera" :path="path" /><own-camera v-else ref="camera" :path="path" /></div>
        <div class="desk-pictures"><kept-picture v-for="what in ['live', 'card', 'registration']" :key="what" :one="one" :what="what" /></div>
      </section>
      <section class="desk-decision" aria-live="polite">
        <div v-if="!one" class="desk-waiting"><el-icon aria-hidden="true"><Postcard /></el-icon>
          <text-pair :of="view.card === 'reading' ? words.reading : words.waiting" stack /></div>
        <template v-else>
          <div class="verdict" :class="'is-' + one.verdict" :data-verdict="one.verdict"><el-icon aria-hidden="true"><component :is="marks[one.verdict]" /></el-icon>
            <text-pair v-if="one.verdict" :of="words.verdicts[one.verdict]" /><span v-if="one.seat" class="verdict-seat"><text-pair :of="words.seat(one.room, one.seat)" /></span></div>
          <p v-if="one.settled_by" class="settled"><text-pair :of="words.settled(one.settled_by + (one.second ? '、' + one.second : ''), one.reason)" /></p>
          <ul v-else class="reason-list"><li v-for="rule in one.reasons" :key="rule.code" :class="'is-' + rule.verdict" :data-rule="rule.code"><text-pair :of="rule" stack /></li></ul>
          <score-bars :comparisons="one.comparisons" />
          <dl class="desk-facts">
            <div v-if="one.name"><dt><text-pair :of="words.fields.name" /></dt><dd>{{ one.name }}</dd></div>
            <div v-if="one.document"><dt><text-pair :of="words.fields.document" /></dt><dd>{{ one.document.kind ? words.kinds[one.document.kind].zh : "" }} {{ one.document.name }} <span class="kd-number">{{ one.document.number }}</span></dd></div>
            <div v-if="one.document"><dt><text-pair :of="words.fields.validity" /></dt><dd class="kd-number">{{ validity }}</dd></div>
            <div v-if="one.ticket"><dt><text-pair :of="words.fields.ticket" /></dt><dd class="kd-number">{{ one.ticket }}</dd></div>
            <div v-if="one.title"><dt><text-pair :of="words.fields.session" /></dt><dd>{{ one.title }}</dd></div>
          </dl>
          <p v-if="view.slip" class="good slip-sent"><el-icon aria-hidden="true"><Printer /></el-icon> <text-pair :of="words.slip" /></p>
        </template>
        <div v-if="view.trouble_zh" class="problem-box desk-trouble" role="alert"><div><div class="problem-zh">{{ view.trouble_zh }}</div><div class="problem-en" lang="en">{{ view.trouble_en }}</div></div></div>
        <problem-box :of="problem" />
        <div class="button-row">
          <el-button v-if="open" class="shoot" type="primary" :loading="busy === 'shoot'" @click="shoot"><text-pair :of="one.pictures.live ? words.again : words.shoot" /></el-button>
          <el-button v-if="open && one.overridable && one.verdict !== 'pass'" class="let-in" @click="deciding = 'pass'"><text-pair :of="one.verdict === 'refuse' ? words.override : words.pass" /></el-button>
          <el-button v-if="open && one.verdict === 'ask'" class="refuse" type="danger" plain @click="deciding = 'refuse'"><text-pair :of="words.refuse" /></el-button>
          <el-button v-if="one" class="next" :loading="busy === 'clear'" @click="clear"><text-pair :of="words.next" /></el-button>
          <el-button class="by-hand" @click="typing = true"><text-pair :of="words.byHand" /></el-button>
        </div>
      </section>
      <settle-dialog v-if="deciding && one" :path="path" :one="one" :verdict="deciding" @done="told" @close="deciding = ''" />
      <hand-dialog v-if="typing" :path="path" @done="told" @close="typing = false" />
    </div>`,
};

const RECORD = "record";

export const IdentityPage = {
  components: { DeskBody, IdentityRecord },
  setup() {
    const desk = inject("desk");
    const desks = ref([]);
    const problem = ref(null);
    const known = ref(false);
    desk.api.get("/identity/desks").then(
      (told) => { desks.value = told.desks; known.value = true; },
      (error) => { problem.value = asProblem(error); },
    );
    const name = computed(() => {
      if (desk.route.tab === RECORD) return RECORD;
      const wanted = desks.value.find((one) => one.desk === desk.route.tab) || desks.value[0];
      return wanted ? wanted.desk : "";
    });
    return { desks, known, name, problem, record: RECORD, words: IDENTITY_TEXT };
  },
  template: `
    <main class="identity-page">
      <nav class="tabs" :aria-label="words.choose.zh">
        <a v-for="one in desks" :key="one.desk" :href="'#/identity/' + one.desk" :data-tab="one.desk" :aria-current="name === one.desk ? 'page' : undefined"><el-icon aria-hidden="true"><Postcard /></el-icon> <text-pair :of="one" /></a>
        <a :href="'#/identity/' + record" :data-tab="record" :aria-current="name === record ? 'page' : undefined"><el-icon aria-hidden="true"><Tickets /></el-icon> <text-pair :of="words.record.title" /></a></nav>
      <h1 class="kd-unseen"><text-pair :of="words.title" /></h1>
      <problem-box :of="problem" />
      <identity-record v-if="name === record" :desks="desks" />
      <desk-body v-else-if="name" :key="name" :name="name" />
      <el-empty v-else-if="known" :description="words.noDesks.zh + ' ' + words.noDesks.en" />
    </main>`,
};
