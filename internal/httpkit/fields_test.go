package httpkit

import (
	"encoding/json"
	"strings"
	"testing"

	"cohort/internal/directory"
)

const object = `{"id":"1","name":"a","can":{"show":true,"edit":false},"list":[{"id":"2","x":1},{"id":"3","x":{"y":2,"z":3}}],"none":null}`

func TestFieldsSelectMembers(t *testing.T) {
	for fields, want := range map[string]string{
		``:                          object,
		`""`:                        object,
		`*`:                         object,
		`id,*`:                      object,
		` , `:                       object,
		`id`:                        `{"id":"1"}`,
		`name,id`:                   `{"id":"1","name":"a"}`,
		`"id,name"`:                 `{"id":"1","name":"a"}`,
		` id , name `:               `{"id":"1","name":"a"}`,
		`id,unknown`:                `{"id":"1"}`,
		`unknown`:                   `{}`,
		`can`:                       `{"can":{"show":true,"edit":false}}`,
		`can(show)`:                 `{"can":{"show":true}}`,
		`can ( show , edit ) , id`:  `{"id":"1","can":{"show":true,"edit":false}}`,
		`can(*)`:                    `{"can":{"show":true,"edit":false}}`,
		`can()`:                     `{"can":{"show":true,"edit":false}}`,
		`can(show),can(edit)`:       `{"can":{"show":true,"edit":false}}`,
		`can(show),can`:             `{"can":{"show":true,"edit":false}}`,
		`can,can(show)`:             `{"can":{"show":true,"edit":false}}`,
		`list(id)`:                  `{"list":[{"id":"2"},{"id":"3"}]}`,
		`list(x(y))`:                `{"list":[{"x":1},{"x":{"y":2}}]}`,
		`list(x(y)),list(x(z),id)`:  `{"list":[{"id":"2","x":1},{"id":"3","x":{"y":2,"z":3}}]}`,
		`none(x),id(y)`:             `{"id":"1","none":null}`,
		`credentials_email(a),name`: `{"name":"a"}`,
	} {
		f, err := ParseFields(fields)
		if err != nil {
			t.Errorf("fields %q: %v", fields, err)
			continue
		}
		if got, err := f.Select([]byte(object)); err != nil || string(got) != want {
			t.Errorf("fields %q: %s, %v, want %s", fields, got, err, want)
		}
		if got, err := f.Select([]byte("[" + object + "," + object + "]")); err != nil ||
			string(got) != "["+want+","+want+"]" {
			t.Errorf("fields %q of a list: %s, %v", fields, got, err)
		}
	}
}

func TestFieldsThatCannotBeRead(t *testing.T) {
	for fields, want := range map[string]string{
		`id(`:                             "fields has a ( that is not closed",
		`id(name`:                         "fields has a ( that is not closed",
		`id)`:                             "fields has a ) too many",
		`id(a)b`:                          "fields needs a comma after )",
		strings.Repeat("a(", 9):           "fields has more than 8 parentheses inside each other",
		strings.Repeat("a,", 201):         "fields has more than 200 names",
		strings.Repeat("a", maxFieldsLen): "",
		strings.Repeat("a", 8<<10+1):      "fields is longer than 8192 bytes",
	} {
		_, err := ParseFields(fields)
		if want == "" && err == nil {
			continue
		}
		if directory.KindOf(err) != directory.KindMalformed || err.Error() != want {
			t.Errorf("fields %.20q: %v, want %s", fields, err, want)
		}
	}
}

func FuzzParseFields(f *testing.F) {
	for _, s := range []string{`id, a(b,c(d)),*`, `a(b),a(c)`, `"x"`, `a(`, `)`, `a(b)c`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fields, err := ParseFields(s)
		if err != nil {
			return
		}
		got, err := fields.Select([]byte(object))
		if err != nil || !json.Valid(got) || len(got) > len(object) {
			t.Fatalf("%q selects %s, %v", s, got, err)
		}
	})
}
