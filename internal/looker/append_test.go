package looker

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cohort/internal/httpkit"
)

// The hand-written encoder makes the same bytes as the encoder of all other
// replies.
func TestUserValuesAreEncodedAsAllRepliesAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) userValueBody {
			text := func(name string) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, name)) }
			row := userValueBody{
				Name: text("name"), Label: text("label"), Value: rapid.String().Draw(t, "value"), UserID: "7",
				UserCanEdit: rapid.Bool().Draw(t, "edit"), ValueIsHidden: rapid.Bool().Draw(t, "hidden"),
				UserAttributeID: "14", Source: sourceGroup,
				Can: rapid.MapOf(rapid.SampledFrom([]string{"show", "a\"b", "update", "<i>"}), rapid.Bool()).Draw(t, "can"),
			}
			if rapid.Bool().Draw(t, "has rank") {
				rank := rapid.Int().Draw(t, "rank")
				row.Rank = &rank
			}
			if rapid.Bool().Draw(t, "has list") {
				list := text("list")
				row.HiddenValueDomainWhitelist = &list
			}
			return row
		}), 0, 4).Draw(t, "rows")
		want, err := httpkit.Encode(rows)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(appendUserValues(nil, rows))); diff != "" {
			t.Error(diff)
		}
	})
}
