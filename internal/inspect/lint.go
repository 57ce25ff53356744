package inspect

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode"

	"cohort/internal/admission"
	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/view"
)

// Lint lists what may be a mistake: first what the catalog shows, then what users show, by id,
// then what objects have in common. A page examines at most 5,000 users. It needs the
// permission to read effective values, and lists only groups and attributes that the caller
// may see. What watch finds is for administrators.
func Lint(ctx context.Context, a Reader, watch Watch, q directory.LintQuery) (page directory.LintPage, err error) {
	q.Limit = pageLimit(q.Limit)
	err = withLinter(ctx, a, watch, q, func(l *linter) error {
		page, err = l.page()
		return err
	})
	return page, err
}

// withLinter runs f with a linter.
func withLinter(ctx context.Context, a Reader, watch Watch, q directory.LintQuery, f func(*linter) error) error {
	for _, code := range q.Codes {
		if !slices.Contains(directory.FindingCodes(), code) {
			return directory.Invalid("codes", "must be among %v", directory.FindingCodes())
		}
	}
	var watched []directory.Finding
	if watch != nil && q.Stage == directory.LintCatalog {
		var err error
		if watched, err = watch(ctx); err != nil {
			return err
		}
	}
	return a.Read(ctx, func(v *view.Scope, r store.Reader) (err error) {
		if err := v.MayReadAll(); err != nil {
			return err
		}
		if !v.Administers() {
			watched = nil
		}
		l := linter{watched: watched, Scope: v, ctx: ctx, reader: r, query: q, lang: a.Language(), sees: v.Groups(),
			fits: directory.Fits{}}
		if l.muted, err = muted(ctx, r); err != nil {
			return err
		}
		return f(&l)
	})
}

type linter struct {
	*view.Scope
	ctx     context.Context
	reader  store.Reader
	query   directory.LintQuery
	lang    directory.Language
	sees    func(directory.GroupID) bool
	members map[directory.GroupID]int64 // users in a group and in groups inside it
	fits    directory.Fits
	muted   map[string]string // reasons, by the id of a finding or the code of a kind
	watched []directory.Finding
	found   []found
}

func (l *linter) wants(codes ...directory.FindingCode) bool {
	return l.query.Codes == nil || slices.ContainsFunc(codes, func(c directory.FindingCode) bool {
		return slices.Contains(l.query.Codes, c)
	})
}

func (l *linter) add(code directory.FindingCode, f directory.Finding, format string, args ...any) {
	if !l.wants(code) || slices.ContainsFunc(f.Groups, func(g directory.GroupID) bool { return !l.sees(g) }) {
		return
	}
	f.Code = code
	if l.query.About != nil && !f.IsAbout(*l.query.About) {
		return
	}
	_, one := l.muted[f.ID()]
	_, kind := l.muted[string(code)]
	if f.Muted = one || kind; f.Muted && !l.query.Muted {
		return
	}
	l.found = append(l.found, found{f, format, args})
}

// page runs the stages until a page is full.
func (l *linter) page() (directory.LintPage, error) {
	page := directory.LintPage{Findings: []directory.Finding{}}
	for at := l.query; ; at.Stage, at.Skip, at.After = at.Stage+1, 0, 0 {
		room := l.query.Limit - len(page.Findings)
		switch {
		case at.Stage >= directory.LintDone:
			return page, nil
		case room <= 0 || page.Examined == directory.MaxExamined:
			page.Next = &at
			return page, nil
		}
		examined, last, err := l.stage(&at, room)
		page.Examined += examined
		if err != nil {
			return page, err
		}
		if at.Stage != directory.LintUsers {
			from := min(at.Skip, len(l.found))
			to := min(from+room, len(l.found))
			if page.Findings, err = l.tell(page.Findings, l.found[from:to]); err != nil {
				return page, err
			}
			if at.Skip = to; to < len(l.found) {
				page.Next = &at
				return page, nil
			}
			continue
		}
		if page.Findings, err = l.tell(page.Findings, l.found); err != nil {
			return page, err
		}
		if at.After = last; last != 0 {
			page.Next = &at
			return page, nil
		}
	}
}

// stage returns the findings of a stage. It examines users until there are enough findings or
// enough users; last is the last examined user, or 0 at the end.
func (l *linter) stage(at *directory.LintQuery, room int) (examined int, last directory.UserID, err error) {
	l.found = nil
	switch {
	case at.Stage == directory.LintCatalog:
		return 0, 0, l.catalogFindings()
	case at.Stage == directory.LintWhole:
		return 0, 0, l.wholeFindings()
	case !l.wants(directory.LintExpiredMember, directory.LintExpiredValue, directory.LintMisfit,
		directory.LintRankDecided, directory.LintSamePerson):
		return 0, 0, nil
	}
	query := store.EffectiveInputQuery{After: at.After, Limit: directory.MaxExamined}
	if o := l.query.About; o != nil && o.Kind == directory.ObjectUser {
		query = store.EffectiveInputQuery{IDs: []directory.UserID{directory.UserID(o.ID)}}
	}
	users, err := l.reader.EffectiveInputs(l.ctx, query)
	if err != nil {
		return 0, 0, err
	}
	admission.AddUsers(l.ctx, len(users))
	twice, err := l.samePersons(users)
	if err != nil {
		return 0, 0, err
	}
	contested := l.contested()
	for i := range users {
		l.user(&users[i], contested)
		for _, other := range twice[users[i].User.ID] {
			l.add(directory.LintSamePerson, directory.Finding{User: users[i].User.ID},
				"The contact e-mail of %s is the login e-mail of %s: perhaps an identity provider has made the person "+
					"a second time.", person(users[i].User.ID), person(other))
		}
		if len(l.found) >= room {
			return i + 1, users[i].User.ID, nil
		}
	}
	if len(users) == directory.MaxExamined {
		last = users[len(users)-1].User.ID
	}
	return len(users), last, nil
}

// catalogFindings returns the findings about groups, attributes and group values.
func (l *linter) catalogFindings() error {
	if err := l.countMembers(); err != nil {
		return err
	}
	for a := range l.Catalog.Attributes() {
		if l.SeesAttribute(&a) && !a.ID.Computed() {
			l.attribute(&a)
		}
	}
	for g := range l.Catalog.Groups() {
		l.group(&g)
	}
	l.similar()
	for _, f := range l.watched {
		l.add(f.Code, f, "%s", f.Msg)
	}
	return nil
}

// countMembers counts the memberships in each group and inside it. Only whether there are any
// matters.
func (l *linter) countMembers() error {
	var ids []directory.GroupID
	for g := range l.Catalog.Groups() {
		ids = append(ids, g.ID)
	}
	counts, err := l.reader.MemberCounts(l.ctx, ids, l.At)
	if err != nil {
		return err
	}
	own := make(map[directory.GroupID]int64, len(ids))
	for i, id := range ids {
		own[id] = counts[i]
	}
	l.members = make(map[directory.GroupID]int64, len(ids))
	var sum func(id directory.GroupID) int64
	sum = func(id directory.GroupID) int64 {
		if n, known := l.members[id]; known {
			return n
		}
		n := own[id]
		for _, child := range l.Catalog.Children(id) {
			n += sum(child)
		}
		l.members[id] = n
		return n
	}
	for _, id := range ids {
		sum(id)
	}
	l.members[directory.AllUsers] = l.Head.Users
	return nil
}

func (l *linter) attribute(a *directory.Attribute) {
	var one [1]directory.Effective
	for v := range l.Catalog.GroupValues(a.ID) {
		g, _ := l.Catalog.Group(v.Group)
		about := directory.Finding{Attribute: a.ID, Groups: []directory.GroupID{v.Group}}
		if err := l.fits.CheckConstraints("value", a, directory.NoValue(), v.Value); err != nil {
			l.add(directory.LintMisfit, about, "The value of %s on %s does not fit: %s.", a.Name, label(g), misfitIn(err))
		}
		switch {
		case v.ExpiresAt != 0 && v.ExpiresAt <= l.At:
			l.add(directory.LintExpiredValue, about, "The value of %s on %s has expired.", a.Name, label(g))
			continue
		case l.members[v.Group] == 0:
			l.add(directory.LintUnused, about, "Nobody gets the value of %s on %s: there are no users in it.", a.Name, label(g))
			continue
		case !v.InForce(l.At):
			continue
		}
		e := l.Catalog.GroupEffective(one[:0], v.Group, []directory.AttributeID{a.ID}, l.lang, l.At)[0]
		if _, ok := v.Value.In(l.lang); ok && len(e.Groups) > 0 && !slices.Contains(e.Groups, v.Group) {
			by, _ := l.Catalog.Group(e.Groups[0])
			about.Groups = append(about.Groups, by.ID)
			l.add(directory.LintShadowed, about, "The value of %s on %s loses for every member against that of %s.", a.Name,
				label(g), label(by))
		}
	}
	if err := l.fits.CheckConstraints("value", a, directory.NoValue(), a.Default); a.HasDefault() && err != nil {
		l.add(directory.LintMisfit, directory.Finding{Attribute: a.ID}, "The default of %s does not fit: %s.", a.Name,
			misfitIn(err))
	}
	if v, ok := l.Catalog.GroupValue(directory.AllUsers, a.ID); ok && a.HasDefault() && v.InForce(l.At) {
		l.add(directory.LintUnused, directory.Finding{Attribute: a.ID},
			"Nobody gets the default of %s: All Users has a value.", a.Name)
	}
}

// misfitIn returns what an error says about a value.
func misfitIn(err error) string {
	if e, ok := errors.AsType[*directory.Error](err); ok {
		return "it " + e.Msg
	}
	return err.Error()
}

func (l *linter) group(g *directory.Group) {
	if g.ID == directory.AllUsers || l.members[g.ID] > 0 {
		return
	}
	about := directory.Finding{Groups: []directory.GroupID{g.ID}}
	if len(l.Catalog.Children(g.ID)) == 0 {
		l.add(directory.LintEmptyGroup, about, "The group %s is empty.", label(*g))
	} else {
		l.add(directory.LintUnreachable, about, "The group %s has groups in it, but no users in any of them.", label(*g))
	}
}

// label returns the name of a group for a sentence.
func label(g directory.Group) string {
	if g.Name == "" {
		return "group " + directory.FormatID(g.ID)
	}
	return g.Name
}

// similar finds groups and attributes whose names differ only in case, spaces and punctuation.
func (l *linter) similar() {
	if !l.wants(directory.LintSimilarNames) {
		return
	}
	groups := map[string][]directory.GroupID{}
	for g := range l.Catalog.Groups() {
		if key := similarKey(g.Name); key != "" && l.sees(g.ID) {
			groups[key] = append(groups[key], g.ID)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		if ids := groups[key]; len(ids) > 1 {
			first, _ := l.Catalog.Group(ids[0])
			l.add(directory.LintSimilarNames, directory.Finding{Groups: ids}, "%d groups have names like %s.", len(ids),
				label(first))
		}
	}
	attrs := map[string]directory.Attribute{}
	for a := range l.Catalog.Attributes() {
		key := similarKey(a.Name)
		if first, taken := attrs[key]; taken && l.SeesAttribute(&a) && l.SeesAttribute(&first) {
			l.add(directory.LintSimilarNames, directory.Finding{Attribute: a.ID},
				"The attributes %s and %s have names that are alike.", first.Name, a.Name)
		} else if !taken {
			attrs[key] = a
		}
	}
}

func similarKey(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return r
		}
		return -1
	}, directory.Fold(name))
}

// contested returns the attributes with values of several groups of which one is chosen.
func (l *linter) contested() []directory.Attribute {
	var list []directory.Attribute
	for a := range l.Catalog.Attributes() {
		if spec := a.Rule.Spec(); !spec.Opens() && l.SeesAttribute(&a) && l.Catalog.GroupValueCount(a.ID) > 1 {
			list = append(list, a)
		}
	}
	return list
}

// user adds the findings of one user's rows.
func (l *linter) user(u *directory.UserRows, contested []directory.Attribute) {
	id := u.User.ID
	for _, m := range u.Memberships {
		if g, ok := l.Catalog.Group(m.Group); ok && m.ExpiresAt != 0 && m.ExpiresAt <= l.At {
			l.add(directory.LintExpiredMember, directory.Finding{User: id, Groups: []directory.GroupID{m.Group}},
				"The membership of %s in %s has expired.", person(u.User.ID), label(g))
		}
	}
	for _, v := range u.Values {
		a, ok := l.Catalog.Attribute(v.Attribute)
		if !ok || !l.SeesAttribute(&a) {
			continue
		}
		about := directory.Finding{User: id, Attribute: a.ID}
		if v.ExpiresAt != 0 && v.ExpiresAt <= l.At {
			l.add(directory.LintExpiredValue, about, "The value that %s has of %s has expired.", person(u.User.ID), a.Name)
		}
		if err := l.fits.CheckConstraints("value", &a, directory.NoValue(), v.Value); err != nil {
			l.add(directory.LintMisfit, about, "The value that %s has of %s does not fit: %s.", person(u.User.ID), a.Name,
				misfitIn(err))
		}
	}
	if !l.wants(directory.LintRankDecided) || len(u.Memberships) < 2 {
		return
	}
	for i := range contested {
		l.rankDecided(u, &contested[i])
	}
}

// rankDecided finds a different value that lost although its group is as near as the winner's.
func (l *linter) rankDecided(u *directory.UserRows, a *directory.Attribute) {
	x := l.Catalog.Explain(u, a.ID, l.lang, l.At)
	if x.Origin != directory.OriginGroup || len(x.Groups) != 1 {
		return
	}
	at := slices.IndexFunc(x.Candidates, func(c directory.Candidate) bool { return c.Outcome == directory.Contributes })
	for _, c := range x.Candidates {
		if c.Outcome == directory.Outranked && c.Distance == x.Candidates[at].Distance && !c.Value.Equal(x.Value) {
			winner, _ := l.Catalog.Group(x.Groups[0])
			loser, _ := l.Catalog.Group(c.Group)
			l.add(directory.LintRankDecided,
				directory.Finding{User: u.User.ID, Attribute: a.ID, Groups: []directory.GroupID{winner.ID, loser.ID}},
				"Only the rank decides that %s has the value of %s from %s and not from %s.",
				person(u.User.ID), a.Name, label(winner), label(loser))
			return
		}
	}
}
