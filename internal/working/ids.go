package working

import (
	"cohort/internal/directory"
	"cohort/internal/store"
)

// Users, groups and attributes are made under an id that the edit chooses, or
// else under the next that is free. A chosen id never moves the counter: the
// counter passes over ids that are taken, and at the end it goes on at the
// lowest id that was never used.

// An idSpace is the ids of one kind of object.
type idSpace[T objectID] struct {
	counter *T
	first   T                       // the lowest that can be given out
	taken   func(T) (bool, error)   // whether a row has an id, marked deleted or not
	free    func(from T) (T, error) // the lowest id from one on that no row has
	last    func(T) bool            // whether no row has a greater id
}

// An objectID is an id that clients may choose.
type objectID interface {
	directory.ID
	Object() directory.Object
}

func (w *Change) userIDs() idSpace[directory.UserID] {
	taken := func(id directory.UserID) (bool, error) {
		u, err := w.AnyUser(id)
		return err == nil && u.After.User.ID != 0, err
	}
	last := func(directory.UserID) bool { return w.free.to > directory.MaxID }
	return idSpace[directory.UserID]{&w.Head.Next.User, 1, taken, w.freeUser, last}
}

func (w *Change) groupIDs() idSpace[directory.GroupID] {
	taken := func(id directory.GroupID) bool {
		_, ok := w.Catalog.RawGroup(id)
		return ok
	}
	return catalogIDs(&w.Head.Next.Group, directory.AllUsers+1, taken, w.Catalog.LastGroup())
}

func (w *Change) attributeIDs() idSpace[directory.AttributeID] {
	taken := func(id directory.AttributeID) bool {
		_, ok := w.Catalog.RawAttribute(id)
		return ok
	}
	return catalogIDs(&w.Head.Next.Attribute, directory.FirstCustomAttribute, taken, w.Catalog.LastAttribute())
}

// catalogIDs are the ids of objects that lie in the catalog, where looking
// costs little.
func catalogIDs[T objectID](counter *T, first T, taken func(T) bool, last T) idSpace[T] {
	free := func(from T) (T, error) {
		for from <= directory.MaxID && taken(from) {
			from++
		}
		return from, nil
	}
	return idSpace[T]{
		counter, first, func(id T) (bool, error) { return taken(id), nil }, free, func(id T) bool { return id > last },
	}
}

// NewUserID gives out the id of a user: the chosen one, or with 0 the next.
func (w *Change) NewUserID(chosen directory.UserID) (directory.UserID, error) {
	return give(w, w.userIDs(), chosen)
}

// NewGroupID is NewUserID for groups.
func (w *Change) NewGroupID(chosen directory.GroupID) (directory.GroupID, error) {
	return give(w, w.groupIDs(), chosen)
}

// NewAttributeID is NewUserID for attributes.
func (w *Change) NewAttributeID(chosen directory.AttributeID) (directory.AttributeID, error) {
	return give(w, w.attributeIDs(), chosen)
}

// give gives out an id: the chosen one, or with 0 the next.
func give[T objectID](w *Change, ids idSpace[T], chosen T) (id T, err error) {
	if chosen != 0 {
		id, err = chosen, requireFreeID(w, ids, chosen)
	} else {
		id, err = nextID(w, ids)
	}
	if err == nil {
		w.made[id.Object()] = true
	}
	return id, err
}

// requireFreeID refuses a chosen id that cannot be given, or that was ever
// used: one that a row has, or of which a record tells.
func requireFreeID[T objectID](w *Change, ids idSpace[T], id T) error {
	if id < 1 || id > directory.MaxID {
		return directory.Invalid("id", "must be between 1 and %d", directory.MaxID)
	}
	taken, err := ids.taken(id)
	if err == nil && !taken {
		taken, err = w.isRecorded(id.Object())
	}
	if err == nil && taken {
		err = directory.Taken("id", "%d was used by another %s before", id, id.Object().Kind)
	}
	return err
}

// nextID gives out the next id that was never used, and moves the counter.
func nextID[T objectID](w *Change, ids idSpace[T]) (T, error) {
	id, wrapped := *ids.counter, false
	for {
		if id > directory.MaxID {
			if wrapped {
				return 0, directory.Taken("id", "cannot be given out: every %s up to %d exists", id.Object().Kind, directory.MaxID)
			}
			id, wrapped = ids.first, true
		}
		free, err := ids.free(id)
		if err != nil {
			return 0, err
		}
		if id = free; id > directory.MaxID {
			continue
		}
		// An id that was used and has no row any more is not given out again.
		// There is none behind all that have a row, as rows of these kinds are
		// marked and stay.
		used := false
		if !ids.last(id) {
			used, err = w.isRecorded(id.Object())
		}
		if err == nil && !used {
			*ids.counter = id + 1
			return id, nil
		}
		if err != nil {
			return 0, err
		}
		id++
	}
}

// isRecorded reports whether a change has touched an object.
func (w *Change) isRecorded(o directory.Object) (bool, error) {
	last, err := w.Reader.LastChanges(w.ctx, []directory.Object{o}, w.Head.Revision)
	return err == nil && last[0].Revision != 0, err
}

// A FreeRange is a run of ids that no user has at a revision. What a look at
// the store finds holds for all changes that follow.
type FreeRange struct {
	Revision directory.Revision
	from, to directory.UserID
}

// follow takes in what a planned change does.
func (r *FreeRange) follow(c *store.Commit) {
	r.Revision = c.Head.Revision
	for _, t := range c.Touched {
		switch {
		case t.User < r.from || t.User >= r.to:
		case t.User < c.Head.Next.User:
			r.from = t.User + 1
		default: // it was chosen
			r.to = t.User
		}
	}
}

// idsAtOnce is how many users are looked at together where ids are taken.
const idsAtOnce = 1000

// freeUser finds the lowest id from one on that no user has.
func (w *Change) freeUser(from directory.UserID) (directory.UserID, error) {
	for from <= directory.MaxID {
		if w.free.from <= from && from < w.free.to {
			if !w.made[from.Object()] {
				return from, nil
			}
			from++
			continue
		}
		next, err := w.lookForUsers(from)
		if err != nil {
			return 0, err
		}
		from = next
	}
	return from, nil
}

// lookForUsers passes over the users that have the ids from one on, and notes
// the gap behind them.
func (w *Change) lookForUsers(from directory.UserID) (directory.UserID, error) {
	for limit := 1; ; limit = idsAtOnce {
		users, err := w.Reader.UsersAfter(w.ctx, from-1, limit)
		if err != nil {
			return 0, err
		}
		for _, u := range users {
			if u.User.ID > from {
				w.free.from, w.free.to = from, u.User.ID
				return from, nil
			}
			from++
		}
		if len(users) < limit {
			w.free.from, w.free.to = from, directory.MaxID+1
			return from, nil
		}
	}
}
