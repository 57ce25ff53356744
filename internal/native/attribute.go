package native

import (
	"slices"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/render"
)

// An attributeBody is an attribute in replies.
type attributeBody struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	Label         string            `json:"label"`
	Type          string            `json:"type"`
	Rule          string            `json:"rule"`
	UserValueMode string            `json:"user_value_mode"`
	Default       any               `json:"default"`
	Hidden        bool              `json:"hidden"`
	UserCanView   bool              `json:"user_can_view"`
	UserCanEdit   bool              `json:"user_can_edit"`
	System        bool              `json:"system"`
	Permanent     bool              `json:"permanent"`
	CreatedAt     string            `json:"created_at"`
	Sources       map[string]string `json:"sources"`
	Description   string            `json:"description"`
	render.Constraints
}

func attributeOf(a *directory.Attribute, sources []directory.SourceReference) attributeBody {
	b := attributeBody{
		ID: directory.FormatID(a.ID), Name: a.Name, Label: a.Label, Type: string(a.Type), Rule: string(a.Rule),
		UserValueMode: string(a.UserValueMode), Hidden: a.Hidden, UserCanView: a.UserCanView, UserCanEdit: a.UserCanEdit,
		System: a.System, Permanent: a.Permanent, CreatedAt: render.Time(a.CreatedAt), Sources: render.Sources(sources),
		Description: a.Description, Constraints: render.ConstraintsOf(&a.Constraints),
	}
	if a.HasDefault() {
		b.Default = render.Row(a.Type, a.Default)
	}
	return b
}

// showAttribute renders an attribute for GET.
func (q *request) showAttribute(id directory.AttributeID) func(now Reader) (any, error) {
	return func(now Reader) (any, error) {
		a, err := now.Attribute(q.ctx(), id)
		if err != nil {
			return nil, err
		}
		sources, err := now.Sources(q.ctx(), id.Object())
		if err != nil {
			return nil, err
		}
		return attributeOf(&a, sources[0]), nil
	}
}

func (a *api) attribute(q *request) error {
	attr, err := q.pathAttribute()
	if err != nil {
		return err
	}
	body, err := q.showAttribute(attr.ID)(q.dir)
	if err != nil {
		return err
	}
	return q.replyObject(body)
}

// attributes lists attributes by id.
func (a *api) attributes(q *request) error {
	limit, at, err := q.page()
	if err != nil {
		return err
	}
	attrs, err := q.dir.Attributes(q.ctx())
	if err != nil {
		return err
	}
	attrs = slices.DeleteFunc(attrs, func(a directory.Attribute) bool { return int64(a.ID) <= at.parts[0] })
	out := struct {
		Attributes []attributeBody `json:"attributes"`
		Next       string          `json:"next,omitempty"`
	}{Attributes: []attributeBody{}}
	if len(attrs) > limit {
		attrs = attrs[:limit]
		out.Next = q.next(int64(attrs[limit-1].ID))
	}
	objects := make([]directory.Object, len(attrs))
	for i := range attrs {
		objects[i] = attrs[i].ID.Object()
	}
	sources, err := q.dir.Sources(q.ctx(), objects...)
	if err != nil {
		return err
	}
	for i := range attrs {
		out.Attributes = append(out.Attributes, attributeOf(&attrs[i], sources[i]))
	}
	return q.reply(200, out)
}

// An attributeEdit holds the members of an attribute that clients may write.
type attributeEdit struct {
	ID            string                   `json:"id"`
	Name          httpkit.Optional[string] `json:"name"`
	Label         httpkit.Optional[string] `json:"label"`
	Type          httpkit.Optional[string] `json:"type"`
	Rule          httpkit.Optional[string] `json:"rule"`
	UserValueMode httpkit.Optional[string] `json:"user_value_mode"`
	Default       rawValue                 `json:"default"`
	Hidden        httpkit.Optional[bool]   `json:"hidden"`
	UserCanView   httpkit.Optional[bool]   `json:"user_can_view"`
	UserCanEdit   httpkit.Optional[bool]   `json:"user_can_edit"`
	UniqueLabel   bool                     `json:"unique_label"`
	Misfits       string                   `json:"misfits"`
	Description   httpkit.Optional[string] `json:"description"`
	constraintsEdit
}

// value returns the default, or nil to leave it as it is.
func (in *attributeEdit) value() (*directory.Value, error) {
	if in.Default.Value == nil {
		return nil, nil //nolint:nilnil // nil means leave it
	}
	v, err := in.Default.value("default", true)
	return &v, err
}

func (a *api) createAttribute(q *request) error {
	var in attributeEdit
	if err := q.body(&in); err != nil {
		return err
	}
	id, err := chosenID[directory.AttributeID](in.ID)
	if err != nil {
		return err
	}
	if in.Misfits != "" {
		return directory.Invalid("misfits", "can be given only where a type or constraint is changed")
	}
	edit := directory.CreateAttribute{
		ID: id, Name: in.Name.Value, Label: in.Label.Value, Type: directory.Type(in.Type.Value),
		Rule:          directory.Rule(in.Rule.Value),
		UserValueMode: directory.UserValueMode(in.UserValueMode.Value), Hidden: in.Hidden.Value,
		UserCanView: in.UserCanView.Value, UserCanEdit: in.UserCanEdit.Value, UniqueLabel: in.UniqueLabel,
		Description: in.Description.Value,
	}
	if edit.Constraints, err = in.constraints(); err != nil {
		return err
	}
	if edit.Default, err = in.value(); err != nil {
		return err
	}
	return q.write(write{change: directory.Change{Edits: []directory.Edit{edit}}, made: "/v1/attributes"})
}

func (a *api) updateAttribute(q *request) error {
	attr, err := q.pathAttribute()
	if err != nil {
		return err
	}
	var in attributeEdit
	if err := q.body(&in); err != nil {
		return err
	}
	if in.ID != "" {
		return directory.Invalid("id", "cannot be changed")
	}
	edit := directory.UpdateAttribute{
		Attribute: attr.ID, Name: in.Name.Ptr(), Label: in.Label.Ptr(), Hidden: in.Hidden.Ptr(),
		Type: as[directory.Type](in.Type), Rule: as[directory.Rule](in.Rule),
		UserValueMode: as[directory.UserValueMode](in.UserValueMode),
		UserCanView:   in.UserCanView.Ptr(), UserCanEdit: in.UserCanEdit.Ptr(), UniqueLabel: in.UniqueLabel,
		Misfits: directory.Misfits(in.Misfits), Description: in.Description.Ptr(),
	}
	if err := in.update(&edit); err != nil {
		return err
	}
	if _, err := directory.ParseMisfits("misfits", in.Misfits); err != nil {
		return err
	}
	if edit.Default, err = in.value(); err != nil {
		return err
	}
	return q.edit(q.showAttribute(attr.ID), edit)
}

func as[T ~string](o httpkit.Optional[string]) *T {
	if !o.Set {
		return nil
	}
	v := T(o.Value)
	return &v
}

func (a *api) deleteAttribute(q *request) error {
	attr, err := q.pathAttribute()
	if err != nil {
		return err
	}
	return q.edit(q.showAttribute(attr.ID), directory.DeleteAttribute{Attribute: attr.ID})
}

func (a *api) setAttributeSource(q *request) error {
	attr, err := q.pathAttribute()
	if err != nil {
		return err
	}
	return q.setSource(attr.ID.Object(), q.showAttribute(attr.ID))
}

func (a *api) deleteAttributeSource(q *request) error {
	attr, err := q.pathAttribute()
	if err != nil {
		return err
	}
	return q.edit(q.showAttribute(attr.ID), directory.DeleteSource{Object: attr.ID.Object(),
		Source: q.r.PathValue("source")})
}
