package main

import (
	"encoding/base64"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/operate"
	"cohort/internal/config"
	"cohort/internal/store/postgres/pgtest"
)

// deployed are the files with which people run Cohort, and the documents about them: the texts
// by path.
func deployed(t *testing.T, more ...string) map[string]string {
	t.Helper()
	files := map[string]string{}
	add := func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimPrefix(filepath.ToSlash(path), "../../")] = string(text)
	}
	err := filepath.WalkDir("../../deploy", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			add(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range more {
		add(path)
	}
	if len(files) < 10 {
		t.Fatalf("there are %d files", len(files))
	}
	return files
}

// settingNames are the names of all settings in files and flags.
func settingNames(t *testing.T) map[string]bool {
	t.Helper()
	_, sources, err := config.Load(config.Flags{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, s := range sources {
		names[strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(s.Name, "COHORT_"), "_", "-"))] = true
	}
	return names
}

func TestEveryVariableThatIsNamedIsThere(t *testing.T) {
	names := settingNames(t)
	// These names are not settings of the server.
	for _, other := range []string{"url", "from-client-id", "from-client-secret", "test-all", "soak", "reference"} {
		names[other] = true
	}
	variable := regexp.MustCompile(`\bCOHORT_[A-Z0-9_]+`)
	found := map[string]bool{}
	for path, text := range deployed(t, "../../docs/operations.md") {
		for _, name := range variable.FindAllString(text, -1) {
			found[name] = true
			if !names[strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "COHORT_"), "_", "-"))] {
				t.Errorf("%s names %s, which is no setting", path, name)
			}
		}
	}
	for _, name := range []string{"COHORT_DATABASE", "COHORT_KEY", "COHORT_CLIENT_ID", "COHORT_ADDR"} {
		if !found[name] {
			t.Errorf("nothing names %s: is this test looking?", name)
		}
	}
}

// flagsOf are the flags in the help of a command.
func flagsOf(t *testing.T, command string) []string {
	t.Helper()
	var out watchedBuffer
	if status := run(t.Context(), append(strings.Fields(command), "--help"), nil,
		cli.Terminal{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out}); status != 0 {
		t.Errorf("cohort %s --help: status %d: %s", command, status, &out)
	}
	return regexp.MustCompile(`--[a-z][a-z0-9-]*`).FindAllString(out.String(), -1)
}

func TestEveryCommandThatIsNamedIsThereWithItsFlags(t *testing.T) {
	// Command lines in documents and comments, and the forms of a program's arguments in
	// files.
	lines := []*regexp.Regexp{
		regexp.MustCompile("(?m)(?:`|^    (?:.* )?|^#   |/bin/)cohort ((?:[a-z]+ ?)[^`\n]*)"),
		regexp.MustCompile(`(?m)(?:"/cohort", |^CMD \[|args: \[)([^\]]*)\]`),
	}
	commands := regexp.MustCompile(`^(?:config print|keys [a-z]+|import looker|[a-z]+)`)
	seen := 0
	for path, text := range deployed(t, "../../docs/operations.md", "../../README.md") {
		for _, line := range lines {
			for _, m := range line.FindAllStringSubmatch(text, -1) {
				args := strings.NewReplacer(`"`, "", ",", " ").Replace(m[1])
				command := commands.FindString(args)
				if command == "" || path == "deploy/compose/compose.yaml" {
					continue
				}
				seen++
				flags := flagsOf(t, command)
				for _, flag := range regexp.MustCompile(`--[a-z][a-z0-9-]*`).FindAllString(args, -1) {
					if !slices.Contains(flags, flag) {
						t.Errorf("%s names cohort %s %s, which there is not", path, command, flag)
					}
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("there are %d command lines: is this test looking?", seen)
	}
}

func TestTheSettingsOfTheServiceAreRead(t *testing.T) {
	const path = "../../deploy/systemd/cohort.toml"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Settings in comments must be right, too.
	whole := regexp.MustCompile(`(?m)^# ([a-z-]+ = )`).ReplaceAllString(string(text), "$1")
	file := filepath.Join(t.TempDir(), "cohort.toml")
	if err := os.WriteFile(file, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _, err := config.Load(config.Flags{"config": file}, nil)
	if err != nil || c.Data != "/var/lib/cohort" || c.PublicURL == "" || len(c.TrustedProxies) == 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestThePortIsTheSameEverywhere(t *testing.T) {
	c, _, err := config.Load(config.Flags{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	port := c.Addr[strings.LastIndexByte(c.Addr, ':')+1:]
	for path, pattern := range map[string]string{
		"deploy/docker/Dockerfile":      `COHORT_ADDR=0\.0\.0\.0:%[1]s \\[\s\S]*\nEXPOSE %[1]s\n`,
		"deploy/compose/haproxy.cfg":    `bind :%[1]s\n[\s\S]*server node1 node1:%[1]s\n`,
		"deploy/compose/compose.yaml":   `"127\.0\.0\.1:%[1]s:%[1]s"`,
		"deploy/kubernetes/cohort.yaml": `COHORT_ADDR: 0\.0\.0\.0:%[1]s\n[\s\S]*containerPort: %[1]s\}`,
		"deploy/systemd/cohort.toml":    `addr = "127\.0\.0\.1:%[1]s"`,
	} {
		if text := deployed(t)[path]; !regexp.MustCompile(strings.ReplaceAll(pattern, "%[1]s", port)).MatchString(text) {
			t.Errorf("%s has another port than %s", path, port)
		}
	}
}

// metricsOf are the names of the metrics of a running server, without the suffixes of
// histograms.
func metricsOf(t *testing.T, flags ...string) map[string]bool {
	t.Helper()
	s := startServer(append([]string{"serve", "--addr=127.0.0.1:0", "--data=" + t.TempDir()}, flags...),
		"COHORT_KEY="+base64.StdEncoding.EncodeToString([]byte("thirty-two bytes, none repeated!")))
	defer s.stop()
	addr, ok := s.out.wait(`(?m)^listening on (\S+)$`, s.status)
	if !ok {
		t.Fatalf("serve did not come up:\n%s", s.out)
	}
	text := ""
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		res, err := (&http.Client{Timeout: operate.HealthTime}).Get("http://" + addr + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d, %v", path, res.StatusCode, err)
		}
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
		text = string(body)
	}
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (\S+) `).FindAllStringSubmatch(text, -1) {
		names[m[1]] = true
	}
	return names
}

func TestMetricsAreDocumentedAndAlertsAreAboutThem(t *testing.T) {
	names := metricsOf(t)
	maps.Copy(names, metricsOf(t, "--database="+pgtest.Start(t, pgtest.Options{}).URL("postgres")))
	files := deployed(t, "../../docs/operations.md")
	documented := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(cohort_[a-z_]+)").FindAllStringSubmatch(files["docs/operations.md"], -1) {
		documented[m[1]] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if strings.HasPrefix(name, "cohort_") && !documented[name] {
			t.Errorf("docs/operations.md has no line for %s", name)
		}
	}
	for name := range documented {
		if !names[name] {
			t.Errorf("docs/operations.md has a line for %s, which no server shows", name)
		}
	}
	metric := regexp.MustCompile(`\b(?:cohort|process|go)_[a-z_]+[a-z]\b`)
	for path, text := range files {
		if !strings.HasSuffix(path, ".rules.yaml") && path != "docs/operations.md" {
			continue
		}
		for _, name := range metric.FindAllString(text, -1) {
			plain := regexp.MustCompile(`_(?:bucket|sum|count)$`).ReplaceAllString(name, "")
			if !names[name] && !names[plain] && !documented[name] {
				t.Errorf("%s names the metric %s, which no server shows", path, name)
			}
		}
	}
}
