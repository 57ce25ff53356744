package main

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// Service managers and containers stop a server with SIGTERM.
func TestSIGTERMDrainsAndExitsZero(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			var out watchedBuffer
			cmd := exec.CommandContext(t.Context(), "cohort", "serve", "--addr=127.0.0.1:0", "--data="+t.TempDir())
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if _, ok := out.wait(`(?m)^listening on (\S+)$`, nil); !ok {
				t.Fatalf("serve did not come up:\n%s", &out)
			}
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("after %v: %v\n%s", signal, err, &out)
			}
			if !strings.Contains(out.String(), "msg=stopped") {
				t.Errorf("the log does not say that it stopped:\n%s", &out)
			}
		})
	}
}
