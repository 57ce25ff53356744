package load

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// begun is a register that holds 7 since revision 10, with a write of 8 under
// way.
func begun() *register {
	r := newRegister(7, 10)
	r.begin(func(now int32, _ int) *pending { return &pending{value: now + 1} })
	return r
}

func TestARegisterFindsEveryWrongAnswer(t *testing.T) {
	for _, test := range []struct {
		name string
		run  func(r *register) string
		want string // part of what is wrong; empty for nothing
	}{
		{"The old value before the write", func(r *register) string { return r.check(10, 7) }, ""},
		{"The old value while the write is under way", func(r *register) string { return r.check(12, 7) }, ""},
		{"The new value before its answer is there", func(r *register) string { return r.check(12, 8) }, ""},
		{"The new value at the revision of the old one", func(r *register) string { return r.check(10, 8) },
			"has version 8 and not 7"},
		{"A value that nobody wrote", func(r *register) string { return r.check(12, 9) }, "has version 9"},
		{"A revision from before", func(r *register) string { return r.check(9, 7) }, "older than"},
		{"The old value after the new one", func(r *register) string { return r.check(12, 8) + r.check(13, 7) },
			"later revision 13"},
		{"The new value before the old one", func(r *register) string { return r.check(13, 7) + r.check(12, 8) },
			"later revision 13"},
		{"The old value at the revision of the write", func(r *register) string { return r.committed(12) + r.check(12, 7) },
			"has version 7 and not 8"},
		{"The old value before the revision of the write",
			func(r *register) string { return r.committed(12) + r.check(11, 7) + r.check(12, 8) }, ""},
		{"A write that was shown before it was", func(r *register) string { return r.check(11, 8) + r.committed(12) },
			"acknowledged as revision 12"},
		{"A write that was not shown when it was there", func(r *register) string { return r.check(12, 7) + r.committed(12) },
			"did not show"},
		{"A write that goes back in time", func(r *register) string { return r.committed(10) }, "the one before it as 10"},
		{"A write that was refused and shown", func(r *register) string { return r.check(12, 8) + r.refused() },
			"was refused"},
		{"A write that was refused", func(r *register) string { return r.check(12, 7) + r.refused() + r.check(12, 7) }, ""},
		{"A write of unknown outcome that never was", func(r *register) string {
			r.lost()
			return r.check(12, 7) +
				r.check(20, 7)
		}, ""},
		{"A write of unknown outcome that was", func(r *register) string { r.lost(); return r.check(12, 7) + r.check(20, 8) },
			""},
		{"A write of unknown outcome that comes and goes", func(r *register) string {
			r.lost()
			return r.check(12, 8) +
				r.check(20, 7)
		}, "later revision 20"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := test.run(begun())
			if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAWriteOfUnknownOutcomeIsSentAgainAndNoOther(t *testing.T) {
	r := begun()
	if p := r.begin(func(int32, int) *pending { return &pending{value: 100} }); p != nil {
		t.Errorf("%+v began while another was under way", p)
	}
	r.lost()
	if p := r.begin(func(int32, int) *pending { return &pending{value: 100} }); p == nil || p.value != 8 ||
		!r.isPending() {
		t.Errorf("%+v was sent in place of the lost one", p)
	}
	if wrong := r.committed(12); wrong != "" || r.isPending() {
		t.Error(wrong)
	}
}

// A truth is what a server that makes no mistakes would say.
func TestARegisterBelievesWhoeverTellsTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRegister(0, 1)
		truth := []version{{1, 0}} // as the server has it; the last may not be acknowledged
		head, underway := int64(1), false
		say := func(revision int64) int32 {
			value := int32(0)
			for _, v := range truth {
				if v.revision <= revision {
					value = v.value
				}
			}
			return value
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			var wrong string
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0: // others write
				head++
			case 1:
				if !underway {
					r.begin(func(now int32, _ int) *pending { return &pending{value: now + 1} })
					underway = true
				}
			case 2: // the server commits what is under way
				if p := r.pending; p != nil && truth[len(truth)-1].value != p.value {
					head++
					truth = append(truth, version{head, p.value})
				}
			case 3: // and says so
				if p := r.pending; p != nil && truth[len(truth)-1].value == p.value {
					wrong = r.committed(truth[len(truth)-1].revision)
					underway = false
				}
			case 4:
				revision := rapid.Int64Range(1, head).Draw(t, "revision")
				wrong = r.check(revision, say(revision))
			}
			if wrong != "" {
				t.Fatalf("of %+v, head %d: %s", truth, head, wrong)
			}
		}
	})
}
