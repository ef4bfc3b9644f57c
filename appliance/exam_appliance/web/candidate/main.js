/** The candidate's page starts here. */

import { createDesk } from "./desk.js";
import { CandidatePage } from "./page.js";
import { registerParts } from "./parts/parts.js";

const app = window.Vue.createApp(CandidatePage);
registerParts(app);
app.provide("desk", createDesk());
app.mount("#candidate");
