/** Log-in of the centre's staff, and the change of one's own password. */

import { asProblem } from "../shared/api.js";
import { TEXT } from "./texts/common.js";

const { inject, nextTick, onMounted, reactive, ref } = window.Vue;

export const LoginPage = {
  setup() {
    const desk = inject("desk");
    const form = reactive({ username: "", password: "" });
    const problem = ref(null);
    const busy = ref(false);
    const first = ref(null);
    onMounted(() => nextTick(() => first.value && first.value.focus()));
    async function enter() {
      const username = form.username.trim();
      problem.value = username && form.password ? null : TEXT.login.both;
      if (problem.value) return;
      busy.value = true;
      try {
        await desk.login(username, form.password);
      } catch (error) {
        problem.value = asProblem(error);
        form.password = "";
      } finally {
        busy.value = false;
      }
    }
    return { desk, form, problem, busy, enter, first, text: TEXT };
  },
  template: `
    <main class="gate">
      <form class="gate-card" novalidate @submit.prevent="enter">
        <div class="gate-head">
          <img src="/static/console/mark.svg" alt="" width="48" height="48" />
          <div>
            <div class="gate-product"><text-pair :of="text.product" /></div>
            <h1><text-pair :of="text.login.title" /></h1>
          </div>
        </div>
        <el-alert v-if="desk.expired.value" type="warning" :closable="false" show-icon>
          <template #title><text-pair :of="text.login.expired" stack /></template>
        </el-alert>
        <form-field id="username" :label="text.login.username">
          <el-input id="username" ref="first" v-model="form.username" size="large" autocomplete="username" maxlength="64" />
        </form-field>
        <form-field id="password" :label="text.login.password">
          <el-input id="password" v-model="form.password" size="large" type="password" show-password
            autocomplete="current-password" maxlength="200" />
        </form-field>
        <problem-box :of="problem" />
        <el-button type="primary" size="large" native-type="submit" class="wide" :loading="busy"><text-pair :of="text.login.enter" /></el-button>
        <p class="hint"><text-pair :of="text.login.note" stack /></p>
      </form>
    </main>`,
};

export const PasswordPage = {
  props: { forced: Boolean },
  setup(props) {
    const desk = inject("desk");
    const form = reactive({ old: "", fresh: "", again: "" });
    const problem = ref(null);
    const busy = ref(false);
    function wrong() {
      if (!form.old || !form.fresh) return TEXT.password.both;
      if (form.fresh !== form.again) return TEXT.password.differ;
      return form.fresh === form.old ? TEXT.password.same : null;
    }
    async function save() {
      problem.value = wrong();
      if (problem.value) return;
      busy.value = true;
      try {
        await desk.changePassword(form.old, form.fresh);
        desk.said(TEXT.password.changed);
        if (!props.forced) desk.go("overview");
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    return { desk, form, problem, busy, save, text: TEXT };
  },
  template: `
    <main class="gate">
      <form class="gate-card" novalidate @submit.prevent="save">
        <h1><text-pair :of="text.password.title" /></h1>
        <p class="soft">{{ desk.me.value.staff.name }} <code>{{ desk.me.value.staff.username }}</code></p>
        <el-alert v-if="forced" type="info" :closable="false" show-icon>
          <template #title><text-pair :of="text.password.forced" stack /></template>
        </el-alert>
        <input type="text" class="kd-unseen" autocomplete="username" tabindex="-1" aria-hidden="true"
          :value="desk.me.value.staff.username" readonly />
        <form-field id="old-password" :label="text.password.old">
          <el-input id="old-password" v-model="form.old" type="password" show-password autocomplete="current-password" maxlength="200" />
        </form-field>
        <form-field id="new-password" :label="text.password.fresh" :hint="text.password.rule">
          <el-input id="new-password" v-model="form.fresh" type="password" show-password autocomplete="new-password" maxlength="200" />
        </form-field>
        <form-field id="new-password-again" :label="text.password.again">
          <el-input id="new-password-again" v-model="form.again" type="password" show-password autocomplete="new-password" maxlength="200" />
        </form-field>
        <problem-box :of="problem" />
        <el-button type="primary" size="large" native-type="submit" class="wide" :loading="busy"><text-pair :of="text.password.save" /></el-button>
        <el-button v-if="forced" class="wide" @click="desk.logout()"><text-pair :of="text.user.logout" /></el-button>
        <el-button v-else class="wide" @click="desk.go('overview')"><text-pair :of="text.cancel" /></el-button>
      </form>
    </main>`,
};
