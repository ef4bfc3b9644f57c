/** All about one device: state, roles, self-tests, what it can do, what happened, facts. */

import { DEVICE_TEXT } from "../texts/devices.js";
import { ActionsPanel } from "./camera.js";
import { EventsPanel, PlugsPanel } from "./happenings.js";
import { nameOf } from "./looks.js";
import { DeviceStateMark, KindIcon } from "./marks.js";
import { SelfTestPanel } from "./self-test.js";
import { valueRows } from "./values.js";

const { computed, inject } = window.Vue;

const WORDS = DEVICE_TEXT.drawer;

const RolesPanel = {
  props: { device: { type: Object, required: true }, may: Boolean },
  emits: ["bind"],
  setup(props) {
    const desk = inject("desk");
    const devices = inject("devices");
    const roles = computed(() => props.device.roles.map((id) => devices.roleNamed(id)).filter(Boolean));
    async function unbind(role) {
      try {
        await devices.change("post", `/roles/${role.role}/unbind`, { device: props.device.id });
        desk.said(DEVICE_TEXT.roles.unbound);
      } catch (error) {
        desk.failed(error);
      }
    }
    return { roles, unbind, words: WORDS };
  },
  template: `
    <section class="drawer-part device-roles">
      <div class="part-head"><h3><text-pair :of="words.roles" /></h3>
        <el-button v-if="may && device.state !== 'absent'" class="bind-device" size="small" icon="Link" :type="roles.length ? '' : 'primary'" @click="$emit('bind', device.id)"><text-pair :of="words.bind" /></el-button></div>
      <ul v-if="roles.length"><li v-for="role in roles" :key="role.role" :data-role="role.role"><strong>{{ role.station.zh }} · {{ role.zh }}</strong>
        <span v-if="role.station.label" class="soft">{{ role.station.label }}</span>
        <button v-if="may" type="button" class="link-button" @click="unbind(role)"><text-pair :of="words.unbind" /></button></li></ul>
      <p v-else class="soft"><text-pair :of="words.noRole" /></p>
    </section>`,
};

const FactsPanel = {
  props: { device: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    const rows = computed(() => {
      const { device } = props;
      const own = [
        { of: WORDS.maker, is: device.maker },
        { of: WORDS.model, is: device.model },
        { of: WORDS.serial, is: device.serial },
        { of: WORDS.firmware, is: device.firmware },
        { of: WORDS.port, is: device.port },
        { of: WORDS.node, is: device.node },
        { of: WORDS.usb, is: device.usb_id },
        { of: WORDS.entry, is: device.entry },
        { of: WORDS.id, is: device.id },
        { of: WORDS.since, is: device.since ? desk.dateTime(device.since) : "" },
      ];
      return [...own.map((row) => ({ ...row, key: row.of.en, is: row.is || WORDS.none.zh, none: !row.is })), ...valueRows(device.facts, "facts.")];
    });
    return { rows, words: WORDS };
  },
  template: `
    <section class="drawer-part"><h3><text-pair :of="words.facts" /></h3>
      <dl class="drawer-facts"><div v-for="row in rows" :key="row.key"><dt><text-pair :of="row.of" /></dt><dd class="break" :class="{ soft: row.none }">{{ row.is }}</dd></div></dl></section>`,
};

export const DeviceDrawer = {
  components: { ActionsPanel, DeviceStateMark, EventsPanel, FactsPanel, KindIcon, PlugsPanel, RolesPanel, SelfTestPanel },
  props: { open: { type: String, required: true }, may: Boolean },
  emits: ["close", "bind"],
  setup(props) {
    const devices = inject("devices");
    const device = computed(() => (props.open ? devices.device(props.open) || null : null));
    const kind = computed(() => (device.value ? devices.kind(device.value.kind) : null));
    return { device, kind, name: computed(() => (device.value ? nameOf(device.value) : "")), words: WORDS, marks: DEVICE_TEXT.list };
  },
  template: `
    <el-drawer :model-value="open !== ''" size="480px" class="device-drawer" :modal="false" modal-penetrable :before-close="() => $emit('close')">
      <template #header="{ titleId }"><h2 :id="titleId"><kind-icon v-if="device" :kind="device.kind" /> {{ device ? name : words.label.zh }}</h2></template>
      <div v-if="device" :key="device.id" class="drawer-device" :data-device="device.id">
        <p class="drawer-line"><device-state-mark :state="device.state" english /> <text-pair class="soft" :of="kind" /> <el-tag v-if="device.simulated" size="small" type="warning"><text-pair :of="marks.simulated" /></el-tag></p>
        <p v-if="device.reason" class="drawer-sentence" :class="'is-' + device.state" role="status"><text-pair :of="device.reason" stack /></p>
        <roles-panel :device="device" :may="may" @bind="$emit('bind', $event)" />
        <actions-panel v-if="may" :device="device" />
        <self-test-panel :device="device" :may="may" />
        <events-panel v-if="may" :device="device" />
        <plugs-panel :device="device" />
        <facts-panel :device="device" />
      </div>
      <p v-else class="empty-line"><text-pair :of="words.gone" /></p>
    </el-drawer>`,
};
