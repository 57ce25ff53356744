package app

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/looker"
)

// An upgrade is applied once to what an older version has stored.
type upgrade struct {
	name   string
	change directory.Change
}

// upgrades lists all upgrades in order.
func upgrades() []upgrade {
	return []upgrade{
		{"forget password_reset", directory.Change{
			Edits:   []directory.Edit{directory.ForgetFacets{Dialect: looker.Dialect, Kind: "password_reset"}},
			Comment: "Upgrade: tokens to set a password are not kept any more",
		}},
	}
}

// upgrade applies the missing upgrades. A damaged directory is upgraded when it is repaired.
func (a *App) upgrade(ctx context.Context) error {
	if a.core.Broken() != nil {
		return nil //nolint:nilerr // a broken directory is told elsewhere
	}
	done := a.store.Ephemera()
	for _, u := range upgrades() {
		made, err := done.Upgraded(ctx, u.name)
		if err != nil {
			return err
		}
		if made {
			continue
		}
		if _, err := a.views.As(directory.System("upgrade")).Commit(ctx, u.change); err != nil {
			return err
		}
		if err := done.PutUpgrade(ctx, u.name); err != nil {
			return err
		}
	}
	return nil
}
