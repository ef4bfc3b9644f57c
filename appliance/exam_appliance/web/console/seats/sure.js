/** Asks before something that cannot be taken back; resolves to true or false. */

import { SEAT_TEXT } from "../texts/seats.js";

export async function sure(question) {
  try {
    await window.ElementPlus.ElMessageBox.confirm(`${question.zh} ${question.en}`, {
      confirmButtonText: `${SEAT_TEXT.yes.zh} ${SEAT_TEXT.yes.en}`,
      cancelButtonText: `${SEAT_TEXT.no.zh} ${SEAT_TEXT.no.en}`,
      type: "warning",
    });
    return true;
  } catch (answer) {
    return false;
  }
}
