package outcome

import (
	"slices"

	"cohort/internal/directory"
)

// checkUnique refuses rows that take what must be unique and belongs to
// another: attribute names, names of roles and sets, login e-mails, client
// ids, accounts elsewhere and source references; and the names and labels that
// an edit wants to be unique.
func (c *Check) checkUnique(writes []directory.RowWrite) error {
	for _, w := range writes {
		if w.After == nil {
			continue
		}
		var before []directory.IndexKey
		if w.Before != nil {
			before = directory.IndexKeys(w.Before)
		}
		for _, key := range directory.IndexKeys(w.After) {
			field, must := uniqueField(w.After, key.Index)
			if !must || slices.Contains(before, key) {
				continue
			}
			if _, taken, err := c.Find(key, w.Key()); err != nil {
				return err
			} else if taken {
				return directory.Taken(field, "%q belongs to another %s", key.Text[len(key.Text)-1-emptyTail(key)], what(w.After))
			}
		}
	}
	for _, o := range c.Unique {
		if err := c.requireUniqueName(o); err != nil {
			return err
		}
	}
	return nil
}

// emptyTail is 1 if the last text of a key is not used.
func emptyTail(key directory.IndexKey) int {
	if key.Text[1] == "" {
		return 1
	}
	return 0
}

// what is the kind of object that a unique key belongs to.
func what(row directory.Row) string {
	switch r := row.(type) {
	case directory.SourceReference:
		return r.Object.Kind.String()
	case directory.Credential:
		return "user"
	}
	return row.Key().Kind.String()
}

// uniqueField names the field behind an index that must be unique.
func uniqueField(row directory.Row, index directory.Index) (field string, must bool) {
	switch index {
	case directory.ByAttributeName, directory.ByRoleName, directory.ByPermissionSetName, directory.ByModelSetName:
		return "name", true
	case directory.BySource:
		return "source_id", true
	case directory.ByCredential:
		c, ok := row.(directory.Credential)
		switch {
		case ok && c.Kind == directory.CredentialEmail:
			return "email", true
		case ok && c.Kind == directory.CredentialAPI:
			return "client_id", true
		}
		return "identifier", true
	default: // others may have it, too
		return "", false
	}
}

// requireUniqueName refuses a state in which another object has the name of a
// group, or the label of an attribute, for which an edit wants that.
func (c *Check) requireUniqueName(o directory.Object) error {
	var key directory.IndexKey
	var self directory.RowKey
	field := "name"
	switch o.Kind {
	case directory.ObjectGroup:
		g, ok := c.Catalog.Group(directory.GroupID(o.ID))
		if !ok {
			return nil
		}
		key, self = directory.GroupNameKey(g.Name), g.Key()
	case directory.ObjectAttribute:
		a, ok := c.Catalog.Attribute(directory.AttributeID(o.ID))
		if !ok {
			return nil
		}
		key, self, field = directory.AttributeLabelKey(a.Label), a.Key(), "label"
	default:
		return nil
	}
	_, taken, err := c.Find(key, self)
	if err == nil && taken {
		err = directory.Taken(field, "is the %s of another %s", field, o.Kind)
	}
	return err
}
