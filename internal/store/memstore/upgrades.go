package memstore

import (
	"context"
)

func (e ephemera) PutUpgrade(ctx context.Context, name string) error {
	return e.s.write(ctx, func(next *state) error {
		next.ephemeral.upgrades.put(name, struct{}{})
		return nil
	})
}

func (e ephemera) Upgraded(ctx context.Context, name string) (bool, error) {
	return readEphemeral(ctx, e.s, func(l *ephemeralRows) bool {
		_, ok := l.upgrades.m[name]
		return ok
	})
}
