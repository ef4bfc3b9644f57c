/** The list of exam sites. */

import { grouped } from "../../shared/format.js";
import { useLoaded } from "../parts/loaded.js";
import { SITE_TEXT } from "../texts/sites.js";
import { TEXT } from "../texts/common.js";
import { READINESS_TEXT } from "../texts/readiness.js";
import { ClaimDialog } from "./claim.js";
import { ReadinessDialog, readinessLook } from "./readiness.js";

const { inject, ref } = window.Vue;

export const SitesPage = {
  components: { ClaimDialog, ReadinessDialog },
  setup() {
    const desk = inject("desk");
    const loaded = useLoaded(() => desk.api.get("/sites"));
    const servers = useLoaded(() => desk.api.get("/appliances"), () => desk.changed.appliances);
    const enrolled = (code) => (servers.value.value ? servers.value.value.appliances.filter((each) => each.site === code && each.state !== "revoked").length : 0);
    const readiness = useLoaded(() => desk.api.get("/readiness"), () => desk.changed.appliances);
    const toldBy = (code) => (readiness.value.value ? readiness.value.value.servers.find((each) => each.site === code) : null) || null;
    const claiming = ref(null);
    const shown = ref(null);
    return { desk, loaded, enrolled, toldBy, readinessLook, shown, ready: READINESS_TEXT, claiming, grouped, words: SITE_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.title"><el-button v-if="desk.may('plan')" type="primary" icon="Plus" @click="desk.go('sites', 'new')"><text-pair :of="words.add" /></el-button></page-head>
      <problem-box :of="loaded.problem.value" />
      <template v-if="loaded.value.value">
        <empty-note v-if="!loaded.value.value.sites.length" :of="words.none" icon="OfficeBuilding" />
        <table v-else class="plain-table roomy">
          <thead><tr><th><text-pair :of="words.code" /></th><th><text-pair :of="words.siteName" /></th><th><text-pair :of="words.city" /></th><th><text-pair :of="words.person" /></th>
            <th class="number"><text-pair :of="words.rooms" /></th><th class="number"><text-pair :of="words.seats" /></th><th class="number"><text-pair :of="words.enrolled" /></th><th><text-pair :of="ready.column" /></th><th><text-pair :of="text.state" /></th><th></th></tr></thead>
          <tbody><tr v-for="site in loaded.value.value.sites" :key="site.code" :class="{ faded: !site.active }">
            <td><code>{{ site.code }}</code></td><td><a class="main-link" :href="desk.hashOf('sites', site.code)">{{ site.name }}</a><div class="sub">{{ site.address }}</div></td>
            <td class="nowrap">{{ site.city }}{{ site.county }}</td><td>{{ site.person_in_charge }}<div class="sub kd-number">{{ site.phone }}</div></td>
            <td class="number">{{ site.rooms.length }}</td><td class="number">{{ grouped(site.seats) }}</td><td class="number">{{ enrolled(site.code) }}</td>
            <td class="nowrap"><button v-if="toldBy(site.code)" type="button" class="mark-button show-readiness" :data-site="site.code" @click="shown = toldBy(site.code)"><state-mark :of="readinessLook(toldBy(site.code))" /></button><state-mark v-else :of="readinessLook(null)" /></td>
            <td class="nowrap"><text-pair :of="site.active ? words.active : words.inactive" /></td>
            <td class="end nowrap"><el-button v-if="desk.may('plan')" size="small" icon="Key" @click="claiming = site"><text-pair :of="words.claim" /></el-button></td>
          </tr></tbody>
        </table>
      </template>
      <claim-dialog :site="claiming" @done="claiming = null" />
      <readiness-dialog :told="shown" @done="shown = null" />
    </main>`,
};
