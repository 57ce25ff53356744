package job

import (
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/reconcile"
)

// ShowReading shows the progress of reading a directory.
func ShowReading(v *cli.Invocation) reconcile.Progress {
	var m *cli.Meter
	kind := ""
	return func(now string, n int) {
		if kind != now {
			if m != nil {
				m.Clear()
			}
			kind, m = now, v.Meter("read", now, 0, 0)
		}
		m.Update(int64(n))
		m.Clear()
	}
}
