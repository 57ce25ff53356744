package why

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/search"
	"cohort/internal/console/sentence"
	"cohort/internal/console/values"
	"cohort/internal/directory"
)

// A whatIfPage has the current answer, and the answer under assumptions.
type whatIfPage struct {
	Now, Then whyAnswer
	Same      bool
	Assumed   []assumption
	Refused   string // why the assumptions are refused
	Form      pagekit.Form
	Group     bool // whether it is about a group
	Yesno     bool
	Hidden    bool
	Who       string
	Why       string // the address of the current answer
	MayDraft  bool
	Draft     int    // edits in the draft that are not assumed
	WithDraft string // the address that assumes the draft, too
}

// An assumption is one assumption of the page.
type assumption struct {
	Sentences [][]sentence.Part
	Drop      string // the address without the assumption
}

const maxAssumptions = 20

// whatIf computes an answer under the assumptions in the parameters if.
func whatIf(q *pagekit.Request) error {
	of, a, f, err := loadSubject(q)
	if err != nil {
		return err
	}
	page := whatIfPage{
		Form: q.Form(), Group: of.group != 0, Yesno: a.Type == directory.TypeYesNo, Hidden: a.Hidden, Who: of.Text,
		Why: whyPath(q, of, &a), MayDraft: q.Query.Has("if"),
	}
	if page.Now, err = answer(q, of, &a); err != nil {
		return err
	}
	edits, err := assumptions(q, &page, of, &a)
	if err != nil {
		return err
	}
	if d, err := q.Draft(); err == nil && !slices.Contains(q.Query["if"], "draft") {
		page.Draft, page.WithDraft = d.Count(), assuming(q, append([]string{"draft"}, q.Query["if"]...))
	}
	page.Then, page.Same = page.Now, true
	if len(edits) > 0 {
		if err := answerSupposed(q, &page, of, &a, edits); err != nil {
			return err
		}
	}
	if len(edits) > 0 {
		text, err := q.EncodeEdits(edits)
		if err != nil {
			return err
		}
		f.Calls = q.Calls().Preview(string(text)).List
	}
	f.Kind, f.Path, f.Data = "What if", append(f.Path, sentence.Say(" › "), sentence.Named(a.Name, page.Why)), page
	return q.Show("what_if", f)
}

// answerSupposed computes the answer that edits would lead to. The page shows a refusal.
func answerSupposed(q *pagekit.Request, page *whatIfPage, of subject, a *directory.Attribute,
	edits []directory.Edit) error {
	would, err := q.Live.Suppose(q.Context(), edits)
	if err == nil {
		page.Then, err = answer(q.Through(would), of, a)
	}
	switch directory.KindOf(err) {
	case directory.KindInternal, directory.KindUnavailable, directory.KindUnauthenticated:
		if err != nil {
			return err
		}
	default:
		page.Refused = pagekit.NewErrorPage(err).Text
		return nil
	}
	page.Same = page.Then.Value.Text() == page.Now.Value.Text() && page.Then.Value.Set == page.Now.Value.Set
	return nil
}

// assuming returns the address of the page with assumptions.
func assuming(q *pagekit.Request, tokens []string) string {
	if len(tokens) == 0 {
		return q.R.URL.EscapedPath()
	}
	return q.R.URL.EscapedPath() + "?" + url.Values{"if": tokens}.Encode()
}

// assumptions returns the edits that the parameters assume, and adds their sentences to the
// page.
func assumptions(q *pagekit.Request, page *whatIfPage, of subject, a *directory.Attribute) ([]directory.Edit, error) {
	tokens := q.Query["if"]
	if len(tokens) > maxAssumptions {
		return nil, directory.TooLong("if", "has %d assumptions; the most is %d", len(tokens), maxAssumptions)
	}
	var all []directory.Edit
	for i, token := range tokens {
		edits, err := parseAssumption(q, token, of, a, all)
		if err != nil {
			return nil, err
		}
		line := assumption{Drop: assuming(q, slices.Delete(slices.Clone(tokens), i, i+1))}
		for _, e := range edits {
			line.Sentences = append(line.Sentences, q.Names.Edit(e, edits))
		}
		page.Assumed = append(page.Assumed, line)
		all = append(all, edits...)
	}
	return all, nil
}

// parseAssumption returns the edits that a token assumes: draft, join:GROUP, leave:GROUP,
// own:VALUE, none, value:GROUP:VALUE, unset:GROUP or rank:GROUP:RANK. The edits before are
// those of earlier tokens.
func parseAssumption(q *pagekit.Request, token string, of subject, a *directory.Attribute,
	before []directory.Edit) ([]directory.Edit, error) {
	verb, rest, _ := strings.Cut(token, ":")
	switch verb {
	case "draft":
		d, err := q.Draft()
		if err != nil || len(before) > 0 {
			return nil, err
		}
		return d.Edits(), nil
	case "own":
		return one1(supposedValue(q, of, a, rest))
	case "none":
		return []directory.Edit{of.withoutValue(a.ID)}, nil
	}
	id, rest, _ := strings.Cut(rest, ":")
	group, err := directory.ParseID[directory.GroupID]("if", id)
	if err != nil {
		return nil, err
	}
	switch verb {
	case "join":
		return []directory.Edit{of.into(group)}, nil
	case "leave":
		return []directory.Edit{of.outOf(group)}, nil
	case "value":
		return one1(supposedValue(q, subject{group: group}, a, rest))
	case "unset":
		return []directory.Edit{directory.DeleteGroupValue{Group: group, Attribute: a.ID}}, nil
	case "rank":
		return one1(supposedRank(q, group, a, rest, before))
	}
	return nil, directory.Malformed("if", "%q is not an assumption", verb)
}

func one1(e directory.Edit, err error) ([]directory.Edit, error) {
	if err != nil {
		return nil, err
	}
	return []directory.Edit{e}, nil
}

func (s subject) into(group directory.GroupID) directory.Edit {
	if s.group != 0 {
		return directory.AddParent{Group: s.group, Parent: group}
	}
	return directory.AddMember{Group: group, User: s.user}
}

func (s subject) outOf(group directory.GroupID) directory.Edit {
	if s.group != 0 {
		return directory.RemoveParent{Group: s.group, Parent: group}
	}
	return directory.RemoveMember{Group: group, User: s.user}
}

func (s subject) withoutValue(a directory.AttributeID) directory.Edit {
	if s.group != 0 {
		return directory.DeleteGroupValue{Group: s.group, Attribute: a}
	}
	return directory.DeleteUserValue{User: s.user, Attribute: a}
}

func supposedValue(q *pagekit.Request, of subject, a *directory.Attribute, text string) (directory.Edit, error) {
	if a.Hidden {
		return nil, directory.Invalid("value",
			"of a hidden attribute cannot be supposed: the address of the page would contain it")
	}
	v, err := values.ValueFrom(q, a, directory.Value{}, text)
	if err != nil {
		return nil, err
	}
	if of.group != 0 {
		return directory.SetGroupValue{Group: of.group, Attribute: a.ID, Value: v}, nil
	}
	return directory.SetUserValue{User: of.user, Attribute: a.ID, Value: v}, nil
}

func supposedRank(q *pagekit.Request, group directory.GroupID, a *directory.Attribute, text string,
	before []directory.Edit) (directory.Edit, error) {
	rank, err := strconv.Atoi(text)
	if err != nil || rank < 1 {
		return nil, directory.Invalid("rank", "must be a number from 1, the strongest")
	}
	edit := directory.SetGroupValue{Group: group, Attribute: a.ID, Rank: &rank}
	for _, e := range slices.Backward(before) {
		if set, ok := e.(directory.SetGroupValue); ok && set.Group == group && set.Attribute == a.ID {
			edit.Value, edit.Window = set.Value, set.Window
			return edit, nil
		}
	}
	v, _, err := drafting.GroupValue(q, group, a.ID)
	switch {
	case err != nil:
		return nil, err
	case v == nil:
		return nil, directory.Invalid("group", "has no value of %s to move", a.Name)
	case a.Hidden:
		return nil, directory.Invalid("rank", "of a hidden value changes only with the value")
	}
	edit.Value = v.Value
	return edit, nil
}

// suppose adds an assumption, or puts all of them into the draft.
func suppose(q *pagekit.Request) error {
	if err := q.ParseForm(); err != nil {
		return err
	}
	of, a, _, err := loadSubject(q)
	if err != nil {
		return err
	}
	if q.Typed("do") == "draft" {
		return draftAssumptions(q, of, &a)
	}
	token, err := typedAssumption(q)
	if err == nil {
		var before []directory.Edit
		if before, err = assumptions(q, &whatIfPage{}, of, &a); err == nil {
			_, err = parseAssumption(q, token, of, &a, before)
		}
	}
	if kind := directory.KindOf(err); kind == directory.KindInvalid || kind == directory.KindConflict {
		q.Problem = err
		return whatIf(q)
	}
	if err != nil {
		return err
	}
	return q.Redirect(assuming(q, append(slices.Clone(q.Query["if"]), token)))
}

// typedAssumption returns the token of the assumption in the form.
func typedAssumption(q *pagekit.Request) (string, error) {
	what, value := q.Typed("what"), strings.ReplaceAll(q.R.PostForm.Get("value"), "\r\n", "\n")
	switch what {
	case "own":
		return "own:" + value, nil
	case "none":
		return what, nil
	}
	group, err := search.TypedGroup(q, "group")
	if err != nil {
		return "", err
	}
	token := what + ":" + directory.FormatID(group)
	switch what {
	case "value":
		token += ":" + value
	case "rank":
		token += ":" + q.Typed("rank")
	}
	return token, nil
}

// draftAssumptions puts the assumptions into the draft.
func draftAssumptions(q *pagekit.Request, of subject, a *directory.Attribute) error {
	var page whatIfPage
	q.Query = q.R.URL.Query()
	tokens := slices.DeleteFunc(slices.Clone(q.Query["if"]), func(token string) bool { return token == "draft" })
	q.Query["if"] = tokens
	edits, err := assumptions(q, &page, of, a)
	if err != nil {
		return err
	}
	for _, e := range edits {
		if err := drafting.Add(q, []directory.Edit{e}); err != nil {
			return err
		}
	}
	return q.Redirect(pagekit.Root + "/draft")
}
