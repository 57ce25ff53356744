package attributes

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/console/values"
	"cohort/internal/directory"
)

// A misfitStep asks what happens to values that do not fit a new type or new constraints.
type misfitStep struct {
	Text   []sentence.Part // how many values do not fit, and whose
	Fields []pagekit.Field // what was typed, so that it is sent again
	Keep   bool            // whether the values can stay
}

// typedConstraints parses the constraints in the form, for a type.
func typedConstraints(q *pagekit.Request, t directory.Type) (c directory.Constraints, err error) {
	for line := range strings.SplitSeq(q.TypedLines("allowed"), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		value, label, _ := strings.Cut(line, labelSign)
		c.Allowed = append(c.Allowed, directory.AllowedValue{Value: strings.TrimSpace(value),
			Label: strings.TrimSpace(label)})
	}
	c.Pattern, c.Least, c.Greatest = q.Typed("pattern"), q.Typed("least"), q.Typed("greatest")
	if text := q.Typed("max_length"); text != "" {
		if c.MaxLength, err = strconv.Atoi(text); err != nil {
			return c, directory.Invalid("max_length", "must be a number")
		}
	}
	return directory.ParseConstraints(t, c)
}

// newAttribute creates an attribute.
func newAttribute(q *pagekit.Request) ([]directory.Edit, error) {
	name, err := directory.ParseAttributeName("name", strings.ToLower(q.Typed("name")))
	if err != nil {
		return nil, err
	}
	label, err := directory.ParseName("label", q.Typed("label"))
	if err != nil {
		return nil, err
	}
	t, err := directory.ParseType("type", q.Typed("type"))
	if err != nil {
		return nil, err
	}
	hidden := q.Typed("hidden") != ""
	rule, err := directory.ParseRule(q.Typed("rule"), t, hidden)
	if err != nil {
		return nil, err
	}
	e := directory.CreateAttribute{Name: name, Label: label, Type: t, Rule: rule, Hidden: hidden,
		UserCanView: q.Typed("view") != ""}
	if e.Description, err = directory.ParseDescription("description", q.TypedLines("description")); err != nil {
		return nil, err
	}
	if e.Constraints, err = typedConstraints(q, t); err != nil {
		return nil, err
	}
	if text := q.Typed("value"); text != "" {
		v, err := values.TypedValue(q, &directory.Attribute{Type: t, Constraints: e.Constraints}, directory.Value{})
		if err != nil {
			return nil, err
		}
		e.Default = &v
	}
	return []directory.Edit{e}, nil
}

// editAttribute changes the definition of an attribute, or deletes it.
func editAttribute(q *pagekit.Request) ([]directory.Edit, error) {
	a, err := q.Dir.AttributeByName(q.Context(), strings.ToLower(q.R.PathValue("attribute")))
	if err != nil {
		return nil, err
	}
	if q.Typed("do") == "delete" {
		return []directory.Edit{directory.DeleteAttribute{Attribute: a.ID}}, nil
	}
	e, is, err := typedDefinition(q, &a)
	if err != nil {
		return nil, err
	}
	if e == (directory.UpdateAttribute{Attribute: a.ID}) {
		return nil, nil
	}
	return fitting(q, &a, &is, e)
}

// fitting asks what happens to values that do not fit, unless the form says it.
func fitting(q *pagekit.Request, was, is *directory.Attribute, e directory.UpdateAttribute) ([]directory.Edit, error) {
	tighter := is.Type != was.Type || is.TighterIn(&was.Constraints, is.Type) != ""
	if !tighter {
		return []directory.Edit{e}, nil
	}
	misfits, err := directory.ParseMisfits("misfits", q.Typed("misfits"))
	if err != nil {
		return nil, err
	}
	if e.Misfits = misfits; misfits != "" {
		return []directory.Edit{e}, nil
	}
	_, err = q.Live.Suppose(q.Context(), []directory.Edit{e})
	if known, ok := pagekit.AsError(err); ok && known.Kind == directory.KindInvalid {
		ask := *known
		ask.Field = "misfits"
		return nil, &ask
	}
	return []directory.Edit{e}, err
}

// typedDefinition returns the update in the form, and the attribute after it.
func typedDefinition(q *pagekit.Request, a *directory.Attribute) (e directory.UpdateAttribute, is directory.Attribute,
	err error) {
	e, is = directory.UpdateAttribute{Attribute: a.ID}, *a
	if is.Label, err = directory.ParseName("label", q.Typed("label")); err != nil {
		return e, is, err
	}
	if is.Type, err = directory.ParseType("type", q.Typed("type")); err != nil {
		return e, is, err
	}
	if is.Rule, err = directory.ParseRule(q.Typed("rule"), is.Type, a.Hidden); err != nil {
		return e, is, err
	}
	if is.UserValueMode, err = directory.ParseUserValueMode("user_value_mode", q.Typed("user_value_mode")); err != nil {
		return e, is, err
	}
	is.UserCanView, is.UserCanEdit = q.Typed("view") != "", q.Typed("edit") != ""
	e.Label, e.Type, e.Rule = drafting.Changed(a.Label, is.Label), drafting.Changed(a.Type, is.Type),
		drafting.Changed(a.Rule, is.Rule)
	e.UserValueMode, e.UserCanView = drafting.Changed(a.UserValueMode, is.UserValueMode), drafting.Changed(a.UserCanView,
		is.UserCanView)
	e.UserCanEdit = drafting.Changed(a.UserCanEdit, is.UserCanEdit)
	if q.R.PostForm.Has("description") {
		if is.Description, err = directory.ParseDescription("description", q.TypedLines("description")); err != nil {
			return e, is, err
		}
		e.Description = drafting.Changed(a.Description, is.Description)
	}
	if q.R.PostForm.Has("allowed") {
		if is.Constraints, err = typedConstraints(q, is.Type); err != nil {
			return e, is, err
		}
		e.Pattern, e.Least = drafting.Changed(a.Pattern, is.Pattern), drafting.Changed(a.Least, is.Least)
		e.Greatest, e.MaxLength = drafting.Changed(a.Greatest, is.Greatest), drafting.Changed(a.MaxLength, is.MaxLength)
		if !slices.Equal(a.Allowed, is.Allowed) {
			e.Allowed = &is.Allowed
		}
	}
	if !a.Hidden && q.R.PostForm.Has("value") {
		err = typedDefault(q, &e, a, &is)
	}
	return e, is, err
}

func typedDefault(q *pagekit.Request, e *directory.UpdateAttribute, a, is *directory.Attribute) error {
	v := directory.Value{}
	if q.Typed("value") != "" {
		var err error
		if v, err = values.TypedValue(q, is, a.Default); err != nil {
			return err
		}
	}
	if !v.Equal(a.Default) {
		e.Default = &v
	}
	return nil
}

// newMisfitStep returns the question about values that do not fit.
func newMisfitStep(q *pagekit.Request, a *directory.Attribute) *misfitStep {
	step := &misfitStep{Text: withNames(q, problemText(q.Problem)), Keep: directory.Type(q.Typed("type")) == a.Type}
	for name, values := range q.R.PostForm {
		for _, v := range values {
			if name != "misfits" {
				step.Fields = append(step.Fields, pagekit.Field{Name: name, Value: v})
			}
		}
	}
	slices.SortFunc(step.Fields, func(a, b pagekit.Field) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	})
	return step
}

// problemText returns the text of a refusal, without the field.
func problemText(err error) string {
	if e, ok := pagekit.AsError(err); ok {
		return sentence.Punctuated(strings.TrimPrefix(e.Msg, "does not fit "))
	}
	return pagekit.NewErrorPage(err).Text
}

// withNames replaces the ids of users and groups in a text by their names.
func withNames(q *pagekit.Request, text string) (out []sentence.Part) {
	ids := regexp.MustCompile(`\b(user|group|attribute):([0-9]+)\b`)
	for text != "" {
		at := ids.FindStringSubmatchIndex(text)
		if at == nil {
			return append(out, sentence.Say(text))
		}
		out = append(out, sentence.Say(text[:at[0]]))
		n, err := strconv.ParseInt(text[at[4]:at[5]], 10, 64)
		switch kind := text[at[2]:at[3]]; {
		case err != nil:
			out = append(out, sentence.Say(text[at[0]:at[1]]))
		case kind == "user":
			out = append(out, q.Names.User(directory.UserID(n)))
		case kind == "group":
			out = append(out, q.Names.Group(directory.GroupID(n)))
		default:
			out = append(out, sentence.Say("the default"))
		}
		text = text[at[1]:]
	}
	return out
}
