package propeller

import (
	"context"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/propeller/document"
)

// An owner is a group or a user whose values are shown.
type owner struct {
	ctx    context.Context
	dir    Directory
	object directory.Object
	groups []directory.GroupID // that it inherits from directly
	own    map[directory.AttributeID]directory.Value
}

func newOwner(ctx context.Context, dir Directory, o directory.Object) (*owner, error) {
	w := &writing{ctx: ctx, dir: dir, id: o.ID}
	if err := w.loadOwn(o.Kind); err != nil {
		return nil, err
	}
	owner := &owner{ctx: ctx, dir: dir, object: o, own: w.own}
	if o.Kind == directory.ObjectGroup {
		owner.groups = []directory.GroupID{directory.GroupID(o.ID)}
		return owner, nil
	}
	u, err := dir.User(ctx, directory.UserID(o.ID))
	if err != nil {
		return nil, err
	}
	for _, m := range u.Memberships {
		owner.groups = append(owner.groups, m.Group)
	}
	return owner, nil
}

// effective returns the effective values of the owner, in a language.
func (o *owner) effective(attributes []directory.AttributeID,
	language directory.Language) ([]directory.Effective, error) {
	if o.object.Kind == directory.ObjectGroup {
		return o.dir.GroupEffective(o.ctx, directory.GroupID(o.object.ID), attributes, language)
	}
	return o.dir.EffectiveIn(o.ctx, directory.UserID(o.object.ID), attributes, language)
}

// values lists the values of an owner: its own and those inherited from usergroups, but no
// defaults. An own value is shown even if a rule lets another one win.
func (o *owner) values(standard directory.Language) ([]func() (map[string]any, error), error) {
	all, err := o.dir.Attributes(o.ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(a directory.Attribute) bool { return a.ID.Computed() })
	ids := make([]directory.AttributeID, len(all))
	for i, a := range all {
		ids[i] = a.ID
	}
	effective, err := o.effective(ids, "")
	if err != nil {
		return nil, err
	}
	inherited := map[directory.AttributeID]directory.Effective{}
	for _, e := range effective {
		inherited[e.Attribute] = e
	}
	var list []func() (map[string]any, error)
	for _, a := range all {
		if a.Type.Localized() {
			languages, err := o.languages(a.ID)
			if err != nil {
				return nil, err
			}
			if len(languages) > 0 {
				list = append(list, func() (map[string]any, error) { return o.localized(&a, languages) })
			}
			continue
		}
		own, there := o.own[a.ID]
		e := inherited[a.ID]
		if there || e.Origin == directory.OriginGroup {
			if !there {
				own = e.Value
			}
			list = append(list, func() (map[string]any, error) { return document.ShowValue(&a, own, !there, standard), nil })
		}
	}
	return list, nil
}

// languages returns the languages in which the owner has a text, its own or inherited.
func (o *owner) languages(id directory.AttributeID) ([]directory.Language, error) {
	languages, err := o.dir.LanguagesOf(o.ctx, id, o.groups...)
	if err != nil {
		return nil, err
	}
	for _, t := range o.own[id].Texts {
		languages = append(languages, t.Language)
	}
	slices.Sort(languages)
	return slices.Compact(languages), nil
}

// localized renders a value that has a text per language.
func (o *owner) localized(a *directory.Attribute, languages []directory.Language) (map[string]any, error) {
	wire := document.WireTypeOf(a.Type)
	texts := []document.LocalBody{}
	for _, l := range languages {
		body := document.LocalBody{Language: string(l)}
		if text, ok := document.TextIn(o.own[a.ID], l); ok {
			body.Value = document.ShowText(wire, text)
			texts = append(texts, body)
			continue
		}
		effective, err := o.effective([]directory.AttributeID{a.ID}, l)
		if err != nil {
			return nil, err
		}
		if len(effective) == 1 && effective[0].Origin == directory.OriginGroup {
			if text, ok := effective[0].Value.In(l); ok {
				body.Inherited, body.Value = true, document.ShowText(wire, text)
				texts = append(texts, body)
			}
		}
	}
	body := document.ValueBody(a)
	body["value"] = texts
	return body, nil
}

// values lists a page of the values of an object.
func (q *request) values(res resource) error {
	l, err := q.lookup(res, true)
	if err != nil {
		return err
	}
	page, err := q.page()
	if err != nil {
		return err
	}
	id, err := l.find(q.ctx(), q.dir, q.Language)
	if err != nil {
		return err
	}
	o, err := newOwner(q.ctx(), q.dir, l.object(id))
	if err != nil {
		return err
	}
	all, err := o.values(q.Language)
	if err != nil {
		return err
	}
	bodies := []map[string]any{}
	part := page.cut(len(all))
	for _, render := range all[part.from:part.to] {
		body, err := render()
		if err != nil {
			return err
		}
		bodies = append(bodies, body)
	}
	return q.replyPage(page, bodies, len(bodies), len(all))
}
