/* The wall's first line: words first, then the components. A screen without a keyboard chooses by `/wall?lang=en`. */

import { chooseLanguage, useKeptLanguage } from "../texts.js";

const wanted = new URLSearchParams(location.search).get("lang");
if (wanted === "en" || wanted === "zh-Hant") await chooseLanguage(wanted);
else await useKeptLanguage();
await import("./rw-wall.js");
