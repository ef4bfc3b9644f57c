/** The package of a session: build it, follow the build, what is in it. */

import { grouped } from "../../shared/format.js";
import { useLoaded, useWork } from "../parts/loaded.js";
import { bytes } from "../quantities.js";
import { PACKAGE_STATE } from "../states.js";
import { PACKAGE_TEXT } from "../texts/sessions.js";

const { computed, inject, ref } = window.Vue;

export const PackagePanel = {
  props: { session: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    const path = `/sessions/${encodeURIComponent(props.session.session)}/package`;
    const loaded = useLoaded(() => desk.api.get(path), () => [desk.changed.sessions, props.session.state]);
    const view = computed(() => loaded.value.value);
    const started = ref("");
    const job = computed(() => (view.value && view.value.job) || started.value);
    const work = useWork();
    const build = () => work.run(async () => {
      started.value = (await desk.api.post(path)).job;
      await loaded.again();
    });
    const mayBuild = computed(() => desk.may("plan") && ["arranged", "packaged"].includes(props.session.state));
    return { desk, loaded, view, job, work, build, mayBuild, bytes, grouped, states: PACKAGE_STATE, words: PACKAGE_TEXT };
  },
  template: `
    <problem-box :of="loaded.problem.value" />
    <section v-if="view" class="panel package">
      <div class="panel-head"><h2><text-pair :of="words.title" /> <state-mark :of="states[view.state]" /></h2>
        <el-button v-if="mayBuild" :type="view.package && !view.outdated ? '' : 'primary'" icon="Box" :loading="work.busy.value || view.state === 'building'" @click="build"><text-pair :of="view.package ? words.rebuild : words.build" /></el-button></div>
      <el-alert v-if="view.outdated" type="warning" :closable="false" show-icon><template #title><text-pair :of="words.outdated" stack /></template></el-alert>
      <el-alert v-else-if="view.newer_items" type="info" :closable="false" show-icon><template #title><text-pair :of="words.newerItems" stack /></template></el-alert>
      <p v-if="!view.package && view.state === 'none'" class="soft"><text-pair :of="words.none" stack /></p>
      <dl v-if="view.package" class="facts"><div><dt>{{ words.number.zh }}</dt><dd><code>{{ view.package }}</code></dd></div><div><dt>{{ words.items.zh }}</dt><dd class="kd-number">{{ grouped(view.items) }}</dd></div>
        <div><dt>{{ words.media.zh }}</dt><dd class="kd-number">{{ grouped(view.media) }}</dd></div><div><dt>{{ words.candidates.zh }}</dt><dd class="kd-number">{{ grouped(view.candidates) }}</dd></div>
        <div><dt>{{ words.photos.zh }}</dt><dd class="kd-number">{{ grouped(view.photos) }}</dd></div><div><dt>{{ words.size.zh }}</dt><dd class="kd-number">{{ bytes(view.size) }}</dd></div>
        <div><dt>{{ words.builtAt.zh }}</dt><dd class="kd-number">{{ desk.longMoment(view.built_at) }} {{ view.by }}</dd></div><div><dt>{{ words.sha.zh }}</dt><dd class="break"><code>{{ view.sha256 }}</code></dd></div></dl>
      <problem-box :of="work.problem.value" />
      <job-follower v-if="job" :job="job" @done="loaded.again()" />
    </section>`,
};
