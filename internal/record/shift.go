package record

import (
	"fmt"
	"reflect"
	"slices"

	"cohort/internal/directory"
)

// ShiftMade returns edits whose placeholders for what edit i makes stand for what edit
// i+by makes: for a list that is appended to others.
func ShiftMade(edits []directory.Edit, by int) ([]directory.Edit, error) {
	shifted := make([]directory.Edit, len(edits))
	for i, e := range edits {
		v := reflect.New(reflect.TypeOf(e)).Elem()
		v.Set(reflect.ValueOf(e))
		shiftIn(v, int64(by))
		edit, ok := reflect.TypeAssert[directory.Edit](v)
		if !ok {
			return nil, fmt.Errorf("edit %d is no edit: %T", i, e)
		}
		shifted[i] = edit
	}
	return shifted, nil
}

// shiftIn shifts the ids in a value. What a pointer or a slice refers to is copied.
func shiftIn(v reflect.Value, by int64) {
	if object, ok := reflect.TypeAssert[directory.Object](v); ok {
		if object.ID < 0 {
			object.ID -= by
			v.Set(reflect.ValueOf(object))
		}
		return
	}
	switch v.Kind() {
	case reflect.Int64:
		if isID(v.Type()) && v.Int() < 0 {
			v.SetInt(v.Int() - by)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				shiftIn(v.Field(i), by)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			next := reflect.New(v.Type().Elem())
			next.Elem().Set(v.Elem())
			shiftIn(next.Elem(), by)
			v.Set(next)
		}
	case reflect.Slice:
		next := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(next, v)
		for i := range next.Len() {
			shiftIn(next.Index(i), by)
		}
		if !v.IsNil() {
			v.Set(next)
		}
	default:
	}
}

// isID reports whether values of a type are ids, which can stand for what an edit
// makes.
func isID(t reflect.Type) bool {
	return slices.Contains([]reflect.Type{
		reflect.TypeFor[directory.UserID](), reflect.TypeFor[directory.GroupID](), reflect.TypeFor[directory.AttributeID](),
		reflect.TypeFor[directory.RoleID](), reflect.TypeFor[directory.PermissionSetID](),
		reflect.TypeFor[directory.ModelSetID](),
		reflect.TypeFor[directory.CredentialID](),
	}, t)
}

// Names reports whether an edit names an object, as one that it changes or as
// what it changes others with.
func Names(e directory.Edit, o directory.Object) bool { return namesIn(reflect.ValueOf(e), o) }

func namesIn(v reflect.Value, o directory.Object) bool {
	if object, ok := reflect.TypeAssert[directory.Object](v); ok {
		return object == o
	}
	switch v.Kind() {
	case reflect.Int64:
		return v.Type() == idType(o.Kind) && v.Int() == o.ID
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && namesIn(v.Field(i), o) {
				return true
			}
		}
	case reflect.Pointer:
		return !v.IsNil() && namesIn(v.Elem(), o)
	case reflect.Slice:
		for i := range v.Len() {
			if namesIn(v.Index(i), o) {
				return true
			}
		}
	default:
	}
	return false
}

// idType is the type of the ids of a kind of object; nil if there is none.
func idType(kind directory.ObjectKind) reflect.Type {
	switch kind {
	case directory.ObjectUser:
		return reflect.TypeFor[directory.UserID]()
	case directory.ObjectGroup:
		return reflect.TypeFor[directory.GroupID]()
	case directory.ObjectAttribute:
		return reflect.TypeFor[directory.AttributeID]()
	case directory.ObjectRole:
		return reflect.TypeFor[directory.RoleID]()
	case directory.ObjectPermissionSet:
		return reflect.TypeFor[directory.PermissionSetID]()
	case directory.ObjectModelSet:
		return reflect.TypeFor[directory.ModelSetID]()
	default:
		return nil
	}
}
