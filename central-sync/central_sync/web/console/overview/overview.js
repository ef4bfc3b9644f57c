/** The overview: today's sessions, what needs attention, servers, jobs. */

import { grouped } from "../../shared/format.js";
import { dayAfter, momentOf, today } from "../moments.js";
import { useLoaded } from "../parts/loaded.js";
import { serverLook, SESSION_STATE, SILENT, LEDGER_ORDER, LEDGER_STATE } from "../states.js";
import { OVERVIEW_TEXT } from "../texts/overview.js";
import { JobTable } from "./job-table.js";

const { computed, inject } = window.Vue;

const COMING_SHOWN = 6;
const JOBS_SHOWN = 4;
const SOON_MS = 24 * 3600 * 1000;

/** A server's trouble as {key, look, name, zh, en, href}; null when it is well. */
function serverTrouble(server, desk) {
  const look = serverLook(server, desk.time.now);
  if (server.state === "revoked") return null;
  const base = { key: server.id, look, name: server.site_name, href: desk.hashOf("servers") };
  if (server.state === "quarantined") return { ...base, zh: server.zh, en: server.en };
  if (look === SILENT) return { ...base, ...OVERVIEW_TEXT.silentSince(desk.shortMoment(server.last_contact)) };
  return server.trouble ? { ...base, look: SILENT, zh: server.trouble, en: "" } : null;
}

/** What a session waits for at the centre; null when nothing. */
function sessionTrouble(session, desk) {
  const now = desk.time.now;
  const base = { key: session.session, look: SESSION_STATE[session.state], name: session.title };
  const starts = Date.parse(session.starts_at);
  const ahead = Date.parse(session.closes_at) > now;
  if (session.state === "arranged" && ahead && starts - now < SOON_MS) {
    return { ...base, ...OVERVIEW_TEXT.notBuilt, href: desk.hashOf("sessions", session.session, "package") };
  }
  if (session.state === "packaged" && ahead && now >= Date.parse(session.unlock_from)) {
    return { ...base, ...OVERVIEW_TEXT.notReleased, href: desk.hashOf("sessions", session.session, "release") };
  }
  return null;
}

const SessionCard = {
  props: { of: { type: Object, required: true }, line: { type: Object, default: null } },
  setup(props) {
    const desk = inject("desk");
    const parts = computed(() =>
      props.line ? LEDGER_ORDER.map((state) => ({ key: state, count: props.line.counts[state] || 0, tone: LEDGER_STATE[state].tone, label: LEDGER_STATE[state].zh })) : [],
    );
    return { desk, parts, states: SESSION_STATE };
  },
  template: `
    <a class="session-card" :href="desk.hashOf('sessions', of.session)">
      <span class="session-time kd-number">{{ desk.longMoment(of.starts_at, of.time_zone).slice(-5) }}</span>
      <span class="session-what"><strong>{{ of.title }}</strong><span class="soft">{{ of.site_name }} · {{ of.candidates }} 人</span>
        <parts-bar v-if="parts.length" :parts="parts" :total="of.candidates" /></span>
      <state-mark :of="states[of.state]" />
    </a>`,
};

export const OverviewPage = {
  components: { JobTable, SessionCard },
  setup() {
    const desk = inject("desk");
    const sessions = useLoaded(() => desk.api.get("/sessions"), () => desk.changed.sessions);
    const servers = useLoaded(() => desk.api.get("/appliances"), () => desk.changed.appliances);
    const ledger = useLoaded(() => desk.api.get("/ledger"), () => desk.changed.ledger);
    const jobs = useLoaded(() => desk.api.get("/jobs"), () => desk.changed.jobs);
    const all = computed(() => (sessions.value.value ? sessions.value.value.sessions.filter(({ state }) => state !== "cancelled") : []));
    const bounds = computed(() => {
      const day = today(desk.zone.value);
      return [day, dayAfter(day)].map((each) => Date.parse(momentOf(each, "00:00", desk.zone.value)));
    });
    const starts = (session) => Date.parse(session.starts_at);
    const ofToday = computed(() => all.value.filter((each) => starts(each) >= bounds.value[0] && starts(each) < bounds.value[1]));
    const coming = computed(() => all.value.filter((each) => starts(each) >= bounds.value[1]).slice(0, COMING_SHOWN));
    const enrolled = computed(() => (servers.value.value ? servers.value.value.appliances.filter(({ state }) => state !== "revoked") : []));
    const lines = computed(() => new Map((ledger.value.value ? ledger.value.value.sessions : []).map((line) => [line.session, line])));
    const troubles = computed(() => [
      ...enrolled.value.map((server) => serverTrouble(server, desk)),
      ...all.value.map((session) => sessionTrouble(session, desk)),
      ...[...lines.value.values()].filter(({ balanced }) => !balanced).map((line) => ({
        key: `ledger ${line.session}`, look: { zh: "台账", en: "Ledger", tone: "bad", icon: "WarningFilled" },
        name: line.title, ...OVERVIEW_TEXT.unbalanced(line.findings), href: desk.hashOf("ledger", line.session),
      })),
    ].filter(Boolean));
    const people = computed(() => ofToday.value.reduce((sum, { candidates }) => sum + candidates, 0));
    const lastJobs = computed(() => (jobs.value.value ? jobs.value.value.jobs.slice(0, JOBS_SHOWN) : []));
    const problem = computed(() => [sessions, servers, ledger, jobs].map((each) => each.problem.value).find(Boolean) || null);
    const ready = computed(() => sessions.value.value && servers.value.value);
    return { desk, ofToday, coming, enrolled, lines, troubles, people, lastJobs, problem, ready, grouped, text: OVERVIEW_TEXT };
  },
  template: `
    <main class="page overview">
      <page-head :title="text.title" />
      <problem-box :of="problem" />
      <template v-if="ready">
        <dl class="figures">
          <div><dt><text-pair :of="text.todaySessions" /></dt><dd>{{ ofToday.length }}</dd></div>
          <div><dt><text-pair :of="text.todayPeople" /></dt><dd>{{ grouped(people) }}</dd></div>
          <div><dt><text-pair :of="text.servers" /></dt><dd>{{ enrolled.length }}</dd></div>
          <div :class="{ alarm: troubles.length }"><dt><text-pair :of="text.troubled" /></dt><dd>{{ troubles.length }}</dd></div>
        </dl>
        <div class="columns main-side">
          <div>
            <section class="panel"><h2><text-pair :of="text.today(desk.longDay(desk.time.now))" /></h2>
              <session-card v-for="session in ofToday" :key="session.session" :of="session" :line="lines.get(session.session)" />
              <p v-if="!ofToday.length" class="soft"><text-pair :of="text.noneToday" /></p></section>
            <section class="panel"><h2><text-pair :of="text.next" /></h2>
              <template v-for="(session, index) in coming" :key="session.session">
                <h3 v-if="!index || desk.longDay(coming[index - 1].starts_at) !== desk.longDay(session.starts_at)" class="day-title">{{ desk.longDay(session.starts_at) }}</h3>
                <session-card :of="session" />
              </template>
              <empty-note v-if="!coming.length && !ofToday.length" :of="text.noneNext" icon="Calendar">
                <el-button v-if="desk.may('plan')" type="primary" @click="desk.go('arrange')"><text-pair :of="text.arrange" /></el-button></empty-note>
              <p v-else-if="!coming.length" class="soft">—</p></section>
          </div>
          <div>
            <section class="panel"><h2><text-pair :of="text.look" /></h2>
              <ul v-if="troubles.length" class="troubles">
                <li v-for="trouble in troubles" :key="trouble.key"><a :href="trouble.href"><state-mark :of="trouble.look" /> <strong>{{ trouble.name }}</strong>
                  <span class="trouble-why">{{ trouble.zh }} <span class="kd-en">{{ trouble.en }}</span></span></a></li>
              </ul>
              <p v-else-if="!enrolled.length" class="soft"><text-pair :of="text.noServers" stack /></p>
              <p v-else class="good"><el-icon aria-hidden="true"><CircleCheck /></el-icon> <text-pair :of="text.fine" /></p></section>
            <section class="panel"><h2><text-pair :of="text.jobs" /></h2>
              <job-table v-if="lastJobs.length" :jobs="lastJobs" small />
              <p v-else class="soft"><text-pair :of="text.noJobs" stack /></p></section>
          </div>
        </div>
      </template>
    </main>`,
};
