/** A session: rooms and tickets, package, key, changes. */

import { ChangeTable } from "../arrangement/changes.js";
import { useLoaded } from "../parts/loaded.js";
import { SESSION_STATE } from "../states.js";
import { TEXT } from "../texts/common.js";
import { SESSION_TEXT } from "../texts/sessions.js";
import { PackagePanel } from "./package.js";
import { ReleasePanel } from "./release.js";
import { TicketTable } from "./tickets.js";

const { computed, inject, ref } = window.Vue;

const TABS = ["rooms", "package", "release", "changes"];

export const SessionPage = {
  components: { ChangeTable, PackagePanel, ReleasePanel, TicketTable },
  setup() {
    const desk = inject("desk");
    const path = `/sessions/${encodeURIComponent(desk.route.id)}`;
    const loaded = useLoaded(() => desk.api.get(path), () => desk.changed.sessions);
    const session = computed(() => loaded.value.value);
    const tab = computed(() => (TABS.includes(desk.route.tab) ? desk.route.tab : "rooms"));
    const cancelling = ref(null);
    const askCancel = () => {
      cancelling.value = async (reason) => {
        loaded.value.value = await desk.api.post(`${path}/cancel`, { reason });
        desk.said(SESSION_TEXT.cancelled);
      };
    };
    const mayCancel = computed(() => desk.may("plan") && ["arranged", "packaged"].includes(session.value.state));
    return { desk, loaded, session, tab, tabs: TABS, cancelling, askCancel, mayCancel, states: SESSION_STATE, words: SESSION_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.one" :name="session ? session.title : desk.route.id" :back="desk.hashOf('sessions')"><template v-if="session">
        <el-button icon="Notebook" @click="desk.go('ledger', session.session)"><text-pair :of="words.ledger" /></el-button>
        <el-button v-if="desk.mayOpen('results')" icon="Medal" @click="desk.go('results', session.session)"><text-pair :of="words.results" /></el-button>
        <el-button v-if="mayCancel" type="danger" plain icon="CircleClose" @click="askCancel"><text-pair :of="words.cancel" /></el-button></template></page-head>
      <problem-box :of="loaded.problem.value" />
      <template v-if="session">
        <dl class="facts"><div><dt>{{ text.state.zh }}</dt><dd><state-mark :of="states[session.state]" /> <span v-if="session.reason" class="soft">{{ session.reason }}</span></dd></div>
          <div><dt>{{ words.starts.zh }}</dt><dd class="kd-number"><strong>{{ desk.longMoment(session.starts_at, session.time_zone) }}</strong></dd></div>
          <div><dt>{{ words.site.zh }}</dt><dd><a :href="desk.hashOf('sites', session.site)">{{ session.site_name }}</a></dd></div>
          <div><dt>{{ words.rules.zh }}</dt><dd>{{ words.rulesOf(session).zh }}</dd></div>
          <div><dt>{{ words.unlockFrom.zh }}</dt><dd class="kd-number">{{ desk.shortMoment(session.unlock_from, session.time_zone) }}</dd></div>
          <div><dt>{{ words.closesAt.zh }}</dt><dd class="kd-number">{{ desk.shortMoment(session.closes_at, session.time_zone) }}</dd></div>
          <div><dt>{{ words.number.zh }}</dt><dd><code>{{ session.session }}</code></dd></div></dl>
        <nav class="tabs"><a v-for="name in tabs" :key="name" :href="desk.hashOf('sessions', session.session, name)" :aria-current="tab === name ? 'page' : undefined"><text-pair :of="words.tabs[name]" /></a></nav>
        <package-panel v-if="tab === 'package'" :session="session" />
        <release-panel v-else-if="tab === 'release'" :session="session" />
        <change-table v-else-if="tab === 'changes'" :session="session.session" />
        <ticket-table v-else :session="session" @changed="loaded.again()" />
      </template>
      <reason-dialog :act="cancelling" :title="words.cancel" :what="session && words.cancelWhat(session)" :quick="words.cancelQuick" danger @done="cancelling = null" />
    </main>`,
};
