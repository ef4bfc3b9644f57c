/** Changes of the arrangement, newest first, each with its undo while that is possible. */

import { useLoaded } from "../parts/loaded.js";
import { CHANGE_TEXT } from "../texts/arrangement.js";
import { TEXT } from "../texts/common.js";

const { inject, ref } = window.Vue;

export const ChangeTable = {
  props: { session: { type: String, default: "" } },
  setup(props) {
    const desk = inject("desk");
    const page = ref(1);
    const loaded = useLoaded(() => {
      const query = new URLSearchParams({ page: page.value });
      if (props.session) query.set("session", props.session);
      return desk.api.get(`/arrangements/changes?${query}`);
    }, () => [page.value, desk.changed.sessions]);
    async function undo(change) {
      try {
        await desk.api.post(`/arrangements/changes/${change.change}/undo`);
        desk.said(CHANGE_TEXT.undone);
        loaded.again();
      } catch (error) {
        desk.failed(error);
      }
    }
    return { desk, page, loaded, undo, words: CHANGE_TEXT, text: TEXT };
  },
  template: `
    <problem-box :of="loaded.problem.value" />
    <template v-if="loaded.value.value">
      <empty-note v-if="!loaded.value.value.changes.length" :of="words.none" icon="RefreshLeft" />
      <template v-else><table class="plain-table roomy">
        <thead><tr><th><text-pair :of="text.at" /></th><th><text-pair :of="text.by" /></th><th><text-pair :of="words.kind" /></th><th><text-pair :of="words.what" /></th><th><text-pair :of="text.reason" /></th><th v-if="!session"><text-pair :of="words.sessions" /></th><th></th></tr></thead>
        <tbody><tr v-for="change in loaded.value.value.changes" :key="change.change" :class="{ faded: change.undone }" :data-change="change.change">
          <td class="nowrap kd-number">{{ desk.shortMoment(change.at) }}</td><td>{{ change.by }}</td><td class="nowrap"><text-pair :of="words.kinds[change.kind]" /></td>
          <td>{{ change.zh }}<div class="kd-en line">{{ change.en }}</div></td><td>{{ change.reason }}</td>
          <td v-if="!session"><a v-for="each in change.sessions" :key="each" class="session-link" :href="desk.hashOf('sessions', each)">{{ each }}</a></td>
          <td class="end nowrap"><span v-if="change.undone" class="soft">{{ words.undone.zh }}</span>
            <el-popconfirm v-else-if="change.undoable && desk.may('plan')" :title="words.undoWhat.zh" width="220" @confirm="undo(change)"><template #reference><el-button size="small" icon="RefreshLeft"><text-pair :of="words.undo" /></el-button></template></el-popconfirm></td>
        </tr></tbody></table>
        <list-pages :page="page" :total="loaded.value.value.total" @go="page = $event" /></template>
    </template>`,
};

export const ChangesPage = {
  components: { ChangeTable },
  setup: () => ({ words: CHANGE_TEXT }),
  template: `<main class="page"><page-head :title="words.title" /><change-table /></main>`,
};
