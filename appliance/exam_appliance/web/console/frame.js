/** The frame of all pages: log-in when nobody is in, else top bar, menu and the page of the address. */

import { DevicesPage } from "./devices/page.js";
import { PowerBanner } from "./devices/power-banner.js";
import { TerminalBanner } from "./devices/terminal-banner.js";
import { IdentityPage } from "./identity/page.js";
import { LoginPage, PasswordPage } from "./login.js";
import { usePrintBadge } from "./prints/badge.js";
import { PrintsPage } from "./prints/page.js";
import { QueuePage } from "./queue/page.js";
import { ReadinessPage } from "./readiness/page.js";
import { SessionsPage } from "./session/sessions.js";
import { SessionPage } from "./session/session.js";
import { AccountsPage } from "./technician/accounts.js";
import { JournalPage } from "./technician/journal.js";
import { RehearsalPage } from "./technician/rehearsal.js";
import { SyncPage } from "./technician/sync.js";
import { TEXT } from "./texts/common.js";

const { computed, inject, watchEffect } = window.Vue;

const MENU = [
  { page: "sessions", icon: "Calendar" },
  { page: "practice", icon: "School" },
  { page: "queue", icon: "Bell" },
  { page: "identity", icon: "Postcard" },
  { page: "devices", icon: "Cpu" },
  { page: "prints", icon: "Printer" },
  { page: "readiness", icon: "CircleCheck" },
  { page: "sync", icon: "Connection" },
  { page: "rehearsal", icon: "Odometer" },
  { page: "accounts", icon: "User" },
  { page: "journal", icon: "Finished" },
];

const PAGES = {
  sessions: SessionsPage,
  practice: SessionsPage,
  session: SessionPage,
  queue: QueuePage,
  identity: IdentityPage,
  devices: DevicesPage,
  prints: PrintsPage,
  readiness: ReadinessPage,
  sync: SyncPage,
  rehearsal: RehearsalPage,
  accounts: AccountsPage,
  journal: JournalPage,
  password: PasswordPage,
};

const TopBar = {
  setup() {
    const desk = inject("desk");
    const staff = computed(() => desk.me.value.staff);
    const menu = computed(() =>
      MENU.filter(({ page }) => desk.mayOpen(page) && (page !== "practice" || desk.me.value.practice_available)),
    );
    const current = computed(() => {
      if (desk.route.page === "session") return desk.route.practice ? "practice" : "sessions";
      return desk.route.page;
    });
    const now = computed(() => {
      const moment = Date.now() + desk.time.serverOffsetMs;
      return desk.time.tick && desk.clockSeconds(moment);
    });
    const onCommand = (command) => (command === "logout" ? desk.logout() : desk.go("#/password"));
    return { desk, staff, menu, current, now, onCommand, needing: usePrintBadge(desk), text: TEXT };
  },
  template: `
    <header class="top-bar">
      <a class="brand" href="#/sessions">
        <img src="/static/console/mark.svg" alt="" width="28" height="28" />
        <span class="brand-name">{{ text.product.zh }}<span class="kd-en">{{ text.console.zh }}</span></span>
      </a>
      <nav class="main-menu" :aria-label="text.menu.label.zh">
        <a v-for="entry in menu" :key="entry.page" :href="'#/' + entry.page"
          :aria-current="current === entry.page ? 'page' : undefined">
          <el-icon aria-hidden="true"><component :is="entry.icon" /></el-icon>
          <text-pair :of="text.menu[entry.page]" stack />
          <span v-if="entry.page === 'prints' && needing" class="tab-badge" role="status">{{ needing }}</span>
        </a>
      </nav>
      <div class="top-site" :title="desk.me.value.site_code">{{ desk.me.value.site }}</div>
      <div class="top-clock kd-number" :title="text.user.serverTime.zh + ' ' + text.user.serverTime.en">
        <el-icon aria-hidden="true"><Clock /></el-icon> {{ now }}
      </div>
      <el-dropdown trigger="click" @command="onCommand">
        <button type="button" class="user-button" :aria-label="text.user.whoami.zh + ' ' + staff.name">
          <el-icon aria-hidden="true"><UserFilled /></el-icon>
          <span>{{ staff.name }}</span>
          <span class="user-roles">{{ staff.roles.map((role) => text.roles[role].zh).join(" ") }}</span>
          <el-icon aria-hidden="true"><ArrowDown /></el-icon>
        </button>
        <template #dropdown>
          <div class="user-card">
            <strong>{{ staff.name }}</strong> <code>{{ staff.username }}</code>
            <div v-for="role in staff.roles" :key="role"><text-pair :of="text.roles[role]" /></div>
            <div v-if="staff.last_login" class="soft">
              {{ text.user.lastLogin.zh }} {{ desk.dateTime(staff.last_login) }}
            </div>
            <div class="soft">{{ text.user.version.zh }} {{ desk.me.value.version }}</div>
          </div>
          <el-dropdown-menu>
            <el-dropdown-item command="password" divided icon="Key"><text-pair :of="text.user.password" /></el-dropdown-item>
            <el-dropdown-item command="logout" icon="SwitchButton"><text-pair :of="text.user.logout" /></el-dropdown-item>
          </el-dropdown-menu>
        </template>
      </el-dropdown>
    </header>`,
};

export const ConsoleFrame = {
  components: { LoginPage, PasswordPage, PowerBanner, TerminalBanner, TopBar },
  setup() {
    const desk = inject("desk");
    const forced = computed(() => desk.stage.value === "in" && desk.me.value.staff.must_change_password);
    const allowed = computed(() => desk.mayOpen(desk.route.page, desk.route.practice));
    const page = computed(() => PAGES[desk.route.page]);
    const pageKey = computed(() => `${desk.route.page}/${desk.route.practice}/${desk.route.session}`);
    watchEffect(() => {
      const site = desk.me.value ? desk.me.value.site : TEXT.product.zh;
      document.title = `${TEXT.console.zh} - ${site}`;
    });
    return { desk, forced, allowed, page, pageKey, text: TEXT };
  },
  template: `
    <div v-if="desk.stage.value === 'loading'" class="full-note"><text-pair :of="text.loading" /></div>
    <div v-else-if="desk.stage.value === 'away'" class="full-note">
      <h1><text-pair :of="text.away.title" /></h1>
      <problem-box :of="desk.trouble.value" />
      <el-button type="primary" @click="desk.load()"><text-pair :of="text.away.again" /></el-button>
    </div>
    <login-page v-else-if="desk.stage.value === 'out'" />
    <password-page v-else-if="forced" forced />
    <div v-else class="frame" :class="{ practice: desk.route.practice }">
      <top-bar />
      <power-banner />
      <terminal-banner />
      <div v-if="desk.route.practice" class="practice-ribbon" role="status">
        <el-icon aria-hidden="true"><School /></el-icon> <text-pair :of="text.practiceRibbon" />
      </div>
      <component v-if="allowed" :is="page" :key="pageKey" />
      <main v-else class="page"><el-empty :description="text.sessions.forbidden.zh + ' ' + text.sessions.forbidden.en" /></main>
    </div>`,
};
