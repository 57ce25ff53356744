package record_test

import (
	"reflect"
	"strings"

	"pgregory.net/rapid"

	"cohort/internal/directory"
)

// edits has every edit, empty.
var edits = []directory.Edit{
	directory.CreateUser{}, directory.UpdateUser{}, directory.DeleteUser{}, directory.CreateGroup{},
	directory.UpdateGroup{},
	directory.DeleteGroup{}, directory.AddMember{}, directory.RemoveMember{}, directory.SetFirstGroup{},
	directory.AddParent{},
	directory.RemoveParent{}, directory.SetFirstParent{}, directory.CreateAttribute{}, directory.UpdateAttribute{},
	directory.DeleteAttribute{}, directory.SetGroupValue{}, directory.DeleteGroupValue{}, directory.SetGroupValues{},
	directory.SetUserValue{}, directory.DeleteUserValue{}, directory.SetLoginEmail{}, directory.SetIdentity{},
	directory.Revert{}, directory.EraseUser{}, directory.PruneHistory{}, directory.CreateAPICredential{},
	directory.UpdateCredential{}, directory.DeleteCredential{}, directory.CreatePermissionSet{},
	directory.UpdatePermissionSet{},
	directory.DeletePermissionSet{}, directory.CreateModelSet{}, directory.UpdateModelSet{}, directory.DeleteModelSet{},
	directory.CreateRole{}, directory.UpdateRole{}, directory.DeleteRole{}, directory.SetUserRoles{},
	directory.SetGroupRoles{},
	directory.SetSource{}, directory.DeleteSource{}, directory.SetFacet{}, directory.DeleteFacet{}, directory.Initialize{},
	directory.TimePassed{}, directory.RenumberValues{}, directory.Baseline{}, directory.ForgetFacets{},
}

// rows has every kind of row, empty.
var rows = []directory.Row{
	directory.Group{}, directory.Nesting{}, directory.Attribute{}, directory.GroupValue{}, directory.PermissionSet{},
	directory.ModelSet{}, directory.Role{}, directory.GroupRole{}, directory.User{}, directory.Membership{},
	directory.UserValue{}, directory.UserRole{}, directory.Credential{}, directory.SourceReference{}, directory.Facet{},
}

// A source says what fields get.
type source struct {
	text    func(field string) string
	number  func(field string, id bool) int64
	instant func() directory.Instant
	flag    func() bool // also whether an optional field is there
	value   func() directory.Value
	object  func() directory.Object
	length  func() int
}

// full fills every field with something that can be recognized.
func full() source {
	n := int64(0)
	return source{
		text:    func(field string) string { return "the " + field },
		number:  func(string, bool) int64 { n++; return n },
		instant: func() directory.Instant { n++; return directory.Instant(1_700_000_000_000 + n) },
		flag:    func() bool { return true },
		value: func() directory.Value {
			n++
			return []directory.Value{
				{Texts: []directory.LocalText{{Language: "EN", Text: "one"}, {Language: "NL", Text: "een"}}},
				{Text: "emea"},
				{Sealed: directory.SealedID(n)},
			}[n%3]
		},
		object: func() directory.Object { n++; return directory.Object{Kind: directory.ObjectGroup, ID: n} },
		length: func() int { return 2 },
	}
}

// drawn fills fields with what is drawn. Ids of edits may be those of objects
// made by the same change.
func drawn(t *rapid.T, ofEdit bool) source {
	text := rapid.OneOf(rapid.String(),
		rapid.SampledFrom([]string{"", "\"", "\\", "\x00\x1f\x7f", "é\u2028", "}", "null"}))
	id := rapid.Int64Range(1, 1<<40)
	if ofEdit {
		id = rapid.OneOf(id, rapid.Int64Range(-1<<40, -1))
	}
	return source{
		text: func(field string) string { return text.Draw(t, field) },
		number: func(field string, isID bool) int64 {
			if isID {
				return id.Draw(t, field)
			}
			return rapid.Int64().Draw(t, field)
		},
		instant: func() directory.Instant { return directory.Instant(rapid.Int64().Draw(t, "instant")) },
		flag:    func() bool { return rapid.Bool().Draw(t, "flag") },
		value:   func() directory.Value { return drawnValue(t, text) },
		object: func() directory.Object {
			o := directory.Object{Kind: directory.ObjectKind(rapid.IntRange(0, 6).Draw(t, "kind"))}
			if o.Kind != directory.ObjectDirectory {
				o.ID = id.Draw(t, "object")
			}
			return o
		},
		length: func() int { return rapid.IntRange(0, 3).Draw(t, "length") },
	}
}

func drawnValue(t *rapid.T, text *rapid.Generator[string]) directory.Value {
	var v directory.Value
	switch rapid.IntRange(0, 2).Draw(t, "form") {
	case 0:
		v.Text = text.Draw(t, "value")
	case 1:
		v.Sealed = directory.SealedID(rapid.Int64Range(1, 1<<62).Draw(t, "sealed"))
	case 2:
		for _, l := range rapid.SliceOfNDistinct(rapid.StringMatching("[A-Z]{2}"), 1, 4, rapid.ID).Draw(t, "languages") {
			v = v.With(directory.Language(l), text.Draw(t, l))
		}
	}
	return v
}

// fill sets every field below v.
func (s *source) fill(v reflect.Value, name string) {
	switch v.Interface().(type) {
	case directory.Value:
		v.Set(reflect.ValueOf(s.value()))
		return
	case directory.Object:
		v.Set(reflect.ValueOf(s.object()))
		return
	case directory.Instant:
		v.SetInt(int64(s.instant()))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if s.flag() {
			v.Set(reflect.New(v.Type().Elem()))
			s.fill(v.Elem(), name)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			s.fill(v.Field(i), strings.ToLower(v.Type().Field(i).Name))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), s.length(), 3))
		for i := range v.Len() {
			s.fill(v.Index(i), name)
		}
	case reflect.String:
		v.SetString(s.text(name))
	case reflect.Bool:
		v.SetBool(s.flag())
	case reflect.Int, reflect.Int64:
		n := v.Type().Name()
		v.SetInt(s.number(name, strings.HasSuffix(n, "ID")))
	default:
		panic("no sample of " + v.Type().String())
	}
}

// filled returns a copy of an edit or row with its fields set.
func filled[T any](s source, empty T) T {
	v := reflect.New(reflect.TypeOf(empty)).Elem()
	s.fill(v, "")
	return v.Interface().(T)
}
