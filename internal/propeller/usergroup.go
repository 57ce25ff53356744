package propeller

import (
	"context"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// groupFields are what only this format keeps with a usergroup.
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

// groupReadOnly are members that replies show and nobody can set. They may be
// sent as they are, so that what was read can be written back.
func groupReadOnly() []string {
	return []string{"authorizeId", "defaultobjectId", "orderListManagerId", "userManagerId"}
}

// usergroup answers with a usergroup.
func (q *request) usergroup() error {
	l, err := q.lookup(usergroups(), false)
	if err != nil {
		return err
	}
	expand, err := q.expands("sources", "parent")
	if err != nil {
		return err
	}
	id, err := l.find(q.ctx(), q.dir, q.Language)
	if err != nil {
		return err
	}
	body, err := showGroup(q.ctx(), q.dir, directory.GroupID(id), expand)
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, body, 1)
}

// showGroup spells a usergroup: what is stored, not what is inherited.
func showGroup(ctx context.Context, dir Directory, id directory.GroupID, expand map[string]bool) (map[string]any, error) {
	g, err := dir.Group(ctx, id)
	if err != nil {
		return nil, err
	}
	facets, err := dir.Facets(ctx, id.Object())
	if err != nil {
		return nil, err
	}
	k, err := readKeep(facets)
	if err != nil {
		return nil, err
	}
	body := map[string]any{"id": int64(id), "name": g.Name}
	showFields(body, groupFields(), k.settings)
	for _, name := range groupReadOnly() {
		body[name] = ""
	}
	if expand["sources"] {
		if body["sources"], err = showSources(ctx, dir, id.Object()); err != nil {
			return nil, err
		}
	}
	if expand["parent"] {
		if body["parent"], err = showParent(ctx, dir, id); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// showParent spells the usergroup that a usergroup is in; of a root it is null.
func showParent(ctx context.Context, dir Directory, id directory.GroupID) (any, error) {
	path, err := dir.GroupPath(ctx, id)
	if err != nil || len(path) < 2 {
		return nil, err
	}
	return showGroup(ctx, dir, path[1].ID, nil)
}

// A sourceBody is an entry of sources.
type sourceBody struct {
	Source   string `json:"source"`
	SourceID string `json:"sourceId"`
}

func showSources(ctx context.Context, dir Directory, o directory.Object) ([]sourceBody, error) {
	lists, err := dir.Sources(ctx, o)
	if err != nil {
		return nil, err
	}
	bodies := make([]sourceBody, len(lists[0]))
	for i, ref := range lists[0] {
		bodies[i] = sourceBody{ref.Source, ref.SourceID}
	}
	return bodies, nil
}

// checkReadOnly refuses a member that cannot be set and differs from what is
// shown.
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
