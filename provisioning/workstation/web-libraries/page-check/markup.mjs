// Pages and the templates inside scripts: no inline scripts (the content security policy refuses them),
// nothing from outside the site, no element or attribute that the oldest browsers lack.
import { createRequire } from "node:module";
import { data, lackingBrowsers, refusal } from "./browsers.mjs";
import { styleFindings } from "./styles.mjs";

const require = createRequire(import.meta.url);
const { parse, parseFragment } = require("parse5");
const { elements, global_attributes: globalAttributes } = data.html;
const ADDRESSES = new Set(["src", "href", "action", "formaction", "poster", "data", "srcset"]);

function* walk(node) {
  yield node;
  for (const child of [...(node.childNodes ?? []), ...(node.content?.childNodes ?? [])]) {
    yield* walk(child);
  }
}

function* attributeFindings(element) {
  for (const { name, value } of element.attrs) {
    if (/^on[a-z]+$/.test(name)) {
      yield `不得使用内联事件属性 / inline event attributes are refused: ${name}`;
    }
    if (ADDRESSES.has(name) && /^\s*((https?:)?\/\/|javascript:)/i.test(value)) {
      yield `不得引用站外地址或脚本地址 / nothing from outside, no script addresses: ${name}="${value.slice(0, 60)}"`;
    }
    const browsers =
      lackingBrowsers(globalAttributes[name]) || lackingBrowsers(elements[element.tagName]?.[name]);
    if (browsers) {
      yield refusal(`<${element.tagName} ${name}>`, browsers);
    }
  }
}

function* elementFindings(element) {
  const browsers = lackingBrowsers(elements[element.tagName]);
  if (browsers) {
    yield refusal(`<${element.tagName}>`, browsers);
  }
  if (element.tagName === "script") {
    const type = element.attrs.find(({ name }) => name === "type")?.value;
    const hasSource = element.attrs.some(({ name }) => name === "src");
    if (type === "importmap" || type === "speculationrules" || !hasSource) {
      yield "不得使用内联脚本，请改用 src / inline scripts are refused: give the script a src";
    }
  }
  if (element.tagName === "style") {
    const text = element.childNodes.map(({ value }) => value).join("");
    yield* styleFindings(text).map(({ message }) => message);
  }
  yield* attributeFindings(element);
}

/** Findings in a page, or with `isFragment` in a template: `{line, column, message}`. */
export function markupFindings(text, isFragment = false) {
  const tree = (isFragment ? parseFragment : parse)(text, { sourceCodeLocationInfo: true });
  const findings = [];
  for (const node of walk(tree)) {
    if (node.attrs) {
      const { startLine: line = 1, startCol: column = 1 } = node.sourceCodeLocation ?? {};
      for (const message of elementFindings(node)) {
        findings.push({ line, column, message });
      }
    }
  }
  return findings;
}
