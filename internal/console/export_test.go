package console

import "cohort/internal/console/pagekit"

// Routes are the methods and paths of all routes for people who are signed in.
func Routes() (list [][2]string) {
	for _, r := range routes() {
		list = append(list, [2]string{r.Method, pagekit.Root + r.Path})
		if r.Past {
			list = append(list, [2]string{r.Method, pagekit.Root + pagekit.PastPath + r.Path})
		}
	}
	return list
}
