/** Small parts that every page of the console uses, registered by name. */

import { FilePick } from "./file-pick.js";
import { ImportReport } from "./import-report.js";
import { JobFollower } from "./job-follower.js";
import { TEXT } from "../texts/common.js";

const { computed, h, inject, ref, watch } = window.Vue;

/** A text in Chinese with English small beside it (or below, with `stack`). */
const TextPair = (props) =>
  h("span", { class: props.stack ? "kd-stack" : "", lang: "zh-CN" }, [
    props.of.zh,
    props.of.en ? h("span", { class: "kd-en", lang: "en" }, props.stack ? props.of.en : ` ${props.of.en}`) : null,
  ]);
TextPair.props = { of: { type: Object, required: true }, stack: Boolean };

/** A problem as a readable box; nothing when there is none. */
const ProblemBox = {
  props: { of: { type: Object, default: null } },
  template: `
    <div v-if="of" class="problem-box" role="alert">
      <el-icon aria-hidden="true"><CircleCloseFilled /></el-icon>
      <div>
        <div class="problem-zh">{{ of.zh }}</div>
        <div class="problem-en" lang="en">{{ of.en }}</div>
        <ul v-if="of.fields && of.fields.length">
          <li v-for="field in of.fields" :key="field.field"><code>{{ field.field }}</code> {{ field.zh }} <span class="kd-en">{{ field.en }}</span></li>
        </ul>
      </div>
    </div>`,
};

/** Label above a field, hint below; `id` is the field's. */
const FormField = {
  props: { id: { type: String, default: "" }, label: { type: Object, required: true }, hint: { type: Object, default: null }, must: Boolean },
  template: `
    <div class="field">
      <label class="field-label" :for="id || undefined"><text-pair :of="label" /><span v-if="must" class="must" aria-hidden="true">*</span></label>
      <slot />
      <p v-if="hint" class="hint"><text-pair :of="hint" /></p>
    </div>`,
};

/** Nothing is here yet: what to do next. */
const EmptyNote = {
  props: { of: { type: Object, required: true }, icon: { type: String, default: "Tickets" } },
  template: `
    <div class="empty-note">
      <el-icon aria-hidden="true"><component :is="icon" /></el-icon>
      <div><text-pair :of="of" stack /></div>
      <div v-if="$slots.default" class="button-row"><slot /></div>
    </div>`,
};

/** A state: icon and word in its tone; `of` is an entry of states.js. */
const StateMark = (props) =>
  h("span", { class: ["state-mark", `tone-${props.of.tone}`], title: props.of.en }, [
    h(window.Vue.resolveComponent("el-icon"), { "aria-hidden": "true" }, () => h(window.Vue.resolveComponent(props.of.icon))),
    h("span", props.of.zh),
  ]);
StateMark.props = { of: { type: Object, required: true } };

/** Head of a page: title, an optional way back, buttons at the right. */
const PageHead = {
  props: { title: { type: Object, required: true }, back: { type: String, default: "" }, name: { type: String, default: "" } },
  setup: () => ({ text: TEXT }),
  template: `
    <div class="page-head">
      <a v-if="back" class="back" :href="back" :aria-label="text.back.zh"><el-icon aria-hidden="true"><Back /></el-icon></a>
      <h1><template v-if="name">{{ name }}<span class="head-kind">{{ title.zh }}<span class="kd-en">{{ title.en }}</span></span></template>
        <text-pair v-else :of="title" /></h1>
      <slot />
    </div>`,
};

/** Parts of a whole as one bar: `parts` is [{key, count, tone, label}]. */
const PartsBar = {
  props: { parts: { type: Array, required: true }, total: { type: Number, required: true } },
  setup: (props) => ({
    shown: computed(() => props.parts.filter((part) => part.count > 0)),
    width: (count) => `${(100 * count) / Math.max(1, props.total)}%`,
  }),
  template: `
    <div class="parts-bar" role="img" :aria-label="shown.map((part) => part.label + ' ' + part.count).join('，')">
      <span v-for="part in shown" :key="part.key" :class="'tone-' + part.tone" :style="{ width: width(part.count) }" :title="part.label + ' ' + part.count"></span>
    </div>`,
};

/** How full something is: `fresh` is the part that is new. */
const FillBar = {
  props: { full: { type: Number, required: true }, of: { type: Number, required: true }, fresh: { type: Number, default: 0 } },
  setup: (props) => ({ width: (count) => `${Math.min(100, (100 * count) / Math.max(1, props.of))}%` }),
  template: `
    <div class="fill-bar" :class="{ whole: full >= of }" role="img" :aria-label="full + ' / ' + of">
      <div class="fill-track"><span class="old" :style="{ width: width(full - fresh) }"></span><span class="fresh" :style="{ width: width(fresh) }"></span></div>
      <span class="kd-number">{{ full }} / {{ of }}</span>
    </div>`,
};

/** Numbered pages of a list; emits the page that is wanted. */
const ListPages = {
  props: { page: { type: Number, required: true }, total: { type: Number, required: true }, size: { type: Number, default: 50 } },
  emits: ["go"],
  setup: (props) => ({ last: computed(() => Math.max(1, Math.ceil(props.total / props.size))), text: TEXT }),
  template: `
    <div class="list-pages">
      <span class="soft"><text-pair :of="text.total(total)" /></span>
      <el-pagination v-if="last > 1" layout="prev, pager, next" :current-page="page" :page-size="size" :total="total" @current-change="$emit('go', $event)" />
    </div>`,
};

/** A candidate's photo, or a figure in its place. */
const PersonPhoto = {
  props: { photo: { type: String, default: null }, name: { type: String, required: true }, size: { type: Number, default: 40 } },
  setup: () => ({ broken: ref(false) }),
  template: `
    <span class="person-photo" :style="{ width: size + 'px', height: Math.round(size * 1.3) + 'px' }">
      <img v-if="photo && !broken" :src="'/api/central/photos/' + photo" :alt="name" loading="lazy" @error="broken = true" />
      <el-icon v-else :size="size * 0.6" aria-hidden="true"><UserFilled /></el-icon>
    </span>`,
};

/** Asks for a reason before something is done; `act(reason)` does it, its problem is shown here. */
const ReasonDialog = {
  props: {
    title: { type: Object, default: null },
    what: { type: Object, default: null },
    quick: { type: Array, default: () => [] },
    danger: Boolean,
    act: { type: Function, default: null },
  },
  emits: ["done"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const reason = ref("");
    const problem = ref(null);
    const busy = ref(false);
    watch(
      () => props.act,
      () => {
        reason.value = "";
        problem.value = null;
      },
    );
    async function go() {
      problem.value = reason.value.trim() ? null : TEXT.reasonMissing;
      if (problem.value) return;
      busy.value = true;
      try {
        await props.act(reason.value.trim());
        emit("done");
      } catch (error) {
        problem.value = error;
      } finally {
        busy.value = false;
      }
    }
    return { desk, reason, problem, busy, go, text: TEXT };
  },
  template: `
    <el-dialog :model-value="act !== null" width="540px" align-center :close-on-click-modal="false" @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 v-if="title" :id="titleId" :class="{ danger }"><text-pair :of="title" /></h2></template>
      <form v-if="act" id="reason-form" novalidate @submit.prevent="go">
        <p v-if="what" class="consequence" :class="{ danger }"><text-pair :of="what" stack /></p>
        <slot />
        <form-field id="reason" :label="text.reason" must>
          <div v-if="quick.length" class="quick-reasons">
            <button v-for="choice in quick" :key="choice" type="button" class="quick-reason" :class="{ chosen: reason === choice }"
              :aria-pressed="reason === choice" @click="reason = choice">{{ choice }}</button>
          </div>
          <el-input id="reason" v-model="reason" type="textarea" :rows="2" maxlength="200" />
        </form-field>
        <problem-box :of="problem" />
      </form>
      <template #footer>
        <el-button @click="$emit('done')"><text-pair :of="text.cancel" /></el-button>
        <el-button :type="danger ? 'danger' : 'primary'" native-type="submit" form="reason-form" :loading="busy"><text-pair :of="title || text.save" /></el-button>
      </template>
    </el-dialog>`,
};

const PARTS = { TextPair, ProblemBox, FormField, EmptyNote, StateMark, PageHead, PartsBar, FillBar, ListPages, PersonPhoto, ReasonDialog, FilePick, ImportReport, JobFollower };

/** Registers all parts and the icons on the application. */
export function registerParts(app) {
  for (const [name, part] of Object.entries(PARTS)) app.component(name, part);
  for (const [name, icon] of Object.entries(window.ElementPlusIconsVue)) {
    if (name !== "default" && name !== "global") app.component(name, icon);
  }
}
