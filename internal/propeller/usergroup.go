package propeller

import (
	"context"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// groupFields are the fields of a usergroup that only this format knows.
func groupFields() []field {
	return append(line("company", "department", "office"),
		field{name: "notes", maxLen: notesLen},
		flag(fieldBudget, "N", "N", "Y", "H"),
		flag(fieldInheritBudget, "Y", "Y", "N"),
		flag(fieldInheritOrders, "Y", "Y", "N"),
		flag(fieldInheritProducts, "Y", "Y", "N"),
		flag(fieldOrders, "U", "N", "Y", "A", "U", "P"),
	)
}

// groupSkippable are the members that the directive skipIfNotEmpty can name.
func groupSkippable() []string {
	return append([]string{"language", "name", "parent"}, namesOf(shapesOf(groupFields()))...)
}

// The settings that are inherited, and the flags that say so.
const (
	fieldBudget          = "budget"
	fieldInheritBudget   = "budgetInherit"
	fieldOrders          = "orderListAllowAll"
	fieldInheritOrders   = "inheritOrderList"
	fieldInheritProducts = "inheritProductList"
)

// groupReadOnly are read-only members. They are accepted unchanged, so that a reply can be
// written back.
func groupReadOnly() []string {
	return []string{"authorizeId", "defaultobjectId", "orderListManagerId", "userManagerId"}
}

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
func showSources(ctx context.Context, dir Directory, o directory.Object) ([]sourceBody, error) {
	lists, err := dir.Sources(ctx, o)
	if err != nil {
		return nil, err
	}
	return sourceBodies(lists[0]), nil
}

// checkReadOnly refuses a read-only member that differs from the current one.
func checkReadOnly(at string, n *node, shown map[string]any, names ...string) error {
	for _, name := range names {
		sent, ok := n.members[name]
		if !ok {
			continue
		}
		have, err := json.Marshal(shown[name])
		if err != nil {
			return err
		}
		if !sameJSON(sent.raw, jsontext.Value(have)) {
			return schemaFault(at + "/" + name + ": value is read-only")
		}
	}
	return nil
}

// isNamed reports whether an object names any of the members.
func isNamed(n *node, names []string) bool {
	return slices.ContainsFunc(n.names, func(name string) bool { return slices.Contains(names, name) })
}
