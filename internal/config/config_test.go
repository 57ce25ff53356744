package config_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"cohort/internal/config"
)

// load parses a command line as the program does, and loads the settings. In
// file, env and args the words FILE and a file's text stand for a file of that text.
func load(t *testing.T, file string, env []string, args ...string) (config.Config, []config.Source, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cohort.toml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "FILE", path)
	}
	for i := range env {
		env[i] = strings.ReplaceAll(env[i], "FILE", path)
	}
	flags := config.Flags{}
	var cli config.Config
	parser, err := kong.New(&cli, flags.Option(), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Fatal(err)
	}
	c, sources, err := config.Load(flags, env)
	if err != nil {
		err = fmt.Errorf("%s", strings.ReplaceAll(err.Error(), path, "FILE"))
	}
	for i := range sources {
		sources[i].Origin = config.Origin(strings.ReplaceAll(string(sources[i].Origin), path, "FILE"))
		sources[i].Value = strings.ReplaceAll(sources[i].Value, path, "FILE")
	}
	return c, sources, err
}

func TestTheFirstSourceDecides(t *testing.T) {
	const file = `read-timeout = "3s"`
	env := func() []string { return []string{"COHORT_READ_TIMEOUT=2s", "COHORT_CONFIG=FILE", "READ_TIMEOUT=9s"} }
	for _, test := range []struct {
		name   string
		file   string
		env    []string
		args   []string
		want   time.Duration
		origin config.Origin
	}{
		{"A flag goes before all", file, env(), []string{"--read-timeout=1s"}, time.Second, config.FromFlag},
		{"The environment goes before the file", file, env(), nil, 2 * time.Second, config.FromEnv},
		{"The file that a flag names goes before the default", file, nil, []string{"--config=FILE"}, 3 * time.Second,
			"file FILE"},
		{"The file that the environment names does too", file, []string{"COHORT_CONFIG=FILE"}, nil, 3 * time.Second,
			"file FILE"},
		{"An empty variable is no setting", file, []string{"COHORT_READ_TIMEOUT=", "COHORT_CONFIG=FILE"}, nil,
			3 * time.Second, "file FILE"},
		{"Without any there is the default", "", nil, nil, 30 * time.Second, config.FromDefault},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, sources, err := load(t, test.file, test.env, test.args...)
			if err != nil {
				t.Fatal(err)
			}
			if c.ReadTimeout != test.want {
				t.Errorf("read-timeout = %v, want %v", c.ReadTimeout, test.want)
			}
			for _, s := range sources {
				if s.Name == "read-timeout" && s.Origin != test.origin {
					t.Errorf("it came from %s, want %s", s.Origin, test.origin)
				}
			}
		})
	}
}

func TestEveryKindOfSettingIsRead(t *testing.T) {
	c, _, err := load(t, `
addr = "[::1]:0"
log-level = "DEBUG"
trusted-proxies = ["10.1.2.3/8", "::1"]
metrics = "off"
max-requests = 7
`, []string{"COHORT_KEY=k"}, "--config", "FILE")
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(c.Addr, c.LogLevel, c.TrustedProxies, c.Metrics, c.MaxRequests, c.Key)
	if want := "[::1]:0 DEBUG [10.0.0.0/8 ::1/128] off 7 k\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

func TestAllMistakesAreToldAtOnceAndByName(t *testing.T) {
	_, _, err := load(t, `
idle-timeout = "soon"
colour = "red"
client-secret = "s"
config = "x"
max-requests = 1.5
`, []string{"COHORT_CONFIG=FILE", "COHORT_ADDR=here", "COHORT_CLIENT_ID=c", "COHORT_KEY=", "COHORT_PUBLIC_URL=example.com", "COHORT_PROPELLER_DOCS_URL=docs"},
		"--read-timeout=1ms", "--log-format=xml", "--log-level=loud", "--metrics=perhaps", "--max-connections=0",
		"--trusted-proxies=10.0.0.0/33", "--language=?", "--admin-email=nobody", "--propeller-prefix=/a b")
	if err == nil {
		t.Fatal("got no error")
	}
	want := `FILE: client-secret: there is no such setting in a file
FILE: colour: there is no such setting in a file
FILE: config: a file cannot name another
FILE: max-requests: must be a text, a number, true or false, or a list of texts
--log-level: must be debug, info, warn or error
--log-format: must be one of text, json
--trusted-proxies: must be addresses or networks, such as 10.0.0.0/8, separated by commas
--metrics: must be one of on, off
--read-timeout: must be at least 1s
FILE: idle-timeout: must be a duration such as 30s or 2m
--max-connections: must be at least 1
COHORT_KEY: is set but empty
addr: must be HOST:PORT, such as 127.0.0.1:19999
public-url: must be a URL such as https://cohort.example.com
propeller-docs-url: must be a URL such as https://cohort.example.com
propeller-prefix: must be a path such as /propeller, of letters, digits, - and _
language: must be a code of letters, such as EN
admin-email: must be an e-mail address, such as ada@example.com
COHORT_CLIENT_ID and COHORT_CLIENT_SECRET: set both or neither`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestAFileThatCannotBeReadIsAMistake(t *testing.T) {
	if _, _, err := load(t, "", nil, "--config", "/does/not/exist"); err == nil ||
		!strings.Contains(err.Error(), "config: open /does/not/exist") {
		t.Errorf("got %v, want an error that names the file", err)
	}
	if _, _, err := load(t, "addr = ", nil, "--config", "FILE"); err == nil ||
		!strings.Contains(err.Error(), "config: FILE: toml: line 1") {
		t.Errorf("got %v, want an error that names the line", err)
	}
}

func TestSourcesShowNoSecrets(t *testing.T) {
	_, sources, err := load(t, "", []string{"COHORT_CLIENT_ID=canary", "COHORT_CLIENT_SECRET=canary", "COHORT_KEY=canary"})
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprint(sources)
	if strings.Contains(text, "canary") {
		t.Errorf("a secret is shown: %s", text)
	}
	if n := strings.Count(text, "(set) environment"); n != 3 {
		t.Errorf("%d secrets are shown as set, want 3: %s", n, text)
	}
}

func TestWhatIsShownCanBeWrittenIntoAFile(t *testing.T) {
	_, want, err := load(t, "", nil, "--trusted-proxies=10.0.0.1,fd00::/8", "--log-level=warn", "--write-timeout=90s")
	if err != nil {
		t.Fatal(err)
	}
	var file strings.Builder
	for _, s := range want {
		if s.Origin == config.FromFlag {
			fmt.Fprintf(&file, "%s = %q\n", s.Name, s.Value)
		}
	}
	_, got, err := load(t, file.String(), nil, "--config=FILE")
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if want[i].Name != "config" && want[i].Value != got[i].Value {
			t.Errorf("%s = %q, want %q", want[i].Name, got[i].Value, want[i].Value)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add("addr = \"127.0.0.1:1\"\nmetrics = \"on\"\n")
	f.Add("trusted-proxies = [\"10.0.0.0/8\"]\nmax-requests = 99999999999999999999\n")
	f.Add("[addr]\nx = 1\n")
	f.Fuzz(func(t *testing.T, file string) {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		c, _, err := config.Load(config.Flags{"config": path}, nil)
		if err == nil && (c.MaxRequests < 1 || c.ReadTimeout < time.Second) {
			t.Errorf("a file got past the limits: %+v", c)
		}
	})
}
