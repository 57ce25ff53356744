package bulk

import (
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/propeller/schema"
)

func TestDirectivesInBothShapes(t *testing.T) {
	for _, text := range []string{
		`[{"operation":"skipIfNotEmpty","fields":["name","company"]},{"operation":"skipMoveOnUpdate","fields":[]}]`,
		`{"skipIfNotEmpty":["name","company"],"skipMoveOnUpdate":[]}`,
	} {
		n, err := schema.Parse(jsontext.Value(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		d := ReadDirectives(n)
		if !slices.Equal(d.SkipIfNotEmpty, []string{"name", "company"}) || !d.SkipMove || d.SkipCreate {
			t.Errorf("%s: %+v", text, d)
		}
	}
}
