/** A text: Chinese, and English beside it. */
export const pair = (zh, en) => ({ zh, en });
