// Style sheets: at-rules, selectors, properties, keywords, functions and units that the oldest browsers lack.
import { createRequire } from "node:module";
import { children, data, lackingBrowsers, refusal } from "./browsers.mjs";

const csstree = createRequire(import.meta.url)("css-tree");
const { css } = data;

/** Name of a CSS function -> where the data describes it; one name may stand in several places. */
function functions() {
  const found = new Map();
  const visit = (node) => {
    for (const [name, child] of children(node)) {
      const key = name.replace(/_function$/, "");
      found.set(key, [...(found.get(key) ?? []), child]);
      visit(child);
    }
  };
  visit(css.types);
  return found;
}

const FUNCTIONS = functions();
const COLOR_FUNCTIONS = new Set(["rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color"]);
const CONTAINER_UNITS = new Set(["cqw", "cqh", "cqi", "cqb", "cqmin", "cqmax"]);
// At-rules that hold descriptors of their own instead of properties.
const WITH_DESCRIPTORS = new Set(["counter-style", "font-face", "font-palette-values", "page", "property"]);
const isPrefixed = (name) => /^-(webkit|moz|ms|o)-/.test(name);

function lackingFunction(name, property) {
  const ofProperty = [css.properties[property]?.[name], css.properties[property]?.[`${name}_function`]];
  const places = [...ofProperty, ...(FUNCTIONS.get(name) ?? [])].filter((node) => node?.__compat);
  const lacking = places.map(lackingBrowsers);
  // Offered anywhere is taken as offered: the data describes a function once for each place it may stand in.
  return lacking.length > 0 && lacking.every((browsers) => browsers !== "") ? lacking[0] : "";
}

function lackingUnit(unit) {
  if (CONTAINER_UNITS.has(unit)) {
    return lackingBrowsers(css.types.length.container_query_length_units);
  }
  return lackingBrowsers(css.types.length[unit]);
}

/** Findings in a style sheet: `{line, column, feature, message}`; `feature` names what is refused. */
export function styleFindings(text) {
  const findings = [];
  const refuse = (node, feature, browsers) => {
    if (browsers) {
      const { line, column } = node.loc?.start ?? { line: 1, column: 1 };
      findings.push({ line, column, feature, message: refusal(feature, browsers) });
    }
  };
  const tree = csstree.parse(text, {
    positions: true,
    parseCustomProperty: true,
    onParseError({ line, column, message }) {
      findings.push({ line, column, feature: `parse: ${message}`, message: `CSS 无法解析 / cannot be parsed: ${message}` });
    },
  });
  const rules = []; // style rules and keyframes around the node that is visited
  let property = "";
  let descriptors = null; // the data of the at-rule whose descriptors are visited
  csstree.walk(tree, {
    enter(node) {
      switch (node.type) {
        case "Atrule": {
          const name = node.name.toLowerCase();
          if (!isPrefixed(name)) {
            refuse(node, `@${name}`, lackingBrowsers(css["at-rules"][name]));
          }
          if (rules.length > 0) {
            refuse(node, "CSS nesting", lackingBrowsers(css.selectors.nesting));
          }
          if (name === "container" && node.prelude && /\bstyle\(/.test(csstree.generate(node.prelude))) {
            refuse(node, "@container style()", lackingBrowsers(css["at-rules"].container["style_queries_for_custom_properties"]));
          }
          if (WITH_DESCRIPTORS.has(name)) {
            descriptors = css["at-rules"][name];
          }
          if (name.endsWith("keyframes")) {
            rules.push("keyframes");
          }
          break;
        }
        case "Rule":
          if (rules.includes("rule")) {
            refuse(node, "CSS nesting", lackingBrowsers(css.selectors.nesting));
          }
          rules.push("rule");
          break;
        case "NestingSelector":
          refuse(node, "CSS nesting", lackingBrowsers(css.selectors.nesting));
          break;
        case "PseudoClassSelector":
        case "PseudoElementSelector":
          if (!isPrefixed(node.name)) {
            refuse(node, `:${node.name}`, lackingBrowsers(css.selectors[node.name.toLowerCase()]));
          }
          break;
        case "Nth":
          if (node.selector) {
            refuse(node, ":nth-child(… of …)", lackingBrowsers(css.selectors["nth-child"].of_syntax));
          }
          break;
        case "MediaFeature":
        case "Feature":
          refuse(node, `(${node.name})`, lackingBrowsers(css["at-rules"].media[node.name]));
          break;
        case "Declaration":
          property = node.property.toLowerCase();
          refuse(node, property, lackingBrowsers(descriptors?.[property] ?? css.properties[property]));
          break;
        case "Identifier":
          if (property && !descriptors) {
            const keyword = node.name.toLowerCase();
            refuse(node, `${property}: ${keyword}`, lackingBrowsers(css.properties[property]?.[keyword]));
          }
          break;
        case "Function": {
          const name = node.name.toLowerCase();
          if (isPrefixed(name)) {
            break;
          }
          refuse(node, `${name}()`, lackingFunction(name, property));
          const first = node.children.first;
          if (COLOR_FUNCTIONS.has(name) && first?.type === "Identifier" && first.name === "from") {
            refuse(node, `${name}(from …)`, lackingBrowsers(css.types.color.rgb.relative_syntax));
          }
          if (name.endsWith("-gradient") && node.children.some(({ type, name: word }) => type === "Identifier" && word === "in")) {
            const gradient = css.types.gradient[name.replace("repeating-", "")];
            refuse(node, `${name}(in …)`, lackingBrowsers(gradient?.interpolation_color_space));
          }
          break;
        }
        case "Dimension":
          refuse(node, node.unit, lackingUnit(node.unit.toLowerCase()));
          break;
        case "Url":
          if (/^([a-z][a-z+.-]*:)?\/\//i.test(node.value)) {
            findings.push({
              ...node.loc.start,
              feature: "url",
              message: `不得引用站外资源 / nothing from outside the site: ${node.value.slice(0, 60)}`,
            });
          }
          break;
      }
    },
    leave(node) {
      if (node.type === "Rule" || (node.type === "Atrule" && node.name.toLowerCase().endsWith("keyframes"))) {
        rules.pop();
      }
      if (node.type === "Atrule" && WITH_DESCRIPTORS.has(node.name.toLowerCase())) {
        descriptors = null;
      }
      if (node.type === "Declaration") {
        property = "";
      }
    },
  });
  return findings.map(({ line, column, feature, message }) => ({ line, column, feature, message }));
}
