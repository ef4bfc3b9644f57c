/** What devices tell, as rows to read: facts, values of events, answers to actions. */

import { CODE_WORDS, LONG_TERM, NO, PHOTO_WORDS, VALUE_WORDS, YES } from "../texts/device-values.js";

/** Parts of a document that another part says better. */
const SAID_ELSEWHERE = new Set(["type", "type_en", "type_flag", "nation_code", "version", "long_term"]);
const NOTHING = "–";

const isWords = (value) => Boolean(value) && typeof value === "object" && typeof value.zh === "string";
const sizesOf = (format) => `${format.format} ${format.sizes.map((each) => each.size).join("、")}`;

/** Fills in what was met on the wire: lists joined, yes and no in words. */
export function valueText(value, name = "") {
  const code = CODE_WORDS[name] && CODE_WORDS[name][value];
  if (code) return code;
  if (value === true) return YES;
  if (value === false) return NO;
  if (value === null || value === undefined || value === "") return NOTHING;
  if (isWords(value)) return value.detail ? `${value.zh}（${value.detail}）` : value.zh;
  if (Array.isArray(value)) {
    if (name === "formats" && value.every((format) => format && format.sizes)) return value.map(sizesOf).join("；");
    return value.map((one) => valueText(one, name)).join(value.some(isWords) ? "；" : "、") || NOTHING;
  }
  if (typeof value === "object") {
    return Object.entries(value)
      .map(([part, inner]) => (isWords(inner) ? inner.zh : `${part} ${valueText(inner, part)}`))
      .join("，") || NOTHING;
  }
  return String(value);
}

/** The photo of a card: decoded, or why not. */
function photoText(photo) {
  return [PHOTO_WORDS[photo.state] || photo.state, photo.reason && photo.reason.zh].filter(Boolean).join("：");
}

/** Returns what a device told as rows {key, of, is}; what is nested stands in one list, empty parts are left out. */
export function valueRows(body, prefix = "") {
  return Object.entries(body).flatMap(([name, value]) => {
    const row = (is) => [{ key: prefix + name, of: VALUE_WORDS[name] || { zh: name, en: "" }, is }];
    if (name === "valid_to" && body.long_term === true) return row(LONG_TERM);
    if (prefix && SAID_ELSEWHERE.has(name)) return [];
    if (value === "" || value === null || (Array.isArray(value) && !value.length)) return [];
    if (name === "photo" && value.state) return row(photoText(value));
    if (name === "document" || name === "facts" || name === "variables" || name === "values") return valueRows(value, `${prefix}${name}.`);
    return row(valueText(value, name));
  });
}
