package propeller

import (
	"net/http"
	"slices"

	"cohort/internal/directory"
)

// A groupBody names a usergroup.
type groupBody struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// A settingBody is a setting that holds, and the usergroup that it is from.
type settingBody struct {
	Usergroup groupBody `json:"usergroup"`
	Value     any       `json:"value"`
}

// holder is the group that a setting is taken from: up the first parents while
// the flag says that it is inherited.
func (q *request) holder(path []directory.Group, flag string, keeps map[directory.GroupID]*keep) (directory.Group, *keep, error) {
	for i, g := range path {
		k, ok := keeps[g.ID]
		if !ok {
			facets, err := q.dir.Facets(q.ctx(), g.ID.Object())
			if err != nil {
				return g, nil, err
			}
			if k, err = readKeep(facets); err != nil {
				return g, nil, err
			}
			keeps[g.ID] = k
		}
		if k.settings[flag] == "N" || i == len(path)-1 {
			return g, k, nil
		}
	}
	return directory.Group{}, nil, directory.NotFound("group", 0)
}

// effective answers with what holds for a usergroup after inheritance, and
// where each setting and value is from.
func (q *request) effective() error {
	l, err := q.lookup(usergroups(), false)
	if err != nil {
		return err
	}
	id, err := l.find(q.ctx(), q.dir, q.Language)
	if err != nil {
		return err
	}
	group := directory.GroupID(id)
	path, err := q.dir.GroupPath(q.ctx(), group)
	if err != nil {
		return err
	}
	body := map[string]any{"id": id, "name": path[0].Name}
	if body["settings"], err = q.effectiveSettings(path); err != nil {
		return err
	}
	if body["attributes"], err = q.effectiveValues(group); err != nil {
		return err
	}
	return q.reply(http.StatusOK, body, 1)
}

func (q *request) effectiveSettings(path []directory.Group) (map[string]settingBody, error) {
	keeps := map[directory.GroupID]*keep{}
	out := map[string]settingBody{}
	for _, f := range groupFields() {
		var flag string
		switch f.name {
		case fieldBudget:
			flag = fieldInheritBudget
		case fieldOrders:
			flag = fieldInheritOrders
		default:
			continue
		}
		g, k, err := q.holder(path, flag, keeps)
		if err != nil {
			return nil, err
		}
		out[f.name] = settingBody{groupBody{int64(g.ID), g.Name}, f.show(k.settings)}
	}
	g, k, err := q.holder(path, fieldInheritProducts, keeps)
	if err != nil {
		return nil, err
	}
	out["pricing"] = settingBody{groupBody{int64(g.ID), g.Name}, showPricing(k.prices)}
	return out, nil
}

func showPricing(prices []price) map[string]any {
	categories, products := []any{}, []any{}
	for _, p := range prices {
		if p.Category {
			categories = append(categories, p.show())
		} else {
			products = append(products, p.show())
		}
	}
	return map[string]any{"categories": categories, "products": products}
}

// effectiveValues are the attribute values that hold, in the directory's
// language; those without a value are left out.
func (q *request) effectiveValues(id directory.GroupID) ([]map[string]any, error) {
	all, err := q.dir.Attributes(q.ctx())
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(a directory.Attribute) bool { return a.ID.Computed() })
	ids := make([]directory.AttributeID, len(all))
	for i, a := range all {
		ids[i] = a.ID
	}
	effective, err := q.dir.GroupEffective(q.ctx(), id, ids, "")
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, e := range effective {
		i := slices.Index(ids, e.Attribute)
		if e.Origin() == directory.OriginNone || i < 0 {
			continue
		}
		body := valueBody(&all[i])
		body["origin"], body["value"] = e.Origin().String(), ""
		if !all[i].Hidden {
			text, _ := e.Value().In(q.Language)
			body["value"] = showText(wireTypeOf(all[i].Type), text)
		}
		if body["usergroups"], err = q.names(e.Groups()); err != nil {
			return nil, err
		}
		list = append(list, body)
	}
	return list, nil
}

// names are the usergroups that a value is from.
func (q *request) names(ids []directory.GroupID) ([]groupBody, error) {
	list := []groupBody{}
	for _, id := range ids {
		g, err := q.dir.Group(q.ctx(), id)
		if directory.KindOf(err) == directory.KindNotFound && err != nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, groupBody{int64(g.ID), g.Name})
	}
	return list, nil
}
