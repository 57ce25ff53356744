package bulk

import (
	"slices"

	"cohort/internal/directory"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/schema"
)

// The operations of directives.
const (
	opSkipIfNotEmpty = "skipIfNotEmpty"
	opSkipMove       = "skipMoveOnUpdate"
	opSkipCreate     = "skipCreate"
	opMergeTexts     = "mergeTranslationsOnUpdate" // which is always done here
)

// DirectivesShape accepts both forms: a list of operations, and an object with a member for
// each.
func DirectivesShape(fields []string) *schema.Shape {
	listed := schema.List(directory.MaxFields, schema.Text(document.LineLen))
	s := &schema.Shape{
		Types: []schema.Type{schema.Array, schema.Object}, MaxItems: directory.MaxFields,
		Items: &schema.Shape{Types: []schema.Type{schema.Object}, Required: []string{"operation"}},
		Members: map[string]*schema.Shape{
			opSkipIfNotEmpty: schema.List(directory.MaxFields, schema.OneOf(fields...)),
			opSkipMove:       listed, opSkipCreate: listed, opMergeTexts: listed,
		},
	}
	s.Items.Members = map[string]*schema.Shape{"operation": schema.OneOf(schema.Names(s.Members)...), "fields": listed}
	s.Items.Also = func(c *schema.Checker, at string, n *schema.Node) {
		operation := n.TextOr("operation", "")
		if list, form := n.Members["fields"], s.Members[operation]; operation == opSkipIfNotEmpty && list != nil {
			c.Check(at+"/fields", form, list)
		}
	}
	return s
}

// ReadDirectives reads directives in either form.
func ReadDirectives(n *schema.Node) Directives {
	var d Directives
	if n == nil {
		return d
	}
	note := func(operation string, fields *schema.Node) {
		switch operation {
		case opSkipIfNotEmpty:
			if fields != nil {
				for _, f := range fields.Items {
					d.SkipIfNotEmpty = append(d.SkipIfNotEmpty, f.Text)
				}
			}
		case opSkipMove:
			d.SkipMove = true
		case opSkipCreate:
			d.SkipCreate = true
		}
	}
	for _, item := range n.Items {
		note(item.TextOr("operation", ""), item.Members["fields"])
	}
	for _, name := range n.Names {
		note(name, n.Members[name])
	}
	return d
}

// Directives say what a bulk update leaves alone.
type Directives struct {
	SkipIfNotEmpty []string
	SkipMove       bool
	SkipCreate     bool
}

// Skips reports whether a member stays as it is, because it has a value.
func (d Directives) Skips(name, current string) bool {
	return current != "" && slices.Contains(d.SkipIfNotEmpty, name)
}
