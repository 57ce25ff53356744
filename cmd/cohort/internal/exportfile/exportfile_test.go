package exportfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, name := range []string{"export.jsonl", "export.jsonl.gz"} {
		path := filepath.Join(t.TempDir(), name)
		text := bytes.Repeat([]byte("a line\n"), 1000)
		if err := Write(path, func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		if compressed := info.Size() < int64(len(text)); compressed != (filepath.Ext(name) == ".gz") {
			t.Errorf("%s has %d bytes", name, info.Size())
		}
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: %d bytes are read, %v", name, len(got), err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAFailedExportLeavesTheFileAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "export.jsonl")
	if err := os.WriteFile(path, []byte("of yesterday"), 0o600); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("the server is gone")
	if err := Write(path, func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, failure)
	}); !errors.Is(err, failure) {
		t.Errorf("it ends with %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "of yesterday" {
		t.Errorf("the file has %q, %v", b, err)
	}
	if found, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*jsonl*")); len(found) > 0 {
		t.Errorf("files are left: %v", found)
	}
}
