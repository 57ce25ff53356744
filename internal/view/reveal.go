package view

import (
	"context"
	"log/slog"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// Reveal opens one hidden value: that of a group or a user, or the default of
// the attribute itself. It needs the permission to reveal hidden values, and is
// logged before the value is handed out: no log, no value.
func (a *View) Reveal(ctx context.Context, attribute directory.AttributeID, owner directory.Object) (string, error) {
	var sealed store.Sealed
	err := a.Read(ctx, func(v *Scope, r store.Reader) error {
		if !v.powers.Has(directory.RevealHiddenValues) {
			return directory.Forbidden("the permission %s is needed", directory.RevealHiddenValues)
		}
		attr, err := v.Attribute(attribute)
		if err != nil {
			return err
		}
		if !attr.Hidden {
			return directory.Invalid("attribute", "is not hidden")
		}
		value, err := v.ownedValue(ctx, r, &attr, owner)
		if err != nil {
			return err
		}
		if value.Sealed == 0 {
			return directory.NotFound("value", attribute)
		}
		sealed, err = r.Sealed(ctx, value.Sealed)
		return err
	})
	if err != nil {
		return "", err
	}
	a.closeLook()
	err = a.core.Ephemera().PutReveal(ctx, directory.Reveal{
		At: a.core.Now(), Caller: a.caller.User, Sudoer: a.caller.Sudoer,
		Attribute: attribute, Owner: owner, RequestID: a.caller.RequestID,
	})
	if err != nil {
		return "", err
	}
	a.core.Log().LogAttrs(ctx, slog.LevelWarn, "a hidden value was opened", slog.String("event", "reveal"),
		slog.Int64("attribute", int64(attribute)), slog.String("owner", owner.String()),
		slog.Int64("caller", int64(a.caller.User)), slog.Int64("credential", int64(a.caller.Credential)),
		slog.Int64("sudoer", int64(a.caller.Sudoer)), slog.String("request_id", a.caller.RequestID))
	return a.core.Unseal(attribute, owner, sealed)
}

// ownedValue is the value of an attribute that stands on an owner.
func (v *Scope) ownedValue(
	ctx context.Context, r store.Reader, attr *directory.Attribute, owner directory.Object,
) (directory.Value, error) {
	switch owner.Kind {
	case directory.ObjectAttribute:
		if directory.AttributeID(owner.ID) == attr.ID {
			return attr.Default, nil
		}
	case directory.ObjectGroup:
		if _, err := v.group(directory.GroupID(owner.ID)); err != nil {
			return directory.Value{}, err
		}
		value, _ := v.Catalog.GroupValue(directory.GroupID(owner.ID), attr.ID)
		return value.Value, nil
	case directory.ObjectUser:
		if !v.seesUser(directory.UserID(owner.ID)) {
			return directory.Value{}, directory.NotFound("user", owner.ID)
		}
		row, ok, err := r.Row(ctx, directory.UserValue{User: directory.UserID(owner.ID), Attribute: attr.ID}.Key())
		if value, is := row.(directory.UserValue); err == nil && ok && is {
			return value.Value, nil
		}
		return directory.Value{}, err
	default:
	}
	return directory.Value{}, directory.Invalid("owner", "must be a group, a user, or the attribute itself")
}

// maxReveals is how many openings are listed at once.
const maxReveals = 1000

// Reveals lists the newest openings of hidden values, newest first, at most
// limit. It needs the permissions to see history and to reveal hidden values.
func (a *View) Reveals(ctx context.Context, limit int) ([]directory.Reveal, error) {
	err := a.ReadHistory(ctx, func(s *Scope, _ store.Reader) error {
		if !s.powers.Has(directory.RevealHiddenValues) {
			return directory.Forbidden("the permission %s is needed", directory.RevealHiddenValues)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	a.closeLook()
	return a.core.Ephemera().Reveals(ctx, min(max(limit, 1), maxReveals))
}
