package users

import (
	"cohort/internal/directory"
	"cohort/internal/scim/protocol"
	"cohort/internal/scim/resource"
)

// The extension of attribute values has one SCIM attribute for each attribute of the directory
// that a client may set, under its name. It holds the user's own values. The effective values
// are in another extension, which is returned on request.

const (
	valuesText    = "The user's own values of the attributes of the directory."
	effectiveText = "The values that hold for the user, wherever they come from; shown when asked for."
)

// A hiddenValue stands for a hidden value that is set. It is never shown.
type hiddenValue struct{}

// userType returns the resource type User with its current extensions.
func userType(q *protocol.Request) (*resource.Type, error) {
	if q.UserType == nil {
		values, effective, err := ValueSchemas(q)
		if err != nil {
			return nil, err
		}
		q.UserType = &resource.Type{
			Name: "User", Endpoint: "/Users", Core: resource.UserSchema(),
			Extensions: []*resource.Schema{resource.EnterpriseSchema(), values, effective},
		}
	}
	return q.UserType, nil
}

// ValueSchemas describes the attributes of the directory that the caller may see. Without a
// caller it describes none.
func ValueSchemas(q *protocol.Request) (values, effective *resource.Schema, err error) {
	values = &resource.Schema{URN: resource.SchemaValues, Name: "CohortUser", Description: valuesText}
	effective = &resource.Schema{URN: resource.SchemaEffective, Name: "CohortEffectiveUser", Description: effectiveText}
	if q.Dir == nil {
		return values, effective, nil
	}
	list, err := q.Dir.Attributes(q.Context())
	if err != nil {
		return nil, nil, err
	}
	for i := range list {
		a := &list[i]
		if !inExtension(a) {
			continue
		}
		values.Attributes = append(values.Attributes, valueAttribute(a))
		if !a.Hidden {
			e := valueAttribute(a)
			e.Mutability, e.Returned = "readOnly", "request"
			effective.Attributes = append(effective.Attributes, e)
		}
	}
	return values, effective, nil
}

// inExtension reports whether an attribute is in the extension. Computed attributes and locale
// are not, because core has them, nor are names that begin with _, which SCIM does not allow.
func inExtension(a *directory.Attribute) bool {
	return !a.ID.Computed() && a.ID != directory.AttrLocale && resource.IsAttrName(a.Name)
}

func valueAttribute(a *directory.Attribute) resource.Attribute {
	out := resource.Attribute{Name: a.Name, Description: a.Label, CaseExact: true}
	switch a.Type {
	case directory.TypeInteger:
		out.Type = resource.TypeInteger
	case directory.TypeNumber:
		out.Type = resource.TypeDecimal
	case directory.TypeYesNo:
		out.Type = resource.TypeBoolean
	case directory.TypeDateTime:
		out.Type = resource.TypeDateTime
	case directory.TypeList, directory.TypeEnumList:
		out.Multi = true
	default: // texts
	}
	if out.Type != "" {
		out.CaseExact = false
	}
	if a.Hidden {
		out.Mutability, out.Returned = "writeOnly", "never"
	}
	return out
}

// shownValue returns a value as the extension shows it.
func shownValue(a *directory.Attribute, v directory.Value, l directory.Language) any {
	text, ok := v.In(l)
	if !ok {
		return nil
	}
	switch a.Type {
	case directory.TypeInteger, directory.TypeNumber:
		return resource.Number(text)
	case directory.TypeYesNo:
		return directory.YesNo(text)
	case directory.TypeList, directory.TypeEnumList:
		return resource.Texts(directory.SplitList(text)...)
	default:
		return resource.TextOrNil(text)
	}
}

// ownValues returns a user's own values of attributes in the extension.
func ownValues(q *protocol.Request, dir protocol.Directory, u *directory.UserDetail) (*resource.Object, error) {
	out := &resource.Object{}
	for _, v := range u.Values {
		a, err := dir.Attribute(q.Context(), v.Attribute)
		if directory.KindOf(err) == directory.KindNotFound || err == nil && !inExtension(&a) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if a.Hidden {
			out.Names, out.Values = append(out.Names, a.Name), append(out.Values, any(hiddenValue{}))
			continue
		}
		out.Set(a.Name, shownValue(&a, v.Value, q.Language))
	}
	return out, nil
}

// shownValues returns the values of an extension without hidden ones.
func shownValues(o *resource.Object) *resource.Object {
	out := &resource.Object{}
	if o == nil {
		return nil
	}
	for i, name := range o.Names {
		if _, hidden := o.Values[i].(hiddenValue); !hidden {
			out.Set(name, o.Values[i])
		}
	}
	return out
}

// effectiveValues returns the effective values of a user.
func effectiveValues(q *protocol.Request, id directory.UserID) (*resource.Object, error) {
	list, err := q.Dir.Effective(q.Context(), id, nil)
	if directory.KindOf(err) == directory.KindForbidden {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := &resource.Object{}
	for i := range list {
		a, err := q.Dir.Attribute(q.Context(), list[i].Attribute)
		if directory.KindOf(err) == directory.KindNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if inExtension(&a) && !a.Hidden && list[i].Origin != directory.OriginNone {
			out.Set(a.Name, shownValue(&a, list[i].Value, q.Language))
		}
	}
	return out, nil
}

// valueEdits returns the edits that change a user's own values from had to want. A hidden
// value is written only if none is set: it cannot be compared, so a client that sends it every
// night would change it every night.
func valueEdits(q *protocol.Request, id directory.UserID, had, want *resource.Object) ([]directory.Edit, error) {
	var edits []directory.Edit
	each := func(o *resource.Object, f func(a *directory.Attribute, v any) error) error {
		if o == nil {
			return nil
		}
		for i, name := range o.Names {
			a, err := q.Dir.AttributeByName(q.Context(), name)
			if directory.KindOf(err) == directory.KindNotFound {
				continue
			}
			if err == nil {
				err = f(&a, o.Values[i])
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	err := each(want, func(a *directory.Attribute, v any) error {
		before := had.Get(a.Name)
		if _, hidden := before.(hiddenValue); hidden || resource.Same(before, v) {
			return nil
		}
		value, err := valueOf(a, v)
		if err == nil {
			edits = append(edits, directory.SetUserValue{User: id, Attribute: a.ID, Value: value, Vendor: true})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each(had, func(a *directory.Attribute, _ any) error {
		if want.Get(a.Name) == nil {
			e := directory.DeleteUserValue{User: id, Attribute: a.ID}
			if a.Type.Localized() {
				e.Language = q.Language
			}
			edits = append(edits, e)
		}
		return nil
	})
	return edits, err
}

// valueOf converts what a client sent to a value of an attribute.
func valueOf(a *directory.Attribute, v any) (directory.Value, error) {
	var text string
	switch v := v.(type) {
	case bool:
		if text = "no"; v {
			text = "yes"
		}
	case []any:
		list := make([]string, len(v))
		for i := range v {
			list[i] = resource.TextOf(v[i])
		}
		text = directory.JoinList(list)
	default:
		text = resource.TextOf(v)
	}
	if n, ok := v.(resource.Number); ok && directory.ParseValue(a.Name, directory.TypeNumber, text) != nil { // such as 1e5
		plain, ok := directory.PlainDecimal(string(n))
		if !ok {
			return directory.Value{}, resource.BadValue(a.Name, "is no number")
		}
		text = plain
	}
	if !a.Hidden {
		if err := directory.ParseValue(a.Name, a.Type, text); err != nil {
			return directory.Value{}, resource.BadRequest(resource.InvalidValue, protocol.FaultOf(err).Detail)
		}
	}
	return directory.Value{Text: text}, nil // the other languages of a localized value stay
}
