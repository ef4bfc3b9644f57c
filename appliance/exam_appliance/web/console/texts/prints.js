/** Texts of printing: what waits, history, documents of a session. */

const pair = (zh, en) => ({ zh, en });

export const PRINT_TEXT = {
  tabsLabel: pair("打印页面", "Pages of printing"),
  tabs: { queue: pair("待打印", "Waiting"), history: pair("打印记录", "History") },
  states: {
    waiting: pair("等待", "Waiting"), sending: pair("打印中", "Printing"), printed: pair("已打印", "Printed"),
    failed: pair("失败", "Failed"), doubtful: pair("待确认", "Unsure"), cancelled: pair("已取消", "Cancelled"),
  },
  kind: pair("单据", "Document"), about: pair("内容", "About"), printer: pair("打印机", "Printer"), who: pair("经办", "By"), when: pair("时间", "Time"), state: pair("状态", "State"),
  copies: (n) => pair(`补打第 ${n} 次`, `reprint ${n}`), many: (n) => pair(`${n} 份`, `${n} documents`), making: (n, of) => pair(`正在生成 ${n} / ${of}`, `making ${n} of ${of}`),
  queue: {
    title: pair("还没有打印出来的", "Not out yet"), none: pair("没有等待或失败的打印", "Nothing waits, nothing failed"),
    needing: (n) => pair(`${n} 份需要人处理`, `${n} need a person`),
    printers: pair("打印机", "Printers"), ready: pair("可以打印", "Ready"), notReady: pair("不能打印", "Not ready"), waiting: (n) => pair(`${n} 份等待`, `${n} wait`),
    bind: pair("到“设备”页绑定打印机", "Bind printers on the devices page"),
    faults: pair("本省模板有误，已改用内置模板", "A template of the province is broken; the shipped one is used"), line: (file, line) => (line ? `${file} 第 ${line} 行` : file),
  },
  deeds: { retry: pair("重试", "Retry"), redirect: pair("换打印机", "Other printer"), cancel: pair("取消", "Cancel"), confirm: pair("已打印", "It is out"), reprint: pair("补打", "Reprint") },
  done: { retry: pair("将再次打印", "Tried again"), redirect: pair("已改用其他打印机", "Sent elsewhere"), cancel: pair("已取消打印", "Cancelled"), confirm: pair("已记为打印完成", "Noted as printed"), reprint: pair("已交付补打", "Reprint ordered") },
  choose: {
    redirect: pair("改用哪台打印机？", "Which printer?"), reprint: pair("在哪台打印机补打？", "Where to reprint?"),
    reprintHint: pair("补打的单据会印上“补打”和次数，并记入日志", "Reprints are marked and journalled"), redirectHint: pair("已交给原打印机的会先撤回；撤不回时请先看出纸口", "What the other printer holds is taken back first"),
    receipts: pair("小票打印机", "receipt printer"), go: pair("打印", "Print"), back: pair("返回", "Back"),
  },
  cancelAsk: pair("取消这份打印？", "Cancel this print?"),
  history: { all: pair("全部", "All"), none: pair("还没有打印记录", "Nothing was printed yet"), more: pair("更早的记录", "Older"), kinds: pair("单据类别", "Kind of document") },
  kinds: {
    admission_ticket: pair("准考证", "Admission ticket"), queue_slip: pair("排队号条", "Queue slip"), seat_slip: pair("座位条", "Seat slip"),
    sign_in_sheet: pair("签到表", "Sign-in sheet"), room_list: pair("考场门贴", "Room list"), room_record: pair("考场记录单", "Room record"), score_report: pair("成绩单", "Score report"),
  },
  papers: {
    what: pair("按考场打印。同一内容不会重复打印，再次需要时用“补打”；查看和打印都记入日志", "By room. The same is not printed twice: reprint it; looking and printing are journalled"),
    room: pair("考场", "Room"), people: (n) => pair(`${n} 人`, `${n} candidates`), to: pair("打印到", "To"), look: pair("预览", "Preview"), print: pair("打印", "Print"),
    tooEarly: pair("考试结束后可打印", "after the end"), noScores: pair("还没有成绩", "no scores yet"), scored: (n) => pair(`${n} 人有成绩`, `${n} scored`),
    ordered: pair("已交付打印", "Sent to the printer"), before: pair("这份内容已经打印过或正在打印，需要时请用“补打”", "This is printed already or on its way: reprint it if needed"),
    last: pair("上次", "Last"), mine: pair("本场打印记录", "Printed of this session"), staffOnly: pair("监考员和主考可以打印本场单据", "Invigilators and the lead print these"),
  },
};
