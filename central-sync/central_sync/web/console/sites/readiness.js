/** How ready a site is: a mark for the list, and what its server told last. */

import { READINESS_TEXT } from "../texts/readiness.js";

const { computed, inject } = window.Vue;

const WORDS = READINESS_TEXT;
const look = (words, tone, icon) => ({ ...words, tone, icon });
const ROW_LOOKS = {
  pass: look(WORDS.states.pass, "good", "CircleCheck"), declared: look(WORDS.states.declared, "note", "Stamp"),
  unknown: look(WORDS.states.unknown, "warn", "QuestionFilled"), fail: look(WORDS.states.fail, "bad", "CircleClose"),
};
const ITEM_LOOKS = {
  pass: look(WORDS.items.pass, "good", "CircleCheck"), unknown: look(WORDS.items.unknown, "warn", "QuestionFilled"), fail: look(WORDS.items.fail, "bad", "CircleClose"),
};

/** Returns how a server's readiness looks in a list; `told` may be missing. */
export function readinessLook(told) {
  if (!told || !told.readiness) return look(WORDS.never, "plain", "Minus");
  if (told.readiness.ready) return look(WORDS.ready, "good", "CircleCheck");
  const open = Object.values(told.readiness.rows).filter((state) => state === "fail" || state === "unknown").length;
  return look(WORDS.open(open), "warn", "WarningFilled");
}

export const ReadinessDialog = {
  props: { told: { type: Object, default: null } },
  emits: ["done"],
  setup(props) {
    const desk = inject("desk");
    const title = computed(() => (props.told ? WORDS.title(props.told.site_name || props.told.site) : { zh: "", en: "" }));
    const report = computed(() => (props.told ? props.told.readiness : null));
    const preflight = computed(() => (props.told ? props.told.preflight : null));
    const groups = computed(() =>
      Object.entries(WORDS.rows).map(([name, rows]) => ({
        name, of: WORDS.groups[name],
        rows: Object.entries(rows).map(([id, zh]) => ({ id, zh, look: ROW_LOOKS[report.value.rows[id]] || ROW_LOOKS.unknown })),
      })),
    );
    const items = computed(() => Object.entries(preflight.value.items).map(([id, state]) => ({ id, zh: WORDS.preflight[id] || id, look: ITEM_LOOKS[state] })));
    return { desk, title, report, preflight, groups, items, words: WORDS };
  },
  template: `
    <el-dialog :model-value="told !== null" width="880px" align-center class="readiness-dialog" @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 :id="titleId"><text-pair :of="title" /></h2></template>
      <template v-if="told">
        <p v-if="!preflight" class="soft"><text-pair :of="words.noPreflight" /></p>
        <template v-else>
          <p><strong><text-pair :of="preflight.ready ? words.preflightGood : words.preflightBad" /></strong> <span class="soft">{{ words.looked(desk.shortMoment(preflight.at)).zh }}</span></p>
          <ul class="readiness-rows across"><li v-for="item in items" :key="item.id"><state-mark :of="item.look" /> {{ item.zh }}</li></ul>
        </template>
        <p v-if="!report" class="soft"><text-pair :of="words.noReport" /></p>
        <template v-else>
          <p><strong><text-pair :of="report.ready ? words.allMet : words.notMet" /></strong> <span class="soft">{{ words.checked(desk.shortMoment(report.at)).zh }}</span></p>
          <div class="readiness-groups"><section v-for="group in groups" :key="group.name"><h3><text-pair :of="group.of" /></h3>
            <ul class="readiness-rows"><li v-for="row in group.rows" :key="row.id" :data-row="row.id"><state-mark :of="row.look" /> {{ row.zh }}</li></ul></section></div>
          <p class="sub">{{ words.report.zh }} <code>{{ report.report_sha256.slice(0, 16) }}…</code></p>
        </template>
      </template>
    </el-dialog>`,
};
