// The language of the page, and how it writes times.

import { state, t } from "./state.js";
import { $ } from "./page.js";

export function applyLanguage(lang) {
  state.lang = lang === "ar" ? "ar" : "en";
  document.documentElement.lang = state.lang;
  document.documentElement.dir = state.lang === "ar" ? "rtl" : "ltr";
  $("lang").value = state.lang;
  for (const e of document.querySelectorAll("[data-t]")) e.textContent = t(e.dataset.t);
  for (const e of document.querySelectorAll("[data-label]")) {
    e.setAttribute("aria-label", t(e.dataset.label));
    if (e.tagName === "BUTTON") e.title = t(e.dataset.label);
  }
}
const locale = () => (state.lang === "ar" ? "ar-u-nu-latn" : "en-GB");
export const clock = (unix) => new Date(unix * 1000).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", hour12: false });
export function day(unix) {
  const d = new Date(unix * 1000), now = new Date(), before = new Date(now.getTime() - 86400000);
  if (d.toDateString() === now.toDateString()) return t("today");
  if (d.toDateString() === before.toDateString()) return t("yesterday");
  return d.toLocaleDateString(locale(), { day: "numeric", month: "long", year: d.getFullYear() === now.getFullYear() ? undefined : "numeric" });
}
