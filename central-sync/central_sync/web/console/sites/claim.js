/** A claim code for a new server of a site: shown large, once. */

import { useWork } from "../parts/loaded.js";
import { SITE_TEXT } from "../texts/sites.js";
import { TEXT } from "../texts/common.js";

const { inject, ref, watch } = window.Vue;

export const ClaimDialog = {
  props: { site: { type: Object, default: null } },
  emits: ["done"],
  setup(props) {
    const desk = inject("desk");
    const claim = ref(null);
    const work = useWork();
    watch(
      () => props.site,
      (site) => {
        claim.value = null;
        if (site) {
          work.run(async () => {
            claim.value = await desk.api.post(`/sites/${encodeURIComponent(site.code)}/claims`);
          });
        }
      },
    );
    async function copy() {
      await navigator.clipboard.writeText(claim.value.code);
      desk.said(SITE_TEXT.copied);
    }
    // Browsers give pages the clipboard only over HTTPS or from the machine itself.
    const mayCopy = Boolean(navigator.clipboard);
    return { desk, claim, work, copy, mayCopy, words: SITE_TEXT, text: TEXT };
  },
  template: `
    <el-dialog :model-value="site !== null" width="720px" align-center :close-on-click-modal="false" @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 v-if="site" :id="titleId"><text-pair :of="words.claimTitle" /></h2></template>
      <p v-if="site"><strong>{{ site.name }}</strong> <code>{{ site.code }}</code></p>
      <p class="consequence"><text-pair :of="words.claimWhat" stack /></p>
      <problem-box :of="work.problem.value" />
      <template v-if="claim">
        <div class="field-label"><text-pair :of="words.claimCode" /></div>
        <output class="big-code">{{ claim.code }}</output>
        <dl class="facts lines"><dt><text-pair :of="words.claimUrl" /></dt><dd><code>{{ claim.centre_url }}</code></dd>
          <dt><text-pair :of="words.claimUntil" /></dt><dd>{{ desk.longMoment(claim.expires_at) }}</dd>
          <dt><text-pair :of="words.claimPin" /></dt><dd class="break"><code>{{ claim.pin }}</code></dd></dl>
      </template>
      <template #footer><el-button v-if="mayCopy" :disabled="!claim" icon="CopyDocument" @click="copy"><text-pair :of="words.copy" /></el-button>
        <el-button type="primary" @click="$emit('done')"><text-pair :of="text.close" /></el-button></template>
    </el-dialog>`,
};
