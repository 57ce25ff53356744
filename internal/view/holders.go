package view

import (
	"context"
	"slices"
	"strings"

	"cohort/internal/admission"
	"cohort/internal/directory"
	"cohort/internal/impact"
	"cohort/internal/resolve"
	"cohort/internal/store"
	"cohort/internal/userset"
)

// Limits of a page of holders or findings.
const (
	defaultPage = 100
	maxPage     = 1000
)

// pageLimit is the number of entries that a page has.
func pageLimit(asked int) int {
	if asked <= 0 {
		return defaultPage
	}
	return min(asked, maxPage)
}

// Holders lists who has a value of an attribute, by id. Disabled users are
// among them. A page looks at 5,000 users at most.
func (a *View) Holders(ctx context.Context, q directory.HolderQuery) (page directory.HolderPage, err error) {
	q.Limit = pageLimit(q.Limit)
	err = a.read(ctx, func(v *Scope, r store.Reader) error {
		attr, err := v.attribute(q.Attribute)
		if err != nil {
			return err
		}
		if err := v.mayReadAll(); err != nil {
			return err
		}
		if attr.ID.Computed() && !v.seesUsers() {
			return directory.NotFound("attribute", q.Attribute)
		}
		if q.Value != nil && attr.Hidden {
			return directory.Invalid("value", "cannot be asked for: the values of %s are hidden", attr.Name)
		}
		w := holderWalk{Scope: v, attr: &attr, query: q, lang: a.core.Language()}
		page, err = w.walk(ctx, r)
		return err
	})
	return page, err
}

// mayReadAll refuses callers that may not read the effective values of others.
func (v *Scope) mayReadAll() error {
	if v.has(directory.ReadEffective, directory.SetValues) {
		return nil
	}
	return directory.Forbidden("the permission %s is needed", directory.ReadEffective)
}

type holderWalk struct {
	*Scope
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
		for ids := range few.Chunks(inputsAtOnce) {
			users, err := r.EffectiveInputs(ctx, store.EffectiveInputQuery{IDs: ids})
			if err != nil {
				return w.page, err
			}
			if !w.look(users) {
				break
			}
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

// after reads the next users. What is computed comes from fields that effective inputs
// do not have.
func (w *holderWalk) after(ctx context.Context, r store.Reader, last directory.UserID, limit int) ([]directory.UserRows, error) {
	if !w.attr.ID.Computed() {
		return r.EffectiveInputs(ctx, store.EffectiveInputQuery{After: last, Limit: limit})
	}
	users, _, err := r.Users(ctx, directory.UserQuery{Where: directory.UsersAfter(last), Limit: limit, Uncounted: true})
	return users, err
}

// How many users are read at a time, with all that they have and with what
// decides their effective values.
const (
	usersAtOnce  = 500
	inputsAtOnce = 2000
)

// someUsers returns those of the users that are there and not marked deleted,
// by id.
func someUsers(ctx context.Context, rd store.Reader, ids []directory.UserID) ([]directory.UserRows, error) {
	list, _, err := rd.Users(ctx, directory.UserQuery{Where: directory.UsersByID(ids)})
	return list, err
}

// introduce fills in who the holders are, as far as the caller sees it.
func (w *holderWalk) introduce(ctx context.Context, r store.Reader) error {
	ids := make([]directory.UserID, len(w.page.Holders))
	for i := range ids {
		ids[i] = w.page.Holders[i].User.ID
	}
	if len(ids) == 0 {
		return nil
	}
	users, err := someUsers(ctx, r, ids)
	if err != nil {
		return err
	}
	for i := range users { // as many as holders: both are of one view
		u, h := &users[i], &w.page.Holders[i]
		if w.seesUsers() {
			h.User, h.Email = u.User, u.Email()
		} else {
			h.User = directory.User{ID: u.User.ID, Kind: u.User.Kind, Disabled: u.User.Disabled}
		}
	}
	return nil
}

// look picks the holders among users and reports whether to go on.
func (w *holderWalk) look(users []directory.UserRows) bool {
	var one [1]directory.Effective
	for i := range users {
		u := &users[i]
		w.page.Examined++
		e := w.Catalog.Effective(one[:0], &resolve.Subject{Rows: u}, []directory.AttributeID{w.attr.ID}, w.lang, w.at)[0]
		if e.Origin() == directory.OriginNone || w.query.Value != nil && !w.matches(e.Value()) {
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

// matches compares parsed forms: 025 is 25, and lists have the same elements in
// the same order.
func (w *holderWalk) matches(v directory.Value) bool {
	text, ok := v.In(w.lang)
	switch {
	case !ok:
		return false
	case w.attr.Type == directory.TypeList || w.attr.Type == directory.TypeEnumList:
		return slices.Equal(directory.SplitList(text), directory.SplitList(*w.query.Value))
	case w.attr.Type == directory.TypeYesNo:
		return strings.EqualFold(text, *w.query.Value)
	}
	return directory.CompareValues(w.attr.Type, text, *w.query.Value) == 0
}

// candidates are the users after the cursor who can have a value, if they are
// few and can be told without looking at all: nobody gets one from a default,
// from All Users or from what is computed.
func (w *holderWalk) candidates(ctx context.Context, r store.Reader) (userset.Set, bool, error) {
	if w.attr.ID.Computed() || w.attr.HasDefault() {
		return nil, false, nil
	}
	reach := impact.Bearers(w.Catalog, w.attr.ID)
	if reach.IsEveryone() {
		return nil, false, nil
	}
	n, err := reach.Members(ctx, r, w.at)
	if err != nil || n > directory.MaxExamined {
		return nil, false, err
	}
	owners := 0
	err = store.Enough(r.RowsOf(ctx, directory.RowUserValue, w.attr.ID.Object(), func(directory.Row) error {
		owners++
		return store.Proceed(owners <= directory.MaxExamined, nil)
	}))
	if err != nil || owners > directory.MaxExamined {
		return nil, false, err
	}
	set, err := reach.Users(ctx, r, w.at)
	if err != nil {
		return nil, false, err
	}
	set.DropUpTo(w.query.After)
	return set, true, nil
}

// EffectiveBatch gives effective values of many users at one revision: of the
// attributes, in their order, or of all that the caller may see if there are
// none. Users that are not there come back as not found.
func (a *View) EffectiveBatch(
	ctx context.Context, users []directory.UserID, attributes []directory.AttributeID,
) (list []directory.UserValues, err error) {
	if len(users) > directory.MaxBatchUsers {
		return nil, directory.TooLong("users", "has %d entries; the most is %d", len(users), directory.MaxBatchUsers)
	}
	err = a.read(ctx, func(v *Scope, r store.Reader) error {
		shown := v.seen(attributes)
		if attributes == nil {
			shown = v.seen(attributeIDs(v.Catalog))
		}
		if n := len(users) * len(shown); n > directory.MaxBatchValues {
			return directory.TooLong("users", "ask for %d values together; the most is %d", n, directory.MaxBatchValues)
		}
		list, err = a.batch(ctx, v, r, users, shown)
		return err
	})
	return list, err
}

func attributeIDs(c *resolve.Catalog) []directory.AttributeID {
	var ids []directory.AttributeID
	for attr := range c.Attributes() {
		ids = append(ids, attr.ID)
	}
	return ids
}

func (a *View) batch(
	ctx context.Context, v *Scope, r store.Reader, users []directory.UserID, shown []directory.AttributeID,
) ([]directory.UserValues, error) {
	admission.AddUsers(ctx, len(users))
	set := userset.Set{}
	for _, id := range users {
		if v.isMe(id) || v.mayReadAll() == nil {
			set.Add(id)
		}
	}
	ofOthers := shown
	if !v.seesUsers() {
		ofOthers = v.seenOf(0, slices.Clone(shown))
	}
	byID := make(map[directory.UserID][]directory.Effective, len(users))
	for ids := range set.Chunks(usersAtOnce) {
		rows, err := someUsers(ctx, r, ids)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			attrs, subject := ofOthers, &resolve.Subject{Rows: &rows[i]}
			if v.isMe(rows[i].User.ID) {
				attrs = shown
			}
			byID[rows[i].User.ID] = v.Catalog.Effective([]directory.Effective{}, subject, attrs, a.core.Language(), v.at)
		}
	}
	list := make([]directory.UserValues, len(users))
	for i, id := range users {
		values, found := byID[id]
		list[i] = directory.UserValues{User: id, Found: found, Values: values}
	}
	return list, nil
}

// GroupExplain gives what a group hands down of an attribute with every
// candidate, as Explain does.
func (a *View) GroupExplain(
	ctx context.Context, group directory.GroupID, attribute directory.AttributeID,
) (x directory.Explanation, err error) {
	v, err := a.view(ctx)
	if err != nil {
		return x, err
	}
	if _, err := v.group(group); err != nil {
		return x, err
	}
	if _, err := v.attribute(attribute); err != nil {
		return x, err
	}
	x = v.Catalog.ExplainGroup(group, attribute, a.core.Language(), v.at)
	v.redact(&x)
	return x, nil
}
