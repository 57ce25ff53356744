package document

import (
	"testing"

	"pgregory.net/rapid"

	"cohort/internal/httpkit"
)

// TestRepliesAreAppendedAsTheyAreEncoded compares what is written by hand with what
// reflection makes of it.
func TestRepliesAreAppendedAsTheyAreEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		member := rapid.OneOf(rapid.String().AsAny(), rapid.Int64().AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil),
			rapid.Just[any]([]SourceBody{{"erp", "1"}}), rapid.MapOf(rapid.String(), rapid.String().AsAny()).AsAny())
		total := rapid.IntRange(0, 9).Draw(t, "total")
		e := Envelope{Data: rapid.MapOf(rapid.String(), member).Draw(t, "data"), Total: &total,
			Messages: rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "messages")}
		if rapid.Bool().Draw(t, "deleted") {
			e.Total = nil
		}
		want, err := httpkit.Encode(e)
		got, gotErr := Encode(e)
		if err != nil || gotErr != nil || string(got) != string(want) {
			t.Errorf("appended %s, %v\nencoded %s, %v", got, gotErr, want, err)
		}
	})
}
