// Rasid is a news alert bot for Telegram: articles come in, people say in
// the words of their language what they want to hear about, and the right
// chats hear of the right article once, with the reason.
//
// This package is the command line; serve joins the rooms to a running bot,
// demo runs it against a local Telegram.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"rasid/cmd/rasid/logs"
	"rasid/cmd/rasid/settings"
	"strings"
	"syscall"
	_ "time/tzdata"
	// containers have no zone files.
)

// Exit codes. Scripts and supervisors rely on them.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2  // used wrongly
	exitConfig = 78 // settings or rule file; EX_CONFIG of sysexits
)

// version is set when a release is built.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := execute(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// execute runs the command that args name and returns the exit code.
func execute(ctx context.Context, args []string, s streams) int {
	begun := false
	root := newRoot(&begun) //nolint:contextcheck // cobra hands the context to each command
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	return s.report(root.ExecuteContext(ctx), begun)
}

// report tells what went wrong and returns the exit code for it. What went
// wrong before a command began is a misuse of it.
func (s streams) report(err error, begun bool) int {
	if err == nil {
		return exitOK
	}
	code := exitFailed
	var coded *codeError
	var config settings.Error
	switch {
	case errors.As(err, &coded):
		code = coded.code
	case errors.As(err, &config):
		code = exitConfig
	case !begun:
		code = exitUsage
		err = fmt.Errorf("%w\nrasid --help tells how it is used", err)
	}
	text := err.Error()
	if config != nil { // each of its lines is a fault of its own
		text = strings.ReplaceAll(text, "\n", "\nrasid: ")
	}
	if text != "" {
		set, _ := settings.Load() // only for what must not be shown
		_, _ = fmt.Fprintln(logs.Redact(s.err, set.Secrets()), "rasid: "+text)
	}
	return code
}

// A codeError ends the program with a code of its own. Without err nothing is
// said, since everything was.
type codeError struct {
	code int
	err  error
}

// Error gives the text of what is wrapped.
func (e *codeError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

// Unwrap returns what is wrapped.
func (e *codeError) Unwrap() error { return e.err }
