package core

import (
	"math/rand/v2"

	"cohort/internal/directory"
)

// keptUsers hold the users of a stripe in one list without gaps, in no order, so
// that what is read of them lies as close together as it can, whatever their ids
// are. Ids mostly follow each other, so where a user is in the list stands in
// pages: a map has to find only those.
type keptUsers struct {
	list  []CachedUser
	pages map[int64]*placePage
}

// A placePage has the places of a run of users in the list, from 1; 0 is none.
// For the garbage collector there is nothing to look at in it.
type placePage [placesInPage]int32

const placesInPage = 64

// page is the number of the page in which the place of a user is, and where it
// is there.
func page(id directory.UserID) (number int64, at uint64) {
	n := uint64(id) / shards
	return int64(n / placesInPage), n % placesInPage
}

// place is a user's place, from 1; 0 if it is not there.
func (k *keptUsers) place(id directory.UserID) int32 {
	number, at := page(id)
	if p := k.pages[number]; p != nil {
		return p[at]
	}
	return 0
}

// setPlace notes the place of a user, and forgets it if it is 0.
func (k *keptUsers) setPlace(id directory.UserID, place int32) {
	number, at := page(id)
	p := k.pages[number]
	if p == nil {
		if k.pages == nil {
			k.pages = map[int64]*placePage{}
		}
		p = new(placePage)
		k.pages[number] = p
	}
	p[at] = place
	if *p == (placePage{}) {
		delete(k.pages, number)
	}
}

// get returns a user, which has no rows if it is not there.
func (k *keptUsers) get(id directory.UserID) CachedUser {
	if place := k.place(id); place != 0 {
		return k.list[place-1]
	}
	return CachedUser{}
}

func (k *keptUsers) put(u CachedUser) {
	id := u.Rows.User.ID
	if place := k.place(id); place != 0 {
		k.list[place-1] = u
		return
	}
	k.list = append(k.list, u)
	k.setPlace(id, int32(len(k.list)))
}

// remove removes a user, if it is there. The last takes its place.
func (k *keptUsers) remove(id directory.UserID) {
	place := k.place(id)
	if place == 0 {
		return
	}
	last := k.list[len(k.list)-1]
	k.list[place-1] = last
	k.setPlace(last.Rows.User.ID, place)
	k.setPlace(id, 0) // after that of the last, which it may be
	k.list[len(k.list)-1] = CachedUser{}
	k.list = k.list[:len(k.list)-1]
}

// removeAny removes some user, any of those that are there.
func (k *keptUsers) removeAny() {
	if n := len(k.list); n > 0 {
		k.remove(k.list[rand.IntN(n)].Rows.User.ID)
	}
}

func (k *keptUsers) clear() { *k = keptUsers{} }
