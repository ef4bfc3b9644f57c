/** Texts of the exam, of handing in and of the result. */

import { pair } from "./pair.js";

export const EXAM = {
  paper: {
    coming: pair("考试开始，正在领取试卷…", "The exam has begun, fetching your paper…"),
    late: pair("试卷仍在途中，正在自动重试，您的考试时间由服务器记录", "Your paper is on its way, trying again by itself; the server keeps your time"),
  },
  item: {
    number: (number) => pair(`第 ${number} 题`, `Item ${number}`),
    points: (points) => pair(`${points} 分`, points === 1 ? "1 point" : `${points} points`),
    hint: {
      single: pair("选一项", "Choose one"),
      multiple: pair("选出全部正确选项", "Choose every right one"),
      true_false: pair("判断对错", "Right or wrong"),
    },
    choices: pair("选项", "Choices"),
    clear: pair("清除选择", "Clear"),
    flag: pair("标记", "Flag"),
    flagged: pair("已标记", "Flagged"),
    previous: pair("上一题", "Previous"),
    next: pair("下一题", "Next"),
    region: pair("试题", "Item"),
  },
  keys: {
    choose: pair("选择", "choose"),
    move: pair("上下选择", "up, down"),
    previous: pair("上一题", "previous"),
    next: pair("下一题", "next"),
    flag: pair("标记", "flag"),
  },
  media: {
    enlarge: pair("放大", "Enlarge"),
    picture: pair("图片", "Picture"),
    clip: pair("音视频", "Clip"),
    failed: pair("未能载入", "It could not be loaded"),
    again: pair("重新载入", "Load again"),
  },
  card: {
    title: pair("答题卡", "Answer card"),
    answered: pair("已答", "Answered"),
    blank: pair("未答", "Blank"),
    flagged: pair("标记", "Flagged"),
    current: pair("当前", "Current"),
    waiting: pair("待上传", "Not sent yet"),
    progress: (answered, total) => pair(`已答 ${answered} / ${total} 题`, `${answered} of ${total} answered`),
    hand: pair("交卷", "Hand in"),
  },
  time: {
    label: pair("剩余时间", "Time left"),
    stands: pair("时间暂停", "Time stands still"),
    unsure: pair("正在与服务器对时", "Asking the server for the time"),
    added: (ms) => {
      const whole = Math.round(ms / 1000);
      const [minutes, seconds] = [Math.floor(whole / 60), whole % 60];
      const zh = `${minutes ? ` ${minutes} 分钟` : ""}${seconds ? ` ${seconds} 秒` : ""}`;
      const en = `${minutes ? `${minutes} min` : ""}${minutes && seconds ? " " : ""}${seconds ? `${seconds} s` : ""}`;
      return pair(`剩余时间增加了${zh}`, `${en} were added to the time left`);
    },
    left: (minutes) => pair(`距考试结束还有 ${minutes} 分钟`, minutes === 1 ? "1 minute left" : `${minutes} minutes left`),
  },
  saved: {
    none: pair("作答自动保存", "Answers save by themselves"),
    at: (time) => pair(`已保存 ${time}`, "Saved"),
    now: pair("正在保存…", "Saving…"),
    waiting: (count) => pair(`未上传 ${count} 条，本机已保留`, `${count} not sent, kept here`),
    memory: (count) => pair(`未上传 ${count} 条，请勿关闭页面`, `${count} not sent, do not close`),
  },
  cover: {
    paused: pair("考试已暂停", "The exam is paused"),
    pausedHelp: pair("暂停期间不计时。请保持安静，等待监考员恢复考试", "No time is lost meanwhile. Please wait quietly for the invigilator to resume"),
    locked: pair("座位已锁定", "This seat is locked"),
    lockedHelp: pair("考试时间仍在继续。请举手等待监考员处理", "The time goes on. Raise your hand and wait for the invigilator"),
    timeUp: pair("考试时间到", "Time is up"),
    timeUpHelp: pair("停止作答，系统正在自动交卷，请勿离开座位", "Answering has ended; your paper is being handed in. Please stay at your seat"),
    reason: pair("原因", "Reason"),
  },
  submit: {
    title: pair("确认交卷", "Hand in your paper?"),
    allAnswered: (total) => pair(`全部 ${total} 题均已作答`, `All ${total} items are answered`),
    blanks: (count) => pair(`还有 ${count} 题未作答`, count === 1 ? "1 item is blank" : `${count} items are blank`),
    blanksHelp: pair("点击题号返回作答", "Click a number to go there"),
    flagged: (count) => pair(`还有 ${count} 题带标记`, count === 1 ? "1 item is flagged" : `${count} items are flagged`),
    timeLeft: (minutes) => pair(`距结束还有约 ${minutes} 分钟`, `about ${minutes} min left`),
    final: pair("交卷后不能再修改", "Nothing can be changed afterwards"),
    sending: (count) => pair(`还有 ${count} 条作答正在上传，传完即可交卷`, `${count} answers are on their way; you can hand in when they have arrived`),
    back: pair("继续答题", "Go on answering"),
    hand: pair("确认交卷", "Hand in"),
    handWithBlanks: pair("仍要交卷", "Hand in all the same"),
    handing: pair("正在交卷…", "Handing in…"),
    goTo: (number) => pair(`回到第 ${number} 题`, `Go to item ${number}`),
  },
  end: {
    submitted: pair("已交卷", "Handed in"),
    stored: pair("您的试卷已收到并保存", "Your paper has been received and stored"),
    grading: pair("正在评分，请稍候…", "Marking, please wait…"),
    noResult: pair("本场考试不在此显示成绩，请以发布的成绩为准", "The result is not shown here; it will be published"),
    leave: pair("请听从监考员安排离场", "Please follow the invigilator's word when to leave"),
    result: pair("考试成绩", "Your result"),
    points: pair("分", "points"),
    of: (full, pass) => pair(`满分 ${full} 分，合格 ${pass} 分`, `of ${full}, pass mark ${pass}`),
    passed: pair("合格", "Passed"),
    failed: pair("不合格", "Not passed"),
    type: pair("题型", "Type"),
    right: pair("答对", "Right"),
    score: pair("得分", "Points"),
    finish: pair("完成并退出", "Finish and log out"),
    terminated: pair("考试已终止", "Your exam was terminated"),
    terminatedHelp: pair("如有疑问，请向监考员说明", "If you have a question, speak to the invigilator"),
    absent: pair("已被登记为缺考", "You are recorded as absent"),
    absentHelp: pair("请举手联系监考员", "Please raise your hand"),
  },
};
