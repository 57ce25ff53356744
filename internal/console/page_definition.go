package console

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cohort/internal/console/draft"
	"cohort/internal/directory"
	"cohort/internal/render"
)

// A definitionPage is what an attribute is, or the form that changes it.
type definitionPage struct {
	Rows      []fact
	Rule      string
	Builtin   bool
	Permanent bool
	Attribute directory.Attribute
	Default   string
	Allowed   string // a value a line
	Editing   bool
	May       bool
	Edit      string
	Cancel    string
	Form      form
	Step      *misfitStep
	Types     []string
	Rules     []string
	Modes     []string
	Drafted   []part
}

// A misfitStep asks what becomes of values that do not fit a new type, or new
// constraints.
type misfitStep struct {
	Text   []part  // how many, and whose
	Fields []field // what was typed, to be sent again
	Keep   bool    // whether they can stay as they are
}

func attributeDefinition(q *request) error {
	a, f, err := q.loadAttribute("definition")
	if err != nil {
		return err
	}
	return q.definition(&a, f)
}

func (q *request) definition(a *directory.Attribute, f frame) error {
	page := definitionPage{Builtin: a.System || a.ID.Computed(), Rule: ruleText(a), Rows: q.definitionRows(a)}
	page.May, page.Form, page.Attribute = !page.Builtin && q.mayChange(directory.ManageAttributes), q.form(), *a
	page.Editing = page.May && (q.query.Get("edit") != "" || page.Form.Problem != "")
	page.Edit, page.Cancel, page.Types, page.Rules = q.with("edit", "1"), q.with("edit", ""), typeNames(), ruleNames()
	page.Modes = []string{string(directory.ModeWins), string(directory.ModeJoins), string(directory.ModeYields)}
	page.Permanent, page.Drafted = a.Permanent, q.draftedAs(draft.KeyOf(directory.UpdateAttribute{Attribute: a.ID}))
	page.Attribute.Default = directory.Value{}
	if a.HasDefault() && !a.Hidden {
		page.Default, _ = a.Default.In(q.Language)
	}
	page.Allowed = allowedLines(a.Allowed)
	if page.Form.Field == "misfits" && page.Form.Problem != "" {
		page.Step = q.misfitStep(a)
	} else if page.Form.Problem != "" {
		q.retype(&page)
	}
	f.Data = page
	return q.show("attribute_definition", f)
}

// retype fills the form with what was typed and refused.
func (q *request) retype(page *definitionPage) {
	a := &page.Attribute
	a.Label, a.Type, a.Rule = q.typed("label"), directory.Type(q.typed("type")), directory.Rule(q.typed("rule"))
	a.UserValueMode, a.UserCanView, a.UserCanEdit = directory.UserValueMode(q.typed("user_value_mode")),
		q.typed("view") != "", q.typed("edit") != ""
	a.Description, a.Pattern, a.Least, a.Greatest = q.typedLines("description"), q.typed("pattern"), q.typed("least"),
		q.typed("greatest")
	a.MaxLength, _ = strconv.Atoi(q.typed("max_length"))
	page.Default, page.Allowed = q.r.PostForm.Get("value"), q.typedLines("allowed")
}

func (q *request) definitionRows(a *directory.Attribute) []fact {
	yes := func(b bool) []part {
		if b {
			return parts(say("yes"))
		}
		return parts(say("no"))
	}
	def := parts(quiet("none"))
	if a.HasDefault() {
		def = parts(valueOf(a, a.Default, q.Language).part())
	}
	rows := []fact{
		{Label: "Name", Parts: parts(code(a.Name))}, {Label: "Label", Parts: parts(say(a.Label))},
		{Label: "Type", Parts: parts(code(string(a.Type)))}, {Label: "Rule", Parts: parts(code(string(a.Rule)))},
		{Label: "A user's own value", Parts: parts(code(string(a.UserValueMode)))}, {Label: "Default", Parts: def},
	}
	if len(a.Allowed) > 0 {
		var list []part
		for i, v := range a.Allowed {
			if i == rowsShown {
				list = append(list, quiet(" and "+number(itoa(len(a.Allowed)-rowsShown))+" more"))
				break
			}
			list = append(list, part{Text: render.Shorten(v.Value, maxShown), Kind: "value"})
			if v.Label != "" {
				list = append(list, quiet(" "+v.Label))
			}
			list = append(list, say(" "))
		}
		rows = append(rows, fact{Label: "Allowed", Parts: list})
	}
	bounds := a.Constraints
	bounds.Allowed = nil
	if text := constraintText(&bounds); text != "" {
		rows = append(rows, fact{Label: "Values", Parts: parts(say(text))})
	}
	return append(rows, fact{Label: "Hidden", Parts: yes(a.Hidden)},
		fact{Label: "Users can view it", Parts: yes(a.UserCanView)},
		fact{Label: "Users can edit it", Parts: yes(a.UserCanEdit)})
}

// constraintText says in words which values are taken.
func constraintText(c *directory.Constraints) string {
	var list []string
	add := func(is bool, text string) {
		if is {
			list = append(list, text)
		}
	}
	add(len(c.Allowed) > 0, "one of "+plural(len(c.Allowed), "allowed value"))
	add(c.Pattern != "", "matching "+c.Pattern)
	add(c.Least != "", "at least "+c.Least)
	add(c.Greatest != "", "at most "+c.Greatest)
	add(c.MaxLength != 0, "up to "+plural(c.MaxLength, "character"))
	return strings.Join(list, ", ")
}

const labelSign = " = " // between a value and its label, in a line

func allowedLines(list []directory.AllowedValue) string {
	var b strings.Builder
	for i, v := range list {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(v.Value)
		if v.Label != "" {
			b.WriteString(labelSign + v.Label)
		}
	}
	return b.String()
}

// typedConstraints are those in the form, checked against a type.
func (q *request) typedConstraints(t directory.Type) (c directory.Constraints, err error) {
	for line := range strings.SplitSeq(q.typedLines("allowed"), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		value, label, _ := strings.Cut(line, labelSign)
		c.Allowed = append(c.Allowed, directory.AllowedValue{Value: strings.TrimSpace(value),
			Label: strings.TrimSpace(label)})
	}
	c.Pattern, c.Least, c.Greatest = q.typed("pattern"), q.typed("least"), q.typed("greatest")
	if text := q.typed("max_length"); text != "" {
		if c.MaxLength, err = strconv.Atoi(text); err != nil {
			return c, directory.Invalid("max_length", "must be a number")
		}
	}
	return directory.ParseConstraints(t, c)
}

// newAttribute makes an attribute.
func newAttribute(q *request) ([]directory.Edit, error) {
	name, err := directory.ParseAttributeName("name", strings.ToLower(q.typed("name")))
	if err != nil {
		return nil, err
	}
	label, err := directory.ParseName("label", q.typed("label"))
	if err != nil {
		return nil, err
	}
	t, err := directory.ParseType("type", q.typed("type"))
	if err != nil {
		return nil, err
	}
	hidden := q.typed("hidden") != ""
	rule, err := directory.ParseRule(q.typed("rule"), t, hidden)
	if err != nil {
		return nil, err
	}
	e := directory.CreateAttribute{Name: name, Label: label, Type: t, Rule: rule, Hidden: hidden,
		UserCanView: q.typed("view") != ""}
	if e.Description, err = directory.ParseDescription("description", q.typedLines("description")); err != nil {
		return nil, err
	}
	if e.Constraints, err = q.typedConstraints(t); err != nil {
		return nil, err
	}
	if text := q.typed("value"); text != "" {
		v, err := q.typedValue(&directory.Attribute{Type: t, Constraints: e.Constraints}, directory.Value{})
		if err != nil {
			return nil, err
		}
		e.Default = &v
	}
	return []directory.Edit{e}, nil
}

// editAttribute changes the definition of an attribute, or deletes it.
func editAttribute(q *request) ([]directory.Edit, error) {
	a, err := q.dir.AttributeByName(q.ctx(), strings.ToLower(q.r.PathValue("attribute")))
	if err != nil {
		return nil, err
	}
	if q.typed("do") == "delete" {
		return []directory.Edit{directory.DeleteAttribute{Attribute: a.ID}}, nil
	}
	e, is, err := q.typedDefinition(&a)
	if err != nil {
		return nil, err
	}
	if e == (directory.UpdateAttribute{Attribute: a.ID}) {
		return nil, nil
	}
	return q.fitting(&a, &is, e)
}

// fitting asks what becomes of values that do not fit, unless that is decided.
func (q *request) fitting(was, is *directory.Attribute, e directory.UpdateAttribute) ([]directory.Edit, error) {
	tighter := is.Type != was.Type || is.TighterIn(&was.Constraints, is.Type) != ""
	if !tighter {
		return []directory.Edit{e}, nil
	}
	misfits, err := directory.ParseMisfits("misfits", q.typed("misfits"))
	if err != nil {
		return nil, err
	}
	if e.Misfits = misfits; misfits != "" {
		return []directory.Edit{e}, nil
	}
	_, err = q.live.Suppose(q.ctx(), []directory.Edit{e})
	if known, ok := asError(err); ok && known.Kind == directory.KindInvalid {
		ask := *known
		ask.Field = "misfits"
		return nil, &ask
	}
	return []directory.Edit{e}, err
}

// typedDefinition is what the form changes of an attribute, and what it makes of
// it.
func (q *request) typedDefinition(a *directory.Attribute) (e directory.UpdateAttribute, is directory.Attribute,
	err error) {
	e, is = directory.UpdateAttribute{Attribute: a.ID}, *a
	if is.Label, err = directory.ParseName("label", q.typed("label")); err != nil {
		return e, is, err
	}
	if is.Type, err = directory.ParseType("type", q.typed("type")); err != nil {
		return e, is, err
	}
	if is.Rule, err = directory.ParseRule(q.typed("rule"), is.Type, a.Hidden); err != nil {
		return e, is, err
	}
	if is.UserValueMode, err = directory.ParseUserValueMode("user_value_mode", q.typed("user_value_mode")); err != nil {
		return e, is, err
	}
	is.UserCanView, is.UserCanEdit = q.typed("view") != "", q.typed("edit") != ""
	e.Label, e.Type, e.Rule = changed(a.Label, is.Label), changed(a.Type, is.Type), changed(a.Rule, is.Rule)
	e.UserValueMode, e.UserCanView = changed(a.UserValueMode, is.UserValueMode), changed(a.UserCanView, is.UserCanView)
	e.UserCanEdit = changed(a.UserCanEdit, is.UserCanEdit)
	if q.r.PostForm.Has("description") {
		if is.Description, err = directory.ParseDescription("description", q.typedLines("description")); err != nil {
			return e, is, err
		}
		e.Description = changed(a.Description, is.Description)
	}
	if q.r.PostForm.Has("allowed") {
		if is.Constraints, err = q.typedConstraints(is.Type); err != nil {
			return e, is, err
		}
		e.Pattern, e.Least = changed(a.Pattern, is.Pattern), changed(a.Least, is.Least)
		e.Greatest, e.MaxLength = changed(a.Greatest, is.Greatest), changed(a.MaxLength, is.MaxLength)
		if !slices.Equal(a.Allowed, is.Allowed) {
			e.Allowed = &is.Allowed
		}
	}
	if !a.Hidden && q.r.PostForm.Has("value") {
		err = q.typedDefault(&e, a, &is)
	}
	return e, is, err
}

func (q *request) typedDefault(e *directory.UpdateAttribute, a, is *directory.Attribute) error {
	v := directory.Value{}
	if q.typed("value") != "" {
		var err error
		if v, err = q.typedValue(is, a.Default); err != nil {
			return err
		}
	}
	if !v.Equal(a.Default) {
		e.Default = &v
	}
	return nil
}

// misfitStep is the question what becomes of values that do not fit.
func (q *request) misfitStep(a *directory.Attribute) *misfitStep {
	step := &misfitStep{Text: q.withNames(problemText(q.problem)), Keep: directory.Type(q.typed("type")) == a.Type}
	for name, values := range q.r.PostForm {
		for _, v := range values {
			if name != "misfits" {
				step.Fields = append(step.Fields, field{name, v})
			}
		}
	}
	slices.SortFunc(step.Fields, func(a, b field) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	})
	return step
}

// problemText is what a refusal says, without the field.
func problemText(err error) string {
	if e, ok := asError(err); ok {
		return sentence(strings.TrimPrefix(e.Msg, "does not fit "))
	}
	return errorPageOf(err).Text
}

// withNames puts names of users and groups in place of their ids in a text.
func (q *request) withNames(text string) (out []part) {
	ids := regexp.MustCompile(`\b(user|group|attribute):([0-9]+)\b`)
	for text != "" {
		at := ids.FindStringSubmatchIndex(text)
		if at == nil {
			return append(out, say(text))
		}
		out = append(out, say(text[:at[0]]))
		n, err := strconv.ParseInt(text[at[4]:at[5]], 10, 64)
		switch kind := text[at[2]:at[3]]; {
		case err != nil:
			out = append(out, say(text[at[0]:at[1]]))
		case kind == "user":
			out = append(out, q.names.user(directory.UserID(n)))
		case kind == "group":
			out = append(out, q.names.group(directory.GroupID(n)))
		default:
			out = append(out, say("the default"))
		}
		text = text[at[1]:]
	}
	return out
}
