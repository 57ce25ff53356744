package memstore

import (
	"cmp"
	"context"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func (e ephemera) PutNode(ctx context.Context, n store.Node) error {
	return e.s.write(ctx, func(next *state) error {
		next.ephemeral.nodes.put(n.ID, n)
		return nil
	})
}

func (e ephemera) Nodes(ctx context.Context) ([]store.Node, error) {
	return readEphemeral(ctx, e.s, func(l *ephemeralRows) []store.Node {
		var list []store.Node
		for _, n := range l.nodes.m {
			list = append(list, n)
		}
		slices.SortFunc(list, func(a, b store.Node) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID,
				b.ID))
		})
		return list
	})
}

func (e ephemera) DeleteNode(ctx context.Context, id string) error {
	return e.s.write(ctx, func(next *state) error {
		next.ephemeral.nodes.remove(id)
		return nil
	})
}

func (e ephemera) SweepNodes(ctx context.Context, before directory.Instant) (int64, error) {
	return sweep(ctx, e.s, func(l *ephemeralRows) *table[string, store.Node] { return &l.nodes },
		func(n store.Node) bool { return n.SeenAt < before })
}
