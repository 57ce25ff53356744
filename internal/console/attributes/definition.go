package attributes

import (
	"strconv"
	"strings"

	"cohort/internal/console/draft"
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
	"cohort/internal/render"
)

// A definitionPage is the definition of an attribute, or the form that changes it.
type definitionPage struct {
	Rows      []pagekit.Fact
	Rule      string
	Builtin   bool
	Permanent bool
	Attribute directory.Attribute
	Default   string
	Allowed   string // one value per line
	Editing   bool
	May       bool
	Edit      string
	Cancel    string
	Form      pagekit.Form
	Step      *misfitStep
	Types     []string
	Rules     []string
	Modes     []string
	Drafted   []sentence.Part
}

func attributeDefinition(q *pagekit.Request) error {
	a, f, err := loadAttribute(q, "definition")
	if err != nil {
		return err
	}
	return definition(q, &a, f)
}

func definition(q *pagekit.Request, a *directory.Attribute, f pagekit.Frame) error {
	page := definitionPage{Builtin: a.System || a.ID.Computed(), Rule: ruleText(a), Rows: definitionRows(q, a)}
	page.May, page.Form, page.Attribute = !page.Builtin && q.MayChange(directory.ManageAttributes), q.Form(), *a
	page.Editing = page.May && (q.Query.Get("edit") != "" || page.Form.Problem != "")
	page.Edit, page.Cancel, page.Types, page.Rules = q.With("edit", "1"), q.With("edit", ""), typeNames(), ruleNames()
	page.Modes = []string{string(directory.ModeWins), string(directory.ModeJoins), string(directory.ModeYields)}
	page.Permanent, page.Drafted = a.Permanent, drafting.As(q, draft.KeyOf(directory.UpdateAttribute{Attribute: a.ID}))
	page.Attribute.Default = directory.Value{}
	if a.HasDefault() && !a.Hidden {
		page.Default, _ = a.Default.In(q.Language)
	}
	page.Allowed = allowedLines(a.Allowed)
	if page.Form.Field == "misfits" && page.Form.Problem != "" {
		page.Step = newMisfitStep(q, a)
	} else if page.Form.Problem != "" {
		retype(q, &page)
	}
	f.Data = page
	return q.Show("attribute_definition", f)
}

// retype fills the form with what was typed and refused.
func retype(q *pagekit.Request, page *definitionPage) {
	a := &page.Attribute
	a.Label, a.Type, a.Rule = q.Typed("label"), directory.Type(q.Typed("type")), directory.Rule(q.Typed("rule"))
	a.UserValueMode, a.UserCanView, a.UserCanEdit = directory.UserValueMode(q.Typed("user_value_mode")),
		q.Typed("view") != "", q.Typed("edit") != ""
	a.Description, a.Pattern, a.Least, a.Greatest = q.TypedLines("description"), q.Typed("pattern"), q.Typed("least"),
		q.Typed("greatest")
	a.MaxLength, _ = strconv.Atoi(q.Typed("max_length"))
	page.Default, page.Allowed = q.R.PostForm.Get("value"), q.TypedLines("allowed")
}

func definitionRows(q *pagekit.Request, a *directory.Attribute) []pagekit.Fact {
	yes := func(b bool) []sentence.Part {
		if b {
			return sentence.Parts(sentence.Say("yes"))
		}
		return sentence.Parts(sentence.Say("no"))
	}
	def := sentence.Parts(sentence.Quiet("none"))
	if a.HasDefault() {
		def = sentence.Parts(sentence.ValueOf(a, a.Default, q.Language).Part())
	}
	rows := []pagekit.Fact{
		{Label: "Name", Parts: sentence.Parts(sentence.Code(a.Name))}, {Label: "Label",
			Parts: sentence.Parts(sentence.Say(a.Label))},
		{Label: "Type", Parts: sentence.Parts(sentence.Code(string(a.Type)))}, {Label: "Rule",
			Parts: sentence.Parts(sentence.Code(string(a.Rule)))},
		{Label: "A user's own value", Parts: sentence.Parts(sentence.Code(string(a.UserValueMode)))}, {Label: "Default",
			Parts: def},
	}
	if len(a.Allowed) > 0 {
		var list []sentence.Part
		for i, v := range a.Allowed {
			if i == pagekit.RowsShown {
				list = append(list,
					sentence.Quiet(" and "+sentence.Number(sentence.Itoa(len(a.Allowed)-pagekit.RowsShown))+" more"))
				break
			}
			list = append(list, sentence.Part{Text: render.Shorten(v.Value, sentence.MaxShown), Kind: "value"})
			if v.Label != "" {
				list = append(list, sentence.Quiet(" "+v.Label))
			}
			list = append(list, sentence.Say(" "))
		}
		rows = append(rows, pagekit.Fact{Label: "Allowed", Parts: list})
	}
	bounds := a.Constraints
	bounds.Allowed = nil
	if text := sentence.ConstraintText(&bounds); text != "" {
		rows = append(rows, pagekit.Fact{Label: "Values", Parts: sentence.Parts(sentence.Say(text))})
	}
	return append(rows, pagekit.Fact{Label: "Hidden", Parts: yes(a.Hidden)},
		pagekit.Fact{Label: "Users can view it", Parts: yes(a.UserCanView)},
		pagekit.Fact{Label: "Users can edit it", Parts: yes(a.UserCanEdit)})
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
