package scim

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/scim/resource"
)

// Limits of members in replies.
const (
	membersAtOnce  = 10_000    // members read at once
	maxDisplayed   = 1000      // members of a group that are shown with their names
	maxListMembers = 1_000_000 // members of all groups of a list together
)

// A groupState is a group with what this dialect stores about it, without its members. When a
// change is planned it has no touch, because other changes touch the group all the time.
type groupState struct {
	directory.GroupDetail
	facet      *resource.Object
	externalID string
	touched    directory.Touch
}

// readGroup reads one group. All Users is not a group of SCIM.
func (q *request) readGroup(dir Directory, id directory.GroupID) (*groupState, error) {
	list, _, err := q.plainGroups(dir, []directory.GroupID{id})
	if err == nil && (len(list) == 0 || id == directory.AllUsers) {
		err = notFound("group")
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// groupStates reads groups and when they were touched, in order, and leaves out groups that do
// not exist.
func (q *request) groupStates(dir Directory, ids []directory.GroupID) ([]*groupState, error) {
	list, objects, err := q.plainGroups(dir, ids)
	if err != nil {
		return nil, err
	}
	touched, err := dir.LastChanges(q.ctx(), objects...)
	for i := range touched {
		list[i].touched = touched[i]
	}
	return list, err
}

func (q *request) plainGroups(dir Directory, ids []directory.GroupID) ([]*groupState, []directory.Object, error) {
	details, err := dir.GroupDetails(q.ctx(), ids)
	if err != nil {
		return nil, nil, err
	}
	objects := make([]directory.Object, len(details))
	for i := range details {
		objects[i] = details[i].Group.ID.Object()
	}
	facets, err := dir.FacetsOf(q.ctx(), objects)
	if err != nil {
		return nil, nil, err
	}
	sources, err := dir.Sources(q.ctx(), objects...)
	if err != nil {
		return nil, nil, err
	}
	list := make([]*groupState, len(details))
	for i := range details {
		list[i] = &groupState{GroupDetail: details[i], externalID: sourceIn(sources[i], q.client.Source)}
		if list[i].facet, err = facetIn(facets[objects[i]], facetGroup); err != nil {
			return nil, nil, err
		}
	}
	return list, objects, nil
}

// displayName returns the name as it was sent, as long as it means the stored one.
func (s *groupState) displayName() string {
	return stillMeans(s.facet.Text("displayName"), s.Group.Name, directory.ParseName)
}

// showGroup returns the resource of a group without its members.
func (q *request) showGroup(s *groupState) *resource.Object {
	o := resource.NewObject("schemas", resource.Texts(resource.SchemaGroup), "id", groupID(s.Group.ID),
		"externalId", textOrNil(s.externalID),
		"displayName", textOrNil(s.displayName()))
	meta := resource.NewObject("resourceType", "Group", "created", resource.Instant(s.Group.CreatedAt))
	if s.touched.Revision != 0 {
		meta.Set("lastModified", resource.Instant(s.touched.At))
	}
	meta.Set("location", q.base+"/Groups/"+groupID(s.Group.ID))
	meta.Set("version", q.version(s.touched))
	o.Set("meta", meta)
	return o
}

// membersIn selects the members of a group that are users of SCIM.
func membersIn(id directory.GroupID) directory.UserFilter {
	return append(people(), directory.UsersIn{Groups: []directory.GroupID{id}})
}

// eachMember calls f for each member of a group: users by id, then groups by id. It holds only
// some of them at a time, because a group can have millions.
func (q *request) eachMember(dir Directory, id directory.GroupID, f func(member) error) error {
	for after := directory.UserID(0); ; {
		ids, err := dir.UserIDs(q.ctx(), membersIn(id), after, membersAtOnce)
		if err != nil {
			return err
		}
		for _, user := range ids {
			if err := f(member(user)); err != nil {
				return err
			}
		}
		if len(ids) < membersAtOnce {
			break
		}
		after = ids[len(ids)-1]
	}
	children, err := dir.ChildGroups(q.ctx(), id)
	if err != nil {
		return err
	}
	for _, g := range children {
		if err := f(member(-g.ID)); err != nil {
			return err
		}
	}
	return nil
}

// writeMembers writes the members of a group.
func (q *request) writeMembers(w *httpkit.Spool, s *groupState, p *resource.Projection) error {
	names := map[directory.UserID]string{}
	if s.Members <= maxDisplayed && p.Wants(resource.SchemaGroup, "members", false) {
		users, _, err := q.dir.Users(q.ctx(), directory.UserQuery{Where: membersIn(s.Group.ID), Limit: maxDisplayed,
			Uncounted: true})
		if err != nil {
			return err
		}
		for i := range users {
			names[users[i].User.ID] = displayOf(&users[i])
		}
	}
	if err := w.WriteString(`[`); err != nil {
		return err
	}
	first := true
	var line []byte
	err := q.eachMember(q.dir, s.Group.ID, func(m member) error {
		if line = line[:0]; !first {
			line = append(line, ',')
		}
		first = false
		line = append(line, `{"value":`...)
		line = resource.AppendText(line, m.String())
		line = append(line, `,"$ref":`...)
		var display string
		kind := "User"
		if id, ok := m.group(); ok {
			kind = "Group"
			g, err := q.dir.Group(q.ctx(), id)
			if err != nil {
				return err
			}
			display = g.Name
			line = resource.AppendText(line, q.base+"/Groups/"+m.String())
		} else {
			display = names[directory.UserID(m)]
			line = resource.AppendText(line, q.base+"/Users/"+m.String())
		}
		line = append(append(append(line, `,"type":"`...), kind...), '"')
		if display != "" {
			line = resource.AppendText(append(line, `,"display":`...), display)
		}
		_, err := w.Write(append(line, '}'))
		return err
	})
	if err != nil {
		return err
	}
	return w.WriteString(`]`)
}

// displayOf returns the display name of a user.
func displayOf(u *directory.UserDetail) string {
	if name := u.User.DisplayName(); name != "" {
		return name
	}
	name, _ := userNameOf(&u.UserRows)
	return name
}

// writeGroup writes a group, with its members if the client wants them.
func (q *request) writeGroup(w *httpkit.Spool, s *groupState, p *resource.Projection, members bool) error {
	t := groupType()
	b := resource.AppendTree(nil, t.Cut(q.showGroup(s), p))
	if !members || !p.Wants(resource.SchemaGroup, "members", false) {
		_, err := w.Write(b)
		return err
	}
	if _, err := w.Write(append(b[:len(b)-1], `,"members":`...)); err != nil {
		return err
	}
	if err := q.writeMembers(w, s, p); err != nil {
		return err
	}
	return w.WriteString(`}`)
}

// groupRoutes lists the routes of groups.
func groupRoutes() []route {
	return []route{
		on("GET", "/Groups", (*request).listGroups),
		on("POST", "/Groups", (*request).createGroup),
		on("POST", "/Groups/.search", (*request).listGroups),
		on("GET", "/Groups/{id}", (*request).group),
		on("PUT", "/Groups/{id}", (*request).putGroup),
		on("PATCH", "/Groups/{id}", (*request).patchGroup),
		on("DELETE", "/Groups/{id}", (*request).deleteGroup),
	}
}

// pathGroup returns the id of the group in the path.
func (q *request) pathGroup() (directory.GroupID, error) {
	id, ok := parseGroupID(q.r.PathValue("id"))
	if !ok {
		return 0, notFound("group")
	}
	return id, nil
}

// group answers with one group and all its members.
func (q *request) group() error {
	id, err := q.pathGroup()
	if err != nil {
		return err
	}
	return q.replyGroup(http.StatusOK, id)
}

func (q *request) replyGroup(status int, id directory.GroupID) error {
	list, err := q.groupStates(q.dir, []directory.GroupID{id})
	if err == nil && (len(list) == 0 || id == directory.AllUsers) {
		err = notFound("group")
	}
	if err != nil {
		return err
	}
	s := list[0]
	version := q.version(s.touched)
	if q.unmodified(version) {
		return q.unchanged(version)
	}
	p := groupType().Projection(q.query)
	w := &httpkit.Spool{}
	defer w.Close()
	if err := q.writeGroup(w, s, &p, true); err != nil {
		return err
	}
	q.w.Header().Set("ETag", version)
	if status == http.StatusCreated {
		q.w.Header().Set("Location", q.base+"/Groups/"+groupID(id))
	}
	q.call.ShowRevision()
	return w.Send(q.w, status, contentType)
}

// deleteGroup marks a group deleted.
func (q *request) deleteGroup() error {
	id, err := q.pathGroup()
	if err != nil {
		return err
	}
	if err := q.removeGroup(id); err != nil {
		return err
	}
	return q.gone()
}

func (q *request) removeGroup(id directory.GroupID) error {
	_, err := q.commit(func(now Directory) ([]directory.Edit, error) {
		s, err := q.readGroup(now, id)
		if err != nil {
			return nil, err
		}
		if err := q.sameVersion(now, id.Object()); err != nil {
			return nil, err
		}
		q.removed.deleted(id, s.Members)
		return []directory.Edit{directory.DeleteGroup{Group: id}}, nil
	})
	return err
}

// A memberSet collects what a request says about the members of a group.
type memberSet struct {
	all     bool            // base with changes is the complete list
	base    []member        // sorted, if all
	changes map[member]bool // true adds, false removes
	unknown []string        // ids to add that are not ids of users or groups
}

func (m *memberSet) add(id member, there bool) {
	if m.changes == nil {
		m.changes = map[member]bool{}
	}
	m.changes[id] = there
}

// replace makes a list the complete list of members.
func (m *memberSet) replace(list []member) {
	*m = memberSet{all: true, base: list}
}

// readMembers reads the ids in a list of members. Each element is an object with a value, or a
// string.
func readMembers(raw jsontext.Value, f func(member, string) error) error {
	if raw == nil || raw.Kind() == 'n' {
		return nil
	}
	return resource.RawElements(raw, func(v jsontext.Value) error {
		value, kind, err := memberText(v)
		if err != nil {
			return err
		}
		m := parseMember(value)
		if _, isGroup := m.group(); m != 0 && kind != "" && isGroup != (directory.Fold(kind) == "group") {
			return resource.BadValue("members", "has the type "+resource.QuoteFor(kind)+" with the id "+resource.QuoteFor(value)+
				"; ids of groups begin with g")
		}
		return f(m, value)
	})
}

// memberText reads value and type of an element.
func memberText(v jsontext.Value) (value, kind string, err error) {
	switch v.Kind() {
	case '"', '0':
		tree, err := resource.ParseTree(v)
		return resource.TextOf(tree), "", err
	case '{':
		o, err := objectIn(v)
		if err != nil {
			return "", "", err
		}
		if value = resource.TextOf(o.Get("value")); value == "" {
			return "", "", resource.BadValue("members", "has an element without value")
		}
		return value, o.Text("type"), nil
	}
	return "", "", resource.BadValue("members", "must be a list of objects with value")
}
