package sandbox_test

import (
	"encoding/json"
	"net/http"
	"rasid/sandbox"
	"strings"
	"testing"
)

// FuzzCall sends any JSON body to any method: the answer is always JSON, its
// code is the status, and the sandbox itself never fails.
func FuzzCall(f *testing.F) {
	for _, seed := range [][2]string{
		{"sendMessage", `{"chat_id":7,"text":"<b>x</b>","parse_mode":"HTML","reply_markup":{"inline_keyboard":[[{"text":"a","url":"example.org"}]]}}`},
		{"sendMessage", `{"chat_id":"@news","text":"x","entities":[{"type":"bold","offset":0,"length":1}],"reply_parameters":{"message_id":1}}`},
		{"sendMessage", `{"chat_id":7,"text":"x","reply_markup":{"keyboard":[["a"],[{"text":"b"}]]},"link_preview_options":{"url":5}}`},
		{"editMessageText", `{"chat_id":7,"message_id":1,"text":"y"}`},
		{"deleteMessages", `{"chat_id":7,"message_ids":[1,2,null]}`},
		{"setMyCommands", `{"commands":[{"command":"a","description":"b"}],"scope":{"type":"chat_member","chat_id":-5,"user_id":7}}`},
		{"getUpdates", `{"offset":-99999999999999999999,"limit":"x","allowed_updates":["message",5]}`},
		{"setChatMenuButton", `{"menu_button":null,"chat_id":7}`},
		{"copyMessage", `{"chat_id":7,"from_chat_id":7,"message_id":1}`},
		{"answerCallbackQuery", `{"callback_query_id":1,"text":null}`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, method, body string) {
		if strings.ContainsAny(method, "/?#% ") || strings.EqualFold(method, "getUpdates") && strings.Contains(body, "timeout") {
			return
		}
		box, err := sandbox.New(sandbox.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		box.AddUser(sandbox.User{ID: 7, FirstName: "Ann", Started: true})
		box.AddGroup(sandbox.Group{ID: -5, Admins: []int64{7}})
		box.AddChannel(sandbox.Group{Username: "news"})
		if _, err := box.Say(7, 7, 0, "hello", 0); err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://sandbox.invalid/", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.URL.Path = "/bot" + box.Token() + "/" + method
		req.Header.Set("Content-Type", "application/json")
		res, err := box.RoundTripper().RoundTrip(req)
		if err != nil {
			t.Fatalf("%s(%s): %v", method, body, err)
		}
		defer func() { _ = res.Body.Close() }()
		var got struct {
			OK          bool            `json:"ok"`
			Code        int             `json:"error_code"`
			Description string          `json:"description"`
			Result      json.RawMessage `json:"result"`
		}
		if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
			t.Fatalf("%s(%s) answers no JSON: %v", method, body, err)
		}
		if got.OK != (res.StatusCode == http.StatusOK) || !got.OK && (got.Code != res.StatusCode || got.Description == "") || res.StatusCode == http.StatusInternalServerError {
			t.Fatalf("%s(%s) = %d %+v", method, body, res.StatusCode, got)
		}
		for _, m := range box.Chat(7).Messages() {
			if m.Bot && m.Text == "" {
				t.Fatalf("%s(%s) made an empty message", method, body)
			}
		}
	})
}
