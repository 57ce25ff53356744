package propeller

import (
	"net/http"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/propeller/document"
)

// A nameBody names a usergroup or a user.
type nameBody struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// A settingBody is an effective setting, and the usergroup or user that it comes from.
type settingBody struct {
	User      *nameBody `json:"user,omitzero"`
	Usergroup *nameBody `json:"usergroup"`
	Value     any       `json:"value"`
}

// holder returns the group that a setting comes from: it follows the first parents while the
// flag says that the setting is inherited. For an empty path it is nil, and the default
// applies.
func holder(path []directory.Group, flag string, all []*document.Stored) (*nameBody, *document.Stored) {
	for i, g := range path {
		if all[i].Settings[flag] == "N" || i == len(path)-1 {
			return &nameBody{int64(g.ID), g.Name}, all[i]
		}
	}
	return nil, &document.Stored{}
}

// storedOfAll reads the facets of several groups.
func (q *request) storedOfAll(groups []directory.Group) ([]*document.Stored, error) {
	objects := make([]directory.Object, len(groups))
	for i, g := range groups {
		objects[i] = g.ID.Object()
	}
	facets, err := q.dir.FacetsOf(q.ctx(), objects)
	if err != nil {
		return nil, err
	}
	all := make([]*document.Stored, len(groups))
	for i, o := range objects {
		if all[i], err = document.ReadStored(facets[o]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// effectiveOfGroup answers with the effective settings and values of a usergroup, and the
// origin of each.
func (q *request) effectiveOfGroup() error {
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
	if body["attributes"], err = q.effectiveValues(group.Object()); err != nil {
		return err
	}
	return q.reply(http.StatusOK, body, 1)
}

// effectiveOfUser answers with the effective settings and values of a user: the settings of
// its usergroup, and its own prices and values over inherited ones.
func (q *request) effectiveOfUser() error {
	l, err := q.lookup(users(), false)
	if err != nil {
		return err
	}
	id, err := l.find(q.ctx(), q.dir, q.Language)
	if err != nil {
		return err
	}
	u, err := q.dir.User(q.ctx(), directory.UserID(id))
	if err != nil {
		return err
	}
	facets, err := q.dir.Facets(q.ctx(), u.User.ID.Object())
	if err != nil {
		return err
	}
	k, err := document.ReadStored(facets)
	if err != nil {
		return err
	}
	var path []directory.Group
	if len(u.Memberships) > 0 {
		if path, err = q.dir.GroupPath(q.ctx(), u.Memberships[0].Group); err != nil {
			return err
		}
	}
	settings, err := q.effectiveSettings(path)
	if err != nil {
		return err
	}
	name := k.FullName(&u.User)
	if len(k.Prices) > 0 { // own prices replace those of the usergroup; they are not merged
		settings["pricing"] = settingBody{User: &nameBody{id, name}, Value: document.ShowPricing(k.Prices)}
	}
	body := map[string]any{"fullName": name, "id": id, "settings": settings}
	if body["attributes"], err = q.effectiveValues(u.User.ID.Object()); err != nil {
		return err
	}
	return q.reply(http.StatusOK, body, 1)
}

func (q *request) effectiveSettings(path []directory.Group) (map[string]settingBody, error) {
	all, err := q.storedOfAll(path)
	if err != nil {
		return nil, err
	}
	out := map[string]settingBody{}
	for _, f := range document.UsergroupFields() {
		var flag string
		switch f.Name {
		case document.FieldBudget:
			flag = document.FieldInheritBudget
		case document.FieldOrders:
			flag = document.FieldInheritOrders
		default:
			continue
		}
		from, k := holder(path, flag, all)
		out[f.Name] = settingBody{Usergroup: from, Value: f.Show(k.Settings)}
	}
	from, k := holder(path, document.FieldInheritProducts, all)
	out["pricing"] = settingBody{Usergroup: from, Value: document.ShowPricing(k.Prices)}
	return out, nil
}

// effectiveValues returns the effective values of all attributes that have one, in the
// directory's language.
func (q *request) effectiveValues(of directory.Object) ([]map[string]any, error) {
	all, err := q.dir.Attributes(q.ctx())
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(a directory.Attribute) bool { return a.ID.Computed() })
	ids := make([]directory.AttributeID, len(all))
	for i, a := range all {
		ids[i] = a.ID
	}
	effective, err := (&owner{ctx: q.ctx(), dir: q.dir, object: of}).effective(ids, "")
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, e := range effective {
		i := slices.Index(ids, e.Attribute)
		if e.Origin == directory.OriginNone || i < 0 {
			continue
		}
		body := document.ValueBody(&all[i])
		body["origin"], body["value"] = e.Origin.String(), ""
		if !all[i].Hidden {
			text, _ := e.Value.In(q.Language)
			body["value"] = document.ShowText(document.WireTypeOf(all[i].Type), text)
		}
		if body["usergroups"], err = q.names(e.Groups); err != nil {
			return nil, err
		}
		list = append(list, body)
	}
	return list, nil
}

// names returns the usergroups that a value comes from.
func (q *request) names(ids []directory.GroupID) ([]nameBody, error) {
	list := []nameBody{}
	for _, id := range ids {
		g, err := q.dir.Group(q.ctx(), id)
		if directory.KindOf(err) == directory.KindNotFound && err != nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, nameBody{int64(g.ID), g.Name})
	}
	return list, nil
}
