package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"rasid/cmd/rasid/settings"
	"time"

	"github.com/spf13/cobra"
)

// healthTime is how long a health check waits for an answer.
const healthTime = 5 * time.Second

func newHealthcheck() *cobra.Command {
	var ready bool
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "Ask the rasid of this machine whether it is well",
		Long: `Ask the rasid that runs on this machine with the same RASID_HTTP whether it is
alive, or with --ready whether store, Telegram and rules are in order. The exit
code is 0 or 1. Containers, which may hold no other program, use it.`,
		Example: "  rasid healthcheck --ready",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := settings.Load()
			if err != nil {
				return err
			}
			base, err := localURL(set.HTTP)
			if err != nil {
				return err
			}
			path := "/healthz"
			if ready {
				path = "/readyz"
			}
			return health(cmd, base+path)
		},
	}
	cmd.Flags().BoolVar(&ready, "ready", false, "ask for readiness")
	return cmd
}

// localURL is where the server that listens on addr is reached from here.
func localURL(addr string) (string, error) {
	if addr == "" {
		return "", settings.Error{"RASID_HTTP is empty, so nothing answers"}
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("read RASID_HTTP: %w", err)
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if err == nil && ip.Is6() {
			host = "::1"
		}
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

func health(cmd *cobra.Command, url string) error {
	client := &http.Client{Timeout: healthTime, Transport: &http.Transport{DisableKeepAlives: true}} // no proxy
	req, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // read only
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return err
	}
	if _, err := cmd.OutOrStdout().Write(append(bytes.TrimSpace(body), '\n')); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errors.New("not well: " + resp.Status)
	}
	return nil
}
