package config_test

import (
	"fmt"
	"strings"
	"testing"

	"cohort/internal/config"
)

func TestTheDatabaseIsShownWithoutItsPassword(t *testing.T) {
	for url, want := range map[string]string{
		"":                                       "",
		"postgres://ada@db:5432/x":               "postgres://ada@db:5432/x",
		"postgres://ada:canary@db/x":             "postgres://ada:***@db/x",
		"postgres://ada:can:ary@db/x":            "postgres://ada:***@db/x",
		"postgres://ada:can@ary@db/x":            "postgres://ada:***@db/x",
		"postgres://ada:can/ary@db/x":            "postgres://ada:***@db/x",
		"postgresql://ada:canary@a:1,b:2/x":      "postgresql://ada:***@a:1,b:2/x",
		"postgres:///x?host=/run&port=1":         "postgres:///x?host=/run&port=1",
		"postgres://db/x?user=u&password=canary": "postgres://db/x?user=u&password=***",
		"postgres://db/x?pass%77ord=canary":      "postgres://db/x?pass%77ord=***",
		"postgres://db/x?sslpassword=canary":     "postgres://db/x?sslpassword=***",
		"host=db password=canary":                "(set)",
		"canary":                                 "(set)",
	} {
		if got := config.WithoutPassword(url); got != want {
			t.Errorf("%q is shown as %q, want %q", url, got, want)
		}
		_, sources, err := config.Load(nil, []string{"COHORT_DATABASE=" + url})
		if text := fmt.Sprint(sources, err); strings.Contains(text, "canary") {
			t.Errorf("%q is shown: %s", url, text)
		}
	}
	if _, _, err := config.Load(config.Flags{"database": "mysql://x:canary@y"}, nil); err == nil ||
		strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v", err)
	}
}
