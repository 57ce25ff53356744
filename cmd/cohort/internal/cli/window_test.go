package cli

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWindowsOfEdits(t *testing.T) {
	for _, test := range []struct {
		flags WindowFlags
		want  any
		wrong string
	}{
		{WindowFlags{}, nil, ""},
		{WindowFlags{From: "2026-01-31"}, map[string]string{"starts_at": "2026-01-31T00:00:00Z"}, ""},
		{WindowFlags{From: "2026-01-31T12:00:00+02:00", Until: "2026-02-01"},
			map[string]string{"starts_at": "2026-01-31T10:00:00Z", "expires_at": "2026-02-01T00:00:00Z"}, ""},
		{WindowFlags{Until: "tomorrow"}, nil,
			`--until: "tomorrow" must be a day such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z`},
	} {
		got, err := test.flags.Member()
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test.flags, diff)
		}
		if err == nil && test.wrong == "" {
			continue
		}
		v := &Invocation{Terminal: Terminal{Stderr: &bytes.Buffer{}}, Context: t.Context()}
		if err == nil || err.Error() != test.wrong || v.Fail(err) != ExitUsage {
			t.Errorf("%+v is refused with %v, want %s", test.flags, err, test.wrong)
		}
	}
}
