/** Self-tests of a device: run one, see its steps and picture, and the results that are kept. */

import { asProblem } from "../../shared/api.js";
import { useLoaded } from "../parts/parts.js";
import { DEVICE_TEXT } from "../texts/devices.js";
import { devicePath } from "./feed.js";
import { BlobPicture } from "./marks.js";

const { computed, inject, ref, watch } = window.Vue;

const WORDS = DEVICE_TEXT.drawer;
const PATIENCE_MS = 130000;

const TestResult = {
  components: { BlobPicture },
  props: { result: { type: Object, required: true }, may: Boolean },
  setup: () => ({ desk: inject("desk"), words: WORDS, marks: DEVICE_TEXT.list }),
  template: `
    <article class="test-result" :class="result.passed ? 'pass' : 'fail'">
      <header><span class="verdict" :class="result.passed ? 'pass' : 'fail'"><el-icon aria-hidden="true"><Select v-if="result.passed" /><CloseBold v-else /></el-icon>
        <text-pair :of="result.passed ? marks.passed : marks.notPassed" /></span> <time class="soft kd-number">{{ desk.dateTime(result.at) }}</time></header>
      <ol class="test-steps"><li v-for="step in result.steps" :key="step.name" :data-step="step.name" :class="step.passed ? 'pass' : 'fail'">
        <el-icon :aria-label="step.passed ? marks.passed.zh : marks.notPassed.zh"><Select v-if="step.passed" /><CloseBold v-else /></el-icon>
        <div><text-pair :of="step" /><span v-if="step.measured" class="measured kd-number">{{ step.measured }}</span></div></li></ol>
      <blob-picture v-if="may && result.blob" :blob="result.blob" :label="words.picture" />
    </article>`,
};

export const SelfTestPanel = {
  components: { TestResult },
  props: { device: { type: Object, required: true }, may: Boolean },
  setup(props) {
    const desk = inject("desk");
    const busy = ref("");
    const problem = ref(null);
    const unfolded = ref(false);
    const kept = useLoaded(
      async () => (await desk.api.get(devicePath(props.device.id, "/self-tests"))).results,
      () => `${props.device.id} ${props.device.last_test ? props.device.last_test.at : ""}`,
    );
    watch(() => props.device.id, () => { problem.value = null; });
    async function run(withPerson) {
      const { id } = props.device;
      busy.value = withPerson ? "person" : "plain";
      problem.value = null;
      try {
        await desk.api.post(devicePath(id, "/self-test"), { with_person: withPerson }, { timeoutMs: PATIENCE_MS });
        if (id === props.device.id) await kept.again();
      } catch (error) {
        if (id === props.device.id) problem.value = asProblem(error);
      } finally {
        busy.value = "";
      }
    }
    const newest = computed(() => (kept.value.value && kept.value.value[0]) || null);
    const earlier = computed(() => (kept.value.value || []).slice(1));
    return { busy, problem, unfolded, kept, run, newest, earlier, words: WORDS };
  },
  template: `
    <section class="drawer-part self-tests">
      <div class="part-head"><h3><text-pair :of="words.tests" /></h3>
        <el-button v-if="may && device.can_test" class="run-test" size="small" type="primary" icon="Finished" :loading="busy === 'plain'" :disabled="busy !== ''" @click="run(false)"><text-pair :of="busy === 'plain' ? words.running : words.run" /></el-button>
        <el-button v-if="may && device.can_test && device.test_with_person" class="run-test-with-person" size="small" :loading="busy === 'person'" :disabled="busy !== ''" @click="run(true)"><text-pair :of="words.runWith[device.kind]" /></el-button></div>
      <p v-if="busy" class="run-hint" role="status"><text-pair :of="busy === 'person' ? words.runWithHint[device.kind] : words.runHint" /></p>
      <problem-box :of="problem || kept.problem.value" />
      <div aria-live="polite"><test-result v-if="newest" :result="newest" :may="may" />
        <p v-else-if="kept.value.value" class="soft"><text-pair :of="words.noTest" /></p></div>
      <details v-if="earlier.length" @toggle="unfolded = $event.target.open"><summary><text-pair :of="words.earlier(earlier.length)" /></summary>
        <template v-if="unfolded"><test-result v-for="result in earlier" :key="result.at" :result="result" :may="may" /></template></details>
    </section>`,
};
