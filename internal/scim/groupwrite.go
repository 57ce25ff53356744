package scim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/scim/resource"
)

// A groupWish is what a request wants a group to be.
type groupWish struct {
	name       *string
	externalID *string
	members    memberSet
}

// groupBody reads a whole group from a POST or PUT.
func groupBody(raw jsontext.Value) (*groupWish, error) {
	members, err := resource.RawMembers(raw)
	if err != nil {
		return nil, err
	}
	w := &groupWish{}
	if list, ok := groupMember(members, "members"); ok && list.Kind() != 'n' {
		if err := w.replaceMembers(list); err != nil {
			return nil, err
		}
	}
	name, err := groupText(members, "displayName")
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(name) == "" {
		return nil, resource.BadRequest(resource.InvalidValue, "displayName is required.")
	}
	external, err := groupText(members, "externalId")
	w.name, w.externalID = &name, &external
	return w, err
}

// groupMember finds an attribute of a group, with or without its URN.
func groupMember(members []resource.RawMember, name string) (jsontext.Value, bool) {
	if raw, ok := resource.MemberOf(members, name); ok {
		return raw, true
	}
	return resource.MemberOf(members, resource.SchemaGroup+":"+name)
}

func groupText(members []resource.RawMember, name string) (string, error) {
	raw, ok := groupMember(members, name)
	if !ok {
		return "", nil
	}
	return groupTextOf(raw, name)
}

func groupTextOf(raw jsontext.Value, name string) (string, error) {
	v, err := resource.ParseTree(raw)
	if err != nil {
		return "", err
	}
	a := groupType().Core.Attribute(name)
	if a == nil {
		a = &resource.Attribute{Name: name}
	}
	text, err := resource.NormalValue(a, v, name)
	return resource.TextOf(text), err
}

// replaceMembers makes a list the complete list of members.
func (w *groupWish) replaceMembers(raw jsontext.Value) error {
	var list []member
	var unknown []string
	err := readMembers(raw, func(m member, sent string) error {
		if m == 0 {
			unknown = append(unknown, sent)
			return nil
		}
		list = append(list, m)
		return nil
	})
	if err != nil {
		return err
	}
	slices.Sort(list)
	w.members.replace(slices.Compact(list))
	w.members.addUnknown(unknown)
	return nil
}

// addUnknown records ids that are not ids of users or groups.
func (m *memberSet) addUnknown(ids []string) { m.unknown = append(m.unknown, ids...) }

// createGroup creates a group.
func (q *request) createGroup() error {
	raw, err := q.largeBody()
	if err != nil {
		return err
	}
	id, err := q.makeGroup(raw)
	if err != nil {
		return err
	}
	return q.replyGroup(http.StatusCreated, id)
}

// makeGroup creates a group with its first members, and adds the others in further changes,
// because a change has a limit.
func (q *request) makeGroup(raw jsontext.Value) (directory.GroupID, error) {
	w, err := groupBody(raw)
	if err != nil {
		return 0, err
	}
	if _, err := directory.ParseName("name", *w.name); err != nil {
		return 0, err
	}
	parts, err := q.memberParts(w.members.base, nil, &w.members)
	if err != nil {
		return 0, err
	}
	done, err := q.commit(func(now Directory) ([]directory.Edit, error) {
		id := directory.Made[directory.GroupID](0)
		edits := []directory.Edit{directory.CreateGroup{Name: *w.name, UniqueName: true}}
		edits = append(edits, sourceEdits(id.Object(), q.client.Source, "", *w.externalID)...)
		facet, err := facetEdit(id.Object(), facetGroup, nil, groupFacet(*w.name, q.client.Source))
		if err != nil {
			return nil, err
		}
		if facet != nil {
			edits = append(edits, facet)
		}
		more, err := q.memberEdits(now, id, parts[0], w.members.unknown)
		return append(edits, more...), err
	})
	if err != nil {
		return 0, err
	}
	made := directory.GroupID(done.Results[0].ID)
	return made, q.commitMembers(made, parts[1:])
}

// madeBy is the member of a group's facet that names the client that created it. Okta and
// OneLogin send no externalId for groups, and the guard must know which groups are a client's.
const madeBy = "client"

// groupFacet returns what is stored about a group: its creator, and the name as it was sent if
// it differs from the field.
func groupFacet(sent, client string) *resource.Object {
	facet := resource.NewObject(madeBy, textOrNil(client))
	if clean, err := directory.ParseName("name", sent); err != nil || clean != sent {
		facet.Set("displayName", sent)
	}
	return facet
}

// putGroup replaces the writable part of a group. Without a list the members stay: renaming
// must not empty a group.
func (q *request) putGroup() error {
	id, err := q.pathGroup()
	if err != nil {
		return err
	}
	raw, err := q.largeBody()
	if err != nil {
		return err
	}
	if err := q.replaceGroup(id, raw); err != nil {
		return err
	}
	return q.replyGroup(http.StatusOK, id)
}

func (q *request) replaceGroup(id directory.GroupID, raw jsontext.Value) error {
	w, err := groupBody(raw)
	if err != nil {
		return err
	}
	if _, err := q.readGroup(q.dir, id); err != nil {
		return err
	}
	return q.storeGroup(id, w)
}

// maxParts is how many changes one request may consist of.
const maxParts = 500

// patchGroup applies operations to a group. It neither reads nor shows its members: the reply
// is empty unless the client asks for attributes.
func (q *request) patchGroup() error {
	id, err := q.pathGroup()
	if err != nil {
		return err
	}
	raw, err := q.largeBody()
	if err != nil {
		return err
	}
	if err := q.patchGroupWith(id, raw); err != nil {
		return err
	}
	if p := groupType().Projection(q.query); p.Explicit {
		return q.replyGroup(http.StatusOK, id)
	}
	touched, err := q.dir.LastChanges(q.ctx(), id.Object())
	if err != nil {
		return err
	}
	q.w.Header().Set("ETag", q.version(touched[0]))
	return q.gone()
}

func (q *request) patchGroupWith(id directory.GroupID, raw jsontext.Value) error {
	list, err := resource.Operations(raw)
	if err != nil {
		return err
	}
	if _, err := q.dir.Group(q.ctx(), id); err != nil {
		return err
	}
	w := &groupWish{}
	for _, op := range list {
		if err := q.wish(w, id, op); err != nil {
			return err
		}
	}
	return q.storeGroup(id, w)
}

// storeGroup makes a group what the wish says, in as many changes as needed.
func (q *request) storeGroup(id directory.GroupID, w *groupWish) error {
	adds, removes, err := q.memberDelta(id, &w.members)
	if err != nil {
		return err
	}
	if len(adds)+len(removes) > q.MembersAtOnce*maxParts {
		return tooManyEdits()
	}
	parts, err := q.memberParts(adds, removes, &w.members)
	if err != nil {
		return err
	}
	_, err = q.commit(func(now Directory) ([]directory.Edit, error) {
		s, err := q.readGroup(now, id)
		if err != nil {
			return nil, err
		}
		if err := q.sameVersion(now, id.Object()); err != nil {
			return nil, err
		}
		edits, err := q.fieldEdits(s, w)
		if err != nil {
			return nil, err
		}
		more, err := q.memberEdits(now, id, parts[0], w.members.unknown)
		return append(edits, more...), err
	})
	if err != nil {
		return err
	}
	return q.commitMembers(id, parts[1:])
}

// fieldEdits returns the edits of name and reference.
func (q *request) fieldEdits(s *groupState, w *groupWish) ([]directory.Edit, error) {
	var edits []directory.Edit
	id := s.Group.ID
	if w.name != nil {
		clean, err := directory.ParseName("name", *w.name)
		if err != nil {
			return nil, err
		}
		if clean != s.Group.Name {
			edits = append(edits, directory.UpdateGroup{Group: id, Name: w.name, UniqueName: true})
		}
		facet, err := facetEdit(id.Object(), facetGroup, s.facet, groupFacet(*w.name, s.facet.Text(madeBy)))
		if err != nil {
			return nil, err
		}
		if facet != nil {
			edits = append(edits, facet)
		}
	}
	if w.externalID != nil {
		edits = append(edits, sourceEdits(id.Object(), q.client.Source, s.externalID, *w.externalID)...)
	}
	return edits, nil
}

// memberEdits returns the edits that add and remove members, given the current directory.
// Adding a member who is in, or removing one who is not, changes nothing. Unknown ids are
// refused or, if the client's profile says so, skipped.
func (q *request) memberEdits(now Directory, id directory.GroupID, part memberPart,
	unknown []string) ([]directory.Edit, error) {
	var edits []directory.Edit
	unknown = slices.Clone(unknown)
	for _, who := range part.adds {
		e, err := q.addition(now, id, who)
		switch {
		case directory.KindOf(err) == directory.KindNotFound && part.later:
			// The group existed at the first change and was deleted later, as if after this
			// change.
		case directory.KindOf(err) == directory.KindNotFound:
			unknown = append(unknown, who.String())
		case err != nil:
			return nil, err
		case e != nil:
			edits = append(edits, e)
		}
	}
	if len(unknown) > 0 {
		if q.client.Profile != profileOkta {
			return nil, unknownMembers(unknown)
		}
		q.passed, q.nobody = len(unknown), unknown[0]
	}
	taken := part.counted
	for _, who := range part.removes {
		e, err := q.removal(now, id, who)
		if err != nil {
			return nil, err
		}
		if e != nil {
			taken++
			edits = append(edits, e)
		}
	}
	if taken == 0 || part.later { // the first change has counted them all
		return edits, nil
	}
	q.removed.from(id, taken)
	return edits, q.removed.size(q.ctx(), now, id)
}

func unknownMembers(ids []string) error {
	shown := ids[:min(len(ids), 10)]
	quoted := make([]string, len(shown))
	for i := range shown {
		quoted[i] = resource.QuoteFor(shown[i])
	}
	text := strings.Join(quoted, ", ")
	if len(ids) > len(shown) {
		text += " and " + strconv.Itoa(len(ids)-len(shown)) + " more"
	}
	return resource.BadValue("members", "has ids that are nobody's: "+text+"; nothing was changed")
}

// addition returns the edit that adds a member, or nil if it is in already. A membership that
// is not in force is put in force.
func (q *request) addition(now Directory, id directory.GroupID, who member) (directory.Edit, error) {
	if child, ok := who.group(); ok {
		if _, err := now.Group(q.ctx(), child); err != nil {
			return nil, err
		}
		if id < 0 { // this change creates the group
			return directory.AddParent{Group: child, Parent: id}, nil
		}
		parents, err := now.ParentsOf(q.ctx(), child)
		if err != nil || slices.Contains(parents, id) {
			return nil, err
		}
		return directory.AddParent{Group: child, Parent: id}, nil
	}
	u, err := now.User(q.ctx(), directory.UserID(who))
	if err != nil {
		return nil, err
	}
	if !isUser(&u) {
		return nil, notFound("user")
	}
	if inGroup(&u, id) {
		return nil, nil
	}
	return directory.AddMember{Group: id, User: u.User.ID, Window: &directory.Window{}}, nil
}

func inGroup(u *directory.UserDetail, id directory.GroupID) bool {
	return slices.ContainsFunc(u.Memberships, func(m directory.Membership) bool { return m.Group == id })
}

// removal returns the edit that removes a member, or nil if it is not in.
func (q *request) removal(now Directory, id directory.GroupID, who member) (directory.Edit, error) {
	if child, ok := who.group(); ok {
		parents, err := now.ParentsOf(q.ctx(), child)
		if directory.KindOf(err) == directory.KindNotFound || err == nil && !slices.Contains(parents, id) {
			return nil, nil
		}
		return directory.RemoveParent{Group: child, Parent: id}, err
	}
	u, err := now.User(q.ctx(), directory.UserID(who))
	if directory.KindOf(err) == directory.KindNotFound || err == nil && !inGroup(&u, id) {
		return nil, nil
	}
	return directory.RemoveMember{Group: id, User: directory.UserID(who)}, err
}
