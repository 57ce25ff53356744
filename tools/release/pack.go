package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	"github.com/goreleaser/nfpm/v2/rpm"
)

// archive writes the program and what belongs to it, each with the commit's
// time.
func (b *builder) archive(path, program string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	packed, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	w := tar.NewWriter(packed)
	for _, file := range []struct {
		name, from string
		mode       int64
	}{
		{"cohort", program, 0o755},
		{"README.md", filepath.Join(b.checkout, "README.md"), 0o644},
		{"SECURITY.md", filepath.Join(b.checkout, "SECURITY.md"), 0o644},
	} {
		data, err := os.ReadFile(file.from)
		if err != nil {
			return err
		}
		header := &tar.Header{Name: file.name, Mode: file.mode, Size: int64(len(data)), ModTime: b.at, Format: tar.FormatPAX}
		if err := w.WriteHeader(header); err != nil {
			return err
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
	}
	return errors.Join(w.Close(), packed.Close())
}

// packages writes packages for Debian and Red Hat: the program, and the service
// of deploy/systemd, which is not enabled.
func (b *builder) packages(name, program string, p platform) error {
	temp, err := os.MkdirTemp("", "cohort-package-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp) //nolint:errcheck // a folder for temporary files
	systemd := filepath.Join(b.checkout, "deploy", "systemd")
	unit, err := os.ReadFile(filepath.Join(systemd, "cohort.service"))
	if err != nil {
		return err
	}
	// Packages install below /usr; the unit's head tells how to do without one.
	service := filepath.Join(temp, "cohort.service")
	text := strings.ReplaceAll(string(unit), "/usr/local/bin/", "/usr/bin/")
	if err := os.WriteFile(service, []byte(text), 0o644); err != nil {
		return err
	}
	script := filepath.Join(temp, "postinstall")
	if err := os.WriteFile(script, []byte(postinstall), 0o755); err != nil {
		return err
	}
	for kind, packager := range map[string]nfpm.Packager{"deb": deb.Default, "rpm": rpm.DefaultRPM} {
		info := &nfpm.Info{
			Name: "cohort", Arch: p.arch, Platform: "linux", Version: b.version, VersionSchema: "semver", Section: "admin", Priority: "optional",
			Maintainer:  "Cohort <security@cohort.invalid>",
			Description: "A directory of users, groups and typed attributes\nIt answers which value a user has, and why.",
			MTime:       b.at,
			Overridables: nfpm.Overridables{
				Scripts: nfpm.Scripts{PostInstall: script},
				RPM:     nfpm.RPM{BuildHost: "cohort"},
				Contents: files.Contents{
					b.file("/usr/bin/cohort", program, "", 0o755),
					b.file("/usr/lib/systemd/system/cohort.service", service, "", 0o644),
					b.file("/usr/lib/sysusers.d/cohort.conf", filepath.Join(systemd, "cohort.sysusers"), "", 0o644),
					b.file("/etc/cohort/cohort.toml", filepath.Join(systemd, "cohort.toml"), files.TypeConfigNoReplace, 0o644),
					b.file("/usr/share/doc/cohort/secrets.example", filepath.Join(systemd, "secrets.example"), "", 0o644),
				},
			},
		}
		if err := write(name+"."+kind, nfpm.WithDefaults(info), packager); err != nil {
			return err
		}
	}
	return nil
}

// postinstall makes the user of the service.
const postinstall = `#!/bin/sh
set -e
if command -v systemd-sysusers >/dev/null; then systemd-sysusers cohort.conf; fi
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
`

func (b *builder) file(to, from, kind string, mode os.FileMode) *files.Content {
	return &files.Content{Source: from, Destination: to, Type: kind,
		FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: mode, MTime: b.at}}
}

func write(path string, info *nfpm.Info, packager nfpm.Packager) (err error) {
	if err := nfpm.PrepareForPackager(info, strings.TrimPrefix(filepath.Ext(path), ".")); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return packager.Package(info, f)
}
