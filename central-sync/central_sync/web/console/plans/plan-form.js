/** The form of an exam plan; a new one starts with 120 minutes, 100 points, pass at 80. */

import { dateTime } from "../../shared/format.js";
import { dayAfter, momentOf, today } from "../moments.js";
import { useWork } from "../parts/loaded.js";
import { TEXT } from "../texts/common.js";
import { PLAN_TEXT } from "../texts/plans.js";

const { computed, inject, reactive, ref, watch } = window.Vue;

const DEFAULTS = {
  name: "", category: "", blueprint: "", duration_minutes: 120, points: 100, pass_points: 80, resits: 1, late_minutes: 30,
  show_result: true, unlock_before_minutes: 60, start_within_minutes: 120,
};
const WINDOW_DAYS = 30;

export const PlanForm = {
  props: { plan: { type: Object, default: null } },
  emits: ["done", "saved"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const zone = desk.zone.value;
    const form = reactive({ ...DEFAULTS });
    const window_ = reactive({ from: `${today(zone)} 08:00`, until: `${dayAfter(today(zone), WINDOW_DAYS)} 18:00` });
    if (props.plan) {
      for (const field of Object.keys(DEFAULTS)) form[field] = props.plan[field];
      Object.assign(window_, { from: dateTime(props.plan.window_from, zone), until: dateTime(props.plan.window_until, zone) });
    }
    const blueprints = ref([]);
    const ready = ref(false);
    const work = useWork();
    work.run(async () => {
      blueprints.value = (await desk.api.get("/blueprints")).blueprints;
      ready.value = true;
    });
    const chosen = computed(() => blueprints.value.find(({ blueprint }) => blueprint === form.blueprint) || null);
    const differ = computed(() => (chosen.value && chosen.value.verdict.points !== form.points ? PLAN_TEXT.pointsDiffer(chosen.value.verdict.points) : null));
    watch(() => form.blueprint, () => { if (chosen.value && !form.category) form.category = chosen.value.category; });
    const instant = (text) => momentOf(text.slice(0, 10), text.slice(11, 16), zone);
    async function save() {
      work.problem.value = form.name.trim() && form.category.trim() && form.blueprint && window_.from && window_.until ? null : PLAN_TEXT.missing;
      if (work.problem.value) return;
      const body = { ...form, name: form.name.trim(), category: form.category.trim(), window_from: instant(window_.from), window_until: instant(window_.until) };
      const went = await work.run(() => (props.plan ? desk.api.put(`/plans/${encodeURIComponent(props.plan.plan)}`, body) : desk.api.post("/plans", body)));
      if (!went) return;
      desk.said(TEXT.saved);
      emit("saved");
    }
    const numbers = [["duration_minutes", PLAN_TEXT.duration, 1, 600], ["points", PLAN_TEXT.points, 1, 1000], ["pass_points", PLAN_TEXT.pass, 0, 1000], ["resits", PLAN_TEXT.resits, 0, 9],
      ["late_minutes", PLAN_TEXT.late, 0, 240], ["unlock_before_minutes", PLAN_TEXT.unlockBefore, 0, 1440], ["start_within_minutes", PLAN_TEXT.startWithin, 1, 1440]];
    return { form, window_, blueprints, ready, work, differ, save, numbers, words: PLAN_TEXT, text: TEXT };
  },
  template: `
    <el-dialog :model-value="true" width="860px" align-center :close-on-click-modal="false" @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 :id="titleId"><text-pair :of="plan ? words.edit : words.add" /></h2></template>
      <p v-if="ready && !blueprints.length" class="consequence"><text-pair :of="words.noBlueprints" /></p>
      <form id="plan-form" novalidate @submit.prevent="save">
        <div class="fields two">
          <form-field id="plan-name" :label="words.planName" must><el-input id="plan-name" v-model="form.name" maxlength="120" /></form-field>
          <form-field id="plan-blueprint" :label="words.blueprint" must><el-select id="plan-blueprint" v-model="form.blueprint"><el-option v-for="one in blueprints" :key="one.blueprint" :value="one.blueprint" :label="one.name + '（' + one.verdict.points + ' 分）'" /></el-select></form-field>
          <form-field id="plan-category" :label="text.category" must><el-input id="plan-category" v-model="form.category" maxlength="60" /></form-field>
          <form-field id="plan-show" :label="words.showResult"><el-switch id="plan-show" v-model="form.show_result" :active-text="text.yes.zh" :inactive-text="text.no.zh" /></form-field>
          <form-field id="plan-from" :label="words.windowFrom" must><el-date-picker id="plan-from" v-model="window_.from" type="datetime" format="YYYY年M月D日 HH:mm" value-format="YYYY-MM-DD HH:mm" :clearable="false" /></form-field>
          <form-field id="plan-until" :label="words.windowUntil" must><el-date-picker id="plan-until" v-model="window_.until" type="datetime" format="YYYY年M月D日 HH:mm" value-format="YYYY-MM-DD HH:mm" :clearable="false" /></form-field></div>
        <div class="fields four narrow"><form-field v-for="[field, label, least, most] in numbers" :id="'plan-' + field" :key="field" :label="label">
          <el-input-number :id="'plan-' + field" v-model="form[field]" :min="least" :max="most" controls-position="right" /></form-field></div>
        <p v-if="differ" class="bad"><text-pair :of="differ" /></p>
        <problem-box :of="work.problem.value" />
      </form>
      <template #footer><el-button @click="$emit('done')"><text-pair :of="text.cancel" /></el-button><el-button type="primary" native-type="submit" form="plan-form" :loading="work.busy.value"><text-pair :of="text.save" /></el-button></template>
    </el-dialog>`,
};
