package plan

import (
	"cohort/internal/directory"
)

// apply plans an edit that is authorized.
func (p *Planner) apply(edit directory.Edit) (directory.Result, error) {
	d, err := p.env.descriptor(edit)
	if err != nil {
		return directory.Result{}, err
	}
	return d.plan(p, edit)
}

// made is the result of an edit that made an object.
func made[T directory.ID](id T) directory.Result { return directory.Result{ID: int64(id), Made: true} }

// take gives out the next id of what clients cannot choose the id of.
func take[T directory.ID](next *T, what string) (T, error) {
	if *next > directory.MaxID {
		return 0, directory.Taken("id", "cannot be given out: a %s has the greatest that there can be, %d", what,
			directory.MaxID)
	}
	id := *next
	*next = id + 1
	return id, nil
}

// set copies an optional field.
func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
