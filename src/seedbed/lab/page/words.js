// Texts of the page: English in the code, Korean in ko.js, and what each term means.
import { html, signal } from "./html.js";
import { KOREAN } from "./ko.js";
import { TERMS } from "./terms.js";

export const language = signal(localStorage.getItem("seedbed-language") ?? (navigator.language.startsWith("ko") ? "ko" : "en"));

export function setLanguage(value) {
  language.value = value;
  localStorage.setItem("seedbed-language", value);
  document.documentElement.lang = value;
}
setLanguage(language.value);

// A text, with named places: t("{n} runs", { n: 3 }).
export function t(text, places = {}) {
  const template = language.value === "ko" ? (KOREAN[text] ?? text) : text;
  return template.replace(/\{(\w+)\}/g, (_, name) => places[name] ?? "");
}

// A term that explains itself on hover and on focus.
export function Term({ of, children }) {
  const meaning = TERMS[of]?.[language.value];
  if (!meaning) return children ?? t(of);
  return html`<span class="term" tabindex="0">${children ?? t(of)}<span role="tooltip" class="tip">${meaning}</span></span>`;
}

export function number(value, digits = 2) {
  if (value === null || value === undefined || !isFinite(value)) return "–";
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "−");
}
