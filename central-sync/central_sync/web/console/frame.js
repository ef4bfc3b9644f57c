/** The frame of all pages: log-in when nobody is in, else menu, top bar and the page of the address. */

import { AccountsPage } from "./accounts/accounts.js";
import { ArrangePage } from "./arrangement/arrange.js";
import { ChangesPage } from "./arrangement/changes.js";
import { BankPage } from "./banks/bank.js";
import { BanksPage } from "./banks/banks.js";
import { LedgerPage } from "./ledger/ledger.js";
import { LedgersPage } from "./ledger/ledgers.js";
import { ResultsPage } from "./ledger/results.js";
import { LoginPage, PasswordPage } from "./login.js";
import { JobsPage } from "./overview/jobs.js";
import { OverviewPage } from "./overview/overview.js";
import { BlueprintEditor } from "./plans/blueprint-editor.js";
import { BlueprintsPage } from "./plans/blueprints.js";
import { PlansPage } from "./plans/plans.js";
import { RosterPage } from "./rosters/roster.js";
import { RostersPage } from "./rosters/rosters.js";
import { SessionPage } from "./sessions/session.js";
import { SessionsPage } from "./sessions/sessions.js";
import { CourierPage } from "./sites/courier.js";
import { ServersPage } from "./sites/servers.js";
import { SiteEditor } from "./sites/site-editor.js";
import { SitesPage } from "./sites/sites.js";
import { TEXT } from "./texts/common.js";

const { computed, inject, watchEffect } = window.Vue;

const MENU = [
  { group: "run", pages: [
    { page: "overview", icon: "DataBoard" },
    { page: "sessions", icon: "Calendar" },
    { page: "ledger", icon: "Notebook" },
    { page: "results", icon: "Medal" },
  ] },
  { group: "prepare", pages: [
    { page: "banks", icon: "Collection" },
    { page: "blueprints", icon: "Grid" },
    { page: "plans", icon: "Document" },
    { page: "rosters", icon: "User" },
    { page: "arrange", icon: "Guide" },
    { page: "changes", icon: "RefreshLeft" },
  ] },
  { group: "places", pages: [
    { page: "sites", icon: "OfficeBuilding" },
    { page: "servers", icon: "Monitor" },
    { page: "courier", icon: "Box" },
  ] },
  { group: "house", pages: [
    { page: "jobs", icon: "Timer" },
    { page: "accounts", icon: "Avatar" },
  ] },
];

/** Each page, and what shows one thing of it. */
const PAGES = {
  overview: [OverviewPage],
  sessions: [SessionsPage, SessionPage],
  ledger: [LedgersPage, LedgerPage],
  results: [ResultsPage, ResultsPage],
  banks: [BanksPage, BankPage],
  blueprints: [BlueprintsPage, BlueprintEditor],
  plans: [PlansPage],
  rosters: [RostersPage, RosterPage],
  arrange: [ArrangePage, ArrangePage],
  changes: [ChangesPage],
  sites: [SitesPage, SiteEditor],
  servers: [ServersPage],
  courier: [CourierPage],
  jobs: [JobsPage],
  accounts: [AccountsPage],
  password: [PasswordPage],
};

const SideMenu = {
  setup() {
    const desk = inject("desk");
    const groups = computed(() =>
      MENU.map(({ group, pages }) => ({ group, pages: pages.filter(({ page }) => desk.mayOpen(page)) })).filter(({ pages }) => pages.length),
    );
    return { desk, groups, text: TEXT };
  },
  template: `
    <nav class="side-menu" :aria-label="text.menu.label.zh">
      <section v-for="{ group, pages } in groups" :key="group">
        <h2><text-pair :of="text.groups[group]" /></h2>
        <a v-for="entry in pages" :key="entry.page" :href="desk.hashOf(entry.page)"
          :aria-current="desk.route.page === entry.page ? 'page' : undefined">
          <el-icon aria-hidden="true"><component :is="entry.icon" /></el-icon>
          <text-pair :of="text.menu[entry.page]" />
        </a>
      </section>
    </nav>`,
};

const TopBar = {
  setup() {
    const desk = inject("desk");
    const staff = computed(() => desk.me.value.staff);
    const now = computed(() => `${desk.longDay(desk.time.now)}${desk.clockSeconds(desk.time.now)}`);
    const onCommand = (command) => (command === "logout" ? desk.logout() : desk.go("password"));
    return { desk, staff, now, onCommand, text: TEXT };
  },
  template: `
    <header class="top-bar">
      <a class="brand" href="#/overview">
        <img src="/static/console/mark.svg" alt="" width="28" height="28" />
        <span class="brand-name">{{ desk.me.value.centre }}</span>
      </a>
      <div class="line-mark" :class="desk.line.value" role="status">
        <template v-if="desk.line.value !== 'live'">
          <el-icon aria-hidden="true"><WarningFilled /></el-icon> <text-pair :of="text.line[desk.line.value]" />
        </template>
      </div>
      <div class="top-clock kd-number"><el-icon aria-hidden="true"><Clock /></el-icon> {{ now }}</div>
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
            <div v-if="staff.last_login" class="soft">{{ text.user.lastLogin.zh }} {{ desk.shortMoment(staff.last_login) }}</div>
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
  components: { LoginPage, PasswordPage, SideMenu, TopBar },
  setup() {
    const desk = inject("desk");
    const forced = computed(() => desk.stage.value === "in" && desk.me.value.staff.must_change_password);
    const page = computed(() => {
      const [list, one] = PAGES[desk.route.page] || [];
      return desk.route.id ? one || list : list;
    });
    const allowed = computed(() => page.value && desk.mayOpen(desk.route.page));
    watchEffect(() => {
      const name = TEXT.menu[desk.route.page];
      document.title = `${name ? `${name.zh} - ` : ""}${desk.me.value ? desk.me.value.centre : TEXT.product.zh}`;
    });
    return { desk, forced, allowed, page, text: TEXT };
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
    <div v-else class="frame">
      <a class="skip" href="#page" @click.prevent="$refs.page.focus()"><text-pair :of="text.skip" /></a>
      <top-bar />
      <div class="below">
        <side-menu />
        <div id="page" ref="page" class="page-area" tabindex="-1">
          <component v-if="allowed" :is="page" :key="desk.route.page + '/' + desk.route.id" />
          <main v-else class="page"><empty-note :of="page ? text.forbidden : text.unknownPage" icon="Lock" /></main>
        </div>
      </div>
    </div>`,
};
