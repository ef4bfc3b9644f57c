/** A text in Chinese and in English. */
export const pair = (zh, en) => ({ zh, en });
