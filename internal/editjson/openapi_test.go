package editjson

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cohort/internal/directory"
)

var update = flag.Bool("update", false, "write the edits in the API document anew")

// The block of the API document that is made here lies between these lines.
const (
	apiDocument = "../../api/native.yaml"
	blockBegins = "    # Edits: made by go test ./internal/editjson -update\n"
	blockEnds   = "    # End of edits\n"
)

// TestTheDocumentHasEveryEdit: the API document has each edit with its members, as
// requests and as records spell it.
func TestTheDocumentHasEveryEdit(t *testing.T) {
	text, err := os.ReadFile(apiDocument)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), blockBegins)
	got, after, ended := strings.Cut(rest, blockEnds)
	if !ok || !ended {
		t.Fatalf("%s has no lines %q and %q", apiDocument, blockBegins, blockEnds)
	}
	want := schemasOfEdits()
	if *update {
		if err := os.WriteFile(apiDocument, []byte(before+blockBegins+want+blockEnds+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("%s does not have the edits as they are; run go test ./internal/editjson -update", apiDocument)
	}
}

// schemasOfEdits is the block: the edits of requests, and those of records, which
// leave out what is zero and may have what a dialect said with an edit.
func schemasOfEdits() string {
	var b strings.Builder
	union(&b, "Edit", "One modification. `edit` names it, the other members are its arguments. An unknown member is "+
		"answered with the known ones.", false)
	union(&b, "RecordedEdit", "One modification as history shows it: what is zero is left out.", true)
	for _, name := range names(false) {
		schemaOfEdit(&b, "Edit", name, false)
	}
	for _, name := range names(true) {
		schemaOfEdit(&b, "Recorded", name, true)
	}
	return b.String()
}

func names(recorded bool) (list []string) {
	for name := range editForms {
		if recorded || !isOfTheProgram(name) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

func union(b *strings.Builder, title, description string, recorded bool) {
	prefix := strings.TrimSuffix(title, "Edit")
	if prefix == "" {
		prefix = "Edit"
	}
	fmt.Fprintf(b, "    %s:\n      description: %q\n      oneOf:\n", title, description)
	for _, name := range names(recorded) {
		fmt.Fprintf(b, "        - {$ref: '#/components/schemas/%s'}\n", prefix+camel(name))
	}
	b.WriteString("      discriminator:\n        propertyName: edit\n        mapping:\n")
	for _, name := range names(recorded) {
		fmt.Fprintf(b, "          %s: '#/components/schemas/%s'\n", name, prefix+camel(name))
	}
}

func camel(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

func schemaOfEdit(b *strings.Builder, prefix, name string, recorded bool) {
	f := editForms[name]
	required := []string{"edit"}
	var properties strings.Builder
	fmt.Fprintf(&properties, "        edit: {type: string, enum: [%s]}\n", name)
	for _, fd := range f.fields {
		if fd.required && !recorded {
			required = append(required, fd.name)
		}
		fmt.Fprintf(&properties, "        %s: %s\n", fd.name, schemaOf(f.typ.FieldByIndex(fd.index).Type, fd.name, recorded))
	}
	closed := "      additionalProperties: false\n"
	if recorded {
		closed = ""
	}
	fmt.Fprintf(b, "    %s:\n      type: object\n%s      required: [%s]\n      properties:\n%s",
		prefix+camel(name), closed, strings.Join(required, ", "), properties.String())
}

// schemaOf is the schema of a member, in one line.
func schemaOf(t reflect.Type, name string, recorded bool) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[directory.Value]():
		return "{$ref: '#/components/schemas/Value'}"
	case reflect.TypeFor[directory.Window]():
		return "{$ref: '#/components/schemas/WindowEdit'}"
	case reflect.TypeFor[directory.Instant]():
		return "{type: string, format: date-time}"
	case reflect.TypeFor[directory.Object]():
		return "{type: string, description: \"such as group:12, user:email:ada@example.com or group:$0\"}"
	}
	switch kind := t.Kind(); {
	case kind == reflect.String:
		return "{type: string}"
	case kind == reflect.Bool:
		return "{type: boolean}"
	case isID(t):
		return "{type: string, description: \"an id, a selector, or $0\"}"
	case kind == reflect.Int, kind == reflect.Int64:
		return "{type: integer}"
	case kind == reflect.Slice:
		return "{type: array, items: " + schemaOf(t.Elem(), name, recorded) + "}"
	case kind == reflect.Struct:
		return schemaOfStruct(t, recorded)
	}
	return "{}"
}

func schemaOfStruct(t reflect.Type, recorded bool) string {
	f := formOf(t, false)
	var required, properties []string
	for _, fd := range f.fields {
		if fd.required && !recorded {
			required = append(required, fd.name)
		}
		properties = append(properties, fd.name+": "+schemaOf(t.FieldByIndex(fd.index).Type, fd.name, recorded))
	}
	list := ""
	if len(required) > 0 {
		list = "required: [" + strings.Join(required, ", ") + "], "
	}
	return "{type: object, " + list + "properties: {" + strings.Join(properties, ", ") + "}}"
}
