package bulk

import (
	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/propeller/fault"
)

// A Result is the outcome of one item.
type Result struct {
	Action    string         `json:"action"`
	Changed   *bool          `json:"changed,omitzero"` // ours: whether anything is different now
	Error     string         `json:"error,omitzero"`
	ID        *int64         `json:"id,omitzero"`
	Key       jsontext.Value `json:"key"`
	LookupKey string         `json:"lookupKey"`
	Message   string         `json:"message,omitzero"`
	Success   bool           `json:"success"`
}

// The actions.
const (
	Create = "create"
	Update = "update"
	Put    = "put"
	Delete = "delete"
)

// Note records what an item does while its change is planned. id is the id of its object, or 0
// if it is not known yet.
func (r *Result) Note(id int64, made bool) {
	r.Action = Update
	if made {
		r.Action = Create
	}
	if r.ID = nil; id != 0 {
		r.ID = &id
	}
}

// Fail records why an item was refused.
func (r *Result) Fail(err error) { r.refuse(fault.Of(err).Error()) }

// refuse records why an item was not done.
func (r *Result) refuse(why string) {
	r.Reset()
	r.Error = why
	if r.Action == "" {
		r.Action = Update
	}
}

// Reset clears the outcome of an item.
func (r *Result) Reset() {
	r.Error, r.Message, r.ID, r.Changed, r.Success = "", "", nil, nil, false
}
