package console_test

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cohort/internal/directory"
)

// canary is what would be alive if it were not escaped. Names cannot hold the
// character that turns the direction of a text: tame is without it.
const (
	canary = `"><img src=x onerror=alert(1)>'{{.}}<script>x</script>` + "\u202e"
	tame   = `"><img src=x onerror=alert(1)>'{{.}}<script>x</script>`
)

// closedFields are fields of edits that take no free text, or whose text no page
// shows, and why.
func closedFields() map[string]string {
	return map[string]string{
		"CreateUser.Kind": "one of a list", "CreateUser.Timezone": "a name of the zone database",
		"CreateUser.Language": "a tag",
		"UpdateUser.Timezone": "a name of the zone database", "UpdateUser.Language": "a tag",
		"CreateGroup.Language": "a tag", "UpdateGroup.Language": "a tag",
		"CreateAttribute.Name": "letters, digits and _", "UpdateAttribute.Name": "letters, digits and _",
		"CreateAttribute.Type": "one of a list", "CreateAttribute.Rule": "one of a list",
		"CreateAttribute.UserValueMode": "one of a list",
		"UpdateAttribute.Type":          "one of a list", "UpdateAttribute.Rule": "one of a list",
		"UpdateAttribute.UserValueMode": "one of a list",
		"UpdateAttribute.Misfits":       "one of a list", "Revert.Misfits": "one of a list",
		"CreateAttribute.Constraints.Least":    "a number or a time",
		"CreateAttribute.Constraints.Greatest": "a number or a time",
		"UpdateAttribute.Least":                "a number or a time", "UpdateAttribute.Greatest": "a number or a time",
		"DeleteGroupValue.Language": "a tag", "DeleteUserValue.Language": "a tag",
		"CreateAPICredential.ClientID": "letters, digits, - and _", "CreateAPICredential.Secret": "never kept",
		"CreateAPICredential.Kind": "one of a list",
		"SetIdentity.Kind":         "one of a list", "SetFacet.Dialect": "one of a list", "SetFacet.Kind": "one of a list",
		"SetFacet.Name": "checked by the dialect",
		"SetFacet.Data": "no page shows it", "DeleteFacet.Dialect": "one of a list", "DeleteFacet.Kind": "one of a list",
		"DeleteFacet.Name": "checked by the dialect",
		"Baseline.Job":     "made by the program", "Baseline.Digest": "made by the program",
		"Baseline.Counts.Kind": "made by the program",
	}
}

// texts yields the paths of the fields of a type that hold text, and what a value
// has there.
func texts(v reflect.Value, path string, yield func(path, text string)) {
	switch v.Kind() {
	case reflect.String:
		yield(path, v.String())
	case reflect.Pointer:
		if v.IsNil() {
			v = reflect.New(v.Type().Elem())
		}
		texts(v.Elem(), path, yield)
	case reflect.Slice:
		if v.Len() == 0 {
			texts(reflect.New(v.Type().Elem()).Elem(), path, yield)
		}
		for i := range v.Len() {
			texts(v.Index(i), path, yield)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[directory.Value]() {
			text, _ := v.Interface().(directory.Value)
			yield(path, text.Text)
			return
		}
		if v.Type() == reflect.TypeFor[directory.Object]() {
			return
		}
		for i := range v.NumField() {
			texts(v.Field(i), path+"."+v.Type().Field(i).Name, yield)
		}
	}
}

// poisonedEdits have the canary in every field that takes it.
func poisonedEdits() []directory.Edit {
	text, list := new(tame), []string{"see_users", tame}
	value := directory.Value{Text: canary}
	allowed := []directory.AllowedValue{{Value: canary, Label: tame}}
	user, group := directory.UserID(900), directory.GroupID(901)
	set, models := directory.Made[directory.PermissionSetID](12), directory.Made[directory.ModelSetID](14)
	return []directory.Edit{
		directory.CreateUser{ID: user, FirstName: tame, LastName: tame, ContactEmail: `<b>"'@x.example`},
		directory.UpdateUser{User: user, FirstName: text, LastName: text, ContactEmail: new(`<b>"'@y.example`)},
		directory.CreateGroup{ID: group, Name: tame, Description: canary},
		directory.UpdateGroup{Group: group, Name: text, Description: new(canary + "2")},
		directory.AddMember{Group: group, User: user},
		directory.CreateAttribute{
			ID: 902, Name: "canary", Label: tame, Type: directory.TypeString, Default: &value, Description: canary,
			Constraints: directory.Constraints{Allowed: allowed, Pattern: regexp.QuoteMeta(tame) + ".*"},
		},
		directory.UpdateAttribute{
			Attribute: 902, Label: text, Default: &value, Description: new(canary + "2"), Allowed: &allowed,
			Pattern: new("(?s)" + regexp.QuoteMeta(tame) + ".*"),
		},
		directory.SetGroupValue{Group: group, Attribute: 902, Value: value},
		directory.SetGroupValues{Attribute: 902, Items: []directory.GroupValueItem{{Group: group, Value: value}}},
		directory.SetUserValue{User: user, Attribute: 902, Value: value},
		directory.SetSource{Object: user.Object(), Source: canary, SourceID: canary},
		directory.SetSource{Object: group.Object(), Source: canary, SourceID: canary},
		directory.CreatePermissionSet{Name: tame, Permissions: list},
		directory.UpdatePermissionSet{PermissionSet: set, Name: text, Permissions: &list},
		directory.CreateModelSet{Name: tame, Models: list},
		directory.UpdateModelSet{ModelSet: models, Name: new(tame + "2"), Models: &list},
		directory.CreateRole{Name: tame, PermissionSet: set, ModelSet: models},
		directory.UpdateRole{Role: directory.Made[directory.RoleID](16), Name: text},
		directory.SetUserRoles{User: user, Roles: []directory.RoleID{directory.Made[directory.RoleID](16)}},
		directory.SetLoginEmail{User: user, Email: `<b>"'@z.example`},
		directory.SetIdentity{User: user, Kind: directory.CredentialSSO, Identifier: "okta/" + tame},
		directory.SetSource{Object: directory.GroupID(12).Object(), Source: tame, SourceID: tame},
		directory.DeleteSource{Object: directory.GroupID(12).Object(), Source: tame},
	}
}

// TestTheCanaryIsInEveryField fails when an edit gains a field of text that the
// canary is not in.
func TestTheCanaryIsInEveryField(t *testing.T) {
	closed, held := closedFields(), map[string]bool{}
	for _, e := range poisonedEdits() {
		texts(reflect.ValueOf(e), reflect.TypeOf(e).Name(), func(path, text string) {
			held[path] = held[path] ||
				strings.Contains(text, "<")
		})
	}
	for _, e := range directory.Edits() {
		texts(reflect.ValueOf(e), reflect.TypeOf(e).Name(), func(path, _ string) {
			if !held[path] && closed[path] == "" {
				t.Errorf("%s holds text, and the canary is not in it", path)
			}
			if held[path] && closed[path] != "" {
				t.Errorf("%s holds the canary, though it %s", path, closed[path])
			}
			delete(closed, path)
		})
	}
	if len(closed) > 0 {
		t.Errorf("there are no such fields: %v", slices.Collect(maps.Keys(closed)))
	}
}
