package inspect

import (
	"context"
	"slices"
	"strings"

	"cohort/internal/admission"
	"cohort/internal/directory"
	"cohort/internal/impact"
	"cohort/internal/store"
	"cohort/internal/userset"
	"cohort/internal/view"
)

// Limits of a page of holders or findings.
const (
	defaultPage = 100
	maxPage     = 1000
)

// pageLimit returns the number of entries of a page.
func pageLimit(asked int) int {
	if asked <= 0 {
		return defaultPage
	}
	return min(asked, maxPage)
}

// Holders lists the users with a value of an attribute, by id, including disabled ones. A page
// examines at most 5,000 users.
func Holders(ctx context.Context, a Reader, q directory.HolderQuery) (page directory.HolderPage, err error) {
	q.Limit = pageLimit(q.Limit)
	err = a.Read(ctx, func(v *view.Scope, r store.Reader) error {
		attr, err := v.Attribute(q.Attribute)
		if err != nil {
			return err
		}
		if err := v.MayReadAll(); err != nil {
			return err
		}
		if attr.ID.Computed() && !v.SeesUsers() {
			return directory.NotFound("attribute", q.Attribute)
		}
		if err := checkAsked(&attr, &q); err != nil {
			return err
		}
		w := holderWalk{Scope: v, attr: &attr, query: q, lang: a.Language()}
		page, err = w.walk(ctx, r)
		return err
	})
	return page, err
}

// checkAsked refuses questions about values that do not suit an attribute.
func checkAsked(a *directory.Attribute, q *directory.HolderQuery) error {
	for _, asked := range []struct {
		name  string
		value *string
	}{{"value", q.Value}, {"element", q.Element}, {"least", q.Least}, {"greatest", q.Greatest}} {
		switch {
		case asked.value == nil:
		case a.Hidden:
			return directory.Invalid(asked.name, "cannot be asked for: the values of %s are hidden", a.Name)
		case asked.name == "element" && !a.Type.IsList():
			return directory.Invalid(asked.name, "is for lists; %s is of type %s", a.Name, a.Type)
		case (asked.name == "least" || asked.name == "greatest") && !a.Type.IsOrdered():
			return directory.Invalid(asked.name, "is for numbers and dates; %s is of type %s", a.Name, a.Type)
		case asked.name != "value" && asked.name != "element":
			if err := directory.ParseValue(asked.name, a.Type, *asked.value); err != nil {
				return err
			}
		}
	}
	return nil
}

type holderWalk struct {
	*view.Scope
	attr  *directory.Attribute
	query directory.HolderQuery
	lang  directory.Language
	page  directory.HolderPage
}

func (w *holderWalk) walk(ctx context.Context, r store.Reader) (directory.HolderPage, error) {
	w.page.Holders = []directory.Holder{}
	defer func() { admission.AddUsers(ctx, w.page.Examined) }()
	few, ok, err := w.candidates(ctx, r)
	if err != nil {
		return w.page, err
	}
	if ok {
		if err := w.among(ctx, r, few); err != nil {
			return w.page, err
		}
		return w.page, w.introduce(ctx, r)
	}
	after := w.query.After
	for size := w.query.Limit; ; size *= 2 { // often the first users fill the page
		size = min(size, directory.MaxExamined-w.page.Examined)
		users, err := w.after(ctx, r, after, size)
		if err != nil {
			return w.page, err
		}
		if !w.look(users) || len(users) < size {
			break
		}
		if after = users[size-1].User.ID; w.page.Examined == directory.MaxExamined {
			w.page.Next = after
			break
		}
	}
	return w.page, w.introduce(ctx, r)
}

// among examines some users: few at first, because these often fill the page.
func (w *holderWalk) among(ctx context.Context, r store.Reader, set userset.Set) error {
	size := w.query.Limit
	for ids := range set.Chunks(inputsAtOnce) {
		for ; len(ids) > 0; size *= 2 {
			some := ids[:min(size, len(ids))]
			ids = ids[len(some):]
			users, err := r.EffectiveInputs(ctx, store.EffectiveInputQuery{IDs: some})
			if err != nil || !w.look(users) {
				return err
			}
		}
	}
	return nil
}

// after reads the next users. Computed values come from fields that effective inputs lack.
func (w *holderWalk) after(ctx context.Context, r store.Reader, last directory.UserID,
	limit int) ([]directory.UserRows, error) {
	if !w.attr.ID.Computed() {
		return r.EffectiveInputs(ctx, store.EffectiveInputQuery{After: last, Limit: limit})
	}
	users, _, err := r.Users(ctx, directory.UserQuery{Where: directory.UsersAfter(last), Limit: limit, Uncounted: true})
	return users, err
}

// inputsAtOnce is how many users are read at a time with the rows that decide their effective
// values.
const inputsAtOnce = 2000

// introduce fills in the fields of the holders as far as the caller may see them.
func (w *holderWalk) introduce(ctx context.Context, r store.Reader) error {
	ids := make([]directory.UserID, len(w.page.Holders))
	for i := range ids {
		ids[i] = w.page.Holders[i].User.ID
	}
	if len(ids) == 0 {
		return nil
	}
	users, _, err := r.Users(ctx, directory.UserQuery{Where: directory.UsersByID(ids)})
	if err != nil {
		return err
	}
	for i := range users { // as many as holders: both come from one view
		u, h := &users[i], &w.page.Holders[i]
		if w.SeesUsers() {
			h.User, h.Email = u.User, u.Email()
		} else {
			h.User = directory.User{ID: u.User.ID, Kind: u.User.Kind, Disabled: u.User.Disabled}
		}
	}
	return nil
}

// look picks the holders among users, and reports whether to go on.
func (w *holderWalk) look(users []directory.UserRows) bool {
	var one [1]directory.Effective
	for i := range users {
		u := &users[i]
		w.page.Examined++
		e := w.Catalog.Effective(one[:0], u, []directory.AttributeID{w.attr.ID}, w.lang, w.At)[0]
		if e.Origin == directory.OriginNone || !w.matches(e.Value) {
			continue
		}
		w.page.Holders = append(w.page.Holders, directory.Holder{User: directory.User{ID: u.User.ID}, Effective: e})
		if len(w.page.Holders) == w.query.Limit {
			w.page.Next = u.User.ID
			return false
		}
	}
	return true
}

// matches reports whether a value was asked for. It compares values, not texts: 025 is 25, and
// lists have the same elements in the same order.
func (w *holderWalk) matches(v directory.Value) bool {
	q := &w.query
	if q.Value == nil && q.Element == nil && q.Least == nil && q.Greatest == nil {
		return true
	}
	text, ok := v.In(w.lang)
	if !ok || q.Element != nil && !slices.Contains(directory.SplitList(text), *q.Element) {
		return false
	}
	compare := func(asked *string) int { return directory.CompareValues(w.attr.Type, text, *asked) }
	if q.Least != nil && compare(q.Least) < 0 || q.Greatest != nil && compare(q.Greatest) > 0 {
		return false
	}
	switch {
	case q.Value == nil:
		return true
	case w.attr.Type.IsList():
		return slices.Equal(directory.SplitList(text), directory.SplitList(*q.Value))
	case w.attr.Type == directory.TypeYesNo:
		return strings.EqualFold(text, *q.Value)
	}
	return compare(q.Value) == 0
}

// candidates returns the users after the cursor who can have what is asked for, if they are few
// and known without examining everybody: no such value may come from a default, from All Users
// or from computation.
func (w *holderWalk) candidates(ctx context.Context, r store.Reader) (userset.Set, bool, error) {
	const maxTested = 20_000 // group values; testing them is no slower than examining users
	if w.attr.ID.Computed() || w.attr.HasDefault() && w.contributes(w.attr.Default) ||
		w.Catalog.GroupValueCount(w.attr.ID) > maxTested {
		return nil, false, nil
	}
	reach := impact.Bearers(w.Catalog, w.attr.ID, w.contributes)
	if reach.IsEveryone() {
		return nil, false, nil
	}
	n, err := reach.Members(ctx, r, w.At, directory.MaxExamined)
	if err != nil || n > directory.MaxExamined {
		return nil, false, err
	}
	owners, all := userset.Set{}, 0
	err = store.Enough(r.RowsOf(ctx, directory.RowUserValue, w.attr.ID.Object(), func(row directory.Row) error {
		if v, ok := row.(directory.UserValue); ok && w.contributes(v.Value) {
			owners.Add(v.User)
		}
		all++
		return store.Proceed(all <= directory.MaxExamined, nil)
	}))
	if err != nil || all > directory.MaxExamined {
		return nil, false, err
	}
	set, err := reach.Users(ctx, r, w.At)
	if err != nil {
		return nil, false, err
	}
	for ids := range owners.Chunks(inputsAtOnce) {
		for _, id := range ids {
			set.Add(id)
		}
	}
	set.DropUpTo(w.query.After)
	return set, true, nil
}

// contributes reports whether a value of a group, a user or the default can be what is asked
// for, or a part of it. A value that does not fit the type can be read as any other.
func (w *holderWalk) contributes(v directory.Value) bool {
	text, ok := v.In(w.lang)
	switch {
	case w.attr.Hidden || !ok || directory.ParseValue("value", w.attr.Type, text) != nil:
		return true
	case !w.attr.Rule.Spec().Gathers:
		return w.matches(v)
	case w.query.Element != nil:
		return slices.Contains(directory.SplitList(text), *w.query.Element)
	case w.query.Value != nil:
		asked := directory.SplitList(*w.query.Value)
		return !slices.ContainsFunc(directory.SplitList(text), func(e string) bool { return !slices.Contains(asked, e) })
	}
	return true
}
