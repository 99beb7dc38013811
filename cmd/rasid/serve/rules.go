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
	"sync"
	"sync/atomic"
)

// ruleState is the rule file in force.
type ruleState struct {
	mu   sync.Mutex // one is put in force at a time
	file atomic.Pointer[rules.File]
}

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
	if newer, err := r.othersHaveNewer(ctx); err != nil || newer {
		return err
	}
	r.watcher = &rulefile.Watcher{Path: r.set.Rules, Now: r.reloads, Changed: r.reload}
	files, err := rulefile.Read(r.set.Rules)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !r.set.RulesNamed:
		r.log.Info("there is no rule file, so there are no topics", "file", r.set.Rules)
		r.watcher.Seen(nil)
		return r.none(ctx)
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
	file, err := stored(version, data)
	if err != nil {
		return errors.Join(settings.Error{bad.Error()}, err)
	}
	r.logBroken(bad)
	r.log.Warn("the last good rule file stays in force", "version", version)
	if err = r.route(ctx, file); err != nil {
		return err
	}
	r.put(file, version)
	return nil
}

// none is for a start without a rule file: what other processes use is in
// force, and nothing where there are none.
func (r *Running) none(ctx context.Context) error {
	if r.store.Shared() {
		others, err := r.store.Join(ctx, r.name, 0, now())
		if err != nil {
			return fmt.Errorf("look for other processes: %w", err)
		}
		if len(others) > 0 {
			if err = r.refresh(ctx); err != nil || r.rules.file.Load() != nil {
				return err
			}
		}
	}
	version, _, err := r.store.RuleFile(ctx)
	if err != nil {
		return fmt.Errorf("read the stored rule file: %w", err)
	}
	if version > 0 { // so that it does not come back
		return r.accept(ctx, []rules.NamedFile{})
	}
	r.put(&rules.File{}, 0)
	return nil
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
	if err = r.route(ctx, file); err != nil { // first, so that no topic is matched for nobody
		return err
	}
	r.put(file, version)
	r.hints.add(store.Hint{RuleFile: true})
	return nil
}

// put puts a rule file in force, unless a newer one is.
func (r *Running) put(file *rules.File, version uint64) {
	r.rules.mu.Lock()
	defer r.rules.mu.Unlock()
	if version < r.index.FileVersion() {
		return
	}
	r.index.PutFile(file, version)
	r.rules.file.Store(file)
	r.log.Info("rule file in force", "version", version, "topics", len(file.Topics), "feeds", len(file.Feeds))
	if r.poller != nil {
		r.poller.Reload()
		r.wake()
	}
}

// refresh puts the newest stored rule file in force.
func (r *Running) refresh(ctx context.Context) error {
	version, data, err := r.store.RuleFile(ctx)
	if err != nil || version <= r.index.FileVersion() {
		return err
	}
	file, err := stored(version, data)
	if err != nil {
		return err
	}
	r.put(file, version)
	return nil
}

// stored reads a rule file as the store keeps it.
func stored(version uint64, data []byte) (*rules.File, error) {
	var files []rules.NamedFile
	if err := json.Unmarshal(data, &files); err != nil {
		return nil, fmt.Errorf("read the stored rule file, version %d: %w", version, err)
	}
	file, err := rules.ParseFiles(files)
	if err != nil {
		return nil, fmt.Errorf("read the stored rule file, version %d: %w", version, err)
	}
	return file, nil
}

// othersHaveNewer puts the stored rule file in force where the one on disk is
// known to be older, and other processes are at work: this one may have been
// started with what an editor has changed since. Alone, or once it is changed,
// the file on disk counts.
func (r *Running) othersHaveNewer(ctx context.Context) (bool, error) {
	if !r.store.Shared() {
		return false, nil
	}
	others, err := r.store.Join(ctx, r.name, 0, now())
	if err != nil || len(others) == 0 {
		return false, err
	}
	files, err := rulefile.Read(r.set.Rules)
	if err != nil {
		return false, nil //nolint:nilerr // it is told where it is read next
	}
	data, err := json.Marshal(files)
	if err != nil {
		return false, fmt.Errorf("read the rule file: %w", err)
	}
	known, err := r.store.KnownRuleFile(ctx, data)
	if err != nil || known == 0 {
		return false, err
	}
	newest, _, err := r.store.RuleFile(ctx)
	if err != nil || known >= newest {
		return false, err
	}
	r.log.Warn("the rule file here is older than the one that other processes use, which stays in force until this one is changed",
		"file", r.set.Rules, "version", known, "in_force", newest)
	r.watcher = &rulefile.Watcher{Path: r.set.Rules, Now: r.reloads, Changed: r.reload}
	r.watcher.Seen(files)
	return true, r.refresh(ctx)
}

// reload is told what the watcher read. A broken file changes nothing; the
// log and the admins are told. It reports whether that is all: a file that could
// not be read, or not be stored with its routes, is to be tried again, and is
// told of once.
func (r *Running) reload(ctx context.Context, files []rules.NamedFile, err error) (settled bool) {
	if err == nil {
		err = r.accept(ctx, files)
	}
	bad, broken := errors.AsType[rules.FileErrors](err)
	told := r.untaken
	r.untaken = err != nil && !broken
	switch {
	case err == nil || ctx.Err() != nil:
		return true
	case broken:
		r.logBroken(bad)
		r.bot.NotifyAdmins("rules-broken", locale.Args{"n": len(bad), "problem": bad[0].String()})
		return true
	case !told:
		r.log.Error("the rule file cannot be taken, trying again", "err", err)
		r.bot.NotifyAdmins("rules-broken", locale.Args{"n": 1, "problem": err.Error()})
	}
	return false
}

// route tells the store which destinations get topics without asking: those
// of file, and no others. At the start that waits until everybody is known.
func (r *Running) route(ctx context.Context, file *rules.File) error {
	if !r.loaded {
		r.unrouted = file
		return nil
	}
	if err := r.index.Sync(ctx, r.store); err != nil {
		return fmt.Errorf("read the routes: %w", err)
	}
	want := map[store.Dest][]string{}
	for _, to := range file.Routes {
		want[store.Dest{Chat: to.Chat, Thread: to.Thread}] = to.Topics
	}
	have := r.index.Routes()
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
