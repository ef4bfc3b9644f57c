// The oldest browsers that rooms still have (Windows 7), and what they offer by MDN's compatibility data.
import { createRequire } from "node:module";

export const data = createRequire(import.meta.url)("@mdn/browser-compat-data");
export const OLDEST = { chrome: 109, firefox: 115 };
export const ECMASCRIPT = 2022; // the newest edition whose whole syntax both of them parse
const NAMES = { chrome: "Chromium", firefox: "Firefox" };

function offers(statement, version) {
  if (statement.flags || statement.prefix || statement.alternative_name) {
    return false;
  }
  const since = (text) => typeof text === "string" && Number.parseFloat(text.replace("≤", "")) <= version;
  return since(statement.version_added) && !since(statement.version_removed);
}

/** The browsers, as text, that lack the feature; empty when all offer it or nothing is known about it. */
export function lackingBrowsers(feature) {
  const support = feature?.__compat?.support;
  if (!support) {
    return "";
  }
  return Object.entries(OLDEST)
    .filter(([browser, version]) => {
      const statements = [support[browser] ?? []].flat();
      return statements.length > 0 && !statements.some((statement) => offers(statement, version));
    })
    .map(([browser, version]) => `${NAMES[browser]} ${version}`)
    .join(", ");
}

/** A sentence in Chinese and English that names the feature and the browsers that lack it. */
export function refusal(name, browsers) {
  return `${browsers} 不支持 ${name} / ${name} is not offered by ${browsers}`;
}

/** Children of a node of the data, without its own statement. */
export function children(node) {
  return Object.entries(node ?? {}).filter(([key]) => !key.startsWith("__"));
}
