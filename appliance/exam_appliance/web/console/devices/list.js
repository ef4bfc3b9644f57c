/** The devices, grouped by kind, each with its state, sentence, role and last self-test. */

import { date } from "../../shared/format.js";
import { DEVICE_TEXT } from "../texts/devices.js";
import { needsHand, nameOf } from "./looks.js";
import { DeviceStateMark, KindIcon } from "./marks.js";

const { computed, inject } = window.Vue;

const WORDS = DEVICE_TEXT.list;

const DeviceRow = {
  components: { DeviceStateMark },
  props: { device: { type: Object, required: true }, open: Boolean },
  emits: ["details"],
  setup(props) {
    const desk = inject("desk");
    const devices = inject("devices");
    const roles = computed(() => props.device.roles.map((id) => devices.roleNamed(id)).filter(Boolean));
    const since = computed(() => {
      const { since: at } = props.device;
      if (!at) return "";
      const today = date(Date.now() + desk.time.serverOffsetMs, desk.zone.value);
      return date(at, desk.zone.value) === today ? desk.clockSeconds(at) : desk.dateTime(at).slice(5);
    });
    return { desk, roles, since, name: computed(() => nameOf(props.device)), words: WORDS };
  },
  template: `
    <tr class="device-row" :class="['is-' + device.state, { picked: open }]" :data-device="device.id" @click="$emit('details', device.id)">
      <td class="state-cell"><device-state-mark :state="device.state" /></td>
      <td><button type="button" class="name-button" :aria-label="words.details(name).zh" @click.stop="$emit('details', device.id)">{{ name }}</button>
        <el-tag v-if="device.simulated" size="small" type="warning">{{ words.simulated.zh }}</el-tag>
        <div v-if="device.reason" class="device-reason"><text-pair :of="device.reason" stack /></div>
        <div v-else-if="name !== device.zh" class="soft small"><text-pair :of="device" /></div></td>
      <td class="break serial"><code>{{ device.serial || "–" }}</code></td>
      <td>{{ device.firmware || "–" }}</td>
      <td class="break port">{{ device.port || "–" }}</td>
      <td><template v-if="roles.length"><div v-for="role in roles" :key="role.role" class="role-line">{{ role.station.zh }} · {{ role.zh }}</div></template>
        <span v-else class="soft">{{ words.noRole.zh }}</span></td>
      <td><span v-if="device.last_test" class="verdict" :class="device.last_test.passed ? 'pass' : 'fail'">
          <el-icon aria-hidden="true"><Select v-if="device.last_test.passed" /><CloseBold v-else /></el-icon>
          {{ device.last_test.passed ? words.passed.zh : words.notPassed.zh }} <span class="soft kd-number">{{ desk.clock(device.last_test.at) }}</span></span>
        <span v-else class="soft">{{ words.neverTested.zh }}</span></td>
      <td class="kd-number nowrap">{{ since }}</td>
    </tr>`,
};

export const DeviceList = {
  components: { DeviceRow, KindIcon },
  props: { open: { type: String, default: "" } },
  emits: ["details"],
  setup() {
    const devices = inject("devices");
    const bad = computed(() => devices.list.value.filter(needsHand).length);
    return { devices, bad, words: WORDS };
  },
  template: `
    <div class="device-list">
      <p v-if="devices.list.value.length" class="summary" :class="{ bad }" role="status"><text-pair :of="words.summary(devices.list.value.length, bad)" /></p>
      <el-empty v-else-if="devices.view.run" :description="words.none.zh"><text-pair class="soft" :of="{ zh: '', en: words.none.en }" /></el-empty>
      <table v-if="devices.list.value.length" class="plain-table device-table">
        <thead><tr><th class="state-cell"><text-pair :of="words.state" /></th><th><text-pair :of="words.device" /></th><th><text-pair :of="words.serial" /></th>
          <th><text-pair :of="words.firmware" /></th><th><text-pair :of="words.port" /></th><th><text-pair :of="words.role" /></th>
          <th><text-pair :of="words.test" /></th><th><text-pair :of="words.since" /></th></tr></thead>
        <tbody v-for="group in devices.groups.value" :key="group.kind" :data-kind="group.kind">
          <tr class="kind-head"><th colspan="8" scope="rowgroup"><kind-icon :kind="group.kind" /> <text-pair :of="group" /> <span class="soft kd-number">{{ group.devices.length }}</span></th></tr>
          <device-row v-for="device in group.devices" :key="device.id" :device="device" :open="open === device.id" @details="$emit('details', $event)" />
        </tbody>
      </table>
    </div>`,
};
