package render_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/render"
)

func TestAppendingSpellsWhatTheEncoderSpells(t *testing.T) {
	texts := rapid.OneOf(
		rapid.String(), rapid.SampledFrom([]string{"", "yes", "No", "a,b", `a\,b,"c"`, "007", "-0", "+1.50", ".5", "1.",
			"1e3", "<&>\u2028\x00\x7f\xff"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		types := []directory.Type{
			directory.TypeString, directory.TypeText, directory.TypeInteger, directory.TypeNumber, directory.TypeYesNo,
			directory.TypeDate, directory.TypeList, directory.TypeEnum, directory.TypeEnumList,
		}
		a := directory.Attribute{Name: texts.Draw(t, "name"), Type: rapid.SampledFrom(types).Draw(t, "type")}
		origin := directory.Origin(rapid.IntRange(0, 4).Draw(t, "origin"))
		var value directory.Value
		switch rapid.IntRange(0, 2).Draw(t, "form") {
		case 0:
			value.Text = texts.Draw(t, "text")
		case 1:
			value.Texts = []directory.LocalText{{Language: rapid.SampledFrom([]directory.Language{"EN", "NL"}).Draw(t,
				"language"), Text: texts.Draw(t, "text")}}
		case 2:
			value.Sealed = 7
		}
		var groups []directory.GroupID
		names := map[directory.GroupID]string{}
		for i := range rapid.IntRange(0, 3).Draw(t, "groups") {
			id := directory.GroupID(i + 1)
			groups, names[id] = append(groups, id), texts.Draw(t, "group")
		}
		name := func(id directory.GroupID) string { return names[id] }
		e := directory.Effective{Attribute: 14, Origin: origin, Value: value, Groups: groups}
		agree(t, render.EffectiveOf(&a, e, name, "EN"), render.AppendEffective(nil, &a, &e, name, "EN"))

		u := render.User{ID: texts.Draw(t, "id"), Name: texts.Draw(t, "user"), Email: texts.Draw(t, "email"),
			Disabled: rapid.Bool().Draw(t, "disabled")}
		agree(t, u, render.AppendUser(nil, u))
	})
}

func agree(t *rapid.T, v any, got []byte) {
	t.Helper()
	want, err := httpkit.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}
