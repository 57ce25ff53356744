package core

import (
	"testing"

	"cohort/internal/directory"
)

// A kept user is a copy: it neither changes with the page that it was read in, nor
// keeps that page in memory.
func TestAKeptUserIsACopy(t *testing.T) {
	page := []directory.UserRows{{User: directory.User{ID: 7}}, {User: directory.User{ID: 8}}}
	kept := Cached(&page[0], 1)
	page[0].User.ID = 9
	if kept.Rows.User.ID != 7 || kept.Rows == &page[0] {
		t.Errorf("the kept user is part of the page: %+v", kept.Rows.User)
	}
}
