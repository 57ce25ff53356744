package protocol

import (
	"slices"
	"testing"

	"cohort/internal/directory"
)

// everyStatus is the largest set of statuses that an operation can document.
const everyStatus = has400 | has403 | has405 | has409 | has422

func TestEveryKindOfErrorHasADocumentedStatusInEveryOperation(t *testing.T) {
	everywhere := []int{400, 401, 404, 413, 415, 429, 500, 503}
	for documented := range everyStatus + 1 {
		for _, kind := range directory.Kinds() {
			for _, field := range []bool{true, false} {
				status := statusOf(kind, field, documented)
				if !documented.Has(status) && !slices.Contains(everywhere, status) {
					t.Errorf("%b: kind %d is answered with %d", documented, kind, status)
				}
				if status == 500 && kind != directory.KindInternal {
					t.Errorf("%b: kind %d is answered as our fault", documented, kind)
				}
			}
		}
	}
}

func TestStatusesOfKinds(t *testing.T) {
	everything := everyStatus
	for _, test := range []struct {
		name   string
		kind   directory.Kind
		field  bool
		errors Statuses
		want   int
	}{
		{"no permission where 403 is documented", directory.KindForbidden, false, Guarded, 403},
		{"no permission elsewhere", directory.KindForbidden, false, Read, 404},
		{"a bad value where 422 is documented", directory.KindInvalid, true, Writing, 422},
		{"a bad value elsewhere", directory.KindInvalid, true, Guarded, 400},
		{"a bad value where neither is", directory.KindInvalid, true, OnlyBasic, 400},
		{"a duplicate", directory.KindConflict, true, everything, 422},
		{"a duplicate where 422 is not documented", directory.KindConflict, true, Guarded, 400},
		{"an object that is there already", directory.KindConflict, false, everything, 409},
		{"a protected object", directory.KindProtected, true, everything, 405},
		{"a protected object without 405", directory.KindProtected, true, Writing, 403},
		{"a protected object without 403", directory.KindProtected, true, FreeWriter, 422},
		{"a protected object with 400 only", directory.KindProtected, true, Read, 400},
		{"what cannot be read", directory.KindMalformed, true, everything, 400},
		{"something erased", directory.KindGone, false, everything, 404},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := statusOf(test.kind, test.field, test.errors); got != test.want {
				t.Errorf("%d, want %d", got, test.want)
			}
		})
	}
}
