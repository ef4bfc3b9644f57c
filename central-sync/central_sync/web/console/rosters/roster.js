/** A roster: its candidates with photos, and the import of more. */

import { useLoaded, useWork } from "../parts/loaded.js";
import { ROSTER_TEXT } from "../texts/banks.js";
import { TEXT } from "../texts/common.js";

const { computed, inject, ref, watch } = window.Vue;

const SIZE = 50;

const RosterImport = {
  props: { roster: { type: String, required: true } },
  emits: ["imported"],
  setup(props) {
    const desk = inject("desk");
    const file = ref(null);
    const photos = ref(null);
    const percent = ref(0);
    const job = ref("");
    const work = useWork();
    async function start() {
      work.problem.value = file.value ? null : ROSTER_TEXT.noFile;
      if (work.problem.value) return;
      percent.value = 0;
      await work.run(async () => {
        const body = new FormData();
        body.append("file", file.value);
        if (photos.value) body.append("photos", photos.value);
        job.value = (await desk.api.upload(`/rosters/${encodeURIComponent(props.roster)}/import`, body, (part) => { percent.value = Math.round(part * 100); })).job;
      });
    }
    const template = () => desk.download("/rosters/template.xlsx", "考生名册模板.xlsx");
    return { file, photos, percent, job, work, start, template, words: ROSTER_TEXT, text: TEXT };
  },
  template: `
    <section class="panel">
      <div class="panel-head"><p class="soft grow"><text-pair :of="words.importHint" stack /></p><el-button icon="Download" @click="template"><text-pair :of="words.template" /></el-button></div>
      <form novalidate @submit.prevent="start"><div class="fields two">
        <form-field id="roster-file" :label="words.file" must><file-pick id="roster-file" v-model="file" accept=".xlsx" :disabled="work.busy.value" /></form-field>
        <form-field id="roster-photos" :label="words.photoFile" :hint="words.photoHint"><file-pick id="roster-photos" v-model="photos" accept=".zip" :disabled="work.busy.value" /></form-field></div>
        <problem-box :of="work.problem.value" />
        <div class="form-foot"><el-button type="primary" native-type="submit" icon="Upload" :loading="work.busy.value"><text-pair :of="words.start" /></el-button>
          <span v-if="work.busy.value" class="soft"><text-pair :of="text.file.sending(percent)" /></span></div></form>
      <job-follower v-if="job" :job="job" @done="$emit('imported')" />
    </section>`,
};

export const RosterPage = {
  components: { RosterImport },
  setup() {
    const desk = inject("desk");
    const id = desk.route.id;
    const search = ref("");
    const page = ref(1);
    watch(search, () => { page.value = 1; });
    const loaded = useLoaded(() => {
      const query = new URLSearchParams({ page: page.value, size: SIZE });
      if (search.value) query.set("search", search.value);
      return desk.api.get(`/rosters/${encodeURIComponent(id)}?${query}`);
    }, () => [page.value, search.value]);
    const view = computed(() => loaded.value.value);
    const tab = computed(() => (desk.route.tab === "import" && desk.may("plan") ? "import" : "list"));
    async function remove(candidate) {
      try {
        await desk.api.delete(`/rosters/${encodeURIComponent(id)}/candidates/${candidate.entry}`);
        desk.said(ROSTER_TEXT.removed);
        loaded.again();
      } catch (error) {
        desk.failed(error);
      }
    }
    return { desk, loaded, view, search, page, tab, remove, size: SIZE, words: ROSTER_TEXT, text: TEXT };
  },
  template: `
    <main class="page">
      <page-head :title="words.one" :name="view ? view.roster.name : desk.route.id" :back="desk.hashOf('rosters')" />
      <problem-box :of="loaded.problem.value" />
      <template v-if="view">
        <dl class="facts"><div><dt>{{ words.number.zh }}</dt><dd><code>{{ view.roster.roster }}</code></dd></div><div><dt>{{ text.category.zh }}</dt><dd>{{ view.roster.category }}</dd></div>
          <div><dt>{{ words.candidates.zh }}</dt><dd class="kd-number">{{ view.roster.candidates }}</dd></div><div><dt>{{ words.photos.zh }}</dt><dd class="kd-number">{{ view.roster.photos }}</dd></div>
          <div><dt>{{ words.arranged.zh }}</dt><dd class="kd-number">{{ view.roster.arranged }}</dd></div></dl>
        <nav v-if="desk.may('plan')" class="tabs"><a v-for="name in ['list', 'import']" :key="name" :href="desk.hashOf('rosters', view.roster.roster, name)" :aria-current="tab === name ? 'page' : undefined"><text-pair :of="words.tabs[name]" /></a></nav>
        <roster-import v-if="tab === 'import'" :roster="view.roster.roster" @imported="loaded.again()" />
        <template v-else>
          <div class="filters"><el-input v-model.lazy="search" clearable prefix-icon="Search" maxlength="100" :placeholder="words.searchHint.zh" :aria-label="words.searchHint.zh" @clear="search = ''" /></div>
          <empty-note v-if="!view.candidates.length" :of="search ? words.noMatch : words.empty" icon="User" />
          <table v-else class="plain-table"><thead><tr><th><text-pair :of="words.photo" /></th><th><text-pair :of="words.name" /></th><th><text-pair :of="words.sex" /></th><th><text-pair :of="words.idNumber" /></th><th><text-pair :of="words.employer" /></th>
              <th><text-pair :of="words.mobile" /></th><th class="number"><text-pair :of="words.extra" /></th><th class="number"><text-pair :of="words.resit" /></th><th><text-pair :of="words.tickets" /></th><th><text-pair :of="words.remark" /></th><th></th></tr></thead>
            <tbody><tr v-for="person in view.candidates" :key="person.entry">
              <td><person-photo :photo="person.photo" :name="person.name" :size="32" /></td><td class="nowrap"><strong>{{ person.name }}</strong></td><td>{{ person.sex === "M" ? text.male.zh : text.female.zh }}</td>
              <td class="kd-number nowrap">{{ person.id_number }}</td><td>{{ person.employer }}</td><td class="kd-number">{{ person.mobile }}</td>
              <td class="number">{{ person.extra_minutes ? text.minutes(person.extra_minutes).zh : "" }}</td><td class="number">{{ person.resit || "" }}</td>
              <td class="kd-number"><span v-for="ticket in person.tickets" :key="ticket" class="sub">{{ ticket }} </span></td><td class="sub">{{ person.remark }}</td>
              <td class="end"><el-popconfirm v-if="desk.may('plan') && !person.tickets.length" :title="words.removeWhat(person.name).zh" width="240" @confirm="remove(person)">
                <template #reference><el-button size="small" icon="Delete" :aria-label="words.removeWhat(person.name).zh" /></template></el-popconfirm></td>
            </tr></tbody></table>
          <list-pages :page="page" :total="view.total" :size="size" @go="page = $event" />
        </template>
      </template>
    </main>`,
};
