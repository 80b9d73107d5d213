/* The pocket card's first line: words first, then the card, so that nothing is ever shown in the wrong language. */

import { useKeptLanguage } from "../texts.js";

await useKeptLanguage();
await import("./rw-pocket.js");
