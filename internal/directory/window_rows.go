package directory

// HasWindow reports whether one of the writes is of a row with a window.
func HasWindow(writes []RowWrite) bool {
	for _, w := range writes {
		for _, row := range []Row{w.Before, w.After} {
			switch r := row.(type) {
			case Membership:
				if !r.Always() {
					return true
				}
			case GroupValue:
				if !r.Always() {
					return true
				}
			case UserValue:
				if !r.Always() {
					return true
				}
			}
		}
	}
	return false
}
