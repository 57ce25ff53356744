package looker

// Operations are the ids and routes of the operations, for tests that must not
// forget one: those that need a token, and those that do not.
func Operations() (withToken, open [][2]string) {
	for _, op := range operations() {
		withToken = append(withToken, [2]string{op.ID, op.Route})
	}
	for _, op := range openOperations() {
		open = append(open, [2]string{op.ID, op.Route})
	}
	return withToken, open
}

// ContentOperations are the ids and routes of the reads of content.
func ContentOperations() [][2]string {
	var list [][2]string
	for _, op := range contentOperations() {
		list = append(list, [2]string{op.ID, op.Route})
	}
	return list
}
