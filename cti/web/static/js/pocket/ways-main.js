/* The first line of the page of one's ways: words first, then the page. */

import { useKeptLanguage } from "../texts.js";
import "./worker.js";

await useKeptLanguage();
await import("./rw-pocket-ways.js");
