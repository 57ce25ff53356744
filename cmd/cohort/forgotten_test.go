package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/directory"
)

// tracesIn counts the occurrences of a text in the bytes of each file of a directory.
func tracesIn(t *testing.T, dir, text string) map[string]int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(b, []byte(text)); n > 0 {
			found[e.Name()] = n
		}
	}
	return found
}

// TestWhatIsForgottenLeavesNoTraceInTheFiles writes values of many lengths, so that pages
// split, join and overflow, and replaces and removes some. Then it hides the attribute, erases
// the user, and searches the bytes of the files.
func TestWhatIsForgottenLeavesNoTraceInTheFiles(t *testing.T) {
	const trace = "CANARY"
	dir := filepath.Join(t.TempDir(), "data")
	settings, _, err := config.Load(config.Flags{"data": dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	in, err := app.Open(t.Context(), settings,
		app.Options{Log: slog.New(slog.DiscardHandler), Fatal: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	system := in.Views().As(directory.System("test"))
	commit := func(edits ...directory.Edit) {
		t.Helper()
		if _, err := system.Commit(t.Context(), directory.Change{Edits: edits}); err != nil {
			t.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	value := func() directory.Value {
		return directory.Value{Text: fmt.Sprintf("%s %d %s", trace, random.Int(),
			strings.Repeat("x", random.IntN(200)*random.IntN(40)))}
	}
	const attribute, kept = 100, 101
	commit(
		directory.CreateAttribute{ID: attribute, Name: "late", Type: directory.TypeString, Default: new(value())},
		directory.CreateAttribute{ID: kept, Name: "kept", Type: directory.TypeString},
	)
	for i := range directory.GroupID(150) {
		u := directory.UserID(1000 + i)
		commit(
			directory.CreateGroup{ID: 1000 + i, Name: fmt.Sprint("group ", i)},
			directory.CreateUser{ID: u, FirstName: "User"},
			directory.SetGroupValue{Group: 1000 + i, Attribute: attribute, Value: value()},
			directory.SetUserValue{User: u, Attribute: attribute, Value: value()},
			directory.SetGroupValue{Group: 1000 + i, Attribute: kept, Value: directory.Value{Text: "this stays"}},
		)
	}
	for range 150 {
		group := directory.GroupID(1000 + random.IntN(150))
		user := directory.UserID(1000 + random.IntN(150))
		commit(
			directory.SetGroupValue{Group: group, Attribute: attribute, Value: value()},
			directory.SetUserValue{User: user, Attribute: attribute, Value: value()},
		)
		if random.IntN(2) == 0 {
			commit(directory.DeleteGroupValue{Group: group, Attribute: attribute},
				directory.DeleteUserValue{User: user, Attribute: attribute})
		}
	}
	if found := tracesIn(t, dir, trace); found["cohort.db"] == 0 || found["cohort.db-wal"] == 0 {
		t.Fatalf("before, the text is in %v; the test does not see it", found)
	}
	commit(directory.UpdateAttribute{Attribute: attribute, Hidden: new(true)})
	if found := tracesIn(t, dir, trace); len(found) > 0 {
		t.Errorf("after the attribute was hidden its values are in %v", found)
	}
	if found := tracesIn(t, dir, "this stays"); len(found) == 0 {
		t.Error("the values of another attribute are gone too")
	}
	const name = "Ermintrude"
	commit(directory.CreateUser{ID: 5000, FirstName: name, ContactEmail: name + "@example.com"},
		directory.SetUserValue{User: 5000, Attribute: kept, Value: directory.Value{Text: name}})
	if found := tracesIn(t, dir, name); len(found) == 0 {
		t.Fatal("the test does not see the user")
	}
	commit(directory.EraseUser{User: 5000})
	if found := tracesIn(t, dir, name); len(found) > 0 {
		t.Errorf("a user that was erased is in %v", found)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if found := tracesIn(t, dir, trace); len(found) > 0 {
		t.Errorf("after the end the hidden values are in %v", found)
	}
}
