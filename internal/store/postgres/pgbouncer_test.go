package postgres_test

import (
	"log/slog"
	"sync"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/store/postgres"
	"cohort/internal/store/postgres/pgtest"
	"cohort/internal/store/storetest"
)

// Several nodes make the schema, write and read through one pooler that has
// fewer connections than they: every transaction may run in another session.
func TestNodesWorkThroughPgBouncerInTransactionMode(t *testing.T) {
	t.Parallel()
	const nodes, writes = 3, 12
	url := server.Server(t).Bouncer(t, 3).URL(pgtest.Name(server.Empty(t))) + "&listen=off"
	var group sync.WaitGroup
	for range nodes {
		group.Go(func() {
			s, err := postgres.Open(t.Context(), url, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			var readers sync.WaitGroup
			for range 4 {
				readers.Go(func() {
					for range writes {
						if _, err := readHead(t.Context(), s); err != nil {
							t.Error(err)
						}
					}
				})
			}
			for range writes {
				if err := addGroups(t, s); err != nil {
					t.Error(err)
				}
			}
			readers.Wait()
		})
	}
	group.Wait()
	s, model := open(t, url), memstore.New()
	for range nodes * writes {
		if err := addGroups(t, model); err != nil {
			t.Fatal(err)
		}
	}
	if diff, err := storetest.Diff(t.Context(), model, s); diff != "" || err != nil {
		t.Errorf("(-model +store) %v\n%s", err, diff)
	}
}

// addGroups adds the next six groups, which is enough for COPY, below the group
// before them, and names the one before anew.
func addGroups(t *testing.T, s store.Store) error {
	t.Helper()
	return s.Write(t.Context(), func(tx store.Tx) error {
		h, err := tx.Head(t.Context())
		if err != nil {
			return err
		}
		var rows []directory.Row
		for i := range directory.GroupID(6) {
			rows = append(rows, directory.Group{ID: h.Next.Group + i, Name: "new"})
			if last := h.Next.Group - 1; last > 0 {
				rows = append(rows, directory.Nesting{Group: h.Next.Group + i, Parent: last},
					directory.Group{ID: last - i, Name: "old"})
			}
		}
		c, err := storetest.Plan(t.Context(), tx, rows)
		if err != nil {
			return err
		}
		return tx.Append(t.Context(), c)
	})
}

func TestContractThroughPgBouncer(t *testing.T) {
	if !effort.All() {
		return // the test above stands for it
	}
	bouncer := server.Server(t).Bouncer(t, 3)
	storetest.Run(t, func(t *testing.T) store.Store {
		return open(t, bouncer.URL(pgtest.Name(server.Directory(t)))+"&listen=off")
	})
}
