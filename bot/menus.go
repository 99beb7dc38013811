package bot

import (
	"context"
	"rasid/bot/telegram"
	"rasid/locale"
)

// menuCommands are listed in private chats; groups get the first few.
func menuCommands() []string {
	return []string{"watch", "list", "topics", "unwatch", "missed", "pause", "resume", "language", "help"}
}

// setMenus lists the commands in every language. A server that lacks the
// method does not matter.
func (b *Bot) setMenus(ctx context.Context) {
	for _, lang := range append([]string{""}, locale.Langs()...) {
		c := locale.For(lang)
		if lang == "" {
			c = locale.For(b.o.Lang)
		}
		var list []telegram.Command
		for _, name := range menuCommands() {
			list = append(list, telegram.Command{Command: name, Description: c.Text("menu-"+name, nil)})
		}
		for _, scope := range []string{"all_private_chats", "all_group_chats"} {
			if err := b.o.API.SetMyCommands(ctx, list, telegram.Scope{Type: scope}, lang); err != nil && ctx.Err() == nil {
				b.o.Logger.Info("the menu of commands could not be set", "scope", scope, "language", lang, "err", err)
				return
			}
		}
	}
}
