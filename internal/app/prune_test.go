package app

import (
	"log/slog"
	"testing"
	"time"

	"cohort/internal/config"
	"cohort/internal/directory"
	"cohort/internal/history"
)

// TestHistoryIsPrunedByAgeOnlyIfAsked: by default nothing is lost.
func TestHistoryIsPrunedByAgeOnlyIfAsked(t *testing.T) {
	settings, _, err := config.Load(nil, nil)
	if err != nil || settings.HistoryKeep != 0 {
		t.Fatalf("by default the history is kept %v, %v", settings.HistoryKeep, err)
	}
	a, err := Open(t.Context(), settings, Options{InMemory: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	system := a.views.As(directory.System("test"))
	for range 3 {
		if _, err := system.Commit(t.Context(),
			directory.Change{Edits: []directory.Edit{directory.CreateGroup{Name: "G"}}}); err != nil {
			t.Fatal(err)
		}
	}
	a.settings.HistoryKeep = -time.Second // all of it is older
	a.prune(t.Context())
	list, err := history.Changes(t.Context(), a.views.As(directory.System("test")), directory.ChangeQuery{})
	if err != nil {
		t.Fatal(err)
	}
	forgot := 0
	for _, c := range list {
		if c.Forgot {
			forgot++
		}
	}
	if len(list) != 5 || forgot < 3 {
		t.Errorf("of %d changes %d are pruned", len(list), forgot)
	}
	before := a.Core().Head().Revision
	if a.prune(t.Context()); a.Core().Head().Revision > before+1 {
		t.Errorf("pruning again made %d changes", a.Core().Head().Revision-before)
	}
}
