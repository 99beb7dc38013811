package crash

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// echo answers what it is sent, and tells how many pieces it got.
func echo(t *testing.T) (addr string, got chan string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	got = make(chan string, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 1024)
				for {
					n, err := c.Read(buf)
					if err != nil {
						return
					}
					got <- string(buf[:n])
					c.Write(buf[:n])
				}
			}()
		}
	}()
	return l.Addr().String(), got
}

// A talker says things through a link.
type talker struct {
	t    *testing.T
	conn net.Conn
}

func talk(t *testing.T, l *Link) talker {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return talker{t, c}
}

// says returns the answer to what, or why there was none within a while.
func (k talker) says(what string, within time.Duration) (string, error) {
	k.t.Helper()
	if _, err := io.WriteString(k.conn, what); err != nil {
		return "", err
	}
	if err := k.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		k.t.Fatal(err)
	}
	buf := make([]byte, 1024)
	n, err := k.conn.Read(buf)
	return string(buf[:n]), err
}

const soon, long = 200 * time.Millisecond, 10 * time.Second

func TestALinkCarriesWhatIsSaid(t *testing.T) {
	addr, _ := echo(t)
	k := talk(t, aLink(t, addr))
	if got, err := k.says("ping", long); got != "ping" || err != nil {
		t.Errorf("answer = %q, %v; want ping", got, err)
	}
}

func TestALinkThatIsCutEndsConnectionsAndTakesNoneUntilItIsHealed(t *testing.T) {
	addr, _ := echo(t)
	l := aLink(t, addr)
	old := talk(t, l)
	if _, err := old.says("ping", long); err != nil {
		t.Fatal(err)
	}
	l.Cut()
	if got, err := old.says("ping", long); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the old connection answered %q, %v; want it ended", got, err)
	}
	if c, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr); err == nil { // else it ended as it began
		defer c.Close()
		if got, err := (talker{t, c}).says("ping", long); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the new connection answered %q, %v; want it ended", got, err)
		}
	}
	l.Heal()
	if got, err := talk(t, l).says("ping", long); got != "ping" || err != nil {
		t.Errorf("healed: answer = %q, %v; want ping", got, err)
	}
}

func TestALinkThatIsSilentSwallowsAndThenEnds(t *testing.T) {
	addr, got := echo(t)
	l := aLink(t, addr)
	k := talk(t, l)
	if _, err := k.says("ping", long); err != nil {
		t.Fatal(err)
	}
	<-got
	l.Silence()
	if answer, err := k.says("swallowed", soon); !errors.Is(err, os.ErrDeadlineExceeded) || len(got) > 0 {
		t.Errorf("answer = %q, %v, and the server got %d pieces; want silence on both sides", answer, err, len(got))
	}
	l.Heal()
	if answer, err := k.says("again", long); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("healed: answer = %q, %v; want the connection ended", answer, err)
	}
}

func TestALinkDelaysAnswers(t *testing.T) {
	addr, _ := echo(t)
	l := aLink(t, addr)
	l.Delay(soon)
	begun := time.Now()
	if got, err := talk(t, l).says("ping", long); got != "ping" || err != nil || time.Since(begun) < soon {
		t.Errorf("answer = %q, %v after %v; want ping after %v", got, err, time.Since(begun), soon)
	}
}

func TestALinkLosesAnswersOfScriptsAfterTheirEffect(t *testing.T) {
	addr, got := echo(t)
	l := aLink(t, addr)
	l.LoseAnswers(1)
	k := talk(t, l)
	if answer, err := k.says("ping", long); answer != "ping" || err != nil {
		t.Errorf("answer = %q, %v; want what is no script answered", answer, err)
	}
	if answer, err := k.says("evalsha 1", long); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("answer = %q, %v; want it lost", answer, err)
	}
	if <-got; <-got != "evalsha 1" || l.Lost() != 1 {
		t.Errorf("lost %d answers; want one, and the server to have the script", l.Lost())
	}
	if answer, err := talk(t, l).says("evalsha 2", long); answer != "evalsha 2" || err != nil {
		t.Errorf("answer = %q, %v; want the next one answered", answer, err)
	}
}
