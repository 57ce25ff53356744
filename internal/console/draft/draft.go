package draft

import (
	"encoding/json"
	"fmt"
	"slices"

	"cohort/internal/directory"
)

// Max limits the edits of a draft.
const Max = 1000

// A Draft is a change that a person prepares.
type Draft struct {
	Version int64 // 0 means that none is stored
	Entries []Entry
	at      map[string]int // index of the entries by key; nil until it is needed
}

// An Entry is one item of a draft: an edit, or several that belong together, such as a new
// group and its parent.
type Entry struct {
	Edits  []directory.Edit // ids that they create count from the first edit of the entry
	Before string           // the state of the field when the entry was written; empty never conflicts
}

// Edits returns the edits of all entries, for one change.
func (d *Draft) Edits() []directory.Edit {
	var list []directory.Edit
	for _, e := range d.Entries {
		shift := len(list)
		for _, edit := range e.Edits {
			list = append(list, shifted(edit, shift))
		}
	}
	return list
}

// Count returns the number of edits.
func (d *Draft) Count() int {
	n := 0
	for _, e := range d.Entries {
		n += len(e.Edits)
	}
	return n
}

// shifted shifts the ids that an entry creates by the number of the edits before it.
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

// Add puts an entry into the draft. It replaces an entry of the same field and keeps that
// entry's state before.
func (d *Draft) Add(e Entry) {
	key := KeyOf(e.Edits[0])
	if old := d.Find(key); old != nil {
		e.Before = old.Before
		*old = e
		return
	}
	d.Entries = append(d.Entries, e)
	if key != "" {
		d.at[key] = len(d.Entries) - 1
	}
}

// Find returns the entry of a field, or nil.
func (d *Draft) Find(key string) *Entry {
	if d.at == nil {
		d.at = make(map[string]int, len(d.Entries))
		for i := range d.Entries {
			d.at[KeyOf(d.Entries[i].Edits[0])] = i
		}
	}
	if i, ok := d.at[key]; ok && key != "" {
		return &d.Entries[i]
	}
	return nil
}

// Drop removes the entry with a key.
func (d *Draft) Drop(key string) {
	d.Entries = slices.DeleteFunc(d.Entries, func(e Entry) bool { return KeyOf(e.Edits[0]) == key })
	d.at = nil
}

// Clear removes all entries.
func (d *Draft) Clear() { d.Entries, d.at = nil, nil }

// KeyOf returns the key of the field that an edit changes. Edits without a key never replace
// each other.
func KeyOf(edit directory.Edit) string {
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

// stored is the stored form of a draft.
type stored struct {
	Entries []storedEntry `json:"entries"`
}

type storedEntry struct {
	Edits  json.RawMessage `json:"edits"`
	Before string          `json:"before"`
}

// A Codec writes and reads edits in the format of records.
type Codec struct {
	Encode func([]directory.Edit) ([]byte, error)
	Decode func([]byte) ([]directory.Edit, error)
}

// Write encodes a draft for the store.
func (c Codec) Write(d *Draft) ([]byte, error) {
	out := stored{Entries: []storedEntry{}}
	for _, e := range d.Entries {
		b, err := c.Encode(e.Edits)
		if err != nil {
			return nil, err
		}
		out.Entries = append(out.Entries, storedEntry{b, e.Before})
	}
	return json.Marshal(out)
}

// Read decodes a stored draft; no data is an empty draft.
func (c Codec) Read(data []byte, version int64) (*Draft, error) {
	d := &Draft{Version: version}
	if len(data) == 0 {
		return d, nil
	}
	var in stored
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, fmt.Errorf("read a draft: %w", err)
	}
	for _, e := range in.Entries {
		edits, err := c.Decode(e.Edits)
		if err != nil {
			return nil, fmt.Errorf("read a draft: %w", err)
		}
		d.Entries = append(d.Entries, Entry{edits, e.Before})
	}
	return d, nil
}

// Apart splits edits into one list for each edit if all are of one kind, else it returns them
// as one list.
func Apart(edits []directory.Edit) [][]directory.Edit {
	for _, e := range edits {
		if e.EditName() != edits[0].EditName() {
			return [][]directory.Edit{edits}
		}
	}
	return slices.Collect(slices.Chunk(edits, 1))
}
