/** An exam site as form 4 has it: basics, rooms, servers. Who may not plan reads it. */

import { useWork } from "../parts/loaded.js";
import { SITE_TEXT } from "../texts/sites.js";
import { TEXT } from "../texts/common.js";
import { ClaimDialog } from "./claim.js";

const { inject, reactive, ref } = window.Vue;

const FRESH_ROOM = { name: "", capacity: 30, server: "", closed: "" };
const FRESH_SERVER = { name: "", kind: "fixed", address_kind: "static", mac: "", cpu_cores: 0, memory_gb: 0, disk_gb: 0 };
const FRESH = {
  code: "", name: "", province: "", city: "", county: "", address: "", credit_code: "", founded: "", site_type: "theory",
  person_in_charge: "", phone: "", time_zone: "Asia/Shanghai", active: true, servers: [], rooms: [{ ...FRESH_ROOM, name: "第一考场" }],
};

/** [3, 17] of "3, 17"; null when something else than seat numbers stands there. */
function seatsOf(text) {
  const parts = text.split(/[,，、\s]+/).filter(Boolean);
  return parts.every((part) => /^[1-9]\d{0,2}$/.test(part)) ? parts.map(Number) : null;
}

export const SiteEditor = {
  components: { ClaimDialog },
  setup() {
    const desk = inject("desk");
    const fresh = desk.route.id === "new";
    const form = reactive(JSON.parse(JSON.stringify(FRESH)));
    const ready = ref(fresh);
    const claiming = ref(null);
    const work = useWork();
    const locked = !desk.may("plan");
    function take(site) {
      const rooms = site.rooms.map((room) => ({ ...room, closed: room.closed_seats.join(", ") }));
      Object.assign(form, { ...site, rooms, servers: site.servers.map((server) => ({ ...server })) });
      ready.value = true;
    }
    if (!fresh) work.run(async () => take(await desk.api.get(`/sites/${encodeURIComponent(desk.route.id)}`)));
    function wrong() {
      if (!form.code.trim() || !form.name.trim() || !form.city.trim() || !form.rooms.length || form.rooms.some(({ name }) => !name.trim())) return SITE_TEXT.missing;
      const bad = form.rooms.find((room) => seatsOf(room.closed) === null);
      return bad ? SITE_TEXT.closedWrong(bad.name) : null;
    }
    async function save() {
      work.problem.value = wrong();
      if (work.problem.value) return;
      const body = {};
      for (const field of Object.keys(FRESH)) if (field !== "code") body[field] = form[field];
      body.credit_code = body.credit_code.trim().toUpperCase();
      body.founded = body.founded || "";
      body.rooms = form.rooms.map(({ name, capacity, server, closed }) => ({ name: name.trim(), capacity, server: server || "", closed_seats: seatsOf(closed) }));
      body.servers = form.servers.map((server) => ({ ...server, name: server.name.trim(), mac: server.mac.trim().toUpperCase().replace(/:/g, "-") }));
      const code = form.code.trim();
      await work.run(async () => {
        take(await desk.api.put(`/sites/${encodeURIComponent(code)}`, body));
        desk.said(TEXT.saved);
        if (fresh) desk.go("sites", code);
      });
    }
    const addRoom = () => form.rooms.push({ ...FRESH_ROOM, name: "" });
    const addServer = () => form.servers.push({ ...FRESH_SERVER });
    return { desk, fresh, form, ready, locked, claiming, work, save, addRoom, addServer, words: SITE_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="fresh ? words.add : words.one" :name="fresh ? '' : form.name" :back="desk.hashOf('sites')">
        <el-button v-if="!fresh && ready && !locked" icon="Key" @click="claiming = form"><text-pair :of="words.claim" /></el-button></page-head>
      <form v-if="ready" novalidate @submit.prevent="save"><fieldset class="plain-set" :disabled="locked">
        <section class="panel"><h2><text-pair :of="words.basics" /></h2><div class="fields four">
          <form-field id="site-code" :label="words.code" :hint="fresh ? words.codeRule : null" must><el-input id="site-code" v-model="form.code" :disabled="!fresh" maxlength="32" /></form-field>
          <form-field id="site-name" class="span-2" :label="words.siteName" must><el-input id="site-name" v-model="form.name" maxlength="120" :disabled="locked" /></form-field>
          <form-field id="site-type" :label="words.siteType"><el-select id="site-type" v-model="form.site_type" :disabled="locked"><el-option v-for="(name, key) in words.siteTypes" :key="key" :value="key" :label="name.zh" /></el-select></form-field>
          <form-field id="site-province" :label="words.province"><el-input id="site-province" v-model="form.province" maxlength="120" :disabled="locked" /></form-field>
          <form-field id="site-city" :label="words.city" must><el-input id="site-city" v-model="form.city" maxlength="120" :disabled="locked" /></form-field>
          <form-field id="site-county" :label="words.county"><el-input id="site-county" v-model="form.county" maxlength="120" :disabled="locked" /></form-field>
          <form-field id="site-founded" :label="words.founded"><el-date-picker id="site-founded" v-model="form.founded" format="YYYY年M月D日" value-format="YYYY-MM-DD" :disabled="locked" /></form-field>
          <form-field id="site-address" class="span-2" :label="words.address"><el-input id="site-address" v-model="form.address" maxlength="200" :disabled="locked" /></form-field>
          <form-field id="site-credit" :label="words.creditCode"><el-input id="site-credit" v-model="form.credit_code" maxlength="18" :disabled="locked" /></form-field>
          <form-field id="site-zone" :label="words.zone"><el-input id="site-zone" v-model="form.time_zone" maxlength="60" :disabled="locked" /></form-field>
          <form-field id="site-person" :label="words.person"><el-input id="site-person" v-model="form.person_in_charge" maxlength="120" :disabled="locked" /></form-field>
          <form-field id="site-phone" :label="words.phone"><el-input id="site-phone" v-model="form.phone" maxlength="30" :disabled="locked" /></form-field>
          <form-field id="site-active" :label="text.state"><el-switch id="site-active" v-model="form.active" :active-text="words.active.zh" :disabled="locked" /></form-field>
        </div></section>
        <section class="panel"><div class="panel-head"><h2><text-pair :of="words.rooms" /></h2><el-button v-if="!locked" size="small" icon="Plus" @click="addRoom"><text-pair :of="words.addRoom" /></el-button></div>
          <table class="plain-table edit-table"><thead><tr><th><text-pair :of="words.roomName" /></th><th><text-pair :of="words.capacity" /></th><th><text-pair :of="words.roomServer" /></th>
            <th :title="words.closedHint.zh"><text-pair :of="words.closedSeats" /></th><th></th></tr></thead>
            <tbody><tr v-for="(room, index) in form.rooms" :key="index">
              <td><el-input v-model="room.name" maxlength="60" :disabled="locked" :aria-label="words.roomName.zh" /></td>
              <td><el-input-number v-model="room.capacity" :min="1" :max="500" :disabled="locked" :aria-label="words.capacity.zh" /></td>
              <td><el-select v-model="room.server" clearable :disabled="locked" :placeholder="text.none.zh" :aria-label="words.roomServer.zh" @clear="room.server = ''">
                <el-option v-for="server in form.servers.filter((each) => each.name)" :key="server.name" :value="server.name" :label="server.name" /></el-select></td>
              <td><el-input v-model="room.closed" maxlength="400" :placeholder="text.none.zh" :disabled="locked" :aria-label="words.closedSeats.zh" /></td>
              <td class="end"><el-button v-if="!locked && form.rooms.length > 1" size="small" icon="Delete" :aria-label="text.remove.zh + ' ' + room.name" @click="form.rooms.splice(index, 1)" /></td>
            </tr></tbody></table>
          <p class="hint"><text-pair :of="words.closedHint" /></p></section>
        <section class="panel"><div class="panel-head"><h2><text-pair :of="words.servers" /></h2><el-button v-if="!locked" size="small" icon="Plus" @click="addServer"><text-pair :of="words.addServer" /></el-button></div>
          <p v-if="!form.servers.length" class="soft"><text-pair :of="words.noServers" /></p>
          <table v-else class="plain-table edit-table"><thead><tr><th><text-pair :of="words.serverName" /></th><th><text-pair :of="words.kind" /></th><th><text-pair :of="words.addressKind" /></th><th><text-pair :of="words.mac" /></th>
            <th><text-pair :of="words.cpu" /></th><th><text-pair :of="words.memory" /></th><th><text-pair :of="words.disk" /></th><th></th></tr></thead>
            <tbody><tr v-for="(server, index) in form.servers" :key="index">
              <td><el-input v-model="server.name" maxlength="60" :disabled="locked" :aria-label="words.serverName.zh" /></td>
              <td><el-select v-model="server.kind" :disabled="locked" :aria-label="words.kind.zh"><el-option v-for="(name, key) in words.kinds" :key="key" :value="key" :label="name.zh" /></el-select></td>
              <td><el-select v-model="server.address_kind" :disabled="locked" :aria-label="words.addressKind.zh"><el-option v-for="(name, key) in words.addressKinds" :key="key" :value="key" :label="name.zh" /></el-select></td>
              <td><el-input v-model="server.mac" maxlength="17" placeholder="00-1A-2B-3C-4D-5E" :disabled="locked" :aria-label="words.mac.zh" /></td>
              <td v-for="[field, label] in [['cpu_cores', words.cpu], ['memory_gb', words.memory], ['disk_gb', words.disk]]" :key="field">
                <el-input-number v-model="server[field]" :min="0" :max="65536" :controls="false" class="short-number" :disabled="locked" :aria-label="label.zh" /></td>
              <td class="end"><el-button v-if="!locked" size="small" icon="Delete" :aria-label="text.remove.zh + ' ' + server.name" @click="form.servers.splice(index, 1)" /></td>
            </tr></tbody></table></section>
        <problem-box :of="work.problem.value" />
        <div v-if="!locked" class="form-foot"><el-button type="primary" native-type="submit" :loading="work.busy.value"><text-pair :of="text.save" /></el-button>
          <el-button @click="desk.go('sites')"><text-pair :of="text.back" /></el-button></div>
      </fieldset></form>
      <problem-box v-else :of="work.problem.value" />
      <claim-dialog :site="claiming" @done="claiming = null" />
    </main>`,
};
