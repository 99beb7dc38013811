package open_test

import (
	"errors"
	"path/filepath"
	"rasid/store/open"
	"rasid/store/storetest/redistest"
	"strings"
	"testing"
)

func TestAddressesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct{ name, address, want string }{
		{"an address needs a kind", "rasid.db", "it has no kind in front; want bolt:PATH"},
		{"bolt needs a path", "bolt:", "lacks the path"},
		{"a folder is not a file", "bolt:" + dir, "it is a folder; name a file in it"},
		{"a missing folder is named", "bolt:" + dir + "/none/rasid.db", "there is no folder " + dir + "/none"},
		{"a Sentinel needs the name of its master", "redis+sentinel://a,b", "it lacks the name of the master"},
		{"a Sentinel that is not there is told without the password", "redis+sentinel://u:secret@127.0.0.1:1/mymaster?sentinel_password=secret", "127.0.0.1:1"},
		{"a cluster that is not there is told without the password", "redis+cluster://u:secret@127.0.0.1:1,127.0.0.1:2", "127.0.0.1:1,127.0.0.1:2"},
		{"other kinds of Redis are named", "redis+moon://u:secret@a", `there is no kind "redis+moon"`},
		{"certificates are for TLS", "redis://u:secret@a?ca=x.pem", "the address is to begin with rediss"},
		{"a certificate that is not there is named", "rediss://u:secret@a?ca=none.pem", "none.pem"},
		{"how many to wait for is a number", "redis://u:secret@a?wait=all", "wait is to be a number"},
		{"other kinds are named", "mysql://u:secret@host", `nothing is stored in "mysql"`},
		{"a broken Redis address is told without its password", "redis://u:secret@host:x%zz/0", "the address of Redis cannot be read"},
		{"a bad database is told without its password", "redis://u:secret@host/zero", "the address of Redis cannot be read"},
		{"a bad database is named where there is none", "redis://host/zero", `"zero"`},
		{"a slash in a password is asked for otherwise", "redis://u:1secret/x@h:6379/0", "write / as %2F"},
		{"also where what is before it could be a port", "redis://u:1/secret@h:6379/0", "write / as %2F"},
		{"also of Sentinels", "redis+sentinel://u:1/secret@h:6379/master", "write / as %2F"},
		{"a question mark in a password", "redis+cluster://u:secret?x@h:6379", "? as %3F"},
		{"a question mark behind what could be a port", "redis://u:1?secret@h:6379/0", "? as %3F"},
		{"a hash in a password", "redis://u:1#secret@h:6379/0", "# as %23"},
		{"a bad escape in a password", "redis://u:%secret@h:6379/0", "% as %25"},
		{"an unknown parameter beside a password", "redis+sentinel://h/m?sentinel_password=x&secret=1", "is not shown"},
		{"a server that is not there is told without the password", "redis://u:secret@127.0.0.1:1/0", "127.0.0.1:1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, _, err := open.Open(t.Context(), tt.address)
			if err == nil || s != nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("Open(%q) = %v, %v; want an error with %q and no password", tt.address, s, err, tt.want)
			}
		})
	}
}

func TestHowAnAddressIsWrittenIsChecked(t *testing.T) {
	for _, good := range []string{"bolt:/nowhere/rasid.db", "redis://127.0.0.1:1/0", "redis+sentinel://a,b/master", "redis+cluster://a,b", "unix:///nowhere"} {
		if err := open.Check(good); err != nil {
			t.Errorf("Check(%q) = %v, want nil", good, err)
		}
	}
	for _, bad := range []string{"rasid.db", "bolt:", "mysql://u:secret@host", "redis:/x", "redis://u:secret@host:x%zz/0", "redis+moon://u:secret@a", "redis+sentinel://a"} {
		if err := open.Check(bad); !errors.Is(err, open.ErrAddress) || strings.Contains(err.Error(), "secret") {
			t.Errorf("Check(%q) = %v, want ErrAddress without the password", bad, err)
		}
	}
}

func TestAddressesThatOpen(t *testing.T) {
	server := redistest.Start(t)
	for _, address := range []string{"bolt:" + filepath.Join(t.TempDir(), "rasid.db"), server.URL, server.URL + "/3"} {
		s, warnings, err := open.Open(t.Context(), address)
		if err != nil || len(warnings) != 0 {
			t.Fatalf("Open(%q) = %v, %v", address, warnings, err)
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("Ping of %s = %v", address, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close of %s = %v", address, err)
		}
	}
}

func TestAnAddressIsShownWithoutItsPassword(t *testing.T) {
	for _, tt := range []struct{ name, address, want string }{
		{"a file is shown as it is", "bolt:/data/rasid.db", "bolt:/data/rasid.db"},
		{"user and password are left out", "redis://user:secret@host:6379/1", "redis://host:6379/1"},
		{"so is what looks like more of it", "redis://user:se/cr@secret@host/1", "redis://host/1"},
		{"parameters may be passwords", "redis+sentinel://u:secret@a,b/master?sentinel_password=secret", "redis+sentinel://a,b/master"},
	} {
		if got := open.Shown(tt.address); got != tt.want {
			t.Errorf("%s: Shown(%q) = %q; want %q", tt.name, tt.address, got, tt.want)
		}
	}
}

func TestNothingIsMadeByReading(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	for _, address := range []string{"bolt:" + path, redistest.Start(t).URL} {
		if s, err := open.Read(t.Context(), address); err == nil {
			t.Errorf("Read(%q) = %v; want it refused, nothing is there", address, s)
		}
		to, err := open.Write(t.Context(), address, "source") // so nothing was made
		if err != nil {
			t.Fatal(err)
		}
		if err := to.Close(); err != nil {
			t.Error(err)
		}
	}
}
