/** The items of a bank, with pictures, clips and keys. */

import { useLoaded } from "../parts/loaded.js";
import { ITEM_TYPE } from "../states.js";
import { BANK_TEXT } from "../texts/banks.js";
import { TEXT } from "../texts/common.js";

const { computed, inject, reactive, ref, watch } = window.Vue;

const SIZE = 20;

const MediaList = {
  props: { bank: { type: String, required: true }, media: { type: Array, required: true } },
  setup: (props) => ({ url: (each) => `/api/central/banks/${encodeURIComponent(props.bank)}/media/${each.sha256}` }),
  template: `
    <span v-if="media.length" class="item-media"><template v-for="each in media" :key="each.name">
      <img v-if="each.type.startsWith('image/')" :src="url(each)" :alt="each.alt" :title="each.name" loading="lazy" />
      <audio v-else-if="each.type.startsWith('audio/')" controls preload="none" :src="url(each)" :aria-label="each.alt || each.name"></audio>
      <video v-else controls preload="none" :src="url(each)" :aria-label="each.alt || each.name"></video></template></span>`,
};

export const BankItems = {
  components: { MediaList },
  props: { bank: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    const filter = reactive({ type: "", topic: "", search: "" });
    const page = ref(1);
    const topics = computed(() => [...new Set(props.bank.counts.map(({ topic }) => topic))]);
    watch(filter, () => { page.value = 1; });
    const loaded = useLoaded(() => {
      const query = new URLSearchParams({ page: page.value, size: SIZE });
      for (const [name, value] of Object.entries(filter)) if (value) query.set(name, value);
      return desk.api.get(`/banks/${encodeURIComponent(props.bank.bank)}/items?${query}`);
    }, () => [page.value, filter.type, filter.topic, filter.search, props.bank.version]);
    return { desk, filter, page, topics, loaded, size: SIZE, names: ITEM_TYPE, words: BANK_TEXT, text: TEXT };
  },
  template: `
    <div class="filters">
      <el-input v-model.lazy="filter.search" clearable prefix-icon="Search" maxlength="100" :placeholder="words.searchItems.zh" :aria-label="words.searchItems.zh" @clear="filter.search = ''" />
      <el-select v-model="filter.type" clearable :placeholder="words.type.zh + '：' + text.all.zh" :aria-label="words.type.zh" @clear="filter.type = ''"><el-option v-for="(name, key) in names" :key="key" :value="key" :label="name.zh" /></el-select>
      <el-select v-model="filter.topic" clearable filterable :placeholder="words.topic.zh + '：' + text.all.zh" :aria-label="words.topic.zh" @clear="filter.topic = ''"><el-option v-for="topic in topics" :key="topic" :value="topic" :label="topic" /></el-select>
    </div>
    <problem-box :of="loaded.problem.value" />
    <template v-if="loaded.value.value">
      <empty-note v-if="!loaded.value.value.items.length" :of="words.noItems" icon="Search" />
      <article v-for="item in loaded.value.value.items" :key="item.id" class="item" :data-item="item.id">
        <header><code>{{ item.id }}</code><span class="state-mark" :class="'tone-' + names[item.type].tone">{{ names[item.type].zh }}</span><span class="soft">{{ item.topic }}</span>
          <span class="item-key">{{ words.key.zh }} <strong>{{ item.type === "true_false" ? item.choices[item.key[0] === "A" ? 0 : 1].text : item.key.join("") }}</strong></span></header>
        <p class="item-stem">{{ item.stem }}</p><media-list :bank="bank.bank" :media="item.media" />
        <ol class="item-choices"><li v-for="choice in item.choices" :key="choice.id" :class="{ right: item.key.includes(choice.id) }"><b>{{ choice.id }}</b> <span>{{ choice.text }}</span>
          <media-list :bank="bank.bank" :media="choice.media" /><el-icon v-if="item.key.includes(choice.id)" aria-hidden="true"><Select /></el-icon></li></ol>
        <p v-if="item.explanation" class="soft item-why">{{ words.explanation.zh }}：{{ item.explanation }}</p>
      </article>
      <list-pages :page="page" :total="loaded.value.value.total" :size="size" @go="page = $event" />
    </template>`,
};
