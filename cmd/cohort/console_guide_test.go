package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Terminal blocks in guides are true. Each block runs against a new directory; each line after
// a $ is a command. A command without output lines promises no output, and … stands for
// omitted lines.
func TestWhatGuidesShowOfATerminalIsTrue(t *testing.T) {
	files, err := filepath.Glob(root(t) + "/docs/guides/*.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var list []block
		for _, b := range blocks(string(text)) {
			if b.language == "console" {
				list = append(list, b)
			}
		}
		if len(list) > 0 {
			shown++
			t.Run(filepath.Base(file), func(t *testing.T) { watch(t, list) })
		}
	}
	if shown < 2 {
		t.Errorf("only %d guides show a terminal", shown)
	}
}

// watch runs the terminal blocks of a guide.
func watch(t *testing.T, list []block) {
	s := startServer([]string{"serve", "--addr=127.0.0.1:0", "--data=" + t.TempDir()},
		"COHORT_CLIENT_ID=guide", "COHORT_CLIENT_SECRET=a-secret-for-the-guides-only")
	defer s.stop()
	addr, ok := s.out.wait(`(?m)^listening on (\S+)$`, s.status)
	if !ok {
		t.Fatalf("serve did not come up:\n%s", s.out)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "docs", "guides"), os.DirFS(root(t)+"/docs/guides")); err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, "cohort")); err != nil {
		t.Fatal(err)
	}
	environ := append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "COHORT_URL=http://"+addr,
		"COHORT_CLIENT_ID=guide", "COHORT_CLIENT_SECRET=a-secret-for-the-guides-only")
	for _, b := range list {
		for _, step := range strings.Split("\n"+b.text, "\n$ ")[1:] {
			command, want, _ := strings.Cut(step, "\n")
			if name, ok := strings.CutPrefix(command, "cat "); ok {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(want), 0o600); err != nil {
					t.Fatal(err)
				}
				continue
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-euc", command)
			cmd.Dir, cmd.Env = dir, environ
			out, err := cmd.CombinedOutput()
			if refused := strings.HasPrefix(want, "cohort: "); (err != nil) != refused {
				t.Errorf("$ %s: %v\n%s", command, err, out)
			}
			compareShown(t, command, want, string(out))
		}
	}
}

// compareShown compares the output that a guide shows with the real output.
func compareShown(t *testing.T, command, want, got string) {
	t.Helper()
	lines := shownLines(got)
	for part := range strings.SplitSeq("\n"+want, "\n…") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		wanted := shownLines(part)
		at := slices.Index(lines, wanted[0])
		if at < 0 || at+len(wanted) > len(lines) || !slices.Equal(lines[at:at+len(wanted)], wanted) {
			t.Errorf("$ %s (-guide +output):\n%s", command, cmp.Diff(wanted, lines))
			return
		}
		lines = lines[at+len(wanted):]
	}
}

// shownLines are the lines of an output without what differs between runs.
func shownLines(text string) []string {
	for pattern, with := range map[string]string{
		`\d{4}-\d\d-\d\dT[0-9:.]+Z|(\d+|an?) \w+ ago|just now|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`: "(time)",
		`until \d\d:\d\d:\d\d UTC`: "until (time)", `--token [a-z0-9]{40}`: "--token (token)",
	} {
		text = regexp.MustCompile(pattern).ReplaceAllString(text, with)
	}
	return lines(text)
}
