/** The list of sessions, by day. */

import { date } from "../../shared/format.js";
import { today } from "../moments.js";
import { useLoaded } from "../parts/loaded.js";
import { SESSION_STATE } from "../states.js";
import { TEXT } from "../texts/common.js";
import { SESSION_TEXT } from "../texts/sessions.js";

const { computed, inject, reactive } = window.Vue;

export const SessionsPage = {
  setup() {
    const desk = inject("desk");
    const filter = reactive({ span: "upcoming", day: "", site: "", state: "" });
    const loaded = useLoaded(() => desk.api.get("/sessions"), () => desk.changed.sessions);
    const all = computed(() => (loaded.value.value ? loaded.value.value.sessions : []));
    const sites = computed(() => [...new Map(all.value.map((each) => [each.site, each.site_name])).entries()]);
    const dayOf = (each) => date(each.starts_at, each.time_zone);
    const fits = (each) =>
      (filter.day ? dayOf(each) === filter.day : filter.span === "all" || dayOf(each) >= today(each.time_zone)) && (!filter.site || each.site === filter.site) && (!filter.state || each.state === filter.state);
    const days = computed(() => {
      const found = new Map();
      for (const each of all.value.filter(fits)) {
        if (!found.has(dayOf(each))) found.set(dayOf(each), []);
        found.get(dayOf(each)).push(each);
      }
      return [...found.entries()].map(([day, sessions]) => ({ day, sessions, people: sessions.reduce((sum, { candidates }) => sum + candidates, 0) }));
    });
    const clock = (each) => desk.longMoment(each.starts_at, each.time_zone).slice(-5);
    return { desk, filter, loaded, all, sites, days, clock, states: SESSION_STATE, words: SESSION_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.title" />
      <problem-box :of="loaded.problem.value" />
      <template v-if="loaded.value.value">
        <empty-note v-if="!all.length" :of="words.none" icon="Calendar"><el-button v-if="desk.may('plan')" type="primary" @click="desk.go('arrange')"><text-pair :of="words.toArrange" /></el-button></empty-note>
        <template v-else>
          <div class="filters">
            <el-radio-group v-model="filter.span" :disabled="Boolean(filter.day)"><el-radio-button value="upcoming">{{ words.upcoming.zh }}</el-radio-button><el-radio-button value="all">{{ words.everything.zh }}</el-radio-button></el-radio-group>
            <el-date-picker v-model="filter.day" format="YYYY年M月D日" value-format="YYYY-MM-DD" :placeholder="words.day.zh" :aria-label="words.day.zh" />
            <el-select v-model="filter.site" clearable :placeholder="words.site.zh + '：' + text.all.zh" :aria-label="words.site.zh" @clear="filter.site = ''"><el-option v-for="[code, name] in sites" :key="code" :value="code" :label="name" /></el-select>
            <el-select v-model="filter.state" clearable :placeholder="text.state.zh + '：' + text.all.zh" :aria-label="text.state.zh" @clear="filter.state = ''"><el-option v-for="(name, key) in states" :key="key" :value="key" :label="name.zh" /></el-select></div>
          <empty-note v-if="!days.length" :of="words.noMatch" icon="Search" />
          <section v-for="each in days" :key="each.day" class="day-group"><h2>{{ desk.longDay(each.sessions[0].starts_at, each.sessions[0].time_zone) }} <span class="soft"><text-pair :of="words.ofDay(each.sessions.length, each.people)" /></span></h2>
            <table class="plain-table roomy"><tbody><tr v-for="session in each.sessions" :key="session.session" :class="{ faded: session.state === 'cancelled' }" :data-session="session.session">
              <td class="start-cell kd-number">{{ clock(session) }}</td>
              <td><a class="main-link" :href="desk.hashOf('sessions', session.session)">{{ session.title }}</a><div class="sub"><code>{{ session.session }}</code> {{ session.category }}</div></td>
              <td class="site-cell">{{ session.site_name }}<div class="sub">{{ session.rooms.map((room) => room.room).join("、") }}</div></td>
              <td class="fill-cell"><fill-bar :full="session.candidates" :of="session.capacity" /></td>
              <td class="state-cell"><state-mark :of="states[session.state]" /><div v-if="session.reason" class="sub">{{ session.reason }}</div></td>
            </tr></tbody></table></section>
        </template>
      </template>
    </main>`,
};
