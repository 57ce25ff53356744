package core

import (
	"math/rand/v2"
	"testing"

	"cohort/internal/directory"
)

// Pages hold what a map would hold, whatever the numbers are.
func TestUserPagesAreAMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var pages userPages
	want := map[int64]*packedUser{}
	for range 20_000 {
		number := random.Int64N(300)
		if random.IntN(4) == 0 {
			number <<= 40
		}
		switch random.IntN(8) {
		case 0, 1, 2:
			u := &packedUser{rows: directory.UserRows{User: directory.User{ID: directory.UserID(number)}}}
			pages.put(number, u)
			want[number] = u
		case 3, 4:
			pages.remove(number)
			delete(want, number)
		case 5:
			pages.removeAny()
			for k := range want {
				if pages.get(k) == nil {
					delete(want, k)
				}
			}
		case 6:
			if random.IntN(1000) == 0 {
				pages.clear()
				clear(want)
			}
		}
		if got := pages.get(number); got != want[number] {
			t.Fatalf("number %d: %p, want %p", number, got, want[number])
		}
		if pages.n != len(want) {
			t.Fatalf("%d are counted, of %d", pages.n, len(want))
		}
	}
	for number := range want {
		pages.remove(number)
	}
	if len(pages.pages) != 0 || pages.n != 0 {
		t.Errorf("%d pages of nobody, %d counted", len(pages.pages), pages.n)
	}
}

// Whoever is removed for want of room can be any of a page.
func TestAnyUserCanBeRemoved(t *testing.T) {
	gone := map[int64]bool{}
	for range 5000 {
		var pages userPages
		for number := range int64(pageUsers) {
			pages.put(number, &packedUser{})
		}
		pages.removeAny()
		for number := range int64(pageUsers) {
			if pages.get(number) == nil {
				gone[number] = true
			}
		}
	}
	if len(gone) != pageUsers {
		t.Errorf("%d of %d were ever removed", len(gone), pageUsers)
	}
}
