package document

import (
	"maps"

	"cohort/internal/directory"
	"cohort/internal/propeller/fault"
	"cohort/internal/propeller/schema"
)

// UsergroupFields are the fields of a usergroup that only this format knows.
func UsergroupFields() []Field {
	return append(line("company", "department", "office"),
		Field{Name: "notes", maxLen: notesLen},
		flag(FieldBudget, "N", "N", "Y", "H"),
		flag(FieldInheritBudget, "Y", "Y", "N"),
		flag(FieldInheritOrders, "Y", "Y", "N"),
		flag(FieldInheritProducts, "Y", "Y", "N"),
		flag(FieldOrders, "U", "N", "Y", "A", "U", "P"),
	)
}

// UsergroupSkippable are the members that the directive skipIfNotEmpty can name.
func UsergroupSkippable() []string {
	return append([]string{"language", "name", "parent"}, schema.Names(ShapesOf(UsergroupFields()))...)
}

// The settings that are inherited, and the flags that say so.
const (
	FieldBudget          = "budget"
	FieldInheritBudget   = "budgetInherit"
	FieldOrders          = "orderListAllowAll"
	FieldInheritOrders   = "inheritOrderList"
	FieldInheritProducts = "inheritProductList"
)

// UsergroupReadOnly are read-only members. They are accepted unchanged, so that a reply can be
// written back.
func UsergroupReadOnly() []string {
	return []string{"authorizeId", "defaultobjectId", "orderListManagerId", "userManagerId"}
}

// UsergroupShape is the shape of a usergroup. SubShapes adds those of a bulk call.
func UsergroupShape() *schema.Shape {
	members := groupMembers()
	maps.Copy(members, sourceShapes())
	members["parent"] = parentShape()
	members["sources"] = schema.Any()
	return &schema.Shape{Types: []schema.Type{schema.Object}, Members: members}
}

// groupMembers are the members of a usergroup in replies, without its id.
func groupMembers() map[string]*schema.Shape {
	members := ShapesOf(UsergroupFields())
	members["name"] = schema.Text(directory.MaxNameLen)
	for _, name := range UsergroupReadOnly() {
		members[name] = schema.Any()
	}
	return members
}

// ForUpdate also accepts the id, as replies have it.
func ForUpdate(s *schema.Shape) *schema.Shape {
	s.Members[KeyID] = schema.ID(1)
	return s
}

func sourceShapes() map[string]*schema.Shape {
	return map[string]*schema.Shape{
		"language":  schema.Language(),
		"source":    schema.Text(directory.MaxSourceLen),
		KeySourceID: schema.Key(directory.MaxSourceIDLen),
	}
}

// parentShape also accepts a usergroup as replies have it. Its id counts.
func parentShape() *schema.Shape {
	members := map[string]*schema.Shape{
		KeyID: schema.ID(0), KeySourceID: schema.Key(directory.MaxSourceIDLen),
		"source": schema.Text(directory.MaxSourceLen), "language": schema.Language(),
	}
	for name := range groupMembers() {
		if members[name] == nil {
			members[name] = schema.Any()
		}
	}
	return &schema.Shape{Types: []schema.Type{schema.Object, schema.Null}, Members: members}
}

// SubShapes adds what may lie below an object.
func SubShapes(s *schema.Shape) *schema.Shape {
	s.Members["attributes"] = ValuesShape()
	s.Members["addresses"] = schema.List(MaxAddresses, AddressShape(true))
	s.Members["pricing"] = PricingShape()
	return s
}

// CheckSource refuses one half of a source reference.
func CheckSource(at string, n *schema.Node) error {
	source, id := n.Str("source"), n.Str(KeySourceID)
	switch {
	case id != nil && source == nil:
		return fault.Schema(at + ": required key [source] not found")
	case source != nil && id == nil:
		return fault.Schema(at + ": required key [sourceId] not found")
	case id != nil && (*id == "" || *source == ""):
		return fault.Schema(at + "/" + emptyOf(*id) + ": expected minLength: 1, actual: 0")
	}
	return nil
}

func emptyOf(id string) string {
	if id == "" {
		return KeySourceID
	}
	return "source"
}
