/** Chinese, and English smaller below it. */

const { h } = window.Vue;

export const WordPair = (props) =>
  h("span", { class: "pair" }, [h("span", { lang: "zh-CN" }, props.of.zh), h("small", { lang: "en" }, props.of.en)]);
WordPair.props = { of: { type: Object, required: true } };
