package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"rasid/cmd/rasid/rulefile"
	"rasid/cmd/rasid/settings"
	"rasid/locale"
	"rasid/rules"
	"rasid/store"
	"slices"
	"sync/atomic"
)

// ruleState is the rule file in force.
type ruleState struct{ file atomic.Pointer[rules.File] }

func (s *ruleState) current() *rules.File {
	if f := s.file.Load(); f != nil {
		return f
	}
	return &rules.File{}
}

// errNoRules reports that no rule file was put in force yet.
var errNoRules = errors.New("no rule file is loaded")

func (s *ruleState) check(context.Context) error {
	if s.file.Load() == nil {
		return errNoRules
	}
	return nil
}

// loadRules puts a rule file in force before anything runs: the given one, the
// one on disk, or, when that is broken, the last good one of the store.
func (r *Running) loadRules(ctx context.Context, o Options) error {
	if o.Rules != nil {
		return r.accept(ctx, o.Rules)
	}
	r.watcher = &rulefile.Watcher{Path: r.set.Rules, Now: o.Reload, Changed: r.reload}
	files, err := rulefile.Read(r.set.Rules)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !r.set.RulesNamed:
		r.log.Info("there is no rule file, so there are no topics", "file", r.set.Rules)
		r.watcher.Seen(nil)
		return r.put(ctx, &rules.File{})
	case err != nil:
		return settings.Error{"RASID_RULES: " + err.Error()}
	}
	r.watcher.Seen(files)
	err = r.accept(ctx, files)
	if bad, ok := errors.AsType[rules.FileErrors](err); ok {
		return r.fallBack(ctx, bad)
	}
	return err
}

// fallBack puts the stored rule file in force because the one on disk is
// broken.
func (r *Running) fallBack(ctx context.Context, bad rules.FileErrors) error {
	version, data, err := r.store.RuleFile(ctx)
	if err != nil {
		return fmt.Errorf("read the stored rule file: %w", err)
	}
	if version == 0 {
		return settings.Error{bad.Error()}
	}
	var files []rules.NamedFile
	if err = json.Unmarshal(data, &files); err != nil {
		return fmt.Errorf("read the stored rule file, version %d: %w", version, err)
	}
	file, err := rules.ParseFiles(files)
	if err != nil {
		return settings.Error{bad.Error()}
	}
	r.logBroken(bad)
	r.log.Warn("the last good rule file stays in force", "version", version)
	return r.put(ctx, file)
}

func (r *Running) logBroken(bad rules.FileErrors) {
	for _, p := range bad {
		r.log.Error("the rule file is broken", "at", p.String(), "line", p.Source)
	}
}

// accept reads a rule file, stores it as the next version and puts it in
// force. The error is rules.FileErrors when it is broken; nothing is changed
// then.
func (r *Running) accept(ctx context.Context, files []rules.NamedFile) error {
	file, err := rulefile.Parse(files)
	if err != nil {
		return err
	}
	data, err := json.Marshal(files)
	if err != nil {
		return fmt.Errorf("store the rule file: %w", err)
	}
	version, err := r.store.SaveRuleFile(ctx, data)
	if err != nil {
		return fmt.Errorf("store the rule file: %w", err)
	}
	r.log.Info("rule file in force", "version", version, "topics", len(file.Topics), "feeds", len(file.Feeds))
	return r.put(ctx, file)
}

// put puts a rule file in force: its routes first, so that no topic is
// matched for nobody.
func (r *Running) put(ctx context.Context, file *rules.File) error {
	if err := r.route(ctx, file); err != nil {
		return err
	}
	r.index.SetFile(file)
	r.rules.file.Store(file)
	if r.poller != nil {
		r.poller.Reload()
		r.wake()
	}
	return nil
}

// reload is told what the watcher read. A broken file changes nothing; the
// log and the admins are told.
func (r *Running) reload(ctx context.Context, files []rules.NamedFile, err error) {
	if err == nil {
		err = r.accept(ctx, files)
	}
	bad, broken := errors.AsType[rules.FileErrors](err)
	switch {
	case err == nil || ctx.Err() != nil:
		return
	case broken:
		r.logBroken(bad)
	default:
		r.log.Error("the rule file cannot be taken", "err", err)
	}
	first := err.Error()
	if broken {
		first = bad[0].String()
	}
	r.bot.NotifyAdmins("rules-broken", locale.Args{"n": max(len(bad), 1), "problem": first})
}

// route tells the store which destinations get topics without asking: those
// of file, and no others.
func (r *Running) route(ctx context.Context, file *rules.File) error {
	want := map[store.Dest][]string{}
	for _, to := range file.Routes {
		want[store.Dest{Chat: to.Chat, Thread: to.Thread}] = to.Topics
	}
	have := map[store.Dest][]string{}
	var cursor store.Cursor
	err := r.store.Changes(ctx, &cursor, func(d store.Destination) error {
		if len(d.Routes) > 0 && !d.Gone {
			have[d.Dest] = d.Routes
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the routes: %w", err)
	}
	for d := range have {
		if _, ok := want[d]; !ok {
			want[d] = nil
		}
	}
	for d, topics := range want {
		if slices.Equal(have[d], store.Sorted(topics)) {
			continue
		}
		change := store.Change{Dest: d, Edits: []store.Edit{{Op: store.SetRoutes, Topics: topics}}, Now: now()}
		if d.Chat > 0 {
			change.Kind = store.Private
		}
		if _, err := r.store.Change(ctx, change); err != nil {
			return fmt.Errorf("store a route: %w", err)
		}
	}
	return nil
}
