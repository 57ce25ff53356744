package propeller

import (
	"maps"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// A groupInput is a usergroup in a request.
type groupInput struct {
	at       string // its place in the body
	node     *node
	settings map[string]string
	parent   *parentInput // nil if it was not sent
	subs     subInput
}

// A parentInput is the requested usergroup of an object.
type parentInput struct {
	root bool
	lookup
}

// A subInput is what a request may contain below a usergroup or user.
type subInput struct {
	values    []valueInput
	addresses []addressInput
	prices    []priceInput
}

// groupShape is the shape of a usergroup. The additional members of a bulk call follow below.
func groupShape() *shape {
	members := groupMembers()
	maps.Copy(members, sourceShapes())
	members["parent"] = parentShape()
	members["sources"] = anyShape()
	return &shape{types: []wireType{typeObject}, members: members}
}

// groupMembers are the members of a usergroup in replies, without its id.
func groupMembers() map[string]*shape {
	members := shapesOf(groupFields())
	members["name"] = textShape(directory.MaxNameLen)
	for _, name := range groupReadOnly() {
		members[name] = anyShape()
	}
	return members
}

// updateShape also accepts the id, as replies have it.
func updateShape(s *shape) *shape {
	s.members[keyID] = idShape(1)
	return s
}

func sourceShapes() map[string]*shape {
	return map[string]*shape{
		"language":  languageShape(),
		"source":    textShape(directory.MaxSourceLen),
		keySourceID: keyShape(directory.MaxSourceIDLen),
	}
}

// parentShape also accepts a usergroup as replies have it. Its id counts.
func parentShape() *shape {
	members := map[string]*shape{
		keyID: idShape(0), keySourceID: keyShape(directory.MaxSourceIDLen),
		"source": textShape(directory.MaxSourceLen), "language": languageShape(),
	}
	for name := range groupMembers() {
		if members[name] == nil {
			members[name] = anyShape()
		}
	}
	return &shape{types: []wireType{typeObject, typeNull}, members: members}
}

// subShapes adds what may lie below an object.
func subShapes(s *shape) *shape {
	s.members["attributes"] = valuesShape()
	s.members["addresses"] = arrayShape(maxAddresses, addressShape(true))
	s.members["pricing"] = pricingShape()
	return s
}

func newGroupInput(at string, n *node) (*groupInput, error) {
	in := &groupInput{at: at, node: n, settings: given(groupFields(), n)}
	var err error
	if in.parent, err = newParentInput(at, n); err != nil {
		return nil, err
	}
	if err := checkPair(at, n); err != nil {
		return nil, err
	}
	in.subs, err = newSubInput(at, n)
	return in, err
}

// checkPair refuses one half of a source reference.
func checkPair(at string, n *node) error {
	source, id := n.str("source"), n.str(keySourceID)
	switch {
	case id != nil && source == nil:
		return schemaFault(at + ": required key [source] not found")
	case source != nil && id == nil:
		return schemaFault(at + ": required key [sourceId] not found")
	case id != nil && (*id == "" || *source == ""):
		return schemaFault(at + "/" + emptyOf(*id) + ": expected minLength: 1, actual: 0")
	}
	return nil
}

func emptyOf(id string) string {
	if id == "" {
		return keySourceID
	}
	return "source"
}

func newParentInput(at string, n *node) (*parentInput, error) {
	m, ok := n.members["parent"]
	switch {
	case !ok:
		return nil, nil
	case m.isNull():
		return &parentInput{root: true}, nil
	}
	p := &parentInput{lookup: lookup{resource: usergroups(), missing: codeGroupIsParent}}
	p.source = m.textOr("source", "")
	p.language = directory.Language(strings.ToUpper(m.textOr("language", "")))
	switch id, sourceID := m.str(keyID), m.str(keySourceID); {
	case id != nil:
		p.key, p.value = keyID, *id
	case sourceID != nil:
		p.key, p.value = keySourceID, *sourceID
	default:
		return nil, schemaFault(at + "/parent: required key [id] not found")
	}
	return p, nil
}

func newSubInput(at string, n *node) (subInput, error) {
	var in subInput
	if m, ok := n.members["attributes"]; ok {
		for i, item := range m.items {
			in.values = append(in.values, newValueInput(at, "/attributes/", i, item))
		}
	}
	if m, ok := n.members["addresses"]; ok {
		for _, item := range m.items {
			in.addresses = append(in.addresses, newAddressInput(item))
		}
	}
	if m, ok := n.members["pricing"]; ok {
		var err error
		if in.prices, err = newPriceInputs(at+"/pricing", m); err != nil {
			return in, err
		}
	}
	return in, nil
}

// directives say what a bulk update leaves alone.
type directives struct {
	skipIfNotEmpty []string
	skipMove       bool
	skipCreate     bool
}

func (d directives) skips(name, current string) bool {
	return current != "" && slices.Contains(d.skipIfNotEmpty, name)
}
