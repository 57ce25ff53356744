package seal_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"cohort/internal/seal"
)

func TestTheFirstStartMakesAKeyFileThatOnlyItsOwnerReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cohort.key")
	first, made, err := seal.Load(path)
	if err != nil || !made {
		t.Fatalf("made %v, %v", made, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	second, made, err := seal.Load(path)
	if err != nil || made || !slices.Equal(first.KeyIDs(), second.KeyIDs()) {
		t.Errorf("then: made %v, %v, keys %v and %v", made, err, first.KeyIDs(), second.KeyIDs())
	}
	onlyFile(t, path)
}

// onlyFile fails if anything is left beside the key file.
func onlyFile(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the key file: %v, %v", entries, err)
	}
}

func TestManyFirstStartsAgreeOnOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cohort.key")
	rings := make([]*seal.Ring, 8)
	mades := make([]bool, len(rings))
	var wg sync.WaitGroup
	for i := range rings {
		wg.Go(func() {
			var err error
			if rings[i], mades[i], err = seal.Load(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	n := 0
	for i, r := range rings {
		if r != nil && r.KeyIDs()[0] != rings[0].KeyIDs()[0] {
			t.Errorf("start %d has another key", i)
		}
		if mades[i] {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of them made the file", n)
	}
	onlyFile(t, path)
}

func TestRotationAddsAKeyInFront(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cohort.key")
	if _, err := seal.Rotate(path); err == nil {
		t.Error("a file that is not there can be rotated")
	}
	old, _, err := seal.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	rotated, err := seal.Rotate(path)
	if err != nil {
		t.Fatal(err)
	}
	loaded, _, err := seal.Load(path)
	if err != nil || !slices.Equal(loaded.KeyIDs(), rotated.KeyIDs()) {
		t.Fatalf("loaded %v, %v; want %v", loaded.KeyIDs(), err, rotated.KeyIDs())
	}
	if ids := loaded.KeyIDs(); len(ids) != 2 || ids[1] != old.KeyIDs()[0] {
		t.Errorf("keys %v; want a new one before %v", ids, old.KeyIDs())
	}
	onlyFile(t, path)
}

func TestAKeyFileThatCannotBeTrustedIsRefused(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for path, want := range map[string]string{
		write("group", newKey, 0o640):               "chmod 600",
		write("world", newKey, 0o604):               "chmod 600",
		write("empty", "", 0o600):                   "holds no key",
		write("cut", newKey[:20], 0o600):            "key 1 is not",
		dir:                                         "is not a plain file",
		filepath.Join(dir, "nowhere", "cohort.key"): "no such file",
	} {
		if _, made, err := seal.Load(path); err == nil || made || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: made %v, %v; want an error with %q", filepath.Base(path), made, err, want)
		}
	}
	if _, _, err := seal.Load(write("old", newKey, 0o400)); err != nil {
		t.Errorf("a file that nobody can write is refused: %v", err)
	}
}
