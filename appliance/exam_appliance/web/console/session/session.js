/** One session: head with its steps, tabs, and what the address asks for below. */

import { duration } from "../../shared/format.js";
import { TEXT } from "../texts/common.js";
import { SESSION_TEXT } from "../texts/session.js";
import { BoardTab } from "../board/board.js";
import { AbsencesTab } from "./absences.js";
import { ClosingTab } from "./closing.js";
import { CreditsTab } from "./credits.js";
import { openFeed } from "./feed.js";
import { LogTab } from "./log.js";
import { PapersTab } from "./papers.js";
import { ScoresTab } from "./scores.js";
import { StepDialog } from "./steps.js";
import { SessionWay } from "./way.js";

const { computed, inject, onUnmounted, provide, ref } = window.Vue;

const TABS = {
  board: { icon: "Grid", part: BoardTab },
  credits: { icon: "Timer", part: CreditsTab },
  absences: { icon: "Remove", part: AbsencesTab },
  scores: { icon: "TrendCharts", part: ScoresTab },
  papers: { icon: "Printer", part: PapersTab, real: true },
  log: { icon: "Tickets", part: LogTab },
  closing: { icon: "CircleCheck", part: ClosingTab },
};

const STEP_LOOK = {
  unlock: { icon: "Unlock", type: "primary" },
  open: { icon: "Open", type: "primary" },
  start: { icon: "BellFilled", type: "success" },
  pause: { icon: "VideoPause", type: "warning", plain: true },
  resume: { icon: "VideoPlay", type: "success" },
  end: { icon: "SwitchButton", type: "danger", plain: true },
  sign_off: { icon: "Stamp", type: "primary" },
};

const SessionHead = {
  components: { SessionWay },
  props: { session: { type: Object, required: true } },
  emits: ["step"],
  setup(props) {
    const desk = inject("desk");
    const steps = computed(() =>
      props.session.steps.map((step) => ({
        step,
        look: STEP_LOOK[step],
        may: desk.mayStep(step, props.session.practice),
      })),
    );
    const clock = computed(() => {
      const { state, starts_at: starts } = props.session;
      if (!["downloaded", "unlocked", "open"].includes(state)) return "";
      const left = Date.parse(starts) - Date.now() - desk.time.serverOffsetMs;
      if (desk.time.tick && left > 86400000) return "";
      return left > 0 ? TEXT.sessions.startsIn(duration(left)).zh : TEXT.sessions.began.zh;
    });
    return { desk, steps, clock, text: TEXT, words: SESSION_TEXT };
  },
  template: `
    <div class="session-head">
      <a class="back" :href="session.practice ? '#/practice' : '#/sessions'" :aria-label="text.back.zh" :title="text.back.zh">
        <el-icon><ArrowLeft /></el-icon></a>
      <div class="session-name">
        <h1>{{ session.title }}</h1>
        <div class="soft">
          <span class="kd-number">{{ desk.dateTime(session.starts_at) }}</span>
          <strong v-if="clock" class="kd-number countdown">{{ clock }}</strong>
          · {{ text.sessions.duration(session.duration_minutes).zh }}
          · {{ session.rooms.map((room) => room.name).join("、") }}
          · {{ text.people(session.candidates).zh }}
          <span v-if="session.reason" class="head-reason">· {{ text.reason.zh }}：{{ session.reason }}</span>
        </div>
      </div>
      <session-way :state="session.state" small />
      <div class="session-steps">
        <el-tooltip v-for="entry in steps" :key="entry.step" :disabled="entry.may"
          :content="words.leadOnly.zh + ' ' + words.leadOnly.en">
          <span>
            <el-button :type="entry.look.type" :plain="entry.look.plain" :icon="entry.look.icon" :disabled="!entry.may"
              :class="'step-' + entry.step" @click="$emit('step', entry.step)">
              <text-pair :of="words.steps[entry.step]" stack />
            </el-button>
          </span>
        </el-tooltip>
      </div>
    </div>`,
};

export const SessionPage = {
  components: { SessionHead, StepDialog },
  setup() {
    const desk = inject("desk");
    const { practice, session: id } = desk.route;
    const feed = openFeed(desk, practice, id);
    provide("feed", feed);
    onUnmounted(feed.close);
    const step = ref("");
    const tab = computed(() => (tabs.value.some((one) => one.name === desk.route.tab) ? desk.route.tab : "board"));
    const tabs = computed(() =>
      Object.entries(TABS).filter(([, { real }]) => !real || !practice).map(([name, { icon }]) => ({
        name,
        icon,
        href: desk.sessionHash(id, practice, name),
        badge: name === "credits" && feed.session.value ? feed.session.value.open_credits : 0,
      })),
    );
    function onStep(name) {
      if (name === "sign_off") desk.go(desk.sessionHash(id, practice, "closing"));
      else step.value = name;
    }
    return { desk, feed, step, tab, tabs, onStep, part: computed(() => TABS[tab.value].part), words: SESSION_TEXT, text: TEXT };
  },
  template: `
    <main class="session-page">
      <div v-if="feed.line.value === 'lost'" class="line-banner lost" role="alert">
        <el-icon aria-hidden="true"><WarningFilled /></el-icon> <text-pair :of="words.lineLost" />
      </div>
      <div v-else-if="feed.line.value === 'asking'" class="line-banner asking" role="status">
        <el-icon aria-hidden="true"><RefreshRight /></el-icon> <text-pair :of="words.lineAsking" />
      </div>
      <div v-if="!feed.session.value" class="page">
        <problem-box v-if="feed.problem.value" :of="feed.problem.value" />
        <p v-else><text-pair :of="text.loading" /></p>
        <a href="#/sessions"><text-pair :of="text.back" /></a>
      </div>
      <template v-else>
        <session-head :session="feed.session.value" @step="onStep" />
        <nav class="tabs" :aria-label="words.tabsLabel.zh">
          <a v-for="entry in tabs" :key="entry.name" :href="entry.href" :data-tab="entry.name"
            :aria-current="tab === entry.name ? 'page' : undefined">
            <el-icon aria-hidden="true"><component :is="entry.icon" /></el-icon>
            <text-pair :of="words.tabs[entry.name]" />
            <span v-if="entry.badge" class="tab-badge">{{ entry.badge }}</span>
          </a>
        </nav>
        <component :is="part" />
        <step-dialog :step="step" @done="step = ''" />
      </template>
    </main>`,
};
