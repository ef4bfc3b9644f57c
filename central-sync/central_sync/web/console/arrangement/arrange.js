/** The arrangement: choose plan, rosters and sessions, check the proposal, confirm it. */

import { useLoaded, useWork } from "../parts/loaded.js";
import { dayAfter, momentOf, today } from "../moments.js";
import { ARRANGE_TEXT } from "../texts/arrangement.js";
import { TEXT } from "../texts/common.js";
import { ProposalView } from "./proposal.js";

const { computed, inject, reactive, ref, watch } = window.Vue;

const PROPOSE_TIMEOUT_MS = 120000;

export const ArrangePage = {
  components: { ProposalView },
  setup() {
    const desk = inject("desk");
    const loaded = useLoaded(async () => {
      const [plans, rosters, sites] = await Promise.all([desk.api.get("/plans"), desk.api.get("/rosters"), desk.api.get("/sites")]);
      return { plans: plans.plans, rosters: rosters.rosters, sites: sites.sites.filter(({ active }) => active) };
    });
    const held = computed(() => loaded.value.value);
    const form = reactive({ plan: desk.route.id, rosters: [], slots: [], together: "employer", order: "mixed" });
    const proposal = ref(null);
    const made = ref(null);
    const work = useWork();
    const plan = computed(() => (held.value ? held.value.plans.find((each) => each.plan === form.plan) : null));
    const rosters = computed(() => (plan.value ? held.value.rosters.filter(({ category }) => category === plan.value.category) : []));
    const siteOf = (code) => held.value.sites.find((site) => site.code === code);
    const usable = (room) => room.capacity - room.closed_seats.length;
    const seatsOf = (slot) => {
      const site = siteOf(slot.site);
      return site ? site.rooms.filter(({ name }) => !slot.rooms.length || slot.rooms.includes(name)).reduce((sum, room) => sum + usable(room), 0) : 0;
    };
    const seats = computed(() => form.slots.reduce((sum, slot) => sum + seatsOf(slot), 0));
    const people = computed(() => rosters.value.filter(({ roster }) => form.rosters.includes(roster)).reduce((sum, each) => sum + each.candidates - each.arranged, 0));
    function addSlot() {
      const last = form.slots[form.slots.length - 1];
      const site = last ? last.site : (held.value.sites[0] || { code: "" }).code;
      // After the morning comes the afternoon, after that the next day.
      const afternoon = last && last.time < "12:00";
      const day = !last ? dayAfter(today(desk.zone.value)) : afternoon ? last.day : dayAfter(last.day);
      form.slots.push({ site, day, time: afternoon ? "14:00" : "09:00", rooms: last ? [...last.rooms] : [] });
    }
    watch(held, (value) => {
      if (!value) return;
      if (!plan.value) form.plan = value.plans.length === 1 ? value.plans[0].plan : "";
      if (!form.slots.length) addSlot();
    });
    watch(rosters, (value) => { form.rosters = value.length === 1 ? [value[0].roster] : []; });
    async function propose() {
      const whole = form.plan && form.rosters.length && form.slots.length && form.slots.every(({ site, day, time }) => site && day && time);
      work.problem.value = whole ? null : ARRANGE_TEXT.missing;
      if (!whole) return;
      const slots = form.slots.map(({ site, day, time, rooms }) => ({ site, starts_at: momentOf(day, time, siteOf(site).time_zone), rooms }));
      const body = { plan: form.plan, rosters: form.rosters, slots, together: form.together, order: form.order };
      await work.run(async () => { proposal.value = await desk.api.post("/arrangements", body, { timeoutMs: PROPOSE_TIMEOUT_MS }); });
    }
    async function confirm() {
      await work.run(async () => {
        made.value = await desk.api.post(`/arrangements/${encodeURIComponent(proposal.value.proposal)}/confirm`, {}, { timeoutMs: PROPOSE_TIMEOUT_MS });
        desk.said(ARRANGE_TEXT.done(made.value.arranged));
      });
    }
    const step = computed(() => (made.value ? 2 : proposal.value ? 1 : 0));
    return { desk, loaded, held, form, rosters, siteOf, usable, seatsOf, seats, people, proposal, made, work, step, addSlot, propose, confirm, words: ARRANGE_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.title"><ol class="steps"><li v-for="(name, index) in words.steps" :key="name.zh" :class="{ at: step === index, done: step > index }" :aria-current="step === index ? 'step' : undefined"><b>{{ index + 1 }}</b><text-pair :of="name" /></li></ol></page-head>
      <problem-box :of="loaded.problem.value" />
      <template v-if="held">
        <section v-if="made" class="panel arranged"><h2><el-icon aria-hidden="true"><CircleCheck /></el-icon> <text-pair :of="words.doneTitle" /> · {{ words.done(made.arranged).zh }}</h2>
          <ul class="made-sessions"><li v-for="session in made.sessions" :key="session.session"><a class="main-link" :href="desk.hashOf('sessions', session.session)">{{ session.title }}</a>
            <span class="kd-number">{{ desk.longMoment(session.starts_at, session.time_zone) }}</span> {{ session.site_name }} <fill-bar :full="session.candidates" :of="session.capacity" /></li></ul><p class="soft"><text-pair :of="words.nextStep" /></p></section>
        <template v-else-if="proposal">
          <proposal-view :of="proposal" />
          <problem-box :of="work.problem.value" />
          <div class="confirm-bar"><span><text-pair :of="words.confirmWhat(proposal.seats.length)" /></span>
            <el-button @click="proposal = null"><text-pair :of="words.again" /></el-button>
            <el-button type="primary" :disabled="!proposal.seats.length" :loading="work.busy.value" @click="confirm"><text-pair :of="words.confirm" /></el-button></div>
        </template>
        <empty-note v-else-if="!held.plans.length" :of="words.noPlans" icon="Document"><el-button type="primary" @click="desk.go('plans')"><text-pair :of="words.toPlans" /></el-button></empty-note>
        <form v-else novalidate @submit.prevent="propose">
          <section class="panel"><div class="fields two">
            <form-field id="arrange-plan" :label="words.plan" must><el-select id="arrange-plan" v-model="form.plan"><el-option v-for="each in held.plans" :key="each.plan" :value="each.plan" :label="each.name + '（' + each.category + '）'" /></el-select></form-field>
            <form-field :label="words.rosters" must><p v-if="form.plan && !rosters.length" class="bad"><text-pair :of="words.noRosters" /></p>
              <el-checkbox-group v-model="form.rosters" class="stacked"><el-checkbox v-for="each in rosters" :key="each.roster" :value="each.roster">{{ each.name }} <span class="soft">{{ words.waiting(each.candidates - each.arranged).zh }}</span></el-checkbox></el-checkbox-group></form-field></div></section>
          <section class="panel"><div class="panel-head"><h2><text-pair :of="words.slots" /></h2><el-button size="small" icon="Plus" @click="addSlot"><text-pair :of="words.addSlot" /></el-button></div>
            <p class="hint"><text-pair :of="words.slotsHint" /></p>
            <table class="plain-table edit-table"><thead><tr><th><text-pair :of="words.site" /></th><th><text-pair :of="words.day" /></th><th><text-pair :of="words.time" /></th><th><text-pair :of="words.rooms" /></th><th></th><th></th></tr></thead>
              <tbody><tr v-for="(slot, index) in form.slots" :key="index" class="slot-row">
                <td><el-select v-model="slot.site" filterable :aria-label="words.site.zh" @change="slot.rooms = []"><el-option v-for="site in held.sites" :key="site.code" :value="site.code" :label="site.name" /></el-select></td>
                <td class="day-cell"><el-date-picker v-model="slot.day" format="YYYY年M月D日" value-format="YYYY-MM-DD" :clearable="false" :aria-label="words.day.zh" /></td>
                <td class="time-cell"><el-time-select v-model="slot.time" start="07:00" end="21:00" step="00:15" :clearable="false" :aria-label="words.time.zh" /></td>
                <td><el-select v-model="slot.rooms" multiple collapse-tags collapse-tags-tooltip :placeholder="words.allRooms.zh" :aria-label="words.rooms.zh"><el-option v-for="room in siteOf(slot.site) ? siteOf(slot.site).rooms : []" :key="room.name" :value="room.name" :label="room.name + '（' + usable(room) + ' 座）'" /></el-select></td>
                <td class="nowrap kd-number">{{ words.seats(seatsOf(slot)).zh }}</td>
                <td class="end"><el-button v-if="form.slots.length > 1" size="small" icon="Delete" :aria-label="text.remove.zh" @click="form.slots.splice(index, 1)" /></td>
              </tr></tbody></table>
            <p class="totals" :class="{ bad: people > seats }"><text-pair :of="words.totals(people, seats)" /></p></section>
          <section class="panel"><div class="fields two">
            <form-field :label="words.together"><el-radio-group v-model="form.together"><el-radio v-for="(name, key) in words.togetherOf" :key="key" :value="key"><text-pair :of="name" /></el-radio></el-radio-group></form-field>
            <form-field :label="words.order"><el-radio-group v-model="form.order"><el-radio v-for="(name, key) in words.orderOf" :key="key" :value="key"><text-pair :of="name" /></el-radio></el-radio-group></form-field></div></section>
          <problem-box :of="work.problem.value" />
          <div class="form-foot"><el-button type="primary" size="large" native-type="submit" icon="Guide" :loading="work.busy.value"><text-pair :of="words.propose" /></el-button></div>
        </form>
      </template>
    </main>`,
};
