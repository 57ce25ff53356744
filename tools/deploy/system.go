package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
)

// exposure is the most that `systemd-analyze security` may find, in tenths: a
// service that needs the network cannot have much less.
const exposure = 15

// checkUnit has systemd read the unit, with a program in place of ours, and say
// how much the service may do. systemd is on Linux only.
func checkUnit(ctx context.Context, path string) error {
	if runtime.GOOS != "linux" {
		fmt.Println("the systemd unit is checked on Linux")
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	ours := []byte("ExecStart=/usr/local/bin/cohort ")
	if !bytes.Contains(text, ours) {
		return fmt.Errorf("there is no %s", ours)
	}
	dir, err := os.MkdirTemp("", "cohort-unit-")
	if err != nil {
		return err
	}
	unit := filepath.Join(dir, filepath.Base(path))
	err = os.WriteFile(unit, bytes.Replace(text, ours, []byte("ExecStart="+self+" "), 1), 0o644)
	for _, args := range [][]string{
		{"verify", "--man=no", unit},
		{"security", "--offline=true", "--no-pager", "--threshold=" + strconv.Itoa(exposure), unit},
	} {
		if err == nil {
			err = run(ctx, "systemd-analyze", "systemd", args...)
		}
	}
	return errors.Join(err, os.RemoveAll(dir))
}

// checkUsers has systemd read whom to make, and make nobody.
func checkUsers(ctx context.Context, path string) error {
	if runtime.GOOS != "linux" {
		return nil
	}
	whole, err := filepath.Abs(path) // another path is looked for among systemd's own
	if err != nil {
		return err
	}
	return run(ctx, "systemd-sysusers", "systemd", "--dry-run", whole)
}

// run runs a program, which is installed first where it is missing and may be.
func run(ctx context.Context, name, pkg string, args ...string) error {
	if _, err := exec.LookPath(name); err != nil {
		if err := install(ctx, name, pkg); err != nil {
			return err
		}
	}
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	if len(out) > 0 && args[0] == "verify" {
		return fmt.Errorf("%s\n%s", name, out) // warnings leave the status 0
	}
	return nil
}

func install(ctx context.Context, name, pkg string) error {
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("%s is needed: install the package %s", name, pkg)
	}
	for _, args := range [][]string{{"update", "-qq"}, {"install", "-y", "-qq", "--no-install-recommends", pkg}} {
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s is needed, and apt-get %s failed: %w\n%s", name, args[0], err, out)
		}
	}
	return nil
}
