package native

import (
	"cohort/internal/directory"
	"cohort/internal/editjson"
	"cohort/internal/httpkit"
)

// A constraintsEdit holds the constraints that clients may write. Null means none.
type constraintsEdit struct {
	Allowed   rawValue                 `json:"allowed"`
	Pattern   httpkit.Optional[string] `json:"pattern"`
	Least     rawValue                 `json:"least"`
	Greatest  rawValue                 `json:"greatest"`
	MaxLength httpkit.Optional[int]    `json:"max_length"`
}

// update adds the given constraints to an edit.
func (in *constraintsEdit) update(e *directory.UpdateAttribute) error {
	e.Pattern, e.MaxLength = in.Pattern.Ptr(), in.MaxLength.Ptr()
	if in.Allowed.Value != nil {
		allowed, err := editjson.Allowed("allowed", in.Allowed.Value)
		if err != nil {
			return err
		}
		e.Allowed = &allowed
	}
	var err error
	if e.Least, err = boundOf("least", in.Least); err != nil {
		return err
	}
	e.Greatest, err = boundOf("greatest", in.Greatest)
	return err
}

func boundOf(field string, raw rawValue) (*string, error) {
	if raw.Value == nil {
		return nil, nil //nolint:nilnil // nil means leave it
	}
	bound, err := editjson.Bound(field, raw.Value)
	return &bound, err
}

// constraints returns the constraints of a new attribute.
func (in *constraintsEdit) constraints() (c directory.Constraints, err error) {
	var e directory.UpdateAttribute
	if err := in.update(&e); err != nil {
		return c, err
	}
	put(&c.Allowed, e.Allowed)
	put(&c.Pattern, e.Pattern)
	put(&c.Least, e.Least)
	put(&c.Greatest, e.Greatest)
	put(&c.MaxLength, e.MaxLength)
	return c, nil
}

// put sets a field if a value is given.
func put[T any](to *T, given *T) {
	if given != nil {
		*to = *given
	}
}
