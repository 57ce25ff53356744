package why

import (
	"slices"
	"strings"

	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/render"
)

// A timelinePage lists how an answer changed, newest first.
type timelinePage struct {
	Moments []momentRow
	Older   string
	Ends    string // why there is nothing older
	Why     string // the address of the current answer
	Asked   bool   // whether newer moments are on an earlier page
}

// A momentRow is a moment at which an answer changed.
type momentRow struct {
	At       directory.Instant
	Href     string // of the change; empty if only time passed
	Revision int64
	Who      sentence.Part
	Comment  string
	Sentence string
	Value    sentence.Value
	Chip     sentence.Chip
	What     []string
	Then     string // the address of the answer at that time
}

const momentsShown = 20

func timeline(q *pagekit.Request) error {
	of, a, f, err := loadSubject(q)
	if err != nil {
		return err
	}
	page := timelinePage{Why: whyPath(q, of, &a)}
	query := directory.TimelineQuery{Limit: momentsShown}
	if text := q.Query.Get("from"); text != "" {
		if query.From, err = directory.ParseID[directory.Revision]("from", text); err != nil {
			return err
		}
		page.Asked = true
	}
	t, err := history.AnswerTimeline(q.Context(), q.Call.Dir, directory.AnswerQuestion{User: of.user, Group: of.group,
		Attribute: a.ID}, query)
	if err != nil {
		return err
	}
	for i := range t.Moments {
		page.Moments = append(page.Moments, newMomentRow(q, of, &a, &t.Moments[i]))
	}
	if t.Older != 0 {
		page.Older = q.With("from", sentence.Itoa(t.Older))
	}
	page.Ends = map[string]string{
		directory.TimelineMade:   "The timeline begins here.",
		directory.TimelineImport: "Earlier answers were imported without a history.",
		directory.TimelinePruned: "Earlier changes were erased or pruned.",
	}[t.Ends]
	f.Kind, f.Path, f.Data = "Timeline", append(f.Path, sentence.Say(" › "), sentence.Named(a.Name, page.Why)), page
	path := "users/" + directory.FormatID(of.user)
	if of.group != 0 {
		path = "groups/" + directory.FormatID(of.group)
	}
	f.Calls = q.Calls().Native(path + "/effective/" + a.Name + "/history").List
	return q.Show("timeline", f)
}

const causesShown = 3 // causes of a moment

// causes returns the most informative sentences about what changed an answer. Those about the
// creation of something come last.
func causes(all []string) []string {
	list := slices.Clone(all)
	made := func(s string) int {
		if strings.HasSuffix(s, " was made.") {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b string) int { return made(a) - made(b) })
	if len(list) > causesShown {
		list = append(list[:causesShown], "and "+sentence.Plural(len(all)-causesShown, "more row")+" of the same change.")
	}
	for i, s := range list {
		list[i] = sentence.Punctuated(s)
	}
	return list
}

func newMomentRow(q *pagekit.Request, of subject, a *directory.Attribute, m *directory.AnswerMoment) momentRow {
	then := render.Then{
		Group: m.GroupName,
		User:  func(id directory.UserID) string { return q.Names.User(id).Text },
		Attribute: func(id directory.AttributeID) directory.Attribute {
			if id == m.Definition.ID {
				return m.Definition
			}
			return directory.Attribute{}
		},
		Role: func(directory.RoleID) string { return "" },
	}
	told := render.MomentOf(of.Text, m, then, q.Language)
	row := momentRow{
		At: m.At, Comment: m.Change.Comment, Sentence: told.Sentence, What: causes(told.What),
		Value: sentence.EffectiveValue(&m.Definition, &m.After.Effective, q.Language), Chip: q.Names.Chip(&m.After.Effective),
	}
	row.Chip.Groups = nil
	for _, g := range m.After.Groups {
		row.Chip.Groups = append(row.Chip.Groups, sentence.Named(m.GroupName(g), q.To("groups", directory.FormatID(g))))
	}
	if m.Change.Revision != 0 {
		row.Revision, row.Href, row.Who = int64(m.Change.Revision), q.To("changes", sentence.Itoa(m.Change.Revision)),
			q.Names.User(m.Change.Caller)
		other := *q
		other.Past = m.Change.Revision
		row.Then = whyPath(&other, of, a)
	}
	return row
}
