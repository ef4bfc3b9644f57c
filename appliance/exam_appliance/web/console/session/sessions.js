/** The sessions of the site (or of its practice hall): today, coming, past. */

import { date, duration } from "../../shared/format.js";
import { useLoaded } from "../parts/parts.js";
import { SEAT_STATE } from "../states.js";
import { TEXT } from "../texts/common.js";
import { SessionWay } from "./way.js";

const { computed, inject, onUnmounted, ref } = window.Vue;

const REFRESH_MS = 5000;
const OVER = ["signed_off", "cancelled"];

function grouped(sessions, zone, now) {
  const today = date(now, zone);
  const groups = { today: [], coming: [], past: [] };
  for (const session of sessions) {
    const day = date(session.starts_at, zone);
    const held = day < today && (OVER.includes(session.state) || session.state === "ended");
    if (day === today || (day < today && !held)) groups.today.push(session);
    else (held ? groups.past : groups.coming).push(session);
  }
  groups.past.reverse();
  return ["today", "coming", "past"]
    .filter((name) => groups[name].length)
    .map((name) => ({ name, sessions: groups[name] }));
}

const SessionCard = {
  components: { SessionWay },
  props: { session: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    const counts = computed(() =>
      Object.keys(SEAT_STATE)
        .map((state) => ({ state, n: props.session.counts[state] || 0 }))
        .filter(({ n }) => n > 0),
    );
    const before = computed(() => ["announced", "downloaded", "unlocked", "open"].includes(props.session.state));
    const wait = computed(() => {
      const left = Date.parse(props.session.starts_at) - Date.now() - desk.time.serverOffsetMs;
      if (!before.value || left > 86400000) return null;
      return desk.time.tick && left > 0 ? TEXT.sessions.startsIn(duration(left)) : TEXT.sessions.began;
    });
    const link = computed(() => desk.sessionHash(props.session.session, props.session.practice));
    return { desk, counts, wait, before, link, text: TEXT.sessions };
  },
  template: `
    <article class="session-card" :class="'is-' + session.state" :data-session="session.session">
      <header>
        <h3>
          <el-tag v-if="session.practice" type="warning" size="small">{{ text.practiceMark.zh }}</el-tag>
          <a :href="link">{{ session.title }}</a>
        </h3>
        <code>{{ session.session }}</code>
        <el-button type="primary" tag="a" :href="link"><text-pair :of="text.enter" /></el-button>
      </header>
      <session-way :state="session.state" />
      <p v-if="session.reason" class="session-reason"><el-icon aria-hidden="true"><InfoFilled /></el-icon> {{ session.reason }}</p>
      <dl class="facts">
        <div><dt><text-pair :of="text.starts" /></dt>
          <dd class="kd-number">{{ desk.dateTime(session.starts_at) }}
            <span v-if="wait" class="soft">{{ wait.zh }}</span></dd></div>
        <div><dt><text-pair :of="text.duration(session.duration_minutes)" /></dt>
          <dd>{{ text.pass(session.points, session.pass_points).zh }}</dd></div>
        <div><dt><text-pair :of="text.rooms" /></dt>
          <dd>{{ session.rooms.map((room) => room.name).join("、") }}</dd></div>
        <div><dt><text-pair :of="text.package" /></dt>
          <dd><code v-if="session.package">{{ session.package }}</code><span v-else>{{ text.noPackage.zh }}</span></dd></div>
        <div v-if="before"><dt><text-pair :of="text.unlockFrom" /></dt>
          <dd class="kd-number">{{ desk.dateTime(session.unlock_from) }}</dd></div>
      </dl>
      <footer>
        <strong class="kd-number">{{ session.candidates }}</strong> <text-pair :of="text.candidates" />
        <span v-for="count in counts" :key="count.state" class="count">
          <seat-state-mark :state="count.state" /> <b class="kd-number">{{ count.n }}</b>
        </span>
        <el-tag v-if="session.open_credits" type="warning" effect="dark">
          {{ text.credits(session.open_credits).zh }}
        </el-tag>
      </footer>
    </article>`,
};

/** How the site stands with the centre, in a line; nothing for who may not read it. */
const SyncLine = {
  props: { sync: { type: Object, required: true } },
  setup: (props) => ({
    text: TEXT.sessions,
    behind: computed(() => Math.max(0, props.sync.head_seq - props.sync.acknowledged_seq)),
  }),
  template: `
    <span class="sync-line" :class="{ away: !sync.online }">
      <el-icon aria-hidden="true"><Connection v-if="sync.online" /><WarningFilled v-else /></el-icon>
      <text-pair v-if="!sync.online" :of="text.offline" />
      <text-pair v-if="behind" :of="text.behind(behind)" />
      <text-pair v-else-if="sync.online" :of="text.synced" />
    </span>`,
};

export const SessionsPage = {
  components: { SessionCard, SyncLine },
  setup() {
    const desk = inject("desk");
    const practice = desk.route.practice;
    const sync = ref(null);
    const loaded = useLoaded(async () => {
      const { sessions } = await desk.apiOf(practice).get("/sessions");
      if (sessions.length) desk.heardTime(sessions[0].now);
      // The state of the sync stands beside the list for all; only technicians may act on it.
      desk.api.get("/sync", { retry: false }).then(
        (value) => { sync.value = value; },
        () => { sync.value = null; },
      );
      return sessions;
    });
    const timer = setInterval(loaded.again, REFRESH_MS);
    onUnmounted(() => clearInterval(timer));
    const groups = computed(() => grouped(loaded.value.value || [], desk.zone.value, Date.now() + desk.time.serverOffsetMs));
    return { practice, loaded, groups, sync, text: TEXT };
  },
  template: `
    <main class="page">
      <div class="page-head">
        <h1><text-pair :of="practice ? text.sessions.practiceTitle : text.sessions.title" /></h1>
        <sync-line v-if="sync && !practice" :sync="sync" />
      </div>
      <problem-box :of="loaded.problem.value" />
      <template v-for="group in groups" :key="group.name">
        <h2 class="group-title"><text-pair :of="text.sessions[group.name]" /></h2>
        <session-card v-for="session in group.sessions" :key="session.session" :session="session" />
      </template>
      <el-empty v-if="loaded.value.value && !loaded.value.value.length"
        :description="practice ? text.sessions.noPractice.zh : text.sessions.none.zh" />
    </main>`,
};
