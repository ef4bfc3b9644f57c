/** The key of a session: released to the site's servers, or read over the phone as words. */

import { useLoaded, useWork } from "../parts/loaded.js";
import { RELEASE_STATE, SERVER_STATE } from "../states.js";
import { TEXT } from "../texts/common.js";
import { RELEASE_TEXT } from "../texts/sessions.js";

const { computed, inject, ref } = window.Vue;

const CodeDialog = {
  props: { code: { type: Object, default: null }, title: { type: String, required: true } },
  emits: ["done"],
  setup: () => ({ words: RELEASE_TEXT, text: TEXT }),
  template: `
    <el-dialog :model-value="code !== null" width="900px" align-center :close-on-click-modal="false" @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 :id="titleId"><text-pair :of="words.codeTitle" /> · {{ title }}</h2></template>
      <template v-if="code"><p class="consequence"><text-pair :of="words.codeRead" stack /></p>
        <ol class="code-words"><li v-for="(word, index) in code.words" :key="index"><small>{{ index + 1 }}</small><b>{{ word.pinyin }}</b><span>{{ word.character }}</span></li></ol>
        <p class="soft">{{ words.package.zh }} <code>{{ code.package }}</code></p></template>
      <template #footer><el-button type="primary" @click="$emit('done')"><text-pair :of="text.close" /></el-button></template>
    </el-dialog>`,
};

export const ReleasePanel = {
  components: { CodeDialog },
  props: { session: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    const path = `/sessions/${encodeURIComponent(props.session.session)}`;
    // The window opens and closes by the clock alone: look again every minute.
    const minute = computed(() => Math.floor(desk.time.now / 60000));
    const loaded = useLoaded(() => desk.api.get(`${path}/release`), () => [desk.changed.sessions, desk.changed.appliances, minute.value, props.session.state]);
    const view = computed(() => loaded.value.value);
    const work = useWork();
    const code = ref(null);
    const asking = ref(null);
    const releaseIt = () => work.run(async () => {
      loaded.value.value = await desk.api.post(`${path}/release`);
      desk.said(RELEASE_TEXT.released);
    });
    const askCode = () => {
      asking.value = async (reason) => {
        code.value = await desk.api.post(`${path}/release-code`, { reason });
        loaded.again();
      };
    };
    return { desk, loaded, view, work, code, asking, releaseIt, askCode, states: RELEASE_STATE, servers: SERVER_STATE, words: RELEASE_TEXT, text: TEXT };
  },
  template: `
    <problem-box :of="loaded.problem.value" />
    <template v-if="view">
      <section class="panel release"><div class="panel-head"><h2><text-pair :of="words.title" /> <state-mark :of="states[view.state]" /></h2>
          <span class="soft kd-number">{{ words.from.zh }} {{ desk.longMoment(view.unlock_from, session.time_zone) }} · {{ words.until.zh }} {{ desk.longMoment(view.closes_at, session.time_zone) }}</span></div>
        <p v-if="view.zh" :class="view.may_release ? 'soft' : 'why-not'">{{ view.zh }} <span class="kd-en">{{ view.en }}</span></p>
        <p v-if="!desk.may('release')" class="soft"><text-pair :of="words.needsRole" /></p>
        <div v-else class="columns">
          <div class="release-way"><h3><text-pair :of="words.online" /></h3><p class="soft"><text-pair :of="words.onlineWhat" stack /></p>
            <el-popconfirm :title="words.onlineSure(session.title).zh" width="320" @confirm="releaseIt"><template #reference><el-button type="primary" icon="Unlock" class="release-online" :disabled="!view.may_release" :loading="work.busy.value"><text-pair :of="words.online" /></el-button></template></el-popconfirm></div>
          <div class="release-way"><h3><text-pair :of="words.code" /></h3><p class="soft"><text-pair :of="words.codeWhat" stack /></p>
            <el-button icon="Phone" class="release-code" :disabled="!view.may_release" @click="askCode"><text-pair :of="words.getCode" /></el-button></div></div>
        <problem-box :of="work.problem.value" /></section>
      <section class="panel"><h2><text-pair :of="words.servers" /></h2>
        <p v-if="!view.servers.length" class="soft"><text-pair :of="words.noServers" /></p>
        <table v-else class="plain-table"><tbody><tr v-for="server in view.servers" :key="server.appliance"><td><code :title="server.appliance">{{ server.appliance.slice(0, 8) }}</code></td><td><state-mark :of="servers[server.state]" /></td>
          <td><span class="state-mark" :class="server.has_document ? 'tone-good' : 'tone-plain'"><el-icon aria-hidden="true"><Key v-if="server.has_document" /><Lock v-else /></el-icon><text-pair :of="server.has_document ? words.hasKey : words.noKey" /></span></td>
          <td class="soft kd-number">{{ desk.shortMoment(server.last_contact) }}</td></tr></tbody></table></section>
      <section class="panel"><h2><text-pair :of="words.events" /></h2>
        <p v-if="!view.events.length" class="soft"><text-pair :of="words.noEvents" /></p>
        <table v-else class="plain-table"><thead><tr><th><text-pair :of="text.at" /></th><th><text-pair :of="text.by" /></th><th><text-pair :of="words.way" /></th><th><text-pair :of="words.package" /></th><th class="number"><text-pair :of="words.forServers" /></th><th><text-pair :of="text.reason" /></th></tr></thead>
          <tbody><tr v-for="(event, index) in view.events" :key="index"><td class="nowrap kd-number">{{ desk.longMoment(event.at) }}</td><td>{{ event.by }}</td><td><text-pair :of="words.ways[event.way]" /></td><td><code>{{ event.package }}</code></td><td class="number">{{ event.servers || "—" }}</td><td>{{ event.reason }}</td></tr></tbody></table></section>
    </template>
    <reason-dialog :act="asking" :title="words.getCode" :what="words.codeWhat" :quick="words.codeQuick" @done="asking = null" />
    <code-dialog :code="code" :title="session.title" @done="code = null" />`,
};
