package storetest

import (
	"cmp"
	"reflect"
	"slices"

	"cohort/internal/directory"
)

// changesOf makes, for every field of a row that is no part of its key, a row
// in which that field is another. It finds fields by reflection, so that a
// field that is added to a row is tested from then on.
func changesOf(row directory.Row) []directory.Row {
	var list []directory.Row
	for _, path := range paths(reflect.TypeOf(row)) {
		copied := reflect.New(reflect.TypeOf(row)).Elem()
		copied.Set(reflect.ValueOf(row))
		field := copied.FieldByIndex(path)
		if refers(row, path) || !alter(field) {
			continue
		}
		changed := copied.Interface().(directory.Row)
		if changed.Key() == row.Key() {
			list = append(list, changed)
		}
	}
	return list
}

// refers reports whether a field names another row, which must be there.
func refers(row directory.Row, path []int) bool {
	switch row.(type) {
	case directory.Role, directory.Credential:
		switch reflect.TypeOf(row).FieldByIndex(path).Name {
		case "PermissionSet", "ModelSet", "User":
			return true
		}
	}
	return false
}

// paths are the fields of a struct, those of structs inside included.
func paths(t reflect.Type) [][]int {
	var list [][]int
	for i := range t.NumField() {
		if t.Field(i).Type.Kind() != reflect.Struct {
			list = append(list, []int{i})
			continue
		}
		for _, inner := range paths(t.Field(i).Type) {
			list = append(list, append([]int{i}, inner...))
		}
	}
	return list
}

func alter(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Int64, reflect.Int:
		v.SetInt(v.Int() + 1)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Slice:
		switch v.Interface().(type) {
		case []string:
			v.Set(reflect.ValueOf([]string{"another"}))
		case []directory.LocalText:
			v.Set(reflect.ValueOf([]directory.LocalText{{Language: "IT", Text: "altro"}}))
		default:
			return false
		}
	default:
		return false
	}
	return true
}

// compareKeys is the order by key.
func compareKeys(a, b directory.RowKey) int {
	return cmp.Or(
		cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B),
		cmp.Compare(a.Object.Kind, b.Object.Kind), cmp.Compare(a.Object.ID, b.Object.ID),
		slices.Compare(a.Text[:], b.Text[:]),
	)
}

func sortRows(rows []directory.Row) {
	slices.SortFunc(rows, func(a, b directory.Row) int { return compareKeys(a.Key(), b.Key()) })
}
