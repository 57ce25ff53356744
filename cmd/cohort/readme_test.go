package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The README is true. Its commands run unchanged against a new directory.
func TestTheReadmeIsTrue(t *testing.T) {
	text, err := os.ReadFile(root(t) + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	s := startServer([]string{"serve", "--addr=127.0.0.1:0", "--data=" + t.TempDir()},
		"COHORT_CLIENT_ID=readme", "COHORT_CLIENT_SECRET=a-secret-for-the-readme-only")
	defer s.stop()
	addr, ok := s.out.wait(`(?m)^listening on (\S+)$`, s.status)
	if !ok {
		t.Fatalf("serve did not come up:\n%s", s.out)
	}
	var script strings.Builder
	var want []string
	for _, block := range blocks(string(text)) {
		switch block.language {
		case "sh":
			script.WriteString(strings.ReplaceAll(block.text, "127.0.0.1:19999", addr))
		case "json":
			want = append(want, strings.Split(strings.TrimSpace(block.text), "\n")...)
		}
	}
	commands := strings.NewReplacer("COHORT_CLIENT_ID=...", "COHORT_CLIENT_ID=readme",
		"COHORT_CLIENT_SECRET=...", "COHORT_CLIENT_SECRET=a-secret-for-the-readme-only").Replace(script.String())
	// Print each reply on a line of its own.
	commands = regexp.MustCompile(`(?m)^(curl .*)$`).ReplaceAllString(commands, "$1; echo")
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", commands)
	cmd.Env = os.Environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, s.out)
	}
	if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(string(out)), "\n")); diff != "" {
		t.Errorf("what the README says and what happens (-want +got):\n%s", diff)
	}
}

type block struct{ language, text string }

// blocks are the fenced blocks of a document.
func blocks(text string) []block {
	var list []block
	for _, m := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		list = append(list, block{m[1], m[2]})
	}
	return list
}

func TestLinksOfDocumentsLeadSomewhere(t *testing.T) {
	for _, name := range []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/operations.md"} {
		text, err := os.ReadFile(filepath.Join(root(t), name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`).FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root(t), filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", name, m[1], err)
			}
		}
	}
}
