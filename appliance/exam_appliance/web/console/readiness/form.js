/** Form 4: the unit's fields, the servers and the rooms; downloaded to be printed and stamped. */

import { asProblem } from "../../shared/api.js";
import { useLoaded } from "../parts/parts.js";
import { FORM_TEXT } from "../texts/readiness.js";
import { useSaving } from "./saving.js";

const { computed, inject, ref, watch } = window.Vue;

const WORDS = FORM_TEXT;
const PLAIN = ["unit_name", "credit_code", "province", "city", "county", "person_in_charge", "phone", "address"];
const DEPUTY = ["name", "mobile", "office_phone", "fax"];
const FILES = { pdf: "附件4-考试点申请表.pdf", docx: "附件4-考试点申请表.docx" };

/** Returns a problem whose fields are called what the form calls them. */
function readable(problem) {
  const fields = problem.fields.map(({ field, zh, en }) => {
    const known = field.split(".").reverse().find((part) => WORDS.fields[part]);
    const [said, ...more] = zh.replace(/^.*Value error, /, "").split(" / ");
    return { field: known ? WORDS.fields[known].zh : field, zh: said, en: more.join(" / ") || en };
  });
  return { zh: fields.length ? WORDS.wrong.zh : problem.zh, en: fields.length ? WORDS.wrong.en : problem.en, fields };
}

const copy = (value) => JSON.parse(JSON.stringify(value));

export const FormPanel = {
  setup() {
    const desk = inject("desk");
    const loaded = useLoaded(() => desk.api.get("/readiness/form-4"));
    const saving = useSaving(desk);
    const unit = ref(null);
    const problem = ref(null);
    const busy = ref(false);
    const view = computed(() => loaded.value.value);
    watch(view, (fresh) => fresh && (unit.value = copy(fresh.unit)));
    const form = computed(() => (view.value ? view.value.form : null));
    const broken = computed(() => (view.value && view.value.zh ? { zh: view.value.zh, en: view.value.en, fields: [] } : null));
    const empty = computed(() => (form.value && form.value.open_zh.length ? WORDS.empty(form.value.open_zh.join("、")) : null));
    // While the form is refused, this server is shown all the same.
    const own = computed(() => {
      if (form.value) return form.value.servers[0];
      if (!view.value) return null;
      const { server } = view.value;
      const card = unit.value.card || server.card_in_use;
      return { ...server, name: "", mac: (server.cards.find(([name]) => name === card) || ["", ""])[1] };
    });
    const cards = computed(() => (view.value ? view.value.server.cards : []));
    const ownName = computed(() => unit.value.server_name || (own.value ? own.value.name : ""));
    const servers = computed(() => [ownName.value, ...unit.value.other_servers.map((one) => one.name)].filter(Boolean));
    async function save() {
      busy.value = true;
      problem.value = null;
      try {
        loaded.value.value = await desk.api.put("/readiness/form-4", unit.value);
        desk.said(WORDS.saved);
      } catch (error) {
        problem.value = readable(asProblem(error));
      } finally {
        busy.value = false;
      }
    }
    const addServer = () => unit.value.other_servers.push({ name: "", mobility: "fixed", mac: "", cores: 6, memory_gb: 32, disk_gb: 2000 });
    const addRoom = () => unit.value.theory_rooms.push({ name: "", server: "", capacity: 30 });
    const addPractical = () => unit.value.practical_rooms.push({ category: "", item: "", equipment: [], capacity: 20 });
    const ownRooms = () => {
      unit.value.theory_rooms = form.value ? form.value.rooms.map((room) => ({ ...room })) : [];
    };
    const get = (kind) => saving.save(`/readiness/form-4.${kind}`, FILES[kind]);
    return {
      loaded, saving, unit, problem, busy, form, broken, empty, own, cards, servers, save, addServer, addRoom, addPractical, ownRooms, get,
      plain: PLAIN, deputy: DEPUTY, words: WORDS,
    };
  },
  template: `
    <form v-if="unit" class="form-4" novalidate @submit.prevent="save">
      <div class="button-row standard-head">
        <el-button class="save-form" type="primary" icon="Check" native-type="submit" :loading="busy"><text-pair :of="words.save" /></el-button>
        <el-button class="form-pdf" icon="Document" :disabled="!form" :loading="saving.busy.value === '/readiness/form-4.pdf'" @click="get('pdf')"><text-pair :of="words.pdf" /></el-button>
        <el-button class="form-docx" icon="EditPen" :disabled="!form" :loading="saving.busy.value === '/readiness/form-4.docx'" @click="get('docx')"><text-pair :of="words.docx" /></el-button>
        <p class="head-what"><text-pair :of="words.what" stack /></p>
      </div>
      <p v-if="empty" class="form-empty caution"><el-icon aria-hidden="true"><WarningFilled /></el-icon> {{ empty.zh }}</p>
      <problem-box :of="problem || broken || saving.problem.value || loaded.problem.value" />
      <fieldset class="panel form-part"><legend><text-pair :of="words.unit" /></legend>
        <div class="form-grid">
          <label v-for="field in plain" :key="field" :class="{ wide: field === 'unit_name' || field === 'address' || field === 'credit_code' }"><text-pair :of="words.fields[field]" /><el-input v-model="unit[field]" :data-field="field" :maxlength="field === 'credit_code' ? 18 : 100" /></label>
          <label><text-pair :of="words.fields.founded" /><el-date-picker v-model="unit.founded" type="date" value-format="YYYY-MM-DD" :clearable="false" /></label>
          <div class="choice"><span><text-pair :of="words.fields.site_type" /></span><el-radio-group v-model="unit.site_type"><el-radio v-for="(of, name) in words.siteTypes" :key="name" :value="name">{{ of.zh }}</el-radio></el-radio-group></div>
          <div class="choice"><span><text-pair :of="words.fields.line_kind" /></span><el-radio-group v-model="unit.line_kind"><el-radio v-for="(of, name) in words.lines" :key="name" :value="name">{{ of.zh }}</el-radio></el-radio-group></div>
        </div></fieldset>
      <fieldset class="panel form-part"><legend><text-pair :of="words.deputy" /></legend>
        <div class="form-grid"><label v-for="field in deputy" :key="field"><text-pair :of="words.fields[field]" /><el-input v-model="unit.deputy[field]" :data-field="'deputy.' + field" maxlength="30" /></label></div></fieldset>
      <fieldset class="panel form-part"><legend><text-pair :of="words.servers" /></legend>
        <table class="plain-table"><thead><tr><th><text-pair :of="words.fields.server_name" /></th><th><text-pair :of="words.fields.mobility" /></th><th><text-pair :of="words.fields.mac" /></th><th><text-pair :of="words.fields.cores" /></th><th><text-pair :of="words.fields.memory_gb" /></th><th><text-pair :of="words.fields.disk_gb" /></th><th></th></tr></thead>
          <tbody><tr class="own-server"><td><el-input v-model="unit.server_name" data-field="server_name" :placeholder="own ? own.name : ''" maxlength="60" /></td>
            <td><el-select v-model="unit.mobility" :aria-label="words.fields.mobility.zh"><el-option v-for="(of, name) in words.mobilities" :key="name" :value="name" :label="of.zh" /></el-select></td>
            <td><el-select v-if="cards.length > 1" v-model="unit.card" :aria-label="words.fields.card.zh"><el-option value="" :label="words.inUse.zh" /><el-option v-for="card in cards" :key="card[0]" :value="card[0]" :label="card[1]" /></el-select><code v-else>{{ own ? own.mac : '' }}</code></td>
            <td class="kd-number">{{ own ? own.cores : '' }}</td><td class="kd-number">{{ own ? own.memory_gb : '' }}</td><td class="kd-number">{{ own ? own.disk_gb : '' }}</td><td class="soft">{{ words.thisServer.zh }}</td></tr>
          <tr v-for="(server, at) in unit.other_servers" :key="at"><td><el-input v-model="server.name" maxlength="60" /></td>
            <td><el-select v-model="server.mobility" :aria-label="words.fields.mobility.zh"><el-option v-for="(of, name) in words.mobilities" :key="name" :value="name" :label="of.zh" /></el-select></td>
            <td><el-input v-model="server.mac" placeholder="XX-XX-XX-XX-XX-XX" maxlength="17" /></td>
            <td v-for="field in ['cores', 'memory_gb', 'disk_gb']" :key="field"><el-input-number v-model="server[field]" :min="1" :precision="0" :controls="false" :value-on-clear="1" :aria-label="words.fields[field].zh" /></td>
            <td><button type="button" class="link-button" @click="unit.other_servers.splice(at, 1)">{{ words.remove.zh }}</button></td></tr></tbody></table>
        <el-button icon="Plus" size="small" @click="addServer"><text-pair :of="words.addServer" /></el-button></fieldset>
      <fieldset v-if="unit.site_type !== 'practical'" class="panel form-part"><legend><text-pair :of="words.theory" /></legend>
        <template v-if="unit.theory_rooms === null">
          <p><text-pair :of="words.fromCentre" /> <button type="button" class="link-button own-rooms" @click="ownRooms">{{ words.ownRooms.zh }}</button></p>
          <p v-if="form && !form.rooms.length" class="empty-line"><text-pair :of="words.noRooms" /></p>
          <ul v-else-if="form" class="room-list"><li v-for="room in form.rooms" :key="room.name">{{ room.name }} · {{ room.server }} · {{ room.capacity }}</li></ul>
        </template>
        <template v-else>
          <table class="plain-table"><thead><tr><th><text-pair :of="words.fields.room" /></th><th><text-pair :of="words.fields.server" /></th><th><text-pair :of="words.fields.capacity" /></th><th></th></tr></thead>
            <tbody><tr v-for="(room, at) in unit.theory_rooms" :key="at" class="theory-room"><td><el-input v-model="room.name" maxlength="60" /></td>
              <td><el-select v-model="room.server" :placeholder="servers[0]" :aria-label="words.fields.server.zh"><el-option v-for="name in servers" :key="name" :value="name" :label="name" /></el-select></td>
              <td><el-input-number v-model="room.capacity" :min="1" :max="2000" :precision="0" :controls="false" :value-on-clear="1" :aria-label="words.fields.capacity.zh" /></td>
              <td><button type="button" class="link-button" @click="unit.theory_rooms.splice(at, 1)">{{ words.remove.zh }}</button></td></tr></tbody></table>
          <div class="button-row"><el-button icon="Plus" size="small" class="add-room" @click="addRoom"><text-pair :of="words.addRoom" /></el-button>
            <button type="button" class="link-button" @click="unit.theory_rooms = null">{{ words.backToCentre.zh }}</button></div>
        </template></fieldset>
      <fieldset v-if="unit.site_type !== 'theory'" class="panel form-part"><legend><text-pair :of="words.practical" /></legend>
        <table v-if="unit.practical_rooms.length" class="plain-table"><thead><tr><th><text-pair :of="words.fields.category" /></th><th><text-pair :of="words.fields.item" /></th><th><text-pair :of="words.fields.equipment" /></th><th><text-pair :of="words.fields.capacity" /></th><th></th></tr></thead>
          <tbody><tr v-for="(room, at) in unit.practical_rooms" :key="at"><td><el-input v-model="room.category" maxlength="60" /></td><td><el-input v-model="room.item" maxlength="60" /></td>
            <td><el-checkbox-group v-model="room.equipment"><el-checkbox v-for="(of, name) in words.equipment" :key="name" :value="name">{{ of.zh }}</el-checkbox></el-checkbox-group></td>
            <td><el-input-number v-model="room.capacity" :min="1" :max="2000" :precision="0" :controls="false" :value-on-clear="1" :aria-label="words.fields.capacity.zh" /></td>
            <td><button type="button" class="link-button" @click="unit.practical_rooms.splice(at, 1)">{{ words.remove.zh }}</button></td></tr></tbody></table>
        <el-button icon="Plus" size="small" @click="addPractical"><text-pair :of="words.addRoom" /></el-button></fieldset>
    </form>`,
};
