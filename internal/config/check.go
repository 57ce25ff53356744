package config

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cohort/internal/directory"
)

// check looks at what a single value cannot show: forms that have parts, and
// settings that belong together.
func (c *Config) check() []error {
	var errs []error
	add := func(name string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	add("addr", checkAddr(c.Addr))
	add("database", checkDatabase(c.Database))
	add("public-url", checkURL(c.PublicURL))
	add("propeller-docs-url", checkURL(c.PropellerDocsURL))
	if (c.TLSCert == "") != (c.TLSKey == "") {
		errs = append(errs, errors.New("tls-cert and tls-key: set both or neither"))
	}
	_, err := c.Origins()
	add("allowed-origins", err)
	add("propeller-prefix", checkPath(c.PropellerPrefix))
	if _, err := directory.ParseLanguage("language", c.Language); err != nil {
		errs = append(errs, errors.New("language: must be a code of letters, such as EN"))
	}
	if _, err := directory.ParseEmail("admin-email", c.AdminEmail); c.AdminEmail != "" && err != nil {
		errs = append(errs, errors.New("admin-email: must be an e-mail address, such as ada@example.com"))
	}
	if c.HistoryKeep != 0 && c.HistoryKeep < 24*time.Hour {
		errs = append(errs, errors.New("history-keep: must be at least a day, such as 90d, or 0 to keep everything"))
	}
	if c.PreviewGuard > 100 {
		errs = append(errs, errors.New("preview-guard: must be a percentage, from 0 to 100"))
	}
	if c.SignIn != "" && c.PublicURL == "" {
		errs = append(errs, errors.New("sign-in: set public-url, too: providers send people back to it"))
	}
	if (c.ClientID == "") != (c.ClientSecret == "") {
		errs = append(errs, errors.New("COHORT_CLIENT_ID and COHORT_CLIENT_SECRET: set both or neither"))
	}
	if c.Key != "" && c.KeyFile != "" {
		errs = append(errs, errors.New("COHORT_KEY and key-file: set one of them"))
	}
	return errs
}

func checkAddr(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return errors.New("must be HOST:PORT, such as 127.0.0.1:19999")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n > 65535 {
		return errors.New("the port must be a number from 0 to 65535")
	}
	return nil
}

func checkURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" ||
		u.User != nil {
		return errors.New("must be a URL such as https://cohort.example.com")
	}
	return nil
}

// Origins are the allowed origins, one by one.
func (c *Config) Origins() ([]string, error) {
	var list []string
	for part := range strings.SplitSeq(c.AllowedOrigins, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		u, err := url.Parse(part)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || part != u.Scheme+"://"+u.Host {
			return nil, errors.New("must be origins such as https://app.example.com, separated by commas")
		}
		list = append(list, part)
	}
	return list, nil
}

// checkPath takes what can stand before a path: no dots, no escapes.
func checkPath(s string) error {
	if s == "" {
		return nil
	}
	clean := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '/'
	}
	if !strings.HasPrefix(s, "/") || s == "/" || strings.Contains(s, "//") || strings.TrimLeftFunc(s, clean) != "" {
		return errors.New("must be a path such as /propeller, of letters, digits, - and _")
	}
	return nil
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// fileText is the text form of a TOML value.
func fileText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool, int64:
		return fmt.Sprint(v), true
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			s, ok := e.(string)
			if !ok {
				return "", false
			}
			parts[i] = s
		}
		return strings.Join(parts, ","), true
	}
	return "", false
}
