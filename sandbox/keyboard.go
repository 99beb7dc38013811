package sandbox

import (
	"bytes"
	"encoding/json"
	"rasid/sandbox/markup"
	"rasid/sandbox/wire"
	"unicode/utf8"
)

// Limits of keyboards, see https://core.telegram.org/bots/api#inlinekeyboardbutton.
const (
	maxData     = 64     // bytes of callback_data
	maxCopy     = 256    // characters of copy_text
	maxButtons  = 100    // in one inline keyboard; model
	maxKeyboard = 10_000 // bytes of reply_markup; model
)

// A ForceReply asks a person's app to open a reply to the message.
type ForceReply struct {
	Placeholder string `json:"placeholder,omitempty"`
}

// replyMarkup is what a reply_markup asked for; at most one field is set.
type replyMarkup struct {
	inline   *wire.InlineKeyboard
	keyboard [][]string
	remove   bool
	force    *ForceReply
}

// readMarkup reads reply_markup; absent is none. What the server finds only
// later (data too long, bad addresses) is left to checkButtons.
func readMarkup(raw string) (replyMarkup, error) {
	var m replyMarkup
	if raw == "" {
		return m, nil
	}
	if !json.Valid([]byte(raw)) {
		return m, wire.Bad("Can't parse reply keyboard markup JSON object")
	}
	if bytes.TrimSpace([]byte(raw))[0] != '{' {
		return m, wire.Bad("Object expected as reply markup")
	}
	var object struct {
		Inline      json.RawMessage `json:"inline_keyboard"`
		Keyboard    json.RawMessage `json:"keyboard"`
		Remove      bool            `json:"remove_keyboard"`
		Force       bool            `json:"force_reply"`
		Placeholder string          `json:"input_field_placeholder"`
	}
	if err := json.Unmarshal([]byte(raw), &object); err != nil {
		return m, wire.Bad("Can't parse reply keyboard markup JSON object")
	}
	var err error
	if m.keyboard, err = readReplyKeyboard(object.Keyboard); err != nil {
		return m, err
	}
	inline, err := readInline(object.Inline)
	switch {
	case err != nil:
		return m, err
	case len(m.keyboard) > 0:
	case len(inline) > 0:
		m.inline = &wire.InlineKeyboard{Rows: inline}
	case object.Remove:
		m.remove = true
	case object.Force:
		m.force = &ForceReply{Placeholder: object.Placeholder}
	}
	return m, nil
}

func readReplyKeyboard(raw json.RawMessage) ([][]string, error) {
	rows, err := rowsOf(raw, `Field "keyboard" must be an Array of Arrays`)
	if err != nil {
		return nil, err
	}
	var keys [][]string
	for _, row := range rows {
		var line []string
		for _, item := range row {
			var b struct {
				Text string `json:"text"`
			}
			if json.Unmarshal(item, &b.Text) != nil && json.Unmarshal(item, &b) != nil {
				return nil, wire.Bad("Can't parse keyboard button: KeyboardButton must be a String or an Object")
			}
			if b.Text == "" {
				return nil, wire.Bad("Keyboard button text must be non-empty")
			}
			line = append(line, b.Text)
		}
		if len(line) > 0 {
			keys = append(keys, line)
		}
	}
	return keys, nil
}

func readInline(raw json.RawMessage) ([][]wire.Button, error) {
	rows, err := rowsOf(raw, `Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`)
	if err != nil {
		return nil, err
	}
	var keys [][]wire.Button
	for _, row := range rows {
		var line []wire.Button
		for _, item := range row {
			b, err := readButton(item)
			if err != nil {
				return nil, err
			}
			line = append(line, b)
		}
		if len(line) > 0 {
			keys = append(keys, line)
		}
	}
	return keys, nil
}

func rowsOf(raw json.RawMessage, complaint string) ([][]json.RawMessage, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var rows [][]json.RawMessage
	if err := json.Unmarshal(raw, &rows); err != nil {
		return nil, wire.Bad("%s", complaint)
	}
	return rows, nil
}

func readButton(item json.RawMessage) (wire.Button, error) {
	const prefix = "Can't parse inline keyboard button: "
	var b struct {
		wire.Button

		Text *string `json:"text"`
	}
	if len(item) == 0 || item[0] != '{' {
		return b.Button, wire.Bad(prefix + "InlineKeyboardButton must be an Object")
	}
	if err := json.Unmarshal(item, &b); err != nil {
		return b.Button, wire.Bad(prefix + "a field has the wrong type")
	}
	if b.Text == nil {
		return b.Button, wire.Bad(prefix + `Can't find field "text"`)
	}
	b.Button.Text = *b.Text
	switch b.Style {
	case "", "danger", "success", "primary":
	default:
		return b.Button, wire.Bad(prefix + "invalid button style specified")
	}
	if b.URL == "" && b.CallbackData == "" && b.CopyText == nil && b.SwitchInline == nil && b.SwitchHere == nil {
		return b.Button, wire.Bad(prefix + "Text buttons are unallowed in the inline keyboard")
	}
	return b.Button, nil
}

// checkButtons makes the checks that come after the chat's.
func (m replyMarkup) checkButtons(raw string) error {
	if m.inline == nil {
		return nil
	}
	count := 0
	for _, row := range m.inline.Rows {
		for i := range row {
			count++
			if err := checkButton(&row[i]); err != nil {
				return err
			}
		}
	}
	if count > maxButtons || len(raw) > maxKeyboard {
		return wire.Bad("reply markup is too long")
	}
	return nil
}

func checkButton(b *wire.Button) error {
	if b.Text == "" {
		return wire.Bad("Inline keyboard button text must be non-empty")
	}
	if len(b.CallbackData) > maxData {
		return wire.Bad("BUTTON_DATA_INVALID")
	}
	if c := b.CopyText; c != nil && (c.Text == "" || utf8.RuneCountInString(c.Text) > maxCopy) {
		return wire.Bad("BUTTON_COPY_TEXT_INVALID")
	}
	if b.URL != "" {
		link := markup.CheckLink(b.URL)
		if link == "" {
			return wire.Bad("Inline keyboard button URL '%s' is invalid: Wrong HTTP URL", b.URL)
		}
		b.URL = link
	}
	return nil
}
