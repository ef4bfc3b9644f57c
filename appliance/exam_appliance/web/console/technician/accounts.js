/** Staff accounts: list, add, change, disable, reset a password. */

import { asProblem } from "../../shared/api.js";
import { useLoaded } from "../parts/parts.js";
import { TEXT } from "../texts/common.js";
import { TECH_TEXT } from "../texts/technician.js";

const { computed, inject, reactive, ref, watch } = window.Vue;

const WORDS = TECH_TEXT.accounts;
const ROLES = ["invigilator", "lead", "technician"];

const TITLES = { add: WORDS.add, change: WORDS.change, reset: WORDS.resetTitle, disable: WORDS.disable, enable: WORDS.enable };

/** `task` is {kind: add|change|reset|disable|enable, account} or null. */
const AccountDialog = {
  props: { task: { type: Object, default: null } },
  emits: ["done", "saved"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const form = reactive({ username: "", name: "", roles: [], password: "" });
    const problem = ref(null);
    const busy = ref(false);
    watch(
      () => props.task,
      (task) => {
        problem.value = null;
        const account = (task && task.account) || { username: "", name: "", roles: ["invigilator"] };
        Object.assign(form, { username: account.username, name: account.name, roles: [...account.roles], password: "" });
      },
    );
    const kind = computed(() => (props.task ? props.task.kind : ""));
    function request() {
      const path = `/accounts/${encodeURIComponent(form.username)}`;
      const whole = { username: form.username.trim(), name: form.name.trim(), roles: form.roles, password: form.password };
      if (kind.value === "add") return desk.api.post("/accounts", whole);
      if (kind.value === "change") return desk.api.patch(path, { name: whole.name, roles: whole.roles });
      if (kind.value === "reset") return desk.api.patch(path, { password: form.password });
      return desk.api.patch(path, { active: kind.value === "enable" });
    }
    function missing() {
      if (["add", "change"].includes(kind.value) && (!form.name.trim() || !form.roles.length)) return WORDS.missing;
      return ["add", "reset"].includes(kind.value) && (!form.username.trim() || !form.password) ? TEXT.login.both : null;
    }
    async function save() {
      problem.value = missing();
      if (problem.value) return;
      busy.value = true;
      try {
        await request();
        desk.said(WORDS.saved);
        emit("saved");
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    const what = computed(() => {
      if (kind.value === "disable") return WORDS.disableWhat(form.name);
      if (kind.value === "enable") return WORDS.enableWhat(form.name);
      return kind.value === "reset" ? WORDS.resetWhat(form.name) : null;
    });
    return { form, problem, busy, kind, save, what, titles: TITLES, roles: ROLES, words: WORDS, text: TEXT };
  },
  template: `
    <el-dialog :model-value="task !== null" width="520px" align-center class="account-dialog" :close-on-click-modal="false" @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 :id="titleId" v-if="task"><text-pair :of="titles[kind]" /></h2></template>
      <form v-if="task" id="account-form" novalidate @submit.prevent="save">
        <p v-if="what" class="consequence"><text-pair :of="what" stack /></p>
        <template v-if="kind === 'add' || kind === 'change'">
          <div class="field"><label class="field-label" for="account-username"><text-pair :of="words.username" /></label>
            <el-input id="account-username" v-model="form.username" :disabled="kind === 'change'" maxlength="32" autocomplete="off" />
            <p v-if="kind === 'add'" class="hint"><text-pair :of="words.usernameRule" /></p></div>
          <div class="field"><label class="field-label" for="account-name"><text-pair :of="words.name" /></label>
            <el-input id="account-name" v-model="form.name" maxlength="60" autocomplete="off" /></div>
          <fieldset class="field plain-set"><legend class="field-label"><text-pair :of="words.roles" /></legend>
            <el-checkbox-group v-model="form.roles"><el-checkbox v-for="role in roles" :key="role" :value="role"><text-pair :of="text.roles[role]" /></el-checkbox></el-checkbox-group></fieldset>
        </template>
        <div v-if="kind === 'add' || kind === 'reset'" class="field"><label class="field-label" for="account-password"><text-pair :of="kind === 'add' ? words.password : words.newPassword" /></label>
          <el-input id="account-password" v-model="form.password" type="password" show-password maxlength="200" autocomplete="new-password" />
          <p class="hint"><text-pair :of="words.passwordRule" stack /></p></div>
        <problem-box :of="problem" />
      </form>
      <template #footer><el-button @click="$emit('done')"><text-pair :of="text.cancel" /></el-button>
        <el-button :type="kind === 'disable' ? 'danger' : 'primary'" native-type="submit" form="account-form" :loading="busy"><text-pair :of="['add', 'change'].includes(kind) ? words.save : titles[kind] || words.save" /></el-button></template>
    </el-dialog>`,
};

export const AccountsPage = {
  components: { AccountDialog },
  setup() {
    const desk = inject("desk");
    const task = ref(null);
    const loaded = useLoaded(async () => (await desk.api.get("/accounts")).accounts);
    const ask = (kind, account = null) => { task.value = { kind, account }; };
    const saved = () => { task.value = null; loaded.again(); };
    return { desk, task, loaded, ask, saved, words: WORDS, text: TEXT };
  },
  template: `
    <main class="page">
      <div class="page-head"><h1><text-pair :of="words.title" /></h1>
        <el-button type="primary" icon="Plus" @click="ask('add')"><text-pair :of="words.add" /></el-button></div>
      <problem-box :of="loaded.problem.value" />
      <table v-if="loaded.value.value" class="plain-table roomy">
        <thead><tr><th><text-pair :of="words.username" /></th><th><text-pair :of="words.name" /></th><th><text-pair :of="words.roles" /></th>
          <th><text-pair :of="words.origin" /></th><th><text-pair :of="words.active" /></th><th><text-pair :of="words.lastLogin" /></th><th></th></tr></thead>
        <tbody><tr v-for="account in loaded.value.value" :key="account.username" :data-account="account.username" :class="{ faded: !account.active }">
          <td><code>{{ account.username }}</code> <el-tag v-if="account.username === desk.me.value.staff.username" size="small">{{ words.you.zh }}</el-tag></td>
          <td>{{ account.name }}</td>
          <td><el-tag v-for="role in account.roles" :key="role" class="role-tag" type="info">{{ text.roles[role].zh }}</el-tag></td>
          <td>{{ account.origin === "centre" ? words.centre.zh : words.site.zh }}</td>
          <td><span class="verdict" :class="account.active ? 'pass' : 'fail'"><el-icon aria-hidden="true"><Select v-if="account.active" /><CloseBold v-else /></el-icon>
            {{ account.active ? words.active.zh : words.disabled.zh }}</span> <el-tag v-if="account.must_change_password" type="warning" size="small">{{ words.mustChange.zh }}</el-tag></td>
          <td class="kd-number">{{ account.last_login ? desk.dateTime(account.last_login) : words.never.zh }}</td>
          <td class="end nowrap"><span v-if="account.origin === 'centre'" class="soft">{{ words.fromCentre.zh }}</span>
            <template v-else><el-button size="small" class="change" @click="ask('change', account)"><text-pair :of="words.change" /></el-button>
              <el-button size="small" class="reset" @click="ask('reset', account)"><text-pair :of="words.reset" /></el-button>
              <el-button v-if="account.username !== desk.me.value.staff.username" size="small" class="toggle" :type="account.active ? 'danger' : ''" plain
                @click="ask(account.active ? 'disable' : 'enable', account)"><text-pair :of="account.active ? words.disable : words.enable" /></el-button></template></td>
        </tr></tbody>
      </table>
      <account-dialog :task="task" @done="task = null" @saved="saved" />
    </main>`,
};
