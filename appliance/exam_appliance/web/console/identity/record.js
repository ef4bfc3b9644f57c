/** The record of verifications: who, when, where, what was decided by which rules and by whom, with the evidence. */

import { asProblem } from "../../shared/api.js";
import { IDENTITY_TEXT } from "../texts/identity.js";
import { KeptPicture } from "./evidence.js";

const { inject, ref } = window.Vue;

const PAGE = 50;
const KINDS = ["live", "card", "registration"];
const MARKS = { pass: "CircleCheckFilled", ask: "QuestionFilled", refuse: "CircleCloseFilled" };

export const IdentityRecord = {
  components: { KeptPicture },
  props: { desks: { type: Array, required: true } },
  setup(props) {
    const desk = inject("desk");
    const lines = ref([]);
    const more = ref(false);
    const busy = ref(false);
    const problem = ref(null);
    const where = ref("");
    const looking = ref("");
    let last = 0;
    async function load(fresh) {
      busy.value = true;
      problem.value = null;
      try {
        const query = new URLSearchParams({ limit: PAGE, before: fresh ? 0 : last, desk: where.value });
        const told = await desk.api.get(`/identity/verifications?${query}`);
        lines.value = fresh ? told.verifications : [...lines.value, ...told.verifications];
        more.value = told.more;
        last = told.last;
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    load(true);
    const placeName = (place) => (props.desks.find((one) => one.desk === place) || { zh: place, en: "" });
    const kept = (one) => KINDS.filter((what) => one.pictures[what]);
    const look = (one) => { looking.value = looking.value === one.id ? "" : one.id; };
    return { desk, lines, more, busy, problem, where, looking, load, placeName, kept, look, kinds: KINDS, marks: MARKS, words: IDENTITY_TEXT };
  },
  template: `
    <section class="identity-record">
      <div class="record-bar">
        <label for="record-where"><text-pair :of="words.record.where" /></label>
        <el-select id="record-where" v-model="where" :placeholder="words.record.everywhere.zh" @change="load(true)"><el-option value="" :label="words.record.everywhere.zh" /><el-option v-for="one in desks" :key="one.desk" :value="one.desk" :label="one.zh" /></el-select>
        <el-button class="record-again" :loading="busy" @click="load(true)"><text-pair :of="words.record.again" /></el-button>
        <span class="soft"><text-pair :of="words.record.journalled" /></span>
      </div>
      <problem-box :of="problem" />
      <table v-if="lines.length" class="plain-table">
        <thead><tr><th v-for="name in ['when', 'who', 'where', 'decision', 'rules', 'by', 'evidence']" :key="name"><text-pair :of="words.record[name]" /></th></tr></thead>
        <tbody><template v-for="one in lines" :key="one.id">
          <tr class="record-line" :data-verification="one.id" :data-ticket="one.ticket" :data-verdict="one.verdict">
            <td class="kd-number">{{ desk.dateTime(one.at) }}</td>
            <td><strong v-if="one.name">{{ one.name }}</strong><span v-else class="soft">{{ words.record.unknown.zh }}</span> <span class="kd-number soft">{{ one.ticket }}</span></td>
            <td>{{ placeName(one.place).zh }}</td>
            <td class="record-verdict" :class="'is-' + one.verdict"><el-icon aria-hidden="true"><component :is="marks[one.verdict]" /></el-icon> {{ one.verdict ? words.verdicts[one.verdict].zh : "" }}<span v-if="one.seat" class="record-seat">{{ words.seat(one.room, one.seat).zh }}</span></td>
            <td class="record-rules"><div v-for="rule in one.reasons" :key="rule.code" :data-rule="rule.code" :title="rule.en">{{ rule.zh }}</div></td>
            <td class="record-by"><template v-if="one.settled_by">{{ one.settled_by }}{{ one.second ? "、" + one.second : "" }}<div class="soft">{{ one.reason }}</div></template><span v-else class="soft">{{ words.record.system.zh }}</span></td>
            <td><el-button v-if="kept(one).length" class="record-look" link type="primary" :aria-expanded="looking === one.id ? 'true' : 'false'" @click="look(one)"><text-pair :of="looking === one.id ? words.record.close : words.record.look" /></el-button>
              <span v-else class="soft">{{ words.record.none.zh }}</span></td>
          </tr>
          <tr v-if="looking === one.id" class="record-pictures"><td colspan="7">
            <div class="record-kept"><div v-for="what in kinds" :key="what"><kept-picture :one="one" :what="what" />
              <code v-if="one.pictures[what]" class="record-hash">SHA-256 {{ one.pictures[what].slice(0, 16) }}…</code></div></div></td></tr>
        </template></tbody>
      </table>
      <p v-else-if="!busy && !problem" class="empty-line"><text-pair :of="words.record.empty" /></p>
      <el-button v-if="more" class="record-more" :loading="busy" @click="load(false)"><text-pair :of="words.record.more" /></el-button>
    </section>`,
};
