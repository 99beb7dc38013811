package sandbox_test

import (
	"encoding/json"
	"fmt"
	"rasid/sandbox"
	"strings"
	"testing"
	"time"
)

// hook is the address of the receivers of these tests.
const hook = "https://bot.example/hook"

func TestWebhooksThatAreRefused(t *testing.T) {
	const bad = "Bad Request: "
	tests := []struct {
		name string
		args args
		want string
	}{
		{"an address that is none", args{"url": "https://exa mple.org"}, bad + "invalid webhook URL specified"},
		{"an address without a host", args{"url": "https:///x"}, bad + "invalid webhook URL specified"},
		{"another protocol", args{"url": "ftp://example.org"}, bad + "invalid webhook URL specified"},
		{"no encryption", args{"url": "http://example.org/x"}, bad + "bad webhook: An HTTPS URL must be provided for webhook"},
		{"another port", args{"url": "https://example.org:8080/x"}, bad + "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"},
		{"this machine", args{"url": "https://localhost/x"}, bad + "bad webhook: IP address 127.0.0.1 is reserved"},
		{"a private network", args{"url": "https://10.1.2.3/x"}, bad + "bad webhook: IP address 10.1.2.3 is reserved"},
		{"an address of IPv6", args{"url": "https://[2001:db8::1]/x"}, bad + "bad webhook: IPv6-only addresses are not allowed"},
		{"a secret that is too long", args{"url": hook, "secret_token": strings.Repeat("x", 257)}, bad + "secret token is too long"},
		{"a secret with a space", args{"url": hook, "secret_token": "a b"}, bad + "secret token contains unallowed characters"},
		{"a secret in Arabic", args{"url": hook, "secret_token": "سر"}, bad + "secret token contains unallowed characters"},
	}
	c := open(t, sandbox.Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c.box.Advance(2 * time.Second)
			c.must("setWebhook", args{"url": hook})
			c.box.Advance(2 * time.Second)
			got, err := c.call(t.Context(), "setWebhook", tt.args)
			if err != nil || got.OK || got.Description != tt.want {
				t.Errorf("setWebhook(%v) = %+v, %v; want %s", tt.args, got, err, tt.want)
			}
			if info := c.info(); info.URL != "" {
				t.Errorf("after a refusal the webhook is %q; want none, as Telegram leaves it", info.URL)
			}
		})
	}
	c.box.Advance(2 * time.Second)
	c.must("setWebhook", args{"url": hook})
	if got, err := c.call(t.Context(), "setWebhook", args{"url": hook}); err != nil || got.Code != 429 || got.Parameters.Retry != 1 {
		t.Errorf("a second setWebhook at once = %+v, %v; want 429, retry after 1", got, err)
	}
}

type info struct {
	URL     string   `json:"url"`
	Pending int      `json:"pending_update_count"`
	Date    int64    `json:"last_error_date"`
	Message string   `json:"last_error_message"`
	Max     int      `json:"max_connections"`
	Address string   `json:"ip_address"`
	Allowed []string `json:"allowed_updates"`
}

func (c client) info() info {
	c.t.Helper()
	var got info
	if err := json.Unmarshal(c.must("getWebhookInfo", nil), &got); err != nil {
		c.t.Fatal(err)
	}
	return got
}

func TestSettingAndDeletingAWebhook(t *testing.T) {
	c := open(t, sandbox.Options{Local: true})
	steps := []struct {
		name, method string
		args         args
		want         string
		then         info
	}{
		{"there is none to delete", "deleteWebhook", nil, "Webhook is already deleted", info{}},
		{"one is set", "setWebhook", args{"url": "http://127.0.0.1:99/x"}, "Webhook was set", info{URL: "http://127.0.0.1:99/x", Max: 40, Address: "127.0.0.1"}},
		{"the same again is no change", "setWebhook", args{"url": "http://127.0.0.1:99/x"}, "Webhook is already set", info{URL: "http://127.0.0.1:99/x", Max: 40, Address: "127.0.0.1"}},
		{"another secret is one", "setWebhook", args{"url": "http://127.0.0.1:99/x", "secret_token": "s"}, "Webhook was set", info{URL: "http://127.0.0.1:99/x", Max: 40, Address: "127.0.0.1"}},
		{"fewer connections are one", "setWebhook", args{"url": "http://127.0.0.1:99/x", "secret_token": "s", "max_connections": 0}, "Webhook was set", info{URL: "http://127.0.0.1:99/x", Max: 1, Address: "127.0.0.1"}},
		{"https need not be said", "setWebhook", args{"url": "bot.example", "allowed_updates": `["message"]`}, "Webhook was set", info{URL: "bot.example", Max: 40, Address: "<unknown>", Allowed: []string{"message"}}},
		{"an empty address deletes", "setWebhook", args{"url": ""}, "Webhook was deleted", info{Allowed: []string{"message"}}},
	}
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			c.box.Advance(2 * time.Second)
			got, err := c.call(t.Context(), s.method, s.args)
			if err != nil || !got.OK || got.Description != s.want {
				t.Errorf("%s(%v) = %+v, %v; want %q", s.method, s.args, got, err, s.want)
			}
			if now := c.info(); fmt.Sprint(now) != fmt.Sprint(s.then) {
				t.Errorf("getWebhookInfo = %+v, want %+v", now, s.then)
			}
		})
	}
}
