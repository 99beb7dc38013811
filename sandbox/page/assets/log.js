// The messages of a chat, and which of them are in view.

import { state } from "./state.js";
import { $, el } from "./page.js";
import { day } from "./language.js";
import { messageNode } from "./messages.js";

export function show(list) {
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
export function toEnd() { $("scroll").scrollTop = $("scroll").scrollHeight; state.unread = 0; }
export function below() {
  const s = $("scroll"), low = s.scrollHeight - s.scrollTop - s.clientHeight < 90;
  if (low) state.unread = 0;
  $("down").hidden = low;
  $("unread").textContent = state.unread ? String(state.unread) : "";
}
