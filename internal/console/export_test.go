package console

// Routes are the methods and paths of all routes for people who are signed in.
func Routes() (list [][2]string) {
	c := &console{}
	for _, r := range c.routes() {
		list = append(list, [2]string{r.method, Root + r.path})
		if r.past {
			list = append(list, [2]string{r.method, Root + pastPath + r.path})
		}
	}
	return list
}
