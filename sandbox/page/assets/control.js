// The control API: the sandbox beside the page.

export async function get(path, args) {
  const r = await fetch("/__ctl/" + path + "?" + new URLSearchParams(args || {}));
  const body = await r.json();
  if (!r.ok) throw new Error(body.error);
  return body;
}
export async function post(path, body) {
  const r = await fetch("/__ctl/" + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const answer = await r.json();
  if (!r.ok) throw new Error(answer.error);
  return answer;
}
