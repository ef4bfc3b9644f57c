/** Texts of the staff accounts. */

import { pair } from "./pair.js";

export const ACCOUNT_TEXT = {
  title: pair("工作人员账户", "Staff accounts"),
  add: pair("新建账户", "New account"),
  username: pair("用户名", "User name"),
  usernameRule: pair("小写字母、数字、点和连字符，保存后不能改", "Small letters, digits, dot and hyphen; fixed once saved"),
  name: pair("姓名", "Name"),
  roles: pair("角色", "Roles"),
  duties: {
    planner: pair("题库、名册、计划、编排、组包、考点", "Banks, rosters, plans, arrangement, packages, sites"),
    releaser: pair("开考前发放密钥", "Gives out keys before a session"),
    viewer: pair("查看编排、台账、成绩和日志", "Reads arrangement, ledger, results and journals"),
    admin: pair("账户和服务器隔离、吊销", "Accounts, quarantine and revocation of servers"),
  },
  password: pair("初始密码", "Initial password"),
  passwordHint: pair("须同时包含字母、数字和特殊字符；本人首次登录时必须修改", "Letters, digits and special characters; must be changed at the first log-in"),
  lastLogin: pair("上次登录", "Last login"),
  never: pair("从未登录", "Never"),
  active: pair("启用", "Active"),
  disabled: pair("停用", "Disabled"),
  disable: pair("停用", "Disable"),
  enable: pair("启用", "Enable"),
  reset: pair("重置密码", "Reset password"),
  mustChange: pair("待改密码", "must change password"),
  you: pair("本人", "You"),
  missing: pair("请填写用户名、姓名、密码，并至少选择一个角色", "Enter user name, name and password, and choose at least one role"),
  resetWhat: (name) => pair(`${name} 的密码将被重置，现有登录全部失效`, `The password of ${name} is reset and all log-ins end`),
};
