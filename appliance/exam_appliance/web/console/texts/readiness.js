/** Texts of readiness, pre-flight and form 4. */

const pair = (zh, en) => ({ zh, en });

export const READINESS_TEXT = {
  title: pair("就绪检查", "Readiness"),
  tabsLabel: pair("就绪检查页面", "Pages of readiness"),
  tabs: {
    standard: pair("环境标准 46 项", "Environment standard"),
    preflight: pair("考前检查", "Pre-flight"),
    form: pair("申请表（附件 4）", "Form 4"),
  },
  run: pair("开始检查", "Check"), again: pair("重新检查", "Check again"),
  running: (done, of) => pair(`正在检查 ${done} / ${of}`, `${done} of ${of}`),
  pdf: pair("打印报告（PDF）", "Report as PDF"),
  none: pair("还没有检查过。点“开始检查”，约半分钟后得到 46 项的结论", "Not checked yet: it takes about half a minute"),
  what: pair("服务器、网络、座位和设备由本机实测；测不到的由负责人申报并附证明", "The server measures what it can; the rest is declared with evidence"),
  ready: pair("必备项全部符合", "Every required row is met"),
  open: (n) => pair(`还有 ${n} 项必备项不符合或待确认`, `${n} required rows are open`),
  at: (when, who) => pair(`${when} 检查，${who}`, `checked ${when}`),
  states: { pass: pair("合格", "Pass"), fail: pair("不合格", "Fail"), unknown: pair("未知", "Unknown"), declared: pair("申报", "Declared") },
  notNeeded: pair("不需要", "Not needed"), otherMode: pair("已采用另一种核验方式", "the other mode is met"),
  only: { all: pair("全部", "All"), open: pair("待处理", "Open") },
  need: pair("要求", "Needed"), measured: pair("实测", "Measured"), todo: pair("怎么办", "What to do"), row: pair("项目", "Row"), state: pair("结论", "State"),
  recommended: pair("推荐", "recommended"),
  quantity: (n, unit) => `（≥${n} ${unit}）`,
  declare: pair("申报", "Declare"), redeclare: pair("重新申报", "Declare anew"), withdraw: pair("撤回申报", "Withdraw"),
  declaredBy: (who, when) => pair(`${who} ${when} 申报`, "declared"), evidence: pair("证明材料", "Evidence"),
  declareOf: (row) => pair(`申报：${row.zh}`, row.en),
  declareWhat: pair("申报即以本人名义确认该项符合要求，写入日志并印在报告上。实测不合格的项不会因申报变为合格", "You stand for this row with your name; a measured failure stays a failure"),
  note: pair("实际情况", "How it is"), noteHint: pair("如型号、数量、位置、合同编号", "Model, number, place, contract"),
  file: pair("证明材料（PDF 或照片，20 MB 以内）", "Evidence: PDF or photo, up to 20 MB"), choose: pair("选择文件", "Choose a file"), sending: (n) => pair(`正在上传 ${n}%`, `${n}%`),
  missing: pair("请写明实际情况并选择证明材料", "Say how it is and choose a file"), declared: pair("已申报", "Declared"), withdrawn: pair("已撤回", "Withdrawn"),
  withdrawOf: (row) => pair(`撤回申报：${row.zh}`, row.en), withdrawReason: pair("请写明撤回原因", "Say why"),
  saving: pair("正在生成…", "Making it…"),
};

export const PREFLIGHT_TEXT = {
  what: pair("考前一天和开考当天早上各做一次。会在已绑定的打印机上各打印一页", "The day before and on the morning of the exam. Each bound printer prints a page"),
  run: pair("开始考前检查", "Start"), again: pair("再检查一次", "Once more"), running: (done, of) => pair(`正在检查 ${done} / ${of}`, `${done} of ${of}`),
  none: pair("还没有做过考前检查", "No pre-flight yet"),
  ready: pair("没有未通过项，可以开考", "Nothing is red"), notReady: (n) => pair(`${n} 项未通过，请按提示处理后再检查`, `${n} red: do what they say and check again`),
  confirm: (n) => pair(`另有 ${n} 项须人工确认`, `${n} for people to make sure of`),
  states: { pass: pair("通过", "Pass"), fail: pair("未通过", "Red"), unknown: pair("待确认", "To be confirmed") },
  at: (when, who) => pair(`${when}，${who}`, `at ${when}`),
};

export const FORM_TEXT = {
  what: pair("服务器信息由本机填写；其余在此填写后保存，再下载打印、盖章。固定服务器的外网 IP 不变，移动服务器可变", "The server fills itself in; enter the rest, save, download, print and stamp"),
  pdf: pair("下载 PDF", "PDF"), docx: pair("下载 Word", "Word"), save: pair("保存", "Save"), saved: pair("已保存", "Saved"),
  empty: (names) => pair(`尚未填写：${names}`, "still empty"),
  unit: pair("单位信息", "Unit"), deputy: pair("分管负责人信息", "Deputy"), servers: pair("理论考场服务器信息", "Servers"), theory: pair("理论考场信息", "Theory rooms"), practical: pair("实操考场信息", "Practical rooms"),
  fields: {
    unit_name: pair("单位名称", "Unit name"), site_type: pair("考点类型", "Type of site"), province: pair("省", "Province"), city: pair("市", "City"), county: pair("县（区）", "County"),
    credit_code: pair("统一社会信用代码", "Credit code"), founded: pair("成立日期", "Founded"), person_in_charge: pair("负责人", "Person in charge"), address: pair("通讯地址", "Address"), phone: pair("咨询电话", "Phone"),
    name: pair("姓名", "Name"), mobile: pair("移动电话", "Mobile"), office_phone: pair("办公电话", "Office phone"), fax: pair("传真", "Fax"),
    server_name: pair("服务器名称", "Server name"), mobility: pair("服务器类型", "Kind"), mac: pair("MAC 地址", "MAC"), cores: pair("CPU（核）", "Cores"), memory_gb: pair("内存（G）", "Memory"), disk_gb: pair("硬盘（G）", "Disk"),
    line_kind: pair("外网线路", "Line"), card: pair("登记网卡", "Card"),
    room: pair("场地名称", "Room"), server: pair("关联服务器", "Server"), capacity: pair("容量", "Capacity"), category: pair("作业类别", "Category"), item: pair("操作项目", "Item"), equipment: pair("设备信息", "Equipment"),
  },
  siteTypes: { theory: pair("理论", "Theory"), practical: pair("实操", "Practical"), both: pair("理论和实操", "Both") },
  mobilities: { fixed: pair("固定服务器", "Fixed"), mobile: pair("移动服务器", "Mobile") },
  lines: { "": pair("未填写", "not given"), shared: pair("共享带宽", "Shared"), dedicated: pair("专线", "Dedicated") },
  equipment: { real: pair("实物设备", "Real"), physical: pair("实物仿真", "Physical simulation"), virtual: pair("虚拟仿真", "Virtual simulation") },
  thisServer: pair("本机", "this one"), inUse: pair("在用的网卡", "the one in use"), addServer: pair("增加服务器", "Add a server"), addRoom: pair("增加考场", "Add a room"), remove: pair("删除", "Remove"),
  fromCentre: pair("考场按中心下发的信息填写", "Rooms as the centre has them"), ownRooms: pair("改为自行填写", "Enter them here"), backToCentre: pair("改用中心下发的考场", "Take the centre's"),
  wrong: pair("以下内容有误，请改正后再保存", "Please put these right and save again"),
  noRooms: pair("还没有考场", "No rooms yet"),
};
