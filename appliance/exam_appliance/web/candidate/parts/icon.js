/** Icons of the page as drawn lines, 24 by 24; always beside a word, so hidden from screen readers. */

const { h } = window.Vue;

const LINES = {
  alert: "M12 3.5 22 20.5H2zM12 10v5M12 17.6v.4",
  info: "M12 2.8a9.2 9.2 0 1 0 0 18.4 9.2 9.2 0 0 0 0-18.4zM12 11v6M12 7.4v.4",
  check: "M4.5 12.8 9.7 18 19.5 6.8",
  clock: "M12 2.8a9.2 9.2 0 1 0 0 18.4 9.2 9.2 0 0 0 0-18.4zM12 7v5.4l3.6 2.2",
  flag: "M6 21.5v-18M6 4.5c4-2.6 8 2.6 12.5 0v8.6c-4.5 2.6-8.5-2.6-12.5 0",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  pause: "M8.5 5v14M15.5 5v14",
  lock: "M6 10.5h12v10H6zM8.5 10.5V7.2a3.5 3.5 0 0 1 7 0v3.3",
  cloud: "M7 18.5a4.3 4.3 0 0 1-.4-8.6 5.6 5.6 0 0 1 10.8 1.2 3.8 3.8 0 0 1-.4 7.4z",
  disk: "M4.5 4.5h12l3 3v12h-15zM8 4.8v5h7v-5M8 19.3v-5.5h8v5.5",
  contrast: "M12 2.8a9.2 9.2 0 1 0 0 18.4zM12 2.8a9.2 9.2 0 0 1 0 18.4",
  enlarge: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.4 15.4 20.5 20.5M10.5 7.8v5.4M7.8 10.5h5.4",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c.6-4.5 3.6-6.8 8-6.8s7.4 2.3 8 6.8",
  message: "M3.5 5h17v11.5h-9l-4.5 4v-4h-3.5z",
  stop: "M8 2.8h8L21.2 8v8L16 21.2H8L2.8 16V8zM8.5 8.5l7 7M15.5 8.5l-7 7",
  camera: "M3 7.5h4.2L9 4.8h6l1.8 2.7H21v12H3zM12 9.4a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6z",
  hourglass: "M6.5 3h11M6.5 21h11M7.5 3c0 5 4.5 6 4.5 9s-4.5 4-4.5 9M16.5 3c0 5-4.5 6-4.5 9s4.5 4 4.5 9",
};

export const LineIcon = (props) =>
  h("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, [
    h("path", { d: LINES[props.name] }),
  ]);
LineIcon.props = { name: { type: String, required: true } };
