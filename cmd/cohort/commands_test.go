package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/config"
	"cohort/internal/screen"
)

// calls are the arguments with which each command is tried on the demo. Commands that ask no
// server, or that run for long, are missing.
func calls() map[string][]string {
	return map[string][]string{
		"user list": {}, "user show": {"grace@example.com"}, "user create": {"--first-name", "New", "--preview"},
		"user set":    {"grace@example.com", "--last-name", "King", "--preview"},
		"user delete": {"grace@example.com", "--preview"},
		"user erase":  {"grace@example.com"},
		"group list":  {}, "group tree": {}, "group show": {"EMEA"}, "group members": {"Netherlands"},
		"group create": {"New", "--preview"}, "group set": {"EMEA", "--name", "Europe", "--preview"},
		"group add": {"EMEA", "grace@example.com", "--preview"}, "group remove": {"EMEA", "grace@example.com", "--preview"},
		"group delete":   {"EMEA", "--preview"},
		"attribute list": {}, "attribute show": {"discount_limit"}, "attribute create": {"new", "--preview"},
		"attribute set":    {"discount_limit", "--label", "New", "--preview"},
		"attribute delete": {"discount_limit", "--preview"},
		"role list":        {}, "role show": {"Admin"}, "role create": {"New", "--permission", "see_users", "--preview"},
		"role set": {"Admin", "--name", "New", "--preview"}, "role grant": {"Admin", "--group", "EMEA", "--preview"},
		"role revoke": {"Admin", "--group", "EMEA", "--preview"}, "role delete": {"Admin", "--preview"},
		"credential list": {"1"}, "credential create": {"1", "--preview"}, "credential rotate": {"1", "--preview"},
		"credential set": {"1", "--disable", "--preview"}, "credential delete": {"1", "1", "--preview"},
		"app create": {"New", "--preview"},
		"set":        {"discount_limit=25", "--group", "EMEA", "--preview"},
		"unset":      {"discount_limit", "--group", "EMEA", "--preview"},
		"effective":  {"grace@example.com"}, "explain": {"grace@example.com", "discount_limit"},
		"history": {"grace@example.com", "discount_limit"}, "holders": {"discount_limit"}, "matrix": {}, "lint": {},
		"log":  {},
		"plan": {"state.yaml"}, "preview": {"edits.json"}, "apply": {"edits.json"}, "revert": {"1"},
		"prune": {"--keep", "365d"}, "sign-in-link": {"1"}, "session list": {}, "session end": {"1", "1"},
		"scim client list": {}, "scim client create": {"okta"}, "scim client rotate": {"okta"}, "scim client log": {"okta"},
		"scim client release": {"okta", "--removals", "1"}, "admin accept-time": {}, "export": {"--format", "yaml"},
		"import csv": {"users.csv"}, "import keycloak": {"realm.json"}, "import ldif": {"people.ldif"},
		"diff": {"state.yaml", "state.yaml"},
	}
}

// asksNoServer are the commands that ask no server, or another one than that of the profile.
func asksNoServer() []string {
	return []string{
		"serve", "demo", "login", "logout", "profile list", "admin reset", "import file", "import looker", "migrate",
		"verify",
		"backup", "restore", "health", "load", "config print", "completion", "complete", "version",
	}
}

// leaves are all subcommands by name.
func leaves(t *testing.T) map[string]*kong.Node {
	t.Helper()
	v := &cli.Invocation{Terminal: cli.Terminal{Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}}, Flags: config.Flags{}}
	parser, err := parser(v, &commands{}, func() {})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*kong.Node{}
	for _, n := range parser.Model.Leaves(false) {
		all[commandName(n)] = n
	}
	return all
}

// A commandWorld is a folder with the files that the commands name.
type commandWorld struct {
	*testing.T
	dir     string
	environ []string
}

func newCommandWorld(t *testing.T) *commandWorld {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{
		"edits.json": `[{"edit":"set_group_value","group":"name:EMEA","attribute":"discount_limit","value":25}]`,
		"state.yaml": "cohort: 1\nset: test\ngroups:\n  Here: {}\n", "users.csv": "email,first_name\nnew@example.com,New\n",
		"realm.json": `{"realm":"r","users":[]}`, "people.ldif": "version: 1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return &commandWorld{T: t, dir: dir, environ: []string{"HOME=" + dir, "PAGER=cat"}}
}

// run runs a command with a screen; nil means that a program reads the output.
func (w *commandWorld) run(s *screen.Screen, args ...string) (status int, out, err string) {
	var stdout, stderr bytes.Buffer
	v := &cli.Invocation{
		Terminal: cli.Terminal{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr}, Context: w.Context(),
		Flags:   config.Flags{},
		Environ: w.environ,
	}
	if s != nil {
		v.Screen = *s
	}
	return execute(v, args), stdout.String(), stderr.String()
}

func TestEveryCommandIsTried(t *testing.T) {
	all := leaves(t)
	for name := range all {
		_, called := calls()[name]
		if called == slices.Contains(asksNoServer(), name) {
			t.Errorf("%s must be in one of the two lists of this file", name)
		}
	}
	for _, name := range append(slices.Collect(maps.Keys(calls())), asksNoServer()...) {
		if all[name] == nil && name != "complete" {
			t.Errorf("%s is no command", name)
		}
	}
}

// Daily commands also work on a stopped directory, except those about what only a server has
// and those that run for long.
func TestDailyCommandsTakeAStoppedDirectory(t *testing.T) {
	onServers := []string{
		"session list", "session end", "scim client list", "scim client create", "scim client rotate", "scim client log",
		"scim client release", "admin accept-time", "prune", "diff",
	}
	for name, n := range leaves(t) {
		if slices.Contains(asksNoServer(), name) || slices.Contains(onServers, name) {
			continue
		}
		if !slices.ContainsFunc(n.Flags, func(f *kong.Flag) bool { return f.Name == "data" }) {
			t.Errorf("%s takes no --data", name)
		}
	}
}

func TestEveryCommandIsRefusedAsItsMistakeIs(t *testing.T) {
	w := newCommandWorld(t)
	// Without these flags the answer to each wrong secret after the tenth is delayed by a
	// second.
	unhurried := []string{"--login-failures=1000", "--address-login-failures=1000"}
	s := startServer(append([]string{"serve", "--demo", "--addr=127.0.0.1:0"}, unhurried...))
	defer s.stop()
	addr, ok := s.out.wait(`(?m)^listening on (\S+)$`, s.status)
	if !ok {
		t.Fatalf("serve did not come up:\n%s", s.out)
	}
	asking := []string{"COHORT_CLIENT_ID=nobody", "COHORT_CLIENT_SECRET=wrong-secret-of-nobody-at-all"}
	home := w.environ
	for name, args := range calls() {
		if name == "diff" { // it compares two files
			continue
		}
		line := append(strings.Fields(name), args...)
		for _, test := range []struct {
			what, url, say string
			status         int
		}{
			{"without a server", "http://127.0.0.1:1", "nothing listens at http://127.0.0.1:1", cli.ExitFailed},
			{"with a wrong secret", "http://" + addr, "refused the log-in", cli.ExitRefused},
			{"with a URL without a scheme", addr, "needs http:// or https://", cli.ExitUsage},
		} {
			if name == "user erase" {
				line = append(line, "--yes")
			}
			w.environ = append(slices.Clone(home), append(asking, "COHORT_URL="+test.url)...)
			status, _, stderr := w.run(nil, line...)
			if status != test.status || !strings.Contains(stderr, test.say) {
				t.Errorf("%s %s: %d, want %d\n%s", name, test.what, status, test.status, stderr)
			}
		}
		w.environ = home
		if status, _, stderr := w.run(nil, line...); status != cli.ExitUsage || !strings.Contains(stderr, "cohort login") {
			t.Errorf("%s without a profile: %d\n%s", name, status, stderr)
		}
	}
	for name := range leaves(t) {
		if name == "complete" {
			continue // shells call it with incomplete command lines
		}
		status, _, stderr := w.run(nil, append(strings.Fields(name), "--no-such-flag")...)
		if status != cli.ExitUsage || !strings.Contains(stderr, "cohort "+name+" --help") {
			t.Errorf("%s with an unknown flag: %d\n%s", name, status, stderr)
		}
	}
}

// The output of every command except files fits the terminal, and has no colours if a program
// reads it.
func TestEveryCommandFitsTheScreen(t *testing.T) {
	w := newCommandWorld(t)
	s := startServer([]string{"serve", "--demo", "--addr=127.0.0.1:0"})
	defer s.stop()
	addr, ok := s.out.wait(`(?m)^listening on (\S+)$`, s.status)
	if !ok {
		t.Fatalf("serve did not come up:\n%s", s.out)
	}
	for _, name := range []string{"COHORT_CLIENT_ID", "COHORT_CLIENT_SECRET"} {
		value, _ := s.out.wait(name+`=(\S+)`, s.status)
		w.environ = append(w.environ, name+"="+value)
	}
	w.environ = append(w.environ, "COHORT_URL=http://"+addr)
	for name, args := range calls() {
		line := append(strings.Fields(name), args...)
		for _, width := range []int{80, 200} {
			person := &screen.Screen{Person: true, Width: width, Height: 1000, Colour: true, Now: time.Now()}
			_, out, _ := w.run(person, line...)
			for text := range strings.Lines(out) {
				if n := visibleWidth(text); n > width && name != "matrix" && name != "export" && !isForPasting(text) {
					t.Errorf("%s at %d columns has a line of %d: %s", name, width, n, text)
				}
			}
			plain := *person
			plain.Colour = false
			if _, out, _ := w.run(&plain, line...); strings.Contains(out, "\x1b") {
				t.Errorf("%s without colours has some: %q", name, out)
			}
		}
		status, out, stderr := w.run(nil, line...)
		if strings.Contains(out, "\x1b") || strings.Contains(out, " ago") {
			t.Errorf("%s, piped, is for a terminal: %q", name, out)
		}
		if status != cli.ExitDone && stderr == "" && status != cli.ExitDiffers {
			t.Errorf("%s ended with %d and says nothing", name, status)
		}
		if status == cli.ExitFailed {
			t.Errorf("%s failed: %s", name, stderr)
		}
	}
}

// isForPasting reports whether a line must not be wrapped: a command, a URL or a token.
func isForPasting(line string) bool {
	return strings.Contains(line, "http://") || strings.Contains(line, "cohort_scim_")
}

// visibleWidth counts the columns of a line without its colours.
func visibleWidth(line string) int {
	line = strings.TrimRight(line, "\n")
	n := utf8.RuneCountInString(line)
	for {
		at := strings.Index(line, "\x1b[")
		if at < 0 {
			return n
		}
		end := strings.IndexByte(line[at:], 'm')
		n -= end + 1
		line = line[at+end+1:]
	}
}
