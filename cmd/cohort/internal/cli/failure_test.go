package cli

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"cohort/client"
)

func TestExitStatuses(t *testing.T) {
	for _, test := range []struct {
		err    error
		status int
		says   string
	}{
		{errors.New("the disk is full"), ExitFailed, "cohort: the disk is full\n"},
		{WrongUsage(errors.New("--rank: too large")), ExitUsage, "cohort: --rank: too large\n"},
		{fmt.Errorf("read: %w", WrongUsage(errors.New("wrong"))), ExitUsage, "cohort: read: wrong\n"},
		{Refused(errors.New("not now")), ExitRefused, "cohort: not now\n"},
		{&client.Problem{Status: 409, Detail: "it is taken"}, ExitRefused, "cohort: it is taken\n"},
		{&client.Problem{Status: 503, Detail: "no disk", RequestID: "r1"}, ExitFailed, "under request id r1.\n"},
		// These commands have reported what they found.
		{ErrFound, ExitFailed, ""},
		{errors.Join(ErrRefused), ExitRefused, ""},
		{ErrDiffers, ExitDiffers, ""},
	} {
		var out, said bytes.Buffer
		v := &Invocation{Terminal: Terminal{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &said}, Context: t.Context()}
		if status := v.Fail(test.err); status != test.status {
			t.Errorf("%v ends with status %d, want %d", test.err, status, test.status)
		}
		if !strings.HasSuffix(said.String(), test.says) || test.says == "" && said.Len() > 0 || out.Len() > 0 {
			t.Errorf("%v says %q, want %q", test.err, said.String(), test.says)
		}
	}
}
