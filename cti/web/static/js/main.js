/* The page's first line: words first, then the components, so that nothing is ever shown in the wrong language. */

import "./pocket/worker.js";
import { useKeptLanguage } from "./texts.js";

await useKeptLanguage();
await import("./components/rw-app.js");
