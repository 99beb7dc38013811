// What every part of the page uses. Everything from outside becomes text nodes,
// never markup.

export const $ = (id) => document.getElementById(id);

export function el(name, props, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(props || {})) {
    if (k in e && k !== "list") e[k] = v; else e.setAttribute(k, v);
  }
  e.append(...children);
  return e;
}
export function icon(name) {
  const s = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const u = document.createElementNS("http://www.w3.org/2000/svg", "use");
  u.setAttribute("href", "#i-" + name);
  s.setAttribute("aria-hidden", "true");
  s.append(u);
  return s;
}
let toastTimer = 0;
export function toast(text, stay) {
  const box = $("toast");
  box.textContent = text;
  box.dir = "auto";
  box.classList.add("shown");
  clearTimeout(toastTimer);
  if (!stay) toastTimer = setTimeout(() => box.classList.remove("shown"), 3200);
}
export const attempt = (work) => work().catch((err) => toast(err.message));
