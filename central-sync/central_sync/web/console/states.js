/** How states look and what they are called: tone (good, note, warn, bad, plain), icon, words. */

const look = (zh, en, tone, icon) => ({ zh, en, tone, icon });

export const SESSION_STATE = {
  arranged: look("已安排", "Arranged", "plain", "Calendar"),
  packaged: look("已组包", "Packaged", "note", "Box"),
  released: look("已放密钥", "Key released", "good", "Unlock"),
  closed: look("已结束", "Over", "done", "Finished"),
  cancelled: look("已取消", "Cancelled", "bad", "CircleClose"),
};

export const SERVER_STATE = {
  active: look("正常", "Active", "good", "CircleCheck"),
  quarantined: look("已隔离", "Quarantined", "bad", "WarningFilled"),
  revoked: look("已吊销", "Revoked", "plain", "CircleClose"),
};

export const SILENT = look("失联", "Silent", "warn", "Connection");

export const JOB_STATE = {
  waiting: look("排队中", "Waiting", "plain", "Clock"),
  running: look("进行中", "Running", "note", "Loading"),
  done: look("已完成", "Done", "good", "CircleCheck"),
  failed: look("未成功", "Failed", "bad", "CircleClose"),
};

/** States of an arranged candidate, in the order of an exam. */
export const LEDGER_STATE = {
  arranged: look("已安排", "Arranged", "arranged", "Clock"),
  checked_in: look("已签到", "Checked in", "checked-in", "CircleCheck"),
  sitting: look("考试中", "Sitting", "sitting", "EditPen"),
  submitted: look("已交卷", "Submitted", "submitted", "Upload"),
  scored: look("已评分", "Scored", "scored", "Finished"),
  absent: look("缺考", "Absent", "absent", "Remove"),
  voided: look("已作废", "Voided", "voided", "CircleClose"),
  not_reported: look("未上报", "Not reported", "paused", "QuestionFilled"),
};

export const LEDGER_ORDER = Object.keys(LEDGER_STATE);

export const RELEASE_STATE = {
  too_early: look("未到放密钥时间", "Too early", "plain", "Clock"),
  may_release: look("可以放密钥", "May be released", "note", "Key"),
  released: look("密钥已放出", "Released", "good", "Unlock"),
  closed: look("窗口已关闭", "Window closed", "warn", "Lock"),
};

export const PACKAGE_STATE = {
  none: look("尚未组包", "Not built", "plain", "Box"),
  building: look("正在组包", "Being built", "note", "Loading"),
  built: look("已组包", "Built", "good", "Box"),
};

/** A server that is not heard for this long is called silent, milliseconds. */
export const SILENT_AFTER_MS = 30 * 60 * 1000;

/** How a server stands now: its state, or silent. */
export function serverLook(server, now = Date.now()) {
  if (server.state !== "active") return SERVER_STATE[server.state];
  return now - Date.parse(server.last_contact) > SILENT_AFTER_MS ? SILENT : SERVER_STATE.active;
}

export const ITEM_TYPE = {
  single: look("单选题", "Single choice", "single", ""),
  multiple: look("多选题", "Multiple choice", "multiple", ""),
  true_false: look("判断题", "True/false", "true-false", ""),
};
