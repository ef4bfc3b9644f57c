/** Texts of the frame, of connection and saving, and of what every view may have to say. */

import { pair } from "./pair.js";

export const COMMON = {
  product: pair("考点", "Kaodian"),
  examTitle: pair("理论考试", "Theory exam"),
  practiceRibbon: pair("练习 · 不计成绩", "Practice · nothing here counts"),
  practiceMark: pair("练习", "Practice"),
  seat: pair("座位", "Seat"),
  ticket: pair("准考证号", "Ticket"),
  candidate: pair("考生", "Candidate"),
  loading: pair("正在载入…", "Loading…"),
  looking: pair("正在连接服务器…", "Connecting to the server…"),
  close: pair("关闭", "Close"),
  understood: pair("知道了", "Got it"),
  again: pair("重试", "Try again"),
  skip: pair("跳到主要内容", "Skip to the content"),
  problemHelp: pair("如问题持续，请举手告知监考员", "If this goes on, raise your hand"),
  comfort: {
    label: pair("显示设置", "Display"),
    size: pair("字号", "Text size"),
    sizes: {
      normal: pair("标准字号", "Normal text"),
      large: pair("大字号", "Large text"),
      largest: pair("特大字号", "Largest text"),
    },
    contrast: pair("高对比度", "High contrast"),
  },
  line: {
    away: pair("与服务器的连接中断", "The server cannot be reached"),
    awayHelp: pair(
      "请继续答题：您的作答已保留在本机，连接恢复后自动上传，无需任何操作",
      "Go on answering: your answers are kept on this machine and are sent by themselves when the line is back",
    ),
    awayCalm: pair("正在自动重新连接，请稍候", "Reconnecting by itself, please wait"),
  },
  memory: {
    title: pair("本机存储不可用", "This machine cannot store answers"),
    help: pair(
      "作答仍会上传服务器；请不要关闭或刷新本页面，并举手告知监考员",
      "Answers still go to the server. Do not close or reload this page, and raise your hand",
    ),
  },
  messages: {
    title: pair("监考员消息", "Message from the invigilator"),
  },
  incident: {
    title: pair("请举手告知监考员", "Please raise your hand"),
    help: (numbers) =>
      pair(
        `服务器缺少您此前已保存的作答${numbers ? `（第 ${numbers} 题）` : ""}。本机仍保有这些作答，正在重新上传`,
        `The server no longer holds answers that it had saved${numbers ? ` (items ${numbers})` : ""}. They are still on this machine and are being sent again`,
      ),
    told: pair("监考员已知晓", "The invigilator knows"),
  },
  refused: {
    title: (numbers) =>
      numbers
        ? pair(`第 ${numbers} 题的最后一次作答未被接收`, `The last answer to item ${numbers} was not accepted`)
        : pair("有作答未被接收", "An answer was not accepted"),
    help: pair("该题以服务器此前保存的作答为准；如有疑问请举手", "What the server had saved before counts; raise your hand if in doubt"),
  },
};

/** Item types as the paper names them. */
export const TYPE = {
  single: pair("单选题", "Single choice"),
  multiple: pair("多选题", "Multiple choice"),
  true_false: pair("判断题", "True or false"),
};
