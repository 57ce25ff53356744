package console

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"cohort/internal/directory"
)

// Drafts keeps the change that each person prepares.
type Drafts interface {
	// Draft returns a user's draft; version 0 says that there is none.
	Draft(ctx context.Context, user directory.UserID) (data []byte, version int64, err error)
	// PutDraft keeps a draft as the next version of the one that was read; ok is
	// false, and nothing happens, if another was put meanwhile.
	PutDraft(ctx context.Context, user directory.UserID, data []byte, version int64) (ok bool, err error)
}

// DraftLife is how long a draft is kept that nobody changes.
const DraftLife = 30 * 24 * time.Hour

const maxDraft = 1000 // edits

// A draft is what somebody prepares.
type draft struct {
	version int64
	entries []entry
}

// An entry is one thing that somebody wants to change: an edit, or several that
// belong together, such as a new group and where it is.
type entry struct {
	edits  []directory.Edit // ids that they make count from the first of them
	before string           // what was there when the entry was written; empty never conflicts
}

// edits are those of all entries, for one change.
func (d *draft) edits() []directory.Edit {
	var list []directory.Edit
	for _, e := range d.entries {
		shift := len(list)
		for _, edit := range e.edits {
			list = append(list, shifted(edit, shift))
		}
	}
	return list
}

func (d *draft) count() int {
	n := 0
	for _, e := range d.entries {
		n += len(e.edits)
	}
	return n
}

// shifted moves the ids that an entry makes by the edits before it.
func shifted(edit directory.Edit, by int) directory.Edit {
	switch e := edit.(type) {
	case directory.AddParent:
		e.Group = shiftID(e.Group, by)
		return e
	case directory.AddMember:
		e.User = shiftID(e.User, by)
		return e
	case directory.CreateRole:
		e.PermissionSet = shiftID(e.PermissionSet, by)
		return e
	default: // only these follow what makes an object
		return edit
	}
}

func shiftID[T directory.ID](id T, by int) T {
	if i, ok := directory.MadeBy(id); ok {
		return directory.Made[T](i + by)
	}
	return id
}

// add puts an entry into the draft. A second one about the same field takes the
// place of the first and keeps what was there before it.
func (d *draft) add(e entry) {
	key := keyOf(e.edits[0])
	if key != "" {
		i := slices.IndexFunc(d.entries, func(old entry) bool { return keyOf(old.edits[0]) == key })
		if i >= 0 {
			e.before = d.entries[i].before
			d.entries[i] = e
			return
		}
	}
	d.entries = append(d.entries, e)
}

// drop takes out what a key names.
func (d *draft) drop(key string) {
	d.entries = slices.DeleteFunc(d.entries, func(e entry) bool { return keyOf(e.edits[0]) == key })
}

// keyOf names the field that an edit is about; edits without one stand beside
// each other.
func keyOf(edit directory.Edit) string {
	switch e := edit.(type) {
	case directory.SetGroupValue:
		return fmt.Sprintf("group-value-%d-%d", e.Group, e.Attribute)
	case directory.DeleteGroupValue:
		return fmt.Sprintf("group-value-%d-%d", e.Group, e.Attribute)
	case directory.SetUserValue:
		return fmt.Sprintf("user-value-%d-%d", e.User, e.Attribute)
	case directory.DeleteUserValue:
		return fmt.Sprintf("user-value-%d-%d", e.User, e.Attribute)
	case directory.UpdateUser:
		return fmt.Sprintf("user-%d", e.User)
	case directory.DeleteUser:
		return fmt.Sprintf("user-deletion-%d", e.User)
	case directory.UpdateGroup:
		return fmt.Sprintf("group-%d", e.Group)
	case directory.DeleteGroup:
		return fmt.Sprintf("group-deletion-%d", e.Group)
	case directory.UpdateAttribute:
		return fmt.Sprintf("attribute-%d", e.Attribute)
	case directory.DeleteAttribute:
		return fmt.Sprintf("attribute-deletion-%d", e.Attribute)
	case directory.AddMember:
		return fmt.Sprintf("member-%d-%d", e.Group, e.User)
	case directory.RemoveMember:
		return fmt.Sprintf("member-%d-%d", e.Group, e.User)
	case directory.AddParent:
		return fmt.Sprintf("parent-%d-%d", e.Group, e.Parent)
	case directory.RemoveParent:
		return fmt.Sprintf("parent-%d-%d", e.Group, e.Parent)
	case directory.SetUserRoles:
		return fmt.Sprintf("user-roles-%d", e.User)
	case directory.SetGroupRoles:
		return fmt.Sprintf("group-roles-%d", e.Group)
	case directory.CreatePermissionSet:
		return "new-role-" + e.Name
	case directory.UpdatePermissionSet:
		return fmt.Sprintf("permission-set-%d", e.PermissionSet)
	case directory.DeleteRole:
		return fmt.Sprintf("role-deletion-%d", e.Role)
	case directory.UpdateCredential:
		return fmt.Sprintf("credential-%d", e.Credential)
	case directory.DeleteCredential:
		return fmt.Sprintf("credential-%d", e.Credential)
	case directory.SetFacet:
		return fmt.Sprintf("facet-%v-%s-%s-%s", e.Object, e.Dialect, e.Kind, e.Name)
	case directory.DeleteFacet:
		return fmt.Sprintf("facet-%v-%s-%s-%s", e.Object, e.Dialect, e.Kind, e.Name)
	case directory.Revert:
		return fmt.Sprintf("revert-%d", e.Revision)
	case directory.CreateGroup:
		return "new-group-" + e.Name
	case directory.CreateAttribute:
		return "new-attribute-" + e.Name
	case directory.CreateUser:
		return "new-user-" + e.FirstName + "-" + e.LastName + "-" + e.ContactEmail
	}
	return ""
}

// A storedDraft is a draft as it is kept.
type storedDraft struct {
	Entries []storedEntry `json:"entries"`
}

type storedEntry struct {
	Edits  json.RawMessage `json:"edits"`
	Before string          `json:"before"`
}

func (c *console) encodeDraft(d *draft) ([]byte, error) {
	out := storedDraft{Entries: []storedEntry{}}
	for _, e := range d.entries {
		b, err := c.EncodeEdits(e.edits)
		if err != nil {
			return nil, err
		}
		out.Entries = append(out.Entries, storedEntry{b, e.before})
	}
	return json.Marshal(out)
}

func (c *console) decodeDraft(data []byte, version int64) (*draft, error) {
	d := &draft{version: version}
	if len(data) == 0 {
		return d, nil
	}
	var in storedDraft
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, fmt.Errorf("read a draft: %w", err)
	}
	for _, e := range in.Entries {
		edits, err := c.DecodeEdits(e.Edits)
		if err != nil {
			return nil, fmt.Errorf("read a draft: %w", err)
		}
		d.entries = append(d.entries, entry{edits, e.Before})
	}
	return d, nil
}

// draft loads the draft of the person, once a request.
func (q *request) draft() (*draft, error) {
	if q.drafted != nil {
		return q.drafted, nil
	}
	q.live.Release() // a request never holds two connections
	data, version, err := q.Drafts.Draft(q.ctx(), q.caller.User)
	if err != nil {
		return nil, err
	}
	q.drafted, err = q.decodeDraft(data, version)
	return q.drafted, err
}

// errDraftMoved is for a draft that another tab has changed meanwhile.
var errDraftMoved = &directory.Error{
	Kind: directory.KindStale, Msg: "the draft was changed in another tab meanwhile; look at it and try again",
}

func (q *request) keep(d *draft) error {
	if n := d.count(); n > maxDraft {
		return directory.TooLong("draft", "has %d edits; the most is %d: commit some of them first", n, maxDraft)
	}
	data, err := q.encodeDraft(d)
	if err != nil {
		return err
	}
	q.live.Release()
	ok, err := q.Drafts.PutDraft(q.ctx(), q.caller.User, data, d.version+1)
	if err == nil && !ok {
		err = errDraftMoved
	}
	return err
}

// change applies a modification to the draft, again if another tab was first.
func (q *request) change(modify func(*draft) error) error {
	for attempt := 0; ; attempt++ {
		q.drafted = nil
		d, err := q.draft()
		if err == nil {
			err = modify(d)
		}
		if err == nil {
			err = q.keep(d)
		}
		if err == errDraftMoved && attempt < 3 { //nolint:errorlint // it is never wrapped
			continue
		}
		return err
	}
}

// addEdits puts edits into the draft, or leaves them out if they would change
// nothing. Edits of one kind stand by themselves; others belong together.
func (q *request) addEdits(edits []directory.Edit) error {
	var list []entry
	dropped := map[string]bool{}
	for _, together := range apart(edits) {
		before, same, err := q.stored(together[0])
		if err != nil {
			return err
		}
		if same {
			dropped[keyOf(together[0])] = true
		} else {
			list = append(list, entry{together, before})
		}
	}
	return q.change(func(d *draft) error {
		for key := range dropped {
			d.drop(key)
		}
		for _, e := range list {
			d.add(e)
		}
		return nil
	})
}

// apart are edits by themselves if they are all of one kind, else all of them
// together.
func apart(edits []directory.Edit) [][]directory.Edit {
	for _, e := range edits {
		if e.EditName() != edits[0].EditName() {
			return [][]directory.Edit{edits}
		}
	}
	return slices.Collect(slices.Chunk(edits, 1))
}
