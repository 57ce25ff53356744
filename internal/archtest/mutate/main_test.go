package main

import (
	"os"
	"path/filepath"
	"testing"
)

// The mutants themselves take long; that there is something to mutate does not.
func TestMutationsAreUpToDate(t *testing.T) {
	for _, m := range mutations() {
		file, err := os.ReadFile(filepath.Join("..", "..", "..", filepath.FromSlash(m.file)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.apply(string(file)); err != nil {
			t.Error(err)
		}
	}
}
