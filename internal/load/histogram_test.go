package load

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestABucketEndsWhereTheNextBegins(t *testing.T) {
	for b := range bucketCount - 1 {
		if top := topOf(b); bucketOf(top) != b || bucketOf(top+1) != b+1 {
			t.Fatalf("bucket %d ends at %d µs, which is in %d; the next µs is in %d", b, top, bucketOf(top), bucketOf(top+1))
		}
	}
	if b := bucketOf(math.MaxInt64); b != bucketCount-1 {
		t.Errorf("the longest duration is in bucket %d", b)
	}
}

func TestAQuantileIsAtMostAThirtySecondTooLong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		us := rapid.SliceOfN(rapid.Int64Range(0, 40_000_000), 1, 200).Draw(t, "us")
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		var h histogram
		for _, n := range us {
			h.add(time.Duration(n) * time.Microsecond)
		}
		slices.Sort(us)
		want := us[max(0, int(math.Ceil(q*float64(len(us))))-1)]
		if q == 0 {
			return
		}
		if got := h.quantile(q).Microseconds(); got < want || float64(got) > float64(want)*(1+1.0/32)+1 {
			t.Errorf("quantile %g of %v is %d, want %d", q, us, got, want)
		}
	})
}

func TestHistogramsAreJoined(t *testing.T) {
	var a, b, all histogram
	a.add(time.Millisecond)
	b.add(3 * time.Millisecond)
	b.add(5 * time.Millisecond)
	all.join(&a, &b)
	if got := all.latency(); got.Count != 3 || got.Max != 5 || got.P50 < 3 || got.P50 > 3.1 {
		t.Errorf("%+v", got)
	}
	if got := (&histogram{}).latency(); got != (Latency{}) {
		t.Errorf("an empty one is %+v", got)
	}
}
