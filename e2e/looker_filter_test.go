package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A shownList is a list as a server shows it, and what is in it.
type shownList struct {
	Shown    string   `json:"shown"`
	Elements []string `json:"elements"`
}

// TestListsShownAsFiltersMeanTheirElements: a value that the Looker API shows of
// a list is used as a filter of rows. The vendor's own reader of filters judges
// that it selects the elements, of one list or of a union, and nothing else.
func TestListsShownAsFiltersMeanTheirElements(t *testing.T) {
	installPackages(t)
	s := newServer(t)
	token := s.login()
	id := s.change(token, `{"edit":"create_attribute","name":"regions","label":"Regions","type":"list","rule":"union"}`)[0]
	random := rand.New(rand.NewPCG(17, 7))
	var lists []shownList
	for round := range 40 {
		var edits []string
		var union []string
		for group := range 2 {
			elements := randomElements(random)
			union = append(union, elements...)
			value, err := json.Marshal(elements)
			if err != nil {
				t.Fatal(err)
			}
			edits = append(edits,
				fmt.Sprintf(`{"edit":"create_group","name":"G %d %d"}`, round, group),
				fmt.Sprintf(`{"edit":"set_group_value","group":"$%d","attribute":%q,"value":%s}`, len(edits), id, value))
		}
		edits = append(edits, `{"edit":"create_user","kind":"person","first_name":"U"}`,
			`{"edit":"add_member","group":"$0","user":"$4"}`, `{"edit":"add_member","group":"$2","user":"$4"}`)
		user := s.change(token, edits...)[4]
		var rows []struct{ Value, Source string }
		body := s.mustAsk("GET", "/api/4.0/users/"+user+"/attribute_values?user_attribute_ids="+id, token, "")
		if err := json.Unmarshal([]byte(body), &rows); err != nil || len(rows) != 1 {
			t.Fatalf("%s: %v", body, err)
		}
		lists = append(lists, shownList{rows[0].Value, withoutRepeats(union)})
	}
	judge(t, lists)
}

// change runs edits as one change, and returns the ids of their results.
func (s *server) change(token string, edits ...string) []string {
	s.t.Helper()
	var done struct {
		Results []struct {
			ID string `json:"id"`
		} `json:"results"`
	}
	body := s.mustAsk("POST", "/v1/changes", token, `{"edits":[`+strings.Join(edits, ",")+`]}`)
	if err := json.Unmarshal([]byte(body), &done); err != nil || len(done.Results) != len(edits) {
		s.t.Fatalf("%s: %v", body, err)
	}
	ids := make([]string, len(edits))
	for i, r := range done.Results {
		ids[i] = r.ID
	}
	return ids
}

// randomElements are elements made of what means something in filters.
func randomElements(random *rand.Rand) []string {
	words := []string{"NULL", "null", "Null", "EMPTY", "empty", "nullable", "emptyish", "a", "EMEA",
		`{{ _user_attributes['x'] }}`, "7 days"}
	letters := []rune(`ab ,"\^%_-'{}[]().;é/+*`)
	list := make([]string, 1+random.IntN(4))
	for i := range list {
		if random.IntN(3) == 0 {
			list[i] = words[random.IntN(len(words))]
			continue
		}
		text := make([]rune, 1+random.IntN(6))
		for j := range text {
			text[j] = letters[random.IntN(len(letters))]
		}
		list[i] = string(text)
	}
	return list
}

func withoutRepeats(list []string) []string {
	var once []string
	seen := map[string]bool{}
	for _, e := range list {
		if !seen[e] {
			seen[e] = true
			once = append(once, e)
		}
	}
	return once
}

// judge has the vendor's reader of filters read lists.
func judge(t *testing.T, lists []shownList) {
	t.Helper()
	var in bytes.Buffer
	for _, l := range lists {
		line, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	cmd := exec.CommandContext(t.Context(), "node", "filters.mjs")
	cmd.Dir, cmd.Stdin = "typescript", &in
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if want := fmt.Sprintf("%d lists mean their elements", len(lists)); !strings.Contains(string(out), want) {
		t.Errorf("%s, want %s", out, want)
	}
}
