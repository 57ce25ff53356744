package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The checks find what they are for in the files that there are, each spoilt in one
// place.
func TestSpoiltFilesAreFound(t *testing.T) {
	image := func(text string) error {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return checkImages(t.Context(), path)
	}
	for _, test := range []struct {
		file, cut string
		check     func(string) error
	}{
		{"docker/Dockerfile", "@sha256:a688600ca24f8a4d3ca77f95b0dd40704a9fc787c826660eb7ba0b641b8b175d", image},
		{"compose/compose.yaml", "@sha256:742f40ea20b9ff2ff31db5458d127452988a2164df9e17441e191f3b72252193", image},
		{"compose/haproxy.cfg", "    timeout queue 10s\n", checkTimeouts},
		{"compose/haproxy.tls.cfg", "    timeout server 65s\n", checkTimeouts},
		{"compose/haproxy.tls.cfg", " ssl-min-ver TLSv1.2", checkClosed},
		{"compose/haproxy.tls.cfg", " verify required", checkClosed},
		{"compose/haproxy.tls.cfg", " verifyhost node2", checkClosed},
	} {
		text, err := os.ReadFile(filepath.Join("../../deploy", test.file))
		if err != nil {
			t.Fatal(err)
		}
		if err := test.check(string(text)); err != nil {
			t.Errorf("%s: %v", test.file, err)
		}
		spoilt := strings.Replace(string(text), test.cut, "", 1)
		if spoilt == string(text) {
			t.Errorf("%s has no %q", test.file, test.cut)
		} else if test.check(spoilt) == nil {
			t.Errorf("%s is taken without %q", test.file, test.cut)
		}
	}
}
