// Package sandbox is a local Telegram: a strict Bot API server that refuses
// what Telegram refuses, people and chats that can be moved from Go or over
// HTTP, and a page in the browser where a person talks to the bot. It stands in
// for api.telegram.org in tests, in the demo and on a developer's machine; a
// bot that has a real token never meets it.
//
//	box, err := sandbox.New(sandbox.Options{Listen: "127.0.0.1:0"})
//	go box.Run(ctx)                      // API at box.URL(), page at box.URL()+"/"
//	ann := box.AddUser(sandbox.User{FirstName: "Ann", Lang: "en"})
//	box.Say(ann, ann, 0, "/start", 0)    // a person's private chat has the person's id
//	err = box.WaitCalls(ctx, "sendMessage", 1)
//	box.Chat(ann).Messages()             // what Ann sees
//
// In a testing/synctest bubble use RoundTripper instead of a socket, and leave
// Options.Now nil: the bubble's clock is then the sandbox's.
//
// A webhook that the bot sets is told updates while Run runs: one a request, in
// order within a chat, side by side across chats, and again after a failure, as
// Telegram does. Options.Local lets it be http on any port, and in a bubble
// Options.Web with Serving carries the requests.
//
// # Control over HTTP
//
// Everything under /__ctl/ speaks JSON. A body is one JSON object; a refusal is
// {"error": "..."} with status 400 or 404.
//
//	POST /__ctl/user        {id, first_name, last_name, username, lang, started} -> {id}
//	POST /__ctl/lang        {user, lang}
//	POST /__ctl/chat        {id, kind: group|supergroup|forum|channel, title, username, members, admins, bot: member|administrator|none, hidden} -> {id}
//	POST /__ctl/topic       {chat, name} -> {thread};  {chat, thread, state: closed|open|deleted}
//	POST /__ctl/say         {from, chat, thread, text, reply_to} -> {message_id}
//	POST /__ctl/edit        {from, chat, message_id, text}
//	POST /__ctl/press       {user, chat, message_id, label} -> {query}
//	POST /__ctl/start       {user, payload, group}: opens a deep link -> {message_id}
//	GET  /__ctl/answer      ?query= -> what the bot answered to a press
//	POST /__ctl/block       {user};  likewise unblock, deactivate
//	POST /__ctl/kick        {chat, user};  likewise join, leave (user 0 is the bot)
//	POST /__ctl/role        {chat, user, status}: administrator, member or restricted
//	POST /__ctl/migrate     {chat} -> {id} of the new supergroup
//	GET  /__ctl/chats       people and chats;  ?user= as that person sees them
//	GET  /__ctl/messages    ?chat=&limit= what is seen there
//	GET  /__ctl/commands    ?chat=&user= the menu that person sees
//	GET  /__ctl/events      ?chat= server-sent events: a number, whenever something changed
//	GET  /__ctl/calls       ?method=&chat=&since= raw calls, token redacted
//	GET  /__ctl/duplicates  texts and links a chat was sent more than once
//	GET  /__ctl/peaks       highest rates seen
//	GET  /__ctl/updates     {first, pending, confirmed}
//	GET  /__ctl/deliveries  what was told to webhooks, and with what answer
//	GET, POST, DELETE /__ctl/faults   the list; one more; none
//	GET, PUT /__ctl/flood   the knobs of the flood model
//	POST /__ctl/clock       {seconds}: puts the clock forward
//	POST /__ctl/killpoll    ends a waiting getUpdates with 409
//	POST /__ctl/reset       forgets people, chats, updates, calls and faults
package sandbox
