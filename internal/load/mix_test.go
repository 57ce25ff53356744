package load

import (
	"math/rand/v2"
	"testing"
)

func TestAMixIsDrawnByItsWeights(t *testing.T) {
	m, err := ParseMix("reads=90, writes=9,moves=1,explains=0")
	if err != nil {
		t.Fatal(err)
	}
	if got := m.String(); got != "reads=90,writes=9,moves=1" {
		t.Errorf("the mix is %q", got)
	}
	var drawn [kindCount]int
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		drawn[m.pick(r)]++
	}
	for k, most := range map[kind]int{read: 91_000, write: 9_500, move: 1_200, explain: 0, groupSet: 0} {
		if drawn[k] > most || drawn[k] < most*8/10 {
			t.Errorf("%v was drawn %d times of 100,000", k, drawn[k])
		}
	}
}

func TestWhatIsNoMixOrRateIsRefused(t *testing.T) {
	for _, text := range []string{"", "reads", "reads=", "reads=-1", "reads=0", "deletes=5", "reads=5;writes=5",
		"reads=9999999", "Reads=1"} {
		if m, err := ParseMix(text); err == nil {
			t.Errorf("ParseMix(%q) = %v", text, m)
		}
	}
	for _, text := range []string{"", "0", "-5", "fast", "NaN", "Inf", "0%", "%", "1e9"} {
		if r, err := ParseRate(text); err == nil {
			t.Errorf("ParseRate(%q) = %+v", text, r)
		}
	}
	for text, want := range map[string]Rate{"max": {}, "250": {PerSecond: 250}, "0.5": {PerSecond: 0.5},
		"70%": {Percent: 70}} {
		if r, err := ParseRate(text); err != nil || r != want {
			t.Errorf("ParseRate(%q) = %+v, %v; want %+v", text, r, err, want)
		}
	}
}

func FuzzMix(f *testing.F) {
	f.Add("reads=95,writes=5")
	f.Add("moves=1")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMix(text)
		if err != nil {
			return
		}
		if again, err := ParseMix(m.String()); err != nil || again != m {
			t.Errorf("%q is %v, and that is %v, %v", text, m, again, err)
		}
		m.pick(rand.New(rand.NewPCG(1, 1)))
	})
}

func FuzzRate(f *testing.F) {
	f.Add("70%")
	f.Add("max")
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := ParseRate(text); err == nil && (r.PerSecond < 0 || r.Percent < 0 || r.PerSecond > 1_000_000 ||
			r.PerSecond != r.PerSecond) {
			t.Errorf("%q is %+v", text, r)
		}
	})
}
