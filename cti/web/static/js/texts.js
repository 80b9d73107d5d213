/* The page's words in the reader's language. English literals are the keys; the server has the dictionary.
   Must not know what the words are about. */

const KEPT_AS = "ringward.language";
const LANGUAGES = ["zh-Hant", "en"];

const changes = new EventTarget();
let language = LANGUAGES[0];
let dictionary = {};

/** The language in use: `zh-Hant` or `en`. */
export function currentLanguage() {
  return language;
}

/** The text for an English literal; `{name}` in it is replaced by `values.name`. */
export function t(english, values = {}) {
  const text = dictionary[english] || english;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Call `listener` after every change of language; the returned function ends it. */
export function onLanguageChange(listener) {
  changes.addEventListener("change", listener);
  return () => changes.removeEventListener("change", listener);
}

/** Use the language chosen last on this machine, or the first. */
export function useKeptLanguage() {
  const kept = localStorage.getItem(KEPT_AS);
  return speak(LANGUAGES.includes(kept) ? kept : LANGUAGES[0]);
}

/** Use `language` from now on, on this machine. */
export async function chooseLanguage(wanted) {
  await speak(wanted);
  localStorage.setItem(KEPT_AS, wanted);
}

async function speak(next) {
  const response = await fetch(`/api/v1/translations/${next}`, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`no dictionary for ${next}: ${response.status}`);
  dictionary = await response.json();
  language = next;
  document.documentElement.lang = next;
  changes.dispatchEvent(new Event("change"));
}
