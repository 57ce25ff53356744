package operate

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/app"
	"cohort/internal/store"
)

// A manifest describes a backup. Its file is beside the backup.
type manifest struct {
	Format      int    `json:"format"`
	File        string `json:"file"`
	Size        int64  `json:"size"`
	SHA256      string `json:"sha256"`
	Revision    int64  `json:"revision"`
	Incarnation int64  `json:"incarnation"`
	MadeAt      string `json:"made_at"`
	Version     string `json:"version"` // of the program that made it
}

// manifestFormat increases when a manifest gets a field that an older program must not ignore.
const manifestFormat = 1

// maxManifest is the largest number of bytes that are read of a manifest.
const maxManifest = 64 << 10

func manifestPath(backup string) string { return backup + ".manifest.json" }

func newManifest(file string, c store.Copy, now time.Time) manifest {
	return manifest{
		Format: manifestFormat, File: file, Size: c.Size, SHA256: hex.EncodeToString(c.SHA256[:]),
		Revision: int64(c.Revision), Incarnation: c.Incarnation,
		MadeAt: now.UTC().Format(time.RFC3339), Version: app.ThisBuild().Version,
	}
}

// write writes the manifest to a new file, durably.
func (m manifest) write(path string) error {
	b, err := json.Marshal(m, jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	_, err = f.Write(append(b, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write the manifest: %w", err), os.Remove(path))
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func readManifest(path string) (manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return manifest{}, fmt.Errorf("read the manifest: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxManifest))
	if err := errors.Join(err, f.Close()); err != nil {
		return manifest{}, fmt.Errorf("read the manifest: %w", err)
	}
	var m manifest
	if err := json.Unmarshal(b, &m, json.RejectUnknownMembers(true)); err != nil {
		return manifest{}, fmt.Errorf("the manifest %s cannot be read: %w", path, err)
	}
	if m.Format != manifestFormat {
		return manifest{}, fmt.Errorf("the manifest %s has format %d, which this version does not know", path, m.Format)
	}
	return m, nil
}

// matches returns the first difference between a file and its manifest.
func (m manifest) matches(c store.Copy) error {
	switch found := newManifest(m.File, c, time.Time{}); {
	case found.Size != m.Size:
		return fmt.Errorf("it has %d bytes, not %d", found.Size, m.Size)
	case found.SHA256 != m.SHA256:
		return fmt.Errorf("its SHA-256 is %s, not %s", found.SHA256, m.SHA256)
	case found.Revision != m.Revision || found.Incarnation != m.Incarnation:
		return fmt.Errorf("it is at revision %d-%d, not %d-%d", found.Incarnation, found.Revision, m.Incarnation, m.Revision)
	}
	return nil
}

// print reports what was done.
func (m manifest) print(v *cli.Invocation, asJSON bool, what string) error {
	if asJSON {
		return v.WriteJSON(m)
	}
	fmt.Fprintln(v.Stdout, what)
	v.Table([][]string{
		{"  revision", fmt.Sprintf("%d-%d", m.Incarnation, m.Revision)},
		{"  size", fmt.Sprintf("%d bytes", m.Size)},
		{"  sha256", m.SHA256},
	})
	return nil
}
