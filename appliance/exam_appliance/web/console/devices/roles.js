/** The stations of the site and who has their roles. */

import { asProblem } from "../../shared/api.js";
import { TEXT } from "../texts/common.js";
import { DEVICE_TEXT } from "../texts/devices.js";
import { nameOf } from "./looks.js";
import { DeviceStateMark } from "./marks.js";

const { computed, inject, reactive, ref } = window.Vue;

const WORDS = DEVICE_TEXT.roles;
const ABSENT = "absent";

/** Runs a change of bindings or stations, says that it was done, or what is wrong. */
function useChange() {
  const desk = inject("desk");
  const devices = inject("devices");
  return async (said, method, path, body) => {
    try {
      await devices.change(method, path, body);
      desk.said(said);
      return true;
    } catch (error) {
      desk.failed(error);
      return false;
    }
  };
}

const BoundDevice = {
  components: { DeviceStateMark },
  props: { bound: { type: Object, required: true }, role: { type: Object, required: true }, may: Boolean },
  emits: ["details", "task"],
  setup(props) {
    const desk = inject("desk");
    const devices = inject("devices");
    const change = useChange();
    const state = computed(() => {
      const device = devices.device(props.bound.device);
      return device ? device.state : ABSENT;
    });
    const more = computed(() => props.bound.serial || (props.bound.port ? WORDS.port(props.bound.port).zh : ""));
    const spare = computed(() => {
      const device = props.bound.replacements.length === 1 ? devices.device(props.bound.replacements[0]) : null;
      return device ? { id: device.id, name: [nameOf(device), device.serial].filter(Boolean).join(" ") } : null;
    });
    const replace = (by) => change(WORDS.replaced, "post", `/roles/${props.role.role}/replace`, { device: props.bound.device, by });
    const unbind = () => change(WORDS.unbound, "post", `/roles/${props.role.role}/unbind`, { device: props.bound.device });
    const title = computed(() => WORDS.boundBy(props.bound.actor, desk.dateTime(props.bound.at)).zh);
    return { state, more, spare, replace, unbind, title, words: WORDS };
  },
  template: `
    <div class="bound-device" :class="{ absent: !bound.there }" :data-device="bound.device">
      <div class="bound-line">
        <button type="button" class="name-button" :title="title" @click="$emit('details', bound.device)">{{ bound.name }}</button>
        <span class="soft small break">{{ more }}</span> <device-state-mark :state="state" />
        <span v-if="may" class="bound-buttons">
          <button type="button" class="link-button change-device" @click="$emit('task', { role: role.role, replaces: bound.device })">{{ words.change.zh }}<span class="kd-en">{{ words.change.en }}</span></button>
          <button type="button" class="link-button unbind-device" @click="unbind">{{ words.unbind.zh }}<span class="kd-en">{{ words.unbind.en }}</span></button></span>
      </div>
      <div v-if="may && spare" class="replace-offer" role="status"><span><text-pair :of="words.replaceHint" /> <strong class="spare">{{ spare.name }}</strong></span>
        <el-button class="replace-device" size="small" type="primary" icon="Switch" :aria-label="words.replaceBy(spare.name).zh" @click="replace(spare.id)"><text-pair :of="words.replace" /></el-button></div>
    </div>`,
};

const RoleLine = {
  components: { BoundDevice },
  props: { role: { type: Object, required: true }, may: Boolean },
  emits: ["details", "task"],
  setup: () => ({ words: WORDS }),
  template: `
    <li class="role-entry" :class="{ missing: role.needed && !role.bound.length }" :data-role="role.role">
      <div class="role-name"><text-pair :of="role" stack />
        <span v-if="role.several || role.shared" class="soft small">{{ [role.several && words.several.zh, role.shared && words.shared.zh].filter(Boolean).join("，") }}</span></div>
      <div class="role-devices">
        <bound-device v-for="bound in role.bound" :key="bound.device" :bound="bound" :role="role" :may="may" @details="$emit('details', $event)" @task="$emit('task', $event)" />
        <div v-if="!role.bound.length || (role.several && may)" class="role-empty">
          <span v-if="!role.bound.length" :class="role.needed ? 'caution' : 'soft'"><el-icon v-if="role.needed" aria-hidden="true"><WarningFilled /></el-icon> <text-pair :of="role.needed ? words.missing : words.empty" /></span>
          <el-button v-if="may" class="bind-role" size="small" icon="Link" :aria-label="words.bind.zh + ' ' + role.zh" @click="$emit('task', { role: role.role, replaces: '' })">
            <text-pair :of="role.bound.length ? words.more : words.bind" /></el-button></div>
      </div>
    </li>`,
};

const StationCard = {
  components: { RoleLine },
  props: { station: { type: Object, required: true }, may: Boolean },
  emits: ["details", "task"],
  setup(props) {
    const change = useChange();
    const naming = ref(false);
    const label = ref("");
    const filled = computed(() => props.station.roles.filter((role) => role.bound.length).length);
    function rename() {
      label.value = props.station.label;
      naming.value = true;
    }
    async function save() {
      if (await change(WORDS.saved, "patch", `/stations/${props.station.station}`, { label: label.value.trim() })) naming.value = false;
    }
    async function remove() {
      const words = WORDS.removeOf(props.station.zh);
      try {
        await window.ElementPlus.ElMessageBox.confirm(`${words.zh} ${words.en}`, WORDS.remove.zh, { type: "warning", confirmButtonText: `${WORDS.remove.zh} ${WORDS.remove.en}`, cancelButtonText: `${TEXT.cancel.zh} ${TEXT.cancel.en}` });
      } catch (turnedDown) {
        return;
      }
      await change(WORDS.removed, "delete", `/stations/${props.station.station}`);
    }
    return { naming, label, filled, rename, save, remove, words: WORDS, text: TEXT };
  },
  template: `
    <section class="panel station-card" :data-station="station.station" :aria-label="station.zh">
      <header><h2><text-pair :of="station" /></h2>
        <form v-if="naming" class="station-naming" @submit.prevent="save"><el-input v-model="label" size="small" maxlength="40" :aria-label="words.renameOf(station.zh).zh" />
          <el-button size="small" type="primary" native-type="submit"><text-pair :of="words.save" /></el-button><el-button size="small" @click="naming = false"><text-pair :of="text.cancel" /></el-button></form>
        <template v-else><strong v-if="station.label" class="station-label">{{ station.label }}</strong>
          <span class="soft kd-number small">{{ words.filled(filled, station.roles.length).zh }}</span>
          <span v-if="may" class="station-tools">
            <button type="button" class="tool-button rename-station" :aria-label="words.renameOf(station.zh).zh" :title="words.rename.zh + ' ' + words.rename.en" @click="rename"><el-icon><EditPen /></el-icon></button>
            <button v-if="station.removable" type="button" class="tool-button remove-station" :aria-label="words.remove.zh + ' ' + station.zh" :title="words.remove.zh + ' ' + words.remove.en" @click="remove"><el-icon><Delete /></el-icon></button></span></template>
      </header>
      <ul class="role-list"><role-line v-for="role in station.roles" :key="role.role" :role="role" :may="may" @details="$emit('details', $event)" @task="$emit('task', $event)" /></ul>
    </section>`,
};

const AddStation = {
  setup() {
    const devices = inject("devices");
    const form = reactive({ kind: "gate", label: "" });
    const problem = ref(null);
    const busy = ref(false);
    const kind = computed(() => devices.view.station_kinds.find((one) => one.kind === form.kind));
    const full = computed(() => Boolean(kind.value && kind.value.many >= kind.value.most));
    const desk = inject("desk");
    async function add() {
      busy.value = true;
      problem.value = null;
      try {
        await devices.change("post", "/stations", { kind: form.kind, label: form.label.trim() });
        form.label = "";
        desk.said(WORDS.added);
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    return { devices, form, problem, busy, kind, full, add, words: WORDS };
  },
  template: `
    <form class="panel add-station" @submit.prevent="add">
      <div class="button-row"><strong><text-pair :of="words.add" /></strong>
        <el-select v-model="form.kind" class="station-kind" :aria-label="words.addKind.zh"><el-option v-for="one in devices.view.station_kinds" :key="one.kind" :value="one.kind" :label="one.zh"><text-pair :of="one" /></el-option></el-select>
        <el-input v-model="form.label" class="station-name" maxlength="40" :placeholder="words.addLabel.zh" :aria-label="words.addLabel.zh + ' ' + words.addLabel.en" />
        <el-button type="primary" icon="Plus" native-type="submit" :loading="busy" :disabled="full"><text-pair :of="words.add" /></el-button>
        <span v-if="full" class="soft"><text-pair :of="words.full(kind.most)" /></span></div>
      <problem-box :of="problem" />
    </form>`,
};

export const DeviceRoles = {
  components: { AddStation, StationCard },
  props: { may: Boolean },
  emits: ["details", "task"],
  setup() {
    const devices = inject("devices");
    const free = computed(() => devices.list.value.filter((device) => device.state !== ABSENT && !device.roles.length));
    return { devices, free, nameOf, words: WORDS };
  },
  template: `
    <div class="device-roles-page">
      <p class="soft roles-what"><text-pair :of="words.what" /></p>
      <p v-if="free.length" class="free-devices"><strong><text-pair :of="words.unassigned(free.length)" /></strong>
        <template v-for="device in free" :key="device.id"><button v-if="may" type="button" class="free-device" @click="$emit('task', { device: device.id })">{{ nameOf(device) }}</button>
          <span v-else class="free-device">{{ nameOf(device) }}</span></template></p>
      <div class="station-cards"><station-card v-for="station in devices.view.stations" :key="station.station" :station="station" :may="may"
        @details="$emit('details', $event)" @task="$emit('task', $event)" /></div>
      <add-station v-if="may && devices.view.run" />
    </div>`,
};
