/** How kinds and states of devices look. */

import { DEVICE_TEXT } from "../texts/devices.js";

export const KIND_ICON = {
  id_card: "Postcard",
  smart_card: "CreditCard",
  scanner: "FullScreen",
  camera: "VideoCamera",
  printer: "Printer",
  receipt_printer: "Tickets",
  power: "Lightning",
};

export const STATE_LOOK = {
  absent: { icon: "Remove", tone: "faint" },
  present: { icon: "MoreFilled", tone: "note" },
  ready: { icon: "CircleCheckFilled", tone: "good" },
  busy: { icon: "Clock", tone: "note" },
  degraded: { icon: "WarningFilled", tone: "warn" },
  failed: { icon: "CircleCloseFilled", tone: "bad" },
};

export const HISTORY_LOOK = {
  plugged: { icon: "CirclePlusFilled", tone: "good" },
  unplugged: { icon: "RemoveFilled", tone: "faint" },
  fault: { icon: "CircleCloseFilled", tone: "bad" },
  recovered: { icon: "CircleCheckFilled", tone: "good" },
  self_test: { icon: "Finished", tone: "note" },
};

/** How a self-test in the history ended, in words; undefined for lines of other kinds. */
export function resultOf(line) {
  return line.what === "self_test" ? DEVICE_TEXT.history.results[line.detail] : undefined;
}

/** What a device is called: maker and model, else its kind. */
export function nameOf(device) {
  return [device.maker, device.model].filter(Boolean).join(" ") || device.zh;
}

/** True when a device needs somebody to look after it. */
export function needsHand(device) {
  return device.state === "failed" || device.state === "degraded" || (device.state === "absent" && device.roles.length > 0);
}
