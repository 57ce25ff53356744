package plan

import (
	"io"
	"reflect"
	"sync"
	"sync/atomic"

	"cohort/internal/directory"
)

// A Sealer encrypts and opens hidden values. The attribute and the owner are
// bound to the ciphertext: it opens in no other place.
type Sealer interface {
	Seal(attribute directory.AttributeID, owner directory.Object,
		plaintext string) (keyID string, ciphertext []byte, err error)
	Open(attribute directory.AttributeID, owner directory.Object, keyID string, ciphertext []byte) (string, error)
}

// An Env is what planning needs beside a state.
type Env struct {
	Sealer   Sealer
	Language directory.Language // in which dialects without languages write
	Random   io.Reader          // of secrets, salts and change ids
	Now      func() directory.Instant
	// Facets are the checks of what dialects keep with objects, by dialect.
	Facets map[string]func(directory.Facet) error

	lastAdmin atomic.Int64 // the administrator who was found last
	pruned    atomic.Int64 // all records up to this revision are pruned

	describing  sync.Once
	descriptors map[reflect.Type]*descriptor
}

// CheckFacet refuses a facet that its dialect could not read.
func (e *Env) CheckFacet(f directory.Facet) error {
	check := e.Facets[f.Dialect]
	if check == nil {
		return nil
	}
	if err := check(f); err != nil {
		return &directory.Error{
			Kind: directory.KindInvalid, Field: "data", Code: directory.CodeInvalid,
			Msg: "is no " + f.Kind + " that " + f.Dialect + " can read", Err: err,
		}
	}
	return nil
}
