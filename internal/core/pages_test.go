package core_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/store/sqlite"
)

// pageUsers is how many users the measured directory has: enough that indexes have
// more than one page.
const pageUsers = 5000

// A pagesWorld is a directory on disk, whose log tells what a change writes.
type pagesWorld struct {
	*world
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
	c, err := core.Open(t.Context(), s, core.Options{Sealer: plainSealer{}})
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
	return &pagesWorld{&world{t: t, core: c, store: s, root: admin.User}, s, filepath.Join(dir, sqlite.File+"-wal")}
}

// written are the pages and bytes of the log that a change writes.
func (w *pagesWorld) written(edits ...directory.Edit) (pages, bytes int64) {
	w.t.Helper()
	const header, frame = 32, 4096 + 24
	err := w.disk.Borrow(w.t.Context(), func(c *sql.Conn) error {
		var busy, log, moved int
		return c.QueryRowContext(w.t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.do(edits...)
	info, err := os.Stat(w.log)
	if err != nil {
		w.t.Fatal(err)
	}
	return (info.Size() - header) / frame, info.Size()
}

// TestAChangeWritesThePagesOfWhatChanges holds the pages that each kind of edit
// writes to the log; the sync of these is what most of a small commit waits for.
func TestAChangeWritesThePagesOfWhatChanges(t *testing.T) {
	w := newPagesWorld(t)
	var fill []directory.Edit
	for i := range pageUsers {
		fill = append(fill, directory.CreateUser{FirstName: fmt.Sprint("First", i), LastName: fmt.Sprint("Last", i%977), ContactEmail: fmt.Sprintf("u%d@example.com", i)})
	}
	first := directory.UserID(w.do(fill...).Results[0].ID)
	g, h := w.group("Berlin"), w.group("EMEA")
	a, b := w.attribute("region", directory.TypeString), w.attribute("level", directory.TypeString)
	fill = fill[:0]
	for i := range pageUsers {
		u := first + directory.UserID(i)
		fill = append(fill, directory.AddMember{User: u, Group: g}, directory.SetUserValue{User: u, Attribute: a, Value: directory.Value{Text: "emea"}})
	}
	w.do(fill...)
	u := first + pageUsers/2
	text := func(s string) *string { return &s }
	yes := true
	credential := directory.CredentialID(w.do(directory.CreateAPICredential{User: u}).Results[0].ID)
	for _, test := range []struct {
		name string
		edit directory.Edit
		most int64 // pages
	}{
		{"first name", directory.UpdateUser{User: u, FirstName: text("Grace")}, 11},
		{"time zone", directory.UpdateUser{User: u, Timezone: text("Europe/Berlin")}, 8},
		{"contact e-mail", directory.UpdateUser{User: u, ContactEmail: text("grace@example.com")}, 12},
		{"disable", directory.UpdateUser{User: u, Disabled: &yes}, 12},
		{"login e-mail", directory.SetLoginEmail{User: u, Email: "grace@example.org"}, 12},
		{"add member", directory.AddMember{User: u, Group: h}, 11},
		{"remove member", directory.RemoveMember{User: u, Group: h}, 11},
		{"set user value", directory.SetUserValue{User: u, Attribute: a, Value: directory.Value{Text: "apac"}}, 11},
		{"new user value", directory.SetUserValue{User: u, Attribute: b, Value: directory.Value{Text: "senior"}}, 10},
		{"delete user value", directory.DeleteUserValue{User: u, Attribute: b}, 10},
		{"new group value", directory.SetGroupValue{Group: g, Attribute: b, Value: directory.Value{Text: "junior"}}, 12},
		{"set group value", directory.SetGroupValue{Group: g, Attribute: b, Value: directory.Value{Text: "senior"}}, 8},
		{"rename group", directory.UpdateGroup{Group: g, Name: text("Hamburg")}, 9},
		{"nest group", directory.AddParent{Group: g, Parent: h}, 9},
		{"attribute label", directory.UpdateAttribute{Attribute: a, Label: text("Area")}, 9},
		{"disable credential", directory.UpdateCredential{User: u, Credential: credential, Disabled: &yes}, 8},
		{"source", directory.SetSource{Object: u.Object(), Source: "erp", SourceID: "4711"}, 10},
		{"facet", directory.SetFacet{Object: u.Object(), Dialect: "propeller", Kind: "address", Name: "1", Data: "{}"}, 9},
		{"new user", directory.CreateUser{FirstName: "New"}, 16},
		{"new group", directory.CreateGroup{Name: "New"}, 9},
		{"delete user", directory.DeleteUser{User: first + 7}, 20},
		{"delete group", directory.DeleteGroup{Group: g}, 9},
	} {
		pages, bytes := w.written(test.edit)
		t.Logf("%-20s %3d pages %7d bytes", test.name, pages, bytes)
		if pages > test.most {
			t.Errorf("%s: %d pages, at most %d", test.name, pages, test.most)
		}
	}
}
