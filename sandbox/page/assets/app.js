// The chat page: it shows what one person sees, and does what that person
// would. This begins it, and says what each control does.

import { query, state, t } from "./state.js";
import { $, attempt, toast } from "./page.js";
import { post } from "./control.js";
import { applyLanguage } from "./language.js";
import { below, toEnd } from "./log.js";
import { addPerson, chatInfo, openChat, refresh } from "./chats.js";
import { grow, hideMenu, showMenu, slash, stopReply, submit, typed } from "./writing.js";

function listen() {
  $("composer").addEventListener("submit", (e) => { e.preventDefault(); submit(); });
  $("text").addEventListener("keydown", typed);
  $("text").addEventListener("input", () => { grow(); state.pick = -1; const s = slash(); if (s === null) hideMenu(); else showMenu(s); });
  $("menu-button").addEventListener("click", () => { if ($("menu").hidden) showMenu(""); else hideMenu(); $("text").focus(); });
  $("answering-off").addEventListener("click", stopReply);
  $("back").addEventListener("click", () => { document.body.dataset.view = "list"; });
  $("down").addEventListener("click", () => { toEnd(); below(); });
  $("scroll").addEventListener("scroll", below);
  $("block").addEventListener("click", () => attempt(() => post("block", { user: state.user })));
  $("big").addEventListener("click", () => attempt(() => (chatInfo().blocked ? post("unblock", { user: state.user }) : post("start", { user: state.user, payload: query.get("start") || "" }))));
  $("lang").addEventListener("change", () => attempt(() => post("lang", { user: state.user, lang: $("lang").value })));
  $("person").addEventListener("change", () => { state.user = Number($("person").value); openChat(state.user); });
  $("add").addEventListener("click", () => {
    const name = prompt(t("name"), t("newName"));
    if (name && name.trim()) attempt(async () => { state.user = await addPerson(name.trim()); openChat(state.user); });
  });
}
function follow() {
  const events = new EventSource("/__ctl/events");
  let lost = false;
  events.onmessage = () => { if (lost) { lost = false; $("toast").classList.remove("shown"); } refresh().catch(() => {}); };
  events.onerror = () => { lost = true; toast(t("gone"), true); };
}

applyLanguage(query.get("lang") || (navigator.language || "en").slice(0, 2));
listen();
follow();
