package resource

import (
	"strings"
	"testing"
)

// written gives a filter with brackets around everything, so that precedence shows.
func written(f Filter) string {
	join := func(list []Filter, word string) string {
		parts := make([]string, len(list))
		for i := range list {
			parts[i] = written(list[i])
		}
		return "(" + strings.Join(parts, " "+word+" ") + ")"
	}
	switch f := f.(type) {
	case AndFilter:
		return join(f, "and")
	case OrFilter:
		return join(f, "or")
	case NotFilter:
		return "not " + written(f.Inner)
	case Comparison:
		if f.Op == "pr" {
			return f.Path.String() + " pr"
		}
		return f.Path.String() + " " + f.Op + " " + string(AppendTree(nil, f.Value))
	case ElementFilter:
		s := f.Path.String() + "[" + written(f.Inner) + "]"
		if f.Then != nil {
			s += "." + written(*f.Then)
		}
		return s
	}
	return "?"
}

// C33, C34: the grammar of RFC 7644, figure 1, and what providers send beyond it.
func TestC33C34FiltersAreRead(t *testing.T) {
	for in, want := range map[string]string{
		`userName eq "bjensen"`:                   `userName eq "bjensen"`,
		`USERNAME Eq "a\u00e9\"\\\/"`:             `USERNAME eq "aé\"\\/"`,
		`a eq 1 or b eq 2 and not (c eq 3)`:       `(a eq 1 or (b eq 2 and not c eq 3))`,
		`(a eq 1 or b eq 2) and c eq 3`:           `((a eq 1 or b eq 2) and c eq 3)`,
		`a eq 1 AND b eq 2 OR c eq 3`:             `((a eq 1 and b eq 2) or c eq 3)`,
		`emails[type eq "work" and value co "@"]`: `emails[(type eq "work" and value co "@")]`,
		`emails[type eq "work"].value eq "a@x"`:   `emails[type eq "work"].value eq "a@x"`,
		`externalId eq jyoung`:                    `externalId eq "jyoung"`,
		`id eq 54D382A4-2050 and manager eq 2819`: `(id eq "54D382A4-2050" and manager eq 2819)`,
		`meta.resourceType eq User`:               `meta.resourceType eq "User"`,
		`active eq True`:                          `active eq true`,
		`title eq null`:                           `title eq null`,
		`  userName   eq   "x"  `:                 `userName eq "x"`,
		`urn:ietf:params:scim:schemas:core:2.0:User:name.familyName co "O'M"`: `urn:ietf:params:scim:schemas:core:2.0:User:name.familyName co "O'M"`,
		`not(a pr)`: `not a pr`,
	} {
		f, err := ParseFilter(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := written(f); got != want {
			t.Errorf("%s is read as %s, want %s", in, got, want)
		}
	}
	for _, in := range []string{
		``, `a`, `a eq`, `a eq 'x'`, `a xx 1`, `a eq 1 and`, `(a eq 1`, `a eq 1)`, `a[b eq 1`, `a eq "x`, `a eq "\q"`,
		`1a eq 1`, `a..b eq 1`, `not`,
		`a eq 1 b eq 2`, `[a eq 1]`, `urn: eq 1`, `a eq "x" or`,
	} {
		if f, err := ParseFilter(in); err == nil {
			t.Errorf("%q is read as %s", in, written(f))
		} else if got := asFault(err); got.Status != 400 || got.Type != invalidFilter {
			t.Errorf("%q: %d %s", in, got.Status, got.Type)
		}
	}
}

// C36: bounds, before anything is looked at.
func TestC36FiltersAreBounded(t *testing.T) {
	for in, want := range map[string]string{
		`a eq "` + strings.Repeat("x", 4096) + `"`:                 TooMany,
		strings.Repeat("(", 21) + "a pr" + strings.Repeat(")", 21): invalidFilter,
		strings.Repeat("a pr or ", 50) + "a pr":                    TooMany,
		strings.Repeat("not (", 800):                               invalidFilter,
		strings.Repeat("(", 20) + "a pr" + strings.Repeat(")", 20): "",
		strings.Repeat("a pr or ", 49) + "a pr":                    "",
	} {
		_, err := ParseFilter(in)
		got := ""
		if err != nil {
			got = asFault(err).Type
		}
		if got != want {
			t.Errorf("%.40s: %v", in, err)
		}
	}
}

// C35, C41: what comparisons mean, and what cannot be compared.
func TestC35C41FiltersMeanWhatTheyShould(t *testing.T) {
	v, err := ParseTree([]byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"5","externalId":"X","userName":"Ada@X.org","title":"",
		"name":{"givenName":"Ada"},"active":true,"emails":[{"value":"a@x.org","type":"work"},{"value":"b@x.org","type":"home","primary":true}],
		"meta":{"created":"2026-01-02T03:04:05.000Z"},
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"7","manager":{"value":"12"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	u := &Type{"User", "/Users", UserSchema(), []*Schema{EnterpriseSchema()}}
	for in, want := range map[string]bool{
		`userName eq "ada@x.ORG"`: true, `userName eq "ada@x.or"`: false, `userName sw "ADA"`: true,
		`userName ew ".org"`: true, `userName co ""`: true,
		`externalId eq "X"`: true, `externalId eq "x"`: false, `id eq "5"`: true, `id eq 5`: true,
		`emails eq "b@x.org"`: true, `emails.value co "a@"`: true, `emails.type eq "other"`: false,
		`emails[type eq "work" and value eq "b@x.org"]`: false, `emails[type eq "home"].value eq "b@x.org"`: true,
		`emails[primary eq True]`:      true,
		`emails[not (type eq "work")]`: true, `emails[type eq "fax"]`: false,
		`title pr`: false, `name pr`: true, `name.familyName pr`: false, `nickName pr`: false,
		`nickName ne "x"`: true, `nickName eq "x"`: false, `nickName eq null`: true, `userName eq null`: false,
		`userName ne null`:      true,
		`emails.type ne "work"`: false, `active eq true`: true, `active ne "true"`: false, `active eq "False"`: false,
		`meta.created gt "2026-01-02T03:04:04Z"`: true, `meta.created le "2026-01-02T04:04:05+01:00"`: true,
		`meta.created lt "2026-01-02T03:04:05Z"`:                                           false,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:EMPLOYEENUMBER eq "7"`: true, `manager eq "12"`: true,
		`manager.value eq "12"`: true, `manager eq 13`: false,
		`schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"`: true, `userName gt "a"`: true, `userName lt "B"`: true,
	} {
		f, err := ParseFilter(in)
		if err == nil {
			err = u.Check(f)
		}
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := u.Matches(f, v.(*Object)); got != want {
			t.Errorf("%s is %v, want %v", in, got, want)
		}
	}
	for in, want := range map[string]string{
		`nothing eq "x"`: invalidFilter, `name eq "x"`: invalidFilter, `active gt true`: invalidFilter,
		`active co "t"`:     invalidFilter,
		`active eq "maybe"`: invalidFilter, `meta.created gt "yesterday"`: invalidFilter,
		`userName[value eq "x"]`: invalidFilter,
		`emails[foo eq "x"]`:     invalidFilter, `emails[type[x eq 1]]`: invalidFilter,
		`x509Certificates gt "x"`:                           invalidFilter,
		`urn:ietf:params:scim:schemas:core:2.0:User:foo pr`: invalidFilter, `userName.x eq "y"`: invalidFilter,
		`urn:nobody:1.0:User:userName eq "x"`: invalidFilter,
		`password eq "x"`:                     Sensitive,
	} {
		f, err := ParseFilter(in)
		if err == nil {
			err = u.Check(f)
		}
		if err == nil || asFault(err).Type != want {
			t.Errorf("%s: %v", in, err)
		}
	}
}
