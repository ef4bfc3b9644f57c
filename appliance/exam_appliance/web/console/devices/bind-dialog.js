/** Binding: a role looks for a device, or a device for a role. */

import { asProblem } from "../../shared/api.js";
import { TEXT } from "../texts/common.js";
import { DEVICE_TEXT } from "../texts/devices.js";
import { nameOf } from "./looks.js";
import { DeviceStateMark, KindIcon } from "./marks.js";

const { computed, inject, ref, watch } = window.Vue;

const WORDS = DEVICE_TEXT.bind;

/** Returns what a role is called with its station. */
function roleName(role) {
  return { zh: `${role.station.zh} · ${role.zh}`, en: `${role.station.en}: ${role.en}` };
}

/** `task` is {role, replaces} (choose a device) or {device} (choose a role), or null. */
export const BindDialog = {
  components: { DeviceStateMark, KindIcon },
  props: { task: { type: Object, default: null } },
  emits: ["done"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const devices = inject("devices");
    const chosen = ref("");
    const problem = ref(null);
    const busy = ref(false);
    watch(
      () => props.task,
      () => {
        chosen.value = "";
        problem.value = null;
      },
    );
    const role = computed(() => (props.task && props.task.role ? devices.roleNamed(props.task.role) : null));
    const device = computed(() => (props.task && props.task.device ? devices.device(props.task.device) : null));

    /** Roles that the device would lose when it takes this one. */
    function lost(one, wanted) {
      return one.roles
        .map((id) => devices.roleNamed(id))
        .filter((held) => held && held.role !== wanted.role && !(held.shared && wanted.shared));
    }
    function deviceChoices() {
      const wanted = role.value;
      return devices.list.value
        .filter((one) => wanted.kinds.includes(one.kind) && one.state !== "absent" && !one.roles.includes(wanted.role))
        .map((one) => ({ id: one.id, device: one, name: nameOf(one), more: [one.serial, one.port].filter(Boolean).join(" · "), lost: lost(one, wanted), taken: null }))
        .sort((a, b) => a.lost.length - b.lost.length);
    }
    function roleChoices() {
      const one = device.value;
      return devices.roles.value
        .filter((wanted) => wanted.kinds.includes(one.kind) && !one.roles.includes(wanted.role))
        .map((wanted) => ({ id: wanted.role, role: wanted, name: roleName(wanted).zh, more: wanted.station.label, lost: lost(one, wanted), taken: wanted.several ? null : wanted.bound[0] || null }))
        .sort((a, b) => Boolean(a.taken) - Boolean(b.taken));
    }
    const choices = computed(() => (role.value ? deviceChoices() : device.value ? roleChoices() : []));
    const choice = computed(() => choices.value.find((one) => one.id === chosen.value) || null);
    const title = computed(() => {
      if (role.value) return (props.task.replaces ? WORDS.titleReplace : WORDS.title)(roleName(role.value));
      return device.value ? WORDS.titleRole(nameOf(device.value)) : { zh: "", en: "" };
    });

    async function confirm() {
      problem.value = choice.value ? null : WORDS.choose;
      if (!choice.value) return;
      const [target, by] = role.value ? [role.value.role, choice.value.id] : [choice.value.id, device.value.id];
      const replaces = role.value ? props.task.replaces : choice.value.taken && choice.value.taken.device;
      const move = choice.value.lost.length > 0;
      busy.value = true;
      try {
        if (replaces) await devices.change("post", `/roles/${target}/replace`, { device: replaces, by, move });
        else await devices.change("post", `/roles/${target}/bind`, { device: by, move });
        desk.said(replaces ? DEVICE_TEXT.roles.replaced : DEVICE_TEXT.roles.bound);
        emit("done");
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    const empty = computed(() => (role.value ? WORDS.noDevice : WORDS.noRole));
    const what = computed(() => (role.value ? WORDS.devices : WORDS.rolesThatFit));
    const changes = computed(() => Boolean((props.task && props.task.replaces) || (choice.value && choice.value.taken)));
    return { chosen, problem, busy, choices, choice, title, empty, what, changes, confirm, roleName, words: WORDS, text: TEXT };
  },
  template: `
    <el-dialog :model-value="task !== null" width="620px" align-center class="bind-dialog" :close-on-click-modal="false" :before-close="() => $emit('done')">
      <template #header="{ titleId }"><h2 :id="titleId"><text-pair :of="title" /></h2></template>
      <form id="bind-form" novalidate @submit.prevent="confirm">
        <fieldset v-if="choices.length" class="plain-set"><legend class="field-label"><text-pair :of="what" /></legend>
          <label v-for="one in choices" :key="one.id" class="bind-choice" :class="{ chosen: chosen === one.id }" :data-choice="one.id">
            <input v-model="chosen" type="radio" name="bind-choice" :value="one.id" />
            <span class="choice-name"><kind-icon v-if="one.device" :kind="one.device.kind" /> <strong>{{ one.name }}</strong> <span class="soft">{{ one.more }}</span>
              <span v-for="held in one.lost" :key="held.role" class="choice-note"><text-pair :of="words.usedFor(roleName(held))" /></span>
              <span v-if="one.taken" class="choice-note"><text-pair :of="words.taken(one.taken.name)" /></span></span>
            <device-state-mark v-if="one.device" :state="one.device.state" />
          </label></fieldset>
        <p v-else class="empty-line"><text-pair :of="empty" /></p>
        <p v-if="choice && choice.lost.length" class="consequence"><text-pair :of="words.moves(choice.lost.map(roleName))" stack /></p>
        <problem-box :of="problem" />
      </form>
      <template #footer><el-button @click="$emit('done')"><text-pair :of="text.cancel" /></el-button>
        <el-button v-if="choices.length" class="confirm-bind" type="primary" native-type="submit" form="bind-form" :loading="busy"><text-pair :of="changes ? words.confirmChange : words.confirm" /></el-button></template>
    </el-dialog>`,
};
