package looker

import (
	"cohort/internal/directory"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
	"cohort/internal/looker/query"
)

// allUserAttributes lists the attributes that the caller may see.
func allUserAttributes(q *protocol.Request) error {
	list, err := q.Dir.Attributes(q.Context())
	if err != nil {
		return err
	}
	return protocol.ReplyList(q, list, query.Ordering[directory.Attribute]{
		"id":    query.ByNumber(func(a directory.Attribute) directory.AttributeID { return a.ID }),
		"name":  query.ByText(func(a directory.Attribute) string { return a.Name }),
		"label": query.ByText(func(a directory.Attribute) string { return a.Label }),
		"type":  query.ByText(func(a directory.Attribute) string { return document.TypeName(a.Type) }),
	}, document.Attributes)
}

// userAttribute answers with one attribute.
func userAttribute(q *protocol.Request) error {
	id, err := protocol.PathID[directory.AttributeID](q, "user_attribute_id")
	if err != nil {
		return err
	}
	return document.ReplyAttribute(q, id)
}
