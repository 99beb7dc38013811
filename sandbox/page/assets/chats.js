// Chats, their topics, and the people one can be.

import { query, state, t } from "./state.js";
import { $, attempt, el } from "./page.js";
import { get, post } from "./control.js";
import { applyLanguage, clock } from "./language.js";
import { below, show, toEnd } from "./log.js";
import { composerFor, stopReply } from "./writing.js";

export const chatInfo = () => state.town.chats.find((c) => c.id === state.chat);
const titleOf = (c) => (c.id === state.user ? state.town.bot.first_name : c.title);
function face(e, c) {
  e.className = e.className.replace(/ c\d/g, "") + (c.id > 0 ? "" : " c" + (1 + Math.abs(c.id) % 4));
  e.textContent = [...titleOf(c)][0] || "?";
}
function showChats() {
  const people = $("person");
  people.replaceChildren(...state.town.users.map((u) => el("option", { value: u.id, selected: u.id === state.user }, (u.first_name + " " + u.last_name).trim())));
  $("chats").replaceChildren(...state.town.chats.map((c) => {
    const f = el("span", { className: "face", "aria-hidden": "true" });
    face(f, c);
    const b = el("button", { type: "button", "aria-current": String(c.id === state.chat) }, f,
      el("span", { className: "lines" }, el("b", { dir: "auto" }, titleOf(c)), el("small", { dir: "auto" }, c.last || t("empty"))),
      el("time", {}, c.date ? clock(c.date) : ""));
    b.addEventListener("click", () => { openChat(c.id); document.body.dataset.view = "chat"; });
    return el("li", {}, b);
  }));
}
function showChat() {
  const c = chatInfo();
  if (!c) return;
  face($("face"), c);
  $("title").textContent = titleOf(c);
  $("about-chat").textContent = c.kind === "private" ? t("bot") : t(c.kind);
  document.title = titleOf(c);
  const privately = c.kind === "private", fresh = privately && !c.started && !c.count;
  $("intro").hidden = !(privately && !c.count);
  face($("intro").firstElementChild, c);
  $("intro-name").textContent = titleOf(c);
  $("intro-text").textContent = state.town.about || t("about");
  $("log").hidden = !c.count;
  $("block").hidden = !privately || !c.started || c.blocked;
  $("block").textContent = t("block");
  $("big").hidden = !(fresh || c.blocked);
  $("big").textContent = c.blocked ? t("unblock") : t("start");
  $("composer").hidden = fresh || !c.writes;
  $("closed").hidden = c.writes || c.blocked;
  $("closed").textContent = t("closed");
  showTopics(c);
}
function showTopics(c) {
  const box = $("topics");
  box.hidden = c.kind !== "forum";
  if (box.hidden) return;
  const all = [{ thread: 0, name: t("all") }, { thread: 1, name: t("general") }, ...(c.topics || [])];
  box.replaceChildren(...all.map((topic) => {
    const b = el("button", { type: "button", "aria-pressed": String(topic.thread === state.thread) }, (topic.closed ? "🔒 " : "") + topic.name);
    b.addEventListener("click", () => { state.thread = topic.thread; state.shown.clear(); $("log").replaceChildren(); show(state.list); toEnd(); below(); showTopics(c); });
    return b;
  }));
}
export function openChat(id) {
  if (state.chat !== id) { state.shown.clear(); $("log").replaceChildren(); state.thread = 0; state.forced = 0; stopReply(); }
  state.chat = id;
  remember();
  attempt(refresh);
}
function remember() {
  history.replaceState(null, "", "?" + new URLSearchParams({ user: state.user, chat: state.chat }));
}
export async function addPerson(name) {
  const lang = query.get("lang") || (state.town && state.town.users.length ? state.lang : (navigator.language || "en").slice(0, 2));
  const { id } = await post("user", { first_name: name, lang: lang === "ar" ? "ar" : "en" });
  return id;
}

let busy = false, again = false;
// refresh asks for what is shown. Only one runs at a time.
export async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    do {
      again = false;
      state.town = await get("chats", { user: state.user });
      const me = state.town.users.find((u) => u.id === state.user);
      if (!me) { await choosePerson(); again = true; continue; }
      const lang = me.lang.startsWith("ar") ? "ar" : "en";
      if (lang !== state.lang || !document.querySelector("#side-title").textContent) applyLanguage(lang);
      if (!chatInfo()) state.chat = state.user;
      const chat = state.chat;
      const [list, commands] = await Promise.all([get("messages", { chat, limit: 300 }), get("commands", { chat, user: state.user })]);
      if (chat !== state.chat) { again = true; continue; }
      state.list = list;
      state.commands = commands;
      showChats();
      showChat();
      const stay = show(list);
      composerFor(list);
      if (stay) toEnd();
      below();
    } while (again);
  } finally { busy = false; }
}
async function choosePerson() {
  const users = state.town.users;
  applyLanguage(query.get("lang") || (users[0] ? users[0].lang : navigator.language || "en").slice(0, 2));
  state.user = users.length ? users[0].id : await addPerson(t("newName"));
  state.chat = state.user;
  remember();
}
