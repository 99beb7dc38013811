// What the page knows: who looks at it, at which chat, and in which language.

import { words } from "./words.js";

export const query = new URLSearchParams(location.search);
export const state = { user: Number(query.get("user")) || 0, chat: Number(query.get("chat")) || 0, thread: 0, lang: "en", town: null, shown: new Map(), list: [], reply: 0, forced: 0, commands: [], pick: -1, unread: 0 };
export const t = (key) => words[state.lang][key] || key;
