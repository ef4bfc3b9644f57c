/** Texts of the identity terminals' page. */

const pair = (zh, en) => ({ zh, en });

export const TERMINAL_TEXT = {
  what: pair("人证核验一体机（方式一）经考点局域网对接，每台一个密钥", "Identity terminals (mode 1) call this server, each with a key of its own"),
  interface: pair("接口说明（OpenAPI）", "Interface (OpenAPI)"),
  enrol: pair("登记一体机", "Enrol a terminal"), change: pair("修改", "Change"), save: pair("保存", "Save"), saved: pair("已保存", "Saved"),
  newKey: pair("更换密钥", "New key"),
  name: pair("名称", "Name"), place: pair("位置", "Place"), format: pair("接口格式", "Format"), own: pair("本系统格式", "Our own"),
  state: pair("状态", "State"), heard: pair("最近联系", "Last heard"), never: pair("尚未联系", "never"), results: pair("本次启动后核验", "Results"),
  active: pair("启用（取消勾选即停用，立刻生效）", "Active; without the tick it is shut out at once"),
  noName: pair("请填写名称", "Give it a name"),
  states: {
    online: pair("在线", "Online"), faulty: pair("自报故障", "Reports a fault"), silent: pair("失联", "Silent"),
    never_heard: pair("尚未联系", "Never heard"), revoked: pair("已停用", "Revoked"),
  },
  missed: {
    silent: pair("一体机失联", "Terminal silent"),
    since: (at) => pair(`最近联系 ${at}`, `last heard ${at}`), more: (n) => pair(`另有 ${n} 台`, `and ${n} more`),
    todo: pair("请检查电源和网线，考生改到人工核验台", "Check its power and cable; send candidates to the desk"),
    show: pair("查看", "Show"),
  },
  none: pair("还没有登记一体机；采用方式二（核验台）的考点不需要", "No terminal yet; sites with desks (mode 2) need none"),
  key: pair("密钥", "Key"), id: pair("编号", "Id"), address: pair("接口地址", "Address"),
  keyOnce: pair("密钥只显示这一次，请现在填入一体机；遗失时更换密钥即可。", "The key is shown this once: enter it at the terminal now. If it is lost, make a new one."),
  noted: pair("已填入", "Done"),
};
