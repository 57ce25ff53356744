package core_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/store/sqlite"
)

// pageUsers is how many users the measured directory has: enough that indexes have
// more than one page.
const pageUsers = 5000

// A pagesWorld is a directory on disk, whose log tells what a change writes.
type pagesWorld struct {
	*coretest.World
	disk *sqlite.Store
	log  string
}

func newPagesWorld(t *testing.T) *pagesWorld {
	t.Helper()
	dir := t.TempDir()
	s, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := core.Open(t.Context(), s, core.Options{Sealer: coretest.PlainSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	admin, _, err := c.Bootstrap(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	return &pagesWorld{&coretest.World{T: t, Core: c, Store: s, Root: admin.User}, s, filepath.Join(dir,
		sqlite.File+"-wal")}
}

// A subject is what edits of each kind are about.
type subject struct {
	n          string
	u          directory.UserID
	g, h       directory.GroupID
	credential directory.CredentialID
}

// written are the pages of the log that a change writes.
func (w *pagesWorld) written(edits ...directory.Edit) int64 {
	w.T.Helper()
	const header, frame = 32, 4096 + 24
	err := w.disk.Borrow(w.T.Context(), func(c *sql.Conn) error {
		var busy, log, moved int
		return c.QueryRowContext(w.T.Context(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved)
	})
	if err != nil {
		w.T.Fatal(err)
	}
	w.Do(edits...)
	info, err := os.Stat(w.log)
	if err != nil {
		w.T.Fatal(err)
	}
	return (info.Size() - header) / frame
}

// TestAChangeWritesThePagesOfWhatChanges holds the pages that each kind of edit
// writes to the log; the sync of these is what most of a small commit waits for.
func TestAChangeWritesThePagesOfWhatChanges(t *testing.T) {
	w := newPagesWorld(t)
	var fill []directory.Edit
	for i := range pageUsers {
		fill = append(fill, directory.CreateUser{FirstName: fmt.Sprint("First", i), LastName: fmt.Sprint("Last", i%977),
			ContactEmail: fmt.Sprintf("u%d@example.com", i)})
	}
	first := directory.UserID(w.Do(fill...).Results[0].ID)
	g := w.Group("Berlin")
	a, b := w.Attribute("region", directory.TypeString), w.Attribute("level", directory.TypeString)
	fill = fill[:0]
	for i := range pageUsers {
		u := first + directory.UserID(i)
		fill = append(fill, directory.AddMember{User: u, Group: g},
			directory.SetUserValue{User: u, Attribute: a, Value: directory.Value{Text: "emea"}})
	}
	w.Do(fill...)
	text := func(s string) *string { return &s }
	yes := true
	var subjects []subject
	for n := range 5 {
		x := subject{n: fmt.Sprint(n), u: first + directory.UserID(700*(n+1)), h: w.Group(fmt.Sprint("Parent ", n)),
			g: w.Group(fmt.Sprint("Child ", n))}
		x.credential = directory.CredentialID(w.Do(directory.CreateAPICredential{User: x.u}).Results[0].ID)
		subjects = append(subjects, x)
	}
	for _, test := range []struct {
		name string
		edit func(x subject) directory.Edit
		most int64 // pages
	}{
		{"first name", func(x subject) directory.Edit { return directory.UpdateUser{User: x.u, FirstName: text("Grace")} },
			11},
		{"time zone", func(x subject) directory.Edit {
			return directory.UpdateUser{User: x.u, Timezone: text("Europe/Berlin")}
		}, 8},
		{"contact e-mail", func(x subject) directory.Edit {
			return directory.UpdateUser{User: x.u, ContactEmail: text("grace" + x.n + "@example.com")}
		}, 15},
		{"disable", func(x subject) directory.Edit { return directory.UpdateUser{User: x.u, Disabled: &yes} }, 9},
		{"login e-mail", func(x subject) directory.Edit {
			return directory.SetLoginEmail{User: x.u, Email: "grace" + x.n + "@example.org"}
		}, 12},
		{"add member", func(x subject) directory.Edit { return directory.AddMember{User: x.u, Group: x.h} }, 11},
		{"remove member", func(x subject) directory.Edit { return directory.RemoveMember{User: x.u, Group: x.h} }, 11},
		{"set user value", func(x subject) directory.Edit {
			return directory.SetUserValue{User: x.u, Attribute: a, Value: directory.Value{Text: "apac"}}
		}, 11},
		{"new user value", func(x subject) directory.Edit {
			return directory.SetUserValue{User: x.u, Attribute: b, Value: directory.Value{Text: "senior"}}
		}, 10},
		{"delete user value", func(x subject) directory.Edit { return directory.DeleteUserValue{User: x.u, Attribute: b} },
			10},
		{"new group value", func(x subject) directory.Edit {
			return directory.SetGroupValue{Group: x.g, Attribute: b, Value: directory.Value{Text: "junior"}}
		}, 12},
		{"set group value", func(x subject) directory.Edit {
			return directory.SetGroupValue{Group: x.g, Attribute: b, Value: directory.Value{Text: "senior"}}
		}, 10},
		{"rename group", func(x subject) directory.Edit { return directory.UpdateGroup{Group: x.g, Name: text("Hamburg")} },
			9},
		{"nest group", func(x subject) directory.Edit { return directory.AddParent{Group: x.g, Parent: x.h} }, 9},
		{"attribute label", func(x subject) directory.Edit {
			return directory.UpdateAttribute{Attribute: a, Label: text("Area " + x.n)}
		}, 9},
		{"disable credential", func(x subject) directory.Edit {
			return directory.UpdateCredential{User: x.u, Credential: x.credential, Disabled: &yes}
		}, 8},
		{"source", func(x subject) directory.Edit {
			return directory.SetSource{Object: x.u.Object(), Source: "erp", SourceID: "4711" + x.n}
		}, 10},
		{"facet", func(x subject) directory.Edit {
			return directory.SetFacet{Object: x.u.Object(), Dialect: "propeller", Kind: "address", Name: "1", Data: "{}"}
		}, 9},
		{"new user", func(x subject) directory.Edit { return directory.CreateUser{FirstName: "New"} }, 16},
		{"new group", func(x subject) directory.Edit { return directory.CreateGroup{Name: "New"} }, 9},
		{"delete user", func(x subject) directory.Edit { return directory.DeleteUser{User: x.u + 7} }, 18},
		{"delete group", func(x subject) directory.Edit { return directory.DeleteGroup{Group: x.g} }, 9},
	} {
		var all []int64
		for _, x := range subjects {
			all = append(all, w.written(test.edit(x)))
		}
		slices.Sort(all)
		pages := all[len(all)/2] // a page that is full by chance is cut into two
		t.Logf("%-20s %3d pages %7d bytes", test.name, pages, pages*4096)
		if pages > test.most {
			t.Errorf("%s: %d pages, at most %d", test.name, pages, test.most)
		}
	}
}
