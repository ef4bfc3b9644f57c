/** The console starts here. */

import { reportMachine } from "../shared/machine-facts.js";
import { createDesk } from "./desk.js";
import { createDevices } from "./devices/feed.js";
import { ConsoleFrame } from "./frame.js";
import { registerParts } from "./parts/parts.js";

const app = window.Vue.createApp(ConsoleFrame);
app.use(window.ElementPlus, { locale: window.ElementPlusLocaleZhCn });
registerParts(app);
const desk = createDesk();
app.provide("desk", desk);
app.provide("devices", createDevices(desk));
reportMachine(desk.api, { when: () => desk.stage.value === "in" });
app.mount("#console");
