/** Texts of the picture at the seat. */

import { pair } from "./pair.js";

export const SEAT_PICTURE = {
  title: pair("座位拍照核对", "Picture at your seat"),
  why: pair("与入场核验时的照片比对，照片只留在本考点", "Compared with the identity desk's picture; stays at this site"),
  rules: [
    pair("摘下帽子、口罩和墨镜", "Take off cap, mask and dark glasses"),
    pair("正对摄像头，脸放在圆框内", "Look into the camera, your face inside the oval"),
    pair("画面中只有您一人，光线充足", "Nobody else in the picture, light on your face"),
  ],
  live: pair("摄像头画面", "Live picture of the camera"),
  still: pair("刚拍的照片", "The picture just taken"),
  opening: pair("正在打开摄像头；如浏览器询问，请选择“允许”", "Opening the camera; if the browser asks, choose Allow"),
  shoot: pair("拍照（倒数 3 秒）", "Take it (counts 3)"),
  shootAgain: pair("再拍一次（倒数 3 秒）", "Again (counts 3)"),
  taken: pair("已拍照，请提交或重拍", "Taken: send it, or take another"),
  retake: pair("重拍", "Retake"),
  send: pair("提交核对", "Send"),
  sending: pair("正在核对…", "Comparing…"),
  openAgain: pair("重新检测摄像头", "Try the camera again"),
  askInvigilator: pair("无法拍好，请监考员核对", "Ask the invigilator instead"),
  goOn: pair("继续", "Continue"),
  passed: pair("照片核对通过", "The picture has passed"),
  expected: pair("座位照片尚待监考员核对，请照常准备考试", "An invigilator will still look at you in person; go on as usual"),
  again: (left) => pair(`请按提示调整后再拍，还可拍 ${left} 次`, `mend it and take another: ${left} more may be taken`),
  nextRequired: pair("已通知监考员。请坐好等候，监考员核对后才能开考", "The invigilator has been told. Stay seated: your exam begins after he or she has looked"),
  nextAsked: pair("已通知监考员。您可以继续，监考员会到座位核对", "The invigilator has been told. You may go on: he or she will come and look"),
  refused: pair("监考员核对后未予通过", "The invigilator has looked and refused"),
  refusedHelp: pair("请听从监考员安排", "Follow the invigilator"),
  off: {
    no_camera: pair("没有找到摄像头", "No camera was found"),
    camera_denied: pair("浏览器未获准使用摄像头", "The browser may not use the camera"),
    camera_failed: pair("摄像头打不开或没有画面", "The camera cannot be opened or shows nothing"),
  },
};
