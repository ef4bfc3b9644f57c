/** The devices' page: its tabs, how the daemon stands, the drawer of one device. */

import { SeatsDesk } from "../seats/page.js";
import { DEVICE_TEXT } from "../texts/devices.js";
import { BindDialog } from "./bind-dialog.js";
import { DeviceDock } from "./dock.js";
import { DeviceDrawer } from "./drawer.js";
import { DeviceHistory } from "./history.js";
import { DeviceList } from "./list.js";
import { DeviceRoles } from "./roles.js";
import { TerminalList } from "./terminals.js";
import { UnknownDevices } from "./unknown.js";

const { computed, inject, ref } = window.Vue;

const WORDS = DEVICE_TEXT;

const TABS = {
  list: { icon: "Monitor", part: DeviceList },
  roles: { icon: "Link", part: DeviceRoles },
  terminals: { icon: "Postcard", part: TerminalList },
  seats: { icon: "Grid", part: SeatsDesk },
  history: { icon: "Tickets", part: DeviceHistory },
  unknown: { icon: "QuestionFilled", part: UnknownDevices, technician: true },
  dock: { icon: "MagicStick", part: DeviceDock, technician: true },
};

const LineBanner = {
  setup() {
    const devices = inject("devices");
    const told = computed(() => {
      if (devices.line.value === "lost") return { tone: "lost", icon: "WarningFilled", of: WORDS.line.lost };
      const state = devices.view.line ? devices.view.line.state : "live";
      if (state === "away") return { tone: "lost", icon: "WarningFilled", of: WORDS.line.away };
      if (state === "starting") return { tone: "asking", icon: "RefreshRight", of: WORDS.line.starting };
      return state === "off" ? { tone: "asking", icon: "InfoFilled", of: WORDS.line.off } : null;
    });
    return { told };
  },
  template: `<div v-if="told" class="line-banner device-line" :class="told.tone" role="alert"><el-icon aria-hidden="true"><component :is="told.icon" /></el-icon> <text-pair :of="told.of" /></div>`,
};

export const DevicesPage = {
  components: { BindDialog, DeviceDrawer, LineBanner },
  setup() {
    const desk = inject("desk");
    const devices = inject("devices");
    const open = ref("");
    const task = ref(null);
    const may = computed(() => desk.roles.value.includes("technician"));
    const tabs = computed(() =>
      Object.entries(TABS)
        .filter(([name, tab]) => (!tab.technician || may.value) && (name !== "dock" || devices.view.dock))
        .map(([name, { icon }]) => ({ name, icon, href: `#/devices/${name}`, badge: name === "unknown" ? devices.view.unknown.length : 0 })),
    );
    const tab = computed(() => (tabs.value.some((one) => one.name === desk.route.tab) ? desk.route.tab : "list"));
    return { desk, devices, open, task, may, tabs, tab, part: computed(() => TABS[tab.value].part), words: WORDS };
  },
  template: `
    <main class="devices-page" :class="{ 'has-drawer': open }">
      <line-banner />
      <nav class="tabs" :aria-label="words.tabsLabel.zh">
        <a v-for="entry in tabs" :key="entry.name" :href="entry.href" :data-tab="entry.name" :aria-current="tab === entry.name ? 'page' : undefined">
          <el-icon aria-hidden="true"><component :is="entry.icon" /></el-icon> <text-pair :of="words.tabs[entry.name]" />
          <span v-if="entry.badge" class="tab-badge">{{ entry.badge }}</span></a>
      </nav>
      <div class="devices-body"><h1 class="kd-unseen"><text-pair :of="words.tabs[tab]" /></h1>
        <problem-box v-if="!devices.view.run" :of="devices.problem.value" />
        <component :is="part" :open="open" :may="may" @details="open = $event" @task="task = $event" /></div>
      <device-drawer :open="open" :may="may" @close="open = ''" @bind="task = { device: $event }" />
      <bind-dialog :task="task" @done="task = null" />
    </main>`,
};
