/** Texts of the display. */

const pair = (zh, en) => ({ zh, en });

export const TEXT = {
  now: pair("正在办理", "Now serving"),
  free: pair("空闲", "free"),
  goTo: pair("请到", "please go to"),
  last: pair("最近叫号", "Last called"),
  waiting: pair("等候", "Waiting"),
  people: (n) => pair(`${n} 人`, `${n}`),
  wait: (n) => pair(`现在取号约等 ${n} 分钟`, `about ${n} min from now`),
  waitUnknown: pair("等候时间暂时无法估计", "waiting time not known yet"),
  none: pair("没有人等候", "nobody waits"),
  none_called: pair("还没有叫号", "nobody was called yet"),
  more: (n) => pair(`另有 ${n} 人`, `${n} more`),
  again: pair("重呼", "again"),
  lost: pair("与服务器的连接已断开，内容可能不是最新；正在重新连接", "The line to the server is down; this may be out of date. Reconnecting"),
  sound: pair("点按此处开启声音", "Press to turn the sound on"),
  noVoice: pair("语音播报不可用，请看屏幕", "No voice, please watch the screen"),
  locked: pair("本机没有登记", "This machine is not enrolled"),
  lockedHow: pair("请技术员在控制台“叫号”页的“取号机与显示屏”生成链接，并在本机打开", "A technician makes a link at the console, page Queue, and opens it here"),
  off: pair("本考点没有启用叫号排队", "Queue calling is off at this site"),
};
