// Scripts: ours are linted and may use only what the oldest browsers offer; a library must parse in them.
import { createRequire } from "node:module";
import { parse } from "acorn";
import { Linter } from "eslint";
import { ECMASCRIPT, children, data, lackingBrowsers, refusal } from "./browsers.mjs";
import { markupFindings } from "./markup.mjs";

const require = createRequire(import.meta.url);
const recommended = require("@eslint/js").configs.recommended;
const globals = require("globals");

const { builtins } = data.javascript;
const INTERFACE_OF_GLOBAL = {
  caches: "CacheStorage",
  console: "console",
  crypto: "Crypto",
  document: "Document",
  globalThis: "Window",
  history: "History",
  indexedDB: "IDBFactory",
  localStorage: "Storage",
  location: "Location",
  navigator: "Navigator",
  performance: "Performance",
  screen: "Screen",
  self: "Window",
  sessionStorage: "Storage",
  window: "Window",
};

// What pages handle every day. Rarer interfaces are left out: their member names (login, use, component) are
// common words that libraries and we use for other things.
const EVERYDAY_INTERFACE =
  /^(Abort\w+|Animation|Blob|CSS\w*|Canvas\w*|Clipboard\w*|DOM\w+|Document|Element\w*|Event\w*|File\w*|FormData|HTML\w+|Headers|IDB\w+|MediaQueryList|Node\w*|Range|Request|Response|ReadableStream\w*|Selection|ShadowRoot|Storage\w*|SubtleCrypto|Text\w*|URL\w*|WebSocket|Worker|XMLHttpRequest)$/;
const RARE_BUILTINS = new Set(["AsyncDisposableStack", "Atomics", "DisposableStack"]);

/** Member name -> the browsers that lack it on every interface that has it; names that some interface offers are absent. */
function membersNobodyOffers() {
  const lacking = new Map();
  const interfaces = [...children(builtins), ...children(builtins.Intl), ...children(data.api)];
  for (const [owner, node] of interfaces) {
    const isRare = data.api[owner] === node ? !EVERYDAY_INTERFACE.test(owner) : RARE_BUILTINS.has(owner);
    for (const [key, member] of children(node)) {
      const name = key.replace(/_static$/, "");
      if (!member.__compat || key.endsWith("_event") || !/^[a-z]\w*$/.test(name)) {
        continue;
      }
      const browsers = lackingBrowsers(member);
      if (browsers === "") {
        lacking.set(name, "");
      } else if (lacking.get(name) !== "" && !isRare && name === key) {
        lacking.set(name, browsers);
      }
    }
  }
  return new Map([...lacking].filter(([, browsers]) => browsers !== ""));
}

const MEMBERS = membersNobodyOffers();

function lackingGlobal(name) {
  return lackingBrowsers(builtins[name]) || lackingBrowsers(data.api[name]) || lackingBrowsers(data.api.Window?.[name]);
}

function lackingMember(object, name) {
  const owner = INTERFACE_OF_GLOBAL[object];
  if (owner === "Window") {
    return lackingGlobal(name);
  }
  if (owner) {
    return lackingBrowsers(data.api[owner]?.[name]);
  }
  return (
    lackingBrowsers(builtins[object]?.[name]) ||
    lackingBrowsers(data.api[object]?.[`${name}_static`])
  );
}

const browserSupport = {
  meta: { type: "problem", schema: [] },
  create(context) {
    const scopes = context.sourceCode.scopeManager;
    const globalReferences = new Set();
    return {
      Program() {
        const undeclared = scopes.globalScope.variables.filter((variable) => variable.defs.length === 0);
        const references = [...scopes.globalScope.through, ...undeclared.flatMap((variable) => variable.references)];
        for (const { identifier } of references) {
          globalReferences.add(identifier);
          const browsers = lackingGlobal(identifier.name);
          if (browsers) {
            context.report({ node: identifier, message: refusal(identifier.name, browsers) });
          }
        }
      },
      MemberExpression(node) {
        if (node.computed || node.property.type !== "Identifier") {
          return;
        }
        const { name } = node.property;
        if (globalReferences.has(node.object)) {
          const browsers = lackingMember(node.object.name, name);
          if (browsers) {
            context.report({ node, message: refusal(`${node.object.name}.${name}`, browsers) });
            return;
          }
        }
        // Whose member it is cannot be known; a name that no interface offers yet is refused where it is called.
        if (node.parent.type === "CallExpression" && node.parent.callee === node && MEMBERS.has(name)) {
          context.report({ node: node.property, message: refusal(`${name}()`, MEMBERS.get(name)) });
        }
      },
      "NewExpression[callee.name='RegExp'], CallExpression[callee.name='RegExp']"(node) {
        const flags = node.arguments[1]?.value;
        const browsers = lackingBrowsers(builtins.RegExp.unicodeSets);
        if (typeof flags === "string" && flags.includes("v") && browsers) {
          context.report({ node, message: refusal("RegExp v", browsers) });
        }
      },
      "ImportDeclaration, ExportNamedDeclaration, ExportAllDeclaration"(node) {
        const from = node.source?.value;
        if (from !== undefined && !/^(\.{1,2}\/|\/(?!\/))/.test(from)) {
          context.report({
            node,
            message: `只能引用本站的模块 / only modules of this site can be imported: ${from}`,
          });
        }
      },
      "TemplateElement, Literal"(node) {
        const text = node.type === "Literal" ? node.value : node.value.cooked;
        if (typeof text === "string" && /<[a-z][\w-]*[\s/>]/i.test(text)) {
          for (const { message } of markupFindings(text, true)) {
            context.report({ node, message });
          }
        }
      },
    };
  },
};

const CONFIGURATION = [
  recommended,
  {
    languageOptions: {
      ecmaVersion: ECMASCRIPT,
      sourceType: "module",
      globals: {
        ...globals.browser,
        Vue: "readonly",
        ElementPlus: "readonly",
        ElementPlusLocaleZhCn: "readonly",
        ElementPlusIconsVue: "readonly",
      },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { kaodian: { rules: { "browser-support": browserSupport } } },
    rules: {
      "kaodian/browser-support": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-script-url": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", caughtErrors: "none" }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
];

/** Findings in a script of ours: `{line, column, message}`. */
export function scriptFindings(text) {
  return new Linter({ configType: "flat" })
    .verify(text, CONFIGURATION, "page.js")
    .map(({ line, column, message, ruleId }) => ({
      line,
      column,
      message: ruleId && !ruleId.startsWith("kaodian/") ? `${message} (${ruleId})` : message,
    }));
}

/** Findings in a library that is served: only whether the oldest browsers can parse it. */
export function libraryScriptFindings(text) {
  try {
    parse(text, { ecmaVersion: ECMASCRIPT, sourceType: "script" });
    return [];
  } catch (error) {
    return [{ line: error.loc.line, column: error.loc.column + 1, message: error.message }];
  }
}
