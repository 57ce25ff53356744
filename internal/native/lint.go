package native

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/inspect"
	"cohort/internal/render"
)

func (a *api) lintRoutes() []route {
	return []route{
		{"GET /v1/lint", a.lint},
		{"GET /v1/lint/kinds", a.lintKinds},
		{"GET /v1/lint/muted", a.mutedFindings},
		{"PUT /v1/lint/muted/{finding}", a.mute},
		{"DELETE /v1/lint/muted/{finding}", a.unmute},
	}
}

// A finding is something that may be a mistake.
type finding struct {
	ID        string         `json:"id"`
	Code      string         `json:"code"`
	Message   string         `json:"message"`
	Attribute string         `json:"attribute,omitempty"`
	User      string         `json:"user,omitempty"`
	Users     []string       `json:"users,omitempty"`
	Groups    []render.Group `json:"groups,omitempty"`
	Muted     bool           `json:"muted,omitzero"`
}

func (q *request) findings(list []directory.Finding) []finding {
	out := []finding{}
	for i := range list {
		f := &list[i]
		one := finding{
			ID: f.ID(), Code: string(f.Code), Message: f.Msg, User: optionalID(f.User), Groups: q.groupsOf(f.Groups),
			Muted: f.Muted,
		}
		if f.Attribute != 0 {
			one.Attribute = q.attributeOf(f.Attribute).Name
		}
		for _, u := range f.Users {
			one.Users = append(one.Users, directory.FormatID(u))
		}
		out = append(out, one)
	}
	return out
}

// lintQuery reads what to look for, and where the page begins.
func (q *request) lintQuery() (query directory.LintQuery, err error) {
	limit, at, err := q.page()
	if err != nil {
		return query, err
	}
	query = directory.LintQuery{
		Limit: limit, Stage: directory.LintStage(at.parts[0]), Skip: int(at.parts[1]), After: directory.UserID(at.parts[2]),
	}
	if text := q.query.Get("codes"); text != "" {
		for code := range strings.SplitSeq(text, ",") {
			query.Codes = append(query.Codes, directory.FindingCode(strings.TrimSpace(code)))
		}
	}
	if text := q.query.Get("object"); text != "" {
		o, err := q.object("object", text)
		if err != nil {
			return query, err
		}
		query.About = &o
	}
	query.Muted, _, err = q.flag("muted")
	return query, err
}

// nextOfLint returns the cursor of the page after one of findings.
func (q *request) nextOfLint(n *directory.LintQuery) string {
	if n == nil {
		return ""
	}
	return q.next(int64(n.Stage), int64(n.Skip), int64(n.After))
}

// lint lists what may be a mistake.
func (a *api) lint(q *request) error {
	query, err := q.lintQuery()
	if err != nil {
		return err
	}
	page, err := inspect.Lint(q.ctx(), q.dir, q.watch(), query)
	if err != nil {
		return err
	}
	_, rev := q.dir.Revision()
	return q.reply(http.StatusOK, struct {
		Revision int64     `json:"revision"`
		Findings []finding `json:"findings"`
		Examined int       `json:"examined"`
		Next     string    `json:"next,omitempty"`
	}{int64(rev), q.findings(page.Findings), page.Examined, q.nextOfLint(page.Next)})
}

// lintKinds counts the findings of each kind.
func (a *api) lintKinds(q *request) error {
	query, err := q.lintQuery()
	if err != nil {
		return err
	}
	counted, err := inspect.Kinds(q.ctx(), q.dir, q.watch(), query)
	if err != nil {
		return err
	}
	type kind struct {
		Code   string    `json:"code"`
		Count  int       `json:"count"`
		Muted  int       `json:"muted"`
		Sample []finding `json:"sample"`
	}
	kinds := []kind{}
	for _, k := range counted.Kinds {
		kinds = append(kinds, kind{string(k.Code), k.Count, k.Muted, q.findings(k.Sample)})
	}
	_, rev := q.dir.Revision()
	return q.reply(http.StatusOK, struct {
		Revision int64  `json:"revision"`
		Kinds    []kind `json:"kinds"`
		Examined int    `json:"examined"`
		Next     string `json:"next,omitempty"`
	}{int64(rev), kinds, counted.Examined, q.nextOfLint(counted.Next)})
}

// mutedFindings lists what is muted, and the reasons.
func (a *api) mutedFindings(q *request) error {
	list, err := inspect.MutedFindings(q.ctx(), q.dir)
	if err != nil {
		return err
	}
	type muted struct {
		Finding string `json:"finding"`
		Why     string `json:"why"`
	}
	out := []muted{}
	for _, m := range list {
		out = append(out, muted{m.Finding, m.Why})
	}
	slices.SortFunc(out, func(a, b muted) int { return cmp.Compare(a.Finding, b.Finding) })
	_, rev := q.dir.Revision()
	return q.reply(http.StatusOK, struct {
		Revision int64   `json:"revision"`
		Muted    []muted `json:"muted"`
	}{int64(rev), out})
}

// mute hides a finding, or all findings of a kind, with a reason.
func (a *api) mute(q *request) error {
	var in struct {
		Why string `json:"why"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	f := directory.MutedFacet(q.r.PathValue("finding"), in.Why)
	if err := directory.CheckMuted(f); err != nil {
		return err
	}
	return q.edit(nil, directory.SetFacet{Object: f.Object, Dialect: f.Dialect, Kind: f.Kind, Name: f.Name, Data: f.Data})
}

// unmute shows a finding, or a kind, again.
func (a *api) unmute(q *request) error {
	f := directory.MutedFacet(q.r.PathValue("finding"), "")
	return q.edit(nil, directory.DeleteFacet{Object: f.Object, Dialect: f.Dialect, Kind: f.Kind, Name: f.Name})
}
