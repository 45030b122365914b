// The texts of the page, in the language that is chosen: by the switch, else as the server has rendered it.

const LANGUAGE = "storyflower.language";
const tables = await (await fetch("/static/words.json")).json();
const changed = [];
let language = localStorage.getItem(LANGUAGE) ?? document.documentElement.lang;

export const lang = () => language;

/** The text that stands under `code`, its gaps filled with `values`. */
export function say(code, values = {}) {
  return tables[language].words[code].replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);
}

/** The name of a label, with its meaning where the language is not the label's own. */
export const labelName = (label) => tables[language].labels[label] ?? label;

export const percent = (share, digits = 1) =>
  new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);

export const number = (count) => new Intl.NumberFormat(language).format(count);

export const date = (text) => new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(new Date(text));

/** Call `show` now and whenever another language is chosen. */
export function inEveryLanguage(show) {
  changed.push(show);
  show();
}

function showAll() {
  document.documentElement.lang = language;
  for (const part of document.querySelectorAll("[data-say]")) part.textContent = say(part.dataset.say);
  for (const part of document.querySelectorAll("[data-say-placeholder]")) part.placeholder = say(part.dataset.sayPlaceholder);
  const other = language === "ko" ? "en" : "ko";
  const button = document.getElementById("language");
  button.textContent = other === "en" ? "English" : "한국어";
  button.lang = other;
  changed.forEach((show) => show());
}

document.getElementById("language").addEventListener("click", () => {
  language = language === "ko" ? "en" : "ko";
  localStorage.setItem(LANGUAGE, language);
  showAll();
});
showAll();
