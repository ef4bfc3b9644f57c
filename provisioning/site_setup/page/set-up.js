// The page of the first start: five answers, then how it goes until the site is in force.

const AGAIN_MS = 1500;
const form = document.getElementById("questions");
const problems = document.getElementById("problems");
const words = {
  waiting: "尚未设置 / not set up yet",
  taking: "正在设置 / setting up",
  failed: "未成功，请按提示改正 / not done, see below",
  done: "设置完成 / done",
};
let drawn = "";

function cell(row, content) {
  const made = row.insertCell();
  if (content instanceof Node) made.append(content);
  else made.textContent = content;
}

function choice(type, name, value, checked, label) {
  const made = document.createElement("input");
  Object.assign(made, { type, name, value, checked });
  made.setAttribute("aria-label", `${label} ${value}`);
  return made;
}

function drawPorts(ports) {
  const known = JSON.stringify(ports);
  if (known === drawn) return;
  const wan = new FormData(form).get("wan") ?? ports.find((port) => port.cable)?.name;
  const chosen = new FormData(form).getAll("lan");
  const lan = chosen.length ? chosen : ports.filter((port) => port.cable && port.name !== wan).map((port) => port.name);
  drawn = known;
  const body = document.getElementById("ports");
  body.replaceChildren();
  for (const port of ports) {
    const row = body.insertRow();
    cell(row, port.name);
    cell(row, port.cable ? `已接 yes${port.speed ? `，${port.speed} Mbit/s` : ""}` : "未接 no");
    cell(row, port.mac);
    cell(row, choice("radio", "wan", port.name, port.name === wan, "外网 / WAN"));
    cell(row, choice("checkbox", "lan", port.name, lan.includes(port.name), "内网 / LAN"));
  }
}

function drawProblems(found) {
  problems.replaceChildren(...found.map((one) => {
    const made = document.createElement("li");
    made.textContent = `${one.key ? `${one.key}：` : ""}${one.zh ?? one.detail} / ${one.en ?? one.detail_en}`;
    return made;
  }));
}

function drawTaken(taken) {
  const lines = [["考点 / site", `${taken.code} ${taken.name}`], ["监考台 / console", taken.console], ["账户 / account", taken.username]];
  document.getElementById("taken").replaceChildren(...lines.flatMap(([name, value]) => {
    const term = document.createElement("dt");
    const told = document.createElement("dd");
    term.textContent = name;
    told.textContent = value;
    return [term, told];
  }));
}

function draw(told) {
  document.getElementById("standing").textContent = words[told.state];
  form.hidden = told.state === "taking" || told.state === "done";
  document.getElementById("progress").hidden = told.state !== "taking";
  document.getElementById("done").hidden = told.state !== "done";
  document.getElementById("share").value = told.share;
  drawPorts(told.ports);
  if (told.state === "failed" || told.state === "taking") drawProblems(told.problems);
  if (told.taken) drawTaken(told.taken);
  if (told.your_mac && !form.elements.staff_mac.value) form.elements.staff_mac.value = told.your_mac;
}

function listed(text) {
  return text.split(/[\s,，、]+/).filter(Boolean);
}

function answers() {
  const told = new FormData(form);
  const value = (name) => told.get(name).trim();
  const made = {
    code: value("code"),
    name: value("name"),
    seats: Number(value("seats")),
    centre: { centre: value("centre"), addresses: listed(value("addresses")) },
    wan: { port: told.get("wan") ?? "", ipv4: value("wan_ipv4") },
    lan: told.getAll("lan"),
    time: { zone: value("zone") },
    staff: [{ mac: value("staff_mac") }],
  };
  if (value("claim")) made.centre.code = value("claim");
  if (value("gateway4")) made.wan.gateway4 = value("gateway4");
  if (value("time")) made.time.servers = { "time.internal": listed(value("time")) };
  if (value("technician_key")) made.technician_keys = [value("technician_key")];
  return made;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  const body = JSON.stringify({ number: form.elements.number.value, answers: answers() });
  try {
    const answer = await fetch("/api/set-up", { method: "POST", body });
    const told = await answer.json();
    if (!answer.ok) drawProblems(told.problems ?? [told]);
  } catch {
    drawProblems([{ zh: "无法连接服务器", en: "the server does not answer" }]);
  }
  button.disabled = false;
});

async function look() {
  try {
    draw(await (await fetch("/api/set-up")).json());
  } catch {
    document.getElementById("standing").textContent = "无法连接服务器 / the server does not answer";
  }
  setTimeout(look, AGAIN_MS);
}

look();
