/** The centre's console starts here. */

import { createDesk } from "./desk.js";
import { ConsoleFrame } from "./frame.js";
import { registerParts } from "./parts/parts.js";

const app = window.Vue.createApp(ConsoleFrame);
app.use(window.ElementPlus, { locale: window.ElementPlusLocaleZhCn });
registerParts(app);
app.provide("desk", createDesk());
app.mount("#console");
