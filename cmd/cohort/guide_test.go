package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The guides are true. Every guide in docs/guides runs against a new directory: sh blocks are
// commands, json blocks are their output.
func TestTheGuidesAreTrue(t *testing.T) {
	files, err := filepath.Glob(root(t) + "/docs/guides/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no guides: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "```sh\n") {
			t.Run(filepath.Base(file), func(t *testing.T) { follow(t, string(text)) })
		}
	}
}

func follow(t *testing.T, text string) {
	s := startServer([]string{"serve", "--addr=127.0.0.1:0", "--data=" + t.TempDir()},
		"COHORT_CLIENT_ID=guide", "COHORT_CLIENT_SECRET=a-secret-for-the-guides-only")
	defer s.stop()
	addr, ok := s.out.wait(`(?m)^listening on (\S+)$`, s.status)
	if !ok {
		t.Fatalf("serve did not come up:\n%s", s.out)
	}
	var script strings.Builder
	script.WriteString("curl() { command curl \"$@\"; echo; }\n") // prints each reply on a line of its own
	var want []string
	for _, block := range blocks(text) {
		switch block.language {
		case "sh":
			script.WriteString(block.text)
		case "json":
			want = append(want, lines(block.text)...)
		}
	}
	commands := strings.NewReplacer("127.0.0.1:19999", addr, "COHORT_CLIENT_ID=...", "COHORT_CLIENT_ID=guide",
		"COHORT_CLIENT_SECRET=...", "COHORT_CLIENT_SECRET=a-secret-for-the-guides-only").Replace(script.String())
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", commands)
	cmd.Dir = t.TempDir()
	// This program is cohort if it is called by that name; see TestMain.
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "cohort")); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that what a guide leaves running ends with it
	out, err := cmd.CombinedOutput()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, s.out)
	}
	if diff := cmp.Diff(want, lines(string(out))); diff != "" {
		t.Errorf("what the guide says and what happens (-want +got):\n%s", diff)
	}
}

// lines are the lines of a text that are not empty.
func lines(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}
