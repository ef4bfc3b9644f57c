/** Staff accounts of the centre: list, add, change, disable, reset a password. */

import { useLoaded, useWork } from "../parts/loaded.js";
import { ACCOUNT_TEXT } from "../texts/accounts.js";
import { TEXT } from "../texts/common.js";

const { inject, reactive, ref, watch } = window.Vue;

const ROLES = ["planner", "releaser", "viewer", "admin"];

/** `task` is {kind: add|change|reset, account} or null. */
const AccountDialog = {
  props: { task: { type: Object, default: null } },
  emits: ["done", "saved"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const form = reactive({ username: "", name: "", roles: [], password: "" });
    const work = useWork();
    watch(
      () => props.task,
      (task) => {
        work.problem.value = null;
        const account = (task && task.account) || { username: "", name: "", roles: ["planner"] };
        Object.assign(form, { username: account.username, name: account.name, roles: [...account.roles], password: "" });
      },
    );
    function send() {
      const kind = props.task.kind;
      const whole = { username: form.username.trim(), name: form.name.trim(), roles: form.roles, password: form.password };
      if (kind === "add") return desk.api.post("/accounts", whole);
      const change = kind === "reset" ? { password: form.password } : { name: whole.name, roles: whole.roles };
      return desk.api.patch(`/accounts/${encodeURIComponent(form.username)}`, change);
    }
    async function save() {
      const kind = props.task.kind;
      const filled = form.username.trim() && form.name.trim() && form.roles.length && (kind === "change" || form.password);
      work.problem.value = filled ? null : ACCOUNT_TEXT.missing;
      if (!filled) return;
      if (await work.run(send)) {
        desk.said(TEXT.saved);
        emit("saved");
      }
    }
    return { form, work, save, roles: ROLES, titles: { add: ACCOUNT_TEXT.add, change: TEXT.change, reset: ACCOUNT_TEXT.reset }, words: ACCOUNT_TEXT, text: TEXT };
  },
  template: `
    <el-dialog :model-value="task !== null" width="540px" align-center :close-on-click-modal="false" @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 v-if="task" :id="titleId"><text-pair :of="titles[task.kind]" /></h2></template>
      <form v-if="task" id="account-form" novalidate @submit.prevent="save">
        <p v-if="task.kind === 'reset'" class="consequence"><text-pair :of="words.resetWhat(form.name)" stack /></p>
        <form-field id="account-username" :label="words.username" :hint="task.kind === 'add' ? words.usernameRule : null" must>
          <el-input id="account-username" v-model="form.username" :disabled="task.kind !== 'add'" maxlength="64" autocomplete="off" /></form-field>
        <template v-if="task.kind !== 'reset'">
          <form-field id="account-name" :label="words.name" must><el-input id="account-name" v-model="form.name" maxlength="60" autocomplete="off" /></form-field>
          <form-field :label="words.roles" must><el-checkbox-group v-model="form.roles" class="stacked"><el-checkbox v-for="role in roles" :key="role" :value="role">
            <strong>{{ text.roles[role].zh }}</strong> <span class="soft">{{ words.duties[role].zh }}</span></el-checkbox></el-checkbox-group></form-field>
        </template>
        <form-field v-if="task.kind !== 'change'" id="account-password" :label="words.password" :hint="words.passwordHint" must>
          <el-input id="account-password" v-model="form.password" type="password" show-password maxlength="200" autocomplete="new-password" /></form-field>
        <problem-box :of="work.problem.value" />
      </form>
      <template #footer><el-button @click="$emit('done')"><text-pair :of="text.cancel" /></el-button>
        <el-button type="primary" native-type="submit" form="account-form" :loading="work.busy.value"><text-pair :of="text.save" /></el-button></template>
    </el-dialog>`,
};

export const AccountsPage = {
  components: { AccountDialog },
  setup() {
    const desk = inject("desk");
    const loaded = useLoaded(() => desk.api.get("/accounts"));
    const task = ref(null);
    function saved() {
      task.value = null;
      loaded.again();
    }
    async function toggle(account) {
      try {
        await desk.api.patch(`/accounts/${encodeURIComponent(account.username)}`, { active: !account.active });
        saved();
      } catch (error) {
        desk.failed(error);
      }
    }
    return { desk, loaded, task, saved, toggle, words: ACCOUNT_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.title"><el-button type="primary" icon="Plus" @click="task = { kind: 'add', account: null }"><text-pair :of="words.add" /></el-button></page-head>
      <problem-box :of="loaded.problem.value" />
      <table v-if="loaded.value.value" class="plain-table roomy">
        <thead><tr><th><text-pair :of="words.username" /></th><th><text-pair :of="words.name" /></th><th><text-pair :of="words.roles" /></th><th><text-pair :of="text.state" /></th><th><text-pair :of="words.lastLogin" /></th><th></th></tr></thead>
        <tbody><tr v-for="account in loaded.value.value.accounts" :key="account.username" :data-account="account.username" :class="{ faded: !account.active }">
          <td><code>{{ account.username }}</code> <el-tag v-if="account.username === desk.me.value.staff.username" size="small">{{ words.you.zh }}</el-tag></td><td>{{ account.name }}</td>
          <td><el-tag v-for="role in account.roles" :key="role" class="role-tag" type="info">{{ text.roles[role].zh }}</el-tag></td>
          <td class="nowrap">{{ account.active ? words.active.zh : words.disabled.zh }} <el-tag v-if="account.must_change_password" type="warning" size="small">{{ words.mustChange.zh }}</el-tag></td>
          <td class="nowrap kd-number">{{ account.last_login ? desk.shortMoment(account.last_login) : words.never.zh }}</td>
          <td class="end nowrap"><el-button size="small" @click="task = { kind: 'change', account }"><text-pair :of="text.change" /></el-button>
            <el-button size="small" @click="task = { kind: 'reset', account }"><text-pair :of="words.reset" /></el-button>
            <el-button v-if="account.username !== desk.me.value.staff.username" size="small" :type="account.active ? 'danger' : ''" plain @click="toggle(account)"><text-pair :of="account.active ? words.disable : words.enable" /></el-button></td>
        </tr></tbody>
      </table>
      <account-dialog :task="task" @done="task = null" @saved="saved" />
    </main>`,
};
