/**
 * Requests to a Kaodian server: JSON in and out, problem documents (RFC 9457) as errors with a
 * sentence in Chinese and English, retries for reading, one place that hears of an ended login.
 */

const FAMILY = {
  offline: [
    "连接不到服务器，请检查网线与服务器电源；恢复后会自动继续",
    "the server cannot be reached; check cable and power, work goes on by itself afterwards",
  ],
  late: ["服务器没有及时回应，请稍候再试", "the server did not answer in time; try again shortly"],
  busy: ["服务器忙，请稍候再试", "the server is busy; try again shortly"],
  not_ready: ["现在还不能进行此操作", "this is not possible yet"],
  denied: ["没有权限进行此操作", "you are not allowed to do this"],
  conflict: ["状态已变化，请刷新后再试", "the state has changed; refresh and try again"],
  invalid: ["填写的内容有误，请核对", "something entered is wrong; please check"],
  missing: ["找不到所要的内容", "not found"],
  broken: ["服务器出错，请把时间告诉技术员", "the server failed; tell the technician the time"],
};

const READ_RETRY_MS = [400, 1200];
const DEFAULT_TIMEOUT_MS = 15000;

/** What went wrong, in words for people. `status` 0 means that no answer came. */
export class ApiProblem extends Error {
  constructor(status, document) {
    const code = document.code || "broken";
    const [zh, en] = FAMILY[code] || FAMILY.broken;
    super(document.detail || zh);
    this.name = "ApiProblem";
    this.status = status;
    this.code = code;
    this.reason = document.reason || "";
    this.zh = document.detail || zh;
    this.en = document.detail_en || en;
    /** [{field, zh, en}] */
    this.fields = Array.isArray(document.fields) ? document.fields : [];
    /** The whole document, for what a page knows of this one problem. */
    this.document = document;
  }

  /** True when no answer came or the server asked to come back: worth another try. */
  get passing() {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** Returns any caught value as an ApiProblem, so that pages show one kind of error. */
export function asProblem(error) {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem(-1, { code: "broken", detail_en: String((error && error.message) || error) });
}

function codeForStatus(status) {
  if (status === 401 || status === 403) return "denied";
  if (status === 404) return "missing";
  if (status === 409) return "conflict";
  if (status === 400 || status === 413 || status === 415 || status === 422) return "invalid";
  if (status === 502 || status === 503 || status === 504) return "busy";
  return "broken";
}

async function problemOf(response) {
  let document = {};
  try {
    const value = await response.json();
    if (value && typeof value === "object" && value.code) document = value;
  } catch (error) {
    document = {};
  }
  return new ApiProblem(response.status, document.code ? document : { code: codeForStatus(response.status) });
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function once(url, options, timeoutMs) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  try {
    const response = await fetch(url, { ...options, signal: stop.signal, credentials: "same-origin" });
    if (!response.ok) throw await problemOf(response);
    return options.answer === "blob" ? await response.blob() : await bodyOf(response);
  } catch (error) {
    if (error instanceof ApiProblem) throw error;
    throw new ApiProblem(0, { code: stop.signal.aborted ? "late" : "offline" });
  } finally {
    clearTimeout(timer);
  }
}

async function bodyOf(response) {
  if (response.status === 204) return null;
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/**
 * Makes the interface to one API base, such as `/api/console`.
 * `onLoginRequired(problem)` is called for every 401 but those of requests with `quiet401`.
 */
export function createApi(base, { onLoginRequired = () => {} } = {}) {
  async function call(method, path, body, how = {}) {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, quiet401 = false, retry = true, answer } = how;
    const options = { method, headers: { Accept: "application/json" }, cache: "no-store", answer };
    if (body !== undefined) {
      options.headers["Content-Type"] = "application/json";
      options.body = JSON.stringify(body);
    }
    const waits = method === "GET" && retry ? READ_RETRY_MS : [];
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await once(base + path, options, timeoutMs);
      } catch (problem) {
        if (problem.passing && attempt < waits.length) {
          await pause(waits[attempt]);
          continue;
        }
        if (problem.status === 401 && !quiet401) onLoginRequired(problem);
        throw problem;
      }
    }
  }

  /**
   * Sends a file as it is, or a FormData as a form; `onProgress(fraction)` hears how far it is.
   * With `timeoutMs` the whole of it may take no longer.
   */
  function upload(path, file, onProgress = () => {}, timeoutMs = 0) {
    return new Promise((done, failed) => {
      const request = new XMLHttpRequest();
      request.open("POST", base + path);
      request.responseType = "text";
      request.setRequestHeader("Accept", "application/json");
      // The browser itself names the boundary of a form.
      if (!(file instanceof FormData)) request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.onprogress = (event) => {
        if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
      };
      request.onerror = () => failed(new ApiProblem(0, { code: "offline" }));
      request.timeout = timeoutMs;
      request.ontimeout = () => failed(new ApiProblem(0, { code: "late" }));
      request.onload = () => {
        let value = null;
        try {
          value = JSON.parse(request.responseText);
        } catch (error) {
          value = null;
        }
        if (request.status >= 200 && request.status < 300) {
          done(value);
          return;
        }
        const known = value && value.code ? value : { code: codeForStatus(request.status) };
        const problem = new ApiProblem(request.status, known);
        if (problem.status === 401) onLoginRequired(problem);
        failed(problem);
      };
      request.send(file);
    });
  }

  return {
    base,
    get: (path, options) => call("GET", path, undefined, options),
    post: (path, body = {}, options) => call("POST", path, body, options),
    patch: (path, body, options) => call("PATCH", path, body, options),
    put: (path, body, options) => call("PUT", path, body, options),
    delete: (path, options) => call("DELETE", path, undefined, options),
    /** Returns a file of the server as a Blob. */
    file: (path, options) => call("GET", path, undefined, { timeoutMs: 120000, ...options, answer: "blob" }),
    upload,
  };
}
