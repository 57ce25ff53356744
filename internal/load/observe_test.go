package load

import "testing"

func TestMemoryThatGrowsIsToldFromMemoryThatComesAndGoes(t *testing.T) {
	held := func(at func(i int) Gauge) []Gauge {
		var list []Gauge
		for i := range 60 {
			list = append(list, at(i))
		}
		return list
	}
	const mib = 1 << 20
	for _, test := range []struct {
		name         string
		held         []Gauge
		idle         int64 // goroutines
		grew, leaked bool
	}{
		{"It stays", held(func(int) Gauge { return Gauge{100 * mib, 50 * mib, 40} }), 20, false, false},
		{"The heap comes and goes", held(func(i int) Gauge { return Gauge{150 * mib, int64(50+i*7%50) * mib, 40} }), 27,
			false, false},
		{"The heap grows below that", held(func(i int) Gauge { return Gauge{150 * mib, int64(50+i*7%50+i) * mib, 40} }), 20,
			true, false},
		{"Pages are kept", held(func(i int) Gauge { return Gauge{int64(100+i) * mib, 50 * mib, 40} }), 20, false, false},
		{"More than that is kept", held(func(i int) Gauge { return Gauge{int64(100+6*i) * mib, 50 * mib, 40} }), 20, true,
			false},
		{"It shrinks", held(func(i int) Gauge { return Gauge{int64(500-i) * mib, int64(500-i) * mib, 40} }), 20, false,
			false},
		{"Goroutines stay", held(func(int) Gauge { return Gauge{100 * mib, 50 * mib, 40} }), 40, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := watcher{held: test.held}
			w.Start.Goroutines, w.Idle.Goroutines = 20, test.idle
			w.judge()
			if w.Grew != test.grew || w.Leaked != test.leaked {
				t.Errorf("grew %v, leaked %v; want %v, %v: %+v", w.Grew, w.Leaked, test.grew, test.leaked, w.Server)
			}
		})
	}
}
