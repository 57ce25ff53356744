package propeller

// Routes are all that need a token.
func Routes() []string {
	var list []string
	for _, op := range operations() {
		list = append(list, op.route)
	}
	return list
}
