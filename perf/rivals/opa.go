package rivals

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// rego is the question as a policy of Open Policy Agent. Rules must not recurse, so
// graph.reachable finds the groups.
const rego = `package cohort

ancestry := graph.reachable(data.parents, data.memberships[input.user])

ranked[attribute] contains [value.rank, group, value.value] if {
	some group in ancestry
	some attribute, value in data.group_values[group]
}

answer(attribute) := {"value": own, "origin": "user"} if {
	own := data.user_values[input.user][attribute]
} else := {"value": best[2], "origin": "group", "group": best[1]} if {
	best := min(ranked[attribute])
} else := {"value": fallback, "origin": "default"} if {
	fallback := data.defaults[attribute]
} else := {"value": null, "origin": "none"}

effective[attribute] := answer(attribute) if some attribute in input.attributes
`

// EffectiveAgainstOPA compares the program with Open Policy Agent, which has the same data in
// memory.
func EffectiveAgainstOPA(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	if l.OPA == "" {
		return r, errors.New("there is no Open Policy Agent; make bench builds it")
	}
	shape := l.Plain(l.Scaled(20_000), 20)
	path, d, err := l.Fixture(ctx, "opa-20", shape)
	if err != nil {
		return r, err
	}
	p, c, err := l.ServeAndLogin(ctx, "--data", path)
	if err != nil {
		return r, err
	}
	defer p.Close()
	q, err := serveOPA(ctx, l, d)
	if err != nil {
		return r, err
	}
	defer q.Close()
	k := &opaCaller{lab.Caller{Addr: q.Addr, Head: "Host: perf\r\nContent-Type: application/json\r\n"}, d}
	if err := sameAnswers(ctx, c, d, k.answersOf); err != nil {
		return r, err
	}
	if err := c.Warm(ctx, d, shape.Users); err != nil {
		return r, err
	}
	program := &lab.Competitor{Name: "cohort serve", Process: p, Next: c.Effective(d, shape.Users)}
	rival := &lab.Competitor{Name: "opa run --server", Process: q, Next: k.request}
	if err := l.Compete(ctx, program, rival); err != nil {
		return r, err
	}
	r.AtLeast("effective values over HTTP, throughput against Open Policy Agent with the same data", 10, measure.Ratio,
		program.Rate.Per(rival.Rate))
	lab.NoteCompetitor(&r, program)
	lab.NoteCompetitor(&r, rival)
	ours, _, err := p.Memory()
	if err != nil {
		return r, err
	}
	theirs, _, err := q.Memory()
	if err != nil {
		return r, err
	}
	r.Note("Resident memory with %d users: cohort serve %s, OPA %s. The answers of 200 users are compared.", shape.Users,
		measure.MiB.Format(ours), measure.MiB.Format(theirs))
	r.Note("There is no budget for this; the least is to be no slower.")
	return r, nil
}

// serveOPA starts OPA with the data of a sample.
func serveOPA(ctx context.Context, l *lab.Lab, d *sample.Directory) (*measure.Process, error) {
	folder, err := l.Folder("opa")
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(opaData(d))
	if err == nil {
		err = errors.Join(os.WriteFile(filepath.Join(folder, "data.json"), data, 0o600),
			os.WriteFile(filepath.Join(folder, "cohort.rego"), []byte(rego), 0o600))
	}
	if err != nil {
		return nil, err
	}
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	return measure.Start(ctx, measure.Command{
		Program: l.OPA, Log: filepath.Join(folder, "log"), Addr: addr, Probe: "/health",
		Args: []string{
			"run", "--server", "--addr", addr, "--log-level", "error", "--skip-version-check", "--optimize-store-for-read-speed",
			filepath.Join(folder, "data.json"), filepath.Join(folder, "cohort.rego"),
		},
	})
}

// freeAddress is an address on which nothing listens.
func freeAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// opaData is a sample as a document, by the keys that the policy looks up.
func opaData(d *sample.Directory) map[string]any {
	type ranked struct {
		Rank  int64  `json:"rank"`
		Value string `json:"value"`
	}
	parents, memberships := map[string][]string{}, map[string][]string{}
	groupValues, userValues := map[string]map[string]ranked{}, map[string]map[string]string{}
	defaults := map[string]string{}
	name := func(a directory.AttributeID) string { return d.Name(int(a - d.Attribute(0))) }
	for row := range d.Rows() {
		switch r := row.(type) {
		case directory.Group:
			parents[directory.FormatID(r.ID)] = []string{}
			groupValues[directory.FormatID(r.ID)] = map[string]ranked{}
		case directory.Nesting:
			g := directory.FormatID(r.Group)
			parents[g] = append(parents[g], directory.FormatID(r.Parent))
		case directory.Attribute:
			if r.HasDefault() {
				defaults[r.Name] = r.Default.Text
			}
		case directory.GroupValue:
			groupValues[directory.FormatID(r.Group)][name(r.Attribute)] = ranked{r.Order / directory.OrderGap, r.Value.Text}
		case directory.User:
			userValues[directory.FormatID(r.ID)] = map[string]string{}
		case directory.Membership:
			u := directory.FormatID(r.User)
			memberships[u] = append(memberships[u], directory.FormatID(r.Group))
		case directory.UserValue:
			userValues[directory.FormatID(r.User)][name(r.Attribute)] = r.Value.Text
		}
	}
	return map[string]any{
		"parents": parents, "memberships": memberships, "group_values": groupValues, "user_values": userValues,
		"defaults": defaults,
	}
}

// An opaCaller is a client of OPA.
type opaCaller struct {
	lab.Caller
	d *sample.Directory
}

func (c *opaCaller) input(user int) (string, []byte) {
	names := make([]string, c.d.Shape().Attributes)
	for i := range names {
		names[i] = `"` + c.d.Name(i) + `"`
	}
	body := `{"input":{"user":"` + directory.FormatID(c.d.UserID(user)) + `","attributes":[` + strings.Join(names, ",") +
		`]}}`
	return "POST /v1/data/cohort/effective HTTP/1.1\r\n" + c.Head, []byte(body)
}

func (c *opaCaller) request(r *rand.Rand) (string, []byte) { return c.input(r.IntN(c.d.Shape().Users)) }

// answersOf reads the values of one user.
func (c *opaCaller) answersOf(ctx context.Context, user int) ([]answer, error) {
	head, body := c.input(user)
	reply, err := c.Ask(ctx, head, body)
	if err != nil {
		return nil, err
	}
	var out struct {
		Result map[string]answer `json:"result"`
	}
	if err := json.Unmarshal(reply, &out); err != nil {
		return nil, err
	}
	list := make([]answer, 0, len(out.Result))
	for name, a := range out.Result {
		a.Attribute = name
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b answer) int { return strings.Compare(a.Attribute, b.Attribute) })
	return list, nil
}
