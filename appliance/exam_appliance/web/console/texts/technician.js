/** Texts of the technician's pages: sync, rehearsal, accounts, journal. */

const pair = (zh, en) => ({ zh, en });

export const TECH_TEXT = {
  sync: {
    title: pair("与中心同步", "Sync with the centre"),
    enrolled: pair("登记状态", "Enrolment"), yes: pair("已登记", "Enrolled"), no: pair("未登记", "Not enrolled"),
    centre: pair("中心地址", "Centre"), appliance: pair("本机编号", "Appliance"), online: pair("在线", "Online"), offline: pair("离线", "Offline"),
    lastContact: pair("最近联系", "Last contact"), never: pair("从未", "never"),
    journal: pair("日志上报", "Journal sent"), sent: (n, all) => pair(`中心已确认 ${n} / 本机 ${all}`, `${n} of ${all} acknowledged`),
    behind: (n) => pair(`还有 ${n} 条待上报`, `${n} to send`), all: pair("全部已上报", "all sent"),
    transfers: pair("正在传输", "Transfers"), noTransfers: pair("没有进行中的传输", "None under way"),
    quarantined: pair(
      "本机已被中心隔离：发现相同身份的另一台机器或日志分叉。请停止开新场次，立即联系考试机构技术人员",
      "Quarantined by the centre: a second machine with this identity or a forked journal. Open no new session; call the exam agency",
    ),
    now: pair("立即同步", "Sync now"), started: pair("已开始同步", "Sync started"),
    enrol: pair("登记本考点", "Enrol this site"), enrolHint: pair("向考试机构索取登记码（一次有效），在此输入", "Ask the exam agency for a claim code; it works once"),
    centreField: pair("中心地址", "Address of the centre"), claim: pair("登记码", "Claim code"), enrolMissing: pair("请填写中心地址和登记码", "Enter address and claim code"),
    enrolDone: pair("登记成功", "Enrolled"),
    courier: pair("U 盘传递（线路中断时）", "USB courier (line is down)"),
    courierHint: pair("把数据写到 U 盘送往中心，再把中心的 U 盘读入。可重复进行，不会重复计数", "Carry data on a stick both ways; doing it twice does no harm"),
    exportIt: pair("导出到文件", "Export"), exported: pair("已导出，请保存到 U 盘", "Exported; save it to the stick"),
    importIt: pair("读入文件", "Import"), importing: (percent) => pair(`正在读入 ${percent}%`, `${percent}%`),
    imported: pair("已读入", "Imported"), importedCounts: (d, b, s) => pair(`文档 ${d} 份，文件 ${b} 个，中心已确认到第 ${s} 条`, `${d} documents, ${b} files, acknowledged up to ${s}`),
  },
  rehearsal: {
    title: pair("压力演练", "Rehearsal"),
    what: pair("在练习考场模拟考生登录、作答、交卷，检验本机能否承受。不影响正式考试数据", "Plays candidates in the practice hall to see what this server bears; real data is never touched"),
    warning: pair("正式考试进行中请勿演练", "Not while a real exam is running"),
    candidates: pair("模拟考生数", "Candidates"), minutes: pair("时长（分钟）", "Minutes"),
    start: pair("开始演练", "Start"), stop: pair("停止", "Stop"), running: pair("演练进行中", "Running"),
    state: { none: pair("尚未演练", "Not run yet"), running: pair("进行中", "Running"), done: pair("已完成", "Done"), failed: pair("未能完成", "Failed") },
    report: pair("演练报告", "Report"),
    lost: pair("丢失的作答", "Lost"), p50: pair("保存耗时 中位", "Save p50"), p99: pair("保存耗时 99%", "Save p99"), bell: pair("开考发卷", "Start bell"),
    saves: pair("保存次数", "Saves"), errors: pair("错误", "Errors"), played: pair("考生数", "Candidates"),
    ms: (n) => `${n} ms`, seconds: (n) => `${n.toFixed(2)} s`,
    good: pair("无丢失、无错误", "Nothing lost, no errors"), bad: pair("有丢失或错误，请联系技术支持后再开考", "Losses or errors: get support before an exam"),
  },
  accounts: {
    title: pair("工作人员账户", "Staff accounts"), add: pair("添加账户", "Add account"), change: pair("修改", "Change"),
    username: pair("用户名", "User name"), usernameRule: pair("小写字母开头，3–32 位小写字母、数字、点、横线", "3–32: lower-case letters, digits, dot, dash"),
    name: pair("姓名", "Name"), roles: pair("角色", "Roles"), origin: pair("来源", "Origin"), site: pair("本考点", "Site"), centre: pair("中心下发", "Centre"),
    active: pair("启用", "Active"), disabled: pair("已停用", "Disabled"), mustChange: pair("待改密", "must set password"), lastLogin: pair("上次登录", "Last login"), never: pair("从未", "never"),
    password: pair("初始密码", "Initial password"), reset: pair("重置密码", "Reset password"), resetTitle: pair("重置密码", "Reset password"), newPassword: pair("新的初始密码", "New initial password"),
    passwordRule: pair("须含字母、数字和特殊字符；本人首次登录后须更改", "Letters, digits, special characters; to be changed at the first login"),
    disable: pair("停用", "Disable"), enable: pair("启用", "Enable"),
    disableWhat: (name) => pair(`将停用 ${name} 的账户，其当前登录立即失效。`, `${name} can no longer log in.`), enableWhat: (name) => pair(`将重新启用 ${name} 的账户。`, `${name} can log in again.`),
    resetWhat: (name) => pair(`将重置 ${name} 的密码，下次登录时须设置新密码。`, `${name} must set a new password at the next login.`),
    save: pair("保存", "Save"), saved: pair("账户已保存", "Account saved"), fromCentre: pair("中心下发的账户由中心维护", "kept by the centre"), missing: pair("请填写姓名并选择角色", "Enter a name and choose roles"), you: pair("本人", "you"),
  },
  journal: {
    title: pair("日志校验", "Verify the journal"),
    what: pair("逐条重新计算全部日志的校验链，确认没有缺失或被改动。记录较多时需要一些时间", "Recomputes the chain of every entry to prove that none is missing or changed. Takes a while when there are many"),
    verify: pair("开始校验", "Verify"), running: pair("正在校验…", "Verifying…"), entries: pair("日志条数", "Entries"), head: pair("末条校验值", "Head"), at: pair("校验时间", "Verified at"),
    good: pair("日志完整", "The journal is whole"), bad: pair("日志有问题，请勿继续考试，立即联系技术支持", "The journal is damaged; stop and get support"),
  },
};
