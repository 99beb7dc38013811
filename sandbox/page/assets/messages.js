// A message as it is shown, and its buttons.

import { state, t } from "./state.js";
import { $, attempt, el, icon, toast } from "./page.js";
import { get, post } from "./control.js";
import { clock } from "./language.js";
import { layOut, link } from "./text.js";
import { replyTo } from "./writing.js";

export function messageNode(m) {
  if (m.service) {
    const text = m.service.kind === "topic" ? t("topic") + ": " : "";
    const what = el("li", { className: "note" }, text, el("bdi", {}, m.service.name || ""));
    if (m.service.kind !== "topic") what.append(" " + t(m.service.kind));
    return what;
  }
  const mine = m.from === state.user && !m.bot;
  const node = el("li", { className: "msg" + (mine ? " mine" : "") + (m.buttons ? " keyed" : ""), id: "m" + m.id });
  const bubble = el("div", { className: "bubble" });
  if (!mine && state.chat < 0) bubble.append(el("div", { className: "from", dir: "auto" }, m.name));
  else bubble.append(el("span", { className: "sr" }, m.name + ": "));
  if (m.reply) bubble.append(quoted(m.reply));
  bubble.append(layOut(m.text, m.entities));
  if (m.preview) bubble.append(card(m.preview));
  const time = (m.edited ? t("edited") + " · " : "") + clock(m.date);
  bubble.append(el("span", { className: "meta", title: m.silent ? t("silent") : "" }, (m.silent ? "🔕 " : "") + time));
  const act = el("button", { type: "button", className: "round act", title: t("reply"), "aria-label": t("reply") }, icon("reply"));
  act.addEventListener("click", () => replyTo(m));
  bubble.addEventListener("dblclick", () => replyTo(m));
  node.append(el("div", { className: "row" }, bubble, act));
  if (m.buttons) node.append(keyboard(m));
  return node;
}
function quoted(r) {
  const b = el("button", { type: "button", className: "quoted" }, el("b", { dir: "auto" }, r.name), el("span", { dir: "auto" }, r.text || "…"));
  b.addEventListener("click", () => {
    const target = $("m" + r.id);
    if (!target) return;
    target.scrollIntoView({ block: "center", behavior: "smooth" });
    target.classList.remove("flash");
    requestAnimationFrame(() => target.classList.add("flash"));
  });
  return b;
}
function card(address) {
  const a = link(address);
  a.className = "card";
  let host = address;
  try { host = new URL(address).hostname.replace(/^www\./, ""); } catch { /* shown as it is */ }
  a.append(el("b", { dir: "ltr" }, el("bdi", {}, host)), el("span", { dir: "ltr" }, address));
  return a;
}
function keyboard(m) {
  const rows = m.buttons.map((row) => el("div", {}, ...row.map((b) => key(m, b))));
  return el("div", { className: "keys" }, ...rows);
}
function key(m, b) {
  const cls = "key " + (b.style || "");
  if (b.url) {
    const a = link(b.url);
    a.className = cls;
    a.append(el("bdi", {}, b.text), icon("out"));
    return a;
  }
  const k = el("button", { type: "button", className: cls }, el("bdi", {}, b.text));
  if (b.copy_text) {
    k.append(icon("copy"));
    k.addEventListener("click", () => attempt(async () => { await navigator.clipboard.writeText(b.copy_text.text); toast(t("copied")); }));
  } else {
    k.addEventListener("click", () => attempt(() => press(m, b, k)));
  }
  return k;
}
async function press(m, b, k) {
  k.classList.add("busy");
  k.disabled = true;
  try {
    const { query: id } = await post("press", { user: state.user, chat: state.chat, message_id: m.id, label: b.callback_data || b.text });
    for (let waited = 0; waited < 15000; waited += 150) {
      const a = await get("answer", { query: id });
      if (a.answered) return told(a);
      await new Promise((done) => setTimeout(done, 150));
    }
    toast(t("noAnswer"));
  } finally {
    k.classList.remove("busy");
    k.disabled = false;
  }
}
function told(a) {
  if (a.alert && a.text) {
    $("alert-from").textContent = state.town.bot.first_name;
    $("alert-text").textContent = a.text;
    $("alert").showModal();
  } else if (a.text) toast(a.text);
  if (a.url) window.open(a.url, "_blank", "noopener");
}
