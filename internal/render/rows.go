package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cohort/internal/directory"
)

// A Then returns the names that objects had when a change was made.
type Then struct {
	Group     func(directory.GroupID) string
	User      func(directory.UserID) string
	Attribute func(directory.AttributeID) directory.Attribute // zero if unknown
	Role      func(directory.RoleID) string
}

// A RowChange is the effect of a change on one row, for people and programs.
type RowChange struct {
	Kind   string `json:"kind"` // of the row
	Object string `json:"object"`
	Action string `json:"action"` // made, changed or removed
	Text   string `json:"text"`
	// Before and After hold the fields that differ, or all fields of a created or removed row.
	Before map[string]any `json:"before,omitempty"`
	After  map[string]any `json:"after,omitempty"`
}

// Actions of a RowChange.
const (
	rowMade    = "made"
	rowChanged = "changed"
	rowRemoved = "removed"
)

// RowChangeOf renders the effect of a change on a row.
func RowChangeOf(w directory.RowWrite, then Then) RowChange {
	row, was := w.After, w.Before
	out := RowChange{Action: rowChanged}
	switch {
	case was == nil || isMarked(was) && !isMarked(row):
		out.Action, was = rowMade, nil
	case row == nil || isMarked(row) && !isMarked(was):
		out.Action, row, was = rowRemoved, nil, w.Before
	}
	any := row
	if any == nil {
		any = was
	}
	out.Kind = any.Key().Kind.String()
	if objects := any.Objects(); len(objects) > 0 {
		out.Object = objects[0].String()
	}
	before, after := then.fields(was), then.fields(row)
	out.Before, out.After = differing(before, after), differing(after, before)
	out.Text = then.text(any, was, out.Action, before, after)
	return out
}

// isMarked reports whether a row is marked deleted.
func isMarked(row directory.Row) bool {
	switch r := row.(type) {
	case directory.User:
		return r.DeletedRev != 0
	case directory.Group:
		return r.DeletedRev != 0
	case directory.Attribute:
		return r.DeletedRev != 0
	}
	return false
}

// A rowField is a field of a row in replies.
type rowField struct {
	name  string
	value any
	text  string // for sentences
}

// differing returns the fields of one list that differ in the other.
func differing(fields, others []rowField) map[string]any {
	var list map[string]any
	for _, f := range fields {
		if slices.ContainsFunc(others, func(o rowField) bool { return o.name == f.name && o.text == f.text }) {
			continue
		}
		if list == nil {
			list = map[string]any{}
		}
		list[f.name] = f.value
	}
	return list
}

// rowFields collects the fields of a row, without empty ones.
type rowFields []rowField

func (l *rowFields) text(name, value string) {
	if value != "" {
		*l = append(*l, rowField{name, value, value})
	}
}

func (l *rowFields) flag(name string, value bool) {
	if value {
		*l = append(*l, rowField{name, true, "yes"})
	}
}

func (l *rowFields) window(w directory.Window) {
	l.text("starts_at", Time(w.StartsAt))
	l.text("expires_at", Time(w.ExpiresAt))
}

func (l *rowFields) value(name string, a directory.Attribute, v directory.Value) {
	text := quotedRow(a.Type, v)
	if v.Sealed != 0 {
		text = sealedText + strconv.FormatInt(int64(v.Sealed), 10) // so that a write always differs
	}
	*l = append(*l, rowField{name, Row(a.Type, v), text})
}

// sealedText is the prefix of what stands for a hidden value in comparisons.
const sealedText = "sealed "

// quotedRow returns a stored value for a sentence.
func quotedRow(t directory.Type, v directory.Value) string {
	if v.Sealed != 0 {
		return "a hidden value"
	}
	if len(v.Texts) == 0 {
		return Quoted(t, v, "")
	}
	var list []string
	for _, text := range v.Texts {
		list = append(list, string(text.Language)+" "+Quoted(t, directory.Value{Text: text.Text}, ""))
	}
	return strings.Join(list, ", ")
}

// fields returns the fields of a row, with names for ids.
func (n Then) fields(row directory.Row) []rowField {
	var l rowFields
	switch r := row.(type) {
	case directory.User:
		l.text("kind", string(r.Kind))
		l.text("first_name", r.FirstName)
		l.text("last_name", r.LastName)
		l.text("contact_email", r.ContactEmail)
		l.text("timezone", r.Timezone)
		l.text("language", string(r.Language))
		l.flag("disabled", r.Disabled)
	case directory.Group:
		l.text("name", r.Name)
		l.text("description", r.Description)
		l.text("language", string(r.Language))
	case directory.Attribute:
		n.attributeFields(&l, r)
	case directory.Membership:
		l.text("group", n.group(r.Group))
		l.text("position", strconv.FormatInt(r.Position, 10))
		l.window(r.Window)
	case directory.Nesting:
		l.text("parent", n.group(r.Parent))
		l.text("position", strconv.FormatInt(r.Position, 10))
	case directory.GroupValue:
		l.value("value", n.attribute(r.Attribute), r.Value)
		l.text("order", strconv.FormatInt(r.Order, 10))
		l.window(r.Window)
	case directory.UserValue:
		l.value("value", n.attribute(r.Attribute), r.Value)
		l.window(r.Window)
	default:
		n.otherFields(&l, row)
	}
	return l
}

func (n Then) attributeFields(l *rowFields, r directory.Attribute) {
	l.text("name", r.Name)
	l.text("label", r.Label)
	l.text("type", string(r.Type))
	l.text("rule", string(r.Rule))
	l.text("user_value_mode", string(r.UserValueMode))
	if r.HasDefault() {
		l.value("default", r, r.Default)
	}
	l.flag("hidden", r.Hidden)
	l.flag("user_can_view", r.UserCanView)
	l.flag("user_can_edit", r.UserCanEdit)
	l.text("description", r.Description)
	var allowed []string
	for _, v := range r.Allowed {
		allowed = append(allowed, v.Value)
	}
	l.text("allowed", strings.Join(allowed, ", "))
	l.text("pattern", r.Pattern)
	l.text("least", r.Least)
	l.text("greatest", r.Greatest)
	if r.MaxLength != 0 {
		l.text("max_length", strconv.Itoa(r.MaxLength))
	}
}

func (n Then) otherFields(l *rowFields, row directory.Row) {
	switch r := row.(type) {
	case directory.Role:
		l.text("name", r.Name)
		l.text("permission_set", directory.FormatID(r.PermissionSet))
		l.text("model_set", directory.FormatID(r.ModelSet))
	case directory.PermissionSet:
		l.text("name", r.Name)
		l.text("permissions", strings.Join(r.Permissions, ", "))
	case directory.ModelSet:
		l.text("name", r.Name)
		l.text("models", strings.Join(r.Models, ", "))
	case directory.GroupRole:
		l.text("role", n.role(r.Role))
	case directory.UserRole:
		l.text("role", n.role(r.Role))
	case directory.Credential:
		l.text("kind", string(r.Kind))
		l.text("identifier", r.Identifier)
		l.flag("disabled", r.Disabled)
	case directory.SourceReference:
		l.text("source", r.Source)
		l.text("source_id", r.SourceID)
	case directory.Facet:
		l.text("dialect", r.Dialect)
		l.text("kind", r.Kind)
		l.text("name", r.Name)
		l.text("data", r.Data)
	}
}

func (n Then) group(id directory.GroupID) string {
	if name := n.Group(id); name != "" {
		return name
	}
	return "group " + directory.FormatID(id)
}

func (n Then) user(id directory.UserID) string {
	if name := n.User(id); name != "" {
		return name
	}
	return "user " + directory.FormatID(id)
}

func (n Then) attribute(id directory.AttributeID) directory.Attribute {
	a := n.Attribute(id)
	if a.Name == "" {
		a.Name = "attribute " + directory.FormatID(id)
	}
	return a
}

func (n Then) role(id directory.RoleID) string {
	if name := n.Role(id); name != "" {
		return name
	}
	return "role " + directory.FormatID(id)
}

func (n Then) object(o directory.Object) string {
	switch o.Kind {
	case directory.ObjectUser:
		return n.user(directory.UserID(o.ID))
	case directory.ObjectGroup:
		return n.group(directory.GroupID(o.ID))
	case directory.ObjectAttribute:
		return n.attribute(directory.AttributeID(o.ID)).Name
	case directory.ObjectRole:
		return n.role(directory.RoleID(o.ID))
	default: // the others have no name of then
		return o.String()
	}
}

// text returns a sentence about a row.
func (n Then) text(row, was directory.Row, action string, before, after []rowField) string {
	switch r := row.(type) {
	case directory.Membership:
		return sentenceOf(action, n.user(r.User)+" was put into "+n.group(r.Group)+span(r.Window),
			n.user(r.User)+" was taken out of "+n.group(r.Group), n.user(r.User)+" in "+n.group(r.Group), before, after)
	case directory.Nesting:
		return sentenceOf(action, n.group(r.Group)+" was put into "+n.group(r.Parent),
			n.group(r.Group)+" was taken out of "+n.group(r.Parent), n.group(r.Group)+" in "+n.group(r.Parent), before, after)
	case directory.GroupValue:
		return n.valueText(n.attribute(r.Attribute), n.group(r.Group), r.Value, r.Window, was, action, before, after)
	case directory.UserValue:
		return n.valueText(n.attribute(r.Attribute), n.user(r.User), r.Value, r.Window, was, action, before, after)
	case directory.GroupRole:
		return sentenceOf(action, n.group(r.Group)+" was given the role "+n.role(r.Role),
			n.group(r.Group)+" lost the role "+n.role(r.Role), "", nil, nil)
	case directory.UserRole:
		return sentenceOf(action, n.user(r.User)+" was given the role "+n.role(r.Role),
			n.user(r.User)+" lost the role "+n.role(r.Role), "", nil, nil)
	case directory.Credential:
		what := "the " + string(r.Kind) + " credential " + r.Identifier + " of " + n.user(r.User)
		return sentenceOf(action, what+" was made", what+" was removed", what, before, after)
	case directory.SourceReference:
		what := n.object(r.Object) + " in " + r.Source
		return sentenceOf(action, n.object(r.Object)+" is "+r.SourceID+" in "+r.Source, what+" is no longer known", what,
			before, after)
	case directory.Facet:
		what := r.Kind + " of " + n.object(r.Object) + " (" + r.Dialect + ")"
		return sentenceOf(action, what+" was set", what+" was removed", what, nil, nil)
	}
	what := n.subject(row)
	return sentenceOf(action, what+" was made", what+" was deleted", what, before, after)
}

// subject returns the beginning of a sentence about an object.
func (n Then) subject(row directory.Row) string {
	switch r := row.(type) {
	case directory.User:
		return "user " + n.user(r.ID)
	case directory.Group:
		return "group " + n.group(r.ID)
	case directory.Attribute:
		return "attribute " + r.Name
	case directory.Role:
		return "role " + r.Name
	case directory.PermissionSet:
		return "permission set " + r.Name
	case directory.ModelSet:
		return "model set " + r.Name
	}
	return row.Key().Kind.String()
}

// valueText returns a sentence about a value of an owner.
func (n Then) valueText(
	a directory.Attribute, owner string, v directory.Value, w directory.Window, was directory.Row, action string, before,
	after []rowField,
) string {
	what := a.Name + " of " + owner
	switch action {
	case rowMade:
		return what + " was set to " + quotedRow(a.Type, v) + span(w) + "."
	case rowRemoved:
		return what + " was removed; it was " + quotedRow(a.Type, v) + "."
	}
	old, ok := valueOf(was)
	if !ok || old.Equal(v) {
		return sentenceOf(action, "", "", what, before, after)
	}
	moved := ""
	if fieldOf(before, "order") != fieldOf(after, "order") {
		moved = ", and moved in rank"
	}
	return what + " went from " + quotedRow(a.Type, old) + " to " + quotedRow(a.Type, v) + span(w) + moved + "."
}

func valueOf(row directory.Row) (directory.Value, bool) {
	switch r := row.(type) {
	case directory.GroupValue:
		return r.Value, true
	case directory.UserValue:
		return r.Value, true
	}
	return directory.Value{}, false
}

// span says when a row with a window applies.
func span(w directory.Window) string {
	text := ""
	if w.StartsAt != 0 {
		text += " from " + Time(w.StartsAt)
	}
	if w.ExpiresAt != 0 {
		text += " until " + Time(w.ExpiresAt)
	}
	return text
}

// sentenceOf chooses the sentence of an action. Changes are listed field by field.
func sentenceOf(action, made, removed, changed string, before, after []rowField) string {
	switch action {
	case rowMade:
		return made + "."
	case rowRemoved:
		return removed + "."
	}
	var parts []string
	seen := map[string]bool{}
	for _, f := range slices.Concat(after, before) {
		was, is := fieldOf(before, f.name), fieldOf(after, f.name)
		if seen[f.name] || was == is {
			continue
		}
		seen[f.name] = true
		parts = append(parts, changedField(f.name, was, is))
	}
	if len(parts) == 0 {
		return changed + " was written anew."
	}
	return changed + ": " + strings.Join(parts, ", ") + "."
}

func fieldOf(fields []rowField, name string) string {
	for _, f := range fields {
		if f.name == name {
			return f.text
		}
	}
	return ""
}

func changedField(name, was, is string) string {
	label := strings.ReplaceAll(name, "_", " ")
	if strings.HasPrefix(was, sealedText) || strings.HasPrefix(is, sealedText) {
		return label + " written, which is hidden"
	}
	switch {
	case name == "position" || name == "order":
		return "moved"
	case was == "":
		return fmt.Sprintf("%s set to %s", label, is)
	case is == "":
		return fmt.Sprintf("%s %s taken away", label, was)
	}
	return fmt.Sprintf("%s from %s to %s", label, was, is)
}

// ThenOf returns names from what is known about them.
func ThenOf(n directory.ThenNames) Then {
	return Then{
		Group:     func(id directory.GroupID) string { return n.Groups[id] },
		User:      func(id directory.UserID) string { return n.Users[id] },
		Attribute: func(id directory.AttributeID) directory.Attribute { return n.Attributes[id] },
		Role:      func(id directory.RoleID) string { return n.Roles[id] },
	}
}
