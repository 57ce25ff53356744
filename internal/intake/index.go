package intake

import (
	"slices"
	"strings"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// A liveIndex finds the users that some rows refer to, so that a plan need not examine all
// others.
type liveIndex struct {
	live    *desired.Live
	byKey   map[string][]int32 // e-mails and names, folded
	bySrc   map[[2]string]int32
	byID    map[directory.UserID]int32
	seen    map[directory.UserID]bool
	logins  map[directory.UserID]string // login e-mails that plans of earlier rows set
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

// only returns the live directory with the users that a state may refer to.
func (x *liveIndex) only(s *desired.State) *desired.Live {
	live := x.catalog
	chosen := map[int32]bool{}
	choose := func(n int32) {
		if !chosen[n] {
			chosen[n] = true
			u := x.live.Users[n]
			if email, ok := x.logins[u.ID]; ok {
				u.Email = email
			}
			live.Users = append(live.Users, u)
			x.seen[u.ID] = true
		}
	}
	users := s.Users
	if s.Kept != nil {
		users = slices.Concat(users, s.Kept.Users)
	}
	for i := range users {
		u := &users[i]
		if n, ok := x.byID[directory.UserID(u.ID)]; ok {
			choose(n)
		}
		for source, id := range u.Sources {
			if n, ok := x.bySrc[[2]string{source, id}]; ok {
				choose(n)
			}
		}
		for _, key := range u.LookedForBy() {
			for _, n := range x.byKey[directory.Fold(key)] {
				choose(n)
			}
		}
	}
	return &live
}

// note records what later rows must know about a plan.
func (x *liveIndex) note(plan *desired.Plan) {
	for i := range plan.Steps {
		for _, edit := range plan.Steps[i].Edits {
			if e, ok := edit.(directory.SetLoginEmail); ok && e.User > 0 {
				x.logins[e.User] = e.Email
			}
		}
	}
}

// unseen returns the live directory with the users that no row has referred to.
func (x *liveIndex) unseen() *desired.Live {
	live := x.catalog
	for i := range x.live.Users {
		if !x.seen[x.live.Users[i].ID] {
			live.Users = append(live.Users, x.live.Users[i])
		}
	}
	return &live
}
