/** Who may do what: the page hides what the centre would refuse anyway. */

const DUTIES = {
  plan: ["planner"],
  release: ["releaser"],
  administer: ["admin"],
  readPeople: ["planner", "viewer"],
  readEntries: ["viewer"],
  readFiles: ["planner", "viewer", "admin"],
};

const PAGES = {
  banks: "readPeople",
  rosters: "readPeople",
  blueprints: "readPeople",
  results: "readPeople",
  arrange: "plan",
  courier: "plan",
  accounts: "administer",
};

/** True when one of the roles carries the duty. */
export function may(roles, duty) {
  return DUTIES[duty].some((role) => roles.includes(role));
}

/** True when one of the roles may open the page. */
export function mayOpen(roles, page) {
  return !PAGES[page] || may(roles, PAGES[page]);
}
