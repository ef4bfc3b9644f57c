/** Texts of the sites' readiness: the 46 rows of the environment standard and the items of the pre-flight. */

import { pair } from "./pair.js";

export const READINESS_TEXT = {
  column: pair("就绪", "Readiness"),
  ready: pair("就绪", "Ready"), open: (n) => pair(`待处理 ${n} 项`, `${n} open`), never: pair("未检查", "Never checked"),
  title: (name) => pair(`${name} 就绪情况`, "Readiness"),
  checked: (when) => pair(`${when} 对照环境标准检查`, `checked ${when}`), looked: (when) => pair(`${when} 考前检查`, `pre-flight ${when}`),
  allMet: pair("必备项全部符合", "Every required row is met"), notMet: pair("尚有必备项不符合或待确认", "Required rows are open"),
  preflightGood: pair("没有未通过项", "Nothing is red"), preflightBad: pair("有未通过项", "Some are red"), noPreflight: pair("还没有考前检查", "No pre-flight yet"), noReport: pair("还没有环境就绪检查", "Never checked against the standard"),
  report: pair("报告校验值（SHA-256）", "Report's SHA-256"), server: pair("服务器", "Server"),
  states: { pass: pair("合格", "Pass"), fail: pair("不合格", "Fail"), unknown: pair("未知", "Unknown"), declared: pair("申报", "Declared") },
  items: { pass: pair("通过", "Pass"), fail: pair("未通过", "Red"), unknown: pair("待确认", "Open") },
  groups: {
    authority: pair("考核发证机关", "Authority"), agency: pair("考试机构", "Agency"), server: pair("服务器", "Server"), network: pair("网络", "Network"),
    seat: pair("考生机", "Seats"), invigilator: pair("监考机", "Invigilators"), equipment: pair("配套设备", "Equipment"),
  },
  rows: {
    authority: { "authority.pc": "计算机", "authority.os": "操作系统", "authority.browser": "浏览器", "authority.office": "Office 软件", "authority.network": "网络" },
    agency: {
      "agency.pc": "计算机", "agency.os": "操作系统", "agency.browser": "浏览器", "agency.office": "Office 软件", "agency.network": "网络",
      "agency.id_reader": "身份证阅读器", "agency.qr_scanner": "二维码扫描器",
    },
    server: {
      "site.server.cpu": "CPU", "site.server.memory": "内存", "site.server.disk": "硬盘", "site.server.nic": "网络接口", "site.server.form": "机架式服务器",
      "site.server.os": "操作系统", "site.server.browser": "浏览器", "site.server.office": "Office 软件", "site.server.exam_system": "考试系统", "site.server.database": "数据库",
    },
    network: {
      "site.wan.address": "互联网 IP 地址", "site.wan.bandwidth": "出口带宽", "site.wan.egress": "服务器对外出口", "site.lan.fixed_addresses": "局域网固定 IP",
      "site.lan.no_internet": "考生机不可访问互联网", "site.router": "路由器", "site.switch": "交换机", "site.firewall": "防火墙", "site.security_software": "安全防护软件",
    },
    seat: { "site.seat.pc": "考生机", "site.seat.os": "操作系统", "site.seat.camera": "摄像头", "site.seat.client": "考试客户端", "site.seat.authentication": "安全认证" },
    invigilator: { "site.invigilator.pc": "监考机", "site.invigilator.os": "操作系统", "site.invigilator.browser": "浏览器", "site.invigilator.office": "Office 软件" },
    equipment: {
      "site.cctv": "考场监控设备", "site.identity.terminal": "人证核验一体设备（方式一）", "site.identity.desk": "计算机核验（方式二）",
      "site.printer": "打印机", "site.face_comparison": "人像对比服务", "site.queue": "叫号排队系统",
    },
  },
  preflight: {
    disk: "硬盘空间与速度", clock: "时钟", power: "供电", devices: "岗位设备", printing: "打印测试页", backup: "备份", line: "到中心的线路",
    sessions: "考试包与密钥", rehearsal: "压力演练", staff: "工作人员",
  },
};
