package native

import (
	"net/http"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/editjson"
	"cohort/internal/history"
	"cohort/internal/render"
)

// point reads the moment that a question is about, from revision or at.
func (q *request) point() (p directory.Point, err error) {
	rev, at := q.query.Get("revision"), q.query.Get("at")
	switch {
	case rev != "" && at != "":
		return p, directory.Malformed("at", "and revision exclude each other")
	case rev != "":
		p.Revision, err = q.revisionOf("revision", rev)
		if err == nil && p.Revision == 0 {
			err = directory.Malformed("revision", "must be at least 1")
		}
	case at != "":
		p.At, err = editjson.Time("at", at)
	}
	return p, err
}

// askedAttributes reads the parameter attributes. Nil means all.
func (q *request) askedAttributes() ([]directory.AttributeID, error) {
	text := q.query.Get("attributes")
	if text == "" {
		return nil, nil
	}
	return q.attributeList(strings.Split(text, ","))
}

func (q *request) attributeList(names []string) ([]directory.AttributeID, error) {
	if len(names) > directory.MaxFields {
		return nil, directory.TooLong("attributes", "has %d names; the most is %d", len(names), directory.MaxFields)
	}
	ids := make([]directory.AttributeID, 0, len(names))
	for _, name := range names {
		a, err := q.selectAttribute("attributes", strings.TrimSpace(name))
		if err != nil && q.isLater(strings.TrimSpace(name)) {
			continue
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, a.ID)
	}
	return ids, nil
}

// isLater reports whether an attribute exists now that did not exist at the point in the past.
// It had no value then.
func (q *request) isLater(name string) bool {
	if q.dir == q.call.Dir {
		return false
	}
	past := q.dir
	q.dir = q.call.Dir
	_, err := q.selectAttribute("attributes", name)
	q.dir = past
	return err == nil
}

// lookAt makes all further answers, with their names and definitions, those of a point in the
// past.
func (q *request) lookAt(point directory.Point) error {
	past, err := q.dir.At(q.ctx(), point)
	if err == nil {
		q.dir, q.names = past, nil
	}
	return err
}

// attributeOf returns the attribute of a value that the caller may see.
func (q *request) attributeOf(id directory.AttributeID) directory.Attribute {
	a, err := q.dir.Attribute(q.ctx(), id)
	if err != nil {
		return directory.Attribute{ID: id, Name: directory.FormatID(id), Type: directory.TypeString, Rule: directory.RuleRank}
	}
	return a
}

func (q *request) renderValues(values []directory.Effective) []render.Effective {
	list := make([]render.Effective, len(values))
	for i, e := range values {
		a := q.attributeOf(e.Attribute)
		list[i] = render.EffectiveOf(&a, e, q.groupName, q.Language)
	}
	return list
}

// who returns the name of a user as far as the caller may see it.
func (q *request) who(id directory.UserID) (render.User, string) {
	u, err := q.dir.WholeUser(q.ctx(), id)
	if err != nil {
		u.User.ID = id
		return render.User{ID: directory.FormatID(id)}, render.Who(&u.User)
	}
	return render.UserOf(&u.User, u.Email()), render.Who(&u.User)
}

// effective lists a user's effective values, now or in the past.
func (a *api) effective(q *request) error {
	point, err := q.point()
	if err != nil {
		return err
	}
	id, err := q.pathUser()
	if err != nil {
		return err
	}
	if point.IsNow() {
		return a.effectiveNow(q, id)
	}
	if err := q.lookAt(point); err != nil {
		return err
	}
	attrs, err := q.askedAttributes()
	if err != nil {
		return err
	}
	values, err := q.dir.Effective(q.ctx(), id, attrs)
	if err != nil {
		return err
	}
	for i, asked := range attrs { // what the caller may not see of this user is left out
		if i >= len(values) || values[i].Attribute != asked {
			return directory.NotFound("attribute", asked)
		}
	}
	_, rev := q.dir.Revision()
	user, _ := q.who(id)
	return q.reply(http.StatusOK, struct {
		Revision int64              `json:"revision"`
		User     render.User        `json:"user"`
		Values   []render.Effective `json:"values"`
	}{int64(rev), user, q.renderValues(values)})
}

// explain answers with a user's value of an attribute and the reasons for it.
func (a *api) explain(q *request) error {
	point, err := q.point()
	if err != nil {
		return err
	}
	id, err := q.pathUser()
	if err != nil {
		return err
	}
	if !point.IsNow() {
		if err := q.lookAt(point); err != nil {
			return err
		}
	}
	attr, err := q.pathAttribute()
	if err != nil {
		return err
	}
	x, err := q.dir.Explain(q.ctx(), id, attr.ID)
	if err != nil {
		return err
	}
	_, rev := q.dir.Revision()
	user, who := q.who(id)
	out := render.ExplanationOf(who, &attr, x, q.groupName, q.Language)
	if err := q.since(out.Candidates, id, attr.ID, x.Candidates); err != nil {
		return err
	}
	return q.reply(http.StatusOK, struct {
		Revision int64       `json:"revision"`
		User     render.User `json:"user"`
		render.Explanation
	}{int64(rev), user, out})
}

// groupEffective lists the values that a group hands down.
func (a *api) groupEffective(q *request) error {
	id, err := q.pathGroup()
	if err != nil {
		return err
	}
	attrs, err := q.askedAttributes()
	if err != nil {
		return err
	}
	if attrs == nil {
		all, err := q.dir.Attributes(q.ctx())
		if err != nil {
			return err
		}
		for _, a := range all {
			if !a.ID.Computed() {
				attrs = append(attrs, a.ID)
			}
		}
	}
	values, err := q.dir.GroupEffective(q.ctx(), id, attrs, "")
	if err != nil {
		return err
	}
	_, rev := q.dir.Revision()
	return q.reply(http.StatusOK, struct {
		Revision int64              `json:"revision"`
		Group    render.Group       `json:"group"`
		Values   []render.Effective `json:"values"`
	}{int64(rev), q.groupsOf([]directory.GroupID{id})[0], q.renderValues(values)})
}

// groupExplain answers with the value of an attribute that a group hands down and the reasons
// for it.
func (a *api) groupExplain(q *request) error {
	id, attr, err := q.pathGroupValue()
	if err != nil {
		return err
	}
	x, err := q.dir.GroupExplain(q.ctx(), id, attr.ID)
	if err != nil {
		return err
	}
	_, rev := q.dir.Revision()
	group := q.groupsOf([]directory.GroupID{id})[0]
	who := group.Name
	if who == "" {
		who = "Group " + group.ID
	}
	out := render.GroupExplanationOf(who, &attr, x, q.groupName, q.Language)
	if err := q.since(out.Candidates, 0, attr.ID, x.Candidates); err != nil {
		return err
	}
	return q.reply(http.StatusOK, struct {
		Revision int64        `json:"revision"`
		Group    render.Group `json:"group"`
		render.Explanation
	}{int64(rev), group, out})
}

// since adds to candidates which change made them what they are, if that is asked for.
func (q *request) since(list []render.Candidate, user directory.UserID, attribute directory.AttributeID,
	candidates []directory.Candidate) error {
	asked, _, err := q.flag("since")
	if err != nil || !asked {
		return err
	}
	settings, err := history.Settings(q.ctx(), q.dir, user, attribute, candidates)
	for i := range settings {
		if change := &settings[i].Change; change.Revision != 0 {
			list[i].Since = &render.Since{Revision: int64(change.Revision), At: render.Time(change.At)}
		}
	}
	return err
}

// batch answers with effective values of many users at one revision.
func (a *api) batch(q *request) error {
	var in struct {
		Users      []string `json:"users"`
		Attributes []string `json:"attributes"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	if len(in.Users) == 0 {
		return directory.Missing("users")
	}
	if len(in.Users) > directory.MaxBatchUsers {
		return directory.TooLong("users", "has %d entries; the most is %d", len(in.Users), directory.MaxBatchUsers)
	}
	point, err := q.point()
	if err != nil {
		return err
	}
	if point != (directory.Point{}) {
		if err := q.lookAt(point); err != nil {
			return err
		}
	}
	var attrs []directory.AttributeID
	if in.Attributes != nil {
		if attrs, err = q.attributeList(in.Attributes); err != nil {
			return err
		}
	}
	ids := make([]directory.UserID, len(in.Users))
	for i, text := range in.Users {
		id, err := q.selectUser("users", text)
		if err != nil && directory.KindOf(err) != directory.KindNotFound {
			return err
		}
		ids[i] = id // 0 is the id of nobody
	}
	list, err := q.dir.EffectiveBatch(q.ctx(), ids, attrs)
	if err != nil {
		return err
	}
	type entry struct {
		User   string             `json:"user"`
		ID     string             `json:"id,omitempty"`
		Found  bool               `json:"found"`
		Values []render.Effective `json:"values,omitempty"`
	}
	_, rev := q.dir.Revision()
	out := struct {
		Revision int64   `json:"revision"`
		Users    []entry `json:"users"`
	}{int64(rev), make([]entry, len(list))}
	for i, u := range list {
		out.Users[i] = entry{User: in.Users[i], Found: u.Found}
		if u.Found {
			out.Users[i].ID, out.Users[i].Values = directory.FormatID(u.User), q.renderValues(u.Values)
		}
	}
	return q.reply(http.StatusOK, out)
}
