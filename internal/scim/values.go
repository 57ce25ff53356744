package scim

import (
	"net/http"

	"cohort/internal/directory"
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
func (q *request) userType() (*resourceType, error) {
	if q.self == nil {
		values, effective, err := q.valueSchemas()
		if err != nil {
			return nil, err
		}
		q.self = &resourceType{"User", "/Users", userSchema(), []*schema{enterpriseSchema(), values, effective}}
	}
	return q.self, nil
}

func groupType() *resourceType {
	return &resourceType{name: "Group", endpoint: "/Groups", core: groupSchema()}
}

// valueSchemas describes the attributes of the directory.
func (q *request) valueSchemas() (values, effective *schema, err error) {
	list, err := q.dir.Attributes(q.ctx())
	if err != nil {
		return nil, nil, err
	}
	values = &schema{URN: schemaValues, Name: "CohortUser", Description: valuesText}
	effective = &schema{URN: schemaEffective, Name: "CohortEffectiveUser", Description: effectiveText}
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
	return !a.ID.Computed() && a.ID != directory.AttrLocale && isAttrName(a.Name)
}

func valueAttribute(a *directory.Attribute) attribute {
	out := attribute{Name: a.Name, Description: a.Label, CaseExact: true}
	switch a.Type {
	case directory.TypeInteger:
		out.Type = typeInteger
	case directory.TypeNumber:
		out.Type = typeDecimal
	case directory.TypeYesNo:
		out.Type = typeBoolean
	case directory.TypeDateTime:
		out.Type = typeDateTime
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
		return number(text)
	case directory.TypeYesNo:
		return directory.YesNo(text)
	case directory.TypeList, directory.TypeEnumList:
		return texts(directory.SplitList(text)...)
	default:
		return textOrNil(text)
	}
}

// ownValues returns a user's own values of attributes in the extension.
func (q *request) ownValues(dir Directory, u *directory.UserDetail) (*object, error) {
	out := &object{}
	for _, v := range u.Values {
		a, err := dir.Attribute(q.ctx(), v.Attribute)
		if directory.KindOf(err) == directory.KindNotFound || err == nil && !inExtension(&a) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if a.Hidden {
			out.names, out.values = append(out.names, a.Name), append(out.values, any(hiddenValue{}))
			continue
		}
		out.set(a.Name, shownValue(&a, v.Value, q.Language))
	}
	return out, nil
}

// shownValues returns the values of an extension without hidden ones.
func shownValues(o *object) *object {
	out := &object{}
	if o == nil {
		return nil
	}
	for i, name := range o.names {
		if _, hidden := o.values[i].(hiddenValue); !hidden {
			out.set(name, o.values[i])
		}
	}
	return out
}

// effectiveValues returns the effective values of a user.
func (q *request) effectiveValues(id directory.UserID) (*object, error) {
	list, err := q.dir.Effective(q.ctx(), id, nil)
	if directory.KindOf(err) == directory.KindForbidden {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := &object{}
	for i := range list {
		a, err := q.dir.Attribute(q.ctx(), list[i].Attribute)
		if directory.KindOf(err) == directory.KindNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if inExtension(&a) && !a.Hidden && list[i].Origin != directory.OriginNone {
			out.set(a.Name, shownValue(&a, list[i].Value, q.Language))
		}
	}
	return out, nil
}

// valueEdits returns the edits that change a user's own values from had to want. A hidden
// value is written only if none is set: it cannot be compared, so a client that sends it every
// night would change it every night.
func (q *request) valueEdits(id directory.UserID, had, want *object) ([]directory.Edit, error) {
	var edits []directory.Edit
	each := func(o *object, f func(a *directory.Attribute, v any) error) error {
		if o == nil {
			return nil
		}
		for i, name := range o.names {
			a, err := q.dir.AttributeByName(q.ctx(), name)
			if directory.KindOf(err) == directory.KindNotFound {
				continue
			}
			if err == nil {
				err = f(&a, o.values[i])
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	err := each(want, func(a *directory.Attribute, v any) error {
		before := had.get(a.Name)
		if _, hidden := before.(hiddenValue); hidden || same(before, v) {
			return nil
		}
		value, err := q.valueOf(a, v)
		if err == nil {
			edits = append(edits, directory.SetUserValue{User: id, Attribute: a.ID, Value: value, Vendor: true})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each(had, func(a *directory.Attribute, _ any) error {
		if want.get(a.Name) == nil {
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
func (q *request) valueOf(a *directory.Attribute, v any) (directory.Value, error) {
	var text string
	switch v := v.(type) {
	case bool:
		if text = "no"; v {
			text = "yes"
		}
	case []any:
		list := make([]string, len(v))
		for i := range v {
			list[i] = textOf(v[i])
		}
		text = directory.JoinList(list)
	default:
		text = textOf(v)
	}
	if n, ok := v.(number); ok && directory.ParseValue(a.Name, directory.TypeNumber, text) != nil { // such as 1e5
		plain, ok := directory.PlainDecimal(string(n))
		if !ok {
			return directory.Value{}, badValue(a.Name, "is no number")
		}
		text = plain
	}
	if !a.Hidden {
		if err := directory.ParseValue(a.Name, a.Type, text); err != nil {
			return directory.Value{}, newFault(http.StatusBadRequest, invalidValue, faultOf(err).detail)
		}
	}
	return directory.Value{Text: text}, nil // the other languages of a localized value stay
}
