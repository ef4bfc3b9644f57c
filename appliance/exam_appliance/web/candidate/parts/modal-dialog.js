/** A modal dialog: the browser's own, which holds the focus inside and gives it back. */

const { onBeforeUnmount, onMounted, ref } = window.Vue;

export const ModalDialog = {
  props: { title: { type: Object, required: true }, wide: Boolean },
  emits: ["close"],
  setup(props, { emit }) {
    const dialog = ref(null);
    const before = document.activeElement;
    onMounted(() => dialog.value.showModal());
    onBeforeUnmount(() => {
      dialog.value.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    });
    return { dialog, leave: () => emit("close") };
  },
  template: `
    <dialog ref="dialog" class="modal" :class="{ wide }" aria-labelledby="modal-title" @cancel.prevent="leave">
      <h2 id="modal-title"><text-pair :of="title" /></h2>
      <slot />
    </dialog>`,
};
