package desired

import (
	"slices"

	"cohort/internal/directory"
)

// userOrder returns the order in which users are planned, by index: that of the state, except
// that a user who gives up a login e-mail precedes the one who takes it.
func (p *planner) userOrder() []int {
	for i := range p.state.Users {
		if t := p.users.byKey[p.state.Users[i].Key]; t.live != nil {
			p.entries[t.id] = i
		}
	}
	order := make([]int, 0, len(p.state.Users))
	seen := make([]bool, len(p.state.Users))
	for i := range p.state.Users {
		var wait []int
		for ; !seen[i]; i = p.giver(i) {
			seen[i] = true
			wait = append(wait, i)
		}
		for _, n := range slices.Backward(wait) {
			order = append(order, n)
		}
	}
	return order
}

// giver returns the entry of the user who gives up the login e-mail that another one takes, or
// the entry itself if there is none.
func (p *planner) giver(i int) int {
	u := &p.state.Users[i]
	email := u.email()
	if email == "" {
		return i
	}
	for _, other := range p.users.byName["login "+directory.Fold(email)] {
		if _, ok := p.wantsOther(other.id, email); ok {
			return p.entries[other.id]
		}
	}
	return i
}

// wantsOther returns the login e-mail that the state wants for a user, if it is another one.
func (p *planner) wantsOther(id directory.UserID, email string) (wanted string, ok bool) {
	i, known := p.entries[id]
	if !known {
		return "", false
	}
	wanted = p.state.Users[i].email()
	return wanted, wanted != "" && directory.Fold(wanted) != directory.Fold(email)
}
