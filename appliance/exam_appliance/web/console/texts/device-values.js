/** Words for what devices tell: facts, events, values of documents, codes and answers. */

const pair = (zh, en) => ({ zh, en });

/** Names of events. */
export const EVENT_WORDS = {
  "card.laid": pair("放上证件", "card laid"), "card.read": pair("读出证件", "card read"), "card.unreadable": pair("证件读不出", "card unreadable"), "card.removed": pair("拿走证件", "card removed"),
  "card.inserted": pair("插入卡片", "card inserted"), "code.scanned": pair("扫到条码", "code scanned"), "code.unreadable": pair("条码无法采用", "code refused"),
  "frames.stopped": pair("画面中断", "frames stopped"), "frames.resumed": pair("画面恢复", "frames resumed"), "job.done": pair("打印完成", "job done"), "job.failed": pair("打印失败", "job failed"),
  "power.on_battery": pair("转为电池供电", "on battery"), "power.low": pair("电量低", "battery low"), "power.restored": pair("市电恢复", "mains restored"),
};

/** Names of facts and of values in events and answers; what is not here is shown as the device calls it. */
export const VALUE_WORDS = {
  // Documents.
  type_zh: pair("证件类型", "type"), name: pair("姓名", "name"), english_name: pair("英文姓名", "English name"), sex: pair("性别", "sex"), nation: pair("民族", "nation"), birth: pair("出生", "birth"),
  address: pair("住址", "address"), new_address: pair("追加住址", "new address"), number: pair("证件号码", "number"), number_holds: pair("号码校验", "check digit"), issuer: pair("签发机关", "issuer"),
  valid_from: pair("有效期自", "valid from"), valid_to: pair("有效期至", "valid to"), long_term: pair("长期有效", "long-term"), pass_number: pair("通行证号码", "pass number"), issue_count: pair("签发次数", "issue count"),
  nationality: pair("国籍", "nationality"), renewals: pair("换证次数", "renewals"), old_number_link: pair("既往证件号码", "former number"), findings: pair("存疑之处", "findings"), photo: pair("证件照片", "photo"),
  took_ms: pair("用时（毫秒）", "took, ms"),
  // Codes.
  text: pair("内容", "text"), symbology: pair("码制", "symbology"), source: pair("来源", "source"), repeated: pair("重复扫描", "repeated"), shown: pair("可见部分", "what can be shown"), length: pair("长度", "length"),
  reason: pair("原因", "reason"), detail: pair("细节", "detail"),
  // Readers and cards.
  sam_id: pair("安全模块号", "SAM id"), transport: pair("连接方式", "connection"), baud: pair("波特率", "baud"), layout: pair("端点布局", "endpoints"), port_settings: pair("串口参数", "serial settings"), input_name: pair("输入设备名", "input name"),
  reader: pair("读写器名", "reader"), interface: pair("接口号", "interface"), slot: pair("卡槽", "slot"), scripts: pair("可用脚本", "scripts"), card_present: pair("有卡", "card present"), present: pair("有卡", "card present"),
  atr: pair("ATR", "ATR"), convention: pair("编码约定", "convention"), protocols: pair("协议", "protocols"), historical: pair("历史字节", "historical bytes"),
  // Cameras.
  formats: pair("格式与尺寸", "formats and sizes"), best_still: pair("最大照片", "largest still"), megapixels: pair("百万像素", "megapixels"), still_measured: pair("实测照片", "still as measured"), driver: pair("驱动", "driver"),
  bus: pair("总线", "bus"), width: pair("宽", "width"), height: pair("高", "height"), format: pair("格式", "format"), claimed: pair("自报尺寸", "claimed size"), own_jpeg: pair("摄像头自压缩", "camera's own JPEG"),
  brightness: pair("平均亮度", "mean brightness"), rate: pair("帧率", "frames per second"), largest: pair("最大尺寸", "largest size"),
  // Printers.
  resolutions_dpi: pair("分辨率（dpi）", "resolutions, dpi"), paper: pair("纸张", "paper"), pages: pair("页数", "pages"), job: pair("作业", "job"), title: pair("标题", "title"), queue: pair("打印队列", "queue"), key: pair("单据编号", "document's key"), state: pair("结果", "result"),
  // Power.
  charge_percent: pair("电池电量（%）", "charge, %"), runtime_s: pair("可供电时间（秒）", "runtime, s"), load_percent: pair("负载（%）", "load, %"), battery_v: pair("电池电压（V）", "battery, V"), input_v: pair("输入电压（V）", "input, V"),
  output_v: pair("输出电压（V）", "output, V"), temperature_c: pair("温度（℃）", "temperature, °C"), power_w: pair("额定功率（W）", "rated power, W"), status: pair("状态字", "status words"), alarm: pair("告警", "alarm"),
  test_result: pair("上次电池测试", "last battery test"), power: pair("供电", "power"), battery_type: pair("电池类型", "battery type"), ups: pair("UPS 名称", "name at upsd"), server: pair("NUT 服务器", "NUT server"),
};

/** Words of values that devices tell as codes, by the name of the value. */
export const CODE_WORDS = {
  number_holds: { true: "相符", false: "不符" },
  sex: { male: "男", female: "女", unknown: "未知", unstated: "未说明" },
  transport: { usb: "USB", hid: "USB HID", serial: "串口", keyboard: "键盘方式" },
  layout: { pair: "一对端点", four: "两对端点" },
  power: { mains: "市电", battery: "电池", low: "电池将尽" },
  state: { completed: "已完成", aborted: "已中止", canceled: "已取消" },
  source: { scanner: "扫码器", camera: "摄像头" },
};

/** What stands in the pictures' place and for yes and no. */
export const PHOTO_WORDS = { decoded: "已解码", not_decoded: "未解码" };
export const YES = "是";
export const NO = "否";
export const LONG_TERM = "长期";
