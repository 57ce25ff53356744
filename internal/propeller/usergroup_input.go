package propeller

import (
	"strings"

	"cohort/internal/directory"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/fault"
	"cohort/internal/propeller/schema"
)

// A groupInput is a usergroup in a request.
type groupInput struct {
	at       string // its place in the body
	node     *schema.Node
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
	values    []document.ValueInput
	addresses []document.AddressInput
	prices    []document.PriceInput
}

func newGroupInput(at string, n *schema.Node) (*groupInput, error) {
	in := &groupInput{at: at, node: n, settings: document.Given(document.UsergroupFields(), n)}
	var err error
	if in.parent, err = newParentInput(at, n); err != nil {
		return nil, err
	}
	if err := document.CheckSource(at, n); err != nil {
		return nil, err
	}
	in.subs, err = newSubInput(at, n)
	return in, err
}

func newParentInput(at string, n *schema.Node) (*parentInput, error) {
	m, ok := n.Members["parent"]
	switch {
	case !ok:
		return nil, nil
	case m.IsNull():
		return &parentInput{root: true}, nil
	}
	p := &parentInput{lookup: lookup{resource: usergroups(), missing: fault.UsergroupIsParent}}
	p.source = m.TextOr("source", "")
	p.language = directory.Language(strings.ToUpper(m.TextOr("language", "")))
	switch id, sourceID := m.Str(document.KeyID), m.Str(document.KeySourceID); {
	case id != nil:
		p.key, p.value = document.KeyID, *id
	case sourceID != nil:
		p.key, p.value = document.KeySourceID, *sourceID
	default:
		return nil, fault.Schema(at + "/parent: required key [id] not found")
	}
	return p, nil
}

func newSubInput(at string, n *schema.Node) (subInput, error) {
	var in subInput
	if m, ok := n.Members["attributes"]; ok {
		for i, item := range m.Items {
			in.values = append(in.values, document.NewValueInput(at, "/attributes/", i, item))
		}
	}
	if m, ok := n.Members["addresses"]; ok {
		for _, item := range m.Items {
			in.addresses = append(in.addresses, document.NewAddressInput(item))
		}
	}
	if m, ok := n.Members["pricing"]; ok {
		var err error
		if in.prices, err = document.NewPriceInputs(at+"/pricing", m); err != nil {
			return in, err
		}
	}
	return in, nil
}
