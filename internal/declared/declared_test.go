package declared_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/declared"
)

func TestMistakesInFilesAreNamedWithTheirPlace(t *testing.T) {
	for text, want := range map[string]string{
		"":                                          "a.yaml: is empty",
		"groups: {}":                                "a.yaml:1: the key cohort is missing",
		"cohort: 2":                                 "a.yaml:1: cohort must be 1",
		"cohort: 1\ngruops: {}":                     `a.yaml:2: the file has no key "gruops"`,
		"cohort: 1\ngroups: {A: {colour: red}}":     `a group has no key "colour"`,
		"cohort: 1\ngroups: {A: {}, A: {}}":         `the key "A" is there twice, also in line 2`,
		"cohort: 1\ngroups: {A: &x {}, B: *x}":      "anchors and aliases are not taken",
		"cohort: 1\ngroups: {A: !!map {}}":          "the tag !!map is not taken",
		"cohort: 1\n---\ncohort: 1":                 "has more than one document",
		"cohort: 1\ngroups: [A]":                    "groups must be a mapping",
		"cohort: 1\ngroups: {A: {parents: B}}":      "parents must be a list",
		"cohort: 1\ngroups: {A: {parents: [B, B]}}": `parents has "B" twice`,
		"cohort: 1\nattributes: {a: {hidden: yes}}": "hidden must be true or false",
		"cohort: 1\ngroups: {A: {values: {a: {value: 1, from_env: X}}}}": "exactly one of value, texts, from_env, " +
			"from_file, hidden",
		"cohort: 1\ngroups: {A: {values: {a: {value: 1, from: tomorrow}}}}": "from must be a time",
		"cohort: 1\nset: a/b":                                                  "set must be a name without slashes",
		"cohort: 1\ngroups: {A: {sources: {'set:x': y}}}":                      `the source "set:x" says who manages`,
		"cohort: 1\nusers: {a@b.c: {groups: [{group: A, until: 2026-01-01}]}}": "until must be a time",
	} {
		_, err := declared.Read([]declared.File{{Name: "a.yaml", Data: []byte(text)}}, "team")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
	_, err := declared.Read([]declared.File{
		{Name: "a.yaml", Data: []byte("cohort: 1\ngroups: {A: {}}")},
		{Name: "b.yaml", Data: []byte("cohort: 1\n\ngroups: {A: {}}")},
	}, "team")
	if err == nil || !strings.Contains(err.Error(), `b.yaml:3: the group "A" is there twice, also at a.yaml:2`) {
		t.Errorf("one key in two files: %v", err)
	}
}

func TestScalarsStayTheTextThatWasWritten(t *testing.T) {
	text := "cohort: 1\ngroups: {G: {values: {a: no, b: 025, c: 1e5, d: 2026-01-01, e: ~, f: '', g: [a, 'b,c'], h: " +
		"0x1F, i: null}}}"
	s, err := declared.Read([]declared.File{{Name: "a.yaml", Data: []byte(text)}}, "team")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, v := range s.Groups[0].Values {
		got[v.Attribute] = v.Text
		if v.Clear {
			got[v.Attribute] = "(clear)"
		}
	}
	want := map[string]string{"a": "no", "b": "025", "c": "1e5", "d": "2026-01-01", "e": "(clear)", "f": "", "g": "a,b^,c",
		"h": "0x1F", "i": "(clear)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFormatsAreToldApart(t *testing.T) {
	for text, want := range map[string]declared.Format{
		"cohort: 1": declared.FormatDeclared, `{"cohort": 1}`: declared.FormatDeclared, `{"edits": []}`: declared.FormatEdits,
		`{"version": 1, "edits": []}`: declared.FormatEdits, `[{"edit": "create_group"}]`: declared.FormatEdits,
		"name,email\nA,b@c.d": declared.FormatUnknown, "{": declared.FormatUnknown, "": declared.FormatUnknown,
		"groups: {}": declared.FormatUnknown,
	} {
		if got, _ := declared.FormatOf([]byte(text)); got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
}
