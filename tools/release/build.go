package main

import (
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sums is the file of checksums, as sha256sum -c reads it.
const sums = "SHA256SUMS"

// A platform is what a program is built for.
type platform struct{ os, arch string }

func platforms() []platform {
	return []platform{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}}
}

func (p platform) String() string { return p.os + "/" + p.arch }

// platformsNamed are those of a list with commas; "all" are all.
func platformsNamed(list string) ([]platform, error) {
	if list == "all" {
		return platforms(), nil
	}
	var found []platform
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(platforms(), func(p platform) bool { return p.String() == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no platform %q; there are %v, and all", name, platforms())
		}
		found = append(found, platforms()[i])
	}
	return found, nil
}

// A builder builds one commit.
type builder struct {
	ctx           context.Context
	checkout, out string
	cache         string    // of what was compiled; empty is Go's own
	at            time.Time // of the commit: that of every file
	version       string    // without the v
}

// all builds for platforms.
func (b *builder) all(targets []platform) error {
	var err error
	if b.out, err = filepath.Abs(b.out); err != nil {
		return err
	}
	if err := os.RemoveAll(b.out); err != nil {
		return err
	}
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	seconds, err := command(b.ctx, b.checkout, nil, "git", "log", "-1", "--format=%ct")
	if err != nil {
		return err
	}
	unix, err := strconv.ParseInt(strings.TrimSpace(seconds), 10, 64)
	if err != nil {
		return err
	}
	b.at = time.Unix(unix, 0).UTC()
	for _, p := range targets {
		began := time.Now()
		if err := b.build(p); err != nil {
			return fmt.Errorf("%v: %w", p, err)
		}
		fmt.Fprintf(os.Stderr, "%v built in %s in %v\n", p, b.checkout, time.Since(began).Round(time.Second))
	}
	return b.sum()
}

// build builds for one platform.
func (b *builder) build(p platform) error {
	temp, err := os.MkdirTemp("", "cohort-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp) //nolint:errcheck // a folder for temporary files
	program := filepath.Join(temp, "cohort")
	env := append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.os, "GOARCH="+p.arch, "GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0", "GOWORK=off")
	if b.cache != "" {
		env = append(env, "GOCACHE="+b.cache)
	}
	_, err = command(b.ctx, b.checkout, env, "go", "build", "-trimpath", "-buildvcs=true", "-mod=readonly",
		"-ldflags=-s -w -buildid=", "-o", program, "./cmd/cohort")
	if err != nil {
		return err
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	b.version = strings.TrimPrefix(info.Main.Version, "v")
	name := filepath.Join(b.out, fmt.Sprintf("cohort_%s_%s_%s", b.version, p.os, p.arch))
	if err := writeBill(name+".cdx.json", info, p, b.at); err != nil {
		return err
	}
	if err := b.archive(name+".tar.gz", program); err != nil || p.os != "linux" {
		return err
	}
	return b.packages(name, program, p)
}

// sum writes the checksums of all files.
func (b *builder) sum() error {
	entries, err := os.ReadDir(b.out)
	if err != nil {
		return err
	}
	var lines []string
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(b.out, e.Name()))
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		lines = append(lines, hex.EncodeToString(sum[:])+"  "+e.Name()+"\n")
	}
	slices.Sort(lines)
	return os.WriteFile(filepath.Join(b.out, sums), []byte(strings.Join(lines, "")), 0o644)
}

// command runs a program in a folder and returns what it prints.
func command(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, env
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, errs.String())
	}
	return string(out), err
}
