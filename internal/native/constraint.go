package native

import (
	"cohort/internal/directory"
	"cohort/internal/editjson"
	"cohort/internal/httpkit"
)

// An allowedBody is one of the values that an attribute takes.
type allowedBody struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// A constraintsBody is what narrows the values of an attribute, as it is shown.
type constraintsBody struct {
	Allowed   []allowedBody `json:"allowed"`
	Pattern   string        `json:"pattern"`
	Least     string        `json:"least"`
	Greatest  string        `json:"greatest"`
	MaxLength int           `json:"max_length"`
}

func constraintsOf(c *directory.Constraints) constraintsBody {
	b := constraintsBody{Allowed: make([]allowedBody, len(c.Allowed)), Pattern: c.Pattern, Least: c.Least,
		Greatest: c.Greatest, MaxLength: c.MaxLength}
	for i, a := range c.Allowed {
		b.Allowed[i] = allowedBody(a)
	}
	return b
}

// A constraintsEdit is what can be written of it; null is none.
type constraintsEdit struct {
	Allowed   rawValue                 `json:"allowed"`
	Pattern   httpkit.Optional[string] `json:"pattern"`
	Least     rawValue                 `json:"least"`
	Greatest  rawValue                 `json:"greatest"`
	MaxLength httpkit.Optional[int]    `json:"max_length"`
}

// update puts what is given into an edit.
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

// constraints are those of an attribute that is made.
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

// put sets what is given.
func put[T any](to *T, given *T) {
	if given != nil {
		*to = *given
	}
}
