/* The administration's first line: words first, then the components, as on the agents' page. */

import { useKeptLanguage } from "../texts.js";

await useKeptLanguage();
await import("./rw-admin.js");
