// The text of a message, and what is marked in it.

import { attempt, el } from "./page.js";
import { say } from "./writing.js";

// A message is laid out paragraph by paragraph, each with the direction of its
// own first strong letter; quotes and code are blocks between them.
const blocks = new Set(["blockquote", "expandable_blockquote", "pre"]);

export function layOut(text, entities) {
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
export function link(address) {
  let safe = "";
  try {
    const u = new URL(address);
    if (["http:", "https:", "ftp:", "tg:"].includes(u.protocol)) safe = u.href;
  } catch { /* an address that is none is shown as text */ }
  return safe ? el("a", { href: safe, target: "_blank", rel: "noopener noreferrer" }) : el("span", {});
}
