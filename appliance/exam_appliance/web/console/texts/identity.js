/** Texts of the identity desk. */

const pair = (zh, en) => ({ zh, en });

export const IDENTITY_TEXT = {
  title: pair("身份核验", "Identity desk"),
  choose: pair("核验台", "Desk"),
  noDesks: pair("还没有核验台，请技术员在“设备 - 岗位绑定”中增设", "No desk yet: a technician adds one under Devices, Roles"),
  waiting: pair("请考生将身份证放在阅读器上", "Ask for the identity card on the reader"),
  reading: pair("正在读取证件…", "Reading the document…"),
  parts: { reader: pair("阅读器", "Reader"), camera: pair("摄像头", "Camera"), printer: pair("座位条打印机", "Slip printer") },
  there: pair("就绪", "ready"),
  own: pair("用本机的", "this computer's"),
  away: pair("未接入", "not there"),
  pictures: { live: pair("现场照片", "Live"), card: pair("证件照片", "Card"), registration: pair("报名照片", "Registration"), desk: pair("核验台照片", "At the desk") },
  noPicture: pair("没有照片", "no picture"),
  shoot: pair("拍照并比对", "Take picture and compare"),
  again: pair("重新拍照", "Take another"),
  cameraOff: pair("本机摄像头不可用：请允许使用摄像头，并通过 https 或本机地址打开本页", "No camera here: allow it, and open this page over https or on this machine"),
  pairs: { card: pair("与证件照片", "with card"), registration: pair("与报名照片", "with registration"), desk: pair("与核验台照片", "with desk") },
  outcomes: { match: pair("一致", "match"), no_match: pair("不一致", "no match"), not_compared: pair("未比对", "not compared") },
  verdicts: { pass: pair("核验通过", "Verified"), ask: pair("请人工判定", "A person decides"), refuse: pair("拒绝入场", "Refused") },
  kinds: {
    resident: pair("居民身份证", "Resident card"), permit: pair("港澳台居民居住证", "HK, Macau, Taiwan permit"),
    foreign_2017: pair("外国人永久居留证（2017 版）", "Foreigner's card 2017"), foreign_2023: pair("外国人永久居留证（2023 版）", "Foreigner's card 2023"),
  },
  fields: {
    document: pair("证件", "Document"), name: pair("姓名", "Name"), number: pair("号码", "Number"), validity: pair("有效期", "Valid"),
    ticket: pair("准考证号", "Ticket"), session: pair("场次", "Session"), seat: pair("座位", "Seat"),
  },
  longTerm: pair("长期", "long term"),
  seat: (room, seat) => pair(`${room} ${seat} 号`, `seat ${seat}`),
  slip: pair("座位条已交付打印", "Seat slip sent to the printer"),
  settled: (by, reason) => pair(`${by} 人工判定：${reason}`, `decided by ${by}`),
  pass: pair("人工放行", "Let in"),
  override: pair("推翻拒绝（双人）", "Overturn (two people)"),
  refuse: pair("拒绝", "Refuse"),
  next: pair("下一位", "Next"),
  byHand: pair("手工录入", "Type in"),
  dialog: { passTitle: pair("人工放行", "Let in"), refuseTitle: pair("人工拒绝", "Refuse"), confirm: pair("确认", "Confirm") },
  reasons: ["已人工核对证件原件与本人一致", "照片陈旧，已核对本人", "持有效临时身份证"],
  record: {
    title: pair("核验记录", "Record"), when: pair("时间", "When"), who: pair("考生", "Who"), where: pair("地点", "Where"), decision: pair("判定", "Decision"),
    rules: pair("依据", "Rules"), by: pair("判定人", "By"), evidence: pair("资料", "Evidence"), everywhere: pair("全部地点", "everywhere"), again: pair("刷新", "Look again"),
    journalled: pair("查看照片会记入日志", "who looks at pictures is journalled"), unknown: pair("名单外人员", "not on the roster"), system: pair("系统", "the system"),
    look: pair("查看照片", "Pictures"), close: pair("收起", "Close"), none: pair("无照片", "none"), empty: pair("还没有核验记录", "No verification yet"), more: pair("更早的记录", "Earlier ones"),
  },
  hand: { title: pair("按证件原件录入", "As on the document"), long: pair("长期有效", "long term"), from: pair("起始日期", "From"), to: pair("截止日期", "To"), save: pair("开始核验", "Verify"), ticket: pair("准考证号（可不填）", "Ticket (may be empty)") },
};
