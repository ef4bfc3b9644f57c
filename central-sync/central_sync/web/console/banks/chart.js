/** How many items of each type every topic holds, as bars. */

import { ITEM_TYPE } from "../states.js";
import { BANK_TEXT } from "../texts/banks.js";

const { computed } = window.Vue;

const TYPES = Object.keys(ITEM_TYPE);

export const TopicChart = {
  props: { counts: { type: Array, required: true } },
  setup(props) {
    const topics = computed(() => {
      const found = new Map();
      for (const { topic, type, items } of props.counts) {
        const row = found.get(topic) || { topic, total: 0, of: {} };
        row.of[type] = items;
        row.total += items;
        found.set(topic, row);
      }
      return [...found.values()];
    });
    const longest = computed(() => Math.max(1, ...topics.value.map(({ total }) => total)));
    const ofType = computed(() => Object.fromEntries(TYPES.map((type) => [type, topics.value.reduce((sum, row) => sum + (row.of[type] || 0), 0)])));
    const parts = (row) => TYPES.map((type) => ({ key: type, count: row.of[type] || 0, tone: ITEM_TYPE[type].tone, label: ITEM_TYPE[type].zh }));
    return { topics, longest, ofType, parts, types: TYPES, names: ITEM_TYPE, words: BANK_TEXT };
  },
  template: `
    <div class="topic-chart">
      <ul class="parts-legend"><li v-for="type in types" :key="type"><span class="dot" :class="'tone-' + names[type].tone"></span>{{ names[type].zh }} <strong class="kd-number">{{ ofType[type] }}</strong></li></ul>
      <table><tbody><tr v-for="row in topics" :key="row.topic"><th scope="row">{{ row.topic }}</th>
        <td><div :style="{ width: (100 * row.total) / longest + '%' }"><parts-bar :parts="parts(row)" :total="row.total" /></div></td>
        <td class="kd-number">{{ row.total }}</td></tr></tbody></table>
    </div>`,
};
