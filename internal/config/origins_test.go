package config_test

import (
	"slices"
	"strings"
	"testing"

	"cohort/internal/config"
)

func TestOriginsAreReadOneByOne(t *testing.T) {
	for text, want := range map[string][]string{
		"":                      nil,
		"https://a.example.com": {"https://a.example.com"},
		" https://a.example.com , http://localhost:3000,": {"https://a.example.com", "http://localhost:3000"},
	} {
		c, _, err := config.Load(config.Flags{"allowed-origins": text}, nil)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got, err := c.Origins(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q gives %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"*", "a.example.com", "https://a.example.com/", "https://a.example.com/x",
		"https://u@a.example.com", "null", "file://x"} {
		if _, _, err := config.Load(config.Flags{"allowed-origins": text}, nil); err == nil ||
			!strings.Contains(err.Error(), "allowed-origins") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestACertificateNeedsItsKey(t *testing.T) {
	for _, flags := range []config.Flags{{"tls-cert": "x"}, {"tls-key": "x"}} {
		if _, _, err := config.Load(flags, nil); err == nil || !strings.Contains(err.Error(), "tls-cert and tls-key") {
			t.Errorf("%v: %v", flags, err)
		}
	}
}
