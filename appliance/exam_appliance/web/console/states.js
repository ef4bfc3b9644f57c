/** How states look and what they are called. */

/** States of a seat in the order of an exam. */
export const SEAT_STATE = {
  arranged: { zh: "未到", en: "Not here yet", icon: "Clock" },
  checked_in: { zh: "候考", en: "Checked in", icon: "CircleCheck" },
  sitting: { zh: "作答中", en: "Sitting", icon: "EditPen" },
  paused: { zh: "已暂停", en: "Paused", icon: "VideoPause" },
  submitted: { zh: "已交卷", en: "Submitted", icon: "Upload" },
  scored: { zh: "已评分", en: "Scored", icon: "Finished" },
  absent: { zh: "缺考", en: "Absent", icon: "Remove" },
  voided: { zh: "已作废", en: "Voided", icon: "CircleClose" },
};

export const CONNECTION = {
  live: { zh: "在线", en: "Live", bars: 3 },
  slow: { zh: "迟缓", en: "Slow", bars: 2 },
  lost: { zh: "断开", en: "Lost", bars: 0 },
  none: { zh: "未连接", en: "Never connected", bars: 0 },
};

/** States of a session; `place` is its step on the way from download to sign-off. */
export const SESSION_STATE = {
  announced: { zh: "已通知", en: "Announced", place: 0 },
  downloaded: { zh: "已下载", en: "Downloaded", place: 1 },
  unlocked: { zh: "已解密", en: "Unlocked", place: 2 },
  open: { zh: "开放登录", en: "Open", place: 3 },
  running: { zh: "考试中", en: "Running", place: 4 },
  paused: { zh: "全场暂停", en: "Paused", place: 4 },
  ended: { zh: "已结束", en: "Ended", place: 5 },
  signed_off: { zh: "已签结", en: "Signed off", place: 6 },
  cancelled: { zh: "已撤回", en: "Taken back", place: 0 },
};

/** The way of a session, as the step bar shows it. */
export const SESSION_WAY = ["downloaded", "unlocked", "open", "running", "ended", "signed_off"];

/** True while someone is expected to be at the seat. */
export function atSeat(seat) {
  return seat.state === "checked_in" || seat.state === "sitting" || seat.state === "paused";
}

/** What is told of the picture at the seat; `look` where an invigilator must. */
export const SEAT_PICTURE = {
  due: { zh: "待拍照", en: "Picture due" },
  passed: { zh: "照片核对通过", en: "Picture passed" },
  person: { zh: "照片待核", en: "Look in person", look: true },
  refused: { zh: "照片拒绝", en: "Refused", look: true },
  missed: { zh: "未拍照", en: "No picture", look: true },
};

/** True when an invigilator must look at a candidate for the picture's sake. */
export function pictureNeedsLook(seat) {
  return Boolean(seat.seat_picture && SEAT_PICTURE[seat.seat_picture].look);
}

/** True when a seat needs a look: no contact, locked, a picture to decide about, or standing still on its own. */
export function needsLook(seat, session) {
  if (seat.locked || pictureNeedsLook(seat)) return true;
  if (seat.state === "paused" && session && session.state !== "paused") return true;
  return atSeat(seat) && seat.connection !== "live";
}
