package sqlstore

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func nodes() ephemeralTable[store.Node] {
	return newEphemeral("nodes", 1, "id name version started_at seen_at revision behind level_for",
		func(n *store.Node) []any {
			return []any{
				&n.ID, &n.Name, &n.Version, (*int64)(&n.StartedAt), (*int64)(&n.SeenAt), (*int64)(&n.Revision), &n.Behind,
				&n.LevelFor,
			}
		})
}

func (e ephemera) PutNode(ctx context.Context, n store.Node) error {
	return e.db.write(ctx, func(t *tx) error { return nodes().put(t, n) })
}

func (e ephemera) Nodes(ctx context.Context) ([]store.Node, error) {
	return listEphemeral(ctx, e, nodes(), "ORDER BY name, id")
}

func (e ephemera) DeleteNode(ctx context.Context, id string) error {
	_, err := e.change(ctx, "DELETE FROM nodes WHERE id = $1", id)
	return err
}

func (e ephemera) SweepNodes(ctx context.Context, before directory.Instant) (int64, error) {
	return e.sweep(ctx, "nodes", "seen_at", before)
}
