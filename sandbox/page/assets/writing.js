// What is written and sent: texts, replies, commands and keyboards.

import { state, t } from "./state.js";
import { $, attempt, el } from "./page.js";
import { post } from "./control.js";

export async function say(text) {
  await post("say", { from: state.user, chat: state.chat, thread: state.thread > 1 ? state.thread : 0, text, reply_to: state.reply });
  stopReply();
}
export function replyTo(m, quietly) {
  state.reply = m.id;
  $("answering").hidden = false;
  $("answering-name").textContent = m.name;
  $("answering-text").textContent = m.text;
  if (!quietly) $("text").focus();
}
export function stopReply() {
  state.reply = 0;
  $("answering").hidden = true;
  $("text").placeholder = t("write");
}
// composerFor follows what the newest message of the bot asks of the app.
export function composerFor(list) {
  $("menu-button").hidden = state.commands.length === 0;
  if (!state.reply) $("text").placeholder = t("write");
  const last = list.filter((m) => m.bot).pop();
  const latest = list[list.length - 1];
  if (last && last.force_reply && last === latest && state.forced !== last.id) {
    state.forced = last.id;
    replyTo(last, true);
    $("text").placeholder = last.force_reply.placeholder || t("write");
    $("text").focus();
  }
  const board = list.filter((m) => m.keyboard || m.clear).pop();
  $("keys").hidden = !(board && board.keyboard);
  if (board && board.keyboard) {
    $("keys").replaceChildren(...board.keyboard.map((row) => el("div", {}, ...row.map((label) => {
      const k = el("button", { type: "button", className: "key" }, el("bdi", {}, label));
      k.addEventListener("click", () => attempt(() => say(label)));
      return k;
    }))));
  }
}
export function grow() {
  const e = $("text");
  e.style.height = "auto";
  e.style.height = Math.min(e.scrollHeight + 2, 180) + "px";
}
export function showMenu(filter) {
  const fits = state.commands.filter((c) => c.command.startsWith(filter));
  const menu = $("menu");
  menu.hidden = fits.length === 0;
  $("menu-button").setAttribute("aria-expanded", String(!menu.hidden));
  state.pick = Math.min(state.pick, fits.length - 1);
  menu.replaceChildren(...fits.map((c, i) => {
    const li = el("li", { role: "option", id: "o" + i, "aria-selected": String(i === state.pick) }, el("code", {}, "/" + c.command), el("span", { dir: "auto" }, c.description));
    li.addEventListener("click", () => choose(c));
    return li;
  }));
  return fits;
}
function choose(c) {
  hideMenu();
  $("text").value = "";
  grow();
  attempt(() => say("/" + c.command + (state.chat < 0 ? "@" + document.body.dataset.username : "")));
}
export function hideMenu() { $("menu").hidden = true; state.pick = -1; $("menu-button").setAttribute("aria-expanded", "false"); }
export const slash = () => { const m = /^\/([a-z0-9_]*)$/.exec($("text").value); return m ? m[1] : null; };

export function submit() {
  const text = $("text").value;
  if (!text.trim()) return;
  $("text").value = "";
  grow();
  hideMenu();
  attempt(() => say(text).catch((err) => { $("text").value = text; grow(); throw err; }));
}
export function typed(e) {
  const menu = $("menu");
  if (!menu.hidden && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
    e.preventDefault();
    const count = menu.children.length;
    state.pick = (state.pick + (e.key === "ArrowDown" ? 1 : count - (state.pick < 0 ? 0 : 1))) % count;
    showMenu(slash() || "");
    menu.children[state.pick].scrollIntoView({ block: "nearest" });
    $("text").setAttribute("aria-activedescendant", "o" + state.pick);
    return;
  }
  if (e.key === "Escape") { if (!menu.hidden) hideMenu(); else stopReply(); return; }
  if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
  e.preventDefault();
  if (!menu.hidden && state.pick >= 0) menu.children[state.pick].click(); else submit();
}
