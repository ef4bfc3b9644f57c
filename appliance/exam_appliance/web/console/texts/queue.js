/** Texts of the queue at the console. */

const pair = (zh, en) => ({ zh, en });

export const QUEUE_TEXT = {
  tabsLabel: pair("叫号页面", "Pages of the queue"),
  tabs: { counter: pair("叫号", "Calling"), record: pair("排队统计", "Counts"), screens: pair("取号机与显示屏", "Machines and displays") },
  off: pair("本考点没有启用叫号排队（queue.enabled）", "Queue calling is off at this site (queue.enabled)"),
  mine: pair("我的窗口", "My counter"),
  all: pair("所有窗口", "All counters"),
  free: pair("空闲", "Free"),
  next: pair("叫下一位", "Call next"),
  nextAfter: pair("办结并叫下一位", "Served, call next"),
  waitsFor: (n) => pair(`${n} 人可叫`, `${n} wait for it`),
  deeds: { recall: pair("重呼", "Recall"), skip: pair("过号", "Pass over"), "no-show": pair("未到", "No-show"), served: pair("办结", "Served") },
  done: {
    recall: pair("已重呼", "Called again"), skip: pair("已过号，重新排队", "Passed over, waits again"), "no-show": pair("已记为未到", "Noted as a no-show"),
    served: pair("已办结", "Served"), transfer: pair("已转移", "Transferred"), priority: pair("已更改优先", "Priority changed"), take: (n) => pair(`已取号 ${n}`, `Number ${n} taken`), call: (n) => pair(`已叫 ${n} 号`, `Called ${n}`),
  },
  transfer: pair("转移", "Transfer"),
  transferHow: pair("位次不变；空着的不改", "The place in line stays; what is left empty stays as it is"),
  toCounter: pair("窗口", "Counter"), toRoom: pair("考场", "Room"), toSession: pair("场次", "Session"), any: pair("任意窗口", "Any counter"),
  waiting: pair("等候", "Waiting"), people: (n) => pair(`${n} 人`, `${n}`),
  number: pair("号码", "Number"), name: pair("姓名", "Name"), room: pair("考场", "Room"), session: pair("场次", "Session"), waited: pair("已等", "Waited"), priority: pair("优先", "Priority"), ordinary: pair("普通", "Ordinary"),
  minutes: (n) => pair(`${n} 分钟`, `${n} min`), call: pair("叫此号", "Call"), onlyFor: (c) => pair(`仅 ${c}`, `only ${c}`), skipped: (n) => pair(`过号 ${n} 次`, `passed over ${n}×`),
  none: pair("没有人等候", "Nobody waits"),
  settled: pair("已办结或未到", "Served or not come"), states: { served: pair("已办结", "Served"), no_show: pair("未到", "No-show") },
  take: pair("代考生取号", "Take a number for somebody"), takeHow: pair("准考证号，或证件号码（可只填后 6 位）", "Admission ticket or ID number (its last 6 will do)"), takeGo: pair("取号", "Take"),
  sure: (n) => pair(`${n} 号没有到？`, `Number ${n} did not come?`), sureHow: pair("将退出队列；本人再次取号时恢复原号，排到后面", "It leaves the queue; taking a number again gives the same one, further back"), yes: pair("确定", "Yes"), no: pair("返回", "Back"),
  record: {
    what: pair("等候时间从取号算到第一次叫号", "Waits are from taking the number to the first call"), taken: pair("取号", "Taken"), called: pair("叫号", "Called"), served: pair("办结", "Served"), noShows: pair("未到", "No-shows"), waiting: pair("等候中", "Waiting"),
    mean: pair("平均等候", "Mean wait"), longest: pair("最长等候", "Longest wait"), none: pair("还没有人取号", "No number was taken yet"),
  },
  screens: {
    what: pair("每台取号机、显示屏各用一个链接打开，链接中的密钥可随时停用；登记和停用都记入日志", "Each machine opens a link of its own, whose key can be revoked at any time; all is journalled"),
    use: pair("用途", "Use"), uses: { tickets: pair("取号机", "Ticket machine"), display: pair("显示屏", "Display") }, name: pair("名称", "Name"), station: pair("点位（读卡器、扫码器、号条打印机）", "Station (its reader, scanner, slip printer)"), noStation: pair("无设备", "No devices"),
    add: pair("生成链接", "Make a link"), heard: pair("最近连接", "Last heard"), never: pair("未连接", "never"), enrolled: pair("登记时间", "Enrolled"), renew: pair("换新链接", "New link"), revoke: pair("停用", "Revoke"), none: pair("还没有登记", "None yet"),
    link: pair("在这台机器上打开此链接，或扫码打开", "Open this link on the machine, or scan it"), linkOnce: pair("链接只显示这一次；遗失可换新链接。电视开机自动打开时请用此链接，并以 --autoplay-policy=no-user-gesture-required 启动浏览器", "Shown this once; make a new one if it is lost. For a TV that starts by itself use this link, with --autoplay-policy=no-user-gesture-required"), copy: pair("关闭", "Close"), revoked: pair("已停用", "Revoked"),
    sureRevoke: (n) => pair(`停用“${n}”？该机器将立即断开`, `Revoke ${n}? It is cut off at once`),
  },
  setters: pair("技术员和主考可以登记", "Technicians and the lead enrol these"),
};
