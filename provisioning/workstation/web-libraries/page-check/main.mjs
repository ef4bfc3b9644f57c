// node main.mjs [--ours FILE...] [--library FILE...]: prints `file:line:column: what`, exits 1 when anything was found.
import { readFileSync } from "node:fs";
import { LIBRARY_STYLE_EXCEPTIONS } from "./library-exceptions.mjs";
import { markupFindings } from "./markup.mjs";
import { libraryScriptFindings, scriptFindings } from "./scripts.mjs";
import { styleFindings } from "./styles.mjs";

function findingsOf(file, text, isLibrary) {
  if (/\.m?js$/.test(file)) {
    return isLibrary ? libraryScriptFindings(text) : scriptFindings(text);
  }
  if (file.endsWith(".css")) {
    const findings = styleFindings(text);
    return isLibrary ? findings.filter(({ feature }) => !(feature in LIBRARY_STYLE_EXCEPTIONS)) : findings;
  }
  if (file.endsWith(".html")) {
    return markupFindings(text);
  }
  return [{ line: 1, column: 1, message: "未知的文件类型 / unknown kind of file" }];
}

let isLibrary = false;
let found = 0;
for (const word of process.argv.slice(2)) {
  if (word === "--ours" || word === "--library") {
    isLibrary = word === "--library";
    continue;
  }
  for (const { line, column, message } of findingsOf(word, readFileSync(word, "utf8"), isLibrary)) {
    console.log(`${word}:${line}:${column}: ${message}`);
    found += 1;
  }
}
process.exitCode = found > 0 ? 1 : 0;
