package directory_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"cohort/internal/directory"
)

func TestPlainDecimalMeansTheSameNumber(t *testing.T) {
	for _, c := range [][2]string{
		{"1e5", "100000"}, {"5.0", "5"}, {"1.50", "1.5"}, {"-0", "0"}, {"-0.0e7", "0"}, {"12E-3", "0.012"},
		{"1.25e1", "12.5"}, {"-1.25E+2", "-125"}, {"0.1", "0.1"}, {"100", "100"},
		{"1e-400", "0." + strings.Repeat("0", 399) + "1"},
	} {
		if got, ok := directory.PlainDecimal(c[0]); !ok || got != c[1] {
			t.Errorf("%s = %q, %v, want %q", c[0], got, ok, c[1])
		}
	}
	for _, number := range []string{"1e401", "1e-401", "1e99999999999999999999", strings.Repeat("9", 401)} {
		if got, ok := directory.PlainDecimal(number); ok {
			t.Errorf("%.20s = %q, want too long", number, got)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2_000 {
		number := fmt.Sprintf("%d.%0*de%d", random.IntN(2000)-1000, 1+random.IntN(4), random.IntN(100), random.IntN(41)-20)
		got, ok := directory.PlainDecimal(number)
		want, _ := new(big.Rat).SetString(number)
		have, parsed := new(big.Rat).SetString(got)
		if !ok || !parsed || want.Cmp(have) != 0 || strings.ContainsAny(got, "eE") {
			t.Errorf("%s = %q, %v", number, got, ok)
		}
		if err := directory.ParseValue("value", directory.TypeNumber, got); err != nil {
			t.Errorf("%s: %v", got, err)
		}
	}
}
