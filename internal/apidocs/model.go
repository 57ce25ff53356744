package apidocs

import (
	"strings"
)

// A reference is a document as pages show it.
type reference struct {
	Name, Title, Version string
	Description          []paragraph
	Source               string // where the document itself is
	Tags                 []tag
	Schemas              []schema
	top                  node
}

// A tag is a group of operations.
type tag struct {
	Name, Slug, Description string
	Operations              []operation
}

// An operation is a method of a path.
type operation struct {
	ID, Method, Path, Summary string
	Description               []paragraph
	Parameters                []parameter
	Body                      *content
	Responses                 []response
}

type parameter struct {
	Name, In    string
	Required    bool
	Type        []part
	Description []part
}

// A content is a body of a request or reply.
type content struct {
	Media   string
	Type    []part
	Members []member
	Example string
}

type response struct {
	Status      string
	Description []part
	Content     *content
}

// A schema is a named type.
type schema struct {
	Name        string
	Description []paragraph
	Type        []part
	Members     []member
}

type member struct {
	Name        string
	Required    bool
	Type        []part
	Description []part
}

// A part is a piece of a text: plain, code, or a link to a schema.
type part struct {
	Text, Schema string
	Code         bool
}

type paragraph []part

// prose cuts a text into paragraphs, and marks what stands between backticks.
func prose(text string) (list []paragraph) {
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if block = strings.Join(strings.Fields(block), " "); block != "" {
			list = append(list, sentence(block))
		}
	}
	return list
}

func sentence(text string) (parts []part) {
	for i, piece := range strings.Split(text, "`") {
		if piece != "" {
			parts = append(parts, part{Text: piece, Code: i%2 == 1})
		}
	}
	return parts
}

// read makes a reference of a document.
func read(d Document) (*reference, error) {
	top, err := parse(d.Text)
	if err != nil {
		return nil, err
	}
	r := &reference{
		Name: d.Name, Title: d.Title, Source: d.Source, Version: top.get("info", "version").text(),
		Description: prose(top.get("info", "description").text()), top: top,
	}
	for _, t := range top.get("tags").elements() {
		r.tagOf(t.get("name").text()).Description = t.get("description").text()
	}
	for path, item := range top.get("paths").members() {
		for method, op := range item.members() {
			if !isMethod(method) {
				continue
			}
			name := "Other"
			if tags := op.get("tags").elements(); len(tags) > 0 {
				name = tags[0].text()
			}
			t := r.tagOf(name)
			t.Operations = append(t.Operations, r.operation(strings.ToUpper(method), path, item, op))
		}
	}
	for name, s := range top.get("components", "schemas").members() {
		r.Schemas = append(r.Schemas, schema{name, prose(s.get("description").text()), r.typeOf(s), r.membersOf(s)})
	}
	return r, nil
}

func isMethod(name string) bool {
	switch name {
	case "get", "post", "put", "patch", "delete", "head":
		return true
	}
	return false
}

// tagOf finds a tag, or adds it.
func (r *reference) tagOf(name string) *tag {
	for i := range r.Tags {
		if r.Tags[i].Name == name {
			return &r.Tags[i]
		}
	}
	r.Tags = append(r.Tags, tag{Name: name, Slug: strings.ToLower(strings.ReplaceAll(name, " ", "-"))})
	return &r.Tags[len(r.Tags)-1]
}

func (r *reference) operation(method, path string, item, op node) operation {
	o := operation{
		ID: op.get("operationId").text(), Method: method, Path: path, Summary: op.get("summary").text(),
		Description: prose(op.get("description").text()), Body: r.content(r.follow(op.get("requestBody"))),
	}
	for _, list := range []node{item.get("parameters"), op.get("parameters")} {
		for _, p := range list.elements() {
			p = r.follow(p)
			o.Parameters = append(o.Parameters, parameter{
				Name: p.get("name").text(), In: p.get("in").text(), Required: p.get("required").text() == "true",
				Type: r.typeOf(p.get("schema")), Description: sentence(p.get("description").text()),
			})
		}
	}
	for status, reply := range op.get("responses").members() {
		reply = r.follow(reply)
		o.Responses = append(o.Responses, response{status, sentence(reply.get("description").text()), r.content(reply)})
	}
	return o
}

// follow resolves a reference within the document.
func (r *reference) follow(n node) node {
	path, ok := strings.CutPrefix(n.get("$ref").text(), "#/")
	if !ok {
		return n
	}
	return r.top.get(strings.Split(path, "/")...)
}

// content is the body of a request or reply; nil if it has none.
func (r *reference) content(of node) *content {
	for media, c := range of.get("content").members() {
		s := c.get("schema")
		made := &content{Media: media, Type: r.typeOf(s), Example: c.get("example").json()}
		if !s.get("$ref").has() {
			made.Members = r.membersOf(s)
		}
		return made
	}
	return nil
}

// membersOf are the members of an object.
func (r *reference) membersOf(s node) (list []member) {
	required := map[string]bool{}
	for _, name := range s.get("required").texts() {
		required[name] = true
	}
	for name, m := range s.get("properties").members() {
		list = append(list, member{name, required[name], r.typeOf(m), sentence(m.get("description").text())})
	}
	for _, one := range s.get("allOf").elements() {
		list = append(list, r.membersOf(r.follow(one))...)
	}
	return list
}

const maxShownValues = 12 // of an enumeration

// typeOf says in few words what a schema is.
func (r *reference) typeOf(s node) []part {
	if ref := s.get("$ref").text(); ref != "" {
		name := ref[strings.LastIndexByte(ref, '/')+1:]
		return []part{{Text: name, Schema: name}}
	}
	for _, of := range []string{"oneOf", "anyOf"} {
		if list := s.get(of).elements(); len(list) > 0 {
			parts := []part{{Text: "one of "}}
			for i, one := range list {
				if i > 0 {
					parts = append(parts, part{Text: ", "})
				}
				parts = append(parts, r.typeOf(one)...)
			}
			return parts
		}
	}
	types := s.get("type").texts()
	if len(types) == 1 && types[0] == "array" {
		return append([]part{{Text: "list of "}}, r.typeOf(s.get("items"))...)
	}
	if more := s.get("additionalProperties"); len(types) == 1 && types[0] == "object" && more.get("type").has() {
		return append([]part{{Text: "object, by name "}}, r.typeOf(more)...)
	}
	text := strings.Join(types, " or ")
	if format := s.get("format").text(); format != "" {
		text += " (" + format + ")"
	}
	if s.get("nullable").text() == "true" {
		text += " or null"
	}
	if values := s.get("enum").texts(); len(values) > 0 {
		if len(values) > maxShownValues {
			values = append(values[:maxShownValues:maxShownValues], "…")
		}
		text += ": " + strings.Join(values, ", ")
	}
	if text == "" {
		text = "any"
	}
	return []part{{Text: text}}
}
