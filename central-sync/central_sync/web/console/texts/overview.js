/** Texts of the overview and the list of jobs. */

import { pair } from "./pair.js";

export const OVERVIEW_TEXT = {
  title: pair("总览", "Overview"),
  todaySessions: pair("今日场次", "Sessions today"),
  todayPeople: pair("今日考生", "Candidates today"),
  servers: pair("考点服务器", "Site servers"),
  troubled: pair("需要处理", "Need attention"),
  today: (day) => pair(`今天的场次 · ${day}`, "Today"),
  next: pair("接下来的场次", "Coming sessions"),
  noneToday: pair("今天没有场次", "No session today"),
  noneNext: pair("没有待考场次。导入题库和名册、建立计划后，在“编排”中安排考生", "Nothing is arranged. Import a bank and a roster, make a plan, then arrange candidates"),
  arrange: pair("去编排", "Arrange"),
  look: pair("需要注意", "Look here"),
  fine: pair("所有服务器正常，没有需要处理的事项", "All servers are well; nothing needs attention"),
  noServers: pair("还没有登记的考点服务器。在“考点”中领取登记码，交给考点技术员", "No server is enrolled. Get a claim code at the exam site's page and give it to its technician"),
  silentSince: (text) => pair(`自 ${text} 起没有联系`, `silent since ${text}`),
  unbalanced: (n) => pair(`台账有 ${n} 处不平`, `${n} findings in the ledger`),
  notBuilt: pair("即将开考，尚未组包", "starts soon, package not built"),
  notReleased: pair("可以放密钥，尚未放出", "key may be released"),
  jobs: pair("最近的任务", "Latest jobs"),
  noJobs: pair("还没有任务。导入题库、名册和组包时，进度显示在这里", "No job yet. Imports and package builds show here"),
  jobKind: {
    "bank.import": pair("导入题库", "Bank import"),
    "roster.import": pair("导入名册", "Roster import"),
    "package.build": pair("组包", "Package build"),
  },
  subject: pair("对象", "Subject"),
  kind: pair("任务", "Job"),
  result: pair("进度与结果", "Progress and result"),
  report: pair("查看报告", "Report"),
};
