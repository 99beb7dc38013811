"use strict";
// The chat page: it shows what one person sees, and does what that person
// would. Everything from outside becomes text nodes, never markup.

const words = {
  en: {
    chats: "Chats", language: "Language", actAs: "You are", addPerson: "Add a person", local: "A local Telegram for trying the bot. Nothing leaves this machine.",
    back: "Back to chats", topics: "Topics", messages: "Messages", newest: "Newest messages", commands: "Commands", cancel: "Cancel", menu: "Menu",
    write: "Write a message", send: "Send", keyboard: "Keyboard", ok: "OK", bot: "bot", start: "Start", block: "Block", unblock: "Unblock", reply: "Reply",
    closed: "You cannot write here.", edited: "edited", all: "All", general: "General", joined: "joined", left: "left", topic: "New topic", migrated: "This group is now a supergroup",
    group: "group", supergroup: "group", forum: "group with topics", channel: "channel", today: "Today", yesterday: "Yesterday", copied: "Copied", noAnswer: "The bot did not answer.",
    about: "What can this bot do?", empty: "No messages yet", name: "Name of the new person", newName: "Reader", gone: "The sandbox does not answer. Trying again…", silent: "sent without sound",
  },
  ar: {
    chats: "المحادثات", language: "اللغة", actAs: "أنت الآن", addPerson: "إضافة شخص", local: "تيليغرام محلي لتجربة البوت. لا شيء يغادر هذا الجهاز.",
    back: "العودة إلى المحادثات", topics: "المواضيع", messages: "الرسائل", newest: "أحدث الرسائل", commands: "الأوامر", cancel: "إلغاء", menu: "القائمة",
    write: "اكتب رسالة", send: "إرسال", keyboard: "لوحة المفاتيح", ok: "حسنًا", bot: "بوت", start: "ابدأ", block: "حظر", unblock: "إلغاء الحظر", reply: "رد",
    closed: "لا يمكنك الكتابة هنا.", edited: "معدّلة", all: "الكل", general: "عام", joined: "انضم إلى المجموعة", left: "غادر المجموعة", topic: "موضوع جديد", migrated: "أصبحت هذه المجموعة مجموعة خارقة",
    group: "مجموعة", supergroup: "مجموعة", forum: "مجموعة بمواضيع", channel: "قناة", today: "اليوم", yesterday: "أمس", copied: "تم النسخ", noAnswer: "لم يجب البوت.",
    about: "ماذا يفعل هذا البوت؟", empty: "لا رسائل بعد", name: "اسم الشخص الجديد", newName: "قارئ", gone: "لا يجيب الخادم المحلي. نعيد المحاولة…", silent: "أُرسلت بلا صوت",
  },
};

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const state = { user: Number(query.get("user")) || 0, chat: Number(query.get("chat")) || 0, thread: 0, lang: "en", town: null, shown: new Map(), list: [], reply: 0, forced: 0, commands: [], pick: -1, unread: 0, version: "" };
const t = (key) => words[state.lang][key] || key;

function el(name, props, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(props || {})) {
    if (k in e && k !== "list") e[k] = v; else e.setAttribute(k, v);
  }
  e.append(...children);
  return e;
}
function icon(name) {
  const s = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const u = document.createElementNS("http://www.w3.org/2000/svg", "use");
  u.setAttribute("href", "#i-" + name);
  s.setAttribute("aria-hidden", "true");
  s.append(u);
  return s;
}
async function get(path, args) {
  const r = await fetch("/__ctl/" + path + "?" + new URLSearchParams(args || {}));
  const body = await r.json();
  if (!r.ok) throw new Error(body.error);
  return body;
}
async function post(path, body) {
  const r = await fetch("/__ctl/" + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const answer = await r.json();
  if (!r.ok) throw new Error(answer.error);
  return answer;
}
let toastTimer = 0;
function toast(text, stay) {
  const box = $("toast");
  box.textContent = text;
  box.dir = "auto";
  box.classList.add("shown");
  clearTimeout(toastTimer);
  if (!stay) toastTimer = setTimeout(() => box.classList.remove("shown"), 3200);
}
const attempt = (work) => work().catch((err) => toast(err.message));

// --- language -------------------------------------------------------------

function applyLanguage(lang) {
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
const clock = (unix) => new Date(unix * 1000).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", hour12: false });
function day(unix) {
  const d = new Date(unix * 1000), now = new Date(), before = new Date(now.getTime() - 86400000);
  if (d.toDateString() === now.toDateString()) return t("today");
  if (d.toDateString() === before.toDateString()) return t("yesterday");
  return d.toLocaleDateString(locale(), { day: "numeric", month: "long", year: d.getFullYear() === now.getFullYear() ? undefined : "numeric" });
}

// --- text -----------------------------------------------------------------

// A message is laid out paragraph by paragraph, each with the direction of its
// own first strong letter; quotes and code are blocks between them.
const blocks = new Set(["blockquote", "expandable_blockquote", "pre"]);

function layOut(text, entities) {
  const out = document.createDocumentFragment();
  const all = entities || [];
  let at = 0;
  for (const b of all.filter((e) => blocks.has(e.type))) {
    if (b.offset < at) continue;
    paragraphs(out, text, at, b.offset, all, true);
    out.append(block(text, b, all));
    at = b.offset + b.length;
    if (text[at] === "\n") at++;
  }
  paragraphs(out, text, at, text.length, all, false);
  return out;
}
function paragraphs(out, text, from, to, all, before) {
  if (before && to > from && text[to - 1] === "\n") to--;
  if (from >= to) return;
  let start = from;
  while (start <= to) {
    let end = text.indexOf("\n", start);
    if (end < 0 || end > to) end = to;
    const line = el("div", { className: "line", dir: "auto" });
    inline(line, text, start, end, all.filter((e) => !blocks.has(e.type)));
    out.append(line);
    start = end + 1;
  }
}
function block(text, b, all) {
  const end = b.offset + b.length;
  if (b.type === "pre") return el("pre", { dir: "auto" }, text.slice(b.offset, end));
  const q = el("blockquote", {});
  paragraphs(q, text, b.offset, end, all, false);
  if (b.type === "expandable_blockquote" && b.length > 160) {
    q.classList.add("fold");
    q.addEventListener("click", () => q.classList.toggle("fold"));
  }
  return q;
}
function inline(parent, text, from, to, all) {
  let at = from;
  const inside = all.filter((e) => e.offset < to && e.offset + e.length > from);
  for (let i = 0; i < inside.length; i++) {
    const e = inside[i], start = Math.max(e.offset, from), end = Math.min(e.offset + e.length, to);
    if (start < at) continue;
    parent.append(text.slice(at, start));
    const node = mark(e, text.slice(e.offset, e.offset + e.length));
    inline(node, text, start, end, inside.slice(i + 1));
    parent.append(node);
    at = end;
  }
  parent.append(text.slice(at, to));
}
const simple = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code" };
function mark(e, covered) {
  if (simple[e.type]) return el(simple[e.type], {});
  switch (e.type) {
    case "text_link": return link(e.url);
    case "url": return link(/^[a-z]+:\/\//i.test(covered) ? covered : "https://" + covered);
    case "email": return el("a", { href: "mailto:" + covered });
    case "bot_command": {
      const b = el("button", { type: "button", className: "tap" });
      b.addEventListener("click", () => attempt(() => say(covered)));
      return b;
    }
    case "spoiler": {
      const s = el("span", { className: "spoiler", tabIndex: 0, role: "button" });
      s.addEventListener("click", () => s.classList.add("shown"));
      s.addEventListener("keydown", (k) => k.key === "Enter" && s.classList.add("shown"));
      return s;
    }
    case "mention": case "hashtag": case "cashtag": case "text_mention": return el("span", { className: "tag" });
    default: return el("span", {});
  }
}
function link(address) {
  let safe = "";
  try {
    const u = new URL(address);
    if (["http:", "https:", "ftp:", "tg:"].includes(u.protocol)) safe = u.href;
  } catch { /* an address that is none is shown as text */ }
  return safe ? el("a", { href: safe, target: "_blank", rel: "noopener noreferrer" }) : el("span", {});
}

// --- messages -------------------------------------------------------------

function messageNode(m) {
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

function show(list) {
  const log = $("log"), scroll = $("scroll");
  const low = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 90;
  const first = state.shown.size === 0;
  const visible = list.filter((m) => !state.thread || m.thread === state.thread || (state.thread === 1 && !m.thread));
  const keep = new Set();
  let previous = "", before = null, added = 0;
  for (const m of visible) {
    const d = day(m.date);
    if (d !== previous) {
      const id = "day " + d;
      before = place(log, before, id, id + state.lang, () => el("li", { className: "day" }, d));
      keep.add(id);
      previous = d;
    }
    const known = state.shown.has(m.id);
    before = place(log, before, m.id, JSON.stringify(m) + state.lang, () => messageNode(m));
    keep.add(m.id);
    if (!known) {
      if (!first) { before.classList.add("fresh"); added += m.from === state.user ? 0 : 1; }
      if (m.from === state.user) state.unread = 0;
    }
  }
  for (const [id, s] of state.shown) {
    if (!keep.has(id)) { s.node.remove(); state.shown.delete(id); }
  }
  const own = visible.length && visible[visible.length - 1].from === state.user;
  const stay = first || low || own;
  if (!stay) state.unread += added;
  return stay;
}
function place(log, before, id, sign, make) {
  let s = state.shown.get(id);
  if (!s || s.sign !== sign) {
    const node = make();
    if (s) s.node.replaceWith(node);
    s = { sign, node };
    state.shown.set(id, s);
  }
  const next = before ? before.nextSibling : log.firstChild;
  if (next !== s.node) log.insertBefore(s.node, next);
  return s.node;
}
function toEnd() { $("scroll").scrollTop = $("scroll").scrollHeight; state.unread = 0; }
function below() {
  const s = $("scroll"), low = s.scrollHeight - s.scrollTop - s.clientHeight < 90;
  if (low) state.unread = 0;
  $("down").hidden = low;
  $("unread").textContent = state.unread ? String(state.unread) : "";
}

// --- chats and people -----------------------------------------------------

const chatInfo = () => state.town.chats.find((c) => c.id === state.chat);
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
function openChat(id) {
  if (state.chat !== id) { state.shown.clear(); $("log").replaceChildren(); state.thread = 0; state.forced = 0; stopReply(); }
  state.chat = id;
  remember();
  attempt(refresh);
}
function remember() {
  history.replaceState(null, "", "?" + new URLSearchParams({ user: state.user, chat: state.chat }));
}
async function addPerson(name) {
  const lang = query.get("lang") || (state.town && state.town.users.length ? state.lang : (navigator.language || "en").slice(0, 2));
  const { id } = await post("user", { first_name: name, lang: lang === "ar" ? "ar" : "en" });
  return id;
}

let busy = false, again = false;
// refresh asks for what is shown. Only one runs at a time.
async function refresh() {
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

// --- writing --------------------------------------------------------------

async function say(text) {
  await post("say", { from: state.user, chat: state.chat, thread: state.thread > 1 ? state.thread : 0, text, reply_to: state.reply });
  stopReply();
}
function replyTo(m, quietly) {
  state.reply = m.id;
  $("answering").hidden = false;
  $("answering-name").textContent = m.name;
  $("answering-text").textContent = m.text;
  if (!quietly) $("text").focus();
}
function stopReply() {
  state.reply = 0;
  $("answering").hidden = true;
  $("text").placeholder = t("write");
}
// composerFor follows what the newest message of the bot asks of the app.
function composerFor(list) {
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
function grow() {
  const e = $("text");
  e.style.height = "auto";
  e.style.height = Math.min(e.scrollHeight + 2, 180) + "px";
}
function showMenu(filter) {
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
function hideMenu() { $("menu").hidden = true; state.pick = -1; $("menu-button").setAttribute("aria-expanded", "false"); }
const slash = () => { const m = /^\/([a-z0-9_]*)$/.exec($("text").value); return m ? m[1] : null; };

function submit() {
  const text = $("text").value;
  if (!text.trim()) return;
  $("text").value = "";
  grow();
  hideMenu();
  attempt(() => say(text).catch((err) => { $("text").value = text; grow(); throw err; }));
}
function typed(e) {
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
