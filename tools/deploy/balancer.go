package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// checkBalancer has HAProxy read its settings. Nothing may wait for ever.
func checkBalancer(ctx context.Context, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return errors.Join(checkTimeouts(string(text)), run(ctx, "haproxy", "haproxy", "-c", "-q", "-f", path))
}

func checkTimeouts(text string) error {
	var errs []error
	set := map[string]bool{}
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) == 3 && words[0] == "timeout" {
			set[words[1]] = true
		}
	}
	for _, name := range []string{"connect", "client", "client-fin", "server", "queue", "check", "tunnel", "http-request",
		"http-keep-alive"} {
		if !set[name] {
			errs = append(errs, fmt.Errorf("there is no timeout %s", name))
		}
	}
	return errors.Join(errs...)
}

// checkBalancerTLS is checkBalancer with certificates as certificates.sh makes them.
// Every way in and out is closed to whoever has none.
func checkBalancerTLS(ctx context.Context, path string) (err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "cohort-balancer-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	script, err := os.ReadFile(filepath.Join(filepath.Dir(path), "certificates.sh"))
	if err != nil {
		return err
	}
	maker, settings := filepath.Join(dir, "certificates.sh"), filepath.Join(dir, "haproxy.cfg")
	certificates := []byte(filepath.Join(dir, "certificates") + "/")
	err = errors.Join(os.WriteFile(maker, script, 0o700),
		os.WriteFile(settings, bytes.ReplaceAll(text, []byte("/certificates/"), certificates), 0o600))
	if err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, "sh", maker).CombinedOutput(); err != nil {
		return fmt.Errorf("certificates.sh: %w\n%s", err, out)
	}
	return errors.Join(checkTimeouts(string(text)), checkClosed(string(text)),
		run(ctx, "haproxy", "haproxy", "-c", "-q", "-f", settings))
}

// checkClosed wants TLS of 1.2 at least from clients, and certificates of the nodes
// that are theirs.
func checkClosed(text string) error {
	var errs []error
	verified := false
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		has := func(list ...string) bool { return strings.Contains(line, " "+strings.Join(list, " ")) }
		switch {
		case len(words) == 0:
		case words[0] == "bind":
			if !has("ssl", "crt") || !has("ssl-min-ver", "TLSv1.2") && !has("ssl-min-ver", "TLSv1.3") {
				errs = append(errs, fmt.Errorf("clients need no TLS of 1.2: %s", strings.TrimSpace(line)))
			}
		case words[0] == "default-server":
			verified = has("ssl", "verify", "required", "ca-file")
		case words[0] == "server" && !has("verifyhost"):
			errs = append(errs, fmt.Errorf("a node may show the certificate of another: %s", strings.TrimSpace(line)))
		}
	}
	if !verified {
		errs = append(errs, errors.New("nodes are not asked for their certificates"))
	}
	return errors.Join(errs...)
}
