package intake

import (
	"strings"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// A liveIndex finds the users that some rows are about, so that a plan need not
// look at all others.
type liveIndex struct {
	live    *desired.Live
	byKey   map[string][]int32 // e-mails and names, folded
	bySrc   map[[2]string]int32
	byID    map[directory.UserID]int32
	seen    map[directory.UserID]bool
	catalog desired.Live
}

func newLiveIndex(live *desired.Live) *liveIndex {
	x := &liveIndex{
		live: live, byKey: map[string][]int32{}, bySrc: map[[2]string]int32{}, byID: map[directory.UserID]int32{},
		seen: map[directory.UserID]bool{}, catalog: *live,
	}
	x.catalog.Users = nil
	for i := range live.Users {
		u, n := &live.Users[i], int32(i)
		for _, key := range []string{u.Email, u.ContactEmail, strings.TrimSpace(u.FirstName + " " + u.LastName)} {
			if key != "" {
				x.byKey[directory.Fold(key)] = append(x.byKey[directory.Fold(key)], n)
			}
		}
		for source, id := range u.Sources {
			x.bySrc[[2]string{source, id}] = n
		}
		x.byID[u.ID] = n
	}
	return x
}

// only is what is live, with the users that a state can mean.
func (x *liveIndex) only(s *desired.State) *desired.Live {
	live := x.catalog
	chosen := map[int32]bool{}
	choose := func(n int32) {
		if !chosen[n] {
			chosen[n] = true
			live.Users = append(live.Users, x.live.Users[n])
			x.seen[x.live.Users[n].ID] = true
		}
	}
	for i := range s.Users {
		u := &s.Users[i]
		if n, ok := x.byID[directory.UserID(u.ID)]; ok {
			choose(n)
		}
		for source, id := range u.Sources {
			if n, ok := x.bySrc[[2]string{source, id}]; ok {
				choose(n)
			}
		}
		for _, key := range s.Users[i].LookedForBy() {
			for _, n := range x.byKey[directory.Fold(key)] {
				choose(n)
			}
		}
	}
	return &live
}

// unseen is what is live, with the users that no row has meant.
func (x *liveIndex) unseen() *desired.Live {
	live := x.catalog
	for i := range x.live.Users {
		if !x.seen[x.live.Users[i].ID] {
			live.Users = append(live.Users, x.live.Users[i])
		}
	}
	return &live
}
