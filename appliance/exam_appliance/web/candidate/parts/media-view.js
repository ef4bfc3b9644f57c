/** A picture or clip of an item: fetched when it comes into view, clips when they are played. */

import { COMMON } from "../texts/common.js";
import { EXAM } from "../texts/exam.js";

const { computed, inject, ref, watch } = window.Vue;

export const MediaView = {
  props: { media: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    const failed = ref(false);
    const turn = ref(0);
    const enlarged = ref(false);
    function again() {
      failed.value = false;
      turn.value += 1;
    }
    watch(desk.standing.online, (is) => {
      if (is && failed.value) again();
    });
    return {
      failed,
      turn,
      again,
      enlarged,
      kind: computed(() => props.media.type.split("/")[0]),
      caption: computed(() => ({ zh: props.media.alt || EXAM.media.picture.zh, en: "" })),
      text: EXAM.media,
      close: COMMON.close,
    };
  },
  template: `
    <figure class="media" :class="'media-' + kind">
      <div v-if="failed" class="media-failed">
        <line-icon name="alert" /><span>{{ media.alt || text.picture.zh }} <text-pair :of="text.failed" /></span>
        <button type="button" class="button small" @click="again"><text-pair :of="text.again" /></button>
      </div>
      <button v-else-if="kind === 'image'" type="button" class="picture" :aria-label="text.enlarge.zh + ' ' + text.enlarge.en + ' ' + media.alt" @click="enlarged = true">
        <img :key="turn" :src="media.url" :alt="media.alt || text.picture.zh" loading="lazy" @error="failed = true" />
        <span class="picture-mark" aria-hidden="true"><line-icon name="enlarge" /></span>
      </button>
      <template v-else>
        <audio v-if="kind === 'audio'" :key="turn" controls preload="none" :src="media.url" :aria-label="media.alt || text.clip.zh" @error="failed = true"></audio>
        <video v-else :key="turn" controls preload="none" :src="media.url" :aria-label="media.alt || text.clip.zh" @error="failed = true"></video>
        <figcaption v-if="media.alt">{{ media.alt }}</figcaption>
      </template>
      <modal-dialog v-if="enlarged" :title="caption" wide @close="enlarged = false">
        <div class="picture-large"><img :src="media.url" :alt="media.alt || text.picture.zh" /></div>
        <div class="button-row end"><button type="button" class="button primary" autofocus @click="enlarged = false"><text-pair :of="close" /></button></div>
      </modal-dialog>
    </figure>`,
};
