package redisstore_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"rasid/store"
	"rasid/store/redisstore"
	"rasid/store/storetest"
	"rasid/store/storetest/redistest"
	"rasid/store/transfer"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestTheUserOfTheDocsCanDoAllThatIsNeeded runs the suite as the user that
// docs/operations.md makes, and tries what that user may not do.
func TestTheUserOfTheDocsCanDoAllThatIsNeeded(t *testing.T) {
	docs, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^ACL SETUSER rasid (.*)$`).FindSubmatch(docs)
	if line == nil {
		t.Fatal("docs/operations.md makes no user")
	}
	server := redistest.Start(t)
	admin := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer admin.Close()
	args := []any{"ACL", "SETUSER", "rasid"}
	for word := range strings.FieldsSeq(strings.ReplaceAll(string(line[1]), "SECRET", "pass")) {
		args = append(args, word)
	}
	if err := admin.Do(t.Context(), args...).Err(); err != nil {
		t.Fatalf("make the user: %v", err)
	}
	url := "redis://rasid:pass@" + server.Addr
	storetest.Run(t, func(t *testing.T) store.Store {
		if err := server.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		return openAt(t, url, redisstore.Options{})
	})
	s := openAt(t, url, redisstore.Options{})
	if w := s.Warnings(); len(w) != 0 {
		t.Errorf("Warnings = %q; want none", w)
	}
	if err := storetest.Fill(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	storetest.Sound(t, s, at(100))
	to, err := redisstore.OpenTarget(t.Context(), url+"/1", "source", redisstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	if _, err := transfer.Copy(t.Context(), s, to, transfer.Options{}); err != nil {
		t.Errorf("Copy = %v", err)
	}
	if err := to.Clear(t.Context(), transfer.Part(store.HomeShard(7))); err != nil {
		t.Errorf("Clear = %v", err)
	}
	heard := make(chan store.Hint, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _ = s.Hear(ctx, func(h store.Hint) { heard <- h }) }()
	for got := false; !got; {
		if err := s.Tell(t.Context(), store.Hint{Accepted: true}); err != nil {
			t.Fatal(err)
		}
		select {
		case <-heard:
			got = true
		case <-time.After(10 * time.Millisecond):
		}
	}
	ro, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	user := redis.NewClient(ro)
	defer user.Close()
	for _, forbidden := range [][]any{{"FLUSHALL"}, {"GET", "other:key"}, {"CONFIG", "SET", "appendfsync", "no"}, {"KEYS", "*"}} {
		if err := user.Do(t.Context(), forbidden...).Err(); err == nil || !strings.Contains(err.Error(), "NOPERM") {
			t.Errorf("%v = %v; want it refused", forbidden, err)
		}
	}
}

// TestTLS reaches a server whose certificate only our own authority knows, and
// that asks who we are.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	certificates(t, dir)
	file := func(name string) string { return filepath.Join(dir, name) }
	server := redistest.Start(t)
	port := redistest.FreePort(t)
	admin := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer admin.Close()
	for _, set := range [][2]string{
		{"tls-ca-cert-file", file("ca.pem")}, {"tls-key-file", file("key.pem")}, {"tls-cert-file", file("cert.pem")}, {"tls-port", port},
	} {
		if err := admin.ConfigSet(t.Context(), set[0], set[1]).Err(); err != nil {
			t.Fatalf("%s: %v", set[0], err)
		}
	}
	address := "rediss://127.0.0.1:" + port
	s := openAt(t, address+"?ca="+file("ca.pem")+"&cert="+file("cert.pem")+"&key="+file("key.pem"), redisstore.Options{})
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	certified := "?cert=" + file("cert.pem") + "&key=" + file("key.pem")
	for _, tt := range []struct{ name, address, want string }{
		{"without its authority", address + certified, "ca=FILE"},
		{"by another name", strings.Replace(address, "127.0.0.1", "localhost", 1) + certified + "&ca=" + file("ca.pem"), "as its certificate does"},
		{"without our certificate", address + "?ca=" + file("ca.pem"), ""},
	} {
		_, err := redisstore.Open(t.Context(), tt.address, redisstore.Options{Retries: -1})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Open = %v; want it refused and told %q", tt.name, err, tt.want)
		}
	}
}

// certificates makes an authority and a certificate of 127.0.0.1, for both
// ends.
func certificates(t *testing.T, dir string) {
	t.Helper()
	make := func(name string, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c := &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: parent == nil,
			KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		}
		if parent == nil {
			parent, parentKey = c, key
		}
		der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, parentKey)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		for file, block := range map[string]*pem.Block{name + ".pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "EC PRIVATE KEY", Bytes: raw}} {
			if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return c, key
	}
	ca, key := make("ca", nil, nil)
	make("cert", ca, key)
}
