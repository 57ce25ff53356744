package sqlstore

import (
	"context"
)

func upgrades() ephemeralTable[string] {
	return newEphemeral("upgrades", 1, "name", func(name *string) []any { return []any{name} })
}

func (e ephemera) PutUpgrade(ctx context.Context, name string) error {
	return e.db.write(ctx, func(t *tx) error {
		return t.exec(upgrades().insertText()+" ON CONFLICT DO NOTHING", name)
	})
}

func (e ephemera) Upgraded(ctx context.Context, name string) (bool, error) {
	_, ok, err := firstEphemeral(ctx, e, upgrades(), "WHERE name = $1", name)
	return ok, err
}
