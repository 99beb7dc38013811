package telegram

// refusals is the error table: the first row that fits decides. A 429 and an
// answer that names the chat's new id are told by their parameters before it.
// The wording is the server's, see Client.cpp and td's sources; it is matched
// in lower case and by its steady part.
var refusals = []refusalRow{
	// Answers of something else than a Bot API server: a proxy that refuses
	// did not pass the request on; one that gave up waiting may have.
	{from: 500, to: 599, foreign: true, class: Unknown},
	{from: 0, to: 499, foreign: true, class: NotWritten},

	{from: 401, to: 401, class: BadToken},
	{from: 404, to: 404, words: "method not found", class: Missing},
	{from: 404, to: 404, class: BadToken}, // the front's answer to a malformed token
	{from: 409, to: 409, class: Rival},

	{from: 403, to: 403, words: "bot was blocked by the user", class: Gone},
	{from: 403, to: 403, words: "user is deactivated", class: Gone},
	{from: 403, to: 403, words: "can't initiate conversation", class: Gone},
	{from: 403, to: 403, words: "kicked from", class: Out},
	{from: 403, to: 403, words: "not a member of", class: Out},
	{from: 403, to: 403, words: "group chat was deleted", class: Out},
	{from: 403, to: 403, words: "bot can't send messages to", class: Mute},

	{from: 400, to: 400, words: "message is not modified", class: Same},
	{from: 400, to: 400, words: "message thread not found", class: NoThread},
	{from: 400, to: 400, words: "topic_closed", class: NoThread},
	{from: 400, to: 400, words: "topic_deleted", class: NoThread},
	{from: 400, to: 400, words: "chat not found", class: NoChat},
	{from: 400, to: 400, words: "not enough rights", class: NoChat},
	{from: 400, to: 400, words: "have no rights to send", class: NoChat},
	{from: 400, to: 400, words: "chat_write_forbidden", class: NoChat},
	{from: 400, to: 400, words: "chat_restricted", class: NoChat},
	{from: 400, to: 400, words: "peer_id_invalid", class: NoChat},
	{from: 400, to: 400, words: "can't parse entities", class: Garbled},
	{from: 400, to: 400, words: "can't parse messageentity", class: Garbled},
	{from: 400, to: 400, words: "message is too long", class: Garbled},
	{from: 400, to: 400, words: "text is too long", class: Garbled},
	{from: 400, to: 400, words: "message_too_long", class: Garbled},
	{from: 400, to: 400, words: "entities_too_long", class: Garbled},
	{from: 400, to: 400, words: "button_", class: Garbled},
	{from: 400, to: 400, words: "inline keyboard", class: Garbled},
	{from: 400, to: 400, words: "reply markup", class: Garbled},
	{from: 400, to: 400, words: "message to edit not found", class: NoMessage},
	{from: 400, to: 400, words: "message can't be edited", class: NoMessage},
	{from: 400, to: 400, words: "message_id_invalid", class: NoMessage},
	{from: 400, to: 400, words: "query is too old", class: TooLate},
	{from: 400, to: 400, words: "query id is invalid", class: TooLate},

	{from: 500, to: 599, class: Unknown},
	{from: 400, to: 499, class: Refused},
	{from: 300, to: 399, class: NotWritten},
}
