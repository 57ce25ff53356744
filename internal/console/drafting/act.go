package drafting

import (
	"cohort/internal/console/draft"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// ErrMoved says that another tab has changed the draft.
var ErrMoved = &directory.Error{
	Kind: directory.KindStale, Msg: "the draft was changed in another tab; review it and try again",
}

// Put stores a draft as the next version. It returns ErrMoved if another tab has stored one
// first.
func Put(q *pagekit.Request, d *draft.Draft) error {
	if n := d.Count(); n > draft.Max {
		return directory.TooLong("draft", "has %d edits; the most is %d: commit some of them first", n, draft.Max)
	}
	data, err := q.Codec().Write(d)
	if err != nil {
		return err
	}
	q.Live.Release()
	ok, err := q.Drafts.PutDraft(q.Context(), q.Caller.User, data, d.Version+1)
	if err == nil && !ok {
		err = ErrMoved
	}
	return err
}

// Change modifies the draft. It tries again if another tab was first.
func Change(q *pagekit.Request, modify func(*draft.Draft) error) error {
	for attempt := 0; ; attempt++ {
		q.ForgetDraft()
		d, err := q.Draft()
		if err == nil {
			err = modify(d)
		}
		if err == nil {
			err = Put(q, d)
		}
		if err == ErrMoved && attempt < 3 { //nolint:errorlint // it is never wrapped
			continue
		}
		return err
	}
}

// Add puts edits into the draft, and removes entries that would change nothing. Edits of one
// kind become an entry each; edits of several kinds become one entry.
func Add(q *pagekit.Request, edits []directory.Edit) error {
	var list []draft.Entry
	dropped := map[string]bool{}
	for _, together := range draft.Apart(edits) {
		before, same, err := Stored(q, together[0])
		if err != nil {
			return err
		}
		if same {
			dropped[draft.KeyOf(together[0])] = true
		} else {
			list = append(list, draft.Entry{Edits: together, Before: before})
		}
	}
	return Change(q, func(d *draft.Draft) error {
		for key := range dropped {
			d.Drop(key)
		}
		for _, e := range list {
			d.Add(e)
		}
		return nil
	})
}

// EditOf returns the edit of a field in the draft, or nil.
func EditOf(q *pagekit.Request, key string) directory.Edit {
	d, err := q.Draft()
	if err != nil {
		return nil
	}
	if e := d.Find(key); e != nil {
		return e.Edits[0]
	}
	return nil
}

// As says what the draft does to a field; nil if the draft has no edit of it.
func As(q *pagekit.Request, key string) []sentence.Part {
	switch e := EditOf(q, key).(type) {
	case nil:
		return nil
	case directory.SetUserValue:
		a, err := q.Dir.Attribute(q.Context(), e.Attribute)
		if err == nil {
			return sentence.Parts(sentence.ValueOf(&a, e.Value, q.Language).Part())
		}
	case directory.SetGroupValue:
		a, err := q.Dir.Attribute(q.Context(), e.Attribute)
		if err == nil {
			out := sentence.Parts(sentence.ValueOf(&a, e.Value, q.Language).Part())
			if e.Rank != nil {
				out = append(out, sentence.Say(" at rank "+sentence.Itoa(*e.Rank)))
			}
			return out
		}
	case directory.DeleteUserValue, directory.DeleteGroupValue:
		return sentence.Parts(sentence.Say("removed"))
	case directory.AddMember, directory.AddParent:
		return sentence.Parts(sentence.Say("added"))
	case directory.RemoveMember, directory.RemoveParent:
		return sentence.Parts(sentence.Say("removed"))
	}
	return sentence.Parts(sentence.Say("changed"))
}

// ChosenUsers returns an edit for each selected user.
func ChosenUsers(q *pagekit.Request, edit func(directory.UserID) directory.Edit) (list []directory.Edit, err error) {
	for _, text := range q.R.PostForm["user"] {
		id, err := directory.ParseID[directory.UserID]("user", text)
		if err != nil {
			return nil, err
		}
		list = append(list, edit(id))
	}
	if len(list) == 0 {
		return nil, directory.Invalid("user", "no user is chosen; select users in the list")
	}
	return list, nil
}

// Changed returns the new value of a field, or nil if it is the old one.
func Changed[T comparable](old, is T) *T {
	if old == is {
		return nil
	}
	return &is
}

// Act returns the handler of a form: it puts the edits of the form into the draft and leads
// back to the page. If they are refused, the page shows why, with what was typed.
func Act(page func(*pagekit.Request) error, edits func(*pagekit.Request) ([]directory.Edit,
	error)) func(*pagekit.Request) error {
	return func(q *pagekit.Request) error {
		if err := q.ParseForm(); err != nil {
			return err
		}
		list, err := edits(q)
		if err == nil && len(list) > 0 {
			err = Add(q, list)
		}
		switch kind := directory.KindOf(err); {
		case err == nil && len(list) > 0 && leads(list[0]):
			return q.Redirect(pagekit.Root + "/draft?preview=1")
		case err == nil:
			return q.Redirect(q.With("edit", "", "new", ""))
		case kind == directory.KindInvalid, kind == directory.KindMalformed, kind == directory.KindConflict:
			q.Problem = err
			return page(q)
		}
		return err
	}
}

// leads reports whether the person should see an edit in the draft next, rather than on its
// page.
func leads(edit directory.Edit) bool {
	switch e := edit.(type) {
	case directory.UpdateAttribute:
		return e.Type != nil || e.Rule != nil || e.Misfits != ""
	case directory.Revert, directory.DeleteUser, directory.DeleteGroup, directory.DeleteAttribute,
		directory.CreateUser, directory.CreateGroup, directory.CreateAttribute:
		return true
	}
	return false
}

// Refused answers with the page again, with what was typed and what is wrong with it.
func Refused(q *pagekit.Request, err error, page func(*pagekit.Request) error) error {
	switch directory.KindOf(err) {
	case directory.KindInvalid, directory.KindMalformed, directory.KindConflict:
		q.Problem = err
		return page(q)
	default:
		return err
	}
}
