/** Who may do what; the server decides, the page only does not offer what would be refused. */

const STEP_ROLES = {
  unlock: ["lead"],
  open: ["invigilator", "lead"],
  start: ["invigilator", "lead"],
  pause: ["invigilator", "lead"],
  resume: ["invigilator", "lead"],
  end: ["lead"],
  sign_off: ["lead"],
};

const PAGE_ROLES = {
  sessions: ["invigilator", "lead", "technician"],
  session: ["invigilator", "lead", "technician"],
  practice: ["lead", "technician"],
  queue: ["invigilator", "lead", "technician"],
  identity: ["invigilator", "lead"],
  devices: ["invigilator", "lead", "technician"],
  prints: ["invigilator", "lead", "technician"],
  readiness: ["technician", "lead"],
  sync: ["technician"],
  rehearsal: ["technician"],
  accounts: ["technician", "lead"],
  journal: ["technician"],
  password: ["invigilator", "lead", "technician"],
};

function hasOne(roles, wanted) {
  return roles.some((role) => wanted.includes(role));
}

/** True when someone with these roles may take a session step. */
export function mayStep(roles, step, practice) {
  if (practice) return hasOne(roles, ["lead", "technician"]);
  return hasOne(roles, STEP_ROLES[step] || []);
}

/** True when someone with these roles may act on candidates and decide credits. */
export function mayAct(roles, practice) {
  return hasOne(roles, practice ? ["lead", "technician"] : ["invigilator", "lead"]);
}

/** True when someone with these roles sees a page. */
export function mayOpen(roles, page, practice = false) {
  if (practice) return hasOne(roles, PAGE_ROLES.practice);
  return hasOne(roles, PAGE_ROLES[page] || []);
}
