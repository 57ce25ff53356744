package config

import (
	"errors"
	"strings"
)

// checkDatabase takes what can be the URL of a database. Its contents are the
// driver's business; package net/url does not parse a URL with several hosts.
func checkDatabase(url string) error {
	if url == "" || databaseScheme(url) != "" {
		return nil
	}
	return errors.New("must be a URL such as postgres://user@host:5432/name")
}

func databaseScheme(url string) string {
	for _, scheme := range []string{"postgres://", "postgresql://"} {
		if strings.HasPrefix(url, scheme) {
			return scheme
		}
	}
	return ""
}

// hidden stands for a password that is shown to nobody.
const hidden = "***"

// WithoutPassword is the URL of a database as it may be shown: without the
// passwords in it. Any other text is not shown at all.
func WithoutPassword(url string) string {
	scheme := databaseScheme(url)
	if url != "" && scheme == "" {
		return "(set)"
	}
	rest, query, asks := strings.Cut(strings.TrimPrefix(url, scheme), "?")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		if user, _, ok := strings.Cut(rest[:at], ":"); ok {
			rest = user + ":" + hidden + rest[at:]
		}
	}
	if !asks {
		return scheme + rest
	}
	params := strings.Split(query, "&")
	for i, p := range params {
		if name, _, _ := strings.Cut(p, "="); !plain(name) {
			params[i] = name + "=" + hidden
		}
	}
	return scheme + rest + "?" + strings.Join(params, "&")
}

// plain reports whether a parameter of a URL is known to be no secret.
func plain(name string) bool {
	switch name {
	case "host", "port", "user", "dbname", "sslmode", "target_session_attrs", "connect_timeout", "application_name",
		"pool_max_conns", "listen", "default_query_exec_mode":
		return true
	}
	return false
}
