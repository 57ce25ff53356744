package plan

import (
	"reflect"
	"testing"

	"cohort/internal/directory"
)

// Every edit has one descriptor, and no descriptor is of anything else.
func TestEveryEditHasOneDescriptor(t *testing.T) {
	found := map[reflect.Type]int{}
	for _, d := range descriptors() {
		found[d.edit]++
	}
	env := &Env{}
	for _, edit := range directory.Edits() {
		if n := found[reflect.TypeOf(edit)]; n != 1 {
			t.Errorf("%s has %d descriptors", edit.EditName(), n)
		}
		if _, err := env.descriptor(edit); err != nil {
			t.Error(err)
		}
		delete(found, reflect.TypeOf(edit))
	}
	for edit := range found {
		t.Errorf("%s has a descriptor, and is not among the edits", edit)
	}
}
