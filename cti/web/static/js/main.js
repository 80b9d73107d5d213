/* The page's first line: words first, then the components, so that nothing is ever shown in the wrong language. */

import { useLanguage } from "./texts.js";

await useLanguage();
await import("./components/rw-app.js");
