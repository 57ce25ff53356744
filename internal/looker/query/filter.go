package query

import (
	"cohort/internal/directory"
)

// IDFilter reads a parameter with user ids.
func (p Params) IDFilter(name string) ([]directory.UserFilter, error) {
	c, err := p.idCriterion(name)
	switch {
	case err != nil || !c.given:
		return nil, err
	case c.every:
		return []directory.UserFilter{directory.UsersAnd{}}, nil
	}
	ids := make(directory.UsersByID, len(c.ids))
	for i, id := range c.ids {
		ids[i] = directory.UserID(id)
	}
	return []directory.UserFilter{ids}, nil
}

// TextFilter reads one text parameter of a search. A missing text of a user counts as empty.
func (p Params) TextFilter(name string, field directory.UserField) ([]directory.UserFilter, error) {
	c, err := p.textCriterion(name)
	switch {
	case err != nil || !c.given():
		return nil, err
	case c.word == isNull || c.word == notNull:
		return []directory.UserFilter{directory.UsersEmpty{Field: field, Empty: c.word == isNull}}, nil
	}
	any := directory.UsersOr{}
	for _, pattern := range c.patterns {
		any = append(any, directory.UsersLike{Field: field, Pattern: pattern})
	}
	return []directory.UserFilter{any}, nil
}
