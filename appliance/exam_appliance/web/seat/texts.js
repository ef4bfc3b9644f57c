/** Texts of the seat page. */

const pair = (zh, en) => ({ zh, en });

export const TEXT = {
  product: pair("考点", "Kaodian"),
  beginning: pair("正在认证本机……", "This machine proves itself..."),
  code: pair("本机代码", "Code of this machine"),
  codeHint: pair("技术员：在控制台“设备—考生机”中，把本机的座位号填在这个代码旁", "Technician: at the console, Devices - Seats, type this machine's seat number beside this code"),
  turn: pair("按任意键或点此处，本机为", "Press any key or touch here: this machine becomes"),
  number: (number) => pair(`${number} 号`, `No. ${number}`),
  seat: pair("座位号", "Seat"),
  idle: pair("空闲，暂无考试安排", "Idle, no exam is arranged"),
  next: pair("下一场考试", "Next exam"),
  states: {
    coming: pair("等候开放登录", "Log-in is not open yet"),
    open: pair("已开放登录", "Log-in is open"),
    running: pair("考试进行中", "The exam is running"),
    paused: pair("考试暂停中", "The exam is paused"),
  },
  begin: pair("进入考试", "Go to the exam"),
  beginHint: pair("按任意键进入", "Press any key"),
  noKey: pair("本机浏览器不能保存座位密钥：请用 https 地址打开，或用考试终端启动本机", "This browser keeps no seat key: open the page by https, or boot the machine as a kiosk"),
  keyFailed: pair("本机浏览器无法保存座位密钥，请检查是否为无痕模式或磁盘已满", "The browser could not keep the seat key: is it in private mode, or is the disk full?"),
  agent: pair("本机认证已过期，请重启本机", "This machine's admission is over: start it again"),
  offline: pair("连接不到服务器，请检查网线；恢复后自动继续", "The server cannot be reached; check the cable, it goes on by itself"),
  browser: {
    missing: pair("本考场须使用 Safe Exam Browser，请打开考场下发的 .seb 文件", "This room takes Safe Exam Browser alone: open the .seb file of the session"),
    wrong: pair("Safe Exam Browser 的配置不是本场考试的，请重新打开考场下发的 .seb 文件", "This Safe Exam Browser runs another configuration: open the .seb file of the session again"),
  },
  machine: pair("本机", "Machine"),
};
