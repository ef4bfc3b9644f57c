/** Scores: the list, the totals, how the points spread, and a sheet to print. */

import { useLoaded } from "../parts/parts.js";
import { SESSION_TEXT } from "../texts/session.js";

const { computed, inject, ref } = window.Vue;

const WORDS = SESSION_TEXT.scores;
const BINS = 10;
const CHART = { width: 420, height: 120, floor: 96 };

/** Returns [{from, to, n}] over 0..points; the last bin takes the full mark too. */
export function binned(rows, points) {
  const width = Math.max(1, Math.ceil(points / BINS));
  const bins = [];
  for (let from = 0; from < points; from += width) {
    bins.push({ from, to: Math.min(points, from + width - 1), n: 0 });
  }
  bins[bins.length - 1].to = points;
  for (const row of rows) bins[Math.min(bins.length - 1, Math.floor(row.points / width))].n += 1;
  return bins;
}

const PointsChart = {
  props: { rows: { type: Array, required: true }, session: { type: Object, required: true } },
  setup(props) {
    const bars = computed(() => {
      const bins = binned(props.rows, props.session.points);
      const top = Math.max(1, ...bins.map((bin) => bin.n));
      const step = CHART.width / bins.length;
      return bins.map((bin, index) => {
        const height = (bin.n / top) * (CHART.floor - 32);
        return {
          ...bin, x: index * step + 3, width: step - 6, height, y: CHART.floor - height, middle: index * step + step / 2,
          passed: bin.from >= props.session.pass_points, says: WORDS.bin(bin.from, bin.to, bin.n).zh,
        };
      });
    });
    const passX = computed(() => (props.session.pass_points / props.session.points) * CHART.width);
    return { bars, passX, chart: CHART, words: WORDS };
  },
  template: `
    <figure class="points-chart">
      <figcaption><text-pair :of="words.spread" /></figcaption>
      <svg :viewBox="'0 0 ' + chart.width + ' ' + chart.height" role="img" :aria-label="bars.map((bar) => bar.says).join('；')">
        <g v-for="bar in bars" :key="bar.from">
          <title>{{ bar.says }}</title>
          <rect :x="bar.x" :y="bar.y" :width="bar.width" :height="bar.height" :class="bar.passed ? 'pass' : 'fail'" />
          <text v-if="bar.n" :x="bar.middle" :y="bar.y - 3" text-anchor="middle">{{ bar.n }}</text>
          <text :x="bar.middle" :y="chart.floor + 14" text-anchor="middle" class="axis">{{ bar.from }}</text>
        </g>
        <line x1="0" :x2="chart.width" :y1="chart.floor" :y2="chart.floor" class="floor" />
        <line :x1="passX" :x2="passX" y1="4" :y2="chart.floor" class="pass-line" />
        <text :x="passX - 4" y="12" text-anchor="end" class="axis">{{ words.line(session.pass_points).zh }}</text>
      </svg>
    </figure>`,
};

export const ScoresTab = {
  components: { PointsChart },
  setup() {
    const desk = inject("desk");
    const feed = inject("feed");
    const order = ref({ by: "seat", up: true });
    const loaded = useLoaded(
      () => feed.get("scores"),
      () => [feed.counts.value.scored, feed.counts.value.absent, feed.counts.value.voided].join(),
    );
    const scored = computed(() => (loaded.value.value ? loaded.value.value.rows.filter((row) => row.points !== null) : []));
    const rows = computed(() => {
      const { by, up } = order.value;
      const sign = up ? 1 : -1;
      return [...(loaded.value.value ? loaded.value.value.rows : [])].sort((a, b) => {
        if (by === "points") return sign * ((a.points === null ? -1 : a.points) - (b.points === null ? -1 : b.points));
        if (by === "name") return sign * a.name.localeCompare(b.name, "zh");
        return sign * (a.room.localeCompare(b.room, "zh") || a.seat - b.seat);
      });
    });
    const numbers = computed(() => {
      const { present, absent, passed } = loaded.value.value;
      const n = scored.value.length;
      const sum = scored.value.reduce((total, row) => total + row.points, 0);
      return [
        { of: WORDS.present, n: present }, { of: WORDS.absent, n: absent }, { of: WORDS.passed, n: passed },
        { of: WORDS.rate, n: n ? `${((100 * passed) / n).toFixed(1)}%` : "–" },
        { of: WORDS.mean, n: n ? (sum / n).toFixed(1) : "–" },
        { of: WORDS.best, n: n ? Math.max(...scored.value.map((row) => row.points)) : "–" },
      ];
    });
    const sortBy = (by) => {
      order.value = { by, up: order.value.by === by ? !order.value.up : by !== "points" };
    };
    return {
      desk, feed, loaded, rows, scored, numbers, order, sortBy, print: () => window.print(),
      now: computed(() => desk.time.tick && desk.dateTime(Date.now() + desk.time.serverOffsetMs)),
      sortMark: (by) => (order.value.by === by ? (order.value.up ? "ascending" : "descending") : "none"),
      words: WORDS, columns: SESSION_TEXT.columns,
    };
  },
  template: `
    <div class="tab-page scores">
      <problem-box :of="loaded.problem.value" />
      <div class="print-head"><h1>{{ words.sheet.zh }}</h1><p>{{ feed.session.value.title }} · {{ desk.dateTime(feed.session.value.starts_at) }} · {{ desk.me.value.site }}</p></div>
      <template v-if="loaded.value.value">
        <div class="score-top">
          <dl class="score-numbers"><div v-for="(number, index) in numbers" :key="index">
            <dt><text-pair :of="number.of" stack /></dt><dd class="kd-number">{{ number.n }}</dd></div></dl>
          <points-chart v-if="scored.length" :rows="scored" :session="feed.session.value" />
          <el-button icon="Printer" class="print-button" @click="print"><text-pair :of="words.print" /></el-button>
        </div>
        <p v-if="!scored.length" class="empty-line"><text-pair :of="words.none" /></p>
        <table class="plain-table">
          <thead><tr>
            <th><text-pair :of="columns.room" /></th>
            <th :aria-sort="sortMark('seat')"><button type="button" class="sort" @click="sortBy('seat')"><text-pair :of="columns.seat" /></button></th>
            <th :aria-sort="sortMark('name')"><button type="button" class="sort" @click="sortBy('name')"><text-pair :of="columns.name" /></button></th>
            <th><text-pair :of="columns.ticket" /></th><th><text-pair :of="columns.id" /></th><th><text-pair :of="columns.state" /></th>
            <th :aria-sort="sortMark('points')" class="end"><button type="button" class="sort" @click="sortBy('points')"><text-pair :of="columns.points" /></button></th>
            <th><text-pair :of="columns.passed" /></th><th><text-pair :of="columns.reason" /></th></tr></thead>
          <tbody><tr v-for="row in rows" :key="row.ticket">
            <td>{{ row.room }}</td><td class="kd-number">{{ row.seat }}</td><td>{{ row.name }}</td><td class="kd-number">{{ row.ticket }}</td>
            <td class="kd-number">{{ row.id_number }}</td><td><seat-state-mark :state="row.state" /></td>
            <td class="kd-number end strong">{{ row.points === null ? "–" : row.points }}</td>
            <td><span v-if="row.passed !== null && row.points !== null" class="verdict" :class="row.passed ? 'pass' : 'fail'">
              <el-icon aria-hidden="true"><Select v-if="row.passed" /><CloseBold v-else /></el-icon> {{ row.passed ? words.pass.zh : words.fail.zh }}</span></td>
            <td>{{ row.reason }}</td></tr></tbody>
        </table>
        <div class="print-foot"><span>{{ words.signature.zh }}</span><span>{{ words.second.zh }}</span><span>{{ words.printed.zh }} {{ now }}</span></div>
      </template>
    </div>`,
};
