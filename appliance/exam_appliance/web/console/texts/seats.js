/** Texts of the seats' page. */

const pair = (zh, en) => ({ zh, en });

export const SEAT_TEXT = {
  states: { free: pair("未绑定", "No machine"), online: pair("在线", "On"), silent: pair("失联或关机", "Silent or off") },
  counts: (online, silent, free) => pair(`在线 ${online}，失联 ${silent}，未绑定 ${free}`, `${online} on, ${silent} silent, ${free} without machine`),
  off: pair("未要求绑定（seats.binding: off）：任何机器都能打开考试页面", "Binding is not required (seats.binding: off): any machine opens the exam's pages"),
  room: pair("考场", "Room"), wholeSite: pair("全部座位", "All seats"),
  number: (place) => (place.room ? `${place.room} ${place.number} 号` : `${place.number} 号`),
  sitting: pair("考试中", "in exam"),
  shortfalls: (count) => pair(`${count} 项不足`, `${count} short`),
  waiting: {
    title: pair("等候绑定的机器", "Machines that wait for a seat"),
    none: pair("没有机器在等候。请在考生机上打开座位页面：", "No machine waits. Open the seat page on the machines:"),
    number: pair("座位号", "Seat"),
    bind: pair("绑定", "Bind"), replace: pair("更换", "Replace"),
    was: (place) => pair(`像是 ${place} 原来的机器，密钥已丢失`, `looks like the machine of ${place}, its key is lost`),
    noNumber: pair("请填写座位号", "Type the seat number"),
  },
  order: {
    title: pair("按顺序点机", "In order"),
    what: pair("选定起始座位后，依次在每台机器上按任意键，机器按座位号顺序绑定。", "Choose where to begin, then press any key on one machine after the other: each takes the next seat."),
    from: pair("从座位", "From seat"), begin: pair("开始", "Begin"), end: pair("结束", "End"),
    next: (place) => pair(`下一台按键的机器：${place}`, `The next touched machine: ${place}`),
    full: pair("本考场没有空座位了", "No seat of this room is free"),
  },
  power: {
    title: pair("电源", "Power"),
    kinds: { wake: pair("唤醒", "Wake"), shutdown: pair("关机", "Shut down"), reboot: pair("重启", "Reboot") },
    room: { wake: pair("全部唤醒", "Wake all"), shutdown: pair("全部关机", "Shut all down"), reboot: pair("全部重启", "Reboot all") },
    sure: {
      shutdown: pair("关闭全部已绑定的考生机？正在考试的座位不会关机。", "Shut all bound machines down? Seats in an exam stay on."),
      reboot: pair("重启全部已绑定的考生机？正在考试的座位不会重启。", "Reboot all bound machines? Seats in an exam stay on."),
    },
    outcomes: {
      asked: pair("等待该机接受", "waits for the machine"), sent: pair("唤醒包已发出", "wake packet sent"),
      taken: pair("已接受", "taken"), failed: pair("失败", "failed"), unanswered: pair("没有响应", "no answer"),
    },
    given: (count) => pair(`已向 ${count} 个座位发出`, `Sent to ${count} seats`),
    leftOut: pair("未发出", "Left out"),
  },
  seat: {
    close: pair("关闭", "Close"), none: pair("没有绑定机器", "No machine is bound"),
    machine: pair("机器", "Machine"), board: pair("型号", "Model"), macs: pair("网卡", "Network card"), address: pair("地址", "Address"),
    kept: pair("密钥", "Key"), keptAt: { tpm: pair("TPM 芯片", "TPM"), disk: pair("本机硬盘", "on its disk"), browser: pair("浏览器", "in the browser") },
    agent: pair("座位代理", "Seat agent"), agentOn: pair("运行中", "running"), agentOff: pair("未运行，不能远程关机", "not running: no remote power"),
    bound: pair("绑定", "Bound"), until: pair("认证有效至", "Admitted until"),
    order: pair("最近指令", "Last order"),
    move: pair("改座位", "Change seat"), moveTo: pair("改为座位", "New seat"), unbind: pair("解除绑定", "Unbind"),
    unbindSure: (place) => pair(`解除 ${place} 的绑定？该机将立即不能打开考试页面。`, `Unbind ${place}? The machine cannot open the exam's pages from this moment.`),
  },
  hardware: {
    title: pair("硬件（对照环境标准）", "Hardware against the standard"),
    none: pair("尚未上报", "Not reported yet"),
    states: { pass: pair("合格", "pass"), fail: pair("不足", "short"), unknown: pair("未知", "unknown") },
    list: pair("硬件不足的座位", "Seats that fall short"),
    lacks: (point) => pair(`${point.zh} ${point.measured_zh}：${point.todo_zh}`, `${point.en} ${point.measured_en}: ${point.todo_en}`),
  },
  lock: {
    title: pair("Safe Exam Browser", "for Windows rooms"),
    what: pair("Windows 考场：在考生机上打开本场的 .seb 文件进入考试；退出口令只告诉监考员。", "Windows rooms: open the session's .seb file on the machines; the quit password is for invigilators alone."),
    off: pair("未要求（seats.safe_exam_browser: off）", "Not required (seats.safe_exam_browser: off)"),
    file: pair("配置文件", "File"), password: pair("退出口令", "Quit password"), key: pair("Config Key", "Config Key"),
    none: pair("没有待考的场次", "No session is to come"),
  },
  yes: pair("确定", "Yes"), no: pair("取消", "No"),
};
