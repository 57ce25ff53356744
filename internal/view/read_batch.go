package view

import (
	"context"
	"slices"

	"cohort/internal/admission"
	"cohort/internal/directory"
	"cohort/internal/resolve"
	"cohort/internal/store"
	"cohort/internal/userset"
)

// usersAtOnce is how many users are read at a time.
const usersAtOnce = 1000

// EffectiveBatch gives effective values of many users at one revision: those of the
// given attributes, in their order, or of all that the caller may see if none are
// given. Users that are not there come back as not found.
func (a *View) EffectiveBatch(
	ctx context.Context, users []directory.UserID, attributes []directory.AttributeID,
) (list []directory.UserValues, err error) {
	if len(users) > directory.MaxBatchUsers {
		return nil, directory.TooLong("users", "has %d entries; the most is %d", len(users), directory.MaxBatchUsers)
	}
	err = a.Read(ctx, func(v *Scope, r store.Reader) error {
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
		if v.isMe(id) || v.MayReadAll() == nil {
			set.Add(id)
		}
	}
	ofOthers := shown
	if !v.SeesUsers() {
		ofOthers = v.seenOf(0, slices.Clone(shown))
	}
	byID := make(map[directory.UserID][]directory.Effective, len(users))
	for ids := range set.Chunks(usersAtOnce) {
		rows, err := someUsers(ctx, r, ids)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			attrs, subject := ofOthers, &rows[i]
			if v.isMe(rows[i].User.ID) {
				attrs = shown
			}
			byID[rows[i].User.ID] = v.Catalog.Effective([]directory.Effective{}, subject, attrs, a.core.Language(), v.At)
		}
	}
	list := make([]directory.UserValues, len(users))
	for i, id := range users {
		values, found := byID[id]
		list[i] = directory.UserValues{User: id, Found: found, Values: values}
	}
	return list, nil
}

// someUsers returns those of the users that are there and not marked deleted,
// by id.
func someUsers(ctx context.Context, rd store.Reader, ids []directory.UserID) ([]directory.UserRows, error) {
	list, _, err := rd.Users(ctx, directory.UserQuery{Where: directory.UsersByID(ids)})
	return list, err
}
