package core

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/resolve"
)

func someCachedUser(id directory.UserID) CachedUser {
	return CachedUser{Subject: resolve.Subject{Rows: &directory.UserRows{User: directory.User{ID: id}}}}
}

// The users that are kept are those that a map would hold, whatever their ids
// are.
func TestKeptUsersAreAMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var kept keptUsers
	want := map[directory.UserID]CachedUser{}
	for range 20_000 {
		id := directory.UserID(random.Int64N(300) * shards) // all of one stripe
		if random.IntN(4) == 0 {
			id <<= 40
		}
		switch random.IntN(8) {
		case 0, 1, 2:
			u := someCachedUser(id)
			kept.put(u)
			want[id] = u
		case 3, 4:
			kept.remove(id)
			delete(want, id)
		case 5:
			kept.removeAny()
			for k := range want {
				if kept.get(k).Rows == nil {
					delete(want, k)
				}
			}
		case 6:
			if random.IntN(1000) == 0 {
				kept.clear()
				clear(want)
			}
		}
		if got := kept.get(id); got != want[id] {
			t.Fatalf("user %d: %p, want %p", id, got.Rows, want[id].Rows)
		}
		if len(kept.list) != len(want) {
			t.Fatalf("%d are there, of %d", len(kept.list), len(want))
		}
	}
	for id, u := range want {
		if kept.get(id) != u {
			t.Errorf("user %d is not there", id)
		}
		kept.remove(id)
	}
	if len(kept.pages) != 0 || len(kept.list) != 0 {
		t.Errorf("%d pages of nobody, %d users", len(kept.pages), len(kept.list))
	}
	for i, u := range kept.list[:cap(kept.list)] {
		if u != (CachedUser{}) {
			t.Errorf("place %d keeps user %d from being forgotten", i, u.Rows.User.ID)
		}
	}
}

// Whoever is removed for want of room can be any.
func TestAnyUserCanBeRemoved(t *testing.T) {
	const n = 64
	gone := map[int]bool{}
	for range 5000 {
		var kept keptUsers
		for i := range n {
			kept.put(someCachedUser(directory.UserID(i * shards)))
		}
		kept.removeAny()
		for i := range n {
			if kept.get(directory.UserID(i*shards)).Rows == nil {
				gone[i] = true
			}
		}
	}
	if len(gone) != n {
		t.Errorf("%d of %d were ever removed", len(gone), n)
	}
}

// A kept user fills lines of the processor's cache.
func TestSizeOfAKeptUser(t *testing.T) {
	if size := reflect.TypeFor[CachedUser]().Size(); size != 128 {
		t.Errorf("a kept user has %d bytes, and not 128", size)
	}
}
