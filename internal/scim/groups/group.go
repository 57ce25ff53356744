package groups

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/scim/protocol"
	"cohort/internal/scim/resource"
	"cohort/internal/scim/users"
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
func readGroup(q *protocol.Request, dir protocol.Directory, id directory.GroupID) (*groupState, error) {
	list, _, err := plainGroups(q, dir, []directory.GroupID{id})
	if err == nil && (len(list) == 0 || id == directory.AllUsers) {
		err = protocol.NotFound("group")
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// groupStates reads groups and when they were touched, in order, and leaves out groups that do
// not exist.
func groupStates(q *protocol.Request, dir protocol.Directory, ids []directory.GroupID) ([]*groupState, error) {
	list, objects, err := plainGroups(q, dir, ids)
	if err != nil {
		return nil, err
	}
	touched, err := dir.LastChanges(q.Context(), objects...)
	for i := range touched {
		list[i].touched = touched[i]
	}
	return list, err
}

func plainGroups(q *protocol.Request, dir protocol.Directory, ids []directory.GroupID) ([]*groupState,
	[]directory.Object, error) {
	details, err := dir.GroupDetails(q.Context(), ids)
	if err != nil {
		return nil, nil, err
	}
	objects := make([]directory.Object, len(details))
	for i := range details {
		objects[i] = details[i].Group.ID.Object()
	}
	facets, err := dir.FacetsOf(q.Context(), objects)
	if err != nil {
		return nil, nil, err
	}
	sources, err := dir.Sources(q.Context(), objects...)
	if err != nil {
		return nil, nil, err
	}
	list := make([]*groupState, len(details))
	for i := range details {
		list[i] = &groupState{GroupDetail: details[i], externalID: protocol.ReferenceIn(sources[i], q.Client.Source)}
		if list[i].facet, err = resource.Stored(facets[objects[i]], resource.FacetGroup); err != nil {
			return nil, nil, err
		}
	}
	return list, objects, nil
}

// displayName returns the name as it was sent, as long as it means the stored one.
func (s *groupState) displayName() string {
	return resource.StillMeans(s.facet.Text("displayName"), s.Group.Name, directory.ParseName)
}

// showGroup returns the resource of a group without its members.
func showGroup(q *protocol.Request, s *groupState) *resource.Object {
	o := resource.NewObject("schemas", resource.Texts(resource.SchemaGroup), "id", resource.GroupID(s.Group.ID),
		"externalId", resource.TextOrNil(s.externalID),
		"displayName", resource.TextOrNil(s.displayName()))
	meta := resource.NewObject("resourceType", "Group", "created", resource.Instant(s.Group.CreatedAt))
	if s.touched.Revision != 0 {
		meta.Set("lastModified", resource.Instant(s.touched.At))
	}
	meta.Set("location", q.Base+"/Groups/"+resource.GroupID(s.Group.ID))
	meta.Set("version", q.Version(s.touched))
	o.Set("meta", meta)
	return o
}

// membersIn selects the members of a group that are users of SCIM.
func membersIn(id directory.GroupID) directory.UserFilter {
	return append(users.People(), directory.UsersIn{Groups: []directory.GroupID{id}})
}

// eachMember calls f for each member of a group: users by id, then groups by id. It holds only
// some of them at a time, because a group can have millions.
func eachMember(q *protocol.Request, dir protocol.Directory, id directory.GroupID,
	f func(resource.Member) error) error {
	for after := directory.UserID(0); ; {
		ids, err := dir.UserIDs(q.Context(), membersIn(id), after, membersAtOnce)
		if err != nil {
			return err
		}
		for _, user := range ids {
			if err := f(resource.Member(user)); err != nil {
				return err
			}
		}
		if len(ids) < membersAtOnce {
			break
		}
		after = ids[len(ids)-1]
	}
	children, err := dir.ChildGroups(q.Context(), id)
	if err != nil {
		return err
	}
	for _, g := range children {
		if err := f(resource.Member(-g.ID)); err != nil {
			return err
		}
	}
	return nil
}

// writeMembers writes the members of a group.
func writeMembers(q *protocol.Request, w *httpkit.Spool, s *groupState, p *resource.Projection) error {
	names := map[directory.UserID]string{}
	if s.Members <= maxDisplayed && p.Wants(resource.SchemaGroup, "members", false) {
		list, _, err := q.Dir.Users(q.Context(), directory.UserQuery{Where: membersIn(s.Group.ID), Limit: maxDisplayed,
			Uncounted: true})
		if err != nil {
			return err
		}
		for i := range list {
			names[list[i].User.ID] = users.DisplayName(&list[i])
		}
	}
	if err := w.WriteString(`[`); err != nil {
		return err
	}
	first := true
	var line []byte
	err := eachMember(q, q.Dir, s.Group.ID, func(m resource.Member) error {
		if line = line[:0]; !first {
			line = append(line, ',')
		}
		first = false
		line = append(line, `{"value":`...)
		line = resource.AppendText(line, m.String())
		line = append(line, `,"$ref":`...)
		var display string
		kind := "User"
		if id, ok := m.Group(); ok {
			kind = "Group"
			g, err := q.Dir.Group(q.Context(), id)
			if err != nil {
				return err
			}
			display = g.Name
			line = resource.AppendText(line, q.Base+"/Groups/"+m.String())
		} else {
			display = names[directory.UserID(m)]
			line = resource.AppendText(line, q.Base+"/Users/"+m.String())
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

// writeGroup writes a group, with its members if the client wants them.
func writeGroup(q *protocol.Request, w *httpkit.Spool, s *groupState, p *resource.Projection, members bool) error {
	t := groupType()
	b := resource.AppendTree(nil, t.Cut(showGroup(q, s), p))
	if !members || !p.Wants(resource.SchemaGroup, "members", false) {
		_, err := w.Write(b)
		return err
	}
	if _, err := w.Write(append(b[:len(b)-1], `,"members":`...)); err != nil {
		return err
	}
	if err := writeMembers(q, w, s, p); err != nil {
		return err
	}
	return w.WriteString(`}`)
}

// Routes lists the routes of groups.
func Routes() []protocol.Route {
	return []protocol.Route{
		protocol.On("GET", "/Groups", listGroups),
		protocol.On("POST", "/Groups", createGroup),
		protocol.On("POST", "/Groups/.search", listGroups),
		protocol.On("GET", "/Groups/{id}", group),
		protocol.On("PUT", "/Groups/{id}", putGroup),
		protocol.On("PATCH", "/Groups/{id}", patchGroup),
		protocol.On("DELETE", "/Groups/{id}", deleteGroup),
	}
}

// PathID returns the id of the group in the path.
func PathID(q *protocol.Request) (directory.GroupID, error) {
	id, ok := resource.ParseGroupID(q.R.PathValue("id"))
	if !ok {
		return 0, protocol.NotFound("group")
	}
	return id, nil
}

// group answers with one group and all its members.
func group(q *protocol.Request) error {
	id, err := PathID(q)
	if err != nil {
		return err
	}
	return replyGroup(q, http.StatusOK, id)
}

func replyGroup(q *protocol.Request, status int, id directory.GroupID) error {
	list, err := groupStates(q, q.Dir, []directory.GroupID{id})
	if err == nil && (len(list) == 0 || id == directory.AllUsers) {
		err = protocol.NotFound("group")
	}
	if err != nil {
		return err
	}
	s := list[0]
	version := q.Version(s.touched)
	if q.Unmodified(version) {
		return q.Unchanged(version)
	}
	p := groupType().Projection(q.Query)
	w := &httpkit.Spool{}
	defer w.Close()
	if err := writeGroup(q, w, s, &p, true); err != nil {
		return err
	}
	q.W.Header().Set("ETag", version)
	if status == http.StatusCreated {
		q.W.Header().Set("Location", q.Base+"/Groups/"+resource.GroupID(id))
	}
	q.ShowRevision()
	return w.Send(q.W, status, protocol.ContentType)
}

// deleteGroup marks the group in the path deleted.
func deleteGroup(q *protocol.Request) error {
	id, err := PathID(q)
	if err != nil {
		return err
	}
	if err := Delete(q, id); err != nil {
		return err
	}
	return q.Gone()
}

// Delete marks a group deleted.
func Delete(q *protocol.Request, id directory.GroupID) error {
	_, err := q.Commit(func(now protocol.Directory) ([]directory.Edit, error) {
		s, err := readGroup(q, now, id)
		if err != nil {
			return nil, err
		}
		if err := q.SameVersion(now, id.Object()); err != nil {
			return nil, err
		}
		q.Removed.Group(s.Members)
		return []directory.Edit{directory.DeleteGroup{Group: id}}, nil
	})
	return err
}

// A memberSet collects what a request says about the members of a group.
type memberSet struct {
	all     bool                     // base with changes is the complete list
	base    []resource.Member        // sorted, if all
	changes map[resource.Member]bool // true adds, false removes
	unknown []string                 // ids to add that are not ids of users or groups
}

func (m *memberSet) add(id resource.Member, there bool) {
	if m.changes == nil {
		m.changes = map[resource.Member]bool{}
	}
	m.changes[id] = there
}

// replace makes a list the complete list of members.
func (m *memberSet) replace(list []resource.Member) {
	*m = memberSet{all: true, base: list}
}

// readMembers reads the ids in a list of members. Each element is an object with a value, or a
// string.
func readMembers(raw jsontext.Value, f func(resource.Member, string) error) error {
	if raw == nil || raw.Kind() == 'n' {
		return nil
	}
	return resource.RawElements(raw, func(v jsontext.Value) error {
		value, kind, err := memberText(v)
		if err != nil {
			return err
		}
		m := resource.ParseMember(value)
		if _, isGroup := m.Group(); m != 0 && kind != "" && isGroup != (directory.Fold(kind) == "group") {
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
		o, err := resource.ParseObject(v)
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

func groupType() *resource.Type {
	return &resource.Type{Name: "Group", Endpoint: "/Groups", Core: resource.GroupSchema()}
}
