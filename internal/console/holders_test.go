package console_test

import (
	"net/http"
	"strings"
	"testing"

	"cohort/internal/directory"
)

func TestHoldersAreAskedForByElementAndRange(t *testing.T) {
	w := newWorld(t)
	w.do(t, directory.CreateAttribute{ID: 980, Name: "tags", Type: directory.TypeList, Rule: directory.RuleUnion},
		directory.SetUserValue{User: 101, Attribute: 980, Value: directory.Value{Texts: []directory.LocalText{
			{Language: "EN", Text: directory.JoinList([]string{"blue", "green"})}}}})
	// For each path: a holder, a user who is not a holder, and the flag on the command line.
	for path, want := range map[string][3]string{
		"tags/holders?element=blue":        {"Ada Okafor", "Bram de Wit", "--element=blue"},
		"tags/holders?value=&element=blue": {"Ada Okafor", "Bram de Wit", "--element=blue"},
		"discount_limit/holders?least=12":  {"Bram de Wit", "Ada Okafor", "--least=12"},

		"discount_limit/holders?value=&least=&greatest=12": {"Ada Okafor", "Bram de Wit", "--greatest=12"},
		"discount_limit/holders?value=&least=&greatest=":   {"Bram de Wit", "nobody", "cohort holders discount_limit"},
	} {
		status, body := w.get(t, asAdmin, "/ui/attributes/"+path)
		if text := text(body); status != http.StatusOK || !strings.Contains(text, want[0]) ||
			strings.Contains(text, want[1]) || !strings.Contains(text, want[2]) {
			t.Errorf("%s: %d, want %q:\n%s", path, status, want, text)
		}
	}
	status, body := w.get(t, asAdmin, "/ui/attributes/discount_limit/holders?least=much")
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, `value="much"`) ||
		!strings.Contains(body, `role="alert"`) {
		t.Errorf("a bound that is no number: %d\n%s", status, text(body))
	}
}
