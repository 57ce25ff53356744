package propeller

import (
	"context"
	"net/http"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/schema"
)

// usergroup answers with a usergroup.
func (q *request) usergroup() error {
	l, err := q.lookup(usergroups(), false)
	if err != nil {
		return err
	}
	expand, err := q.expands(expandSources, expandParent)
	if err != nil {
		return err
	}
	id, err := l.find(q.ctx(), q.dir, q.Language)
	if err != nil {
		return err
	}
	g, err := q.dir.Group(q.ctx(), directory.GroupID(id))
	if err != nil {
		return err
	}
	bodies, err := q.showUsergroups([]directory.Group{g}, expand)
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, bodies[0], 1)
}

// showSources renders the references of an object.
func showSources(ctx context.Context, dir Directory, o directory.Object) ([]document.SourceBody, error) {
	lists, err := dir.Sources(ctx, o)
	if err != nil {
		return nil, err
	}
	return document.SourceBodies(lists[0]), nil
}

// isNamed reports whether an object names any of the members.
func isNamed(n *schema.Node, names []string) bool {
	return slices.ContainsFunc(n.Names, func(name string) bool { return slices.Contains(names, name) })
}
